/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes: taints, resources, address ranges, declared features; what an update may change.
 * Source: kubernetes pkg/apis/core/validation, ValidateNode, ValidateNodeUpdate (v1.36).
 * Departures: taints and avoided pods in annotations of alpha times are not read; the deprecated
 * configSource is checked for its parts only.
 */
#include <string.h>

#include "machinery/go_json.h"
#include "machinery/ip.h"
#include "machinery/validate_parts.h"

static gboolean
is_taint_repeated (const K8NodeSpec *spec, guint index)
{
  const K8Taint *taint = k8_node_spec_taints_at (spec, index);

  for (guint i = 0; i < index; i++)
    {
      const K8Taint *other = k8_node_spec_taints_at (spec, i);
      if (g_strcmp0 (k8_taint_key (other), k8_taint_key (taint)) == 0 &&
          g_strcmp0 (k8_taint_effect (other), k8_taint_effect (taint)) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Upstream puts taints below metadata. */
static void
check_taints (K8FieldErrors *errors, const K8NodeSpec *spec)
{
  K8Path metadata = k8_path_child (NULL, "metadata");
  K8Path path = k8_path_child (&metadata, "taints");

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      K8NameFaults faults = k8_name_check_label_value (k8_taint_value (taint));
      K8Path at = k8_path_index (&path, i);
      k8_check_name (errors, K8_CHILD (&at, "key"), k8_taint_key (taint), k8_name_check_qualified);
      if (faults.n > 0)
        k8_field_errors_invalid (errors, K8_CHILD (&at, "value"), k8_taint_value (taint), "%s%s%s",
                                 faults.text[0], faults.n > 1 ? ";" : "",
                                 faults.n > 1 ? faults.text[1] : "");
      if (k8_check_required (errors, K8_CHILD (&at, "effect"), k8_taint_effect (taint)))
        k8_check_taint_effect (errors, K8_CHILD (&at, "effect"), k8_taint_effect (taint));
      if (is_taint_repeated (spec, i))
        {
          char *json = k8_go_json (taint);
          k8_field_errors_duplicate_json (errors, &at, json,
                                          "taints must be unique by key and effect pair");
          g_free (json);
        }
    }
}

static void
check_resource_map (K8FieldErrors *errors, const K8Path *path, const K8List *map)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    k8_check_resource_amount (errors, K8_CHILD (path, k8_map_get_key (map, i)),
                              k8_map_get_key (map, i), k8_map_get_value (map, i));
}

static void
check_resources (K8FieldErrors *errors, const K8NodeStatus *status)
{
  K8Path path = k8_path_child (NULL, "status");

  check_resource_map (errors, K8_CHILD (&path, "capacity"), k8_node_status_capacity (status));
  check_resource_map (errors, K8_CHILD (&path, "allocatable"), k8_node_status_allocatable (status));
}

static void
check_swap (K8FieldErrors *errors, const K8NodeStatus *status)
{
  const K8NodeSwapStatus *swap = k8_node_system_info_swap (k8_node_status_node_info (status));
  K8Path metadata = k8_path_child (NULL, "metadata");
  K8Path path = k8_path_child (&metadata, "nodeSwapStatus");

  if (k8_node_swap_status_has_capacity (swap))
    k8_check_positive (errors, K8_CHILD (&path, "capacity"), k8_node_swap_status_capacity (swap));
}

/* Segments of letters and digits joined by slashes, the first in upper camel case. */
static gboolean
is_feature_name (const char *name)
{
  gboolean is_begin = TRUE;

  if (!g_ascii_isupper (name[0]))
    return FALSE;
  for (; *name != '\0'; name++)
    {
      if (is_begin ? !g_ascii_isalpha (*name) : !g_ascii_isalnum (*name) && *name != '/')
        return FALSE;
      is_begin = *name == '/';
    }
  return !is_begin;
}

static void
check_feature (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  if (strlen (name) > K8_DNS_SUBDOMAIN_MAX_BYTES)
    k8_field_errors_invalid (errors, path, name,
                             "invalid feature name \"%s\": must be no more than 253 characters",
                             name);
  else if (!is_feature_name (name))
    k8_field_errors_invalid (
        errors, path, name,
        "invalid feature name \"%s\": must start with an UpperCamelCase segment, with subsequent "
        "segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only "
        "alphanumeric characters and slashes",
        name);
}

static void
check_features (K8FieldErrors *errors, const K8NodeStatus *status)
{
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, "declaredFeatures");
  guint n = k8_node_status_declared_features_n (status);

  for (guint i = 0; i < n; i++)
    {
      const char *name = k8_node_status_declared_features_at (status, i);
      const char *next = i + 1 < n ? k8_node_status_declared_features_at (status, i + 1) : NULL;
      check_feature (errors, K8_INDEX (&path, i), name);
      if (next != NULL && strcmp (name, next) == 0)
        k8_field_errors_duplicate (errors, K8_INDEX (&path, i + 1), next);
      else if (next != NULL && strcmp (name, next) > 0)
        k8_field_errors_invalid (errors, K8_INDEX (&path, i + 1), next,
                                 "list must be sorted alphabetically");
    }
}

