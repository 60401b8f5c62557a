/* SPDX-License-Identifier: Apache-2.0
 *
 * Volumes in a container: mounts and block devices.
 * Source: kubernetes pkg/apis/core/validation, ValidateVolumeMounts, ValidateVolumeDevices
 * (v1.36). Departures: none known; where upstream leaves the index out, so does this.
 */
#include <string.h>

#include "machinery/validate_parts.h"

static const K8VolumeDevice *
find_device (const K8Container *container, const char *name, const char *path)
{
  for (guint i = 0; i < k8_container_volume_devices_n (container); i++)
    {
      const K8VolumeDevice *device = k8_container_volume_devices_at (container, i);
      if (name != NULL && g_strcmp0 (k8_volume_device_name (device), name) == 0)
        return device;
      if (path != NULL && g_strcmp0 (k8_volume_device_device_path (device), path) == 0)
        return device;
    }
  return NULL;
}

static const K8VolumeMount *
find_mount (const K8Container *container, const char *name, const char *path)
{
  for (guint i = 0; i < k8_container_volume_mounts_n (container); i++)
    {
      const K8VolumeMount *mount = k8_container_volume_mounts_at (container, i);
      if (name != NULL && g_strcmp0 (k8_volume_mount_name (mount), name) == 0)
        return mount;
      if (path != NULL && g_strcmp0 (k8_volume_mount_mount_path (mount), path) == 0)
        return mount;
    }
  return NULL;
}

static void
check_propagation (K8FieldErrors *errors,
                   const K8Path *path,
                   const char *propagation,
                   const K8Container *container)
{
  if (propagation == NULL)
    return;
  k8_check_word (errors, path, propagation, "Bidirectional|HostToContainer|None");
  if (strcmp (propagation, "Bidirectional") == 0 &&
      !k8_security_context_privileged (k8_container_security_context (container)))
    k8_field_errors_forbidden (
        errors, path, "Bidirectional mount propagation is available only to privileged containers");
}

static void
check_recursive (K8FieldErrors *errors, const K8Path *path, const K8VolumeMount *mount)
{
  const char *recursive = k8_volume_mount_recursive_read_only (mount);
  const char *propagation = k8_volume_mount_mount_propagation (mount);

  if (recursive == NULL || strcmp (recursive, "Disabled") == 0 ||
      !k8_check_word (errors, path, recursive, "Disabled|Enabled|IfPossible"))
    return;
  if (!k8_volume_mount_read_only (mount))
    k8_field_errors_forbidden (errors, path, "may only be specified when readOnly is true");
  if (propagation != NULL && strcmp (propagation, "None") != 0)
    k8_field_errors_forbidden (
        errors, path, "may only be specified when mountPropagation is None or not specified");
}

static void
check_sub_paths (K8FieldErrors *errors,
                 const K8Path *list,
                 const K8Path *path,
                 const K8VolumeMount *mount)
{
  const char *sub_path = k8_volume_mount_sub_path (mount);
  const char *expression = k8_volume_mount_sub_path_expr (mount);

  if (sub_path != NULL)
    k8_check_descending_path (errors, K8_CHILD (list, "subPath"), sub_path);
  if (expression == NULL)
    return;
  if (sub_path != NULL)
    k8_field_errors_invalid (errors, K8_CHILD (path, "subPathExpr"), expression,
                             "subPathExpr and subPath are mutually exclusive");
  k8_check_descending_path (errors, K8_CHILD (list, "subPathExpr"), expression);
}

static void
check_mount (K8PodCheck *check,
             const K8Path *list,
             guint index,
             const K8Container *container,
             K8TextSet *places)
{
  const K8VolumeMount *mount = k8_container_volume_mounts_at (container, index);
  const char *name = k8_string_or_empty (k8_volume_mount_name (mount));
  const char *place = k8_string_or_empty (k8_volume_mount_mount_path (mount));
  K8Path at = k8_path_index (list, index);
  K8Path name_path = k8_path_child (&at, "name");
  K8Path place_path = k8_path_child (&at, "mountPath");

  k8_check_required (check->errors, &name_path, name);
  if (!k8_text_set_has (&check->volumes, name))
    k8_field_errors_not_found (check->errors, &name_path, name);
  k8_check_required (check->errors, &place_path, place);
  if (!k8_text_set_add (places, place))
    k8_field_errors_invalid (check->errors, &place_path, place, "must be unique");
  if (find_device (container, name, NULL) != NULL)
    k8_field_errors_invalid (check->errors, &name_path, name,
                             "must not already exist in volumeDevices");
  if (find_device (container, NULL, place) != NULL)
    k8_field_errors_invalid (check->errors, &place_path, place,
                             "must not already exist as a path in volumeDevices");
  check_sub_paths (check->errors, list, &at, mount);
  check_propagation (check->errors, K8_CHILD (list, "mountPropagation"),
                     k8_volume_mount_mount_propagation (mount), container);
  check_recursive (check->errors, K8_CHILD (list, "recursiveReadOnly"), mount);
}

