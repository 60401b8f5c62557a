/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as YAML, as `kubectl get -o yaml` shows it: keys in go-yaml's natural order, lists of a
 * mapping not indented, empty ones in flow style.
 * Source: sigs.k8s.io/yaml (JSONToYAML), gopkg.in/yaml.v2 (sorter.go, emitterc.go).
 * Departures: keys over 128 characters stay simple keys, numbers keep the text of the JSON.
 */
#include <string.h>

#include "base/sort.h"
#include "codec/yaml_scalar.h"
#include "codec/yaml_tape.h"
#include "schema/record.h"

typedef struct
{
  K8YamlTape tape;
  K8YamlPen pen;
} Emitter;

static void
add_value (K8YamlTape *self, K8JsonReader *reader, guint32 *open, guint *inout_depth)
{
  const K8YamlPlace nowhere = { 0, 0 };
  guint32 index;

  switch (reader->token)
    {
    case K8_JSON_OBJECT_BEGIN:
    case K8_JSON_ARRAY_BEGIN:
      index = k8_yaml_tape_add (
          self, reader->token == K8_JSON_OBJECT_BEGIN ? K8_YAML_MAPPING : K8_YAML_SEQUENCE,
          nowhere);
      open[(*inout_depth)++] = index;
      return;
    case K8_JSON_OBJECT_END:
    case K8_JSON_ARRAY_END:
      k8_yaml_tape_close (self, open[--*inout_depth]);
      return;
    case K8_JSON_KEY:
    case K8_JSON_STRING:
      index = k8_yaml_tape_add (self, K8_YAML_TEXT, nowhere);
      k8_yaml_tape_set_text (self, index, reader->text, reader->length);
      return;
    case K8_JSON_NUMBER:
    case K8_JSON_TRUE:
    case K8_JSON_FALSE:
    case K8_JSON_NULL:
      index = k8_yaml_tape_add (self, K8_YAML_PLAIN, nowhere);
      k8_yaml_tape_set_text (self, index, reader->token_start,
                             (gsize) (reader->next - reader->token_start));
      return;
    case K8_JSON_NONE:
    case K8_JSON_ERROR:
    case K8_JSON_END:
      return;
    }
}

/* Fills a tape from JSON. Our own texts may be deeper or longer than those from outside. */
static gboolean
read_json (K8YamlTape *self, const char *json, gsize length)
{
  const K8JsonLimits limits = { .max_bytes = G_MAXUINT32 / 4, .max_depth = K8_JSON_MAX_DEPTH };
  guint32 open[K8_JSON_MAX_DEPTH];
  guint depth = 0;
  K8JsonReader reader;
  K8JsonToken token;

  k8_json_reader_init (&reader, json, length, &limits);
  do
    {
      token = k8_json_reader_next (&reader);
      add_value (self, &reader, open, &depth);
    }
  while (token != K8_JSON_ERROR && token != K8_JSON_END);
  k8_json_reader_clear (&reader);
  return token == K8_JSON_END;
}

static gboolean
is_letter (guint8 c)
{
  return g_ascii_isalpha (c) || c >= 0x80;
}

/* The digits from @p on as a number; stops where it would not fit. */
static guint64
read_digits (const guint8 **inout_p)
{
  guint64 value = 0;

  for (; g_ascii_isdigit (**inout_p); (*inout_p)++)
    value = value < G_MAXINT64 / 10 ? value * 10 + (guint64) (**inout_p - '0') : value;
  return value;
}

/* Whether the digits in front of @p hold more than zeros: then a zero at @p counts. */
static gboolean
has_digits_before (const guint8 *start, const guint8 *p)
{
  for (p--; p >= start && g_ascii_isdigit (*p); p--)
    if (*p != '0')
      return TRUE;
  return FALSE;
}

/* go-yaml's order: letters behind all else, digits as numbers. */
static int
compare_keys (const char *a, const char *b)
{
  const guint8 *start = (const guint8 *) a;
  const guint8 *p = start;
  const guint8 *q = (const guint8 *) b;

  while (*p != '\0' && *p == *q)
    {
      p++;
      q++;
    }
  if (*p == '\0' || *q == '\0')
    return (*p != '\0') - (*q != '\0');
  if (is_letter (*p) && is_letter (*q))
    return *p < *q ? -1 : 1;
  if (is_letter (*p) || is_letter (*q))
    return is_letter (*q) ? -1 : 1;
  const guint8 *end_p = p;
  const guint8 *end_q = q;
  gboolean counts = (*p == '0' || *q == '0') && has_digits_before (start, p);
  gsize n_p;
  gsize n_q;
  guint64 number_p = read_digits (&end_p);
  guint64 number_q = read_digits (&end_q);
  n_p = (gsize) (end_p - p);
  n_q = (gsize) (end_q - q);
  if (counts && n_p != n_q)
    return n_p < n_q ? -1 : 1;
  if (number_p != number_q)
    return number_p < number_q ? -1 : 1;
  if (n_p != n_q)
    return n_p < n_q ? -1 : 1;
  return *p < *q ? -1 : 1;
}

