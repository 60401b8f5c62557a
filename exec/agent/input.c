/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames in, from a byte stream that may hold anything: the buffer holds one frame of the largest
 * size; whatever does not start a frame is skipped byte by byte until something does.
 */

#include "exec/agent/agent.h"
#include "exec/agent/crc32c.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint8_t buffer[EXEC_AGENT_HEADER_BYTES + EXEC_AGENT_MAX_IN_BYTES];
static size_t n_buffered;

/* -1: cannot start a frame; 0: not all there yet; else the frame's size. */
static long
frame_size (const uint8_t *at, size_t available)
{
  static const uint8_t magic[4] = { 'O', 'R', 'A', 'G' };
  if (memcmp (at, magic, available < 4 ? available : 4) != 0)
    return -1;
  if (available < EXEC_AGENT_HEADER_BYTES)
    return 0;
  uint32_t length = exec_agent_get32 (at + 12);
  if (at[4] != EXEC_AGENT_VERSION || at[6] != 0 || at[7] != 0 || length > EXEC_AGENT_MAX_IN_BYTES)
    return -1;
  size_t size = EXEC_AGENT_HEADER_BYTES + length;
  if (available < size)
    return 0;
  uint32_t crc = exec_crc32c_portable (0, at, 16);
  crc = exec_crc32c_portable (crc, at + EXEC_AGENT_HEADER_BYTES, length);
  return crc == exec_agent_get32 (at + 16) ? (long) size : -1;
}

static void
take_frames (void)
{
  size_t at = 0;
  while (at < n_buffered)
    {
      long size = frame_size (buffer + at, n_buffered - at);
      if (size == 0)
        break;
      if (size < 0)
        {
          at++;
          continue;
        }
      agent_dispatch ((ExecAgentType) buffer[at + 5], exec_agent_get32 (buffer + at + 8),
                      buffer + at + EXEC_AGENT_HEADER_BYTES,
                      (size_t) size - EXEC_AGENT_HEADER_BYTES);
      at += (size_t) size;
    }
  memmove (buffer, buffer + at, n_buffered - at);
  n_buffered -= at;
}

void
agent_input_read (void)
{
  /* There is always room: a full buffer holds a whole frame or none that starts it. */
  ssize_t n = read (STDIN_FILENO, buffer + n_buffered, sizeof buffer - n_buffered);
  if (n <= 0)
    return;
  n_buffered += (size_t) n;
  take_frames ();
}
