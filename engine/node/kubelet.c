/* SPDX-License-Identifier: Apache-2.0
 *
 * The kubelet actor: where events go. It starts by registering its node and asking the runtime
 * what it has (adoption); pods are looked at once both their list and the runtime's answer are
 * there. Every answer, timer and result carries a key that names the pod's worker it is for.
 * Source: kubernetes pkg/kubelet kubelet.go syncLoop (v1.36). Departures: no static pods.
 */
#include "node/kubelet.h"

#include "base/assert.h"
#include "base/sort.h"
#include "limits.h"
#include "machinery/gvk.h"
#include "node/pod_worker.h"

enum
{
  INFORMER_PODS = 1,
  INFORMER_SERVICES = 2,
};

static void
ref_worker (K8Region *region, void *element)
{
  K8PodWorker *self = element;
  K8Array copy;

  k8_record_ref (self->pod);
  k8_record_ref (self->status);
  k8_string_ref (self->uid);
  k8_string_ref (self->sandbox_id);
  k8_string_ref (self->ip);
  k8_string_ref (self->reason);
  k8_string_ref (self->message);
  k8_array_clone (&copy, &self->containers);
  self->containers = copy;
  k8_array_clone (&copy, &self->objects);
  self->objects = copy;
  for (guint32 i = 0; i < k8_array_n (&self->containers); i++)
    {
      const K8PodContainer *container = k8_array_at (&self->containers, i);
      k8_string_ref (container->run.id);
      k8_string_ref (container->run.reason);
      k8_string_ref (container->last.id);
      k8_string_ref (container->last.reason);
      k8_string_ref (container->image_id);
      k8_string_ref (container->waiting_reason);
      k8_string_ref (container->waiting_message);
      for (guint j = 0; j < G_N_ELEMENTS (container->probes); j++)
        k8_string_ref (k8_string_at (region, container->probes[j].output));
    }
  for (guint32 i = 0; i < k8_array_n (&self->objects); i++)
    {
      const K8PodObject *object = k8_array_at (&self->objects, i);
      k8_string_ref (object->name);
      k8_record_ref (object->object);
      k8_string_ref (object->audience);
    }
}

static void
unref_worker (K8Region *region, void *element)
{
  K8PodWorker *self = element;

  k8_record_unref (self->pod);
  k8_record_unref (self->status);
  k8_string_unref (self->uid);
  k8_string_unref (self->sandbox_id);
  k8_string_unref (self->ip);
  k8_string_unref (self->reason);
  k8_string_unref (self->message);
  for (guint32 i = 0; i < k8_array_n (&self->containers); i++)
    {
      const K8PodContainer *container = k8_array_at (&self->containers, i);
      k8_string_unref (container->run.id);
      k8_string_unref (container->run.reason);
      k8_string_unref (container->last.id);
      k8_string_unref (container->last.reason);
      k8_string_unref (container->image_id);
      k8_string_unref (container->waiting_reason);
      k8_string_unref (container->waiting_message);
      for (guint j = 0; j < G_N_ELEMENTS (container->probes); j++)
        k8_string_unref (k8_string_at (region, container->probes[j].output));
    }
  for (guint32 i = 0; i < k8_array_n (&self->objects); i++)
    {
      const K8PodObject *object = k8_array_at (&self->objects, i);
      k8_string_unref (object->name);
      k8_record_unref (object->object);
      k8_string_unref (object->audience);
    }
  k8_array_clear (&self->containers);
  k8_array_clear (&self->objects);
}

static const K8ElementClass worker_class = { .ref = ref_worker, .unref = unref_worker };

K8PodWorker *
k8_kubelet_worker (K8Kubelet *self, guint32 slot)
{
  return slot == 0 || k8_slots_get (&self->workers, slot) == NULL
             ? NULL
             : k8_slots_edit (&self->workers, slot);
}

/* The worker that a key is for, or NULL if it is gone. */
K8PodWorker *
k8_kubelet_worker_of_key (K8Kubelet *self, K8KubeletKey key)
{
  K8PodWorker *worker = k8_kubelet_worker (self, key.worker);

  return worker != NULL && worker->generation == key.generation ? worker : NULL;
}

