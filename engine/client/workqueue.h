/* SPDX-License-Identifier: Apache-2.0
 *
 * Work queue of keys: a key waits at most once; one that is added while it is being worked on
 * runs once more afterwards; failures wait 5 ms x 2^n up to 1000 s and, all keys together, a
 * token bucket of 10 a second with 100 in stock. A key is any 64-bit number, usually a pair of
 * handles of namespace and name, or a slot. Source: client-go, util/workqueue.
 */
#pragma once

#include "actor.h"
#include "base/fifo.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/slots.h"

typedef struct
{
  K8Fifo ready;
  K8Heap waiting; /* by due time */
  K8Slots items;  /* key, state, failures */
  K8Index by_key;
  guint64 timer;
  gint64 timer_due_ns;
  guint64 timer_tag;
  gint64 bucket_ns; /* token bucket: instant at which it is full again */
  guint32 n_in_work;
  guint64 n_waited; /* sequence of the heap */
} K8WorkQueue;

void k8_workqueue_init (K8WorkQueue *self, K8Region *region, guint64 timer_tag);
void k8_workqueue_clear (K8WorkQueue *self);
void k8_workqueue_clone (K8WorkQueue *ret_clone, const K8WorkQueue *self);
void k8_workqueue_add (K8WorkQueue *self, guint64 key);
void k8_workqueue_add_after (K8WorkQueue *self, K8Context *context, guint64 key, gint64 delay_ns);
void k8_workqueue_add_rate_limited (K8WorkQueue *self, K8Context *context, guint64 key);
void k8_workqueue_forget (K8WorkQueue *self, guint64 key);
guint k8_workqueue_failures (const K8WorkQueue *self, guint64 key);

/* The next key, now in work; 0 if none is ready. End its work with _done(). */
guint64 k8_workqueue_get (K8WorkQueue *self);
void k8_workqueue_done (K8WorkQueue *self, guint64 key);
guint k8_workqueue_n_ready (const K8WorkQueue *self);

/* Takes the event if it is the queue's timer: due keys become ready. */
gboolean k8_workqueue_receive (K8WorkQueue *self, K8Context *context, const K8EngineEvent *event);
