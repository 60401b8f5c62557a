/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler as an actor, against etcd and the API server: pods are bound, or told why not.
 */
#include "tests/lib/test.h"

#include "base/time.h"
#include "client/client.h"
#include "machinery/pod.h"
#include "tests/lib/world.h"

static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ServiceAccount, "default",
                                      "{\"metadata\":{\"name\":\"default\","
                                      "\"namespace\":\"default\"}}"),
                   201);
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_SCHEDULER, "scheduler-0"));
  test_world_run (world);
  return world;
}

/* Admission taints a node that is new; a node's controller takes the taint away later. */
static void
untaint (TestWorld *world, const char *name)
{
  K8ApiRequest *request = test_world_request (world, K8_VERB_PATCH, K8_KIND_Node, NULL, name);

  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, "{\"spec\":{\"taints\":null}}");
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
}

static void
add_node (TestWorld *world, const char *name, const char *cpu)
{
  g_autofree char *json = g_strdup_printf (
      "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"%s\"},\"status\":"
      "{\"allocatable\":{\"cpu\":\"%s\",\"memory\":\"8Gi\",\"pods\":\"110\"},"
      "\"capacity\":{\"cpu\":\"%s\",\"memory\":\"8Gi\",\"pods\":\"110\"}}}",
      name, cpu, cpu);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Node, NULL, json), 201);
  untaint (world, name);
}

static void
add_pod (TestWorld *world, const char *name, const char *cpu)
{
  g_autofree char *json = g_strdup_printf (
      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\","
      "\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
      "\"resources\":{\"requests\":{\"cpu\":\"%s\"}}}]}}",
      name, cpu);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default", json), 201);
}

static const K8Pod *
get_pod (TestWorld *world, const char *name)
{
  const K8ApiResponse *response = test_world_call (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Pod, "default", name));

  CU_ASSERT_EQUAL_FATAL (response->code, 200);
  return response->object;
}

static const char *
node_of (TestWorld *world, const char *name)
{
  return k8_pod_spec_node_name (k8_pod_spec (get_pod (world, name)));
}

/* The cycle of a pod takes a timer of its own. */
static void
settle (TestWorld *world)
{
  test_world_advance (world, 100 * K8_MILLISECOND_NS);
}

void
test_scheduler__binds_a_pod_to_the_node_with_room (void)
{
  TestWorld *world = new_world ();

  add_node (world, "small", "1");
  add_node (world, "large", "8");
  add_pod (world, "web", "500m");
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "web"), "large");
  test_world_free (world);
}
