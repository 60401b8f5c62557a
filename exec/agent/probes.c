/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes: a TCP connection, or an HTTP request whose status decides (200 to 399 is success). Each
 * probe is idle until its time, then connecting, then (HTTP) reading; the result is told only when
 * it differs from the last one told, or when asked. Thresholds are the engine's affair.
 * Source: kubernetes pkg/probe/tcp, pkg/probe/http. Departures: redirects are not followed; plain
 * HTTP only.
 */

#include "exec/agent/agent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define STATUS_LINE_BYTES 12 /* "HTTP/1.1 200" */

typedef struct
{
  uint8_t outcome;
  uint16_t status;
  uint32_t error;
} Result;

typedef struct
{
  bool used;
  uint32_t id;
  uint8_t kind;
  struct sockaddr_storage address;
  socklen_t address_length;
  int64_t period_ms, timeout_ms;
  uint8_t request[EXEC_AGENT_MAX_REQUEST_BYTES];
  size_t n_request;

  int fd; /* -1: idle */
  int64_t due_ms;
  size_t n_sent;
  uint8_t answer[STATUS_LINE_BYTES];
  size_t n_answer;
  Result last, told;
  size_t poll_index;
} Probe;

static Probe probes[EXEC_AGENT_MAX_PROBES];

static Probe *
find_probe (uint32_t id)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES; i++)
    if (probes[i].used && probes[i].id == id)
      return &probes[i];
  return NULL;
}

uint32_t
agent_probe_count (void)
{
  uint32_t n = 0;
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES; i++)
    n += probes[i].used;
  return n;
}

void
agent_probe_remove (uint32_t id)
{
  Probe *probe = find_probe (id);
  if (probe == NULL)
    return;
  if (probe->fd >= 0)
    close (probe->fd);
  probe->used = false;
}

void
agent_probe_add (uint32_t id, const uint8_t *payload, size_t length)
{
  agent_probe_remove (id);
  Probe *probe = NULL;
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES && probe == NULL; i++)
    if (!probes[i].used)
      probe = &probes[i];
  if (probe == NULL)
    {
      agent_send_done (id, ENOSPC, "too many probes");
      return;
    }
  Probe fresh = { .id = id, .fd = -1 };
  if (length < EXEC_AGENT_PROBE_BYTES
      || length - EXEC_AGENT_PROBE_BYTES > EXEC_AGENT_MAX_REQUEST_BYTES
      || (payload[0] != EXEC_AGENT_PROBE_TCP && payload[0] != EXEC_AGENT_PROBE_HTTP)
      || !agent_address_read (payload + 16, &fresh.address, &fresh.address_length))
    {
      agent_send_done (id, EINVAL, "no valid probe");
      return;
    }
  fresh.kind = payload[0];
  fresh.due_ms = agent_now_ms () + exec_agent_get32 (payload + 4);
  fresh.period_ms = exec_agent_get32 (payload + 8);
  fresh.timeout_ms = exec_agent_get32 (payload + 12);
  if (fresh.period_ms < EXEC_AGENT_MIN_PERIOD_MS)
    fresh.period_ms = EXEC_AGENT_MIN_PERIOD_MS;
  fresh.n_request = length - EXEC_AGENT_PROBE_BYTES;
  memcpy (fresh.request, payload + EXEC_AGENT_PROBE_BYTES, fresh.n_request);
  fresh.used = true;
  *probe = fresh;
  agent_send_done (id, 0, "");
}

static bool
tell (Probe *probe)
{
  uint8_t payload[8] = { probe->last.outcome };
  exec_agent_put16 (payload + 2, probe->last.status);
  exec_agent_put32 (payload + 4, probe->last.error);
  return agent_send (EXEC_AGENT_PROBE_RESULT, probe->id, payload, sizeof payload);
}

void
agent_probe_report (uint32_t id)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES; i++)
    if (probes[i].used && (id == 0 || probes[i].id == id) && tell (&probes[i]))
      probes[i].told = probes[i].last;
}

