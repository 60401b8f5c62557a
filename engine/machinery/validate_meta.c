/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata of every object: names, labels, annotations, owners, finalizers, managed fields; label
 * selectors and conditions, which are built of the same.
 * Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation
 * (v1.36). Departures: maps are walked by key, where Go's order changes from run to run.
 */
#include <string.h>

#include "machinery/validate_parts.h"

enum
{
  FIELD_MANAGER_MAX_BYTES = 128,
  SUBRESOURCE_MAX_BYTES = 256,
  CONDITION_REASON_MAX_BYTES = 1024,
  CONDITION_MESSAGE_MAX_BYTES = 32 * 1024,
};

static const char says_reason[] =
    "a condition reason must start with alphabetic character, optionally followed by a string "
    "of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' "
    "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or "
    "'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/* Keys and values; both are errors of the map itself. */
void
k8_check_labels (K8FieldErrors *errors, const K8Path *path, const K8List *labels)
{
  for (guint i = 0; i < k8_list_n (labels); i++)
    {
      k8_check_name (errors, path, k8_map_get_key (labels, i), k8_name_check_qualified);
      k8_check_name (errors, path, k8_map_get_value (labels, i), k8_name_check_label_value);
    }
}

static char *
make_lower (const char *text)
{
  char *lower = g_strdup (text);

  for (char *p = lower; *p != '\0'; p++)
    *p = g_ascii_tolower (*p);
  return lower;
}

/* Keys like labels', but in any case; all together 256 KiB. */
void
k8_check_annotations (K8FieldErrors *errors, const K8Path *path, const K8List *annotations)
{
  gsize bytes = 0;

  for (guint i = 0; i < k8_list_n (annotations); i++)
    {
      const char *key = k8_map_get_key (annotations, i);
      char *lower = make_lower (key);
      k8_field_errors_add_faults (errors, path, key, k8_name_check_qualified (lower));
      g_free (lower);
      bytes += k8_string_length (key) + k8_string_length (k8_map_get_value (annotations, i));
    }
  if (bytes > K8_ANNOTATIONS_MAX_BYTES)
    k8_field_errors_too_long (errors, path, K8_ANNOTATIONS_MAX_BYTES);
}

static void
check_filled (K8FieldErrors *errors, const K8Path *path, const char *text, const char *says)
{
  if (text == NULL || text[0] == '\0')
    k8_field_errors_invalid (errors, path, "", "%s", says);
}

static void
check_owner (K8FieldErrors *errors, const K8Path *path, const K8OwnerReference *owner)
{
  const char *version = k8_owner_reference_api_version (owner);
  const char *slash = version == NULL ? NULL : strchr (version, '/');

  if (version == NULL || (slash != NULL && slash[1] == '\0') ||
      (slash != NULL && strchr (slash + 1, '/') != NULL))
    k8_field_errors_invalid (errors, K8_CHILD (path, "apiVersion"), version,
                             "version must not be empty");
  check_filled (errors, K8_CHILD (path, "kind"), k8_owner_reference_kind (owner),
                "must not be empty");
  check_filled (errors, K8_CHILD (path, "name"), k8_owner_reference_name (owner),
                "must not be empty");
  check_filled (errors, K8_CHILD (path, "uid"), k8_owner_reference_uid (owner),
                "must not be empty");
  if (k8_string_is (version, "v1") && k8_string_is (k8_owner_reference_kind (owner), "Event"))
    {
      char *json = k8_check_record_json (owner);
      k8_field_errors_invalid_json (errors, path, json,
                                    "/v1, Kind=Event is disallowed from being an owner");
      g_free (json);
    }
}

/* At most one owner manages the object. */
static void
check_owners (K8FieldErrors *errors, const K8Path *path, const K8ObjectMeta *metadata)
{
  const K8OwnerReference *first = NULL;

  for (guint i = 0; i < k8_object_meta_owner_references_n (metadata); i++)
    {
      const K8OwnerReference *owner = k8_object_meta_owner_references_at (metadata, i);
      check_owner (errors, path, owner);
      if (!k8_owner_reference_controller (owner))
        continue;
      if (first == NULL)
        {
          first = owner;
          continue;
        }
      char *json = k8_check_field_json (metadata, K8_FIELD (object_meta, owner_references));
      k8_field_errors_invalid_json (
          errors, path, json,
          "Only one reference can have Controller set to true. Found \"true\" in references for "
          "%s/%s and %s/%s",
          k8_string_or_empty (k8_owner_reference_kind (first)),
          k8_string_or_empty (k8_owner_reference_name (first)),
          k8_string_or_empty (k8_owner_reference_kind (owner)),
          k8_string_or_empty (k8_owner_reference_name (owner)));
      g_free (json);
    }
}

