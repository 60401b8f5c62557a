/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads values out of a scenario file. The first thing that is wrong is kept with its place in
 * the file; from then on every read gives its default, so a caller checks once, at the end.
 * A value knows its path in the document, by which line and column are found.
 */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "codec/yaml.h"

/* Domain of what is wrong with a file. */
#define SIM_SCENARIO_ERROR (g_quark_from_static_string ("orrery-scenario"))

typedef struct
{
  const char *file;
  K8YamlDocument *document;
  GStringChunk *texts; /* paths and texts; they live as long as the scenario */
  GError *error;       /* the first thing that is wrong */
} SimReader;

/* A value, or a place where there is none (node NULL). */
typedef struct
{
  JsonNode *node;
  const char *path;
} SimValue;

void sim_reader_fail (SimReader *self, SimValue at, const char *format, ...) G_GNUC_PRINTF (3, 4);
guint sim_reader_line (const SimReader *self, SimValue at);

/* Members and items. */
SimValue sim_reader_get (SimReader *self, SimValue of, const char *key);
SimValue sim_reader_need (SimReader *self, SimValue of, const char *key);
guint sim_reader_n (SimReader *self, SimValue list);
SimValue sim_reader_at (SimReader *self, SimValue list, guint index);

/* Fails unless every key of an object is in @keys, words separated by blanks. */
void sim_reader_only (SimReader *self, SimValue of, const char *keys);

/* Scalars; a place without a value gives the default. */
const char *sim_reader_text (SimReader *self, SimValue value, const char *or_else);
gint64 sim_reader_int (SimReader *self, SimValue value, gint64 min, gint64 max, gint64 or_else);
gboolean sim_reader_bool (SimReader *self, SimValue value, gboolean or_else);
gint64 sim_reader_duration (SimReader *self, SimValue value, gint64 or_else_ns);
gint64 sim_reader_duration_or_never (SimReader *self, SimValue value, gint64 or_else_ns);
double sim_reader_amount (SimReader *self, SimValue value, gboolean *ret_is_percent);

/* The value as JSON text. (transfer full) */
char *sim_reader_dup_json (SimValue value);
