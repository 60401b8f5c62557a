/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the JSON codec: records in and out, problems, errors in upstream's words, lists.
 * Source: answers of a real API server (error texts), encoding/json (escapes, omitempty).
 */
#include <string.h>

#include "codec/json.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define LIMIT_BYTES (64 * 1024 * 1024)

/* What becomes of @text as a message: its JSON again, or "error: ...", then its problems. */
static char *
pass_through (const K8MessageInfo *info, const char *text, const K8JsonOptions *options)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  gsize used = k8_region_used_bytes (region);
  GString *result = g_string_new (NULL);
  K8JsonDecoded decoded = { 0 };

  const void *record = k8_json_decode (region, info, text, strlen (text), &decoded);
  if (record == NULL)
    g_string_append_printf (result, "error: %s", decoded.error);
  else
    k8_json_encode (result, record, options);
  g_autofree char *strict = k8_json_decoded_strict_error (&decoded);
  if (strict != NULL)
    g_string_append_printf (result, "\n%s", strict);
  k8_record_unref (record);
  k8_json_decoded_clear (&decoded);
  /* Nothing may stay but the table of texts, which is made once. */
  CU_ASSERT_TRUE (k8_region_used_bytes (region) - used <= k8_string_table_bytes (region));
  test_region_free (region);
  return g_string_free (result, FALSE);
}

static void
check (const K8MessageInfo *info, const char *text, const char *expected)
{
  g_autofree char *result = pass_through (info, text, NULL);

  TEST_ASSERT_TEXT (result, expected);
}

static void
check_pod (const char *text, const char *expected)
{
  static const K8JsonOptions options = { .kind = &k8_kinds[K8_KIND_Pod] };
  g_autofree char *result = pass_through (K8_INFO (pod), text, &options);

  TEST_ASSERT_TEXT (result, expected);
}

void
test_json__writes_kind_first_and_fields_in_the_order_of_the_rows (void)
{
  check_pod ("{\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"image\":\"i\",\"name\":\"c\"}]},"
             "\"metadata\":{\"name\":\"p\"},\"apiVersion\":\"v1\",\"kind\":\"Pod\"}",
             "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\"},"
             "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{}}],"
             "\"nodeName\":\"n\"},\"status\":{}}");
}

void
test_json__leaves_out_what_is_absent_null_or_empty (void)
{
  check (K8_INFO (object_meta),
         "{\"name\":null,\"labels\":{},\"finalizers\":[],\"generation\":0,\"uid\":\"\","
         "\"creationTimestamp\":null}",
         "{}");
}

void
test_json__keeps_zero_of_a_pointer (void)
{
  check (K8_INFO (pod_spec),
         "{\"containers\":null,\"priority\":0,\"automountServiceAccountToken\":false,"
         "\"securityContext\":{},\"hostNetwork\":false}",
         "{\"containers\":null,\"automountServiceAccountToken\":false,\"securityContext\":{},"
         "\"priority\":0}");
}

void
test_json__shows_always_what_the_rows_say (void)
{
  check (K8_INFO (toleration), "{}", "{}");
  check (K8_INFO (condition), "{}",
         "{\"type\":\"\",\"status\":\"\",\"lastTransitionTime\":null,\"reason\":\"\","
         "\"message\":\"\"}");
  check (K8_INFO (resource_field_selector), "{}", "{\"resource\":\"\",\"divisor\":\"0\"}");
}

void
test_json__sorts_maps_by_bytes (void)
{
  check (K8_INFO (object_meta),
         "{\"labels\":{\"b\":\"2\",\"\xc3\xa9\":\"4\",\"a\":\"1\",\"aa\":\"3\"}}",
         "{\"labels\":{\"a\":\"1\",\"aa\":\"3\",\"b\":\"2\",\"\xc3\xa9\":\"4\"}}");
}

void
test_json__escapes_as_go_does (void)
{
  check (K8_INFO (object_meta),
         "{\"name\":\"<a>&\\u2028\\u2029\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\xc3\xa9\"}",
         "{\"name\":\"\\u003ca\\u003e\\u0026\\u2028\\u2029\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f"
         "\xc3\xa9\"}");
}

