/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of validation share: small checks of one field, and the checks of types that
 * several kinds hold. Private to validate*.c.
 */
#pragma once

#include "machinery/field_errors.h"
#include "schema/kinds.h"

/* Lists of allowed words are "A|B|C", in the order in which upstream shows them. */
gboolean k8_check_is_listed (const char *word, const char *words);
gboolean k8_check_has_prefix (const char *text, const char *prefix);
gboolean k8_check_has_suffix (const char *text, const char *suffix);
gboolean k8_check_has_outer_space (const char *text);

/* One field. Those that give a gboolean give TRUE if the value may be looked at further. */
gboolean k8_check_required (K8FieldErrors *errors, const K8Path *path, const char *text);
gboolean k8_check_word (K8FieldErrors *errors, const K8Path *path, const char *word,
                        const char *words);
gboolean k8_check_required_word (K8FieldErrors *errors, const K8Path *path, const char *word,
                                 const char *words);
void k8_check_name (K8FieldErrors *errors, const K8Path *path, const char *text,
                    K8NameCheck check);
void k8_check_required_name (K8FieldErrors *errors, const K8Path *path, const char *text,
                             K8NameCheck check);
void k8_check_number (K8FieldErrors *errors, const K8Path *path, gint64 value,
                      K8NameFaults faults);
void k8_check_non_negative (K8FieldErrors *errors, const K8Path *path, gint64 value);
gboolean k8_check_positive (K8FieldErrors *errors, const K8Path *path, gint64 value);
void k8_check_port_or_name (K8FieldErrors *errors, const K8Path *path, K8IntOrString port);
void k8_check_file_mode (K8FieldErrors *errors, const K8Path *path, gint64 mode);
void k8_check_no_backsteps (K8FieldErrors *errors, const K8Path *path, const char *file);
void k8_check_descending_path (K8FieldErrors *errors, const K8Path *path, const char *file);
void k8_check_plain_path (K8FieldErrors *errors, const K8Path *path, const char *file);
gboolean k8_check_has_backsteps (const char *file);

/* Sets of borrowed texts: a few in place, many in a table. Start with { 0 }, end with _clear. */
typedef struct
{
  const char *few[8];
  guint n_few;
  GHashTable *many; /* NULL as long as there are few */
} K8TextSet;

gboolean k8_text_set_add (K8TextSet *self, const char *text); /* FALSE: it was there */
gboolean k8_text_set_has (const K8TextSet *self, const char *text);
void k8_text_set_clear (K8TextSet *self);

/* Fields by their rows. */
gboolean k8_check_is_field_equal (const void *a, const void *b, const K8Field *field);
void k8_check_immutable (K8FieldErrors *errors, const K8Path *path, const void *object,
                         const void *old, const K8Field *field);
char *k8_check_field_json (const void *record, const K8Field *field);
char *k8_check_record_json (const void *record);

/* Metadata (validate_meta.c). */
typedef enum
{
  K8_SCOPE_CLUSTER,
  K8_SCOPE_NAMESPACE,
} K8Scope;

void k8_check_metadata (K8FieldErrors *errors, const K8ObjectMeta *metadata, K8Scope scope,
                        K8NameCheck check);
void k8_check_core_metadata (K8FieldErrors *errors, const K8ObjectMeta *metadata, K8Scope scope,
                             K8NameCheck check);
void k8_check_metadata_update (K8FieldErrors *errors, const K8ObjectMeta *metadata,
                               const K8ObjectMeta *old);
void k8_check_core_metadata_update (K8FieldErrors *errors, const K8ObjectMeta *metadata,
                                    const K8ObjectMeta *old);
void k8_check_labels (K8FieldErrors *errors, const K8Path *path, const K8List *labels);
void k8_check_annotations (K8FieldErrors *errors, const K8Path *path, const K8List *annotations);
void k8_check_finalizer (K8FieldErrors *errors, const K8Path *path, const char *finalizer);
void k8_check_legacy_finalizer (K8FieldErrors *errors, const K8Path *path, const char *finalizer);
void k8_check_label_selector (K8FieldErrors *errors, const K8Path *path,
                              const K8LabelSelector *selector);
void k8_check_condition (K8FieldErrors *errors, const K8Path *path, const K8Condition *condition);
const K8ObjectMeta *k8_check_metadata_of (const void *object);

/* Resources (validate_resources.c). */
void k8_check_resources (K8FieldErrors *errors, const K8Path *path,
                         const K8ResourceRequirements *resources, const K8PodSpec *spec);
void k8_check_pod_resources (K8FieldErrors *errors, const K8Path *spec_path,
                             const K8PodSpec *spec);
void k8_check_resource_amount (K8FieldErrors *errors, const K8Path *path, const char *name,
                               const char *amount);
void k8_check_overhead (K8FieldErrors *errors, const K8Path *path, const K8List *overhead);
void k8_check_resource_name (K8FieldErrors *errors, const K8Path *path, const char *name);

/* The pod specification, shared by pods and templates. */
typedef struct
{
  K8FieldErrors *errors;
  const K8PodSpec *spec;
  const K8ObjectMeta *metadata; /* of a Pod; NULL in a template */
  K8TextSet volumes;            /* names of those that are good */
} K8PodCheck;

typedef void (*K8ContainerVisitor) (K8PodCheck *check, const K8Path *path,
                                    const K8Container *container);

void k8_check_pod_spec (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec,
                        const K8ObjectMeta *metadata);
void k8_check_pod_template (K8FieldErrors *errors, const K8Path *path,
                            const K8PodTemplateSpec *template);
