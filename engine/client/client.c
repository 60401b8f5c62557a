/* SPDX-License-Identifier: Apache-2.0
 *
 * A component's connection to the API server. Requests under way lie in a row by tag, which
 * ascends, watches apart since they stay; one timer stands at the earliest deadline. A broken
 * connection, or a deadline that passes, gives an answer of our own making with a Status, one at
 * a time.
 * Source: client-go, rest. Departures: no client-side rate limit.
 */
#include "client/client.h"

#include "base/assert.h"
#include "base/time.h"
#include "machinery/gvk.h"
#include "machinery/status.h"

enum
{
  TIMEOUT_SECONDS = 34, /* upstream's request time-out of the server, and a little more */
};

#define TIMER_TAG (K8_CLIENT_TIMER_BIT | 1)

/* A request under way. */
typedef struct
{
  guint64 tag; /* 0: it is over, or a watch's place in the row of calls */
  guint64 cookie;
  gint64 deadline_ns; /* 0: none, as for a watch */
} Pending;

void
k8_client_init (K8Client *self, K8Context *context, const char *user)
{
  *self = (K8Client){ .timeout_ns = TIMEOUT_SECONDS * K8_SECOND_NS };
  self->user = k8_string_intern (context->region, user);
  /* Tags go on where they stood before a restart, so that late answers meet nobody. */
  self->next_tag = (k8_random_next (&context->actor->random) >> 24) << 20;
  k8_fifo_init (&self->calls, context->region, sizeof (Pending), NULL);
  k8_array_init (&self->watches, context->region, sizeof (Pending));
}

void
k8_client_clear (K8Client *self)
{
  k8_string_unref (self->user);
  k8_fifo_clear (&self->calls);
  k8_array_clear (&self->watches);
}

void
k8_client_clone (K8Client *ret_clone, const K8Client *self)
{
  *ret_clone = *self;
  k8_string_ref (self->user);
  k8_fifo_clone (&ret_clone->calls, &self->calls);
  k8_array_clone (&ret_clone->watches, &self->watches);
}

static void
replace_text (K8ApiRequest *self, const char **place, const char *text)
{
  const char *before = *place;

  *place = text == NULL ? NULL : k8_string_intern (k8_region_of (self), text);
  k8_string_unref (before);
}

void
k8_api_request_set_namespace (K8ApiRequest *self, const char *namespace_name)
{
  replace_text (self, &self->namespace_name, namespace_name);
}

void
k8_api_request_set_name (K8ApiRequest *self, const char *name)
{
  replace_text (self, &self->name, name);
}

void
k8_api_request_set_field_selector (K8ApiRequest *self, const char *selector)
{
  replace_text (self, &self->field_selector, selector);
}

void
k8_api_request_set_label_selector (K8ApiRequest *self, const char *selector)
{
  replace_text (self, &self->label_selector, selector);
}

void
k8_api_request_set_patch (K8ApiRequest *self, K8PatchType type, const char *body)
{
  self->patch_type = type;
  replace_text (self, &self->patch, body);
}

/* A request for a kind; the caller fills in the rest. (transfer full) */
K8ApiRequest *
k8_client_request (K8Client *self, K8Context *context, K8Verb verb, K8KindId kind)
{
  K8ApiRequest *request = k8_mail_new (context->region, &k8_api_request_class);

  request->user = k8_string_ref (self->user);
  request->kind = &k8_kinds[kind];
  request->verb = verb;
  request->grace_seconds = -1;
  return request;
}

/**
 * k8_client_request_for:
 * @object: the object itself for CREATE and UPDATE (counted); who is meant for GET, DELETE, PATCH
 * @revision: precondition, or 0
 *
 * A request about one object: kind, namespace and name are its own. (transfer full)
 */
