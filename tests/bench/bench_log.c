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
#define WINDOW_US 50000
#define N_WINDOWS 12
#define FILE_BYTES (64 * 1024 * 1024)
#define PIECE_BYTES (1024 * 1024)

static guint64 durable;

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  if (error != NULL)
    g_error ("%s", error->message);
  durable = sequence;
}

typedef struct
{
  guint64 n_records;
  gint64 spent_us;
} Sum;

typedef struct
{
  int fd;
  off_t at;
  guint8 *bytes;
  gsize n_bytes; /* of a batch */
} Bare;

static void
bare_open (Bare *bare, const char *folder, guint batch)
{
  g_autofree char *path = g_build_filename (folder, "bare", NULL);
  *bare = (Bare){ .n_bytes = (gsize) batch * (RECORD_BYTES + EXEC_LOG_RECORD_BYTES + 4) };
  bare->bytes = g_malloc0 (MAX (bare->n_bytes, PIECE_BYTES));
  bare->fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (off_t at = 0; at < FILE_BYTES; at += PIECE_BYTES)
    if (pwrite (bare->fd, bare->bytes, PIECE_BYTES, at) < 0)
      g_error ("disk full");
  fdatasync (bare->fd);
  g_unlink (path);
  memset (bare->bytes, 'r', bare->n_bytes);
}

/* One window of plain writes and syncs. */
static void
measure_disk (Bare *bare, guint batch, Sum *sum)
{
  gint64 start = g_get_monotonic_time (), now = start;
  for (; now - start < WINDOW_US; now = g_get_monotonic_time ())
    {
      if (bare->at + (off_t) bare->n_bytes > FILE_BYTES)
        bare->at = 0;
      if (pwrite (bare->fd, bare->bytes, bare->n_bytes, bare->at) < 0 || fdatasync (bare->fd) < 0)
        g_error ("write failed");
      bare->at += (off_t) bare->n_bytes;
      sum->n_records += batch;
    }
  sum->spent_us += now - start;
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

/* One window of batches through the log; new segments are made as they are needed. */
static void
measure_log (ExecLog *log, guint batch, Sum *sum)
{
  static char payload[RECORD_BYTES];
  gint64 start = g_get_monotonic_time (), now = start;
  for (; now - start < WINDOW_US; now = g_get_monotonic_time ())
    {
      guint64 last = 0;
      for (guint i = 0; i < batch; i++)
        last = exec_log_append (log, payload, RECORD_BYTES);
      while (durable < last)
        g_main_context_iteration (NULL, TRUE);
      sum->n_records += batch;
    }
  sum->spent_us += now - start;
}

/* Windows of both take turns, so that other work on the machine slows both alike. */
static void
compare (const char *folder, guint batch)
{
  ExecLogOptions options = { .durable = on_durable };
  Sum disk = { 0 }, log_sum = { 0 };
  Bare bare;
  g_autoptr (GError) error = NULL;
  bare_open (&bare, folder, batch);
  durable = 0;
  ExecLog *log = exec_log_open (folder, &options, &error);
  if (log == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < N_WINDOWS; i++)
    {
      measure_disk (&bare, batch, &disk);
      measure_log (log, batch, &log_sum);
    }
  exec_log_close (log);
  close (bare.fd);
  g_free (bare.bytes);
  remove_files (folder);
  double bound = (double) disk.n_records / (double) disk.spent_us * 1e6;
  double rate = (double) log_sum.n_records / (double) log_sum.spent_us * 1e6;
  printf ("log: batch %4u: %.2f of the disk's bound (%.0f of %.0f records/s)\n", batch,
          rate / bound, rate, bound);
}

int
main (void)
{
  static const guint batches[] = { 1, 16, 64, 256, 1024 };
  g_autofree char *template = g_build_filename (g_get_current_dir (), "bench-log-XXXXXX", NULL);
  char *folder = g_mkdtemp (template);
  for (guint i = 0; i < G_N_ELEMENTS (batches); i++)
    compare (folder, batches[i]);
  g_rmdir (folder);
  printf ("1 passed, 0 failed\n");
  return 0;
}
