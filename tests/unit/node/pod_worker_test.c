/* SPDX-License-Identifier: Apache-2.0
 *
 * Pod workers against a real API server and a runtime that answers at once.
 */
#include "client/client.h"
#include "machinery/conditions.h"
#include "tests/unit/node/node_world.h"

#define ONE "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]"

static void
expect_status (NodeWorld *node, const char *name, const char *expected)
{
  char *text = node_world_status (node, name);

  TEST_ASSERT_TEXT (text, expected);
  g_free (text);
}

void
test_kubelet__registers_its_node_as_ready (void)
{
  NodeWorld *node = node_world_new ();
  const K8ApiResponse *response = test_world_call (
      node->world, test_world_request (node->world, K8_VERB_GET, K8_KIND_Node, NULL, "node-1"));

  CU_ASSERT_EQUAL_FATAL (response->code, 200);
  CU_ASSERT_TRUE (k8_conditions_is_true (k8_node_status (response->object), "Ready"));
  response = test_world_call (node->world,
                              test_world_request (node->world, K8_VERB_GET, K8_KIND_Lease,
                                                  "kube-node-lease", "node-1"));
  CU_ASSERT_EQUAL (response->code, 200);
  node_world_free (node);
}

void
test_kubelet__renews_its_lease_every_ten_seconds (void)
{
  NodeWorld *node = node_world_new ();
  const K8ApiResponse *response;

  node_world_advance (node, 31);
  response = test_world_call (node->world,
                              test_world_request (node->world, K8_VERB_GET, K8_KIND_Lease,
                                                  "kube-node-lease", "node-1"));
  CU_ASSERT_EQUAL_FATAL (response->code, 200);
  gint64 renewed = k8_lease_spec_renew_time (k8_lease_spec (response->object));
  CU_ASSERT (renewed >= (TEST_WALL_SECONDS + 21) * 1000000);
  CU_ASSERT_EQUAL (k8_lease_spec_lease_duration_seconds (k8_lease_spec (response->object)), 40);
  node_world_free (node);
}

void
test_pod_worker__starts_a_pod_step_by_step (void)
{
  NodeWorld *node = node_world_new ();

  CU_ASSERT_EQUAL (node_world_add_pod (node, "web", ONE), 201);
  TEST_ASSERT_TEXT (node->ops->str, "sandbox\nimage\ncreate main 0\nstart main\n");
  expect_status (node, "web", "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_pod_worker__restarts_at_once_then_backs_off (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  node_world_advance (node, 1);
  node_world_exit (node, "main", 1);
  expect_status (node, "web", "Running ready=True main:running<Error(1)x1");
  node_world_advance (node, 1);
  node_world_exit (node, "main", 1);
  expect_status (node, "web", "Running ready=False main:CrashLoopBackOff<Error(1)x1");
  node_world_advance (node, 9);
  expect_status (node, "web", "Running ready=False main:CrashLoopBackOff<Error(1)x1");
  node_world_advance (node, 7); /* 10 s and up to half of it again */
  expect_status (node, "web", "Running ready=True main:running<Error(1)x2");
  node_world_free (node);
}

void
test_pod_worker__sees_what_happens_during_a_step (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"lifecycle\":"
                      "{\"postStart\":{\"sleep\":{\"seconds\":5}}}}]");
  expect_status (node, "web", "Pending ready=False main:ContainerCreatingx0");
  node_world_advance (node, 1);
  node_world_exit (node, "main", 1);
  node_world_advance (node, 5);
  CU_ASSERT_PTR_NOT_NULL (strstr (node->ops->str, "create main 1\nstart main\n"));
  node_world_advance (node, 5);
  expect_status (node, "web", "Running ready=True main:running<Error(1)x1");
  node_world_free (node);
}

void
test_pod_worker__makes_a_new_sandbox_when_the_old_one_dies (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"initContainers\":[{\"name\":\"init\",\"image\":\"x:1\"}]," ONE);
  node_world_exit (node, "init", 0);
  g_string_truncate (node->ops, 0);
  node_world_end_sandbox (node);
  TEST_ASSERT_TEXT (node->ops->str, "remove-sandbox\nstop main grace 30\nsandbox\nimage\n"
                                    "create init 1\nstart init\n");
  node_world_exit (node, "init", 0);
  expect_status (node, "web", "Running ready=True init:Completed(0)<Completed(0)x1 "
                              "main:running<Completed(0)x1");
  node_world_free (node);
}

void
test_pod_worker__runs_the_pre_stop_hook_first (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"lifecycle\":"
                      "{\"preStop\":{\"sleep\":{\"seconds\":4}}}}]");
  g_string_truncate (node->ops, 0);
  node_world_delete_pod (node, "web", 10);
  TEST_ASSERT_TEXT (node->ops->str, "");
  node_world_advance (node, 4);
  CU_ASSERT_PTR_NOT_NULL (strstr (node->ops->str, "stop main grace 6\n"));
  expect_status (node, "web", "gone");
  node_world_free (node);
}

