/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry: at three sizes of the window, for worlds from empty to huge, nothing overlaps,
 * nothing lies outside, and nobody is forgotten.
 */
#include "gui/layout.h"
#include "tests/lib/test.h"
#include "tests/unit/gui/world.h"

static const GuiSize windows[] = { { 1280, 720 }, { 1600, 900 }, { 2560, 1440 } };

static const GuiTestSizes worlds[] = {
  { 1, 1, 0, 0 },    { 3, 3, 2, 0 },    { 3, 5, 12, 4 },      { 3, 30, 20, 100 },
  { 5, 100, 30, 9 }, { 1, 17, 110, 1 }, { 3, 1000, 20, 500 }, { 3, 5000, 20, 0 },
};

static gboolean
overlaps (const GuiRect *a, const GuiRect *b)
{
  double slack = 0.01;

  return a->x + a->width > b->x + slack && b->x + b->width > a->x + slack &&
         a->y + a->height > b->y + slack && b->y + b->height > a->y + slack;
}

static gboolean
lies_in (const GuiRect *inner, const GuiRect *outer)
{
  double slack = 0.01;

  return inner->x >= outer->x - slack && inner->y >= outer->y - slack &&
         inner->x + inner->width <= outer->x + outer->width + slack &&
         inner->y + inner->height <= outer->y + outer->height + slack;
}

/* Pairs of neighbours in a zone are enough: cards stand in a grid. Small worlds are compared
 * pair by pair. */
static guint
count_overlaps (const GArray *cards)
{
  guint n = 0;

  for (guint i = 0; i < cards->len; i++)
    for (guint k = i + 1; k < cards->len && (cards->len < 200 || k < i + 3); k++)
      n += overlaps (&g_array_index (cards, GuiCard, i).rect,
                     &g_array_index (cards, GuiCard, k).rect);
  return n;
}

static void
check_nodes (GuiSize size, const GuiModel *model)
{
  g_autoptr (GuiNodes) layout = gui_nodes_new (size, model);
  GuiRect all = { 0, 0, size.width, size.height };

  CU_ASSERT_EQUAL (count_overlaps (layout->cards), 0);
  CU_ASSERT (layout->detail == GUI_DETAIL_ZONES || layout->cards->len == model->nodes->len);
  for (guint i = 0; i < layout->cards->len; i++)
    {
      const GuiCard *card = &g_array_index (layout->cards, GuiCard, i);
      const GuiNode *node = gui_model_node (model, i);
      const GuiRect *zone = &g_array_index (layout->zones, GuiRect, node->zone_index);
      CU_ASSERT (lies_in (&card->rect, zone));
      CU_ASSERT (card->n_shown <= node->n_pods);
      if (card->n_shown == 0)
        continue;
      GuiRect last = gui_card_pod (card, layout->detail, card->n_shown - 1);
      CU_ASSERT (lies_in (&last, &card->rect));
    }
  for (guint i = 0; i < layout->zones->len; i++)
    {
      const GuiRect *zone = &g_array_index (layout->zones, GuiRect, i);
      CU_ASSERT (lies_in (zone, &all));
      CU_ASSERT_FALSE (overlaps (zone, &layout->legend));
      CU_ASSERT_FALSE (overlaps (zone, &layout->unplaced));
    }
  CU_ASSERT (lies_in (&layout->legend, &all));
  CU_ASSERT_FALSE (overlaps (&layout->legend, &layout->unplaced));
}

static void
check_architecture (GuiSize size, const GuiModel *model)
{
  GuiMessages none;
  gui_messages_init (&none);
  g_autoptr (GuiArchitecture) layout = gui_architecture_new (size, model, &none);
  GuiRect all = { 0, 0, size.width, size.height };
  guint n_nodes = 0;

  for (guint i = 0; i < layout->boxes->len; i++)
    {
      const GuiBox *box = &g_array_index (layout->boxes, GuiBox, i);
      CU_ASSERT (lies_in (&box->rect, &all));
      CU_ASSERT_FALSE (overlaps (&box->rect, &layout->list));
      n_nodes += box->type == GUI_BOX_NODE ? 1 : box->n_nodes;
      for (guint k = i + 1; k < layout->boxes->len; k++)
        CU_ASSERT_FALSE (overlaps (&box->rect, &g_array_index (layout->boxes, GuiBox, k).rect));
    }
  CU_ASSERT_EQUAL (n_nodes, model->nodes->len);
  gui_messages_clear (&none);
}

static GuiSize
size_of (const GuiRect *rect)
{
  return (GuiSize){ rect->width, rect->height };
}

