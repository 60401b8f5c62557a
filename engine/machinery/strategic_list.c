/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists in a strategic merge patch. Maps are matched by their merge key, values by themselves.
 * The result is ordered: what the patch (or its $setElementOrder) names comes in that order, the
 * rest in its old order, and the two are woven by their places in the old list.
 * Source: apimachinery pkg/util/strategicpatch/patch.go, mergeSlice, normalizeElementOrder.
 */
#include "machinery/strategic_patch.h"

#include <string.h>

#include "base/assert.h"
#include "base/sort.h"

/* Where each item of a list stands, by its key. */
typedef struct
{
  GHashTable *places; /* key text to place + 1; only looked up */
  const char *merge_key;
  K8JsonPool *pool;
} Places;

/* The key of an item: the value of its merge key, or itself. NULL if it has none. */
static const K8Json *
get_key (const K8Json *item, const char *merge_key)
{
  return merge_key == NULL ? item : k8_json_get (item, merge_key);
}

/* A text that differs for different keys, also by type; from the pool. */
static const char *
make_key_text (K8JsonPool *pool, const K8Json *key)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_c (text, (char) ('a' + key->type));
  if (key->type == K8_JSON_IS_STRING || key->type == K8_JSON_IS_NUMBER)
    g_string_append_len (text, key->text.text, (gssize) key->text.length);
  return k8_json_new_string (pool, text->str, text->len)->text.text;
}

static void
add_place (Places *self, const K8Json *item, guint place)
{
  const K8Json *key = get_key (item, self->merge_key);

  if (key == NULL)
    return;
  const char *text = make_key_text (self->pool, key);
  if (!g_hash_table_contains (self->places, text))
    g_hash_table_insert (self->places, (gpointer) text, GUINT_TO_POINTER (place + 1));
}

static void
init_places (Places *self, K8JsonPool *pool, const K8Json *list, const char *merge_key)
{
  *self = (Places){ g_hash_table_new (g_str_hash, g_str_equal), merge_key, pool };
  for (guint i = 0; list != NULL && i < list->n; i++)
    add_place (self, list->items[i], i);
}

static void
clear_places (Places *self)
{
  g_hash_table_unref (self->places);
}

/* The place of the first item with the same key, or -1. */
static int
find_place (const Places *self, const K8Json *item)
{
  const K8Json *key = get_key (item, self->merge_key);

  if (key == NULL)
    return -1;
  return (int) GPOINTER_TO_UINT (
             g_hash_table_lookup (self->places, make_key_text (self->pool, key)))
         - 1;
}

static void
append (K8Strategic *self, K8Json *list, K8Json *item)
{
  k8_json_insert (self->pool, list, list->n, item);
}

/* All items must be of one type, and no lists. */
static gboolean
check_types (K8Strategic *self, const K8Json *a, const K8Json *b)
{
  const K8Json *lists[2] = { a, b };
  const K8Json *first = NULL;

  for (guint i = 0; i < 2; i++)
    for (guint j = 0; lists[i] != NULL && j < lists[i]->n; j++)
      {
        const K8Json *item = lists[i]->items[j];
        first = first == NULL ? item : first;
        if (item->type == K8_JSON_IS_ARRAY)
          return k8_strategic_fail (self, 422, g_strdup ("lists of lists are not supported"))
                 != NULL;
        if (item->type != first->type)
          {
            g_autoptr (GString) text = g_string_new ("list element types are not identical: [");
            k8_json_append_go (text, a);
            g_string_append_c (text, ' ');
            k8_json_append_go (text, b);
            g_string_append_c (text, ']');
            return k8_strategic_fail (self, 500, g_strdup (text->str)) != NULL;
          }
      }
  return TRUE;
}

static gboolean
fail_without_key (K8Strategic *self, const K8Json *item, const char *merge_key)
{
  g_autoptr (GString) text = g_string_new ("map: ");

  k8_json_append_go (text, item);
  g_string_append (text, " does not contain declared merge key: ");
  g_string_append (text, merge_key);
  return k8_strategic_fail (self, 500, g_strdup (text->str)) != NULL;
}

/* The items of a list that are not among others. */
static K8Json *
subtract (K8Strategic *self, const K8Json *list, const K8Json *others, const char *merge_key)
{
  K8Json *left = k8_json_new (self->pool, K8_JSON_IS_ARRAY);
  Places places;

  init_places (&places, self->pool, others, merge_key);
  for (guint i = 0; i < list->n; i++)
    if (find_place (&places, list->items[i]) < 0)
      append (self, left, list->items[i]);
  clear_places (&places);
  return left;
}

