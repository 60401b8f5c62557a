/* SPDX-License-Identifier: Apache-2.0
 *
 * The verb `window` and its program from outside: pictures without a display, and refusals.
 */
#include <cairo.h>
#include <gio/gio.h>
#include <string.h>

#include "tests/lib/test.h"

#define SCENARIO TEST_SOURCE_ROOT "/scenarios/shop/01-flagship.yaml"

static const char *const sizes[] = { "1280x720", "1600x900", "2560x1440" };

/* A program by its place, seen from the folder of this one. */
static char *
dup_program (const char *place)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (own);

  return g_canonicalize_filename (place, folder);
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
  g_autofree char *program = dup_program ("../gui/orrery-window");
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
  g_autofree char *program = dup_program ("../gui/orrery-window");
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

/* Both ways to start it refuse with the same words. */
static void
check_refusal (const char *words, const char *text)
{
  static const char *const programs[] = { "../gui/orrery-window", "../cli/orrery" };

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *said = NULL;
      g_autofree char *program = dup_program (programs[i]);
      g_autofree char *command = g_strdup_printf (
          "cd " TEST_SOURCE_ROOT " && env -u DISPLAY -u WAYLAND_DISPLAY timeout 60 '%s' %s %s",
          program, i == 0 ? "" : "window", words);
      CU_ASSERT_EQUAL (run (command, &said), 2);
      TEST_ASSERT_TEXT (said, text);
    }
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
    { "--at -1s", "orrery-window: --at -1s: expected a duration such as 90s or 1m30s\n" },
    { "--size 10x10", "orrery-window: --size 10x10: expected WxH, 640x480 to 8192x8192\n" },
    { "--size wide", "orrery-window: --size wide: expected WxH, 640x480 to 8192x8192\n" },
    { "--colour", "orrery-window: Unknown option --colour; see --help\n" },
    { "--screenshot", "orrery-window: Missing argument for --screenshot; see --help\n" },
    { "a b", "orrery-window: expected at most one SCENARIO\n" },
    { "", "orrery-window: no display (DISPLAY, WAYLAND_DISPLAY); --screenshot needs none\n" },
    { "nothing.yaml", "orrery-window: nothing.yaml: cannot be read: No such file or directory\n" },
    { "LICENSE --screenshot x.png", "orrery-window: LICENSE:2:34: invalid multiline plain key\n" },
    { "--screenshot /nowhere/x.png --at 1s",
      "orrery-window: cannot write /nowhere/x.png: No such file or directory\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    check_refusal (rows[i].words, rows[i].text);
}

void
test_window__a_display_that_is_not_there_is_said (void)
{
  g_autofree char *program = dup_program ("../cli/orrery");
  g_autofree char *text = NULL;
  g_autofree char *command =
      g_strdup_printf ("env -u WAYLAND_DISPLAY DISPLAY=:4711 timeout 60 '%s' window", program);

  CU_ASSERT_EQUAL (run (command, &text), 2);
  TEST_ASSERT_TEXT (
      text, "orrery-window: no display (DISPLAY, WAYLAND_DISPLAY); --screenshot needs none\n");
}

void
test_window__help_lists_the_options (void)
{
  static const char *const options[] = { "--screenshot=FILE", "--at=TIME", "--size=WxH", "--dark",
                                         "--play" };
  g_autofree char *program = dup_program ("../cli/orrery");
  g_autofree char *text = NULL;
  g_autofree char *command = g_strdup_printf ("env -u DISPLAY '%s' window --help", program);

  CU_ASSERT_EQUAL (run (command, &text), 0);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    CU_ASSERT_PTR_NOT_NULL (strstr (text, options[i]));
}

/* Where only `orrery` was built, it says so. */
void
test_window__without_its_program_the_verb_says_what_is_missing (void)
{
  g_autofree char *program = dup_program ("../cli/orrery");
  g_autofree char *text = NULL;
  char *folder = make_folder ();
  g_autofree char *command = g_strdup_printf (
      "cp '%s' '%s/orrery' && env PATH='%s' '%s/orrery' window", program, folder, folder, folder);

  CU_ASSERT_EQUAL (run (command, &text), 2);
  TEST_ASSERT_TEXT (text, "orrery: the window is not built: it needs GTK 4, libadwaita 1.2 "
                          "and GtkSourceView 5 when meson sets up the build\n");
  remove_folder (folder);
}

/* A picture is drawn through the verb, too, and one by night is another. */
void
test_screenshot__by_the_verb_and_by_night (void)
{
  g_autofree char *program = dup_program ("../cli/orrery");
  g_autofree char *text = NULL;
  char *folder = make_folder ();
  g_autofree char *command = g_strdup_printf (
      "cd '%s' && '%s' window --screenshot 1.png --at 90s " SCENARIO
      " && '%s' window --dark --screenshot 2.png --at 90s " SCENARIO " && ! cmp -s 1.png 2.png",
      folder, program, program);

  CU_ASSERT_EQUAL (run (command, &text), 0);
  TEST_ASSERT_TEXT (text, "");
  remove_folder (folder);
}
