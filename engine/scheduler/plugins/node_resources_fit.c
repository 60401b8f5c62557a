/* SPDX-License-Identifier: Apache-2.0
 *
 * NodeResourcesFit: what a pod requests must be free on its node; nodes with more left over score
 * higher (LeastAllocated over cpu and memory).
 * Source: pkg/scheduler/framework/plugins/noderesources, fit.go, least_allocated.go,
 * resource_allocation.go (v1.36). Departures: default arguments only; shortages of several
 * extended resources are listed by name, where upstream walks a map.
 */
#include "scheduler/plugins.h"

enum
{
  BIT_PODS,
  BIT_CPU,
  BIT_MEMORY,
  BIT_EPHEMERAL,
  BIT_SCALARS, /* and as many as the pod has */
};

static const char *const reasons[] = {
  [BIT_PODS] = "Too many pods",
  [BIT_CPU] = "Insufficient cpu",
  [BIT_MEMORY] = "Insufficient memory",
  [BIT_EPHEMERAL] = "Insufficient ephemeral-storage",
};

static void
append_reason (const K8PodRequests *requests, guint bit, GString *out)
{
  g_string_append (out, "Insufficient ");
  g_string_append (out, requests->scalars[bit - BIT_SCALARS].name);
}

typedef struct
{
  guint64 reasons;
  gboolean is_hopeless; /* more is requested than the node has when it is empty */
} Shortage;

static void
check (Shortage *self, guint bit, gint64 wanted, gint64 allocatable, gint64 requested)
{
  if (wanted <= 0 || wanted <= allocatable - requested)
    return;
  self->reasons |= G_GUINT64_CONSTANT (1) << bit;
  self->is_hopeless |= wanted > allocatable;
}

static void
check_scalars (Shortage *self, const K8Cycle *cycle, guint32 node)
{
  const K8PodRequests *wanted = cycle->requests;

  for (guint i = 0; i < wanted->n_scalars; i++)
    {
      const K8NodeScalar *scalar =
          k8_scheduler_cache_scalar (cycle->cache, node, wanted->scalars[i].name);
      check (self, BIT_SCALARS + i, wanted->scalars[i].amount,
             scalar == NULL ? 0 : scalar->allocatable, scalar == NULL ? 0 : scalar->requested);
    }
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  const K8SchedulerCache *cache = cycle->cache;
  const K8PodRequests *wanted = cycle->requests;
  Shortage shortage = { 0 };

  (void) state;
  if (k8_scheduler_cache_value (cache, K8_NODE_N_PODS, node) + 1 >
      k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_PODS, node))
    shortage.reasons = 1 << BIT_PODS;
  check (&shortage, BIT_CPU, wanted->cpu_milli,
         k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_CPU, node),
         k8_scheduler_cache_value (cache, K8_NODE_REQUESTED_CPU, node));
  check (&shortage, BIT_MEMORY, wanted->memory_bytes,
         k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_MEMORY, node),
         k8_scheduler_cache_value (cache, K8_NODE_REQUESTED_MEMORY, node));
  check (&shortage, BIT_EPHEMERAL, wanted->ephemeral_bytes,
         k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_EPHEMERAL, node),
         k8_scheduler_cache_value (cache, K8_NODE_REQUESTED_EPHEMERAL, node));
  if (wanted->n_scalars > 0)
    check_scalars (&shortage, cycle, node);
  if (shortage.reasons == 0)
    return K8_CODE_SUCCESS;
  *ret_reasons = shortage.reasons;
  return shortage.is_hopeless ? K8_CODE_UNRESOLVABLE : K8_CODE_UNSCHEDULABLE;
}

/* The share that stays free, of 100. */
static gint64
free_share (gint64 requested, gint64 allocatable)
{
  return requested > allocatable ? 0
                                 : (allocatable - requested) * K8_MAX_NODE_SCORE / allocatable;
}

