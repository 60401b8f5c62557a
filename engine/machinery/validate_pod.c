/* SPDX-License-Identifier: Apache-2.0
 *
 * Pod specifications, in pods and in templates, and the creation of pods and bindings.
 * Source: kubernetes pkg/apis/core/validation, ValidatePodSpec, ValidatePodCreate,
 * ValidatePodTemplateSpec (v1.36), with the feature gates as they are by default.
 * Departures: tolerations in the annotation of alpha times are not read.
 */
#include <string.h>

#include "machinery/go_json.h"
#include "machinery/ip.h"
#include "machinery/validate_parts.h"

enum
{
  MAX_NAMESERVERS = 3,
  MAX_SEARCH_PATHS = 32,
  MAX_SEARCH_BYTES = 2048,
  HOSTNAME_OVERRIDE_MAX_BYTES = 64,
};

static const char mirror_key[] = "kubernetes.io/config.mirror";

static void
check_resource_claim (K8PodCheck *check,
                      const K8Path *path,
                      const K8PodResourceClaim *claim,
                      K8TextSet *names)
{
  const char *name = k8_pod_resource_claim_name (claim);
  const char *own = k8_pod_resource_claim_resource_claim_name (claim);
  const char *template = k8_pod_resource_claim_resource_claim_template_name (claim);

  if (k8_check_required (check->errors, K8_CHILD (path, "name"), name))
    {
      if (!k8_text_set_add (names, name))
        k8_field_errors_duplicate (check->errors, K8_CHILD (path, "name"), name);
      else
        k8_check_name (check->errors, K8_CHILD (path, "name"), name, k8_name_check_dns_1123_label);
    }
  if ((own != NULL) == (template != NULL))
    {
      char *json = k8_go_json (claim);
      k8_field_errors_invalid_json (
          check->errors, path, json, "%s",
          own != NULL ? "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be "
                        "specified"
                      : "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
      g_free (json);
    }
  if (own != NULL)
    k8_check_name (check->errors, K8_CHILD (path, "resourceClaimName"), own,
                   k8_name_check_dns_1123_subdomain);
  if (template != NULL)
    k8_check_name (check->errors, K8_CHILD (path, "resourceClaimTemplateName"), template,
                   k8_name_check_dns_1123_subdomain);
}

static void
check_resource_claims (K8PodCheck *check, const K8Path *path)
{
  K8TextSet names = { 0 };
  gboolean is_mirror = k8_object_meta_annotations_get (check->metadata, mirror_key) != NULL;

  for (guint i = 0; i < k8_pod_spec_resource_claims_n (check->spec); i++)
    if (is_mirror)
      k8_field_errors_forbidden (check->errors, K8_CHILD (NULL, ""),
                                 "static pods do not support resource claims");
    else
      check_resource_claim (check, K8_INDEX (path, i),
                            k8_pod_spec_resource_claims_at (check->spec, i), &names);
  k8_text_set_clear (&names);
}

/* On the host's network a port can only be itself. */
static void
check_host_network (K8PodCheck *check, const K8Path *spec_path)
{
  K8Path containers = k8_path_child (spec_path, "containers");

  if (!k8_pod_spec_host_network (check->spec))
    return;
  for (guint i = 0; i < k8_pod_spec_containers_n (check->spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (check->spec, i);
      K8Path at = k8_path_index (&containers, i);
      K8Path ports = k8_path_child (&at, "ports");
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        {
          const K8ContainerPort *port = k8_container_ports_at (container, j);
          gint32 host_port = k8_container_port_host_port (port);
          if ((check->metadata != NULL || host_port != 0) &&
              host_port != k8_container_port_container_port (port))
            k8_field_errors_invalid_int (check->errors, K8_CHILD (K8_INDEX (&ports, j), "hostPort"),
                                         host_port,
                                         "must match `containerPort` when `hostNetwork` is true");
        }
    }
}

static void
check_searches (K8FieldErrors *errors, const K8Path *path, const K8PodDNSConfig *dns)
{
  guint n = k8_pod_dns_config_searches_n (dns);
  char *json = k8_check_field_json (dns, K8_FIELD (pod_dns_config, searches));
  gsize bytes = n == 0 ? 0 : n - 1;

  for (guint i = 0; i < n; i++)
    bytes += strlen (k8_pod_dns_config_searches_at (dns, i));
  if (n > MAX_SEARCH_PATHS)
    k8_field_errors_invalid_json (errors, path, json, "must not have more than %d search paths",
                                  MAX_SEARCH_PATHS);
  if (bytes > MAX_SEARCH_BYTES)
    k8_field_errors_invalid_json (
        errors, path, json,
        "must not have more than %d characters (including spaces) in the search list",
        MAX_SEARCH_BYTES);
  g_free (json);
  for (guint i = 0; i < n; i++)
    {
      char *search = g_strdup (k8_pod_dns_config_searches_at (dns, i));
      gsize length = strlen (search);
      if (strcmp (search, ".") != 0)
        {
          if (length > 0 && search[length - 1] == '.')
            search[length - 1] = '\0';
          k8_check_name (errors, K8_INDEX (path, i), search,
                         k8_name_check_dns_1123_subdomain_with_underscore);
        }
      g_free (search);
    }
}

static void
check_dns_config (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  const K8PodDNSConfig *dns = k8_pod_spec_dns_config (spec);
  guint n = k8_pod_dns_config_nameservers_n (dns);
  K8Path servers = k8_path_child (path, "nameservers");
  K8Path options = k8_path_child (path, "options");

  if (k8_string_is (k8_pod_spec_dns_policy (spec), "None") && n == 0)
    {
      if (dns == NULL)
        k8_field_errors_required (errors, path,
                                  "must provide `dnsConfig` when `dnsPolicy` is None");
      else
        k8_field_errors_required (
            errors, &servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
      return;
    }
  if (n > MAX_NAMESERVERS)
    {
      char *json = k8_check_field_json (dns, K8_FIELD (pod_dns_config, nameservers));
      k8_field_errors_invalid_json (errors, &servers, json,
                                    "must not have more than %d nameservers", MAX_NAMESERVERS);
      g_free (json);
    }
  for (guint i = 0; i < n; i++)
    k8_ip_check_legacy (errors, K8_INDEX (&servers, i), k8_pod_dns_config_nameservers_at (dns, i));
  check_searches (errors, K8_CHILD (path, "searches"), dns);
  for (guint i = 0; i < k8_pod_dns_config_options_n (dns); i++)
    if (!k8_pod_dns_config_option_has_name (k8_pod_dns_config_options_at (dns, i)))
      k8_field_errors_required (errors, K8_INDEX (&options, i), "must not be empty");
}

static void
check_gates (K8FieldErrors *errors, const K8Path *spec_path, const K8PodSpec *spec)
{
  K8TextSet names = { 0 };
  K8Path readiness = k8_path_child (spec_path, "readinessGates");
  K8Path scheduling = k8_path_child (spec_path, "schedulingGates");

  for (guint i = 0; i < k8_pod_spec_readiness_gates_n (spec); i++)
    k8_check_name (errors, K8_CHILD (K8_INDEX (&readiness, i), "conditionType"),
                   k8_pod_readiness_gate_condition_type (k8_pod_spec_readiness_gates_at (spec, i)),
                   k8_name_check_qualified);
  for (guint i = 0; i < k8_pod_spec_scheduling_gates_n (spec); i++)
    {
      const char *name = k8_pod_scheduling_gate_name (k8_pod_spec_scheduling_gates_at (spec, i));
      k8_check_name (errors, K8_INDEX (&scheduling, i), name, k8_name_check_qualified);
      if (!k8_text_set_add (&names, name))
        k8_field_errors_duplicate (errors, K8_INDEX (&scheduling, i), name);
    }
  k8_text_set_clear (&names);
}

static void
visit_volume_devices (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  if (k8_container_volume_devices_n (container) > 0)
    k8_field_errors_forbidden (check->errors, K8_CHILD (path, "volumeDevices"),
                               "when `hostUsers` is false");
}

/* Users of its own do not go with other namespaces of the host. */
static void
check_host_users (K8PodCheck *check, const K8Path *path)
{
  const K8PodSpec *spec = check->spec;
  static const char says[] = "when `hostUsers` is false";

  if (!k8_pod_spec_has_host_users (spec) || k8_pod_spec_host_users (spec))
    return;
  if (k8_pod_spec_host_network (spec))
    k8_field_errors_forbidden (check->errors, K8_CHILD (path, "hostNetwork"), says);
  if (k8_pod_spec_host_pid (spec))
    k8_field_errors_forbidden (check->errors, K8_CHILD (path, "HostPID"), says);
  if (k8_pod_spec_host_ipc (spec))
    k8_field_errors_forbidden (check->errors, K8_CHILD (path, "HostIPC"), says);
  k8_visit_containers (check, path, visit_volume_devices);
}

static void
check_hostname_override (K8FieldErrors *errors, const K8Path *spec_path, const K8PodSpec *spec)
{
  const char *name = k8_pod_spec_hostname_override (spec);
  K8Path path = k8_path_child (spec_path, "hostnameOverride");

  if (name == NULL)
    return;
  if (k8_pod_spec_set_hostname_as_fqdn (spec))
    k8_field_errors_forbidden (errors, &path,
                               "may not be specified when setHostnameAsFQDN is true");
  if (k8_pod_spec_host_network (spec))
    k8_field_errors_forbidden (errors, &path, "may not be specified when hostNetwork is true");
  if (strlen (name) > HOSTNAME_OVERRIDE_MAX_BYTES)
    k8_field_errors_too_long (errors, &path, HOSTNAME_OVERRIDE_MAX_BYTES);
  k8_check_name (errors, &path, name, k8_name_check_dns_1123_subdomain);
}

static void
check_host_aliases (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_pod_spec_host_aliases_n (spec); i++)
    {
      const K8HostAlias *alias = k8_pod_spec_host_aliases_at (spec, i);
      K8Path at = k8_path_index (path, i);
      K8Path names = k8_path_child (&at, "hostnames");
      k8_ip_check_legacy (errors, K8_CHILD (&at, "ip"), k8_host_alias_ip (alias));
      for (guint j = 0; j < k8_host_alias_hostnames_n (alias); j++)
        k8_check_name (errors, K8_INDEX (&names, j), k8_host_alias_hostnames_at (alias, j),
                       k8_name_check_dns_1123_subdomain);
    }
}

void
k8_check_preemption_policy (K8FieldErrors *errors, const K8Path *path, const char *policy)
{
  if (policy != NULL)
    k8_check_required_word (errors, path, policy, "PreemptLowerPriority|Never");
}

static void
check_optional_name (K8FieldErrors *errors, const K8Path *path, const char *name, K8NameCheck check)
{
  if (name != NULL && name[0] != '\0')
    k8_check_name (errors, path, name, check);
}

/* Everything between sysctls and operating system that stands alone. */
static void
check_single_fields (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  gint64 deadline = k8_pod_spec_active_deadline_seconds (spec);

  check_optional_name (errors, K8_CHILD (path, "serviceAccountName"),
                       k8_pod_spec_service_account_name (spec), k8_name_check_dns_1123_subdomain);
  check_optional_name (errors, K8_CHILD (path, "nodeName"), k8_pod_spec_node_name (spec),
                       k8_name_check_dns_1123_subdomain);
  if (k8_pod_spec_has_active_deadline_seconds (spec) && (deadline < 1 || deadline > G_MAXINT32))
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "activeDeadlineSeconds"), deadline,
                                 "must be between 1 and 2147483647, inclusive");
  check_optional_name (errors, K8_CHILD (path, "hostname"), k8_pod_spec_hostname (spec),
                       k8_name_check_dns_1123_label);
  check_optional_name (errors, K8_CHILD (path, "subdomain"), k8_pod_spec_subdomain (spec),
                       k8_name_check_dns_1123_label);
  k8_check_tolerations (errors, K8_CHILD (path, "tolerations"), k8_pod_spec_tolerations (spec));
  check_host_aliases (errors, K8_CHILD (path, "hostAliases"), spec);
  check_optional_name (errors, K8_CHILD (path, "priorityClassName"),
                       k8_pod_spec_priority_class_name (spec), k8_name_check_dns_1123_subdomain);
  if (k8_pod_spec_has_runtime_class_name (spec))
    k8_check_name (errors, K8_CHILD (path, "runtimeClassName"),
                   k8_pod_spec_runtime_class_name (spec), k8_name_check_dns_1123_subdomain);
  k8_check_preemption_policy (errors, K8_CHILD (path, "preemptionPolicy"),
                              k8_pod_spec_preemption_policy (spec));
  k8_check_overhead (errors, K8_CHILD (path, "overhead"), k8_pod_spec_overhead (spec));
}

