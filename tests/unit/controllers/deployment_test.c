/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans of the Deployment controller, carried out on a small store.
 * Source: pkg/controller/deployment (v1.36); examples computed by hand from its formulas.
 */
#include "tests/unit/controllers/fake_view.h"

#include "controllers/deployment.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"

#define CLASS (&k8_deployment_controller_class)

/* A Deployment `web`; `more` goes into its spec, `meta` into its metadata. */
static void
put_deployment (FakeView *fake, const char *image, const char *meta, const char *more)
{
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': 'web'%s}, 'spec': {%s 'selector': {'matchLabels': {'app': 'web'}}, "
      "'template': {'metadata': {'labels': {'app': 'web'}}, 'spec': {'containers': [{'name': "
      "'c', 'image': '%s'}]}}}}",
      meta, more, image);

  fake_view_put (fake, K8_KIND_Deployment, json);
}

/* A ReplicaSet of it with `replicas` pods of which `available` are; `notes` are annotations. */
static void
put_set (FakeView *fake, const char *name, const char *image, int replicas, int available,
         const char *notes)
{
  g_autofree char *json = g_strdup_printf (
      "{'metadata': {'name': '%s', 'generation': 1, 'annotations': {%s}, 'labels': {'app': 'web'},"
      "'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'name': 'web', 'uid': "
      "'uid-web', 'controller': true}]}, 'spec': {'replicas': %d, 'selector': {'matchLabels': "
      "{'app': 'web'}}, 'template': {'metadata': {'labels': {'app': 'web', 'pod-template-hash': "
      "'x'}}, 'spec': {'containers': [{'name': 'c', 'image': '%s'}]}}}, 'status': {'replicas': "
      "%d, 'readyReplicas': %d, 'availableReplicas': %d, 'observedGeneration': 1, "
      "'terminatingReplicas': 0}}",
      name, notes, replicas, image, replicas, available, available);

  fake_view_put (fake, K8_KIND_ReplicaSet, json);
}

#define NOTES(revision, desired, max)                                                              \
  "'deployment.kubernetes.io/revision': '" revision                                                \
  "', 'deployment.kubernetes.io/desired-replicas': '" desired                                      \
  "', 'deployment.kubernetes.io/max-replicas': '" max "'"
#define REVISION(revision) ", 'annotations': {'deployment.kubernetes.io/revision': '" revision "'}"

/* The generated hash in names becomes HASH. */
static char *
hide_hash (const char *text)
{
  g_autoptr (GRegex) hash =
      g_regex_new ("web-[bcdfghjklmnpqrstvwxz2456789]{6,10}", 0, 0, NULL);

  return g_regex_replace_literal (hash, text, -1, 0, "web-HASH", 0, NULL);
}

static void
check_run (FakeView *fake, const char *expected)
{
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Deployment, "web");
  g_autofree char *hidden = hide_hash (run);

  TEST_ASSERT_TEXT (hidden, expected);
}

/* Only the writes of ReplicaSets, which tell the steps of a rollout. */
static void
check_steps (FakeView *fake, const char *expected)
{
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Deployment, "web");
  GString *steps = g_string_new ("");

  g_auto (GStrv) lines = g_strsplit (run, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], "ReplicaSet default/") != NULL)
      g_string_append_printf (steps, "%s\n", lines[i] + 2);
  TEST_ASSERT_TEXT (steps->str, expected);
  g_string_free (steps, TRUE);
}

static const char *
get_progress (FakeView *fake)
{
  return k8_deployment_condition_reason (
      k8_deployment_progressing (fake_view_get (fake, K8_KIND_Deployment, "web")));
}

void
test_deployment__a_new_one_meets_its_own_write_once (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", "", "'replicas': 3,");
  check_run (fake,
             "1 create ReplicaSet default/web-HASH: the new template\n"
             "2 status Deployment default/web: revision of the new ReplicaSet\n"
             "3 status Deployment default/web: replicas 0, updated 0, ready 0, available 0, "
             "unavailable 3 -> 409\n");
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "NewReplicaSetCreated");
  check_run (fake, "1 status Deployment default/web: replicas 0, updated 0, ready 0, "
                   "available 0, unavailable 3\n");
  check_run (fake, "");
  fake_view_free (fake);
}