K8ApiRequest *
k8_client_request_for (K8Client *self, K8Context *context, K8Verb verb, const void *object,
                       gint64 revision)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8KindInfo *kind = k8_kind_of_record (object);
  K8ApiRequest *request = k8_client_request (self, context, verb, kind->id);

  request->namespace_name = k8_string_ref (k8_object_meta_namespace (meta));
  request->name = k8_string_ref (k8_object_meta_name (meta));
  request->revision = revision;
  if (verb == K8_VERB_CREATE || verb == K8_VERB_UPDATE)
    request->object = k8_record_ref (object);
  return request;
}

/* Where a request under way lies, or NULL. Valid until the next one is sent or forgotten. */
static const Pending *
find_pending (const K8Client *self, guint64 tag)
{
  if (tag >= self->first_call && tag - self->first_call < k8_fifo_n (&self->calls))
    {
      const Pending *call = k8_fifo_at (&self->calls, (guint32) (tag - self->first_call));
      if (call->tag == tag)
        return call;
    }
  for (guint32 i = 0; i < k8_array_n (&self->watches); i++)
    if (((const Pending *) k8_array_at (&self->watches, i))->tag == tag)
      return k8_array_at (&self->watches, i);
  return NULL;
}

/* Keeps a request. Places in the row of calls follow from tags: a watch leaves one empty. */
static void
add_pending (K8Client *self, const Pending *pending, gboolean is_watch)
{
  static const Pending nothing;

  if (is_watch)
    *(Pending *) k8_array_add (&self->watches) = *pending;
  if (k8_fifo_n (&self->calls) == 0)
    self->first_call = pending->tag;
  if (!is_watch || k8_fifo_n (&self->calls) > 0)
    k8_fifo_push (&self->calls, is_watch ? &nothing : pending);
}

static void
forget_call (K8Client *self, guint32 place)
{
  const Pending *first;

  *(Pending *) k8_fifo_edit (&self->calls, place) = (Pending){ 0 };
  while ((first = k8_fifo_peek (&self->calls)) != NULL && first->tag == 0)
    {
      k8_fifo_pop (&self->calls, NULL);
      self->first_call++;
    }
  if (k8_fifo_n (&self->calls) == 0)
    k8_fifo_clear (&self->calls);
}

/* Forgets a request that is known. */
static void
forget (K8Client *self, guint64 tag)
{
  for (guint32 i = 0; i < k8_array_n (&self->watches); i++)
    if (((const Pending *) k8_array_at (&self->watches, i))->tag == tag)
      {
        k8_array_remove (&self->watches, i);
        return;
      }
  forget_call (self, (guint32) (tag - self->first_call));
}

/* The earliest deadline, or 0. */
static gint64
find_deadline (const K8Client *self)
{
  gint64 first = 0;

  for (guint32 i = 0; i < k8_fifo_n (&self->calls); i++)
    {
      const Pending *pending = k8_fifo_at (&self->calls, i);
      if (pending->deadline_ns != 0 && (first == 0 || pending->deadline_ns < first))
        first = pending->deadline_ns;
    }
  return first;
}

/* Sets the timer if none is set; one that fires early finds nothing due and is set anew. */
static void
ensure_timer (K8Client *self, K8Context *context, gint64 deadline_ns)
{
  if (self->timer == 0 && deadline_ns != 0)
    self->timer = k8_context_set_timer (context, MAX (deadline_ns - context->now_ns, 0), TIMER_TAG);
}

/**
 * k8_client_send:
 * @request: taken over
 * @cookie: comes back with the answer
 *
 * Sends a request. Without a server the answer is a time-out as from a silent one.
 *
 * Returns: the tag of the request; a watch's batches carry it.
 */
