/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery window`: starts the program `orrery-window`, which lies beside this one or, in a build
 * folder, in the folder of the window, with the same words.
 */
#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

#include "cli/verb.h"

#define PROGRAM "orrery-window"

/* Where the window's program may lie, seen from the folder of this one. */
static const char *const places[] = { PROGRAM, "../gui/" PROGRAM, "gui/" PROGRAM };

static char *
find_program (void)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = own == NULL ? NULL : g_path_get_dirname (own);

  for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (folder, places[i], NULL);
      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  return g_find_program_in_path (PROGRAM);
}

int
cli_window (int argc, char **argv)
{
  g_autofree char *program = find_program ();

  if (program == NULL)
    return cli_refuse ("the window is not built: it needs GTK 4, libadwaita 1.2 and "
                       "GtkSourceView 5 when meson sets up the build");
  argv[0] = program;
  execv (program, argv);
  return cli_refuse ("cannot start %s: %s", program, g_strerror (errno));
}
