/* SPDX-License-Identifier: Apache-2.0
 *
 * The timeline: steps and faults of the scenario, goals, milestones, how much happened in each
 * lane, checkpoints, and where the present is. What has been seen lies on white.
 */
#include <math.h>
#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "gui/paint.h"

enum
{
  MAX_MARKS = 4000, /* milestones that are drawn; more are drawn by density anyway */
};

static const GuiColour canvas = { 0.90, 0.91, 0.925 };
static const GuiColour seen = { 1, 1, 1 };
static const GuiColour density = { 0.30, 0.42, 0.60 };
static const GuiColour present = { 0.85, 0.35, 0.05 };

static void
paint_labels (cairo_t *cr, const GuiTimeline *layout)
{
  GuiFont font = { .size = MIN (11.5, layout->steps.height - 2),
                   .ink = GUI_INK_NORMAL,
                   .align = GUI_ALIGN_RIGHT };
  const struct
  {
    const GuiRect *rect;
    const char *text;
  } rows[] = { { &layout->steps, "steps" },
               { &layout->goals, "goals" },
               { &layout->events, "events" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    gui_paint_text (
        cr,
        (GuiRect){ layout->labels.x, rows[i].rect->y, layout->labels.width, rows[i].rect->height },
        &font, rows[i].text);
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    gui_paint_text (cr,
                    (GuiRect){ layout->labels.x, layout->lanes[lane].y, layout->labels.width,
                               layout->lanes[lane].height },
                    &font, gui_lane_names[lane]);
}

static void
paint_grounds (cairo_t *cr, const GuiTimeline *layout, gint64 horizon_ns)
{
  double right = gui_timeline_x (layout, horizon_ns);
  double bottom = layout->ruler.y;

  cairo_set_source_rgb (cr, seen.red, seen.green, seen.blue);
  cairo_rectangle (cr, layout->left, 2, MAX (right - layout->left, 0), bottom - 2);
  cairo_fill (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.10);
  cairo_set_line_width (cr, 1);
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    {
      double y = floor (layout->lanes[lane].y) + 0.5;
      cairo_move_to (cr, layout->left, y);
      cairo_line_to (cr, layout->left + layout->width, y);
    }
  cairo_stroke (cr);
}

/* Bars of a lane, one a pixel pair, high by the logarithm of how many records there were. */
static void
paint_density (cairo_t *cr, const GuiTimeline *layout, GuiLane lane, const GuiLog *log)
{
  const GuiRect *rect = &layout->lanes[lane];
  double step = MAX (2, layout->width * (double) gui_log_bin_ns (log) / (double) layout->span_ns);

  cairo_set_source_rgb (cr, density.red, density.green, density.blue);
  for (double x = 0; x < layout->width; x += step)
    {
      gint64 from_ns = gui_timeline_at (layout, layout->left + x);
      gint64 until_ns = gui_timeline_at (layout, layout->left + x + step);
      guint32 n = gui_log_count (log, lane, from_ns, MAX (until_ns, from_ns + 1));
      if (n == 0)
        continue;
      double height = MIN (log2 (1 + n) / 12 + 0.12, 1) * (rect->height - 2);
      cairo_rectangle (cr, layout->left + x, rect->y + rect->height - height, step, height);
    }
  cairo_fill (cr);
}

static gboolean
is_alarm (const GuiLog *log, const K8TraceRecord *record)
{
  if (record->type == K8_TRACE_ACTOR_STOPPED)
    return TRUE;
  return record->type == K8_TRACE_EVENT_RECORDED &&
         k8_string_is (k8_string_at (gui_log_region (log), (K8Handle) record->value[3]), "Warning");
}

/* Ticks: blue ones for what is normal, tall orange ones with a head for alarms. */
static void
paint_milestones (cairo_t *cr, const GuiTimeline *layout, const GuiLog *log)
{
  const GuiRect *rect = &layout->events;
  guint n = gui_log_n_milestones (log);

  for (guint i = n > MAX_MARKS ? n - MAX_MARKS : 0; i < n; i++)
    {
      const K8TraceRecord *record = gui_log_find (log, gui_log_milestone (log, i));
      if (record == NULL)
        continue;
      double x = gui_timeline_x (layout, record->now_ns);
      gboolean alarm = is_alarm (log, record);
      if (alarm)
        gui_paint_ink (cr, GUI_INK_ALARM);
      else
        cairo_set_source_rgb (cr, 0.12, 0.23, 0.55);
      double top = rect->y + rect->height * (alarm ? 0.1 : 0.45);
      cairo_rectangle (cr, x - 0.75, top, 1.5, rect->y + rect->height - top);
      if (alarm)
        cairo_rectangle (cr, x - 2.5, top, 5, 4);
      cairo_fill (cr);
    }
}

/* Triangles at their instants; the title of a step where it does not run into the next. */
static void
paint_steps (cairo_t *cr, const GuiTimeline *layout, GuiPlayer *player)
{
  const SimScenario *scenario = gui_player_scenario (player);
  guint n = sim_scenario_n_steps (scenario);
  const GuiRect *rect = &layout->steps;
  double end = layout->left + layout->width;

  for (guint i = 0; i < n; i++)
    {
      SimStepView step = sim_scenario_step (scenario, i);
      double x = gui_timeline_x (layout, step.at_ns);
      double next =
          i + 1 < n ? gui_timeline_x (layout, sim_scenario_step (scenario, i + 1).at_ns) : end;
      gboolean is_done = step.at_ns <= gui_player_now_ns (player);
      GuiFont font = { .size = MIN (11, rect->height - 2),
                       .ink = is_done ? GUI_INK_STRONG : GUI_INK_FAINT };
      gui_paint_ink (cr, font.ink);
      cairo_move_to (cr, x, rect->y + 3);
      cairo_line_to (cr, x + 6, rect->y + rect->height / 2);
      cairo_line_to (cr, x, rect->y + rect->height - 3);
      cairo_close_path (cr);
      cairo_fill (cr);
      if (next - x > 34)
        gui_paint_text (cr, (GuiRect){ x + 9, rect->y, MIN (next, end) - x - 12, rect->height },
                        &font, step.title);
    }
}

/* ✓ and ✕ where goals were decided. */
static void
paint_goals (cairo_t *cr, const GuiTimeline *layout, GuiPlayer *player)
{
  const SimWorld *world = gui_player_world (player);
  const GuiRect *rect = &layout->goals;
  double last = -100;

  for (guint i = 0; i < sim_world_n_goals (world); i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      if (goal.state == SIM_GOAL_WAITING)
        continue;
      gboolean is_held = goal.state == SIM_GOAL_HELD;
      GuiFont font = { .size = MIN (13, rect->height - 1),
                       .ink = is_held ? GUI_INK_STRONG : GUI_INK_ALARM,
                       .align = GUI_ALIGN_CENTRE,
                       .is_bold = TRUE };
      double x = MAX (gui_timeline_x (layout, goal.decided_ns), last + 14);
      last = x;
      gui_paint_text (cr, (GuiRect){ x - 8, rect->y, 16, rect->height }, &font,
                      is_held ? "✓" : "✕");
    }
}

/* A round step of time that gives labels room. */
static gint64
find_tick_ns (const GuiTimeline *layout)
{
  static const gint64 ticks[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600 };
  gint64 tick_ns = K8_SECOND_NS;

  for (guint i = 0; i < G_N_ELEMENTS (ticks); i++)
    {
      tick_ns = ticks[i] * K8_SECOND_NS;
      if (layout->width * (double) tick_ns / (double) layout->span_ns >= 64)
        return tick_ns;
    }
  while (layout->width * (double) tick_ns / (double) layout->span_ns < 64)
    tick_ns *= 2;
  return tick_ns;
}

static void
paint_ruler (cairo_t *cr, const GuiTimeline *layout)
{
  gint64 tick_ns = find_tick_ns (layout);
  GuiFont font = { .size = 11, .ink = GUI_INK_FAINT };

  for (gint64 at_ns = 0; at_ns <= layout->span_ns; at_ns += tick_ns)
    {
      double x = gui_timeline_x (layout, at_ns);
      double room = layout->left + layout->width + 14 - x;
      g_autofree char *text = g_strdup_printf ("%d:%02d", (int) (at_ns / K8_MINUTE_NS),
                                               (int) (at_ns / K8_SECOND_NS % 60));
      gui_paint_ink (cr, GUI_INK_FAINT);
      cairo_rectangle (cr, floor (x), layout->ruler.y, 1, 5);
      cairo_fill (cr);
      if (room > 40)
        gui_paint_text (cr, (GuiRect){ x + 3, layout->ruler.y + 3, MIN (56, room), 14 }, &font,
                        text);
    }
}

static void
paint_checkpoints (cairo_t *cr, const GuiTimeline *layout, const SimTimeline *timeline)
{
  cairo_set_source_rgb (cr, 0.45, 0.48, 0.55);
  for (guint i = 0; i < sim_timeline_n_checkpoints (timeline); i++)
    {
      double x = gui_timeline_x (layout, sim_timeline_checkpoint (timeline, i)->now_ns);
      cairo_new_path (cr);
      cairo_arc (cr, x, layout->ruler.y, 2, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
paint_present (cairo_t *cr, const GuiTimeline *layout, gint64 now_ns)
{
  double x = gui_timeline_x (layout, now_ns);

  cairo_set_source_rgb (cr, present.red, present.green, present.blue);
  cairo_rectangle (cr, x - 1, 0, 2, layout->ruler.y + 4);
  cairo_fill (cr);
  cairo_move_to (cr, x - 6, 0);
  cairo_line_to (cr, x + 6, 0);
  cairo_line_to (cr, x, 8);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
paint_chosen_record (cairo_t *cr,
                     const GuiTimeline *layout,
                     const GuiLog *log,
                     const GuiSelection *selection)
{
  const K8TraceRecord *record = selection == NULL || selection->type != GUI_SELECTION_RECORD
                                    ? NULL
                                    : gui_log_find (log, selection->sequence);

  if (record == NULL)
    return;
  cairo_set_source_rgba (cr, 0.45, 0.2, 0.7, 0.8);
  cairo_rectangle (cr, gui_timeline_x (layout, record->now_ns) - 0.5, 2, 1, layout->ruler.y);
  cairo_fill (cr);
}

void
gui_paint_timeline (cairo_t *cr, GuiSize size, GuiPlayer *player, const GuiSelection *selection)
{
  const GuiLog *log = gui_player_log (player);
  const SimTimeline *timeline = gui_player_timeline (player);
  GuiTimeline layout;

  gui_timeline_layout (&layout, size, gui_player_span_ns (player));
  cairo_set_source_rgb (cr, canvas.red, canvas.green, canvas.blue);
  cairo_paint (cr);
  paint_grounds (cr, &layout, sim_timeline_horizon (timeline));
  paint_labels (cr, &layout);
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    paint_density (cr, &layout, lane, log);
  paint_milestones (cr, &layout, log);
  paint_steps (cr, &layout, player);
  paint_goals (cr, &layout, player);
  paint_ruler (cr, &layout);
  paint_checkpoints (cr, &layout, timeline);
  paint_chosen_record (cr, &layout, log, selection);
  paint_present (cr, &layout, gui_player_now_ns (player));
}
