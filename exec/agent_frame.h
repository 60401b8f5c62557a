/* SPDX-License-Identifier: Apache-2.0
 *
 * The controller's side of the agent's frames (agent/protocol.h): making them, and finding them in
 * a byte stream that may begin in mid frame. Until the HELLO with our own nonce has come, nothing
 * is taken for a frame: a container can send bytes that look like one, but not guess the nonce.
 */

#pragma once

#include "exec/agent/protocol.h"

#include <glib.h>

typedef struct
{
  ExecAgentType type;
  guint32 id;
  const guint8 *payload; /* borrowed */
  gsize length;
} ExecAgentFrame;

typedef void (*ExecAgentFrameFunc) (const ExecAgentFrame *frame, gpointer user_data);

typedef struct
{
  guint8 nonce[EXEC_AGENT_NONCE_BYTES];
  gboolean in_step; /* the HELLO has come */
  GByteArray *buffer;
} ExecAgentDecoder;

void exec_agent_frame_write (GByteArray *bytes, ExecAgentType type, guint32 id,
                             const void *payload, gsize length);

/* What a connection begins with: padding and HELLO. Draws a nonce. */
void exec_agent_decoder_init (ExecAgentDecoder *self, GByteArray *ret_opening);
void exec_agent_decoder_clear (ExecAgentDecoder *self);

/* FALSE if the stream left the protocol; the HELLO reply itself is passed on as well. */
gboolean exec_agent_decoder_feed (ExecAgentDecoder *self, const guint8 *bytes, gsize length,
                                  ExecAgentFrameFunc func, gpointer user_data);

/* Fills the 20 bytes of an address; FALSE if text is no IPv4 or IPv6 address. */
gboolean exec_agent_address_write (const char *text, guint16 port, guint8 *ret_bytes);
