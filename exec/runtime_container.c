/* SPDX-License-Identifier: Apache-2.0
 *
 * Containers: created from the kubelet's resolved specification, started, stopped, removed; and
 * their ends, each told once, never before the start's own answer.
 * Source: kubernetes pkg/kubelet/kuberuntime/kuberuntime_container_linux.go, qos/policy.go (OOM
 * score), pkg/kubelet/container/runtime.go (v1.36). Departures: privileged containers, devices,
 * seccomp and SELinux choices are refused or left to the engine; a container without a memory
 * limit gets the node's memory; no termination message file.
 */

#include "base/quantity.h"
#include "base/string.h"
#include "exec/docker_container.h"
#include "exec/docker_exec.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/pod_container.h"
#include "exec/runtime_private.h"
#include "machinery/pod.h"

#include <string.h>

#define MAX_MOUNTS 64
#define PIDS_LIMIT 1024
#define EXEC_TIMEOUT_MS (10 * 60 * 1000) /* of a hook without a limit of its own */
#define BEST_EFFORT_OOM_SCORE 1000
#define KILLED_EXIT_CODE 137

/* ---- What is known of a container ---- */

void
exec_container_free (gpointer user_data)
{
  ExecRuntimeContainer *container = user_data;
  g_free (container->id);
  g_free (container);
}

static ExecRuntimeContainer *
ensure (ExecRuntime *self, const char *id)
{
  ExecRuntimeContainer *container = g_hash_table_lookup (self->containers, id);
  if (container != NULL)
    return container;
  container = g_new0 (ExecRuntimeContainer, 1);
  container->id = g_strdup (id);
  g_hash_table_insert (self->containers, container->id, container);
  return container;
}

void
exec_container_note (ExecRuntime *self, const char *id)
{
  ensure (self, id);
}

/* ---- Specification ---- */

typedef struct
{
  GPtrArray *texts; /* owned */
  GPtrArray *lists; /* vectors, owned */
  ExecPodMount mounts[MAX_MOUNTS];
  ExecPodContainerSpec spec;
} Making;

static const char *
keep (Making *making, char *text)
{
  g_ptr_array_add (making->texts, text);
  return text;
}

/* A vector of the texts of a list, NULL for an empty one. */
static const char *const *
make_vector (Making *making, const K8List *list)
{
  guint n = k8_list_n (list);
  if (n == 0)
    return NULL;
  const char **vector = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    vector[i] = k8_list_get_text (list, i);
  g_ptr_array_add (making->lists, vector);
  return vector;
}

static const char *const *
make_env (Making *making, const K8Container *container)
{
  guint n = k8_container_env_n (container);
  const char **vector = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const K8EnvVar *variable = k8_container_env_at (container, i);
      vector[i] = keep (making, g_strconcat (k8_env_var_name (variable), "=",
                                             k8_string_or_empty (k8_env_var_value (variable)),
                                             NULL));
    }
  g_ptr_array_add (making->lists, vector);
  return vector;
}

static const K8Volume *
find_volume (const K8PodSpec *spec, const char *name)
{
  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    if (k8_string_equal (k8_volume_name (k8_pod_spec_volumes_at (spec, i)), name))
      return k8_pod_spec_volumes_at (spec, i);
  return NULL;
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, EXEC_ERROR, EXEC_ERROR_INVALID, message);
  return FALSE;
}

/* What comes from the API is read-only in the container. */
static gboolean
read_mounts (Making *making, const K8PodSpec *pod, const K8Container *container, GError **error)
{
  guint n = k8_container_volume_mounts_n (container);
  if (n > MAX_MOUNTS)
    return refuse (error, "volumeMounts: expected at most 64");
  for (guint i = 0; i < n; i++)
    {
      const K8VolumeMount *mount = k8_container_volume_mounts_at (container, i);
      const K8Volume *volume = find_volume (pod, k8_volume_mount_name (mount));
      if (volume == NULL)
        return refuse (error, "volumeMounts: no such volume");
      if (k8_string_or_empty (k8_volume_mount_sub_path (mount))[0] != '\0'
          || k8_string_or_empty (k8_volume_mount_sub_path_expr (mount))[0] != '\0')
        return refuse (error, "volumeMounts: subPath is not supported by this runtime");
      gboolean is_read_only
          = k8_volume_mount_read_only (mount) || !k8_volume_has_empty_dir (volume);
      making->mounts[i]
          = (ExecPodMount){ .volume = k8_volume_mount_name (mount),
                            .target = k8_volume_mount_mount_path (mount),
                            .access = is_read_only ? EXEC_ACCESS_READ_ONLY
                                                   : EXEC_ACCESS_READ_WRITE };
    }
  making->spec.mounts = making->mounts;
  making->spec.n_mounts = n;
  return TRUE;
}

