/* SPDX-License-Identifier: Apache-2.0
 *
 * Volumes of a pod: exactly one source each, unique names. A table gives for each source its
 * field, the names under which upstream reports it, and its check.
 * Source: kubernetes pkg/apis/core/validation, ValidateVolumes, validateVolumeSource (v1.36).
 * Departures: none known; upstream's odd spellings ("downwarAPI", "persistentDisk") are kept.
 */
#include <string.h>

#include "base/quantity.h"
#include "machinery/validate_parts.h"

enum
{
  ISCSI_NAME_MAX_BYTES = 64,
  CSI_DRIVER_MAX_BYTES = 63,
  QUOBYTE_TENANT_BYTES = 65,
};

static void
check_secret_ref (K8FieldErrors *errors,
                  const K8Path *path,
                  const K8LocalObjectReference *reference)
{
  K8Path ref = k8_path_child (path, "secretRef");

  if (reference != NULL)
    k8_check_required (errors, K8_CHILD (&ref, "name"), k8_local_object_reference_name (reference));
}

static void
check_host_path (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8HostPathVolumeSource *host = source;
  const char *type = k8_host_path_volume_source_type (host);

  if (!k8_check_required (errors, K8_CHILD (path, "path"), k8_host_path_volume_source_path (host)))
    return;
  k8_check_no_backsteps (errors, K8_CHILD (path, "path"), k8_host_path_volume_source_path (host));
  if (type != NULL && type[0] != '\0')
    {
      static const char types[] =
          "BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket";
      if (!k8_check_is_listed (type, types))
        k8_field_errors_not_supported (
            errors, K8_CHILD (path, "type"), type,
            "|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket");
    }
}

static void
check_git_repo (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8GitRepoVolumeSource *git = source;

  k8_check_required (errors, K8_CHILD (path, "repository"),
                     k8_git_repo_volume_source_repository (git));
  k8_check_descending_path (errors, K8_CHILD (path, "directory"),
                            k8_git_repo_volume_source_directory (git));
}

static void
check_partition (K8FieldErrors *errors, const K8Path *path, gint32 partition)
{
  if (partition < 0 || partition > 255)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "partition"), partition,
                                 "must be between 1 and 255, inclusive");
}

static void
check_gce_disk (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8GCEPersistentDiskVolumeSource *disk = source;

  k8_check_required (errors, K8_CHILD (path, "pdName"),
                     k8_gce_persistent_disk_volume_source_pd_name (disk));
  check_partition (errors, path, k8_gce_persistent_disk_volume_source_partition (disk));
}

static void
check_aws_disk (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8AWSElasticBlockStoreVolumeSource *disk = source;

  k8_check_required (errors, K8_CHILD (path, "volumeID"),
                     k8_aws_elastic_block_store_volume_source_volume_id (disk));
  check_partition (errors, path, k8_aws_elastic_block_store_volume_source_partition (disk));
}

static void
check_secret (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8SecretVolumeSource *secret = source;

  k8_check_required (errors, K8_CHILD (path, "secretName"),
                     k8_secret_volume_source_secret_name (secret));
  k8_check_file_mode (errors, K8_CHILD (path, "defaultMode"),
                      k8_secret_volume_source_default_mode (secret));
  k8_check_volume_files (errors, K8_CHILD (path, "items"), k8_secret_volume_source_items (secret));
}

static void
check_config_map (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8ConfigMapVolumeSource *map = source;

  k8_check_required (errors, K8_CHILD (path, "name"), k8_config_map_volume_source_name (map));
  k8_check_file_mode (errors, K8_CHILD (path, "defaultMode"),
                      k8_config_map_volume_source_default_mode (map));
  k8_check_volume_files (errors, K8_CHILD (path, "items"), k8_config_map_volume_source_items (map));
}

static void
check_nfs (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8NFSVolumeSource *nfs = source;
  const char *file = k8_nfs_volume_source_path (nfs);

  k8_check_required (errors, K8_CHILD (path, "server"), k8_nfs_volume_source_server (nfs));
  k8_check_required (errors, K8_CHILD (path, "path"), file);
  if (!k8_check_has_prefix (file, "/"))
    k8_field_errors_invalid (errors, K8_CHILD (path, "path"), file, "must be an absolute path");
}

