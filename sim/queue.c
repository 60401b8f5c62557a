/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulator's queue: lanes and a heap behind one order.
 * Invariant: within a lane the due times never decrease, because all its entries have one delay
 * and time does not go back.
 */
#include "sim/queue.h"

#include "base/assert.h"

static void
ref_entry (K8Region *region, void *element)
{
  k8_mail_ref (((SimEntry *) element)->event.mail);
}

static void
unref_entry (K8Region *region, void *element)
{
  k8_mail_unref (((SimEntry *) element)->event.mail);
}

static int
compare_entries (const void *a, const void *b, const void *user)
{
  const SimEntry *entry_a = a;
  const SimEntry *entry_b = b;

  if (entry_a->due_ns != entry_b->due_ns)
    return entry_a->due_ns < entry_b->due_ns ? -1 : 1;
  return (entry_a->sequence > entry_b->sequence) - (entry_a->sequence < entry_b->sequence);
}

static const K8ElementClass entry_class = { .ref = ref_entry, .unref = unref_entry };
static const K8HeapClass heap_class = {
  .element = { .ref = ref_entry, .unref = unref_entry },
  .compare = compare_entries,
};

void
sim_queue_init (SimQueue *self, K8Region *region)
{
  *self = (SimQueue){ .region = region };
  k8_heap_init (&self->heap, region, sizeof (SimEntry), &heap_class, NULL);
}

void
sim_queue_clear (SimQueue *self)
{
  for (guint i = 0; i < self->n_lanes; i++)
    k8_fifo_clear (&self->lanes[i]);
  k8_heap_clear (&self->heap);
}

void
sim_queue_clone (SimQueue *ret_clone, const SimQueue *self)
{
  *ret_clone = *self;
  for (guint i = 0; i < self->n_lanes; i++)
    k8_fifo_clone (&ret_clone->lanes[i], &self->lanes[i]);
  k8_heap_clone (&ret_clone->heap, &self->heap, NULL);
}

static K8Fifo *
find_lane (SimQueue *self, gint64 delay_ns)
{
  for (guint i = 0; i < self->n_lanes; i++)
    if (self->lane_delay_ns[i] == delay_ns)
      return &self->lanes[i];
  return NULL;
}

void
sim_queue_declare (SimQueue *self, gint64 delay_ns)
{
  if (find_lane (self, delay_ns) != NULL)
    return;
  k8_assert (self->n_lanes < SIM_QUEUE_MAX_LANES);
  self->lane_delay_ns[self->n_lanes] = delay_ns;
  k8_fifo_init (&self->lanes[self->n_lanes], self->region, sizeof (SimEntry), &entry_class);
  self->n_lanes++;
}

void
sim_queue_push (SimQueue *self, gint64 now_ns, gint64 delay_ns, const SimEntry *entry)
{
  SimEntry kept = *entry;
  K8Fifo *lane = find_lane (self, delay_ns);

  k8_assert (delay_ns >= 0);
  kept.due_ns = now_ns + delay_ns;
  kept.sequence = ++self->next_sequence;
  k8_mail_ref (kept.event.mail);
  if (lane != NULL)
    k8_fifo_push (lane, &kept);
  else
    k8_heap_push (&self->heap, &kept);
}

/* The lane whose head is the next entry of all; NULL with an entry: the heap's. */
static const SimEntry *
find_next (const SimQueue *self, guint *ret_lane)
{
  const SimEntry *next = k8_heap_peek (&self->heap);

  *ret_lane = SIM_QUEUE_MAX_LANES;
  for (guint i = 0; i < self->n_lanes; i++)
    {
      const SimEntry *head = k8_fifo_peek (&self->lanes[i]);
      if (head == NULL || (next != NULL && compare_entries (next, head, NULL) < 0))
        continue;
      next = head;
      *ret_lane = i;
    }
  return next;
}

const SimEntry *
sim_queue_peek (const SimQueue *self)
{
  guint lane;

  return find_next (self, &lane);
}

gboolean
sim_queue_pop (SimQueue *self, SimEntry *ret_entry)
{
  guint lane;

  if (find_next (self, &lane) == NULL)
    return FALSE;
  if (lane < self->n_lanes)
    return k8_fifo_pop (&self->lanes[lane], ret_entry);
  return k8_heap_pop (&self->heap, ret_entry);
}

guint64
sim_queue_n (const SimQueue *self)
{
  guint64 n = k8_heap_n (&self->heap);

  for (guint i = 0; i < self->n_lanes; i++)
    n += k8_fifo_n (&self->lanes[i]);
  return n;
}
