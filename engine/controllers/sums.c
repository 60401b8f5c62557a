/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of pods by owner: what a pod adds to its owner's sum is taken away again when it changes,
 * by the object as it was before. A sum goes when its last pod goes.
 * Source: pkg/controller/replicaset counts anew on each sync; the numbers are the same.
 */
#include "controllers/sums.h"

#include "base/assert.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"
#include "machinery/pod.h"
#include "machinery/selector.h"

typedef struct
{
  guint32 n;
} Orphans;

static void
ref_sum (K8Region *region, void *element)
{
  k8_string_ref (((K8OwnerSum *) element)->owner_uid);
}

static void
unref_sum (K8Region *region, void *element)
{
  k8_string_unref (((K8OwnerSum *) element)->owner_uid);
}

static const K8ElementClass sum_class = { .ref = ref_sum, .unref = unref_sum };

void
k8_owner_sums_init (K8OwnerSums *self, K8Region *region)
{
  k8_slots_init (&self->sums, region, sizeof (K8OwnerSum), &sum_class);
  k8_index_init (&self->by_owner, region);
  k8_slots_init (&self->orphans, region, sizeof (Orphans), NULL);
  k8_index_init (&self->by_namespace, region);
}

void
k8_owner_sums_clear (K8OwnerSums *self)
{
  k8_slots_clear (&self->sums);
  k8_index_clear (&self->by_owner);
  k8_slots_clear (&self->orphans);
  k8_index_clear (&self->by_namespace);
}

void
k8_owner_sums_clone (K8OwnerSums *ret_clone, const K8OwnerSums *self)
{
  k8_slots_clone (&ret_clone->sums, &self->sums);
  k8_index_clone (&ret_clone->by_owner, &self->by_owner);
  k8_slots_clone (&ret_clone->orphans, &self->orphans);
  k8_index_clone (&ret_clone->by_namespace, &self->by_namespace);
}

static K8OwnerSum *
ensure_sum (K8OwnerSums *self, const char *owner_uid)
{
  guint32 slot = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));

  if (slot == 0)
    {
      slot = k8_slots_add (&self->sums);
      k8_index_put (&self->by_owner, k8_string_handle (owner_uid), slot);
      ((K8OwnerSum *) k8_slots_edit (&self->sums, slot))->owner_uid = k8_string_ref (owner_uid);
    }
  return k8_slots_edit (&self->sums, slot);
}

static void
drop_if_empty (K8OwnerSums *self, const char *owner_uid)
{
  guint32 slot = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));
  const K8OwnerSum *sum = k8_slots_get (&self->sums, slot);

  if (sum == NULL || sum->n_all > 0)
    return;
  k8_index_remove (&self->by_owner, k8_string_handle (owner_uid));
  k8_slots_remove (&self->sums, slot);
}

/* Adds a pod to its owner's sum, or takes it away: @sign is 1 or -1. */
static void
add_pod (K8OwnerSums *self, const K8Pod *pod, gint sign)
{
  const K8OwnerReference *owner = k8_owner_find_controller (k8_pod_metadata (pod));
  gboolean is_active = k8_pod_is_active (pod);
  K8OwnerSum *sum;

  if (owner == NULL || k8_owner_reference_uid (owner) == NULL)
    return;
  sum = ensure_sum (self, k8_owner_reference_uid (owner));
  sum->n_all += (guint32) sign;
  if (is_active)
    sum->n_active += (guint32) sign;
  if (is_active && k8_pod_is_ready (pod))
    sum->n_ready += (guint32) sign;
  if (k8_pod_is_terminating (pod) && !k8_pod_is_terminal (pod))
    sum->n_terminating += (guint32) sign;
}

/* The key of a namespace's orphans: 29 bits of a handle, and the kind above them. */
static guint64
orphan_key (K8KindId kind, const char *namespace_name)
{
  return k8_index_key ((guint32) kind, k8_string_handle (namespace_name));
}

