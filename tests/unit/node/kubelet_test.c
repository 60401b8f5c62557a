/* SPDX-License-Identifier: Apache-2.0
 *
 * What a kubelet costs, and that it gives back what it took.
 */
#include "node/kubelet.h"

#include "machinery/conditions.h"
#include "node/proxy.h"
#include "tests/unit/node/node_world.h"

#define ONE                                                                                        \
  "\"initContainers\":[{\"name\":\"init\",\"image\":\"web:1\"}],"                                  \
  "\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"cfg\"}}],"                               \
  "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"readinessProbe\":{\"tcpSocket\":"      \
  "{\"port\":80}}}]"

void
test_kubelet__is_small_when_idle (void)
{
  CU_ASSERT (sizeof (K8Kubelet) <= 1600);
  CU_ASSERT (sizeof (K8Proxy) <= 1024);
}

/* Runs a pod through its whole life: init container, readiness, a crash, its end. */
static void
live_and_die (NodeWorld *node)
{
  node_world_add_pod (node, "web", ONE);
  node_world_exit (node, "init", 0);
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  test_world_switch_to_clone (node->world);
  node_world_exit (node, "main", 1);
  node_world_delete_pod (node, "web", 30);
  CU_ASSERT_PTR_NULL (node_world_pod (node, "web"));
  CU_ASSERT_EQUAL (node->containers->len, 0);
}

/* Only the kubelet stays the same: what the API server keeps grows with its history. */
static const K8Kubelet *
find_kubelet (NodeWorld *node)
{
  return (const K8Kubelet *) k8_engine_actor (test_world_engine (node->world), node->kubelet);
}

void
test_kubelet__forgets_a_pod_that_is_gone (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"1\"}}");
  live_and_die (node);
  live_and_die (node);
  const K8Kubelet *kubelet = find_kubelet (node);
  CU_ASSERT_EQUAL (k8_slots_n (&kubelet->workers), 0);
  CU_ASSERT_EQUAL (k8_index_n (&kubelet->worker_by_uid), 0);
  CU_ASSERT_EQUAL (k8_array_n (&kubelet->listed), 0);
  for (guint i = 1; i <= node->n_ids; i++)
    {
      char *id = g_strdup_printf ("id-%u", i);
      /* The API server knows it as "fake://id-1": the bare text was the kubelet's alone. */
      CU_ASSERT_PTR_NULL (k8_string_find (test_world_region (node->world), id));
      g_free (id);
    }
  node_world_free (node);
}

void
test_node_status__turns_when_the_runtime_falls_silent (void)
{
  NodeWorld *node = node_world_new ();
  const K8ApiResponse *response;

  node_world_runtime_state (node, FALSE);
  response = test_world_call (
      node->world, test_world_request (node->world, K8_VERB_GET, K8_KIND_Node, NULL, "node-1"));
  CU_ASSERT_STRING_EQUAL (k8_conditions_status (k8_node_status (response->object), "Ready"),
                          "False");
  node_world_runtime_state (node, TRUE);
  response = test_world_call (
      node->world, test_world_request (node->world, K8_VERB_GET, K8_KIND_Node, NULL, "node-1"));
  CU_ASSERT_STRING_EQUAL (k8_conditions_status (k8_node_status (response->object), "Ready"),
                          "True");
  node_world_free (node);
}

/* Whatever the kubelet is doing with its Node when the runtime answers again, it says so at once
 * and not only ten seconds later. */
void
test_node_status__turns_at_once_while_a_write_is_under_way (void)
{
  NodeWorld *node = node_world_new ();

  for (guint delay = 0; delay < 20; delay++)
    {
      node->list_delay = 0;
      node_world_runtime_state (node, TRUE);
      node->list_delay = delay;
      K8RuntimeEvent *event
          = k8_mail_new (test_world_region (node->world), &k8_runtime_event_class);
      k8_array_init (&event->items, test_world_region (node->world), sizeof (K8RuntimeItem));
      event->type = K8_RUNTIME_NOT_READY;
      test_world_post (node->world, &(K8EngineEvent){ .type = K8_EVENT_RUNTIME,
                                                      .to = node->kubelet,
                                                      .mail = &event->mail });
      node_world_runtime_state (node, TRUE);
      const K8ApiResponse *response
          = test_world_call (node->world, test_world_request (node->world, K8_VERB_GET,
                                                              K8_KIND_Node, NULL, "node-1"));
      CU_ASSERT_TRUE (k8_conditions_is_true (k8_node_status (response->object), "Ready"));
    }
  node_world_free (node);
}

void
test_pod_status__is_written_again_after_a_conflict (void)
{
  NodeWorld *node = node_world_new ();
  K8ApiRequest *request;

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  /* Somebody else changes the pod in the same instant as its container ends. */
  request = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Pod, "default", "web");
  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE,
                            "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
  test_world_send (node->world, request);
  node_world_exit (node, "main", 1);
  char *text = node_world_status (node, "web");
  TEST_ASSERT_TEXT (text, "Running ready=True main:running<Error(1)x1");
  g_free (text);
  CU_ASSERT_STRING_EQUAL (
      k8_object_meta_labels_get (k8_pod_metadata (node_world_pod (node, "web")), "a"), "b");
  node_world_free (node);
}

void
test_kubelet__sees_what_vanished_while_the_runtime_was_silent (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  node_world_runtime_state (node, FALSE);
  node_world_lose (node, "main");
  node_world_runtime_state (node, TRUE);
  char *text = node_world_status (node, "web");
  TEST_ASSERT_TEXT (text, "Running ready=True main:running<ContainerStatusUnknown(137)x1");
  g_free (text);
  node_world_free (node);
}