/* Also as narrow as the canvases get in the window between its two side panes. */
static void
check_world (GuiSize window, const GuiModel *model)
{
  GuiScreen screen;

  gui_screen_layout (&screen, window);
  check_nodes (size_of (&screen.nodes), model);
  check_architecture (size_of (&screen.architecture), model);
  check_nodes ((GuiSize){ window.width - 580, window.height * 0.35 }, model);
  check_architecture ((GuiSize){ window.width - 580, window.height * 0.3 }, model);
}

void
test_layout__nothing_overlaps_at_any_size (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      g_autoptr (GuiModel) model = gui_test_model (&worlds[i]);
      for (guint k = 0; k < G_N_ELEMENTS (windows); k++)
        check_world (windows[k], model);
    }
}

void
test_layout__parts_of_the_screen_fill_it_without_overlap (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      GuiScreen screen;
      gui_screen_layout (&screen, windows[i]);
      const GuiRect *parts[] = { &screen.title, &screen.architecture, &screen.nodes, &screen.panel,
                                 &screen.timeline };
      double area = 0;
      for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
        {
          area += parts[k]->width * parts[k]->height;
          for (guint m = k + 1; m < G_N_ELEMENTS (parts); m++)
            CU_ASSERT_FALSE (overlaps (parts[k], parts[m]));
        }
      CU_ASSERT_DOUBLE_EQUAL (area, windows[i].width * windows[i].height, 1);
    }
}

void
test_layout__the_timeline_turns_a_place_into_its_time (void)
{
  GuiTimeline layout;

  gui_timeline_layout (&layout, (GuiSize){ 1280, 150 }, (GuiSpan){ 0 }, 60000);
  CU_ASSERT_EQUAL (gui_timeline_at (&layout, gui_timeline_x (&layout, 0)), 0);
  CU_ASSERT_EQUAL (gui_timeline_at (&layout, gui_timeline_x (&layout, 60000)), 60000);
  CU_ASSERT_DOUBLE_EQUAL (gui_timeline_at (&layout, gui_timeline_x (&layout, 12345)), 12345, 2);
  CU_ASSERT_EQUAL (gui_timeline_at (&layout, 0), 0);
  CU_ASSERT_EQUAL (gui_timeline_at (&layout, 5000), 60000);
}

void
test_layout__rows_of_the_timeline_do_not_overlap (void)
{
  GuiTimeline layout;

  gui_timeline_layout (&layout, (GuiSize){ 1280, 150 }, (GuiSpan){ 0 }, 60000);
  const GuiRect *rows[3 + GUI_N_LANES] = { &layout.steps, &layout.goals, &layout.events };
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    rows[2 + lane] = &layout.lanes[lane];
  rows[2 + GUI_N_LANES] = &layout.ruler;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint k = i + 1; k < G_N_ELEMENTS (rows); k++)
      CU_ASSERT_FALSE (overlaps (rows[i], rows[k]));
}