void
test_json__makes_quantities_canonical (void)
{
  check (K8_INFO (resource_requirements),
         "{\"limits\":{\"memory\":\"1024Mi\",\"cpu\":0.1,\"pods\":\"1e3\"}}",
         "{\"limits\":{\"cpu\":\"100m\",\"memory\":\"1Gi\",\"pods\":\"1e3\"}}");
}

void
test_json__refuses_quantities_in_upstream_s_words (void)
{
  check (K8_INFO (resource_requirements), "{\"limits\":{\"cpu\":\"\"}}",
         "error: quantities must match the regular expression "
         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  check (K8_INFO (resource_requirements), "{\"limits\":{\"cpu\":true}}",
         "error: quantities must match the regular expression "
         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

void
test_json__turns_times_to_utc (void)
{
  check (K8_INFO (lease_spec),
         "{\"acquireTime\":\"2024-02-29T23:30:00.000001-01:00\"}",
         "{\"acquireTime\":\"2024-03-01T00:30:00.000001Z\"}");
  check (K8_INFO (object_meta), "{\"creationTimestamp\":\"2024-02-29T12:00:00.5+02:00\"}",
         "{\"creationTimestamp\":\"2024-02-29T10:00:00Z\"}");
}

void
test_json__refuses_times_in_go_s_words (void)
{
  check (K8_INFO (lease_spec), "{\"acquireTime\":\"\"}",
         "error: parsing time \"\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"\" as "
         "\"2006\"");
  check (K8_INFO (lease_spec), "{\"acquireTime\":\"2024-01-01T00:00:00Z\"}",
         "error: parsing time \"2024-01-01T00:00:00Z\" as "
         "\"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\"");
  check (K8_INFO (object_meta), "{\"creationTimestamp\":\"2024-13-01T00:00:00Z\"}",
         "error: parsing time \"2024-13-01T00:00:00Z\": month out of range");
  check (K8_INFO (object_meta), "{\"creationTimestamp\":\"2023-02-29T00:00:00Z\"}",
         "error: parsing time \"2023-02-29T00:00:00Z\": day out of range");
  check (K8_INFO (object_meta), "{\"creationTimestamp\":\"2023-02-28T00:00:00Zx\"}",
         "error: parsing time \"2023-02-28T00:00:00Zx\": extra text: \"x\"");
}

void
test_json__reads_and_writes_base64 (void)
{
  check (K8_INFO (secret), "{\"data\":{\"a\":\"\",\"b\":\"MQ==\",\"c\":\"AAH/\\n/w==\"}}",
         "{\"metadata\":{},\"data\":{\"a\":\"\",\"b\":\"MQ==\",\"c\":\"AAH//w==\"}}");
  check (K8_INFO (secret), "{\"data\":{\"a\":\"!!\"}}",
         "error: illegal base64 data at input byte 0");
  check (K8_INFO (secret), "{\"data\":{\"a\":\"MQ\"}}",
         "error: illegal base64 data at input byte 0");
}

void
test_json__reads_integers_and_texts_in_one_place (void)
{
  check (K8_INFO (service_port), "{\"port\":80,\"targetPort\":\"http\"}",
         "{\"port\":80,\"targetPort\":\"http\"}");
  check (K8_INFO (service_port), "{\"port\":80,\"targetPort\":8080}",
         "{\"port\":80,\"targetPort\":8080}");
}

void
test_json__keeps_raw_values_compact (void)
{
  check (K8_INFO (managed_fields_entry),
         "{\"fieldsV1\": {\"f:a\" : { } , \"k:{\\\"x\\\":1}\": [1, 2]}}",
         "{\"fieldsV1\":{\"f:a\":{},\"k:{\\\"x\\\":1}\":[1,2]}}");
  check (K8_INFO (managed_fields_entry), "{\"fieldsV1\":{\"<\":\"&\"}}",
         "{\"fieldsV1\":{\"\\u003c\":\"\\u0026\"}}");
}

void
test_json__lists_unknown_and_double_fields_in_order (void)
{
  check (K8_INFO (config_map),
         "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"fv\",\"foo\":1},"
         "\"data\":{\"k\":\"1\"},\"data\":{\"k\":\"2\"},\"extra\":true}",
         "{\"metadata\":{\"name\":\"fv\"},\"data\":{\"k\":\"2\"}}\n"
         "strict decoding error: unknown field \"metadata.foo\", duplicate field \"data\", "
         "unknown field \"extra\"");
}

void
test_json__names_places_in_lists_and_maps (void)
{
  check (K8_INFO (pod),
         "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\",\"bad key!\":1,"
         "\"ports\":[{\"containerPort\":1,\"x\":[{}]}]}]},"
         "\"metadata\":{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}}",
         "{\"metadata\":{\"labels\":{\"a\":\"2\"}},\"spec\":{\"containers\":[{\"name\":\"a\","
         "\"resources\":{}},{\"name\":\"b\",\"ports\":[{\"containerPort\":1}],\"resources\":{}}]},"
         "\"status\":{}}\n"
         "strict decoding error: unknown field \"spec.containers[1].bad key!\", "
         "unknown field \"spec.containers[1].ports[0].x\", "
         "duplicate field \"metadata.labels.a\"");
}

void
test_json__tells_case_apart (void)
{
  check (K8_INFO (object_meta), "{\"Name\":\"a\"}",
         "{}\nstrict decoding error: unknown field \"Name\"");
}

void
test_json__names_a_problem_once (void)
{
  check (K8_INFO (object_meta), "{\"x\":1,\"x\":2}",
         "{}\nstrict decoding error: unknown field \"x\"");
}

void
test_json__merges_an_object_that_comes_twice (void)
{
  check (K8_INFO (config_map), "{\"metadata\":{\"name\":\"a\"},\"metadata\":{\"uid\":\"u\"}}",
         "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}\n"
         "strict decoding error: duplicate field \"metadata\"");
}

void
test_json__refuses_wrong_types_in_upstream_s_words (void)
{
  check_pod ("{\"metadata\":{\"finalizers\":[5]}}",
             "error: json: cannot unmarshal number into Go struct field "
             "ObjectMeta.metadata.finalizers of type string");
  check_pod ("{\"metadata\":[]}", "error: json: cannot unmarshal array into Go struct field "
                                  "Pod.metadata of type v1.ObjectMeta");
  check_pod ("{\"metadata\":{\"ownerReferences\":\"x\"}}",
             "error: json: cannot unmarshal string into Go struct field "
             "ObjectMeta.metadata.ownerReferences of type []v1.OwnerReference");
  check_pod ("{\"spec\":{\"dnsPolicy\":5}}",
             "error: json: cannot unmarshal number into Go struct field PodSpec.spec.dnsPolicy of "
             "type v1.DNSPolicy");
  check_pod ("{\"spec\":{\"priority\":\"x\"}}",
             "error: json: cannot unmarshal string into Go struct field PodSpec.spec.priority of "
             "type int32");
  check_pod ("{\"spec\":{\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":5}}]}}",
             "error: json: cannot unmarshal number into Go struct field "
             "HostPathVolumeSource.spec.volumes.VolumeSource.hostPath.path of type string");
}

