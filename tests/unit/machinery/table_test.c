/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables: every text that STATUS of a pod can be, the cells of the other kinds as recorded from
 * upstream, and the wire form.
 */
#include "codec/json.h"
#include "machinery/table.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01T00:00:00Z */

static const void *
decode (K8Region *region, K8KindId kind, const char *text)
{
  K8JsonDecoded decoded = { 0 };
  const void *object = k8_json_decode (region, &k8_messages[k8_kinds[kind].message], text,
                                       strlen (text), &decoded);

  CU_ASSERT_PTR_NOT_NULL_FATAL (object);
  CU_ASSERT_PTR_NULL (decoded.problems);
  k8_json_decoded_clear (&decoded);
  return object;
}

/* The cells of an object, by " | ", up to a priority. */
static char *
print_row (K8KindId kind, const char *json, guint priority)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const void *object = decode (region, kind, json);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < k8_table_columns_n (&k8_kinds[kind]); i++)
    {
      const K8Column *column = k8_table_column (&k8_kinds[kind], i);
      if (column->priority > priority)
        continue;
      g_string_append (out, out->len == 0 ? "" : " | ");
      k8_table_append_cell (out, column, object, NOW_US);
    }
  k8_record_unref (g_steal_pointer (&object));
  test_region_free (region);
  return g_string_free (out, FALSE);
}

typedef struct
{
  K8KindId kind;
  guint priority;
  const char *json;
  const char *cells;
} Row;

#define META "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2025-12-31T23:58:30Z\"}"
#define SPEC ",\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"
#define INIT                                                                                       \
  ",\"spec\":{\"initContainers\":[{\"name\":\"i\"},{\"name\":\"j\"}],"                             \
  "\"containers\":[{\"name\":\"a\"}]}"
#define SIDE                                                                                       \
  ",\"spec\":{\"initContainers\":[{\"name\":\"s\",\"restartPolicy\":\"Always\"}],"                 \
  "\"containers\":[{\"name\":\"a\"}]}"
#define STATE(name, state)                                                                         \
  "{\"name\":\"" name "\",\"ready\":false,\"restartCount\":0,\"image\":\"\",\"imageID\":\"\","     \
  "\"lastState\":{},\"state\":{" state "}}"
#define RUNS(name)                                                                                 \
  "{\"name\":\"" name "\",\"ready\":true,\"restartCount\":0,\"image\":\"\",\"imageID\":\"\","      \
  "\"started\":true,\"state\":{\"running\":{}}}"
#define ENDED(name, more) STATE (name, "\"terminated\":{" more "}")
#define POD(spec, status) "{" META spec ",\"status\":{" status "}}"

