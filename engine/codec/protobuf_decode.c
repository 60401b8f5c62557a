/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf to records. Fields are found by tag, in any order; of a field that comes twice the
 * last value stays, messages are merged. Recursion is bounded by a depth.
 * Source: gogo/protobuf's generated Unmarshal; apimachinery pkg/runtime/serializer/protobuf.
 * Departures: texts that are no UTF-8 or hold NUL, groups (long deprecated), raw values that are
 * no JSON and times out of range are refused, where upstream keeps them until they hurt.
 */
#include "codec/protobuf.h"

#include <string.h>

#include "base/assert.h"
#include "base/quantity.h"
#include "base/time.h"
#include "codec/json_scan.h"
#include "codec/protobuf_wire.h"
#include "codec/value.h"
#include "schema/kinds.h"

enum
{
  MAX_DEPTH = 100,
  MAX_MERGES = 1000,
};

typedef struct
{
  K8Region *region;
  const char *start;
  K8ProtobufDecoded *ret;
  GString *scratch;
  guint depth;
  guint n_merges; /* messages that came again: each costs a copy of what came before */
} Decoder;

static const void *decode_message (Decoder *self, const K8MessageInfo *info, K8Wire wire,
                                   const void *base);

static gboolean
refuse (Decoder *self, const K8Wire *at, const char *error)
{
  K8ProtobufDecoded *ret = self->ret;

  if (ret->error != NULL)
    return FALSE;
  ret->error = g_strdup (error);
  ret->offset = (gsize) ((const char *) at->next - self->start);
  return FALSE;
}

/* Passes on an error of the wire, if there is one. */
static gboolean
check_wire (Decoder *self, const K8Wire *wire)
{
  return wire->error == NULL || refuse (self, wire, wire->error);
}

static gboolean
check_type (Decoder *self, const K8WireField *found, guint wire_type)
{
  if (found->wire_type == wire_type)
    return TRUE;
  return refuse (self, &found->piece, "proto: wrong wireType");
}

/* A text: UTF-8 without NUL. */
static gboolean
check_text (Decoder *self, const K8WireField *found)
{
  const char *text = (const char *) found->piece.next;
  gsize length = k8_wire_left (&found->piece);

  if (!check_type (self, found, K8_WIRE_BYTES))
    return FALSE;
  if (length == 0 || g_utf8_validate_len (text, length, NULL))
    return TRUE;
  return refuse (self, &found->piece, "proto: invalid UTF-8 or NUL in a string");
}

/* The last value of a field of a small message, as a number or as a piece; others are skipped. */
static gboolean
read_one (Decoder *self, K8Wire wire, guint number, K8WireField *ret_found)
{
  K8WireField field;

  while (k8_wire_next (&wire, &field))
    if (field.number == number)
      *ret_found = field;
  return check_wire (self, &wire);
}

static gboolean
read_number (Decoder *self, K8Wire wire, guint number, gint64 *ret_value)
{
  K8WireField found = { .wire_type = K8_WIRE_VARINT };

  if (!read_one (self, wire, number, &found) || !check_type (self, &found, K8_WIRE_VARINT))
    return FALSE;
  *ret_value = (gint64) found.value;
  return TRUE;
}

/* A text or bytes inside a small message; empty if absent. */
static gboolean
read_piece (Decoder *self, K8Wire wire, guint number, K8WireField *ret_found)
{
  *ret_found = (K8WireField){ .wire_type = K8_WIRE_BYTES,
                              .piece = { .next = wire.next, .end = wire.next } };
  return read_one (self, wire, number, ret_found)
         && check_type (self, ret_found, K8_WIRE_BYTES);
}

/* Timestamp {1 seconds, 2 nanos}; no bytes at all are Go's zero time. */
static gboolean
decode_time (Decoder *self, K8Edit *edit, const K8Field *field, K8Wire wire)
{
  gint64 seconds = 0;
  gint64 nanos = 0;

  if (k8_wire_left (&wire) == 0)
    {
      k8_edit_clear (edit, field);
      return TRUE;
    }
  if (!read_number (self, wire, 1, &seconds) || !read_number (self, wire, 2, &nanos))
    return FALSE;
  if (!k8_time_is_in_range (seconds) || nanos < 0 || nanos >= K8_SECOND_NS)
    return refuse (self, &wire, "proto: time out of range");
  if (field->type == K8_FIELD_MICRO_TIME)
    seconds = seconds * 1000000 + nanos / K8_MICROSECOND_NS;
  k8_edit_set_int (edit, field, seconds);
  return TRUE;
}

