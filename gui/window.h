/* SPDX-License-Identifier: Apache-2.0
 *
 * The window: a GtkApplication with one AdwApplicationWindow. The simulation runs on its thread
 * in slices of at most four milliseconds.
 */
#pragma once

#include "gui/layout.h"
#include "sim/scenario.h"

typedef struct
{
  GuiSize size;
  gint64 at_ns;
  gint64 begin_us; /* monotonic, when the program began: for the time of the first frame */
  gboolean plays;
} GuiWindowOptions;

/* Runs until the window is closed; takes over the scenario. Gives the exit status. */
int gui_window_main (SimScenario *scenario, const GuiWindowOptions *options);