void
test_deployment__waits_for_its_deadline (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", "", "'replicas': 3,");
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  g_autofree char *plan = fake_view_plan (fake, CLASS, K8_KIND_Deployment, "web");
  TEST_ASSERT_TEXT (plan, "requeue after 10m1s\n");
  fake->view.now_seconds += 601;
  check_run (fake, "1 status Deployment default/web: replicas 0, updated 0, ready 0, "
                   "available 0, unavailable 3\n");
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "ProgressDeadlineExceeded");
  check_run (fake, "");
  fake_view_free (fake);
}

void
test_deployment__without_deadline_has_no_progressing_condition (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", "", "'replicas': 1, 'progressDeadlineSeconds': 2147483647,");
  check_run (fake,
             "1 create ReplicaSet default/web-HASH: the new template\n"
             "2 status Deployment default/web: revision of the new ReplicaSet\n"
             "3 status Deployment default/web: replicas 0, updated 0, ready 0, available 0, "
             "unavailable 1 -> 409\n");
  CU_ASSERT_PTR_NULL (get_progress (fake));
  fake_view_free (fake);
}

void
test_deployment__a_complete_rollout_says_so (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", REVISION ("1"), "'replicas': 3,");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "3", "4"));
  check_run (fake, "1 status Deployment default/web: revision of the ReplicaSet that was found\n"
                   "2 status Deployment default/web: replicas 3, updated 3, ready 3, "
                   "available 3, unavailable 0 -> 409\n");
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "FoundNewReplicaSet");
  check_run (fake, "1 status Deployment default/web: replicas 3, updated 3, ready 3, "
                   "available 3, unavailable 0\n");
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "NewReplicaSetAvailable");
  check_run (fake, "");
  fake_view_free (fake);
}

void
test_deployment__rolling_shrinks_in_the_sync_that_creates (void)
{
  FakeView *fake = fake_view_new ();

  /* 4 replicas, surge and unavailable 25 % = 1: new 0 to 1, old 4 to 3. */
  put_deployment (fake, "nginx:2", REVISION ("1"), "'replicas': 4,");
  put_set (fake, "web-1", "nginx:1", 4, 4, NOTES ("1", "4", "5"));
  check_run (fake,
             "1 create ReplicaSet default/web-HASH: the new template\n"
             "2 status Deployment default/web: revision of the new ReplicaSet\n"
             "3 update ReplicaSet default/web-1: Scaled down replica set web-1 from 4 to 3\n"
             "4 status Deployment default/web: replicas 4, updated 0, ready 4, available 4, "
             "unavailable 1 -> 409\n");
  fake_view_free (fake);
}

void
test_deployment__rolling_grows_before_it_shrinks (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 4,");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "4", "5"));
  put_set (fake, "web-2", "nginx:2", 1, 0, NOTES ("2", "4", "5"));
  check_steps (fake,
               "update ReplicaSet default/web-2: Scaled up replica set web-2 from 1 to 2\n");
  fake_view_free (fake);
}

void
test_deployment__rolling_waits_for_new_pods_to_be_available (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 4,");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "4", "5"));
  put_set (fake, "web-2", "nginx:2", 2, 0, NOTES ("2", "4", "5"));
  check_steps (fake, "");
  fake_view_free (fake);
}

void
test_deployment__rolling_takes_unhealthy_old_pods_first (void)
{
  FakeView *fake = fake_view_new ();

  /* Budget: 5 - 3 - (1 - 1) = 2. One old pod is not available; then 4 - 3 = 1 more of the
   * oldest. Both are writes of web-1: the second bears the version of the first's answer. */
  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 4,");
  put_set (fake, "web-1", "nginx:1", 4, 3, NOTES ("1", "4", "5"));
  put_set (fake, "web-2", "nginx:2", 1, 1, NOTES ("2", "4", "5"));
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled down replica set web-1 from 4 to 3\n"
               "update ReplicaSet default/web-1: Scaled down replica set web-1 from 3 to 2\n");
  fake_view_free (fake);
}

void
test_deployment__surge_only_never_shrinks_below_what_is_wanted (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("2"),
                  "'replicas': 2, 'strategy': {'type': 'RollingUpdate', 'rollingUpdate': "
                  "{'maxSurge': 1, 'maxUnavailable': 0}},");
  put_set (fake, "web-1", "nginx:1", 2, 2, NOTES ("1", "2", "3"));
  put_set (fake, "web-2", "nginx:2", 1, 0, NOTES ("2", "2", "3"));
  check_steps (fake, "");
  fake_view_free (fake);
}

