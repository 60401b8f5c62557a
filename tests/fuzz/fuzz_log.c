/* SPDX-License-Identifier: Apache-2.0
 *
 * The write-ahead log's reader over any bytes: no crash, no read outside, no record whose payload
 * lies outside the image, and what is accepted can be read a second time with the same result.
 * Inputs of odd length get right checksums first (their fields stay as they are), because random
 * bytes never pass one.
 */

#include "exec/crc32c.h"
#include "exec/log_format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes);

typedef struct
{
  const uint8_t *start, *end;
  guint64 expected;
  guint64 sum;
} Check;

static void
check_record (const ExecLogRecord *record, gpointer user_data)
{
  Check *check = user_data;
  if (record->payload < check->start || record->payload > check->end
      || record->length > (gsize) (check->end - record->payload)
      || record->sequence != check->expected)
    abort ();
  check->expected++;
  for (gsize i = 0; i < record->length; i++)
    check->sum = check->sum * 31 + record->payload[i];
}

static guint32
get32 (const uint8_t *at)
{
  guint32 value;
  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

static void
put32 (uint8_t *at, guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (at, &value, sizeof value);
}

/* Walks by the lengths as they are, and seals the header and each record found so. */
static void
repair (uint8_t *bytes, size_t n_bytes)
{
  size_t at = EXEC_LOG_HEADER_BYTES;
  if (n_bytes < at)
    return;
  put32 (bytes + 60, exec_crc32c (0, bytes, 60));
  while (n_bytes - at >= EXEC_LOG_RECORD_BYTES)
    {
      size_t padded = ((size_t) get32 (bytes + at + 4) + 7) & ~(size_t) 7;
      if (padded > n_bytes - at - EXEC_LOG_RECORD_BYTES)
        return;
      guint32 crc = exec_crc32c (0, bytes + at, 32);
      crc = exec_crc32c (crc, bytes + at + 36, EXEC_LOG_RECORD_BYTES + padded - 36);
      put32 (bytes + at + 32, crc);
      at += EXEC_LOG_RECORD_BYTES + padded;
    }
}

static void
read_image (const uint8_t *data, size_t n_bytes)
{
  ExecLogHeader header;
  ExecLogScan first, second;
  guint32 version;
  if (exec_log_header_read (data, n_bytes, &header, &version) != EXEC_LOG_READ_OK)
    return;
  Check one = { .start = data, .end = data + n_bytes, .expected = header.first_sequence };
  Check two = one;
  exec_log_scan (data, n_bytes, &header, check_record, &one, &first);
  exec_log_scan (data, n_bytes, &header, check_record, &two, &second);
  if (one.sum != two.sum || first.offset != second.offset || first.end != second.end
      || first.offset > n_bytes)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  if (n_bytes % 2 == 0)
    read_image (data, n_bytes);
  else
    {
      uint8_t *copy = malloc (n_bytes);
      memcpy (copy, data, n_bytes);
      repair (copy, n_bytes);
      read_image (copy, n_bytes);
      free (copy);
    }
  return 0;
}
