/* SPDX-License-Identifier: Apache-2.0
 *
 * Node tree: zones in the order in which they were first seen; a zone that lost its last node is
 * forgotten. The old zone labels win over the present ones, as upstream reads them.
 * Source: pkg/scheduler/backend/cache/node_tree.go; component-helpers node/topology (v1.36).
 */
#include "scheduler/node_tree.h"

#include "base/assert.h"

static K8NodeZone *
get_zone (const K8Array *zones, guint index)
{
  return k8_array_at (zones, index);
}

static void
clear_zone (K8NodeZone *zone)
{
  k8_string_unref (zone->region);
  k8_string_unref (zone->zone);
  k8_array_clear (&zone->nodes);
}

void
k8_node_tree_clear (K8Array *zones)
{
  for (guint i = 0; i < zones->n; i++)
    clear_zone (get_zone (zones, i));
  k8_array_clear (zones);
}

void
k8_node_tree_clone (K8Array *ret_clone, const K8Array *zones)
{
  k8_array_clone (ret_clone, zones);
  for (guint i = 0; i < zones->n; i++)
    {
      K8NodeZone *zone = get_zone (ret_clone, i);
      k8_string_ref (zone->region);
      k8_string_ref (zone->zone);
      k8_array_clone (&zone->nodes, &get_zone (zones, i)->nodes);
    }
}

/* A label under its old or its present name; an empty value is as good as none. */
static const char *
find_label (const K8Node *node, const char *old_key, const char *key)
{
  const K8ObjectMeta *meta = k8_node_metadata (node);
  const char *value = k8_object_meta_labels_get (meta, old_key);

  if (value == NULL)
    value = k8_object_meta_labels_get (meta, key);
  return value == NULL || *value == '\0' ? NULL : value;
}

static const char *
region_of (const K8Node *node)
{
  return find_label (node, "failure-domain.beta.kubernetes.io/region",
                     "topology.kubernetes.io/region");
}

static const char *
zone_of (const K8Node *node)
{
  return find_label (node, "failure-domain.beta.kubernetes.io/zone",
                     "topology.kubernetes.io/zone");
}

gboolean
k8_node_tree_is_same_zone (const K8Node *a, const K8Node *b)
{
  return k8_string_equal (region_of (a), region_of (b)) &&
         k8_string_equal (zone_of (a), zone_of (b));
}

/* Its place among the zones, or their number. */
static guint
find_zone (const K8Array *zones, const K8Node *node)
{
  const char *region = region_of (node);
  const char *zone = zone_of (node);
  guint i = 0;

  while (i < zones->n && !(k8_string_equal (get_zone (zones, i)->region, region) &&
                           k8_string_equal (get_zone (zones, i)->zone, zone)))
    i++;
  return i;
}

void
k8_node_tree_add (K8Array *zones, const K8Node *node, guint32 slot)
{
  guint place = find_zone (zones, node);

  if (place == zones->n)
    {
      K8NodeZone *zone = k8_array_add (zones);
      zone->region = k8_string_ref (region_of (node));
      zone->zone = k8_string_ref (zone_of (node));
      k8_array_init (&zone->nodes, zones->region, sizeof (guint32));
    }
  *(guint32 *) k8_array_add (&get_zone (zones, place)->nodes) = slot;
}

void
k8_node_tree_remove (K8Array *zones, const K8Node *node, guint32 slot)
{
  guint place = find_zone (zones, node);
  K8NodeZone *zone = get_zone (zones, place);
  guint i = 0;

  while (*(const guint32 *) k8_array_at (&zone->nodes, i) != slot)
    i++;
  k8_array_remove (&zone->nodes, i);
  if (zone->nodes.n == 0)
    {
      clear_zone (zone);
      k8_array_remove (zones, place);
    }
}

void
k8_node_tree_list (const K8Array *zones, K8Array *ret_order)
{
  guint n = 0;
  guint n_listed = 0;

  for (guint i = 0; i < zones->n; i++)
    n += get_zone (zones, i)->nodes.n;
  k8_array_set_size (ret_order, n);
  guint32 *order = ret_order->elements;
  for (guint round = 0; n_listed < n; round++)
    for (guint i = 0; i < zones->n; i++)
      {
        const K8Array *nodes = &get_zone (zones, i)->nodes;
        if (round < nodes->n)
          order[n_listed++] = ((const guint32 *) nodes->elements)[round];
      }
}
