/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast nodes that fell silent are emptied: one in ten seconds in a zone that is well, one in a
 * hundred in a large zone that has lost 55 % of its nodes, none in a small one, none at all when
 * nobody answers. Source: kubernetes pkg/controller/nodelifecycle (v1.36): node-eviction-rate,
 * secondary-node-eviction-rate, large-cluster-size-threshold, unhealthy-zone-threshold.
 */
#include <string.h>

#include "base/time.h"
#include "sim/fault.h"
#include "sim/look.h"
#include "sim/scenario.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

typedef struct
{
  K8Region *region;
  SimScenario *scenario;
  SimWorld *world;
} Fixture;

/* Zone a with @n nodes a-1, a-2, ...; zone b with b-1 and b-2. */
static void
begin (Fixture *self, guint n)
{
  g_autofree char *text = g_strdup_printf ("apiVersion: orrery.dev/v1\nkind: Scenario\n"
                                           "world:\n  nodes:\n"
                                           "  - {name: a, count: %u, zone: a}\n"
                                           "  - {name: b, count: 2, zone: b}\n"
                                           "until: 1h\n",
                                           n);

  self->region = test_region_new (1024 * 1024 * 1024);
  self->scenario = sim_scenario_parse (text, strlen (text), "test", NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (self->scenario);
  self->world = sim_scenario_build (self->scenario, self->region, 0, "admin");
  sim_world_run_until (self->world, 20 * K8_SECOND_NS);
}

static void
end (Fixture *self)
{
  sim_world_free (self->world);
  sim_scenario_free (self->scenario);
  test_region_free (self->region);
}

static void
power_off (Fixture *self, const char *zone, guint n)
{
  for (guint i = 1; i <= n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", zone, i);
      sim_fault_set_node_power (self->world, name, FALSE);
    }
}

static void
count_node (void *user, const void *object)
{
  const K8NodeSpec *spec = k8_node_spec (object);

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      *(guint *) user += k8_string_is (k8_taint_effect (taint), "NoExecute");
    }
}

/* Nodes whose pods are being evicted, @seconds after the power went at 20 s. That is noticed 40 to
 * 60 s later (here 45: the leases of all were renewed at 10 s), and the first node of a zone is
 * taken at once. */
static guint
count_evicting (Fixture *self, gint64 seconds)
{
  guint n = 0;

  sim_world_run_until (self->world, (20 + seconds) * K8_SECOND_NS);
  sim_look_each (self->world, &k8_kinds[K8_KIND_Node], NULL, count_node, &n);
  return n;
}

void
test_zones__a_zone_that_is_well_is_emptied_node_by_node (void)
{
  Fixture fixture;

  begin (&fixture, 10);
  power_off (&fixture, "a", 5); /* half of it: 50 % */
  CU_ASSERT_EQUAL (count_evicting (&fixture, 40), 0);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 50), 1);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 60), 2);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 70), 3);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 90), 5);
  end (&fixture);
}

void
test_zones__a_large_zone_in_trouble_is_emptied_ten_times_slower (void)
{
  Fixture fixture;

  begin (&fixture, 60);
  power_off (&fixture, "a", 40);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 140), 1);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 150), 2);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 240), 2);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 250), 3);
  end (&fixture);
}

void
test_zones__a_small_zone_in_trouble_is_left_alone (void)
{
  Fixture fixture;

  begin (&fixture, 10);
  power_off (&fixture, "a", 6);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 400), 0);
  end (&fixture);
}

/* The whole zone is lost while another lives: it is no trouble of the control plane's. */
void
test_zones__a_zone_that_is_lost_is_emptied_if_another_lives (void)
{
  Fixture fixture;

  begin (&fixture, 4);
  power_off (&fixture, "a", 4);
  CU_ASSERT_EQUAL (count_evicting (&fixture, 120), 4);
  power_off (&fixture, "b", 2); /* now nobody answers: nothing can be known */
  CU_ASSERT_EQUAL (count_evicting (&fixture, 200), 0);
  end (&fixture);
}
