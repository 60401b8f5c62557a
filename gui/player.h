/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario being played for the window: the world with its timeline, the log of its trace, the
 * clock. Everything long (running, seeking, stepping to what is worth seeing) is done in slices:
 * gui_player_tick() works for a few milliseconds and says whether there is more.
 *
 *   PAUSED ──play──→ PLAYING ──pause, end of the scenario──→ PAUSED
 *   any ──seek──→ SEEKING ──there──→ PAUSED or PLAYING, as before
 *   any ──step──→ STEPPING ──a milestone──→ PAUSED
 */
#pragma once

#include "gui/clock.h"
#include "gui/log.h"
#include "gui/messages.h"
#include "gui/model.h"
#include "sim/live.h"
#include "sim/scenario.h"

typedef struct GuiPlayer GuiPlayer;

typedef enum
{
  GUI_PLAYER_PAUSED,
  GUI_PLAYER_PLAYING,
  GUI_PLAYER_SEEKING,
  GUI_PLAYER_STEPPING,
} GuiPlayerMode;

/* What a step goes on to. */
typedef enum
{
  GUI_STEP_MILESTONE,
  GUI_STEP_MESSAGE, /* the next message: it is then under way */
} GuiStep;

/* Takes over the scenario. NULL with @error if there is no memory for a world. */
GuiPlayer *gui_player_new (SimScenario *scenario, GError **error);
void gui_player_free (GuiPlayer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiPlayer, gui_player_free)

const SimScenario *gui_player_scenario (const GuiPlayer *self);
SimTimeline *gui_player_timeline (const GuiPlayer *self);
SimLive *gui_player_live (const GuiPlayer *self);
const SimWorld *gui_player_world (const GuiPlayer *self);
const GuiLog *gui_player_log (const GuiPlayer *self);
GuiClock *gui_player_clock (GuiPlayer *self);
GuiPlayerMode gui_player_mode (const GuiPlayer *self);
gint64 gui_player_now_ns (const GuiPlayer *self);
guint64 gui_player_sequence (const GuiPlayer *self); /* the newest record of the present */

/* The end of the time that the timeline shows. */
gint64 gui_player_span_ns (const GuiPlayer *self);

/* The step of the scenario that came last; -1 before the first. */
gint gui_player_step_index (const GuiPlayer *self);

/* The present as it is to be drawn; borrowed until the next call that changes it. A big world is
 * read again only as often as a tenth of the time allows. */
const GuiModel *gui_player_model (GuiPlayer *self);
const GuiMessages *gui_player_messages (GuiPlayer *self);

void gui_player_play (GuiPlayer *self);
void gui_player_pause (GuiPlayer *self);
void gui_player_seek (GuiPlayer *self, gint64 at_ns);
void gui_player_seek_record (GuiPlayer *self, guint64 sequence);
void gui_player_step (GuiPlayer *self, GuiStep step);
void gui_player_step_back (GuiPlayer *self);
void gui_player_switch_branch (GuiPlayer *self, guint branch);

/* Works for at most about @budget_us; TRUE if the present changed. */
gboolean gui_player_tick (GuiPlayer *self, gint64 mono_us, gint64 budget_us);
/* Whether there is more to do now than the last tick had time for. */
gboolean gui_player_is_busy (const GuiPlayer *self);
/* Works until a seek or step is done. */
void gui_player_finish (GuiPlayer *self);

/* To be called before acting on the present: its future is cut off from the log. Says whether
 * acting begins a branch. */
gboolean gui_player_prepare_act (GuiPlayer *self);
