/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads values out of a scenario file.
 */
#include "sim/scenario_reader.h"

#include <stdarg.h>
#include <string.h>

#include "base/time.h"

void
sim_reader_fail (SimReader *self, SimValue at, const char *format, ...)
{
  va_list arguments;

  if (self->error != NULL)
    return;
  K8YamlPlace place = k8_yaml_document_find_place (self->document, at.path);
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (&self->error, SIM_SCENARIO_ERROR, 0, "%s:%u:%u: %s%s%s", self->file,
               place.line, place.column, at.path, *at.path == '\0' ? "" : ": ", message);
}

guint
sim_reader_line (const SimReader *self, SimValue at)
{
  return k8_yaml_document_find_place (self->document, at.path).line;
}

static const char *
keep_path (SimReader *self, const char *path, const char *key)
{
  g_autofree char *text = g_strdup_printf ("%s%s%s", path, *path == '\0' ? "" : ".", key);

  return g_string_chunk_insert (self->texts, text);
}

SimValue
sim_reader_get (SimReader *self, SimValue of, const char *key)
{
  SimValue value = { .path = keep_path (self, of.path, key) };

  if (of.node == NULL)
    return value;
  if (!JSON_NODE_HOLDS_OBJECT (of.node))
    sim_reader_fail (self, of, "expected a mapping");
  else
    value.node = json_object_get_member (json_node_get_object (of.node), key);
  if (value.node != NULL && JSON_NODE_HOLDS_NULL (value.node))
    value.node = NULL;
  return value;
}

SimValue
sim_reader_need (SimReader *self, SimValue of, const char *key)
{
  SimValue value = sim_reader_get (self, of, key);

  if (value.node == NULL)
    sim_reader_fail (self, of, "expected `%s`", key);
  return value;
}

guint
sim_reader_n (SimReader *self, SimValue list)
{
  if (list.node == NULL)
    return 0;
  if (JSON_NODE_HOLDS_ARRAY (list.node))
    return json_array_get_length (json_node_get_array (list.node));
  sim_reader_fail (self, list, "expected a list");
  return 0;
}

SimValue
sim_reader_at (SimReader *self, SimValue list, guint index)
{
  g_autofree char *path = g_strdup_printf ("%s[%u]", list.path, index);

  return (SimValue){ .node = json_array_get_element (json_node_get_array (list.node), index),
                     .path = g_string_chunk_insert (self->texts, path) };
}

static gboolean
is_word_of (const char *word, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *) list, word);
}

void
sim_reader_only (SimReader *self, SimValue of, const char *keys)
{
  if (of.node == NULL)
    return;
  if (!JSON_NODE_HOLDS_OBJECT (of.node))
    {
      sim_reader_fail (self, of, "expected a mapping with some of: %s", keys);
      return;
    }
  GList *members = json_object_get_members (json_node_get_object (of.node));
  for (GList *member = members; member != NULL; member = member->next)
    if (!is_word_of (member->data, keys))
      sim_reader_fail (self, sim_reader_get (self, of, member->data),
                       "unknown key; expected one of: %s", keys);
  g_list_free (members);
}

const char *
sim_reader_text (SimReader *self, SimValue value, const char *or_else)
{
  if (value.node == NULL)
    return or_else;
  if (JSON_NODE_HOLDS_VALUE (value.node))
    {
      if (json_node_get_value_type (value.node) == G_TYPE_STRING)
        return g_string_chunk_insert (self->texts, json_node_get_string (value.node));
      /* A number where a text is wanted, as in `cpu: 4`: as it is written. */
      g_autofree char *text = sim_reader_dup_json (value);
      return g_string_chunk_insert (self->texts, text);
    }
  sim_reader_fail (self, value, "expected a text");
  return or_else;
}

gint64
sim_reader_int (SimReader *self, SimValue value, gint64 min, gint64 max, gint64 or_else)
{
  if (value.node == NULL)
    return or_else;
  if (!JSON_NODE_HOLDS_VALUE (value.node) || json_node_get_value_type (value.node) != G_TYPE_INT64)
    {
      sim_reader_fail (self, value, "expected a whole number");
      return or_else;
    }
  gint64 number = json_node_get_int (value.node);
  if (number >= min && number <= max)
    return number;
  sim_reader_fail (self, value,
                   "expected a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);
  return or_else;
}

gboolean
sim_reader_bool (SimReader *self, SimValue value, gboolean or_else)
{
  if (value.node == NULL)
    return or_else;
  if (JSON_NODE_HOLDS_VALUE (value.node) && json_node_get_value_type (value.node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean (value.node);
  sim_reader_fail (self, value, "expected true or false");
  return or_else;
}

/* `never` gives -1. */
gint64
sim_reader_duration_or_never (SimReader *self, SimValue value, gint64 or_else_ns)
{
  if (value.node != NULL && strcmp (sim_reader_text (self, value, ""), "never") == 0)
    return -1;
  return sim_reader_duration (self, value, or_else_ns);
}

/* "90s", "1m30s", "500ms". */
gint64
sim_reader_duration (SimReader *self, SimValue value, gint64 or_else_ns)
{
  const char *text = sim_reader_text (self, value, NULL);
  gint64 duration_ns;

  if (text == NULL)
    return or_else_ns;
  if (k8_duration_parse (text, &duration_ns) && duration_ns >= 0)
    return duration_ns;
  sim_reader_fail (self, value, "expected a duration like 90s, 1m30s or 500ms");
  return or_else_ns;
}

/* "1%" or a number. */
double
sim_reader_amount (SimReader *self, SimValue value, gboolean *ret_is_percent)
{
  const char *text = sim_reader_text (self, value, "0");
  char *end = NULL;
  double amount = g_ascii_strtod (text, &end);

  *ret_is_percent = *end == '%';
  if (end == text || (*end != '\0' && strcmp (end, "%") != 0) || amount < 0)
    sim_reader_fail (self, value, "expected a number or a percentage");
  return amount;
}

char *
sim_reader_dup_json (SimValue value)
{
  JsonGenerator *generator = json_generator_new ();

  json_generator_set_root (generator, value.node);
  char *text = json_generator_to_data (generator, NULL);
  g_object_unref (generator);
  return text;
}
