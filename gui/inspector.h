/* SPDX-License-Identifier: Apache-2.0
 *
 * The right of the window: what is selected, what can be done to it, its YAML, its Events, and
 * why it is so: the chain of causes, and for a pod the scheduler's view of every node.
 */
#pragma once

#include "gui/desk.h"

typedef struct GuiInspector GuiInspector;

GuiInspector *gui_inspector_new (GuiDesk *desk);
void gui_inspector_free (GuiInspector *self); /* its widgets belong to the window */
GtkWidget *gui_inspector_widget (GuiInspector *self);
void gui_inspector_update (GuiInspector *self);
