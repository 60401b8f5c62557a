/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables: what `kubectl get` shows. Columns of every kind are rows of columns.def; a cell is a
 * function of the object and of now. The same functions serve the wire form (Table of
 * meta.k8s.io/v1), the terminal and the window.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

typedef struct K8Column K8Column;

/* What a cell function sees. */
typedef struct
{
  const void *object;
  const K8ObjectMeta *meta;
  gint64 now_us; /* wall time, microseconds since 1970 */
} K8CellInput;

/* Appends the cell's text; for integer columns, its digits. */
typedef void (*K8CellFunc) (GString *out, const K8CellInput *input);

struct K8Column
{
  guint16 kind; /* K8KindId; 0 is the table for kinds without rows */
  guint16 priority; /* 1: only with -o wide */
  const char *name;
  const char *type;   /* "string", "integer" */
  const char *format; /* "name" or "" */
  const char *doc;
  gboolean is_number; /* the cell is a JSON number or boolean, not a text */
  K8CellFunc append;
};

guint k8_table_columns_n (const K8KindInfo *kind);
const K8Column *k8_table_column (const K8KindInfo *kind, guint index);
const K8Column *k8_table_find_column (const K8KindInfo *kind, const char *name);
void k8_table_append_cell (GString *out, const K8Column *column, const void *object,
                           gint64 now_us);

/* What stands in rows[].object (includeObject). */
typedef enum
{
  K8_TABLE_METADATA,
  K8_TABLE_NONE,
  K8_TABLE_OBJECT,
} K8TableInclude;

typedef struct
{
  const K8KindInfo *kind;
  K8TableInclude include;
  const char *api_version; /* (nullable): "meta.k8s.io/v1beta1"; else v1 */
  gint64 now_us;
  gboolean has_no_columns; /* watch events after the first: columnDefinitions is null */
} K8TableOptions;

/* A table in pieces: begin, row..., end. @list_meta is a K8ListMeta or NULL. */
void k8_table_begin (GString *out, const K8ListMeta *list_meta, const K8TableOptions *options);
void k8_table_row (GString *out, const void *object, const char *resource_version,
                   gboolean is_first, const K8TableOptions *options);
void k8_table_end (GString *out);

/* The table of one object, with its resource version as the table's. */
void k8_table_append_one (GString *out, const void *object, const char *resource_version,
                          const K8TableOptions *options);

/* One line of a watch: {"type":"ADDED","object":{"kind":"Table",...}} and a newline. */
void k8_table_append_watch_event (GString *out, const char *type, const void *object,
                                  const char *resource_version, const K8TableOptions *options);

/* Age since an instant, in microseconds since 1970; "<unknown>" for 0. */
void k8_age_append (GString *out, gint64 since_us, gint64 now_us);
