/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC32C with the processor's own instruction where the build may assume it, portable elsewhere:
 * the checksum of the write-ahead log's records and of the agent's frames.
 * Source: RFC 3720, appendix B.4.
 */

#pragma once

#include <glib.h>

/* Continues a checksum over more bytes; the first call starts with 0. */
guint32 exec_crc32c (guint32 crc, const void *bytes, gsize length);
