/* SPDX-License-Identifier: Apache-2.0
 *
 * The actor: which event goes where. A request is taken in, judged, and run as soon as the
 * caches have everything that etcd has confirmed, so that whoever has seen an answer finds its
 * effect in the next one.
 * Source: kubernetes apiserver pkg/server (v1.36).
 * Departures: requests wait while the server reads its store, instead of being refused;
 * one server, so a confirmed revision is the newest one without asking etcd.
 */
#include "apiserver/server.h"

#include "base/assert.h"

/* The kind as which objects of a kind are stored; what a Binding writes is a Pod. */
const K8KindInfo *
k8_storage_kind (const K8KindInfo *kind)
{
  if (kind->id == K8_KIND_EventsEvent)
    return &k8_kinds[K8_KIND_Event];
  return kind->id == K8_KIND_Binding ? &k8_kinds[K8_KIND_Pod] : kind;
}

const K8WatchCache *
k8_server_cache (const K8ApiServer *self, const K8KindInfo *kind)
{
  const K8WatchCache *cache = &self->caches[k8_storage_kind (kind)->id];

  k8_assert (cache->kind != NULL);
  return cache;
}

K8WatchCache *
k8_server_edit_cache (K8ApiServer *self, const K8KindInfo *kind)
{
  return (K8WatchCache *) k8_server_cache (self, kind);
}

static gboolean
is_fresh (const K8ApiServer *self)
{
  return self->state == K8_SERVER_SERVING && self->bootstrap_phase == K8_BOOTSTRAP_DONE
         && self->revision >= self->confirmed;
}

/* Runs a call that may run. */
void
k8_server_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  switch (call->request->verb)
    {
    case K8_VERB_GET:
      k8_read_get (self, context, call);
      break;
    case K8_VERB_LIST:
      k8_read_list (self, context, call);
      break;
    case K8_VERB_WATCH:
      k8_watch_run (self, context, call);
      break;
    case K8_VERB_CREATE:
      k8_create_run (self, context, call);
      break;
    case K8_VERB_UPDATE:
    case K8_VERB_PATCH:
      k8_update_run (self, context, call);
      break;
    case K8_VERB_DELETE:
      k8_delete_run (self, context, call);
      break;
    case K8_VERB_DELETE_COLLECTION:
      k8_delete_collection_run (self, context, call);
      break;
    case K8_VERB_NONE:
      k8_assert_not_reached ();
      break;
    }
}

static void
trace_request (K8Context *context, const K8ApiRequest *request)
{
  k8_trace (context, API_REQUEST,
            { K8_TEXT (k8_verb_name (request->verb)), K8_TEXT (request->kind->plural),
              K8_TEXT (k8_subresource_name (request->subresource)),
              K8_TEXT (request->namespace_name), K8_TEXT (request->name),
              K8_TEXT (request->user) });
}

/* Takes a call in: it runs now, or when the caches are fresh. */
void
k8_server_accept (K8ApiServer *self, K8Context *context, K8Call *call)
{
  trace_request (context, call->request);
  call->deadline_ns = context->now_ns + K8_API_WRITE_TIMEOUT_NS;
  if (is_fresh (self) && k8_fifo_n (&self->waiting) == 0)
    {
      k8_server_run (self, context, call);
      return;
    }
  k8_fifo_push (&self->waiting, call);
  if (self->pending_timer == 0)
    self->pending_timer
        = k8_context_set_timer (context, K8_API_WRITE_TIMEOUT_NS, K8_API_TIMER_PENDING);
}

/* Runs what has waited for the caches. */
static void
run_waiting (K8ApiServer *self, K8Context *context)
{
  K8Call call;

  while (is_fresh (self) && k8_fifo_pop (&self->waiting, &call))
    k8_server_run (self, context, &call);
}

static void
receive_message (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  if (event->from == self->etcd)
    k8_storage_receive (self, context, event);
  else if (k8_mail_is (event->mail, &k8_api_request_class))
    {
      K8Call call = { .request = k8_mail_ref (event->mail), .from = event->from,
                      .tag = event->tag };
      k8_server_accept (self, context, &call);
    }
  else if (k8_mail_is (event->mail, &k8_api_watch_cancel_class))
    k8_watch_cancel (self, context, event->from, event->tag);
}

