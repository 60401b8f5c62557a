/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: the copy-on-write memory under slots, index, heap, fifo and ring (for them alone).
 * A vector of equal elements in chunks of up to 4 KiB, under a directory of handles; both are
 * counted and shared by clones, so a clone costs O(1) and the first write after it copies the
 * directory and one chunk. A vector of one chunk starts with few elements and doubles.
 * Chunks can leave at the front, so that a queue moves through its directory as through a ring.
 */
#pragma once

#include "base/element.h"

typedef struct
{
  K8Region *region;
  const K8ElementClass *class; /* nullable */
  guint64 reciprocal; /* of n_per_chunk */
  K8Handle directory; /* 0: no chunk yet */
  guint32 first_chunk; /* where the first chunk stands in the directory, before wrapping */
  guint32 n_chunks;
  guint32 element_bytes;
  guint16 n_per_chunk; /* when there are two chunks or more */
  guint16 head_bytes; /* in front of the elements of every chunk, for the user; zeroed */
} K8Chunks;

/* What lies in front of every chunk; the user's head and the elements follow. */
typedef struct
{
  guint32 refs;
  guint32 n_elements; /* room */
  guint64 content[];
} K8Chunk;

void k8_chunks_init (K8Chunks *self, K8Region *region, gsize element_bytes,
                     const K8ElementClass *class, gsize head_bytes);
void k8_chunks_clear (K8Chunks *self);
void k8_chunks_clone (K8Chunks *ret_clone, const K8Chunks *self);
void k8_chunks_grow (K8Chunks *self);
void k8_chunks_drop_first (K8Chunks *self);
guint32 k8_chunks_room (const K8Chunks *self);
const K8Chunk *k8_chunks_chunk (const K8Chunks *self, guint32 chunk_index);
K8Chunk *k8_chunks_edit_chunk (K8Chunks *self, guint32 chunk_index);
void *k8_chunks_edit (K8Chunks *self, guint32 element_index);
const void *k8_chunks_get (const K8Chunks *self, guint32 element_index);

/* The chunk that holds an element. */
static inline guint32
k8_chunks_chunk_of (const K8Chunks *self, guint32 element_index)
{
  return (guint32) (((unsigned __int128) self->reciprocal * element_index) >> 64);
}
