/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the Protobuf codec on hand-made bytes: what is written though it is zero, what is
 * read in any order, and what hostile bytes get. The golden suite covers whole objects.
 * Source: Protobuf encoding; gogo/protobuf (values of zero); apimachinery's envelope.
 */
#include <string.h>

#include "codec/json.h"
#include "codec/protobuf.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define LIMIT_BYTES (64 * 1024 * 1024)

/* "0a 01 61" */
static char *
show (const GString *bytes)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < bytes->len; i++)
    g_string_append_printf (text, "%s%02x", i == 0 ? "" : " ", (guint8) bytes->str[i]);
  return g_string_free (text, FALSE);
}

static GString *
parse (const char *hex)
{
  GString *bytes = g_string_new (NULL);

  for (const char *p = hex; *p != '\0'; p += p[2] == ' ' ? 3 : 2)
    g_string_append_c (bytes, (char) (g_ascii_xdigit_value (p[0]) * 16
                                      + g_ascii_xdigit_value (p[1])));
  return bytes;
}

/* What a message given as JSON is on the wire. */
static void
check_bytes (const K8MessageInfo *info, const char *json, const char *expected)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (region, info, json, strlen (json), &decoded);
  g_autoptr (GString) bytes = g_string_new (NULL);

  CU_ASSERT_PTR_NOT_NULL_FATAL (record);
  k8_protobuf_encode_message (bytes, record, NULL);
  g_autofree char *shown = show (bytes);
  TEST_ASSERT_TEXT (shown, expected);
  k8_record_unref (record);
  k8_json_decoded_clear (&decoded);
  test_region_free (region);
}

/* What a message given as bytes is in JSON, or "error at OFFSET: ...". */
static void
check_json_of (const K8MessageInfo *info, const GString *bytes, const char *expected)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ProtobufDecoded decoded = { 0 };
  const void *record
      = k8_protobuf_decode_message (region, info, bytes->str, bytes->len, &decoded);
  g_autoptr (GString) text = g_string_new (NULL);

  if (record != NULL)
    k8_json_encode (text, record, NULL);
  else
    g_string_append_printf (text, "error at %" G_GSIZE_FORMAT ": %s", decoded.offset,
                            decoded.error);
  TEST_ASSERT_TEXT (text->str, expected);
  k8_record_unref (record);
  k8_protobuf_decoded_clear (&decoded);
  CU_ASSERT_TRUE (k8_region_used_bytes (region) <= 8192);
  test_region_free (region);
}

static void
check_json (const K8MessageInfo *info, const char *hex, const char *expected)
{
  g_autoptr (GString) bytes = parse (hex);

  check_json_of (info, bytes, expected);
}

void
test_protobuf__writes_values_of_zero_but_no_pointers (void)
{
  check_bytes (K8_INFO (toleration), "{}", "0a 00 12 00 1a 00 22 00");
  check_bytes (K8_INFO (toleration), "{\"key\":\"a\",\"tolerationSeconds\":0}",
               "0a 01 61 12 00 1a 00 22 00 28 00");
}

void
test_protobuf__writes_negative_numbers_in_ten_bytes (void)
{
  check_bytes (K8_INFO (toleration), "{\"tolerationSeconds\":-1}",
               "0a 00 12 00 1a 00 22 00 28 ff ff ff ff ff ff ff ff ff 01");
}

void
test_protobuf__nests_embedded_structs (void)
{
  /* SecretKeySelector { 1 LocalObjectReference { 1 name }, 2 key, 3 optional } */
  check_bytes (K8_INFO (secret_key_selector), "{\"key\":\"k\",\"name\":\"n\",\"optional\":true}",
               "0a 03 0a 01 6e 12 01 6b 18 01");
  check_bytes (K8_INFO (secret_key_selector), "{\"key\":\"k\"}", "0a 02 0a 00 12 01 6b");
}

void
test_protobuf__writes_quantities_times_and_ports_as_messages (void)
{
  check_bytes (K8_INFO (resource_field_selector), "{\"resource\":\"r\"}",
               "0a 00 12 01 72 1a 03 0a 01 30");
  check_bytes (K8_INFO (lease_spec), "{\"renewTime\":\"1970-01-01T00:00:02.000003Z\"}",
               "22 05 08 02 10 b8 17");
  check_bytes (K8_INFO (tcp_socket_action), "{\"port\":\"h\"}", "0a 07 08 01 10 00 1a 01 68 12 00");
}

