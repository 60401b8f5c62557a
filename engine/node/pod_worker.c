/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker of one pod, from the moment it is bound here until nothing of it is left:
 *
 *   add ──rejected by admission──────────────────────────────────────────┐
 *    │ gather: what volumes and variables name (k8_volumes_gather)       │
 *   GATHERING ──all there──> SANDBOX ──it runs──> WRITING (volumes)      │
 *                               ^                     │ written          │
 *                 sandbox died  │                     v                  │
 *                               └──────────────── SYNCING (containers are started, watched,
 *                                                     │    started again: pod_container.c)
 *      deletionTimestamp, end of its containers,      │                  │
 *      deadline, gone from the API server             v                  │
 *                                              TERMINATING (pod_kill.c)  │
 *                                                     │ all have ended   │
 *                                                     v                  v
 *                                              STOPPING (sandbox) ──> TERMINATED ──> forgotten
 *
 * Invariants: 1 at most one step (`busy`) of starting is under way; 2 what ends a pod is never
 * taken back; 3 DELETE is sent once nothing runs and the final status is written.
 * Source: kubernetes pkg/kubelet pod_workers.go, kuberuntime_manager.go SyncPod (v1.36).
 * Departures: what the runtime does is known at once instead of by a list every second.
 */
#include "node/pod_worker.h"

#include "base/assert.h"
#include "machinery/pod.h"

/* When files that could not be written are tried again; it doubles up to a minute. */
#define REWRITE_NS (500 * K8_MILLISECOND_NS)

enum
{
  EXIT_UNKNOWN = 137,
  MAX_REWRITE_DOUBLINGS = 7,
};

K8PodContainer *
k8_pod_worker_container (const K8PodWorker *worker, guint index)
{
  return k8_array_at (&worker->containers, index);
}

const K8Container *
k8_pod_worker_spec (const K8PodWorker *worker, guint index)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  if (index < worker->n_init)
    return k8_pod_spec_init_containers_at (spec, index);
  return k8_pod_spec_containers_at (spec, index - worker->n_init);
}

gboolean
k8_pod_worker_find_container (const K8PodWorker *worker, const char *name, guint *ret_index)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    if (k8_string_is (k8_container_name (k8_pod_worker_spec (worker, i)), name))
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
k8_pod_worker_is_sidecar (const K8PodWorker *worker, guint index)
{
  return index < worker->n_init
         && k8_container_is_restartable_init (k8_pod_worker_spec (worker, index));
}

guint64
k8_pod_worker_key (const K8PodWorker *worker, K8KubeletFor what, guint index)
{
  return k8_kubelet_key_pack ((K8KubeletKey){ .generation = worker->generation,
                                              .worker = (guint16) worker->slot,
                                              .index = (guint8) index,
                                              .what = (guint8) what });
}

/* An operation on the pod; the caller fills in the rest and emits it. (transfer full) */
K8RuntimeOp *
k8_pod_worker_op (K8Context *context, const K8PodWorker *worker, K8RuntimeOpType type)
{
  K8RuntimeOp *op = k8_mail_new (context->region, &k8_runtime_op_class);

  k8_array_init (&op->files, context->region, sizeof (K8VolumeFile));
  op->type = type;
  op->pod = k8_record_ref (worker->pod);
  op->pod_uid = k8_string_ref (worker->uid);
  op->sandbox_id = k8_string_ref (worker->sandbox_id);
  return op;
}

/* Says something about one of the pod's containers. */
void
k8_pod_worker_say (K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
                   const K8Said *said, guint index)
{
  K8Said own = *said;
  GString *path = g_string_new (index < worker->n_init ? "spec.initContainers{"
                                                       : "spec.containers{");

  g_string_append (path, k8_container_name (k8_pod_worker_spec (worker, index)));
  g_string_append_c (path, '}');
  own.field_path = path->str;
  k8_kubelet_say (self, context, worker, &own);
  g_string_free (path, TRUE);
}

void
k8_pod_worker_set_text (K8Context *context, const char **place, const char *text)
{
  const char *before = *place;

  *place = text == NULL ? NULL : k8_string_intern (context->region, text);
  k8_string_unref (before);
}

