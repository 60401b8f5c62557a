/* SPDX-License-Identifier: Apache-2.0
 *
 * Scheduling queue: which pod is tried next, and when a failed one is tried again.
 * Active (heap by PrioritySort), back-off (heap by expiry; pods that failed by an error apart),
 * unschedulable (in order of arrival; gated pods as well). A pod is in exactly one of them or in
 * flight. Times are wall time in ns, since back-off ends at whole seconds of it.
 * Source: pkg/scheduler/backend/queue (v1.36).
 */
#pragma once

#include "base/heap.h"
#include "scheduler/framework.h"

typedef enum
{
  K8_QUEUE_NONE,
  K8_QUEUE_ACTIVE,
  K8_QUEUE_BACKOFF,
  K8_QUEUE_ERROR_BACKOFF,
  K8_QUEUE_UNSCHEDULABLE,
  K8_QUEUE_GATED, /* also in the unschedulable pool */
  K8_QUEUE_IN_FLIGHT,
} K8QueuePart;
const char *k8_queue_part_name (K8QueuePart part);

typedef struct
{
  const K8Pod *pod;         /* counted */
  K8QueueKey key;
  gint64 backoff_seconds;   /* wall second at which back-off ends */
  guint32 n_attempts;
  guint32 n_unschedulable;
  guint32 n_errors;         /* in a row */
  guint32 rejecting;        /* plugins that rejected it, or the one that gates it */
  guint32 position;         /* in a heap */
  guint32 next;             /* in the pool */
  guint32 previous;
  K8QueuePart part;
} K8QueuedPod;

typedef struct
{
  K8Region *region;
  K8Slots pods; /* K8QueuedPod */
  K8Index by_name;
  K8Heap active;
  K8Heap backoff;
  K8Heap error_backoff;
  guint32 first_waiting; /* the unschedulable pool */
  guint32 last_waiting;
  guint32 n_waiting;
  guint32 n_gated;
  guint32 n_waiting_for[K8_MAX_PLUGINS]; /* pods of the pool by plugin that rejected them */
  guint64 n_pushed;
} K8SchedulingQueue;

/* A step: when it is, and who wants to know that a pod came to a part of the queue. */
typedef struct K8QueueStep K8QueueStep;
struct K8QueueStep
{
  gint64 now_ns;
  void (*moved) (const K8QueueStep *step, const K8QueuedPod *pod, const char *event);
  void *user;
};

void k8_scheduling_queue_init (K8SchedulingQueue *self, K8Region *region);
void k8_scheduling_queue_clear (K8SchedulingQueue *self);

/* @ret_clone must stay where it is: its heaps know it. */
void k8_scheduling_queue_clone (K8SchedulingQueue *ret_clone, const K8SchedulingQueue *self);

/* A pending pod came, changed, went. */
void k8_scheduling_queue_add (K8SchedulingQueue *self, const K8QueueStep *step, const K8Pod *pod);
void k8_scheduling_queue_update (K8SchedulingQueue *self, const K8QueueStep *step,
                                 const K8Pod *pod);
void k8_scheduling_queue_remove (K8SchedulingQueue *self, const K8Pod *pod);

/* The pod to try next, now in flight; 0 if there is none. */
guint32 k8_scheduling_queue_pop (K8SchedulingQueue *self);

/* Back from flight: rejected by these plugins, or by an error (0). */
void k8_scheduling_queue_requeue (K8SchedulingQueue *self, const K8QueueStep *step, guint32 slot,
                                  guint32 rejecting);

/* Something happened that may let waiting pods fit. */
void k8_scheduling_queue_move (K8SchedulingQueue *self, const K8QueueStep *step,
                               const K8ClusterEvent *event);

/* To be called at whole seconds, and every thirty of them, while there is something to do. */
void k8_scheduling_queue_flush_backoff (K8SchedulingQueue *self, const K8QueueStep *step);
void k8_scheduling_queue_flush_unschedulable (K8SchedulingQueue *self, const K8QueueStep *step);
gboolean k8_scheduling_queue_has_backoff (const K8SchedulingQueue *self);
gboolean k8_scheduling_queue_has_unschedulable (const K8SchedulingQueue *self);

guint32 k8_scheduling_queue_slot_of (const K8SchedulingQueue *self, const K8Pod *pod);
const K8QueuedPod *k8_scheduling_queue_at (const K8SchedulingQueue *self, guint32 slot);
const K8QueuedPod *k8_scheduling_queue_find (const K8SchedulingQueue *self,
                                             const char *namespace_name, const char *name);
guint32 k8_scheduling_queue_next (const K8SchedulingQueue *self, guint32 slot);
