/* SPDX-License-Identifier: Apache-2.0
 *
 * Durable records a second through the write-ahead log, as a ratio to what the disk allows: the
 * same bytes written by plain pwrite and fdatasync into a file full of zeros, in the same run.
 * Each batch waits for its answer before the next one begins (closed loop).
 */

#include "exec/log.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_BYTES 300
#define ROUND_US 300000
#define N_ROUNDS 3
#define FILE_BYTES (256 * 1024 * 1024)

static guint64 durable;

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  if (error != NULL)
    g_error ("%s", error->message);
  durable = sequence;
}

/* Records a second of the bare disk. */
static double
measure_disk (const char *folder, guint batch)
{
  g_autofree char *path = g_build_filename (folder, "bare", NULL);
  gsize length = (gsize) batch * (RECORD_BYTES + EXEC_LOG_RECORD_BYTES + 4);
  g_autofree guint8 *bytes = g_malloc0 (MAX (length, 1024 * 1024));
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (gsize at = 0; at < FILE_BYTES; at += 1024 * 1024)
    if (pwrite (fd, bytes, 1024 * 1024, (off_t) at) < 0)
      g_error ("disk full");
  fdatasync (fd);
  memset (bytes, 'r', length);
  gint64 start = g_get_monotonic_time (), now = start;
  guint64 n = 0;
  for (off_t at = 0; now - start < ROUND_US; now = g_get_monotonic_time ())
    {
      if (at + (off_t) length > FILE_BYTES)
        at = 0;
      if (pwrite (fd, bytes, length, at) < 0 || fdatasync (fd) < 0)
        g_error ("write failed");
      at += (off_t) length;
      n += batch;
    }
  close (fd);
  g_unlink (path);
  return (double) n * 1e6 / (double) (now - start);
}

static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
}

static double
measure_log (const char *folder, guint batch)
{
  ExecLogOptions options = { .durable = on_durable };
  g_autofree char *payload = g_strnfill (RECORD_BYTES, 'r');
  g_autoptr (GError) error = NULL;
  ExecLog *log = exec_log_open (folder, &options, &error);
  if (log == NULL)
    g_error ("%s", error->message);
  gint64 start = g_get_monotonic_time (), now = start;
  guint64 last = 0;
  for (; now - start < ROUND_US; now = g_get_monotonic_time ())
    {
      for (guint i = 0; i < batch; i++)
        last = exec_log_append (log, payload, RECORD_BYTES);
      while (durable < last)
        g_main_context_iteration (NULL, TRUE);
    }
  exec_log_close (log);
  remove_files (folder);
  durable = 0;
  return (double) last * 1e6 / (double) (now - start);
}

int
main (void)
{
  static const guint batches[] = { 1, 16, 64, 256, 1024 };
  g_autofree char *template = g_build_filename (g_get_current_dir (), "bench-log-XXXXXX", NULL);
  char *folder = g_mkdtemp (template);
  for (guint i = 0; i < G_N_ELEMENTS (batches); i++)
    {
      double disk = 0, log = 0;
      for (guint round = 0; round < N_ROUNDS; round++)
        {
          disk = MAX (disk, measure_disk (folder, batches[i]));
          log = MAX (log, measure_log (folder, batches[i]));
        }
      printf ("log: batch %4u: %.2f of the disk's bound (%.0f of %.0f records/s)\n", batches[i],
              log / disk, log, disk);
    }
  g_rmdir (folder);
  printf ("1 passed, 0 failed\n");
  return 0;
}
