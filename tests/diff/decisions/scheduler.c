/* SPDX-License-Identifier: Apache-2.0
 *
 * Our framework against 10,738 recorded decisions of a real scheduler. One decision is one test.
 * A decision in which a plugin had a hand that is not there yet counts as failed, under that
 * plugin's name.
 * usage: decisions-scheduler --corpus FOLDER [--group NAME] [--show N]
 */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "tests/diff/decisions/suite.h"

typedef struct
{
  guint n_passed;
  guint n_failed;
  guint n_skipped;
  guint n_to_show;
  char *must_pass; /* (nullable): text of the list; other groups then only inform */
  GHashTable *blamed; /* plugin to count of the group */
} Counts;

static char *
load (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) raw = g_file_read (file, NULL, NULL);
  g_autoptr (GConverter) gunzip =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  if (raw == NULL)
    return NULL;
  g_autoptr (GInputStream) text = g_converter_input_stream_new (G_INPUT_STREAM (raw), gunzip);
  if (g_output_stream_splice (out, text, G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL) < 0 ||
      !g_output_stream_write_all (out, "", 1, NULL, NULL, NULL) ||
      !g_output_stream_close (out, NULL, NULL))
    return NULL;
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (out));
}

static void
count (Counts *counts, const char *id, const DecisionWorld *world, JsonObject *out,
       const char *difference)
{
  if (difference == NULL)
    {
      counts->n_passed++;
      return;
    }
  const char *plugin = decision_find_foreign (world, out);
  counts->n_failed++;
  if (plugin == NULL)
    plugin = "ours";
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts->blamed, plugin));
  g_hash_table_replace (counts->blamed, g_strdup (plugin), GUINT_TO_POINTER (n + 1));
  if (counts->n_to_show > 0 && g_str_equal (plugin, "ours"))
    {
      counts->n_to_show--;
      printf ("  %s: %.600s\n", id, difference);
    }
}

static void
run_step (DecisionWorld *world, const char *id, JsonObject *step, Counts *counts)
{
  const K8Pod *pod = NULL;

  if (json_object_has_member (step, "apply"))
    {
      JsonArray *objects = json_object_get_array_member (step, "apply");
      for (guint i = 0; i < json_array_get_length (objects); i++)
        decision_world_apply (world, json_array_get_element (objects, i));
    }
  if (json_object_has_member (step, "delete"))
    {
      JsonArray *names = json_object_get_array_member (step, "delete");
      for (guint i = 0; i < json_array_get_length (names); i++)
        decision_world_delete (world, json_array_get_string_element (names, i));
    }
  if (json_object_has_member (step, "pod"))
    pod = decision_world_take_pod (world, json_object_get_member (step, "pod"));
  else if (json_object_has_member (step, "retry"))
    pod = decision_world_find_pod (world, json_object_get_string_member (step, "retry"));
  if (pod == NULL)
    return;
  JsonObject *out = json_object_get_object_member (step, "out");
  g_autofree char *difference = decision_compare (world, pod, out);
  count (counts, id, world, out, difference);
  world->is_off_track |= difference != NULL;
  decision_world_follow (world, pod, out);
}

static void
run_case (const char *line, JsonObject *header, Counts *counts)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  DecisionWorld world;

  if (!json_parser_load_from_data (parser, line, -1, NULL))
    g_error ("a line is not JSON");
  JsonObject *recorded = json_node_get_object (json_parser_get_root (parser));
  const char *id = json_object_get_string_member (recorded, "id");
  JsonArray *objects = json_object_get_array_member (recorded, "objects");
  JsonArray *steps = json_object_get_array_member (recorded, "steps");

  decision_world_init (&world, header);
  for (guint i = 0; i < json_array_get_length (objects); i++)
    decision_world_apply (&world, json_array_get_element (objects, i));
  for (guint i = 0; i < json_array_get_length (steps); i++)
    run_step (&world, id, json_array_get_object_element (steps, i), counts);
  decision_world_clear (&world);
}

