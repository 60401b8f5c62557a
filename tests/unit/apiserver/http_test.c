/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests from outside: routes, credentials, forms, errors in upstream's words.
 * Source of the texts: recorded answers of kube-apiserver v1.36.2.
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"
#define MAP "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"one\"}}"

static char *
ask (TestWorld *world, const char *method, const char *target, const char *body)
{
  return test_world_http (world, &(TestHttp){ .method = method,
                                              .target = target,
                                              .token = TEST_ADMIN_TOKEN,
                                              .body = body });
}

/* Asserts that an answer begins with its code and holds a text. */
static void
expect (TestWorld *world, const char *method, const char *target, const char *body,
        const char *code, const char *part)
{
  char *answer = ask (world, method, target, body);

  if (!g_str_has_prefix (answer, code) || strstr (answer, part) == NULL)
    test_note ("%s %s: %s", method, target, answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, code));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, part));
  g_free (answer);
}

void
test_http__created_object_is_answered_with_its_version (void)
{
  TestWorld *world = test_world_new ();

  expect (world, "POST", MAPS, MAP, "201",
          "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"one\","
          "\"namespace\":\"default\",\"uid\":\"");
  expect (world, "GET", MAPS "/one", NULL, "200", "\"resourceVersion\":\"");
  test_world_free (world);
}

void
test_http__refusals_are_in_upstreams_words (void)
{
  static const struct
  {
    const char *method;
    const char *target;
    const char *body;
    const char *code;
    const char *part;
  } rows[] = {
    { "GET", MAPS "/none", NULL, "404",
      "\"message\":\"configmaps \\\"none\\\" not found\",\"reason\":\"NotFound\",\"details\":{"
      "\"name\":\"none\",\"kind\":\"configmaps\"},\"code\":404}" },
    { "GET", MAPS "/one/nope", NULL, "404",
      "\"message\":\"the server could not find the requested resource\"" },
    { "GET", "/api/v1/configmaps/one", NULL, "404",
      "\"message\":\"the server could not find the requested resource\"" },
    { "GET", "/nope", NULL, "404", "404 page not found\n" },
    { "GET", MAPS "/..", NULL, "404", "404 page not found\n" },
    { "GET", MAPS "/%2e%2e", NULL, "404", "404 page not found\n" },
    { "GET", MAPS "/a%2fb", NULL, "404", "404 page not found\n" },
    { "GET", MAPS "/a%00b", NULL, "404", "404 page not found\n" },
    { "POST", MAPS "/one", MAP, "405",
      "\"message\":\"the server does not allow this method on the requested resource\"" },
    { "DELETE", "/api/v1/configmaps", NULL, "405", "MethodNotAllowed" },
    { "BREW", MAPS "/one", NULL, "405", "MethodNotAllowed" },
    { "GET", MAPS "?limit=abc", NULL, "400",
      "strconv.ParseInt: parsing \\\"abc\\\": invalid syntax" },
    { "GET", MAPS "?resourceVersion=999999", NULL, "504", "Too large resource version" },
    { "POST", MAPS, "{\"apiVersion\":", "400",
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get "
      "version/kind; json parse error: unexpected end of JSON input ({\\\"apiVersion\\\":)" },
    { "POST", MAPS, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "400",
      "Pod in version \\\"v1\\\" cannot be handled as a ConfigMap: converting (v1.Pod) to "
      "(core.ConfigMap): unknown conversion" },
    { "POST", MAPS "?dryRun=true", MAP, "422",
      "dryRun: Unsupported value: [\\\"true\\\"]: supported values: \\\"All\\\"" },
    { "POST", MAPS, "{}", "422",
      "ConfigMap \\\"\\\" is invalid: metadata.name: Required value: name or generateName is "
      "required" },
    { "DELETE", "/api/v1/namespaces/default", NULL, "403",
      "namespaces \\\"default\\\" is forbidden: this namespace may not be deleted" },
  };
  TestWorld *world = test_world_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    expect (world, rows[i].method, rows[i].target, rows[i].body, rows[i].code, rows[i].part);
  test_world_free (world);
}