static K8PodWorker *
find_worker (K8Kubelet *self, const char *uid)
{
  return k8_kubelet_worker (self,
                            uid == NULL ? 0
                                        : k8_index_find (&self->worker_by_uid,
                                                         k8_string_handle (uid)));
}

/* The node's internal address, or NULL. */
const char *
k8_kubelet_node_ip (const K8Kubelet *self)
{
  const K8NodeStatus *status = k8_node_status (self->config);

  for (guint i = 0; i < k8_node_status_addresses_n (status); i++)
    {
      const K8NodeAddress *address = k8_node_status_addresses_at (status, i);
      if (k8_string_is (k8_node_address_type (address), "InternalIP"))
        return k8_node_address_address (address);
    }
  return NULL;
}

gint64
k8_kubelet_wall_seconds (const K8Kubelet *self, gint64 virtual_ns)
{
  return k8_actor_wall_ns (&self->actor, virtual_ns) / K8_SECOND_NS;
}

void
k8_kubelet_say (K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
                const K8Said *said)
{
  K8Said versioned = *said;

  versioned.revision = worker->revision;
  k8_recorder_say (&self->recorder, &self->client, context, worker->pod, &versioned);
}

/* Lets go of a worker whose pod has left no trace here. */
void
k8_kubelet_forget (K8Kubelet *self, K8Context *context, guint32 slot)
{
  const K8PodWorker *worker = k8_slots_get (&self->workers, slot);

  k8_context_cancel_timer (context, worker->wake_timer);
  k8_context_cancel_timer (context, worker->deadline_timer);
  k8_index_remove (&self->worker_by_uid, k8_string_handle (worker->uid));
  k8_slots_remove (&self->workers, slot);
}

static const char *
get_uid (const K8Pod *pod)
{
  return k8_object_meta_uid (k8_pod_metadata (pod));
}

static void
add_pod (K8Kubelet *self, K8Context *context, const K8Pod *pod, gint64 revision)
{
  if (self->services.state == K8_INFORMER_IDLE)
    k8_informer_start (&self->services, &self->client, context);
  if (find_worker (self, get_uid (pod)) == NULL && k8_slots_n (&self->workers) < K8_MAX_NODE_PODS)
    k8_pod_worker_add (self, context, pod, revision);
}

static void
remove_pod (K8Kubelet *self, K8Context *context, const K8Pod *pod)
{
  K8PodWorker *worker = find_worker (self, get_uid (pod));

  if (worker != NULL)
    k8_pod_worker_remove (self, context, worker);
}

static void
pod_changed (void *user, K8Context *context, const K8Change *change)
{
  K8Kubelet *self = user;

  if (!self->has_listed || !self->pods.has_synced)
    return; /* begin_pods() takes them all */
  if (change->type == K8_CHANGE_ADDED)
    add_pod (self, context, change->now, change->revision);
  else if (change->type == K8_CHANGE_DELETED)
    remove_pod (self, context, change->before);
  else if (!k8_string_equal (get_uid (change->before), get_uid (change->now)))
    {
      remove_pod (self, context, change->before);
      add_pod (self, context, change->now, change->revision);
    }
  else
    {
      K8PodWorker *worker = find_worker (self, get_uid (change->now));
      if (worker != NULL)
        k8_pod_worker_update (self, context, worker, change->now, change->revision);
    }
}

static void
service_changed (void *user, K8Context *context, const K8Change *change)
{
}

static int
compare_entries (const void *a, const void *b, const void *user)
{
  const K8CacheEntry *const *left = a;
  const K8CacheEntry *const *right = b;
  gint64 one = k8_object_meta_creation_timestamp (k8_pod_metadata ((*left)->object));
  gint64 other = k8_object_meta_creation_timestamp (k8_pod_metadata ((*right)->object));
  int order = (one > other) - (one < other);

  if (order == 0)
    order = k8_string_compare ((*left)->namespace_name, (*right)->namespace_name);
  return order != 0 ? order : k8_string_compare ((*left)->name, (*right)->name);
}

