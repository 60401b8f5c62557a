/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds of a watch cache: watches with the same question, and the index that finds them. A feed
 * hangs on one value that a matching object must have: its name before any other field, other
 * fields before the namespace. Under a value lie those who asked for it, in the order they came.
 * Source: kubernetes apiserver pkg/storage/cacher, indexedWatchers (v1.36); SM 2.
 */
#include "apiserver/watch_cache.h"

#include "base/assert.h"

enum
{
  FIELD_NAME = 0,
  FIELD_NAMESPACE = 1,
};

static guint64
value_key (guint field, const char *value)
{
  return k8_index_key (field + 1, k8_string_hash_bytes (value, strlen (value)));
}

/* The value that a selection demands of a field, or NULL. */
static const char *
demanded_value (const K8Selection *self, guint field)
{
  const char *value
      = self->fields == NULL ? NULL : k8_field_selector_find_exact (self->fields, field);

  if (value == NULL && field == FIELD_NAMESPACE)
    value = self->namespace_name;
  return value;
}

/* The field on whose value a selection hangs, or K8_FEED_UNINDEXED. */
static guint
choose_field (const K8Selection *self)
{
  gboolean is_converted = k8_storage_kind (self->kind) != self->kind;
  guint n = is_converted ? FIELD_NAMESPACE + 1 : k8_selectable_n (self->kind);

  if (demanded_value (self, FIELD_NAME) != NULL)
    return FIELD_NAME;
  for (guint i = FIELD_NAMESPACE + 1; i < n; i++)
    if (demanded_value (self, i) != NULL)
      return i;
  return demanded_value (self, FIELD_NAMESPACE) != NULL ? FIELD_NAMESPACE : K8_FEED_UNINDEXED;
}

static guint32
get_chain (const K8WatchCache *self, const K8Feed *feed)
{
  if (feed->index_field == K8_FEED_UNINDEXED)
    return self->first_unindexed;
  return k8_index_find (&self->feeds_by_value,
                        value_key (feed->index_field,
                                   demanded_value (&feed->selection, feed->index_field)));
}

static void
set_chain (K8WatchCache *self, const K8Feed *feed, guint32 first)
{
  if (feed->index_field == K8_FEED_UNINDEXED)
    {
      self->first_unindexed = first;
      return;
    }
  guint64 key = value_key (feed->index_field, demanded_value (&feed->selection, feed->index_field));
  if (first == 0)
    k8_index_remove (&self->feeds_by_value, key);
  else
    k8_index_put (&self->feeds_by_value, key, first);
}

static gboolean
is_same_question (const K8Feed *a, const K8Feed *b)
{
  return a->selection.kind == b->selection.kind
         && k8_string_equal (a->selection.namespace_name, b->selection.namespace_name)
         && k8_string_equal (a->label_text, b->label_text)
         && k8_string_equal (a->field_text, b->field_text);
}

static guint32
find_feed (const K8WatchCache *self, const K8Feed *wanted)
{
  for (guint32 slot = get_chain (self, wanted); slot != 0;)
    {
      const K8Feed *feed = k8_slots_get (&self->feeds, slot);
      if (is_same_question (feed, wanted))
        return slot;
      slot = feed->next;
    }
  return 0;
}

/* Puts a new feed in front of its chain. */
static void
link_feed (K8WatchCache *self, guint32 slot)
{
  K8Feed *feed = k8_slots_edit (&self->feeds, slot);
  guint32 first = get_chain (self, feed);

  feed->next = first;
  if (first != 0)
    ((K8Feed *) k8_slots_edit (&self->feeds, first))->previous = slot;
  feed = k8_slots_edit (&self->feeds, slot);
  if (feed->index_field != K8_FEED_UNINDEXED)
    self->n_feeds_on[feed->index_field]++;
  set_chain (self, feed, slot);
}

/**
 * k8_watch_cache_ensure_feed:
 * @selection: borrowed; the feed holds references of its own
 * @label_text: (nullable): as the client wrote it
 *
 * Returns: the slot of the feed that answers this question.
 */
guint32
k8_watch_cache_ensure_feed (K8WatchCache *self, const K8Selection *selection,
                            const char *label_text, const char *field_text)
{
  K8Feed wanted = { .selection = *selection,
                    .label_text = label_text,
                    .field_text = field_text,
                    .index_field = choose_field (selection) };
  guint32 slot = find_feed (self, &wanted);

  if (slot != 0)
    return slot;
  k8_selection_ref (selection);
  k8_string_ref (label_text);
  k8_string_ref (field_text);
  slot = k8_slots_add (&self->feeds);
  *(K8Feed *) k8_slots_edit (&self->feeds, slot) = wanted;
  link_feed (self, slot);
  return slot;
}

/* Takes a feed out that nobody watches any more. */
void
k8_watch_cache_drop_feed (K8WatchCache *self, guint32 slot)
{
  const K8Feed feed = *(const K8Feed *) k8_slots_get (&self->feeds, slot);

  k8_assert (feed.n_watchers == 0);
  if (feed.previous != 0)
    ((K8Feed *) k8_slots_edit (&self->feeds, feed.previous))->next = feed.next;
  else
    set_chain (self, &feed, feed.next);
  if (feed.next != 0)
    ((K8Feed *) k8_slots_edit (&self->feeds, feed.next))->previous = feed.previous;
  if (feed.index_field != K8_FEED_UNINDEXED)
    self->n_feeds_on[feed.index_field]--;
  k8_slots_remove (&self->feeds, slot);
}

/* What a visit of chains carries along. */
typedef struct
{
  const K8CachedChange *change;
  K8FeedFunc func;
  gpointer user;
  guint n;
} Visit;

static void
visit_chain (K8WatchCache *self, guint32 first, Visit *visit)
{
  for (guint32 slot = first; slot != 0;)
    {
      guint32 next = ((const K8Feed *) k8_slots_get (&self->feeds, slot))->next;
      visit->func (self, slot, visit->change, visit->user);
      visit->n++;
      slot = next;
    }
}

/* The feeds under the old and the new value of a field; once if these are one. */
static void
visit_field (K8WatchCache *self, guint field, Visit *visit)
{
  guint64 key_now = 0;
  guint64 key_before = 0;

  if (visit->change->now != NULL)
    key_now = value_key (field, k8_selectable_value (self->kind, field, visit->change->now));
  if (visit->change->before != NULL)
    key_before = value_key (field, k8_selectable_value (self->kind, field, visit->change->before));
  if (key_before != 0)
    visit_chain (self, k8_index_find (&self->feeds_by_value, key_before), visit);
  if (key_now != 0 && key_now != key_before)
    visit_chain (self, k8_index_find (&self->feeds_by_value, key_now), visit);
}

/**
 * k8_watch_cache_each_feed:
 *
 * Visits the feeds that may show a change. Feeds must not come or go meanwhile.
 *
 * Returns: how many were visited. Cost: fields that are watched for a value, and the visits.
 */
guint
k8_watch_cache_each_feed (K8WatchCache *self, const K8CachedChange *change, K8FeedFunc func,
                          gpointer user)
{
  guint n_fields = k8_selectable_n (self->kind);
  Visit visit = { .change = change, .func = func, .user = user };

  for (guint field = 0; field < n_fields; field++)
    if (self->n_feeds_on[field] > 0)
      visit_field (self, field, &visit);
  visit_chain (self, self->first_unindexed, &visit);
  return visit.n;
}
