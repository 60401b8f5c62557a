/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON patch (RFC 6902): add, remove, replace, move, copy and test at JSON pointers (RFC 6901).
 * Clients learn only that a patch does not apply (upstream answers one fixed text), so there is
 * no error but NULL.
 * Source: RFC 6902, RFC 6901. Departures: copies count by their nodes, and what ten thousand
 * operations may push aside is bounded too (K8_JSON_PATCH_MAX_MOVED).
 */
#include "machinery/patch.h"

#include <string.h>

#include "base/assert.h"

typedef struct
{
  K8JsonPool *pool;
  K8Json *root;
  gsize copied_bytes;
  gsize n_moved;
} Patcher;

/* A place: the container, and the key or index in it. The root itself has no container. */
typedef struct
{
  K8Json *container;
  K8JsonText key; /* unescaped */
} Place;

/* One reference token without its escapes ~0 and ~1. */
static K8JsonText
unescape_token (K8JsonPool *pool, const char *token, gsize length)
{
  g_autoptr (GString) text = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    {
      gboolean is_escape = token[i] == '~' && i + 1 < length;
      if (is_escape && (token[i + 1] == '0' || token[i + 1] == '1'))
        g_string_append_c (text, token[++i] == '0' ? '~' : '/');
      else
        g_string_append_c (text, token[i]);
    }
  return k8_json_new_string (pool, text->str, text->len)->text;
}

/* An array index: decimal, without sign or leading zeros; FALSE if it is none. */
static gboolean
parse_index (K8JsonText key, guint *ret_index)
{
  guint64 index = 0;

  if (key.length == 0 || key.length > 9 || (key.text[0] == '0' && key.length > 1))
    return FALSE;
  for (gsize i = 0; i < key.length; i++)
    {
      if (key.text[i] < '0' || key.text[i] > '9')
        return FALSE;
      index = index * 10 + (guint64) (key.text[i] - '0');
    }
  *ret_index = (guint) index;
  return TRUE;
}

static K8Json *
get_child (const K8Json *container, K8JsonText key)
{
  guint index;

  if (container->type == K8_JSON_IS_OBJECT)
    return k8_json_get_text (container, key);
  if (container->type != K8_JSON_IS_ARRAY || !parse_index (key, &index))
    return NULL;
  return index < container->n ? container->items[index] : NULL;
}

/* Goes to the container that a pointer names. Every node on the way is about to be changed, so
 * it is written anew. FALSE if there is no such container. */
static gboolean
find_place (Patcher *self, const K8Json *pointer, Place *ret)
{
  if (pointer == NULL || pointer->type != K8_JSON_IS_STRING)
    return FALSE;
  const char *next = pointer->text.text;
  const char *end = next + pointer->text.length;
  K8Json *node = self->root;
  *ret = (Place){ 0 };
  if (next == end)
    return TRUE;
  if (*next != '/')
    return FALSE;
  for (next++;;)
    {
      const char *slash = memchr (next, '/', (gsize) (end - next));
      const char *stop = slash == NULL ? end : slash;
      K8JsonText key = unescape_token (self->pool, next, (gsize) (stop - next));
      if (node == NULL || (node->type != K8_JSON_IS_OBJECT && node->type != K8_JSON_IS_ARRAY))
        return FALSE;
      node->raw = (K8JsonText){ 0 };
      if (slash == NULL)
        {
          *ret = (Place){ node, key };
          return TRUE;
        }
      node = get_child (node, key);
      next = slash + 1;
    }
}

static K8Json *
get_value (const Patcher *self, const Place *place)
{
  return place->container == NULL ? self->root : get_child (place->container, place->key);
}

/* Counts the items that a change of a container may push aside. FALSE: too many by now. */
static gboolean
may_move (Patcher *self, const K8Json *container)
{
  self->n_moved += container->n;
  return self->n_moved <= K8_JSON_PATCH_MAX_MOVED;
}

static gboolean
add_value (Patcher *self, const Place *place, K8Json *value)
{
  K8Json *container = place->container;
  guint index;

  if (container == NULL)
    {
      self->root = value;
      return TRUE;
    }
  if (!may_move (self, container))
    return FALSE;
  if (container->type == K8_JSON_IS_OBJECT)
    {
      k8_json_put (self->pool, container, place->key, value);
      return TRUE;
    }
  if (place->key.length == 1 && place->key.text[0] == '-')
    index = container->n;
  else if (!parse_index (place->key, &index) || index > container->n)
    return FALSE;
  k8_json_insert (self->pool, container, index, value);
  return TRUE;
}

