/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's time under real conditions: nanoseconds since the start, never going back, never
 * leaping. It is made from CLOCK_MONOTONIC, which nobody can set back and which stands still
 * while the machine is suspended; and whenever more time seems to have passed than one turn of
 * the main loop can take (the process was stopped, a virtual machine was paused), the excess is
 * left out. Nobody inside the engine lived through that time: with it, every Lease would have run
 * out at once and a node that was only asleep would lose its pods.
 */

#pragma once

#include <glib.h>

/* The main loop turns at least so often. */
#define EXEC_CLOCK_TURN_NS (G_GINT64_CONSTANT (5) * 1000 * 1000 * 1000)

/* More than this between two looks is a leap. */
#define EXEC_CLOCK_MAX_STEP_NS (2 * EXEC_CLOCK_TURN_NS)

typedef struct
{
  gint64 base_ns; /* of the monotonic clock, at instant zero */
  gint64 now_ns;
  gint64 left_out_ns;
  gint64 wall_start_ns; /* ns since 1970 at instant zero */
} ExecClock;

void exec_clock_init (ExecClock *self);

/* Looks at the clocks of the system and moves on. */
gint64 exec_clock_update (ExecClock *self);

/* The same from a reading of the monotonic clock: for tests. */
gint64 exec_clock_advance (ExecClock *self, gint64 monotonic_ns);

/* An instant of another clock of this machine (ns since 1970, as Docker's) as the engine's: what
 * was a minute ago by that clock is a minute ago here, whatever the wall clock was set to since
 * the start. Never later than now. */
gint64 exec_clock_of_wall (const ExecClock *self, gint64 wall_ns);
