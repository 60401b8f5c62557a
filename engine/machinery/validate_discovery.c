/* SPDX-License-Identifier: Apache-2.0
 *
 * EndpointSlices: addresses of one type, ports, hints.
 * Source: kubernetes pkg/apis/discovery/validation (v1.36).
 */
#include <string.h>

#include "machinery/ip.h"
#include "machinery/validate_parts.h"

enum
{
  MAX_TOPOLOGY_LABELS = 16,
  MAX_ADDRESSES = 100,
  MAX_PORTS = 20000,
  MAX_ENDPOINTS = 1000,
  MAX_HINTS = 8,
};

/* A domain name of at least two labels, perhaps with the dot of the root. */
static void
check_domain (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  gsize length = strlen (text);
  char *name;
  K8NameFaults faults;

  if (!k8_check_required (errors, path, text))
    return;
  name = g_strndup (text, text[length - 1] == '.' ? length - 1 : length);
  faults = k8_name_check_dns_1123_subdomain (name);
  if (faults.n > 0)
    k8_field_errors_invalid (errors, path, name, "%s%s%s", faults.text[0], faults.n > 1 ? "," : "",
                             faults.n > 1 ? faults.text[1] : "");
  else if (strchr (name, '.') == NULL)
    k8_field_errors_invalid (errors, path, name,
                             "should be a domain with at least two segments separated by dots");
  else
    {
      char **labels = g_strsplit (name, ".", -1);
      for (guint i = 0; labels[i] != NULL; i++)
        {
          faults = k8_name_check_dns_1123_label (labels[i]);
          if (faults.n == 0)
            continue;
          k8_field_errors_invalid (errors, path, labels[i], "%s%s%s", faults.text[0],
                                   faults.n > 1 ? "," : "", faults.n > 1 ? faults.text[1] : "");
          break;
        }
      g_strfreev (labels);
    }
  g_free (name);
}

static void
check_ip (K8FieldErrors *errors,
          const K8Path *list,
          const K8Path *path,
          const char *text,
          gboolean wants_v6)
{
  guint n_errors = k8_field_errors_n (errors);
  K8IP ip;

  if (wants_v6)
    k8_ip_check (errors, path, text);
  else
    k8_ip_check_legacy (errors, path, text);
  if (k8_field_errors_n (errors) > n_errors || !k8_ip_parse (text, &ip))
    return;
  if (ip.is_v6 != wants_v6)
    k8_field_errors_invalid (errors, list, text, "must be an %s address",
                             wants_v6 ? "IPv6" : "IPv4");
  k8_check_endpoint_ip (errors, path, text);
}

static void
check_addresses (K8FieldErrors *errors,
                 const K8Path *path,
                 const K8Endpoint *endpoint,
                 const char *type)
{
  guint n = k8_endpoint_addresses_n (endpoint);

  if (n == 0)
    k8_field_errors_required (errors, path, "must contain at least 1 address");
  else if (n > MAX_ADDRESSES)
    k8_field_errors_too_many (errors, path, n, MAX_ADDRESSES);
  for (guint i = 0; i < n; i++)
    {
      const char *address = k8_endpoint_addresses_at (endpoint, i);
      K8Path at = k8_path_index (path, i);
      if (k8_string_is (type, "FQDN"))
        check_domain (errors, &at, address);
      else if (k8_check_is_listed (type, "IPv4|IPv6"))
        check_ip (errors, path, &at, address, type[3] == '6');
    }
}

static void
check_zone_hints (K8FieldErrors *errors, const K8Path *path, const K8EndpointHints *hints)
{
  K8TextSet names = { 0 };

  for (guint i = 0; i < k8_endpoint_hints_for_zones_n (hints); i++)
    {
      const char *name = k8_for_zone_name (k8_endpoint_hints_for_zones_at (hints, i));
      K8Path at = k8_path_index (path, i);
      if (!k8_text_set_add (&names, name))
        k8_field_errors_duplicate (errors, K8_CHILD (&at, "name"), name);
      k8_check_name (errors, K8_CHILD (&at, "name"), name, k8_name_check_label_value);
    }
  k8_text_set_clear (&names);
}

static void
check_hints (K8FieldErrors *errors, const K8Path *path, const K8EndpointHints *hints)
{
  guint n_zones = k8_endpoint_hints_for_zones_n (hints);
  guint n_nodes = k8_endpoint_hints_for_nodes_n (hints);
  K8Path zones = k8_path_child (path, "forZones");
  K8Path nodes = k8_path_child (path, "forNodes");
  K8TextSet names = { 0 };

  if (n_zones > MAX_HINTS)
    {
      k8_field_errors_too_many (errors, &zones, n_zones, MAX_HINTS);
      return;
    }
  check_zone_hints (errors, &zones, hints);
  if (n_nodes > MAX_HINTS)
    {
      k8_field_errors_too_many (errors, &nodes, n_nodes, MAX_HINTS);
      return;
    }
  for (guint i = 0; i < n_nodes; i++)
    {
      const char *name = k8_for_node_name (k8_endpoint_hints_for_nodes_at (hints, i));
      K8Path at = k8_path_index (&nodes, i);
      if (!k8_text_set_add (&names, name))
        k8_field_errors_duplicate (errors, K8_CHILD (&at, "name"), name);
      k8_check_name (errors, K8_CHILD (&at, "name"), name, k8_name_check_dns_1123_subdomain);
    }
  k8_text_set_clear (&names);
}

