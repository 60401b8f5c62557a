/* SPDX-License-Identifier: Apache-2.0
 *
 * MVCC: keys with their versions. Every write transaction is one revision; the store can be read
 * at any revision since the last compaction, and tells the events of any such span.
 * History is bounded by K8_ETCD_HISTORY_EVENTS: beyond it the oldest is compacted by itself.
 * Source: etcd, server/storage/mvcc. Departures: the bound on history; values are records.
 */
#pragma once

#include "base/fifo.h"
#include "base/index.h"
#include "base/order.h"
#include "base/slots.h"
#include "etcd/etcd.h"

typedef struct
{
  K8Region *region;
  gint64 revision;         /* of the last write; an empty store stands at 1 */
  gint64 compact_revision; /* what lies before it is gone */
  K8Order order;           /* key to slot of `keys`, for ranges */
  K8Index key_by_text;     /* the same by the text's handle: keys are short enough to be shared */
  K8Slots keys;            /* newest version of each key */
  K8Slots versions;        /* key-value pairs, chained to older ones */
  K8Fifo history;          /* what each revision changed, oldest first */
} K8Mvcc;

void k8_mvcc_init (K8Mvcc *self, K8Region *region);
void k8_mvcc_clear (K8Mvcc *self);
void k8_mvcc_clone (K8Mvcc *ret_clone, const K8Mvcc *self);

/* The newest version of a key: borrowed until the next write; NULL if it is not there. */
const K8EtcdKeyValue *k8_mvcc_find (const K8Mvcc *self, const char *key);

/* Writes of the revision that k8_mvcc_begin() opened. */
gint64 k8_mvcc_begin (K8Mvcc *self);
const K8EtcdKeyValue *k8_mvcc_put (K8Mvcc *self, const char *key, const void *value, gint64 lease);
gboolean k8_mvcc_delete (K8Mvcc *self, const char *key);

/* Puts a pair back as the disk had it; only into a store without history. */
void k8_mvcc_load (K8Mvcc *self, const K8EtcdKeyValue *pair);
void k8_mvcc_set_revision (K8Mvcc *self, gint64 revision, gint64 compact_revision);

/* Answers a range into @result: pairs, count, has_more, error. */
void k8_mvcc_range (const K8Mvcc *self, const K8EtcdRange *range, K8EtcdRangeResult *result);

/* Appends the events of keys [key, end) in revisions (after, up_to] to @events (K8EtcdEvent). */
void k8_mvcc_collect (const K8Mvcc *self, const K8EtcdWatch *watch, gint64 after, gint64 up_to,
                      K8Array *events);

/* Forgets what can only be seen before @revision. */
void k8_mvcc_compact (K8Mvcc *self, gint64 revision);
