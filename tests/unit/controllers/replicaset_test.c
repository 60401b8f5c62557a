/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans of the ReplicaSet controller.
 * Source: pkg/controller/replicaset/replica_set.go, controller_utils.go ActivePodsWithRanks.
 */
#include "tests/unit/controllers/fake_view.h"

#include "tests/lib/test.h"

#define CLASS (&k8_replica_set_controller_class)
#define OWNER                                                                                      \
  "'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'ReplicaSet', 'name': 'rs',"             \
  "'uid': 'uid-rs', 'controller': true}]"

static FakeView *
make_world (int replicas, const char *more)
{
  FakeView *fake = fake_view_new ();
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': 'rs'}, 'spec': {'replicas': %d, %s"
      "'selector': {'matchLabels': {'app': 'web'}}, 'template': {'metadata': {'labels': "
      "{'app': 'web'}}, 'spec': {'containers': [{'name': 'c', 'image': 'nginx:1.25'}]}}}}",
      replicas, more);

  fake_view_put (fake, K8_KIND_ReplicaSet, json);
  return fake;
}

/* A pod of the ReplicaSet; `more` goes into its metadata, `status` into its status. */
static void
add_pod (FakeView *fake, const char *name, const char *more, const char *status)
{
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': '%s', 'labels': {'app': 'web'}, " OWNER "%s}, 'spec': {'nodeName': "
      "'node-1', 'containers': [{'name': 'c', 'image': 'nginx:1.25'}]}, 'status': {%s}}",
      name, more, status);

  fake_view_put (fake, K8_KIND_Pod, json);
}

#define RUNNING(ready, since)                                                                      \
  "'phase': 'Running', 'conditions': [{'type': 'Ready', 'status': '" ready                        \
  "', 'lastTransitionTime': '" since "'}]"
#define SINCE "1970-01-12T13:40:00Z" /* 400 seconds before the view's now */

static void
check_plan (FakeView *fake, const char *expected)
{
  g_autofree char *plan = fake_view_plan (fake, CLASS, K8_KIND_ReplicaSet, "rs");

  TEST_ASSERT_TEXT (plan, expected);
}

static void
check_run (FakeView *fake, const char *expected)
{
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_ReplicaSet, "rs");

  TEST_ASSERT_TEXT (run, expected);
}

void
test_replica_set__creates_what_lacks_then_writes_the_status_of_before (void)
{
  FakeView *fake = make_world (2, "");

  check_run (fake, "1 create Pod default/rs-: 1 of 2\n"
                   "1 create Pod default/rs-: 2 of 2\n"
                   "1 status ReplicaSet default/rs: replicas 0, ready 0, available 0, "
                   "terminating 0\n");
  check_run (fake, "1 status ReplicaSet default/rs: replicas 2, ready 0, available 0, "
                   "terminating 0\n");
  check_run (fake, "");
  fake_view_free (fake);
}

void
test_replica_set__creates_at_most_500_in_one_sync (void)
{
  FakeView *fake = make_world (501, "");
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_ReplicaSet, "rs");

  CU_ASSERT_PTR_NOT_NULL (strstr (run, ": 500 of 500\n"));
  CU_ASSERT_EQUAL (k8_cache_n (&fake->caches[K8_KIND_Pod]), 500);
  fake_view_free (fake);
}

void
test_replica_set__replaces_a_pod_that_is_ending_and_counts_it_apart (void)
{
  FakeView *fake = make_world (1, "");

  add_pod (fake, "rs-a", ", 'deletionTimestamp': '" SINCE "'", RUNNING ("True", SINCE));
  check_run (fake, "1 create Pod default/rs-: 1 of 1\n"
                   "1 status ReplicaSet default/rs: replicas 0, ready 0, available 0, "
                   "terminating 1\n");
  fake_view_free (fake);
}

