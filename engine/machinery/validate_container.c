/* SPDX-License-Identifier: Apache-2.0
 *
 * Containers of the three kinds: regular, init, ephemeral. What all share is checked once; then
 * come names across the lists, and what one kind may not have.
 * Source: kubernetes pkg/apis/core/validation, validateContainers, validateInitContainers,
 * validateEphemeralContainers, validateContainerCommon (v1.36).
 */
#include <string.h>

#include "machinery/validate_parts.h"

enum
{
  RESTART_RULES_MAX = 20,
  EXIT_CODES_MAX = 255,
};

static const char says_no_init[] =
    "may not be set for init containers without restartPolicy=Always";

static void
check_port (K8FieldErrors *errors,
            const K8Path *path,
            const K8ContainerPort *port,
            K8TextSet *names)
{
  const char *name = k8_container_port_name (port);
  gint32 number = k8_container_port_container_port (port);
  gint32 host_number = k8_container_port_host_port (port);

  if (name != NULL)
    {
      K8NameFaults faults = k8_name_check_port (name);
      k8_field_errors_add_faults (errors, K8_CHILD (path, "name"), name, faults);
      if (faults.n == 0 && !k8_text_set_add (names, name))
        k8_field_errors_duplicate (errors, K8_CHILD (path, "name"), name);
    }
  if (number == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "containerPort"), "%s", "");
  else
    k8_check_number (errors, K8_CHILD (path, "containerPort"), number,
                     k8_name_check_port_number (number));
  if (host_number != 0)
    k8_check_number (errors, K8_CHILD (path, "hostPort"), host_number,
                     k8_name_check_port_number (host_number));
  k8_check_required_word (errors, K8_CHILD (path, "protocol"), k8_container_port_protocol (port),
                          "SCTP|TCP|UDP");
}

static void
check_ports (K8FieldErrors *errors, const K8Path *path, const K8Container *container)
{
  K8TextSet names = { 0 };

  for (guint i = 0; i < k8_container_ports_n (container); i++)
    check_port (errors, K8_INDEX (path, i), k8_container_ports_at (container, i), &names);
  k8_text_set_clear (&names);
}

void
k8_check_pull_policy (K8FieldErrors *errors, const K8Path *path, const char *policy)
{
  k8_check_required_word (errors, path, policy, "Always|IfNotPresent|Never");
}

