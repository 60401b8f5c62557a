/* SPDX-License-Identifier: Apache-2.0
 *
 * Scheduling queue. Ways of a pod:
 *   add → ACTIVE or GATED; pop: ACTIVE (else BACKOFF) → IN_FLIGHT
 *   requeue: IN_FLIGHT → UNSCHEDULABLE, or ERROR_BACKOFF if no plugin is to blame
 *   move, update, five minutes: UNSCHEDULABLE → BACKOFF while it lasts, else ACTIVE
 *   flush_backoff: BACKOFF, ERROR_BACKOFF → ACTIVE when a second of wall time has passed
 * Invariant: a pod is in exactly one part; n_waiting_for counts the pool by plugin.
 * Source: pkg/scheduler/backend/queue (scheduling_queue.go, backoff_queue.go, v1.36).
 * Departures: a cycle sees the cluster as it is when it ends, so no event can fall between; pods
 * of the pool move in the order in which they came.
 */
#include "scheduler/queue.h"

#include "base/assert.h"
#include "base/time.h"
#include "machinery/pod.h"
#include "scheduler/plugins.h"

#define MAX_WAIT_NS (5 * K8_MINUTE_NS)

enum
{
  FIRST_BACKOFF_SECONDS = 1,
  MAX_BACKOFF_SECONDS = 10,
};

static const char *const part_names[] = {
  [K8_QUEUE_NONE] = "none",
  [K8_QUEUE_ACTIVE] = "active",
  [K8_QUEUE_BACKOFF] = "backoff",
  [K8_QUEUE_ERROR_BACKOFF] = "error backoff",
  [K8_QUEUE_UNSCHEDULABLE] = "unschedulable",
  [K8_QUEUE_GATED] = "gated",
  [K8_QUEUE_IN_FLIGHT] = "in flight",
};

const char *
k8_queue_part_name (K8QueuePart part)
{
  return part_names[part];
}

/* What lies in the heaps. */
typedef struct
{
  K8QueueKey key;
  gint64 backoff_seconds;
  guint32 slot;
} Element;

static int
compare_active (const void *a, const void *b, const void *user)
{
  (void) user;
  return k8_priority_sort_plugin.queue_sort (&((const Element *) a)->key,
                                             &((const Element *) b)->key);
}

/* By the second at which back-off ends, within it as in the active queue. */
static int
compare_backoff (const void *a, const void *b, const void *user)
{
  const Element *x = a;
  const Element *y = b;

  if (x->backoff_seconds != y->backoff_seconds)
    return x->backoff_seconds < y->backoff_seconds ? -1 : 1;
  return compare_active (a, b, user);
}

static K8QueuedPod *
edit_pod (K8SchedulingQueue *self, guint32 slot)
{
  return k8_slots_edit (&self->pods, slot);
}

static void
note_position (void *element, guint32 position, void *user)
{
  edit_pod (user, ((Element *) element)->slot)->position = position;
}

static const K8HeapClass active_class = { .compare = compare_active, .moved = note_position };
static const K8HeapClass backoff_class = { .compare = compare_backoff, .moved = note_position };

static void
ref_pod (K8Region *region, void *element)
{
  k8_record_ref (((K8QueuedPod *) element)->pod);
}

static void
unref_pod (K8Region *region, void *element)
{
  k8_record_unref (((K8QueuedPod *) element)->pod);
}

static const K8ElementClass pod_class = { .ref = ref_pod, .unref = unref_pod };

void
k8_scheduling_queue_init (K8SchedulingQueue *self, K8Region *region)
{
  *self = (K8SchedulingQueue){ .region = region };
  k8_slots_init (&self->pods, region, sizeof (K8QueuedPod), &pod_class);
  k8_index_init (&self->by_name, region);
  k8_heap_init (&self->active, region, sizeof (Element), &active_class, self);
  k8_heap_init (&self->backoff, region, sizeof (Element), &backoff_class, self);
  k8_heap_init (&self->error_backoff, region, sizeof (Element), &backoff_class, self);
}