/* Why a container does not start; NULL: nothing is in its way. */
void
k8_pod_worker_set_waiting (K8Context *context, K8PodWorker *worker, guint index,
                           const char *reason, const char *message)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);

  k8_pod_worker_set_text (context, &container->waiting_reason, reason);
  k8_pod_worker_set_text (context, &container->waiting_message, message);
}

void
k8_pod_worker_set_state (K8Context *context, K8PodWorker *worker, K8PodWorkerState state)
{
  static const char *const names[] = {
    [K8_WORKER_NONE] = "none",
    [K8_WORKER_GATHERING] = "gathering",
    [K8_WORKER_SANDBOX] = "sandbox",
    [K8_WORKER_WRITING] = "writing",
    [K8_WORKER_SYNCING] = "syncing",
    [K8_WORKER_TERMINATING] = "terminating",
    [K8_WORKER_STOPPING] = "stopping",
    [K8_WORKER_TERMINATED] = "terminated",
  };
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);

  k8_assert (worker->state < K8_WORKER_TERMINATING || state >= worker->state);
  worker->state = (guint8) state;
  k8_trace (context, KUBELET_SYNC,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (names[state]) });
}

/* Upstream syncs a pod again at the earliest expiry, at most a minute away, with jitter. */
void
k8_pod_worker_wake_after (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                          gint64 delay_ns)
{
  delay_ns = CLAMP (delay_ns, 0, K8_MINUTE_NS);
  delay_ns += (gint64) k8_random_below (&self->actor.random, (guint64) delay_ns / 2 + 1);
  k8_context_cancel_timer (context, worker->wake_timer);
  worker->wake_timer
      = k8_context_set_timer (context, delay_ns, k8_pod_worker_key (worker, K8_FOR_WAKE, 0));
}

/* Restart counts and the sandbox's attempt of an earlier kubelet live on in the status. */
static void
remember_status (K8PodWorker *worker)
{
  const K8PodStatus *status = k8_pod_status (worker->pod);

  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    {
      const K8List *list = i < worker->n_init ? k8_pod_status_init_container_statuses (status)
                                              : k8_pod_status_container_statuses (status);
      const char *name = k8_container_name (k8_pod_worker_spec (worker, i));
      const K8ContainerStatus *known = k8_container_status_find (list, name);
      if (known != NULL)
        k8_pod_worker_container (worker, i)->restart_count
            = (guint32) k8_container_status_restart_count (known);
    }
  if (k8_pod_status_has_start_time (status))
    worker->start_seconds = k8_pod_status_start_time (status);
}

static K8PodWorker *
make_worker (K8Kubelet *self, K8Context *context, const K8Pod *pod, gint64 revision)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const K8PodSpec *spec = k8_pod_spec (pod);
  guint32 slot = k8_slots_add (&self->workers);
  K8PodWorker *worker = k8_slots_edit (&self->workers, slot);
  guint n = k8_pod_spec_init_containers_n (spec) + k8_pod_spec_containers_n (spec);

  *worker = (K8PodWorker){ .pod = k8_record_ref (pod),
                           .revision = revision,
                           .uid = k8_string_ref (k8_object_meta_uid (meta)),
                           .start_seconds = k8_context_wall_seconds (context),
                           .generation = self->next_generation,
                           .slot = slot,
                           .n_init = k8_pod_spec_init_containers_n (spec) };
  self->next_generation = (self->next_generation + 1) & 0xffffff;
  k8_array_init (&worker->containers, context->region, sizeof (K8PodContainer));
  k8_array_init (&worker->objects, context->region, sizeof (K8PodObject));
  k8_array_set_size (&worker->containers, MIN (n, K8_MAX_POD_CONTAINERS));
  k8_index_put (&self->worker_by_uid, k8_string_handle (worker->uid), slot);
  remember_status (worker);
  k8_admit_count (worker);
  return worker;
}

/* Claims what the runtime had of the pod when the kubelet started. */
static void
adopt (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  for (guint32 i = 0; i < k8_array_n (&self->listed);)
    {
      K8RuntimeItem *item = k8_array_at (&self->listed, i);
      if (!k8_string_equal (item->pod_uid, worker->uid))
        {
          i++;
          continue;
        }
      k8_pod_container_adopt (self, context, worker, item);
      k8_runtime_item_clear (item);
      k8_array_remove (&self->listed, i);
    }
}

