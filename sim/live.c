/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated world as a driver. A ticket is a request: its head and body come as mail from the
 * engine, its frames (watches) as batches that wait until they are pulled, the log of a container
 * as text that is worked out while time passes.
 * States of a ticket: WAITING → HEAD (response came) → pulled piece by piece → END.
 */
#include "sim/live.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "apiserver/apiserver.h"
#include "base/assert.h"
#include "base/string.h"
#include "base/time.h"
#include "sim/container_log.h"

/* In place of tailLines: what is new, all of it. */
#define FOLLOWING ((gint64) -2)

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
  const K8LogRequest *log;        /* counted: the log of a container is wanted */
  gint64 log_until_ns;            /* so far it has been told */
  gint64 log_left_bytes;          /* of limitBytes; -1: no limit */
  GString *log_text;              /* to be pulled */
  gboolean is_log_refused;        /* its text is a Status */
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
  k8_mail_unref (ticket->log);
  g_string_free (ticket->log_text, TRUE);
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

/* Whoever is told may cancel others. */
static void
notify_all (SimLive *self, const GArray *ids)
{
  for (guint i = 0; i < ids->len; i++)
    {
      Ticket *ticket = find_ticket (self, g_array_index (ids, guint64, i));
      if (ticket != NULL)
        notify (ticket);
    }
}

/* A kubelet that cannot be asked: what the API server then says. */
static void
refuse_log (Ticket *ticket, GString *message)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  ticket->is_ended = ticket->is_log_refused = TRUE;
  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "kind"), "Status");
  json_builder_add_string_value (json_builder_set_member_name (builder, "apiVersion"), "v1");
  json_builder_begin_object (json_builder_set_member_name (builder, "metadata"));
  json_builder_end_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "status"), "Failure");
  json_builder_add_string_value (json_builder_set_member_name (builder, "message"), message->str);
  json_builder_add_int_value (json_builder_set_member_name (builder, "code"), 500);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);
  g_string_assign (ticket->log_text, text);
}

/* Takes what the container has written since it was last asked. */
static void
read_log (const SimWorld *world, Ticket *ticket, gint64 until_ns, gint64 tail_lines)
{
  SimLogQuery query = { .container_id = ticket->log->container_id,
                        .after_ns = ticket->log_until_ns,
                        .until_ns = until_ns,
                        .tail_lines = tail_lines,
                        .has_timestamps = ticket->log->has_timestamps };
  g_autoptr (GString) lines = g_string_new (NULL);
  SimLogState state = sim_container_log (world, &query, lines);

  ticket->log_until_ns = until_ns;
  ticket->is_ended = state != SIM_LOG_OPEN || !ticket->log->is_following;
  if (state == SIM_LOG_UNREACHABLE && tail_lines != FOLLOWING)
    {
      refuse_log (ticket, lines);
      return;
    }
  if (state == SIM_LOG_GONE && tail_lines != FOLLOWING)
    g_string_append_printf (lines, "unable to retrieve container logs for simulated://%s",
                            k8_string_or_empty (ticket->log->container_id));
  else if (state == SIM_LOG_UNREACHABLE)
    return;
  if (ticket->log_left_bytes >= 0)
    {
      g_string_truncate (lines, MIN (lines->len, (gsize) ticket->log_left_bytes));
      ticket->log_left_bytes -= (gint64) lines->len;
      ticket->is_ended = ticket->is_ended || ticket->log_left_bytes == 0;
    }
  g_string_append_len (ticket->log_text, lines->str, (gssize) lines->len);
}

static void
open_log (SimLive *self, Ticket *ticket, const K8LogRequest *log)
{
  const SimWorld *world = sim_timeline_world (self->timeline);

  ticket->log = k8_mail_ref (log);
  ticket->log_left_bytes = log->limit_bytes > 0 ? log->limit_bytes : -1;
  ticket->log_until_ns = -1;
  if (log->since_seconds > 0)
    ticket->log_until_ns = world->now_ns - log->since_seconds * K8_SECOND_NS - 1;
  read_log (world, ticket, world->now_ns, log->tail_lines);
}

/* Time has passed: who follows a log is told what is new in it. */
static void
follow_logs (SimLive *self, gint64 now_ns)
{
  GHashTableIter iter;
  gpointer value;
  g_autoptr (GArray) news = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_hash_table_iter_init (&iter, self->tickets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Ticket *ticket = value;
      if (ticket->log == NULL || ticket->is_ended || ticket->log_until_ns >= now_ns)
        continue;
      read_log (sim_timeline_world (self->timeline), ticket, now_ns, FOLLOWING);
      if (ticket->is_ended || ticket->log_text->len > 0)
        g_array_append_val (news, ticket->id);
    }
  notify_all (self, news);
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
  else if (type == K8_EFFECT_STREAM && k8_mail_is (mail, &k8_log_request_class))
    open_log (self, ticket, (const K8LogRequest *) mail);
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
  notify_all (self, ids);
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
    n += ((Ticket *) value)->response == NULL && !((Ticket *) value)->is_refused
         && ((Ticket *) value)->log == NULL;
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
  guint64 n = sim_timeline_run (self->timeline, until_ns, max_steps);

  follow_logs (self, n < max_steps ? until_ns : sim_timeline_world (self->timeline)->now_ns);
  return n;
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
  ticket->log_text = g_string_new (NULL);
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
      || (ticket->response == NULL && !ticket->is_refused && ticket->log == NULL))
    return FALSE;
  if (ticket->log != NULL)
    {
      *ret_head = (K8DriverHead){ .code = ticket->is_log_refused ? 500 : 200,
                                  .content_type = ticket->is_log_refused ? "application/json"
                                                                         : "text/plain",
                                  .is_stream = ticket->log->is_following };
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
pull_log (Ticket *ticket, GString *out, gsize max_bytes)
{
  gsize n = MIN (ticket->log_text->len, max_bytes);

  g_string_append_len (out, ticket->log_text->str, (gssize) n);
  g_string_erase (ticket->log_text, 0, (gssize) n);
  if (ticket->log_text->len > 0)
    return K8_PULL_MORE;
  return ticket->is_ended ? K8_PULL_END : K8_PULL_WAIT;
}

static K8PullResult
pull (void *driver, K8DriverTicket id, GString *out, gsize max_bytes)
{
  Ticket *ticket = find_ticket (driver, id);

  if (ticket == NULL)
    return K8_PULL_END;
  if (ticket->log != NULL)
    return pull_log (ticket, out, max_bytes);
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
