/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of the agent, process 1 of a pod's sandbox: waits for frames, signals, connections and
 * the next probe; each turn asks every part what it waits for.
 * usage: orrery-agent [--root FOLDER] [-- PROGRAM ARGUMENT...]
 */

#include "exec/agent/agent.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A closed input may be opened again when the engine is back. */
#define INPUT_RETRY_MS 250

size_t
agent_poll_add (AgentPoll *self, int fd, short events)
{
  self->entries[self->n_entries] = (struct pollfd){ .fd = fd, .events = events };
  return self->n_entries++;
}

void
agent_poll_due (AgentPoll *self, int64_t due_ms)
{
  if (due_ms < self->due_ms)
    self->due_ms = due_ms;
}

short
agent_poll_result (const AgentPoll *self, size_t index)
{
  return self->entries[index].revents;
}

int64_t
agent_now_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
say_hello (uint32_t id, const uint8_t *nonce)
{
  uint8_t payload[EXEC_AGENT_NONCE_BYTES + 8];
  memcpy (payload, nonce, EXEC_AGENT_NONCE_BYTES);
  exec_agent_put32 (payload + EXEC_AGENT_NONCE_BYTES, agent_dropped_frames ());
  exec_agent_put32 (payload + EXEC_AGENT_NONCE_BYTES + 4, agent_probe_count ());
  agent_channels_reset ();
  agent_files_reset ();
  agent_send_or_drop (EXEC_AGENT_HELLO_REPLY, id, payload, sizeof payload);
}

static void
complain (uint32_t id, const char *text)
{
  agent_send_or_drop (EXEC_AGENT_ERROR, id, text, strlen (text));
}

void
agent_dispatch (ExecAgentType type, uint32_t id, const uint8_t *payload, size_t length)
{
  switch ((int) type)
    {
    case EXEC_AGENT_HELLO:
      if (length == EXEC_AGENT_NONCE_BYTES)
        say_hello (id, payload);
      else
        complain (id, "hello without a nonce");
      break;
    case EXEC_AGENT_PING:
      agent_send_or_drop (EXEC_AGENT_PONG, id, payload, length);
      break;
    case EXEC_AGENT_PROBE_ADD:
      agent_probe_add (id, payload, length);
      break;
    case EXEC_AGENT_PROBE_REMOVE:
      agent_probe_remove (id);
      break;
    case EXEC_AGENT_PROBE_REPORT:
      agent_probe_report (id);
      break;
    case EXEC_AGENT_DIAL:
      agent_channel_dial (id, payload, length);
      break;
    case EXEC_AGENT_DATA:
      agent_channel_data (id, payload, length);
      break;
    case EXEC_AGENT_EOF:
      agent_channel_eof (id);
      break;
    case EXEC_AGENT_CLOSE:
      agent_channel_close (id);
      break;
    case EXEC_AGENT_WINDOW:
      if (length == 4)
        agent_channel_window (id, exec_agent_get32 (payload));
      break;
    case EXEC_AGENT_WRITE_BEGIN:
      agent_files_begin (id, payload, length);
      break;
    case EXEC_AGENT_WRITE_FILE:
      agent_files_file (id, payload, length);
      break;
    case EXEC_AGENT_WRITE_DATA:
      agent_files_data (id, payload, length);
      break;
    case EXEC_AGENT_WRITE_COMMIT:
      agent_files_commit (id);
      break;
    case EXEC_AGENT_FOLDER:
      agent_files_folder (id, payload, length);
      break;
    default:
      complain (id, "unknown type of frame");
    }
}

static void
turn (int signal_fd, int64_t *input_closed_until)
{
  AgentPoll wait = { .due_ms = INT64_MAX };
  int64_t now = agent_now_ms ();
  size_t signals = agent_poll_add (&wait, signal_fd, POLLIN);
  size_t input = agent_poll_add (&wait, now < *input_closed_until ? -1 : STDIN_FILENO, POLLIN);
  agent_poll_add (&wait, agent_channels_want_output () ? STDOUT_FILENO : -1, POLLOUT);
  if (now < *input_closed_until)
    agent_poll_due (&wait, *input_closed_until);
  agent_probes_prepare (&wait);
  agent_channels_prepare (&wait);

  int64_t left = wait.due_ms == INT64_MAX ? -1 : wait.due_ms - now;
  if (wait.due_ms != INT64_MAX && left < 0)
    left = 0;
  poll (wait.entries, wait.n_entries, left > 60000 ? 60000 : (int) left);
  if (agent_poll_result (&wait, signals) != 0)
    agent_process_signals ();
  /* Before input: frames may replace a probe or channel whose descriptor was waited for. */
  agent_probes_check (&wait);
  agent_channels_check (&wait);
  short got = agent_poll_result (&wait, input);
  if ((got & POLLIN) != 0)
    agent_input_read ();
  else if (got != 0)
    *input_closed_until = agent_now_ms () + INPUT_RETRY_MS;
}

int
main (int argc, char **argv)
{
  const char *root = "/volumes";
  char **program = NULL;
  for (int i = 1; i < argc && program == NULL; i++)
    {
      if (strcmp (argv[i], "--root") == 0 && i + 1 < argc)
        root = argv[++i];
      else if (strcmp (argv[i], "--") == 0 && i + 1 < argc)
        program = argv + i + 1;
      else
        return 2;
    }
  fcntl (STDIN_FILENO, F_SETFL, fcntl (STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  fcntl (STDOUT_FILENO, F_SETFL, fcntl (STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  agent_files_init (root);
  int signal_fd = agent_process_init (program);
  int64_t input_closed_until = 0;
  for (;;)
    turn (signal_fd, &input_closed_until);
}
