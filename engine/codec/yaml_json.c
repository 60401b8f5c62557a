/* SPDX-License-Identifier: Apache-2.0
 *
 * A tape as JSON text: scalars are resolved, aliases written out. What is written is bounded,
 * so that aliases of aliases end early. Each value's place in the JSON text is remembered.
 * Source: YAML 1.2.2, 10.3 (core schema).
 * Departures: a number with a leading zero is refused, since YAML 1.1 (and so kubectl) takes it
 * for octal and YAML 1.2 does not; infinities and "not a number" have no JSON and are refused.
 */
#include <string.h>

#include "codec/json_write.h"
#include "codec/yaml_tape.h"
#include "limits.h"

typedef struct
{
  K8YamlDocument *document;
  gsize max_bytes;
  K8YamlError *error;
} Writer;

static gboolean
is_one_of (const char *text, gsize length, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strlen (*words) == length && memcmp (*words, text, length) == 0)
      return TRUE;
  return FALSE;
}

static gsize
count_digits (const char *p, const char *end)
{
  gsize n = 0;

  while (p + n < end && g_ascii_isdigit (p[n]))
    n++;
  return n;
}

/* 0o17 and 0x1f. */
static K8YamlScalar
resolve_based (const char *digits, gsize n, guint base, GString *json)
{
  guint64 value = 0;

  if (n == 0)
    return K8_YAML_IS_TEXT;
  for (gsize i = 0; i < n; i++)
    {
      gint digit = g_ascii_xdigit_value (digits[i]);
      if (digit < 0 || digit >= (gint) base)
        return K8_YAML_IS_TEXT;
      if (value > (G_MAXINT64 - (guint64) digit) / base)
        return K8_YAML_IS_NO_JSON;
      value = value * base + (guint64) digit;
    }
  k8_json_write_number (json, (gint64) value);
  k8_json_write_end (json);
  return K8_YAML_IS_NUMBER;
}

/* [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )? */
static K8YamlScalar
resolve_decimal (const char *text, gsize length, GString *json)
{
  const char *end = text + length;
  const char *p = text + (length > 0 && (text[0] == '-' || text[0] == '+'));
  gsize whole = count_digits (p, end);
  const char *digits = p;
  const char *fraction = p + whole;
  gsize n_fraction = 0;

  p += whole;
  if (p < end && *p == '.')
    {
      fraction = p + 1;
      n_fraction = count_digits (fraction, end);
      p = fraction + n_fraction;
    }
  if (whole + n_fraction == 0)
    return K8_YAML_IS_TEXT;
  const char *exponent = p;
  if (p < end && (*p == 'e' || *p == 'E'))
    {
      p += p + 1 < end && (p[1] == '-' || p[1] == '+') ? 2 : 1;
      gsize n = count_digits (p, end);
      if (n == 0)
        return K8_YAML_IS_TEXT;
      p += n;
    }
  if (p != end)
    return K8_YAML_IS_TEXT;
  if (whole > 1 && digits[0] == '0')
    return K8_YAML_IS_AMBIGUOUS;
  if (text[0] == '-')
    g_string_append_c (json, '-');
  g_string_append_len (json, whole == 0 ? "0" : digits, (gssize) MAX (whole, 1));
  if (n_fraction > 0)
    g_string_append_len (g_string_append_c (json, '.'), fraction, (gssize) n_fraction);
  g_string_append_len (json, exponent, (gssize) (end - exponent));
  return K8_YAML_IS_NUMBER;
}

K8YamlScalar
k8_yaml_resolve (const char *text, gsize length, GString *json)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
  static const char *const trues[] = { "true", "True", "TRUE", NULL };
  static const char *const falses[] = { "false", "False", "FALSE", NULL };
  static const char *const odd[]
      = { ".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf",
          "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN",  NULL };

  if (is_one_of (text, length, nulls))
    return K8_YAML_IS_NULL;
  if (is_one_of (text, length, trues))
    return K8_YAML_IS_TRUE;
  if (is_one_of (text, length, falses))
    return K8_YAML_IS_FALSE;
  if (is_one_of (text, length, odd))
    return K8_YAML_IS_NO_JSON;
  if (length > 2 && text[0] == '0' && (text[1] == 'o' || text[1] == 'x'))
    return resolve_based (text + 2, length - 2, text[1] == 'o' ? 8 : 16, json);
  return resolve_decimal (text, length, json);
}

static gboolean
refuse (Writer *self, const K8YamlNode *node, const char *message)
{
  if (self->error->message == NULL)
    {
      self->error->place = node->place;
      self->error->message = g_strdup (message);
    }
  return FALSE;
}

static gboolean
write_plain (Writer *self, const K8YamlNode *node)
{
  GString *json = self->document->json;
  const char *text = k8_yaml_tape_text (&self->document->tape, node);

  switch (k8_yaml_resolve (text, node->bytes, json))
    {
    case K8_YAML_IS_TEXT:
      k8_json_append_string (json, text, node->bytes);
      return TRUE;
    case K8_YAML_IS_NULL:
      g_string_append (json, "null");
      return TRUE;
    case K8_YAML_IS_TRUE:
      g_string_append (json, "true");
      return TRUE;
    case K8_YAML_IS_FALSE:
      g_string_append (json, "false");
      return TRUE;
    case K8_YAML_IS_NUMBER:
      return TRUE;
    case K8_YAML_IS_AMBIGUOUS:
      return refuse (self, node, "number with a leading zero: quote it, or write octal as 0o17");
    case K8_YAML_IS_NO_JSON:
      return refuse (self, node, "not a number that JSON can hold");
    }
  return TRUE;
}

