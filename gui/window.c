/* SPDX-License-Identifier: Apache-2.0
 *
 * The window: header, lesson, canvases, inspector, timeline, and the actions that buttons, menus
 * and keys share. A tick callback moves the world while it plays, seeks or steps; a window that
 * is paused costs nothing.
 */
#include "gui/window.h"

#include <stdio.h>

#include "base/time.h"
#include "gui/actions.h"
#include "gui/canvas.h"
#include "gui/inspector.h"
#include "gui/lesson_view.h"
#include "gui/timeline_view.h"

#define SLICE_US 4000
#define ARROW_NS (1 * K8_SECOND_NS)
#define WIDE_ARROW_NS (10 * K8_SECOND_NS)

#define GUI_TYPE_WINDOW (gui_window_get_type ())
G_DECLARE_FINAL_TYPE (GuiWindow, gui_window, GUI, WINDOW, AdwApplicationWindow)

struct _GuiWindow
{
  AdwApplicationWindow parent_instance;
  GuiDesk desk;
  GtkWidget *architecture;
  GtkWidget *nodes;
  GuiLessonView *lesson;
  GuiTimelineView *timeline;
  GuiInspector *inspector;
  GtkFileChooserNative *chooser;
  guint tick_id;
  guint idle_id;
  gint64 begin_us; /* 0: the first frame has been told */
};

G_DEFINE_FINAL_TYPE (GuiWindow, gui_window, ADW_TYPE_APPLICATION_WINDOW)

static const char css[] =
    ".gui-time { font-family: monospace; font-size: 1.25em; font-weight: bold; }\n"
    ".gui-code { font-size: 0.85em; }\n"
    "stackswitcher > button { min-width: 30px; padding: 3px 10px; }\n"
    ".gui-deeds button { padding: 3px 9px; }\n"
    ".gui-step { padding: 2px 6px; min-height: 0; font-weight: normal; }\n"
    ".gui-running { background: #ffd9a0; color: #222222; }\n"
    ".gui-missed { color: #99380a; font-weight: bold; }\n"
    ".gui-held { color: #1f3b8c; }\n";

static void
update_views (GuiWindow *self)
{
  gui_canvas_update (self->architecture);
  gui_canvas_update (self->nodes);
  gui_lesson_view_update (self->lesson);
  gui_timeline_view_update (self->timeline);
  gui_inspector_update (self->inspector);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *frames, gpointer user)
{
  GuiWindow *self = GUI_WINDOW (widget);

  if (gui_player_tick (self->desk.player, g_get_monotonic_time (), SLICE_US))
    update_views (self);
  if (gui_player_mode (self->desk.player) != GUI_PLAYER_PAUSED)
    return G_SOURCE_CONTINUE;
  self->tick_id = 0;
  update_views (self);
  return G_SOURCE_REMOVE;
}

/* A seek or a step uses the time between frames, too, in slices as short as a frame's. */
static gboolean
on_idle (gpointer user)
{
  GuiWindow *self = user;
  GuiPlayerMode mode = gui_player_mode (self->desk.player);

  if (mode == GUI_PLAYER_SEEKING || mode == GUI_PLAYER_STEPPING)
    {
      gui_player_tick (self->desk.player, g_get_monotonic_time (), SLICE_US);
      return G_SOURCE_CONTINUE;
    }
  self->idle_id = 0;
  return G_SOURCE_REMOVE;
}

static void
on_changed (void *user, GuiDeskChange change)
{
  GuiWindow *self = user;

  if (self->tick_id == 0 && gui_player_mode (self->desk.player) != GUI_PLAYER_PAUSED)
    {
      self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
      if (self->idle_id == 0)
        self->idle_id = g_idle_add (on_idle, self);
    }
  update_views (self);
}

