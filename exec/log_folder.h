/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of a log: names, creation, the lock of the folder, and recovery. Used by log.c; the
 * lock also by whoever must be alone on a folder without its log.
 * Everything here blocks; after the opening it runs in the log's thread.
 * Invariant: a file that has its name has all of its header on disk.
 */

#pragma once

#include "exec/log.h"

/* Where a log goes on after recovery. */
typedef struct
{
  guint8 id[EXEC_LOG_ID_BYTES];
  int fd;           /* of the last segment */
  gsize offset;     /* where the next record goes */
  gsize n_bytes;    /* size of the segment */
  guint64 next_sequence;
  guint32 chain;
} ExecLogPosition;

/* The lock's descriptor, or -1 with LOG_LOCKED that names the holder. */
int exec_log_folder_lock (const char *folder, GError **error);

/* Replays snapshot and segments, cuts a torn end, and leaves a segment that can be written. */
gboolean exec_log_folder_recover (const char *folder, const ExecLogOptions *options,
                                  ExecLogPosition *ret_position, GError **error);

/* Creates a segment full of zeros behind its header, on disk with its name; -1 on failure. */
int exec_log_segment_create (const char *folder, const ExecLogDisk *disk,
                             const ExecLogHeader *header, gsize n_bytes, GError **error);

gboolean exec_log_snapshot_write (const char *folder, const ExecLogDisk *disk,
                                  const ExecLogHeader *header, GPtrArray *parts, GError **error);

/* Removes segments that end before first_sequence and snapshots older than covers. */
void exec_log_folder_remove_old (const char *folder, guint64 first_sequence, guint64 covers);

gboolean exec_log_write_all (const ExecLogDisk *disk, int fd, GBytes *bytes, off_t offset);

/* An error of the disk as a sentence; "no space" has a code of its own. */
void exec_log_set_disk_error (GError **error, const char *folder, const char *what, int number);
