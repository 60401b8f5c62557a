/* SPDX-License-Identifier: Apache-2.0
 *
 * What all views of a window share: one player (so one clock) and one selection. A view that
 * changes either tells the desk, which tells the window to bring every view up to date.
 */
#pragma once

#include <adwaita.h>
#include <gtksourceview/gtksource.h>

#include "gui/actions.h"
#include "gui/paint.h"

typedef enum
{
  GUI_DESK_TIME, /* the present is another one, or the clock was stopped or started */
  GUI_DESK_SELECTION,
} GuiDeskChange;

typedef struct
{
  GuiPlayer *player;
  GuiSelection selection;
  AdwToastOverlay *toasts;
  void (*changed) (void *user, GuiDeskChange change);
  void *user;
} GuiDesk;

void gui_desk_clear (GuiDesk *self);
void gui_desk_notify (GuiDesk *self, GuiDeskChange change);
void gui_desk_select (GuiDesk *self,
                      GuiSelectionType type,
                      const char *namespace_name,
                      const char *name);
void gui_desk_select_record (GuiDesk *self, guint64 sequence);
void gui_desk_toast (GuiDesk *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Tells how an action went, and brings the views up to date; takes over its message. */
void gui_desk_tell (GuiDesk *self, GuiOutcome *outcome);

/* By which theme canvases are painted: that of the desktop, or as chosen in the menu. */
GuiTheme gui_desk_theme (void);

/* Colours of a text by the theme, from now on. */
void gui_desk_style_source (GtkSourceBuffer *buffer);
