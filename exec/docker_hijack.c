/* SPDX-License-Identifier: Apache-2.0
 *
 * connecting -> head -> open -> closed. Bytes written before the pipe is open wait in a
 * queue; the request's own bytes go first. One write and one read are under way at most;
 * freeing marks the pipe dead, and the last operation's callback releases the memory.
 * The head of the answer is bounded (16 KiB) and only its status is used.
 */

#include "exec/docker_hijack.h"

#include "exec/docker_json.h"
#include "exec/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HEAD_BYTES (16 * 1024)
#define PIECE_BYTES (32 * 1024)

struct _ExecHijack
{
  ExecHijackEvents events;
  gpointer user_data;
  ExecHijackFraming framing;
  ExecDemux demux;
  char *socket_path;
  char *what;
  GSocketConnection *connection;
  GCancellable *cancellable;
  GByteArray *request;  /* sent first */
  GByteArray *queue;    /* waits for the pipe to open */
  GBytes *writing;      /* under way */
  GByteArray *head;     /* the answer's head until its empty line */
  guint n_pending;
  gboolean open, input_closing, input_closed, reading, paused, dead, closed;
};

static void read_next (ExecHijack *self);
static void write_next (ExecHijack *self);

static void
release (ExecHijack *self)
{
  if (!self->dead || self->n_pending > 0)
    return;
  if (self->connection != NULL)
    g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_clear_object (&self->connection);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->request, g_byte_array_unref);
  g_clear_pointer (&self->queue, g_byte_array_unref);
  g_clear_pointer (&self->head, g_byte_array_unref);
  g_clear_pointer (&self->writing, g_bytes_unref);
  g_free (self->socket_path);
  g_free (self->what);
  g_free (self);
}

static void
finish (ExecHijack *self, const GError *error)
{
  g_autoptr (GError) explained = NULL;
  if (self->closed)
    return;
  self->closed = TRUE;
  if (error != NULL && error->domain != EXEC_ERROR)
    explained = exec_docker_explain (self->socket_path, error);
  else if (error != NULL)
    explained = g_error_copy (error);
  if (!self->dead)
    self->events.closed (explained, self->user_data);
}

static void
deliver (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  ExecHijack *self = user_data;
  if (!self->dead)
    self->events.received (stream, bytes, length, self->user_data);
}

static void
take_bytes (ExecHijack *self, GBytes *piece)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  const guint8 *bytes = g_bytes_get_data (piece, &length);
  if (length == 0)
    return;
  if (self->framing == EXEC_HIJACK_RAW)
    deliver (EXEC_STREAM_OUT, bytes, length, self);
  else if (!exec_demux_feed (&self->demux, piece, deliver, self, &error))
    finish (self, error);
}

/* Status of "HTTP/1.1 101 ..."; 0 if it is none. */
static guint
parse_status (const char *head)
{
  if (!g_str_has_prefix (head, "HTTP/1.1 ") || strlen (head) < 12)
    return 0;
  g_autofree char *digits = g_strndup (head + 9, 3);
  guint64 status;
  return g_ascii_string_to_unsigned (digits, 10, 100, 599, &status, NULL) ? (guint) status : 0;
}

/* Takes the rest of a chunked or plain error body as far as it has come: the JSON in it. */
static void
refuse (ExecHijack *self, guint status, const char *rest, gsize length)
{
  const char *start = length > 0 ? memchr (rest, '{', length) : NULL;
  const char *stop = start != NULL ? memrchr (rest, '}', length) : NULL;
  g_autoptr (GBytes) body = NULL;
  if (stop != NULL && stop > start)
    body = g_bytes_new (start, (gsize) (stop - start) + 1);
  g_autoptr (GError) error = exec_docker_status_error (self->what, status, body);
  finish (self, error);
}

static void
take_head (ExecHijack *self, GBytes *piece)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (piece, &length);
  g_byte_array_append (self->head, bytes, (guint) length);
  const char *text = (const char *) self->head->data;
  const char *end = memmem (text, self->head->len, "\r\n\r\n", 4);
  if (end == NULL)
    {
      g_autoptr (GError) error = NULL;
      if (self->head->len <= MAX_HEAD_BYTES)
        return;
      g_set_error (&error, EXEC_ERROR, EXEC_ERROR_TOO_LARGE,
                   "docker: %s: head of the answer is longer than %d bytes", self->what,
                   MAX_HEAD_BYTES);
      finish (self, error);
      return;
    }

  gsize n_head = (gsize) (end + 4 - text);
  g_autofree char *head = g_strndup (text, n_head);
  guint status = parse_status (head);
  if (status != 101 && status != 200)
    {
      refuse (self, status, text + n_head, self->head->len - n_head);
      return;
    }
  g_autoptr (GBytes) rest = g_bytes_new (text + n_head, self->head->len - n_head);
  self->open = TRUE;
  if (self->events.opened != NULL && !self->dead)
    self->events.opened (self->user_data);
  take_bytes (self, rest);
  write_next (self);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecHijack *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  self->reading = FALSE;
  if (piece == NULL)
    finish (self, error);
  else if (g_bytes_get_size (piece) == 0)
    {
      if (!self->open)
        g_set_error (&error, EXEC_ERROR, EXEC_ERROR_BROKEN, "docker: %s: closed without an answer",
                     self->what);
      finish (self, error);
    }
  else if (!self->open)
    take_head (self, piece);
  else
    take_bytes (self, piece);
  read_next (self);
  self->n_pending--;
  release (self);
}

