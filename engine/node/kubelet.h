/* SPDX-License-Identifier: Apache-2.0
 *
 * The kubelet of one node: the actor's state, and what its parts offer each other. It registers
 * the node and keeps its status and Lease fresh; it watches the pods bound to it and has one
 * worker for each (pod_worker.c), which drives the container runtime by effects.
 * An idle kubelet holds no memory but this struct: every container below allocates when used.
 */
#pragma once

#include "actor.h"
#include "base/fifo.h"
#include "client/informer.h"
#include "client/recorder.h"
#include "node/backoff.h"
#include "node/runtime.h"

enum
{
  K8_MAX_NODE_IMAGES = 50, /* upstream's --node-status-max-images */
  K8_MAX_PODS = 110, /* upstream's --max-pods, where the node does not say */
  K8_MAX_POD_CONTAINERS = 250, /* a container's place is one byte of a tag */
};

/* What an answer, a timer or a probe result is for. */
typedef enum
{
  K8_FOR_NONE,
  K8_FOR_NODE_CREATE,
  K8_FOR_NODE_GET,
  K8_FOR_NODE_STATUS,
  K8_FOR_LEASE,
  K8_FOR_RELIST,
  K8_FOR_STATUS, /* of a pod */
  K8_FOR_STATUS_GET,
  K8_FOR_DELETE,
  K8_FOR_OBJECT, /* a ConfigMap, Secret or token that a pod needs */
  K8_FOR_SANDBOX,
  K8_FOR_STOP_SANDBOX,
  K8_FOR_REMOVE,
  K8_FOR_VOLUME,
  K8_FOR_IMAGE,
  K8_FOR_PULL,
  K8_FOR_CREATE,
  K8_FOR_START,
  K8_FOR_POST_START,
  K8_FOR_PRE_STOP,
  K8_FOR_STOP,
  K8_FOR_WAKE,     /* timer: sync the pod again */
  K8_FOR_DEADLINE, /* timer: activeDeadlineSeconds are over */
  K8_FOR_REFRESH,  /* timer of the node: what pods read is read again; and the answers */
  K8_FOR_PROBE,    /* + K8ProbeKind: results and threshold timers */
  K8_FOR_PROBE_LAST = K8_FOR_PROBE + K8_PROBE_LIVENESS,
} K8KubeletFor;

/* Packed into tags and cookies; the generation tells a pod from a later one in its slot. */
typedef struct
{
  guint32 generation; /* 24 bits */
  guint16 worker;     /* slot; 0: the node itself */
  guint8 index;       /* of a container or of an object */
  guint8 what;        /* K8KubeletFor */
} K8KubeletKey;

static inline guint64
k8_kubelet_key_pack (K8KubeletKey key)
{
  return ((guint64) key.generation << 32) | ((guint64) key.worker << 16)
         | ((guint64) key.index << 8) | key.what;
}

static inline K8KubeletKey
k8_kubelet_key_unpack (guint64 tag)
{
  return (K8KubeletKey){ .generation = (guint32) (tag >> 32) & 0xffffff,
                         .worker = (guint16) (tag >> 16),
                         .index = (guint8) (tag >> 8),
                         .what = (guint8) tag };
}

typedef enum
{
  K8_RUN_NONE,    /* never started here */
  K8_RUN_CREATED,
  K8_RUN_RUNNING,
  K8_RUN_EXITED,
} K8RunPhase;

/* One life of a container. Texts are counted. */
typedef struct
{
  const char *id;
  const char *reason;
  gint64 started_ns;
  gint64 finished_ns;
  gint32 exit_code;
} K8ContainerRun;

typedef enum
{
  K8_KILL_NONE,
  K8_KILL_PRE_STOP, /* its hook runs */
  K8_KILL_WAITING,  /* a sidecar whose turn has not come */
  K8_KILL_STOPPING, /* STOP_CONTAINER is under way */
} K8KillStep;

typedef struct
{
  guint64 timer;        /* to the next attempt, if the driver tells of no change */
  K8Handle output;      /* of the last failure: a text (counted) */
  guint16 n_in_a_row;   /* attempts with this outcome, up to the threshold at least */
  guint8 is_watched;
  guint8 is_success : 1; /* as last reported by the driver */
  guint8 is_passed : 1;  /* the verdict, thresholds applied */
} K8ProbeState;

/* What a pod's worker knows of a container. */
typedef struct
{
  K8ContainerRun run;
  K8ContainerRun last;         /* the life before */
  const char *image_id;
  const char *waiting_reason;  /* why it does not start: "CrashLoopBackOff" */
  const char *waiting_message;
  K8Backoff restarts;
  K8Backoff pulls;
  K8ProbeState probes[3];      /* K8ProbeKind - 1 */
  gint64 pull_since_ns;
  gint64 kill_deadline_ns;
  gint64 kill_grace_seconds;
  guint32 restart_count;
  guint8 phase;                /* K8RunPhase */
  guint8 kill;                 /* K8KillStep */
  guint8 is_tried;             /* in this pass */
  guint8 has_checked_image;
  guint8 is_hook_asked;        /* the driver asks the server of an HTTP hook */
  guint8 is_stale;             /* an init container of a sandbox that is gone: runs again */
} K8PodContainer;

