/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting containers, one after another: init containers in order, then the others. A step:
 * restart back-off → image → variables → CREATE_CONTAINER → START_CONTAINER → postStart.
 * A pass tries each container once; what failed waits for the next pass (a timer, an event).
 * Source: kubernetes pkg/kubelet/kuberuntime computePodActions, startContainer, doBackOff (v1.36).
 */
#include "base/text.h"
#include "machinery/pod.h"
#include "node/pod_worker.h"

/* Whether a rule of the container says that an exit code is restarted. */
static gboolean
rule_matches (const K8ContainerRestartRule *rule, gint32 exit_code)
{
  const K8ContainerRestartRuleOnExitCodes *codes = k8_container_restart_rule_exit_codes (rule);
  gboolean is_in = FALSE;

  for (guint i = 0; i < k8_container_restart_rule_on_exit_codes_values_n (codes); i++)
    is_in = is_in || k8_container_restart_rule_on_exit_codes_values_at (codes, i) == exit_code;
  if (k8_string_is (k8_container_restart_rule_on_exit_codes_operator (codes), "NotIn"))
    return !is_in;
  return is_in;
}

static const char *
get_restart_policy (const K8PodWorker *worker, const K8Container *container, gint32 exit_code)
{
  for (guint i = 0; i < k8_container_restart_policy_rules_n (container); i++)
    if (rule_matches (k8_container_restart_policy_rules_at (container, i), exit_code))
      return "Always";
  if (k8_container_has_restart_policy (container))
    return k8_container_restart_policy (container);
  return k8_pod_spec_restart_policy (k8_pod_spec (worker->pod));
}

/* Whether a container that has ended is to be started again. */
gboolean
k8_pod_worker_should_restart (const K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8Container *spec = k8_pod_worker_spec (worker, index);
  const char *policy = get_restart_policy (worker, spec, container->run.exit_code);

  if (worker->reason != NULL || worker->state >= K8_WORKER_TERMINATING)
    return FALSE;
  if (index < worker->n_init && container->run.exit_code == 0
      && !k8_pod_worker_is_sidecar (worker, index))
    return FALSE;
  if (k8_string_is (policy, "Never"))
    return FALSE;
  if (k8_string_is (policy, "OnFailure"))
    return container->run.exit_code != 0;
  return TRUE;
}

/* An init container that lets the next one start. @ret_is_candidate: it must be started first. */
static gboolean
init_is_done (const K8PodWorker *worker, guint index, gboolean *ret_is_candidate)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);

  *ret_is_candidate = FALSE;
  if (container->phase == K8_RUN_RUNNING)
    return k8_pod_worker_is_sidecar (worker, index) && k8_pod_worker_is_started (worker, index);
  if (container->phase == K8_RUN_EXITED && !k8_pod_worker_is_sidecar (worker, index)
      && container->run.exit_code == 0 && !container->is_stale)
    return TRUE;
  *ret_is_candidate = container->phase != K8_RUN_EXITED || container->is_stale
                      || k8_pod_worker_should_restart (worker, index);
  return worker->is_initialized && container->is_tried;
}

/* The next container to start in this pass. FALSE if there is none. */
static gboolean
find_next (K8PodWorker *worker, guint *ret_index)
{
  guint n = k8_array_n (&worker->containers);
  gboolean is_candidate;

  for (guint i = 0; i < worker->n_init; i++)
    {
      if (worker->is_initialized && !k8_pod_worker_is_sidecar (worker, i))
        continue;
      gboolean is_done = init_is_done (worker, i, &is_candidate);
      if (is_candidate && !k8_pod_worker_container (worker, i)->is_tried)
        {
          *ret_index = i;
          return TRUE;
        }
      if (!is_done && !worker->is_initialized)
        return FALSE;
    }
  worker->is_initialized = TRUE;
  for (guint i = worker->n_init; i < n; i++)
    {
      const K8PodContainer *container = k8_pod_worker_container (worker, i);
      if (container->is_tried || container->phase == K8_RUN_RUNNING
          || (container->phase == K8_RUN_EXITED && !k8_pod_worker_should_restart (worker, i)))
        continue;
      *ret_index = i;
      return TRUE;
    }
  return FALSE;
}

