/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes into a pod: images, volumes, variables; and pods that the node refuses.
 */
#include "tests/unit/node/node_world.h"

#define ONE "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]"

static void
expect_status (NodeWorld *node, const char *name, const char *expected)
{
  char *text = node_world_status (node, name);

  TEST_ASSERT_TEXT (text, expected);
  g_free (text);
}

static void
expect_event (NodeWorld *node, const char *name, const char *line)
{
  char *text = node_world_events (node, name);

  if (strstr (text, line) == NULL)
    TEST_ASSERT_TEXT (text, line);
  g_free (text);
}

void
test_images__says_what_is_pulled_and_present (void)
{
  NodeWorld *node = node_world_new ();

  node->has_image = FALSE;
  node_world_add_pod (node, "web", ONE);
  TEST_ASSERT_TEXT (node->ops->str, "sandbox\nimage\npull\ncreate main 0\nstart main\n");
  expect_event (node, "web", "Normal Pulling Pulling image \"web:1\"\n");
  expect_event (node, "web",
                "Normal Pulled Successfully pulled image \"web:1\" in 1.2s (0s including waiting). "
                "Image size: 1000 bytes.\n");
  expect_event (node, "web", "Normal Created Container created\n");
  expect_event (node, "web", "Normal Started Container started\n");
  node_world_add_pod (node, "two", ONE);
  expect_event (node, "two",
                "Normal Pulled Container image \"web:1\" already present on machine and can be "
                "accessed by the pod\n");
  node_world_free (node);
}

void
test_images__backs_off_from_a_failing_pull (void)
{
  NodeWorld *node = node_world_new ();

  node->has_image = FALSE;
  node->pull_error = "manifest unknown";
  node_world_add_pod (node, "web", ONE);
  expect_status (node, "web", "Pending ready=False main:ErrImagePullx0");
  expect_event (node, "web", "Warning Failed Failed to pull image \"web:1\": manifest unknown\n");
  expect_event (node, "web", "Warning Failed Error: ErrImagePull\n");
  node_world_advance (node, 2);
  expect_status (node, "web", "Pending ready=False main:ImagePullBackOffx0");
  expect_event (node, "web", "Normal BackOff Back-off pulling image \"web:1\"\n");
  expect_event (node, "web", "Warning Failed Error: ImagePullBackOff\n");
  node->pull_error = NULL;
  node_world_advance (node, 16);
  expect_status (node, "web", "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_images__never_pulls_when_told_so (void)
{
  NodeWorld *node = node_world_new ();

  node->has_image = FALSE;
  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\","
                      "\"imagePullPolicy\":\"Never\"}]");
  expect_status (node, "web", "Pending ready=False main:ErrImageNeverPullx0");
  CU_ASSERT_PTR_NULL (strstr (node->ops->str, "pull"));
  node_world_free (node);
}

void
test_volumes__writes_config_maps_and_facts (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"1\",\"b\":\"2\"}}");
  node_world_add_pod (node, "web",
                      "\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"cfg\",\"items\":"
                      "[{\"key\":\"b\",\"path\":\"sub/b\",\"mode\":256}]}},"
                      "{\"name\":\"d\",\"downwardAPI\":{\"items\":[{\"path\":\"labels\","
                      "\"fieldRef\":{\"fieldPath\":\"metadata.labels\"}}]}}]," ONE);
  TEST_ASSERT_TEXT (node->files->str, "v/sub/b=2 400\nd/labels=app=\"web\" 644\n");
  TEST_ASSERT_TEXT (node->ops->str,
                    "sandbox\nwrite\nwrite\nimage\ncreate main 0\nstart main\n");
  node_world_free (node);
}

