/* SPDX-License-Identifier: Apache-2.0
 *
 * Subresources that are objects of their own: Scale over what has replicas, Binding of a pod to
 * a node, and what a patch makes of an object or its scale.
 * Source: kubernetes pkg/registry/apps (storage.go, ScaleREST), pkg/registry/core/pod/storage
 * (BindingREST), pkg/endpoints/handlers/patch.go (v1.36).
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "base/text.h"
#include "machinery/conditions.h"
#include "machinery/gvk.h"
#include "machinery/patch.h"

static const K8LabelSelector *
get_selector (const void *object)
{
  return k8_record_info (object)->id == k8_message_deployment
             ? k8_deployment_spec_selector (k8_deployment_spec (object))
             : k8_replica_set_spec_selector (k8_replica_set_spec (object));
}

static gint32
get_replicas (const void *object)
{
  return k8_record_info (object)->id == k8_message_deployment
             ? k8_deployment_spec_replicas (k8_deployment_spec (object))
             : k8_replica_set_spec_replicas (k8_replica_set_spec (object));
}

static gint32
get_status_replicas (const void *object)
{
  return k8_record_info (object)->id == k8_message_deployment
             ? k8_deployment_status_replicas (k8_deployment_status (object))
             : k8_replica_set_status_replicas (k8_replica_set_status (object));
}

static const K8ScaleStatus *
new_scale_status (K8Region *region, const void *object)
{
  const K8Selector *selector = k8_selector_new_from_record (region, get_selector (object), NULL);
  GString *text = g_string_new (NULL);
  K8ScaleStatusEdit status;

  if (selector != NULL)
    k8_selector_append (selector, text);
  k8_scale_status_edit (&status, region, NULL);
  k8_scale_status_set_replicas (&status, get_status_replicas (object));
  k8_scale_status_set_selector (&status, text->str);
  k8_selector_unref (selector);
  g_string_free (text, TRUE);
  return k8_scale_status_seal (&status);
}

/* What an object with replicas looks like through its scale. (transfer full) */
const void *
k8_scale_new (K8Region *region, const void *object)
{
  const K8ObjectMeta *own = k8_object_get_meta (object);
  K8ObjectMetaEdit meta;
  K8ScaleSpecEdit spec;
  K8ScaleEdit scale;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, k8_object_meta_name (own));
  k8_object_meta_set_namespace (&meta, k8_object_meta_namespace (own));
  k8_object_meta_set_uid (&meta, k8_object_meta_uid (own));
  k8_object_meta_set_creation_timestamp (&meta, k8_object_meta_creation_timestamp (own));
  k8_scale_spec_edit (&spec, region, NULL);
  k8_scale_spec_set_replicas (&spec, get_replicas (object));
  k8_scale_edit (&scale, region, NULL);
  k8_scale_set_metadata (&scale, k8_object_meta_seal (&meta));
  k8_scale_set_spec (&scale, k8_scale_spec_seal (&spec));
  k8_scale_set_status (&scale, new_scale_status (region, object));
  return k8_scale_seal (&scale);
}

static const K8Status *
check_scale (K8Context *context, const K8Call *call, gint32 replicas)
{
  K8Path spec = k8_path_child (NULL, "spec");
  K8FieldErrors errors;

  if (replicas >= 0)
    return NULL;
  k8_field_errors_init (&errors);
  k8_field_errors_invalid_int (&errors, K8_CHILD (&spec, "replicas"), replicas,
                               "must be greater than or equal to 0");
  const K8Status *status
      = k8_status_new_invalid (context->region, k8_kind_group_kind (&k8_kinds[K8_KIND_Scale]),
                               k8_call_name (call), &errors);
  k8_field_errors_clear (&errors);
  return status;
}

/**
 * k8_scale_make:
 * @scale: the Scale that the client sent
 *
 * Returns: (transfer full): the object with these replicas, or NULL with @ret_status.
 */
const void *
k8_scale_make (K8Context *context, K8Call *call, const void *scale, const K8Status **ret_status)
{
  gint32 replicas = k8_scale_spec_replicas (k8_scale_spec (scale));
  const void *object = call->before;

  *ret_status = check_scale (context, call, replicas);
  if (*ret_status != NULL)
    return NULL;
  if (k8_record_info (object)->id == k8_message_deployment)
    {
      K8DeploymentSpecEdit spec;
      K8DeploymentEdit edit;
      k8_deployment_spec_edit (&spec, context->region, k8_deployment_spec (object));
      k8_deployment_spec_set_replicas (&spec, replicas);
      k8_deployment_edit (&edit, context->region, object);
      k8_deployment_set_spec (&edit, k8_deployment_spec_seal (&spec));
      return k8_deployment_seal (&edit);
    }
  K8ReplicaSetSpecEdit spec;
  K8ReplicaSetEdit edit;
  k8_replica_set_spec_edit (&spec, context->region, k8_replica_set_spec (object));
  k8_replica_set_spec_set_replicas (&spec, replicas);
  k8_replica_set_edit (&edit, context->region, object);
  k8_replica_set_set_spec (&edit, k8_replica_set_spec_seal (&spec));
  return k8_replica_set_seal (&edit);
}

