/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of one world: a span of 4 GiB, aligned to its size, that the driver gives.
 * Everything the engine keeps lies in it, so a place is named by 32 bits (K8Handle) and the
 * region is found from any address in it. Size classes with free lists over a bump pointer;
 * freed blocks are poisoned for the address sanitizer. One thread a world: no locks.
 */
#pragma once

#include <glib.h>

typedef struct K8Region K8Region;

/* A place in a region: its distance from the start in steps of 8 bytes. 0 is "none". */
typedef guint32 K8Handle;

#define K8_REGION_SPAN_BYTES (G_GUINT64_CONSTANT (1) << 32)

K8Region *k8_region_new (void *memory, gsize limit_bytes);
void *k8_region_alloc (K8Region *self, gsize bytes);
void *k8_region_alloc0 (K8Region *self, gsize bytes);
void k8_region_free (K8Region *self, void *block, gsize bytes);
gsize k8_region_usable_bytes (gsize bytes);
gsize k8_region_used_bytes (const K8Region *self);
gsize k8_region_limit_bytes (const K8Region *self);
gboolean k8_region_is_tight (const K8Region *self);

/* The first words of a region, for string.c alone, but the last, which is for schema/young.c. */
typedef struct
{
  K8Handle table;
  guint32 size_log2;
  guint32 n_strings;
  K8Handle young;
} K8RegionStrings;

static inline K8RegionStrings *
k8_region_strings (K8Region *self)
{
  return (K8RegionStrings *) (void *) self;
}

static inline K8Handle *
k8_region_young (K8Region *self)
{
  return &k8_region_strings (self)->young;
}

/* The region that holds @address. */
static inline K8Region *
k8_region_of (const void *address)
{
  return (K8Region *) ((guintptr) address & ~(guintptr) (K8_REGION_SPAN_BYTES - 1));
}

/* The handle of a block; 0 for NULL. */
static inline K8Handle
k8_region_handle (const void *block)
{
  return (K8Handle) (((guintptr) block & (guintptr) (K8_REGION_SPAN_BYTES - 1)) >> 3);
}

/* The block that @handle names in the region that holds @neighbour; NULL for 0. */
static inline void *
k8_region_at (const void *neighbour, K8Handle handle)
{
  return handle == 0 ? NULL : (char *) k8_region_of (neighbour) + ((guintptr) handle << 3);
}
