/* SPDX-License-Identifier: Apache-2.0
 *
 * Updates of pods: what of a specification may still change, ephemeral containers, status.
 * Source: kubernetes pkg/apis/core/validation, ValidatePodUpdate, ValidatePodStatusUpdate,
 * ValidatePodEphemeralContainersUpdate (v1.36).
 * Departures: where upstream appends a diff of Go structs to "pod updates may not change …", the
 * sentence stands alone; statuses of resource claims and of container users are not checked.
 */
#include <string.h>

#include "machinery/go_json.h"
#include "machinery/ip.h"
#include "machinery/validate.h"
#include "machinery/validate_parts.h"

static const char says_fields[] =
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
    "set to 1 if it was previously negative)";

/* Annotations that only the creator of a pod may set. */
static const char *
get_fixed_annotation (const char *key)
{
  if (k8_check_has_prefix (key, "container.apparmor.security.beta.kubernetes.io/"))
    return "AppArmor annotations";
  return strcmp (key, "kubernetes.io/config.mirror") == 0 ? "mirror pod annotation" : NULL;
}

static void
check_annotation_updates (K8FieldErrors *errors, const K8Pod *pod, const K8Pod *old)
{
  const K8List *annotations = k8_object_meta_annotations (k8_pod_metadata (pod));
  const K8List *old_annotations = k8_object_meta_annotations (k8_pod_metadata (old));
  K8Path metadata = k8_path_child (NULL, "metadata");
  K8Path path = k8_path_child (&metadata, "annotations");

  for (guint i = 0; i < k8_list_n (old_annotations); i++)
    {
      const char *key = k8_map_get_key (old_annotations, i);
      const char *what = get_fixed_annotation (key);
      if (what != NULL &&
          g_strcmp0 (k8_map_find (annotations, key), k8_map_get_value (old_annotations, i)) != 0)
        k8_field_errors_forbidden (errors, K8_KEY (&path, key), "may not remove or update %s",
                                   what);
    }
  for (guint i = 0; i < k8_list_n (annotations); i++)
    {
      const char *key = k8_map_get_key (annotations, i);
      const char *what = get_fixed_annotation (key);
      if (what != NULL && k8_map_find (old_annotations, key) == NULL)
        k8_field_errors_forbidden (errors, K8_KEY (&path, key), "may not add %s", what);
    }
  k8_check_pod_annotations (errors, &path, annotations, k8_pod_spec (pod));
}

/* FALSE if nothing more can be said. */
static gboolean
check_images (K8FieldErrors *errors,
              const K8Path *path,
              const K8List *containers,
              const K8List *old)
{
  if (k8_list_n (containers) != k8_list_n (old))
    {
      k8_field_errors_forbidden (errors, path, "pod updates may not add or remove containers");
      return FALSE;
    }
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      const char *image = k8_container_image (container);
      K8Path at = k8_path_index (path, i);
      k8_check_required (errors, K8_CHILD (&at, "image"), image);
      k8_check_pod_image (errors, K8_CHILD (&at, "image"), image);
    }
  return TRUE;
}

/* A deadline may come, and come closer. */
static gboolean
check_deadline (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  gboolean has_deadline = k8_pod_spec_has_active_deadline_seconds (spec);
  gint64 seconds = k8_pod_spec_active_deadline_seconds (spec);
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "activeDeadlineSeconds");

  if (!has_deadline && k8_pod_spec_has_active_deadline_seconds (old))
    k8_field_errors_invalid_json (errors, &path, "null",
                                  "must not update from a positive integer to nil value");
  if (!has_deadline)
    return TRUE;
  if (seconds < 0 || seconds > G_MAXINT32)
    k8_field_errors_invalid_int (errors, &path, seconds,
                                 "must be between 0 and 2147483647, inclusive");
  else if (k8_pod_spec_has_active_deadline_seconds (old) &&
           k8_pod_spec_active_deadline_seconds (old) < seconds)
    k8_field_errors_invalid_int (errors, &path, seconds,
                                 "must be less than or equal to previous value");
  else
    return TRUE;
  return FALSE;
}

static gboolean
is_same_toleration (const K8Toleration *a, const K8Toleration *b)
{
  static const K8Field *const fields[] = { K8_FIELD (toleration, key),
                                           K8_FIELD (toleration, operator),
                                           K8_FIELD (toleration, value),
                                           K8_FIELD (toleration, effect) };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (!k8_check_is_field_equal (a, b, fields[i]))
      return FALSE;
  return TRUE;
}

