/* SPDX-License-Identifier: Apache-2.0
 *
 * Ring: the last so many elements of an endless row, each at a position that never changes (the
 * first ever pushed stands at 1). What is older falls off and is let go of. The watch cache keeps
 * its events so: a watcher is a position, and one that fell off is told 410 Gone.
 */
#pragma once

#include "base/fifo.h"

typedef struct
{
  K8Fifo fifo;
  guint64 first;
  guint32 limit;
} K8Ring;

void k8_ring_init (K8Ring *self, K8Region *region, gsize element_bytes, guint32 limit,
                   const K8ElementClass *class); /* limit >= 1 */
void k8_ring_clear (K8Ring *self); /* positions go on: the next push follows the last */
void k8_ring_clone (K8Ring *ret_clone, const K8Ring *self); /* O(1) */

/* Copied in, with the references it holds; returns its position. */
guint64 k8_ring_push (K8Ring *self, const void *element);
/* NULL when it fell off or is not yet there. */
const void *k8_ring_get (const K8Ring *self, guint64 position);
void *k8_ring_edit (K8Ring *self, guint64 position); /* the same, to be written */

/* Lets everything before @position fall off (compaction); beyond the end empties the ring. */
void k8_ring_drop_before (K8Ring *self, guint64 position);
void k8_ring_set_limit (K8Ring *self, guint32 limit);

/* The oldest position that is still there; last + 1 when empty. */
static inline guint64
k8_ring_first (const K8Ring *self)
{
  return self->first;
}

/* The newest position; 0 before the first push. */
static inline guint64
k8_ring_last (const K8Ring *self)
{
  return self->first + self->fifo.n - 1;
}

static inline guint32
k8_ring_n (const K8Ring *self)
{
  return self->fifo.n;
}
