/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and edits. A sealed record is one block: presence bits, then a slot for each field
 * that is there, in the order of the bits. An edit is the same with all slots spread out.
 * Invariants: 1 a slot that names a text, record or list owns one reference to it; 2 a field of
 * a value type whose value is zero is absent, so equal messages have equal bits; 3 a record with
 * references is never written, but for its count.
 */
#include "schema/record.h"

#include "base/assert.h"
#include "schema/kinds.h"
#include "schema/young.h"

typedef enum
{
  HOLDS_NUMBER,
  HOLDS_WIDE,
  HOLDS_BOOL,
  HOLDS_TEXT,
  HOLDS_RECORD,
  HOLDS_LIST,
  HOLDS_INT_OR_STRING,
} Holding;

static const guint8 holdings[] = {
  [K8_FIELD_NONE] = HOLDS_NUMBER, /* the second slot of a wide field */
  [K8_FIELD_INT] = HOLDS_NUMBER,
  [K8_FIELD_INT64] = HOLDS_WIDE,
  [K8_FIELD_DOUBLE] = HOLDS_WIDE,
  [K8_FIELD_TIME] = HOLDS_WIDE,
  [K8_FIELD_MICRO_TIME] = HOLDS_WIDE,
  [K8_FIELD_BOOL] = HOLDS_BOOL,
  [K8_FIELD_STRING] = HOLDS_TEXT,
  [K8_FIELD_QUANTITY] = HOLDS_TEXT,
  [K8_FIELD_BYTES] = HOLDS_TEXT,
  [K8_FIELD_RAW] = HOLDS_TEXT,
  [K8_FIELD_OBJECT] = HOLDS_RECORD,
  [K8_FIELD_INT_OR_STRING] = HOLDS_INT_OR_STRING,
  [K8_FIELD_LIST] = HOLDS_LIST,
  [K8_FIELD_STRING_LIST] = HOLDS_LIST,
  [K8_FIELD_INT_LIST] = HOLDS_LIST,
  [K8_FIELD_INT64_LIST] = HOLDS_LIST,
  [K8_FIELD_STRING_MAP] = HOLDS_LIST,
  [K8_FIELD_QUANTITY_MAP] = HOLDS_LIST,
  [K8_FIELD_BYTES_MAP] = HOLDS_LIST,
  [K8_FIELD_STRING_LIST_MAP] = HOLDS_LIST,
};

/* What the slots of a field hold. */
static inline Holding
get_holding (K8FieldType type)
{
  return (Holding) holdings[type];
}

static gboolean
is_wide (Holding holding)
{
  return holding == HOLDS_WIDE || holding == HOLDS_INT_OR_STRING;
}

static gsize
get_record_bytes (guint n_slots)
{
  return sizeof (K8Record) + n_slots * sizeof (guint32);
}

static guint64
get_low_mask (const K8MessageInfo *info)
{
  return info->n_low_bits == 0 ? 0 : G_MAXUINT64 >> (64 - info->n_low_bits);
}

static void
ref_slot (const void *neighbour, Holding holding, const guint32 *slot)
{
  if (holding == HOLDS_TEXT)
    k8_string_ref (k8_string_at (neighbour, *slot));
  else if (holding == HOLDS_RECORD)
    k8_record_ref (k8_region_at (neighbour, *slot));
  else if (holding == HOLDS_LIST)
    k8_list_ref (k8_region_at (neighbour, *slot));
  else if (holding == HOLDS_INT_OR_STRING && slot[0] != 0)
    k8_string_ref (k8_string_at (neighbour, slot[1]));
}

static void
unref_slot (const void *neighbour, Holding holding, const guint32 *slot)
{
  if (holding == HOLDS_TEXT)
    k8_string_unref (k8_string_at (neighbour, *slot));
  else if (holding == HOLDS_RECORD)
    k8_record_unref (k8_region_at (neighbour, *slot));
  else if (holding == HOLDS_LIST)
    k8_list_unref (k8_region_at (neighbour, *slot));
  else if (holding == HOLDS_INT_OR_STRING && slot[0] != 0)
    k8_string_unref (k8_string_at (neighbour, slot[1]));
}

