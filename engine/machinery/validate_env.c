/* SPDX-License-Identifier: Apache-2.0
 *
 * Environment variables of a container and where their values come from.
 * Source: kubernetes pkg/apis/core/validation, ValidateEnv, ValidateEnvFrom (v1.36).
 */
#include <string.h>

#include "machinery/validate_parts.h"

static const char env_fields[] =
    "metadata.name|metadata.namespace|metadata.uid|spec.nodeName|spec.serviceAccountName|"
    "status.hostIP|status.hostIPs|status.podIP|status.podIPs";

static void
check_key (K8FieldErrors *errors, const K8Path *path, const char *name, const char *key)
{
  k8_check_name (errors, K8_CHILD (path, "name"), name, k8_name_check_dns_1123_subdomain);
  k8_check_required_name (errors, K8_CHILD (path, "key"), key, k8_name_check_config_map_key);
}

static void
check_file_key (K8FieldErrors *errors, const K8Path *path, const K8FileKeySelector *selector)
{
  const char *file = k8_file_key_selector_path (selector);

  k8_check_required_name (errors, K8_CHILD (path, "key"), k8_file_key_selector_key (selector),
                          k8_name_check_env_var);
  k8_check_required_name (errors, K8_CHILD (path, "volumeName"),
                          k8_file_key_selector_volume_name (selector),
                          k8_name_check_dns_1123_label);
  if (k8_check_required (errors, K8_CHILD (path, "path"), file))
    k8_check_no_backsteps (errors, K8_CHILD (path, "path"), file);
}

/* How many sources a value has; each is checked. */
static guint
check_sources (K8FieldErrors *errors, const K8Path *path, const K8EnvVarSource *source)
{
  const K8ObjectFieldSelector *field = k8_env_var_source_field_ref (source);
  const K8ResourceFieldSelector *resource = k8_env_var_source_resource_field_ref (source);
  const K8ConfigMapKeySelector *map = k8_env_var_source_config_map_key_ref (source);
  const K8SecretKeySelector *secret = k8_env_var_source_secret_key_ref (source);
  const K8FileKeySelector *file = k8_env_var_source_file_key_ref (source);

  if (field != NULL)
    k8_check_object_field (errors, K8_CHILD (path, "fieldRef"), field, env_fields);
  if (resource != NULL)
    k8_check_resource_field (errors, K8_CHILD (path, "resourceFieldRef"), resource, FALSE);
  if (map != NULL)
    check_key (errors, K8_CHILD (path, "configMapKeyRef"), k8_config_map_key_selector_name (map),
               k8_config_map_key_selector_key (map));
  if (secret != NULL)
    check_key (errors, K8_CHILD (path, "secretKeyRef"), k8_secret_key_selector_name (secret),
               k8_secret_key_selector_key (secret));
  if (file != NULL)
    check_file_key (errors, K8_CHILD (path, "fileKeyRef"), file);
  return (field != NULL) + (resource != NULL) + (map != NULL) + (secret != NULL) + (file != NULL);
}

static void
check_value_from (K8FieldErrors *errors, const K8Path *path, const K8EnvVar *variable)
{
  const K8EnvVarSource *source = k8_env_var_value_from (variable);
  guint n_sources;

  if (source == NULL)
    return;
  n_sources = check_sources (errors, path, source);
  if (n_sources == 0)
    k8_field_errors_invalid (errors, path, "",
                             "must specify one of: `fieldRef`, `resourceFieldRef`, "
                             "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
  else if (k8_env_var_has_value (variable))
    k8_field_errors_invalid (errors, path, "", "may not be specified when `value` is not empty");
  else if (n_sources > 1)
    k8_field_errors_invalid (errors, path, "",
                             "may not have more than one field specified at a time");
}

static void
check_source_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  K8Path at = k8_path_child (path, "name");

  if (!k8_check_required (errors, &at, name))
    return;
  /* Upstream reads this as the beginning of a name: a trailing dash is good. */
  gsize length = strlen (name);
  char *masked = g_strdup (name);
  if (length > 1 && masked[length - 1] == '-')
    {
      masked[length - 2] = 'a';
      masked[length - 1] = '\0';
    }
  k8_field_errors_add_faults (errors, &at, name, k8_name_check_dns_1123_subdomain (masked));
  g_free (masked);
}

static void
check_env_from (K8FieldErrors *errors, const K8Path *path, const K8Container *container)
{
  for (guint i = 0; i < k8_container_env_from_n (container); i++)
    {
      const K8EnvFromSource *source = k8_container_env_from_at (container, i);
      const K8ConfigMapEnvSource *map = k8_env_from_source_config_map_ref (source);
      const K8SecretEnvSource *secret = k8_env_from_source_secret_ref (source);
      K8Path at = k8_path_index (path, i);
      if (k8_env_from_source_has_prefix (source))
        k8_check_name (errors, K8_CHILD (&at, "prefix"), k8_env_from_source_prefix (source),
                       k8_name_check_env_var);
      if (map != NULL)
        check_source_name (errors, K8_CHILD (&at, "configMapRef"),
                           k8_config_map_env_source_name (map));
      if (secret != NULL)
        check_source_name (errors, K8_CHILD (&at, "secretRef"), k8_secret_env_source_name (secret));
      if (map == NULL && secret == NULL)
        k8_field_errors_invalid (errors, path, "",
                                 "must specify one of: `configMapRef` or `secretRef`");
      else if (map != NULL && secret != NULL)
        k8_field_errors_invalid (errors, path, "",
                                 "may not have more than one field specified at a time");
    }
}

void
k8_check_env (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8Path env = k8_path_child (path, "env");

  for (guint i = 0; i < k8_container_env_n (container); i++)
    {
      const K8EnvVar *variable = k8_container_env_at (container, i);
      K8Path at = k8_path_index (&env, i);
      k8_check_required_name (check->errors, K8_CHILD (&at, "name"), k8_env_var_name (variable),
                              k8_name_check_env_var);
      check_value_from (check->errors, K8_CHILD (&at, "valueFrom"), variable);
    }
  check_env_from (check->errors, K8_CHILD (path, "envFrom"), container);
}
