/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap: four children a node, so that a push compares half as often as with two. Elements move
 * by their bytes into a hole that travels; every place that the hole leaves is written, so that
 * the references a copied chunk holds are those of the elements that end in it.
 * Invariant: no element is smaller than its parent (place - 1) / 4.
 */
#include "base/heap.h"

#include <string.h>

#include "base/assert.h"

enum
{
  N_CHILDREN = 4,
  MAX_ELEMENT_BYTES = 256,
};

typedef struct
{
  guint64 words[MAX_ELEMENT_BYTES / 8];
} Element;

void
k8_heap_init (K8Heap *self, K8Region *region, gsize element_bytes, const K8HeapClass *class,
              void *user)
{
  k8_assert (element_bytes <= MAX_ELEMENT_BYTES);
  k8_assert (class->compare != NULL);
  k8_chunks_init (&self->chunks, region, element_bytes, &class->element, 0);
  self->class = class;
  self->user = user;
  self->n = 0;
}

void
k8_heap_clear (K8Heap *self)
{
  k8_chunks_clear (&self->chunks);
  self->n = 0;
}

void
k8_heap_clone (K8Heap *ret_clone, const K8Heap *self, void *user)
{
  k8_chunks_clone (&ret_clone->chunks, &self->chunks);
  ret_clone->class = self->class;
  ret_clone->user = user;
  ret_clone->n = self->n;
}

static inline int
compare (const K8Heap *self, const void *a, const void *b)
{
  return self->class->compare (a, b, self->user);
}

static inline void
place (K8Heap *self, guint32 position, const void *element)
{
  void *target = k8_chunks_edit (&self->chunks, position);

  memcpy (target, element, self->chunks.element_bytes);
  if (self->class->moved != NULL)
    self->class->moved (target, position, self->user);
}

static void
sift_up (K8Heap *self, guint32 hole, const Element *element)
{
  while (hole > 0)
    {
      guint32 parent = (hole - 1) / N_CHILDREN;
      const void *above = k8_chunks_get (&self->chunks, parent);
      if (compare (self, element, above) >= 0)
        break;
      place (self, hole, above);
      hole = parent;
    }
  place (self, hole, element);
}

/* The smallest child of @parent; n if it has none. */
static guint32
find_smallest_child (const K8Heap *self, guint32 parent)
{
  guint64 first = (guint64) parent * N_CHILDREN + 1;

  if (first >= self->n)
    return self->n;
  guint32 smallest = (guint32) first;
  for (guint32 child = smallest + 1; child < self->n && child < first + N_CHILDREN; child++)
    if (compare (self, k8_chunks_get (&self->chunks, child),
                 k8_chunks_get (&self->chunks, smallest)) < 0)
      smallest = child;
  return smallest;
}

static void
sift_down (K8Heap *self, guint32 hole, const Element *element)
{
  for (;;)
    {
      guint32 child = find_smallest_child (self, hole);
      if (child == self->n)
        break;
      const void *below = k8_chunks_get (&self->chunks, child);
      if (compare (self, element, below) <= 0)
        break;
      place (self, hole, below);
      hole = child;
    }
  place (self, hole, element);
}

/* Puts an element into the hole, or above or below it. */
static void
fill (K8Heap *self, guint32 hole, const Element *element)
{
  guint32 parent = (MAX (hole, 1) - 1) / N_CHILDREN;

  if (hole > 0 && compare (self, element, k8_chunks_get (&self->chunks, parent)) < 0)
    sift_up (self, hole, element);
  else
    sift_down (self, hole, element);
}

void
k8_heap_push (K8Heap *self, const void *element)
{
  Element copy;

  if (self->n == k8_chunks_room (&self->chunks))
    k8_chunks_grow (&self->chunks);
  memcpy (&copy, element, self->chunks.element_bytes);
  self->n++;
  sift_up (self, self->n - 1, &copy);
}

const void *
k8_heap_peek (const K8Heap *self)
{
  return self->n == 0 ? NULL : k8_chunks_get (&self->chunks, 0);
}

const void *
k8_heap_at (const K8Heap *self, guint32 position)
{
  k8_assert (position < self->n);
  return k8_chunks_get (&self->chunks, position);
}

/* Takes the last element off the vector; its place is zero then. */
static void
take_last (K8Heap *self, Element *ret_element)
{
  gsize element_bytes = self->chunks.element_bytes;
  void *last = k8_chunks_edit (&self->chunks, --self->n);

  memcpy (ret_element, last, element_bytes);
  memset (last, 0, element_bytes);
  if (self->chunks.n_chunks > 2 &&
      k8_chunks_room (&self->chunks) - self->n > 2u * self->chunks.n_per_chunk)
    k8_chunks_drop_last (&self->chunks);
}

static void
hand_over (K8Heap *self, Element *element, void *ret_element)
{
  if (ret_element != NULL)
    memcpy (ret_element, element, self->chunks.element_bytes);
  else if (self->class->element.unref != NULL)
    self->class->element.unref (self->chunks.region, element);
}

void
k8_heap_remove (K8Heap *self, guint32 position, void *ret_element)
{
  Element removed;
  Element last;

  k8_assert (position < self->n);
  memcpy (&removed, k8_chunks_get (&self->chunks, position), self->chunks.element_bytes);
  take_last (self, &last);
  if (position < self->n)
    fill (self, position, &last);
  hand_over (self, &removed, ret_element);
}

gboolean
k8_heap_pop (K8Heap *self, void *ret_element)
{
  if (self->n == 0)
    return FALSE;
  k8_heap_remove (self, 0, ret_element);
  return TRUE;
}

void
k8_heap_update (K8Heap *self, guint32 position, const void *element)
{
  Element copy;

  k8_assert (position < self->n);
  memcpy (&copy, element, self->chunks.element_bytes);
  fill (self, position, &copy);
}

guint32
k8_heap_find (const K8Heap *self, gboolean (*matches) (const void *element, const void *user),
              const void *user)
{
  for (guint32 position = 0; position < self->n; position++)
    if (matches (k8_chunks_get (&self->chunks, position), user))
      return position;
  return K8_HEAP_NOWHERE;
}
