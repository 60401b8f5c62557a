/* SPDX-License-Identifier: Apache-2.0
 *
 * x86-64-v2, our baseline, has the crc32 instruction: eight bytes a step. Without it the
 * portable form that the agent uses gives the same sums, slower.
 * Source: Intel SDM, CRC32 (polynomial 0x11EDC6F41).
 */

#include "exec/crc32c.h"

#include "exec/agent/crc32c.h"

#include <string.h>

#ifdef __SSE4_2__

#include <nmmintrin.h>

guint32
exec_crc32c (guint32 crc, const void *bytes, gsize length)
{
  const guint8 *at = bytes;
  guint64 state = ~crc;
  for (; length >= 8; length -= 8, at += 8)
    {
      guint64 word;
      memcpy (&word, at, sizeof word);
      state = _mm_crc32_u64 (state, word);
    }
  guint32 rest = (guint32) state;
  for (; length > 0; length--, at++)
    rest = _mm_crc32_u8 (rest, *at);
  return ~rest;
}

#else

guint32
exec_crc32c (guint32 crc, const void *bytes, gsize length)
{
  return exec_crc32c_portable (crc, bytes, length);
}

#endif
