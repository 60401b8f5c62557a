/* SPDX-License-Identifier: Apache-2.0
 *
 * Records to JSON, in the order of the rows. Every value is followed by a comma; the end of an
 * object or list overwrites the last one.
 * Source: encoding/json with the MarshalJSON of metav1.Time, MicroTime, Quantity, IntOrString,
 * RawExtension and FieldsV1; k8s.io/apimachinery pkg/runtime/serializer/json (pretty printing).
 */
#include "codec/json.h"

#include "base/assert.h"
#include "codec/json_write.h"
#include "codec/value.h"
#include "schema/kinds.h"

static void write_record (GString *out, const K8MessageInfo *info, const K8Record *record,
                          const char *resource_version);

/* Replaces the comma behind the last value, or ends an empty level. */
static inline void
close_level (GString *out, char end)
{
  if (out->str[out->len - 1] == ',')
    out->str[out->len - 1] = end;
  else
    k8_json_write_char (out, end);
}

static void
write_base64 (GString *out, const char *bytes)
{
  k8_json_write_char (out, '"');
  k8_value_append_base64 (out, bytes, k8_string_length (bytes));
  k8_json_write_char (out, '"');
}

static void
write_time (GString *out, gint64 value, K8TimeLayout layout)
{
  k8_json_write_char (out, '"');
  k8_value_append_time (out, value, layout);
  k8_json_write_char (out, '"');
}

static void
write_bool (GString *out, gboolean value)
{
  if (value)
    k8_json_write_literal (out, "true");
  else
    k8_json_write_literal (out, "false");
}

static void
write_int_or_string (GString *out, K8IntOrString value)
{
  if (value.is_text)
    k8_json_write_text (out, value.text);
  else
    k8_json_write_number (out, value.number);
}

static void
write_list (GString *out, const K8Field *field, const K8List *list)
{
  const K8MessageInfo *info = &k8_messages[field->message];

  k8_json_write_char (out, '[');
  for (guint i = 0; i < k8_list_n (list); i++)
    {
      if (list->type == K8_FIELD_LIST)
        write_record (out, info, k8_list_get_object (list, i), NULL);
      else if (list->type == K8_FIELD_STRING_LIST)
        k8_json_write_text (out, k8_list_get_text (list, i));
      else
        k8_json_write_number (out, k8_list_get_int (list, i));
      k8_json_write_char (out, ',');
    }
  close_level (out, ']');
}

static void
write_map (GString *out, const K8Field *field, const K8List *map)
{
  k8_json_write_char (out, '{');
  for (guint i = 0; i < k8_list_n (map); i++)
    {
      k8_json_write_text (out, k8_map_get_key (map, i));
      k8_json_write_char (out, ':');
      if (field->type == K8_FIELD_STRING_LIST_MAP)
        write_list (out, field, k8_map_get_list (map, i));
      else if (field->type == K8_FIELD_BYTES_MAP)
        write_base64 (out, k8_map_get_value (map, i));
      else
        k8_json_write_text (out, k8_map_get_value (map, i));
      k8_json_write_char (out, ',');
    }
  close_level (out, '}');
}

/* The value of a field that is there. */
static void
write_value (GString *out, const K8Field *field, const K8Record *record,
             const char *resource_version)
{
  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_NONE:
      break;
    case K8_FIELD_STRING:
    case K8_FIELD_QUANTITY:
      k8_json_write_text (out, k8_record_get_text (record, field));
      return;
    case K8_FIELD_INT:
    case K8_FIELD_INT64:
      k8_json_write_number (out, k8_record_get_int (record, field));
      return;
    case K8_FIELD_BOOL:
      write_bool (out, k8_record_get_int (record, field) != 0);
      return;
    case K8_FIELD_DOUBLE:
      k8_value_append_double (out, k8_record_get_int (record, field));
      return;
    case K8_FIELD_TIME:
      write_time (out, k8_record_get_int (record, field), K8_LAYOUT_SECONDS);
      return;
    case K8_FIELD_MICRO_TIME:
      write_time (out, k8_record_get_int (record, field), K8_LAYOUT_MICRO);
      return;
    case K8_FIELD_INT_OR_STRING:
      write_int_or_string (out, k8_record_get_int_or_string (record, field));
      return;
    case K8_FIELD_BYTES:
      write_base64 (out, k8_record_get_text (record, field));
      return;
    case K8_FIELD_RAW:
      {
        const char *json = k8_record_get_text (record, field);
        k8_json_write_raw (out, json, k8_string_length (json));
        return;
      }
    case K8_FIELD_OBJECT:
      write_record (out, &k8_messages[field->message], k8_record_get_object (record, field),
                    resource_version);
      return;
    case K8_FIELD_LIST:
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_INT_LIST:
    case K8_FIELD_INT64_LIST:
      write_list (out, field, k8_record_get_list (record, field));
      return;
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_QUANTITY_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      write_map (out, field, k8_record_get_list (record, field));
      return;
    }
  k8_assert_not_reached ();
}

