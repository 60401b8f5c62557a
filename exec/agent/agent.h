/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's own parts, one subject a file: output (frames out), input (frames in), probes,
 * channels (dialled connections), files (sets of files swapped in at once), process (signals and
 * children). One thread, one poll loop (main.c); no memory is allocated after the start.
 */

#pragma once

#include "exec/agent/protocol.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define AGENT_MAX_POLL (3 + EXEC_AGENT_MAX_PROBES + EXEC_AGENT_MAX_CHANNELS)

/* Entry of the standard output, among those that are always there. */
#define AGENT_POLL_OUTPUT 2

/* What the loop waits for; filled anew each turn. */
typedef struct
{
  struct pollfd entries[AGENT_MAX_POLL];
  size_t n_entries;
  int64_t due_ms; /* monotonic; INT64_MAX: never */
} AgentPoll;

/* Gives the index of the entry. */
size_t agent_poll_add (AgentPoll *poll, int fd, short events);
void agent_poll_due (AgentPoll *poll, int64_t due_ms);
short agent_poll_result (const AgentPoll *poll, size_t index);
int64_t agent_now_ms (void);

/* output.c: false if the pipe is full; nothing was written then. */
bool agent_send (ExecAgentType type, uint32_t id, const void *payload, size_t length);

/* The same, and counts what could not be written. */
void agent_send_or_drop (ExecAgentType type, uint32_t id, const void *payload, size_t length);
void agent_send_done (uint32_t id, int error_number, const char *text);
uint32_t agent_dropped_frames (void);

/* input.c: reads what is there; calls agent_dispatch for each whole frame. */
void agent_input_read (void);
void agent_dispatch (ExecAgentType type, uint32_t id, const uint8_t *payload, size_t length);

/* address.c: false if the bytes are no address. Opens a connection without waiting for it. */
bool agent_address_read (const uint8_t *bytes, struct sockaddr_storage *ret_address,
                         socklen_t *ret_length);
int agent_connect (const struct sockaddr_storage *address, socklen_t length);
int agent_socket_error (int fd);

/* probes.c */
void agent_probe_add (uint32_t id, const uint8_t *payload, size_t length);
void agent_probe_remove (uint32_t id);
void agent_probe_report (uint32_t id);
uint32_t agent_probe_count (void);
void agent_probes_prepare (AgentPoll *poll);
void agent_probes_check (const AgentPoll *poll);

/* channels.c */
void agent_channel_dial (uint32_t id, const uint8_t *payload, size_t length);
void agent_channel_data (uint32_t id, const uint8_t *payload, size_t length);
void agent_channel_eof (uint32_t id);
void agent_channel_close (uint32_t id);
void agent_channel_window (uint32_t id, uint32_t n_bytes);
void agent_channels_reset (void);
void agent_channels_prepare (AgentPoll *poll);
void agent_channels_check (const AgentPoll *poll);
bool agent_channels_want_output (void);

/* files.c: root is the folder below which volumes are mounted. */
void agent_files_init (const char *root);
void agent_files_begin (uint32_t id, const uint8_t *payload, size_t length);
void agent_files_file (uint32_t id, const uint8_t *payload, size_t length);
void agent_files_data (uint32_t id, const uint8_t *payload, size_t length);
void agent_files_commit (uint32_t id);
void agent_files_folder (uint32_t id, const uint8_t *payload, size_t length);
void agent_files_reset (void);

/* process.c: program may be NULL; gives the descriptor that tells of signals. */
int agent_process_init (char **program);
void agent_process_signals (void);
