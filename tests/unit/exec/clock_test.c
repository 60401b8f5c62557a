/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's time under real conditions, and the timers on it.
 */

#include "exec/clock.h"
#include "exec/timers.h"
#include "tests/lib/test.h"

#define SECOND_NS G_GINT64_CONSTANT (1000000000)
#define HOUR_NS (3600 * SECOND_NS)

/* Noon of some day at instant zero; the monotonic clock started 100 s before. */
#define BASE_NS (100 * SECOND_NS)
#define NOON_NS (1767225600 * SECOND_NS)

static ExecClock
make_clock (void)
{
  return (ExecClock){ .base_ns = BASE_NS, .wall_start_ns = NOON_NS };
}

/* Both clocks of the system by what they have run since instant zero. */
static gboolean
advance (ExecClock *clock, gint64 monotonic_ns, gint64 wall_ns)
{
  ExecClockReading reading
      = { .monotonic_ns = BASE_NS + monotonic_ns, .wall_ns = NOON_NS + wall_ns };
  return exec_clock_advance (clock, &reading);
}

static gint64
of_wall (const ExecClock *clock, gint64 wall_ns)
{
  return exec_clock_of_wall (clock, NOON_NS + wall_ns);
}

void
test_clock__follows_ordinary_steps (void)
{
  ExecClock clock = make_clock ();
  CU_ASSERT_FALSE (advance (&clock, 3 * SECOND_NS, 3 * SECOND_NS));
  CU_ASSERT_EQUAL (clock.now_ns, 3 * SECOND_NS);
  CU_ASSERT_FALSE (advance (&clock, 7 * SECOND_NS, 7 * SECOND_NS + SECOND_NS / 2));
  CU_ASSERT_EQUAL (clock.now_ns, 7 * SECOND_NS);
}

/* A process that was stopped for an hour has not lived through it: no Lease may run out (40 s). */
void
test_clock__leaves_out_an_hour_of_standing_still (void)
{
  ExecClock clock = make_clock ();
  advance (&clock, SECOND_NS, SECOND_NS);
  CU_ASSERT_TRUE (advance (&clock, SECOND_NS + HOUR_NS, SECOND_NS + HOUR_NS));
  gint64 after_ns = clock.now_ns;
  CU_ASSERT_TRUE (after_ns - SECOND_NS < 40 * SECOND_NS);
  CU_ASSERT_FALSE (advance (&clock, 2 * SECOND_NS + HOUR_NS, 2 * SECOND_NS + HOUR_NS));
  CU_ASSERT_EQUAL (clock.now_ns, after_ns + SECOND_NS);
}

void
test_clock__never_goes_back (void)
{
  ExecClock clock = make_clock ();
  advance (&clock, 5 * SECOND_NS, 5 * SECOND_NS);
  advance (&clock, 4 * SECOND_NS, 5 * SECOND_NS);
  CU_ASSERT_EQUAL (clock.now_ns, 5 * SECOND_NS);
}

/* A suspended machine: the monotonic clock stands still, the time of day does not. */
void
test_clock__takes_the_time_of_day_after_a_suspension (void)
{
  ExecClock clock = make_clock ();
  advance (&clock, 5 * SECOND_NS, 5 * SECOND_NS);
  CU_ASSERT_TRUE (advance (&clock, 6 * SECOND_NS, 6 * SECOND_NS + HOUR_NS));
  CU_ASSERT_EQUAL (clock.now_ns, 6 * SECOND_NS);
  CU_ASSERT_EQUAL_FATAL (clock.n_steps, 1);
  CU_ASSERT_EQUAL (clock.steps[0].from_ns, 6 * SECOND_NS);
  CU_ASSERT_EQUAL (clock.steps[0].wall_start_ns, NOON_NS + HOUR_NS);
}