static void
set_deadline (K8Context *context, K8PodWorker *worker)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);
  gint64 left;

  if (worker->deadline_timer != 0 || !k8_pod_spec_has_active_deadline_seconds (spec))
    return;
  left = worker->start_seconds + k8_pod_spec_active_deadline_seconds (spec)
         - k8_context_wall_seconds (context);
  worker->deadline_timer = k8_context_set_timer (
      context, MAX (left, 0) * K8_SECOND_NS, k8_pod_worker_key (worker, K8_FOR_DEADLINE, 0));
}

/* The kubelet ends the pod for a reason of its own. */
static void
fail (K8Kubelet *self, K8Context *context, K8PodWorker *worker, const char *reason,
      const char *message)
{
  k8_pod_worker_set_text (context, &worker->reason, reason);
  k8_pod_worker_set_text (context, &worker->message, message);
  k8_kubelet_say (self, context, worker,
                  &(K8Said){ .type = "Warning", .reason = reason, .message = message });
}

static gboolean
admit (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  GString *reason = g_string_new (NULL);
  GString *message = g_string_new (NULL);
  gboolean is_good = k8_admit_pod (self, worker->pod, reason, message);

  if (!is_good)
    {
      k8_trace (context, KUBELET_REJECTED,
                { K8_TEXT (k8_object_meta_namespace (k8_pod_metadata (worker->pod))),
                  K8_TEXT (k8_object_meta_name (k8_pod_metadata (worker->pod))),
                  K8_TEXT (reason->str), K8_TEXT (message->str) });
      fail (self, context, worker, reason->str, message->str);
      g_string_prepend (message, "Pod was rejected: ");
      k8_pod_worker_set_text (context, &worker->message, message->str);
    }
  g_string_free (reason, TRUE);
  g_string_free (message, TRUE);
  return is_good;
}

void
k8_pod_worker_add (K8Kubelet *self, K8Context *context, const K8Pod *pod, gint64 revision)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  K8PodWorker *worker = make_worker (self, context, pod, revision);

  k8_trace (context, KUBELET_POD_ADDED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)) });
  adopt (self, context, worker);
  if (k8_pod_is_terminal (pod))
    {
      k8_pod_worker_set_state (context, worker, K8_WORKER_TERMINATING);
      k8_pod_worker_proceed (self, context, worker);
      return;
    }
  if (worker->sandbox_id == NULL && !k8_pod_is_terminating (pod)
      && !admit (self, context, worker))
    {
      worker->is_rejected = TRUE;
      k8_pod_worker_set_state (context, worker, K8_WORKER_TERMINATED);
      k8_pod_status_publish (self, context, worker);
      return;
    }
  set_deadline (context, worker);
  k8_pod_worker_set_state (context, worker, K8_WORKER_GATHERING);
  if (k8_pod_is_terminating (pod))
    k8_pod_worker_terminate (self, context, worker);
  else
    {
      k8_pod_status_publish (self, context, worker);
      k8_volumes_gather (self, context, worker);
      k8_pod_worker_proceed (self, context, worker);
    }
}

/* Seconds that the pod has to end: they only ever get fewer. */
static gint64
get_grace_seconds (const K8PodWorker *worker)
{
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);
  const K8PodSpec *spec = k8_pod_spec (worker->pod);
  gint64 grace = 30;

  if (worker->is_gone)
    return 1;
  if (k8_object_meta_has_deletion_grace_period_seconds (meta))
    grace = k8_object_meta_deletion_grace_period_seconds (meta);
  else if (k8_pod_spec_has_termination_grace_period_seconds (spec))
    grace = k8_pod_spec_termination_grace_period_seconds (spec);
  return MAX (grace, 1);
}

