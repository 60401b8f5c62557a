/* SPDX-License-Identifier: Apache-2.0
 *
 * Out of step the decoder keeps at most one frame's worth of bytes and looks for its HELLO at each
 * of them; in step every frame must follow the one before.
 */

#include "exec/agent_frame.h"

#include "exec/crc32c.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

void
exec_agent_frame_write (GByteArray *bytes, ExecAgentType type, guint32 id, const void *payload,
                        gsize length)
{
  guint8 head[EXEC_AGENT_HEADER_BYTES] = { 0 };
  g_assert (length <= EXEC_AGENT_MAX_IN_BYTES);
  exec_agent_put32 (head, EXEC_AGENT_MAGIC);
  head[4] = EXEC_AGENT_VERSION;
  head[5] = (guint8) type;
  exec_agent_put32 (head + 8, id);
  exec_agent_put32 (head + 12, (guint32) length);
  guint32 crc = exec_crc32c (exec_crc32c (0, head, 16), payload, length);
  exec_agent_put32 (head + 16, crc);
  g_byte_array_append (bytes, head, sizeof head);
  if (length > 0)
    g_byte_array_append (bytes, payload, (guint) length);
}

void
exec_agent_decoder_init (ExecAgentDecoder *self, GByteArray *ret_opening)
{
  *self = (ExecAgentDecoder){ .buffer = g_byte_array_new () };
  if (getrandom (self->nonce, sizeof self->nonce, 0) != sizeof self->nonce)
    g_error ("no random numbers");
  guint before = ret_opening->len;
  g_byte_array_set_size (ret_opening, before + EXEC_AGENT_PADDING_BYTES);
  memset (ret_opening->data + before, 0, EXEC_AGENT_PADDING_BYTES);
  exec_agent_frame_write (ret_opening, EXEC_AGENT_HELLO, 0, self->nonce, sizeof self->nonce);
}

void
exec_agent_decoder_clear (ExecAgentDecoder *self)
{
  g_clear_pointer (&self->buffer, g_byte_array_unref);
}

/* -1: no frame starts here; 0: not all there; else its size. */
static gssize
frame_size (const guint8 *at, gsize available, ExecAgentFrame *ret_frame)
{
  static const guint8 magic[4] = { 'O', 'R', 'A', 'G' };
  if (memcmp (at, magic, MIN (available, sizeof magic)) != 0)
    return -1;
  if (available < EXEC_AGENT_HEADER_BYTES)
    return 0;
  gsize length = exec_agent_get32 (at + 12);
  if (at[4] != EXEC_AGENT_VERSION || length > EXEC_AGENT_MAX_OUT_BYTES)
    return -1;
  if (available < EXEC_AGENT_HEADER_BYTES + length)
    return 0;
  const guint8 *payload = at + EXEC_AGENT_HEADER_BYTES;
  if (exec_crc32c (exec_crc32c (0, at, 16), payload, length) != exec_agent_get32 (at + 16))
    return -1;
  *ret_frame = (ExecAgentFrame){ .type = (ExecAgentType) at[5], .id = exec_agent_get32 (at + 8),
                                 .payload = payload, .length = length };
  return (gssize) (EXEC_AGENT_HEADER_BYTES + length);
}

static gboolean
is_our_hello (const ExecAgentDecoder *self, const ExecAgentFrame *frame)
{
  return frame->type == EXEC_AGENT_HELLO_REPLY && frame->length >= EXEC_AGENT_NONCE_BYTES
         && memcmp (frame->payload, self->nonce, EXEC_AGENT_NONCE_BYTES) == 0;
}

/* Out of step every byte may be the HELLO's first, also inside what looks like another frame. */
static gsize
find_hello (ExecAgentDecoder *self)
{
  const GByteArray *buffer = self->buffer;
  gsize keep = MIN (buffer->len, EXEC_AGENT_HEADER_BYTES + EXEC_AGENT_MAX_OUT_BYTES);
  for (gsize at = 0; at < buffer->len; at++)
    {
      ExecAgentFrame frame;
      if (frame_size (buffer->data + at, buffer->len - at, &frame) > 0
          && is_our_hello (self, &frame))
        {
          self->in_step = TRUE;
          return at;
        }
    }
  return buffer->len - keep;
}

gboolean
exec_agent_decoder_feed (ExecAgentDecoder *self, const guint8 *bytes, gsize length,
                         ExecAgentFrameFunc func, gpointer user_data)
{
  GByteArray *buffer = g_byte_array_ref (self->buffer);
  gboolean ok = TRUE;
  gsize at = 0;
  g_byte_array_append (buffer, bytes, (guint) length);
  if (!self->in_step)
    at = find_hello (self);
  while (ok && self->in_step && at < buffer->len && self->buffer != NULL)
    {
      ExecAgentFrame frame;
      gssize size = frame_size (buffer->data + at, buffer->len - at, &frame);
      if (size == 0)
        break;
      ok = size > 0;
      if (ok)
        {
          at += (gsize) size;
          func (&frame, user_data);
        }
    }
  g_byte_array_remove_range (buffer, 0, (guint) at);
  g_byte_array_unref (buffer);
  return ok;
}

gboolean
exec_agent_address_write (const char *text, guint16 port, guint8 *ret_bytes)
{
  guint8 bytes[EXEC_AGENT_ADDRESS_BYTES] = { 0 };
  if (inet_pton (AF_INET, text, bytes + 4) == 1)
    bytes[0] = 4;
  else if (inet_pton (AF_INET6, text, bytes + 4) == 1)
    bytes[0] = 6;
  else
    return FALSE;
  exec_agent_put16 (bytes + 2, port);
  memcpy (ret_bytes, bytes, sizeof bytes);
  return TRUE;
}
