/* SPDX-License-Identifier: Apache-2.0
 *
 * Services: ports, addresses, families, what each type may have.
 * Source: kubernetes pkg/apis/core/validation, validateService,
 * ValidateServiceClusterIPsRelatedFields (v1.36).
 * Departures: on an update, old values that newer rules refuse are not exempt.
 */
#include <string.h>

#include "machinery/ip.h"
#include "machinery/validate_parts.h"

enum
{
  MAX_AFFINITY_SECONDS = 24 * 60 * 60,
};

static gboolean
is_type (const K8ServiceSpec *spec, const char *type)
{
  return k8_string_is (k8_service_spec_type (spec), type);
}

static gboolean
is_headless (const K8ServiceSpec *spec)
{
  return k8_service_spec_cluster_ips_n (spec) == 1 &&
         strcmp (k8_service_spec_cluster_ips_at (spec, 0), "None") == 0;
}

static gboolean
needs_health_check (const K8ServiceSpec *spec)
{
  return is_type (spec, "LoadBalancer") &&
         k8_string_is (k8_service_spec_external_traffic_policy (spec), "Local");
}

static void
check_topology_annotations (K8FieldErrors *errors, const K8ObjectMeta *metadata)
{
  static const char hints_key[] = "service.kubernetes.io/topology-aware-hints";
  static const char mode_key[] = "service.kubernetes.io/topology-mode";
  const char *hints = k8_object_meta_annotations_get (metadata, hints_key);
  const char *mode = k8_object_meta_annotations_get (metadata, mode_key);
  K8Path path = k8_path_child (NULL, "metadata");
  K8Path annotations = k8_path_child (&path, "annotations");

  if (hints != NULL && mode != NULL && strcmp (hints, mode) != 0)
    k8_field_errors_invalid (errors, K8_KEY (&annotations, mode_key), mode,
                             "must match annotations[%s] when both are specified", hints_key);
}

static void
check_external_name (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  static const char says[] = "may not be set for ExternalName services";
  const char *external = k8_string_or_empty (k8_service_spec_external_name (spec));
  gsize length = strlen (external);
  K8Path name_path = k8_path_child (path, "externalName");

  if (k8_service_spec_cluster_ips_n (spec) > 0)
    k8_field_errors_forbidden (errors, K8_CHILD (path, "clusterIPs"), says);
  if (k8_service_spec_ip_families_n (spec) > 0)
    k8_field_errors_forbidden (errors, K8_CHILD (path, "ipFamilies"), says);
  if (k8_service_spec_has_ip_family_policy (spec))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "ipFamilyPolicy"), says);
  char *name =
      g_strndup (external, length > 0 && external[length - 1] == '.' ? length - 1 : length);
  k8_check_required_name (errors, &name_path, name, k8_name_check_dns_1123_subdomain);
  g_free (name);
}

static void
check_type_and_addresses (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  K8Path ips = k8_path_child (path, "clusterIPs");
  const char *type = k8_service_spec_type (spec);

  if (k8_service_spec_ports_n (spec) == 0 && !is_headless (spec) && !is_type (spec, "ExternalName"))
    k8_field_errors_required (errors, K8_CHILD (path, "ports"), "%s", "");
  if (is_type (spec, "ExternalName"))
    check_external_name (errors, path, spec);
  else if ((is_type (spec, "LoadBalancer") || is_type (spec, "NodePort")) && is_headless (spec))
    k8_field_errors_invalid (errors, K8_INDEX (&ips, 0), "None",
                             "may not be set to 'None' for %s services", type);
}

