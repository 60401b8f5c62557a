/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes and lifecycle hooks of a container.
 * Source: kubernetes pkg/apis/core/validation, validateProbe, validateHandler, validateLifecycle
 * (v1.36).
 */
#include <string.h>

#include "machinery/validate_parts.h"

static const char linux_signals[] =
    "SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|"
    "SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|"
    "SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|"
    "SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|"
    "SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|"
    "SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|"
    "SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|"
    "SIGWINCH|SIGXCPU|SIGXFSZ";

/* What a probe or a hook may do; NULL for what is not said. */
typedef struct
{
  const K8ExecAction *exec;
  const K8HTTPGetAction *http_get;
  const K8TCPSocketAction *tcp_socket;
  const K8GRPCAction *grpc;
  const K8SleepAction *sleep;
} Handler;

static void
check_exec (K8FieldErrors *errors, const K8Path *path, const K8ExecAction *exec)
{
  if (k8_exec_action_command_n (exec) == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "command"), "%s", "");
}

static void
check_http_get (K8FieldErrors *errors, const K8Path *path, const K8HTTPGetAction *http)
{
  k8_check_required (errors, K8_CHILD (path, "path"), k8_http_get_action_path (http));
  k8_check_port_or_name (errors, K8_CHILD (path, "port"), k8_http_get_action_port (http));
  k8_check_word (errors, K8_CHILD (path, "scheme"), k8_http_get_action_scheme (http), "HTTP|HTTPS");
  for (guint i = 0; i < k8_http_get_action_http_headers_n (http); i++)
    k8_check_name (errors, K8_CHILD (path, "httpHeaders"),
                   k8_http_header_name (k8_http_get_action_http_headers_at (http, i)),
                   k8_name_check_http_header);
}

static void
check_sleep (K8PodCheck *check, const K8Path *path, const K8SleepAction *sleep)
{
  gint64 seconds = k8_sleep_action_seconds (sleep);
  gint64 grace_seconds = k8_pod_spec_termination_grace_period_seconds (check->spec);

  if (k8_pod_spec_has_termination_grace_period_seconds (check->spec) &&
      (seconds < 0 || seconds > grace_seconds))
    k8_field_errors_invalid_int (check->errors, path, seconds,
                                 "must be non-negative and less than "
                                 "terminationGracePeriodSeconds (%" G_GINT64_FORMAT ")",
                                 grace_seconds);
}

/* TRUE if this is the first kind of action; an error if it is another. */
static gboolean
may_act (K8FieldErrors *errors, const K8Path *path, guint *n_actions)
{
  if ((*n_actions)++ == 0)
    return TRUE;
  k8_field_errors_forbidden (errors, path, "may not specify more than 1 handler type");
  return FALSE;
}

static void
check_handler (K8PodCheck *check, const K8Path *path, const Handler *handler)
{
  K8FieldErrors *errors = check->errors;
  guint n_actions = 0;
  K8Path at = k8_path_child (path, "exec");

  if (handler->exec != NULL && may_act (errors, &at, &n_actions))
    check_exec (errors, &at, handler->exec);
  at.name = "httpGet";
  if (handler->http_get != NULL && may_act (errors, &at, &n_actions))
    check_http_get (errors, &at, handler->http_get);
  at.name = "tcpSocket";
  if (handler->tcp_socket != NULL && may_act (errors, &at, &n_actions))
    k8_check_port_or_name (errors, K8_CHILD (&at, "port"),
                           k8_tcp_socket_action_port (handler->tcp_socket));
  at.name = "grpc";
  if (handler->grpc != NULL && may_act (errors, &at, &n_actions))
    k8_check_port_or_name (errors, K8_CHILD (&at, "port"),
                           (K8IntOrString){ .number = k8_grpc_action_port (handler->grpc) });
  at.name = "sleep";
  if (handler->sleep != NULL && may_act (errors, &at, &n_actions))
    check_sleep (check, &at, handler->sleep);
  if (n_actions == 0)
    k8_field_errors_required (errors, path, "must specify a handler type");
}

