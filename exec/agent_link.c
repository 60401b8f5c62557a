/* SPDX-License-Identifier: Apache-2.0
 *
 * attaching -> waiting for HELLO -> ready -> closed. Requests that are answered wait in a table by
 * id with a timer each. A channel's bytes go out within the agent's window; what it sends is
 * granted back as it is handed on.
 */

#include "exec/agent_link.h"

#include "exec/docker_container.h"
#include "exec/error.h"

#include <string.h>

typedef struct
{
  ExecAgentLink *link;
  guint32 id;
  guint timer;
  ExecAgentDone done;
  gpointer user_data;
} Waiting;

struct _ExecAgentChannel
{
  ExecAgentLink *link;
  guint32 id;
  ExecAgentChannelEvents events;
  gpointer user_data;
  GByteArray *queue;
  guint32 credit;
  guint32 to_grant;
  gboolean paused, ending, ended;
};

struct _ExecAgentLink
{
  ExecAgentLinkEvents events;
  gpointer user_data;
  ExecHijack *pipe;
  ExecAgentDecoder decoder;
  GHashTable *waiting;  /* id -> Waiting */
  GHashTable *channels; /* id -> ExecAgentChannel */
  guint32 last_id;
  guint hello_timer;
  guint overflow_id; /* a frame did not fit: the conversation ends */
  gboolean closed;
};

static gboolean on_overflow (gpointer user_data);

/* A frame that is left out would tear a set of files or a channel, so none follows it. */
static void
send_frame (ExecAgentLink *self, ExecAgentType type, guint32 id, const void *payload, gsize length)
{
  if (self->overflow_id != 0 || self->closed)
    return;
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new (EXEC_AGENT_HEADER_BYTES);
  exec_agent_frame_write (bytes, type, id, payload, length);
  if (!exec_hijack_write (self->pipe, bytes->data, bytes->len))
    self->overflow_id = g_idle_add (on_overflow, self);
}

static void
send_number (ExecAgentLink *self, ExecAgentType type, guint32 id, guint32 number)
{
  guint8 payload[4];
  exec_agent_put32 (payload, number);
  send_frame (self, type, id, payload, sizeof payload);
}

/* ---- Answers ---- */

static void
waiting_free (gpointer user_data)
{
  Waiting *waiting = user_data;
  g_clear_handle_id (&waiting->timer, g_source_remove);
  g_free (waiting);
}

static void
answer (ExecAgentLink *self, guint32 id, const GError *error)
{
  Waiting *waiting = g_hash_table_lookup (self->waiting, GUINT_TO_POINTER (id));
  if (waiting == NULL)
    return;
  g_hash_table_steal (self->waiting, GUINT_TO_POINTER (id));
  waiting->done (error, waiting->user_data);
  waiting_free (waiting);
}

static gboolean
on_no_answer (gpointer user_data)
{
  Waiting *waiting = user_data;
  waiting->timer = 0;
  g_autoptr (GError) error = g_error_new (EXEC_ERROR, EXEC_ERROR_TIMEOUT,
                                          "agent: no answer in %d ms", EXEC_AGENT_ANSWER_MS);
  answer (waiting->link, waiting->id, error);
  return G_SOURCE_REMOVE;
}

static void
wait_for_answer (ExecAgentLink *self, guint32 id, ExecAgentDone done, gpointer user_data)
{
  Waiting *waiting = g_new0 (Waiting, 1);
  waiting->link = self;
  waiting->id = id;
  waiting->done = done;
  waiting->user_data = user_data;
  waiting->timer = g_timeout_add (EXEC_AGENT_ANSWER_MS, on_no_answer, waiting);
  g_hash_table_replace (self->waiting, GUINT_TO_POINTER (id), waiting);
}

static void
answer_all (ExecAgentLink *self, const GError *error)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->waiting);
  for (GList *at = ids; at != NULL; at = at->next)
    answer (self, GPOINTER_TO_UINT (at->data), error);
}

/* ---- Channels ---- */

static void
channel_free (gpointer user_data)
{
  ExecAgentChannel *channel = user_data;
  g_byte_array_unref (channel->queue);
  g_free (channel);
}

static void
channel_flush (ExecAgentChannel *channel)
{
  while (channel->queue->len > 0 && channel->credit > 0)
    {
      guint n = MIN (MIN (channel->queue->len, channel->credit), EXEC_AGENT_MAX_IN_BYTES);
      send_frame (channel->link, EXEC_AGENT_DATA, channel->id, channel->queue->data, n);
      channel->credit -= n;
      g_byte_array_remove_range (channel->queue, 0, n);
    }
  if (channel->queue->len == 0 && channel->ending && !channel->ended)
    {
      channel->ended = TRUE;
      send_frame (channel->link, EXEC_AGENT_EOF, channel->id, NULL, 0);
    }
}

