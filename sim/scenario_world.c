/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of a scenario: start, network, nodes, and what images do.
 */
#include <string.h>

#include "base/quantity.h"
#include "base/string.h"
#include "base/time.h"
#include "codec/json.h"
#include "machinery/names.h"
#include "sim/container_log.h"
#include "sim/scenario_private.h"

enum
{
  MAX_NODES = 200000,
  PODS_A_NODE = 110,
  NODES_A_RANGE = 240,   /* addresses from .10 to .249 of a /24 */
  NODES_A_NETWORK = 60000, /* of a /16 */
  RANGES_A_BYTE = 256,     /* /24 in a /16 */
  SERVICE_BYTE = 96,       /* 10.96.0.0/16 is the Services' */
  FIRST_POD_BYTE = 244,    /* 10.244.0.0, as everybody's */
  BYTES_BEHIND = 256 - FIRST_POD_BYTE,
  N_TEN_BYTES = 255,       /* of 10.0.0.0/8 without the Services' */
};

/* "spare-{n}" with a number in place of {n}, or with the number behind it. */
static const char *
number_name (SimScenario *self, const char *pattern, guint index, gboolean is_many)
{
  const char *brace = strstr (pattern, "{n}");
  g_autofree char *text = NULL;

  if (brace != NULL)
    text = g_strdup_printf ("%.*s%u%s", (int) (brace - pattern), pattern, index + 1, brace + 3);
  else if (is_many)
    text = g_strdup_printf ("%s-%u", pattern, index + 1);
  return text == NULL ? pattern : g_string_chunk_insert (self->reader.texts, text);
}

static const char *
read_quantity (SimReader *reader, SimValue value, const char *or_else)
{
  const char *text = sim_reader_text (reader, value, or_else);
  K8Quantity quantity;

  if (k8_quantity_parse (text, &quantity) != K8_QUANTITY_OK)
    sim_reader_fail (reader, value, "expected a quantity like 4, 500m or 8Gi");
  return text;
}

/* A quantity as it is written, cut to what fits; -1: it is not said. */
static gint64
read_amount (SimReader *reader, SimValue value, gboolean is_milli)
{
  K8Quantity quantity;

  if (value.node == NULL)
    return -1;
  if (k8_quantity_parse (read_quantity (reader, value, "0"), &quantity) != K8_QUANTITY_OK)
    return -1;
  return is_milli ? k8_quantity_milli_value (&quantity) : k8_quantity_value (&quantity);
}

static void
check_name (SimReader *reader, SimValue value, K8NameFaults faults)
{
  if (!k8_name_is_good (faults))
    sim_reader_fail (reader, value, "%s", faults.text[0]);
}

/* A text, and no number or truth value that looks like one. */
static const char *
read_strict_text (SimReader *reader, SimValue value)
{
  if (value.node == NULL || (JSON_NODE_HOLDS_VALUE (value.node)
                             && json_node_get_value_type (value.node) == G_TYPE_STRING))
    return sim_reader_text (reader, value, "");
  sim_reader_fail (reader, value, "expected a text; put it in quotes");
  return "";
}

static void
check_labels (SimReader *reader, SimValue labels)
{
  if (labels.node == NULL)
    return;
  if (!JSON_NODE_HOLDS_OBJECT (labels.node))
    {
      sim_reader_fail (reader, labels, "expected a mapping of labels to texts");
      return;
    }
  GList *keys = json_object_get_members (json_node_get_object (labels.node));
  for (GList *key = keys; key != NULL; key = key->next)
    {
      SimValue value = sim_reader_get (reader, labels, key->data);
      check_name (reader, value, k8_name_check_qualified (key->data));
      check_name (reader, value, k8_name_check_label_value (read_strict_text (reader, value)));
    }
  g_list_free (keys);
}

static void
check_taints (SimReader *reader, SimValue taints)
{
  static const char *const effects[]
      = { "NoSchedule", "PreferNoSchedule", "NoExecute", NULL };

  for (guint i = 0; i < sim_reader_n (reader, taints); i++)
    {
      SimValue taint = sim_reader_at (reader, taints, i);
      SimValue effect = sim_reader_need (reader, taint, "effect");
      SimValue key = sim_reader_need (reader, taint, "key");
      SimValue value = sim_reader_get (reader, taint, "value");
      sim_reader_only (reader, taint, "key value effect");
      check_name (reader, key, k8_name_check_qualified (read_strict_text (reader, key)));
      check_name (reader, value, k8_name_check_label_value (read_strict_text (reader, value)));
      if (!g_strv_contains (effects, sim_reader_text (reader, effect, "")))
        sim_reader_fail (reader, effect,
                         "expected NoSchedule, PreferNoSchedule or NoExecute");
    }
}

