/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON to records: one pass over the tokens. The field expected next is tried first, so objects
 * written in the order of the rows are matched without a search. Recursion is as deep as the
 * text nests, which the reader bounds.
 * Source: sigs.k8s.io/json (case-sensitive, strict errors), encoding/json (type errors).
 * Departures: the first error ends the reading, where Go reads on after a wrong type; U+0000 in
 * a text is refused; lists and maps that are empty are absent, as after a trip through storage.
 */
#include "codec/json.h"

#include <string.h>

#include "base/assert.h"
#include "base/quantity.h"
#include "base/time.h"
#include "codec/json_errors.h"
#include "codec/value.h"
#include "schema/kinds.h"

enum
{
  MAX_DOUBLES = 1000,
};

typedef K8JsonFrame Frame;

typedef struct
{
  K8JsonReader reader;
  K8Region *region;
  K8JsonDecoded *ret;
  const K8MessageInfo *top;
  GString *scratch; /* values that are changed on the way in */
  GString *key;     /* of the pair being read */
  guint n_doubles;  /* fields that came again: each costs a copy of what came before */
} Decoder;

static const void *decode_object (Decoder *self, const K8MessageInfo *info, const Frame *outer,
                                  const void *base);

/* Refuses the token: it is no value of this type. */
static gboolean
refuse_type (Decoder *self, const Frame *frame, const char *type)
{
  const K8JsonReader *reader = &self->reader;

  if (reader->token == K8_JSON_ERROR)
    return FALSE;
  g_autoptr (GString) found = g_string_new (k8_json_token_name (reader->token));
  if (reader->token == K8_JSON_NUMBER && strncmp (type, "int", 3) == 0)
    {
      g_string_append_c (found, ' ');
      g_string_append_len (found, reader->text, (gssize) reader->length);
    }
  k8_json_reader_fail (&self->reader, reader->token_start, type, "");
  self->ret->error = k8_json_type_error (frame, found->str, type);
  return FALSE;
}

static gboolean
refuse_field_type (Decoder *self, const Frame *frame, K8JsonPart part)
{
  g_autofree char *type = k8_json_go_type (frame->field, part);

  return refuse_type (self, frame, type);
}

/* Refuses the token for a reason of its own. */
static gboolean
refuse_value (Decoder *self, const char *reason)
{
  if (self->reader.token == K8_JSON_ERROR)
    return FALSE;
  k8_json_reader_fail (&self->reader, self->reader.token_start, "another value", "");
  self->ret->error = g_strdup (reason);
  return FALSE;
}

/* A text of a record may not hold U+0000: it only can if it was escaped. */
static gboolean
check_text (Decoder *self)
{
  const K8JsonReader *reader = &self->reader;

  if (!reader->is_escaped || memchr (reader->text, '\0', reader->length) == NULL)
    return TRUE;
  return refuse_value (self, "invalid character '\\x00' in string literal");
}

static void
note_problem (Decoder *self, const Frame *frame, K8JsonPart part, const char *what,
              const char *key, gsize length)
{
  K8JsonDecoded *ret = self->ret;

  if (ret->problems == NULL)
    ret->problems = g_ptr_array_new_with_free_func (g_free);
  if (ret->problems->len >= K8_JSON_MAX_PROBLEMS)
    return;
  char *problem = k8_json_problem (frame, part, what, key, length);
  for (guint i = 0; i < ret->problems->len; i++)
    if (strcmp (g_ptr_array_index (ret->problems, i), problem) == 0)
      {
        g_free (problem);
        return;
      }
  g_ptr_array_add (ret->problems, problem);
}

/* The number that was just read, as one of the type's range. */
static gboolean
read_int (Decoder *self, const Frame *frame, gboolean is_wide, gint64 *ret_value)
{
  const K8JsonReader *reader = &self->reader;
  gint64 min = is_wide ? G_MININT64 : G_MININT32;
  gint64 max = is_wide ? G_MAXINT64 : G_MAXINT32;

  if (reader->token == K8_JSON_NUMBER
      && k8_value_parse_int (reader->text, reader->length, min, max, ret_value))
    return TRUE;
  return refuse_type (self, frame, is_wide ? "int64" : "int32");
}

