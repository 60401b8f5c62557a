/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of a pod. STATUS is worked out in steps, each of which may win over the one before:
 *   phase, or the status's reason
 *   SchedulingGated
 *   the first init container that is not done: Init:1/2, Init:Error, Init:CrashLoopBackOff
 *   else the first container with something to say: CrashLoopBackOff, Error, ExitCode:3
 *   Completed, while others run: Running or NotReady
 *   Terminating, or Unknown when its node is lost
 * Source: pkg/printers/internalversion/printers.go, printPod (v1.36).
 */
#include "machinery/columns.h"

#include "base/text.h"
#include "machinery/pod.h"

/* What one walk over a pod's status gives. */
typedef struct
{
  GString *reason;
  guint n_ready;
  guint n_containers;
  gint64 n_restarts;
  gint64 last_restart_seconds; /* 0: unknown */
} Summary;

static void
set_reason (Summary *self, const char *prefix, const char *reason)
{
  g_string_truncate (self->reason, 0);
  g_string_append (self->reason, prefix);
  g_string_append (self->reason, k8_string_or_empty (reason));
}

static void
set_reason_number (Summary *self, const char *prefix, const char *word, gint64 number)
{
  set_reason (self, prefix, word);
  k8_text_append_i64 (self->reason, number);
}

/* A terminated container: its reason, else its signal, else its exit code. */
static void
set_terminated (Summary *self, const char *prefix, const K8ContainerStateTerminated *terminated)
{
  const char *reason = k8_container_state_terminated_reason (terminated);
  gint32 signal = k8_container_state_terminated_signal (terminated);

  if (reason != NULL)
    set_reason (self, prefix, reason);
  else if (signal != 0)
    set_reason_number (self, prefix, "Signal:", signal);
  else
    set_reason_number (self, prefix, "ExitCode:",
                       k8_container_state_terminated_exit_code (terminated));
}

static void
count_restarts (Summary *self, const K8ContainerStatus *status)
{
  const K8ContainerStateTerminated *last
      = k8_container_state_terminated (k8_container_status_last_state (status));

  self->n_restarts += k8_container_status_restart_count (status);
  if (last != NULL)
    self->last_restart_seconds = MAX (self->last_restart_seconds,
                                      k8_container_state_terminated_finished_at (last));
}

static gboolean
is_sidecar (const K8PodSpec *spec, const char *name)
{
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      if (k8_string_equal (k8_container_name (container), name))
        return k8_container_is_restartable_init (container);
    }
  return FALSE;
}

/* Whether an init container is out of the way: done, or a sidecar that has started. */
static gboolean
is_passed (const K8ContainerStatus *status, gboolean is_restartable)
{
  const K8ContainerStateTerminated *terminated
      = k8_container_state_terminated (k8_container_status_state (status));

  if (terminated != NULL && k8_container_state_terminated_exit_code (terminated) == 0)
    return TRUE;
  return is_restartable && k8_container_status_started (status);
}

static void
set_initializing (Summary *self, const K8ContainerStatus *status, guint index, guint n)
{
  const K8ContainerState *state = k8_container_status_state (status);
  const char *waiting = k8_container_state_waiting_reason (k8_container_state_waiting (state));

  if (k8_container_state_terminated (state) != NULL)
    set_terminated (self, "Init:", k8_container_state_terminated (state));
  else if (waiting != NULL && !k8_string_is (waiting, "PodInitializing"))
    set_reason (self, "Init:", waiting);
  else
    {
      set_reason_number (self, "Init:", "", index);
      g_string_append_c (self->reason, '/');
      k8_text_append_u64 (self->reason, n);
    }
}

/* Walks the init containers; TRUE if one of them is not done. @sidecars gets the restarts of the
 * sidecars alone, which count on when initialization is over. */
static gboolean
walk_init_containers (Summary *self, const K8Pod *pod, Summary *sidecars)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  const K8PodStatus *status = k8_pod_status (pod);

  for (guint i = 0; i < k8_pod_status_init_container_statuses_n (status); i++)
    {
      const K8ContainerStatus *container = k8_pod_status_init_container_statuses_at (status, i);
      gboolean is_restartable = is_sidecar (spec, k8_container_status_name (container));
      const K8ContainerStateTerminated *terminated
          = k8_container_state_terminated (k8_container_status_state (container));
      count_restarts (self, container);
      if (is_restartable)
        count_restarts (sidecars, container);
      if (!is_passed (container, is_restartable))
        {
          set_initializing (self, container, i, k8_pod_spec_init_containers_n (spec));
          return TRUE;
        }
      if (is_restartable && terminated == NULL && k8_container_status_ready (container))
        self->n_ready++;
    }
  return FALSE;
}

/* Walks the containers backwards, so that the first one has the last word. TRUE if one runs and
 * is ready. */
static gboolean
walk_containers (Summary *self, const K8PodStatus *status)
{
  gboolean has_running = FALSE;

  for (guint i = k8_pod_status_container_statuses_n (status); i > 0; i--)
    {
      const K8ContainerStatus *container = k8_pod_status_container_statuses_at (status, i - 1);
      const K8ContainerState *state = k8_container_status_state (container);
      const char *waiting
          = k8_container_state_waiting_reason (k8_container_state_waiting (state));
      count_restarts (self, container);
      if (waiting != NULL)
        set_reason (self, "", waiting);
      else if (k8_container_state_terminated (state) != NULL)
        set_terminated (self, "", k8_container_state_terminated (state));
      else if (k8_container_status_ready (container)
               && k8_container_state_running (state) != NULL)
        {
          has_running = TRUE;
          self->n_ready++;
        }
    }
  return has_running;
}

