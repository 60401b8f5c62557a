/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scenario names must be there: nodes, zones, components, traffic, fields of kinds. A goal
 * about something that cannot be would be missed for ever, or never. Manifests are decoded as
 * strictly as the API server does it, with their place in the file; whether it admits them
 * depends on the world and shows when they are applied.
 */
#include <string.h>

#include "base/string.h"
#include "codec/json.h"
#include "machinery/gvk.h"
#include "machinery/selector.h"
#include "sim/action.h"
#include "sim/look.h"
#include "sim/scenario_private.h"

/* A walk over the steps and goals of a file. */
typedef struct
{
  SimScenario *scenario;
  K8Region *region; /* NULL: names only; else selectors only */
  GHashTable *traffic;
  GHashTable *zones;
} Walk;

static gboolean
is_component (const Walk *walk, const char *name)
{
  static const char *const whole[]
      = { "etcd", "apiserver", "controller-manager", "scheduler", NULL };
  const char *slash = strchr (name, '/');

  if (slash != NULL)
    return (g_str_has_prefix (name, "kubelet/") || g_str_has_prefix (name, "proxy/"))
           && g_hash_table_contains (walk->scenario->node_names, slash + 1);
  g_autofree char *base = g_strdup (name);
  if (g_str_has_suffix (base, "-0"))
    base[strlen (base) - 2] = '\0';
  return g_strv_contains (whole, base);
}

static void
check_selector (Walk *walk, SimValue value, const char *text)
{
  g_autofree char *error = NULL;
  const K8Selector *selector
      = k8_selector_parse (walk->region, text, strlen (text), &error);

  if (selector == NULL)
    sim_reader_fail (&walk->scenario->reader, value, "%s", error);
  k8_selector_unref (selector);
}

static void
check_word (Walk *walk, const char *key, SimValue value)
{
  SimReader *reader = &walk->scenario->reader;
  const char *text = sim_reader_text (reader, value, "");

  if (walk->region != NULL)
    {
      if (strcmp (key, "selector") == 0)
        check_selector (walk, value, text);
    }
  else if (strcmp (key, "node") == 0)
    {
      if (!g_hash_table_contains (walk->scenario->node_names, text))
        sim_reader_fail (reader, value, "there is no node %s in this world", text);
    }
  else if (strcmp (key, "zone") == 0)
    {
      if (!g_hash_table_contains (walk->zones, text))
        sim_reader_fail (reader, value, "there is no zone %s in this world", text);
    }
  else if (strcmp (key, "traffic") == 0)
    {
      if (!g_hash_table_contains (walk->traffic, text))
        sim_reader_fail (reader, value, "there is no traffic `%s` in this scenario", text);
    }
  else if (strcmp (key, "component") == 0 && !is_component (walk, text))
    sim_reader_fail (reader, value, "expected etcd, apiserver, controller-manager, scheduler, "
                                    "kubelet/NODE or proxy/NODE");
}

/* Whether what stands under a key has words of its own. */
static gboolean
is_foreign (const char *key)
{
  static const char *const keys[] = { "apply", "patch", "trace", NULL };

  return g_strv_contains (keys, key);
}

/* Recursion: as deep as the reader lets a file be. */
static void
walk_value (Walk *walk, const char *key, SimValue value)
{
  SimReader *reader = &walk->scenario->reader;

  if (value.node == NULL || is_foreign (key))
    return;
  if (JSON_NODE_HOLDS_ARRAY (value.node))
    for (guint i = 0; i < sim_reader_n (reader, value); i++)
      walk_value (walk, "", sim_reader_at (reader, value, i));
  else if (JSON_NODE_HOLDS_OBJECT (value.node))
    {
      GList *keys = json_object_get_members (json_node_get_object (value.node));
      for (GList *each = keys; each != NULL; each = each->next)
        walk_value (walk, each->data, sim_reader_get (reader, value, each->data));
      g_list_free (keys);
    }
  else
    check_word (walk, key, value);
}

