/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of the window.
 */
#include "gui/clock.h"

static const double ladder[] = { 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1,  0.3,  1,    2,
                                 5,      10,     20,    50,    100,  300,  1000, 3000, 10000 };

void
gui_clock_init (GuiClock *self)
{
  *self = (GuiClock){ .speed = 1 };
}

void
gui_clock_start (GuiClock *self, gint64 mono_us, gint64 virtual_ns)
{
  self->base_mono_us = mono_us;
  self->base_virtual_ns = virtual_ns;
  self->is_running = TRUE;
}

void
gui_clock_stop (GuiClock *self)
{
  self->is_running = FALSE;
}

gint64
gui_clock_target_ns (const GuiClock *self, gint64 mono_us)
{
  if (!self->is_running)
    return self->base_virtual_ns;
  double passed_us = (double) (mono_us - self->base_mono_us);
  return self->base_virtual_ns + (gint64) (passed_us * 1000 * self->speed);
}

void
gui_clock_set_speed (GuiClock *self, double speed)
{
  self->speed = CLAMP (speed, ladder[0], ladder[G_N_ELEMENTS (ladder) - 1]);
}

/* The place of the ladder that is nearest from below. */
static guint
find_place (double speed)
{
  guint place = 0;

  while (place + 1 < G_N_ELEMENTS (ladder) && ladder[place + 1] <= speed * 1.0001)
    place++;
  return place;
}

void
gui_clock_change_speed (GuiClock *self, int steps)
{
  int place = (int) find_place (self->speed) + steps;

  self->speed = ladder[CLAMP (place, 0, (int) G_N_ELEMENTS (ladder) - 1)];
}

char *
gui_clock_dup_speed (const GuiClock *self)
{
  if (self->speed >= 1)
    return g_strdup_printf ("%.4g×", self->speed);
  return g_strdup_printf ("1/%.0f×", 1 / self->speed);
}
