/* SPDX-License-Identifier: Apache-2.0
 *
 * What is drawn against the trace: at random instants and at the sizes of three windows every
 * message on screen is in the log and under way, every message under way is on screen or counted
 * on its way, and an arrow is there only if the log has a message of late from one to the other.
 */
#include <math.h>

#include "gui/layout.h"
#include "tests/lib/test.h"
#include "tests/unit/gui/world.h"

enum
{
  N_INSTANTS = 150,
};

/* Of the canvas in windows of 1280×720, 1600×900 and 2560×1440. */
static const GuiSize sizes[] = { { 714, 218 }, { 1000, 320 }, { 1240, 360 } };

/* A quarter of a second of what is seen, at the speed that a player begins with. */
#define RECENT_NS (250 * K8_MILLISECOND_NS)

/* The messages under way by a walk forwards through all records: sequence → record. */
static GHashTable *
find_flying (const GuiLog *log, guint64 last, gint64 now_ns)
{
  GHashTable *open = g_hash_table_new (NULL, NULL);

  for (guint64 i = 1; i <= last; i++)
    {
      const K8TraceRecord *record = gui_log_find (log, i);
      if (record->type == K8_TRACE_MESSAGE_SENT && now_ns - record->now_ns <= GUI_MESSAGE_LOST_NS)
        g_hash_table_insert (open, GSIZE_TO_POINTER (i), (gpointer) record);
      else if (record->type == K8_TRACE_MESSAGE_RECEIVED)
        g_hash_table_remove (open, GSIZE_TO_POINTER (record->cause));
    }
  return open;
}

/* Messages sent of late, by a walk through all records. */
static guint
count_recent (const GuiLog *log, guint64 last, gint64 now_ns)
{
  guint n = 0;

  for (guint64 i = 1; i <= last; i++)
    {
      const K8TraceRecord *record = gui_log_find (log, i);
      n += record->type == K8_TRACE_MESSAGE_SENT && now_ns - record->now_ns <= RECENT_NS;
    }
  return n;
}

static void
check_tokens (const GuiArchitecture *drawn, const GuiMessages *messages, GHashTable *open)
{
  for (guint i = 0; i < drawn->tokens->len; i++)
    {
      guint place = g_array_index (drawn->tokens, GuiToken, i).message;
      const GuiMessage *message = &g_array_index (messages->flying, GuiMessage, place);
      const K8TraceRecord *record =
          g_hash_table_lookup (open, GSIZE_TO_POINTER (message->sequence));
      CU_ASSERT_PTR_NOT_NULL_FATAL (record);
      CU_ASSERT_EQUAL (record->actor, message->from);
      CU_ASSERT_EQUAL (record->value[0], message->to);
    }
}

static void
check_edges (const GuiArchitecture *drawn, guint n_flying, guint n_recent)
{
  guint n_on_edges = 0;
  guint n_in_chips = 0;
  guint n_arrows_of = 0;

  for (guint i = 0; i < drawn->edges->len; i++)
    {
      const GuiEdge *edge = &g_array_index (drawn->edges, GuiEdge, i);
      CU_ASSERT (edge->n_tokens <= edge->n_flying);
      CU_ASSERT (edge->n_recent + edge->n_flying + edge->n_lost > 0);
      if (edge->chip.width > 0)
        n_in_chips += edge->n_flying - edge->n_tokens;
      n_on_edges += edge->n_flying;
      n_arrows_of += edge->n_recent;
    }
  CU_ASSERT_EQUAL (n_on_edges, n_flying);
  CU_ASSERT_EQUAL (drawn->tokens->len + n_in_chips + drawn->n_elsewhere, n_on_edges);
  CU_ASSERT_EQUAL (n_arrows_of, n_recent);
}