void
test_replica_set__does_not_count_finished_pods (void)
{
  FakeView *fake = make_world (1, "");

  add_pod (fake, "rs-a", "", "'phase': 'Failed'");
  check_plan (fake, "1 create Pod default/rs-: 1 of 1\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__deletes_all_when_scaled_to_zero (void)
{
  FakeView *fake = make_world (0, "");

  add_pod (fake, "rs-a", "", RUNNING ("True", SINCE));
  add_pod (fake, "rs-b", "", RUNNING ("True", SINCE));
  check_run (fake, "1 delete Pod default/rs-b: one too many\n"
                   "1 delete Pod default/rs-a: one too many\n"
                   "1 status ReplicaSet default/rs: replicas 2, ready 2, available 2, "
                   "terminating 0\n");
  fake_view_free (fake);
}

void
test_replica_set__deletes_a_pod_that_is_not_ready_first (void)
{
  FakeView *fake = make_world (2, "");

  add_pod (fake, "rs-a", "", RUNNING ("True", SINCE));
  add_pod (fake, "rs-b", "", RUNNING ("False", SINCE));
  add_pod (fake, "rs-c", "", RUNNING ("True", SINCE));
  check_plan (fake, "1 delete Pod default/rs-b: one too many\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__deletes_pending_before_running (void)
{
  FakeView *fake = make_world (1, "");

  add_pod (fake, "rs-a", "", RUNNING ("False", SINCE));
  add_pod (fake, "rs-b", "", "'phase': 'Pending'");
  check_plan (fake, "1 delete Pod default/rs-b: one too many\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__heeds_the_deletion_cost (void)
{
  FakeView *fake = make_world (1, "");

  add_pod (fake, "rs-a", "", RUNNING ("True", SINCE));
  add_pod (fake, "rs-b", ", 'annotations': {'controller.kubernetes.io/pod-deletion-cost': '-5'}",
           RUNNING ("True", SINCE));
  add_pod (fake, "rs-c", "", RUNNING ("True", SINCE));
  /* The others are alike, of one age by powers of two: the smaller uid goes first. */
  check_plan (fake, "1 delete Pod default/rs-b: one too many\n"
                    "1 delete Pod default/rs-a: one too many\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__deletes_what_was_ready_for_a_shorter_time_by_powers_of_two (void)
{
  FakeView *fake = make_world (1, "");

  /* 400 s and 390 s lie in one power of two: the smaller uid decides; 10 s is another. */
  add_pod (fake, "rs-z", "", RUNNING ("True", "1970-01-12T13:46:30Z"));
  add_pod (fake, "rs-a", "", RUNNING ("True", "1970-01-12T13:40:00Z"));
  add_pod (fake, "rs-b", "", RUNNING ("True", "1970-01-12T13:40:10Z"));
  check_plan (fake, "1 delete Pod default/rs-z: one too many\n"
                    "1 delete Pod default/rs-a: one too many\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__counts_as_available_after_min_ready_seconds (void)
{
  FakeView *fake = make_world (1, "'minReadySeconds': 30, ");

  add_pod (fake, "rs-a", "", RUNNING ("True", "1970-01-12T13:46:30Z"));
  check_plan (fake, "1 status ReplicaSet default/rs: replicas 1, ready 1, available 0, "
                    "terminating 0\nrequeue after 20s\n");
  fake->view.now_seconds += 20;
  check_plan (fake, "1 status ReplicaSet default/rs: replicas 1, ready 1, available 1, "
                    "terminating 0\n");
  fake_view_free (fake);
}

void
test_replica_set__manages_nothing_while_it_is_being_deleted (void)
{
  FakeView *fake = fake_view_new ();

  fake_view_put (fake, K8_KIND_ReplicaSet,
                 "{'metadata': {'name': 'rs', 'deletionTimestamp': '" SINCE "'},"
                 "'spec': {'replicas': 2, 'selector': {'matchLabels': {'app': 'web'}},"
                 "'template': {'metadata': {'labels': {'app': 'web'}}}}}");
  check_plan (fake, "1 status ReplicaSet default/rs: replicas 0, ready 0, available 0, "
                    "terminating 0\n");
  fake_view_free (fake);
}

void
test_replica_set__adopts_orphans_after_a_look_at_itself (void)
{
  FakeView *fake = make_world (1, "");

  fake_view_put (fake, K8_KIND_Pod, "{'metadata': {'name': 'free', 'labels': {'app': 'web'}}}");
  check_run (fake, "1 get ReplicaSet default/rs: still alive, before it adopts\n"
                   "1 patch Pod default/free: adopt: the selector matches\n");
  fake_view_free (fake);
}

void
test_replica_set__adopts_nothing_that_another_selector_means (void)
{
  FakeView *fake = make_world (0, "");

  fake_view_put (fake, K8_KIND_Pod, "{'metadata': {'name': 'free', 'labels': {'app': 'db'}}}");
  check_plan (fake, "1 status ReplicaSet default/rs: replicas 0, ready 0, available 0, "
                    "terminating 0\n");
  fake_view_free (fake);
}

void
test_replica_set__releases_pods_whose_labels_changed_and_replaces_them (void)
{
  FakeView *fake = make_world (1, "");

  fake_view_put (fake, K8_KIND_Pod,
                 "{'metadata': {'name': 'rs-a', 'labels': {'app': 'debug'}, " OWNER "}}");
  check_plan (fake, "1 patch Pod default/rs-a: release: the selector does not match\n"
                    "2 create Pod default/rs-: 1 of 1\nthen resume\n");
  fake_view_free (fake);
}

void
test_replica_set__notes_a_failure_once_and_comes_back (void)
{
  FakeView *fake = make_world (1, "");
  K8Ref ref = { K8_KIND_ReplicaSet, "default", "rs" };
  GString *text = g_string_new ("");
  K8Plan plan;
  K8Plan next;

  k8_plan_init (&plan, fake->region);
  k8_plan_init (&next, fake->region);
  CLASS->reconcile (&fake->view, &ref, &plan);
  k8_plan_at (&plan, 0)->code = 403;
  CLASS->resume (&fake->view, &ref, &plan, &next);
  k8_plan_to_text (&next, text);
  TEST_ASSERT_TEXT (text->str, "1 status ReplicaSet default/rs: replicas 0, ready 0, "
                               "available 0, terminating 0\nfail: \n");
  const K8ReplicaSet *written = k8_plan_at (&next, 0)->object;
  const K8ReplicaSetStatus *status = k8_replica_set_status (written);
  CU_ASSERT_EQUAL_FATAL (k8_replica_set_status_conditions_n (status), 1);
  CU_ASSERT_STRING_EQUAL (
      k8_replica_set_condition_reason (k8_replica_set_status_conditions_at (status, 0)),
      "FailedCreate");
  g_string_free (text, TRUE);
  k8_plan_clear (&plan);
  k8_plan_clear (&next);
  fake_view_free (fake);
}