/* What an absent field shows if it is always shown. */
static void
write_zero (GString *out, const K8Field *field, const char *resource_version)
{
  if (field->type == K8_FIELD_OBJECT && !field->is_pointer)
    write_record (out, &k8_messages[field->message], NULL, resource_version);
  else if (field->is_pointer || field->type == K8_FIELD_TIME || field->type == K8_FIELD_MICRO_TIME
           || field->type == K8_FIELD_BYTES || field->type == K8_FIELD_RAW
           || field->type >= K8_FIELD_LIST)
    k8_json_write_literal (out, "null");
  else if (field->type == K8_FIELD_STRING)
    k8_json_write_literal (out, "\"\"");
  else if (field->type == K8_FIELD_QUANTITY)
    k8_json_write_literal (out, "\"0\"");
  else if (field->type == K8_FIELD_BOOL)
    k8_json_write_literal (out, "false");
  else
    k8_json_write_char (out, '0');
}

static inline void
write_name (GString *out, const K8Field *field)
{
  char *room = k8_json_write_room (out, field->name_bytes + 3u);

  room[0] = '"';
  memcpy (room + 1, field->name, field->name_bytes);
  room[field->name_bytes + 1] = '"';
  room[field->name_bytes + 2] = ':';
  out->len += field->name_bytes + 3u;
}

static gboolean
is_metadata (const K8Field *field)
{
  return field->type == K8_FIELD_OBJECT
         && (field->message == k8_message_object_meta || field->message == k8_message_list_meta);
}

static gboolean
is_resource_version (const K8Field *field)
{
  return field == K8_FIELD (object_meta, resource_version)
         || field == K8_FIELD (list_meta, resource_version);
}

/* One field of metadata, with the resource version that is kept beside the object. */
static void
write_version (GString *out, const K8Field *field, const char *resource_version)
{
  write_name (out, field);
  k8_json_append_string (out, resource_version, strlen (resource_version));
  k8_json_write_char (out, ',');
}

/* The fields with a comma behind each. @resource_version (nullable) belongs into this record's
 * metadata, or into this record if it is the metadata. */
static void
write_fields (GString *out, const K8MessageInfo *info, const K8Record *record,
              const char *resource_version)
{
  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      gboolean is_there = k8_record_has_bit (record, field->bit);
      const char *below = NULL;
      if (G_UNLIKELY (resource_version != NULL))
        {
          below = is_metadata (field) ? resource_version : NULL;
          if (is_resource_version (field))
            {
              write_version (out, field, resource_version);
              continue;
            }
        }
      if (!is_there && !field->is_always && below == NULL)
        continue;
      write_name (out, field);
      if (is_there)
        write_value (out, field, record, below);
      else
        write_zero (out, field, below);
      k8_json_write_char (out, ',');
    }
}

static void
write_record (GString *out, const K8MessageInfo *info, const K8Record *record,
              const char *resource_version)
{
  k8_json_write_char (out, '{');
  write_fields (out, info, record, resource_version);
  close_level (out, '}');
}

