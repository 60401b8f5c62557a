/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast the exhaustive scan decides: pods are placed one by one on 1,000 and 5,000 nodes, each
 * time with every node considered, beside the bare cost of reading the node arrays once (what no
 * scan can do without). Prints ratios; never passes or fails.
 * usage: bench-scheduler
 */
#include <stdio.h>
#include <time.h>

#include "codec/json.h"
#include "scheduler/framework.h"
#include "tests/lib/test_region.h"

enum
{
  N_DECISIONS = 2000,
  REGION_MIB = 1024,
};

typedef struct
{
  K8Region *region;
  K8SchedulerCache cache;
  K8Framework framework;
} Bench;

static const void *
decode (Bench *self, const K8MessageInfo *info, const char *json)
{
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (self->region, info, json, strlen (json), &decoded);

  g_assert (record != NULL);
  k8_json_decoded_clear (&decoded);
  return record;
}

static void
add_nodes (Bench *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{\"metadata\":{\"name\":\"node-%u\",\"labels\":{\"topology.kubernetes.io/zone\":"
          "\"zone-%u\"}},\"status\":{\"allocatable\":{\"cpu\":\"%u\",\"memory\":\"%uGi\","
          "\"pods\":\"110\"}}}",
          i, i % 3, 4 + i % 5, 16 + i % 7);
      const K8Node *node = decode (self, K8_INFO (node), json);
      k8_scheduler_cache_put_node (&self->cache, node);
      k8_record_unref (node);
    }
}

/* Replicas of one pod: they share everything but their names. */
static const K8Pod *
new_replica (Bench *self, const K8Pod *pattern, guint i)
{
  g_autofree char *name = g_strdup_printf ("web-%u", i);
  K8ObjectMetaEdit meta;
  K8PodEdit pod;

  k8_object_meta_edit (&meta, self->region, k8_pod_metadata (pattern));
  k8_object_meta_set_name (&meta, name);
  k8_pod_edit (&pod, self->region, pattern);
  k8_pod_set_metadata (&pod, k8_object_meta_seal (&meta));
  return k8_pod_seal (&pod);
}

/* Processor time in seconds: others may use the machine too. */
static double
get_seconds (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}

static double
time_decisions (Bench *self, guint n)
{
  const K8Pod *pattern = decode (
      self, K8_INFO (pod),
      "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},\"spec\":{\"containers\":"
      "[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"500Mi\"}}}]}}");
  GPtrArray *pods = g_ptr_array_new ();
  g_autoptr (GString) message = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (pods, (gpointer) new_replica (self, pattern, i));
  double start = get_seconds ();
  for (guint i = 0; i < n; i++)
    {
      const K8Decision *decision =
          k8_framework_decide (&self->framework, &self->cache, pods->pdata[i], message);
      k8_scheduler_cache_assume_pod (&self->cache, pods->pdata[i], decision->node);
    }
  double seconds = get_seconds () - start;
  g_ptr_array_unref (pods);
  return seconds / n;
}

/* Every column of every node, read once and added up. */
static double
time_reading (Bench *self, guint n, gint64 *ret_sum)
{
  guint32 n_nodes = k8_scheduler_cache_n_nodes (&self->cache);
  gint64 sum = 0;
  double start = get_seconds ();

  for (guint i = 0; i < n; i++)
    for (guint column = 0; column < K8_N_NODE_COLUMNS; column++)
      {
        const gint64 *values = k8_scheduler_cache_column (&self->cache, column);
        for (guint32 node = 1; node <= n_nodes; node++)
          sum += values[node] ^ i;
      }
  *ret_sum = sum;
  return (get_seconds () - start) / n;
}

static void
run (guint n_nodes, guint percentage)
{
  void *span = test_span_new ();
  Bench bench = { .region = k8_region_new (span, (gsize) REGION_MIB * 1024 * 1024) };
  gint64 sum;

  k8_scheduler_cache_init (&bench.cache, bench.region);
  k8_framework_init (&bench.framework, bench.region);
  bench.framework.percentage_of_nodes = percentage;
  add_nodes (&bench, n_nodes);
  double decision = time_decisions (&bench, N_DECISIONS);
  double reading = time_reading (&bench, N_DECISIONS, &sum);
  printf ("%5u nodes, %3u %%: %8.0f decisions/s, %6.2f us each, %5.1f x reading the arrays "
          "(%5.2f us; check %" G_GINT64_FORMAT ")\n",
          n_nodes, percentage, 1 / decision, decision * 1e6, decision / reading, reading * 1e6,
          sum % 997);
  k8_scheduler_cache_clear (&bench.cache);
  k8_framework_clear (&bench.framework);
  test_span_free (span);
}

int
main (void)
{
  run (1000, 100);
  run (5000, 100);
  run (5000, 0);
  return 0;
}