void
k8_scheduling_queue_clear (K8SchedulingQueue *self)
{
  k8_slots_clear (&self->pods);
  k8_index_clear (&self->by_name);
  k8_heap_clear (&self->active);
  k8_heap_clear (&self->backoff);
  k8_heap_clear (&self->error_backoff);
}

void
k8_scheduling_queue_clone (K8SchedulingQueue *ret_clone, const K8SchedulingQueue *self)
{
  *ret_clone = *self;
  k8_slots_clone (&ret_clone->pods, &self->pods);
  k8_index_clone (&ret_clone->by_name, &self->by_name);
  k8_heap_clone (&ret_clone->active, &self->active, ret_clone);
  k8_heap_clone (&ret_clone->backoff, &self->backoff, ret_clone);
  k8_heap_clone (&ret_clone->error_backoff, &self->error_backoff, ret_clone);
}

/* Looking. */

static guint64
key_of (const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  return k8_index_key (k8_string_handle (k8_object_meta_namespace (meta)),
                       k8_string_handle (k8_object_meta_name (meta)));
}

guint32
k8_scheduling_queue_slot_of (const K8SchedulingQueue *self, const K8Pod *pod)
{
  return k8_index_find (&self->by_name, key_of (pod));
}

const K8QueuedPod *
k8_scheduling_queue_at (const K8SchedulingQueue *self, guint32 slot)
{
  return k8_slots_get (&self->pods, slot);
}

guint32
k8_scheduling_queue_next (const K8SchedulingQueue *self, guint32 slot)
{
  return k8_slots_next (&self->pods, slot);
}

const K8QueuedPod *
k8_scheduling_queue_find (const K8SchedulingQueue *self, const char *namespace_name,
                          const char *name)
{
  const char *own_namespace = k8_string_find (self->region, namespace_name);
  const char *own_name = k8_string_find (self->region, name);

  if (own_namespace == NULL || own_name == NULL)
    return NULL;
  guint64 key = k8_index_key (k8_string_handle (own_namespace), k8_string_handle (own_name));
  return k8_scheduling_queue_at (self, k8_index_find (&self->by_name, key));
}

gboolean
k8_scheduling_queue_has_backoff (const K8SchedulingQueue *self)
{
  return k8_heap_n (&self->backoff) + k8_heap_n (&self->error_backoff) > 0;
}

gboolean
k8_scheduling_queue_has_unschedulable (const K8SchedulingQueue *self)
{
  return self->n_waiting > self->n_gated;
}

/* Between the parts. */

static K8Heap *
heap_of (K8SchedulingQueue *self, K8QueuePart part)
{
  switch (part)
    {
    case K8_QUEUE_ACTIVE:
      return &self->active;
    case K8_QUEUE_BACKOFF:
      return &self->backoff;
    case K8_QUEUE_ERROR_BACKOFF:
      return &self->error_backoff;
    case K8_QUEUE_NONE:
    case K8_QUEUE_UNSCHEDULABLE:
    case K8_QUEUE_GATED:
    case K8_QUEUE_IN_FLIGHT:
      return NULL;
    }
  return NULL;
}

static void
count_waiting (K8SchedulingQueue *self, const K8QueuedPod *pod, gint change)
{
  self->n_waiting += (guint32) change;
  if (pod->part == K8_QUEUE_GATED)
    self->n_gated += (guint32) change;
  for (guint32 left = pod->rejecting; left != 0; left &= left - 1)
    self->n_waiting_for[__builtin_ctz (left)] += (guint32) change;
}

static void
link_waiting (K8SchedulingQueue *self, guint32 slot)
{
  K8QueuedPod *pod = edit_pod (self, slot);

  pod->previous = self->last_waiting;
  pod->next = 0;
  if (self->last_waiting != 0)
    edit_pod (self, self->last_waiting)->next = slot;
  else
    self->first_waiting = slot;
  self->last_waiting = slot;
  count_waiting (self, k8_scheduling_queue_at (self, slot), 1);
}