static gint64
read_quantity (const K8List *resources, const char *name, gboolean is_milli)
{
  const char *text = k8_map_find (resources, name);
  K8Quantity quantity;
  if (text == NULL || k8_quantity_parse (text, &quantity) != K8_QUANTITY_OK)
    return 0;
  return is_milli ? k8_quantity_milli_value (&quantity) : k8_quantity_value (&quantity);
}

/* Upstream's policy; Docker takes no scores below zero, so the guaranteed ones get zero. */
static gint
compute_oom_score (const K8Pod *pod, gint64 request_bytes, gint64 node_bytes)
{
  const char *qos = k8_pod_compute_qos (pod);
  if (k8_string_is (qos, "Guaranteed"))
    return 0;
  if (k8_string_is (qos, "BestEffort") || node_bytes <= 0)
    return BEST_EFFORT_OOM_SCORE;
  gint64 score = 1000 - 1000 * request_bytes / node_bytes;
  return (gint) CLAMP (score, 3, BEST_EFFORT_OOM_SCORE - 1);
}

static void
read_resources (Making *making, ExecRuntime *self, const K8Pod *pod,
                const K8Container *container)
{
  const K8ResourceRequirements *resources = k8_container_resources (container);
  const K8List *limits = k8_resource_requirements_limits (resources);
  const K8List *requests = k8_resource_requirements_requests (resources);
  gint64 node_bytes = self->options.boot->memory_bytes;
  gint64 limit_bytes = read_quantity (limits, "memory", FALSE);
  ExecContainerSpec *spec = &making->spec.container;
  spec->memory_bytes = limit_bytes > 0 ? MAX (limit_bytes, EXEC_MIN_MEMORY_BYTES) : node_bytes;
  spec->pids_limit = PIDS_LIMIT;
  spec->cpu_limit_milli = read_quantity (limits, "cpu", TRUE);
  spec->cpu_request_milli = read_quantity (requests, "cpu", TRUE);
  if (spec->cpu_request_milli == 0)
    spec->cpu_request_milli = spec->cpu_limit_milli;
  spec->oom_score_adj
      = compute_oom_score (pod, read_quantity (requests, "memory", FALSE), node_bytes);
}

/* The container's own context wins over the pod's. */
static gboolean
read_security (Making *making, const K8PodSpec *pod, const K8Container *container,
               GError **error)
{
  const K8SecurityContext *own = k8_container_security_context (container);
  const K8PodSecurityContext *common = k8_pod_spec_security_context (pod);
  const K8Capabilities *capabilities = k8_security_context_capabilities (own);
  ExecContainerSpec *spec = &making->spec.container;
  gboolean has_user = k8_security_context_has_run_as_user (own)
                      || k8_pod_security_context_has_run_as_user (common);
  gint64 user = k8_security_context_has_run_as_user (own)
                    ? k8_security_context_run_as_user (own)
                    : k8_pod_security_context_run_as_user (common);
  gboolean has_group = k8_security_context_has_run_as_group (own)
                       || k8_pod_security_context_has_run_as_group (common);
  gint64 group = k8_security_context_has_run_as_group (own)
                     ? k8_security_context_run_as_group (own)
                     : k8_pod_security_context_run_as_group (common);
  gboolean must_not_be_root = k8_security_context_has_run_as_non_root (own)
                                  ? k8_security_context_run_as_non_root (own)
                                  : k8_pod_security_context_run_as_non_root (common);
  if (k8_security_context_privileged (own))
    return refuse (error, "securityContext.privileged: not allowed here");
  if (must_not_be_root && has_user && user == 0)
    return refuse (error, "container's runAsUser breaks non-root policy");
  if (must_not_be_root && !has_user)
    return refuse (error, "container has runAsNonRoot and image will run as root; this runtime "
                          "needs runAsUser to say otherwise");
  if (has_user && has_group)
    spec->user = keep (making, g_strdup_printf ("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, user,
                                                group));
  else if (has_user)
    spec->user = keep (making, g_strdup_printf ("%" G_GINT64_FORMAT, user));
  spec->capabilities_add = make_vector (making, k8_capabilities_add (capabilities));
  spec->capabilities_drop = make_vector (making, k8_capabilities_drop (capabilities));
  spec->read_only_root = k8_security_context_read_only_root_filesystem (own);
  spec->allow_privilege_escalation
      = !k8_security_context_has_allow_privilege_escalation (own)
        || k8_security_context_allow_privilege_escalation (own);
  return TRUE;
}

