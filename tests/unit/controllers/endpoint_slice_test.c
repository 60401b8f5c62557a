/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans of the EndpointSlice controller.
 * Source: staging/src/k8s.io/endpointslice reconciler.go, utils.go (v1.36).
 */
#include "tests/unit/controllers/fake_view.h"

#include "tests/lib/test.h"

#define CLASS (&k8_endpoint_slice_controller_class)

static FakeView *
make_world (const char *port)
{
  FakeView *fake = fake_view_new ();
  g_autofree char *json =
      g_strdup_printf ("{'metadata': {'name': 'web'}, 'spec': {'selector': {'app': 'web'}, "
                       "'ports': [{'port': 80, 'targetPort': %s}]}}",
                       port);

  fake_view_put (fake, K8_KIND_Node,
                 "{'metadata': {'name': 'node-1', 'labels': "
                 "{'topology.kubernetes.io/zone': 'zone-a'}}}");
  fake_view_put (fake, K8_KIND_Service, json);
  return fake;
}

static void
put_pod (FakeView *fake, guint number, const char *ready, const char *meta, gint32 port)
{
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': 'pod-%03u', 'labels': {'app': 'web'}%s}, 'spec': {'nodeName': "
      "'node-1', 'containers': [{'name': 'c', 'image': 'i', 'ports': [{'name': 'http', "
      "'containerPort': %d}]}]}, 'status': {'phase': 'Running', 'podIP': '10.244.0.%u', "
      "'conditions': [{'type': 'Ready', 'status': '%s'}]}}",
      number, meta, port, number, ready);

  fake_view_put (fake, K8_KIND_Pod, json);
}

static void
check_run (FakeView *fake, const char *expected)
{
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Service, "web");

  TEST_ASSERT_TEXT (run, expected);
}

/* The only slice. */
static const K8EndpointSlice *
get_slice (FakeView *fake)
{
  const K8Cache *cache = &fake->caches[K8_KIND_EndpointSlice];

  CU_ASSERT_EQUAL_FATAL (k8_cache_n (cache), 1);
  return k8_cache_at (cache, k8_cache_next (cache, 0))->object;
}

void
test_endpoint_slice__a_service_without_pods_has_one_empty_slice (void)
{
  FakeView *fake = make_world ("8080");

  check_run (fake, "1 create EndpointSlice default/web-: a service has a slice\n");
  check_run (fake, "");
  const K8ObjectMeta *meta = k8_endpoint_slice_metadata (get_slice (fake));
  CU_ASSERT_STRING_EQUAL (k8_object_meta_labels_get (meta, "kubernetes.io/service-name"), "web");
  fake_view_free (fake);
}

void
test_endpoint_slice__follows_readiness_and_ending (void)
{
  FakeView *fake = make_world ("8080");

  g_free (fake_view_run (fake, CLASS, K8_KIND_Service, "web"));
  put_pod (fake, 1, "True", "", 8080);
  put_pod (fake, 2, "True", ", 'deletionTimestamp': '1970-01-12T13:40:00Z'", 8080);
  g_free (fake_view_run (fake, CLASS, K8_KIND_Service, "web"));
  const K8EndpointSlice *slice = get_slice (fake);
  CU_ASSERT_EQUAL_FATAL (k8_endpoint_slice_endpoints_n (slice), 2);
  CU_ASSERT_EQUAL (k8_discovery_endpoint_port_port (k8_endpoint_slice_ports_at (slice, 0)), 8080);
  const K8Endpoint *ending = k8_endpoint_slice_endpoints_at (slice, 0);
  const K8Endpoint *ready = k8_endpoint_slice_endpoints_at (slice, 1);
  CU_ASSERT_STRING_EQUAL (k8_endpoint_addresses_at (ready, 0), "10.244.0.1");
  CU_ASSERT_STRING_EQUAL (k8_endpoint_zone (ready), "zone-a");
  CU_ASSERT_TRUE (k8_endpoint_conditions_ready (k8_endpoint_conditions (ready)));
  CU_ASSERT_FALSE (k8_endpoint_conditions_ready (k8_endpoint_conditions (ending)));
  CU_ASSERT_TRUE (k8_endpoint_conditions_serving (k8_endpoint_conditions (ending)));
  CU_ASSERT_TRUE (k8_endpoint_conditions_terminating (k8_endpoint_conditions (ending)));
  check_run (fake, "");
  put_pod (fake, 1, "False", "", 8080);
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Service, "web");
  CU_ASSERT_PTR_NOT_NULL (strstr (run, "endpoints have changed"));
  fake_view_free (fake);
}

