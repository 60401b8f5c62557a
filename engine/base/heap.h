/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap: a priority queue of fixed-size elements, the smallest first, four children a node, over
 * copy-on-write chunks. Equal elements leave in no promised order, so a comparison should end
 * with a sequence number. An element that must be found again learns its position through
 * `moved`, or is looked for by a predicate.
 */
#pragma once

#include "base/chunks.h"

#define K8_HEAP_NOWHERE G_MAXUINT32

typedef struct
{
  K8ElementClass element; /* both may be NULL: nothing is held */
  K8Compare compare;
  /* (nullable): the element now stands at @position; also called by push. May write into the
   * element what compare does not read. */
  void (*moved) (void *element, guint32 position, void *user);
} K8HeapClass;

typedef struct
{
  K8Chunks chunks;
  const K8HeapClass *class;
  void *user; /* for compare and moved */
  guint32 n;
} K8Heap;

void k8_heap_init (K8Heap *self, K8Region *region, gsize element_bytes, const K8HeapClass *class,
                   void *user);
void k8_heap_clear (K8Heap *self);
void k8_heap_clone (K8Heap *ret_clone, const K8Heap *self, void *user); /* O(1); its own user */

/* The element is copied in, with the references it holds. */
void k8_heap_push (K8Heap *self, const void *element);
const void *k8_heap_peek (const K8Heap *self); /* the smallest, or NULL */
const void *k8_heap_at (const K8Heap *self, guint32 position); /* in no order; position < n */

/* Moves the smallest out, with its references; FALSE if empty. NULL lets go of it instead. */
gboolean k8_heap_pop (K8Heap *self, void *ret_element);

/* Moves one out from the middle, as pop. position < n (asserted). */
void k8_heap_remove (K8Heap *self, guint32 position, void *ret_element);

/* Replaces the element by @element (the old one's references become the user's to release, who
 * has read them by k8_heap_at() before) and puts it where it now belongs. */
void k8_heap_update (K8Heap *self, guint32 position, const void *element);

/* The position of the first element for which @matches says TRUE, or K8_HEAP_NOWHERE. O(n). */
guint32 k8_heap_find (const K8Heap *self,
                      gboolean (*matches) (const void *element, const void *user),
                      const void *user);

static inline guint32
k8_heap_n (const K8Heap *self)
{
  return self->n;
}
