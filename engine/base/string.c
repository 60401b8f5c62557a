/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned texts: an open-addressing table of handles in the region, linear probing, at most
 * three quarters full, rebuilt in place of its double when it grows.
 * Invariants: 1 a shared text is in the table exactly once; 2 a handle in the table is live;
 * 3 the table is never walked in its own order by anything that can be seen.
 */
#include "base/string.h"

#include "base/assert.h"

#define REMOVED G_MAXUINT32

enum
{
  FIRST_SIZE_LOG2 = 10,
};

/**
 * k8_string_hash_bytes:
 *
 * A stable hash of some bytes (FNV-1a over 8-byte steps, then mixed); the same in every build.
 */
guint32
k8_string_hash_bytes (const void *bytes, gsize length)
{
  const guint8 *next = bytes;
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325) ^ length;

  for (; length >= 8; length -= 8, next += 8)
    {
      guint64 word;
      memcpy (&word, next, 8);
      hash = (hash ^ GUINT64_FROM_LE (word)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
    }
  for (; length > 0; length--, next++)
    hash = (hash ^ *next) * G_GUINT64_CONSTANT (0x100000001b3);
  hash ^= hash >> 32;
  hash *= G_GUINT64_CONSTANT (0xd6e8feb86659fd93);
  return (guint32) (hash >> 32);
}

static gboolean
is_plain (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      guint8 c = (guint8) text[i];
      if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c >= 0x7f)
        return FALSE;
    }
  return TRUE;
}

static K8StringHead *
make_head (K8Region *region, const void *bytes, gsize length)
{
  K8StringHead *head = k8_region_alloc (region, sizeof *head + length + 1);

  k8_assert (length < (1 << 27));
  *head = (K8StringHead){ .refs = 1, .length = (guint32) length };
  if (length > 0)
    memcpy (head->text, bytes, length);
  head->text[length] = '\0';
  head->is_plain = is_plain (head->text, length);
  return head;
}

static K8Handle *
get_table (K8Region *region)
{
  return k8_region_at (region, k8_region_strings (region)->table);
}

/* The place of a text in the table: its own, or the first where it may be put. */
static guint32
find_place (K8Region *region, const char *text, gsize length, guint32 hash)
{
  const K8RegionStrings *strings = k8_region_strings (region);
  const K8Handle *table = get_table (region);
  guint32 mask = (1u << strings->size_log2) - 1;
  guint32 removed = REMOVED;

  for (guint32 place = hash & mask;; place = (place + 1) & mask)
    {
      if (table[place] == 0)
        return removed == REMOVED ? place : removed;
      if (table[place] == REMOVED)
        {
          removed = removed == REMOVED ? place : removed;
          continue;
        }
      const K8StringHead *head = k8_region_at (region, table[place]);
      if (head->hash == hash && head->length == length && memcmp (head->text, text, length) == 0)
        return place;
    }
}

static void
put_again (K8Region *region, K8Handle handle)
{
  const K8RegionStrings *strings = k8_region_strings (region);
  const K8StringHead *head = k8_region_at (region, handle);
  K8Handle *table = get_table (region);
  guint32 mask = (1u << strings->size_log2) - 1;
  guint32 place = head->hash & mask;

  while (table[place] != 0)
    place = (place + 1) & mask;
  table[place] = handle;
}

static void
ensure_room (K8Region *region)
{
  K8RegionStrings *strings = k8_region_strings (region);
  K8Handle *old = get_table (region);
  gsize old_size = old == NULL ? 0 : (gsize) 1 << strings->size_log2;

  if (old != NULL && (gsize) strings->n_strings + strings->n_removed + 1 < old_size / 4 * 3)
    return;

  if (old == NULL)
    strings->size_log2 = FIRST_SIZE_LOG2;
  else if (strings->n_strings >= old_size / 2)
    strings->size_log2++;
  gsize size = (gsize) 1 << strings->size_log2;
  strings->table = k8_region_handle (k8_region_alloc0 (region, size * sizeof (K8Handle)));
  strings->n_removed = 0;
  for (gsize i = 0; i < old_size; i++)
    if (old[i] != 0 && old[i] != REMOVED)
      put_again (region, old[i]);
  k8_region_free (region, old, old_size * sizeof (K8Handle));
}

