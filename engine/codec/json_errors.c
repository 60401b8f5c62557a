/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of decoding errors. Two notations of a path: Go's type errors name the struct that was
 * being filled and all JSON names from the top, with the Go names of embedded structs and
 * without indexes; strict errors name JSON fields with indexes.
 * Source: encoding/json (UnmarshalTypeError), sigs.k8s.io/json (strict errors); checked against
 * answers of a real API server.
 */
#include "codec/json_errors.h"

#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "codec/value.h"
#include "schema/kinds.h"

/* Go's name of the struct that these rows are embedded with. */
static const char *
get_embedded_name (const K8MessageInfo *info)
{
  if (info->id == k8_message_volume)
    return "VolumeSource";
  if (info->id == k8_message_probe)
    return "ProbeHandler";
  if (info->id == k8_message_ephemeral_container)
    return "EphemeralContainerCommon";
  return "LocalObjectReference";
}

static const char *
get_text_type (const K8Field *field)
{
  return field->go_type == NULL ? "string" : field->go_type;
}

/* All messages served so far lie in packages called v1. */
static char *
make_message_type (const char *prefix, const K8Field *field)
{
  return g_strconcat (prefix, "v1.", k8_messages[field->message].name, NULL);
}

static const char *
get_map_type (const K8Field *field, K8JsonPart part)
{
  if (field->type == K8_FIELD_QUANTITY_MAP)
    return "v1.ResourceList";
  if (field->type == K8_FIELD_BYTES_MAP)
    return part == K8_JSON_ITEM ? "[]uint8" : "map[string][]uint8";
  if (field->type == K8_FIELD_STRING_LIST_MAP)
    return part == K8_JSON_ITEM ? "v1.ExtraValue" : "map[string]v1.ExtraValue";
  return part == K8_JSON_ITEM ? "string" : "map[string]string";
}

char *
k8_json_go_type (const K8Field *field, K8JsonPart part)
{
  const char *list = part == K8_JSON_WHOLE ? "[]" : "";

  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_NONE:
      break;
    case K8_FIELD_INT:
    case K8_FIELD_INT_OR_STRING:
      return g_strdup ("int32");
    case K8_FIELD_INT64:
      return g_strdup ("int64");
    case K8_FIELD_BOOL:
      return g_strdup ("bool");
    case K8_FIELD_DOUBLE:
      return g_strdup ("float64");
    case K8_FIELD_STRING:
      return g_strdup (get_text_type (field));
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
    case K8_FIELD_QUANTITY:
    case K8_FIELD_RAW:
      return g_strdup ("string");
    case K8_FIELD_BYTES:
      return g_strdup ("[]uint8");
    case K8_FIELD_OBJECT:
      return make_message_type ("", field);
    case K8_FIELD_LIST:
      return make_message_type (list, field);
    case K8_FIELD_STRING_LIST:
      return g_strconcat (list, get_text_type (field), NULL);
    case K8_FIELD_INT_LIST:
      return g_strconcat (list, "int32", NULL);
    case K8_FIELD_INT64_LIST:
      return g_strconcat (list, "int64", NULL);
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_QUANTITY_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      return g_strdup (get_map_type (field, part));
    }
  k8_assert_not_reached ();
  return NULL;
}

/* The names from the top down to the field of @frame. */
static void
append_path (GString *out, const K8JsonFrame *frame, gboolean is_strict)
{
  if (frame->outer != NULL)
    append_path (out, frame->outer, is_strict);
  if (frame->field == NULL)
    return;
  if (!is_strict || out->len > 0)
    g_string_append_c (out, '.');
  if (!is_strict && frame->field->inside != 0)
    g_string_append_c (g_string_append (out, get_embedded_name (frame->info)), '.');
  g_string_append (out, frame->field->name);
  if (is_strict && frame->index >= 0)
    {
      g_string_append_c (out, '[');
      k8_text_append_i64 (out, frame->index);
      g_string_append_c (out, ']');
    }
}

char *
k8_json_type_error (const K8JsonFrame *frame, const char *found, const char *type)
{
  GString *text = g_string_new ("json: cannot unmarshal ");

  g_string_append (text, found);
  if (frame->field == NULL)
    g_string_append (text, " into Go value");
  else
    {
      g_string_append (text, " into Go struct field ");
      g_string_append (text, frame->info->name);
      append_path (text, frame, FALSE);
    }
  g_string_append (text, " of type ");
  g_string_append (text, type);
  return g_string_free (text, FALSE);
}

char *
k8_json_problem (const K8JsonFrame *frame, K8JsonPart part, const char *what, const char *key,
                 gsize length)
{
  g_autoptr (GString) path = g_string_new (NULL);
  GString *text = g_string_new (what);

  if (part == K8_JSON_ITEM)
    append_path (path, frame, TRUE);
  else if (frame->outer != NULL)
    append_path (path, frame->outer, TRUE);
  if (path->len > 0)
    g_string_append_c (path, '.');
  g_string_append_len (path, key, (gssize) length);
  g_string_append (text, " field ");
  k8_value_append_quoted (text, path->str, path->len);
  return g_string_free (text, FALSE);
}

char *
k8_json_base64_error (gsize offset)
{
  GString *text = g_string_new ("illegal base64 data at input byte ");

  k8_text_append_u64 (text, offset);
  return g_string_free (text, FALSE);
}
