/* SPDX-License-Identifier: Apache-2.0
 *
 * Young values: two tables, of records and of lists, each entry at the place that its hash says,
 * with one reference. What comes to a place that is taken takes it over. Since children are
 * shared before their parents are sealed, the hash and the comparison of a value are those of its
 * own words.
 * Left out: whole objects and what is as large as a spec or a status, which differ anyway; what
 * may hold secrets, which must be wiped with its last user.
 */
#include "schema/young.h"

#include <string.h>

#include "base/assert.h"
#include "schema/kinds.h"

enum
{
  N_PLACES = 4096,
  MAX_SLOTS = 9,  /* of a record */
  MAX_WORDS = 16, /* of a list */
};

typedef struct
{
  guint32 hash;
  K8Handle handle;
} Entry;

typedef struct
{
  guint32 n_users;
  guint8 is_left_out[(k8_n_messages + 7) & ~7];
  Entry records[N_PLACES];
  Entry lists[N_PLACES];
} Young;

static Young *
get_young (K8Region *region)
{
  return k8_region_at (region, *k8_region_young (region));
}

/* Whether a message holds secrets, or texts of any length. */
static gboolean
is_secretive (const K8MessageInfo *info)
{
  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      if (field->is_secret || field->type == K8_FIELD_BYTES || field->type == K8_FIELD_RAW)
        return TRUE;
    }
  return info->id == k8_message_token_request_status;
}

static void
leave_out (Young *self)
{
  for (guint i = 0; i < k8_n_messages; i++)
    self->is_left_out[i] = is_secretive (&k8_messages[i]);
  for (guint i = 0; i < K8_N_KINDS; i++)
    self->is_left_out[k8_kinds[i].message] = TRUE;
  self->is_left_out[k8_message_object_meta] = TRUE;
}

void
k8_young_keep (K8Region *region)
{
  Young *self = get_young (region);

  if (self == NULL)
    {
      self = k8_region_alloc0 (region, sizeof *self);
      leave_out (self);
      *k8_region_young (region) = k8_region_handle (self);
    }
  self->n_users++;
}

void
k8_young_forget (K8Region *region)
{
  Young *self = get_young (region);

  for (guint i = 0; self != NULL && i < N_PLACES; i++)
    {
      k8_record_unref (k8_region_at (region, self->records[i].handle));
      k8_list_unref (k8_region_at (region, self->lists[i].handle));
      self->records[i] = (Entry){ 0 };
      self->lists[i] = (Entry){ 0 };
    }
}

void
k8_young_release (K8Region *region)
{
  Young *self = get_young (region);

  k8_assert (self != NULL);
  if (--self->n_users > 0)
    return;
  k8_young_forget (region);
  *k8_region_young (region) = 0;
  k8_region_free (region, self, sizeof *self);
}

static inline guint64
mix (guint64 hash, guint64 word)
{
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return hash ^ (hash >> 32);
}

static inline guint32
hash_words (guint64 hash, const guint32 *words, guint n)
{
  for (; n >= 2; n -= 2, words += 2)
    hash = mix (hash, ((guint64) words[0] << 32) | words[1]);
  return (guint32) (n == 0 ? hash : mix (hash, words[0]));
}

const K8Record *
k8_young_find (K8Region *region, const K8Record *record, K8YoungSpot *ret_spot)
{
  const Young *self = get_young (region);

  ret_spot->place = G_MAXUINT32;
  if (self == NULL || record->n_slots > MAX_SLOTS || self->is_left_out[record->message])
    return NULL;
  guint64 seed = mix (record->present, record->message);
  ret_spot->hash = hash_words (seed, record->slot, record->n_slots);
  ret_spot->place = ret_spot->hash % N_PLACES;
  const Entry *entry = &self->records[ret_spot->place];
  if (entry->hash != ret_spot->hash)
    return NULL;
  const K8Record *known = k8_region_at (region, entry->handle);
  if (known == NULL || known->message != record->message || known->present != record->present
      || memcmp (known->slot, record->slot, record->n_slots * sizeof (guint32)) != 0)
    return NULL;
  return k8_record_ref (known);
}

void
k8_young_put (K8Region *region, const K8Record *record, const K8YoungSpot *spot)
{
  if (spot->place == G_MAXUINT32)
    return;
  Entry *entry = &get_young (region)->records[spot->place];
  const K8Record *before = k8_region_at (region, entry->handle);
  *entry = (Entry){ .hash = spot->hash, .handle = k8_region_handle (record) };
  k8_record_ref (record);
  k8_record_unref (before);
}

static guint
get_n_words (const K8List *list)
{
  gboolean is_double = list->type >= K8_FIELD_STRING_MAP || list->type == K8_FIELD_INT64_LIST;

  return is_double ? list->n * 2 : list->n;
}

const K8List *
k8_young_list (K8Region *region, K8List *list)
{
  Young *self = get_young (region);
  guint n_words = get_n_words (list);

  if (self == NULL || list->refs > 1 || n_words > MAX_WORDS || list->type == K8_FIELD_BYTES_MAP)
    return list;
  guint32 hash = hash_words (mix (list->type, list->n), list->word, n_words);
  Entry *entry = &self->lists[hash % N_PLACES];
  const K8List *known = k8_region_at (region, entry->handle);
  if (known != NULL && entry->hash == hash && known->type == list->type && known->n == list->n
      && memcmp (known->word, list->word, n_words * sizeof (guint32)) == 0)
    {
      k8_list_unref (list);
      return k8_list_ref (known);
    }
  *entry = (Entry){ .hash = hash, .handle = k8_region_handle (list) };
  k8_list_ref (list);
  k8_list_unref (known);
  return list;
}
