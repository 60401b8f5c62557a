/* SPDX-License-Identifier: Apache-2.0
 *
 * More requests than the server takes at once: what waits is bounded, what is over it is told to
 * come again, and places are given back.
 * Source: kubernetes apiserver pkg/server/filters (maxinflight.go): 400 reads, 200 writes.
 */
#include "base/time.h"
#include "limits.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"

/* A world whose etcd has gone: every request waits. */
static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();
  K8ActorId etcd = k8_engine_find_actor (test_world_engine (world), "etcd-0");

  test_world_stop (world, "etcd-0");
  test_world_disconnect (world, "apiserver-0", etcd);
  return world;
}

static char *
ask (TestWorld *world, const char *method, const char *target)
{
  const char *body = strcmp (method, "POST") == 0 ? "{\"metadata\":{\"name\":\"x\"}}" : NULL;

  return test_world_http (world, &(TestHttp){ .method = method, .target = target,
                                              .token = TEST_ADMIN_TOKEN, .body = body });
}

static void
expect (TestWorld *world, const char *method, const char *target, const char *start)
{
  char *answer = ask (world, method, target);

  if (!g_str_has_prefix (answer, start))
    test_note ("%s %s: %s", method, target, answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, start));
  g_free (answer);
}

static void
fill (TestWorld *world, const char *method, guint n)
{
  for (guint i = 0; i < n; i++)
    expect (world, method, MAPS, "no answer");
}

#define REFUSED                                                                                   \
  "429\n{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","       \
  "\"message\":\"Too many requests, please try again later.\",\"reason\":\"TooManyRequests\","    \
  "\"details\":{\"retryAfterSeconds\":1},\"code\":429}"

void
test_overload__reads_over_the_limit_are_told_to_come_again (void)
{
  TestWorld *world = new_world ();

  fill (world, "GET", K8_MAX_READS_IN_FLIGHT);
  expect (world, "GET", MAPS, REFUSED);
  expect (world, "GET", MAPS "/x", REFUSED);
  expect (world, "POST", MAPS, "no answer"); /* writes are counted apart */
  expect (world, "GET", "/healthz", "200"); /* and paths that are no resource are not */
  test_world_advance (world, 40 * K8_SECOND_NS);
  expect (world, "GET", MAPS, "no answer");
  test_world_free (world);
}

void
test_overload__writes_over_the_limit_are_told_to_come_again (void)
{
  TestWorld *world = new_world ();

  fill (world, "POST", K8_MAX_WRITES_IN_FLIGHT);
  expect (world, "POST", MAPS, REFUSED);
  expect (world, "DELETE", MAPS "/x", REFUSED);
  expect (world, "GET", MAPS, "no answer");
  test_world_advance (world, 40 * K8_SECOND_NS);
  expect (world, "POST", MAPS, "no answer");
  test_world_free (world);
}

/* Answered requests have given their places back. */
void
test_overload__many_one_after_another_are_none_too_many (void)
{
  TestWorld *world = test_world_new ();

  for (guint i = 0; i < K8_MAX_READS_IN_FLIGHT + 10; i++)
    expect (world, "GET", MAPS "/none", "404");
  for (guint i = 0; i < K8_MAX_WRITES_IN_FLIGHT + 10; i++)
    expect (world, "POST", MAPS "?dryRun=All", "201");
  for (guint i = 0; i < K8_MAX_READS_IN_FLIGHT + 10; i++)
    expect (world, "GET", MAPS "?watch=true&labelSelector=a", "200");
  expect (world, "GET", MAPS, "200");
  test_world_free (world);
}
