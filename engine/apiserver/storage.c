/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API server asks of etcd. Start: everything under /registry/ is read once, then
 * watched; the caches live from the watch. A write is a transaction that holds only if the key
 * still stands where the server thought; if not, etcd tells what stands there and the verb
 * tries again with that.
 *
 * CONNECTING → (range) → LOADING → (result, watch) → SERVING
 *      ↑__________ disconnect, silence ______|___________|
 *
 * A connection that breaks leaves the caches as they are: the watch goes on from the revision
 * that they have, unless etcd has compacted it; then all is read anew and every watch ends.
 * Source: kubernetes apiserver pkg/storage/etcd3 (store.go, compact.go, lease_manager.go).
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "machinery/gvk.h"

/* Everything that the server keeps. */
#define REGISTRY_FIRST "/registry/"
#define REGISTRY_END "/registry0"

/* How long until the server looks for etcd again. */
#define CONNECT_RETRY_NS K8_SECOND_NS

static guint64
new_tag (K8ApiServer *self)
{
  return ++self->next_tag;
}

static void
arm_connect_timer (K8ApiServer *self, K8Context *context)
{
  k8_context_cancel_timer (context, self->connect_timer);
  self->connect_timer = k8_context_set_timer (context, CONNECT_RETRY_NS, K8_API_TIMER_CONNECT);
}

/* Looks for etcd and asks it where it stands; asks again until it answers. */
void
k8_storage_connect (K8ApiServer *self, K8Context *context)
{
  self->state = K8_SERVER_CONNECTING;
  self->etcd = k8_context_find_kind (context, K8_ACTOR_ETCD);
  arm_connect_timer (self, context);
  if (self->etcd == 0)
    return;
  K8EtcdRange *range = k8_mail_new (context->region, &k8_etcd_range_class);
  range->key = k8_string_intern (context->region, REGISTRY_FIRST);
  range->end = k8_string_intern (context->region, REGISTRY_END);
  range->is_count_only = self->revision > 0;
  self->range_tag = new_tag (self);
  self->state = K8_SERVER_LOADING;
  k8_context_send (context, self->etcd, self->range_tag, range);
}

static void
send_watch (K8ApiServer *self, K8Context *context)
{
  K8EtcdWatch *watch = k8_mail_new (context->region, &k8_etcd_watch_class);

  watch->key = k8_string_intern (context->region, REGISTRY_FIRST);
  watch->end = k8_string_intern (context->region, REGISTRY_END);
  watch->start_revision = self->revision + 1;
  self->watch_tag = new_tag (self);
  k8_context_send (context, self->etcd, self->watch_tag, watch);
}

/* The cache that holds a key, or NULL for keys that are of no kind of ours. */
static K8WatchCache *
find_cache (K8ApiServer *self, const void *value)
{
  const K8KindInfo *kind = value == NULL ? NULL : k8_kind_of_record (value);

  return kind == NULL || kind->plural == NULL ? NULL : k8_server_edit_cache (self, kind);
}

static void
load (K8ApiServer *self, const K8EtcdRangeResult *result)
{
  for (guint32 i = 0; i < k8_array_n (&result->pairs); i++)
    {
      const K8EtcdKeyValue *pair = k8_array_at (&result->pairs, i);
      K8WatchCache *cache = find_cache (self, pair->value);
      K8CachedObject object = { .key = pair->key,
                                .object = pair->value,
                                .revision = pair->mod_revision };
      if (cache != NULL)
        k8_watch_cache_load (cache, &object);
    }
  self->revision = result->revision;
  for (guint i = 1; i < K8_N_KINDS; i++)
    self->caches[i].changes_since = result->revision;
  k8_allocator_rebuild (self);
}

/* etcd has said where it stands: it is there, and the watch may begin. */
static void
receive_range (K8ApiServer *self, K8Context *context, const K8EtcdRangeResult *result)
{
  if (result->error != K8_ETCD_OK)
    return;
  k8_context_cancel_timer (context, self->connect_timer);
  self->connect_timer = 0;
  if (self->revision == 0)
    load (self, result);
  self->confirmed = MAX (self->confirmed, result->revision);
  self->state = K8_SERVER_SERVING;
  send_watch (self, context);
  k8_trace (context, APISERVER_READY,
            { K8_NUMBER (result->revision), K8_NUMBER ((gint64) result->count) });
}

/* Forgets everything, ends every watch, and reads anew. */
static void
reload (K8ApiServer *self, K8Context *context)
{
  k8_watch_end_all (self, context);
  for (guint i = 1; i < K8_N_KINDS; i++)
    {
      const K8KindInfo *kind = self->caches[i].kind;
      k8_watch_cache_clear (&self->caches[i]);
      if (kind != NULL)
        k8_watch_cache_init (&self->caches[i], self->region, kind);
    }
  self->revision = 0;
  k8_storage_connect (self, context);
}

