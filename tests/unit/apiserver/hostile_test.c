/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that nobody means well: each is refused with a reason, and leaves nothing behind: no
 * object, no revision, no event.
 */
#include <string.h>

#include "limits.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"
#define PODS "/api/v1/namespaces/default/pods"
#define MERGE "application/merge-patch+json"
#define JSON_PATCH "application/json-patch+json"
#define STRATEGIC "application/strategic-merge-patch+json"
#define POD(spec) "{\"metadata\":{\"name\":\"p\"},\"spec\":{" spec "}}"
#define CONTAINER "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]"

typedef struct
{
  const char *method;
  const char *target;
  const char *type; /* of the content; NULL none */
  const char *body;
  const char *code;
  const char *part;
} Row;

static char *
ask (TestWorld *world, const Row *row)
{
  return test_world_http (world, &(TestHttp){ .method = row->method, .target = row->target,
                                              .token = TEST_ADMIN_TOKEN,
                                              .content_type = row->type, .body = row->body });
}

static gint64
count_revisions (TestWorld *world)
{
  return test_world_call (world, test_world_request (world, K8_VERB_LIST, K8_KIND_ConfigMap,
                                                     "default", NULL))
      ->revision;
}

static void
expect_refusals (const Row *rows, guint n)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default",
                                      "{\"metadata\":{\"name\":\"one\"},\"data\":{\"k\":\"1\"}}"),
                   201);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ServiceAccount, "default",
                                      "{\"metadata\":{\"name\":\"default\"}}"),
                   201);
  gint64 before = count_revisions (world);
  for (guint i = 0; i < n; i++)
    {
      char *answer = ask (world, &rows[i]);
      if (!g_str_has_prefix (answer, rows[i].code) || strstr (answer, rows[i].part) == NULL)
        test_note ("%s %s %.200s: %.600s", rows[i].method, rows[i].target,
                   rows[i].body == NULL ? "" : rows[i].body, answer);
      CU_ASSERT_TRUE (g_str_has_prefix (answer, rows[i].code));
      CU_ASSERT_PTR_NOT_NULL (strstr (answer, rows[i].part));
      g_free (answer);
    }
  CU_ASSERT_EQUAL (count_revisions (world), before);
  test_world_free (world);
}

