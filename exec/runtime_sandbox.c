/* SPDX-License-Identifier: Apache-2.0
 *
 * Sandboxes: made with the volumes of the pod's specification, connected to their agents, stopped
 * and removed. States of one:
 *
 *   being made ──agent answers──> running, connected <──agent lost──> running, not connected
 *       │ failed                      │ stop, remove, died
 *       v                             v
 *   answered, gone                stopping ──remove──> gone
 *
 * A pod whose last sandbox is removed loses all that carries its uid: volumes above all. A pod
 * whose sandbox is only replaced keeps them.
 * Departures: no host network, host paths, persistent volumes, subPath, fsGroup; DNS is Docker's.
 */

#include "base/quantity.h"
#include "base/string.h"
#include "exec/docker_container.h"
#include "exec/error.h"
#include "exec/pod_container.h"
#include "exec/runtime_private.h"
#include "machinery/pod.h"

#include <string.h>

#define MIB (G_GINT64_CONSTANT (1024) * 1024)

/* Secrets and tokens are kept in memory; two sets of files while one replaces the other. */
#define SECRET_VOLUME_BYTES (18 * MIB)

#define MAX_HOSTNAME_BYTES 63
#define REATTACH_MS 1000
#define REMOVE_TRIES 40
#define REMOVE_AGAIN_MS 250

ExecRuntimeSandbox *
exec_runtime_find_sandbox (ExecRuntime *self, const char *id)
{
  for (guint i = 0; id != NULL && i < self->sandboxes->len; i++)
    {
      ExecRuntimeSandbox *sandbox = g_ptr_array_index (self->sandboxes, i);
      if (g_strcmp0 (sandbox->id, id) == 0)
        return sandbox;
    }
  return NULL;
}

/* The pod's sandbox that is not on its way out. */
ExecRuntimeSandbox *
exec_runtime_find_pod (ExecRuntime *self, const char *uid)
{
  for (guint i = 0; uid != NULL && i < self->sandboxes->len; i++)
    {
      ExecRuntimeSandbox *sandbox = g_ptr_array_index (self->sandboxes, i);
      if (!sandbox->is_stopping && strcmp (sandbox->uid, uid) == 0)
        return sandbox;
    }
  return NULL;
}

/* ---- Specification ---- */

static const char *
keep (ExecRuntimeSandbox *sandbox, char *text)
{
  g_ptr_array_add (sandbox->texts, text);
  return text;
}

static gint64
read_size (const char *quantity, gint64 fallback)
{
  K8Quantity size;
  if (quantity == NULL || k8_quantity_parse (quantity, &size) != K8_QUANTITY_OK
      || k8_quantity_sign (&size) <= 0)
    return fallback;
  return k8_quantity_value (&size);
}

static gboolean
add_volume (ExecRuntimeSandbox *sandbox, const K8Volume *volume, GError **error)
{
  ExecPodVolume *own = &sandbox->volumes[sandbox->spec.n_volumes];
  const char *name = k8_string_or_empty (k8_volume_name (volume));
  *own = (ExecPodVolume){ .name = keep (sandbox, g_strdup (name)), .mode = 0755 };
  if (k8_volume_has_empty_dir (volume))
    {
      const K8EmptyDirVolumeSource *source = k8_volume_empty_dir (volume);
      own->mode = 0777;
      if (k8_string_is (k8_empty_dir_volume_source_medium (source), "Memory"))
        own->memory_bytes
            = read_size (k8_empty_dir_volume_source_size_limit (source),
                         sandbox->runtime->options.boot->memory_bytes / 2);
    }
  else if (k8_volume_has_secret (volume) || k8_volume_has_projected (volume))
    own->memory_bytes = SECRET_VOLUME_BYTES;
  else if (!k8_volume_has_config_map (volume) && !k8_volume_has_downward_api (volume))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID,
                   "volume %s: expected emptyDir, configMap, secret, projected or downwardAPI",
                   name);
      return FALSE;
    }
  sandbox->spec.n_volumes++;
  return TRUE;
}

