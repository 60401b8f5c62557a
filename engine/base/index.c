/* SPDX-License-Identifier: Apache-2.0
 *
 * Index: open addressing with linear probing over a vector of entries, at most three quarters
 * full, rebuilt at twice its size when it would be fuller. A removal moves the entries behind it
 * back, so there are no marks and a search ends at the first empty entry.
 */
#include "base/index.h"

#include "base/assert.h"

typedef struct
{
  guint32 key_low;
  guint32 key_high;
  guint32 value; /* 0: empty */
} Entry;

static inline guint64
get_key (const Entry *entry)
{
  return ((guint64) entry->key_high << 32) | entry->key_low;
}

void
k8_index_init (K8Index *self, K8Region *region)
{
  k8_chunks_init (&self->chunks, region, sizeof (Entry), NULL, 0);
  self->n = 0;
}

void
k8_index_clear (K8Index *self)
{
  k8_chunks_clear (&self->chunks);
  self->n = 0;
}

void
k8_index_clone (K8Index *ret_clone, const K8Index *self)
{
  k8_chunks_clone (&ret_clone->chunks, &self->chunks);
  ret_clone->n = self->n;
}

/* The entry where the search for a key begins: its mixed bits (as splitmix64 does), spread over
 * @room, which need not be a power of two. */
static inline guint32
find_home (guint64 key, guint32 room)
{
  key = (key ^ (key >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  key = (key ^ (key >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  key ^= key >> 31;
  return (guint32) (((key >> 32) * room) >> 32);
}

static inline guint32
step (guint32 place, guint32 room)
{
  return place + 1 == room ? 0 : place + 1;
}

/* The place of a key, or the empty one where it would be put. There is room (asserted). */
static guint32
find_place (const K8Index *self, guint64 key)
{
  guint32 room = k8_chunks_room (&self->chunks);

  k8_assert (self->n < room);
  for (guint32 place = find_home (key, room);;)
    {
      guint32 chunk_index = k8_chunks_chunk_of (&self->chunks, place);
      const K8Chunk *chunk = k8_chunks_chunk (&self->chunks, chunk_index);
      guint32 inside = place - chunk_index * self->chunks.n_per_chunk;
      const Entry *entry = k8_chunks_element (&self->chunks, chunk, inside);
      for (; inside < chunk->n_elements; inside++, place++, entry++)
        if (entry->value == 0 || get_key (entry) == key)
          return place;
      place = place == room ? 0 : place;
    }
}

static void
put_new (K8Index *self, guint64 key, guint32 value)
{
  Entry *entry = k8_chunks_edit (&self->chunks, find_place (self, key));

  k8_assert (entry->value == 0);
  entry->key_low = (guint32) key;
  entry->key_high = (guint32) (key >> 32);
  entry->value = value;
  self->n++;
}

static void
rebuild (K8Index *self)
{
  guint32 old_room = k8_chunks_room (&self->chunks);
  K8Index larger;

  k8_index_init (&larger, self->chunks.region);
  do
    k8_chunks_grow (&larger.chunks);
  while (k8_chunks_room (&larger.chunks) < (gsize) old_room * 2);
  for (guint32 place = 0; place < old_room; place++)
    {
      const Entry *entry = k8_chunks_get (&self->chunks, place);
      if (entry->value != 0)
        put_new (&larger, get_key (entry), entry->value);
    }
  k8_chunks_clear (&self->chunks);
  *self = larger;
}

/**
 * k8_index_put:
 * @value: not 0, which is what absent keys give
 *
 * Adds a key or replaces its value.
 *
 * Cost: O(1), but O(n) when the table doubles.
 */
void
k8_index_put (K8Index *self, guint64 key, guint32 value)
{
  k8_assert (value != 0);
  if (self->n > 0)
    {
      guint32 place = find_place (self, key);
      if (((const Entry *) k8_chunks_get (&self->chunks, place))->value != 0)
        {
          ((Entry *) k8_chunks_edit (&self->chunks, place))->value = value;
          return;
        }
    }
  if ((guint64) (self->n + 1) * 4 > (guint64) k8_chunks_room (&self->chunks) * 3)
    rebuild (self);
  put_new (self, key, value);
}

guint32
k8_index_find (const K8Index *self, guint64 key)
{
  if (self->n == 0)
    return 0;
  return ((const Entry *) k8_chunks_get (&self->chunks, find_place (self, key)))->value;
}

/* Whether an entry at @place may move back to @hole: its home is not behind the hole. */
static gboolean
may_move (guint32 home, guint32 hole, guint32 place)
{
  return hole <= place ? home <= hole || home > place : home <= hole && home > place;
}

guint32
k8_index_remove (K8Index *self, guint64 key)
{
  guint32 room = k8_chunks_room (&self->chunks);

  if (self->n == 0)
    return 0;
  guint32 hole = find_place (self, key);
  guint32 value = ((const Entry *) k8_chunks_get (&self->chunks, hole))->value;
  if (value == 0)
    return 0;
  for (guint32 place = step (hole, room);; place = step (place, room))
    {
      Entry entry = *(const Entry *) k8_chunks_get (&self->chunks, place);
      if (entry.value == 0)
        break;
      if (!may_move (find_home (get_key (&entry), room), hole, place))
        continue;
      *(Entry *) k8_chunks_edit (&self->chunks, hole) = entry;
      hole = place;
    }
  *(Entry *) k8_chunks_edit (&self->chunks, hole) = (Entry){ 0 };
  self->n--;
  return value;
}
