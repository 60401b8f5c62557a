/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of a controller. A key's way:
 *   queue → (a worker is free: reconcile_ns pass) → start_sync → plan → send a group → answers →
 *   next group … → end_sync → out of the queue, or back with back-off.
 * The work is looked at when the worker's time has passed, so what arrives meanwhile coalesces.
 * Read-your-writes: a class may refuse to work from caches older than its own last writes.
 * Source: client-go workqueue users in pkg/controller (v1.36): rate-limited queues, slowStartBatch,
 * staleness checks of 1.36. Departures: no client-side throttle of 20 requests a second.
 */
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controllers/loop.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"

enum
{
  MAX_WAITS = 3,             /* kinds of which a key remembers its own writes */
  RETRY_BIT = 0x8000,        /* in a cookie: a look at the fresh object after a conflict */
  MAX_WRITES = RETRY_BIT,    /* of one plan; slow start and burst limits keep far below */
};

#define EXPECTATIONS_TIMEOUT_NS (300 * K8_SECOND_NS)

/* A key: what it stands for, and how new the caches must be. */
typedef struct
{
  K8Ref ref;
  K8KindId wait_kind[MAX_WAITS];
  gint64 wait_revision[MAX_WAITS];
  gint64 written_ns; /* when it last wrote */
} Key;

/* A worker on its way through a plan. */
typedef struct
{
  K8Plan plan;
  guint32 key;
  guint32 next;      /* first write that was not yet sent */
  guint32 n_waiting;
  guint32 batch;     /* of slow start */
} Sync;

static void
ref_key (K8Region *region, void *element)
{
  k8_string_ref (((Key *) element)->ref.namespace_name);
  k8_string_ref (((Key *) element)->ref.name);
}

static void
unref_key (K8Region *region, void *element)
{
  k8_string_unref (((Key *) element)->ref.namespace_name);
  k8_string_unref (((Key *) element)->ref.name);
}

static void
ref_sync (K8Region *region, void *element)
{
  Sync *sync = element;
  K8Plan shared = sync->plan;

  k8_plan_clone (&sync->plan, &shared);
}

static void
unref_sync (K8Region *region, void *element)
{
  k8_plan_clear (&((Sync *) element)->plan);
}

static const K8ElementClass key_class = { .ref = ref_key, .unref = unref_key };
static const K8ElementClass sync_class = { .ref = ref_sync, .unref = unref_sync };

void
k8_controller_init (K8Controller *self, K8Context *context, const K8ControllerClass *class,
                    guint32 id)
{
  GString *user = g_string_new ("system:serviceaccount:kube-system:");
  K8Region *region = context->region;

  g_string_append (user, class->name);
  *self = (K8Controller){ .class = class, .id = id, .user = k8_string_intern (region, user->str) };
  g_string_free (user, TRUE);
  k8_workqueue_init (&self->queue, region, K8_LOOP_TIMER_QUEUE | id);
  k8_recorder_init (&self->recorder, context, K8_RECORDER_OLD_STYLE,
                    class->component != NULL ? class->component : class->name, NULL);
  self->recorder.user = self->user;
  self->recorder.id = (guint8) id;
  k8_slots_init (&self->keys, region, sizeof (Key), &key_class);
  k8_index_init (&self->by_ref, region);
  k8_slots_init (&self->syncs, region, sizeof (Sync), &sync_class);
  if (class->memory_bytes == 0)
    return;
  self->memory = k8_region_alloc0 (region, class->memory_bytes);
  class->memory_init (self->memory, region);
}

void
k8_controller_clear (K8Controller *self)
{
  if (self->class == NULL)
    return;
  k8_workqueue_clear (&self->queue);
  k8_recorder_clear (&self->recorder);
  k8_slots_clear (&self->syncs);
  k8_slots_clear (&self->keys);
  k8_index_clear (&self->by_ref);
  if (self->memory != NULL)
    {
      self->class->memory_clear (self->memory);
      k8_region_free (k8_region_of (self->memory), self->memory, self->class->memory_bytes);
    }
  k8_string_unref (self->user);
}

