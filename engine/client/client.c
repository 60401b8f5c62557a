/* SPDX-License-Identifier: Apache-2.0
 *
 * A component's connection to the API server. Requests under way lie in a table by tag; one
 * timer stands at the earliest deadline. A broken connection, or a deadline that passes, gives
 * an answer of our own making with a Status, one at a time.
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
  guint64 tag;
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
  k8_slots_init (&self->pending, context->region, sizeof (Pending), NULL);
  k8_index_init (&self->by_tag, context->region);
}

void
k8_client_clear (K8Client *self)
{
  k8_string_unref (self->user);
  k8_slots_clear (&self->pending);
  k8_index_clear (&self->by_tag);
}

void
k8_client_clone (K8Client *ret_clone, const K8Client *self)
{
  *ret_clone = *self;
  k8_string_ref (self->user);
  k8_slots_clone (&ret_clone->pending, &self->pending);
  k8_index_clone (&ret_clone->by_tag, &self->by_tag);
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

/* The earliest deadline, or 0. */
static gint64
find_deadline (const K8Client *self)
{
  gint64 first = 0;

  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      const Pending *pending = k8_slots_get (&self->pending, slot);
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
  guint32 slot = k8_slots_add (&self->pending);
  Pending *pending = k8_slots_edit (&self->pending, slot);

  *pending = (Pending){ .tag = tag, .cookie = cookie };
  if (request->verb != K8_VERB_WATCH)
    pending->deadline_ns = context->now_ns + self->timeout_ns;
  k8_index_put (&self->by_tag, tag, slot);
  if (self->server == 0)
    self->server = k8_context_find_kind (context, K8_ACTOR_APISERVER);
  ensure_timer (self, context, context->now_ns + self->timeout_ns);
  if (self->server == 0)
    {
      /* Connection refused: found out at once, told as soon as time moves on. */
      ((Pending *) k8_slots_edit (&self->pending, slot))->deadline_ns = MAX (context->now_ns, 1);
      k8_context_cancel_timer (context, self->timer);
      self->timer = k8_context_set_timer (context, K8_MILLISECOND_NS, TIMER_TAG);
      k8_mail_unref (request);
      return tag;
    }
  k8_context_send (context, self->server, tag, request);
  return tag;
}

static void
forget (K8Client *self, guint32 slot)
{
  const Pending *pending = k8_slots_get (&self->pending, slot);

  k8_index_remove (&self->by_tag, pending->tag);
  k8_slots_remove (&self->pending, slot);
}

void
k8_client_end (K8Client *self, guint64 tag)
{
  guint32 slot = k8_index_find (&self->by_tag, tag);

  if (slot != 0)
    forget (self, slot);
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
static guint32
find_lost (const K8Client *self, gint64 up_to_ns)
{
  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      const Pending *pending = k8_slots_get (&self->pending, slot);
      if (up_to_ns == G_MAXINT64 || (pending->deadline_ns != 0 && pending->deadline_ns <= up_to_ns))
        return slot;
    }
  return 0;
}

static const K8ApiResponse *
give_up (K8Client *self, K8Context *context, gint64 up_to_ns, guint64 *ret_cookie)
{
  guint32 slot = find_lost (self, up_to_ns);

  if (slot == 0)
    return NULL;
  *ret_cookie = ((const Pending *) k8_slots_get (&self->pending, slot))->cookie;
  forget (self, slot);
  return make_failure (context, up_to_ns == G_MAXINT64 || self->server == 0 ? 503 : 504);
}

static const K8ApiResponse *
receive_answer (K8Client *self, const K8EngineEvent *event, guint64 *ret_cookie)
{
  guint32 slot = k8_index_find (&self->by_tag, event->tag);

  if (slot == 0 || !k8_mail_is (event->mail, &k8_api_response_class))
    return NULL;
  *ret_cookie = ((const Pending *) k8_slots_get (&self->pending, slot))->cookie;
  forget (self, slot);
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
