/* SPDX-License-Identifier: Apache-2.0
 *
 * States of a ticket: WAITING → HEAD (a response of the engine, or a stream of ours) → pulled
 * piece by piece → END. Frames of a watch wait as batches, which all watchers share, and become
 * bytes only when they are pulled; bytes of a stream wait as they are.
 */

#include "exec/clients.h"

#include "base/string.h"
#include "codec/json.h"


typedef struct
{
  guint64 id;
  K8DriverNotify notify;
  gpointer notify_data;
  const K8HttpResponse *response; /* counted; NULL while it has not come */
  K8HttpCursor cursor;
  GQueue batches;                 /* const K8WatchBatch, counted */
  GArray *headers;                /* K8DriverHeader, for get_head */
  GString *own;                   /* (nullable): what we answer without the engine */
  const char *own_type;
  guint own_code;
  gboolean is_ended;              /* nothing more will come */
} Ticket;

struct _ExecClients
{
  ExecClientsOptions options;
  GHashTable *tickets; /* guint64 → Ticket */
  guint64 next;
};

static void
ticket_free (gpointer user_data)
{
  Ticket *ticket = user_data;
  k8_mail_unref (ticket->response);
  g_queue_clear_full (&ticket->batches, (GDestroyNotify) k8_mail_unref);
  g_array_free (ticket->headers, TRUE);
  if (ticket->own != NULL)
    g_string_free (ticket->own, TRUE);
  g_free (ticket);
}

static Ticket *
find (const ExecClients *self, guint64 id)
{
  return g_hash_table_lookup (self->tickets, &id);
}

static void
tell (Ticket *ticket)
{
  ticket->notify (ticket->id, ticket->notify_data);
}

ExecClients *
exec_clients_new (const ExecClientsOptions *options)
{
  ExecClients *self = g_new0 (ExecClients, 1);
  self->options = *options;
  self->tickets = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, ticket_free);
  return self;
}

void
exec_clients_free (ExecClients *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->tickets);
  g_free (self);
}

/* ---- From the engine ---- */

void
exec_clients_take (ExecClients *self, guint64 id, K8EffectType type, const K8Mail *mail)
{
  Ticket *ticket = find (self, id);
  if (ticket == NULL)
    return;
  if (type == K8_EFFECT_RESPONSE)
    {
      ticket->response = k8_mail_ref (mail);
      ticket->is_ended = ticket->response->body != K8_BODY_WATCH;
    }
  else if (type == K8_EFFECT_WATCH_EVENT)
    g_queue_push_tail (&ticket->batches, k8_mail_ref (mail));
  else
    ticket->is_ended = TRUE;
  tell (ticket);
}

/* ---- Without the engine ---- */

gboolean
exec_clients_begin_stream (ExecClients *self, guint64 id, const char *content_type)
{
  Ticket *ticket = find (self, id);
  if (ticket == NULL || ticket->response != NULL || ticket->own != NULL)
    return FALSE;
  ticket->own = g_string_new (NULL);
  ticket->own_code = 200;
  ticket->own_type = content_type;
  tell (ticket);
  return TRUE;
}

gboolean
exec_clients_write (ExecClients *self, guint64 id, const void *bytes, gsize length)
{
  Ticket *ticket = find (self, id);
  if (ticket == NULL || ticket->own == NULL)
    return FALSE;
  g_string_append_len (ticket->own, bytes, (gssize) length);
  tell (ticket);
  return TRUE;
}

gsize
exec_clients_n_waiting (const ExecClients *self, guint64 id)
{
  const Ticket *ticket = find (self, id);
  return ticket != NULL && ticket->own != NULL ? ticket->own->len : 0;
}

void
exec_clients_end_stream (ExecClients *self, guint64 id)
{
  Ticket *ticket = find (self, id);
  if (ticket == NULL)
    return;
  ticket->is_ended = TRUE;
  tell (ticket);
}

void
exec_clients_refuse (ExecClients *self, guint64 id, guint code, const char *reason,
                     const char *message)
{
  Ticket *ticket = find (self, id);
  if (ticket == NULL || ticket->response != NULL || ticket->own != NULL)
    return;
  K8StatusEdit edit;
  k8_status_edit (&edit, self->options.region, NULL);
  k8_status_set_status (&edit, "Failure");
  k8_status_set_message (&edit, message);
  k8_status_set_reason (&edit, reason);
  k8_status_set_code (&edit, (gint32) code);
  k8_autounref const K8Status *status = k8_status_seal (&edit);
  ticket->own = g_string_new (NULL);
  k8_json_encode (ticket->own, status, &(K8JsonOptions){ .kind = k8_kind_of_record (status) });
  ticket->own_code = code;
  ticket->own_type = "application/json";
  ticket->is_ended = TRUE;
  tell (ticket);
}

