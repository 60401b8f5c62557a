/* SPDX-License-Identifier: Apache-2.0
 *
 * The file `instance`, written whole and synced before anything carries its name. A file that is
 * not ours is refused: with another name all containers of before would be strangers.
 */

#include "exec/instance.h"

#include "exec/error.h"

#include <string.h>
#include <sys/random.h>

#define N_DIGITS 16

static gboolean
is_valid (const char *text)
{
  return strlen (text) == N_DIGITS && strspn (text, "0123456789abcdef") == N_DIGITS;
}

static char *
make_name (void)
{
  guint64 number;
  if (getrandom (&number, sizeof number, 0) != sizeof number)
    g_error ("no random numbers");
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
}

char *
exec_instance_ensure (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "instance", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) problem = NULL;
  if (g_file_get_contents (path, &text, NULL, &problem))
    {
      g_strchomp (text);
      if (is_valid (text))
        return g_steal_pointer (&text);
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID,
                   "%s: expected %d hexadecimal digits", path, N_DIGITS);
      return NULL;
    }
  if (!g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_IO, "state folder %s: %s", folder,
                   problem->message);
      return NULL;
    }
  g_clear_error (&problem);
  text = make_name ();
  if (!g_file_set_contents_full (path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &problem))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_IO, "state folder %s: %s", folder,
                   problem->message);
      return NULL;
    }
  return g_steal_pointer (&text);
}
