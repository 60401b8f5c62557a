/* SPDX-License-Identifier: Apache-2.0
 *
 * DefaultPreemption: whether pods of lower priority could make room. What it says about nodes
 * where that cannot help; the choice of victims is not part of it yet.
 * Source: pkg/scheduler/framework/preemption, plugins/defaultpreemption (v1.36).
 * LATER: victims, where there are pods of lower priority; until then such nodes are kept out of
 * the count, and no pod is evicted.
 */
#include "scheduler/plugins.h"

static const char *const reasons[] = { "No preemption victims found for incoming pod" };

static gboolean
has_lower_pods (const K8Cycle *cycle, guint32 node)
{
  gint32 priority = k8_pod_spec_priority (cycle->spec);
  guint32 slot = k8_scheduler_cache_node (cycle->cache, node)->first_pod;

  while (slot != 0)
    {
      const K8CachedPod *pod = k8_scheduler_cache_pod (cycle->cache, slot);
      if (k8_pod_spec_priority (k8_pod_spec (pod->pod)) < priority)
        return TRUE;
      slot = pod->next;
    }
  return FALSE;
}

/* One verdict for each node whose rejection preemption might lift. */
static GArray *
judge_nodes (const K8Cycle *cycle)
{
  const K8Decision *decision = cycle->decision;
  const K8Verdict *rejected = decision->rejected.elements;
  GArray *verdicts = g_array_new (FALSE, FALSE, sizeof (K8Verdict));

  for (guint i = 0; i < decision->rejected.n; i++)
    if (rejected[i].code == K8_CODE_UNSCHEDULABLE && !has_lower_pods (cycle, rejected[i].node))
      {
        K8Verdict verdict = { .node = rejected[i].node,
                              .plugin = (guint16) cycle->plugin,
                              .code = K8_CODE_UNRESOLVABLE,
                              .reasons = 1 };
        g_array_append_val (verdicts, verdict);
      }
  return verdicts;
}

static K8Code
post_filter (const K8Cycle *cycle, GString *ret_message)
{
  K8FitError error = { .n_nodes = cycle->decision->n_nodes,
                       .absent_reason = "Preemption is not helpful for scheduling" };

  g_string_append (ret_message, "preemption: ");
  if (k8_string_is (k8_pod_spec_preemption_policy (cycle->spec), "Never"))
    {
      g_string_append (ret_message, "not eligible due to preemptionPolicy=Never.");
      return K8_CODE_UNSCHEDULABLE;
    }
  GArray *verdicts = judge_nodes (cycle);
  error.verdicts = (const K8Verdict *) (gconstpointer) verdicts->data;
  error.n_verdicts = verdicts->len;
  k8_fit_error_append (&error, ret_message);
  g_array_free (verdicts, TRUE);
  return K8_CODE_UNSCHEDULABLE;
}

const K8Plugin k8_default_preemption_plugin = {
  .name = "DefaultPreemption",
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .post_filter = post_filter,
};
