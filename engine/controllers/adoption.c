/* SPDX-License-Identifier: Apache-2.0
 *
 * Adoption by patches, as upstream writes them: the owner's reference is added, or taken out by
 * its uid; the uid of the object itself keeps a namesake safe.
 * Source: pkg/controller/controller_ref_manager.go (v1.36).
 */
#include "controllers/adoption.h"

#include "machinery/gvk.h"
#include "machinery/owner.h"
#include "machinery/pod.h"
#include "machinery/selector.h"

static gboolean
is_free (const K8Adoption *self, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);

  return k8_owner_find_controller (meta) == NULL &&
         !k8_object_meta_has_deletion_timestamp (meta) &&
         (self->kind != K8_KIND_Pod || k8_pod_is_active (object)) &&
         k8_label_selector_matches (self->selector, k8_object_meta_labels (meta));
}

/* The next object of the owner's namespace that can be adopted, behind @slot. */
static guint32
find_next (const K8Adoption *self, guint32 slot)
{
  const K8Cache *cache = self->view->caches[self->kind];
  const char *namespace_name = self->owner->namespace_name;

  do
    slot = k8_cache_next_in_namespace (cache, namespace_name, slot);
  while (slot != 0 && !is_free (self, k8_cache_at (cache, slot)->object));
  return slot;
}

static void
append_quoted (GString *out, const char *before, const char *text)
{
  g_string_append (out, before);
  g_string_append_c (out, '"');
  g_string_append (out, k8_string_or_empty (text));
  g_string_append_c (out, '"');
}

static void
plan_release (const K8Adoption *self, const void *object, K8Plan *plan)
{
  GString *patch = g_string_new ("");

  append_quoted (patch, "{\"metadata\":{\"uid\":",
                 k8_object_meta_uid (k8_object_get_meta (object)));
  append_quoted (patch, ",\"ownerReferences\":[{\"$patch\":\"delete\",\"uid\":", self->owner->uid);
  g_string_append (patch, "}]}}");
  K8PlanWrite *write = k8_plan_patch (plan, object, patch->str);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, "release: the selector does not match");
  g_string_free (patch, TRUE);
}

void
k8_adoption_release (const K8Adoption *self, K8Plan *plan)
{
  const K8Cache *cache = self->view->caches[self->kind];

  for (guint32 slot = k8_cache_next_of_owner (cache, self->owner->uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (cache, self->owner->uid, slot))
    {
      const void *object = k8_cache_at (cache, slot)->object;
      const K8ObjectMeta *meta = k8_object_get_meta (object);
      if (!k8_object_meta_has_deletion_timestamp (meta) &&
          !k8_label_selector_matches (self->selector, k8_object_meta_labels (meta)))
        plan_release (self, object, plan);
    }
}

gboolean
k8_adoption_begin (const K8Adoption *self, K8Plan *plan)
{
  if (k8_owner_sums_n_orphans (self->view->sums, self->kind, self->owner->namespace_name) == 0 ||
      find_next (self, 0) == 0)
    return FALSE;
  k8_plan_next_group (plan);
  k8_plan_write_set_why (
      k8_plan_get (plan, self->owner_kind, self->owner->namespace_name, self->owner->name),
      "still alive, before it adopts");
  plan->wants_resume = TRUE;
  return TRUE;
}

static void
plan_adoption (const K8Adoption *self, const void *object, K8Plan *plan)
{
  const K8KindInfo *kind = &k8_kinds[self->owner_kind];
  GString *patch = g_string_new ("");

  append_quoted (patch, "{\"metadata\":{\"uid\":",
                 k8_object_meta_uid (k8_object_get_meta (object)));
  g_string_append (patch, ",\"ownerReferences\":[{\"apiVersion\":\"");
  k8_kind_append_api_version (kind, patch);
  append_quoted (patch, "\",\"kind\":", kind->kind);
  append_quoted (patch, ",\"name\":", self->owner->name);
  append_quoted (patch, ",\"uid\":", self->owner->uid);
  g_string_append (patch, ",\"controller\":true,\"blockOwnerDeletion\":true}]}}");
  K8PlanWrite *write = k8_plan_patch (plan, object, patch->str);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, "adopt: the selector matches");
  g_string_free (patch, TRUE);
}

void
k8_adoption_resume (const K8Adoption *self, const K8Plan *plan, K8Plan *next)
{
  const K8PlanWrite *look = k8_plan_at (plan, k8_plan_n (plan) - 1);
  const K8ObjectMeta *meta =
      look->answer == NULL ? NULL : k8_object_get_meta (look->answer);

  if (look->code != 200 || k8_object_meta_has_deletion_timestamp (meta) ||
      !k8_string_equal (k8_object_meta_uid (meta), self->owner->uid))
    {
      k8_plan_fail (next, "the owner is gone or being deleted: it adopts nothing");
      return;
    }
  for (guint32 slot = find_next (self, 0); slot != 0; slot = find_next (self, slot))
    plan_adoption (self, k8_cache_at (self->view->caches[self->kind], slot)->object, next);
}
