/* SPDX-License-Identifier: Apache-2.0
 *
 * The timeline: steps and faults of the scenario, goals, milestones, how much happened in each
 * lane, checkpoints, and where the present is. What has been played lies on the lighter ground.
 * Below the ruler lies all of time, with the part marked that is shown above.
 */
#include <math.h>
#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "gui/paint.h"

enum
{
  MAX_MARKS = 4000,   /* milestones that are drawn; more are drawn by density anyway */
  MAX_EXACT = 40000,  /* records counted one by one; more are counted by the log's spans */
  MAX_COLUMNS = 4096, /* of density */
  COLUMN = 2,         /* pixels */
  SIGN = 14,          /* from one goal's sign to the next */
};

static double
letter_size (const GuiTimeline *layout)
{
  return CLAMP (layout->steps.height * 0.55, MIN (11, layout->steps.height - 2), 14);
}

static void
paint_labels (cairo_t *cr, const GuiTimeline *layout)
{
  GuiFont font = { .size = letter_size (layout), .ink = GUI_TINT_NORMAL, .align = GUI_ALIGN_RIGHT };
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

static double
clamp_x (const GuiTimeline *layout, double x)
{
  return CLAMP (x, layout->left, layout->left + layout->width);
}

static gboolean
is_shown (const GuiTimeline *layout, gint64 at_ns)
{
  return at_ns >= layout->shown.from_ns && at_ns <= layout->shown.until_ns;
}

static void
paint_grounds (cairo_t *cr, const GuiTimeline *layout, gint64 horizon_ns)
{
  double right = clamp_x (layout, gui_timeline_x (layout, horizon_ns));
  double bottom = layout->ruler.y;

  gui_paint_use (cr, GUI_TINT_SEEN);
  cairo_rectangle (cr, layout->left, 2, right - layout->left, bottom - 2);
  cairo_fill (cr);
  gui_paint_use (cr, GUI_TINT_GRID);
  cairo_set_line_width (cr, 1);
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    {
      double y = floor (layout->lanes[lane].y) + 0.5;
      cairo_move_to (cr, layout->left, y);
      cairo_line_to (cr, layout->left + layout->width, y);
    }
  cairo_stroke (cr);
}

/* Records of every lane in every column. */
typedef struct
{
  guint n_columns;
  guint step; /* columns taken as one, where the log does not know better */
  guint32 n[GUI_N_LANES][MAX_COLUMNS];
} Density;

static void
count_exactly (
    Density *self, const GuiTimeline *layout, const GuiLog *log, guint64 from, guint64 to)
{
  for (guint64 sequence = MAX (from, 1); sequence <= to; sequence++)
    {
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL || !is_shown (layout, record->now_ns))
        continue;
      guint column = (guint) ((gui_timeline_x (layout, record->now_ns) - layout->left) / COLUMN);
      self->n[gui_log_lane (log, record)][MIN (column, self->n_columns - 1)]++;
    }
}

static void
count_roughly (Density *self, const GuiTimeline *layout, const GuiLog *log)
{
  double bin = layout->width * (double) gui_log_bin_ns (log) /
               (double) (layout->shown.until_ns - layout->shown.from_ns);

  self->step = (guint) MAX (1, bin / COLUMN);
  for (guint column = 0; column < self->n_columns; column += self->step)
    {
      gint64 from_ns = gui_timeline_at (layout, layout->left + column * COLUMN);
      gint64 until_ns = gui_timeline_at (layout, layout->left + (column + self->step) * COLUMN);
      for (guint lane = 1; lane < GUI_N_LANES; lane++)
        self->n[lane][column] = gui_log_count (log, lane, from_ns, MAX (until_ns, from_ns + 1));
    }
}

static Density *
count_density (const GuiTimeline *layout, const GuiLog *log)
{
  Density *self = g_new0 (Density, 1);
  guint64 from = gui_log_find_at (log, layout->shown.from_ns - 1);
  guint64 to = gui_log_find_at (log, layout->shown.until_ns);
  const K8TraceRecord *first = gui_log_find (log, gui_log_first (log));
  gboolean is_whole =
      first == NULL || first->sequence == 1 || first->now_ns < layout->shown.from_ns;

  self->step = 1;
  self->n_columns = (guint) CLAMP (layout->width / COLUMN, 1, MAX_COLUMNS);
  if (is_whole && to - from <= MAX_EXACT)
    count_exactly (self, layout, log, from + 1, to);
  else
    count_roughly (self, layout, log);
  return self;
}