static void
walk_all (SimScenario *self, K8Region *region)
{
  SimReader *reader = &self->reader;
  SimValue root = { .node = json_parser_get_root (self->parser), .path = "" };
  SimValue traffic = sim_reader_get (reader, root, "traffic");
  Walk walk = { .scenario = self,
                .region = region,
                .traffic = g_hash_table_new (g_str_hash, g_str_equal),
                .zones = g_hash_table_new (g_str_hash, g_str_equal) };

  for (guint i = 0; i < self->nodes->len; i++)
    g_hash_table_add (walk.zones, (gpointer) k8_string_or_empty (
                                      g_array_index (self->nodes, SimNodeRow, i).zone));
  for (guint i = 0; i < self->traffic->len; i++)
    if (!g_hash_table_add (walk.traffic,
                           (gpointer) g_array_index (self->traffic, SimTrafficRow, i).name))
      sim_reader_fail (reader, sim_reader_get (reader, sim_reader_at (reader, traffic, i), "name"),
                       "there is traffic of this name already");
  walk_value (&walk, "", sim_reader_get (reader, root, "steps"));
  walk_value (&walk, "", sim_reader_get (reader, root, "goals"));
  walk_value (&walk, "", traffic);
  g_hash_table_unref (walk.traffic);
  g_hash_table_unref (walk.zones);
}

void
sim_scenario_check_names (SimScenario *self)
{
  walk_all (self, NULL);
}

/* `unknown field "spec.x"` has its place at spec.x. */
static K8YamlPlace
find_problem (const K8YamlDocument *document, const char *problem)
{
  const char *quote = strchr (problem, '"');
  const char *end = quote == NULL ? NULL : strchr (quote + 1, '"');
  g_autofree char *path = end == NULL ? g_strdup ("")
                                      : g_strndup (quote + 1, (gsize) (end - quote) - 1);

  return k8_yaml_document_find_place (document, path);
}

static void
fail_in_manifest (SimScenario *self, const SimStep *step, K8YamlPlace place, const char *message)
{
  if (self->reader.error == NULL)
    g_set_error (&self->reader.error, SIM_SCENARIO_ERROR, 0, "%s:%u:%u: %s", step->file,
                 place.line + step->lines_before, place.column + step->columns_before, message);
}

/* Decodes one manifest of a kind that is served. */
static void
check_manifest (SimScenario *self, const SimStep *step, K8YamlDocument *document,
                K8Region *region)
{
  gsize length;
  const char *json = k8_yaml_document_json (document, &length);
  K8JsonDecoded decoded = { 0 };
  const K8KindInfo *kind = sim_action_find_kind (json);
  const void *object = k8_json_decode (region, &k8_messages[kind->message], json, length, &decoded);

  if (object == NULL)
    fail_in_manifest (self, step, k8_yaml_document_place_at (document, decoded.where.offset),
                      decoded.error);
  else if (decoded.problems != NULL && decoded.problems->len > 0)
    fail_in_manifest (self, step,
                      find_problem (document, g_ptr_array_index (decoded.problems, 0)),
                      g_ptr_array_index (decoded.problems, 0));
  else if (k8_string_is (k8_string_or_empty (k8_object_meta_name (k8_object_get_meta (object))),
                         ""))
    fail_in_manifest (self, step, k8_yaml_document_find_place (document, "metadata"),
                      "expected metadata.name");
  k8_record_unref (object);
  k8_json_decoded_clear (&decoded);
}

/* Every manifest of a step must be of a kind that is served. */
void
sim_scenario_check_kinds (SimScenario *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      const SimStep *step = &g_array_index (self->steps, SimStep, i);
      for (guint j = 0; step->yaml != NULL && j < step->yaml->len; j++)
        {
          K8YamlDocument *document = g_ptr_array_index (step->yaml, j);
          gsize length;
          g_autofree char *problem
              = sim_action_dup_problem (k8_yaml_document_json (document, &length));
          if (problem != NULL)
            fail_in_manifest (self, step, k8_yaml_document_find_place (document, "kind"), problem);
        }
    }
}

gboolean
sim_scenario_check (SimScenario *self, K8Region *region, GError **error)
{
  walk_all (self, region);
  for (guint i = 0; i < self->steps->len; i++)
    {
      const SimStep *step = &g_array_index (self->steps, SimStep, i);
      for (guint j = 0; step->yaml != NULL && j < step->yaml->len; j++)
        check_manifest (self, step, g_ptr_array_index (step->yaml, j), region);
    }
  if (self->reader.error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->reader.error));
  return FALSE;
}
