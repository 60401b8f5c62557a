/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that volumes take from other objects: keys of ConfigMaps and Secrets, fields of the pod,
 * tokens and certificates; and the selectors of fields, which environment variables use too.
 * Source: kubernetes pkg/apis/core/validation, validateProjectionSources,
 * validateDownwardAPIVolumeFile, validateObjectFieldSelector (v1.36).
 */
#include <string.h>

#include "base/quantity.h"
#include "machinery/validate_parts.h"

enum
{
  TOKEN_MIN_SECONDS = 10 * 60,
  CERTIFICATE_MIN_SECONDS = 60 * 60,
  CERTIFICATE_MAX_SECONDS = 91 * 24 * 60 * 60,
  CERTIFICATE_KUBERNETES_MAX_SECONDS = 24 * 60 * 60,
  SIGNER_MAX_BYTES = 253 + 1 + 253 + 63 + 1,
};

static const char volume_fields[] =
    "metadata.annotations|metadata.labels|metadata.name|metadata.namespace|metadata.uid";
static const char resource_fields[] =
    "limits.cpu|limits.ephemeral-storage|limits.memory|requests.cpu|"
    "requests.ephemeral-storage|requests.memory";
static const char divisors[] = "1|1k|1M|1G|1T|1P|1E|1Ki|1Mi|1Gi|1Ti|1Pi|1Ei";

void
k8_check_key_to_path (K8FieldErrors *errors, const K8Path *path, const K8KeyToPath *item)
{
  k8_check_required (errors, K8_CHILD (path, "key"), k8_key_to_path_key (item));
  k8_check_required (errors, K8_CHILD (path, "path"), k8_key_to_path_path (item));
  k8_check_plain_path (errors, K8_CHILD (path, "path"), k8_key_to_path_path (item));
  k8_check_file_mode (errors, K8_CHILD (path, "mode"), k8_key_to_path_mode (item));
}

void
k8_check_volume_files (K8FieldErrors *errors, const K8Path *path, const K8List *files)
{
  for (guint i = 0; i < k8_list_n (files); i++)
    k8_check_key_to_path (errors, K8_INDEX (path, i), k8_list_get_object (files, i));
}

/* The part of `path['key']` before its bracket; the key in @ret_key. NULL: no such form. */
static char *
split_subscript (const char *text, char **ret_key)
{
  const char *open = strstr (text, "['");
  gsize length = strlen (text);

  if (!k8_check_has_suffix (text, "']") || open == NULL || open == text ||
      open + 2 > text + length - 2)
    return NULL;
  *ret_key = g_strndup (open + 2, (gsize) (text + length - 2 - (open + 2)));
  return g_strndup (text, (gsize) (open - text));
}

static void
check_subscript (
    K8FieldErrors *errors, const K8Path *path, const char *text, const char *map, const char *key)
{
  char *lower;

  if (!k8_check_is_listed (map, "metadata.annotations|metadata.labels"))
    {
      k8_field_errors_invalid (
          errors, K8_CHILD (path, "fieldPath"), text,
          "error converting fieldPath: field label does not support subscript: %s", text);
      return;
    }
  lower = g_strdup (key);
  if (strcmp (map, "metadata.annotations") == 0)
    for (char *p = lower; *p != '\0'; p++)
      *p = g_ascii_tolower (*p);
  k8_check_name (errors, path, lower, k8_name_check_qualified);
  g_free (lower);
}

/* A field of the pod; @words are those that may be named here. */
void
k8_check_object_field (K8FieldErrors *errors,
                       const K8Path *path,
                       const K8ObjectFieldSelector *selector,
                       const char *words)
{
  static const char known[] =
      "metadata.annotations|metadata.labels|metadata.name|metadata.namespace|metadata.uid|"
      "spec.nodeName|spec.restartPolicy|spec.serviceAccountName|spec.schedulerName|"
      "status.phase|status.hostIP|status.hostIPs|status.podIP|status.podIPs|spec.host";
  const char *version = k8_object_field_selector_api_version (selector);
  const char *text = k8_object_field_selector_field_path (selector);
  K8Path field = k8_path_child (path, "fieldPath");
  char *key = NULL;
  char *map;

  if (!k8_check_required (errors, K8_CHILD (path, "apiVersion"), version) ||
      !k8_check_required (errors, &field, text))
    return;
  if (strcmp (version, "v1") != 0)
    {
      k8_field_errors_invalid (errors, &field, text,
                               "error converting fieldPath: unsupported pod version: %s", version);
      return;
    }
  map = split_subscript (text, &key);
  if (map != NULL)
    check_subscript (errors, path, text, map, key);
  else if (!k8_check_is_listed (text, known))
    k8_field_errors_invalid (errors, &field, text,
                             "error converting fieldPath: field label not supported: %s", text);
  else
    k8_check_word (errors, &field, strcmp (text, "spec.host") == 0 ? "spec.nodeName" : text, words);
  g_free (map);
  g_free (key);
}

