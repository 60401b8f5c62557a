/* SPDX-License-Identifier: Apache-2.0
 *
 * Worlds are values: a clone, run on, ends with the original's digest; so does what is sought in
 * the past and replayed, whatever was asked of the world meanwhile.
 */
#include "sim/timeline.h"

#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "sim/scenario.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define END_NS (90 * K8_SECOND_NS)

static const char text[]
    = "apiVersion: orrery.dev/v1\n"
      "kind: Scenario\n"
      "world:\n"
      "  nodes:\n"
      "  - {name: \"node-{n}\", count: 3, zones: [zone-a, zone-b, zone-c]}\n"
      "steps:\n"
      "- at: 2s\n"
      "  apply: |\n"
      "    apiVersion: apps/v1\n"
      "    kind: Deployment\n"
      "    metadata: {name: web}\n"
      "    spec:\n"
      "      replicas: 4\n"
      "      selector: {matchLabels: {app: web}}\n"
      "      template:\n"
      "        metadata: {labels: {app: web}}\n"
      "        spec:\n"
      "          containers: [{name: web, image: \"app:1\"}]\n"
      "- at: 20s\n"
      "  fault: {type: container-crash, selector: \"app=web\", count: 2}\n"
      "- at: 30s\n"
      "  fault: {type: component-crash, component: apiserver, for: 5s}\n"
      "- at: 50s\n"
      "  fault: {type: node-power-off, node: node-2, for: 20s}\n";

static SimScenario *scenario;

static SimWorld *
make_world (K8Region *region, guint64 seed)
{
  g_autoptr (GError) error = NULL;

  if (scenario == NULL)
    scenario = sim_scenario_parse (text, sizeof text - 1, "test", &error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (scenario);
  return sim_scenario_build (scenario, region, seed, NULL);
}

static char *
dup_digest (const SimWorld *world)
{
  char digest[33];

  sim_world_digest (world, digest);
  return g_strdup (digest);
}

void
test_world__the_same_seed_gives_the_same_digest (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimWorld *a = make_world (region, 5);
  SimWorld *b = make_world (region, 5);
  SimWorld *c = make_world (region, 6);

  sim_world_run_until (a, END_NS);
  sim_world_run_until (b, END_NS);
  sim_world_run_until (c, END_NS);
  g_autofree char *digest_a = dup_digest (a);
  g_autofree char *digest_b = dup_digest (b);
  g_autofree char *digest_c = dup_digest (c);
  CU_ASSERT_STRING_EQUAL (digest_a, digest_b);
  CU_ASSERT_STRING_NOT_EQUAL (digest_a, digest_c);
  CU_ASSERT_TRUE (a->n_steps > 500);
  sim_world_free (a);
  sim_world_free (b);
  sim_world_free (c);
  test_region_free (region);
}

void
test_world__a_clone_ends_with_the_originals_digest (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  guint64 seed = test_seed ();
  SimWorld *world = make_world (region, seed + 1);
  GPtrArray *clones = g_ptr_array_new ();
  K8Random random;

  k8_random_init (&random, seed, "instants");
  while (sim_world_next_due (world) <= END_NS)
    {
      if (k8_random_below (&random, 300) == 0)
        g_ptr_array_add (clones, sim_world_clone (world));
      sim_world_step (world);
    }
  g_autofree char *digest = dup_digest (world);
  CU_ASSERT_TRUE (clones->len > 0);
  for (guint i = 0; i < clones->len; i++)
    {
      SimWorld *clone = g_ptr_array_index (clones, i);
      sim_world_run_until (clone, END_NS);
      g_autofree char *clone_digest = dup_digest (clone);
      CU_ASSERT_STRING_EQUAL (clone_digest, digest);
      sim_world_free (clone);
    }
  g_ptr_array_unref (clones);
  sim_world_free (world);
  test_region_free (region);
}

void
test_world__gives_all_its_memory_back (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimWorld *warm = make_world (region, 1);

  sim_world_run_until (warm, 40 * K8_SECOND_NS);
  sim_world_free (warm);
  gsize before = k8_region_used_bytes (region);
  SimWorld *world = make_world (region, 1);
  SimWorld *clone;
  sim_world_run_until (world, 20 * K8_SECOND_NS);
  clone = sim_world_clone (world);
  sim_world_run_until (world, 40 * K8_SECOND_NS);
  sim_world_free (world);
  sim_world_run_until (clone, 40 * K8_SECOND_NS);
  sim_world_free (clone);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), before);
  test_region_free (region);
}

void
test_timeline__the_past_is_what_it_was (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimTimeline *timeline = sim_timeline_new (make_world (region, 9));

  sim_timeline_set_interval (timeline, 200);
  sim_timeline_run (timeline, 25 * K8_SECOND_NS, G_MAXUINT64);
  g_autofree char *then = dup_digest (sim_timeline_world (timeline));
  guint64 steps = sim_timeline_world (timeline)->n_steps;
  sim_timeline_run (timeline, END_NS, G_MAXUINT64);
  g_autofree char *end = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_TRUE (sim_timeline_n_checkpoints (timeline) > 2);

  sim_timeline_seek (timeline, 25 * K8_SECOND_NS);
  g_autofree char *again = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_STRING_EQUAL (again, then);
  sim_timeline_seek_step (timeline, steps - 1);
  CU_ASSERT_EQUAL (sim_timeline_world (timeline)->n_steps, steps - 1);
  sim_timeline_seek (timeline, END_NS);
  g_autofree char *end_again = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_STRING_EQUAL (end_again, end);
  sim_timeline_free (timeline);
  test_region_free (region);
}

void
test_timeline__acting_in_the_past_starts_a_branch (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimTimeline *timeline = sim_timeline_new (make_world (region, 9));

  sim_timeline_run (timeline, 60 * K8_SECOND_NS, G_MAXUINT64);
  g_autofree char *first = dup_digest (sim_timeline_world (timeline));
  sim_timeline_seek (timeline, 15 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (sim_timeline_n_branches (timeline), 1);
  sim_timeline_act (timeline, SIM_INPUT_POWER_OFF, "node-1");
  CU_ASSERT_EQUAL (sim_timeline_n_branches (timeline), 2);
  sim_timeline_run (timeline, 60 * K8_SECOND_NS, G_MAXUINT64);
  g_autofree char *second = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_STRING_NOT_EQUAL (first, second);
  sim_timeline_seek (timeline, 10 * K8_SECOND_NS);
  sim_timeline_seek (timeline, 60 * K8_SECOND_NS);
  g_autofree char *second_again = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_STRING_EQUAL (second, second_again);
  sim_timeline_switch (timeline, 1);
  g_autofree char *first_again = dup_digest (sim_timeline_world (timeline));
  CU_ASSERT_STRING_EQUAL (first, first_again);
  sim_timeline_free (timeline);
  test_region_free (region);
}
