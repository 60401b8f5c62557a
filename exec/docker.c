/* SPDX-License-Identifier: Apache-2.0
 *
 * One call = one Call value: sent by libsoup, body read in pieces up to the limit, two timers
 * (whole call, silence), then exactly one callback. Freeing the client cancels what is under way;
 * those callbacks still come, with EXEC_ERROR_CANCELLED.
 * Version: GET /_ping without a version carries Api-Version; min (ours, theirs) is used, and
 * an engine below ours is refused by name. Paths are unversioned until then.
 */

#include "exec/docker.h"

#include "exec/docker_json.h"
#include "exec/error.h"

#include <libsoup/soup.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (64 * 1024)
#define MAX_CONNECTIONS 256
#define MESSAGE_BYTES 2000

struct _ExecDocker
{
  char *socket_path;
  SoupSession *session;
  GCancellable *all; /* cancelled when the client goes */
  guint api_minor;   /* 0: not settled */
};

typedef struct
{
  ExecDockerBody expect;
  char *what; /* "POST /containers/x/start", for messages */
  char *socket_path;
  GCancellable *all;
  GCancellable *outer;
  GCancellable *cancellable;
  gulong all_id, outer_id;
  guint timeout_id, idle_id, idle_timeout_ms;
  gboolean timed_out;
  SoupMessage *message;
  GInputStream *stream;
  GByteArray *body;
  ExecDockerDone done;
  gpointer user_data;
} Call;

static void
call_free (Call *call)
{
  if (call->all_id != 0)
    g_cancellable_disconnect (call->all, call->all_id);
  if (call->outer_id != 0)
    g_cancellable_disconnect (call->outer, call->outer_id);
  g_clear_handle_id (&call->timeout_id, g_source_remove);
  g_clear_handle_id (&call->idle_id, g_source_remove);
  g_clear_object (&call->all);
  g_clear_object (&call->outer);
  g_clear_object (&call->cancellable);
  g_clear_object (&call->message);
  g_clear_object (&call->stream);
  g_clear_pointer (&call->body, g_byte_array_unref);
  g_free (call->what);
  g_free (call->socket_path);
  g_free (call);
}

static void
call_fail (Call *call, const GError *transport_error)
{
  g_autoptr (GError) error = NULL;
  if (call->timed_out)
    error = g_error_new (EXEC_ERROR, EXEC_ERROR_TIMEOUT, "docker: %s: no answer in time",
                         call->what);
  else if (transport_error->domain == EXEC_ERROR)
    error = g_error_copy (transport_error);
  else
    error = exec_docker_explain (call->socket_path, transport_error);
  call->done (NULL, error, call->user_data);
  call_free (call);
}

/* Builds the reply from the collected body and hands it over. */
static void
call_finish (Call *call)
{
  guint status = soup_message_get_status (call->message);
  g_autoptr (GBytes) body = g_byte_array_free_to_bytes (g_steal_pointer (&call->body));
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) json = NULL;

  if (status >= 400)
    error = exec_docker_status_error (call->what, status, body);
  else if (call->expect == EXEC_DOCKER_BODY_JSON && status != 304)
    {
      gsize length;
      const char *text = g_bytes_get_data (body, &length);
      json = exec_json_parse (text, length, &error);
      g_prefix_error (&error, "docker: %s: ", call->what);
    }

  ExecDockerReply reply = { .status = status, .json = json, .body = body };
  call->done (error == NULL ? &reply : NULL, error, call->user_data);
  call_free (call);
}

