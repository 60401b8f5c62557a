/* SPDX-License-Identifier: Apache-2.0
 *
 * Strategies: what a kind does to its objects on the way in. On create a status is not the
 * client's to say; on update spec and status each have a door of their own; generation counts
 * changes of the spec. Names follow upstream: prepare_create, prepare_update.
 * Source: kubernetes pkg/registry, strategy.go of each kind (v1.36).
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "machinery/conditions.h"
#include "machinery/gvk.h"
#include "machinery/pod.h"

static const K8Field *
find_field (const void *object, const char *name)
{
  return k8_message_find_field (k8_record_info (object), name, strlen (name));
}

static const K8Record *
get_part (const void *object, const char *name)
{
  const K8Field *field = find_field (object, name);

  return field == NULL ? NULL : k8_record_get_object (object, field);
}

/* The object with a part of another one of its kind. (transfer full) */
static const void *
with_part (const void *object, const char *name, const void *other)
{
  const K8Field *field = find_field (object, name);
  K8Edit edit;

  if (field == NULL
      || k8_record_get_object (object, field) == k8_record_get_object (other, field))
    return k8_record_ref (object);
  k8_edit_init (&edit, k8_region_of (object), k8_record_info (object), object);
  if (k8_record_has (other, field))
    k8_edit_set_object (&edit, field, k8_record_ref (k8_record_get_object (other, field)));
  else
    k8_edit_clear (&edit, field);
  return k8_edit_seal (&edit);
}

static const void *
without_status (const void *object)
{
  const K8Field *field = find_field (object, "status");
  K8Edit edit;

  if (field == NULL)
    return k8_record_ref (object);
  k8_edit_init (&edit, k8_region_of (object), k8_record_info (object), object);
  k8_edit_clear (&edit, field);
  return k8_edit_seal (&edit);
}

/* A pod begins as Pending; what holds it back from scheduling is said at once. */
static const void *
create_pod (K8Context *context, const K8Pod *pod)
{
  K8PodStatusEdit status;
  K8PodEdit edit;

  k8_pod_status_edit (&status, context->region, NULL);
  k8_pod_status_set_phase (&status, "Pending");
  k8_pod_status_set_qos_class (&status, k8_pod_compute_qos (pod));
  if (k8_pod_spec_scheduling_gates_n (k8_pod_spec (pod)) > 0)
    k8_conditions_put (&status.edit,
                       &(K8ConditionValue){ .type = "PodScheduled",
                                            .status = "False",
                                            .reason = "SchedulingGated",
                                            .message = "Scheduling is blocked due to non-empty "
                                                       "scheduling gates",
                                            .now_seconds = k8_context_wall_seconds (context) });
  k8_pod_edit (&edit, context->region, pod);
  k8_pod_set_status (&edit, k8_pod_status_seal (&status));
  return k8_pod_seal (&edit);
}

/* A namespace begins Active, with the finalizer that its controller takes when it is empty. */
static const void *
create_namespace (K8Context *context, const K8Namespace *namespace)
{
  const K8NamespaceSpec *spec = k8_namespace_spec (namespace);
  K8ObjectMetaEdit meta;
  K8NamespaceStatusEdit status;
  K8NamespaceSpecEdit spec_edit;
  K8NamespaceEdit edit;
  gboolean has_finalizer = FALSE;

  k8_namespace_edit (&edit, context->region, namespace);
  k8_object_meta_edit (&meta, context->region, k8_namespace_metadata (namespace));
  k8_object_meta_put_labels (&meta, "kubernetes.io/metadata.name",
                             k8_string_or_empty (
                                 k8_object_meta_name (k8_namespace_metadata (namespace))));
  k8_namespace_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_namespace_status_edit (&status, context->region, NULL);
  k8_namespace_status_set_phase (&status, "Active");
  k8_namespace_set_status (&edit, k8_namespace_status_seal (&status));
  for (guint i = 0; i < k8_namespace_spec_finalizers_n (spec); i++)
    if (strcmp (k8_namespace_spec_finalizers_at (spec, i), "kubernetes") == 0)
      has_finalizer = TRUE;
  k8_namespace_spec_edit (&spec_edit, context->region, spec);
  if (!has_finalizer)
    k8_namespace_spec_add_finalizers (&spec_edit, "kubernetes");
  k8_namespace_set_spec (&edit, k8_namespace_spec_seal (&spec_edit));
  return k8_namespace_seal (&edit);
}