static void
check_finalizers (K8FieldErrors *errors, const K8Path *path, const K8ObjectMeta *metadata)
{
  gboolean is_orphaning = FALSE;
  gboolean is_deleting = FALSE;

  for (guint i = 0; i < k8_object_meta_finalizers_n (metadata); i++)
    {
      const char *finalizer = k8_object_meta_finalizers_at (metadata, i);
      k8_check_name (errors, path, finalizer, k8_name_check_qualified);
      is_orphaning = is_orphaning || strcmp (finalizer, "orphan") == 0;
      is_deleting = is_deleting || strcmp (finalizer, "foregroundDeletion") == 0;
    }
  if (!is_orphaning || !is_deleting)
    return;
  char *json = k8_check_field_json (metadata, K8_FIELD (object_meta, finalizers));
  k8_field_errors_invalid_json (errors, path, json,
                                "finalizer orphan and foregroundDeletion cannot be both set");
  g_free (json);
}

static void
check_field_manager (K8FieldErrors *errors, const K8Path *path, const char *manager)
{
  if (manager != NULL && strlen (manager) > FIELD_MANAGER_MAX_BYTES)
    k8_field_errors_too_long (errors, path, FIELD_MANAGER_MAX_BYTES);
  for (guint i = 0; manager != NULL && manager[i] != '\0'; i++)
    if ((guchar) manager[i] < 0x20 || manager[i] == 0x7f)
      k8_field_errors_invalid (errors, path, manager, "invalid character U+%04X (at position %u)",
                               (guint) (guchar) manager[i], i);
}

static void
check_managed_fields (K8FieldErrors *errors, const K8Path *path, const K8ObjectMeta *metadata)
{
  for (guint i = 0; i < k8_object_meta_managed_fields_n (metadata); i++)
    {
      const K8ManagedFieldsEntry *entry = k8_object_meta_managed_fields_at (metadata, i);
      const char *type = k8_managed_fields_entry_fields_type (entry);
      const char *subresource = k8_managed_fields_entry_subresource (entry);
      K8Path at = k8_path_index (path, i);
      if (!k8_check_is_listed (k8_managed_fields_entry_operation (entry), "Apply|Update"))
        k8_field_errors_invalid (errors, K8_CHILD (&at, "operation"),
                                 k8_managed_fields_entry_operation (entry),
                                 "must be `Apply` or `Update`");
      if (type != NULL && strcmp (type, "FieldsV1") != 0)
        k8_field_errors_invalid (errors, K8_CHILD (&at, "fieldsType"), type, "must be `FieldsV1`");
      check_field_manager (errors, K8_CHILD (&at, "manager"),
                           k8_managed_fields_entry_manager (entry));
      if (subresource != NULL && strlen (subresource) > SUBRESOURCE_MAX_BYTES)
        k8_field_errors_too_long (errors, K8_CHILD (&at, "subresource"), SUBRESOURCE_MAX_BYTES);
    }
}

/* A name with a trailing dash is good as a prefix: what will follow it ends otherwise. */
static void
check_name_prefix (K8FieldErrors *errors, const K8Path *path, const char *prefix, K8NameCheck check)
{
  gsize length = strlen (prefix);
  char *masked = g_strdup (prefix);

  if (length > 1 && prefix[length - 1] == '-')
    {
      masked[length - 2] = 'a';
      masked[length - 1] = '\0';
    }
  k8_field_errors_add_faults (errors, path, prefix, check (masked));
  g_free (masked);
}

static void
check_namespace (K8FieldErrors *errors, const K8Path *path, const char *namespace, K8Scope scope)
{
  if (scope == K8_SCOPE_NAMESPACE)
    k8_check_required_name (errors, path, namespace, k8_name_check_dns_1123_label);
  else if (namespace != NULL)
    k8_field_errors_forbidden (errors, path, "not allowed on this type");
}

/* Metadata of a new object, its name already generated. */
void
k8_check_metadata (K8FieldErrors *errors,
                   const K8ObjectMeta *metadata,
                   K8Scope scope,
                   K8NameCheck check)
{
  K8Path path = k8_path_child (NULL, "metadata");
  const char *prefix = k8_object_meta_generate_name (metadata);
  const char *name = k8_object_meta_name (metadata);

  if (prefix != NULL)
    check_name_prefix (errors, K8_CHILD (&path, "generateName"), prefix, check);
  if (name == NULL)
    k8_field_errors_required (errors, K8_CHILD (&path, "name"), "name or generateName is required");
  else
    k8_check_name (errors, K8_CHILD (&path, "name"), name, check);
  check_namespace (errors, K8_CHILD (&path, "namespace"), k8_object_meta_namespace (metadata),
                   scope);
  k8_check_non_negative (errors, K8_CHILD (&path, "generation"),
                         k8_object_meta_generation (metadata));
  k8_check_labels (errors, K8_CHILD (&path, "labels"), k8_object_meta_labels (metadata));
  k8_check_annotations (errors, K8_CHILD (&path, "annotations"),
                        k8_object_meta_annotations (metadata));
  check_owners (errors, K8_CHILD (&path, "ownerReferences"), metadata);
  check_finalizers (errors, K8_CHILD (&path, "finalizers"), metadata);
  check_managed_fields (errors, K8_CHILD (&path, "managedFields"), metadata);
}

