/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry of the timeline and of the whole picture.
 */
#include "gui/layout.h"

enum
{
  LABELS = 110,
  RIGHT = 16,
  RULER = 18,
  TITLE = 52,
  PANEL = 320,
  TIMELINE = 170,
};

void
gui_timeline_layout (GuiTimeline *self, GuiSize size, gint64 span_ns)
{
  double row = (size.height - RULER - 4) / (3 + GUI_N_LANES - 1);
  double width = size.width - LABELS - RIGHT;
  double y = 2;

  *self = (GuiTimeline){ .left = LABELS, .width = width, .span_ns = MAX (span_ns, 1) };
  self->labels = (GuiRect){ 4, 0, LABELS - 8, size.height };
  self->steps = (GuiRect){ LABELS, y, width, row };
  self->goals = (GuiRect){ LABELS, y += row, width, row };
  self->events = (GuiRect){ LABELS, y += row, width, row };
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    self->lanes[lane] = (GuiRect){ LABELS, y += row, width, row };
  self->ruler = (GuiRect){ LABELS, size.height - RULER, width, RULER };
}

double
gui_timeline_x (const GuiTimeline *self, gint64 at_ns)
{
  return self->left + self->width * (double) at_ns / (double) self->span_ns;
}

gint64
gui_timeline_at (const GuiTimeline *self, double x)
{
  double share = (x - self->left) / self->width;

  return (gint64) (CLAMP (share, 0, 1) * (double) self->span_ns);
}

void
gui_screen_layout (GuiScreen *self, GuiSize size)
{
  double timeline = CLAMP (size.height * 0.22, TIMELINE, 260);
  double middle = size.height - TITLE - timeline;
  double panel = CLAMP (size.width * 0.24, PANEL - 30, 460);
  double width = size.width - panel;
  double architecture = middle * 0.46;

  self->title = (GuiRect){ 0, 0, size.width, TITLE };
  self->architecture = (GuiRect){ 0, TITLE, width, architecture };
  self->nodes = (GuiRect){ 0, TITLE + architecture, width, middle - architecture };
  self->panel = (GuiRect){ width, TITLE, panel, middle };
  self->timeline = (GuiRect){ 0, TITLE + middle, size.width, timeline };
}
