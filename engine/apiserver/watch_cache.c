/* SPDX-License-Identifier: Apache-2.0
 *
 * The watch cache: objects by name and in order of keys, changes in a ring, feeds by value.
 * Invariants: 1 an object is in `objects`, `by_name` and `order`, or in none of them; 2 the ring
 * holds every change behind `changes_since`; 3 a feed is in exactly one chain.
 * Source: kubernetes apiserver pkg/storage/cacher (v1.36).
 * Departures: events go out by feed, not by a goroutine a watcher.
 */
#include "apiserver/watch_cache.h"

#include "base/assert.h"
#include "limits.h"
#include "machinery/gvk.h"

static void
ref_object (K8Region *region, void *element)
{
  K8CachedObject *self = element;

  k8_string_ref (self->key);
  k8_record_ref (self->object);
}

static void
unref_object (K8Region *region, void *element)
{
  K8CachedObject *self = element;

  k8_string_unref (self->key);
  k8_record_unref (self->object);
}

static void
ref_change (K8Region *region, void *element)
{
  K8CachedChange *self = element;

  k8_record_ref (self->now);
  k8_record_ref (self->before);
}

static void
unref_change (K8Region *region, void *element)
{
  K8CachedChange *self = element;

  k8_record_unref (self->now);
  k8_record_unref (self->before);
}

void
k8_selection_ref (const K8Selection *self)
{
  k8_string_ref (self->namespace_name);
  k8_selector_ref (self->labels);
  k8_field_selector_ref (self->fields);
}

void
k8_selection_clear (K8Selection *self)
{
  k8_string_unref (self->namespace_name);
  k8_selector_unref (self->labels);
  k8_field_selector_unref (self->fields);
  *self = (K8Selection){ .kind = NULL };
}

static void
ref_feed (K8Region *region, void *element)
{
  K8Feed *self = element;

  k8_selection_ref (&self->selection);
  k8_string_ref (self->label_text);
  k8_string_ref (self->field_text);
  k8_mail_ref (self->batch);
}

static void
unref_feed (K8Region *region, void *element)
{
  K8Feed *self = element;

  k8_selection_clear (&self->selection);
  k8_string_unref (self->label_text);
  k8_string_unref (self->field_text);
  k8_mail_unref (self->batch);
}

static const K8ElementClass object_class = { .ref = ref_object, .unref = unref_object };
static const K8ElementClass change_class = { .ref = ref_change, .unref = unref_change };
static const K8ElementClass feed_class = { .ref = ref_feed, .unref = unref_feed };

void
k8_watch_cache_init (K8WatchCache *self, K8Region *region, const K8KindInfo *kind)
{
  char *prefix = g_strconcat ("/registry/", kind->plural, "/", NULL);

  *self = (K8WatchCache){ .region = region, .kind = kind };
  self->prefix = k8_string_intern (region, prefix);
  g_free (prefix);
  k8_slots_init (&self->objects, region, sizeof (K8CachedObject), &object_class);
  k8_index_init (&self->by_name, region);
  k8_order_init (&self->order, region);
  k8_ring_init (&self->changes, region, sizeof (K8CachedChange), K8_WATCH_RING_EVENTS,
                &change_class);
  k8_slots_init (&self->feeds, region, sizeof (K8Feed), &feed_class);
  k8_index_init (&self->feeds_by_value, region);
}

void
k8_watch_cache_clear (K8WatchCache *self)
{
  if (self->kind == NULL)
    return;
  k8_string_unref (self->prefix);
  k8_slots_clear (&self->objects);
  k8_index_clear (&self->by_name);
  k8_order_clear (&self->order);
  k8_ring_clear (&self->changes);
  k8_slots_clear (&self->feeds);
  k8_index_clear (&self->feeds_by_value);
  k8_mail_unref (self->list_memo);
  for (guint i = 0; i < K8_MAX_SNAPSHOTS; i++)
    k8_cache_snapshot_clear (&self->snapshots[i]);
  self->kind = NULL;
}

/* @ret_clone is a bytewise copy; afterwards both may change freely. */
void
k8_watch_cache_clone (K8WatchCache *ret_clone, const K8WatchCache *self)
{
  if (self->kind == NULL)
    return;
  k8_string_ref (self->prefix);
  k8_mail_ref (self->list_memo);
  k8_slots_clone (&ret_clone->objects, &self->objects);
  k8_index_clone (&ret_clone->by_name, &self->by_name);
  k8_order_clone (&ret_clone->order, &self->order);
  k8_ring_clone (&ret_clone->changes, &self->changes);
  k8_slots_clone (&ret_clone->feeds, &self->feeds);
  k8_index_clone (&ret_clone->feeds_by_value, &self->feeds_by_value);
  for (guint i = 0; i < K8_MAX_SNAPSHOTS; i++)
    if (self->snapshots[i].revision != 0)
      {
        k8_slots_clone (&ret_clone->snapshots[i].objects, &self->snapshots[i].objects);
        k8_order_clone (&ret_clone->snapshots[i].order, &self->snapshots[i].order);
      }
}

