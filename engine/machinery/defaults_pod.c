/* SPDX-License-Identifier: Apache-2.0
 *
 * Defaults of pods and pod templates that depend on more than their own field: requests from
 * limits, pull policies by tag, ports of the host's network, pod-level resources.
 * Only a Pod gets requests, service links and host ports: a template stays as it was written.
 * Source: kubernetes pkg/apis/core/v1, defaults.go and conversion.go (v1.36).
 * Departures: none known.
 */
#include <string.h>

#include "machinery/defaults_hooks.h"
#include "machinery/image.h"
#include "machinery/resource_sums.h"

/* A map with what @other has beyond it; NULL: nothing to add. (transfer full) */
static K8List *
fill_map (K8Region *region, const K8List *map, const K8List *other)
{
  K8List *filled = NULL;

  for (guint i = 0; i < k8_list_n (other); i++)
    {
      const char *key = k8_map_get_key (other, i);
      const char *value = k8_map_get_value (other, i);
      if (k8_map_find (filled != NULL ? filled : map, key) != NULL)
        continue;
      if (filled == NULL)
        filled = map == NULL ? k8_list_new (region, K8_FIELD_QUANTITY_MAP, k8_list_n (other))
                             : k8_list_dup (map, k8_list_n (other));
      filled = k8_map_put (filled, key, value, k8_string_length (value));
    }
  return filled;
}

/* Limits without requests are requests too. NULL: the container stays. (transfer full) */
static const K8Container *
make_requesting_container (K8Region *region, const K8Container *container)
{
  const K8ResourceRequirements *resources = k8_container_resources (container);
  K8List *requests = fill_map (region, k8_resource_requirements_requests (resources),
                               k8_resource_requirements_limits (resources));
  K8ResourceRequirementsEdit resources_edit;
  K8ContainerEdit edit;

  if (requests == NULL)
    return NULL;
  k8_resource_requirements_edit (&resources_edit, region, resources);
  k8_resource_requirements_set_requests (&resources_edit, requests);
  k8_container_edit (&edit, region, container);
  k8_container_set_resources (&edit, k8_resource_requirements_seal (&resources_edit));
  return k8_container_seal (&edit);
}

/* On the host's network a container's port is the host's. NULL: the container stays. */
static const K8Container *
make_host_port_container (K8Region *region, const K8Container *container)
{
  K8ContainerEdit edit;
  gboolean is_begun = FALSE;

  for (guint i = 0; i < k8_container_ports_n (container); i++)
    {
      const K8ContainerPort *port = k8_container_ports_at (container, i);
      K8ContainerPortEdit port_edit;
      if (k8_container_port_host_port (port) != 0 || k8_container_port_container_port (port) == 0)
        continue;
      if (!is_begun)
        k8_container_edit (&edit, region, container);
      is_begun = TRUE;
      k8_container_port_edit (&port_edit, region, port);
      k8_container_port_set_host_port (&port_edit, k8_container_port_container_port (port));
      k8_container_replace_ports (&edit, i, k8_container_port_seal (&port_edit));
    }
  return is_begun ? k8_container_seal (&edit) : NULL;
}

typedef const K8Container *(*ContainerMaker) (K8Region *region, const K8Container *container);

/* Replaces the containers for which @make makes another; gives the list, or NULL if all stay. */
static K8List *
remake_containers (K8Region *region, const K8List *containers, ContainerMaker make)
{
  K8List *remade = NULL;

  for (guint i = 0; i < k8_list_n (containers); i++)
    {
      const K8Container *made = make (region, k8_list_get_object (containers, i));
      if (made == NULL)
        continue;
      if (remade == NULL)
        remade = k8_list_dup (containers, 0);
      remade = k8_list_replace_object (remade, i, made);
    }
  return remade;
}

static void
remake_all_containers (K8Draft *spec_draft, const K8PodSpec *spec, ContainerMaker make)
{
  K8List *containers = remake_containers (spec_draft->region, k8_pod_spec_containers (spec), make);
  K8List *init_containers =
      remake_containers (spec_draft->region, k8_pod_spec_init_containers (spec), make);

  if (containers != NULL)
    k8_pod_spec_set_containers (K8_DRAFT_EDIT (PodSpec, spec_draft), containers);
  if (init_containers != NULL)
    k8_pod_spec_set_init_containers (K8_DRAFT_EDIT (PodSpec, spec_draft), init_containers);
}

