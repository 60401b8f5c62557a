/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler as an actor, against etcd and the API server: pods are bound, or told why not.
 */
#include "tests/lib/test.h"

#include "base/time.h"
#include "client/client.h"
#include "inspect.h"
#include "machinery/pod.h"
#include "scheduler/explain.h"
#include "tests/lib/world.h"

static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ServiceAccount, "default",
                                      "{\"metadata\":{\"name\":\"default\","
                                      "\"namespace\":\"default\"}}"),
                   201);
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_SCHEDULER, "scheduler-0"));
  test_world_run (world);
  return world;
}

/* Admission taints a node that is new; a node's controller takes the taint away later. */
static void
untaint (TestWorld *world, const char *name)
{
  K8ApiRequest *request = test_world_request (world, K8_VERB_PATCH, K8_KIND_Node, NULL, name);

  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, "{\"spec\":{\"taints\":null}}");
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
}

static void
add_node (TestWorld *world, const char *name, const char *cpu)
{
  g_autofree char *json = g_strdup_printf (
      "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"%s\"},\"status\":"
      "{\"allocatable\":{\"cpu\":\"%s\",\"memory\":\"8Gi\",\"pods\":\"110\"},"
      "\"capacity\":{\"cpu\":\"%s\",\"memory\":\"8Gi\",\"pods\":\"110\"}}}",
      name, cpu, cpu);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Node, NULL, json), 201);
  untaint (world, name);
}

static void
add_pod (TestWorld *world, const char *name, const char *cpu)
{
  g_autofree char *json = g_strdup_printf (
      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\","
      "\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
      "\"resources\":{\"requests\":{\"cpu\":\"%s\"}}}]}}",
      name, cpu);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default", json), 201);
}

static const K8Pod *
get_pod (TestWorld *world, const char *name)
{
  const K8ApiResponse *response = test_world_call (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Pod, "default", name));

  CU_ASSERT_EQUAL_FATAL (response->code, 200);
  return response->object;
}

static const char *
node_of (TestWorld *world, const char *name)
{
  return k8_pod_spec_node_name (k8_pod_spec (get_pod (world, name)));
}

/* The cycle of a pod takes a timer of its own. */
static void
settle (TestWorld *world)
{
  test_world_advance (world, 100 * K8_MILLISECOND_NS);
}

void
test_scheduler__binds_a_pod_to_the_node_with_room (void)
{
  TestWorld *world = new_world ();

  add_node (world, "small", "1");
  add_node (world, "large", "8");
  add_pod (world, "web", "500m");
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "web"), "large");
  test_world_free (world);
}

static const char *
message_of (TestWorld *world, const char *name)
{
  const K8PodCondition *condition = k8_pod_find_condition (get_pod (world, name), "PodScheduled");

  return k8_pod_condition_message (condition);
}

void
test_scheduler__tells_a_pod_why_it_fits_nowhere (void)
{
  TestWorld *world = new_world ();

  add_node (world, "small", "1");
  add_node (world, "tiny", "500m");
  add_pod (world, "big", "2");
  settle (world);
  const K8PodCondition *condition = k8_pod_find_condition (get_pod (world, "big"), "PodScheduled");
  TEST_ASSERT_TEXT (k8_pod_condition_status (condition), "False");
  TEST_ASSERT_TEXT (k8_pod_condition_reason (condition), "Unschedulable");
  TEST_ASSERT_TEXT (k8_pod_condition_message (condition),
                    "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, "
                    "preemption: 0/2 nodes are available: 2 Preemption is not helpful for "
                    "scheduling.");
  CU_ASSERT_PTR_NULL (node_of (world, "big"));
  test_world_free (world);
}

void
test_scheduler__tries_again_when_a_node_with_room_joins (void)
{
  TestWorld *world = new_world ();

  add_node (world, "small", "1");
  add_pod (world, "big", "2");
  settle (world);
  CU_ASSERT_PTR_NULL (node_of (world, "big"));
  add_node (world, "large", "4");
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "big"), "large");
  test_world_free (world);
}

void
test_scheduler__tries_again_when_a_pod_makes_room (void)
{
  TestWorld *world = new_world ();

  add_node (world, "only", "2");
  add_pod (world, "first", "1500m");
  settle (world);
  add_pod (world, "second", "1500m");
  settle (world);
  CU_ASSERT_PTR_NULL (node_of (world, "second"));
  K8ApiRequest *request =
      test_world_request (world, K8_VERB_DELETE, K8_KIND_Pod, "default", "first");
  request->grace_seconds = 0;
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "second"), "only");
  test_world_free (world);
}

