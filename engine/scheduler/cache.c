/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler's cache. The pods of a node are a chain through their slots, so that a clone
 * shares it; a removed pod's place is taken by the last one, as upstream's slices do it.
 * Invariants: (1) a pod with a slot is in exactly one chain; (2) the requested columns are the
 * sums over the chains; (3) a node without a Node object is in no zone and in no order.
 * Source: pkg/scheduler/backend/cache/cache.go, framework/types.go NodeInfo (v1.36).
 * Departures: one copy instead of cache and snapshot, since cycles do not overlap with changes;
 * assumed pods do not expire (upstream's default as well).
 */
#include "scheduler/cache.h"

#include "base/assert.h"
#include "machinery/pod.h"
#include "scheduler/node_tree.h"

static void
ref_node (K8Region *region, void *element)
{
  K8CachedNode *node = element;

  k8_string_ref (node->name);
  k8_record_ref (node->node);
}

static void
unref_node (K8Region *region, void *element)
{
  K8CachedNode *node = element;

  k8_string_unref (node->name);
  k8_record_unref (node->node);
}

static void
ref_pod (K8Region *region, void *element)
{
  k8_record_ref (((K8CachedPod *) element)->pod);
}

static void
unref_pod (K8Region *region, void *element)
{
  k8_record_unref (((K8CachedPod *) element)->pod);
}

static void
ref_scalar (K8Region *region, void *element)
{
  k8_string_ref (((K8NodeScalar *) element)->name);
}

static void
unref_scalar (K8Region *region, void *element)
{
  k8_string_unref (((K8NodeScalar *) element)->name);
}

static const K8ElementClass node_class = { .ref = ref_node, .unref = unref_node };
static const K8ElementClass pod_class = { .ref = ref_pod, .unref = unref_pod };
static const K8ElementClass scalar_class = { .ref = ref_scalar, .unref = unref_scalar };

void
k8_scheduler_cache_init (K8SchedulerCache *self, K8Region *region)
{
  *self = (K8SchedulerCache){ .region = region };
  k8_slots_init (&self->nodes, region, sizeof (K8CachedNode), &node_class);
  k8_index_init (&self->node_by_name, region);
  k8_slots_init (&self->pods, region, sizeof (K8CachedPod), &pod_class);
  k8_index_init (&self->pod_by_name, region);
  k8_slots_init (&self->scalars, region, sizeof (K8NodeScalar), &scalar_class);
  for (guint i = 0; i < K8_N_NODE_COLUMNS; i++)
    k8_array_init (&self->columns[i], region, sizeof (gint64));
  k8_array_init (&self->zones, region, sizeof (K8NodeZone));
  k8_array_init (&self->order, region, sizeof (guint32));
}

void
k8_scheduler_cache_clear (K8SchedulerCache *self)
{
  k8_slots_clear (&self->nodes);
  k8_index_clear (&self->node_by_name);
  k8_slots_clear (&self->pods);
  k8_index_clear (&self->pod_by_name);
  k8_slots_clear (&self->scalars);
  for (guint i = 0; i < K8_N_NODE_COLUMNS; i++)
    k8_array_clear (&self->columns[i]);
  k8_node_tree_clear (&self->zones);
  k8_array_clear (&self->order);
  k8_record_unref (self->memo.spec);
  k8_record_unref (self->memo.placed);
  self->memo.spec = NULL;
  self->memo.placed = NULL;
}

void
k8_scheduler_cache_clone (K8SchedulerCache *ret_clone, const K8SchedulerCache *self)
{
  *ret_clone = *self;
  k8_slots_clone (&ret_clone->nodes, &self->nodes);
  k8_index_clone (&ret_clone->node_by_name, &self->node_by_name);
  k8_slots_clone (&ret_clone->pods, &self->pods);
  k8_index_clone (&ret_clone->pod_by_name, &self->pod_by_name);
  k8_slots_clone (&ret_clone->scalars, &self->scalars);
  for (guint i = 0; i < K8_N_NODE_COLUMNS; i++)
    k8_array_clone (&ret_clone->columns[i], &self->columns[i]);
  k8_node_tree_clone (&ret_clone->zones, &self->zones);
  k8_array_clone (&ret_clone->order, &self->order);
  k8_record_ref (self->memo.spec);
  k8_record_ref (self->memo.placed);
}

static gint64 *
edit_value (K8SchedulerCache *self, K8NodeColumn column, guint32 slot)
{
  return &((gint64 *) self->columns[column].elements)[slot];
}

/* Scalars of a node. */

const K8NodeScalar *
k8_scheduler_cache_scalar (const K8SchedulerCache *self, guint32 node, const char *name)
{
  guint32 slot = k8_scheduler_cache_node (self, node)->first_scalar;

  while (slot != 0)
    {
      const K8NodeScalar *scalar = k8_slots_get (&self->scalars, slot);
      if (scalar->name == name || strcmp (scalar->name, name) == 0)
        return scalar;
      slot = scalar->next;
    }
  return NULL;
}

static K8NodeScalar *
ensure_scalar (K8SchedulerCache *self, guint32 node, const char *name)
{
  K8CachedNode *cached = k8_slots_edit (&self->nodes, node);

  for (guint32 slot = cached->first_scalar; slot != 0;)
    {
      K8NodeScalar *scalar = k8_slots_edit (&self->scalars, slot);
      if (strcmp (scalar->name, name) == 0)
        return scalar;
      slot = scalar->next;
    }
  guint32 added = k8_slots_add (&self->scalars);
  K8NodeScalar *scalar = k8_slots_edit (&self->scalars, added);
  scalar->name = k8_string_intern (self->region, name);
  scalar->next = cached->first_scalar;
  cached->first_scalar = added;
  return scalar;
}

static void
read_node_scalars (K8SchedulerCache *self, guint32 node, const K8List *allocatable)
{
  const K8CachedNode *cached = k8_scheduler_cache_node (self, node);

  for (guint32 slot = cached->first_scalar; slot != 0;)
    {
      K8NodeScalar *scalar = k8_slots_edit (&self->scalars, slot);
      scalar->allocatable = 0;
      slot = scalar->next;
    }
  for (guint i = 0; i < k8_list_n (allocatable); i++)
    {
      const char *name = k8_map_get_key (allocatable, i);
      if (k8_resource_is_scalar (name))
        ensure_scalar (self, node, name)->allocatable = k8_resource_amount (allocatable, name);
    }
}

static void
drop_scalars (K8SchedulerCache *self, guint32 node)
{
  guint32 slot = k8_scheduler_cache_node (self, node)->first_scalar;

  while (slot != 0)
    {
      guint32 next = ((const K8NodeScalar *) k8_slots_get (&self->scalars, slot))->next;
      k8_slots_remove (&self->scalars, slot);
      slot = next;
    }
}

/* Nodes. */

const K8CachedNode *
k8_scheduler_cache_node (const K8SchedulerCache *self, guint32 slot)
{
  return k8_slots_get (&self->nodes, slot);
}

guint32
k8_scheduler_cache_find_node (const K8SchedulerCache *self, const char *name)
{
  const char *own = name == NULL ? NULL : k8_string_find (self->region, name);

  return own == NULL ? 0 : k8_index_find (&self->node_by_name, k8_string_handle (own));
}

static guint32
ensure_node (K8SchedulerCache *self, const char *name)
{
  guint32 slot = k8_scheduler_cache_find_node (self, name);

  if (slot != 0)
    return slot;
  slot = k8_slots_add (&self->nodes);
  K8CachedNode *cached = k8_slots_edit (&self->nodes, slot);
  cached->name = k8_string_intern (self->region, name);
  k8_index_put (&self->node_by_name, k8_string_handle (cached->name), slot);
  for (guint i = 0; i < K8_N_NODE_COLUMNS; i++)
    {
      if (self->columns[i].n <= slot)
        k8_array_set_size (&self->columns[i], slot + 1);
      *edit_value (self, i, slot) = 0;
    }
  return slot;
}

static gint64
compute_flags (const K8Node *node)
{
  const K8NodeSpec *spec = k8_node_spec (node);
  gint64 flags = K8_NODE_IS_KNOWN;

  if (k8_node_spec_unschedulable (spec))
    flags |= K8_NODE_IS_UNSCHEDULABLE;
  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const char *effect = k8_taint_effect (k8_node_spec_taints_at (spec, i));
      if (k8_string_is (effect, "PreferNoSchedule"))
        flags |= K8_NODE_HAS_SOFT_TAINTS;
      else
        flags |= K8_NODE_HAS_HARD_TAINTS;
    }
  return flags;
}