static void
check_divisor (K8FieldErrors *errors, const K8Path *path, const char *resource, const char *divisor)
{
  K8Quantity amount;

  if (divisor == NULL || k8_quantity_parse (divisor, &amount) != K8_QUANTITY_OK ||
      k8_quantity_is_zero (&amount))
    return;
  K8Path at = k8_path_child (path, "divisor");
  if (k8_check_is_listed (resource, "limits.cpu|requests.cpu"))
    {
      if (!k8_check_is_listed (divisor, "1|1m"))
        k8_field_errors_invalid (
            errors, &at, resource,
            "only divisor's values 1m and 1 are supported with the cpu resource");
      return;
    }
  const char *kind = NULL;
  if (k8_check_is_listed (resource, "limits.memory|requests.memory"))
    kind = "memory";
  else if (k8_check_is_listed (resource, "limits.ephemeral-storage|requests.ephemeral-storage"))
    kind = "local ephemeral storage";
  else if (k8_check_has_prefix (resource, "limits.hugepages-") ||
           k8_check_has_prefix (resource, "requests.hugepages-"))
    kind = "hugepages";
  if (kind != NULL && !k8_check_is_listed (divisor, divisors))
    k8_field_errors_invalid (errors, &at, resource,
                             "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, "
                             "1Ti, 1Pi, 1Ei are supported with the %s resource",
                             kind);
}

/* A resource of a container; a volume must name the container. */
void
k8_check_resource_field (K8FieldErrors *errors,
                         const K8Path *path,
                         const K8ResourceFieldSelector *selector,
                         gboolean is_volume)
{
  const char *resource = k8_resource_field_selector_resource (selector);

  if (is_volume && !k8_resource_field_selector_has_container_name (selector))
    k8_field_errors_required (errors, K8_CHILD (path, "containerName"), "%s", "");
  else if (k8_check_required (errors, K8_CHILD (path, "resource"), resource) &&
           !k8_check_has_prefix (resource, "limits.hugepages-") &&
           !k8_check_has_prefix (resource, "requests.hugepages-"))
    k8_check_word (errors, K8_CHILD (path, "resource"), resource, resource_fields);
  check_divisor (errors, path, resource, k8_resource_field_selector_divisor (selector));
}

static void
check_downward_file (K8FieldErrors *errors, const K8Path *path, const K8DownwardAPIVolumeFile *file)
{
  const K8ObjectFieldSelector *field = k8_downward_api_volume_file_field_ref (file);
  const K8ResourceFieldSelector *resource = k8_downward_api_volume_file_resource_field_ref (file);
  const char *name = k8_downward_api_volume_file_path (file);

  k8_check_required (errors, K8_CHILD (path, "path"), name);
  k8_check_plain_path (errors, K8_CHILD (path, "path"), name);
  if (field != NULL)
    {
      k8_check_object_field (errors, K8_CHILD (path, "fieldRef"), field, volume_fields);
      if (resource != NULL)
        k8_field_errors_invalid (errors, path, "resource",
                                 "fieldRef and resourceFieldRef can not be specified "
                                 "simultaneously");
    }
  else if (resource != NULL)
    k8_check_resource_field (errors, K8_CHILD (path, "resourceFieldRef"), resource, TRUE);
  else
    k8_field_errors_required (errors, path, "one of fieldRef and resourceFieldRef is required");
  k8_check_file_mode (errors, K8_CHILD (path, "mode"), k8_downward_api_volume_file_mode (file));
}

