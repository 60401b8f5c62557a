/* SPDX-License-Identifier: Apache-2.0
 *
 * MVCC: a key leads to its newest version, each version to the one before it. The history lists,
 * revision by revision, which version took the place of which; compaction walks it from the old
 * end and frees what was replaced.
 * Invariants: 1 history is in order of revisions; 2 the `previous` of a version is live or 0;
 * 3 a tombstone is the newest version of its key, or has been replaced in the history.
 */
#include "etcd/mvcc.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"
#include "limits.h"
#include "schema/record.h"

typedef struct
{
  K8EtcdKeyValue pair;
  guint32 previous;
} Version;

typedef struct
{
  guint32 newest;
} Key;

typedef struct
{
  gint64 revision;
  guint32 key;
  guint32 now;
  guint32 previous;
} Change;

static void
ref_version (K8Region *region, void *element)
{
  Version *version = element;

  k8_string_ref (version->pair.key);
  k8_record_ref (version->pair.value);
}

static void
unref_version (K8Region *region, void *element)
{
  Version *version = element;

  k8_string_unref (version->pair.key);
  k8_record_unref (version->pair.value);
}

static const K8ElementClass version_class = { .ref = ref_version, .unref = unref_version };

void
k8_mvcc_init (K8Mvcc *self, K8Region *region)
{
  self->region = region;
  self->revision = 1;
  self->compact_revision = 0;
  k8_order_init (&self->order, region);
  k8_index_init (&self->key_by_text, region);
  k8_slots_init (&self->keys, region, sizeof (Key), NULL);
  k8_slots_init (&self->versions, region, sizeof (Version), &version_class);
  k8_fifo_init (&self->history, region, sizeof (Change), NULL);
}

void
k8_mvcc_clear (K8Mvcc *self)
{
  k8_order_clear (&self->order);
  k8_index_clear (&self->key_by_text);
  k8_slots_clear (&self->keys);
  k8_slots_clear (&self->versions);
  k8_fifo_clear (&self->history);
}

void
k8_mvcc_clone (K8Mvcc *ret_clone, const K8Mvcc *self)
{
  *ret_clone = *self;
  k8_order_clone (&ret_clone->order, &self->order);
  k8_index_clone (&ret_clone->key_by_text, &self->key_by_text);
  k8_slots_clone (&ret_clone->keys, &self->keys);
  k8_slots_clone (&ret_clone->versions, &self->versions);
  k8_fifo_clone (&ret_clone->history, &self->history);
}

static const Version *
get_version (const K8Mvcc *self, guint32 slot)
{
  return k8_slots_get (&self->versions, slot);
}

static const Version *
get_newest (const K8Mvcc *self, guint32 key)
{
  const Key *entry = k8_slots_get (&self->keys, key);

  return entry == NULL ? NULL : get_version (self, entry->newest);
}

static guint32
find_key (const K8Mvcc *self, const char *key)
{
  const char *text = k8_string_find (self->region, key);

  return text == NULL ? 0 : k8_index_find (&self->key_by_text, k8_string_handle (text));
}

const K8EtcdKeyValue *
k8_mvcc_find (const K8Mvcc *self, const char *key)
{
  const Version *version = get_newest (self, find_key (self, key));

  return version == NULL || version->pair.value == NULL ? NULL : &version->pair;
}

/* Opens the next revision: writes up to the next call belong to it. */
gint64
k8_mvcc_begin (K8Mvcc *self)
{
  return ++self->revision;
}

static guint32
ensure_key (K8Mvcc *self, const char *text)
{
  guint32 key = k8_index_find (&self->key_by_text, k8_string_handle (text));

  if (key != 0)
    return key;
  key = k8_slots_add (&self->keys);
  k8_order_insert (&self->order, text, key);
  k8_index_put (&self->key_by_text, k8_string_handle (text), key);
  return key;
}

/* Forgets the oldest change: the version that it replaced, and the key if it deleted it. */
static void
forget_oldest (K8Mvcc *self)
{
  Change change;

  k8_fifo_pop (&self->history, &change);
  self->compact_revision = MAX (self->compact_revision, change.revision);
  if (change.previous != 0)
    {
      k8_slots_remove (&self->versions, change.previous);
      ((Version *) k8_slots_edit (&self->versions, change.now))->previous = 0;
    }
  const Key *key = k8_slots_get (&self->keys, change.key);
  const Version *now = get_version (self, change.now);
  if (now->pair.value != NULL || key == NULL || key->newest != change.now)
    return;
  k8_order_remove (&self->order, now->pair.key);
  k8_index_remove (&self->key_by_text, k8_string_handle (now->pair.key));
  k8_slots_remove (&self->keys, change.key);
  k8_slots_remove (&self->versions, change.now);
}

/* Makes a pair (its references are taken over) the newest version of its key. */
static const K8EtcdKeyValue *
add_version (K8Mvcc *self, K8EtcdKeyValue pair)
{
  guint32 key = ensure_key (self, pair.key);
  guint32 slot = k8_slots_add (&self->versions);
  Version *version = k8_slots_edit (&self->versions, slot);
  Key *entry = k8_slots_edit (&self->keys, key);
  Change change = { .revision = self->revision, .key = key, .now = slot };

  change.previous = entry->newest;
  *version = (Version){ .pair = pair, .previous = entry->newest };
  entry->newest = slot;
  k8_fifo_push (&self->history, &change);
  return &version->pair;
}

/**
 * k8_mvcc_put:
 * @value: counted
 *
 * Writes a key in the open revision. One key may be written once a revision.
 *
 * Returns: (transfer none): the new version, valid until the next write.
 */