static void
read_node (K8SchedulerCache *self, guint32 slot, const K8Node *node)
{
  const K8List *map = k8_node_status_allocatable (k8_node_status (node));

  *edit_value (self, K8_NODE_FLAGS, slot) = compute_flags (node);
  *edit_value (self, K8_NODE_ALLOCATABLE_CPU, slot) = k8_resource_amount (map, "cpu");
  *edit_value (self, K8_NODE_ALLOCATABLE_MEMORY, slot) = k8_resource_amount (map, "memory");
  *edit_value (self, K8_NODE_ALLOCATABLE_EPHEMERAL, slot) =
      k8_resource_amount (map, "ephemeral-storage");
  *edit_value (self, K8_NODE_ALLOCATABLE_PODS, slot) = k8_resource_amount (map, "pods");
  read_node_scalars (self, slot, map);
}

/**
 * k8_scheduler_cache_put_node:
 *
 * A node joined or changed. A node that changes its zone goes to the end of the new one; the
 * order that cycles see stays until a node joins or leaves, as upstream's snapshot does.
 *
 * Returns: its slot.
 */
guint32
k8_scheduler_cache_put_node (K8SchedulerCache *self, const K8Node *node)
{
  guint32 slot = ensure_node (self, k8_object_meta_name (k8_node_metadata (node)));
  K8CachedNode *cached = k8_slots_edit (&self->nodes, slot);
  const K8Node *before = cached->node;

  cached->node = k8_record_ref (node);
  if (before == NULL)
    self->is_order_stale = TRUE;
  if (before == NULL || !k8_node_tree_is_same_zone (before, node))
    {
      if (before != NULL)
        k8_node_tree_remove (&self->zones, before, slot);
      k8_node_tree_add (&self->zones, node, slot);
    }
  k8_record_unref (before);
  read_node (self, slot, node);
  return slot;
}

