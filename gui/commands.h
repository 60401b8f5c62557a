/* SPDX-License-Identifier: Apache-2.0
 *
 * What buttons, menus and keys of the window do: its actions, by name, and the table of keys,
 * from which the sheet of keys is made, too.
 */
#pragma once

#include "gui/desk.h"
#include "gui/timeline_view.h"

typedef struct
{
  GuiDesk *desk;
  GuiTimelineView *timeline;
  GtkApplicationWindow *window;
  GtkFileChooserNative *chooser; /* or NULL: none is open */
  void (*open) (GtkApplicationWindow *window, GFile *file);
} GuiCommands;

/* Adds the actions to the window, which must outlive them. */
void gui_commands_init (GuiCommands *self);
void gui_commands_clear (GuiCommands *self);

/* Keys of all windows. */
void gui_commands_set_keys (GtkApplication *application);

/* Applies a file of manifests to the present, and says how it went. */
void gui_commands_apply (GuiCommands *self, GFile *file);