static void
append_pod (GString *out, const K8PodWorker *worker)
{
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);

  g_string_append (out, k8_object_meta_name (meta));
  g_string_append_c (out, '_');
  g_string_append (out, k8_object_meta_namespace (meta));
  g_string_append_c (out, '(');
  g_string_append (out, worker->uid);
  g_string_append_c (out, ')');
}

/* Tells that a restart must wait, as every pass does that finds it so. */
static void
tell_backoff (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  const char *name = k8_container_name (k8_pod_worker_spec (worker, index));
  GString *text = g_string_new ("Back-off restarting failed container ");
  char wait[K8_DURATION_LETTERS + 1];

  g_string_append (text, name);
  g_string_append (text, " in pod ");
  append_pod (text, worker);
  k8_pod_worker_say (
      self, context, worker,
      &(K8Said){ .type = "Warning", .reason = "BackOff", .message = text->str }, index);
  k8_duration_format (container->restarts.wait_ns, wait);
  g_string_assign (text, "back-off ");
  g_string_append (text, wait);
  g_string_append (text, " restarting failed container=");
  g_string_append (text, name);
  g_string_append (text, " pod=");
  append_pod (text, worker);
  k8_pod_worker_set_waiting (context, worker, index, "CrashLoopBackOff", text->str);
  g_string_free (text, TRUE);
}

/* Notes when a container may be tried again. */
static void
wake_at (K8PodWorker *worker, gint64 at_ns)
{
  if (worker->next_wake_ns == 0 || at_ns < worker->next_wake_ns)
    worker->next_wake_ns = at_ns;
}

static gboolean
must_back_off (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  gint64 since_ns = container->run.finished_ns;

  if (container->phase != K8_RUN_EXITED || container->is_stale)
    return FALSE;
  if (k8_backoff_is_waiting (&container->restarts, since_ns, context->now_ns))
    {
      tell_backoff (self, context, worker, index);
      wake_at (worker, since_ns + container->restarts.wait_ns);
      return TRUE;
    }
  k8_backoff_next (&container->restarts, since_ns, context->now_ns);
  return FALSE;
}

/* Nothing more to start: shows what came of the pass, and waits for the earliest back-off. */
static void
end_pass (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->is_sync_due)
    {
      k8_pod_worker_sync (self, context, worker);
      return;
    }
  k8_pod_status_publish (self, context, worker);
  if (worker->next_wake_ns != 0)
    k8_pod_worker_wake_after (self, context, worker, worker->next_wake_ns - context->now_ns);
}

void
k8_pod_container_start_next (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  guint index;

  while (worker->busy == K8_FOR_NONE && worker->state == K8_WORKER_SYNCING)
    {
      if (!find_next (worker, &index))
        {
          end_pass (self, context, worker);
          return;
        }
      k8_pod_worker_container (worker, index)->is_tried = TRUE;
      if (must_back_off (self, context, worker, index))
        continue;
      worker->busy_index = (guint8) index;
      k8_images_ensure (self, context, worker, index);
    }
}

/* The container could not be started in this pass. */
void
k8_pod_container_fail (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  const K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8Backoff *pulls = &container->pulls;
  gint64 again_ns = context->now_ns + K8_BACKOFF_FIRST_NS;

  /* What the first pass made is an event for upstream's kubelet, which then looks again. */
  if (pulls->update_ns == context->now_ns && pulls->wait_ns == K8_BACKOFF_FIRST_NS)
    again_ns = context->now_ns + K8_SECOND_NS;
  else if (pulls->update_ns != 0 && pulls->update_ns != context->now_ns
           && k8_backoff_is_waiting (pulls, pulls->update_ns, context->now_ns))
    again_ns = pulls->update_ns + pulls->wait_ns;
  wake_at (worker, again_ns);
  worker->busy = K8_FOR_NONE;
}

