/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of a pod, resource by resource: containers together or the peak of the init
 * containers, then the pod's own values, then overhead. While a pod on a node is resized, a
 * container counts with the most that was asked, granted or set.
 * Source: component-helpers resource/helpers.go, PodRequests; scheduler framework/types.go,
 * calculateResource (v1.36). Departures: names beyond K8_MAX_POD_SCALARS are not looked at.
 */
#include "scheduler/requests.h"

#include "base/quantity.h"
#include "machinery/pod.h"
#include "machinery/resource_sums.h"

typedef struct
{
  const K8Pod *pod;
  const K8PodSpec *spec;
  gboolean uses_status;
  gboolean is_infeasible; /* a resize that its node has refused */
  gboolean has_pod_level;
} Source;

/* One resource on its way through the containers. */
typedef struct
{
  const char *name;
  const K8Quantity *missing; /* what counts where it is not mentioned; NULL: nothing */
  gboolean skips_pod_level;
} Wanted;

static gboolean
read_amount (const K8List *map, const char *name, K8Quantity *ret)
{
  const char *text = k8_map_find (map, name);

  *ret = (K8Quantity){ 0 };
  return text != NULL && k8_quantity_parse (text, ret) == K8_QUANTITY_OK;
}

static gboolean
raise_to (const K8List *map, const char *name, K8Quantity *amount)
{
  K8Quantity other;

  if (!read_amount (map, name, &other))
    return FALSE;
  if (k8_quantity_compare (amount, &other) < 0)
    *amount = other;
  return TRUE;
}

static const K8ContainerStatus *
find_status (const Source *source, const K8Container *container, gboolean is_init)
{
  const K8PodStatus *status = k8_pod_status (source->pod);
  const K8List *list = is_init ? k8_pod_status_init_container_statuses (status)
                               : k8_pod_status_container_statuses (status);
  const K8ContainerStatus *found;

  if (!source->uses_status || (is_init && !k8_container_is_restartable_init (container)))
    return NULL;
  found = k8_container_status_find (list, k8_container_name (container));
  return k8_container_status_has_resources (found) ? found : NULL;
}

static gboolean
container_amount (const Source *source, const K8Container *container, gboolean is_init,
                  const Wanted *wanted, K8Quantity *ret)
{
  const K8ContainerStatus *status = find_status (source, container, is_init);
  const K8List *own = k8_resource_requirements_requests (k8_container_resources (container));
  gboolean is_there = FALSE;

  *ret = (K8Quantity){ 0 };
  if (status == NULL || !source->is_infeasible)
    is_there = read_amount (own, wanted->name, ret);
  if (status != NULL)
    {
      const K8ResourceRequirements *set = k8_container_status_resources (status);
      is_there |= raise_to (k8_resource_requirements_requests (set), wanted->name, ret);
      is_there |= raise_to (k8_container_status_allocated_resources (status), wanted->name, ret);
    }
  if (is_there || wanted->missing == NULL)
    return is_there;
  *ret = *wanted->missing;
  return TRUE;
}

