/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of nodes, namespaces, leases, priority classes, ConfigMaps and Secrets.
 * Source: pkg/printers/internalversion/printers.go (v1.36).
 */
#include "machinery/columns.h"

#include <string.h>

#include "base/text.h"
#include "machinery/conditions.h"

void
k8_cell_node_status (GString *out, const K8CellInput *input)
{
  const char *ready = k8_conditions_status (k8_node_status (input->object), "Ready");

  g_string_append (out, ready == NULL                     ? "Unknown"
                        : k8_string_is (ready, "True") ? "Ready"
                                                          : "NotReady");
  if (k8_node_spec_unschedulable (k8_node_spec (input->object)))
    g_string_append (out, ",SchedulingDisabled");
}

/* The role that a label gives, or NULL. */
static const char *
get_role (const K8List *labels, guint index)
{
  static const char prefix[] = "node-role.kubernetes.io/";
  const char *key = k8_map_get_key (labels, index);

  if (strncmp (key, prefix, sizeof prefix - 1) == 0)
    return key + sizeof prefix - 1;
  return strcmp (key, "kubernetes.io/role") == 0 ? k8_map_get_value (labels, index) : NULL;
}

/* Sorted, each once: the next one behind the last, until there is none. */
void
k8_cell_node_roles (GString *out, const K8CellInput *input)
{
  const K8List *labels = k8_object_meta_labels (input->meta);
  const char *previous = "";
  gsize start = out->len;

  for (guint round = 0; round < k8_list_n (labels); round++)
    {
      const char *next = NULL;
      for (guint i = 0; i < k8_list_n (labels); i++)
        {
          const char *role = get_role (labels, i);
          if (role != NULL && strcmp (role, previous) > 0
              && (next == NULL || strcmp (role, next) < 0))
            next = role;
        }
      if (next == NULL)
        break;
      g_string_append (out, out->len > start ? "," : "");
      g_string_append (out, next);
      previous = next;
    }
  if (out->len == start)
    g_string_append (out, "<none>");
}

static const K8NodeSystemInfo *
get_system (const K8CellInput *input)
{
  return k8_node_status_node_info (k8_node_status (input->object));
}

void
k8_cell_node_version (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_node_system_info_kubelet_version (get_system (input)), "");
}

static void
append_address (GString *out, const K8CellInput *input, const char *type)
{
  const K8NodeStatus *status = k8_node_status (input->object);

  for (guint i = 0; i < k8_node_status_addresses_n (status); i++)
    {
      const K8NodeAddress *address = k8_node_status_addresses_at (status, i);
      if (!k8_string_is (k8_node_address_type (address), type))
        continue;
      k8_cell_append_or (out, k8_node_address_address (address), "");
      return;
    }
  g_string_append (out, "<none>");
}

void
k8_cell_node_internal_ip (GString *out, const K8CellInput *input)
{
  append_address (out, input, "InternalIP");
}

void
k8_cell_node_external_ip (GString *out, const K8CellInput *input)
{
  append_address (out, input, "ExternalIP");
}

void
k8_cell_node_os_image (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_node_system_info_os_image (get_system (input)), "<unknown>");
}

void
k8_cell_node_kernel_version (GString *out, const K8CellInput *input)
{
  const char *kernel = k8_node_system_info_kernel_version (get_system (input));
  const char *architecture = k8_node_system_info_architecture (get_system (input));

  k8_cell_append_or (out, kernel, "<unknown>");
  if (kernel == NULL || architecture == NULL)
    return;
  g_string_append (out, " (");
  g_string_append (out, architecture);
  g_string_append_c (out, ')');
}

void
k8_cell_node_container_runtime (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_node_system_info_container_runtime_version (get_system (input)),
                     "<unknown>");
}

void
k8_cell_namespace_status (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_namespace_status_phase (k8_namespace_status (input->object)), "");
}

void
k8_cell_lease_holder (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_lease_spec_holder_identity (k8_lease_spec (input->object)), "");
}

void
k8_cell_config_map_data (GString *out, const K8CellInput *input)
{
  k8_text_append_u64 (out, k8_config_map_data_n (input->object)
                               + k8_config_map_binary_data_n (input->object));
}

void
k8_cell_secret_type (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_secret_type (input->object), "");
}

void
k8_cell_secret_data (GString *out, const K8CellInput *input)
{
  k8_text_append_u64 (out, k8_secret_data_n (input->object));
}

void
k8_cell_priority_class_value (GString *out, const K8CellInput *input)
{
  k8_text_append_i64 (out, k8_priority_class_value (input->object));
}

void
k8_cell_priority_class_global_default (GString *out, const K8CellInput *input)
{
  g_string_append (out, k8_priority_class_global_default (input->object) ? "true" : "false");
}

void
k8_cell_priority_class_preemption_policy (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_priority_class_preemption_policy (input->object),
                     "PreemptLowerPriority");
}