/**
 * k8_strategy_prepare_create:
 * @object: named, with metadata of its own
 *
 * Returns: (transfer full): the object as its kind begins.
 */
const void *
k8_strategy_prepare_create (K8Context *context, const K8Call *call, const void *object)
{
  const K8KindInfo *kind = k8_storage_kind (call->request->kind);

  if (kind->id == K8_KIND_Pod)
    return create_pod (context, object);
  if (kind->id == K8_KIND_Namespace)
    return create_namespace (context, object);
  if (kind->id == K8_KIND_Node)
    return k8_record_ref (object); /* a kubelet registers with its status */
  return kind->has_status ? without_status (object) : k8_record_ref (object);
}

static const void *
with_generation (const void *object, gint64 generation)
{
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, k8_region_of (object), k8_object_get_meta (object));
  k8_object_meta_set_generation (&meta, generation);
  return k8_object_with_meta (object, k8_object_meta_seal (&meta));
}

/* Whether the desired state differs: the spec, and what some kinds count beside it. */
static gboolean
is_desired_changed (const K8KindInfo *kind, const void *object, const void *old)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8ObjectMeta *old_meta = k8_object_get_meta (old);

  if (kind->id == K8_KIND_EndpointSlice)
    return !k8_list_equal (k8_endpoint_slice_endpoints (object), k8_endpoint_slice_endpoints (old))
           || !k8_list_equal (k8_endpoint_slice_ports (object), k8_endpoint_slice_ports (old))
           || !k8_list_equal (k8_object_meta_labels (meta), k8_object_meta_labels (old_meta));
  if (kind->id == K8_KIND_Deployment
      && !k8_list_equal (k8_object_meta_annotations (meta),
                         k8_object_meta_annotations (old_meta)))
    return TRUE;
  return !k8_record_equal (get_part (object, "spec"), get_part (old, "spec"));
}

/* The main door: status stays as it was. (transfer full) */
static const void *
update_main (const K8KindInfo *kind, const void *object, const void *old)
{
  const void *kept
      = kind->has_status ? with_part (object, "status", old) : k8_record_ref (object);

  if (kind->id == K8_KIND_Namespace)
    {
      const void *with_spec = with_part (kept, "spec", old);
      k8_record_unref (kept);
      kept = with_spec;
    }
  if (!kind->keeps_generation || !is_desired_changed (kind, kept, old))
    return kept;
  const void *bumped
      = with_generation (kept, k8_object_meta_generation (k8_object_get_meta (old)) + 1);
  k8_record_unref (kept);
  return bumped;
}

/* A pod's status may come from an old kubelet, which does not know all of it. */
static const void *
update_pod_status (const void *object, const K8Pod *old)
{
  const K8PodStatus *given = k8_pod_status (object);
  K8ObjectMetaEdit meta;
  K8PodStatusEdit status;
  K8PodEdit edit;

  if (k8_pod_metadata (object) == k8_pod_metadata (old) && k8_pod_status_has_qos_class (given))
    return k8_record_ref (object);
  k8_pod_edit (&edit, k8_region_of (object), object);
  k8_object_meta_edit (&meta, k8_region_of (object), k8_pod_metadata (object));
  k8_object_meta_clear_owner_references (&meta);
  if (k8_object_meta_has_owner_references (k8_pod_metadata (old)))
    k8_object_meta_set_owner_references (
        &meta, k8_list_ref (k8_object_meta_owner_references (k8_pod_metadata (old))));
  k8_pod_set_metadata (&edit, k8_object_meta_seal (&meta));
  if (!k8_pod_status_has_qos_class (given))
    {
      k8_pod_status_edit (&status, k8_region_of (object), given);
      k8_pod_status_set_qos_class (&status, k8_pod_status_qos_class (k8_pod_status (old)));
      k8_pod_set_status (&edit, k8_pod_status_seal (&status));
    }
  return k8_pod_seal (&edit);
}

