/* SPDX-License-Identifier: Apache-2.0
 *
 * Deployments, ReplicaSets, Scale: selector against template, strategy, counts of the status.
 * Source: kubernetes pkg/apis/apps/validation, pkg/apis/autoscaling/validation (v1.36).
 */
#include <string.h>

#include "machinery/go_json.h"
#include "machinery/selector.h"
#include "machinery/validate_parts.h"

static void
check_counts (K8FieldErrors *errors,
              const K8Path *path,
              const void *status,
              const K8Field *const *fields)
{
  for (; *fields != NULL; fields++)
    k8_check_non_negative (errors, K8_CHILD (path, (*fields)->name),
                           status == NULL ? 0 : k8_record_get_int (status, *fields));
}

static gboolean
selects_template (const K8LabelSelector *selector, const K8ObjectMeta *metadata)
{
  gboolean is_match;

  if (selector == NULL)
    return FALSE;
  const K8Selector *compiled =
      k8_selector_new_from_record (k8_region_of (selector), selector, NULL);
  is_match = compiled != NULL && k8_selector_matches (compiled, k8_object_meta_labels (metadata));
  k8_selector_unref (compiled);
  return is_match;
}

/* The template of something that keeps pods running, chosen by its own labels. */
static void
check_template (K8FieldErrors *errors,
                const K8Path *path,
                const K8PodTemplateSpec *template,
                const K8LabelSelector *selector)
{
  const K8ObjectMeta *metadata = k8_pod_template_spec_metadata (template);
  const K8PodSpec *spec = k8_pod_template_spec_spec (template);
  K8Path spec_path = k8_path_child (path, "spec");

  if (!selects_template (selector, metadata))
    {
      char *json = k8_check_field_json (metadata, K8_FIELD (object_meta, labels));
      k8_field_errors_invalid_json (errors, K8_CHILD (K8_CHILD (path, "metadata"), "labels"), json,
                                    "`selector` does not match template `labels`");
      g_free (json);
    }
  k8_check_pod_template (errors, path, template);
  if (!k8_string_is (k8_pod_spec_restart_policy (spec), "Always"))
    k8_field_errors_not_supported (errors, K8_CHILD (&spec_path, "restartPolicy"),
                                   k8_pod_spec_restart_policy (spec), "Always");
  if (k8_pod_spec_has_active_deadline_seconds (spec))
    k8_field_errors_forbidden (errors, K8_CHILD (&spec_path, "activeDeadlineSeconds"),
                               "activeDeadlineSeconds in ReplicaSet is not Supported");
}

static void
check_selector_and_template (K8FieldErrors *errors,
                             const K8Path *path,
                             const K8LabelSelector *selector,
                             const K8PodTemplateSpec *template)
{
  K8Path selector_path = k8_path_child (path, "selector");
  guint n_errors = k8_field_errors_n (errors);
  char *json = selector == NULL ? NULL : k8_check_record_json (selector);

  if (selector == NULL)
    k8_field_errors_required (errors, &selector_path, "%s", "");
  else
    k8_check_label_selector (errors, &selector_path, selector);
  gboolean is_bad = selector != NULL && k8_field_errors_n (errors) > n_errors;
  if (selector != NULL && k8_label_selector_match_labels_n (selector) == 0 &&
      k8_label_selector_match_expressions_n (selector) == 0)
    k8_field_errors_invalid_json (errors, &selector_path, json,
                                  "empty selector is invalid for deployment");
  if (is_bad)
    k8_field_errors_invalid_json (errors, &selector_path, json, "invalid label selector");
  else
    check_template (errors, K8_CHILD (path, "template"), template, selector);
  g_free (json);
}

/* The number before the percent sign, or -1. */
static gint64
get_percent (K8IntOrString value)
{
  gint64 percent = 0;

  if (!value.is_text || !k8_name_is_good (k8_name_check_percent (value.text)))
    return -1;
  for (const char *p = value.text; *p != '%' && percent <= G_MAXINT32; p++)
    percent = percent * 10 + (*p - '0');
  return percent;
}

static gint64
get_amount (K8IntOrString value)
{
  gint64 percent = get_percent (value);

  if (percent >= 0)
    return percent;
  return value.is_text ? g_ascii_strtoll (value.text, NULL, 10) : value.number;
}

static void
blame_amount (K8FieldErrors *errors, const K8Path *path, K8IntOrString value, const char *says)
{
  if (value.is_text)
    k8_field_errors_invalid (errors, path, value.text, "%s", says);
  else
    k8_field_errors_invalid_int (errors, path, value.number, "%s", says);
}

