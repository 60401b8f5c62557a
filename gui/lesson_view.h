/* SPDX-License-Identifier: Apache-2.0
 *
 * The left of the window: the lesson with goals, steps and Deployments, and the scenario's text
 * with the running step marked.
 */
#pragma once

#include "gui/desk.h"

typedef struct GuiLessonView GuiLessonView;

GuiLessonView *gui_lesson_view_new (GuiDesk *desk);
void gui_lesson_view_free (GuiLessonView *self); /* its widgets belong to the window */
GtkWidget *gui_lesson_view_widget (GuiLessonView *self);
void gui_lesson_view_update (GuiLessonView *self);
