/* SPDX-License-Identifier: Apache-2.0
 *
 * One member of etcd. States of a write: applied (visible in the store, to nobody outside) →
 * writing (given to the disk in a batch: start_write) → synced (finish_write: answers go out,
 * watchers are told). While a batch is being written, what comes meanwhile gathers in the next
 * one: group commit. Reads wait behind the writes whose result they saw.
 * Invariants: 1 no answer leaves before what it tells is on the disk; 2 watchers get revisions
 * in order and each once; 3 one write at a time.
 * Source: etcd API, server/etcdserver. Departures: a single voter, so no Raft round.
 */
#include "etcd/member.h"

#include "base/assert.h"
#include "base/string.h"
#include "limits.h"
#include "schema/record.h"

enum
{
  TIMER_LEASES = 1,
};

/* A watch of a client, from the time it was asked for. */
typedef struct
{
  const K8EtcdWatch *asked; /* counted */
  guint64 tag;
  K8ActorId client;
} Watch;

/* An answer that waits for the disk. */
typedef struct
{
  K8Mail *mail; /* counted */
  guint64 tag;
  K8ActorId to;
} Answer;

static void
ref_watch (K8Region *region, void *element)
{
  k8_mail_ref (((Watch *) element)->asked);
}

static void
unref_watch (K8Region *region, void *element)
{
  k8_mail_unref (((Watch *) element)->asked);
}

static void
ref_answer (K8Region *region, void *element)
{
  k8_mail_ref (((Answer *) element)->mail);
}

static void
unref_answer (K8Region *region, void *element)
{
  k8_mail_unref (((Answer *) element)->mail);
}

static const K8ElementClass watch_class = { .ref = ref_watch, .unref = unref_watch };
static const K8ElementClass answer_class = { .ref = ref_answer, .unref = unref_answer };

/* Whether everything that was applied is on the disk. */
static gboolean
is_clean (const K8EtcdMember *self)
{
  return self->writing_revision == 0 && self->batch == NULL;
}

/* Sends an answer (taken over) as soon as the disk has what it may tell. */
static void
answer (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event, void *mail)
{
  if (is_clean (self))
    {
      k8_context_send (context, event->from, event->tag, mail);
      return;
    }
  Answer waiting = { .mail = mail, .tag = event->tag, .to = event->from };
  k8_fifo_push (&self->answers, &waiting);
}

static K8EtcdWatchEvents *
make_watch_events (K8EtcdMember *self, K8Context *context)
{
  K8EtcdWatchEvents *events = k8_mail_new (context->region, &k8_etcd_watch_events_class);

  k8_array_init (&events->events, context->region, sizeof (K8EtcdEvent));
  events->revision = self->synced_revision;
  return events;
}

/* Tells a watch what is new since @after; one that begins in the future waits for its revision. */
static void
tell_watch (K8EtcdMember *self, K8Context *context, const Watch *watch, gint64 after)
{
  K8EtcdWatchEvents *events = make_watch_events (self, context);
  gint64 from = MAX (after, watch->asked->start_revision - 1);

  k8_mvcc_collect (&self->store, watch->asked, from, self->synced_revision, &events->events);
  if (k8_array_n (&events->events) == 0)
    k8_mail_unref (events);
  else
    k8_context_send (context, watch->client, watch->tag, events);
}

/* Tells every watch what the disk has had since the last time. */
static void
tell_watches (K8EtcdMember *self, K8Context *context)
{
  if (self->told_revision == self->synced_revision)
    return;
  for (guint32 slot = k8_slots_next (&self->watches, 0); slot != 0;
       slot = k8_slots_next (&self->watches, slot))
    tell_watch (self, context, k8_slots_get (&self->watches, slot), self->told_revision);
  self->told_revision = self->synced_revision;
}

/* Gives the gathered batch to the disk, if there is one and the disk is idle. */
static void
start_write (K8EtcdMember *self, K8Context *context)
{
  if (self->batch == NULL || self->writing_revision != 0)
    return;
  self->batch->revision = self->store.revision;
  self->writing_revision = self->store.revision;
  self->n_writing_answers = k8_fifo_n (&self->answers);
  k8_context_emit (context, K8_EFFECT_PERSIST, (guint64) self->writing_revision, self->batch);
  self->batch = NULL;
}

