/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of nodes and zones. A zone is a pair of region and zone labels; nodes without them are
 * one zone together.
 */
#include "controllers/node_health.h"

static void
ref_node (K8Region *region, void *element)
{
  k8_string_ref (((K8NodeHealth *) element)->name);
}

static void
unref_node (K8Region *region, void *element)
{
  k8_string_unref (((K8NodeHealth *) element)->name);
}

static void
ref_zone (K8Region *region, void *element)
{
  k8_string_ref (((K8NodeZone *) element)->name);
}

static void
unref_zone (K8Region *region, void *element)
{
  k8_string_unref (((K8NodeZone *) element)->name);
}

static const K8ElementClass node_class = { .ref = ref_node, .unref = unref_node };
static const K8ElementClass zone_class = { .ref = ref_zone, .unref = unref_zone };

void
k8_node_memory_init (void *memory, K8Region *region)
{
  K8NodeMemory *self = memory;

  self->region = region;
  k8_slots_init (&self->nodes, region, sizeof (K8NodeHealth), &node_class);
  k8_slots_init (&self->zones, region, sizeof (K8NodeZone), &zone_class);
  k8_index_init (&self->node_by_name, region);
  k8_index_init (&self->zone_by_name, region);
}

void
k8_node_memory_clear (void *memory)
{
  K8NodeMemory *self = memory;

  k8_slots_clear (&self->nodes);
  k8_slots_clear (&self->zones);
  k8_index_clear (&self->node_by_name);
  k8_index_clear (&self->zone_by_name);
}

void
k8_node_memory_clone (void *ret_clone, const void *memory)
{
  const K8NodeMemory *self = memory;
  K8NodeMemory *copy = ret_clone;

  *copy = *self;
  k8_slots_clone (&copy->nodes, &self->nodes);
  k8_slots_clone (&copy->zones, &self->zones);
  k8_index_clone (&copy->node_by_name, &self->node_by_name);
  k8_index_clone (&copy->zone_by_name, &self->zone_by_name);
}

/* What is remembered of a node. Valid until the next one is added. */
K8NodeHealth *
k8_node_memory_ensure (K8NodeMemory *self, const char *name, gboolean *ret_is_new)
{
  guint32 slot = k8_index_find (&self->node_by_name, k8_string_handle (name));

  *ret_is_new = slot == 0;
  if (slot == 0)
    {
      slot = k8_slots_add (&self->nodes);
      k8_index_put (&self->node_by_name, k8_string_handle (name), slot);
      ((K8NodeHealth *) k8_slots_edit (&self->nodes, slot))->name = k8_string_ref (name);
    }
  return k8_slots_edit (&self->nodes, slot);
}

void
k8_node_memory_forget (K8NodeMemory *self, guint32 slot)
{
  const K8NodeHealth *health = k8_slots_get (&self->nodes, slot);

  k8_index_remove (&self->node_by_name, k8_string_handle (health->name));
  k8_slots_remove (&self->nodes, slot);
}

/* The zone of a node; made if it is new. Valid until the next one is added. */
K8NodeZone *
k8_node_memory_zone (K8NodeMemory *self, const K8Node *node)
{
  const K8ObjectMeta *meta = k8_node_metadata (node);
  GString *text = g_string_new (k8_string_or_empty (
      k8_object_meta_labels_get (meta, "topology.kubernetes.io/region")));

  g_string_append_c (text, ':');
  g_string_append (text, k8_string_or_empty (
                             k8_object_meta_labels_get (meta, "topology.kubernetes.io/zone")));
  const char *name = k8_string_intern (self->region, text->str);
  g_string_free (text, TRUE);
  guint32 slot = k8_index_find (&self->zone_by_name, k8_string_handle (name));
  if (slot == 0)
    {
      slot = k8_slots_add (&self->zones);
      k8_index_put (&self->zone_by_name, k8_string_handle (name), slot);
      ((K8NodeZone *) k8_slots_edit (&self->zones, slot))->name = k8_string_ref (name);
    }
  k8_string_unref (name);
  return k8_slots_edit (&self->zones, slot);
}
