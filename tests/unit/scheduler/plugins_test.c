/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugins by tables: one node, one pod, what the framework says. Also the rules of the framework
 * itself: the choice among equals, how many nodes are enough, the order of nodes.
 */
#include "tests/lib/test.h"

#include "codec/json.h"
#include "scheduler/plugins.h"
#include "tests/lib/test_region.h"

typedef struct
{
  K8Region *region;
  K8SchedulerCache cache;
  K8Framework framework;
} Fixture;

static void
begin (Fixture *self)
{
  self->region = test_region_new (64 * 1024 * 1024);
  k8_scheduler_cache_init (&self->cache, self->region);
  k8_framework_init (&self->framework, self->region);
}

static void
end (Fixture *self)
{
  k8_scheduler_cache_clear (&self->cache);
  k8_framework_clear (&self->framework);
  test_region_free (self->region);
}

static const void *
decode (Fixture *self, const K8MessageInfo *info, const char *json)
{
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (self->region, info, json, strlen (json), &decoded);

  if (record == NULL)
    test_note ("%s: %s", json, decoded.error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (record);
  k8_json_decoded_clear (&decoded);
  return record;
}

static void
put_node (Fixture *self, const char *json)
{
  k8_autounref const K8Node *node = decode (self, K8_INFO (node), json);

  k8_scheduler_cache_put_node (&self->cache, node);
}

static void
put_pod (Fixture *self, const char *json)
{
  k8_autounref const K8Pod *pod = decode (self, K8_INFO (pod), json);

  k8_scheduler_cache_put_pod (&self->cache, pod);
}

/* The node, or what the filters say without the post-filters' sentence. (g_free) */
static char *
decide (Fixture *self, const char *spec)
{
  g_autofree char *json =
      g_strdup_printf ("{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\"},\"spec\":{%s}}", spec);
  k8_autounref const K8Pod *pod = decode (self, K8_INFO (pod), json);
  g_autoptr (GString) message = g_string_new (NULL);
  const K8Decision *decision =
      k8_framework_decide (&self->framework, &self->cache, pod, message);

  if (decision->result == K8_DECISION_SCHEDULED)
    return g_strdup (k8_scheduler_cache_node (&self->cache, decision->node)->name);
  char *end_of_filters = strstr (message->str, " no new claims");
  return end_of_filters == NULL ? g_strdup (message->str)
                                : g_strndup (message->str,
                                             (gsize) (end_of_filters - message->str));
}

typedef struct
{
  const char *node; /* between the braces of the node, behind its name and allocatable */
  const char *pod;  /* between the braces of spec */
  const char *expected;
} Row;

#define FITS "n"
#define ALL(reason) "0/1 nodes are available: 1 " reason "."
#define TAINT(effect)                                                                              \
  "\"spec\":{\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"" effect "\"}]}"
#define TOLERATES(what) "\"tolerations\":[{" what "}]"
#define LABELS "\"spec\":{}"
#define REQUIRES(term)                                                                             \
  "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{" \
  "\"nodeSelectorTerms\":[" term "]}}}"
#define EXPRESSION(key, operator, values)                                                          \
  "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" operator "\",\"values\":[" values  \
  "]}]}"
#define REQUESTS(what) "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{" what "}}}]"
#define NO_MATCH ALL ("node(s) didn't match Pod's node affinity/selector")
#define TAINTED ALL ("node(s) had untolerated taint(s)")

static const Row rows[] = {
  /* NodeUnschedulable */
  { "\"spec\":{\"unschedulable\":true}", "", ALL ("node(s) were unschedulable") },
  { "\"spec\":{\"unschedulable\":true}",
    TOLERATES ("\"key\":\"node.kubernetes.io/unschedulable\",\"operator\":\"Exists\""), FITS },
  { "\"spec\":{\"unschedulable\":true}", TOLERATES ("\"operator\":\"Exists\""), FITS },
  { "\"spec\":{\"unschedulable\":true}",
    TOLERATES ("\"key\":\"node.kubernetes.io/unschedulable\",\"effect\":\"NoExecute\""),
    ALL ("node(s) were unschedulable") },
  /* NodeName */
  { LABELS, "\"nodeName\":\"n\"", FITS },
  { LABELS, "\"nodeName\":\"m\"", ALL ("node(s) didn't match the requested node name") },
  /* TaintToleration */
  { TAINT ("NoSchedule"), "", TAINTED },
  { TAINT ("NoExecute"), "", TAINTED },
  { TAINT ("PreferNoSchedule"), "", FITS },
  { TAINT ("NoSchedule"), TOLERATES ("\"key\":\"k\",\"value\":\"v\""), FITS },
  { TAINT ("NoSchedule"), TOLERATES ("\"key\":\"k\",\"value\":\"w\""), TAINTED },
  { TAINT ("NoSchedule"), TOLERATES ("\"key\":\"k\",\"operator\":\"Exists\""), FITS },
  { TAINT ("NoSchedule"),
    TOLERATES ("\"key\":\"k\",\"operator\":\"Exists\",\"effect\":\"NoExecute\""), TAINTED },
  { TAINT ("NoSchedule"), TOLERATES ("\"key\":\"k\",\"operator\":\"Gt\",\"value\":\"v\""),
    TAINTED },
  /* NodeAffinity; the node has labels a=1 and b=x */
  { LABELS, "\"nodeSelector\":{\"a\":\"1\"}", FITS },
  { LABELS, "\"nodeSelector\":{\"a\":\"2\"}", NO_MATCH },
  { LABELS, REQUIRES (EXPRESSION ("a", "In", "\"0\",\"1\"")), FITS },
  { LABELS, REQUIRES (EXPRESSION ("z", "In", "\"1\"")), NO_MATCH },
  { LABELS, REQUIRES (EXPRESSION ("z", "NotIn", "\"1\"")), FITS },
  { LABELS, REQUIRES (EXPRESSION ("a", "Gt", "\"0\"")), FITS },
  { LABELS, REQUIRES (EXPRESSION ("a", "Lt", "\"1\"")), NO_MATCH },
  { LABELS, REQUIRES (EXPRESSION ("b", "Gt", "\"0\"")), NO_MATCH },
  { LABELS, REQUIRES (EXPRESSION ("a", "Exists", "")), FITS },
  { LABELS, REQUIRES (EXPRESSION ("a", "DoesNotExist", "")), NO_MATCH },
  { LABELS, REQUIRES ("{}"), NO_MATCH },
  { LABELS, REQUIRES (""), NO_MATCH },
  { LABELS, REQUIRES ("{}," EXPRESSION ("a", "Exists", "")), FITS },
  /* NodeResourcesFit; the node has 2 cpu, 1000 bytes, 10 pods */
  { LABELS, REQUESTS ("\"cpu\":\"2\""), FITS },
  { LABELS, REQUESTS ("\"cpu\":\"2000.1m\""), ALL ("Insufficient cpu") },
  { LABELS, REQUESTS ("\"memory\":\"1000\""), FITS },
  { LABELS, REQUESTS ("\"cpu\":\"3\",\"memory\":\"1001\""),
    "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory." },
  { LABELS, REQUESTS ("\"ephemeral-storage\":\"1\""), ALL ("Insufficient ephemeral-storage") },
  { LABELS, REQUESTS ("\"example.com/gpu\":\"1\""), ALL ("Insufficient example.com/gpu") },
  { LABELS, REQUESTS ("\"example.com/gpu\":\"0\""), FITS },
};

void
test_plugins__say_of_one_node_what_the_table_says (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture;
      g_autofree char *node = g_strdup_printf (
          "{\"metadata\":{\"name\":\"n\",\"labels\":{\"a\":\"1\",\"b\":\"x\"}},%s,\"status\":"
          "{\"allocatable\":{\"cpu\":\"2\",\"memory\":\"1000\",\"pods\":\"10\"}}}",
          rows[i].node);
      begin (&fixture);
      put_node (&fixture, node);
      g_autofree char *said = decide (&fixture, rows[i].pod);
      if (!TEST_ASSERT_TEXT (said, rows[i].expected))
        test_note ("row %u: %s", i, rows[i].pod);
      end (&fixture);
    }
}

