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

void
gui_desk_tell (GuiDesk *self, GuiOutcome *outcome)
{
  gui_desk_toast (self, "%s%s", outcome->message,
                  outcome->is_branch ? " — a branch begins; the old future is kept" : "");
  g_clear_pointer (&outcome->message, g_free);
  gui_desk_notify (self, GUI_DESK_TIME);
}

GuiTheme
gui_desk_theme (void)
{
  return adw_style_manager_get_dark (adw_style_manager_get_default ()) ? GUI_THEME_NIGHT
                                                                       : GUI_THEME_DAY;
}

static void
style_source (GtkSourceBuffer *buffer)
{
  GtkSourceStyleSchemeManager *schemes = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (
      buffer, gtk_source_style_scheme_manager_get_scheme (
                  schemes, gui_desk_theme () == GUI_THEME_NIGHT ? "Adwaita-dark" : "Adwaita"));
}

static void
on_dark (AdwStyleManager *manager, GParamSpec *property, GtkSourceBuffer *buffer)
{
  style_source (buffer);
}

void
gui_desk_style_source (GtkSourceBuffer *buffer)
{
  style_source (buffer);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (on_dark),
                           buffer, 0);
}
