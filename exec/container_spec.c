/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks first, each naming the field; then the JSON, in the engine's own member names.
 * Resources: requests.cpu gives CpuShares, limits.cpu a quota of a 100 ms period, memory equals
 * memory and swap together (no swap).
 * Source: kubernetes pkg/kubelet/cm/helpers_linux.go (MilliCPUToShares, MilliCPUToQuota);
 * Docker Engine API v1.41, ContainerCreate.
 */

#include "exec/container_spec.h"

#include "exec/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIN_SHARES 2
#define MAX_SHARES 262144
#define QUOTA_PERIOD_US 100000
#define MIN_QUOTA_US 1000
#define LOG_MAX_SIZE "10m"
#define LOG_MAX_FILE "3"

/* Docker's default set; nothing else may be added. */
static const char *const allowed_capabilities[] = {
  "ALL", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
  "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", NULL
};

gboolean
exec_docker_name_is_valid (const char *text)
{
  if (text == NULL || !g_ascii_isalnum (text[0]) || text[1] == '\0')
    return FALSE;
  for (const char *at = text + 1; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("_.-", *at) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
invalid (GError **error, const char *field, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
invalid (GError **error, const char *field, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID, "container: %s: %s", field, text);
  return FALSE;
}

/* A path of the host is ours if it exists, is no link on the way out, and no socket or device. */
static gboolean
check_bind (const char *source, const char *state_folder, GError **error)
{
  struct stat status;
  g_autofree char *folder = NULL;
  if (state_folder == NULL)
    return invalid (error, "mounts", "bind of %s, but no state folder is given", source);
  char *resolved = realpath (source, NULL);
  char *resolved_folder = realpath (state_folder, NULL);
  if (resolved_folder != NULL)
    folder = g_strconcat (resolved_folder, "/", NULL);
  gboolean inside = resolved != NULL && folder != NULL && g_str_has_prefix (resolved, folder)
                    && stat (resolved, &status) == 0
                    && (S_ISDIR (status.st_mode) || S_ISREG (status.st_mode));
  free (resolved);
  free (resolved_folder);
  if (!inside)
    return invalid (error, "mounts", "%s is no file or folder inside the state folder", source);
  return TRUE;
}

static gboolean
check_mounts (const ExecContainerSpec *spec, GError **error)
{
  for (guint i = 0; i < spec->n_mounts; i++)
    {
      const ExecMount *mount = &spec->mounts[i];
      if (mount->target == NULL || mount->target[0] != '/' || strstr (mount->target, "/..") != NULL
          || strcmp (mount->target, "/") == 0)
        return invalid (error, "mounts", "target %s, expected an absolute path below /",
                        mount->target != NULL ? mount->target : "(none)");
      if (mount->type == EXEC_MOUNT_VOLUME && !exec_docker_name_is_valid (mount->source))
        return invalid (error, "mounts", "%s is no name of a volume", mount->source);
      if (mount->type == EXEC_MOUNT_BIND
          && !check_bind (mount->source, spec->state_folder, error))
        return FALSE;
      if (mount->type == EXEC_MOUNT_NONE)
        return invalid (error, "mounts", "%s has no type", mount->target);
    }
  return TRUE;
}

/* Modes that join another container or a named network; never the host's. */
static gboolean
check_mode (const char *field, const char *mode, GError **error)
{
  if (mode == NULL)
    return TRUE;
  const char *name = g_str_has_prefix (mode, "container:") ? mode + strlen ("container:") : mode;
  if (strcmp (mode, "host") == 0 || !exec_docker_name_is_valid (name))
    return invalid (error, field, "%s is not allowed", mode);
  return TRUE;
}

static gboolean
check_capabilities (const ExecContainerSpec *spec, GError **error)
{
  const char *const *add = spec->capabilities_add;
  for (guint i = 0; add != NULL && add[i] != NULL; i++)
    if (strcmp (add[i], "ALL") == 0 || !g_strv_contains (allowed_capabilities, add[i]))
      return invalid (error, "securityContext.capabilities.add", "%s is not allowed", add[i]);
  return TRUE;
}

static gboolean
check (const ExecContainerSpec *spec, GError **error)
{
  if (spec->image == NULL || spec->image[0] == '\0')
    return invalid (error, "image", "missing");
  if (spec->memory_bytes < EXEC_MIN_MEMORY_BYTES)
    return invalid (error, "memory", "%" G_GINT64_FORMAT " bytes, the engine's minimum is %d",
                    spec->memory_bytes, EXEC_MIN_MEMORY_BYTES);
  if (spec->pids_limit <= 0)
    return invalid (error, "pids", "no limit of processes");
  if (spec->cpu_request_milli < 0 || spec->cpu_limit_milli < 0)
    return invalid (error, "cpu", "negative");
  if (spec->oom_score_adj < 0 || spec->oom_score_adj > 1000)
    return invalid (error, "oomScoreAdj", "%d is outside of 0 to 1000", spec->oom_score_adj);
  if (spec->network_mode == NULL)
    return invalid (error, "network", "missing");
  return check_mode ("network", spec->network_mode, error)
         && check_mode ("ipc", spec->ipc_mode, error)
         && check_mode ("pid", spec->pid_mode, error) && check_capabilities (spec, error)
         && check_mounts (spec, error);
}

static void
set_string (JsonObject *object, const char *member, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, member, value);
}

static void
set_strings (JsonObject *object, const char *member, const char *const *values)
{
  if (values == NULL)
    return;
  JsonArray *array = json_array_new ();
  for (guint i = 0; values[i] != NULL; i++)
    json_array_add_string_element (array, values[i]);
  json_object_set_array_member (object, member, array);
}

static void
set_labels (JsonObject *object, GHashTable *labels)
{
  JsonObject *map = json_object_new ();
  g_autoptr (GList) keys = labels != NULL ? g_hash_table_get_keys (labels) : NULL;
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList *at = keys; at != NULL; at = at->next)
    json_object_set_string_member (map, at->data, g_hash_table_lookup (labels, at->data));
  json_object_set_object_member (object, "Labels", map);
}

