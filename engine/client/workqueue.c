/* SPDX-License-Identifier: Apache-2.0
 *
 * Work queue. States of a key: unknown → ready (add) → in work (get) → unknown (done); added
 * while in work it is dirty and becomes ready again at done. Keys that wait for a time lie in a
 * heap; one timer stands at the earliest.
 * Source: client-go, util/workqueue: Queue, DelayingQueue, ItemExponentialFailureRateLimiter
 * and BucketRateLimiter joined by the larger delay.
 */
#include "client/workqueue.h"

#include "base/assert.h"
#include "base/time.h"

enum
{
  BUCKET_STOCK = 100,
  MAX_DOUBLINGS = 18, /* 5 ms x 2^18 lies above the cap */
};

#define BUCKET_INTERVAL_NS (K8_SECOND_NS / 10)
#define FIRST_DELAY_NS (5 * K8_MILLISECOND_NS)
#define MAX_DELAY_NS (1000 * K8_SECOND_NS)

typedef struct
{
  guint64 key;
  guint32 n_failures;
  guint8 is_ready;
  guint8 is_in_work;
  guint8 is_dirty;
} Item;

typedef struct
{
  gint64 due_ns;
  guint64 sequence;
  guint64 key;
} Waiting;

static int
compare_waiting (const void *a, const void *b, const void *user)
{
  const Waiting *waiting_a = a;
  const Waiting *waiting_b = b;

  if (waiting_a->due_ns != waiting_b->due_ns)
    return waiting_a->due_ns < waiting_b->due_ns ? -1 : 1;
  return (waiting_a->sequence > waiting_b->sequence) - (waiting_a->sequence < waiting_b->sequence);
}

static const K8HeapClass waiting_class = { .compare = compare_waiting };

void
k8_workqueue_init (K8WorkQueue *self, K8Region *region, guint64 timer_tag)
{
  *self = (K8WorkQueue){ .timer_tag = timer_tag };
  k8_fifo_init (&self->ready, region, sizeof (guint64), NULL);
  k8_heap_init (&self->waiting, region, sizeof (Waiting), &waiting_class, NULL);
  k8_slots_init (&self->items, region, sizeof (Item), NULL);
  k8_index_init (&self->by_key, region);
}

void
k8_workqueue_clear (K8WorkQueue *self)
{
  k8_fifo_clear (&self->ready);
  k8_heap_clear (&self->waiting);
  k8_slots_clear (&self->items);
  k8_index_clear (&self->by_key);
}

void
k8_workqueue_clone (K8WorkQueue *ret_clone, const K8WorkQueue *self)
{
  *ret_clone = *self;
  k8_fifo_clone (&ret_clone->ready, &self->ready);
  k8_heap_clone (&ret_clone->waiting, &self->waiting, NULL);
  k8_slots_clone (&ret_clone->items, &self->items);
  k8_index_clone (&ret_clone->by_key, &self->by_key);
}

static Item *
ensure_item (K8WorkQueue *self, guint64 key)
{
  guint32 slot = k8_index_find (&self->by_key, key);

  if (slot == 0)
    {
      slot = k8_slots_add (&self->items);
      k8_index_put (&self->by_key, key, slot);
      ((Item *) k8_slots_edit (&self->items, slot))->key = key;
    }
  return k8_slots_edit (&self->items, slot);
}

/* Drops the entry of a key about which there is nothing left to remember. */
static void
forget_if_idle (K8WorkQueue *self, guint64 key)
{
  guint32 slot = k8_index_find (&self->by_key, key);
  const Item *item = k8_slots_get (&self->items, slot);

  if (item == NULL || item->is_ready || item->is_in_work || item->n_failures > 0)
    return;
  k8_index_remove (&self->by_key, key);
  k8_slots_remove (&self->items, slot);
}

/* Makes a key ready, unless it is; during its work it is noted for later. */
void
k8_workqueue_add (K8WorkQueue *self, guint64 key)
{
  Item *item = ensure_item (self, key);

  k8_assert (key != 0);
  if (item->is_in_work)
    item->is_dirty = TRUE;
  else if (!item->is_ready)
    {
      item->is_ready = TRUE;
      k8_fifo_push (&self->ready, &key);
    }
}

