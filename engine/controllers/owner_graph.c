/* SPDX-License-Identifier: Apache-2.0
 *
 * Edges from owners to dependents, chained by owner, newest first. Adding and removing one
 * touches no other object. Cost: O(owner references) a change.
 */
#include "controllers/owner_graph.h"

#include "machinery/gvk.h"

static void
ref_edge (K8Region *region, void *element)
{
  K8OwnerEdge *edge = element;

  k8_string_ref (edge->owner_uid);
  k8_string_ref (edge->dependent.namespace_name);
  k8_string_ref (edge->dependent.name);
}

static void
unref_edge (K8Region *region, void *element)
{
  K8OwnerEdge *edge = element;

  k8_string_unref (edge->owner_uid);
  k8_string_unref (edge->dependent.namespace_name);
  k8_string_unref (edge->dependent.name);
}

static const K8ElementClass edge_class = { .ref = ref_edge, .unref = unref_edge };

void
k8_owner_graph_init (void *memory, K8Region *region)
{
  K8OwnerGraph *self = memory;

  self->region = region;
  k8_slots_init (&self->edges, region, sizeof (K8OwnerEdge), &edge_class);
  k8_index_init (&self->by_owner, region);
  k8_index_init (&self->by_pair, region);
}

void
k8_owner_graph_clear (void *memory)
{
  K8OwnerGraph *self = memory;

  k8_slots_clear (&self->edges);
  k8_index_clear (&self->by_owner);
  k8_index_clear (&self->by_pair);
}

void
k8_owner_graph_clone (void *ret_clone, const void *memory)
{
  const K8OwnerGraph *self = memory;
  K8OwnerGraph *copy = ret_clone;

  copy->region = self->region;
  k8_slots_clone (&copy->edges, &self->edges);
  k8_index_clone (&copy->by_owner, &self->by_owner);
  k8_index_clone (&copy->by_pair, &self->by_pair);
}

static guint64
pair_key (const K8ObjectMeta *dependent, const char *owner_uid)
{
  return k8_index_key (k8_string_handle (k8_object_meta_uid (dependent)),
                       k8_string_handle (owner_uid));
}

static void
add_edge (K8OwnerGraph *self, const K8KindInfo *kind, const K8ObjectMeta *meta,
          const char *owner_uid)
{
  guint64 pair = pair_key (meta, owner_uid);
  guint32 first = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));
  guint32 slot;

  if (k8_index_find (&self->by_pair, pair) != 0)
    return;
  slot = k8_slots_add (&self->edges);
  K8OwnerEdge *edge = k8_slots_edit (&self->edges, slot);
  edge->owner_uid = k8_string_ref (owner_uid);
  edge->dependent = (K8Ref){ .kind = kind->id,
                             .namespace_name = k8_string_ref (k8_object_meta_namespace (meta)),
                             .name = k8_string_ref (k8_object_meta_name (meta)) };
  edge->next = first;
  if (first != 0)
    ((K8OwnerEdge *) k8_slots_edit (&self->edges, first))->previous = slot;
  k8_index_put (&self->by_owner, k8_string_handle (owner_uid), slot);
  k8_index_put (&self->by_pair, pair, slot);
}

static void
remove_edge (K8OwnerGraph *self, const K8ObjectMeta *meta, const char *owner_uid)
{
  guint32 slot = k8_index_remove (&self->by_pair, pair_key (meta, owner_uid));
  const K8OwnerEdge *edge = k8_slots_get (&self->edges, slot);
  K8OwnerEdge old;

  if (edge == NULL)
    return;
  old = *edge;
  if (old.next != 0)
    ((K8OwnerEdge *) k8_slots_edit (&self->edges, old.next))->previous = old.previous;
  if (old.previous != 0)
    ((K8OwnerEdge *) k8_slots_edit (&self->edges, old.previous))->next = old.next;
  else if (old.next != 0)
    k8_index_put (&self->by_owner, k8_string_handle (owner_uid), old.next);
  else
    k8_index_remove (&self->by_owner, k8_string_handle (owner_uid));
  k8_slots_remove (&self->edges, slot);
}

static const K8ObjectMeta *
get_meta (const void *object)
{
  return object == NULL ? NULL : k8_object_get_meta (object);
}

void
k8_owner_graph_change (K8OwnerGraph *self, const K8Change *change)
{
  const K8ObjectMeta *before = get_meta (change->before);
  const K8ObjectMeta *now = get_meta (change->now);

  if (k8_object_meta_owner_references_n (before) == 0 &&
      k8_object_meta_owner_references_n (now) == 0)
    return;
  if (before != NULL && now != NULL &&
      k8_string_equal (k8_object_meta_uid (before), k8_object_meta_uid (now)) &&
      k8_list_equal (k8_object_meta_owner_references (before),
                     k8_object_meta_owner_references (now)))
    return;
  for (guint i = 0; i < k8_object_meta_owner_references_n (before); i++)
    remove_edge (self, before,
                 k8_owner_reference_uid (k8_object_meta_owner_references_at (before, i)));
  for (guint i = 0; i < k8_object_meta_owner_references_n (now); i++)
    add_edge (self, change->kind, now,
              k8_owner_reference_uid (k8_object_meta_owner_references_at (now, i)));
}

guint32
k8_owner_graph_next (const K8OwnerGraph *self, const char *owner_uid, guint32 edge)
{
  if (edge != 0)
    return k8_owner_graph_at (self, edge)->next;
  return k8_index_find (&self->by_owner, k8_string_handle (owner_uid));
}

const K8OwnerEdge *
k8_owner_graph_at (const K8OwnerGraph *self, guint32 edge)
{
  return k8_slots_get (&self->edges, edge);
}