void
test_pod_kill__tries_again_when_the_runtime_fails (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  node->fails_stops = TRUE;
  node_world_delete_pod (node, "web", 30);
  node_world_advance (node, 1);
  CU_ASSERT_PTR_NOT_NULL (node_world_pod (node, "web"));
  node->fails_stops = FALSE;
  node_world_advance (node, 2);
  CU_ASSERT_PTR_NULL (node_world_pod (node, "web"));
  node_world_free (node);
}

void
test_pod_worker__obeys_restart_rules_of_a_container (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "job",
                      "\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"main\",\"image\":"
                      "\"web:1\",\"restartPolicy\":\"Never\",\"restartPolicyRules\":[{\"action\":"
                      "\"Restart\",\"exitCodes\":{\"operator\":\"In\",\"values\":[42]}}]}]");
  node_world_exit (node, "main", 42);
  char *text = node_world_status (node, "job");
  TEST_ASSERT_TEXT (text, "Running ready=True main:running<Error(42)x1");
  g_free (text);
  node_world_exit (node, "main", 1);
  text = node_world_status (node, "job");
  TEST_ASSERT_TEXT (text, "Failed ready=False main:Error(1)<Error(42)x1");
  g_free (text);
  node_world_free (node);
}

void
test_volumes__asks_for_a_token (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"volumes\":[{\"name\":\"t\",\"projected\":{\"sources\":[{"
                      "\"serviceAccountToken\":{\"path\":\"token\"}}]}}],"
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  CU_ASSERT_TRUE (g_str_has_prefix (node->files->str, "t/token=ey"));
  node_world_free (node);
}

void
test_node_status__lists_images_that_were_pulled (void)
{
  NodeWorld *node = node_world_new ();
  const K8ApiResponse *response;

  node->has_image = FALSE;
  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  node_world_advance (node, 11);
  response = test_world_call (
      node->world, test_world_request (node->world, K8_VERB_GET, K8_KIND_Node, NULL, "node-1"));
  const K8NodeStatus *status = k8_node_status (response->object);
  CU_ASSERT_EQUAL_FATAL (k8_node_status_images_n (status), 1);
  CU_ASSERT_STRING_EQUAL (k8_container_image_names_at (k8_node_status_images_at (status, 0), 0),
                          "web:1");
  CU_ASSERT_EQUAL (k8_container_image_size_bytes (k8_node_status_images_at (status, 0)), 1000);
  node_world_free (node);
}

/* ---- The wall clock ---- */

/* From now on the time of day is so much later, or earlier. */
static void
shift_wall (NodeWorld *node, gint64 seconds)
{
  K8ClockMail *mail = k8_clock_mail_new (test_world_region (node->world));
  gint64 start_seconds = TEST_WALL_SECONDS + seconds;

  *(K8ClockStep *) k8_array_add (&mail->steps)
      = (K8ClockStep){ .from_ns = test_world_now (node->world),
                       .wall_start_ns = start_seconds * G_GINT64_CONSTANT (1000000000) };
  test_world_post (node->world, &(K8EngineEvent){ .type = K8_EVENT_CLOCK, .mail = &mail->mail });
  test_world_run (node->world);
}

static gint64
get_started (NodeWorld *node)
{
  const K8PodStatus *status = k8_pod_status (node_world_pod (node, "web"));
  const K8ContainerState *state
      = k8_container_status_state (k8_pod_status_container_statuses_at (status, 0));

  return k8_container_state_running_started_at (k8_container_state_running (state));
}

static gint64
get_renewed (NodeWorld *node)
{
  const K8ApiResponse *response
      = test_world_call (node->world, test_world_request (node->world, K8_VERB_GET, K8_KIND_Lease,
                                                          "kube-node-lease", "node-1"));

  return k8_lease_spec_renew_time (k8_lease_spec (response->object)) / 1000000;
}

/* The machine slept for an hour: what ran before keeps the time at which it started, what is
 * written from now on carries the time that it is. */
void
test_clock__keeps_the_times_of_what_ran_before (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  gint64 started = get_started (node);
  shift_wall (node, 3600);
  node_world_report_probe (node, "main", K8_PROBE_READINESS, TRUE);
  node_world_advance (node, 11);
  CU_ASSERT_EQUAL (get_started (node), started);
  CU_ASSERT_TRUE (get_renewed (node) >= TEST_WALL_SECONDS + 3600);
  node_world_exit (node, "main", 1);
  CU_ASSERT_TRUE (get_started (node) >= TEST_WALL_SECONDS + 3600 + 11);
  node_world_free (node);
}

/* Set back by an hour: nothing waits for that hour to come again. */
void
test_clock__set_back_stops_nothing (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]");
  node_world_exit (node, "main", 1);
  gint64 started = get_started (node);
  shift_wall (node, -3600);
  node_world_exit (node, "main", 1); /* within the first back-off of 10 s */
  node_world_advance (node, 16);
  char *text = node_world_status (node, "web");
  TEST_ASSERT_TEXT (text, "Running ready=True main:running<Error(1)x2");
  g_free (text);
  CU_ASSERT_TRUE (get_started (node) < started);
  CU_ASSERT_TRUE (get_renewed (node) < TEST_WALL_SECONDS);
  node_world_free (node);
}

void
test_clock__goes_on_in_a_clone (void)
{
  NodeWorld *node = node_world_new ();

  shift_wall (node, 3600);
  test_world_switch_to_clone (node->world);
  node_world_advance (node, 11);
  CU_ASSERT_TRUE (get_renewed (node) >= TEST_WALL_SECONDS + 3600);
  node_world_free (node);
}
