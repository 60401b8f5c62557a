/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource requirements of containers and pods: names, amounts, requests against limits, huge
 * pages, claims.
 * Source: kubernetes pkg/apis/core/validation, validateResourceRequirements and
 * validatePodResourceConsistency; pkg/apis/core/helper (v1.36).
 * Departures: maps are walked by key, where Go's order changes from run to run.
 */
#include <string.h>

#include "base/quantity.h"
#include "machinery/resource_sums.h"
#include "machinery/validate_parts.h"

static const char standard_resources[] =
    "cpu|memory|ephemeral-storage|requests.cpu|requests.memory|requests.ephemeral-storage|"
    "limits.cpu|limits.memory|limits.ephemeral-storage|pods|resourcequotas|services|"
    "replicationcontrollers|secrets|configmaps|persistentvolumeclaims|storage|"
    "requests.storage|services.nodeports|services.loadbalancers";
static const char integer_resources[] =
    "pods|resourcequotas|services|replicationcontrollers|secrets|configmaps|"
    "persistentvolumeclaims|services.nodeports|services.loadbalancers";

static K8Quantity
parse_amount (const char *text)
{
  K8Quantity amount = { 0 };

  k8_quantity_parse (text, &amount);
  return amount;
}

static gboolean
is_overcommit_allowed (const char *name)
{
  return k8_resource_is_native (name) && !k8_resource_is_hugepages (name);
}

/* With a domain that is not the project's, and still a name behind "requests.". */
static gboolean
is_extended (const char *name)
{
  if (k8_resource_is_native (name) || k8_check_has_prefix (name, "requests."))
    return FALSE;
  char *quota = g_strdup_printf ("requests.%s", name);
  gboolean is_good = k8_name_is_good (k8_name_check_qualified (quota));
  g_free (quota);
  return is_good;
}

static gboolean
is_standard (const char *name)
{
  return k8_check_is_listed (name, standard_resources) || k8_resource_is_hugepages (name) ||
         k8_check_has_prefix (name, "requests.hugepages-");
}

/* A qualified name; without a domain, one that the project has given. */
void
k8_check_resource_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  K8NameFaults faults = k8_name_check_qualified (name);

  k8_field_errors_add_faults (errors, path, name, faults);
  if (faults.n == 0 && strchr (name, '/') == NULL && !is_standard (name))
    k8_field_errors_invalid (errors, path, name,
                             "must be a standard resource type or fully qualified");
}

static void
check_container_resource_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  k8_check_resource_name (errors, path, name);
  if (strchr (name, '/') == NULL)
    {
      if (!k8_check_is_listed (name, "cpu|memory|ephemeral-storage") &&
          !k8_resource_is_hugepages (name))
        k8_field_errors_invalid (errors, path, name, "must be a standard resource for containers");
    }
  else if (!k8_resource_is_native (name) && !is_extended (name))
    k8_field_errors_invalid (errors, path, name, "doesn't follow extended resource name standard");
}

static void
check_pod_resource_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  guint n_errors = k8_field_errors_n (errors);

  k8_check_resource_name (errors, path, name);
  if (k8_field_errors_n (errors) == n_errors && !k8_resource_is_pod_level (name))
    k8_field_errors_not_supported (errors, path, name, "cpu|hugepages-|memory");
}

/* Not below zero; whole where the resource is counted. */
void
k8_check_resource_amount (K8FieldErrors *errors,
                          const K8Path *path,
                          const char *name,
                          const char *text)
{
  K8Quantity amount = parse_amount (text);

  if (k8_quantity_sign (&amount) < 0)
    k8_field_errors_invalid (errors, path, text, "must be greater than or equal to 0");
  if ((k8_check_is_listed (name, integer_resources) || is_extended (name)) &&
      k8_quantity_milli_value (&amount) % 1000 != 0)
    k8_field_errors_invalid (errors, path, text, "must be an integer");
}

static void
check_huge_pages (K8FieldErrors *errors, const K8Path *path, const char *name, const char *text)
{
  K8Quantity amount = parse_amount (text);
  K8Quantity page;
  gboolean is_good;

  if (!k8_resource_is_hugepages (name))
    return;
  is_good = k8_quantity_parse (name + strlen ("hugepages-"), &page) == K8_QUANTITY_OK &&
            k8_quantity_sign (&page) > 0 && k8_quantity_milli_value (&page) % 1000 == 0 &&
            k8_quantity_value (&amount) % k8_quantity_value (&page) == 0;
  if (!is_good)
    k8_field_errors_invalid (errors, path, text, "%s is not positive integer multiple of %s", text,
                             name);
}

typedef void (*ResourceNameCheck) (K8FieldErrors *errors, const K8Path *path, const char *name);

/* What the resources of one place are, while their maps are walked. */
typedef struct
{
  K8FieldErrors *errors;
  const K8List *limits;
  K8Path limits_path;
  K8Path requests_path;
  ResourceNameCheck check_name;
  gboolean has_compute;
  gboolean has_huge_pages;
} Requirements;