/* The canonical text of a Quantity {1 string}, in scratch. */
static gboolean
read_quantity (Decoder *self, K8Wire wire)
{
  char text[K8_QUANTITY_LETTERS + 1] = "0";
  K8WireField found;
  K8Quantity quantity;

  if (!read_piece (self, wire, 1, &found) || !check_text (self, &found))
    return FALSE;
  g_string_truncate (self->scratch, 0);
  g_string_append_len (self->scratch, (const char *) found.piece.next,
                       (gssize) k8_wire_left (&found.piece));
  if (self->scratch->len > 0)
    {
      K8QuantityError error = k8_quantity_parse (self->scratch->str, &quantity);
      if (error != K8_QUANTITY_OK)
        return refuse (self, &found.piece, k8_quantity_error_text (error));
      k8_quantity_format (&quantity, text);
    }
  g_string_append (g_string_truncate (self->scratch, 0), text);
  return TRUE;
}

/* IntOrString {1 type, 2 int, 3 string}. */
static gboolean
decode_int_or_string (Decoder *self, K8Edit *edit, const K8Field *field, K8Wire wire)
{
  K8IntOrString value = { 0 };
  gint64 is_text = 0;
  gint64 number = 0;
  K8WireField found;

  if (!read_number (self, wire, 1, &is_text) || !read_number (self, wire, 2, &number)
      || !read_piece (self, wire, 3, &found) || !check_text (self, &found))
    return FALSE;
  g_string_truncate (self->scratch, 0);
  g_string_append_len (self->scratch, (const char *) found.piece.next,
                       (gssize) k8_wire_left (&found.piece));
  value.is_text = is_text == 1;
  value.number = (gint32) number;
  value.text = self->scratch->str;
  k8_edit_set_int_or_string (edit, field, value);
  return TRUE;
}

/* FieldsV1 or RawExtension {1 bytes}, which must be JSON; kept without white space. */
static gboolean
decode_raw (Decoder *self, K8Edit *edit, const K8Field *field, K8Wire wire)
{
  K8WireField found;
  K8JsonReader reader;

  if (!read_piece (self, wire, 1, &found))
    return FALSE;
  if (k8_wire_left (&found.piece) == 0)
    {
      k8_edit_clear (edit, field);
      return TRUE;
    }
  g_string_truncate (self->scratch, 0);
  k8_json_reader_init (&reader, (const char *) found.piece.next, k8_wire_left (&found.piece),
                       NULL);
  k8_json_reader_next (&reader);
  gboolean is_json = k8_json_reader_copy (&reader, self->scratch)
                     && k8_json_reader_next (&reader) == K8_JSON_END;
  k8_json_reader_clear (&reader);
  if (!is_json)
    return refuse (self, &found.piece, "proto: raw value is not JSON");
  k8_edit_set_text (edit, field, self->scratch->str, (gssize) self->scratch->len);
  return TRUE;
}

static gboolean
decode_object (Decoder *self, K8Edit *edit, const K8Field *field, K8Wire wire)
{
  const void *base = k8_edit_get_object (edit, field);

  if (base != NULL && ++self->n_merges > MAX_MERGES)
    return refuse (self, &wire, "proto: too many repetitions of a message");
  const void *record = decode_message (self, &k8_messages[field->message], wire, base);

  if (record == NULL)
    return FALSE;
  k8_edit_set_object (edit, field, record);
  return TRUE;
}

/* The numbers of a packed list. */
static gboolean
add_packed (Decoder *self, K8List **inout_list, K8Wire wire)
{
  guint64 value;

  while (wire.next < wire.end)
    {
      if (!k8_wire_read_varint (&wire, &value))
        return check_wire (self, &wire);
      *inout_list = k8_list_add_int (*inout_list, (gint64) value);
    }
  return TRUE;
}

