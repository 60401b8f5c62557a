/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths, queries and time-outs of the container calls. Names and ids are escaped as path
 * segments, so no text from a manifest can reach another endpoint.
 */

#include "exec/docker_container.h"

#include "exec/error.h"

#include <string.h>

/* Beyond the grace period the engine needs time to kill and to write its state. */
#define STOP_MARGIN_MS 30000

static char *
container_path (const char *id, const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  return g_strconcat ("/containers/", escaped, rest, NULL);
}

static char *
exec_path (const char *id, const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  return g_strconcat ("/exec/", escaped, rest, NULL);
}

/* (transfer full): {"KEY":["VALUE"]}, escaped for a query. */
char *
exec_docker_compute_filter (const char *key, const char *value)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonArray *values = json_array_new ();
  JsonObject *object = json_object_new ();
  json_array_add_string_element (values, value);
  json_object_set_array_member (object, key, values);
  json_node_take_object (node, object);
  g_autofree char *text = json_to_string (node, FALSE);
  return g_uri_escape_string (text, NULL, FALSE);
}

/* ---- A failure that comes back as every other: from the main loop ---- */

typedef struct
{
  GError *error;
  ExecDockerDone done;
  gpointer user_data;
} Refusal;

static gboolean
on_refuse (gpointer user_data)
{
  Refusal *refusal = user_data;
  refusal->done (NULL, refusal->error, refusal->user_data);
  return G_SOURCE_REMOVE;
}

static void
refusal_free (gpointer user_data)
{
  Refusal *refusal = user_data;
  g_error_free (refusal->error);
  g_free (refusal);
}

static void
refuse_later (GError *error, ExecDockerDone done, gpointer user_data)
{
  Refusal *refusal = g_new0 (Refusal, 1);
  refusal->error = error;
  refusal->done = done;
  refusal->user_data = user_data;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_refuse, refusal, refusal_free);
}

/* ---- Life ---- */

void
exec_docker_container_create (ExecDocker *docker, const char *name, const ExecContainerSpec *spec,
                              ExecDockerDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) json = exec_container_spec_compute_json (spec, &error);
  if (json != NULL && !exec_docker_name_is_valid (name))
    {
      g_clear_pointer (&json, json_node_unref);
      error = g_error_new (EXEC_ERROR, EXEC_ERROR_INVALID, "container: name: %s is not allowed",
                           name);
    }
  if (json == NULL)
    {
      refuse_later (g_steal_pointer (&error), done, user_data);
      return;
    }
  g_autofree char *path = g_strconcat ("/containers/create?name=", name, NULL);
  exec_docker_post (docker, path, json, done, user_data);
}

void
exec_docker_container_start (ExecDocker *docker, const char *id, ExecDockerDone done,
                             gpointer user_data)
{
  g_autofree char *path = container_path (id, "/start");
  exec_docker_post (docker, path, NULL, done, user_data);
}

void
exec_docker_container_stop (ExecDocker *docker, const char *id, guint grace_seconds,
                            ExecDockerDone done, gpointer user_data)
{
  g_autofree char *rest = g_strdup_printf ("/stop?t=%u", grace_seconds);
  g_autofree char *path = container_path (id, rest);
  guint64 timeout_ms = (guint64) grace_seconds * 1000 + STOP_MARGIN_MS;
  ExecDockerRequest request = { .method = "POST", .path = path };
  request.timeout_ms = (guint) MIN (timeout_ms, G_MAXINT);
  exec_docker_send (docker, &request, done, user_data);
}

void
exec_docker_container_kill (ExecDocker *docker, const char *id, const char *signal,
                            ExecDockerDone done, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (signal, NULL, FALSE);
  g_autofree char *rest = g_strconcat ("/kill?signal=", escaped, NULL);
  g_autofree char *path = container_path (id, rest);
  exec_docker_post (docker, path, NULL, done, user_data);
}

typedef struct
{
  ExecDockerDone done;
  gpointer user_data;
} Removal;

/* Gone, or being removed by an earlier call of ours: what was asked for. */
static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  g_autofree Removal *removal = user_data;
  ExecDockerReply gone = { .status = 404 };
  if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    removal->done (&gone, NULL, removal->user_data);
  else
    removal->done (reply, error, removal->user_data);
}

void
exec_docker_container_remove (ExecDocker *docker, const char *id, ExecDockerDone done,
                              gpointer user_data)
{
  g_autofree char *path = container_path (id, "?force=1&v=1");
  Removal *removal = g_new0 (Removal, 1);
  removal->done = done;
  removal->user_data = user_data;
  exec_docker_delete (docker, path, on_removed, removal);
}

