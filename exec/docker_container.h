/* SPDX-License-Identifier: Apache-2.0
 *
 * Container calls of the Docker Engine API, one function a call. Containers are named by id or
 * name. A step that was done already is no error: start and stop answer 304 then.
 * Source: Docker Engine API v1.41, "Containers" and "Exec".
 */

#pragma once

#include "exec/container_spec.h"
#include "exec/docker.h"
#include "exec/docker_hijack.h"
#include "exec/docker_stream.h"

/* Answer: {"Id", "Warnings"}. An invalid specification is reported like any other failure. */
void exec_docker_container_create (ExecDocker *docker, const char *name,
                                   const ExecContainerSpec *spec, ExecDockerDone done,
                                   gpointer user_data);
void exec_docker_container_start (ExecDocker *docker, const char *id, ExecDockerDone done,
                                  gpointer user_data);

/* TERM, then KILL after grace_seconds; answers when the container has ended. */
void exec_docker_container_stop (ExecDocker *docker, const char *id, guint grace_seconds,
                                 ExecDockerDone done, gpointer user_data);
void exec_docker_container_kill (ExecDocker *docker, const char *id, const char *signal,
                                 ExecDockerDone done, gpointer user_data);

/* Removes also while running, with its anonymous volumes; gone already is no error. */
void exec_docker_container_remove (ExecDocker *docker, const char *id, ExecDockerDone done,
                                   gpointer user_data);
void exec_docker_container_inspect (ExecDocker *docker, const char *id, ExecDockerDone done,
                                    gpointer user_data);

/* All containers, also dead ones, that carry the label "key=value". */
void exec_docker_container_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                                 gpointer user_data);
void exec_docker_container_rename (ExecDocker *docker, const char *id, const char *name,
                                   ExecDockerDone done, gpointer user_data);

/* Sets limits of a running container; members as in POST /containers/ID/update. */
void exec_docker_container_update (ExecDocker *docker, const char *id, JsonNode *limits,
                                   ExecDockerDone done, gpointer user_data);

/* Answers at the end of the container: {"StatusCode"}. No timeout. */
void exec_docker_container_wait (ExecDocker *docker, const char *id, GCancellable *cancellable,
                                 ExecDockerDone done, gpointer user_data);

/* One sample, at the engine's next tick (up to a second). */
void exec_docker_container_stats (ExecDocker *docker, const char *id, ExecDockerDone done,
                                  gpointer user_data);

/* Unpacks a tar archive in a folder of the container; never seen inside a tmpfs mount. */
void exec_docker_container_put_archive (ExecDocker *docker, const char *id, const char *folder,
                                        GBytes *archive, ExecDockerDone done, gpointer user_data);
void exec_docker_container_get_archive (ExecDocker *docker, const char *id, const char *path,
                                        ExecDockerDone done, gpointer user_data);

typedef struct
{
  gboolean follow;
  gboolean timestamps;
  gint64 tail;          /* lines; negative: all */
  gint64 since_seconds; /* Unix time; 0: all */
} ExecLogsQuery;

/* The stream's bytes are multiplexed (docker_demux.h) unless the container has a terminal. */
ExecDockerStream *exec_docker_container_logs (ExecDocker *docker, const char *id,
                                              const ExecLogsQuery *query,
                                              const ExecDockerStreamEvents *events,
                                              gpointer user_data);

ExecHijack *exec_docker_container_attach (ExecDocker *docker, const char *id,
                                          ExecHijackFraming framing,
                                          const ExecHijackEvents *events, gpointer user_data);

typedef struct
{
  const char *const *command;
  const char *const *env;
  const char *user;
  const char *working_dir;
  gboolean stdin_open;
  gboolean tty;
} ExecExecSpec;

/* Answer: {"Id"}; then exec_docker_exec_start, and inspect for the exit code after its end. */
void exec_docker_exec_create (ExecDocker *docker, const char *container, const ExecExecSpec *spec,
                              ExecDockerDone done, gpointer user_data);
ExecHijack *exec_docker_exec_start (ExecDocker *docker, const char *exec_id,
                                    ExecHijackFraming framing, const ExecHijackEvents *events,
                                    gpointer user_data);
void exec_docker_exec_inspect (ExecDocker *docker, const char *exec_id, ExecDockerDone done,
                               gpointer user_data);
void exec_docker_exec_resize (ExecDocker *docker, const char *exec_id, guint width, guint height,
                              ExecDockerDone done, gpointer user_data);

/* (transfer full): {"KEY":["VALUE"]}, escaped for a query. */
char *exec_docker_compute_filter (const char *key, const char *value);
