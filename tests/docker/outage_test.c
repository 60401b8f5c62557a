/* SPDX-License-Identifier: Apache-2.0
 *
 * An engine of our own that dies and comes back (live-restore): containers run on, events are
 * listed again, the agent is found again with its probes. Needs root and the script
 * tests/lib/engines; skipped where it cannot start one.
 */

#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/events.h"
#include "exec/image.h"
#include "exec/pod_container.h"
#include "exec/pod_sandbox.h"
#include "tests/docker/fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *folder;
  char *socket;
  ExecDocker *docker;
  ExecImage *pause;
  gboolean listed, lost, started, agent_lost, has_result;
  guint n_running;
  GError *error;
} Outage;

static gboolean
engines (const Outage *outage, const char *verb, const char *argument)
{
  const char *command[]
      = { TEST_SOURCE_ROOT "/tests/lib/engines", verb, argument, outage->folder, NULL };
  int status = -1;
  gboolean ran = g_spawn_sync (NULL, (char **) command, NULL,
                               G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, NULL);
  return ran && status == 0;
}

static void
engines_down (const Outage *outage)
{
  const char *command[] = { TEST_SOURCE_ROOT "/tests/lib/engines", "down", outage->folder, NULL };
  g_spawn_sync (NULL, (char **) command, NULL,
                G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                NULL, NULL);
  g_rmdir (outage->folder);
}

static void
on_happened (const ExecEvent *event, gpointer user_data)
{
}

static void
on_listed (JsonArray *containers, gpointer user_data)
{
  Outage *outage = user_data;
  outage->n_running = 0;
  for (guint i = 0; i < json_array_get_length (containers); i++)
    {
      JsonObject *entry = exec_json_element_object (containers, i);
      outage->n_running += g_strcmp0 (exec_json_string (entry, "State"), "running") == 0;
    }
  outage->listed = TRUE;
}

static void
on_lost (const GError *error, gpointer user_data)
{
  ((Outage *) user_data)->lost = TRUE;
}

static void
on_started (ExecPodSandbox *sandbox, const GError *error, gpointer user_data)
{
  Outage *outage = user_data;
  outage->started = TRUE;
  g_clear_error (&outage->error);
  if (error != NULL)
    outage->error = g_error_copy (error);
}

static void
on_probe_changed (const ExecAgentProbeResult *result, gpointer user_data)
{
  ((Outage *) user_data)->has_result = TRUE;
}

static void
on_agent_lost (const GError *error, gpointer user_data)
{
  ((Outage *) user_data)->agent_lost = TRUE;
}

static void
take_done (const GError *error, gpointer user_data)
{
  answer_take (NULL, error, user_data);
}

static gboolean
outage_start (Outage *outage)
{
  *outage = (Outage){ .folder = g_dir_make_tmp ("orr-XXXXXX", NULL) };
  outage->socket = g_build_filename (outage->folder, "n1", "docker.sock", NULL);
  if (!engines (outage, "up", "1"))
    {
      test_skip ("no engine of our own can be started here");
      engines_down (outage);
      return FALSE;
    }
  outage->docker = exec_docker_new (outage->socket);
  outage->pause = exec_image_new_pause ();
  Answer answer = { 0 };
  exec_docker_connect (outage->docker, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  exec_image_ensure (outage->docker, outage->pause, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  return TRUE;
}

static void
outage_stop (Outage *outage)
{
  exec_image_free (outage->pause);
  exec_docker_free (outage->docker);
  engines_down (outage);
  g_free (outage->folder);
  g_free (outage->socket);
}

/* F31: the engine is killed and comes back; nothing of the pod is lost. */
void
test_outage__pod_is_found_again (void)
{
  static const ExecEventsHandler handler = { on_happened, on_listed, on_lost };
  static const ExecPodSandboxEvents sandbox_events
      = { on_started, on_probe_changed, on_agent_lost };
  Outage outage;
  Answer answer = { 0 };
  if (!outage_start (&outage))
    return;
  ExecPodSandboxSpec spec = { .pod = { "outage", "pod", "default", "uid-outage" },
                              .image = outage.pause->reference, .network = "none" };
  ExecEvents *events
      = exec_events_new (outage.docker, "dev.orrery.instance=outage", &handler, &outage);
  ExecPodSandbox *sandbox
      = exec_pod_sandbox_new (outage.docker, &spec, &sandbox_events, &outage);
  CU_ASSERT_TRUE (wait_for (&outage.started));
  CU_ASSERT_PTR_NULL_FATAL (outage.error);
  ExecAgentProbe probe = { .id = 1, .kind = EXEC_AGENT_PROBE_TCP, .address = "127.0.0.1",
                           .port = 9, .period_ms = 20, .timeout_ms = 500 };
  exec_agent_link_probe_add (exec_pod_sandbox_link (sandbox), &probe, take_done, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  CU_ASSERT_TRUE (wait_for (&outage.has_result));

  CU_ASSERT_TRUE (engines (&outage, "kill", "n1"));
  CU_ASSERT_TRUE (wait_for (&outage.lost));
  CU_ASSERT_TRUE (wait_for (&outage.agent_lost));
  outage.listed = FALSE;
  CU_ASSERT_TRUE (engines (&outage, "start", "n1"));
  CU_ASSERT_TRUE (wait_for (&outage.listed));
  CU_ASSERT_EQUAL (outage.n_running, 1);

  outage.started = FALSE;
  outage.has_result = FALSE;
  exec_pod_sandbox_reattach (sandbox);
  CU_ASSERT_TRUE (wait_for (&outage.started));
  CU_ASSERT_PTR_NULL (outage.error);
  if (outage.error == NULL)
    {
      exec_agent_link_probe_report (exec_pod_sandbox_link (sandbox));
      CU_ASSERT_TRUE (wait_for (&outage.has_result));
    }
  else
    test_note ("%s", outage.error->message);
  exec_pod_sandbox_free (sandbox);
  exec_events_free (events);
  exec_pod_remove (outage.docker, &spec.pod, 0, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  outage_stop (&outage);
}
