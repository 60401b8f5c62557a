/* SPDX-License-Identifier: Apache-2.0
 *
 * The display of the tests.
 */
#include "tests/gui/screen.h"

#include <gdk/x11/gdkx.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "tests/lib/test.h"

#define PATIENCE_US (30 * G_USEC_PER_SEC)

static GtkApplication *application;

static guint n_complaints; /* of GTK and its like */

static GLogWriterOutput
count_complaint (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    n_complaints++;
  return g_log_writer_default (level, fields, n_fields, user);
}

static const char *const tools[] = { "Xvfb", "xdotool" };

static gboolean
has_tools (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      g_autofree char *path = g_find_program_in_path (tools[i]);
      if (path != NULL)
        continue;
      test_skip ("%s is not installed", tools[i]);
      return FALSE;
    }
  return TRUE;
}

static void
die_with_parent (gpointer user)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Starts Xvfb, which chooses its number itself and writes it when it is ready. */
static char *
start_display (void)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  GSubprocess *server =
      g_subprocess_launcher_spawn (launcher, &error, "Xvfb", "-displayfd", "1", "-screen", "0",
                                   "2560x1440x24", "-nolisten", "tcp", NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (server);
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  g_autofree char *number = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (number);
  return g_strdup_printf (":%s", number);
}

gboolean
screen_begin (void)
{
  if (application != NULL)
    return TRUE;
  if (!has_tools ())
    return FALSE;
  g_autofree char *display = start_display ();
  g_setenv ("DISPLAY", display, TRUE);
  g_setenv ("GDK_BACKEND", "x11", TRUE);
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv ("GTK_A11Y", "none", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("GTK_USE_PORTAL", "0", TRUE);
  g_set_prgname ("orrery-window");
  CU_ASSERT_FATAL (gtk_init_check ());
  application = GTK_APPLICATION (adw_application_new ("dev.orrery.Test", G_APPLICATION_NON_UNIQUE));
  CU_ASSERT_FATAL (g_application_register (G_APPLICATION (application), NULL, NULL));
  gui_window_prepare (application);
  g_object_set (gtk_settings_get_default (), "gtk-recent-files-enabled", FALSE, NULL);
  g_log_set_writer_func (count_complaint, NULL, NULL);
  return TRUE;
}

/* Wakes the main loop, so that a condition that nothing else wakes for is looked at again. */
static gboolean
on_wake (gpointer user)
{
  return G_SOURCE_CONTINUE;
}

gboolean
screen_wait (ScreenCondition condition, void *user)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  guint wake = g_timeout_add (10, on_wake, NULL);
  gboolean holds;

  while (!(holds = condition (user)) && g_get_monotonic_time () < until_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (wake);
  return holds;
}

typedef struct
{
  GtkWidget *window;
  guint n_frames;
} Rest;

static gboolean
is_at_rest (void *user)
{
  const Rest *self = user;

  return gui_player_mode (gui_window_desk (self->window)->player) == GUI_PLAYER_PAUSED &&
         screen_n_frames (self->window) > self->n_frames;
}

gboolean
screen_wait_rest (GtkWidget *window)
{
  Rest rest = { window, screen_n_frames (window) };

  gtk_widget_queue_draw (window);
  return screen_wait (is_at_rest, &rest);
}

static void
count_frame (GdkFrameClock *frames, GtkWidget *window)
{
  guint n = screen_n_frames (window);

  g_object_set_data (G_OBJECT (window), "n-frames", GUINT_TO_POINTER (n + 1));
}

guint
screen_n_frames (GtkWidget *window)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (window), "n-frames"));
}

static gboolean
has_frame (void *window)
{
  return screen_n_frames (window) > 0;
}

static void
on_tool_exit (GObject *process, GAsyncResult *result, gpointer user)
{
  g_subprocess_wait_finish (G_SUBPROCESS (process), result, NULL);
  *(gboolean *) user = TRUE;
}

static gboolean
is_true (void *user)
{
  return *(gboolean *) user;
}

/* Runs xdotool to its end, with our main loop running. */
static void
run_tool (const char *command)
{
  g_autofree char *text = g_strdup_printf ("xdotool %s", command);
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      (const char *const *) words,
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
  gboolean is_over = FALSE;

  CU_ASSERT_PTR_NOT_NULL_FATAL (process);
  g_subprocess_wait_async (process, NULL, on_tool_exit, &is_over);
  CU_ASSERT (screen_wait (is_true, &is_over));
}

/* There is no window manager that would give a new window the keyboard. */
static void
focus (GtkWidget *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  g_autofree char *command =
      g_strdup_printf ("windowfocus --sync %lu", gdk_x11_surface_get_xid (surface));

  run_tool (command);
}

GtkWidget *
screen_open (const char *path, GuiSize size, gint64 at_ns)
{
  g_autoptr (GError) error = NULL;
  SimScenario *scenario = sim_scenario_load (path, &error);
  GuiWindowOptions options = { .size = size, .at_ns = at_ns };

  CU_ASSERT_PTR_NOT_NULL_FATAL (scenario);
  gint64 begin_us = g_get_monotonic_time ();
  GtkWidget *window = gui_window_open (application, scenario, &options, &error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (window);
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (count_frame),
                    window);
  CU_ASSERT_FATAL (screen_wait (has_frame, window));
  test_note ("%gx%g: first frame after %.0f ms", size.width, size.height,
             (double) (g_get_monotonic_time () - begin_us) / 1000);
  CU_ASSERT_FATAL (screen_wait_rest (window));
  focus (window);
  return window;
}

void
screen_close (GtkWidget *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  CU_ASSERT_EQUAL (n_complaints, 0);
  n_complaints = 0;
}

void
screen_key (const char *keys)
{
  g_autofree char *command = g_strdup_printf ("key %s", keys);

  run_tool (command);
}

void
screen_wheel_up (void)
{
  run_tool ("click 4");
}

void
screen_click (GtkWidget *widget, double x, double y)
{
  GtkWidget *window = GTK_WIDGET (gtk_widget_get_root (widget));
  GtkNative *native = gtk_widget_get_native (widget);
  double in_x;
  double in_y;
  double surface_x;
  double surface_y;

  CU_ASSERT_FATAL (gtk_widget_translate_coordinates (widget, window, x, y, &in_x, &in_y));
  gtk_native_get_surface_transform (native, &surface_x, &surface_y);
  g_autofree char *command = g_strdup_printf ("mousemove %.0f %.0f click 1", in_x + surface_x,
                                              in_y + surface_y); /* it lies at 0, 0 */
  run_tool (command);
}

static const char *
get_text (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget))
    return gtk_button_get_label (GTK_BUTTON (widget));
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));
  return NULL;
}

GtkWidget *
screen_find (GtkWidget *root, GType type, const char *text)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && gtk_widget_get_mapped (root) &&
      (text == NULL || g_strcmp0 (get_text (root), text) == 0))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = screen_find (child, type, text);
      if (found != NULL)
        return found;
    }
  return NULL;
}

GtkWidget *
screen_find_named (GtkWidget *root, const char *name)
{
  GtkWidget *found = strcmp (gtk_widget_get_name (root), name) == 0 ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = screen_find_named (child, name);
  return found;
}

cairo_surface_t *
screen_picture (GtkWidget *window)
{
  GdkPaintable *paintable = gtk_widget_paintable_new (window);
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  if (node != NULL)
    {
      gsk_render_node_draw (node, cr);
      gsk_render_node_unref (node);
    }
  cairo_destroy (cr);
  g_object_unref (paintable);
  return surface;
}
