/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads recorded objects, and shows answers as lines to compare.
 */

#include <string.h>

#include "codec/json.h"
#include "machinery/defaults.h"
#include "tests/diff/validation/suite.h"

const K8KindInfo *
recording_find_kind (const Recording *self)
{
  JsonNode *node = json_object_get_member (self->row, "object");

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  JsonObject *object = json_node_get_object (node);
  const char *version = json_object_get_string_member_with_default (object, "apiVersion", "");
  const char *kind = json_object_get_string_member_with_default (object, "kind", "");
  const char *slash = strchr (version, '/');
  g_autofree char *group =
      slash == NULL ? g_strdup ("") : g_strndup (version, (gsize) (slash - version));

  return k8_kind_find (group, slash == NULL ? version : slash + 1, kind);
}

const void *
recording_read_object (K8Region *region,
                       const Recording *self,
                       const K8KindInfo *kind,
                       char **ret_error)
{
  g_autofree char *text = json_to_string (json_object_get_member (self->row, "object"), FALSE);
  K8JsonDecoded decoded = { 0 };
  const void *record =
      k8_json_decode (region, &k8_messages[kind->message], text, strlen (text), &decoded);

  if (record == NULL)
    {
      *ret_error = g_strdup_printf ("    not decoded: %s\n", decoded.error);
      k8_json_decoded_clear (&decoded);
      return NULL;
    }
  k8_json_decoded_clear (&decoded);
  const void *full = k8_defaults_apply (region, record, NULL);
  k8_record_unref (record);
  return prepare_object (region, full, self->path);
}

/* Message, reason, code and causes of a status, one a line. */
char *
show_status (const K8Status *status)
{
  GString *text = g_string_new (NULL);
  const K8StatusDetails *details = k8_status_details (status);

  g_string_append_printf (text, "%d %s\n%s\n", k8_status_code (status),
                          k8_string_or_empty (k8_status_reason (status)),
                          k8_string_or_empty (k8_status_message (status)));
  for (guint i = 0; i < k8_status_details_causes_n (details); i++)
    {
      const K8StatusCause *cause = k8_status_details_causes_at (details, i);
      g_string_append_printf (text, "%s %s: %s\n",
                              k8_string_or_empty (k8_status_cause_reason (cause)),
                              k8_string_or_empty (k8_status_cause_field (cause)),
                              k8_string_or_empty (k8_status_cause_message (cause)));
    }
  return g_string_free (text, FALSE);
}

char *
show_recorded (JsonObject *row)
{
  GString *text = g_string_new (NULL);
  JsonArray *causes =
      json_object_has_member (row, "causes") && !json_object_get_null_member (row, "causes")
          ? json_object_get_array_member (row, "causes")
          : NULL;

  g_string_append_printf (text, "%d %s\n%s\n", (int) json_object_get_int_member (row, "status"),
                          json_object_get_string_member_with_default (row, "reason", ""),
                          json_object_get_string_member_with_default (row, "message", ""));
  for (guint i = 0; causes != NULL && i < json_array_get_length (causes); i++)
    {
      JsonObject *cause = json_array_get_object_element (causes, i);
      g_string_append_printf (text, "%s %s: %s\n",
                              json_object_get_string_member_with_default (cause, "reason", ""),
                              json_object_get_string_member_with_default (cause, "field", ""),
                              json_object_get_string_member_with_default (cause, "message", ""));
    }
  return g_string_free (text, FALSE);
}

char *
show_both (const char *expected, const char *actual)
{
  GString *text = g_string_new (NULL);
  g_auto (GStrv) expected_lines = g_strsplit (expected, "\n", -1);
  g_auto (GStrv) actual_lines = g_strsplit (actual, "\n", -1);

  for (guint i = 0; expected_lines[i] != NULL; i++)
    if (expected_lines[i][0] != '\0')
      g_string_append_printf (text, "    - %.600s\n", expected_lines[i]);
  for (guint i = 0; actual_lines[i] != NULL; i++)
    if (actual_lines[i][0] != '\0')
      g_string_append_printf (text, "    + %.600s\n", actual_lines[i]);
  return g_string_free (text, FALSE);
}