/* A ConfigMap, Secret or token that volumes or variables name. */
typedef struct
{
  const char *name;    /* of the object, or of the ServiceAccount */
  const void *object;  /* counted; NULL: not there (yet) */
  gint64 expiration_seconds;
  const char *audience;
  guint8 kind;         /* K8_KIND_ConfigMap, _Secret or _TokenRequest */
} K8PodObject;

/* What admission counts of every pod. */
typedef enum
{
  K8_ADMITTED_CPU,
  K8_ADMITTED_MEMORY,
  K8_ADMITTED_EPHEMERAL_STORAGE,
  K8_N_ADMITTED,
} K8Admitted;

typedef enum
{
  K8_WORKER_NONE,
  K8_WORKER_GATHERING,
  K8_WORKER_SANDBOX,
  K8_WORKER_WRITING,
  K8_WORKER_SYNCING,
  K8_WORKER_TERMINATING,
  K8_WORKER_STOPPING,
  K8_WORKER_TERMINATED,
} K8PodWorkerState;

typedef struct
{
  const K8Pod *pod;           /* newest known; counted, as all here */
  gint64 revision;
  const K8PodStatus *status;  /* as last computed */
  const char *uid;
  const char *sandbox_id;
  const char *ip;
  const char *reason;         /* of a pod that the kubelet ended: "OutOfcpu", "DeadlineExceeded" */
  const char *message;
  K8Array containers;         /* K8PodContainer: init containers, then containers */
  K8Array objects;            /* K8PodObject */
  gint64 requests[K8_N_ADMITTED]; /* what admission counts for it */
  gint64 start_seconds;
  gint64 grace_seconds;       /* of its termination */
  gint64 terminate_ns;        /* when that began */
  guint64 wake_timer;
  guint64 deadline_timer;
  gint64 next_wake_ns;        /* earliest back-off seen in this pass; 0 none */
  guint32 generation;
  guint32 slot;
  guint32 n_init;
  guint32 n_waiting;          /* answers that the state waits for */
  guint32 sandbox_attempt;
  guint8 state;               /* K8PodWorkerState */
  guint8 busy;                /* K8KubeletFor: the step under way; 0 none */
  guint8 busy_index;          /* with which container */
  guint8 is_initialized;      /* init containers are done; for this sandbox */
  guint8 is_sync_due;         /* something happened while a step was under way */
  guint8 is_rejected;         /* by admission: it never had containers */
  guint8 is_gone;             /* the API server has it no more */
  guint8 is_deleted;          /* DELETE was sent */
  guint8 is_writing_status;
  guint8 n_mount_failures;    /* in a row */
  guint8 is_status_due;
  guint8 is_volume_stale;     /* files are not what they should be: written at the next refresh */
  guint8 is_reconcile_due;    /* somebody else wrote the status: a timer looks at it again */
} K8PodWorker;

/* An image that is on the node. */
typedef struct
{
  const char *name; /* counted */
  gint64 size_bytes;
} K8NodeImage;

typedef struct
{
  K8Actor actor;
  K8Client client;
  K8Recorder recorder;
  K8Informer pods;
  K8Informer services;        /* started with the first pod */
  const char *node_name;
  const K8Node *config;       /* as the driver described the node; counted */
  const K8Node *node;         /* as the API server has it; counted */
  gint64 node_revision;
  gint64 node_written_ns;
  const K8Lease *lease;       /* counted */
  gint64 lease_revision;
  K8Slots workers;
  K8Index worker_by_uid;      /* handle of the text */
  K8Array listed;             /* K8RuntimeItem: what the runtime had at the start, unclaimed */
  K8Array images;             /* K8NodeImage: pulled since the start */
  K8Fifo pulls;               /* keys of pulls that wait for the one under way */
  guint64 pulling;            /* key of the pull under way; 0 none */
  guint32 next_generation;
  guint8 has_listed;          /* the runtime has answered LIST */
  guint8 is_runtime_down;
  guint8 is_registered;
  guint8 is_node_busy;        /* a write of the Node is under way */
  guint8 is_refresh_due;      /* meanwhile something happened that it does not say */
  guint8 is_lease_busy;
  guint8 was_ready;
  guint8 is_refresh_timer_set;
} K8Kubelet;

extern const K8ActorClass k8_kubelet_actor_class;

/* kubelet.c */
K8PodWorker *k8_kubelet_worker (K8Kubelet *self, guint32 slot);
K8PodWorker *k8_kubelet_worker_of_key (K8Kubelet *self, K8KubeletKey key);
const char *k8_kubelet_node_ip (const K8Kubelet *self);
gint64 k8_kubelet_wall_seconds (const K8Kubelet *self, gint64 virtual_ns);
void k8_kubelet_say (K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
                     const K8Said *said);
void k8_kubelet_forget (K8Kubelet *self, K8Context *context, guint32 slot);

/* node_status.c */
void k8_node_status_start (K8Kubelet *self, K8Context *context);
void k8_node_status_timer (K8Kubelet *self, K8Context *context, K8KubeletKey key);
void k8_node_status_answer (K8Kubelet *self, K8Context *context, const K8ApiResponse *response,
                            K8KubeletKey key);
void k8_node_status_add_image (K8Kubelet *self, const char *name, gint64 size_bytes);
void k8_node_status_refresh (K8Kubelet *self, K8Context *context);
