/* SPDX-License-Identifier: Apache-2.0
 *
 * Order: a directory of leaves of up to 127 keys each, both counted and copied when shared. A full
 * leaf is split in the middle, or at its end when keys arrive in order; leaves that together
 * would be half full are joined. Finding a key is two binary searches.
 * Invariants: 1 keys ascend within and across leaves; 2 no leaf is empty; 3 a leaf that one
 * directory names, of a directory that one order uses, holds one reference for each key.
 */
#include "base/order.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"

enum
{
  MAX_KEYS = 127,
  FIRST_KEYS = 7,
  FIRST_LEAVES = 2,
};

typedef struct
{
  K8Handle key;
  guint32 value;
} Entry;

typedef struct
{
  guint32 refs;
  guint16 n;
  guint16 room;
  Entry entries[];
} Leaf;

typedef struct
{
  guint32 refs;
  guint32 n;
  guint32 room;
  K8Handle leaves[];
} Directory;

/* Where a key is, or would be put. */
typedef struct
{
  guint32 leaf;
  guint32 position;
  gboolean is_there;
} Spot;

static gsize
compute_leaf_bytes (guint32 room)
{
  return sizeof (Leaf) + room * sizeof (Entry);
}

static gsize
compute_directory_bytes (guint32 room)
{
  return sizeof (Directory) + room * sizeof (K8Handle);
}

static Directory *
get_directory (const K8Order *self)
{
  return k8_region_at (self->region, self->directory);
}

static Leaf *
get_leaf (const K8Order *self, guint32 leaf_index)
{
  return k8_region_at (self->region, get_directory (self)->leaves[leaf_index]);
}

static guint32
get_n_leaves (const K8Order *self)
{
  return self->directory == 0 ? 0 : get_directory (self)->n;
}

static const char *
get_key (const K8Order *self, const Entry *entry)
{
  return k8_string_at (self->region, entry->key);
}

static Leaf *
new_leaf (K8Order *self, guint32 room)
{
  Leaf *leaf = k8_region_alloc (self->region, compute_leaf_bytes (room));

  leaf->refs = 1;
  leaf->n = 0;
  leaf->room = (guint16) room;
  return leaf;
}

static void
release_leaf (K8Order *self, Leaf *leaf)
{
  k8_assert (leaf->refs > 0);
  if (--leaf->refs > 0)
    return;
  for (guint32 i = 0; i < leaf->n; i++)
    k8_string_unref (get_key (self, &leaf->entries[i]));
  k8_region_free (self->region, leaf, compute_leaf_bytes (leaf->room));
}

void
k8_order_init (K8Order *self, K8Region *region)
{
  self->region = region;
  self->directory = 0;
  self->n = 0;
}

/* Lets go of every key; the order may be filled again. */
void
k8_order_clear (K8Order *self)
{
  Directory *directory = get_directory (self);

  if (directory != NULL && --directory->refs == 0)
    {
      for (guint32 i = 0; i < directory->n; i++)
        release_leaf (self, get_leaf (self, i));
      k8_region_free (self->region, directory, compute_directory_bytes (directory->room));
    }
  self->directory = 0;
  self->n = 0;
}

void
k8_order_clone (K8Order *ret_clone, const K8Order *self)
{
  *ret_clone = *self;
  if (self->directory != 0)
    get_directory (self)->refs++;
}

/* A directory of our own with room for one leaf more. */
static Directory *
edit_directory (K8Order *self)
{
  Directory *old = get_directory (self);
  guint32 n = old == NULL ? 0 : old->n;

  if (old != NULL && old->refs == 1 && n < old->room)
    return old;
  guint32 room = old == NULL ? FIRST_LEAVES : n < old->room ? old->room : old->room * 2;
  Directory *directory = k8_region_alloc (self->region, compute_directory_bytes (room));
  directory->refs = 1;
  directory->n = n;
  directory->room = room;
  if (n > 0)
    memcpy (directory->leaves, old->leaves, n * sizeof (K8Handle));
  if (old != NULL && old->refs > 1)
    {
      old->refs--;
      for (guint32 i = 0; i < n; i++)
        ((Leaf *) k8_region_at (self->region, directory->leaves[i]))->refs++;
    }
  else if (old != NULL)
    k8_region_free (self->region, old, compute_directory_bytes (old->room));
  self->directory = k8_region_handle (directory);
  return directory;
}

