/* SPDX-License-Identifier: Apache-2.0
 *
 * See clock.h. GLib's monotonic clock is CLOCK_MONOTONIC on Linux.
 */

#include "exec/clock.h"

#include <string.h>

#define NS_PER_US 1000

static ExecClockReading
read_system (void)
{
  return (ExecClockReading){ .monotonic_ns = g_get_monotonic_time () * NS_PER_US,
                             .wall_ns = g_get_real_time () * NS_PER_US };
}

void
exec_clock_init (ExecClock *self)
{
  ExecClockReading reading = read_system ();
  *self = (ExecClock){ .base_ns = reading.monotonic_ns, .wall_start_ns = reading.wall_ns };
}

static void
advance_monotonic (ExecClock *self, gint64 monotonic_ns)
{
  gint64 now_ns = monotonic_ns - self->base_ns - self->left_out_ns;
  gint64 step_ns = now_ns - self->now_ns;
  if (step_ns > EXEC_CLOCK_MAX_STEP_NS)
    {
      self->left_out_ns += step_ns - EXEC_CLOCK_TURN_NS;
      now_ns = self->now_ns + EXEC_CLOCK_TURN_NS;
    }
  self->now_ns = MAX (self->now_ns, now_ns);
}

/* Where there is no more room, the second step is forgotten: the first lasts longer. */
static void
add_step (ExecClock *self, gint64 wall_start_ns)
{
  if (self->n_steps == EXEC_CLOCK_MAX_STEPS)
    {
      memmove (&self->steps[1], &self->steps[2],
               (EXEC_CLOCK_MAX_STEPS - 2) * sizeof self->steps[0]);
      self->n_steps--;
    }
  self->steps[self->n_steps++]
      = (K8ClockStep){ .from_ns = self->now_ns, .wall_start_ns = wall_start_ns };
}

gboolean
exec_clock_advance (ExecClock *self, const ExecClockReading *reading)
{
  advance_monotonic (self, reading->monotonic_ns);
  gint64 believed_ns
      = self->n_steps > 0 ? self->steps[self->n_steps - 1].wall_start_ns : self->wall_start_ns;
  gint64 wall_start_ns = reading->wall_ns - self->now_ns;
  if (ABS (wall_start_ns - believed_ns) < EXEC_CLOCK_WALL_STEP_NS)
    return FALSE;
  add_step (self, wall_start_ns);
  return TRUE;
}

gboolean
exec_clock_update (ExecClock *self)
{
  ExecClockReading reading = read_system ();
  return exec_clock_advance (self, &reading);
}

/* Stretches of even time: 0 is the one before the first step. */
static gint64
get_first (const ExecClock *self, guint stretch)
{
  return stretch == 0 ? G_MININT64 : self->steps[stretch - 1].from_ns;
}

static gint64
get_last (const ExecClock *self, guint stretch)
{
  return stretch == self->n_steps ? self->now_ns : self->steps[stretch].from_ns;
}

static gint64
get_wall_start (const ExecClock *self, guint stretch)
{
  return stretch == 0 ? self->wall_start_ns : self->steps[stretch - 1].wall_start_ns;
}

gint64
exec_clock_of_wall (const ExecClock *self, gint64 wall_ns)
{
  if (wall_ns == 0)
    return 0;
  for (guint i = self->n_steps + 1; i-- > 0;)
    {
      gint64 at_ns = wall_ns - get_wall_start (self, i);
      if (at_ns >= get_first (self, i) && at_ns <= get_last (self, i))
        return at_ns;
    }
  guint last = self->n_steps;
  while (wall_ns - get_wall_start (self, last) < get_first (self, last))
    last--;
  return get_last (self, last);
}
