/* SPDX-License-Identifier: Apache-2.0
 *
 * Node lifecycle and taint eviction against the engine's own API server. Times as upstream's
 * defaults give them: 50 s of grace looked at every 5 s, tolerations of 300 s.
 */
#include "base/time.h"
#include "machinery/conditions.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static void
put_node (TestWorld *world, const char *name, const char *zone)
{
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"topology.kubernetes.io/zone\":\"%s\"}},"
      "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\","
      "\"lastHeartbeatTime\":\"2026-01-01T00:00:00Z\","
      "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}",
      name, zone);
  g_autofree char *lease = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\"}}", name);

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Node, NULL, json), 201);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Lease, "kube-node-lease", lease), 201);
}

static TestWorld *
make_world (void)
{
  TestWorld *world = test_world_new ();

  put_node (world, "node-1", "zone-a");
  put_node (world, "node-2", "zone-b");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, K8_SECOND_NS);
  return world;
}

static const void *
get (TestWorld *world, K8KindId kind, const char *namespace_name, const char *name)
{
  return test_world_call (world,
                          test_world_request (world, K8_VERB_GET, kind, namespace_name, name))
      ->object;
}

static void
renew (TestWorld *world, const char *name)
{
  K8ApiRequest *request =
      test_world_request (world, K8_VERB_PATCH, K8_KIND_Lease, "kube-node-lease", name);
  char time[K8_MICRO_TIME_LETTERS + 1];
  gint64 micro = TEST_WALL_SECONDS * 1000000 + test_world_now (world) / 1000;

  k8_time_format_micro (micro, time);
  g_autofree char *patch = g_strdup_printf ("{\"spec\":{\"renewTime\":\"%s\"}}", time);
  request->patch_type = K8_PATCH_TYPE_MERGE;
  request->patch = k8_string_intern (test_world_region (world), patch);
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
}

/* Lets time pass; node-1 renews its Lease every 10 s, node-2 does not. */
static void
pass_with_one_alive (TestWorld *world, guint seconds)
{
  for (guint i = 0; i < seconds; i++)
    {
      if (i % 10 == 0)
        renew (world, "node-1");
      test_world_advance (world, K8_SECOND_NS);
    }
}

static const char *
get_ready (TestWorld *world, const char *name)
{
  return k8_conditions_status (k8_node_status (get (world, K8_KIND_Node, NULL, name)), "Ready");
}

static gboolean
has_taint (TestWorld *world, const char *name, const char *key, const char *effect)
{
  const K8NodeSpec *spec = k8_node_spec (get (world, K8_KIND_Node, NULL, name));

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      if (k8_string_is (k8_taint_key (taint), key) &&
          k8_string_is (k8_taint_effect (taint), effect))
        return TRUE;
    }
  return FALSE;
}

#define UNREACHABLE "node.kubernetes.io/unreachable"