static void
check_scheduling_group (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  const K8PodSchedulingGroup *group = k8_pod_spec_scheduling_group (spec);
  const char *name = k8_pod_scheduling_group_pod_group_name (group);
  K8Path at = k8_path_child (path, "schedulingGroup");

  if (group == NULL)
    return;
  if (name == NULL)
    k8_field_errors_invalid_json (errors, K8_CHILD (&at, "podGroupName"), "null",
                                  "must specify one of: `podGroupName`");
  else
    k8_check_name (errors, K8_CHILD (&at, "podGroupName"), name, k8_name_check_dns_1123_subdomain);
}

static const K8Volume *
find_volume (const K8PodSpec *spec, const char *name)
{
  for (guint i = k8_pod_spec_volumes_n (spec); i-- > 0;)
    {
      const K8Volume *volume = k8_pod_spec_volumes_at (spec, i);
      if (g_strcmp0 (k8_volume_name (volume), name) == 0)
        return volume;
    }
  return NULL;
}

/* Values from files come out of an emptyDir, where an init container wrote them. */
static void
visit_file_keys (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8Path env = k8_path_child (path, "env");

  for (guint i = 0; i < k8_container_env_n (container); i++)
    {
      const K8FileKeySelector *file = k8_env_var_source_file_key_ref (
          k8_env_var_value_from (k8_container_env_at (container, i)));
      const char *name = k8_file_key_selector_volume_name (file);
      const K8Volume *volume = find_volume (check->spec, name);
      K8Path at = k8_path_index (&env, i);
      K8Path from = k8_path_child (&at, "valueFrom");
      K8Path ref = k8_path_child (&from, "fileKeyRef");
      if (file == NULL)
        continue;
      if (volume == NULL)
        k8_field_errors_not_found (check->errors, K8_CHILD (&ref, "volumeName"), name);
      else if (!k8_volume_has_empty_dir (volume))
        k8_field_errors_invalid (check->errors, K8_CHILD (&ref, "volumeName"), name,
                                 "referenced volume must be of type emptyDir");
    }
}

