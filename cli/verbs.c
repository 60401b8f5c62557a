/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verbs, and what they share about words and messages.
 */
#include "cli/verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "serve/span.h"
#include "sim/scenario_reader.h"

const CliVerb cli_verbs[] = {
  { "run", "FILE|FOLDER", "play scenarios and check their goals", cli_run },
  { "serve", "[FILE]", "serve a simulated cluster to kubectl", cli_serve },
  { "up", "", "run a cluster of real containers on the local Docker Engine", cli_up },
  { "down", "", "remove all that `up` made in the Docker Engine", cli_down },
  { "lint", "FILE...", "check scenario files without running them", cli_lint },
  { "window", "[FILE]", "show a simulated cluster in a window", cli_window },
  { "explain", "FILE NAME", "why an object is as it is: its story, causes, verdicts", cli_explain },
};
const guint cli_n_verbs = G_N_ELEMENTS (cli_verbs);

static const CliVerb *
find_verb (const char *name)
{
  for (guint i = 0; i < cli_n_verbs; i++)
    if (strcmp (cli_verbs[i].name, name) == 0)
      return &cli_verbs[i];
  return NULL;
}

gboolean
cli_parse (const char *verb, const GOptionEntry *entries, int *argc, char ***argv, int *ret_status)
{
  const CliVerb *found = find_verb (verb);
  g_autoptr (GError) error = NULL;
  g_autofree char *summary = g_strdup_printf ("orrery %s: %s.", verb, found->summary);
  g_autofree char *program = g_strdup_printf ("orrery %s", verb);
  GOptionContext *context = g_option_context_new (found->arguments);

  g_set_prgname (program);
  g_option_context_set_summary (context, summary);
  g_option_context_set_help_enabled (context, FALSE);
  gboolean wants_help = FALSE;
  GOptionEntry help[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, "Show this text", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, help, NULL);
  gboolean is_good = g_option_context_parse (context, argc, argv, &error);
  if (is_good && wants_help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);
      fputs (text, stdout);
      *ret_status = CLI_OK;
    }
  else if (!is_good)
    *ret_status = cli_refuse ("%s; see `orrery %s --help`", error->message, verb);
  g_option_context_free (context);
  return is_good && !wants_help;
}

int
cli_refuse (const char *format, ...)
{
  va_list arguments;

  fflush (stdout);
  fputs ("orrery: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  return CLI_REFUSED;
}

SimScenario *
cli_load_scenario (const char *path, GError **error)
{
  g_autoptr (SimScenario) scenario = sim_scenario_load (path, error);
  K8Region *region = scenario == NULL ? NULL : serve_span_new ();

  if (scenario == NULL)
    return NULL;
  if (region == NULL)
    {
      g_set_error (error, SIM_SCENARIO_ERROR, 0, "no address space for a world (`ulimit -v`?)");
      return NULL;
    }
  gboolean is_good = sim_scenario_check (scenario, region, error);
  serve_span_free (region);
  return is_good ? g_steal_pointer (&scenario) : NULL;
}

gboolean
cli_parse_speed (const char *text, double *ret_speed)
{
  char *end = NULL;

  if (text == NULL || strcmp (text, "max") == 0)
    {
      *ret_speed = 0;
      return TRUE;
    }
  double speed = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !(speed > 0 && speed <= 1e6))
    {
      cli_refuse ("--speed %s: expected a number above 0, or max", text);
      return FALSE;
    }
  *ret_speed = speed;
  return TRUE;
}
