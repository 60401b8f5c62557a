/* SPDX-License-Identifier: Apache-2.0
 *
 * Strategic merge patch: a merge patch that knows from the rows which lists are merged, and by
 * which key, with directives among the data: $patch in a map or list element, $retainKeys,
 * $setElementOrder/<list>, $deleteFromPrimitiveList/<list>.
 * Maps are merged here, lists in strategic_list.c.
 * Source: apimachinery pkg/util/strategicpatch/patch.go (v1.36). Departures: members are taken in
 * the order of their names, where upstream's order is by chance; directives have a limit.
 */
#include "machinery/strategic_patch.h"

#include <string.h>

#include "base/assert.h"

static gboolean
is_directive (K8JsonText key)
{
  return k8_json_text_has_prefix (key, K8_SET_ELEMENT_ORDER)
         || k8_json_text_has_prefix (key, K8_DELETE_FROM_LIST)
         || (key.length == strlen (K8_PATCH_DIRECTIVE)
             && k8_json_text_has_prefix (key, K8_PATCH_DIRECTIVE))
         || (key.length == strlen (K8_RETAIN_KEYS)
             && k8_json_text_has_prefix (key, K8_RETAIN_KEYS));
}

/* Ends the patch with an error; the first one stays. */
K8Json *
k8_strategic_fail (K8Strategic *self, guint code, char *message)
{
  if (self->error->message == NULL)
    *self->error = (K8StrategicError){ code, message };
  else
    g_free (message);
  return NULL;
}

K8Json *
k8_strategic_fail_directive (K8Strategic *self, const K8Json *directive, const K8Json *map)
{
  g_autoptr (GString) text = g_string_new ("unknown patch type: ");

  k8_json_append_go (text, directive);
  g_string_append (text, " in map: ");
  k8_json_append_go (text, map);
  return k8_strategic_fail (self, 500, g_strdup (text->str));
}

/* A value that is new: nulls in maps and all directives go, elements to delete too. */
K8Json *
k8_strategic_clean (K8Strategic *self, K8Json *value)
{
  gboolean is_map = value->type == K8_JSON_IS_OBJECT;
  K8Json *clean;

  if (!is_map && value->type != K8_JSON_IS_ARRAY)
    return value;
  clean = k8_json_new (self->pool, value->type);
  if (is_map && k8_json_is_text (k8_json_get (value, K8_PATCH_DIRECTIVE), "delete"))
    return clean;
  for (guint i = 0; i < value->n; i++)
    {
      K8Json *item = value->items[i];
      if (is_map)
        {
          if (item->type != K8_JSON_IS_NULL && !is_directive (value->keys[i]))
            k8_json_push (self->pool, clean, value->keys[i], k8_strategic_clean (self, item));
        }
      else if (!k8_json_is_text (k8_json_get (item, K8_PATCH_DIRECTIVE), "delete"))
        k8_json_insert (self->pool, clean, clean->n, k8_strategic_clean (self, item));
    }
  return clean;
}

/* The row of a member, or NULL where the schema says nothing (labels, raw values). */
static const K8Field *
find_field (const K8MessageInfo *info, K8JsonText key)
{
  return info == NULL ? NULL : k8_message_find_field (info, key.text, key.length);
}

static const K8MessageInfo *
get_message (const K8Field *field)
{
  if (field == NULL || (field->type != K8_FIELD_OBJECT && field->type != K8_FIELD_LIST))
    return NULL;
  return &k8_messages[field->message];
}

K8ListRule
k8_strategic_get_rule (const K8MessageInfo *info, K8JsonText key)
{
  const K8Field *field = find_field (info, key);
  gboolean is_merge = field != NULL
                      && (field->patch == K8_PATCH_MERGE
                          || field->patch == K8_PATCH_MERGE_RETAIN_KEYS);

  return (K8ListRule){
    .element = get_message (field),
    .merge_key = field == NULL ? NULL : field->merge_key,
    .is_merge = is_merge,
  };
}

/* The name of a list behind a directive's slash. */
static gboolean
get_list_key (K8JsonText key, const char *prefix, K8JsonText *ret)
{
  gsize length = strlen (prefix);

  if (key.length <= length || key.text[length] != '/')
    return FALSE;
  *ret = (K8JsonText){ key.text + length + 1, key.length - length - 1 };
  return TRUE;
}

