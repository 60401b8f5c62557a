/* SPDX-License-Identifier: Apache-2.0
 *
 * kube-proxy: rules from Services and EndpointSlices, and where a connection goes.
 */
#include "node/proxy_rules.h"

#include "tests/lib/test.h"
#include "tests/lib/world.h"

/* A world without actors: a region, and objects from JSON. */
typedef struct
{
  TestWorld *world;
  const K8Service *service;
  GPtrArray *slices;
  K8ProxyRules *rules;
} Table;

#define SERVICE(more)                                                                              \
  "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},\"spec\":{\"clusterIP\":"            \
  "\"10.96.0.7\",\"ports\":[{\"name\":\"http\",\"port\":80,\"protocol\":\"TCP\"," more
#define SLICE(endpoints)                                                                           \
  "{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"default\"},\"addressType\":\"IPv4\","         \
  "\"ports\":[{\"name\":\"http\",\"port\":8080,\"protocol\":\"TCP\"}],\"endpoints\":["         \
  endpoints "]}"
#define ENDPOINT(ip, node, conditions)                                                             \
  "{\"addresses\":[\"" ip "\"],\"nodeName\":\"" node "\",\"conditions\":{" conditions "}}"

static Table
make_table (const char *service, const char *slice)
{
  Table self = { .world = test_world_new_empty (), .slices = g_ptr_array_new () };

  self.service = test_world_object (self.world, K8_KIND_Service, service);
  if (slice != NULL)
    g_ptr_array_add (self.slices, (void *) test_world_object (self.world, K8_KIND_EndpointSlice,
                                                              slice));
  self.rules = k8_proxy_rules_new (test_world_region (self.world), "node-1", "zone-a");
  k8_proxy_rules_add (self.rules, self.service,
                      (const K8EndpointSlice *const *) self.slices->pdata, self.slices->len);
  k8_proxy_rules_finish (self.rules);
  return self;
}

static void
free_table (Table *self)
{
  k8_mail_unref (self->rules);
  for (guint i = 0; i < self->slices->len; i++)
    k8_record_unref (self->slices->pdata[i]);
  g_ptr_array_free (self->slices, TRUE);
  k8_record_unref (self->service);
  test_world_free (self->world);
}

/* All that may be picked, "10.1.0.1:8080 10.1.0.2:8080", or what happens instead. */
static char *
say_picks (const Table *table, const char *ip, guint16 port)
{
  K8ProxyPacket packet = { .ip = ip, .port = port };
  GString *text = g_string_new (NULL);

  for (guint64 random = 0; random < 4; random++)
    {
      K8ProxyPick pick = k8_proxy_rules_pick (table->rules, &packet, random);
      if (pick.verdict != K8_PROXY_FORWARD)
        {
          g_string_assign (text, pick.verdict == K8_PROXY_UNKNOWN  ? "unknown"
                                 : pick.verdict == K8_PROXY_REJECT ? "reject"
                                                                   : "drop");
          break;
        }
      char *one = g_strdup_printf ("%s:%u ", pick.endpoint.ip, pick.endpoint.port);
      if (strstr (text->str, one) == NULL)
        g_string_append (text, one);
      g_free (one);
    }
  return g_string_free (text, FALSE);
}

static void
expect_picks (const char *service, const char *slice, const char *ip, guint16 port,
              const char *expected)
{
  Table table = make_table (service, slice);
  char *text = say_picks (&table, ip, port);

  TEST_ASSERT_TEXT (text, expected);
  g_free (text);
  free_table (&table);
}

#define PLAIN SERVICE ("\"nodePort\":30080}]}}")
#define LOCAL SERVICE ("\"nodePort\":30080}],\"externalTrafficPolicy\":\"Local\"}}")
#define READY "\"ready\":true"
#define ENDING "\"ready\":false,\"serving\":true,\"terminating\":true"

void
test_proxy_rules__spread_over_ready_endpoints (void)
{
  expect_picks (PLAIN,
                SLICE (ENDPOINT ("10.1.0.1", "node-1", READY) "," ENDPOINT (
                    "10.1.0.2", "node-2", READY) "," ENDPOINT ("10.1.0.3", "node-2",
                                                               "\"ready\":false")),
                "10.96.0.7", 80, "10.1.0.1:8080 10.1.0.2:8080 ");
}

void
test_proxy_rules__fall_back_to_endpoints_that_end (void)
{
  expect_picks (PLAIN,
                SLICE (ENDPOINT ("10.1.0.1", "node-1", ENDING) "," ENDPOINT (
                    "10.1.0.2", "node-2", "\"ready\":false")),
                "10.96.0.7", 80, "10.1.0.1:8080 ");
}