/* What the runtime has of pods that are not the API server's: it goes. */
static void
remove_strangers (K8Kubelet *self, K8Context *context)
{
  for (guint32 i = 0; i < k8_array_n (&self->listed); i++)
    {
      K8RuntimeItem *item = k8_array_at (&self->listed, i);
      K8RuntimeOp *op = k8_mail_new (context->region, &k8_runtime_op_class);
      gboolean is_sandbox = item->container_name == NULL;
      k8_array_init (&op->files, context->region, sizeof (K8VolumeFile));
      op->type = is_sandbox ? K8_RUNTIME_REMOVE_SANDBOX : K8_RUNTIME_REMOVE_CONTAINER;
      op->pod_uid = k8_string_ref (item->pod_uid);
      op->sandbox_id = k8_string_ref (item->sandbox_id);
      op->container_id = is_sandbox ? NULL : k8_string_ref (item->id);
      k8_context_emit (context, K8_EFFECT_RUNTIME, 0, op);
      k8_runtime_item_clear (item);
    }
  k8_array_clear (&self->listed);
}

/* Both lists are there: a worker for each pod, oldest first. */
static void
begin_pods (K8Kubelet *self, K8Context *context)
{
  GPtrArray *entries = g_ptr_array_new ();

  for (guint32 slot = k8_cache_next (&self->pods.cache, 0); slot != 0;
       slot = k8_cache_next (&self->pods.cache, slot))
    g_ptr_array_add (entries, (void *) k8_cache_at (&self->pods.cache, slot));
  k8_sort (entries->pdata, entries->len, sizeof (void *), compare_entries, NULL);
  for (guint i = 0; i < entries->len; i++)
    {
      const K8CacheEntry *entry = entries->pdata[i];
      add_pod (self, context, entry->object, entry->revision);
    }
  g_ptr_array_free (entries, TRUE);
  remove_strangers (self, context);
}

static void
list_runtime (K8Context *context)
{
  K8RuntimeOp *op = k8_mail_new (context->region, &k8_runtime_op_class);

  k8_array_init (&op->files, context->region, sizeof (K8VolumeFile));
  op->type = K8_RUNTIME_LIST;
  k8_context_emit (context, K8_EFFECT_RUNTIME,
                   k8_kubelet_key_pack ((K8KubeletKey){ .what = K8_FOR_RELIST }), op);
}

static void
start_informers (K8Kubelet *self, K8Context *context)
{
  GString *selector = g_string_new ("spec.nodeName=");

  g_string_append (selector, self->node_name);
  k8_informer_init (&self->pods, context, K8_KIND_Pod, INFORMER_PODS, pod_changed);
  k8_informer_set_field_selector (&self->pods, context, selector->str);
  k8_informer_init (&self->services, context, K8_KIND_Service, INFORMER_SERVICES,
                    service_changed);
  k8_informer_join_cohort (&self->services);
  k8_informer_start (&self->pods, &self->client, context);
  g_string_free (selector, TRUE);
}

static void
kubelet_start (K8Actor *actor, K8Context *context, const K8StartMail *start)
{
  K8Kubelet *self = (K8Kubelet *) actor;
  GString *user = g_string_new ("system:node:");

  k8_assert (start->config != NULL);
  self->config = k8_record_ref (start->config);
  self->node_name = k8_string_ref (k8_object_meta_name (k8_node_metadata (self->config)));
  self->next_generation = (guint32) (k8_random_next (&actor->random) >> 40);
  g_string_append (user, self->node_name);
  k8_client_init (&self->client, context, user->str);
  g_string_free (user, TRUE);
  k8_recorder_init (&self->recorder, context, K8_RECORDER_OLD_STYLE, "kubelet", self->node_name);
  k8_slots_init (&self->workers, context->region, sizeof (K8PodWorker), &worker_class);
  k8_index_init (&self->worker_by_uid, context->region);
  k8_array_init (&self->listed, context->region, sizeof (K8RuntimeItem));
  k8_array_init (&self->images, context->region, sizeof (K8NodeImage));
  k8_fifo_init (&self->pulls, context->region, sizeof (guint64), NULL);
  list_runtime (context);
  k8_node_status_start (self, context);
  start_informers (self, context);
}

/* What the runtime has. The first answer lets the kubelet begin; a later one, after the runtime
 * was away, tells what ended meanwhile. */
