/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler: one pod at a time is taken from the queue, a cycle of virtual time later a node
 * is chosen, the pod is assumed there and the next one is taken while the binding is under way.
 *   receive → informers (events.c) → begin_cycle → TIMER_CYCLE → end_cycle → bind → take_binding
 * Source: pkg/scheduler/scheduler.go, schedule_one.go (v1.36). Departures: one profile; the
 * cluster is looked at when the cycle ends; no election of a leader.
 */
#include "scheduler/scheduler.h"

#include "base/assert.h"
#include "base/time.h"
#include "machinery/pod.h"
#include "scheduler/plugins.h"
#include "scheduler/state.h"

enum
{
  INFORMER_NODES = 1,
  INFORMER_PODS = 2,
  TIMER_CYCLE = 1,
  TIMER_BACKOFF = 2,
  TIMER_POOL = 3,
  POOL_FLUSH_SECONDS = 30,
};

static K8Scheduler *
get_self (K8Actor *actor)
{
  return (K8Scheduler *) actor;
}

static void
ref_binding (K8Region *region, void *element)
{
  K8PendingBinding *binding = element;

  k8_record_ref (binding->pod);
  k8_string_ref (binding->node_name);
}

static void
unref_binding (K8Region *region, void *element)
{
  K8PendingBinding *binding = element;

  k8_record_unref (binding->pod);
  k8_string_unref (binding->node_name);
}

static const K8ElementClass binding_class = { .ref = ref_binding, .unref = unref_binding };

static void
start (K8Actor *actor, K8Context *context, const K8StartMail *mail)
{
  K8Scheduler *self = get_self (actor);

  self->cycle_ns = mail->durations.scheduling_cycle_ns;
  k8_client_init (&self->client, context, "system:kube-scheduler");
  k8_recorder_init (&self->recorder, context, K8_RECORDER_NEW_STYLE, "default-scheduler",
                    mail->name);
  k8_scheduler_cache_init (&self->cache, context->region);
  k8_scheduling_queue_init (&self->queue, context->region);
  k8_framework_init (&self->framework, context->region);
  k8_slots_init (&self->bindings, context->region, sizeof (K8PendingBinding), &binding_class);
  k8_informer_init (&self->nodes, context, K8_KIND_Node, INFORMER_NODES,
                    k8_scheduler_take_change);
  k8_informer_init (&self->pods, context, K8_KIND_Pod, INFORMER_PODS, k8_scheduler_take_change);
  k8_informer_start (&self->nodes, &self->client, context);
  k8_informer_start (&self->pods, &self->client, context);
}

static void
clear (K8Actor *actor)
{
  K8Scheduler *self = get_self (actor);

  k8_informer_clear (&self->nodes);
  k8_informer_clear (&self->pods);
  k8_recorder_clear (&self->recorder);
  k8_client_clear (&self->client);
  k8_scheduler_cache_clear (&self->cache);
  k8_scheduling_queue_clear (&self->queue);
  k8_framework_clear (&self->framework);
  k8_slots_clear (&self->bindings);
}

static void
clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const K8Scheduler *self = (const K8Scheduler *) actor;
  K8Scheduler *copy = get_self (ret_clone);

  k8_informer_clone (&copy->nodes, &self->nodes);
  k8_informer_clone (&copy->pods, &self->pods);
  k8_recorder_clone (&copy->recorder, &self->recorder);
  k8_client_clone (&copy->client, &self->client);
  k8_scheduler_cache_clone (&copy->cache, &self->cache);
  k8_scheduling_queue_clone (&copy->queue, &self->queue);
  k8_framework_clone (&copy->framework, &self->framework);
  k8_slots_clone (&copy->bindings, &self->bindings);
}