K8Json *
k8_strategic_remove_values (K8Strategic *self, const K8Json *list, const K8Json *values)
{
  return check_types (self, list, values) ? subtract (self, list, values, NULL) : NULL;
}

/* Sorts out the elements with $patch: what is to be deleted, what is to be merged, and whether
 * the whole list is replaced. */
static gboolean
sort_out_directives (K8Strategic *self, const K8Json *patch, const char *merge_key,
                     K8Json *deleted, K8Json *merged, gboolean *ret_is_replace)
{
  *ret_is_replace = FALSE;
  for (guint i = 0; i < patch->n; i++)
    {
      K8Json *item = patch->items[i];
      const K8Json *directive = k8_json_get (item, K8_PATCH_DIRECTIVE);
      if (directive == NULL)
        append (self, merged, item);
      else if (k8_json_is_text (directive, "delete"))
        {
          if (k8_json_get (item, merge_key) == NULL)
            return fail_without_key (self, item, merge_key);
          append (self, deleted, item);
        }
      else if (k8_json_is_text (directive, "replace"))
        *ret_is_replace = TRUE;
      else if (k8_json_is_text (directive, "merge"))
        return k8_strategic_fail (
                   self, 500, g_strdup ("merging lists cannot yet be specified in the patch"))
               != NULL;
      else
        return k8_strategic_fail_directive (self, directive, item) != NULL;
    }
  return TRUE;
}

/* Merges elements that are there already, appends the others. */
static K8Json *
merge_maps (K8Strategic *self, const K8Json *original, const K8Json *patch,
            const K8ListRule *rule)
{
  K8Json *merged = k8_json_copy_shallow (self->pool, original);
  Places places;

  init_places (&places, self->pool, merged, rule->merge_key);
  for (guint i = 0; i < patch->n && self->error->message == NULL; i++)
    {
      K8Json *item = patch->items[i];
      if (k8_json_get (item, rule->merge_key) == NULL)
        {
          fail_without_key (self, item, rule->merge_key);
          break;
        }
      int place = find_place (&places, item);
      if (place >= 0)
        merged->items[place]
            = k8_strategic_merge_map (self, merged->items[place], item, rule->element);
      else
        {
          add_place (&places, item, merged->n);
          append (self, merged, k8_strategic_clean (self, item));
        }
    }
  clear_places (&places);
  return self->error->message == NULL ? merged : NULL;
}

