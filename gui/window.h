/* SPDX-License-Identifier: Apache-2.0
 *
 * The window: a GtkApplication with one AdwApplicationWindow a scenario. The simulation runs on
 * its thread in slices of at most four milliseconds.
 */
#pragma once

#include "gui/desk.h"
#include "gui/timeline_view.h"
#include "sim/scenario.h"

typedef struct
{
  GuiSize size;
  gint64 at_ns;
  gint64 begin_us; /* monotonic, when the program began: for the time of the first frame */
  gboolean plays;
  gboolean is_dark;
} GuiWindowOptions;

/* Runs until the window is closed; takes over the scenario. Gives the exit status. */
int gui_window_main (SimScenario *scenario, const GuiWindowOptions *options);

/* The parts of that: styles and keys, once; then a window, which takes over its scenario. NULL
 * with @error. */
void gui_window_prepare (GtkApplication *application);
GtkWidget *gui_window_open (GtkApplication *application,
                            SimScenario *scenario,
                            const GuiWindowOptions *options,
                            GError **error);
GuiDesk *gui_window_desk (GtkWidget *window);
GuiTimelineView *gui_window_timeline (GtkWidget *window);