/* Every node has a name of its own, and one that the API server takes. */
static void
check_node_name (SimScenario *self, SimValue value, const char *name)
{
  SimReader *reader = &self->reader;

  if (!k8_name_is_good (k8_name_check_dns_1123_subdomain (name)))
    sim_reader_fail (reader, sim_reader_get (reader, value, "name"),
                     "expected lower case letters, digits, '-' and '.', such as node-1");
  else if (!g_hash_table_add (self->node_names, (gpointer) name))
    sim_reader_fail (reader, sim_reader_get (reader, value, "name"),
                     "there is a node %s already", name);
}

static void
read_node (SimScenario *self, SimValue value)
{
  SimReader *reader = &self->reader;
  SimValue zones = sim_reader_get (reader, value, "zones");
  SimValue count = sim_reader_get (reader, value, "count");
  guint n = (guint) sim_reader_int (reader, count, 1, MAX_NODES, 1);
  const char *name = sim_reader_text (reader, sim_reader_need (reader, value, "name"), "node");
  SimNodeRow row = { 0 };

  sim_reader_only (reader, value, "name count zone zones cpu memory pods labels taints joins");
  row.zone = sim_reader_text (reader, sim_reader_get (reader, value, "zone"), NULL);
  row.cpu = read_quantity (reader, sim_reader_get (reader, value, "cpu"), "4");
  row.memory = read_quantity (reader, sim_reader_get (reader, value, "memory"), "8Gi");
  row.pods = sim_reader_int (reader, sim_reader_get (reader, value, "pods"), 0, 10000, PODS_A_NODE);
  row.joins_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "joins"), 0);
  row.labels = sim_reader_get (reader, value, "labels");
  row.taints = sim_reader_get (reader, value, "taints");
  check_labels (reader, row.labels);
  check_taints (reader, row.taints);
  guint n_zones = sim_reader_n (reader, zones);
  for (guint i = 0; i < n && reader->error == NULL; i++)
    {
      row.name = number_name (self, name, i, count.node != NULL);
      if (n_zones > 0)
        row.zone = sim_reader_text (reader, sim_reader_at (reader, zones, i % n_zones), NULL);
      check_node_name (self, value, row.name);
      if (row.zone != NULL)
        check_name (reader, zones.node != NULL ? zones : sim_reader_get (reader, value, "zone"),
                    k8_name_check_label_value (row.zone));
      g_array_append_val (self->nodes, row);
    }
}

/* What a program writes: texts at its start, or {after, every, line}. NULL: the usual. */
static const char *
read_logs (SimReader *reader, SimValue logs)
{
  g_autoptr (GString) rules = g_string_new (NULL);

  for (guint i = 0; i < sim_reader_n (reader, logs); i++)
    {
      SimValue rule = sim_reader_at (reader, logs, i);
      SimValue line = rule;
      gint64 after_ns = 0;
      gint64 every_ns = 0;
      if (JSON_NODE_HOLDS_OBJECT (rule.node))
        {
          sim_reader_only (reader, rule, "after every line");
          line = sim_reader_need (reader, rule, "line");
          after_ns = sim_reader_duration (reader, sim_reader_get (reader, rule, "after"), 0);
          every_ns = sim_reader_duration (reader, sim_reader_get (reader, rule, "every"), 0);
        }
      const char *text = sim_reader_text (reader, line, "");
      if (strchr (text, '\n') != NULL)
        sim_reader_fail (reader, line, "expected one line");
      if (every_ns > 0 && every_ns < K8_MILLISECOND_NS)
        sim_reader_fail (reader, sim_reader_get (reader, rule, "every"), "expected at least 1ms");
      sim_log_rule_append (rules, after_ns, every_ns, text);
    }
  return logs.node == NULL ? NULL : g_string_chunk_insert (reader->texts, rules->str);
}