/* The next pod is taken up; its cycle ends after a while. */
static void
begin_cycle (K8Scheduler *self, K8Context *context)
{
  if (!self->has_begun || self->in_cycle != 0)
    return;
  self->in_cycle = k8_scheduling_queue_pop (&self->queue);
  if (self->in_cycle == 0)
    return;
  const K8QueuedPod *queued = k8_scheduling_queue_at (&self->queue, self->in_cycle);
  const K8ObjectMeta *meta = k8_pod_metadata (queued->pod);
  k8_trace (context, QUEUE_POP,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_NUMBER (queued->n_attempts) });
  k8_context_set_timer (context, self->cycle_ns, TIMER_CYCLE);
}

void
k8_scheduler_say (K8Scheduler *self, K8Context *context, const K8Pod *pod, const K8Said *said)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const K8CacheEntry *entry = k8_cache_find (&self->pods.cache, k8_object_meta_namespace (meta),
                                             k8_object_meta_name (meta));
  K8Said versioned = *said;

  versioned.revision = entry == NULL ? 0 : entry->revision;
  k8_recorder_say (&self->recorder, &self->client, context, pod, &versioned);
}

static void
skip_deleting (K8Scheduler *self, K8Context *context, const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  GString *note = g_string_new ("skip schedule deleting pod: ");
  K8Said said = { .type = "Warning", .reason = "FailedScheduling", .action = "Scheduling" };

  g_string_append (note, k8_string_or_empty (k8_object_meta_namespace (meta)));
  g_string_append_c (note, '/');
  g_string_append (note, k8_object_meta_name (meta));
  said.message = note->str;
  k8_scheduler_say (self, context, pod, &said);
  g_string_free (note, TRUE);
  k8_scheduling_queue_remove (&self->queue, pod);
}

static void
send_binding (K8Scheduler *self, K8Context *context, const K8Pod *pod, const char *node_name)
{
  guint32 slot = k8_slots_add (&self->bindings);
  K8PendingBinding *binding = k8_slots_edit (&self->bindings, slot);

  binding->pod = k8_record_ref (pod);
  binding->node_name = k8_string_ref (node_name);
  binding->score = self->framework.decision.score;
  k8_client_send (&self->client, context,
                  k8_framework_bind (&self->client, context, pod, node_name), slot);
}

/* From now on the pod counts on its node. */
static void
assume (K8Scheduler *self, K8Context *context, const K8Pod *pod, guint32 node)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const char *node_name = k8_scheduler_cache_node (&self->cache, node)->name;
  const K8Plugin *refuser = NULL;

  k8_scheduler_cache_assume_pod (&self->cache, pod, node);
  k8_trace (context, POD_ASSUMED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (node_name) });
  if (k8_framework_reserve (pod, node_name, &refuser) == K8_CODE_SUCCESS)
    {
      send_binding (self, context, pod, node_name);
      return;
    }
  k8_scheduler_cache_remove_pod (&self->cache, pod);
  K8SchedulingFailure failure = { "Unschedulable", refuser->name, k8_plugin_bit (refuser) };
  k8_scheduler_fail (self, context, k8_scheduling_queue_slot_of (&self->queue, pod), &failure);
}

static void
decide (K8Scheduler *self, K8Context *context, guint32 slot, const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  GString *message = g_string_new (NULL);
  const K8Decision *decision =
      k8_framework_decide (&self->framework, &self->cache, pod, message);

  k8_trace (context, SCHEDULE_DECIDED,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (decision->result == K8_DECISION_SCHEDULED
                           ? k8_scheduler_cache_node (&self->cache, decision->node)->name
                           : NULL),
              K8_NUMBER (decision->feasible.n), K8_NUMBER (decision->rejected.n),
              K8_NUMBER (decision->score) });
  if (decision->result == K8_DECISION_SCHEDULED)
    assume (self, context, pod, decision->node);
  else
    {
      K8SchedulingFailure failure = { "Unschedulable", message->str, decision->rejecting };
      k8_scheduler_fail (self, context, slot, &failure);
    }
  g_string_free (message, TRUE);
}