static void
begin_reason (Summary *self, const K8Pod *pod)
{
  const K8PodStatus *status = k8_pod_status (pod);
  const char *reason = k8_pod_status_reason (status);

  set_reason (self, "", reason != NULL ? reason : k8_pod_status_phase (status));
  if (k8_string_is (k8_pod_condition_reason (k8_pod_find_condition (pod, "PodScheduled")),
                    "SchedulingGated"))
    set_reason (self, "", "SchedulingGated");
}

static void
end_reason (Summary *self, const K8Pod *pod)
{
  if (!k8_pod_is_terminating (pod))
    return;
  if (k8_string_is (k8_pod_status_reason (k8_pod_status (pod)), "NodeLost"))
    set_reason (self, "", "Unknown");
  else if (!k8_pod_is_terminal (pod))
    set_reason (self, "", "Terminating");
}

static void
count_containers (Summary *self, const K8PodSpec *spec)
{
  self->n_containers = k8_pod_spec_containers_n (spec);
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    self->n_containers
        += k8_container_is_restartable_init (k8_pod_spec_init_containers_at (spec, i));
}

/* Fills a summary whose reason is an empty text. */
static void
summarize (Summary *self, const K8Pod *pod)
{
  Summary sidecars = { 0 };

  count_containers (self, k8_pod_spec (pod));
  begin_reason (self, pod);
  gboolean is_initializing = walk_init_containers (self, pod, &sidecars);
  if (!is_initializing
      || k8_string_is (k8_pod_condition_status (k8_pod_find_condition (pod, "Initialized")),
                       "True"))
    {
      self->n_restarts = sidecars.n_restarts;
      self->last_restart_seconds = sidecars.last_restart_seconds;
      gboolean has_running = walk_containers (self, k8_pod_status (pod));
      if (has_running && k8_string_is (self->reason->str, "Completed"))
        set_reason (self, "", k8_pod_is_ready (pod) ? "Running" : "NotReady");
    }
  end_reason (self, pod);
}

void
k8_cell_pod_ready (GString *out, const K8CellInput *input)
{
  g_autoptr (GString) reason = g_string_new (NULL);
  Summary summary = { .reason = reason };

  summarize (&summary, input->object);
  g_string_append_printf (out, "%u/%u", summary.n_ready, summary.n_containers);
}

void
k8_cell_pod_status (GString *out, const K8CellInput *input)
{
  g_autoptr (GString) reason = g_string_new (NULL);
  Summary summary = { .reason = reason };

  summarize (&summary, input->object);
  g_string_append_len (out, reason->str, (gssize) reason->len);
}

void
k8_cell_pod_restarts (GString *out, const K8CellInput *input)
{
  g_autoptr (GString) reason = g_string_new (NULL);
  Summary summary = { .reason = reason };

  summarize (&summary, input->object);
  k8_text_append_i64 (out, summary.n_restarts);
  if (summary.n_restarts == 0 || summary.last_restart_seconds == 0)
    return;
  g_string_append (out, " (");
  k8_age_append (out, summary.last_restart_seconds * G_USEC_PER_SEC, input->now_us);
  g_string_append (out, " ago)");
}

void
k8_cell_pod_ip (GString *out, const K8CellInput *input)
{
  const K8PodStatus *status = k8_pod_status (input->object);
  const char *ip = k8_pod_status_pod_ip (status);

  if (k8_pod_status_pod_ips_n (status) > 0)
    ip = k8_pod_ip_ip (k8_pod_status_pod_ips_at (status, 0));
  k8_cell_append_or (out, ip, "<none>");
}

void
k8_cell_pod_node (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_pod_spec_node_name (k8_pod_spec (input->object)), "<none>");
}

void
k8_cell_pod_nominated_node (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_pod_status_nominated_node_name (k8_pod_status (input->object)),
                     "<none>");
}

void
k8_cell_pod_readiness_gates (GString *out, const K8CellInput *input)
{
  const K8PodSpec *spec = k8_pod_spec (input->object);
  guint n = k8_pod_spec_readiness_gates_n (spec);
  guint n_true = 0;

  for (guint i = 0; i < n; i++)
    {
      const char *type
          = k8_pod_readiness_gate_condition_type (k8_pod_spec_readiness_gates_at (spec, i));
      const K8PodCondition *condition
          = k8_pod_find_condition (input->object, k8_string_or_empty (type));
      n_true += k8_string_is (k8_pod_condition_status (condition), "True");
    }
  if (n == 0)
    g_string_append (out, "<none>");
  else
    g_string_append_printf (out, "%u/%u", n_true, n);
}

void
k8_table_append_row_conditions (GString *out, const void *object, const K8KindInfo *kind)
{
  const char *phase;

  if (kind->id != K8_KIND_Pod)
    return;
  phase = k8_pod_status_phase (k8_pod_status (object));
  if (k8_string_is (phase, "Succeeded"))
    g_string_append (out, ",\"conditions\":[{\"type\":\"Completed\",\"status\":\"True\",\"reason\":"
                          "\"Succeeded\",\"message\":\"The pod has completed successfully.\"}]");
  else if (k8_string_is (phase, "Failed"))
    g_string_append (out, ",\"conditions\":[{\"type\":\"Completed\",\"status\":\"True\",\"reason\":"
                          "\"Failed\",\"message\":\"The pod failed.\"}]");
}
