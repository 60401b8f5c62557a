/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a pod's status is: conditions of others are kept and looked at, what is the kubelet's is
 * written again. Source: kubernetes pkg/kubelet/status (status_manager.go needsReconcile,
 * generate.go GeneratePodReadyCondition), kubelet.go HandlePodReconcile (v1.36).
 */
#include "tests/unit/node/node_world.h"

#include "client/client.h"
#include "machinery/conditions.h"

#define GATED                                                                                      \
  "\"readinessGates\":[{\"conditionType\":\"example.com/gate\"}],"                                 \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]"

/* Somebody else writes the status of pod default/web. */
static void
patch_status (NodeWorld *node, K8PatchType type, const char *body)
{
  K8ApiRequest *request
      = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Pod, "default", "web");

  request->subresource = K8_SUBRESOURCE_STATUS;
  k8_api_request_set_patch (request, type, body);
  CU_ASSERT_EQUAL (test_world_call (node->world, request)->code, 200);
}

static const char *
get_condition (NodeWorld *node, const char *type, const char *field)
{
  const void *condition = k8_conditions_find (k8_pod_status (node_world_pod (node, "web")), type);

  return k8_string_or_empty (k8_conditions_text (condition, field));
}

static void
set_gate (NodeWorld *node, const char *status)
{
  g_autofree char *body = g_strdup_printf (
      "{\"status\":{\"conditions\":[{\"type\":\"example.com/gate\",\"status\":\"%s\"}]}}", status);

  patch_status (node, K8_PATCH_TYPE_STRATEGIC, body);
}

void
test_pod_status__a_pod_waits_for_its_readiness_gate (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", GATED);
  CU_ASSERT_STRING_EQUAL (get_condition (node, "ContainersReady", "status"), "True");
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Ready", "reason"), "ReadinessGatesNotReady");
  CU_ASSERT_STRING_EQUAL (
      get_condition (node, "Ready", "message"),
      "corresponding condition of pod readiness gate \"example.com/gate\" does not exist.");
  set_gate (node, "True");
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Ready", "status"), "True");
  set_gate (node, "False");
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Ready", "status"), "False");
  CU_ASSERT_STRING_EQUAL (
      get_condition (node, "Ready", "message"),
      "the status of pod readiness gate \"example.com/gate\" is not \"True\", but False");
  node_world_free (node);
}

/* What the node lifecycle controller does to pods of a node that falls silent and comes back:
 * it is undone at the status manager's next look, every 10 s. */
void
test_pod_status__what_is_the_kubelets_is_written_again (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  patch_status (node, K8_PATCH_TYPE_STRATEGIC,
                "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]}}");
  node_world_advance (node, 10);
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Ready", "status"), "True");
  patch_status (node, K8_PATCH_TYPE_MERGE, "{\"status\":{\"conditions\":[]}}");
  node_world_advance (node, 10);
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Ready", "status"), "True");
  CU_ASSERT_STRING_EQUAL (get_condition (node, "Initialized", "status"), "True");
  node_world_free (node);
}
