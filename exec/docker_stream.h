/* SPDX-License-Identifier: Apache-2.0
 *
 * Endless answers of the Docker Engine: events, logs that follow, stats. Bytes are handed over
 * as they come; while paused nothing is read, so a slow reader slows the engine, not us.
 */

#pragma once

#include "exec/docker.h"
#include "exec/docker_demux.h"

typedef struct _ExecDockerStream ExecDockerStream;

typedef struct
{
  void (*opened) (gpointer user_data); /* (nullable): the engine accepted */
  void (*received) (GBytes *piece, gpointer user_data);
  void (*ended) (const GError *error, gpointer user_data); /* error NULL: end of stream */
} ExecDockerStreamEvents;

/* Opens a GET; `ended` comes once, unless the stream is freed before. */
ExecDockerStream *exec_docker_stream_new (ExecDocker *docker, const char *path,
                                          const ExecDockerStreamEvents *events,
                                          gpointer user_data);
void exec_docker_stream_pause (ExecDockerStream *self);
void exec_docker_stream_resume (ExecDockerStream *self);

/* Hangs up; no callback comes any more. May be called inside a callback. */
void exec_docker_stream_free (ExecDockerStream *self);
