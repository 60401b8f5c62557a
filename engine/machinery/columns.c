/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of columns, and the cells that many kinds have: name, age, labels, templates.
 * Source: pkg/printers/internalversion/printers.go (v1.36).
 */
#include "machinery/columns.h"

#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "machinery/gvk.h"
#include "machinery/selector.h"

enum
{
  TEXT = FALSE,
  NUMBER = TRUE,
  MAX_SHOWN = 3,
};

static const K8Column columns[] = {
#define K8_COLUMN(Kind, name_, type_, format_, priority_, cell, function, doc_)                    \
  { .kind = K8_KIND_##Kind,                                                                        \
    .name = name_,                                                                                 \
    .type = type_,                                                                                 \
    .format = format_,                                                                             \
    .priority = priority_,                                                                         \
    .is_number = cell,                                                                             \
    .append = k8_cell_##function,                                                                  \
    .doc = doc_ },
#include "machinery/columns.def"
#undef K8_COLUMN
};

/* The first row of a kind, and how many there are; those of no kind where it has none. */
static guint
find_columns (guint kind, guint *ret_n)
{
  guint first = 0;
  guint n = 0;

  while (first < G_N_ELEMENTS (columns) && columns[first].kind != kind)
    first++;
  if (first == G_N_ELEMENTS (columns))
    {
      k8_assert (kind != K8_KIND_NONE);
      return find_columns (K8_KIND_NONE, ret_n);
    }
  while (first + n < G_N_ELEMENTS (columns) && columns[first + n].kind == columns[first].kind)
    n++;
  *ret_n = n;
  return first;
}

guint
k8_table_columns_n (const K8KindInfo *kind)
{
  guint n;

  find_columns (kind->id, &n);
  return n;
}

const K8Column *
k8_table_column (const K8KindInfo *kind, guint index)
{
  guint n;
  guint first = find_columns (kind->id, &n);

  k8_assert (index < n);
  return &columns[first + index];
}

/* The column with this name, or NULL. */
const K8Column *
k8_table_find_column (const K8KindInfo *kind, const char *name)
{
  for (guint i = 0; i < k8_table_columns_n (kind); i++)
    if (strcmp (k8_table_column (kind, i)->name, name) == 0)
      return k8_table_column (kind, i);
  return NULL;
}

void
k8_table_append_cell (GString *out, const K8Column *column, const void *object, gint64 now_us)
{
  K8CellInput input = { object, k8_object_get_meta (object), now_us };

  column->append (out, &input);
}

void
k8_age_append (GString *out, gint64 since_us, gint64 now_us)
{
  char text[K8_AGE_LETTERS + 1];

  if (since_us == 0)
    {
      g_string_append (out, "<unknown>");
      return;
    }
  k8_duration_format_human (k8_duration_multiply (now_us - since_us, K8_MICROSECOND_NS), text);
  g_string_append (out, text);
}

void
k8_cell_append_or (GString *out, const char *text, const char *nothing)
{
  g_string_append (out, text == NULL || text[0] == '\0' ? nothing : text);
}

void
k8_cell_name (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_object_meta_name (input->meta), "");
}

void
k8_cell_age (GString *out, const K8CellInput *input)
{
  k8_age_append (out, k8_object_meta_creation_timestamp (input->meta) * G_USEC_PER_SEC,
                 input->now_us);
}

void
k8_cell_created_at (GString *out, const K8CellInput *input)
{
  char text[K8_TIME_LETTERS + 1];

  k8_time_format (k8_object_meta_creation_timestamp (input->meta), text);
  g_string_append (out, text);
}

void
k8_cell_append_names (GString *out, const K8PodTemplateSpec *pod_template)
{
  const K8PodSpec *spec = k8_pod_template_spec_spec (pod_template);

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      k8_cell_append_or (out, k8_container_name (k8_pod_spec_containers_at (spec, i)), "");
    }
}

void
k8_cell_append_images (GString *out, const K8PodTemplateSpec *pod_template)
{
  const K8PodSpec *spec = k8_pod_template_spec_spec (pod_template);

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      k8_cell_append_or (out, k8_container_image (k8_pod_spec_containers_at (spec, i)), "");
    }
}

void
k8_cell_append_selector (GString *out, const K8LabelSelector *selector)
{
  gsize start = out->len;
  char *error = NULL;

  if (selector != NULL)
    {
      const K8Selector *compiled
          = k8_selector_new_from_record (k8_region_of (selector), selector, &error);
      k8_selector_append (compiled, out);
      k8_selector_unref (compiled);
    }
  if (error != NULL)
    g_string_append (out, "<error>");
  else if (out->len == start)
    g_string_append (out, "<none>");
  g_free (error);
}

void
k8_cell_append_labels (GString *out, const K8List *labels)
{
  for (guint i = 0; i < k8_list_n (labels); i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      g_string_append (out, k8_map_get_key (labels, i));
      g_string_append_c (out, '=');
      g_string_append (out, k8_map_get_value (labels, i));
    }
  if (k8_list_n (labels) == 0)
    g_string_append (out, "<none>");
}

void
k8_cell_append_to_list (GString *out, gsize start, guint n, const char *text)
{
  if (n >= MAX_SHOWN)
    return;
  g_string_append (out, out->len > start ? "," : "");
  g_string_append (out, text);
}

void
k8_cell_end_list (GString *out, gsize start, guint n)
{
  if (n > MAX_SHOWN)
    g_string_append_printf (out, " + %u more...", n - MAX_SHOWN);
  else if (out->len == start)
    g_string_append (out, "<unset>");
}
