/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints of a service: one a pod that its selector takes, that has an address and has not
 * finished. Named target ports are looked up in the pod, so pods of different templates may
 * offer different ports: they come into different groups, and so into different slices.
 * Source: staging/src/k8s.io/endpointslice/utils.go, reconciler.go, trafficdist (v1.36).
 * Departures: IPv4 only; topology-mode: Auto is not acted on.
 */
#include "controllers/endpoint_slice.h"
#include "machinery/pod.h"
#include "machinery/selector.h"

#define ZONE_LABEL "topology.kubernetes.io/zone"

static gboolean
is_included (const K8Pod *pod)
{
  const char *ip = k8_pod_status_pod_ip (k8_pod_status (pod));

  return ip != NULL && *ip != '\0' && !k8_pod_is_terminal (pod);
}

static const K8EndpointConditions *
make_conditions (const K8View *view, const K8Service *service, const K8Pod *pod)
{
  gboolean is_serving = k8_pod_is_ready (pod);
  gboolean is_terminating = k8_pod_is_terminating (pod);
  gboolean is_published =
      k8_service_spec_publish_not_ready_addresses (k8_service_spec (service));
  K8EndpointConditionsEdit edit;

  k8_endpoint_conditions_edit (&edit, view->region, NULL);
  k8_endpoint_conditions_set_ready (&edit, is_published || (is_serving && !is_terminating));
  k8_endpoint_conditions_set_serving (&edit, is_serving);
  k8_endpoint_conditions_set_terminating (&edit, is_terminating);
  return k8_endpoint_conditions_seal (&edit);
}

static const K8ObjectReference *
make_target (const K8View *view, const K8ObjectMeta *meta)
{
  K8ObjectReferenceEdit edit;

  k8_object_reference_edit (&edit, view->region, NULL);
  k8_object_reference_set_kind (&edit, "Pod");
  k8_object_reference_set_namespace (&edit, k8_object_meta_namespace (meta));
  k8_object_reference_set_name (&edit, k8_object_meta_name (meta));
  k8_object_reference_set_uid (&edit, k8_object_meta_uid (meta));
  return k8_object_reference_seal (&edit);
}

/* Hints that keep traffic near: the own zone, or first the own node. */
static const K8EndpointHints *
make_hints (const K8View *view, const char *distribution, const char *node, const char *zone)
{
  gboolean is_same_node = k8_string_is (distribution, "PreferSameNode");
  K8EndpointHintsEdit hints;

  k8_endpoint_hints_edit (&hints, view->region, NULL);
  if (zone != NULL)
    {
      K8ForZoneEdit edit;
      k8_for_zone_edit (&edit, view->region, NULL);
      k8_for_zone_set_name (&edit, zone);
      k8_endpoint_hints_add_for_zones (&hints, k8_for_zone_seal (&edit));
    }
  if (is_same_node && node != NULL)
    {
      K8ForNodeEdit edit;
      k8_for_node_edit (&edit, view->region, NULL);
      k8_for_node_set_name (&edit, node);
      k8_endpoint_hints_add_for_nodes (&hints, k8_for_node_seal (&edit));
    }
  return k8_endpoint_hints_seal (&hints);
}

static const char *
find_zone (const K8View *view, const char *node)
{
  K8Ref ref = { K8_KIND_Node, NULL, node };
  const K8CacheEntry *entry = node == NULL ? NULL : k8_view_find (view, &ref);

  return entry == NULL
             ? NULL
             : k8_object_meta_labels_get (k8_node_metadata (entry->object), ZONE_LABEL);
}

static const K8Endpoint *
make_endpoint (const K8View *view, const K8Service *service, const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  const K8EndpointConditions *conditions = make_conditions (view, service, pod);
  const char *distribution = k8_service_spec_traffic_distribution (k8_service_spec (service));
  const char *zone = find_zone (view, k8_pod_spec_node_name (spec));
  K8EndpointEdit edit;

  k8_endpoint_edit (&edit, view->region, NULL);
  k8_endpoint_add_addresses (&edit, k8_pod_status_pod_ip (k8_pod_status (pod)));
  if (distribution != NULL && k8_endpoint_conditions_ready (conditions))
    k8_endpoint_set_hints (
        &edit, make_hints (view, distribution, k8_pod_spec_node_name (spec), zone));
  k8_endpoint_set_conditions (&edit, conditions);
  k8_endpoint_set_target_ref (&edit, make_target (view, k8_pod_metadata (pod)));
  k8_endpoint_set_node_name (&edit, k8_pod_spec_node_name (spec));
  k8_endpoint_set_zone (&edit, zone);
  if (k8_pod_spec_hostname (spec) != NULL &&
      k8_string_equal (k8_pod_spec_subdomain (spec),
                       k8_object_meta_name (k8_service_metadata (service))))
    k8_endpoint_set_hostname (&edit, k8_pod_spec_hostname (spec));
  return k8_endpoint_seal (&edit);
}

