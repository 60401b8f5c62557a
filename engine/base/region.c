/* SPDX-License-Identifier: Apache-2.0
 *
 * Region: the allocator of a world. Blocks up to 1 KiB come in steps of 8 bytes, larger ones in
 * four steps a power of two; each size has its own list of freed blocks. Memory is never given
 * back to the driver: a world that shrinks keeps its span for what it creates next.
 * Under the address sanitizer freed blocks and a zone behind every block may not be touched, and
 * the zone remembers the size a block was taken with, to compare when it is given back.
 * Invariant: every block starts at a multiple of 8 behind the region's own head.
 */
#include "base/region.h"

#include <string.h>

#include "base/assert.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define POISON(block, bytes) ASAN_POISON_MEMORY_REGION ((block), (bytes))
#define UNPOISON(block, bytes) ASAN_UNPOISON_MEMORY_REGION ((block), (bytes))
#define RED_ZONE_BYTES 16
#else
#define POISON(block, bytes) ((void) (block), (void) (bytes))
#define UNPOISON(block, bytes) ((void) (block), (void) (bytes))
#define RED_ZONE_BYTES 0
#endif

enum
{
  SMALL_BYTES = 1024,
  N_SMALL = SMALL_BYTES / 8,
  N_LARGE = 22 * 4,
  N_CLASSES = N_SMALL + N_LARGE,
};

struct K8Region
{
  K8RegionStrings strings; /* first: k8_region_strings() */
  gsize bump_bytes;
  gsize used_bytes;
  gsize limit_bytes;
  K8Handle freed[N_CLASSES];
};

/* The size class of a request: its index, and the bytes that are really taken. */
static guint
find_class (gsize bytes, gsize *ret_taken)
{
  if (bytes <= SMALL_BYTES)
    {
      guint steps = bytes == 0 ? 1 : (guint) ((bytes + 7) / 8);
      *ret_taken = (gsize) steps * 8;
      return steps - 1;
    }

  guint log2 = 63 - (guint) __builtin_clzll (bytes - 1);
  gsize step = ((gsize) 1 << log2) / 4;
  guint quarter = (guint) ((bytes - 1 - ((gsize) 1 << log2)) / step);
  *ret_taken = ((gsize) 1 << log2) + (quarter + 1) * step;
  return N_SMALL + (log2 - 10) * 4 + quarter;
}

/* What a block of @bytes counts for: without its red zone, so that sums are those of any build. */
static gsize
count_bytes (gsize bytes, gsize taken)
{
  return RED_ZONE_BYTES == 0 ? taken : k8_region_usable_bytes (bytes);
}

/* Opens exactly @bytes of a block, and closes the rest of what was taken for it. */
static void
open_block (char *block, gsize bytes, gsize taken)
{
  UNPOISON (block, taken);
#if RED_ZONE_BYTES > 0
  memcpy (block + taken - sizeof bytes, &bytes, sizeof bytes);
  POISON (block + bytes, taken - bytes);
#endif
}

/* Opens a block for the list of freed ones: it is given back once, with the size it was taken. */
static void
check_block (char *block, gsize bytes, gsize taken)
{
#if RED_ZONE_BYTES > 0
  const gsize nothing = G_MAXSIZE;
  gsize asked;

  UNPOISON (block + bytes, taken - bytes);
  memcpy (&asked, block + taken - sizeof asked, sizeof asked);
  k8_assert (asked == bytes);
  memcpy (block + taken - sizeof asked, &nothing, sizeof nothing);
  UNPOISON (block, sizeof (K8Handle)); /* a block of 0 bytes is closed from its start */
#endif
}

/**
 * k8_region_new:
 * @memory: (transfer none): zeroed memory of 4 GiB, aligned to 4 GiB; it outlives the region
 * @limit_bytes: how much of it may be used, at most the span
 *
 * Lays a region into memory that the driver owns. Nothing is freed by the region itself: the
 * driver drops the whole span at the end of the world.
 */
K8Region *
k8_region_new (void *memory, gsize limit_bytes)
{
  K8Region *self = memory;

  k8_assert (((guintptr) memory & (guintptr) (K8_REGION_SPAN_BYTES - 1)) == 0);
  k8_assert (limit_bytes > sizeof *self);
  k8_assert (limit_bytes <= K8_REGION_SPAN_BYTES);
  memset (self, 0, sizeof *self);
  self->bump_bytes = (sizeof *self + 63) & ~(gsize) 63;
  self->limit_bytes = limit_bytes;
  return self;
}

/**
 * k8_region_alloc:
 * @bytes: size, at most 1 GiB
 *
 * Takes a block whose content is undefined.
 *
 * Returns: (transfer full): never NULL; the world ends by assertion when the region is full,
 *   which cannot happen while the store answers NOSPACE from 90 % on (k8_region_is_tight()).
 * Cost: O(1).
 */
void *
k8_region_alloc (K8Region *self, gsize bytes)
{
  gsize taken;
  guint index = find_class (bytes + RED_ZONE_BYTES, &taken);
  K8Handle first = self->freed[index];
  void *block;

  k8_assert (index < N_CLASSES);
  if (first != 0)
    {
      block = k8_region_at (self, first);
      UNPOISON (block, sizeof first);
      self->freed[index] = *(K8Handle *) block;
    }
  else
    {
      k8_assert (taken <= self->limit_bytes - self->bump_bytes);
      block = (char *) self + self->bump_bytes;
      self->bump_bytes += taken;
    }
  self->used_bytes += count_bytes (bytes, taken);
  open_block (block, bytes, taken);
  return block;
}

/* As k8_region_alloc(), with every byte 0. */
void *
k8_region_alloc0 (K8Region *self, gsize bytes)
{
  return memset (k8_region_alloc (self, bytes), 0, bytes);
}

/* Gives a block back. @bytes is the size it was taken with; NULL is allowed. */
void
k8_region_free (K8Region *self, void *block, gsize bytes)
{
  gsize taken;
  guint index = find_class (bytes + RED_ZONE_BYTES, &taken);

  if (block == NULL)
    return;
  k8_assert (k8_region_of (block) == self);
  k8_assert (self->used_bytes >= count_bytes (bytes, taken));
  check_block (block, bytes, taken);
  *(K8Handle *) block = self->freed[index];
  self->freed[index] = k8_region_handle (block);
  self->used_bytes -= count_bytes (bytes, taken);
  POISON (block, taken);
}

/* How many bytes a request of @bytes really gets: room that a growing array may use. */
gsize
k8_region_usable_bytes (gsize bytes)
{
  gsize taken;

  find_class (bytes, &taken);
  return taken;
}

gsize
k8_region_used_bytes (const K8Region *self)
{
  return self->used_bytes;
}

gsize
k8_region_limit_bytes (const K8Region *self)
{
  return self->limit_bytes;
}

/* Whether nine tenths of the region are taken: from then on the store refuses writes. */
gboolean
k8_region_is_tight (const K8Region *self)
{
  return self->bump_bytes > self->limit_bytes / 10 * 9 &&
         self->used_bytes > self->limit_bytes / 10 * 8;
}
