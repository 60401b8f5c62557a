/* SPDX-License-Identifier: Apache-2.0
 *
 * Informer. States: IDLE → LISTING (start) → WATCHING (list arrived) → WATCHING again (resume: the
 * watch ended); a failure leads to BACKING_OFF and from there to what failed, after 410 (the
 * revision is gone) to LISTING.
 * Invariant: the cache says what the API server said at `revision`.
 * In a cohort the first to take a message leaves in it what the cache was and became; those whose
 * cache was the same take that over instead of doing the same again.
 * Source: client-go, tools/cache Reflector. Departures: no paging of the first list; no resync.
 */
#include "client/informer.h"

#include "base/assert.h"
#include "base/index.h"
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
k8_informer_join_cohort (K8Informer *self)
{
  k8_assert (self->state == K8_INFORMER_IDLE);
  self->is_in_cohort = TRUE;
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

/* Whether a memo says what becomes of this cache; then it has become so. */
static gboolean
follow_memo (K8Informer *self, const K8Memo *memo)
{
  if (memo == NULL || memo->to == NULL || memo->from != (const K8Mail *) self->cache.state)
    return FALSE;
  k8_cache_set_state (&self->cache, (const K8CacheState *) memo->to);
  return TRUE;
}

/* Leaves what the cache was (taken over) and has become, unless another did so. */
static void
fill_memo (K8Informer *self, K8Memo *memo, const K8Mail *from)
{
  if (memo->to != NULL || self->cache.state == NULL)
    {
      k8_mail_unref (from);
      return;
    }
  memo->from = from;
  memo->to = k8_mail_ref (self->cache.state);
}

/* Puts the object of a watch event into the cache, or into all caches of the cohort. */
static guint32
put_shared (K8Informer *self, K8Context *context, const K8WatchEvent *event)
{
  const K8ObjectMeta *meta = k8_object_get_meta (event->object);
  gboolean is_shared = k8_cache_is_shared (&self->cache);
  const K8Mail *from;
  guint32 slot;

  if (is_shared && follow_memo (self, event->memo))
    return k8_cache_slot_of (&self->cache, k8_object_meta_namespace (meta),
                             k8_object_meta_name (meta));
  if (!is_shared)
    return k8_cache_put (&self->cache, event->object, event->revision);
  from = k8_mail_ref (self->cache.state);
  slot = k8_cache_put (&self->cache, event->object, event->revision);
  if (event->memo == NULL)
    ((K8WatchEvent *) event)->memo = k8_mail_new (context->region, &k8_memo_class);
  fill_memo (self, event->memo, from);
  return slot;
}

/* Puts the object of a watch event into the cache and tells the handler. Gives its slot. */
static guint32
put (K8Informer *self, K8Context *context, const K8WatchEvent *event, void *user)
{
  const K8ObjectMeta *meta = k8_object_get_meta (event->object);
  const K8CacheEntry *known = k8_cache_find (&self->cache, k8_object_meta_namespace (meta),
                                             k8_object_meta_name (meta));
  K8Change change = { .type = known == NULL ? K8_CHANGE_ADDED : K8_CHANGE_UPDATED,
                      .kind = self->cache.kind,
                      .now = event->object,
                      .revision = event->revision };

  if (known != NULL && known->revision == event->revision)
    return k8_cache_slot_of (&self->cache, known->namespace_name, known->name);
  change.before = known == NULL ? NULL : k8_record_ref (known->object);
  change.slot = self->is_in_cohort ? put_shared (self, context, event)
                                   : k8_cache_put (&self->cache, event->object, event->revision);
  self->handler (user, context, &change);
  k8_record_unref (change.before);
  return change.slot;
}

/* Takes an object out of the cache. */
static void
remove_entry (K8Informer *self, K8Context *context, guint32 slot, const K8WatchEvent *event)
{
  gboolean is_shared = self->is_in_cohort && k8_cache_is_shared (&self->cache);
  const K8Mail *from;

  if (is_shared && follow_memo (self, event->memo))
    return;
  if (!is_shared)
    {
      k8_cache_remove (&self->cache, slot);
      return;
    }
  from = k8_mail_ref (self->cache.state);
  k8_cache_remove (&self->cache, slot);
  if (event->memo == NULL)
    ((K8WatchEvent *) event)->memo = k8_mail_new (context->region, &k8_memo_class);
  fill_memo (self, event->memo, from);
}

/* Takes an object out and tells the handler. */
static void
drop (K8Informer *self, K8Context *context, guint32 slot, const K8WatchEvent *event, void *user)
{
  const void *before = k8_record_ref (k8_cache_at (&self->cache, slot)->object);
  K8Change change = { .type = K8_CHANGE_DELETED,
                      .kind = self->cache.kind,
                      .slot = slot,
                      .before = before,
                      .revision = event->revision };

  remove_entry (self, context, slot, event);
  self->handler (user, context, &change);
  k8_record_unref (before);
}

/* The first list of a member of a cohort: the content first, then the handler. */
static void
take_first_list (K8Informer *self, K8Context *context, const K8ApiResponse *response, void *user)
{
  if (!follow_memo (self, response->memo))
    {
      for (guint32 i = 0; i < k8_array_n (&response->items); i++)
        {
          const K8ApiItem *item = k8_array_at (&response->items, i);
          k8_cache_put (&self->cache, item->object, item->revision);
        }
      if (response->memo != NULL)
        fill_memo (self, response->memo, NULL);
    }
  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      const K8ObjectMeta *meta = k8_object_get_meta (item->object);
      K8Change change = { .type = K8_CHANGE_ADDED,
                          .kind = self->cache.kind,
                          .now = item->object,
                          .revision = item->revision };
      change.slot = k8_cache_slot_of (&self->cache, k8_object_meta_namespace (meta),
                                      k8_object_meta_name (meta));
      self->handler (user, context, &change);
    }
}

/* Makes the cache what a list says: puts what it has, drops what it lacks. */
static void
replace (K8Informer *self, K8Context *context, const K8ApiResponse *response, void *user)
{
  K8WatchEvent event;
  K8Index seen;

  k8_index_init (&seen, context->region);
  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      event = (K8WatchEvent){ .object = item->object, .revision = item->revision };
      k8_index_put (&seen, put (self, context, &event, user), 1);
      k8_mail_unref (event.memo);
    }
  for (guint32 slot = k8_cache_next (&self->cache, 0); slot != 0;
       slot = k8_cache_next (&self->cache, slot))
    if (k8_index_find (&seen, slot) == 0)
      {
        event = (K8WatchEvent){ .revision = response->revision };
        drop (self, context, slot, &event, user);
        k8_mail_unref (event.memo);
      }
  k8_index_clear (&seen);
}

static void
take_list (K8Informer *self, K8Context *context, const K8ApiResponse *response, void *user)
{
  if (self->is_in_cohort && k8_cache_n (&self->cache) == 0)
    take_first_list (self, context, response, user);
  else
    replace (self, context, response, user);
  self->revision = response->revision;
}

static void
take_event (K8Informer *self, K8Context *context, const K8WatchEvent *event, void *user)
{
  if (event->type == K8_WATCH_ADDED || event->type == K8_WATCH_MODIFIED)
    put (self, context, event, user);
  else if (event->type == K8_WATCH_DELETED)
    {
      const K8ObjectMeta *meta = k8_object_get_meta (event->object);
      guint32 slot = k8_cache_slot_of (&self->cache, k8_object_meta_namespace (meta),
                                       k8_object_meta_name (meta));
      if (slot != 0)
        drop (self, context, slot, event, user);
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
  take_list (self, context, response, user);
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