static void
check_port (K8FieldErrors *errors, const K8Path *path, const K8ServicePort *port, K8TextSet *names)
{
  const char *name = k8_service_port_name (port);
  gint32 number = k8_service_port_port (port);

  if (name != NULL)
    {
      k8_check_name (errors, K8_CHILD (path, "name"), name, k8_name_check_dns_1123_label);
      if (!k8_text_set_add (names, name))
        k8_field_errors_duplicate (errors, K8_CHILD (path, "name"), name);
    }
  k8_check_number (errors, K8_CHILD (path, "port"), number, k8_name_check_port_number (number));
  k8_check_required_word (errors, K8_CHILD (path, "protocol"), k8_service_port_protocol (port),
                          "SCTP|TCP|UDP");
  k8_check_port_or_name (errors, K8_CHILD (path, "targetPort"), k8_service_port_target_port (port));
  if (k8_service_port_has_app_protocol (port))
    k8_check_name (errors, K8_CHILD (path, "appProtocol"), k8_service_port_app_protocol (port),
                   k8_name_check_qualified);
}

static void
check_ports (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  K8TextSet names = { 0 };
  guint n = k8_service_spec_ports_n (spec);

  for (guint i = 0; i < n; i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i);
      K8Path at = k8_path_index (path, i);
      if (n > 1 && !k8_service_port_has_name (port))
        k8_field_errors_required (errors, K8_CHILD (&at, "name"), "%s", "");
      check_port (errors, &at, port, &names);
    }
  k8_text_set_clear (&names);
}

static void
check_affinity (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  static const char says[] = "when session affinity type is ClientIP";
  const char *affinity = k8_service_spec_session_affinity (spec);
  const K8SessionAffinityConfig *config = k8_service_spec_session_affinity_config (spec);
  const K8ClientIPConfig *client = k8_session_affinity_config_client_ip (config);
  gint32 seconds = k8_client_ip_config_timeout_seconds (client);
  K8Path at = k8_path_child (path, "sessionAffinityConfig");
  K8Path client_path = k8_path_child (&at, "clientIP");

  k8_check_required_word (errors, K8_CHILD (path, "sessionAffinity"), affinity, "ClientIP|None");
  if (k8_string_is (affinity, "None") && config != NULL)
    k8_field_errors_forbidden (errors, &at, "must not be set when session affinity is None");
  if (!k8_string_is (affinity, "ClientIP"))
    return;
  if (config == NULL)
    k8_field_errors_required (errors, &at, says);
  else if (client == NULL)
    k8_field_errors_required (errors, &client_path, says);
  else if (!k8_client_ip_config_has_timeout_seconds (client))
    k8_field_errors_required (errors, K8_CHILD (&client_path, "timeoutSeconds"), says);
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)
    k8_field_errors_invalid_int (errors, K8_CHILD (&client_path, "timeoutSeconds"), seconds,
                                 "must be greater than 0 and less than %d", MAX_AFFINITY_SECONDS);
}

/* An error about the whole list of cluster addresses. */
static void
blame_addresses (K8FieldErrors *errors,
                 const K8Path *path,
                 const K8ServiceSpec *spec,
                 const char *says)
{
  char *json = k8_check_field_json (spec, K8_FIELD (service_spec, cluster_ips));

  k8_field_errors_invalid_json (errors, path, json, "%s", says);
  g_free (json);
}

static void
check_families (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  const char *policy = k8_service_spec_ip_family_policy (spec);
  K8TextSet seen = { 0 };
  K8Path families = k8_path_child (path, "ipFamilies");

  for (guint i = 0; i < k8_service_spec_ip_families_n (spec); i++)
    {
      const char *family = k8_service_spec_ip_families_at (spec, i);
      k8_check_word (errors, K8_INDEX (&families, i), family, "IPv4|IPv6");
      if (!k8_text_set_add (&seen, family))
        k8_field_errors_duplicate (errors, K8_INDEX (&families, i), family);
    }
  if (policy != NULL)
    k8_check_word (errors, K8_CHILD (path, "ipFamilyPolicy"), policy,
                   "PreferDualStack|RequireDualStack|SingleStack");
  k8_text_set_clear (&seen);
}

static gboolean
is_v6 (const char *text)
{
  K8IP ip;

  return k8_ip_parse (text, &ip) && ip.is_v6;
}

