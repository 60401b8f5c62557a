/* SPDX-License-Identifier: Apache-2.0
 *
 * SchedulingGates: a pod with gates does not enter the queue; the last gate's removal lets it in.
 * Source: pkg/scheduler/framework/plugins/schedulinggates (v1.36).
 */
#include "scheduler/plugins.h"

static K8Code
pre_enqueue (const K8Pod *pod, GString *ret_reason)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  guint n = k8_pod_spec_scheduling_gates_n (spec);

  if (n == 0)
    return K8_CODE_SUCCESS;
  g_string_append (ret_reason, "waiting for scheduling gates: [");
  for (guint i = 0; i < n; i++)
    {
      const K8PodSchedulingGate *gate = k8_pod_spec_scheduling_gates_at (spec, i);
      g_string_append (ret_reason, i == 0 ? "" : " ");
      g_string_append (ret_reason, k8_string_or_empty (k8_pod_scheduling_gate_name (gate)));
    }
  g_string_append_c (ret_reason, ']');
  return K8_CODE_UNRESOLVABLE;
}

const K8Plugin k8_scheduling_gates_plugin = {
  .name = "SchedulingGates",
  .events = K8_CLUSTER_TARGET_GATES,
  .pre_enqueue = pre_enqueue,
};
