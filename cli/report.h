/* SPDX-License-Identifier: Apache-2.0
 *
 * What `orrery run` shows: the story while it happens, the goals at the end, and reports for
 * other programs.
 */
#pragma once

#include <stdio.h>

#include "sim/scenario.h"

/* The story: lines for what a learner should see; progress on a terminal. */
typedef struct
{
  gboolean has_progress;
  gint64 last_progress_us;
  guint n_lines;
  GHashTable *seen; /* what was said of a subject last, so that nothing is said twice */
} CliStory;

void cli_story_init (CliStory *self, gboolean has_progress);
void cli_story_clear (CliStory *self);
void cli_story_title (CliStory *self, const SimScenario *scenario);
void cli_story_take (CliStory *self, const SimWorld *world, const K8TraceRecord *record);
void cli_story_progress (CliStory *self, const SimWorld *world);

/* Results of one or more scenarios. */
typedef struct
{
  GString *junit;
  GString *json;
  guint n_tests;
  guint n_failures;
} CliReport;

void cli_report_init (CliReport *self);
void cli_report_clear (CliReport *self);

/* Adds a scenario that was played; gives whether all its goals held and no step was refused. */
gboolean cli_report_add (CliReport *self, const SimScenario *scenario, const SimWorld *world,
                         const char *digest);
void cli_report_print (const SimScenario *scenario, const SimWorld *world, gboolean is_cut_short);
gboolean cli_report_write_junit (const CliReport *self, const char *path, GError **error);
gboolean cli_report_write_json (const CliReport *self, const char *path, GError **error);