static void
drop_node (K8SchedulerCache *self, guint32 slot)
{
  const K8CachedNode *cached = k8_scheduler_cache_node (self, slot);

  drop_scalars (self, slot);
  k8_index_remove (&self->node_by_name, k8_string_handle (cached->name));
  k8_slots_remove (&self->nodes, slot);
}

/* A node left; pods that are still on it are remembered. */
void
k8_scheduler_cache_remove_node (K8SchedulerCache *self, const char *name)
{
  guint32 slot = k8_scheduler_cache_find_node (self, name);

  if (slot == 0 || k8_scheduler_cache_node (self, slot)->node == NULL)
    return;
  K8CachedNode *cached = k8_slots_edit (&self->nodes, slot);
  k8_node_tree_remove (&self->zones, cached->node, slot);
  k8_record_unref (cached->node);
  cached->node = NULL;
  for (guint i = K8_NODE_FLAGS; i <= K8_NODE_ALLOCATABLE_PODS; i++)
    *edit_value (self, i, slot) = 0;
  self->is_order_stale = TRUE;
  if (cached->first_pod == 0)
    drop_node (self, slot);
}

void
k8_scheduler_cache_refresh (K8SchedulerCache *self)
{
  if (!self->is_order_stale)
    return;
  k8_node_tree_list (&self->zones, &self->order);
  self->is_order_stale = FALSE;
}

/* Pods. */

const K8CachedPod *
k8_scheduler_cache_pod (const K8SchedulerCache *self, guint32 slot)
{
  return k8_slots_get (&self->pods, slot);
}

static guint64
key_of (const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  return k8_index_key (k8_string_handle (k8_object_meta_namespace (meta)),
                       k8_string_handle (k8_object_meta_name (meta)));
}

const K8CachedPod *
k8_scheduler_cache_find_pod (const K8SchedulerCache *self, const K8Pod *pod)
{
  return k8_scheduler_cache_pod (self, k8_index_find (&self->pod_by_name, key_of (pod)));
}

gboolean
k8_pod_has_host_ports (const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        if (k8_container_port_host_port (k8_container_ports_at (container, j)) > 0)
          return TRUE;
    }
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        if (k8_container_port_host_port (k8_container_ports_at (container, j)) > 0 &&
            k8_container_is_restartable_init (container))
          return TRUE;
    }
  return FALSE;
}

/* Whether two lists of containers ask for the same: replicas differ in the volume of their
 * token, but share what they ask for. */