static const Row pod_rows[] = {
  { K8_KIND_Pod, 0, POD (SPEC, "\"phase\":\"Pending\""), "x | 0/2 | Pending | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Running\",\"containerStatuses\":[" RUNS ("a") "," RUNS ("b") "]"),
    "x | 2/2 | Running | 0 | 90s" },
  { K8_KIND_Pod, 0, POD (SPEC, "\"phase\":\"Failed\",\"reason\":\"Evicted\""),
    "x | 0/2 | Evicted | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":"
               "\"False\",\"reason\":\"SchedulingGated\"}]"),
    "x | 0/2 | SchedulingGated | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Pending\",\"containerStatuses\":[" STATE (
                   "a", "\"waiting\":{\"reason\":\"ContainerCreating\"}") "]"),
    "x | 0/2 | ContainerCreating | 0 | 90s" },
  /* The first container has the last word. */
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Running\",\"containerStatuses\":["
               "{\"name\":\"a\",\"ready\":false,\"restartCount\":3,\"image\":\"\",\"imageID\":"
               "\"\",\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},\"lastState\":"
               "{\"terminated\":{\"exitCode\":1,\"finishedAt\":\"2025-12-31T23:55:00Z\"}}},"
               ENDED ("b", "\"exitCode\":0,\"reason\":\"Completed\"") "]"),
    "x | 0/2 | CrashLoopBackOff | 3 (5m ago) | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Failed\",\"containerStatuses\":["
               ENDED ("a", "\"exitCode\":3") "]"),
    "x | 0/2 | ExitCode:3 | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Failed\",\"containerStatuses\":["
               ENDED ("a", "\"exitCode\":137,\"signal\":9") "]"),
    "x | 0/2 | Signal:9 | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Succeeded\",\"containerStatuses\":["
               ENDED ("a", "\"exitCode\":0,\"reason\":\"Completed\"") "]"),
    "x | 0/2 | Completed | 0 | 90s" },
  /* Completed beside one that runs: Running if the pod is ready, else NotReady. */
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Running\",\"containerStatuses\":["
               ENDED ("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," RUNS ("b") "]"),
    "x | 1/2 | NotReady | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (SPEC, "\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
               "\"containerStatuses\":["
               ENDED ("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," RUNS ("b") "]"),
    "x | 1/2 | Running | 0 | 90s" },
  /* Init containers. */
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Pending\",\"initContainerStatuses\":["
               STATE ("i", "\"running\":{}") "]"),
    "x | 0/1 | Init:0/2 | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Pending\",\"initContainerStatuses\":["
               ENDED ("i", "\"exitCode\":0") ","
               STATE ("j", "\"waiting\":{\"reason\":\"PodInitializing\"}") "]"),
    "x | 0/1 | Init:1/2 | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Pending\",\"initContainerStatuses\":["
               STATE ("i", "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}") "]"),
    "x | 0/1 | Init:CrashLoopBackOff | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Failed\",\"initContainerStatuses\":["
               ENDED ("i", "\"exitCode\":1,\"reason\":\"Error\"") "]"),
    "x | 0/1 | Init:Error | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Failed\",\"initContainerStatuses\":["
               ENDED ("i", "\"exitCode\":4") "]"),
    "x | 0/1 | Init:ExitCode:4 | 0 | 90s" },
  { K8_KIND_Pod, 0,
    POD (INIT, "\"phase\":\"Failed\",\"initContainerStatuses\":["
               ENDED ("i", "\"exitCode\":137,\"signal\":9") "]"),
    "x | 0/1 | Init:Signal:9 | 0 | 90s" },
  /* Sidecars count as containers. */
  { K8_KIND_Pod, 0,
    POD (SIDE, "\"phase\":\"Running\",\"initContainerStatuses\":[" RUNS ("s") "],"
               "\"containerStatuses\":[" RUNS ("a") "]"),
    "x | 2/2 | Running | 0 | 90s" },
  /* Deletion. */
  { K8_KIND_Pod, 0,
    "{\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2025-12-31T23:58:30Z\","
    "\"deletionTimestamp\":\"2025-12-31T23:59:30Z\"}" SPEC
    ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[" RUNS ("a") "]}}",
    "x | 1/2 | Terminating | 0 | 90s" },
  { K8_KIND_Pod, 0,
    "{\"metadata\":{\"name\":\"x\",\"deletionTimestamp\":\"2025-12-31T23:59:30Z\"}" SPEC
    ",\"status\":{\"phase\":\"Running\",\"reason\":\"NodeLost\"}}",
    "x | 0/2 | Unknown | 0 | <unknown>" },
  /* Wide. */
  { K8_KIND_Pod, 1,
    "{" META ",\"spec\":{\"nodeName\":\"n1\",\"containers\":[{\"name\":\"a\"}],"
    "\"readinessGates\":[{\"conditionType\":\"g\"},{\"conditionType\":\"h\"}]},"
    "\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":\"10.0.0.1\"}],"
    "\"conditions\":[{\"type\":\"g\",\"status\":\"True\"}]}}",
    "x | 0/1 | Running | 0 | 90s | 10.0.0.1 | n1 | <none> | 1/2" },
};

