/* SPDX-License-Identifier: Apache-2.0
 *
 * Files `segment-SEQUENCE` and `snapshot-SEQUENCE`, sixteen hexadecimal digits. A file gets its
 * name by a rename after its bytes are synced, so a named file always has its header; what still
 * ends in `.tmp` is rubbish of a crash.
 * Recovery: newest snapshot, then the segments after it, each continuing the one before in sequence
 * and chain. Only the end of the last segment may be torn.
 */

#include "exec/log_folder.h"

#include "exec/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_PREFIX "segment-"
#define SNAPSHOT_PREFIX "snapshot-"
#define ZERO_PIECE_BYTES (1024 * 1024)

void
exec_log_set_disk_error (GError **error, const char *folder, const char *what, int number)
{
  if (number == ENOSPC || number == EDQUOT)
    g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_FULL,
                 "state folder %s: no space left on the disk (%s); free some and start again",
                 folder, what);
  else
    g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_IO, "state folder %s: %s: %s", folder, what,
                 g_strerror (number));
}

static void
set_damaged (GError **error, const char *path, gsize offset, const char *what)
{
  g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED,
               "%s is damaged at offset %" G_GSIZE_FORMAT ": %s", path, offset, what);
}

/* ---- Lock ---- */

int
exec_log_folder_lock (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lock", NULL);
  char holder[32] = { 0 };
  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      exec_log_set_disk_error (error, folder, "cannot be created", errno);
      return -1;
    }
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      exec_log_set_disk_error (error, folder, "its lock cannot be opened", errno);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      ssize_t n = pread (fd, holder, sizeof holder - 1, 0);
      guint64 pid = n > 0 ? g_ascii_strtoull (holder, NULL, 10) : 0;
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_LOCKED,
                   "state folder %s is in use by process %" G_GUINT64_FORMAT, folder, pid);
      close (fd);
      return -1;
    }
  int length = g_snprintf (holder, sizeof holder, "%ld\n", (long) getpid ());
  /* Only a courtesy to whoever is refused: the lock itself does not depend on it. */
  if (ftruncate (fd, 0) < 0 || pwrite (fd, holder, (size_t) length, 0) < 0)
    errno = 0;
  return fd;
}

/* ---- Writing files ---- */

static ssize_t
real_write_at (int fd, const void *bytes, size_t length, off_t offset)
{
  return pwrite (fd, bytes, length, offset);
}

static const ExecLogDisk real_disk = { .write_at = real_write_at, .sync = fdatasync };

gboolean
exec_log_write_all (const ExecLogDisk *disk, int fd, GBytes *bytes, off_t offset)
{
  const ExecLogDisk *used = disk != NULL ? disk : &real_disk;
  gsize length;
  const guint8 *at = g_bytes_get_data (bytes, &length);
  while (length > 0)
    {
      ssize_t n = used->write_at (fd, at, length, offset);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          errno = n == 0 ? ENOSPC : errno;
          return FALSE;
        }
      at += n;
      length -= (gsize) n;
      offset += n;
    }
  return TRUE;
}

static int
sync_file (const ExecLogDisk *disk, int fd)
{
  return (disk != NULL ? disk : &real_disk)->sync (fd);
}

static gboolean
sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
write_zeros (const ExecLogDisk *disk, int fd, gsize from, gsize to)
{
  g_autofree guint8 *zeros = g_malloc0 (ZERO_PIECE_BYTES);
  for (gsize at = from; at < to; at += ZERO_PIECE_BYTES)
    {
      g_autoptr (GBytes) piece = g_bytes_new_static (zeros, MIN (to - at, ZERO_PIECE_BYTES));
      if (!exec_log_write_all (disk, fd, piece, (off_t) at))
        return FALSE;
    }
  return TRUE;
}

/* Syncs the file and gives it its name, durably. */
static gboolean
publish (const ExecLogDisk *disk, int fd, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *temporary = g_strconcat (path, ".tmp", NULL);
  return sync_file (disk, fd) == 0 && rename (temporary, path) == 0 && sync_folder (folder);
}

