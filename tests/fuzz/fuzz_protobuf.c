/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf from outside: what was decoded and written is decoded again to the same, also by way
 * of JSON; nothing is left in the region.
 * The input is a byte that chooses the message, and the bytes: an envelope or a bare message.
 */
#include "codec/json.h"
#include "codec/protobuf.h"
#include "tests/fuzz/fuzz_region.h"

static void
check_again (K8Region *region, const void *record)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  K8ProtobufDecoded decoded = { 0 };

  k8_protobuf_encode_message (bytes, record, NULL);
  const void *again = k8_protobuf_decode_message (region, k8_record_info (record), bytes->str,
                                                  bytes->len, &decoded);
  k8_assert (again != NULL);
  k8_assert (k8_record_equal (record, again));
  k8_record_unref (again);
  k8_protobuf_decoded_clear (&decoded);
}

/* What Protobuf accepts must be writable as JSON that is JSON. */
static void
check_json (const void *record)
{
  const K8JsonLimits limits = { .max_bytes = G_MAXUINT32, .max_depth = K8_JSON_MAX_DEPTH };
  g_autoptr (GString) text = g_string_new (NULL);
  K8JsonError error;

  k8_json_encode (text, record, NULL);
  if (!k8_json_scan (text->str, text->len, &limits, &error))
    k8_assert (error.message[0] == 'e'); /* "exceeded max depth": raw values below records */
}

static void
run (K8Region *region, const char *input, gsize length)
{
  const K8MessageInfo *info = fuzz_choose_message ((guint8) input[0]);
  const char *bytes = input + 1;
  K8ProtobufDecoded decoded = { 0 };
  const void *record;

  length--;
  if (k8_protobuf_is_envelope (bytes, length))
    record = k8_protobuf_decode (region, info, bytes, length, &decoded);
  else
    record = k8_protobuf_decode_message (region, info, bytes, length, &decoded);
  k8_assert ((record == NULL) == (decoded.error != NULL));
  k8_assert (decoded.offset <= length);
  if (record != NULL)
    {
      check_again (region, record);
      check_json (record);
    }
  k8_record_unref (record);
  k8_protobuf_decoded_clear (&decoded);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  if (n_bytes > 0)
    fuzz_run (run, data, n_bytes);
  return 0;
}
