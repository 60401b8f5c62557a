/* SPDX-License-Identifier: Apache-2.0
 *
 * Proxies of many nodes watch the same Services: what they know is kept once, whoever came first,
 * also after one of them was away; and a node more costs a bounded number of bytes.
 */
#include "node/proxy.h"

#include "engine.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

enum
{
  MAX_PROXY_BYTES = 1400, /* actor, informers, client, rules of one Service */
};

#define SERVICE(name)                                                                             \
  "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"ports\":[{\"port\":80}]}}"

static void
start_proxy (TestWorld *world, const char *name)
{
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_PROXY, name));
  test_world_run (world);
}

static const K8Proxy *
get_proxy (TestWorld *world, const char *name)
{
  K8Engine *engine = test_world_engine (world);

  return (const K8Proxy *) k8_engine_actor (engine, k8_engine_find_actor (engine, name));
}

static void
create_service (TestWorld *world, const char *json)
{
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Service, "default", json), 201);
  test_world_run (world);
}

static void
expect_one (TestWorld *world, guint n_services)
{
  const K8Cache *one = &get_proxy (world, "proxy/node-1")->services.cache;
  const K8Cache *two = &get_proxy (world, "proxy/node-2")->services.cache;

  CU_ASSERT_EQUAL (k8_cache_n (one), n_services);
  CU_ASSERT_EQUAL (k8_cache_n (two), n_services);
  CU_ASSERT_PTR_NOT_NULL (one->state);
  CU_ASSERT_PTR_EQUAL (one->state, two->state);
}

void
test_cohort__proxies_keep_what_they_know_once (void)
{
  TestWorld *world = test_world_new ();

  start_proxy (world, "proxy/node-1");
  start_proxy (world, "proxy/node-2");
  expect_one (world, 1); /* kubernetes */
  create_service (world, SERVICE ("web"));
  create_service (world, SERVICE ("shop"));
  expect_one (world, 3);
  const K8CacheEntry *web
      = k8_cache_find (&get_proxy (world, "proxy/node-2")->services.cache, "default", "web");
  CU_ASSERT_PTR_NOT_NULL (web);
  test_world_call (world, test_world_request (world, K8_VERB_DELETE, K8_KIND_Service, "default",
                                              "web"));
  test_world_run (world);
  expect_one (world, 2);
  test_world_free (world);
}

void
test_cohort__who_was_away_joins_again (void)
{
  TestWorld *world = test_world_new ();

  start_proxy (world, "proxy/node-1");
  start_proxy (world, "proxy/node-2");
  test_world_stop (world, "proxy/node-2");
  create_service (world, SERVICE ("web"));
  start_proxy (world, "proxy/node-2");
  test_world_advance (world, 40 * G_GINT64_CONSTANT (1000000000));
  CU_ASSERT_EQUAL (k8_cache_n (&get_proxy (world, "proxy/node-2")->services.cache), 2);
  test_world_switch_to_clone (world);
  create_service (world, SERVICE ("shop"));
  CU_ASSERT_EQUAL (k8_cache_n (&get_proxy (world, "proxy/node-1")->services.cache), 3);
  CU_ASSERT_EQUAL (k8_cache_n (&get_proxy (world, "proxy/node-2")->services.cache), 3);
  test_world_free (world);
}

void
test_cohort__one_proxy_more_is_small (void)
{
  TestWorld *world = test_world_new ();
  char name[] = "proxy/node-0";

  start_proxy (world, "proxy/node-1");
  start_proxy (world, "proxy/node-2");
  gsize before = k8_region_used_bytes (test_world_region (world));
  for (guint i = 0; i < 6; i++)
    {
      name[sizeof name - 2] = (char) ('3' + i);
      start_proxy (world, name);
    }
  gsize bytes = (k8_region_used_bytes (test_world_region (world)) - before) / 6;
  if (bytes > MAX_PROXY_BYTES)
    test_note ("a proxy takes %zu bytes", bytes);
  CU_ASSERT (bytes <= MAX_PROXY_BYTES);
  test_world_free (world);
}
