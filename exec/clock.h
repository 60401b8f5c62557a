/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's time under real conditions: nanoseconds since the start, never going back, never
 * leaping. It is made from CLOCK_MONOTONIC, which nobody can set back and which stands still
 * while the machine is suspended; and whenever more time seems to have passed than one turn of
 * the main loop can take (the process was stopped, a virtual machine was paused), the excess is
 * left out. Nobody inside the engine lived through that time: with it, every Lease would have run
 * out at once and a node that was only asleep would lose its pods.
 * The time of day is another matter: what is written down carries that of the system's clock.
 * Where it parts from the engine's (suspended, stopped, set) a step is noted, from which on the
 * same instant has another time of day; what happened before keeps its own.
 */

#pragma once

#include <glib.h>

#include "env.h"

/* The main loop turns at least so often. */
#define EXEC_CLOCK_TURN_NS (G_GINT64_CONSTANT (5) * 1000 * 1000 * 1000)

/* More than this between two looks is a leap. */
#define EXEC_CLOCK_MAX_STEP_NS (2 * EXEC_CLOCK_TURN_NS)

/* A difference of the two clocks from which on it is a step. */
#define EXEC_CLOCK_WALL_STEP_NS (G_GINT64_CONSTANT (1000) * 1000 * 1000)

#define EXEC_CLOCK_MAX_STEPS 64

typedef struct
{
  gint64 base_ns; /* of the monotonic clock, at instant zero */
  gint64 now_ns;
  gint64 left_out_ns;
  gint64 wall_start_ns; /* ns since 1970 at instant zero */
  K8ClockStep steps[EXEC_CLOCK_MAX_STEPS];
  guint n_steps;
} ExecClock;

/* What the clocks of the system say. */
typedef struct
{
  gint64 monotonic_ns;
  gint64 wall_ns;
} ExecClockReading;

void exec_clock_init (ExecClock *self);

/* Looks at the clocks of the system and moves on. TRUE: there is a new step. */
gboolean exec_clock_update (ExecClock *self);

/* The same from a reading: for tests. */
gboolean exec_clock_advance (ExecClock *self, const ExecClockReading *reading);

/* An instant of another clock of this machine (ns since 1970, as Docker's) as the engine's. What
 * fell into a time that the engine did not live through is where that began; what seems to be in
 * the future is now. */
gint64 exec_clock_of_wall (const ExecClock *self, gint64 wall_ns);