static void
channel_grant (ExecAgentChannel *channel)
{
  if (channel->paused || channel->to_grant < EXEC_AGENT_WINDOW_BYTES / 4)
    return;
  send_number (channel->link, EXEC_AGENT_WINDOW, channel->id, channel->to_grant);
  channel->to_grant = 0;
}

static void
channel_closed (ExecAgentLink *self, guint32 id, gint error_number)
{
  ExecAgentChannel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (id));
  if (channel == NULL)
    return;
  g_hash_table_steal (self->channels, GUINT_TO_POINTER (id));
  channel->events.closed (error_number, channel->user_data);
  channel_free (channel);
}

static void
channel_frame (ExecAgentChannel *channel, const ExecAgentFrame *frame)
{
  if (frame->type == EXEC_AGENT_DIALED)
    channel->events.opened (channel->user_data);
  else if (frame->type == EXEC_AGENT_EOF_OUT)
    channel->events.ended (channel->user_data);
  else if (frame->type == EXEC_AGENT_DATA_OUT)
    {
      channel->to_grant += (guint32) frame->length;
      channel_grant (channel);
      channel->events.received (frame->payload, frame->length, channel->user_data);
    }
  else if (frame->type == EXEC_AGENT_WINDOW_OUT && frame->length == 4)
    {
      guint32 room = EXEC_AGENT_WINDOW_BYTES - channel->credit;
      channel->credit += MIN (room, exec_agent_get32 (frame->payload));
      channel_flush (channel);
    }
}

/* ---- Frames ---- */

static void
take_result (ExecAgentLink *self, const ExecAgentFrame *frame)
{
  if (frame->length < 8 || self->events.probe_changed == NULL)
    return;
  ExecAgentProbeResult result
      = { .id = frame->id, .outcome = (ExecAgentOutcome) frame->payload[0],
          .http_status = exec_agent_get16 (frame->payload + 2),
          .error_number = (gint) exec_agent_get32 (frame->payload + 4) };
  self->events.probe_changed (&result, self->user_data);
}

static void
take_done (ExecAgentLink *self, const ExecAgentFrame *frame)
{
  gint number = frame->length >= 4 ? (gint) exec_agent_get32 (frame->payload) : -1;
  g_autoptr (GError) error = NULL;
  if (number != 0)
    {
      g_autofree char *text = g_strndup (frame->length > 4 ? (const char *) frame->payload + 4 : "",
                                         frame->length > 4 ? frame->length - 4 : 0);
      g_autofree char *clean = exec_text_clean (text, 256);
      error = g_error_new (EXEC_ERROR, EXEC_ERROR_REFUSED, "agent: %s", clean);
    }
  answer (self, frame->id, error);
}

static void
take_hello (ExecAgentLink *self, const ExecAgentFrame *frame)
{
  guint n_probes = frame->length >= EXEC_AGENT_NONCE_BYTES + 8
                       ? exec_agent_get32 (frame->payload + EXEC_AGENT_NONCE_BYTES + 4)
                       : 0;
  g_clear_handle_id (&self->hello_timer, g_source_remove);
  self->events.ready (n_probes, self->user_data);
}

static void
take_frame (const ExecAgentFrame *frame, gpointer user_data)
{
  ExecAgentLink *self = user_data;
  ExecAgentChannel *channel
      = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (frame->id));
  if (frame->type == EXEC_AGENT_HELLO_REPLY)
    take_hello (self, frame);
  else if (frame->type == EXEC_AGENT_PONG)
    answer (self, frame->id, NULL);
  else if (frame->type == EXEC_AGENT_DONE)
    take_done (self, frame);
  else if (frame->type == EXEC_AGENT_PROBE_RESULT)
    take_result (self, frame);
  else if (frame->type == EXEC_AGENT_CLOSED)
    channel_closed (self, frame->id,
                    frame->length >= 4 ? (gint) exec_agent_get32 (frame->payload) : 0);
  else if (channel != NULL)
    channel_frame (channel, frame);
}

