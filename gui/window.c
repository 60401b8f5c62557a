/* SPDX-License-Identifier: Apache-2.0
 *
 * The window: header, lesson, canvases, inspector, timeline. A tick callback moves the world
 * while it plays, seeks or steps, an idle callback goes on between frames while there is more to
 * do than a frame has room for; a window that is paused costs nothing.
 */
#include "gui/window.h"

#include <stdio.h>

#include "gui/canvas.h"
#include "gui/commands.h"
#include "gui/inspector.h"
#include "gui/lesson_view.h"
#include "gui/timeline_view.h"

#define SLICE_US 4000
#define HURRY_US 100000 /* between two pictures on the way to where a seek or a step goes */

#define GUI_TYPE_WINDOW (gui_window_get_type ())
G_DECLARE_FINAL_TYPE (GuiWindow, gui_window, GUI, WINDOW, AdwApplicationWindow)

struct _GuiWindow
{
  AdwApplicationWindow parent_instance;
  GuiDesk desk;
  GuiCommands commands;
  GtkWidget *architecture;
  GtkWidget *nodes;
  GuiLessonView *lesson;
  GuiTimelineView *timeline;
  GuiInspector *inspector;
  guint tick_id;
  guint idle_id;
  gint64 drawn_us;
  gint64 begin_us; /* 0: the first frame has been told */
};

G_DEFINE_FINAL_TYPE (GuiWindow, gui_window, ADW_TYPE_APPLICATION_WINDOW)

static const char css[] =
    ".gui-time { font-family: monospace; font-size: 1.25em; font-weight: bold; }\n"
    ".gui-code { font-size: 0.85em; }\n"
    ".gui-note { opacity: 0.8; }\n"
    "stackswitcher > button { min-width: 30px; padding: 3px 10px; }\n"
    ".gui-deeds button { padding: 3px 8px; }\n"
    ".gui-step { padding: 2px 6px; min-height: 0; font-weight: normal; }\n"
    ".gui-running { background: rgba(255,160,60,0.35); }\n"
    ".gui-missed { color: @error_color; font-weight: bold; }\n"
    ".gui-held { color: @accent_color; }\n"
    ".gui-waiting { opacity: 0.75; }\n";

static void
update_views (GuiWindow *self)
{
  self->drawn_us = g_get_monotonic_time ();
  gui_canvas_update (self->architecture);
  gui_canvas_update (self->nodes);
  gui_lesson_view_update (self->lesson);
  gui_timeline_view_update (self->timeline);
  gui_inspector_update (self->inspector);
}

/* While it plays, each frame is drawn; on the way to an instant only some are. */
static gboolean
is_due (GuiWindow *self)
{
  return gui_player_mode (self->desk.player) == GUI_PLAYER_PLAYING ||
         g_get_monotonic_time () - self->drawn_us >= HURRY_US;
}

static gboolean
on_idle (gpointer user)
{
  GuiWindow *self = user;

  gui_player_tick (self->desk.player, g_get_monotonic_time (), SLICE_US);
  if (gui_player_is_busy (self->desk.player))
    return G_SOURCE_CONTINUE;
  self->idle_id = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *frames, gpointer user)
{
  GuiWindow *self = GUI_WINDOW (widget);

  if (gui_player_tick (self->desk.player, g_get_monotonic_time (), SLICE_US) && is_due (self))
    update_views (self);
  if (self->idle_id == 0 && gui_player_is_busy (self->desk.player))
    self->idle_id = g_idle_add (on_idle, self);
  if (gui_player_mode (self->desk.player) != GUI_PLAYER_PAUSED)
    return G_SOURCE_CONTINUE;
  self->tick_id = 0;
  update_views (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (void *user, GuiDeskChange change)
{
  GuiWindow *self = user;

  if (self->tick_id == 0 && gui_player_mode (self->desk.player) != GUI_PLAYER_PAUSED)
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
  update_views (self);
}

static void
on_dark (AdwStyleManager *manager, GParamSpec *property, GuiWindow *self)
{
  update_views (self);
}

static void
gui_window_dispose (GObject *object)
{
  GuiWindow *self = GUI_WINDOW (object);

  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick_id);
  self->tick_id = 0;
  g_clear_handle_id (&self->idle_id, g_source_remove);
  self->desk.changed = NULL;
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), self);
  G_OBJECT_CLASS (gui_window_parent_class)->dispose (object);
  g_clear_pointer (&self->lesson, gui_lesson_view_free);
  g_clear_pointer (&self->timeline, gui_timeline_view_free);
  g_clear_pointer (&self->inspector, gui_inspector_free);
  gui_commands_clear (&self->commands);
  gui_desk_clear (&self->desk);
}

static void
gui_window_class_init (GuiWindowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = gui_window_dispose;
}

static void
gui_window_init (GuiWindow *self)
{
}

static void
add_header_button (GtkWidget *header, const char *label, const char *action, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_set_focus_on_click (button, FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), button);
}

