/* SPDX-License-Identifier: Apache-2.0
 *
 * Group commit. idle -> working (a batch or a checkpoint, in a thread) -> idle; records appended
 * while working form the next batch, which starts when the work comes back to the main loop.
 * Invariants: 1. one piece of work at a time; 2. a batch lies in one segment; 3. a new segment is
 * made only when all before it is durable; 4. after a failure nothing is acknowledged any more.
 * A checkpoint is work like a batch: snapshot, new segment, removal of what they replace.
 */

#include "exec/log.h"

#include "exec/error.h"
#include "exec/log_folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* What the thread works on; the main loop does not touch it until `finished`. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean finished;
  char *folder;
  const ExecLogDisk *disk;
  ExecLogPosition position; /* in: where to write; out: where to go on */
  gsize segment_bytes;
  GBytes *batch;            /* (nullable) */
  guint64 next_sequence;    /* after the batch */
  guint32 chain;
  GPtrArray *parts;         /* (nullable): a checkpoint */
  guint64 covers;
  GError *error;
} Work;

struct _ExecLog
{
  char *folder;
  ExecLogOptions options;
  int lock_fd;
  ExecLogPosition position; /* of what is written */
  GByteArray *pending;
  guint64 next_sequence; /* of the next append */
  guint32 chain;         /* after the last append */
  guint64 durable;
  guint64 n_bytes_since;
  guint start_id; /* the next work begins when the main loop turns */
  GTask *task;    /* (nullable): the work under way */
  Work *work;
  GPtrArray *parts; /* (nullable): a checkpoint that waits for its turn */
  guint64 covers;
  ExecLogCheckpointDone checkpoint_done;
  gpointer checkpoint_data;
  GError *error; /* final */
};

static void start_work (ExecLog *self);

/* ---- In the thread ---- */

static gboolean
next_segment (Work *work, gsize n_needed)
{
  ExecLogPosition *position = &work->position;
  ExecLogHeader header = { .type = EXEC_LOG_FILE_SEGMENT,
                           .first_sequence = position->next_sequence,
                           .chain = position->chain };
  gsize n_bytes = MAX (work->segment_bytes, EXEC_LOG_HEADER_BYTES + n_needed);
  memcpy (header.id, position->id, EXEC_LOG_ID_BYTES);
  int fd = exec_log_segment_create (work->folder, work->disk, &header, n_bytes, &work->error);
  if (fd < 0)
    return FALSE;
  close (position->fd);
  position->fd = fd;
  position->offset = EXEC_LOG_HEADER_BYTES;
  position->n_bytes = n_bytes;
  return TRUE;
}

static void
write_batch (Work *work)
{
  ExecLogPosition *position = &work->position;
  gsize length = g_bytes_get_size (work->batch);
  if (length > position->n_bytes - position->offset && !next_segment (work, length))
    return;
  int (*sync) (int) = work->disk != NULL ? work->disk->sync : fdatasync;
  if (!exec_log_write_all (work->disk, position->fd, work->batch, (off_t) position->offset))
    exec_log_set_disk_error (&work->error, work->folder, "write", errno);
  else if (sync (position->fd) < 0)
    exec_log_set_disk_error (&work->error, work->folder, "sync", errno);
  else
    {
      position->offset += length;
      position->next_sequence = work->next_sequence;
      position->chain = work->chain;
    }
}

static void
write_checkpoint (Work *work)
{
  ExecLogHeader header = { .type = EXEC_LOG_FILE_SNAPSHOT, .first_sequence = 1,
                           .covers = work->covers };
  memcpy (header.id, work->position.id, EXEC_LOG_ID_BYTES);
  if (exec_log_snapshot_write (work->folder, work->disk, &header, work->parts, &work->error)
      && next_segment (work, 0))
    exec_log_folder_remove_old (work->folder, work->position.next_sequence, work->covers);
}