static gboolean
read_volumes (ExecRuntimeSandbox *sandbox, const K8PodSpec *spec, GError **error)
{
  if (k8_pod_spec_volumes_n (spec) > EXEC_MAX_VOLUMES)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID, "volumes: expected at most %d",
                   EXEC_MAX_VOLUMES);
      return FALSE;
    }
  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    if (!add_volume (sandbox, k8_pod_spec_volumes_at (spec, i), error))
      return FALSE;
  sandbox->spec.volumes = sandbox->volumes;
  return TRUE;
}

/* hostPort is published on the loopback address. */
static void
read_ports (ExecRuntimeSandbox *sandbox, const K8PodSpec *spec)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, TRUE, sizeof (ExecPort));
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        {
          const K8ContainerPort *port = k8_container_ports_at (container, j);
          gboolean is_udp = k8_string_is (k8_container_port_protocol (port), "UDP");
          ExecPort own = { .container_port = (guint16) k8_container_port_container_port (port),
                           .host_port = (guint16) k8_container_port_host_port (port),
                           .protocol = is_udp ? EXEC_PROTOCOL_UDP : EXEC_PROTOCOL_TCP };
          if (own.host_port != 0)
            g_array_append_val (ports, own);
        }
    }
  sandbox->spec.n_ports = ports->len;
  sandbox->ports = (ExecPort *) (void *) g_array_free (g_steal_pointer (&ports), FALSE);
  sandbox->spec.ports = sandbox->ports;
}

/* "name:address" for each name of hostAliases. */
static void
read_aliases (ExecRuntimeSandbox *sandbox, const K8PodSpec *spec)
{
  g_autoptr (GPtrArray) hosts = g_ptr_array_new ();
  for (guint i = 0; i < k8_pod_spec_host_aliases_n (spec); i++)
    {
      const K8HostAlias *alias = k8_pod_spec_host_aliases_at (spec, i);
      const K8List *names = k8_host_alias_hostnames (alias);
      for (guint j = 0; j < k8_list_n (names); j++)
        g_ptr_array_add (hosts, (char *) keep (sandbox,
                                               g_strconcat (k8_list_get_text (names, j), ":",
                                                            k8_host_alias_ip (alias), NULL)));
    }
  g_ptr_array_add (hosts, NULL);
  sandbox->hosts = (char **) g_ptr_array_free (g_steal_pointer (&hosts), FALSE);
  sandbox->spec.extra_hosts = (const char *const *) sandbox->hosts;
}

static gboolean
read_spec (ExecRuntimeSandbox *sandbox, const K8Pod *pod, GError **error)
{
  const ExecBoot *boot = sandbox->runtime->options.boot;
  const K8PodSpec *spec = k8_pod_spec (pod);
  const char *hostname = k8_pod_spec_hostname (spec);
  if (k8_pod_spec_host_network (spec) || k8_pod_spec_host_pid (spec)
      || k8_pod_spec_host_ipc (spec))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID,
                   "hostNetwork, hostPID and hostIPC: not allowed here");
      return FALSE;
    }
  if (hostname == NULL || hostname[0] == '\0')
    hostname = sandbox->name;
  sandbox->spec = (ExecPodSandboxSpec){
    .pod = sandbox->ref,
    .attempt = sandbox->attempt,
    .image = boot->pause_image,
    .hostname = keep (sandbox, g_strndup (hostname, MAX_HOSTNAME_BYTES)),
    .network = boot->network,
  };
  read_ports (sandbox, spec);
  read_aliases (sandbox, spec);
  return read_volumes (sandbox, spec, error);
}

/* ---- Agent ---- */

/* Writes what waited for the agent, or says why it cannot be. */
static void
serve_waiting (ExecRuntimeSandbox *sandbox)
{
  GQueue waiting = sandbox->waiting;
  g_queue_init (&sandbox->waiting);
  for (ExecRuntimeCall *call = g_queue_pop_head (&waiting); call != NULL;
       call = g_queue_pop_head (&waiting))
    exec_sandbox_op_write (call);
}