/* Upstream names no index of the file. */
void
k8_check_downward_api_volume (K8FieldErrors *errors,
                              const K8Path *path,
                              const K8DownwardAPIVolumeSource *source)
{
  k8_check_file_mode (errors, K8_CHILD (path, "defaultMode"),
                      k8_downward_api_volume_source_default_mode (source));
  for (guint i = 0; i < k8_downward_api_volume_source_items_n (source); i++)
    check_downward_file (errors, path, k8_downward_api_volume_source_items_at (source, i));
}

/* The sources of one projected volume, and the paths that they have taken. */
typedef struct
{
  K8FieldErrors *errors;
  const K8Path *volume;
  K8TextSet paths;
} Projection;

static void
take_path (Projection *projection, const char *path, const char *blamed)
{
  if (!k8_text_set_add (&projection->paths, path))
    k8_field_errors_invalid (projection->errors, projection->volume, blamed,
                             "conflicting duplicate paths");
}

static void
check_projected_keys (Projection *projection,
                      const K8Path *path,
                      const char *name,
                      const K8List *items)
{
  K8Path items_path = k8_path_child (path, "items");

  k8_check_required (projection->errors, K8_CHILD (path, "name"), name);
  for (guint i = 0; i < k8_list_n (items); i++)
    {
      const K8KeyToPath *item = k8_list_get_object (items, i);
      k8_check_key_to_path (projection->errors, K8_INDEX (&items_path, i), item);
      if (k8_key_to_path_has_path (item))
        take_path (projection, k8_key_to_path_path (item), name);
    }
}

static void
check_projected_fields (Projection *projection,
                        const K8Path *path,
                        const K8DownwardAPIProjection *source)
{
  for (guint i = 0; i < k8_downward_api_projection_items_n (source); i++)
    {
      const K8DownwardAPIVolumeFile *file = k8_downward_api_projection_items_at (source, i);
      const char *name = k8_downward_api_volume_file_path (file);
      check_downward_file (projection->errors, path, file);
      if (name != NULL)
        take_path (projection, name, name);
    }
}

static void
check_projected_token (Projection *projection,
                       const K8Path *path,
                       const K8ServiceAccountTokenProjection *source)
{
  gint64 seconds = k8_service_account_token_projection_expiration_seconds (source);
  const char *name = k8_service_account_token_projection_path (source);
  K8Path name_path = k8_path_child (projection->volume, "path");

  if (seconds < TOKEN_MIN_SECONDS)
    k8_field_errors_invalid_int (projection->errors, K8_CHILD (path, "expirationSeconds"), seconds,
                                 "may not specify a duration less than 10 minutes");
  if (seconds > (G_GINT64_CONSTANT (1) << 32))
    k8_field_errors_invalid_int (projection->errors, K8_CHILD (path, "expirationSeconds"), seconds,
                                 "may not specify a duration larger than 2^32 seconds");
  if (k8_check_required (projection->errors, &name_path, name))
    k8_check_plain_path (projection->errors, &name_path, name);
}

/* Labels of a domain or path, joined by dots; stops at the first bad one. */
static guint
check_signer_labels (K8FieldErrors *errors, const K8Path *path, const char *text, K8NameCheck check)
{
  char **labels = g_strsplit (text, ".", -1);
  guint n_labels = 0;
  gboolean is_bad = FALSE;

  for (; labels[n_labels] != NULL; n_labels++)
    {
      K8NameFaults faults = check (labels[n_labels]);
      for (guint i = 0; i < faults.n && !is_bad; i++)
        k8_field_errors_invalid (errors, path, text, "validating label \"%s\": %s",
                                 labels[n_labels], faults.text[i]);
      is_bad = is_bad || faults.n > 0;
    }
  g_strfreev (labels);
  return n_labels;
}

