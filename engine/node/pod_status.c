/* SPDX-License-Identifier: Apache-2.0
 *
 * The status of a pod, worked out from what its worker knows: phase, conditions, the state of
 * each container. Pure: the same worker and time give the same record.
 * Source: kubernetes pkg/kubelet kubelet_pods.go getPhase and convertToAPIContainerStatuses,
 * status/generate.go (v1.36).
 */
#include "base/text.h"
#include "machinery/conditions.h"
#include "machinery/pod.h"
#include "node/pod_worker.h"

/* How many containers are in which state; regular ones and sidecars, init ones apart. */
typedef struct
{
  guint n_waiting;
  guint n_running;
  guint n_stopped;
  guint n_succeeded;
  guint n_restartable; /* stopped, and to be started again */
} Counts;

/* The runtime's prefix of ids, from nodeInfo: "containerd" of "containerd://2.1". */
static void
append_id (GString *out, const K8Kubelet *self, const char *id)
{
  const K8NodeSystemInfo *info = k8_node_status_node_info (k8_node_status (self->config));
  const char *version = k8_node_system_info_container_runtime_version (info);
  const char *end = version == NULL ? NULL : strstr (version, "://");

  if (end == NULL)
    g_string_append (out, "containerd");
  else
    g_string_append_len (out, version, end - version);
  g_string_append (out, "://");
  g_string_append (out, id);
}

static void
count_container (const K8PodWorker *worker, guint index, Counts *counts)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->phase == K8_RUN_RUNNING)
    counts->n_running++;
  else if (container->phase == K8_RUN_EXITED)
    {
      counts->n_stopped++;
      counts->n_succeeded += container->run.exit_code == 0;
      counts->n_restartable += k8_pod_worker_should_restart (worker, index);
    }
  else if (container->last.id != NULL)
    counts->n_stopped++;
  else
    counts->n_waiting++;
}

/* What the init containers say of the phase: "Failed", "Pending", or NULL: go on. */
static const char *
get_init_phase (const K8PodWorker *worker, gboolean has_regular_run)
{
  for (guint i = 0; i < worker->n_init; i++)
    {
      const K8PodContainer *container = k8_pod_worker_container (worker, i);
      if (k8_pod_worker_is_sidecar (worker, i))
        {
          if (!has_regular_run && !k8_pod_worker_is_started (worker, i))
            return "Pending";
          continue;
        }
      if (container->phase == K8_RUN_EXITED && container->run.exit_code != 0
          && !k8_pod_worker_should_restart (worker, i))
        return "Failed";
      if (container->phase != K8_RUN_EXITED && !worker->is_initialized)
        return "Pending";
      if (container->phase == K8_RUN_EXITED && container->run.exit_code != 0)
        return "Pending";
    }
  return NULL;
}

static const char *
get_phase_of_counts (const K8PodWorker *worker, const Counts *counts, guint n)
{
  gboolean is_torn_down = worker->state >= K8_WORKER_TERMINATING;

  if (counts->n_waiting > 0 && !is_torn_down)
    return "Pending";
  if (counts->n_running > 0)
    return "Running";
  if (counts->n_stopped == 0)
    return worker->state >= K8_WORKER_STOPPING ? "Failed" : "Pending";
  if (!is_torn_down && counts->n_restartable > 0)
    return "Running";
  return counts->n_succeeded == n ? "Succeeded" : "Failed";
}

/* The phase; terminal phases stay. */
const char *
k8_pod_status_phase_of (const K8PodWorker *worker)
{
  const char *before = k8_pod_status_phase (k8_pod_status (worker->pod));
  guint n = k8_array_n (&worker->containers);
  Counts counts = { 0 };

  if (worker->reason != NULL || k8_string_is (before, "Failed"))
    return "Failed";
  if (k8_string_is (before, "Succeeded"))
    return "Succeeded";
  for (guint i = worker->n_init; i < n; i++)
    count_container (worker, i, &counts);
  const char *init = get_init_phase (worker, counts.n_running + counts.n_stopped > 0);
  if (k8_string_is (init, "Failed"))
    return "Failed";
  if (init != NULL)
    return worker->state >= K8_WORKER_STOPPING ? "Failed" : init;
  return get_phase_of_counts (worker, &counts, n - worker->n_init);
}

