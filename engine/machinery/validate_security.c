/* SPDX-License-Identifier: Apache-2.0
 *
 * Security contexts of pods and containers: users, profiles, sysctls, and the fields that belong
 * to one operating system only.
 * Source: kubernetes pkg/apis/core/validation, ValidateSecurityContext,
 * validatePodSpecSecurityContext, validateWindows (v1.36).
 * Departures: privileged containers are allowed (upstream's flag --allow-privileged).
 */
#include <string.h>

#include "machinery/go_json.h"
#include "machinery/validate_parts.h"

enum
{
  SYSCTL_MAX_BYTES = 253,
  PROFILE_MAX_BYTES = 4095,
};

static const char says_windows[] = "cannot be set for a windows pod";
static const char says_linux[] = "windows options cannot be set for a linux pod";
static const char says_type[] = "seccomp type in annotation and field must match";

static void
check_seccomp (K8FieldErrors *errors, const K8Path *path, const K8SeccompProfile *profile)
{
  const char *type = k8_seccomp_profile_type (profile);
  const char *file = k8_seccomp_profile_localhost_profile (profile);
  K8Path file_path = k8_path_child (path, "localhostProfile");

  if (profile == NULL)
    return;
  if (type == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "type"),
                              "type is required when seccompProfile is set");
  else
    k8_check_word (errors, K8_CHILD (path, "type"), type, "Localhost|RuntimeDefault|Unconfined");
  if (k8_string_is (type, "Localhost"))
    {
      if (file == NULL)
        k8_field_errors_required (errors, &file_path, "must be set when seccomp type is Localhost");
      else
        k8_check_descending_path (errors, &file_path, file);
    }
  else if (file != NULL)
    {
      char *json = k8_go_json (profile);
      k8_field_errors_invalid_json (errors, &file_path, json,
                                    "can only be set when seccomp type is Localhost");
      g_free (json);
    }
}

static void
check_app_armor_file (K8FieldErrors *errors, const K8Path *path, const char *file)
{
  gsize length = file == NULL ? 0 : strlen (file);

  if (length == 0)
    k8_field_errors_required (errors, path, "must be set when AppArmor type is Localhost");
  else if (k8_check_has_outer_space (file))
    k8_field_errors_invalid (errors, path, file, "must not be padded with whitespace");
  if (length > PROFILE_MAX_BYTES)
    k8_field_errors_too_long (errors, path, PROFILE_MAX_BYTES);
}

static void
check_app_armor (K8FieldErrors *errors, const K8Path *path, const K8AppArmorProfile *profile)
{
  const char *type = k8_app_armor_profile_type (profile);
  const char *file = k8_app_armor_profile_localhost_profile (profile);
  K8Path file_path = k8_path_child (path, "localhostProfile");

  if (profile == NULL)
    return;
  if (type == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "type"),
                              "type is required when appArmorProfile is set");
  else if (strcmp (type, "Localhost") == 0)
    check_app_armor_file (errors, &file_path, file);
  else if (k8_check_word (errors, K8_CHILD (path, "type"), type,
                          "Localhost|RuntimeDefault|Unconfined") &&
           file != NULL)
    k8_field_errors_invalid (errors, &file_path, file,
                             "can only be set when AppArmor type is Localhost");
}

static gboolean
is_user_domain (const char *domain)
{
  gsize length = strlen (domain);
  gboolean is_netbios = length > 0 && length <= 15 && domain[0] != '.';
  gboolean is_dns = length > 0;

  for (gsize i = 0; i < length; i++)
    {
      is_netbios = is_netbios && strchr ("\\/:*?\"<>|", domain[i]) == NULL;
      is_dns = is_dns && (g_ascii_isalnum (domain[i]) || strchr (".-", domain[i]) != NULL);
    }
  return is_netbios || is_dns;
}

