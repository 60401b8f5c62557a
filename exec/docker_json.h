/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON of the Docker Engine: the one place where an answer of the engine becomes a tree.
 * The engine is untrusted input: text passes the strict scanner and its limits before json-glib
 * sees it, and the readers below never assume a type, so a strange answer reads as "not there".
 */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#define EXEC_JSON_MAX_BYTES (16 * 1024 * 1024)
#define EXEC_JSON_MAX_DEPTH 100

/* Parses one document; an empty one is an error. */
JsonNode *exec_json_parse (const char *text, gsize length, GError **error);

/* Writes a tree as compact text. */
char *exec_json_print (JsonNode *node);

/* Readers: NULL-safe, and quiet about a missing member or one of another type. */
JsonObject *exec_json_root_object (JsonNode *node);
JsonArray *exec_json_root_array (JsonNode *node);
JsonObject *exec_json_object (JsonObject *object, const char *member);
JsonArray *exec_json_array (JsonObject *object, const char *member);
const char *exec_json_string (JsonObject *object, const char *member);
gint64 exec_json_int (JsonObject *object, const char *member, gint64 fallback);
gboolean exec_json_boolean (JsonObject *object, const char *member);
JsonObject *exec_json_element_object (JsonArray *array, guint index);
const char *exec_json_element_string (JsonArray *array, guint index);

/* String members of an object as a table; others are left out. */
GHashTable *exec_json_string_map (JsonObject *object);
