/* SPDX-License-Identifier: Apache-2.0
 *
 * Write-ahead log of a state folder: records that are acknowledged only when they are on disk, and
 * read back in order after a crash. Records appended while a write is under way go to disk together
 * with the next one (group commit): one write and one fdatasync a batch, in a GTask thread.
 * A failed write or sync is final: nothing is acknowledged any more, and the records before it
 * stay readable. See log_format.h for the bytes.
 */

#pragma once

#include "exec/log_format.h"

#include <gio/gio.h>
#include <sys/types.h>

#define EXEC_LOG_SEGMENT_BYTES (16 * 1024 * 1024)
#define EXEC_LOG_MAX_SEGMENT_BYTES (1024 * 1024 * 1024)
#define EXEC_LOG_MAX_PENDING_BYTES (256 * 1024 * 1024)

typedef struct _ExecLog ExecLog;

/* The disk, replaced by tests that let it fail. Both are called in a thread. */
typedef struct
{
  ssize_t (*write_at) (int fd, const void *bytes, size_t length, off_t offset);
  int (*sync) (int fd);
} ExecLogDisk;

/* Called while opening: first the parts of the newest snapshot (kind SNAPSHOT), then each later
 * record (kind DATA). */
typedef void (*ExecLogReplay) (const ExecLogRecord *record, gpointer user_data);

/* Everything up to sequence is on disk. With an error nothing more ever will be. */
typedef void (*ExecLogDurable) (guint64 sequence, const GError *error, gpointer user_data);

typedef struct
{
  gsize segment_bytes;     /* 0: EXEC_LOG_SEGMENT_BYTES */
  const ExecLogDisk *disk; /* (nullable) */
  ExecLogReplay replay;
  ExecLogDurable durable;
  gpointer user_data;
} ExecLogOptions;

/* Opens or creates the log in a folder, which is created too. Errors: LOG_LOCKED, LOG_VERSION,
 * LOG_DAMAGED (with file and offset), LOG_FULL, LOG_IO. */
ExecLog *exec_log_open (const char *folder, const ExecLogOptions *options, GError **error);

/* Gives the record's sequence, from 1; 0 if the log has failed or too much is pending. */
guint64 exec_log_append (ExecLog *self, const void *payload, gsize length);

guint64 exec_log_last_sequence (const ExecLog *self);
guint64 exec_log_durable_sequence (const ExecLog *self);

typedef void (*ExecLogCheckpointDone) (const GError *error, gpointer user_data);

/* Writes a snapshot of the state as it is after the last appended record, then removes what it
 * makes superfluous. FALSE if one is under way or the log has failed. */
gboolean exec_log_checkpoint (ExecLog *self, GPtrArray *parts, ExecLogCheckpointDone done,
                              gpointer user_data);

/* Bytes written since the last checkpoint: when to make the next. */
guint64 exec_log_bytes_since_checkpoint (const ExecLog *self);

/* Writes what is pending, waits for it, and lets the folder go. NULL is accepted. */
void exec_log_close (ExecLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExecLog, exec_log_close)