static void
arm_timer (K8WorkQueue *self, K8Context *context)
{
  const Waiting *first = k8_heap_peek (&self->waiting);

  if (first == NULL || (self->timer != 0 && self->timer_due_ns <= first->due_ns))
    return;
  k8_context_cancel_timer (context, self->timer);
  self->timer_due_ns = first->due_ns;
  self->timer = k8_context_set_timer (context, MAX (first->due_ns - context->now_ns, 0),
                                      self->timer_tag);
}

/* Makes a key ready after some time; at once if that is not positive. */
void
k8_workqueue_add_after (K8WorkQueue *self, K8Context *context, guint64 key, gint64 delay_ns)
{
  Waiting waiting = { .due_ns = context->now_ns + delay_ns, .key = key };

  if (delay_ns <= 0)
    {
      k8_workqueue_add (self, key);
      return;
    }
  waiting.sequence = ++self->n_waited;
  k8_heap_push (&self->waiting, &waiting);
  arm_timer (self, context);
}

/* How long the shared token bucket makes the next retry wait. */
static gint64
take_token (K8WorkQueue *self, gint64 now_ns)
{
  gint64 stock_ns = BUCKET_STOCK * BUCKET_INTERVAL_NS;

  /* The bucket is full at bucket_ns; a token moves that instant on by one interval. */
  self->bucket_ns = MAX (self->bucket_ns, now_ns) + BUCKET_INTERVAL_NS;
  return MAX (self->bucket_ns - stock_ns - now_ns, 0);
}

/* Makes a key that failed ready after its back-off. */
void
k8_workqueue_add_rate_limited (K8WorkQueue *self, K8Context *context, guint64 key)
{
  Item *item = ensure_item (self, key);
  gint64 delay_ns = FIRST_DELAY_NS << MIN (item->n_failures, (guint32) MAX_DOUBLINGS);

  gint64 token_ns = take_token (self, context->now_ns);

  item->n_failures++;
  delay_ns = MIN (delay_ns, MAX_DELAY_NS);
  k8_workqueue_add_after (self, context, key, MAX (delay_ns, token_ns));
}

/* Forgets the failures of a key. */
void
k8_workqueue_forget (K8WorkQueue *self, guint64 key)
{
  guint32 slot = k8_index_find (&self->by_key, key);

  if (slot == 0)
    return;
  ((Item *) k8_slots_edit (&self->items, slot))->n_failures = 0;
  forget_if_idle (self, key);
}

guint
k8_workqueue_failures (const K8WorkQueue *self, guint64 key)
{
  const Item *item = k8_slots_get (&self->items, k8_index_find (&self->by_key, key));

  return item == NULL ? 0 : item->n_failures;
}

guint64
k8_workqueue_get (K8WorkQueue *self)
{
  guint64 key;

  if (!k8_fifo_pop (&self->ready, &key))
    return 0;
  Item *item = ensure_item (self, key);
  item->is_ready = FALSE;
  item->is_in_work = TRUE;
  self->n_in_work++;
  return key;
}

void
k8_workqueue_done (K8WorkQueue *self, guint64 key)
{
  Item *item = ensure_item (self, key);
  gboolean is_dirty = item->is_dirty;

  k8_assert (item->is_in_work);
  item->is_in_work = item->is_dirty = FALSE;
  self->n_in_work--;
  if (is_dirty)
    k8_workqueue_add (self, key);
  else
    forget_if_idle (self, key);
}

guint
k8_workqueue_n_ready (const K8WorkQueue *self)
{
  return k8_fifo_n (&self->ready);
}

gboolean
k8_workqueue_receive (K8WorkQueue *self, K8Context *context, const K8EngineEvent *event)
{
  Waiting waiting;

  if (event->type != K8_EVENT_TIMER || event->timer != self->timer || self->timer == 0)
    return FALSE;
  self->timer = 0;
  for (const Waiting *first = k8_heap_peek (&self->waiting);
       first != NULL && first->due_ns <= context->now_ns; first = k8_heap_peek (&self->waiting))
    {
      k8_heap_pop (&self->waiting, &waiting);
      k8_workqueue_add (self, waiting.key);
    }
  arm_timer (self, context);
  return TRUE;
}
