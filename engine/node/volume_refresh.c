/* SPDX-License-Identifier: Apache-2.0
 *
 * What pods read from the API changes while they run: now and then each ConfigMap and Secret that
 * the node's pods name is read again, once for all of them, and where it is another the files of
 * their volumes are written anew (the driver swaps a whole volume at once). Tokens are renewed when
 * four fifths of their life are over. A container that restarts finds the newest values in its
 * variables, a running one keeps those of its start.
 * Source: kubernetes pkg/kubelet/configmap, secret (cache-based managers), token/token_manager.go,
 * pkg/volume (v1.36). Departures: read again every 60 to 90 s, the period of upstream's pod sync
 * (its change detection "Cache"), where upstream by default watches and writes at that sync.
 */
#include "node/pod_worker.h"

#include "base/string.h"

#define PERIOD_SECONDS 60
#define JITTER_SECONDS 30
#define TOKEN_JITTER_SECONDS 10
#define TOKEN_MOST_SECONDS (24 * 3600)

/* Which objects have been asked for in this round: a pair of names each. */
typedef struct
{
  K8Index config_maps;
  K8Index secrets;
} Asked;

/* Sets the node's timer, once. */
void
k8_volume_refresh_arm (K8Kubelet *self, K8Context *context)
{
  guint64 jitter_ns =
      k8_random_below (&self->actor.random, (guint64) (JITTER_SECONDS * K8_SECOND_NS));

  if (self->is_refresh_timer_set)
    return;
  self->is_refresh_timer_set = TRUE;
  k8_context_set_timer (context, PERIOD_SECONDS * K8_SECOND_NS + (gint64) jitter_ns,
                        k8_kubelet_key_pack ((K8KubeletKey){ .what = K8_FOR_REFRESH }));
}

static const char *
get_namespace (const K8PodWorker *worker)
{
  return k8_object_meta_namespace (k8_pod_metadata (worker->pod));
}

/* Whether a token is to be renewed at an instant of wall time: four fifths of its life are over, or
 * it is a day old. */
static gboolean
is_token_due (K8Kubelet *self, const K8PodObject *object, gint64 now_seconds)
{
  const K8TokenRequest *request = object->object;
  gint64 life = k8_token_request_spec_expiration_seconds (k8_token_request_spec (request));
  gint64 expires = k8_token_request_status_expiration_timestamp (k8_token_request_status (request));
  gint64 jitter = (gint64) k8_random_below (&self->actor.random, TOKEN_JITTER_SECONDS + 1);

  return request == NULL || now_seconds > expires - life / 5 - jitter ||
         now_seconds > expires - life + TOKEN_MOST_SECONDS - jitter;
}

static gboolean
is_immutable (const K8PodObject *object)
{
  if (object->kind == K8_KIND_Secret)
    return k8_secret_immutable (object->object);
  return k8_config_map_immutable (object->object);
}

/* Whether an object is to be read again for this worker; marks it as asked for. */
static gboolean
is_due (K8Kubelet *self,
        K8Context *context,
        const K8PodWorker *worker,
        Asked *asked,
        const K8PodObject *object)
{
  K8Index *index = object->kind == K8_KIND_Secret ? &asked->secrets : &asked->config_maps;
  guint64 key =
      k8_index_key (k8_string_handle (get_namespace (worker)), k8_string_handle (object->name));

  if (object->kind == K8_KIND_TokenRequest)
    return is_token_due (self, object, k8_context_wall_seconds (context));
  if (is_immutable (object) || k8_index_find (index, key) != 0)
    return FALSE;
  k8_index_put (index, key, 1);
  return TRUE;
}

static void
refresh_worker (K8Kubelet *self, K8Context *context, K8PodWorker *worker, Asked *asked)
{
  if (worker->is_volume_stale)
    k8_volumes_write (self, context, worker, NULL);
  worker->is_volume_stale = FALSE;
  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    if (is_due (self, context, worker, asked, k8_array_at (&worker->objects, i)))
      k8_volumes_ask (self, context, worker, i, K8_FOR_REFRESH);
}

