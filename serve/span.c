/* SPDX-License-Identifier: Apache-2.0
 *
 * Reserves twice the span and gives back what lies beside the aligned half.
 */
#include "serve/span.h"

#include <sys/mman.h>

/* How much of a world lies in pages of the usual size. */
#define SMALL_PAGES_BYTES ((gsize) 16 << 20)

K8Region *
serve_span_new (void)
{
  gsize span = K8_REGION_SPAN_BYTES;
  char *memory = mmap (NULL, 2 * span, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED)
    return NULL;
  gsize before = (gsize) (-(gintptr) memory) & (span - 1);
  if (before > 0)
    munmap (memory, before);
  munmap (memory + before + span, span - before);
  /* A large world is read at random places: large pages spare the walk through the page tables.
   * The first pages stay small, so that a small world takes no more than it needs. */
  madvise (memory + before + SMALL_PAGES_BYTES, span - SMALL_PAGES_BYTES, MADV_HUGEPAGE);
  return k8_region_new (memory + before, span);
}

void
serve_span_free (K8Region *region)
{
  if (region != NULL)
    munmap (region, K8_REGION_SPAN_BYTES);
}
