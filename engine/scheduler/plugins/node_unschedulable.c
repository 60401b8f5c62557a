/* SPDX-License-Identifier: Apache-2.0
 *
 * NodeUnschedulable: cordoned nodes take no pods, but those that tolerate the taint that a
 * cordoned node gets.
 * Source: pkg/scheduler/framework/plugins/nodeunschedulable (v1.36).
 */
#include "scheduler/plugins.h"

static const char *const reasons[] = { "node(s) were unschedulable" };

typedef struct
{
  gboolean is_tolerated;
} State;

/* What the taint is compared with lies in the toleration; the taint has no value. */
static gboolean
tolerates (const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    {
      const K8Toleration *toleration = k8_pod_spec_tolerations_at (spec, i);
      const char *effect = k8_string_or_empty (k8_toleration_effect (toleration));
      const char *key = k8_string_or_empty (k8_toleration_key (toleration));
      const char *operator= k8_string_or_empty (k8_toleration_operator (toleration));
      const char *value = k8_string_or_empty (k8_toleration_value (toleration));
      gboolean is_equal = *operator== '\0' || strcmp (operator, "Equal") == 0;
      if ((*effect != '\0' && strcmp (effect, "NoSchedule") != 0) ||
          (*key != '\0' && strcmp (key, "node.kubernetes.io/unschedulable") != 0))
        continue;
      if (strcmp (operator, "Exists") == 0 || (is_equal && *value == '\0'))
        return TRUE;
    }
  return FALSE;
}

static K8Code
pre_filter (K8Cycle *cycle, void *state, const char **ret_reason)
{
  (void) ret_reason;
  ((State *) state)->is_tolerated = tolerates (cycle->spec);
  return ((State *) state)->is_tolerated ? K8_CODE_SKIP : K8_CODE_SUCCESS;
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  (void) state;
  gint64 flags = k8_scheduler_cache_value (cycle->cache, K8_NODE_FLAGS, node);
  if (G_LIKELY ((flags & K8_NODE_IS_UNSCHEDULABLE) == 0))
    return K8_CODE_SUCCESS;
  *ret_reasons = 1;
  return K8_CODE_UNRESOLVABLE;
}

static gboolean
is_acceptable (const K8Node *node, const K8Pod *pod)
{
  return !k8_node_spec_unschedulable (k8_node_spec (node)) || tolerates (k8_pod_spec (pod));
}

/* The node has become acceptable, or the pod tolerates it now. */
static gboolean
hint (const K8Pod *pod, const K8ClusterEvent *event)
{
  if (event->node == NULL)
    return tolerates (k8_pod_spec (pod));
  return is_acceptable (event->node, pod) &&
         (event->node_before == NULL || !is_acceptable (event->node_before, pod));
}

const K8Plugin k8_node_unschedulable_plugin = {
  .name = "NodeUnschedulable",
  .state_bytes = sizeof (State),
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_NODE_ADDED | K8_CLUSTER_NODE_TAINTS | K8_CLUSTER_TARGET_TOLERATIONS,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .hint = hint,
  .pre_filter = pre_filter,
  .filter = filter,
};
