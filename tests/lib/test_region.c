/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for worlds in tests: a span aligned to its size, reserved but not committed,
 * as the drivers do it. Pages are given by the system when first touched.
 */

#include "tests/lib/test_region.h"

#include <sys/mman.h>

#include "base/string.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_UNPOISON_MEMORY_REGION
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#endif

/* Tests stay below this; clearing the marks of all 4 GiB would take half a GiB. */
#define MOST_USED_BYTES ((gsize) 256 << 20)

static char *
map_span (gsize bytes)
{
  void *memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED)
    g_error ("cannot reserve %" G_GSIZE_FORMAT " bytes of address space", bytes);
  return memory;
}

void *
test_span_new (void)
{
  char *memory = map_span (2 * K8_REGION_SPAN_BYTES);
  gsize before = (gsize) (-(gintptr) memory) & (K8_REGION_SPAN_BYTES - 1);
  char *span = memory + before;

  if (before > 0)
    munmap (memory, before);
  munmap (span + K8_REGION_SPAN_BYTES, K8_REGION_SPAN_BYTES - before);
  return span;
}

void
test_span_free (void *span)
{
  if (span == NULL)
    return;
  /* The next span may lie at the same place: freed blocks must not stay marked there. */
  ASAN_UNPOISON_MEMORY_REGION (span, MOST_USED_BYTES);
  munmap (span, K8_REGION_SPAN_BYTES);
}

K8Region *
test_region_new (gsize limit_bytes)
{
  return k8_region_new (test_span_new (), limit_bytes);
}

void
test_region_check_empty (K8Region *region)
{
  const K8RegionStrings *strings = k8_region_strings (region);
  gsize left_bytes = k8_region_used_bytes (region) - k8_string_table_bytes (region);

  if (left_bytes > 0)
    g_error ("%" G_GSIZE_FORMAT " bytes and %u texts of the world were not given back", left_bytes,
             strings->n_strings);
}

void
test_region_free (K8Region *region)
{
  test_region_check_empty (region);
  /* The region lies at the start of its span. */
  test_span_free (region);
}
