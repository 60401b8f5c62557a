/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates of volume claims, as generic ephemeral volumes hold them.
 * Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeClaimTemplate and
 * ValidatePersistentVolumeClaimSpec (v1.36).
 */
#include <string.h>

#include "base/quantity.h"
#include "machinery/validate_parts.h"

static const char access_modes[] = "ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod";

/* Only labels and annotations of a template count; anything else would be ignored in silence. */
static void
check_template_metadata (K8FieldErrors *errors, const K8Path *path, const K8ObjectMeta *metadata)
{
  k8_check_annotations (errors, K8_CHILD (path, "annotations"),
                        k8_object_meta_annotations (metadata));
  k8_check_labels (errors, K8_CHILD (path, "labels"), k8_object_meta_labels (metadata));
  for (guint i = 0; i < k8_object_meta_n_fields; i++)
    {
      const K8Field *field = &k8_fields_object_meta[i];
      if (field == K8_FIELD (object_meta, labels) || field == K8_FIELD (object_meta, annotations) ||
          metadata == NULL || !k8_record_has (metadata, field))
        continue;
      /* Go's name of it, first letter small. */
      const char *name = field == K8_FIELD (object_meta, uid) ? "uID" : field->name;
      k8_field_errors_forbidden (errors, K8_CHILD (path, name), "cannot be set");
    }
}

static void
check_access_modes (K8FieldErrors *errors,
                    const K8Path *path,
                    const K8PersistentVolumeClaimSpec *spec)
{
  gboolean has_one_pod = FALSE;
  gboolean has_other = FALSE;

  for (guint i = 0; i < k8_persistent_volume_claim_spec_access_modes_n (spec); i++)
    {
      const char *mode = k8_persistent_volume_claim_spec_access_modes_at (spec, i);
      gboolean is_good = k8_check_word (errors, path, mode, access_modes);
      if (strcmp (mode, "ReadWriteOncePod") == 0)
        has_one_pod = TRUE;
      else
        has_other = has_other || is_good;
    }
  if (has_one_pod && has_other)
    k8_field_errors_forbidden (errors, path,
                               "may not use ReadWriteOncePod with other access modes");
}

static void
check_storage (K8FieldErrors *errors, const K8Path *path, const K8PersistentVolumeClaimSpec *spec)
{
  const K8VolumeResourceRequirements *resources = k8_persistent_volume_claim_spec_resources (spec);
  const char *storage = k8_volume_resource_requirements_requests_get (resources, "storage");
  K8Path at = k8_path_key (path, "storage");
  K8Quantity amount;

  if (storage == NULL)
    k8_field_errors_required (errors, &at, "%s", "");
  else if (k8_quantity_parse (storage, &amount) == K8_QUANTITY_OK &&
           k8_quantity_sign (&amount) <= 0)
    k8_field_errors_invalid (errors, &at, storage, "must be greater than zero");
}

static void
check_source (K8FieldErrors *errors,
              const K8Path *path,
              const char *group,
              const char *kind,
              const char *name)
{
  k8_check_required (errors, K8_CHILD (path, "name"), name);
  k8_check_required (errors, K8_CHILD (path, "kind"), kind);
  if (group == NULL || group[0] == '\0')
    {
      if (!k8_string_is (kind, "PersistentVolumeClaim"))
        k8_field_errors_invalid (
            errors, path, kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
      return;
    }
  k8_check_name (errors, K8_CHILD (path, "apiGroup"), group, k8_name_check_dns_1123_subdomain);
}

static void
check_sources (K8FieldErrors *errors, const K8Path *path, const K8PersistentVolumeClaimSpec *spec)
{
  const K8TypedLocalObjectReference *source = k8_persistent_volume_claim_spec_data_source (spec);
  const K8TypedObjectReference *ref = k8_persistent_volume_claim_spec_data_source_ref (spec);

  if (source != NULL)
    check_source (errors, K8_CHILD (path, "dataSource"),
                  k8_typed_local_object_reference_api_group (source),
                  k8_typed_local_object_reference_kind (source),
                  k8_typed_local_object_reference_name (source));
  if (ref == NULL)
    return;
  const char *namespace = k8_typed_object_reference_namespace (ref);
  K8Path ref_path = k8_path_child (path, "dataSourceRef");
  check_source (errors, &ref_path, k8_typed_object_reference_api_group (ref),
                k8_typed_object_reference_kind (ref), k8_typed_object_reference_name (ref));
  if (namespace != NULL && namespace[0] != '\0')
    k8_check_name (errors, K8_CHILD (&ref_path, "namespace"), namespace,
                   k8_name_check_dns_1123_label);
  if (source == NULL)
    return;
  if (namespace != NULL && namespace[0] != '\0')
    k8_field_errors_invalid_json (errors, path, "{}",
                                  "may not be specified when dataSourceRef.namespace is specified");
  else if (!k8_string_is (k8_string_or_empty (k8_typed_local_object_reference_name (source)),
                          k8_string_or_empty (k8_typed_object_reference_name (ref))) ||
           !k8_string_is (k8_string_or_empty (k8_typed_local_object_reference_kind (source)),
                          k8_string_or_empty (k8_typed_object_reference_kind (ref))) ||
           g_strcmp0 (k8_typed_local_object_reference_api_group (source),
                      k8_typed_object_reference_api_group (ref)) != 0)
    k8_field_errors_invalid_json (errors, path, "{}", "must match dataSourceRef");
}

static void
check_class (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  if (name != NULL && name[0] != '\0')
    k8_check_name (errors, path, name, k8_name_check_dns_1123_subdomain);
}

static void
check_claim_spec (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8PersistentVolumeClaimSpec *spec)
{
  const char *mode = k8_persistent_volume_claim_spec_volume_mode (spec);

  if (k8_persistent_volume_claim_spec_access_modes_n (spec) == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "accessModes"),
                              "at least 1 access mode is required");
  k8_check_label_selector (errors, K8_CHILD (path, "selector"),
                           k8_persistent_volume_claim_spec_selector (spec));
  check_access_modes (errors, K8_CHILD (path, "accessModes"), spec);
  check_storage (errors, K8_CHILD (path, "resources"), spec);
  check_class (errors, K8_CHILD (path, "storageClassName"),
               k8_persistent_volume_claim_spec_storage_class_name (spec));
  if (mode != NULL)
    k8_check_word (errors, K8_CHILD (path, "volumeMode"), mode, "Block|Filesystem");
  check_sources (errors, path, spec);
  check_class (errors, K8_CHILD (path, "volumeAttributesClassName"),
               k8_persistent_volume_claim_spec_volume_attributes_class_name (spec));
}

void
k8_check_claim_template (K8FieldErrors *errors,
                         const K8Path *path,
                         const K8PersistentVolumeClaimTemplate *template)
{
  check_template_metadata (errors, K8_CHILD (path, "metadata"),
                           k8_persistent_volume_claim_template_metadata (template));
  check_claim_spec (errors, K8_CHILD (path, "spec"),
                    k8_persistent_volume_claim_template_spec (template));
}