/* A text of the region with these bytes, or NULL if there is none: then nothing is named so. */
static const char *
find_text (const K8WatchCache *self, const char *text)
{
  if (strlen (text) > K8_STRING_SHARED_BYTES)
    return NULL;
  return k8_string_find (self->region, text);
}

static guint32
find_slot (const K8WatchCache *self, const char *namespace_name, const char *name)
{
  const char *name_text = find_text (self, name);
  const char *namespace_text = namespace_name == NULL ? NULL : find_text (self, namespace_name);

  if (name_text == NULL || (namespace_name != NULL && namespace_text == NULL))
    return 0;
  return k8_index_find (&self->by_name, k8_index_key (k8_string_handle (namespace_text),
                                                      k8_string_handle (name_text)));
}

/* The object of a name; @namespace_name is NULL for a cluster-wide kind. Borrowed. */
const K8CachedObject *
k8_watch_cache_find (const K8WatchCache *self, const char *namespace_name, const char *name)
{
  return k8_slots_get (&self->objects, find_slot (self, namespace_name, name));
}

/* The key under which etcd has an object. (transfer full) */
const char *
k8_watch_cache_make_key (const K8WatchCache *self, const char *namespace_name, const char *name)
{
  char *text = namespace_name == NULL
                   ? g_strconcat (self->prefix, name, NULL)
                   : g_strconcat (self->prefix, namespace_name, "/", name, NULL);
  const char *key = k8_string_intern (self->region, text);

  g_free (text);
  return key;
}

static guint64
name_key (const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);

  return k8_index_key (k8_string_handle (k8_object_meta_namespace (meta)),
                       k8_string_handle (k8_object_meta_name (meta)));
}

static void
drop_memo (K8WatchCache *self)
{
  k8_mail_unref (self->list_memo);
  self->list_memo = NULL;
}

/* Adds an object that was not there, or replaces it. */
static void
put_object (K8WatchCache *self, const K8CachedObject *object)
{
  guint64 key = name_key (object->object);
  guint32 slot = k8_index_find (&self->by_name, key);

  drop_memo (self);
  if (slot == 0)
    {
      slot = k8_slots_add (&self->objects);
      k8_order_insert (&self->order, object->key, slot);
    }
  K8CachedObject *entry = k8_slots_edit (&self->objects, slot);
  K8CachedObject old = *entry;
  *entry = *object;
  ref_object (self->region, entry);
  unref_object (self->region, &old);
  k8_index_put (&self->by_name, key, slot);
}

static void
remove_object (K8WatchCache *self, guint32 slot)
{
  const K8CachedObject *entry = k8_slots_get (&self->objects, slot);

  drop_memo (self);
  k8_index_remove (&self->by_name, name_key (entry->object));
  k8_order_remove (&self->order, entry->key);
  k8_slots_remove (&self->objects, slot);
}

/* An object that was there before the server began. */
void
k8_watch_cache_load (K8WatchCache *self, const K8CachedObject *object)
{
  put_object (self, object);
  self->last_revision = MAX (self->last_revision, object->revision);
}

/**
 * k8_watch_cache_change:
 * @object: what etcd has now under the key; object NULL: it was deleted
 * @named: the object, or what it was before it was deleted
 *
 * Returns: (nullable): the change, or NULL if a key was deleted that was not known.
 */
const K8CachedChange *
k8_watch_cache_change (K8WatchCache *self, const K8CachedObject *object, const void *named)
{
  guint32 slot = k8_index_find (&self->by_name, name_key (named));
  const K8CachedObject *entry = k8_slots_get (&self->objects, slot);
  K8CachedChange change = { .revision = object->revision,
                            .now = k8_record_ref (object->object),
                            .before = k8_record_ref (entry == NULL ? NULL : entry->object),
                            .before_revision = entry == NULL ? 0 : entry->revision };

  if (change.now == NULL && change.before == NULL)
    return NULL;
  if (change.now != NULL)
    put_object (self, object);
  else
    remove_object (self, slot);
  self->last_revision = object->revision;
  if (k8_ring_n (&self->changes) == K8_WATCH_RING_EVENTS)
    {
      const K8CachedChange *oldest = k8_ring_get (&self->changes, k8_ring_first (&self->changes));
      self->changes_since = oldest->revision;
    }
  return k8_ring_get (&self->changes, k8_ring_push (&self->changes, &change));
}

/* Whether an object, possibly NULL, is selected. */
gboolean
k8_selection_matches (const K8Selection *self, const void *object)
{
  if (object == NULL)
    return FALSE;
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  if (self->namespace_name != NULL
      && !k8_string_equal (self->namespace_name, k8_object_meta_namespace (meta)))
    return FALSE;
  if (self->labels != NULL && !k8_selector_matches (self->labels, k8_object_meta_labels (meta)))
    return FALSE;
  return self->fields == NULL || k8_field_selector_matches (self->fields, object);
}