void
test_node_lifecycle__a_silent_node_becomes_unknown_after_its_grace (void)
{
  TestWorld *world = make_world ();

  pass_with_one_alive (world, 48);
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-2"), "True");
  pass_with_one_alive (world, 12);
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-2"), "Unknown");
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-1"), "True");
  CU_ASSERT_TRUE (has_taint (world, "node-2", UNREACHABLE, "NoSchedule"));
  CU_ASSERT_TRUE (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  CU_ASSERT_FALSE (has_taint (world, "node-1", UNREACHABLE, "NoSchedule"));
  test_world_free (world);
}

void
test_node_lifecycle__nothing_is_evicted_when_every_zone_is_down (void)
{
  TestWorld *world = make_world ();

  test_world_advance (world, 120 * K8_SECOND_NS);
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-1"), "Unknown");
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-2"), "Unknown");
  CU_ASSERT_TRUE (has_taint (world, "node-1", UNREACHABLE, "NoSchedule"));
  CU_ASSERT_FALSE (has_taint (world, "node-1", UNREACHABLE, "NoExecute"));
  CU_ASSERT_FALSE (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  test_world_free (world);
}

/* A pod that is bound from the start. */
static void
put_pod (TestWorld *world, const char *name, const char *tolerations)
{
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"nodeName\":\"node-2\",\"tolerations\":[%s],"
      "\"terminationGracePeriodSeconds\":5,"
      "\"containers\":[{\"name\":\"c\",\"image\":\"nginx:1\"}]}}",
      name, tolerations);

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default", json), 201);
}

static gboolean
is_ending (TestWorld *world, const char *name)
{
  const K8Pod *pod = get (world, K8_KIND_Pod, "default", name);

  return pod == NULL || k8_object_meta_has_deletion_timestamp (k8_pod_metadata (pod));
}

void
test_taint_eviction__waits_for_the_tolerations_seconds (void)
{
  TestWorld *world = make_world ();

  put_pod (world, "usual", "");
  put_pod (world, "patient", "{\"operator\":\"Exists\",\"effect\":\"NoExecute\"}");
  pass_with_one_alive (world, 60);
  CU_ASSERT_TRUE_FATAL (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  CU_ASSERT_FALSE (is_ending (world, "usual"));
  pass_with_one_alive (world, 280);
  CU_ASSERT_FALSE (is_ending (world, "usual"));
  pass_with_one_alive (world, 25);
  CU_ASSERT_TRUE (is_ending (world, "usual"));
  CU_ASSERT_FALSE (is_ending (world, "patient"));
  const K8Pod *pod = get (world, K8_KIND_Pod, "default", "usual");
  if (pod != NULL)
    CU_ASSERT_TRUE (k8_conditions_is_true (k8_pod_status (pod), "DisruptionTarget"));
  test_world_free (world);
}

void
test_taint_eviction__is_cancelled_when_the_node_returns (void)
{
  TestWorld *world = make_world ();

  put_pod (world, "usual", "");
  pass_with_one_alive (world, 60);
  CU_ASSERT_TRUE (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  K8ApiRequest *request = test_world_request (world, K8_VERB_PATCH, K8_KIND_Node, NULL, "node-2");
  request->subresource = K8_SUBRESOURCE_STATUS;
  request->patch_type = K8_PATCH_TYPE_STRATEGIC;
  request->patch = k8_string_intern (
      test_world_region (world),
      "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
  pass_with_one_alive (world, 2);
  CU_ASSERT_FALSE (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  CU_ASSERT_FALSE (has_taint (world, "node-2", UNREACHABLE, "NoSchedule"));
  for (guint i = 0; i < 32; i++)
    {
      renew (world, "node-2");
      pass_with_one_alive (world, 10);
    }
  CU_ASSERT_FALSE (is_ending (world, "usual"));
  test_world_free (world);
}

static void
delete_node (TestWorld *world, const char *name)
{
  CU_ASSERT_EQUAL (
      test_world_call (world, test_world_request (world, K8_VERB_DELETE, K8_KIND_Node, NULL, name))
          ->code,
      200);
}

/* How many Events have this reason and message. */
static guint
count_events (TestWorld *world, const char *reason, const char *message)
{
  const K8ApiResponse *response =
      test_world_call (world, test_world_request (world, K8_VERB_LIST, K8_KIND_Event, NULL, NULL));
  guint n = 0;

  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8Event *event = ((const K8ApiItem *) k8_array_at (&response->items, i))->object;
      n += k8_string_is (k8_event_reason (event), reason) &&
           k8_string_is (k8_event_message (event), message);
    }
  return n;
}

void
test_node_lifecycle__says_that_it_forgets_a_node_that_is_gone (void)
{
  TestWorld *world = make_world ();

  pass_with_one_alive (world, 6);
  delete_node (world, "node-2");
  pass_with_one_alive (world, 12);
  CU_ASSERT_EQUAL (count_events (world, "RemovingNode",
                                 "Node node-2 event: Removing Node node-2 from Controller"),
                   1);
  test_world_free (world);
}

/* Three of four nodes of a zone are silent: more than 55 %, and the zone is small (50 nodes), so
 * nothing is evicted there. */
void
test_node_lifecycle__nothing_is_evicted_in_a_small_zone_that_is_mostly_down (void)
{
  TestWorld *world = test_world_new ();
  static const char *const names[] = { "node-1", "node-2", "node-3", "node-4" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put_node (world, names[i], "zone-a");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, K8_SECOND_NS);
  pass_with_one_alive (world, 100);
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-1"), "True");
  CU_ASSERT_STRING_EQUAL (get_ready (world, "node-4"), "Unknown");
  CU_ASSERT_TRUE (has_taint (world, "node-4", UNREACHABLE, "NoSchedule"));
  CU_ASSERT_FALSE (has_taint (world, "node-4", UNREACHABLE, "NoExecute"));
  test_world_free (world);
}

/* Two of three are 66 %, but a zone is only disrupted by more than two. */
void
test_node_lifecycle__two_silent_nodes_are_no_disruption (void)
{
  TestWorld *world = test_world_new ();
  static const char *const names[] = { "node-1", "node-2", "node-3" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put_node (world, names[i], "zone-a");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, K8_SECOND_NS);
  pass_with_one_alive (world, 100);
  CU_ASSERT_TRUE (has_taint (world, "node-2", UNREACHABLE, "NoExecute"));
  CU_ASSERT_TRUE (has_taint (world, "node-3", UNREACHABLE, "NoExecute"));
  test_world_free (world);
}
