/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of etcd: what the API server asks and what a member answers. Values are sealed
 * objects instead of bytes; keys are as upstream's, /registry/pods/default/web-1. Every answer
 * carries the tag of its question. Revision, version, compare and lease mean what etcd's
 * documentation says. Source: etcd v3 API.
 */
#pragma once

#include <glib.h>

#include "base/array.h"
#include "env.h"

/* A key with its value at some revision. Texts and records are counted. */
typedef struct
{
  const char *key;
  const void *value; /* a sealed record; NULL for a deletion */
  gint64 create_revision;
  gint64 mod_revision;
  gint64 version;
  gint64 lease;
} K8EtcdKeyValue;

/* A pair with its own references. */
K8EtcdKeyValue k8_etcd_pair_dup (const K8EtcdKeyValue *pair);

/* If all compares hold, `then` is done, else `otherwise`: atomically, as one revision. */
typedef enum
{
  K8_ETCD_COMPARE_VERSION,
  K8_ETCD_COMPARE_CREATE,
  K8_ETCD_COMPARE_MOD,
  K8_ETCD_COMPARE_LEASE,
} K8EtcdTarget;

typedef struct
{
  const char *key;
  K8EtcdTarget target;
  int sign; /* -1 less, 0 equal, 1 greater, 2 not equal */
  gint64 value;
} K8EtcdCompare;

typedef enum
{
  K8_ETCD_PUT,
  K8_ETCD_DELETE,
  K8_ETCD_GET,
} K8EtcdOpType;

typedef struct
{
  K8EtcdOpType type;
  const char *key;
  const void *value; /* PUT */
  gint64 lease;      /* PUT; 0 none */
} K8EtcdOp;

typedef struct
{
  K8Mail mail;
  K8Array compares;  /* K8EtcdCompare */
  K8Array then;      /* K8EtcdOp, at most K8_MAX_TXN_OPS */
  K8Array otherwise; /* K8EtcdOp */
} K8EtcdTxn;
extern const K8MailClass k8_etcd_txn_class;
K8EtcdTxn *k8_etcd_txn_new (K8Region *region);
void k8_etcd_txn_if (K8EtcdTxn *self, const char *key, K8EtcdTarget target, int sign, gint64 value);
void k8_etcd_txn_then (K8EtcdTxn *self, K8EtcdOpType type, const char *key, const void *value,
                       gint64 lease);
void k8_etcd_txn_else_get (K8EtcdTxn *self, const char *key);

typedef enum
{
  K8_ETCD_OK,
  K8_ETCD_NO_SPACE,        /* mvcc: database space exceeded */
  K8_ETCD_COMPACTED,       /* mvcc: required revision has been compacted */
  K8_ETCD_FUTURE_REVISION, /* mvcc: required revision is a future revision */
  K8_ETCD_LEASE_NOT_FOUND, /* requested lease not found */
  K8_ETCD_TOO_LARGE,       /* request is too large, too many operations */
  K8_ETCD_UNAVAILABLE,     /* no leader, time-out */
} K8EtcdError;

typedef struct
{
  K8Mail mail;
  K8EtcdError error;
  gboolean succeeded; /* the compares held */
  gint64 revision;    /* of the store after it */
  K8Array pairs;      /* K8EtcdKeyValue: one for each op; for DELETE what was there, for a GET of a
                         missing key one with mod_revision 0 */
} K8EtcdTxnResult;
extern const K8MailClass k8_etcd_txn_result_class;

/* Keys from `key` up to but not with `end` ("" : only `key`), at `revision` (0: now). */
typedef struct
{
  K8Mail mail;
  const char *key;
  const char *end;
  gint64 revision;
  guint32 limit; /* 0: none */
  gboolean is_count_only;
} K8EtcdRange;
extern const K8MailClass k8_etcd_range_class;

typedef struct
{
  K8Mail mail;
  K8EtcdError error;
  gint64 revision;
  guint64 count;
  gboolean has_more;
  K8Array pairs; /* K8EtcdKeyValue in order of keys */
} K8EtcdRangeResult;
extern const K8MailClass k8_etcd_range_result_class;

/* Events of keys [key, end) from `start_revision` on (0: from now). Ends by cancel or error. */
typedef struct
{
  K8Mail mail;
  const char *key;
  const char *end;
  gint64 start_revision;
} K8EtcdWatch;
extern const K8MailClass k8_etcd_watch_class;

typedef struct
{
  K8Mail mail;
} K8EtcdWatchCancel; /* tag: that of the watch */
extern const K8MailClass k8_etcd_watch_cancel_class;

typedef struct
{
  K8EtcdKeyValue now;      /* value NULL: deleted */
  K8EtcdKeyValue previous; /* mod_revision 0: there was none */
} K8EtcdEvent;

/* Events of whole revisions in order; or the end of a watch (error set). */
typedef struct
{
  K8Mail mail;
  K8EtcdError error;
  gint64 compact_revision;
  gint64 revision; /* everything up to it has been sent; with no events: progress */
  K8Array events;  /* K8EtcdEvent */
} K8EtcdWatchEvents;
extern const K8MailClass k8_etcd_watch_events_class;

typedef struct
{
  K8Mail mail;
  gint64 revision;
} K8EtcdCompact;
extern const K8MailClass k8_etcd_compact_class;

/* Leases. Answer: K8EtcdLeaseResult. */
typedef enum
{
  K8_ETCD_LEASE_GRANT,
  K8_ETCD_LEASE_KEEP_ALIVE,
  K8_ETCD_LEASE_REVOKE,
} K8EtcdLeaseVerb;

typedef struct
{
  K8Mail mail;
  K8EtcdLeaseVerb verb;
  gint64 lease; /* GRANT: 0, the member chooses */
  gint64 ttl_seconds;
} K8EtcdLease;
extern const K8MailClass k8_etcd_lease_class;

typedef struct
{
  K8Mail mail;
  K8EtcdError error;
  gint64 lease;
  gint64 ttl_seconds;
} K8EtcdLeaseResult;
extern const K8MailClass k8_etcd_lease_result_class;

/* What PERSIST asks for: applied entries in order, to be durable before anyone sees them. */
typedef enum
{
  K8_PERSIST_PUT,
  K8_PERSIST_DELETE,
  K8_PERSIST_LEASE,   /* grant: key is empty, ttl in version */
  K8_PERSIST_REVOKE,
  K8_PERSIST_COMPACT, /* revision in mod_revision */
} K8PersistType;

typedef struct
{
  K8PersistType type;
  K8EtcdKeyValue pair;
} K8PersistEntry;

typedef struct
{
  K8Mail mail;
  gint64 revision; /* of the store with these entries */
  K8Array entries; /* K8PersistEntry */
} K8PersistMail;
extern const K8MailClass k8_persist_mail_class;

/* What the disk holds, after START with is_persisted: the live keys and leases. */
typedef struct
{
  K8Mail mail;
  gint64 revision;
  gint64 compact_revision;
  K8Array entries; /* K8PersistEntry: PUT and LEASE, any order */
} K8LoadedMail;
extern const K8MailClass k8_loaded_mail_class;
