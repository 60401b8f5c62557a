/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON codec: text to sealed record and back, walking the rows of the schema.
 * What upstream's decoder says of a bad text is kept word by word, so that the API server can
 * answer with it: an error refuses the text; problems (unknown and duplicate fields) are listed
 * and left to the caller's fieldValidation: Strict, Warn or Ignore.
 * What is written is Go's encoding/json byte for byte: order of the rows, kind and apiVersion in
 * front, fields that are absent left out unless the row says is_always.
 */
#pragma once

#include <glib.h>

#include "base/region.h"
#include "codec/json_scan.h"
#include "schema/field.h"

enum
{
  K8_JSON_MAX_PROBLEMS = 100, /* later ones are not listed; upstream's own limit */
};

/* What a decoding found beside the record. Zero it before, clear it after. */
typedef struct
{
  char *api_version;   /* (nullable): as written at the top */
  char *kind;          /* (nullable) */
  GPtrArray *problems; /* (nullable) (element-type utf8): `unknown field "spec.foo"`, in order */
  char *error;         /* (nullable): upstream's text, without `Pod in version "v1" cannot ...` */
  K8JsonError where;   /* of the error */
} K8JsonDecoded;

/* How a record is written. All zero: compact, without kind. */
typedef struct
{
  const K8KindInfo *kind;       /* puts kind and apiVersion in front */
  const char *resource_version; /* (nullable): shown in metadata, over the record's own */
  gboolean is_pretty;           /* indented as by ?pretty=true */
} K8JsonOptions;

/* Decodes one message; NULL with ret->error set when the text is refused. (transfer full) */
const void *k8_json_decode (K8Region *region, const K8MessageInfo *info, const char *text,
                            gsize length, K8JsonDecoded *ret);
void k8_json_decoded_clear (K8JsonDecoded *self);

/* "strict decoding error: A, B", or NULL without problems. (transfer full) */
char *k8_json_decoded_strict_error (const K8JsonDecoded *self);

/* Reads only apiVersion and kind of an object, and checks that the text is JSON. Sets
 * ret->api_version and ret->kind, or ret->error. */
gboolean k8_json_decode_type (const char *text, gsize length, K8JsonDecoded *ret);

/* Calls back with each item of a list (`items` of the top object), as text in the input.
 * FALSE if the text is not such a list or the callback gives FALSE. */
typedef gboolean (*K8JsonItemFunc) (const char *item, gsize length, gpointer user_data);
gboolean k8_json_each_item (const char *text, gsize length, K8JsonItemFunc func,
                            gpointer user_data, K8JsonError *ret_error);

void k8_json_encode (GString *out, const void *record, const K8JsonOptions *options);

/* A value of one field alone, as it stands behind its name; `null` if it is absent. */
void k8_json_encode_field (GString *out, const void *record, const K8Field *field);

/* A list in pieces: begin, item..., end. @list_meta is a K8ListMeta or NULL. Items show neither
 * kind nor apiVersion, as upstream's. */
void k8_json_encode_list_begin (GString *out, const void *list_meta, const K8JsonOptions *options);
void k8_json_encode_list_item (GString *out, const void *record, gboolean is_first,
                               const K8JsonOptions *options);
void k8_json_encode_list_end (GString *out, gboolean is_empty, const K8JsonOptions *options);

/* One line of a watch: {"type":"ADDED","object":{...}} and a newline. */
void k8_json_encode_watch_event (GString *out, const char *type, const void *record,
                                 const K8JsonOptions *options);
