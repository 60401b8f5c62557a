/* SPDX-License-Identifier: Apache-2.0
 *
 * EndpointSlice controller: for each service with a selector, slices with the addresses of its
 * pods, whether they are ready, serving, terminating, and where they run.
 * Source: pkg/controller/endpointslice, staging/src/k8s.io/endpointslice (v1.36).
 * Departures: the annotation of the trigger time is the latest time at which a pod of the slice
 * turned ready or unready; retries back off as everywhere here.
 */
#include "controllers/endpoint_slice.h"

#include "base/time.h"
#include "controllers/controllers.h"
#include "machinery/owner.h"
#include "machinery/pod.h"
#include "machinery/selector.h"

#define SERVICE_NAME "kubernetes.io/service-name"
#define MANAGED_BY "endpointslice.kubernetes.io/managed-by"
#define HEADLESS "service.kubernetes.io/headless"
#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"

enum
{
  MAX_RETRIES = 15,
};

static void
service_changed (K8Controller *self, K8Context *context, const K8View *view,
                 const K8Change *change)
{
  k8_controller_enqueue_object (self, change->now != NULL ? change->now : change->before);
}

static gboolean
text_differs (const char *a, const char *b)
{
  return !k8_string_equal (a, b);
}

/* Whether a change of a pod can change an endpoint. */
static gboolean
matters (const K8Pod *before, const K8Pod *now)
{
  const K8PodSpec *spec_before = k8_pod_spec (before);
  const K8PodSpec *spec = k8_pod_spec (now);

  return k8_pod_is_terminating (before) != k8_pod_is_terminating (now) ||
         k8_pod_is_terminal (before) != k8_pod_is_terminal (now) ||
         k8_pod_is_ready (before) != k8_pod_is_ready (now) ||
         text_differs (k8_pod_status_pod_ip (k8_pod_status (before)),
                       k8_pod_status_pod_ip (k8_pod_status (now))) ||
         text_differs (k8_pod_spec_node_name (spec_before), k8_pod_spec_node_name (spec)) ||
         !k8_list_equal (k8_object_meta_labels (k8_pod_metadata (before)),
                         k8_object_meta_labels (k8_pod_metadata (now)));
}

/* Every service that selects the pod. */
static void
enqueue_services (K8Controller *self, const K8View *view, const K8Pod *pod)
{
  const K8Cache *cache = view->caches[K8_KIND_Service];
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const char *namespace_name = k8_object_meta_namespace (meta);

  for (guint32 slot = k8_cache_next_in_namespace (cache, namespace_name, 0); slot != 0;
       slot = k8_cache_next_in_namespace (cache, namespace_name, slot))
    {
      const K8Service *service = k8_cache_at (cache, slot)->object;
      const K8List *selector = k8_service_spec_selector (k8_service_spec (service));
      if (k8_list_n (selector) > 0 && k8_labels_contain (k8_object_meta_labels (meta), selector))
        k8_controller_enqueue_object (self, service);
    }
}

static void
pod_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  if (change->type == K8_CHANGE_UPDATED && !matters (change->before, change->now))
    return;
  if (change->before != NULL)
    enqueue_services (self, view, change->before);
  if (change->now != NULL)
    enqueue_services (self, view, change->now);
}

/* Somebody else's change of a slice is put right; our own needs no look. */
static void
slice_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  if (change->type == K8_CHANGE_DELETED)
    k8_controller_enqueue_owner (self, change->before, K8_KIND_Service);
}

/* The latest time at which one of the pods turned ready or unready; 0 if none says. */
static gint64
find_trigger (const K8View *view, const K8Service *service, GPtrArray *endpoints)
{
  const char *namespace_name = k8_object_meta_namespace (k8_service_metadata (service));
  gint64 latest = 0;

  for (guint i = 0; i < endpoints->len; i++)
    {
      const K8Endpoint *endpoint = g_ptr_array_index (endpoints, i);
      K8Ref ref = { K8_KIND_Pod, namespace_name,
                    k8_object_reference_name (k8_endpoint_target_ref (endpoint)) };
      const K8CacheEntry *entry = k8_view_find (view, &ref);
      if (entry == NULL || k8_pod_is_terminating (entry->object))
        continue;
      latest = MAX (latest, k8_pod_condition_last_transition_time (
                                k8_pod_find_condition (entry->object, "Ready")));
    }
  return latest;
}