guint64
k8_client_send (K8Client *self, K8Context *context, K8ApiRequest *request, guint64 cookie)
{
  guint64 tag = ++self->next_tag;
  Pending pending = { .tag = tag, .cookie = cookie };

  if (self->server == 0)
    self->server = k8_context_find_kind (context, K8_ACTOR_APISERVER);
  if (self->server == 0)
    pending.deadline_ns = MAX (context->now_ns, 1);
  else if (request->verb != K8_VERB_WATCH)
    pending.deadline_ns = context->now_ns + self->timeout_ns;
  add_pending (self, &pending, request->verb == K8_VERB_WATCH && self->server != 0);
  ensure_timer (self, context, context->now_ns + self->timeout_ns);
  if (self->server == 0)
    {
      /* Connection refused: found out at once, told as soon as time moves on. */
      k8_context_cancel_timer (context, self->timer);
      self->timer = k8_context_set_timer (context, K8_MILLISECOND_NS, TIMER_TAG);
      k8_mail_unref (request);
      return tag;
    }
  k8_context_send (context, self->server, tag, request);
  return tag;
}

void
k8_client_end (K8Client *self, guint64 tag)
{
  if (find_pending (self, tag) != NULL)
    forget (self, tag);
}

/* An answer that no server sent. It lives until the step ends: the outbox holds it. */
static const K8ApiResponse *
make_failure (K8Context *context, guint code)
{
  K8ApiResponse *response = k8_mail_new (context->region, &k8_api_response_class);

  response->code = code;
  response->is_lost = TRUE;
  if (code == 503)
    response->status = k8_status_new_unavailable (context->region, "connection refused");
  else
    response->status = k8_status_new_timeout (context->region, "request timed out", 0);
  k8_array_init (&response->items, context->region, sizeof (K8ApiItem));
  k8_context_emit (context, K8_EFFECT_NONE, 0, response);
  return response;
}

/* The next request whose connection broke (@up_to_ns is G_MAXINT64) or whose time is up. */
static const Pending *
find_lost (const K8Client *self, gint64 up_to_ns)
{
  for (guint32 i = 0; i < k8_fifo_n (&self->calls); i++)
    {
      const Pending *call = k8_fifo_at (&self->calls, i);
      if (call->tag != 0 && call->deadline_ns <= up_to_ns)
        return call;
    }
  if (up_to_ns < G_MAXINT64 || k8_array_n (&self->watches) == 0)
    return NULL;
  return k8_array_at (&self->watches, 0);
}

static const K8ApiResponse *
give_up (K8Client *self, K8Context *context, gint64 up_to_ns, guint64 *ret_cookie)
{
  const Pending *lost = find_lost (self, up_to_ns);

  if (lost == NULL)
    return NULL;
  *ret_cookie = lost->cookie;
  forget (self, lost->tag);
  return make_failure (context, up_to_ns == G_MAXINT64 || self->server == 0 ? 503 : 504);
}

static const K8ApiResponse *
receive_answer (K8Client *self, const K8EngineEvent *event, guint64 *ret_cookie)
{
  const Pending *pending = find_pending (self, event->tag);

  if (pending == NULL || !k8_mail_is (event->mail, &k8_api_response_class))
    return NULL;
  *ret_cookie = pending->cookie;
  forget (self, event->tag);
  return (const K8ApiResponse *) event->mail;
}

const K8ApiResponse *
k8_client_receive (K8Client *self, K8Context *context, const K8EngineEvent *event,
                   guint64 *ret_cookie)
{
  const K8ApiResponse *response = NULL;

  if (event->type == K8_EVENT_MESSAGE)
    return receive_answer (self, event, ret_cookie);
  if (event->type == K8_EVENT_DISCONNECT && (event->from == self->server || self->server == 0))
    {
      self->server = 0;
      return give_up (self, context, G_MAXINT64, ret_cookie);
    }
  if (event->type != K8_EVENT_TIMER || event->tag != TIMER_TAG)
    return NULL;
  self->timer = 0;
  response = give_up (self, context, context->now_ns, ret_cookie);
  if (response == NULL)
    ensure_timer (self, context, find_deadline (self));
  return response;
}
