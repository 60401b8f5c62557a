/* SPDX-License-Identifier: Apache-2.0
 *
 * What all canvases are painted with: texts, boxes, signs of states.
 */
#include "gui/paint.h"

#include <math.h>

static const GuiColour inks[] = {
  [GUI_INK_STRONG] = { 0.08, 0.09, 0.11 }, [GUI_INK_NORMAL] = { 0.20, 0.22, 0.26 },
  [GUI_INK_FAINT] = { 0.36, 0.39, 0.44 },  [GUI_INK_ALARM] = { 0.60, 0.23, 0.03 },
  [GUI_INK_INVERSE] = { 1, 1, 1 },
};

static const GuiColour outline = { 0.16, 0.18, 0.22 };

void
gui_paint_ink (cairo_t *cr, GuiInk ink)
{
  cairo_set_source_rgb (cr, inks[ink].red, inks[ink].green, inks[ink].blue);
}

static void
set_colour (cairo_t *cr, const GuiColour *colour)
{
  cairo_set_source_rgb (cr, colour->red, colour->green, colour->blue);
}

static PangoLayout *
make_layout (cairo_t *cr, const GuiRect *rect, const GuiFont *font, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *description =
      pango_font_description_from_string (font->is_mono ? "monospace" : "sans");

  pango_font_description_set_absolute_size (description, font->size * PANGO_SCALE);
  if (font->is_bold)
    pango_font_description_set_weight (description, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_width (layout, (int) (MAX (rect->width, 1) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, font->align == GUI_ALIGN_LEFT     ? PANGO_ALIGN_LEFT
                                      : font->align == GUI_ALIGN_CENTRE ? PANGO_ALIGN_CENTER
                                                                        : PANGO_ALIGN_RIGHT);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

void
gui_paint_text (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text)
{
  int height;

  if (rect.width < 8 || *text == '\0')
    return;
  PangoLayout *layout = make_layout (cr, &rect, font, text);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_get_pixel_size (layout, NULL, &height);
  gui_paint_ink (cr, font->ink);
  cairo_move_to (cr, rect.x, rect.y + floor ((rect.height - height) / 2));
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
}

double
gui_paint_paragraph (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text)
{
  int height;

  if (rect.width < 8 || rect.height < font->size || *text == '\0')
    return 0;
  PangoLayout *layout = make_layout (cr, &rect, font, text);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height (layout, (int) (rect.height * PANGO_SCALE));
  pango_layout_get_pixel_size (layout, NULL, &height);
  gui_paint_ink (cr, font->ink);
  cairo_move_to (cr, rect.x, rect.y);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
  return MIN (height, rect.height);
}

static void
add_round_path (cairo_t *cr, const GuiRect *rect, double radius)
{
  double right = rect->x + rect->width - radius;
  double bottom = rect->y + rect->height - radius;

  if (radius <= 0)
    {
      cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
      return;
    }
  cairo_new_sub_path (cr);
  cairo_arc (cr, right, rect->y + radius, radius, -G_PI / 2, 0);
  cairo_arc (cr, right, bottom, radius, 0, G_PI / 2);
  cairo_arc (cr, rect->x + radius, bottom, radius, G_PI / 2, G_PI);
  cairo_arc (cr, rect->x + radius, rect->y + radius, radius, G_PI, 3 * G_PI / 2);
  cairo_close_path (cr);
}

void
gui_paint_box (cairo_t *cr, GuiRect rect, const GuiBoxLook *look)
{
  double half = look->line_width / 2;
  GuiRect inner = { rect.x + half, rect.y + half, rect.width - 2 * half, rect.height - 2 * half };
  static const double dashes[] = { 4, 3 };

  if (inner.width <= 0 || inner.height <= 0)
    return;
  add_round_path (cr, &inner, MIN (look->radius, MIN (inner.width, inner.height) / 2));
  set_colour (cr, &look->fill);
  cairo_fill_preserve (cr);
  if (look->line_width > 0)
    {
      set_colour (cr, &look->line);
      cairo_set_line_width (cr, look->line_width);
      cairo_set_dash (cr, dashes, look->is_dashed ? 2 : 0, 0);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
    }
  cairo_new_path (cr);
}

/* Below this size a sign is its colour alone: shapes would only blur it. */
#define SHAPE_MIN 8

static void
paint_cross (cairo_t *cr, const GuiRect *rect, const GuiColour *colour)
{
  double in = rect->width * 0.26;
  double line = MAX (1.5, rect->width / 7);

  set_colour (cr, colour);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, line);
  cairo_move_to (cr, rect->x + in, rect->y + in);
  cairo_line_to (cr, rect->x + rect->width - in, rect->y + rect->height - in);
  cairo_move_to (cr, rect->x + rect->width - in, rect->y + in);
  cairo_line_to (cr, rect->x + in, rect->y + rect->height - in);
  cairo_stroke (cr);
}

static void
paint_half (cairo_t *cr, const GuiRect *rect, const GuiColour *colour)
{
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  set_colour (cr, colour);
  cairo_move_to (cr, rect->x, rect->y);
  cairo_line_to (cr, rect->x, rect->y + rect->height);
  cairo_line_to (cr, rect->x + rect->width, rect->y + rect->height);
  cairo_close_path (cr);
  cairo_fill (cr);
}

/* A frame of colour around white, or around a point. */
static void
paint_ring (cairo_t *cr, const GuiRect *rect, const GuiColour *colour, gboolean has_core)
{
  double border = MAX (2, rect->width * (has_core ? 0.16 : 0.26));

  set_colour (cr, colour);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, rect->x + border, rect->y + border, rect->width - 2 * border,
                   rect->height - 2 * border);
  cairo_fill (cr);
  if (!has_core)
    return;
  set_colour (cr, colour);
  cairo_rectangle (cr, rect->x + 2 * border, rect->y + 2 * border, rect->width - 4 * border,
                   rect->height - 4 * border);
  cairo_fill (cr);
}

static void
paint_dot (cairo_t *cr, const GuiRect *rect, const GuiColour *colour)
{
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  set_colour (cr, colour);
  cairo_new_path (cr);
  cairo_arc (cr, rect->x + rect->width / 2, rect->y + rect->height / 2, rect->width * 0.27, 0,
             2 * G_PI);
  cairo_fill (cr);
}

static void
paint_shape (cairo_t *cr, const GuiRect *rect, const GuiLook *look)
{
  switch (rect->width < SHAPE_MIN ? GUI_SHAPE_FILLED : look->shape)
    {
    case GUI_SHAPE_FILLED:
      set_colour (cr, &look->colour);
      cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
      cairo_fill (cr);
      break;
    case GUI_SHAPE_HALF:
      paint_half (cr, rect, &look->colour);
      break;
    case GUI_SHAPE_HOLLOW:
      paint_ring (cr, rect, &look->colour, FALSE);
      break;
    case GUI_SHAPE_CROSS:
      paint_cross (cr, rect, &look->colour);
      break;
    case GUI_SHAPE_RING:
      paint_ring (cr, rect, &look->colour, TRUE);
      break;
    case GUI_SHAPE_DOT:
      paint_dot (cr, rect, &look->colour);
      break;
    }
}

void
gui_paint_sign (cairo_t *cr, GuiRect rect, const GuiLook *look)
{
  cairo_new_path (cr);
  paint_shape (cr, &rect, look);
  if (rect.width < SHAPE_MIN)
    return;
  set_colour (cr, &outline);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, rect.x + 0.5, rect.y + 0.5, rect.width - 1, rect.height - 1);
  cairo_stroke (cr);
}
