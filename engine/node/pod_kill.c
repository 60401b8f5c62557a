/* SPDX-License-Identifier: Apache-2.0
 *
 * Ending containers: preStop hook, then STOP_CONTAINER with what is left of the grace period,
 * never less than 2 s (the runtime sends SIGTERM, and SIGKILL when the grace is over). A pod that
 * ends begins with all its containers at once; a sidecar whose hook is over waits until the
 * containers and the sidecars behind it have ended.
 * Source: kubernetes pkg/kubelet/kuberuntime killContainer, termination_order.go (v1.36).
 */
#include "node/pod_worker.h"

enum
{
  MIN_GRACE_SECONDS = 2,
};

/* Seconds left until the container's deadline, rounded up. */
static gint64
get_left_seconds (K8Context *context, const K8PodContainer *container)
{
  gint64 left_ns = container->kill_deadline_ns - context->now_ns;
  gint64 left = (left_ns + K8_SECOND_NS - 1) / K8_SECOND_NS;

  return MAX (left, MIN_GRACE_SECONDS);
}

/* Tells the runtime to stop a container whose hook is over. */
static void
stop (K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_STOP_CONTAINER);

  container->kill = K8_KILL_STOPPING;
  op->container_id = k8_string_ref (container->run.id);
  op->container_name = k8_string_ref (k8_container_name (k8_pod_worker_spec (worker, index)));
  op->grace_seconds = get_left_seconds (context, container);
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_STOP, index), op);
}

/* A container that was made and never started is as good as ended. */
static gboolean
is_running (const K8PodWorker *worker, guint index)
{
  return k8_pod_worker_container (worker, index)->phase == K8_RUN_RUNNING;
}

/* Whether a sidecar of a pod that ends must wait for others. */
static gboolean
must_wait (const K8PodWorker *worker, guint index)
{
  if (worker->state < K8_WORKER_TERMINATING || !k8_pod_worker_is_sidecar (worker, index))
    return FALSE;
  for (guint i = index + 1; i < k8_array_n (&worker->containers); i++)
    if (is_running (worker, i) && (i >= worker->n_init || k8_pod_worker_is_sidecar (worker, i)))
      return TRUE;
  return FALSE;
}

static void
stop_in_turn (K8Context *context, K8PodWorker *worker, guint index)
{
  if (must_wait (worker, index))
    k8_pod_worker_container (worker, index)->kill = K8_KILL_WAITING;
  else
    stop (context, worker, index);
}

/* Runs the preStop hook; FALSE if there is none to run. */
static gboolean
run_pre_stop (K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8Lifecycle *lifecycle = k8_container_lifecycle (k8_pod_worker_spec (worker, index));
  const K8LifecycleHandler *hook = k8_lifecycle_pre_stop (lifecycle);
  gint64 limit_ns = container->kill_grace_seconds * K8_SECOND_NS;

  k8_hook_end (context, worker, index, K8_FOR_POST_START);
  if (!k8_hook_start (context, worker, index, hook, K8_FOR_PRE_STOP, limit_ns))
    return FALSE;
  container->kill = K8_KILL_PRE_STOP;
  if (!k8_lifecycle_handler_has_sleep (hook))
    k8_context_set_timer (context, limit_ns, k8_pod_worker_key (worker, K8_FOR_PRE_STOP, index));
  return TRUE;
}

/**
 * k8_pod_kill_container:
 * @message: of the event Killing
 *
 * Begins to end a running container; does nothing if that is under way. How long it may take is
 * the container's kill_grace_seconds (a probe's own), else the pod's.
 */
void
k8_pod_kill_container (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
                       const char *message)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  if (container->phase != K8_RUN_RUNNING || container->kill != K8_KILL_NONE)
    return;
  if (worker->state >= K8_WORKER_TERMINATING)
    {
      container->kill_grace_seconds = worker->grace_seconds;
      container->kill_deadline_ns = worker->terminate_ns + worker->grace_seconds * K8_SECOND_NS;
    }
  else
    {
      if (container->kill_grace_seconds == 0)
        container->kill_grace_seconds = k8_pod_spec_termination_grace_period_seconds (spec);
      container->kill_deadline_ns
          = context->now_ns + container->kill_grace_seconds * K8_SECOND_NS;
    }
  k8_pod_worker_say (
      self, context, worker,
      &(K8Said){ .type = "Normal", .reason = "Killing", .message = message }, index);
  if (!run_pre_stop (context, worker, index))
    stop_in_turn (context, worker, index);
  container->kill_grace_seconds = 0;
}

void
k8_pod_kill_hook_failed (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  if (k8_pod_worker_container (worker, index)->kill == K8_KILL_PRE_STOP)
    k8_pod_worker_say (self, context, worker,
                       &(K8Said){ .type = "Warning",
                                  .reason = "FailedPreStopHook",
                                  .message = "PreStopHook failed" },
                       index);
}

/* The hook is over, or its time is. */
void
k8_pod_kill_go_on (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  if (index >= k8_array_n (&worker->containers)
      || k8_pod_worker_container (worker, index)->kill != K8_KILL_PRE_STOP)
    return;
  k8_hook_end (context, worker, index, K8_FOR_PRE_STOP);
  stop_in_turn (context, worker, index);
}

/* The runtime could not stop it: once more in a second. */
void
k8_pod_kill_again (K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->phase != K8_RUN_RUNNING || container->kill != K8_KILL_STOPPING)
    return;
  container->kill = K8_KILL_PRE_STOP;
  k8_context_set_timer (context, K8_SECOND_NS, k8_pod_worker_key (worker, K8_FOR_PRE_STOP, index));
}

/* The pod's grace became shorter: what is being stopped is told so. */
void
k8_pod_kill_set_grace (K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->phase != K8_RUN_RUNNING || container->kill == K8_KILL_NONE)
    return;
  k8_hook_end (context, worker, index, K8_FOR_PRE_STOP);
  container->kill_deadline_ns = context->now_ns + worker->grace_seconds * K8_SECOND_NS;
  stop_in_turn (context, worker, index);
}

static void
kill_for_pod (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  GString *text = g_string_new ("Stopping container ");

  g_string_append (text, k8_container_name (k8_pod_worker_spec (worker, index)));
  k8_pod_kill_container (self, context, worker, index, text->str);
  g_string_free (text, TRUE);
}

/* Begins to end what runs; sidecars that wait go on when their turn has come. */
void
k8_pod_kill_all (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    {
      if (!is_running (worker, i))
        continue;
      if (k8_pod_worker_container (worker, i)->kill == K8_KILL_WAITING)
        stop_in_turn (context, worker, i);
      else
        kill_for_pod (self, context, worker, i);
    }
}

gboolean
k8_pod_kill_is_over (const K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    if (is_running (worker, i))
      return FALSE;
  return TRUE;
}
