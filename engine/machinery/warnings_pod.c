/* SPDX-License-Identifier: Apache-2.0
 *
 * Warnings about pods, in upstream's order: labels of nodes that have newer names, annotations and
 * volumes without effect, lists that name a thing twice, fractions of bytes, variables that hide
 * others, ports that overlap.
 * Source: kubernetes pkg/api/pod/warnings.go, pkg/api/node/util.go (v1.36).
 * Departures: paths of projected volumes that overlap are not looked at.
 */
#include "machinery/warnings_pod.h"

#include "base/quantity.h"

typedef struct
{
  GPtrArray *warnings;
  const K8Path *spec_path;
  const K8PodSpec *spec;
} Check;

G_GNUC_PRINTF (3, 4)
static void
warn (GPtrArray *warnings, const K8Path *path, const char *format, ...)
{
  GString *text = g_string_new (NULL);
  va_list arguments;

  va_start (arguments, format);
  char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  k8_path_append (path, text);
  g_string_append (text, ": ");
  g_string_append (text, what);
  g_free (what);
  g_ptr_array_add (warnings, g_string_free (text, FALSE));
}

/* What has become of a label of nodes; NULL: nothing. */
static const char *
find_label_message (const char *label)
{
  static const char *const labels[][2] = {
    { "beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead" },
    { "beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead" },
    { "failure-domain.beta.kubernetes.io/region",
      "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead" },
    { "failure-domain.beta.kubernetes.io/zone",
      "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead" },
    { "beta.kubernetes.io/instance-type",
      "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead" },
  };

  for (guint i = 0; label != NULL && i < G_N_ELEMENTS (labels); i++)
    if (strcmp (labels[i][0], label) == 0)
      return labels[i][1];
  return NULL;
}

static void
check_term (Check *self, const K8Path *path, const K8NodeSelectorTerm *term)
{
  for (guint i = 0; i < k8_node_selector_term_match_expressions_n (term); i++)
    {
      const char *key = k8_node_selector_requirement_key (
          k8_node_selector_term_match_expressions_at (term, i));
      const char *message = find_label_message (key);
      if (message != NULL)
        warn (self->warnings,
              K8_CHILD (K8_INDEX (K8_CHILD (path, "matchExpressions"), i), "key"), "%s is %s", key,
              message);
    }
}

static void
check_node_affinity (Check *self)
{
  const K8NodeAffinity *affinity
      = k8_affinity_node_affinity (k8_pod_spec_affinity (self->spec));
  const K8NodeSelector *required
      = k8_node_affinity_required_during_scheduling_ignored_during_execution (affinity);
  K8Path outer = k8_path_child (self->spec_path, "affinity");
  K8Path path = k8_path_child (&outer, "nodeAffinity");

  for (guint i = 0; i < k8_node_selector_node_selector_terms_n (required); i++)
    check_term (self,
                K8_INDEX (K8_CHILD (K8_CHILD (&path,
                                              "requiredDuringSchedulingIgnoredDuringExecution"),
                                    "nodeSelectorTerms"),
                          i),
                k8_node_selector_node_selector_terms_at (required, i));
  for (guint i = 0;
       i < k8_node_affinity_preferred_during_scheduling_ignored_during_execution_n (affinity); i++)
    check_term (self,
                K8_CHILD (K8_INDEX (K8_CHILD (&path,
                                              "preferredDuringSchedulingIgnoredDuringExecution"),
                                    i),
                          "preference"),
                k8_preferred_scheduling_term_preference (
                    k8_node_affinity_preferred_during_scheduling_ignored_during_execution_at (
                        affinity, i)));
}

