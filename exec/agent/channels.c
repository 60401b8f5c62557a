/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels: TCP connections that the controller dials through us (port-forward). Bytes towards the
 * peer wait in a buffer of one window; bytes from the peer are read only while the controller's
 * window and our output have room, so neither side can make us hold more. What must be told
 * (dialled, end of file, closed) is a flag until the output took it.
 * closed -> dialling -> open (each direction may end on its own) -> ending -> closed
 */

#include "exec/agent/agent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef enum
{
  CHANNEL_CLOSED,
  CHANNEL_DIALLING,
  CHANNEL_OPEN,
  CHANNEL_ENDING /* the socket is gone; CLOSED is still to be told */
} State;

typedef struct
{
  State state;
  uint32_t id;
  int fd;
  int error;
  uint8_t out[EXEC_AGENT_WINDOW_BYTES]; /* towards the peer */
  size_t n_out;
  uint32_t n_written;  /* to be granted back */
  uint32_t credit;     /* what the controller lets us send */
  bool tell_dialled, tell_eof;
  bool eof_in;         /* the controller sends no more */
  bool shut_out;       /* and the peer knows */
  bool eof_out;        /* the peer sends no more */
  bool output_full;
  size_t poll_index;
} Channel;

static Channel channels[EXEC_AGENT_MAX_CHANNELS];

static Channel *
find_channel (uint32_t id)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS; i++)
    if (channels[i].state != CHANNEL_CLOSED && channels[i].id == id)
      return &channels[i];
  return NULL;
}

static void
tell_closed (uint32_t id, int error)
{
  uint8_t payload[4];
  exec_agent_put32 (payload, (uint32_t) error);
  agent_send_or_drop (EXEC_AGENT_CLOSED, id, payload, sizeof payload);
}

static void
end (Channel *channel, int error)
{
  if (channel->fd >= 0)
    close (channel->fd);
  channel->fd = -1;
  channel->error = error;
  channel->state = CHANNEL_ENDING;
}

void
agent_channel_dial (uint32_t id, const uint8_t *payload, size_t length)
{
  struct sockaddr_storage address;
  socklen_t address_length;
  Channel *channel = NULL;
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS && channel == NULL; i++)
    if (channels[i].state == CHANNEL_CLOSED)
      channel = &channels[i];
  bool valid = length == EXEC_AGENT_ADDRESS_BYTES
               && agent_address_read (payload, &address, &address_length);
  if (channel == NULL || !valid || find_channel (id) != NULL)
    {
      tell_closed (id, !valid ? EINVAL : channel == NULL ? EMFILE : EEXIST);
      return;
    }
  *channel = (Channel){ .state = CHANNEL_DIALLING, .id = id, .fd = -1,
                        .credit = EXEC_AGENT_WINDOW_BYTES };
  int fd = agent_connect (&address, address_length);
  if (fd < 0)
    end (channel, -fd);
  else
    channel->fd = fd;
}

void
agent_channel_data (uint32_t id, const uint8_t *payload, size_t length)
{
  Channel *channel = find_channel (id);
  if (channel == NULL || channel->state == CHANNEL_ENDING || channel->eof_in)
    return;
  if (length > sizeof channel->out - channel->n_out)
    {
      end (channel, ENOBUFS); /* the controller ignored the window */
      return;
    }
  memcpy (channel->out + channel->n_out, payload, length);
  channel->n_out += length;
}

void
agent_channel_eof (uint32_t id)
{
  Channel *channel = find_channel (id);
  if (channel != NULL)
    channel->eof_in = true;
}

void
agent_channel_close (uint32_t id)
{
  Channel *channel = find_channel (id);
  if (channel != NULL && channel->state != CHANNEL_ENDING)
    end (channel, 0);
}

void
agent_channel_window (uint32_t id, uint32_t n_bytes)
{
  Channel *channel = find_channel (id);
  if (channel == NULL)
    return;
  uint32_t room = EXEC_AGENT_WINDOW_BYTES - channel->credit;
  channel->credit += n_bytes < room ? n_bytes : room;
}

void
agent_channels_reset (void)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS; i++)
    {
      if (channels[i].state != CHANNEL_CLOSED && channels[i].fd >= 0)
        close (channels[i].fd);
      channels[i].state = CHANNEL_CLOSED;
    }
}

bool
agent_channels_want_output (void)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS; i++)
    if (channels[i].state != CHANNEL_CLOSED && channels[i].output_full)
      return true;
  return false;
}

static short
wanted_events (const Channel *channel)
{
  short events = 0;
  if (channel->state == CHANNEL_DIALLING)
    return POLLOUT;
  if (channel->state != CHANNEL_OPEN)
    return 0;
  if (channel->n_out > 0 || (channel->eof_in && !channel->shut_out))
    events |= POLLOUT;
  if (!channel->eof_out && channel->credit > 0 && !channel->output_full)
    events |= POLLIN;
  return events;
}

