/* SPDX-License-Identifier: Apache-2.0
 *
 * Time travel: a world, its checkpoints, and the inputs it was given. To go to an instant of the
 * past the nearest checkpoint before it is cloned and stepped silently, with the same inputs at
 * the same steps; so what is seen is what was. An input that is given in the past begins a branch:
 * what came later is kept beside it and can be looked at again.
 * Checkpoints lie every `interval` steps; the driver sets it by how fast it replays.
 */
#pragma once

#include "sim/world.h"

typedef struct SimTimeline SimTimeline;

/* What someone did to the world from outside the scenario. */
typedef enum
{
  SIM_INPUT_NONE,
  SIM_INPUT_REQUEST,   /* mail: K8HttpRequest */
  SIM_INPUT_REQUEST_END, /* tag: its client has gone */
  SIM_INPUT_CRASH,     /* name of an actor */
  SIM_INPUT_POWER_OFF, /* name of a node */
  SIM_INPUT_POWER_ON,  /* name of a node */
  SIM_INPUT_CUT,       /* name of a node */
  SIM_INPUT_JOIN,      /* name of a node */
  SIM_INPUT_START,     /* name of an actor */
} SimInputType;

/* Takes over the world. (transfer full) */
SimTimeline *sim_timeline_new (SimWorld *world);
void sim_timeline_free (SimTimeline *self);
SimWorld *sim_timeline_world (const SimTimeline *self); /* the present; changes with every seek */
void sim_timeline_set_interval (SimTimeline *self, guint64 steps);

/* Hooks that see the present only, not what is replayed silently. */
void sim_timeline_set_hooks (SimTimeline *self, const SimHooks *hooks);

/* One step, or up to @max_steps while they are due by @until_ns; gives how many were made. */
gboolean sim_timeline_step (SimTimeline *self);
guint64 sim_timeline_run (SimTimeline *self, gint64 until_ns, guint64 max_steps);

/* Acts on the present, and remembers. Gives the tag of a request. */
guint64 sim_timeline_request (SimTimeline *self, K8HttpRequest *request);
void sim_timeline_end_request (SimTimeline *self, guint64 tag);
void sim_timeline_act (SimTimeline *self, SimInputType type, const char *name);

/* Goes to an instant, or to a number of steps. Forward beyond what has been is an ordinary run. */
void sim_timeline_seek (SimTimeline *self, gint64 at_ns);
void sim_timeline_seek_step (SimTimeline *self, guint64 n_steps);
gint64 sim_timeline_horizon (const SimTimeline *self); /* the latest instant that has been seen */

/* Branches: 0 is the present one; others by number, oldest first. */
guint sim_timeline_n_branches (const SimTimeline *self);
void sim_timeline_switch (SimTimeline *self, guint branch);
guint sim_timeline_n_checkpoints (const SimTimeline *self);
const SimWorld *sim_timeline_checkpoint (const SimTimeline *self, guint index); /* only to look */