void k8_check_pod_annotations (K8FieldErrors *errors, const K8Path *path,
                               const K8List *annotations, const K8PodSpec *spec);
void k8_check_pod_whole (K8FieldErrors *errors, const K8Pod *pod);
void k8_check_endpoint_ip (K8FieldErrors *errors, const K8Path *path, const char *ip);
void k8_check_preemption_policy (K8FieldErrors *errors, const K8Path *path, const char *policy);
void k8_check_volumes (K8PodCheck *check, const K8Path *path);
void k8_check_volume_files (K8FieldErrors *errors, const K8Path *path, const K8List *files);
void k8_check_object_field (K8FieldErrors *errors, const K8Path *path,
                            const K8ObjectFieldSelector *selector, const char *words);
void k8_check_resource_field (K8FieldErrors *errors, const K8Path *path,
                              const K8ResourceFieldSelector *selector, gboolean is_volume);
void k8_check_projected_volume (K8FieldErrors *errors, const K8Path *path,
                                const K8ProjectedVolumeSource *source);
void k8_check_downward_api_volume (K8FieldErrors *errors, const K8Path *path,
                                   const K8DownwardAPIVolumeSource *source);
void k8_check_key_to_path (K8FieldErrors *errors, const K8Path *path, const K8KeyToPath *item);
void k8_check_claim_template (K8FieldErrors *errors, const K8Path *path,
                              const K8PersistentVolumeClaimTemplate *template);
void k8_check_containers (K8PodCheck *check, const K8Path *spec_path);
void k8_check_init_containers (K8PodCheck *check, const K8Path *spec_path);
void k8_check_ephemeral_containers (K8PodCheck *check, const K8Path *spec_path);
const K8Container *k8_container_of_ephemeral (const K8EphemeralContainer *container);
void k8_visit_containers (K8PodCheck *check, const K8Path *spec_path, K8ContainerVisitor visit);
void k8_check_env (K8PodCheck *check, const K8Path *path, const K8Container *container);
void k8_check_mounts (K8PodCheck *check, const K8Path *path, const K8Container *container);
void k8_check_probes (K8PodCheck *check, const K8Path *path, const K8Container *container);
void k8_check_lifecycle (K8PodCheck *check, const K8Path *path, const K8Container *container);
void k8_check_restart_rules (K8PodCheck *check, const K8Path *path,
                             const K8Container *container);
void k8_check_pull_policy (K8FieldErrors *errors, const K8Path *path, const char *policy);
void k8_check_pod_image (K8FieldErrors *errors, const K8Path *path, const char *image);

/* Security (validate_security.c). */
void k8_check_security_context (K8PodCheck *check, const K8Path *path,
                                const K8SecurityContext *context);
void k8_check_pod_security (K8PodCheck *check, const K8Path *spec_path);
void k8_check_windows_host_process (K8PodCheck *check, const K8Path *spec_path);
void k8_check_os (K8PodCheck *check, const K8Path *spec_path);
void k8_check_security_annotations (K8FieldErrors *errors, const K8Path *path,
                                    const K8List *annotations, const K8PodSpec *spec);
void k8_check_security_annotations_match (K8PodCheck *check, const K8Path *spec_path);

/* Placement (validate_affinity.c). */
void k8_check_affinity (K8FieldErrors *errors, const K8Path *path, const K8Affinity *affinity);
void k8_check_tolerations (K8FieldErrors *errors, const K8Path *path, const K8List *tolerations);
void k8_check_taint_effect (K8FieldErrors *errors, const K8Path *path, const char *effect);
void k8_check_spread_constraints (K8FieldErrors *errors, const K8Path *path,
                                  const K8PodSpec *spec);

/* Kinds, one function a rule; the table is in validate.c. */
void k8_validate_pod_create (const void *object, K8FieldErrors *errors);
void k8_validate_pod_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_pod_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_binding (const void *object, K8FieldErrors *errors);
void k8_validate_service_create (const void *object, K8FieldErrors *errors);
void k8_validate_service_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_service_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_node_create (const void *object, K8FieldErrors *errors);
void k8_validate_node_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_node_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_deployment_create (const void *object, K8FieldErrors *errors);
void k8_validate_deployment_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_deployment_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_replica_set_create (const void *object, K8FieldErrors *errors);
void k8_validate_replica_set_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_replica_set_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_scale (const void *object, K8FieldErrors *errors);
void k8_validate_config_map_create (const void *object, K8FieldErrors *errors);
void k8_validate_config_map_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_secret_create (const void *object, K8FieldErrors *errors);
void k8_validate_secret_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_namespace_create (const void *object, K8FieldErrors *errors);
void k8_validate_namespace_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_namespace_status (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_service_account_create (const void *object, K8FieldErrors *errors);
void k8_validate_service_account_update (const void *object, const void *old,
                                         K8FieldErrors *errors);
void k8_validate_endpoint_slice_create (const void *object, K8FieldErrors *errors);
void k8_validate_endpoint_slice_update (const void *object, const void *old,
                                        K8FieldErrors *errors);
void k8_validate_lease_create (const void *object, K8FieldErrors *errors);
void k8_validate_lease_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_priority_class_create (const void *object, K8FieldErrors *errors);
void k8_validate_priority_class_update (const void *object, const void *old,
                                        K8FieldErrors *errors);
void k8_validate_event_create (const void *object, K8FieldErrors *errors);
void k8_validate_event_update (const void *object, const void *old, K8FieldErrors *errors);
void k8_validate_events_event_create (const void *object, K8FieldErrors *errors);
void k8_validate_events_event_update (const void *object, const void *old,
                                      K8FieldErrors *errors);
void k8_validate_token_request (const void *object, K8FieldErrors *errors);
