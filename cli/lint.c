/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery lint`: reads scenario files and says what is wrong, without running anything.
 */
#include <stdio.h>

#include "cli/verb.h"

static const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };

static int
lint (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimScenario) scenario = cli_load_scenario (path, &error);

  if (scenario == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return CLI_REFUSED;
    }
  printf ("%s: fine\n", path);
  return CLI_OK;
}

int
cli_lint (int argc, char **argv)
{
  int status;

  if (!cli_parse ("lint", entries, &argc, &argv, &status))
    return status;
  if (argc < 2)
    return cli_refuse ("lint: expected at least one FILE");
  status = CLI_OK;
  for (int i = 1; i < argc; i++)
    if (lint (argv[i]) != CLI_OK)
      status = CLI_REFUSED;
  return status;
}