void
test_endpoint_slice__holds_100_and_the_101st_needs_another (void)
{
  FakeView *fake = make_world ("8080");

  for (guint i = 1; i <= 100; i++)
    put_pod (fake, i, "True", "", 8080);
  check_run (fake, "1 create EndpointSlice default/web-: endpoints without a slice\n");
  put_pod (fake, 101, "True", "", 8080);
  check_run (fake, "1 create EndpointSlice default/web-: endpoints without a slice\n");
  /* One more goes where there is room, which is one write. */
  put_pod (fake, 102, "True", "", 8080);
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Service, "web");
  g_auto (GStrv) lines = g_strsplit (run, "\n", -1);
  CU_ASSERT_EQUAL (g_strv_length (lines), 2);
  CU_ASSERT_PTR_NOT_NULL (strstr (run, "endpoints have changed"));
  fake_view_free (fake);
}

void
test_endpoint_slice__named_ports_of_different_numbers_need_different_slices (void)
{
  FakeView *fake = make_world ("'http'");

  put_pod (fake, 1, "True", "", 8080);
  put_pod (fake, 2, "True", "", 9090);
  check_run (fake, "1 create EndpointSlice default/web-: endpoints without a slice\n"
                   "1 create EndpointSlice default/web-: endpoints without a slice\n");
  fake_view_free (fake);
}

void
test_endpoint_slice__leaves_out_finished_pods_and_those_without_address (void)
{
  FakeView *fake = make_world ("8080");

  fake_view_put (fake, K8_KIND_Pod,
                 "{'metadata': {'name': 'a', 'labels': {'app': 'web'}}, 'status': {'phase': "
                 "'Succeeded', 'podIP': '10.244.0.1'}}");
  fake_view_put (fake, K8_KIND_Pod,
                 "{'metadata': {'name': 'b', 'labels': {'app': 'web'}}, 'status': {'phase': "
                 "'Pending'}}");
  check_run (fake, "1 create EndpointSlice default/web-: a service has a slice\n");
  fake_view_free (fake);
}

/* A world whose Service wants its traffic near; one ready pod on node-1 in zone-a. */
static const K8EndpointHints *
get_hints (FakeView *fake, const char *distribution, const char *ready)
{
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': 'web'}, 'spec': {'selector': {'app': 'web'}, "
      "'trafficDistribution': '%s', 'ports': [{'port': 80, 'targetPort': 8080}]}}",
      distribution);

  fake_view_put (fake, K8_KIND_Service, json);
  put_pod (fake, 1, ready, "", 8080);
  g_free (fake_view_run (fake, CLASS, K8_KIND_Service, "web"));
  return k8_endpoint_hints (k8_endpoint_slice_endpoints_at (get_slice (fake), 0));
}

/* Source: KEP-4444 and KEP-3015, trafficDistribution. */
void
test_endpoint_slice__hints_name_the_zone_and_for_the_same_node_the_node (void)
{
  FakeView *zone = make_world ("8080");
  FakeView *node = make_world ("8080");
  const K8EndpointHints *same_zone = get_hints (zone, "PreferSameZone", "True");
  const K8EndpointHints *same_node = get_hints (node, "PreferSameNode", "True");

  CU_ASSERT_STRING_EQUAL (k8_for_zone_name (k8_endpoint_hints_for_zones_at (same_zone, 0)),
                          "zone-a");
  CU_ASSERT_EQUAL (k8_endpoint_hints_for_nodes_n (same_zone), 0);
  CU_ASSERT_STRING_EQUAL (k8_for_zone_name (k8_endpoint_hints_for_zones_at (same_node, 0)),
                          "zone-a");
  CU_ASSERT_STRING_EQUAL (k8_for_node_name (k8_endpoint_hints_for_nodes_at (same_node, 0)),
                          "node-1");
  fake_view_free (zone);
  fake_view_free (node);
}

void
test_endpoint_slice__endpoint_that_is_not_ready_has_no_hints (void)
{
  FakeView *fake = make_world ("8080");

  CU_ASSERT_PTR_NULL (get_hints (fake, "PreferSameZone", "False"));
  fake_view_free (fake);
}

/* A pod with a hostname in the subdomain of the Service has a name of its own in DNS. */
void
test_endpoint_slice__knows_the_hostname_of_pods_in_its_subdomain (void)
{
  FakeView *fake = make_world ("8080");

  fake_view_put (fake, K8_KIND_Pod,
                 "{'metadata': {'name': 'a', 'labels': {'app': 'web'}}, 'spec': {'nodeName': "
                 "'node-1', 'hostname': 'first', 'subdomain': 'web', 'containers': [{'name': 'c', "
                 "'image': 'i'}]}, 'status': {'phase': 'Running', 'podIP': '10.244.0.1'}}");
  g_free (fake_view_run (fake, CLASS, K8_KIND_Service, "web"));
  CU_ASSERT_STRING_EQUAL (
      k8_endpoint_hostname (k8_endpoint_slice_endpoints_at (get_slice (fake), 0)), "first");
  fake_view_free (fake);
}
