/* SPDX-License-Identifier: Apache-2.0
 *
 * Fifo: elements enter behind the last and leave at the first chunk, which is dropped when its
 * last element is gone. While one small chunk is enough, its elements are moved to its start
 * rather than a larger one taken.
 * Invariants: 1 memory outside the queue's elements is zero; 2 an empty queue begins at offset 0.
 */
#include "base/fifo.h"

#include <string.h>

#include "base/assert.h"

void
k8_fifo_init (K8Fifo *self, K8Region *region, gsize element_bytes, const K8ElementClass *class)
{
  k8_chunks_init (&self->chunks, region, element_bytes, class, 0);
  self->offset = 0;
  self->n = 0;
}

void
k8_fifo_clear (K8Fifo *self)
{
  k8_chunks_clear (&self->chunks);
  self->offset = 0;
  self->n = 0;
}

void
k8_fifo_clone (K8Fifo *ret_clone, const K8Fifo *self)
{
  k8_chunks_clone (&ret_clone->chunks, &self->chunks);
  ret_clone->offset = self->offset;
  ret_clone->n = self->n;
}

/* Moves the elements of a small single chunk to its start. */
static void
compact (K8Fifo *self)
{
  gsize element_bytes = self->chunks.element_bytes;
  gsize used_bytes = self->n * element_bytes;
  char *start = k8_chunks_edit (&self->chunks, 0);

  memmove (start, start + self->offset * element_bytes, used_bytes);
  memset (start + used_bytes, 0, self->offset * element_bytes);
  self->offset = 0;
}

static void
ensure_room (K8Fifo *self)
{
  guint32 room = k8_chunks_room (&self->chunks);

  if (self->offset + self->n < room)
    return;
  if (room < self->chunks.n_per_chunk && self->n < room / 2)
    compact (self);
  else
    k8_chunks_grow (&self->chunks);
}

void
k8_fifo_push (K8Fifo *self, const void *element)
{
  ensure_room (self);
  memcpy (k8_chunks_edit (&self->chunks, self->offset + self->n), element,
          self->chunks.element_bytes);
  self->n++;
}

gboolean
k8_fifo_pop (K8Fifo *self, void *ret_element)
{
  const K8ElementClass *class = self->chunks.class;

  if (self->n == 0)
    return FALSE;
  void *element = k8_chunks_edit (&self->chunks, self->offset);
  if (ret_element != NULL)
    memcpy (ret_element, element, self->chunks.element_bytes);
  else if (class != NULL && class->unref != NULL)
    class->unref (self->chunks.region, element);
  memset (element, 0, self->chunks.element_bytes);

  self->n--;
  self->offset++;
  if (self->offset == self->chunks.n_per_chunk && self->chunks.n_chunks > 1)
    {
      k8_chunks_drop_first (&self->chunks);
      self->offset = 0;
    }
  if (self->n == 0)
    self->offset = 0;
  return TRUE;
}

const void *
k8_fifo_peek (const K8Fifo *self)
{
  return self->n == 0 ? NULL : k8_chunks_get (&self->chunks, self->offset);
}

const void *
k8_fifo_at (const K8Fifo *self, guint32 place)
{
  k8_assert (place < self->n);
  return k8_chunks_get (&self->chunks, self->offset + place);
}

void *
k8_fifo_edit (K8Fifo *self, guint32 place)
{
  k8_assert (place < self->n);
  return k8_chunks_edit (&self->chunks, self->offset + place);
}
