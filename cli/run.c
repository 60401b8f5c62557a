/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery run`: plays scenarios, shows what happens at the level of a lesson, and checks goals.
 * The last line is the digest of the world; the status is 0 only if every goal held.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/verb.h"
#include "serve/span.h"
#include "sim/scenario.h"

enum
{
  SLICE_STEPS = 5000,
};

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

static char *speed_text;
static char *trace_path;
static char *junit_path;
static char *json_path;
static gint64 seed;
static gboolean is_quiet;
static gboolean is_trace_begun; /* the scenarios of a folder share the file */
static volatile sig_atomic_t is_interrupted;

static const GOptionEntry entries[] = {
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the world (default: the file's)", "N" },
  { "speed", 0, 0, G_OPTION_ARG_STRING, &speed_text,
    "Virtual seconds a second, or max (default)", "X" },
  { "trace", 0, 0, G_OPTION_ARG_FILENAME, &trace_path, "Write every trace record, one a line",
    "OUT.jsonl" },
  { "junit", 0, 0, G_OPTION_ARG_FILENAME, &junit_path, "Write the goals as a JUnit report",
    "OUT.xml" },
  { "json", 0, 0, G_OPTION_ARG_FILENAME, &json_path, "Write the result as JSON", "OUT" },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &is_quiet, "Show goals and digest only", NULL },
  G_OPTION_ENTRY_NULL,
};

static void
on_interrupt (int number)
{
  is_interrupted = 1;
}

static gboolean
on_trace_error (FILE *file, const char *path)
{
  if (ferror (file) == 0)
    return FALSE;
  cli_refuse ("cannot write %s: disk full or no permission", path);
  return TRUE;
}

/* Where the trace goes: the story on the terminal, every record to a file. */
typedef struct
{
  FILE *file;
  GString *line;
  CliStory story;
} Sinks;

static void
take_trace (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  Sinks *sinks = user;

  if (sinks->file != NULL)
    {
      g_string_truncate (sinks->line, 0);
      k8_trace_to_json (world->engine, record, sinks->line);
      g_string_append_c (sinks->line, '\n');
      fwrite (sinks->line->str, 1, sinks->line->len, sinks->file);
    }
  if (!is_quiet)
    cli_story_take (&sinks->story, world, record);
}

/* Sleeps until the wall clock has caught up with the world. */
static void
keep_pace (const SimWorld *world, double speed, gint64 begin_us)
{
  gint64 due_us = begin_us + (gint64) ((double) world->now_ns / 1000 / speed);
  gint64 wait_us = due_us - g_get_monotonic_time ();

  if (wait_us > 0)
    g_usleep ((gulong) MIN (wait_us, 50000));
}

static void
play (SimWorld *world, double speed, Sinks *sinks)
{
  gint64 begin_us = g_get_monotonic_time ();

  while (!is_interrupted && !sim_world_is_over (world))
    {
      gint64 until_ns = G_MAXINT64;
      if (speed != 0)
        until_ns = (gint64) ((double) (g_get_monotonic_time () - begin_us) * 1000 * speed);
      guint n = 0;
      while (n < SLICE_STEPS && !sim_world_is_over (world)
             && sim_world_next_due (world) <= until_ns && sim_world_step (world))
        n++;
      cli_story_progress (&sinks->story, world);
      if (n == 0 && sim_world_next_due (world) == G_MAXINT64)
        break;
      if (speed != 0 && n < SLICE_STEPS)
        keep_pace (world, speed, begin_us);
    }
}

static gboolean
open_sinks (Sinks *sinks)
{
  *sinks = (Sinks){ .line = g_string_new (NULL) };
  cli_story_init (&sinks->story, !is_quiet && isatty (STDERR_FILENO));
  if (trace_path == NULL)
    return TRUE;
  sinks->file = fopen (trace_path, is_trace_begun ? "a" : "w");
  is_trace_begun = TRUE;
  if (sinks->file == NULL)
    cli_refuse ("cannot write %s: %s", trace_path, g_strerror (errno));
  return sinks->file != NULL;
}

static int
close_sinks (Sinks *sinks, int status)
{
  g_string_free (sinks->line, TRUE);
  cli_story_clear (&sinks->story);
  if (sinks->file == NULL)
    return status;
  fflush (sinks->file);
  if (on_trace_error (sinks->file, trace_path))
    status = CLI_REFUSED;
  fclose (sinks->file);
  return status;
}

static int
finish (const SimScenario *scenario, const SimWorld *world, CliReport *report)
{
  char digest[33];

  sim_world_digest (world, digest);
  gboolean is_good = cli_report_add (report, scenario, world, digest);
  cli_report_print (scenario, world, is_interrupted != 0);
  printf ("digest %s\n", digest);
  fflush (stdout);
  return is_good && !is_interrupted ? CLI_OK : CLI_FAILED;
}

/* The world of a scenario that comes to an end; else what is missing is said, and NULL given. */
static SimWorld *
build_world (const char *path, const SimScenario *scenario, K8Region *region)
{
  SimWorld *world = sim_scenario_build (scenario, region, (guint64) seed, NULL);

  if (sim_world_n_goals (world) > 0 || sim_scenario_until_ns (scenario) != G_MAXINT64)
    return world;
  cli_refuse ("%s: would never end: expected goals or `until` (serve and window play it as it is)",
              path);
  return NULL;
}

static int
run_file (const char *path, double speed, CliReport *report)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimScenario) scenario = cli_load_scenario (path, &error);
  Sinks sinks;

  if (scenario == NULL)
    return cli_refuse ("%s", error->message);
  K8Region *region = serve_span_new ();
  if (region == NULL)
    return cli_refuse ("no address space for a world (`ulimit -v`?)");
  SimWorld *world = build_world (path, scenario, region);
  if (world == NULL || !open_sinks (&sinks))
    {
      serve_span_free (region);
      return CLI_REFUSED;
    }
  if (!is_quiet)
    cli_story_title (&sinks.story, scenario);
  world->hooks = (SimHooks){ .trace = take_trace, .trace_user = &sinks };
  play (world, speed, &sinks);
  int status = close_sinks (&sinks, CLI_OK);
  int goals_status = finish (scenario, world, report);
  serve_span_free (region);
  return MAX (status, goals_status);
}

static int
compare_paths (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Every .yaml file of a folder that is a scenario, in order of names, folders below it too. */
static void
add_folder (GPtrArray *paths, const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);

  for (const char *name = dir == NULL ? NULL : g_dir_read_name (dir); name != NULL;
       name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        add_folder (paths, path);
      else if (g_ascii_isdigit (name[0]) && g_str_has_suffix (name, ".yaml"))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  if (dir != NULL)
    g_dir_close (dir);
}

static int
run_all (const char *path, double speed, CliReport *report)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  int status = CLI_OK;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return run_file (path, speed, report);
  add_folder (paths, path);
  g_ptr_array_sort (paths, compare_paths);
  if (paths->len == 0)
    return cli_refuse ("%s: no scenario (NN-name.yaml) in this folder", path);
  for (guint i = 0; i < paths->len && !is_interrupted; i++)
    {
      int own = run_file (g_ptr_array_index (paths, i), speed, report);
      status = MAX (status, own);
    }
  return status;
}

int
cli_run (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  CliReport report;
  double speed;
  int status;

  if (!cli_parse ("run", entries, &argc, &argv, &status))
    return status;
  if (!cli_parse_speed (speed_text, &speed))
    return CLI_REFUSED;
  if (argc != 2)
    return cli_refuse ("run: expected one FILE or FOLDER; see `orrery run --help`");
  if (seed < 0)
    return cli_refuse ("--seed %" G_GINT64_FORMAT ": expected a number above 0", seed);
  signal (SIGINT, on_interrupt);
  signal (SIGTERM, on_interrupt);
  cli_report_init (&report);
  status = run_all (argv[1], speed, &report);
  if (junit_path != NULL && !cli_report_write_junit (&report, junit_path, &error))
    status = cli_refuse ("%s", error->message);
  else if (json_path != NULL && !cli_report_write_json (&report, json_path, &error))
    status = cli_refuse ("%s", error->message);
  cli_report_clear (&report);
  return status;
}
