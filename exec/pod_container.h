/* SPDX-License-Identifier: Apache-2.0
 *
 * The containers of a pod, and the end of a pod. A container joins the sandbox's network and IPC;
 * its restart is a new container of the next attempt. Removal takes everything that carries the
 * pod's uid and our instance: containers, sandbox, volumes.
 */

#pragma once

#include "exec/container_spec.h"
#include "exec/docker.h"
#include "exec/pod_table.h"

typedef struct
{
  const char *volume; /* of the pod */
  const char *target;
  ExecAccess access;
} ExecPodMount;

typedef enum
{
  EXEC_PROCESSES_OWN,
  EXEC_PROCESSES_SHARED /* the pod's, with the agent as process 1 */
} ExecProcesses;

typedef struct
{
  ExecPodRef pod;
  const char *sandbox_id;
  const char *name;
  guint attempt;
  const char *spec_hash; /* (nullable) */
  const ExecPodMount *mounts;
  guint n_mounts;
  ExecProcesses processes;
  ExecContainerSpec container; /* image, process, resources, security; the rest is filled here */
} ExecPodContainerSpec;

/* Answer: {"Id"}. A name in use by the same pod, attempt and spec hash answers with its id. */
void exec_pod_container_create (ExecDocker *docker, const ExecPodContainerSpec *spec,
                                ExecDockerDone done, gpointer user_data);

/* TERM to all containers at once, KILL after the grace period, then the sandbox; then removes
 * all. Safe to repeat; nothing left is a success. */
void exec_pod_remove (ExecDocker *docker, const ExecPodRef *pod, guint grace_seconds,
                      ExecDockerDone done, gpointer user_data);