static void
check_amount (Requirements *self, const K8Path *path, const char *name, const char *text)
{
  self->check_name (self->errors, path, name);
  k8_check_resource_amount (self->errors, path, name, text);
  self->has_compute = self->has_compute || k8_check_is_listed (name, "cpu|memory");
  self->has_huge_pages = self->has_huge_pages || k8_resource_is_hugepages (name);
}

/* No more than the limit; exactly the limit where a node cannot overcommit. */
static void
check_against_limit (Requirements *self, const char *name, const char *text)
{
  const char *limit_text = k8_map_find (self->limits, name);
  gboolean may_overcommit = is_overcommit_allowed (name);

  if (limit_text == NULL)
    {
      if (!may_overcommit)
        k8_field_errors_required (self->errors, &self->limits_path,
                                  "Limit must be set for non overcommitable resources");
      return;
    }
  K8Quantity amount = parse_amount (text);
  K8Quantity limit = parse_amount (limit_text);
  int order = k8_quantity_compare (&amount, &limit);
  if (order != 0 && !may_overcommit)
    k8_field_errors_invalid (self->errors, &self->requests_path, text,
                             "must be equal to %s limit of %s", name, limit_text);
  else if (order > 0)
    k8_field_errors_invalid (self->errors, &self->requests_path, text,
                             "must be less than or equal to %s limit of %s", name, limit_text);
}

static void
check_maps (Requirements *self, const K8Path *path, const K8List *requests)
{
  for (guint i = 0; i < k8_list_n (self->limits); i++)
    {
      const char *name = k8_map_get_key (self->limits, i);
      const char *text = k8_map_get_value (self->limits, i);
      K8Path at = k8_path_key (&self->limits_path, name);
      check_amount (self, &at, name, text);
      check_huge_pages (self->errors, &at, name, text);
    }
  for (guint i = 0; i < k8_list_n (requests); i++)
    {
      const char *name = k8_map_get_key (requests, i);
      const char *text = k8_map_get_value (requests, i);
      K8Path at = k8_path_key (&self->requests_path, name);
      check_amount (self, &at, name, text);
      check_against_limit (self, name, text);
      check_huge_pages (self->errors, &at, name, text);
    }
  if (self->has_huge_pages && !self->has_compute)
    k8_field_errors_forbidden (self->errors, path, "HugePages require cpu or memory");
}

static void
add_missing_claim (K8FieldErrors *errors,
                   const K8Path *path,
                   const char *name,
                   const K8PodSpec *spec)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < k8_pod_spec_resource_claims_n (spec); i++)
    {
      const char *known = k8_pod_resource_claim_name (k8_pod_spec_resource_claims_at (spec, i));
      if (known != NULL)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", known);
    }
  if (names->len == 0)
    k8_field_errors_not_found_in (
        errors, path, name, "must be one of the names in pod.spec.resourceClaims which is empty");
  else
    k8_field_errors_not_found_in (
        errors, path, name, "must be one of the names in pod.spec.resourceClaims: %s", names->str);
  g_string_free (names, TRUE);
}

static gboolean
is_pod_claim (const K8PodSpec *spec, const char *name)
{
  for (guint i = 0; i < k8_pod_spec_resource_claims_n (spec); i++)
    if (k8_string_is (k8_pod_resource_claim_name (k8_pod_spec_resource_claims_at (spec, i)), name))
      return TRUE;
  return FALSE;
}

/* Whether an earlier claim of the list covers this one, or a request of it. */
static gboolean
is_claimed_before (const K8ResourceRequirements *resources, guint index)
{
  const K8ResourceClaim *claim = k8_resource_requirements_claims_at (resources, index);
  const char *request = k8_resource_claim_request (claim);

  for (guint i = 0; i < index; i++)
    {
      const K8ResourceClaim *other = k8_resource_requirements_claims_at (resources, i);
      const char *other_request = k8_resource_claim_request (other);
      if (g_strcmp0 (k8_resource_claim_name (other), k8_resource_claim_name (claim)) == 0 &&
          (request == NULL || other_request == NULL || strcmp (request, other_request) == 0))
        return TRUE;
    }
  return FALSE;
}

static void
check_claims (K8FieldErrors *errors,
              const K8Path *path,
              const K8ResourceRequirements *resources,
              const K8PodSpec *spec)
{
  for (guint i = 0; i < k8_resource_requirements_claims_n (resources); i++)
    {
      const K8ResourceClaim *claim = k8_resource_requirements_claims_at (resources, i);
      const char *name = k8_resource_claim_name (claim);
      const char *request = k8_resource_claim_request (claim);
      K8Path at = k8_path_index (path, i);
      if (!k8_check_required (errors, &at, name))
        continue;
      if (request != NULL)
        k8_check_name (errors, K8_CHILD (&at, "request"), request, k8_name_check_dns_1123_label);
      if (is_claimed_before (resources, i))
        k8_field_errors_duplicate (errors, &at, name);
      if (!is_pod_claim (spec, name))
        add_missing_claim (errors, &at, name, spec);
    }
}

