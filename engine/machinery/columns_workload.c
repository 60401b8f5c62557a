/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of deployments, replica sets, scales, services and endpoint slices.
 * Source: pkg/printers/internalversion/printers.go (v1.36).
 */
#include "machinery/columns.h"

#include <string.h>

#include "base/text.h"

void
k8_cell_deployment_ready (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out,
                      k8_deployment_status_ready_replicas (k8_deployment_status (input->object)));
  g_string_append_c (out, '/');
  k8_text_append_i64 (out, k8_deployment_spec_replicas (k8_deployment_spec (input->object)));
}

void
k8_cell_deployment_updated (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (
      out, k8_deployment_status_updated_replicas (k8_deployment_status (input->object)));
}

void
k8_cell_deployment_available (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (
      out, k8_deployment_status_available_replicas (k8_deployment_status (input->object)));
}

void
k8_cell_deployment_containers (GString *out, const K8CellInput *input)
{
  k8_cell_append_names (out, k8_deployment_spec_template (k8_deployment_spec (input->object)));
}

void
k8_cell_deployment_images (GString *out, const K8CellInput *input)
{
  k8_cell_append_images (out, k8_deployment_spec_template (k8_deployment_spec (input->object)));
}

void
k8_cell_deployment_selector (GString *out, const K8CellInput *input)
{
  k8_cell_append_selector (out, k8_deployment_spec_selector (k8_deployment_spec (input->object)));
}

void
k8_cell_replica_set_desired (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out, k8_replica_set_spec_replicas (k8_replica_set_spec (input->object)));
}

void
k8_cell_replica_set_current (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out, k8_replica_set_status_replicas (k8_replica_set_status (input->object)));
}

void
k8_cell_replica_set_ready (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (
      out, k8_replica_set_status_ready_replicas (k8_replica_set_status (input->object)));
}

void
k8_cell_replica_set_containers (GString *out, const K8CellInput *input)
{
  k8_cell_append_names (out, k8_replica_set_spec_template (k8_replica_set_spec (input->object)));
}

void
k8_cell_replica_set_images (GString *out, const K8CellInput *input)
{
  k8_cell_append_images (out, k8_replica_set_spec_template (k8_replica_set_spec (input->object)));
}

void
k8_cell_replica_set_selector (GString *out, const K8CellInput *input)
{
  k8_cell_append_selector (out,
                           k8_replica_set_spec_selector (k8_replica_set_spec (input->object)));
}

void
k8_cell_scale_desired (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out, k8_scale_spec_replicas (k8_scale_spec (input->object)));
}

void
k8_cell_scale_available (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out, k8_scale_status_replicas (k8_scale_status (input->object)));
}

void
k8_cell_service_type (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_service_spec_type (k8_service_spec (input->object)), "");
}

void
k8_cell_service_cluster_ip (GString *out, const K8CellInput *input)
{
  const K8ServiceSpec *spec = k8_service_spec (input->object);
  const char *ip = k8_service_spec_cluster_ip (spec);

  if (k8_service_spec_cluster_ips_n (spec) > 0)
    ip = k8_service_spec_cluster_ips_at (spec, 0);
  k8_cell_append_or (out, ip, "<none>");
}

static void
append_after_comma (GString *out, gsize start, const char *text)
{
  if (text == NULL || text[0] == '\0')
    return;
  g_string_append (out, out->len > start ? "," : "");
  g_string_append (out, text);
}

/* What the load balancer gave: addresses, else names; sorted, each once. */
static void
append_ingress (GString *out, gsize start, const K8LoadBalancerStatus *status)
{
  const char *previous = "";

  for (guint round = 0; round < k8_load_balancer_status_ingress_n (status); round++)
    {
      const char *next = NULL;
      for (guint i = 0; i < k8_load_balancer_status_ingress_n (status); i++)
        {
          const K8LoadBalancerIngress *ingress = k8_load_balancer_status_ingress_at (status, i);
          const char *text = k8_load_balancer_ingress_ip (ingress);
          if (text == NULL)
            text = k8_string_or_empty (k8_load_balancer_ingress_hostname (ingress));
          if (strcmp (text, previous) > 0 && (next == NULL || strcmp (text, next) < 0))
            next = text;
        }
      if (next == NULL)
        return;
      append_after_comma (out, start, next);
      previous = next;
    }
}

void
k8_cell_service_external_ip (GString *out, const K8CellInput *input)
{
  const K8ServiceSpec *spec = k8_service_spec (input->object);
  const char *type = k8_service_spec_type (spec);
  gboolean is_balanced = k8_string_is (type, "LoadBalancer");
  gsize start = out->len;

  if (k8_string_is (type, "ExternalName"))
    {
      k8_cell_append_or (out, k8_service_spec_external_name (spec), "");
      return;
    }
  if (!is_balanced && !k8_string_is (type, "ClusterIP") && !k8_string_is (type, "NodePort"))
    {
      g_string_append (out, "<unknown>");
      return;
    }
  if (is_balanced)
    append_ingress (out, start,
                    k8_service_status_load_balancer (k8_service_status (input->object)));
  for (guint i = 0; i < k8_service_spec_external_ips_n (spec); i++)
    append_after_comma (out, start, k8_service_spec_external_ips_at (spec, i));
  if (out->len == start)
    g_string_append (out, is_balanced ? "<pending>" : "<none>");
}

void
k8_cell_service_ports (GString *out, const K8CellInput *input)
{
  const K8ServiceSpec *spec = k8_service_spec (input->object);

  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i);
      g_string_append (out, i == 0 ? "" : ",");
      k8_text_append_i64 (out, k8_service_port_port (port));
      if (k8_service_port_node_port (port) > 0)
        {
          g_string_append_c (out, ':');
          k8_text_append_i64 (out, k8_service_port_node_port (port));
        }
      g_string_append_c (out, '/');
      k8_cell_append_or (out, k8_service_port_protocol (port), "");
    }
  if (k8_service_spec_ports_n (spec) == 0)
    g_string_append (out, "<none>");
}

void
k8_cell_service_selector (GString *out, const K8CellInput *input)
{
  k8_cell_append_labels (out, k8_service_spec_selector (k8_service_spec (input->object)));
}

void
k8_cell_endpoint_slice_address_type (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_endpoint_slice_address_type (input->object), "");
}

void
k8_cell_endpoint_slice_ports (GString *out, const K8CellInput *input)
{
  guint n = k8_endpoint_slice_ports_n (input->object);
  gsize start = out->len;

  for (guint i = 0; i < n; i++)
    {
      const K8DiscoveryEndpointPort *port = k8_endpoint_slice_ports_at (input->object, i);
      char text[K8_TEXT_NUMBER_LETTERS + 1];
      k8_text_write_i64 (text, k8_discovery_endpoint_port_port (port));
      k8_cell_append_to_list (out, start, i,
                              k8_discovery_endpoint_port_has_port (port) ? text : "*");
    }
  k8_cell_end_list (out, start, n);
}

void
k8_cell_endpoint_slice_endpoints (GString *out, const K8CellInput *input)
{
  gsize start = out->len;
  guint n = 0;

  for (guint i = 0; i < k8_endpoint_slice_endpoints_n (input->object); i++)
    {
      const K8Endpoint *endpoint = k8_endpoint_slice_endpoints_at (input->object, i);
      for (guint j = 0; j < k8_endpoint_addresses_n (endpoint); j++)
        k8_cell_append_to_list (out, start, n++, k8_endpoint_addresses_at (endpoint, j));
    }
  k8_cell_end_list (out, start, n);
}