/* Pod-level resources: what a draft of them is filled with. */

static K8List *
put_amount (K8Region *region, K8List *map, const char *name, const K8Quantity *amount)
{
  char text[K8_QUANTITY_LETTERS + 1];

  if (map == NULL)
    map = k8_list_new (region, K8_FIELD_QUANTITY_MAP, 2);
  k8_quantity_format (amount, text);
  return k8_map_put (map, name, text, strlen (text));
}

/* Huge pages that containers are limited to, unless the pod says something of them. */
static K8List *
fill_pod_limits (K8Region *region, const K8PodSpec *spec, K8List *limits, const K8List *requests)
{
  K8ResourceSums sums;

  k8_resource_sums_init (&sums);
  k8_resource_sums_add_pod (&sums, spec, K8_RESOURCE_LIMITS);
  for (guint i = 0; i < sums.list->len; i++)
    {
      const K8ResourceSum *sum = &g_array_index (sums.list, K8ResourceSum, i);
      if (k8_resource_is_hugepages (sum->name) && k8_map_find (requests, sum->name) == NULL &&
          k8_map_find (limits, sum->name) == NULL)
        limits = put_amount (region, limits, sum->name, &sum->amount);
    }
  k8_resource_sums_clear (&sums);
  return limits;
}

/* What containers request, and the pod's limits for what none of them names. */
static K8List *
fill_pod_requests (K8Region *region, const K8PodSpec *spec, K8List *requests, const K8List *limits)
{
  K8ResourceSums sums;

  k8_resource_sums_init (&sums);
  k8_resource_sums_add_pod (&sums, spec, K8_RESOURCE_REQUESTS);
  for (guint i = 0; i < sums.list->len; i++)
    {
      const K8ResourceSum *sum = &g_array_index (sums.list, K8ResourceSum, i);
      if (k8_resource_is_pod_level (sum->name) && !k8_resource_is_hugepages (sum->name) &&
          k8_map_find (requests, sum->name) == NULL)
        requests = put_amount (region, requests, sum->name, &sum->amount);
    }
  k8_resource_sums_clear (&sums);
  for (guint i = 0; i < k8_list_n (limits); i++)
    {
      const char *name = k8_map_get_key (limits, i);
      const char *value = k8_map_get_value (limits, i);
      if (!k8_resource_is_pod_level (name) || k8_map_find (requests, name) != NULL)
        continue;
      if (requests == NULL)
        requests = k8_list_new (region, K8_FIELD_QUANTITY_MAP, 2);
      requests = k8_map_put (requests, name, value, k8_string_length (value));
    }
  return requests;
}

static K8List *
dup_or_null (const K8List *map)
{
  return map == NULL ? NULL : k8_list_dup (map, 2);
}

/* (transfer full) (nullable): the pod's own resources with their defaults. */
static const K8ResourceRequirements *
make_pod_resources (K8Region *region, const K8PodSpec *spec)
{
  const K8ResourceRequirements *resources = k8_pod_spec_resources (spec);
  K8List *limits = dup_or_null (k8_resource_requirements_limits (resources));
  K8List *requests = dup_or_null (k8_resource_requirements_requests (resources));
  K8ResourceRequirementsEdit edit;

  if (limits == NULL && requests == NULL)
    return NULL;
  limits = fill_pod_limits (region, spec, limits, requests);
  if (k8_list_n (limits) > 0)
    requests = fill_pod_requests (region, spec, requests, limits);
  k8_resource_requirements_edit (&edit, region, resources);
  k8_resource_requirements_set_limits (&edit, limits);
  k8_resource_requirements_set_requests (&edit, requests);
  return k8_resource_requirements_seal (&edit);
}

