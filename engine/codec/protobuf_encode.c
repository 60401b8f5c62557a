/* SPDX-License-Identifier: Apache-2.0
 *
 * Records to Protobuf, from the end to the start as gogo/protobuf does it: what has been
 * written is what the length in front of it must say, so nothing is measured beforehand.
 * The order of a message's rows by tag is sorted once a call and kept for its next record.
 * Source: gogo/protobuf's generated Marshal; apimachinery pkg/runtime/serializer/protobuf,
 * meta/v1 time_proto.go, micro_time_proto.go, api/resource generated.pb.go.
 */
#include "codec/protobuf.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "codec/protobuf_wire.h"
#include "schema/kinds.h"

enum
{
  FIRST_BYTES = 4096,
  MAX_FIELDS = 64,
};

typedef struct
{
  char *bytes;    /* written are the last n_written of size */
  gsize size;
  gsize n_written;
  const char *resource_version; /* (nullable): of the object's metadata */
  guint8 *orders[k8_n_messages]; /* rows by tag; made when first needed */
} Encoder;

static void write_message (Encoder *self, const K8MessageInfo *info, const K8Record *record,
                           const char *resource_version);

static void
init_encoder (Encoder *self)
{
  memset (self, 0, sizeof *self);
  self->size = FIRST_BYTES;
  self->bytes = g_malloc (self->size);
}

/* Hands over what was written. */
static void
finish_encoder (Encoder *self, GString *out)
{
  g_string_append_len (out, self->bytes + self->size - self->n_written,
                       (gssize) self->n_written);
  for (guint i = 0; i < k8_n_messages; i++)
    g_free (self->orders[i]);
  g_free (self->bytes);
}

/* Room for @n bytes in front of what is written; the place of its first byte. */
static char *
take_room (Encoder *self, gsize n)
{
  if (self->size - self->n_written < n)
    {
      gsize size = self->size * 2 + n;
      char *bytes = g_malloc (size);
      memcpy (bytes + size - self->n_written, self->bytes + self->size - self->n_written,
              self->n_written);
      g_free (self->bytes);
      self->bytes = bytes;
      self->size = size;
    }
  self->n_written += n;
  return self->bytes + self->size - self->n_written;
}

static void
put_bytes (Encoder *self, const void *bytes, gsize n)
{
  if (n > 0)
    memcpy (take_room (self, n), bytes, n);
}

static void
put_varint (Encoder *self, guint64 value)
{
  guint8 bytes[10];
  guint n = 0;

  while (value >= 0x80)
    {
      bytes[n++] = (guint8) (value | 0x80);
      value >>= 7;
    }
  bytes[n++] = (guint8) value;
  put_bytes (self, bytes, n);
}

static void
put_tag (Encoder *self, guint number, guint wire_type)
{
  put_varint (self, ((guint64) number << 3) | wire_type);
}

static void
put_number (Encoder *self, guint number, gint64 value)
{
  put_varint (self, (guint64) value);
  put_tag (self, number, K8_WIRE_VARINT);
}

static void
put_piece (Encoder *self, guint number, const void *bytes, gsize n)
{
  put_bytes (self, bytes, n);
  put_varint (self, n);
  put_tag (self, number, K8_WIRE_BYTES);
}

/* A text of a region; NULL is "". */
static void
put_text (Encoder *self, guint number, const char *text)
{
  put_piece (self, number, text, text == NULL ? 0 : k8_string_length (text));
}

/* Length and tag of the message that was written since @before. */
static void
close_message (Encoder *self, guint number, gsize before)
{
  put_varint (self, self->n_written - before);
  put_tag (self, number, K8_WIRE_BYTES);
}

static void
put_time (Encoder *self, const K8Field *field, const K8Record *record)
{
  gsize before = self->n_written;
  gint64 value = k8_record_get_int (record, field);
  gint64 micro = 0;

  if (k8_record_has (record, field))
    {
      if (field->type == K8_FIELD_MICRO_TIME)
        {
          micro = value % 1000000;
          value = value / 1000000 - (micro < 0);
          micro += micro < 0 ? 1000000 : 0;
        }
      put_number (self, 2, micro * K8_MICROSECOND_NS);
      put_number (self, 1, value);
    }
  close_message (self, field->number, before);
}

static void
put_quantity (Encoder *self, guint number, const char *text)
{
  gsize before = self->n_written;

  if (text == NULL)
    put_piece (self, 1, "0", 1);
  else
    put_text (self, 1, text);
  close_message (self, number, before);
}

static void
put_int_or_string (Encoder *self, guint number, K8IntOrString value)
{
  gsize before = self->n_written;

  put_text (self, 3, value.text);
  put_number (self, 2, value.number);
  put_number (self, 1, value.is_text);
  close_message (self, number, before);
}

static void
put_raw (Encoder *self, guint number, const char *json)
{
  gsize before = self->n_written;

  if (json != NULL)
    put_text (self, 1, json);
  close_message (self, number, before);
}

