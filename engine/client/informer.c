/* SPDX-License-Identifier: Apache-2.0
 *
 * Informer. States: IDLE → LISTING (start) → WATCHING (list arrived) → WATCHING again (resume: the
 * watch ended); a failure leads to BACKING_OFF and from there to what failed, after 410 (the
 * revision is gone) to LISTING.
 * Invariant: the cache says what the API server said at `revision`.
 * Source: client-go, tools/cache Reflector. Departures: no paging of the first list; no resync.
 */
#include "client/informer.h"

#include "base/assert.h"
#include "base/time.h"
#include "client/recorder.h"
#include "machinery/gvk.h"

#define FIRST_BACKOFF_NS (800 * K8_MILLISECOND_NS)
#define MAX_BACKOFF_NS (30 * K8_SECOND_NS)
#define COOKIE(self) (K8_INFORMER_COOKIE | (self)->id)

enum
{
  MAX_DOUBLINGS = 6,
  TIMER_INFORMER = 0x100,
};

void
k8_informer_init (K8Informer *self, K8Context *context, K8KindId kind, guint32 id,
                  K8ChangeHandler handler)
{
  *self = (K8Informer){ .id = id, .handler = handler };
  k8_assert (id > 0 && id <= 250);
  k8_cache_init (&self->cache, context->region, &k8_kinds[kind]);
}

/* Narrows the informer; before it is started. */
void
k8_informer_set_field_selector (K8Informer *self, K8Context *context, const char *selector)
{
  k8_assert (self->state == K8_INFORMER_IDLE);
  k8_string_unref (self->field_selector);
  self->field_selector = k8_string_intern (context->region, selector);
}

void
k8_informer_clear (K8Informer *self)
{
  k8_cache_clear (&self->cache);
  k8_string_unref (self->field_selector);
}

void
k8_informer_clone (K8Informer *ret_clone, const K8Informer *self)
{
  *ret_clone = *self;
  k8_cache_clone (&ret_clone->cache, &self->cache);
  k8_string_ref (self->field_selector);
}

static K8ApiRequest *
make_request (K8Informer *self, K8Client *client, K8Context *context, K8Verb verb)
{
  K8ApiRequest *request = k8_client_request (client, context, verb, self->cache.kind->id);

  request->field_selector = k8_string_ref (self->field_selector);
  return request;
}

static void
list (K8Informer *self, K8Client *client, K8Context *context)
{
  self->state = K8_INFORMER_LISTING;
  k8_client_send (client, context, make_request (self, client, context, K8_VERB_LIST),
                  COOKIE (self));
}

static void
watch (K8Informer *self, K8Client *client, K8Context *context)
{
  K8ApiRequest *request = make_request (self, client, context, K8_VERB_WATCH);

  /* Upstream's reflector asks for 5 to 10 minutes. */
  request->timeout_ns = k8_random_between (&context->actor->random, 300, 600) * K8_SECOND_NS;
  request->revision = self->revision;
  request->wants_bookmarks = TRUE;
  self->state = K8_INFORMER_WATCHING;
  self->watch_tag = k8_client_send (client, context, request, COOKIE (self));
}

void
k8_informer_start (K8Informer *self, K8Client *client, K8Context *context)
{
  k8_assert (self->state == K8_INFORMER_IDLE);
  list (self, client, context);
}

static void
back_off (K8Informer *self, K8Context *context)
{
  gint64 delay_ns = FIRST_BACKOFF_NS << MIN (self->n_failures, (guint32) MAX_DOUBLINGS);

  delay_ns = MIN (delay_ns, MAX_BACKOFF_NS);
  delay_ns += (gint64) k8_random_below (&context->actor->random, (guint64) delay_ns);
  self->n_failures++;
  self->state = K8_INFORMER_BACKING_OFF;
  self->timer = k8_context_set_timer (context, delay_ns,
                                      K8_CLIENT_TIMER_BIT | TIMER_INFORMER | self->id);
}

/* Puts an object into the cache and tells the handler. */
static guint32
put (K8Informer *self, K8Context *context, const void *object, gint64 revision, void *user)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8CacheEntry *known = k8_cache_find (&self->cache, k8_object_meta_namespace (meta),
                                             k8_object_meta_name (meta));
  const void *before = known == NULL ? NULL : k8_record_ref (known->object);

  if (known != NULL && known->revision == revision)
    {
      k8_record_unref (before);
      return k8_cache_slot_of (&self->cache, known->namespace_name, known->name);
    }
  K8Change change = { .type = before == NULL ? K8_CHANGE_ADDED : K8_CHANGE_UPDATED,
                      .kind = self->cache.kind,
                      .before = before,
                      .now = object,
                      .revision = revision };
  change.slot = k8_cache_put (&self->cache, object, revision);
  self->handler (user, context, &change);
  k8_record_unref (before);
  return change.slot;
}

