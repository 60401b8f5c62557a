/* SPDX-License-Identifier: Apache-2.0
 *
 * The window's clock: which virtual instant should be now, at a speed, and the ladder of speeds.
 * Knows no world; wall time is handed in.
 */
#pragma once

#include <glib.h>

typedef struct
{
  double speed; /* virtual seconds a second */
  gint64 base_mono_us;
  gint64 base_virtual_ns;
  gboolean is_running;
} GuiClock;

void gui_clock_init (GuiClock *self);

/* Begins to run from this pair of instants; also when the world could not keep up. */
void gui_clock_start (GuiClock *self, gint64 mono_us, gint64 virtual_ns);
void gui_clock_stop (GuiClock *self);
gint64 gui_clock_target_ns (const GuiClock *self, gint64 mono_us);

/* The next speed of the ladder, up (@steps > 0) or down; call start() again if it runs. */
void gui_clock_change_speed (GuiClock *self, int steps);
void gui_clock_set_speed (GuiClock *self, double speed);

/* "1/100×", "1×", "60×". (transfer full) */
char *gui_clock_dup_speed (const GuiClock *self);