static void
check_endpoint (K8FieldErrors *errors,
                const K8Path *path,
                const K8Endpoint *endpoint,
                const char *type)
{
  static const char zone_key[] = "topology.kubernetes.io/zone";
  guint n_labels = k8_endpoint_deprecated_topology_n (endpoint);
  K8Path topology = k8_path_child (path, "deprecatedTopology");

  check_addresses (errors, K8_CHILD (path, "addresses"), endpoint, type);
  if (k8_endpoint_has_node_name (endpoint))
    k8_check_name (errors, K8_CHILD (path, "nodeName"), k8_endpoint_node_name (endpoint),
                   k8_name_check_dns_1123_subdomain);
  if (n_labels > MAX_TOPOLOGY_LABELS)
    k8_field_errors_too_many (errors, &topology, n_labels, MAX_TOPOLOGY_LABELS);
  k8_check_labels (errors, &topology, k8_endpoint_deprecated_topology (endpoint));
  if (k8_endpoint_deprecated_topology_get (endpoint, zone_key) != NULL)
    k8_field_errors_internal (errors, K8_KEY (&topology, zone_key),
                              "reserved key was not removed in conversion");
  if (k8_endpoint_has_hostname (endpoint))
    k8_check_name (errors, K8_CHILD (path, "hostname"), k8_endpoint_hostname (endpoint),
                   k8_name_check_dns_1123_label);
  if (k8_endpoint_has_hints (endpoint))
    check_hints (errors, K8_CHILD (path, "hints"), k8_endpoint_hints (endpoint));
}

static void
check_port (K8FieldErrors *errors,
            const K8Path *path,
            const K8DiscoveryEndpointPort *port,
            K8TextSet *names)
{
  const char *name = k8_string_or_empty (k8_discovery_endpoint_port_name (port));
  const char *protocol = k8_discovery_endpoint_port_protocol (port);

  if (name[0] != '\0')
    k8_check_name (errors, K8_CHILD (path, "name"), name, k8_name_check_dns_1123_label);
  if (!k8_text_set_add (names, name))
    k8_field_errors_duplicate (errors, K8_CHILD (path, "name"), name);
  if (protocol == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "protocol"), "%s", "");
  else
    k8_check_word (errors, K8_CHILD (path, "protocol"), protocol, "SCTP|TCP|UDP");
  if (k8_discovery_endpoint_port_has_app_protocol (port))
    k8_check_name (errors, K8_CHILD (path, "appProtocol"),
                   k8_discovery_endpoint_port_app_protocol (port), k8_name_check_qualified);
}

static void
check_ports (K8FieldErrors *errors, const K8EndpointSlice *slice)
{
  guint n = k8_endpoint_slice_ports_n (slice);
  K8Path path = k8_path_child (NULL, "ports");
  K8TextSet names = { 0 };

  if (n > MAX_PORTS)
    {
      k8_field_errors_too_many (errors, &path, n, MAX_PORTS);
      return;
    }
  for (guint i = 0; i < n; i++)
    check_port (errors, K8_INDEX (&path, i), k8_endpoint_slice_ports_at (slice, i), &names);
  k8_text_set_clear (&names);
}

static void
check_endpoints (K8FieldErrors *errors, const K8EndpointSlice *slice)
{
  guint n = k8_endpoint_slice_endpoints_n (slice);
  K8Path path = k8_path_child (NULL, "endpoints");

  if (n > MAX_ENDPOINTS)
    {
      k8_field_errors_too_many (errors, &path, n, MAX_ENDPOINTS);
      return;
    }
  for (guint i = 0; i < n; i++)
    check_endpoint (errors, K8_INDEX (&path, i), k8_endpoint_slice_endpoints_at (slice, i),
                    k8_endpoint_slice_address_type (slice));
}

static void
check_slice (K8FieldErrors *errors, const K8EndpointSlice *slice)
{
  k8_check_core_metadata (errors, k8_endpoint_slice_metadata (slice), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  k8_check_required_word (errors, K8_CHILD (NULL, "addressType"),
                          k8_endpoint_slice_address_type (slice), "FQDN|IPv4|IPv6");
  check_ports (errors, slice);
}

void
k8_validate_endpoint_slice_create (const void *object, K8FieldErrors *errors)
{
  check_slice (errors, object);
  check_endpoints (errors, object);
}

/* Endpoints that are as they were have been good enough before. */
void
k8_validate_endpoint_slice_update (const void *object, const void *old, K8FieldErrors *errors)
{
  check_slice (errors, object);
  if (!k8_check_is_field_equal (object, old, K8_FIELD (endpoint_slice, endpoints)))
    check_endpoints (errors, object);
  k8_check_immutable (errors, K8_CHILD (NULL, "addressType"), object, old,
                      K8_FIELD (endpoint_slice, address_type));
}
