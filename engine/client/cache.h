/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexer: what a component knows of one kind. Objects by slot; found by namespace and name;
 * chained by namespace and by controlling owner, so that a reconcile never scans. Clonable in
 * microseconds. Source: client-go, tools/cache Indexer.
 */
#pragma once

#include "mail.h"
#include "schema/kinds.h"

/* An object as last seen. Valid until the cache changes. */
typedef struct
{
  const void *object;
  gint64 revision;
  const char *namespace_name; /* NULL for a cluster-wide kind */
  const char *name;
  const char *uid;
  guint32 next_in_namespace;
  guint32 previous_in_namespace;
  guint32 next_of_owner;
  guint32 previous_of_owner;
  const char *owner_uid;      /* of the controller, or NULL */
} K8CacheEntry;

/* What a cache holds, as a sealed value: caches with the same content may share it, and the one
 * that changes copies it (its parts in chunks). NULL: nothing. */
typedef struct K8CacheState K8CacheState;

typedef struct
{
  K8Region *region;
  const K8KindInfo *kind;
  const K8CacheState *state; /* counted: a K8Mail */
} K8Cache;

void k8_cache_init (K8Cache *self, K8Region *region, const K8KindInfo *kind);
void k8_cache_clear (K8Cache *self);
void k8_cache_clone (K8Cache *ret_clone, const K8Cache *self);
guint k8_cache_n (const K8Cache *self);

/* Makes the content that of a cache of the same kind. */
void k8_cache_set_state (K8Cache *self, const K8CacheState *state);
gboolean k8_cache_is_shared (const K8Cache *self); /* others may have its state as well */

/* By name; texts need not be of the region. NULL if unknown. */
const K8CacheEntry *k8_cache_find (const K8Cache *self, const char *namespace_name,
                                   const char *name);

/* By slot. Slots stay the object's own as long as it lives. */
const K8CacheEntry *k8_cache_at (const K8Cache *self, guint32 slot);
guint32 k8_cache_slot_of (const K8Cache *self, const char *namespace_name, const char *name);

/* Walks: all in order of slots; of one namespace; of one owner. 0 starts and ends. */
guint32 k8_cache_next (const K8Cache *self, guint32 slot);
guint32 k8_cache_next_in_namespace (const K8Cache *self, const char *namespace_name, guint32 slot);
guint32 k8_cache_next_of_owner (const K8Cache *self, const char *owner_uid, guint32 slot);

/* Puts an object (shared, counted) or takes it out; gives its slot. */
guint32 k8_cache_put (K8Cache *self, const void *object, gint64 revision);
void k8_cache_remove (K8Cache *self, guint32 slot);
