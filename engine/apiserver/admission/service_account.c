/* SPDX-License-Identifier: Apache-2.0
 *
 * ServiceAccount: a new pod runs as an account of its namespace, `default` if it names none.
 * Unless it or the account opts out, every container gets the projected volume with a token of
 * an hour, the root certificate and the namespace. Pull secrets come from the account.
 * Source: kubernetes plugin/pkg/admission/serviceaccount (v1.36).
 * Departures: no enforcement of mountable secrets.
 */
#include "apiserver/admission.h"

#include "base/random.h"
#include "machinery/gvk.h"
#include "machinery/names.h"

#define MOUNT_PATH "/var/run/secrets/kubernetes.io/serviceaccount"
#define MIRROR_ANNOTATION "kubernetes.io/config.mirror"
#define TOKEN_SECONDS 3607
#define FILE_MODE 0644

static const K8ServiceAccount *
find_account (K8Admission *self, const char *name)
{
  const K8CachedObject *cached
      = k8_watch_cache_find (&self->server->caches[K8_KIND_ServiceAccount],
                             self->request->namespace_name, name);

  return cached == NULL ? NULL : cached->object;
}

static gboolean
wants_token (const K8PodSpec *spec, const K8ServiceAccount *account)
{
  if (k8_pod_spec_has_automount_service_account_token (spec))
    return k8_pod_spec_automount_service_account_token (spec);
  if (k8_service_account_has_automount_service_account_token (account))
    return k8_service_account_automount_service_account_token (account);
  return TRUE;
}

static gboolean
has_mount (const K8Container *container)
{
  for (guint i = 0; i < k8_container_volume_mounts_n (container); i++)
    if (k8_string_is (k8_volume_mount_mount_path (k8_container_volume_mounts_at (container, i)),
                      MOUNT_PATH))
      return TRUE;
  return FALSE;
}

static const K8Container *
with_mount (K8Region *region, const K8Container *container, const char *volume_name)
{
  K8VolumeMountEdit mount;
  K8ContainerEdit edit;

  k8_volume_mount_edit (&mount, region, NULL);
  k8_volume_mount_set_name (&mount, volume_name);
  k8_volume_mount_set_read_only (&mount, TRUE);
  k8_volume_mount_set_mount_path (&mount, MOUNT_PATH);
  k8_container_edit (&edit, region, container);
  k8_container_add_volume_mounts (&edit, k8_volume_mount_seal (&mount));
  return k8_container_seal (&edit);
}

static const K8VolumeProjection *
new_token_projection (K8Region *region)
{
  K8ServiceAccountTokenProjectionEdit token;
  K8VolumeProjectionEdit edit;

  k8_service_account_token_projection_edit (&token, region, NULL);
  k8_service_account_token_projection_set_expiration_seconds (&token, TOKEN_SECONDS);
  k8_service_account_token_projection_set_path (&token, "token");
  k8_volume_projection_edit (&edit, region, NULL);
  k8_volume_projection_set_service_account_token (
      &edit, k8_service_account_token_projection_seal (&token));
  return k8_volume_projection_seal (&edit);
}

static const K8VolumeProjection *
new_certificate_projection (K8Region *region)
{
  K8KeyToPathEdit item;
  K8ConfigMapProjectionEdit map;
  K8VolumeProjectionEdit edit;

  k8_key_to_path_edit (&item, region, NULL);
  k8_key_to_path_set_key (&item, "ca.crt");
  k8_key_to_path_set_path (&item, "ca.crt");
  k8_config_map_projection_edit (&map, region, NULL);
  k8_config_map_projection_set_name (&map, "kube-root-ca.crt");
  k8_config_map_projection_add_items (&map, k8_key_to_path_seal (&item));
  k8_volume_projection_edit (&edit, region, NULL);
  k8_volume_projection_set_config_map (&edit, k8_config_map_projection_seal (&map));
  return k8_volume_projection_seal (&edit);
}

static const K8VolumeProjection *
new_namespace_projection (K8Region *region)
{
  K8ObjectFieldSelectorEdit field;
  K8DownwardAPIVolumeFileEdit file;
  K8DownwardAPIProjectionEdit downward;
  K8VolumeProjectionEdit edit;

  k8_object_field_selector_edit (&field, region, NULL);
  k8_object_field_selector_set_api_version (&field, "v1");
  k8_object_field_selector_set_field_path (&field, "metadata.namespace");
  k8_downward_api_volume_file_edit (&file, region, NULL);
  k8_downward_api_volume_file_set_path (&file, "namespace");
  k8_downward_api_volume_file_set_field_ref (&file, k8_object_field_selector_seal (&field));
  k8_downward_api_projection_edit (&downward, region, NULL);
  k8_downward_api_projection_add_items (&downward, k8_downward_api_volume_file_seal (&file));
  k8_volume_projection_edit (&edit, region, NULL);
  k8_volume_projection_set_downward_api (&edit, k8_downward_api_projection_seal (&downward));
  return k8_volume_projection_seal (&edit);
}