static void
finish_write (K8EtcdMember *self, K8Context *context)
{
  Answer waiting;

  k8_assert (self->writing_revision != 0);
  self->synced_revision = self->writing_revision;
  self->writing_revision = 0;
  /* Without a further batch nothing else would let go of what came meanwhile. */
  if (self->batch == NULL)
    self->n_writing_answers = k8_fifo_n (&self->answers);
  for (; self->n_writing_answers > 0; self->n_writing_answers--)
    {
      k8_fifo_pop (&self->answers, &waiting);
      k8_context_send (context, waiting.to, waiting.tag, waiting.mail);
    }
  tell_watches (self, context);
  start_write (self, context);
}

/* Adds an entry to the batch; the pair is copied with references of its own. */
static void
add_entry (K8EtcdMember *self, K8Context *context, K8PersistType type, const K8EtcdKeyValue *pair)
{
  if (self->batch == NULL)
    {
      self->batch = k8_mail_new (context->region, &k8_persist_mail_class);
      k8_array_init (&self->batch->entries, context->region, sizeof (K8PersistEntry));
    }
  K8PersistEntry *entry = k8_array_add (&self->batch->entries);
  *entry = (K8PersistEntry){ .type = type, .pair = k8_etcd_pair_dup (pair) };
}

static gboolean
compare_holds (const K8EtcdMember *self, const K8EtcdCompare *compare)
{
  static const K8EtcdKeyValue missing = { 0 };
  const K8EtcdKeyValue *pair = k8_mvcc_find (&self->store, compare->key);
  gint64 value = 0;

  pair = pair == NULL ? &missing : pair;
  switch (compare->target)
    {
    case K8_ETCD_COMPARE_VERSION:
      value = pair->version;
      break;
    case K8_ETCD_COMPARE_CREATE:
      value = pair->create_revision;
      break;
    case K8_ETCD_COMPARE_MOD:
      value = pair->mod_revision;
      break;
    case K8_ETCD_COMPARE_LEASE:
      value = pair->lease;
      break;
    }
  int order = (value > compare->value) - (value < compare->value);
  return compare->sign == 2 ? order != 0 : order == compare->sign;
}

static gboolean
all_hold (const K8EtcdMember *self, const K8Array *compares)
{
  for (guint32 i = 0; i < k8_array_n (compares); i++)
    if (!compare_holds (self, k8_array_at (compares, i)))
      return FALSE;
  return TRUE;
}

/* Why a transaction may not be done at all, or OK. */
static K8EtcdError
check_ops (const K8EtcdMember *self, const K8Array *ops)
{
  if (k8_array_n (ops) > K8_MAX_TXN_OPS)
    return K8_ETCD_TOO_LARGE;
  for (guint32 i = 0; i < k8_array_n (ops); i++)
    {
      const K8EtcdOp *op = k8_array_at (ops, i);
      if (op->type != K8_ETCD_PUT)
        continue;
      if (k8_region_is_tight (self->store.region))
        return K8_ETCD_NO_SPACE;
      if (op->lease != 0 && k8_lessor_find (&self->lessor, op->lease) == NULL)
        return K8_ETCD_LEASE_NOT_FOUND;
    }
  return K8_ETCD_OK;
}