void
test_json__checks_the_range_of_integers (void)
{
  check_pod ("{\"spec\":{\"priority\":2147483648}}",
             "error: json: cannot unmarshal number 2147483648 into Go struct field "
             "PodSpec.spec.priority of type int32");
  check_pod ("{\"spec\":{\"activeDeadlineSeconds\":9223372036854775808}}",
             "error: json: cannot unmarshal number 9223372036854775808 into Go struct field "
             "PodSpec.spec.activeDeadlineSeconds of type int64");
  check_pod ("{\"spec\":{\"priority\":1.0}}",
             "error: json: cannot unmarshal number 1.0 into Go struct field PodSpec.spec.priority "
             "of type int32");
  check (K8_INFO (pod_spec), "{\"containers\":[],\"priority\":-2147483648,"
                             "\"activeDeadlineSeconds\":-9223372036854775808}",
         "{\"containers\":null,\"activeDeadlineSeconds\":-9223372036854775808,"
         "\"priority\":-2147483648}");
}

void
test_json__refuses_nul_in_a_text (void)
{
  check (K8_INFO (object_meta), "{\"name\":\"a\\u0000b\"}",
         "error: invalid character '\\x00' in string literal");
}

void
test_json__refuses_what_is_no_json (void)
{
  check_pod ("{\"metadata\":{\"name\":\"a\"}", "error: unexpected end of JSON input");
  check_pod ("[]", "error: json: cannot unmarshal array into Go value of type v1.Pod");
  check_pod ("{} {}", "error: invalid character '{' after top-level value");
}

