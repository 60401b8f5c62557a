/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes. The driver runs them and reports only changes of the outcome; what it does not report
 * was as before. So the attempts that failed, and those on the way to a verdict, are counted here
 * by a timer of the probe's period; the thousands that succeed cost nothing. Startup first: the
 * others are watched only when it has passed.
 * Source: kubernetes pkg/kubelet/prober worker.go, prober.go (v1.36). Departures: readiness is not
 * probed out of turn after a status update.
 */
#include "node/pod_worker.h"

/* An attempt is told of a little later than it is made: a change that is under way comes first. */
#define REPORT_NS (100 * K8_MILLISECOND_NS)

static const K8Probe *
get_probe (const K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  const K8Container *spec = k8_pod_worker_spec (worker, index);

  switch (kind)
    {
    case K8_PROBE_NONE:
      break;
    case K8_PROBE_STARTUP:
      return k8_container_startup_probe (spec);
    case K8_PROBE_READINESS:
      return k8_container_readiness_probe (spec);
    case K8_PROBE_LIVENESS:
      return k8_container_liveness_probe (spec);
    }
  return NULL;
}

static K8ProbeState *
get_state (const K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  return &k8_pod_worker_container (worker, index)->probes[kind - 1];
}

static guint64
make_key (const K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  return k8_pod_worker_key (worker, K8_FOR_PROBE + kind, index);
}

/* Whether a container has started: it runs, and its startup probe has passed if it has one. */
gboolean
k8_pod_worker_is_started (const K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->phase != K8_RUN_RUNNING)
    return FALSE;
  if (worker->busy == K8_FOR_POST_START && worker->busy_index == index)
    return FALSE;
  return get_probe (worker, index, K8_PROBE_STARTUP) == NULL
         || get_state (worker, index, K8_PROBE_STARTUP)->is_passed;
}

/* Ready: it has started, and its readiness probe has passed if it has one. */
gboolean
k8_probes_is_ready (const K8PodWorker *worker, guint index)
{
  return k8_pod_worker_is_started (worker, index)
         && (get_probe (worker, index, K8_PROBE_READINESS) == NULL
             || get_state (worker, index, K8_PROBE_READINESS)->is_passed);
}

/* The port that a probe names, by number or by name of a container's port. */
guint16
k8_probes_port (const K8Container *spec, const K8Probe *probe)
{
  K8IntOrString port = { 0 };

  if (k8_probe_has_http_get (probe))
    port = k8_http_get_action_port (k8_probe_http_get (probe));
  else if (k8_probe_has_tcp_socket (probe))
    port = k8_tcp_socket_action_port (k8_probe_tcp_socket (probe));
  else if (k8_probe_has_grpc (probe))
    port.number = k8_grpc_action_port (k8_probe_grpc (probe));
  if (!port.is_text)
    return (guint16) port.number;
  for (guint i = 0; i < k8_container_ports_n (spec); i++)
    if (k8_string_is (k8_container_port_name (k8_container_ports_at (spec, i)), port.text))
      return (guint16) k8_container_port_container_port (k8_container_ports_at (spec, i));
  return 0;
}

/* The probe as the driver shall run it: what has passed of the initial delay is taken off. */
static const K8Probe *
make_probe (K8Context *context, const K8PodWorker *worker, guint index, const K8Probe *probe)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  gint64 passed = (context->now_ns - container->run.started_ns) / K8_SECOND_NS;
  gint64 left = k8_probe_initial_delay_seconds (probe) - MAX (passed, 0);
  K8ProbeEdit edit;

  if (left == k8_probe_initial_delay_seconds (probe))
    return k8_record_ref (probe);
  k8_probe_edit (&edit, context->region, probe);
  k8_probe_set_initial_delay_seconds (&edit, (gint32) MAX (left, 0));
  return k8_probe_seal (&edit);
}

