/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches: the examples of RFC 7386 and RFC 6902, the directives of strategic merge patch, and
 * the refusals that a recorded API server gave.
 */
#include "codec/json.h"
#include "machinery/patch.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include <string.h>

/* A tree of a text that lives as long as the test. */
static K8Json *
parse (K8JsonPool *pool, const char *text)
{
  K8JsonError error;
  K8Json *value = k8_json_parse (pool, text, strlen (text), &error);

  CU_ASSERT_PTR_NOT_NULL_FATAL (value);
  return value;
}

static char *
to_text (const K8Json *value)
{
  GString *text = g_string_new (NULL);

  k8_json_append (text, value);
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *target;
  const char *patch;
  const char *result; /* NULL: does not apply */
} Case;

/* RFC 7386, appendix A. */
static const Case merge_cases[] = {
  { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
  { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
  { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
  { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
  { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
  { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
  { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
  { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
  { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
  { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
  { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
  { "{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}" },
  { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
  { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
};

void
test_merge_patch__does_what_rfc_7386_shows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (merge_cases); i++)
    {
      g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
      K8Json *result = k8_merge_patch_apply (pool, parse (pool, merge_cases[i].target),
                                             parse (pool, merge_cases[i].patch));
      g_autofree char *text = to_text (result);
      TEST_ASSERT_TEXT (text, merge_cases[i].result);
    }
}

/* RFC 6902, appendix A, and the pointers of RFC 6901. */
static const Case json_cases[] = {
  { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
    "{\"baz\":\"qux\",\"foo\":\"bar\"}" },
  { "{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
    "{\"foo\":[\"bar\",\"qux\",\"baz\"]}" },
  { "{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\"]}]",
    "{\"foo\":[\"bar\",[\"abc\"]]}" },
  { "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
    "{\"foo\":\"bar\"}" },
  { "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
    "{\"foo\":[\"bar\",\"baz\"]}" },
  { "{\"baz\":\"qux\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
    "{\"baz\":\"boo\"}" },
  { "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
    "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
    "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}" },
  { "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
    "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
    "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}" },
  { "{\"a\":{\"b\":1}}",
    "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},"
    "{\"op\":\"replace\",\"path\":\"/c/b\",\"value\":2}]",
    "{\"a\":{\"b\":1},\"c\":{\"b\":2}}" },
  { "{\"a/b\":1,\"m~n\":2}",
    "[{\"op\":\"remove\",\"path\":\"/a~1b\"},{\"op\":\"test\",\"path\":\"/m~0n\",\"value\":2}]",
    "{\"m~n\":2}" },
  { "{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL },
  { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL },
  { "{\"foo\":[1]}", "[{\"op\":\"add\",\"path\":\"/foo/2\",\"value\":1}]", NULL },
  { "{\"foo\":[1]}", "[{\"op\":\"remove\",\"path\":\"/foo/-1\"}]", NULL },
  { "{\"foo\":[1]}", "[{\"op\":\"remove\",\"path\":\"/foo/01\"}]", NULL },
  { "{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL },
  { "{\"a\":1}", "[{\"op\":\"frob\",\"path\":\"/a\"}]", NULL },
  { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\"}]", NULL },
};

void
test_json_patch__does_what_rfc_6902_shows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (json_cases); i++)
    {
      g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
      K8Json *result = k8_json_patch_apply (pool, parse (pool, json_cases[i].target),
                                            parse (pool, json_cases[i].patch));
      g_autofree char *text = result == NULL ? NULL : to_text (result);
      TEST_ASSERT_TEXT (text, json_cases[i].result);
    }
}

/* On a Pod; a refusal is written as "code: message". */
static const Case strategic_cases[] = {
  /* Containers are merged by name. */
  { "{\"spec\":{\"containers\":[{\"image\":\"a\",\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"y\",\"image\":\"b\"}]}}",
    "{\"spec\":{\"containers\":[{\"image\":\"a\",\"name\":\"x\"},"
    "{\"image\":\"b\",\"name\":\"y\"}]}}" },
  /* Tolerations are not: they are replaced whole. */
  { "{\"spec\":{\"tolerations\":[{\"key\":\"a\"},{\"key\":\"b\"}]}}",
    "{\"spec\":{\"tolerations\":[{\"key\":\"c\"}]}}",
    "{\"spec\":{\"tolerations\":[{\"key\":\"c\"}]}}" },
  /* New elements come first (as the tutorial on patches shows), without nulls and directives. */
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"y\",\"image\":null,\"env\":[{\"name\":\"E\","
    "\"$patch\":\"delete\"}]}]}}",
    "{\"spec\":{\"containers\":[{\"env\":[],\"name\":\"y\"},{\"name\":\"x\"}]}}" },
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"containers\":[{\"$patch\":\"delete\",\"name\":\"x\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"y\"}]}}" },
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"containers\":[{\"$patch\":\"replace\"},{\"name\":\"z\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"z\"}]}}" },
  { "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}",
    "{\"metadata\":{\"labels\":{\"$patch\":\"replace\",\"c\":\"3\"}}}",
    "{\"metadata\":{\"labels\":{\"c\":\"3\"}}}" },
  { "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}",
    "{\"metadata\":{\"labels\":{\"a\":null,\"c\":\"3\"}}}",
    "{\"metadata\":{\"labels\":{\"b\":\"2\",\"c\":\"3\"}}}" },
  /* Finalizers are a merged list of texts. */
  { "{\"metadata\":{\"finalizers\":[\"a\",\"b\"]}}", "{\"metadata\":{\"finalizers\":[\"c\"]}}",
    "{\"metadata\":{\"finalizers\":[\"c\",\"a\",\"b\"]}}" },
  { "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"c\"]}}",
    "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"b\"]}}",
    "{\"metadata\":{\"finalizers\":[\"a\",\"c\"]}}" },
  /* The order that kubectl apply asks for; z is the server's own and stays behind y. */
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"z\"}]}}",
    "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"y\"},{\"name\":\"x\"}],"
    "\"containers\":[{\"name\":\"x\",\"image\":\"i\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"y\"},{\"image\":\"i\",\"name\":\"x\"},"
    "{\"name\":\"z\"}]}}" },
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"y\"},{\"name\":\"x\"}]}}",
    "{\"spec\":{\"containers\":[{\"name\":\"y\"},{\"name\":\"x\"}]}}" },
  /* What is deleted is not looked for in the order; what comes behind it is. */
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"y\"}],"
    "\"containers\":[{\"$patch\":\"delete\",\"name\":\"x\"},"
    "{\"name\":\"y\",\"image\":\"i\"}]}}",
    "{\"spec\":{\"containers\":[{\"image\":\"i\",\"name\":\"y\"}]}}" },
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"},{\"name\":\"y\"}]}}",
    "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"y\"}],"
    "\"containers\":[{\"$patch\":\"delete\",\"name\":\"x\"},{\"name\":\"z\"}]}}",
    "500: The order in patch list:\n[map[$patch:delete name:x] map[name:z]]\n doesn't match "
    "$setElementOrder list:\n[map[name:y]]\n" },
  /* Only what $retainKeys lists stays. */
  { "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}",
    "{\"spec\":{\"volumes\":[{\"$retainKeys\":[\"name\",\"hostPath\"],\"name\":\"v\","
    "\"hostPath\":{\"path\":\"/\"}}]}}",
    "{\"spec\":{\"volumes\":[{\"hostPath\":{\"path\":\"/\"},\"name\":\"v\"}]}}" },
  /* Refusals. */
  { "{\"metadata\":{}}", "{\"metadata\":{\"$patch\":\"bogus\"}}",
    "500: unknown patch type: bogus in map: map[$patch:bogus]" },
  { "{\"spec\":{\"containers\":[{\"name\":\"x\"}]}}",
    "{\"spec\":{\"containers\":[{\"image\":\"i\"}]}}",
    "500: map: map[image:i] does not contain declared merge key: name" },
  { "{\"spec\":{\"volumes\":[{\"name\":\"v\"}]}}",
    "{\"spec\":{\"volumes\":[{\"$retainKeys\":[\"name\"],\"name\":\"v\",\"nfs\":{}}]}}",
    "400: patch format of retainKeys is not valid" },
};

void
test_strategic_patch__follows_rows_and_directives (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (strategic_cases); i++)
    {
      const Case *example = &strategic_cases[i];
      g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
      K8StrategicError error;
      K8Json *result
          = k8_strategic_patch_apply (pool, K8_INFO (pod), parse (pool, example->target),
                                      parse (pool, example->patch), &error);
      g_autofree char *text = result != NULL
                                  ? to_text (result)
                                  : g_strdup_printf ("%u: %s", error.code, error.message);
      TEST_ASSERT_TEXT (text, example->result);
      if (result == NULL)
        g_free (error.message);
    }
}

/* From record to record. */
static const char config_map[]
    = "{\"metadata\":{\"name\":\"one\",\"namespace\":\"n\",\"labels\":{\"x\":\"y\"}},"
      "\"data\":{\"k\":\"2\"}}";

/* The answer to a patch of the ConfigMap above: the object, or code and message. */
static char *
patch_config_map (K8PatchType type, const char *body)
{
  K8Region *region = test_region_new (64 * 1024 * 1024);
  K8JsonDecoded decoded = { 0 };
  K8PatchResult result = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  k8_autounref const void *current
      = k8_json_decode (region, K8_INFO (config_map), config_map, strlen (config_map), &decoded);
  K8PatchRequest request = {
    .type = type,
    .kind = &k8_kinds[K8_KIND_ConfigMap],
    .current = current,
    .resource_version = "300",
    .body = body,
    .body_bytes = strlen (body),
  };

  if (k8_patch_apply (region, &request, &result) && result.problems == NULL)
    k8_json_encode (text, result.object, &(K8JsonOptions){ 0 });
  else
    {
      if (result.status == NULL)
        result.status = k8_patch_result_new_strict_status (region, &request, &result);
      g_string_append_printf (text, "%d %s: %s", k8_status_code (result.status),
                              k8_string_or_empty (k8_status_reason (result.status)),
                              k8_status_message (result.status));
    }
  k8_patch_result_clear (&result);
  k8_json_decoded_clear (&decoded);
  k8_record_unref (g_steal_pointer (&current));
  test_region_free (region);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const struct
{
  K8PatchType type;
  const char *body;
  const char *answer;
} answers[] = {
  { K8_PATCH_TYPE_MERGE, "{\"metadata\":{\"labels\":{\"x\":\"z\"}}}",
    "{\"metadata\":{\"name\":\"one\",\"namespace\":\"n\",\"resourceVersion\":\"300\","
    "\"labels\":{\"x\":\"z\"}},\"data\":{\"k\":\"2\"}}" },
  { K8_PATCH_TYPE_JSON, "[{\"op\":\"test\",\"path\":\"/metadata/labels/x\",\"value\":\"2\"}]",
    "422 Invalid: the server rejected our request due to an error in our request" },
  { K8_PATCH_TYPE_JSON, "{\"op\":1}",
    "400 BadRequest: error decoding patch: json: cannot unmarshal object into Go value of type "
    "[]handlers.jsonPatchOp" },
  { K8_PATCH_TYPE_MERGE, "{bad",
    "400 BadRequest: error decoding patch: invalid character 'b' looking for beginning of object "
    "key string" },
  { K8_PATCH_TYPE_MERGE, "[]",
    "400 BadRequest: error decoding patch: json: cannot unmarshal array into Go value of type "
    "map[string]interface {}" },
  { K8_PATCH_TYPE_STRATEGIC, "{\"data\":{\"$patch\":\"bogus\"}}",
    "500 : unknown patch type: bogus in map: map[$patch:bogus]" },
  { K8_PATCH_TYPE_MERGE, "{\"metadata\":{\"bogus\":1}}",
    "422 Invalid:  \"\" is invalid: patch: Invalid value: "
    "\"{\\\"apiVersion\\\":\\\"v1\\\",\\\"data\\\":{\\\"k\\\":\\\"2\\\"},\\\"kind\\\":"
    "\\\"ConfigMap\\\",\\\"metadata\\\":{\\\"bogus\\\":1,\\\"labels\\\":{\\\"x\\\":\\\"y\\\"},"
    "\\\"name\\\":\\\"one\\\",\\\"namespace\\\":\\\"n\\\",\\\"resourceVersion\\\":\\\"300\\\"}}\": "
    "strict decoding error: unknown field \"metadata.bogus\"" },
};

void
test_patch__answers_as_the_recorded_server (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *text = patch_config_map (answers[i].type, answers[i].body);
      TEST_ASSERT_TEXT (text, answers[i].answer);
    }
}

void
test_patch__refuses_more_than_ten_thousand_operations (void)
{
  g_autoptr (GString) body = g_string_new ("[");

  for (guint i = 0; i <= K8_JSON_PATCH_MAX_OPERATIONS; i++)
    g_string_append_printf (body, "%s{\"op\":\"test\",\"path\":\"/x\"}", i == 0 ? "" : ",");
  g_string_append_c (body, ']');
  g_autofree char *text = patch_config_map (K8_PATCH_TYPE_JSON, body->str);
  TEST_ASSERT_TEXT (text, "413 RequestEntityTooLarge: Request entity too large: The allowed "
                          "maximum operations in a JSON patch is 10000, got 10001");
}

/* Each copy doubles what the next one copies: 2^n nodes. */
void
test_json_patch__refuses_copies_without_end (void)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) patch = g_string_new ("[");

  for (guint i = 0; i < 40; i++)
    g_string_append_printf (
        patch, "%s{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/%u\"}", i == 0 ? "" : ",", i);
  g_string_append_c (patch, ']');
  CU_ASSERT_PTR_NULL (
      k8_json_patch_apply (pool, parse (pool, "{\"a\":{}}"), parse (pool, patch->str)));
  CU_ASSERT_TRUE (k8_json_pool_bytes (pool) < 4 * (gsize) K8_JSON_PATCH_MAX_COPIED_BYTES);
}

void
test_strategic_patch__refuses_directives_without_end (void)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) patch = g_string_new ("{\"metadata\":{");
  K8StrategicError error;

  for (guint i = 0; i < 300; i++)
    g_string_append_printf (patch, "%s\"$setElementOrder/x%u\":[]", i == 0 ? "" : ",", i);
  g_string_append (patch, "}}");
  CU_ASSERT_PTR_NULL (k8_strategic_patch_apply (pool, K8_INFO (pod),
                                                parse (pool, "{\"metadata\":{\"name\":\"x\"}}"),
                                                parse (pool, patch->str), &error));
  TEST_ASSERT_TEXT (error.message, "too many directives in one map");
  CU_ASSERT_EQUAL (error.code, 400);
  g_free (error.message);
}

void
test_patch__knows_the_content_types (void)
{
  CU_ASSERT_EQUAL (k8_patch_type_of_content_type ("application/json-patch+json"),
                   K8_PATCH_TYPE_JSON);
  CU_ASSERT_EQUAL (
      k8_patch_type_of_content_type ("application/merge-patch+json; charset=utf-8"),
      K8_PATCH_TYPE_MERGE);
  CU_ASSERT_EQUAL (k8_patch_type_of_content_type ("application/strategic-merge-patch+json"),
                   K8_PATCH_TYPE_STRATEGIC);
  CU_ASSERT_EQUAL (k8_patch_type_of_content_type ("application/json"), K8_PATCH_TYPE_NONE);
  CU_ASSERT_EQUAL (k8_patch_type_of_content_type (NULL), K8_PATCH_TYPE_NONE);
}
