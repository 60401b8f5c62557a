/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and ports of Services: what is given, what is kept, what goes with a change of type.
 * Source: kubernetes pkg/registry/core/service (strategy.go, storage/alloc.go), recorded answers.
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SERVICES "/api/v1/namespaces/default/services"

static char *
send (TestWorld *world, const char *method, const char *target, const char *type,
      const char *body)
{
  return test_world_http (world, &(TestHttp){ .method = method, .target = target,
                                              .token = TEST_ADMIN_TOKEN, .content_type = type,
                                              .body = body });
}

/* Creates a Service of a name with the rest of its spec. (g_free): the answer */
static char *
create (TestWorld *world, const char *name, const char *spec)
{
  char *body = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s}}", name, spec);
  char *answer = send (world, "POST", SERVICES, NULL, body);

  g_free (body);
  return answer;
}

static char *
patch (TestWorld *world, const char *name, const char *spec)
{
  char *target = g_strdup_printf (SERVICES "/%s", name);
  char *body = g_strdup_printf ("{\"spec\":{%s}}", spec);
  char *answer = send (world, "PATCH", target, "application/merge-patch+json", body);

  g_free (target);
  g_free (body);
  return answer;
}

/* Asserts that an answer holds a text, or (part with a leading "!") that it does not; frees it. */
static void
expect (char *answer, const char *code, const char *part)
{
  gboolean is_wanted = *part != '!';
  gboolean is_there = strstr (answer, is_wanted ? part : part + 1) != NULL;

  if (!g_str_has_prefix (answer, code) || is_there != is_wanted)
    test_note ("%s not in %s", part, answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, code));
  CU_ASSERT_EQUAL (is_there, is_wanted);
  g_free (answer);
}

/* The text behind a key of an answer, up to a comma or bracket. (g_free) */
static char *
dup_value (const char *answer, const char *key)
{
  const char *start = strstr (answer, key);

  if (start == NULL)
    return g_strdup ("");
  start += strlen (key);
  return g_strndup (start, strcspn (start, ",}]"));
}

#define PORTS "\"ports\":[{\"port\":80}]"

void
test_service__to_cluster_ip_loses_its_node_ports (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web", "\"type\":\"NodePort\"," PORTS), "201", "\"nodePort\":3");
  char *answer = patch (world, "web", "\"type\":\"ClusterIP\"");
  CU_ASSERT_PTR_NULL (strstr (answer, "nodePort"));
  CU_ASSERT_PTR_NULL (strstr (answer, "externalTrafficPolicy"));
  expect (answer, "200", "\"clusterIP\":\"10.96.");
  test_world_free (world);
}

#define FIXED "\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":30080}]"

void
test_service__port_that_is_free_again_can_be_had (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "a", FIXED), "201", "30080");
  expect (create (world, "b", FIXED), "422",
          "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated");
  expect (patch (world, "a", "\"type\":\"ClusterIP\""), "200", "!30080");
  expect (create (world, "b", FIXED), "201", "30080");
  test_world_free (world);
}

/* A create that fails gives back what it took, also of many ports. */
void
test_service__refused_create_takes_nothing (void)
{
  TestWorld *world = test_world_new ();
  GString *ports = g_string_new ("\"type\":\"NodePort\",\"ports\":[");

  for (guint i = 0; i < 12; i++)
    g_string_append_printf (ports, "{\"name\":\"p%u\",\"port\":%u,\"nodePort\":%u},", i, 80 + i,
                            30100 + i);
  g_string_append (ports, "{\"name\":\"bad\",\"port\":99,\"nodePort\":80}]");
  expect (create (world, "many", ports->str), "422",
          "spec.ports[12].nodePort: Invalid value: 80: provided port is not in the valid range. "
          "The range of valid ports is 30000-32767");
  for (guint i = 0; i < 12; i++)
    {
      char *name = g_strdup_printf ("one-%u", i);
      char *spec = g_strdup_printf ("\"type\":\"NodePort\",\"ports\":[{\"port\":80,"
                                    "\"nodePort\":%u}]", 30100 + i);
      expect (create (world, name, spec), "201", "\"nodePort\":301");
      g_free (name);
      g_free (spec);
    }
  g_string_free (ports, TRUE);
  test_world_free (world);
}

void
test_service__to_external_name_and_back (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web", PORTS), "201", "\"clusterIP\":\"10.96.");
  expect (patch (world, "web", "\"type\":\"ExternalName\",\"externalName\":\"example.com\""),
          "200", "!clusterIP");
  expect (patch (world, "web", "\"type\":\"ClusterIP\",\"externalName\":null"), "200",
          "\"clusterIP\":\"10.96.");
  test_world_free (world);
}

