/* SPDX-License-Identifier: Apache-2.0
 *
 * Bindings that fail: what was assumed is forgotten, and the pod is tried again, or left to
 * whoever bound it. Messages take time here, so that somebody can be quicker than the scheduler.
 * Source: kubernetes pkg/scheduler schedule_one.go, handleBindingCycleError,
 * handleSchedulingFailure (v1.36).
 */
#include <string.h>

#include "base/time.h"
#include "sim/action.h"
#include "sim/look.h"
#include "sim/scenario.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

/* clang-format off */
static const char scenario_text[] =
  "apiVersion: orrery.dev/v1\n"
  "kind: Scenario\n"
  "world:\n"
  "  nodes:\n"
  "  - {name: node-1, cpu: 2}\n"
  "  - {name: node-2, cpu: 2, taints: [{key: a, effect: NoSchedule}]}\n"
  "steps:\n"
  "- at: 5s\n"
  "  apply: |\n"
  "    apiVersion: v1\n"
  "    kind: Pod\n"
  "    metadata: {name: web}\n"
  "    spec:\n"
  "      tolerations: [{operator: Exists, effect: NoExecute}]\n"
  "      containers: [{name: web, image: 'app:1', resources: {requests: {cpu: 1500m}}}]\n"
  "- at: 60s\n"
  "  apply: |\n"
  "    apiVersion: v1\n"
  "    kind: Pod\n"
  "    metadata: {name: next}\n"
  "    spec:\n"
  "      containers: [{name: web, image: 'app:1', resources: {requests: {cpu: 1500m}}}]\n"
  "until: 1h\n";
/* clang-format on */

typedef struct
{
  K8Region *region;
  SimScenario *scenario;
  SimWorld *world;
  guint n_assumed;
} Fixture;

static void
count_assumed (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  ((Fixture *) user)->n_assumed += record->type == K8_TRACE_POD_ASSUMED;
}

/* A world in the instant in which the scheduler has sent its first binding. */
static void
begin (Fixture *self)
{
  *self = (Fixture){ .region = test_region_new (256 * 1024 * 1024) };
  self->scenario = sim_scenario_parse (scenario_text, sizeof scenario_text - 1, "test", NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (self->scenario);
  self->world = sim_scenario_build (self->scenario, self->region, 0, "admin");
  self->world->hooks = (SimHooks){ .trace = count_assumed, .trace_user = self };
  while (self->n_assumed == 0)
    sim_world_step (self->world);
}

static void
end (Fixture *self)
{
  sim_world_free (self->world);
  sim_scenario_free (self->scenario);
  test_region_free (self->region);
}

static void
run_until (Fixture *self, gint64 seconds)
{
  sim_world_run_until (self->world, seconds * K8_SECOND_NS);
}

static void
expect_node (const Fixture *self, const char *pod, const char *node)
{
  g_autofree char *text
      = sim_look_dup_value (sim_look_find (self->world, &k8_kinds[K8_KIND_Pod], "default", pod),
                            "spec.nodeName");

  TEST_ASSERT_TEXT (text, node);
}

static void
find_failure (void *user, const void *object)
{
  GString *found = user;
  const K8Event *event = object;

  if (k8_string_is (k8_event_reason (event), "FailedScheduling"))
    g_string_append_printf (found, "%s: %s\n",
                            k8_object_reference_name (k8_event_involved_object (event)),
                            k8_event_message (event));
}

void
test_binding__is_given_up_when_somebody_else_was_quicker (void)
{
  Fixture fixture;
  g_autoptr (GString) said = g_string_new (NULL);

  begin (&fixture);
  sim_world_request (fixture.world,
                     sim_action_request (fixture.region,
                                         &(SimAction){
                                             .token = "admin",
                                             .method = "POST",
                                             .kind = &k8_kinds[K8_KIND_Pod],
                                             .namespace_name = "default",
                                             .name = "web",
                                             .subresource = "binding",
                                             .body = "{\"apiVersion\":\"v1\",\"kind\":\"Binding\","
                                                     "\"metadata\":{\"name\":\"web\"},\"target\":"
                                                     "{\"kind\":\"Node\",\"name\":\"node-2\"}}" }));
  run_until (&fixture, 50);
  expect_node (&fixture, "web", "node-2");
  CU_ASSERT_EQUAL (fixture.n_assumed, 1);
  sim_look_each (fixture.world, &k8_kinds[K8_KIND_Event], NULL, find_failure, said);
  TEST_ASSERT_TEXT (said->str,
                    "web: running Bind plugin \"DefaultBinder\": Operation cannot be fulfilled on "
                    "pods/binding \"web\": pod web is already assigned to node \"node-2\"\n");
  /* What was assumed on node-1 has been forgotten: the next pod of this size fits there. */
  run_until (&fixture, 70);
  expect_node (&fixture, "next", "node-1");
  end (&fixture);
}

void
test_binding__is_tried_again_when_the_answer_never_came (void)
{
  Fixture fixture;

  begin (&fixture);
  sim_world_crash_actor (fixture.world, "apiserver-0");
  run_until (&fixture, 20);
  sim_world_start_actor (fixture.world, "apiserver-0");
  run_until (&fixture, 50);
  expect_node (&fixture, "web", "node-1");
  CU_ASSERT_TRUE (fixture.n_assumed >= 2);
  end (&fixture);
}
