/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry of the timeline and of the whole picture.
 */
#include "gui/layout.h"

#include "base/time.h"

enum
{
  LABELS = 110,
  RIGHT = 16,
  RULER = 18,
  OVERVIEW = 8,
  TITLE = 52,
  PANEL = 320,
  TIMELINE = 180,
};

#define SHORTEST_NS (2 * K8_MILLISECOND_NS) /* that can be looked at */

/* Within [0, @whole_ns], no shorter than the shortest. */
static GuiSpan
fit_span (double from_ns, double length_ns, gint64 whole_ns)
{
  double length =
      CLAMP (length_ns, MIN ((double) SHORTEST_NS, (double) whole_ns), (double) whole_ns);
  double from = CLAMP (from_ns, 0, (double) whole_ns - length);

  return (GuiSpan){ (gint64) from, (gint64) (from + length) };
}

GuiSpan
gui_span_zoom (GuiSpan self, gint64 whole_ns, gint64 at_ns, double factor)
{
  double length = (double) (self.until_ns - self.from_ns);
  double wanted =
      CLAMP (length * factor, MIN ((double) SHORTEST_NS, (double) whole_ns), (double) whole_ns);
  double before = (double) (at_ns - self.from_ns);

  return fit_span ((double) at_ns - before * wanted / MAX (length, 1), wanted, whole_ns);
}

GuiSpan
gui_span_move (GuiSpan self, gint64 whole_ns, gint64 by_ns)
{
  return fit_span ((double) (self.from_ns + by_ns), (double) (self.until_ns - self.from_ns),
                   whole_ns);
}

GuiSpan
gui_span_show (GuiSpan self, gint64 whole_ns, gint64 at_ns)
{
  gint64 length_ns = self.until_ns - self.from_ns;

  if (at_ns >= self.from_ns && at_ns <= self.until_ns)
    return fit_span ((double) self.from_ns, (double) length_ns, whole_ns);
  gint64 from_ns = at_ns < self.from_ns ? at_ns - length_ns / 8 : at_ns - length_ns * 7 / 8;
  return fit_span ((double) from_ns, (double) length_ns, whole_ns);
}

void
gui_timeline_layout (GuiTimeline *self, GuiSize size, GuiSpan shown, gint64 whole_ns)
{
  double row = (size.height - RULER - OVERVIEW - 6) / (3 + GUI_N_LANES - 1);
  double width = size.width - LABELS - RIGHT;
  double y = 3;

  *self = (GuiTimeline){
    .left = LABELS, .width = width, .shown = shown, .whole_ns = MAX (whole_ns, 1)
  };
  if (shown.until_ns <= shown.from_ns)
    self->shown = (GuiSpan){ 0, self->whole_ns };
  self->labels = (GuiRect){ 4, 0, LABELS - 8, size.height };
  self->steps = (GuiRect){ LABELS, y, width, row };
  self->goals = (GuiRect){ LABELS, y += row, width, row };
  self->events = (GuiRect){ LABELS, y += row, width, row };
  for (guint lane = 1; lane < GUI_N_LANES; lane++)
    self->lanes[lane] = (GuiRect){ LABELS, y += row, width, row };
  self->ruler = (GuiRect){ LABELS, size.height - RULER - OVERVIEW, width, RULER };
  self->overview = (GuiRect){ LABELS, size.height - OVERVIEW, width, OVERVIEW - 3 };
}

double
gui_timeline_x (const GuiTimeline *self, gint64 at_ns)
{
  return self->left + self->width * (double) (at_ns - self->shown.from_ns) /
                          (double) (self->shown.until_ns - self->shown.from_ns);
}

gint64
gui_timeline_at (const GuiTimeline *self, double x)
{
  double share = (x - self->left) / self->width;

  return self->shown.from_ns +
         (gint64) (CLAMP (share, 0, 1) * (double) (self->shown.until_ns - self->shown.from_ns));
}

double
gui_timeline_overview_x (const GuiTimeline *self, gint64 at_ns)
{
  return self->left + self->width * (double) at_ns / (double) self->whole_ns;
}

gint64
gui_timeline_overview_at (const GuiTimeline *self, double x)
{
  double share = (x - self->left) / self->width;

  return (gint64) (CLAMP (share, 0, 1) * (double) self->whole_ns);
}

double
gui_layout_scale (GuiSize size)
{
  return CLAMP (MIN (size.width / 960, size.height / 190), 1, 1.35);
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
