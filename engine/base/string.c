/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned texts: an open-addressing table in the region, linear probing, at most five eighths
 * full, rebuilt in place of its double when it grows. An entry holds the hash beside the handle,
 * so a search touches no text but the one it finds; a removal moves the entries behind it back, so
 * there are no marks and a search ends at the first empty entry.
 * Invariants: 1 a shared text is in the table exactly once; 2 a handle in the table is live;
 * 3 the table is never walked in its own order by anything that can be seen.
 */
#include "base/string.h"

#include "base/assert.h"

enum
{
  FIRST_SIZE_LOG2 = 10,
};

/* A place of the table; the handle of an empty one is 0. */
typedef struct
{
  guint32 hash;
  K8Handle handle;
} Place;

/* The last bytes of a text, fewer than eight, as one little-endian word. */
static inline guint64
read_tail (const guint8 *bytes, gsize length)
{
  guint64 word = 0;

  memcpy (&word, bytes, length);
  return GUINT64_FROM_LE (word);
}

/**
 * k8_string_hash_bytes:
 *
 * A stable hash of some bytes (8-byte steps, then mixed); the same in every build.
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
  if (length > 0)
    hash = (hash ^ read_tail (next, length)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  hash ^= hash >> 32;
  hash *= G_GUINT64_CONSTANT (0xd6e8feb86659fd93);
  return (guint32) (hash >> 32);
}

#define EACH_BYTE(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))

/* Whether one of eight bytes is 0: the high bit of the first such byte, and perhaps of others. */
static inline guint64
find_zero (guint64 word)
{
  return (word - EACH_BYTE (1)) & ~word & EACH_BYTE (0x80);
}

/* Not 0 if JSON must escape one of eight bytes: a control character, a sign that ends texts or
 * tags, or a byte from 0x7f on. */
static inline guint64
find_special (guint64 word)
{
  guint64 found = word & EACH_BYTE (0x80);

  found |= (word - EACH_BYTE (0x20)) & ~word & EACH_BYTE (0x80);
  found |= find_zero (word ^ EACH_BYTE ('"')) | find_zero (word ^ EACH_BYTE ('\\'));
  found |= find_zero (word ^ EACH_BYTE ('<')) | find_zero (word ^ EACH_BYTE ('>'));
  return found | find_zero (word ^ EACH_BYTE ('&')) | find_zero (word ^ EACH_BYTE (0x7f));
}

static gboolean
is_plain (const char *text, gsize length)
{
  guint64 found = 0;
  guint64 word;

  for (; length >= 8; length -= 8, text += 8)
    {
      memcpy (&word, text, 8);
      found |= find_special (word);
    }
  word = EACH_BYTE (' ');
  memcpy (&word, text, length);
  return (found | find_special (word)) == 0;
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

static Place *
get_table (K8Region *region)
{
  return k8_region_at (region, k8_region_strings (region)->table);
}

/* The place of a text in the table: its own, or the empty one where it may be put. */
static guint32
find_place (K8Region *region, const char *text, gsize length, guint32 hash)
{
  const Place *table = get_table (region);
  guint32 mask = (1u << k8_region_strings (region)->size_log2) - 1;

  for (guint32 place = hash & mask;; place = (place + 1) & mask)
    {
      if (table[place].handle == 0)
        return place;
      if (table[place].hash != hash)
        continue;
      const K8StringHead *head = k8_region_at (region, table[place].handle);
      if (head->length == length && memcmp (head->text, text, length) == 0)
        return place;
    }
}

static void
put_again (K8Region *region, Place entry)
{
  Place *table = get_table (region);
  guint32 mask = (1u << k8_region_strings (region)->size_log2) - 1;
  guint32 place = entry.hash & mask;

  while (table[place].handle != 0)
    place = (place + 1) & mask;
  table[place] = entry;
}

static void
ensure_room (K8Region *region)
{
  K8RegionStrings *strings = k8_region_strings (region);
  Place *old = get_table (region);
  gsize old_size = old == NULL ? 0 : (gsize) 1 << strings->size_log2;

  if (old != NULL && (gsize) strings->n_strings < old_size / 8 * 5)
    return;

  strings->size_log2 = old == NULL ? FIRST_SIZE_LOG2 : strings->size_log2 + 1;
  gsize size = (gsize) 1 << strings->size_log2;
  strings->table = k8_region_handle (k8_region_alloc0 (region, size * sizeof (Place)));
  for (gsize i = 0; i < old_size; i++)
    if (old[i].handle != 0)
      put_again (region, old[i]);
  k8_region_free (region, old, old_size * sizeof (Place));
}

/* Takes a text out of the table. Entries behind it move up to where their search begins or to the
 * hole, whichever comes later, so that every search still finds what it seeks. */
static void
remove_place (K8Region *region, const K8StringHead *head)
{
  K8RegionStrings *strings = k8_region_strings (region);
  Place *table = get_table (region);
  guint32 mask = (1u << strings->size_log2) - 1;
  K8Handle handle = k8_region_handle (head);
  guint32 hole = head->hash & mask;

  while (table[hole].handle != handle)
    {
      k8_assert (table[hole].handle != 0);
      hole = (hole + 1) & mask;
    }
  for (guint32 place = (hole + 1) & mask; table[place].handle != 0; place = (place + 1) & mask)
    {
      guint32 distance = (place - table[place].hash) & mask;
      if (distance < ((place - hole) & mask))
        continue;
      table[hole] = table[place];
      hole = place;
    }
  table[hole] = (Place){ 0 };
  strings->n_strings--;
}

/**
 * k8_string_intern_length:
 *
 * The one copy of a text in this world, made if it is not there yet. Texts over 512 bytes are
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
  Place *found = &get_table (region)[place];
  if (found->handle != 0)
    return k8_string_ref (k8_string_at (region, found->handle));

  K8StringHead *head = make_head (region, text, length);
  head->hash = hash;
  head->is_shared = TRUE;
  k8_region_strings (region)->n_strings++;
  *found = (Place){ .hash = hash, .handle = k8_region_handle (head) };
  return head->text;
}

/* Whether a text is already the one copy in this region. What lies in front of a place inside
 * another text is letters, so it cannot be taken for a head: that of a short text has zeros. */
static inline gboolean
is_interned (K8Region *region, const char *text, gsize length)
{
  const gsize head_bytes = G_STRUCT_OFFSET (K8StringHead, text);

  if (k8_region_of (text) != region || length > K8_STRING_SHARED_BYTES)
    return FALSE;
  if (((guintptr) text - head_bytes) % 8 != 0)
    return FALSE;
  return k8_string_head (text)->is_shared && k8_string_head (text)->length == length;
}

/* As k8_string_intern_length() for a text that ends in NUL. Cost: less for a text of @region. */
const char *
k8_string_intern (K8Region *region, const char *text)
{
  gsize length = strlen (text);

  return is_interned (region, text, length) ? k8_string_ref (text)
                                            : k8_string_intern_length (region, text, length);
}

gsize
k8_string_table_bytes (K8Region *region)
{
  const K8RegionStrings *strings = k8_region_strings (region);

  return strings->table == 0 ? 0 : k8_region_usable_bytes (sizeof (Place) << strings->size_log2);
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
  if (is_interned (region, text, length))
    return text;
  guint32 place = find_place (region, text, length, k8_string_hash_bytes (text, length));
  return k8_string_at (region, get_table (region)[place].handle);
}

/* Frees a text whose last user is gone. */
void
k8_string_free (K8StringHead *head)
{
  K8Region *region = k8_region_of (head);

  if (head->is_shared)
    remove_place (region, head);
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
