/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON from outside, read strictly: RFC 8259, UTF-8 without overlong forms and surrogates,
 * bounded depth and size, numbers kept as text. k8_json_scan() says whether a text is JSON at
 * all; K8JsonReader pulls its tokens one by one. Nothing recurses, nothing is allocated but the
 * scratch of texts with escapes. Duplicate keys are the reader's business (they are tokens).
 */
#pragma once

#include <glib.h>

typedef struct
{
  gsize max_bytes; /* of the whole text */
  guint max_depth; /* arrays and objects inside one another */
} K8JsonLimits;

/* 3 MiB and 100 levels: what an API request may have. */
extern const K8JsonLimits k8_json_api_limits;

/* Where reading stopped, and why. Lines and columns count from 1, columns in bytes. */
typedef struct
{
  gsize offset;
  guint line;
  guint column;
  const char *expected; /* "a value", "',' or '}'"; static */
  char message[96];     /* Go's words: "invalid character 'x' looking for beginning of value" */
} K8JsonError;

typedef enum
{
  K8_JSON_NONE,
  K8_JSON_ERROR,
  K8_JSON_END, /* of the text */
  K8_JSON_OBJECT_BEGIN,
  K8_JSON_OBJECT_END,
  K8_JSON_ARRAY_BEGIN,
  K8_JSON_ARRAY_END,
  K8_JSON_KEY,
  K8_JSON_STRING,
  K8_JSON_NUMBER,
  K8_JSON_TRUE,
  K8_JSON_FALSE,
  K8_JSON_NULL,
} K8JsonToken;

enum
{
  K8_JSON_MAX_DEPTH = 128, /* no limits may allow more */
};

/* Reads one text. Fields up to `is_escaped` are for users: what the last token was. */
typedef struct
{
  K8JsonToken token;
  const char *text; /* of a key or string: unescaped; of a number: as written. Until the next. */
  gsize length;
  const char *token_start; /* its first byte in the input */
  gboolean is_escaped;     /* text lies in scratch, not in the input */
  const char *start;
  const char *next;
  const char *end;
  GString *scratch;
  guint depth;
  guint max_depth;
  guint8 state;
  guint8 is_object[K8_JSON_MAX_DEPTH / 8];
  K8JsonError error;
} K8JsonReader;

gboolean k8_json_scan (const char *text, gsize length, const K8JsonLimits *limits,
                       K8JsonError *ret_error);

/* @text must outlive the reader. @limits may be NULL: those of the API. */
void k8_json_reader_init (K8JsonReader *self, const char *text, gsize length,
                          const K8JsonLimits *limits);
void k8_json_reader_clear (K8JsonReader *self);
K8JsonToken k8_json_reader_next (K8JsonReader *self);
K8JsonToken k8_json_reader_fail (K8JsonReader *self, const char *at, const char *expected,
                                 const char *message);

/* With a value's first token just read: goes behind its last one. Gives its extent in the input.
 * FALSE: the value is not JSON; the error is set. */
gboolean k8_json_reader_skip (K8JsonReader *self, const char **ret_value, gsize *ret_length);

/* As k8_json_reader_skip(), and appends the value without white space. */
gboolean k8_json_reader_copy (K8JsonReader *self, GString *out);

/* Go's word for the kind of a token: "string", "number", "array", "object", "bool". */
const char *k8_json_token_name (K8JsonToken token);

/* Length of the sequence of several bytes at @text: 2 to 4, or 0 if it is no UTF-8. */
guint k8_json_utf8_length (const char *text, const char *end);

/* Text as a JSON string with quotes, escaped as Go's encoding/json escapes (<, > and & too). */
void k8_json_append_string (GString *out, const char *text, gsize length);