static void
check_user_parts (K8FieldErrors *errors,
                  const K8Path *path,
                  const char *name,
                  const char *backslash)
{
  const char *user = backslash == NULL ? name : backslash + 1;

  if (backslash != NULL)
    {
      char *domain = g_strndup (name, (gsize) (backslash - name));
      if (strlen (domain) >= 256)
        k8_field_errors_invalid (errors, path, name,
                                 "runAsUserName's Domain length must be under 256 characters");
      if (!is_user_domain (domain))
        k8_field_errors_invalid (
            errors, path, name,
            "runAsUserName's Domain doesn't match the NetBios nor the DNS format");
      g_free (domain);
    }
  if (user[0] == '\0')
    k8_field_errors_invalid (errors, path, name, "runAsUserName's User cannot be empty");
  else if (strlen (user) > 104)
    k8_field_errors_invalid (errors, path, name,
                             "runAsUserName's User length must not be longer than 104 characters");
  if (user[0] != '\0' && strspn (user, ". ") == strlen (user))
    k8_field_errors_invalid (errors, path, name,
                             "runAsUserName's User cannot contain only periods or spaces");
  if (strpbrk (user, "\"/\\:;|=,+*?<>@[]") != NULL)
    k8_field_errors_invalid (errors, path, name,
                             "runAsUserName's User cannot contain the following characters: "
                             "\"/\\:;|=,+*?<>@[]");
}

