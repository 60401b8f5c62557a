/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing texts in tests: equal or a diff by lines, as `diff -u` would show it.
 * The diff is the longest common subsequence, computed by a table; texts whose
 * table would be too large are shown from their first difference instead.
 */

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

enum
{
  MAX_TABLE_CELLS = 4 * 1000 * 1000,
  MAX_LINES_SHOWN = 60,
  N_CONTEXT_LINES = 3,
};

typedef struct
{
  char **old;
  char **new;
  guint n_old;
  guint n_new;
  guint *table; /* length of the common subsequence of old[i..] and new[j..] */
} Diff;

static guint *
cell (const Diff *diff, guint i, guint j)
{
  return &diff->table[(gsize) i * (diff->n_new + 1) + j];
}

static void
fill_table (Diff *diff)
{
  diff->table = g_new0 (guint, (gsize) (diff->n_old + 1) * (diff->n_new + 1));
  for (guint i = diff->n_old; i-- > 0;)
    for (guint j = diff->n_new; j-- > 0;)
      *cell (diff, i, j) = strcmp (diff->old[i], diff->new[j]) == 0
                               ? *cell (diff, i + 1, j + 1) + 1
                               : MAX (*cell (diff, i + 1, j), *cell (diff, i, j + 1));
}

static void
add_line (GPtrArray *lines, char mark, const char *line)
{
  g_ptr_array_add (lines, g_strdup_printf ("%c%s", mark, line));
}

static void
walk_table (const Diff *diff, GPtrArray *lines)
{
  guint i = 0;
  guint j = 0;

  while (i < diff->n_old || j < diff->n_new)
    {
      if (i < diff->n_old && j < diff->n_new && strcmp (diff->old[i], diff->new[j]) == 0)
        {
          add_line (lines, ' ', diff->old[i++]);
          j++;
        }
      else if (j >= diff->n_new ||
               (i < diff->n_old && *cell (diff, i + 1, j) >= *cell (diff, i, j + 1)))
        add_line (lines, '-', diff->old[i++]);
      else
        add_line (lines, '+', diff->new[j++]);
    }
}

/* Too large for a table: everything after the first difference, side by side. */
static void
walk_side_by_side (const Diff *diff, GPtrArray *lines)
{
  for (guint i = 0; i < MAX (diff->n_old, diff->n_new); i++)
    {
      const char *old = i < diff->n_old ? diff->old[i] : NULL;
      const char *new = i < diff->n_new ? diff->new[i] : NULL;

      if (g_strcmp0 (old, new) == 0)
        {
          add_line (lines, ' ', old);
          continue;
        }
      if (old != NULL)
        add_line (lines, '-', old);
      if (new != NULL)
        add_line (lines, '+', new);
    }
}

static gboolean
is_near_change (const GPtrArray *lines, guint index)
{
  guint first = index > N_CONTEXT_LINES ? index - N_CONTEXT_LINES : 0;
  guint last = MIN (index + N_CONTEXT_LINES, lines->len - 1);

  for (guint i = first; i <= last; i++)
    if (*(const char *) g_ptr_array_index (lines, i) != ' ')
      return TRUE;
  return FALSE;
}

static char *
join_changes (const GPtrArray *lines)
{
  GString *text = g_string_new (NULL);
  guint n_shown = 0;
  gboolean is_gap = FALSE;

  for (guint i = 0; i < lines->len; i++)
    {
      if (!is_near_change (lines, i))
        {
          is_gap = TRUE;
          continue;
        }
      if (n_shown++ == MAX_LINES_SHOWN)
        {
          g_string_append (text, "  ... and more\n");
          break;
        }
      if (is_gap)
        g_string_append_printf (text, "@ line %u\n", i + 1);
      is_gap = FALSE;
      g_string_append_printf (text, "%s\n", (const char *) g_ptr_array_index (lines, i));
    }
  return g_string_free (text, FALSE);
}

char *
test_diff_texts (const char *expected, const char *actual)
{
  g_auto (GStrv) old = g_strsplit (expected, "\n", -1);
  g_auto (GStrv) new = g_strsplit (actual, "\n", -1);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  Diff diff = { .old = old, .new = new };

  diff.n_old = g_strv_length (old);
  diff.n_new = g_strv_length (new);
  if ((gsize) diff.n_old * diff.n_new <= MAX_TABLE_CELLS)
    {
      fill_table (&diff);
      walk_table (&diff, lines);
      g_free (diff.table);
    }
  else
    walk_side_by_side (&diff, lines);
  return join_changes (lines);
}

gboolean
test_compare_texts (const char *actual, const char *expected, const char *file, int line)
{
  gboolean is_equal = g_strcmp0 (actual, expected) == 0;

  if (!is_equal)
    {
      g_autofree char *diff = test_diff_texts (expected != NULL ? expected : "(null)",
                                               actual != NULL ? actual : "(null)");

      printf ("%s:%d: - expected, + actual\n%s", file, line, diff);
    }
  CU_assertImplementation (is_equal, (unsigned int) line, "texts are equal", file, "", CU_FALSE);
  return is_equal;
}

gboolean
test_compare_text_file (const char *actual, const char *path, const char *file, int line)
{
  g_autofree char *full_path = g_build_filename (TEST_SOURCE_ROOT, path, NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  if (test_is_updating () && g_file_set_contents (full_path, actual, -1, &error))
    return TRUE;
  if (error == NULL && g_file_get_contents (full_path, &expected, NULL, &error))
    return test_compare_texts (actual, expected, file, line);
  printf ("%s:%d: %s\n", file, line, error->message);
  CU_assertImplementation (CU_FALSE, (unsigned int) line, path, file, "", CU_FALSE);
  return FALSE;
}
