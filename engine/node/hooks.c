/* SPDX-License-Identifier: Apache-2.0
 *
 * Lifecycle hooks: sleep is a timer, exec a command in the container, httpGet a probe that is
 * asked once; whatever the server answers is good, only no answer at all is a failure.
 * Source: kubernetes pkg/kubelet/lifecycle handlers.go (v1.36). Departures: tcpSocket does nothing,
 * as upstream's, and is not refused; HTTPS is not tried again as HTTP.
 */
#include <string.h>

#include "node/pod_worker.h"

/* The driver asks at once, and the next time would be long after the answer is taken. */
#define ONCE_SECONDS 3600

/* Upstream's client waits for ever; so does the hook of a container that is not being killed. */
#define LONGEST_NS (10 * K8_MINUTE_NS)

static void
start_sleep (K8Context *context, const K8LifecycleHandler *handler, gint64 limit_ns, guint64 key)
{
  gint64 seconds = k8_sleep_action_seconds (k8_lifecycle_handler_sleep (handler));

  k8_context_set_timer (context, MIN (seconds * K8_SECOND_NS, limit_ns), key);
}

static void
start_exec (K8Context *context, const K8PodWorker *worker, guint index,
            const K8LifecycleHandler *handler, gint64 limit_ns, guint64 key)
{
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_EXEC);

  op->container_id = k8_string_ref (k8_pod_worker_container (worker, index)->run.id);
  op->command = k8_list_ref (k8_exec_action_command (k8_lifecycle_handler_exec (handler)));
  op->timeout_ns = limit_ns == G_MAXINT64 ? 0 : limit_ns;
  k8_context_emit (context, K8_EFFECT_RUNTIME, key, op);
}

static void
start_http (K8Context *context, K8PodWorker *worker, guint index,
            const K8LifecycleHandler *handler, gint64 limit_ns, guint64 key)
{
  K8ProbeWatch *mail = k8_mail_new (context->region, &k8_probe_watch_class);
  gint64 seconds = MAX (MIN (limit_ns, LONGEST_NS) / K8_SECOND_NS, 1);
  K8ProbeEdit edit;

  k8_probe_edit (&edit, context->region, NULL);
  k8_probe_set_http_get (&edit, k8_record_ref (k8_lifecycle_handler_http_get (handler)));
  k8_probe_set_timeout_seconds (&edit, (gint32) seconds);
  k8_probe_set_period_seconds (&edit, ONCE_SECONDS);
  mail->kind = K8_PROBE_NONE;
  mail->probe = k8_probe_seal (&edit);
  mail->pod_uid = k8_string_ref (worker->uid);
  mail->container_id = k8_string_ref (k8_pod_worker_container (worker, index)->run.id);
  mail->pod_ip = k8_string_ref (worker->ip);
  mail->port = k8_probes_port (k8_pod_worker_spec (worker, index), mail->probe);
  k8_pod_worker_container (worker, index)->is_hook_asked = TRUE;
  k8_context_emit (context, K8_EFFECT_PROBE_WATCH, key, mail);
}

/**
 * k8_hook_start:
 * @what: K8_FOR_POST_START or K8_FOR_PRE_STOP: its end comes under this key, as a timer, a result
 *   of the runtime or a report of a probe
 * @limit_ns: how long it may take at most; G_MAXINT64: as long as it takes
 *
 * Returns: FALSE if there is nothing to run.
 */
gboolean
k8_hook_start (K8Context *context, K8PodWorker *worker, guint index,
               const K8LifecycleHandler *handler, K8KubeletFor what, gint64 limit_ns)
{
  guint64 key = k8_pod_worker_key (worker, what, index);

  if (k8_lifecycle_handler_has_sleep (handler))
    start_sleep (context, handler, limit_ns, key);
  else if (k8_lifecycle_handler_has_exec (handler))
    start_exec (context, worker, index, handler, limit_ns, key);
  else if (k8_lifecycle_handler_has_http_get (handler))
    start_http (context, worker, index, handler, limit_ns, key);
  else
    return FALSE;
  return TRUE;
}

/* The answer of a hook's request has come, or is no longer waited for. */
void
k8_hook_end (K8Context *context, K8PodWorker *worker, guint index, K8KubeletFor what)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->is_hook_asked)
    k8_context_emit (context, K8_EFFECT_PROBE_END, k8_pod_worker_key (worker, what, index), NULL);
  container->is_hook_asked = FALSE;
}

/* Whether a server answered, be it with an error. */
gboolean
k8_hook_has_answer (const K8ProbeResult *result)
{
  return result->is_success
         || g_str_has_prefix (k8_string_or_empty (result->output),
                              "HTTP probe failed with statuscode");
}
