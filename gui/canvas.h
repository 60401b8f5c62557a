/* SPDX-License-Identifier: Apache-2.0
 *
 * Canvases as widgets: drawing areas that paint with the functions of paint.h and select what is
 * clicked. Their accessible label says what they show.
 */
#pragma once

#include "gui/desk.h"

/* The desk must outlive the widget. (transfer floating) */
GtkWidget *gui_canvas_new_architecture (GuiDesk *desk);
GtkWidget *gui_canvas_new_nodes (GuiDesk *desk);

/* Paints again. */
void gui_canvas_update (GtkWidget *canvas);