/* Bars of a lane, high by the logarithm of how many records there were. */
static void
paint_density (cairo_t *cr, const GuiTimeline *layout, GuiLane lane, const Density *counts)
{
  const GuiRect *rect = &layout->lanes[lane];

  for (guint column = 0; column < counts->n_columns; column += counts->step)
    {
      guint32 n = counts->n[lane][column];
      if (n == 0)
        continue;
      double height = MIN (log2 (1 + n) / 12 + 0.12, 1) * (rect->height - 2);
      double x = layout->left + column * COLUMN;
      double width = MIN (COLUMN * counts->step, layout->left + layout->width - x);
      cairo_rectangle (cr, x, rect->y + rect->height - height, width, height);
    }
  gui_paint_use (cr, GUI_TINT_DENSITY);
  cairo_fill (cr);
}

static void
paint_all_density (cairo_t *cr, const GuiTimeline *layout, const GuiLog *log)
{
  g_autofree Density *counts = count_density (layout, log);

  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    paint_density (cr, layout, lane, counts);
}

static gboolean
is_alarm (const GuiLog *log, const K8TraceRecord *record)
{
  if (record->type == K8_TRACE_ACTOR_STOPPED)
    return TRUE;
  return record->type == K8_TRACE_EVENT_RECORDED &&
         k8_string_is (k8_string_at (gui_log_region (log), (K8Handle) record->value[3]), "Warning");
}

/* Ticks for what is normal, or taller ones with a head for alarms; one a pixel is enough. */
static void
add_milestones (cairo_t *cr, const GuiTimeline *layout, const GuiLog *log, gboolean alarms)
{
  const GuiRect *rect = &layout->events;
  double top = rect->y + rect->height * (alarms ? 0.1 : 0.45);
  double last = -1;
  guint n = gui_log_n_milestones (log);

  for (guint i = n > MAX_MARKS ? n - MAX_MARKS : 0; i < n; i++)
    {
      const K8TraceRecord *record = gui_log_find (log, gui_log_milestone (log, i));
      if (record == NULL || !is_shown (layout, record->now_ns) || is_alarm (log, record) != alarms)
        continue;
      double x = gui_timeline_x (layout, record->now_ns);
      if (x - last < 1)
        continue;
      last = x;
      cairo_rectangle (cr, x - 0.75, top, 1.5, rect->y + rect->height - top);
      if (alarms)
        cairo_rectangle (cr, x - 2.5, top, 5, 4);
    }
}

static void
paint_milestones (cairo_t *cr, const GuiTimeline *layout, const GuiLog *log)
{
  add_milestones (cr, layout, log, FALSE);
  gui_paint_use (cr, GUI_TINT_TICK);
  cairo_fill (cr);
  add_milestones (cr, layout, log, TRUE);
  gui_paint_use (cr, GUI_TINT_ALARM);
  cairo_fill (cr);
}

/* Triangles at their instants; the title of a step where it does not run into the next. */
static void
paint_steps (cairo_t *cr, const GuiTimeline *layout, GuiPlayer *player)
{
  const SimScenario *scenario = gui_player_scenario (player);
  guint n = sim_scenario_n_steps (scenario);
  const GuiRect *rect = &layout->steps;
  double end = layout->left + layout->width;
  double middle = rect->y + rect->height / 2;

  for (guint i = 0; i < n; i++)
    {
      SimStepView step = sim_scenario_step (scenario, i);
      double x = gui_timeline_x (layout, step.at_ns);
      double next =
          i + 1 < n ? gui_timeline_x (layout, sim_scenario_step (scenario, i + 1).at_ns) : end;
      gboolean is_done = step.at_ns <= gui_player_now_ns (player);
      GuiFont font = { .size = letter_size (layout),
                       .ink = is_done ? GUI_TINT_STRONG : GUI_TINT_FAINT };
      if (!is_shown (layout, step.at_ns))
        continue;
      gui_paint_use (cr, font.ink);
      cairo_move_to (cr, x, middle - 4);
      cairo_line_to (cr, x + 6, middle);
      cairo_line_to (cr, x, middle + 4);
      cairo_close_path (cr);
      cairo_fill (cr);
      if (next - x > 34)
        gui_paint_text (cr, (GuiRect){ x + 9, rect->y, MIN (next, end) - x - 12, rect->height },
                        &font, step.title);
    }
}

/* A goal that was decided, and where its sign stands. */
typedef struct
{
  gint64 decided_ns;
  gboolean is_held;
  double x;
} Verdict;

static int
compare_verdicts (gconstpointer a, gconstpointer b)
{
  const Verdict *x = a;
  const Verdict *y = b;

  return x->decided_ns < y->decided_ns ? -1 : x->decided_ns > y->decided_ns;
}