#define NODE(name, more)                                                                           \
  "{\"metadata\":{\"name\":\"" name "\"" more "},\"status\":{\"allocatable\":{\"cpu\":\"2\"," \
  "\"memory\":\"8Gi\",\"pods\":\"10\"}}}"
#define PORTS(address)                                                                             \
  "\"containers\":[{\"name\":\"c\",\"ports\":[{\"containerPort\":80,\"hostPort\":80,\"hostIP\":\"" \
  address "\"}]}]"
#define PLACED(name, spec)                                                                         \
  "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\"},\"spec\":{\"nodeName\":\"n\"," spec   \
  "}}"

void
test_node_ports__clash_on_the_same_or_on_every_address (void)
{
  static const char *const taken =
      ALL ("node(s) didn't have free ports for the requested pod ports");
  static const Row ports[] = {
    { PLACED ("q", PORTS ("10.0.0.1")), PORTS ("10.0.0.1"), NULL },
    { PLACED ("q", PORTS ("10.0.0.1")), PORTS ("10.0.0.2"), FITS },
    { PLACED ("q", PORTS ("10.0.0.1")), PORTS (""), NULL },
    { PLACED ("q", PORTS ("0.0.0.0")), PORTS ("10.0.0.2"), NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      Fixture fixture;
      begin (&fixture);
      put_node (&fixture, NODE ("n", ""));
      put_pod (&fixture, ports[i].node);
      g_autofree char *said = decide (&fixture, ports[i].pod);
      TEST_ASSERT_TEXT (said, ports[i].expected == NULL ? taken : ports[i].expected);
      end (&fixture);
    }
}

/* The sum, or the peak of the init containers while the sidecar (300m) runs, plus overhead. */
void
test_requests__count_init_containers_by_their_peak (void)
{
  Fixture fixture;
  K8PodRequests requests;

  begin (&fixture);
  const K8Pod *pod = decode (
      &fixture, K8_INFO (pod),
      "{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\"},\"spec\":{\"overhead\":{\"cpu\":\"10m\"},"
      "\"initContainers\":[{\"name\":\"s\",\"restartPolicy\":\"Always\",\"resources\":"
      "{\"requests\":{\"cpu\":\"300m\"}}},{\"name\":\"i\",\"resources\":{\"requests\":"
      "{\"cpu\":\"900m\"}}}],\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":"
      "{\"cpu\":\"500m\"}}}]}}");
  k8_pod_requests_compute (pod, K8_REQUESTS_INCOMING, &requests);
  CU_ASSERT_EQUAL (requests.cpu_milli, 300 + 900 + 10);
  CU_ASSERT_EQUAL (requests.memory_bytes, 0);
  /* No container mentions memory: 200 MiB each; the sidecar runs beside one other at a time. */
  CU_ASSERT_EQUAL (requests.nonzero_memory_bytes, 2 * K8_DEFAULT_MEMORY_BYTES);
  k8_record_unref (pod);
  end (&fixture);
}

void
test_node_order__takes_zones_in_turns (void)
{
#define ZONE(zone) ",\"labels\":{\"topology.kubernetes.io/zone\":\"" zone "\"}"
  Fixture fixture;
  g_autoptr (GString) names = g_string_new (NULL);

  begin (&fixture);
  put_node (&fixture, NODE ("a1", ZONE ("a")));
  put_node (&fixture, NODE ("a2", ZONE ("a")));
  put_node (&fixture, NODE ("a3", ZONE ("a")));
  put_node (&fixture, NODE ("b1", ZONE ("b")));
  put_node (&fixture, NODE ("none", ""));
  k8_scheduler_cache_refresh (&fixture.cache);
  for (guint i = 0; i < k8_scheduler_cache_n_nodes (&fixture.cache); i++)
    g_string_append_printf (
        names, "%s ",
        k8_scheduler_cache_node (&fixture.cache, k8_scheduler_cache_order (&fixture.cache)[i])
            ->name);
  TEST_ASSERT_TEXT (names->str, "a1 b1 none a2 a3 ");
  end (&fixture);
}

/* Removal swaps the last pod in: a b c d without b is a d c. */
void
test_node_pods__swap_the_last_one_in (void)
{
  static const char *const names[] = { "a", "b", "c", "d" };
  Fixture fixture;
  g_autoptr (GString) left = g_string_new (NULL);

  begin (&fixture);
  put_node (&fixture, NODE ("n", ""));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"d\"},\"spec\":{\"nodeName\":\"n\"}}",
          names[i]);
      put_pod (&fixture, json);
    }
  const K8Pod *gone =
      decode (&fixture, K8_INFO (pod), "{\"metadata\":{\"name\":\"b\",\"namespace\":\"d\"}}");
  k8_scheduler_cache_remove_pod (&fixture.cache, gone);
  guint32 node = k8_scheduler_cache_find_node (&fixture.cache, "n");
  guint32 slot = k8_scheduler_cache_node (&fixture.cache, node)->first_pod;
  for (; slot != 0; slot = k8_scheduler_cache_pod (&fixture.cache, slot)->next)
    g_string_append (left, k8_object_meta_name (k8_pod_metadata (
                               k8_scheduler_cache_pod (&fixture.cache, slot)->pod)));
  TEST_ASSERT_TEXT (left->str, "adc");
  CU_ASSERT_EQUAL (k8_scheduler_cache_value (&fixture.cache, K8_NODE_N_PODS, node), 3);
  k8_record_unref (gone);
  end (&fixture);
}