/* One user more; NULL is allowed. (transfer full) */
const void *
k8_record_ref (const void *self)
{
  if (self != NULL)
    ((K8Record *) self)->refs++;
  return self;
}

/* Lets go of everything that a record holds. */
static void
unref_slots (const void *neighbour, const K8Record *record)
{
  const guint8 *types = k8_slot_types[record->message];
  guint64 bits = record->present;

  for (guint i = 0; i < record->n_slots; i++, bits &= bits - 1)
    {
      Holding holding = get_holding (types[__builtin_ctzll (bits)]);
      if (holding >= HOLDS_TEXT)
        unref_slot (neighbour, holding, &record->slot[i]);
    }
}

/* One user less; NULL is allowed. The last one frees the record and lets go of its children. */
void
k8_record_unref (const void *self)
{
  K8Record *record = (K8Record *) self;

  if (record == NULL)
    return;
  k8_assert (record->refs > 0);
  if (--record->refs > 0)
    return;
  unref_slots (k8_region_of (record), record);
  k8_region_free (k8_region_of (record), record, get_record_bytes (record->n_slots));
}

/* For k8_autounref: @address_of_record is the address of a pointer to a record. */
void
k8_record_cleanup (void *address_of_record)
{
  k8_record_unref (*(const void **) address_of_record);
}

static gboolean
is_slot_equal (const K8Record *a, const K8Record *b, const K8Field *field)
{
  const guint32 *slot_a = k8_record_slot (a, field->bit);
  const guint32 *slot_b = k8_record_slot (b, field->bit);

  switch (get_holding (field->type))
    {
    case HOLDS_BOOL:
      return TRUE;
    case HOLDS_NUMBER:
      return slot_a[0] == slot_b[0];
    case HOLDS_WIDE:
      return slot_a[0] == slot_b[0] && slot_a[1] == slot_b[1];
    case HOLDS_TEXT:
      return k8_string_equal (k8_string_at (a, *slot_a), k8_string_at (b, *slot_b));
    case HOLDS_RECORD:
      return k8_record_equal (k8_region_at (a, *slot_a), k8_region_at (b, *slot_b));
    case HOLDS_LIST:
      return k8_list_equal (k8_region_at (a, *slot_a), k8_region_at (b, *slot_b));
    case HOLDS_INT_OR_STRING:
      if (slot_a[0] != slot_b[0])
        return FALSE;
      if (slot_a[0] == 0)
        return slot_a[1] == slot_b[1];
      return k8_string_equal (k8_string_at (a, slot_a[1]), k8_string_at (b, slot_b[1]));
    }
  k8_assert_not_reached ();
  return FALSE;
}

/* Whether two records of one region say the same; NULL equals only NULL. Cost: O(differences)
 * where children are shared, else O(size). */
gboolean
k8_record_equal (const void *a, const void *b)
{
  const K8Record *record_a = a;
  const K8Record *record_b = b;

  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL)
    return FALSE;
  if (record_a->message != record_b->message || record_a->present != record_b->present)
    return FALSE;
  if (memcmp (record_a->slot, record_b->slot, record_a->n_slots * sizeof (guint32)) == 0)
    return TRUE;
  const K8MessageInfo *info = k8_record_info (a);
  for (guint i = 0; i < info->n_fields; i++)
    if (k8_record_has_bit (a, info->fields[i].bit) && !is_slot_equal (a, b, &info->fields[i]))
      return FALSE;
  return TRUE;
}

gboolean
k8_record_has (const void *self, const K8Field *field)
{
  return k8_record_has_bit (self, field->bit);
}

/* The text of a string, quantity, bytes or raw field, or NULL. (transfer none) */
const char *
k8_record_get_text (const void *self, const K8Field *field)
{
  k8_assert (get_holding (field->type) == HOLDS_TEXT);
  return k8_record_text_bit (self, field->bit);
}

