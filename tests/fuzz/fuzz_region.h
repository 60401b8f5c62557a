/* SPDX-License-Identifier: Apache-2.0
 *
 * What the targets of the codecs share: one region for all inputs, and the check that an input
 * leaves nothing behind in it.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "schema/kinds.h"
#include "tests/lib/test_region.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes);

static inline K8Region *
fuzz_region (void)
{
  static K8Region *region;

  if (region == NULL)
    region = test_region_new (K8_REGION_SPAN_BYTES - 4096);
  return region;
}

/* Runs an input until what the region uses stays the same: the table of texts may grow once or
 * twice, a leak grows for ever. */
static inline void
fuzz_run (void (*run) (K8Region *, const char *, gsize), const uint8_t *data, size_t n_bytes)
{
  K8Region *region = fuzz_region ();
  gsize used = k8_region_used_bytes (region);

  for (guint i = 0; i < 4; i++)
    {
      run (region, (const char *) data, n_bytes);
      if (k8_region_used_bytes (region) == used)
        return;
      used = k8_region_used_bytes (region);
    }
  k8_assert_not_reached ();
}

/* The message that the first byte of an input chooses. */
static inline const K8MessageInfo *
fuzz_choose_message (guint8 byte)
{
  static const guint16 favourites[] = { k8_message_pod, k8_message_deployment,
                                        k8_message_service, k8_message_secret, k8_message_event,
                                        k8_message_delete_options, k8_message_node };

  if (byte % 16 < G_N_ELEMENTS (favourites))
    return &k8_messages[favourites[byte % 16]];
  return &k8_messages[1 + byte % (k8_n_messages - 1)];
}
