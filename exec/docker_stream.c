/* SPDX-License-Identifier: Apache-2.0
 *
 * opening -> reading <-> paused -> ended. At most one read is under way (`reading`); freeing
 * marks the stream dead and cancels, and the last operation's callback releases the memory.
 */

#include "exec/docker_stream.h"

#include "exec/error.h"

#include <libsoup/soup.h>

#define PIECE_BYTES (32 * 1024)
#define ERROR_BODY_BYTES 4096

struct _ExecDockerStream
{
  ExecDockerStreamEvents events;
  gpointer user_data;
  char *socket_path;
  char *what;
  SoupMessage *message;
  GInputStream *input;
  GCancellable *cancellable;
  guint n_pending; /* operations that hold the memory */
  gboolean dead, paused, reading, ended;
};

static void read_next (ExecDockerStream *self);

static void
release (ExecDockerStream *self)
{
  if (!self->dead || self->n_pending > 0)
    return;
  g_clear_object (&self->message);
  g_clear_object (&self->input);
  g_clear_object (&self->cancellable);
  g_free (self->socket_path);
  g_free (self->what);
  g_free (self);
}

static void
end (ExecDockerStream *self, const GError *error)
{
  g_autoptr (GError) explained = NULL;
  if (self->ended)
    return;
  self->ended = TRUE;
  if (error != NULL && error->domain != EXEC_ERROR)
    explained = exec_docker_explain (self->socket_path, error);
  else if (error != NULL)
    explained = g_error_copy (error);
  if (!self->dead)
    self->events.ended (explained, self->user_data);
}

static void
on_piece (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecDockerStream *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  self->reading = FALSE;
  if (piece == NULL)
    end (self, error);
  else if (g_bytes_get_size (piece) == 0)
    end (self, NULL);
  else if (!self->dead)
    self->events.received (piece, self->user_data);
  read_next (self);
  self->n_pending--;
  release (self);
}

static void
read_next (ExecDockerStream *self)
{
  if (self->dead || self->ended || self->paused || self->reading || self->input == NULL)
    return;
  self->reading = TRUE;
  self->n_pending++;
  g_input_stream_read_bytes_async (self->input, PIECE_BYTES, G_PRIORITY_DEFAULT,
                                   self->cancellable, on_piece, self);
}

/* The engine refused: what it says is short and already there. */
static void
on_refusal (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecDockerStream *self = user_data;
  g_autoptr (GBytes) body
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  g_autoptr (GError) error
      = exec_docker_status_error (self->what, soup_message_get_status (self->message), body);
  end (self, error);
  self->n_pending--;
  release (self);
}

static void
on_headers (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecDockerStream *self = user_data;
  g_autoptr (GError) error = NULL;
  self->input = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->input == NULL)
    end (self, error);
  else if (soup_message_get_status (self->message) >= 400 && !self->dead)
    {
      self->n_pending++;
      g_input_stream_read_bytes_async (self->input, ERROR_BODY_BYTES, G_PRIORITY_DEFAULT,
                                       self->cancellable, on_refusal, self);
    }
  else
    {
      if (self->events.opened != NULL && !self->dead)
        self->events.opened (self->user_data);
      read_next (self);
    }
  self->n_pending--;
  release (self);
}

ExecDockerStream *
exec_docker_stream_new (ExecDocker *docker, const char *path,
                        const ExecDockerStreamEvents *events, gpointer user_data)
{
  ExecDockerStream *self = g_new0 (ExecDockerStream, 1);
  g_autofree char *versioned = exec_docker_versioned_path (docker, path);
  g_autofree char *uri = g_strconcat ("http://docker", versioned, NULL);
  self->events = *events;
  self->user_data = user_data;
  self->socket_path = g_strdup (exec_docker_socket_path (docker));
  self->what = g_strconcat ("GET ", path, NULL);
  self->cancellable = g_cancellable_new ();
  self->message = soup_message_new ("GET", uri);
  g_assert (self->message != NULL);
  self->n_pending = 1;
  soup_session_send_async (exec_docker_session (docker), self->message, G_PRIORITY_DEFAULT,
                           self->cancellable, on_headers, self);
  return self;
}

void
exec_docker_stream_pause (ExecDockerStream *self)
{
  self->paused = TRUE;
}

void
exec_docker_stream_resume (ExecDockerStream *self)
{
  self->paused = FALSE;
  read_next (self);
}

void
exec_docker_stream_free (ExecDockerStream *self)
{
  if (self == NULL)
    return;
  self->dead = TRUE;
  g_cancellable_cancel (self->cancellable);
  release (self);
}
