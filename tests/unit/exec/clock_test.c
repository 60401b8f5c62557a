/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's time under real conditions, and the timers on it.
 */

#include "exec/clock.h"
#include "exec/timers.h"
#include "tests/lib/test.h"

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

void
test_clock__follows_ordinary_steps (void)
{
  ExecClock clock = { .base_ns = 100 };
  CU_ASSERT_EQUAL (exec_clock_advance (&clock, 100 + 3 * SECOND_NS), 3 * SECOND_NS);
  CU_ASSERT_EQUAL (exec_clock_advance (&clock, 100 + 7 * SECOND_NS), 7 * SECOND_NS);
}

/* A process that was stopped for an hour has not lived through it: no Lease may run out (40 s). */
void
test_clock__leaves_out_an_hour_of_standing_still (void)
{
  ExecClock clock = { .base_ns = 0 };
  exec_clock_advance (&clock, 1 * SECOND_NS);
  gint64 after_ns = exec_clock_advance (&clock, 3601 * SECOND_NS);
  CU_ASSERT_TRUE (after_ns - 1 * SECOND_NS < 40 * SECOND_NS);
  CU_ASSERT_EQUAL (exec_clock_advance (&clock, 3602 * SECOND_NS), after_ns + 1 * SECOND_NS);
}

void
test_clock__never_goes_back (void)
{
  ExecClock clock = { .base_ns = 0 };
  exec_clock_advance (&clock, 5 * SECOND_NS);
  CU_ASSERT_EQUAL (exec_clock_advance (&clock, 4 * SECOND_NS), 5 * SECOND_NS);
}

/* Docker's clock may have been set since the start; what was a second ago stays so. */
void
test_clock__takes_wall_time_by_its_distance (void)
{
  ExecClock clock = { .now_ns = 60 * SECOND_NS, .wall_start_ns = 0 };
  gint64 wall_ns = g_get_real_time () * 1000;
  gint64 ago_ns = clock.now_ns - exec_clock_of_wall (&clock, wall_ns - SECOND_NS);
  CU_ASSERT_TRUE (ago_ns >= SECOND_NS && ago_ns < 10 * SECOND_NS);
  CU_ASSERT_EQUAL (exec_clock_of_wall (&clock, wall_ns + 3600 * SECOND_NS), clock.now_ns);
  CU_ASSERT_EQUAL (exec_clock_of_wall (&clock, 0), 0);
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
