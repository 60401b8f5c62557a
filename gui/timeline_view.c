/* SPDX-License-Identifier: Apache-2.0
 *
 * Buttons and the timeline. The buttons activate the actions of the window (window.c), which the
 * keys activate too.
 */
#include "gui/timeline_view.h"

enum
{
  TIMELINE_HEIGHT = 150,
};

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
  guint n_branches;
  double drag_x;
};

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiTimelineView *self = user;

  gui_paint_timeline (cr, (GuiSize){ width, height }, self->desk->player, &self->desk->selection);
}

static void
scrub_to (GuiTimelineView *self, double x)
{
  GuiTimeline layout;
  GuiSize size = { gtk_widget_get_width (self->area), gtk_widget_get_height (self->area) };

  gui_timeline_layout (&layout, size, gui_player_span_ns (self->desk->player));
  gui_player_seek (self->desk->player, gui_timeline_at (&layout, x));
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, GuiTimelineView *self)
{
  gtk_widget_grab_focus (self->area);
  self->drag_x = x;
  scrub_to (self, x);
}

static void
on_drag_update (GtkGestureDrag *gesture, double x, double y, GuiTimelineView *self)
{
  scrub_to (self, self->drag_x + x);
}

static GtkWidget *
make_area (GuiTimelineView *self)
{
  GtkWidget *area =
      g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_size_request (area, -1, TIMELINE_HEIGHT);
  gtk_widget_set_hexpand (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, "Timeline",
                                  -1);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (drag));
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
  self->note = add_label (row, "dim-label");
  gtk_widget_set_hexpand (self->note, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (self->note), PANGO_ELLIPSIZE_END);
  self->branches = gtk_menu_button_new ();
  gtk_widget_add_css_class (self->branches, "flat");
  gtk_box_append (GTK_BOX (row), self->branches);
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
  gtk_widget_set_sensitive (self->branches, n > 1);
}

void
gui_timeline_view_update (GuiTimelineView *self)
{
  GuiPlayer *player = self->desk->player;
  g_autofree char *time = gui_model_dup_time (gui_player_now_ns (player));
  g_autofree char *speed = gui_clock_dup_speed (gui_player_clock (player));
  gboolean is_playing = gui_player_mode (player) == GUI_PLAYER_PLAYING;

  gtk_label_set_text (GTK_LABEL (self->time), time);
  gtk_label_set_text (GTK_LABEL (self->speed), speed);
  gtk_label_set_text (GTK_LABEL (self->note), describe_mode (player));
  gtk_button_set_icon_name (GTK_BUTTON (self->play), is_playing ? "media-playback-pause-symbolic"
                                                                : "media-playback-start-symbolic");
  update_branches (self);
  gtk_widget_queue_draw (self->area);
}