static void
drop_waiting (ExecRuntimeSandbox *sandbox, const char *why)
{
  for (ExecRuntimeCall *call = g_queue_pop_head (&sandbox->waiting); call != NULL;
       call = g_queue_pop_head (&sandbox->waiting))
    if (exec_runtime_is_wanted (call))
      exec_runtime_refuse (call, "FailedMount", why);
}

static gboolean
on_retry (gpointer user_data)
{
  ExecRuntimeSandbox *sandbox = user_data;
  sandbox->retry_id = 0;
  if (!sandbox->is_connected && !sandbox->is_stopping)
    exec_pod_sandbox_reattach (sandbox->agent);
  return G_SOURCE_REMOVE;
}

static void
retry_later (ExecRuntimeSandbox *sandbox)
{
  if (sandbox->retry_id == 0 && !sandbox->is_stopping && !sandbox->runtime->is_lost)
    sandbox->retry_id = g_timeout_add (REATTACH_MS, on_retry, sandbox);
}

static void
on_agent_lost (const GError *error, gpointer user_data)
{
  ExecRuntimeSandbox *sandbox = user_data;
  sandbox->is_connected = FALSE;
  retry_later (sandbox);
}

static void
on_probe_changed (const ExecAgentProbeResult *result, gpointer user_data)
{
  exec_probe_take (user_data, result);
}

static void
on_removed_quietly (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  /* What could not be removed carries our labels: the next sweep finds it. */
}

/* A sandbox that could not be made leaves nothing; of a first attempt not even volumes. */
static void
fail_run (ExecRuntimeSandbox *sandbox, const GError *error)
{
  ExecRuntime *self = sandbox->runtime;
  ExecDocker *docker = self->options.docker;
  const char *id = exec_pod_sandbox_id (sandbox->agent);
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  event->op = K8_RUNTIME_RUN_SANDBOX;
  event->is_failed = TRUE;
  event->error = k8_string_intern (self->options.region, "CreatePodSandboxError");
  event->message = exec_runtime_text (self, error->message);
  exec_runtime_post (self, sandbox->run_tag, event);
  if (sandbox->attempt == 0)
    exec_pod_remove (docker, &sandbox->ref, 0, on_removed_quietly, NULL);
  else if (id != NULL)
    exec_docker_container_remove (docker, id, on_removed_quietly, NULL);
  g_ptr_array_remove (self->sandboxes, sandbox);
}

static void
finish_run (ExecRuntimeSandbox *sandbox)
{
  ExecRuntime *self = sandbox->runtime;
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  sandbox->id = g_strdup (exec_pod_sandbox_id (sandbox->agent));
  sandbox->is_running = TRUE;
  event->op = K8_RUNTIME_RUN_SANDBOX;
  event->item = (K8RuntimeItem){
    .id = exec_runtime_text (self, sandbox->id),
    .sandbox_id = exec_runtime_text (self, sandbox->id),
    .pod_uid = exec_runtime_text (self, sandbox->uid),
    .pod_namespace = exec_runtime_text (self, sandbox->namespace_name),
    .pod_name = exec_runtime_text (self, sandbox->name),
    .ip = exec_runtime_text (self, exec_pod_sandbox_ip (sandbox->agent)),
    .attempt = sandbox->attempt,
    .created_ns = self->options.clock->now_ns,
    .started_ns = self->options.clock->now_ns,
    .phase = K8_CONTAINER_RUNNING,
  };
  exec_runtime_post (self, sandbox->run_tag, event);
}

/* The agent answers, for the first time or again; or it does not. */
static void
on_started (ExecPodSandbox *agent, const GError *error, gpointer user_data)
{
  ExecRuntimeSandbox *sandbox = user_data;
  if (error != NULL && !sandbox->is_running)
    {
      fail_run (sandbox, error);
      return;
    }
  if (error != NULL)
    {
      drop_waiting (sandbox, error->message);
      retry_later (sandbox);
      return;
    }
  sandbox->is_connected = TRUE;
  if (!sandbox->is_running)
    finish_run (sandbox);
  exec_probe_connected (sandbox);
  serve_waiting (sandbox);
}

