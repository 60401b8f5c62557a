/* SPDX-License-Identifier: Apache-2.0
 *
 * Buttons and the timeline. The buttons activate the actions of the window (window.c), which the
 * keys activate too.
 */
#include "gui/timeline_view.h"

#include <math.h>

#include "base/time.h"
#include "gui/why.h"

enum
{
  TIMELINE_MIN_HEIGHT = 158,
  TIP_REACH = 5, /* pixels from the pointer to a milestone */
};

#define WHEEL_FACTOR 1.25
#define SLOW 0.05

struct GuiTimelineView
{
  GuiDesk *desk;
  GtkWidget *box;
  GtkWidget *area;
  GtkWidget *play;
  GtkWidget *time;
  GtkWidget *speed;
  GtkWidget *note;
  GtkWidget *branches;
  GtkWidget *zoom_all;
  guint n_branches;
  GuiSpan shown; /* empty: all of time */
  gint64 followed_ns;
  double drag_x;
  double drag_y;
  double pointer_x;
};

static void
lay_out (const GuiTimelineView *self, GuiTimeline *layout)
{
  GuiSize size = { gtk_widget_get_width (self->area), gtk_widget_get_height (self->area) };

  gui_timeline_layout (layout, size, self->shown, gui_player_span_ns (self->desk->player));
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiTimelineView *self = user;

  gui_paint_begin (cr, gui_desk_theme ());
  gui_paint_timeline (cr, (GuiSize){ width, height }, self->desk->player, self->shown,
                      &self->desk->selection);
}

static void
show_span (GuiTimelineView *self, GuiSpan span)
{
  gint64 whole_ns = gui_player_span_ns (self->desk->player);
  gboolean is_all = span.from_ns <= 0 && span.until_ns >= whole_ns;

  self->shown = is_all ? (GuiSpan){ 0 } : span;
  gtk_widget_set_sensitive (self->zoom_all, !is_all);
  gtk_widget_queue_draw (self->area);
}

/* In the ruler's lanes a drag goes through time; in the overview it moves what is shown. */
static void
drag_to (GuiTimelineView *self, double x)
{
  GuiTimeline layout;

  lay_out (self, &layout);
  if (self->drag_y >= layout.overview.y - 2)
    {
      gint64 middle_ns = (layout.shown.from_ns + layout.shown.until_ns) / 2;
      gint64 by_ns = gui_timeline_overview_at (&layout, x) - middle_ns;
      show_span (self, gui_span_move (layout.shown, layout.whole_ns, by_ns));
      return;
    }
  gui_player_seek (self->desk->player, gui_timeline_at (&layout, x));
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, GuiTimelineView *self)
{
  gtk_widget_grab_focus (self->area);
  self->drag_x = x;
  self->drag_y = y;
  drag_to (self, x);
}

static void
on_drag_update (GtkGestureDrag *gesture, double x, double y, GuiTimelineView *self)
{
  drag_to (self, self->drag_x + x);
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, GuiTimelineView *self)
{
  self->pointer_x = x;
}

/* The wheel looks closer at what is under the pointer; with Shift, or sideways, it moves. */
static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, GuiTimelineView *self)
{
  GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  GuiTimeline layout;

  lay_out (self, &layout);
  double length = (double) (layout.shown.until_ns - layout.shown.from_ns);
  if ((state & GDK_SHIFT_MASK) != 0 || dx != 0)
    show_span (self, gui_span_move (layout.shown, layout.whole_ns,
                                    (gint64) (length * (dx != 0 ? dx : dy) / 20)));
  else
    show_span (self,
               gui_span_zoom (layout.shown, layout.whole_ns,
                              gui_timeline_at (&layout, self->pointer_x), pow (WHEEL_FACTOR, dy)));
  return TRUE;
}

void
gui_timeline_view_zoom (GuiTimelineView *self, double factor)
{
  GuiTimeline layout;
  gint64 now_ns = gui_player_now_ns (self->desk->player);

  lay_out (self, &layout);
  GuiSpan span = gui_span_zoom (layout.shown, layout.whole_ns, now_ns, factor);
  show_span (self,
             gui_span_move (span, layout.whole_ns, now_ns - (span.from_ns + span.until_ns) / 2));
}

void
gui_timeline_view_zoom_all (GuiTimelineView *self)
{
  show_span (self, (GuiSpan){ 0, G_MAXINT64 });
}

GuiSpan
gui_timeline_view_shown (const GuiTimelineView *self)
{
  GuiTimeline layout;

  lay_out (self, &layout);
  return layout.shown;
}