void
k8_volume_refresh_run (K8Kubelet *self, K8Context *context)
{
  Asked asked;

  k8_index_init (&asked.config_maps, context->region);
  k8_index_init (&asked.secrets, context->region);
  self->is_refresh_timer_set = FALSE;
  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0;
       slot = k8_slots_next (&self->workers, slot))
    {
      K8PodWorker *worker = k8_kubelet_worker (self, slot);
      if (worker->state == K8_WORKER_SYNCING)
        refresh_worker (self, context, worker, &asked);
    }
  if (k8_slots_n (&self->workers) > 0)
    k8_volume_refresh_arm (self, context);
  k8_index_clear (&asked.config_maps);
  k8_index_clear (&asked.secrets);
}

/* Gives a worker the newer object, or none. */
static void
replace (
    K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8PodObject *own, const void *object)
{
  const void *before = own->object;

  own->object = k8_record_ref (object);
  k8_record_unref (before);
  k8_volumes_write (self, context, worker, own);
  k8_volumes_spend_tokens (context, worker);
}

/* Whether files and variables would be the same. */
static gboolean
is_same_content (const K8PodObject *own, const void *object)
{
  if (own->object == NULL || own->kind == K8_KIND_Secret)
    return own->object != NULL &&
           k8_list_equal (k8_secret_data (own->object), k8_secret_data (object));
  return k8_list_equal (k8_config_map_data (own->object), k8_config_map_data (object)) &&
         k8_list_equal (k8_config_map_binary_data (own->object),
                        k8_config_map_binary_data (object));
}

/* One worker's share of an answer about an object of this kind and name. Files of what is gone
 * stay, unless the pod said that it can do without. */
static void
tell (K8Kubelet *self,
      K8Context *context,
      K8PodWorker *worker,
      const K8PodObject *asked,
      const void *object)
{
  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    {
      K8PodObject *own = k8_array_at (&worker->objects, i);
      gboolean is_gone = object == NULL && own->object != NULL;
      if (own->kind != asked->kind || !k8_string_equal (own->name, asked->name))
        continue;
      if (is_gone ? k8_volumes_may_lack (worker, own)
                  : object != NULL && !is_same_content (own, object))
        replace (self, context, worker, own, object);
    }
}

static void
take_object (K8Kubelet *self,
             K8Context *context,
             const K8PodWorker *worker,
             const K8PodObject *asked,
             const void *object)
{
  const K8PodObject copy = *asked;
  const char *namespace_name = get_namespace (worker);

  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0;
       slot = k8_slots_next (&self->workers, slot))
    {
      K8PodWorker *other = k8_kubelet_worker (self, slot);
      if (other->state == K8_WORKER_SYNCING &&
          k8_string_equal (get_namespace (other), namespace_name))
        tell (self, context, other, &copy, object);
    }
}

/* An answer that is no answer (the server is away) changes nothing: the next round asks again. */
void
k8_volume_refresh_answer (K8Kubelet *self,
                          K8Context *context,
                          K8PodWorker *worker,
                          K8KubeletKey key,
                          const K8ApiResponse *response)
{
  gboolean is_good = k8_api_response_is_ok (response);
  K8PodObject *object;

  if (worker->state != K8_WORKER_SYNCING || key.index >= k8_array_n (&worker->objects))
    return;
  object = k8_array_at (&worker->objects, key.index);
  if (!is_good && object->kind == K8_KIND_TokenRequest)
    worker->is_volume_stale = TRUE; /* it may wait for the token */
  if (!is_good && response->code != 404)
    return;
  if (object->kind != K8_KIND_TokenRequest)
    take_object (self, context, worker, object, is_good ? response->object : NULL);
  else if (is_good)
    replace (self, context, worker, object, response->object);
}
