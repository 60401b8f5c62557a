/* SPDX-License-Identifier: Apache-2.0
 *
 * Scale-down ranking: 1 no node before node; 2 Pending, Unknown, Running; 3 not ready before
 * ready; 4 lower deletion cost; 5 more pods of the same owner on the node; 6 ready for a shorter
 * time, in powers of two; 7 more restarts; 8 younger, in powers of two.
 * Source: pkg/controller/controller_utils.go ActivePodsWithRanks, LogarithmicScaleDown (v1.36).
 */
#include "base/sort.h"
#include "base/text.h"
#include "base/time.h"
#include "controllers/replicaset.h"
#include "machinery/owner.h"
#include "machinery/pod.h"

#define DELETION_COST "controller.kubernetes.io/pod-deletion-cost"

/* What is compared of a pod. */
typedef struct
{
  const K8Pod *pod;
  const char *uid;
  gint64 cost;
  gint64 ready_seconds;
  gint64 created_seconds;
  gint32 phase;
  gint32 rank; /* active pods of the same owner on its node */
  gint32 restarts;
  gint32 sidecar_restarts;
  gboolean has_node;
  gboolean is_ready;
} Victim;

static gint32
rank_phase (const char *phase)
{
  if (k8_string_is (phase, "Running"))
    return 2;
  return k8_string_is (phase, "Unknown") ? 1 : 0;
}

/* Counts the active pods of one ReplicaSet by node. */
static void
count_nodes (const K8View *view, const char *replica_set_uid, K8Index *by_node)
{
  const K8Cache *pods = view->caches[K8_KIND_Pod];

  for (guint32 slot = k8_cache_next_of_owner (pods, replica_set_uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (pods, replica_set_uid, slot))
    {
      const K8Pod *pod = k8_cache_at (pods, slot)->object;
      guint64 node = k8_string_handle (k8_pod_spec_node_name (k8_pod_spec (pod)));
      if (node != 0 && k8_pod_is_active (pod))
        k8_index_put (by_node, node, k8_index_find (by_node, node) + 1);
    }
}

/* Over all ReplicaSets with the same controller: for a Deployment, its old and new pods. */
static void
count_related (const K8View *view, const K8ReplicaSet *replica_set, K8Index *by_node)
{
  const K8ObjectMeta *meta = k8_replica_set_metadata (replica_set);
  const K8OwnerReference *owner = k8_owner_find_controller (meta);
  const K8Cache *replica_sets = view->caches[K8_KIND_ReplicaSet];

  if (owner == NULL)
    {
      count_nodes (view, k8_object_meta_uid (meta), by_node);
      return;
    }
  const char *uid = k8_owner_reference_uid (owner);
  for (guint32 slot = k8_cache_next_of_owner (replica_sets, uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (replica_sets, uid, slot))
    count_nodes (view, k8_cache_at (replica_sets, slot)->uid, by_node);
}

static void
count_restarts (const K8Pod *pod, Victim *victim)
{
  const K8PodStatus *status = k8_pod_status (pod);
  const K8PodSpec *spec = k8_pod_spec (pod);

  for (guint i = 0; i < k8_pod_status_container_statuses_n (status); i++)
    victim->restarts =
        MAX (victim->restarts, k8_container_status_restart_count (
                                   k8_pod_status_container_statuses_at (status, i)));
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      if (!k8_container_is_restartable_init (container))
        continue;
      const K8ContainerStatus *found = k8_container_status_find (
          k8_pod_status_init_container_statuses (status), k8_container_name (container));
      victim->sidecar_restarts =
          MAX (victim->sidecar_restarts, k8_container_status_restart_count (found));
    }
}

static Victim
make_victim (const K8Pod *pod, const K8Index *by_node)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const char *node = k8_pod_spec_node_name (k8_pod_spec (pod));
  const char *cost = k8_object_meta_annotations_get (meta, DELETION_COST);
  Victim victim = { .pod = pod,
                    .uid = k8_object_meta_uid (meta),
                    .created_seconds = k8_object_meta_creation_timestamp (meta),
                    .phase = rank_phase (k8_pod_status_phase (k8_pod_status (pod))),
                    .has_node = node != NULL && *node != '\0',
                    .is_ready = k8_pod_is_ready (pod) };

  if (cost != NULL && !k8_text_parse_i64 (cost, &victim.cost))
    victim.cost = 0;
  victim.rank = (gint32) k8_index_find (by_node, k8_string_handle (node));
  victim.ready_seconds =
      k8_pod_condition_last_transition_time (k8_pod_find_condition (pod, "Ready"));
  count_restarts (pod, &victim);
  return victim;
}