static void
check_amount (K8FieldErrors *errors, const K8Path *path, K8IntOrString value)
{
  if (value.is_text)
    k8_check_name (errors, path, value.text, k8_name_check_percent);
  else
    k8_check_non_negative (errors, path, value.number);
}

static void
check_rolling_update (K8FieldErrors *errors,
                      const K8Path *path,
                      const K8RollingUpdateDeployment *update)
{
  K8IntOrString unavailable = k8_rolling_update_deployment_max_unavailable (update);
  K8IntOrString surge = k8_rolling_update_deployment_max_surge (update);
  K8Path unavailable_path = k8_path_child (path, "maxUnavailable");

  check_amount (errors, &unavailable_path, unavailable);
  check_amount (errors, K8_CHILD (path, "maxSurge"), surge);
  if (get_amount (unavailable) == 0 && get_amount (surge) == 0)
    blame_amount (errors, &unavailable_path, unavailable, "may not be 0 when `maxSurge` is 0");
  if (get_percent (unavailable) > 100)
    blame_amount (errors, &unavailable_path, unavailable, "must not be greater than 100%");
}

static void
check_strategy (K8FieldErrors *errors, const K8Path *path, const K8DeploymentStrategy *strategy)
{
  const char *type = k8_deployment_strategy_type (strategy);
  const K8RollingUpdateDeployment *update = k8_deployment_strategy_rolling_update (strategy);
  K8Path update_path = k8_path_child (path, "rollingUpdate");

  if (k8_string_is (type, "Recreate"))
    {
      if (update != NULL)
        k8_field_errors_forbidden (errors, &update_path,
                                   "may not be specified when strategy `type` is 'Recreate'");
    }
  else if (k8_string_is (type, "RollingUpdate"))
    {
      if (update == NULL)
        k8_field_errors_required (errors, &update_path,
                                  "this should be defaulted and never be nil");
      else
        check_rolling_update (errors, &update_path, update);
    }
  else
    {
      char *json = strategy == NULL ? g_strdup ("{\"Type\":\"\",\"RollingUpdate\":null}")
                                    : k8_go_json (strategy);
      k8_field_errors_not_supported_json (errors, path, json, "Recreate|RollingUpdate");
      g_free (json);
    }
}

static void
check_deployment_spec (K8FieldErrors *errors, const K8DeploymentSpec *spec)
{
  gint32 deadline = k8_deployment_spec_progress_deadline_seconds (spec);
  K8Path path = k8_path_child (NULL, "spec");
  K8Path deadline_path = k8_path_child (&path, "progressDeadlineSeconds");

  k8_check_non_negative (errors, K8_CHILD (&path, "replicas"), k8_deployment_spec_replicas (spec));
  check_selector_and_template (errors, &path, k8_deployment_spec_selector (spec),
                               k8_deployment_spec_template (spec));
  check_strategy (errors, K8_CHILD (&path, "strategy"), k8_deployment_spec_strategy (spec));
  k8_check_non_negative (errors, K8_CHILD (&path, "minReadySeconds"),
                         k8_deployment_spec_min_ready_seconds (spec));
  k8_check_non_negative (errors, K8_CHILD (&path, "revisionHistoryLimit"),
                         k8_deployment_spec_revision_history_limit (spec));
  if (!k8_deployment_spec_has_progress_deadline_seconds (spec))
    return;
  k8_check_non_negative (errors, &deadline_path, deadline);
  if (deadline <= k8_deployment_spec_min_ready_seconds (spec))
    k8_field_errors_invalid_int (errors, &deadline_path, deadline,
                                 "must be greater than minReadySeconds");
}

void
k8_validate_deployment_create (const void *object, K8FieldErrors *errors)
{
  k8_check_core_metadata (errors, k8_deployment_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  check_deployment_spec (errors, k8_deployment_spec (object));
}

void
k8_validate_deployment_update (const void *object, const void *old, K8FieldErrors *errors)
{
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata_update (errors, k8_deployment_metadata (object),
                                 k8_deployment_metadata (old));
  check_deployment_spec (errors, k8_deployment_spec (object));
  k8_check_immutable (errors, K8_CHILD (&path, "selector"), k8_deployment_spec (object),
                      k8_deployment_spec (old), K8_FIELD (deployment_spec, selector));
}

/* A count of the status that cannot be more than another. */
static void
check_not_more (
    K8FieldErrors *errors, const K8Path *path, const char *name, gint32 value, gint32 max)
{
  if (value > max)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, name), value,
                                 "cannot be greater than status.replicas");
}

static void
check_available (K8FieldErrors *errors, const K8Path *path, gint32 available, gint32 ready)
{
  if (available > ready)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "availableReplicas"), available,
                                 "cannot be greater than readyReplicas");
}

