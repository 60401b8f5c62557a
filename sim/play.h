/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario being played: the part of a world that does its steps, sends its traffic and
 * judges its goals. Private to the files play*.c.
 */
#pragma once

#include "base/array.h"
#include "sim/scenario_private.h"

/* A goal under way. */
typedef struct
{
  SimGoalState state;
  gboolean has_begun;
  gint64 decided_ns;
  const char *detail;    /* a text of the region, or NULL */
  guint64 sent_before;   /* traffic when its time began */
  guint64 failed_before;
} SimPlayGoal;

typedef struct
{
  guint64 n_sent;
  guint64 n_ok;
  guint64 n_failed;
  gint64 latency_sum_ns;
  guint32 next_node; /* whose turn it is */
} SimPlayTraffic;

/* A request of ours that has not been answered. */
typedef struct
{
  guint64 tag;
  guint32 step;
  guint32 document; /* APPLY: which manifest */
  guint32 attempt;  /* APPLY: 0 POST, 1 PATCH */
} SimPlayPending;

typedef struct
{
  SimPart part;
  K8Region *region;
  const SimScenario *scenario;
  const char *token;     /* a text of the region */
  K8Array goals;         /* SimPlayGoal */
  K8Array trace_counts;  /* guint64, one a watch */
  K8Array traffic;       /* SimPlayTraffic */
  K8Slots pending;       /* SimPlayPending */
  K8Index by_tag;
  K8Slots rules;         /* const K8Mail *: what each proxy knows; counted */
  K8Index rules_of;      /* proxy's id → slot */
  guint32 n_steps_done;
  guint32 n_refused;
  const char *refusal;   /* the first refusal, a text of the region */
} SimPlay;

static inline SimPlay *
sim_play_of (const SimWorld *world)
{
  return (SimPlay *) world->part;
}

/* What `b` of an entry SIM_ENTRY_ACTION says: a step, a node that joins, or from
 * SIM_PLAY_MANIFEST on one manifest of a step, to be applied again. */
enum
{
  SIM_PLAY_STEP,
  SIM_PLAY_NODE,
  SIM_PLAY_MANIFEST,
};

/* play_steps.c */
void sim_play_apply_again (SimPlay *self, SimWorld *world, guint step, guint document);
void sim_play_do_step (SimPlay *self, SimWorld *world, guint index);
void sim_play_end_fault (SimPlay *self, SimWorld *world, guint index);
void sim_play_take_answer (SimPlay *self, SimWorld *world, const K8Effect *effect);

/* play_traffic.c */
void sim_play_send_traffic (SimPlay *self, SimWorld *world, guint index);
void sim_play_take_rules (SimPart *part, SimWorld *world, const K8Effect *effect);
