/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots: a vector of elements; each chunk begins with a bit for every slot that is used, and the
 * numbers of removed slots lie on a stack. Slot s is element s - 1.
 * Invariants: 1 the element of a slot that is not used is zero; 2 every slot below `end` is used
 * or on the stack, never both.
 */
#include "base/slots.h"

#include <string.h>

#include "base/assert.h"

enum
{
  N_WORDS = 4, /* of bits, for up to 256 slots a chunk */
};

typedef struct
{
  K8Chunk *chunk;
  guint32 place;
} Spot;

void
k8_slots_init (K8Slots *self, K8Region *region, gsize element_bytes, const K8ElementClass *class)
{
  k8_chunks_init (&self->chunks, region, element_bytes, class, N_WORDS * sizeof (guint64));
  k8_chunks_init (&self->freed, region, sizeof (guint32), NULL, 0);
  self->n_freed = 0;
  self->end = 1;
}

void
k8_slots_clear (K8Slots *self)
{
  k8_chunks_clear (&self->chunks);
  k8_chunks_clear (&self->freed);
  self->n_freed = 0;
  self->end = 1;
}

void
k8_slots_clone (K8Slots *ret_clone, const K8Slots *self)
{
  k8_chunks_clone (&ret_clone->chunks, &self->chunks);
  k8_chunks_clone (&ret_clone->freed, &self->freed);
  ret_clone->n_freed = self->n_freed;
  ret_clone->end = self->end;
}

static inline gboolean
is_used (const Spot *spot)
{
  return (spot->chunk->content[spot->place / 64] >> (spot->place % 64)) & 1;
}

/* Where a slot lies, to be read. */
static inline Spot
find_spot (const K8Slots *self, guint32 slot)
{
  guint32 chunk_index = k8_chunks_chunk_of (&self->chunks, slot - 1);

  return (Spot){
    .chunk = k8_chunks_chunk (&self->chunks, chunk_index),
    .place = slot - 1 - chunk_index * self->chunks.n_per_chunk,
  };
}

/* Where a slot lies, to be written. */
static inline Spot
edit_spot (K8Slots *self, guint32 slot)
{
  guint32 chunk_index = k8_chunks_chunk_of (&self->chunks, slot - 1);

  return (Spot){
    .chunk = k8_chunks_edit_chunk (&self->chunks, chunk_index),
    .place = slot - 1 - chunk_index * self->chunks.n_per_chunk,
  };
}

const void *
k8_slots_get (const K8Slots *self, guint32 slot)
{
  if (slot == 0 || slot >= self->end)
    return NULL;

  Spot spot = find_spot (self, slot);
  return is_used (&spot) ? k8_chunks_element (&self->chunks, spot.chunk, spot.place) : NULL;
}

void *
k8_slots_edit (K8Slots *self, guint32 slot)
{
  k8_assert (slot > 0);
  k8_assert (slot < self->end);
  Spot spot = edit_spot (self, slot);
  k8_assert (is_used (&spot));
  return k8_chunks_element (&self->chunks, spot.chunk, spot.place);
}

guint32
k8_slots_add (K8Slots *self)
{
  guint32 slot;

  if (self->n_freed > 0)
    slot = *(const guint32 *) k8_chunks_get (&self->freed, --self->n_freed);
  else
    {
      k8_assert (self->end < G_MAXUINT32);
      slot = self->end++;
      if (slot > k8_chunks_room (&self->chunks))
        k8_chunks_grow (&self->chunks);
    }
  Spot spot = edit_spot (self, slot);
  k8_assert (!is_used (&spot));
  spot.chunk->content[spot.place / 64] |= G_GUINT64_CONSTANT (1) << (spot.place % 64);
  return slot;
}

void
k8_slots_remove (K8Slots *self, guint32 slot)
{
  void *element = k8_slots_edit (self, slot);
  Spot spot = edit_spot (self, slot);
  const K8ElementClass *class = self->chunks.class;

  if (class != NULL && class->unref != NULL)
    class->unref (self->chunks.region, element);
  memset (element, 0, self->chunks.element_bytes);
  spot.chunk->content[spot.place / 64] &= ~(G_GUINT64_CONSTANT (1) << (spot.place % 64));

  if (self->n_freed == k8_chunks_room (&self->freed))
    k8_chunks_grow (&self->freed);
  *(guint32 *) k8_chunks_edit (&self->freed, self->n_freed++) = slot;
}

/* The first used place of a chunk at @place or behind it; N_WORDS * 64 if there is none. */
static guint32
find_used (const K8Chunk *chunk, guint32 place)
{
  for (guint32 word = place / 64; word < N_WORDS; word++)
    {
      guint64 bits = chunk->content[word];
      if (word == place / 64)
        bits &= G_MAXUINT64 << (place % 64);
      if (bits != 0)
        return word * 64 + (guint32) __builtin_ctzll (bits);
    }
  return N_WORDS * 64;
}

guint32
k8_slots_next (const K8Slots *self, guint32 slot)
{
  const K8Chunks *chunks = &self->chunks;

  if (slot >= self->end - 1)
    return 0;
  guint32 chunk_index = k8_chunks_chunk_of (chunks, slot);
  guint32 place = slot - chunk_index * chunks->n_per_chunk;
  for (; chunk_index < chunks->n_chunks; chunk_index++, place = 0)
    {
      guint32 used = find_used (k8_chunks_chunk (chunks, chunk_index), place);
      if (used < N_WORDS * 64)
        return chunk_index * chunks->n_per_chunk + used + 1;
    }
  return 0;
}