void
test_pod_worker__ends_a_pod_with_grace (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  g_string_truncate (node->ops, 0);
  node->holds_stops = TRUE;
  node_world_delete_pod (node, "web", 20);
  TEST_ASSERT_TEXT (node->ops->str, "stop main grace 20\n");
  expect_status (node, "web", "Running ready=True main:runningx0");
  node_world_exit (node, "main", 0);
  expect_status (node, "web", "gone");
  CU_ASSERT_EQUAL (node_world_n_running (node), 0);
  CU_ASSERT_EQUAL (node->containers->len, 0);
  node_world_free (node);
}

void
test_pod_worker__kills_what_was_deleted_by_force (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  g_string_truncate (node->ops, 0);
  node_world_delete_pod (node, "web", 0);
  CU_ASSERT_PTR_NOT_NULL (strstr (node->ops->str, "stop main grace 2\n"));
  CU_ASSERT_EQUAL (node->containers->len, 0);
  node_world_free (node);
}

void
test_pod_worker__runs_init_containers_in_order (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"initContainers\":[{\"name\":\"a\",\"image\":\"x:1\"},"
                      "{\"name\":\"b\",\"image\":\"x:1\"}]," ONE);
  expect_status (node, "web",
                 "Pending ready=False a:runningx0 b:PodInitializingx0 main:PodInitializingx0");
  node_world_exit (node, "a", 0);
  expect_status (node, "web",
                 "Pending ready=False a:Completed(0)x0 b:runningx0 main:PodInitializingx0");
  node_world_exit (node, "b", 0);
  expect_status (node, "web",
                 "Running ready=True a:Completed(0)x0 b:Completed(0)x0 main:runningx0");
  node_world_free (node);
}

void
test_pod_worker__ends_sidecars_after_the_last_container (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "job",
                      "\"restartPolicy\":\"Never\",\"initContainers\":[{\"name\":\"side\","
                      "\"image\":\"x:1\",\"restartPolicy\":\"Always\"}]," ONE);
  expect_status (node, "job", "Running ready=True side:runningx0 main:runningx0");
  node_world_exit (node, "main", 0);
  expect_status (node, "job", "Succeeded ready=False side:Completed(0)x0 main:Completed(0)x0");
  node_world_free (node);
}

void
test_pod_worker__fails_a_pod_that_is_never_restarted (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "job", "\"restartPolicy\":\"Never\"," ONE);
  node_world_exit (node, "main", 3);
  expect_status (node, "job", "Failed ready=False main:Error(3)x0");
  node_world_free (node);
}

void
test_pod_worker__restarts_on_failure_only (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "job", "\"restartPolicy\":\"OnFailure\"," ONE);
  node_world_exit (node, "main", 1);
  expect_status (node, "job", "Running ready=True main:running<Error(1)x1");
  node_world_exit (node, "main", 0);
  expect_status (node, "job", "Succeeded ready=False main:Completed(0)<Error(1)x1");
  node_world_free (node);
}

void
test_pod_worker__ends_a_pod_at_its_deadline (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "job", "\"activeDeadlineSeconds\":5," ONE);
  node_world_advance (node, 6);
  expect_status (node, "job", "Failed ready=False main:Completed(0)x0");
  CU_ASSERT_STRING_EQUAL (k8_pod_status_reason (k8_pod_status (node_world_pod (node, "job"))),
                          "DeadlineExceeded");
  node_world_free (node);
}

void
test_kubelet__adopts_what_runs_when_it_starts_again (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  node_world_exit (node, "main", 1);
  test_world_stop (node->world, "kubelet/node-1");
  g_string_truncate (node->ops, 0);
  node_world_start_kubelet (node);
  TEST_ASSERT_TEXT (node->ops->str, "list\n");
  expect_status (node, "web", "Running ready=True main:running<Error(1)x1");
  node_world_free (node);
}

void
test_kubelet__goes_on_in_a_clone (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  test_world_switch_to_clone (node->world);
  node_world_exit (node, "main", 1);
  expect_status (node, "web", "Running ready=True main:running<Error(1)x1");
  test_world_switch_to_clone (node->world);
  node_world_delete_pod (node, "web", 30);
  expect_status (node, "web", "gone");
  node_world_free (node);
}

/* The node lifecycle controller marks the pods of a node that it believes dead; a kubelet that
 * lives knows better. Source: kubernetes pkg/kubelet/status, needsReconcile (v1.36). */
void
test_pod_status__foreign_status_is_written_over_within_ten_seconds (void)
{
  NodeWorld *node = node_world_new ();
  K8ApiRequest *request;

  node_world_add_pod (node, "web", ONE);
  node_world_advance (node, 5);
  request = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Pod, "default", "web");
  request->subresource = K8_SUBRESOURCE_STATUS;
  k8_api_request_set_patch (request, K8_PATCH_TYPE_STRATEGIC,
                            "{\"status\":{\"conditions\":[{\"type\":\"Ready\","
                            "\"status\":\"False\"}]}}");
  CU_ASSERT_EQUAL (test_world_call (node->world, request)->code, 200);
  expect_status (node, "web", "Running ready=False main:runningx0");
  node_world_advance (node, 10);
  expect_status (node, "web", "Running ready=True main:runningx0");
  node_world_free (node);
}
