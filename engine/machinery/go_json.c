/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as Go's internal structs, which bear no JSON tags: {"Name":"x","Optional":null}.
 * Source: encoding/json; kubernetes pkg/apis/core/types.go (v1.36).
 * Departures: fields that the internal struct has in another place than the versioned one are
 * not moved; Time values, Quantities and embedded structs do not occur where this is used.
 */
#include "machinery/go_json.h"

#include <string.h>

#include "codec/json.h"
#include "schema/kinds.h"

typedef struct
{
  const char *json_name;
  const char *go_name;
} GoName;

/* Names that are more than their JSON name with a capital. */
static const GoName go_names[] = {
  { "uid", "UID" },
  { "ip", "IP" },
  { "seLinuxOptions", "SELinuxOptions" },
  { "gmsaCredentialSpecName", "GMSACredentialSpecName" },
  { "gmsaCredentialSpec", "GMSACredentialSpec" },
};

static void
append_name (GString *text, const char *json_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (go_names); i++)
    if (strcmp (go_names[i].json_name, json_name) == 0)
      {
        g_string_append_printf (text, "\"%s\":", go_names[i].go_name);
        return;
      }
  char first =
      json_name[0] >= 'a' && json_name[0] <= 'z' ? (char) (json_name[0] - 'a' + 'A') : json_name[0];
  g_string_append_printf (text, "\"%c%s\":", first, json_name + 1);
}

static void append_record (GString *text, const void *record);

static void
append_absent (GString *text, const K8Field *field)
{
  if (field->is_pointer || field->type >= K8_FIELD_LIST)
    g_string_append (text, "null");
  else if (field->type == K8_FIELD_STRING || field->type == K8_FIELD_QUANTITY)
    g_string_append (text, "\"\"");
  else if (field->type == K8_FIELD_BOOL)
    g_string_append (text, "false");
  else if (field->type == K8_FIELD_OBJECT)
    g_string_append (text, "{}");
  else
    g_string_append_c (text, '0');
}

static void
append_list (GString *text, const K8List *list)
{
  g_string_append_c (text, '[');
  for (guint i = 0; i < k8_list_n (list); i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_record (text, k8_list_get_object (list, i));
    }
  g_string_append_c (text, ']');
}

static void
append_value (GString *text, const void *record, const K8Field *field)
{
  if (!k8_record_has (record, field))
    append_absent (text, field);
  else if (field->type == K8_FIELD_OBJECT)
    append_record (text, k8_record_get_object (record, field));
  else if (field->type == K8_FIELD_LIST)
    append_list (text, k8_record_get_list (record, field));
  else
    k8_json_encode_field (text, record, field);
}

/* Recursion follows the schema. */
static void
append_record (GString *text, const void *record)
{
  const K8MessageInfo *info = k8_record_info (record);

  g_string_append_c (text, '{');
  for (guint i = 0; i < info->n_fields; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_name (text, info->fields[i].name);
      append_value (text, record, &info->fields[i]);
    }
  g_string_append_c (text, '}');
}

char *
k8_go_json (const void *record)
{
  GString *text = g_string_new (NULL);

  append_record (text, record);
  return g_string_free (text, FALSE);
}

/* A list of records that is a field of @record; `null` if it is absent. */
char *
k8_go_json_list (const void *record, const char *json_name)
{
  const K8MessageInfo *info = k8_record_info (record);
  const K8Field *field = k8_message_find_field (info, json_name, strlen (json_name));
  GString *text = g_string_new (NULL);

  append_value (text, record, field);
  return g_string_free (text, FALSE);
}
