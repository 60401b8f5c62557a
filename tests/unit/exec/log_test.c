/* SPDX-License-Identifier: Apache-2.0
 *
 * The write-ahead log: what was acknowledged comes back, what was torn is cut, what was damaged is
 * refused; on files in a temporary folder, with a disk that fails when told to.
 */

#include "exec/error.h"
#include "exec/log.h"
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  GString *replayed; /* "1:text 2:text" */
  guint64 durable;
  guint n_calls;
  GError *error;
} Seen;

static void
on_replay (const ExecLogRecord *record, gpointer user_data)
{
  Seen *seen = user_data;
  g_string_append_printf (seen->replayed, "%s%" G_GUINT64_FORMAT ":%.*s",
                          record->kind == EXEC_LOG_KIND_SNAPSHOT ? "S" : "", record->sequence,
                          (int) record->length, (const char *) record->payload);
  g_string_append_c (seen->replayed, ' ');
}

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  Seen *seen = user_data;
  seen->durable = sequence;
  seen->n_calls++;
  if (error != NULL)
    {
      g_clear_error (&seen->error);
      seen->error = g_error_copy (error);
    }
}

static Seen seen;

static ExecLog *
open_log (const char *folder, const ExecLogDisk *disk, GError **error)
{
  if (seen.replayed != NULL)
    g_string_free (seen.replayed, TRUE);
  g_clear_error (&seen.error);
  seen = (Seen){ .replayed = g_string_new (NULL) };
  ExecLogOptions options = { .segment_bytes = 4096, .disk = disk, .replay = on_replay,
                             .durable = on_durable, .user_data = &seen };
  return exec_log_open (folder, &options, error);
}

static char *
make_folder (void)
{
  return g_dir_make_tmp ("orrery-log-XXXXXX", NULL);
}

