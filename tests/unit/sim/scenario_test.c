/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenario files that are wrong: each error names line and column and what was expected.
 */
#include "sim/scenario.h"

#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define HEAD "apiVersion: orrery.dev/v1\nkind: Scenario\n"

typedef struct
{
  const char *text;
  const char *message;
} Wrong;

static const Wrong wrongs[] = {
  { "apiVersion: v2\nkind: Scenario\n", "f.yaml:1:13: apiVersion: expected orrery.dev/v1" },
  { HEAD "wrld: {}\n", "f.yaml:3:7: wrld: unknown key" },
  { HEAD "world: {nodes: [{cpu: 4}]}\n", "f.yaml:3:17: world.nodes[0]: expected `name`" },
  { HEAD "world: {nodes: [{name: a, cpu: four}]}\n",
    "f.yaml:3:32: world.nodes[0].cpu: expected a quantity" },
  { HEAD "steps: [{at: soon, cordon: {node: a}}]\n",
    "f.yaml:3:14: steps[0].at: expected a duration" },
  { HEAD "steps: [{at: 1s}]\n", "f.yaml:3:9: steps[0]: expected exactly one action" },
  { HEAD "steps: [{at: 1s, fault: {type: flood}}]\n",
    "f.yaml:3:32: steps[0].fault.type: unknown fault" },
  { HEAD "steps: [{at: 1s, apply: ../secret.yaml}]\n",
    "f.yaml:3:25: steps[0].apply: expected a file below the scenario's folder" },
  { HEAD "steps: [{at: 1s, apply: /etc/passwd}]\n",
    "f.yaml:3:25: steps[0].apply: expected a file below the scenario's folder" },
  { HEAD "goals: [{name: g, within: 1s, expect: {}}]\n",
    "f.yaml:3:39: goals[0].expect: expected one of: kind, pods" },
  { HEAD "goals: [{name: g, within: 1s, expect: {kind: Elephant, name: e, exists: true}}]\n",
    "f.yaml:3:46: goals[0].expect.kind: unknown kind Elephant" },
  { HEAD "world: {nodes: [{name: a}, {name: a}]}\n",
    "f.yaml:3:35: world.nodes[1].name: there is a node a already" },
  { HEAD "world: {nodes: [{name: Node One}]}\n",
    "f.yaml:3:24: world.nodes[0].name: expected lower case letters" },
  { HEAD "world: {nodes: [{name: a, labels: {disk: 5}}]}\n",
    "f.yaml:3:42: world.nodes[0].labels.disk: expected a text" },
  { HEAD "world: {nodes: [{name: a, labels: ssd}]}\n",
    "f.yaml:3:35: world.nodes[0].labels: expected a mapping" },
  { HEAD "world: {nodes: [{name: a, taints: [{key: b, effect: None}]}]}\n",
    "f.yaml:3:53: world.nodes[0].taints[0].effect: expected NoSchedule" },
  { HEAD "world: {nodes: [{name: a, joins: never}]}\n",
    "f.yaml:3:34: world.nodes[0].joins: expected a duration" },
  { HEAD "steps: [{at: 1s, cordon: {node: a}}]\n",
    "f.yaml:3:33: steps[0].cordon.node: there is no node a" },
  { HEAD "steps: [{at: 1s, fault: {type: component-crash, component: kubelet/a}}]\n",
    "f.yaml:3:60: steps[0].fault.component: expected etcd, apiserver" },
  { HEAD "steps: [{at: 1s, fault: {type: message-loss}}]\n",
    "f.yaml:3:25: steps[0].fault: expected `percent`" },
  { HEAD "steps: [{at: 1s, delete: {selector: a, count: 0}}]\n",
    "f.yaml:3:47: steps[0].delete.count: expected a number from 1" },
  { HEAD "steps: [{at: 1s, patch: {name: a, patch: b}}]\n",
    "f.yaml:3:42: steps[0].patch.patch: expected a mapping" },
  { HEAD "steps:\n- at: 1s\n  apply: |\n    apiVersion: v1\n    kind: Pood\n",
    "f.yaml:7:11: no matches for kind \"Pood\" in version \"v1\"" },
  { HEAD "steps:\n- at: 1s\n  apply: |\n\n    apiVersion: v1\n     kind: Pod\n", "f.yaml:7:17: " },
  { HEAD
    "until: 9s\ngoals: [{name: g, never: {}, expect: {pods: {node: a}, count: {atLeast: 1}}}]\n",
    "f.yaml:4:52: goals[0].expect.pods.node: there is no node a" },
  { HEAD
    "until: 9s\ngoals: [{name: g, never: {}, expect: {pods: {phase: Run}, count: {atLeast: 1}}}]\n",
    "f.yaml:4:53: goals[0].expect.pods.phase: expected Pending, Running" },
  { HEAD "until: 9s\ngoals: [{name: g, never: {}, expect: {traffic: t, failed: {atMost: 1}}}]\n",
    "f.yaml:4:48: goals[0].expect.traffic: there is no traffic `t`" },
  { HEAD "goals: [{name: g, never: {}, expect: {pods: {phase: Failed}, count: {atLeast: 1}}}]\n",
    "f.yaml:3:26: goals[0].never: has no end" },
  { HEAD "goals: [{name: g, always: {from: 9s, until: 3s}, expect: {}}]\n",
    "f.yaml:3:45: goals[0].always.until: expected an instant" },
  { HEAD "goals: [{name: g, within: 1s, expect: {kind: Pod, name: p, path: status.phse, "
         "equals: a}}]\n",
    "f.yaml:3:66: goals[0].expect.path: Pod has no `phse` there" },
  { HEAD "goals: [{name: g, within: 1s, expect: {kind: Pod, name: p, "
         "path: 'status.conditions[typ=Ready].status', equals: a}}]\n",
    "f.yaml:3:66: goals[0].expect.path: Pod has no `conditions[typ=Ready]` there" },
  { HEAD "goals: [{name: g, within: 1s, expect: {kind: Pod, name: p, "
         "path: 'status.conditions.status', equals: a}}]\n",
    "f.yaml:3:66: goals[0].expect.path: Pod has no `status` there" },
  { HEAD "goals: [{name: g, within: 1s, expect: {trace: {type: pod.bound, nod: a}, "
         "count: {equals: 1}}}]\n",
    "f.yaml:3:70: goals[0].expect.trace.nod: unknown key; expected one of: type" },
  { HEAD "a: 1\na: 2\n", "f.yaml:4:1: " },
  { "[1, 2", "f.yaml:2:1: " },
  { "", "f.yaml:1:1: expected one document" },
};

