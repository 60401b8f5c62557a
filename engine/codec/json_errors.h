/* SPDX-License-Identifier: Apache-2.0
 *
 * What upstream's JSON decoder says of a text that does not fit, put together from the rows: the
 * path to the place, and the Go type that was wanted. Private to the codecs.
 */
#pragma once

#include <glib.h>

#include "schema/field.h"

/* One object being read, and the objects around it. */
typedef struct K8JsonFrame K8JsonFrame;
struct K8JsonFrame
{
  const K8JsonFrame *outer;
  const K8MessageInfo *info;
  const K8Field *field; /* being read; NULL for the object itself */
  gint64 index;         /* of the item, or -1 */
};

typedef enum
{
  K8_JSON_WHOLE, /* the field */
  K8_JSON_ITEM,  /* one item of a list, one value of a map */
} K8JsonPart;

/* Go's name of a field's type: "[]v1.Container", "int32". (transfer full) */
char *k8_json_go_type (const K8Field *field, K8JsonPart part);

/* `json: cannot unmarshal FOUND into Go struct field PodSpec.spec.nodeName of type TYPE`. */
char *k8_json_type_error (const K8JsonFrame *frame, const char *found, const char *type);

/* `unknown field "spec.containers[0].foo"`: @key is a field of the object of @frame, or, with
 * K8_JSON_ITEM, a key of the map that @frame's field is. (transfer full) */
char *k8_json_problem (const K8JsonFrame *frame, K8JsonPart part, const char *what,
                       const char *key, gsize length);

char *k8_json_base64_error (gsize offset);
