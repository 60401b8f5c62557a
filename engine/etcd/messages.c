/* SPDX-License-Identifier: Apache-2.0
 *
 * The mail classes of etcd: how each message is made, described and freed.
 */
#include "etcd/etcd.h"

#include "base/assert.h"
#include "base/string.h"
#include "schema/record.h"

/* Lets go of a pair's key and value. */
static void
clear_pair (K8EtcdKeyValue *pair)
{
  k8_string_unref (pair->key);
  k8_record_unref (pair->value);
}

static void
clear_pairs (K8Array *pairs)
{
  for (guint32 i = 0; i < k8_array_n (pairs); i++)
    clear_pair (k8_array_at (pairs, i));
  k8_array_clear (pairs);
}

static void
clear_ops (K8Array *ops)
{
  for (guint32 i = 0; i < k8_array_n (ops); i++)
    {
      K8EtcdOp *op = k8_array_at (ops, i);
      k8_string_unref (op->key);
      k8_record_unref (op->value);
    }
  k8_array_clear (ops);
}

static void
txn_clear (K8Mail *mail)
{
  K8EtcdTxn *self = (K8EtcdTxn *) mail;

  for (guint32 i = 0; i < k8_array_n (&self->compares); i++)
    k8_string_unref (((K8EtcdCompare *) k8_array_at (&self->compares, i))->key);
  k8_array_clear (&self->compares);
  clear_ops (&self->then);
  clear_ops (&self->otherwise);
}

static const char *
get_op_name (K8EtcdOpType type)
{
  switch (type)
    {
    case K8_ETCD_PUT:
      return "put";
    case K8_ETCD_DELETE:
      return "delete";
    case K8_ETCD_GET:
      return "get";
    }
  k8_assert_not_reached ();
  return NULL;
}

static void
txn_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8EtcdTxn *self = (const K8EtcdTxn *) mail;

  if (k8_array_n (&self->then) == 0)
    return;
  const K8EtcdOp *op = k8_array_at (&self->then, 0);
  *ret_verb = get_op_name (op->type);
  *ret_subject = op->key;
}

const K8MailClass k8_etcd_txn_class = {
  .name = "etcd.txn",
  .bytes = sizeof (K8EtcdTxn),
  .clear = txn_clear,
  .describe = txn_describe,
};

/* An empty transaction: no compare, nothing to do. (transfer full) */
K8EtcdTxn *
k8_etcd_txn_new (K8Region *region)
{
  K8EtcdTxn *self = k8_mail_new (region, &k8_etcd_txn_class);

  k8_array_init (&self->compares, region, sizeof (K8EtcdCompare));
  k8_array_init (&self->then, region, sizeof (K8EtcdOp));
  k8_array_init (&self->otherwise, region, sizeof (K8EtcdOp));
  return self;
}

/**
 * k8_etcd_txn_if:
 * @sign: -1 less, 0 equal, 1 greater, 2 not equal
 * @value: what the target is compared with; a missing key has 0 everywhere
 */
void
k8_etcd_txn_if (K8EtcdTxn *self, const char *key, K8EtcdTarget target, int sign, gint64 value)
{
  K8EtcdCompare *compare = k8_array_add (&self->compares);

  *compare = (K8EtcdCompare){ .key = k8_string_intern (k8_region_of (self), key),
                              .target = target,
                              .sign = sign,
                              .value = value };
}

/* Adds an operation for the case that the compares hold. @value is counted. */
void
k8_etcd_txn_then (K8EtcdTxn *self, K8EtcdOpType type, const char *key, const void *value,
                  gint64 lease)
{
  K8EtcdOp *op = k8_array_add (&self->then);

  *op = (K8EtcdOp){ .type = type,
                    .key = k8_string_intern (k8_region_of (self), key),
                    .value = k8_record_ref (value),
                    .lease = lease };
}

/* Adds a read for the case that a compare does not hold. */
void
k8_etcd_txn_else_get (K8EtcdTxn *self, const char *key)
{
  K8EtcdOp *op = k8_array_add (&self->otherwise);

  *op = (K8EtcdOp){ .type = K8_ETCD_GET, .key = k8_string_intern (k8_region_of (self), key) };
}

