/* SPDX-License-Identifier: Apache-2.0
 *
 * connecting -> open (stream) -> lost -> waiting -> connecting. On open: list. Waiting time doubles
 * from 100 ms to 5 s. A line is one JSON object, bounded; a line that is none is skipped, since
 * the next list tells the truth anyway. Duplicates (an engine replays its ring on reconnect) are
 * known by (time, container, action) of the last 64.
 */

#include "exec/events.h"

#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/docker_stream.h"
#include "exec/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LINE_BYTES (1024 * 1024)
#define FIRST_RETRY_MS 100
#define LAST_RETRY_MS 5000
#define N_REMEMBERED 64

struct _ExecEvents
{
  ExecDocker *docker;
  char *label;
  ExecEventsHandler handler;
  gpointer user_data;
  GCancellable *cancellable;
  ExecDockerStream *stream;
  GString *line;
  guint retry_id, retry_ms;
  gboolean listing, list_again, is_lost;
  guint remembered[N_REMEMBERED];
  guint n_remembered;
};

static void connect_stream (ExecEvents *self);

static ExecEventType
type_of_action (const char *action)
{
  static const struct
  {
    const char *action;
    ExecEventType type;
  } actions[] = { { "start", EXEC_EVENT_START }, { "oom", EXEC_EVENT_OOM },
                  { "die", EXEC_EVENT_DIE }, { "destroy", EXEC_EVENT_DESTROY } };
  for (guint i = 0; action != NULL && i < G_N_ELEMENTS (actions); i++)
    if (strcmp (actions[i].action, action) == 0)
      return actions[i].type;
  return EXEC_EVENT_NONE;
}

static gboolean
is_known (ExecEvents *self, const ExecEvent *event)
{
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT " %s %d", event->time_ns,
                                          event->container_id, event->type);
  guint hash = g_str_hash (key);
  for (guint i = 0; i < MIN (self->n_remembered, N_REMEMBERED); i++)
    if (self->remembered[i] == hash)
      return TRUE;
  self->remembered[self->n_remembered++ % N_REMEMBERED] = hash;
  return FALSE;
}

static void
take_line (ExecEvents *self)
{
  g_autoptr (JsonNode) node = exec_json_parse (self->line->str, self->line->len, NULL);
  JsonObject *root = exec_json_root_object (node);
  JsonObject *actor = exec_json_object (root, "Actor");
  JsonObject *attributes = exec_json_object (actor, "Attributes");
  const char *exit_code = exec_json_string (attributes, "exitCode");
  ExecEvent event = { .type = type_of_action (exec_json_string (root, "Action")),
                      .container_id = exec_json_string (actor, "ID"),
                      .container_name = exec_json_string (attributes, "name"),
                      .exit_code = exit_code != NULL ? atoi (exit_code) : -1,
                      .time_ns = exec_json_int (root, "timeNano", 0) };
  if (event.type == EXEC_EVENT_NONE || event.container_id == NULL || is_known (self, &event))
    return;
  g_autoptr (GHashTable) map = exec_json_string_map (attributes);
  event.attributes = map;
  self->handler.happened (&event, self->user_data);
}

gboolean
exec_events_feed (ExecEvents *self, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != '\n')
        {
          if (self->line->len == MAX_LINE_BYTES)
            return FALSE;
          g_string_append_c (self->line, (char) bytes[i]);
          continue;
        }
      if (self->line->len > 0)
        take_line (self);
      g_string_truncate (self->line, 0);
    }
  return TRUE;
}

static gboolean
on_retry (gpointer user_data)
{
  ExecEvents *self = user_data;
  self->retry_id = 0;
  connect_stream (self);
  return G_SOURCE_REMOVE;
}

static void
lose (ExecEvents *self, const GError *error)
{
  g_clear_pointer (&self->stream, exec_docker_stream_free);
  g_string_truncate (self->line, 0);
  if (self->retry_id != 0)
    return;
  self->retry_id = g_timeout_add (self->retry_ms, on_retry, self);
  self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);
  if (!self->is_lost)
    {
      self->is_lost = TRUE;
      self->handler.lost (error, self->user_data);
    }
}