static gboolean
add_item (Decoder *self, K8List **inout_list, const K8Field *field, const K8WireField *found)
{
  if (field->type == K8_FIELD_INT_LIST || field->type == K8_FIELD_INT64_LIST)
    {
      if (found->wire_type == K8_WIRE_BYTES)
        return add_packed (self, inout_list, found->piece);
      if (!check_type (self, found, K8_WIRE_VARINT))
        return FALSE;
      *inout_list = k8_list_add_int (*inout_list, (gint64) found->value);
      return TRUE;
    }
  if (field->type == K8_FIELD_LIST)
    {
      if (!check_type (self, found, K8_WIRE_BYTES))
        return FALSE;
      const void *record
          = decode_message (self, &k8_messages[field->message], found->piece, NULL);
      if (record == NULL)
        return FALSE;
      *inout_list = k8_list_add_object (*inout_list, record);
      return TRUE;
    }
  if (!check_text (self, found))
    return FALSE;
  *inout_list = k8_list_add_text (*inout_list, (const char *) found->piece.next,
                                  (gssize) k8_wire_left (&found->piece));
  return TRUE;
}

/* ExtraValue {1 repeated string}. */
static const K8List *
read_texts (Decoder *self, K8Wire wire)
{
  K8List *list = k8_list_new (self->region, K8_FIELD_STRING_LIST, 1);
  K8WireField found;
  gboolean is_fine = TRUE;

  while (is_fine && k8_wire_next (&wire, &found))
    {
      if (found.number != 1)
        continue;
      is_fine = check_text (self, &found);
      if (is_fine)
        list = k8_list_add_text (list, (const char *) found.piece.next,
                                 (gssize) k8_wire_left (&found.piece));
    }
  if (is_fine && check_wire (self, &wire))
    return list;
  k8_list_unref (list);
  return NULL;
}

/* One entry {1 key, 2 value} of a map. */
static gboolean
add_pair (Decoder *self, K8List **inout_map, const K8Field *field, K8Wire wire)
{
  K8WireField key;
  K8WireField value;

  if (!read_piece (self, wire, 1, &key) || !check_text (self, &key)
      || !read_piece (self, wire, 2, &value))
    return FALSE;
  const char *text = (const char *) value.piece.next;
  gsize length = k8_wire_left (&value.piece);
  const char *name = (const char *) key.piece.next;
  gsize name_length = k8_wire_left (&key.piece);
  if (field->type == K8_FIELD_STRING_LIST_MAP)
    {
      const K8List *list = read_texts (self, value.piece);
      if (list != NULL)
        *inout_map = k8_map_append_list (*inout_map, name, name_length, list);
      return list != NULL;
    }
  if (field->type == K8_FIELD_STRING_MAP && !check_text (self, &value))
    return FALSE;
  if (field->type == K8_FIELD_QUANTITY_MAP)
    {
      if (!read_quantity (self, value.piece))
        return FALSE;
      text = self->scratch->str;
      length = self->scratch->len;
    }
  *inout_map = k8_map_append (*inout_map, name, name_length, text, length);
  return TRUE;
}

static gboolean
is_map (const K8Field *field)
{
  return field->type >= K8_FIELD_STRING_MAP;
}

/* One item or pair more. Maps stay unsorted until the message ends. */
static gboolean
decode_item (Decoder *self, K8Edit *edit, const K8Field *field, const K8WireField *found)
{
  K8List *list = k8_edit_own_list (edit, field, 1);
  gboolean is_fine;

  if (!is_map (field))
    is_fine = add_item (self, &list, field, found);
  else
    is_fine = check_type (self, found, K8_WIRE_BYTES)
              && add_pair (self, &list, field, found->piece);
  k8_edit_give_list (edit, field, list);
  return is_fine;
}