/* `iqn.YYYY-MM.domain:name` */
static gboolean
is_iqn (const char *name)
{
  const char *p = name + strlen ("iqn");

  if (*p++ != '.')
    return FALSE;
  for (guint i = 0; i < 7; i++, p++)
    if (i == 4 ? *p != '-' : !g_ascii_isdigit (*p))
      return FALSE;
  if (*p++ != '.')
    return FALSE;
  const char *colon = p;
  while (g_ascii_isalnum (*colon) || *colon == '-' || *colon == '.')
    colon++;
  if (colon == p || *colon != ':' || colon[1] == '\0')
    return FALSE;
  for (p = colon + 1; *p != '\0'; p++)
    if (g_ascii_isspace (*p) || strchr (",;*&$|", *p) != NULL)
      return FALSE;
  return TRUE;
}

static gboolean
has_alphanumeric_tail (const char *name, gsize n)
{
  if (strlen (name) != n + 4)
    return FALSE;
  for (const char *p = name + 4; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

static void
check_iscsi_name (K8FieldErrors *errors, const K8Path *path, const char *name)
{
  gboolean is_good;

  if (k8_check_has_prefix (name, "iqn"))
    is_good = is_iqn (name);
  else if (k8_check_has_prefix (name, "eui"))
    is_good = has_alphanumeric_tail (name, 16);
  else if (k8_check_has_prefix (name, "naa"))
    is_good = has_alphanumeric_tail (name, 32);
  else
    {
      k8_field_errors_invalid (errors, path, name,
                               "must be valid format starting with iqn, eui, or naa");
      return;
    }
  if (!is_good)
    k8_field_errors_invalid (errors, path, name, "must be valid format");
}

static void
check_iscsi (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8ISCSIVolumeSource *iscsi = source;
  gint32 lun = k8_iscsi_volume_source_lun (iscsi);

  k8_check_required (errors, K8_CHILD (path, "targetPortal"),
                     k8_iscsi_volume_source_target_portal (iscsi));
  if (k8_check_required (errors, K8_CHILD (path, "iqn"), k8_iscsi_volume_source_iqn (iscsi)))
    check_iscsi_name (errors, K8_CHILD (path, "iqn"), k8_iscsi_volume_source_iqn (iscsi));
  if (lun < 0 || lun > 255)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "lun"), lun,
                                 "must be between 0 and 255, inclusive");
  if ((k8_iscsi_volume_source_chap_auth_discovery (iscsi) ||
       k8_iscsi_volume_source_chap_auth_session (iscsi)) &&
      !k8_iscsi_volume_source_has_secret_ref (iscsi))
    k8_field_errors_required (errors, K8_CHILD (path, "secretRef"), "%s", "");
  if (k8_iscsi_volume_source_has_initiator_name (iscsi))
    check_iscsi_name (errors, K8_CHILD (path, "initiatorname"),
                      k8_iscsi_volume_source_initiator_name (iscsi));
}

static void
check_glusterfs (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8GlusterfsVolumeSource *gluster = source;

  k8_check_required (errors, K8_CHILD (path, "endpoints"),
                     k8_glusterfs_volume_source_endpoints (gluster));
  k8_check_required (errors, K8_CHILD (path, "path"), k8_glusterfs_volume_source_path (gluster));
}

static void
check_flocker (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8FlockerVolumeSource *flocker = source;
  const char *name = k8_flocker_volume_source_dataset_name (flocker);

  if (name == NULL && !k8_flocker_volume_source_has_dataset_uuid (flocker))
    k8_field_errors_required (errors, path, "one of datasetName and datasetUUID is required");
  if (name != NULL && k8_flocker_volume_source_has_dataset_uuid (flocker))
    k8_field_errors_invalid (errors, path, "resource",
                             "datasetName and datasetUUID can not be specified simultaneously");
  if (name != NULL && strchr (name, '/') != NULL)
    k8_field_errors_invalid (errors, K8_CHILD (path, "datasetName"), name, "must not contain '/'");
}

static void
check_claim (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_required (errors, K8_CHILD (path, "claimName"),
                     k8_persistent_volume_claim_volume_source_claim_name (source));
}

static void
check_rbd (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8RBDVolumeSource *rbd = source;

  if (k8_rbd_volume_source_monitors_n (rbd) == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "monitors"), "%s", "");
  k8_check_required (errors, K8_CHILD (path, "image"), k8_rbd_volume_source_image (rbd));
}

static void
check_cinder (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8CinderVolumeSource *cinder = source;

  k8_check_required (errors, K8_CHILD (path, "volumeID"),
                     k8_cinder_volume_source_volume_id (cinder));
  check_secret_ref (errors, path, k8_cinder_volume_source_secret_ref (cinder));
}