static void
add_orphan (K8OwnerSums *self, const K8KindInfo *kind, const void *object, gint sign)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  guint64 key = orphan_key (kind->id, k8_object_meta_namespace (meta));
  guint32 slot;

  if (k8_owner_find_controller (meta) != NULL)
    return;
  slot = k8_index_find (&self->by_namespace, key);
  if (slot == 0)
    {
      slot = k8_slots_add (&self->orphans);
      k8_index_put (&self->by_namespace, key, slot);
    }
  Orphans *orphans = k8_slots_edit (&self->orphans, slot);
  orphans->n += (guint32) sign;
  if (orphans->n == 0)
    {
      k8_index_remove (&self->by_namespace, key);
      k8_slots_remove (&self->orphans, slot);
    }
}

/* Whether an owned pod, new or with new labels, may not be what its ReplicaSet selects. */
static gboolean
is_suspect (const K8Change *change, const K8OwnerReference *owner, const K8Cache *replica_sets)
{
  const K8ObjectMeta *now = k8_pod_metadata (change->now);
  const K8List *labels = k8_object_meta_labels (now);
  const K8CacheEntry *entry = NULL;

  if (change->before != NULL &&
      k8_list_equal (labels, k8_object_meta_labels (k8_pod_metadata (change->before))))
    return FALSE;
  if (replica_sets != NULL)
    entry = k8_cache_find (replica_sets, k8_object_meta_namespace (now),
                           k8_owner_reference_name (owner));
  return entry == NULL || !k8_label_selector_matches (
                              k8_replica_set_spec_selector (k8_replica_set_spec (entry->object)),
                              labels);
}

static void
note_labels (K8OwnerSums *self, const K8Change *change, const K8Cache *replica_sets)
{
  const K8OwnerReference *owner = k8_owner_find_controller (k8_pod_metadata (change->now));

  if (owner != NULL && k8_owner_reference_uid (owner) != NULL &&
      is_suspect (change, owner, replica_sets))
    ensure_sum (self, k8_owner_reference_uid (owner))->must_check = TRUE;
}

/**
 * k8_owner_sums_change:
 * @change: of a Pod, or of another kind that controllers adopt
 * @replica_sets: (nullable): to compare a pod's labels with its owner's selector
 *
 * Takes a change into account. Cost: O(1).
 */
void
k8_owner_sums_change (K8OwnerSums *self, const K8Change *change, const K8Cache *replica_sets)
{
  const K8OwnerReference *before_owner = NULL;

  if (change->now != NULL)
    add_orphan (self, change->kind, change->now, 1);
  if (change->before != NULL)
    add_orphan (self, change->kind, change->before, -1);
  if (change->kind->id != K8_KIND_Pod)
    return;
  if (change->now != NULL)
    {
      add_pod (self, change->now, 1);
      note_labels (self, change, replica_sets);
    }
  if (change->before == NULL)
    return;
  add_pod (self, change->before, -1);
  before_owner = k8_owner_find_controller (k8_pod_metadata (change->before));
  if (before_owner != NULL && k8_owner_reference_uid (before_owner) != NULL)
    drop_if_empty (self, k8_owner_reference_uid (before_owner));
}

/* The sum of an owner; zeros if it has no pods. */
K8OwnerSum
k8_owner_sums_get (const K8OwnerSums *self, const char *owner_uid)
{
  guint32 slot = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));
  const K8OwnerSum *sum = k8_slots_get (&self->sums, slot);

  return sum == NULL ? (K8OwnerSum){ .n_all = 0 } : *sum;
}

/* Notes that the owner's pods must be compared with its selector, or that they have been. */
void
k8_owner_sums_set_check (K8OwnerSums *self, const char *owner_uid, gboolean must_check)
{
  guint32 slot = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));

  if (slot != 0)
    ((K8OwnerSum *) k8_slots_edit (&self->sums, slot))->must_check = must_check;
}

/* How many objects of a kind in a namespace nobody controls. */
guint
k8_owner_sums_n_orphans (const K8OwnerSums *self, K8KindId kind, const char *namespace_name)
{
  guint32 slot = k8_index_find (&self->by_namespace, orphan_key (kind, namespace_name));
  const Orphans *orphans = k8_slots_get (&self->orphans, slot);

  return orphans == NULL ? 0 : orphans->n;
}
