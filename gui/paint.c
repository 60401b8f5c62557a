/* SPDX-License-Identifier: Apache-2.0
 *
 * What all canvases are painted with: texts, boxes, signs of states.
 */
#include "gui/paint.h"

#include <math.h>

static const cairo_user_data_key_t theme_key;

void
gui_paint_begin (cairo_t *cr, GuiTheme theme)
{
  cairo_set_user_data (cr, &theme_key, GUINT_TO_POINTER (theme), NULL);
}

static GuiTheme
get_theme (cairo_t *cr)
{
  return (GuiTheme) GPOINTER_TO_UINT (cairo_get_user_data (cr, &theme_key));
}

GuiColour
gui_paint_tint (cairo_t *cr, GuiTint tint)
{
  return gui_tints[get_theme (cr)][tint];
}

static void
set_colour (cairo_t *cr, const GuiColour *colour)
{
  cairo_set_source_rgb (cr, colour->red, colour->green, colour->blue);
}

void
gui_paint_use (cairo_t *cr, GuiTint tint)
{
  set_colour (cr, &gui_tints[get_theme (cr)][tint]);
}

GuiColour
gui_paint_line_colour (cairo_t *cr, const GuiLook *look)
{
  const GuiColour *colour = &look->colour;

  if (get_theme (cr) == GUI_THEME_DAY)
    return *colour;
  return (GuiColour){ 0.45 + 0.55 * colour->red, 0.45 + 0.55 * colour->green,
                      0.45 + 0.55 * colour->blue };
}

static void
set_font (PangoLayout *layout, const GuiFont *font, double size)
{
  PangoFontDescription *description =
      pango_font_description_from_string (font->is_mono ? "monospace" : "sans");

  pango_font_description_set_absolute_size (description, size * PANGO_SCALE);
  if (font->is_bold)
    pango_font_description_set_weight (description, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
}

static PangoLayout *
make_layout (cairo_t *cr, const GuiRect *rect, const GuiFont *font, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);

  set_font (layout, font, font->size);
  pango_layout_set_width (layout, (int) (MAX (rect->width, 1) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, font->is_name ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, font->align == GUI_ALIGN_LEFT     ? PANGO_ALIGN_LEFT
                                      : font->align == GUI_ALIGN_CENTRE ? PANGO_ALIGN_CENTER
                                                                        : PANGO_ALIGN_RIGHT);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* Smaller letters where the line does not fit, but none below the font's smallest size. */
static void
shrink_to (PangoLayout *layout, const GuiFont *font)
{
  for (double size = font->size - 0.5;
       font->min_size > 0 && size >= font->min_size && pango_layout_is_ellipsized (layout);
       size -= 0.5)
    set_font (layout, font, size);
}

double
gui_paint_text_width (cairo_t *cr, const GuiFont *font, const char *text)
{
  int width;
  PangoLayout *layout = make_layout (cr, &(GuiRect){ .width = 10000 }, font, text);

  pango_layout_set_width (layout, -1);
  pango_layout_get_pixel_size (layout, &width, NULL);
  g_object_unref (layout);
  return width;
}

void
gui_paint_text (cairo_t *cr, GuiRect rect, const GuiFont *font, const char *text)
{
  int height;

  if (rect.width < 8 || *text == '\0')
    return;
  PangoLayout *layout = make_layout (cr, &rect, font, text);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  shrink_to (layout, font);
  pango_layout_get_pixel_size (layout, NULL, &height);
  gui_paint_use (cr, font->ink);
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
  gui_paint_use (cr, font->ink);
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
  gui_paint_use (cr, GUI_TINT_OUTLINE);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, rect.x + 0.5, rect.y + 0.5, rect.width - 1, rect.height - 1);
  cairo_stroke (cr);
}
