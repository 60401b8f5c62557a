/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated world as a driver. A ticket is a request: its head and body come as mail from the
 * engine, its frames (watches) as batches that wait until they are pulled.
 * States of a ticket: WAITING → HEAD (response came) → pulled piece by piece → END.
 */
#include "sim/live.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"

typedef struct
{
  K8DriverTicket id;
  K8DriverNotify notify;
  void *user;
  const K8HttpResponse *response; /* counted; NULL while it has not come */
  K8HttpCursor cursor;
  GQueue batches;                 /* const K8WatchBatch, counted */
  GArray *headers;                /* K8DriverHeader, for get_head */
  gboolean is_ended;              /* no more batches will come */
  gboolean is_body_done;
  gboolean is_refused;            /* no API server: 503 of our own */
  gboolean has_told_refusal;
  gboolean is_silent;             /* the log of a container: a simulated program prints nothing */
} Ticket;

struct SimLive
{
  SimTimeline *timeline;
  GHashTable *tickets; /* guint64 → Ticket */
  SimTraceSink trace;
  void *trace_user;
  void (*wake) (void *user);
  void *wake_user;
};

static const char refusal[]
    = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
      "\"message\":\"the API server is down\",\"reason\":\"ServiceUnavailable\",\"code\":503}\n";

static void
ticket_free (void *data)
{
  Ticket *ticket = data;

  k8_mail_unref (ticket->response);
  g_queue_clear_full (&ticket->batches, (GDestroyNotify) k8_mail_unref);
  g_array_free (ticket->headers, TRUE);
  g_free (ticket);
}

static Ticket *
find_ticket (const SimLive *self, guint64 id)
{
  return g_hash_table_lookup (self->tickets, &id);
}

static void
notify (Ticket *ticket)
{
  ticket->notify (ticket->id, ticket->user);
}

/* What the engine says to a client. */
static void
respond (void *user, guint64 tag, K8EffectType type, const K8Mail *mail)
{
  SimLive *self = user;
  Ticket *ticket = find_ticket (self, tag);

  if (ticket == NULL)
    return;
  if (type == K8_EFFECT_RESPONSE)
    {
      ticket->response = k8_mail_ref (mail);
      ticket->is_ended = ticket->response->body != K8_BODY_WATCH;
    }
  else if (type == K8_EFFECT_WATCH_EVENT)
    g_queue_push_tail (&ticket->batches, k8_mail_ref (mail));
  else if (type == K8_EFFECT_STREAM)
    ticket->is_silent = ticket->is_ended = TRUE;
  else
    ticket->is_ended = TRUE;
  notify (ticket);
}

/* A dead API server ends what its clients had open. */
static void
end_all (SimLive *self)
{
  GHashTableIter iter;
  gpointer value;
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_hash_table_iter_init (&iter, self->tickets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Ticket *ticket = value;
      ticket->is_ended = TRUE;
      ticket->is_refused = ticket->response == NULL;
      g_array_append_val (ids, ticket->id);
    }
  for (guint i = 0; i < ids->len; i++)
    {
      Ticket *ticket = find_ticket (self, g_array_index (ids, guint64, i));
      if (ticket != NULL)
        notify (ticket);
    }
  g_array_free (ids, TRUE);
}

static void
take_trace (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  SimLive *self = user;

  if (self->trace != NULL)
    self->trace (self->trace_user, world, record);
  if (record->type == K8_TRACE_ACTOR_STOPPED
      && k8_engine_actor_kind (world->engine, record->actor) == K8_ACTOR_APISERVER)
    end_all (self);
}

SimLive *
sim_live_new (SimTimeline *timeline)
{
  SimLive *self = g_new0 (SimLive, 1);

  self->timeline = timeline;
  self->tickets = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, ticket_free);
  sim_timeline_set_hooks (timeline, &(SimHooks){ .respond = respond,
                                                 .respond_user = self,
                                                 .trace = take_trace,
                                                 .trace_user = self });
  return self;
}

void
sim_live_free (SimLive *self)
{
  if (self == NULL)
    return;
  sim_timeline_set_hooks (self->timeline, &(SimHooks){ 0 });
  g_hash_table_unref (self->tickets);
  g_free (self);
}

void
sim_live_set_trace (SimLive *self, SimTraceSink trace, void *user)
{
  self->trace = trace;
  self->trace_user = user;
}

void
sim_live_set_wake (SimLive *self, void (*wake) (void *user), void *user)
{
  self->wake = wake;
  self->wake_user = user;
}

guint
sim_live_n_tickets (const SimLive *self)
{
  return g_hash_table_size (self->tickets);
}