static void
take_list (K8Kubelet *self, K8Context *context, const K8RuntimeEvent *event)
{
  gboolean is_first = !self->has_listed;

  self->has_listed = TRUE;
  self->is_runtime_down = FALSE;
  k8_node_status_refresh (self, context);
  for (guint32 i = 0; i < k8_array_n (&event->items) && is_first; i++)
    {
      const K8RuntimeItem *item = k8_array_at (&event->items, i);
      *(K8RuntimeItem *) k8_array_add (&self->listed) = k8_runtime_item_dup (item);
    }
  if (is_first && self->pods.has_synced)
    begin_pods (self, context);
  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0 && !is_first;
       slot = k8_slots_next (&self->workers, slot))
    k8_pod_worker_compare (self, context, k8_kubelet_worker (self, slot), &event->items);
}

/* What happens by itself names the pod and the container; the rest answers an operation. */
static void
take_runtime (K8Kubelet *self, K8Context *context, const K8EngineEvent *event)
{
  const K8RuntimeEvent *what = (const K8RuntimeEvent *) event->mail;
  K8KubeletKey key = k8_kubelet_key_unpack (event->tag);
  K8PodWorker *worker;
  guint index = 0;

  if (what->type == K8_RUNTIME_LISTED)
    take_list (self, context, what);
  else if (what->type == K8_RUNTIME_READY)
    list_runtime (context);
  else if (what->type == K8_RUNTIME_NOT_READY)
    {
      self->is_runtime_down = TRUE;
      k8_node_status_refresh (self, context);
    }
  else if (what->type == K8_RUNTIME_CONTAINER_EXITED || what->type == K8_RUNTIME_SANDBOX_EXITED)
    {
      worker = find_worker (self, what->item.pod_uid);
      if (worker == NULL)
        return;
      if (what->type == K8_RUNTIME_SANDBOX_EXITED)
        key.what = K8_FOR_SANDBOX;
      else if (!k8_pod_worker_find_container (worker, what->item.container_name, &index))
        return;
      key.index = (guint8) index;
      k8_pod_worker_runtime (self, context, worker, key, what);
    }
  else
    {
      worker = k8_kubelet_worker_of_key (self, key);
      if (worker != NULL)
        k8_pod_worker_runtime (self, context, worker, key, what);
      else if (key.what == K8_FOR_PULL)
        k8_images_forget_pull (self, context, event->tag);
    }
}

/* Services are known now: pods that waited for them go on. */
static void
release_workers (K8Kubelet *self, K8Context *context)
{
  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0;
       slot = k8_slots_next (&self->workers, slot))
    {
      K8PodWorker *worker = k8_kubelet_worker (self, slot);
      if (worker->state == K8_WORKER_GATHERING)
        k8_pod_worker_proceed (self, context, worker);
    }
}

static void
take_answer (K8Kubelet *self, K8Context *context, const K8ApiResponse *response, guint64 cookie)
{
  K8KubeletKey key = k8_kubelet_key_unpack (cookie);
  gboolean had_pods = self->pods.has_synced;
  K8PodWorker *worker;

  if (k8_recorder_answer (&self->recorder, &self->client, context, response, cookie))
    return;
  if (k8_informer_answer (&self->services, &self->client, context, response, cookie, self))
    {
      release_workers (self, context);
      return;
    }
  if (k8_informer_answer (&self->pods, &self->client, context, response, cookie, self))
    {
      if (!had_pods && self->pods.has_synced && self->has_listed)
        begin_pods (self, context);
      return;
    }
  if (key.worker == 0)
    {
      k8_node_status_answer (self, context, response, key);
      return;
    }
  worker = k8_kubelet_worker_of_key (self, key);
  if (worker != NULL)
    k8_pod_worker_answer (self, context, worker, key, response);
}

static void
take_timer (K8Kubelet *self, K8Context *context, guint64 tag)
{
  K8KubeletKey key = k8_kubelet_key_unpack (tag);
  K8PodWorker *worker;

  if (key.what == K8_FOR_REFRESH)
    {
      k8_volume_refresh_run (self, context);
      return;
    }
  if (key.worker == 0)
    {
      k8_node_status_timer (self, context, key);
      return;
    }
  worker = k8_kubelet_worker_of_key (self, key);
  if (worker != NULL)
    k8_pod_worker_timer (self, context, worker, key);
}

