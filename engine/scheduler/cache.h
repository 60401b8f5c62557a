/* SPDX-License-Identifier: Apache-2.0
 *
 * What the scheduler knows of the cluster: nodes, and the pods on them, assumed ones included.
 * What filters and scores read for every node lies in columns, one array a property, indexed by
 * the node's slot; what few of them ask lies beside it. Nodes stand in the order of the node
 * tree: zones take turns. Pods of a node keep upstream's order: removal swaps the last one in.
 * Source: pkg/scheduler/backend/cache (cache.go, node_tree.go), framework/types.go (v1.36).
 */
#pragma once

#include "base/array.h"
#include "base/index.h"
#include "base/slots.h"
#include "scheduler/requests.h"

typedef enum
{
  K8_NODE_FLAGS,
  K8_NODE_ALLOCATABLE_CPU,
  K8_NODE_ALLOCATABLE_MEMORY,
  K8_NODE_ALLOCATABLE_EPHEMERAL,
  K8_NODE_ALLOCATABLE_PODS,
  K8_NODE_REQUESTED_CPU,
  K8_NODE_REQUESTED_MEMORY,
  K8_NODE_REQUESTED_EPHEMERAL,
  K8_NODE_NONZERO_CPU,
  K8_NODE_NONZERO_MEMORY,
  K8_NODE_N_PODS,
  K8_NODE_N_PORT_PODS, /* of them with host ports */
  K8_N_NODE_COLUMNS,
} K8NodeColumn;

enum
{
  K8_NODE_IS_KNOWN = 1 << 0, /* there is a Node, not only pods that name it */
  K8_NODE_IS_UNSCHEDULABLE = 1 << 1,
  K8_NODE_HAS_HARD_TAINTS = 1 << 2, /* NoSchedule, NoExecute */
  K8_NODE_HAS_SOFT_TAINTS = 1 << 3, /* PreferNoSchedule */
};

typedef struct
{
  const char *name;
  const K8Node *node; /* NULL while there are only pods that name it */
  guint32 first_pod;
  guint32 last_pod;
  guint32 first_scalar;
} K8CachedNode;

typedef struct
{
  const K8Pod *pod;
  guint32 node;
  guint32 next;     /* on the node */
  guint32 previous;
  guint16 is_assumed; /* not yet seen with a node */
  guint16 has_ports;
  gint64 cpu_milli;
  gint64 memory_bytes;
  gint64 ephemeral_bytes;
  gint64 nonzero_cpu_milli;
  gint64 nonzero_memory_bytes;
  guint32 has_scalars;
} K8CachedPod;

/* An extended resource of a node. */
typedef struct
{
  const char *name;
  gint64 allocatable;
  gint64 requested;
  guint32 next;
} K8NodeScalar;

typedef struct
{
  const char *region; /* label values, NULL if absent */
  const char *zone;
  K8Array nodes;      /* guint32 slots, as they came */
} K8NodeZone;

/* What the last pod asked for, and what the last one counted that its node reports of: replicas
 * share their containers. */
typedef struct
{
  const K8PodSpec *spec; /* counted */
  const K8Pod *placed;   /* counted */
  K8PodRequests requests;
  K8PodRequests placed_requests;
} K8RequestsMemo;

typedef struct
{
  K8Region *region;
  K8Slots nodes;          /* K8CachedNode */
  K8Index node_by_name;
  K8Slots pods;           /* K8CachedPod */
  K8Index pod_by_name;
  K8Slots scalars;        /* K8NodeScalar */
  K8Array columns[K8_N_NODE_COLUMNS]; /* gint64 by slot */
  K8Array zones;          /* K8NodeZone, in order of first sight */
  K8Array order;          /* guint32 slots: the snapshot's list */
  gboolean is_order_stale;
  K8RequestsMemo memo;
} K8SchedulerCache;

void k8_scheduler_cache_init (K8SchedulerCache *self, K8Region *region);
void k8_scheduler_cache_clear (K8SchedulerCache *self);
void k8_scheduler_cache_clone (K8SchedulerCache *ret_clone, const K8SchedulerCache *self);

/* Nodes. */
guint32 k8_scheduler_cache_put_node (K8SchedulerCache *self, const K8Node *node);
void k8_scheduler_cache_remove_node (K8SchedulerCache *self, const char *name);
guint32 k8_scheduler_cache_find_node (const K8SchedulerCache *self, const char *name);
const K8CachedNode *k8_scheduler_cache_node (const K8SchedulerCache *self, guint32 slot);

/* Pods that have a node. An update takes the pod out and appends it. */
void k8_scheduler_cache_put_pod (K8SchedulerCache *self, const K8Pod *pod);
void k8_scheduler_cache_assume_pod (K8SchedulerCache *self, const K8Pod *pod, guint32 node);
void k8_scheduler_cache_remove_pod (K8SchedulerCache *self, const K8Pod *pod);
const K8CachedPod *k8_scheduler_cache_find_pod (const K8SchedulerCache *self, const K8Pod *pod);
const K8CachedPod *k8_scheduler_cache_pod (const K8SchedulerCache *self, guint32 slot);

/* Brings the order up to date with the nodes that came and went. */
void k8_scheduler_cache_refresh (K8SchedulerCache *self);

/* Requests of a pod that comes, remembered for its replicas. Valid until the next call. */
const K8PodRequests *k8_scheduler_cache_requests (K8SchedulerCache *self, const K8Pod *pod);

/* Nodes in order. */
static inline guint32
k8_scheduler_cache_n_nodes (const K8SchedulerCache *self)
{
  return self->order.n;
}

static inline const guint32 *
k8_scheduler_cache_order (const K8SchedulerCache *self)
{
  return self->order.elements;
}

/* A property of all nodes, by slot. */
static inline const gint64 *
k8_scheduler_cache_column (const K8SchedulerCache *self, K8NodeColumn column)
{
  return self->columns[column].elements;
}

static inline gint64
k8_scheduler_cache_value (const K8SchedulerCache *self, K8NodeColumn column, guint32 slot)
{
  return ((const gint64 *) self->columns[column].elements)[slot];
}

/* An extended resource of a node; NULL if it has none of that name. */
const K8NodeScalar *k8_scheduler_cache_scalar (const K8SchedulerCache *self, guint32 node,
                                               const char *name);

/* Whether a pod asks for ports of its node. */
gboolean k8_pod_has_host_ports (const K8PodSpec *spec);