static void
end_cycle (K8Scheduler *self, K8Context *context)
{
  guint32 slot = self->in_cycle;
  const K8QueuedPod *queued = k8_scheduling_queue_at (&self->queue, slot);

  self->in_cycle = 0;
  /* It may have gone meanwhile, and another come into its slot. */
  if (queued == NULL || queued->part != K8_QUEUE_IN_FLIGHT)
    return;
  const K8Pod *pod = k8_record_ref (queued->pod);
  if (k8_pod_is_terminating (pod))
    skip_deleting (self, context, pod);
  else if (k8_scheduler_cache_find_pod (&self->cache, pod) == NULL)
    decide (self, context, slot, pod);
  k8_record_unref (pod);
}

/* The answer to a Binding. */

static void
say_scheduled (K8Scheduler *self, K8Context *context, const K8PendingBinding *binding)
{
  const K8ObjectMeta *meta = k8_pod_metadata (binding->pod);
  GString *note = g_string_new ("Successfully assigned ");
  K8Said said = { .type = "Normal", .reason = "Scheduled", .action = "Binding" };

  k8_trace (context, POD_BOUND,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (binding->node_name), K8_NUMBER (binding->score) });
  g_string_append (note, k8_string_or_empty (k8_object_meta_namespace (meta)));
  g_string_append_c (note, '/');
  g_string_append (note, k8_object_meta_name (meta));
  g_string_append (note, " to ");
  g_string_append (note, binding->node_name);
  said.message = note->str;
  k8_scheduler_say (self, context, binding->pod, &said);
  g_string_free (note, TRUE);
  k8_framework_post_bind (binding->pod, binding->node_name);
}

/* Whether the queue still holds this very pod in flight. */
static guint32
find_in_flight (const K8Scheduler *self, const K8Pod *pod)
{
  guint32 slot = k8_scheduling_queue_slot_of (&self->queue, pod);
  const K8QueuedPod *queued = k8_scheduling_queue_at (&self->queue, slot);

  if (queued == NULL || queued->part != K8_QUEUE_IN_FLIGHT || slot == self->in_cycle ||
      !k8_string_equal (k8_object_meta_uid (k8_pod_metadata (queued->pod)),
                        k8_object_meta_uid (k8_pod_metadata (pod))))
    return 0;
  return slot;
}

static void
forget (K8Scheduler *self, K8Context *context, const K8PendingBinding *binding)
{
  const K8CachedPod *cached = k8_scheduler_cache_find_pod (&self->cache, binding->pod);
  K8QueueStep step = k8_scheduler_queue_step (context);
  K8ClusterEvent event = { .type = K8_CLUSTER_POD_DELETED, .pod_before = binding->pod };

  k8_framework_unreserve (binding->pod, binding->node_name);
  if (cached == NULL || !cached->is_assumed)
    return;
  k8_scheduler_cache_remove_pod (&self->cache, binding->pod);
  k8_scheduling_queue_move (&self->queue, &step, &event);
}

static void
fail_binding (K8Scheduler *self, K8Context *context, const K8PendingBinding *binding,
              const K8ApiResponse *response)
{
  guint32 slot = find_in_flight (self, binding->pod);
  GString *message = g_string_new ("running Bind plugin \"DefaultBinder\": ");
  K8SchedulingFailure failure = { .reason = "SchedulerError" };

  forget (self, context, binding);
  g_string_append (message, k8_string_or_empty (k8_status_message (response->status)));
  failure.message = message->str;
  if (slot != 0)
    k8_scheduler_fail (self, context, slot, &failure);
  else /* somebody else bound it, or it is gone: nothing to try again */
    k8_scheduler_say_failure (self, context, binding->pod, message->str);
  g_string_free (message, TRUE);
}

