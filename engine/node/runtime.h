/* SPDX-License-Identifier: Apache-2.0
 *
 * The container runtime as the kubelet sees it, in CRI's vocabulary: operations go out as
 * effects, results and what happens by itself come in as events. The simulator answers from its
 * virtual runtime, the executor from a Docker Engine. Sandboxes and containers are named by the
 * ids that the runtime gives. Source: cri-api runtime/v1.
 */
#pragma once

#include <glib.h>

#include "base/array.h"
#include "env.h"
#include "schema/kinds.h"

typedef enum
{
  K8_RUNTIME_PULL_IMAGE,
  K8_RUNTIME_RUN_SANDBOX,
  K8_RUNTIME_STOP_SANDBOX,
  K8_RUNTIME_REMOVE_SANDBOX,
  K8_RUNTIME_CREATE_CONTAINER,
  K8_RUNTIME_START_CONTAINER,
  K8_RUNTIME_STOP_CONTAINER,   /* SIGTERM, after grace_seconds SIGKILL */
  K8_RUNTIME_REMOVE_CONTAINER,
  K8_RUNTIME_EXEC,             /* command in a container; for exec hooks */
  K8_RUNTIME_WRITE_VOLUME,     /* content of a configMap, secret or projected volume */
  K8_RUNTIME_LIST,             /* every sandbox and container of the node: relist */
  K8_RUNTIME_LIST_IMAGES,
  K8_RUNTIME_IMAGE_STATUS,     /* whether an image is there */
} K8RuntimeOpType;

/* A file of a volume. */
typedef struct
{
  const char *path; /* relative */
  const char *content;
  gint32 mode;
} K8VolumeFile;

/* One operation. The answer is a K8RuntimeEvent with the same tag. Texts are counted. */
typedef struct
{
  K8Mail mail;
  K8RuntimeOpType type;
  const K8Pod *pod;           /* as the kubelet has it, with names of downward fields resolved */
  const char *pod_uid;
  const char *container_name;
  const char *sandbox_id;
  const char *container_id;
  const char *image;
  const char *volume_name;
  const K8Container *container; /* with env resolved to plain values, mounts, resources */
  const K8List *command;      /* EXEC */
  K8Array files;              /* WRITE_VOLUME: K8VolumeFile */
  gint64 grace_seconds;
  gint64 timeout_ns;
  guint32 attempt;            /* restart count of the container */
} K8RuntimeOp;
extern const K8MailClass k8_runtime_op_class;

typedef enum
{
  K8_RUNTIME_RESULT,            /* of the operation with this tag */
  K8_RUNTIME_CONTAINER_STARTED, /* */
  K8_RUNTIME_CONTAINER_EXITED,  /* by itself or after a stop */
  K8_RUNTIME_SANDBOX_EXITED,
  K8_RUNTIME_IMAGE_PULLED,
  K8_RUNTIME_STATS,
  K8_RUNTIME_LISTED,            /* answer to LIST: `items` */
  K8_RUNTIME_NOT_READY,         /* the runtime does not answer */
  K8_RUNTIME_READY,             /* it answers again: relist */
} K8RuntimeEventType;

typedef enum
{
  K8_CONTAINER_CREATED,
  K8_CONTAINER_RUNNING,
  K8_CONTAINER_EXITED,
  K8_CONTAINER_UNKNOWN,
} K8ContainerPhase;

/* A sandbox (container_name NULL) or container as the runtime lists it. */
typedef struct
{
  const char *id;
  const char *sandbox_id;
  const char *pod_uid;
  const char *pod_namespace;
  const char *pod_name;
  const char *container_name;
  const char *image;
  const char *image_id;
  const char *ip;           /* sandbox */
  const char *reason;       /* "Completed", "Error", "OOMKilled", … of an exited container */
  gint64 created_ns;        /* virtual */
  gint64 started_ns;
  gint64 finished_ns;
  gint32 exit_code;
  guint32 attempt;
  K8ContainerPhase phase;
} K8RuntimeItem;
K8RuntimeItem k8_runtime_item_dup (const K8RuntimeItem *item); /* with references of its own */
void k8_runtime_item_clear (K8RuntimeItem *item);

typedef struct
{
  K8Mail mail;
  K8RuntimeEventType type;
  K8RuntimeOpType op;      /* RESULT: of what */
  gboolean is_failed;      /* RESULT */
  const char *error;       /* reason as CRI names it: "ErrImagePull", "RunContainerError", … */
  const char *message;
  K8RuntimeItem item;      /* what it is about: ids, ip, exit code, times */
  K8Array items;           /* LISTED: K8RuntimeItem */
  gint64 size_bytes;       /* IMAGE_PULLED */
  gint64 duration_ns;      /* IMAGE_PULLED: how long it took */
  gint64 cpu_milli;        /* STATS */
  gint64 memory_bytes;     /* STATS */
} K8RuntimeEvent;
extern const K8MailClass k8_runtime_event_class;

typedef enum
{
  K8_PROBE_NONE,
  K8_PROBE_STARTUP,
  K8_PROBE_READINESS,
  K8_PROBE_LIVENESS,
} K8ProbeKind;

/* Watches a probe: the driver runs it every period and reports only changes of the outcome.
 * Thresholds (success, failure) are the kubelet's. Tag: chosen by the kubelet. */
typedef struct
{
  K8Mail mail;
  K8ProbeKind kind;
  const K8Probe *probe;
  const char *pod_uid;
  const char *container_id;
  const char *pod_ip;
  guint16 port; /* resolved */
} K8ProbeWatch;
extern const K8MailClass k8_probe_watch_class;

typedef struct
{
  K8Mail mail;
  gboolean is_success;
  guint32 n_in_a_row;   /* how often this outcome has come in a row, 1 at the change */
  const char *output;   /* "HTTP probe failed with statuscode: 500" */
} K8ProbeResult;
extern const K8MailClass k8_probe_result_class;