/* The value of a number, boolean, time or (as its bits) double; 0 when absent. */
gint64
k8_record_get_int (const void *self, const K8Field *field)
{
  Holding holding = get_holding (field->type);

  if (holding == HOLDS_BOOL)
    return k8_record_bool_bit (self, field->bit);
  if (holding == HOLDS_WIDE)
    return k8_record_int64_bit (self, field->bit);
  k8_assert (holding == HOLDS_NUMBER);
  return k8_record_int_bit (self, field->bit);
}

static K8IntOrString
read_int_or_string (const void *neighbour, const guint32 *slot)
{
  if (slot[0] != 0)
    return (K8IntOrString){ .is_text = TRUE, .text = k8_string_at (neighbour, slot[1]) };
  return (K8IntOrString){ .number = (gint32) slot[1] };
}

/* An integer or a text; the number 0 when absent. */
K8IntOrString
k8_record_get_int_or_string (const void *self, const K8Field *field)
{
  k8_assert (field->type == K8_FIELD_INT_OR_STRING);
  if (!k8_record_has_bit (self, field->bit))
    return (K8IntOrString){ 0 };
  return read_int_or_string (self, k8_record_slot (self, field->bit));
}

const K8Record *
k8_record_get_object (const void *self, const K8Field *field)
{
  k8_assert (field->type == K8_FIELD_OBJECT);
  return k8_record_object_bit (self, field->bit);
}

const K8List *
k8_record_get_list (const void *self, const K8Field *field)
{
  k8_assert (get_holding (field->type) == HOLDS_LIST);
  return k8_record_object_bit (self, field->bit);
}

/**
 * k8_edit_init:
 * @info: type of the record
 * @base: (nullable): record to start from; it stays as it is
 *
 * Begins a record. The edit must end with k8_edit_seal() or k8_edit_drop().
 */
void
k8_edit_init (K8Edit *self, K8Region *region, const K8MessageInfo *info, const void *base)
{
  const K8Record *record = base;

  self->region = region;
  self->info = info;
  self->present = 0;
  if (record == NULL)
    return;
  k8_assert (record->message == info->id);
  k8_assert (k8_region_of (record) == region);
  self->present = record->present;
  const guint8 *types = k8_slot_types[info->id];
  guint64 bits = record->present;
  for (guint i = 0; i < record->n_slots; i++, bits &= bits - 1)
    {
      guint bit = (guint) __builtin_ctzll (bits);
      Holding holding = get_holding (types[bit]);
      self->slot[bit] = record->slot[i];
      if (holding >= HOLDS_TEXT)
        ref_slot (region, holding, &record->slot[i]);
    }
}

/* The slots of an edit one behind the other, in @record; lists that others have become one. */
static void
pack_slots (K8Edit *self, K8Record *record)
{
  const guint8 *types = k8_slot_types[self->info->id];
  guint64 low = self->present & get_low_mask (self->info);
  guint32 *next = record->slot;

  for (; low != 0; low &= low - 1)
    {
      guint bit = (guint) __builtin_ctzll (low);
      if (get_holding (types[bit]) == HOLDS_LIST)
        self->slot[bit] = k8_region_handle (
            k8_young_list (self->region, k8_region_at (self->region, self->slot[bit])));
      *next++ = self->slot[bit];
    }
  record->present = self->present;
  record->refs = 1;
  record->message = self->info->id;
  record->n_slots = (guint16) (next - record->slot);
}

/**
 * k8_edit_seal:
 *
 * Ends an edit.
 *
 * Returns: (transfer full): the record with all that was set; an equal one that was sealed not
 *   long ago, if there is one.
 */