static GtkWidget *
make_menu (void)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *button = gtk_menu_button_new ();

  g_menu_append (menu, "Dark style", "win.dark");
  g_menu_append (menu, "Keys", "win.show-help-overlay");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_widget_set_tooltip_text (button, "Menu");
  return button;
}

static GtkWidget *
make_header (GuiWindow *self)
{
  const SimScenario *scenario = gui_player_scenario (self->desk.player);
  GtkWidget *header = adw_header_bar_new ();
  g_autofree char *subtitle = g_strdup_printf ("simulated · seed %" G_GUINT64_FORMAT,
                                               gui_player_world (self->desk.player)->config.seed);

  add_header_button (header, "Open…", "win.open", "Open a scenario (Ctrl+O)");
  add_header_button (header, "Apply…", "win.apply",
                     "Apply a file of manifests (Ctrl+E), or drop it here");
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header),
                                   adw_window_title_new (sim_scenario_title (scenario), subtitle));
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), make_menu ());
  return header;
}

static GtkWidget *
make_paned (GtkOrientation orientation, GtkWidget *first, GtkWidget *second)
{
  GtkWidget *paned = gtk_paned_new (orientation);

  gtk_paned_set_start_child (GTK_PANED (paned), first);
  gtk_paned_set_end_child (GTK_PANED (paned), second);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

/* How a window of a size is divided: the parts keep these sizes until they are dragged. */
typedef struct
{
  int left;
  int right;
  int timeline;
  int architecture;
} Division;

static Division
divide (const GuiSize *size)
{
  Division division = {
    .left = (int) CLAMP (size->width / 6, 250, 400),
    .right = (int) CLAMP (size->width / 5, 305, 520),
    .timeline = (int) CLAMP (size->height * 0.23, 196, 330),
  };
  double header = 47;

  division.architecture = (int) ((size->height - header - division.timeline) * 0.47);
  return division;
}

static GtkWidget *
make_canvases (GuiWindow *self, const Division *division)
{
  self->architecture = gui_canvas_new_architecture (&self->desk);
  self->nodes = gui_canvas_new_nodes (&self->desk);
  gtk_widget_set_size_request (self->architecture, 360, 190);
  gtk_widget_set_size_request (self->nodes, 360, 170);
  GtkWidget *paned = make_paned (GTK_ORIENTATION_VERTICAL, self->architecture, self->nodes);
  gtk_paned_set_position (GTK_PANED (paned), division->architecture);
  gtk_widget_set_hexpand (paned, TRUE);
  return paned;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, GuiWindow *self)
{
  if (!G_VALUE_HOLDS (value, G_TYPE_FILE))
    return FALSE;
  gui_commands_apply (&self->commands, g_value_get_object (value));
  return TRUE;
}

/* Lesson, canvases and inspector beside each other. Messages of the window come up over them, so
 * that the timeline is always to be seen. */
static GtkWidget *
make_middle (GuiWindow *self, const GuiSize *size, const Division *division)
{
  GtkWidget *toasts = adw_toast_overlay_new ();
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  self->desk.toasts = ADW_TOAST_OVERLAY (toasts);
  self->lesson = gui_lesson_view_new (&self->desk);
  GtkWidget *left = gui_lesson_view_widget (self->lesson);
  gtk_widget_set_size_request (left, 250, -1);
  GtkWidget *middle = make_paned (GTK_ORIENTATION_HORIZONTAL, left, make_canvases (self, division));
  gtk_paned_set_resize_start_child (GTK_PANED (middle), FALSE);
  gtk_paned_set_position (GTK_PANED (middle), division->left);
  self->inspector = gui_inspector_new (&self->desk);
  GtkWidget *right = gui_inspector_widget (self->inspector);
  gtk_widget_set_size_request (right, 305, -1);
  middle = make_paned (GTK_ORIENTATION_HORIZONTAL, middle, right);
  gtk_paned_set_resize_end_child (GTK_PANED (middle), FALSE);
  gtk_paned_set_position (GTK_PANED (middle), (int) size->width - division->right);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (middle, GTK_EVENT_CONTROLLER (drop));
  gtk_widget_set_vexpand (middle, TRUE);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (toasts), middle);
  return toasts;
}

static void
build (GuiWindow *self, GuiSize size)
{
  Division division = divide (&size);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->timeline = gui_timeline_view_new (&self->desk);
  GtkWidget *bottom = gui_timeline_view_widget (self->timeline);
  GtkWidget *paned =
      make_paned (GTK_ORIENTATION_VERTICAL, make_middle (self, &size, &division), bottom);
  gtk_widget_set_size_request (bottom, -1, division.timeline);
  gtk_paned_set_resize_end_child (GTK_PANED (paned), FALSE);
  gtk_box_append (GTK_BOX (box), make_header (self));
  gtk_box_append (GTK_BOX (box), paned);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self), box);
}

/* Says on standard error how long the first frame took, when asked by ORRERY_TIMES. */
static void
on_after_paint (GdkFrameClock *frames, GuiWindow *self)
{
  if (self->begin_us == 0)
    return;
  if (g_getenv ("ORRERY_TIMES") != NULL)
    fprintf (stderr, "first frame after %.0f ms\n",
             (double) (g_get_monotonic_time () - self->begin_us) / 1000);
  self->begin_us = 0;
}