static const Row other_rows[] = {
  { K8_KIND_Deployment, 1,
    "{" META ",\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":\"w\"}},"
    "\"template\":{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i:1\"},{\"name\":\"b\","
    "\"image\":\"j\"}]}},\"strategy\":{}},\"status\":{\"readyReplicas\":1,\"updatedReplicas\":2,"
    "\"availableReplicas\":1}}",
    "x | 1/3 | 2 | 1 | 90s | a,b | i:1,j | app=w" },
  { K8_KIND_ReplicaSet, 0,
    "{" META ",\"spec\":{\"replicas\":4,\"selector\":null},\"status\":{\"replicas\":1,"
    "\"readyReplicas\":1}}",
    "x | 4 | 1 | 1 | 90s" },
  { K8_KIND_Service, 1,
    "{" META ",\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.96.0.9\",\"clusterIPs\":"
    "[\"10.96.0.9\"],\"ports\":[{\"port\":80,\"nodePort\":31000,\"protocol\":\"TCP\","
    "\"targetPort\":80},{\"port\":53,\"protocol\":\"UDP\",\"targetPort\":53}],"
    "\"selector\":{\"a\":\"b\",\"c\":\"d\"}}}",
    "x | NodePort | 10.96.0.9 | <none> | 80:31000/TCP,53/UDP | 90s | a=b,c=d" },
  { K8_KIND_Service, 0,
    "{" META ",\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"db.example.com\"}}",
    "x | ExternalName | <none> | db.example.com | <none> | 90s" },
  { K8_KIND_Service, 0, "{" META ",\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"1.1.1.1\"}}",
    "x | LoadBalancer | 1.1.1.1 | <pending> | <none> | 90s" },
  { K8_KIND_Service, 0,
    "{" META ",\"spec\":{\"type\":\"LoadBalancer\",\"externalIPs\":[\"9.9.9.9\"]},\"status\":"
    "{\"loadBalancer\":{\"ingress\":[{\"ip\":\"2.2.2.2\"},{\"hostname\":\"h\"},{\"ip\":"
    "\"1.1.1.1\"},{\"ip\":\"2.2.2.2\"}]}}}",
    "x | LoadBalancer | <none> | 1.1.1.1,2.2.2.2,h,9.9.9.9 | <none> | 90s" },
  { K8_KIND_EndpointSlice, 0,
    "{" META ",\"addressType\":\"IPv4\",\"ports\":[{\"port\":80}],\"endpoints\":["
    "{\"addresses\":[\"1.1.1.1\",\"1.1.1.2\"]},{\"addresses\":[\"1.1.1.3\",\"1.1.1.4\"]},"
    "{\"addresses\":[\"1.1.1.5\"]}]}",
    "x | IPv4 | 80 | 1.1.1.1,1.1.1.2,1.1.1.3 + 2 more... | 90s" },
  { K8_KIND_EndpointSlice, 0,
    "{" META ",\"addressType\":\"IPv4\",\"ports\":null,\"endpoints\":null}",
    "x | IPv4 | <unset> | <unset> | 90s" },
  { K8_KIND_Node, 1,
    "{\"metadata\":{\"name\":\"x\",\"labels\":{\"node-role.kubernetes.io/worker\":\"\","
    "\"kubernetes.io/role\":\"edge\"}},\"spec\":{\"unschedulable\":true},\"status\":"
    "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],\"addresses\":[{\"type\":"
    "\"InternalIP\",\"address\":\"127.0.0.11\"}],\"nodeInfo\":{\"kubeletVersion\":\"v1.36.2\","
    "\"kernelVersion\":\"6.12.0\",\"architecture\":\"amd64\",\"osImage\":\"Debian\"}}}",
    "x | Ready,SchedulingDisabled | edge,worker | <unknown> | v1.36.2 | 127.0.0.11 | <none> | "
    "Debian | 6.12.0 (amd64) | <unknown>" },
  { K8_KIND_Node, 0,
    "{\"metadata\":{\"name\":\"x\"},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":"
    "\"Unknown\"}]}}",
    "x | NotReady | <none> | <unknown> | " },
  { K8_KIND_Namespace, 0, "{" META ",\"status\":{\"phase\":\"Active\"}}", "x | Active | 90s" },
  { K8_KIND_Event, 1,
    "{\"metadata\":{\"name\":\"x.1\",\"namespace\":\"d\"},\"involvedObject\":{\"kind\":\"Pod\","
    "\"name\":\"x\",\"fieldPath\":\"spec.containers{a}\"},\"reason\":\"Pulled\",\"message\":"
    "\" done\\n\",\"source\":{\"component\":\"kubelet\",\"host\":\"n1\"},\"firstTimestamp\":"
    "\"2025-12-31T22:00:00Z\",\"lastTimestamp\":\"2025-12-31T23:59:55Z\",\"count\":4,\"type\":"
    "\"Normal\"}",
    "5s | Normal | Pulled | pod/x | spec.containers{a} | kubelet, n1 | done | 120m | 4 | x.1" },
  { K8_KIND_Event, 1,
    "{\"metadata\":{\"name\":\"x.2\"},\"involvedObject\":{\"kind\":\"Node\"},\"eventTime\":"
    "\"2025-12-31T23:59:00.500000Z\",\"source\":{},\"reportingComponent\":\"default-scheduler\","
    "\"reportingInstance\":\"\",\"series\":{\"count\":7,\"lastObservedTime\":"
    "\"2025-12-31T23:59:50.000000Z\"}}",
    "10s |  |  | node |  | default-scheduler |  | 59s | 7 | x.2" },
  { K8_KIND_Lease, 0, "{" META ",\"spec\":{\"holderIdentity\":\"n1\"}}", "x | n1 | 90s" },
  { K8_KIND_ConfigMap, 0, "{" META ",\"data\":{\"a\":\"1\"},\"binaryData\":{\"b\":\"eA==\"}}",
    "x | 2 | 90s" },
  { K8_KIND_Secret, 0, "{" META ",\"type\":\"Opaque\",\"data\":{\"a\":\"eA==\"}}",
    "x | Opaque | 1 | 90s" },
  { K8_KIND_ServiceAccount, 0, "{" META "}", "x | 90s" },
  { K8_KIND_PriorityClass, 0, "{" META ",\"value\":2000000000}",
    "x | 2000000000 | false | 90s | PreemptLowerPriority" },
  { K8_KIND_Scale, 0, "{" META ",\"spec\":{\"replicas\":2},\"status\":{\"replicas\":1}}",
    "x | 2 | 1 | 90s" },
  { K8_KIND_Binding, 0, "{" META ",\"target\":{}}", "x | 2025-12-31T23:58:30Z" },
};