/* @metadata: of a Pod; NULL for a template. */
void
k8_check_pod_spec (K8FieldErrors *errors,
                   const K8Path *path,
                   const K8PodSpec *spec,
                   const K8ObjectMeta *metadata)
{
  K8PodCheck check = { .errors = errors, .spec = spec, .metadata = metadata };

  if (!k8_pod_spec_has_termination_grace_period_seconds (spec))
    k8_field_errors_required (errors, K8_CHILD (path, "terminationGracePeriodSeconds"), "%s", "");
  k8_check_volumes (&check, K8_CHILD (path, "volumes"));
  check_resource_claims (&check, K8_CHILD (path, "resourceClaims"));
  k8_check_containers (&check, path);
  k8_check_init_containers (&check, path);
  k8_check_ephemeral_containers (&check, path);
  k8_check_pod_resources (errors, path, spec);
  check_host_network (&check, path);
  k8_check_required_word (errors, K8_CHILD (path, "restartPolicy"),
                          k8_pod_spec_restart_policy (spec), "Always|OnFailure|Never");
  k8_check_required_word (errors, K8_CHILD (path, "dnsPolicy"), k8_pod_spec_dns_policy (spec),
                          "ClusterFirstWithHostNet|ClusterFirst|Default|None");
  k8_check_labels (errors, K8_CHILD (path, "nodeSelector"), k8_pod_spec_node_selector (spec));
  k8_check_pod_security (&check, path);
  k8_check_affinity (errors, K8_CHILD (path, "affinity"), k8_pod_spec_affinity (spec));
  check_dns_config (errors, K8_CHILD (path, "dnsConfig"), spec);
  check_gates (errors, path, spec);
  k8_check_spread_constraints (errors, K8_CHILD (path, "topologySpreadConstraints"), spec);
  k8_check_windows_host_process (&check, path);
  check_host_users (&check, path);
  check_hostname_override (errors, path, spec);
  check_single_fields (errors, path, spec);
  k8_check_os (&check, path);
  check_scheduling_group (errors, path, spec);
  k8_visit_containers (&check, path, visit_file_keys);
  k8_text_set_clear (&check.volumes);
}

