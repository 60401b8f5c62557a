/* SPDX-License-Identifier: Apache-2.0
 *
 * Index: from a 64-bit key (two handles, a uid, a hash that the caller verifies) to a 32-bit
 * value, usually a slot. Open addressing over copy-on-write chunks; a removal leaves no mark.
 * It cannot be walked: nothing may depend on its order.
 */
#pragma once

#include "base/chunks.h"

typedef struct
{
  K8Chunks chunks;
  guint32 n;
} K8Index;

void k8_index_init (K8Index *self, K8Region *region); /* allocates nothing */
void k8_index_clear (K8Index *self);
void k8_index_clone (K8Index *ret_clone, const K8Index *self); /* O(1) */

void k8_index_put (K8Index *self, guint64 key, guint32 value); /* value != 0; replaces */
guint32 k8_index_find (const K8Index *self, guint64 key); /* 0 if absent */
guint32 k8_index_remove (K8Index *self, guint64 key); /* the old value, 0 if absent */

static inline guint32
k8_index_n (const K8Index *self)
{
  return self->n;
}

/* The usual key: two handles or numbers. */
static inline guint64
k8_index_key (guint32 high, guint32 low)
{
  return ((guint64) high << 32) | low;
}