/* The peak of the init containers; sidecars also count in @total. */
static K8Quantity
add_init_containers (const Source *source, const Wanted *wanted, K8Quantity *total,
                     gboolean *is_there)
{
  K8Quantity restartable = { 0 };
  K8Quantity peak = { 0 };

  for (guint i = 0; i < k8_pod_spec_init_containers_n (source->spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (source->spec, i);
      K8Quantity amount;
      *is_there |= container_amount (source, container, TRUE, wanted, &amount);
      if (k8_container_is_restartable_init (container))
        {
          k8_quantity_add (total, &amount);
          k8_quantity_add (&restartable, &amount);
          amount = restartable;
        }
      else
        k8_quantity_add (&amount, &restartable);
      if (k8_quantity_compare (&peak, &amount) < 0)
        peak = amount;
    }
  return peak;
}

/* The pod's own value replaces that of its containers. */
static gboolean
replace_by_pod_level (const Source *source, const char *name, K8Quantity *total)
{
  const K8ResourceRequirements *own = k8_pod_spec_resources (source->spec);
  const K8PodStatus *status = k8_pod_status (source->pod);
  K8Quantity value;

  if (!source->has_pod_level || !k8_resource_is_pod_level (name) ||
      !read_amount (k8_resource_requirements_requests (own), name, &value))
    return FALSE;
  if (source->uses_status && k8_pod_status_has_resources (status))
    {
      const K8ResourceRequirements *set = k8_pod_status_resources (status);
      if (source->is_infeasible)
        value = (K8Quantity){ 0 };
      raise_to (k8_resource_requirements_requests (set), name, &value);
      raise_to (k8_pod_status_allocated_resources (status), name, &value);
    }
  *total = value;
  return TRUE;
}

/* Gives whether anybody mentions the resource. */
static gboolean
sum_resource (const Source *source, const Wanted *wanted, K8Quantity *ret)
{
  gboolean is_there = FALSE;
  K8Quantity total = { 0 };
  K8Quantity amount;

  for (guint i = 0; i < k8_pod_spec_containers_n (source->spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (source->spec, i);
      is_there |= container_amount (source, container, FALSE, wanted, &amount);
      k8_quantity_add (&total, &amount);
    }
  K8Quantity peak = add_init_containers (source, wanted, &total, &is_there);
  if (k8_quantity_compare (&total, &peak) < 0)
    total = peak;
  if (!wanted->skips_pod_level)
    is_there |= replace_by_pod_level (source, wanted->name, &total);
  if (read_amount (k8_pod_spec_overhead (source->spec), wanted->name, &amount))
    {
      k8_quantity_add (&total, &amount);
      is_there = TRUE;
    }
  *ret = total;
  return is_there;
}

static gint64
to_units (const char *name, const K8Quantity *amount)
{
  return strcmp (name, "cpu") == 0 ? k8_quantity_milli_value (amount)
                                   : k8_quantity_value (amount);
}

/* cpu or memory: the true request, and the two that scores are made of. */
static void
sum_scored (const Source *source, const char *name, gint64 missing_units, gint64 ret_units[3])
{
  K8Quantity missing = strcmp (name, "cpu") == 0
                           ? k8_quantity_from_milli (missing_units, K8_QUANTITY_DECIMAL_SI)
                           : k8_quantity_from_value (missing_units, K8_QUANTITY_BINARY_SI);
  Wanted plain = { .name = name };
  Wanted filled = { .name = name, .missing = &missing };
  K8Quantity amount;

  gboolean is_there = sum_resource (source, &plain, &amount);
  ret_units[0] = to_units (name, &amount);
  if (source->has_pod_level && is_there)
    ret_units[1] = ret_units[0];
  else
    {
      sum_resource (source, &filled, &amount);
      ret_units[1] = to_units (name, &amount);
    }
  ret_units[2] = ret_units[1];
  if (source->has_pod_level)
    {
      filled.skips_pod_level = TRUE;
      sum_resource (source, &filled, &amount);
      ret_units[2] = to_units (name, &amount);
    }
}

static gboolean
starts_with (const char *text, const char *start)
{
  return strncmp (text, start, strlen (start)) == 0;
}

gboolean
k8_resource_is_scalar (const char *name)
{
  if (starts_with (name, "hugepages-") || starts_with (name, "attachable-volumes-"))
    return TRUE;
  if (strstr (name, "kubernetes.io/") != NULL)
    return TRUE;
  return strchr (name, '/') != NULL && !starts_with (name, "requests.");
}

gint64
k8_resource_amount (const K8List *map, const char *name)
{
  K8Quantity amount;

  return read_amount (map, name, &amount) ? to_units (name, &amount) : 0;
}

/* Keeps the names in order, each once. */
static void
note_names (K8PodRequests *self, const K8List *map)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    {
      const char *name = k8_map_get_key (map, i);
      guint place = 0;
      if (!k8_resource_is_scalar (name) || self->n_scalars == K8_MAX_POD_SCALARS)
        continue;
      while (place < self->n_scalars && strcmp (self->scalars[place].name, name) < 0)
        place++;
      if (place < self->n_scalars && strcmp (self->scalars[place].name, name) == 0)
        continue;
      for (guint j = self->n_scalars++; j > place; j--)
        self->scalars[j] = self->scalars[j - 1];
      self->scalars[place].name = name;
    }
}

static void
note_status_names (K8PodRequests *self, const K8List *statuses)
{
  for (guint i = 0; i < k8_list_n (statuses); i++)
    {
      const K8ContainerStatus *status = k8_list_get_object (statuses, i);
      const K8ResourceRequirements *set = k8_container_status_resources (status);
      if (!k8_container_status_has_resources (status))
        continue;
      note_names (self, k8_resource_requirements_requests (set));
      note_names (self, k8_container_status_allocated_resources (status));
    }
}

static void
note_all_names (const Source *source, K8PodRequests *self)
{
  const K8PodSpec *spec = source->spec;

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    note_names (self, k8_resource_requirements_requests (
                          k8_container_resources (k8_pod_spec_containers_at (spec, i))));
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    note_names (self, k8_resource_requirements_requests (
                          k8_container_resources (k8_pod_spec_init_containers_at (spec, i))));
  note_names (self, k8_resource_requirements_requests (k8_pod_spec_resources (spec)));
  note_names (self, k8_pod_spec_overhead (spec));
  if (source->uses_status)
    {
      note_status_names (self, k8_pod_status_container_statuses (k8_pod_status (source->pod)));
      note_status_names (self,
                         k8_pod_status_init_container_statuses (k8_pod_status (source->pod)));
    }
}

/* Drops the names that turned out to be asked of nobody (a pod-level name of another sort). */
static void
sum_scalars (const Source *source, K8PodRequests *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_scalars; i++)
    {
      Wanted wanted = { .name = self->scalars[i].name };
      K8Quantity amount;
      if (!sum_resource (source, &wanted, &amount))
        continue;
      self->scalars[n++] = (K8ScalarAmount){ wanted.name, to_units (wanted.name, &amount) };
    }
  self->n_scalars = n;
}