static gboolean
read_time (Decoder *self, const Frame *frame, K8TimeLayout layout, gint64 *ret_value)
{
  const K8JsonReader *reader = &self->reader;

  if (reader->token != K8_JSON_STRING)
    return refuse_type (self, frame, "string");
  g_autoptr (GString) error = g_string_new (NULL);
  if (k8_value_parse_time (reader->text, reader->length, layout, ret_value, error))
    return TRUE;
  return refuse_value (self, error->str);
}

/* A quantity in canonical form, in scratch. */
static gboolean
read_quantity (Decoder *self)
{
  const K8JsonReader *reader = &self->reader;
  K8QuantityError error = K8_QUANTITY_BAD_FORMAT;
  char text[K8_QUANTITY_LETTERS + 1] = "0";
  K8Quantity quantity;

  if (reader->token == K8_JSON_ERROR)
    return FALSE;
  if (reader->token == K8_JSON_STRING || reader->token == K8_JSON_NUMBER)
    {
      g_string_truncate (self->scratch, 0);
      g_string_append_len (self->scratch, reader->text, (gssize) reader->length);
      if (strlen (self->scratch->str) == reader->length)
        error = k8_quantity_parse (self->scratch->str, &quantity);
    }
  if (reader->token != K8_JSON_NULL && error != K8_QUANTITY_OK)
    return refuse_value (self, k8_quantity_error_text (error));
  if (reader->token != K8_JSON_NULL)
    k8_quantity_format (&quantity, text);
  g_string_append (g_string_truncate (self->scratch, 0), text);
  return TRUE;
}

/* Bytes, in scratch. */
static gboolean
read_base64 (Decoder *self, const Frame *frame)
{
  const K8JsonReader *reader = &self->reader;
  gsize offset;

  if (reader->token != K8_JSON_STRING)
    return refuse_type (self, frame, "[]uint8");
  g_string_truncate (self->scratch, 0);
  if (k8_value_parse_base64 (reader->text, reader->length, self->scratch, &offset))
    return TRUE;
  g_autofree char *reason = k8_json_base64_error (offset);
  return refuse_value (self, reason);
}

static gboolean
decode_text (Decoder *self, K8Edit *edit, const Frame *frame)
{
  if (self->reader.token != K8_JSON_STRING)
    return refuse_field_type (self, frame, K8_JSON_WHOLE);
  if (!check_text (self))
    return FALSE;
  k8_edit_set_text (edit, frame->field, self->reader.text, (gssize) self->reader.length);
  return TRUE;
}

static gboolean
decode_bool (Decoder *self, K8Edit *edit, const Frame *frame)
{
  if (self->reader.token != K8_JSON_TRUE && self->reader.token != K8_JSON_FALSE)
    return refuse_type (self, frame, "bool");
  k8_edit_set_int (edit, frame->field, self->reader.token == K8_JSON_TRUE);
  return TRUE;
}

static gboolean
decode_int (Decoder *self, K8Edit *edit, const Frame *frame)
{
  gint64 value;

  if (!read_int (self, frame, frame->field->type == K8_FIELD_INT64, &value))
    return FALSE;
  k8_edit_set_int (edit, frame->field, value);
  return TRUE;
}

static gboolean
decode_double (Decoder *self, K8Edit *edit, const Frame *frame)
{
  if (self->reader.token != K8_JSON_NUMBER)
    return refuse_type (self, frame, "float64");
  g_string_truncate (self->scratch, 0);
  g_string_append_len (self->scratch, self->reader.text, (gssize) self->reader.length);
  k8_edit_set_int (edit, frame->field, k8_value_parse_double (self->scratch->str));
  return TRUE;
}