static void
say_error (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
           const char *message)
{
  GString *text = g_string_new ("Error: ");

  g_string_append (text, message);
  k8_pod_worker_say (
      self, context, worker,
      &(K8Said){ .type = "Warning", .reason = "Failed", .message = text->str }, index);
  g_string_free (text, TRUE);
}

static void
remove_run (K8Context *context, K8PodWorker *worker, guint index, const char *id)
{
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_REMOVE_CONTAINER);

  op->container_id = k8_string_ref (id);
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_REMOVE, index),
                   op);
}

/* Keeps one dead life for its logs and moves the last one there. */
static void
begin_life (K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (container->phase != K8_RUN_EXITED)
    return;
  if (container->last.id != NULL)
    remove_run (context, worker, index, container->last.id);
  k8_string_unref (container->last.id);
  k8_string_unref (container->last.reason);
  container->last = container->run;
  container->run = (K8ContainerRun){ 0 };
  container->is_stale = FALSE;
  container->restart_count++;
}

void
k8_pod_container_image_ready (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                              guint index)
{
  const K8Container *spec = k8_pod_worker_spec (worker, index);
  GString *error = g_string_new (NULL);
  const K8Container *resolved = k8_env_resolve (self, context, worker, index, error);

  if (resolved == NULL)
    {
      say_error (self, context, worker, index, error->str);
      k8_pod_worker_set_waiting (context, worker, index, "CreateContainerConfigError",
                                 error->str);
      k8_pod_container_fail (self, context, worker, index);
      g_string_free (error, TRUE);
      k8_volumes_gather (self, context, worker); /* for the next pass */
      k8_pod_container_start_next (self, context, worker);
      return;
    }
  g_string_free (error, TRUE);
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_CREATE_CONTAINER);
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  op->container_name = k8_string_ref (k8_container_name (spec));
  op->image = k8_string_ref (k8_container_image (spec));
  op->container = resolved;
  op->attempt = container->restart_count + (container->phase == K8_RUN_EXITED ? 1 : 0);
  worker->busy = K8_FOR_CREATE;
  worker->busy_index = (guint8) index;
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_CREATE, index),
                   op);
}

static void
refuse_start (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
              const K8RuntimeEvent *event)
{
  const char *reason = event->error == NULL ? "RunContainerError" : event->error;

  say_error (self, context, worker, index, k8_string_or_empty (event->message));
  k8_pod_worker_set_waiting (context, worker, index, reason, event->message);
  k8_pod_container_fail (self, context, worker, index);
  k8_pod_worker_proceed (self, context, worker);
}

static void
take_created (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
              const K8RuntimeEvent *event)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  if (event->is_failed)
    {
      refuse_start (self, context, worker, index, event);
      return;
    }
  begin_life (context, worker, index);
  container->phase = K8_RUN_CREATED;
  k8_pod_worker_set_text (context, &container->run.id, event->item.id);
  if (event->item.image_id != NULL)
    k8_pod_worker_set_text (context, &container->image_id, event->item.image_id);
  if (worker->state >= K8_WORKER_TERMINATING)
    {
      worker->busy = K8_FOR_NONE;
      k8_pod_worker_proceed (self, context, worker);
      return;
    }
  k8_pod_worker_say (self, context, worker,
                     &(K8Said){ .type = "Normal",
                                .reason = "Created",
                                .message = "Container created" },
                     index);
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_START_CONTAINER);
  op->container_id = k8_string_ref (container->run.id);
  op->container_name = k8_string_ref (k8_container_name (k8_pod_worker_spec (worker, index)));
  worker->busy = K8_FOR_START;
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_START, index),
                   op);
}