static void
check_cephfs (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  if (k8_ceph_fs_volume_source_monitors_n (source) == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "monitors"), "%s", "");
}

/* `host:port`, the host perhaps in brackets. */
static gboolean
is_host_port (const char *text, gsize length)
{
  const char *first = memchr (text, ':', length);
  const char *colon = text + length;

  if (first == NULL)
    return FALSE;
  do
    colon--;
  while (*colon != ':');
  return colon == first || (text[0] == '[' && colon > text && colon[-1] == ']');
}

static void
check_quobyte_registry (K8FieldErrors *errors, const K8Path *path, const char *registry)
{
  const char *p = registry;

  while (p != NULL)
    {
      const char *comma = strchr (p, ',');
      if (!is_host_port (p, comma == NULL ? strlen (p) : (gsize) (comma - p)))
        k8_field_errors_invalid (errors, K8_CHILD (path, "registry"), registry,
                                 "must be a host:port pair or multiple pairs separated by commas");
      p = comma == NULL ? NULL : comma + 1;
    }
}

static void
check_quobyte (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8QuobyteVolumeSource *quobyte = source;
  const char *registry = k8_quobyte_volume_source_registry (quobyte);
  const char *tenant = k8_quobyte_volume_source_tenant (quobyte);

  if (registry == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "registry"),
                              "must be a host:port pair or multiple pairs separated by commas");
  else if (tenant != NULL && strlen (tenant) >= QUOBYTE_TENANT_BYTES)
    k8_field_errors_required (errors, K8_CHILD (path, "tenant"),
                              "must be a UUID and may not exceed a length of 64 characters");
  else
    check_quobyte_registry (errors, path, registry);
  k8_check_required (errors, K8_CHILD (path, "volume"), k8_quobyte_volume_source_volume (quobyte));
}

static void
check_downward_api (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_downward_api_volume (errors, path, source);
}

static void
check_fc (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8FCVolumeSource *fc = source;
  guint n_names = k8_fc_volume_source_target_wwns_n (fc);
  guint n_ids = k8_fc_volume_source_wwids_n (fc);
  gint32 lun = k8_fc_volume_source_lun (fc);

  if (n_names == 0 && n_ids == 0)
    k8_field_errors_required (errors, K8_CHILD (path, "targetWWNs"),
                              "must specify either targetWWNs or wwids, but not both");
  if (n_names > 0 && n_ids > 0)
    {
      char *json = k8_check_field_json (fc, K8_FIELD (fc_volume_source, target_wwns));
      k8_field_errors_invalid_json (errors, K8_CHILD (path, "targetWWNs"), json,
                                    "targetWWNs and wwids can not be specified simultaneously");
      g_free (json);
    }
  if (n_names == 0)
    return;
  if (!k8_fc_volume_source_has_lun (fc))
    k8_field_errors_required (errors, K8_CHILD (path, "lun"),
                              "lun is required if targetWWNs is specified");
  else if (lun < 0 || lun > 255)
    k8_field_errors_invalid_int (errors, K8_CHILD (path, "lun"), lun,
                                 "must be between 0 and 255, inclusive");
}

/* Whether the part of a key before its slash lies in a domain of the project. */
static gboolean
is_reserved_option (const char *key)
{
  const char *slash = strchr (key, '/');
  gsize length = slash == NULL ? strlen (key) : (gsize) (slash - key);
  char *dotted = g_strdup_printf (".%.*s", (int) length, key);

  for (char *p = dotted; *p != '\0'; p++)
    *p = g_ascii_tolower (*p);
  gboolean is_reserved =
      k8_check_has_suffix (dotted, ".kubernetes.io") || k8_check_has_suffix (dotted, ".k8s.io");
  g_free (dotted);
  return is_reserved;
}

static void
check_flex (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8FlexVolumeSource *flex = source;
  K8Path options = k8_path_child (path, "options");

  k8_check_required (errors, K8_CHILD (path, "driver"), k8_flex_volume_source_driver (flex));
  for (guint i = 0; i < k8_flex_volume_source_options_n (flex); i++)
    {
      const char *key = k8_flex_volume_source_options_key (flex, i);
      if (is_reserved_option (key))
        k8_field_errors_invalid (errors, K8_KEY (&options, key), key,
                                 "kubernetes.io and k8s.io namespaces are reserved");
    }
}