static gint64
score (const K8Cycle *cycle, const void *state, guint32 node)
{
  const K8SchedulerCache *cache = cycle->cache;
  gint64 cpu = k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_CPU, node);
  gint64 memory = k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_MEMORY, node);
  gint64 sum = 0;
  gint64 weights = 0;

  (void) state;
  if (cpu != 0)
    {
      sum += free_share (k8_scheduler_cache_value (cache, K8_NODE_NONZERO_CPU, node) +
                             cycle->requests->scored_cpu_milli,
                         cpu);
      weights++;
    }
  if (memory != 0)
    {
      sum += free_share (k8_scheduler_cache_value (cache, K8_NODE_NONZERO_MEMORY, node) +
                             cycle->requests->scored_memory_bytes,
                         memory);
      weights++;
    }
  return weights == 0 ? 0 : sum / weights;
}

/* Whether a pod fits a node without pods. */
static gboolean
fits_empty (const K8PodRequests *wanted, const K8Node *node)
{
  const K8List *map = k8_node_status_allocatable (k8_node_status (node));

  if (k8_resource_amount (map, "pods") < 1 ||
      wanted->cpu_milli > k8_resource_amount (map, "cpu") ||
      wanted->memory_bytes > k8_resource_amount (map, "memory") ||
      wanted->ephemeral_bytes > k8_resource_amount (map, "ephemeral-storage"))
    return FALSE;
  for (guint i = 0; i < wanted->n_scalars; i++)
    if (wanted->scalars[i].amount > k8_resource_amount (map, wanted->scalars[i].name))
      return FALSE;
  return TRUE;
}

static gboolean
has_grown (const K8ClusterEvent *event, const char *name)
{
  const K8List *before = k8_node_status_allocatable (k8_node_status (event->node_before));
  const K8List *now = k8_node_status_allocatable (k8_node_status (event->node));

  return k8_resource_amount (now, name) > k8_resource_amount (before, name);
}

static gboolean
has_grown_for (const K8PodRequests *wanted, const K8ClusterEvent *event)
{
  if (has_grown (event, "pods") || (wanted->cpu_milli > 0 && has_grown (event, "cpu")) ||
      (wanted->memory_bytes > 0 && has_grown (event, "memory")) ||
      (wanted->ephemeral_bytes > 0 && has_grown (event, "ephemeral-storage")))
    return TRUE;
  for (guint i = 0; i < wanted->n_scalars; i++)
    if (wanted->scalars[i].amount > 0 && has_grown (event, wanted->scalars[i].name))
      return TRUE;
  return FALSE;
}

static gboolean
has_shrunk_for (const K8PodRequests *wanted, const K8ClusterEvent *event)
{
  K8PodRequests before;
  K8PodRequests now;

  k8_pod_requests_compute (event->pod_before, K8_REQUESTS_PLACED, &before);
  k8_pod_requests_compute (event->pod, K8_REQUESTS_PLACED, &now);
  return (wanted->cpu_milli > 0 && now.cpu_milli < before.cpu_milli) ||
         (wanted->memory_bytes > 0 && now.memory_bytes < before.memory_bytes) ||
         (wanted->ephemeral_bytes > 0 && now.ephemeral_bytes < before.ephemeral_bytes);
}

/* Room was made, or there is a node on which the pod fits. */
static gboolean
hint (const K8Pod *pod, const K8ClusterEvent *event)
{
  K8PodRequests wanted;

  if (event->type == K8_CLUSTER_POD_DELETED)
    return k8_pod_spec_node_name (k8_pod_spec (event->pod_before)) != NULL ||
           k8_pod_status_nominated_node_name (k8_pod_status (event->pod_before)) != NULL;
  if (event->type == K8_CLUSTER_TARGET_SCALED_DOWN)
    return TRUE;
  k8_pod_requests_compute (pod, K8_REQUESTS_INCOMING, &wanted);
  if (event->type == K8_CLUSTER_POD_SCALED_DOWN)
    return has_shrunk_for (&wanted, event);
  return fits_empty (&wanted, event->node) &&
         (event->node_before == NULL || has_grown_for (&wanted, event));
}

const K8Plugin k8_node_resources_fit_plugin = {
  .name = "NodeResourcesFit",
  .weight = 1,
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_POD_DELETED | K8_CLUSTER_POD_SCALED_DOWN | K8_CLUSTER_TARGET_SCALED_DOWN |
            K8_CLUSTER_NODE_ADDED | K8_CLUSTER_NODE_ALLOCATABLE,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .append_reason = append_reason,
  .hint = hint,
  .filter = filter,
  .score = score,
};