static void
finish (ExecAgentLink *self, const GError *error)
{
  g_autoptr (GError) reason = NULL;
  if (self->closed)
    return;
  self->closed = TRUE;
  g_clear_handle_id (&self->hello_timer, g_source_remove);
  reason = error != NULL ? g_error_copy (error)
                         : g_error_new (EXEC_ERROR, EXEC_ERROR_BROKEN, "agent: connection closed");
  answer_all (self, reason);
  g_autoptr (GList) ids = g_hash_table_get_keys (self->channels);
  for (GList *at = ids; at != NULL; at = at->next)
    channel_closed (self, GPOINTER_TO_UINT (at->data), -1);
  self->events.closed (reason, self->user_data);
}

static gboolean
on_overflow (gpointer user_data)
{
  ExecAgentLink *self = user_data;
  g_autoptr (GError) error
      = g_error_new (EXEC_ERROR, EXEC_ERROR_TOO_LARGE, "agent: too much waits to be sent");
  self->overflow_id = 0;
  finish (self, error);
  return G_SOURCE_REMOVE;
}

static void
on_received (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  ExecAgentLink *self = user_data;
  if (stream != EXEC_STREAM_OUT || self->closed)
    return;
  if (!exec_agent_decoder_feed (&self->decoder, bytes, length, take_frame, self))
    {
      g_autoptr (GError) error
          = g_error_new (EXEC_ERROR, EXEC_ERROR_BAD_ANSWER, "agent: not a frame");
      finish (self, error);
    }
}

static void
on_closed (const GError *error, gpointer user_data)
{
  finish (user_data, error);
}

static gboolean
on_no_hello (gpointer user_data)
{
  ExecAgentLink *self = user_data;
  self->hello_timer = 0;
  g_autoptr (GError) error
      = g_error_new (EXEC_ERROR, EXEC_ERROR_TIMEOUT, "agent: does not answer");
  finish (self, error);
  return G_SOURCE_REMOVE;
}

ExecAgentLink *
exec_agent_link_new (ExecDocker *docker, const char *container,
                     const ExecAgentLinkEvents *events, gpointer user_data)
{
  static const ExecHijackEvents pipe_events = { .received = on_received, .closed = on_closed };
  ExecAgentLink *self = g_new0 (ExecAgentLink, 1);
  g_autoptr (GByteArray) opening = g_byte_array_new ();
  self->events = *events;
  self->user_data = user_data;
  self->waiting = g_hash_table_new_full (NULL, NULL, NULL, waiting_free);
  self->channels = g_hash_table_new_full (NULL, NULL, NULL, channel_free);
  exec_agent_decoder_init (&self->decoder, opening);
  self->pipe = exec_docker_container_attach (docker, container, EXEC_HIJACK_MULTIPLEXED,
                                             &pipe_events, self);
  exec_hijack_write (self->pipe, opening->data, opening->len);
  self->hello_timer = g_timeout_add (EXEC_AGENT_ANSWER_MS, on_no_hello, self);
  return self;
}

void
exec_agent_link_free (ExecAgentLink *self)
{
  if (self == NULL)
    return;
  g_autoptr (GError) error
      = g_error_new (EXEC_ERROR, EXEC_ERROR_CANCELLED, "agent: connection given up");
  self->closed = TRUE;
  g_clear_handle_id (&self->hello_timer, g_source_remove);
  g_clear_handle_id (&self->overflow_id, g_source_remove);
  exec_hijack_free (self->pipe);
  answer_all (self, error);
  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->channels);
  exec_agent_decoder_clear (&self->decoder);
  g_free (self);
}

/* ---- Requests ---- */

static guint32
next_id (ExecAgentLink *self)
{
  /* Probes are numbered by the caller, from below; requests and channels from above. */
  self->last_id = (self->last_id + 1) & 0x7fffffff;
  return 0x80000000 | self->last_id;
}

void
exec_agent_link_ping (ExecAgentLink *self, ExecAgentDone done, gpointer user_data)
{
  guint32 id = next_id (self);
  wait_for_answer (self, id, done, user_data);
  send_frame (self, EXEC_AGENT_PING, id, NULL, 0);
}

void
exec_agent_link_probe_add (ExecAgentLink *self, const ExecAgentProbe *probe, ExecAgentDone done,
                           gpointer user_data)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint8 fields[EXEC_AGENT_PROBE_BYTES] = { (guint8) probe->kind };
  exec_agent_put32 (fields + 4, probe->initial_delay_ms);
  exec_agent_put32 (fields + 8, probe->period_ms);
  exec_agent_put32 (fields + 12, probe->timeout_ms);
  /* An address that is none stays family 0, which the agent refuses by an answer. */
  exec_agent_address_write (probe->address, probe->port, fields + 16);
  g_byte_array_append (payload, fields, sizeof fields);
  if (probe->http_request != NULL)
    {
      gsize length = MIN (strlen (probe->http_request), EXEC_AGENT_MAX_REQUEST_BYTES + 1);
      g_byte_array_append (payload, (const guint8 *) probe->http_request, (guint) length);
    }
  wait_for_answer (self, probe->id, done, user_data);
  send_frame (self, EXEC_AGENT_PROBE_ADD, probe->id, payload->data, payload->len);
}