/* Begins to end the pod, or hastens it. */
void
k8_pod_worker_terminate (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  gint64 grace_seconds = get_grace_seconds (worker);

  if (worker->state < K8_WORKER_TERMINATING)
    {
      worker->terminate_ns = context->now_ns;
      worker->grace_seconds = grace_seconds;
      k8_context_cancel_timer (context, worker->wake_timer);
      worker->wake_timer = 0;
      k8_probes_end_killing (self, context, worker);
      k8_pod_worker_set_state (context, worker, K8_WORKER_TERMINATING);
    }
  else if (worker->state == K8_WORKER_TERMINATING && grace_seconds < worker->grace_seconds)
    {
      worker->grace_seconds = grace_seconds;
      for (guint i = 0; i < k8_array_n (&worker->containers); i++)
        k8_pod_kill_set_grace (context, worker, i);
    }
  k8_pod_worker_proceed (self, context, worker);
}

/* Whether a pod has volumes that may show facts about itself. */
static gboolean
has_facts (const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    if (k8_volume_has_downward_api (k8_pod_spec_volumes_at (spec, i)) ||
        k8_volume_has_projected (k8_pod_spec_volumes_at (spec, i)))
      return TRUE;
  return FALSE;
}

/* Whether what downwardAPI volumes show has changed: what else they show never does. */
static gboolean
are_facts_changed (const K8Pod *before, const K8Pod *now)
{
  const K8ObjectMeta *old = k8_pod_metadata (before);
  const K8ObjectMeta *meta = k8_pod_metadata (now);

  return !k8_list_equal (k8_object_meta_labels (old), k8_object_meta_labels (meta)) ||
         !k8_list_equal (k8_object_meta_annotations (old), k8_object_meta_annotations (meta));
}

void
k8_pod_worker_update (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                      const K8Pod *pod, gint64 revision)
{
  const K8Pod *before = worker->pod;
  gboolean is_same_spec;

  if (revision <= worker->revision)
    return;
  is_same_spec = k8_record_equal (k8_pod_spec (before), k8_pod_spec (pod));
  worker->pod = k8_record_ref (pod);
  worker->revision = revision;
  if (has_facts (pod) && are_facts_changed (before, pod))
    {
      worker->is_volume_stale = TRUE;
      k8_volume_refresh_arm (self, context);
    }
  k8_record_unref (before);
  k8_pod_status_reconcile (self, context, worker);
  if (k8_pod_is_terminating (pod) && worker->state <= K8_WORKER_TERMINATING)
    k8_pod_worker_terminate (self, context, worker);
  else if (worker->state == K8_WORKER_TERMINATED)
    k8_pod_status_delete_if_done (self, context, worker);
  else if (!is_same_spec)
    {
      k8_admit_count (worker);
      set_deadline (context, worker);
      k8_pod_worker_sync (self, context, worker);
    }
}

/* The API server has the pod no more: what still runs gets one second. */
void
k8_pod_worker_remove (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  worker->is_gone = TRUE;
  if (worker->state == K8_WORKER_TERMINATED)
    k8_pod_worker_proceed (self, context, worker);
  else
    k8_pod_worker_terminate (self, context, worker);
}

static void
run_sandbox (K8Context *context, K8PodWorker *worker)
{
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_RUN_SANDBOX);

  op->attempt = worker->sandbox_attempt;
  worker->busy = K8_FOR_SANDBOX;
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_SANDBOX, 0), op);
}

static void
remove_containers (K8Context *context, K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    {
      const K8PodContainer *container = k8_pod_worker_container (worker, i);
      const char *const ids[] = { container->last.id, container->run.id };
      for (guint j = 0; j < G_N_ELEMENTS (ids); j++)
        {
          if (ids[j] == NULL)
            continue;
          K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_REMOVE_CONTAINER);
          op->container_id = k8_string_ref (ids[j]);
          k8_context_emit (context, K8_EFFECT_RUNTIME,
                           k8_pod_worker_key (worker, K8_FOR_REMOVE, i), op);
        }
    }
}

/* Takes what is left of a pod out of the runtime, and forgets it. */
static void
forget (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  remove_containers (context, worker);
  if (worker->sandbox_id != NULL)
    k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_REMOVE, 0),
                     k8_pod_worker_op (context, worker, K8_RUNTIME_REMOVE_SANDBOX));
  k8_kubelet_forget (self, context, worker->slot);
}

