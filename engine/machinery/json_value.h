/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as a small tree, for what walks texts rather than records: patches and apply. Scratch:
 * all nodes of a tree live in its pool and go with it; nothing of it outlives a step.
 * Members of objects are kept sorted by key, so that merging two objects is one pass.
 * Numbers keep their text. Depth and size are those of API requests (codec/json_scan.h).
 */
#pragma once

#include <glib.h>

#include "codec/json_scan.h"

typedef struct K8JsonPool K8JsonPool;
typedef struct K8Json K8Json;

typedef enum
{
  K8_JSON_IS_NULL,
  K8_JSON_IS_FALSE,
  K8_JSON_IS_TRUE,
  K8_JSON_IS_NUMBER,
  K8_JSON_IS_STRING,
  K8_JSON_IS_ARRAY,
  K8_JSON_IS_OBJECT,
} K8JsonType;

typedef struct
{
  const char *text; /* ends in NUL; may hold NULs itself */
  gsize length;
} K8JsonText;

struct K8Json
{
  K8JsonType type;
  K8JsonText text; /* of a number or string */
  K8JsonText raw;  /* as parsed, until something inside is changed; else NULL */
  guint n;         /* items or members */
  guint capacity;
  K8Json **items;
  K8JsonText *keys; /* of an object, sorted by bytes */
};

K8JsonPool *k8_json_pool_new (void);
void k8_json_pool_free (K8JsonPool *self);
gsize k8_json_pool_bytes (const K8JsonPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (K8JsonPool, k8_json_pool_free)

/* NULL with Go's words in @ret_error. Of duplicate keys the last one counts; the pool lists
 * them as upstream's strict decoder does: `duplicate field "a.b"`. */
K8Json *k8_json_parse (K8JsonPool *pool, const char *text, gsize length, K8JsonError *ret_error);
const GPtrArray *k8_json_pool_duplicates (const K8JsonPool *self);

K8Json *k8_json_new (K8JsonPool *pool, K8JsonType type);
K8Json *k8_json_new_string (K8JsonPool *pool, const char *text, gsize length);
K8Json *k8_json_copy (K8JsonPool *pool, const K8Json *value);
K8Json *k8_json_copy_shallow (K8JsonPool *pool, const K8Json *value); /* shares the items */
gboolean k8_json_equal (const K8Json *a, const K8Json *b);

/* The type's word in Go's messages: "object", "number". */
const char *k8_json_type_name (K8JsonType type);

/* Members. @value is shared, not copied. Changes reset `raw` of @self, not of what is around. */
K8Json *k8_json_get (const K8Json *self, const char *key);
K8Json *k8_json_get_text (const K8Json *self, K8JsonText key);
void k8_json_put (K8JsonPool *pool, K8Json *self, K8JsonText key, K8Json *value);
gboolean k8_json_remove (K8Json *self, K8JsonText key);

/* Items. */
void k8_json_insert (K8JsonPool *pool, K8Json *self, guint index, K8Json *value);
void k8_json_remove_at (K8Json *self, guint index);

/* Appends a member behind all others; @key must sort behind them. */
void k8_json_push (K8JsonPool *pool, K8Json *self, K8JsonText key, K8Json *value);

gboolean k8_json_is_text (const K8Json *self, const char *text);
gboolean k8_json_text_has_prefix (K8JsonText text, const char *prefix);
int k8_json_text_compare (K8JsonText a, K8JsonText b);

/* Compact JSON; what was not changed is written as it was, without white space. */
void k8_json_append (GString *out, const K8Json *self);

/* As Go's %v shows such a value: map[a:1 b:[x y]]. */
void k8_json_append_go (GString *out, const K8Json *self);