static void
check_azure_file (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8AzureFileVolumeSource *azure = source;

  k8_check_required (errors, K8_CHILD (path, "secretName"),
                     k8_azure_file_volume_source_secret_name (azure));
  k8_check_required (errors, K8_CHILD (path, "shareName"),
                     k8_azure_file_volume_source_share_name (azure));
}

static void
check_azure_disk (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  static const char managed[] = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/"
                                "microsoft.compute/disks/{disk-id}";
  static const char blob[] =
      "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
  const K8AzureDiskVolumeSource *azure = source;
  const char *uri = k8_azure_disk_volume_source_disk_uri (azure);
  const char *caching = k8_azure_disk_volume_source_caching_mode (azure);
  const char *kind = k8_azure_disk_volume_source_kind (azure);

  k8_check_required (errors, K8_CHILD (path, "diskName"),
                     k8_azure_disk_volume_source_disk_name (azure));
  k8_check_required (errors, K8_CHILD (path, "diskURI"), uri);
  if (caching != NULL)
    k8_check_word (errors, K8_CHILD (path, "cachingMode"), caching, "None|ReadOnly|ReadWrite");
  if (kind == NULL)
    return;
  k8_check_word (errors, K8_CHILD (path, "kind"), kind, "Dedicated|Managed|Shared");
  if (strcmp (kind, "Managed") == 0 && !k8_check_has_prefix (uri, "/subscriptions/"))
    k8_field_errors_not_supported (errors, K8_CHILD (path, "diskURI"), uri, managed);
  if (strcmp (kind, "Managed") != 0 && !k8_check_has_prefix (uri, "https://"))
    k8_field_errors_not_supported (errors, K8_CHILD (path, "diskURI"), uri, blob);
}

static void
check_vsphere (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_required (errors, K8_CHILD (path, "volumePath"),
                     k8_vsphere_virtual_disk_volume_source_volume_path (source));
}

static void
check_photon (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_required (errors, K8_CHILD (path, "pdID"),
                     k8_photon_persistent_disk_volume_source_pd_id (source));
}

static void
check_portworx (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_required (errors, K8_CHILD (path, "volumeID"),
                     k8_portworx_volume_source_volume_id (source));
}

static void
check_storageos (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8StorageOSVolumeSource *storage = source;

  k8_check_required_name (errors, K8_CHILD (path, "volumeName"),
                          k8_storage_os_volume_source_volume_name (storage),
                          k8_name_check_dns_1123_label);
  if (k8_storage_os_volume_source_has_volume_namespace (storage))
    k8_check_name (errors, K8_CHILD (path, "volumeNamespace"),
                   k8_storage_os_volume_source_volume_namespace (storage),
                   k8_name_check_dns_1123_label);
  check_secret_ref (errors, path, k8_storage_os_volume_source_secret_ref (storage));
}

static void
check_projected (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  k8_check_projected_volume (errors, path, source);
}

static void
check_scale_io (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8ScaleIOVolumeSource *scale = source;

  k8_check_required (errors, K8_CHILD (path, "gateway"), k8_scale_io_volume_source_gateway (scale));
  k8_check_required (errors, K8_CHILD (path, "system"), k8_scale_io_volume_source_system (scale));
  k8_check_required (errors, K8_CHILD (path, "volumeName"),
                     k8_scale_io_volume_source_volume_name (scale));
}

static void
check_csi (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8CSIVolumeSource *csi = source;
  const char *driver = k8_csi_volume_source_driver (csi);
  const K8LocalObjectReference *secret = k8_csi_volume_source_node_publish_secret_ref (csi);
  K8Path ref = k8_path_child (path, "nodePublishSecretRef");

  if (k8_check_required (errors, K8_CHILD (path, "driver"), driver))
    {
      char *lower = g_strdup (driver);
      for (char *p = lower; *p != '\0'; p++)
        *p = g_ascii_tolower (*p);
      if (strlen (driver) > CSI_DRIVER_MAX_BYTES)
        k8_field_errors_too_long (errors, K8_CHILD (path, "driver"), CSI_DRIVER_MAX_BYTES);
      k8_field_errors_add_faults (errors, K8_CHILD (path, "driver"), driver,
                                  k8_name_check_dns_1123_subdomain (lower));
      g_free (lower);
    }
  if (secret != NULL &&
      k8_check_required (errors, K8_CHILD (&ref, "name"), k8_local_object_reference_name (secret)))
    k8_check_name (errors, K8_CHILD (path, "name"), k8_local_object_reference_name (secret),
                   k8_name_check_dns_1123_subdomain);
}

