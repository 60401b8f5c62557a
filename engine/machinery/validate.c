/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of validation, and what upstream's registry adds around each kind's own rules: a
 * last look at the metadata of a new object, the first at that of a changed one.
 * Source: k8s.io/apiserver pkg/registry/rest, BeforeCreate and BeforeUpdate (v1.36).
 * Departures: on an update, values that were stored under older rules are not exempt from newer
 * ones (nothing stored here is older). LATER: the subresource resize of pods, which needs the
 * kubelet's side first.
 */
#include "machinery/validate.h"

#include "base/assert.h"
#include "machinery/validate_parts.h"

typedef struct
{
  void (*create) (const void *object, K8FieldErrors *errors);
  void (*update) (const void *object, const void *old, K8FieldErrors *errors);
  void (*status) (const void *object, const void *old, K8FieldErrors *errors); /* or NULL */
} ValidateRow;

static const ValidateRow rows[k8_n_messages] = {
  [k8_message_pod] = { k8_validate_pod_create, k8_validate_pod_update, k8_validate_pod_status },
  [k8_message_binding] = { k8_validate_binding, NULL, NULL },
  [k8_message_service] = { k8_validate_service_create, k8_validate_service_update,
                           k8_validate_service_status },
  [k8_message_node] = { k8_validate_node_create, k8_validate_node_update, k8_validate_node_status },
  [k8_message_namespace] = { k8_validate_namespace_create, k8_validate_namespace_update,
                             k8_validate_namespace_status },
  [k8_message_config_map] = { k8_validate_config_map_create, k8_validate_config_map_update, NULL },
  [k8_message_secret] = { k8_validate_secret_create, k8_validate_secret_update, NULL },
  [k8_message_service_account] = { k8_validate_service_account_create,
                                   k8_validate_service_account_update, NULL },
  [k8_message_event] = { k8_validate_event_create, k8_validate_event_update, NULL },
  [k8_message_events_event] = { k8_validate_events_event_create, k8_validate_events_event_update,
                                NULL },
  [k8_message_endpoint_slice] = { k8_validate_endpoint_slice_create,
                                  k8_validate_endpoint_slice_update, NULL },
  [k8_message_lease] = { k8_validate_lease_create, k8_validate_lease_update, NULL },
  [k8_message_priority_class] = { k8_validate_priority_class_create,
                                  k8_validate_priority_class_update, NULL },
  [k8_message_deployment] = { k8_validate_deployment_create, k8_validate_deployment_update,
                              k8_validate_deployment_status },
  [k8_message_replica_set] = { k8_validate_replica_set_create, k8_validate_replica_set_update,
                               k8_validate_replica_set_status },
  [k8_message_scale] = { k8_validate_scale, NULL, NULL },
  [k8_message_token_request] = { k8_validate_token_request, NULL, NULL },
};

static const ValidateRow *
find_row (const void *object)
{
  return &rows[k8_record_info (object)->id];
}

/* Metadata as every kind must have it, whatever its own rules; kinds without a resource of their
 * own (a binding, a scale, a token request) have none to store. */
static void
check_common_metadata (const void *object, K8FieldErrors *errors)
{
  const K8KindInfo *kind = k8_kind_of_record (object);

  if (kind == NULL || kind->plural == NULL || kind->message == k8_message_binding)
    return;
  k8_check_metadata (errors, k8_check_metadata_of (object),
                     kind->is_namespaced ? K8_SCOPE_NAMESPACE : K8_SCOPE_CLUSTER,
                     k8_name_check_path_segment);
}

/**
 * k8_validate_create:
 * @object: a record of a kind, decoded, defaulted and prepared
 * @errors: filled
 *
 * Checks an object that is to be stored. Cost: O(size of the object).
 */
void
k8_validate_create (const void *object, K8FieldErrors *errors)
{
  const ValidateRow *row = find_row (object);

  if (row->create != NULL)
    row->create (object, errors);
  if (k8_field_errors_n (errors) == 0)
    check_common_metadata (object, errors);
}

static void
check_common_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_assert (k8_record_info (object) == k8_record_info (old));
  if (k8_check_metadata_of (object) == k8_check_metadata_of (old))
    return; /* the very record that passed when it was stored */
  check_common_metadata (object, errors);
  k8_check_metadata_update (errors, k8_check_metadata_of (object), k8_check_metadata_of (old));
}

/**
 * k8_validate_update:
 * @object: what is to be stored, with what an update may not change already put in place (UID,
 *   creation and deletion times, generation)
 * @old: what is stored
 */
void
k8_validate_update (const void *object, const void *old, K8FieldErrors *errors)
{
  const ValidateRow *row = find_row (object);

  check_common_update (object, old, errors);
  if (row->update != NULL)
    row->update (object, old, errors);
}

void
k8_validate_status_update (const void *object, const void *old, K8FieldErrors *errors)
{
  const ValidateRow *row = find_row (object);

  check_common_update (object, old, errors);
  if (row->status != NULL)
    row->status (object, old, errors);
}