static void
drop (K8Informer *self, K8Context *context, guint32 slot, gint64 revision, void *user)
{
  const void *before = k8_record_ref (k8_cache_at (&self->cache, slot)->object);
  K8Change change = { .type = K8_CHANGE_DELETED,
                      .kind = self->cache.kind,
                      .slot = slot,
                      .before = before,
                      .revision = revision };

  k8_cache_remove (&self->cache, slot);
  self->handler (user, context, &change);
  k8_record_unref (before);
}

/* Makes the cache what a list says: puts what it has, drops what it lacks. */
static void
replace (K8Informer *self, K8Context *context, const K8ApiResponse *response, void *user)
{
  K8Index seen;

  k8_index_init (&seen, context->region);
  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      k8_index_put (&seen, put (self, context, item->object, item->revision, user), 1);
    }
  for (guint32 slot = k8_cache_next (&self->cache, 0); slot != 0;
       slot = k8_cache_next (&self->cache, slot))
    if (k8_index_find (&seen, slot) == 0)
      drop (self, context, slot, response->revision, user);
  k8_index_clear (&seen);
  self->revision = response->revision;
}

static void
take_event (K8Informer *self, K8Context *context, const K8WatchEvent *event, void *user)
{
  if (event->type == K8_WATCH_ADDED || event->type == K8_WATCH_MODIFIED)
    put (self, context, event->object, event->revision, user);
  else if (event->type == K8_WATCH_DELETED)
    {
      const K8ObjectMeta *meta = k8_object_get_meta (event->object);
      guint32 slot = k8_cache_slot_of (&self->cache, k8_object_meta_namespace (meta),
                                       k8_object_meta_name (meta));
      if (slot != 0)
        drop (self, context, slot, event->revision, user);
    }
  self->revision = MAX (self->revision, event->revision);
}

/* The watch failed: 410 means that its revision is gone; anything else may be resumed. As
 * upstream's, the reflector waits a little in both cases. */
static void
take_failure (K8Informer *self, K8Context *context, guint code)
{
  k8_trace (context, INFORMER_BROKEN,
            { K8_TEXT (self->cache.kind->plural), K8_NUMBER (code), K8_NUMBER (self->revision) });
  self->watch_tag = 0;
  if (code == 410)
    {
      self->n_relists++;
      self->revision = 0; /* after the back-off it lists */
    }
  back_off (self, context);
}

static void
take_batch (K8Informer *self, K8Client *client, K8Context *context, const K8WatchBatch *batch,
            void *user)
{
  self->n_failures = 0;
  for (guint32 i = 0; i < k8_array_n (&batch->events); i++)
    {
      const K8WatchEvent *event = k8_array_at (&batch->events, i);
      if (event->type == K8_WATCH_ERROR)
        {
          k8_client_end (client, self->watch_tag);
          take_failure (self, context, (guint) k8_status_code (event->object));
          return;
        }
      take_event (self, context, event, user);
    }
  if (!batch->is_end)
    return;
  k8_client_end (client, self->watch_tag);
  watch (self, client, context);
}

gboolean
k8_informer_receive (K8Informer *self, K8Client *client, K8Context *context,
                     const K8EngineEvent *event, void *user)
{
  if (event->type == K8_EVENT_TIMER && self->timer != 0 && event->timer == self->timer)
    {
      self->timer = 0;
      if (self->has_synced && self->revision != 0)
        watch (self, client, context);
      else
        list (self, client, context);
      return TRUE;
    }
  if (event->type != K8_EVENT_MESSAGE || event->tag != self->watch_tag || self->watch_tag == 0
      || !k8_mail_is (event->mail, &k8_watch_batch_class))
    return FALSE;
  take_batch (self, client, context, (const K8WatchBatch *) event->mail, user);
  return TRUE;
}

gboolean
k8_informer_answer (K8Informer *self, K8Client *client, K8Context *context,
                    const K8ApiResponse *response, guint64 cookie, void *user)
{
  if (cookie != COOKIE (self))
    return FALSE;
  if (self->state == K8_INFORMER_WATCHING)
    {
      if (!k8_api_response_is_ok (response))
        take_failure (self, context, response->code);
      return TRUE;
    }
  if (self->state != K8_INFORMER_LISTING)
    return TRUE;
  if (!k8_api_response_is_ok (response))
    {
      back_off (self, context);
      return TRUE;
    }
  replace (self, context, response, user);
  self->has_synced = TRUE;
  self->n_failures = 0;
  k8_trace (context, INFORMER_SYNCED,
            { K8_TEXT (self->cache.kind->plural), K8_NUMBER (k8_array_n (&response->items)),
              K8_NUMBER (self->revision) });
  watch (self, client, context);
  return TRUE;
}

void
k8_informer_drop_watch (K8Informer *self, K8Client *client, K8Context *context)
{
  if (self->state != K8_INFORMER_WATCHING || client->server == 0)
    return;
  k8_context_send (context, client->server, self->watch_tag,
                   k8_mail_new (context->region, &k8_api_watch_cancel_class));
  k8_client_end (client, self->watch_tag);
  take_failure (self, context, 0);
}
