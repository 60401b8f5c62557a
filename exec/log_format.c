/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing and reading the bytes of log_format.h. Reading trusts nothing: a length counts only if
 * the record lies inside the image and its checksum holds; nothing is allocated. The search for a
 * witness of damage is bounded, so that no crafted file makes it quadratic.
 */

#include "exec/log_format.h"

#include "exec/crc32c.h"

#include <string.h>

#define RECORD_MAGIC 0x4452434fu /* "OCRD" */
#define ALIGNMENT 8
#define CHECKSUM_AT 32

static const char header_magic[8] = { 'O', 'R', 'R', 'E', 'R', 'Y', 'W', 'L' };

static void
put32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (at, &value, sizeof value);
}

static void
put64 (guint8 *at, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (at, &value, sizeof value);
}

static guint32
get32 (const guint8 *at)
{
  guint32 value;
  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
get64 (const guint8 *at)
{
  guint64 value;
  memcpy (&value, at, sizeof value);
  return GUINT64_FROM_LE (value);
}

void
exec_log_header_write (const ExecLogHeader *header, guint8 *ret_bytes)
{
  memset (ret_bytes, 0, EXEC_LOG_HEADER_BYTES);
  memcpy (ret_bytes, header_magic, sizeof header_magic);
  put32 (ret_bytes + 8, EXEC_LOG_VERSION);
  put32 (ret_bytes + 12, header->type);
  memcpy (ret_bytes + 16, header->id, EXEC_LOG_ID_BYTES);
  put64 (ret_bytes + 32, header->first_sequence);
  put64 (ret_bytes + 40, header->covers);
  put32 (ret_bytes + 48, header->chain);
  put32 (ret_bytes + 60, exec_crc32c (0, ret_bytes, 60));
}

/* The version is looked at before the checksum: a newer format may have another header. */
ExecLogReadHeader
exec_log_header_read (const guint8 *bytes, gsize length, ExecLogHeader *ret_header,
                      guint32 *ret_version)
{
  if (length < EXEC_LOG_HEADER_BYTES || memcmp (bytes, header_magic, sizeof header_magic) != 0)
    return EXEC_LOG_READ_NOT_OURS;
  gboolean intact = get32 (bytes + 60) == exec_crc32c (0, bytes, 60);
  guint32 version = get32 (bytes + 8);
  *ret_version = version;
  if (version > EXEC_LOG_VERSION)
    return EXEC_LOG_READ_NEWER;
  guint32 type = get32 (bytes + 12);
  if (!intact || version == 0
      || (type != EXEC_LOG_FILE_SEGMENT && type != EXEC_LOG_FILE_SNAPSHOT))
    return EXEC_LOG_READ_NOT_OURS;
  *ret_header = (ExecLogHeader){ .type = (ExecLogFileType) type,
                                 .first_sequence = get64 (bytes + 32),
                                 .covers = get64 (bytes + 40),
                                 .chain = get32 (bytes + 48) };
  memcpy (ret_header->id, bytes + 16, EXEC_LOG_ID_BYTES);
  return EXEC_LOG_READ_OK;
}

static gsize
padded (gsize length)
{
  return (length + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
}

/* Over all but the checksum itself. */
static guint32
record_checksum (const guint8 *bytes, gsize total)
{
  guint32 crc = exec_crc32c (0, bytes, CHECKSUM_AT);
  return exec_crc32c (crc, bytes + CHECKSUM_AT + 4, total - CHECKSUM_AT - 4);
}

void
exec_log_record_write (GByteArray *bytes, const ExecLogRecord *record, guint32 *chain)
{
  gsize total = EXEC_LOG_RECORD_BYTES + padded (record->length);
  gsize start = bytes->len;
  g_byte_array_set_size (bytes, (guint) (start + total));
  guint8 *at = bytes->data + start;
  memset (at, 0, EXEC_LOG_RECORD_BYTES);
  put32 (at, RECORD_MAGIC);
  put32 (at + 4, (guint32) record->length);
  put64 (at + 8, record->sequence);
  put64 (at + 16, record->durable);
  put32 (at + 24, record->kind);
  put32 (at + 28, *chain);
  if (record->length > 0)
    memcpy (at + EXEC_LOG_RECORD_BYTES, record->payload, record->length);
  gsize used = EXEC_LOG_RECORD_BYTES + record->length;
  memset (at + used, 0, total - used);
  *chain = record_checksum (at, total);
  put32 (at + CHECKSUM_AT, *chain);
}

/* The size of a record that reads well at this place, on its own; 0 if there is none. */
static gsize
read_record (const guint8 *at, gsize available, ExecLogRecord *ret_record)
{
  if (available < EXEC_LOG_RECORD_BYTES || get32 (at) != RECORD_MAGIC)
    return 0;
  gsize length = get32 (at + 4);
  if (length > EXEC_LOG_MAX_PAYLOAD_BYTES || padded (length) > available - EXEC_LOG_RECORD_BYTES)
    return 0;
  gsize total = EXEC_LOG_RECORD_BYTES + padded (length);
  if (get32 (at + CHECKSUM_AT) != record_checksum (at, total))
    return 0;
  *ret_record = (ExecLogRecord){ .sequence = get64 (at + 8), .durable = get64 (at + 16),
                                 .kind = (ExecLogKind) get32 (at + 24),
                                 .payload = at + EXEC_LOG_RECORD_BYTES, .length = length };
  return total;
}

static gboolean
is_zero (const guint8 *bytes, gsize length)
{
  return length == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, length - 1) == 0);
}

