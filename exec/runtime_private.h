/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the runtime share: operations under way, sandboxes with their agents,
 * containers and what was said of them. Private to exec/runtime*.c and exec/probe.c.
 */

#pragma once

#include "exec/agent_link.h"
#include "exec/events.h"
#include "exec/pod_sandbox.h"
#include "exec/runtime.h"
#include "node/runtime.h"

/* A sandbox that runs, or is being made. */
typedef struct
{
  ExecRuntime *runtime;
  char *uid, *name, *namespace_name;
  ExecPodRef ref;         /* borrows from above */
  guint attempt;
  ExecPodSandbox *agent;
  char *id;               /* NULL while it is being made */
  GPtrArray *texts;       /* of the spec */
  ExecPodVolume volumes[EXEC_MAX_VOLUMES];
  ExecPort *ports;
  char **hosts;           /* borrows from texts */
  ExecPodSandboxSpec spec;
  guint64 run_tag;        /* RUN_SANDBOX that waits for it */
  GQueue waiting;         /* ExecRuntimeCall: volumes to write when the agent answers */
  guint64 probe_ids;      /* bit n: the agent's probe n + 1 is in use */
  guint retry_id;
  gboolean is_running;    /* RUN_SANDBOX was answered, or it was adopted */
  gboolean is_connected;
  gboolean is_stopping;   /* by us: its end is no news */
} ExecRuntimeSandbox;

typedef struct
{
  char *id;
  gboolean is_starting;   /* its end is told after its start */
  gboolean has_ended;     /* meanwhile */
  gboolean is_end_told;
} ExecRuntimeContainer;

struct _ExecRuntime
{
  ExecRuntimeOptions options;
  GPtrArray *sandboxes;   /* ExecRuntimeSandbox */
  GHashTable *containers; /* id → ExecRuntimeContainer */
  GHashTable *probes;     /* tag → ExecProbe */
  ExecEvents *events;
  guint n_calls;          /* under way: they hold the memory */
  gboolean is_lost;       /* the engine does not answer; the kubelet was told */
  guint relist_id;        /* until it is asked whether it answers again */
  gboolean is_dead;
};

/* One operation of the kubelet. */
typedef struct
{
  ExecRuntime *runtime;
  const K8RuntimeOp *op; /* counted */
  guint64 tag;
  gint64 began_ns;
  guint n_waiting;       /* for the answers of a list */
  GError *failure;       /* (nullable): of the first of them that did not come */
  K8RuntimeEvent *event; /* (nullable): in the making */
} ExecRuntimeCall;

/* runtime.c */
K8RuntimeEvent *exec_runtime_event_new (ExecRuntime *self, K8RuntimeEventType type);
void exec_runtime_post (ExecRuntime *self, guint64 tag, K8RuntimeEvent *event);
const char *exec_runtime_text (ExecRuntime *self, const char *text); /* cleaned; (nullable) */

/* Whoever waits for an answer of the engine outside of a call. */
void exec_runtime_hold (ExecRuntime *self);
void exec_runtime_let_go (ExecRuntime *self);

/* The engine does not answer: the kubelet is told, once. */
void exec_runtime_lost (ExecRuntime *self, const GError *error);

/* A call whose answer comes another way. */
void exec_runtime_forget (ExecRuntimeCall *call);

/* End a call. The event is taken over; NULL: a plain success. */
void exec_runtime_answer (ExecRuntimeCall *call, K8RuntimeEvent *event);
void exec_runtime_refuse (ExecRuntimeCall *call, const char *reason, const char *message);

/* FALSE if nobody waits for the result any more: the call is gone. */
gboolean exec_runtime_is_wanted (ExecRuntimeCall *call);

/* What an inspected container is. */
void exec_runtime_describe (ExecRuntime *self, JsonNode *inspected, K8RuntimeItem *ret_item);

/* The little that an event says of a container that has ended. */
void exec_runtime_describe_event (ExecRuntime *self, const ExecEvent *event,
                                  K8RuntimeItem *ret_item);

/* "nginx" as "nginx:latest": the engine would pull all tags. (transfer full) */
char *exec_runtime_reference (const char *image);

/* runtime_image.c */
void exec_image_op_status (ExecRuntimeCall *call);
void exec_image_op_pull (ExecRuntimeCall *call);

/* runtime_sandbox.c */
ExecRuntimeSandbox *exec_runtime_find_sandbox (ExecRuntime *self, const char *id);
ExecRuntimeSandbox *exec_runtime_find_pod (ExecRuntime *self, const char *uid);
void exec_sandbox_op_run (ExecRuntimeCall *call);
void exec_sandbox_op_stop (ExecRuntimeCall *call);
void exec_sandbox_op_remove (ExecRuntimeCall *call);
void exec_sandbox_op_write (ExecRuntimeCall *call);
void exec_sandbox_adopt (ExecRuntime *self, const K8RuntimeItem *item);
void exec_sandbox_reattach_all (ExecRuntime *self);
void exec_sandbox_free (gpointer sandbox);

/* runtime_container.c */
void exec_container_op_create (ExecRuntimeCall *call);
void exec_container_op_start (ExecRuntimeCall *call);
void exec_container_op_stop (ExecRuntimeCall *call);
void exec_container_op_remove (ExecRuntimeCall *call);
void exec_container_op_exec (ExecRuntimeCall *call);
void exec_container_note (ExecRuntime *self, const char *id);
void exec_container_died (ExecRuntime *self, const ExecEvent *event);
void exec_container_free (gpointer container);

/* runtime_list.c */
void exec_list_op (ExecRuntimeCall *call);

/* probe.c */
void exec_probe_watch (ExecRuntime *self, guint64 tag, const K8ProbeWatch *watch);
void exec_probe_end (ExecRuntime *self, guint64 tag);
void exec_probe_take (ExecRuntimeSandbox *sandbox, const ExecAgentProbeResult *result);
void exec_probe_connected (ExecRuntimeSandbox *sandbox); /* the agent answers (again) */
void exec_probe_free (gpointer probe);
