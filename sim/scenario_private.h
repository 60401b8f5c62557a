/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scenario file says, as read: shared by the parts that read it and by play.c, which
 * plays it. Constant once it has been read.
 */
#pragma once

#include "sim/expect.h"
#include "sim/scenario.h"

typedef struct
{
  const char *name;
  const char *zone;
  const char *cpu;
  const char *memory;
  gint64 pods;
  gint64 joins_ns;
  SimValue labels;
  SimValue taints;
} SimNodeRow;

typedef enum
{
  SIM_STEP_APPLY,
  SIM_STEP_SCALE,
  SIM_STEP_SET_IMAGE,
  SIM_STEP_ROLLBACK,
  SIM_STEP_PATCH,
  SIM_STEP_DELETE,
  SIM_STEP_CORDON,
  SIM_STEP_UNCORDON,
  SIM_STEP_FAULT,
} SimStepType;

typedef enum
{
  SIM_FAULT_NONE,
#define SIM_FAULT(TYPE, name, keys, doc) SIM_FAULT_##TYPE,
#include "sim/fault.def"
#undef SIM_FAULT
  SIM_N_FAULTS,
} SimFaultType;

typedef struct
{
  SimStepType type;
  gint64 at_ns;
  const char *title;
  guint line;
  GPtrArray *documents;    /* APPLY: JSON texts */
  GPtrArray *yaml;         /* APPLY: the same as K8YamlDocument, for places in... */
  const char *file;        /* ...this file, which has so much before what they hold: */
  guint lines_before;
  guint columns_before;
  const K8KindInfo *kind;  /* SCALE, SET_IMAGE, PATCH, DELETE */
  const char *namespace_name;
  const char *name;
  const char *selector;
  const char *container;
  const char *image;
  const char *patch;       /* JSON text */
  gint64 replicas;
  gint64 count;            /* DELETE, faults: at most so many; 0 all */
  SimFaultType fault;
  const char *node;
  const char *component;
  const char *resource;
  gint64 exit_code;
  gint64 for_ns;           /* faults: how long; -1 for good */
  double percent;
} SimStep;

typedef struct
{
  const char *name;
  gint64 from_ns;
  gint64 until_ns;
  gint64 every_ns;
  const char *service;
  const char *namespace_name;
  gint64 port;
  const char *node;
} SimTrafficRow;

typedef enum
{
  SIM_GOAL_WITHIN,
  SIM_GOAL_ALWAYS,
  SIM_GOAL_NEVER,
} SimGoalType;

typedef struct
{
  const char *name;
  SimGoalType type;
  gint64 from_ns;
  gint64 until_ns; /* WITHIN: the deadline; G_MAXINT64: the end */
  SimExpect *expect;
  guint line;
} SimGoalRow;

struct SimScenario
{
  char *path;
  char *text;
  SimReader reader;
  JsonParser *parser;
  const char *name;
  const char *title;
  const char *lesson;
  guint64 seed;
  gint64 until_ns;
  SimConfig config;
  GArray *nodes;    /* SimNodeRow */
  GHashTable *node_names; /* of texts of the arena */
  GArray *profiles; /* SimProfile with texts of the arena */
  GArray *steps;    /* SimStep, in order of time */
  GArray *traffic;  /* SimTrafficRow */
  GArray *goals;    /* SimGoalRow */
  GArray *watches;  /* SimTraceWatch */
};

/* scenario_steps.c */
void sim_scenario_read_steps (SimScenario *self, SimValue steps);

/* scenario_check.c */
void sim_scenario_check_names (SimScenario *self);
void sim_scenario_check_kinds (SimScenario *self);

/* scenario_world.c */
void sim_scenario_read_world (SimScenario *self, SimValue world);
void sim_scenario_add_nodes (const SimScenario *self, SimWorld *world);
char *sim_scenario_dup_pod_cidr (guint index);
const K8Node *sim_scenario_make_node (K8Region *region, const SimNodeRow *row, guint index);

/* play.c: the part of a world. */
SimPart *sim_play_new (const SimScenario *scenario, SimWorld *world, const char *token);
const char *sim_fault_name (SimFaultType type);