static void
watch (K8Context *context, K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  const K8Probe *probe = get_probe (worker, index, kind);
  K8ProbeWatch *mail;

  if (probe == NULL)
    return;
  mail = k8_mail_new (context->region, &k8_probe_watch_class);
  mail->kind = kind;
  mail->probe = make_probe (context, worker, index, probe);
  mail->pod_uid = k8_string_ref (worker->uid);
  mail->container_id = k8_string_ref (k8_pod_worker_container (worker, index)->run.id);
  mail->pod_ip = k8_string_ref (worker->ip);
  mail->port = k8_probes_port (k8_pod_worker_spec (worker, index), probe);
  get_state (worker, index, kind)->is_watched = TRUE;
  k8_context_emit (context, K8_EFFECT_PROBE_WATCH, make_key (worker, index, kind), mail);
}

static void
end (K8Context *context, K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  K8ProbeState *state = get_state (worker, index, kind);

  k8_context_cancel_timer (context, state->timer);
  if (state->is_watched)
    k8_context_emit (context, K8_EFFECT_PROBE_END, make_key (worker, index, kind), NULL);
  state->timer = 0;
  state->is_watched = FALSE;
}

static void
forget (K8Context *context, K8ProbeState *state)
{
  k8_string_unref (k8_string_at (context->region, state->output));
  *state = (K8ProbeState){ 0 };
}

/* The container runs: its probes begin. */
void
k8_probes_start (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  for (K8ProbeKind kind = K8_PROBE_STARTUP; kind <= K8_PROBE_LIVENESS; kind++)
    forget (context, get_state (worker, index, kind));
  if (get_probe (worker, index, K8_PROBE_STARTUP) != NULL)
    {
      watch (context, worker, index, K8_PROBE_STARTUP);
      return;
    }
  watch (context, worker, index, K8_PROBE_READINESS);
  watch (context, worker, index, K8_PROBE_LIVENESS);
}

/* The container does not run any more. */
void
k8_probes_end (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  for (K8ProbeKind kind = K8_PROBE_STARTUP; kind <= K8_PROBE_LIVENESS; kind++)
    end (context, worker, index, kind);
}

/* The pod is ending: what could kill a container is watched no more. */
void
k8_probes_end_killing (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    {
      end (context, worker, i, K8_PROBE_STARTUP);
      end (context, worker, i, K8_PROBE_LIVENESS);
    }
}

static const char *
get_kind_name (K8ProbeKind kind)
{
  static const char *const names[]
      = { [K8_PROBE_NONE] = "", [K8_PROBE_STARTUP] = "Startup",
          [K8_PROBE_READINESS] = "Readiness", [K8_PROBE_LIVENESS] = "Liveness" };

  return names[kind];
}

static void
say_unhealthy (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
               K8ProbeKind kind)
{
  const K8ProbeState *state = get_state (worker, index, kind);
  GString *text = g_string_new (get_kind_name (kind));

  g_string_append (text, " probe failed: ");
  g_string_append (text, k8_string_or_empty (k8_string_at (context->region, state->output)));
  k8_pod_worker_say (
      self, context, worker,
      &(K8Said){ .type = "Warning", .reason = "Unhealthy", .message = text->str }, index);
  g_string_free (text, TRUE);
}

static void
kill_container (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
                K8ProbeKind kind)
{
  const K8Probe *probe = get_probe (worker, index, kind);
  GString *text = g_string_new ("Container ");

  g_string_append (text, k8_container_name (k8_pod_worker_spec (worker, index)));
  g_string_append (text, kind == K8_PROBE_STARTUP ? " failed startup probe"
                                                  : " failed liveness probe");
  if (!k8_string_is (k8_pod_spec_restart_policy (k8_pod_spec (worker->pod)), "Never"))
    g_string_append (text, ", will be restarted");
  if (k8_probe_has_termination_grace_period_seconds (probe))
    k8_pod_worker_container (worker, index)->kill_grace_seconds
        = k8_probe_termination_grace_period_seconds (probe);
  k8_pod_kill_container (self, context, worker, index, text->str);
  g_string_free (text, TRUE);
}

