/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenario files: read, checked, turned into worlds. What is played is in play.c.
 */
#include "sim/scenario.h"

#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "codec/json.h"
#include "sim/scenario_private.h"

enum
{
  MAX_FILE_BYTES = 4 * 1024 * 1024,
};

static const char default_scenario[]
    = "apiVersion: orrery.dev/v1\n"
      "kind: Scenario\n"
      "metadata: {name: default, title: Three nodes in three zones}\n"
      "world:\n"
      "  nodes:\n"
      "  - {name: \"node-{n}\", count: 3, zones: [zone-a, zone-b, zone-c], cpu: 4, memory: 8Gi}\n";

static SimScenario *
scenario_new (const char *text, gsize length, const char *path)
{
  SimScenario *self = g_new0 (SimScenario, 1);

  self->path = g_strdup (path);
  self->text = g_strndup (text, length);
  self->reader.file = self->path;
  self->reader.texts = g_string_chunk_new (4096);
  self->parser = json_parser_new ();
  self->until_ns = G_MAXINT64;
  self->nodes = g_array_new (FALSE, TRUE, sizeof (SimNodeRow));
  self->node_names = g_hash_table_new (g_str_hash, g_str_equal);
  self->profiles = g_array_new (FALSE, TRUE, sizeof (SimProfile));
  self->steps = g_array_new (FALSE, TRUE, sizeof (SimStep));
  self->traffic = g_array_new (FALSE, TRUE, sizeof (SimTrafficRow));
  self->goals = g_array_new (FALSE, TRUE, sizeof (SimGoalRow));
  self->watches = g_array_new (FALSE, TRUE, sizeof (SimTraceWatch));
  return self;
}

void
sim_scenario_free (SimScenario *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->steps->len; i++)
    {
      SimStep *step = &g_array_index (self->steps, SimStep, i);
      g_clear_pointer (&step->documents, g_ptr_array_unref);
      g_clear_pointer (&step->yaml, g_ptr_array_unref);
    }
  for (guint i = 0; i < self->goals->len; i++)
    sim_expect_free (g_array_index (self->goals, SimGoalRow, i).expect);
  g_array_unref (self->nodes);
  g_hash_table_unref (self->node_names);
  g_array_unref (self->profiles);
  g_array_unref (self->steps);
  g_array_unref (self->traffic);
  g_array_unref (self->goals);
  g_array_unref (self->watches);
  g_object_unref (self->parser);
  k8_yaml_document_free (self->reader.document);
  g_string_chunk_free (self->reader.texts);
  g_clear_error (&self->reader.error);
  g_free (self->path);
  g_free (self->text);
  g_free (self);
}

static void
check_span (SimScenario *self, SimValue value, gint64 from_ns, gint64 until_ns)
{
  if (until_ns < from_ns)
    sim_reader_fail (&self->reader, sim_reader_get (&self->reader, value, "until"),
                     "expected an instant that is not before `from`");
}

static void
read_traffic (SimScenario *self, SimValue value)
{
  SimReader *reader = &self->reader;
  SimValue to = sim_reader_need (reader, value, "to");
  SimTrafficRow row = { 0 };

  sim_reader_only (reader, value, "name from until every to node");
  sim_reader_only (reader, to, "service namespace port");
  row.name = sim_reader_text (reader, sim_reader_need (reader, value, "name"), "");
  row.from_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "from"), 0);
  row.until_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "until"), G_MAXINT64);
  row.every_ns =
      sim_reader_duration (reader, sim_reader_get (reader, value, "every"), K8_SECOND_NS);
  row.service = sim_reader_text (reader, sim_reader_need (reader, to, "service"), "");
  row.namespace_name =
      sim_reader_text (reader, sim_reader_get (reader, to, "namespace"), "default");
  row.port = sim_reader_int (reader, sim_reader_get (reader, to, "port"), 1, 65535, 80);
  row.node = sim_reader_text (reader, sim_reader_get (reader, value, "node"), NULL);
  check_span (self, value, row.from_ns, row.until_ns);
  if (row.every_ns < 100 * K8_MICROSECOND_NS)
    sim_reader_fail (reader, sim_reader_get (reader, value, "every"), "expected at least 100us");
  g_array_append_val (self->traffic, row);
}