void
test_hostile__paths_are_refused (void)
{
  static const Row rows[] = {
    { "GET", "/api/v1/namespaces/../pods", NULL, NULL, "404", "404 page not found" },
    { "GET", "/api/v1/namespaces/%2e%2e/pods", NULL, NULL, "404", "404 page not found" },
    { "GET", "/api/v1/namespaces/%252e%252e/pods/x", NULL, NULL, "404", "not found" },
    { "GET", "/api/v1/namespaces//pods", NULL, NULL, "404", "404 page not found" },
    { "GET", "/api/v1/namespaces/default%2fpods", NULL, NULL, "404", "404 page not found" },
    { "GET", MAPS "/%ff%fe", NULL, NULL, "404", "404 page not found" },
    { "GET", MAPS "/a%0", NULL, NULL, "404", "404 page not found" },
    { "GET", MAPS "/one;x=1", NULL, NULL, "404", "configmaps \\\"one;x=1\\\" not found" },
    { "GET", "/apis/v1/pods/x/y/z", NULL, NULL, "404", "404 page not found" },
    { "GET", "/api/v1/namespaces/default/nodes/n", NULL, NULL, "404",
      "the server could not find the requested resource" },
    { "GET", "api/v1", NULL, NULL, "404", "404 page not found" },
    { "GET", "", NULL, NULL, "404", "404 page not found" },
    { "TRACE", MAPS "/one", NULL, NULL, "405", "MethodNotAllowed" },
    { "get", MAPS "/one", NULL, NULL, "405", "MethodNotAllowed" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_hostile__queries_are_refused (void)
{
  static const Row rows[] = {
    { "GET", MAPS "?limit=9223372036854775808", NULL, NULL, "400", "value out of range" },
    { "GET", MAPS "?limit=1e3", NULL, NULL, "400", "invalid syntax" },
    { "GET", MAPS "?watch=1&timeoutSeconds=x", NULL, NULL, "400", "invalid syntax" },
    { "GET", MAPS "?resourceVersion=18446744073709551616", NULL, NULL, "400",
      "value out of range" },
    { "GET", MAPS "?resourceVersion=18446744073709551615", NULL, NULL, "504",
      "Too large resource version" },
    { "GET", MAPS "?resourceVersion=-1", NULL, NULL, "400", "invalid syntax" },
    { "GET", MAPS "?resourceVersionMatch=Exact", NULL, NULL, "422",
      "resourceVersionMatch is forbidden unless resourceVersion is provided" },
    { "GET", MAPS "?labelSelector=a%3D%3D%3Db", NULL, NULL, "400", "unable to parse" },
    { "GET", MAPS "?labelSelector=a+in+(", NULL, NULL, "400", "unable to parse" },
    { "GET", MAPS "?labelSelector=%ff", NULL, NULL, "400", "" },
    { "GET", MAPS "?fieldSelector=spec.nodeName%3Dx", NULL, NULL, "400",
      "is not a known field selector" },
    { "GET", MAPS "?fieldSelector=a", NULL, NULL, "400", "invalid selector" },
    { "DELETE", MAPS "/one?gracePeriodSeconds=x", NULL, NULL, "400", "invalid syntax" },
    { "DELETE", MAPS "/one?propagationPolicy=Maybe", NULL, NULL, "422",
      "propagationPolicy: Unsupported value: \\\"Maybe\\\"" },
    { "DELETE", MAPS "/one?dryRun=Some", NULL, NULL, "422", "dryRun: Unsupported value" },
    { "POST", MAPS "?fieldValidation=Loud", NULL, "{}", "422",
      "fieldValidation: Unsupported value: \\\"Loud\\\"" },
    { "PATCH", MAPS "/one?force=true", MERGE, "{}", "422",
      "force: Forbidden: may not be specified for non-apply patch" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_hostile__bodies_are_refused (void)
{
  static const Row rows[] = {
    { "POST", MAPS, "application/json", "", "400", "BadRequest" },
    { "POST", MAPS, "application/json", "[]", "400", "BadRequest" },
    { "POST", MAPS, "application/json", "{\"a\":1", "400", "unexpected end of JSON input" },
    { "POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"x\"}}/**/", "400",
      "BadRequest" },
    { "POST", MAPS, "application/json", "{\"metadata\":{\"name\":012}}", "400", "BadRequest" },
    { "POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"\xff\"}}", "400",
      "BadRequest" },
    { "POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"a\\u0000b\"}}", "400",
      "BadRequest" },
    { "POST", MAPS, "application/json", "{\"metadata\":{\"name\":\"x\"},\"data\":{\"k\":1}}",
      "400", "json: cannot unmarshal number into Go struct field ConfigMap.data of type string" },
    { "POST", MAPS, "application/yaml", "a: &a [*a]\n", "400", "BadRequest" },
    { "POST", MAPS, "text/html", "<p>", "415", "UnsupportedMediaType" },
    { "POST", MAPS, "application/vnd.kubernetes.protobuf", "{}", "400",
      "provided data does not appear to be a protobuf message" },
    { "POST", MAPS, "application/vnd.kubernetes.protobuf", "k8s", "400", "BadRequest" },
    { "POST", MAPS "?fieldValidation=Strict", NULL,
      "{\"metadata\":{\"name\":\"x\",\"nope\":1,\"name\":\"y\"}}", "400",
      "strict decoding error: unknown field \\\"metadata.nope\\\", duplicate field "
      "\\\"metadata.name\\\"" },
    { "POST", MAPS, NULL, "{\"metadata\":{\"name\":\"x\",\"namespace\":\"other\"}}", "400",
      "the namespace of the provided object does not match the namespace sent on the request" },
    { "POST", MAPS, NULL, "{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"5\"}}", "500",
      "resourceVersion should not be set on objects to be created" },
    { "POST", MAPS, NULL, "{\"metadata\":{\"name\":\"../x\"}}", "422", "metadata.name" },
    { "PUT", MAPS "/one", NULL, "{\"metadata\":{\"name\":\"two\"}}", "400",
      "the name of the object (two) does not match the name on the URL (one)" },
    { "PUT", MAPS "/one", NULL,
      "{\"metadata\":{\"name\":\"one\",\"uid\":\"00000000-0000-0000-0000-000000000000\"}}", "409",
      "Precondition failed: UID in precondition" },
    { "PUT", MAPS "/one", NULL, "{\"metadata\":{\"name\":\"one\",\"resourceVersion\":\"x\"}}",
      "500", "strconv.ParseUint: parsing \\\"x\\\": invalid syntax" },
    { "PUT", MAPS "/one", NULL, "{\"metadata\":{\"name\":\"one\",\"resourceVersion\":\"1\"}}",
      "409", "the object has been modified" },
    { "DELETE", MAPS "/one", NULL, "{\"preconditions\":{\"uid\":\"u\"}}", "409",
      "the UID in the precondition (u) does not match the UID in record" },
    { "DELETE", MAPS "/one", NULL, "{\"preconditions\":{\"resourceVersion\":\"1\"}}", "409",
      "the ResourceVersion in the precondition (1) does not match" },
    { "DELETE", MAPS "/one", NULL, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "400",
      "BadRequest" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_hostile__patches_are_refused (void)
{
  static const Row rows[] = {
    { "PATCH", MAPS "/one", "application/json", "{}", "415", "415: Unsupported Media Type" },
    { "PATCH", MAPS "/one", NULL, "{}", "415", "UnsupportedMediaType" },
    { "PATCH", MAPS "/one", MERGE, "[]", "400", "BadRequest" },
    { "PATCH", MAPS "/one", MERGE, "{\"metadata\":{\"name\":\"two\"}}", "400",
      "the name of the object (two) does not match the name on the URL (one)" },
    { "PATCH", MAPS "/one", MERGE, "{\"metadata\":{\"namespace\":\"kube-system\"}}", "400",
      "the namespace of the provided object does not match" },
    { "PATCH", MAPS "/one", MERGE, "{\"metadata\":{\"uid\":\"u\"}}", "409",
      "Precondition failed: UID in precondition: u" },
    { "PATCH", MAPS "/one", MERGE, "{\"metadata\":{\"resourceVersion\":\"1\"}}", "409",
      "the object has been modified" },
    { "PATCH", MAPS "/one", MERGE, "{\"metadata\":{\"resourceVersion\":\"x\"}}", "500",
      "strconv.ParseUint: parsing \\\"x\\\": invalid syntax" },
    { "PATCH", MAPS "/one", MERGE,
      "{\"metadata\":{\"deletionTimestamp\":\"2020-01-01T00:00:00Z\"}}", "422",
      "metadata.deletionTimestamp: Invalid value: \\\"2020-01-01T00:00:00Z\\\": field is "
      "immutable" },
    { "PATCH", MAPS "/one", MERGE, "{\"kind\":\"Pod\"}", "422",
      "converting (v1.Pod) to (core.ConfigMap): unknown conversion" },
    { "PATCH", MAPS "/one", MERGE, "{\"apiVersion\":\"v9\"}", "422",
      "no kind \\\"ConfigMap\\\" is registered for version \\\"v9\\\" in scheme" },
    { "PATCH", MAPS "/one", JSON_PATCH, "{}", "400", "BadRequest" },
    { "PATCH", MAPS "/one", JSON_PATCH, "[{\"op\":\"remove\",\"path\":\"/data/none\"}]", "422",
      "the server rejected our request due to an error in our request" },
    { "PATCH", MAPS "/one", JSON_PATCH,
      "[{\"op\":\"test\",\"path\":\"/data/k\",\"value\":\"2\"}]", "422", "Invalid" },
    { "PATCH", MAPS "/one", STRATEGIC, "{\"$patch\":\"explode\"}", "500",
      "unknown patch type: explode in map: map[$patch:explode]" },
    { "PATCH", MAPS "/one?fieldValidation=Strict", MERGE, "{\"nope\":1}", "422",
      "strict decoding error: unknown field \\\"nope\\\"" },
    { "PATCH", MAPS "/none", MERGE, "{}", "404", "configmaps \\\"none\\\" not found" },
    { "PATCH", PODS "/none/status", MERGE, "{}", "404", "pods \\\"none\\\" not found" },
    { "PATCH", MAPS, MERGE, "{}", "405", "MethodNotAllowed" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_hostile__specs_are_refused (void)
{
  static const Row rows[] = {
    { "POST", PODS, NULL, POD ("\"containers\":[]"), "422",
      "spec.containers: Required value" },
    { "POST", PODS, NULL,
      POD ("\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":"
           "\"1..0\"}}}]"), "400", "quantities must match the regular expression" },
    { "POST", PODS, NULL,
      POD ("\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":"
           "\"-1\"}}}]"), "422", "must be greater than or equal to 0" },
    { "POST", PODS, NULL,
      POD ("\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"ports\":[{\"containerPort\":"
           "65536}]}]"), "422", "must be between 1 and 65535, inclusive" },
    { "POST", PODS, NULL,
      POD ("\"terminationGracePeriodSeconds\":9223372036854775808," CONTAINER), "400",
      "json: cannot unmarshal number 9223372036854775808 into Go struct field "
      "PodSpec.spec.terminationGracePeriodSeconds of type int64" },
    { "POST", PODS, NULL, POD ("\"priorityClassName\":\"none\"," CONTAINER), "403",
      "no PriorityClass with name none was found" },
    { "POST", PODS, NULL, POD ("\"serviceAccountName\":\"none\"," CONTAINER), "403",
      "error looking up service account default/none: serviceaccount \\\"none\\\" not found" },
    { "POST", PODS "/p/binding", NULL, "{\"target\":{\"kind\":\"Pod\",\"name\":\"x\"}}", "404",
      "pods \\\"p\\\" not found" },
    { "POST", "/api/v1/namespaces/none/configmaps", NULL, "{\"metadata\":{\"name\":\"x\"}}", "404",
      "namespaces \\\"none\\\" not found" },
    { "DELETE", "/api/v1/namespaces/kube-system", NULL, NULL, "403",
      "this namespace may not be deleted" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

/* A text that is made of @n pieces between a beginning and an end. (g_free) */
static char *
repeat (const char *begin, const char *piece, guint n, const char *end)
{
  GString *text = g_string_new (begin);

  for (guint i = 0; i < n; i++)
    g_string_append (text, piece);
  g_string_append (text, end);
  return g_string_free (text, FALSE);
}

void
test_hostile__masses_are_refused (void)
{
  char *deep = repeat ("{\"metadata\":{\"name\":\"x\"},\"data\":", "[", 60000, "");
  char *yaml = repeat ("a: ", "[", 60000, "");
  char *long_body = repeat ("{\"metadata\":{\"name\":\"x\"},\"data\":{\"k\":\"",
                            "xxxxxxxxxxxxxxxx", 3 * 65536, "\"}}");
  char *operations = repeat ("[", "{\"op\":\"test\",\"path\":\"/data/k\",\"value\":\"1\"},", 10001,
                             "{\"op\":\"remove\",\"path\":\"/data/k\"}]");
  char *terms = repeat (MAPS "?labelSelector=a", ",a", 1100, "");
  char *annotation = repeat ("{\"metadata\":{\"name\":\"x\",\"annotations\":{\"a\":\"",
                             "xxxxxxxxxxxxxxxx", 16384, "\"}}}");
  Row rows[] = {
    { "POST", MAPS, "application/json", deep, "400", "BadRequest" },
    { "POST", MAPS, "application/yaml", yaml, "400", "BadRequest" },
    { "POST", MAPS, "application/json", long_body, "413", "Request entity too large" },
    { "PATCH", MAPS "/one", MERGE, long_body, "413", "Request entity too large" },
    { "PATCH", MAPS "/one", JSON_PATCH, operations, "413",
      "The allowed maximum operations in a JSON patch is 10000, got 10002" },
    { "GET", terms, NULL, NULL, "400", "BadRequest" },
    { "POST", MAPS, NULL, annotation, "422", "metadata.annotations: Too long" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
  char *const texts[] = { deep, yaml, long_body, operations, terms, annotation };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
}

/* Every writing verb, dry: it answers as if, and nothing has happened. */
void
test_dry_run__leaves_nothing_behind (void)
{
  static const Row rows[] = {
    { "POST", MAPS "?dryRun=All", NULL, "{\"metadata\":{\"name\":\"two\"}}", "201",
      "\"name\":\"two\"" },
    { "POST", MAPS "?dryRun=All", NULL, "{\"metadata\":{\"generateName\":\"g-\"}}", "201",
      "\"name\":\"g-" },
    { "PUT", MAPS "/one?dryRun=All", NULL,
      "{\"metadata\":{\"name\":\"one\"},\"data\":{\"k\":\"2\"}}", "200", "\"k\":\"2\"" },
    { "PATCH", MAPS "/one?dryRun=All", MERGE, "{\"data\":{\"k\":\"3\"}}", "200", "\"k\":\"3\"" },
    { "PATCH", MAPS "/one?dryRun=All", JSON_PATCH, "[{\"op\":\"remove\",\"path\":\"/data\"}]",
      "200", "\"name\":\"one\"" },
    { "DELETE", MAPS "/one?dryRun=All", NULL, NULL, "200", "\"status\":\"Success\"" },
    { "DELETE", MAPS "/one", NULL, "{\"dryRun\":[\"All\"]}", "200", "\"status\":\"Success\"" },
    { "DELETE", MAPS "?dryRun=All", NULL, NULL, "200", "\"kind\":\"ConfigMapList\"" },
    { "POST", "/api/v1/namespaces/default/services?dryRun=All", NULL,
      "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80}]}}",
      "201", "\"nodePort\":3" },
    { "POST", "/apis/apps/v1/namespaces/default/deployments?dryRun=All", NULL,
      "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"
      "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{" CONTAINER "}}}}",
      "201", "\"replicas\":1" },
    { "DELETE", "/api/v1/namespaces/kube-node-lease?dryRun=All", NULL, NULL, "200",
      "\"phase\":\"" },
  };

  expect_refusals (rows, G_N_ELEMENTS (rows));
}

/* The same of what has subresources. */
void
test_dry_run__of_subresources_leaves_nothing_behind (void)
{
#define DEPLOYMENTS "/apis/apps/v1/namespaces/default/deployments"
  static const Row make[] = {
    { "POST", "/api/v1/namespaces/default/serviceaccounts", NULL,
      "{\"metadata\":{\"name\":\"default\"}}", "", "" },
    { "POST", DEPLOYMENTS, NULL,
      "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"
      "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{" CONTAINER "}}}}", "201",
      "" },
    { "POST", PODS, NULL, POD (CONTAINER), "201", "" },
  };
  static const Row rows[] = {
    { "PATCH", DEPLOYMENTS "/d/scale?dryRun=All", MERGE, "{\"spec\":{\"replicas\":7}}", "200",
      "\"replicas\":7" },
    { "PATCH", DEPLOYMENTS "/d/status?dryRun=All", MERGE, "{\"status\":{\"replicas\":7}}", "200",
      "\"replicas\":7" },
    { "POST", PODS "/p/binding?dryRun=All", NULL,
      "{\"metadata\":{\"name\":\"p\"},\"target\":{\"kind\":\"Node\",\"name\":\"n\"}}", "201",
      "\"status\":\"Success\"" },
    { "DELETE", PODS "/p?dryRun=All", NULL, NULL, "200", "\"name\":\"p\"" },
  };
  TestWorld *world = test_world_new ();

  for (guint i = 0; i < G_N_ELEMENTS (make); i++)
    g_free (ask (world, &make[i]));
  gint64 before = count_revisions (world);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char *answer = ask (world, &rows[i]);
      if (!g_str_has_prefix (answer, rows[i].code) || strstr (answer, rows[i].part) == NULL)
        test_note ("%s %s: %s", rows[i].method, rows[i].target, answer);
      CU_ASSERT_TRUE (g_str_has_prefix (answer, rows[i].code));
      CU_ASSERT_PTR_NOT_NULL (strstr (answer, rows[i].part));
      g_free (answer);
    }
  CU_ASSERT_EQUAL (count_revisions (world), before);
  test_world_free (world);
}
