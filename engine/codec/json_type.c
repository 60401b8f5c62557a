/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be said of a JSON object without knowing its rows: its apiVersion and kind, and the
 * items of a list.
 * Source: k8s.io/apimachinery pkg/runtime/serializer/json (SimpleMetaFactory.Interpret).
 */
#include "codec/json.h"

#include <string.h>

#define PREFIX "couldn't get version/kind; json parse error: "
#define TYPE_STRUCT                                                                                \
  "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; "                             \
  "Kind string \"json:\\\"kind,omitempty\\\"\" }"

static gboolean
is_text (const K8JsonReader *reader, const char *text)
{
  return strlen (text) == reader->length && memcmp (text, reader->text, reader->length) == 0;
}

static void
refuse (K8JsonReader *reader, K8JsonDecoded *ret, const char *where, const char *type)
{
  ret->error = g_strconcat (PREFIX "json: cannot unmarshal ", k8_json_token_name (reader->token),
                            " into Go ", where, " of type ", type, NULL);
  k8_json_reader_fail (reader, reader->token_start, type, "");
}

/* The value behind kind or apiVersion. */
static void
read_word (K8JsonReader *reader, K8JsonDecoded *ret, char **place, const char *field)
{
  K8JsonToken token = k8_json_reader_next (reader);

  if (token == K8_JSON_STRING)
    {
      g_free (*place);
      *place = g_strndup (reader->text, reader->length);
    }
  else if (token != K8_JSON_NULL && token != K8_JSON_ERROR)
    {
      g_autofree char *where = g_strconcat ("struct field .", field, NULL);
      refuse (reader, ret, where, "string");
    }
}

static void
read_members (K8JsonReader *reader, K8JsonDecoded *ret)
{
  while (k8_json_reader_next (reader) == K8_JSON_KEY)
    {
      if (is_text (reader, "kind"))
        read_word (reader, ret, &ret->kind, "kind");
      else if (is_text (reader, "apiVersion"))
        read_word (reader, ret, &ret->api_version, "apiVersion");
      else
        {
          k8_json_reader_next (reader);
          k8_json_reader_skip (reader, NULL, NULL);
        }
    }
}

/**
 * k8_json_decode_type:
 *
 * Finds what an object says it is. FALSE with ret->error set, as upstream words it behind "the
 * object provided is unrecognized (must be of type Pod): ", if the text is no JSON object.
 */
gboolean
k8_json_decode_type (const char *text, gsize length, K8JsonDecoded *ret)
{
  K8JsonReader reader;

  k8_json_reader_init (&reader, text, length, NULL);
  K8JsonToken token = k8_json_reader_next (&reader);
  if (token == K8_JSON_OBJECT_BEGIN)
    read_members (&reader, ret);
  else if (token != K8_JSON_NULL && token != K8_JSON_ERROR)
    refuse (&reader, ret, "value", TYPE_STRUCT);
  k8_json_reader_next (&reader);
  gboolean is_fine = reader.token == K8_JSON_END;
  if (!is_fine)
    {
      ret->where = reader.error;
      if (ret->error == NULL)
        ret->error = g_strconcat (PREFIX, reader.error.message, NULL);
    }
  k8_json_reader_clear (&reader);
  return is_fine;
}

/* The items of the array whose first token is next. */
static void
read_items (K8JsonReader *reader, K8JsonItemFunc func, gpointer user_data)
{
  if (k8_json_reader_next (reader) != K8_JSON_ARRAY_BEGIN)
    {
      k8_json_reader_fail (reader, reader->token_start, "a list of items", "items is not a list");
      return;
    }
  for (;;)
    {
      const char *item;
      gsize length;
      K8JsonToken token = k8_json_reader_next (reader);
      if (token == K8_JSON_ARRAY_END || !k8_json_reader_skip (reader, &item, &length))
        return;
      if (!func (item, length, user_data))
        {
          k8_json_reader_fail (reader, item, "another item", "item was refused");
          return;
        }
    }
}

gboolean
k8_json_each_item (const char *text, gsize length, K8JsonItemFunc func, gpointer user_data,
                   K8JsonError *ret_error)
{
  K8JsonReader reader;
  gboolean has_items = FALSE;

  k8_json_reader_init (&reader, text, length, NULL);
  if (k8_json_reader_next (&reader) != K8_JSON_OBJECT_BEGIN)
    k8_json_reader_fail (&reader, reader.token_start, "an object", "a list is an object");
  while (k8_json_reader_next (&reader) == K8_JSON_KEY)
    {
      if (is_text (&reader, "items"))
        {
          has_items = TRUE;
          read_items (&reader, func, user_data);
          continue;
        }
      k8_json_reader_next (&reader);
      k8_json_reader_skip (&reader, NULL, NULL);
    }
  if (!has_items)
    k8_json_reader_fail (&reader, text, "items", "a list has items");
  gboolean is_fine = k8_json_reader_next (&reader) == K8_JSON_END;
  if (!is_fine && ret_error != NULL)
    *ret_error = reader.error;
  k8_json_reader_clear (&reader);
  return is_fine;
}

char *
k8_json_decoded_strict_error (const K8JsonDecoded *self)
{
  if (self->problems == NULL || self->problems->len == 0)
    return NULL;
  GString *text = g_string_new ("strict decoding error: ");
  for (guint i = 0; i < self->problems->len; i++)
    {
      if (i > 0)
        g_string_append (text, ", ");
      g_string_append (text, g_ptr_array_index (self->problems, i));
    }
  return g_string_free (text, FALSE);
}