void
k8_controller_clone (K8Controller *ret_clone, const K8Controller *self)
{
  *ret_clone = *self;
  if (self->class == NULL)
    return;
  k8_string_ref (self->user);
  k8_workqueue_clone (&ret_clone->queue, &self->queue);
  k8_recorder_clone (&ret_clone->recorder, &self->recorder);
  k8_slots_clone (&ret_clone->keys, &self->keys);
  k8_index_clone (&ret_clone->by_ref, &self->by_ref);
  k8_slots_clone (&ret_clone->syncs, &self->syncs);
  if (self->memory == NULL)
    return;
  ret_clone->memory = k8_region_alloc0 (k8_region_of (self->memory), self->class->memory_bytes);
  self->class->memory_clone (ret_clone->memory, self->memory);
}

/* A number for a ref: handles have 29 bits, the kind takes what is left of 64. */
static guint64
ref_key_of (K8KindId kind, const char *namespace_name, const char *name)
{
  G_STATIC_ASSERT (K8_N_KINDS <= 64);
  return ((guint64) kind << 58) | ((guint64) k8_string_handle (namespace_name) << 29) |
         k8_string_handle (name);
}

/* The slot of a ref's key; made if it is new. */
static guint32
ensure_key (K8Controller *self, const K8Ref *ref)
{
  K8Region *region = k8_region_of (self->user);
  const char *name = k8_string_intern (region, k8_string_or_empty (ref->name));
  const char *namespace_name =
      ref->namespace_name == NULL ? NULL : k8_string_intern (region, ref->namespace_name);
  guint64 number = ref_key_of (ref->kind, namespace_name, name);
  guint32 slot = k8_index_find (&self->by_ref, number);

  if (slot != 0)
    {
      k8_string_unref (name);
      k8_string_unref (namespace_name);
      return slot;
    }
  slot = k8_slots_add (&self->keys);
  ((Key *) k8_slots_edit (&self->keys, slot))->ref =
      (K8Ref){ .kind = ref->kind, .namespace_name = namespace_name, .name = name };
  k8_index_put (&self->by_ref, number, slot);
  return slot;
}

void
k8_controller_enqueue (K8Controller *self, const K8Ref *ref)
{
  k8_workqueue_add (&self->queue, ensure_key (self, ref));
}

void
k8_controller_enqueue_after (K8Controller *self, K8Context *context, const K8Ref *ref,
                             gint64 delay_ns)
{
  k8_workqueue_add_after (&self->queue, context, ensure_key (self, ref), delay_ns);
}

void
k8_controller_enqueue_object (K8Controller *self, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8Ref ref = { .kind = k8_kind_of_record (object)->id,
                .namespace_name = k8_object_meta_namespace (meta),
                .name = k8_object_meta_name (meta) };

  k8_controller_enqueue (self, &ref);
}

gboolean
k8_controller_enqueue_owner (K8Controller *self, const void *object, K8KindId kind)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8OwnerReference *owner = k8_owner_find_controller (meta);

  if (owner == NULL || !k8_string_is (k8_owner_reference_kind (owner), k8_kinds[kind].kind))
    return FALSE;
  K8Ref ref = { .kind = kind,
                .namespace_name = k8_object_meta_namespace (meta),
                .name = k8_owner_reference_name (owner) };
  k8_controller_enqueue (self, &ref);
  return TRUE;
}

const K8CacheEntry *
k8_view_find (const K8View *self, const K8Ref *ref)
{
  const K8Cache *cache = self->caches[ref->kind];

  return cache == NULL ? NULL : k8_cache_find (cache, ref->namespace_name, ref->name);
}

/* The object of @kind that controls @object, by name and uid, or NULL. */
const K8CacheEntry *
k8_view_find_owner (const K8View *self, const void *object, K8KindId kind)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8OwnerReference *owner = k8_owner_find_controller (meta);

  if (owner == NULL || !k8_string_is (k8_owner_reference_kind (owner), k8_kinds[kind].kind))
    return NULL;
  K8Ref ref = { .kind = kind,
                .namespace_name = k8_object_meta_namespace (meta),
                .name = k8_owner_reference_name (owner) };
  const K8CacheEntry *entry = k8_view_find (self, &ref);
  return entry != NULL && k8_string_equal (entry->uid, k8_owner_reference_uid (owner)) ? entry
                                                                                       : NULL;
}

void
k8_controller_work (K8Controller *self, K8Loop *loop)
{
  gint64 delay_ns = loop->context->actor->start->durations.reconcile_ns;

  while (k8_workqueue_n_ready (&self->queue) > self->n_starting &&
         k8_slots_n (&self->syncs) + self->n_starting < self->class->n_workers)
    {
      self->n_starting++;
      k8_context_set_timer (loop->context, delay_ns, K8_LOOP_TIMER_WORKER | self->id);
    }
}

