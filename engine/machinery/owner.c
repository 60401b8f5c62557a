/* SPDX-License-Identifier: Apache-2.0
 *
 * Owner references and finalizers in an object's metadata.
 * Source: apimachinery meta/v1 controller_ref.go; client-go controller utilities (v1.36).
 */
#include "machinery/owner.h"

#include "machinery/gvk.h"

const K8OwnerReference *
k8_owner_find_controller (const K8ObjectMeta *meta)
{
  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    {
      const K8OwnerReference *reference = k8_object_meta_owner_references_at (meta, i);
      if (k8_owner_reference_controller (reference))
        return reference;
    }
  return NULL;
}

gboolean
k8_owner_is_controlled_by (const K8ObjectMeta *meta, const char *uid)
{
  const K8OwnerReference *controller = k8_owner_find_controller (meta);

  return controller != NULL && k8_string_is (k8_owner_reference_uid (controller), uid);
}

/* The reference to the owner with this UID, or NULL. (transfer none) */
const K8OwnerReference *
k8_owner_find (const K8ObjectMeta *meta, const char *uid)
{
  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    {
      const K8OwnerReference *reference = k8_object_meta_owner_references_at (meta, i);
      if (k8_string_is (k8_owner_reference_uid (reference), uid))
        return reference;
    }
  return NULL;
}

const K8OwnerReference *
k8_owner_new_controller_ref (K8Region *region, const K8KindInfo *kind, const K8ObjectMeta *owner)
{
  g_autoptr (GString) api_version = g_string_new (NULL);
  K8OwnerReferenceEdit edit;

  k8_kind_append_api_version (kind, api_version);
  k8_owner_reference_edit (&edit, region, NULL);
  k8_owner_reference_set_api_version (&edit, api_version->str);
  k8_owner_reference_set_kind (&edit, kind->kind);
  k8_owner_reference_set_name (&edit, k8_object_meta_name (owner));
  k8_owner_reference_set_uid (&edit, k8_object_meta_uid (owner));
  k8_owner_reference_set_controller (&edit, TRUE);
  k8_owner_reference_set_block_owner_deletion (&edit, TRUE);
  return k8_owner_reference_seal (&edit);
}

gboolean
k8_owner_remove (K8ObjectMetaEdit *meta, const char *uid)
{
  const K8Field *field = K8_FIELD (object_meta, owner_references);
  const K8List *references = k8_edit_get_list (&meta->edit, field);

  for (guint i = 0; i < k8_list_n (references); i++)
    {
      if (!k8_string_is (k8_owner_reference_uid (k8_list_get_object (references, i)), uid))
        continue;
      K8List *list = k8_edit_own_list (&meta->edit, field, 0);
      k8_edit_give_list (&meta->edit, field, k8_list_remove (list, i));
      return TRUE;
    }
  return FALSE;
}

gboolean
k8_finalizer_has (const K8ObjectMeta *meta, const char *name)
{
  for (guint i = 0; i < k8_object_meta_finalizers_n (meta); i++)
    if (k8_string_is (k8_object_meta_finalizers_at (meta, i), name))
      return TRUE;
  return FALSE;
}

gboolean
k8_finalizer_remove (K8ObjectMetaEdit *meta, const char *name)
{
  const K8Field *field = K8_FIELD (object_meta, finalizers);
  const K8List *finalizers = k8_edit_get_list (&meta->edit, field);

  for (guint i = 0; i < k8_list_n (finalizers); i++)
    {
      if (!k8_string_is (k8_list_get_text (finalizers, i), name))
        continue;
      K8List *list = k8_edit_own_list (&meta->edit, field, 0);
      k8_edit_give_list (&meta->edit, field, k8_list_remove (list, i));
      return TRUE;
    }
  return FALSE;
}
