/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's only sort: a stable merge sort, so that equal elements keep their order and every
 * build agrees. Scratch comes from the process and is given back before it returns.
 */
#pragma once

#include "base/element.h"

/* Sorts in place, @n elements of @element_bytes each. O(n log n). */
void k8_sort (void *elements, gsize n, gsize element_bytes, K8Compare compare, const void *user);
