/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs of containers for clients: from the engine's log stream straight to the client's ticket.
 */

#pragma once

#include "exec/clients.h"
#include "exec/docker.h"

typedef struct _ExecLogStreams ExecLogStreams;

ExecLogStreams *exec_log_streams_new (ExecDocker *docker, ExecClients *clients);
void exec_log_streams_free (ExecLogStreams *self);

/* The API server has found the container: answers the client. */
void exec_log_streams_open (ExecLogStreams *self, guint64 ticket, const K8LogRequest *log);

/* The client has gone. */
void exec_log_streams_close (ExecLogStreams *self, guint64 ticket);
