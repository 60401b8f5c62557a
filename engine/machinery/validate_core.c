/* SPDX-License-Identifier: Apache-2.0
 *
 * The smaller kinds: ConfigMap, Secret, Namespace, ServiceAccount, Lease, PriorityClass,
 * TokenRequest.
 * Source: kubernetes pkg/apis/{core,coordination,scheduling,authentication}/validation (v1.36).
 */
#include <string.h>

#include "codec/json_scan.h"
#include "machinery/validate_parts.h"

enum
{
  SECRET_MAX_BYTES = 1024 * 1024,
  TOKEN_MIN_SECONDS = 10 * 60,
  HIGHEST_USER_PRIORITY = 1000000000,
};

static const char says_immutable[] = "field is immutable when `immutable` is set";

/* ConfigMaps. */

/* Adds up the values of a map whose keys become file names. */
static gsize
check_keys (K8FieldErrors *errors, const K8Path *path, const K8List *map, const K8List *other)
{
  gsize bytes = 0;

  for (guint i = 0; i < k8_list_n (map); i++)
    {
      const char *key = k8_map_get_key (map, i);
      k8_check_name (errors, K8_KEY (path, key), key, k8_name_check_config_map_key);
      if (k8_map_find (other, key) != NULL)
        k8_field_errors_invalid (errors, K8_KEY (path, key), key,
                                 "duplicate of key present in binaryData");
      bytes += k8_string_length (k8_map_get_value (map, i));
    }
  return bytes;
}

