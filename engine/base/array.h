/* SPDX-License-Identifier: Apache-2.0
 *
 * Array: a small growable row of fixed-size elements in the region, in one piece, for what has a
 * few members (a pod's claims, a node's images). A clone is a copy. Elements own nothing that
 * the array knows of: who keeps references in one releases them himself.
 */
#pragma once

#include <string.h>

#include "base/assert.h"
#include "base/region.h"

typedef struct
{
  K8Region *region;
  void *elements;
  guint32 n;
  guint32 n_allocated;
  guint32 element_bytes;
} K8Array;

void k8_array_init (K8Array *self, K8Region *region, gsize element_bytes); /* allocates nothing */
void k8_array_clear (K8Array *self); /* may be used again without init */
void k8_array_clone (K8Array *ret_clone, const K8Array *self); /* O(n) */

void *k8_array_insert (K8Array *self, guint32 place); /* place <= n; the others keep their order */
void k8_array_remove (K8Array *self, guint32 place); /* place < n; the others keep their order */
void k8_array_set_size (K8Array *self, guint32 n); /* new elements are zero */

static inline guint32
k8_array_n (const K8Array *self)
{
  return self->n;
}

/* The element at @place < n (asserted). */
static inline void *
k8_array_at (const K8Array *self, guint32 place)
{
  k8_assert (place < self->n);
  return (char *) self->elements + (gsize) place * self->element_bytes;
}

/* The new last element, zero. Valid until the next add or insert. */
static inline void *
k8_array_add (K8Array *self)
{
  if (G_UNLIKELY (self->n == self->n_allocated))
    return k8_array_insert (self, self->n);
  return memset ((char *) self->elements + (gsize) self->n++ * self->element_bytes, 0,
                 self->element_bytes);
}
