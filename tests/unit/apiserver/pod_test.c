/* SPDX-License-Identifier: Apache-2.0
 *
 * Pods on their way through the server: admission, binding, deletion with grace.
 */
#include "apiserver/server.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define POD                                                                                       \
  "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"          \
  "\"busybox:1.36\"}]}}"

static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"default\"}}");
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Node, NULL,
                                      "{\"metadata\":{\"name\":\"node-1\",\"labels\":{"
                                      "\"topology.kubernetes.io/zone\":\"zone-a\"}}}"),
                   201);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default", POD), 201);
  return world;
}

static const K8ApiResponse *
get_pod (TestWorld *world)
{
  return test_world_call (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Pod, "default", "web"));
}

static const K8ApiResponse *
bind (TestWorld *world)
{
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_CREATE, K8_KIND_Pod, "default", "web");

  request->subresource = K8_SUBRESOURCE_BINDING;
  request->object = test_world_object (world, K8_KIND_Binding,
                                       "{\"metadata\":{\"name\":\"web\"},\"target\":{\"kind\":"
                                       "\"Node\",\"name\":\"node-1\"}}");
  return test_world_call (world, request);
}

static const K8ApiResponse *
delete_pod (TestWorld *world, gint64 grace_seconds)
{
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_DELETE, K8_KIND_Pod, "default", "web");

  request->grace_seconds = grace_seconds;
  return test_world_call (world, request);
}

void
test_admission__fills_in_what_every_pod_has (void)
{
  TestWorld *world = new_world ();
  const K8Pod *pod = get_pod (world)->object;
  const K8PodSpec *spec = k8_pod_spec (pod);
  const K8Volume *volume = k8_pod_spec_volumes_at (spec, 0);

  TEST_ASSERT_TEXT (k8_pod_spec_service_account_name (spec), "default");
  CU_ASSERT_TRUE (g_str_has_prefix (k8_volume_name (volume), "kube-api-access-"));
  CU_ASSERT_EQUAL (k8_projected_volume_source_sources_n (k8_volume_projected (volume)), 3);
  CU_ASSERT_EQUAL (k8_pod_spec_tolerations_n (spec), 2);
  CU_ASSERT_TRUE (k8_pod_spec_has_priority (spec));
  TEST_ASSERT_TEXT (k8_pod_spec_preemption_policy (spec), "PreemptLowerPriority");
  TEST_ASSERT_TEXT (k8_pod_status_phase (k8_pod_status (pod)), "Pending");
  TEST_ASSERT_TEXT (k8_pod_status_qos_class (k8_pod_status (pod)), "BestEffort");
  CU_ASSERT_EQUAL (k8_object_meta_generation (k8_pod_metadata (pod)), 1);
  test_world_free (world);
}

void
test_admission__new_node_takes_no_pods (void)
{
  TestWorld *world = new_world ();
  const K8ApiResponse *node = test_world_call (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Node, NULL, "node-1"));
  const K8Taint *taint = k8_node_spec_taints_at (k8_node_spec (node->object), 0);

  TEST_ASSERT_TEXT (k8_taint_key (taint), "node.kubernetes.io/not-ready");
  TEST_ASSERT_TEXT (k8_taint_effect (taint), "NoSchedule");
  test_world_free (world);
}

void
test_binding__sets_node_condition_and_zone_in_one_write (void)
{
  TestWorld *world = new_world ();
  gint64 before = get_pod (world)->revision;
  const K8ApiResponse *bound = bind (world);
  const K8ApiResponse *now = get_pod (world);
  const K8PodCondition *condition
      = k8_pod_status_conditions_at (k8_pod_status (now->object), 0);

  CU_ASSERT_EQUAL (bound->code, 201);
  CU_ASSERT_EQUAL (now->revision, before + 1);
  TEST_ASSERT_TEXT (k8_pod_spec_node_name (k8_pod_spec (now->object)), "node-1");
  TEST_ASSERT_TEXT (k8_pod_condition_type (condition), "PodScheduled");
  TEST_ASSERT_TEXT (k8_pod_condition_status (condition), "True");
  TEST_ASSERT_TEXT (k8_object_meta_labels_get (k8_object_get_meta (now->object),
                                               "topology.kubernetes.io/zone"),
                    "zone-a");
  CU_ASSERT_EQUAL (bind (world)->code, 409);
  test_world_free (world);
}

void
test_delete__of_a_pod_without_node_is_immediate (void)
{
  TestWorld *world = new_world ();

  CU_ASSERT_EQUAL (delete_pod (world, -1)->code, 200);
  CU_ASSERT_EQUAL (get_pod (world)->code, 404);
  test_world_free (world);
}

void
test_delete__of_a_bound_pod_grants_its_grace_which_may_only_shrink (void)
{
  TestWorld *world = new_world ();

  bind (world);
  const K8ObjectMeta *first = k8_object_get_meta (delete_pod (world, -1)->object);
  CU_ASSERT_EQUAL (k8_object_meta_deletion_grace_period_seconds (first), 30);
  CU_ASSERT_EQUAL (k8_object_meta_deletion_timestamp (first), TEST_WALL_SECONDS + 30);
  CU_ASSERT_EQUAL (k8_object_meta_generation (first), 2);
  const K8ObjectMeta *longer = k8_object_get_meta (delete_pod (world, 60)->object);
  CU_ASSERT_EQUAL (k8_object_meta_deletion_grace_period_seconds (longer), 30);
  const K8ObjectMeta *shorter = k8_object_get_meta (delete_pod (world, 5)->object);
  CU_ASSERT_EQUAL (k8_object_meta_deletion_grace_period_seconds (shorter), 5);
  CU_ASSERT_EQUAL (k8_object_meta_deletion_timestamp (shorter), TEST_WALL_SECONDS + 5);
  CU_ASSERT_EQUAL (delete_pod (world, 0)->code, 200);
  CU_ASSERT_EQUAL (get_pod (world)->code, 404);
  test_world_free (world);
}

void
test_event__is_gone_after_an_hour (void)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Event, "default",
                                      "{\"metadata\":{\"name\":\"e\"},\"involvedObject\":{"
                                      "\"namespace\":\"default\"},\"reason\":\"Started\"}"),
                   201);
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_GET, K8_KIND_EventsEvent, "default", "e");
  const K8ApiResponse *other = test_world_call (world, request);
  TEST_ASSERT_TEXT (k8_events_event_reason (other->object), "Started");
  test_world_advance (world, 62 * K8_MINUTE_NS);
  request = test_world_request (world, K8_VERB_GET, K8_KIND_Event, "default", "e");
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 404);
  test_world_free (world);
}