void
exec_agent_link_probe_remove (ExecAgentLink *self, guint32 id)
{
  send_frame (self, EXEC_AGENT_PROBE_REMOVE, id, NULL, 0);
}

void
exec_agent_link_probe_report (ExecAgentLink *self)
{
  send_frame (self, EXEC_AGENT_PROBE_REPORT, 0, NULL, 0);
}

static void
send_mode_and_path (ExecAgentLink *self, ExecAgentType type, guint32 id, guint mode,
                    const char *path)
{
  guint8 payload[4 + 1024];
  gsize length = MIN (strlen (path), sizeof payload - 4);
  exec_agent_put32 (payload, mode);
  memcpy (payload + 4, path, length);
  send_frame (self, type, id, payload, 4 + length);
}

void
exec_agent_link_write_files (ExecAgentLink *self, const char *folder, GArray *files,
                             ExecAgentDone done, gpointer user_data)
{
  guint32 id = next_id (self);
  send_mode_and_path (self, EXEC_AGENT_WRITE_BEGIN, id, 0, folder);
  for (guint i = 0; i < files->len; i++)
    {
      const ExecAgentFile *file = &g_array_index (files, ExecAgentFile, i);
      gsize length;
      const guint8 *bytes = g_bytes_get_data (file->content, &length);
      send_mode_and_path (self, EXEC_AGENT_WRITE_FILE, id, file->mode, file->path);
      for (gsize at = 0; at < length; at += EXEC_AGENT_MAX_IN_BYTES)
        send_frame (self, EXEC_AGENT_WRITE_DATA, id, bytes + at,
                    MIN (length - at, EXEC_AGENT_MAX_IN_BYTES));
    }
  wait_for_answer (self, id, done, user_data);
  send_frame (self, EXEC_AGENT_WRITE_COMMIT, id, NULL, 0);
}

void
exec_agent_link_set_mode (ExecAgentLink *self, const char *folder, guint mode, ExecAgentDone done,
                          gpointer user_data)
{
  guint32 id = next_id (self);
  wait_for_answer (self, id, done, user_data);
  send_mode_and_path (self, EXEC_AGENT_FOLDER, id, mode, folder);
}

ExecAgentChannel *
exec_agent_link_dial (ExecAgentLink *self, const char *address, guint16 port,
                      const ExecAgentChannelEvents *events, gpointer user_data)
{
  guint8 payload[EXEC_AGENT_ADDRESS_BYTES];
  if (self->closed || g_hash_table_size (self->channels) >= EXEC_AGENT_MAX_CHANNELS
      || !exec_agent_address_write (address, port, payload))
    return NULL;
  ExecAgentChannel *channel = g_new0 (ExecAgentChannel, 1);
  channel->link = self;
  channel->id = next_id (self);
  channel->events = *events;
  channel->user_data = user_data;
  channel->queue = g_byte_array_new ();
  channel->credit = EXEC_AGENT_WINDOW_BYTES;
  g_hash_table_replace (self->channels, GUINT_TO_POINTER (channel->id), channel);
  send_frame (self, EXEC_AGENT_DIAL, channel->id, payload, sizeof payload);
  return channel;
}

void
exec_agent_channel_write (ExecAgentChannel *self, const guint8 *bytes, gsize length)
{
  if (self->ending)
    return;
  g_byte_array_append (self->queue, bytes, (guint) length);
  channel_flush (self);
}

gsize
exec_agent_channel_queued_bytes (const ExecAgentChannel *self)
{
  return self->queue->len;
}

void
exec_agent_channel_end (ExecAgentChannel *self)
{
  self->ending = TRUE;
  channel_flush (self);
}

void
exec_agent_channel_close (ExecAgentChannel *self)
{
  send_frame (self->link, EXEC_AGENT_CLOSE, self->id, NULL, 0);
}

void
exec_agent_channel_pause (ExecAgentChannel *self)
{
  self->paused = TRUE;
}

void
exec_agent_channel_resume (ExecAgentChannel *self)
{
  self->paused = FALSE;
  channel_grant (self);
}