static void
check_requirements (K8FieldErrors *errors,
                    const K8Path *path,
                    const K8ResourceRequirements *resources,
                    const K8PodSpec *spec,
                    ResourceNameCheck check_name)
{
  Requirements requirements = { .errors = errors,
                                .limits = k8_resource_requirements_limits (resources),
                                .limits_path = k8_path_child (path, "limits"),
                                .requests_path = k8_path_child (path, "requests"),
                                .check_name = check_name };

  check_maps (&requirements, path, k8_resource_requirements_requests (resources));
  check_claims (errors, K8_CHILD (path, "claims"), resources, spec);
}

/* Of a container. */
void
k8_check_resources (K8FieldErrors *errors,
                    const K8Path *path,
                    const K8ResourceRequirements *resources,
                    const K8PodSpec *spec)
{
  check_requirements (errors, path, resources, spec, check_container_resource_name);
}

/* What a runtime class adds to a pod is checked as limits are. */
void
k8_check_overhead (K8FieldErrors *errors, const K8Path *path, const K8List *overhead)
{
  Requirements requirements = { .errors = errors,
                                .limits = overhead,
                                .limits_path = k8_path_child (path, "limits"),
                                .requests_path = k8_path_child (path, "requests"),
                                .check_name = check_container_resource_name };

  check_maps (&requirements, path, NULL);
}

static void
check_sums (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec, K8ResourceSide side)
{
  const K8ResourceRequirements *resources = k8_pod_spec_resources (spec);
  gboolean is_limit = side == K8_RESOURCE_LIMITS;
  const K8List *map = is_limit ? k8_resource_requirements_limits (resources)
                               : k8_resource_requirements_requests (resources);
  K8Path side_path = k8_path_child (path, is_limit ? "limits" : "requests");
  K8ResourceSums sums;

  k8_resource_sums_init (&sums);
  k8_resource_sums_add_pod (&sums, spec, side);
  for (guint i = 0; i < sums.list->len; i++)
    {
      const K8ResourceSum *sum = &g_array_index (sums.list, K8ResourceSum, i);
      const char *text = k8_map_find (map, sum->name);
      char shown[K8_QUANTITY_LETTERS + 1];
      if (text == NULL || (is_limit && !k8_resource_is_hugepages (sum->name)))
        continue;
      K8Quantity own = parse_amount (text);
      if (k8_quantity_compare (&sum->amount, &own) <= 0)
        continue;
      k8_quantity_format (&sum->amount, shown);
      k8_field_errors_invalid (errors, K8_KEY (&side_path, sum->name), text,
                               "must be greater than or equal to aggregate container %s of %s",
                               is_limit ? "limits" : "requests", shown);
    }
  k8_resource_sums_clear (&sums);
}

static void
check_container_limits (K8FieldErrors *errors, const K8Path *path, const K8PodSpec *spec)
{
  const K8List *own = k8_resource_requirements_limits (k8_pod_spec_resources (spec));
  K8Path containers = k8_path_child (path, "containers");

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      const K8List *limits = k8_resource_requirements_limits (k8_container_resources (container));
      K8Path at = k8_path_index (&containers, i);
      for (guint j = 0; j < k8_list_n (limits); j++)
        {
          const char *name = k8_map_get_key (limits, j);
          const char *pod_text = k8_map_find (own, name);
          if (pod_text == NULL)
            continue;
          K8Quantity limit = parse_amount (k8_map_get_value (limits, j));
          K8Quantity pod_limit = parse_amount (pod_text);
          if (k8_quantity_compare (&limit, &pod_limit) > 0)
            k8_field_errors_invalid (errors, K8_CHILD (K8_KEY (&at, name), "limits"),
                                     k8_map_get_value (limits, j),
                                     "must be less than or equal to pod limits of %s", pod_text);
        }
    }
}

/* Resources of the pod as a whole; nothing to do if it has none. */
void
k8_check_pod_resources (K8FieldErrors *errors, const K8Path *spec_path, const K8PodSpec *spec)
{
  const K8ResourceRequirements *resources = k8_pod_spec_resources (spec);
  K8Path path = k8_path_child (spec_path, "resources");

  if (resources == NULL)
    return;
  if (k8_string_is (k8_pod_os_name (k8_pod_spec_os (spec)), "windows"))
    {
      k8_field_errors_forbidden (errors, &path, "may not be set for a windows pod");
      return;
    }
  if (k8_resource_requirements_has_claims (resources))
    k8_field_errors_forbidden (errors, K8_CHILD (&path, "claims"),
                               "claims may not be set for Resources at pod-level");
  check_requirements (errors, &path, resources, spec, check_pod_resource_name);
  check_sums (errors, &path, spec, K8_RESOURCE_REQUESTS);
  check_sums (errors, &path, spec, K8_RESOURCE_LIMITS);
  check_container_limits (errors, &path, spec);
}