void
test_deployment__unavailable_only_shrinks_first (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("2"),
                  "'replicas': 3, 'strategy': {'type': 'RollingUpdate', 'rollingUpdate': "
                  "{'maxSurge': 0, 'maxUnavailable': 1}},");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "3", "3"));
  put_set (fake, "web-2", "nginx:2", 0, 0, NOTES ("2", "3", "3"));
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled down replica set web-1 from 3 to 2\n");
  fake_view_free (fake);
}

void
test_deployment__both_fenceposts_at_zero_let_one_be_missing (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", "",
                  "'replicas': 3, 'strategy': {'type': 'RollingUpdate', 'rollingUpdate': "
                  "{'maxSurge': '0%', 'maxUnavailable': '10%'}},");
  const K8Deployment *deployment = fake_view_get (fake, K8_KIND_Deployment, "web");
  CU_ASSERT_EQUAL (k8_deployment_max_surge (deployment), 0);
  CU_ASSERT_EQUAL (k8_deployment_max_unavailable (deployment), 1);
  fake_view_free (fake);
}

void
test_deployment__recreate_waits_until_the_last_old_pod_is_gone (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("1"),
                  "'replicas': 1, 'strategy': {'type': 'Recreate'},");
  put_set (fake, "web-1", "nginx:1", 1, 1, NOTES ("1", "1", "1"));
  fake_view_put (fake, K8_KIND_Pod,
                 "{'metadata': {'name': 'web-1-a', 'ownerReferences': [{'apiVersion': 'apps/v1',"
                 "'kind': 'ReplicaSet', 'name': 'web-1', 'uid': 'uid-web-1', 'controller': true}]},"
                 "'status': {'phase': 'Running'}}");
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled down replica set web-1 from 1 to 0\n");
  put_set (fake, "web-1", "nginx:1", 0, 0, NOTES ("1", "1", "1"));
  check_steps (fake, "");
  fake_view_remove (fake, K8_KIND_Pod, "web-1-a");
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Deployment, "web");
  CU_ASSERT_PTR_NOT_NULL (strstr (run, "create ReplicaSet default/web-"));
  fake_view_free (fake);
}

void
test_deployment__a_rollback_gives_the_old_set_the_next_revision (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", REVISION ("2"), "'replicas': 2,");
  put_set (fake, "web-1", "nginx:1", 0, 0, NOTES ("1", "2", "3"));
  put_set (fake, "web-2", "nginx:2", 2, 2, NOTES ("2", "2", "3"));
  check_steps (fake, "update ReplicaSet default/web-1: annotations of the revision\n");
  const K8ObjectMeta *meta =
      k8_replica_set_metadata (fake_view_get (fake, K8_KIND_ReplicaSet, "web-1"));
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, K8_DEPLOYMENT_REVISION), "3");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, K8_DEPLOYMENT_REVISION_HISTORY),
                          "1");
  /* Revision and FoundNewReplicaSet first; then the rollout begins in the same sync. */
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled up replica set web-1 from 0 to 1\n");
  fake_view_free (fake);
}

void
test_deployment__history_is_cut_at_2000_letters (void)
{
  FakeView *fake = fake_view_new ();
  GString *notes = g_string_new (NOTES ("401", "1", "2"));

  g_string_append (notes, ", 'deployment.kubernetes.io/revision-history': '1");
  for (guint i = 2; i <= 530; i++)
    g_string_append_printf (notes, ",%u", i);
  g_string_append (notes, "'");
  put_deployment (fake, "nginx:1", "", "'replicas': 1,");
  put_set (fake, "web-1", "nginx:1", 1, 1, notes->str);
  put_set (fake, "web-2", "nginx:2", 1, 1, NOTES ("600", "1", "2"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  const char *history = k8_object_meta_annotations_get (
      k8_replica_set_metadata (fake_view_get (fake, K8_KIND_ReplicaSet, "web-1")),
      K8_DEPLOYMENT_REVISION_HISTORY);
  CU_ASSERT_TRUE (strlen (history) <= 2000 && strlen (history) > 1990);
  CU_ASSERT_TRUE (g_str_has_suffix (history, ",530,401"));
  CU_ASSERT_TRUE (g_ascii_isdigit (history[0]));
  g_string_free (notes, TRUE);
  fake_view_free (fake);
}

void
test_deployment__paused_scales_but_does_not_roll (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("1"), "'replicas': 3, 'paused': true,");
  put_set (fake, "web-1", "nginx:1", 2, 2, NOTES ("1", "2", "3"));
  check_run (fake,
             "1 status Deployment default/web: paused\n"
             "2 update ReplicaSet default/web-1: Scaled up replica set web-1 from 2 to 3\n"
             "3 status Deployment default/web: replicas 2, updated 0, ready 2, available 2, "
             "unavailable 0 -> 409\n");
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "DeploymentPaused");
  fake_view_free (fake);
}