static int
open_temporary (const char *folder, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.tmp", folder, name);
  return open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void
drop_temporary (const char *folder, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.tmp", folder, name);
  int number = errno;
  unlink (path);
  errno = number;
}

int
exec_log_segment_create (const char *folder, const ExecLogDisk *disk, const ExecLogHeader *header,
                         gsize n_bytes, GError **error)
{
  g_autofree char *name
      = g_strdup_printf (SEGMENT_PREFIX "%016" G_GINT64_MODIFIER "x", header->first_sequence);
  guint8 head[EXEC_LOG_HEADER_BYTES];
  exec_log_header_write (header, head);
  g_autoptr (GBytes) bytes = g_bytes_new_static (head, sizeof head);
  int fd = open_temporary (folder, name);
  gboolean ok = fd >= 0 && exec_log_write_all (disk, fd, bytes, 0)
                && write_zeros (disk, fd, sizeof head, n_bytes)
                && publish (disk, fd, folder, name);
  if (ok)
    return fd;
  exec_log_set_disk_error (error, folder, "new segment", errno);
  drop_temporary (folder, name);
  if (fd >= 0)
    close (fd);
  return -1;
}

gboolean
exec_log_snapshot_write (const char *folder, const ExecLogDisk *disk, const ExecLogHeader *header,
                         GPtrArray *parts, GError **error)
{
  g_autofree char *name
      = g_strdup_printf (SNAPSHOT_PREFIX "%016" G_GINT64_MODIFIER "x", header->covers);
  guint8 head[EXEC_LOG_HEADER_BYTES];
  guint32 chain = header->chain;
  exec_log_header_write (header, head);
  int fd = open_temporary (folder, name);
  off_t offset = sizeof head;
  g_autoptr (GBytes) head_bytes = g_bytes_new_static (head, sizeof head);
  gboolean ok = fd >= 0 && exec_log_write_all (disk, fd, head_bytes, 0);
  for (guint i = 0; ok && i <= parts->len; i++)
    {
      ExecLogRecord record = { .sequence = header->first_sequence + i };
      GByteArray *buffer = g_byte_array_new ();
      record.kind = i < parts->len ? EXEC_LOG_KIND_SNAPSHOT : EXEC_LOG_KIND_END;
      if (i < parts->len)
        record.payload = g_bytes_get_data (g_ptr_array_index (parts, i), &record.length);
      exec_log_record_write (buffer, &record, &chain);
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (buffer);
      ok = exec_log_write_all (disk, fd, bytes, offset);
      offset += (off_t) g_bytes_get_size (bytes);
    }
  ok = ok && publish (disk, fd, folder, name);
  if (!ok)
    {
      exec_log_set_disk_error (error, folder, "snapshot", errno);
      drop_temporary (folder, name);
    }
  if (fd >= 0)
    close (fd);
  return ok;
}

/* ---- Listing ---- */

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;
  return (x > y) - (x < y);
}

/* The numbers of the files of one prefix, ascending. Rubbish of a crash is removed. */
static GArray *
list_files (const char *folder, const char *prefix)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      guint64 number;
      if (!g_str_has_prefix (name, prefix))
        continue;
      if (g_str_has_suffix (name, ".tmp"))
        {
          g_autofree char *path = g_build_filename (folder, name, NULL);
          unlink (path);
        }
      else if (strlen (name) == strlen (prefix) + 16
               && g_ascii_string_to_unsigned (name + strlen (prefix), 16, 0, G_MAXUINT64, &number,
                                              NULL))
        g_array_append_val (numbers, number);
    }
  g_array_sort (numbers, compare_numbers);
  return numbers;
}

static char *
file_path (const char *folder, const char *prefix, guint64 number)
{
  return g_strdup_printf ("%s/%s%016" G_GINT64_MODIFIER "x", folder, prefix, number);
}

void
exec_log_folder_remove_old (const char *folder, guint64 first_sequence, guint64 covers)
{
  g_autoptr (GArray) segments = list_files (folder, SEGMENT_PREFIX);
  g_autoptr (GArray) snapshots = list_files (folder, SNAPSHOT_PREFIX);
  for (guint i = 0; i + 1 < segments->len; i++)
    if (g_array_index (segments, guint64, i + 1) <= first_sequence)
      {
        g_autofree char *path
            = file_path (folder, SEGMENT_PREFIX, g_array_index (segments, guint64, i));
        unlink (path);
      }
  for (guint i = 0; i < snapshots->len; i++)
    if (g_array_index (snapshots, guint64, i) < covers)
      {
        g_autofree char *path
            = file_path (folder, SNAPSHOT_PREFIX, g_array_index (snapshots, guint64, i));
        unlink (path);
      }
}

/* ---- Recovery ---- */

typedef struct
{
  const char *folder;
  const ExecLogOptions *options;
  guint64 covers;
  gboolean has_id, saw_end;
  guint8 id[EXEC_LOG_ID_BYTES];
  guint64 next_sequence;
  guint32 chain;
} Recovery;

typedef struct
{
  char *path;
  GBytes *bytes;
  ExecLogHeader header;
} File;