const void *
k8_edit_seal (K8Edit *self)
{
  struct
  {
    K8Record record;
    guint32 slot[64];
  } packed;
  K8YoungSpot spot;

  pack_slots (self, &packed.record);
  const K8Record *young = k8_young_find (self->region, &packed.record, &spot);
  if (young != NULL)
    {
      unref_slots (self->region, &packed.record);
      self->present = 0;
      return young;
    }
  gsize bytes = get_record_bytes (packed.record.n_slots);
  K8Record *record = k8_region_alloc (self->region, bytes);
  memcpy (record, &packed.record, bytes);
  k8_young_put (self->region, record, &spot);
  self->present = 0;
  return record;
}

/* Ends an edit without a record. */
void
k8_edit_drop (K8Edit *self)
{
  for (guint i = 0; i < self->info->n_fields; i++)
    k8_edit_clear (self, &self->info->fields[i]);
}

gboolean
k8_edit_has (const K8Edit *self, const K8Field *field)
{
  return ((self->present >> field->bit) & 1) != 0;
}

/* Takes a field out. */
void
k8_edit_clear (K8Edit *self, const K8Field *field)
{
  Holding holding = get_holding (field->type);

  if (!k8_edit_has (self, field))
    return;
  if (holding >= HOLDS_TEXT)
    unref_slot (self->region, holding, &self->slot[field->bit]);
  self->present &= ~(G_GUINT64_CONSTANT (1) << field->bit);
  if (is_wide (holding) || holding == HOLDS_BOOL)
    self->present &= ~(G_GUINT64_CONSTANT (2) << field->bit);
}

static void
put_slot (K8Edit *self, const K8Field *field, guint32 value)
{
  k8_edit_clear (self, field);
  self->slot[field->bit] = value;
  self->present |= G_GUINT64_CONSTANT (1) << field->bit;
}

static void
put_wide (K8Edit *self, const K8Field *field, guint32 low, guint32 high)
{
  put_slot (self, field, low);
  self->slot[field->bit + 1] = high;
  self->present |= G_GUINT64_CONSTANT (2) << field->bit;
}

/**
 * k8_edit_set_text:
 * @text: (nullable): copied; NULL clears the field, and so does "" where nil is not told from ""
 * @length: in bytes, or -1 up to its NUL
 *
 * Sets a string, quantity, bytes or raw field.
 */
void
k8_edit_set_text (K8Edit *self, const K8Field *field, const char *text, gssize length)
{
  gsize bytes = text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length;
  const char *kept;

  k8_assert (get_holding (field->type) == HOLDS_TEXT);
  if (text == NULL || (bytes == 0 && !field->is_pointer))
    {
      k8_edit_clear (self, field);
      return;
    }
  if (field->is_secret)
    kept = k8_string_new_secret (self->region, text, bytes);
  else if (field->type == K8_FIELD_BYTES || field->type == K8_FIELD_RAW)
    kept = k8_string_new_blob (self->region, text, bytes);
  else if (length < 0)
    kept = k8_string_intern (self->region, text);
  else
    kept = k8_string_intern_length (self->region, text, bytes);
  put_slot (self, field, k8_string_handle (kept));
}

/* Sets a number, boolean, time or (as its bits) double. Zero clears a field of a value type. */
void
k8_edit_set_int (K8Edit *self, const K8Field *field, gint64 value)
{
  Holding holding = get_holding (field->type);
  gboolean is_time = field->type == K8_FIELD_TIME || field->type == K8_FIELD_MICRO_TIME;

  if (value == 0 && !field->is_pointer && !is_time)
    {
      k8_edit_clear (self, field);
      return;
    }
  if (holding == HOLDS_WIDE)
    put_wide (self, field, (guint32) (guint64) value, (guint32) ((guint64) value >> 32));
  else if (holding == HOLDS_NUMBER)
    put_slot (self, field, (guint32) (gint32) value);
  else
    {
      k8_assert (holding == HOLDS_BOOL);
      k8_edit_clear (self, field);
      self->present |= (value != 0 ? G_GUINT64_CONSTANT (3) : G_GUINT64_CONSTANT (1)) << field->bit;
    }
}