static void
take_probe (K8Kubelet *self, K8Context *context, const K8EngineEvent *event)
{
  K8KubeletKey key = k8_kubelet_key_unpack (event->tag);
  K8PodWorker *worker = k8_kubelet_worker_of_key (self, key);

  if (worker != NULL && key.index < k8_array_n (&worker->containers))
    k8_probes_result (self, context, worker, key, (const K8ProbeResult *) event->mail);
}

static void
kubelet_receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  K8Kubelet *self = (K8Kubelet *) actor;
  const K8ApiResponse *response;
  guint64 cookie = 0;

  while ((response = k8_client_receive (&self->client, context, event, &cookie)) != NULL)
    {
      take_answer (self, context, response, cookie);
      if (event->type == K8_EVENT_MESSAGE)
        return;
    }
  if (k8_informer_receive (&self->pods, &self->client, context, event, self)
      || k8_informer_receive (&self->services, &self->client, context, event, self)
      || k8_recorder_receive (&self->recorder, &self->client, context, event))
    return;
  if (event->type == K8_EVENT_RUNTIME)
    take_runtime (self, context, event);
  else if (event->type == K8_EVENT_PROBE)
    take_probe (self, context, event);
  else if (event->type == K8_EVENT_TIMER && (event->tag & K8_CLIENT_TIMER_BIT) == 0)
    take_timer (self, context, event->tag);
}

static void
kubelet_clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const K8Kubelet *self = (const K8Kubelet *) actor;
  K8Kubelet *clone = (K8Kubelet *) ret_clone;

  k8_client_clone (&clone->client, &self->client);
  k8_recorder_clone (&clone->recorder, &self->recorder);
  k8_informer_clone (&clone->pods, &self->pods);
  k8_informer_clone (&clone->services, &self->services);
  k8_string_ref (self->node_name);
  k8_record_ref (self->config);
  k8_record_ref (self->node);
  k8_record_ref (self->lease);
  k8_slots_clone (&clone->workers, &self->workers);
  k8_index_clone (&clone->worker_by_uid, &self->worker_by_uid);
  k8_array_clone (&clone->listed, &self->listed);
  for (guint32 i = 0; i < k8_array_n (&clone->listed); i++)
    k8_runtime_item_dup (k8_array_at (&clone->listed, i));
  k8_array_clone (&clone->images, &self->images);
  for (guint32 i = 0; i < k8_array_n (&clone->images); i++)
    k8_string_ref (((K8NodeImage *) k8_array_at (&clone->images, i))->name);
  k8_fifo_clone (&clone->pulls, &self->pulls);
}

static void
kubelet_clear (K8Actor *actor)
{
  K8Kubelet *self = (K8Kubelet *) actor;

  k8_client_clear (&self->client);
  k8_recorder_clear (&self->recorder);
  k8_informer_clear (&self->pods);
  k8_informer_clear (&self->services);
  k8_string_unref (self->node_name);
  k8_record_unref (self->config);
  k8_record_unref (self->node);
  k8_record_unref (self->lease);
  k8_slots_clear (&self->workers);
  k8_index_clear (&self->worker_by_uid);
  for (guint32 i = 0; i < k8_array_n (&self->listed); i++)
    k8_runtime_item_clear (k8_array_at (&self->listed, i));
  k8_array_clear (&self->listed);
  for (guint32 i = 0; i < k8_array_n (&self->images); i++)
    k8_string_unref (((K8NodeImage *) k8_array_at (&self->images, i))->name);
  k8_array_clear (&self->images);
  k8_fifo_clear (&self->pulls);
}

const K8ActorClass k8_kubelet_actor_class = {
  .name = "kubelet",
  .kind = K8_ACTOR_KUBELET,
  .bytes = sizeof (K8Kubelet),
  .start = kubelet_start,
  .receive = kubelet_receive,
  .clone = kubelet_clone,
  .clear = kubelet_clear,
};
