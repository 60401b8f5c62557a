/* SPDX-License-Identifier: Apache-2.0
 *
 * Records: the one form in which every API message is kept. A record is sealed: never modified,
 * shared by counting references. It holds only the fields that are there.
 * Typed accessors (schema/kinds.h) are built on the functions below; walkers (codecs, patches,
 * comparison) use the same functions with a K8Field. The layout is private to record.c but for
 * the inline readers here, which are the hot path.
 *
 * Ownership: what a getter gives is borrowed and lives as long as the record. k8_edit_set_*()
 * takes over records and lists (transfer full) and copies texts. Sealing gives a record that is
 * the caller's (transfer full): pass it on or k8_record_unref() it.
 */
#pragma once

#include <glib.h>

#include "base/region.h"
#include "base/string.h"
#include "schema/field.h"

/* Layout: presence bits; bit i below n_low_bits owns one slot; booleans take two high bits. */
typedef struct
{
  guint64 present;
  guint32 refs;
  guint16 message; /* K8MessageId */
  guint16 n_slots;
  guint32 slot[];
} K8Record;

/* A list or a map; what an item is depends on the field. Maps hold pairs, sorted by key. */
typedef struct
{
  guint32 refs;
  guint32 n;        /* items; pairs for a map */
  guint32 capacity; /* words */
  guint32 type;     /* K8FieldType */
  guint32 word[];
} K8List;

/* A record being made or changed. Lives on the stack; ends with k8_edit_seal() or _drop(). */
typedef struct
{
  K8Region *region;
  const K8MessageInfo *info;
  guint64 present;
  guint32 slot[64];
} K8Edit;

/* Unref at the end of the block: `k8_autounref const K8Pod *pod = ...;` */
#define k8_autounref __attribute__ ((cleanup (k8_record_cleanup)))

/* Of records of every type. All accept NULL where that makes sense. */
const void *k8_record_ref (const void *self);
void k8_record_unref (const void *self);
void k8_record_cleanup (void *address_of_record);
gboolean k8_record_equal (const void *a, const void *b);

/* The table entry of a record's type. */
static inline const K8MessageInfo *
k8_record_info (const void *self)
{
  return &k8_messages[((const K8Record *) self)->message];
}

/* Reading by field. Absent fields give NULL, 0, FALSE or an empty view. */
gboolean k8_record_has (const void *self, const K8Field *field);
const char *k8_record_get_text (const void *self, const K8Field *field);
gint64 k8_record_get_int (const void *self, const K8Field *field);
K8IntOrString k8_record_get_int_or_string (const void *self, const K8Field *field);
const K8Record *k8_record_get_object (const void *self, const K8Field *field);
const K8List *k8_record_get_list (const void *self, const K8Field *field);

/* Lists and maps. */
K8List *k8_list_new (K8Region *region, K8FieldType type, guint capacity);
const K8List *k8_list_ref (const K8List *self);
void k8_list_unref (const K8List *self);
K8List *k8_list_dup (const K8List *self, guint extra);
K8List *k8_list_add_object (K8List *self, const void *record);
K8List *k8_list_add_text (K8List *self, const char *text, gssize length);
K8List *k8_list_add_int (K8List *self, gint64 value);
K8List *k8_map_put (K8List *self, const char *key, const char *value, gsize value_length);
K8List *k8_map_put_list (K8List *self, const char *key, const K8List *value);
K8List *k8_map_append (K8List *self, const char *key, gsize key_length, const char *value,
                       gsize value_length);
K8List *k8_map_append_list (K8List *self, const char *key, gsize key_length, const K8List *value);
guint k8_map_sort (K8List *self);
void k8_map_drop_doubles (K8List *self);
K8List *k8_map_remove (K8List *self, const char *key);
K8List *k8_list_remove (K8List *self, guint index);
K8List *k8_list_replace_object (K8List *self, guint index, const void *record);
const void *k8_list_get_object (const K8List *self, guint index);
const char *k8_list_get_text (const K8List *self, guint index);
gint64 k8_list_get_int (const K8List *self, guint index);
const char *k8_map_get_key (const K8List *self, guint index);
const char *k8_map_get_value (const K8List *self, guint index);
const K8List *k8_map_get_list (const K8List *self, guint index);
const char *k8_map_find (const K8List *self, const char *key);
gboolean k8_list_equal (const K8List *a, const K8List *b);

/* Editing. @base may be NULL: the edit starts empty. It holds its own reference to everything. */
void k8_edit_init (K8Edit *self, K8Region *region, const K8MessageInfo *info, const void *base);
const void *k8_edit_seal (K8Edit *self);
void k8_edit_drop (K8Edit *self);
void k8_edit_clear (K8Edit *self, const K8Field *field);
gboolean k8_edit_has (const K8Edit *self, const K8Field *field);
void k8_edit_set_text (K8Edit *self, const K8Field *field, const char *text, gssize length);
void k8_edit_set_int (K8Edit *self, const K8Field *field, gint64 value);
void k8_edit_set_int_or_string (K8Edit *self, const K8Field *field, K8IntOrString value);
void k8_edit_set_object (K8Edit *self, const K8Field *field, const void *record);
void k8_edit_set_list (K8Edit *self, const K8Field *field, const K8List *list);
const K8Record *k8_edit_get_object (const K8Edit *self, const K8Field *field);
const K8List *k8_edit_get_list (const K8Edit *self, const K8Field *field);
const char *k8_edit_get_text (const K8Edit *self, const K8Field *field);
gint64 k8_edit_get_int (const K8Edit *self, const K8Field *field);
K8List *k8_edit_own_list (K8Edit *self, const K8Field *field, guint extra);
void k8_edit_give_list (K8Edit *self, const K8Field *field, K8List *list);

static inline guint
k8_list_n (const K8List *self)
{
  return self == NULL ? 0 : self->n;
}

/* The hot readers behind the typed accessors: @bit is a constant. */
static inline gboolean
k8_record_has_bit (const K8Record *self, guint bit)
{
  return self != NULL && ((self->present >> bit) & 1) != 0;
}

static inline const guint32 *
k8_record_slot (const K8Record *self, guint bit)
{
  guint64 below = self->present & ((G_GUINT64_CONSTANT (1) << bit) - 1);

  return &self->slot[__builtin_popcountll (below)];
}

static inline const char *
k8_record_text_bit (const K8Record *self, guint bit)
{
  return k8_record_has_bit (self, bit) ? k8_string_at (self, *k8_record_slot (self, bit)) : NULL;
}

static inline gint32
k8_record_int_bit (const K8Record *self, guint bit)
{
  return k8_record_has_bit (self, bit) ? (gint32) *k8_record_slot (self, bit) : 0;
}

static inline gint64
k8_record_int64_bit (const K8Record *self, guint bit)
{
  if (!k8_record_has_bit (self, bit))
    return 0;
  const guint32 *slot = k8_record_slot (self, bit);
  return (gint64) ((guint64) slot[0] | ((guint64) slot[1] << 32));
}

static inline gboolean
k8_record_bool_bit (const K8Record *self, guint bit)
{
  return k8_record_has_bit (self, bit) && ((self->present >> (bit + 1)) & 1) != 0;
}

static inline const void *
k8_record_object_bit (const K8Record *self, guint bit)
{
  return k8_record_has_bit (self, bit) ? k8_region_at (self, *k8_record_slot (self, bit)) : NULL;
}