static void
set_mounts (JsonObject *host, const ExecContainerSpec *spec)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < spec->n_mounts; i++)
    {
      const ExecMount *mount = &spec->mounts[i];
      JsonObject *object = json_object_new ();
      gboolean is_volume = mount->type == EXEC_MOUNT_VOLUME;
      set_string (object, "Type", is_volume ? "volume" : "bind");
      set_string (object, "Source", mount->source);
      set_string (object, "Target", mount->target);
      json_object_set_boolean_member (object, "ReadOnly",
                                      mount->access == EXEC_ACCESS_READ_ONLY);
      if (is_volume)
        {
          JsonObject *options = json_object_new ();
          json_object_set_boolean_member (options, "NoCopy", TRUE);
          json_object_set_object_member (object, "VolumeOptions", options);
        }
      json_array_add_object_element (array, object);
    }
  json_object_set_array_member (host, "Mounts", array);
}

static void
set_ports (JsonObject *root, JsonObject *host, const ExecContainerSpec *spec)
{
  JsonObject *exposed = json_object_new ();
  JsonObject *bindings = json_object_new ();
  for (guint i = 0; i < spec->n_ports; i++)
    {
      const ExecPort *port = &spec->ports[i];
      g_autofree char *key = g_strdup_printf (
          "%u/%s", port->container_port, port->protocol == EXEC_PROTOCOL_UDP ? "udp" : "tcp");
      g_autofree char *host_port = g_strdup_printf ("%u", port->host_port);
      JsonObject *binding = json_object_new ();
      set_string (binding, "HostIp", "127.0.0.1");
      set_string (binding, "HostPort", host_port);
      JsonArray *array = json_array_new ();
      json_array_add_object_element (array, binding);
      json_object_set_object_member (exposed, key, json_object_new ());
      json_object_set_array_member (bindings, key, array);
    }
  json_object_set_object_member (root, "ExposedPorts", exposed);
  json_object_set_object_member (host, "PortBindings", bindings);
}

static void
set_resources (JsonObject *host, const ExecContainerSpec *spec)
{
  gint64 shares = spec->cpu_request_milli * 1024 / 1000;
  json_object_set_int_member (host, "Memory", spec->memory_bytes);
  json_object_set_int_member (host, "MemorySwap", spec->memory_bytes);
  json_object_set_int_member (host, "PidsLimit", spec->pids_limit);
  json_object_set_int_member (host, "CpuShares", CLAMP (shares, MIN_SHARES, MAX_SHARES));
  json_object_set_int_member (host, "OomScoreAdj", spec->oom_score_adj);
  if (spec->cpu_limit_milli > 0)
    {
      gint64 quota = spec->cpu_limit_milli * (QUOTA_PERIOD_US / 1000);
      json_object_set_int_member (host, "CpuPeriod", QUOTA_PERIOD_US);
      json_object_set_int_member (host, "CpuQuota", MAX (quota, MIN_QUOTA_US));
    }
}

