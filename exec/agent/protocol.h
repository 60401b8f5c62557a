/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's protocol, spoken over its standard input and output. Frames, all numbers
 * big-endian:
 *
 *     0  magic "ORAG"    4  version (1)   5  type   6  zero (2)
 *     8  id (4)         12  length (4)   16  CRC32C of bytes 0..15 and the payload   20  payload
 *
 * Finding the boundary: a writer may have died in mid frame, a reader may join in mid stream. The
 * controller opens with EXEC_AGENT_PADDING_BYTES zeros and HELLO with a random nonce; the agent
 * skips to the next frame whose checksum holds, and the controller skips to the HELLO that repeats
 * its nonce. The agent's frames never exceed PIPE_BUF, so a write is whole or not at all.
 * Window: each side of a channel may have EXEC_AGENT_WINDOW_BYTES of DATA on the way; WINDOW grants
 * more; an end of file is told while there is room. HELLO closes all channels and drops an
 * unfinished write; probes live on.
 */

#pragma once

#include <stdint.h>

#define EXEC_AGENT_MAGIC 0x4f524147u
#define EXEC_AGENT_VERSION 1
#define EXEC_AGENT_HEADER_BYTES 20
#define EXEC_AGENT_MAX_IN_BYTES 16384 /* payload to the agent */
#define EXEC_AGENT_MAX_OUT_BYTES (4096 - EXEC_AGENT_HEADER_BYTES)
#define EXEC_AGENT_PADDING_BYTES (EXEC_AGENT_MAX_IN_BYTES + EXEC_AGENT_HEADER_BYTES)
#define EXEC_AGENT_NONCE_BYTES 8
#define EXEC_AGENT_WINDOW_BYTES (64 * 1024)

#define EXEC_AGENT_MAX_PROBES 64
#define EXEC_AGENT_MAX_CHANNELS 32
#define EXEC_AGENT_MAX_REQUEST_BYTES 4096           /* of an HTTP probe */
#define EXEC_AGENT_MAX_WRITE_BYTES (8 * 1024 * 1024) /* of one set of files */
#define EXEC_AGENT_MAX_WRITE_FILES 1024
#define EXEC_AGENT_MIN_PERIOD_MS 10

typedef enum
{
  /* To the agent. id: chosen by the controller. */
  EXEC_AGENT_HELLO = 1,     /* nonce */
  EXEC_AGENT_PING,          /* anything: comes back */
  EXEC_AGENT_PROBE_ADD,     /* ExecAgentProbe fields, then the HTTP request; replaces */
  EXEC_AGENT_PROBE_REMOVE,
  EXEC_AGENT_PROBE_REPORT,  /* asks for the last results; id 0: of all */
  EXEC_AGENT_DIAL,          /* address; opens channel id */
  EXEC_AGENT_DATA,
  EXEC_AGENT_EOF,           /* no more DATA from this side */
  EXEC_AGENT_CLOSE,
  EXEC_AGENT_WINDOW,        /* bytes (4) */
  EXEC_AGENT_WRITE_BEGIN,   /* mode of the folder (4), 0: as it is; path */
  EXEC_AGENT_WRITE_FILE,    /* mode (4); relative path */
  EXEC_AGENT_WRITE_DATA,    /* more of the last file */
  EXEC_AGENT_WRITE_COMMIT,  /* all files appear at once */
  EXEC_AGENT_FOLDER,        /* mode (4); path: sets the mode of a mounted folder */

  /* From the agent. */
  EXEC_AGENT_HELLO_REPLY = 128, /* nonce, dropped frames (4), probes (4) */
  EXEC_AGENT_PONG,
  EXEC_AGENT_PROBE_RESULT,  /* outcome (1), zero (1), HTTP status (2), errno (4) */
  EXEC_AGENT_DIALED,        /* errno (4) */
  EXEC_AGENT_DATA_OUT,
  EXEC_AGENT_EOF_OUT,
  EXEC_AGENT_CLOSED,        /* errno (4); the id is free again */
  EXEC_AGENT_WINDOW_OUT,    /* bytes (4) */
  EXEC_AGENT_DONE,          /* errno (4), text: of WRITE_COMMIT, FOLDER, PROBE_ADD */
  EXEC_AGENT_ERROR          /* text: a frame that made no sense */
} ExecAgentType;

/* Address: family 4 or 6 (1), zero (1), port (2), 16 bytes of which IPv4 uses the first four. */
#define EXEC_AGENT_ADDRESS_BYTES 20

/* Probe: kind (1), zero (3), first delay ms (4), period ms (4), timeout ms (4), address. */
#define EXEC_AGENT_PROBE_BYTES (16 + EXEC_AGENT_ADDRESS_BYTES)

typedef enum
{
  EXEC_AGENT_PROBE_NONE,
  EXEC_AGENT_PROBE_TCP,
  EXEC_AGENT_PROBE_HTTP
} ExecAgentProbeKind;

typedef enum
{
  EXEC_AGENT_OUTCOME_NONE,
  EXEC_AGENT_OUTCOME_SUCCESS,
  EXEC_AGENT_OUTCOME_FAILURE, /* status or errno says why */
  EXEC_AGENT_OUTCOME_TIMEOUT
} ExecAgentOutcome;

static inline void
exec_agent_put16 (uint8_t *at, uint16_t value)
{
  at[0] = (uint8_t) (value >> 8);
  at[1] = (uint8_t) value;
}

static inline void
exec_agent_put32 (uint8_t *at, uint32_t value)
{
  exec_agent_put16 (at, (uint16_t) (value >> 16));
  exec_agent_put16 (at + 2, (uint16_t) value);
}

static inline uint16_t
exec_agent_get16 (const uint8_t *at)
{
  return (uint16_t) (at[0] << 8 | at[1]);
}

static inline uint32_t
exec_agent_get32 (const uint8_t *at)
{
  return (uint32_t) exec_agent_get16 (at) << 16 | exec_agent_get16 (at + 2);
}
