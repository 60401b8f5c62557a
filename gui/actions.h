/* SPDX-License-Identifier: Apache-2.0
 *
 * What a learner does to the cluster: requests, as kubectl would send them, and faults. Both enter
 * the timeline, so acting in the past begins a branch and everything replays.
 */
#pragma once

#include "gui/player.h"

typedef struct
{
  gboolean is_done;
  gboolean is_branch; /* it was done in the past: the old future is kept as a branch */
  char *message;      /* one sentence for the learner; g_free() */
} GuiOutcome;

/* Requests let the world run until it answers, a few virtual seconds at most. */
void gui_actions_apply (GuiPlayer *player, const char *yaml, gsize length, GuiOutcome *ret);
void gui_actions_scale (GuiPlayer *player, const char *namespace_name, const char *name,
                        guint replicas, GuiOutcome *ret);
void gui_actions_cordon (GuiPlayer *player, const char *node, gboolean is_cordoned,
                         GuiOutcome *ret);
void gui_actions_delete (GuiPlayer *player, const K8KindInfo *kind, const char *namespace_name,
                         const char *name, GuiOutcome *ret);

/* A fault or its end, of a node or a component. */
void gui_actions_fault (GuiPlayer *player, SimInputType type, const char *name, GuiOutcome *ret);