static void
take_binding (K8Scheduler *self, K8Context *context, const K8ApiResponse *response, guint32 slot)
{
  const K8PendingBinding *known = k8_slots_get (&self->bindings, slot);

  k8_assert (known != NULL);
  K8PendingBinding binding = *known;
  ref_binding (context->region, &binding);
  k8_slots_remove (&self->bindings, slot);
  if (k8_api_response_is_ok (response))
    say_scheduled (self, context, &binding);
  else
    fail_binding (self, context, &binding, response);
  unref_binding (context->region, &binding);
}

/* Timers are set only while there is something to flush. */
static void
set_timers (K8Scheduler *self, K8Context *context)
{
  gint64 wall_ns = self->actor.start->wall_start_ns + context->now_ns;
  gint64 pool_ns = POOL_FLUSH_SECONDS * K8_SECOND_NS;

  if (!self->is_backoff_timer_set && k8_scheduling_queue_has_backoff (&self->queue))
    {
      k8_context_set_timer (context, K8_SECOND_NS - wall_ns % K8_SECOND_NS, TIMER_BACKOFF);
      self->is_backoff_timer_set = TRUE;
    }
  if (!self->is_pool_timer_set && k8_scheduling_queue_has_unschedulable (&self->queue))
    {
      k8_context_set_timer (context, pool_ns - context->now_ns % pool_ns, TIMER_POOL);
      self->is_pool_timer_set = TRUE;
    }
}

static gboolean
receive_timer (K8Scheduler *self, K8Context *context, const K8EngineEvent *event)
{
  K8QueueStep step = k8_scheduler_queue_step (context);

  if (event->type != K8_EVENT_TIMER || (event->tag & K8_CLIENT_TIMER_BIT) != 0)
    return FALSE;
  if (event->tag == TIMER_CYCLE)
    end_cycle (self, context);
  else if (event->tag == TIMER_BACKOFF)
    {
      self->is_backoff_timer_set = FALSE;
      k8_scheduling_queue_flush_backoff (&self->queue, &step);
    }
  else if (event->tag == TIMER_POOL)
    {
      self->is_pool_timer_set = FALSE;
      k8_scheduling_queue_flush_unschedulable (&self->queue, &step);
    }
  return TRUE;
}

static void
receive_answer (K8Scheduler *self, K8Context *context, const K8ApiResponse *response,
                guint64 cookie)
{
  if (cookie == (K8_INFORMER_COOKIE | INFORMER_NODES))
    k8_informer_answer (&self->nodes, &self->client, context, response, cookie, self);
  else if (cookie == (K8_INFORMER_COOKIE | INFORMER_PODS))
    k8_informer_answer (&self->pods, &self->client, context, response, cookie, self);
  else if (!k8_recorder_answer (&self->recorder, &self->client, context, response, cookie)
           && cookie != K8_SCHEDULER_COOKIE_IGNORED)
    take_binding (self, context, response, (guint32) cookie);
}

static void
dispatch (K8Scheduler *self, K8Context *context, const K8EngineEvent *event)
{
  const K8ApiResponse *response;
  guint64 cookie = 0;

  if (receive_timer (self, context, event) ||
      k8_informer_receive (&self->nodes, &self->client, context, event, self) ||
      k8_informer_receive (&self->pods, &self->client, context, event, self) ||
      k8_recorder_receive (&self->recorder, &self->client, context, event))
    return;
  while ((response = k8_client_receive (&self->client, context, event, &cookie)) != NULL)
    {
      receive_answer (self, context, response, cookie);
      if (event->type == K8_EVENT_MESSAGE)
        break;
    }
}

static void
receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  K8Scheduler *self = get_self (actor);

  dispatch (self, context, event);
  self->has_begun |= self->nodes.has_synced && self->pods.has_synced;
  begin_cycle (self, context);
  set_timers (self, context);
}

const K8ActorClass k8_scheduler_actor_class = {
  .name = "scheduler",
  .kind = K8_ACTOR_SCHEDULER,
  .bytes = sizeof (K8Scheduler),
  .start = start,
  .receive = receive,
  .clone = clone,
  .clear = clear,
};
