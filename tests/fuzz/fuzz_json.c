/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON from outside: the scanner and the decoder agree on what is JSON; what was decoded and
 * written is decoded again to the same; nothing is left in the region.
 * The input is a byte that chooses the message, and the text.
 */
#include <string.h>

#include "codec/json.h"
#include "tests/fuzz/fuzz_region.h"

static void
check_again (K8Region *region, const void *record)
{
  const K8MessageInfo *info = k8_record_info (record);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) text_again = g_string_new (NULL);
  K8JsonDecoded decoded = { 0 };

  k8_json_encode (text, record, NULL);
  k8_assert (strlen (text->str) == text->len);
  const void *again = k8_json_decode (region, info, text->str, text->len, &decoded);
  /* Escapes make a text longer, so a long one may be over the limit the second time. */
  if (again != NULL)
    {
      k8_json_encode (text_again, again, &(K8JsonOptions){ .is_pretty = FALSE });
      k8_assert (g_string_equal (text, text_again));
      /* Raw values keep their text, and come back with <, > and & escaped. */
      k8_assert (k8_record_equal (record, again) || strstr (text->str, "\\u00") != NULL
                 || strstr (text->str, "\\u202") != NULL);
    }
  else
    k8_assert (text->len > k8_json_api_limits.max_bytes);
  k8_assert (decoded.problems == NULL);
  k8_record_unref (again);
  k8_json_decoded_clear (&decoded);
}

static void
run (K8Region *region, const char *input, gsize length)
{
  const K8MessageInfo *info = fuzz_choose_message ((guint8) input[0]);
  const char *text = input + 1;
  K8JsonDecoded decoded = { 0 };
  K8JsonDecoded type = { 0 };
  K8JsonError error = { 0 };

  length--;
  gboolean is_json = k8_json_scan (text, length, NULL, &error);
  k8_assert (is_json || error.message[0] != '\0');
  k8_assert (error.offset <= length);
  gboolean has_type = k8_json_decode_type (text, length, &type);
  k8_assert (is_json || !has_type);
  k8_assert (has_type == (type.error == NULL));
  const void *record = k8_json_decode (region, info, text, length, &decoded);
  k8_assert (record == NULL || is_json);
  k8_assert ((record == NULL) == (decoded.error != NULL));
  k8_assert (decoded.where.offset <= length);
  if (record != NULL)
    check_again (region, record);
  k8_record_unref (record);
  k8_json_decoded_clear (&decoded);
  k8_json_decoded_clear (&type);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  if (n_bytes > 0)
    fuzz_run (run, data, n_bytes);
  return 0;
}