static void
finish_start (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  worker->busy = K8_FOR_NONE;
  if (worker->state < K8_WORKER_TERMINATING
      && k8_pod_worker_container (worker, index)->phase == K8_RUN_RUNNING)
    k8_probes_start (self, context, worker, index);
  k8_pod_worker_proceed (self, context, worker);
}

/* Runs the postStart hook; FALSE if there is none to run. */
static gboolean
run_post_start (K8Context *context, K8PodWorker *worker, guint index)
{
  const K8Lifecycle *lifecycle = k8_container_lifecycle (k8_pod_worker_spec (worker, index));

  if (!k8_hook_start (context, worker, index, k8_lifecycle_post_start (lifecycle),
                      K8_FOR_POST_START, G_MAXINT64))
    return FALSE;
  worker->busy = K8_FOR_POST_START;
  return TRUE;
}

static void
take_started (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
              const K8RuntimeEvent *event)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);

  if (event->is_failed)
    {
      refuse_start (self, context, worker, index, event);
      return;
    }
  if (container->phase == K8_RUN_CREATED)
    container->phase = K8_RUN_RUNNING;
  container->run.started_ns = event->item.started_ns;
  k8_pod_worker_set_waiting (context, worker, index, NULL, NULL);
  k8_trace (context, CONTAINER_STARTED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (k8_container_name (k8_pod_worker_spec (worker, index))),
              K8_NUMBER (container->restart_count) });
  k8_pod_worker_say (self, context, worker,
                     &(K8Said){ .type = "Normal",
                                .reason = "Started",
                                .message = "Container started" },
                     index);
  if (worker->state >= K8_WORKER_TERMINATING || !run_post_start (context, worker, index))
    finish_start (self, context, worker, index);
}

static void
take_post_start (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
                 gboolean is_failed)
{
  k8_hook_end (context, worker, index, K8_FOR_POST_START);
  if (is_failed)
    {
      k8_pod_worker_say (self, context, worker,
                         &(K8Said){ .type = "Warning",
                                    .reason = "FailedPostStartHook",
                                    .message = "PostStartHook failed" },
                         index);
      k8_pod_worker_set_waiting (context, worker, index, "PostStartHookError",
                                 "PostStartHook failed");
      k8_pod_kill_container (self, context, worker, index, "FailedPostStartHook");
    }
  finish_start (self, context, worker, index);
}

static gboolean
has_failed (const K8RuntimeEvent *event)
{
  return event->is_failed || event->item.exit_code != 0;
}

static void
take_pre_stop (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
               gboolean is_failed)
{
  if (is_failed)
    k8_pod_kill_hook_failed (self, context, worker, index);
  k8_pod_kill_go_on (self, context, worker, index);
}

/* The server of an HTTP hook has answered, or could not be asked. */
void
k8_pod_container_hook_answered (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                                K8KubeletKey key, const K8ProbeResult *result)
{
  if (key.index >= k8_array_n (&worker->containers)
      || !k8_pod_worker_container (worker, key.index)->is_hook_asked)
    return;
  if (key.what == K8_FOR_PRE_STOP)
    take_pre_stop (self, context, worker, key.index, !k8_hook_has_answer (result));
  else if (key.what == K8_FOR_POST_START && worker->busy == K8_FOR_POST_START
           && worker->busy_index == key.index)
    take_post_start (self, context, worker, key.index, !k8_hook_has_answer (result));
}

/* A life has ended, by itself or because it was told to. */
void
k8_pod_container_exited (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
                         const K8RuntimeItem *item)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);

  if (container->phase == K8_RUN_EXITED || !k8_string_equal (container->run.id, item->id))
    return;
  k8_hook_end (context, worker, index,
               container->kill == K8_KILL_PRE_STOP ? K8_FOR_PRE_STOP : K8_FOR_POST_START);
  container->phase = K8_RUN_EXITED;
  container->kill = K8_KILL_NONE;
  container->run.started_ns = item->started_ns;
  container->run.finished_ns = item->finished_ns;
  container->run.exit_code = item->exit_code;
  k8_pod_worker_set_text (context, &container->run.reason, item->reason);
  k8_trace (context, CONTAINER_EXITED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (k8_container_name (k8_pod_worker_spec (worker, index))),
              K8_NUMBER (item->exit_code), K8_TEXT (item->reason) });
  k8_probes_end (self, context, worker, index);
  k8_pod_worker_sync (self, context, worker);
}