static const K8Volume *
new_volume (K8Region *region, const char *name)
{
  K8ProjectedVolumeSourceEdit projected;
  K8VolumeEdit edit;

  k8_projected_volume_source_edit (&projected, region, NULL);
  k8_projected_volume_source_add_sources (&projected, new_token_projection (region));
  k8_projected_volume_source_add_sources (&projected, new_certificate_projection (region));
  k8_projected_volume_source_add_sources (&projected, new_namespace_projection (region));
  k8_projected_volume_source_set_default_mode (&projected, FILE_MODE);
  k8_volume_edit (&edit, region, NULL);
  k8_volume_set_name (&edit, name);
  k8_volume_set_projected (&edit, k8_projected_volume_source_seal (&projected));
  return k8_volume_seal (&edit);
}

/* Mounts the volume where a container has nothing there; TRUE if any got it. */
static gboolean
mount_all (K8Region *region, K8PodSpecEdit *edit, const K8PodSpec *spec, const char *volume_name)
{
  gboolean is_used = FALSE;

  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      if (has_mount (container))
        continue;
      k8_pod_spec_replace_init_containers (edit, i, with_mount (region, container, volume_name));
      is_used = TRUE;
    }
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      if (has_mount (container))
        continue;
      k8_pod_spec_replace_containers (edit, i, with_mount (region, container, volume_name));
      is_used = TRUE;
    }
  return is_used;
}

static void
add_token (K8Admission *self, K8PodSpecEdit *edit, const K8PodSpec *spec)
{
  K8Region *region = self->context->region;
  char suffix[K8_RANDOM_SUFFIX_LETTERS + 1];

  k8_random_suffix (&self->server->actor.random, suffix);
  char *name = g_strconcat ("kube-api-access-", suffix, NULL);
  if (mount_all (region, edit, spec, name))
    k8_pod_spec_add_volumes (edit, new_volume (region, name));
  g_free (name);
}

/* There is no such account, or nothing can have this name. */
static void
refuse_unknown (K8Admission *self, const char *name)
{
  K8NameFaults faults = k8_name_check_path_segment (name);
  GString *why = g_string_new (NULL);

  if (faults.n == 0)
    g_string_append_printf (why, "serviceaccount \"%s\" not found", name);
  else
    g_string_append_printf (why, "invalid resource name \"%s\": [", name);
  for (guint i = 0; i < faults.n; i++)
    g_string_append_printf (why, "%s%s", faults.text[i], i + 1 < faults.n ? " " : "]");
  k8_admission_forbid (self, "error looking up service account %s/%s: %s",
                       self->request->namespace_name, name, why->str);
  g_string_free (why, TRUE);
}

static void
admit (K8Admission *self)
{
  if (!k8_admission_is_new_pod (self))
    return;
  const K8Pod *pod = self->object;
  const K8PodSpec *spec = k8_pod_spec (pod);
  if (k8_object_meta_annotations_get (k8_pod_metadata (pod), MIRROR_ANNOTATION) != NULL)
    return;
  const char *name = k8_string_or_empty (k8_pod_spec_service_account_name (spec));
  name = *name == '\0' ? "default" : name;
  const K8ServiceAccount *account = find_account (self, name);
  if (account == NULL)
    {
      refuse_unknown (self, name);
      return;
    }
  K8PodSpecEdit edit;
  K8PodEdit pod_edit;
  k8_pod_spec_edit (&edit, self->context->region, spec);
  k8_pod_spec_set_service_account_name (&edit, name);
  k8_pod_spec_set_service_account (&edit, name);
  if (wants_token (spec, account))
    add_token (self, &edit, spec);
  if (k8_pod_spec_image_pull_secrets_n (spec) == 0
      && k8_service_account_image_pull_secrets_n (account) > 0)
    k8_pod_spec_set_image_pull_secrets (
        &edit, k8_list_ref (k8_service_account_image_pull_secrets (account)));
  k8_pod_edit (&pod_edit, self->context->region, pod);
  k8_pod_set_spec (&pod_edit, k8_pod_spec_seal (&edit));
  k8_admission_set_object (self, k8_pod_seal (&pod_edit));
}

const K8AdmissionPlugin k8_admission_service_account
    = { .name = "ServiceAccount", .admit = admit };