void
test_protobuf__sorts_maps_and_writes_both_halves (void)
{
  check_bytes (K8_INFO (label_selector), "{\"matchLabels\":{\"b\":\"2\",\"a\":\"\"}}",
               "0a 05 0a 01 61 12 00 0a 06 0a 01 62 12 01 32");
}

void
test_protobuf__reads_fields_in_any_order_and_skips_unknown_ones (void)
{
  /* 99 varint, 98 bytes, 97 fixed64, 96 fixed32, then tag 4, then tag 1 */
  check_json (K8_INFO (toleration),
              "98 06 05 92 06 01 78 89 06 01 02 03 04 05 06 07 08 85 06 01 02 03 04 22 01 65"
              " 0a 01 6b",
              "{\"key\":\"k\",\"effect\":\"e\"}");
}

void
test_protobuf__reads_packed_and_plain_lists_of_numbers (void)
{
  check_json (K8_INFO (pod_security_context), "20 05 22 02 06 07 20 08",
              "{\"supplementalGroups\":[5,6,7,8]}");
}

void
test_protobuf__keeps_the_last_of_equal_keys (void)
{
  check_json (K8_INFO (label_selector), "0a 06 0a 01 62 12 01 31 0a 06 0a 01 61 12 01 32"
                                        " 0a 06 0a 01 62 12 01 33",
              "{\"matchLabels\":{\"a\":\"2\",\"b\":\"3\"}}");
}

void
test_protobuf__refuses_lengths_beyond_the_end (void)
{
  check_json (K8_INFO (toleration), "0a 05 61", "error at 2: unexpected EOF");
  check_json (K8_INFO (toleration), "0a ff ff ff ff 0f", "error at 6: unexpected EOF");
  check_json (K8_INFO (toleration), "0a ff ff ff ff ff ff ff ff ff 01",
              "error at 11: proto: negative length found during unmarshaling");
  check_json (K8_INFO (toleration), "0a", "error at 1: unexpected EOF");
}

void
test_protobuf__refuses_what_is_no_varint_or_tag (void)
{
  check_json (K8_INFO (toleration), "28 ff ff ff ff ff ff ff ff ff 02",
              "error at 11: proto: integer overflow");
  check_json (K8_INFO (toleration), "28 ff ff ff ff ff ff ff ff ff ff 01",
              "error at 11: proto: integer overflow");
  check_json (K8_INFO (toleration), "02 00", "error at 1: proto: illegal tag");
}

void
test_protobuf__refuses_groups_and_wrong_wire_types (void)
{
  check_json (K8_INFO (toleration), "9b 06 9c 06", "error at 2: proto: illegal wireType");
  check_json (K8_INFO (toleration), "08 01", "error at 1: proto: wrong wireType");
  check_json (K8_INFO (toleration), "2a 00", "error at 2: proto: wrong wireType");
}

void
test_protobuf__refuses_texts_that_are_no_texts (void)
{
  check_json (K8_INFO (toleration), "0a 01 ff",
              "error at 2: proto: invalid UTF-8 or NUL in a string");
  check_json (K8_INFO (toleration), "0a 03 61 00 62",
              "error at 2: proto: invalid UTF-8 or NUL in a string");
}

void
test_protobuf__refuses_raw_values_that_are_no_json (void)
{
  check_json (K8_INFO (managed_fields_entry), "3a 05 0a 03 7b 7d 20", "{\"fieldsV1\":{}}");
  check_json (K8_INFO (managed_fields_entry), "3a 04 0a 02 7b 5d",
              "error at 4: proto: raw value is not JSON");
}

void
test_protobuf__ends_at_the_limit_of_repeated_messages (void)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (guint i = 0; i < 1002; i++)
    g_string_append_len (bytes, "\x0a\x02\x0a\x00", 4);
  /* 1: the first one is empty and so absent: every later one finds nothing to merge with. */
  check_json_of (K8_INFO (pod), bytes, "{\"metadata\":{},\"spec\":{\"containers\":null},"
                                       "\"status\":{}}");
  g_string_truncate (bytes, 0);
  for (guint i = 0; i < 1002; i++)
    g_string_append_len (bytes, "\x0a\x03\x0a\x01" "a", 5);
  check_json_of (K8_INFO (pod), bytes, "error at 5007: proto: too many repetitions of a message");
}