static void
file_clear (File *file)
{
  g_clear_pointer (&file->path, g_free);
  g_clear_pointer (&file->bytes, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)

/* Reads a whole file, whose size the file system tells, and its header. */
static gboolean
file_read (Recovery *recovery, File *file, ExecLogFileType type, GError **error)
{
  struct stat status;
  char *bytes = NULL;
  gsize length;
  guint32 version = 0;
  if (stat (file->path, &status) == 0 && status.st_size > EXEC_LOG_MAX_SEGMENT_BYTES)
    {
      set_damaged (error, file->path, 0, "larger than a log's file can be");
      return FALSE;
    }
  g_autoptr (GError) problem = NULL;
  if (!g_file_get_contents (file->path, &bytes, &length, &problem))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_IO, "state folder %s: %s", recovery->folder,
                   problem->message);
      return FALSE;
    }
  file->bytes = g_bytes_new_take (bytes, length);
  switch (exec_log_header_read ((guint8 *) bytes, length, &file->header, &version))
    {
    case EXEC_LOG_READ_NEWER:
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_VERSION,
                   "state folder %s was written by a newer version (format %u, this program reads "
                   "%d)",
                   recovery->folder, version, EXEC_LOG_VERSION);
      return FALSE;
    case EXEC_LOG_READ_NOT_OURS:
      set_damaged (error, file->path, 0, "no header of a log");
      return FALSE;
    case EXEC_LOG_READ_OK:
      break;
    }
  if (file->header.type != type
      || (recovery->has_id && memcmp (recovery->id, file->header.id, EXEC_LOG_ID_BYTES) != 0))
    {
      set_damaged (error, file->path, 0, "belongs to another log");
      return FALSE;
    }
  memcpy (recovery->id, file->header.id, EXEC_LOG_ID_BYTES);
  recovery->has_id = TRUE;
  return TRUE;
}

static void
take_snapshot_part (const ExecLogRecord *record, gpointer user_data)
{
  Recovery *recovery = user_data;
  if (record->kind == EXEC_LOG_KIND_END)
    recovery->saw_end = TRUE;
  else if (recovery->options->replay != NULL)
    recovery->options->replay (record, recovery->options->user_data);
}

static void
ignore_record (const ExecLogRecord *record, gpointer user_data)
{
  Recovery *recovery = user_data;
  recovery->saw_end = record->kind == EXEC_LOG_KIND_END;
}

/* Looks at the whole snapshot before any part of it is replayed. */
static gboolean
recover_snapshot (Recovery *recovery, guint64 number, GError **error)
{
  g_auto (File) file = { .path = file_path (recovery->folder, SNAPSHOT_PREFIX, number) };
  ExecLogScan scan;
  gsize length;
  if (!file_read (recovery, &file, EXEC_LOG_FILE_SNAPSHOT, error))
    return FALSE;
  const guint8 *bytes = g_bytes_get_data (file.bytes, &length);
  exec_log_scan (bytes, length, &file.header, ignore_record, recovery, &scan);
  if (scan.end != EXEC_LOG_END_CLEAN || !recovery->saw_end || scan.offset != length
      || file.header.covers != number)
    {
      set_damaged (error, file.path, scan.offset, "a part of the snapshot cannot be read");
      return FALSE;
    }
  exec_log_scan (bytes, length, &file.header, take_snapshot_part, recovery, &scan);
  recovery->covers = number;
  return TRUE;
}

static void
take_record (const ExecLogRecord *record, gpointer user_data)
{
  Recovery *recovery = user_data;
  if (record->kind == EXEC_LOG_KIND_DATA && record->sequence > recovery->covers
      && recovery->options->replay != NULL)
    recovery->options->replay (record, recovery->options->user_data);
}

static gboolean
cut (const char *folder, const ExecLogDisk *disk, ExecLogPosition *position, GError **error)
{
  if (write_zeros (disk, position->fd, position->offset, position->n_bytes)
      && sync_file (disk, position->fd) == 0)
    return TRUE;
  exec_log_set_disk_error (error, folder, "cutting an unfinished write", errno);
  return FALSE;
}

typedef enum
{
  SEGMENT_INNER,
  SEGMENT_LAST
} SegmentPlace;