static gboolean
remove_value (Patcher *self, const Place *place)
{
  guint index;

  if (place->container == NULL || !may_move (self, place->container))
    return FALSE;
  if (place->container->type == K8_JSON_IS_OBJECT)
    return k8_json_remove (place->container, place->key);
  if (!parse_index (place->key, &index) || index >= place->container->n)
    return FALSE;
  k8_json_remove_at (place->container, index);
  return TRUE;
}

static gboolean
replace_value (Patcher *self, const Place *place, K8Json *value)
{
  guint index;

  if (get_value (self, place) == NULL)
    return FALSE;
  if (place->container != NULL && place->container->type == K8_JSON_IS_ARRAY)
    {
      k8_assert (parse_index (place->key, &index));
      place->container->items[index] = value;
      return TRUE;
    }
  return add_value (self, place, value);
}

/* Move: what is taken away at @from comes back at @to, which may not lie inside it. */
static gboolean
move_value (Patcher *self, const K8Json *operation, const Place *from)
{
  const K8Json *from_pointer = k8_json_get (operation, "from");
  const K8Json *path = k8_json_get (operation, "path");
  K8Json *value = get_value (self, from);
  Place to;

  if (value == NULL || path == NULL || path->type != K8_JSON_IS_STRING)
    return FALSE;
  gsize length = from_pointer->text.length;
  if (path->text.length > length && path->text.text[length] == '/'
      && memcmp (path->text.text, from_pointer->text.text, length) == 0)
    return FALSE;
  return remove_value (self, from) && find_place (self, path, &to) && add_value (self, &to, value);
}

static gboolean
copy_value (Patcher *self, const Place *from, const Place *to)
{
  const K8Json *value = get_value (self, from);

  if (value == NULL)
    return FALSE;
  gsize before = k8_json_pool_bytes (self->pool);
  K8Json *copy = k8_json_copy (self->pool, value);
  self->copied_bytes += k8_json_pool_bytes (self->pool) - before;
  return self->copied_bytes <= K8_JSON_PATCH_MAX_COPIED_BYTES && add_value (self, to, copy);
}

/* A missing value is equal to null. */
static gboolean
test_value (const Patcher *self, const Place *place, const K8Json *expected)
{
  const K8Json *value = get_value (self, place);

  if (value == NULL || expected == NULL)
    return (value == NULL || value->type == K8_JSON_IS_NULL)
           && (expected == NULL || expected->type == K8_JSON_IS_NULL);
  return k8_json_equal (value, expected);
}

static gboolean
apply_operation (Patcher *self, const K8Json *operation)
{
  const K8Json *name = k8_json_get (operation, "op");
  K8Json *value = k8_json_get (operation, "value");
  Place from;
  Place place;

  if (k8_json_is_text (name, "move"))
    return find_place (self, k8_json_get (operation, "from"), &from)
           && move_value (self, operation, &from);
  if (!find_place (self, k8_json_get (operation, "path"), &place))
    return FALSE;
  if (k8_json_is_text (name, "remove"))
    return remove_value (self, &place);
  if (k8_json_is_text (name, "copy"))
    return find_place (self, k8_json_get (operation, "from"), &from)
           && copy_value (self, &from, &place);
  if (k8_json_is_text (name, "test"))
    return test_value (self, &place, value);
  if (value == NULL)
    return FALSE;
  if (k8_json_is_text (name, "add"))
    return add_value (self, &place, value);
  return k8_json_is_text (name, "replace") && replace_value (self, &place, value);
}

/**
 * k8_json_patch_apply:
 * @patch: an array of operations, at most K8_JSON_PATCH_MAX_OPERATIONS
 *
 * Applies the operations one after the other.
 *
 * Returns: (nullable): the patched tree; NULL when one of them does not apply.
 */
K8Json *
k8_json_patch_apply (K8JsonPool *pool, K8Json *target, const K8Json *patch)
{
  Patcher patcher = { .pool = pool, .root = target };

  k8_assert (patch->type == K8_JSON_IS_ARRAY);
  k8_assert (patch->n <= K8_JSON_PATCH_MAX_OPERATIONS);
  for (guint i = 0; i < patch->n; i++)
    if (!apply_operation (&patcher, patch->items[i]))
      return NULL;
  return patcher.root;
}