void
test_volumes__waits_for_a_missing_config_map (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"cfg\"}}]," ONE);
  expect_status (node, "web", "Pending ready=False main:ContainerCreatingx0");
  expect_event (node, "web",
                "Warning FailedMount MountVolume.SetUp failed for volume \"v\" : configmap \"cfg\""
                " not found\n");
  TEST_ASSERT_TEXT (node->ops->str, "");
  test_world_create (node->world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"1\"}}");
  node_world_advance (node, 2);
  expect_status (node, "web", "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_env__resolves_and_expands (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"KEY\":\"v\"}}");
  node_world_add_pod (
      node, "web",
      "\"enableServiceLinks\":false,\"containers\":[{\"name\":\"main\",\"image\":\"web:1\","
      "\"resources\":{\"limits\":{\"cpu\":\"1500m\"}},"
      "\"envFrom\":[{\"prefix\":\"P_\",\"configMapRef\":{\"name\":\"cfg\"}}],\"env\":["
      "{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"$(A)$(NONE)$$(A)\"},"
      "{\"name\":\"C\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"cfg\",\"key\":\"KEY\"}}},"
      "{\"name\":\"IP\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"status.podIP\"}}},"
      "{\"name\":\"L\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.labels['app']\"}}},"
      "{\"name\":\"CPU\",\"valueFrom\":{\"resourceFieldRef\":{\"resource\":\"limits.cpu\"}}}]}]");
  char *kubernetes = strstr (node->env->str, "KUBERNETES_SERVICE_HOST");
  CU_ASSERT_PTR_NOT_NULL_FATAL (kubernetes);
  g_string_truncate (node->env, (gsize) (kubernetes - node->env->str));
  TEST_ASSERT_TEXT (node->env->str,
                    "P_KEY=v\nA=1\nB=1$(NONE)$(A)\nC=v\nIP=10.244.1.2\nL=web\nCPU=2\n");
  node_world_free (node);
}

/* Every field and resource that a variable may name; amounts are rounded up to their divisor. */
void
test_env__takes_fields_of_the_pod_and_resources_of_the_container (void)
{
  NodeWorld *node = node_world_new ();

#define FIELD(name, path)                                                                          \
  "{\"name\":\"" name "\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"" path "\"}}},"
#define RESOURCE(name, path, divisor)                                                              \
  "{\"name\":\"" name "\",\"valueFrom\":{\"resourceFieldRef\":{\"resource\":\"" path             \
  "\",\"divisor\":\"" divisor "\"}}},"
  node_world_add_pod (
      node, "web",
      "\"enableServiceLinks\":false,\"containers\":[{\"name\":\"main\",\"image\":\"web:1\","
      "\"resources\":{\"limits\":{\"memory\":\"3Mi\"},\"requests\":{\"cpu\":\"250m\","
      "\"memory\":\"1025Ki\"}},\"env\":["
      FIELD ("NAME", "metadata.name") FIELD ("NS", "metadata.namespace")
      FIELD ("NODE", "spec.nodeName") FIELD ("SA", "spec.serviceAccountName")
      FIELD ("HOST", "status.hostIP") FIELD ("NONE", "metadata.labels['none']")
      RESOURCE ("CPU", "requests.cpu", "1m") RESOURCE ("WHOLE", "requests.cpu", "1")
      RESOURCE ("MEM", "requests.memory", "1Mi") RESOURCE ("LIMIT", "limits.memory", "1Mi")
      RESOURCE ("ALL", "limits.cpu", "1m")
      "{\"name\":\"Z\",\"value\":\"\"}]}]");
  char *kubernetes = strstr (node->env->str, "KUBERNETES_SERVICE_HOST");
  CU_ASSERT_PTR_NOT_NULL_FATAL (kubernetes);
  g_string_truncate (node->env, (gsize) (kubernetes - node->env->str));
  TEST_ASSERT_TEXT (node->env->str,
                    "NAME=web\nNS=default\nNODE=node-1\nSA=default\nHOST=192.168.1.21\nNONE=\n"
                    "CPU=250\nWHOLE=1\nMEM=2\nLIMIT=3\nALL=3900\nZ=\n");
  node_world_free (node);
}

/* Command and arguments are expanded, too; what is escaped or unknown stays. Base64: s3cret. */
void
test_env__takes_keys_of_secrets (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_Secret, "default",
                     "{\"metadata\":{\"name\":\"sec\"},\"data\":{\"K\":\"czNjcmV0\"}}");
  node_world_add_pod (
      node, "web",
      "\"enableServiceLinks\":false,\"containers\":[{\"name\":\"main\",\"image\":\"web:1\","
      "\"envFrom\":[{\"secretRef\":{\"name\":\"sec\"}},{\"secretRef\":{\"name\":\"none\","
      "\"optional\":true}}],\"env\":[{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":"
      "{\"name\":\"sec\",\"key\":\"K\"}}},{\"name\":\"O\",\"valueFrom\":{\"secretKeyRef\":"
      "{\"name\":\"sec\",\"key\":\"none\",\"optional\":true}}},"
      "{\"name\":\"K\",\"value\":\"mine\"}]}]");
  CU_ASSERT_TRUE (g_str_has_prefix (node->env->str, "K=mine\nA=s3cret\nKUBERNETES_"));
  node_world_free (node);
}