static gboolean
decode_number (Decoder *self, K8Edit *edit, const K8Field *field, const K8WireField *found)
{
  gint64 value = (gint64) found->value;
  gboolean is_double = field->type == K8_FIELD_DOUBLE;

  if (!check_type (self, found, is_double ? K8_WIRE_FIXED64 : K8_WIRE_VARINT))
    return FALSE;
  if (field->type == K8_FIELD_INT)
    value = (gint32) value;
  else if (field->type == K8_FIELD_BOOL)
    value = value != 0;
  k8_edit_set_int (edit, field, value);
  return TRUE;
}

/* A field whose value is a piece: a text, bytes or a message. */
static gboolean
decode_piece (Decoder *self, K8Edit *edit, const K8Field *field, const K8WireField *found)
{
  const char *bytes = (const char *) found->piece.next;

  if (!check_type (self, found, K8_WIRE_BYTES))
    return FALSE;
  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_STRING:
      if (!check_text (self, found))
        return FALSE;
      k8_edit_set_text (edit, field, bytes, (gssize) k8_wire_left (&found->piece));
      return TRUE;
    case K8_FIELD_BYTES:
      k8_edit_set_text (edit, field, bytes, (gssize) k8_wire_left (&found->piece));
      return TRUE;
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
      return decode_time (self, edit, field, found->piece);
    case K8_FIELD_QUANTITY:
      if (!read_quantity (self, found->piece))
        return FALSE;
      k8_value_set_quantity (edit, field, self->scratch);
      return TRUE;
    case K8_FIELD_INT_OR_STRING:
      return decode_int_or_string (self, edit, field, found->piece);
    case K8_FIELD_RAW:
      return decode_raw (self, edit, field, found->piece);
    case K8_FIELD_OBJECT:
      return decode_object (self, edit, field, found->piece);
    case K8_FIELD_NONE:
    case K8_FIELD_INT:
    case K8_FIELD_INT64:
    case K8_FIELD_BOOL:
    case K8_FIELD_DOUBLE:
    case K8_FIELD_LIST:
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_INT_LIST:
    case K8_FIELD_INT64_LIST:
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_QUANTITY_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      break;
    }
  k8_assert_not_reached ();
  return FALSE;
}

static gboolean
decode_field (Decoder *self, K8Edit *edit, const K8Field *field, const K8WireField *found)
{
  if (field->type >= K8_FIELD_LIST)
    return decode_item (self, edit, field, found);
  if (field->type == K8_FIELD_INT || field->type == K8_FIELD_INT64
      || field->type == K8_FIELD_BOOL || field->type == K8_FIELD_DOUBLE)
    return decode_number (self, edit, field, found);
  return decode_piece (self, edit, field, found);
}

static gboolean
has_inside (const K8MessageInfo *info, guint number)
{
  for (guint i = 0; i < info->n_fields; i++)
    if (info->fields[i].inside == number)
      return TRUE;
  return FALSE;
}

/* The fields of a message, or of the embedded one (@inside) that shares its record. */
static gboolean
decode_fields (Decoder *self, K8Edit *edit, guint inside, K8Wire wire)
{
  K8WireField found;

  while (k8_wire_next (&wire, &found))
    {
      const K8Field *field = k8_message_find_number (edit->info, inside, found.number);
      if (field != NULL)
        {
          if (!decode_field (self, edit, field, &found))
            return FALSE;
        }
      else if (inside == 0 && has_inside (edit->info, found.number))
        {
          if (!check_type (self, &found, K8_WIRE_BYTES)
              || !decode_fields (self, edit, found.number, found.piece))
            return FALSE;
        }
    }
  return check_wire (self, &wire);
}

static void
sort_maps (K8Edit *edit)
{
  for (guint i = 0; i < edit->info->n_fields; i++)
    {
      const K8Field *field = &edit->info->fields[i];
      if (!is_map (field) || !k8_edit_has (edit, field))
        continue;
      K8List *map = k8_edit_own_list (edit, field, 0);
      if (k8_map_sort (map) > 0)
        k8_map_drop_doubles (map);
      k8_edit_give_list (edit, field, map);
    }
}