/* Of 15 equals the order of choice is the pre-order of the heap. */
void
test_select__takes_equals_in_preorder_of_the_heap (void)
{
  static const guint32 expected[] = { 0, 1, 3, 7, 8, 4, 9, 10, 2, 5, 11, 12, 6, 13, 14 };
  gint64 totals[15];

  for (guint i = 0; i < 15; i++)
    totals[i] = 7;
  for (guint i = 0; i < 15; i++)
    {
      guint32 chosen = k8_framework_select (totals, 15);
      CU_ASSERT_EQUAL (chosen, expected[i]);
      totals[chosen] = 0;
    }
}

void
test_nodes_to_find__shrinks_with_the_cluster (void)
{
  static const guint32 cases[][3] = { { 0, 99, 99 },     { 0, 100, 100 },  { 0, 1000, 420 },
                                      { 0, 5000, 500 },  { 0, 6000, 300 }, { 100, 6000, 6000 },
                                      { 10, 500, 100 },  { 50, 400, 200 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    CU_ASSERT_EQUAL (k8_framework_nodes_to_find (cases[i][0], cases[i][1]), cases[i][2]);
}

/* Counts are part of what is sorted: "1 ..." < "10 ..." < "2 ...". */
void
test_fit_error__sorts_reasons_as_texts_with_their_counts (void)
{
  Fixture fixture;

  begin (&fixture);
  for (guint i = 0; i < 13; i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{\"metadata\":{\"name\":\"n%u\"},\"spec\":{\"unschedulable\":%s},\"status\":"
          "{\"allocatable\":{\"cpu\":\"%s\",\"pods\":\"%s\"}}}",
          i, i < 10 ? "true" : "false", i == 10 ? "2" : "1", i == 10 ? "0" : "9");
      put_node (&fixture, json);
    }
  g_autofree char *said = decide (&fixture, REQUESTS ("\"cpu\":\"2\""));
  TEST_ASSERT_TEXT (said, "0/13 nodes are available: 1 Too many pods, 10 node(s) were "
                          "unschedulable, 2 Insufficient cpu.");
  end (&fixture);
}