static GArray *
list_verdicts (const GuiTimeline *layout, const SimWorld *world)
{
  GArray *verdicts = g_array_new (FALSE, FALSE, sizeof (Verdict));

  for (guint i = 0; i < sim_world_n_goals (world); i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      Verdict verdict = { .decided_ns = goal.decided_ns, .is_held = goal.state == SIM_GOAL_HELD };
      verdict.x = gui_timeline_x (layout, goal.decided_ns);
      if (goal.state != SIM_GOAL_WAITING && is_shown (layout, goal.decided_ns))
        g_array_append_val (verdicts, verdict);
    }
  g_array_sort (verdicts, compare_verdicts);
  return verdicts;
}

/* Signs do not cover each other, nor leave the lane. */
static void
spread (GArray *verdicts, double right)
{
  for (guint i = 1; i < verdicts->len; i++)
    {
      Verdict *verdict = &g_array_index (verdicts, Verdict, i);
      verdict->x = MAX (verdict->x, g_array_index (verdicts, Verdict, i - 1).x + SIGN);
    }
  for (guint i = verdicts->len; i > 0; i--, right -= SIGN)
    {
      Verdict *verdict = &g_array_index (verdicts, Verdict, i - 1);
      verdict->x = MIN (verdict->x, right);
    }
}

/* ✓ and ✕ where goals were decided. */
static void
paint_goals (cairo_t *cr, const GuiTimeline *layout, GuiPlayer *player)
{
  const GuiRect *rect = &layout->goals;
  g_autoptr (GArray) verdicts = list_verdicts (layout, gui_player_world (player));

  spread (verdicts, layout->left + layout->width);
  for (guint i = 0; i < verdicts->len; i++)
    {
      const Verdict *verdict = &g_array_index (verdicts, Verdict, i);
      GuiFont font = { .size = MIN (13, rect->height - 1),
                       .ink = verdict->is_held ? GUI_TINT_STRONG : GUI_TINT_ALARM,
                       .align = GUI_ALIGN_CENTRE,
                       .is_bold = TRUE };
      gui_paint_text (cr, (GuiRect){ verdict->x - 8, rect->y, 16, rect->height }, &font,
                      verdict->is_held ? "✓" : "✕");
    }
}

/* A round step of time that gives labels room. */
static gint64
find_tick_ns (const GuiTimeline *layout)
{
  static const gint64 ticks[] = { 1,      2,      5,      10,      20,      50,     100,   200,
                                  500,    1000,   2000,   5000,    10000,   15000,  30000, 60000,
                                  120000, 300000, 600000, 1200000, 1800000, 3600000 };
  double pixels = layout->width / (double) (layout->shown.until_ns - layout->shown.from_ns);
  gint64 tick_ns = K8_MILLISECOND_NS;

  for (guint i = 0; i < G_N_ELEMENTS (ticks); i++)
    {
      tick_ns = ticks[i] * K8_MILLISECOND_NS;
      if (pixels * (double) tick_ns >= 72)
        return tick_ns;
    }
  while (pixels * (double) tick_ns < 72)
    tick_ns *= 2;
  return tick_ns;
}

/* "2:05", with milliseconds where ticks are closer than seconds. */
static char *
dup_tick (gint64 at_ns, gint64 tick_ns)
{
  int minutes = (int) (at_ns / K8_MINUTE_NS);
  int seconds = (int) (at_ns / K8_SECOND_NS % 60);

  if (tick_ns >= K8_SECOND_NS)
    return g_strdup_printf ("%d:%02d", minutes, seconds);
  return g_strdup_printf ("%d:%02d.%03d", minutes, seconds,
                          (int) (at_ns / K8_MILLISECOND_NS % 1000));
}

/* A label that the handle of the present would cover is left out. */
static void
paint_ruler (cairo_t *cr, const GuiTimeline *layout, gint64 now_ns)
{
  double handle = gui_timeline_x (layout, now_ns);
  gint64 tick_ns = find_tick_ns (layout);
  gint64 first_ns = (layout->shown.from_ns + tick_ns - 1) / tick_ns * tick_ns;
  GuiFont font = { .size = 11, .ink = GUI_TINT_FAINT };

  for (gint64 at_ns = first_ns; at_ns <= layout->shown.until_ns; at_ns += tick_ns)
    {
      double x = gui_timeline_x (layout, at_ns);
      g_autofree char *text = dup_tick (at_ns, tick_ns);
      double width = gui_paint_text_width (cr, &font, text) + 4;
      gboolean has_room = x + width < layout->left + layout->width + 14;
      gui_paint_use (cr, GUI_TINT_FAINT);
      cairo_rectangle (cr, floor (x), layout->ruler.y, 1, 5);
      cairo_fill (cr);
      if (has_room && (handle + 8 < x || handle - 8 > x + width))
        gui_paint_text (cr, (GuiRect){ x + 3, layout->ruler.y + 3, width, 14 }, &font, text);
    }
}