/* Ends one try; what could not be told is told after the next. */
static void
conclude (Probe *probe, uint8_t outcome, uint16_t status, int error)
{
  if (probe->fd >= 0)
    close (probe->fd);
  probe->fd = -1;
  probe->last = (Result){ .outcome = outcome, .status = status, .error = (uint32_t) error };
  bool same = probe->told.outcome == outcome && probe->told.status == status
              && probe->told.error == (uint32_t) error;
  if (!same && tell (probe))
    probe->told = probe->last;
}

static void
start (Probe *probe, int64_t now)
{
  probe->n_sent = 0;
  probe->n_answer = 0;
  probe->fd = agent_connect (&probe->address, probe->address_length);
  probe->due_ms = now + probe->timeout_ms;
  if (probe->fd < 0)
    {
      int error = -probe->fd;
      probe->fd = -1;
      probe->due_ms = now + probe->period_ms;
      conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, error);
    }
}

static void
judge_answer (Probe *probe)
{
  const uint8_t *a = probe->answer;
  uint16_t status = 0;
  for (size_t i = 9; i < STATUS_LINE_BYTES; i++)
    status = (uint16_t) (status * 10 + (a[i] - '0'));
  bool is_http = memcmp (a, "HTTP/1.", 7) == 0 && a[8] == ' ' && status >= 100 && status <= 999;
  if (!is_http)
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, EPROTO);
  else if (status >= 200 && status < 400)
    conclude (probe, EXEC_AGENT_OUTCOME_SUCCESS, status, 0);
  else
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, status, 0);
}

static void
read_answer (Probe *probe)
{
  ssize_t n = read (probe->fd, probe->answer + probe->n_answer,
                    sizeof probe->answer - probe->n_answer);
  if (n > 0)
    {
      probe->n_answer += (size_t) n;
      if (probe->n_answer == sizeof probe->answer)
        judge_answer (probe);
    }
  else if (n == 0)
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, ECONNRESET);
  else if (errno != EAGAIN && errno != EINTR)
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, errno);
}

static void
send_request (Probe *probe)
{
  ssize_t n = write (probe->fd, probe->request + probe->n_sent, probe->n_request - probe->n_sent);
  if (n >= 0)
    probe->n_sent += (size_t) n;
  else if (errno != EAGAIN && errno != EINTR)
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, errno);
}

static void
advance (Probe *probe, short events)
{
  int error = probe->n_sent == 0 ? agent_socket_error (probe->fd) : 0;
  if (error != 0)
    conclude (probe, EXEC_AGENT_OUTCOME_FAILURE, 0, error);
  else if (probe->kind == EXEC_AGENT_PROBE_TCP)
    conclude (probe, EXEC_AGENT_OUTCOME_SUCCESS, 0, 0);
  else if (probe->n_sent < probe->n_request && (events & POLLOUT) != 0)
    send_request (probe);
  else
    read_answer (probe);
}

void
agent_probes_prepare (AgentPoll *poll)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES; i++)
    {
      Probe *probe = &probes[i];
      probe->poll_index = SIZE_MAX;
      if (!probe->used)
        continue;
      agent_poll_due (poll, probe->due_ms);
      if (probe->fd >= 0)
        {
          bool sending = probe->kind == EXEC_AGENT_PROBE_TCP || probe->n_sent < probe->n_request;
          probe->poll_index = agent_poll_add (poll, probe->fd, sending ? POLLOUT : POLLIN);
        }
    }
}

void
agent_probes_check (const AgentPoll *poll)
{
  int64_t now = agent_now_ms ();
  for (size_t i = 0; i < EXEC_AGENT_MAX_PROBES; i++)
    {
      Probe *probe = &probes[i];
      if (!probe->used)
        continue;
      int64_t started_ms = probe->due_ms - probe->timeout_ms;
      bool trying = probe->fd >= 0;
      short events = 0;

      if (probe->poll_index != SIZE_MAX)
        events = agent_poll_result (poll, probe->poll_index);
      if (trying && events != 0)
        advance (probe, events);
      if (probe->fd >= 0 && now >= probe->due_ms)
        conclude (probe, EXEC_AGENT_OUTCOME_TIMEOUT, 0, ETIMEDOUT);
      if (trying && probe->fd < 0)
        probe->due_ms = started_ms + probe->period_ms > now ? started_ms + probe->period_ms : now;
      else if (!trying && now >= probe->due_ms)
        start (probe, now);
    }
}
