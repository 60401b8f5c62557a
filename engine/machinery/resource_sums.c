/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of resources, kept in a sorted array: pods name a handful.
 * Source: k8s.io/component-helpers resource/helpers.go; kubernetes pkg/apis/core/v1/helper
 * (v1.36).
 */
#include "machinery/resource_sums.h"

#include <string.h>

void
k8_resource_sums_init (K8ResourceSums *self)
{
  self->list = g_array_new (FALSE, FALSE, sizeof (K8ResourceSum));
}

void
k8_resource_sums_clear (K8ResourceSums *self)
{
  g_array_unref (self->list);
  self->list = NULL;
}

static K8ResourceSum *
get_sum (const K8ResourceSums *self, guint index)
{
  return &g_array_index (self->list, K8ResourceSum, index);
}

static K8ResourceSum *
find_sum (const K8ResourceSums *self, const char *name)
{
  for (guint i = 0; i < self->list->len; i++)
    if (strcmp (get_sum (self, i)->name, name) == 0)
      return get_sum (self, i);
  return NULL;
}

/* A sum of zero in its place by name. */
static K8ResourceSum *
insert_sum (K8ResourceSums *self, const char *name)
{
  K8ResourceSum sum = { .name = name };
  guint i = self->list->len;

  g_array_append_val (self->list, sum);
  for (; i > 0 && strcmp (get_sum (self, i - 1)->name, name) > 0; i--)
    *get_sum (self, i) = *get_sum (self, i - 1);
  *get_sum (self, i) = sum;
  return get_sum (self, i);
}

static void
add_amount (K8ResourceSums *self, const char *name, const K8Quantity *amount)
{
  K8ResourceSum *sum = find_sum (self, name);

  if (sum == NULL)
    insert_sum (self, name)->amount = *amount;
  else
    k8_quantity_add (&sum->amount, amount);
}

static void
add_map (K8ResourceSums *self, const K8List *map)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    {
      K8Quantity amount;
      if (k8_quantity_parse (k8_map_get_value (map, i), &amount) == K8_QUANTITY_OK)
        add_amount (self, k8_map_get_key (map, i), &amount);
    }
}

static void
add_sums (K8ResourceSums *self, const K8ResourceSums *other)
{
  for (guint i = 0; i < other->list->len; i++)
    add_amount (self, get_sum (other, i)->name, &get_sum (other, i)->amount);
}

static void
raise_to (K8ResourceSums *self, const K8ResourceSums *other)
{
  for (guint i = 0; i < other->list->len; i++)
    {
      const K8ResourceSum *wanted = get_sum (other, i);
      K8ResourceSum *sum = find_sum (self, wanted->name);
      if (sum == NULL)
        insert_sum (self, wanted->name)->amount = wanted->amount;
      else if (k8_quantity_compare (&wanted->amount, &sum->amount) > 0)
        sum->amount = wanted->amount;
    }
}

static const K8List *
get_side (const K8Container *container, K8ResourceSide side)
{
  const K8ResourceRequirements *resources = k8_container_resources (container);

  return side == K8_RESOURCE_REQUESTS ? k8_resource_requirements_requests (resources)
                                      : k8_resource_requirements_limits (resources);
}

static void
add_init_containers (K8ResourceSums *self, const K8PodSpec *spec, K8ResourceSide side)
{
  K8ResourceSums restartable;
  K8ResourceSums peak;

  k8_resource_sums_init (&restartable);
  k8_resource_sums_init (&peak);
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      const K8List *map = get_side (container, side);
      K8ResourceSums now;
      k8_resource_sums_init (&now);
      add_map (&now, map);
      if (k8_string_is (k8_container_restart_policy (container), "Always"))
        {
          add_map (self, map);
          add_map (&restartable, map);
          raise_to (&peak, &restartable);
        }
      else
        {
          add_sums (&now, &restartable);
          raise_to (&peak, &now);
        }
      k8_resource_sums_clear (&now);
    }
  raise_to (self, &peak);
  k8_resource_sums_clear (&restartable);
  k8_resource_sums_clear (&peak);
}

void
k8_resource_sums_add_pod (K8ResourceSums *self, const K8PodSpec *spec, K8ResourceSide side)
{
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    add_map (self, get_side (k8_pod_spec_containers_at (spec, i), side));
  add_init_containers (self, spec, side);
}

const K8Quantity *
k8_resource_sums_find (const K8ResourceSums *self, const char *name)
{
  const K8ResourceSum *sum = find_sum (self, name);

  return sum == NULL ? NULL : &sum->amount;
}

gboolean
k8_resource_is_hugepages (const char *name)
{
  return strncmp (name, "hugepages-", strlen ("hugepages-")) == 0;
}

gboolean
k8_resource_is_pod_level (const char *name)
{
  return strcmp (name, "cpu") == 0 || strcmp (name, "memory") == 0 ||
         k8_resource_is_hugepages (name);
}

gboolean
k8_resource_is_native (const char *name)
{
  return strchr (name, '/') == NULL || strstr (name, "kubernetes.io/") != NULL;
}
