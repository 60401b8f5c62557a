/* SPDX-License-Identifier: Apache-2.0
 *
 * The bottom of the window, always there: buttons of the clock, the present, speed, branches, and
 * the timeline, in which one can drag through time and look closer (wheel, Ctrl and + or -).
 */
#pragma once

#include "gui/desk.h"

typedef struct GuiTimelineView GuiTimelineView;

GuiTimelineView *gui_timeline_view_new (GuiDesk *desk);
void gui_timeline_view_free (GuiTimelineView *self); /* its widgets belong to the window */
GtkWidget *gui_timeline_view_widget (GuiTimelineView *self);
void gui_timeline_view_update (GuiTimelineView *self);

/* A part of time @factor times as long around the present; or all of it. */
void gui_timeline_view_zoom (GuiTimelineView *self, double factor);
void gui_timeline_view_zoom_all (GuiTimelineView *self);
GuiSpan gui_timeline_view_shown (const GuiTimelineView *self);