void
test_scenario__an_error_names_place_and_what_was_expected (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autoptr (GError) error = NULL;
      SimScenario *scenario
          = sim_scenario_parse (wrongs[i].text, strlen (wrongs[i].text), "f.yaml", &error);
      CU_ASSERT_PTR_NULL (scenario);
      if (error == NULL || !g_str_has_prefix (error->message, wrongs[i].message))
        test_note ("case %u: %s", i, error == NULL ? "accepted" : error->message);
      CU_ASSERT_TRUE (error != NULL && g_str_has_prefix (error->message, wrongs[i].message));
    }
}

void
test_scenario__numbers_nodes_and_spreads_them_over_zones (void)
{
  static const char text[] = HEAD "world:\n  nodes:\n"
                                  "  - {name: \"n-{n}\", count: 3, zones: [a, b]}\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (SimScenario) scenario = sim_scenario_parse (text, sizeof text - 1, "f.yaml", &error);

  CU_ASSERT_PTR_NOT_NULL_FATAL (scenario);
  CU_ASSERT_EQUAL (sim_scenario_seed (scenario), 1);
  CU_ASSERT_EQUAL (sim_scenario_until_ns (scenario), G_MAXINT64);
}

/* What needs the engine's decoders: `lint` and `run` look at it before anything runs. */
static const Wrong manifests[] = {
  { HEAD "steps:\n- at: 1s\n  apply: |\n    apiVersion: v1\n    kind: Pod\n"
         "    metadata: {name: p}\n    spec: {containers: [{name: c, imagee: x}]}\n",
    "f.yaml:9:43: unknown field \"spec.containers[0].imagee\"" },
  { HEAD "steps:\n- at: 1s\n  apply: |\n    apiVersion: v1\n    kind: Pod\n"
         "    metadata: {name: p}\n    spec: {containers: {name: c}}\n",
    "f.yaml:9:24: json: cannot unmarshal object" },
  { HEAD "steps:\n- at: 1s\n  apply: |\n    apiVersion: v1\n    kind: Pod\n"
         "    metadata: {generateName: p}\n",
    "f.yaml:8:15: expected metadata.name" },
  { HEAD "steps: [{at: 1s, delete: {selector: 'a in ('}}]\n",
    "f.yaml:3:37: steps[0].delete.selector: unable to parse requirement" },
  { HEAD "until: 1s\ngoals: [{name: g, never: {}, expect: {any: [{pods: {selector: 'a b'}, "
         "count: {atLeast: 1}}]}}]\n",
    "f.yaml:4:63: goals[0].expect.any[0].pods.selector: unable to parse requirement" },
};

