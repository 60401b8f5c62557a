/* SPDX-License-Identifier: Apache-2.0
 *
 * What pods read from the API and what changes in it while they run: ConfigMaps, Secrets, facts,
 * tokens. Upstream's files follow within the period of a pod sync, 60 to 90 s.
 */
#include "client/client.h"
#include "tests/unit/node/node_world.h"

#define ONE "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\"}]"
#define VOLUME(source) "\"volumes\":[{\"name\":\"v\"," source "}]," ONE
#define CONFIG VOLUME ("\"configMap\":{\"name\":\"cfg\"}")
#define OPTIONAL VOLUME ("\"configMap\":{\"name\":\"cfg\",\"optional\":true}")

static void
put_config (NodeWorld *node, const char *value)
{
  g_autofree char *data = g_strdup_printf ("{\"data\":{\"a\":\"%s\"}}", value);
  g_autofree char *whole =
      g_strdup_printf ("{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"%s\"}}", value);
  K8ApiRequest *request =
      test_world_request (node->world, K8_VERB_PATCH, K8_KIND_ConfigMap, "default", "cfg");

  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, data);
  if (test_world_call (node->world, request)->code == 404)
    test_world_create (node->world, K8_KIND_ConfigMap, "default", whole);
}

static void
delete_config (NodeWorld *node)
{
  test_world_call (node->world, test_world_request (node->world, K8_VERB_DELETE, K8_KIND_ConfigMap,
                                                    "default", "cfg"));
}

void
test_volume_refresh__config_map_reaches_the_files (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node_world_add_pod (node, "web", CONFIG);
  node_world_add_pod (node, "two", CONFIG);
  put_config (node, "2");
  node_world_advance (node, 59);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=1 644\n");
  node_world_advance (node, 32);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=1 644\nv/a=2 644\nv/a=2 644\n");
  node_world_free (node);
}

void
test_volume_refresh__same_content_is_not_written_again (void)
{
  NodeWorld *node = node_world_new ();
  K8ApiRequest *request;

  put_config (node, "1");
  node_world_add_pod (node, "web", CONFIG);
  request = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_ConfigMap, "default", "cfg");
  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE,
                            "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
  test_world_call (node->world, request);
  node_world_advance (node, 300);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\n");
  node_world_free (node);
}

void
test_volume_refresh__goes_on_in_a_clone_and_after_the_last_pod (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node_world_add_pod (node, "web", CONFIG);
  node_world_delete_pod (node, "web", 0);
  node_world_advance (node, 200);
  node_world_add_pod (node, "two", CONFIG);
  put_config (node, "2");
  test_world_switch_to_clone (node->world);
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=1 644\nv/a=2 644\n");
  node_world_free (node);
}

void
test_volume_refresh__files_stay_when_the_config_map_goes (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node_world_add_pod (node, "web", CONFIG);
  delete_config (node);
  node_world_advance (node, 200);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\n");
  put_config (node, "3");
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=3 644\n");
  node_world_free (node);
}

void
test_volume_refresh__optional_config_map_comes_and_goes (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web", OPTIONAL);
  TEST_ASSERT_TEXT (node->ops->str, "sandbox\nwrite\nimage\ncreate main 0\nstart main\n");
  put_config (node, "1");
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\n");
  delete_config (node);
  g_string_truncate (node->ops, 0);
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->ops->str, "write\n"); /* an empty volume */
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\n");
  node_world_free (node);
}

void
test_volume_refresh__secret_reaches_the_files (void)
{
  NodeWorld *node = node_world_new ();
  K8ApiRequest *request;

  test_world_create (node->world, K8_KIND_Secret, "default",
                     "{\"metadata\":{\"name\":\"cfg\"},\"data\":{\"a\":\"MQ==\"}}");
  node_world_add_pod (node, "web", VOLUME ("\"secret\":{\"secretName\":\"cfg\"}"));
  request = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Secret, "default", "cfg");
  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE, "{\"data\":{\"a\":\"Mg==\"}}");
  test_world_call (node->world, request);
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=2 644\n");
  node_world_free (node);
}