void
k8_validate_config_map_create (const void *object, K8FieldErrors *errors)
{
  const K8List *binary = k8_config_map_binary_data (object);
  gsize bytes;

  k8_check_core_metadata (errors, k8_config_map_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  bytes = check_keys (errors, K8_CHILD (NULL, "data"), k8_config_map_data (object), binary);
  bytes += check_keys (errors, K8_CHILD (NULL, "binaryData"), binary, NULL);
  if (bytes > SECRET_MAX_BYTES)
    k8_field_errors_too_long (errors, K8_CHILD (NULL, ""), SECRET_MAX_BYTES);
}

/* Once immutable, always immutable, and so is what it holds. */
static void
check_frozen (K8FieldErrors *errors,
              const void *object,
              const void *old,
              const K8Field *const *fields)
{
  const K8Field *immutable = fields[0];

  if (k8_record_get_int (old, immutable) == 0)
    return;
  if (k8_record_get_int (object, immutable) == 0)
    k8_field_errors_forbidden (errors, K8_CHILD (NULL, immutable->name), says_immutable);
  for (fields++; *fields != NULL; fields++)
    if (!k8_check_is_field_equal (object, old, *fields))
      k8_field_errors_forbidden (errors, K8_CHILD (NULL, (*fields)->name), says_immutable);
}

void
k8_validate_config_map_update (const void *object, const void *old, K8FieldErrors *errors)
{
  static const K8Field *const fields[] = { K8_FIELD (config_map, immutable),
                                           K8_FIELD (config_map, data),
                                           K8_FIELD (config_map, binary_data), NULL };

  k8_check_core_metadata_update (errors, k8_config_map_metadata (object),
                                 k8_config_map_metadata (old));
  check_frozen (errors, object, old, fields);
  k8_validate_config_map_create (object, errors);
}

/* Secrets. */

/* Go reads the text into a map: an object or null. */
static void
check_secret_json (K8FieldErrors *errors, const K8Path *path, const char *bytes)
{
  static const char redacted[] = "<secret contents redacted>";
  K8JsonError error = { 0 };
  K8JsonReader reader;
  K8JsonToken token;

  if (!k8_json_scan (bytes, k8_string_length (bytes), &k8_json_api_limits, &error))
    {
      k8_field_errors_invalid (errors, path, redacted, "%s", error.message);
      return;
    }
  k8_json_reader_init (&reader, bytes, k8_string_length (bytes), NULL);
  token = k8_json_reader_next (&reader);
  k8_json_reader_clear (&reader);
  if (token != K8_JSON_OBJECT_BEGIN && token != K8_JSON_NULL)
    k8_field_errors_invalid (
        errors, path, redacted,
        "json: cannot unmarshal %s into Go value of type map[string]interface {}",
        k8_json_token_name (token));
}

static void
check_secret_keys (K8FieldErrors *errors,
                   const K8Path *path,
                   const K8List *data,
                   const char *first,
                   const char *second)
{
  if (k8_map_find (data, first) == NULL)
    k8_field_errors_required (errors, K8_KEY (path, first), "%s", "");
  if (k8_map_find (data, second) == NULL)
    k8_field_errors_required (errors, K8_KEY (path, second), "%s", "");
}

static void
check_secret_config (K8FieldErrors *errors, const K8Path *path, const K8List *data, const char *key)
{
  const char *bytes = k8_map_find (data, key);

  if (bytes == NULL)
    k8_field_errors_required (errors, K8_KEY (path, key), "%s", "");
  else
    check_secret_json (errors, K8_KEY (path, key), bytes);
}

/* What each type that the project has given must hold. */
static void
check_secret_type (K8FieldErrors *errors, const K8Secret *secret)
{
  static const char account_key[] = "kubernetes.io/service-account.name";
  const char *type = k8_string_or_empty (k8_secret_type (secret));
  const K8List *data = k8_secret_data (secret);
  const char *account = k8_object_meta_annotations_get (k8_secret_metadata (secret), account_key);
  const char *key = k8_map_find (data, "ssh-privatekey");
  K8Path path = k8_path_child (NULL, "data");
  K8Path metadata = k8_path_child (NULL, "metadata");

  if (strcmp (type, "kubernetes.io/service-account-token") == 0)
    k8_check_required (errors, K8_KEY (K8_CHILD (&metadata, "annotations"), account_key), account);
  else if (strcmp (type, "kubernetes.io/dockercfg") == 0)
    check_secret_config (errors, &path, data, ".dockercfg");
  else if (strcmp (type, "kubernetes.io/dockerconfigjson") == 0)
    check_secret_config (errors, &path, data, ".dockerconfigjson");
  else if (strcmp (type, "kubernetes.io/basic-auth") == 0)
    {
      if (k8_map_find (data, "username") == NULL && k8_map_find (data, "password") == NULL)
        check_secret_keys (errors, &path, data, "username", "password");
    }
  else if (strcmp (type, "kubernetes.io/ssh-auth") == 0)
    {
      if (key == NULL || k8_string_length (key) == 0)
        k8_field_errors_required (errors, K8_KEY (&path, "ssh-privatekey"), "%s", "");
    }
  else if (strcmp (type, "kubernetes.io/tls") == 0)
    check_secret_keys (errors, &path, data, "tls.crt", "tls.key");
}

void
k8_validate_secret_create (const void *object, K8FieldErrors *errors)
{
  K8Path path = k8_path_child (NULL, "data");

  k8_check_core_metadata (errors, k8_secret_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  if (check_keys (errors, &path, k8_secret_data (object), NULL) > SECRET_MAX_BYTES)
    k8_field_errors_too_long (errors, &path, SECRET_MAX_BYTES);
  check_secret_type (errors, object);
}

void
k8_validate_secret_update (const void *object, const void *old, K8FieldErrors *errors)
{
  static const K8Field *const fields[] = { K8_FIELD (secret, immutable), K8_FIELD (secret, data),
                                           NULL };

  k8_check_core_metadata_update (errors, k8_secret_metadata (object), k8_secret_metadata (old));
  k8_check_immutable (errors, K8_CHILD (NULL, "type"), object, old, K8_FIELD (secret, type));
  check_frozen (errors, object, old, fields);
  k8_validate_secret_create (object, errors);
}

/* Namespaces. */

void
k8_validate_namespace_create (const void *object, K8FieldErrors *errors)
{
  const K8NamespaceSpec *spec = k8_namespace_spec (object);
  K8Path path = k8_path_child (NULL, "spec");

  k8_check_core_metadata (errors, k8_namespace_metadata (object), K8_SCOPE_CLUSTER,
                          k8_name_check_dns_1123_label);
  for (guint i = 0; i < k8_namespace_spec_finalizers_n (spec); i++)
    k8_check_finalizer (errors, K8_CHILD (&path, "finalizers"),
                        k8_namespace_spec_finalizers_at (spec, i));
}

void
k8_validate_namespace_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_validate_namespace_create (object, errors);
  k8_check_core_metadata_update (errors, k8_namespace_metadata (object),
                                 k8_namespace_metadata (old));
}

void
k8_validate_namespace_status (const void *object, const void *old, K8FieldErrors *errors)
{
  const char *phase = k8_namespace_status_phase (k8_namespace_status (object));
  gboolean is_deleted = k8_object_meta_has_deletion_timestamp (k8_namespace_metadata (object));
  K8Path path = k8_path_child (NULL, "status");

  k8_check_core_metadata_update (errors, k8_namespace_metadata (object),
                                 k8_namespace_metadata (old));
  if (!is_deleted && !k8_string_is (phase, "Active"))
    k8_field_errors_invalid (errors, K8_CHILD (&path, "Phase"), phase,
                             "may only be 'Active' if `deletionTimestamp` is empty");
  if (is_deleted && !k8_string_is (phase, "Terminating"))
    k8_field_errors_invalid (errors, K8_CHILD (&path, "Phase"), phase,
                             "may only be 'Terminating' if `deletionTimestamp` is not empty");
}

/* Service accounts. */

void
k8_validate_service_account_create (const void *object, K8FieldErrors *errors)
{
  k8_check_core_metadata (errors, k8_service_account_metadata (object), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
}

void
k8_validate_service_account_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_check_core_metadata_update (errors, k8_service_account_metadata (object),
                                 k8_service_account_metadata (old));
  k8_validate_service_account_create (object, errors);
}

/* Leases. */

static void
check_lease_strategy (K8FieldErrors *errors, const K8Path *path, const K8LeaseSpec *spec)
{
  const char *strategy = k8_lease_spec_strategy (spec);
  const char *holder = k8_lease_spec_preferred_holder (spec);
  K8Path at = k8_path_child (path, "strategy");

  if (strategy != NULL && strchr (strategy, '/') == NULL)
    k8_check_word (errors, K8_CHILD (&at, "strategy"), strategy, "OldestEmulationVersion");
  else if (strategy != NULL)
    k8_check_name (errors, K8_CHILD (&at, "strategy"), strategy, k8_name_check_qualified);
  if (holder != NULL && holder[0] != '\0' && (strategy == NULL || strategy[0] == '\0'))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "preferredHolder"),
                               "may only be specified if `strategy` is defined");
}