static int
compare_nodes (const void *a, const void *b, const void *user)
{
  const K8YamlTape *tape = user;
  const K8YamlNode *key_a = k8_yaml_tape_node (tape, *(const guint32 *) a);
  const K8YamlNode *key_b = k8_yaml_tape_node (tape, *(const guint32 *) b);

  return compare_keys (k8_yaml_tape_text (tape, key_a), k8_yaml_tape_text (tape, key_b));
}

/* The keys of a mapping in order. (transfer full) */
static guint32 *
sort_keys (const K8YamlTape *tape, guint32 mapping, guint *ret_n)
{
  guint32 end = k8_yaml_tape_node (tape, mapping)->next;
  guint32 *keys = g_new (guint32, end - mapping);
  guint n = 0;

  for (guint32 key = mapping + 1; key < end;)
    {
      keys[n++] = key;
      key = k8_yaml_tape_node (tape, k8_yaml_tape_node (tape, key)->next)->next;
    }
  k8_sort (keys, n, sizeof *keys, compare_nodes, tape);
  *ret_n = n;
  return keys;
}

static void emit_node (Emitter *self, guint32 index, guint indent);

static gboolean
is_block (const K8YamlTape *tape, guint32 index)
{
  const K8YamlNode *node = k8_yaml_tape_node (tape, index);

  return (node->type == K8_YAML_MAPPING || node->type == K8_YAML_SEQUENCE)
         && node->next > index + 1;
}

/* Recursion is as deep as the JSON nests, which its reader bounds. */
static void
emit_mapping (Emitter *self, guint32 index, guint indent)
{
  guint n;
  g_autofree guint32 *keys = sort_keys (&self->tape, index, &n);

  for (guint i = 0; i < n; i++)
    {
      const K8YamlNode *key = k8_yaml_tape_node (&self->tape, keys[i]);
      guint32 value = key->next;
      if (i > 0)
        k8_yaml_pen_line (&self->pen, indent);
      k8_yaml_write_key (&self->pen, k8_yaml_tape_text (&self->tape, key), key->bytes);
      k8_yaml_pen_text (&self->pen, ":", 1);
      if (!is_block (&self->tape, value))
        {
          k8_yaml_pen_text (&self->pen, " ", 1);
          emit_node (self, value, indent);
          continue;
        }
      gboolean is_mapping = k8_yaml_tape_node (&self->tape, value)->type == K8_YAML_MAPPING;
      k8_yaml_pen_line (&self->pen, is_mapping ? indent + 2 : indent);
      emit_node (self, value, is_mapping ? indent + 2 : indent);
    }
}

static void
emit_sequence (Emitter *self, guint32 index, guint indent)
{
  guint32 end = k8_yaml_tape_node (&self->tape, index)->next;

  for (guint32 item = index + 1; item < end;)
    {
      if (item > index + 1)
        k8_yaml_pen_line (&self->pen, indent);
      k8_yaml_pen_text (&self->pen, "- ", 2);
      emit_node (self, item, is_block (&self->tape, item) ? indent + 2 : indent);
      item = k8_yaml_tape_node (&self->tape, item)->next;
    }
}

/* A node whose first line is begun; @indent is that of the lines of a block, or of the mapping
 * or list around a scalar. */
static void
emit_node (Emitter *self, guint32 index, guint indent)
{
  const K8YamlNode *node = k8_yaml_tape_node (&self->tape, index);
  const char *text = k8_yaml_tape_text (&self->tape, node);

  if (node->type == K8_YAML_TEXT)
    k8_yaml_write_value (&self->pen, text, node->bytes, indent + 2);
  else if (node->type == K8_YAML_PLAIN)
    k8_yaml_pen_text (&self->pen, text, node->bytes);
  else if (!is_block (&self->tape, index))
    k8_yaml_pen_text (&self->pen, node->type == K8_YAML_MAPPING ? "{}" : "[]", 2);
  else if (node->type == K8_YAML_MAPPING)
    emit_mapping (self, index, indent);
  else
    emit_sequence (self, index, indent);
}

/**
 * k8_yaml_append_json:
 *
 * Appends a JSON text as YAML; nothing if it is no JSON. Cost: O(length log keys).
 */
void
k8_yaml_append_json (GString *out, const char *json, gsize length)
{
  Emitter self = { .pen = { .out = out } };

  k8_yaml_tape_init (&self.tape);
  if (read_json (&self.tape, json, length))
    {
      emit_node (&self, 0, 0);
      g_string_append_c (out, '\n');
    }
  k8_yaml_tape_clear (&self.tape);
}

void
k8_yaml_encode (GString *out, const void *record, const K8JsonOptions *options)
{
  g_autoptr (GString) json = g_string_sized_new (4096);
  K8JsonOptions compact = { 0 };

  if (options != NULL)
    compact = *options;
  compact.is_pretty = FALSE;
  k8_json_encode (json, record, &compact);
  k8_yaml_append_json (out, json->str, json->len);
}
