/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of quantities share: the magnitude as one wide number.
 */
#pragma once

#include "base/quantity.h"
#include "base/wide.h"

/* 10^37. Ten times as much still fits a wide number, and so does the sum of two below it. */
#define QUANTITY_LIMIT ((K8Wide) G_GUINT64_CONSTANT (10000000000000000000) * \
                        G_GUINT64_CONSTANT (1000000000000000000))

static inline K8Wide
get_magnitude (const K8Quantity *self)
{
  return ((K8Wide) self->high << 64) | self->low;
}

static inline void
set_magnitude (K8Quantity *self, K8Wide magnitude)
{
  self->high = (guint64) (magnitude >> 64);
  self->low = (guint64) magnitude;
}

/* Whether the API gives a valid text back as it stands. */
gboolean k8_quantity_is_kept (const char *text);
