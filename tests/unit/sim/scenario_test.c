/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenario files that are wrong: each error names line and column and what was expected.
 */
#include "sim/scenario.h"

#include <string.h>

#include "tests/lib/test.h"

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