static void
check_ephemeral (K8FieldErrors *errors, const K8Path *path, const void *source)
{
  const K8PersistentVolumeClaimTemplate *template =
      k8_ephemeral_volume_source_volume_claim_template (source);

  if (template == NULL)
    k8_field_errors_required (errors, K8_CHILD (path, "volumeClaimTemplate"), "%s", "");
  else
    k8_check_claim_template (errors, K8_CHILD (path, "volumeClaimTemplate"), template);
}

typedef struct
{
  const K8Field *field;
  void (*check) (K8FieldErrors *errors, const K8Path *path, const void *source);
  const char *path;      /* of errors within; NULL: the field's name */
  const char *if_second; /* of "may not specify more than 1"; NULL: the field's name */
} SourceRow;

#define ROW(name, ...)                                                                             \
  {                                                                                                \
    K8_FIELD (volume, name), __VA_ARGS__                                                           \
  }
static const SourceRow source_rows[] = {
  ROW (host_path, check_host_path),
  ROW (git_repo, check_git_repo),
  ROW (gce_persistent_disk, check_gce_disk, "persistentDisk"),
  ROW (aws_elastic_block_store, check_aws_disk),
  ROW (secret, check_secret),
  ROW (nfs, check_nfs),
  ROW (iscsi, check_iscsi),
  ROW (glusterfs, check_glusterfs),
  ROW (flocker, check_flocker),
  ROW (persistent_volume_claim, check_claim),
  ROW (rbd, check_rbd),
  ROW (cinder, check_cinder),
  ROW (cephfs, check_cephfs, NULL, "cephFS"),
  ROW (quobyte, check_quobyte),
  ROW (downward_api, check_downward_api, NULL, "downwarAPI"),
  ROW (fc, check_fc),
  ROW (flex_volume, check_flex),
  ROW (config_map, check_config_map),
  ROW (azure_file, check_azure_file),
  ROW (vsphere_volume, check_vsphere),
  ROW (photon_persistent_disk, check_photon),
  ROW (portworx_volume, check_portworx),
  ROW (azure_disk, check_azure_disk),
  ROW (storageos, check_storageos),
  ROW (projected, check_projected),
  ROW (scale_io, check_scale_io),
  ROW (csi, check_csi),
  ROW (ephemeral, check_ephemeral),
};

/* The claim of a generic ephemeral volume is named by pod and volume. */
static void
check_ephemeral_name (K8PodCheck *check, const K8Path *path, const char *name)
{
  const char *pod_name = k8_object_meta_name (check->metadata);

  if (pod_name == NULL || name == NULL)
    return;
  char *claim = g_strdup_printf ("%s-%s", pod_name, name);
  K8NameFaults faults = k8_name_check_dns_1123_subdomain (claim);
  for (guint i = 0; i < faults.n; i++)
    k8_field_errors_invalid (check->errors, K8_CHILD (path, "name"), name, "PVC name \"%s\": %s",
                             claim, faults.text[i]);
  g_free (claim);
}

static void
check_iscsi_volume_name (K8PodCheck *check, const K8Path *path, const K8Volume *volume)
{
  const K8ISCSIVolumeSource *iscsi = k8_volume_iscsi (volume);
  const char *name = k8_string_or_empty (k8_volume_name (volume));
  const char *portal = k8_string_or_empty (k8_iscsi_volume_source_target_portal (iscsi));

  if (k8_iscsi_volume_source_has_initiator_name (iscsi) &&
      strlen (name) + 1 + strlen (portal) > ISCSI_NAME_MAX_BYTES)
    k8_field_errors_invalid (check->errors, K8_CHILD (path, "name"), name,
                             "Total length of <volume name>:<iscsi.targetPortal> must be under 64 "
                             "characters if iscsi.initiatorName is specified.");
}

static void
check_image_source (K8PodCheck *check, const K8Path *path, const K8ImageVolumeSource *image)
{
  if (check->metadata != NULL)
    k8_check_required (check->errors, K8_CHILD (path, "reference"),
                       k8_image_volume_source_reference (image));
  k8_check_pull_policy (check->errors, K8_CHILD (path, "pullPolicy"),
                        k8_image_volume_source_pull_policy (image));
}