static const K8ContainerState *
make_terminated (const K8Kubelet *self, K8Region *region, const K8ContainerRun *run)
{
  K8ContainerStateTerminatedEdit edit;
  K8ContainerStateEdit state;
  GString *id = g_string_new (NULL);
  const char *reason = run->exit_code == 0 ? "Completed" : "Error";

  append_id (id, self, run->id);
  k8_container_state_terminated_edit (&edit, region, NULL);
  k8_container_state_terminated_set_exit_code (&edit, run->exit_code);
  k8_container_state_terminated_set_reason (&edit, run->reason != NULL ? run->reason : reason);
  k8_container_state_terminated_set_started_at (
      &edit, k8_kubelet_wall_seconds (self, run->started_ns));
  k8_container_state_terminated_set_finished_at (
      &edit, k8_kubelet_wall_seconds (self, run->finished_ns));
  k8_container_state_terminated_set_container_id (&edit, id->str);
  g_string_free (id, TRUE);
  k8_container_state_edit (&state, region, NULL);
  k8_container_state_set_terminated (&state, k8_container_state_terminated_seal (&edit));
  return k8_container_state_seal (&state);
}

static const K8ContainerState *
make_running (const K8Kubelet *self, K8Region *region, const K8ContainerRun *run)
{
  K8ContainerStateRunningEdit edit;
  K8ContainerStateEdit state;

  k8_container_state_running_edit (&edit, region, NULL);
  k8_container_state_running_set_started_at (&edit,
                                             k8_kubelet_wall_seconds (self, run->started_ns));
  k8_container_state_edit (&state, region, NULL);
  k8_container_state_set_running (&state, k8_container_state_running_seal (&edit));
  return k8_container_state_seal (&state);
}

static const K8ContainerState *
make_waiting (K8Region *region, const char *reason, const char *message)
{
  K8ContainerStateWaitingEdit edit;
  K8ContainerStateEdit state;

  k8_container_state_waiting_edit (&edit, region, NULL);
  k8_container_state_waiting_set_reason (&edit, reason);
  k8_container_state_waiting_set_message (&edit, message);
  k8_container_state_edit (&state, region, NULL);
  k8_container_state_set_waiting (&state, k8_container_state_waiting_seal (&edit));
  return k8_container_state_seal (&state);
}

/* Whether a container that has ended is shown as waiting for its next life. */
static gboolean
is_shown_waiting (const K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);

  return container->phase == K8_RUN_EXITED && container->waiting_reason != NULL
         && k8_pod_worker_should_restart (worker, index);
}

static void
set_state (const K8Kubelet *self, const K8PodWorker *worker, guint index,
           K8ContainerStatusEdit *edit)
{
  K8Region *region = k8_region_of (self);
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8ContainerRun *last = &container->last;
  const char *reason = container->waiting_reason;

  if (container->phase == K8_RUN_RUNNING)
    k8_container_status_set_state (edit, make_running (self, region, &container->run));
  else if (container->phase == K8_RUN_EXITED && !is_shown_waiting (worker, index))
    k8_container_status_set_state (edit, make_terminated (self, region, &container->run));
  else
    {
      if (reason == NULL)
        reason = worker->n_init > 0 ? "PodInitializing" : "ContainerCreating";
      k8_container_status_set_state (
          edit, make_waiting (region, reason, container->waiting_message));
      if (container->phase == K8_RUN_EXITED)
        last = &container->run;
    }
  if (last->id != NULL)
    k8_container_status_set_last_state (edit, make_terminated (self, region, last));
}