static void
receive_timer (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  if (event->tag == K8_API_TIMER_CONNECT)
    {
      self->connect_timer = 0;
      k8_storage_connect (self, context);
    }
  else if (event->tag == K8_API_TIMER_PENDING)
    k8_call_expire (self, context);
  else if (event->tag == K8_API_TIMER_WATCHERS)
    k8_watch_fire_timers (self, context);
  else if (event->tag == K8_API_TIMER_COMPACT)
    k8_storage_compact (self, context);
}

static void
receive_disconnect (K8ApiServer *self, K8Context *context, K8ActorId from)
{
  if (from == self->etcd)
    {
      k8_storage_disconnect (self, context);
      return;
    }
  k8_watch_drop_client (self, from);
  k8_call_drop_client (self, context, from);
}

static void
server_receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  K8ApiServer *self = (K8ApiServer *) actor;

  if (event->type == K8_EVENT_MESSAGE)
    receive_message (self, context, event);
  else if (event->type == K8_EVENT_TIMER)
    receive_timer (self, context, event);
  else if (event->type == K8_EVENT_DISCONNECT)
    receive_disconnect (self, context, event->from);
  else if (event->type == K8_EVENT_REQUEST)
    k8_http_receive (self, context, event);
  else if (event->type == K8_EVENT_REQUEST_END)
    k8_watch_cancel (self, context, 0, event->tag);
  else if (event->type == K8_EVENT_SIGNED)
    k8_token_signed (self, context, event);
  if (self->bootstrap_phase != K8_BOOTSTRAP_DONE && self->state == K8_SERVER_SERVING)
    k8_bootstrap_step (self, context);
  run_waiting (self, context);
}

static void
server_start (K8Actor *actor, K8Context *context, const K8StartMail *start)
{
  K8ApiServer *self = (K8ApiServer *) actor;

  self->region = context->region;
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && k8_storage_kind (&k8_kinds[i]) == &k8_kinds[i])
      k8_watch_cache_init (&self->caches[i], context->region, &k8_kinds[i]);
  k8_slots_init (&self->pending, context->region, sizeof (K8Call), &k8_call_class);
  k8_index_init (&self->pending_by_tag, context->region);
  k8_fifo_init (&self->waiting, context->region, sizeof (K8Call), &k8_call_class);
  k8_slots_init (&self->watchers, context->region, sizeof (K8ApiWatcher), &k8_api_watcher_class);
  k8_index_init (&self->watchers_by_client, context->region);
  k8_heap_init (&self->watcher_timers, context->region, sizeof (K8WatcherTimer),
                &k8_watcher_timer_class, NULL);
  k8_array_init (&self->touched, context->region, sizeof (K8TouchedFeed));
  k8_allocator_init (&self->allocator, context->region, start->service_cidr);
  k8_storage_connect (self, context);
  k8_context_set_timer (context, K8_API_COMPACT_NS, K8_API_TIMER_COMPACT);
}

static void
server_clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const K8ApiServer *self = (const K8ApiServer *) actor;
  K8ApiServer *clone = (K8ApiServer *) ret_clone;

  for (guint i = 1; i < K8_N_KINDS; i++)
    k8_watch_cache_clone (&clone->caches[i], &self->caches[i]);
  k8_slots_clone (&clone->pending, &self->pending);
  k8_index_clone (&clone->pending_by_tag, &self->pending_by_tag);
  k8_fifo_clone (&clone->waiting, &self->waiting);
  k8_slots_clone (&clone->watchers, &self->watchers);
  k8_index_clone (&clone->watchers_by_client, &self->watchers_by_client);
  k8_heap_clone (&clone->watcher_timers, &self->watcher_timers, NULL);
  k8_array_clone (&clone->touched, &self->touched);
  k8_allocator_clone (&clone->allocator, &self->allocator);
}

static void
server_clear (K8Actor *actor)
{
  K8ApiServer *self = (K8ApiServer *) actor;

  for (guint i = 1; i < K8_N_KINDS; i++)
    k8_watch_cache_clear (&self->caches[i]);
  k8_slots_clear (&self->pending);
  k8_index_clear (&self->pending_by_tag);
  k8_fifo_clear (&self->waiting);
  k8_slots_clear (&self->watchers);
  k8_index_clear (&self->watchers_by_client);
  k8_heap_clear (&self->watcher_timers);
  k8_array_clear (&self->touched);
  k8_allocator_clear (&self->allocator);
}

const K8ActorClass k8_apiserver_actor_class = {
  .name = "apiserver",
  .kind = K8_ACTOR_APISERVER,
  .bytes = sizeof (K8ApiServer),
  .start = server_start,
  .receive = server_receive,
  .clone = server_clone,
  .clear = server_clear,
};