static void
check_resize_policies (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8TextSet names = { 0 };
  gboolean is_never = k8_string_is (k8_pod_spec_restart_policy (check->spec), "Never");

  for (guint i = 0; i < k8_container_resize_policy_n (container); i++)
    {
      const K8ContainerResizePolicy *policy = k8_container_resize_policy_at (container, i);
      const char *name = k8_container_resize_policy_resource_name (policy);
      const char *restart = k8_container_resize_policy_restart_policy (policy);
      if (!k8_text_set_add (&names, name))
        k8_field_errors_duplicate (check->errors, K8_INDEX (path, i), name);
      k8_check_required_word (check->errors, path, name, "cpu|memory");
      k8_check_required_word (check->errors, path, restart, "NotRequired|RestartContainer");
      if (is_never && !k8_string_is (restart, "NotRequired"))
        k8_field_errors_invalid (check->errors, path, restart,
                                 "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  k8_text_set_clear (&names);
}

static void
check_common (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8FieldErrors *errors = check->errors;

  k8_check_required_name (errors, K8_CHILD (path, "name"), k8_container_name (container),
                          k8_name_check_dns_1123_label);
  k8_check_required (errors, K8_CHILD (path, "image"), k8_container_image (container));
  k8_check_required_word (errors, K8_CHILD (path, "terminationMessagePolicy"),
                          k8_container_termination_message_policy (container),
                          "File|FallbackToLogsOnError");
  check_ports (errors, K8_CHILD (path, "ports"), container);
  k8_check_env (check, path, container);
  k8_check_mounts (check, path, container);
  k8_check_pull_policy (errors, K8_CHILD (path, "imagePullPolicy"),
                        k8_container_image_pull_policy (container));
  k8_check_resources (errors, K8_CHILD (path, "resources"), k8_container_resources (container),
                      check->spec);
  check_resize_policies (check, K8_CHILD (path, "resizePolicy"), container);
  k8_check_security_context (check, K8_CHILD (path, "securityContext"),
                             k8_container_security_context (container));
}

static void
check_restart_rule (K8FieldErrors *errors, const K8Path *path, const K8ContainerRestartRule *rule)
{
  const K8ContainerRestartRuleOnExitCodes *codes = k8_container_restart_rule_exit_codes (rule);
  guint n_values = k8_container_restart_rule_on_exit_codes_values_n (codes);
  K8Path codes_path = k8_path_child (path, "exitCodes");

  k8_check_word (errors, K8_CHILD (path, "action"), k8_container_restart_rule_action (rule),
                 "Restart|RestartAllContainers");
  if (codes == NULL)
    {
      k8_field_errors_required (errors, &codes_path, "must be specified");
      return;
    }
  k8_check_word (errors, K8_CHILD (&codes_path, "operator"),
                 k8_container_restart_rule_on_exit_codes_operator (codes), "In|NotIn");
  if (n_values > EXIT_CODES_MAX)
    k8_field_errors_too_many (errors, K8_CHILD (&codes_path, "values"), n_values, EXIT_CODES_MAX);
}

/* The container's own restart policy and the rules that need one. */
void
k8_check_restart_rules (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  const char *policy = k8_container_restart_policy (container);
  guint n_rules = k8_container_restart_policy_rules_n (container);
  K8Path rules = k8_path_child (path, "restartPolicyRules");

  if (policy == NULL && n_rules > 0)
    k8_field_errors_required (check->errors, K8_CHILD (path, "restartPolicy"),
                              "must specify restartPolicy when restart rules are used");
  else if (policy != NULL)
    k8_check_word (check->errors, K8_CHILD (path, "restartPolicy"), policy,
                   "Always|Never|OnFailure");
  if (n_rules > RESTART_RULES_MAX)
    k8_field_errors_too_many (check->errors, &rules, n_rules, RESTART_RULES_MAX);
  for (guint i = 0; i < n_rules; i++)
    check_restart_rule (check->errors, K8_INDEX (&rules, i),
                        k8_container_restart_policy_rules_at (container, i));
}

/* Ports of the host that containers want, as texts. */
typedef struct
{
  K8TextSet set;
  GPtrArray *keys; /* owns them; NULL as long as there are none */
} HostPorts;

/* No two ports may want the same of the host. */
static void
check_host_ports (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8Container *container,
                  HostPorts *taken)
{
  K8Path ports = k8_path_child (path, "ports");

  for (guint i = 0; i < k8_container_ports_n (container); i++)
    {
      const K8ContainerPort *port = k8_container_ports_at (container, i);
      K8Path at = k8_path_index (&ports, i);
      if (k8_container_port_host_port (port) == 0)
        continue;
      char *key =
          g_strdup_printf ("%s/%s/%d", k8_string_or_empty (k8_container_port_protocol (port)),
                           k8_string_or_empty (k8_container_port_host_ip (port)),
                           k8_container_port_host_port (port));
      if (taken->keys == NULL)
        taken->keys = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (taken->keys, key);
      if (!k8_text_set_add (&taken->set, key))
        k8_field_errors_duplicate (errors, K8_CHILD (&at, "hostPort"), key);
    }
}

static void
clear_host_ports (HostPorts *taken)
{
  k8_text_set_clear (&taken->set);
  if (taken->keys != NULL)
    g_ptr_array_unref (taken->keys);
}

void
k8_check_containers (K8PodCheck *check, const K8Path *spec_path)
{
  K8Path path = k8_path_child (spec_path, "containers");
  K8TextSet names = { 0 };
  HostPorts host_ports = { 0 };
  guint n = k8_pod_spec_containers_n (check->spec);

  if (n == 0)
    k8_field_errors_required (check->errors, &path, "%s", "");
  for (guint i = 0; i < n; i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (check->spec, i);
      K8Path at = k8_path_index (&path, i);
      check_common (check, &at, container);
      if (!k8_text_set_add (&names, k8_container_name (container)))
        k8_field_errors_duplicate (check->errors, K8_CHILD (&at, "name"),
                                   k8_container_name (container));
      k8_check_lifecycle (check, &at, container);
      k8_check_probes (check, &at, container);
      k8_check_restart_rules (check, &at, container);
    }
  for (guint i = 0; i < n; i++)
    check_host_ports (check->errors, K8_INDEX (&path, i),
                      k8_pod_spec_containers_at (check->spec, i), &host_ports);
  k8_text_set_clear (&names);
  clear_host_ports (&host_ports);
}

/* A container that runs to its end has no probes and no hooks. */
static void
check_one_shot (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  static const K8Field *const fields[] = {
    K8_FIELD (container, lifecycle),
    K8_FIELD (container, liveness_probe),
    K8_FIELD (container, readiness_probe),
    K8_FIELD (container, startup_probe),
  };
  K8Path policies = k8_path_child (path, "resizePolicy");

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (k8_record_has (container, fields[i]))
      k8_field_errors_forbidden (check->errors, K8_CHILD (path, fields[i]->name), "%s",
                                 says_no_init);
  for (guint i = 0; i < k8_container_resize_policy_n (container); i++)
    {
      const K8ContainerResizePolicy *policy = k8_container_resize_policy_at (container, i);
      if (k8_string_is (k8_container_resize_policy_restart_policy (policy), "RestartContainer"))
        k8_field_errors_invalid (check->errors, K8_CHILD (K8_INDEX (&policies, i), "restartPolicy"),
                                 "RestartContainer",
                                 "must not be set to 'RestartContainer' for non-sidecar "
                                 "initContainers");
    }
}

static void
check_init_container (K8PodCheck *check, const K8Path *list, guint index, K8TextSet *names)
{
  const K8Container *container = k8_pod_spec_init_containers_at (check->spec, index);
  const char *name = k8_container_name (container);
  HostPorts host_ports = { 0 };
  K8Path at = k8_path_index (list, index);

  check_common (check, &at, container);
  if (k8_container_restart_policy (container) == NULL &&
      k8_container_restart_policy_rules_n (container) > 0)
    k8_field_errors_required (check->errors, K8_CHILD (&at, "restartPolicy"),
                              "must specify restartPolicy when restart rules are used");
  else
    k8_check_restart_rules (check, &at, container);
  if (k8_text_set_has (names, k8_string_or_empty (name)))
    k8_field_errors_duplicate (check->errors, K8_CHILD (&at, "name"), name);
  else if (name != NULL)
    k8_text_set_add (names, name);
  /* They run one by one, so each list of ports stands alone; upstream counts it as the first. */
  check_host_ports (check->errors, K8_INDEX (list, 0), container, &host_ports);
  clear_host_ports (&host_ports);
  if (k8_string_is (k8_container_restart_policy (container), "Always"))
    {
      k8_check_lifecycle (check, &at, container);
      k8_check_probes (check, &at, container);
    }
  else
    check_one_shot (check, &at, container);
}

static void
add_names (K8TextSet *names, const K8List *containers)
{
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      k8_text_set_add (names, k8_container_name (container));
    }
}

void
k8_check_init_containers (K8PodCheck *check, const K8Path *spec_path)
{
  K8Path path = k8_path_child (spec_path, "initContainers");
  K8TextSet names = { 0 };

  add_names (&names, k8_pod_spec_containers (check->spec));
  for (guint i = 0; i < k8_pod_spec_init_containers_n (check->spec); i++)
    check_init_container (check, &path, i, &names);
  k8_text_set_clear (&names);
}

/* An ephemeral container as a container: the same fields, but for the target. (transfer full) */
const K8Container *
k8_container_of_ephemeral (const K8EphemeralContainer *container)
{
  const K8MessageInfo *info = K8_INFO (container);
  K8Edit edit;

  k8_edit_init (&edit, k8_region_of (container), info, NULL);
  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      const K8Field *source =
          k8_message_find_field (K8_INFO (ephemeral_container), field->name, field->name_bytes);
      if (source == NULL || !k8_record_has (container, source))
        continue;
      if (field->type == K8_FIELD_STRING)
        k8_edit_set_text (&edit, field, k8_record_get_text (container, source), -1);
      else if (field->type == K8_FIELD_BOOL)
        k8_edit_set_int (&edit, field, k8_record_get_int (container, source));
      else if (field->type == K8_FIELD_OBJECT)
        k8_edit_set_object (&edit, field, k8_record_ref (k8_record_get_object (container, source)));
      else
        k8_edit_set_list (&edit, field, k8_list_ref (k8_record_get_list (container, source)));
    }
  return k8_edit_seal (&edit);
}

