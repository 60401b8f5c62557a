/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual container runtime of all nodes: sandboxes and containers that take time to pull
 * and start, run a program (its profile), crash, exit, use CPU and memory, answer probes. What
 * a container does comes from its profile, which the scenario gives to images by pattern; here
 * no image has a name of its own.
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"
#include "env.h"
#include "node/runtime.h"
#include "sim/queue.h"

typedef struct SimWorld SimWorld;

/* How a program behaves. Times in virtual ns; negative: never. */
typedef struct
{
  const char *image;        /* pattern with `*`; a text of the region (counted) */
  gint64 pull_ns;           /* how long the image takes to pull the first time on a node */
  gint64 start_ns;          /* from start to running */
  gint64 exit_after_ns;     /* ends by itself */
  gint32 exit_code;
  gint64 ready_after_ns;    /* its probes succeed from then on */
  gint64 live_until_ns;     /* its liveness probes fail from then on */
  gint64 stop_ns;           /* from SIGTERM to its end */
  gint32 stop_exit_code;
  gint64 serve_ns;          /* how long it takes to answer a request */
  guint32 error_per_mille;  /* requests that it answers with 500 */
  gint64 cpu_milli;         /* what it uses; -1: nobody said */
  gint64 memory_bytes;      /* what it soon comes to use; more than its limit: OOM */
  const char *log_rules;    /* what it writes (container_log.h); NULL: the usual (counted) */
  const char *pull_error;   /* it cannot be pulled, and why; NULL: it can (counted) */
} SimProfile;

typedef struct
{
  K8Region *region;
  K8Slots profiles;   /* SimProfile, first match wins */
  K8Slots sandboxes;
  K8Slots containers;
  K8Slots probes;
  K8Slots images;     /* node and image that are pulled */
  K8Slots unpullable; /* a fault: patterns of images */
  K8Index by_id;
  K8Index by_probe;
  K8Index by_image;
  K8Index by_ip;      /* running sandbox */
  K8Index next_address; /* kubelet: counter of pod addresses */
  K8Index off_nodes;  /* kubelet actors whose node has no power */
} SimRuntime;

void sim_runtime_init (SimRuntime *self, K8Region *region);
void sim_runtime_clear (SimRuntime *self);
void sim_runtime_clone (SimRuntime *ret_clone, const SimRuntime *self);

/* Adds a profile; texts are counted. */
void sim_runtime_add_profile (SimRuntime *self, const SimProfile *profile);
void sim_runtime_clear_profiles (SimRuntime *self);

/* Effects RUNTIME, PROBE_WATCH and PROBE_END of a kubelet. */
void sim_runtime_take_effect (SimWorld *world, const K8Effect *effect);

/* Entries SIM_ENTRY_RUNTIME and SIM_ENTRY_PROBE. */
void sim_runtime_take_entry (SimWorld *world, const SimEntry *entry);

/* Node power: everything on the node ends without a word; later it lists exited containers. */
void sim_runtime_power_off (SimWorld *world, K8ActorId kubelet);
void sim_runtime_power_on (SimWorld *world, K8ActorId kubelet);

/* Faults: a container ends; FALSE if no such container runs. */
gboolean sim_runtime_crash (SimWorld *world, const char *pod_uid, const char *container_name,
                            gint32 exit_code, const char *reason);

/* Makes pulls of images of a pattern fail, or work again: a fault. */
void sim_runtime_set_pull_failing (SimRuntime *self, const char *pattern, gboolean is_failing);

/* Makes all probes of a pod's running containers fail, or behave again. */
void sim_runtime_fail_probes (SimWorld *world, const char *pod_uid, gboolean is_failing);

/* A kubelet died: its pulls and probe watches end; containers run on. */
void sim_runtime_forget_kubelet (SimWorld *world, K8ActorId kubelet);

/* A request to a pod: whether it is served, by what, how long it takes. */
typedef struct
{
  guint code;        /* 200, 500; 0: refused or no such pod */
  gint64 takes_ns;
} SimServed;
SimServed sim_runtime_serve (SimWorld *world, const char *pod_ip, guint16 port);
