/* SPDX-License-Identifier: Apache-2.0
 *
 * The story of a run on the terminal: one line for each thing that a learner should see. Which
 * records are worth a line is the table below; everything else is in the trace file.
 */
#include <string.h>

#include "cli/report.h"

enum
{
  MAX_LINES = 400, /* of one run; the rest is counted */
};

/* Records of these types are told: name of the type, and how its fields make a sentence. */
static const char *const told[] = {
  "actor.stopped",
  "event.recorded",
};

static gboolean
is_told (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    if (strcmp (told[i], name) == 0)
      return TRUE;
  return FALSE;
}

void
cli_story_init (CliStory *self, gboolean has_progress)
{
  *self = (CliStory){ .has_progress = has_progress,
                      .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
}

void
cli_story_clear (CliStory *self)
{
  if (self->has_progress)
    fputs ("\r\033[K", stderr);
  if (self->n_lines > MAX_LINES)
    printf ("  … and %u lines more\n", self->n_lines - MAX_LINES);
  g_hash_table_unref (self->seen);
}

void
cli_story_title (CliStory *self, const SimScenario *scenario)
{
  printf ("%s\n", sim_scenario_title (scenario));
  if (*sim_scenario_lesson (scenario) != '\0')
    printf ("\n%s\n", sim_scenario_lesson (scenario));
}

/* Control characters of a text from the world must not reach the terminal. */
static void
put_text (const char *text)
{
  for (; *text != '\0'; text++)
    putchar ((guint8) *text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void
tell_event (const SimWorld *world, const K8TraceRecord *record)
{
  const char *type = k8_trace_get_text (world->engine, record, 3);

  printf ("  %9.3fs  %s ", (double) record->now_ns / 1e9, strcmp (type, "Normal") == 0 ? " " : "!");
  put_text (k8_trace_get_text (world->engine, record, 0));
  putchar (' ');
  put_text (k8_trace_get_text (world->engine, record, 2));
  fputs (": ", stdout);
  put_text (k8_trace_get_text (world->engine, record, 5));
  putchar ('\n');
}

/* The same words about the same object are told once. */
static gboolean
is_news (CliStory *self, const SimWorld *world, const K8TraceRecord *record)
{
  g_autoptr (GString) key = g_string_new (NULL);

  for (guint i = 0; i < record->n_values; i++)
    if (k8_trace_infos[record->type].fields[i].type == K8_TRACE_FIELD_TEXT)
      g_string_append_printf (key, "%s|", k8_trace_get_text (world->engine, record, i));
  return record->type != K8_TRACE_EVENT_RECORDED
         || g_hash_table_add (self->seen, g_strdup (key->str));
}

void
cli_story_take (CliStory *self, const SimWorld *world, const K8TraceRecord *record)
{
  if (!is_told (k8_trace_infos[record->type].name) || !is_news (self, world, record))
    return;
  if (++self->n_lines > MAX_LINES)
    return;
  if (self->has_progress)
    fputs ("\r\033[K", stderr);
  if (record->type == K8_TRACE_EVENT_RECORDED)
    tell_event (world, record);
  else
    printf ("  %9.3fs  ! %s stopped\n", (double) record->now_ns / 1e9,
            k8_trace_get_text (world->engine, record, 0));
}

void
cli_story_progress (CliStory *self, const SimWorld *world)
{
  gint64 now_us = g_get_monotonic_time ();

  if (!self->has_progress || now_us - self->last_progress_us < 100000)
    return;
  self->last_progress_us = now_us;
  fprintf (stderr, "\r\033[K%.1f s of virtual time, %" G_GUINT64_FORMAT " events",
           (double) world->now_ns / 1e9, world->n_steps);
}