/* Forgets a key that stands for nothing and that nobody waits for. */
static void
drop_key_if_gone (K8Controller *self, K8Loop *loop, guint32 slot)
{
  const Key *key = k8_slots_get (&self->keys, slot);

  if (key->ref.kind == K8_KIND_NONE || k8_index_find (&self->queue.by_key, slot) != 0 ||
      k8_view_find (loop->view, &key->ref) != NULL)
    return;
  k8_index_remove (&self->by_ref,
                   ref_key_of (key->ref.kind, key->ref.namespace_name, key->ref.name));
  k8_slots_remove (&self->keys, slot);
}

/* Whether the caches have what the key wrote. It is not waited for longer than upstream waits for
 * its expectations: a cache that is behind for ever must not stop a controller for ever. */
static gboolean
has_caught_up (const Key *key, const K8Loop *loop)
{
  if (loop->context->now_ns - key->written_ns > EXPECTATIONS_TIMEOUT_NS)
    return TRUE;
  for (guint i = 0; i < MAX_WAITS; i++)
    if (key->wait_kind[i] != K8_KIND_NONE &&
        loop->informers[key->wait_kind[i]].revision < key->wait_revision[i])
      return FALSE;
  return TRUE;
}

/* Remembers that the caches of a kind must have come as far as this write. */
static void
note_own_write (K8Controller *self, K8Loop *loop, guint32 slot, K8KindId kind, gint64 revision)
{
  Key *key = k8_slots_edit (&self->keys, slot);
  guint i = 0;

  while (i < MAX_WAITS - 1 && key->wait_kind[i] != K8_KIND_NONE && key->wait_kind[i] != kind)
    i++;
  key->written_ns = loop->context->now_ns;
  key->wait_kind[i] = kind;
  key->wait_revision[i] = MAX (key->wait_revision[i], revision);
}

static guint64
make_cookie (const K8Controller *self, guint32 sync, guint32 write)
{
  return ((guint64) self->id << 48) | ((guint64) sync << 16) | write;
}

/* The revision that a write names; where it follows another write of the object, the answer's. */
static gint64
find_revision (const K8Plan *plan, const K8PlanWrite *write)
{
  gint64 revision = 0;

  if (write->revision != K8_PLAN_REVISION_OF_ANSWER)
    return write->revision;
  for (guint i = 0; i < k8_plan_n (plan) && k8_plan_at (plan, i) != write; i++)
    {
      const K8PlanWrite *earlier = k8_plan_at (plan, i);
      if (earlier->code != 0 && earlier->kind == write->kind &&
          k8_string_equal (earlier->name, write->name) &&
          k8_string_equal (earlier->namespace_name, write->namespace_name))
        revision = earlier->answer_revision;
    }
  return revision;
}

static K8ApiRequest *
make_request (K8Loop *loop, const K8Plan *plan, const K8PlanWrite *write)
{
  static const K8Verb verbs[] = {
    [K8_WRITE_CREATE] = K8_VERB_CREATE, [K8_WRITE_UPDATE] = K8_VERB_UPDATE,
    [K8_WRITE_STATUS] = K8_VERB_UPDATE, [K8_WRITE_PATCH] = K8_VERB_PATCH,
    [K8_WRITE_PATCH_STATUS] = K8_VERB_PATCH, [K8_WRITE_DELETE] = K8_VERB_DELETE,
    [K8_WRITE_GET] = K8_VERB_GET,
  };
  K8ApiRequest *request =
      k8_client_request (loop->client, loop->context, verbs[write->type], write->kind->id);

  request->namespace_name = k8_string_ref (write->namespace_name);
  request->name = k8_string_ref (write->name);
  request->uid = k8_string_ref (write->uid);
  request->revision = find_revision (plan, write);
  request->grace_seconds = write->grace_seconds;
  request->propagation = write->propagation;
  request->field_manager = k8_string_intern (loop->context->region, "kube-controller-manager");
  if (request->verb == K8_VERB_CREATE || request->verb == K8_VERB_UPDATE)
    request->object = k8_record_ref (write->object);
  if (write->patch != NULL)
    k8_api_request_set_patch (request, K8_PATCH_TYPE_STRATEGIC, write->patch);
  if (write->type == K8_WRITE_STATUS || write->type == K8_WRITE_PATCH_STATUS)
    request->subresource = K8_SUBRESOURCE_STATUS;
  return request;
}