static void
check_signer (K8FieldErrors *errors, const K8Path *path, const char *signer)
{
  const char *slash;
  char *domain;

  if (!k8_check_required (errors, path, signer))
    return;
  slash = strchr (signer, '/');
  if (slash == NULL || strchr (slash + 1, '/') != NULL)
    {
      k8_field_errors_invalid (errors, path, signer,
                               "must be a fully qualified domain and path of the form "
                               "'example.com/signer-name'");
      return;
    }
  domain = g_strndup (signer, (gsize) (slash - signer));
  if (slash - signer > K8_DNS_SUBDOMAIN_MAX_BYTES)
    k8_field_errors_too_long (errors, path, K8_DNS_SUBDOMAIN_MAX_BYTES);
  if (check_signer_labels (errors, path, domain, k8_name_check_dns_1123_label) < 2)
    k8_field_errors_invalid (errors, path, domain,
                             "should be a domain with at least two segments separated by dots");
  check_signer_labels (errors, path, slash + 1, k8_name_check_dns_1123_subdomain);
  if (strlen (signer) > SIGNER_MAX_BYTES)
    k8_field_errors_too_long (errors, path, SIGNER_MAX_BYTES);
  g_free (domain);
}

static void
check_bundle_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  const char *colon = strrchr (name, ':');
  K8NameFaults faults = k8_name_check_dns_1123_subdomain (colon == NULL ? name : colon + 1);

  for (guint i = 0; i < faults.n; i++)
    k8_field_errors_invalid (errors, path, name, "not a valid clustertrustbundlename: %s",
                             faults.text[i]);
}

static void
check_bundle_by_name (K8FieldErrors *errors,
                      const K8Path *path,
                      const K8ClusterTrustBundleProjection *source)
{
  const char *name = k8_cluster_trust_bundle_projection_name (source);

  if (name[0] == '\0')
    k8_field_errors_required (errors, K8_CHILD (path, "name"), "must be a valid object name");
  check_bundle_name (errors, K8_CHILD (path, "name"), name);
  if (!k8_cluster_trust_bundle_projection_has_label_selector (source))
    return;
  char *json =
      k8_check_field_json (source, K8_FIELD (cluster_trust_bundle_projection, label_selector));
  k8_field_errors_invalid_json (errors, K8_CHILD (path, "labelSelector"), json,
                                "labelSelector must be unset if name is specified");
  g_free (json);
}

static void
check_projected_bundle (Projection *projection,
                        const K8Path *path,
                        const K8ClusterTrustBundleProjection *source)
{
  K8FieldErrors *errors = projection->errors;
  gboolean has_name = k8_cluster_trust_bundle_projection_has_name (source);
  const char *signer = k8_cluster_trust_bundle_projection_signer_name (source);
  const char *name = k8_cluster_trust_bundle_projection_path (source);

  if (has_name && signer != NULL)
    {
      char *json = k8_check_record_json (source);
      k8_field_errors_invalid_json (errors, path, json,
                                    "only one of name and signerName may be used");
      g_free (json);
    }
  else if (has_name)
    check_bundle_by_name (errors, path, source);
  else if (signer != NULL)
    {
      if (signer[0] == '\0')
        k8_field_errors_required (errors, K8_CHILD (path, "signerName"),
                                  "must be a valid signer name");
      check_signer (errors, K8_CHILD (path, "signerName"), signer);
      k8_check_label_selector (errors, K8_CHILD (path, "labelSelector"),
                               k8_cluster_trust_bundle_projection_label_selector (source));
    }
  else
    k8_field_errors_required (errors, path, "either name or signerName must be specified");
  k8_check_required (errors, K8_CHILD (path, "path"), name);
  k8_check_plain_path (errors, K8_CHILD (path, "path"), name);
  take_path (projection, name, name);
}

static void
check_certificate_seconds (K8FieldErrors *errors,
                           const K8Path *path,
                           const K8PodCertificateProjection *source)
{
  gint32 seconds = k8_pod_certificate_projection_max_expiration_seconds (source);
  const char *signer = k8_string_or_empty (k8_pod_certificate_projection_signer_name (source));
  char *domain = g_strndup (signer, strcspn (signer, "/"));
  gboolean is_own =
      strcmp (domain, "kubernetes.io") == 0 || k8_check_has_suffix (domain, ".kubernetes.io");
  gint32 max = is_own ? CERTIFICATE_KUBERNETES_MAX_SECONDS : CERTIFICATE_MAX_SECONDS;

  g_free (domain);
  if (!k8_pod_certificate_projection_has_max_expiration_seconds (source))
    return;
  if (seconds < CERTIFICATE_MIN_SECONDS)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "maxExpirationSeconds"), seconds,
                                 "if provided, maxExpirationSeconds must be >= 3600");
  if (seconds > max)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "maxExpirationSeconds"), seconds,
                                 "if provided, maxExpirationSeconds must be <= %d", max);
}

