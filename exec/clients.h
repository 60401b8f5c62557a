/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests of clients outside: tickets of the K8Driver, from the request as it came to the
 * last frame of its answer. Private to the driver.
 */

#pragma once

#include "apiserver/apiserver.h"
#include "driver.h"

typedef struct
{
  K8Region *region;
  /* A request for the API server (transfer full), and its end when the client has gone. */
  void (*asked) (guint64 ticket, K8HttpRequest *request, gpointer user_data);
  void (*left) (guint64 ticket, gpointer user_data);
  gpointer user_data;
} ExecClientsOptions;

typedef struct _ExecClients ExecClients;

ExecClients *exec_clients_new (const ExecClientsOptions *options);
void exec_clients_free (ExecClients *self);
K8Driver exec_clients_door (ExecClients *self);

/* RESPONSE, WATCH_EVENT and RESPONSE_END of the API server. */
void exec_clients_take (ExecClients *self, guint64 ticket, K8EffectType type, const K8Mail *mail);

/* Bytes of a stream that does not pass through the engine: a container's log. The head comes with
 * the first call; FALSE if the client has gone. */
gboolean exec_clients_begin_stream (ExecClients *self, guint64 ticket, const char *content_type);
gboolean exec_clients_write (ExecClients *self, guint64 ticket, const void *bytes, gsize length);
gsize exec_clients_n_waiting (const ExecClients *self, guint64 ticket); /* not pulled yet */
void exec_clients_end_stream (ExecClients *self, guint64 ticket);

/* An answer of our own, as a Status. */
void exec_clients_refuse (ExecClients *self, guint64 ticket, guint code, const char *reason,
                          const char *message);
