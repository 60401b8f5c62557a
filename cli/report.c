/* SPDX-License-Identifier: Apache-2.0
 *
 * Goals and traffic as text, JUnit and JSON. Texts from a world are escaped where they end up.
 */
#include "cli/report.h"

#include <string.h>

#define SECOND_NS 1e9

static const char *
get_state (SimGoalState state)
{
  return state == SIM_GOAL_HELD ? "held" : "missed";
}

void
cli_report_init (CliReport *self)
{
  *self = (CliReport){ .junit = g_string_new (NULL), .json = g_string_new (NULL) };
}

void
cli_report_clear (CliReport *self)
{
  g_string_free (self->junit, TRUE);
  g_string_free (self->json, TRUE);
}

static void
append_json (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      guint8 c = (guint8) *text;
      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", c);
      else if (c < 0x20)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, (char) c);
    }
  g_string_append_c (out, '"');
}

static void
add_goal (CliReport *self, const SimScenario *scenario, const SimGoalView *goal)
{
  g_autofree char *name = g_markup_escape_text (goal->name, -1);
  g_autofree char *class_name = g_markup_escape_text (sim_scenario_name (scenario), -1);
  g_autofree char *detail = g_markup_escape_text (goal->detail, -1);

  self->n_tests++;
  g_string_append_printf (self->junit, "  <testcase classname=\"%s\" name=\"%s\"", class_name,
                          name);
  if (goal->state == SIM_GOAL_HELD)
    g_string_append (self->junit, "/>\n");
  else
    {
      self->n_failures++;
      g_string_append_printf (self->junit, ">\n    <failure message=\"%s\"/>\n  </testcase>\n",
                              detail);
    }
  g_string_append (self->json, "{\"name\":");
  append_json (self->json, goal->name);
  g_string_append_printf (self->json,
                          ",\"kind\":\"%s\",\"state\":\"%s\",\"decidedSeconds\":%.3f,\"seen\":",
                          goal->kind, get_state (goal->state),
                          (double) goal->decided_ns / SECOND_NS);
  append_json (self->json, goal->detail);
  g_string_append_c (self->json, '}');
}

static void
add_traffic (CliReport *self, const SimWorld *world)
{
  g_string_append (self->json, "],\"traffic\":[");
  for (guint i = 0; i < sim_world_n_traffic (world); i++)
    {
      SimTrafficView traffic = sim_world_traffic (world, i);
      g_string_append (self->json, i > 0 ? ",{\"name\":" : "{\"name\":");
      append_json (self->json, traffic.name);
      g_string_append_printf (self->json,
                              ",\"sent\":%" G_GUINT64_FORMAT ",\"ok\":%" G_GUINT64_FORMAT
                              ",\"failed\":%" G_GUINT64_FORMAT "}",
                              traffic.n_sent, traffic.n_ok, traffic.n_failed);
    }
}

gboolean
cli_report_add (CliReport *self, const SimScenario *scenario, const SimWorld *world,
                const char *digest)
{
  guint failures_before = self->n_failures;

  g_string_append (self->json, self->json->len > 0 ? ",\n{\"scenario\":" : "{\"scenario\":");
  append_json (self->json, sim_scenario_name (scenario));
  g_string_append_printf (self->json, ",\"digest\":\"%s\",\"steps\":%" G_GUINT64_FORMAT
                          ",\"records\":%" G_GUINT64_FORMAT ",\"virtualSeconds\":%.3f,\"goals\":[",
                          digest, world->n_steps, k8_engine_n_records (world->engine),
                          (double) world->now_ns / SECOND_NS);
  for (guint i = 0; i < sim_world_n_goals (world); i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      if (i > 0)
        g_string_append_c (self->json, ',');
      add_goal (self, scenario, &goal);
    }
  add_traffic (self, world);
  g_string_append (self->json, "]}");
  return self->n_failures == failures_before && sim_world_n_refused (world) == 0;
}

static void
print_goal (const SimGoalView *goal)
{
  gboolean is_held = goal->state == SIM_GOAL_HELD;

  printf ("  %s  %s", is_held ? "held  " : "MISSED", goal->name);
  if (is_held)
    printf ("  (%.1fs)\n", (double) goal->decided_ns / SECOND_NS);
  else
    printf ("\n          line %u, %s: saw %s\n", goal->line, goal->kind,
            *goal->detail == '\0' ? "nothing, its time did not come" : goal->detail);
}

void
cli_report_print (const SimScenario *scenario, const SimWorld *world, gboolean is_cut_short)
{
  double seconds = (double) world->now_ns / SECOND_NS;

  if (world->mirror != NULL)
    printf ("\n%s: %.1f s on a real cluster\n", sim_scenario_name (scenario), seconds);
  else
    printf ("\n%s: %.1f s of virtual time, %" G_GUINT64_FORMAT " events, %" G_GUINT64_FORMAT
            " records\n",
            sim_scenario_name (scenario), seconds, world->n_steps,
            k8_engine_n_records (world->engine));
  if (is_cut_short)
    printf ("  interrupted: goals are judged as far as it went\n");
  for (guint i = 0; i < sim_world_n_traffic (world); i++)
    {
      SimTrafficView traffic = sim_world_traffic (world, i);
      printf ("  traffic %s: %" G_GUINT64_FORMAT " requests, %" G_GUINT64_FORMAT " failed\n",
              traffic.name, traffic.n_sent, traffic.n_failed);
    }
  if (sim_world_n_refused (world) > 0)
    printf ("  REFUSED  %u steps; the first at %s\n", sim_world_n_refused (world),
            sim_world_refusal (world));
  for (guint i = 0; i < sim_world_n_goals (world); i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      print_goal (&goal);
    }
}

gboolean
cli_report_write_junit (const CliReport *self, const char *path, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<testsuite name=\"orrery\" tests=\"%u\" failures=\"%u\">\n%s</testsuite>\n",
                       self->n_tests, self->n_failures, self->junit->str);

  return g_file_set_contents (path, text, -1, error);
}

gboolean
cli_report_write_json (const CliReport *self, const char *path, GError **error)
{
  g_autofree char *text = g_strdup_printf ("[%s]\n", self->json->str);

  return g_file_set_contents (path, text, -1, error);
}
