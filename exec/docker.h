/* SPDX-License-Identifier: Apache-2.0
 *
 * Docker Engine API client on the engine's Unix socket: one request, one answer.
 * Asynchronous on the default main context; every call ends with exactly one callback, never
 * before the call returned. What the engine sends is untrusted: sizes and nesting are bounded.
 * Typed operations are in docker_container.h, docker_image.h and docker_network.h; endless
 * answers in docker_stream.h; two-way streams in docker_hijack.h.
 * Source: Docker Engine API v1.41, https://docs.docker.com/engine/api.
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#define EXEC_DOCKER_SOCKET "/var/run/docker.sock"

/* API versions spoken, as 1.x: 1.41 is Debian 12's engine 20.10. */
#define EXEC_DOCKER_API_MIN 41
#define EXEC_DOCKER_API_MAX 51

/* An ordinary call; cri-dockerd waits as long. */
#define EXEC_DOCKER_TIMEOUT_MS (2 * 60 * 1000)
#define EXEC_DOCKER_NO_TIMEOUT G_MAXUINT

#define EXEC_DOCKER_MAX_BODY_BYTES (16 * 1024 * 1024)

typedef struct _ExecDocker ExecDocker;
typedef struct _SoupSession SoupSession;

typedef enum
{
  EXEC_DOCKER_BODY_NONE, /* the answer's body has no meaning */
  EXEC_DOCKER_BODY_JSON, /* one document */
  EXEC_DOCKER_BODY_RAW   /* bytes as they came: archives, lines of progress */
} ExecDockerBody;

typedef struct
{
  const char *method;
  const char *path; /* "/containers/json?all=1": without version, escaped */
  JsonNode *json;   /* (nullable): sent as body */
  GBytes *body;     /* (nullable): sent as body when json is NULL */
  const char *content_type;
  const char *registry_auth; /* (nullable): header X-Registry-Auth */
  ExecDockerBody expect;
  guint timeout_ms;          /* for the whole call; 0: EXEC_DOCKER_TIMEOUT_MS */
  guint idle_timeout_ms;     /* without a byte; 0: none */
  GCancellable *cancellable; /* (nullable) */
} ExecDockerRequest;

typedef struct
{
  guint status;   /* HTTP */
  JsonNode *json; /* (nullable) */
  GBytes *body;   /* (nullable) */
} ExecDockerReply;

/* One of reply and error is NULL; both are borrowed. */
typedef void (*ExecDockerDone) (const ExecDockerReply *reply, const GError *error,
                                gpointer user_data);

ExecDocker *exec_docker_new (const char *socket_path);
void exec_docker_free (ExecDocker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExecDocker, exec_docker_free)

/* Pings the engine and settles the API version; to be repeated after the engine was away. */
void exec_docker_connect (ExecDocker *self, ExecDockerDone done, gpointer user_data);

void exec_docker_send (ExecDocker *self, const ExecDockerRequest *request, ExecDockerDone done,
                       gpointer user_data);

/* Short forms of exec_docker_send. */
void exec_docker_get (ExecDocker *self, const char *path, ExecDockerDone done, gpointer user_data);
void exec_docker_post (ExecDocker *self, const char *path, JsonNode *json, ExecDockerDone done,
                       gpointer user_data);
void exec_docker_delete (ExecDocker *self, const char *path, ExecDockerDone done,
                         gpointer user_data);

/* Whether the engine answers at all, without a look at versions. */
void exec_docker_ping (ExecDocker *self, ExecDockerDone done, gpointer user_data);
void exec_docker_get_info (ExecDocker *self, ExecDockerDone done, gpointer user_data);
void exec_docker_get_version (ExecDocker *self, ExecDockerDone done, gpointer user_data);

/* For the stream modules next door. */
const char *exec_docker_socket_path (ExecDocker *self);
SoupSession *exec_docker_session (ExecDocker *self);
char *exec_docker_versioned_path (ExecDocker *self, const char *path);
guint exec_docker_api_minor (ExecDocker *self);

/* Turns a transport error into one of ours with a sentence that names the socket. */
GError *exec_docker_explain (const char *socket_path, const GError *transport_error);

/* Makes the error of an answer with a status of 400 or more; body is what came with it. */
GError *exec_docker_status_error (const char *what, guint status, GBytes *body);

/* Finds the first line {"error": ...} in an answer that was a sequence of progress lines. */
gboolean exec_docker_progress_check (GBytes *body, GError **error);