static gboolean
has_toleration (const K8PodSpec *spec, const K8Toleration *wanted)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    if (is_same_toleration (k8_pod_spec_tolerations_at (spec, i), wanted))
      return TRUE;
  return FALSE;
}

static void
check_toleration_updates (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "tolerations");

  for (guint i = 0; i < k8_pod_spec_tolerations_n (old); i++)
    if (!has_toleration (spec, k8_pod_spec_tolerations_at (old, i)))
      {
        k8_field_errors_forbidden (
            errors, &path, "existing toleration can not be modified except its tolerationSeconds");
        return;
      }
  k8_check_tolerations (errors, &path, k8_pod_spec_tolerations (spec));
}

static void
check_gate_updates (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  K8TextSet known = { 0 };
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "schedulingGates");

  for (guint i = 0; i < k8_pod_spec_scheduling_gates_n (old); i++)
    k8_text_set_add (&known,
                     k8_pod_scheduling_gate_name (k8_pod_spec_scheduling_gates_at (old, i)));
  for (guint i = 0; i < k8_pod_spec_scheduling_gates_n (spec); i++)
    {
      const char *name = k8_string_or_empty (
          k8_pod_scheduling_gate_name (k8_pod_spec_scheduling_gates_at (spec, i)));
      if (!k8_text_set_has (&known, name))
        k8_field_errors_forbidden (errors, K8_CHILD (K8_INDEX (&path, i), "name"),
                                   "only deletion is allowed, but found new scheduling gate '%s'",
                                   name);
    }
  k8_text_set_clear (&known);
}

/* @container with the image of @old. (transfer full) */
static const K8Container *
make_with_image (const K8Container *container, const K8Container *old)
{
  K8ContainerEdit edit;

  k8_container_edit (&edit, k8_region_of (container), container);
  k8_container_set_image (&edit, k8_container_image (old));
  return k8_container_seal (&edit);
}

static K8List *
make_with_images (const K8List *containers, const K8List *old)
{
  K8List *made = containers == NULL ? NULL : k8_list_dup (containers, 0);

  for (guint i = 0; i < k8_list_n (made); i++)
    made = k8_list_replace_object (
        made, i, make_with_image (k8_list_get_object (made, i), k8_list_get_object (old, i)));
  return made;
}

/* A pod that still waits for its gates may narrow where it goes. */