static void
read_next (ExecHijack *self)
{
  if (self->dead || self->closed || self->reading || self->paused || self->connection == NULL)
    return;
  self->reading = TRUE;
  self->n_pending++;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  g_input_stream_read_bytes_async (input, PIECE_BYTES, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_read, self);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecHijack *self = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = g_output_stream_write_bytes_finish (G_OUTPUT_STREAM (source), result, &error);
  if (n < 0)
    {
      g_clear_pointer (&self->writing, g_bytes_unref);
      self->input_closed = TRUE;
      /* What the other end said before it closed may still be read: reading tells the end. */
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        finish (self, error);
    }
  else
    {
      gsize length = g_bytes_get_size (self->writing);
      g_autoptr (GBytes) whole = g_steal_pointer (&self->writing);
      if ((gsize) n < length)
        self->writing = g_bytes_new_from_bytes (whole, (gsize) n, length - (gsize) n);
    }
  write_next (self);
  self->n_pending--;
  release (self);
}

static void
half_close (ExecHijack *self)
{
  if (!self->input_closing || self->input_closed || !self->open || self->queue->len > 0)
    return;
  self->input_closed = TRUE;
  g_socket_shutdown (g_socket_connection_get_socket (self->connection), FALSE, TRUE, NULL);
}

static GBytes *
take_queue (GByteArray **queue)
{
  GByteArray *full = *queue;
  *queue = g_byte_array_new ();
  return g_byte_array_free_to_bytes (full);
}

/* Sends what is due: the request, then, once the pipe is open, the queue. */
static void
write_next (ExecHijack *self)
{
  if (self->dead || self->closed || self->input_closed || self->connection == NULL)
    return;
  if (self->writing == NULL && self->request->len > 0)
    self->writing = take_queue (&self->request);
  else if (self->writing == NULL && self->open && self->queue->len > 0)
    self->writing = take_queue (&self->queue);
  if (self->writing == NULL)
    {
      half_close (self);
      return;
    }
  self->n_pending++;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  g_output_stream_write_bytes_async (output, self->writing, G_PRIORITY_DEFAULT, self->cancellable,
                                     on_written, self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ExecHijack *self = user_data;
  g_autoptr (GError) error = NULL;
  self->connection
      = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (self->connection == NULL)
    finish (self, error);
  write_next (self);
  read_next (self);
  self->n_pending--;
  release (self);
}

static void
build_request (ExecHijack *self, const char *path, JsonNode *json)
{
  g_autofree char *body = json != NULL ? exec_json_print (json) : g_strdup ("");
  g_autofree char *head = g_strdup_printf (
      "POST %s HTTP/1.1\r\nHost: docker\r\nUser-Agent: orrery\r\nConnection: Upgrade\r\n"
      "Upgrade: tcp\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
      path, json != NULL ? "application/json" : "text/plain", strlen (body), body);
  g_byte_array_append (self->request, (const guint8 *) head, (guint) strlen (head));
}

ExecHijack *
exec_hijack_new (ExecDocker *docker, const char *path, JsonNode *json, ExecHijackFraming framing,
                 const ExecHijackEvents *events, gpointer user_data)
{
  ExecHijack *self = g_new0 (ExecHijack, 1);
  g_autofree char *versioned = exec_docker_versioned_path (docker, path);
  self->events = *events;
  self->user_data = user_data;
  self->framing = framing;
  exec_demux_init (&self->demux);
  self->socket_path = g_strdup (exec_docker_socket_path (docker));
  self->what = g_strconcat ("POST ", path, NULL);
  self->cancellable = g_cancellable_new ();
  self->request = g_byte_array_new ();
  self->queue = g_byte_array_new ();
  self->head = g_byte_array_new ();
  build_request (self, versioned, json);

  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket_path);
  self->n_pending = 1;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->cancellable,
                                 on_connected, self);
  return self;
}

gsize
exec_hijack_queued_bytes (ExecHijack *self)
{
  return self->queue->len + (self->writing != NULL ? g_bytes_get_size (self->writing) : 0);
}

gboolean
exec_hijack_write (ExecHijack *self, const guint8 *bytes, gsize length)
{
  gsize queued = exec_hijack_queued_bytes (self);
  if (self->closed || self->input_closing || self->input_closed
      || length > EXEC_HIJACK_MAX_QUEUE_BYTES || queued > EXEC_HIJACK_MAX_QUEUE_BYTES - length)
    return FALSE;
  g_byte_array_append (self->queue, bytes, (guint) length);
  if (self->writing == NULL)
    write_next (self);
  return TRUE;
}

void
exec_hijack_close_input (ExecHijack *self)
{
  self->input_closing = TRUE;
  if (self->writing == NULL)
    write_next (self);
}

void
exec_hijack_pause (ExecHijack *self)
{
  self->paused = TRUE;
}

void
exec_hijack_resume (ExecHijack *self)
{
  self->paused = FALSE;
  read_next (self);
}

void
exec_hijack_free (ExecHijack *self)
{
  if (self == NULL)
    return;
  self->dead = TRUE;
  g_cancellable_cancel (self->cancellable);
  release (self);
}