/* The client speaks with this controller's name while it sends. */
static void
send (K8Controller *self, K8Loop *loop, K8ApiRequest *request, guint64 cookie)
{
  k8_string_unref (request->user);
  request->user = k8_string_ref (self->user);
  k8_client_send (loop->client, loop->context, request, cookie);
}

/* The version of an object that is spoken of, as far as it is known; upstream does not say it of
 * nodes, which it names by hand. */
static gint64
find_said_revision (const K8Loop *loop, const void *about)
{
  const K8KindInfo *kind = k8_kind_of_record (about);
  const K8ObjectMeta *meta = k8_object_get_meta (about);
  const K8Cache *cache = &loop->informers[kind->id].cache;

  if (kind->id == K8_KIND_Node || cache->kind == NULL)
    return 0;
  const K8CacheEntry *entry
      = k8_cache_find (cache, k8_object_meta_namespace (meta),
                       k8_string_or_empty (k8_object_meta_name (meta)));
  return entry == NULL ? 0 : entry->revision;
}

static void
say (K8Controller *self, K8Loop *loop, const void *about, const char *type, const char *reason,
     const char *message)
{
  K8Said said = { .type = type, .reason = reason, .message = message,
                  .revision = find_said_revision (loop, about) };

  k8_recorder_say (&self->recorder, loop->client, loop->context, about, &said);
}

static gboolean
is_namespace_terminating (const K8Status *status)
{
  const K8StatusDetails *details = k8_status_details (status);

  for (guint i = 0; i < k8_status_details_causes_n (details); i++)
    if (k8_string_is (k8_status_cause_reason (k8_status_details_causes_at (details, i)),
                      "NamespaceTerminating"))
      return TRUE;
  return FALSE;
}

/* What a write's answer makes the controller say; `%` stands for the name or the error. */
static void
say_of_answer (K8Controller *self, K8Loop *loop, const K8PlanWrite *write)
{
  gboolean is_ok = write->code >= 200 && write->code < 300;
  const K8PlanSaid *said = is_ok ? &write->ok : &write->failed;
  const char *word = k8_status_message (write->status);

  if (said->reason == NULL || (!is_ok && is_namespace_terminating (write->status)))
    return;
  if (is_ok)
    word = write->answer != NULL && write->name == NULL
               ? k8_object_meta_name (k8_object_get_meta (write->answer))
               : write->name;
  const char *place = strchr (said->message, '%');
  GString *message = g_string_new (said->message);
  if (place != NULL)
    {
      g_string_truncate (message, place - said->message);
      g_string_append (message, k8_string_or_empty (word));
      g_string_append (message, place + 1);
    }
  say (self, loop, write->about, is_ok ? "Normal" : "Warning", said->reason, message->str);
  g_string_free (message, TRUE);
}

static void
trace_plan (K8Controller *self, K8Loop *loop, const K8Plan *plan)
{
  K8Context *context = loop->context;

  context->cause = k8_trace (context, RECONCILE_PLANNED,
                             { K8_TEXT (self->class->name), K8_NUMBER (k8_plan_n (plan)),
                               K8_NUMBER (plan->requeue_after_ns), K8_TEXT (plan->failure) });
  for (guint i = 0; i < k8_plan_n (plan); i++)
    {
      const K8PlanWrite *write = k8_plan_at (plan, i);
      const char *why = write->type == K8_WRITE_EVENT ? write->ok.message : write->why;
      k8_trace (context, PLAN_WRITE,
                { K8_NUMBER (write->group), K8_TEXT (k8_write_type_name (write->type)),
                  K8_TEXT (write->kind->kind), K8_TEXT (write->namespace_name),
                  K8_TEXT (write->name), K8_TEXT (why) });
    }
}