/* The milestone nearest to a place, if there is one within reach. */
static const K8TraceRecord *
find_milestone (const GuiTimelineView *self, const GuiTimeline *layout, double x)
{
  const GuiLog *log = gui_player_log (self->desk->player);
  guint64 sequence = gui_log_find_at (log, gui_timeline_at (layout, x - TIP_REACH));
  const K8TraceRecord *best = NULL;

  for (guint i = 0; i < 200; i++)
    {
      sequence = gui_log_next_milestone (log, sequence);
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL || gui_timeline_x (layout, record->now_ns) > x + TIP_REACH)
        break;
      if (best == NULL || fabs (gui_timeline_x (layout, record->now_ns) - x) <
                              fabs (gui_timeline_x (layout, best->now_ns) - x))
        best = record;
    }
  return best;
}

/* The step whose title a place in the lane of steps belongs to; its title may be cut off. */
static gboolean
append_step (const GuiTimelineView *self, const GuiTimeline *layout, double x, GString *out)
{
  const SimScenario *scenario = gui_player_scenario (self->desk->player);

  for (guint i = sim_scenario_n_steps (scenario); i > 0; i--)
    {
      SimStepView step = sim_scenario_step (scenario, i - 1);
      if (gui_timeline_x (layout, step.at_ns) > x)
        continue;
      g_autofree char *time = gui_model_dup_time (step.at_ns);
      g_string_append_printf (out, "%s\n%s", time, step.title);
      return TRUE;
    }
  return FALSE;
}

static void
append_instant (const GuiTimelineView *self, const GuiTimeline *layout, double x, GString *out)
{
  const K8TraceRecord *record = find_milestone (self, layout, x);
  g_autofree char *time =
      gui_model_dup_time (record == NULL ? gui_timeline_at (layout, x) : record->now_ns);

  g_string_append (out, time);
  if (record == NULL)
    return;
  g_string_append_c (out, '\n');
  gui_why_append_milestone (self->desk->player, record, out);
}

static gboolean
on_tooltip (
    GtkWidget *area, int x, int y, gboolean by_key, GtkTooltip *tooltip, GuiTimelineView *self)
{
  GuiTimeline layout;
  g_autoptr (GString) text = g_string_new (NULL);

  lay_out (self, &layout);
  if (by_key || x < layout.left || x > layout.left + layout.width)
    return FALSE;
  if (y >= layout.goals.y || !append_step (self, &layout, x, text))
    append_instant (self, &layout, x, text);
  gtk_tooltip_set_text (tooltip, text->str);
  return TRUE;
}

static void
add_controllers (GuiTimelineView *self, GtkWidget *area)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (area, motion);
  gtk_widget_add_controller (area, scroll);
  gtk_widget_set_has_tooltip (area, TRUE);
  g_signal_connect (area, "query-tooltip", G_CALLBACK (on_tooltip), self);
}

static GtkWidget *
make_area (GuiTimelineView *self)
{
  GtkWidget *area =
      g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);

  gtk_widget_set_size_request (area, -1, TIMELINE_MIN_HEIGHT);
  gtk_widget_set_name (area, "timeline");
  gtk_widget_set_hexpand (area, TRUE);
  gtk_widget_set_vexpand (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, "Timeline",
                                  -1);
  add_controllers (self, area);
  return area;
}

/* A button that does an action of the window. */
static GtkWidget *
add_button (GtkWidget *row, const char *icon, const char *action, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip,
                                  -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_box_append (GTK_BOX (row), button);
  return button;
}

static GtkWidget *
add_label (GtkWidget *row, const char *css_class)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (row), label);
  return label;
}

