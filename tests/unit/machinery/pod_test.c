/* SPDX-License-Identifier: Apache-2.0
 *
 * Pods: readiness and availability, quality of service, and what a pod requests
 * (component-helpers resource/helpers.go: containers, init containers, sidecars, overhead).
 */
#include "machinery/pod.h"
#include "codec/json.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include <string.h>

static const K8Pod *
decode (K8Region *region, const char *text)
{
  K8JsonDecoded decoded = { 0 };
  const K8Pod *pod = k8_json_decode (region, K8_INFO (pod), text, strlen (text), &decoded);

  CU_ASSERT_PTR_NOT_NULL_FATAL (pod);
  k8_json_decoded_clear (&decoded);
  return pod;
}

#define READY_AT(time)                                                                             \
  "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\","    \
  "\"lastTransitionTime\":\"" time "\"}]}}"
#define NOON G_GINT64_CONSTANT (1767268800) /* 2026-01-01T12:00:00Z */

void
test_pod__is_available_after_min_ready_seconds (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const K8Pod *pod = decode (region, READY_AT ("2026-01-01T12:00:00Z"));

  CU_ASSERT_TRUE (k8_pod_is_ready (pod));
  CU_ASSERT_TRUE (k8_pod_is_available (pod, 0, NOON));
  CU_ASSERT_FALSE (k8_pod_is_available (pod, 10, NOON + 9));
  CU_ASSERT_TRUE (k8_pod_is_available (pod, 10, NOON + 10));
  CU_ASSERT_EQUAL (k8_pod_available_at (pod, 10), NOON + 10);
  k8_record_unref (g_steal_pointer (&pod));
  test_region_free (region);
}

void
test_pod__without_conditions_is_neither_ready_nor_available (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const K8Pod *pod = decode (region, "{\"status\":{\"phase\":\"Pending\"}}");

  CU_ASSERT_FALSE (k8_pod_is_ready (pod));
  CU_ASSERT_FALSE (k8_pod_is_available (pod, 0, NOON));
  CU_ASSERT_EQUAL (k8_pod_available_at (pod, 0), 0);
  CU_ASSERT_TRUE (k8_pod_is_active (pod));
  k8_record_unref (g_steal_pointer (&pod));
  test_region_free (region);
}

void
test_pod__that_is_finished_or_deleted_is_not_active (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const K8Pod *failed = decode (region, "{\"status\":{\"phase\":\"Failed\"}}");
  const K8Pod *deleted
      = decode (region, "{\"metadata\":{\"deletionTimestamp\":\"2026-01-01T12:00:00Z\"},"
                        "\"status\":{\"phase\":\"Running\"}}");

  CU_ASSERT_FALSE (k8_pod_is_active (failed));
  CU_ASSERT_TRUE (k8_pod_is_terminal (failed));
  CU_ASSERT_FALSE (k8_pod_is_active (deleted));
  CU_ASSERT_TRUE (k8_pod_is_terminating (deleted));
  k8_record_unref (failed);
  k8_record_unref (deleted);
  test_region_free (region);
}

#define RESOURCES(requests, limits)                                                                \
  "\"resources\":{\"requests\":{" requests "},\"limits\":{" limits "}}"
#define CONTAINER(requests, limits) "{\"name\":\"c\"," RESOURCES (requests, limits) "}"
#define SIDECAR(requests)                                                                          \
  "{\"name\":\"s\",\"restartPolicy\":\"Always\"," RESOURCES (requests, "") "}"
#define POD(init, containers, more)                                                                \
  "{\"spec\":{\"initContainers\":[" init "],\"containers\":[" containers "]" more "}}"

static const struct
{
  const char *pod;
  const char *qos;
} qos_cases[] = {
  { POD ("", CONTAINER ("", ""), ""), "BestEffort" },
  { POD ("", CONTAINER ("\"example.com/gpu\":\"1\"", ""), ""), "BestEffort" },
  { POD ("", CONTAINER ("\"cpu\":\"0\"", ""), ""), "BestEffort" },
  { POD ("", CONTAINER ("\"cpu\":\"1\"", ""), ""), "Burstable" },
  { POD ("", CONTAINER ("\"cpu\":\"1\",\"memory\":\"1Gi\"", "\"cpu\":\"1\",\"memory\":\"1Gi\""),
         ""),
    "Guaranteed" },
  { POD ("", CONTAINER ("\"cpu\":\"1\",\"memory\":\"1Gi\"", "\"cpu\":\"2\",\"memory\":\"1Gi\""),
         ""),
    "Burstable" },
  { POD (CONTAINER ("", ""),
         CONTAINER ("\"cpu\":\"1\",\"memory\":\"1Gi\"", "\"cpu\":\"1\",\"memory\":\"1Gi\""), ""),
    "Burstable" },
  { POD ("", CONTAINER ("", ""),
         "," RESOURCES ("\"cpu\":\"1\",\"memory\":\"1Gi\"", "\"cpu\":\"1\",\"memory\":\"1Gi\"")),
    "Guaranteed" },
};