static gboolean
check_empty_dir (K8PodCheck *check, const K8Path *path, const K8Volume *volume)
{
  const K8EmptyDirVolumeSource *dir = k8_volume_empty_dir (volume);
  const char *limit = k8_empty_dir_volume_source_size_limit (dir);
  K8Path at = k8_path_child (path, "emptyDir");

  if (limit != NULL && limit[0] == '-')
    k8_field_errors_forbidden (check->errors, K8_CHILD (&at, "sizeLimit"),
                               "SizeLimit field must be a valid resource quantity");
  return dir != NULL;
}

/* FALSE, and an error, if the volume has a source already. */
static gboolean
may_have_source (K8PodCheck *check, const K8Path *path, const char *name, guint *n_sources)
{
  if ((*n_sources)++ == 0)
    return TRUE;
  k8_field_errors_forbidden (check->errors, K8_CHILD (path, name),
                             "may not specify more than 1 volume type");
  return FALSE;
}

static void
check_source (K8PodCheck *check, const K8Path *path, const K8Volume *volume)
{
  guint n_sources = check_empty_dir (check, path, volume) ? 1 : 0;

  for (guint i = 0; i < G_N_ELEMENTS (source_rows); i++)
    {
      const SourceRow *row = &source_rows[i];
      const char *name = row->field->name;
      const K8Record *source = k8_record_get_object (volume, row->field);
      if (source == NULL)
        continue;
      if (may_have_source (check, path, row->if_second != NULL ? row->if_second : name, &n_sources))
        {
          row->check (check->errors, K8_CHILD (path, row->path != NULL ? row->path : name), source);
          if (row->field == K8_FIELD (volume, ephemeral))
            check_ephemeral_name (check, path, k8_volume_name (volume));
        }
      if (row->field == K8_FIELD (volume, iscsi))
        check_iscsi_volume_name (check, path, volume);
    }
  if (k8_volume_has_image (volume) && may_have_source (check, path, "image", &n_sources))
    check_image_source (check, K8_CHILD (path, "image"), k8_volume_image (volume));
  if (n_sources == 0)
    k8_field_errors_required (check->errors, path, "must specify a volume type");
}

/* Whether a claim is one that an ephemeral volume of this pod will make. */
static gboolean
is_own_claim (const K8PodCheck *check, const char *claim)
{
  const char *pod_name = k8_object_meta_name (check->metadata);
  gsize length = pod_name == NULL ? 0 : strlen (pod_name);

  if (length == 0 || !k8_check_has_prefix (claim, pod_name) || claim[length] != '-')
    return FALSE;
  for (guint i = 0; i < k8_pod_spec_volumes_n (check->spec); i++)
    {
      const K8Volume *volume = k8_pod_spec_volumes_at (check->spec, i);
      if (k8_volume_has_ephemeral (volume) &&
          k8_string_is (k8_volume_name (volume), claim + length + 1))
        return TRUE;
    }
  return FALSE;
}

static void
check_volume (K8PodCheck *check, const K8Path *path, const K8Volume *volume)
{
  const char *name = k8_volume_name (volume);
  const K8PersistentVolumeClaimVolumeSource *claim = k8_volume_persistent_volume_claim (volume);
  guint n_errors = k8_field_errors_n (check->errors);
  K8Path claim_path = k8_path_child (path, "persistentVolumeClaim");

  check_source (check, path, volume);
  k8_check_required_name (check->errors, K8_CHILD (path, "name"), name,
                          k8_name_check_dns_1123_label);
  if (name != NULL && k8_text_set_has (&check->volumes, name))
    k8_field_errors_duplicate (check->errors, K8_CHILD (path, "name"), name);
  if (k8_field_errors_n (check->errors) == n_errors)
    k8_text_set_add (&check->volumes, name);
  if (claim != NULL &&
      is_own_claim (check, k8_persistent_volume_claim_volume_source_claim_name (claim)))
    k8_field_errors_invalid (check->errors, K8_CHILD (&claim_path, "claimName"),
                             k8_persistent_volume_claim_volume_source_claim_name (claim),
                             "must not reference a PVC that gets created for an ephemeral volume");
}

/* Checks all volumes and notes the good ones, which containers may mount. */
void
k8_check_volumes (K8PodCheck *check, const K8Path *path)
{
  for (guint i = 0; i < k8_pod_spec_volumes_n (check->spec); i++)
    check_volume (check, K8_INDEX (path, i), k8_pod_spec_volumes_at (check->spec, i));
}
