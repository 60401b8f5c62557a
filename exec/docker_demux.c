/* SPDX-License-Identifier: Apache-2.0
 *
 * State: n_header < 8 collects a header; then n_payload bytes belong to its stream.
 * Stream 0 (stdin) and 3 (an error of the daemon) are shown as stderr, as Docker's client does
 * for 3; anything else, or a set padding byte, means that we lost the frame boundary.
 */

#include "exec/docker_demux.h"

#include "exec/error.h"

#include <string.h>

void
exec_demux_init (ExecDemux *self)
{
  *self = (ExecDemux){ 0 };
}

static gboolean
read_header (ExecDemux *self, GError **error)
{
  const guint8 *h = self->header;
  if (h[0] > 3 || h[1] != 0 || h[2] != 0 || h[3] != 0)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_BAD_ANSWER,
                   "docker: stream frame starts with %02x %02x %02x %02x, expected a stream "
                   "number and zeros",
                   h[0], h[1], h[2], h[3]);
      return FALSE;
    }
  self->stream = h[0] == 1 ? EXEC_STREAM_OUT : EXEC_STREAM_ERR;
  self->n_payload = ((guint32) h[4] << 24) | ((guint32) h[5] << 16) | ((guint32) h[6] << 8) | h[7];
  return TRUE;
}

/**
 * exec_demux_feed:
 * @piece: the next bytes
 * @func: called for each run of bytes of one stream, never with none
 */
gboolean
exec_demux_feed (ExecDemux *self, GBytes *piece, ExecDemuxFunc func, gpointer user_data,
                 GError **error)
{
  gsize length;
  const guint8 *at = g_bytes_get_data (piece, &length);
  const guint8 *end = at + length;
  while (at < end)
    {
      if (self->n_header < sizeof self->header)
        {
          self->header[self->n_header++] = *at++;
          if (self->n_header == sizeof self->header && !read_header (self, error))
            return FALSE;
        }
      else
        {
          gsize n = MIN ((gsize) (end - at), self->n_payload);
          if (n > 0)
            func (self->stream, at, n, user_data);
          at += n;
          self->n_payload -= (guint32) n;
        }
      if (self->n_header == sizeof self->header && self->n_payload == 0)
        self->n_header = 0;
    }
  return TRUE;
}