void
test_clock__follows_a_clock_that_is_set_back (void)
{
  ExecClock clock = make_clock ();
  CU_ASSERT_TRUE (advance (&clock, 5 * SECOND_NS, 5 * SECOND_NS - HOUR_NS));
  CU_ASSERT_EQUAL (clock.now_ns, 5 * SECOND_NS);
  CU_ASSERT_EQUAL (clock.steps[0].wall_start_ns, NOON_NS - HOUR_NS);
  CU_ASSERT_FALSE (advance (&clock, 6 * SECOND_NS, 6 * SECOND_NS - HOUR_NS));
}

void
test_clock__keeps_the_newest_steps (void)
{
  ExecClock clock = make_clock ();
  for (guint i = 1; i <= 2 * EXEC_CLOCK_MAX_STEPS; i++)
    CU_ASSERT_TRUE (advance (&clock, i * SECOND_NS, i * HOUR_NS));
  CU_ASSERT_EQUAL (clock.n_steps, EXEC_CLOCK_MAX_STEPS);
  CU_ASSERT_EQUAL (clock.steps[0].from_ns, SECOND_NS);
  CU_ASSERT_EQUAL (clock.steps[EXEC_CLOCK_MAX_STEPS - 1].from_ns,
                   2 * EXEC_CLOCK_MAX_STEPS * SECOND_NS);
}

void
test_clock__takes_docker_times_before_and_after_a_suspension (void)
{
  ExecClock clock = make_clock ();
  advance (&clock, 6 * SECOND_NS, 6 * SECOND_NS);
  advance (&clock, 7 * SECOND_NS, 7 * SECOND_NS + HOUR_NS);
  advance (&clock, 9 * SECOND_NS, 9 * SECOND_NS + HOUR_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, 3 * SECOND_NS), 3 * SECOND_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, -60 * SECOND_NS), -60 * SECOND_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, HOUR_NS / 2), 7 * SECOND_NS); /* while it slept */
  CU_ASSERT_EQUAL (of_wall (&clock, 8 * SECOND_NS + HOUR_NS), 8 * SECOND_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, 2 * HOUR_NS), 9 * SECOND_NS); /* the future is now */
  CU_ASSERT_EQUAL (exec_clock_of_wall (&clock, 0), 0);
}

void
test_clock__takes_docker_times_before_and_after_it_was_set_back (void)
{
  ExecClock clock = make_clock ();
  advance (&clock, 6 * SECOND_NS, 6 * SECOND_NS - HOUR_NS);
  advance (&clock, 9 * SECOND_NS, 9 * SECOND_NS - HOUR_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, 3 * SECOND_NS), 3 * SECOND_NS);
  CU_ASSERT_EQUAL (of_wall (&clock, 8 * SECOND_NS - HOUR_NS), 8 * SECOND_NS);
}

void
test_timers__fire_by_instant_then_by_order (void)
{
  ExecTimers timers;
  K8EngineEvent event;
  g_autoptr (GString) order = g_string_new (NULL);
  exec_timers_init (&timers);
  exec_timers_set (&timers, 30, &(K8EngineEvent){ .timer = 1 });
  exec_timers_set (&timers, 10, &(K8EngineEvent){ .timer = 2 });
  exec_timers_set (&timers, 10, &(K8EngineEvent){ .timer = 3 });
  exec_timers_set (&timers, 20, &(K8EngineEvent){ .timer = 4 });
  exec_timers_cancel (&timers, 4);
  exec_timers_cancel (&timers, 99);
  CU_ASSERT_EQUAL (exec_timers_next_due (&timers), 10);
  CU_ASSERT_FALSE (exec_timers_pop (&timers, 9, &event));
  while (exec_timers_pop (&timers, 30, &event))
    g_string_append_printf (order, "%" G_GUINT64_FORMAT " ", event.timer);
  TEST_ASSERT_TEXT (order->str, "2 3 1 ");
  CU_ASSERT_EQUAL (exec_timers_next_due (&timers), G_MAXINT64);
  exec_timers_clear (&timers);
}