static void
remove_folder (char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

static void
append_text (ExecLog *log, const char *text)
{
  CU_ASSERT_NOT_EQUAL (exec_log_append (log, text, strlen (text)), 0);
}

static void
wait_durable (guint64 sequence)
{
  while (seen.durable < sequence && seen.error == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static char *
first_segment (const char *folder)
{
  return g_build_filename (folder, "segment-0000000000000001", NULL);
}

void
test_log__acknowledged_records_come_back (void)
{
  char *folder = make_folder ();
  ExecLog *log = open_log (folder, NULL, NULL);
  append_text (log, "one");
  append_text (log, "two");
  wait_durable (2);
  append_text (log, "three");
  exec_log_close (log);
  CU_ASSERT_EQUAL (seen.durable, 3);
  log = open_log (folder, NULL, NULL);
  TEST_ASSERT_TEXT (seen.replayed->str, "1:one 2:two 3:three ");
  exec_log_close (log);
  remove_folder (folder);
}

void
test_log__records_during_a_write_share_the_next (void)
{
  char *folder = make_folder ();
  ExecLog *log = open_log (folder, NULL, NULL);
  for (guint i = 0; i < 30; i++)
    append_text (log, "x");
  wait_durable (30);
  CU_ASSERT_TRUE (seen.n_calls <= 3);
  exec_log_close (log);
  remove_folder (folder);
}

void
test_log__rolls_over_segments (void)
{
  char *folder = make_folder ();
  g_autofree char *big = g_strnfill (1500, 'b');
  ExecLog *log = open_log (folder, NULL, NULL);
  for (guint i = 0; i < 10; i++)
    {
      append_text (log, big);
      wait_durable (i + 1);
    }
  g_autofree char *huge = g_strnfill (20000, 'h');
  append_text (log, huge);
  exec_log_close (log);
  log = open_log (folder, NULL, NULL);
  CU_ASSERT_EQUAL (exec_log_last_sequence (log), 12); /* 11 and the mark of an end in order */
  CU_ASSERT_PTR_NOT_NULL (strstr (seen.replayed->str, " 11:hhhh"));
  exec_log_close (log);
  remove_folder (folder);
}

void
test_log__checkpoint_replaces_what_it_covers (void)
{
  char *folder = make_folder ();
  ExecLog *log = open_log (folder, NULL, NULL);
  append_text (log, "one");
  append_text (log, "two");
  g_autoptr (GPtrArray) parts
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (parts, g_bytes_new_static ("state", 5));
  CU_ASSERT_TRUE (exec_log_checkpoint (log, parts, NULL, NULL));
  append_text (log, "three");
  exec_log_close (log);
  g_autofree char *old = first_segment (folder);
  log = open_log (folder, NULL, NULL);
  TEST_ASSERT_TEXT (seen.replayed->str, "S1:state 3:three ");
  exec_log_close (log);
  log = open_log (folder, NULL, NULL);
  append_text (log, "four");
  CU_ASSERT_TRUE (exec_log_checkpoint (log, parts, NULL, NULL));
  exec_log_close (log);
  CU_ASSERT_FALSE (g_file_test (old, G_FILE_TEST_EXISTS));
  log = open_log (folder, NULL, NULL);
  TEST_ASSERT_TEXT (seen.replayed->str, "S1:state ");
  exec_log_close (log);
  remove_folder (folder);
}

void
test_log__second_process_is_refused_by_name (void)
{
  char *folder = make_folder ();
  ExecLog *log = open_log (folder, NULL, NULL);
  g_autoptr (GError) error = NULL;
  ExecLogOptions options = { 0 };
  CU_ASSERT_PTR_NULL (exec_log_open (folder, &options, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_LOCKED));
  g_autofree char *expected
      = g_strdup_printf ("state folder %s is in use by process %ld", folder, (long) getpid ());
  TEST_ASSERT_TEXT (error->message, expected);
  exec_log_close (log);
  remove_folder (folder);
}

/* Overwrites bytes of a file in place. */
static void
poke (const char *path, goffset offset, const void *bytes, gsize length)
{
  int fd = open (path, O_WRONLY);
  CU_ASSERT_EQUAL (pwrite (fd, bytes, length, offset), (ssize_t) length);
  close (fd);
}

void
test_log__newer_version_is_refused (void)
{
  char *folder = make_folder ();
  exec_log_close (open_log (folder, NULL, NULL));
  g_autofree char *path = first_segment (folder);
  guint32 version = GUINT32_TO_LE (2);
  poke (path, 8, &version, sizeof version);
  g_autoptr (GError) error = NULL;
  CU_ASSERT_PTR_NULL (open_log (folder, NULL, &error));
  g_autofree char *expected = g_strdup_printf (
      "state folder %s was written by a newer version (format 2, this program reads 1)", folder);
  TEST_ASSERT_TEXT (error->message, expected);
  remove_folder (folder);
}

/* ---- Images in memory ---- */

static GByteArray *
make_image (guint n_records, guint n_zeros)
{
  GByteArray *image = g_byte_array_new ();
  guint8 head[EXEC_LOG_HEADER_BYTES];
  guint32 chain = 0;
  ExecLogHeader header = { .type = EXEC_LOG_FILE_SEGMENT, .first_sequence = 1 };
  exec_log_header_write (&header, head);
  g_byte_array_append (image, head, sizeof head);
  for (guint i = 1; i <= n_records; i++)
    {
      g_autofree char *text = g_strdup_printf ("record %u.", i);
      ExecLogRecord record = { .sequence = i, .durable = i - 1, .kind = EXEC_LOG_KIND_DATA,
                               .payload = (guint8 *) text, .length = strlen (text) };
      exec_log_record_write (image, &record, &chain);
    }
  guint before = image->len;
  g_byte_array_set_size (image, before + n_zeros);
  memset (image->data + before, 0, n_zeros);
  return image;
}

typedef struct
{
  guint n_good;
  gboolean wrong;
} Counted;

static void
count_record (const ExecLogRecord *record, gpointer user_data)
{
  Counted *counted = user_data;
  counted->n_good++;
  g_autofree char *text = g_strdup_printf ("record %u.", counted->n_good);
  if (record->sequence != counted->n_good || record->length != strlen (text)
      || memcmp (record->payload, text, record->length) != 0)
    counted->wrong = TRUE;
}

static ExecLogEnd
scan_image (const guint8 *bytes, gsize length, Counted *ret_counted)
{
  ExecLogHeader header;
  ExecLogScan scan;
  guint32 version;
  *ret_counted = (Counted){ 0 };
  if (exec_log_header_read (bytes, length, &header, &version) != EXEC_LOG_READ_OK)
    return EXEC_LOG_END_DAMAGED;
  exec_log_scan (bytes, length, &header, count_record, ret_counted, &scan);
  return scan.end;
}

/* F2: a file cut at every byte gives a prefix of the records, never another. */
void
test_log__cut_at_every_byte_gives_a_prefix (void)
{
  g_autoptr (GByteArray) image = make_image (4, 0);
  for (guint length = EXEC_LOG_HEADER_BYTES; length <= image->len; length++)
    {
      g_autofree guint8 *copy = g_memdup2 (image->data, length);
      Counted counted;
      ExecLogEnd end = scan_image (copy, length, &counted);
      CU_ASSERT_FALSE (counted.wrong);
      CU_ASSERT_EQUAL (counted.n_good, (length - EXEC_LOG_HEADER_BYTES) / 56);
      CU_ASSERT_NOT_EQUAL (end, EXEC_LOG_END_DAMAGED);
    }
}

/* The last write cut at every byte inside a segment full of zeros. */
void
test_log__torn_tail_in_zeros_is_cut (void)
{
  g_autoptr (GByteArray) image = make_image (3, 200);
  gsize start = EXEC_LOG_HEADER_BYTES + 2 * 56;
  for (gsize at = start; at < start + 56; at++)
    {
      g_autofree guint8 *copy = g_memdup2 (image->data, image->len);
      Counted counted;
      memset (copy + at, 0, start + 56 - at);
      ExecLogEnd end = scan_image (copy, image->len, &counted);
      CU_ASSERT_FALSE (counted.wrong);
      CU_ASSERT_NOT_EQUAL (end, EXEC_LOG_END_DAMAGED);
      CU_ASSERT_TRUE (counted.n_good == 2 || (counted.n_good == 3 && at >= start + 49));
    }
}

/* F5: each bit of each durable record; the witness is the record after it. */
void
test_log__flipped_bit_is_never_accepted (void)
{
  g_autoptr (GByteArray) image = make_image (4, 64);
  gsize last = EXEC_LOG_HEADER_BYTES + 3 * 56;
  for (gsize bit = 0; bit < 8 * (gsize) image->len; bit++)
    {
      g_autofree guint8 *copy = g_memdup2 (image->data, image->len);
      Counted counted;
      copy[bit / 8] ^= (guint8) (1 << (bit % 8));
      ExecLogEnd end = scan_image (copy, image->len, &counted);
      CU_ASSERT_FALSE (counted.wrong);
      if (bit / 8 < last)
        CU_ASSERT_EQUAL (end, EXEC_LOG_END_DAMAGED);
      if (bit / 8 >= last + 56)
        CU_ASSERT_EQUAL (counted.n_good, 4);
    }
}

void
test_log__length_beyond_the_file_is_no_record (void)
{
  g_autoptr (GByteArray) image = make_image (1, 64);
  guint32 length = G_MAXUINT32;
  memcpy (image->data + EXEC_LOG_HEADER_BYTES + 4, &length, sizeof length);
  Counted counted;
  scan_image (image->data, image->len, &counted);
  CU_ASSERT_EQUAL (counted.n_good, 0);
}

/* ---- Files ---- */

static void
write_text_log (const char *folder, guint n)
{
  ExecLog *log = open_log (folder, NULL, NULL);
  for (guint i = 1; i <= n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      append_text (log, text);
      wait_durable (i);
    }
  exec_log_close (log);
}

void
test_log__damage_in_the_middle_is_refused_with_its_offset (void)
{
  char *folder = make_folder ();
  write_text_log (folder, 3);
  g_autofree char *path = first_segment (folder);
  poke (path, EXEC_LOG_HEADER_BYTES + 48 + 41, "!", 1);
  g_autoptr (GError) error = NULL;
  CU_ASSERT_PTR_NULL (open_log (folder, NULL, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED));
  g_autofree char *expected = g_strdup_printf (
      "%s is damaged at offset 112: an acknowledged record cannot be read", path);
  TEST_ASSERT_TEXT (error->message, expected);
  remove_folder (folder);
}

void
test_log__goes_on_after_a_torn_tail (void)
{
  char *folder = make_folder ();
  write_text_log (folder, 2);
  g_autofree char *path = first_segment (folder);
  /* The mark of an end in order, the third record, was not finished. */
  poke (path, EXEC_LOG_HEADER_BYTES + 2 * 48 + 20, "torn", 4);
  ExecLog *log = open_log (folder, NULL, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (log);
  TEST_ASSERT_TEXT (seen.replayed->str, "1:1 2:2 ");
  append_text (log, "again");
  exec_log_close (log);
  log = open_log (folder, NULL, NULL);
  TEST_ASSERT_TEXT (seen.replayed->str, "1:1 2:2 3:again ");
  exec_log_close (log);
  remove_folder (folder);
}

static gint n_writes_left, n_syncs_left, failing_errno;

static ssize_t
failing_write (int fd, const void *bytes, size_t length, off_t offset)
{
  if (g_atomic_int_add (&n_writes_left, -1) > 0)
    return pwrite (fd, bytes, length, offset);
  /* Half of it gets there, as on a full disk. */
  ssize_t half = length > 1 ? pwrite (fd, bytes, length / 2, offset) : 0;
  errno = failing_errno;
  return half > 0 && g_atomic_int_get (&n_writes_left) == -1 ? half : -1;
}

static int
failing_sync (int fd)
{
  if (g_atomic_int_add (&n_syncs_left, -1) > 0)
    return fdatasync (fd);
  errno = EIO;
  return -1;
}

static const ExecLogDisk failing_disk = { failing_write, failing_sync };

/* F6: at every write point the error is one sentence, and what was acknowledged is still there. */
void
test_log__full_disk_keeps_the_good_prefix (void)
{
  g_autofree char *big = g_strnfill (1500, 'b');
  for (gint n = 2; n < 12; n++)
    {
      char *folder = make_folder ();
      g_atomic_int_set (&n_writes_left, n);
      g_atomic_int_set (&n_syncs_left, 1000);
      failing_errno = ENOSPC;
      ExecLog *log = open_log (folder, &failing_disk, NULL);
      CU_ASSERT_PTR_NOT_NULL_FATAL (log);
      for (guint i = 1; i <= 12 && seen.error == NULL; i++)
        {
          append_text (log, big);
          wait_durable (i);
        }
      guint64 acknowledged = seen.durable;
      CU_ASSERT_TRUE (g_error_matches (seen.error, EXEC_ERROR, EXEC_ERROR_LOG_FULL));
      CU_ASSERT_EQUAL (exec_log_append (log, "x", 1), 0);
      exec_log_close (log);
      g_autoptr (GError) error = NULL;
      log = open_log (folder, NULL, &error);
      CU_ASSERT_PTR_NULL (error);
      CU_ASSERT_PTR_NOT_NULL_FATAL (log);
      CU_ASSERT_EQUAL (exec_log_last_sequence (log), acknowledged);
      exec_log_close (log);
      remove_folder (folder);
    }
}

/* F4: after a failed sync nothing is acknowledged, although later ones would succeed. */
void
test_log__failed_sync_is_final (void)
{
  char *folder = make_folder ();
  g_atomic_int_set (&n_writes_left, 1000);
  g_atomic_int_set (&n_syncs_left, 1);
  ExecLog *log = open_log (folder, &failing_disk, NULL);
  append_text (log, "one");
  wait_durable (1);
  CU_ASSERT_TRUE (g_error_matches (seen.error, EXEC_ERROR, EXEC_ERROR_LOG_IO));
  g_atomic_int_set (&n_syncs_left, 1000);
  CU_ASSERT_EQUAL (exec_log_append (log, "two", 3), 0);
  CU_ASSERT_EQUAL (exec_log_durable_sequence (log), 0);
  exec_log_close (log);
  remove_folder (folder);
}

/* ---- A process that dies ---- */

static void
report_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  if (write (STDOUT_FILENO, &sequence, sizeof sequence) != (ssize_t) sizeof sequence)
    _exit (1);
}

/* Appends as fast as it can, and says what was acknowledged; never returns. */
static void
append_for_ever (const char *folder)
{
  ExecLogOptions options = { .segment_bytes = 16384, .durable = report_durable };
  ExecLog *log = exec_log_open (folder, &options, NULL);
  for (guint64 i = 1;; i++)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, i);
      exec_log_append (log, text, strlen (text));
      gboolean far_ahead = exec_log_last_sequence (log) - exec_log_durable_sequence (log) > 200;
      if (i % 7 == 0)
        g_main_context_iteration (NULL, far_ahead);
    }
}

typedef struct
{
  guint64 last;
  gboolean wrong;
} Sequence;

static void
check_number (const ExecLogRecord *record, gpointer user_data)
{
  Sequence *sequence = user_data;
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, ++sequence->last);
  if (record->sequence != sequence->last || record->length != strlen (text)
      || memcmp (record->payload, text, record->length) != 0)
    sequence->wrong = TRUE;
}

