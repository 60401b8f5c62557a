/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource as it was: at the revision of the first page of a list, for the pages after it,
 * and at any revision whose changes the ring still holds, by taking them back one by one from
 * what is there now. A few are kept; making one costs little, since objects are shared.
 * Source: kubernetes apiserver pkg/storage/cacher (store_btree.go, snapshotter) (v1.36).
 * Departures: upstream keeps one snapshot a change.
 */
#include "apiserver/watch_cache.h"

#include "base/assert.h"
#include "machinery/gvk.h"

void
k8_cache_snapshot_clear (K8CacheSnapshot *self)
{
  if (self->revision == 0)
    return;
  k8_slots_clear (&self->objects);
  k8_order_clear (&self->order);
  self->revision = 0;
}

/* A copy of what is there now, in the place of the oldest one. */
static K8CacheSnapshot *
take_snapshot (K8WatchCache *self)
{
  K8CacheSnapshot *snapshot = &self->snapshots[self->next_snapshot];

  self->next_snapshot = (self->next_snapshot + 1) % K8_MAX_SNAPSHOTS;
  k8_cache_snapshot_clear (snapshot);
  k8_slots_clone (&snapshot->objects, &self->objects);
  k8_order_clone (&snapshot->order, &self->order);
  return snapshot;
}

/* Keeps the resource as it is now, at @revision, for later pages; the oldest one makes room. */
void
k8_watch_cache_keep_snapshot (K8WatchCache *self, gint64 revision)
{
  for (guint i = 0; i < K8_MAX_SNAPSHOTS; i++)
    if (self->snapshots[i].revision != 0 && self->snapshots[i].since == self->last_revision)
      {
        self->snapshots[i].revision = MAX (self->snapshots[i].revision, revision);
        return;
      }
  K8CacheSnapshot *snapshot = take_snapshot (self);
  snapshot->since = self->last_revision;
  snapshot->revision = revision;
}

/* Puts back what stood under the key of a change before it. */
static void
put_back (K8CacheSnapshot *snapshot, const K8CachedChange *change, const char *key)
{
  K8OrderCursor cursor;
  gboolean is_there = k8_order_first_at_or_after (&snapshot->order, key, &cursor)
                      && strcmp (cursor.key, key) == 0;

  if (change->before == NULL)
    {
      k8_assert (is_there);
      guint32 slot = cursor.value;
      k8_order_remove (&snapshot->order, key);
      k8_slots_remove (&snapshot->objects, slot);
      return;
    }
  guint32 slot = is_there ? cursor.value : k8_slots_add (&snapshot->objects);
  if (!is_there)
    k8_order_insert (&snapshot->order, key, slot);
  K8CachedObject *object = k8_slots_edit (&snapshot->objects, slot);
  K8CachedObject old = *object;
  *object = (K8CachedObject){ .key = k8_string_ref (key),
                              .object = k8_record_ref (change->before),
                              .revision = change->before_revision };
  k8_string_unref (old.key);
  k8_record_unref (old.object);
}

/* A snapshot of what was there at a revision that the ring reaches back to. */
static const K8CacheSnapshot *
rewind_to (K8WatchCache *self, gint64 revision)
{
  K8CacheSnapshot *snapshot = take_snapshot (self);
  guint64 first = k8_ring_first (&self->changes);

  snapshot->revision = self->last_revision;
  snapshot->since = self->changes_since;
  for (guint64 at = k8_ring_last (&self->changes); at >= first; at--)
    {
      const K8CachedChange *change = k8_ring_get (&self->changes, at);
      if (change->revision <= revision)
        {
          snapshot->since = change->revision;
          break;
        }
      const K8ObjectMeta *meta
          = k8_object_get_meta (change->now != NULL ? change->now : change->before);
      const char *key = k8_watch_cache_make_key (
          self, self->kind->is_namespaced ? k8_object_meta_namespace (meta) : NULL,
          k8_object_meta_name (meta));
      put_back (snapshot, change, key);
      k8_string_unref (key);
      snapshot->revision = change->revision - 1;
    }
  return snapshot;
}

/**
 * k8_watch_cache_view_at:
 *
 * The resource as it was at a revision that has been seen. Returns FALSE if that is forgotten.
 * Cost: O(1) for now and for what a snapshot holds, else O(changes since).
 */
gboolean
k8_watch_cache_view_at (K8WatchCache *self, gint64 revision, K8CacheView *ret_view)
{
  const K8CacheSnapshot *found = NULL;

  if (revision >= self->last_revision && revision >= self->changes_since)
    {
      *ret_view = (K8CacheView){ .objects = &self->objects, .order = &self->order };
      return TRUE;
    }
  for (guint i = 0; i < K8_MAX_SNAPSHOTS && found == NULL; i++)
    if (self->snapshots[i].revision != 0 && self->snapshots[i].since <= revision
        && revision <= self->snapshots[i].revision)
      found = &self->snapshots[i];
  if (found == NULL && revision >= self->changes_since)
    found = rewind_to (self, revision);
  if (found == NULL)
    return FALSE;
  *ret_view = (K8CacheView){ .objects = &found->objects, .order = &found->order };
  return TRUE;
}
