/* SPDX-License-Identifier: Apache-2.0
 *
 * NodeAffinity: nodeSelector and required node affinity decide where a pod may go, preferred
 * terms add their weights to the score. A pod whose every term names its nodes is looked for on
 * those nodes only.
 * Source: pkg/scheduler/framework/plugins/nodeaffinity (v1.36). Departures: no addedAffinity.
 */
#include "scheduler/plugins.h"

static const char *const reasons[] = { "node(s) didn't match Pod's node affinity/selector" };

static const K8NodeAffinity *
affinity_of (const K8PodSpec *spec)
{
  return k8_affinity_node_affinity (k8_pod_spec_affinity (spec));
}

static const K8NodeSelector *
required_of (const K8PodSpec *spec)
{
  return k8_node_affinity_required_during_scheduling_ignored_during_execution (
      affinity_of (spec));
}

/* Narrows @names (NULL: not yet narrowed) to the values of a requirement. */
static GPtrArray *
intersect (GPtrArray *names, const K8NodeSelectorRequirement *requirement)
{
  GPtrArray *kept = g_ptr_array_new ();

  for (guint i = 0; i < k8_node_selector_requirement_values_n (requirement); i++)
    {
      const char *value = k8_node_selector_requirement_values_at (requirement, i);
      gboolean is_in = names == NULL;
      for (guint j = 0; names != NULL && j < names->len; j++)
        is_in |= strcmp (names->pdata[j], value) == 0;
      if (is_in)
        g_ptr_array_add (kept, (gpointer) value);
    }
  if (names != NULL)
    g_ptr_array_unref (names);
  return kept;
}

/* The nodes that a term names, or NULL if it names none in particular. (transfer full) */
static GPtrArray *
names_of_term (const K8NodeSelectorTerm *term)
{
  GPtrArray *names = NULL;

  for (guint i = 0; i < k8_node_selector_term_match_fields_n (term); i++)
    {
      const K8NodeSelectorRequirement *field = k8_node_selector_term_match_fields_at (term, i);
      if (k8_string_is (k8_node_selector_requirement_key (field), "metadata.name") &&
          k8_string_is (k8_node_selector_requirement_operator (field), "In"))
        names = intersect (names, field);
    }
  return names;
}

/* All names over all terms; NULL if a term names none. (transfer full) */
static GPtrArray *
names_of_selector (const K8NodeSelector *required)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < k8_node_selector_node_selector_terms_n (required); i++)
    {
      GPtrArray *names =
          names_of_term (k8_node_selector_node_selector_terms_at (required, i));
      if (names == NULL)
        {
          g_ptr_array_unref (all);
          return NULL;
        }
      for (guint j = 0; j < names->len; j++)
        g_ptr_array_add (all, names->pdata[j]);
      g_ptr_array_unref (names);
    }
  return all;
}

static void
restrict_to (K8Cycle *cycle, const GPtrArray *names)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < names->len; i++)
    {
      guint32 node = k8_scheduler_cache_find_node (cycle->cache, names->pdata[i]);
      if (node != 0)
        g_array_append_val (nodes, node);
    }
  k8_cycle_restrict (cycle, (const guint32 *) (gconstpointer) nodes->data, nodes->len);
  g_array_free (nodes, TRUE);
}

static K8Code
pre_filter (K8Cycle *cycle, void *state, const char **ret_reason)
{
  const K8NodeSelector *required = required_of (cycle->spec);
  K8Code code = K8_CODE_SUCCESS;

  (void) state;
  if (required == NULL && k8_pod_spec_node_selector_n (cycle->spec) == 0)
    return K8_CODE_SKIP;
  if (k8_node_selector_node_selector_terms_n (required) == 0)
    return K8_CODE_SUCCESS;
  GPtrArray *names = names_of_selector (required);
  if (names == NULL)
    return K8_CODE_SUCCESS;
  if (names->len > 0)
    restrict_to (cycle, names);
  else
    {
      *ret_reason = "pod affinity terms conflict";
      code = K8_CODE_UNRESOLVABLE;
    }
  g_ptr_array_unref (names);
  return code;
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  (void) state;
  if (k8_pod_matches_node_affinity (cycle->spec,
                                    k8_scheduler_cache_node (cycle->cache, node)->node))
    return K8_CODE_SUCCESS;
  *ret_reasons = 1;
  return K8_CODE_UNRESOLVABLE;
}

static K8Code
pre_score (K8Cycle *cycle, void *state)
{
  const K8NodeAffinity *affinity = affinity_of (cycle->spec);

  (void) state;
  return k8_node_affinity_preferred_during_scheduling_ignored_during_execution_n (affinity) == 0
             ? K8_CODE_SKIP
             : K8_CODE_SUCCESS;
}

static gint64
score (const K8Cycle *cycle, const void *state, guint32 node)
{
  const K8NodeAffinity *affinity = affinity_of (cycle->spec);
  const K8Node *own = k8_scheduler_cache_node (cycle->cache, node)->node;
  guint n = k8_node_affinity_preferred_during_scheduling_ignored_during_execution_n (affinity);
  gint64 sum = 0;

  (void) state;
  for (guint i = 0; i < n; i++)
    {
      const K8PreferredSchedulingTerm *term =
          k8_node_affinity_preferred_during_scheduling_ignored_during_execution_at (affinity, i);
      gint32 weight = k8_preferred_scheduling_term_weight (term);
      if (weight != 0 &&
          k8_node_selector_term_matches (k8_preferred_scheduling_term_preference (term), own))
        sum += weight;
    }
  return sum;
}

static void
normalize (const K8Cycle *cycle, gint64 *scores, guint n)
{
  (void) cycle;
  k8_scores_normalize (scores, n, K8_NORMALIZE_UP);
}

/* The node matches now and did not before. */
static gboolean
hint (const K8Pod *pod, const K8ClusterEvent *event)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  return k8_pod_matches_node_affinity (spec, event->node) &&
         (event->node_before == NULL ||
          !k8_pod_matches_node_affinity (spec, event->node_before));
}

const K8Plugin k8_node_affinity_plugin = {
  .name = "NodeAffinity",
  .weight = 2,
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_NODE_ADDED | K8_CLUSTER_NODE_LABELS,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .hint = hint,
  .pre_filter = pre_filter,
  .filter = filter,
  .pre_score = pre_score,
  .score = score,
  .normalize = normalize,
};