guint
sim_live_n_waiting (const SimLive *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->tickets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((Ticket *) value)->response == NULL && !((Ticket *) value)->is_refused;
  return n;
}

guint
sim_live_n_watches (const SimLive *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->tickets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Ticket *ticket = value;
      n += ticket->response != NULL && ticket->response->body == K8_BODY_WATCH;
    }
  return n;
}

guint64
sim_live_run (SimLive *self, gint64 until_ns, guint64 max_steps)
{
  return sim_timeline_run (self->timeline, until_ns, max_steps);
}

void
sim_live_seek (SimLive *self, gint64 at_ns)
{
  end_all (self);
  sim_timeline_seek (self->timeline, at_ns);
}

/* The same by a number of steps: to a checkpoint exactly. */
void
sim_live_seek_step (SimLive *self, guint64 n_steps)
{
  end_all (self);
  sim_timeline_seek_step (self->timeline, n_steps);
}

static K8HttpRequest *
make_request (SimLive *self, const K8DriverRequest *given)
{
  K8Region *region = sim_timeline_world (self->timeline)->region;
  K8HttpRequest *request = k8_http_request_new (region, given->method, given->target);

  if (given->peer != NULL)
    request->peer = k8_string_intern (region, given->peer);
  for (guint i = 0; i < given->n_headers; i++)
    k8_http_request_add_header (request, given->headers[i].name, given->headers[i].value);
  if (given->body != NULL && given->body_bytes > 0)
    k8_http_request_set_body (request, given->body, given->body_bytes);
  return request;
}

static K8DriverTicket
submit (void *driver, const K8DriverRequest *given, K8DriverNotify notify_func, void *user)
{
  SimLive *self = driver;
  SimWorld *world = sim_timeline_world (self->timeline);
  K8ActorId server = k8_engine_find_actor (world->engine, "apiserver-0");
  Ticket *ticket = g_new0 (Ticket, 1);

  ticket->id = sim_timeline_request (self->timeline, make_request (self, given));
  ticket->notify = notify_func;
  ticket->user = user;
  ticket->headers = g_array_new (FALSE, FALSE, sizeof (K8DriverHeader));
  g_queue_init (&ticket->batches);
  g_hash_table_insert (self->tickets, &ticket->id, ticket);
  if (server != 0 && !k8_engine_is_running (world->engine, server))
    ticket->is_refused = ticket->is_ended = TRUE;
  if (self->wake != NULL)
    self->wake (self->wake_user);
  return ticket->id;
}

static gboolean
get_head (void *driver, K8DriverTicket id, K8DriverHead *ret_head)
{
  Ticket *ticket = find_ticket (driver, id);

  if (ticket == NULL
      || (ticket->response == NULL && !ticket->is_refused && !ticket->is_silent))
    return FALSE;
  if (ticket->is_silent)
    {
      *ret_head = (K8DriverHead){ .code = 200, .content_type = "text/plain" };
      return TRUE;
    }
  if (ticket->is_refused)
    {
      *ret_head = (K8DriverHead){ .code = 503, .content_type = "application/json" };
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
  Ticket *ticket = find_ticket (driver, id);

  if (ticket == NULL || ticket->is_silent)
    return K8_PULL_END;
  if (ticket->is_refused)
    {
      if (!ticket->has_told_refusal)
        g_string_append (out, refusal);
      ticket->has_told_refusal = TRUE;
      return K8_PULL_END;
    }
  if (ticket->response == NULL)
    return K8_PULL_WAIT;
  if (ticket->response->body == K8_BODY_WATCH)
    return pull_watch (ticket, out, max_bytes);
  if (k8_http_encode_piece (ticket->response, &ticket->cursor, out, max_bytes))
    return K8_PULL_MORE;
  return K8_PULL_END;
}

/* Streams of a client: exec, attach and port-forward are not served by the simulator yet. */
static void
write_stream (void *driver, K8DriverTicket id, const char *bytes, gsize n_bytes, gboolean is_end)
{
}

static void
cancel (void *driver, K8DriverTicket id)
{
  SimLive *self = driver;
  Ticket *ticket = find_ticket (self, id);

  if (ticket == NULL)
    return;
  if (!ticket->is_ended)
    sim_timeline_end_request (self->timeline, id);
  g_hash_table_remove (self->tickets, &id);
}

static const K8DriverInterface interface = {
  .submit = submit,
  .get_head = get_head,
  .pull = pull,
  .write = write_stream,
  .cancel = cancel,
};

K8Driver
sim_live_driver (SimLive *self)
{
  return (K8Driver){ .interface = &interface, .self = self };
}
