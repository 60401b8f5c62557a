/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's timers that are set: the earliest first, equal instants in the order of setting.
 */

#pragma once

#include "env.h"

typedef struct
{
  GSequence *by_due; /* Timer */
  GHashTable *by_id; /* timer → place */
  guint64 n_set;
} ExecTimers;

void exec_timers_init (ExecTimers *self);
void exec_timers_clear (ExecTimers *self);
void exec_timers_set (ExecTimers *self, gint64 due_ns, const K8EngineEvent *event);
void exec_timers_cancel (ExecTimers *self, guint64 timer);

/* G_MAXINT64 if none is set. */
gint64 exec_timers_next_due (const ExecTimers *self);

/* Takes the earliest out if it is due by now_ns. */
gboolean exec_timers_pop (ExecTimers *self, gint64 now_ns, K8EngineEvent *ret_event);
