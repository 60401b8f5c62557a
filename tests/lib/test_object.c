/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads and shows objects of tests. Double quotes would need a backslash in C; no test needs a
 * single quote inside a text.
 */
#include "tests/lib/test_object.h"

#include <string.h>

#include "codec/json.h"

static void
swap_quotes (char *text, char from, char to)
{
  for (; *text != '\0'; text++)
    if (*text == from)
      *text = to;
}

const void *
test_object_new (K8Region *region, const K8MessageInfo *info, const char *json)
{
  g_autofree char *text = g_strdup (json);
  K8JsonDecoded decoded = { 0 };
  const void *record;

  swap_quotes (text, '\'', '"');
  record = k8_json_decode (region, info, text, strlen (text), &decoded);
  if (record == NULL)
    g_error ("%s: %s", json, decoded.error);
  k8_json_decoded_clear (&decoded);
  return record;
}

char *
test_object_show (const void *record)
{
  g_autoptr (GString) text = g_string_new (NULL);

  k8_json_encode (text, record, &(K8JsonOptions){ 0 });
  swap_quotes (text->str, '"', '\'');
  return g_string_free (g_steal_pointer (&text), FALSE);
}
