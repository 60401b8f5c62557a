/* SPDX-License-Identifier: Apache-2.0
 *
 * Painting with cairo: the canvases, each into a cairo context whose origin is its corner and
 * that says by which theme (gui_paint_begin()). The widgets and --screenshot call the same
 * functions; no display is needed.
 */
#pragma once

#include <pango/pangocairo.h>

#include "gui/layout.h"
#include "gui/player.h"

/* What is selected: one thing in all views. */
typedef enum
{
  GUI_SELECTION_NONE,
  GUI_SELECTION_NODE,
  GUI_SELECTION_POD,
  GUI_SELECTION_COMPONENT,
  GUI_SELECTION_WORKLOAD,
  GUI_SELECTION_RECORD, /* of the trace */
} GuiSelectionType;

typedef struct
{
  GuiSelectionType type;
  char *namespace_name;
  char *name;
  guint64 sequence;
} GuiSelection;

/* To be called first on a context. Without it: by day. */
void gui_paint_begin (cairo_t *cr, GuiTheme theme);

/* The canvases. */
void gui_paint_architecture (cairo_t *cr,
                             GuiSize size,
                             GuiPlayer *player,
                             const GuiSelection *selection);
void gui_paint_nodes (cairo_t *cr, GuiSize size, GuiPlayer *player, const GuiSelection *selection);
void gui_paint_timeline (
    cairo_t *cr, GuiSize size, GuiPlayer *player, GuiSpan shown, const GuiSelection *selection);
void gui_paint_panel (cairo_t *cr, GuiSize size, GuiPlayer *player);
void gui_paint_title (cairo_t *cr, GuiSize size, GuiPlayer *player);

/* The parts they are made of. */
typedef enum
{
  GUI_ALIGN_LEFT,
  GUI_ALIGN_CENTRE,
  GUI_ALIGN_RIGHT,
} GuiAlign;

typedef struct
{
  double size;     /* pixels */
  double min_size; /* to which a line that is too long may shrink; 0: not at all */
  GuiTint ink;
  GuiAlign align;
  gboolean is_bold;
  gboolean is_mono;
  gboolean is_name; /* what does not fit is left out in its middle, not at its end */
} GuiFont;

GuiColour gui_paint_tint (cairo_t *cr, GuiTint tint);
void gui_paint_use (cairo_t *cr, GuiTint tint); /* as the colour of what follows */

/* A look's colour as that of a line: by night light enough for a dark ground. */
GuiColour gui_paint_line_colour (cairo_t *cr, const GuiLook *look);

/* One line in a rectangle, shrunk and then cut off with an ellipsis where it does not fit. */
void gui_paint_text (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text);
double gui_paint_text_width (cairo_t *cr, const GuiFont *font, const char *text);

/* A paragraph; gives its height. What does not fit ends in an ellipsis. */
double gui_paint_paragraph (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text);

/* A filled and outlined rectangle; @line_width 0: no outline. */
typedef struct
{
  GuiColour fill;
  GuiColour line;
  double line_width;
  double radius;
  gboolean is_dashed;
} GuiBoxLook;
void gui_paint_box (cairo_t *cr, GuiRect rect, const GuiBoxLook *look);

/* The sign of a state in a square: shape and colour. */
void gui_paint_sign (cairo_t *cr, GuiRect rect, const GuiLook *look);
