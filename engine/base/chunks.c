/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: counting, copying and growing of the copy-on-write vector (chunks.h).
 * Invariants: 1 a chunk that one directory names, of a directory that one vector uses, holds one
 * reference for each thing in its elements; 2 vectors that share a chunk see the same elements in
 * it; 3 a chunk has room for fewer than n_per_chunk elements only when it is the last of few.
 */
#include "base/chunks.h"

#include <string.h>

#include "base/assert.h"

enum
{
  MAX_PER_CHUNK = 254,
  MIN_PER_CHUNK = 2,
  FIRST_BYTES = 64,
};

/* How many bytes a full chunk may take: a power of two that the region gives without loss. */
static gsize
find_chunk_bytes (gsize wanted)
{
  if (wanted <= 1024 + 64)
    return 1024;
  return wanted <= 2048 + 128 ? 2048 : 4096;
}

void
k8_chunks_init (K8Chunks *self, K8Region *region, gsize element_bytes, const K8ElementClass *class,
                gsize head_bytes)
{
  gsize head = sizeof (K8Chunk) + head_bytes;
  gsize chunk_bytes = find_chunk_bytes (head + MAX_PER_CHUNK * element_bytes);
  gsize n = (chunk_bytes - head) / element_bytes;

  k8_assert (element_bytes > 0);
  k8_assert (head_bytes % 8 == 0);
  memset (self, 0, sizeof *self);
  self->region = region;
  self->class = class;
  self->element_bytes = (guint32) element_bytes;
  self->head_bytes = (guint16) head_bytes;
  self->n_per_chunk = (guint16) CLAMP (n, MIN_PER_CHUNK, MAX_PER_CHUNK);
  self->reciprocal = G_MAXUINT64 / self->n_per_chunk + 1;
}

static gsize
compute_chunk_bytes (const K8Chunks *self, guint32 n_elements)
{
  return sizeof (K8Chunk) + self->head_bytes + (gsize) n_elements * self->element_bytes;
}

static gsize
compute_directory_bytes (guint32 size)
{
  return sizeof (K8ChunkDirectory) + (gsize) size * sizeof (K8Handle);
}

static K8Chunk *
new_chunk (K8Chunks *self, guint32 n_elements)
{
  K8Chunk *chunk = k8_region_alloc0 (self->region, compute_chunk_bytes (self, n_elements));

  chunk->refs = 1;
  chunk->n_elements = n_elements;
  return chunk;
}

static void
call_for_elements (const K8Chunks *self, K8Chunk *chunk,
                   void (*call) (K8Region *region, void *element))
{
  for (guint32 i = 0; i < chunk->n_elements; i++)
    call (self->region, k8_chunks_element (self, chunk, i));
}

static void
release_chunk (K8Chunks *self, K8Chunk *chunk)
{
  k8_assert (chunk->refs > 0);
  if (--chunk->refs > 0)
    return;
  if (self->class != NULL && self->class->unref != NULL)
    call_for_elements (self, chunk, self->class->unref);
  k8_region_free (self->region, chunk, compute_chunk_bytes (self, chunk->n_elements));
}

/* Lets go of all chunks; the vector is empty then and may be grown again. */
void
k8_chunks_clear (K8Chunks *self)
{
  if (self->directory == 0)
    return;

  K8ChunkDirectory *directory = k8_chunks_directory (self);
  k8_assert (directory->refs > 0);
  if (--directory->refs == 0)
    {
      for (guint32 i = 0; i < self->n_chunks; i++)
        release_chunk (self, k8_chunks_chunk (self, i));
      k8_region_free (self->region, directory, compute_directory_bytes (directory->size));
    }
  self->directory = 0;
  self->n_chunks = 0;
  self->first_chunk = 0;
}

void
k8_chunks_clone (K8Chunks *ret_clone, const K8Chunks *self)
{
  *ret_clone = *self;
  if (self->directory != 0)
    k8_chunks_directory (self)->refs++;
}