static void
write_out (Channel *channel)
{
  if (channel->n_out > 0)
    {
      ssize_t n = write (channel->fd, channel->out, channel->n_out);
      if (n < 0 && errno != EAGAIN && errno != EINTR)
        {
          end (channel, errno);
          return;
        }
      if (n > 0)
        {
          memmove (channel->out, channel->out + n, channel->n_out - (size_t) n);
          channel->n_out -= (size_t) n;
          channel->n_written += (uint32_t) n;
        }
    }
  if (channel->n_out == 0 && channel->eof_in && !channel->shut_out)
    {
      channel->shut_out = true;
      shutdown (channel->fd, SHUT_WR);
    }
}

/* Reads only what the output takes: looks first, and takes the bytes once they are sent. */
static void
read_in (Channel *channel)
{
  uint8_t piece[EXEC_AGENT_MAX_OUT_BYTES];
  size_t room = channel->credit < sizeof piece ? channel->credit : sizeof piece;
  ssize_t n = recv (channel->fd, piece, room, MSG_PEEK);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    end (channel, errno);
  else if (n == 0)
    {
      channel->eof_out = true;
      channel->tell_eof = true;
    }
  else if (n > 0)
    {
      if (!agent_send (EXEC_AGENT_DATA_OUT, channel->id, piece, (size_t) n))
        {
          channel->output_full = true;
          return;
        }
      channel->credit -= (uint32_t) n;
      recv (channel->fd, piece, (size_t) n, 0);
    }
}

static void
finish_dial (Channel *channel)
{
  int error = agent_socket_error (channel->fd);
  if (error != 0)
    {
      end (channel, error);
      return;
    }
  channel->state = CHANNEL_OPEN;
  channel->tell_dialled = true;
}

static bool
has_news (const Channel *channel)
{
  return channel->state == CHANNEL_ENDING || channel->tell_dialled || channel->tell_eof
         || channel->n_written >= EXEC_AGENT_WINDOW_BYTES / 4;
}

static bool
send_or_wait (Channel *channel, ExecAgentType type, uint32_t number)
{
  uint8_t payload[4];
  exec_agent_put32 (payload, number);
  if (agent_send (type, channel->id, payload, sizeof payload))
    return true;
  channel->output_full = true;
  return false;
}

/* Tells what is due, in order; stops at the first frame that the output does not take. */
static void
tell (Channel *channel)
{
  if (channel->tell_dialled && channel->state == CHANNEL_OPEN)
    {
      if (!send_or_wait (channel, EXEC_AGENT_DIALED, 0))
        return;
      channel->tell_dialled = false;
    }
  if (channel->n_written >= EXEC_AGENT_WINDOW_BYTES / 4)
    {
      if (!send_or_wait (channel, EXEC_AGENT_WINDOW_OUT, channel->n_written))
        return;
      channel->n_written = 0;
    }
  if (channel->tell_eof)
    {
      if (!send_or_wait (channel, EXEC_AGENT_EOF_OUT, 0))
        return;
      channel->tell_eof = false;
    }
  if (channel->state == CHANNEL_OPEN && channel->eof_out && channel->shut_out)
    end (channel, 0);
  if (channel->state == CHANNEL_ENDING
      && send_or_wait (channel, EXEC_AGENT_CLOSED, (uint32_t) channel->error))
    channel->state = CHANNEL_CLOSED;
}

static void
advance (Channel *channel, short events)
{
  if (channel->state == CHANNEL_DIALLING)
    {
      finish_dial (channel);
      return;
    }
  write_out (channel);
  if (channel->state == CHANNEL_OPEN && !channel->eof_out && !channel->output_full
      && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
    read_in (channel);
}

void
agent_channels_prepare (AgentPoll *poll)
{
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS; i++)
    {
      Channel *channel = &channels[i];
      channel->poll_index = SIZE_MAX;
      if (channel->state != CHANNEL_CLOSED && has_news (channel) && !channel->output_full)
        agent_poll_due (poll, 0);
      short events = channel->state == CHANNEL_CLOSED ? 0 : wanted_events (channel);
      if (events != 0)
        channel->poll_index = agent_poll_add (poll, channel->fd, events);
    }
}

void
agent_channels_check (const AgentPoll *poll)
{
  bool writable = (agent_poll_result (poll, AGENT_POLL_OUTPUT) & POLLOUT) != 0;
  for (size_t i = 0; i < EXEC_AGENT_MAX_CHANNELS; i++)
    {
      Channel *channel = &channels[i];
      if (channel->state == CHANNEL_CLOSED)
        continue;
      if (writable)
        channel->output_full = false;
      if (channel->poll_index != SIZE_MAX && agent_poll_result (poll, channel->poll_index) != 0)
        advance (channel, agent_poll_result (poll, channel->poll_index));
      if (!channel->output_full)
        tell (channel);
    }
}