/* floor (log2 (age in ns)); -1 for none. */
static gint
bucket_of_age (gint64 since_seconds, gint64 now_seconds)
{
  guint64 age_ns;

  if (now_seconds <= since_seconds)
    return -1;
  age_ns = (guint64) (now_seconds - since_seconds) * (guint64) K8_SECOND_NS;
  return 63 - __builtin_clzll (age_ns);
}

/* The younger first, by powers of two; within one, by uid. 0 if the times are equal. */
static int
compare_ages (const Victim *a, const Victim *b, gint64 since_a, gint64 since_b, gint64 now)
{
  gint bucket_a = bucket_of_age (since_a, now);
  gint bucket_b = bucket_of_age (since_b, now);

  if (since_a == since_b)
    return 0;
  return bucket_a != bucket_b ? bucket_a - bucket_b
                              : strcmp (k8_string_or_empty (a->uid), k8_string_or_empty (b->uid));
}

static int
compare_victims (const void *pointer_a, const void *pointer_b, const void *user)
{
  const Victim *a = pointer_a;
  const Victim *b = pointer_b;
  gint64 now = *(const gint64 *) user;
  int order;

  if (a->has_node != b->has_node)
    return a->has_node ? 1 : -1;
  if (a->phase != b->phase)
    return a->phase - b->phase;
  if (a->is_ready != b->is_ready)
    return a->is_ready ? 1 : -1;
  if (a->cost != b->cost)
    return a->cost < b->cost ? -1 : 1;
  if (a->rank != b->rank)
    return b->rank - a->rank;
  order = a->is_ready ? compare_ages (a, b, a->ready_seconds, b->ready_seconds, now) : 0;
  if (order != 0)
    return order;
  if (a->restarts != b->restarts)
    return b->restarts - a->restarts;
  if (a->sidecar_restarts != b->sidecar_restarts)
    return b->sidecar_restarts - a->sidecar_restarts;
  return compare_ages (a, b, a->created_seconds, b->created_seconds, now);
}

/**
 * k8_replica_set_rank_victims:
 * @pods: (array): active pods, put in the order in which they are to be deleted
 *
 * Cost: O(n log n), and a look at every pod of the Deployment.
 */
void
k8_replica_set_rank_victims (const K8View *view, const K8ReplicaSet *replica_set, GPtrArray *pods)
{
  K8Index by_node;
  K8Array victims;

  k8_index_init (&by_node, view->region);
  k8_array_init (&victims, view->region, sizeof (Victim));
  count_related (view, replica_set, &by_node);
  for (guint i = 0; i < pods->len; i++)
    *(Victim *) k8_array_add (&victims) = make_victim (g_ptr_array_index (pods, i), &by_node);
  if (pods->len > 1)
    k8_sort (k8_array_at (&victims, 0), pods->len, sizeof (Victim), compare_victims,
             &view->now_seconds);
  for (guint i = 0; i < pods->len; i++)
    g_ptr_array_index (pods, i) = (gpointer) ((Victim *) k8_array_at (&victims, i))->pod;
  k8_array_clear (&victims);
  k8_index_clear (&by_node);
}
