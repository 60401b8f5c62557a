/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the schema, built from the rows of kinds/all.def: fields, messages, kinds, and
 * the look-ups that walkers and routes need. Constant data only.
 */
#include "schema/kinds.h"

#include <string.h>

#include "base/assert.h"

#define ROW(number_, json, TYPE, bit_, ...)                                                        \
  { .number = number_,                                                                             \
    .name = json,                                                                                  \
    .name_bytes = sizeof json - 1,                                                                 \
    .type = K8_FIELD_##TYPE,                                                                       \
    .bit = bit_,                                                                                   \
    .doc = __VA_ARGS__ },

/* One table of fields a message. */
#define K8_MESSAGE(Type, message, go_name, ...) const K8Field k8_fields_##message[] = {
#define K8_FIELD_ROW(message, number, name, json, TYPE, ...)                                       \
  ROW (number, json, TYPE, k8_##message##_bit_##name, __VA_ARGS__)
#define K8_BOOL(message, number, name, json, ...)                                                  \
  ROW (number, json, BOOL, 62 - 2 * k8_##message##_bool_##name, __VA_ARGS__)
#define K8_OBJECT(message_, number, name, json, element, ...)                                      \
  ROW (number, json, OBJECT, k8_##message_##_bit_##name, __VA_ARGS__,                              \
       .message = k8_message_##element)
#define K8_LIST(message_, number, name, json, element, ...)                                        \
  ROW (number, json, LIST, k8_##message_##_bit_##name, __VA_ARGS__,                                \
       .message = k8_message_##element)
#define K8_END(message)                                                                            \
  { .name = NULL }                                                                                 \
  }                                                                                                \
  ;                                                                                                \
  G_STATIC_ASSERT (k8_##message##_n_bits + 2 * k8_##message##_n_bools <= 64);
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

/* The same by bit: the type of the field that owns a slot. */
const guint8 k8_slot_types[k8_n_messages][64] = {
#define K8_MESSAGE(Type, message, go_name, ...) [k8_message_##message] = {
#define K8_FIELD_ROW(message, number, name, json, TYPE, ...)                                       \
  [k8_##message##_bit_##name] = K8_FIELD_##TYPE,
#define K8_BOOL(message, number, name, json, ...)
#define K8_END(message)                                                                            \
  }                                                                                                \
  ,
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
};

const K8MessageInfo k8_messages[k8_n_messages] = {
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  [k8_message_##message] = { .name = go_name,                                                      \
                             .symbol = #message,                                                   \
                             .fields = k8_fields_##message,                                        \
                             .n_fields = k8_##message##_n_fields,                                  \
                             .id = k8_message_##message,                                           \
                             .n_low_bits = k8_##message##_n_bits,                                  \
                             .doc = __VA_ARGS__ },
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
};

const K8KindInfo k8_kinds[K8_N_KINDS] = {
#define K8_KIND(Type, message_, group_, version_, ...)                                             \
  [K8_KIND_##Type] = { .id = K8_KIND_##Type,                                                       \
                       .message = k8_message_##message_,                                           \
                       .group = group_,                                                            \
                       .version = version_,                                                        \
                       .plural = __VA_ARGS__ },
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
};

/* The field with this JSON name, or NULL. Cost: O(fields), a few compares. */
const K8Field *
k8_message_find_field (const K8MessageInfo *self, const char *name, gsize length)
{
  for (guint i = 0; i < self->n_fields; i++)
    if (self->fields[i].name_bytes == length && self->fields[i].name[0] == name[0]
        && memcmp (self->fields[i].name, name, length) == 0)
      return &self->fields[i];
  return NULL;
}

/* The field with this Protobuf tag, at the top (@inside 0) or inside an embedded message. */
const K8Field *
k8_message_find_number (const K8MessageInfo *self, guint inside, guint number)
{
  for (guint i = 0; i < self->n_fields; i++)
    if (self->fields[i].inside == inside && self->fields[i].number == number)
      return &self->fields[i];
  return NULL;
}

/* The kind whose objects are records of this type, or NULL for a part of an object. */
const K8KindInfo *
k8_kind_of_record (const void *record)
{
  guint message = k8_record_info (record)->id;

  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].message == message)
      return &k8_kinds[i];
  return NULL;
}

/* The kind of this group, version and name, or NULL. */
const K8KindInfo *
k8_kind_find (const char *group, const char *version, const char *kind)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (strcmp (k8_kinds[i].kind, kind) == 0 && strcmp (k8_kinds[i].group, group) == 0
        && strcmp (k8_kinds[i].version, version) == 0)
      return &k8_kinds[i];
  return NULL;
}

/* The kind that serves this resource, or NULL. */
const K8KindInfo *
k8_kind_find_plural (const char *group, const char *version, const char *plural)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].plural, plural) == 0
        && strcmp (k8_kinds[i].group, group) == 0 && strcmp (k8_kinds[i].version, version) == 0)
      return &k8_kinds[i];
  return NULL;
}
