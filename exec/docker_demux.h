/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking apart Docker's multiplexed stream (logs, attach, exec without a terminal): frames of
 * an 8-byte header (stream, 0, 0, 0, length big-endian) and that many bytes.
 * Fed in any pieces; payloads are passed on as they come, so a false length costs no memory.
 * Source: Docker Engine API v1.41, ContainerAttach, "Stream format".
 */

#pragma once

#include <glib.h>

typedef enum
{
  EXEC_STREAM_NONE,
  EXEC_STREAM_OUT,
  EXEC_STREAM_ERR
} ExecStream;

typedef void (*ExecDemuxFunc) (ExecStream stream, const guint8 *bytes, gsize length,
                               gpointer user_data);

typedef struct
{
  guint8 header[8];
  guint n_header;     /* bytes of the header seen */
  guint32 n_payload;  /* bytes of the payload still to come */
  ExecStream stream;
} ExecDemux;

void exec_demux_init (ExecDemux *self);

/* FALSE with an error if the bytes are no such stream. */
gboolean exec_demux_feed (ExecDemux *self, GBytes *piece, ExecDemuxFunc func, gpointer user_data,
                          GError **error);
