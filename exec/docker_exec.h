/* SPDX-License-Identifier: Apache-2.0
 *
 * Running one command in a container to its end: exec probes and lifecycle hooks. Create, start,
 * collect a bounded output, ask for the exit code.
 * Cost: about 60 ms of CPU in the engine each, so HTTP and TCP probes go through the agent.
 */

#pragma once

#include "exec/docker_container.h"

/* More output is read and thrown away; upstream keeps as much of a probe's. */
#define EXEC_RUN_MAX_OUTPUT_BYTES (10 * 1024)

typedef struct
{
  gint exit_code;
  const char *output; /* stdout and stderr as they came; borrowed */
} ExecRunResult;

/* One of result and error is NULL. */
typedef void (*ExecRunDone) (const ExecRunResult *result, const GError *error, gpointer user_data);

/* After timeout_ms: EXEC_ERROR_TIMEOUT; the engine has no call that ends the command, so it may
 * live on. The exec ends with the container. */
void exec_docker_run (ExecDocker *docker, const char *container, const char *const *command,
                      guint timeout_ms, ExecRunDone done, gpointer user_data);
