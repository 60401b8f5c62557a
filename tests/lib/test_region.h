/* SPDX-License-Identifier: Apache-2.0
 *
 * Makers of memory for tests: a bare span for k8_engine_new and the like, or a region
 * on one for tests of the schema and codecs alone.
 */
#pragma once

#include "base/region.h"

/* (transfer full): a span of K8_REGION_SPAN_BYTES, aligned to its size, all zero. */
void *test_span_new (void);
void test_span_free (void *span);

/* A region on a span of its own; 64 MiB are plenty for most tests. */
K8Region *test_region_new (gsize limit_bytes);
void test_region_free (K8Region *region);

/* Ends the program if anything but the table of texts is left: somebody did not let go. Done by
 * test_region_free(); for those who free a span themselves, before that. */
void test_region_check_empty (K8Region *region);