static void
check_lease_spec (K8FieldErrors *errors, const K8LeaseSpec *spec)
{
  gint32 seconds = k8_lease_spec_lease_duration_seconds (spec);
  K8Path path = k8_path_child (NULL, "spec");

  if (k8_lease_spec_has_lease_duration_seconds (spec) && seconds <= 0)
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "leaseDurationSeconds"), seconds,
                                 "must be greater than 0");
  k8_check_non_negative (errors, K8_CHILD (&path, "leaseTransitions"),
                         k8_lease_spec_lease_transitions (spec));
  check_lease_strategy (errors, &path, spec);
}

void
k8_validate_lease_create (const void *object, K8FieldErrors *errors)
{
  k8_check_metadata (errors, k8_lease_metadata (object), K8_SCOPE_NAMESPACE,
                     k8_name_check_dns_1123_subdomain);
  check_lease_spec (errors, k8_lease_spec (object));
}

void
k8_validate_lease_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_check_metadata_update (errors, k8_lease_metadata (object), k8_lease_metadata (old));
  check_lease_spec (errors, k8_lease_spec (object));
}

/* Priority classes. */

typedef struct
{
  const char *name;
  gint32 value;
} SystemClass;

/* A class whose name begins with "system-" is one of two, exactly. */
static void
check_system_class (K8FieldErrors *errors, const K8PriorityClass *class, const char *name)
{
  static const SystemClass known[] = { { "system-node-critical", 2000001000 },
                                       { "system-cluster-critical", 2000000000 } };
  static const char says[] = "priority class names with 'system-' prefix are reserved for system "
                             "use only. error: ";
  K8Path metadata = k8_path_child (NULL, "metadata");
  K8Path path = k8_path_child (&metadata, "name");

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      if (strcmp (known[i].name, name) != 0)
        continue;
      if (k8_priority_class_value (class) != known[i].value)
        k8_field_errors_forbidden (errors, &path, "%svalue of %s PriorityClass must be %d", says,
                                   name, known[i].value);
      else if (k8_priority_class_global_default (class))
        k8_field_errors_forbidden (errors, &path,
                                   "%sglobalDefault of %s PriorityClass must be false", says, name);
      return;
    }
  k8_field_errors_forbidden (errors, &path, "%s%s is not a known system priority class", says,
                             name);
}

void
k8_validate_priority_class_create (const void *object, K8FieldErrors *errors)
{
  const char *name = k8_object_meta_name (k8_priority_class_metadata (object));

  k8_check_core_metadata (errors, k8_priority_class_metadata (object), K8_SCOPE_CLUSTER,
                          k8_name_check_dns_1123_subdomain);
  if (k8_check_has_prefix (name, "system-"))
    check_system_class (errors, object, name);
  else if (k8_priority_class_value (object) > HIGHEST_USER_PRIORITY)
    k8_field_errors_forbidden (errors, K8_CHILD (NULL, "value"),
                               "maximum allowed value of a user defined priority is %d",
                               HIGHEST_USER_PRIORITY);
  k8_check_preemption_policy (errors, K8_CHILD (NULL, "preemptionPolicy"),
                              k8_priority_class_preemption_policy (object));
}

void
k8_validate_priority_class_update (const void *object, const void *old, K8FieldErrors *errors)
{
  k8_check_core_metadata_update (errors, k8_priority_class_metadata (object),
                                 k8_priority_class_metadata (old));
  if (k8_priority_class_value (object) != k8_priority_class_value (old))
    k8_field_errors_forbidden (errors, K8_CHILD (NULL, "value"),
                               "may not be changed in an update.");
  k8_check_immutable (errors, K8_CHILD (NULL, "preemptionPolicy"), object, old,
                      K8_FIELD (priority_class, preemption_policy));
}

/* Token requests: not stored, so their metadata is not looked at. */
void
k8_validate_token_request (const void *object, K8FieldErrors *errors)
{
  gint64 seconds = k8_token_request_spec_expiration_seconds (k8_token_request_spec (object));
  K8Path path = k8_path_child (NULL, "spec");

  if (seconds < TOKEN_MIN_SECONDS)
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "expirationSeconds"), seconds,
                                 "may not specify a duration less than 10 minutes");
  if (seconds > (G_GINT64_CONSTANT (1) << 32))
    k8_field_errors_invalid_int (errors, K8_CHILD (&path, "expirationSeconds"), seconds,
                                 "may not specify a duration larger than 2^32 seconds");
}
