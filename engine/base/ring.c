/* SPDX-License-Identifier: Apache-2.0
 *
 * Ring: a queue that knows the position of its first element and lets the oldest go when it would
 * hold more than its limit.
 */
#include "base/ring.h"

#include "base/assert.h"

void
k8_ring_init (K8Ring *self, K8Region *region, gsize element_bytes, guint32 limit,
              const K8ElementClass *class)
{
  k8_assert (limit > 0);
  k8_fifo_init (&self->fifo, region, element_bytes, class);
  self->first = 1;
  self->limit = limit;
}

/* Lets go of every element; positions go on from where they were. */
void
k8_ring_clear (K8Ring *self)
{
  self->first += self->fifo.n;
  k8_fifo_clear (&self->fifo);
}

void
k8_ring_clone (K8Ring *ret_clone, const K8Ring *self)
{
  k8_fifo_clone (&ret_clone->fifo, &self->fifo);
  ret_clone->first = self->first;
  ret_clone->limit = self->limit;
}

guint64
k8_ring_push (K8Ring *self, const void *element)
{
  if (self->fifo.n == self->limit)
    k8_ring_drop_before (self, self->first + 1);
  k8_fifo_push (&self->fifo, element);
  return k8_ring_last (self);
}

const void *
k8_ring_get (const K8Ring *self, guint64 position)
{
  if (position < self->first || position - self->first >= self->fifo.n)
    return NULL;
  return k8_fifo_at (&self->fifo, (guint32) (position - self->first));
}

void *
k8_ring_edit (K8Ring *self, guint64 position)
{
  if (position < self->first || position - self->first >= self->fifo.n)
    return NULL;
  return k8_fifo_edit (&self->fifo, (guint32) (position - self->first));
}

void
k8_ring_drop_before (K8Ring *self, guint64 position)
{
  while (self->first < position && k8_fifo_pop (&self->fifo, NULL))
    self->first++;
}

void
k8_ring_set_limit (K8Ring *self, guint32 limit)
{
  k8_assert (limit > 0);
  self->limit = limit;
  if (self->fifo.n > limit)
    k8_ring_drop_before (self, self->first + self->fifo.n - limit);
}