static gboolean
decode_time (Decoder *self, K8Edit *edit, const Frame *frame)
{
  gboolean is_micro = frame->field->type == K8_FIELD_MICRO_TIME;
  gint64 zero = is_micro ? K8_TIME_MIN_SECONDS * 1000000 : K8_TIME_MIN_SECONDS;
  gint64 value;

  if (!read_time (self, frame, is_micro ? K8_LAYOUT_MICRO : K8_LAYOUT_SECONDS, &value))
    return FALSE;
  if (value == zero)
    k8_edit_clear (edit, frame->field);
  else
    k8_edit_set_int (edit, frame->field, value);
  return TRUE;
}

static gboolean
decode_int_or_string (Decoder *self, K8Edit *edit, const Frame *frame)
{
  K8IntOrString value = { 0 };
  gint64 number = 0;

  if (self->reader.token == K8_JSON_STRING)
    {
      if (!check_text (self))
        return FALSE;
      g_string_truncate (self->scratch, 0);
      g_string_append_len (self->scratch, self->reader.text, (gssize) self->reader.length);
      value.is_text = TRUE;
      value.text = self->scratch->str;
    }
  else if (!read_int (self, frame, FALSE, &number))
    return FALSE;
  value.number = (gint32) number;
  k8_edit_set_int_or_string (edit, frame->field, value);
  return TRUE;
}

static gboolean
decode_raw (Decoder *self, K8Edit *edit, const Frame *frame)
{
  g_string_truncate (self->scratch, 0);
  if (!k8_json_reader_copy (&self->reader, self->scratch))
    return FALSE;
  k8_edit_set_text (edit, frame->field, self->scratch->str, (gssize) self->scratch->len);
  return TRUE;
}

static gboolean
decode_object_field (Decoder *self, K8Edit *edit, const Frame *frame)
{
  const K8Field *field = frame->field;
  const void *base;

  if (self->reader.token != K8_JSON_OBJECT_BEGIN)
    return refuse_field_type (self, frame, K8_JSON_WHOLE);
  base = k8_edit_get_object (edit, field);
  const void *record = decode_object (self, &k8_messages[field->message], frame, base);
  if (record == NULL)
    return FALSE;
  k8_edit_set_object (edit, field, record);
  return TRUE;
}

/* One item of a list; NULL items are zero values, as in Go. NULL on error, the list dropped. */
static K8List *
read_item (Decoder *self, K8List *list, const Frame *frame)
{
  const K8Field *field = frame->field;
  const K8JsonReader *reader = &self->reader;
  gboolean is_null = reader->token == K8_JSON_NULL;
  gint64 number = 0;

  if (field->type == K8_FIELD_LIST)
    {
      const K8MessageInfo *info = &k8_messages[field->message];
      const void *record = NULL;
      if (reader->token == K8_JSON_OBJECT_BEGIN || is_null)
        record = decode_object (self, info, frame, NULL);
      else
        refuse_field_type (self, frame, K8_JSON_ITEM);
      return record == NULL ? NULL : k8_list_add_object (list, record);
    }
  if (field->type == K8_FIELD_STRING_LIST || field->type == K8_FIELD_STRING_LIST_MAP)
    {
      if (is_null)
        return k8_list_add_text (list, "", 0);
      if (reader->token == K8_JSON_STRING)
        return check_text (self) ? k8_list_add_text (list, reader->text, (gssize) reader->length)
                                 : NULL;
      refuse_field_type (self, frame, K8_JSON_ITEM);
      return NULL;
    }
  if (!is_null && !read_int (self, frame, field->type == K8_FIELD_INT64_LIST, &number))
    return NULL;
  return k8_list_add_int (list, number);
}

/* The items up to the end of the array whose first token was read. NULL on error. */
static K8List *
read_list (Decoder *self, K8FieldType type, const Frame *outer)
{
  K8List *list = k8_list_new (self->region, type, 1);
  Frame frame = *outer;

  for (frame.index = 0;; frame.index++)
    {
      K8JsonToken token = k8_json_reader_next (&self->reader);
      if (token == K8_JSON_ARRAY_END)
        return list;
      K8List *longer = token == K8_JSON_ERROR ? NULL : read_item (self, list, &frame);
      if (longer == NULL)
        {
          k8_list_unref (list);
          return NULL;
        }
      list = longer;
    }
}