static void
stop_sandbox (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    k8_probes_end (self, context, worker, i);
  k8_pod_worker_set_state (context, worker, K8_WORKER_STOPPING);
  k8_pod_status_publish (self, context, worker);
  if (worker->sandbox_id != NULL)
    {
      worker->busy = K8_FOR_STOP_SANDBOX;
      k8_context_emit (context, K8_EFFECT_RUNTIME,
                       k8_pod_worker_key (worker, K8_FOR_STOP_SANDBOX, 0),
                       k8_pod_worker_op (context, worker, K8_RUNTIME_STOP_SANDBOX));
      return;
    }
  k8_pod_worker_proceed (self, context, worker);
}

/* Steps that must end before a pod can: what they make must be known to be taken away. */
static gboolean
is_making_something (const K8PodWorker *worker)
{
  return worker->busy == K8_FOR_SANDBOX || worker->busy == K8_FOR_CREATE
         || worker->busy == K8_FOR_START;
}

/* All volumes have been answered for: on to the containers, or once more. */
static void
finish_writing (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->is_volume_stale)
    {
      guint doublings = MIN (worker->n_mount_failures, (guint) MAX_REWRITE_DOUBLINGS);
      worker->n_mount_failures = (guint8) (doublings + 1);
      worker->busy = K8_FOR_WAKE;
      k8_pod_worker_wake_after (self, context, worker, REWRITE_NS << doublings);
      return;
    }
  worker->n_mount_failures = 0;
  worker->busy = K8_FOR_NONE;
  if (k8_array_n (&worker->objects) > 0)
    k8_volume_refresh_arm (self, context);
  k8_volumes_spend_tokens (context, worker);
  k8_pod_worker_set_state (context, worker, K8_WORKER_SYNCING);
  k8_pod_worker_sync (self, context, worker);
}

void
k8_pod_worker_proceed (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->state == K8_WORKER_GATHERING && self->services.has_synced
      && k8_volumes_are_there (worker))
    k8_pod_worker_set_state (context, worker,
                             worker->sandbox_id == NULL ? K8_WORKER_SANDBOX : K8_WORKER_WRITING);
  if (worker->state == K8_WORKER_SANDBOX && worker->busy == K8_FOR_NONE)
    run_sandbox (context, worker);
  if (worker->state == K8_WORKER_WRITING && worker->busy == K8_FOR_NONE)
    k8_volumes_gather_spent (self, context, worker);
  if (worker->state == K8_WORKER_WRITING && worker->busy == K8_FOR_NONE)
    {
      worker->is_volume_stale = FALSE;
      worker->n_waiting = k8_volumes_write (self, context, worker, NULL);
      worker->busy = K8_FOR_VOLUME;
    }
  if (worker->state == K8_WORKER_WRITING && worker->busy == K8_FOR_VOLUME
      && worker->n_waiting == 0)
    {
      finish_writing (self, context, worker);
      return;
    }
  if (worker->state == K8_WORKER_SYNCING)
    k8_pod_container_start_next (self, context, worker);
  if (worker->state == K8_WORKER_TERMINATING && !is_making_something (worker))
    {
      k8_pod_kill_all (self, context, worker);
      if (k8_pod_kill_is_over (worker))
        stop_sandbox (self, context, worker);
      return;
    }
  if (worker->state == K8_WORKER_STOPPING && worker->busy != K8_FOR_STOP_SANDBOX)
    {
      k8_pod_worker_set_state (context, worker, K8_WORKER_TERMINATED);
      k8_pod_status_publish (self, context, worker);
      k8_pod_status_delete_if_done (self, context, worker);
    }
  if (worker->state == K8_WORKER_TERMINATED && worker->is_gone)
    forget (self, context, worker);
}

/* Whether the containers are all done, so that nothing will run here again. */
static gboolean
is_over (const K8PodWorker *worker)
{
  const char *phase = k8_pod_status_phase_of (worker);

  return k8_string_is (phase, "Succeeded") || k8_string_is (phase, "Failed");
}