/* A 32-bit number as Go reads it, without plus sign or leading zeros. */
static gboolean
is_deletion_cost (const char *text)
{
  gboolean is_negative = text[0] == '-';
  const char *p = text + is_negative;
  gint64 value = 0;

  if (*p == '\0' || (*p == '0' && (p[1] != '\0' || is_negative)))
    return FALSE;
  for (; *p != '\0'; p++)
    {
      if (!g_ascii_isdigit (*p) || value > G_MAXINT32)
        return FALSE;
      value = value * 10 + (*p - '0');
    }
  return is_negative ? -value >= G_MININT32 : value <= G_MAXINT32;
}

/* Annotations that mean something for a pod. */
void
k8_check_pod_annotations (K8FieldErrors *errors,
                          const K8Path *path,
                          const K8List *annotations,
                          const K8PodSpec *spec)
{
  static const char cost_key[] = "controller.kubernetes.io/pod-deletion-cost";
  const char *mirror = k8_map_find (annotations, mirror_key);
  const char *cost = k8_map_find (annotations, cost_key);

  if (mirror != NULL && k8_pod_spec_node_name (spec) == NULL)
    k8_field_errors_invalid (errors, K8_KEY (path, mirror_key), mirror,
                             "must set spec.nodeName if mirror pod annotation is set");
  if (cost != NULL && !is_deletion_cost (cost))
    k8_field_errors_invalid (errors, K8_KEY (path, cost_key), cost, "must be a 32bit integer");
  k8_check_security_annotations (errors, path, annotations, spec);
}