static gboolean
has_item (const K8Json *list, K8JsonText text)
{
  for (guint i = 0; i < list->n; i++)
    if (list->items[i]->type == K8_JSON_IS_STRING
        && k8_json_text_compare (list->items[i]->text, text) == 0)
      return TRUE;
  return FALSE;
}

/* $retainKeys: what it does not list goes; what the patch sets must be listed. */
static gboolean
apply_retain_keys (K8Strategic *self, K8Json *original, K8Json *patch)
{
  const char *message = "patch format of retainKeys is not valid";
  K8Json *list = k8_json_get (patch, K8_RETAIN_KEYS);

  if (list == NULL)
    return TRUE;
  k8_json_remove (patch, (K8JsonText){ K8_RETAIN_KEYS, strlen (K8_RETAIN_KEYS) });
  if (list->type != K8_JSON_IS_ARRAY || list->n > K8_STRATEGIC_MAX_DIRECTIVES)
    return k8_strategic_fail (self, 400, g_strdup (message)) != NULL;
  for (guint i = 0; i < patch->n; i++)
    if (patch->items[i]->type != K8_JSON_IS_NULL && !is_directive (patch->keys[i])
        && !has_item (list, patch->keys[i]))
      return k8_strategic_fail (self, 400, g_strdup (message)) != NULL;
  for (guint i = original->n; i > 0; i--)
    if (!has_item (list, original->keys[i - 1]))
      k8_json_remove_at (original, i - 1);
  return TRUE;
}

/* One $setElementOrder: merges its list now, ordered by the directive, and takes the list out of
 * the patch. */
static gboolean
apply_order (K8Strategic *self, K8Json *original, K8Json *patch, const K8MessageInfo *info,
             guint index)
{
  K8Json *order = patch->items[index];
  K8JsonText key;

  if (!get_list_key (patch->keys[index], K8_SET_ELEMENT_ORDER, &key))
    return k8_strategic_fail (self, 400, g_strdup ("invalid patch format of setElementOrder list"))
           != NULL;
  k8_json_remove_at (patch, index);
  K8Json *old = k8_json_get_text (original, key);
  K8Json *new = k8_json_get_text (patch, key);
  K8ListRule rule = k8_strategic_get_rule (info, key);
  if (order->type != K8_JSON_IS_ARRAY || (old != NULL && old->type != K8_JSON_IS_ARRAY)
      || (new != NULL && new->type != K8_JSON_IS_ARRAY))
    return k8_strategic_fail (self, 500, g_strdup ("expected a list")) != NULL;
  if (old == NULL && new == NULL)
    return TRUE;
  K8Json *merged = k8_strategic_merge_ordered (self, old, new, order, &rule);
  if (merged == NULL)
    return FALSE;
  k8_json_remove (patch, key);
  k8_json_put (self->pool, original, key, merged);
  return TRUE;
}

static gboolean
apply_orders (K8Strategic *self, K8Json *original, K8Json *patch, const K8MessageInfo *info)
{
  for (guint i = 0; i < patch->n;)
    {
      if (!k8_json_text_has_prefix (patch->keys[i], K8_SET_ELEMENT_ORDER))
        i++;
      else if (!apply_order (self, original, patch, info, i))
        return FALSE;
      else
        i = 0;
    }
  return TRUE;
}

/* $deleteFromPrimitiveList: takes single values out of lists of texts or numbers. */
static gboolean
apply_deletions (K8Strategic *self, K8Json *original, K8Json *patch)
{
  for (guint i = 0; i < patch->n;)
    {
      K8Json *values = patch->items[i];
      K8JsonText key;
      if (!k8_json_text_has_prefix (patch->keys[i], K8_DELETE_FROM_LIST))
        {
          i++;
          continue;
        }
      if (!get_list_key (patch->keys[i], K8_DELETE_FROM_LIST, &key))
        return k8_strategic_fail (self, 400,
                                  g_strdup ("invalid patch format of primitive list"))
               != NULL;
      k8_json_remove_at (patch, i);
      K8Json *old = k8_json_get_text (original, key);
      if (old == NULL || old->type != K8_JSON_IS_ARRAY || values->type != K8_JSON_IS_ARRAY)
        continue;
      K8Json *merged = k8_strategic_remove_values (self, old, values);
      if (merged == NULL)
        return FALSE;
      k8_json_put (self->pool, original, key, merged);
    }
  return TRUE;
}

