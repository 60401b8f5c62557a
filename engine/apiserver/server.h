/* SPDX-License-Identifier: Apache-2.0
 *
 * The API server actor from inside. A request becomes a K8Call, which lives on the stack of a
 * step: it is answered, or it is parked in `pending` until etcd or the signer answer, and taken
 * up again then. Every function that takes a call ends it in one of these two ways.
 *
 * request → authenticate → authorise → (decode) → await freshness → verb → answer
 *                                                     ↓     ↑
 *                                             parked for etcd, SIGNED
 */
#pragma once

#include "actor.h"
#include "apiserver/apiserver.h"
#include "apiserver/watch_cache.h"
#include "base/fifo.h"
#include "base/heap.h"
#include "base/time.h"
#include "etcd/etcd.h"
#include "machinery/status.h"

typedef struct K8ApiServer K8ApiServer;
typedef struct K8Call K8Call;

/* What a parked call goes on with. */
typedef enum
{
  K8_STAGE_NONE,
  K8_STAGE_CREATE,      /* the object was put where nothing was */
  K8_STAGE_UPDATE,      /* the object was put over `before` */
  K8_STAGE_DELETE_MARK, /* `before` was marked as being deleted */
  K8_STAGE_DELETE,      /* the key was deleted */
  K8_STAGE_LEASE,       /* etcd granted a lease for Events */
  K8_STAGE_SIGN,        /* the token is signed */
  K8_STAGE_AUTHENTICATE, /* the token that a client shows is signed again, to compare */
  K8_STAGE_CHILDREN,    /* a collection is being deleted, object by object */
} K8CallStage;

struct K8Call
{
  const K8ApiRequest *request; /* counted */
  const K8HttpResponse *http;  /* counted; how a client outside wants its answer; else NULL */
  const void *object;          /* counted; what is being written */
  const void *before;          /* counted; what it replaces */
  const char *key;             /* counted */
  const char *warnings;        /* counted; by line */
  const char *reserved_ports;  /* counted; node ports, guint16 each, like reserved_ip */
  const K8HttpRequest *inquiry; /* counted; only while its sender is being looked up */
  const K8ApiResponse *collected; /* counted; what a deletion of a collection found */
  gint64 before_revision;
  gint64 deadline_ns;
  guint64 tag;                 /* the client's */
  guint64 parked_tag;          /* ours, while it is parked */
  guint64 parent_tag;          /* parked, of a deletion of a collection; 0 none */
  K8ActorId from;              /* 0: outside */
  guint32 n_children;
  guint16 attempt;
  guint8 stage;                /* K8CallStage */
  guint8 is_internal;          /* the server's own: nobody waits for the answer */
  guint8 has_worked;           /* its virtual duration has been spent */
  guint8 is_write_outside;     /* counted in n_writes_outside */
  guint8 is_read_outside;      /* counted in n_reads_outside */
  guint32 reserved_ip;         /* allocated for it, given back if it fails; 0 none */
};

/* A watch that is open. */
typedef struct
{
  const K8HttpResponse *http; /* counted; NULL inside */
  gint64 after;      /* revisions up to it are known to the client */
  gint64 deadline_ns;
  gint64 bookmark_ns; /* when the next bookmark is due; 0 never */
  guint64 tag;
  K8ActorId from;
  guint32 kind;      /* K8KindId of the cache */
  guint32 feed;
  guint32 next;      /* of the same feed */
  guint32 previous;
  guint32 serial;    /* tells it from earlier ones in its slot */
} K8ApiWatcher;

/* When a watch has something due. */
typedef struct
{
  gint64 due_ns;
  guint32 watcher;
  guint32 serial;
} K8WatcherTimer;

typedef enum
{
  K8_SERVER_NONE,
  K8_SERVER_CONNECTING, /* no etcd */
  K8_SERVER_LOADING,    /* the range is on its way */
  K8_SERVER_SERVING,
} K8ServerState;

/* What every cluster has is made in two steps: the second lies in namespaces of the first. */
typedef enum
{
  K8_BOOTSTRAP_NONE,
  K8_BOOTSTRAP_NAMESPACES, /* asked for */
  K8_BOOTSTRAP_OBJECTS,
  K8_BOOTSTRAP_DONE,
} K8BootstrapPhase;

/* Tags of timers. */
enum
{
  K8_API_TIMER_CONNECT = 1,
  K8_API_TIMER_PENDING,
  K8_API_TIMER_WATCHERS,
  K8_API_TIMER_COMPACT,
};