static const K8Status *
new_error_status (K8Context *context, K8EtcdError error)
{
  switch (error)
    {
    case K8_ETCD_OK:
      break;
    case K8_ETCD_NO_SPACE:
      return k8_status_new_error (context->region, "etcdserver: mvcc: database space exceeded");
    case K8_ETCD_COMPACTED:
      return k8_status_new_expired (
          context->region, "etcdserver: mvcc: required revision has been compacted");
    case K8_ETCD_FUTURE_REVISION:
      return k8_status_new_error (context->region,
                                  "etcdserver: mvcc: required revision is a future revision");
    case K8_ETCD_LEASE_NOT_FOUND:
      return k8_status_new_error (context->region, "etcdserver: requested lease not found");
    case K8_ETCD_TOO_LARGE:
      return k8_status_new_error (context->region, "etcdserver: request is too large");
    case K8_ETCD_UNAVAILABLE:
      return k8_status_new_error (context->region, "etcdserver: request timed out");
    }
  k8_assert_not_reached ();
  return NULL;
}

/* The pair under the key, or NULL if there is none. */
static const K8EtcdKeyValue *
get_current (const K8EtcdTxnResult *result)
{
  const K8EtcdKeyValue *pair
      = k8_array_n (&result->pairs) == 0 ? NULL : k8_array_at (&result->pairs, 0);

  return pair == NULL || pair->mod_revision == 0 ? NULL : pair;
}

/* The transaction was done: the call goes on behind it. */
static void
go_on_done (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision)
{
  switch ((K8CallStage) call->stage)
    {
    case K8_STAGE_CREATE:
      k8_create_stored (self, context, call, revision);
      break;
    case K8_STAGE_UPDATE:
      k8_update_answer (self, context, call, call->object, revision);
      break;
    case K8_STAGE_DELETE_MARK:
      k8_delete_marked (self, context, call, revision);
      break;
    case K8_STAGE_DELETE:
      k8_delete_done (self, context, call, revision);
      break;
    case K8_STAGE_NONE:
    case K8_STAGE_LEASE:
    case K8_STAGE_SIGN:
    case K8_STAGE_AUTHENTICATE:
    case K8_STAGE_CHILDREN:
      k8_assert_not_reached ();
      break;
    }
}

/* Something else stands under the key: the call tries again over that. */
static void
go_on_stale (K8ApiServer *self, K8Context *context, K8Call *call, const K8EtcdKeyValue *pair)
{
  const void *current = pair == NULL ? NULL : pair->value;
  gint64 revision = pair == NULL ? 0 : pair->mod_revision;
  gboolean is_delete = call->request->verb == K8_VERB_DELETE
                       || call->request->subresource == K8_SUBRESOURCE_EVICTION;

  call->attempt++;
  if (call->stage == K8_STAGE_CREATE)
    k8_create_clashed (self, context, call);
  else if (is_delete)
    k8_delete_attempt (self, context, call, current, revision);
  else
    k8_update_attempt (self, context, call, current, revision);
}

static void
receive_txn (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  const K8EtcdTxnResult *result = (const K8EtcdTxnResult *) event->mail;
  K8Call call;

  self->confirmed = MAX (self->confirmed, result->revision);
  if (!k8_call_take (self, event->tag, &call))
    return;
  if (result->error != K8_ETCD_OK)
    k8_call_refuse (self, context, &call, new_error_status (context, result->error));
  else if (result->succeeded)
    go_on_done (self, context, &call, result->revision);
  else
    go_on_stale (self, context, &call, get_current (result));
}

/* Whether Events written now may hang on the lease that there is. */
static gboolean
has_event_lease (const K8ApiServer *self, const K8Context *context)
{
  return self->event_lease != 0
         && context->now_ns - self->event_lease_ns < K8_API_EVENT_LEASE_REUSE_NS
         && self->n_event_lease_keys < K8_API_EVENTS_A_LEASE;
}

static void
ask_event_lease (K8ApiServer *self, K8Context *context)
{
  K8EtcdLease *lease = k8_mail_new (context->region, &k8_etcd_lease_class);

  lease->verb = K8_ETCD_LEASE_GRANT;
  lease->ttl_seconds = K8_API_EVENT_TTL_SECONDS + K8_API_EVENT_LEASE_REUSE_NS / K8_SECOND_NS;
  self->is_lease_asked = TRUE;
  k8_context_send (context, self->etcd, new_tag (self), lease);
}

