/* SPDX-License-Identifier: Apache-2.0
 *
 * Order: texts sorted by their bytes (as Go and etcd sort them), each with a 32-bit value,
 * usually a slot. For lists and continue tokens; touched by create and delete alone, since
 * comparing texts is what costs. Leaves of keys under a directory, both copied when shared.
 */
#pragma once

#include "base/region.h"

typedef struct
{
  K8Region *region;
  K8Handle directory;
  guint32 n;
} K8Order;

/* A place in an order. Stays valid while the order is not written; to go on across writes,
 * keep the key and use first_at_or_after again, or walk a clone. */
typedef struct
{
  const char *key; /* borrowed from the order; NULL behind the end */
  guint32 value;
  guint32 leaf;
  guint32 position;
} K8OrderCursor;

void k8_order_init (K8Order *self, K8Region *region); /* allocates nothing */
void k8_order_clear (K8Order *self);
void k8_order_clone (K8Order *ret_clone, const K8Order *self); /* O(1) */

/* @key is a text of the region; the order takes a reference of its own. FALSE if the key was
 * there: its value is then replaced. */
gboolean k8_order_insert (K8Order *self, const char *key, guint32 value);
guint32 k8_order_remove (K8Order *self, const char *key); /* the old value, 0 if absent */
guint32 k8_order_find (const K8Order *self, const char *key); /* 0 if absent */

/* The first key >= @key ("" for the very first), which need not be a text of the region.
 * FALSE behind the end. */
gboolean k8_order_first_at_or_after (const K8Order *self, const char *key,
                                     K8OrderCursor *ret_cursor);
gboolean k8_order_next (const K8Order *self, K8OrderCursor *cursor); /* FALSE behind the end */

static inline guint32
k8_order_n (const K8Order *self)
{
  return self->n;
}
