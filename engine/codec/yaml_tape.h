/* SPDX-License-Identifier: Apache-2.0
 *
 * A document as a flat list of nodes, in the order of its text: what lies between YAML and JSON
 * in both directions. A mapping is followed by its keys and values in turn, a sequence by its
 * items; `next` leads behind a node with all that belongs to it. Private to the codec.
 */
#pragma once

#include <glib.h>

#include "codec/json_scan.h"
#include "codec/yaml.h"

typedef enum
{
  K8_YAML_NONE,
  K8_YAML_MAPPING,
  K8_YAML_SEQUENCE,
  K8_YAML_TEXT,  /* a scalar that is a string: quoted, block or tagged */
  K8_YAML_PLAIN, /* a plain scalar: its text says what it is */
  K8_YAML_ALIAS,
} K8YamlType;

typedef struct
{
  guint32 type;  /* K8YamlType */
  guint32 next;  /* the node behind this one */
  guint32 text;  /* of a scalar: where it starts in texts; of an alias: the node meant */
  guint32 bytes; /* of a scalar */
  K8YamlPlace place;
} K8YamlNode;

typedef struct
{
  GArray *nodes;  /* K8YamlNode */
  GString *texts; /* of all scalars, each with a NUL behind it */
} K8YamlTape;

/* Where in the JSON text a node begins. */
typedef struct
{
  guint32 offset;
  guint32 node;
} K8YamlMark;

struct K8YamlDocument
{
  K8YamlTape tape;
  GString *json;
  GArray *marks; /* K8YamlMark, by offset */
};

void k8_yaml_tape_init (K8YamlTape *self);
void k8_yaml_tape_clear (K8YamlTape *self);

static inline K8YamlNode *
k8_yaml_tape_node (const K8YamlTape *self, guint32 index)
{
  return &((K8YamlNode *) (void *) self->nodes->data)[index];
}

static inline const char *
k8_yaml_tape_text (const K8YamlTape *self, const K8YamlNode *node)
{
  return self->texts->str + node->text;
}

/* Appends a node and gives its index; its `next` is the one behind it until closed. */
guint32 k8_yaml_tape_add (K8YamlTape *self, K8YamlType type, K8YamlPlace place);
void k8_yaml_tape_set_text (K8YamlTape *self, guint32 index, const char *text, gsize length);
void k8_yaml_tape_close (K8YamlTape *self, guint32 index);

/* What a plain scalar is under the core schema. */
typedef enum
{
  K8_YAML_IS_TEXT,
  K8_YAML_IS_NULL,
  K8_YAML_IS_TRUE,
  K8_YAML_IS_FALSE,
  K8_YAML_IS_NUMBER,    /* @json gets its JSON form */
  K8_YAML_IS_AMBIGUOUS, /* a leading zero: octal to YAML 1.1, decimal to 1.2 */
  K8_YAML_IS_NO_JSON,   /* infinity, no number, or too large */
} K8YamlScalar;

K8YamlScalar k8_yaml_resolve (const char *text, gsize length, GString *json);

/* Writes the JSON of a document whose tape is filled. FALSE with the error set. */
gboolean k8_yaml_document_write (K8YamlDocument *self, gsize max_bytes, K8YamlError *ret_error);

/* Whether YAML 1.1 would read this plain text as something else than a string. */
gboolean k8_yaml_is_reserved (const char *text, gsize length);