static void
txn_result_clear (K8Mail *mail)
{
  clear_pairs (&((K8EtcdTxnResult *) mail)->pairs);
}

const K8MailClass k8_etcd_txn_result_class = {
  .name = "etcd.txn.result",
  .bytes = sizeof (K8EtcdTxnResult),
  .clear = txn_result_clear,
};

static void
range_clear (K8Mail *mail)
{
  k8_string_unref (((K8EtcdRange *) mail)->key);
  k8_string_unref (((K8EtcdRange *) mail)->end);
}

static void
range_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  *ret_verb = "range";
  *ret_subject = ((const K8EtcdRange *) mail)->key;
}

const K8MailClass k8_etcd_range_class = {
  .name = "etcd.range",
  .bytes = sizeof (K8EtcdRange),
  .clear = range_clear,
  .describe = range_describe,
};

static void
range_result_clear (K8Mail *mail)
{
  clear_pairs (&((K8EtcdRangeResult *) mail)->pairs);
}

const K8MailClass k8_etcd_range_result_class = {
  .name = "etcd.range.result",
  .bytes = sizeof (K8EtcdRangeResult),
  .clear = range_result_clear,
};

static void
watch_clear (K8Mail *mail)
{
  k8_string_unref (((K8EtcdWatch *) mail)->key);
  k8_string_unref (((K8EtcdWatch *) mail)->end);
}

static void
watch_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  *ret_verb = "watch";
  *ret_subject = ((const K8EtcdWatch *) mail)->key;
}

const K8MailClass k8_etcd_watch_class = {
  .name = "etcd.watch",
  .bytes = sizeof (K8EtcdWatch),
  .clear = watch_clear,
  .describe = watch_describe,
};

const K8MailClass k8_etcd_watch_cancel_class = {
  .name = "etcd.watch.cancel",
  .bytes = sizeof (K8EtcdWatchCancel),
};

static void
watch_events_clear (K8Mail *mail)
{
  K8EtcdWatchEvents *self = (K8EtcdWatchEvents *) mail;

  for (guint32 i = 0; i < k8_array_n (&self->events); i++)
    {
      K8EtcdEvent *event = k8_array_at (&self->events, i);
      clear_pair (&event->now);
      clear_pair (&event->previous);
    }
  k8_array_clear (&self->events);
}

static void
watch_events_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8EtcdWatchEvents *self = (const K8EtcdWatchEvents *) mail;

  if (k8_array_n (&self->events) == 0)
    return;
  const K8EtcdEvent *event = k8_array_at (&self->events, 0);
  *ret_verb = event->now.value == NULL ? "delete" : "put";
  *ret_subject = event->now.key;
}

const K8MailClass k8_etcd_watch_events_class = {
  .name = "etcd.watch.events",
  .bytes = sizeof (K8EtcdWatchEvents),
  .clear = watch_events_clear,
  .describe = watch_events_describe,
};

const K8MailClass k8_etcd_compact_class = {
  .name = "etcd.compact",
  .bytes = sizeof (K8EtcdCompact),
};

const K8MailClass k8_etcd_lease_class = {
  .name = "etcd.lease",
  .bytes = sizeof (K8EtcdLease),
};

const K8MailClass k8_etcd_lease_result_class = {
  .name = "etcd.lease.result",
  .bytes = sizeof (K8EtcdLeaseResult),
};

static void
clear_persist_entries (K8Array *entries)
{
  for (guint32 i = 0; i < k8_array_n (entries); i++)
    clear_pair (&((K8PersistEntry *) k8_array_at (entries, i))->pair);
  k8_array_clear (entries);
}

static void
persist_clear (K8Mail *mail)
{
  clear_persist_entries (&((K8PersistMail *) mail)->entries);
}

const K8MailClass k8_persist_mail_class = {
  .name = "persist",
  .bytes = sizeof (K8PersistMail),
  .clear = persist_clear,
};

static void
loaded_clear (K8Mail *mail)
{
  clear_persist_entries (&((K8LoadedMail *) mail)->entries);
}

const K8MailClass k8_loaded_mail_class = {
  .name = "loaded",
  .bytes = sizeof (K8LoadedMail),
  .clear = loaded_clear,
};