void
test_env__waits_for_a_missing_key (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"1\"}}");
  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"env\":["
                      "{\"name\":\"A\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"cfg\","
                      "\"key\":\"b\"}}}]}]");
  expect_status (node, "web", "Pending ready=False main:CreateContainerConfigErrorx0");
  expect_event (node, "web",
                "Warning Failed Error: couldn't find key b in ConfigMap default/cfg\n");
  node_world_free (node);
}

/* The files of a Secret have its own mode; a projected one adds to others. */
void
test_volumes__writes_secrets (void)
{
  NodeWorld *node = node_world_new ();

  test_world_create (node->world, K8_KIND_Secret, "default",
                     "{\"metadata\":{\"name\":\"sec\"},\"data\":{\"a\":\"MQ==\",\"b\":\"Mg==\"}}");
  node_world_add_pod (
      node, "web",
      "\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"sec\",\"defaultMode\":256}},"
      "{\"name\":\"p\",\"projected\":{\"sources\":[{\"secret\":{\"name\":\"sec\",\"items\":["
      "{\"key\":\"b\",\"path\":\"x/y\"}]}},{\"downwardAPI\":{\"items\":[{\"path\":\"n\","
      "\"fieldRef\":{\"fieldPath\":\"metadata.name\"}}]}},{\"secret\":{\"name\":\"none\","
      "\"optional\":true}}]}}]," ONE);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 400\nv/b=2 400\np/x/y=2 644\np/n=web 644\n");
  node_world_free (node);
}

void
test_env__gives_the_address_of_services (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", ONE);
  TEST_ASSERT_TEXT (node->env->str, "KUBERNETES_SERVICE_HOST=10.96.0.1\n"
                                    "KUBERNETES_SERVICE_PORT=443\n"
                                    "KUBERNETES_SERVICE_PORT_HTTPS=443\n"
                                    "KUBERNETES_PORT=tcp://10.96.0.1:443\n"
                                    "KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443\n"
                                    "KUBERNETES_PORT_443_TCP_PROTO=tcp\n"
                                    "KUBERNETES_PORT_443_TCP_PORT=443\n"
                                    "KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1\n");
  node_world_free (node);
}

void
test_env__waits_for_a_missing_secret (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"env\":[{\"name\":"
                      "\"A\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"s\",\"key\":\"k\"}}}]}]");
  expect_status (node, "web", "Pending ready=False main:CreateContainerConfigErrorx0");
  expect_event (node, "web", "Warning Failed Error: secret \"s\" not found\n");
  test_world_create (node->world, K8_KIND_Secret, "default",
                     "{\"metadata\":{\"name\":\"s\"},\"data\":{\"k\":\"aGk=\"}}");
  node_world_advance (node, 32);
  expect_status (node, "web", "Running ready=True main:runningx0");
  CU_ASSERT_PTR_NOT_NULL (strstr (node->env->str, "A=hi\n"));
  node_world_free (node);
}

static void
expect_refused (const char *spec, const char *reason, const char *message)
{
  NodeWorld *node = node_world_new ();
  const K8PodStatus *status;

  node_world_add_pod (node, "web", spec);
  status = k8_pod_status (node_world_pod (node, "web"));
  CU_ASSERT_STRING_EQUAL (k8_pod_status_phase (status), "Failed");
  TEST_ASSERT_TEXT (k8_pod_status_reason (status), reason);
  TEST_ASSERT_TEXT (k8_pod_status_message (status), message);
  TEST_ASSERT_TEXT (node->ops->str, "");
  node_world_delete_pod (node, "web", 0);
  CU_ASSERT_PTR_NULL (node_world_pod (node, "web"));
  node_world_free (node);
}

void
test_admit__refuses_what_does_not_fit (void)
{
  expect_refused ("\"containers\":[{\"name\":\"main\",\"image\":\"web:1\","
                  "\"resources\":{\"requests\":{\"cpu\":\"5\"}}}]",
                  "OutOfcpu",
                  "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, "
                  "used: 0, capacity: 3900");
}

void
test_admit__refuses_a_selector_that_does_not_match (void)
{
  expect_refused ("\"nodeSelector\":{\"disk\":\"hdd\"}," ONE, "NodeAffinity",
                  "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's "
                  "node affinity/selector");
}