static void
run_work (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *work = task_data;
  if (work->parts != NULL)
    write_checkpoint (work);
  else
    write_batch (work);
  g_mutex_lock (&work->mutex);
  work->finished = TRUE;
  g_cond_signal (&work->cond);
  g_mutex_unlock (&work->mutex);
  g_task_return_boolean (task, TRUE);
}

static void
work_free (gpointer task_data)
{
  Work *work = task_data;
  g_mutex_clear (&work->mutex);
  g_cond_clear (&work->cond);
  g_free (work->folder);
  g_clear_pointer (&work->batch, g_bytes_unref);
  g_clear_pointer (&work->parts, g_ptr_array_unref);
  g_clear_error (&work->error);
  g_free (work);
}

/* ---- In the main loop ---- */

static void
fail (ExecLog *self, const GError *error)
{
  if (self->error != NULL)
    return;
  self->error = g_error_copy (error);
  if (self->options.durable != NULL)
    self->options.durable (self->durable, self->error, self->options.user_data);
}

static void
end_checkpoint (ExecLog *self, const GError *error)
{
  ExecLogCheckpointDone done = self->checkpoint_done;
  self->checkpoint_done = NULL;
  if (done != NULL)
    done (error, self->checkpoint_data);
}

/* Takes over what the thread did. */
static void
finish_work (ExecLog *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  Work *work = g_steal_pointer (&self->work);
  self->position = work->position;
  if (work->error != NULL)
    fail (self, work->error);
  if (work->parts != NULL)
    end_checkpoint (self, work->error);
  else if (work->error == NULL)
    {
      self->durable = self->position.next_sequence - 1;
      if (self->options.durable != NULL)
        self->options.durable (self->durable, NULL, self->options.user_data);
    }
}

static void
on_work_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecLog *self = user_data;
  /* A log that was closed meanwhile has taken the work over, and may be gone. */
  if (g_object_get_data (G_OBJECT (result), "taken") != NULL)
    return;
  finish_work (self);
  start_work (self);
}

static Work *
make_work (ExecLog *self)
{
  Work *work = g_new0 (Work, 1);
  g_mutex_init (&work->mutex);
  g_cond_init (&work->cond);
  work->folder = g_strdup (self->folder);
  work->disk = self->options.disk;
  work->segment_bytes = self->options.segment_bytes;
  work->position = self->position;
  if (self->parts != NULL)
    {
      work->parts = g_steal_pointer (&self->parts);
      work->covers = self->covers;
      self->n_bytes_since = 0;
    }
  else
    {
      work->batch = g_byte_array_free_to_bytes (self->pending);
      work->next_sequence = self->next_sequence;
      work->chain = self->chain;
      self->pending = g_byte_array_new ();
    }
  return work;
}

static void
start_work (ExecLog *self)
{
  if (self->task != NULL || self->error != NULL
      || (self->pending->len == 0 && self->parts == NULL))
    return;
  self->work = make_work (self);
  self->task = g_task_new (NULL, NULL, on_work_done, self);
  g_task_set_task_data (self->task, self->work, work_free);
  g_task_run_in_thread (self->task, run_work);
}

static gboolean
on_turn (gpointer user_data)
{
  ExecLog *self = user_data;
  self->start_id = 0;
  start_work (self);
  return G_SOURCE_REMOVE;
}

/* What is appended in one turn of the main loop goes to disk together, also the first of it. */
static void
start_soon (ExecLog *self)
{
  if (self->task == NULL && self->start_id == 0)
    self->start_id = g_idle_add_full (G_PRIORITY_HIGH, on_turn, self, NULL);
}

/**
 * exec_log_append:
 * @payload: (nullable): at most EXEC_LOG_MAX_PAYLOAD_BYTES
 *
 * Returns: the record's sequence; 0 if the log has failed or too much is pending
 * Effects: `durable` is called later with this sequence or a higher one.
 */
