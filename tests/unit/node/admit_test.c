/* SPDX-License-Identifier: Apache-2.0
 *
 * What a kubelet refuses and what it takes. Source of the expectations: kubernetes v1.36,
 * pkg/kubelet/lifecycle predicate admit handler: node affinity, host ports, NoExecute taints.
 */
#include "tests/unit/node/node_world.h"

#include "client/client.h"

#define ONE "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]"

/* Why a pod was refused, or "" if it runs; the node is named node-1 and has disk=ssd, size=10. */
static const char *
try_pod (NodeWorld *node, const char *spec)
{
  static guint n;
  g_autofree char *name = g_strdup_printf ("try-%u", n++);

  node_world_add_pod (node, name, spec);
  return k8_string_or_empty (k8_pod_status_reason (k8_pod_status (node_world_pod (node, name))));
}

/* The kubelet looks at its node every ten seconds, with its status. */
static void
patch_node (NodeWorld *node, const char *patch)
{
  K8ApiRequest *request =
      test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Node, NULL, "node-1");

  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, patch);
  CU_ASSERT_EQUAL (test_world_call (node->world, request)->code, 200);
  node_world_advance (node, 11);
}

#define TERMS(rest)                                                                                \
  "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"           \
  "\"nodeSelectorTerms\":[" rest "]}}}," ONE
#define LABEL(key, operator, values)                                                               \
  "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" operator"\",\"values\":[" values   \
  "]}]}"
#define BARE(key, operator)                                                                        \
  "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" operator"\"}]}"
#define NAMED(operator, name)                                                                      \
  "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"" operator"\",\"values\":[\"" name  \
  "\"]}]}"

void
test_admit__asks_node_affinity_as_the_scheduler_does (void)
{
  static const struct
  {
    const char *spec;
    gboolean is_taken;
  } rows[] = {
    { TERMS (LABEL ("disk", "In", "\"hdd\",\"ssd\"")), TRUE },
    { TERMS (LABEL ("disk", "In", "\"hdd\"")), FALSE },
    { TERMS (LABEL ("disk", "NotIn", "\"hdd\"")), TRUE },
    { TERMS (LABEL ("disk", "NotIn", "\"ssd\"")), FALSE },
    { TERMS (LABEL ("none", "NotIn", "\"ssd\"")), TRUE },
    { TERMS (BARE ("disk", "Exists")), TRUE },
    { TERMS (BARE ("none", "Exists")), FALSE },
    { TERMS (BARE ("none", "DoesNotExist")), TRUE },
    { TERMS (BARE ("disk", "DoesNotExist")), FALSE },
    { TERMS (LABEL ("size", "Gt", "\"9\"")), TRUE },
    { TERMS (LABEL ("size", "Gt", "\"10\"")), FALSE },
    { TERMS (LABEL ("size", "Lt", "\"11\"")), TRUE },
    { TERMS (LABEL ("size", "Lt", "\"10\"")), FALSE },
    { TERMS (LABEL ("disk", "Lt", "\"10\"")), FALSE },
    { TERMS (NAMED ("In", "node-1")), TRUE },
    { TERMS (NAMED ("In", "node-2")), FALSE },
    { TERMS (NAMED ("NotIn", "node-1")), FALSE },
    { TERMS (BARE ("none", "Exists") "," BARE ("disk", "Exists")), TRUE }, /* any term */
  };
  NodeWorld *node = node_world_new ();

  patch_node (node, "{\"metadata\":{\"labels\":{\"size\":\"10\"}}}");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!TEST_ASSERT_TEXT (try_pod (node, rows[i].spec), rows[i].is_taken ? "" : "NodeAffinity"))
      test_note ("row %u: %s", i, rows[i].spec);
  node_world_free (node);
}

#define PORT(protocol, port)                                                                       \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"ports\":[{\"containerPort\":80,"       \
  "\"hostPort\":" port ",\"protocol\":\"" protocol "\"}]}]"

void
test_admit__gives_a_host_port_once (void)
{
  NodeWorld *node = node_world_new ();

  TEST_ASSERT_TEXT (try_pod (node, PORT ("TCP", "8080")), "");
  TEST_ASSERT_TEXT (try_pod (node, PORT ("TCP", "8080")), "NodePorts");
  TEST_ASSERT_TEXT (try_pod (node, PORT ("UDP", "8080")), "");
  TEST_ASSERT_TEXT (try_pod (node, PORT ("TCP", "8081")), "");
  node_world_free (node);
}

#define TOLERATES(rest) "\"tolerations\":[{" rest "}]," ONE

/* Only NoExecute counts here: the others are the scheduler's. */
void
test_admit__refuses_pods_that_do_not_tolerate_no_execute (void)
{
  NodeWorld *node = node_world_new ();

  patch_node (node, "{\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"}]}}");
  TEST_ASSERT_TEXT (try_pod (node, ONE), "");
  patch_node (node, "{\"spec\":{\"taints\":[{\"key\":\"a\",\"value\":\"b\","
                    "\"effect\":\"NoExecute\"}]}}");
  TEST_ASSERT_TEXT (try_pod (node, ONE), "TaintToleration");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"a\",\"operator\":\"Exists\"")), "");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"operator\":\"Exists\"")), "");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"a\",\"value\":\"b\"")), "");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"a\",\"value\":\"c\"")),
                    "TaintToleration");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"c\",\"operator\":\"Exists\"")),
                    "TaintToleration");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"a\",\"operator\":\"Exists\","
                                              "\"effect\":\"NoSchedule\"")),
                    "TaintToleration");
  TEST_ASSERT_TEXT (try_pod (node, TOLERATES ("\"key\":\"a\",\"operator\":\"Exists\","
                                              "\"effect\":\"NoExecute\"")),
                    "");
  node_world_free (node);
}

#define WANTS(resource, amount)                                                                    \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"resources\":{\"requests\":{\"" resource\
  "\":\"" amount "\"},\"limits\":{\"" resource "\":\"" amount "\"}}}]"

/* The node has 3900m of CPU and no devices. */
void
test_admit__sums_what_runs_already (void)
{
  NodeWorld *node = node_world_new ();

  TEST_ASSERT_TEXT (try_pod (node, WANTS ("cpu", "2")), "");
  TEST_ASSERT_TEXT (try_pod (node, WANTS ("cpu", "1900m")), "");
  TEST_ASSERT_TEXT (try_pod (node, WANTS ("cpu", "1m")), "OutOfcpu");
  TEST_ASSERT_TEXT (try_pod (node, WANTS ("example.com/gpu", "1")), "OutOfexample.com/gpu");
  node_world_free (node);
}
