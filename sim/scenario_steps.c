/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of a scenario: one action each, at its time.
 */
#include <string.h>

#include "base/string.h"
#include "sim/scenario_private.h"

const char *
sim_fault_name (SimFaultType type)
{
  static const char *const names[SIM_N_FAULTS] = {
#define SIM_FAULT(TYPE, name, keys, doc) [SIM_FAULT_##TYPE] = name,
#include "sim/fault.def"
#undef SIM_FAULT
  };

  return names[type];
}

static const char *
fault_keys (SimFaultType type)
{
  static const char *const keys_of[SIM_N_FAULTS] = {
#define SIM_FAULT(TYPE, name, keys, doc) [SIM_FAULT_##TYPE] = "type for " keys,
#include "sim/fault.def"
#undef SIM_FAULT
  };

  return keys_of[type];
}

static SimFaultType
find_fault (const char *name)
{
  for (guint i = 1; i < SIM_N_FAULTS; i++)
    if (strcmp (sim_fault_name ((SimFaultType) i), name) == 0)
      return (SimFaultType) i;
  return SIM_FAULT_NONE;
}

static const char *
title (SimScenario *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static const char *
title (SimScenario *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_string_chunk_insert (self->reader.texts, text);
}

static const char *
read_text (SimScenario *self, SimValue of, const char *key, const char *or_else)
{
  return sim_reader_text (&self->reader, sim_reader_get (&self->reader, of, key), or_else);
}

static const K8KindInfo *
read_kind (SimScenario *self, SimValue value, K8KindId or_else)
{
  const char *name = sim_reader_text (&self->reader, value, NULL);

  if (name == NULL)
    return &k8_kinds[or_else];
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].kind, name) == 0)
      return &k8_kinds[i];
  sim_reader_fail (&self->reader, value, "unknown kind %s", name);
  return &k8_kinds[or_else];
}

/* Manifests in place: how far what they hold is from the beginning of the scenario file. */
static void
find_block (const SimScenario *self, SimStep *step, guint first_line)
{
  g_auto (GStrv) lines = g_strsplit (self->text, "\n", -1);
  guint n = g_strv_length (lines);
  guint line = first_line;

  while (line <= n && strstr (lines[line - 1], "apply:") == NULL)
    line++;
  step->file = self->path;
  step->lines_before = MIN (line, n);
  for (; line < n; line++)
    {
      gsize blanks = strspn (lines[line], " ");
      if (lines[line][blanks] == '\0')
        continue;
      step->columns_before = (guint) blanks;
      return;
    }
}

/* Manifests as JSON texts, with their places in the file that they come from. */
static void
add_documents (SimScenario *self, SimStep *step, const char *text)
{
  K8YamlError error = { 0 };

  step->yaml = k8_yaml_parse (text, strlen (text), &error);
  if (step->yaml == NULL)
    {
      if (self->reader.error == NULL)
        g_set_error (&self->reader.error, SIM_SCENARIO_ERROR, 0, "%s:%u:%u: %s", step->file,
                     error.place.line + step->lines_before,
                     error.place.column + step->columns_before, error.message);
      k8_yaml_error_clear (&error);
      return;
    }
  for (guint i = 0; i < step->yaml->len; i++)
    {
      gsize length;
      const char *json = k8_yaml_document_json (g_ptr_array_index (step->yaml, i), &length);
      g_ptr_array_add (step->documents, g_strndup (json, length));
    }
}

/* A file below the scenario's own folder: no absolute path, no step upwards. */
static char *
resolve (SimScenario *self, SimValue at, const char *name)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  if (g_path_is_absolute (name) || g_strv_contains ((const char *const *) parts, ".."))
    {
      sim_reader_fail (&self->reader, at, "expected a file below the scenario's folder");
      return NULL;
    }
  return g_build_filename (folder, name, NULL);
}