const K8EtcdKeyValue *
k8_mvcc_put (K8Mvcc *self, const char *key, const void *value, gint64 lease)
{
  k8_assert (value != NULL);
  while (k8_fifo_n (&self->history) >= K8_ETCD_HISTORY_EVENTS)
    forget_oldest (self);
  const K8EtcdKeyValue *old = k8_mvcc_find (self, key);
  return add_version (self,
                      (K8EtcdKeyValue){ .key = k8_string_intern (self->region, key),
                                        .value = k8_record_ref (value),
                                        .create_revision = old == NULL ? self->revision
                                                                       : old->create_revision,
                                        .mod_revision = self->revision,
                                        .version = old == NULL ? 1 : old->version + 1,
                                        .lease = lease });
}

/* Writes a tombstone; FALSE if the key is not there. */
gboolean
k8_mvcc_delete (K8Mvcc *self, const char *key)
{
  while (k8_fifo_n (&self->history) >= K8_ETCD_HISTORY_EVENTS)
    forget_oldest (self);
  if (k8_mvcc_find (self, key) == NULL)
    return FALSE;
  add_version (self, (K8EtcdKeyValue){ .key = k8_string_intern (self->region, key),
                                       .mod_revision = self->revision });
  return TRUE;
}

void
k8_mvcc_load (K8Mvcc *self, const K8EtcdKeyValue *pair)
{
  guint32 key = ensure_key (self, pair->key);
  guint32 slot = k8_slots_add (&self->versions);

  k8_assert (k8_fifo_n (&self->history) == 0);
  *(Version *) k8_slots_edit (&self->versions, slot) = (Version){ .pair = k8_etcd_pair_dup (pair) };
  ((Key *) k8_slots_edit (&self->keys, key))->newest = slot;
}

void
k8_mvcc_set_revision (K8Mvcc *self, gint64 revision, gint64 compact_revision)
{
  self->revision = MAX (revision, 1);
  self->compact_revision = compact_revision;
}

K8EtcdKeyValue
k8_etcd_pair_dup (const K8EtcdKeyValue *pair)
{
  K8EtcdKeyValue copy = *pair;

  k8_string_ref (copy.key);
  k8_record_ref (copy.value);
  return copy;
}

/* The version of a key that a reader at @revision sees, or NULL. */
static const Version *
find_at (const K8Mvcc *self, guint32 key, gint64 revision)
{
  const Version *version = get_newest (self, key);

  while (version != NULL && version->pair.mod_revision > revision)
    version = get_version (self, version->previous);
  return version == NULL || version->pair.value == NULL ? NULL : version;
}

static gboolean
is_in_range (const char *key, const char *from, const char *end)
{
  if (end == NULL || *end == '\0')
    return strcmp (key, from) == 0;
  return strcmp (key, from) >= 0 && strcmp (key, end) < 0;
}

static void
add_to_range (const K8EtcdRange *range, K8EtcdRangeResult *result, const Version *version)
{
  result->count++;
  if (range->is_count_only)
    return;
  if (range->limit != 0 && k8_array_n (&result->pairs) >= range->limit)
    result->has_more = TRUE;
  else
    *(K8EtcdKeyValue *) k8_array_add (&result->pairs) = k8_etcd_pair_dup (&version->pair);
}

/**
 * k8_mvcc_range:
 * @result: its pairs are an empty array of K8EtcdKeyValue
 *
 * Reads. `count` is of the whole range, also behind the limit, as etcd's.
 * Cost: O(keys in the range).
 */
void
k8_mvcc_range (const K8Mvcc *self, const K8EtcdRange *range, K8EtcdRangeResult *result)
{
  gint64 revision = range->revision == 0 ? self->revision : range->revision;
  K8OrderCursor cursor;

  result->revision = self->revision;
  if (revision > self->revision)
    result->error = K8_ETCD_FUTURE_REVISION;
  else if (revision < self->compact_revision)
    result->error = K8_ETCD_COMPACTED;
  if (result->error != K8_ETCD_OK)
    return;
  gboolean is_there = k8_order_first_at_or_after (&self->order, range->key, &cursor);
  for (; is_there && is_in_range (cursor.key, range->key, range->end);
       is_there = k8_order_next (&self->order, &cursor))
    {
      const Version *version = find_at (self, cursor.value, revision);
      if (version != NULL)
        add_to_range (range, result, version);
    }
}

/* The first change of the history with a revision above @after. */
static guint32
find_change (const K8Mvcc *self, gint64 after)
{
  guint32 low = 0;
  guint32 high = k8_fifo_n (&self->history);

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (((const Change *) k8_fifo_at (&self->history, middle))->revision <= after)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
k8_mvcc_collect (const K8Mvcc *self, const K8EtcdWatch *watch, gint64 after, gint64 up_to,
                 K8Array *events)
{
  for (guint32 i = find_change (self, after); i < k8_fifo_n (&self->history); i++)
    {
      const Change *change = k8_fifo_at (&self->history, i);
      const Version *now = get_version (self, change->now);
      const Version *previous = get_version (self, change->previous);
      if (change->revision > up_to)
        break;
      if (!is_in_range (now->pair.key, watch->key, watch->end))
        continue;
      K8EtcdEvent *event = k8_array_add (events);
      event->now = k8_etcd_pair_dup (&now->pair);
      if (previous != NULL && previous->pair.value != NULL)
        event->previous = k8_etcd_pair_dup (&previous->pair);
    }
}

void
k8_mvcc_compact (K8Mvcc *self, gint64 revision)
{
  const Change *oldest = k8_fifo_peek (&self->history);

  while (oldest != NULL && oldest->revision <= revision)
    {
      forget_oldest (self);
      oldest = k8_fifo_peek (&self->history);
    }
  self->compact_revision = MAX (self->compact_revision, MIN (revision, self->revision));
}