static const ExecPodSandboxEvents agent_events
    = { .started = on_started, .probe_changed = on_probe_changed, .agent_lost = on_agent_lost };

/* ---- Life ---- */

static ExecRuntimeSandbox *
sandbox_new (ExecRuntime *self, const char *uid, const char *namespace_name, const char *name)
{
  ExecRuntimeSandbox *sandbox = g_new0 (ExecRuntimeSandbox, 1);
  sandbox->runtime = self;
  sandbox->uid = g_strdup (k8_string_or_empty (uid));
  sandbox->name = g_strdup (k8_string_or_empty (name));
  sandbox->namespace_name = g_strdup (k8_string_or_empty (namespace_name));
  sandbox->ref = (ExecPodRef){ .instance = self->options.boot->instance, .name = sandbox->name,
                               .namespace_name = sandbox->namespace_name, .uid = sandbox->uid };
  sandbox->texts = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&sandbox->waiting);
  g_ptr_array_add (self->sandboxes, sandbox);
  return sandbox;
}

void
exec_sandbox_free (gpointer user_data)
{
  ExecRuntimeSandbox *sandbox = user_data;
  g_clear_handle_id (&sandbox->retry_id, g_source_remove);
  drop_waiting (sandbox, "the sandbox is gone");
  exec_pod_sandbox_free (sandbox->agent);
  g_ptr_array_unref (sandbox->texts);
  g_free (sandbox->ports);
  g_free (sandbox->hosts);
  g_free (sandbox->uid);
  g_free (sandbox->name);
  g_free (sandbox->namespace_name);
  g_free (sandbox->id);
  g_free (sandbox);
}

void
exec_sandbox_op_run (ExecRuntimeCall *call)
{
  ExecRuntime *self = call->runtime;
  const K8ObjectMeta *meta = k8_pod_metadata (call->op->pod);
  g_autoptr (GError) error = NULL;
  ExecRuntimeSandbox *sandbox
      = sandbox_new (self, call->op->pod_uid, k8_object_meta_namespace (meta),
                     k8_object_meta_name (meta));
  sandbox->attempt = call->op->attempt;
  sandbox->run_tag = call->tag;
  if (!read_spec (sandbox, call->op->pod, &error))
    {
      exec_runtime_refuse (call, "CreatePodSandboxError", error->message);
      g_ptr_array_remove (self->sandboxes, sandbox);
      return;
    }
  sandbox->agent = exec_pod_sandbox_new (self->options.docker, &sandbox->spec, &agent_events,
                                         sandbox);
  exec_runtime_forget (call);
}

/* A sandbox of before: its agent is asked to come back. */
void
exec_sandbox_adopt (ExecRuntime *self, const K8RuntimeItem *item)
{
  if (item->phase != K8_CONTAINER_RUNNING || exec_runtime_find_sandbox (self, item->id) != NULL)
    return;
  ExecRuntimeSandbox *sandbox
      = sandbox_new (self, item->pod_uid, item->pod_namespace, item->pod_name);
  sandbox->id = g_strdup (item->id);
  sandbox->attempt = item->attempt;
  sandbox->is_running = TRUE;
  sandbox->agent = exec_pod_sandbox_new_adopted (self->options.docker, item->id, &agent_events,
                                                 sandbox);
}

void
exec_sandbox_reattach_all (ExecRuntime *self)
{
  for (guint i = 0; i < self->sandboxes->len; i++)
    {
      ExecRuntimeSandbox *sandbox = g_ptr_array_index (self->sandboxes, i);
      if (sandbox->is_running && !sandbox->is_connected)
        retry_later (sandbox);
    }
}

static void
on_stopped (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  gboolean is_over = error == NULL || g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CONFLICT)
                     || g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND);
  if (is_over)
    exec_runtime_answer (call, NULL);
  else
    exec_runtime_refuse (call, "StopPodSandboxError", error->message);
}

