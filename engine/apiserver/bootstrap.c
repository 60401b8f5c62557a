/* SPDX-License-Identifier: Apache-2.0
 *
 * What every cluster has from its first moment: four namespaces, two priority classes, the
 * Service `kubernetes` with its EndpointSlice. What is missing is made at each start, by the
 * ordinary way of a create. Requests of others wait until it is there.
 * Source: kubernetes pkg/controlplane (controller/systemnamespaces, kubernetesservice),
 * pkg/registry/scheduling/rest (v1.36).
 * Departures: no Endpoints beside the slice, LATER, with their kind.
 */
#include "apiserver/server.h"

#include "machinery/gvk.h"
#include "machinery/ip.h"

#define SECURE_PORT 6443

static const char *const namespaces[]
    = { "default", "kube-node-lease", "kube-public", "kube-system" };

static const K8ObjectMeta *
new_meta (K8Region *region, const char *namespace_name, const char *name)
{
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, name);
  k8_object_meta_set_namespace (&meta, namespace_name);
  return k8_object_meta_seal (&meta);
}

/* Creates an object (taken over), unless one of its name is there. */
static void
ensure (K8ApiServer *self, K8Context *context, const void *object)
{
  const K8KindInfo *kind = k8_kind_of_record (object);
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const char *namespace_name = k8_object_meta_namespace (meta);

  if (k8_watch_cache_find (k8_server_cache (self, kind), namespace_name,
                           k8_object_meta_name (meta))
      != NULL)
    {
      k8_record_unref (object);
      return;
    }
  K8ApiRequest *request = k8_mail_new (context->region, &k8_api_request_class);
  request->verb = K8_VERB_CREATE;
  request->kind = kind;
  request->user = k8_string_intern (context->region, "system:apiserver");
  request->namespace_name = k8_string_ref (namespace_name);
  request->name = k8_string_ref (k8_object_meta_name (meta));
  request->object = object;
  K8Call call = { .request = request,
                  .is_internal = TRUE,
                  .deadline_ns = context->now_ns + K8_API_WRITE_TIMEOUT_NS };
  k8_server_run (self, context, &call);
}

static const void *
new_namespace (K8Region *region, const char *name)
{
  K8NamespaceEdit edit;

  k8_namespace_edit (&edit, region, NULL);
  k8_namespace_set_metadata (&edit, new_meta (region, NULL, name));
  return k8_namespace_seal (&edit);
}

static const void *
new_priority_class (K8Region *region, const char *name, gint32 value, const char *description)
{
  K8PriorityClassEdit edit;

  k8_priority_class_edit (&edit, region, NULL);
  k8_priority_class_set_metadata (&edit, new_meta (region, NULL, name));
  k8_priority_class_set_value (&edit, value);
  k8_priority_class_set_description (&edit, description);
  return k8_priority_class_seal (&edit);
}

/* The labels of the Service `kubernetes` and of its slice. */
static const K8ObjectMeta *
new_service_meta (K8Region *region, const char *const *labels)
{
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, "kubernetes");
  k8_object_meta_set_namespace (&meta, "default");
  for (guint i = 0; labels[i] != NULL; i += 2)
    k8_object_meta_put_labels (&meta, labels[i], labels[i + 1]);
  return k8_object_meta_seal (&meta);
}

/* The first address of the range. */
static void
write_first_address (const K8ApiServer *self, char ret_text[K8_IP_TEXT_BYTES])
{
  guint32 number = self->allocator.base + 1;
  K8IP ip = { .bytes = { (guint8) (number >> 24), (guint8) (number >> 16), (guint8) (number >> 8),
                         (guint8) number } };

  k8_ip_to_text (&ip, ret_text);
}