static const void *
decode_message (Decoder *self, const K8MessageInfo *info, K8Wire wire, const void *base)
{
  K8Edit edit;

  if (self->depth >= MAX_DEPTH)
    {
      refuse (self, &wire, "proto: exceeded max depth");
      return NULL;
    }
  self->depth++;
  k8_edit_init (&edit, self->region, info, base);
  gboolean is_fine = decode_fields (self, &edit, 0, wire);
  self->depth--;
  if (!is_fine)
    {
      k8_edit_drop (&edit);
      return NULL;
    }
  sort_maps (&edit);
  return k8_edit_seal (&edit);
}

/* Takes a message apart that has no envelope (any more). */
static const void *
decode_wire (K8Region *region, const K8MessageInfo *info, const char *start, K8Wire wire,
             K8ProtobufDecoded *ret)
{
  Decoder decoder = { .region = region, .start = start, .ret = ret };

  decoder.scratch = g_string_sized_new (128);
  const void *record = decode_message (&decoder, info, wire, NULL);
  g_string_free (decoder.scratch, TRUE);
  return record;
}

const void *
k8_protobuf_decode_message (K8Region *region, const K8MessageInfo *info, const char *bytes,
                            gsize length, K8ProtobufDecoded *ret)
{
  return decode_wire (region, info, bytes, k8_wire_make (bytes, length), ret);
}

static const char magic[4] = { 'k', '8', 's', '\0' };

gboolean
k8_protobuf_is_envelope (const char *bytes, gsize length)
{
  return length >= sizeof magic && memcmp (bytes, magic, sizeof magic) == 0;
}

static gboolean
read_type (Decoder *self, K8Wire wire)
{
  K8WireField version;
  K8WireField kind;

  if (!read_piece (self, wire, 1, &version) || !check_text (self, &version)
      || !read_piece (self, wire, 2, &kind) || !check_text (self, &kind))
    return FALSE;
  self->ret->api_version
      = g_strndup ((const char *) version.piece.next, k8_wire_left (&version.piece));
  self->ret->kind = g_strndup ((const char *) kind.piece.next, k8_wire_left (&kind.piece));
  return TRUE;
}

/* Unknown {1 TypeMeta, 2 raw, 3 content encoding, 4 content type}. */
static gboolean
read_envelope (Decoder *self, gsize length, K8Wire *ret_raw)
{
  K8Wire wire = k8_wire_make (self->start, length);
  K8WireField type;
  K8WireField raw;
  K8WireField encoding;

  if (!k8_protobuf_is_envelope (self->start, length))
    return refuse (self, &wire, "provided data does not appear to be a protobuf message");
  wire.next += sizeof magic;
  if (!read_piece (self, wire, 1, &type) || !read_type (self, type.piece)
      || !read_piece (self, wire, 2, &raw) || !read_piece (self, wire, 3, &encoding))
    return FALSE;
  if (k8_wire_left (&encoding.piece) > 0)
    return refuse (self, &encoding.piece, "proto: content encoding is not known");
  *ret_raw = raw.piece;
  return TRUE;
}

gboolean
k8_protobuf_decode_type (const char *bytes, gsize length, K8ProtobufDecoded *ret)
{
  Decoder decoder = { .start = bytes, .ret = ret };
  K8Wire raw;

  return read_envelope (&decoder, length, &raw);
}

/**
 * k8_protobuf_decode:
 * @info: what the message is to be; the caller compares ret->kind with it
 * @ret: what else was found; zeroed or cleared by the caller
 *
 * Opens an envelope and reads the message in it.
 *
 * Returns: (transfer full) (nullable): the record, or NULL with ret->error set.
 */
const void *
k8_protobuf_decode (K8Region *region, const K8MessageInfo *info, const char *bytes, gsize length,
                    K8ProtobufDecoded *ret)
{
  Decoder decoder = { .start = bytes, .ret = ret };
  K8Wire raw;

  if (!read_envelope (&decoder, length, &raw))
    return NULL;
  return decode_wire (region, info, bytes, raw, ret);
}

void
k8_protobuf_decoded_clear (K8ProtobufDecoded *self)
{
  g_clear_pointer (&self->api_version, g_free);
  g_clear_pointer (&self->kind, g_free);
  g_clear_pointer (&self->error, g_free);
}
