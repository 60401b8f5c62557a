/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery explain`: why an object is as it is. Plays a scenario to an instant, keeps the trace,
 * and shows what happened to the object, then walks from the last of it up the chain of causes.
 */
#include <stdio.h>
#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "cli/explain_pod.h"
#include "cli/verb.h"
#include "serve/span.h"
#include "sim/scenario.h"

enum
{
  MAX_CHAIN = 40,
  MAX_TOLD = 200,
};

static char *at_text;
static gint64 seed;

static const GOptionEntry entries[] = {
  { "at", 0, 0, G_OPTION_ARG_STRING, &at_text, "Instant to look at, such as 90s (default: the end)",
    "TIME" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the world (default: the file's)", "N" },
  G_OPTION_ENTRY_NULL,
};

/* The trace so far: the record of sequence n is at n - 1. Texts stay counted. */
typedef struct
{
  GArray *records; /* K8TraceRecord */
} Kept;

static void
keep (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  Kept *self = user;
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  for (guint i = 0; i < record->n_values; i++)
    if (info->fields[i].type == K8_TRACE_FIELD_TEXT)
      k8_string_ref (k8_string_at (world->region, (K8Handle) record->value[i]));
  g_array_append_val (self->records, *record);
}

static void
put_safely (const char *text)
{
  for (; *text != '\0'; text++)
    putchar ((guint8) *text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void
print_record (const SimWorld *world, const K8TraceRecord *record, const char *indent)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  printf ("%s%9.3fs  %s  %s", indent, (double) record->now_ns / 1e9,
          k8_engine_actor_name (world->engine, record->actor), info->name);
  for (guint i = 0; i < record->n_values; i++)
    {
      if (info->fields[i].type == K8_TRACE_FIELD_TEXT)
        {
          const char *text = k8_trace_get_text (world->engine, record, i);
          if (*text == '\0')
            continue;
          printf (" %s=", info->fields[i].name);
          put_safely (text);
        }
      else if (info->fields[i].type == K8_TRACE_FIELD_ACTOR)
        printf (" %s=%s", info->fields[i].name,
                k8_engine_actor_name (world->engine, (K8ActorId) record->value[i]));
      else if (strcmp (info->fields[i].name, "tag") != 0)
        printf (" %s=%" G_GINT64_FORMAT, info->fields[i].name, record->value[i]);
    }
  putchar ('\n');
}

/* Messages and stored keys are the how; the rest is the what. */
static gboolean
is_story (const K8TraceRecord *record)
{
  const char *name = k8_trace_infos[record->type].name;

  return !g_str_has_prefix (name, "message.") && !g_str_has_prefix (name, "etcd.")
         && !g_str_has_prefix (name, "watch.") && !g_str_has_prefix (name, "api.");
}

static gboolean
speaks_of (const SimWorld *world, const K8TraceRecord *record, const char *name)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  for (guint i = 0; i < record->n_values; i++)
    {
      if (info->fields[i].type != K8_TRACE_FIELD_TEXT)
        continue;
      const char *text = k8_trace_get_text (world->engine, record, i);
      const char *slash = strrchr (text, '/');
      if (strcmp (text, name) == 0 || (slash != NULL && strcmp (slash + 1, name) == 0))
        return TRUE;
    }
  return FALSE;
}

static void
print_chain (const SimWorld *world, const Kept *kept, const K8TraceRecord *record)
{
  printf ("\nWhy, from the last of it back to where it began:\n");
  for (guint i = 0; i < MAX_CHAIN && record != NULL; i++)
    {
      print_record (world, record, i == 0 ? "  " : "  because ");
      record = record->cause == 0 || record->cause > kept->records->len
                   ? NULL
                   : &g_array_index (kept->records, K8TraceRecord, record->cause - 1);
    }
}

static gboolean
print_story (const SimWorld *world, const Kept *kept, const char *name)
{
  const K8TraceRecord *last = NULL;
  guint n = 0;

  for (guint i = 0; i < kept->records->len; i++)
    {
      const K8TraceRecord *record = &g_array_index (kept->records, K8TraceRecord, i);
      if (!speaks_of (world, record, name) || !is_story (record))
        continue;
      last = record;
      if (n++ < MAX_TOLD)
        print_record (world, record, "  ");
    }
  if (n > MAX_TOLD)
    printf ("  … and %u records more\n", n - MAX_TOLD);
  if (last != NULL)
    print_chain (world, kept, last);
  return last != NULL;
}

static int
explain (const SimScenario *scenario, const char *name, gint64 at_ns)
{
  Kept kept = { .records = g_array_new (FALSE, FALSE, sizeof (K8TraceRecord)) };
  K8Region *region = serve_span_new ();

  if (region == NULL)
    return cli_refuse ("no address space for a world (`ulimit -v`?)");
  SimWorld *world = sim_scenario_build (scenario, region, (guint64) seed, NULL);
  world->hooks = (SimHooks){ .trace = keep, .trace_user = &kept };
  while (!sim_world_is_over (world) && sim_world_next_due (world) <= at_ns)
    sim_world_step (world);
  printf ("%s at %.3f s of %s:\n", name, (double) world->now_ns / 1e9,
          sim_scenario_name (scenario));
  gboolean is_known = print_story (world, &kept, name);
  is_known = cli_explain_pod (world, name) || is_known;
  g_array_unref (kept.records);
  serve_span_free (region);
  return is_known ? CLI_OK : cli_refuse ("nothing in the trace speaks of `%s`", name);
}

int
cli_explain (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gint64 at_ns = G_MAXINT64 - 1;
  int status;

  if (!cli_parse ("explain", entries, &argc, &argv, &status))
    return status;
  if (argc != 3)
    return cli_refuse ("explain: expected a scenario FILE and the NAME of an object");
  if (at_text != NULL && (!k8_duration_parse (at_text, &at_ns) || at_ns < 0))
    return cli_refuse ("--at %s: expected a duration like 90s", at_text);
  g_autoptr (SimScenario) scenario = cli_load_scenario (argv[1], &error);
  if (scenario == NULL)
    return cli_refuse ("%s", error->message);
  return explain (scenario, argv[2], at_ns);
}