/* Upstream's timings. */
#define K8_API_WRITE_TIMEOUT_NS (34 * K8_SECOND_NS)
#define K8_API_BOOKMARK_NS (60 * K8_SECOND_NS)
#define K8_API_COMPACT_NS (300 * K8_SECOND_NS)
#define K8_API_EVENT_TTL_SECONDS 3600
#define K8_API_EVENT_LEASE_REUSE_NS (60 * K8_SECOND_NS)
#define K8_API_EVENTS_A_LEASE 1000

/* Addresses and ports of Services, as bitmaps; rebuilt from the store. */
typedef struct
{
  K8Array used_ips; /* guint64 words; bit n: the n-th address of the range */
  K8Array used_ports;
  guint32 base;     /* IPv4 address of the range, host order */
  guint32 n_ips;
} K8Allocator;

struct K8ApiServer
{
  K8Actor actor;
  K8Region *region;
  K8ServerState state;
  K8ActorId etcd;
  guint64 next_tag;       /* for etcd and the signer */
  guint64 range_tag;
  guint64 watch_tag;
  gint64 revision;        /* the caches hold everything up to it */
  gint64 confirmed;       /* etcd has told of a write with this revision */
  gint64 compact_next;    /* what the next compaction drops */
  guint64 connect_timer;
  guint64 pending_timer;
  guint64 watchers_timer;
  gint64 watchers_timer_ns;
  guint32 bootstrap_phase; /* K8BootstrapPhase */
  K8WatchCache caches[K8_N_KINDS]; /* of kinds with a resource of their own */
  K8Slots pending;        /* K8Call */
  K8Index pending_by_tag;
  K8Fifo waiting;         /* K8Call: until the caches have what was confirmed */
  K8Slots watchers;       /* K8ApiWatcher */
  K8Index watchers_by_client;
  K8Heap watcher_timers;  /* K8WatcherTimer */
  K8Array touched;        /* K8TouchedFeed, within a step */
  guint32 next_serial;
  guint32 n_writes_outside; /* in flight */
  guint32 n_reads_outside;  /* watches and streams apart */
  guint64 n_feeds_visited; /* by changes, ever: what a write costs in watches */
  guint64 n_batches_sent;
  gint64 event_lease;
  gint64 event_lease_ns;  /* granted at */
  guint32 n_event_lease_keys;
  guint32 is_lease_asked;
  K8Allocator allocator;
};

typedef struct
{
  guint32 kind;
  guint32 feed;
} K8TouchedFeed;

extern const K8ActorClass k8_apiserver_actor_class;