static void
set_resources (const K8Container *spec, K8ContainerStatusEdit *edit)
{
  const K8ResourceRequirements *resources = k8_container_resources (spec);

  if (k8_resource_requirements_limits_n (resources) == 0
      && k8_resource_requirements_requests_n (resources) == 0)
    {
      k8_container_status_set_resources (edit, k8_record_ref (resources));
      return;
    }
  k8_container_status_set_resources (edit, k8_record_ref (resources));
  if (k8_resource_requirements_requests_n (resources) > 0)
    k8_container_status_set_allocated_resources (
        edit, k8_list_ref (k8_resource_requirements_requests (resources)));
}

static void
set_mounts (K8Region *region, const K8Container *spec, K8ContainerStatusEdit *edit)
{
  for (guint i = 0; i < k8_container_volume_mounts_n (spec); i++)
    {
      const K8VolumeMount *mount = k8_container_volume_mounts_at (spec, i);
      K8VolumeMountStatusEdit status;
      k8_volume_mount_status_edit (&status, region, NULL);
      k8_volume_mount_status_set_name (&status, k8_volume_mount_name (mount));
      k8_volume_mount_status_set_mount_path (&status, k8_volume_mount_mount_path (mount));
      if (k8_volume_mount_read_only (mount))
        {
          k8_volume_mount_status_set_read_only (&status, TRUE);
          k8_volume_mount_status_set_recursive_read_only (&status, "Disabled");
        }
      k8_container_status_add_volume_mounts (edit, k8_volume_mount_status_seal (&status));
    }
}

/* The status of one container. (transfer full) */
static const K8ContainerStatus *
make_container (const K8Kubelet *self, const K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8Container *spec = k8_pod_worker_spec (worker, index);
  gboolean is_regular_init = index < worker->n_init && !k8_pod_worker_is_sidecar (worker, index);
  K8ContainerStatusEdit edit;

  k8_container_status_edit (&edit, k8_region_of (self), NULL);
  k8_container_status_set_name (&edit, k8_container_name (spec));
  set_state (self, worker, index, &edit);
  k8_container_status_set_restart_count (&edit, (gint32) container->restart_count);
  k8_container_status_set_image (&edit, k8_container_image (spec));
  k8_container_status_set_image_id (&edit, k8_string_or_empty (container->image_id));
  if (container->run.id != NULL)
    {
      GString *id = g_string_new (NULL);
      append_id (id, self, container->run.id);
      k8_container_status_set_container_id (&edit, id->str);
      g_string_free (id, TRUE);
    }
  k8_container_status_set_ready (
      &edit, is_regular_init
                 ? container->phase == K8_RUN_EXITED && container->run.exit_code == 0
                 : k8_probes_is_ready (worker, index));
  k8_container_status_set_started (&edit, k8_pod_worker_is_started (worker, index));
  if (container->phase == K8_RUN_RUNNING)
    {
      set_resources (spec, &edit);
      set_mounts (k8_region_of (self), spec, &edit);
    }
  return k8_container_status_seal (&edit);
}

/* A condition's reason and message while containers are not as they should be. */
typedef struct
{
  const char *reason;
  GString *message;
} Why;

static void
list_containers (const K8PodWorker *worker, guint first, guint end, Why *why, const char *lead)
{
  guint n = 0;

  g_string_assign (why->message, lead);
  for (guint i = first; i < end; i++)
    {
      const K8PodContainer *container = k8_pod_worker_container (worker, i);
      gboolean is_init = i < worker->n_init && !k8_pod_worker_is_sidecar (worker, i);
      if (is_init && end > worker->n_init)
        continue;
      gboolean is_good = is_init ? container->phase == K8_RUN_EXITED
                                       && container->run.exit_code == 0 && !container->is_stale
                                 : end > worker->n_init ? k8_probes_is_ready (worker, i)
                                                        : k8_pod_worker_is_started (worker, i);
      if (is_good)
        continue;
      g_string_append (why->message, n++ == 0 ? "[" : " ");
      g_string_append (why->message, k8_container_name (k8_pod_worker_spec (worker, i)));
    }
  g_string_append_c (why->message, ']');
  if (n == 0)
    g_string_truncate (why->message, 0);
}