/* This program again, in the part of the writer; threads do not live through a fork. */
static pid_t
spawn_writer (const char *folder, int *ret_fd)
{
  const char *command[] = { "/proc/self/exe", "test_log__kill_loses_nothing_acknowledged", NULL };
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "ORRERY_TEST_WRITER", folder,
                                                 TRUE);
  GPid pid = -1;
  g_spawn_async_with_pipes (NULL, (char **) command, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                            NULL, &pid, NULL, ret_fd, NULL, NULL);
  return pid;
}

/* A12: killed at an arbitrary instant, every acknowledged record comes back in order, unchanged. */
void
test_log__kill_loses_nothing_acknowledged (void)
{
  if (g_getenv ("ORRERY_TEST_WRITER") != NULL)
    append_for_ever (g_getenv ("ORRERY_TEST_WRITER"));
  for (guint round = 0; round < 6; round++)
    {
      char *folder = make_folder ();
      int fd = -1;
      guint64 acknowledged = 0, sequence;
      pid_t pid = spawn_writer (folder, &fd);
      CU_ASSERT_TRUE_FATAL (pid > 0);
      /* Some rounds die early, some after several segments. */
      for (guint i = 0; i < 1 + round * 25 && read (fd, &sequence, sizeof sequence) > 0; i++)
        acknowledged = sequence;
      kill (pid, SIGKILL);
      while (read (fd, &sequence, sizeof sequence) == (ssize_t) sizeof sequence)
        acknowledged = sequence;
      waitpid (pid, NULL, 0);
      close (fd);
      Sequence check = { 0 };
      ExecLogOptions options = { .replay = check_number, .user_data = &check };
      ExecLog *log = exec_log_open (folder, &options, NULL);
      CU_ASSERT_PTR_NOT_NULL (log);
      CU_ASSERT_FALSE (check.wrong);
      CU_ASSERT_TRUE (acknowledged > 0 && check.last >= acknowledged);
      exec_log_close (log);
      remove_folder (folder);
    }
}