/* The spec after one more step of a Pod's defaults. Takes @spec over, gives what to go on with. */
static const K8PodSpec *
end_step (K8Draft *draft, const K8PodSpec *spec)
{
  if (!draft->is_begun)
    return spec;
  const K8PodSpec *next = k8_edit_seal (&draft->edit);
  k8_record_unref (spec);
  return next;
}

static const K8PodSpec *
default_spec_resources (K8Region *region, const K8PodSpec *spec)
{
  const K8ResourceRequirements *made = make_pod_resources (region, spec);
  K8Draft draft = { .region = region, .record = (const K8Record *) spec };

  if (made == NULL)
    return spec;
  if (k8_record_equal (made, k8_pod_spec_resources (spec)))
    {
      k8_record_unref (made);
      return spec;
    }
  k8_pod_spec_set_resources (K8_DRAFT_EDIT (PodSpec, &draft), made);
  return end_step (&draft, spec);
}

static const K8PodSpec *
default_spec_containers (K8Region *region, const K8PodSpec *spec, ContainerMaker make)
{
  K8Draft draft = { .region = region, .record = (const K8Record *) spec };

  remake_all_containers (&draft, spec, make);
  return end_step (&draft, spec);
}

static const K8PodSpec *
default_spec_of_pod (K8Region *region, const K8PodSpec *spec)
{
  K8Draft draft = { .region = region, .record = (const K8Record *) spec };

  if (!k8_pod_spec_has_enable_service_links (spec))
    k8_pod_spec_set_enable_service_links (K8_DRAFT_EDIT (PodSpec, &draft), TRUE);
  if (k8_pod_spec_termination_grace_period_seconds (spec) < 0)
    k8_pod_spec_set_termination_grace_period_seconds (K8_DRAFT_EDIT (PodSpec, &draft), 1);
  return end_step (&draft, spec);
}

/* Annotations of the time before initContainers was a field are dropped. */
static const K8ObjectMeta *
make_plain_metadata (K8Region *region, const K8ObjectMeta *metadata)
{
  static const char *const dropped[] = {
    "pod.beta.kubernetes.io/init-containers",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-container-statuses",
  };
  K8ObjectMetaEdit edit;
  gboolean is_begun = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (dropped); i++)
    {
      if (k8_object_meta_annotations_get (metadata, dropped[i]) == NULL)
        continue;
      if (!is_begun)
        k8_object_meta_edit (&edit, region, metadata);
      is_begun = TRUE;
      k8_object_meta_delete_annotations (&edit, dropped[i]);
    }
  return is_begun ? k8_object_meta_seal (&edit) : NULL;
}

void
k8_default_pod (K8Draft *draft)
{
  const K8Pod *pod = (const K8Pod *) draft->record;
  const K8PodSpec *before = k8_pod_spec (pod);
  const K8ObjectMeta *metadata = make_plain_metadata (draft->region, k8_pod_metadata (pod));

  if (metadata != NULL)
    k8_pod_set_metadata (K8_DRAFT_EDIT (Pod, draft), metadata);
  K8PodSpecEdit empty;
  k8_pod_spec_edit (&empty, draft->region, NULL);
  const K8PodSpec *spec = before == NULL ? k8_pod_spec_seal (&empty) : k8_pod_spec_ref (before);
  spec = default_spec_containers (draft->region, spec, make_requesting_container);
  spec = default_spec_resources (draft->region, spec);
  spec = default_spec_of_pod (draft->region, spec);
  if (k8_pod_spec_host_network (spec))
    spec = default_spec_containers (draft->region, spec, make_host_port_container);
  if (k8_record_equal (spec, before))
    k8_record_unref (spec);
  else
    k8_pod_set_spec (K8_DRAFT_EDIT (Pod, draft), spec);
}

void
k8_default_pod_template_spec (K8Draft *draft)
{
  const K8PodTemplateSpec *template = (const K8PodTemplateSpec *) draft->record;
  const K8ObjectMeta *metadata =
      make_plain_metadata (draft->region, k8_pod_template_spec_metadata (template));

  if (metadata != NULL)
    k8_pod_template_spec_set_metadata (K8_DRAFT_EDIT (PodTemplateSpec, draft), metadata);
}

