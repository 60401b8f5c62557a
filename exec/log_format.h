/* SPDX-License-Identifier: Apache-2.0
 *
 * The write-ahead log's bytes: what a segment looks like, and reading one from memory. All numbers
 * little-endian.
 *
 *   header (64): magic "ORRERYWL", version (4), type (4), log id (16), first sequence (8),
 *                covers (8), chain before the first record (4), zero (8), CRC32C of the 60 before
 *   record: magic (4), length (4), sequence (8), durable (8), kind (4), previous (4),
 *           CRC32C of the other 36 bytes, payload and padding (4), zero (4); payload; zeros to 8
 *
 * `previous` is the checksum of the record before, so records form a chain over all segments.
 * `durable` is the highest sequence that was safely on disk when the record was made: a record
 * that reads well and says that an unreadable one had been durable proves damage; without such a
 * witness an unreadable end is a write that never finished.
 */

#pragma once

#include <glib.h>

#define EXEC_LOG_VERSION 1
#define EXEC_LOG_HEADER_BYTES 64
#define EXEC_LOG_RECORD_BYTES 40
#define EXEC_LOG_MAX_PAYLOAD_BYTES (64 * 1024 * 1024)
#define EXEC_LOG_ID_BYTES 16

typedef enum
{
  EXEC_LOG_FILE_NONE,
  EXEC_LOG_FILE_SEGMENT,
  EXEC_LOG_FILE_SNAPSHOT
} ExecLogFileType;

typedef enum
{
  EXEC_LOG_KIND_NONE,
  EXEC_LOG_KIND_DATA,
  EXEC_LOG_KIND_CLOSED,   /* all before is durable; the program ended in order */
  EXEC_LOG_KIND_SNAPSHOT, /* one part of a snapshot */
  EXEC_LOG_KIND_END       /* of a snapshot */
} ExecLogKind;

typedef struct
{
  ExecLogFileType type;
  guint8 id[EXEC_LOG_ID_BYTES];
  guint64 first_sequence;
  guint64 covers; /* of a snapshot: the last record it contains the effects of */
  guint32 chain;
} ExecLogHeader;

typedef struct
{
  guint64 sequence;
  guint64 durable;
  ExecLogKind kind;
  const guint8 *payload; /* borrowed */
  gsize length;
} ExecLogRecord;

typedef enum
{
  EXEC_LOG_READ_OK,
  EXEC_LOG_READ_NOT_OURS, /* no header of a log, or damaged */
  EXEC_LOG_READ_NEWER     /* of a version that this program does not know */
} ExecLogReadHeader;

typedef enum
{
  EXEC_LOG_END_CLEAN,  /* zeros or nothing after the last record */
  EXEC_LOG_END_TORN,   /* a write that never finished */
  EXEC_LOG_END_DAMAGED /* a record that had been durable cannot be read */
} ExecLogEnd;

typedef struct
{
  ExecLogEnd end;
  gsize offset;          /* where the good records stop */
  guint64 next_sequence;
  guint32 chain;
  gboolean closed;       /* the last record is CLOSED */
} ExecLogScan;

typedef void (*ExecLogRecordFunc) (const ExecLogRecord *record, gpointer user_data);

void exec_log_header_write (const ExecLogHeader *header, guint8 *ret_bytes);
ExecLogReadHeader exec_log_header_read (const guint8 *bytes, gsize length,
                                        ExecLogHeader *ret_header, guint32 *ret_version);

/* Appends one record; *chain is the checksum before and after. */
void exec_log_record_write (GByteArray *bytes, const ExecLogRecord *record, guint32 *chain);

/* Reads all records of a segment whose header was read; never allocates. */
void exec_log_scan (const guint8 *bytes, gsize length, const ExecLogHeader *header,
                    ExecLogRecordFunc func, gpointer user_data, ExecLogScan *ret_scan);
