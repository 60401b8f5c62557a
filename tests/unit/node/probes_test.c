/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes: what reports of a driver make of a container.
 */
#include "tests/unit/node/node_world.h"

#define WITH(probes)                                                                               \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"ports\":[{\"name\":\"http\","          \
  "\"containerPort\":8080}]," probes "}]"
#define HTTP "\"httpGet\":{\"path\":\"/\",\"port\":\"http\"}"

static void
expect_status (NodeWorld *node, const char *expected)
{
  char *text = node_world_status (node, "web");

  TEST_ASSERT_TEXT (text, expected);
  g_free (text);
}

void
test_probes__readiness_follows_reports (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", WITH ("\"readinessProbe\":{" HTTP ",\"periodSeconds\":5,"
                                         "\"initialDelaySeconds\":3,\"failureThreshold\":3}"));
  TEST_ASSERT_TEXT (node->probes->str, "watch 2 port 8080 delay 3\n");
  expect_status (node, "Running ready=False main:runningx0");
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  expect_status (node, "Running ready=True main:runningx0");
  node_world_report_probe (node, "main", K8_PROBE_READINESS, FALSE);
  node_world_advance (node, 9);
  expect_status (node, "Running ready=True main:runningx0");
  node_world_advance (node, 2); /* the third failure, 10 s after the first */
  expect_status (node, "Running ready=False main:runningx0");
  node_world_free (node);
}

void
test_probes__a_short_failure_counts_for_nothing (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", WITH ("\"readinessProbe\":{" HTTP ",\"periodSeconds\":5}"));
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  node_world_report_probe (node, "main", K8_PROBE_READINESS, FALSE);
  node_world_advance (node, 5);
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  node_world_advance (node, 30);
  expect_status (node, "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_probes__liveness_restarts_the_container (void)
{
  NodeWorld *node = node_world_new ();
  char *events;

  node_world_add_pod (node, "web", WITH ("\"livenessProbe\":{" HTTP ",\"failureThreshold\":1,"
                                         "\"terminationGracePeriodSeconds\":7}"));
  node_world_report_probe (node, "main", K8_PROBE_LIVENESS, TRUE);
  expect_status (node, "Running ready=True main:runningx0");
  g_string_truncate (node->ops, 0);
  node_world_report_probe (node, "main", K8_PROBE_LIVENESS, FALSE);
  TEST_ASSERT_TEXT (node->ops->str,
                    "stop main grace 7\nimage\ncreate main 1\nstart main\n");
  events = node_world_events (node, "web");
  CU_ASSERT_PTR_NOT_NULL (strstr (events, "Warning Unhealthy Liveness probe failed: HTTP probe "
                                          "failed with statuscode: 500\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (events, "Normal Killing Container main failed liveness probe, "
                                          "will be restarted\n"));
  g_free (events);
  node_world_free (node);
}

void
test_probes__startup_comes_first (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", WITH ("\"startupProbe\":{" HTTP "},\"readinessProbe\":{" HTTP
                                         "}"));
  TEST_ASSERT_TEXT (node->probes->str, "watch 1 port 8080 delay 0\n");
  expect_status (node, "Running ready=False main:runningx0");
  node_world_report_probe (node, "main", K8_PROBE_STARTUP, TRUE);
  TEST_ASSERT_TEXT (node->probes->str,
                    "watch 1 port 8080 delay 0\nend\nwatch 2 port 8080 delay 0\n");
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  expect_status (node, "Running ready=True main:runningx0");
  node_world_free (node);
}

static guint
count (const char *text, const char *what)
{
  guint n = 0;

  for (const char *at = strstr (text, what); at != NULL; at = strstr (at + 1, what))
    n++;
  return n;
}

/* prober.go: every attempt that fails is an event. Alike ones are one Event with a count. */
void
test_probes__each_failing_attempt_is_told (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", WITH ("\"readinessProbe\":{" HTTP ",\"periodSeconds\":5}"));
  node_world_report_probe (node, "main", K8_PROBE_READINESS, FALSE);
  node_world_advance (node, 16);
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "Unhealthy"), 4); /* at 0, 5, 10, 15 s */
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  node_world_advance (node, 20);
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "Unhealthy"), 4);
  node_world_free (node);
}

/* The second attempt succeeds just when the threshold of two would be reached. */
void
test_probes__a_success_in_time_is_no_failure (void)
{
  NodeWorld *node = node_world_new ();
  char *events;

  node_world_add_pod (node, "web", WITH ("\"livenessProbe\":{" HTTP ",\"periodSeconds\":5,"
                                         "\"failureThreshold\":2}"));
  node_world_report_probe (node, "main", K8_PROBE_LIVENESS, FALSE);
  node_world_advance (node, 5);
  node_world_report_probe (node, "main", K8_PROBE_LIVENESS, TRUE);
  node_world_advance (node, 30);
  events = node_world_events (node, "web");
  CU_ASSERT_EQUAL (count (events, "Normal Killing"), 0);
  expect_status (node, "Running ready=True main:runningx0");
  g_free (events);
  node_world_free (node);
}

/* worker.go: onHold until the container's id changes. */
void
test_probes__rest_after_a_verdict_that_kills (void)
{
  NodeWorld *node = node_world_new ();

  node->holds_stops = TRUE;
  node_world_add_pod (node, "web", WITH ("\"livenessProbe\":{" HTTP ",\"periodSeconds\":5,"
                                         "\"failureThreshold\":2}"));
  node_world_report_probe (node, "main", K8_PROBE_LIVENESS, FALSE);
  node_world_advance (node, 25);
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "Unhealthy"), 2);
  CU_ASSERT_EQUAL (node_world_n_said (node, "web", "Killing"), 1);
  node_world_free (node);
}