guint64
exec_log_append (ExecLog *self, const void *payload, gsize length)
{
  if (self->error != NULL || length > EXEC_LOG_MAX_PAYLOAD_BYTES
      || self->pending->len + length > EXEC_LOG_MAX_PENDING_BYTES)
    return 0;
  ExecLogRecord record = { .sequence = self->next_sequence, .durable = self->durable,
                           .kind = EXEC_LOG_KIND_DATA, .payload = payload, .length = length };
  gsize before = self->pending->len;
  exec_log_record_write (self->pending, &record, &self->chain);
  self->n_bytes_since += self->pending->len - before;
  self->next_sequence++;
  start_soon (self);
  return record.sequence;
}

guint64
exec_log_last_sequence (const ExecLog *self)
{
  return self->next_sequence - 1;
}

guint64
exec_log_durable_sequence (const ExecLog *self)
{
  return self->durable;
}

guint64
exec_log_bytes_since_checkpoint (const ExecLog *self)
{
  return self->n_bytes_since;
}

gboolean
exec_log_checkpoint (ExecLog *self, GPtrArray *parts, ExecLogCheckpointDone done,
                     gpointer user_data)
{
  gboolean busy = self->parts != NULL || (self->work != NULL && self->work->parts != NULL);
  if (self->error != NULL || busy)
    return FALSE;
  self->parts = g_ptr_array_ref (parts);
  self->covers = self->next_sequence - 1;
  self->checkpoint_done = done;
  self->checkpoint_data = user_data;
  start_soon (self);
  return TRUE;
}

ExecLog *
exec_log_open (const char *folder, const ExecLogOptions *options, GError **error)
{
  int lock_fd = exec_log_folder_lock (folder, error);
  if (lock_fd < 0)
    return NULL;
  ExecLogOptions settled = *options;
  if (settled.segment_bytes == 0)
    settled.segment_bytes = EXEC_LOG_SEGMENT_BYTES;
  ExecLogPosition position;
  if (!exec_log_folder_recover (folder, &settled, &position, error))
    {
      close (lock_fd);
      return NULL;
    }
  ExecLog *self = g_new0 (ExecLog, 1);
  self->folder = g_strdup (folder);
  self->options = settled;
  self->lock_fd = lock_fd;
  self->position = position;
  self->pending = g_byte_array_new ();
  self->next_sequence = position.next_sequence;
  self->chain = position.chain;
  self->durable = position.next_sequence - 1;
  return self;
}

/* Waits for the work under way and takes it over, so that its callback finds nothing to do. */
static void
wait_for_work (ExecLog *self)
{
  if (self->task == NULL)
    return;
  Work *work = self->work;
  g_object_set_data (G_OBJECT (self->task), "taken", self);
  g_mutex_lock (&work->mutex);
  while (!work->finished)
    g_cond_wait (&work->cond, &work->mutex);
  g_mutex_unlock (&work->mutex);
  finish_work (self);
}

/* Marks an end in order: from then on, damage to the last records is known from a torn write. */
static void
append_closed (ExecLog *self)
{
  ExecLogRecord record = { .sequence = self->next_sequence++, .durable = self->durable,
                           .kind = EXEC_LOG_KIND_CLOSED };
  exec_log_record_write (self->pending, &record, &self->chain);
}

void
exec_log_close (ExecLog *self)
{
  if (self == NULL)
    return;
  gboolean used = self->next_sequence > 1;
  g_clear_handle_id (&self->start_id, g_source_remove);
  while (self->error == NULL && (self->task != NULL || self->parts != NULL
                                 || self->pending->len > 0))
    {
      wait_for_work (self);
      start_work (self);
    }
  wait_for_work (self);
  if (self->error == NULL && used)
    {
      self->options.durable = NULL;
      append_closed (self);
      start_work (self);
      wait_for_work (self);
    }
  close (self->position.fd);
  close (self->lock_fd);
  g_byte_array_unref (self->pending);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_free (self->folder);
  g_free (self);
}
