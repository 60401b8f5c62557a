/* SPDX-License-Identifier: Apache-2.0
 *
 * Weighing by taking apart (weigh.h). The actors are cleared through their own functions, and
 * stopped by STOP events; nothing is estimated.
 */
#include "tests/bench/weigh.h"

#include "apiserver/server.h"
#include "etcd/member.h"
#include "node/kubelet.h"
#include "node/proxy.h"
#include "scheduler/state.h"

static const char *const names[] = {
  [WEIGH_HISTORY] = "history: watch rings, old versions",
  [WEIGH_EVENTS] = "Events: objects and entries",
  [WEIGH_RECORDERS] = "recorders: Events said before",
  [WEIGH_RUNTIME] = "simulated runtime",
  [WEIGH_DISK] = "simulated disk of etcd",
  [WEIGH_DRIVER] = "simulated world: queue, rules",
  [WEIGH_PROXY_CACHES] = "proxies: caches",
  [WEIGH_PROXIES] = "proxies: the rest",
  [WEIGH_KUBELET_WORKERS] = "kubelets: pod workers",
  [WEIGH_KUBELET_CACHES] = "kubelets: caches",
  [WEIGH_KUBELET_CLIENTS] = "kubelets: clients",
  [WEIGH_KUBELETS] = "kubelets: the rest",
  [WEIGH_SCHEDULER_CACHES] = "scheduler: caches",
  [WEIGH_SCHEDULER] = "scheduler: the rest",
  [WEIGH_CONTROLLERS] = "controller manager",
  [WEIGH_WATCHES] = "API server: watches",
  [WEIGH_APISERVER] = "API server: entries",
  [WEIGH_ETCD] = "etcd: keys and versions",
  [WEIGH_NODES] = "Node objects",
  [WEIGH_LEASES] = "Lease objects",
  [WEIGH_PODS] = "Pod objects",
  [WEIGH_OBJECTS] = "other objects",
  [WEIGH_REST] = "actors, names, the rest",
};

const char *
weigh_name (WeighOwner owner)
{
  return names[owner];
}

typedef struct
{
  SimWorld *world;
  Weights *weights;
  gsize used;         /* without the table of texts */
  double place_bytes; /* of the table, for each text there is */
  guint32 n_texts;
} Scale;

static void
look (Scale *self)
{
  K8Region *region = self->world->region;

  self->used = k8_region_used_bytes (region) - k8_string_table_bytes (region);
  self->n_texts = k8_region_strings (region)->n_strings;
}

/* What went since the last look is the owner's, with a share of the table for each of its texts. */
static void
take (Scale *self, WeighOwner owner)
{
  gsize used = self->used;
  guint32 n_texts = self->n_texts;

  look (self);
  self->weights->bytes[owner] += used - self->used;
  self->weights->bytes[owner] += (gsize) (self->place_bytes * (n_texts - self->n_texts));
}

static K8Actor *
get_actor (Scale *self, guint32 id, K8ActorKind kind)
{
  const K8Engine *engine = self->world->engine;

  return k8_engine_actor_kind (engine, id) == kind ? (K8Actor *) k8_engine_actor (engine, id)
                                                   : NULL;
}

static void
stop (Scale *self, K8ActorKind kind, WeighOwner owner)
{
  SimWorld *world = self->world;

  for (guint32 id = 1; id <= k8_engine_n_actors (world->engine); id++)
    if (get_actor (self, id, kind) != NULL)
      {
        K8EngineEvent event = { .type = K8_EVENT_STOP, .to = id, .now_ns = world->now_ns };
        k8_engine_step (world->engine, &event, &world->outbox);
        k8_outbox_reset (&world->outbox);
      }
  take (self, owner);
}

static void
forget_history (Scale *self, K8ApiServer *server, K8EtcdMember *etcd)
{
  self->weights->n_history = k8_fifo_n (&etcd->store.history);
  for (guint kind = 0; kind < K8_N_KINDS; kind++)
    if (server->caches[kind].kind != NULL)
      {
        k8_ring_clear (&server->caches[kind].changes);
        for (guint i = 0; i < K8_MAX_SNAPSHOTS; i++)
          k8_cache_snapshot_clear (&server->caches[kind].snapshots[i]);
      }
  k8_mvcc_compact (&etcd->store, etcd->store.revision);
}

/* The store with what it has now, as after a restart: slots of keys that went are not kept. */
static void
rebuild_store (K8Mvcc *store)
{
  K8Mvcc fresh;
  K8OrderCursor cursor;

  k8_mvcc_init (&fresh, store->region);
  for (gboolean is_there = k8_order_first_at_or_after (&store->order, "", &cursor); is_there;
       is_there = k8_order_next (&store->order, &cursor))
    k8_mvcc_load (&fresh, k8_mvcc_find (store, cursor.key));
  k8_mvcc_set_revision (&fresh, store->revision, store->compact_revision);
  k8_mvcc_clear (store);
  *store = fresh;
}

