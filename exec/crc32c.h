/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC32C with the processor's own instruction where the build may assume it, portable elsewhere.
 */

#pragma once

#include <glib.h>

/* Continues a checksum over more bytes; the first call starts with 0. */
guint32 exec_crc32c (guint32 crc, const void *bytes, gsize length);
