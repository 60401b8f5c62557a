/* SPDX-License-Identifier: Apache-2.0
 *
 * Worlds for tests of the window: a small one that plays, and models of any size without one.
 */
#pragma once

#include "gui/player.h"

/* Three nodes, a Deployment at 6 s, a delete at 20 s, a node's power lost at 30 s. */
GuiPlayer *gui_test_player (void);

/* @n_nodes in @n_zones, @n_pods on each, @n_unplaced on none. */
typedef struct
{
  guint n_zones;
  guint n_nodes;
  guint n_pods;
  guint n_unplaced;
} GuiTestSizes;
GuiModel *gui_test_model (const GuiTestSizes *sizes);