void
test_scenario__manifests_and_selectors_are_read_before_anything_runs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (manifests); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *text = manifests[i].text;
      g_autoptr (SimScenario) scenario
          = sim_scenario_parse (text, strlen (text), "f.yaml", &error);
      CU_ASSERT_PTR_NOT_NULL_FATAL (scenario);
      K8Region *region = test_region_new (1024 * 1024 * 1024);
      CU_ASSERT_FALSE (sim_scenario_check (scenario, region, &error));
      test_region_free (region);
      if (error == NULL || !g_str_has_prefix (error->message, manifests[i].message))
        test_note ("case %u: %s", i, error == NULL ? "accepted" : error->message);
      CU_ASSERT_TRUE (error != NULL && g_str_has_prefix (error->message, manifests[i].message));
    }
}

static char *
dup_cidr (SimWorld *world, guint number)
{
  g_autofree char *name = g_strdup_printf ("kubelet/n-%u", number);
  K8ActorId kubelet = k8_engine_find_actor (world->engine, name);
  const K8StartMail *start = k8_engine_actor_start (world->engine, kubelet);

  return g_strdup (start == NULL ? NULL : start->pod_cidr);
}

/* 10.244.0.0/16 and what follows holds 3,072 nodes of a /24 each. */
void
test_scenario__nodes_have_ranges_of_their_own_beyond_three_thousand (void)
{
  static const char text[] = HEAD "world: {nodes: [{name: n, count: 5200}]}\nuntil: 1ms\n";
  g_autoptr (SimScenario) scenario = sim_scenario_parse (text, sizeof text - 1, "f.yaml", NULL);
  K8Region *region = test_region_new (1024 * 1024 * 1024);
  SimWorld *world = sim_scenario_build (scenario, region, 0, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  while (sim_world_next_due (world) == 0)
    sim_world_step (world);
  for (guint i = 1; i <= 5200; i++)
    g_hash_table_add (seen, dup_cidr (world, i));
  CU_ASSERT_EQUAL (g_hash_table_size (seen), 5200);
  g_autofree char *first = dup_cidr (world, 1);
  g_autofree char *next = dup_cidr (world, 3073);
  CU_ASSERT_STRING_EQUAL (first, "10.244.0.0/24");
  CU_ASSERT_STRING_EQUAL (next, "10.0.0.0/24");
  CU_ASSERT_FALSE (g_hash_table_contains (seen, "10.96.0.0/24"));
  sim_world_free (world);
  test_region_free (region);
}