void
test_pod__quality_of_service_follows_requests_and_limits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (qos_cases); i++)
    {
      K8Region *region = test_region_new (16 * 1024 * 1024);
      const K8Pod *pod = decode (region, qos_cases[i].pod);
      TEST_ASSERT_TEXT (k8_pod_compute_qos (pod), qos_cases[i].qos);
      k8_record_unref (pod);
      test_region_free (region);
    }
}

static const struct
{
  const char *pod;
  const char *resource;
  gint64 request;
} request_cases[] = {
  /* Containers are summed. */
  { POD ("", CONTAINER ("\"cpu\":\"100m\"", "") "," CONTAINER ("\"cpu\":\"0.25\"", ""), ""), "cpu",
    350 },
  /* An init container counts by its peak. */
  { POD (CONTAINER ("\"cpu\":\"1\"", ""), CONTAINER ("\"cpu\":\"300m\"", ""), ""), "cpu", 1000 },
  { POD (CONTAINER ("\"cpu\":\"200m\"", ""), CONTAINER ("\"cpu\":\"300m\"", ""), ""), "cpu", 300 },
  /* A sidecar adds up with the containers, and with init containers behind it: max of
   * 100 + 300 and 100 + 700. */
  { POD (SIDECAR ("\"cpu\":\"100m\"") "," CONTAINER ("\"cpu\":\"700m\"", ""),
         CONTAINER ("\"cpu\":\"300m\"", ""), ""),
    "cpu", 800 },
  /* One in front of it runs without it. */
  { POD (CONTAINER ("\"cpu\":\"700m\"", "") "," SIDECAR ("\"cpu\":\"100m\""),
         CONTAINER ("\"cpu\":\"300m\"", ""), ""),
    "cpu", 700 },
  { POD ("", CONTAINER ("\"memory\":\"1Gi\"", ""), ",\"overhead\":{\"memory\":\"1Mi\"}"), "memory",
    G_GINT64_CONSTANT (1074790400) },
  /* Pod-level requests replace the sum. */
  { POD ("", CONTAINER ("\"cpu\":\"1\"", ""), "," RESOURCES ("\"cpu\":\"2500m\"", "")), "cpu",
    2500 },
  { POD ("", CONTAINER ("\"example.com/gpu\":\"2\"", ""),
         "," RESOURCES ("\"example.com/gpu\":\"9\"", "")),
    "example.com/gpu", 2 },
  { POD ("", CONTAINER ("", ""), ""), "cpu", 0 },
};

void
test_pod__requests_are_summed_as_upstream (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (request_cases); i++)
    {
      K8Region *region = test_region_new (16 * 1024 * 1024);
      const K8Pod *pod = decode (region, request_cases[i].pod);
      CU_ASSERT_EQUAL (k8_pod_request (k8_pod_spec (pod), request_cases[i].resource),
                       request_cases[i].request);
      k8_record_unref (pod);
      test_region_free (region);
    }
}

void
test_pod__names_each_requested_resource_once (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const K8Pod *pod = decode (
      region, POD (CONTAINER ("\"memory\":\"1\",\"example.com/gpu\":\"1\"", ""),
                   CONTAINER ("\"memory\":\"1\",\"cpu\":\"1\"", ""),
                   ",\"overhead\":{\"cpu\":\"1\"}"));

  k8_pod_request_names (k8_pod_spec (pod), names);
  CU_ASSERT_EQUAL_FATAL (names->len, 3);
  CU_ASSERT_STRING_EQUAL (names->pdata[0], "cpu");
  CU_ASSERT_STRING_EQUAL (names->pdata[1], "example.com/gpu");
  CU_ASSERT_STRING_EQUAL (names->pdata[2], "memory");
  k8_record_unref (pod);
  test_region_free (region);
}