/* An empty security context; serviceAccount, the old name of serviceAccountName, follows it. */
void
k8_default_pod_spec (K8Draft *draft)
{
  const K8PodSpec *spec = (const K8PodSpec *) draft->record;
  const char *name = k8_pod_spec_service_account_name (spec);
  const char *old_name = k8_pod_spec_service_account (spec);
  K8PodSecurityContextEdit empty;

  if (!k8_pod_spec_has_security_context (spec))
    {
      k8_pod_security_context_edit (&empty, draft->region, NULL);
      k8_pod_spec_set_security_context (K8_DRAFT_EDIT (PodSpec, draft),
                                        k8_pod_security_context_seal (&empty));
    }
  if (name == NULL && old_name != NULL)
    k8_pod_spec_set_service_account_name (K8_DRAFT_EDIT (PodSpec, draft), old_name);
  else if (name != NULL && !k8_string_is (old_name, name))
    k8_pod_spec_set_service_account (K8_DRAFT_EDIT (PodSpec, draft), name);
}

/* podIP is the first of podIPs; where they differ, the old field counts. */
void
k8_default_pod_status (K8Draft *draft)
{
  const K8PodStatus *status = (const K8PodStatus *) draft->record;
  const char *ip = k8_pod_status_pod_ip (status);
  const char *first = k8_pod_status_pod_ips_n (status) == 0
                          ? NULL
                          : k8_pod_ip_ip (k8_pod_status_pod_ips_at (status, 0));
  K8PodIPEdit edit;

  if (ip == NULL && first != NULL)
    k8_pod_status_set_pod_ip (K8_DRAFT_EDIT (PodStatus, draft), first);
  if (ip == NULL || k8_string_is (first, ip))
    return;
  k8_pod_status_clear_pod_ips (K8_DRAFT_EDIT (PodStatus, draft));
  k8_pod_ip_edit (&edit, draft->region, NULL);
  k8_pod_ip_set_ip (&edit, ip);
  k8_pod_status_add_pod_ips (K8_DRAFT_EDIT (PodStatus, draft), k8_pod_ip_seal (&edit));
}

static gboolean
has_source (const K8Record *volume)
{
  for (guint i = 0; i < k8_volume_n_fields; i++)
    if (k8_fields_volume[i].type == K8_FIELD_OBJECT && k8_record_has (volume, &k8_fields_volume[i]))
      return TRUE;
  return FALSE;
}

void
k8_default_volume (K8Draft *draft)
{
  const K8Volume *volume = (const K8Volume *) draft->record;
  const K8ImageVolumeSource *image = k8_volume_image (volume);
  K8EmptyDirVolumeSourceEdit empty;
  K8ImageVolumeSourceEdit image_edit;

  if (!has_source (draft->record))
    {
      k8_empty_dir_volume_source_edit (&empty, draft->region, NULL);
      k8_volume_set_empty_dir (K8_DRAFT_EDIT (Volume, draft),
                               k8_empty_dir_volume_source_seal (&empty));
    }
  if (image == NULL || k8_image_volume_source_has_pull_policy (image))
    return;
  k8_image_volume_source_edit (&image_edit, draft->region, image);
  k8_image_volume_source_set_pull_policy (
      &image_edit, k8_image_default_pull_policy (k8_image_volume_source_reference (image)));
  k8_volume_set_image (K8_DRAFT_EDIT (Volume, draft), k8_image_volume_source_seal (&image_edit));
}

void
k8_default_container (K8Draft *draft)
{
  const K8Container *container = (const K8Container *) draft->record;

  if (!k8_container_has_image_pull_policy (container))
    k8_container_set_image_pull_policy (
        K8_DRAFT_EDIT (Container, draft),
        k8_image_default_pull_policy (k8_container_image (container)));
}

void
k8_default_ephemeral_container (K8Draft *draft)
{
  const K8EphemeralContainer *container = (const K8EphemeralContainer *) draft->record;

  if (!k8_ephemeral_container_has_image_pull_policy (container))
    k8_ephemeral_container_set_image_pull_policy (
        K8_DRAFT_EDIT (EphemeralContainer, draft),
        k8_image_default_pull_policy (k8_ephemeral_container_image (container)));
}
