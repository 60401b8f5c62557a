/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole cluster as fast as it goes: nodes join, Deployments are applied, every pod is created,
 * scheduled, started and reported ready. Prints events and pods a second of this thread's CPU
 * time, the share of the bare queue loop in the same run, and bytes a pod and an idle node.
 * What is included: API server, etcd, controllers, scheduler, kubelets, virtual runtime, watch,
 * trace and digest. Usage: bench-world [NODES PODS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "serve/span.h"
#include "sim/look.h"
#include "sim/scenario.h"
#include "tests/bench/weigh.h"

enum
{
  PODS_A_DEPLOYMENT = 50,
  N_LOOP = 2000000,
};

static double
get_cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static char *
dup_scenario (guint n_nodes, guint n_pods)
{
  GString *text = g_string_new ("apiVersion: orrery.dev/v1\nkind: Scenario\nworld:\n  nodes:\n");

  g_string_append_printf (text,
                          "  - {name: \"n-{n}\", count: %u, zones: [a, b, c], cpu: 32, "
                          "memory: 256Gi}\nsteps:\n",
                          n_nodes);
  for (guint i = 0; i < n_pods / PODS_A_DEPLOYMENT; i++)
    g_string_append_printf (text,
                            "- at: 30s\n  apply: |\n    apiVersion: apps/v1\n    kind: Deployment\n"
                            "    metadata: {name: d-%u}\n    spec:\n      replicas: %d\n"
                            "      selector: {matchLabels: {app: d-%u}}\n      template:\n"
                            "        metadata: {labels: {app: d-%u}}\n        spec:\n"
                            "          containers: [{name: c, image: \"app:1\", resources: "
                            "{requests: {cpu: 100m, memory: 128Mi}}}]\n",
                            i, PODS_A_DEPLOYMENT, i, i);
  return g_string_free (text, FALSE);
}

static void
count_running (void *user, const void *object)
{
  const char *phase = k8_pod_status_phase (k8_pod_status (object));

  *(guint *) user += phase != NULL && strcmp (phase, "Running") == 0;
}

static guint
get_running (const SimWorld *world)
{
  guint n = 0;

  sim_look_each (world, &k8_kinds[K8_KIND_Pod], NULL, count_running, &n);
  return n;
}

/* The queue alone: pop an entry, push the next, as often as the world did. */
static double
measure_loop (void)
{
  K8Region *region = serve_span_new ();
  SimQueue queue;
  SimEntry entry = { .type = SIM_ENTRY_ACTION };
  gint64 now_ns = 0;

  sim_queue_init (&queue, region);
  sim_queue_declare (&queue, 500 * K8_MICROSECOND_NS);
  for (guint i = 0; i < 1000; i++)
    sim_queue_push (&queue, 0, 500 * K8_MICROSECOND_NS, &entry);
  double begin = get_cpu_seconds ();
  for (guint i = 0; i < N_LOOP; i++)
    {
      sim_queue_pop (&queue, &entry);
      now_ns = entry.due_ns;
      sim_queue_push (&queue, now_ns, 500 * K8_MICROSECOND_NS, &entry);
    }
  double rate = N_LOOP / (get_cpu_seconds () - begin);
  sim_queue_clear (&queue);
  serve_span_free (region);
  return rate;
}

static void
run_pods (SimWorld *world, guint n_pods, double loop_rate)
{
  guint64 steps = world->n_steps;
  double begin = get_cpu_seconds ();
  guint n_running = 0;

  for (gint64 at = 31; n_running < n_pods && at < 1000; at++)
    {
      sim_world_run_until (world, at * K8_SECOND_NS);
      n_running = get_running (world);
    }
  double seconds = get_cpu_seconds () - begin;
  double rate = (double) (world->n_steps - steps) / seconds;
  printf ("%u pods Running after %.1f s of virtual time, %.2f s of CPU\n", n_running,
          (double) world->now_ns / 1e9, seconds);
  printf ("events: %.0f/s, %.2f of the bare queue loop (%.0f/s)\n", rate, rate / loop_rate,
          loop_rate);
  printf ("pods from create to Running: %.0f/s, %.0f events a pod\n", n_running / seconds,
          (double) (world->n_steps - steps) / MAX (n_running, 1));
  sim_world_run_until (world, world->now_ns + 60 * K8_SECOND_NS);
}

/* A world of these nodes, with these pods Running if there are any; what it weighs. */
static gboolean
run_world (guint n_nodes, guint n_pods, Weights *ret_weights)
{
  g_autofree char *text = dup_scenario (n_nodes, n_pods);
  g_autoptr (GError) error = NULL;
  g_autoptr (SimScenario) scenario = sim_scenario_parse (text, strlen (text), "bench", &error);

  if (scenario == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return FALSE;
    }
  K8Region *region = serve_span_new ();
  double loop_rate = n_pods == 0 ? 0 : measure_loop ();
  SimWorld *world = sim_scenario_build (scenario, region, 1, NULL);
  double begin = get_cpu_seconds ();
  sim_world_run_until (world, 29 * K8_SECOND_NS);
  if (n_pods > 0)
    {
      printf ("%u nodes: joined in %.2f s of CPU\n", n_nodes, get_cpu_seconds () - begin);
      run_pods (world, n_pods, loop_rate);
    }
  weigh_world (world, ret_weights);
  sim_world_free (world);
  serve_span_free (region);
  return TRUE;
}

/* Bytes a pod or a node: the difference of two worlds by their number, owner by owner. */
static void
print_weights (const char *what, const Weights *with, const Weights *without, guint n)
{
  double sum = 0;

  printf ("\nbytes %s\n", what);
  for (guint i = 0; i < WEIGH_N; i++)
    {
      double bytes = ((double) with->bytes[i] - (double) without->bytes[i]) / n;
      sum += bytes;
      printf ("  %8.0f  %s\n", bytes, weigh_name (i));
    }
  printf ("  %8.0f  all, with %.1f Events and %.1f versions of the history\n", sum,
          ((double) with->n_events - without->n_events) / n,
          ((double) with->n_history - without->n_history) / n);
}

int
main (int argc, char **argv)
{
  guint n_nodes = argc > 2 ? (guint) strtoul (argv[1], NULL, 10) : 1000;
  guint n_pods = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 20000;
  Weights pods, nodes, nothing;

  if (!run_world (n_nodes, n_pods, &pods) || !run_world (n_nodes, 0, &nodes)
      || !run_world (1, 0, &nothing))
    return 1;
  print_weights ("a pod", &pods, &nodes, n_pods);
  print_weights ("an idle node", &nodes, &nothing, n_nodes - 1);
  return 0;
}
