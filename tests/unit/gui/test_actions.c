/* SPDX-License-Identifier: Apache-2.0
 *
 * Acting: through the timeline, with branches; and looking: causes, YAML.
 */
#include <string.h>

#include "gui/actions.h"
#include "gui/why.h"
#include "tests/lib/test.h"
#include "tests/unit/gui/world.h"

static void
go (GuiPlayer *player, gint64 at_ns)
{
  gui_player_seek (player, at_ns);
  gui_player_finish (player);
}

static const GuiWorkload *
find_web (GuiPlayer *player)
{
  const GuiModel *model = gui_player_model (player);

  return model->workloads->len == 1 ? &g_array_index (model->workloads, GuiWorkload, 0) : NULL;
}

void
test_actions__scaling_is_written_and_seen (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;

  go (player, 10 * K8_SECOND_NS);
  gui_actions_scale (player, "default", "web", 7, &outcome);
  CU_ASSERT (outcome.is_done);
  CU_ASSERT_FALSE (outcome.is_branch);
  TEST_ASSERT_TEXT (outcome.message, "deployment web scaled");
  CU_ASSERT_EQUAL (find_web (player)->n_wanted, 7);
  g_free (outcome.message);
}

void
test_actions__acting_in_the_past_begins_a_branch (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;

  go (player, 28 * K8_SECOND_NS);
  go (player, 10 * K8_SECOND_NS);
  gui_actions_scale (player, "default", "web", 2, &outcome);
  g_free (outcome.message);
  CU_ASSERT (outcome.is_branch);
  CU_ASSERT_EQUAL (sim_timeline_n_branches (gui_player_timeline (player)), 2);
  CU_ASSERT_EQUAL (gui_log_last (gui_player_log (player)), gui_player_sequence (player));
  go (player, 28 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (find_web (player)->n_wanted, 2);
  gui_player_switch_branch (player, 1);
  gui_player_finish (player);
  CU_ASSERT_EQUAL (find_web (player)->n_wanted, 4);
}

void
test_actions__what_is_done_replays (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;
  char before[33];
  char after[33];

  go (player, 8 * K8_SECOND_NS);
  gui_actions_fault (player, SIM_INPUT_POWER_OFF, "node-1", &outcome);
  g_free (outcome.message);
  go (player, 15 * K8_SECOND_NS);
  sim_world_digest (gui_player_world (player), before);
  go (player, 1 * K8_SECOND_NS);
  go (player, 15 * K8_SECOND_NS);
  sim_world_digest (gui_player_world (player), after);
  TEST_ASSERT_TEXT (after, before);
  CU_ASSERT_EQUAL (gui_player_model (player)->n_nodes_by_state[GUI_NODE_OFF], 1);
}

void
test_actions__a_file_is_applied_twice (void)
{
  static const char file[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tea}\n"
                             "data: {colour: green}\n";
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;

  go (player, 6 * K8_SECOND_NS);
  gui_actions_apply (player, file, strlen (file), &outcome);
  TEST_ASSERT_TEXT (outcome.message, "configmap tea created");
  g_free (outcome.message);
  gui_actions_apply (player, file, strlen (file), &outcome);
  TEST_ASSERT_TEXT (outcome.message, "configmap tea configured");
  g_free (outcome.message);
}

void
test_actions__a_bad_file_is_refused_whole (void)
{
  static const char file[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tea}\n---\n"
                             "apiVersion: v1\nkind: Teapot\nmetadata: {name: pot}\n";
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;
  g_autoptr (GString) yaml = g_string_new (NULL);

  go (player, 6 * K8_SECOND_NS);
  gui_actions_apply (player, file, strlen (file), &outcome);
  CU_ASSERT_FALSE (outcome.is_done);
  TEST_ASSERT_TEXT (outcome.message, "5:1: no matches for kind \"Teapot\" in version \"v1\"");
  g_free (outcome.message);
  CU_ASSERT_FALSE (
      gui_why_append_yaml (player, &k8_kinds[K8_KIND_ConfigMap], "default", "tea", yaml));
}

void
test_actions__a_refusal_says_why (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  GuiOutcome outcome;

  go (player, 10 * K8_SECOND_NS);
  gui_actions_scale (player, "default", "nothing", 2, &outcome);
  CU_ASSERT_FALSE (outcome.is_done);
  TEST_ASSERT_TEXT (outcome.message, "404: deployments.apps \"nothing\" not found");
  g_free (outcome.message);
}

void
test_why__a_chain_leads_from_a_pod_to_what_asked_for_it (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  g_autoptr (GString) text = g_string_new (NULL);

  go (player, 15 * K8_SECOND_NS);
  const GuiPod *pod = gui_model_pod (gui_player_model (player), 0);
  guint64 sequence = gui_why_find (player, &k8_kinds[K8_KIND_Pod], "default", pod->name);
  CU_ASSERT (sequence > 0);
  gui_why_append (player, sequence, text);
  const K8TraceRecord *record = gui_log_find (gui_player_log (player), sequence);
  CU_ASSERT_EQUAL (record->type, K8_TRACE_ETCD_PUT); /* what changed it, not who asked for it */
  for (guint i = 0; i < 1000 && record->cause != 0; i++)
    record = gui_log_find (gui_player_log (player), record->cause);
  CU_ASSERT_EQUAL (record->cause, 0);
  CU_ASSERT_PTR_NOT_NULL (strstr (text->str, pod->name));
  CU_ASSERT_PTR_NOT_NULL (strstr (text->str, "because, latest first:\n"));
}

void
test_why__what_happened_last_is_told_latest_first (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  g_autoptr (GString) text = g_string_new (NULL);

  go (player, 31 * K8_SECOND_NS);
  gui_why_append_recent (player, 2, text);
  TEST_ASSERT_TEXT (text->str, "0:30.000  ▲ proxy/node-2 stopped\n"
                               "0:30.000  ▲ kubelet/node-2 stopped\n");
}

/* The pod was planned, placed, taken up by its kubelet and started, in this order. */
void
test_why__the_story_of_a_pod_leads_from_plan_to_container (void)
{
  static const char *const told[] = { "container.started", "pod.sandbox", "kubelet.pod_added",
                                      "pod.bound", "schedule.decided" };
  g_autoptr (GuiPlayer) player = gui_test_player ();
  g_autoptr (GString) text = g_string_new (NULL);

  go (player, 15 * K8_SECOND_NS);
  const GuiPod *pod = gui_model_pod (gui_player_model (player), 0);
  CU_ASSERT (gui_why_append_story (player, "default", pod->name, text) >= G_N_ELEMENTS (told));
  const char *from = text->str;
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      from = strstr (from, told[i]);
      CU_ASSERT_PTR_NOT_NULL_FATAL (from);
    }
}
