/* SPDX-License-Identifier: Apache-2.0
 *
 * Docker's multiplexed streams taken apart in any pieces, tar archives as tar reads them, and the
 * cleaning of foreign text.
 */

#include "exec/agent/crc32c.h"
#include "exec/crc32c.h"
#include "exec/docker_demux.h"
#include "exec/error.h"
#include "exec/tar.h"
#include "tests/lib/test.h"

#include <glib/gstdio.h>
#include <string.h>

static void
collect (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  g_string_append_printf (user_data, "%d:%.*s ", stream, (int) length, (const char *) bytes);
}

static const char frames[] = "\1\0\0\0\0\0\0\2hi"
                             "\2\0\0\0\0\0\0\0"
                             "\2\0\0\0\0\0\0\3bad";

void
test_demux__takes_frames_apart (void)
{
  ExecDemux demux;
  GString *seen = g_string_new (NULL);
  exec_demux_init (&demux);
  g_autoptr (GBytes) all = g_bytes_new_static (frames, sizeof frames - 1);
  CU_ASSERT_TRUE (exec_demux_feed (&demux, all, collect, seen, NULL));
  TEST_ASSERT_TEXT (seen->str, "1:hi 2:bad ");
  g_string_free (seen, TRUE);
}

void
test_demux__pieces_of_one_byte_give_the_same_bytes (void)
{
  ExecDemux demux;
  GString *seen = g_string_new (NULL);
  exec_demux_init (&demux);
  for (gsize i = 0; i < sizeof frames - 1; i++)
    {
      g_autoptr (GBytes) piece = g_bytes_new_static (frames + i, 1);
      CU_ASSERT_TRUE (exec_demux_feed (&demux, piece, collect, seen, NULL));
    }
  TEST_ASSERT_TEXT (seen->str, "1:h 1:i 2:b 2:a 2:d ");
  g_string_free (seen, TRUE);
}

void
test_demux__lost_boundary_is_an_error (void)
{
  ExecDemux demux;
  GString *seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static ("plain text", 10);
  exec_demux_init (&demux);
  CU_ASSERT_FALSE (exec_demux_feed (&demux, text, collect, seen, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_BAD_ANSWER));
  g_string_free (seen, TRUE);
}

/* The machine's own tar is the judge. */
void
test_tar__is_read_by_tar (void)
{
  g_autoptr (ExecTar) tar = exec_tar_new ();
  exec_tar_add_folder (tar, "etc", 0755);
  exec_tar_add_text (tar, "etc/a.txt", 0640, "seven b");
  exec_tar_add_link (tar, "etc/b", "a.txt");
  g_autoptr (GBytes) archive = exec_tar_finish (tar);
  gsize length;
  const char *bytes = g_bytes_get_data (archive, &length);
  g_autofree char *folder = g_dir_make_tmp ("orrery-tar-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.tar", NULL);
  CU_ASSERT_TRUE (g_file_set_contents (path, bytes, (gssize) length, NULL));
  const char *command[] = { "tar", "-tvf", path, "--utc", "--full-time", NULL };
  g_autofree char *output = NULL;
  int status = -1;
  CU_ASSERT_TRUE (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                                &output, NULL, &status, NULL));
  CU_ASSERT_EQUAL (status, 0);
  TEST_ASSERT_TEXT (output, "drwxr-xr-x 0/0               0 1970-01-01 00:00:00 etc/\n"
                            "-rw-r----- 0/0               7 1970-01-01 00:00:00 etc/a.txt\n"
                            "lrwxrwxrwx 0/0               0 1970-01-01 00:00:00 etc/b -> a.txt\n");
  g_unlink (path);
  g_rmdir (folder);
}

/* RFC 3720, B.4: 32 zeros, 32 ones, ascending bytes. */
void
test_crc32c__is_that_of_the_rfc (void)
{
  guint8 bytes[32] = { 0 };
  CU_ASSERT_EQUAL (exec_crc32c (0, bytes, 32), 0x8a9136aa);
  CU_ASSERT_EQUAL (exec_crc32c_portable (0, bytes, 32), 0x8a9136aa);
  memset (bytes, 0xff, 32);
  CU_ASSERT_EQUAL (exec_crc32c (0, bytes, 32), 0x62a8ab43);
  CU_ASSERT_EQUAL (exec_crc32c_portable (0, bytes, 32), 0x62a8ab43);
  for (guint i = 0; i < 32; i++)
    bytes[i] = (guint8) i;
  CU_ASSERT_EQUAL (exec_crc32c (0, bytes, 32), 0x46dd794e);
  CU_ASSERT_EQUAL (exec_crc32c (exec_crc32c (0, bytes, 5), bytes + 5, 27), 0x46dd794e);
  CU_ASSERT_EQUAL (exec_crc32c_portable (0, bytes, 32), 0x46dd794e);
}

void
test_text__control_characters_are_taken_out (void)
{
  g_autofree char *clean = exec_text_clean ("a\x1b[2J\nb\xff\xe2\x80\xae!\n", 100);
  TEST_ASSERT_TEXT (clean, "a?[2J b\xef\xbf\xbd?!");
  g_autofree char *cut = exec_text_clean ("abcdef", 3);
  TEST_ASSERT_TEXT (cut, "abc");
}
