/* SPDX-License-Identifier: Apache-2.0
 *
 * See clock.h. GLib's monotonic clock is CLOCK_MONOTONIC on Linux.
 */

#include "exec/clock.h"

#define NS_PER_US 1000

void
exec_clock_init (ExecClock *self)
{
  *self = (ExecClock){ .base_ns = g_get_monotonic_time () * NS_PER_US,
                       .wall_start_ns = g_get_real_time () * NS_PER_US };
}

gint64
exec_clock_advance (ExecClock *self, gint64 monotonic_ns)
{
  gint64 now_ns = monotonic_ns - self->base_ns - self->left_out_ns;
  gint64 step_ns = now_ns - self->now_ns;
  if (step_ns > EXEC_CLOCK_MAX_STEP_NS)
    {
      self->left_out_ns += step_ns - EXEC_CLOCK_TURN_NS;
      now_ns = self->now_ns + EXEC_CLOCK_TURN_NS;
    }
  self->now_ns = MAX (self->now_ns, now_ns);
  return self->now_ns;
}

gint64
exec_clock_update (ExecClock *self)
{
  return exec_clock_advance (self, g_get_monotonic_time () * NS_PER_US);
}

gint64
exec_clock_of_wall (const ExecClock *self, gint64 wall_ns)
{
  gint64 ago_ns = g_get_real_time () * NS_PER_US - wall_ns;
  return wall_ns == 0 ? 0 : self->now_ns - MAX (ago_ns, 0);
}