static gboolean
is_host_network (const K8PodWorker *worker)
{
  return k8_pod_spec_host_network (k8_pod_spec (worker->pod));
}

/* Puts a condition; a NULL reason is True. */
static void
put (K8PodStatusEdit *edit, const char *type, const Why *why, const K8PodWorker *worker,
     gint64 now_seconds)
{
  gboolean has_message = why->reason != NULL && why->message->len > 0;

  k8_conditions_put (
      &edit->edit,
      &(K8ConditionValue){
          .type = type,
          .status = why->reason == NULL ? "True" : "False",
          .reason = why->reason != NULL && why->reason[0] != '\0' ? why->reason : NULL,
          .message = has_message ? why->message->str : NULL,
          .now_seconds = now_seconds,
          .observed_generation = k8_object_meta_generation (k8_pod_metadata (worker->pod)) });
}

static void
put_initialized (K8PodStatusEdit *edit, const K8PodWorker *worker, const char *phase,
                 gint64 now_seconds)
{
  Why why = { .message = g_string_new (NULL) };

  if (!worker->is_initialized && worker->n_init > 0)
    list_containers (worker, 0, worker->n_init, &why, "containers with incomplete status: ");
  if (why.message->len > 0 && !k8_string_is (phase, "Succeeded"))
    why.reason = "ContainersNotInitialized";
  put (edit, "Initialized", &why, worker, now_seconds);
  g_string_free (why.message, TRUE);
}

/* Readiness gates that are not True, as upstream words them. */
static void
check_gates (const K8PodWorker *worker, const K8PodStatusEdit *edit, Why *why)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  for (guint i = 0; i < k8_pod_spec_readiness_gates_n (spec); i++)
    {
      const char *type
          = k8_pod_readiness_gate_condition_type (k8_pod_spec_readiness_gates_at (spec, i));
      const void *condition = k8_conditions_find_edit (&edit->edit, type);
      if (k8_string_is (k8_conditions_text (condition, "status"), "True"))
        continue;
      g_string_append (why->message, why->message->len > 0 ? ", " : "");
      g_string_append (why->message, condition == NULL
                                         ? "corresponding condition of pod readiness gate \""
                                         : "the status of pod readiness gate \"");
      g_string_append (why->message, type);
      g_string_append (why->message, condition == NULL ? "\" does not exist."
                                                       : "\" is not \"True\", but ");
      if (condition != NULL)
        g_string_append (why->message, k8_conditions_text (condition, "status"));
      why->reason = "ReadinessGatesNotReady";
    }
}

static gboolean
is_ended (const char *phase)
{
  return k8_string_is (phase, "Succeeded") || k8_string_is (phase, "Failed");
}

/* Sidecars count towards readiness, other init containers do not. */
static void
check_containers (const K8PodWorker *worker, const char *phase, Why *why)
{
  guint n = k8_array_n (&worker->containers);

  if (is_ended (phase))
    {
      why->reason = k8_string_is (phase, "Succeeded") ? "PodCompleted" : "PodFailed";
      return;
    }
  list_containers (worker, 0, n, why, "containers with unready status: ");
  if (why->message->len > 0)
    why->reason = "ContainersNotReady";
}

static void
put_readiness (K8PodStatusEdit *edit, const K8PodWorker *worker, const char *phase,
               gint64 now_seconds)
{
  Why containers = { .message = g_string_new (NULL) };
  Why ready = { .message = g_string_new (NULL) };

  check_containers (worker, phase, &containers);
  ready.reason = containers.reason;
  g_string_assign (ready.message, containers.message->str);
  if (ready.reason == NULL)
    check_gates (worker, edit, &ready);
  put (edit, "Ready", &ready, worker, now_seconds);
  put (edit, "ContainersReady", &containers, worker, now_seconds);
  g_string_free (containers.message, TRUE);
  g_string_free (ready.message, TRUE);
}