/* kind and apiVersion, with a comma behind each. */
static void
write_type (GString *out, const K8KindInfo *kind, const char *suffix)
{
  k8_json_write_literal (out, "\"kind\":\"");
  k8_json_write_bytes (out, kind->kind, strlen (kind->kind));
  k8_json_write_bytes (out, suffix, strlen (suffix));
  k8_json_write_literal (out, "\",\"apiVersion\":\"");
  if (kind->group[0] != '\0')
    {
      k8_json_write_bytes (out, kind->group, strlen (kind->group));
      k8_json_write_char (out, '/');
    }
  k8_json_write_bytes (out, kind->version, strlen (kind->version));
  k8_json_write_literal (out, "\",");
}

static void
write_whole (GString *out, const void *record, const K8JsonOptions *options, gboolean has_type)
{
  k8_json_write_char (out, '{');
  if (options->kind != NULL && has_type)
    write_type (out, options->kind, "");
  write_fields (out, k8_record_info (record), record, options->resource_version);
  close_level (out, '}');
}

static void
write_pretty (GString *out, const void *record, const K8JsonOptions *options, guint depth)
{
  g_autoptr (GString) compact = g_string_sized_new (4096);

  write_whole (compact, record, options, depth == 0);
  k8_json_write_indented (out, compact->str, compact->len, depth);
}

/**
 * k8_json_encode:
 * @options: (nullable): compact, without kind, if NULL
 *
 * Appends a record. No newline behind it. Cost: O(size of the text).
 */
void
k8_json_encode (GString *out, const void *record, const K8JsonOptions *options)
{
  static const K8JsonOptions plain = { 0 };

  if (options == NULL)
    options = &plain;
  if (options->is_pretty)
    write_pretty (out, record, options, 0);
  else
    write_whole (out, record, options, TRUE);
  k8_json_write_end (out);
}

void
k8_json_encode_field (GString *out, const void *record, const K8Field *field)
{
  if (k8_record_has (record, field))
    write_value (out, field, record, NULL);
  else
    k8_json_write_literal (out, "null");
  k8_json_write_end (out);
}

/**
 * k8_json_encode_list_begin:
 * @list_meta: (nullable): a K8ListMeta
 * @options: kind is the kind of the items; resource_version that of the list
 *
 * Appends a list up to the bracket before its first item.
 */
void
k8_json_encode_list_begin (GString *out, const void *list_meta, const K8JsonOptions *options)
{
  g_autoptr (GString) text = g_string_sized_new (256);

  k8_json_write_char (text, '{');
  if (options->kind != NULL)
    write_type (text, options->kind, "List");
  k8_json_write_literal (text, "\"metadata\":");
  write_record (text, K8_INFO (list_meta), list_meta, options->resource_version);
  k8_json_write_literal (text, ",\"items\":");
  if (options->is_pretty)
    k8_json_write_indented (out, text->str, text->len, 0);
  else
    k8_json_write_bytes (out, text->str, text->len);
  k8_json_write_char (out, '[');
  k8_json_write_end (out);
}

/* Appends one item with the comma before it. */
void
k8_json_encode_list_item (GString *out, const void *record, gboolean is_first,
                          const K8JsonOptions *options)
{
  if (!is_first)
    k8_json_write_char (out, ',');
  if (options->is_pretty)
    {
      k8_json_write_literal (out, "\n    ");
      write_pretty (out, record, options, 2);
    }
  else
    write_whole (out, record, options, FALSE);
  k8_json_write_end (out);
}

void
k8_json_encode_list_end (GString *out, gboolean is_empty, const K8JsonOptions *options)
{
  if (!options->is_pretty)
    k8_json_write_literal (out, "]}");
  else if (is_empty)
    k8_json_write_literal (out, "]\n}");
  else
    k8_json_write_literal (out, "\n  ]\n}");
  k8_json_write_end (out);
}

void
k8_json_encode_watch_event (GString *out, const char *type, const void *record,
                            const K8JsonOptions *options)
{
  k8_json_write_literal (out, "{\"type\":\"");
  k8_json_write_bytes (out, type, strlen (type));
  k8_json_write_literal (out, "\",\"object\":");
  write_whole (out, record, options, TRUE);
  k8_json_write_literal (out, "}\n");
  k8_json_write_end (out);
}
