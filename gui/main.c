/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery-window [SCENARIO]`: the window, or with --screenshot one picture without a display.
 */
#include <locale.h>
#include <stdio.h>

#include "base/time.h"
#include "gui/screenshot.h"
#include "gui/window.h"

enum
{
  OK = 0,
  REFUSED = 2,
  MIN_SIDE = 640,
  MAX_SIDE = 8192,
};

static char *screenshot_path;
static char *at_text;
static char *size_text;
static gboolean is_dark;
static gboolean plays;

static const GOptionEntry entries[] = {
  { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, &screenshot_path,
    "Draw the scenario into a PNG and end; needs no display", "FILE" },
  { "at", 0, 0, G_OPTION_ARG_STRING, &at_text, "Go to this virtual instant (90s, 1m30s)", "TIME" },
  { "size", 0, 0, G_OPTION_ARG_STRING, &size_text, "Size in pixels (default 1600x900)", "WxH" },
  { "dark", 0, 0, G_OPTION_ARG_NONE, &is_dark, "Dark style", NULL },
  { "play", 0, 0, G_OPTION_ARG_NONE, &plays, "Begin to play at once", NULL },
  G_OPTION_ENTRY_NULL,
};

static int G_GNUC_PRINTF (1, 2) refuse (const char *format, ...)
{
  va_list arguments;

  fputs ("orrery-window: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  return REFUSED;
}

static gboolean
parse_size (GuiSize *ret_size)
{
  int width = 1600;
  int height = 900;
  char rest;

  if (size_text != NULL && sscanf (size_text, "%dx%d%c", &width, &height, &rest) != 2)
    return FALSE;
  *ret_size = (GuiSize){ width, height };
  return width >= MIN_SIDE && height >= MIN_SIDE * 3 / 4 && width <= MAX_SIDE && height <= MAX_SIDE;
}

static int
draw (SimScenario *scenario, GuiSize size, gint64 at_ns)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiPlayer) player = gui_player_new (scenario, &error);

  if (player == NULL)
    return refuse ("%s", error->message);
  gui_player_seek (player, at_ns);
  gui_player_finish (player);
  if (!gui_screenshot_write (player, size, is_dark ? GUI_THEME_NIGHT : GUI_THEME_DAY,
                             screenshot_path, &error))
    return refuse ("%s", error->message);
  return OK;
}

static gboolean
parse_words (int *argc, char ***argv, GError **error)
{
  GOptionContext *context = g_option_context_new ("[SCENARIO]");

  g_option_context_set_summary (context, "A cluster in a window: play a scenario, go back, act.");
  g_option_context_add_main_entries (context, entries, NULL);
  gboolean is_good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  return is_good;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  GuiWindowOptions options = { .at_ns = 0 };

  setlocale (LC_ALL, "");
  options.begin_us = g_get_monotonic_time ();
  if (!parse_words (&argc, &argv, &error))
    return refuse ("%s; see --help", error->message);
  if (argc > 2)
    return refuse ("expected at most one SCENARIO");
  if (!parse_size (&options.size))
    return refuse ("--size %s: expected WxH, %dx%d to %dx%d", size_text, MIN_SIDE, MIN_SIDE * 3 / 4,
                   MAX_SIDE, MAX_SIDE);
  if (at_text != NULL && (!k8_duration_parse (at_text, &options.at_ns) || options.at_ns < 0))
    return refuse ("--at %s: expected a duration such as 90s or 1m30s", at_text);
  SimScenario *scenario =
      argc == 2 ? sim_scenario_load (argv[1], &error) : sim_scenario_new_default ();
  if (scenario == NULL)
    return refuse ("%s", error->message);
  if (screenshot_path != NULL)
    return draw (scenario, options.size, options.at_ns);
  options.plays = plays;
  options.is_dark = is_dark;
  return gui_window_main (scenario, &options);
}