static void
paint_checkpoints (cairo_t *cr, const GuiTimeline *layout, const SimTimeline *timeline)
{
  double last = -10;

  gui_paint_use (cr, GUI_TINT_BORDER);
  for (guint i = 0; i < sim_timeline_n_checkpoints (timeline); i++)
    {
      gint64 at_ns = sim_timeline_checkpoint (timeline, i)->now_ns;
      double x = gui_timeline_x (layout, at_ns);
      if (!is_shown (layout, at_ns) || x - last < 1)
        continue;
      last = x;
      cairo_new_path (cr);
      cairo_arc (cr, x, layout->ruler.y, 2, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

/* All of time as a thin line: what was played, what is shown above, where the present is. */
static void
paint_overview (cairo_t *cr, const GuiTimeline *layout, gint64 horizon_ns, gint64 now_ns)
{
  const GuiRect *rect = &layout->overview;
  double from = gui_timeline_overview_x (layout, layout->shown.from_ns);
  double until = gui_timeline_overview_x (layout, layout->shown.until_ns);

  gui_paint_use (cr, GUI_TINT_GRID);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  gui_paint_use (cr, GUI_TINT_SEEN);
  cairo_rectangle (cr, rect->x, rect->y, gui_timeline_overview_x (layout, horizon_ns) - rect->x,
                   rect->height);
  cairo_fill (cr);
  gui_paint_use (cr, GUI_TINT_BAR);
  cairo_rectangle (cr, from, rect->y + 1, MAX (until - from, 3), rect->height - 2);
  cairo_fill (cr);
  gui_paint_use (cr, GUI_TINT_CHOSEN);
  cairo_rectangle (cr, gui_timeline_overview_x (layout, now_ns) - 1, rect->y, 2, rect->height);
  cairo_fill (cr);
}

/* Below the titles of the steps, so that it runs through no text. */
static void
paint_present (cairo_t *cr, const GuiTimeline *layout, gint64 now_ns)
{
  double x = gui_timeline_x (layout, now_ns);

  if (!is_shown (layout, now_ns))
    return;
  gui_paint_use (cr, GUI_TINT_CHOSEN);
  cairo_rectangle (cr, x - 1, layout->goals.y, 2, layout->ruler.y + 4 - layout->goals.y);
  cairo_fill (cr);
}

/* The handle of the present, over everything. */
static void
paint_handle (cairo_t *cr, const GuiTimeline *layout, gint64 now_ns)
{
  double x = gui_timeline_x (layout, now_ns);
  double y = layout->ruler.y + 1;

  if (!is_shown (layout, now_ns))
    return;
  gui_paint_use (cr, GUI_TINT_CHOSEN);
  cairo_move_to (cr, x - 6, y + 9);
  cairo_line_to (cr, x + 6, y + 9);
  cairo_line_to (cr, x, y);
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

  if (record == NULL || !is_shown (layout, record->now_ns))
    return;
  gui_paint_use (cr, GUI_TINT_CAUSE);
  cairo_rectangle (cr, gui_timeline_x (layout, record->now_ns) - 0.5, 2, 1, layout->ruler.y);
  cairo_fill (cr);
}

void
gui_paint_timeline (
    cairo_t *cr, GuiSize size, GuiPlayer *player, GuiSpan shown, const GuiSelection *selection)
{
  const GuiLog *log = gui_player_log (player);
  const SimTimeline *timeline = gui_player_timeline (player);
  gint64 now_ns = gui_player_now_ns (player);
  GuiTimeline layout;

  gui_timeline_layout (&layout, size, shown, gui_player_span_ns (player));
  gui_paint_use (cr, GUI_TINT_TIMELINE);
  cairo_paint (cr);
  paint_grounds (cr, &layout, sim_timeline_horizon (timeline));
  paint_labels (cr, &layout);
  paint_all_density (cr, &layout, log);
  paint_milestones (cr, &layout, log);
  paint_ruler (cr, &layout, now_ns);
  paint_checkpoints (cr, &layout, timeline);
  paint_chosen_record (cr, &layout, log, selection);
  paint_present (cr, &layout, now_ns);
  paint_steps (cr, &layout, player);
  paint_goals (cr, &layout, player);
  paint_overview (cr, &layout, sim_timeline_horizon (timeline), now_ns);
  paint_handle (cr, &layout, now_ns);
}