/* The outcome has lasted long enough to count. */
static void
decide (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index, K8ProbeKind kind)
{
  K8ProbeState *state = get_state (worker, index, kind);
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);
  gboolean was_passed = state->is_passed;

  state->is_passed = state->is_success;
  k8_trace (context, PROBE_CHANGED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (k8_container_name (k8_pod_worker_spec (worker, index))),
              K8_TEXT (get_kind_name (kind)), K8_NUMBER (state->is_success) });
  if (kind == K8_PROBE_STARTUP && state->is_success)
    {
      end (context, worker, index, K8_PROBE_STARTUP);
      watch (context, worker, index, K8_PROBE_READINESS);
      watch (context, worker, index, K8_PROBE_LIVENESS);
    }
  else if (kind != K8_PROBE_READINESS && !state->is_success)
    {
      kill_container (self, context, worker, index, kind);
      return;
    }
  if (kind != K8_PROBE_LIVENESS && state->is_passed != was_passed)
    k8_pod_worker_sync (self, context, worker);
}

static guint
get_threshold (const K8Probe *probe, gboolean is_success)
{
  gint32 threshold = is_success ? k8_probe_success_threshold (probe)
                                : k8_probe_failure_threshold (probe);

  return (guint) CLAMP (threshold, 1, G_MAXUINT16);
}

/* One attempt, with the outcome that was last reported. @period_ns: until the next is told of. */
static void
take_attempt (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
              gint64 period_ns)
{
  K8ProbeKind kind = key.what - K8_FOR_PROBE;
  K8ProbeState *state = get_state (worker, key.index, kind);
  const K8Probe *probe = get_probe (worker, key.index, kind);
  guint threshold = get_threshold (probe, state->is_success);
  gboolean is_held;

  if (!state->is_success)
    say_unhealthy (self, context, worker, key.index, kind);
  /* Upstream's worker rests after a verdict that kills, until there is another container. */
  is_held = kind != K8_PROBE_READINESS && !state->is_success && state->n_in_a_row >= threshold;
  if (!is_held && (!state->is_success || state->n_in_a_row < threshold))
    state->timer = k8_context_set_timer (context, period_ns,
                                         k8_pod_worker_key (worker, key.what, key.index));
  if (state->n_in_a_row == threshold)
    decide (self, context, worker, key.index, kind);
}

static gint64
get_period_ns (const K8Probe *probe)
{
  return MAX (k8_probe_period_seconds (probe), 1) * K8_SECOND_NS;
}

/* What a driver reports: the first outcome, and each change; or the answer to a hook. */
void
k8_probes_result (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
                  const K8ProbeResult *result)
{
  if (key.what < K8_FOR_PROBE)
    {
      k8_pod_container_hook_answered (self, context, worker, key, result);
      return;
    }
  K8ProbeKind kind = key.what - K8_FOR_PROBE;
  K8ProbeState *state = get_state (worker, key.index, kind);
  const K8Probe *probe = get_probe (worker, key.index, kind);

  if (!state->is_watched || probe == NULL
      || k8_pod_worker_container (worker, key.index)->phase != K8_RUN_RUNNING)
    return;
  k8_context_cancel_timer (context, state->timer);
  state->timer = 0;
  state->is_success = result->is_success != FALSE;
  k8_string_unref (k8_string_at (context->region, state->output));
  state->output = k8_string_handle (k8_string_ref (result->output));
  state->n_in_a_row
      = (guint16) CLAMP (result->n_in_a_row, 1, get_threshold (probe, state->is_success));
  take_attempt (self, context, worker, key, get_period_ns (probe) + REPORT_NS);
}

/* A period has passed without a report: another attempt went as the last. */
void
k8_probes_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key)
{
  K8ProbeKind kind = key.what - K8_FOR_PROBE;
  K8ProbeState *state;

  if (key.index >= k8_array_n (&worker->containers))
    return;
  state = get_state (worker, key.index, kind);
  if (state->timer == 0 || !state->is_watched)
    return;
  state->timer = 0;
  state->n_in_a_row = (guint16) MIN (state->n_in_a_row + 1, G_MAXUINT16);
  take_attempt (self, context, worker, key, get_period_ns (get_probe (worker, key.index, kind)));
}