/* The disk without Events, likewise. */
static void
rebuild_disk (SimDisk *disk)
{
  K8LoadedMail *loaded = sim_disk_load (disk);
  K8PersistMail *mail = k8_mail_new (disk->region, &k8_persist_mail_class);
  K8Region *region = disk->region;
  gint64 sync_ns = disk->sync_ns;

  k8_array_init (&mail->entries, region, sizeof (K8PersistEntry));
  for (guint i = 0; i < k8_array_n (&loaded->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&loaded->entries, i);
      if (entry->type == K8_PERSIST_PUT && !g_str_has_prefix (entry->pair.key, "/registry/events/"))
        *(K8PersistEntry *) k8_array_add (&mail->entries)
            = (K8PersistEntry){ .type = entry->type, .pair = k8_etcd_pair_dup (&entry->pair) };
    }
  sim_disk_clear (disk);
  sim_disk_init (disk, region, sync_ns);
  sim_disk_write (disk, mail);
  sim_disk_sync (disk);
  k8_mail_unref (mail);
  k8_mail_unref (loaded);
}

static void
forget_events (Scale *self, K8ApiServer *server, K8EtcdMember *etcd)
{
  K8WatchCache *cache = &server->caches[K8_KIND_Event];
  GPtrArray *keys = g_ptr_array_new ();
  K8OrderCursor cursor;

  self->weights->n_events = k8_slots_n (&cache->objects);
  for (gboolean is_there = k8_order_first_at_or_after (&cache->order, "", &cursor); is_there;
       is_there = k8_order_next (&cache->order, &cursor))
    g_ptr_array_add (keys, (void *) k8_string_ref (cursor.key));
  k8_slots_clear (&cache->objects);
  k8_index_clear (&cache->by_name);
  k8_order_clear (&cache->order);
  for (guint i = 0; i < keys->len; i++)
    {
      k8_mvcc_begin (&etcd->store);
      k8_mvcc_delete (&etcd->store, keys->pdata[i]);
      k8_string_unref (keys->pdata[i]);
    }
  g_ptr_array_free (keys, TRUE);
  k8_mvcc_compact (&etcd->store, etcd->store.revision);
  k8_lessor_clear (&etcd->lessor);
  rebuild_store (&etcd->store);
  rebuild_disk (&self->world->disk);
}

static void
forget_said (K8Recorder *recorder)
{
  k8_slots_clear (&recorder->memory.seen);
  k8_index_clear (&recorder->memory.by_hash);
}

static void
weigh_kubelets (Scale *self)
{
  guint n = k8_engine_n_actors (self->world->engine);
  K8Kubelet *kubelet;
  K8Proxy *proxy;

  for (guint32 id = 1; id <= n; id++)
    if ((proxy = (K8Proxy *) get_actor (self, id, K8_ACTOR_PROXY)) != NULL)
      {
        k8_cache_clear (&proxy->services.cache);
        k8_cache_clear (&proxy->slices.cache);
      }
  take (self, WEIGH_PROXY_CACHES);
  stop (self, K8_ACTOR_PROXY, WEIGH_PROXIES);
  for (guint32 id = 1; id <= n; id++)
    if ((kubelet = (K8Kubelet *) get_actor (self, id, K8_ACTOR_KUBELET)) != NULL)
      {
        k8_slots_clear (&kubelet->workers);
        k8_index_clear (&kubelet->worker_by_uid);
        take (self, WEIGH_KUBELET_WORKERS);
        k8_cache_clear (&kubelet->pods.cache);
        k8_cache_clear (&kubelet->services.cache);
        take (self, WEIGH_KUBELET_CACHES);
        k8_fifo_clear (&kubelet->client.calls);
        k8_array_clear (&kubelet->client.watches);
        take (self, WEIGH_KUBELET_CLIENTS);
      }
  stop (self, K8_ACTOR_KUBELET, WEIGH_KUBELETS);
}

static void
weigh_events (Scale *self, K8ApiServer *server, K8EtcdMember *etcd)
{
  forget_history (self, server, etcd);
  take (self, WEIGH_HISTORY);
  forget_events (self, server, etcd);
  take (self, WEIGH_EVENTS);
  for (guint32 id = 1; id <= k8_engine_n_actors (self->world->engine); id++)
    {
      K8Kubelet *kubelet = (K8Kubelet *) get_actor (self, id, K8_ACTOR_KUBELET);
      K8Scheduler *scheduler = (K8Scheduler *) get_actor (self, id, K8_ACTOR_SCHEDULER);
      if (kubelet != NULL)
        forget_said (&kubelet->recorder);
      if (scheduler != NULL)
        forget_said (&scheduler->recorder);
    }
  take (self, WEIGH_RECORDERS);
}

