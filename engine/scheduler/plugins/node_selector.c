/* SPDX-License-Identifier: Apache-2.0
 *
 * Node selectors: whether a node's labels and name satisfy the terms of a NodeSelector. Terms are
 * alternatives; what a term lists must all hold; an empty term, and a malformed one, match nothing.
 * Source: component-helpers scheduling/corev1/nodeaffinity (v1.36).
 */
#include "base/text.h"
#include "machinery/selector.h"
#include "scheduler/plugins.h"

static gboolean
has_value (const K8NodeSelectorRequirement *requirement, const char *value)
{
  for (guint i = 0; i < k8_node_selector_requirement_values_n (requirement); i++)
    if (strcmp (k8_node_selector_requirement_values_at (requirement, i), value) == 0)
      return TRUE;
  return FALSE;
}

/* Both sides are whole numbers, and the label's is on the right side of the value's. */
static gboolean
compares (const K8NodeSelectorRequirement *requirement, const char *label, gint sign)
{
  gint64 a;
  gint64 b;

  if (k8_node_selector_requirement_values_n (requirement) != 1 || label == NULL ||
      !k8_text_parse_i64 (label, &a) ||
      !k8_text_parse_i64 (k8_node_selector_requirement_values_at (requirement, 0), &b))
    return FALSE;
  return sign > 0 ? a > b : a < b;
}

static gboolean
matches_expression (const K8NodeSelectorRequirement *requirement, const K8ObjectMeta *meta)
{
  const char *operator= k8_string_or_empty (k8_node_selector_requirement_operator (requirement));
  const char *label = k8_object_meta_labels_get (
      meta, k8_string_or_empty (k8_node_selector_requirement_key (requirement)));
  guint n = k8_node_selector_requirement_values_n (requirement);

  if (strcmp (operator, "In") == 0)
    return label != NULL && has_value (requirement, label);
  if (strcmp (operator, "NotIn") == 0)
    return n > 0 && (label == NULL || !has_value (requirement, label));
  if (strcmp (operator, "Exists") == 0)
    return n == 0 && label != NULL;
  if (strcmp (operator, "DoesNotExist") == 0)
    return n == 0 && label == NULL;
  if (strcmp (operator, "Gt") == 0)
    return compares (requirement, label, 1);
  if (strcmp (operator, "Lt") == 0)
    return compares (requirement, label, -1);
  return FALSE;
}

/* Only the name is a field that can be selected by. */
static gboolean
matches_field (const K8NodeSelectorRequirement *requirement, const K8ObjectMeta *meta)
{
  const char *operator= k8_node_selector_requirement_operator (requirement);
  const char *name = k8_string_or_empty (k8_object_meta_name (meta));

  if (!k8_string_is (k8_node_selector_requirement_key (requirement), "metadata.name") ||
      k8_node_selector_requirement_values_n (requirement) != 1)
    return FALSE;
  if (k8_string_is (operator, "In"))
    return has_value (requirement, name);
  return k8_string_is (operator, "NotIn") && !has_value (requirement, name);
}

gboolean
k8_node_selector_term_matches (const K8NodeSelectorTerm *term, const K8Node *node)
{
  const K8ObjectMeta *meta = k8_node_metadata (node);
  guint n_expressions = k8_node_selector_term_match_expressions_n (term);
  guint n_fields = k8_node_selector_term_match_fields_n (term);

  for (guint i = 0; i < n_expressions; i++)
    if (!matches_expression (k8_node_selector_term_match_expressions_at (term, i), meta))
      return FALSE;
  for (guint i = 0; i < n_fields; i++)
    if (!matches_field (k8_node_selector_term_match_fields_at (term, i), meta))
      return FALSE;
  return n_expressions + n_fields > 0;
}

gboolean
k8_pod_matches_node_affinity (const K8PodSpec *spec, const K8Node *node)
{
  const K8NodeAffinity *affinity = k8_affinity_node_affinity (k8_pod_spec_affinity (spec));
  const K8NodeSelector *required =
      k8_node_affinity_required_during_scheduling_ignored_during_execution (affinity);
  const K8List *labels = k8_object_meta_labels (k8_node_metadata (node));

  if (!k8_labels_contain (labels, k8_pod_spec_node_selector (spec)))
    return FALSE;
  if (required == NULL)
    return TRUE;
  for (guint i = 0; i < k8_node_selector_node_selector_terms_n (required); i++)
    if (k8_node_selector_term_matches (k8_node_selector_node_selector_terms_at (required, i),
                                       node))
      return TRUE;
  return FALSE;
}
