/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC32C (Castagnoli), portable: four bits a step over a table of sixteen words.
 * Plain C without any library, because the agent inside our images has none.
 * Source: RFC 3720, appendix B.4 (polynomial 0x1EDC6F41, reflected 0x82F63B78).
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues a checksum over more bytes; the first call starts with 0. */
static inline uint32_t
exec_crc32c_portable (uint32_t crc, const void *bytes, size_t length)
{
  static const uint32_t table[16]
      = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
          0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
          0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };
  const uint8_t *at = bytes;
  crc = ~crc;
  for (size_t i = 0; i < length; i++)
    {
      crc ^= at[i];
      crc = (crc >> 4) ^ table[crc & 15];
      crc = (crc >> 4) ^ table[crc & 15];
    }
  return ~crc;
}
