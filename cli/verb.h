/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of `orrery`: each one file and one line of the table in verbs.c.
 * Exit status of every verb: 0 it worked (run: all goals held), 1 it did not, 2 it could not
 * begin: wrong words, a file that cannot be read, a port that is taken.
 */
#pragma once

#include <glib.h>

#include "sim/scenario.h"

enum
{
  CLI_OK = 0,
  CLI_FAILED = 1,
  CLI_REFUSED = 2,
};

typedef struct
{
  const char *name;
  const char *arguments; /* "FILE|FOLDER" */
  const char *summary;
  int (*run) (int argc, char **argv); /* argv[0] is the verb */
} CliVerb;

extern const CliVerb cli_verbs[];
extern const guint cli_n_verbs;

int cli_run (int argc, char **argv);
int cli_serve (int argc, char **argv);
int cli_up (int argc, char **argv);
int cli_down (int argc, char **argv);
int cli_lint (int argc, char **argv);
int cli_window (int argc, char **argv);
int cli_explain (int argc, char **argv);

/* Parses a verb's options. FALSE when the verb shall end with *@ret_status: after --help, or
 * after a message about wrong words. */
gboolean cli_parse (
    const char *verb, const GOptionEntry *entries, int *argc, char ***argv, int *ret_status);

/* "orrery: MESSAGE" on standard error; gives CLI_REFUSED. */
int cli_refuse (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* "10", "0.5", "max" (gives 0); FALSE with a message for anything else. */
gboolean cli_parse_speed (const char *text, double *ret_speed);

/* A scenario that was read and looked at closely; NULL with "FILE:LINE:COLUMN: ...". */
SimScenario *cli_load_scenario (const char *path, GError **error);