static void
on_listed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CANCELLED))
    return;
  ExecEvents *self = user_data;
  self->listing = FALSE;
  JsonArray *containers = reply != NULL ? exec_json_root_array (reply->json) : NULL;
  if (containers == NULL)
    {
      g_autoptr (GError) strange = g_error_new (EXEC_ERROR, EXEC_ERROR_BAD_ANSWER,
                                                "docker: GET /containers/json: expected a list");
      lose (self, error != NULL ? error : strange);
      return;
    }
  self->handler.listed (containers, self->user_data);
  if (self->list_again)
    {
      self->list_again = FALSE;
      exec_events_relist (self);
    }
}

void
exec_events_relist (ExecEvents *self)
{
  if (self->listing)
    {
      self->list_again = TRUE;
      return;
    }
  self->listing = TRUE;
  g_autofree char *filter = exec_docker_compute_filter ("label", self->label);
  g_autofree char *path = g_strconcat ("/containers/json?all=1&filters=", filter, NULL);
  ExecDockerRequest request = { .method = "GET", .path = path, .expect = EXEC_DOCKER_BODY_JSON,
                                .cancellable = self->cancellable };
  exec_docker_send (self->docker, &request, on_listed, self);
}

/* The list is asked for after the stream stands: nothing falls between them. */
static void
on_opened (gpointer user_data)
{
  ExecEvents *self = user_data;
  self->retry_ms = FIRST_RETRY_MS;
  self->is_lost = FALSE;
  exec_events_relist (self);
}

static void
on_received (GBytes *piece, gpointer user_data)
{
  ExecEvents *self = user_data;
  gsize length;
  const guint8 *bytes = g_bytes_get_data (piece, &length);
  if (!exec_events_feed (self, bytes, length))
    {
      g_autoptr (GError) error = g_error_new (EXEC_ERROR, EXEC_ERROR_TOO_LARGE,
                                              "docker: event of more than %d bytes",
                                              MAX_LINE_BYTES);
      lose (self, error);
    }
}

static void
on_ended (const GError *error, gpointer user_data)
{
  g_autoptr (GError) ended
      = g_error_new (EXEC_ERROR, EXEC_ERROR_BROKEN, "docker: end of the event stream");
  lose (user_data, error != NULL ? error : ended);
}

static char *
events_path (ExecEvents *self)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *filters = json_object_new ();
  JsonArray *types = json_array_new ();
  JsonArray *labels = json_array_new ();
  JsonArray *actions = json_array_new ();
  static const char *const names[] = { "start", "oom", "die", "destroy" };
  json_array_add_string_element (types, "container");
  json_array_add_string_element (labels, self->label);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    json_array_add_string_element (actions, names[i]);
  json_object_set_array_member (filters, "type", types);
  json_object_set_array_member (filters, "label", labels);
  json_object_set_array_member (filters, "event", actions);
  json_node_take_object (node, filters);
  g_autofree char *text = exec_json_print (node);
  g_autofree char *escaped = g_uri_escape_string (text, NULL, FALSE);
  return g_strconcat ("/events?filters=", escaped, NULL);
}

static void
connect_stream (ExecEvents *self)
{
  static const ExecDockerStreamEvents stream_events
      = { .opened = on_opened, .received = on_received, .ended = on_ended };
  g_autofree char *path = events_path (self);
  self->stream = exec_docker_stream_new (self->docker, path, &stream_events, self);
}

ExecEvents *
exec_events_new (ExecDocker *docker, const char *instance_label, const ExecEventsHandler *handler,
                 gpointer user_data)
{
  ExecEvents *self = g_new0 (ExecEvents, 1);
  self->docker = docker;
  self->label = g_strdup (instance_label);
  self->handler = *handler;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->line = g_string_new (NULL);
  self->retry_ms = FIRST_RETRY_MS;
  if (docker != NULL)
    connect_stream (self);
  return self;
}

void
exec_events_free (ExecEvents *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->stream, exec_docker_stream_free);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_string_free (self->line, TRUE);
  g_free (self->label);
  g_free (self);
}