void
exec_docker_container_inspect (ExecDocker *docker, const char *id, ExecDockerDone done,
                               gpointer user_data)
{
  g_autofree char *path = container_path (id, "/json");
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_container_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                            gpointer user_data)
{
  g_autofree char *filter = exec_docker_compute_filter ("label", label);
  g_autofree char *path = g_strconcat ("/containers/json?all=1&filters=", filter, NULL);
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_container_rename (ExecDocker *docker, const char *id, const char *name,
                              ExecDockerDone done, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *rest = g_strconcat ("/rename?name=", escaped, NULL);
  g_autofree char *path = container_path (id, rest);
  exec_docker_post (docker, path, NULL, done, user_data);
}

void
exec_docker_container_update (ExecDocker *docker, const char *id, JsonNode *limits,
                              ExecDockerDone done, gpointer user_data)
{
  g_autofree char *path = container_path (id, "/update");
  exec_docker_post (docker, path, limits, done, user_data);
}

void
exec_docker_container_wait (ExecDocker *docker, const char *id, GCancellable *cancellable,
                            ExecDockerDone done, gpointer user_data)
{
  g_autofree char *path = container_path (id, "/wait?condition=not-running");
  ExecDockerRequest request = { .method = "POST", .path = path, .cancellable = cancellable,
                                .expect = EXEC_DOCKER_BODY_JSON,
                                .timeout_ms = EXEC_DOCKER_NO_TIMEOUT };
  exec_docker_send (docker, &request, done, user_data);
}

void
exec_docker_container_stats (ExecDocker *docker, const char *id, ExecDockerDone done,
                             gpointer user_data)
{
  g_autofree char *path = container_path (id, "/stats?stream=false&one-shot=true");
  exec_docker_get (docker, path, done, user_data);
}

/* ---- Files ---- */

void
exec_docker_container_put_archive (ExecDocker *docker, const char *id, const char *folder,
                                   GBytes *archive, ExecDockerDone done, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (folder, NULL, FALSE);
  g_autofree char *rest
      = g_strconcat ("/archive?noOverwriteDirNonDir=1&path=", escaped, NULL);
  g_autofree char *path = container_path (id, rest);
  ExecDockerRequest request = { .method = "PUT", .path = path, .body = archive,
                                .content_type = "application/x-tar" };
  exec_docker_send (docker, &request, done, user_data);
}

void
exec_docker_container_get_archive (ExecDocker *docker, const char *id, const char *path_inside,
                                   ExecDockerDone done, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (path_inside, NULL, FALSE);
  g_autofree char *rest = g_strconcat ("/archive?path=", escaped, NULL);
  g_autofree char *path = container_path (id, rest);
  ExecDockerRequest request = { .method = "GET", .path = path,
                                .expect = EXEC_DOCKER_BODY_RAW };
  exec_docker_send (docker, &request, done, user_data);
}

/* ---- Streams ---- */

ExecDockerStream *
exec_docker_container_logs (ExecDocker *docker, const char *id, const ExecLogsQuery *query,
                            const ExecDockerStreamEvents *events, gpointer user_data)
{
  g_autoptr (GString) rest = g_string_new ("/logs?stdout=1&stderr=1");
  g_string_append_printf (rest, "&follow=%d&timestamps=%d", query->follow ? 1 : 0,
                          query->timestamps ? 1 : 0);
  if (query->tail >= 0)
    g_string_append_printf (rest, "&tail=%" G_GINT64_FORMAT, query->tail);
  if (query->since_seconds > 0)
    g_string_append_printf (rest, "&since=%" G_GINT64_FORMAT, query->since_seconds);
  g_autofree char *path = container_path (id, rest->str);
  return exec_docker_stream_new (docker, path, events, user_data);
}

ExecHijack *
exec_docker_container_attach (ExecDocker *docker, const char *id, ExecHijackFraming framing,
                              const ExecHijackEvents *events, gpointer user_data)
{
  g_autofree char *path = container_path (id, "/attach?stream=1&stdin=1&stdout=1&stderr=1");
  return exec_hijack_new (docker, path, NULL, framing, events, user_data);
}

/* ---- Exec ---- */

static void
set_strings (JsonObject *object, const char *member, const char *const *values)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    json_array_add_string_element (array, values[i]);
  json_object_set_array_member (object, member, array);
}

void
exec_docker_exec_create (ExecDocker *docker, const char *container, const ExecExecSpec *spec,
                         ExecDockerDone done, gpointer user_data)
{
  g_autofree char *path = container_path (container, "/exec");
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  json_object_set_boolean_member (object, "AttachStdin", spec->stdin_open);
  json_object_set_boolean_member (object, "AttachStdout", TRUE);
  json_object_set_boolean_member (object, "AttachStderr", TRUE);
  json_object_set_boolean_member (object, "Tty", spec->tty);
  set_strings (object, "Cmd", spec->command);
  set_strings (object, "Env", spec->env);
  if (spec->user != NULL)
    json_object_set_string_member (object, "User", spec->user);
  if (spec->working_dir != NULL)
    json_object_set_string_member (object, "WorkingDir", spec->working_dir);
  json_node_take_object (node, object);
  exec_docker_post (docker, path, node, done, user_data);
}

ExecHijack *
exec_docker_exec_start (ExecDocker *docker, const char *exec_id, ExecHijackFraming framing,
                        const ExecHijackEvents *events, gpointer user_data)
{
  g_autofree char *path = exec_path (exec_id, "/start");
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  json_object_set_boolean_member (object, "Detach", FALSE);
  json_object_set_boolean_member (object, "Tty", framing == EXEC_HIJACK_RAW);
  json_node_take_object (node, object);
  return exec_hijack_new (docker, path, node, framing, events, user_data);
}

void
exec_docker_exec_inspect (ExecDocker *docker, const char *exec_id, ExecDockerDone done,
                          gpointer user_data)
{
  g_autofree char *path = exec_path (exec_id, "/json");
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_exec_resize (ExecDocker *docker, const char *exec_id, guint width, guint height,
                         ExecDockerDone done, gpointer user_data)
{
  g_autofree char *rest = g_strdup_printf ("/resize?h=%u&w=%u", height, width);
  g_autofree char *path = exec_path (exec_id, rest);
  exec_docker_post (docker, path, NULL, done, user_data);
}