/* One member that both have. */
static K8Json *
merge_member (K8Strategic *self, K8Json *old, K8Json *new, const K8MessageInfo *info,
              K8JsonText key)
{
  K8ListRule rule = k8_strategic_get_rule (info, key);

  if (old->type != new->type)
    return k8_strategic_clean (self, new);
  if (new->type == K8_JSON_IS_OBJECT)
    return k8_strategic_merge_map (self, old, new, rule.element);
  if (new->type == K8_JSON_IS_ARRAY && rule.is_merge)
    return k8_strategic_merge_list (self, old, new, &rule);
  return new;
}

/* The members of both, in one pass; null takes a member out. */
static K8Json *
merge_members (K8Strategic *self, K8Json *original, K8Json *patch, const K8MessageInfo *info)
{
  K8Json *merged = k8_json_new (self->pool, K8_JSON_IS_OBJECT);
  guint i = 0;
  guint j = 0;

  while (i < original->n || j < patch->n)
    {
      int order = i == original->n ? 1
                  : j == patch->n  ? -1
                                   : k8_json_text_compare (original->keys[i], patch->keys[j]);
      K8Json *value = order <= 0 ? original->items[i] : NULL;
      K8JsonText key = order <= 0 ? original->keys[i] : patch->keys[j];
      if (order == 0 && patch->items[j]->type != K8_JSON_IS_NULL)
        value = merge_member (self, value, patch->items[j], info, key);
      else if (order > 0 && patch->items[j]->type != K8_JSON_IS_NULL)
        value = k8_strategic_clean (self, patch->items[j]);
      else if (order >= 0)
        value = NULL;
      if (self->error->message != NULL)
        return NULL;
      if (value != NULL)
        k8_json_push (self->pool, merged, key, value);
      i += order <= 0;
      j += order >= 0;
    }
  return merged;
}

/* Each directive costs a pass over its map, so there may not be many. */
static gboolean
check_directives (K8Strategic *self, const K8Json *patch)
{
  guint n = 0;

  for (guint i = 0; i < patch->n; i++)
    n += is_directive (patch->keys[i]);
  if (n <= K8_STRATEGIC_MAX_DIRECTIVES)
    return TRUE;
  return k8_strategic_fail (self, 400, g_strdup ("too many directives in one map")) != NULL;
}

/* A map merged with a patch of it; @info is its type, NULL for a map of free keys. */
K8Json *
k8_strategic_merge_map (K8Strategic *self, K8Json *original, K8Json *patch,
                        const K8MessageInfo *info)
{
  K8Json *directive = k8_json_get (patch, K8_PATCH_DIRECTIVE);

  if (k8_json_is_text (directive, "replace"))
    {
      k8_json_remove (patch, (K8JsonText){ K8_PATCH_DIRECTIVE, strlen (K8_PATCH_DIRECTIVE) });
      return patch;
    }
  if (k8_json_is_text (directive, "delete"))
    return k8_json_new (self->pool, K8_JSON_IS_OBJECT);
  if (directive != NULL)
    return k8_strategic_fail_directive (self, directive, patch);
  original->raw = (K8JsonText){ 0 };
  if (!check_directives (self, patch) || !apply_retain_keys (self, original, patch)
      || !apply_orders (self, original, patch, info)
      || !apply_deletions (self, original, patch))
    return NULL;
  return merge_members (self, original, patch, info);
}

/**
 * k8_strategic_patch_apply:
 * @info: type of the object
 * @target: its tree, which is changed
 * @patch: an object
 * @ret_error: (out): why it does not apply
 *
 * Applies a strategic merge patch.
 *
 * Returns: (nullable): the patched tree.
 */
K8Json *
k8_strategic_patch_apply (K8JsonPool *pool, const K8MessageInfo *info, K8Json *target,
                          K8Json *patch, K8StrategicError *ret_error)
{
  K8Strategic context = { .pool = pool, .error = ret_error };

  k8_assert (target->type == K8_JSON_IS_OBJECT);
  k8_assert (patch->type == K8_JSON_IS_OBJECT);
  *ret_error = (K8StrategicError){ 0 };
  return k8_strategic_merge_map (&context, target, patch, info);
}