/* The number of a container's port by its name; 0 if no container has such a port. */
static gint32
find_named_port (const K8PodSpec *spec, const char *name, const char *protocol)
{
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        {
          const K8ContainerPort *port = k8_container_ports_at (container, j);
          if (k8_string_equal (k8_container_port_name (port), name) &&
              k8_string_equal (k8_container_port_protocol (port), protocol))
            return k8_container_port_container_port (port);
        }
    }
  return 0;
}

static gint32
find_target_port (const K8ServicePort *port, const K8Pod *pod)
{
  K8IntOrString target = k8_service_port_target_port (port);

  if (target.is_text)
    return find_named_port (k8_pod_spec (pod), target.text, k8_service_port_protocol (port));
  return target.number != 0 ? target.number : k8_service_port_port (port);
}

/* A slice with the ports that a pod offers for the service. (transfer full) */
static const K8EndpointSlice *
make_ports (const K8View *view, const K8Service *service, const K8Pod *pod)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  K8EndpointSliceEdit slice;

  k8_endpoint_slice_edit (&slice, view->region, NULL);
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i);
      gint32 number = find_target_port (port, pod);
      K8DiscoveryEndpointPortEdit edit;
      if (number == 0)
        continue;
      k8_discovery_endpoint_port_edit (&edit, view->region, NULL);
      k8_discovery_endpoint_port_set_name (&edit,
                                           k8_string_or_empty (k8_service_port_name (port)));
      k8_discovery_endpoint_port_set_protocol (&edit, k8_service_port_protocol (port));
      k8_discovery_endpoint_port_set_port (&edit, number);
      k8_discovery_endpoint_port_set_app_protocol (&edit, k8_service_port_app_protocol (port));
      k8_endpoint_slice_add_ports (&slice, k8_discovery_endpoint_port_seal (&edit));
    }
  return k8_endpoint_slice_seal (&slice);
}

/* The group of these ports (taken over). */
static K8EndpointGroup *
ensure_group (K8Array *groups, const K8EndpointSlice *ports)
{
  for (guint32 i = 0; i < k8_array_n (groups); i++)
    {
      K8EndpointGroup *group = k8_array_at (groups, i);
      if (k8_list_equal (k8_endpoint_slice_ports (group->ports), k8_endpoint_slice_ports (ports)))
        {
          k8_record_unref (ports);
          return group;
        }
    }
  K8EndpointGroup *group = k8_array_add (groups);
  *group = (K8EndpointGroup){ .ports = ports, .endpoints = g_ptr_array_new () };
  return group;
}

void
k8_endpoint_groups_make (const K8View *view, const K8Service *service, K8Array *groups)
{
  const K8Cache *pods = view->caches[K8_KIND_Pod];
  const K8List *selector = k8_service_spec_selector (k8_service_spec (service));
  const char *namespace_name = k8_object_meta_namespace (k8_service_metadata (service));
  K8EndpointSliceEdit nothing;

  for (guint32 slot = k8_cache_next_in_namespace (pods, namespace_name, 0); slot != 0;
       slot = k8_cache_next_in_namespace (pods, namespace_name, slot))
    {
      const K8Pod *pod = k8_cache_at (pods, slot)->object;
      if (!is_included (pod) ||
          !k8_labels_contain (k8_object_meta_labels (k8_pod_metadata (pod)), selector))
        continue;
      K8EndpointGroup *group = ensure_group (groups, make_ports (view, service, pod));
      g_ptr_array_add (group->endpoints, (gpointer) make_endpoint (view, service, pod));
    }
  if (k8_array_n (groups) > 0)
    return;
  k8_endpoint_slice_edit (&nothing, view->region, NULL);
  ensure_group (groups, k8_endpoint_slice_seal (&nothing));
}

void
k8_endpoint_groups_clear (K8Array *groups)
{
  for (guint32 i = 0; i < k8_array_n (groups); i++)
    {
      K8EndpointGroup *group = k8_array_at (groups, i);
      for (guint j = 0; j < group->endpoints->len; j++)
        k8_record_unref (g_ptr_array_index (group->endpoints, j));
      g_ptr_array_unref (group->endpoints);
      k8_record_unref (group->ports);
    }
  k8_array_clear (groups);
}