static gboolean
has_only_additions (const K8List *list, const K8List *old)
{
  if (k8_list_n (list) < k8_list_n (old))
    return FALSE;
  for (guint i = 0; i < k8_list_n (old); i++)
    if (!k8_record_equal (k8_list_get_object (list, i), k8_list_get_object (old, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_term_narrowed (const K8NodeSelectorTerm *term, const K8NodeSelectorTerm *old)
{
  gboolean was_empty = k8_node_selector_term_match_expressions_n (old) == 0 &&
                       k8_node_selector_term_match_fields_n (old) == 0;

  if (was_empty && (k8_node_selector_term_match_expressions_n (term) > 0 ||
                    k8_node_selector_term_match_fields_n (term) > 0))
    return FALSE;
  return has_only_additions (k8_node_selector_term_match_expressions (term),
                             k8_node_selector_term_match_expressions (old)) &&
         has_only_additions (k8_node_selector_term_match_fields (term),
                             k8_node_selector_term_match_fields (old));
}

static void
check_affinity_update (K8FieldErrors *errors,
                       const K8NodeAffinity *affinity,
                       const K8NodeAffinity *old)
{
  const K8NodeSelector *required =
      k8_node_affinity_required_during_scheduling_ignored_during_execution (affinity);
  const K8NodeSelector *old_required =
      k8_node_affinity_required_during_scheduling_ignored_during_execution (old);
  guint n_old = k8_node_selector_node_selector_terms_n (old_required);
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path affinity_path = k8_path_child (&spec_path, "affinity");
  K8Path node_path = k8_path_child (&affinity_path, "nodeAffinity");
  K8Path required_path =
      k8_path_child (&node_path, "requiredDuringSchedulingIgnoredDuringExecution");
  K8Path path = k8_path_child (&required_path, "nodeSelectorTerms");

  if (n_old > 0 && n_old != k8_node_selector_node_selector_terms_n (required))
    {
      char *json =
          required == NULL ? g_strdup ("null") : k8_go_json_list (required, "nodeSelectorTerms");
      k8_field_errors_invalid_json (
          errors, &path, json,
          "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
      g_free (json);
      return;
    }
  for (guint i = 0; i < n_old; i++)
    {
      const K8NodeSelectorTerm *term = k8_node_selector_node_selector_terms_at (required, i);
      if (is_term_narrowed (term, k8_node_selector_node_selector_terms_at (old_required, i)))
        continue;
      char *json = k8_go_json (term);
      k8_field_errors_invalid_json (errors, K8_INDEX (&path, i), json,
                                    "only additions are allowed (no mutations or deletions)");
      g_free (json);
    }
}

static void
check_selector_update (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  K8Path spec_path = k8_path_child (NULL, "spec");

  for (guint i = 0; i < k8_pod_spec_node_selector_n (old); i++)
    {
      const char *key = k8_pod_spec_node_selector_key (old, i);
      if (k8_string_is (k8_pod_spec_node_selector_get (spec, key),
                        k8_pod_spec_node_selector_value (old, i)))
        continue;
      char *json = k8_check_field_json (spec, K8_FIELD (pod_spec, node_selector));
      k8_field_errors_invalid_json (
          errors, K8_CHILD (&spec_path, "nodeSelector"), json,
          "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
      g_free (json);
      return;
    }
}

/* The affinity of @spec with the node affinity of @old. (transfer full) (nullable) */
static const K8Affinity *
make_with_node_affinity (const K8PodSpec *spec, const K8PodSpec *old)
{
  const K8Affinity *old_affinity = k8_pod_spec_affinity (old);
  const K8NodeAffinity *node = k8_affinity_node_affinity (old_affinity);
  K8AffinityEdit edit;

  if (k8_pod_spec_affinity (spec) == NULL && node == NULL)
    return NULL;
  k8_affinity_edit (&edit, k8_region_of (spec), k8_pod_spec_affinity (spec));
  k8_affinity_set_node_affinity (&edit, k8_record_ref (node));
  const K8Affinity *made = k8_affinity_seal (&edit);
  if (old_affinity == NULL && !k8_affinity_has_pod_affinity (made) &&
      !k8_affinity_has_pod_anti_affinity (made))
    {
      k8_record_unref (made);
      return NULL;
    }
  return made;
}

static void
put_gated_fields (K8FieldErrors *errors,
                  K8PodSpecEdit *edit,
                  const K8PodSpec *spec,
                  const K8PodSpec *old)
{
  check_selector_update (errors, spec, old);
  check_affinity_update (errors, k8_affinity_node_affinity (k8_pod_spec_affinity (spec)),
                         k8_affinity_node_affinity (k8_pod_spec_affinity (old)));
  k8_pod_spec_set_node_selector (edit, k8_list_ref (k8_pod_spec_node_selector (old)));
  k8_pod_spec_set_affinity (edit, make_with_node_affinity (spec, old));
}

/* What may change is put back; the rest must be what it was. */
static void
check_rest (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  K8PodSpecEdit edit;

  k8_pod_spec_edit (&edit, k8_region_of (spec), spec);
  k8_pod_spec_set_containers (
      &edit, make_with_images (k8_pod_spec_containers (spec), k8_pod_spec_containers (old)));
  k8_pod_spec_set_init_containers (&edit, make_with_images (k8_pod_spec_init_containers (spec),
                                                            k8_pod_spec_init_containers (old)));
  if (k8_pod_spec_has_active_deadline_seconds (old))
    k8_pod_spec_set_active_deadline_seconds (&edit, k8_pod_spec_active_deadline_seconds (old));
  else
    k8_pod_spec_clear_active_deadline_seconds (&edit);
  k8_pod_spec_set_scheduling_gates (&edit, k8_list_ref (k8_pod_spec_scheduling_gates (old)));
  k8_pod_spec_set_tolerations (&edit, k8_list_ref (k8_pod_spec_tolerations (old)));
  if (k8_pod_spec_termination_grace_period_seconds (old) < 0 &&
      k8_pod_spec_termination_grace_period_seconds (spec) == 1)
    k8_pod_spec_set_termination_grace_period_seconds (
        &edit, k8_pod_spec_termination_grace_period_seconds (old));
  if (k8_pod_spec_scheduling_gates_n (old) > 0)
    put_gated_fields (errors, &edit, spec, old);
  const K8PodSpec *munged = k8_pod_spec_seal (&edit);
  if (!k8_record_equal (munged, old))
    k8_field_errors_forbidden (errors, K8_CHILD (NULL, "spec"), "%s", says_fields);
  k8_record_unref (munged);
}

void
k8_validate_pod_update (const void *object, const void *old, K8FieldErrors *errors)
{
  const K8PodSpec *spec = k8_pod_spec (object);
  const K8PodSpec *old_spec = k8_pod_spec (old);
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata_update (errors, k8_pod_metadata (object), k8_pod_metadata (old));
  k8_check_pod_whole (errors, object);
  check_annotation_updates (errors, object, old);
  if (!check_images (errors, K8_CHILD (&path, "containers"), k8_pod_spec_containers (spec),
                     k8_pod_spec_containers (old_spec)) ||
      !check_images (errors, K8_CHILD (&path, "initContainers"), k8_pod_spec_init_containers (spec),
                     k8_pod_spec_init_containers (old_spec)) ||
      !check_deadline (errors, spec, old_spec))
    return;
  check_toleration_updates (errors, spec, old_spec);
  check_gate_updates (errors, spec, old_spec);
  if (!k8_record_equal (spec, old_spec))
    check_rest (errors, spec, old_spec);
}

static const K8EphemeralContainer *
find_ephemeral (const K8PodSpec *spec, const char *name)
{
  for (guint i = k8_pod_spec_ephemeral_containers_n (spec); i-- > 0;)
    {
      const K8EphemeralContainer *container = k8_pod_spec_ephemeral_containers_at (spec, i);
      if (g_strcmp0 (k8_ephemeral_container_name (container), name) == 0)
        return container;
    }
  return NULL;
}

/* Ephemeral containers come, and stay as they are. */
static void
check_ephemeral_updates (K8FieldErrors *errors, const K8PodSpec *spec, const K8PodSpec *old)
{
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "ephemeralContainers");

  for (guint i = 0; i < k8_pod_spec_ephemeral_containers_n (old); i++)
    {
      const K8EphemeralContainer *container = k8_pod_spec_ephemeral_containers_at (old, i);
      const char *name = k8_string_or_empty (k8_ephemeral_container_name (container));
      const K8EphemeralContainer *now = find_ephemeral (spec, name);
      if (now == NULL)
        k8_field_errors_forbidden (
            errors, &path, "existing ephemeral containers \"%s\" may not be removed\n", name);
      else if (!k8_record_equal (now, container))
        k8_field_errors_forbidden (
            errors, &path, "existing ephemeral containers \"%s\" may not be changed\n", name);
    }
}

void
k8_validate_ephemeral_containers_update (const void *pod, const void *old, K8FieldErrors *errors)
{
  const K8ObjectMeta *old_metadata = k8_pod_metadata (old);

  if (k8_object_meta_annotations_get (old_metadata, "kubernetes.io/config.mirror") != NULL)
    {
      k8_field_errors_forbidden (errors, K8_CHILD (NULL, ""),
                                 "static pods do not support ephemeral containers");
      return;
    }
  k8_check_core_metadata_update (errors, k8_pod_metadata (pod), old_metadata);
  k8_check_pod_whole (errors, pod);
  check_annotation_updates (errors, pod, old);
  check_ephemeral_updates (errors, k8_pod_spec (pod), k8_pod_spec (old));
}

/* Status. */

static void
check_conditions (K8FieldErrors *errors, const K8Path *path, const K8PodStatus *status)
{
  for (guint i = 0; i < k8_pod_status_conditions_n (status); i++)
    {
      const K8PodCondition *condition = k8_pod_status_conditions_at (status, i);
      const char *type = k8_pod_condition_type (condition);
      K8Path at = k8_path_index (path, i);
      if (k8_pod_condition_observed_generation (condition) < 0)
        k8_field_errors_invalid_int (errors, K8_CHILD (&at, "observedGeneration"),
                                     k8_pod_condition_observed_generation (condition),
                                     "must be a non-negative integer");
      if (!k8_check_is_listed (type, "PodScheduled|Ready|Initialized"))
        k8_check_name (errors, K8_CHILD (&at, "Type"), type, k8_name_check_qualified);
    }
}

/* Whether a rule of the container covers the exit code. */
static gboolean
has_restart_rule (const K8Container *container, gint32 exit_code)
{
  for (guint i = 0; i < k8_container_restart_policy_rules_n (container); i++)
    {
      const K8ContainerRestartRuleOnExitCodes *codes = k8_container_restart_rule_exit_codes (
          k8_container_restart_policy_rules_at (container, i));
      const char *operator= k8_container_restart_rule_on_exit_codes_operator (codes);
      gboolean is_listed = FALSE;
      for (guint j = 0; j < k8_container_restart_rule_on_exit_codes_values_n (codes); j++)
        if (k8_container_restart_rule_on_exit_codes_values_at (codes, j) == exit_code)
          is_listed = TRUE;
      if (k8_string_is (operator, "In") ? is_listed
                                        : k8_string_is (operator, "NotIn") && !is_listed)
        return TRUE;
    }
  return FALSE;
}

static gboolean
may_restart (const K8PodSpec *spec, const K8Container *container, gint32 exit_code)
{
  const char *policy = k8_container_restart_policy (container);

  if (policy != NULL && has_restart_rule (container, exit_code))
    return TRUE;
  if (!k8_check_is_listed (policy, "Always|OnFailure|Never"))
    policy = k8_pod_spec_restart_policy (spec);
  if (k8_string_is (policy, "OnFailure"))
    return exit_code != 0;
  return !k8_string_is (policy, "Never");
}

static gboolean
restarts_all (const K8List *containers)
{
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      for (guint j = 0; j < k8_container_restart_policy_rules_n (container); j++)
        if (k8_string_is (k8_container_restart_rule_action (
                              k8_container_restart_policy_rules_at (container, j)),
                          "RestartAllContainers"))
          return TRUE;
    }
  return FALSE;
}

static const K8ContainerStatus *
find_status (const K8List *statuses, const char *name)
{
  for (guint i = 0; i < k8_list_n (statuses); i++)
    {
      const K8ContainerStatus *status = k8_list_get_object (statuses, i);
      if (g_strcmp0 (k8_container_status_name (status), name) == 0)
        return status;
    }
  return NULL;
}

static const K8Container *
find_container (const K8List *containers, const char *name)
{
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      if (g_strcmp0 (k8_container_name (container), name) == 0)
        return container;
    }
  return NULL;
}

/* The statuses of one list, and the containers that they are about (NULL: none may restart). */
typedef struct
{
  const char *name;
  const K8List *statuses;
  const K8List *old_statuses;
  const K8List *containers;
} Transition;

/* What has ended stays so, unless it may start again. */
static void
check_transition (K8FieldErrors *errors, const K8PodSpec *spec, const Transition *transition)
{
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, transition->name);

  for (guint i = 0; i < k8_list_n (transition->old_statuses); i++)
    {
      const K8ContainerStatus *old = k8_list_get_object (transition->old_statuses, i);
      const char *name = k8_container_status_name (old);
      const K8ContainerStateTerminated *ended =
          k8_container_state_terminated (k8_container_status_state (old));
      const K8ContainerStatus *now = find_status (transition->statuses, name);
      const K8Container *container = find_container (transition->containers, name);
      if (ended == NULL || now == NULL ||
          k8_container_state_has_terminated (k8_container_status_state (now)))
        continue;
      if (container == NULL ||
          !may_restart (spec, container, k8_container_state_terminated_exit_code (ended)))
        k8_field_errors_forbidden (errors, K8_CHILD (K8_INDEX (&path, i), "state"),
                                   "may not be transitioned to non-terminated state");
    }
}

static void
check_transitions (K8FieldErrors *errors,
                   const K8PodSpec *spec,
                   const K8PodStatus *status,
                   const K8PodStatus *old)
{
  Transition regular = { "containerStatuses", k8_pod_status_container_statuses (status),
                         k8_pod_status_container_statuses (old), k8_pod_spec_containers (spec) };
  Transition init = { "initContainerStatuses", k8_pod_status_init_container_statuses (status),
                      k8_pod_status_init_container_statuses (old),
                      k8_pod_spec_init_containers (spec) };
  Transition ephemeral = { "ephemeralContainerStatuses",
                           k8_pod_status_ephemeral_container_statuses (status),
                           k8_pod_status_ephemeral_container_statuses (old), NULL };
  gboolean may_all = restarts_all (k8_pod_spec_containers (spec)) ||
                     restarts_all (k8_pod_spec_init_containers (spec));

  if (!may_all)
    {
      check_transition (errors, spec, &regular);
      check_transition (errors, spec, &init);
    }
  check_transition (errors, spec, &ephemeral);
}

/* A list of addresses, and whether it may stand for two stacks. */
static void
check_address (K8FieldErrors *errors, const K8Path *path, const char *text, guint n_families[2])
{
  K8IP ip;

  k8_ip_check_legacy (errors, path, text);
  if (k8_ip_parse (text, &ip))
    n_families[ip.is_v6 ? 1 : 0]++;
}

static void
check_families (K8FieldErrors *errors,
                const K8Path *path,
                const K8PodStatus *status,
                const guint n_families[2])
{
  if (n_families[0] <= 1 && n_families[1] <= 1)
    return;
  char *json = k8_go_json_list (status, path->name);
  k8_field_errors_invalid_json (errors, path, json,
                                "may specify no more than one IP for each IP family");
  g_free (json);
}

static void
check_pod_ips (K8FieldErrors *errors, const K8PodStatus *status)
{
  guint n_families[2] = { 0, 0 };
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, "podIPs");

  for (guint i = 0; i < k8_pod_status_pod_ips_n (status); i++)
    check_address (errors, K8_INDEX (&path, i), k8_pod_ip_ip (k8_pod_status_pod_ips_at (status, i)),
                   n_families);
  check_families (errors, &path, status, n_families);
}

static void
check_host_ips (K8FieldErrors *errors, const K8PodStatus *status)
{
  guint n_families[2] = { 0, 0 };
  guint n = k8_pod_status_host_ips_n (status);
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, "hostIPs");

  if (n == 0)
    return;
  const char *first = k8_host_ip_ip (k8_pod_status_host_ips_at (status, 0));
  if (g_strcmp0 (first, k8_pod_status_host_ip (status)) != 0)
    k8_field_errors_invalid (errors, K8_CHILD (K8_INDEX (&path, 0), "ip"), first,
                             "must be equal to `hostIP`");
  for (guint i = 0; i < n; i++)
    check_address (errors, K8_INDEX (&path, i),
                   k8_host_ip_ip (k8_pod_status_host_ips_at (status, i)), n_families);
  check_families (errors, &path, status, n_families);
}