/* Error back-off ends at whole seconds, one second at first. */
void
test_scheduler__waits_out_backoff_when_there_are_no_nodes (void)
{
  TestWorld *world = new_world ();

  add_pod (world, "early", "1");
  settle (world);
  TEST_ASSERT_TEXT (message_of (world, "early"), "no nodes available to schedule pods");
  add_node (world, "late", "2");
  settle (world);
  CU_ASSERT_PTR_NULL (node_of (world, "early"));
  test_world_advance (world, 3 * K8_SECOND_NS);
  TEST_ASSERT_TEXT (node_of (world, "early"), "late");
  test_world_free (world);
}

/* The note of the pod's Event with this reason. (g_free) */
static char *
note_of (TestWorld *world, const char *reason)
{
  const K8ApiResponse *response = test_world_call (
      world, test_world_request (world, K8_VERB_LIST, K8_KIND_EventsEvent, "default", NULL));

  for (guint i = 0; i < response->items.n; i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      const K8EventsEvent *event = item->object;
      if (k8_string_is (k8_events_event_reason (event), reason))
        return g_strdup_printf ("%s %s %s: %s", k8_events_event_type (event),
                                k8_events_event_action (event),
                                k8_events_event_reporting_controller (event),
                                k8_events_event_note (event));
    }
  return g_strdup ("none");
}

void
test_scheduler__says_where_a_pod_went (void)
{
  TestWorld *world = new_world ();

  add_node (world, "only", "2");
  add_pod (world, "web", "1");
  settle (world);
  g_autofree char *note = note_of (world, "Scheduled");
  TEST_ASSERT_TEXT (note, "Normal Binding default-scheduler: Successfully assigned default/web "
                          "to only");
  test_world_free (world);
}

void
test_scheduler__says_why_an_attempt_failed (void)
{
  TestWorld *world = new_world ();

  add_pod (world, "web", "1");
  settle (world);
  g_autofree char *note = note_of (world, "FailedScheduling");
  TEST_ASSERT_TEXT (note, "Warning Scheduling default-scheduler: no nodes available to schedule "
                          "pods");
  test_world_free (world);
}

void
test_scheduler__leaves_gated_pods_alone_until_the_last_gate_goes (void)
{
  TestWorld *world = new_world ();

  add_node (world, "only", "2");
  CU_ASSERT_EQUAL (
      test_world_create (world, K8_KIND_Pod, "default",
                         "{\"metadata\":{\"name\":\"gated\",\"namespace\":\"default\"},"
                         "\"spec\":{\"schedulingGates\":[{\"name\":\"hold\"}],"
                         "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"),
      201);
  test_world_advance (world, 400 * K8_SECOND_NS);
  CU_ASSERT_PTR_NULL (node_of (world, "gated"));
  K8ApiRequest *request =
      test_world_request (world, K8_VERB_PATCH, K8_KIND_Pod, "default", "gated");
  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, "{\"spec\":{\"schedulingGates\":null}}");
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "gated"), "only");
  test_world_free (world);
}

void
test_scheduler__goes_on_in_a_clone (void)
{
  TestWorld *world = new_world ();

  add_node (world, "only", "2");
  add_pod (world, "first", "1500m");
  add_pod (world, "second", "1500m");
  settle (world);
  test_world_switch_to_clone (world);
  add_node (world, "other", "2");
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "second"), "other");
  test_world_free (world);
}

void
test_scheduler__explains_every_node (void)
{
  TestWorld *world = new_world ();
  K8Engine *engine = test_world_engine (world);
  g_autoptr (GString) text = g_string_new (NULL);
  K8SchedulerExplanation explanation;

  add_node (world, "small", "1");
  add_node (world, "even", "4");
  add_node (world, "large", "8");
  add_pod (world, "web", "2");
  settle (world);
  engine = test_world_engine (world);
  CU_ASSERT_TRUE_FATAL (k8_scheduler_explain (
      k8_engine_actor (engine, k8_engine_find_actor (engine, "scheduler-0")), "default", "web",
      &explanation));
  TEST_ASSERT_TEXT (explanation.node_name, "large");
  k8_scheduler_explanation_append (&explanation, text);
  /* 4 cpu: (50 + 97) / 2 free; shares 0.5 and 0, so the balance falls from 100 to 75.
   * 8 cpu: (75 + 97) / 2 free; shares 0.25 and 0, so it falls to 87. */
  TEST_ASSERT_TEXT (text->str,
                    "  small NodeResourcesFit: Insufficient cpu\n"
                    "  even 435 TaintToleration=100x3 NodeResourcesFit=73 "
                    "NodeResourcesBalancedAllocation=62\n"
                    "* large 454 TaintToleration=100x3 NodeResourcesFit=86 "
                    "NodeResourcesBalancedAllocation=68\n");
  k8_scheduler_explanation_clear (&explanation);
  test_world_free (world);
}

