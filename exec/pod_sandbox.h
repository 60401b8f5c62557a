/* SPDX-License-Identifier: Apache-2.0
 *
 * A pod in the Docker Engine: a sandbox container whose process 1 is the agent, which holds the
 * pod's network, its volumes and our connection into it; and the pod's containers, which join it.
 * Volumes are named volumes of the engine, filled by the agent after the sandbox has started (a
 * memory-backed one would lose what it got before) and mounted into the containers after that.
 * Every step is found by its name, so that repeating one after an unknown outcome does no harm.
 * Departures: fsGroup is not applied to volumes (LATER: the agent has no CAP_CHOWN).
 */

#pragma once

#include "exec/agent_link.h"
#include "exec/container_spec.h"
#include "exec/docker.h"
#include "exec/pod_table.h"

#define EXEC_SANDBOX_MEMORY_BYTES (32 * 1024 * 1024)
#define EXEC_SANDBOX_PIDS 64
#define EXEC_MAX_VOLUMES 64

typedef struct
{
  const char *name;
  gint64 memory_bytes; /* 0: on the engine's disk; else in memory, of this size */
  guint mode;          /* of the folder: 0777 for an emptyDir */
  GArray *files;       /* (nullable): ExecAgentFile; a configMap, secret or projected volume */
} ExecPodVolume;

typedef struct
{
  ExecPodRef pod;
  guint attempt;
  const char *image;    /* the agent's */
  const char *hostname;
  const char *network;  /* "bridge" or a network of ours */
  const char *ip;       /* (nullable): fixed, in a network of ours */
  const char *const *dns_servers;
  const char *const *dns_searches;
  const char *const *dns_options;
  const char *const *extra_hosts;
  const ExecPort *ports;
  guint n_ports;
  const ExecPodVolume *volumes;
  guint n_volumes;
} ExecPodSandboxSpec;

typedef struct _ExecPodSandbox ExecPodSandbox;

typedef struct
{
  void (*started) (ExecPodSandbox *self, const GError *error, gpointer user_data); /* once */
  void (*probe_changed) (const ExecAgentProbeResult *result, gpointer user_data); /* (nullable) */
  void (*agent_lost) (const GError *error, gpointer user_data);                   /* (nullable) */
} ExecPodSandboxEvents;

/* Creates or finds, starts and fills; spec must live until `started`. */
ExecPodSandbox *exec_pod_sandbox_new (ExecDocker *docker, const ExecPodSandboxSpec *spec,
                                      const ExecPodSandboxEvents *events, gpointer user_data);

/* Joins a sandbox that runs already; `started` when its agent answers. */
ExecPodSandbox *exec_pod_sandbox_new_adopted (ExecDocker *docker, const char *container_id,
                                              const ExecPodSandboxEvents *events,
                                              gpointer user_data);

/* Lets go of it; the container runs on. */
void exec_pod_sandbox_free (ExecPodSandbox *self);

const char *exec_pod_sandbox_id (const ExecPodSandbox *self);
const char *exec_pod_sandbox_ip (const ExecPodSandbox *self); /* (nullable) */
ExecAgentLink *exec_pod_sandbox_link (const ExecPodSandbox *self); /* (nullable): when started */

/* After `agent_lost`: attaches again, and tells `started` again. */
void exec_pod_sandbox_reattach (ExecPodSandbox *self);

/* Replaces the files of a volume at once, as an update of a ConfigMap does. FALSE, and `done` is
 * not called, while the agent is not connected. */
gboolean exec_pod_sandbox_write_volume (ExecPodSandbox *self, const char *volume, GArray *files,
                                        ExecAgentDone done, gpointer user_data);
