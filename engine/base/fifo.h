/* SPDX-License-Identifier: Apache-2.0
 *
 * Fifo: a queue of fixed-size elements over copy-on-write chunks; push at the back, pop at the
 * front, look at any place. Memory goes as the front moves on.
 */
#pragma once

#include "base/chunks.h"

typedef struct
{
  K8Chunks chunks;
  guint32 offset; /* of the first element in the first chunk */
  guint32 n;
} K8Fifo;

void k8_fifo_init (K8Fifo *self, K8Region *region, gsize element_bytes,
                   const K8ElementClass *class);
void k8_fifo_clear (K8Fifo *self);
void k8_fifo_clone (K8Fifo *ret_clone, const K8Fifo *self); /* O(1) */

/* The element is copied in, with the references it holds. */
void k8_fifo_push (K8Fifo *self, const void *element);

/* Moves the first out, with its references; FALSE if empty. NULL lets go of it instead. */
gboolean k8_fifo_pop (K8Fifo *self, void *ret_element);
const void *k8_fifo_peek (const K8Fifo *self); /* the first, or NULL */
const void *k8_fifo_at (const K8Fifo *self, guint32 place); /* 0 is the first; place < n */
void *k8_fifo_edit (K8Fifo *self, guint32 place); /* the same, to be written */

static inline guint32
k8_fifo_n (const K8Fifo *self)
{
  return self->n;
}
