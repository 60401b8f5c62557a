/* SPDX-License-Identifier: Apache-2.0
 *
 * Wide: unsigned numbers of 128 bits. Compilers add, multiply and shift them by themselves, but
 * divide them through their run-time library, which the engine does not call.
 */
#pragma once

#include <glib.h>

typedef unsigned __int128 K8Wide;

/* Divides in place and returns the remainder: long division in digits of 32 bits. */
static inline guint32
k8_wide_divide (K8Wide *number, guint32 divisor)
{
  guint64 high = (guint64) (*number >> 64);
  guint64 low = (guint64) *number;

  if (high == 0)
    {
      *number = low / divisor;
      return (guint32) (low % divisor);
    }
  guint64 rest = high % divisor;
  guint64 upper = (rest << 32) | (low >> 32);
  guint64 lower = ((upper % divisor) << 32) | (low & G_MAXUINT32);
  *number = ((K8Wide) (high / divisor) << 64) | ((K8Wide) (upper / divisor) << 32) |
            (lower / divisor);
  return (guint32) (lower % divisor);
}