static void
check_windows_user (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  const char *backslash = strchr (name, '\\');

  if (name[0] == '\0')
    {
      k8_field_errors_invalid (errors, path, name, "runAsUserName cannot be an empty string");
      return;
    }
  for (const char *p = name; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      {
        k8_field_errors_invalid (errors, path, name,
                                 "runAsUserName cannot contain control characters");
        return;
      }
  if (backslash != NULL && strchr (backslash + 1, '\\') != NULL)
    k8_field_errors_invalid (errors, path, name,
                             "runAsUserName cannot contain more than one backslash");
  else
    check_user_parts (errors, path, name, backslash);
}

static void
check_windows_options (K8FieldErrors *errors,
                       const K8Path *path,
                       const K8WindowsSecurityContextOptions *options)
{
  const char *name = k8_windows_security_context_options_gmsa_credential_spec_name (options);
  const char *credential = k8_windows_security_context_options_gmsa_credential_spec (options);
  const char *user = k8_windows_security_context_options_run_as_user_name (options);
  K8Path credential_path = k8_path_child (path, "gmsaCredentialSpec");

  if (name != NULL)
    k8_check_name (errors, K8_CHILD (path, "gmsaCredentialSpecName"), name,
                   k8_name_check_dns_1123_subdomain);
  if (credential != NULL && credential[0] == '\0')
    k8_field_errors_invalid (errors, &credential_path, credential,
                             "gmsaCredentialSpec cannot be an empty string");
  else if (credential != NULL && strlen (credential) > 64 * 1024)
    k8_field_errors_invalid (errors, &credential_path, credential,
                             "gmsaCredentialSpec size must be under 64 KiB");
  if (user != NULL)
    check_windows_user (errors, K8_CHILD (path, "runAsUserName"), user);
}

static void
check_id (K8FieldErrors *errors, const K8Path *path, const void *context, const K8Field *field)
{
  gint64 id = k8_record_get_int (context, field);

  if (k8_record_has (context, field))
    k8_check_number (errors, K8_CHILD (path, field->name), id, k8_name_check_user_id (id));
}

static gboolean
has_host_users (const K8PodSpec *spec)
{
  return !k8_pod_spec_has_host_users (spec) || k8_pod_spec_host_users (spec);
}

static gboolean
adds_sys_admin (const K8SecurityContext *context)
{
  const K8Capabilities *capabilities = k8_security_context_capabilities (context);

  for (guint i = 0; i < k8_capabilities_add_n (capabilities); i++)
    if (strcmp (k8_capabilities_add_at (capabilities, i), "CAP_SYS_ADMIN") == 0)
      return TRUE;
  return FALSE;
}

static void
check_escalation (K8FieldErrors *errors, const K8Path *path, const K8SecurityContext *context)
{
  char *json;

  if (!k8_security_context_has_allow_privilege_escalation (context) ||
      k8_security_context_allow_privilege_escalation (context))
    return;
  json = k8_go_json (context);
  if (k8_security_context_privileged (context))
    k8_field_errors_invalid_json (
        errors, path, json,
        "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  if (adds_sys_admin (context))
    k8_field_errors_invalid_json (errors, path, json,
                                  "cannot set `allowPrivilegeEscalation` to false and "
                                  "`capabilities.Add` CAP_SYS_ADMIN");
  g_free (json);
}

void
k8_check_security_context (K8PodCheck *check, const K8Path *path, const K8SecurityContext *context)
{
  const char *mount = k8_security_context_proc_mount (context);

  if (context == NULL)
    return;
  check_id (check->errors, path, context, K8_FIELD (security_context, run_as_user));
  check_id (check->errors, path, context, K8_FIELD (security_context, run_as_group));
  if (mount != NULL)
    {
      k8_check_word (check->errors, K8_CHILD (path, "procMount"), mount, "Default|Unmasked");
      if (strcmp (mount, "Unmasked") == 0 && has_host_users (check->spec))
        k8_field_errors_invalid (check->errors, K8_CHILD (path, "procMount"), mount,
                                 "`hostUsers` must be false to use `Unmasked`");
    }
  check_seccomp (check->errors, K8_CHILD (path, "seccompProfile"),
                 k8_security_context_seccomp_profile (context));
  check_escalation (check->errors, path, context);
  check_windows_options (check->errors, K8_CHILD (path, "windowsOptions"),
                         k8_security_context_windows_options (context));
  check_app_armor (check->errors, K8_CHILD (path, "appArmorProfile"),
                   k8_security_context_app_armor_profile (context));
}

/* Segments like those of a DNS name, with underscores, joined by dots or slashes. */
static gboolean
is_sysctl_name (const char *name)
{
  gsize length = strlen (name);
  gboolean is_begin = TRUE;

  if (length > SYSCTL_MAX_BYTES)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      gboolean is_plain = g_ascii_islower (name[i]) || g_ascii_isdigit (name[i]);
      gboolean is_joint = name[i] == '.' || name[i] == '/';
      if (is_begin || i + 1 == length || name[i + 1] == '.' || name[i + 1] == '/')
        {
          if (!is_plain)
            return FALSE;
        }
      else if (!is_plain && !is_joint && name[i] != '-' && name[i] != '_')
        return FALSE;
      is_begin = is_joint;
      if (!is_joint && i + 1 < length && (name[i + 1] == '.' || name[i + 1] == '/'))
        {
          is_begin = TRUE;
          i++;
        }
    }
  return !is_begin;
}

static gboolean
is_ipc_sysctl (const char *name)
{
  return strcmp (name, "kernel.sem") == 0 || k8_check_has_prefix (name, "kernel.shm") ||
         k8_check_has_prefix (name, "kernel.msg") || k8_check_has_prefix (name, "fs.mqueue.");
}

/* A namespaced sysctl of a namespace that the pod shares with the host would change the host. */
static void
check_host_sysctl (K8PodCheck *check, const K8Path *path, const char *name)
{
  char *dotted = g_strdup (name);

  for (char *p = dotted; *p != '\0'; p++)
    if (*p == '/')
      *p = '.';
  if (k8_pod_spec_host_network (check->spec) && k8_check_has_prefix (dotted, "net."))
    k8_field_errors_invalid (check->errors, path, name,
                             "may not be specified when 'hostNetwork' is true");
  else if (k8_pod_spec_host_ipc (check->spec) && is_ipc_sysctl (dotted))
    k8_field_errors_invalid (check->errors, path, name,
                             "may not be specified when 'hostIPC' is true");
  g_free (dotted);
}

static void
check_sysctls (K8PodCheck *check, const K8Path *path, const K8PodSecurityContext *context)
{
  K8TextSet names = { 0 };

  for (guint i = 0; i < k8_pod_security_context_sysctls_n (context); i++)
    {
      const char *name =
          k8_string_or_empty (k8_sysctl_name (k8_pod_security_context_sysctls_at (context, i)));
      K8Path at = k8_path_index (path, i);
      K8Path name_path = k8_path_child (&at, "name");
      if (k8_check_required (check->errors, &name_path, name))
        {
          if (!is_sysctl_name (name))
            k8_field_errors_invalid (
                check->errors, &name_path, name,
                "must have at most %d characters and match regex "
                "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
                SYSCTL_MAX_BYTES);
          else if (k8_text_set_has (&names, name))
            k8_field_errors_duplicate (check->errors, &name_path, name);
        }
      check_host_sysctl (check, &name_path, name);
      k8_text_set_add (&names, name);
    }
  k8_text_set_clear (&names);
}

static void
check_word_if_set (K8FieldErrors *errors, const K8Path *path, const char *word, const char *words)
{
  if (word != NULL)
    k8_check_word (errors, path, word, words);
}

void
k8_check_pod_security (K8PodCheck *check, const K8Path *spec_path)
{
  const K8PodSecurityContext *context = k8_pod_spec_security_context (check->spec);
  K8FieldErrors *errors = check->errors;
  K8Path path = k8_path_child (spec_path, "securityContext");
  K8Path groups = k8_path_child (&path, "supplementalGroups");

  if (context == NULL)
    return;
  check_id (errors, &path, context, K8_FIELD (pod_security_context, fs_group));
  check_id (errors, &path, context, K8_FIELD (pod_security_context, run_as_user));
  check_id (errors, &path, context, K8_FIELD (pod_security_context, run_as_group));
  for (guint i = 0; i < k8_pod_security_context_supplemental_groups_n (context); i++)
    {
      gint64 id = k8_pod_security_context_supplemental_groups_at (context, i);
      k8_check_number (errors, K8_INDEX (&groups, i), id, k8_name_check_group_id (id));
    }
  if (k8_pod_spec_share_process_namespace (check->spec) && k8_pod_spec_host_pid (check->spec))
    k8_field_errors_invalid_bool (errors, K8_CHILD (&path, "shareProcessNamespace"), TRUE,
                                  "ShareProcessNamespace and HostPID cannot both be enabled");
  check_sysctls (check, K8_CHILD (&path, "sysctls"), context);
  check_word_if_set (errors, K8_CHILD (&path, "fsGroupChangePolicy"),
                     k8_pod_security_context_fs_group_change_policy (context),
                     "Always|OnRootMismatch");
  check_seccomp (errors, K8_CHILD (&path, "seccompProfile"),
                 k8_pod_security_context_seccomp_profile (context));
  check_windows_options (errors, K8_CHILD (&path, "windowsOptions"),
                         k8_pod_security_context_windows_options (context));
  check_app_armor (errors, K8_CHILD (&path, "appArmorProfile"),
                   k8_pod_security_context_app_armor_profile (context));
  check_word_if_set (errors, K8_CHILD (&path, "supplementalGroupsPolicy"),
                     k8_pod_security_context_supplemental_groups_policy (context), "Merge|Strict");
  check_word_if_set (errors, K8_CHILD (&path, "seLinuxChangePolicy"),
                     k8_pod_security_context_se_linux_change_policy (context),
                     "MountOption|Recursive");
}

/* Windows: containers that run on the host do so all together, and on its network. */

typedef struct
{
  K8PodCheck check; /* first, so that a visitor finds the rest */
  const K8WindowsSecurityContextOptions *pod_options;
  guint n_containers;
  guint n_host_process;
} HostProcess;

static void
visit_host_process (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  HostProcess *self = (HostProcess *) check;
  const K8WindowsSecurityContextOptions *options =
      k8_security_context_windows_options (k8_container_security_context (container));
  gboolean has_pod = k8_windows_security_context_options_has_host_process (self->pod_options);
  gboolean pod_value = k8_windows_security_context_options_host_process (self->pod_options);
  gboolean has_own = k8_windows_security_context_options_has_host_process (options);
  gboolean own_value = k8_windows_security_context_options_host_process (options);
  K8Path context = k8_path_child (path, "securityContext");
  K8Path windows = k8_path_child (&context, "windowsOptions");

  self->n_containers++;
  if (has_pod && has_own && pod_value != own_value)
    k8_field_errors_invalid_bool (
        check->errors, K8_CHILD (&windows, "hostProcess"), own_value,
        "pod hostProcess value must be identical if both are specified, was %s",
        pod_value ? "true" : "false");
  if (has_own ? own_value : pod_value)
    self->n_host_process++;
}

void
k8_check_windows_host_process (K8PodCheck *check, const K8Path *spec_path)
{
  HostProcess self = { .check = *check };

  self.pod_options =
      k8_pod_security_context_windows_options (k8_pod_spec_security_context (check->spec));
  k8_visit_containers (&self.check, spec_path, visit_host_process);
  if (self.n_host_process == 0)
    return;
  if (self.n_host_process != self.n_containers)
    k8_field_errors_invalid (check->errors, spec_path, "",
                             "If pod contains any hostProcess containers then all containers must "
                             "be HostProcess containers");
  if (!k8_pod_spec_host_network (check->spec))
    k8_field_errors_invalid_bool (
        check->errors, K8_CHILD (spec_path, "hostNetwork"), FALSE,
        "hostNetwork must be true if pod contains any hostProcess containers");
}

static void
visit_linux (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8Path context = k8_path_child (path, "securityContext");

  if (k8_security_context_has_windows_options (k8_container_security_context (container)))
    k8_field_errors_forbidden (check->errors, K8_CHILD (&context, "windowsOptions"), says_linux);
}

static void
forbid_fields (K8FieldErrors *errors,
               const K8Path *path,
               const void *record,
               const K8Field *const *fields)
{
  for (; record != NULL && *fields != NULL; fields++)
    if (k8_record_has (record, *fields))
      k8_field_errors_forbidden (errors, K8_CHILD (path, (*fields)->name), says_windows);
}

static void
visit_windows (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  static const K8Field *const fields[] = {
    K8_FIELD (security_context, app_armor_profile),
    K8_FIELD (security_context, se_linux_options),
    K8_FIELD (security_context, seccomp_profile),
    K8_FIELD (security_context, capabilities),
    K8_FIELD (security_context, read_only_root_filesystem),
    K8_FIELD (security_context, privileged),
    K8_FIELD (security_context, allow_privilege_escalation),
    K8_FIELD (security_context, proc_mount),
    K8_FIELD (security_context, run_as_user),
    K8_FIELD (security_context, run_as_group),
    NULL,
  };

  forbid_fields (check->errors, K8_CHILD (path, "securityContext"),
                 k8_container_security_context (container), fields);
}

static void
check_windows_pod (K8PodCheck *check, const K8Path *spec_path)
{
  static const K8Field *const first[] = { K8_FIELD (pod_security_context, app_armor_profile),
                                          K8_FIELD (pod_security_context, se_linux_options), NULL };
  static const K8Field *const host[] = { K8_FIELD (pod_spec, host_users),
                                         K8_FIELD (pod_spec, host_pid),
                                         K8_FIELD (pod_spec, host_ipc), NULL };
  static const K8Field *const second[] = {
    K8_FIELD (pod_security_context, seccomp_profile),
    K8_FIELD (pod_security_context, fs_group),
    K8_FIELD (pod_security_context, fs_group_change_policy),
    K8_FIELD (pod_security_context, sysctls),
    NULL,
  };
  static const K8Field *const shared[] = { K8_FIELD (pod_spec, share_process_namespace), NULL };
  static const K8Field *const third[] = {
    K8_FIELD (pod_security_context, run_as_user),
    K8_FIELD (pod_security_context, run_as_group),
    K8_FIELD (pod_security_context, supplemental_groups),
    K8_FIELD (pod_security_context, supplemental_groups_policy),
    K8_FIELD (pod_security_context, se_linux_change_policy),
    NULL,
  };
  const K8PodSecurityContext *context = k8_pod_spec_security_context (check->spec);
  K8Path path = k8_path_child (spec_path, "securityContext");

  forbid_fields (check->errors, &path, context, first);
  forbid_fields (check->errors, spec_path, check->spec, host);
  forbid_fields (check->errors, &path, context, second);
  forbid_fields (check->errors, spec_path, check->spec, shared);
  forbid_fields (check->errors, &path, context, third);
  k8_visit_containers (check, spec_path, visit_windows);
}

/* What spec.os names, and what cannot be there because of it. */
void
k8_check_os (K8PodCheck *check, const K8Path *spec_path)
{
  const K8PodOS *os = k8_pod_spec_os (check->spec);
  const char *name = k8_pod_os_name (os);
  const K8PodSecurityContext *context = k8_pod_spec_security_context (check->spec);
  K8Path path = k8_path_child (spec_path, "os");

  if (os == NULL || !k8_check_required (check->errors, K8_CHILD (&path, "name"), name) ||
      !k8_check_word (check->errors, &path, name, "linux|windows"))
    return;
  if (strcmp (name, "windows") == 0)
    {
      check_windows_pod (check, spec_path);
      return;
    }
  if (k8_pod_security_context_has_windows_options (context))
    k8_field_errors_forbidden (check->errors,
                               K8_CHILD (K8_CHILD (spec_path, "securityContext"), "windowsOptions"),
                               says_linux);
  k8_visit_containers (check, spec_path, visit_linux);
}

/* Annotations that were fields' forerunners. */

static void
check_seccomp_annotation (K8FieldErrors *errors, const K8Path *path, const char *profile)
{
  if (k8_check_is_listed (profile, "runtime/default|docker/default|unconfined"))
    return;
  if (k8_check_has_prefix (profile, "localhost/"))
    k8_check_descending_path (errors, path, profile + strlen ("localhost/"));
  else
    k8_field_errors_invalid (errors, path, profile, "must be a valid seccomp profile");
}

static gboolean
has_named_container (const K8PodSpec *spec, const char *name)
{
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    if (k8_string_is (k8_container_name (k8_pod_spec_init_containers_at (spec, i)), name))
      return TRUE;
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    if (k8_string_is (k8_container_name (k8_pod_spec_containers_at (spec, i)), name))
      return TRUE;
  return FALSE;
}

static void
check_app_armor_annotation (K8FieldErrors *errors,
                            const K8Path *path,
                            const char *container,
                            const char *profile,
                            const K8PodSpec *spec)
{
  if (!has_named_container (spec, container))
    k8_field_errors_invalid (errors, path, container, "container not found");
  if (profile[0] != '\0' && strcmp (profile, "runtime/default") != 0 &&
      strcmp (profile, "unconfined") != 0 && !k8_check_has_prefix (profile, "localhost/"))
    k8_field_errors_invalid (errors, path, profile, "invalid AppArmor profile name: \"%s\"",
                             profile);
}

void
k8_check_security_annotations (K8FieldErrors *errors,
                               const K8Path *path,
                               const K8List *annotations,
                               const K8PodSpec *spec)
{
  static const char pod_key[] = "seccomp.security.alpha.kubernetes.io/pod";
  static const char container_key[] = "container.seccomp.security.alpha.kubernetes.io/";
  static const char armor_key[] = "container.apparmor.security.beta.kubernetes.io/";
  const char *profile = k8_map_find (annotations, pod_key);

  if (profile != NULL)
    check_seccomp_annotation (errors, K8_CHILD (path, pod_key), profile);
  for (guint i = 0; i < k8_list_n (annotations); i++)
    if (k8_check_has_prefix (k8_map_get_key (annotations, i), container_key))
      check_seccomp_annotation (errors, K8_CHILD (path, k8_map_get_key (annotations, i)),
                                k8_map_get_value (annotations, i));
  for (guint i = 0; i < k8_list_n (annotations); i++)
    {
      const char *key = k8_map_get_key (annotations, i);
      if (k8_check_has_prefix (key, armor_key))
        check_app_armor_annotation (errors, K8_KEY (path, key), key + strlen (armor_key),
                                    k8_map_get_value (annotations, i), spec);
    }
}

/* An annotation and the field that took its place must agree. */
static void
check_seccomp_match (K8FieldErrors *errors,
                     const K8Path *path,
                     const char *annotation,
                     const K8SeccompProfile *profile)
{
  const char *type = k8_seccomp_profile_type (profile);

  if (annotation == NULL || type == NULL)
    return;
  if (strcmp (type, "Unconfined") == 0 && strcmp (annotation, "unconfined") != 0)
    k8_field_errors_forbidden (errors, K8_CHILD (path, "type"), says_type);
  if (strcmp (type, "RuntimeDefault") == 0 &&
      !k8_check_is_listed (annotation, "runtime/default|docker/default"))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "type"), says_type);
  if (strcmp (type, "Localhost") != 0)
    return;
  if (!k8_check_has_prefix (annotation, "localhost/"))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "type"), says_type);
  else if (!k8_string_is (k8_seccomp_profile_localhost_profile (profile),
                          annotation + strlen ("localhost/")))
    k8_field_errors_forbidden (errors, K8_CHILD (path, "localhostProfile"),
                               "seccomp profile in annotation and field must match");
}

