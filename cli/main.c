/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery VERB ...`: finds the verb and hands the words over.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"

static void
show_help (FILE *out)
{
  fputs ("Usage: orrery VERB [OPTION…]\n\nA working model of a Kubernetes cluster.\n\nVerbs:\n",
         out);
  for (guint i = 0; i < cli_n_verbs; i++)
    fprintf (out, "  %-8s %-13s %s\n", cli_verbs[i].name, cli_verbs[i].arguments,
             cli_verbs[i].summary);
  fputs ("\n`orrery VERB --help` lists the options of a verb.\n", out);
}

static gboolean
is_word (const char *text, const char *a, const char *b)
{
  return strcmp (text, a) == 0 || strcmp (text, b) == 0;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  if (argc < 2)
    {
      show_help (stderr);
      return CLI_REFUSED;
    }
  if (is_word (argv[1], "--help", "-h") || is_word (argv[1], "help", "help"))
    {
      show_help (stdout);
      return CLI_OK;
    }
  if (is_word (argv[1], "--version", "version"))
    {
      puts ("orrery " ORRERY_VERSION " (Kubernetes v1.36)");
      return CLI_OK;
    }
  for (guint i = 0; i < cli_n_verbs; i++)
    if (strcmp (argv[1], cli_verbs[i].name) == 0)
      return cli_verbs[i].run (argc - 1, argv + 1);
  return cli_refuse ("unknown verb `%s`; see `orrery --help`", argv[1]);
}