/* server.c: calls. */
const K8WatchCache *k8_server_cache (const K8ApiServer *self, const K8KindInfo *kind);
K8WatchCache *k8_server_edit_cache (K8ApiServer *self, const K8KindInfo *kind);
void k8_server_accept (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_server_run (K8ApiServer *self, K8Context *context, K8Call *call);

/* call.c */
guint64 k8_call_park (K8ApiServer *self, K8Context *context, K8Call *call, K8CallStage stage);
gboolean k8_call_take (K8ApiServer *self, guint64 tag, K8Call *ret_call);
void k8_call_clear (K8Call *self);
void k8_call_add_warnings (K8Context *context, K8Call *self, const GPtrArray *texts);
void k8_call_set_object (K8Call *self, const void *object);
void k8_call_set_key (K8Call *self, const K8CachedObject *object);
void k8_call_set_before (K8Call *self, const void *object, gint64 revision);
void k8_call_answer (K8ApiServer *self, K8Context *context, K8Call *call, K8ApiResponse *response);
void k8_call_answer_object (K8ApiServer *self, K8Context *context, K8Call *call, guint code,
                            const void *object, gint64 revision);
void k8_call_refuse (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status *status);
void k8_call_expire (K8ApiServer *self, K8Context *context);
void k8_call_drop_client (K8ApiServer *self, K8Context *context, K8ActorId client);
void k8_call_fail_all (K8ApiServer *self, K8Context *context);
K8GroupResource k8_call_resource (const K8Call *self);
const char *k8_call_name (const K8Call *self);
extern const K8ElementClass k8_call_class;

/* storage.c: what etcd is asked for, and what it answers. */
void k8_storage_connect (K8ApiServer *self, K8Context *context);
void k8_storage_ensure_key (K8ApiServer *self, K8Call *call);
void k8_storage_put (K8ApiServer *self, K8Context *context, K8Call *call, K8CallStage stage);
void k8_storage_delete (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_storage_receive (K8ApiServer *self, K8Context *context, const K8EngineEvent *event);
void k8_storage_disconnect (K8ApiServer *self, K8Context *context);
void k8_storage_compact (K8ApiServer *self, K8Context *context);

/* log.c */
void k8_log_run (K8ApiServer *self, K8Context *context, K8Call *call, const K8Pod *pod);

/* list.c, create.c, update.c, delete.c: the verbs. */
void k8_read_get (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_read_list (K8ApiServer *self, K8Context *context, K8Call *call);
const K8Status *k8_selection_parse (K8ApiServer *self, const K8ApiRequest *request,
                                    K8Selection *ret_selection);
K8ApiResponse *k8_list_collect (K8ApiServer *self, const K8ApiRequest *request,
                                const K8Status **ret_status);
void k8_create_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_create_stored (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision);
void k8_create_clashed (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_update_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_update_attempt (K8ApiServer *self, K8Context *context, K8Call *call, const void *current,
                        gint64 revision);
const K8Status *k8_update_check_names (K8Context *context, const K8ApiRequest *request,
                                       const void *object);
const K8Status *k8_update_bad_revision (K8Context *context, const char *text);
void k8_update_missing (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_update_answer (K8ApiServer *self, K8Context *context, K8Call *call, const void *object,
                       gint64 revision);
void k8_delete_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_delete_attempt (K8ApiServer *self, K8Context *context, K8Call *call, const void *current,
                        gint64 revision);
void k8_delete_marked (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision);
void k8_delete_done (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision);
void k8_delete_collection_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_delete_collection_child_done (K8ApiServer *self, K8Context *context, guint64 parent_tag);

/* strategy.c: what a kind does to its objects on the way in. All (transfer full). */
const void *k8_strategy_prepare_create (K8Context *context, const K8Call *call,
                                        const void *object);
const void *k8_strategy_prepare_update (K8Context *context, const K8Call *call,
                                        const void *object, const void *old);
gboolean k8_strategy_is_graceful (const K8KindInfo *kind);
gboolean k8_strategy_creates_on_update (const K8KindInfo *kind);
gboolean k8_strategy_demands_revision (const K8KindInfo *kind);
gboolean k8_strategy_answers_deleted (const K8KindInfo *kind);

/* watch.c */
void k8_watch_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_watch_cancel (K8ApiServer *self, K8Context *context, K8ActorId from, guint64 tag);
void k8_watch_drop_client (K8ApiServer *self, K8ActorId from);
void k8_watch_tell (K8ApiServer *self, K8Context *context, const K8EtcdWatchEvents *events);
void k8_watch_fire_timers (K8ApiServer *self, K8Context *context);
void k8_watch_end_all (K8ApiServer *self, K8Context *context);
extern const K8ElementClass k8_api_watcher_class;
extern const K8HeapClass k8_watcher_timer_class;

/* convert.c: an object in another version of its kind; itself if it is that. (transfer full) */
const void *k8_convert (const void *object, const K8KindInfo *kind);

/* allocate.c: addresses and ports of Services. */
void k8_allocator_init (K8Allocator *self, K8Region *region, const char *cidr);
void k8_allocator_clear (K8Allocator *self);
void k8_allocator_clone (K8Allocator *ret_clone, const K8Allocator *self);
void k8_allocator_note (K8Allocator *self, const void *before, const void *now);
void k8_allocator_rebuild (K8ApiServer *self);

/* bootstrap.c: what every cluster has from the start. */
void k8_bootstrap_step (K8ApiServer *self, K8Context *context);

/* subresource.c */
const void *k8_scale_make (K8Context *context, K8Call *call, const void *scale,
                           const K8Status **ret_status);
const void *k8_binding_make (K8ApiServer *self, K8Context *context, K8Call *call,
                             const K8Status **ret_status);
const K8Status *k8_binding_done (K8Region *region);
const void *k8_patch_make (K8ApiServer *self, K8Context *context, K8Call *call,
                           const K8Status **ret_status);
const void *k8_scale_new (K8Region *region, const void *object);
void k8_token_run (K8ApiServer *self, K8Context *context, K8Call *call);
void k8_token_signed (K8ApiServer *self, K8Context *context, const K8EngineEvent *event);

/* http.c */
void k8_http_receive (K8ApiServer *self, K8Context *context, const K8EngineEvent *event);
void k8_http_answer_watch (K8ApiServer *self, K8Context *context, const K8Call *call);
void k8_http_answer (K8ApiServer *self, K8Context *context, const K8Call *call,
                     const K8ApiResponse *response);