void
test_service__cluster_ip_may_not_change (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web", PORTS), "201", "\"clusterIP\":\"10.96.");
  expect (patch (world, "web", "\"clusterIP\":\"10.96.0.99\""), "422",
          "Service \\\"web\\\" is invalid: spec.clusterIPs[0]: Invalid value: "
          "[\\\"10.96.0.99\\\"]: may not change once set");
  test_world_free (world);
}

/* What was allocated and is not mentioned stays: a manifest can be put again. */
void
test_service__update_keeps_what_it_does_not_mention (void)
{
  TestWorld *world = test_world_new ();
  char *first = create (world, "web", "\"type\":\"NodePort\"," PORTS);
  char *ip = dup_value (first, "\"clusterIP\":");
  char *port = dup_value (first, "\"nodePort\":");
  char *again = send (world, "PUT", SERVICES "/web", NULL,
                      "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"type\":\"NodePort\","
                      "\"ports\":[{\"port\":80,\"targetPort\":8080}]}}");
  char *same_ip = dup_value (again, "\"clusterIP\":");
  char *same_port = dup_value (again, "\"nodePort\":");

  CU_ASSERT_TRUE (g_str_has_prefix (again, "200"));
  TEST_ASSERT_TEXT (same_ip, ip);
  TEST_ASSERT_TEXT (same_port, port);
  char *const texts[] = { first, ip, port, again, same_ip, same_port };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  test_world_free (world);
}

/* One number in two protocols shares a node port. */
void
test_service__same_port_of_two_protocols_has_one_node_port (void)
{
  TestWorld *world = test_world_new ();
  char *answer = create (world, "dns",
                         "\"type\":\"NodePort\",\"ports\":["
                         "{\"name\":\"u\",\"port\":53,\"protocol\":\"UDP\"},"
                         "{\"name\":\"t\",\"port\":53,\"protocol\":\"TCP\"}]");
  char *first = dup_value (answer, "\"nodePort\":");
  char *second = dup_value (strstr (answer, "\"name\":\"t\""), "\"nodePort\":");

  TEST_ASSERT_TEXT (first, second);
  CU_ASSERT_EQUAL (strlen (first), 5);
  g_free (first);
  g_free (second);
  g_free (answer);
  test_world_free (world);
}

void
test_service__local_balancer_has_a_health_check_port (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web",
                  "\"type\":\"LoadBalancer\",\"externalTrafficPolicy\":\"Local\"," PORTS),
          "201", "\"healthCheckNodePort\":3");
  expect (patch (world, "web", "\"externalTrafficPolicy\":\"Cluster\""), "200",
          "!healthCheckNodePort");
  expect (patch (world, "web", "\"type\":\"ClusterIP\""), "200",
          "!allocateLoadBalancerNodePorts");
  test_world_free (world);
}

void
test_service__balancer_without_node_ports (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web",
                  "\"type\":\"LoadBalancer\",\"allocateLoadBalancerNodePorts\":false," PORTS),
          "201", "!nodePort\"");
  test_world_free (world);
}

/* Endpoints made by hand may be of any family. */
void
test_service__headless_without_selector_is_dual_stack (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web", "\"clusterIP\":\"None\"," PORTS), "201",
          "\"ipFamilies\":[\"IPv4\",\"IPv6\"],\"ipFamilyPolicy\":\"RequireDualStack\"");
  expect (create (world, "sel", "\"clusterIP\":\"None\",\"selector\":{\"a\":\"b\"}," PORTS), "201",
          "\"ipFamilies\":[\"IPv4\"],\"ipFamilyPolicy\":\"SingleStack\"");
  test_world_free (world);
}

void
test_service__type_that_does_not_exist_is_all_that_is_said (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "web", "\"type\":\"NodePort\"," PORTS), "201", "nodePort");
  expect (patch (world, "web", "\"type\":\"Bogus\""), "422",
          "\"message\":\"Service \\\"web\\\" is invalid: spec.type: Unsupported value: "
          "\\\"Bogus\\\": supported values: \\\"ClusterIP\\\", \\\"ExternalName\\\", "
          "\\\"LoadBalancer\\\", \\\"NodePort\\\"\"");
  test_world_free (world);
}

/* The node port is found again by the name of its port, which may have been none. */
void
test_service__port_that_gets_a_name_is_another_port (void)
{
  TestWorld *world = test_world_new ();

  expect (create (world, "a", FIXED), "201", "30080");
  expect (patch (world, "a", "\"ports\":[{\"port\":80}]"), "200", "30080");
  expect (patch (world, "a", "\"ports\":[{\"name\":\"web\",\"port\":80}]"), "200", "!30080");
  test_world_free (world);
}