/* Sends the writes of one group, or the next batch of its creations. */
static void
send_batch (K8Controller *self, K8Loop *loop, guint32 slot)
{
  Sync *sync = k8_slots_edit (&self->syncs, slot);
  guint32 group = k8_plan_at (&sync->plan, sync->next)->group;
  guint32 n_left = sync->plan.is_slow_start ? sync->batch : G_MAXUINT32;

  for (; sync->next < k8_plan_n (&sync->plan) && n_left > 0; sync->next++)
    {
      const K8PlanWrite *write = k8_plan_at (&sync->plan, sync->next);
      if (write->group != group)
        {
          sync->batch = 1;
          return;
        }
      if (write->type == K8_WRITE_EVENT)
        {
          say (self, loop, write->object, write->event_type, write->ok.reason, write->ok.message);
          continue;
        }
      sync->n_waiting++;
      n_left -= write->type == K8_WRITE_CREATE;
      send (self, loop, make_request (loop, &sync->plan, write),
            make_cookie (self, slot, sync->next));
    }
  sync->batch *= 2;
}

/* Whether a failed key comes back, and when. */
static void
retry (K8Controller *self, K8Loop *loop, guint32 key, const K8PlanWrite *failure,
       const char *message)
{
  const K8Ref *ref = &((const Key *) k8_slots_get (&self->keys, key))->ref;
  guint n_failures = k8_workqueue_failures (&self->queue, key);

  k8_trace (loop->context, RECONCILE_FAILED,
            { K8_TEXT (self->class->name), K8_TEXT (ref->namespace_name), K8_TEXT (ref->name),
              K8_NUMBER (n_failures), K8_TEXT (message) });
  if ((failure != NULL && is_namespace_terminating (failure->status)) ||
      (self->class->max_retries != 0 && n_failures >= self->class->max_retries))
    k8_workqueue_forget (&self->queue, key);
  else
    k8_workqueue_add_rate_limited (&self->queue, loop->context, key);
}

/* Notes that the pods of an owner have been, or must again be, compared with its selector. */
static void
note_checked (K8Loop *loop, const K8Ref *ref, const K8Plan *plan, gboolean must_check)
{
  const K8CacheEntry *entry = plan->has_checked_pods ? k8_view_find (loop->view, ref) : NULL;

  if (entry != NULL)
    k8_owner_sums_set_check (loop->sums, entry->uid, must_check);
}

static void
end_sync (K8Controller *self, K8Loop *loop, guint32 slot)
{
  const Sync *sync = k8_slots_get (&self->syncs, slot);
  const K8PlanWrite *failure = k8_plan_find_failure (&sync->plan);
  guint32 key = sync->key;

  if (failure != NULL || sync->plan.failure != NULL)
    {
      note_checked (loop, &((const Key *) k8_slots_get (&self->keys, key))->ref, &sync->plan, TRUE);
      retry (self, loop, key, failure,
             failure != NULL ? k8_status_message (failure->status) : sync->plan.failure);
    }
  else
    {
      k8_workqueue_forget (&self->queue, key);
      if (sync->plan.requeue_after_ns != 0)
        k8_workqueue_add_after (&self->queue, loop->context, key, sync->plan.requeue_after_ns);
    }
  k8_workqueue_done (&self->queue, key);
  k8_slots_remove (&self->syncs, slot);
  drop_key_if_gone (self, loop, key);
}

/* Lets the class go on after its plan; what it wants then replaces the plan. */
static void
resume (K8Controller *self, K8Loop *loop, guint32 slot)
{
  Sync *sync = k8_slots_edit (&self->syncs, slot);
  const Key *key = k8_slots_get (&self->keys, sync->key);
  K8Plan next;

  k8_plan_init (&next, loop->context->region);
  self->class->resume (loop->view, &key->ref, &sync->plan, &next);
  next.has_checked_pods = sync->plan.has_checked_pods;
  k8_plan_clear (&sync->plan);
  sync->plan = next;
  sync->next = 0;
  sync->batch = 1;
  trace_plan (self, loop, &sync->plan);
}

/* Sends what can be sent; ends the sync when nothing is left. */
static void
advance (K8Controller *self, K8Loop *loop, guint32 slot)
{
  const Sync *sync = k8_slots_get (&self->syncs, slot);

  while (sync->n_waiting == 0)
    {
      gboolean is_through = sync->next == k8_plan_n (&sync->plan);
      if (!is_through && k8_plan_find_failure (&sync->plan) == NULL)
        send_batch (self, loop, slot);
      else if (sync->plan.wants_resume)
        resume (self, loop, slot);
      else
        {
          end_sync (self, loop, slot);
          return;
        }
      sync = k8_slots_get (&self->syncs, slot);
    }
}

