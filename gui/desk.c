/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk.
 */
#include "gui/desk.h"

void
gui_desk_clear (GuiDesk *self)
{
  g_clear_pointer (&self->selection.name, g_free);
  g_clear_pointer (&self->selection.namespace_name, g_free);
  g_clear_pointer (&self->player, gui_player_free);
}

void
gui_desk_notify (GuiDesk *self, GuiDeskChange change)
{
  if (self->changed != NULL)
    self->changed (self->user, change);
}

void
gui_desk_select (GuiDesk *self, GuiSelectionType type, const char *namespace_name, const char *name)
{
  char *kept_namespace = g_strdup (namespace_name);
  char *kept_name = g_strdup (name);

  g_free (self->selection.name);
  g_free (self->selection.namespace_name);
  self->selection =
      (GuiSelection){ .type = type, .namespace_name = kept_namespace, .name = kept_name };
  gui_desk_notify (self, GUI_DESK_SELECTION);
}

void
gui_desk_select_record (GuiDesk *self, guint64 sequence)
{
  g_clear_pointer (&self->selection.name, g_free);
  g_clear_pointer (&self->selection.namespace_name, g_free);
  self->selection.type = sequence == 0 ? GUI_SELECTION_NONE : GUI_SELECTION_RECORD;
  self->selection.sequence = sequence;
  gui_desk_notify (self, GUI_DESK_SELECTION);
}

void
gui_desk_toast (GuiDesk *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  AdwToast *toast = adw_toast_new ("");
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  adw_toast_set_title (toast, escaped);
  adw_toast_set_timeout (toast, 5);
  adw_toast_overlay_add_toast (self->toasts, toast);
}
