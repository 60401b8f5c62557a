/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the validation suite: reading the corpus, what a server does to an object before
 * it validates (as far as this suite needs it), and comparing stored objects.
 */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "machinery/field_errors.h"
#include "schema/kinds.h"

/* One recorded request. */
typedef struct
{
  JsonParser *parser; /* owns the rest */
  JsonObject *row;
  const char *id;
  const char *kind;
  const char *path;
  const char *verb;
  const char *defect;
} Recording;

/* Calls back for every line of a gzipped JSON-lines file; FALSE if there is no such file. */
typedef void (*RecordingFunc) (const Recording *recording, gpointer user_data);
gboolean corpus_each (const char *folder, const char *name, RecordingFunc func, gpointer user_data);

/* The object with what comes from the request, from admission and from allocators, as far as
 * validation looks at it. Takes @object over. */
const void *prepare_object (K8Region *region, const void *object, const char *path);

/* Appends a line for every place where @actual is not @expected, but for what the server adds
 * behind decoding and defaults. */
void compare_stored (GString *differences, const char *kind, JsonNode *expected, JsonNode *actual);

/* The kind of the recorded object, or NULL. */
const K8KindInfo *recording_find_kind (const Recording *self);

/* (transfer full): the object decoded, with defaults, as it would come to validation. NULL and a
 * text: not even decoded. */
const void *recording_read_object (K8Region *region,
                                   const Recording *self,
                                   const K8KindInfo *kind,
                                   char **ret_error);

/* Code, reason, message and causes, one a line: of ours, and of the recorded answer. */
char *show_status (const K8Status *status);
char *show_recorded (JsonObject *row);
char *show_both (const char *expected, const char *actual);