void
test_deployment__resumption_is_noted_before_the_rollout (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", REVISION ("1"), "'replicas': 1, 'paused': true,");
  put_set (fake, "web-1", "nginx:1", 1, 1, NOTES ("1", "1", "2"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  const K8Deployment *paused = fake_view_get (fake, K8_KIND_Deployment, "web");
  K8DeploymentSpecEdit spec;
  K8DeploymentEdit edit;
  k8_deployment_spec_edit (&spec, fake->region, k8_deployment_spec (paused));
  k8_deployment_spec_clear_paused (&spec);
  k8_deployment_edit (&edit, fake->region, paused);
  k8_deployment_set_spec (&edit, k8_deployment_spec_seal (&spec));
  const K8Deployment *resumed = k8_deployment_seal (&edit);
  fake_view_put_object (fake, resumed);
  k8_record_unref (resumed);
  g_autofree char *run = fake_view_run (fake, CLASS, K8_KIND_Deployment, "web");
  CU_ASSERT_TRUE (g_str_has_prefix (run, "1 status Deployment default/web: resumed\n"));
  CU_ASSERT_STRING_EQUAL (get_progress (fake), "DeploymentResumed");
  fake_view_free (fake);
}

void
test_deployment__a_change_of_scale_in_mid_rollout_keeps_proportions (void)
{
  FakeView *fake = fake_view_new ();

  /* 10 to 20 replicas with surge 3 and 5: old 8 and new 5 of at most 13 become parts of 25.
   * To add: 25 - 13 = 12. Old: 8 x 25 / 13 = 15.4, so + 7. New: 5 x 25 / 13 = 9.6, so + 5. */
  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 20,");
  put_set (fake, "web-1", "nginx:1", 8, 8, NOTES ("1", "10", "13"));
  put_set (fake, "web-2", "nginx:2", 5, 0, NOTES ("2", "10", "13"));
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled up replica set web-1 from 8 to 15\n"
               "update ReplicaSet default/web-2: Scaled up replica set web-2 from 5 to 10\n");
  fake_view_free (fake);
}

void
test_deployment__what_proportions_leave_over_goes_to_the_largest (void)
{
  FakeView *fake = fake_view_new ();

  /* 4 to 5 replicas, surge 1 and 2: at most 5 become 7, so 2 to add. web-1 has 3: 3 x 7 / 5 =
   * 4.2, + 1. web-2 has 2: 2.8, + 1. Nothing is left. From 4 to 6: at most 8, 3 to add: 4.8,
   * + 2; 3.2, + 1. */
  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 6,");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "4", "5"));
  put_set (fake, "web-2", "nginx:2", 2, 0, NOTES ("2", "4", "5"));
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled up replica set web-1 from 3 to 5\n"
               "update ReplicaSet default/web-2: Scaled up replica set web-2 from 2 to 3\n");
  fake_view_free (fake);
}

void
test_deployment__scaling_to_zero_takes_every_set_to_zero (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", REVISION ("2"), "'replicas': 0,");
  put_set (fake, "web-1", "nginx:1", 3, 3, NOTES ("1", "4", "5"));
  put_set (fake, "web-2", "nginx:2", 2, 0, NOTES ("2", "4", "5"));
  check_steps (fake,
               "update ReplicaSet default/web-1: Scaled down replica set web-1 from 3 to 0\n"
               "update ReplicaSet default/web-2: Scaled down replica set web-2 from 2 to 0\n");
  fake_view_free (fake);
}