static gboolean
decode_list (Decoder *self, K8Edit *edit, const Frame *frame)
{
  if (self->reader.token != K8_JSON_ARRAY_BEGIN)
    return refuse_field_type (self, frame, K8_JSON_WHOLE);
  K8List *list = read_list (self, frame->field->type, frame);
  if (list == NULL)
    return FALSE;
  k8_edit_set_list (edit, frame->field, list);
  return TRUE;
}

/* The value of the key in self->key. NULL on error; the map is the caller's still. */
static K8List *
read_pair (Decoder *self, K8List *map, const Frame *frame)
{
  const GString *key = self->key;
  const K8JsonReader *reader = &self->reader;
  K8FieldType type = frame->field->type;
  gboolean is_null = reader->token == K8_JSON_NULL;

  if (type == K8_FIELD_STRING_MAP)
    {
      if (!is_null && reader->token != K8_JSON_STRING)
        {
          refuse_field_type (self, frame, K8_JSON_ITEM);
          return NULL;
        }
      if (!is_null && !check_text (self))
        return NULL;
      return k8_map_append (map, key->str, key->len, is_null ? "" : reader->text,
                            is_null ? 0 : reader->length);
    }
  if (type == K8_FIELD_STRING_LIST_MAP)
    {
      K8List *list = NULL;
      if (is_null)
        list = k8_list_new (self->region, K8_FIELD_STRING_LIST, 1);
      else if (reader->token == K8_JSON_ARRAY_BEGIN)
        list = read_list (self, K8_FIELD_STRING_LIST, frame);
      else
        refuse_field_type (self, frame, K8_JSON_ITEM);
      return list == NULL ? NULL : k8_map_append_list (map, key->str, key->len, list);
    }
  if (type == K8_FIELD_BYTES_MAP && is_null)
    g_string_truncate (self->scratch, 0);
  else if (!(type == K8_FIELD_BYTES_MAP ? read_base64 (self, frame) : read_quantity (self)))
    return NULL;
  return k8_map_append (map, key->str, key->len, self->scratch->str, self->scratch->len);
}

static gboolean
read_key (Decoder *self)
{
  if (!check_text (self))
    return FALSE;
  g_string_truncate (self->key, 0);
  g_string_append_len (self->key, self->reader.text, (gssize) self->reader.length);
  return TRUE;
}

/* Names the keys of a sorted map that came more than once. */
static void
note_double_keys (Decoder *self, const K8List *map, const Frame *frame)
{
  for (guint i = 1; i < k8_list_n (map); i++)
    {
      const char *key = k8_map_get_key (map, i);
      if (k8_string_equal (k8_map_get_key (map, i - 1), key))
        note_problem (self, frame, K8_JSON_ITEM, "duplicate", key, k8_string_length (key));
    }
}

static gboolean
decode_map (Decoder *self, K8Edit *edit, const Frame *frame)
{
  if (self->reader.token != K8_JSON_OBJECT_BEGIN)
    return refuse_field_type (self, frame, K8_JSON_WHOLE);
  K8List *map = k8_edit_has (edit, frame->field) ? k8_edit_own_list (edit, frame->field, 0)
                                                 : k8_list_new (self->region,
                                                                frame->field->type, 1);
  guint n_before = k8_list_n (map);
  for (;;)
    {
      K8List *longer = NULL;
      if (k8_json_reader_next (&self->reader) == K8_JSON_OBJECT_END)
        break;
      if (self->reader.token == K8_JSON_KEY && read_key (self)
          && k8_json_reader_next (&self->reader) != K8_JSON_ERROR)
        longer = read_pair (self, map, frame);
      if (longer == NULL)
        {
          k8_list_unref (map);
          return FALSE;
        }
      map = longer;
    }
  if (k8_map_sort (map) > 0)
    {
      if (n_before == 0)
        note_double_keys (self, map, frame);
      k8_map_drop_doubles (map);
    }
  k8_edit_set_list (edit, frame->field, map);
  return TRUE;
}