void
test_json__sorts_many_keys_fast_enough (void)
{
  g_autoptr (GString) text = g_string_new ("{\"labels\":{");
  g_autoptr (GTimer) timer = NULL;

  for (guint i = 100000; i > 0; i--)
    g_string_append_printf (text, "\"%07u\":\"\"%s", i, i > 1 ? "," : "}}");
  timer = g_timer_new ();
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8JsonDecoded decoded = { 0 };
  const K8ObjectMeta *meta
      = k8_json_decode (region, K8_INFO (object_meta), text->str, text->len, &decoded);
  CU_ASSERT_PTR_NOT_NULL_FATAL (meta);
  CU_ASSERT_EQUAL (k8_object_meta_labels_n (meta), 100000);
  CU_ASSERT_STRING_EQUAL (k8_object_meta_labels_key (meta, 0), "0000001");
  /* Moving pairs one by one would move 40 GB. */
  CU_ASSERT_TRUE (g_timer_elapsed (timer, NULL) < 3.0);
  k8_record_unref (meta);
  k8_json_decoded_clear (&decoded);
  test_region_free (region);
}

static const void *
decode (K8Region *region, const K8MessageInfo *info, const char *text)
{
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (region, info, text, strlen (text), &decoded);

  k8_json_decoded_clear (&decoded);
  return record;
}

void
test_json__joins_the_resource_version (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  const K8JsonOptions options = { .kind = &k8_kinds[K8_KIND_ConfigMap], .resource_version = "7" };
  k8_autounref const K8ConfigMap *map = decode (
      region, K8_INFO (config_map), "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"1\"}}");
  k8_autounref const K8ConfigMap *empty = decode (region, K8_INFO (config_map), "{}");
  g_autoptr (GString) text = g_string_new (NULL);

  k8_json_encode (text, map, &options);
  TEST_ASSERT_TEXT (text->str, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":"
                               "{\"uid\":\"u\",\"resourceVersion\":\"7\"}}");
  g_string_truncate (text, 0);
  k8_json_encode (text, empty, &options);
  TEST_ASSERT_TEXT (text->str, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":"
                               "{\"resourceVersion\":\"7\"}}");
}

static char *
write_list (const K8JsonOptions *options, guint n)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  const K8ConfigMap *map
      = decode (region, K8_INFO (config_map), "{\"metadata\":{\"name\":\"a\"}}");
  GString *text = g_string_new (NULL);

  k8_json_encode_list_begin (text, NULL, options);
  for (guint i = 0; i < n; i++)
    k8_json_encode_list_item (text, map, i == 0, &(K8JsonOptions){ .kind = options->kind,
                                                                   .resource_version = "3",
                                                                   .is_pretty
                                                                   = options->is_pretty });
  k8_json_encode_list_end (text, n == 0, options);
  k8_record_unref (map);
  test_region_free (region);
  return g_string_free (text, FALSE);
}

void
test_json__streams_lists (void)
{
  K8JsonOptions options = { .kind = &k8_kinds[K8_KIND_ConfigMap], .resource_version = "9" };
  g_autofree char *two = write_list (&options, 2);
  g_autofree char *none = write_list (&options, 0);

  TEST_ASSERT_TEXT (two, "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":"
                         "{\"resourceVersion\":\"9\"},\"items\":["
                         "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"3\"}},"
                         "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"3\"}}]}");
  TEST_ASSERT_TEXT (none, "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":"
                          "{\"resourceVersion\":\"9\"},\"items\":[]}");
}

