/* SPDX-License-Identifier: Apache-2.0
 *
 * Two-way streams of the Docker Engine (attach, exec with input): an HTTP request that turns
 * the connection into a pipe. libsoup cannot do that as a client, so the request is written by
 * hand on a connection of our own; 101 and 200 both mean that the pipe begins.
 * Closing the input half-closes the connection: the process sees end of file, its output
 * still comes.
 * Source: Docker Engine API v1.41, ContainerAttach, "Hijacking".
 */

#pragma once

#include "exec/docker.h"
#include "exec/docker_demux.h"

/* Bytes waiting to be written before a write is refused. */
#define EXEC_HIJACK_MAX_QUEUE_BYTES (32 * 1024 * 1024)

typedef struct _ExecHijack ExecHijack;

typedef enum
{
  EXEC_HIJACK_MULTIPLEXED, /* frames of stdout and stderr */
  EXEC_HIJACK_RAW          /* a terminal: bytes as they are, all counted as stdout */
} ExecHijackFraming;

typedef struct
{
  void (*opened) (gpointer user_data); /* (nullable) */
  void (*received) (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data);
  void (*closed) (const GError *error, gpointer user_data); /* error NULL: the other end closed */
} ExecHijackEvents;

/* Posts to path with an optional JSON body. `closed` comes once, unless freed before. */
ExecHijack *exec_hijack_new (ExecDocker *docker, const char *path, JsonNode *json,
                             ExecHijackFraming framing, const ExecHijackEvents *events,
                             gpointer user_data);

/* Queues bytes, also before the pipe is open; FALSE if too many wait or it is closed. */
gboolean exec_hijack_write (ExecHijack *self, const guint8 *bytes, gsize length);
gsize exec_hijack_queued_bytes (ExecHijack *self);

/* Half-closes once the queue is written. */
void exec_hijack_close_input (ExecHijack *self);

void exec_hijack_pause (ExecHijack *self);
void exec_hijack_resume (ExecHijack *self);

/* Hangs up; no callback comes any more. May be called inside a callback. */
void exec_hijack_free (ExecHijack *self);
