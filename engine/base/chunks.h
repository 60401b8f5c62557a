/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: the copy-on-write memory under slots, index, heap, fifo and ring (for them alone).
 * A vector of equal elements in chunks of up to 4 KiB, under a directory of handles; both are
 * counted and shared by clones, so a clone costs O(1) and the first write after it copies the
 * directory and one chunk. While there are few chunks the last one starts small and doubles.
 * Chunks can leave at the front, so that a queue moves through its directory as through a ring.
 */
#pragma once

#include "base/element.h"

enum
{
  K8_CHUNKS_FEW = 4, /* up to so many chunks the last one may be smaller than the others */
};

typedef struct
{
  K8Region *region;
  const K8ElementClass *class; /* nullable */
  guint64 reciprocal; /* of n_per_chunk, times 2^64 */
  K8Handle directory; /* 0: no chunk yet */
  guint32 first_chunk; /* where the first chunk stands in the directory, before wrapping */
  guint32 n_chunks;
  guint32 element_bytes;
  guint16 n_per_chunk; /* of all chunks but perhaps the last */
  guint16 head_bytes; /* in front of the elements of every chunk, for the user */
} K8Chunks;

/* What lies in front of every chunk; the user's head and the elements follow. */
typedef struct
{
  guint32 refs; /* of directories that name it */
  guint32 n_elements; /* room */
  guint64 content[];
} K8Chunk;

typedef struct
{
  guint32 refs; /* of vectors that use it */
  guint32 size; /* a power of two */
  K8Handle chunks[];
} K8ChunkDirectory;

void k8_chunks_init (K8Chunks *self, K8Region *region, gsize element_bytes,
                     const K8ElementClass *class, gsize head_bytes);
void k8_chunks_clear (K8Chunks *self);
void k8_chunks_clone (K8Chunks *ret_clone, const K8Chunks *self);

/* More room at the end: the elements and heads that come are zero. */
void k8_chunks_grow (K8Chunks *self);
void k8_chunks_drop_first (K8Chunks *self); /* the first chunk, with what it holds */
void k8_chunks_drop_last (K8Chunks *self); /* of two or more */

/* For k8_chunks_edit_chunk() alone: copies what is shared. */
K8Chunk *k8_chunks_unshare (K8Chunks *self, guint32 chunk_index);

static inline K8ChunkDirectory *
k8_chunks_directory (const K8Chunks *self)
{
  return (K8ChunkDirectory *) (void *) ((char *) self->region + ((gsize) self->directory << 3));
}

/* The chunk of that number (0 is the first), as it is: perhaps shared. */
static inline K8Chunk *
k8_chunks_chunk (const K8Chunks *self, guint32 chunk_index)
{
  const K8ChunkDirectory *directory = k8_chunks_directory (self);
  guint32 place = (self->first_chunk + chunk_index) & (directory->size - 1);

  return (K8Chunk *) (void *) ((char *) self->region + ((gsize) directory->chunks[place] << 3));
}

/* The same, ours alone. */
static inline K8Chunk *
k8_chunks_edit_chunk (K8Chunks *self, guint32 chunk_index)
{
  K8Chunk *chunk = k8_chunks_chunk (self, chunk_index);

  if (G_LIKELY (k8_chunks_directory (self)->refs == 1 && chunk->refs == 1))
    return chunk;
  return k8_chunks_unshare (self, chunk_index);
}

/* How many elements there is room for. */
static inline guint32
k8_chunks_room (const K8Chunks *self)
{
  if (self->n_chunks == 0 || self->n_chunks > K8_CHUNKS_FEW)
    return self->n_chunks * self->n_per_chunk;
  return (self->n_chunks - 1) * self->n_per_chunk
         + k8_chunks_chunk (self, self->n_chunks - 1)->n_elements;
}

/* The chunk that holds an element. Exact, since the reciprocal has 64 bits and the index 32. */
static inline guint32
k8_chunks_chunk_of (const K8Chunks *self, guint32 element_index)
{
  return (guint32) (((unsigned __int128) self->reciprocal * element_index) >> 64);
}

static inline void *
k8_chunks_element (const K8Chunks *self, const K8Chunk *chunk, guint32 place)
{
  return (char *) chunk->content + self->head_bytes + (gsize) place * self->element_bytes;
}

/* An element below k8_chunks_room(). */
static inline const void *
k8_chunks_get (const K8Chunks *self, guint32 element_index)
{
  guint32 chunk_index = k8_chunks_chunk_of (self, element_index);
  guint32 place = element_index - chunk_index * self->n_per_chunk;

  return k8_chunks_element (self, k8_chunks_chunk (self, chunk_index), place);
}

/* The same, to be written. */
static inline void *
k8_chunks_edit (K8Chunks *self, guint32 element_index)
{
  guint32 chunk_index = k8_chunks_chunk_of (self, element_index);
  guint32 place = element_index - chunk_index * self->n_per_chunk;

  return k8_chunks_element (self, k8_chunks_edit_chunk (self, chunk_index), place);
}