static void
check_nomination (K8FieldErrors *errors,
                  const K8PodStatus *status,
                  const K8PodStatus *old,
                  const K8PodSpec *old_spec)
{
  const char *name = k8_pod_status_nominated_node_name (status);
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, "nominatedNodeName");

  if (name == NULL || g_strcmp0 (name, k8_pod_status_nominated_node_name (old)) == 0)
    return;
  k8_check_name (errors, &path, name, k8_name_check_dns_1123_subdomain);
  if (k8_pod_spec_has_node_name (old_spec))
    k8_field_errors_forbidden (errors, &path,
                               "may not be set on pods that are already bound to a node");
}

void
k8_validate_pod_status (const void *object, const void *old, K8FieldErrors *errors)
{
  const K8PodStatus *status = k8_pod_status (object);
  const K8PodStatus *old_status = k8_pod_status (old);
  const K8PodSpec *old_spec = k8_pod_spec (old);
  K8Path path = k8_path_child (NULL, "status");

  k8_check_core_metadata_update (errors, k8_pod_metadata (object), k8_pod_metadata (old));
  check_annotation_updates (errors, object, old);
  check_conditions (errors, K8_CHILD (&path, "conditions"), status);
  if (!k8_check_is_field_equal (k8_pod_spec (object), old_spec, K8_FIELD (pod_spec, node_name)))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "nodeName"), "may not be changed directly");
  check_nomination (errors, status, old_status, old_spec);
  if (k8_pod_status_observed_generation (status) < 0)
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "observedGeneration"),
                                 k8_pod_status_observed_generation (status),
                                 "must be a non-negative integer");
  k8_check_immutable (errors, K8_CHILD (&path, "qosClass"), status, old_status,
                      K8_FIELD (pod_status, qos_class));
  check_transitions (errors, old_spec, status, old_status);
  check_pod_ips (errors, status);
  check_host_ips (errors, status);
}