static void
visit_seccomp_match (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  char *key = g_strdup_printf ("container.seccomp.security.alpha.kubernetes.io/%s",
                               k8_string_or_empty (k8_container_name (container)));
  K8Path context = k8_path_child (path, "securityContext");

  check_seccomp_match (
      check->errors, K8_CHILD (&context, "seccompProfile"),
      k8_object_meta_annotations_get (check->metadata, key),
      k8_security_context_seccomp_profile (k8_container_security_context (container)));
  g_free (key);
}

static void
visit_app_armor_match (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  const K8SecurityContext *own = k8_container_security_context (container);
  const K8AppArmorProfile *profile =
      k8_security_context_has_app_armor_profile (own)
          ? k8_security_context_app_armor_profile (own)
          : k8_pod_security_context_app_armor_profile (k8_pod_spec_security_context (check->spec));
  const char *type = k8_app_armor_profile_type (profile);
  char *key = g_strdup_printf ("container.apparmor.security.beta.kubernetes.io/%s",
                               k8_string_or_empty (k8_container_name (container)));
  const char *annotation = k8_object_meta_annotations_get (check->metadata, key);
  K8Path context = k8_path_child (path, "securityContext");
  K8Path armor = k8_path_child (&context, "appArmorProfile");
  static const char says[] = "apparmor type in annotation and field must match";

  g_free (key);
  if (type == NULL || annotation == NULL)
    return;
  if ((strcmp (type, "Unconfined") == 0 && strcmp (annotation, "unconfined") != 0) ||
      (strcmp (type, "RuntimeDefault") == 0 && strcmp (annotation, "runtime/default") != 0) ||
      (strcmp (type, "Localhost") == 0 && !k8_check_has_prefix (annotation, "localhost/")))
    k8_field_errors_forbidden (check->errors, K8_CHILD (&armor, "type"), says);
  else if (strcmp (type, "Localhost") == 0 &&
           !k8_string_is (k8_app_armor_profile_localhost_profile (profile),
                          annotation + strlen ("localhost/")))
    k8_field_errors_forbidden (check->errors, K8_CHILD (&armor, "localhostProfile"),
                               "apparmor profile in annotation and field must match");
}

void
k8_check_security_annotations_match (K8PodCheck *check, const K8Path *spec_path)
{
  K8Path context = k8_path_child (spec_path, "securityContext");
  const K8PodSecurityContext *own = k8_pod_spec_security_context (check->spec);

  check_seccomp_match (
      check->errors, K8_CHILD (&context, "seccompProfile"),
      k8_object_meta_annotations_get (check->metadata, "seccomp.security.alpha.kubernetes.io/pod"),
      k8_pod_security_context_seccomp_profile (own));
  k8_visit_containers (check, spec_path, visit_seccomp_match);
  if (!k8_string_is (k8_pod_os_name (k8_pod_spec_os (check->spec)), "windows"))
    k8_visit_containers (check, spec_path, visit_app_armor_match);
}
