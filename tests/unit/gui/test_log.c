/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of records, and the tables of looks.
 */
#include "gui/log.h"
#include "serve/span.h"
#include "tests/lib/test.h"

#define MS G_GINT64_CONSTANT (1000000)

static void
add (GuiLog *log, guint64 sequence, gint64 now_ns, K8TraceType type)
{
  K8TraceRecord record = { .now_ns = now_ns, .sequence = sequence, .type = type };

  gui_log_add (log, &record);
}

/* Ten records 100 ms apart; the 4th and the 8th are deaths. */
static GuiLog *
make_log (K8Region *region)
{
  GuiLog *log = gui_log_new (region);

  for (guint64 i = 1; i <= 10; i++)
    add (log, i, (gint64) i * 100 * MS,
         i % 4 == 0 ? K8_TRACE_ACTOR_STOPPED : K8_TRACE_MESSAGE_SENT);
  return log;
}

void
test_log__a_record_that_is_known_is_not_added_again (void)
{
  K8Region *region = serve_span_new ();
  GuiLog *log = make_log (region);

  add (log, 4, 400 * MS, K8_TRACE_ACTOR_STOPPED);
  CU_ASSERT_EQUAL (gui_log_last (log), 10);
  CU_ASSERT_EQUAL (gui_log_n_milestones (log), 2);
  CU_ASSERT_EQUAL (gui_log_count (log, GUI_LANE_COMPONENTS, 0, 2000 * MS), 2);
  gui_log_free (log);
  serve_span_free (region);
}

void
test_log__finds_the_last_record_of_an_instant (void)
{
  K8Region *region = serve_span_new ();
  GuiLog *log = make_log (region);

  CU_ASSERT_EQUAL (gui_log_find_at (log, 50 * MS), 0);
  CU_ASSERT_EQUAL (gui_log_find_at (log, 100 * MS), 1);
  CU_ASSERT_EQUAL (gui_log_find_at (log, 550 * MS), 5);
  CU_ASSERT_EQUAL (gui_log_find_at (log, 9000 * MS), 10);
  gui_log_free (log);
  serve_span_free (region);
}

void
test_log__milestones_before_and_behind (void)
{
  K8Region *region = serve_span_new ();
  GuiLog *log = make_log (region);

  CU_ASSERT_EQUAL (gui_log_next_milestone (log, 0), 4);
  CU_ASSERT_EQUAL (gui_log_next_milestone (log, 4), 8);
  CU_ASSERT_EQUAL (gui_log_next_milestone (log, 8), 0);
  CU_ASSERT_EQUAL (gui_log_previous_milestone (log, 8), 4);
  CU_ASSERT_EQUAL (gui_log_previous_milestone (log, 4), 0);
  gui_log_free (log);
  serve_span_free (region);
}

void
test_log__a_future_that_is_cut_off_is_not_counted (void)
{
  K8Region *region = serve_span_new ();
  GuiLog *log = make_log (region);

  gui_log_truncate (log, 5);
  CU_ASSERT_EQUAL (gui_log_last (log), 5);
  CU_ASSERT_EQUAL (gui_log_next_milestone (log, 4), 0);
  CU_ASSERT_EQUAL (gui_log_count (log, GUI_LANE_COMPONENTS, 0, 2000 * MS), 1);
  CU_ASSERT_EQUAL (gui_log_count (log, GUI_LANE_MESSAGES, 0, 2000 * MS), 4);
  add (log, 6, 600 * MS, K8_TRACE_ACTOR_STOPPED);
  CU_ASSERT_EQUAL (gui_log_next_milestone (log, 4), 6);
  gui_log_free (log);
  serve_span_free (region);
}

void
test_log__the_ring_forgets_the_oldest (void)
{
  K8Region *region = serve_span_new ();
  GuiLog *log = gui_log_new (region);

  for (guint64 i = 1; i <= GUI_LOG_RECORDS + 5; i++)
    add (log, i, (gint64) i, K8_TRACE_MESSAGE_SENT);
  CU_ASSERT_EQUAL (gui_log_first (log), 6);
  CU_ASSERT_PTR_NULL (gui_log_find (log, 5));
  CU_ASSERT_PTR_NOT_NULL (gui_log_find (log, 6));
  gui_log_free (log);
  serve_span_free (region);
}

void
test_palette__every_type_of_record_has_a_lane (void)
{
  for (guint16 type = 1; type < K8_N_TRACE_TYPES; type++)
    if (gui_palette_lane (type) == GUI_LANE_NONE)
      {
        test_note ("%s has no lane: add its subject to gui/palette.c", k8_trace_infos[type].name);
        CU_FAIL ("a type without a lane");
      }
}
