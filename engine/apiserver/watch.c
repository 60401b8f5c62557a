/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches: opened from a revision, fed by what etcd tells, ended by time, by the client, or by
 * an ERROR event. A change is ADDED for a watch when the object enters its selection, DELETED,
 * with the object as it was, when it leaves it. First events are the watcher's own; then it
 * shares the batches of its feed.
 * Source: kubernetes apiserver pkg/storage/cacher (cache_watcher.go), pkg/endpoints/handlers
 * (watch.go) (v1.36). Departures: no bookmark when nothing new is to be told.
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "limits.h"
#include "machinery/gvk.h"

#define MIN_TIMEOUT_NS (30 * K8_MINUTE_NS)

static void
ref_watcher (K8Region *region, void *element)
{
  k8_mail_ref (((K8ApiWatcher *) element)->http);
}

static void
unref_watcher (K8Region *region, void *element)
{
  k8_mail_unref (((K8ApiWatcher *) element)->http);
}

const K8ElementClass k8_api_watcher_class = { .ref = ref_watcher, .unref = unref_watcher };

static int
compare_timers (const void *a, const void *b, const void *user)
{
  const K8WatcherTimer *one = a;
  const K8WatcherTimer *other = b;

  if (one->due_ns != other->due_ns)
    return one->due_ns < other->due_ns ? -1 : 1;
  return one->serial < other->serial ? -1 : one->serial > other->serial;
}

const K8HeapClass k8_watcher_timer_class = { .compare = compare_timers };

