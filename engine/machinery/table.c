/* SPDX-License-Identifier: Apache-2.0
 *
 * The Table of meta.k8s.io on the wire: definitions of columns, then a row an object with its
 * cells and as much of the object as was asked for.
 * Source: apiserver pkg/endpoints/handlers/response.go, meta/v1 Table (v1.36).
 */
#include "machinery/table.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "machinery/columns.h"
#include "machinery/gvk.h"

static void
append_member (GString *out, const char *name, const char *value)
{
  g_string_append_c (out, '"');
  g_string_append (out, name);
  g_string_append (out, "\":");
  k8_json_append_string (out, value, strlen (value));
}

static void
append_columns (GString *out, const K8KindInfo *kind)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < k8_table_columns_n (kind); i++)
    {
      const K8Column *column = k8_table_column (kind, i);
      g_string_append (out, i == 0 ? "{" : ",{");
      append_member (out, "name", column->name);
      g_string_append_c (out, ',');
      append_member (out, "type", column->type);
      g_string_append_c (out, ',');
      append_member (out, "format", column->format);
      g_string_append_c (out, ',');
      append_member (out, "description", column->doc);
      g_string_append (out, ",\"priority\":");
      k8_text_append_u64 (out, column->priority);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static const char *
get_api_version (const K8TableOptions *options)
{
  return options->api_version != NULL ? options->api_version : "meta.k8s.io/v1";
}

/* Up to `"metadata":`. */
static void
append_head (GString *out, const K8TableOptions *options)
{
  g_string_append (out, "{\"kind\":\"Table\",");
  append_member (out, "apiVersion", get_api_version (options));
  g_string_append (out, ",\"metadata\":");
}

static void
append_definitions (GString *out, const K8TableOptions *options)
{
  g_string_append (out, ",\"columnDefinitions\":");
  if (options->has_no_columns)
    g_string_append (out, "null");
  else
    append_columns (out, options->kind);
  g_string_append (out, ",\"rows\":[");
}

void
k8_table_begin (GString *out, const K8ListMeta *list_meta, const K8TableOptions *options)
{
  append_head (out, options);
  if (list_meta == NULL)
    g_string_append (out, "{}");
  else
    k8_json_encode (out, list_meta, &(K8JsonOptions){ 0 });
  append_definitions (out, options);
}

static void
append_metadata (GString *out, const void *object, const char *resource_version,
                 const K8TableOptions *options)
{
  K8KindInfo kind = k8_kinds[K8_KIND_PartialObjectMetadata];
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8PartialObjectMetadataEdit edit;
  const char *slash = strchr (get_api_version (options), '/');

  kind.version = slash == NULL ? kind.version : slash + 1;
  k8_partial_object_metadata_edit (&edit, k8_region_of (object), NULL);
  k8_partial_object_metadata_set_metadata (&edit, k8_record_ref (meta));
  k8_autounref const void *partial = k8_partial_object_metadata_seal (&edit);
  k8_json_encode (out, partial,
                  &(K8JsonOptions){ .kind = &kind, .resource_version = resource_version });
}

static void
append_object (GString *out, const void *object, const char *resource_version,
               const K8TableOptions *options)
{
  switch (options->include)
    {
    case K8_TABLE_METADATA:
      append_metadata (out, object, resource_version, options);
      return;
    case K8_TABLE_NONE:
      g_string_append (out, "null");
      return;
    case K8_TABLE_OBJECT:
      k8_json_encode (
          out, object,
          &(K8JsonOptions){ .kind = options->kind, .resource_version = resource_version });
      return;
    }
}

/* A row. Cells are texts, or numbers and booleans as they are. */
void
k8_table_row (GString *out, const void *object, const char *resource_version, gboolean is_first,
              const K8TableOptions *options)
{
  g_autoptr (GString) cell = g_string_new (NULL);

  g_string_append (out, is_first ? "{\"cells\":[" : ",{\"cells\":[");
  for (guint i = 0; i < k8_table_columns_n (options->kind); i++)
    {
      const K8Column *column = k8_table_column (options->kind, i);
      g_string_truncate (cell, 0);
      k8_table_append_cell (cell, column, object, options->now_us);
      g_string_append (out, i == 0 ? "" : ",");
      if (column->is_number)
        g_string_append_len (out, cell->str, (gssize) cell->len);
      else
        k8_json_append_string (out, cell->str, cell->len);
    }
  g_string_append_c (out, ']');
  k8_table_append_row_conditions (out, object, options->kind);
  g_string_append (out, ",\"object\":");
  append_object (out, object, resource_version, options);
  g_string_append_c (out, '}');
}

void
k8_table_end (GString *out)
{
  g_string_append (out, "]}\n");
}

static void
append_table (GString *out, const void *object, const char *resource_version,
              const K8TableOptions *options)
{
  const char *version = resource_version;

  if (version == NULL)
    version = k8_object_meta_resource_version (k8_object_get_meta (object));
  append_head (out, options);
  g_string_append_c (out, '{');
  if (version != NULL)
    append_member (out, "resourceVersion", version);
  g_string_append_c (out, '}');
  append_definitions (out, options);
  k8_table_row (out, object, resource_version, TRUE, options);
  g_string_append (out, "]}");
}

void
k8_table_append_one (GString *out, const void *object, const char *resource_version,
                     const K8TableOptions *options)
{
  append_table (out, object, resource_version, options);
  g_string_append_c (out, '\n');
}

void
k8_table_append_watch_event (GString *out, const char *type, const void *object,
                             const char *resource_version, const K8TableOptions *options)
{
  g_string_append_c (out, '{');
  append_member (out, "type", type);
  g_string_append (out, ",\"object\":");
  append_table (out, object, resource_version, options);
  g_string_append (out, "}\n");
}