static gboolean
ask_alike (const K8List *a, const K8List *b)
{
  if (a == b)
    return TRUE;
  if (k8_list_n (a) != k8_list_n (b))
    return FALSE;
  for (guint i = 0; i < k8_list_n (a); i++)
    {
      const K8Container *one = k8_list_get_object (a, i);
      const K8Container *other = k8_list_get_object (b, i);
      if (k8_container_resources (one) != k8_container_resources (other) ||
          !k8_string_equal (k8_container_name (one), k8_container_name (other)) ||
          !k8_string_equal (k8_container_restart_policy (one),
                            k8_container_restart_policy (other)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_shape (const K8PodSpec *a, const K8PodSpec *b)
{
  return a != NULL && ask_alike (k8_pod_spec_containers (a), k8_pod_spec_containers (b)) &&
         ask_alike (k8_pod_spec_init_containers (a), k8_pod_spec_init_containers (b)) &&
         k8_pod_spec_resources (a) == k8_pod_spec_resources (b) &&
         k8_pod_spec_overhead (a) == k8_pod_spec_overhead (b);
}

const K8PodRequests *
k8_scheduler_cache_requests (K8SchedulerCache *self, const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  if (!is_same_shape (self->memo.spec, spec))
    {
      k8_record_unref (self->memo.spec);
      self->memo.spec = k8_record_ref (spec);
      k8_pod_requests_compute (pod, K8_REQUESTS_INCOMING, &self->memo.requests);
    }
  return &self->memo.requests;
}

static gboolean
has_resize_status (const K8Pod *pod)
{
  const K8PodStatus *status = k8_pod_status (pod);

  if (k8_pod_status_has_resources (status))
    return TRUE;
  for (guint i = 0; i < k8_pod_status_container_statuses_n (status); i++)
    if (k8_container_status_has_resources (k8_pod_status_container_statuses_at (status, i)))
      return TRUE;
  for (guint i = 0; i < k8_pod_status_init_container_statuses_n (status); i++)
    if (k8_container_status_has_resources (k8_pod_status_init_container_statuses_at (status, i)))
      return TRUE;
  return FALSE;
}

/* Adds what a pod asks for to its node, or takes it away. */
static void
charge (K8SchedulerCache *self, const K8CachedPod *pod, gint64 sign)
{
  guint32 node = pod->node;

  *edit_value (self, K8_NODE_REQUESTED_CPU, node) += sign * pod->cpu_milli;
  *edit_value (self, K8_NODE_REQUESTED_MEMORY, node) += sign * pod->memory_bytes;
  *edit_value (self, K8_NODE_REQUESTED_EPHEMERAL, node) += sign * pod->ephemeral_bytes;
  *edit_value (self, K8_NODE_NONZERO_CPU, node) += sign * pod->nonzero_cpu_milli;
  *edit_value (self, K8_NODE_NONZERO_MEMORY, node) += sign * pod->nonzero_memory_bytes;
  *edit_value (self, K8_NODE_N_PODS, node) += sign;
  *edit_value (self, K8_NODE_N_PORT_PODS, node) += sign * pod->has_ports;
}

static void
charge_scalars (K8SchedulerCache *self, guint32 node, const K8PodRequests *requests, gint64 sign)
{
  for (guint i = 0; i < requests->n_scalars; i++)
    ensure_scalar (self, node, requests->scalars[i].name)->requested +=
        sign * requests->scalars[i].amount;
}

static K8CachedPod *
edit_pod (K8SchedulerCache *self, guint32 slot)
{
  return k8_slots_edit (&self->pods, slot);
}

static void
append_to_chain (K8SchedulerCache *self, guint32 slot, guint32 node)
{
  K8CachedNode *cached = k8_slots_edit (&self->nodes, node);

  edit_pod (self, slot)->previous = cached->last_pod;
  if (cached->last_pod != 0)
    edit_pod (self, cached->last_pod)->next = slot;
  else
    cached->first_pod = slot;
  cached->last_pod = slot;
}

static void
unlink_last (K8SchedulerCache *self, K8CachedNode *cached)
{
  guint32 previous = k8_scheduler_cache_pod (self, cached->last_pod)->previous;

  if (previous != 0)
    edit_pod (self, previous)->next = 0;
  else
    cached->first_pod = 0;
  cached->last_pod = previous;
}

/* The last pod of the node takes the place of the one that goes. */
static void
remove_from_chain (K8SchedulerCache *self, guint32 slot)
{
  guint32 node = k8_scheduler_cache_pod (self, slot)->node;
  K8CachedNode *cached = k8_slots_edit (&self->nodes, node);
  guint32 last = cached->last_pod;

  unlink_last (self, cached);
  if (last == slot)
    return;
  const K8CachedPod gone = *k8_scheduler_cache_pod (self, slot);
  edit_pod (self, last)->previous = gone.previous;
  edit_pod (self, last)->next = gone.next;
  if (gone.previous != 0)
    edit_pod (self, gone.previous)->next = last;
  else
    cached->first_pod = last;
  if (gone.next != 0)
    edit_pod (self, gone.next)->previous = last;
  else
    cached->last_pod = last;
}

/* What a pod counts whose node reports what its containers have. */
static const K8PodRequests *
placed_requests (K8SchedulerCache *self, const K8Pod *pod)
{
  K8RequestsMemo *memo = &self->memo;

  if (memo->placed == NULL || !is_same_shape (k8_pod_spec (memo->placed), k8_pod_spec (pod))
      || !k8_pod_requests_is_same_report (memo->placed, pod))
    {
      k8_record_unref (memo->placed);
      memo->placed = k8_record_ref (pod);
      k8_pod_requests_compute (pod, K8_REQUESTS_PLACED, &memo->placed_requests);
    }
  return &memo->placed_requests;
}

static void
add_pod (K8SchedulerCache *self, const K8Pod *pod, guint32 node, gboolean is_assumed)
{
  guint32 slot = k8_slots_add (&self->pods);
  K8CachedPod *cached = edit_pod (self, slot);
  const K8PodRequests *requests = k8_scheduler_cache_requests (self, pod);

  if (has_resize_status (pod))
    requests = placed_requests (self, pod);
  *cached = (K8CachedPod){ .pod = k8_record_ref (pod),
                           .node = node,
                           .is_assumed = (guint16) is_assumed,
                           .has_ports = (guint16) k8_pod_has_host_ports (k8_pod_spec (pod)),
                           .has_scalars = requests->n_scalars > 0,
                           .cpu_milli = requests->cpu_milli,
                           .memory_bytes = requests->memory_bytes,
                           .ephemeral_bytes = requests->ephemeral_bytes,
                           .nonzero_cpu_milli = requests->nonzero_cpu_milli,
                           .nonzero_memory_bytes = requests->nonzero_memory_bytes };
  charge (self, cached, 1);
  charge_scalars (self, node, requests, 1);
  append_to_chain (self, slot, node);
  k8_index_put (&self->pod_by_name, key_of (pod), slot);
}

static void
drop_pod (K8SchedulerCache *self, guint32 slot)
{
  const K8CachedPod gone = *k8_scheduler_cache_pod (self, slot);

  charge (self, &gone, -1);
  if (gone.has_scalars)
    {
      K8PodRequests requests;
      k8_pod_requests_compute (gone.pod, K8_REQUESTS_PLACED, &requests);
      charge_scalars (self, gone.node, &requests, -1);
    }
  remove_from_chain (self, slot);
  k8_index_remove (&self->pod_by_name, key_of (gone.pod));
  k8_slots_remove (&self->pods, slot);
  const K8CachedNode *node = k8_scheduler_cache_node (self, gone.node);
  if (node->node == NULL && node->first_pod == 0)
    drop_node (self, gone.node);
}

/* A pod that has a node appeared or changed; an assumed one is confirmed. */
void
k8_scheduler_cache_put_pod (K8SchedulerCache *self, const K8Pod *pod)
{
  const char *node_name = k8_pod_spec_node_name (k8_pod_spec (pod));

  k8_assert (node_name != NULL);
  guint32 node = ensure_node (self, node_name);
  guint32 slot = k8_index_find (&self->pod_by_name, key_of (pod));
  if (slot != 0)
    drop_pod (self, slot);
  node = ensure_node (self, node_name);
  add_pod (self, pod, node, FALSE);
}

/* A pod is on its way to a node: from now on it counts there. */
void
k8_scheduler_cache_assume_pod (K8SchedulerCache *self, const K8Pod *pod, guint32 node)
{
  k8_assert (k8_scheduler_cache_find_pod (self, pod) == NULL);
  add_pod (self, pod, node, TRUE);
}

/* A pod is gone, or did not get to its node after all. */
void
k8_scheduler_cache_remove_pod (K8SchedulerCache *self, const K8Pod *pod)
{
  guint32 slot = k8_index_find (&self->pod_by_name, key_of (pod));

  if (slot != 0)
    drop_pod (self, slot);
}
