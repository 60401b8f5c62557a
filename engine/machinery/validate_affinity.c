/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a pod may go: node and pod affinity, tolerations, topology spread.
 * Source: kubernetes pkg/apis/core/validation, validateAffinity, ValidateTolerations,
 * validateTopologySpreadConstraints (v1.36).
 */
#include <string.h>

#include "machinery/validate_parts.h"

/* Whether values are checked as labels: upstream does not for what is only preferred. */
typedef enum
{
  VALUES_CHECKED,
  VALUES_FREE,
} ValueRule;

static void
check_operator (K8FieldErrors *errors,
                const K8Path *path,
                const K8NodeSelectorRequirement *requirement)
{
  const char *operator= k8_node_selector_requirement_operator (requirement);
  guint n_values = k8_node_selector_requirement_values_n (requirement);
  K8Path values = k8_path_child (path, "values");

  if (k8_check_is_listed (operator, "In|NotIn"))
    {
      if (n_values == 0)
        k8_field_errors_required (errors, &values,
                                  "must be specified when `operator` is 'In' or 'NotIn'");
    }
  else if (k8_check_is_listed (operator, "Exists|DoesNotExist"))
    {
      if (n_values > 0)
        k8_field_errors_forbidden (
            errors, &values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  else if (k8_check_is_listed (operator, "Gt|Lt"))
    {
      if (n_values != 1)
        k8_field_errors_required (errors, &values,
                                  "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  else
    k8_field_errors_invalid (errors, K8_CHILD (path, "operator"), operator,
                             "not a valid selector operator");
}

static void
check_expression (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8NodeSelectorRequirement *requirement,
                  ValueRule rule)
{
  K8Path values = k8_path_child (path, "values");

  check_operator (errors, path, requirement);
  k8_check_name (errors, K8_CHILD (path, "key"), k8_node_selector_requirement_key (requirement),
                 k8_name_check_qualified);
  if (rule == VALUES_FREE)
    return;
  for (guint i = 0; i < k8_node_selector_requirement_values_n (requirement); i++)
    k8_check_name (errors, K8_INDEX (&values, i),
                   k8_node_selector_requirement_values_at (requirement, i),
                   k8_name_check_label_value);
}

/* Of fields, only metadata.name can be asked for. */
static void
check_field_expression (K8FieldErrors *errors,
                        const K8Path *path,
                        const K8NodeSelectorRequirement *requirement)
{
  const char *operator= k8_node_selector_requirement_operator (requirement);
  const char *key = k8_node_selector_requirement_key (requirement);
  guint n_values = k8_node_selector_requirement_values_n (requirement);
  K8Path values = k8_path_child (path, "values");

  if (!k8_check_is_listed (operator, "In|NotIn"))
    k8_field_errors_invalid (errors, K8_CHILD (path, "operator"), operator,
                             "not a valid selector operator");
  else if (n_values != 1)
    k8_field_errors_required (
        errors, &values,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (!k8_string_is (key, "metadata.name"))
    {
      k8_field_errors_invalid (errors, K8_CHILD (path, "key"), key,
                               "not a valid field selector key");
      return;
    }
  for (guint i = 0; i < n_values; i++)
    k8_check_name (errors, K8_INDEX (&values, i),
                   k8_node_selector_requirement_values_at (requirement, i),
                   k8_name_check_dns_1123_subdomain);
}

static void
check_term (K8FieldErrors *errors,
            const K8Path *path,
            const K8NodeSelectorTerm *term,
            ValueRule rule)
{
  K8Path expressions = k8_path_child (path, "matchExpressions");
  K8Path fields = k8_path_child (path, "matchFields");

  for (guint i = 0; i < k8_node_selector_term_match_expressions_n (term); i++)
    check_expression (errors, K8_INDEX (&expressions, i),
                      k8_node_selector_term_match_expressions_at (term, i), rule);
  for (guint i = 0; i < k8_node_selector_term_match_fields_n (term); i++)
    check_field_expression (errors, K8_INDEX (&fields, i),
                            k8_node_selector_term_match_fields_at (term, i));
}

static void
check_node_selector (K8FieldErrors *errors, const K8Path *path, const K8NodeSelector *selector)
{
  K8Path terms = k8_path_child (path, "nodeSelectorTerms");

  if (k8_node_selector_node_selector_terms_n (selector) == 0)
    k8_field_errors_required (errors, &terms, "must have at least one node selector term");
  for (guint i = 0; i < k8_node_selector_node_selector_terms_n (selector); i++)
    check_term (errors, K8_INDEX (&terms, i), k8_node_selector_node_selector_terms_at (selector, i),
                VALUES_CHECKED);
}

static void
check_weight (K8FieldErrors *errors, const K8Path *path, gint32 weight)
{
  if (weight <= 0 || weight > 100)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "weight"), weight,
                                 "must be in the range 1-100");
}

static const char required_name[] = "requiredDuringSchedulingIgnoredDuringExecution";
static const char preferred_name[] = "preferredDuringSchedulingIgnoredDuringExecution";

static void
check_node_affinity (K8FieldErrors *errors, const K8Path *path, const K8NodeAffinity *affinity)
{
  const K8NodeSelector *required =
      k8_node_affinity_required_during_scheduling_ignored_during_execution (affinity);
  const K8List *preferred =
      k8_node_affinity_preferred_during_scheduling_ignored_during_execution (affinity);
  K8Path terms = k8_path_child (path, preferred_name);

  if (required != NULL)
    check_node_selector (errors, K8_CHILD (path, required_name), required);
  for (guint i = 0; i < k8_list_n (preferred); i++)
    {
      const K8PreferredSchedulingTerm *term = k8_list_get_object (preferred, i);
      K8Path at = k8_path_index (&terms, i);
      check_weight (errors, &at, k8_preferred_scheduling_term_weight (term));
      check_term (errors, K8_CHILD (&at, "preference"),
                  k8_preferred_scheduling_term_preference (term), VALUES_FREE);
    }
}

static gint
find_text (const K8List *list, const char *text)
{
  for (guint i = 0; i < k8_list_n (list); i++)
    if (strcmp (k8_list_get_text (list, i), text) == 0)
      return (gint) i;
  return -1;
}

static void
check_label_keys (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8List *keys,
                  const K8LabelSelector *selector)
{
  if (k8_list_n (keys) > 0 && selector == NULL)
    {
      k8_field_errors_forbidden (errors, path,
                                 "must not be specified when labelSelector is not set");
      return;
    }
  for (guint i = 0; i < k8_list_n (keys); i++)
    k8_check_name (errors, K8_INDEX (path, i), k8_list_get_text (keys, i), k8_name_check_qualified);
}

/* Whether an expression before @index, or a label, asks for this key already. */
static gboolean
is_key_selected (const K8LabelSelector *selector, guint index, const char *key)
{
  if (k8_label_selector_match_labels_get (selector, key) != NULL)
    return TRUE;
  for (guint i = 0; i < index; i++)
    if (k8_string_is (k8_label_selector_requirement_key (
                          k8_label_selector_match_expressions_at (selector, i)),
                      key))
      return TRUE;
  return FALSE;
}

/* The pod's own values of these keys become part of the selector when it is created. */
static void
check_match_keys (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8List *keys,
                  const K8List *mismatch_keys,
                  const K8LabelSelector *selector)
{
  K8Path match_path = k8_path_child (path, "matchLabelKeys");

  check_label_keys (errors, &match_path, keys, selector);
  check_label_keys (errors, K8_CHILD (path, "mismatchLabelKeys"), mismatch_keys, selector);
  for (guint i = 0; i < k8_label_selector_match_expressions_n (selector); i++)
    {
      const char *key = k8_string_or_empty (
          k8_label_selector_requirement_key (k8_label_selector_match_expressions_at (selector, i)));
      gint place = find_text (keys, key);
      if (place >= 0 && is_key_selected (selector, i, key))
        k8_field_errors_invalid (errors, K8_INDEX (path, (guint) place), key,
                                 "exists in both matchLabelKeys and labelSelector");
    }
  for (guint i = 0; i < k8_list_n (keys); i++)
    if (find_text (mismatch_keys, k8_list_get_text (keys, i)) >= 0)
      k8_field_errors_invalid (errors, K8_INDEX (&match_path, i), k8_list_get_text (keys, i),
                               "exists in both matchLabelKeys and mismatchLabelKeys");
}

static void
check_pod_term (K8FieldErrors *errors, const K8Path *path, const K8PodAffinityTerm *term)
{
  const char *topology = k8_pod_affinity_term_topology_key (term);
  K8Path topology_path = k8_path_child (path, "topologyKey");

  k8_check_label_selector (errors, K8_CHILD (path, "labelSelector"),
                           k8_pod_affinity_term_label_selector (term));
  k8_check_label_selector (errors, K8_CHILD (path, "namespaceSelector"),
                           k8_pod_affinity_term_namespace_selector (term));
  for (guint i = 0; i < k8_pod_affinity_term_namespaces_n (term); i++)
    k8_check_name (errors, K8_CHILD (path, "namespace"),
                   k8_pod_affinity_term_namespaces_at (term, i), k8_name_check_dns_1123_label);
  check_match_keys (errors, path, k8_pod_affinity_term_match_label_keys (term),
                    k8_pod_affinity_term_mismatch_label_keys (term),
                    k8_pod_affinity_term_label_selector (term));
  if (topology == NULL)
    k8_field_errors_required (errors, &topology_path, "can not be empty");
  k8_check_name (errors, &topology_path, topology, k8_name_check_qualified);
}

static void
check_pod_terms (K8FieldErrors *errors,
                 const K8Path *path,
                 const K8List *required,
                 const K8List *preferred)
{
  K8Path required_path = k8_path_child (path, required_name);
  K8Path preferred_path = k8_path_child (path, preferred_name);

  for (guint i = 0; i < k8_list_n (required); i++)
    check_pod_term (errors, K8_INDEX (&required_path, i), k8_list_get_object (required, i));
  for (guint i = 0; i < k8_list_n (preferred); i++)
    {
      const K8WeightedPodAffinityTerm *term = k8_list_get_object (preferred, i);
      K8Path at = k8_path_index (&preferred_path, i);
      check_weight (errors, &at, k8_weighted_pod_affinity_term_weight (term));
      check_pod_term (errors, K8_CHILD (&at, "podAffinityTerm"),
                      k8_weighted_pod_affinity_term_pod_affinity_term (term));
    }
}

void
k8_check_affinity (K8FieldErrors *errors, const K8Path *path, const K8Affinity *affinity)
{
  const K8PodAffinity *pod = k8_affinity_pod_affinity (affinity);
  const K8PodAntiAffinity *anti = k8_affinity_pod_anti_affinity (affinity);

  check_node_affinity (errors, K8_CHILD (path, "nodeAffinity"),
                       k8_affinity_node_affinity (affinity));
  check_pod_terms (errors, K8_CHILD (path, "podAffinity"),
                   k8_pod_affinity_required_during_scheduling_ignored_during_execution (pod),
                   k8_pod_affinity_preferred_during_scheduling_ignored_during_execution (pod));
  check_pod_terms (
      errors, K8_CHILD (path, "podAntiAffinity"),
      k8_pod_anti_affinity_required_during_scheduling_ignored_during_execution (anti),
      k8_pod_anti_affinity_preferred_during_scheduling_ignored_during_execution (anti));
}

void
k8_check_taint_effect (K8FieldErrors *errors, const K8Path *path, const char *effect)
{
  k8_check_word (errors, path, effect, "NoSchedule|PreferNoSchedule|NoExecute");
}

/* The value must fit its operator; upstream blames the operator. */
static void
check_toleration_operator (K8FieldErrors *errors,
                           const K8Path *path,
                           const K8Toleration *toleration)
{
  const char *operator= k8_toleration_operator (toleration);
  const char *value = k8_toleration_value (toleration);

  if (operator== NULL || strcmp (operator, "Equal") == 0)
    {
      K8NameFaults faults = k8_name_check_label_value (value);
      if (faults.n == 1)
        k8_field_errors_invalid (errors, path, value, "%s", faults.text[0]);
      else if (faults.n == 2)
        k8_field_errors_invalid (errors, path, value, "%s;%s", faults.text[0], faults.text[1]);
    }
  else if (strcmp (operator, "Exists") == 0)
    {
      if (value != NULL)
        k8_field_errors_invalid (errors, path, value,
                                 "value must be empty when `operator` is 'Exists'");
    }
  else if (k8_check_is_listed (operator, "Lt|Gt"))
    k8_field_errors_not_supported (errors, path, operator, "Equal|Exists|Lt|Gt");
  else
    k8_field_errors_not_supported (errors, path, operator, "Equal|Exists");
}

static void
check_toleration (K8FieldErrors *errors, const K8Path *path, const K8Toleration *toleration)
{
  const char *key = k8_toleration_key (toleration);
  const char *operator= k8_toleration_operator (toleration);
  const char *effect = k8_toleration_effect (toleration);
  K8Path operator_path = k8_path_child (path, "operator");

  if (key != NULL)
    k8_check_name (errors, K8_CHILD (path, "key"), key, k8_name_check_qualified);
  else if (!k8_string_is (operator, "Exists"))
    k8_field_errors_invalid (errors, &operator_path, operator,
                             "operator must be Exists when `key` is empty, which means \"match "
                             "all values and all keys\"");
  if (k8_toleration_has_toleration_seconds (toleration) && !k8_string_is (effect, "NoExecute"))
    k8_field_errors_invalid (errors, K8_CHILD (path, "effect"), effect,
                             "effect must be 'NoExecute' when `tolerationSeconds` is set");
  check_toleration_operator (errors, &operator_path, toleration);
  if (effect != NULL)
    k8_check_taint_effect (errors, K8_CHILD (path, "effect"), effect);
}

void
k8_check_tolerations (K8FieldErrors *errors, const K8Path *path, const K8List *tolerations)
{
  for (guint i = 0; i < k8_list_n (tolerations); i++)
    check_toleration (errors, K8_INDEX (path, i), k8_list_get_object (tolerations, i));
}

/* Two constraints on one topology with one consequence would be one too many. */
static gboolean
is_spread_repeated (const K8PodSpec *spec, guint index)
{
  const K8TopologySpreadConstraint *constraint =
      k8_pod_spec_topology_spread_constraints_at (spec, index);

  for (guint i = index + 1; i < k8_pod_spec_topology_spread_constraints_n (spec); i++)
    {
      const K8TopologySpreadConstraint *other =
          k8_pod_spec_topology_spread_constraints_at (spec, i);
      if (g_strcmp0 (k8_topology_spread_constraint_topology_key (constraint),
                     k8_topology_spread_constraint_topology_key (other)) == 0 &&
          g_strcmp0 (k8_topology_spread_constraint_when_unsatisfiable (constraint),
                     k8_topology_spread_constraint_when_unsatisfiable (other)) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
check_spread_policies (K8FieldErrors *errors,
                       const K8Path *path,
                       const K8TopologySpreadConstraint *constraint)
{
  const char *action = k8_topology_spread_constraint_when_unsatisfiable (constraint);
  const char *affinity = k8_topology_spread_constraint_node_affinity_policy (constraint);
  const char *taints = k8_topology_spread_constraint_node_taints_policy (constraint);
  gint32 n_min = k8_topology_spread_constraint_min_domains (constraint);
  K8Path min_path = k8_path_child (path, "minDomains");

  if (k8_topology_spread_constraint_has_min_domains (constraint))
    {
      k8_check_positive (errors, &min_path, n_min);
      if (!k8_string_is (action, "DoNotSchedule"))
        k8_field_errors_invalid_int (
            errors, &min_path, n_min,
            "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s",
            k8_string_or_empty (action));
    }
  if (affinity != NULL)
    k8_check_word (errors, K8_CHILD (path, "nodeAffinityPolicy"), affinity, "Honor|Ignore");
  if (taints != NULL)
    k8_check_word (errors, K8_CHILD (path, "nodeTaintsPolicy"), taints, "Honor|Ignore");
}

static void
check_spread_constraint (K8FieldErrors *errors,
                         const K8Path *path,
                         const K8PodSpec *spec,
                         guint index)
{
  const K8TopologySpreadConstraint *constraint =
      k8_pod_spec_topology_spread_constraints_at (spec, index);
  const char *topology = k8_topology_spread_constraint_topology_key (constraint);
  const char *action = k8_topology_spread_constraint_when_unsatisfiable (constraint);

  k8_check_positive (errors, K8_CHILD (path, "maxSkew"),
                     k8_topology_spread_constraint_max_skew (constraint));
  if (topology == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "topologyKey"), "can not be empty");
  k8_check_word (errors, K8_CHILD (path, "whenUnsatisfiable"), action,
                 "DoNotSchedule|ScheduleAnyway");
  if (is_spread_repeated (spec, index))
    {
      char *pair =
          g_strdup_printf ("{%s, %s}", k8_string_or_empty (topology), k8_string_or_empty (action));
      k8_field_errors_duplicate (errors, K8_CHILD (path, "{topologyKey, whenUnsatisfiable}"), pair);
      g_free (pair);
    }
  check_spread_policies (errors, path, constraint);
  check_match_keys (errors, path, k8_topology_spread_constraint_match_label_keys (constraint), NULL,
                    k8_topology_spread_constraint_label_selector (constraint));
  k8_check_label_selector (errors, K8_CHILD (path, "labelSelector"),
                           k8_topology_spread_constraint_label_selector (constraint));
}

void
k8_check_spread_constraints (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_pod_spec_topology_spread_constraints_n (spec); i++)
    check_spread_constraint (errors, K8_INDEX (path, i), spec, i);
}