static void
check_token_volumes (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    {
      const K8ProjectedVolumeSource *projected =
          k8_volume_projected (k8_pod_spec_volumes_at (spec, i));
      K8Path at = k8_path_index (path, i);
      K8Path projected_path = k8_path_child (&at, "projected");
      K8Path sources = k8_path_child (&projected_path, "sources");
      for (guint j = 0; j < k8_projected_volume_source_sources_n (projected); j++)
        if (k8_volume_projection_has_service_account_token (
                k8_projected_volume_source_sources_at (projected, j)))
          k8_field_errors_forbidden (errors,
                                     K8_CHILD (K8_INDEX (&sources, j), "serviceAccountToken"),
                                     "must not be specified when serviceAccountName is not set");
    }
}

static void
check_images (K8FieldErrors *errors, const K8Path *path, const K8List *containers)
{
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      k8_check_pod_image (errors, K8_CHILD (K8_INDEX (path, i), "image"),
                          k8_container_image (container));
    }
}

/* Metadata and specification of a pod, on create and on update. */
void
k8_check_pod_whole (K8FieldErrors *errors, const K8Pod *pod)
{
  const K8ObjectMeta *metadata = k8_pod_metadata (pod);
  const K8PodSpec *spec = k8_pod_spec (pod);
  K8Path path = k8_path_child (NULL, "spec");
  K8Path metadata_path = k8_path_child (NULL, "metadata");

  k8_check_core_metadata (errors, metadata, K8_SCOPE_NAMESPACE, k8_name_check_dns_1123_subdomain);
  k8_check_pod_annotations (errors, K8_CHILD (&metadata_path, "annotations"),
                            k8_object_meta_annotations (metadata), spec);
  k8_check_pod_spec (errors, &path, spec, metadata);
  if (k8_pod_spec_service_account_name (spec) == NULL)
    check_token_volumes (errors, K8_CHILD (&path, "volumes"), spec);
  check_images (errors, K8_CHILD (&path, "containers"), k8_pod_spec_containers (spec));
  check_images (errors, K8_CHILD (&path, "initContainers"), k8_pod_spec_init_containers (spec));
}