static gboolean
on_timeout (gpointer user_data)
{
  Call *call = user_data;
  call->timed_out = TRUE;
  call->timeout_id = 0;
  g_cancellable_cancel (call->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_idle_timeout (gpointer user_data)
{
  Call *call = user_data;
  call->timed_out = TRUE;
  call->idle_id = 0;
  g_cancellable_cancel (call->cancellable);
  return G_SOURCE_REMOVE;
}

static void
call_restart_idle_timer (Call *call)
{
  g_clear_handle_id (&call->idle_id, g_source_remove);
  if (call->idle_timeout_ms != 0)
    call->idle_id = g_timeout_add (call->idle_timeout_ms, on_idle_timeout, call);
}

static void
on_piece (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (piece == NULL)
    {
      call_fail (call, error);
      return;
    }
  /* Who cancelled never hears of success: what user_data points to may be gone. */
  if (g_cancellable_set_error_if_cancelled (call->cancellable, &error))
    {
      call_fail (call, error);
      return;
    }
  gsize length;
  const guint8 *bytes = g_bytes_get_data (piece, &length);
  if (length == 0)
    {
      call_finish (call);
      return;
    }
  if (call->body->len + length > EXEC_DOCKER_MAX_BODY_BYTES)
    {
      g_set_error (&error, EXEC_ERROR, EXEC_ERROR_TOO_LARGE,
                   "docker: %s: answer of more than %d bytes", call->what,
                   EXEC_DOCKER_MAX_BODY_BYTES);
      call_fail (call, error);
      return;
    }
  g_byte_array_append (call->body, bytes, (guint) length);
  call_restart_idle_timer (call);
  g_input_stream_read_bytes_async (call->stream, PIECE_BYTES, G_PRIORITY_DEFAULT,
                                   call->cancellable, on_piece, call);
}

static void
on_headers (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  call->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (call->stream == NULL)
    {
      call_fail (call, error);
      return;
    }
  call_restart_idle_timer (call);
  g_input_stream_read_bytes_async (call->stream, PIECE_BYTES, G_PRIORITY_DEFAULT,
                                   call->cancellable, on_piece, call);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer inner)
{
  (void) outer;
  g_cancellable_cancel (inner);
}

static void
call_set_content (Call *call, const ExecDockerRequest *request)
{
  if (request->json != NULL)
    {
      char *text = exec_json_print (request->json);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
      soup_message_set_request_body_from_bytes (call->message, "application/json", bytes);
    }
  else if (request->body != NULL)
    soup_message_set_request_body_from_bytes (call->message, request->content_type,
                                              request->body);
  if (request->registry_auth != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (call->message),
                                  "X-Registry-Auth", request->registry_auth);
  soup_message_add_flags (call->message, SOUP_MESSAGE_NO_REDIRECT);
}

/**
 * exec_docker_send:
 * @request: what to send; nothing of it is kept
 * @done: called once, from the main loop
 *
 * Errors: see #ExecErrorCode; after TIMEOUT, CANCELLED and BROKEN the outcome is unknown, and
 * is found by looking at the object's name.
 */
void
exec_docker_send (ExecDocker *self, const ExecDockerRequest *request, ExecDockerDone done,
                  gpointer user_data)
{
  g_autofree char *path = exec_docker_versioned_path (self, request->path);
  g_autofree char *uri = g_strconcat ("http://docker", path, NULL);
  Call *call = g_new0 (Call, 1);
  call->expect = request->expect;
  call->what = g_strdup_printf ("%s %s", request->method, request->path);
  call->socket_path = g_strdup (self->socket_path);
  call->all = g_object_ref (self->all);
  call->cancellable = g_cancellable_new ();
  call->all_id = g_cancellable_connect (call->all, G_CALLBACK (on_outer_cancelled),
                                        call->cancellable, NULL);
  if (request->cancellable != NULL)
    {
      call->outer = g_object_ref (request->cancellable);
      call->outer_id = g_cancellable_connect (call->outer, G_CALLBACK (on_outer_cancelled),
                                              call->cancellable, NULL);
    }
  call->body = g_byte_array_new ();
  call->done = done;
  call->user_data = user_data;
  call->idle_timeout_ms = request->idle_timeout_ms;
  call->message = soup_message_new (request->method, uri);
  g_assert (call->message != NULL);
  call_set_content (call, request);

  guint timeout_ms = request->timeout_ms != 0 ? request->timeout_ms : EXEC_DOCKER_TIMEOUT_MS;
  if (timeout_ms != EXEC_DOCKER_NO_TIMEOUT)
    call->timeout_id = g_timeout_add (timeout_ms, on_timeout, call);
  call_restart_idle_timer (call);
  soup_session_send_async (self->session, call->message, G_PRIORITY_DEFAULT, call->cancellable,
                           on_headers, call);
}

void
exec_docker_get (ExecDocker *self, const char *path, ExecDockerDone done, gpointer user_data)
{
  ExecDockerRequest request = { .method = "GET", .path = path, .expect = EXEC_DOCKER_BODY_JSON };
  exec_docker_send (self, &request, done, user_data);
}

/* With a body the answer is JSON; without one it has none. */
void
exec_docker_post (ExecDocker *self, const char *path, JsonNode *json, ExecDockerDone done,
                  gpointer user_data)
{
  ExecDockerRequest request = { .method = "POST", .path = path, .json = json };
  request.expect = json != NULL ? EXEC_DOCKER_BODY_JSON : EXEC_DOCKER_BODY_NONE;
  exec_docker_send (self, &request, done, user_data);
}

void
exec_docker_delete (ExecDocker *self, const char *path, ExecDockerDone done, gpointer user_data)
{
  ExecDockerRequest request = { .method = "DELETE", .path = path };
  exec_docker_send (self, &request, done, user_data);
}

void
exec_docker_ping (ExecDocker *self, ExecDockerDone done, gpointer user_data)
{
  ExecDockerRequest request = { .method = "GET", .path = "/_ping", .timeout_ms = 10000 };
  exec_docker_send (self, &request, done, user_data);
}

void
exec_docker_get_info (ExecDocker *self, ExecDockerDone done, gpointer user_data)
{
  exec_docker_get (self, "/info", done, user_data);
}

void
exec_docker_get_version (ExecDocker *self, ExecDockerDone done, gpointer user_data)
{
  exec_docker_get (self, "/version", done, user_data);
}

/* ---- Version ---- */

typedef struct
{
  ExecDocker *self;
  ExecDockerDone done;
  gpointer user_data;
} Connect;

/* "1.41" as 41; 0 if it is no version of the first major. */
static guint
parse_minor (const char *text)
{
  if (text == NULL || !g_str_has_prefix (text, "1."))
    return 0;
  guint64 minor;
  if (!g_ascii_string_to_unsigned (text + 2, 10, 1, 9999, &minor, NULL))
    return 0;
  return (guint) minor;
}

/* The engine lets us in, and something in it (an authorization plugin) says no. (transfer full) */
static GError *
explain_refusal (const ExecDocker *self, const GError *error)
{
  if (!g_error_matches (error, EXEC_ERROR, EXEC_ERROR_DOCKER_FORBIDDEN)
      || !g_str_has_prefix (error->message, "docker: "))
    return g_error_copy (error);
  return g_error_new (EXEC_ERROR, EXEC_ERROR_DOCKER_FORBIDDEN,
                      "no permission to use the Docker Engine at %s: it answers %s",
                      self->socket_path, error->message + strlen ("docker: "));
}

static void
on_version (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  g_autofree Connect *connect = user_data;
  g_autoptr (GError) problem = NULL;
  if (error == NULL)
    {
      JsonObject *version = exec_json_root_object (reply->json);
      guint theirs = parse_minor (exec_json_string (version, "ApiVersion"));
      guint least = parse_minor (exec_json_string (version, "MinAPIVersion"));
      if (theirs < EXEC_DOCKER_API_MIN || least > EXEC_DOCKER_API_MAX)
        problem = g_error_new (EXEC_ERROR, EXEC_ERROR_DOCKER_VERSION,
                               "Docker Engine at %s speaks API 1.%u to 1.%u, expected one of "
                               "1.%d to 1.%d",
                               connect->self->socket_path, least, theirs, EXEC_DOCKER_API_MIN,
                               EXEC_DOCKER_API_MAX);
      else
        connect->self->api_minor = MIN (theirs, EXEC_DOCKER_API_MAX);
    }
  else
    problem = explain_refusal (connect->self, error);
  connect->done (problem == NULL ? reply : NULL, problem, connect->user_data);
}

/**
 * exec_docker_connect:
 * @done: gets the engine's /version
 *
 * Asks the engine, without a version in the path, which API versions it has; sets the highest
 * one in common. Errors: DOCKER_ABSENT, DOCKER_FORBIDDEN, DOCKER_VERSION.
 */
void
exec_docker_connect (ExecDocker *self, ExecDockerDone done, gpointer user_data)
{
  Connect *connect = g_new0 (Connect, 1);
  connect->self = self;
  connect->done = done;
  connect->user_data = user_data;
  self->api_minor = 0;
  ExecDockerRequest request = { .method = "GET", .path = "/version", .timeout_ms = 10000,
                                .expect = EXEC_DOCKER_BODY_JSON };
  exec_docker_send (self, &request, on_version, connect);
}

/* ---- Errors ---- */

GError *
exec_docker_explain (const char *socket_path, const GError *transport_error)
{
  gboolean io = transport_error->domain == G_IO_ERROR;
  if (io && transport_error->code == G_IO_ERROR_CANCELLED)
    return g_error_new (EXEC_ERROR, EXEC_ERROR_CANCELLED, "docker: call given up");
  if (io && transport_error->code == G_IO_ERROR_PERMISSION_DENIED)
    return g_error_new (EXEC_ERROR, EXEC_ERROR_DOCKER_FORBIDDEN,
                        "no permission to use the Docker Engine at %s: run as root or join the "
                        "group that owns the socket",
                        socket_path);
  if (io && transport_error->code == G_IO_ERROR_NOT_FOUND)
    return g_error_new (EXEC_ERROR, EXEC_ERROR_DOCKER_ABSENT,
                        "no Docker Engine at %s: the socket does not exist; install and start "
                        "docker",
                        socket_path);
  if (io && transport_error->code == G_IO_ERROR_CONNECTION_REFUSED)
    return g_error_new (EXEC_ERROR, EXEC_ERROR_DOCKER_ABSENT,
                        "no Docker Engine at %s: nobody listens on the socket; start docker",
                        socket_path);
  return g_error_new (EXEC_ERROR, EXEC_ERROR_BROKEN, "docker: connection to %s lost: %s",
                      socket_path, transport_error->message);
}

static ExecErrorCode
code_of_status (guint status)
{
  if (status == 401 || status == 403)
    return EXEC_ERROR_DOCKER_FORBIDDEN;
  if (status == 404)
    return EXEC_ERROR_NOT_FOUND;
  if (status == 409)
    return EXEC_ERROR_CONFLICT;
  return status >= 500 ? EXEC_ERROR_ENGINE : EXEC_ERROR_REFUSED;
}

/* (transfer full): the message is the engine's own, cleaned. */
GError *
exec_docker_status_error (const char *what, guint status, GBytes *body)
{
  gsize length = 0;
  const char *text = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autoptr (JsonNode) json = length > 0 ? exec_json_parse (text, length, NULL) : NULL;
  const char *message = exec_json_string (exec_json_root_object (json), "message");
  g_autofree char *clean = exec_text_clean (message != NULL ? message : "no message",
                                            MESSAGE_BYTES);
  return g_error_new (EXEC_ERROR, code_of_status (status), "docker: %s: %u: %s", what, status,
                      clean);
}

gboolean
exec_docker_progress_check (GBytes *body, GError **error)
{
  gsize length;
  const char *at = g_bytes_get_data (body, &length);
  const char *end = at + length;
  while (at < end)
    {
      const char *stop = memchr (at, '\n', (gsize) (end - at));
      gsize line_length = (gsize) ((stop != NULL ? stop : end) - at);
      g_autoptr (JsonNode) line = NULL;
      if (line_length > 1)
        line = exec_json_parse (at, line_length, error);
      if (line_length > 1 && line == NULL)
        return FALSE;
      const char *message = exec_json_string (exec_json_root_object (line), "error");
      if (message != NULL)
        {
          g_autofree char *clean = exec_text_clean (message, MESSAGE_BYTES);
          g_set_error (error, EXEC_ERROR, EXEC_ERROR_ENGINE, "docker: %s", clean);
          return FALSE;
        }
      at += line_length + 1;
    }
  return TRUE;
}

/* ---- Life ---- */

ExecDocker *
exec_docker_new (const char *socket_path)
{
  ExecDocker *self = g_new0 (ExecDocker, 1);
  self->socket_path = g_strdup (socket_path != NULL ? socket_path : EXEC_DOCKER_SOCKET);
  self->all = g_cancellable_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket_path);
  self->session = soup_session_new_with_options (
      "remote-connectable", address, "max-conns", MAX_CONNECTIONS, "max-conns-per-host",
      MAX_CONNECTIONS, "timeout", 0, "user-agent", "orrery", NULL);
  return self;
}

void
exec_docker_free (ExecDocker *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->all);
  g_clear_object (&self->all);
  g_clear_object (&self->session);
  g_free (self->socket_path);
  g_free (self);
}

const char *
exec_docker_socket_path (ExecDocker *self)
{
  return self->socket_path;
}

SoupSession *
exec_docker_session (ExecDocker *self)
{
  return self->session;
}

guint
exec_docker_api_minor (ExecDocker *self)
{
  return self->api_minor;
}

char *
exec_docker_versioned_path (ExecDocker *self, const char *path)
{
  if (self->api_minor == 0)
    return g_strdup (path);
  return g_strdup_printf ("/v1.%u%s", self->api_minor, path);
}
