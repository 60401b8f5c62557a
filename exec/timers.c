/* SPDX-License-Identifier: Apache-2.0
 *
 * A balanced tree by (instant, order of setting), and a table of places in it: every operation
 * takes O(log n), so a thousand timers that are set and cancelled all the time cost nothing.
 */

#include "exec/timers.h"

typedef struct
{
  gint64 due_ns;
  guint64 order;
  K8EngineEvent event; /* without mail */
} Timer;

void
exec_timers_init (ExecTimers *self)
{
  self->by_due = g_sequence_new (g_free);
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->n_set = 0;
}

void
exec_timers_clear (ExecTimers *self)
{
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->by_due, g_sequence_free);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Timer *x = a;
  const Timer *y = b;
  if (x->due_ns != y->due_ns)
    return x->due_ns < y->due_ns ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

void
exec_timers_set (ExecTimers *self, gint64 due_ns, const K8EngineEvent *event)
{
  Timer *timer = g_new (Timer, 1);
  *timer = (Timer){ .due_ns = due_ns, .order = self->n_set++, .event = *event };
  GSequenceIter *place = g_sequence_insert_sorted (self->by_due, timer, compare, NULL);
  g_hash_table_insert (self->by_id, &timer->event.timer, place);
}

static void
remove_at (ExecTimers *self, GSequenceIter *place)
{
  Timer *timer = g_sequence_get (place);
  g_hash_table_remove (self->by_id, &timer->event.timer);
  g_sequence_remove (place);
}

void
exec_timers_cancel (ExecTimers *self, guint64 timer)
{
  GSequenceIter *place = g_hash_table_lookup (self->by_id, &timer);
  if (place != NULL)
    remove_at (self, place);
}

static Timer *
get_first (const ExecTimers *self)
{
  GSequenceIter *place = g_sequence_get_begin_iter (self->by_due);
  return g_sequence_iter_is_end (place) ? NULL : g_sequence_get (place);
}

gint64
exec_timers_next_due (const ExecTimers *self)
{
  const Timer *first = get_first (self);
  return first != NULL ? first->due_ns : G_MAXINT64;
}

gboolean
exec_timers_pop (ExecTimers *self, gint64 now_ns, K8EngineEvent *ret_event)
{
  const Timer *first = get_first (self);
  if (first == NULL || first->due_ns > now_ns)
    return FALSE;
  *ret_event = first->event;
  remove_at (self, g_sequence_get_begin_iter (self->by_due));
  return TRUE;
}