static void
unlink_waiting (K8SchedulingQueue *self, guint32 slot)
{
  const K8QueuedPod pod = *k8_scheduling_queue_at (self, slot);

  if (pod.previous != 0)
    edit_pod (self, pod.previous)->next = pod.next;
  else
    self->first_waiting = pod.next;
  if (pod.next != 0)
    edit_pod (self, pod.next)->previous = pod.previous;
  else
    self->last_waiting = pod.previous;
  count_waiting (self, &pod, -1);
}

/* Takes a pod out of its part. */
static void
leave (K8SchedulingQueue *self, guint32 slot)
{
  const K8QueuedPod *pod = k8_scheduling_queue_at (self, slot);
  K8Heap *heap = heap_of (self, pod->part);

  if (heap != NULL)
    k8_heap_remove (heap, pod->position, NULL);
  else if (pod->part == K8_QUEUE_UNSCHEDULABLE || pod->part == K8_QUEUE_GATED)
    unlink_waiting (self, slot);
  edit_pod (self, slot)->part = K8_QUEUE_NONE;
}

/* Puts a pod that is in no part into one. */
static void
enter (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot, K8QueuePart part,
       const char *event)
{
  K8QueuedPod *pod = edit_pod (self, slot);
  K8Heap *heap = heap_of (self, part);

  k8_assert (pod->part == K8_QUEUE_NONE);
  pod->part = part;
  if (heap == NULL)
    link_waiting (self, slot);
  else
    {
      pod->key.sequence = ++self->n_pushed;
      Element element = { pod->key, pod->backoff_seconds, slot };
      k8_heap_push (heap, &element);
    }
  if (step->moved != NULL)
    step->moved (step, k8_scheduling_queue_at (self, slot), event);
}

static gint64
seconds_of (gint64 time_ns)
{
  return k8_time_seconds_of_ns (time_ns);
}

/* 1, 2, 4, 8, 10, 10 ... seconds from the last failure, down to a whole second. */
static gint64
compute_backoff (const K8QueuedPod *pod)
{
  guint32 n = pod->n_errors > 0 ? pod->n_errors : pod->n_unschedulable;
  gint64 seconds = 0;

  if (n > 0)
    seconds = n > 4 ? MAX_BACKOFF_SECONDS : FIRST_BACKOFF_SECONDS << (n - 1);
  return seconds_of (pod->key.timestamp_ns + seconds * K8_SECOND_NS);
}

/* Whether its time has not come yet, by the second. */
static gboolean
is_backing_off (const K8QueuedPod *pod, gint64 now_ns)
{
  return pod->n_errors + pod->n_unschedulable > 0 && pod->backoff_seconds >= seconds_of (now_ns);
}

/* To the active queue, or to back-off, unless a PreEnqueue plugin is against it. */
static void
enter_by_time (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot, const char *event)
{
  K8QueuedPod *pod = edit_pod (self, slot);
  GString *reason = g_string_new (NULL);
  const K8Plugin *gate = k8_framework_find_gate (pod->pod, reason);

  g_string_free (reason, TRUE);
  if (gate != NULL)
    {
      pod->rejecting = k8_plugin_bit (gate);
      enter (self, step, slot, K8_QUEUE_GATED, event);
    }
  else if (is_backing_off (pod, step->now_ns))
    enter (self, step, slot, K8_QUEUE_BACKOFF, event);
  else
    enter (self, step, slot, K8_QUEUE_ACTIVE, event);
}

/* A pending pod, new or known. */
void
k8_scheduling_queue_add (K8SchedulingQueue *self, const K8QueueStep *step, const K8Pod *pod)
{
  guint32 slot = k8_scheduling_queue_slot_of (self, pod);

  if (slot != 0)
    {
      k8_scheduling_queue_update (self, step, pod);
      return;
    }
  slot = k8_slots_add (&self->pods);
  K8QueuedPod *added = edit_pod (self, slot);
  added->pod = k8_record_ref (pod);
  added->key.priority = k8_pod_spec_priority (k8_pod_spec (pod));
  added->key.timestamp_ns = step->now_ns;
  k8_index_put (&self->by_name, key_of (pod), slot);
  enter_by_time (self, step, slot, "PodAdd");
}