/* A pod that may not be bound: 409, or 403 while it is being deleted. */
static const K8Status *
refuse_binding (K8Context *context, const K8Call *call, char *why)
{
  const K8Status *status
      = k8_status_new_conflict (context->region, (K8GroupResource){ "", "pods/binding" },
                                k8_call_name (call), why);

  g_free (why);
  return status;
}

/* Pods are bound to nodes and to nothing else. */
static const K8Status *
refuse_target (K8Context *context, const char *kind)
{
  GString *message = g_string_new ("target.kind: Unsupported value: ");

  k8_quote_append (message, kind);
  g_string_append (message, ": supported values: \"Node\", \"<empty>\"");
  const K8Status *status = k8_status_new_error (context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

static const K8Status *
check_binding (K8Context *context, const K8Call *call, const K8Pod *pod)
{
  const K8Binding *binding = call->request->object;
  const char *uid = k8_object_meta_uid (k8_binding_metadata (binding));
  const char *own_uid = k8_object_meta_uid (k8_pod_metadata (pod));
  const char *node_name = k8_pod_spec_node_name (k8_pod_spec (pod));
  const char *name = k8_call_name (call);
  const char *kind = k8_string_or_empty (
      k8_object_reference_kind (k8_binding_target (binding)));

  if (*kind != '\0' && strcmp (kind, "Node") != 0)
    return refuse_target (context, kind);
  if (uid != NULL && *uid != '\0' && !k8_string_equal (uid, own_uid))
    return refuse_binding (context, call,
                           g_strdup_printf ("Precondition failed: UID in precondition: %s, UID "
                                            "in object meta: %s",
                                            uid, k8_string_or_empty (own_uid)));
  if (k8_object_meta_has_deletion_timestamp (k8_pod_metadata (pod)))
    return refuse_binding (context, call,
                           g_strdup_printf ("pod %s is being deleted, cannot be assigned to a "
                                            "host",
                                            name));
  if (node_name != NULL && *node_name != '\0')
    return refuse_binding (context, call,
                           g_strdup_printf ("pod %s is already assigned to node \"%s\"", name,
                                            node_name));
  if (k8_pod_spec_scheduling_gates_n (k8_pod_spec (pod)) > 0)
    return refuse_binding (context, call,
                           g_strdup_printf ("pod %s has non-empty .spec.schedulingGates", name));
  return NULL;
}

/* The labels and annotations of a binding come to the pod. */
static const K8ObjectMeta *
merge_meta (K8Context *context, const K8Pod *pod, const K8Binding *binding)
{
  const K8ObjectMeta *given = k8_binding_metadata (binding);
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, context->region, k8_pod_metadata (pod));
  for (guint i = 0; i < k8_object_meta_annotations_n (given); i++)
    k8_object_meta_put_annotations (&meta, k8_object_meta_annotations_key (given, i),
                                    k8_object_meta_annotations_value (given, i));
  for (guint i = 0; i < k8_object_meta_labels_n (given); i++)
    k8_object_meta_put_labels (&meta, k8_object_meta_labels_key (given, i),
                               k8_object_meta_labels_value (given, i));
  return k8_object_meta_seal (&meta);
}

/* The pod with its node, and PodScheduled true: one write. (transfer full) */
const void *
k8_binding_make (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status **ret_status)
{
  const K8Binding *binding = call->request->object;
  const K8Pod *pod = call->before;
  K8PodSpecEdit spec;
  K8PodStatusEdit status;
  K8PodEdit edit;

  *ret_status = check_binding (context, call, pod);
  if (*ret_status != NULL)
    return NULL;
  k8_pod_edit (&edit, context->region, pod);
  k8_pod_set_metadata (&edit, merge_meta (context, pod, binding));
  k8_pod_spec_edit (&spec, context->region, k8_pod_spec (pod));
  k8_pod_spec_set_node_name (&spec, k8_object_reference_name (k8_binding_target (binding)));
  k8_pod_set_spec (&edit, k8_pod_spec_seal (&spec));
  k8_pod_status_edit (&status, context->region, k8_pod_status (pod));
  k8_conditions_put (&status.edit,
                     &(K8ConditionValue){ .type = "PodScheduled",
                                          .status = "True",
                                          .now_seconds = k8_context_wall_seconds (context) });
  k8_pod_set_status (&edit, k8_pod_status_seal (&status));
  return k8_pod_seal (&edit);
}

/* The answer to a binding: a Status that says Success and nothing else. */
const K8Status *
k8_binding_done (K8Region *region)
{
  K8StatusEdit status;

  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Success");
  k8_status_set_code (&status, 201);
  return k8_status_seal (&status);
}

static const char *
get_resource_version (const void *object)
{
  return k8_object_meta_resource_version (k8_object_get_meta (object));
}

/* A patch that names a revision must meet it. */
static const K8Status *
check_revision (K8Context *context, const K8Call *call, const void *patched)
{
  const char *text = get_resource_version (patched);
  gint64 revision = 0;

  if (text == NULL || *text == '\0')
    return NULL;
  if (!k8_text_parse_i64 (text, &revision))
    return k8_update_bad_revision (context, text);
  if (revision == call->before_revision)
    return NULL;
  return k8_status_new_conflict (context->region, k8_call_resource (call), k8_call_name (call),
                                 K8_CONFLICT_MODIFIED);
}

static const K8Status *
check_uid (K8Context *context, const K8Call *call, const void *patched)
{
  const char *uid = k8_object_meta_uid (k8_object_get_meta (patched));
  const char *own = k8_object_meta_uid (k8_object_get_meta (call->before));

  if (uid == NULL || *uid == '\0' || k8_string_equal (uid, own))
    return NULL;
  char *why = g_strdup_printf ("Precondition failed: UID in precondition: %s, UID in object "
                               "meta: %s",
                               uid, k8_string_or_empty (own));
  const K8Status *status = k8_status_new_conflict (context->region, k8_call_resource (call),
                                                   k8_call_name (call), why);
  g_free (why);
  return status;
}

/* The wanted object from the patched one (taken over), which may be a Scale. */
static const void *
take_patched (K8Context *context, K8Call *call, const void *patched, const K8Status **ret_status)
{
  const void *wanted = NULL;

  *ret_status = k8_update_check_names (context, call->request, patched);
  if (*ret_status == NULL)
    *ret_status = check_revision (context, call, patched);
  if (*ret_status == NULL)
    *ret_status = check_uid (context, call, patched);
  if (*ret_status == NULL && call->request->subresource == K8_SUBRESOURCE_SCALE)
    wanted = k8_scale_make (context, call, patched, ret_status);
  else if (*ret_status == NULL)
    wanted = k8_convert (patched, k8_storage_kind (call->request->kind));
  k8_record_unref (patched);
  return wanted;
}

/* Fields that no schema knows: a refusal, warnings, or nothing. */
static gboolean
take_problems (K8Context *context, K8Call *call, const K8PatchRequest *patch,
               K8PatchResult *result)
{
  if (call->request->field_validation == K8_FIELDS_STRICT && result->problems->len > 0)
    {
      result->status = k8_patch_result_new_strict_status (context->region, patch, result);
      k8_record_unref (g_steal_pointer (&result->object));
    }
  if (call->request->field_validation == K8_FIELDS_WARN)
    k8_call_add_warnings (context, call, result->problems);
  return result->status == NULL;
}

/* What a patch makes of what stands there. NULL with @ret_status: refused. (transfer full) */
const void *
k8_patch_make (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status **ret_status)
{
  const K8ApiRequest *request = call->request;
  gboolean is_scale = request->subresource == K8_SUBRESOURCE_SCALE;
  const void *shown = is_scale ? k8_scale_new (context->region, call->before)
                               : k8_convert (call->before, request->kind);
  char revision[K8_TEXT_NUMBER_LETTERS + 1];
  K8PatchRequest patch = { .type = request->patch_type,
                           .kind = is_scale ? &k8_kinds[K8_KIND_Scale] : request->kind,
                           .current = shown,
                           .resource_version = revision,
                           .body = k8_string_or_empty (request->patch),
                           .body_bytes = request->patch == NULL
                                             ? 0
                                             : k8_string_length (request->patch) };
  K8PatchResult result = { .object = NULL };

  k8_text_write_i64 (revision, call->before_revision);
  gboolean is_good = k8_patch_apply (context->region, &patch, &result);
  if (is_good && result.problems != NULL)
    is_good = take_problems (context, call, &patch, &result);
  const void *wanted = NULL;
  if (!is_good)
    *ret_status = g_steal_pointer (&result.status);
  else
    wanted = take_patched (context, call, g_steal_pointer (&result.object), ret_status);
  k8_patch_result_clear (&result);
  k8_record_unref (shown);
  return wanted;
}
