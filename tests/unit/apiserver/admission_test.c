/* SPDX-License-Identifier: Apache-2.0
 *
 * Admission plugins, each by what it lets in, changes and refuses.
 * Source: kubernetes plugin/pkg/admission (namespace/lifecycle, priority, serviceaccount,
 * defaulttolerationseconds) (v1.36).
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define PODS "/api/v1/namespaces/default/pods"
#define CLASSES "/apis/scheduling.k8s.io/v1/priorityclasses"
#define CONTAINERS "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]"

static char *
send (TestWorld *world, const char *method, const char *target, const char *body)
{
  return test_world_http (world, &(TestHttp){ .method = method, .target = target,
                                              .token = TEST_ADMIN_TOKEN, .body = body });
}

static TestWorld *
new_world (const char *account)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ServiceAccount, "default", account), 201);
  return world;
}

#define PLAIN_ACCOUNT "{\"metadata\":{\"name\":\"default\"}}"

/* Creates a pod without storing it. (g_free): the answer */
static char *
try_pod (TestWorld *world, const char *spec)
{
  char *body = g_strdup_printf ("{\"metadata\":{\"name\":\"p\"},\"spec\":{%s}}", spec);
  char *answer = send (world, "POST", PODS "?dryRun=All", body);

  g_free (body);
  return answer;
}

/* Asserts that an answer holds a text, or (part with a leading "!") that it does not; frees it. */
static void
expect (char *answer, const char *code, const char *part)
{
  gboolean is_wanted = *part != '!';
  gboolean is_there = strstr (answer, is_wanted ? part : part + 1) != NULL;

  if (!g_str_has_prefix (answer, code) || is_there != is_wanted)
    test_note ("%s not in %s", part, answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, code));
  CU_ASSERT_EQUAL (is_there, is_wanted);
  g_free (answer);
}

void
test_namespace_lifecycle__nothing_new_in_what_is_being_deleted (void)
{
  TestWorld *world = test_world_new ();

  expect (send (world, "POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"old\"}}"), "201",
          "\"phase\":\"Active\"");
  expect (send (world, "DELETE", "/api/v1/namespaces/old", NULL), "200",
          "\"phase\":\"Terminating\"");
  expect (send (world, "POST", "/api/v1/namespaces/old/configmaps",
                "{\"metadata\":{\"name\":\"m\"}}"),
          "403",
          "\"message\":\"configmaps \\\"m\\\" is forbidden: unable to create new content in "
          "namespace old because it is being terminated\",\"reason\":\"Forbidden\",\"details\":{"
          "\"name\":\"m\",\"kind\":\"configmaps\",\"causes\":[{\"reason\":"
          "\"NamespaceTerminating\",\"message\":\"namespace old is being terminated\","
          "\"field\":\"metadata.namespace\"}]},\"code\":403}");
  test_world_free (world);
}

void
test_namespace_lifecycle__three_namespaces_stay (void)
{
  static const char *const names[] = { "default", "kube-system", "kube-public" };
  TestWorld *world = test_world_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *target = g_strconcat ("/api/v1/namespaces/", names[i], NULL);
      expect (send (world, "DELETE", target, NULL), "403", "this namespace may not be deleted");
      g_free (target);
    }
  expect (send (world, "DELETE", "/api/v1/namespaces/kube-node-lease", NULL), "200",
          "Terminating");
  test_world_free (world);
}

void
test_priority__comes_from_the_class (void)
{
  TestWorld *world = new_world (PLAIN_ACCOUNT);

  expect (try_pod (world, CONTAINERS), "201", "\"priority\":0");
  expect (try_pod (world, "\"priorityClassName\":\"system-node-critical\"," CONTAINERS), "201",
          "\"priority\":2000001000");
  expect (try_pod (world, "\"priorityClassName\":\"none\"," CONTAINERS), "403",
          "no PriorityClass with name none was found");
  expect (try_pod (world, "\"priority\":7," CONTAINERS), "403",
          "the integer value of priority (7) must not be provided in pod spec; priority admission "
          "controller computed 0 from the given PriorityClass name");
  expect (try_pod (world, "\"preemptionPolicy\":\"Never\"," CONTAINERS), "403",
          "the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority "
          "admission controller computed PreemptLowerPriority from the given PriorityClass name");
  test_world_free (world);
}