void
k8_scheduling_queue_remove (K8SchedulingQueue *self, const K8Pod *pod)
{
  guint32 slot = k8_index_remove (&self->by_name, key_of (pod));

  if (slot == 0)
    return;
  leave (self, slot);
  k8_slots_remove (&self->pods, slot);
}

guint32
k8_scheduling_queue_pop (K8SchedulingQueue *self)
{
  Element element;

  /* With nothing else to do, a pod need not wait until its back-off is over. */
  if (!k8_heap_pop (&self->active, &element) && !k8_heap_pop (&self->backoff, &element))
    return 0;
  K8QueuedPod *pod = edit_pod (self, element.slot);
  pod->part = K8_QUEUE_IN_FLIGHT;
  pod->rejecting = 0;
  pod->n_attempts++;
  return element.slot;
}

void
k8_scheduling_queue_requeue (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot,
                             guint32 rejecting)
{
  K8QueuedPod *pod = edit_pod (self, slot);

  k8_assert (pod->part == K8_QUEUE_IN_FLIGHT);
  pod->key.timestamp_ns = step->now_ns;
  pod->rejecting = rejecting;
  if (rejecting == 0)
    pod->n_errors++;
  else
    {
      pod->n_errors = 0;
      pod->n_unschedulable++;
    }
  pod->backoff_seconds = compute_backoff (pod);
  leave (self, slot);
  enter (self, step, slot, rejecting == 0 ? K8_QUEUE_ERROR_BACKOFF : K8_QUEUE_UNSCHEDULABLE,
         "ScheduleAttemptFailure");
}

/* Events. */

static const char *
name_of (K8ClusterEventType type)
{
  switch (type)
    {
    case K8_CLUSTER_NODE_ADDED:
      return "NodeAdd";
    case K8_CLUSTER_NODE_ALLOCATABLE:
      return "NodeAllocatableChange";
    case K8_CLUSTER_NODE_LABELS:
      return "NodeLabelChange";
    case K8_CLUSTER_NODE_TAINTS:
      return "NodeTaintChange";
    case K8_CLUSTER_POD_ADDED:
      return "AssignedPodAdd";
    case K8_CLUSTER_POD_LABELS:
      return "PodLabelChange";
    case K8_CLUSTER_POD_SCALED_DOWN:
    case K8_CLUSTER_TARGET_SCALED_DOWN:
      return "PodScaleDown";
    case K8_CLUSTER_POD_DELETED:
      return "AssignedPodDelete";
    case K8_CLUSTER_TARGET_TOLERATIONS:
      return "PodTolerationChange";
    case K8_CLUSTER_TARGET_GATES:
      return "PodSchedulingGatesEliminated";
    case K8_CLUSTER_TARGET_LABELS:
      return "PodLabelChange";
    case K8_CLUSTER_TIMEOUT:
      return "UnschedulableTimeout";
    }
  return "";
}