/* The value of a field, whose first token was read. */
static gboolean
decode_field (Decoder *self, K8Edit *edit, const Frame *frame)
{
  const K8Field *field = frame->field;

  if (self->reader.token == K8_JSON_NULL)
    {
      k8_edit_clear (edit, field);
      return TRUE;
    }
  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_NONE:
      break;
    case K8_FIELD_STRING:
      return decode_text (self, edit, frame);
    case K8_FIELD_INT:
    case K8_FIELD_INT64:
      return decode_int (self, edit, frame);
    case K8_FIELD_BOOL:
      return decode_bool (self, edit, frame);
    case K8_FIELD_DOUBLE:
      return decode_double (self, edit, frame);
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
      return decode_time (self, edit, frame);
    case K8_FIELD_QUANTITY:
      if (!read_quantity (self))
        return FALSE;
      k8_value_set_quantity (edit, field, self->scratch);
      return TRUE;
    case K8_FIELD_INT_OR_STRING:
      return decode_int_or_string (self, edit, frame);
    case K8_FIELD_BYTES:
      if (!read_base64 (self, frame))
        return FALSE;
      k8_edit_set_text (edit, field, self->scratch->str, (gssize) self->scratch->len);
      return TRUE;
    case K8_FIELD_RAW:
      return decode_raw (self, edit, frame);
    case K8_FIELD_OBJECT:
      return decode_object_field (self, edit, frame);
    case K8_FIELD_LIST:
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_INT_LIST:
    case K8_FIELD_INT64_LIST:
      return decode_list (self, edit, frame);
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_QUANTITY_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      return decode_map (self, edit, frame);
    }
  k8_assert_not_reached ();
  return FALSE;
}

/* kind or apiVersion at the top, where the rows do not have them. */
static gboolean
read_type_field (Decoder *self, const Frame *frame, gboolean *ret_is_type)
{
  const K8JsonReader *reader = &self->reader;
  gboolean is_kind = reader->length == 4 && memcmp (reader->text, "kind", 4) == 0;
  char **place = is_kind ? &self->ret->kind : &self->ret->api_version;

  *ret_is_type = is_kind || (reader->length == 10 && memcmp (reader->text, "apiVersion", 10) == 0);
  if (!*ret_is_type)
    return TRUE;
  if (*place != NULL)
    note_problem (self, frame, K8_JSON_WHOLE, "duplicate", reader->text, reader->length);
  k8_json_reader_next (&self->reader);
  if (reader->token != K8_JSON_STRING)
    return refuse_type (self, frame, "string");
  if (!check_text (self))
    return FALSE;
  g_free (*place);
  *place = g_strndup (reader->text, reader->length);
  return TRUE;
}

/* A key that no row has: the type of the whole object, or a problem. */
static gboolean
read_unknown (Decoder *self, const Frame *frame)
{
  const K8JsonReader *reader = &self->reader;
  gboolean is_type = FALSE;

  if (frame->outer == NULL && !read_type_field (self, frame, &is_type))
    return FALSE;
  if (is_type)
    return TRUE;
  note_problem (self, frame, K8_JSON_WHOLE, "unknown", reader->text, reader->length);
  k8_json_reader_next (&self->reader);
  return k8_json_reader_skip (&self->reader, NULL, NULL);
}

/* The field with the name just read: the one at *inout_next if the text keeps the rows' order. */
static inline const K8Field *
match_field (const Decoder *self, const K8MessageInfo *info, guint *inout_next)
{
  const char *name = self->reader.text;
  gsize length = self->reader.length;
  const K8Field *field = &info->fields[*inout_next];

  if (*inout_next >= info->n_fields || field->name_bytes != length
      || memcmp (field->name, name, length) != 0)
    field = k8_message_find_field (info, name, length);
  if (field != NULL)
    *inout_next = (guint) (field - info->fields) + 1;
  return field;
}