/* Old values, then new ones, each once. */
static K8Json *
merge_values (K8Strategic *self, const K8Json *original, const K8Json *patch)
{
  const K8Json *lists[2] = { original, patch };
  K8Json *merged = k8_json_new (self->pool, K8_JSON_IS_ARRAY);
  Places places;

  init_places (&places, self->pool, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    for (guint j = 0; j < lists[i]->n; j++)
      if (find_place (&places, lists[i]->items[j]) < 0)
        {
          add_place (&places, lists[i]->items[j], merged->n);
          append (self, merged, lists[i]->items[j]);
        }
  clear_places (&places);
  return merged;
}

/* An item with its place in the list that orders it, for sorting. */
typedef struct
{
  K8Json *item;
  int place;
} Placed;

static int
compare_places (const void *a, const void *b, const void *user)
{
  int place_a = ((const Placed *) a)->place;
  int place_b = ((const Placed *) b)->place;

  (void) user;
  return (place_a > place_b) - (place_a < place_b);
}

/* The items of @list that are in @order (or those that are not), with their places there. */
static GArray *
pick (const K8Json *list, const Places *order, gboolean is_in)
{
  GArray *picked = g_array_new (FALSE, FALSE, sizeof (Placed));

  for (guint i = 0; i < list->n; i++)
    {
      Placed placed = { list->items[i], find_place (order, list->items[i]) };
      if ((placed.place >= 0) == is_in)
        g_array_append_val (picked, placed);
    }
  return picked;
}

static void
set_places (GArray *items, const Places *order)
{
  for (guint i = 0; i < items->len; i++)
    {
      Placed *placed = &g_array_index (items, Placed, i);
      placed->place = find_place (order, placed->item);
    }
}

/* Weaves the items that the patch does not name into those that it does: one comes before the
 * next named one if it stood before it in the old list. */
static K8Json *
weave (K8Strategic *self, const GArray *unnamed, const GArray *named)
{
  K8Json *woven = k8_json_new (self->pool, K8_JSON_IS_ARRAY);
  guint i = 0;
  guint j = 0;

  while (i < unnamed->len || j < named->len)
    {
      const Placed *left = i < unnamed->len ? &g_array_index (unnamed, Placed, i) : NULL;
      const Placed *right = j < named->len ? &g_array_index (named, Placed, j) : NULL;
      gboolean is_left = right == NULL
                         || (left != NULL && left->place >= 0 && right->place >= 0
                             && left->place < right->place);
      append (self, woven, is_left ? left->item : right->item);
      i += is_left;
      j += !is_left;
    }
  return woven;
}

/* @merged in the order described at the head; @old may be NULL. */
static K8Json *
put_in_order (K8Strategic *self, const K8Json *merged, const K8Json *order, const K8Json *old,
              const char *merge_key)
{
  Places by_order;
  Places by_old;

  init_places (&by_order, self->pool, order, merge_key);
  init_places (&by_old, self->pool, old, merge_key);
  GArray *named = pick (merged, &by_order, TRUE);
  GArray *unnamed = pick (merged, &by_order, FALSE);
  k8_sort (named->data, named->len, sizeof (Placed), compare_places, NULL);
  set_places (named, &by_old);
  set_places (unnamed, &by_old);
  k8_sort (unnamed->data, unnamed->len, sizeof (Placed), compare_places, NULL);
  K8Json *woven = weave (self, unnamed, named);
  g_array_unref (named);
  g_array_unref (unnamed);
  clear_places (&by_order);
  clear_places (&by_old);
  return woven;
}

static K8Json *
merge_list_of_maps (K8Strategic *self, K8Json *original, const K8Json *patch,
                    const K8ListRule *rule)
{
  K8Json *deleted = k8_json_new (self->pool, K8_JSON_IS_ARRAY);
  K8Json *changes = k8_json_new (self->pool, K8_JSON_IS_ARRAY);
  gboolean is_replace;

  if (rule->merge_key == NULL)
    return k8_strategic_fail (self, 500, g_strdup ("cannot merge lists without merge key"));
  if (!sort_out_directives (self, patch, rule->merge_key, deleted, changes, &is_replace))
    return NULL;
  if (is_replace)
    return changes;
  K8Json *left = subtract (self, original, deleted, rule->merge_key);
  K8Json *merged = merge_maps (self, left, changes, rule);
  if (merged == NULL)
    return NULL;
  return put_in_order (self, merged, changes, left, rule->merge_key);
}

K8Json *
k8_strategic_merge_list (K8Strategic *self, K8Json *original, K8Json *patch,
                         const K8ListRule *rule)
{
  if (original->n == 0 && patch->n == 0)
    return original;
  if (!check_types (self, original, patch))
    return NULL;
  const K8Json *first = original->n > 0 ? original->items[0] : patch->items[0];
  if (first->type == K8_JSON_IS_OBJECT)
    return merge_list_of_maps (self, original, patch, rule);
  return put_in_order (self, merge_values (self, original, patch), patch, original, NULL);
}

/* What a patch sets must appear in $setElementOrder in the same order. */
static gboolean
check_order (K8Strategic *self, const K8Json *patch, const K8Json *order, const char *merge_key)
{
  guint next = 0;

  if (patch == NULL || patch->n == 0 || order->n == 0)
    return TRUE;
  for (guint i = 0; i < patch->n; i++)
    {
      const K8Json *key = get_key (patch->items[i], merge_key);
      if (k8_json_get (patch->items[i], K8_PATCH_DIRECTIVE) != NULL)
        continue;
      while (next < order->n && !k8_json_equal (key, get_key (order->items[next], merge_key)))
        next++;
      if (next++ < order->n)
        continue;
      g_autoptr (GString) text = g_string_new ("The order in patch list:\n");
      k8_json_append_go (text, patch);
      g_string_append (text, "\n doesn't match " K8_SET_ELEMENT_ORDER " list:\n");
      k8_json_append_go (text, order);
      g_string_append_c (text, '\n');
      return k8_strategic_fail (self, 500, g_strdup (text->str)) != NULL;
    }
  return TRUE;
}

K8Json *
k8_strategic_merge_ordered (K8Strategic *self, K8Json *original, K8Json *patch, K8Json *order,
                            const K8ListRule *rule)
{
  K8Json *merged = original;

  if (!check_order (self, patch, order, rule->merge_key))
    return NULL;
  if (original == NULL)
    merged = k8_strategic_clean (self, patch);
  else if (patch != NULL)
    merged = rule->is_merge ? k8_strategic_merge_list (self, original, patch, rule) : patch;
  if (merged == NULL)
    return NULL;
  return put_in_order (self, merged, order, original, rule->merge_key);
}