static void
read_apply (SimScenario *self, SimStep *step, SimValue value)
{
  const char *text = sim_reader_text (&self->reader, value, "");
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  step->documents = g_ptr_array_new_with_free_func (g_free);
  if (strchr (text, '\n') != NULL)
    {
      step->title = "apply manifests";
      find_block (self, step, step->line);
      add_documents (self, step, text);
      return;
    }
  step->title = title (self, "apply %s", text);
  path = resolve (self, value, text);
  if (path == NULL)
    return;
  step->file = g_string_chunk_insert (self->reader.texts, path);
  if (!g_file_get_contents (path, &content, NULL, &error))
    sim_reader_fail (&self->reader, value, "%s", error->message);
  else
    add_documents (self, step, content);
}

static void
read_target (SimScenario *self, SimStep *step, SimValue value, K8KindId kind)
{
  step->kind = read_kind (self, sim_reader_get (&self->reader, value, "kind"), kind);
  step->name = read_text (self, value, "name", NULL);
  step->selector = read_text (self, value, "selector", NULL);
  step->namespace_name = read_text (self, value, "namespace", "default");
  step->count = sim_reader_int (&self->reader, sim_reader_get (&self->reader, value, "count"), 1,
                                G_MAXINT32, 0);
}

static void
need_name (SimScenario *self, SimValue value)
{
  sim_reader_need (&self->reader, value, "name");
}

static void
read_scale (SimScenario *self, SimStep *step, SimValue value)
{
  sim_reader_only (&self->reader, value, "kind name namespace replicas");
  need_name (self, value);
  read_target (self, step, value, K8_KIND_Deployment);
  step->replicas = sim_reader_int (
      &self->reader, sim_reader_need (&self->reader, value, "replicas"), 0, G_MAXINT32, 0);
  step->title = title (self, "scale %s to %" G_GINT64_FORMAT, step->name, step->replicas);
}

static void
read_set_image (SimScenario *self, SimStep *step, SimValue value)
{
  sim_reader_only (&self->reader, value, "kind name namespace container image");
  need_name (self, value);
  read_target (self, step, value, K8_KIND_Deployment);
  step->image =
      sim_reader_text (&self->reader, sim_reader_need (&self->reader, value, "image"), "");
  step->container = read_text (self, value, "container", step->name);
  step->title = title (self, "set image of %s to %s", step->name, step->image);
}

static void
read_patch (SimScenario *self, SimStep *step, SimValue value)
{
  SimValue patch = sim_reader_need (&self->reader, value, "patch");

  sim_reader_only (&self->reader, value, "kind name namespace patch");
  need_name (self, value);
  read_target (self, step, value, K8_KIND_Deployment);
  if (patch.node != NULL && !JSON_NODE_HOLDS_OBJECT (patch.node))
    sim_reader_fail (&self->reader, patch, "expected a mapping, as in {spec: {paused: true}}");
  else if (patch.node != NULL)
    {
      g_autofree char *json = sim_reader_dup_json (patch);
      step->patch = g_string_chunk_insert (self->reader.texts, json);
    }
  step->title = title (self, "patch %s", step->name);
}

static void
read_delete (SimScenario *self, SimStep *step, SimValue value)
{
  sim_reader_only (&self->reader, value, "kind name selector namespace count");
  read_target (self, step, value, K8_KIND_Pod);
  if (step->name == NULL && step->selector == NULL)
    sim_reader_fail (&self->reader, value, "expected `name` or `selector`");
  step->title = title (self, "delete %s %s", step->kind->kind,
                       step->name != NULL ? step->name : k8_string_or_empty (step->selector));
}

static void
read_rollback (SimScenario *self, SimStep *step, SimValue value)
{
  sim_reader_only (&self->reader, value, "name namespace");
  need_name (self, value);
  read_target (self, step, value, K8_KIND_Deployment);
  step->title = title (self, "roll back %s", step->name);
}

static void
read_cordon (SimScenario *self, SimStep *step, SimValue value)
{
  sim_reader_only (&self->reader, value, "node");
  step->node = sim_reader_text (&self->reader, sim_reader_need (&self->reader, value, "node"), "");
  step->title = title (self, "%s %s", step->type == SIM_STEP_CORDON ? "cordon" : "uncordon",
                       step->node);
}