static void
check_placement (Check *self)
{
  K8Path selector = k8_path_child (self->spec_path, "nodeSelector");
  K8Path spread = k8_path_child (self->spec_path, "topologySpreadConstraints");

  for (guint i = 0; i < k8_pod_spec_node_selector_n (self->spec); i++)
    {
      const char *key = k8_pod_spec_node_selector_key (self->spec, i);
      if (find_label_message (key) != NULL)
        warn (self->warnings, K8_KEY (&selector, key), "%s", find_label_message (key));
    }
  check_node_affinity (self);
  for (guint i = 0; i < k8_pod_spec_topology_spread_constraints_n (self->spec); i++)
    {
      const K8TopologySpreadConstraint *constraint
          = k8_pod_spec_topology_spread_constraints_at (self->spec, i);
      const char *key = k8_topology_spread_constraint_topology_key (constraint);
      if (find_label_message (key) != NULL)
        warn (self->warnings, K8_CHILD (K8_INDEX (&spread, i), "topologyKey"), "%s is %s", key,
              find_label_message (key));
      if (!k8_topology_spread_constraint_has_label_selector (constraint))
        warn (self->warnings, K8_CHILD (K8_INDEX (&spread, i), "labelSelector"),
              "a null labelSelector results in matching no pod");
    }
}

/* Annotations that fields have replaced. */
static void
check_annotations (const K8Path *path, const K8ObjectMeta *meta, GPtrArray *warnings)
{
  static const char *const rows[][2] = {
    { "scheduler.alpha.kubernetes.io/critical-pod",
      "non-functional in v1.16+; use the \"priorityClassName\" field instead" },
    { "seccomp.security.alpha.kubernetes.io/pod",
      "non-functional in v1.27+; use the \"seccompProfile\" field instead" },
    { "security.alpha.kubernetes.io/sysctls",
      "non-functional in v1.11+; use the \"sysctls\" field instead" },
    { "security.alpha.kubernetes.io/unsafe-sysctls",
      "non-functional in v1.11+; use the \"sysctls\" field instead" },
  };
  K8Path metadata = k8_path_child (path, "metadata");
  K8Path annotations = k8_path_child (&metadata, "annotations");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (k8_object_meta_annotations_get (meta, rows[i][0]) != NULL)
      warn (warnings, K8_KEY (&annotations, rows[i][0]), "%s", rows[i][1]);
}

/* A quantity of bytes that has a fraction. */
static void
check_bytes (GPtrArray *warnings, const K8Path *path, const char *key, const char *text)
{
  K8Quantity quantity;

  if (text != NULL && k8_quantity_parse (text, &quantity) == K8_QUANTITY_OK
      && k8_quantity_milli_value (&quantity) % 1000 != 0)
    warn (warnings, K8_KEY (path, key),
          "fractional byte value \"%s\" is invalid, must be an integer", text);
}