/* A directory of our own with @size places; the chunks stand from place 0 on. */
static void
replace_directory (K8Chunks *self, guint32 size)
{
  K8ChunkDirectory *directory = k8_region_alloc0 (self->region, compute_directory_bytes (size));
  gboolean is_shared = self->directory != 0 && k8_chunks_directory (self)->refs > 1;

  directory->refs = 1;
  directory->size = size;
  for (guint32 i = 0; i < self->n_chunks; i++)
    {
      K8Chunk *chunk = k8_chunks_chunk (self, i);
      directory->chunks[i] = k8_region_handle (chunk);
      chunk->refs += is_shared;
    }
  if (is_shared)
    k8_chunks_directory (self)->refs--;
  else if (self->directory != 0)
    k8_region_free (self->region, k8_chunks_directory (self),
                    compute_directory_bytes (k8_chunks_directory (self)->size));
  self->directory = k8_region_handle (directory);
  self->first_chunk = 0;
}

static K8ChunkDirectory *
edit_directory (K8Chunks *self)
{
  if (k8_chunks_directory (self)->refs > 1)
    replace_directory (self, k8_chunks_directory (self)->size);
  return k8_chunks_directory (self);
}

/* Puts a copy of the chunk with room for @n_elements, no fewer than it had, in its place. */
static K8Chunk *
replace_chunk (K8Chunks *self, guint32 chunk_index, guint32 n_elements)
{
  K8ChunkDirectory *directory = edit_directory (self);
  K8Chunk *old = k8_chunks_chunk (self, chunk_index);
  K8Chunk *chunk = new_chunk (self, n_elements);
  gsize old_bytes = compute_chunk_bytes (self, old->n_elements);

  memcpy (chunk->content, old->content, old_bytes - sizeof *old);
  if (old->refs == 1)
    k8_region_free (self->region, old, old_bytes);
  else
    {
      old->refs--;
      if (self->class != NULL && self->class->ref != NULL)
        call_for_elements (self, chunk, self->class->ref);
    }
  guint32 place = (self->first_chunk + chunk_index) & (directory->size - 1);
  directory->chunks[place] = k8_region_handle (chunk);
  return chunk;
}

K8Chunk *
k8_chunks_unshare (K8Chunks *self, guint32 chunk_index)
{
  edit_directory (self);
  K8Chunk *chunk = k8_chunks_chunk (self, chunk_index);
  return chunk->refs == 1 ? chunk : replace_chunk (self, chunk_index, chunk->n_elements);
}

static void
add_chunk (K8Chunks *self, guint32 n_elements)
{
  K8ChunkDirectory *directory;

  if (self->directory == 0)
    replace_directory (self, 1);
  directory = edit_directory (self);
  if (self->n_chunks == directory->size)
    {
      replace_directory (self, directory->size * 2);
      directory = k8_chunks_directory (self);
    }
  guint32 place = (self->first_chunk + self->n_chunks) & (directory->size - 1);
  directory->chunks[place] = k8_region_handle (new_chunk (self, n_elements));
  self->n_chunks++;
}

/* How many elements the next chunk begins with. */
static guint32
find_first_room (const K8Chunks *self)
{
  guint32 n = self->n_per_chunk;

  if (self->n_chunks >= K8_CHUNKS_FEW)
    return n;
  if (self->n_chunks == 0)
    n = MAX (1, FIRST_BYTES / self->element_bytes);
  else
    n = MAX (1, n / 4);
  return MIN (n, self->n_per_chunk);
}

void
k8_chunks_grow (K8Chunks *self)
{
  guint32 last = self->n_chunks - 1;
  guint32 n = self->n_chunks == 0 ? self->n_per_chunk : k8_chunks_chunk (self, last)->n_elements;

  if (n < self->n_per_chunk)
    replace_chunk (self, last, MIN (self->n_per_chunk, n * 2));
  else
    add_chunk (self, find_first_room (self));
}

void
k8_chunks_drop_first (K8Chunks *self)
{
  k8_assert (self->n_chunks > 0);
  K8ChunkDirectory *directory = edit_directory (self);
  release_chunk (self, k8_chunks_chunk (self, 0));
  directory->chunks[self->first_chunk & (directory->size - 1)] = 0;
  self->first_chunk++;
  self->n_chunks--;
}

void
k8_chunks_drop_last (K8Chunks *self)
{
  k8_assert (self->n_chunks > 1);
  K8ChunkDirectory *directory = edit_directory (self);
  guint32 place = (self->first_chunk + self->n_chunks - 1) & (directory->size - 1);
  release_chunk (self, k8_chunks_chunk (self, self->n_chunks - 1));
  directory->chunks[place] = 0;
  self->n_chunks--;
}