/* An object without metadata would be taken for a template: pods always have some here. */
void
k8_validate_pod_create (const void *object, K8FieldErrors *errors)
{
  const K8Pod *pod = object;
  const K8PodSpec *spec = k8_pod_spec (pod);
  K8Path path = k8_path_child (NULL, "spec");
  K8PodCheck check = { .errors = errors, .spec = spec, .metadata = k8_pod_metadata (pod) };

  k8_check_pod_whole (errors, pod);
  if (k8_pod_spec_ephemeral_containers_n (spec) > 0)
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "ephemeralContainers"),
                               "cannot be set on create");
  if (k8_pod_spec_has_node_name (spec) && k8_pod_spec_scheduling_gates_n (spec) > 0)
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "nodeName"),
                               "cannot be set until all schedulingGates have been cleared");
  k8_check_security_annotations_match (&check, &path);
}

void
k8_check_pod_template (K8FieldErrors *errors, const K8Path *path, const K8PodTemplateSpec *template)
{
  const K8ObjectMeta *metadata = k8_pod_template_spec_metadata (template);
  const K8PodSpec *spec = k8_pod_template_spec_spec (template);
  K8Path spec_path = k8_path_child (path, "spec");
  K8PodCheck check = { .errors = errors, .spec = spec, .metadata = metadata };

  k8_check_labels (errors, K8_CHILD (path, "labels"), k8_object_meta_labels (metadata));
  k8_check_annotations (errors, K8_CHILD (path, "annotations"),
                        k8_object_meta_annotations (metadata));
  k8_check_pod_annotations (errors, K8_CHILD (path, "annotations"),
                            k8_object_meta_annotations (metadata), spec);
  k8_check_pod_spec (errors, &spec_path, spec, NULL);
  k8_check_security_annotations_match (&check, &spec_path);
  if (k8_pod_spec_ephemeral_containers_n (spec) > 0)
    k8_field_errors_forbidden (errors, K8_CHILD (&spec_path, "ephemeralContainers"),
                               "ephemeral containers not allowed in pod template");
}

void
k8_validate_binding (const void *object, K8FieldErrors *errors)
{
  const K8ObjectReference *target = k8_binding_target (object);
  const char *kind = k8_object_reference_kind (target);
  K8Path path = k8_path_child (NULL, "target");

  if (kind != NULL && strcmp (kind, "Node") != 0)
    k8_field_errors_not_supported (errors, K8_CHILD (&path, "kind"), kind, "Node|<empty>");
  k8_check_required (errors, K8_CHILD (&path, "name"), k8_object_reference_name (target));
}