/* Actions of the clock. */
static void
do_play (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  if (gui_player_mode (self->desk.player) == GUI_PLAYER_PLAYING)
    gui_player_pause (self->desk.player);
  else
    gui_player_play (self->desk.player);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_step (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  gui_player_step (self->desk.player, GUI_STEP_MILESTONE);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_step_message (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  gui_player_step (self->desk.player, GUI_STEP_MESSAGE);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_step_back (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  gui_player_step_back (self->desk.player);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
seek (GuiWindow *self, gint64 at_ns)
{
  gui_player_seek (self->desk.player, CLAMP (at_ns, 0, gui_player_span_ns (self->desk.player)));
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_home (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  seek (user, 0);
}

static void
do_end (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  seek (self, sim_timeline_horizon (gui_player_timeline (self->desk.player)));
}

static void
do_move (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  seek (self,
        gui_player_now_ns (self->desk.player) + g_variant_get_int32 (parameter) * K8_SECOND_NS);
}

static void
change_speed (GuiWindow *self, int steps)
{
  GuiPlayer *player = self->desk.player;

  gui_clock_change_speed (gui_player_clock (player), steps);
  if (gui_player_mode (player) == GUI_PLAYER_PLAYING)
    gui_player_play (player);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_slower (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  change_speed (user, -1);
}

static void
do_faster (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  change_speed (user, 1);
}

static void
do_branch (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  gui_player_switch_branch (self->desk.player, g_variant_get_uint32 (parameter));
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void
do_nothing_selected (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiWindow *self = user;

  gui_desk_select (&self->desk, GUI_SELECTION_NONE, NULL, NULL);
}

/* Files. */
static void
apply_file (GuiWindow *self, GFile *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  GuiOutcome outcome;

  if (!g_file_load_contents (file, NULL, &text, &length, NULL, &error))
    {
      gui_desk_toast (&self->desk, "%s", error->message);
      return;
    }
  gui_actions_apply (self->desk.player, text, length, &outcome);
  gui_desk_toast (&self->desk, "%s%s", outcome.message,
                  outcome.is_branch ? " — a branch begins; the old future is kept" : "");
  g_free (outcome.message);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
}

static void open_scenario (GuiWindow *self, GFile *file);

/* Both choosers end here; what is to be done with the file is data of the chooser. */
static void
on_file_chosen (GtkNativeDialog *chooser, int response, GuiWindow *self)
{
  void (*use) (GuiWindow *, GFile *) = g_object_get_data (G_OBJECT (chooser), "use");
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
                               : NULL;

  if (file != NULL)
    use (self, file);
  g_clear_object (&self->chooser);
}

static void
choose_file (GuiWindow *self, const char *title, void (*use) (GuiWindow *, GFile *))
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  g_object_set_data (G_OBJECT (self->chooser), "use", (gpointer) use);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_file_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
do_open (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  choose_file (user, "Open a scenario", open_scenario);
}

static void
do_apply (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  choose_file (user, "Apply a file", apply_file);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, GuiWindow *self)
{
  if (!G_VALUE_HOLDS (value, G_TYPE_FILE))
    return FALSE;
  apply_file (self, g_value_get_object (value));
  return TRUE;
}

static const GActionEntry actions[] = {
  { .name = "open", .activate = do_open },
  { .name = "apply", .activate = do_apply },
  { .name = "play", .activate = do_play },
  { .name = "step", .activate = do_step },
  { .name = "step-message", .activate = do_step_message },
  { .name = "step-back", .activate = do_step_back },
  { .name = "home", .activate = do_home },
  { .name = "end", .activate = do_end },
  { .name = "move", .activate = do_move, .parameter_type = "i" },
  { .name = "slower", .activate = do_slower },
  { .name = "faster", .activate = do_faster },
  { .name = "branch", .activate = do_branch, .parameter_type = "u" },
  { .name = "unselect", .activate = do_nothing_selected },
};

/* Keys of actions. */
static const struct
{
  const char *action;
  const char *keys[4];
} keys[] = {
  { "win.play", { "space" } },
  { "win.step", { "period" } },
  { "win.step-message", { "greater" } },
  { "win.step-back", { "comma" } },
  { "win.home", { "Home" } },
  { "win.end", { "End" } },
  { "win.move(-1)", { "Left" } },
  { "win.move(1)", { "Right" } },
  { "win.move(-10)", { "<Shift>Left" } },
  { "win.move(10)", { "<Shift>Right" } },
  { "win.slower", { "minus", "KP_Subtract", "bracketleft" } },
  { "win.faster", { "plus", "KP_Add", "bracketright" } },
  { "win.unselect", { "Escape" } },
  { "win.open", { "<Control>o" } },
  { "win.apply", { "<Control>e" } },
  { "window.close", { "<Control>w", "<Control>q" } },
};

static void
set_keys (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_application_set_accels_for_action (application, keys[i].action, keys[i].keys);
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
  G_OBJECT_CLASS (gui_window_parent_class)->dispose (object);
  g_clear_pointer (&self->lesson, gui_lesson_view_free);
  g_clear_pointer (&self->timeline, gui_timeline_view_free);
  g_clear_pointer (&self->inspector, gui_inspector_free);
  g_clear_object (&self->chooser);
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
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
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

static GtkWidget *
make_canvases (GuiWindow *self)
{
  self->architecture = gui_canvas_new_architecture (&self->desk);
  self->nodes = gui_canvas_new_nodes (&self->desk);
  gtk_widget_set_size_request (self->architecture, 360, 190);
  gtk_widget_set_size_request (self->nodes, 360, 170);
  GtkWidget *paned = make_paned (GTK_ORIENTATION_VERTICAL, self->architecture, self->nodes);
  gtk_widget_set_hexpand (paned, TRUE);
  return paned;
}

static void
build (GuiWindow *self, int width)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *toasts = adw_toast_overlay_new ();

  self->desk.toasts = ADW_TOAST_OVERLAY (toasts);
  self->lesson = gui_lesson_view_new (&self->desk);
  self->timeline = gui_timeline_view_new (&self->desk);
  GtkWidget *left = gui_lesson_view_widget (self->lesson);
  gtk_widget_set_size_request (left, 250, -1);
  GtkWidget *middle = make_paned (GTK_ORIENTATION_HORIZONTAL, left, make_canvases (self));
  gtk_paned_set_resize_start_child (GTK_PANED (middle), FALSE);
  gtk_paned_set_position (GTK_PANED (middle), CLAMP (width / 6, 250, 400));
  self->inspector = gui_inspector_new (&self->desk);
  GtkWidget *right = gui_inspector_widget (self->inspector);
  gtk_widget_set_size_request (right, 290, -1);
  middle = make_paned (GTK_ORIENTATION_HORIZONTAL, middle, right);
  gtk_paned_set_resize_end_child (GTK_PANED (middle), FALSE);
  gtk_paned_set_position (GTK_PANED (middle), width - CLAMP (width / 5, 300, 480));
  gtk_widget_set_vexpand (middle, TRUE);
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (middle, GTK_EVENT_CONTROLLER (drop));
  gtk_box_append (GTK_BOX (box), make_header (self));
  gtk_box_append (GTK_BOX (box), middle);
  gtk_box_append (GTK_BOX (box), gui_timeline_view_widget (self->timeline));
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (toasts), box);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self), toasts);
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

/* What a start of the application needs. */
typedef struct
{
  SimScenario *scenario;
  GuiWindowOptions options;
  int status;
} Start;

/* A window of its own for a scenario, which is taken over. FALSE with @error. */
static gboolean
show_scenario (GtkApplication *application,
               SimScenario *scenario,
               const GuiWindowOptions *options,
               GError **error)
{
  GuiPlayer *player = gui_player_new (scenario, error);

  if (player == NULL)
    return FALSE;
  GuiWindow *self =
      g_object_new (GUI_TYPE_WINDOW, "application", application, "title", "Orrery", NULL);
  self->desk = (GuiDesk){ .player = player, .changed = on_changed, .user = self };
  self->begin_us = options->begin_us;
  build (self, (int) options->size.width);
  gtk_window_set_default_size (GTK_WINDOW (self), (int) options->size.width,
                               (int) options->size.height);
  g_signal_connect (self, "realize", G_CALLBACK (on_realize), NULL);
  if (options->at_ns > 0)
    gui_player_seek (player, options->at_ns);
  if (options->plays)
    gui_player_play (player);
  gui_desk_notify (&self->desk, GUI_DESK_TIME);
  gtk_window_present (GTK_WINDOW (self));
  return TRUE;
}

static void
open_scenario (GuiWindow *self, GFile *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_file_get_path (file);
  SimScenario *scenario = path == NULL ? NULL : sim_scenario_load (path, &error);
  GuiWindowOptions options = { .size = { gtk_widget_get_width (GTK_WIDGET (self)),
                                         gtk_widget_get_height (GTK_WIDGET (self)) } };

  if (scenario == NULL ||
      !show_scenario (gtk_window_get_application (GTK_WINDOW (self)), scenario, &options, &error))
    gui_desk_toast (&self->desk, "%s", error == NULL ? "not a local file" : error->message);
}

static void
open_window (GApplication *application, Start *start)
{
  g_autoptr (GError) error = NULL;

  if (show_scenario (GTK_APPLICATION (application), g_steal_pointer (&start->scenario),
                     &start->options, &error))
    return;
  fprintf (stderr, "orrery-window: %s\n", error->message);
  start->status = 2;
}

static void
on_activate (GApplication *application, Start *start)
{
  GtkCssProvider *provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_data (provider, css, -1);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_object_unref (provider);
  set_keys (GTK_APPLICATION (application));
  open_window (application, start);
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