static gboolean
make_spec (Making *making, ExecRuntimeCall *call, GError **error)
{
  ExecRuntime *self = call->runtime;
  const K8RuntimeOp *op = call->op;
  const K8Container *container = op->container;
  const K8ObjectMeta *meta = k8_pod_metadata (op->pod);
  const K8PodSpec *pod = k8_pod_spec (op->pod);
  ExecContainerSpec *spec = &making->spec.container;
  making->spec.pod = (ExecPodRef){ .instance = self->options.boot->instance,
                                   .name = k8_object_meta_name (meta),
                                   .namespace_name = k8_object_meta_namespace (meta),
                                   .uid = k8_string_or_empty (op->pod_uid) };
  making->spec.sandbox_id = k8_string_or_empty (op->sandbox_id);
  making->spec.name = op->container_name;
  making->spec.attempt = op->attempt;
  making->spec.processes = k8_pod_spec_share_process_namespace (pod) ? EXEC_PROCESSES_SHARED
                                                                     : EXEC_PROCESSES_OWN;
  spec->image = keep (making, exec_runtime_reference (k8_string_or_empty (op->image)));
  spec->command = make_vector (making, k8_container_command (container));
  spec->args = make_vector (making, k8_container_args (container));
  spec->env = make_env (making, container);
  const char *folder = k8_container_working_dir (container);
  spec->working_dir = k8_string_or_empty (folder)[0] != '\0' ? folder : NULL;
  spec->open_stdin = k8_container_stdin (container);
  spec->tty = k8_container_tty (container);
  spec->logs = EXEC_LOGS_KEPT;
  read_resources (making, self, op->pod, container);
  return read_mounts (making, pod, container, error)
         && read_security (making, pod, container, error);
}

/* ---- Create ---- */

static void
on_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  JsonObject *root = reply != NULL ? exec_json_root_object (reply->json) : NULL;
  const char *id = exec_json_string (root, "Id");
  if (id == NULL)
    {
      exec_runtime_refuse (call, "CreateContainerError",
                           error != NULL ? error->message : "docker: create without an id");
      return;
    }
  ExecRuntime *self = call->runtime;
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  exec_container_note (self, id);
  event->item = (K8RuntimeItem){ .id = exec_runtime_text (self, id),
                                 .sandbox_id = k8_string_ref (call->op->sandbox_id),
                                 .pod_uid = k8_string_ref (call->op->pod_uid),
                                 .container_name = k8_string_ref (call->op->container_name),
                                 .image = k8_string_ref (call->op->image),
                                 .created_ns = self->options.clock->now_ns,
                                 .attempt = call->op->attempt,
                                 .phase = K8_CONTAINER_CREATED };
  exec_runtime_answer (call, event);
}

void
exec_container_op_create (ExecRuntimeCall *call)
{
  Making making = { .texts = g_ptr_array_new_with_free_func (g_free),
                    .lists = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GError) error = NULL;
  if (make_spec (&making, call, &error))
    exec_pod_container_create (call->runtime->options.docker, &making.spec, on_created, call);
  else
    exec_runtime_refuse (call, "CreateContainerConfigError", error->message);
  g_ptr_array_unref (making.texts);
  g_ptr_array_unref (making.lists);
}

/* ---- The end of a container ---- */

typedef struct
{
  ExecRuntime *runtime;
  char *id;
  K8RuntimeItem item; /* what the engine's event says, if no more can be had */
} Ending;

static void
tell_end (ExecRuntime *self, ExecRuntimeContainer *container, const K8RuntimeItem *item)
{
  if (container != NULL && container->is_end_told)
    return;
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_CONTAINER_EXITED);
  event->item = k8_runtime_item_dup (item);
  if (container != NULL)
    container->is_end_told = TRUE;
  exec_runtime_post (self, 0, event);
}

static void
on_ending (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Ending *ending = user_data;
  ExecRuntime *self = ending->runtime;
  if (!self->is_dead)
    {
      K8RuntimeItem item = k8_runtime_item_dup (&ending->item);
      if (reply != NULL)
        {
          k8_runtime_item_clear (&item);
          exec_runtime_describe (self, reply->json, &item);
        }
      /* Started again by somebody else meanwhile: its end is still the end of the life that the
       * kubelet knows. */
      item.phase = K8_CONTAINER_EXITED;
      tell_end (self, g_hash_table_lookup (self->containers, ending->id), &item);
      k8_runtime_item_clear (&item);
    }
  k8_runtime_item_clear (&ending->item);
  g_free (ending->id);
  g_free (ending);
  exec_runtime_let_go (self);
}

void
exec_container_died (ExecRuntime *self, const ExecEvent *event)
{
  ExecRuntimeContainer *container = g_hash_table_lookup (self->containers, event->container_id);
  if (container == NULL || container->is_end_told)
    return;
  if (container->is_starting)
    {
      container->has_ended = TRUE;
      return;
    }
  Ending *ending = g_new0 (Ending, 1);
  ending->runtime = self;
  ending->id = g_strdup (event->container_id);
  exec_runtime_describe_event (self, event, &ending->item);
  exec_runtime_hold (self);
  exec_docker_container_inspect (self->options.docker, event->container_id, on_ending, ending);
}

