/* SPDX-License-Identifier: Apache-2.0
 *
 * The program orrery-window from outside: pictures without a display, refusals, and the real
 * window under Xvfb, driven by keys, at three sizes.
 */
#include <cairo.h>
#include <gio/gio.h>
#include <string.h>

#include "tests/lib/test.h"

#define SCENARIO TEST_SOURCE_ROOT "/scenarios/shop/01-flagship.yaml"

static const char *const sizes[] = { "1280x720", "1600x900", "2560x1440" };

static char *
dup_program (void)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (own);

  return g_build_filename (folder, "..", "gui", "orrery-window", NULL);
}

/* Runs a shell command; gives its exit status and what it said on both outputs. */
static int
run (const char *command, char **ret_text)
{
  const char *const words[] = { "sh", "-c", command, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);

  CU_ASSERT_PTR_NOT_NULL_FATAL (process);
  g_subprocess_communicate_utf8 (process, NULL, NULL, ret_text, NULL, &error);
  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;
}

/* How many different colours a picture has; 0 if its size is not @size. */
static guint
count_colours (const char *path, const char *size)
{
  cairo_surface_t *surface = cairo_image_surface_create_from_png (path);
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  g_autofree char *found = g_strdup_printf ("%dx%d", width, height);
  GHashTable *colours = g_hash_table_new (NULL, NULL);

  for (int y = 0; strcmp (found, size) == 0 && y < height; y++)
    {
      const guint32 *line =
          (const guint32 *) (cairo_image_surface_get_data (surface) +
                             (gsize) y * (gsize) cairo_image_surface_get_stride (surface));
      for (int x = 0; x < width; x++)
        g_hash_table_add (colours, GUINT_TO_POINTER (line[x] | 0xff000000u));
    }
  guint n = g_hash_table_size (colours);
  g_hash_table_unref (colours);
  cairo_surface_destroy (surface);
  return n;
}

static char *
make_folder (void)
{
  return g_dir_make_tmp ("orrery-gui-XXXXXX", NULL);
}

static void
remove_folder (char *folder)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  char *text = NULL;

  run (command, &text);
  g_free (text);
  g_free (folder);
}

void
test_screenshot__needs_no_display_at_any_size (void)
{
  g_autofree char *program = dup_program ();
  char *folder = make_folder ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = NULL;
      g_autofree char *path = g_strdup_printf ("%s/%s.png", folder, sizes[i]);
      g_autofree char *command = g_strdup_printf (
          "env -u DISPLAY -u WAYLAND_DISPLAY timeout 60 '%s' --screenshot '%s' --at 90s "
          "--size %s " SCENARIO,
          program, path, sizes[i]);
      CU_ASSERT_EQUAL (run (command, &text), 0);
      TEST_ASSERT_TEXT (text, "");
      CU_ASSERT (count_colours (path, sizes[i]) > 50);
    }
  remove_folder (folder);
}

void
test_screenshot__the_same_instant_is_the_same_picture (void)
{
  g_autofree char *program = dup_program ();
  g_autofree char *text = NULL;
  char *folder = make_folder ();
  g_autofree char *command =
      g_strdup_printf ("cd '%s' && for i in 1 2; do '%s' --screenshot $i.png --at 90s " SCENARIO
                       "; done; '%s' --screenshot 3.png --at 30s " SCENARIO
                       "; cmp 1.png 2.png && ! cmp -s 1.png 3.png",
                       folder, program, program);

  CU_ASSERT_EQUAL (run (command, &text), 0);
  TEST_ASSERT_TEXT (text, "");
  remove_folder (folder);
}

void
test_window__refuses_with_one_sentence_and_status_two (void)
{
  static const struct
  {
    const char *words;
    const char *text;
  } rows[] = {
    { "--at soon", "orrery-window: --at soon: expected a duration such as 90s or 1m30s\n" },
    { "--size 10x10", "orrery-window: --size 10x10: expected WxH, 640x480 to 8192x8192\n" },
    { "a b", "orrery-window: expected at most one SCENARIO\n" },
    { "", "orrery-window: no display (DISPLAY, WAYLAND_DISPLAY); --screenshot needs none\n" },
  };
  g_autofree char *program = dup_program ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = NULL;
      g_autofree char *command = g_strdup_printf (
          "env -u DISPLAY -u WAYLAND_DISPLAY timeout 60 '%s' %s", program, rows[i].words);
      CU_ASSERT_EQUAL (run (command, &text), 2);
      TEST_ASSERT_TEXT (text, rows[i].text);
    }
}

/* In Xvfb: the window comes, plays at the space key (the picture changes), stands still at the
 * next one (two pictures are equal). Pictures are taken until what is awaited is seen. */
static const char script[] =
    "cd '%s'; export GSK_RENDERER=cairo GTK_A11Y=none ORRERY_TIMES=1 XDG_RUNTIME_DIR=$PWD\n"
    "shot () { import -window root ppm:$1; }\n"
    "'%s' --size %s --at 10s " SCENARIO " 2>err & P=$!\n"
    "W=$(timeout 20 xdotool search --sync --onlyvisible --name '^Orrery$' | head -1)\n"
    "for i in $(seq 100); do grep -q 'first frame' err && break; shot wait; done\n"
    "xdotool windowfocus --sync $W; shot paused\n"
    "xdotool key space\n"
    "for i in $(seq 100); do shot playing; cmp -s paused playing || break; done\n"
    "cmp -s paused playing && echo 'the picture does not change'\n"
    "xdotool key space\n"
    "for i in $(seq 100); do shot a; shot b; cmp -s a b && break; done\n"
    "cmp -s a b || echo 'the picture does not stand still'\n"
    "xdotool key period; xdotool key comma; xdotool key greater; xdotool key plus\n"
    "xdotool key Left; xdotool key Home; shot end\n"
    "kill -0 $P || echo 'the window has died'\n"
    "kill $P; wait $P 2>/dev/null; grep 'first frame' err\n"
    "grep -i -E 'critical|warning|error' err\n";

static gboolean
has_tools (void)
{
  static const char *const tools[] = { "xvfb-run", "xdotool", "import" };

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
check_window (const char *size)
{
  g_autofree char *program = dup_program ();
  g_autofree char *text = NULL;
  char *folder = make_folder ();
  g_autofree char *file = g_build_filename (folder, "drive", NULL);
  g_autofree char *body = g_strdup_printf (script, folder, program, size);
  g_autofree char *command = g_strdup_printf (
      "timeout 120 xvfb-run -a -s '-screen 0 %sx24 -nolisten tcp' sh '%s'", size, file);

  CU_ASSERT (g_file_set_contents (file, body, -1, NULL));
  run (command, &text);
  CU_ASSERT_PTR_NOT_NULL_FATAL (text);
  g_strchomp (text);
  test_note ("%s: %s", size, text);
  CU_ASSERT (g_str_has_prefix (text, "first frame after "));
  CU_ASSERT_PTR_NULL (strchr (text, '\n'));
  remove_folder (folder);
}

void
test_window__plays_and_stands_still_at_three_sizes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes) && has_tools (); i++)
    check_window (sizes[i]);
}
