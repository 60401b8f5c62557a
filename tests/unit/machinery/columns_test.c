/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns: names, types, formats and priorities of the kinds that we have are those of the
 * definitions recorded from upstream (descriptions are our own).
 */
#include "machinery/gvk.h"
#include "machinery/json_value.h"
#include "machinery/table.h"
#include "tests/lib/test.h"

#include <string.h>

/* The kind that "apps/v1/replicasets" names, or NULL. */
static const K8KindInfo *
find_kind (const char *path)
{
  const char *plural = strrchr (path, '/') + 1;
  g_autofree char *api_version = g_strndup (path, (gsize) (plural - path) - 1);

  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].plural, plural) == 0
        && k8_kind_is_api_version (&k8_kinds[i], api_version))
      return &k8_kinds[i];
  return NULL;
}

static void
append_recorded (GString *out, const K8Json *column)
{
  g_string_append_printf (out, "%s %s \"%s\" %s\n", k8_json_get (column, "name")->text.text,
                          k8_json_get (column, "type")->text.text,
                          k8_json_get (column, "format")->text.text,
                          k8_json_get (column, "priority")->text.text);
}

static void
compare_columns (const K8KindInfo *kind, const K8Json *recorded)
{
  g_autoptr (GString) ours = g_string_new (NULL);
  g_autoptr (GString) theirs = g_string_new (NULL);

  for (guint i = 0; i < recorded->n; i++)
    append_recorded (theirs, recorded->items[i]);
  for (guint i = 0; i < k8_table_columns_n (kind); i++)
    {
      const K8Column *column = k8_table_column (kind, i);
      g_string_append_printf (ours, "%s %s \"%s\" %u\n", column->name, column->type,
                              column->format, column->priority);
    }
  TEST_ASSERT_TEXT (ours->str, theirs->str);
}

void
test_columns__are_those_of_the_recorded_definitions (void)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autofree char *file
      = g_build_filename (TEST_SOURCE_ROOT, "..", "shared", "data", "api-transcripts", "http",
                          "table-columns.json", NULL);
  g_autofree char *text = NULL;
  gsize length;
  guint n = 0;

  if (!g_file_get_contents (file, &text, &length, NULL))
    {
      test_skip ("no recorded definitions of columns");
      return;
    }
  const K8Json *kinds = k8_json_parse (pool, text, length, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (kinds);
  for (guint i = 0; i < kinds->n; i++)
    {
      const K8KindInfo *kind = find_kind (kinds->keys[i].text);
      if (kind == NULL)
        continue;
      compare_columns (kind, kinds->items[i]);
      n++;
    }
  test_note ("columns of %u kinds compared", n);
  CU_ASSERT_TRUE (n >= 6);
}

void
test_columns__begin_with_the_name_for_every_kind_but_events (void)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    {
      const K8KindInfo *kind = &k8_kinds[i];
      guint last = k8_table_columns_n (kind) - 1;
      gboolean is_event = strcmp (kind->kind, "Event") == 0;
      const K8Column *name = k8_table_column (kind, is_event ? last : 0);
      CU_ASSERT_STRING_EQUAL (name->name, "Name");
      /* Upstream left it out for Scale, so `kubectl get --subresource=scale` shows no prefix. */
      CU_ASSERT_STRING_EQUAL (name->format, kind->id == K8_KIND_Scale ? "" : "name");
      CU_ASSERT_PTR_EQUAL (k8_table_find_column (kind, "Name"), name);
    }
}