/* Sets an integer or a text (copied). */
void
k8_edit_set_int_or_string (K8Edit *self, const K8Field *field, K8IntOrString value)
{
  k8_assert (field->type == K8_FIELD_INT_OR_STRING);
  if (value.is_text)
    put_wide (self, field, 1, k8_string_handle (k8_string_intern (self->region, value.text)));
  else if (value.number == 0 && !field->is_pointer)
    k8_edit_clear (self, field);
  else
    put_wide (self, field, 0, (guint32) value.number);
}

/* Sets a record, taken over (transfer full); NULL clears, and so does an empty one in a field of
 * a value type. */
void
k8_edit_set_object (K8Edit *self, const K8Field *field, const void *record)
{
  k8_assert (field->type == K8_FIELD_OBJECT);
  if (record == NULL)
    {
      k8_edit_clear (self, field);
      return;
    }
  k8_assert (((const K8Record *) record)->message == field->message);
  if (((const K8Record *) record)->present == 0 && !field->is_pointer)
    {
      k8_record_unref (record);
      k8_edit_clear (self, field);
      return;
    }
  put_slot (self, field, k8_region_handle (record));
}

/* Sets a list or map, taken over (transfer full); NULL or an empty one clears. */
void
k8_edit_set_list (K8Edit *self, const K8Field *field, const K8List *list)
{
  k8_assert (get_holding (field->type) == HOLDS_LIST);
  k8_assert (list == NULL || list->type == field->type);
  if (k8_list_n (list) == 0)
    {
      k8_list_unref (list);
      k8_edit_clear (self, field);
      return;
    }
  put_slot (self, field, k8_region_handle (list));
}

const K8Record *
k8_edit_get_object (const K8Edit *self, const K8Field *field)
{
  return k8_edit_has (self, field) ? k8_region_at (self->region, self->slot[field->bit]) : NULL;
}

const K8List *
k8_edit_get_list (const K8Edit *self, const K8Field *field)
{
  return k8_edit_has (self, field) ? k8_region_at (self->region, self->slot[field->bit]) : NULL;
}

const char *
k8_edit_get_text (const K8Edit *self, const K8Field *field)
{
  return k8_edit_has (self, field) ? k8_string_at (self->region, self->slot[field->bit]) : NULL;
}

gint64
k8_edit_get_int (const K8Edit *self, const K8Field *field)
{
  const guint32 *slot = &self->slot[field->bit];

  if (!k8_edit_has (self, field))
    return 0;
  switch (get_holding (field->type))
    {
    case HOLDS_BOOL:
      return ((self->present >> (field->bit + 1)) & 1) != 0;
    case HOLDS_NUMBER:
      return (gint32) *slot;
    case HOLDS_WIDE:
      return (gint64) ((guint64) slot[0] | ((guint64) slot[1] << 32));
    case HOLDS_TEXT:
    case HOLDS_RECORD:
    case HOLDS_LIST:
    case HOLDS_INT_OR_STRING:
      break;
    }
  k8_assert_not_reached ();
  return 0;
}

/**
 * k8_edit_own_list:
 * @extra: how many items will be added
 *
 * Takes the list of a field out of the edit, as one that may be changed: the edit's own if
 * nobody else uses it, else a copy, else an empty one. Give it back with k8_edit_give_list().
 */
K8List *
k8_edit_own_list (K8Edit *self, const K8Field *field, guint extra)
{
  K8List *list;

  if (!k8_edit_has (self, field))
    return k8_list_new (self->region, field->type, extra);
  list = k8_region_at (self->region, self->slot[field->bit]);
  self->present &= ~(G_GUINT64_CONSTANT (1) << field->bit);
  if (list->refs == 1)
    return list;
  K8List *copy = k8_list_dup (list, extra);
  k8_list_unref (list);
  return copy;
}

/* Puts back what k8_edit_own_list() gave. (transfer full) */
void
k8_edit_give_list (K8Edit *self, const K8Field *field, K8List *list)
{
  k8_edit_set_list (self, field, list);
}
