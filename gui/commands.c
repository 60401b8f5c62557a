/* SPDX-License-Identifier: Apache-2.0
 *
 * Actions of the window and their keys.
 */
#include "gui/commands.h"

#include "base/time.h"
#include "gui/actions.h"

#define ZOOM_FACTOR 2.0

/* The clock. */
static void
do_play (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;
  GuiPlayer *player = self->desk->player;

  if (gui_player_mode (player) == GUI_PLAYER_PLAYING)
    gui_player_pause (player);
  else
    gui_player_play (player);
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
do_step (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  gui_player_step (self->desk->player, GUI_STEP_MILESTONE);
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
do_step_message (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  gui_player_step (self->desk->player, GUI_STEP_MESSAGE);
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
do_step_back (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  gui_player_step_back (self->desk->player);
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
seek (GuiCommands *self, gint64 at_ns)
{
  GuiPlayer *player = self->desk->player;

  gui_player_seek (player, CLAMP (at_ns, 0, gui_player_span_ns (player)));
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
do_home (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  seek (user, 0);
}

static void
do_end (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  seek (self, sim_timeline_horizon (gui_player_timeline (self->desk->player)));
}

static void
do_move (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  seek (self,
        gui_player_now_ns (self->desk->player) + g_variant_get_int32 (parameter) * K8_SECOND_NS);
}

static void
change_speed (GuiCommands *self, int steps)
{
  GuiPlayer *player = self->desk->player;

  gui_clock_change_speed (gui_player_clock (player), steps);
  if (gui_player_mode (player) == GUI_PLAYER_PLAYING)
    gui_player_play (player);
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

static void
do_slower (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  change_speed (user, -1);
}

static void
do_faster (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  change_speed (user, 1);
}

static void
do_branch (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  gui_player_switch_branch (self->desk->player, g_variant_get_uint32 (parameter));
  gui_desk_notify (self->desk, GUI_DESK_TIME);
}

/* The look. */
static void
do_unselect (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  GuiCommands *self = user;

  gui_desk_select (self->desk, GUI_SELECTION_NONE, NULL, NULL);
}

static void
do_zoom_in (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  gui_timeline_view_zoom (((GuiCommands *) user)->timeline, 1 / ZOOM_FACTOR);
}

static void
do_zoom_out (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  gui_timeline_view_zoom (((GuiCommands *) user)->timeline, ZOOM_FACTOR);
}

static void
do_zoom_all (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  gui_timeline_view_zoom_all (((GuiCommands *) user)->timeline);
}

static void
change_dark (GSimpleAction *action, GVariant *value, gpointer user)
{
  GuiCommands *self = user;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      g_variant_get_boolean (value) ? ADW_COLOR_SCHEME_FORCE_DARK
                                                                    : ADW_COLOR_SCHEME_FORCE_LIGHT);
  g_simple_action_set_state (action, value);
  gui_desk_notify (self->desk, GUI_DESK_SELECTION);
}

/* Files. */
void
gui_commands_apply (GuiCommands *self, GFile *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  GuiOutcome outcome;

  if (!g_file_load_contents (file, NULL, &text, &length, NULL, &error))
    {
      gui_desk_toast (self->desk, "%s", error->message);
      return;
    }
  gui_actions_apply (self->desk->player, text, length, &outcome);
  gui_desk_tell (self->desk, &outcome);
}

static void
use_scenario (GuiCommands *self, GFile *file)
{
  self->open (self->window, file);
}

/* Both choosers end here; what is to be done with the file is data of the chooser. */
static void
on_file_chosen (GtkNativeDialog *chooser, int response, GuiCommands *self)
{
  void (*use) (GuiCommands *, GFile *) = g_object_get_data (G_OBJECT (chooser), "use");
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
                               : NULL;

  if (file != NULL)
    use (self, file);
  g_clear_object (&self->chooser);
}

static void
choose_file (GuiCommands *self, const char *title, void (*use) (GuiCommands *, GFile *))
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self->window),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  g_object_set_data (G_OBJECT (self->chooser), "use", (gpointer) use);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_file_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
do_open (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  choose_file (user, "Open a scenario", use_scenario);
}

static void
do_apply (GSimpleAction *action, GVariant *parameter, gpointer user)
{
  choose_file (user, "Apply a file", gui_commands_apply);
}

static const GActionEntry actions[] = {
  { .name = "open", .activate = do_open },
  { .name = "apply", .activate = do_apply },
  { .name = "play", .activate = do_play },
  { .name = "step", .activate = do_step },
  { .name = "step-message", .activate = do_step_message },
  { .name = "step-back", .activate = do_step_back },
  { .name = "home", .activate = do_home },
  { .name = "end", .activate = do_end },
  { .name = "move", .activate = do_move, .parameter_type = "i" },
  { .name = "slower", .activate = do_slower },
  { .name = "faster", .activate = do_faster },
  { .name = "branch", .activate = do_branch, .parameter_type = "u" },
  { .name = "zoom-in", .activate = do_zoom_in },
  { .name = "zoom-out", .activate = do_zoom_out },
  { .name = "zoom-all", .activate = do_zoom_all },
  { .name = "dark", .state = "false", .change_state = change_dark },
  { .name = "unselect", .activate = do_unselect },
};

/* Keys of actions, in groups as the sheet of keys shows them. */
static const struct
{
  const char *group;
  const char *title;
  const char *action;
  const char *keys[4];
} keys[] = {
  { "Clock", "Play or pause", "win.play", { "space" } },
  { "Clock", "On to the next event", "win.step", { "period" } },
  { "Clock", "On to the next message", "win.step-message", { "greater" } },
  { "Clock", "Back to the last event", "win.step-back", { "comma" } },
  { "Clock", "Slower", "win.slower", { "minus", "KP_Subtract", "bracketleft" } },
  { "Clock", "Faster", "win.faster", { "plus", "KP_Add", "bracketright" } },
  { "Window", "Open a scenario", "win.open", { "<Control>o" } },
  { "Window", "Apply a file of manifests", "win.apply", { "<Control>e" } },
  { "Window", "Select nothing", "win.unselect", { "Escape" } },
  { "Window", "Dark style", "win.dark", { "<Control>d" } },
  { "Window", "This sheet", "win.show-help-overlay", { "question", "F1", "<Control>question" } },
  { "Window", "Close", "window.close", { "<Control>w", "<Control>q" } },
  { "Timeline", "To the beginning", "win.home", { "Home" } },
  { "Timeline", "To the end of what was played", "win.end", { "End" } },
  { "Timeline", "A second back", "win.move(-1)", { "Left" } },
  { "Timeline", "A second on", "win.move(1)", { "Right" } },
  { "Timeline", "Ten seconds back", "win.move(-10)", { "<Shift>Left" } },
  { "Timeline", "Ten seconds on", "win.move(10)", { "<Shift>Right" } },
  { "Timeline", "Look closer", "win.zoom-in", { "<Control>plus", "<Control>equal" } },
  { "Timeline", "See more", "win.zoom-out", { "<Control>minus" } },
  { "Timeline", "See all of time", "win.zoom-all", { "<Control>0" } },
};

void
gui_commands_set_keys (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_application_set_accels_for_action (application, keys[i].action, keys[i].keys);
}

/* The sheet of keys is made from its description, the only way that this widget allows. */
static GtkShortcutsWindow *
make_sheet (void)
{
  g_autoptr (GString) ui = g_string_new ("<interface><object class='GtkShortcutsWindow' id='sheet'>"
                                         "<property name='modal'>1</property><child>"
                                         "<object class='GtkShortcutsSection'><child>");
  const char *group = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (g_strcmp0 (group, keys[i].group) != 0)
        g_string_append_printf (ui,
                                "%s<object class='GtkShortcutsGroup'>"
                                "<property name='title'>%s</property>",
                                group == NULL ? "" : "</object></child><child>", keys[i].group);
      group = keys[i].group;
      g_autofree char *key = g_markup_escape_text (keys[i].keys[0], -1);
      g_string_append_printf (ui,
                              "<child><object class='GtkShortcutsShortcut'>"
                              "<property name='title'>%s</property>"
                              "<property name='accelerator'>%s</property></object></child>",
                              keys[i].title, key);
    }
  g_string_append (ui, "</object></child></object></child></object></interface>");
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (ui->str, (gssize) ui->len);
  return g_object_ref (GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "sheet")));
}

void
gui_commands_init (GuiCommands *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self->window), actions, G_N_ELEMENTS (actions),
                                   self);
  GtkShortcutsWindow *sheet = make_sheet ();
  gtk_application_window_set_help_overlay (self->window, sheet);
  g_object_unref (sheet);
}

void
gui_commands_clear (GuiCommands *self)
{
  g_clear_object (&self->chooser);
}