static void
weigh_driver (Scale *self)
{
  SimWorld *world = self->world;

  sim_runtime_clear (&world->runtime);
  take (self, WEIGH_RUNTIME);
  sim_disk_clear (&world->disk);
  take (self, WEIGH_DISK);
  sim_queue_clear (&world->queue);
  k8_index_clear (&world->timers);
  sim_network_clear (&world->network);
  world->part->class->free (world->part);
  world->part = NULL;
  take (self, WEIGH_DRIVER);
}

/* One reference of each object, by kind, so that objects stay when etcd goes. */
static void
hold_objects (const K8ApiServer *server, GPtrArray *held[K8_N_KINDS])
{
  for (guint kind = 0; kind < K8_N_KINDS; kind++)
    {
      const K8Slots *objects = &server->caches[kind].objects;
      held[kind] = g_ptr_array_new ();
      if (server->caches[kind].kind == NULL)
        continue;
      for (guint32 slot = k8_slots_next (objects, 0); slot != 0;
           slot = k8_slots_next (objects, slot))
        {
          const K8CachedObject *cached = k8_slots_get (objects, slot);
          g_ptr_array_add (held[kind], (void *) k8_record_ref (cached->object));
        }
    }
}

static void
drop_objects (Scale *self, GPtrArray *objects, WeighOwner owner)
{
  for (guint i = 0; i < objects->len; i++)
    k8_record_unref (objects->pdata[i]);
  g_ptr_array_set_size (objects, 0);
  take (self, owner);
}

static void
weigh_objects (Scale *self, GPtrArray *held[K8_N_KINDS])
{
  drop_objects (self, held[K8_KIND_Node], WEIGH_NODES);
  drop_objects (self, held[K8_KIND_Lease], WEIGH_LEASES);
  drop_objects (self, held[K8_KIND_Pod], WEIGH_PODS);
  for (guint kind = 0; kind < K8_N_KINDS; kind++)
    {
      drop_objects (self, held[kind], WEIGH_OBJECTS);
      g_ptr_array_free (held[kind], TRUE);
    }
}

static void
weigh_watches (Scale *self, K8ApiServer *server)
{
  k8_slots_clear (&server->watchers);
  k8_index_clear (&server->watchers_by_client);
  k8_heap_clear (&server->watcher_timers);
  for (guint kind = 0; kind < K8_N_KINDS; kind++)
    if (server->caches[kind].kind != NULL)
      {
        k8_slots_clear (&server->caches[kind].feeds);
        k8_index_clear (&server->caches[kind].feeds_by_value);
      }
  take (self, WEIGH_WATCHES);
}

static void
weigh_scheduler (Scale *self)
{
  for (guint32 id = 1; id <= k8_engine_n_actors (self->world->engine); id++)
    {
      K8Scheduler *scheduler = (K8Scheduler *) get_actor (self, id, K8_ACTOR_SCHEDULER);
      if (scheduler == NULL)
        continue;
      k8_cache_clear (&scheduler->pods.cache);
      k8_cache_clear (&scheduler->nodes.cache);
    }
  take (self, WEIGH_SCHEDULER_CACHES);
  stop (self, K8_ACTOR_SCHEDULER, WEIGH_SCHEDULER);
}

void
weigh_world (SimWorld *world, Weights *ret_weights)
{
  Scale scale = { .world = world, .weights = ret_weights };
  K8ActorId server_id = k8_engine_find_actor (world->engine, "apiserver-0");
  K8ActorId etcd_id = k8_engine_find_actor (world->engine, "etcd-0");
  K8ApiServer *server = (K8ApiServer *) k8_engine_actor (world->engine, server_id);
  K8EtcdMember *etcd = (K8EtcdMember *) k8_engine_actor (world->engine, etcd_id);
  GPtrArray *held[K8_N_KINDS];

  *ret_weights = (Weights){ .n_events = 0 };
  look (&scale);
  scale.place_bytes = (double) k8_string_table_bytes (world->region) / scale.n_texts;
  weigh_events (&scale, server, etcd);
  weigh_driver (&scale);
  weigh_kubelets (&scale);
  weigh_scheduler (&scale);
  stop (&scale, K8_ACTOR_CONTROLLER_MANAGER, WEIGH_CONTROLLERS);
  weigh_watches (&scale, server);
  hold_objects (server, held);
  stop (&scale, K8_ACTOR_APISERVER, WEIGH_APISERVER);
  stop (&scale, K8_ACTOR_ETCD, WEIGH_ETCD);
  weigh_objects (&scale, held);
  ret_weights->bytes[WEIGH_REST] = scale.used + (gsize) (scale.place_bytes * scale.n_texts);
}