void
k8_pod_container_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                          K8KubeletKey key, const K8RuntimeEvent *event)
{
  if (key.index >= k8_array_n (&worker->containers))
    return;
  if (event->type == K8_RUNTIME_CONTAINER_EXITED)
    k8_pod_container_exited (self, context, worker, key.index, &event->item);
  else if (key.what == K8_FOR_CREATE)
    take_created (self, context, worker, key.index, event);
  else if (key.what == K8_FOR_START)
    take_started (self, context, worker, key.index, event);
  else if (key.what == K8_FOR_POST_START)
    take_post_start (self, context, worker, key.index, has_failed (event));
  else if (key.what == K8_FOR_PRE_STOP)
    take_pre_stop (self, context, worker, key.index, has_failed (event));
  else if (key.what == K8_FOR_STOP && event->is_failed)
    k8_pod_kill_again (context, worker, key.index);
  else if (key.what == K8_FOR_STOP && event->item.phase == K8_CONTAINER_EXITED)
    k8_pod_container_exited (self, context, worker, key.index, &event->item);
}

/* The postStart hook slept long enough. */
void
k8_pod_container_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  if (worker->busy == K8_FOR_POST_START && worker->busy_index == index)
    take_post_start (self, context, worker, index, FALSE);
}

static void
adopt_sandbox (K8Context *context, K8PodWorker *worker, const K8RuntimeItem *item)
{
  if (item->attempt >= worker->sandbox_attempt)
    worker->sandbox_attempt = item->attempt;
  if (item->phase != K8_CONTAINER_RUNNING)
    {
      K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_REMOVE_SANDBOX);
      k8_string_unref (op->sandbox_id);
      op->sandbox_id = k8_string_ref (item->id);
      k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_REMOVE, 0),
                       op);
      worker->sandbox_attempt++;
      return;
    }
  k8_pod_worker_set_text (context, &worker->sandbox_id, item->id);
  k8_pod_worker_set_text (context, &worker->ip, item->ip);
}

/* Takes over what an earlier kubelet started: the newest attempt is the life, the others are
 * only counted. Sandboxes come before their containers. */
void
k8_pod_container_adopt (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                        const K8RuntimeItem *item)
{
  guint index;

  if (item->container_name == NULL)
    {
      adopt_sandbox (context, worker, item);
      return;
    }
  if (!k8_pod_worker_find_container (worker, item->container_name, &index))
    return;
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  if (container->run.id != NULL && item->attempt < container->restart_count)
    return;
  if (item->phase != K8_CONTAINER_RUNNING && item->phase != K8_CONTAINER_EXITED)
    {
      remove_run (context, worker, index, item->id); /* made and never started: made anew */
      return;
    }
  begin_life (context, worker, index);
  container->restart_count = item->attempt;
  k8_pod_worker_set_text (context, &container->run.id, item->id);
  k8_pod_worker_set_text (context, &container->run.reason, item->reason);
  k8_pod_worker_set_text (context, &container->image_id, item->image_id);
  container->run.started_ns = item->started_ns;
  container->run.finished_ns = item->finished_ns;
  container->run.exit_code = item->exit_code;
  if (item->phase == K8_CONTAINER_RUNNING)
    {
      container->phase = K8_RUN_RUNNING;
      k8_probes_start (self, context, worker, index);
    }
  else
    container->phase = K8_RUN_EXITED;
  if (index >= worker->n_init && worker->sandbox_id != NULL)
    worker->is_initialized = TRUE;
  else if (worker->sandbox_id == NULL && index < worker->n_init)
    container->is_stale = TRUE;
}