static void
check_ranges (K8FieldErrors *errors, const K8NodeSpec *spec)
{
  guint n = k8_node_spec_pod_cidrs_n (spec);
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "podCIDRs");
  gboolean has_v4 = FALSE;
  gboolean has_v6 = FALSE;

  for (guint i = 0; i < n; i++)
    {
      const char *range = k8_node_spec_pod_cidrs_at (spec, i);
      K8CIDR cidr;
      k8_cidr_check_legacy (errors, K8_INDEX (&path, i), range);
      if (!k8_cidr_parse (range, &cidr))
        continue;
      has_v6 = has_v6 || cidr.ip.is_v6;
      has_v4 = has_v4 || !cidr.ip.is_v6;
    }
  if (n < 2 || (n == 2 && has_v4 && has_v6))
    return;
  char *json = k8_check_field_json (spec, K8_FIELD (node_spec, pod_cidrs));
  k8_field_errors_invalid_json (errors, &path, json,
                                "may specify no more than one CIDR for each IP family");
  g_free (json);
}

void
k8_validate_node_create (const void *object, K8FieldErrors *errors)
{
  const K8NodeSpec *spec = k8_node_spec (object);
  const K8NodeStatus *status = k8_node_status (object);

  k8_check_core_metadata (errors, k8_node_metadata (object), K8_SCOPE_CLUSTER,
                          k8_name_check_dns_1123_subdomain);
  check_taints (errors, spec);
  check_resources (errors, status);
  check_swap (errors, status);
  check_features (errors, status);
  check_ranges (errors, spec);
}

static void
check_addresses (K8FieldErrors *errors, const K8NodeStatus *status)
{
  K8Path status_path = k8_path_child (NULL, "status");
  K8Path path = k8_path_child (&status_path, "addresses");

  for (guint i = 0; i < k8_node_status_addresses_n (status); i++)
    for (guint j = 0; j < i; j++)
      if (k8_record_equal (k8_node_status_addresses_at (status, i),
                           k8_node_status_addresses_at (status, j)))
        {
          char *json = k8_go_json (k8_node_status_addresses_at (status, i));
          k8_field_errors_duplicate_json (errors, K8_INDEX (&path, i), json, "%s", "");
          g_free (json);
          break;
        }
}

/* What is set once stays: the range of a node, its name at the provider. */
static void
check_spec_update (K8FieldErrors *errors, const K8NodeSpec *spec, const K8NodeSpec *old)
{
  K8Path path = k8_path_child (NULL, "spec");

  if (k8_node_spec_pod_cidrs_n (old) > 0 &&
      !k8_list_equal (k8_node_spec_pod_cidrs (old), k8_node_spec_pod_cidrs (spec)))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "podCIDRs"),
                               "node updates may not change podCIDR except from \"\" to valid");
  if (k8_node_spec_has_provider_id (old) &&
      !k8_check_is_field_equal (spec, old, K8_FIELD (node_spec, provider_id)))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "providerID"),
                               "node updates may not change providerID except from \"\" to valid");
}

static void
check_config_map (K8FieldErrors *errors, const K8Path *path, const K8ConfigMapNodeConfigSource *map)
{
  if (k8_config_map_node_config_source_has_uid (map))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "uid"), "uid must not be set in spec");
  if (k8_config_map_node_config_source_has_resource_version (map))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "resourceVersion"),
                               "resourceVersion must not be set in spec");
  k8_check_required_name (errors, K8_CHILD (path, "namespace"),
                          k8_config_map_node_config_source_namespace (map),
                          k8_name_check_dns_1123_label);
  k8_check_required_name (errors, K8_CHILD (path, "name"),
                          k8_config_map_node_config_source_name (map),
                          k8_name_check_dns_1123_subdomain);
  k8_check_required_name (errors, K8_CHILD (path, "kubeletConfigKey"),
                          k8_config_map_node_config_source_kubelet_config_key (map),
                          k8_name_check_config_map_key);
}

static void
check_config_source (K8FieldErrors *errors, const K8NodeSpec *spec)
{
  const K8NodeConfigSource *source = k8_node_spec_config_source (spec);
  K8Path spec_path = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec_path, "configSource");

  if (source == NULL)
    return;
  if (k8_node_config_source_has_config_map (source))
    check_config_map (errors, K8_CHILD (&path, "configMap"),
                      k8_node_config_source_config_map (source));
  else
    k8_field_errors_invalid_json (errors, &path, "{\"ConfigMap\":null}",
                                  "exactly one reference subfield must be non-nil");
}

static void
check_update (const void *object, const void *old, K8FieldErrors *errors)
{
  const K8NodeSpec *spec = k8_node_spec (object);
  const K8NodeSpec *old_spec = k8_node_spec (old);
  const K8NodeStatus *status = k8_node_status (object);
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata_update (errors, k8_node_metadata (object), k8_node_metadata (old));
  check_resources (errors, status);
  check_features (errors, status);
  check_addresses (errors, status);
  check_spec_update (errors, spec, old_spec);
  check_config_source (errors, spec);
  check_taints (errors, spec);
  if (!k8_check_is_field_equal (spec, old_spec, K8_FIELD (node_spec, external_id)))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "externalID"), "may not be updated");
}

/* Upstream's strategy runs both the checks of an update and those of a creation. */
void
k8_validate_node_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_validate_node_create (object, errors);
  check_update (object, old, errors);
}

void
k8_validate_node_status (const void *object, const void *old, K8FieldErrors *errors)
{
  check_update (object, old, errors);
}