static void
put_list (Encoder *self, const K8Field *field, const K8List *list)
{
  for (guint i = k8_list_n (list); i-- > 0;)
    {
      gsize before = self->n_written;
      if (field->type == K8_FIELD_STRING_LIST)
        put_text (self, field->number, k8_list_get_text (list, i));
      else if (field->type == K8_FIELD_LIST)
        {
          write_message (self, &k8_messages[field->message], k8_list_get_object (list, i), NULL);
          close_message (self, field->number, before);
        }
      else
        put_number (self, field->number, k8_list_get_int (list, i));
    }
}

static void
put_texts (Encoder *self, const K8List *list)
{
  gsize before = self->n_written;

  for (guint i = k8_list_n (list); i-- > 0;)
    put_text (self, 1, k8_list_get_text (list, i));
  close_message (self, 2, before);
}

static void
put_map (Encoder *self, const K8Field *field, const K8List *map)
{
  for (guint i = k8_list_n (map); i-- > 0;)
    {
      gsize before = self->n_written;
      if (field->type == K8_FIELD_STRING_LIST_MAP)
        put_texts (self, k8_map_get_list (map, i));
      else if (field->type == K8_FIELD_QUANTITY_MAP)
        put_quantity (self, 2, k8_map_get_value (map, i));
      else
        put_text (self, 2, k8_map_get_value (map, i));
      put_text (self, 1, k8_map_get_key (map, i));
      close_message (self, field->number, before);
    }
}

static void
put_object (Encoder *self, const K8Field *field, const K8Record *record,
            const char *resource_version)
{
  gsize before = self->n_written;

  write_message (self, &k8_messages[field->message], k8_record_get_object (record, field),
                 resource_version);
  close_message (self, field->number, before);
}

static void
put_double (Encoder *self, guint number, gint64 bits)
{
  guint64 little_end = GUINT64_TO_LE ((guint64) bits);

  put_bytes (self, &little_end, sizeof little_end);
  put_tag (self, number, K8_WIRE_FIXED64);
}

/* A field that is there, or whose zero value is written too. */
static void
put_value (Encoder *self, const K8Field *field, const K8Record *record,
           const char *resource_version)
{
  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_NONE:
      break;
    case K8_FIELD_STRING:
    case K8_FIELD_BYTES:
      put_text (self, field->number, k8_record_get_text (record, field));
      return;
    case K8_FIELD_INT:
    case K8_FIELD_INT64:
    case K8_FIELD_BOOL:
      put_number (self, field->number, k8_record_get_int (record, field));
      return;
    case K8_FIELD_DOUBLE:
      put_double (self, field->number, k8_record_get_int (record, field));
      return;
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
      put_time (self, field, record);
      return;
    case K8_FIELD_QUANTITY:
      put_quantity (self, field->number, k8_record_get_text (record, field));
      return;
    case K8_FIELD_INT_OR_STRING:
      put_int_or_string (self, field->number, k8_record_get_int_or_string (record, field));
      return;
    case K8_FIELD_RAW:
      put_raw (self, field->number, k8_record_get_text (record, field));
      return;
    case K8_FIELD_OBJECT:
      put_object (self, field, record, resource_version);
      return;
    case K8_FIELD_LIST:
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_INT_LIST:
    case K8_FIELD_INT64_LIST:
      put_list (self, field, k8_record_get_list (record, field));
      return;
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_QUANTITY_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      put_map (self, field, k8_record_get_list (record, field));
      return;
    }
  k8_assert_not_reached ();
}

/* By the tag at the top, then by the tag inside. */
static guint
get_rank (const K8Field *field)
{
  return field->inside == 0 ? (guint) field->number << 16
                            : ((guint) field->inside << 16) + field->number;
}

static const guint8 *
ensure_order (Encoder *self, const K8MessageInfo *info)
{
  guint8 *order = self->orders[info->id];

  if (order != NULL)
    return order;
  k8_assert (info->n_fields <= MAX_FIELDS);
  order = g_malloc (MAX_FIELDS);
  self->orders[info->id] = order;
  for (guint i = 0; i < info->n_fields; i++)
    {
      guint place = i;
      guint rank = get_rank (&info->fields[i]);
      for (; place > 0 && get_rank (&info->fields[order[place - 1]]) > rank; place--)
        order[place] = order[place - 1];
      order[place] = (guint8) i;
    }
  return order;
}

/* Whether an absent field is left out: pointers, lists, maps and bytes are. */
static gboolean
is_left_out (const K8Field *field)
{
  return field->is_pointer || field->type >= K8_FIELD_LIST || field->type == K8_FIELD_BYTES;
}