/* The lease is there: everything that waits for it goes on, in the order of slots. */
static void
receive_lease (K8ApiServer *self, K8Context *context, const K8EtcdLeaseResult *result)
{
  K8Call call;

  self->is_lease_asked = FALSE;
  self->event_lease = result->error == K8_ETCD_OK ? result->lease : 0;
  self->event_lease_ns = context->now_ns;
  self->n_event_lease_keys = 0;
  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      const K8Call *parked = k8_slots_get (&self->pending, slot);
      if (parked->stage != K8_STAGE_LEASE || !k8_call_take (self, parked->parked_tag, &call))
        continue;
      if (self->event_lease == 0)
        k8_call_refuse (self, context, &call, new_error_status (context, result->error));
      else
        k8_storage_put (self, context, &call,
                        call.before == NULL ? K8_STAGE_CREATE : K8_STAGE_UPDATE);
    }
}

/* A transaction on the key of a call: it holds if the key stands at `before_revision`. */
static void
send_txn (K8ApiServer *self, K8Context *context, K8Call *call, K8EtcdTxn *txn, K8CallStage stage)
{
  gint64 delay_ns = call->has_worked ? 0 : self->actor.start->durations.api_request_ns;

  k8_etcd_txn_if (txn, call->key, K8_ETCD_COMPARE_MOD, 0, call->before_revision);
  k8_etcd_txn_else_get (txn, call->key);
  call->has_worked = TRUE;
  guint64 tag = k8_call_park (self, context, call, stage);
  k8_context_send_after (context, self->etcd, tag, txn, delay_ns);
}

/* The key of the object that a call is about. */
void
k8_storage_ensure_key (K8ApiServer *self, K8Call *call)
{
  if (call->key != NULL)
    return;
  const K8KindInfo *kind = k8_storage_kind (call->request->kind);
  const K8ObjectMeta *meta
      = k8_object_get_meta (call->object != NULL ? call->object : call->before);
  call->key = k8_watch_cache_make_key (
      k8_server_cache (self, kind),
      kind->is_namespaced ? k8_object_meta_namespace (meta) : NULL, k8_object_meta_name (meta));
}

/* Puts the object of a call in the place of what it replaces; the call is parked. */
void
k8_storage_put (K8ApiServer *self, K8Context *context, K8Call *call, K8CallStage stage)
{
  gboolean is_event = k8_storage_kind (call->request->kind)->id == K8_KIND_Event;

  k8_storage_ensure_key (self, call);
  if (is_event && !has_event_lease (self, context))
    {
      if (!self->is_lease_asked)
        ask_event_lease (self, context);
      k8_call_park (self, context, call, K8_STAGE_LEASE);
      return;
    }
  if (is_event)
    self->n_event_lease_keys++;
  K8EtcdTxn *txn = k8_etcd_txn_new (context->region);
  k8_etcd_txn_then (txn, K8_ETCD_PUT, call->key, call->object, is_event ? self->event_lease : 0);
  send_txn (self, context, call, txn, stage);
}

/* Deletes what a call found; the call is parked. */
void
k8_storage_delete (K8ApiServer *self, K8Context *context, K8Call *call)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (context->region);

  k8_storage_ensure_key (self, call);
  k8_etcd_txn_then (txn, K8_ETCD_DELETE, call->key, NULL, 0);
  send_txn (self, context, call, txn, K8_STAGE_DELETE);
}

/* Any message of etcd. */
void
k8_storage_receive (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  if (k8_mail_is (event->mail, &k8_etcd_txn_result_class))
    receive_txn (self, context, event);
  else if (k8_mail_is (event->mail, &k8_etcd_lease_result_class))
    receive_lease (self, context, (const K8EtcdLeaseResult *) event->mail);
  else if (k8_mail_is (event->mail, &k8_etcd_range_result_class))
    {
      if (event->tag == self->range_tag && self->state == K8_SERVER_LOADING)
        receive_range (self, context, (const K8EtcdRangeResult *) event->mail);
    }
  else if (k8_mail_is (event->mail, &k8_etcd_watch_events_class) && event->tag == self->watch_tag)
    {
      const K8EtcdWatchEvents *events = (const K8EtcdWatchEvents *) event->mail;
      if (events->error != K8_ETCD_OK)
        reload (self, context);
      else
        k8_watch_tell (self, context, events);
    }
}

/* etcd has gone. */
void
k8_storage_disconnect (K8ApiServer *self, K8Context *context)
{
  self->etcd = 0;
  self->event_lease = 0;
  self->is_lease_asked = FALSE;
  self->watch_tag = 0;
  k8_call_fail_all (self, context);
  k8_storage_connect (self, context);
}

/* Every five minutes: drops the history that was old five minutes ago already. */
void
k8_storage_compact (K8ApiServer *self, K8Context *context)
{
  if (self->compact_next > 0 && self->state == K8_SERVER_SERVING)
    {
      K8EtcdCompact *compact = k8_mail_new (context->region, &k8_etcd_compact_class);
      compact->revision = self->compact_next;
      k8_context_send (context, self->etcd, 0, compact);
    }
  self->compact_next = self->revision;
  k8_context_set_timer (context, K8_API_COMPACT_NS, K8_API_TIMER_COMPACT);
}