/* Its process is our agent, which has nothing to say farewell to. */
void
exec_sandbox_op_stop (ExecRuntimeCall *call)
{
  ExecRuntimeSandbox *sandbox
      = exec_runtime_find_sandbox (call->runtime, call->op->sandbox_id);
  if (sandbox != NULL)
    sandbox->is_stopping = TRUE;
  exec_docker_container_kill (call->runtime->options.docker,
                              k8_string_or_empty (call->op->sandbox_id), "KILL", on_stopped,
                              call);
}

static void remove_pod (ExecRuntimeCall *call);

static gboolean
on_remove_again (gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (exec_runtime_is_wanted (call))
    remove_pod (call);
  return G_SOURCE_REMOVE;
}

/* What the kubelet has removed at the same time may still be on its way out, and holds volumes. */
static void
on_pod_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error == NULL)
    exec_runtime_answer (call, NULL);
  else if (++call->n_waiting < REMOVE_TRIES)
    g_timeout_add (REMOVE_AGAIN_MS, on_remove_again, call);
  else
    {
      call->runtime->options.noted (error->message, call->runtime->options.user_data);
      exec_runtime_refuse (call, "RemovePodSandboxError", error->message);
    }
}

static void
remove_pod (ExecRuntimeCall *call)
{
  ExecRuntime *self = call->runtime;
  ExecPodRef ref = { .instance = self->options.boot->instance,
                     .uid = k8_string_or_empty (call->op->pod_uid) };
  exec_pod_remove (self->options.docker, &ref, 0, on_pod_removed, call);
}

static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (exec_runtime_find_pod (call->runtime, call->op->pod_uid) == NULL)
    remove_pod (call);
  else if (error != NULL)
    exec_runtime_refuse (call, "RemovePodSandboxError", error->message);
  else
    exec_runtime_answer (call, NULL);
}

void
exec_sandbox_op_remove (ExecRuntimeCall *call)
{
  ExecRuntime *self = call->runtime;
  ExecRuntimeSandbox *sandbox = exec_runtime_find_sandbox (self, call->op->sandbox_id);
  if (sandbox != NULL)
    g_ptr_array_remove (self->sandboxes, sandbox);
  exec_docker_container_remove (self->options.docker, k8_string_or_empty (call->op->sandbox_id),
                                on_removed, call);
}

/* ---- Volumes ---- */

static void
on_written (const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL)
    exec_runtime_refuse (call, "FailedMount", error->message);
  else
    exec_runtime_answer (call, NULL);
}

static void
file_clear (gpointer user_data)
{
  g_bytes_unref (((ExecAgentFile *) user_data)->content);
}

/* Borrows paths and contents from the operation, which outlives the writing. */
static GArray *
make_files (const K8RuntimeOp *op)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (ExecAgentFile));
  g_array_set_clear_func (files, file_clear);
  for (guint32 i = 0; i < k8_array_n (&op->files); i++)
    {
      const K8VolumeFile *file = k8_array_at (&op->files, i);
      gsize length = file->content != NULL ? k8_string_length (file->content) : 0;
      ExecAgentFile own = { .path = file->path, .mode = (guint) file->mode,
                            .content = g_bytes_new (file->content, length) };
      g_array_append_val (files, own);
    }
  return files;
}

void
exec_sandbox_op_write (ExecRuntimeCall *call)
{
  ExecRuntimeSandbox *sandbox
      = exec_runtime_find_sandbox (call->runtime, call->op->sandbox_id);
  if (sandbox == NULL || sandbox->is_stopping)
    {
      exec_runtime_refuse (call, "FailedMount", "the pod has no sandbox");
      return;
    }
  g_autoptr (GArray) files = make_files (call->op);
  if (!sandbox->is_connected
      || !exec_pod_sandbox_write_volume (sandbox->agent, call->op->volume_name, files,
                                         on_written, call))
    g_queue_push_tail (&sandbox->waiting, call);
}