static void
check_rows (const Row *rows, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *cells = print_row (rows[i].kind, rows[i].json, rows[i].priority);
      TEST_ASSERT_TEXT (cells, rows[i].cells);
    }
}

void
test_table__says_where_a_pod_stands (void)
{
  check_rows (pod_rows, G_N_ELEMENTS (pod_rows));
}

void
test_table__shows_the_other_kinds_as_upstream (void)
{
  check_rows (other_rows, G_N_ELEMENTS (other_rows));
}

static char *
print_table (K8TableInclude include, gboolean has_no_columns)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const void *object
      = decode (region, K8_KIND_ServiceAccount, "{\"metadata\":{\"name\":\"x\"}}");
  K8TableOptions options = {
    .kind = &k8_kinds[K8_KIND_ServiceAccount],
    .include = include,
    .now_us = NOW_US,
    .has_no_columns = has_no_columns,
  };
  GString *out = g_string_new (NULL);

  k8_table_append_one (out, object, "5", &options);
  k8_record_unref (g_steal_pointer (&object));
  test_region_free (region);
  return g_string_free (out, FALSE);
}

void
test_table__is_written_as_recorded (void)
{
  g_autofree char *with_metadata = print_table (K8_TABLE_METADATA, TRUE);
  g_autofree char *with_nothing = print_table (K8_TABLE_NONE, FALSE);

  TEST_ASSERT_TEXT (
      with_metadata,
      "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"
      "{\"resourceVersion\":\"5\"},\"columnDefinitions\":null,\"rows\":[{\"cells\":"
      "[\"x\",\"\\u003cunknown\\u003e\"],\"object\":{\"kind\":\"PartialObjectMetadata\","
      "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"x\","
      "\"resourceVersion\":\"5\"}}}]}\n");
  TEST_ASSERT_TEXT (
      with_nothing,
      "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"resourceVersion\":"
      "\"5\"},\"columnDefinitions\":[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\","
      "\"description\":\"Name of the account.\",\"priority\":0},{\"name\":\"Age\",\"type\":"
      "\"string\",\"format\":\"\",\"description\":\"Time since it was created.\",\"priority\":0}],"
      "\"rows\":[{\"cells\":[\"x\",\"\\u003cunknown\\u003e\"],\"object\":null}]}\n");
}