/* A good volume by its name; the first of several, as only that one is good. */
static const K8Volume *
find_volume (const K8PodCheck *check, const char *name)
{
  if (!k8_text_set_has (&check->volumes, name))
    return NULL;
  for (guint i = 0; i < k8_pod_spec_volumes_n (check->spec); i++)
    if (k8_string_is (k8_volume_name (k8_pod_spec_volumes_at (check->spec, i)), name))
      return k8_pod_spec_volumes_at (check->spec, i);
  return NULL;
}

static void
check_device_name (K8PodCheck *check, const K8Path *path, const char *name, K8TextSet *names)
{
  const K8Volume *volume = find_volume (check, name);

  k8_check_required (check->errors, path, name);
  if (k8_text_set_has (names, name))
    k8_field_errors_invalid (check->errors, path, name, "must be unique");
  if (volume == NULL)
    k8_field_errors_not_found (check->errors, path, name);
  else if (!k8_volume_has_persistent_volume_claim (volume) && !k8_volume_has_ephemeral (volume))
    k8_field_errors_invalid (check->errors, path, name,
                             "can only use volume source type of PersistentVolumeClaim or "
                             "Ephemeral for block mode");
}

static void
check_device_path (K8FieldErrors *errors, const K8Path *path, const char *place, K8TextSet *places)
{
  k8_check_required (errors, path, place);
  if (k8_text_set_has (places, place))
    k8_field_errors_invalid (errors, path, place, "must be unique");
  if (k8_check_has_backsteps (place))
    k8_field_errors_invalid (errors, path, place, "can not contain backsteps ('..')");
  else
    k8_text_set_add (places, place);
}

/* What the devices of one container have taken. */
typedef struct
{
  K8TextSet names;
  K8TextSet places;
} Taken;

static void
check_device (K8PodCheck *check,
              const K8Path *path,
              const K8VolumeDevice *device,
              const K8Container *container,
              Taken *taken)
{
  const char *name = k8_string_or_empty (k8_volume_device_name (device));
  const char *place = k8_string_or_empty (k8_volume_device_device_path (device));
  K8Path name_path = k8_path_child (path, "name");
  K8Path place_path = k8_path_child (path, "devicePath");

  check_device_name (check, &name_path, name, &taken->names);
  check_device_path (check->errors, &place_path, place, &taken->places);
  if (find_mount (container, name, NULL) != NULL)
    k8_field_errors_invalid (check->errors, &name_path, name,
                             "must not already exist in volumeMounts");
  if (find_mount (container, NULL, place) != NULL)
    k8_field_errors_invalid (check->errors, &place_path, place,
                             "must not already exist as a path in volumeMounts");
  if (name[0] != '\0')
    k8_text_set_add (&taken->names, name);
}

void
k8_check_mounts (K8PodCheck *check, const K8Path *path, const K8Container *container)
{
  K8Path mounts = k8_path_child (path, "volumeMounts");
  K8Path devices = k8_path_child (path, "volumeDevices");
  K8TextSet places = { 0 };
  Taken taken = { 0 };

  for (guint i = 0; i < k8_container_volume_mounts_n (container); i++)
    check_mount (check, &mounts, i, container, &places);
  for (guint i = 0; i < k8_container_volume_devices_n (container); i++)
    check_device (check, K8_INDEX (&devices, i), k8_container_volume_devices_at (container, i),
                  container, &taken);
  k8_text_set_clear (&places);
  k8_text_set_clear (&taken.names);
  k8_text_set_clear (&taken.places);
}