static void
read_image (SimScenario *self, SimValue value)
{
  SimReader *reader = &self->reader;
  SimValue end = sim_reader_get (reader, value, "exit");
  SimValue stop = sim_reader_get (reader, value, "stop");
  SimValue serve = sim_reader_get (reader, value, "serve");
  SimProfile profile = { 0 };
  gboolean is_percent;

  sim_reader_only (reader, value,
                   "image pull start ready live exit stop serve cpu memory logs pullError");
  sim_reader_only (reader, end, "after code");
  sim_reader_only (reader, stop, "after code");
  sim_reader_only (reader, serve, "takes errors");
  profile.image = sim_reader_text (reader, sim_reader_need (reader, value, "image"), "*");
  profile.pull_ns
      = sim_reader_duration (reader, sim_reader_get (reader, value, "pull"), K8_SECOND_NS);
  profile.start_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "start"),
                                          200 * K8_MILLISECOND_NS);
  profile.ready_after_ns =
      sim_reader_duration_or_never (reader, sim_reader_get (reader, value, "ready"), 0);
  profile.live_until_ns =
      sim_reader_duration_or_never (reader, sim_reader_get (reader, value, "live"), -1);
  profile.exit_after_ns =
      sim_reader_duration_or_never (reader, sim_reader_get (reader, end, "after"), -1);
  profile.exit_code
      = (gint32) sim_reader_int (reader, sim_reader_get (reader, end, "code"), 0, 255, 0);
  profile.stop_ns = sim_reader_duration_or_never (reader, sim_reader_get (reader, stop, "after"),
                                         100 * K8_MILLISECOND_NS);
  profile.stop_exit_code
      = (gint32) sim_reader_int (reader, sim_reader_get (reader, stop, "code"), 0, 255, 0);
  profile.serve_ns = sim_reader_duration (reader, sim_reader_get (reader, serve, "takes"),
                                          5 * K8_MILLISECOND_NS);
  profile.error_per_mille =
      (guint32) (10 *
                 sim_reader_amount (reader, sim_reader_get (reader, serve, "errors"), &is_percent));
  profile.cpu_milli = read_amount (reader, sim_reader_get (reader, value, "cpu"), TRUE);
  profile.memory_bytes = read_amount (reader, sim_reader_get (reader, value, "memory"), FALSE);
  profile.log_rules = read_logs (reader, sim_reader_get (reader, value, "logs"));
  profile.pull_error = sim_reader_text (reader, sim_reader_get (reader, value, "pullError"), NULL);
  g_array_append_val (self->profiles, profile);
}

static void
read_start (SimScenario *self, SimValue value)
{
  const char *text = sim_reader_text (&self->reader, value, NULL);
  g_autoptr (GDateTime) time = text == NULL ? NULL : g_date_time_new_from_iso8601 (text, NULL);

  if (text != NULL && time == NULL)
    sim_reader_fail (&self->reader, value, "expected a time like 2026-01-01T09:00:00Z");
  else if (time != NULL)
    self->config.wall_start_ns = g_date_time_to_unix (time) * K8_SECOND_NS;
}

void
sim_scenario_read_world (SimScenario *self, SimValue world)
{
  SimReader *reader = &self->reader;
  SimValue network = sim_reader_get (reader, world, "network");
  SimValue disk = sim_reader_get (reader, world, "disk");
  SimValue nodes = sim_reader_get (reader, world, "nodes");
  SimValue images = sim_reader_get (reader, world, "images");

  sim_reader_only (reader, world, "seed start network disk nodes images");
  sim_reader_only (reader, network, "latency");
  sim_reader_only (reader, disk, "sync");
  self->seed = (guint64) sim_reader_int (reader, sim_reader_get (reader, world, "seed"), 1,
                                         G_MAXINT64, 1);
  read_start (self, sim_reader_get (reader, world, "start"));
  self->config.latency_ns
      = sim_reader_duration (reader, sim_reader_get (reader, network, "latency"), 0);
  self->config.sync_ns = sim_reader_duration (reader, sim_reader_get (reader, disk, "sync"), 0);
  for (guint i = 0; i < sim_reader_n (reader, nodes); i++)
    read_node (self, sim_reader_at (reader, nodes, i));
  for (guint i = 0; i < sim_reader_n (reader, images); i++)
    read_image (self, sim_reader_at (reader, images, i));
}

static void
append_taints (GString *json, const SimNodeRow *row)
{
  if (row->taints.node == NULL)
    return;
  g_autofree char *taints = sim_reader_dup_json (row->taints);
  g_string_append_printf (json, "\"taints\":%s", taints);
}