static const void *
new_service (K8ApiServer *self, K8Region *region)
{
  static const char *const labels[] = { "component", "apiserver", "provider", "kubernetes", NULL };
  char address[K8_IP_TEXT_BYTES];
  K8ServicePortEdit port;
  K8ServiceSpecEdit spec;
  K8ServiceEdit edit;

  write_first_address (self, address);
  k8_service_port_edit (&port, region, NULL);
  k8_service_port_set_name (&port, "https");
  k8_service_port_set_protocol (&port, "TCP");
  k8_service_port_set_port (&port, 443);
  k8_service_port_set_target_port (&port, (K8IntOrString){ .number = SECURE_PORT });
  k8_service_spec_edit (&spec, region, NULL);
  k8_service_spec_add_ports (&spec, k8_service_port_seal (&port));
  k8_service_spec_set_cluster_ip (&spec, address);
  k8_service_spec_add_cluster_ips (&spec, address);
  k8_service_spec_set_type (&spec, "ClusterIP");
  k8_service_spec_set_session_affinity (&spec, "None");
  k8_service_edit (&edit, region, NULL);
  k8_service_set_metadata (&edit, new_service_meta (region, labels));
  k8_service_set_spec (&edit, k8_service_spec_seal (&spec));
  return k8_service_seal (&edit);
}

static const void *
new_slice (K8ApiServer *self, K8Region *region)
{
  static const char *const labels[] = { "kubernetes.io/service-name", "kubernetes", NULL };
  const char *address = self->actor.start->advertise_address;
  K8EndpointConditionsEdit conditions;
  K8EndpointEdit endpoint;
  K8DiscoveryEndpointPortEdit port;
  K8EndpointSliceEdit edit;

  k8_endpoint_conditions_edit (&conditions, region, NULL);
  k8_endpoint_conditions_set_ready (&conditions, TRUE);
  k8_endpoint_edit (&endpoint, region, NULL);
  k8_endpoint_add_addresses (&endpoint, address == NULL ? "10.0.0.1" : address);
  k8_endpoint_set_conditions (&endpoint, k8_endpoint_conditions_seal (&conditions));
  k8_discovery_endpoint_port_edit (&port, region, NULL);
  k8_discovery_endpoint_port_set_name (&port, "https");
  k8_discovery_endpoint_port_set_port (&port, SECURE_PORT);
  k8_discovery_endpoint_port_set_protocol (&port, "TCP");
  k8_endpoint_slice_edit (&edit, region, NULL);
  k8_endpoint_slice_set_metadata (&edit, new_service_meta (region, labels));
  k8_endpoint_slice_set_address_type (&edit, "IPv4");
  k8_endpoint_slice_add_endpoints (&edit, k8_endpoint_seal (&endpoint));
  k8_endpoint_slice_add_ports (&edit, k8_discovery_endpoint_port_seal (&port));
  return k8_endpoint_slice_seal (&edit);
}

static gboolean
has_namespaces (const K8ApiServer *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (namespaces); i++)
    if (k8_watch_cache_find (&self->caches[K8_KIND_Namespace], NULL, namespaces[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
begin (K8ApiServer *self, K8Context *context)
{
  for (guint i = 0; i < G_N_ELEMENTS (namespaces); i++)
    ensure (self, context, new_namespace (context->region, namespaces[i]));
  ensure (self, context,
          new_priority_class (context->region, "system-node-critical", 2000001000,
                              "Used for system critical pods that must not be moved from their "
                              "current node."));
  ensure (self, context,
          new_priority_class (context->region, "system-cluster-critical", 2000000000,
                              "Used for system critical pods that must run in the cluster, but "
                              "can be moved to another node if necessary."));
  self->bootstrap_phase = K8_BOOTSTRAP_NAMESPACES;
}

/* Goes on as far as the caches allow. */
void
k8_bootstrap_step (K8ApiServer *self, K8Context *context)
{
  if (self->bootstrap_phase == K8_BOOTSTRAP_NONE)
    begin (self, context);
  if (self->bootstrap_phase == K8_BOOTSTRAP_NAMESPACES && has_namespaces (self))
    {
      ensure (self, context, new_service (self, context->region));
      ensure (self, context, new_slice (self, context->region));
      self->bootstrap_phase = K8_BOOTSTRAP_OBJECTS;
    }
  if (self->bootstrap_phase == K8_BOOTSTRAP_OBJECTS
      && k8_watch_cache_find (&self->caches[K8_KIND_Service], "default", "kubernetes") != NULL
      && k8_watch_cache_find (&self->caches[K8_KIND_EndpointSlice], "default", "kubernetes")
             != NULL)
    self->bootstrap_phase = K8_BOOTSTRAP_DONE;
}
