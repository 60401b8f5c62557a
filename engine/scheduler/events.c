/* SPDX-License-Identifier: Apache-2.0
 *
 * What the informers tell the scheduler: changes of nodes and of pods with a node go to its
 * cache, pending pods to its queue, and both as events to the pods that wait.
 * Source: pkg/scheduler/eventhandlers.go, framework/events.go (v1.36).
 */
#include "machinery/pod.h"
#include "scheduler/plugins.h"
#include "scheduler/state.h"

static void
trace_move (const K8QueueStep *step, const K8QueuedPod *pod, const char *event)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod->pod);

  k8_trace (step->user, QUEUE_ADD,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (k8_queue_part_name (pod->part)), K8_TEXT (event) });
}

K8QueueStep
k8_scheduler_queue_step (K8Context *context)
{
  return (K8QueueStep){ .now_ns = context->actor->start->wall_start_ns + context->now_ns,
                        .moved = trace_move,
                        .user = context };
}

static void
move_waiting (K8Scheduler *self, K8Context *context, const K8ClusterEvent *event)
{
  K8QueueStep step = k8_scheduler_queue_step (context);

  k8_scheduling_queue_move (&self->queue, &step, event);
}

/* Nodes. */

static guint32
list_node_events (const K8Node *before, const K8Node *now)
{
  const K8NodeSpec *old_spec = k8_node_spec (before);
  const K8NodeSpec *spec = k8_node_spec (now);
  guint32 events = 0;

  if (!k8_list_equal (k8_node_status_allocatable (k8_node_status (before)),
                      k8_node_status_allocatable (k8_node_status (now))))
    events |= K8_CLUSTER_NODE_ALLOCATABLE;
  if (!k8_list_equal (k8_object_meta_labels (k8_node_metadata (before)),
                      k8_object_meta_labels (k8_node_metadata (now))))
    events |= K8_CLUSTER_NODE_LABELS;
  if (!k8_list_equal (k8_node_spec_taints (old_spec), k8_node_spec_taints (spec)) ||
      k8_node_spec_unschedulable (old_spec) != k8_node_spec_unschedulable (spec))
    events |= K8_CLUSTER_NODE_TAINTS;
  return events;
}

static void
take_node (K8Scheduler *self, K8Context *context, const K8Change *change)
{
  guint32 events = K8_CLUSTER_NODE_ADDED;

  if (change->type == K8_CHANGE_DELETED)
    {
      k8_scheduler_cache_remove_node (&self->cache,
                                      k8_object_meta_name (k8_node_metadata (change->before)));
      return;
    }
  if (change->type == K8_CHANGE_UPDATED)
    events = list_node_events (change->before, change->now);
  k8_scheduler_cache_put_node (&self->cache, change->now);
  for (; events != 0; events &= events - 1)
    {
      K8ClusterEvent event = { .type = (K8ClusterEventType) (events & -events),
                               .node_before = change->before,
                               .node = change->now };
      move_waiting (self, context, &event);
    }
}

/* Pods. */

static gboolean
has_node (const K8Pod *pod)
{
  const char *name = k8_pod_spec_node_name (k8_pod_spec (pod));

  return pod != NULL && name != NULL && *name != '\0' && !k8_pod_is_terminal (pod);
}

/* Ours to schedule. */
static gboolean
is_pending (const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  const char *name = k8_pod_spec_node_name (spec);

  return pod != NULL && (name == NULL || *name == '\0') && !k8_pod_is_terminal (pod) &&
         k8_string_is (k8_pod_spec_scheduler_name (spec), "default-scheduler");
}

static void
take_pod_with_node (K8Scheduler *self, K8Context *context, const K8Pod *before, const K8Pod *now)
{
  K8ClusterEvent event = { .pod_before = before, .pod = now };

  k8_scheduling_queue_remove (&self->queue, now);
  k8_scheduler_cache_put_pod (&self->cache, now);
  if (!has_node (before))
    {
      event.type = K8_CLUSTER_POD_ADDED;
      event.pod_before = NULL;
      move_waiting (self, context, &event);
      return;
    }
  if (!k8_list_equal (k8_object_meta_labels (k8_pod_metadata (before)),
                      k8_object_meta_labels (k8_pod_metadata (now))))
    {
      event.type = K8_CLUSTER_POD_LABELS;
      move_waiting (self, context, &event);
    }
  if (k8_pod_spec_containers (k8_pod_spec (before)) != k8_pod_spec_containers (k8_pod_spec (now)))
    {
      event.type = K8_CLUSTER_POD_SCALED_DOWN;
      move_waiting (self, context, &event);
    }
}

static void
lose_pod (K8Scheduler *self, K8Context *context, const K8Pod *pod)
{
  K8ClusterEvent event = { .type = K8_CLUSTER_POD_DELETED, .pod_before = pod };

  k8_scheduling_queue_remove (&self->queue, pod);
  if (has_node (pod))
    k8_scheduler_cache_remove_pod (&self->cache, pod);
  move_waiting (self, context, &event);
}

static void
take_pod (K8Scheduler *self, K8Context *context, const K8Pod *before, const K8Pod *now)
{
  K8QueueStep step = k8_scheduler_queue_step (context);

  if (has_node (now))
    take_pod_with_node (self, context, before, now);
  else if (is_pending (now))
    k8_scheduling_queue_add (&self->queue, &step, now);
  else if (has_node (before) || is_pending (before))
    lose_pod (self, context, before);
}

void
k8_scheduler_take_change (void *user, K8Context *context, const K8Change *change)
{
  K8Scheduler *self = user;
  const K8Pod *before = change->before;
  const K8Pod *now = change->now;

  if (change->kind->id == K8_KIND_Node)
    {
      take_node (self, context, change);
      return;
    }
  if (before != NULL && now != NULL &&
      !k8_string_equal (k8_object_meta_uid (k8_pod_metadata (before)),
                        k8_object_meta_uid (k8_pod_metadata (now))))
    {
      take_pod (self, context, before, NULL);
      before = NULL;
    }
  take_pod (self, context, before, now);
}
