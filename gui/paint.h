/* SPDX-License-Identifier: Apache-2.0
 *
 * Painting with cairo: the canvases, each into a cairo context whose origin is its corner. The
 * widgets and --screenshot call the same functions; no display is needed.
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

/* The canvases. */
void gui_paint_architecture (cairo_t *cr, GuiSize size, GuiPlayer *player,
                             const GuiSelection *selection);
void gui_paint_nodes (cairo_t *cr, GuiSize size, GuiPlayer *player, const GuiSelection *selection);
void gui_paint_timeline (cairo_t *cr, GuiSize size, GuiPlayer *player,
                         const GuiSelection *selection);
void gui_paint_panel (cairo_t *cr, GuiSize size, GuiPlayer *player);
void gui_paint_title (cairo_t *cr, GuiSize size, GuiPlayer *player);

/* The parts they are made of. */
typedef enum
{
  GUI_INK_STRONG,
  GUI_INK_NORMAL,
  GUI_INK_FAINT,
  GUI_INK_ALARM,
  GUI_INK_INVERSE,
} GuiInk;

typedef enum
{
  GUI_ALIGN_LEFT,
  GUI_ALIGN_CENTRE,
  GUI_ALIGN_RIGHT,
} GuiAlign;

typedef struct
{
  double size; /* pixels */
  GuiInk ink;
  GuiAlign align;
  gboolean is_bold;
  gboolean is_mono;
} GuiFont;

void gui_paint_ink (cairo_t *cr, GuiInk ink);

/* One line in a rectangle, cut off with an ellipsis where it does not fit. */
void gui_paint_text (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text);

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