static void
read_span (SimScenario *self, SimValue value, SimGoalRow *row)
{
  SimReader *reader = &self->reader;

  sim_reader_only (reader, value, "from until");
  row->from_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "from"), 0);
  row->until_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "until"), G_MAXINT64);
  check_span (self, value, row->from_ns, row->until_ns);
  if (MIN (row->until_ns, self->until_ns) == G_MAXINT64)
    sim_reader_fail (reader, value, "has no end: expected `until` here or at the scenario");
}

static void
read_goal (SimScenario *self, SimValue value)
{
  SimReader *reader = &self->reader;
  SimValue within = sim_reader_get (reader, value, "within");
  SimValue always = sim_reader_get (reader, value, "always");
  SimValue never = sim_reader_get (reader, value, "never");
  SimGoalRow row = { .line = sim_reader_line (reader, value) };

  sim_reader_only (reader, value, "name within at always never expect");
  row.name = sim_reader_text (reader, sim_reader_need (reader, value, "name"), "");
  if ((within.node != NULL) + (always.node != NULL) + (never.node != NULL) != 1)
    sim_reader_fail (reader, value, "expected exactly one of: within, always, never");
  if (within.node != NULL)
    {
      row.from_ns = sim_reader_duration (reader, sim_reader_get (reader, value, "at"), 0);
      row.until_ns = row.from_ns + sim_reader_duration (reader, within, 0);
    }
  else
    {
      row.type = always.node != NULL ? SIM_GOAL_ALWAYS : SIM_GOAL_NEVER;
      read_span (self, always.node != NULL ? always : never, &row);
    }
  row.expect
      = sim_expect_parse (reader, sim_reader_need (reader, value, "expect"), self->watches);
  g_array_append_val (self->goals, row);
}

static void
read_lists (SimScenario *self, SimValue root)
{
  SimReader *reader = &self->reader;
  SimValue traffic = sim_reader_get (reader, root, "traffic");
  SimValue goals = sim_reader_get (reader, root, "goals");

  for (guint i = 0; i < sim_reader_n (reader, traffic); i++)
    read_traffic (self, sim_reader_at (reader, traffic, i));
  for (guint i = 0; i < sim_reader_n (reader, goals); i++)
    read_goal (self, sim_reader_at (reader, goals, i));
}

static void
check_type (SimScenario *self, SimValue root)
{
  SimReader *reader = &self->reader;
  SimValue version = sim_reader_need (reader, root, "apiVersion");
  SimValue kind = sim_reader_need (reader, root, "kind");

  if (!k8_string_is (sim_reader_text (reader, version, ""), "orrery.dev/v1"))
    sim_reader_fail (reader, version, "expected orrery.dev/v1");
  if (!k8_string_is (sim_reader_text (reader, kind, ""), "Scenario"))
    sim_reader_fail (reader, kind, "expected Scenario");
}

static void
read_root (SimScenario *self)
{
  SimReader *reader = &self->reader;
  SimValue root = { .node = json_parser_get_root (self->parser), .path = "" };
  SimValue metadata = sim_reader_get (reader, root, "metadata");

  sim_reader_only (reader, root,
                   "apiVersion kind metadata lesson world steps traffic goals until");
  check_type (self, root);
  sim_reader_only (reader, metadata, "name title");
  self->name = sim_reader_text (reader, sim_reader_get (reader, metadata, "name"), "scenario");
  self->title = sim_reader_text (reader, sim_reader_get (reader, metadata, "title"), self->name);
  self->lesson = sim_reader_text (reader, sim_reader_get (reader, root, "lesson"), "");
  self->until_ns
      = sim_reader_duration (reader, sim_reader_get (reader, root, "until"), G_MAXINT64);
  sim_scenario_read_world (self, sim_reader_get (reader, root, "world"));
  sim_scenario_read_steps (self, sim_reader_get (reader, root, "steps"));
  read_lists (self, root);
  sim_scenario_check_names (self);
  sim_scenario_check_kinds (self);
}

