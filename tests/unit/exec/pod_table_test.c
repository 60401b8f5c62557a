/* SPDX-License-Identifier: Apache-2.0
 *
 * Names, labels, the table of adopted pods and the reading of inspect.
 */

#include "exec/docker_json.h"
#include "exec/pod_table.h"
#include "tests/lib/test.h"

#include <string.h>

static const ExecPodRef ref
    = { .instance = "i1", .name = "web", .namespace_name = "shop", .uid = "u-1" };

void
test_pod_table__names_are_cri_dockerds (void)
{
  g_autofree char *container = exec_pod_container_docker_name (&ref, "main", 2);
  g_autofree char *sandbox = exec_pod_container_docker_name (&ref, NULL, 0);
  TEST_ASSERT_TEXT (container, "k8s_main_web_shop_u-1_2");
  TEST_ASSERT_TEXT (sandbox, "k8s_POD_web_shop_u-1_0");
}

#define LABELS(instance, type, name, attempt)                                                \
  "\"Labels\":{\"dev.orrery.instance\":\"" instance "\",\"io.kubernetes.pod.uid\":\"u-1\","   \
  "\"io.kubernetes.pod.name\":\"web\",\"io.kubernetes.pod.namespace\":\"shop\","              \
  "\"io.kubernetes.docker.type\":\"" type "\",\"io.kubernetes.container.name\":\"" name "\"," \
  "\"dev.orrery.attempt\":\"" attempt "\"}"

static char *
describe (const char *text)
{
  g_autoptr (JsonNode) node = exec_json_parse (text, strlen (text), NULL);
  g_autoptr (GPtrArray) pods = exec_pod_table_read (exec_json_root_array (node), "i1");
  GString *seen = g_string_new (NULL);
  for (guint i = 0; i < pods->len; i++)
    {
      ExecPod *pod = g_ptr_array_index (pods, i);
      g_string_append_printf (seen, "%s/%s %s:", pod->namespace_name, pod->name, pod->uid);
      for (guint k = 0; k < pod->sandboxes->len; k++)
        g_string_append_printf (
            seen, " POD %s", ((ExecPodContainer *) g_ptr_array_index (pod->sandboxes, k))->id);
      for (guint k = 0; k < pod->containers->len; k++)
        {
          ExecPodContainer *container = g_ptr_array_index (pod->containers, k);
          g_string_append_printf (seen, " %s#%u %s %s", container->container_name,
                                  container->attempt, container->id, container->state);
        }
      g_string_append_c (seen, '\n');
    }
  return g_string_free (seen, FALSE);
}

void
test_pod_table__newest_attempt_comes_first (void)
{
  g_autofree char *seen = describe (
      "[{\"Id\":\"c1\",\"State\":\"exited\"," LABELS ("i1", "container", "main", "0") "},"
      "{\"Id\":\"c2\",\"State\":\"running\"," LABELS ("i1", "container", "main", "1") "},"
      "{\"Id\":\"s\",\"State\":\"running\"," LABELS ("i1", "podsandbox", "POD", "0") "}]");
  TEST_ASSERT_TEXT (seen, "shop/web u-1: POD s main#1 c2 running main#0 c1 exited\n");
}

void
test_pod_table__what_is_not_ours_is_left_out (void)
{
  g_autofree char *seen = describe (
      "[{\"Id\":\"c1\"," LABELS ("i2", "container", "main", "0") "},{\"Id\":\"c2\"},"
      "{\"Id\":\"c3\",\"Labels\":{\"dev.orrery.instance\":\"i1\"}},{\"Id\":4," LABELS (
          "i1", "container", "main", "0") "},17,null]");
  TEST_ASSERT_TEXT (seen, "");
}

static char *
describe_status (const char *text)
{
  g_autoptr (JsonNode) node = exec_json_parse (text, strlen (text), NULL);
  ExecContainerStatus status;
  exec_container_status_read (node, &status);
  return g_strdup_printf ("%d %d %s %s %" G_GINT64_FORMAT, status.state, status.exit_code,
                          status.reason, status.message, status.finished_at_ns);
}

/* executor.md 0a.2, 2.9: how an end is told. */
void
test_container_status__reason_is_cris (void)
{
  g_autofree char *done = describe_status (
      "{\"State\":{\"Status\":\"exited\",\"ExitCode\":0,\"Error\":\"\",\"FinishedAt\":"
      "\"1970-01-01T00:00:02.5Z\"}}");
  TEST_ASSERT_TEXT (done, "3 0 Completed (null) 2500000000");
  g_autofree char *oom = describe_status (
      "{\"State\":{\"Status\":\"exited\",\"ExitCode\":137,\"OOMKilled\":true,\"FinishedAt\":"
      "\"0001-01-01T00:00:00Z\"}}");
  TEST_ASSERT_TEXT (oom, "3 137 OOMKilled (null) 0");
  g_autofree char *start = describe_status (
      "{\"State\":{\"Status\":\"created\",\"ExitCode\":127,\"Error\":\"no such file\"}}");
  TEST_ASSERT_TEXT (start, "1 127 StartError no such file 0");
  g_autofree char *running = describe_status ("{\"State\":{\"Status\":\"running\"}}");
  TEST_ASSERT_TEXT (running, "2 -1 (null) (null) 0");
  g_autofree char *strange = describe_status ("[]");
  TEST_ASSERT_TEXT (strange, "0 -1 (null) (null) 0");
}