void
test_json__indents_lists_as_pretty_does (void)
{
  K8JsonOptions options
      = { .kind = &k8_kinds[K8_KIND_ConfigMap], .resource_version = "9", .is_pretty = TRUE };
  g_autofree char *one = write_list (&options, 1);
  g_autofree char *none = write_list (&options, 0);

  TEST_ASSERT_TEXT (one, "{\n  \"kind\": \"ConfigMapList\",\n  \"apiVersion\": \"v1\",\n"
                         "  \"metadata\": {\n    \"resourceVersion\": \"9\"\n  },\n"
                         "  \"items\": [\n    {\n      \"metadata\": {\n"
                         "        \"name\": \"a\",\n        \"resourceVersion\": \"3\"\n"
                         "      }\n    }\n  ]\n}");
  TEST_ASSERT_TEXT (none, "{\n  \"kind\": \"ConfigMapList\",\n  \"apiVersion\": \"v1\",\n"
                          "  \"metadata\": {\n    \"resourceVersion\": \"9\"\n  },\n"
                          "  \"items\": []\n}");
}

void
test_json__writes_watch_events_as_lines (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  k8_autounref const K8ConfigMap *map = decode (region, K8_INFO (config_map), "{}");
  g_autoptr (GString) text = g_string_new (NULL);

  k8_json_encode_watch_event (text, "ADDED", map,
                              &(K8JsonOptions){ .kind = &k8_kinds[K8_KIND_ConfigMap] });
  TEST_ASSERT_TEXT (text->str, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"ConfigMap\","
                               "\"apiVersion\":\"v1\",\"metadata\":{}}}\n");
}

static void
check_type (const char *text, const char *expected)
{
  K8JsonDecoded decoded = { 0 };
  g_autofree char *result = NULL;

  if (k8_json_decode_type (text, strlen (text), &decoded))
    result = g_strdup_printf ("%s %s", decoded.api_version, decoded.kind);
  else
    result = g_strdup (decoded.error);
  TEST_ASSERT_TEXT (result, expected);
  k8_json_decoded_clear (&decoded);
}

void
test_json_type__finds_version_and_kind_or_says_why_not (void)
{
  check_type ("{\"spec\":{\"kind\":1},\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "v1 Pod");
  check_type ("{\"apiVersion\":",
              "couldn't get version/kind; json parse error: unexpected end of JSON input");
  check_type ("{bad", "couldn't get version/kind; json parse error: invalid character 'b' looking "
                      "for beginning of object key string");
  check_type ("[]", "couldn't get version/kind; json parse error: json: cannot unmarshal array "
                    "into Go value of type struct { APIVersion string "
                    "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                    "\"json:\\\"kind,omitempty\\\"\" }");
}

static gboolean
join_item (const char *item, gsize length, gpointer user_data)
{
  GString *out = user_data;

  g_string_append_len (g_string_append_c (out, '|'), item, (gssize) length);
  return TRUE;
}

void
test_json_items__gives_each_item_as_text (void)
{
  static const char text[] = "{\"kind\":\"List\",\"items\":[{\"a\": 1}, {\"b\":[]}],\"x\":[2]}";
  g_autoptr (GString) joined = g_string_new (NULL);

  CU_ASSERT_TRUE (k8_json_each_item (text, strlen (text), join_item, joined, NULL));
  TEST_ASSERT_TEXT (joined->str, "|{\"a\": 1}|{\"b\":[]}");
}

void
test_json_items__refuses_a_list_without_items (void)
{
  K8JsonError error = { 0 };

  CU_ASSERT_FALSE (k8_json_each_item ("{\"a\":1}", 7, join_item, NULL, &error));
  CU_ASSERT_STRING_EQUAL (error.message, "a list has items");
}