static void
check_stacks (K8FieldErrors *errors, const K8Path *ips, const K8ServiceSpec *spec)
{
  guint n = k8_service_spec_cluster_ips_n (spec);
  gboolean has_v4 = FALSE;
  gboolean has_v6 = FALSE;

  for (guint i = 0; i < n; i++)
    {
      has_v6 = has_v6 || is_v6 (k8_service_spec_cluster_ips_at (spec, i));
      has_v4 = has_v4 || !is_v6 (k8_service_spec_cluster_ips_at (spec, i));
    }
  if (n > 1 && !(has_v4 && has_v6))
    blame_addresses (errors, ips, spec, "may specify no more than one IP for each IP family");
  for (guint i = 0; !is_headless (spec) && i < MIN (n, k8_service_spec_ip_families_n (spec)); i++)
    {
      const char *ip = k8_service_spec_cluster_ips_at (spec, i);
      const char *family = k8_service_spec_ip_families_at (spec, i);
      if (k8_check_is_listed (family, "IPv4|IPv6") && is_v6 (ip) != (family[3] == '6'))
        k8_field_errors_invalid (errors, K8_INDEX (ips, i), ip,
                                 "expected an %s value as indicated by `ipFamilies[%u]`", family,
                                 i);
    }
}

/* FALSE if an address is none: more would only confuse. */
static gboolean
check_each_address (K8FieldErrors *errors, const K8Path *ips, const K8ServiceSpec *spec)
{
  guint n = k8_service_spec_cluster_ips_n (spec);
  guint n_errors = k8_field_errors_n (errors);

  for (guint i = 0; i < n; i++)
    {
      const char *ip = k8_service_spec_cluster_ips_at (spec, i);
      if (i > 0 || strcmp (ip, "None") != 0)
        k8_ip_check_legacy (errors, K8_INDEX (ips, i), ip);
      else if (n > 1)
        blame_addresses (errors, ips, spec, "'None' must be the first and only value");
    }
  gboolean is_good = k8_field_errors_n (errors) == n_errors;
  if (n > 2)
    blame_addresses (errors, ips, spec, "may only hold up to 2 values");
  return is_good;
}

static void
check_cluster_ips (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  const char *ip = k8_service_spec_cluster_ip (spec);
  guint n = k8_service_spec_cluster_ips_n (spec);
  K8Path ips = k8_path_child (path, "clusterIPs");

  if (is_type (spec, "ExternalName"))
    return;
  if (ip != NULL && n == 0)
    k8_field_errors_required (errors, &ips, "%s", "");
  else if (ip != NULL && strcmp (k8_service_spec_cluster_ips_at (spec, 0), ip) != 0)
    blame_addresses (errors, &ips, spec, "first value must match `clusterIP`");
  else if (ip == NULL && n > 0)
    blame_addresses (errors, &ips, spec, "must be empty when `clusterIP` is not specified");
  check_families (errors, path, spec);
  if (check_each_address (errors, &ips, spec))
    check_stacks (errors, &ips, spec);
}