static void
check_volumes (Check *self)
{
#define ROW(field, name, text) { K8_FIELD (volume, field), name, text }
  static const struct
  {
    const K8Field *field;
    const char *name;
    const char *text;
  } rows[] = {
    ROW (photon_persistent_disk, "photonPersistentDisk",
         "deprecated in v1.11, non-functional in v1.16+"),
    ROW (git_repo, "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ROW (scale_io, "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ROW (flocker, "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ROW (storageos, "storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ROW (quobyte, "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ROW (glusterfs, "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ROW (cephfs, "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ROW (rbd, "rbd", "deprecated in v1.28, non-functional in v1.31+"),
  };
#undef ROW
  K8Path volumes = k8_path_child (self->spec_path, "volumes");

  for (guint i = 0; i < k8_pod_spec_volumes_n (self->spec); i++)
    {
      const K8Volume *volume = k8_pod_spec_volumes_at (self->spec, i);
      K8Path path = k8_path_index (&volumes, i);
      for (guint row = 0; row < G_N_ELEMENTS (rows); row++)
        if (k8_record_has (volume, rows[row].field))
          warn (self->warnings, K8_CHILD (&path, rows[row].name), "%s", rows[row].text);
      const K8VolumeResourceRequirements *claimed = k8_persistent_volume_claim_spec_resources (
          k8_persistent_volume_claim_template_spec (
              k8_ephemeral_volume_source_volume_claim_template (k8_volume_ephemeral (volume))));
      K8Path template = k8_path_child (K8_CHILD (&path, "ephemeral"), "volumeClaimTemplate");
      K8Path resources = k8_path_child (K8_CHILD (&template, "spec"), "resources");
      check_bytes (self->warnings, K8_CHILD (&resources, "requests"), "storage",
                   k8_volume_resource_requirements_requests_get (claimed, "storage"));
      check_bytes (self->warnings, K8_CHILD (&resources, "limits"), "storage",
                   k8_volume_resource_requirements_limits_get (claimed, "storage"));
    }
}

static gboolean
is_said_before (Check *self, guint index, const char *(*get) (const K8PodSpec *spec, guint index))
{
  for (guint i = 0; i < index; i++)
    if (strcmp (get (self->spec, i), get (self->spec, index)) == 0)
      return TRUE;
  return FALSE;
}

static const char *
get_alias_ip (const K8PodSpec *spec, guint index)
{
  return k8_string_or_empty (k8_host_alias_ip (k8_pod_spec_host_aliases_at (spec, index)));
}

static const char *
get_pull_secret (const K8PodSpec *spec, guint index)
{
  return k8_string_or_empty (
      k8_local_object_reference_name (k8_pod_spec_image_pull_secrets_at (spec, index)));
}

static void
check_lists (Check *self)
{
  K8Path aliases = k8_path_child (self->spec_path, "hostAliases");
  K8Path secrets = k8_path_child (self->spec_path, "imagePullSecrets");
  guint n_secrets = k8_pod_spec_image_pull_secrets_n (self->spec);

  for (guint i = 0; i < k8_pod_spec_host_aliases_n (self->spec); i++)
    if (is_said_before (self, i, get_alias_ip))
      warn (self->warnings, K8_CHILD (K8_INDEX (&aliases, i), "ip"), "duplicate ip \"%s\"",
            get_alias_ip (self->spec, i));
  for (guint i = 0; i < n_secrets; i++)
    if (is_said_before (self, i, get_pull_secret))
      warn (self->warnings, K8_CHILD (K8_INDEX (&secrets, i), "name"), "duplicate name \"%s\"",
            get_pull_secret (self->spec, i));
  for (guint i = 0; i < n_secrets; i++)
    if (*get_pull_secret (self->spec, i) == '\0')
      warn (self->warnings, K8_CHILD (K8_INDEX (&secrets, i), "name"),
            "invalid empty name \"\"");
}

static void
check_overhead (Check *self)
{
  K8Path overhead = k8_path_child (self->spec_path, "overhead");

  check_bytes (self->warnings, &overhead, "memory",
               k8_pod_spec_overhead_get (self->spec, "memory"));
  check_bytes (self->warnings, &overhead, "ephemeral-storage",
               k8_pod_spec_overhead_get (self->spec, "ephemeral-storage"));
  if (k8_pod_spec_termination_grace_period_seconds (self->spec) < 0)
    warn (self->warnings, K8_CHILD (self->spec_path, "terminationGracePeriodSeconds"),
          "must be >= 0; negative values are invalid and will be treated as 1");
}

static void
check_resources (GPtrArray *warnings, const K8Path *path, const K8Container *container)
{
  static const char *const keys[] = { "memory", "ephemeral-storage" };
  const K8ResourceRequirements *resources = k8_container_resources (container);
  K8Path outer = k8_path_child (path, "resources");
  K8Path limits = k8_path_child (&outer, "limits");
  K8Path requests = k8_path_child (&outer, "requests");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      check_bytes (warnings, &limits, keys[i],
                   k8_resource_requirements_limits_get (resources, keys[i]));
      check_bytes (warnings, &requests, keys[i],
                   k8_resource_requirements_requests_get (resources, keys[i]));
    }
}

/* A variable that is there twice, unless the later one builds on the earlier. */
static void
check_env (GPtrArray *warnings, const K8Path *path, const K8Container *container)
{
  K8Path env = k8_path_child (path, "env");

  for (guint i = 0; i < k8_container_env_n (container); i++)
    {
      const K8EnvVar *variable = k8_container_env_at (container, i);
      const char *name = k8_string_or_empty (k8_env_var_name (variable));
      char *reference = g_strdup_printf ("$(%s)", name);
      gboolean is_hiding
          = k8_env_var_has_value_from (variable)
            || strstr (k8_string_or_empty (k8_env_var_value (variable)), reference) == NULL;
      gboolean is_repeated = FALSE;
      for (guint j = 0; j < i; j++)
        is_repeated |= k8_string_is (k8_env_var_name (k8_container_env_at (container, j)), name);
      if (is_repeated && is_hiding)
        warn (warnings, K8_INDEX (&env, i),
              "hides previous definition of \"%s\", which may be dropped when using apply", name);
      g_free (reference);
    }
}

/* A port of a container with its place. */
typedef struct
{
  const K8ContainerPort *port;
  char *path;
} PlacedPort;

static void
compare_ports (GPtrArray *warnings, const K8Path *path, const K8ContainerPort *port,
               const PlacedPort *other)
{
  const char *ip = k8_string_or_empty (k8_container_port_host_ip (port));
  const char *other_ip = k8_string_or_empty (k8_container_port_host_ip (other->port));
  gint32 host = k8_container_port_host_port (port);
  gint32 other_host = k8_container_port_host_port (other->port);

  if (k8_container_port_container_port (port) != k8_container_port_container_port (other->port)
      || !k8_string_equal (k8_container_port_protocol (port),
                           k8_container_port_protocol (other->port)))
    return;
  if (host == other_host && strcmp (ip, other_ip) == 0)
    warn (warnings, path, "duplicate port definition with %s", other->path);
  else if (host == 0 || other_host == 0)
    warn (warnings, path, "overlapping port definition with %s", other->path);
  else if (host == other_host && (*ip == '\0') != (*other_ip == '\0'))
    warn (warnings, path, "dangerously ambiguous port definition with %s", other->path);
}

static void
check_ports (GPtrArray *warnings, const K8Path *path, const K8Container *container, GArray *seen)
{
  K8Path ports = k8_path_child (path, "ports");

  for (guint i = 0; i < k8_container_ports_n (container); i++)
    {
      const K8ContainerPort *port = k8_container_ports_at (container, i);
      K8Path place = k8_path_index (&ports, i);
      const char *ip = k8_string_or_empty (k8_container_port_host_ip (port));
      if (*ip != '\0' && k8_container_port_host_port (port) == 0)
        warn (warnings, &place,
              "hostIP set without hostPort: {Name:%s HostPort:0 ContainerPort:%d Protocol:%s "
              "HostIP:%s}",
              k8_string_or_empty (k8_container_port_name (port)),
              k8_container_port_container_port (port),
              k8_string_or_empty (k8_container_port_protocol (port)), ip);
      for (guint j = 0; j < seen->len; j++)
        compare_ports (warnings, &place, port, &g_array_index (seen, PlacedPort, j));
      PlacedPort placed = { port, k8_path_to_text (&place) };
      g_array_append_val (seen, placed);
    }
}

/* Init containers first, as upstream visits them. */
typedef void (*ContainerFunc) (Check *self, const K8Path *path, const K8Container *container,
                               GArray *seen);

static void
each_container (Check *self, ContainerFunc func, GArray *seen)
{
  K8Path init = k8_path_child (self->spec_path, "initContainers");
  K8Path containers = k8_path_child (self->spec_path, "containers");

  for (guint i = 0; i < k8_pod_spec_init_containers_n (self->spec); i++)
    func (self, K8_INDEX (&init, i), k8_pod_spec_init_containers_at (self->spec, i), seen);
  for (guint i = 0; i < k8_pod_spec_containers_n (self->spec); i++)
    func (self, K8_INDEX (&containers, i), k8_pod_spec_containers_at (self->spec, i), seen);
}

static void
check_container (Check *self, const K8Path *path, const K8Container *container, GArray *seen)
{
  check_resources (self->warnings, path, container);
  check_env (self->warnings, path, container);
}

static void
check_container_ports (Check *self, const K8Path *path, const K8Container *container,
                       GArray *seen)
{
  check_ports (self->warnings, path, container, seen);
}

void
k8_warnings_pod_spec (const K8Path *path, const K8ObjectMeta *meta, const K8PodSpec *spec,
                      GPtrArray *warnings)
{
  K8Path spec_path = k8_path_child (path, "spec");
  Check check = { .warnings = warnings, .spec_path = &spec_path, .spec = spec };
  GArray *ports = g_array_new (FALSE, FALSE, sizeof (PlacedPort));

  check_placement (&check);
  check_annotations (path, meta, warnings);
  check_volumes (&check);
  check_lists (&check);
  check_overhead (&check);
  each_container (&check, check_container, NULL);
  each_container (&check, check_container_ports, ports);
  for (guint i = 0; i < ports->len; i++)
    g_free (g_array_index (ports, PlacedPort, i).path);
  g_array_free (ports, TRUE);
}
