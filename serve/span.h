/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of a world: 4 GiB of address space, aligned to its size, of which the system gives
 * pages as they are touched.
 */
#pragma once

#include "base/region.h"

/* NULL if the system refuses the address space (`ulimit -v`). */
K8Region *serve_span_new (void);
void serve_span_free (K8Region *region);