void
test_deployment__a_complete_one_deletes_surplus_history (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:3", REVISION ("3"), "'replicas': 1, 'revisionHistoryLimit': 1,");
  put_set (fake, "web-2", "nginx:2", 0, 0, NOTES ("2", "1", "2"));
  put_set (fake, "web-1", "nginx:1", 0, 0, NOTES ("1", "1", "2"));
  put_set (fake, "web-3", "nginx:3", 1, 1, NOTES ("3", "1", "2"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  check_run (fake, "1 delete ReplicaSet default/web-1: older than the history that is kept\n");
  fake_view_free (fake);
}

void
test_deployment__being_deleted_only_its_status_is_written (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2", ", 'deletionTimestamp': '1970-01-12T13:40:00Z'",
                  "'replicas': 3,");
  put_set (fake, "web-1", "nginx:1", 1, 1, NOTES ("1", "1", "2"));
  check_run (fake, "1 status Deployment default/web: replicas 1, updated 0, ready 1, "
                   "available 1, unavailable 0\n");
  fake_view_free (fake);
}

void
test_deployment__adopts_a_set_that_it_selects (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1", "", "'replicas': 1,");
  fake_view_put (fake, K8_KIND_ReplicaSet,
                 "{'metadata': {'name': 'free', 'labels': {'app': 'web'}}}");
  check_run (fake, "1 get Deployment default/web: still alive, before it adopts\n"
                   "1 patch ReplicaSet default/free: adopt: the selector matches\n");
  fake_view_free (fake);
}

void
test_deployment__that_selects_everything_is_told_off (void)
{
  FakeView *fake = fake_view_new ();

  fake_view_put (fake, K8_KIND_Deployment,
                 "{'metadata': {'name': 'web'}, 'spec': {'selector': {}}}");
  check_run (fake, "1 event Deployment default/web: Warning SelectingAll: This deployment is "
                   "selecting all pods. A non-empty selector is required.\n");
  fake_view_free (fake);
}

void
test_deployment__the_hash_ignores_its_own_label_and_heeds_collisions (void)
{
  FakeView *fake = fake_view_new ();
  char first[11];
  char again[11];
  char other[11];

  put_deployment (fake, "nginx:1", "", "");
  const K8PodTemplateSpec *template = k8_deployment_spec_template (
      k8_deployment_spec (fake_view_get (fake, K8_KIND_Deployment, "web")));
  k8_pod_template_hash (template, NULL, first);
  k8_pod_template_hash (template, NULL, again);
  CU_ASSERT_STRING_EQUAL (first, again);
  K8DeploymentStatusEdit edit;
  k8_deployment_status_edit (&edit, fake->region, NULL);
  k8_deployment_status_set_collision_count (&edit, 1);
  const K8DeploymentStatus *status = k8_deployment_status_seal (&edit);
  k8_pod_template_hash (template, status, other);
  k8_record_unref (status);
  CU_ASSERT_STRING_NOT_EQUAL (first, other);
  CU_ASSERT_EQUAL (strspn (first, "bcdfghjklmnpqrstvwxz2456789"), strlen (first));
  fake_view_free (fake);
}

/* The ReplicaSet that the first sync made. */
static const K8ReplicaSet *
get_only_set (FakeView *fake)
{
  const K8Cache *cache = &fake->caches[K8_KIND_ReplicaSet];

  CU_ASSERT_EQUAL_FATAL (k8_cache_n (cache), 1);
  return k8_cache_at (cache, k8_cache_next (cache, 0))->object;
}

/* Source: deploymentutil.SetNewReplicaSetAnnotations, skipCopyAnnotation. */
void
test_deployment__its_annotations_go_to_the_set_but_not_those_it_has_itself (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:1",
                  ", 'annotations': {'team': 'shop', 'deployment.kubernetes.io/revision': '7',"
                  "'kubectl.kubernetes.io/last-applied-configuration': 'x'}",
                  "'replicas': 4,");
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  const K8ObjectMeta *meta = k8_replica_set_metadata (get_only_set (fake));
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, "team"), "shop");
  CU_ASSERT_PTR_NULL (k8_object_meta_annotations_get (
      meta, "kubectl.kubernetes.io/last-applied-configuration"));
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, K8_DEPLOYMENT_REVISION), "1");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, K8_DEPLOYMENT_DESIRED_REPLICAS),
                          "4");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, K8_DEPLOYMENT_MAX_REPLICAS), "5");
  fake_view_free (fake);
}

/* A changed annotation is copied in the next sync; one that is gone stays, as upstream's. */
void
test_deployment__a_changed_annotation_is_copied_and_a_removed_one_stays (void)
{
  FakeView *fake = fake_view_new ();

  put_deployment (fake, "nginx:2",
                  ", 'annotations': {'a': '2', 'deployment.kubernetes.io/revision': '2'}",
                  "'replicas': 1,");
  put_set (fake, "web-2", "nginx:2", 1, 1, "'a': '1', 'b': '1', " NOTES ("2", "1", "2"));
  g_free (fake_view_run (fake, CLASS, K8_KIND_Deployment, "web"));
  const K8ObjectMeta *meta = k8_replica_set_metadata (get_only_set (fake));
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, "a"), "2");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_annotations_get (meta, "b"), "1");
  fake_view_free (fake);
}

