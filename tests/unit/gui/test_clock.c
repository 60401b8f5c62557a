/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock: speeds and targets.
 */
#include "gui/clock.h"
#include "tests/lib/test.h"

void
test_clock__a_second_at_speed_ten_is_ten_virtual_seconds (void)
{
  GuiClock clock;

  gui_clock_init (&clock);
  gui_clock_set_speed (&clock, 10);
  gui_clock_start (&clock, 5000000, 2000000000);
  CU_ASSERT_EQUAL (gui_clock_target_ns (&clock, 6000000), 12000000000);
}

void
test_clock__stands_still_when_stopped (void)
{
  GuiClock clock;

  gui_clock_init (&clock);
  gui_clock_start (&clock, 0, 7);
  gui_clock_stop (&clock);
  CU_ASSERT_EQUAL (gui_clock_target_ns (&clock, 9000000), 7);
}

void
test_clock__up_and_down_the_ladder_is_where_it_was (void)
{
  GuiClock clock;

  gui_clock_init (&clock);
  for (int i = 0; i < 5; i++)
    gui_clock_change_speed (&clock, 1);
  for (int i = 0; i < 5; i++)
    gui_clock_change_speed (&clock, -1);
  g_autofree char *text = gui_clock_dup_speed (&clock);
  TEST_ASSERT_TEXT (text, "1×");
}

void
test_clock__the_ladder_has_ends (void)
{
  GuiClock clock;

  gui_clock_init (&clock);
  gui_clock_change_speed (&clock, 100);
  CU_ASSERT_EQUAL (clock.speed, 10000);
  gui_clock_change_speed (&clock, -100);
  g_autofree char *text = gui_clock_dup_speed (&clock);
  TEST_ASSERT_TEXT (text, "1/10000×");
}
