/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole picture: title, architecture, nodes, panel, timeline, each painted by the function
 * that also paints its widget.
 */
#include "gui/screenshot.h"

#include <errno.h>
#include <gio/gio.h>
#include <math.h>

static void
begin_canvas (cairo_t *cr, const GuiRect *rect)
{
  cairo_save (cr);
  cairo_translate (cr, floor (rect->x), floor (rect->y));
  cairo_rectangle (cr, 0, 0, ceil (rect->width), ceil (rect->height));
  cairo_clip (cr);
}

static GuiSize
size_of (const GuiRect *rect)
{
  return (GuiSize){ rect->width, rect->height };
}

/* The same enlarged; gives the size to lay out for. */
static GuiSize
begin_scaled (cairo_t *cr, const GuiRect *rect, double scale)
{
  begin_canvas (cr, rect);
  cairo_scale (cr, scale, scale);
  return (GuiSize){ rect->width / scale, rect->height / scale };
}

static void
paint_screen (cairo_t *cr, GuiSize size, GuiPlayer *player)
{
  GuiScreen screen;
  GuiSize inner;

  gui_screen_layout (&screen, size);
  double scale = gui_layout_scale (size_of (&screen.architecture));
  begin_canvas (cr, &screen.title);
  gui_paint_title (cr, size_of (&screen.title), player);
  cairo_restore (cr);
  inner = begin_scaled (cr, &screen.architecture, scale);
  gui_paint_architecture (cr, inner, player, NULL);
  cairo_restore (cr);
  inner = begin_scaled (cr, &screen.nodes, scale);
  gui_paint_nodes (cr, inner, player, NULL);
  cairo_restore (cr);
  inner = begin_scaled (cr, &screen.panel, scale);
  gui_paint_panel (cr, inner, player);
  cairo_restore (cr);
  begin_canvas (cr, &screen.timeline);
  gui_paint_timeline (cr, size_of (&screen.timeline), player, (GuiSpan){ 0 }, NULL);
  cairo_restore (cr);
}

gboolean
gui_screenshot_write (
    GuiPlayer *player, GuiSize size, GuiTheme theme, const char *path, GError **error)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) size.width, (int) size.height);
  cairo_t *cr = cairo_create (surface);

  gui_paint_begin (cr, theme);
  paint_screen (cr, size, player);
  cairo_destroy (cr);
  errno = 0;
  cairo_status_t status = cairo_surface_write_to_png (surface, path);
  int problem = errno;
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write %s: %s", path,
               problem != 0 ? g_strerror (problem) : cairo_status_to_string (status));
  return FALSE;
}