/* A leaf of our own with room for at least @room keys. */
static Leaf *
edit_leaf (K8Order *self, guint32 leaf_index, guint32 room)
{
  Directory *directory = edit_directory (self);
  Leaf *old = get_leaf (self, leaf_index);

  if (old->refs == 1 && old->room >= room)
    return old;
  Leaf *leaf = new_leaf (self, room > old->room ? MIN (room * 2, MAX_KEYS) : old->room);
  leaf->n = old->n;
  memcpy (leaf->entries, old->entries, old->n * sizeof (Entry));
  if (old->refs == 1)
    k8_region_free (self->region, old, compute_leaf_bytes (old->room));
  else
    {
      old->refs--;
      for (guint32 i = 0; i < leaf->n; i++)
        k8_string_ref (get_key (self, &leaf->entries[i]));
    }
  directory->leaves[leaf_index] = k8_region_handle (leaf);
  return leaf;
}

/* How many leaves begin with a key that is not after @key. */
static guint32
count_leaves_not_after (const K8Order *self, const char *key)
{
  guint32 low = 0;
  guint32 high = get_n_leaves (self);

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (strcmp (get_key (self, &get_leaf (self, middle)->entries[0]), key) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The first place at or behind @key in the only leaf where it can be; needs a leaf. */
static Spot
find_spot (const K8Order *self, const char *key)
{
  guint32 n_before = count_leaves_not_after (self, key);
  Spot spot = { .leaf = n_before == 0 ? 0 : n_before - 1 };
  const Leaf *leaf = get_leaf (self, spot.leaf);
  guint32 high = leaf->n;

  while (spot.position < high)
    {
      guint32 middle = spot.position + (high - spot.position) / 2;
      int order = strcmp (get_key (self, &leaf->entries[middle]), key);
      spot.is_there |= order == 0;
      if (order < 0)
        spot.position = middle + 1;
      else
        high = middle;
    }
  return spot;
}

static void
insert_leaf (K8Order *self, guint32 leaf_index, const Leaf *leaf)
{
  Directory *directory = edit_directory (self);
  K8Handle *place = &directory->leaves[leaf_index];

  memmove (place + 1, place, (directory->n - leaf_index) * sizeof (K8Handle));
  *place = k8_region_handle (leaf);
  directory->n++;
}

static void
remove_leaf (K8Order *self, guint32 leaf_index)
{
  Directory *directory = edit_directory (self);
  K8Handle *place = &directory->leaves[leaf_index];

  release_leaf (self, get_leaf (self, leaf_index));
  directory->n--;
  memmove (place, place + 1, (directory->n - leaf_index) * sizeof (K8Handle));
}

/* Splits the full leaf of @spot in two and points @spot at the half where its key belongs. */
static void
split (K8Order *self, Spot *spot)
{
  Leaf *left = edit_leaf (self, spot->leaf, MAX_KEYS);
  gboolean is_last = spot->position == left->n && spot->leaf == get_n_leaves (self) - 1;
  guint32 n_left = is_last ? left->n : left->n / 2u;
  Leaf *right = new_leaf (self, MAX_KEYS);

  right->n = (guint16) (left->n - n_left);
  memcpy (right->entries, left->entries + n_left, right->n * sizeof (Entry));
  left->n = (guint16) n_left;
  insert_leaf (self, spot->leaf + 1, right);
  if (spot->position > n_left || is_last)
    {
      spot->leaf++;
      spot->position -= n_left;
    }
}

/**
 * k8_order_insert:
 * @key: a text of the order's region
 *
 * Adds a key, or replaces the value of one that is there.
 *
 * Returns: whether the key is new; the order then holds a reference of its own.
 * Cost: O(log n) comparisons of texts, and one leaf moved.
 */
gboolean
k8_order_insert (K8Order *self, const char *key, guint32 value)
{
  k8_assert (k8_region_of (key) == self->region);
  Spot spot = { 0 };
  if (get_n_leaves (self) == 0)
    insert_leaf (self, 0, new_leaf (self, FIRST_KEYS));
  else
    spot = find_spot (self, key);
  if (spot.is_there)
    {
      edit_leaf (self, spot.leaf, 0)->entries[spot.position].value = value;
      return FALSE;
    }
  if (get_leaf (self, spot.leaf)->n == MAX_KEYS)
    split (self, &spot);
  Leaf *leaf = edit_leaf (self, spot.leaf, get_leaf (self, spot.leaf)->n + 1u);
  Entry *entry = &leaf->entries[spot.position];
  memmove (entry + 1, entry, (leaf->n - spot.position) * sizeof (Entry));
  *entry = (Entry){ .key = k8_string_handle (k8_string_ref (key)), .value = value };
  leaf->n++;
  self->n++;
  return TRUE;
}

/* Joins a leaf with the next one when both together are at most half full. */
static void
join_with_next (K8Order *self, guint32 leaf_index)
{
  if (leaf_index + 1 >= get_n_leaves (self))
    return;
  guint32 n = get_leaf (self, leaf_index)->n + get_leaf (self, leaf_index + 1)->n;
  if (n > MAX_KEYS / 2)
    return;
  Leaf *left = edit_leaf (self, leaf_index, n);
  Leaf *right = edit_leaf (self, leaf_index + 1, 0);
  memcpy (left->entries + left->n, right->entries, right->n * sizeof (Entry));
  left->n = (guint16) n;
  right->n = 0;
  remove_leaf (self, leaf_index + 1);
}

guint32
k8_order_remove (K8Order *self, const char *key)
{
  if (self->n == 0)
    return 0;
  Spot spot = find_spot (self, key);
  if (!spot.is_there)
    return 0;
  Leaf *leaf = edit_leaf (self, spot.leaf, 0);
  Entry removed = leaf->entries[spot.position];
  leaf->n--;
  memmove (&leaf->entries[spot.position], &leaf->entries[spot.position + 1],
           (leaf->n - spot.position) * sizeof (Entry));
  self->n--;
  if (leaf->n == 0)
    remove_leaf (self, spot.leaf);
  else
    {
      join_with_next (self, spot.leaf);
      if (spot.leaf > 0)
        join_with_next (self, spot.leaf - 1);
    }
  k8_string_unref (get_key (self, &removed));
  return removed.value;
}

guint32
k8_order_find (const K8Order *self, const char *key)
{
  if (self->n == 0)
    return 0;
  Spot spot = find_spot (self, key);
  return spot.is_there ? get_leaf (self, spot.leaf)->entries[spot.position].value : 0;
}

/* Reads what stands at the cursor's place, which may be one behind the end of a leaf. */
static gboolean
read_cursor (const K8Order *self, K8OrderCursor *cursor)
{
  cursor->key = NULL;
  cursor->value = 0;
  if (cursor->leaf >= get_n_leaves (self))
    return FALSE;
  if (cursor->position >= get_leaf (self, cursor->leaf)->n)
    {
      cursor->leaf++;
      cursor->position = 0;
      if (cursor->leaf >= get_n_leaves (self))
        return FALSE;
    }
  const Entry *entry = &get_leaf (self, cursor->leaf)->entries[cursor->position];
  cursor->key = get_key (self, entry);
  cursor->value = entry->value;
  return TRUE;
}

gboolean
k8_order_first_at_or_after (const K8Order *self, const char *key, K8OrderCursor *ret_cursor)
{
  Spot spot = { 0 };

  if (self->n > 0)
    spot = find_spot (self, key);
  *ret_cursor = (K8OrderCursor){ .leaf = spot.leaf, .position = spot.position };
  return read_cursor (self, ret_cursor);
}

gboolean
k8_order_next (const K8Order *self, K8OrderCursor *cursor)
{
  cursor->position++;
  return read_cursor (self, cursor);
}