/* A pod that waits for its finalizer is not placed any more. */
void
test_scheduler__skips_a_pod_that_is_being_deleted (void)
{
  TestWorld *world = new_world ();

  CU_ASSERT_EQUAL (
      test_world_create (world, K8_KIND_Pod, "default",
                         "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\","
                         "\"finalizers\":[\"a.io/b\"]},\"spec\":{\"containers\":[{\"name\":\"c\","
                         "\"image\":\"i\"}]}}"),
      201);
  settle (world);
  test_world_call (world, test_world_request (world, K8_VERB_DELETE, K8_KIND_Pod, "default",
                                              "web"));
  CU_ASSERT_TRUE (k8_pod_is_terminating (get_pod (world, "web")));
  add_node (world, "only", "2");
  test_world_advance (world, 3 * K8_SECOND_NS);
  CU_ASSERT_PTR_NULL (node_of (world, "web"));
  test_world_free (world);
}

/* The Binding is lost with its server: the pod gives its place back, and is tried again. */
void
test_scheduler__tries_again_after_a_binding_that_failed (void)
{
  TestWorld *world = new_world ();
  K8ActorId server = k8_engine_find_actor (test_world_engine (world), "apiserver-0");

  add_node (world, "only", "2");
  settle (world);
  add_pod (world, "web", "1500m");
  test_world_stop (world, "apiserver-0");
  settle (world);
  test_world_disconnect (world, "scheduler-0", server);
  test_world_run (world);
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_advance (world, 30 * K8_SECOND_NS);
  TEST_ASSERT_TEXT (node_of (world, "web"), "only");
  add_pod (world, "other", "400m");
  settle (world);
  TEST_ASSERT_TEXT (node_of (world, "other"), "only");
  test_world_free (world);
}

/* What windows see of actors, and of those that are not what they take them for. */
void
test_inspect__knows_revisions_and_watches_of_actors (void)
{
  TestWorld *world = new_world ();
  const K8Engine *engine = test_world_engine (world);
  K8ActorId etcd = k8_engine_find_actor (engine, "etcd-0");
  K8ActorId server = k8_engine_find_actor (engine, "apiserver-0");
  K8ActorId scheduler = k8_engine_find_actor (engine, "scheduler-0");
  gint64 before = k8_inspect_revision (engine, etcd);
  guint32 n_watches = k8_inspect_n_watches (engine, server);
  GString *text = g_string_new (NULL);

  CU_ASSERT (before > 1);
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, server), before);
  add_node (world, "only", "2"); /* created, and freed of its taint */
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, etcd), before + 2);
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, server), before + 2);
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, scheduler), 0);
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, 99), 0);
  CU_ASSERT (n_watches > 0);
  CU_ASSERT_EQUAL (k8_inspect_n_watches (engine, etcd), 0);
  CU_ASSERT_EQUAL (k8_inspect_n_watches (engine, 99), 0);
  CU_ASSERT_FALSE (k8_inspect_explain_pod (engine, scheduler, "default", "none", text));
  CU_ASSERT_FALSE (k8_inspect_explain_pod (engine, 99, "default", "none", text));
  add_pod (world, "big", "4");
  settle (world);
  CU_ASSERT_TRUE (k8_inspect_explain_pod (engine, scheduler, "default", "big", text));
  CU_ASSERT_PTR_NOT_NULL (strstr (text->str, "only"));
  CU_ASSERT_PTR_NOT_NULL (strstr (text->str, "Insufficient cpu"));
  test_world_stop (world, "apiserver-0");
  CU_ASSERT_EQUAL (k8_inspect_n_watches (engine, server), 0);
  CU_ASSERT_EQUAL (k8_inspect_revision (engine, server), 0);
  g_string_free (text, TRUE);
  test_world_free (world);
}
