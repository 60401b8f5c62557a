/* SPDX-License-Identifier: Apache-2.0
 *
 * TaintToleration: NoSchedule and NoExecute taints keep away pods that do not tolerate them; of
 * the other nodes those with fewer untolerated PreferNoSchedule taints score higher.
 * Source: pkg/scheduler/framework/plugins/tainttoleration; component-helpers
 * scheduling/corev1/helpers.go (v1.36). Departures: operators Lt and Gt match nothing, as with
 * their feature gate off.
 */
#include "scheduler/plugins.h"

static const char *const reasons[] = { "node(s) had untolerated taint(s)" };

static gboolean
is_equal (const char *a, const char *b)
{
  return strcmp (k8_string_or_empty (a), k8_string_or_empty (b)) == 0;
}

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

gboolean
k8_toleration_matches (const K8Toleration *toleration, const K8Taint *taint)
{
  const char *operator= k8_string_or_empty (k8_toleration_operator (toleration));

  if (is_set (k8_toleration_effect (toleration)) &&
      !is_equal (k8_toleration_effect (toleration), k8_taint_effect (taint)))
    return FALSE;
  if (is_set (k8_toleration_key (toleration)) &&
      !is_equal (k8_toleration_key (toleration), k8_taint_key (taint)))
    return FALSE;
  if (*operator== '\0' || strcmp (operator, "Equal") == 0)
    return is_equal (k8_toleration_value (toleration), k8_taint_value (taint));
  return strcmp (operator, "Exists") == 0;
}

static gboolean
is_hard (const K8Taint *taint)
{
  const char *effect = k8_taint_effect (taint);

  return k8_string_is (effect, "NoSchedule") || k8_string_is (effect, "NoExecute");
}

static gboolean
is_tolerated (const K8PodSpec *spec, const K8Taint *taint)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    if (k8_toleration_matches (k8_pod_spec_tolerations_at (spec, i), taint))
      return TRUE;
  return FALSE;
}

static gboolean
has_untolerated (const K8PodSpec *spec, const K8Node *node)
{
  const K8NodeSpec *own = k8_node_spec (node);

  for (guint i = 0; i < k8_node_spec_taints_n (own); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (own, i);
      if (is_hard (taint) && !is_tolerated (spec, taint))
        return TRUE;
    }
  return FALSE;
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  gint64 flags = k8_scheduler_cache_value (cycle->cache, K8_NODE_FLAGS, node);

  (void) state;
  if (G_LIKELY ((flags & K8_NODE_HAS_HARD_TAINTS) == 0) ||
      !has_untolerated (cycle->spec, k8_scheduler_cache_node (cycle->cache, node)->node))
    return K8_CODE_SUCCESS;
  *ret_reasons = 1;
  return K8_CODE_UNRESOLVABLE;
}

/* Tolerations of another effect do not count for the score. */
static gboolean
is_preferably_tolerated (const K8PodSpec *spec, const K8Taint *taint)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    {
      const K8Toleration *toleration = k8_pod_spec_tolerations_at (spec, i);
      const char *effect = k8_toleration_effect (toleration);
      if (is_set (effect) && strcmp (effect, "PreferNoSchedule") != 0)
        continue;
      if (k8_toleration_matches (toleration, taint))
        return TRUE;
    }
  return FALSE;
}

static gint64
score (const K8Cycle *cycle, const void *state, guint32 node)
{
  gint64 flags = k8_scheduler_cache_value (cycle->cache, K8_NODE_FLAGS, node);
  gint64 n = 0;

  (void) state;
  if (G_LIKELY ((flags & K8_NODE_HAS_SOFT_TAINTS) == 0))
    return 0;
  const K8NodeSpec *own = k8_node_spec (k8_scheduler_cache_node (cycle->cache, node)->node);
  for (guint i = 0; i < k8_node_spec_taints_n (own); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (own, i);
      if (k8_string_is (k8_taint_effect (taint), "PreferNoSchedule") &&
          !is_preferably_tolerated (cycle->spec, taint))
        n++;
    }
  return n;
}

static void
normalize (const K8Cycle *cycle, gint64 *scores, guint n)
{
  (void) cycle;
  k8_scores_normalize (scores, n, K8_NORMALIZE_REVERSED);
}

/* The node has become acceptable, or the pod tolerates more than before. */
static gboolean
hint (const K8Pod *pod, const K8ClusterEvent *event)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  if (event->node == NULL)
    return TRUE;
  return !has_untolerated (spec, event->node) &&
         (event->node_before == NULL || has_untolerated (spec, event->node_before));
}

const K8Plugin k8_taint_toleration_plugin = {
  .name = "TaintToleration",
  .weight = 3,
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_NODE_ADDED | K8_CLUSTER_NODE_TAINTS | K8_CLUSTER_TARGET_TOLERATIONS,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .hint = hint,
  .filter = filter,
  .score = score,
  .normalize = normalize,
};
