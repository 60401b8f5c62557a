/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler's state: private to this folder (scheduler.c drives it, failure.c writes what a
 * failed attempt leaves behind, explain.c looks at it).
 */
#pragma once

#include "actor.h"
#include "client/informer.h"
#include "client/recorder.h"
#include "scheduler/framework.h"
#include "scheduler/queue.h"

/* A binding under way: from the decision to the API server's answer. */
typedef struct
{
  const K8Pod *pod; /* counted */
  const char *node_name;
  gint64 score;
} K8PendingBinding;

typedef struct
{
  K8Actor actor;
  K8Client client;
  K8Informer nodes;
  K8Informer pods;
  K8Recorder recorder;
  K8SchedulerCache cache;
  K8SchedulingQueue queue;
  K8Framework framework;
  K8Slots bindings;      /* K8PendingBinding; its slot is the request's cookie */
  gint64 cycle_ns;       /* virtual time that a cycle takes */
  guint32 in_cycle;      /* slot in the queue of the pod that is tried now; 0: none */
  guint16 has_begun;     /* all caches are there */
  guint16 is_backoff_timer_set;
  guint16 is_pool_timer_set;
} K8Scheduler;

/* Why an attempt failed. */
typedef struct
{
  const char *reason;  /* "Unschedulable", "SchedulerError" */
  const char *message;
  guint32 rejecting;   /* plugins; 0: an error */
} K8SchedulingFailure;

/* Says it, writes the condition, and puts the pod back into the queue. @slot: of the queue. */
void k8_scheduler_say_failure (K8Scheduler *self, K8Context *context, const K8Pod *pod,
                               const char *message);
void k8_scheduler_fail (K8Scheduler *self, K8Context *context, guint32 slot,
                        const K8SchedulingFailure *failure);

/* A step of the queue that traces where pods go. */
K8QueueStep k8_scheduler_queue_step (K8Context *context);

/* What the informers tell. */
void k8_scheduler_take_change (void *user, K8Context *context, const K8Change *change);

/* Cookies of requests whose answers do not matter. */
#define K8_SCHEDULER_COOKIE_IGNORED (G_GUINT64_CONSTANT (1) << 40)

/* scheduler.c: says something about a pod, in the version in which the scheduler knows it. */
void k8_scheduler_say (K8Scheduler *self, K8Context *context, const K8Pod *pod,
                       const K8Said *said);