/* What is planned after the creation of the new set was answered with a failure. (g_free) */
static char *
resume_after_failure (FakeView *fake, K8Plan *plan, const K8Status *status)
{
  K8Ref ref = { K8_KIND_Deployment, "default", "web" };
  GString *text = g_string_new ("");
  K8Plan next;

  k8_plan_at (plan, 0)->code = (guint) k8_status_code (status);
  k8_plan_at (plan, 0)->status = status;
  k8_plan_init (&next, fake->region);
  CLASS->resume (&fake->view, &ref, plan, &next);
  k8_plan_to_text (&next, text);
  k8_plan_clear (&next);
  g_autofree char *hidden = hide_hash (text->str);
  g_string_free (text, TRUE);
  return g_steal_pointer (&hidden);
}

static void
plan_creation (FakeView *fake, K8Plan *plan)
{
  K8Ref ref = { K8_KIND_Deployment, "default", "web" };

  put_deployment (fake, "nginx:1", "", "'replicas': 1,");
  k8_plan_init (plan, fake->region);
  CLASS->reconcile (&fake->view, &ref, plan);
  CU_ASSERT_EQUAL_FATAL (k8_plan_at (plan, 0)->type, K8_WRITE_CREATE);
}

static const K8Status *
make_status (FakeView *fake, const char *json)
{
  return test_object_new (fake->region, K8_INFO (status), json);
}

void
test_deployment__says_that_the_new_set_cannot_be_created (void)
{
  FakeView *fake = fake_view_new ();
  K8Plan plan;

  plan_creation (fake, &plan);
  g_autofree char *next = resume_after_failure (
      fake, &plan,
      make_status (fake, "{'code':403,'reason':'Forbidden','message':'exceeded quota'}"));
  TEST_ASSERT_TEXT (next,
                    "1 status Deployment default/web: the new ReplicaSet cannot be created\n"
                    "1 event Deployment default/web: Warning ReplicaSetCreateError: Failed to "
                    "create new replica set \"web-HASH\": exceeded quota\n"
                    "fail: exceeded quota\n");
  k8_plan_clear (&plan);
  fake_view_free (fake);
}

/* Nothing is to be said in a namespace that is going. */
void
test_deployment__is_silent_when_its_namespace_is_going (void)
{
  FakeView *fake = fake_view_new ();
  K8Plan plan;

  plan_creation (fake, &plan);
  g_autofree char *next = resume_after_failure (
      fake, &plan,
      make_status (fake, "{'code':403,'reason':'Forbidden','details':{'causes':["
                         "{'reason':'NamespaceTerminating'}]}}"));
  TEST_ASSERT_TEXT (next, "");
  k8_plan_clear (&plan);
  fake_view_free (fake);
}

#define TAKEN "{'code':409,'reason':'AlreadyExists','message':'already exists'}"

/* The name is taken by a set that is not ours: the next hash counts the collision. */
void
test_deployment__counts_a_collision_of_hashes (void)
{
  FakeView *fake = fake_view_new ();
  K8Plan plan;

  plan_creation (fake, &plan);
  g_autofree char *other = g_strdup_printf (
      "{'metadata': {'name': '%s'}, 'spec': {'selector': {'matchLabels': {'a': 'b'}}, 'template':"
      "{'metadata': {'labels': {'a': 'b'}}, 'spec': {'containers': [{'name': 'c', 'image': 'x'}]}"
      "}}}",
      k8_plan_at (&plan, 0)->name);
  fake_view_put (fake, K8_KIND_ReplicaSet, other);
  g_autofree char *next = resume_after_failure (fake, &plan, make_status (fake, TAKEN));
  TEST_ASSERT_TEXT (next, "1 status Deployment default/web: the hash has collided\n"
                          "fail: already exists\n");
  k8_plan_clear (&plan);
  fake_view_free (fake);
}

/* It is our own, which the cache had not shown: nothing has collided. */
void
test_deployment__finds_its_own_set_under_the_name_that_is_taken (void)
{
  FakeView *fake = fake_view_new ();
  K8Plan plan;

  plan_creation (fake, &plan);
  fake_view_put_object (fake, k8_plan_at (&plan, 0)->object);
  g_autofree char *next = resume_after_failure (fake, &plan, make_status (fake, TAKEN));
  TEST_ASSERT_TEXT (next, "fail: already exists\n");
  k8_plan_clear (&plan);
  fake_view_free (fake);
}