/* Finalizers without a domain are those that have always been. */
void
k8_check_legacy_finalizer (K8FieldErrors *errors, const K8Path *path, const char *finalizer)
{
  if (strchr (finalizer, '/') == NULL &&
      !k8_check_is_listed (finalizer, "kubernetes|orphan|foregroundDeletion"))
    k8_field_errors_invalid (errors, path, finalizer,
                             "name is neither a standard finalizer name nor is it fully qualified");
}

void
k8_check_finalizer (K8FieldErrors *errors, const K8Path *path, const char *finalizer)
{
  k8_check_name (errors, path, finalizer, k8_name_check_qualified);
  k8_check_legacy_finalizer (errors, path, finalizer);
}

static void
check_legacy_finalizers (K8FieldErrors *errors, const K8ObjectMeta *metadata)
{
  K8Path path = k8_path_child (NULL, "metadata");
  K8Path finalizers = k8_path_child (&path, "finalizers");

  for (guint i = 0; i < k8_object_meta_finalizers_n (metadata); i++)
    k8_check_legacy_finalizer (errors, K8_INDEX (&finalizers, i),
                               k8_object_meta_finalizers_at (metadata, i));
}

/* Kinds of the core group (and those built on them) know old finalizers. */
void
k8_check_core_metadata (K8FieldErrors *errors,
                        const K8ObjectMeta *metadata,
                        K8Scope scope,
                        K8NameCheck check)
{
  k8_check_metadata (errors, metadata, scope, check);
  check_legacy_finalizers (errors, metadata);
}

static gboolean
is_text_in_list (const K8List *list, const char *text)
{
  for (guint i = 0; i < k8_list_n (list); i++)
    if (strcmp (k8_list_get_text (list, i), text) == 0)
      return TRUE;
  return FALSE;
}

/* Nothing may hold an object back that is already being deleted. */
static void
check_new_finalizers (K8FieldErrors *errors,
                      const K8Path *path,
                      const K8ObjectMeta *metadata,
                      const K8ObjectMeta *old)
{
  GString *extra = g_string_new (NULL);

  for (guint i = 0; i < k8_object_meta_finalizers_n (metadata); i++)
    {
      const char *finalizer = k8_object_meta_finalizers_at (metadata, i);
      if (is_text_in_list (k8_object_meta_finalizers (old), finalizer))
        continue;
      if (extra->len > 0)
        g_string_append (extra, ", ");
      k8_quote_append (extra, finalizer);
    }
  if (extra->len > 0)
    k8_field_errors_forbidden (errors, path,
                               "no new finalizers can be added if the object is being deleted, "
                               "found new finalizers []string{%s}",
                               extra->str);
  g_string_free (extra, TRUE);
}

void
k8_check_metadata_update (K8FieldErrors *errors,
                          const K8ObjectMeta *metadata,
                          const K8ObjectMeta *old)
{
  static const K8Field *const immutable[] = {
    K8_FIELD (object_meta, name),
    K8_FIELD (object_meta, namespace),
    K8_FIELD (object_meta, uid),
    K8_FIELD (object_meta, creation_timestamp),
    K8_FIELD (object_meta, deletion_timestamp),
    K8_FIELD (object_meta, deletion_grace_period_seconds),
  };
  K8Path path = k8_path_child (NULL, "metadata");

  if (k8_object_meta_has_deletion_timestamp (old))
    check_new_finalizers (errors, K8_CHILD (&path, "finalizers"), metadata, old);
  /* The version lies beside the object: who demands one has asked before (apiserver/update.c). */
  if (k8_object_meta_generation (metadata) < k8_object_meta_generation (old))
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "generation"),
                                 k8_object_meta_generation (metadata), "must not be decremented");
  for (guint i = 0; i < G_N_ELEMENTS (immutable); i++)
    k8_check_immutable (errors, K8_CHILD (&path, immutable[i]->name), metadata, old, immutable[i]);
  k8_check_labels (errors, K8_CHILD (&path, "labels"), k8_object_meta_labels (metadata));
  k8_check_annotations (errors, K8_CHILD (&path, "annotations"),
                        k8_object_meta_annotations (metadata));
  check_owners (errors, K8_CHILD (&path, "ownerReferences"), metadata);
  check_managed_fields (errors, K8_CHILD (&path, "managedFields"), metadata);
}