/* The key of a client's watch among all: tags are the client's, so both are mixed. */
static guint64
client_key (K8ActorId from, guint64 tag)
{
  guint64 mixed = (tag + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return mixed ^ ((guint64) from << 32) ^ (mixed >> 29);
}

static K8WatchBatch *
new_batch (K8Region *region, const K8KindInfo *kind)
{
  K8WatchBatch *batch = k8_mail_new (region, &k8_watch_batch_class);

  batch->kind = kind;
  k8_array_init (&batch->events, region, sizeof (K8WatchEvent));
  return batch;
}

/* Adds an event; @object (nullable) is taken over. */
static void
add_event (K8WatchBatch *batch, K8WatchType type, const void *object, gint64 revision)
{
  K8WatchEvent *event = k8_array_add (&batch->events);

  *event = (K8WatchEvent){ .type = type, .object = object, .revision = revision };
}

/* An object in the version that a client asked for. (transfer full) (nullable) */
static const void *
show (const K8Selection *selection, const void *object)
{
  return object == NULL ? NULL : k8_convert (object, selection->kind);
}

/* Adds what a change means for a selection, if anything. */
static gboolean
add_change (K8WatchBatch *batch, const K8Selection *selection, const K8CachedChange *change)
{
  const void *now = show (selection, change->now);
  const void *before = show (selection, change->before);
  gboolean matches_now = k8_selection_matches (selection, now);
  gboolean matches_before = k8_selection_matches (selection, before);

  if (matches_now)
    add_event (batch, matches_before ? K8_WATCH_MODIFIED : K8_WATCH_ADDED, k8_record_ref (now),
               change->revision);
  else if (matches_before)
    add_event (batch, K8_WATCH_DELETED, k8_record_ref (before), change->revision);
  k8_record_unref (now);
  k8_record_unref (before);
  return matches_now || matches_before;
}

/* Sends a batch (taken over) to one watcher. */
static void
send_batch (K8ApiServer *self, K8Context *context, const K8ApiWatcher *watcher,
            K8WatchBatch *batch)
{
  self->n_batches_sent++;
  if (watcher->from != 0)
    k8_context_send (context, watcher->from, watcher->tag, batch);
  else
    {
      batch->now_seconds = k8_context_wall_seconds (context);
      k8_context_emit (context, K8_EFFECT_WATCH_EVENT, watcher->tag, batch);
    }
}

/* The watch of a client, or 0. */
static guint32
find_watcher (const K8ApiServer *self, K8ActorId from, guint64 tag)
{
  guint32 slot = k8_index_find (&self->watchers_by_client, client_key (from, tag));
  const K8ApiWatcher *watcher = k8_slots_get (&self->watchers, slot);

  return watcher != NULL && watcher->from == from && watcher->tag == tag ? slot : 0;
}

static K8Feed *
edit_feed (K8ApiServer *self, const K8ApiWatcher *watcher)
{
  return k8_slots_edit (&self->caches[watcher->kind].feeds, watcher->feed);
}

/* Puts a watcher in front of those of its feed. */
static void
join_feed (K8ApiServer *self, guint32 slot)
{
  K8ApiWatcher *watcher = k8_slots_edit (&self->watchers, slot);
  K8Feed *feed = edit_feed (self, watcher);

  watcher->next = feed->first_watcher;
  feed->first_watcher = slot;
  feed->n_watchers++;
  if (watcher->next != 0)
    ((K8ApiWatcher *) k8_slots_edit (&self->watchers, watcher->next))->previous = slot;
}

static void
remove_watcher (K8ApiServer *self, guint32 slot)
{
  const K8ApiWatcher watcher = *(const K8ApiWatcher *) k8_slots_get (&self->watchers, slot);
  K8Feed *feed = edit_feed (self, &watcher);

  if (watcher.previous != 0)
    ((K8ApiWatcher *) k8_slots_edit (&self->watchers, watcher.previous))->next = watcher.next;
  else
    feed->first_watcher = watcher.next;
  if (watcher.next != 0)
    ((K8ApiWatcher *) k8_slots_edit (&self->watchers, watcher.next))->previous = watcher.previous;
  if (--feed->n_watchers == 0)
    k8_watch_cache_drop_feed (&self->caches[watcher.kind], watcher.feed);
  k8_index_remove (&self->watchers_by_client, client_key (watcher.from, watcher.tag));
  k8_slots_remove (&self->watchers, slot);
}

/* Ends a watch that is open: an ERROR event with a Status (taken over, nullable), or just time. */
static void
end_watcher (K8ApiServer *self, K8Context *context, guint32 slot, const K8Status *status)
{
  const K8ApiWatcher watcher = *(const K8ApiWatcher *) k8_slots_get (&self->watchers, slot);
  const K8Feed *feed = k8_slots_get (&self->caches[watcher.kind].feeds, watcher.feed);
  K8WatchBatch *batch = new_batch (context->region, feed->selection.kind);

  batch->is_end = TRUE;
  if (status != NULL)
    add_event (batch, K8_WATCH_ERROR, status, 0);
  k8_trace (context, WATCH_CLOSED,
            { K8_TEXT (feed->selection.kind->plural), K8_NUMBER (watcher.from),
              K8_NUMBER ((gint64) watcher.tag) });
  if (watcher.from != 0 || status != NULL)
    send_batch (self, context, &watcher, batch);
  else
    k8_mail_unref (batch);
  if (watcher.from == 0)
    k8_context_emit (context, K8_EFFECT_RESPONSE_END, watcher.tag, NULL);
  remove_watcher (self, slot);
}

static void
arm_timer (K8ApiServer *self, K8Context *context)
{
  const K8WatcherTimer *first = k8_heap_peek (&self->watcher_timers);

  if (first == NULL || (self->watchers_timer != 0 && self->watchers_timer_ns <= first->due_ns))
    return;
  k8_context_cancel_timer (context, self->watchers_timer);
  self->watchers_timer_ns = first->due_ns;
  self->watchers_timer = k8_context_set_timer (context, MAX (first->due_ns - context->now_ns, 0),
                                               K8_API_TIMER_WATCHERS);
}

static void
schedule (K8ApiServer *self, guint32 slot)
{
  const K8ApiWatcher *watcher = k8_slots_get (&self->watchers, slot);
  K8WatcherTimer timer = { .due_ns = watcher->deadline_ns,
                           .watcher = slot,
                           .serial = watcher->serial };

  if (watcher->bookmark_ns != 0)
    timer.due_ns = MIN (timer.due_ns, watcher->bookmark_ns);
  k8_heap_push (&self->watcher_timers, &timer);
}

static void
send_bookmark (K8ApiServer *self, K8Context *context, guint32 slot)
{
  K8ApiWatcher *watcher = k8_slots_edit (&self->watchers, slot);
  const K8Feed *feed = k8_slots_get (&self->caches[watcher->kind].feeds, watcher->feed);

  if (watcher->after >= self->revision)
    return;
  watcher->after = self->revision;
  K8WatchBatch *batch = new_batch (context->region, feed->selection.kind);
  add_event (batch, K8_WATCH_BOOKMARK, NULL, self->revision);
  send_batch (self, context, watcher, batch);
}

static void
fire (K8ApiServer *self, K8Context *context, const K8WatcherTimer *timer)
{
  const K8ApiWatcher *watcher = k8_slots_get (&self->watchers, timer->watcher);

  if (watcher == NULL || watcher->serial != timer->serial)
    return; /* it has ended, and another may have its slot */
  if (watcher->deadline_ns <= context->now_ns)
    {
      end_watcher (self, context, timer->watcher, NULL);
      return;
    }
  send_bookmark (self, context, timer->watcher);
  K8ApiWatcher *edited = k8_slots_edit (&self->watchers, timer->watcher);
  edited->bookmark_ns = context->now_ns + K8_API_BOOKMARK_NS;
  schedule (self, timer->watcher);
}

/* The timer of watches: bookmarks and ends that are due. */
void
k8_watch_fire_timers (K8ApiServer *self, K8Context *context)
{
  K8WatcherTimer timer;

  self->watchers_timer = 0;
  for (const K8WatcherTimer *first = k8_heap_peek (&self->watcher_timers);
       first != NULL && first->due_ns <= context->now_ns;
       first = k8_heap_peek (&self->watcher_timers))
    {
      k8_heap_pop (&self->watcher_timers, &timer);
      fire (self, context, &timer);
    }
  arm_timer (self, context);
}

/* Refuses a watch: outside by a Status, inside by an ERROR event; the status is taken over. */
static void
refuse (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status *status)
{
  if (call->from == 0)
    {
      k8_call_refuse (self, context, call, status);
      return;
    }
  K8WatchBatch *batch = new_batch (context->region, call->request->kind);
  batch->is_end = TRUE;
  add_event (batch, K8_WATCH_ERROR, status, 0);
  k8_context_send (context, call->from, call->tag, batch);
  k8_call_clear (call);
}

/* Every selected object as ADDED, in order of keys. */
static void
add_state (const K8WatchCache *cache, const K8Selection *selection, K8WatchBatch *batch)
{
  K8OrderCursor cursor;
  gboolean is_there = k8_order_first_at_or_after (&cache->order, "", &cursor);

  for (; is_there; is_there = k8_order_next (&cache->order, &cursor))
    {
      const K8CachedObject *object = k8_slots_get (&cache->objects, cursor.value);
      const void *shown = show (selection, object->object);
      if (k8_selection_matches (selection, shown))
        add_event (batch, K8_WATCH_ADDED, k8_record_ref (shown), object->revision);
      k8_record_unref (shown);
    }
}

/* The position of the first change behind a revision. */
static guint64
find_change (const K8Ring *changes, gint64 revision)
{
  guint64 low = k8_ring_first (changes);
  guint64 high = k8_ring_last (changes) + 1;

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;
      if (((const K8CachedChange *) k8_ring_get (changes, middle))->revision <= revision)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_missed (const K8WatchCache *cache, const K8Selection *selection, gint64 revision,
            K8WatchBatch *batch)
{
  guint64 last = k8_ring_last (&cache->changes);

  for (guint64 at = find_change (&cache->changes, revision); at <= last; at++)
    add_change (batch, selection, k8_ring_get (&cache->changes, at));
}

/* The mark behind the objects that were there: k8s.io/initial-events-end. */
static void
add_initial_end (K8Region *region, K8WatchBatch *batch, gint64 revision)
{
  K8ObjectMetaEdit meta;
  K8Edit edit;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_put_annotations (&meta, "k8s.io/initial-events-end", "true");
  k8_edit_init (&edit, region, &k8_messages[batch->kind->message], NULL);
  k8_edit_set_object (&edit, k8_message_find_field (edit.info, "metadata", strlen ("metadata")),
                      k8_object_meta_seal (&meta));
  add_event (batch, K8_WATCH_BOOKMARK, k8_edit_seal (&edit), revision);
}

static const K8Status *
new_too_old (K8Context *context, gint64 wanted, gint64 oldest)
{
  char *text = g_strdup_printf ("too old resource version: %" G_GINT64_FORMAT
                                " (%" G_GINT64_FORMAT ")",
                                wanted, oldest);
  const K8Status *status = k8_status_new_expired (context->region, text);

  g_free (text);
  return status;
}

/* Makes the watcher of a call, which is cleared. */
static guint32
add_watcher (K8ApiServer *self, K8Context *context, K8Call *call, const K8Selection *selection)
{
  const K8ApiRequest *request = call->request;
  K8WatchCache *cache = k8_server_edit_cache (self, request->kind);
  gint64 timeout_ns = request->timeout_ns;

  if (find_watcher (self, call->from, call->tag) != 0)
    remove_watcher (self, find_watcher (self, call->from, call->tag));
  if (timeout_ns == 0)
    timeout_ns = k8_random_between (&self->actor.random, MIN_TIMEOUT_NS, 2 * MIN_TIMEOUT_NS);
  guint32 slot = k8_slots_add (&self->watchers);
  K8ApiWatcher watcher = { .http = k8_mail_ref (call->http),
                           .after = MAX (request->revision, self->revision),
                           .deadline_ns = context->now_ns + timeout_ns,
                           .tag = call->tag,
                           .from = call->from,
                           .kind = cache->kind->id,
                           .serial = ++self->next_serial };
  if (request->wants_bookmarks)
    watcher.bookmark_ns = context->now_ns + K8_API_BOOKMARK_NS;
  watcher.feed = k8_watch_cache_ensure_feed (cache, selection, request->label_selector,
                                             request->field_selector);
  *(K8ApiWatcher *) k8_slots_edit (&self->watchers, slot) = watcher;
  k8_index_put (&self->watchers_by_client, client_key (call->from, call->tag), slot);
  join_feed (self, slot);
  schedule (self, slot);
  arm_timer (self, context);
  return slot;
}

/* What a client does not know yet: the state, or the changes behind its revision. */
static K8WatchBatch *
make_first_batch (K8ApiServer *self, const K8ApiRequest *request, const K8Selection *selection)
{
  const K8WatchCache *cache = k8_server_cache (self, request->kind);
  K8WatchBatch *batch = new_batch (self->region, request->kind);

  if ((request->revision == 0 && !request->wants_only_news) || request->wants_initial_events)
    add_state (cache, selection, batch);
  else if (request->revision != 0)
    add_missed (cache, selection, request->revision, batch);
  if (request->wants_initial_events && request->wants_bookmarks)
    add_initial_end (self->region, batch, self->revision);
  return batch;
}

/* Opens a watch. */
void
k8_watch_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;
  const K8WatchCache *cache = k8_server_cache (self, request->kind);
  K8Selection selection;
  const K8Status *status = k8_selection_parse (self, request, &selection);

  if (status != NULL)
    {
      refuse (self, context, call, status);
      return;
    }
  gint64 revision = request->wants_initial_events ? 0 : request->revision;
  k8_trace (context, WATCH_OPENED,
            { K8_TEXT (request->kind->plural), K8_TEXT (request->namespace_name),
              K8_TEXT (request->label_selector), K8_TEXT (request->field_selector),
              K8_NUMBER (revision), K8_TEXT (request->user) });
  if (call->from == 0)
    k8_http_answer_watch (self, context, call);
  K8WatchBatch *batch = make_first_batch (self, request, &selection);
  guint32 slot = add_watcher (self, context, call, &selection);
  const K8ApiWatcher *watcher = k8_slots_get (&self->watchers, slot);
  k8_selection_clear (&selection);
  k8_call_clear (call);
  if (revision != 0 && revision < cache->changes_since)
    {
      k8_mail_unref (batch);
      end_watcher (self, context, slot, new_too_old (context, revision, cache->changes_since));
    }
  else if (k8_array_n (&batch->events) > 0)
    send_batch (self, context, watcher, batch);
  else
    k8_mail_unref (batch);
}

/* The client wants no more. */
void
k8_watch_cancel (K8ApiServer *self, K8Context *context, K8ActorId from, guint64 tag)
{
  guint32 slot = find_watcher (self, from, tag);

  if (slot == 0)
    return;
  k8_trace (context, WATCH_CLOSED,
            { K8_TEXT (self->caches[((const K8ApiWatcher *) k8_slots_get (&self->watchers, slot))
                                        ->kind]
                           .kind->plural),
              K8_NUMBER (from), K8_NUMBER ((gint64) tag) });
  remove_watcher (self, slot);
}

/* A client has gone with all its watches. */
void
k8_watch_drop_client (K8ApiServer *self, K8ActorId from)
{
  for (guint32 slot = k8_slots_next (&self->watchers, 0); slot != 0;
       slot = k8_slots_next (&self->watchers, slot))
    if (((const K8ApiWatcher *) k8_slots_get (&self->watchers, slot))->from == from)
      remove_watcher (self, slot);
}

/* Every watch ends: what they missed cannot be told. */
void
k8_watch_end_all (K8ApiServer *self, K8Context *context)
{
  for (guint32 slot = k8_slots_next (&self->watchers, 0); slot != 0;
       slot = k8_slots_next (&self->watchers, slot))
    end_watcher (self, context, slot, new_too_old (context, self->revision, self->revision));
}

/* A feed that may show a change: adds it to the feed's batch. */
static void
offer (K8WatchCache *cache, guint32 slot, const K8CachedChange *change, gpointer user)
{
  K8ApiServer *self = user;
  const K8Feed *feed = k8_slots_get (&cache->feeds, slot);

  if (feed->batch != NULL)
    {
      add_change (feed->batch, &feed->selection, change);
      return;
    }
  K8WatchBatch *batch = new_batch (cache->region, feed->selection.kind);
  if (!add_change (batch, &feed->selection, change))
    {
      k8_mail_unref (batch);
      return;
    }
  ((K8Feed *) k8_slots_edit (&cache->feeds, slot))->batch = batch;
  K8TouchedFeed *touched = k8_array_add (&self->touched);
  *touched = (K8TouchedFeed){ .kind = cache->kind->id, .feed = slot };
}

static void
trace_change (K8Context *context, const K8KindInfo *kind, const K8CachedChange *change, guint n)
{
  const K8ObjectMeta *meta
      = k8_object_get_meta (change->now != NULL ? change->now : change->before);
  K8WatchType type = change->now == NULL      ? K8_WATCH_DELETED
                     : change->before == NULL ? K8_WATCH_ADDED
                                              : K8_WATCH_MODIFIED;

  k8_trace (context, WATCH_EVENT,
            { K8_TEXT (k8_watch_type_name (type)), K8_TEXT (kind->plural),
              K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_NUMBER (change->revision), K8_NUMBER (n) });
}

static void
take_change (K8ApiServer *self, K8Context *context, const K8EtcdEvent *event)
{
  const void *value = event->now.value != NULL ? event->now.value : event->previous.value;
  const K8KindInfo *kind = value == NULL ? NULL : k8_kind_of_record (value);

  if (kind == NULL || self->caches[kind->id].kind == NULL)
    return;
  K8WatchCache *cache = &self->caches[kind->id];
  K8CachedObject object = { .key = event->now.key,
                            .object = event->now.value,
                            .revision = event->now.mod_revision };
  const K8CachedChange *change = k8_watch_cache_change (cache, &object, value);
  if (change == NULL)
    return;
  if (kind->id == K8_KIND_Service)
    k8_allocator_note (&self->allocator, change->before, change->now);
  guint n = k8_watch_cache_each_feed (cache, change, offer, self);
  self->n_feeds_visited += n;
  trace_change (context, kind, change, n);
}

/* The events of a batch that a watcher does not know yet. (transfer full) (nullable) */
static K8WatchBatch *
filter_batch (const K8WatchBatch *batch, gint64 after)
{
  K8WatchBatch *own = new_batch (k8_region_of (batch), batch->kind);

  for (guint32 i = 0; i < k8_array_n (&batch->events); i++)
    {
      const K8WatchEvent *event = k8_array_at (&batch->events, i);
      if (event->revision > after)
        add_event (own, event->type, k8_record_ref (event->object), event->revision);
    }
  if (k8_array_n (&own->events) > 0)
    return own;
  k8_mail_unref (own);
  return NULL;
}

static void
flush_feed (K8ApiServer *self, K8Context *context, const K8TouchedFeed *touched)
{
  K8Feed *feed = k8_slots_edit (&self->caches[touched->kind].feeds, touched->feed);
  K8WatchBatch *batch = feed->batch;
  gint64 first = ((const K8WatchEvent *) k8_array_at (&batch->events, 0))->revision;

  feed->batch = NULL;
  for (guint32 slot = feed->first_watcher; slot != 0;)
    {
      const K8ApiWatcher *watcher = k8_slots_get (&self->watchers, slot);
      if (first > watcher->after)
        send_batch (self, context, watcher, k8_mail_ref (batch));
      else
        {
          K8WatchBatch *own = filter_batch (batch, watcher->after);
          if (own != NULL)
            send_batch (self, context, watcher, own);
        }
      slot = watcher->next;
    }
  k8_mail_unref (batch);
}

/* etcd tells of changes: into the caches, then to the watches that see them. */
void
k8_watch_tell (K8ApiServer *self, K8Context *context, const K8EtcdWatchEvents *events)
{
  for (guint32 i = 0; i < k8_array_n (&events->events); i++)
    take_change (self, context, k8_array_at (&events->events, i));
  self->revision = MAX (self->revision, events->revision);
  for (guint32 i = 0; i < k8_array_n (&self->touched); i++)
    flush_feed (self, context, k8_array_at (&self->touched, i));
  k8_array_set_size (&self->touched, 0);
}
