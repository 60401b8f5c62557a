/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as 20 bytes of a frame, and connections that are not waited for. Only numbers: a
 * static program must not resolve names.
 */

#include "exec/agent/agent.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

bool
agent_address_read (const uint8_t *bytes, struct sockaddr_storage *ret_address,
                    socklen_t *ret_length)
{
  uint16_t port = exec_agent_get16 (bytes + 2);
  if ((bytes[0] != 4 && bytes[0] != 6) || bytes[1] != 0 || port == 0)
    return false;
  memset (ret_address, 0, sizeof *ret_address);
  if (bytes[0] == 4)
    {
      struct sockaddr_in *in = (struct sockaddr_in *) ret_address;
      in->sin_family = AF_INET;
      in->sin_port = htons (port);
      memcpy (&in->sin_addr, bytes + 4, 4);
      *ret_length = sizeof *in;
    }
  else
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) ret_address;
      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (port);
      memcpy (&in6->sin6_addr, bytes + 4, 16);
      *ret_length = sizeof *in6;
    }
  return true;
}

/* A descriptor whose connection is under way, or -errno. */
int
agent_connect (const struct sockaddr_storage *address, socklen_t length)
{
  int fd = socket (address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  if (connect (fd, (const struct sockaddr *) address, length) < 0 && errno != EINPROGRESS)
    {
      int error = errno;
      close (fd);
      return -error;
    }
  return fd;
}

int
agent_socket_error (int fd)
{
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
    return errno;
  return error;
}