static void
print_group (const char *group, const Counts *before, const Counts *counts)
{
  guint n_passed = counts->n_passed - before->n_passed;
  guint n_failed = counts->n_failed - before->n_failed;
  GList *names = g_list_sort (g_hash_table_get_keys (counts->blamed), (GCompareFunc) strcmp);

  printf ("%s: %u of %u", group, n_passed, n_passed + n_failed);
  for (GList *link = names; link != NULL; link = link->next)
    printf ("; %s %u", (const char *) link->data,
            GPOINTER_TO_UINT (g_hash_table_lookup (counts->blamed, link->data)));
  printf ("\n");
  fflush (stdout);
  g_list_free (names);
}

/* Whether a failure of this group fails the suite. */
static gboolean
must_pass (const Counts *counts, const char *group)
{
  g_auto (GStrv) lines = g_strsplit (counts->must_pass == NULL ? "" : counts->must_pass, "\n", -1);

  return counts->must_pass == NULL || g_strv_contains ((const char *const *) lines, group);
}

/* Failures of a group that is not in the list are told by name and counted as skipped. */
static void
excuse (Counts *counts, const Counts *before, const char *group)
{
  guint n_failed = counts->n_failed - before->n_failed;

  if (n_failed == 0 || must_pass (counts, group))
    return;
  counts->n_failed = before->n_failed;
  counts->n_skipped += n_failed;
  printf ("skipped %u decisions of %s: not in the list of groups that must pass\n", n_failed,
          group);
}

static gboolean
run_group (const char *folder, const char *file, Counts *counts)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *text = load (path);
  g_autofree char *group = g_strndup (file, strlen (file) - strlen (".jsonl.gz"));
  g_autoptr (JsonParser) parser = json_parser_new ();
  Counts before = *counts;

  if (text == NULL)
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  if (!json_parser_load_from_data (parser, lines[0], -1, NULL))
    return FALSE;
  g_hash_table_remove_all (counts->blamed);
  for (guint i = 1; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      run_case (lines[i], json_node_get_object (json_parser_get_root (parser)), counts);
  print_group (group, &before, counts);
  excuse (counts, &before, group);
  return TRUE;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_files (const char *folder, const char *group)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".jsonl.gz") &&
        (group == NULL || (g_str_has_prefix (name, group) && name[strlen (group)] == '.')))
      g_ptr_array_add (files, g_strdup (name));
  g_ptr_array_sort (files, compare_names);
  return files;
}

int
main (int argc, char **argv)
{
  Counts counts = { .blamed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  const char *folder = NULL;
  const char *group = NULL;

  for (int i = 1; i + 1 < argc; i += 2)
    if (g_str_equal (argv[i], "--corpus"))
      folder = argv[i + 1];
    else if (g_str_equal (argv[i], "--group"))
      group = argv[i + 1];
    else if (g_str_equal (argv[i], "--show"))
      counts.n_to_show = (guint) g_ascii_strtoull (argv[i + 1], NULL, 10);
  if (folder == NULL)
    {
      fprintf (stderr, "usage: %s --corpus FOLDER [--group NAME] [--show N]\n", argv[0]);
      return 2;
    }
  if (g_getenv ("ORRERY_MUST_PASS") != NULL)
    {
      g_autofree char *path
          = g_build_filename (g_getenv ("ORRERY_MUST_PASS"), "decisions-must-pass.txt", NULL);
      g_file_get_contents (path, &counts.must_pass, NULL, NULL);
    }
  g_autoptr (GPtrArray) files = list_files (folder, group);
  for (guint i = 0; i < files->len; i++)
    if (!run_group (folder, files->pdata[i], &counts))
      {
        printf ("%s cannot be read\n", (const char *) files->pdata[i]);
        counts.n_failed++;
      }
  g_hash_table_unref (counts.blamed);
  g_free (counts.must_pass);
  printf ("%u passed, %u failed, %u skipped\n", counts.n_passed, counts.n_failed, counts.n_skipped);
  return counts.n_failed > 0 ? 1 : 0;
}