/* Fields that make a container part of the service, which an ephemeral one is not. */
static void
check_ephemeral_fields (K8FieldErrors *errors, const K8Path *path, const K8Container *container)
{
  static const K8Field *const fields[] = {
    K8_FIELD (container, ports),
    K8_FIELD (container, resources),
    K8_FIELD (container, resize_policy),
    K8_FIELD (container, restart_policy),
    K8_FIELD (container, restart_policy_rules),
    K8_FIELD (container, liveness_probe),
    K8_FIELD (container, readiness_probe),
    K8_FIELD (container, startup_probe),
    K8_FIELD (container, lifecycle),
  };
  static const char says[] = "cannot be set for an Ephemeral Container";
  K8Path mounts = k8_path_child (path, "volumeMounts");

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (k8_record_has (container, fields[i]))
      k8_field_errors_forbidden (errors, K8_CHILD (path, fields[i]->name), says);
  for (guint i = 0; i < k8_container_volume_mounts_n (container); i++)
    {
      const K8VolumeMount *mount = k8_container_volume_mounts_at (container, i);
      K8Path at = k8_path_index (&mounts, i);
      if (k8_volume_mount_has_sub_path (mount))
        k8_field_errors_forbidden (errors, K8_CHILD (&at, "subPath"), says);
      if (k8_volume_mount_has_sub_path_expr (mount))
        k8_field_errors_forbidden (errors, K8_CHILD (&at, "subPathExpr"), says);
    }
}

