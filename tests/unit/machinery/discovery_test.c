/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery: the documents for the kinds that are served, as a recorded API server wrote the
 * same resources (without storageVersionHash).
 */
#include "machinery/discovery.h"
#include "tests/lib/test.h"

#include <string.h>

void
test_discovery__lists_versions_of_the_core (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  k8_discovery_append_versions (out, "127.0.0.1:6443");
  TEST_ASSERT_TEXT (out->str,
                    "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
                    "\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\","
                    "\"serverAddress\":\"127.0.0.1:6443\"}]}\n");
}

void
test_discovery__describes_a_group (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  CU_ASSERT_TRUE (k8_discovery_append_group (out, "apps"));
  TEST_ASSERT_TEXT (out->str,
                    "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"apps\",\"versions\":"
                    "[{\"groupVersion\":\"apps/v1\",\"version\":\"v1\"}],\"preferredVersion\":"
                    "{\"groupVersion\":\"apps/v1\",\"version\":\"v1\"}}\n");
  CU_ASSERT_FALSE (k8_discovery_append_group (out, "nope.example.com"));
  CU_ASSERT_FALSE (k8_discovery_append_group (out, ""));
}

#define VERBS                                                                                      \
  "\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\""
#define SCALE                                                                                      \
  "\"singularName\":\"\",\"namespaced\":true,\"group\":\"autoscaling\",\"version\":\"v1\","        \
  "\"kind\":\"Scale\",\"verbs\":[\"get\",\"patch\",\"update\"]}"

void
test_discovery__lists_resources_with_their_subresources (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  CU_ASSERT_TRUE (k8_discovery_append_resources (out, "apps", "v1"));
  CU_ASSERT_PTR_NOT_NULL (
      strstr (out->str, "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":"
                        "\"apps/v1\",\"resources\":["));
  CU_ASSERT_PTR_NOT_NULL (strstr (
      out->str, "{\"name\":\"deployments\",\"singularName\":\"deployment\",\"namespaced\":true,"
                "\"kind\":\"Deployment\",\"verbs\":[" VERBS "],\"shortNames\":[\"deploy\"],"
                "\"categories\":[\"all\"]},{\"name\":\"deployments/scale\"," SCALE
                ",{\"name\":\"deployments/status\",\"singularName\":\"\",\"namespaced\":true,"
                "\"kind\":\"Deployment\",\"verbs\":[\"get\",\"patch\",\"update\"]}"));
  CU_ASSERT_FALSE (k8_discovery_append_resources (out, "apps", "v9"));
}

void
test_discovery__aggregates_groups_in_upstreams_order (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  k8_discovery_append_aggregated (out, K8_DISCOVERY_GROUPS);
  const char *apps = strstr (out->str, "{\"metadata\":{\"name\":\"apps\"}");
  const char *events = strstr (out->str, "{\"metadata\":{\"name\":\"events.k8s.io\"}");
  CU_ASSERT_PTR_NOT_NULL_FATAL (apps);
  CU_ASSERT_PTR_NOT_NULL_FATAL (events);
  CU_ASSERT_TRUE (apps < events);
  CU_ASSERT_PTR_NOT_NULL (strstr (
      out->str,
      "{\"resource\":\"replicasets\",\"responseKind\":{\"group\":\"\",\"version\":\"\",\"kind\":"
      "\"ReplicaSet\"},\"scope\":\"Namespaced\",\"singularResource\":\"replicaset\",\"verbs\":"
      "[" VERBS "],\"shortNames\":[\"rs\"],\"categories\":[\"all\"],\"subresources\":["
      "{\"subresource\":\"scale\",\"responseKind\":{\"group\":\"autoscaling\",\"version\":\"v1\","
      "\"kind\":\"Scale\"},\"verbs\":[\"get\",\"patch\",\"update\"]},{\"subresource\":\"status\","
      "\"responseKind\":{\"group\":\"\",\"version\":\"\",\"kind\":\"ReplicaSet\"},\"verbs\":"
      "[\"get\",\"patch\",\"update\"]}]}"));
}

void
test_discovery__core_stands_alone_without_a_name (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  k8_discovery_append_aggregated (out, K8_DISCOVERY_CORE);
  CU_ASSERT_PTR_NOT_NULL (
      strstr (out->str, "\"items\":[{\"metadata\":{},\"versions\":[{\"version\":\"v1\","
                        "\"resources\":[{\"resource\":\"bindings\","));
  CU_ASSERT_PTR_NULL (strstr (out->str, "apps"));
}

void
test_discovery__subresources_come_by_name (void)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    {
      K8Subresource previous;
      K8Subresource next;
      for (guint j = 1; k8_subresource_get (&k8_kinds[i], j, &next); j++)
        {
          CU_ASSERT_TRUE (k8_subresource_get (&k8_kinds[i], j - 1, &previous));
          CU_ASSERT_TRUE (strcmp (previous.name, next.name) < 0);
        }
    }
}