static gboolean
write_node (Writer *self, guint32 index, guint depth)
{
  K8YamlDocument *document = self->document;
  const K8YamlNode *node = k8_yaml_tape_node (&document->tape, index);
  gboolean is_mapping = node->type == K8_YAML_MAPPING;
  guint32 n = 0;

  if (document->json->len > self->max_bytes)
    return refuse (self, node, "document grows too much by its aliases");
  if (depth > K8_MAX_NESTING)
    return refuse (self, node, "exceeded max depth");
  if (node->type == K8_YAML_ALIAS)
    return write_node (self, node->text, depth);
  K8YamlMark mark = { (guint32) document->json->len, index };
  g_array_append_val (document->marks, mark);
  if (node->type == K8_YAML_PLAIN)
    return write_plain (self, node);
  if (node->type == K8_YAML_TEXT)
    {
      k8_json_append_string (document->json, k8_yaml_tape_text (&document->tape, node),
                             node->bytes);
      return TRUE;
    }
  g_string_append_c (document->json, is_mapping ? '{' : '[');
  for (guint32 child = index + 1; child < node->next; n++)
    {
      const K8YamlNode *item = k8_yaml_tape_node (&document->tape, child);
      if (n > 0)
        g_string_append_c (document->json, is_mapping && n % 2 == 1 ? ':' : ',');
      if (is_mapping && n % 2 == 0)
        k8_json_append_string (document->json, k8_yaml_tape_text (&document->tape, item),
                               item->bytes);
      else if (!write_node (self, child, depth + 1))
        return FALSE;
      child = item->next;
    }
  g_string_append_c (document->json, is_mapping ? '}' : ']');
  return TRUE;
}

gboolean
k8_yaml_document_write (K8YamlDocument *self, gsize max_bytes, K8YamlError *ret_error)
{
  Writer writer = { .document = self, .max_bytes = max_bytes, .error = ret_error };

  self->json = g_string_sized_new (256);
  self->marks = g_array_new (FALSE, FALSE, sizeof (K8YamlMark));
  return write_node (&writer, 0, 0);
}

const char *
k8_yaml_document_json (const K8YamlDocument *self, gsize *ret_length)
{
  *ret_length = self->json->len;
  return self->json->str;
}

/* Where the value stands whose JSON text holds the byte at @offset. Cost: O(log values). */
K8YamlPlace
k8_yaml_document_place_at (const K8YamlDocument *self, gsize offset)
{
  guint low = 0;
  guint high = self->marks->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (self->marks, K8YamlMark, middle).offset <= offset)
        low = middle;
      else
        high = middle;
    }
  guint32 node = g_array_index (self->marks, K8YamlMark, low).node;
  return k8_yaml_tape_node (&self->tape, node)->place;
}

/* Whether @path goes on with the key @text, as `key`, `key.more`, `key[0]` or `[key]`; then the
 * length that the key takes of it, else 0. */
static gsize
match_key (const char *path, const char *text, gsize bytes)
{
  if (path[0] == '[' && strncmp (path + 1, text, bytes) == 0 && path[bytes + 1] == ']')
    return bytes + 2;
  if (strncmp (path, text, bytes) != 0)
    return 0;
  return path[bytes] == '\0' || path[bytes] == '.' || path[bytes] == '[' ? bytes : 0;
}

/* The value of the longest key of a mapping that @inout_path goes on with; 0 if none does. */
static guint32
find_value (const K8YamlTape *tape, guint32 mapping, const char **inout_path)
{
  guint32 end = k8_yaml_tape_node (tape, mapping)->next;
  guint32 found = 0;
  gsize longest = 0;

  for (guint32 key = mapping + 1; key < end;)
    {
      const K8YamlNode *node = k8_yaml_tape_node (tape, key);
      gsize length = match_key (*inout_path, k8_yaml_tape_text (tape, node), node->bytes);
      if (length > longest)
        {
          longest = length;
          found = node->next;
        }
      key = k8_yaml_tape_node (tape, node->next)->next;
    }
  *inout_path += longest;
  return found;
}

/* The item that "[N]" names; 0 if there is none. */
static guint32
find_item (const K8YamlTape *tape, guint32 sequence, const char **inout_path)
{
  const char *p = *inout_path;
  guint32 end = k8_yaml_tape_node (tape, sequence)->next;
  guint32 child = sequence + 1;
  guint64 n = 0;

  if (*p++ != '[' || !g_ascii_isdigit (*p))
    return 0;
  for (; g_ascii_isdigit (*p) && n < G_MAXUINT32; p++)
    n = n * 10 + (guint64) (*p - '0');
  if (*p != ']')
    return 0;
  for (; n > 0 && child < end; n--)
    child = k8_yaml_tape_node (tape, child)->next;
  *inout_path = p + 1;
  return child < end ? child : 0;
}

K8YamlPlace
k8_yaml_document_find_place (const K8YamlDocument *self, const char *path)
{
  const K8YamlTape *tape = &self->tape;
  guint32 index = 0;

  for (;;)
    {
      const K8YamlNode *node = k8_yaml_tape_node (tape, index);
      guint32 found = 0;
      if (*path == '.')
        path++;
      if (node->type == K8_YAML_ALIAS)
        {
          index = node->text;
          continue;
        }
      if (*path != '\0' && node->type == K8_YAML_MAPPING)
        found = find_value (tape, index, &path);
      else if (*path != '\0' && node->type == K8_YAML_SEQUENCE)
        found = find_item (tape, index, &path);
      if (found == 0)
        return node->place;
      index = found;
    }
}