void
test_priority__default_class_is_for_all_and_there_is_one (void)
{
  TestWorld *world = new_world (PLAIN_ACCOUNT);

  expect (send (world, "POST", CLASSES,
                "{\"metadata\":{\"name\":\"usual\"},\"value\":5,\"globalDefault\":true,"
                "\"preemptionPolicy\":\"Never\"}"),
          "201", "\"value\":5");
  expect (try_pod (world, CONTAINERS), "201", "\"priorityClassName\":\"usual\",\"priority\":5");
  expect (try_pod (world, CONTAINERS), "201", "\"preemptionPolicy\":\"Never\"");
  expect (send (world, "POST", CLASSES,
                "{\"metadata\":{\"name\":\"other\"},\"value\":6,\"globalDefault\":true}"),
          "403", "PriorityClass usual is already marked as default. Only one default can exist");
  test_world_free (world);
}

void
test_default_toleration_seconds__leaves_what_a_pod_says (void)
{
  static const char both[] = "\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\","
                             "\"operator\":\"Exists\",\"effect\":\"NoExecute\","
                             "\"tolerationSeconds\":300},{\"key\":"
                             "\"node.kubernetes.io/unreachable\",\"operator\":\"Exists\","
                             "\"effect\":\"NoExecute\",\"tolerationSeconds\":300}]";
  TestWorld *world = new_world (PLAIN_ACCOUNT);

  expect (try_pod (world, CONTAINERS), "201", both);
  expect (try_pod (world, "\"tolerations\":[{\"operator\":\"Exists\"}]," CONTAINERS), "201",
          "!tolerationSeconds");
  expect (try_pod (world, "\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\","
                          "\"operator\":\"Exists\",\"effect\":\"NoExecute\","
                          "\"tolerationSeconds\":1}]," CONTAINERS),
          "201", "\"tolerationSeconds\":1},{\"key\":\"node.kubernetes.io/unreachable\"");
  test_world_free (world);
}

void
test_service_account__gives_its_pull_secrets_and_token (void)
{
  TestWorld *world = new_world ("{\"metadata\":{\"name\":\"default\"},\"imagePullSecrets\":[{"
                                "\"name\":\"registry\"}]}");

  expect (try_pod (world, CONTAINERS), "201", "\"imagePullSecrets\":[{\"name\":\"registry\"}]");
  expect (try_pod (world, "\"imagePullSecrets\":[{\"name\":\"own\"}]," CONTAINERS), "201",
          "\"imagePullSecrets\":[{\"name\":\"own\"}]");
  expect (try_pod (world, CONTAINERS), "201",
          "\"readOnly\":true,\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\"");
  expect (try_pod (world, "\"automountServiceAccountToken\":false," CONTAINERS), "201",
          "!kube-api-access");
  expect (try_pod (world, "\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}],\"containers\":[{"
                          "\"name\":\"c\",\"image\":\"i\",\"volumeMounts\":[{\"name\":\"v\","
                          "\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\"}]}]"),
          "201", "!kube-api-access");
  test_world_free (world);
}

void
test_service_account__may_keep_its_token_to_itself (void)
{
  TestWorld *world = new_world ("{\"metadata\":{\"name\":\"default\"},"
                                "\"automountServiceAccountToken\":false}");

  expect (try_pod (world, CONTAINERS), "201", "!kube-api-access");
  expect (try_pod (world, "\"automountServiceAccountToken\":true," CONTAINERS), "201",
          "kube-api-access");
  test_world_free (world);
}

/* A pod that waits for gates says since when. */
void
test_create__gated_pod_says_since_when (void)
{
  TestWorld *world = new_world (PLAIN_ACCOUNT);

  expect (try_pod (world, "\"schedulingGates\":[{\"name\":\"example.com/g\"}]," CONTAINERS), "201",
          "{\"type\":\"PodScheduled\",\"status\":\"False\",\"lastProbeTime\":null,"
          "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\",\"reason\":\"SchedulingGated\","
          "\"message\":\"Scheduling is blocked due to non-empty scheduling gates\"}");
  test_world_free (world);
}

/* The rules of an Event are those of the version in which it is sent. */
void
test_create__event_of_the_newer_group_has_its_own_rules (void)
{
  TestWorld *world = test_world_new ();
  static const char event[]
      = "{\"metadata\":{\"name\":\"e\"},\"eventTime\":\"2026-01-01T00:00:00.000000Z\","
        "\"reportingInstance\":\"i\",\"action\":\"a\",\"reason\":\"r\",\"type\":\"Normal\","
        "\"regarding\":{\"namespace\":\"default\",\"kind\":\"Pod\",\"name\":\"p\"}}";

  expect (send (world, "POST", "/apis/events.k8s.io/v1/namespaces/default/events", event), "422",
          "reportingController: Required value");
  expect (send (world, "POST", "/apis/events.k8s.io/v1/namespaces/default/events",
                "{\"metadata\":{\"name\":\"Not Valid\"}}"),
          "422", "metadata.name: Invalid value: \\\"Not Valid\\\": a lowercase RFC 1123 subdomain");
  test_world_free (world);
}