/* Every fault says whom it meets, and message-loss how much. */
static void
need_what_it_takes (SimReader *reader, SimValue value, SimFaultType fault)
{
  static const char *const needed[] = { "node", "component", "selector", "image", "percent" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (strstr (fault_keys (fault), needed[i]) != NULL)
      sim_reader_need (reader, value, needed[i]);
}

static void
read_fault (SimScenario *self, SimStep *step, SimValue value)
{
  SimReader *reader = &self->reader;
  SimValue type = sim_reader_need (reader, value, "type");
  gboolean is_percent;

  step->fault = find_fault (sim_reader_text (reader, type, ""));
  if (step->fault == SIM_FAULT_NONE)
    {
      sim_reader_fail (reader, type, "unknown fault");
      return;
    }
  sim_reader_only (reader, value, fault_keys (step->fault));
  read_target (self, step, value, K8_KIND_Pod);
  step->node = read_text (self, value, "node", NULL);
  step->component = read_text (self, value, "component", NULL);
  step->container = read_text (self, value, "container", NULL);
  step->image = read_text (self, value, "image", NULL);
  step->for_ns = sim_reader_duration_or_never (reader, sim_reader_get (reader, value, "for"), -1);
  step->exit_code = sim_reader_int (reader, sim_reader_get (reader, value, "exitCode"), 0, 255, 1);
  step->percent =
      sim_reader_amount (reader, sim_reader_get (reader, value, "percent"), &is_percent);
  need_what_it_takes (reader, value, step->fault);
  const char *victim = step->node != NULL        ? step->node
                       : step->component != NULL ? step->component
                       : step->image != NULL     ? step->image
                                                 : k8_string_or_empty (step->selector);
  step->title = title (self, "%s %s", sim_fault_name (step->fault), victim);
}

typedef struct
{
  const char *key;
  SimStepType type;
  void (*read) (SimScenario *self, SimStep *step, SimValue value);
} StepKey;

static const StepKey step_keys[] = {
  { "apply", SIM_STEP_APPLY, read_apply },
  { "scale", SIM_STEP_SCALE, read_scale },
  { "setImage", SIM_STEP_SET_IMAGE, read_set_image },
  { "rollback", SIM_STEP_ROLLBACK, read_rollback },
  { "patch", SIM_STEP_PATCH, read_patch },
  { "delete", SIM_STEP_DELETE, read_delete },
  { "cordon", SIM_STEP_CORDON, read_cordon },
  { "uncordon", SIM_STEP_UNCORDON, read_cordon },
  { "fault", SIM_STEP_FAULT, read_fault },
};

static void
read_step (SimScenario *self, SimValue value)
{
  SimReader *reader = &self->reader;
  SimStep step = { .for_ns = -1 };
  guint n_actions = 0;

  sim_reader_only (reader, value,
                   "at title apply scale setImage rollback patch delete cordon uncordon fault");
  step.at_ns = sim_reader_duration (reader, sim_reader_need (reader, value, "at"), 0);
  step.line = sim_reader_line (reader, value);
  for (guint i = 0; i < G_N_ELEMENTS (step_keys); i++)
    {
      SimValue action = sim_reader_get (reader, value, step_keys[i].key);
      if (action.node == NULL)
        continue;
      n_actions++;
      step.type = step_keys[i].type;
      step_keys[i].read (self, &step, action);
    }
  if (n_actions != 1)
    sim_reader_fail (reader, value, "expected exactly one action beside `at`");
  step.title = read_text (self, value, "title", step.title);
  g_array_append_val (self->steps, step);
}

static int
compare_steps (const void *a, const void *b)
{
  const SimStep *step_a = a;
  const SimStep *step_b = b;

  if (step_a->at_ns != step_b->at_ns)
    return step_a->at_ns < step_b->at_ns ? -1 : 1;
  return (step_a->line > step_b->line) - (step_a->line < step_b->line);
}

void
sim_scenario_read_steps (SimScenario *self, SimValue steps)
{
  for (guint i = 0; i < sim_reader_n (&self->reader, steps); i++)
    read_step (self, sim_reader_at (&self->reader, steps, i));
  g_array_sort (self->steps, compare_steps);
}