void
test_proxy_rules__reject_without_endpoints (void)
{
  expect_picks (PLAIN, NULL, "10.96.0.7", 80, "reject");
}

void
test_proxy_rules__know_no_other_address (void)
{
  expect_picks (PLAIN, NULL, "10.96.0.8", 80, "unknown");
  expect_picks (PLAIN, NULL, "10.96.0.7", 81, "unknown");
}

void
test_proxy_rules__answer_at_the_node_port (void)
{
  expect_picks (PLAIN, SLICE (ENDPOINT ("10.1.0.2", "node-2", READY)), NULL, 30080,
                "10.1.0.2:8080 ");
}

void
test_proxy_rules__local_policy_stays_on_the_node (void)
{
  expect_picks (LOCAL,
                SLICE (ENDPOINT ("10.1.0.1", "node-1", READY) "," ENDPOINT ("10.1.0.2", "node-2",
                                                                            READY)),
                NULL, 30080, "10.1.0.1:8080 ");
  expect_picks (LOCAL, SLICE (ENDPOINT ("10.1.0.2", "node-2", READY)), NULL, 30080, "drop");
  expect_picks (LOCAL, SLICE (ENDPOINT ("10.1.0.2", "node-2", READY)), "10.96.0.7", 80,
                "10.1.0.2:8080 ");
  expect_picks (LOCAL, NULL, NULL, 30080, "reject");
}

void
test_proxy_rules__ignore_headless_services (void)
{
  expect_picks ("{\"metadata\":{\"name\":\"web\"},\"spec\":{\"clusterIP\":\"None\","
                "\"ports\":[{\"port\":80}]}}",
                NULL, "None", 80, "unknown");
}

void
test_proxy_rules__prefer_the_zone_that_hints_name (void)
{
  expect_picks (PLAIN,
                SLICE ("{\"addresses\":[\"10.1.0.1\"],\"hints\":{\"forZones\":[{\"name\":"
                       "\"zone-a\"}]}},{\"addresses\":[\"10.1.0.2\"],\"hints\":{\"forZones\":"
                       "[{\"name\":\"zone-b\"}]}}"),
                "10.96.0.7", 80, "10.1.0.1:8080 ");
}

void
test_proxy_rules__affinity_keeps_a_client (void)
{
  Table table = make_table (SERVICE ("\"nodePort\":0}],\"sessionAffinity\":\"ClientIP\"}}"),
                            SLICE (ENDPOINT ("10.1.0.1", "a", READY) "," ENDPOINT (
                                "10.1.0.2", "b", READY)));
  K8ProxyPacket packet = { .ip = "10.96.0.7", .port = 80, .client_ip = "10.2.0.1" };
  const char *first = k8_proxy_rules_pick (table.rules, &packet, 0).endpoint.ip;

  for (guint64 random = 1; random < 20; random++)
    CU_ASSERT_STRING_EQUAL (k8_proxy_rules_pick (table.rules, &packet, random).endpoint.ip, first);
  free_table (&table);
}

typedef struct
{
  guint n_tables;
  guint n_rules;
} Seen;

static void
see (void *user, const K8Effect *effect)
{
  Seen *seen = user;

  if (effect->type != K8_EFFECT_RULES)
    return;
  seen->n_tables++;
  seen->n_rules = k8_array_n (&((const K8ProxyRules *) effect->mail)->rules);
}

void
test_proxy__takes_the_changes_of_a_second_together (void)
{
  TestWorld *world = test_world_new ();
  Seen seen = { 0 };

  test_world_set_effect_hook (world, see, &seen);
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_PROXY, "proxy/node-1"));
  test_world_advance (world, 0);
  CU_ASSERT_EQUAL (seen.n_tables, 1);
  CU_ASSERT_EQUAL (seen.n_rules, 1); /* the Service kubernetes */
  test_world_create (world, K8_KIND_Service, "default",
                     "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"ports\":[{\"port\":80}]}}");
  test_world_create (world, K8_KIND_Service, "default",
                     "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"ports\":[{\"port\":80}]}}");
  test_world_advance (world, 900 * G_GINT64_CONSTANT (1000000));
  CU_ASSERT_EQUAL (seen.n_tables, 1);
  test_world_switch_to_clone (world);
  test_world_advance (world, 200 * G_GINT64_CONSTANT (1000000));
  CU_ASSERT_EQUAL (seen.n_tables, 2);
  CU_ASSERT_EQUAL (seen.n_rules, 3);
  test_world_free (world);
}