/**
 * k8_string_intern_length:
 *
 * The one copy of a text in this world, made if it is not there yet. Texts over 256 bytes are
 * not shared.
 *
 * Returns: (transfer full): give it back with k8_string_unref().
 * Cost: O(length).
 */
const char *
k8_string_intern_length (K8Region *region, const char *text, gsize length)
{
  if (length > K8_STRING_SHARED_BYTES)
    return k8_string_new_blob (region, text, length);

  ensure_room (region);
  guint32 hash = k8_string_hash_bytes (text, length);
  guint32 place = find_place (region, text, length, hash);
  K8Handle *table = get_table (region);
  if (table[place] != 0 && table[place] != REMOVED)
    return k8_string_ref (k8_string_at (region, table[place]));

  K8StringHead *head = make_head (region, text, length);
  K8RegionStrings *strings = k8_region_strings (region);
  head->hash = hash;
  head->is_shared = TRUE;
  strings->n_removed -= table[place] == REMOVED;
  strings->n_strings++;
  table[place] = k8_region_handle (head);
  return head->text;
}

/* As k8_string_intern_length() for a text that ends in NUL. */
const char *
k8_string_intern (K8Region *region, const char *text)
{
  return k8_string_intern_length (region, text, strlen (text));
}

/* A copy of some bytes that is not shared with equal ones. (transfer full) */
const char *
k8_string_new_blob (K8Region *region, const void *bytes, gsize length)
{
  K8StringHead *head = make_head (region, bytes, length);

  head->hash = k8_string_hash_bytes (bytes, length);
  return head->text;
}

/* As k8_string_new_blob(), overwritten with zeros when its last user lets go. (transfer full) */
const char *
k8_string_new_secret (K8Region *region, const void *bytes, gsize length)
{
  K8StringHead *head = make_head (region, bytes, length);

  head->hash = k8_string_hash_bytes (bytes, length);
  head->is_secret = TRUE;
  return head->text;
}

/* The text of this world that equals @text, or NULL if there is none. (transfer none) */
const char *
k8_string_find (K8Region *region, const char *text)
{
  gsize length = strlen (text);

  if (length > K8_STRING_SHARED_BYTES || k8_region_strings (region)->table == 0)
    return NULL;
  guint32 place = find_place (region, text, length, k8_string_hash_bytes (text, length));
  K8Handle handle = get_table (region)[place];
  return handle == REMOVED ? NULL : k8_string_at (region, handle);
}

/* One user more; NULL is allowed. (transfer full) */
const char *
k8_string_ref (const char *self)
{
  if (self != NULL)
    ((K8StringHead *) k8_string_head (self))->refs++;
  return self;
}

/* One user less; NULL is allowed. */
void
k8_string_unref (const char *self)
{
  if (self == NULL)
    return;

  K8StringHead *head = (K8StringHead *) k8_string_head (self);
  K8Region *region = k8_region_of (head);
  k8_assert (head->refs > 0);
  if (--head->refs > 0)
    return;
  if (head->is_shared)
    {
      guint32 place = find_place (region, head->text, head->length, head->hash);
      K8RegionStrings *strings = k8_region_strings (region);
      k8_assert (get_table (region)[place] == k8_region_handle (head));
      get_table (region)[place] = REMOVED;
      strings->n_strings--;
      strings->n_removed++;
    }
  gsize bytes = sizeof *head + head->length + 1;
  if (head->is_secret)
    memset (head->text, 0, head->length);
  k8_region_free (region, head, bytes);
}

/* Whether two texts of one region are equal; NULL equals only NULL. Cost: O(1) if shared. */
gboolean
k8_string_equal (const char *a, const char *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL)
    return FALSE;

  const K8StringHead *head_a = k8_string_head (a);
  const K8StringHead *head_b = k8_string_head (b);
  if ((head_a->is_shared && head_b->is_shared) || head_a->length != head_b->length)
    return FALSE;
  return memcmp (a, b, head_a->length) == 0;
}

/* Order by bytes, as Go's. Both texts come from a region; NULL sorts first. */
int
k8_string_compare (const char *a, const char *b)
{
  if (a == b)
    return 0;
  if (a == NULL || b == NULL)
    return a == NULL ? -1 : 1;

  gsize length_a = k8_string_length (a);
  gsize length_b = k8_string_length (b);
  int order = memcmp (a, b, MIN (length_a, length_b));
  return order != 0 ? order : (length_a > length_b) - (length_a < length_b);
}
