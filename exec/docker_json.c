/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict scan, then json-glib, then readers that tolerate any shape.
 * json-glib alone dies on deep nesting and reads numbers beyond 64 bits wrongly, so it only ever
 * gets text that the scanner accepted.
 */

#include "exec/docker_json.h"

#include "engine/codec/json_scan.h"
#include "exec/error.h"

#include <string.h>

/**
 * exec_json_parse:
 * @text: bytes from outside, not terminated
 * @length: their number
 *
 * Returns: (transfer full) (nullable): the tree, or NULL with @error set
 */
JsonNode *
exec_json_parse (const char *text, gsize length, GError **error)
{
  if (length > EXEC_JSON_MAX_BYTES)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_TOO_LARGE, "JSON of more than %d bytes",
                   EXEC_JSON_MAX_BYTES);
      return NULL;
    }
  static const K8JsonLimits limits
      = { .max_bytes = EXEC_JSON_MAX_BYTES, .max_depth = EXEC_JSON_MAX_DEPTH };
  K8JsonError refusal;
  if (text == NULL)
    text = "";
  if (!k8_json_scan (text, length, &limits, &refusal))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_BAD_ANSWER,
                   "not JSON at line %u, column %u: %s", refusal.line, refusal.column,
                   refusal.message);
      return NULL;
    }

  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) parse_error = NULL;
  JsonNode *root = NULL;
  if (json_parser_load_from_data (parser, text, (gssize) length, &parse_error))
    root = json_parser_steal_root (parser);
  if (root == NULL)
    g_set_error (error, EXEC_ERROR, EXEC_ERROR_BAD_ANSWER, "not JSON: %s",
                 parse_error != NULL ? parse_error->message : "empty");
  return root;
}

char *
exec_json_print (JsonNode *node)
{
  return json_to_string (node, FALSE);
}

JsonObject *
exec_json_root_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
exec_json_root_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonNode *
find_member (JsonObject *object, const char *member)
{
  return object != NULL ? json_object_get_member (object, member) : NULL;
}

JsonObject *
exec_json_object (JsonObject *object, const char *member)
{
  return exec_json_root_object (find_member (object, member));
}

JsonArray *
exec_json_array (JsonObject *object, const char *member)
{
  return exec_json_root_array (find_member (object, member));
}

static const char *
node_string (JsonNode *node)
{
  gboolean is_string = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                       && json_node_get_value_type (node) == G_TYPE_STRING;
  return is_string ? json_node_get_string (node) : NULL;
}

/* Gives the member's text, or NULL if it is missing or no string. */
const char *
exec_json_string (JsonObject *object, const char *member)
{
  return node_string (find_member (object, member));
}

gint64
exec_json_int (JsonObject *object, const char *member, gint64 fallback)
{
  JsonNode *node = find_member (object, member);
  gboolean is_int = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                    && json_node_get_value_type (node) == G_TYPE_INT64;
  return is_int ? json_node_get_int (node) : fallback;
}

gboolean
exec_json_boolean (JsonObject *object, const char *member)
{
  JsonNode *node = find_member (object, member);
  gboolean is_boolean = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                        && json_node_get_value_type (node) == G_TYPE_BOOLEAN;
  return is_boolean && json_node_get_boolean (node);
}

JsonObject *
exec_json_element_object (JsonArray *array, guint index)
{
  if (array == NULL || index >= json_array_get_length (array))
    return NULL;
  return exec_json_root_object (json_array_get_element (array, index));
}

const char *
exec_json_element_string (JsonArray *array, guint index)
{
  if (array == NULL || index >= json_array_get_length (array))
    return NULL;
  return node_string (json_array_get_element (array, index));
}

/* (transfer full): name to value, both owned by the table. */
GHashTable *
exec_json_string_map (JsonObject *object)
{
  GHashTable *map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (object == NULL)
    return map;
  g_autoptr (GList) members = json_object_get_members (object);
  for (GList *at = members; at != NULL; at = at->next)
    {
      const char *value = exec_json_string (object, at->data);
      if (value != NULL)
        g_hash_table_insert (map, g_strdup (at->data), g_strdup (value));
    }
  return map;
}
