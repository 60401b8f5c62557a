/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands between decoding and validation in a server and is not part of either: the
 * namespace of the request, the generated name, the default service account, and the addresses
 * and ports that a service is given. Only what validation looks at.
 */

#include <string.h>

#include "machinery/names.h"
#include "tests/diff/validation/suite.h"

static char *
get_namespace (const char *path)
{
  const char *begin = strstr (path, "/namespaces/");

  if (begin == NULL)
    return NULL;
  begin += strlen ("/namespaces/");
  const char *end = strchr (begin, '/');
  return end == NULL ? NULL : g_strndup (begin, (gsize) (end - begin));
}

static const K8ObjectMeta *
make_metadata (K8Region *region, const K8ObjectMeta *metadata, const char *namespace)
{
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, metadata);
  if (namespace != NULL && !k8_object_meta_has_namespace (metadata))
    k8_object_meta_set_namespace (&edit, namespace);
  if (k8_object_meta_has_generate_name (metadata) && !k8_object_meta_has_name (metadata))
    {
      g_autofree char *name = k8_name_generate (k8_object_meta_generate_name (metadata), 0);
      k8_object_meta_set_name (&edit, name);
    }
  k8_object_meta_clear_deletion_timestamp (&edit);
  k8_object_meta_clear_deletion_grace_period_seconds (&edit);
  return k8_object_meta_seal (&edit);
}

static const K8PodSpec *
make_pod_spec (K8Region *region, const K8PodSpec *spec)
{
  K8PodSpecEdit edit;

  k8_pod_spec_edit (&edit, region, spec);
  if (!k8_pod_spec_has_service_account_name (spec))
    k8_pod_spec_set_service_account_name (&edit, "default");
  return k8_pod_spec_seal (&edit);
}

static gboolean
is_type (const K8ServiceSpec *spec, const char *type)
{
  return k8_string_is (k8_service_spec_type (spec), type);
}

static void
give_cluster_ip (K8Region *region, K8ServiceSpecEdit *edit, const K8ServiceSpec *spec)
{
  const char *ip = k8_service_spec_cluster_ip (spec);
  K8List *list = k8_list_new (region, K8_FIELD_STRING_LIST, 1);

  if ((is_type (spec, "ExternalName") && ip == NULL) || k8_service_spec_has_cluster_ips (spec))
    {
      k8_list_unref (list);
      return;
    }
  k8_service_spec_set_cluster_ip (edit, ip != NULL ? ip : "10.96.0.77");
  k8_service_spec_set_cluster_ips (edit,
                                   k8_list_add_text (list, ip != NULL ? ip : "10.96.0.77", -1));
}

static void
give_node_ports (K8Region *region, K8ServiceSpecEdit *edit, const K8ServiceSpec *spec)
{
  if (!is_type (spec, "NodePort") && !is_type (spec, "LoadBalancer"))
    return;
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i);
      K8ServicePortEdit port_edit;
      if (k8_service_port_node_port (port) != 0)
        continue;
      k8_service_port_edit (&port_edit, region, port);
      k8_service_port_set_node_port (&port_edit, (gint32) (30100 + i));
      k8_service_spec_replace_ports (edit, i, k8_service_port_seal (&port_edit));
    }
  if (is_type (spec, "LoadBalancer") &&
      k8_string_is (k8_service_spec_external_traffic_policy (spec), "Local") &&
      k8_service_spec_health_check_node_port (spec) == 0)
    k8_service_spec_set_health_check_node_port (edit, 30099);
}

static const K8ServiceSpec *
make_service_spec (K8Region *region, const K8ServiceSpec *spec)
{
  K8ServiceSpecEdit edit;

  k8_service_spec_edit (&edit, region, spec);
  give_cluster_ip (region, &edit, spec);
  give_node_ports (region, &edit, spec);
  return k8_service_spec_seal (&edit);
}

const void *
prepare_object (K8Region *region, const void *object, const char *path)
{
  const K8KindInfo *kind = k8_kind_of_record (object);
  const K8MessageInfo *info = k8_record_info (object);
  const K8Field *field = k8_message_find_field (info, "metadata", strlen ("metadata"));
  g_autofree char *namespace = kind->is_namespaced ? get_namespace (path) : NULL;
  K8Edit edit;

  k8_edit_init (&edit, region, info, object);
  k8_edit_set_object (&edit, field,
                      make_metadata (region,
                                     (const K8ObjectMeta *) k8_record_get_object (object, field),
                                     namespace));
  if (info->id == k8_message_pod)
    k8_pod_set_spec ((K8PodEdit *) &edit, make_pod_spec (region, k8_pod_spec (object)));
  if (info->id == k8_message_service)
    k8_service_set_spec ((K8ServiceEdit *) &edit,
                         make_service_spec (region, k8_service_spec (object)));
  k8_record_unref (object);
  return k8_edit_seal (&edit);
}