static GtkWidget *
make_row (GuiTimelineView *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);

  gtk_widget_set_margin_start (row, 8);
  gtk_widget_set_margin_end (row, 8);
  add_button (row, "media-skip-backward-symbolic", "win.home", "Back to the beginning (Home)");
  add_button (row, "media-seek-backward-symbolic", "win.step-back", "Back to the last event (,)");
  self->play =
      add_button (row, "media-playback-start-symbolic", "win.play", "Play or pause (Space)");
  add_button (row, "media-seek-forward-symbolic", "win.step", "On to the next event (.)");
  add_button (row, "mail-send-symbolic", "win.step-message", "On to the next message (>)");
  self->time = add_label (row, "gui-time");
  gtk_widget_set_margin_start (self->time, 10);
  gtk_widget_set_margin_end (self->time, 10);
  add_button (row, "list-remove-symbolic", "win.slower", "Slower (-)");
  self->speed = add_label (row, "numeric");
  gtk_label_set_width_chars (GTK_LABEL (self->speed), 9);
  add_button (row, "list-add-symbolic", "win.faster", "Faster (+)");
  self->note = add_label (row, "gui-note");
  gtk_widget_set_hexpand (self->note, TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->note), PANGO_ELLIPSIZE_END);
  gtk_widget_set_margin_start (self->note, 12);
  self->branches = gtk_menu_button_new ();
  gtk_widget_add_css_class (self->branches, "flat");
  gtk_box_append (GTK_BOX (row), self->branches);
  add_button (row, "zoom-out-symbolic", "win.zoom-out", "Show more of time (Ctrl -)");
  self->zoom_all =
      add_button (row, "zoom-fit-best-symbolic", "win.zoom-all", "Show all of time (Ctrl 0)");
  add_button (row, "zoom-in-symbolic", "win.zoom-in", "Look closer at the present (Ctrl +)");
  return row;
}

GuiTimelineView *
gui_timeline_view_new (GuiDesk *desk)
{
  GuiTimelineView *self = g_new0 (GuiTimelineView, 1);

  self->desk = desk;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_box_append (GTK_BOX (self->box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (self->box), make_row (self));
  self->area = make_area (self);
  gtk_box_append (GTK_BOX (self->box), self->area);
  return self;
}

void
gui_timeline_view_free (GuiTimelineView *self)
{
  g_free (self);
}

GtkWidget *
gui_timeline_view_widget (GuiTimelineView *self)
{
  return self->box;
}

static const char *
describe_mode (GuiPlayer *player)
{
  switch (gui_player_mode (player))
    {
    case GUI_PLAYER_PLAYING:
      return "playing";
    case GUI_PLAYER_SEEKING:
      return "going there …";
    case GUI_PLAYER_STEPPING:
      return "on to the next event …";
    case GUI_PLAYER_PAUSED:
      break;
    }
  return sim_world_is_over (gui_player_world (player)) ? "the scenario is over" : "paused";
}

static void
update_branches (GuiTimelineView *self)
{
  guint n = sim_timeline_n_branches (gui_player_timeline (self->desk->player));
  g_autofree char *label = g_strdup_printf ("%u branch%s", n, n == 1 ? "" : "es");

  if (n == self->n_branches)
    return;
  self->n_branches = n;
  g_autoptr (GMenu) menu = g_menu_new ();
  for (guint i = 1; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("Look at future %u that was left", i);
      g_autofree char *action = g_strdup_printf ("win.branch(uint32 %u)", i);
      g_menu_append (menu, text, action);
    }
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->branches), label);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->branches), G_MENU_MODEL (menu));
  gtk_widget_set_visible (self->branches, n > 1);
}

/* What is shown goes along with the present, when that has moved. */
static void
follow (GuiTimelineView *self)
{
  gint64 now_ns = gui_player_now_ns (self->desk->player);

  if (self->shown.until_ns > self->shown.from_ns && now_ns != self->followed_ns)
    show_span (self, gui_span_show (self->shown, gui_player_span_ns (self->desk->player), now_ns));
  self->followed_ns = now_ns;
}

/* The present; at a speed at which messages are seen to move, down to the microsecond. */
static char *
dup_present (GuiPlayer *player)
{
  gint64 now_ns = gui_player_now_ns (player);
  g_autofree char *time = gui_model_dup_time (now_ns);

  if (gui_player_clock (player)->speed >= SLOW)
    return g_steal_pointer (&time);
  return g_strdup_printf ("%s %03d", time, (int) (now_ns / K8_MICROSECOND_NS % 1000));
}

void
gui_timeline_view_update (GuiTimelineView *self)
{
  GuiPlayer *player = self->desk->player;
  g_autofree char *time = dup_present (player);
  g_autofree char *speed = gui_clock_dup_speed (gui_player_clock (player));
  gboolean is_playing = gui_player_mode (player) == GUI_PLAYER_PLAYING;

  gtk_label_set_text (GTK_LABEL (self->time), time);
  gtk_label_set_text (GTK_LABEL (self->speed), speed);
  gtk_label_set_text (GTK_LABEL (self->note), describe_mode (player));
  gtk_button_set_icon_name (GTK_BUTTON (self->play), is_playing ? "media-playback-pause-symbolic"
                                                                : "media-playback-start-symbolic");
  update_branches (self);
  follow (self);
  gtk_widget_queue_draw (self->area);
}
