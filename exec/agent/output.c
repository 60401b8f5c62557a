/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames out. The pipe never blocks: a frame is at most PIPE_BUF bytes, so the kernel writes it
 * whole or answers EAGAIN. Nobody may be reading (the engine is down): then frames are dropped and
 * counted, or the caller keeps them.
 */

#include "exec/agent/agent.h"
#include "exec/agent/crc32c.h"

#include <string.h>
#include <unistd.h>

static uint32_t n_dropped;

uint32_t
agent_dropped_frames (void)
{
  return n_dropped;
}

bool
agent_send (ExecAgentType type, uint32_t id, const void *payload, size_t length)
{
  uint8_t frame[EXEC_AGENT_HEADER_BYTES + EXEC_AGENT_MAX_OUT_BYTES] = { 0 };
  if (length > EXEC_AGENT_MAX_OUT_BYTES)
    length = EXEC_AGENT_MAX_OUT_BYTES;
  exec_agent_put32 (frame, EXEC_AGENT_MAGIC);
  frame[4] = EXEC_AGENT_VERSION;
  frame[5] = (uint8_t) type;
  exec_agent_put32 (frame + 8, id);
  exec_agent_put32 (frame + 12, (uint32_t) length);
  if (length > 0)
    memcpy (frame + EXEC_AGENT_HEADER_BYTES, payload, length);
  uint32_t crc = exec_crc32c_portable (0, frame, 16);
  crc = exec_crc32c_portable (crc, frame + EXEC_AGENT_HEADER_BYTES, length);
  exec_agent_put32 (frame + 16, crc);
  size_t total = EXEC_AGENT_HEADER_BYTES + length;
  return write (STDOUT_FILENO, frame, total) == (ssize_t) total;
}

void
agent_send_or_drop (ExecAgentType type, uint32_t id, const void *payload, size_t length)
{
  if (!agent_send (type, id, payload, length))
    n_dropped++;
}

void
agent_send_done (uint32_t id, int error_number, const char *text)
{
  uint8_t payload[256];
  size_t length = strlen (text);
  if (length > sizeof payload - 4)
    length = sizeof payload - 4;
  exec_agent_put32 (payload, (uint32_t) error_number);
  memcpy (payload + 4, text, length);
  agent_send_or_drop (EXEC_AGENT_DONE, id, payload, 4 + length);
}