static void
set_security (JsonObject *host, const ExecContainerSpec *spec)
{
  JsonArray *options = json_array_new ();
  if (!spec->allow_privilege_escalation)
    json_array_add_string_element (options, "no-new-privileges");
  json_object_set_array_member (host, "SecurityOpt", options);
  json_object_set_boolean_member (host, "Privileged", FALSE);
  json_object_set_boolean_member (host, "ReadonlyRootfs", spec->read_only_root);
  set_strings (host, "CapAdd", spec->capabilities_add);
  set_strings (host, "CapDrop", spec->capabilities_drop);
  set_strings (host, "GroupAdd", spec->groups);
}

static void
set_log_driver (JsonObject *host, ExecLogs logs)
{
  JsonObject *driver = json_object_new ();
  JsonObject *options = json_object_new ();
  set_string (driver, "Type", logs == EXEC_LOGS_NONE ? "none" : "json-file");
  if (logs == EXEC_LOGS_KEPT)
    {
      set_string (options, "max-size", LOG_MAX_SIZE);
      set_string (options, "max-file", LOG_MAX_FILE);
    }
  json_object_set_object_member (driver, "Config", options);
  json_object_set_object_member (host, "LogConfig", driver);
}

/* A network of ours is named here too, with the fixed address when there is one. */
static void
set_network (JsonObject *root, JsonObject *host, const ExecContainerSpec *spec)
{
  set_string (host, "NetworkMode", spec->network_mode);
  set_string (host, "IpcMode", spec->ipc_mode);
  set_string (host, "PidMode", spec->pid_mode);
  set_strings (host, "Dns", spec->dns_servers);
  set_strings (host, "DnsSearch", spec->dns_searches);
  set_strings (host, "DnsOptions", spec->dns_options);
  set_strings (host, "ExtraHosts", spec->extra_hosts);
  if (spec->network_ip == NULL)
    return;
  JsonObject *address = json_object_new ();
  JsonObject *endpoint = json_object_new ();
  JsonObject *endpoints = json_object_new ();
  JsonObject *networking = json_object_new ();
  set_string (address, "IPv4Address", spec->network_ip);
  json_object_set_object_member (endpoint, "IPAMConfig", address);
  json_object_set_object_member (endpoints, spec->network_mode, endpoint);
  json_object_set_object_member (networking, "EndpointsConfig", endpoints);
  json_object_set_object_member (root, "NetworkingConfig", networking);
}

static void
set_process (JsonObject *root, const ExecContainerSpec *spec)
{
  set_string (root, "Image", spec->image);
  set_string (root, "WorkingDir", spec->working_dir);
  set_string (root, "User", spec->user);
  set_string (root, "Hostname", spec->hostname);
  set_string (root, "StopSignal", spec->stop_signal);
  set_strings (root, "Entrypoint", spec->command);
  set_strings (root, "Cmd", spec->args);
  set_strings (root, "Env", spec->env);
  set_labels (root, spec->labels);
  json_object_set_boolean_member (root, "OpenStdin", spec->open_stdin);
  json_object_set_boolean_member (root, "Tty", spec->tty);
  /* An image's own health check would only flood the event ring: probes are ours. */
  JsonObject *health = json_object_new ();
  const char *const none[] = { "NONE", NULL };
  set_strings (health, "Test", none);
  json_object_set_object_member (root, "Healthcheck", health);
}

JsonNode *
exec_container_spec_compute_json (const ExecContainerSpec *spec, GError **error)
{
  if (!check (spec, error))
    return NULL;
  JsonObject *root = json_object_new ();
  JsonObject *host = json_object_new ();
  JsonObject *restart = json_object_new ();
  set_process (root, spec);
  set_network (root, host, spec);
  set_mounts (host, spec);
  set_ports (root, host, spec);
  set_resources (host, spec);
  set_security (host, spec);
  set_log_driver (host, spec->logs);
  set_string (restart, "Name", "no");
  json_object_set_object_member (host, "RestartPolicy", restart);
  json_object_set_object_member (root, "HostConfig", host);
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, root);
  return node;
}
