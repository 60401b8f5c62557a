/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON merge patch (RFC 7386): members replace members, null removes, anything else replaces.
 * Source: RFC 7386 section 2; the library that upstream uses also takes nulls out of what is
 * new, and so does this.
 */
#include "machinery/patch.h"

#include "base/assert.h"

/* Takes null members out, at every depth. */
static K8Json *
prune (K8JsonPool *pool, K8Json *value)
{
  K8Json *pruned = NULL;

  if (value->type != K8_JSON_IS_OBJECT && value->type != K8_JSON_IS_ARRAY)
    return value;
  if (value->type == K8_JSON_IS_ARRAY)
    {
      for (guint i = 0; i < value->n; i++)
        {
          K8Json *item = prune (pool, value->items[i]);
          if (item != value->items[i])
            value->raw = (K8JsonText){ 0 };
          value->items[i] = item;
        }
      return value;
    }
  pruned = k8_json_new (pool, K8_JSON_IS_OBJECT);
  for (guint i = 0; i < value->n; i++)
    if (value->items[i]->type != K8_JSON_IS_NULL)
      k8_json_push (pool, pruned, value->keys[i], prune (pool, value->items[i]));
  return pruned;
}

/**
 * k8_merge_patch_apply:
 * @target: (nullable): NULL is a member that is not there
 *
 * Merges two trees in one pass over their sorted members.
 *
 * Returns: the merged tree; it shares nodes with both.
 * Cost: O(members of what the patch names).
 */
K8Json *
k8_merge_patch_apply (K8JsonPool *pool, K8Json *target, K8Json *patch)
{
  guint i = 0;
  guint j = 0;

  if (patch->type != K8_JSON_IS_OBJECT || target == NULL || target->type != K8_JSON_IS_OBJECT)
    return prune (pool, patch);
  K8Json *merged = k8_json_new (pool, K8_JSON_IS_OBJECT);
  while (i < target->n || j < patch->n)
    {
      int order = i == target->n  ? 1
                  : j == patch->n ? -1
                                  : k8_json_text_compare (target->keys[i], patch->keys[j]);
      if (order < 0)
        {
          k8_json_push (pool, merged, target->keys[i], target->items[i]);
          i++;
          continue;
        }
      K8Json *old = order == 0 ? target->items[i] : NULL;
      if (patch->items[j]->type != K8_JSON_IS_NULL)
        k8_json_push (pool, merged, patch->keys[j],
                      k8_merge_patch_apply (pool, old, patch->items[j]));
      i += order == 0;
      j++;
    }
  return merged;
}