/* ---- The door ---- */

static K8DriverTicket
submit (void *driver, const K8DriverRequest *given, K8DriverNotify notify, void *user)
{
  ExecClients *self = driver;
  K8Region *region = self->options.region;
  Ticket *ticket = g_new0 (Ticket, 1);
  ticket->id = ++self->next;
  ticket->notify = notify;
  ticket->notify_data = user;
  ticket->headers = g_array_new (FALSE, FALSE, sizeof (K8DriverHeader));
  g_queue_init (&ticket->batches);
  g_hash_table_insert (self->tickets, &ticket->id, ticket);
  K8HttpRequest *request = k8_http_request_new (region, given->method, given->target);
  if (given->peer != NULL)
    request->peer = k8_string_intern (region, given->peer);
  for (guint i = 0; i < given->n_headers; i++)
    k8_http_request_add_header (request, given->headers[i].name, given->headers[i].value);
  if (given->body != NULL && given->body_bytes > 0)
    k8_http_request_set_body (request, given->body, given->body_bytes);
  guint64 id = ticket->id;
  self->options.asked (id, request, self->options.user_data);
  return id;
}

static gboolean
get_head (void *driver, K8DriverTicket id, K8DriverHead *ret_head)
{
  Ticket *ticket = find (driver, id);
  if (ticket == NULL || (ticket->response == NULL && ticket->own == NULL))
    return FALSE;
  if (ticket->own != NULL)
    {
      *ret_head = (K8DriverHead){ .code = ticket->own_code, .content_type = ticket->own_type,
                                  .is_stream = ticket->own_code == 200 };
      return TRUE;
    }
  g_array_set_size (ticket->headers, 0);
  for (guint32 i = 0; i < k8_array_n (&ticket->response->headers); i++)
    {
      const K8HttpHeader *header = k8_array_at (&ticket->response->headers, i);
      K8DriverHeader shown = { .name = header->name, .value = header->value };
      g_array_append_val (ticket->headers, shown);
    }
  *ret_head = (K8DriverHead){ .code = ticket->response->code,
                              .content_type = ticket->response->content_type,
                              .headers = (const K8DriverHeader *) (void *) ticket->headers->data,
                              .n_headers = ticket->headers->len,
                              .is_stream = ticket->response->body == K8_BODY_WATCH };
  return TRUE;
}

static K8PullResult
pull_own (Ticket *ticket, GString *out, gsize max_bytes)
{
  gsize n = MIN (ticket->own->len, max_bytes);
  g_string_append_len (out, ticket->own->str, (gssize) n);
  g_string_erase (ticket->own, 0, (gssize) n);
  if (ticket->own->len > 0)
    return K8_PULL_MORE;
  return ticket->is_ended ? K8_PULL_END : K8_PULL_WAIT;
}

static K8PullResult
pull_watch (Ticket *ticket, GString *out, gsize max_bytes)
{
  while (out->len < max_bytes)
    {
      K8Mail *batch = g_queue_pop_head (&ticket->batches);
      if (batch == NULL)
        return ticket->is_ended ? K8_PULL_END : K8_PULL_WAIT;
      k8_http_encode_watch (ticket->response, &ticket->cursor, (const K8WatchBatch *) batch, out);
      k8_mail_unref (batch);
    }
  return K8_PULL_MORE;
}

static K8PullResult
pull (void *driver, K8DriverTicket id, GString *out, gsize max_bytes)
{
  Ticket *ticket = find (driver, id);
  if (ticket == NULL)
    return K8_PULL_END;
  if (ticket->own != NULL)
    return pull_own (ticket, out, max_bytes);
  if (ticket->response == NULL)
    return K8_PULL_WAIT;
  if (ticket->response->body == K8_BODY_WATCH)
    return pull_watch (ticket, out, max_bytes);
  if (k8_http_encode_piece (ticket->response, &ticket->cursor, out, max_bytes))
    return K8_PULL_MORE;
  return K8_PULL_END;
}

/* LATER: exec, attach and port-forward: the API server has no such subresources yet. */
static void
write_stream (void *driver, K8DriverTicket id, const char *bytes, gsize n_bytes, gboolean is_end)
{
}

static void
cancel (void *driver, K8DriverTicket id)
{
  ExecClients *self = driver;
  Ticket *ticket = find (self, id);
  if (ticket == NULL)
    return;
  gboolean is_open = !ticket->is_ended;
  g_hash_table_remove (self->tickets, &id);
  if (is_open)
    self->options.left (id, self->options.user_data);
}

static const K8DriverInterface door = {
  .submit = submit,
  .get_head = get_head,
  .pull = pull,
  .write = write_stream,
  .cancel = cancel,
};

K8Driver
exec_clients_door (ExecClients *self)
{
  return (K8Driver){ .interface = &door, .self = self };
}
