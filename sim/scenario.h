/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenario files: a world, what happens to it, and goals. A file is read whole and checked before
 * anything runs; every error names file, line and column. What is played (actions, faults,
 * traffic, goals) is the part of a world (SimPart), so it is cloned and rewound with it.
 * The format is described in docs/reference/scenario-format.md.
 */
#pragma once

#include "sim/world.h"

typedef struct SimScenario SimScenario;

/* Reads a file. NULL with @error ("FILE:LINE:COLUMN: what was expected"). */
SimScenario *sim_scenario_load (const char *path, GError **error);
SimScenario *sim_scenario_parse (const char *text, gsize length, const char *path, GError **error);

/* Looks closer at what was read, with the decoders of the engine: manifests, selectors. @region is
 * for scratch, and no world's. */
gboolean sim_scenario_check (SimScenario *self, K8Region *region, GError **error);

/* Three nodes in three zones, nothing to do, no end: what `serve` shows without a file. */
SimScenario *sim_scenario_new_default (void);
void sim_scenario_free (SimScenario *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimScenario, sim_scenario_free)

const char *sim_scenario_name (const SimScenario *self);
const char *sim_scenario_title (const SimScenario *self);
const char *sim_scenario_lesson (const SimScenario *self); /* text for the learner, or "" */
const char *sim_scenario_text (const SimScenario *self);   /* the file as it was read */
const char *sim_scenario_path (const SimScenario *self);
guint64 sim_scenario_seed (const SimScenario *self);
gint64 sim_scenario_until_ns (const SimScenario *self);    /* G_MAXINT64: no end */

/* Wall time of instant zero for a file that names none: what `serve` wants is now. */
void sim_scenario_set_start (SimScenario *self, gint64 wall_start_ns);

/* A world that plays the scenario; @seed 0 takes the file's. @token: admin's, or NULL. The
 * scenario must outlive the world and its clones. (transfer full) */
SimWorld *sim_scenario_build (const SimScenario *self, K8Region *region, guint64 seed,
                              const char *token);

/* What the file makes happen, for the timeline of the window: steps and faults in order. */
typedef struct
{
  gint64 at_ns;
  const char *title; /* "apply web.yaml", "power off node-2" */
  guint line;        /* of the file */
} SimStepView;
guint sim_scenario_n_steps (const SimScenario *self);
SimStepView sim_scenario_step (const SimScenario *self, guint index);

typedef enum
{
  SIM_GOAL_WAITING, /* not decided yet */
  SIM_GOAL_HELD,
  SIM_GOAL_MISSED,
} SimGoalState;

typedef struct
{
  const char *name;
  const char *kind;   /* "within", "always", "never" */
  SimGoalState state;
  gint64 decided_ns;  /* when it was decided */
  const char *detail; /* what was seen, when missed or waiting; borrowed until the next step */
  guint line;
} SimGoalView;
guint sim_world_n_goals (const SimWorld *world);
SimGoalView sim_world_goal (const SimWorld *world, guint index);

/* Whether the scenario has run to its end: its time is over, or every goal is decided. */
gboolean sim_world_is_over (const SimWorld *world);

/* Steps that the API server refused, and what it said to the first. */
guint sim_world_n_refused (const SimWorld *world);
const char *sim_world_refusal (const SimWorld *world);

/* Traffic so far, by its name in the file. */
typedef struct
{
  const char *name;
  guint64 n_sent;
  guint64 n_ok;
  guint64 n_failed;
  gint64 latency_sum_ns;
} SimTrafficView;
guint sim_world_n_traffic (const SimWorld *world);
SimTrafficView sim_world_traffic (const SimWorld *world, guint index);