static gboolean
has_container (const K8List *containers, const char *name)
{
  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *container = k8_list_get_object (containers, i);
      if (k8_string_is (k8_container_name (container), name))
        return TRUE;
    }
  return FALSE;
}

void
k8_check_ephemeral_containers (K8PodCheck *check, const K8Path *spec_path)
{
  const K8PodSpec *spec = check->spec;
  K8Path path = k8_path_child (spec_path, "ephemeralContainers");
  K8TextSet names = { 0 };

  add_names (&names, k8_pod_spec_containers (spec));
  add_names (&names, k8_pod_spec_init_containers (spec));
  for (guint i = 0; i < k8_pod_spec_ephemeral_containers_n (spec); i++)
    {
      const K8EphemeralContainer *ephemeral = k8_pod_spec_ephemeral_containers_at (spec, i);
      const char *name = k8_ephemeral_container_name (ephemeral);
      const char *target = k8_ephemeral_container_target_container_name (ephemeral);
      const K8Container *container = k8_container_of_ephemeral (ephemeral);
      K8Path at = k8_path_index (&path, i);
      check_common (check, &at, container);
      k8_check_pod_image (check->errors, K8_CHILD (&at, "image"), k8_container_image (container));
      if (!k8_text_set_add (&names, name))
        k8_field_errors_duplicate (check->errors, K8_CHILD (&at, "name"), name);
      if (target != NULL && !has_container (k8_pod_spec_containers (spec), target) &&
          !has_container (k8_pod_spec_init_containers (spec), target))
        k8_field_errors_not_found (check->errors, K8_CHILD (&at, "targetContainerName"), target);
      check_ephemeral_fields (check->errors, &at, container);
      k8_record_unref (container);
    }
  k8_text_set_clear (&names);
}

/* Of a pod, not of a template: no blanks around the name. */
void
k8_check_pod_image (K8FieldErrors *errors, const K8Path *path, const char *image)
{
  if (k8_check_has_outer_space (image))
    k8_field_errors_invalid (errors, path, image, "must not have leading or trailing whitespace");
}

/* All containers in upstream's order: init, regular, ephemeral. */
void
k8_visit_containers (K8PodCheck *check, const K8Path *spec_path, K8ContainerVisitor visit)
{
  const K8PodSpec *spec = check->spec;
  K8Path init_containers = k8_path_child (spec_path, "initContainers");
  K8Path containers = k8_path_child (spec_path, "containers");
  K8Path ephemeral = k8_path_child (spec_path, "ephemeralContainers");

  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    visit (check, K8_INDEX (&init_containers, i), k8_pod_spec_init_containers_at (spec, i));
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    visit (check, K8_INDEX (&containers, i), k8_pod_spec_containers_at (spec, i));
  for (guint i = 0; i < k8_pod_spec_ephemeral_containers_n (spec); i++)
    {
      const K8Container *container =
          k8_container_of_ephemeral (k8_pod_spec_ephemeral_containers_at (spec, i));
      visit (check, K8_INDEX (&ephemeral, i), container);
      k8_record_unref (container);
    }
}
