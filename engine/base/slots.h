/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots: an array of elements by slot number, the normal home of what an actor keeps. A name
 * leads to its slot once (K8Index), everything else goes by slot: 2-3 ns a read or write.
 * Slots count from 1; 0 means none. A removed slot is used again, last removed first, so that
 * equal histories give equal numbers. Clones share chunks until one of the two writes.
 */
#pragma once

#include "base/chunks.h"

typedef struct
{
  K8Chunks chunks;
  K8Chunks freed; /* a stack of slots */
  guint32 n_freed;
  guint32 end; /* one behind the highest slot that was ever used */
} K8Slots;

/* Elements of @element_bytes each; @class (nullable) for what they hold. Allocates nothing. */
void k8_slots_init (K8Slots *self, K8Region *region, gsize element_bytes,
                    const K8ElementClass *class);
void k8_slots_clear (K8Slots *self); /* lets go of every element; may be filled again */
void k8_slots_clone (K8Slots *ret_clone, const K8Slots *self); /* O(1) */

/* The element, or NULL for 0, a free slot or one never used. Valid until the next write. */
const void *k8_slots_get (const K8Slots *self, guint32 slot);

/* The element to be written, of a used slot (asserted). Replacing what it holds is the user's
 * affair: unref the old, give a reference of the new. Valid until the next call that may write. */
void *k8_slots_edit (K8Slots *self, guint32 slot);

guint32 k8_slots_add (K8Slots *self); /* a slot >= 1 whose element is zero */
void k8_slots_remove (K8Slots *self, guint32 slot); /* of a used slot; lets go of its element */

/* The first used slot behind @slot, or 0: for (s = next (self, 0); s != 0; s = next (self, s)).
 * Slots may be removed and added while walking. */
guint32 k8_slots_next (const K8Slots *self, guint32 slot);

/* How many slots are used. */
static inline guint32
k8_slots_n (const K8Slots *self)
{
  return self->end - 1 - self->n_freed;
}

/* One behind the highest slot that was ever used: all slots are in [1, end). */
static inline guint32
k8_slots_end (const K8Slots *self)
{
  return self->end;
}