static void
put_conditions (K8PodStatusEdit *edit, const K8PodWorker *worker, const char *phase,
                gint64 now_seconds)
{
  Why none = { .message = g_string_new (NULL) };
  Why sandbox = none;

  if (worker->sandbox_id == NULL || worker->state >= K8_WORKER_STOPPING
      || worker->state <= K8_WORKER_SANDBOX)
    sandbox.reason = "";
  put (edit, "PodReadyToStartContainers", &sandbox, worker, now_seconds);
  put_initialized (edit, worker, phase, now_seconds);
  put_readiness (edit, worker, phase, now_seconds);
  if (k8_conditions_find_edit (&edit->edit, "PodScheduled") == NULL
      || !k8_string_is (
          k8_conditions_text (k8_conditions_find_edit (&edit->edit, "PodScheduled"), "status"),
          "True"))
    put (edit, "PodScheduled", &none, worker, now_seconds);
  g_string_free (none.message, TRUE);
}

static void
put_addresses (K8PodStatusEdit *edit, const K8Kubelet *self, const K8PodWorker *worker)
{
  K8Region *region = k8_region_of (self);
  const char *node_ip = k8_kubelet_node_ip (self);
  const char *pod_ip = is_host_network (worker) ? node_ip : worker->ip;

  if (node_ip != NULL)
    {
      K8HostIPEdit host;
      k8_host_ip_edit (&host, region, NULL);
      k8_host_ip_set_ip (&host, node_ip);
      k8_pod_status_clear_host_ips (edit);
      k8_pod_status_set_host_ip (edit, node_ip);
      k8_pod_status_add_host_ips (edit, k8_host_ip_seal (&host));
    }
  if (pod_ip == NULL || worker->sandbox_id == NULL)
    return;
  K8PodIPEdit ip;
  k8_pod_ip_edit (&ip, region, NULL);
  k8_pod_ip_set_ip (&ip, pod_ip);
  k8_pod_status_clear_pod_ips (edit);
  k8_pod_status_set_pod_ip (edit, pod_ip);
  k8_pod_status_add_pod_ips (edit, k8_pod_ip_seal (&ip));
}

/* A pod that the kubelet refused never had containers: it says phase and reason alone. */
static void
put_containers (K8PodStatusEdit *edit, const K8Kubelet *self, const K8PodWorker *worker)
{
  k8_pod_status_clear_init_container_statuses (edit);
  k8_pod_status_clear_container_statuses (edit);
  for (guint i = 0; i < worker->n_init; i++)
    k8_pod_status_add_init_container_statuses (edit, make_container (self, worker, i));
  for (guint i = worker->n_init; i < k8_array_n (&worker->containers); i++)
    k8_pod_status_add_container_statuses (edit, make_container (self, worker, i));
}

/**
 * k8_pod_status_compute:
 * @now_seconds: wall time, for conditions that change
 *
 * Returns: (transfer full): the status of the pod now; what other writers own is kept.
 */
const K8PodStatus *
k8_pod_status_compute (const K8Kubelet *self, const K8PodWorker *worker, gint64 now_seconds)
{
  const K8PodStatus *before = k8_pod_status (worker->pod);
  const char *phase = k8_pod_status_phase_of (worker);
  K8PodStatusEdit edit;

  k8_pod_status_edit (&edit, k8_region_of (self), before);
  k8_pod_status_set_observed_generation (
      &edit, k8_object_meta_generation (k8_pod_metadata (worker->pod)));
  k8_pod_status_set_phase (&edit, phase);
  if (worker->reason != NULL)
    {
      k8_pod_status_set_reason (&edit, worker->reason);
      k8_pod_status_set_message (&edit, worker->message);
    }
  if (!k8_pod_status_has_qos_class (before))
    k8_pod_status_set_qos_class (&edit, k8_pod_compute_qos (worker->pod));
  k8_pod_status_set_start_time (&edit, worker->start_seconds);
  if (worker->is_rejected)
    return k8_pod_status_seal (&edit);
  put_addresses (&edit, self, worker);
  put_containers (&edit, self, worker);
  put_conditions (&edit, worker, phase, now_seconds);
  return k8_pod_status_seal (&edit);
}
