/* SPDX-License-Identifier: Apache-2.0
 *
 * Playing: seeking shows what was, stepping halts at what is worth seeing, and the model counts
 * everybody.
 */
#include "sim/look.h"
#include "tests/lib/test.h"
#include "tests/unit/gui/world.h"

static void
go (GuiPlayer *player, gint64 at_ns)
{
  gui_player_seek (player, at_ns);
  gui_player_finish (player);
}

void
test_player__seeking_back_shows_the_same_world (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  char before[33];
  char after[33];

  go (player, 12 * K8_SECOND_NS);
  sim_world_digest (gui_player_world (player), before);
  go (player, 40 * K8_SECOND_NS);
  go (player, 12 * K8_SECOND_NS);
  sim_world_digest (gui_player_world (player), after);
  TEST_ASSERT_TEXT (after, before);
  CU_ASSERT_EQUAL (gui_player_now_ns (player), 12 * K8_SECOND_NS);
}

void
test_player__looking_does_not_change_the_world (void)
{
  g_autoptr (GuiPlayer) seen = gui_test_player ();
  g_autoptr (GuiPlayer) unseen = gui_test_player ();
  char a[33];
  char b[33];

  for (gint64 at = 1; at <= 35; at++)
    {
      go (seen, at * K8_SECOND_NS);
      gui_player_model (seen);
      gui_player_messages (seen);
    }
  go (unseen, 35 * K8_SECOND_NS);
  sim_world_digest (gui_player_world (seen), a);
  sim_world_digest (gui_player_world (unseen), b);
  TEST_ASSERT_TEXT (a, b);
}

void
test_player__a_step_halts_at_the_next_milestone (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  go (player, 5500 * K8_MILLISECOND_NS);
  guint64 from = gui_player_sequence (player);
  gui_player_step (player, GUI_STEP_MILESTONE);
  gui_player_finish (player);
  CU_ASSERT_EQUAL (gui_player_mode (player), GUI_PLAYER_PAUSED);
  CU_ASSERT (gui_log_next_milestone (gui_player_log (player), from) != 0 ||
             gui_player_step_index (player) == 0);
  CU_ASSERT (gui_player_now_ns (player) >= 5500 * K8_MILLISECOND_NS);
}

void
test_player__a_step_back_lies_before_and_keeps_the_future (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  go (player, 25 * K8_SECOND_NS);
  guint64 last = gui_log_last (gui_player_log (player));
  gui_player_step_back (player);
  gui_player_finish (player);
  CU_ASSERT (gui_player_now_ns (player) < 25 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (gui_log_last (gui_player_log (player)), last);
}

void
test_player__a_message_step_shows_a_message (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  go (player, 10 * K8_SECOND_NS);
  gui_player_step (player, GUI_STEP_MESSAGE);
  gui_player_finish (player);
  CU_ASSERT (gui_player_messages (player)->flying->len > 0);
}

static void
count_object (void *user, const void *object)
{
  (*(guint *) user)++;
}

void
test_model__counts_every_node_and_pod_once (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  for (gint64 at = 4; at < 50; at += 7)
    {
      guint n_pods = 0;
      guint n_by_state = 0;
      guint n_on_nodes = 0;
      go (player, at * K8_SECOND_NS);
      const GuiModel *model = gui_player_model (player);
      sim_look_each (gui_player_world (player), &k8_kinds[K8_KIND_Pod], NULL, count_object,
                     &n_pods);
      for (guint i = 0; i < GUI_N_POD_STATES; i++)
        n_by_state += model->n_pods_by_state[i];
      for (guint i = 0; i < model->nodes->len; i++)
        n_on_nodes += gui_model_node (model, i)->n_pods;
      CU_ASSERT_EQUAL (model->pods->len, n_pods);
      CU_ASSERT_EQUAL (n_by_state, n_pods);
      CU_ASSERT_EQUAL (n_on_nodes + model->pods->len - model->first_unplaced, n_pods);
      CU_ASSERT_EQUAL (model->nodes->len, 3);
      CU_ASSERT_EQUAL (model->zones->len, 2);
    }
}

void
test_model__a_node_without_power_is_off_whatever_the_api_says (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  go (player, 31 * K8_SECOND_NS);
  const GuiModel *model = gui_player_model (player);
  for (guint i = 0; i < model->nodes->len; i++)
    {
      const GuiNode *node = gui_model_node (model, i);
      gboolean is_second = g_str_equal (node->name, "node-2");
      CU_ASSERT_EQUAL (node->state == GUI_NODE_OFF, is_second);
    }
  CU_ASSERT_EQUAL (model->n_nodes_by_state[GUI_NODE_OFF], 1);
}
