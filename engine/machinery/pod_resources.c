/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pod requests, resource by resource: containers together, or the peak of the init
 * containers while sidecars started before run, whichever is more; pod-level values replace the
 * result, overhead is added.
 * Source: component-helpers resource/helpers.go, PodRequests and PodLimits (v1.36).
 * Departures: what is allocated while a resize is under way is not looked at here.
 */
#include "machinery/pod.h"

#include "base/quantity.h"
#include "base/sort.h"

/* Which of the two maps of a requirement is summed. */
typedef enum
{
  OF_REQUESTS,
  OF_LIMITS,
} Which;

static const K8List *
get_map (const K8ResourceRequirements *resources, Which which)
{
  return which == OF_REQUESTS ? k8_resource_requirements_requests (resources)
                              : k8_resource_requirements_limits (resources);
}

/* The amount under a name; FALSE and zero if it is not there. */
static gboolean
read_amount (const K8List *map, const char *name, K8Quantity *ret)
{
  const char *text = k8_map_find (map, name);

  *ret = (K8Quantity){ 0 };
  return text != NULL && k8_quantity_parse (text, ret) == K8_QUANTITY_OK;
}

static void
raise_to (K8Quantity *self, const K8Quantity *other)
{
  if (k8_quantity_compare (self, other) < 0)
    *self = *other;
}

/* The peak while init containers run one by one beside the sidecars started before; sidecars
 * also count for the time after, in @containers. */
static K8Quantity
sum_init_containers (const K8PodSpec *spec, const char *resource, Which which,
                     K8Quantity *containers)
{
  K8Quantity restartable = { 0 };
  K8Quantity peak = { 0 };

  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      K8Quantity amount;
      read_amount (get_map (k8_container_resources (container), which), resource, &amount);
      if (k8_container_is_restartable_init (container))
        {
          k8_quantity_add (containers, &amount);
          k8_quantity_add (&restartable, &amount);
          amount = restartable;
        }
      else
        k8_quantity_add (&amount, &restartable);
      raise_to (&peak, &amount);
    }
  return peak;
}

static gboolean
is_pod_level_resource (const char *name)
{
  return k8_string_is (name, "cpu") || k8_string_is (name, "memory")
         || strncmp (name, "hugepages-", strlen ("hugepages-")) == 0;
}

static K8Quantity
sum_pod (const K8PodSpec *spec, const char *resource, Which which)
{
  K8Quantity total = { 0 };
  K8Quantity amount;

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      if (read_amount (get_map (k8_container_resources (container), which), resource, &amount))
        k8_quantity_add (&total, &amount);
    }
  K8Quantity peak = sum_init_containers (spec, resource, which, &total);
  raise_to (&total, &peak);
  if (is_pod_level_resource (resource)
      && read_amount (get_map (k8_pod_spec_resources (spec), which), resource, &amount))
    total = amount;
  if ((which == OF_REQUESTS || !k8_quantity_is_zero (&total))
      && read_amount (k8_pod_spec_overhead (spec), resource, &amount))
    k8_quantity_add (&total, &amount);
  return total;
}

static gint64
to_units (const K8Quantity *amount, const char *resource)
{
  return k8_string_is (resource, "cpu") ? k8_quantity_milli_value (amount)
                                        : k8_quantity_value (amount);
}

gint64
k8_pod_request (const K8PodSpec *spec, const char *resource)
{
  K8Quantity total = sum_pod (spec, resource, OF_REQUESTS);

  return to_units (&total, resource);
}

/* As k8_pod_request() for limits; 0 means that there is none. */
gint64
k8_pod_limit (const K8PodSpec *spec, const char *resource)
{
  K8Quantity total = sum_pod (spec, resource, OF_LIMITS);

  return to_units (&total, resource);
}

static void
add_names (const K8List *map, GPtrArray *names)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    g_ptr_array_add (names, (gpointer) k8_map_get_key (map, i));
}

static int
compare_names (const void *a, const void *b, const void *user)
{
  (void) user;
  return k8_string_compare (*(const char *const *) a, *(const char *const *) b);
}

/* Sorts and keeps the first of equals. */
static void
make_set (GPtrArray *names)
{
  guint n = 0;

  if (names->len < 2)
    return;
  k8_sort (names->pdata, names->len, sizeof (gpointer), compare_names, NULL);
  for (guint i = 1; i < names->len; i++)
    if (!k8_string_equal (names->pdata[n], names->pdata[i]))
      names->pdata[++n] = names->pdata[i];
  g_ptr_array_set_size (names, (int) n + 1);
}

void
k8_pod_request_names (const K8PodSpec *spec, GPtrArray *ret_names)
{
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    add_names (get_map (k8_container_resources (k8_pod_spec_containers_at (spec, i)),
                        OF_REQUESTS),
               ret_names);
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    add_names (get_map (k8_container_resources (k8_pod_spec_init_containers_at (spec, i)),
                        OF_REQUESTS),
               ret_names);
  add_names (get_map (k8_pod_spec_resources (spec), OF_REQUESTS), ret_names);
  add_names (k8_pod_spec_overhead (spec), ret_names);
  make_set (ret_names);
}