/* ---- Start ---- */

/* The engine's own view right after the start: a short life is over by then. */
static void
on_started_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  ExecRuntime *self = call->runtime;
  g_autofree char *id = g_strdup (k8_string_or_empty (call->op->container_id));
  ExecRuntimeContainer *container = ensure (self, id);
  container->is_starting = FALSE;
  if (error != NULL)
    {
      exec_runtime_refuse (call, "RunContainerError", error->message);
      return;
    }
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  exec_runtime_describe (self, reply->json, &event->item);
  K8RuntimeItem item = k8_runtime_item_dup (&event->item);
  event->item.phase = K8_CONTAINER_RUNNING;
  exec_runtime_answer (call, event);
  if (item.phase == K8_CONTAINER_EXITED)
    tell_end (self, container, &item);
  else if (container->has_ended)
    exec_container_died (self, &(ExecEvent){ .type = EXEC_EVENT_DIE, .container_id = id,
                                             .exit_code = -1 });
  k8_runtime_item_clear (&item);
}

static void
on_started (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  ExecRuntime *self = call->runtime;
  const char *id = k8_string_or_empty (call->op->container_id);
  if (error == NULL)
    {
      exec_docker_container_inspect (self->options.docker, id, on_started_inspected, call);
      return;
    }
  ensure (self, id)->is_starting = FALSE;
  exec_runtime_refuse (call, "RunContainerError", error->message);
}

void
exec_container_op_start (ExecRuntimeCall *call)
{
  const char *id = k8_string_or_empty (call->op->container_id);
  ensure (call->runtime, id)->is_starting = TRUE;
  exec_docker_container_start (call->runtime->options.docker, id, on_started, call);
}

/* ---- Stop, remove ---- */

static void
on_stopped_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  ExecRuntime *self = call->runtime;
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  if (reply != NULL)
    exec_runtime_describe (self, reply->json, &event->item);
  else
    event->item = (K8RuntimeItem){ .id = k8_string_ref (call->op->container_id),
                                   .exit_code = KILLED_EXIT_CODE,
                                   .reason = exec_runtime_text (self, "Error"),
                                   .finished_ns = self->options.clock->now_ns,
                                   .phase = K8_CONTAINER_EXITED };
  if (event->item.phase == K8_CONTAINER_EXITED)
    ensure (self, k8_string_or_empty (call->op->container_id))->is_end_told = TRUE;
  exec_runtime_answer (call, event);
}

static void
on_stopped (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL && !g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    {
      exec_runtime_refuse (call, "KillContainerError", error->message);
      return;
    }
  exec_docker_container_inspect (call->runtime->options.docker,
                                 k8_string_or_empty (call->op->container_id),
                                 on_stopped_inspected, call);
}

void
exec_container_op_stop (ExecRuntimeCall *call)
{
  exec_docker_container_stop (call->runtime->options.docker,
                              k8_string_or_empty (call->op->container_id),
                              (guint) CLAMP (call->op->grace_seconds, 0, G_MAXINT32), on_stopped,
                              call);
}

static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL)
    exec_runtime_refuse (call, "RemoveContainerError", error->message);
  else
    exec_runtime_answer (call, NULL);
}

void
exec_container_op_remove (ExecRuntimeCall *call)
{
  const char *id = k8_string_or_empty (call->op->container_id);
  g_hash_table_remove (call->runtime->containers, id);
  exec_docker_container_remove (call->runtime->options.docker, id, on_removed, call);
}

/* ---- Commands ---- */

static void
on_ran (const ExecRunResult *result, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL)
    {
      exec_runtime_refuse (call, "ExecError", error->message);
      return;
    }
  K8RuntimeEvent *event = exec_runtime_event_new (call->runtime, K8_RUNTIME_RESULT);
  event->item.exit_code = result->exit_code;
  event->message = exec_runtime_text (call->runtime, result->output);
  exec_runtime_answer (call, event);
}

void
exec_container_op_exec (ExecRuntimeCall *call)
{
  guint n = k8_list_n (call->op->command);
  g_autofree const char **command = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    command[i] = k8_list_get_text (call->op->command, i);
  gint64 timeout_ms = call->op->timeout_ns / (1000 * 1000);
  if (timeout_ms <= 0)
    timeout_ms = EXEC_TIMEOUT_MS;
  exec_docker_run (call->runtime->options.docker, k8_string_or_empty (call->op->container_id),
                   command, (guint) MIN (timeout_ms, G_MAXINT32), on_ran, call);
}