/* Whether a later record proves that the one expected here had been durable. The work is bounded:
 * beyond it a file is taken as damaged, since no crash of ours leaves so many false starts. */
static gboolean
has_witness (const guint8 *bytes, gsize length, gsize from, guint64 expected)
{
  gsize budget = 4 * length;
  for (gsize at = from; at + EXEC_LOG_RECORD_BYTES <= length; at += ALIGNMENT)
    {
      ExecLogRecord record;
      if (get32 (bytes + at) != RECORD_MAGIC)
        continue;
      gsize cost = EXEC_LOG_RECORD_BYTES + MIN ((gsize) get32 (bytes + at + 4), length - at);
      if (cost > budget)
        return TRUE;
      budget -= cost;
      if (read_record (bytes + at, length - at, &record) > 0 && record.durable >= expected)
        return TRUE;
    }
  return FALSE;
}

/**
 * exec_log_scan:
 * @bytes: the whole file, header included
 * @func: gets each good record in order; a record counts only if sequence and chain fit as well
 *
 * Cost: O(length).
 */
void
exec_log_scan (const guint8 *bytes, gsize length, const ExecLogHeader *header,
               ExecLogRecordFunc func, gpointer user_data, ExecLogScan *ret_scan)
{
  ExecLogScan scan = { .offset = EXEC_LOG_HEADER_BYTES, .chain = header->chain,
                       .next_sequence = header->first_sequence };
  for (;;)
    {
      ExecLogRecord record;
      const guint8 *at = bytes + scan.offset;
      gsize total = read_record (at, length - scan.offset, &record);
      if (total == 0 || record.sequence != scan.next_sequence || get32 (at + 28) != scan.chain)
        break;
      func (&record, user_data);
      scan.chain = get32 (at + CHECKSUM_AT);
      scan.closed = record.kind == EXEC_LOG_KIND_CLOSED;
      scan.offset += total;
      scan.next_sequence++;
    }
  if (is_zero (bytes + scan.offset, length - scan.offset))
    scan.end = EXEC_LOG_END_CLEAN;
  else if (has_witness (bytes, length, scan.offset, scan.next_sequence))
    scan.end = EXEC_LOG_END_DAMAGED;
  else
    scan.end = EXEC_LOG_END_TORN;
  *ret_scan = scan;
}