static gboolean
note_double_field (Decoder *self, const Frame *frame)
{
  if (++self->n_doubles > MAX_DOUBLES)
    return refuse_value (self, "too many duplicate fields");
  note_problem (self, frame, K8_JSON_WHOLE, "duplicate", frame->field->name,
                frame->field->name_bytes);
  return TRUE;
}

static gboolean
decode_fields (Decoder *self, K8Edit *edit, Frame *frame)
{
  guint64 seen = 0;
  guint next = 0;

  while (k8_json_reader_next (&self->reader) != K8_JSON_OBJECT_END)
    {
      if (self->reader.token == K8_JSON_ERROR)
        return FALSE;
      frame->field = match_field (self, frame->info, &next);
      if (frame->field == NULL)
        {
          if (!read_unknown (self, frame))
            return FALSE;
          continue;
        }
      guint64 bit = G_GUINT64_CONSTANT (1) << (frame->field - frame->info->fields);
      if ((seen & bit) != 0 && !note_double_field (self, frame))
        return FALSE;
      seen |= bit;
      k8_json_reader_next (&self->reader);
      if (!decode_field (self, edit, frame))
        return FALSE;
    }
  return TRUE;
}

/* The object whose first token was read, or the zero value for null, over @base if an object
 * came before under the same key. (transfer full) (nullable) */
static const void *
decode_object (Decoder *self, const K8MessageInfo *info, const Frame *outer, const void *base)
{
  Frame frame = { .outer = outer, .info = info, .index = -1 };
  K8Edit edit;

  k8_edit_init (&edit, self->region, info, base);
  if (self->reader.token == K8_JSON_NULL || decode_fields (self, &edit, &frame))
    return k8_edit_seal (&edit);
  k8_edit_drop (&edit);
  return NULL;
}

static void
take_error (Decoder *self)
{
  K8JsonDecoded *ret = self->ret;

  ret->where = self->reader.error;
  if (ret->error == NULL)
    ret->error = g_strdup (self->reader.error.message);
}

static const void *
decode_top (Decoder *self)
{
  Frame frame = { .info = self->top, .index = -1 };
  const void *record = NULL;

  k8_json_reader_next (&self->reader);
  if (self->reader.token == K8_JSON_OBJECT_BEGIN || self->reader.token == K8_JSON_NULL)
    record = decode_object (self, self->top, NULL, NULL);
  else
    {
      g_autofree char *type = g_strconcat ("v1.", self->top->name, NULL);
      refuse_type (self, &frame, type);
    }
  if (record != NULL && k8_json_reader_next (&self->reader) == K8_JSON_END)
    return record;
  k8_record_unref (record);
  take_error (self);
  return NULL;
}

/**
 * k8_json_decode:
 * @info: what the text is to be
 * @ret: what else was found; zeroed or cleared by the caller
 *
 * Reads a message. At the top, `kind` and `apiVersion` are allowed beside the rows.
 *
 * Returns: (transfer full) (nullable): the record, or NULL with ret->error set.
 * Cost: O(length); maps whose keys are not sorted cost a sort.
 */
const void *
k8_json_decode (K8Region *region, const K8MessageInfo *info, const char *text, gsize length,
                K8JsonDecoded *ret)
{
  Decoder decoder = { .region = region, .ret = ret, .top = info };

  k8_json_reader_init (&decoder.reader, text, length, NULL);
  decoder.scratch = g_string_sized_new (128);
  decoder.key = g_string_sized_new (64);
  const void *record = decode_top (&decoder);
  g_string_free (decoder.scratch, TRUE);
  g_string_free (decoder.key, TRUE);
  k8_json_reader_clear (&decoder.reader);
  return record;
}

void
k8_json_decoded_clear (K8JsonDecoded *self)
{
  g_clear_pointer (&self->api_version, g_free);
  g_clear_pointer (&self->kind, g_free);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->error, g_free);
}