static const void *
keep_labels (const void *object, const void *old)
{
  const K8ObjectMeta *before = k8_object_get_meta (old);
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, k8_region_of (object), k8_object_get_meta (object));
  k8_object_meta_clear_labels (&meta);
  if (k8_object_meta_has_labels (before))
    k8_object_meta_set_labels (&meta, k8_list_ref (k8_object_meta_labels (before)));
  return k8_object_with_meta (object, k8_object_meta_seal (&meta));
}

/* The door of the status: the spec stays as it was. (transfer full) */
static const void *
update_status (const K8KindInfo *kind, const void *object, const void *old)
{
  const void *kept = with_part (object, "spec", old);
  const void *result = NULL;

  if (kind->id == K8_KIND_Pod)
    result = update_pod_status (kept, old);
  else if (kind->id == K8_KIND_Deployment)
    result = keep_labels (kept, old);
  else
    return kept;
  k8_record_unref (kept);
  return result;
}

/* The door of a namespace's finalizers: only its spec changes. (transfer full) */
static const void *
update_finalizers (const void *object, const void *old)
{
  return with_part (old, "spec", object);
}

/**
 * k8_strategy_prepare_update:
 * @object: with the metadata that is the server's
 * @old: what stands there
 *
 * Returns: (transfer full): the object that the door which was used lets through.
 */
const void *
k8_strategy_prepare_update (K8Context *context, const K8Call *call, const void *object,
                            const void *old)
{
  const K8KindInfo *kind = k8_storage_kind (call->request->kind);

  switch (call->request->subresource)
    {
    case K8_SUBRESOURCE_STATUS:
      return update_status (kind, object, old);
    case K8_SUBRESOURCE_FINALIZE:
      return update_finalizers (object, old);
    case K8_SUBRESOURCE_BINDING:
      return k8_record_ref (object);
    case K8_SUBRESOURCE_NONE:
    case K8_SUBRESOURCE_SCALE:
    case K8_SUBRESOURCE_EPHEMERAL_CONTAINERS:
    case K8_SUBRESOURCE_RESIZE:
      return kind == call->request->kind || kind->id == K8_KIND_Event
                 ? update_main (kind, object, old)
                 : k8_record_ref (object);
    case K8_SUBRESOURCE_TOKEN:
    case K8_SUBRESOURCE_EVICTION:
    case K8_SUBRESOURCE_LOG:
    case K8_SUBRESOURCE_EXEC:
    case K8_SUBRESOURCE_ATTACH:
    case K8_SUBRESOURCE_PORT_FORWARD:
      break;
    }
  k8_assert_not_reached ();
  return NULL;
}

gboolean
k8_strategy_is_graceful (const K8KindInfo *kind)
{
  return kind->id == K8_KIND_Pod;
}

/* Kinds of which an update makes a missing object. */
gboolean
k8_strategy_creates_on_update (const K8KindInfo *kind)
{
  return kind->id == K8_KIND_Lease || kind->id == K8_KIND_Event || kind->id == K8_KIND_EventsEvent
         || kind->id == K8_KIND_Service;
}

/* Kinds whose updates must name the revision that they change. */
gboolean
k8_strategy_demands_revision (const K8KindInfo *kind)
{
  return kind->id == K8_KIND_Lease;
}

/* Kinds whose deletion is answered with the object instead of a Status. */
gboolean
k8_strategy_answers_deleted (const K8KindInfo *kind)
{
  return kind->id == K8_KIND_Pod || kind->id == K8_KIND_Service
         || kind->id == K8_KIND_ServiceAccount;
}
