/* SPDX-License-Identifier: Apache-2.0
 *
 * The watch cache of one resource: every object as etcd has it, in the order of its keys; the
 * last changes, for watches that resume; and the open watches, found by the fields they select.
 *
 * Watches with the same question share a feed: one selector, one batch of events a change,
 * sent to all of them. A feed hangs on the most selective value that it demands of an object
 * (metadata.name, spec.nodeName ..., metadata.namespace, or none), so that a change looks at the
 * feeds under its old and its new values and at no other.
 * Source: kubernetes apiserver pkg/storage/cacher (v1.36), SM 2.
 */
#pragma once

#include "apiserver/apiserver.h"
#include "base/index.h"
#include "base/order.h"
#include "base/ring.h"
#include "base/slots.h"
#include "machinery/field_selector.h"
#include "machinery/selector.h"

/* An object with its key. */
typedef struct
{
  const char *key;    /* counted; "/registry/pods/default/web-1" */
  const void *object; /* counted */
  gint64 revision;
} K8CachedObject;

/* A change that was. */
typedef struct
{
  gint64 revision;
  const void *now;    /* counted; NULL: deleted */
  const void *before; /* counted; NULL: created */
  gint64 before_revision;
} K8CachedChange;

/* What a list or watch selects. */
typedef struct
{
  const K8KindInfo *kind;     /* as asked: its objects are shown in this version */
  const char *namespace_name; /* counted; NULL: all */
  const K8Selector *labels;   /* counted; NULL: all */
  const K8FieldSelector *fields; /* counted; NULL: all */
} K8Selection;

typedef struct
{
  K8Selection selection;
  const char *label_text; /* counted; NULL for none */
  const char *field_text;
  K8WatchBatch *batch;    /* being filled in this step, else NULL */
  guint32 first_watcher;
  guint32 n_watchers;
  guint32 next;           /* under the same value */
  guint32 previous;
  guint32 index_field;    /* K8_FEED_UNINDEXED, or what it hangs on */
} K8Feed;

enum
{
  K8_FEED_UNINDEXED = 255,
  K8_MAX_SNAPSHOTS = 4, /* a resource: pages of lists that are being read */
};

/* The resource as it was, for further pages of a list and for lists at an exact revision. */
typedef struct
{
  gint64 since;    /* revision of the last change that it holds */
  gint64 revision; /* up to here it is what the resource was; 0: not in use */
  K8Slots objects;
  K8Order order;
} K8CacheSnapshot;

typedef struct
{
  K8Region *region;
  const K8KindInfo *kind;
  const char *prefix;     /* counted; "/registry/pods/" */
  K8Slots objects;        /* K8CachedObject */
  K8Index by_name;        /* handles of namespace and name: slot */
  K8Order order;          /* key: slot */
  K8Ring changes;         /* K8CachedChange */
  gint64 changes_since;   /* all changes behind this revision are in the ring */
  gint64 last_revision;   /* of the last change */
  K8Slots feeds;          /* K8Feed */
  K8Index feeds_by_value; /* field and handle of the value: first feed */
  guint32 first_unindexed;
  guint32 n_feeds_on[K8_SELECTABLE_MAX]; /* feeds that hang on a value of the field */
  K8CacheSnapshot snapshots[K8_MAX_SNAPSHOTS];
  guint32 next_snapshot;
  K8Memo *list_memo;      /* of those who list everything as it is now; NULL until somebody does */
} K8WatchCache;

void k8_watch_cache_init (K8WatchCache *self, K8Region *region, const K8KindInfo *kind);
void k8_watch_cache_clear (K8WatchCache *self);
void k8_watch_cache_clone (K8WatchCache *ret_clone, const K8WatchCache *self);

/* Objects. */
const K8CachedObject *k8_watch_cache_find (const K8WatchCache *self, const char *namespace_name,
                                           const char *name);
const char *k8_watch_cache_make_key (const K8WatchCache *self, const char *namespace_name,
                                     const char *name);
void k8_watch_cache_load (K8WatchCache *self, const K8CachedObject *object);

/* Puts or removes (object NULL) what etcd tells; the change is kept for watches to come.
 * Gives the change, valid until the next one. */
const K8CachedChange *k8_watch_cache_change (K8WatchCache *self, const K8CachedObject *object,
                                             const void *named);

/* snapshot.c: the resource as it stood at a revision: as it is now if it has not changed since,
 * else a snapshot, made if the ring reaches back so far. */
typedef struct
{
  const K8Slots *objects;
  const K8Order *order;
} K8CacheView;
gboolean k8_watch_cache_view_at (K8WatchCache *self, gint64 revision, K8CacheView *ret_view);
void k8_watch_cache_keep_snapshot (K8WatchCache *self, gint64 revision);
void k8_cache_snapshot_clear (K8CacheSnapshot *self);

/* The kind as which objects of a kind are stored: itself, but for Event of events.k8s.io. */
const K8KindInfo *k8_storage_kind (const K8KindInfo *kind);

/* Selections. */
gboolean k8_selection_matches (const K8Selection *self, const void *object);
void k8_selection_ref (const K8Selection *self);
void k8_selection_clear (K8Selection *self);

/* Feeds. Gives the slot of the feed for a selection (borrowed), made if need be. */
guint32 k8_watch_cache_ensure_feed (K8WatchCache *self, const K8Selection *selection,
                                    const char *label_text, const char *field_text);
void k8_watch_cache_drop_feed (K8WatchCache *self, guint32 slot);

/* Calls back for each feed that a change may concern; gives how many there were. */
typedef void (*K8FeedFunc) (K8WatchCache *self, guint32 feed, const K8CachedChange *change,
                            gpointer user);
guint k8_watch_cache_each_feed (K8WatchCache *self, const K8CachedChange *change, K8FeedFunc func,
                                gpointer user);
