/* SPDX-License-Identifier: Apache-2.0
 *
 * NodeName: a pod that names its node goes there and nowhere else.
 * Source: pkg/scheduler/framework/plugins/nodename (v1.36). Departures: pods that name no node
 * skip the filter for all nodes at once.
 */
#include "scheduler/plugins.h"

static const char *const reasons[] = { "node(s) didn't match the requested node name" };

static K8Code
pre_filter (K8Cycle *cycle, void *state, const char **ret_reason)
{
  const char *name = k8_pod_spec_node_name (cycle->spec);

  (void) state;
  (void) ret_reason;
  return name == NULL || *name == '\0' ? K8_CODE_SKIP : K8_CODE_SUCCESS;
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  const char *name = k8_pod_spec_node_name (cycle->spec);

  (void) state;
  if (strcmp (name, k8_scheduler_cache_node (cycle->cache, node)->name) == 0)
    return K8_CODE_SUCCESS;
  *ret_reasons = 1;
  return K8_CODE_UNRESOLVABLE;
}

const K8Plugin k8_node_name_plugin = {
  .name = "NodeName",
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_NODE_ADDED,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .pre_filter = pre_filter,
  .filter = filter,
};