/* The one document of the file, as a tree. */
static gboolean
parse_document (SimScenario *self, GError **error)
{
  K8YamlError yaml_error = { 0 };
  GPtrArray *documents = k8_yaml_parse (self->text, strlen (self->text), &yaml_error);
  gsize length;

  if (documents == NULL)
    {
      g_set_error (error, SIM_SCENARIO_ERROR, 0, "%s:%u:%u: %s", self->path,
                   yaml_error.place.line, yaml_error.place.column, yaml_error.message);
      k8_yaml_error_clear (&yaml_error);
      return FALSE;
    }
  if (documents->len != 1)
    {
      g_set_error (error, SIM_SCENARIO_ERROR, 0,
                   "%s:1:1: expected one document, found %u", self->path, documents->len);
      g_ptr_array_unref (documents);
      return FALSE;
    }
  g_ptr_array_set_free_func (documents, NULL);
  self->reader.document = g_ptr_array_index (documents, 0);
  g_ptr_array_unref (documents);
  const char *json = k8_yaml_document_json (self->reader.document, &length);
  return json_parser_load_from_data (self->parser, json, (gssize) length, error);
}

SimScenario *
sim_scenario_parse (const char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (SimScenario) self = scenario_new (text, length, path);

  if (!parse_document (self, error))
    return NULL;
  read_root (self);
  if (self->reader.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->reader.error));
      return NULL;
    }
  return g_steal_pointer (&self);
}

SimScenario *
sim_scenario_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  g_autoptr (GError) problem = NULL;
  if (!g_file_get_contents (path, &text, &length, &problem))
    {
      const char *reason = strrchr (problem->message, ':');
      g_set_error (error, SIM_SCENARIO_ERROR, 0, "%s: cannot be read%s", path,
                   reason != NULL ? reason : "");
      return NULL;
    }
  if (length > MAX_FILE_BYTES)
    {
      g_set_error (error, SIM_SCENARIO_ERROR, 0,
                   "%s: larger than the limit of 4 MiB for a scenario", path);
      return NULL;
    }
  return sim_scenario_parse (text, length, path, error);
}

SimScenario *
sim_scenario_new_default (void)
{
  return sim_scenario_parse (default_scenario, sizeof default_scenario - 1, "default", NULL);
}

const char *
sim_scenario_name (const SimScenario *self)
{
  return self->name;
}

const char *
sim_scenario_title (const SimScenario *self)
{
  return self->title;
}

const char *
sim_scenario_lesson (const SimScenario *self)
{
  return self->lesson;
}

const char *
sim_scenario_text (const SimScenario *self)
{
  return self->text;
}

const char *
sim_scenario_path (const SimScenario *self)
{
  return self->path;
}

guint64
sim_scenario_seed (const SimScenario *self)
{
  return self->seed;
}

gint64
sim_scenario_until_ns (const SimScenario *self)
{
  return self->until_ns;
}

guint
sim_scenario_n_steps (const SimScenario *self)
{
  return self->steps->len;
}

SimStepView
sim_scenario_step (const SimScenario *self, guint index)
{
  const SimStep *step = &g_array_index (self->steps, SimStep, index);

  return (SimStepView){ .at_ns = step->at_ns, .title = step->title, .line = step->line };
}

static void
add_profiles (const SimScenario *self, SimWorld *world)
{
  for (guint i = 0; i < self->profiles->len; i++)
    {
      SimProfile profile = g_array_index (self->profiles, SimProfile, i);
      profile.image = k8_string_intern (world->region, profile.image);
      if (profile.pull_error != NULL)
        profile.pull_error = k8_string_intern (world->region, profile.pull_error);
      if (profile.log_rules != NULL)
        profile.log_rules = k8_string_intern (world->region, profile.log_rules);
      sim_runtime_add_profile (&world->runtime, &profile);
      k8_string_unref (profile.image);
      k8_string_unref (profile.pull_error);
      k8_string_unref (profile.log_rules);
    }
}

void
sim_scenario_set_start (SimScenario *self, gint64 wall_start_ns)
{
  if (self->config.wall_start_ns == 0)
    self->config.wall_start_ns = wall_start_ns;
}

SimWorld *
sim_scenario_build (const SimScenario *self, K8Region *region, guint64 seed, const char *token)
{
  SimConfig config = self->config;

  config.seed = seed != 0 ? seed : self->seed;
  config.admin_token = token;
  SimWorld *world = sim_world_new (region, &config);
  add_profiles (self, world);
  sim_scenario_add_nodes (self, world);
  world->part = sim_play_new (self, world, world->config.admin_token);
  return world;
}
