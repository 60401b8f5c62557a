/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of service accounts: who may show which, and how long.
 * Source: kubernetes pkg/serviceaccount (claims.go), KEP-1205 (bound tokens).
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define ROBOT "/api/v1/namespaces/default/serviceaccounts/robot"
#define MAPS "/api/v1/namespaces/default/configmaps"

static char *
ask (TestWorld *world, const char *method, const char *target, const char *body)
{
  return test_world_http (world, &(TestHttp){ .method = method, .target = target,
                                              .token = TEST_ADMIN_TOKEN, .body = body });
}

static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"robot\"}}");
  return world;
}

/* A token for what a spec says. (g_free) */
static char *
issue (TestWorld *world, const char *spec)
{
  char *body = g_strdup_printf ("{\"spec\":{%s}}", spec);
  char *answer = ask (world, "POST", ROBOT "/token", body);
  const char *start = strstr (answer, "\"token\":\"");
  char *token = NULL;

  if (start == NULL)
    test_note ("%s", answer);
  CU_ASSERT_PTR_NOT_NULL_FATAL (start);
  start += strlen ("\"token\":\"");
  token = g_strndup (start, strcspn (start, "\""));
  g_free (body);
  g_free (answer);
  return token;
}

/* What becomes of a request with a token: 403 by name if it is good, else 401. */
static void
expect_code (TestWorld *world, const char *token, const char *code)
{
  char *answer = test_world_http (
      world, &(TestHttp){ .method = "GET", .target = MAPS, .token = token });

  if (!g_str_has_prefix (answer, code))
    test_note ("%s", answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, code));
  g_free (answer);
}

void
test_token__without_audiences_is_for_the_server (void)
{
  TestWorld *world = new_world ();
  char *answer = ask (world, "POST", ROBOT "/token", "{\"spec\":{\"audiences\":null}}");

  CU_ASSERT_PTR_NOT_NULL (
      strstr (answer, "\"audiences\":[\"https://kubernetes.default.svc.cluster.local\"]"));
  g_free (answer);
  test_world_free (world);
}

void
test_token__for_another_audience_is_refused (void)
{
  TestWorld *world = new_world ();
  char *other = issue (world, "\"audiences\":[\"vault\"]");
  char *both = issue (world, "\"audiences\":[\"vault\","
                             "\"https://kubernetes.default.svc.cluster.local\"]");

  expect_code (world, other, "401");
  expect_code (world, both, "403");
  g_free (other);
  g_free (both);
  test_world_free (world);
}

void
test_token__ends_with_its_time (void)
{
  TestWorld *world = new_world ();
  char *token = issue (world, "\"audiences\":null,\"expirationSeconds\":600");

  test_world_advance (world, G_GINT64_CONSTANT (599000000000));
  expect_code (world, token, "403");
  test_world_advance (world, G_GINT64_CONSTANT (2000000000));
  expect_code (world, token, "401");
  g_free (token);
  test_world_free (world);
}

void
test_token__ends_with_its_account (void)
{
  TestWorld *world = new_world ();
  char *token = issue (world, "\"audiences\":null");

  expect_code (world, token, "403");
  g_free (ask (world, "DELETE", ROBOT, NULL));
  expect_code (world, token, "401");
  test_world_create (world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"robot\"}}");
  expect_code (world, token, "401"); /* another account of this name */
  g_free (token);
  test_world_free (world);
}

void
test_token__bound_to_a_pod_ends_with_it (void)
{
  TestWorld *world = new_world ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default",
                                      "{\"metadata\":{\"name\":\"p\"},\"spec\":{"
                                      "\"serviceAccountName\":\"robot\",\"containers\":[{"
                                      "\"name\":\"c\",\"image\":\"i\"}]}}"),
                   201);
  char *pod = ask (world, "GET", "/api/v1/namespaces/default/pods/p", NULL);
  char *uid = g_strndup (strstr (pod, "\"uid\":\"") + strlen ("\"uid\":\""), 36);
  char *spec = g_strdup_printf ("\"audiences\":null,\"boundObjectRef\":{\"kind\":\"Pod\","
                                "\"apiVersion\":\"v1\",\"name\":\"p\",\"uid\":\"%s\"}",
                                uid);
  char *token = issue (world, spec);
  expect_code (world, token, "403");
  g_free (ask (world, "DELETE", "/api/v1/namespaces/default/pods/p", NULL));
  expect_code (world, token, "401");
  g_free (pod);
  g_free (uid);
  g_free (spec);
  g_free (token);
  test_world_free (world);
}

/* Upstream has no authenticator for other schemes, so it knows nobody. */
void
test_authenticate__other_schemes_are_anonymous (void)
{
  TestWorld *world = test_world_new ();
  K8HttpRequest *request = k8_http_request_new (test_world_region (world), "GET", MAPS);
  GString *body = g_string_new (NULL);

  k8_http_request_add_header (request, "authorization", "Basic YTpi");
  const K8HttpResponse *response = test_world_submit (world, request, body);
  CU_ASSERT_EQUAL (response->code, 403);
  CU_ASSERT_PTR_NOT_NULL (strstr (body->str, "system:anonymous"));
  g_string_free (body, TRUE);
  test_world_free (world);
}