static gboolean
has_writes (const K8EtcdMember *self, const K8Array *ops)
{
  for (guint32 i = 0; i < k8_array_n (ops); i++)
    {
      const K8EtcdOp *op = k8_array_at (ops, i);
      if (op->type == K8_ETCD_PUT)
        return TRUE;
      if (op->type == K8_ETCD_DELETE && k8_mvcc_find (&self->store, op->key) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
add_found (K8Array *pairs, const K8EtcdKeyValue *pair, const char *key)
{
  K8EtcdKeyValue *found = k8_array_add (pairs);

  *found = pair != NULL ? k8_etcd_pair_dup (pair) : (K8EtcdKeyValue){ .key = k8_string_ref (key) };
}

static void
do_put (K8EtcdMember *self, K8Context *context, const K8EtcdOp *op, K8Array *pairs)
{
  const K8EtcdKeyValue *pair = k8_mvcc_put (&self->store, op->key, op->value, op->lease);

  k8_trace (context, ETCD_PUT,
            { K8_TEXT (op->key), K8_NUMBER (pair->mod_revision), K8_NUMBER (pair->version) });
  add_entry (self, context, K8_PERSIST_PUT, pair);
  add_found (pairs, pair, op->key);
}

static void
do_delete (K8EtcdMember *self, K8Context *context, const char *key, K8Array *pairs)
{
  const K8EtcdKeyValue *pair = k8_mvcc_find (&self->store, key);

  if (pairs != NULL)
    add_found (pairs, pair, key);
  if (pair == NULL)
    return;
  K8EtcdKeyValue gone = { .key = k8_string_intern (context->region, key),
                          .mod_revision = self->store.revision };
  k8_mvcc_delete (&self->store, key);
  k8_trace (context, ETCD_DELETE, { K8_TEXT (gone.key), K8_NUMBER (gone.mod_revision) });
  add_entry (self, context, K8_PERSIST_DELETE, &gone);
  k8_string_unref (gone.key);
}

static void
do_ops (K8EtcdMember *self, K8Context *context, const K8Array *ops, K8Array *pairs)
{
  if (has_writes (self, ops))
    k8_mvcc_begin (&self->store);
  for (guint32 i = 0; i < k8_array_n (ops); i++)
    {
      const K8EtcdOp *op = k8_array_at (ops, i);
      if (op->type == K8_ETCD_PUT)
        do_put (self, context, op, pairs);
      else if (op->type == K8_ETCD_DELETE)
        do_delete (self, context, op->key, pairs);
      else
        add_found (pairs, k8_mvcc_find (&self->store, op->key), op->key);
    }
}

static void
receive_txn (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  const K8EtcdTxn *txn = (const K8EtcdTxn *) event->mail;
  K8EtcdTxnResult *result = k8_mail_new (context->region, &k8_etcd_txn_result_class);

  k8_array_init (&result->pairs, context->region, sizeof (K8EtcdKeyValue));
  result->succeeded = all_hold (self, &txn->compares);
  const K8Array *ops = result->succeeded ? &txn->then : &txn->otherwise;
  result->error = check_ops (self, ops);
  if (result->error == K8_ETCD_OK)
    do_ops (self, context, ops, &result->pairs);
  result->revision = self->store.revision;
  answer (self, context, event, result);
  start_write (self, context);
}

static void
receive_range (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  K8EtcdRangeResult *result = k8_mail_new (context->region, &k8_etcd_range_result_class);

  k8_array_init (&result->pairs, context->region, sizeof (K8EtcdKeyValue));
  k8_mvcc_range (&self->store, (const K8EtcdRange *) event->mail, result);
  answer (self, context, event, result);
}

static void
refuse_watch (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  K8EtcdWatchEvents *events = make_watch_events (self, context);

  events->error = K8_ETCD_COMPACTED;
  events->compact_revision = self->store.compact_revision;
  k8_context_send (context, event->from, event->tag, events);
}

static void
receive_watch (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  const K8EtcdWatch *asked = (const K8EtcdWatch *) event->mail;

  if (asked->start_revision != 0 && asked->start_revision <= self->store.compact_revision)
    {
      refuse_watch (self, context, event);
      return;
    }
  guint32 slot = k8_slots_add (&self->watches);
  Watch *watch = k8_slots_edit (&self->watches, slot);
  *watch = (Watch){ .asked = k8_mail_ref (asked), .tag = event->tag, .client = event->from };
  tell_watches (self, context);
  if (asked->start_revision != 0 && asked->start_revision <= self->synced_revision)
    tell_watch (self, context, watch, asked->start_revision - 1);
}

/* Ends the watches of a client: one by tag, or all of them (@tag 0). */
static void
end_watches (K8EtcdMember *self, K8ActorId client, guint64 tag)
{
  for (guint32 slot = k8_slots_next (&self->watches, 0); slot != 0;
       slot = k8_slots_next (&self->watches, slot))
    {
      const Watch *watch = k8_slots_get (&self->watches, slot);
      if (watch->client == client && (tag == 0 || watch->tag == tag))
        k8_slots_remove (&self->watches, slot);
    }
}

/* Sets the timer to the next expiry, unless it stands there already. */
static void
arm_lease_timer (K8EtcdMember *self, K8Context *context)
{
  const K8Lessee *first = k8_lessor_next_to_expire (&self->lessor);
  gint64 due_ns = first == NULL ? 0 : MAX (first->expires_ns, context->now_ns);

  if (due_ns == self->lease_timer_ns)
    return;
  k8_context_cancel_timer (context, self->lease_timer);
  self->lease_timer = 0;
  self->lease_timer_ns = due_ns;
  if (first != NULL)
    self->lease_timer = k8_context_set_timer (context, due_ns - context->now_ns, TIMER_LEASES);
}

/* The keys that hang on a lease, in order. (transfer full) */
static GPtrArray *
find_keys_of_lease (const K8EtcdMember *self, gint64 lease)
{
  GPtrArray *keys = g_ptr_array_new ();
  K8OrderCursor cursor;
  gboolean is_there = k8_order_first_at_or_after (&self->store.order, "", &cursor);

  for (; is_there; is_there = k8_order_next (&self->store.order, &cursor))
    {
      const K8EtcdKeyValue *pair = k8_mvcc_find (&self->store, cursor.key);
      if (pair != NULL && pair->lease == lease)
        g_ptr_array_add (keys, (char *) pair->key);
    }
  return keys;
}

/* Takes a lease back: its keys are deleted in one revision. */
static void
revoke (K8EtcdMember *self, K8Context *context, gint64 lease)
{
  GPtrArray *keys = find_keys_of_lease (self, lease);
  K8EtcdKeyValue gone = { .key = k8_string_intern (context->region, ""), .lease = lease };

  k8_lessor_revoke (&self->lessor, lease);
  k8_trace (context, ETCD_LEASE_REVOKED, { K8_NUMBER (lease), K8_NUMBER (keys->len) });
  add_entry (self, context, K8_PERSIST_REVOKE, &gone);
  k8_string_unref (gone.key);
  if (keys->len > 0)
    k8_mvcc_begin (&self->store);
  for (guint i = 0; i < keys->len; i++)
    do_delete (self, context, keys->pdata[i], NULL);
  g_ptr_array_unref (keys);
}

static void
grant (K8EtcdMember *self, K8Context *context, K8EtcdLeaseResult *result, gint64 ttl_seconds)
{
  if (result->lease == 0)
    result->lease = (gint64) (k8_random_next (&self->actor.random) >> 2) + 1;
  k8_lessor_grant (&self->lessor, result->lease, ttl_seconds, context->now_ns);
  K8EtcdKeyValue entry = { .key = k8_string_intern (context->region, ""),
                           .lease = result->lease,
                           .version = ttl_seconds };
  add_entry (self, context, K8_PERSIST_LEASE, &entry);
  k8_string_unref (entry.key);
}

static void
receive_lease (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  const K8EtcdLease *asked = (const K8EtcdLease *) event->mail;
  K8EtcdLeaseResult *result = k8_mail_new (context->region, &k8_etcd_lease_result_class);

  result->lease = asked->lease;
  switch (asked->verb)
    {
    case K8_ETCD_LEASE_GRANT:
      grant (self, context, result, asked->ttl_seconds);
      break;
    case K8_ETCD_LEASE_KEEP_ALIVE:
      if (!k8_lessor_keep_alive (&self->lessor, asked->lease, context->now_ns))
        result->error = K8_ETCD_LEASE_NOT_FOUND;
      break;
    case K8_ETCD_LEASE_REVOKE:
      if (k8_lessor_find (&self->lessor, asked->lease) == NULL)
        result->error = K8_ETCD_LEASE_NOT_FOUND;
      else
        revoke (self, context, asked->lease);
      break;
    }
  const K8Lessee *lessee = k8_lessor_find (&self->lessor, result->lease);
  result->ttl_seconds = lessee == NULL ? 0 : lessee->ttl_seconds;
  answer (self, context, event, result);
  start_write (self, context);
  arm_lease_timer (self, context);
}

static void
receive_compact (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  const K8EtcdCompact *asked = (const K8EtcdCompact *) event->mail;
  gint64 revision = MIN (asked->revision, self->told_revision);

  k8_mvcc_compact (&self->store, revision);
  k8_trace (context, ETCD_COMPACTED, { K8_NUMBER (revision) });
  K8EtcdKeyValue entry = { .key = k8_string_intern (context->region, ""),
                           .mod_revision = revision };
  add_entry (self, context, K8_PERSIST_COMPACT, &entry);
  k8_string_unref (entry.key);
  start_write (self, context);
}

static void
expire_leases (K8EtcdMember *self, K8Context *context)
{
  self->lease_timer = 0;
  self->lease_timer_ns = 0;
  for (const K8Lessee *first = k8_lessor_next_to_expire (&self->lessor);
       first != NULL && first->expires_ns <= context->now_ns;
       first = k8_lessor_next_to_expire (&self->lessor))
    revoke (self, context, first->id);
  start_write (self, context);
  arm_lease_timer (self, context);
}

/* Takes the state back that the disk had; clients may come from now on. */
static void
load (K8EtcdMember *self, K8Context *context, const K8LoadedMail *loaded)
{
  for (guint32 i = 0; i < k8_array_n (&loaded->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&loaded->entries, i);
      if (entry->type == K8_PERSIST_PUT)
        k8_mvcc_load (&self->store, &entry->pair);
      else if (entry->type == K8_PERSIST_LEASE)
        k8_lessor_grant (&self->lessor, entry->pair.lease, entry->pair.version, context->now_ns);
    }
  k8_mvcc_set_revision (&self->store, loaded->revision, loaded->revision);
  self->told_revision = self->synced_revision = self->store.revision;
  self->is_loaded = TRUE;
  k8_trace (context, ETCD_RECOVERED,
            { K8_NUMBER (self->store.revision), K8_NUMBER (k8_order_n (&self->store.order)) });
  arm_lease_timer (self, context);
}

static void
receive_message (K8EtcdMember *self, K8Context *context, const K8EngineEvent *event)
{
  if (!self->is_loaded)
    return; /* as a member that still reads its log: the client times out and asks again */
  if (k8_mail_is (event->mail, &k8_etcd_txn_class))
    receive_txn (self, context, event);
  else if (k8_mail_is (event->mail, &k8_etcd_range_class))
    receive_range (self, context, event);
  else if (k8_mail_is (event->mail, &k8_etcd_watch_class))
    receive_watch (self, context, event);
  else if (k8_mail_is (event->mail, &k8_etcd_watch_cancel_class))
    end_watches (self, event->from, event->tag);
  else if (k8_mail_is (event->mail, &k8_etcd_lease_class))
    receive_lease (self, context, event);
  else if (k8_mail_is (event->mail, &k8_etcd_compact_class))
    receive_compact (self, context, event);
}

static void
member_start (K8Actor *actor, K8Context *context, const K8StartMail *start)
{
  K8EtcdMember *self = (K8EtcdMember *) actor;

  k8_mvcc_init (&self->store, context->region);
  k8_lessor_init (&self->lessor, context->region);
  k8_slots_init (&self->watches, context->region, sizeof (Watch), &watch_class);
  k8_fifo_init (&self->answers, context->region, sizeof (Answer), &answer_class);
  self->told_revision = self->synced_revision = self->store.revision;
  self->is_loaded = !start->is_persisted;
}

static void
member_receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  K8EtcdMember *self = (K8EtcdMember *) actor;

  if (event->type == K8_EVENT_MESSAGE)
    receive_message (self, context, event);
  else if (event->type == K8_EVENT_PERSISTED)
    finish_write (self, context);
  else if (event->type == K8_EVENT_LOADED)
    load (self, context, (const K8LoadedMail *) event->mail);
  else if (event->type == K8_EVENT_TIMER && event->tag == TIMER_LEASES)
    expire_leases (self, context);
  else if (event->type == K8_EVENT_DISCONNECT)
    end_watches (self, event->from, 0);
}

static K8PersistMail *
dup_batch (const K8PersistMail *batch)
{
  K8Region *region = k8_region_of (batch);
  K8PersistMail *copy = k8_mail_new (region, &k8_persist_mail_class);

  k8_array_init (&copy->entries, region, sizeof (K8PersistEntry));
  for (guint32 i = 0; i < k8_array_n (&batch->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&batch->entries, i);
      K8PersistEntry *own = k8_array_add (&copy->entries);
      *own = (K8PersistEntry){ .type = entry->type, .pair = k8_etcd_pair_dup (&entry->pair) };
    }
  return copy;
}

static void
member_clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const K8EtcdMember *self = (const K8EtcdMember *) actor;
  K8EtcdMember *clone = (K8EtcdMember *) ret_clone;

  k8_mvcc_clone (&clone->store, &self->store);
  k8_lessor_clone (&clone->lessor, &self->lessor);
  k8_slots_clone (&clone->watches, &self->watches);
  k8_fifo_clone (&clone->answers, &self->answers);
  clone->batch = self->batch == NULL ? NULL : dup_batch (self->batch);
}

static void
member_clear (K8Actor *actor)
{
  K8EtcdMember *self = (K8EtcdMember *) actor;

  k8_mvcc_clear (&self->store);
  k8_lessor_clear (&self->lessor);
  k8_slots_clear (&self->watches);
  k8_fifo_clear (&self->answers);
  k8_mail_unref (self->batch);
}

const K8ActorClass k8_etcd_actor_class = {
  .name = "etcd",
  .kind = K8_ACTOR_ETCD,
  .bytes = sizeof (K8EtcdMember),
  .start = member_start,
  .receive = member_receive,
  .clone = member_clone,
  .clear = member_clear,
};