void
k8_check_core_metadata_update (K8FieldErrors *errors,
                               const K8ObjectMeta *metadata,
                               const K8ObjectMeta *old)
{
  k8_check_metadata_update (errors, metadata, old);
  check_legacy_finalizers (errors, metadata);
}

static void
check_requirement (K8FieldErrors *errors,
                   const K8Path *path,
                   const K8LabelSelectorRequirement *requirement)
{
  const char *operator= k8_label_selector_requirement_operator (requirement);
  guint n_values = k8_label_selector_requirement_values_n (requirement);
  K8Path values = k8_path_child (path, "values");

  if (k8_check_is_listed (operator, "In|NotIn"))
    {
      if (n_values == 0)
        k8_field_errors_required (errors, &values,
                                  "must be specified when `operator` is 'In' or 'NotIn'");
    }
  else if (k8_check_is_listed (operator, "Exists|DoesNotExist"))
    {
      if (n_values > 0)
        k8_field_errors_forbidden (
            errors, &values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  else
    k8_field_errors_invalid (errors, K8_CHILD (path, "operator"), operator,
                             "not a valid selector operator");
  k8_check_name (errors, K8_CHILD (path, "key"), k8_label_selector_requirement_key (requirement),
                 k8_name_check_qualified);
  for (guint i = 0; i < n_values; i++)
    k8_check_name (errors, K8_INDEX (&values, i),
                   k8_label_selector_requirement_values_at (requirement, i),
                   k8_name_check_label_value);
}

/* NULL is good. */
void
k8_check_label_selector (K8FieldErrors *errors, const K8Path *path, const K8LabelSelector *selector)
{
  K8Path expressions = k8_path_child (path, "matchExpressions");

  k8_check_labels (errors, K8_CHILD (path, "matchLabels"),
                   k8_label_selector_match_labels (selector));
  for (guint i = 0; i < k8_label_selector_match_expressions_n (selector); i++)
    check_requirement (errors, K8_INDEX (&expressions, i),
                       k8_label_selector_match_expressions_at (selector, i));
}

static gboolean
is_condition_reason (const char *reason)
{
  gsize length = strlen (reason);

  if (!g_ascii_isalpha (reason[0]))
    return FALSE;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_isalnum (reason[i]) && strchr ("_,:", reason[i]) == NULL)
      return FALSE;
  return g_ascii_isalnum (reason[length - 1]) || reason[length - 1] == '_';
}

void
k8_check_condition (K8FieldErrors *errors, const K8Path *path, const K8Condition *condition)
{
  const char *reason = k8_condition_reason (condition);
  const char *message = k8_condition_message (condition);

  k8_check_name (errors, K8_CHILD (path, "type"), k8_condition_type (condition),
                 k8_name_check_qualified);
  k8_check_word (errors, K8_CHILD (path, "status"), k8_condition_status (condition),
                 "False|True|Unknown");
  if (k8_condition_observed_generation (condition) < 0)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "observedGeneration"),
                                 k8_condition_observed_generation (condition),
                                 "must be greater than or equal to zero");
  if (!k8_condition_has_last_transition_time (condition))
    k8_field_errors_required (errors, K8_CHILD (path, "lastTransitionTime"), "%s", "");
  if (k8_check_required (errors, K8_CHILD (path, "reason"), reason))
    {
      if (!is_condition_reason (reason))
        k8_field_errors_invalid (errors, K8_CHILD (path, "reason"), reason, "%s", says_reason);
      if (strlen (reason) > CONDITION_REASON_MAX_BYTES)
        k8_field_errors_too_long (errors, K8_CHILD (path, "reason"), CONDITION_REASON_MAX_BYTES);
    }
  if (message != NULL && strlen (message) > CONDITION_MESSAGE_MAX_BYTES)
    k8_field_errors_too_long (errors, K8_CHILD (path, "message"), CONDITION_MESSAGE_MAX_BYTES);
}

/* The metadata of any object; NULL if it has none. */
const K8ObjectMeta *
k8_check_metadata_of (const void *object)
{
  const K8MessageInfo *info = k8_record_info (object);
  const K8Field *field = k8_message_find_field (info, "metadata", strlen ("metadata"));

  if (field == NULL || field->message != k8_message_object_meta)
    return NULL;
  return (const K8ObjectMeta *) k8_record_get_object (object, field);
}