static void
append_labels (GString *json, const SimNodeRow *row)
{
  g_string_append_printf (json,
                          "\"beta.kubernetes.io/arch\":\"amd64\","
                          "\"beta.kubernetes.io/os\":\"linux\","
                          "\"kubernetes.io/arch\":\"amd64\",\"kubernetes.io/hostname\":\"%s\","
                          "\"kubernetes.io/os\":\"linux\"",
                          row->name);
  if (row->zone != NULL)
    g_string_append_printf (json,
                            ",\"topology.kubernetes.io/zone\":\"%s\","
                            "\"topology.kubernetes.io/region\":\"region-1\"",
                            row->zone);
  if (row->labels.node == NULL)
    return;
  g_autofree char *labels = sim_reader_dup_json (row->labels);
  gsize length = strlen (labels);
  if (length > 2)
    g_string_append_printf (json, ",%.*s", (int) length - 2, labels + 1);
}

/* What the kubelet of a node registers. (transfer full) */
const K8Node *
sim_scenario_make_node (K8Region *region, const SimNodeRow *row, guint index)
{
  g_autoptr (GString) json = g_string_new ("{\"metadata\":{\"name\":\"");
  K8JsonDecoded decoded = { 0 };

  g_string_append_printf (json, "%s\",\"labels\":{", row->name);
  append_labels (json, row);
  g_string_append (json, "}},\"spec\":{");
  append_taints (json, row);
  g_string_append_printf (
      json,
      "},\"status\":{\"capacity\":{\"cpu\":\"%s\",\"memory\":\"%s\",\"pods\":\"%" G_GINT64_FORMAT
      "\",\"ephemeral-storage\":\"100Gi\"},\"addresses\":[{\"type\":\"InternalIP\","
      "\"address\":\"172.%u.%u.%u\"},{\"type\":\"Hostname\",\"address\":\"%s\"}],"
      "\"nodeInfo\":{\"kubeletVersion\":\"v1.36.2\",\"kubeProxyVersion\":\"v1.36.2\","
      "\"osImage\":\"Orrery (simulated)\",\"kernelVersion\":\"6.12.0\","
      "\"containerRuntimeVersion\":\"simulated://1.0\",\"operatingSystem\":\"linux\","
      "\"architecture\":\"amd64\",\"machineID\":\"\",\"systemUUID\":\"\",\"bootID\":\"\"}}}",
      row->cpu, row->memory, row->pods, 18 + index / NODES_A_NETWORK,
      1 + index % NODES_A_NETWORK / NODES_A_RANGE, 10 + index % NODES_A_NETWORK % NODES_A_RANGE,
      row->name);
  const K8Node *node = k8_json_decode (region, K8_INFO (node), json->str, json->len, &decoded);
  k8_json_decoded_clear (&decoded);
  return node;
}

/* The range of a node's pods: from 10.244.0.0/24 upwards; those of the rest of 10.0.0.0/8 follow,
 * without the Services'; then 240.0.0.0/4, which no network uses. (transfer full) */
char *
sim_scenario_dup_pod_cidr (guint index)
{
  guint byte = index / RANGES_A_BYTE;

  if (byte >= N_TEN_BYTES)
    return g_strdup_printf ("%u.%u.%u.0/24", 240 + (byte - N_TEN_BYTES) / 256,
                            (byte - N_TEN_BYTES) % 256, index % RANGES_A_BYTE);
  byte = byte < BYTES_BEHIND ? FIRST_POD_BYTE + byte : byte - BYTES_BEHIND;
  if (byte >= SERVICE_BYTE && byte < FIRST_POD_BYTE)
    byte++;
  return g_strdup_printf ("10.%u.%u.0/24", byte, index % RANGES_A_BYTE);
}

/* Lets the nodes join: now, or when their row says. */
void
sim_scenario_add_nodes (const SimScenario *self, SimWorld *world)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      const SimNodeRow *row = &g_array_index (self->nodes, SimNodeRow, i);
      if (row->joins_ns > 0)
        {
          sim_world_schedule (world, row->joins_ns, SIM_ENTRY_ACTION, i, 1);
          continue;
        }
      const K8Node *node = sim_scenario_make_node (world->region, row, i);
      g_autofree char *cidr = sim_scenario_dup_pod_cidr (i);
      sim_world_add_node (world, node, cidr);
      k8_record_unref (node);
    }
}