static void
check_instant (GuiPlayer *player)
{
  guint64 last = gui_player_sequence (player);
  gint64 now_ns = gui_player_now_ns (player);
  const GuiMessages *messages = gui_player_messages (player);
  const GuiModel *model = gui_player_model (player);
  GHashTable *open = find_flying (gui_player_log (player), last, now_ns);
  guint n_recent = count_recent (gui_player_log (player), last, now_ns);

  CU_ASSERT_EQUAL (messages->flying->len, g_hash_table_size (open));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GuiArchitecture) drawn = gui_architecture_new (sizes[i], model, messages);
      check_tokens (drawn, messages, open);
      check_edges (drawn, messages->flying->len, n_recent);
    }
  g_hash_table_unref (open);
}

void
test_messages__what_is_drawn_is_in_the_trace_and_nothing_is_missing (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) test_seed ());
  guint n_flying = 0;

  test_note ("seed %" G_GUINT64_FORMAT, test_seed ());
  gui_player_seek (player, 40 * K8_SECOND_NS);
  gui_player_finish (player);
  gint32 n_records = (gint32) gui_player_sequence (player);
  for (guint i = 0; i < N_INSTANTS; i++)
    {
      gui_player_seek_record (player, (guint64) g_rand_int_range (random, 1, n_records));
      gui_player_finish (player);
      check_instant (player);
      n_flying += gui_player_messages (player)->flying->len;
    }
  CU_ASSERT (n_flying > N_INSTANTS / 4);
}

void
test_messages__tokens_do_not_cover_each_other_or_boxes (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  for (guint i = 0; i < 200; i++)
    {
      gui_player_step (player, GUI_STEP_MESSAGE);
      gui_player_finish (player);
      g_autoptr (GuiArchitecture) drawn = gui_architecture_new (
          (GuiSize){ 700, 230 }, gui_player_model (player), gui_player_messages (player));
      for (guint a = 0; a < drawn->tokens->len; a++)
        for (guint b = a + 1; b < drawn->tokens->len; b++)
          {
            const GuiToken *x = &g_array_index (drawn->tokens, GuiToken, a);
            const GuiToken *y = &g_array_index (drawn->tokens, GuiToken, b);
            double dx = x->x - y->x;
            double dy = x->y - y->y;
            CU_ASSERT (dx * dx + dy * dy >= 4.0 * GUI_TOKEN_RADIUS * GUI_TOKEN_RADIUS);
          }
    }
}

/* Where the token of a message is between its two ends, 0 … 1; -1: it has none. */
static double
find_place (GuiPlayer *player, guint64 sequence)
{
  const GuiMessages *messages = gui_player_messages (player);
  const GuiModel *model = gui_player_model (player);
  g_autoptr (GuiArchitecture) drawn = gui_architecture_new (sizes[1], model, messages);

  for (guint i = 0; i < drawn->tokens->len; i++)
    {
      const GuiToken *token = &g_array_index (drawn->tokens, GuiToken, i);
      const GuiMessage *message = &g_array_index (messages->flying, GuiMessage, token->message);
      if (message->sequence != sequence)
        continue;
      GuiLine line = gui_architecture_line (drawn, drawn->box_of[message->from] - 1,
                                            drawn->box_of[message->to] - 1);
      return hypot (token->x - line.x1, token->y - line.y1) /
             hypot (line.x2 - line.x1, line.y2 - line.y1);
    }
  return -1;
}

/* A message that is alone, seen as it is sent and a while later: the latency is half a
 * millisecond. */
void
test_messages__a_token_goes_from_its_sender_to_its_receiver (void)
{
  g_autoptr (GuiPlayer) player = gui_test_player ();

  gui_player_seek (player, 20 * K8_SECOND_NS);
  gui_player_finish (player);
  do
    {
      gui_player_step (player, GUI_STEP_MESSAGE);
      gui_player_finish (player);
    }
  while (gui_player_messages (player)->flying->len != 1);
  guint64 sequence = g_array_index (gui_player_messages (player)->flying, GuiMessage, 0).sequence;
  double before = find_place (player, sequence);
  gui_player_seek (player, gui_player_now_ns (player) + 300 * K8_MICROSECOND_NS);
  gui_player_finish (player);
  double after = find_place (player, sequence);
  CU_ASSERT (before >= 0 && before < 0.3);
  CU_ASSERT (after > before + 0.3 && after < 1);
}