static void
reconcile (K8Controller *self, K8Loop *loop, guint32 key_slot)
{
  const Key *key = k8_slots_get (&self->keys, key_slot);
  guint32 slot = k8_slots_add (&self->syncs);
  Sync *sync = k8_slots_edit (&self->syncs, slot);
  K8Context *context = loop->context;

  context->cause = k8_trace (context, RECONCILE_STARTED,
                             { K8_TEXT (self->class->name), K8_TEXT (k8_kinds[key->ref.kind].kind),
                               K8_TEXT (key->ref.namespace_name), K8_TEXT (key->ref.name) });
  *sync = (Sync){ .key = key_slot, .batch = 1 };
  k8_plan_init (&sync->plan, context->region);
  loop->view->memory = self->memory;
  self->class->reconcile (loop->view, &key->ref, &sync->plan);
  k8_assert (k8_plan_n (&sync->plan) < MAX_WRITES);
  note_checked (loop, &key->ref, &sync->plan, FALSE);
  trace_plan (self, loop, &sync->plan);
  advance (self, loop, slot);
}

void
k8_controller_start_sync (K8Controller *self, K8Loop *loop)
{
  guint64 key = k8_workqueue_get (&self->queue);
  const Key *known = k8_slots_get (&self->keys, (guint32) key);

  k8_assert (self->n_starting > 0);
  self->n_starting--;
  if (key == 0)
    return;
  if (known == NULL)
    k8_workqueue_done (&self->queue, key);
  else if (self->class->waits_for_own_writes && !has_caught_up (known, loop))
    {
      k8_workqueue_add_rate_limited (&self->queue, loop->context, key);
      k8_workqueue_done (&self->queue, key);
    }
  else
    reconcile (self, loop, (guint32) key);
}

/* A status that met a newer object: look at it, then put the status on it. */
static gboolean
retry_status (K8Controller *self, K8Loop *loop, K8PlanWrite *write, guint64 cookie)
{
  if (write->code != 409 || write->n_retries == 0 || write->type != K8_WRITE_STATUS)
    return FALSE;
  write->n_retries--;
  K8ApiRequest *request =
      k8_client_request_for (loop->client, loop->context, K8_VERB_GET, write->object, 0);
  send (self, loop, request, cookie | RETRY_BIT);
  return TRUE;
}

static void
put_on_fresh (K8Controller *self, K8Loop *loop, const K8Plan *plan, K8PlanWrite *write,
              const K8ApiResponse *response, guint64 cookie)
{
  const void *stale = write->object;

  write->object = k8_object_with_status (
      response->object, k8_record_ref (k8_object_get_status (stale)));
  write->revision = response->revision;
  k8_record_unref (stale);
  send (self, loop, make_request (loop, plan, write), cookie & ~(guint64) RETRY_BIT);
}

static void
keep_answer (K8PlanWrite *write, const K8ApiResponse *response)
{
  const void *answer = write->answer;
  const K8Status *status = write->status;

  write->code = response->code;
  write->answer_revision = response->revision;
  write->answer = k8_record_ref (response->object);
  write->status = k8_record_ref (response->status);
  k8_record_unref (answer);
  k8_record_unref (status);
}

/**
 * k8_controller_answer:
 * @cookie: as the request was sent with
 *
 * Takes an answer; when the group is complete the plan goes on.
 */
void
k8_controller_answer (K8Controller *self, K8Loop *loop, const K8ApiResponse *response,
                      guint64 cookie)
{
  guint32 slot = (guint32) (cookie >> 16);
  guint32 index = (guint32) cookie & (RETRY_BIT - 1);
  Sync *sync = k8_slots_edit (&self->syncs, slot);
  K8PlanWrite *write = k8_plan_at (&sync->plan, index);

  loop->view->memory = self->memory;
  if ((cookie & RETRY_BIT) != 0 && k8_api_response_is_ok (response))
    {
      put_on_fresh (self, loop, &sync->plan, write, response, cookie);
      return;
    }
  keep_answer (write, response);
  if (retry_status (self, loop, write, cookie))
    return;
  if (k8_api_response_is_ok (response) && write->type != K8_WRITE_GET)
    note_own_write (self, loop, sync->key, write->kind->id, response->revision);
  say_of_answer (self, loop, write);
  sync->n_waiting--;
  advance (self, loop, slot);
}