void
test_http__wrong_token_is_401_and_none_is_403 (void)
{
  TestWorld *world = test_world_new ();
  TestHttp request = { .method = "GET", .target = MAPS, .token = "wrong" };
  char *wrong = test_world_http (world, &request);
  request.token = NULL;
  char *anonymous = test_world_http (world, &request);
  request.target = "/healthz";
  char *health = test_world_http (world, &request);

  CU_ASSERT_TRUE (g_str_has_prefix (wrong, "401"));
  CU_ASSERT_PTR_NOT_NULL (
      strstr (anonymous, "configmaps is forbidden: User \\\"system:anonymous\\\" cannot list "
                         "resource \\\"configmaps\\\" in API group \\\"\\\" in the namespace "
                         "\\\"default\\\""));
  TEST_ASSERT_TEXT (health, "200\nok");
  g_free (wrong);
  g_free (anonymous);
  g_free (health);
  test_world_free (world);
}

void
test_http__strict_refuses_and_warn_warns (void)
{
  static const char body[] = "{\"metadata\":{\"name\":\"fv\",\"foo\":1},\"extra\":true}";
  TestWorld *world = test_world_new ();
  GString *text = g_string_new (NULL);
  TestHttp request = { .method = "POST",
                       .target = MAPS "?dryRun=All&fieldValidation=Warn",
                       .token = TEST_ADMIN_TOKEN,
                       .body = body };

  expect (world, "POST", MAPS "?fieldValidation=Strict", body, "400",
          "ConfigMap in version \\\"v1\\\" cannot be handled as a ConfigMap: strict decoding "
          "error: unknown field \\\"metadata.foo\\\", unknown field \\\"extra\\\"");
  const K8HttpResponse *response = test_world_http_response (world, &request, text);
  guint n_warnings = 0;
  for (guint32 i = 0; i < k8_array_n (&response->headers); i++)
    {
      const K8HttpHeader *header = k8_array_at (&response->headers, i);
      if (strcmp (header->name, "warning") == 0 && n_warnings++ == 0)
        TEST_ASSERT_TEXT (header->value, "299 - \"unknown field \\\"metadata.foo\\\"\"");
    }
  CU_ASSERT_EQUAL (response->code, 201);
  CU_ASSERT_EQUAL (n_warnings, 2);
  g_string_free (text, TRUE);
  test_world_free (world);
}

void
test_http__pages_go_on_where_they_stopped (void)
{
  TestWorld *world = test_world_new ();
  char body[64];

  for (guint i = 0; i < 5; i++)
    {
      g_snprintf (body, sizeof body, "{\"metadata\":{\"name\":\"m%u\"}}", i);
      g_free (ask (world, "POST", MAPS, body));
    }
  char *first = ask (world, "GET", MAPS "?limit=2", NULL);
  char *token = strstr (first, "\"continue\":\"") + strlen ("\"continue\":\"");
  CU_ASSERT_PTR_NOT_NULL (strstr (first, "\"remainingItemCount\":3"));
  CU_ASSERT_PTR_NULL (strstr (first, "\"m2\""));
  *strchr (token, '"') = '\0';
  g_free (ask (world, "DELETE", MAPS "/m3", NULL)); /* the page shows it as it was */
  char *target = g_strconcat (MAPS "?limit=9&continue=", token, NULL);
  char *second = ask (world, "GET", target, NULL);
  CU_ASSERT_PTR_NULL (strstr (second, "\"m1\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (second, "\"m2\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (second, "\"m3\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (second, "\"m4\""));
  g_free (first);
  g_free (second);
  g_free (target);
  test_world_free (world);
}