static gboolean
has_pod_level (const K8PodSpec *spec)
{
  const K8List *map = k8_resource_requirements_requests (k8_pod_spec_resources (spec));

  for (guint i = 0; i < k8_list_n (map); i++)
    if (k8_resource_is_pod_level (k8_map_get_key (map, i)))
      return TRUE;
  return FALSE;
}

static gboolean
is_resize_infeasible (const K8Pod *pod)
{
  const K8PodCondition *condition = k8_pod_find_condition (pod, "PodResizePending");

  return k8_string_is (k8_pod_condition_reason (condition), "Infeasible");
}

void
k8_pod_requests_compute (const K8Pod *pod, K8RequestsView view, K8PodRequests *ret)
{
  Source source = { .pod = pod,
                    .spec = k8_pod_spec (pod),
                    .uses_status = view == K8_REQUESTS_PLACED,
                    .is_infeasible = view == K8_REQUESTS_PLACED && is_resize_infeasible (pod) };
  Wanted ephemeral = { .name = "ephemeral-storage" };
  gint64 units[3];
  K8Quantity amount;

  source.has_pod_level = has_pod_level (source.spec);
  ret->n_scalars = 0;
  sum_scored (&source, "cpu", K8_DEFAULT_CPU_MILLI, units);
  ret->cpu_milli = units[0];
  ret->nonzero_cpu_milli = units[1];
  ret->scored_cpu_milli = units[2];
  sum_scored (&source, "memory", K8_DEFAULT_MEMORY_BYTES, units);
  ret->memory_bytes = units[0];
  ret->nonzero_memory_bytes = units[1];
  ret->scored_memory_bytes = units[2];
  sum_resource (&source, &ephemeral, &amount);
  ret->ephemeral_bytes = k8_quantity_value (&amount);
  note_all_names (&source, ret);
  sum_scalars (&source, ret);
}

static gboolean
is_same_statuses (const K8List *a, const K8List *b)
{
  if (k8_list_n (a) != k8_list_n (b))
    return FALSE;
  for (guint i = 0; i < k8_list_n (a); i++)
    {
      const K8ContainerStatus *one = k8_list_get_object (a, i);
      const K8ContainerStatus *other = k8_list_get_object (b, i);
      if (!k8_string_equal (k8_container_status_name (one), k8_container_status_name (other)) ||
          !k8_record_equal (k8_container_status_resources (one),
                            k8_container_status_resources (other)) ||
          !k8_list_equal (k8_container_status_allocated_resources (one),
                          k8_container_status_allocated_resources (other)))
        return FALSE;
    }
  return TRUE;
}

gboolean
k8_pod_requests_is_same_report (const K8Pod *a, const K8Pod *b)
{
  const K8PodStatus *one = k8_pod_status (a);
  const K8PodStatus *other = k8_pod_status (b);

  return is_same_statuses (k8_pod_status_container_statuses (one),
                           k8_pod_status_container_statuses (other)) &&
         is_same_statuses (k8_pod_status_init_container_statuses (one),
                           k8_pod_status_init_container_statuses (other)) &&
         k8_record_equal (k8_pod_status_resources (one), k8_pod_status_resources (other)) &&
         k8_list_equal (k8_pod_status_allocated_resources (one),
                        k8_pod_status_allocated_resources (other)) &&
         is_resize_infeasible (a) == is_resize_infeasible (b);
}

gboolean
k8_pod_requests_is_empty (const K8PodRequests *self)
{
  return self->cpu_milli == 0 && self->memory_bytes == 0 && self->ephemeral_bytes == 0 &&
         self->n_scalars == 0;
}