static gboolean
recover_segment (Recovery *recovery, guint64 number, SegmentPlace place,
                 ExecLogPosition *position, GError **error)
{
  g_auto (File) file = { .path = file_path (recovery->folder, SEGMENT_PREFIX, number) };
  ExecLogScan scan;
  gsize length;
  if (!file_read (recovery, &file, EXEC_LOG_FILE_SEGMENT, error))
    return FALSE;
  gboolean continues = recovery->next_sequence == 0
                       || (recovery->next_sequence == file.header.first_sequence
                           && recovery->chain == file.header.chain);
  if (!continues || file.header.first_sequence != number)
    {
      set_damaged (error, file.path, 0, "does not continue the segment before");
      return FALSE;
    }
  const guint8 *bytes = g_bytes_get_data (file.bytes, &length);
  exec_log_scan (bytes, length, &file.header, ignore_record, recovery, &scan);
  if (scan.end == EXEC_LOG_END_DAMAGED
      || (scan.end == EXEC_LOG_END_TORN && place == SEGMENT_INNER))
    {
      set_damaged (error, file.path, scan.offset, "an acknowledged record cannot be read");
      return FALSE;
    }
  exec_log_scan (bytes, length, &file.header, take_record, recovery, &scan);
  recovery->next_sequence = scan.next_sequence;
  recovery->chain = scan.chain;
  if (place == SEGMENT_INNER)
    return TRUE;
  position->fd = open (file.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  position->offset = scan.offset;
  position->n_bytes = length;
  if (position->fd < 0)
    {
      exec_log_set_disk_error (error, recovery->folder, file.path, errno);
      return FALSE;
    }
  return scan.end == EXEC_LOG_END_CLEAN
         || cut (recovery->folder, recovery->options->disk, position, error);
}

/* Segments from the one that holds the first record after the snapshot. */
static gboolean
recover_segments (Recovery *recovery, ExecLogPosition *position, GError **error)
{
  g_autoptr (GArray) segments = list_files (recovery->folder, SEGMENT_PREFIX);
  guint first = 0;
  while (first + 1 < segments->len
         && g_array_index (segments, guint64, first + 1) <= recovery->covers + 1)
    first++;
  if (segments->len > 0 && g_array_index (segments, guint64, first) > recovery->covers + 1)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED,
                   "state folder %s: record %" G_GUINT64_FORMAT " is missing", recovery->folder,
                   recovery->covers + 1);
      return FALSE;
    }
  for (guint i = first; i < segments->len; i++)
    {
      SegmentPlace place = i + 1 == segments->len ? SEGMENT_LAST : SEGMENT_INNER;
      if (!recover_segment (recovery, g_array_index (segments, guint64, i), place, position, error))
        return FALSE;
    }
  return TRUE;
}

/* A new log, or one whose snapshot reaches beyond its readable records. */
static gboolean
start_segment (Recovery *recovery, ExecLogPosition *position, GError **error)
{
  gsize n_bytes = recovery->options->segment_bytes;
  ExecLogHeader header = { .type = EXEC_LOG_FILE_SEGMENT,
                           .first_sequence = recovery->covers + 1 };
  if (!recovery->has_id && getrandom (recovery->id, EXEC_LOG_ID_BYTES, 0) != EXEC_LOG_ID_BYTES)
    {
      exec_log_set_disk_error (error, recovery->folder, "random numbers", errno);
      return FALSE;
    }
  memcpy (header.id, recovery->id, EXEC_LOG_ID_BYTES);
  if (position->fd >= 0)
    close (position->fd);
  position->fd = exec_log_segment_create (recovery->folder, recovery->options->disk, &header,
                                          n_bytes, error);
  position->offset = EXEC_LOG_HEADER_BYTES;
  position->n_bytes = n_bytes;
  recovery->next_sequence = header.first_sequence;
  recovery->chain = header.chain;
  if (position->fd >= 0)
    exec_log_folder_remove_old (recovery->folder, header.first_sequence, recovery->covers);
  return position->fd >= 0;
}

gboolean
exec_log_folder_recover (const char *folder, const ExecLogOptions *options,
                         ExecLogPosition *ret_position, GError **error)
{
  Recovery recovery = { .folder = folder, .options = options };
  ExecLogPosition position = { .fd = -1 };
  g_autoptr (GArray) snapshots = list_files (folder, SNAPSHOT_PREFIX);
  gboolean ok = TRUE;
  if (snapshots->len > 0)
    ok = recover_snapshot (&recovery, g_array_index (snapshots, guint64, snapshots->len - 1),
                           error);
  ok = ok && recover_segments (&recovery, &position, error);
  if (ok && (position.fd < 0 || recovery.next_sequence <= recovery.covers))
    ok = start_segment (&recovery, &position, error);
  if (!ok)
    {
      if (position.fd >= 0)
        close (position.fd);
      return FALSE;
    }
  memcpy (position.id, recovery.id, EXEC_LOG_ID_BYTES);
  position.next_sequence = recovery.next_sequence;
  position.chain = recovery.chain;
  *ret_position = position;
  return TRUE;
}