void
test_http__patches_of_three_types_apply (void)
{
  static const struct
  {
    const char *type;
    const char *body;
    const char *part;
  } rows[] = {
    { "application/merge-patch+json", "{\"data\":{\"a\":\"1\"}}", "\"data\":{\"a\":\"1\"}" },
    { "application/json-patch+json",
      "[{\"op\":\"add\",\"path\":\"/data/b\",\"value\":\"2\"}]",
      "\"data\":{\"a\":\"1\",\"b\":\"2\"}" },
    { "application/strategic-merge-patch+json", "{\"data\":{\"a\":null}}",
      "\"data\":{\"b\":\"2\"}" },
  };
  TestWorld *world = test_world_new ();

  g_free (ask (world, "POST", MAPS, MAP));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char *answer = test_world_http (world, &(TestHttp){ .method = "PATCH",
                                                          .target = MAPS "/one",
                                                          .token = TEST_ADMIN_TOKEN,
                                                          .content_type = rows[i].type,
                                                          .body = rows[i].body });
      CU_ASSERT_PTR_NOT_NULL (strstr (answer, rows[i].part));
      g_free (answer);
    }
  char *renamed = test_world_http (world, &(TestHttp){ .method = "PATCH",
                                                       .target = MAPS "/one",
                                                       .token = TEST_ADMIN_TOKEN,
                                                       .content_type = rows[0].type,
                                                       .body = "{\"metadata\":{\"name\":"
                                                               "\"two\"}}" });
  CU_ASSERT_PTR_NOT_NULL (strstr (renamed, "the name of the object (two) does not match the name "
                                           "on the URL (one)"));
  g_free (renamed);
  expect (world, "PATCH", MAPS "/one", "{}", "415", "415: Unsupported Media Type");
  test_world_free (world);
}

void
test_http__watch_streams_changes_as_lines (void)
{
  TestWorld *world = test_world_new ();
  GString *none = g_string_new (NULL);

  test_world_http_response (world,
                            &(TestHttp){ .method = "GET",
                                         .target = MAPS "?watch=true",
                                         .token = TEST_ADMIN_TOKEN },
                            none);
  guint64 tag = test_world_http_tag (world);
  g_free (ask (world, "POST", MAPS, MAP));
  g_free (ask (world, "DELETE", MAPS "/one", NULL));
  char *stream = test_world_http_stream (world, tag);
  CU_ASSERT_TRUE (g_str_has_prefix (stream, "{\"type\":\"ADDED\",\"object\":{\"kind\":"
                                            "\"ConfigMap\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (stream, "\n{\"type\":\"DELETED\","));
  g_free (stream);
  g_string_free (none, TRUE);
  test_world_free (world);
}

void
test_http__table_has_columns_and_cells (void)
{
  TestWorld *world = test_world_new ();
  char *answer = test_world_http (
      world, &(TestHttp){ .method = "GET",
                          .target = "/api/v1/namespaces",
                          .token = TEST_ADMIN_TOKEN,
                          .accept = "application/json;as=Table;v=v1;g=meta.k8s.io" });

  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "{\"kind\":\"Table\",\"apiVersion\":"
                                          "\"meta.k8s.io/v1\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "{\"cells\":[\"default\",\"Active\",\"0s\"]"));
  g_free (answer);
  test_world_free (world);
}

void
test_token__is_issued_and_accepted (void)
{
  TestWorld *world = test_world_new ();
  char *issued = NULL;

  g_free (ask (world, "POST", "/api/v1/namespaces/default/serviceaccounts",
               "{\"metadata\":{\"name\":\"robot\"}}"));
  issued = ask (world, "POST", "/api/v1/namespaces/default/serviceaccounts/robot/token",
                "{\"spec\":{\"audiences\":null}}");
  char *token = strstr (issued, "\"token\":\"");
  CU_ASSERT_TRUE (g_str_has_prefix (issued, "201"));
  CU_ASSERT_PTR_NOT_NULL_FATAL (token);
  token += strlen ("\"token\":\"");
  *strchr (token, '"') = '\0';
  char *answer = test_world_http (
      world, &(TestHttp){ .method = "GET", .target = MAPS, .token = token });
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "User \\\"system:serviceaccount:default:robot\\\" "
                                          "cannot list resource"));
  token[strlen (token) - 1] = 'x';
  char *forged = test_world_http (
      world, &(TestHttp){ .method = "GET", .target = MAPS, .token = token });
  CU_ASSERT_TRUE (g_str_has_prefix (forged, "401"));
  g_free (issued);
  g_free (answer);
  g_free (forged);
  test_world_free (world);
}