/* Whether one of the plugins that rejected the pod thinks that it may fit now. */
static gboolean
is_worth_an_attempt (const K8QueuedPod *pod, const K8ClusterEvent *event)
{
  for (guint32 left = pod->rejecting; left != 0; left &= left - 1)
    {
      const K8Plugin *plugin = k8_plugins[__builtin_ctz (left)];
      if ((plugin->events & event->type) != 0 &&
          (plugin->hint == NULL || plugin->hint (pod->pod, event)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_waited_for (const K8SchedulingQueue *self, K8ClusterEventType type)
{
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (self->n_waiting_for[i] > 0 && (k8_plugins[i]->events & type) != 0)
      return TRUE;
  return FALSE;
}

static void
move_one (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot, const char *event)
{
  leave (self, slot);
  enter_by_time (self, step, slot, event);
}

void
k8_scheduling_queue_move (K8SchedulingQueue *self, const K8QueueStep *step,
                          const K8ClusterEvent *event)
{
  guint32 last = self->last_waiting;
  guint32 next;

  if (!is_waited_for (self, event->type))
    return;
  for (guint32 slot = self->first_waiting; slot != 0; slot = slot == last ? 0 : next)
    {
      const K8QueuedPod *pod = k8_scheduling_queue_at (self, slot);
      next = pod->next;
      if (is_worth_an_attempt (pod, event))
        move_one (self, step, slot, name_of (event->type));
    }
}

/* What changed about a waiting pod itself. */
static guint32
list_target_events (const K8Pod *before, const K8Pod *now)
{
  const K8PodSpec *old_spec = k8_pod_spec (before);
  const K8PodSpec *spec = k8_pod_spec (now);
  guint32 events = 0;

  if (!k8_list_equal (k8_pod_spec_tolerations (old_spec), k8_pod_spec_tolerations (spec)))
    events |= K8_CLUSTER_TARGET_TOLERATIONS;
  if (k8_pod_spec_scheduling_gates_n (old_spec) > 0 && k8_pod_spec_scheduling_gates_n (spec) == 0)
    events |= K8_CLUSTER_TARGET_GATES;
  if (!k8_list_equal (k8_object_meta_labels (k8_pod_metadata (before)),
                      k8_object_meta_labels (k8_pod_metadata (now))))
    events |= K8_CLUSTER_TARGET_LABELS;
  if (!k8_list_equal (k8_pod_spec_containers (old_spec), k8_pod_spec_containers (spec)) ||
      !k8_record_equal (k8_pod_spec_resources (old_spec), k8_pod_spec_resources (spec)))
    events |= K8_CLUSTER_TARGET_SCALED_DOWN;
  return events;
}

static void
move_by_target (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot, guint32 events)
{
  for (guint32 left = events; left != 0; left &= left - 1)
    {
      const K8QueuedPod *pod = k8_scheduling_queue_at (self, slot);
      K8ClusterEvent event = { .type = (K8ClusterEventType) (left & -left), .pod = pod->pod };
      if (!is_worth_an_attempt (pod, &event))
        continue;
      move_one (self, step, slot, name_of (event.type));
      return;
    }
}

void
k8_scheduling_queue_update (K8SchedulingQueue *self, const K8QueueStep *step, const K8Pod *pod)
{
  guint32 slot = k8_scheduling_queue_slot_of (self, pod);

  if (slot == 0)
    return;
  K8QueuedPod *known = edit_pod (self, slot);
  const K8Pod *before = known->pod;
  known->pod = k8_record_ref (pod);
  if (known->part == K8_QUEUE_UNSCHEDULABLE || known->part == K8_QUEUE_GATED)
    move_by_target (self, step, slot, list_target_events (before, pod));
  k8_record_unref (before);
}

/* Time. */

static void
flush_heap (K8SchedulingQueue *self, const K8QueueStep *step, K8Heap *heap)
{
  const Element *first;

  while ((first = k8_heap_peek (heap)) != NULL &&
         first->backoff_seconds < seconds_of (step->now_ns))
    {
      guint32 slot = first->slot;
      leave (self, slot);
      enter (self, step, slot, K8_QUEUE_ACTIVE, "BackoffComplete");
    }
}

void
k8_scheduling_queue_flush_backoff (K8SchedulingQueue *self, const K8QueueStep *step)
{
  flush_heap (self, step, &self->backoff);
  flush_heap (self, step, &self->error_backoff);
}

/* Whoever waits for five minutes is tried again, whatever happened. */
void
k8_scheduling_queue_flush_unschedulable (K8SchedulingQueue *self, const K8QueueStep *step)
{
  guint32 last = self->last_waiting;
  guint32 next;

  for (guint32 slot = self->first_waiting; slot != 0; slot = slot == last ? 0 : next)
    {
      const K8QueuedPod *pod = k8_scheduling_queue_at (self, slot);
      next = pod->next;
      if (pod->part == K8_QUEUE_UNSCHEDULABLE && step->now_ns - pod->key.timestamp_ns > MAX_WAIT_NS)
        move_one (self, step, slot, name_of (K8_CLUSTER_TIMEOUT));
    }
}