static void
check_projected_certificate (Projection *projection,
                             const K8Path *path,
                             const K8PodCertificateProjection *source)
{
  static const K8Field *const fields[] = {
    K8_FIELD (pod_certificate_projection, credential_bundle_path),
    K8_FIELD (pod_certificate_projection, key_path),
    K8_FIELD (pod_certificate_projection, certificate_chain_path),
  };
  guint n_paths = 0;

  check_signer (projection->errors, K8_CHILD (path, "signerName"),
                k8_pod_certificate_projection_signer_name (source));
  k8_check_word (projection->errors, K8_CHILD (path, "keyType"),
                 k8_pod_certificate_projection_key_type (source),
                 "RSA3072|RSA4096|ECDSAP256|ECDSAP384|ECDSAP521|ED25519");
  check_certificate_seconds (projection->errors, path, source);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *name = k8_record_get_text (source, fields[i]);
      if (name == NULL)
        continue;
      n_paths++;
      k8_check_plain_path (projection->errors, K8_CHILD (path, fields[i]->name), name);
      take_path (projection, name, name);
    }
  if (n_paths == 0)
    k8_field_errors_required (projection->errors, path,
                              "specify at least one of credentialBundlePath, keyPath, and "
                              "certificateChainPath");
}

static guint
check_projected_objects (Projection *projection,
                         const K8Path *path,
                         const K8VolumeProjection *source)
{
  const K8SecretProjection *secret = k8_volume_projection_secret (source);
  const K8ConfigMapProjection *map = k8_volume_projection_config_map (source);

  if (secret != NULL)
    check_projected_keys (projection, K8_CHILD (path, "secret"), k8_secret_projection_name (secret),
                          k8_secret_projection_items (secret));
  if (map != NULL)
    check_projected_keys (projection, K8_CHILD (path, "configMap"),
                          k8_config_map_projection_name (map),
                          k8_config_map_projection_items (map));
  return (secret != NULL) + (map != NULL);
}

static void
check_projected_source (Projection *projection,
                        const K8Path *path,
                        const K8VolumeProjection *source)
{
  const K8DownwardAPIProjection *fields = k8_volume_projection_downward_api (source);
  const K8ServiceAccountTokenProjection *token =
      k8_volume_projection_service_account_token (source);
  const K8ClusterTrustBundleProjection *bundle = k8_volume_projection_cluster_trust_bundle (source);
  const K8PodCertificateProjection *certificate = k8_volume_projection_pod_certificate (source);
  guint n_sources = check_projected_objects (projection, path, source);

  if (fields != NULL)
    check_projected_fields (projection, K8_CHILD (path, "downwardAPI"), fields);
  if (token != NULL)
    check_projected_token (projection, K8_CHILD (path, "serviceAccountToken"), token);
  if (bundle != NULL)
    check_projected_bundle (projection, K8_CHILD (path, "clusterTrustBundle"), bundle);
  if (certificate != NULL)
    check_projected_certificate (projection, K8_CHILD (path, "podCertificate"), certificate);
  n_sources += (fields != NULL) + (token != NULL) + (bundle != NULL) + (certificate != NULL);
  if (n_sources > 1)
    k8_field_errors_forbidden (projection->errors, path,
                               "may not specify more than 1 volume type per source");
}

void
k8_check_projected_volume (K8FieldErrors *errors,
                           const K8Path *path,
                           const K8ProjectedVolumeSource *source)
{
  Projection projection = { .errors = errors, .volume = path };
  K8Path sources = k8_path_child (path, "sources");

  k8_check_file_mode (errors, K8_CHILD (path, "defaultMode"),
                      k8_projected_volume_source_default_mode (source));
  for (guint i = 0; i < k8_projected_volume_source_sources_n (source); i++)
    check_projected_source (&projection, K8_INDEX (&sources, i),
                            k8_projected_volume_source_sources_at (source, i));
  k8_text_set_clear (&projection.paths);
}
