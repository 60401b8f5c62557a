/* SPDX-License-Identifier: Apache-2.0
 *
 * Every API message as a type, and every field as accessors, made from the rows of kinds/all.def:
 *   K8PodSpec                                     a sealed record
 *   k8_pod_spec_node_name (spec)                  reads; NULL-safe; NULL, 0 or FALSE when absent
 *   k8_pod_spec_has_node_name (spec)              whether it is there
 *   k8_pod_spec_containers_n (spec), _at (spec, i)    items of a list
 *   k8_object_meta_labels_get (meta, "app")       value in a map; _n, _key (i), _value (i) walk it
 *   K8PodSpecEdit edit;                           a record being made (schema/accessors.h)
 * The build also writes this file expanded, for editors and for grep.
 */
#pragma once

#include "schema/record.h"

/* Types. */
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  typedef struct k8_##message K8##Type;                                                            \
  typedef struct k8_##message##_edit K8##Type##Edit;                                               \
  struct k8_##message##_edit                                                                       \
  {                                                                                                \
    K8Edit edit;                                                                                   \
  };
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

/* Message numbers: k8_message_pod_spec. */
typedef enum
{
  k8_message_none,
#define K8_MESSAGE(Type, message, go_name, ...) k8_message_##message,
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
  k8_n_messages,
} K8MessageId;

/* Kind numbers: K8_KIND_Pod. */
typedef enum
{
  K8_KIND_NONE,
#define K8_KIND(Type, message, group, version, plural, ...) K8_KIND_##Type,
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
  K8_N_KINDS,
} K8KindId;

/* Bits with slots: k8_pod_spec_bit_node_name; a 64-bit value takes two. */
#define K8_WIDE_BIT(message, number, name, json, ...)                                              \
  k8_##message##_bit_##name, k8_##message##_bit_##name##_high,
#define K8_INT64 K8_WIDE_BIT
#define K8_DOUBLE K8_WIDE_BIT
#define K8_TIME K8_WIDE_BIT
#define K8_MICRO_TIME K8_WIDE_BIT
#define K8_INT_OR_STRING K8_WIDE_BIT
#define K8_BOOL(message, number, name, json, ...)
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  enum                                                                                             \
  {
#define K8_FIELD_ROW(message, number, name, json, TYPE, ...) k8_##message##_bit_##name,
#define K8_END(message)                                                                            \
  k8_##message##_n_bits                                                                            \
  }                                                                                                \
  ;
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"
#undef K8_WIDE_BIT

/* Booleans take two bits from above: the n-th has bits 62 - 2n (there) and 63 - 2n (value). */
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  enum                                                                                             \
  {
#define K8_BOOL(message, number, name, json, ...) k8_##message##_bool_##name,
#define K8_END(message)                                                                            \
  k8_##message##_n_bools                                                                           \
  }                                                                                                \
  ;
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

/* Places in the field tables, and the tables. */
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  extern const K8Field k8_fields_##message[];                                                      \
  enum                                                                                             \
  {
#define K8_FIELD_ROW(message, number, name, json, TYPE, ...) k8_##message##_field_##name,
#define K8_END(message)                                                                            \
  k8_##message##_n_fields                                                                          \
  }                                                                                                \
  ;
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

extern const K8MessageInfo k8_messages[k8_n_messages];

/* K8FieldType of the field that owns a slot, by its bit; for record.c alone. */
extern const guint8 k8_slot_types[k8_n_messages][64];
extern const K8KindInfo k8_kinds[K8_N_KINDS];

/* The field of a message by its C name: K8_FIELD (pod_spec, node_name). */
#define K8_FIELD(message, name) (&k8_fields_##message[k8_##message##_field_##name])

/* The message by its C name: K8_INFO (pod_spec). */
#define K8_INFO(message) (&k8_messages[k8_message_##message])

const K8KindInfo *k8_kind_of_record (const void *record);
const K8KindInfo *k8_kind_find (const char *group, const char *version, const char *kind);
const K8KindInfo *k8_kind_find_plural (const char *group, const char *version, const char *plural);

#include "schema/accessors.h"