void
test_protobuf_envelope__is_recognised_and_opened (void)
{
  static const char whole[] = "6b 38 73 00 0a 0f 0a 02 76 31 12 09 43 6f 6e 66 69 67 4d 61 70"
                              " 12 05 0a 03 0a 01 61 1a 00 22 00";
  g_autoptr (GString) bytes = parse (whole);
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ProtobufDecoded decoded = { 0 };
  const K8ConfigMap *map
      = k8_protobuf_decode (region, K8_INFO (config_map), bytes->str, bytes->len, &decoded);

  CU_ASSERT_TRUE (k8_protobuf_is_envelope (bytes->str, bytes->len));
  CU_ASSERT_PTR_NOT_NULL_FATAL (map);
  CU_ASSERT_STRING_EQUAL (decoded.api_version, "v1");
  CU_ASSERT_STRING_EQUAL (decoded.kind, "ConfigMap");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_name (k8_config_map_metadata (map)), "a");
  k8_record_unref (map);
  k8_protobuf_decoded_clear (&decoded);
  test_region_free (region);
}

void
test_protobuf_envelope__is_demanded (void)
{
  K8ProtobufDecoded decoded = { 0 };

  CU_ASSERT_FALSE (k8_protobuf_is_envelope ("k8s", 3));
  CU_ASSERT_FALSE (k8_protobuf_decode_type ("{\"a\":1}", 7, &decoded));
  CU_ASSERT_STRING_EQUAL (decoded.error,
                          "provided data does not appear to be a protobuf message");
  k8_protobuf_decoded_clear (&decoded);
}

void
test_protobuf_list__holds_metadata_and_items (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8JsonDecoded decoded = { 0 };
  const K8ConfigMap *map = k8_json_decode (region, K8_INFO (config_map), "{}", 2, &decoded);
  const K8ListMeta *meta
      = k8_json_decode (region, K8_INFO (list_meta), "{\"resourceVersion\":\"7\"}", 23, &decoded);
  g_autoptr (GString) items = g_string_new (NULL);
  g_autoptr (GString) list = g_string_new (NULL);

  k8_protobuf_append_item (items, map, "3");
  k8_protobuf_append_item (items, map, "3");
  gsize item_bytes = items->len / 2;
  k8_protobuf_encode_list (list, meta, items, &k8_kinds[K8_KIND_ConfigMap]);
  g_autofree char *shown = show (list);
  /* k8s\0, {v1, ConfigMapList}, raw: metadata {selfLink, resourceVersion 7, continue}, items */
  CU_ASSERT_TRUE (g_str_has_prefix (shown, "6b 38 73 00 0a 13 0a 02 76 31 12 0d 43 6f 6e 66 69 67"
                                           " 4d 61 70 4c 69 73 74 12"));
  CU_ASSERT_TRUE (g_str_has_suffix (shown, "1a 00 22 00"));
  CU_ASSERT_PTR_NOT_NULL (strstr (shown, "0a 07 0a 00 12 01 37 1a 00"));
  CU_ASSERT_EQUAL (items->str[0], 0x12);
  CU_ASSERT_EQUAL ((gsize) items->str[1], item_bytes - 2);
  CU_ASSERT_PTR_NOT_NULL (memmem (items->str, items->len, "2\x01" "3", 3));
  k8_record_unref (map);
  k8_record_unref (meta);
  test_region_free (region);
}

void
test_protobuf_watch__frames_an_event_by_its_length (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8JsonDecoded decoded = { 0 };
  const K8ConfigMap *map = k8_json_decode (region, K8_INFO (config_map), "{}", 2, &decoded);
  g_autoptr (GString) frame = g_string_new (NULL);
  g_autoptr (GString) object = g_string_new (NULL);
  const K8ProtobufOptions options = { .kind = &k8_kinds[K8_KIND_ConfigMap] };
  K8ProtobufDecoded type = { 0 };

  k8_protobuf_encode_watch_event (frame, "ADDED", map, &options);
  k8_protobuf_encode (object, map, &options);
  CU_ASSERT_EQUAL ((gsize) (guint8) frame->str[2] * 256 + (guint8) frame->str[3],
                   frame->len - 4);
  CU_ASSERT_TRUE (k8_protobuf_decode_type (frame->str + 4, frame->len - 4, &type));
  CU_ASSERT_STRING_EQUAL (type.kind, "WatchEvent");
  CU_ASSERT_PTR_NOT_NULL (memmem (frame->str, frame->len, object->str, object->len));
  k8_protobuf_decoded_clear (&type);
  k8_record_unref (map);
  test_region_free (region);
}