void
k8_validate_deployment_status (const void *object, const void *old, K8FieldErrors *errors)
{
  static const K8Field *const fields[] = {
    K8_FIELD (deployment_status, observed_generation),
    K8_FIELD (deployment_status, replicas),
    K8_FIELD (deployment_status, updated_replicas),
    K8_FIELD (deployment_status, ready_replicas),
    K8_FIELD (deployment_status, available_replicas),
    K8_FIELD (deployment_status, unavailable_replicas),
    K8_FIELD (deployment_status, terminating_replicas),
    K8_FIELD (deployment_status, collision_count),
    NULL,
  };
  const K8DeploymentStatus *status = k8_deployment_status (object);
  const K8DeploymentStatus *old_status = k8_deployment_status (old);
  gint32 n = k8_deployment_status_replicas (status);
  K8Path path = k8_path_child (NULL, "status");

  k8_check_core_metadata_update (errors, k8_deployment_metadata (object),
                                 k8_deployment_metadata (old));
  check_counts (errors, &path, status, fields);
  check_not_more (errors, &path, "updatedReplicas", k8_deployment_status_updated_replicas (status),
                  n);
  check_not_more (errors, &path, "readyReplicas", k8_deployment_status_ready_replicas (status), n);
  check_not_more (errors, &path, "availableReplicas",
                  k8_deployment_status_available_replicas (status), n);
  check_available (errors, &path, k8_deployment_status_available_replicas (status),
                   k8_deployment_status_ready_replicas (status));
  if (k8_deployment_status_has_collision_count (old_status) &&
      (!k8_deployment_status_has_collision_count (status) ||
       k8_deployment_status_collision_count (status) <
           k8_deployment_status_collision_count (old_status)))
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "collisionCount"),
                                 k8_deployment_status_collision_count (status),
                                 "cannot be decremented");
}

static void
check_replica_set_spec (K8FieldErrors *errors, const K8ReplicaSetSpec *spec)
{
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_non_negative (errors, K8_CHILD (&path, "replicas"), k8_replica_set_spec_replicas (spec));
  k8_check_non_negative (errors, K8_CHILD (&path, "minReadySeconds"),
                         k8_replica_set_spec_min_ready_seconds (spec));
  check_selector_and_template (errors, &path, k8_replica_set_spec_selector (spec),
                               k8_replica_set_spec_template (spec));
}

void
k8_validate_replica_set_create (const void *object, K8FieldErrors *errors)
{
  k8_check_core_metadata (errors, k8_replica_set_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  check_replica_set_spec (errors, k8_replica_set_spec (object));
}

void
k8_validate_replica_set_update (const void *object, const void *old, K8FieldErrors *errors)
{
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata_update (errors, k8_replica_set_metadata (object),
                                 k8_replica_set_metadata (old));
  check_replica_set_spec (errors, k8_replica_set_spec (object));
  k8_check_immutable (errors, K8_CHILD (&path, "selector"), k8_replica_set_spec (object),
                      k8_replica_set_spec (old), K8_FIELD (replica_set_spec, selector));
}

void
k8_validate_replica_set_status (const void *object, const void *old, K8FieldErrors *errors)
{
  static const K8Field *const fields[] = {
    K8_FIELD (replica_set_status, replicas),
    K8_FIELD (replica_set_status, fully_labeled_replicas),
    K8_FIELD (replica_set_status, ready_replicas),
    K8_FIELD (replica_set_status, available_replicas),
    K8_FIELD (replica_set_status, observed_generation),
    K8_FIELD (replica_set_status, terminating_replicas),
    NULL,
  };
  const K8ReplicaSetStatus *status = k8_replica_set_status (object);
  gint32 n = k8_replica_set_status_replicas (status);
  K8Path path = k8_path_child (NULL, "status");

  k8_check_core_metadata_update (errors, k8_replica_set_metadata (object),
                                 k8_replica_set_metadata (old));
  check_counts (errors, &path, status, fields);
  check_not_more (errors, &path, "fullyLabeledReplicas",
                  k8_replica_set_status_fully_labeled_replicas (status), n);
  check_not_more (errors, &path, "readyReplicas", k8_replica_set_status_ready_replicas (status), n);
  check_not_more (errors, &path, "availableReplicas",
                  k8_replica_set_status_available_replicas (status), n);
  check_available (errors, &path, k8_replica_set_status_available_replicas (status),
                   k8_replica_set_status_ready_replicas (status));
}

void
k8_validate_scale (const void *object, K8FieldErrors *errors)
{
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata (errors, k8_scale_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  k8_check_non_negative (errors, K8_CHILD (&path, "replicas"),
                         k8_scale_spec_replicas (k8_scale_spec (object)));
}