void
k8_pod_worker_sync (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->state == K8_WORKER_TERMINATING)
    {
      k8_pod_status_publish (self, context, worker);
      k8_pod_worker_proceed (self, context, worker);
      return;
    }
  if (worker->state != K8_WORKER_SYNCING)
    return;
  worker->is_sync_due = worker->busy != K8_FOR_NONE;
  if (worker->is_sync_due)
    return; /* the pass that is under way ends in another */
  if (worker->sandbox_id == NULL)
    {
      k8_pod_worker_set_state (context, worker, K8_WORKER_SANDBOX);
      k8_pod_worker_proceed (self, context, worker);
      return;
    }
  worker->next_wake_ns = 0;
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    k8_pod_worker_container (worker, i)->is_tried = FALSE;
  if (is_over (worker))
    {
      k8_pod_worker_terminate (self, context, worker);
      return;
    }
  k8_pod_status_publish (self, context, worker);
  k8_pod_container_start_next (self, context, worker);
}

/* The sandbox died, or the node was without power: everything in it is gone. */
static void
lose_sandbox (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->state >= K8_WORKER_TERMINATING)
    return;
  if (worker->sandbox_id != NULL)
    {
      k8_kubelet_say (self, context, worker,
                      &(K8Said){ .type = "Normal",
                                 .reason = "SandboxChanged",
                                 .message = "Pod sandbox changed, it will be killed and "
                                            "re-created." });
      k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_REMOVE, 0),
                       k8_pod_worker_op (context, worker, K8_RUNTIME_REMOVE_SANDBOX));
    }
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    k8_pod_kill_container (self, context, worker, i, "Pod sandbox changed");
  k8_pod_worker_set_text (context, &worker->sandbox_id, NULL);
  k8_pod_worker_set_text (context, &worker->ip, NULL);
  worker->sandbox_attempt++;
  worker->is_initialized = FALSE;
  for (guint i = 0; i < worker->n_init; i++)
    k8_pod_worker_container (worker, i)->is_stale = TRUE;
  k8_pod_worker_sync (self, context, worker);
}

static const K8RuntimeItem *
find_item (const K8Array *items, const char *id)
{
  for (guint32 i = 0; i < k8_array_n (items); i++)
    {
      const K8RuntimeItem *item = k8_array_at (items, i);
      if (k8_string_equal (item->id, id))
        return item;
    }
  return NULL;
}

/**
 * k8_pod_worker_compare:
 * @items: everything that the runtime has
 *
 * Takes what ended while the runtime did not answer. What has vanished altogether counts as
 * ended, with the reason that upstream gives for what nobody saw.
 */
void
k8_pod_worker_compare (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                       const K8Array *items)
{
  const K8RuntimeItem *sandbox = find_item (items, worker->sandbox_id);

  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    {
      const K8PodContainer *container = k8_pod_worker_container (worker, i);
      const K8RuntimeItem *item = find_item (items, container->run.id);
      K8RuntimeItem lost = { .id = container->run.id,
                             .started_ns = container->run.started_ns,
                             .finished_ns = context->now_ns,
                             .exit_code = EXIT_UNKNOWN };
      if (container->phase != K8_RUN_RUNNING)
        continue;
      lost.reason = k8_string_intern (context->region, "ContainerStatusUnknown");
      if (item == NULL)
        k8_pod_container_exited (self, context, worker, i, &lost);
      else if (item->phase == K8_CONTAINER_EXITED)
        k8_pod_container_exited (self, context, worker, i, item);
      k8_string_unref (lost.reason);
    }
  if (worker->sandbox_id != NULL && (sandbox == NULL || sandbox->phase != K8_CONTAINER_RUNNING))
    lose_sandbox (self, context, worker);
}

static void
take_sandbox (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
              const K8RuntimeEvent *event)
{
  worker->busy = K8_FOR_NONE;
  if (event->is_failed)
    {
      GString *text = g_string_new ("Failed to create pod sandbox: ");
      g_string_append (text, k8_string_or_empty (event->message));
      k8_kubelet_say (self, context, worker,
                      &(K8Said){ .type = "Warning",
                                 .reason = "FailedCreatePodSandBox",
                                 .message = text->str });
      g_string_free (text, TRUE);
      worker->sandbox_attempt++;
      worker->busy = K8_FOR_WAKE;
      if (worker->state == K8_WORKER_SANDBOX)
        k8_pod_worker_wake_after (self, context, worker, K8_BACKOFF_FIRST_NS);
      else
        k8_pod_worker_proceed (self, context, worker);
      return;
    }
  k8_pod_worker_set_text (context, &worker->sandbox_id, event->item.id);
  k8_pod_worker_set_text (context, &worker->ip, event->item.ip);
  k8_trace (context, POD_SANDBOX,
            { K8_TEXT (k8_object_meta_namespace (k8_pod_metadata (worker->pod))),
              K8_TEXT (k8_object_meta_name (k8_pod_metadata (worker->pod))),
              K8_TEXT (worker->ip) });
  if (worker->state == K8_WORKER_SANDBOX)
    k8_pod_worker_set_state (context, worker, K8_WORKER_WRITING);
  k8_pod_worker_proceed (self, context, worker);
}

