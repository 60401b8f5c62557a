/* SPDX-License-Identifier: Apache-2.0
 *
 * Lifecycle hooks, and the order in which containers end.
 * Source: kubernetes pkg/kubelet/lifecycle handlers.go, kuberuntime killContainer,
 * termination_order.go (v1.36).
 */
#include "tests/unit/node/node_world.h"

#define MAIN(lifecycle)                                                                            \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"lifecycle\":{" lifecycle "}}]"
#define HTTP "{\"httpGet\":{\"path\":\"/hook\",\"port\":8080}}"
#define SIDECAR(name, lifecycle)                                                                   \
  "{\"name\":\"" name "\",\"image\":\"x:1\",\"restartPolicy\":\"Always\",\"lifecycle\":{"          \
  lifecycle "}}"

static void
expect_status (NodeWorld *node, const char *expected)
{
  g_autofree char *text = node_world_status (node, "web");

  TEST_ASSERT_TEXT (text, expected);
}

void
test_hooks__a_request_after_the_start_is_waited_for (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", MAIN ("\"postStart\":" HTTP));
  TEST_ASSERT_TEXT (node->probes->str, "watch 0 port 8080 delay 0\n");
  expect_status (node, "Pending ready=False main:ContainerCreatingx0");
  /* The server answers with status 500, which is an answer. */
  node_world_report_probe (node, "main", K8_PROBE_NONE, FALSE);
  TEST_ASSERT_TEXT (node->probes->str, "watch 0 port 8080 delay 0\nend\n");
  expect_status (node, "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_hooks__a_request_that_nobody_answers_kills_the_container (void)
{
  NodeWorld *node = node_world_new ();

  node->probe_error = "Get \"http://10.244.1.2:8080/hook\": dial tcp: connection refused";
  node_world_add_pod (node, "web", MAIN ("\"postStart\":" HTTP));
  g_string_truncate (node->ops, 0);
  node_world_report_probe (node, "main", K8_PROBE_NONE, FALSE);
  CU_ASSERT_TRUE (g_str_has_prefix (node->ops->str, "stop main grace 30\n"));
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "FailedPostStartHook"), 1);
  node_world_free (node);
}

void
test_hooks__a_request_before_the_end_is_waited_for (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", MAIN ("\"preStop\":" HTTP));
  g_string_truncate (node->ops, 0);
  node_world_delete_pod (node, "web", 20);
  node_world_advance (node, 5);
  TEST_ASSERT_TEXT (node->ops->str, "");
  node_world_report_probe (node, "main", K8_PROBE_NONE, TRUE);
  CU_ASSERT_TRUE (g_str_has_prefix (node->ops->str, "stop main grace 15\n"));
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "FailedPreStopHook"), 0);
  expect_status (node, "gone");
  node_world_free (node);
}

void
test_hooks__a_failing_one_before_the_end_is_told_and_no_more (void)
{
  NodeWorld *node = node_world_new ();

  node->probe_error = "connection refused";
  node_world_add_pod (node, "web", MAIN ("\"preStop\":" HTTP));
  node_world_delete_pod (node, "web", 20);
  node_world_report_probe (node, "main", K8_PROBE_NONE, FALSE);
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "FailedPreStopHook"), 1);
  expect_status (node, "gone");
  node_world_free (node);
}

void
test_hooks__have_no_more_time_than_the_grace (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", MAIN ("\"preStop\":" HTTP));
  g_string_truncate (node->ops, 0);
  node_world_delete_pod (node, "web", 10);
  node_world_advance (node, 10);
  CU_ASSERT_TRUE (g_str_has_prefix (node->ops->str, "stop main grace 2\n"));
  TEST_ASSERT_TEXT (node->probes->str, "watch 0 port 8080 delay 0\nend\n");
  expect_status (node, "gone");
  node_world_free (node);
}

/* Hooks of sidecars run at once; then they are stopped one by one, the last first. */
void
test_pod_kill__sidecars_end_in_turn_after_their_hooks (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"initContainers\":["
                      SIDECAR ("one", "\"preStop\":{\"sleep\":{\"seconds\":3}}") ","
                      SIDECAR ("two", "") "],"
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  g_string_truncate (node->ops, 0);
  node->holds_stops = TRUE;
  node_world_delete_pod (node, "web", 20);
  TEST_ASSERT_TEXT (node->ops->str, "stop main grace 20\n");
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "Killing"), 3);
  node_world_advance (node, 4);
  node_world_exit (node, "main", 0);
  TEST_ASSERT_TEXT (node->ops->str, "stop main grace 20\nstop two grace 16\n");
  node_world_advance (node, 2);
  node_world_exit (node, "two", 0);
  TEST_ASSERT_TEXT (node->ops->str,
                    "stop main grace 20\nstop two grace 16\nstop one grace 14\n");
  node_world_exit (node, "one", 0);
  expect_status (node, "gone");
  node_world_free (node);
}