static void
write_field (Encoder *self, const K8Field *field, const K8Record *record,
             const char *resource_version)
{
  gboolean is_metadata
      = resource_version != NULL && field->type == K8_FIELD_OBJECT
        && (field->message == k8_message_object_meta || field->message == k8_message_list_meta);

  if (resource_version != NULL
      && (field == K8_FIELD (object_meta, resource_version)
          || field == K8_FIELD (list_meta, resource_version)))
    put_piece (self, field->number, resource_version, strlen (resource_version));
  else if (k8_record_has_bit (record, field->bit) || !is_left_out (field) || is_metadata)
    put_value (self, field, record, is_metadata ? resource_version : NULL);
}

/* The fields of a message from the last tag to the first. @record may be NULL: all absent. */
static void
write_message (Encoder *self, const K8MessageInfo *info, const K8Record *record,
               const char *resource_version)
{
  const guint8 *order = ensure_order (self, info);
  guint inside = 0;
  gsize before = 0;

  for (guint i = info->n_fields; i-- > 0;)
    {
      const K8Field *field = &info->fields[order[i]];
      if (field->inside != inside)
        {
          if (inside != 0)
            close_message (self, inside, before);
          inside = field->inside;
          before = self->n_written;
        }
      write_field (self, field, record, resource_version);
    }
  if (inside != 0)
    close_message (self, inside, before);
}

/* The envelope in front of the message that is all that was written. */
static void
write_envelope (Encoder *self, const K8KindInfo *kind, const char *suffix, gsize n_trailer)
{
  static const char magic[4] = { 'k', '8', 's', '\0' };
  g_autofree char *version = kind->group[0] == '\0'
                                 ? g_strdup (kind->version)
                                 : g_strconcat (kind->group, "/", kind->version, NULL);
  g_autofree char *name = g_strconcat (kind->kind, suffix, NULL);

  close_message (self, 2, n_trailer);
  gsize before = self->n_written;
  put_piece (self, 2, name, strlen (name));
  put_piece (self, 1, version, strlen (version));
  close_message (self, 1, before);
  put_bytes (self, magic, sizeof magic);
}

/* What follows the message in its envelope: empty content encoding and type. */
static void
write_trailer (Encoder *self)
{
  put_piece (self, 4, NULL, 0);
  put_piece (self, 3, NULL, 0);
}

/**
 * k8_protobuf_encode:
 * @options: kind must be set
 *
 * Appends a record in its envelope. Cost: O(size of the bytes).
 */
void
k8_protobuf_encode (GString *out, const void *record, const K8ProtobufOptions *options)
{
  Encoder encoder;

  k8_assert (options->kind != NULL);
  init_encoder (&encoder);
  write_trailer (&encoder);
  gsize n_trailer = encoder.n_written;
  write_message (&encoder, k8_record_info (record), record, options->resource_version);
  write_envelope (&encoder, options->kind, "", n_trailer);
  finish_encoder (&encoder, out);
}

void
k8_protobuf_encode_message (GString *out, const void *record, const char *resource_version)
{
  Encoder encoder;

  init_encoder (&encoder);
  write_message (&encoder, k8_record_info (record), record, resource_version);
  finish_encoder (&encoder, out);
}

void
k8_protobuf_append_item (GString *items, const void *record, const char *resource_version)
{
  Encoder encoder;

  init_encoder (&encoder);
  write_message (&encoder, k8_record_info (record), record, resource_version);
  close_message (&encoder, 2, 0);
  finish_encoder (&encoder, items);
}

void
k8_protobuf_encode_list (GString *out, const void *list_meta, const GString *items,
                         const K8KindInfo *kind)
{
  Encoder encoder;

  init_encoder (&encoder);
  write_trailer (&encoder);
  gsize n_trailer = encoder.n_written;
  put_bytes (&encoder, items->str, items->len);
  gsize before = encoder.n_written;
  write_message (&encoder, K8_INFO (list_meta), list_meta, NULL);
  close_message (&encoder, 1, before);
  write_envelope (&encoder, kind, "List", n_trailer);
  finish_encoder (&encoder, out);
}

/* WatchEvent {1 type, 2 RawExtension {1 raw: the object in its envelope}}. */
void
k8_protobuf_encode_watch_event (GString *out, const char *type, const void *record,
                                const K8ProtobufOptions *options)
{
  static const K8KindInfo watch_event
      = { .kind = "WatchEvent", .group = "", .version = "v1" };
  g_autoptr (GString) object = g_string_new (NULL);
  Encoder encoder;

  k8_protobuf_encode (object, record, options);
  init_encoder (&encoder);
  write_trailer (&encoder);
  gsize n_trailer = encoder.n_written;
  put_piece (&encoder, 1, object->str, object->len);
  close_message (&encoder, 2, n_trailer);
  put_piece (&encoder, 1, type, strlen (type));
  write_envelope (&encoder, &watch_event, "", n_trailer);
  guint32 length = GUINT32_TO_BE ((guint32) encoder.n_written);
  put_bytes (&encoder, &length, sizeof length);
  finish_encoder (&encoder, out);
}