/* Without its files no container may start; those that run go on with what they have. */
static void
take_volume (K8Kubelet *self,
             K8Context *context,
             K8PodWorker *worker,
             guint index,
             const K8RuntimeEvent *event)
{
  if (event->is_failed)
    {
      worker->is_volume_stale = TRUE;
      k8_volumes_fail (self, context, worker, index, event->message);
    }
  if (worker->state != K8_WORKER_WRITING)
    return;
  if (worker->n_waiting > 0)
    worker->n_waiting--;
  k8_pod_worker_proceed (self, context, worker);
}

void
k8_pod_worker_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                       K8KubeletKey key, const K8RuntimeEvent *event)
{
  switch ((K8KubeletFor) key.what)
    {
    case K8_FOR_SANDBOX:
      if (event->type == K8_RUNTIME_SANDBOX_EXITED)
        lose_sandbox (self, context, worker);
      else
        take_sandbox (self, context, worker, event);
      break;
    case K8_FOR_STOP_SANDBOX:
      worker->busy = K8_FOR_NONE;
      k8_pod_worker_proceed (self, context, worker);
      break;
    case K8_FOR_VOLUME:
      take_volume (self, context, worker, key.index, event);
      break;
    case K8_FOR_IMAGE:
    case K8_FOR_PULL:
      k8_images_runtime (self, context, worker, key, event);
      break;
    default:
      k8_pod_container_runtime (self, context, worker, key, event);
      break;
    }
}

static void
end_at_deadline (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  if (worker->state >= K8_WORKER_TERMINATING)
    return;
  fail (self, context, worker, "DeadlineExceeded",
        "Pod was active on the node longer than the specified deadline");
  k8_pod_worker_terminate (self, context, worker);
}

void
k8_pod_worker_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key)
{
  if (key.what == K8_FOR_DEADLINE)
    end_at_deadline (self, context, worker);
  else if (key.what == K8_FOR_PRE_STOP)
    k8_pod_kill_go_on (self, context, worker, key.index);
  else if (key.what == K8_FOR_POST_START)
    k8_pod_container_timer (self, context, worker, key.index);
  else if (key.what >= K8_FOR_PROBE && key.what <= K8_FOR_PROBE_LAST)
    k8_probes_timer (self, context, worker, key);
  else if (key.what == K8_FOR_STATUS)
    {
      worker->is_reconcile_due = FALSE;
      k8_pod_status_publish (self, context, worker);
    }
  else if (key.what == K8_FOR_DELETE)
    k8_pod_status_delete_if_done (self, context, worker);
  else if (key.what == K8_FOR_OBJECT)
    {
      k8_volumes_gather (self, context, worker);
      k8_pod_worker_proceed (self, context, worker);
    }
  else if (key.what == K8_FOR_WAKE)
    {
      worker->wake_timer = 0;
      if (worker->busy == K8_FOR_WAKE)
        worker->busy = K8_FOR_NONE;
      if (worker->state == K8_WORKER_SYNCING)
        k8_pod_worker_sync (self, context, worker);
      else
        k8_pod_worker_proceed (self, context, worker);
    }
}

void
k8_pod_worker_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                      K8KubeletKey key, const K8ApiResponse *response)
{
  if (key.what == K8_FOR_OBJECT)
    k8_volumes_answer (self, context, worker, key, response);
  else if (key.what == K8_FOR_REFRESH)
    k8_volume_refresh_answer (self, context, worker, key, response);
  else
    k8_pod_status_answer (self, context, worker, key, response);
}