/* An address that an endpoint, or the outside, can really have. */
void
k8_check_endpoint_ip (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  K8IP ip;

  if (!k8_ip_parse (text, &ip))
    {
      k8_field_errors_invalid (errors, path, text, "must be a valid IP address");
      return;
    }
  if (k8_ip_is_unspecified (&ip))
    k8_field_errors_invalid (errors, path, text, "may not be unspecified (%s)", text);
  if (k8_ip_is_loopback (&ip))
    k8_field_errors_invalid (errors, path, text,
                             "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (k8_ip_is_link_local_unicast (&ip))
    k8_field_errors_invalid (errors, path, text,
                             "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (k8_ip_is_link_local_multicast (&ip))
    k8_field_errors_invalid (
        errors, path, text,
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

static void
check_external_ips (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  for (guint i = 0; i < k8_service_spec_external_ips_n (spec); i++)
    {
      const char *ip = k8_service_spec_external_ips_at (spec, i);
      guint n_errors = k8_field_errors_n (errors);
      k8_ip_check_legacy (errors, K8_INDEX (path, i), ip);
      if (k8_field_errors_n (errors) == n_errors)
        k8_check_endpoint_ip (errors, K8_INDEX (path, i), ip);
    }
}

/* Whether a port before @index has the same protocol and the same number of this kind. */
static gboolean
is_port_taken (const K8ServiceSpec *spec, guint index, const K8Field *number)
{
  const K8ServicePort *port = k8_service_spec_ports_at (spec, index);

  for (guint i = 0; i < index; i++)
    {
      const K8ServicePort *other = k8_service_spec_ports_at (spec, i);
      if (k8_record_get_int (other, number) == k8_record_get_int (port, number) &&
          g_strcmp0 (k8_service_port_protocol (other), k8_service_port_protocol (port)) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
check_port_numbers (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  guint n = k8_service_spec_ports_n (spec);

  for (guint i = 0; i < n; i++)
    if (is_type (spec, "ClusterIP") &&
        k8_service_port_node_port (k8_service_spec_ports_at (spec, i)) != 0)
      k8_field_errors_forbidden (errors, K8_CHILD (K8_INDEX (path, i), "nodePort"),
                                 "may not be used when `type` is 'ClusterIP'");
  for (guint i = 0; i < n; i++)
    {
      gint32 node_port = k8_service_port_node_port (k8_service_spec_ports_at (spec, i));
      if (node_port != 0 && is_port_taken (spec, i, K8_FIELD (service_port, node_port)))
        k8_field_errors_duplicate_int (errors, K8_CHILD (K8_INDEX (path, i), "nodePort"),
                                       node_port);
    }
  for (guint i = 0; i < n; i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i);
      if (!is_port_taken (spec, i, K8_FIELD (service_port, port)))
        continue;
      char *json = g_strdup_printf ("{\"Name\":\"\",\"Protocol\":\"%s\",\"AppProtocol\":null,"
                                    "\"Port\":%d,\"TargetPort\":0,\"NodePort\":0}",
                                    k8_string_or_empty (k8_service_port_protocol (port)),
                                    k8_service_port_port (port));
      k8_field_errors_duplicate_json (errors, K8_INDEX (path, i), json, "%s", "");
      g_free (json);
    }
}

static char *
strip_text (const char *text, gsize length)
{
  while (length > 0 && g_ascii_isspace (text[0]))
    {
      text++;
      length--;
    }
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  return g_strndup (text, length);
}

static void
check_range (K8FieldErrors *errors, const K8Path *path, const char *text, gsize length)
{
  char *range = strip_text (text, length);

  k8_cidr_check_legacy (errors, path, range);
  g_free (range);
}

/* The annotation of before the field; blanks around ranges have always been good. */
static void
check_annotated_ranges (K8FieldErrors *errors,
                        const K8ObjectMeta *metadata,
                        const K8ServiceSpec *spec)
{
  static const char key[] = "service.beta.kubernetes.io/load-balancer-source-ranges";
  const char *text = k8_object_meta_annotations_get (metadata, key);
  K8Path path = k8_path_child (NULL, "metadata");
  K8Path annotations = k8_path_child (&path, "annotations");

  if (text == NULL)
    return;
  if (!is_type (spec, "LoadBalancer"))
    k8_field_errors_forbidden (errors, K8_KEY (&annotations, key),
                               "may only be used when `type` is 'LoadBalancer'");
  if (strspn (text, " \t\r\n") == strlen (text))
    return;
  for (const char *p = text; p != NULL;)
    {
      const char *comma = strchr (p, ',');
      check_range (errors, K8_KEY (&annotations, key), p,
                   comma == NULL ? strlen (p) : (gsize) (comma - p));
      p = comma == NULL ? NULL : comma + 1;
    }
}

static const char needs_balancer[] = "may only be used when `type` is 'LoadBalancer'";

static void
check_load_balancer_class (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  const char *class = k8_service_spec_load_balancer_class (spec);

  if (class != NULL && is_type (spec, "LoadBalancer"))
    k8_check_name (errors, K8_CHILD (path, "loadBalancerClass"), class, k8_name_check_qualified);
  else if (class != NULL)
    k8_field_errors_forbidden (errors, K8_CHILD (path, "loadBalancerClass"), needs_balancer);
}

static void
check_load_balancer (K8FieldErrors *errors, const K8Path *path, const K8Service *service)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  gboolean is_balanced = is_type (spec, "LoadBalancer");
  guint n_ranges = k8_service_spec_load_balancer_source_ranges_n (spec);
  gboolean has_ports = k8_service_spec_has_allocate_load_balancer_node_ports (spec);
  K8Path ranges = k8_path_child (path, "LoadBalancerSourceRanges");

  if (n_ranges > 0 && !is_balanced)
    k8_field_errors_forbidden (errors, &ranges, needs_balancer);
  for (guint i = 0; i < n_ranges; i++)
    {
      const char *range = k8_service_spec_load_balancer_source_ranges_at (spec, i);
      check_range (errors, K8_INDEX (&ranges, i), range, strlen (range));
    }
  if (n_ranges == 0)
    check_annotated_ranges (errors, k8_service_metadata (service), spec);
  if (has_ports && !is_balanced)
    k8_field_errors_forbidden (errors, K8_CHILD (path, "allocateLoadBalancerNodePorts"),
                               needs_balancer);
  if (!has_ports && is_balanced)
    k8_field_errors_required (errors, K8_CHILD (NULL, "allocateLoadBalancerNodePorts"), "%s", "");
  check_load_balancer_class (errors, path, spec);
}

static gboolean
is_externally_accessible (const K8ServiceSpec *spec)
{
  return is_type (spec, "LoadBalancer") || is_type (spec, "NodePort") ||
         (is_type (spec, "ClusterIP") && k8_service_spec_external_ips_n (spec) > 0);
}

static void
check_external_traffic (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  const char *policy = k8_service_spec_external_traffic_policy (spec);
  gint32 port = k8_service_spec_health_check_node_port (spec);
  K8Path policy_path = k8_path_child (path, "externalTrafficPolicy");
  K8Path port_path = k8_path_child (path, "healthCheckNodePort");

  if (is_externally_accessible (spec))
    k8_check_required_word (errors, &policy_path, policy, "Cluster|Local");
  else if (policy != NULL)
    k8_field_errors_invalid (errors, &policy_path, policy,
                             "may only be set for externally-accessible services");
  if (!needs_health_check (spec))
    {
      if (port != 0)
        k8_field_errors_invalid_int (errors, &port_path, port,
                                     "may only be set when `type` is 'LoadBalancer' and "
                                     "`externalTrafficPolicy` is 'Local'");
    }
  else if (port == 0)
    k8_field_errors_required (errors, &port_path, "%s", "");
  else
    k8_check_number (errors, &port_path, port, k8_name_check_port_number (port));
}

static void
check_other_traffic (K8FieldErrors *errors, const K8Path *path, const K8ServiceSpec *spec)
{
  const char *policy = k8_service_spec_internal_traffic_policy (spec);
  const char *distribution = k8_service_spec_traffic_distribution (spec);
  K8Path policy_path = k8_path_child (path, "internalTrafficPolicy");

  if (policy != NULL)
    k8_check_word (errors, &policy_path, policy, "Cluster|Local");
  else if (k8_check_is_listed (k8_service_spec_type (spec), "NodePort|LoadBalancer|ClusterIP"))
    k8_field_errors_required (errors, &policy_path, "%s", "");
  if (distribution != NULL)
    k8_check_word (errors, K8_CHILD (path, "trafficDistribution"), distribution,
                   "PreferClose|PreferSameZone|PreferSameNode");
}

static void
check_service (K8FieldErrors *errors, const K8Service *service)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  K8Path path = k8_path_child (NULL, "spec");
  K8Path ports = k8_path_child (&path, "ports");

  check_topology_annotations (errors, k8_service_metadata (service));
  check_type_and_addresses (errors, &path, spec);
  check_ports (errors, &ports, spec);
  k8_check_labels (errors, K8_CHILD (&path, "selector"), k8_service_spec_selector (spec));
  check_affinity (errors, &path, spec);
  check_cluster_ips (errors, &path, spec);
  check_external_ips (errors, K8_CHILD (&path, "externalIPs"), spec);
  k8_check_required_word (errors, K8_CHILD (&path, "type"), k8_service_spec_type (spec),
                          "ClusterIP|ExternalName|LoadBalancer|NodePort");
  check_port_numbers (errors, &ports, spec);
  check_load_balancer (errors, &path, service);
  check_external_traffic (errors, &path, spec);
  check_other_traffic (errors, &path, spec);
}

void
k8_validate_service_create (const void *object, K8FieldErrors *errors)
{
  const K8Service *service = object;

  k8_check_core_metadata (errors, k8_service_metadata (service), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_label);
  check_service (errors, service);
}

static const char says_once[] = "may not change once set";

/* What has been given to a service stays its own. */
static void
check_cluster_ips_update (K8FieldErrors *errors,
                          const K8ServiceSpec *spec,
                          const K8ServiceSpec *old)
{
  guint n = k8_service_spec_cluster_ips_n (spec);
  guint n_old = k8_service_spec_cluster_ips_n (old);
  K8Path path = k8_path_child (NULL, "spec");
  K8Path ips = k8_path_child (&path, "clusterIPs");

  if (n < n_old && n == 0)
    blame_addresses (errors, K8_INDEX (&ips, 0), spec, "primary clusterIP can not be unset");
  for (guint i = 0; i < (n == n_old ? n : MIN (MIN (n, n_old), 1)); i++)
    if (strcmp (k8_service_spec_cluster_ips_at (spec, i),
                k8_service_spec_cluster_ips_at (old, i)) != 0)
      blame_addresses (errors, K8_INDEX (&ips, i), spec, says_once);
  if (n < n_old && n == 1 && !k8_string_is (k8_service_spec_ip_family_policy (spec), "SingleStack"))
    {
      char *json = k8_check_field_json (spec, K8_FIELD (service_spec, ip_family_policy));
      k8_field_errors_invalid_json (
          errors, K8_CHILD (&path, "ipFamilyPolicy"), json,
          "must be set to 'SingleStack' when releasing the secondary clusterIP");
      g_free (json);
    }
}

static void
check_families_update (K8FieldErrors *errors, const K8ServiceSpec *spec, const K8ServiceSpec *old)
{
  guint n = k8_service_spec_ip_families_n (spec);
  guint n_old = k8_service_spec_ip_families_n (old);
  K8Path path = k8_path_child (NULL, "spec");
  K8Path families = k8_path_child (&path, "ipFamilies");
  char *json = k8_check_field_json (spec, K8_FIELD (service_spec, ip_families));

  if (n < n_old && k8_service_spec_cluster_ips_n (spec) == 0)
    k8_field_errors_invalid_json (errors, K8_INDEX (&families, 0), json,
                                  "primary ipFamily can not be unset");
  for (guint i = 0; i < (n == n_old ? n : MIN (MIN (n, n_old), 1)); i++)
    if (strcmp (k8_service_spec_ip_families_at (spec, i),
                k8_service_spec_ip_families_at (old, i)) != 0)
      k8_field_errors_invalid_json (errors, K8_INDEX (&families, 0), json, says_once);
  if (n < n_old && n == 1 && !k8_string_is (k8_service_spec_ip_family_policy (spec), "SingleStack"))
    {
      char *policy = k8_check_field_json (spec, K8_FIELD (service_spec, ip_family_policy));
      k8_field_errors_invalid_json (
          errors, K8_CHILD (&path, "ipFamilyPolicy"), policy,
          "must be set to 'SingleStack' when releasing the secondary ipFamily");
      g_free (policy);
    }
  g_free (json);
}

void
k8_validate_service_update (const void *object, const void *old, K8FieldErrors *errors)
{
  const K8ServiceSpec *spec = k8_service_spec (object);
  const K8ServiceSpec *old_spec = k8_service_spec (old);
  K8Path path = k8_path_child (NULL, "spec");
  gboolean has_name = is_type (spec, "ExternalName") || is_type (old_spec, "ExternalName");

  k8_check_core_metadata_update (errors, k8_service_metadata (object), k8_service_metadata (old));
  if (!has_name && !(is_headless (spec) && is_headless (old_spec)))
    check_cluster_ips_update (errors, spec, old_spec);
  if (!has_name && !is_headless (spec) && !is_headless (old_spec))
    check_families_update (errors, spec, old_spec);
  if (is_type (spec, "LoadBalancer") && is_type (old_spec, "LoadBalancer") &&
      !k8_check_is_field_equal (spec, old_spec, K8_FIELD (service_spec, load_balancer_class)))
    {
      char *json = k8_check_field_json (spec, K8_FIELD (service_spec, load_balancer_class));
      k8_field_errors_invalid_json (errors, K8_CHILD (&path, "loadBalancerClass"), json, "%s",
                                    says_once);
      g_free (json);
    }
  check_load_balancer_class (errors, &path,
                             spec); /* and once more with all the rest, as upstream */
  if (needs_health_check (spec) && needs_health_check (old_spec) &&
      k8_service_spec_health_check_node_port (spec) !=
          k8_service_spec_health_check_node_port (old_spec))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "healthCheckNodePort"),
                               "field is immutable");
  check_service (errors, object);
}

static void
check_ingress (K8FieldErrors *errors, const K8Path *path, const K8LoadBalancerIngress *ingress)
{
  const char *ip = k8_load_balancer_ingress_ip (ingress);
  const char *mode = k8_load_balancer_ingress_ip_mode (ingress);
  const char *name = k8_load_balancer_ingress_hostname (ingress);
  K8Path mode_path = k8_path_child (path, "ipMode");
  K8IP parsed;

  if (ip != NULL)
    k8_ip_check_legacy (errors, K8_CHILD (path, "ip"), ip);
  if (mode == NULL && ip != NULL)
    k8_field_errors_required (errors, &mode_path, "must be specified when `ip` is set");
  else if (mode != NULL && ip == NULL)
    k8_field_errors_forbidden (errors, &mode_path, "may not be specified when `ip` is not set");
  else if (mode != NULL)
    k8_check_word (errors, &mode_path, mode, "Proxy|VIP");
  if (name == NULL)
    return;
  k8_check_name (errors, K8_CHILD (path, "hostname"), name, k8_name_check_dns_1123_subdomain);
  if (k8_ip_parse (name, &parsed))
    k8_field_errors_invalid (errors, K8_CHILD (path, "hostname"), name,
                             "must be a DNS name, not an IP address");
}

void
k8_validate_service_status (const void *object, const void *old, K8FieldErrors *errors)
{
  const K8LoadBalancerStatus *balancer =
      k8_service_status_load_balancer (k8_service_status (object));
  guint n = k8_load_balancer_status_ingress_n (balancer);
  K8Path status = k8_path_child (NULL, "status");
  K8Path balancer_path = k8_path_child (&status, "loadBalancer");
  K8Path path = k8_path_child (&balancer_path, "ingress");

  k8_check_core_metadata_update (errors, k8_service_metadata (object), k8_service_metadata (old));
  if (n > 0 && !is_type (k8_service_spec (object), "LoadBalancer"))
    {
      k8_field_errors_forbidden (errors, &path,
                                 "may only be used when `spec.type` is 'LoadBalancer'");
      return;
    }
  for (guint i = 0; i < n; i++)
    check_ingress (errors, K8_INDEX (&path, i), k8_load_balancer_status_ingress_at (balancer, i));
}