static void
put_trigger (K8ObjectMetaEdit *meta, gint64 trigger_seconds)
{
  char text[K8_TIME_LETTERS + 1];

  if (trigger_seconds == 0)
    {
      k8_object_meta_delete_annotations (meta, TRIGGER_TIME);
      return;
    }
  k8_time_format (trigger_seconds, text);
  k8_object_meta_put_annotations (meta, TRIGGER_TIME, text);
}

/* Metadata of a slice, over what there is (nullable). */
static const K8ObjectMeta *
make_meta (const K8View *view, const K8Service *service, const K8ObjectMeta *base,
           gint64 trigger_seconds)
{
  const K8ObjectMeta *owner = k8_service_metadata (service);
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, view->region, base);
  if (base == NULL)
    {
      GString *prefix = g_string_new (k8_object_meta_name (owner));
      g_string_append_c (prefix, '-');
      k8_object_meta_set_generate_name (&meta, prefix->str);
      g_string_free (prefix, TRUE);
      k8_object_meta_set_namespace (&meta, k8_object_meta_namespace (owner));
      k8_object_meta_add_owner_references (
          &meta, k8_owner_new_controller_ref (view->region, &k8_kinds[K8_KIND_Service], owner));
      if (trigger_seconds == 0)
        trigger_seconds = k8_object_meta_creation_timestamp (owner);
    }
  k8_object_meta_set_labels (&meta, k8_list_ref (k8_object_meta_labels (owner)));
  k8_object_meta_put_labels (&meta, SERVICE_NAME, k8_object_meta_name (owner));
  k8_object_meta_put_labels (&meta, MANAGED_BY, "endpointslice-controller.k8s.io");
  if (k8_string_is (k8_service_spec_cluster_ip (k8_service_spec (service)), "None"))
    k8_object_meta_put_labels (&meta, HEADLESS, "");
  put_trigger (&meta, trigger_seconds);
  return k8_object_meta_seal (&meta);
}

const K8EndpointSlice *
k8_endpoint_slice_make (const K8View *view, const K8Service *service, const K8EndpointSlice *base,
                        const K8EndpointGroup *group, GPtrArray *endpoints)
{
  gint64 trigger_seconds = find_trigger (view, service, endpoints);
  K8EndpointSliceEdit edit;

  k8_endpoint_slice_edit (&edit, view->region, base);
  k8_endpoint_slice_set_metadata (
      &edit, make_meta (view, service, k8_endpoint_slice_metadata (base), trigger_seconds));
  k8_endpoint_slice_set_address_type (&edit, "IPv4");
  k8_endpoint_slice_clear_endpoints (&edit);
  for (guint i = 0; i < endpoints->len; i++)
    k8_endpoint_slice_add_endpoints (
        &edit, k8_endpoint_ref (g_ptr_array_index (endpoints, i)));
  k8_endpoint_slice_clear_ports (&edit);
  if (k8_endpoint_slice_ports_n (group->ports) > 0)
    k8_endpoint_slice_set_ports (&edit, k8_list_ref (k8_endpoint_slice_ports (group->ports)));
  return k8_endpoint_slice_seal (&edit);
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  K8Array groups;

  if (entry == NULL)
    return;
  const K8ServiceSpec *spec = k8_service_spec (entry->object);
  if (k8_service_spec_selector_n (spec) == 0 ||
      k8_string_is (k8_service_spec_type (spec), "ExternalName") ||
      k8_object_meta_has_deletion_timestamp (k8_service_metadata (entry->object)))
    return;
  k8_array_init (&groups, view->region, sizeof (K8EndpointGroup));
  k8_endpoint_groups_make (view, entry->object, &groups);
  k8_endpoint_slices_pack (view, entry, &groups, plan);
  k8_endpoint_groups_clear (&groups);
}

const K8ControllerClass k8_endpoint_slice_controller_class = {
  .name = "endpointslice-controller",
  .component = "endpoint-slice-controller",
  .kind = K8_KIND_Service,
  .n_workers = 5,
  .max_retries = MAX_RETRIES,
  .waits_for_own_writes = TRUE,
  .watches = { { K8_KIND_Service, service_changed },
               { K8_KIND_Pod, pod_changed },
               { K8_KIND_EndpointSlice, slice_changed } },
  .reconcile = reconcile,
};
