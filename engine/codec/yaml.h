/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML at the edges: a stream of documents becomes JSON texts, which the JSON codec decodes;
 * records are shown as `kubectl get -o yaml` shows them. Scalars follow the core schema of
 * YAML 1.2; depth, aliases, expansion and size are bounded; duplicate keys are refused.
 * Each document remembers where in the file its values stand, so that a later error about
 * `spec.containers[0].image` can name line and column.
 */
#pragma once

#include <glib.h>

#include "codec/json.h"

typedef struct
{
  guint line;   /* from 1 */
  guint column; /* from 1 */
} K8YamlPlace;

/* Why a stream was refused. */
typedef struct
{
  K8YamlPlace place;
  char *message; /* g_free() */
} K8YamlError;

typedef struct K8YamlDocument K8YamlDocument;

/* Reads a stream. Documents without content are left out.
 * Returns: (transfer full) (element-type K8YamlDocument) (nullable): NULL with an error. */
GPtrArray *k8_yaml_parse (const char *text, gsize length, K8YamlError *ret_error);
void k8_yaml_error_clear (K8YamlError *self);

/* The JSON text of a document, compact, ending in NUL. (transfer none) */
const char *k8_yaml_document_json (const K8YamlDocument *self, gsize *ret_length);

/* Where the value at @path stands (`spec.containers[0].image`; "" is the document itself), or,
 * if it is not there, the nearest value around it. */
K8YamlPlace k8_yaml_document_find_place (const K8YamlDocument *self, const char *path);

/* Where the value stands whose JSON text holds the byte at @offset: for K8JsonError. */
K8YamlPlace k8_yaml_document_place_at (const K8YamlDocument *self, gsize offset);
void k8_yaml_document_free (K8YamlDocument *self);

/* A record as YAML, keys in order of the alphabet; ends with a newline. */
void k8_yaml_encode (GString *out, const void *record, const K8JsonOptions *options);

/* The same from JSON text, which must be JSON. */
void k8_yaml_append_json (GString *out, const char *json, gsize length);