static void
on_realize (GtkWidget *widget, gpointer user)
{
  g_signal_connect (gtk_widget_get_frame_clock (widget), "after-paint", G_CALLBACK (on_after_paint),
                    widget);
}

static void
open_scenario (GtkApplicationWindow *window, GFile *file)
{
  GuiWindow *self = GUI_WINDOW (window);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_file_get_path (file);
  SimScenario *scenario = path == NULL ? NULL : sim_scenario_load (path, &error);
  GuiWindowOptions options = { .size = { gtk_widget_get_width (GTK_WIDGET (self)),
                                         gtk_widget_get_height (GTK_WIDGET (self)) } };

  if (scenario == NULL || gui_window_open (gtk_window_get_application (GTK_WINDOW (self)), scenario,
                                           &options, &error) == NULL)
    gui_desk_toast (&self->desk, "%s", error == NULL ? "not a local file" : error->message);
}

GtkWidget *
gui_window_open (GtkApplication *application,
                 SimScenario *scenario,
                 const GuiWindowOptions *options,
                 GError **error)
{
  GuiPlayer *player = gui_player_new (scenario, error);

  if (player == NULL)
    return NULL;
  GuiWindow *self =
      g_object_new (GUI_TYPE_WINDOW, "application", application, "title", "Orrery", NULL);
  self->desk = (GuiDesk){ .player = player, .changed = on_changed, .user = self };
  self->begin_us = options->begin_us;
  build (self, options->size);
  self->commands = (GuiCommands){ .desk = &self->desk,
                                  .timeline = self->timeline,
                                  .window = GTK_APPLICATION_WINDOW (self),
                                  .open = open_scenario };
  gui_commands_init (&self->commands);
  gtk_window_set_default_size (GTK_WINDOW (self), (int) options->size.width,
                               (int) options->size.height);
  g_signal_connect (self, "realize", G_CALLBACK (on_realize), NULL);
  g_signal_connect (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (on_dark), self);
  if (options->is_dark)
    g_action_group_change_action_state (G_ACTION_GROUP (self), "dark",
                                        g_variant_new_boolean (TRUE));
  gui_player_seek (player, options->at_ns); /* also to 0: what begins there has begun */
  if (options->plays)
    gui_player_play (player);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
  gtk_window_present (GTK_WINDOW (self));
  return GTK_WIDGET (self);
}

GuiDesk *
gui_window_desk (GtkWidget *window)
{
  return &GUI_WINDOW (window)->desk;
}

GuiTimelineView *
gui_window_timeline (GtkWidget *window)
{
  return GUI_WINDOW (window)->timeline;
}

/* What a start of the application needs. */
typedef struct
{
  SimScenario *scenario;
  GuiWindowOptions options;
  int status;
} Start;

/* The size that was asked for, or as much of it as the largest screen shows: the parts of the
 * window are laid out for what it begins with. */
static GuiSize
fit_screens (GuiSize wanted)
{
  GListModel *monitors = gdk_display_get_monitors (gdk_display_get_default ());
  GuiSize most = { 0 };

  for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr (GdkMonitor) monitor = g_list_model_get_item (monitors, i);
      GdkRectangle place;
      gdk_monitor_get_geometry (monitor, &place);
      most = (GuiSize){ MAX (most.width, place.width), MAX (most.height, place.height) };
    }
  if (most.width == 0)
    return wanted;
  return (GuiSize){ MIN (wanted.width, most.width), MIN (wanted.height, most.height) };
}

static void
on_activate (GApplication *application, Start *start)
{
  g_autoptr (GError) error = NULL;

  start->options.size = fit_screens (start->options.size);
  gui_window_prepare (GTK_APPLICATION (application));
  if (gui_window_open (GTK_APPLICATION (application), g_steal_pointer (&start->scenario),
                       &start->options, &error) != NULL)
    return;
  fprintf (stderr, "orrery-window: %s\n", error->message);
  start->status = 2;
}

void
gui_window_prepare (GtkApplication *application)
{
  GtkCssProvider *provider = gtk_css_provider_new ();

  g_set_application_name ("Orrery");
  gtk_css_provider_load_from_data (provider, css, -1);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_object_unref (provider);
  gui_commands_set_keys (application);
}

int
gui_window_main (SimScenario *scenario, const GuiWindowOptions *options)
{
  Start start = { .scenario = scenario, .options = *options };

  if (!gtk_init_check ())
    {
      fputs ("orrery-window: no display (DISPLAY, WAYLAND_DISPLAY); --screenshot needs none\n",
             stderr);
      sim_scenario_free (scenario);
      return 2;
    }
  AdwApplication *application = adw_application_new ("dev.orrery.Window", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), &start);
  int status = g_application_run (G_APPLICATION (application), 0, NULL);
  g_object_unref (application);
  sim_scenario_free (start.scenario);
  return start.status != 0 ? start.status : status;
}
