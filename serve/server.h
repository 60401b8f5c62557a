/* SPDX-License-Identifier: Apache-2.0
 *
 * The API server's HTTP face: TLS on a loopback address, framing checks, limits, and the way
 * between a connection and a ticket of the driver. It decides nothing about Kubernetes: what a
 * request means is the engine's business. Everything runs in the default main context.
 */
#pragma once

#include "driver.h"
#include "serve/identity.h"

typedef struct ServeServer ServeServer;

typedef struct
{
  K8Driver driver;
  const ServeIdentity *identity;
  const char *address; /* NULL: 127.0.0.1 */
  guint16 port;        /* 0: any free one */
  int listen_fd;       /* of serve_listen (), taken over; 0: the server listens by itself */
  gboolean is_plain;   /* without TLS: for tests */
} ServeOptions;

/* Takes a port (0: any free one) of an address (NULL: 127.0.0.1) before there is anything to
 * serve; who connects waits. The descriptor, or -1 if the port is taken or may not be used. */
int serve_listen (const char *address, guint16 port, GError **error);
guint16 serve_listen_port (int fd);

/* Listens from now on. NULL with @error if the port is taken or may not be used. */
ServeServer *serve_server_new (const ServeOptions *options, GError **error);
guint16 serve_server_port (const ServeServer *self);
char *serve_server_dup_url (const ServeServer *self);
guint serve_server_n_requests (const ServeServer *self); /* answered so far */
void serve_server_free (ServeServer *self);
