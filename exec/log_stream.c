/* SPDX-License-Identifier: Apache-2.0
 *
 * Both streams of a container are one log for kubectl, as they came. A client that reads slower
 * than the container writes makes us wait: bytes that are not pulled are bounded by pausing the
 * engine's stream.
 * Source: kubernetes pkg/kubelet/kuberuntime/logs (v1.36).
 */

#include "exec/log_stream.h"

#include "base/string.h"
#include "exec/docker_container.h"
#include "exec/error.h"

/* More than this waiting for the client pauses the engine; looked at again soon. */
#define MAX_WAITING_BYTES (256 * 1024)
#define RESUME_MS 50

typedef struct
{
  ExecLogStreams *owner;
  ExecDockerStream *stream;
  ExecDemux demux;
  guint64 ticket;
  gint64 left_bytes; /* of limitBytes; -1: no limit */
  guint resume_id;
  gboolean has_begun;
} LogStream;

struct _ExecLogStreams
{
  ExecDocker *docker;
  ExecClients *clients;
  GHashTable *streams; /* ticket → LogStream */
};

static void
stream_free (gpointer user_data)
{
  LogStream *self = user_data;
  g_clear_handle_id (&self->resume_id, g_source_remove);
  exec_docker_stream_free (self->stream);
  g_free (self);
}

static void
begin (LogStream *self)
{
  if (!self->has_begun)
    exec_clients_begin_stream (self->owner->clients, self->ticket, "text/plain");
  self->has_begun = TRUE;
}

static gboolean
on_resume (gpointer user_data)
{
  LogStream *self = user_data;
  if (exec_clients_n_waiting (self->owner->clients, self->ticket) > MAX_WAITING_BYTES / 2)
    return G_SOURCE_CONTINUE;
  self->resume_id = 0;
  exec_docker_stream_resume (self->stream);
  return G_SOURCE_REMOVE;
}

static void
take_frame (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  LogStream *self = user_data;
  gsize n = self->left_bytes < 0 ? length : MIN (length, (gsize) self->left_bytes);
  if (self->left_bytes >= 0)
    self->left_bytes -= (gint64) n;
  if (n > 0)
    exec_clients_write (self->owner->clients, self->ticket, bytes, n);
}

static void
end (LogStream *self)
{
  guint64 ticket = self->ticket;
  ExecLogStreams *owner = self->owner;
  begin (self);
  g_hash_table_remove (owner->streams, &ticket);
  exec_clients_end_stream (owner->clients, ticket);
}

static void
on_opened (gpointer user_data)
{
  begin (user_data);
}

static void
on_received (GBytes *piece, gpointer user_data)
{
  LogStream *self = user_data;
  begin (self);
  if (!exec_demux_feed (&self->demux, piece, take_frame, self, NULL) || self->left_bytes == 0)
    {
      end (self);
      return;
    }
  if (self->resume_id == 0
      && exec_clients_n_waiting (self->owner->clients, self->ticket) > MAX_WAITING_BYTES)
    {
      exec_docker_stream_pause (self->stream);
      self->resume_id = g_timeout_add (RESUME_MS, on_resume, self);
    }
}

static void
on_ended (const GError *error, gpointer user_data)
{
  LogStream *self = user_data;
  guint code = g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND) ? 404 : 500;
  if (error != NULL && !self->has_begun)
    {
      exec_clients_refuse (self->owner->clients, self->ticket, code,
                           code == 404 ? "NotFound" : "InternalError", error->message);
      self->has_begun = TRUE;
      g_hash_table_remove (self->owner->streams, &self->ticket);
    }
  else
    end (self);
}

void
exec_log_streams_open (ExecLogStreams *self, guint64 ticket, const K8LogRequest *log)
{
  static const ExecDockerStreamEvents events
      = { .opened = on_opened, .received = on_received, .ended = on_ended };
  LogStream *stream = g_new0 (LogStream, 1);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  ExecLogsQuery query = { .follow = log->is_following,
                          .timestamps = log->has_timestamps,
                          .tail = log->tail_lines,
                          .since_seconds
                          = log->since_seconds > 0 ? MAX (now - log->since_seconds, 1) : 0 };
  stream->owner = self;
  stream->ticket = ticket;
  stream->left_bytes = log->limit_bytes > 0 ? log->limit_bytes : -1;
  exec_demux_init (&stream->demux);
  g_hash_table_insert (self->streams, &stream->ticket, stream);
  stream->stream = exec_docker_container_logs (
      self->docker, k8_string_or_empty (log->container_id), &query, &events, stream);
}

void
exec_log_streams_close (ExecLogStreams *self, guint64 ticket)
{
  g_hash_table_remove (self->streams, &ticket);
}

ExecLogStreams *
exec_log_streams_new (ExecDocker *docker, ExecClients *clients)
{
  ExecLogStreams *self = g_new0 (ExecLogStreams, 1);
  self->docker = docker;
  self->clients = clients;
  self->streams = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, stream_free);
  return self;
}

void
exec_log_streams_free (ExecLogStreams *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->streams);
  g_free (self);
}