void
test_span__zooming_keeps_the_instant_under_the_pointer (void)
{
  GuiSpan all = { 0, 100 * K8_SECOND_NS };
  GuiSpan half = gui_span_zoom (all, 100 * K8_SECOND_NS, 40 * K8_SECOND_NS, 0.5);

  CU_ASSERT_EQUAL (half.from_ns, 20 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (half.until_ns, 70 * K8_SECOND_NS);
  GuiSpan again = gui_span_zoom (half, 100 * K8_SECOND_NS, 40 * K8_SECOND_NS, 2);
  CU_ASSERT_EQUAL (again.from_ns, 0);
  CU_ASSERT_EQUAL (again.until_ns, 100 * K8_SECOND_NS);
}

void
test_span__stays_within_all_of_time (void)
{
  gint64 whole_ns = 100 * K8_SECOND_NS;
  GuiSpan span = { 20 * K8_SECOND_NS, 70 * K8_SECOND_NS };

  GuiSpan left = gui_span_move (span, whole_ns, -30 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (left.from_ns, 0);
  CU_ASSERT_EQUAL (left.until_ns, 50 * K8_SECOND_NS);
  GuiSpan right = gui_span_move (span, whole_ns, 90 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (right.until_ns, whole_ns);
  GuiSpan wide = gui_span_zoom (span, whole_ns, 30 * K8_SECOND_NS, 1000);
  CU_ASSERT_EQUAL (wide.from_ns, 0);
  CU_ASSERT_EQUAL (wide.until_ns, whole_ns);
  GuiSpan narrow = gui_span_zoom (span, whole_ns, 30 * K8_SECOND_NS, 1e-12);
  CU_ASSERT (narrow.from_ns <= 30 * K8_SECOND_NS && narrow.until_ns >= 30 * K8_SECOND_NS);
  CU_ASSERT (narrow.until_ns > narrow.from_ns);
}

void
test_span__goes_along_with_the_present (void)
{
  GuiSpan span = { 20 * K8_SECOND_NS, 40 * K8_SECOND_NS };

  for (gint64 now_ns = 0; now_ns <= 100 * K8_SECOND_NS; now_ns += 7 * K8_SECOND_NS)
    {
      span = gui_span_show (span, 100 * K8_SECOND_NS, now_ns);
      CU_ASSERT (span.from_ns <= now_ns && now_ns <= span.until_ns);
      CU_ASSERT_EQUAL (span.until_ns - span.from_ns, 20 * K8_SECOND_NS);
    }
}

void
test_layout__a_part_of_time_fills_the_timeline (void)
{
  GuiTimeline layout;

  gui_timeline_layout (&layout, (GuiSize){ 1280, 150 }, (GuiSpan){ 20000, 30000 }, 60000);
  CU_ASSERT_DOUBLE_EQUAL (gui_timeline_x (&layout, 20000), layout.left, 0.01);
  CU_ASSERT_DOUBLE_EQUAL (gui_timeline_x (&layout, 30000), layout.left + layout.width, 0.01);
  CU_ASSERT_EQUAL (gui_timeline_at (&layout, gui_timeline_x (&layout, 25000)), 25000);
  CU_ASSERT_EQUAL (gui_timeline_overview_at (&layout, layout.left + layout.width), 60000);
}

/* The pods of the small shop stand by name even in the smallest window. */
void
test_layout__pods_have_names_at_1280x720 (void)
{
  g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 3, 5, 2, 0 });
  g_autoptr (GuiNodes) layout = gui_nodes_new ((GuiSize){ 714, 240 }, model);

  CU_ASSERT_EQUAL (layout->detail, GUI_DETAIL_LINES);
}

/* Where there is no room for that, the nodes still have theirs. */
void
test_layout__nodes_have_names_where_pods_have_none (void)
{
  g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 3, 5, 2, 0 });
  g_autoptr (GuiNodes) layout = gui_nodes_new ((GuiSize){ 697, 171 }, model);

  CU_ASSERT_EQUAL (layout->detail, GUI_DETAIL_SLIM);
}

/* A thousand nodes are drawn one by one, each with its state. */
void
test_layout__a_thousand_nodes_have_a_place_each_at_1600x900 (void)
{
  g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 3, 1000, 5, 0 });
  g_autoptr (GuiNodes) layout = gui_nodes_new ((GuiSize){ 960, 310 }, model);

  CU_ASSERT_EQUAL (layout->detail, GUI_DETAIL_TINY);
  CU_ASSERT_EQUAL (layout->cards->len, 1000);
}

static gboolean
crosses (const GuiLine *line, const GuiRect *rect)
{
  for (guint i = 1; i < 100; i++)
    if (gui_rect_contains (rect, line->x1 + (line->x2 - line->x1) * i / 100,
                           line->y1 + (line->y2 - line->y1) * i / 100))
      return TRUE;
  return FALSE;
}

/* Every way, in both directions, to and from the API server, the second component. */
void
test_layout__ways_run_past_the_boxes_that_they_do_not_lead_to (void)
{
  static const GuiSize canvases[] = { { 714, 218 }, { 960, 300 }, { 1240, 360 } };
  GuiMessages none;
  guint n_ways = 0;

  gui_messages_init (&none);
  for (guint i = 0; i < 3 * G_N_ELEMENTS (canvases); i++)
    {
      g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 1, 2 + i, 1, 0 });
      g_autoptr (GuiArchitecture) layout =
          gui_architecture_new (canvases[i % G_N_ELEMENTS (canvases)], model, &none);
      guint server = layout->box_of[2] - 1;
      for (guint to = 0; to < layout->boxes->len; to++)
        for (guint other = 0; other < layout->boxes->len && to != server; other++)
          {
            const GuiRect *rect = &g_array_index (layout->boxes, GuiBox, other).rect;
            GuiLine there = gui_architecture_line (layout, server, to);
            GuiLine back = gui_architecture_line (layout, to, server);
            CU_ASSERT_FALSE (crosses (&there, rect));
            CU_ASSERT_FALSE (crosses (&back, rect));
            n_ways++;
          }
    }
  CU_ASSERT (n_ways > 100);
  gui_messages_clear (&none);
}