void
test_volume_refresh__labels_reach_the_files (void)
{
  NodeWorld *node = node_world_new ();
  K8ApiRequest *request;

  node_world_add_pod (node, "web",
                      VOLUME ("\"downwardAPI\":{\"items\":[{\"path\":\"labels\",\"fieldRef\":"
                              "{\"fieldPath\":\"metadata.labels\"}}]}"));
  request = test_world_request (node->world, K8_VERB_PATCH, K8_KIND_Pod, "default", "web");
  k8_api_request_set_patch (request, K8_PATCH_TYPE_MERGE,
                            "{\"metadata\":{\"labels\":{\"app\":\"shop\"}}}");
  test_world_call (node->world, request);
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/labels=app=\"web\" 644\nv/labels=app=\"shop\" 644\n");
  node_world_free (node);
}

static guint
count_tokens (const NodeWorld *node)
{
  g_auto (GStrv) parts = g_strsplit (node->files->str, "v/token=ey", -1);

  return g_strv_length (parts) - 1;
}

/* Source: kubernetes pkg/kubelet/token token_manager.go, requiresRefresh (v1.36): four fifths of
 * 3,600 s are 2,880 s; up to 10 s of jitter, and the round it falls into. */
void
test_volume_refresh__token_is_renewed_at_four_fifths_of_its_life (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      VOLUME ("\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"path\":"
                              "\"token\",\"expirationSeconds\":3600}}]}"));
  CU_ASSERT_EQUAL (count_tokens (node), 1);
  node_world_advance (node, 2865);
  CU_ASSERT_EQUAL (count_tokens (node), 1);
  node_world_advance (node, 110);
  CU_ASSERT_EQUAL (count_tokens (node), 2);
  node_world_advance (node, 2700);
  CU_ASSERT_EQUAL (count_tokens (node), 2);
  node_world_free (node);
}

/* Two lives of one account's token are two tokens. */
void
test_volumes__tokens_of_two_lives_are_two (void)
{
  NodeWorld *node = node_world_new ();

  node_world_add_pod (node, "web",
                      VOLUME ("\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"path\":"
                              "\"token\",\"expirationSeconds\":600}},{\"serviceAccountToken\":{"
                              "\"path\":\"token\",\"expirationSeconds\":3600}}]}"));
  CU_ASSERT_EQUAL (count_tokens (node), 2);
  node_world_advance (node, 600);
  CU_ASSERT_EQUAL (count_tokens (node), 4); /* the whole volume once more */
  node_world_free (node);
}

void
test_volume_refresh__restarted_container_has_the_newest_variables (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node_world_add_pod (node, "web",
                      "\"containers\":[{\"name\":\"main\",\"image\":\"web:1\",\"env\":[{\"name\":"
                      "\"A\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"cfg\",\"key\":\"a\"}}}"
                      "]}]");
  put_config (node, "2");
  node_world_advance (node, 91);
  node_world_exit (node, "main", 1);
  CU_ASSERT_PTR_NOT_NULL (strstr (node->env->str, "A=1\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (node->env->str, "A=2\n"));
  node_world_free (node);
}

/* Files that cannot be written: no container starts without them. */
void
test_volumes__container_waits_until_its_files_are_written (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node->fails_writes = TRUE;
  node_world_add_pod (node, "web", CONFIG);
  node_world_advance (node, 3);
  CU_ASSERT_PTR_NULL (strstr (node->ops->str, "create"));
  g_autofree char *events = node_world_events (node, "web");
  CU_ASSERT_PTR_NOT_NULL (strstr (events, "Warning FailedMount MountVolume.SetUp failed for "
                                          "volume \"v\" : no answer in time\n"));
  node->fails_writes = FALSE;
  node_world_advance (node, 10);
  g_autofree char *status = node_world_status (node, "web");
  TEST_ASSERT_TEXT (status, "Running ready=True main:runningx0");
  node_world_free (node);
}

void
test_volume_refresh__failed_write_is_made_up_for (void)
{
  NodeWorld *node = node_world_new ();

  put_config (node, "1");
  node_world_add_pod (node, "web", CONFIG);
  node->fails_writes = TRUE;
  put_config (node, "2");
  node_world_advance (node, 91);
  node->fails_writes = FALSE;
  node_world_advance (node, 91);
  TEST_ASSERT_TEXT (node->files->str, "v/a=1 644\nv/a=2 644\n");
  g_autofree char *status = node_world_status (node, "web");
  TEST_ASSERT_TEXT (status, "Running ready=True main:runningx0");
  node_world_free (node);
}