static void
check_probe (K8PodCheck *check, const K8Path *path, const K8Probe *probe)
{
  static const K8Field *const counts[] = {
    K8_FIELD (probe, initial_delay_seconds), K8_FIELD (probe, timeout_seconds),
    K8_FIELD (probe, period_seconds),        K8_FIELD (probe, success_threshold),
    K8_FIELD (probe, failure_threshold),
  };
  Handler handler = { .exec = k8_probe_exec (probe),
                      .http_get = k8_probe_http_get (probe),
                      .tcp_socket = k8_probe_tcp_socket (probe),
                      .grpc = k8_probe_grpc (probe) };
  gint64 grace_seconds = k8_probe_termination_grace_period_seconds (probe);

  check_handler (check, path, &handler);
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    k8_check_non_negative (check->errors, K8_CHILD (path, counts[i]->name),
                           k8_record_get_int (probe, counts[i]));
  if (k8_probe_has_termination_grace_period_seconds (probe) && grace_seconds <= 0)
    k8_field_errors_invalid_int (check->errors, K8_CHILD (path, "terminationGracePeriodSeconds"),
                                 grace_seconds, "must be greater than 0");
}

/* Liveness and startup end at the first success. */
static void
check_single_probe (K8PodCheck *check, const K8Path *path, const K8Probe *probe)
{
  if (probe == NULL)
    return;
  check_probe (check, path, probe);
  if (k8_probe_success_threshold (probe) != 1)
    k8_field_errors_invalid_int (check->errors, K8_CHILD (path, "successThreshold"),
                                 k8_probe_success_threshold (probe), "must be 1");
}

static void
check_readiness (K8PodCheck *check, const K8Path *path, const K8Probe *probe)
{
  if (probe == NULL)
    return;
  check_probe (check, path, probe);
  if (k8_probe_has_termination_grace_period_seconds (probe))
    k8_field_errors_invalid_int (check->errors, K8_CHILD (path, "terminationGracePeriodSeconds"),
                                 k8_probe_termination_grace_period_seconds (probe),
                                 "must not be set for readinessProbes");
}

void
k8_check_probes (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  check_single_probe (check, K8_CHILD (path, "livenessProbe"),
                      k8_container_liveness_probe (container));
  check_readiness (check, K8_CHILD (path, "readinessProbe"),
                   k8_container_readiness_probe (container));
  check_single_probe (check, K8_CHILD (path, "startupProbe"),
                      k8_container_startup_probe (container));
}

static void
check_hook (K8PodCheck *check, const K8Path *path, const K8LifecycleHandler *hook)
{
  Handler handler = { .exec = k8_lifecycle_handler_exec (hook),
                      .http_get = k8_lifecycle_handler_http_get (hook),
                      .tcp_socket = k8_lifecycle_handler_tcp_socket (hook),
                      .sleep = k8_lifecycle_handler_sleep (hook) };

  if (hook != NULL)
    check_handler (check, path, &handler);
}

static void
check_stop_signal (K8PodCheck *check, const K8Path *path, const char *stop_signal)
{
  const K8PodOS *os = k8_pod_spec_os (check->spec);

  if (stop_signal == NULL)
    return;
  if (os == NULL)
    k8_field_errors_forbidden (check->errors, path,
                               "may not be set for containers with empty `spec.os.name`");
  else if (k8_string_is (k8_pod_os_name (os), "windows"))
    k8_check_word (check->errors, path, stop_signal, "SIGKILL|SIGTERM");
  else if (k8_string_is (k8_pod_os_name (os), "linux"))
    k8_check_word (check->errors, path, stop_signal, linux_signals);
}

void
k8_check_lifecycle (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  const K8Lifecycle *lifecycle = k8_container_lifecycle (container);
  K8Path at = k8_path_child (path, "lifecycle");

  check_hook (check, K8_CHILD (&at, "postStart"), k8_lifecycle_post_start (lifecycle));
  check_hook (check, K8_CHILD (&at, "preStop"), k8_lifecycle_pre_stop (lifecycle));
  check_stop_signal (check, K8_CHILD (&at, "stopSignal"), k8_lifecycle_stop_signal (lifecycle));
}
