/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists and maps of records. One block of words behind a head; an item takes one word (handle or
 * 32-bit number) or two (64-bit number; key and value of a map). Maps are kept sorted by the
 * bytes of their keys, as Go's JSON shows them.
 * Functions that change a list take it over and give back the one to go on with: it moves when
 * it grows. Only a list that nobody else holds may be changed.
 */
#include "schema/record.h"

#include "base/assert.h"
#include "base/sort.h"

typedef enum
{
  HOLDS_NUMBER,
  HOLDS_TEXT,
  HOLDS_RECORD,
  HOLDS_LIST,
} Holding;

static gboolean
is_map (K8FieldType type)
{
  return type >= K8_FIELD_STRING_MAP;
}

static guint
get_words (K8FieldType type)
{
  return is_map (type) || type == K8_FIELD_INT64_LIST ? 2 : 1;
}

/* What an item, or the value of a map, is. */
static Holding
get_holding (K8FieldType type)
{
  if (type == K8_FIELD_INT_LIST || type == K8_FIELD_INT64_LIST)
    return HOLDS_NUMBER;
  if (type == K8_FIELD_LIST)
    return HOLDS_RECORD;
  return type == K8_FIELD_STRING_LIST_MAP ? HOLDS_LIST : HOLDS_TEXT;
}

static gsize
get_list_bytes (guint capacity)
{
  return sizeof (K8List) + capacity * sizeof (guint32);
}

static void
ref_word (const K8List *self, guint32 word)
{
  Holding holding = get_holding (self->type);

  if (holding == HOLDS_TEXT)
    k8_string_ref (k8_string_at (self, word));
  else if (holding == HOLDS_RECORD)
    k8_record_ref (k8_region_at (self, word));
  else if (holding == HOLDS_LIST)
    k8_list_ref (k8_region_at (self, word));
}

static void
unref_word (const K8List *self, guint32 word)
{
  Holding holding = get_holding (self->type);

  if (holding == HOLDS_TEXT)
    k8_string_unref (k8_string_at (self, word));
  else if (holding == HOLDS_RECORD)
    k8_record_unref (k8_region_at (self, word));
  else if (holding == HOLDS_LIST)
    k8_list_unref (k8_region_at (self, word));
}

static void
unref_item (K8List *self, guint index)
{
  guint words = get_words (self->type);

  unref_word (self, self->word[index * words + words - 1]);
  if (is_map (self->type))
    k8_string_unref (k8_string_at (self, self->word[index * words]));
}

/* An empty list or map. (transfer full) */
K8List *
k8_list_new (K8Region *region, K8FieldType type, guint capacity)
{
  gsize bytes = k8_region_usable_bytes (get_list_bytes (MAX (capacity, 1) * get_words (type)));
  K8List *self = k8_region_alloc (region, bytes);

  k8_assert (type >= K8_FIELD_LIST);
  self->refs = 1;
  self->n = 0;
  self->capacity = (guint32) ((bytes - sizeof *self) / sizeof (guint32));
  self->type = type;
  return self;
}

const K8List *
k8_list_ref (const K8List *self)
{
  if (self != NULL)
    ((K8List *) self)->refs++;
  return self;
}

void
k8_list_unref (const K8List *self)
{
  K8List *list = (K8List *) self;

  if (list == NULL)
    return;
  k8_assert (list->refs > 0);
  if (--list->refs > 0)
    return;
  if (get_holding (list->type) != HOLDS_NUMBER)
    for (guint i = 0; i < list->n; i++)
      unref_item (list, i);
  k8_region_free (k8_region_of (list), list, get_list_bytes (list->capacity));
}

/* A copy with room for @extra items more; the items are shared. (transfer full) */
K8List *
k8_list_dup (const K8List *self, guint extra)
{
  guint words = get_words (self->type);
  K8List *copy = k8_list_new (k8_region_of (self), self->type, self->n + extra);

  copy->n = self->n;
  memcpy (copy->word, self->word, self->n * words * sizeof (guint32));
  for (guint i = 0; i < copy->n; i++)
    {
      ref_word (copy, copy->word[i * words + words - 1]);
      if (is_map (copy->type))
        k8_string_ref (k8_string_at (copy, copy->word[i * words]));
    }
  return copy;
}

/* The list with room for one item more: itself, or moved to a block of twice the size. */
static K8List *
ensure_room (K8List *self)
{
  guint words = get_words (self->type);

  k8_assert (self->refs == 1);
  if ((self->n + 1) * words <= self->capacity)
    return self;
  K8List *larger = k8_list_new (k8_region_of (self), self->type, self->n * 2 + 2);
  larger->n = self->n;
  memcpy (larger->word, self->word, self->n * words * sizeof (guint32));
  k8_region_free (k8_region_of (self), self, get_list_bytes (self->capacity));
  return larger;
}

/* Appends a record, taken over (transfer full). */
K8List *
k8_list_add_object (K8List *self, const void *record)
{
  k8_assert (self->type == K8_FIELD_LIST);
  self = ensure_room (self);
  self->word[self->n++] = k8_region_handle (record);
  return self;
}

/* Appends a copy of a text; @length is -1 for one that ends in NUL. */
K8List *
k8_list_add_text (K8List *self, const char *text, gssize length)
{
  gsize bytes = length < 0 ? strlen (text) : (gsize) length;

  k8_assert (self->type == K8_FIELD_STRING_LIST);
  self = ensure_room (self);
  const char *kept = k8_string_intern_length (k8_region_of (self), text, bytes);
  self->word[self->n++] = k8_string_handle (kept);
  return self;
}

/* Appends a number. */
K8List *
k8_list_add_int (K8List *self, gint64 value)
{
  k8_assert (get_holding (self->type) == HOLDS_NUMBER);
  self = ensure_room (self);
  if (self->type == K8_FIELD_INT_LIST)
    self->word[self->n] = (guint32) (gint32) value;
  else
    {
      self->word[self->n * 2] = (guint32) (guint64) value;
      self->word[self->n * 2 + 1] = (guint32) ((guint64) value >> 32);
    }
  self->n++;
  return self;
}

/* Takes an item or pair out; the order of the others stays. */
K8List *
k8_list_remove (K8List *self, guint index)
{
  guint words = get_words (self->type);

  k8_assert (index < self->n);
  k8_assert (self->refs == 1);
  unref_item (self, index);
  self->n--;
  memmove (&self->word[index * words], &self->word[(index + 1) * words],
           (self->n - index) * words * sizeof (guint32));
  return self;
}

/* Puts a record, taken over (transfer full), in the place of another. */
K8List *
k8_list_replace_object (K8List *self, guint index, const void *record)
{
  k8_assert (self->type == K8_FIELD_LIST);
  k8_assert (index < self->n);
  k8_assert (self->refs == 1);
  unref_word (self, self->word[index]);
  self->word[index] = k8_region_handle (record);
  return self;
}

const void *
k8_list_get_object (const K8List *self, guint index)
{
  k8_assert (self->type == K8_FIELD_LIST);
  k8_assert (index < self->n);
  return k8_region_at (self, self->word[index]);
}

const char *
k8_list_get_text (const K8List *self, guint index)
{
  k8_assert (self->type == K8_FIELD_STRING_LIST);
  k8_assert (index < self->n);
  return k8_string_at (self, self->word[index]);
}

gint64
k8_list_get_int (const K8List *self, guint index)
{
  k8_assert (get_holding (self->type) == HOLDS_NUMBER);
  k8_assert (index < self->n);
  if (self->type == K8_FIELD_INT_LIST)
    return (gint32) self->word[index];
  return (gint64) ((guint64) self->word[index * 2] | ((guint64) self->word[index * 2 + 1] << 32));
}

/* Compares a key of a map with a text of known length, by bytes. */
static int
compare_key (const K8List *self, guint index, const char *key, gsize length)
{
  const char *own = k8_string_at (self, self->word[index * 2]);
  gsize own_length = k8_string_length (own);
  int order = memcmp (own, key, MIN (own_length, length));

  return order != 0 ? order : (own_length > length) - (own_length < length);
}

/* The first pair whose key is not below @key. */
static guint
find_key (const K8List *self, const char *key, gsize length, gboolean *ret_is_there)
{
  guint low = 0;
  guint high = self->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (compare_key (self, middle, key, length) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *ret_is_there = low < self->n && compare_key (self, low, key, length) == 0;
  return low;
}

static K8List *
put_pair (K8List *self, const char *key, guint32 value)
{
  gboolean is_there;
  guint index = find_key (self, key, strlen (key), &is_there);

  if (is_there)
    {
      k8_assert (self->refs == 1);
      unref_word (self, self->word[index * 2 + 1]);
      self->word[index * 2 + 1] = value;
      return self;
    }
  self = ensure_room (self);
  memmove (&self->word[(index + 1) * 2], &self->word[index * 2],
           (self->n - index) * 2 * sizeof (guint32));
  self->word[index * 2] = k8_string_handle (k8_string_intern (k8_region_of (self), key));
  self->word[index * 2 + 1] = value;
  self->n++;
  return self;
}

/**
 * k8_map_put:
 * @value: copied; a value of bytes is kept as a blob that is wiped when freed
 * @value_length: in bytes
 *
 * Sets the value of a key. Cost: O(pairs) for a new key.
 */
K8List *
k8_map_put (K8List *self, const char *key, const char *value, gsize value_length)
{
  K8Region *region = k8_region_of (self);
  const char *kept;

  k8_assert (is_map (self->type));
  k8_assert (get_holding (self->type) == HOLDS_TEXT);
  if (self->type == K8_FIELD_BYTES_MAP)
    kept = k8_string_new_secret (region, value, value_length);
  else
    kept = k8_string_intern_length (region, value, value_length);
  return put_pair (self, key, k8_string_handle (kept));
}

/* Sets the list of a key, taken over (transfer full). */
K8List *
k8_map_put_list (K8List *self, const char *key, const K8List *value)
{
  k8_assert (self->type == K8_FIELD_STRING_LIST_MAP);
  return put_pair (self, key, k8_region_handle (value));
}

/* Appends a pair without looking for its place: until k8_map_sort() the map is no map.
 * @value is a record's text or list, taken over. */
static K8List *
append_pair (K8List *self, const char *key, gsize key_length, guint32 value)
{
  self = ensure_room (self);
  const char *kept = k8_string_intern_length (k8_region_of (self), key, key_length);
  self->word[self->n * 2] = k8_string_handle (kept);
  self->word[self->n * 2 + 1] = value;
  self->n++;
  return self;
}

/* Filling a map fast: pairs in any order, then k8_map_sort(). Cost: O(1). */
K8List *
k8_map_append (K8List *self, const char *key, gsize key_length, const char *value,
               gsize value_length)
{
  K8Region *region = k8_region_of (self);
  const char *kept;

  k8_assert (get_holding (self->type) == HOLDS_TEXT);
  if (self->type == K8_FIELD_BYTES_MAP)
    kept = k8_string_new_secret (region, value, value_length);
  else
    kept = k8_string_intern_length (region, value, value_length);
  return append_pair (self, key, key_length, k8_string_handle (kept));
}

/* As k8_map_append() with a list, taken over (transfer full). */
K8List *
k8_map_append_list (K8List *self, const char *key, gsize key_length, const K8List *value)
{
  k8_assert (self->type == K8_FIELD_STRING_LIST_MAP);
  return append_pair (self, key, key_length, k8_region_handle (value));
}

/* The keys of two pairs of words; for k8_sort(). */
static int
compare_pairs (const void *a, const void *b, const void *list)
{
  return k8_string_compare (k8_string_at (list, *(const guint32 *) a),
                            k8_string_at (list, *(const guint32 *) b));
}

static int
compare_neighbours (const K8List *self, guint second)
{
  return compare_pairs (&self->word[second * 2 - 2], &self->word[second * 2], self);
}

/**
 * k8_map_sort:
 *
 * Sorts what k8_map_append() filled. Equal keys keep their order: k8_map_drop_doubles() then
 * makes it a map.
 *
 * Returns: how many neighbours have equal keys.
 * Cost: O(pairs) if they came in order, else O(pairs log pairs).
 */
guint
k8_map_sort (K8List *self)
{
  guint n_doubles = 0;
  guint sorted = 1;

  k8_assert (is_map (self->type));
  k8_assert (self->refs == 1);
  while (sorted < self->n && compare_neighbours (self, sorted) < 0)
    sorted++;
  if (sorted >= self->n)
    return 0;
  k8_sort (self->word, self->n, 2 * sizeof (guint32), compare_pairs, self);
  for (guint i = 1; i < self->n; i++)
    n_doubles += compare_neighbours (self, i) == 0;
  return n_doubles;
}

/* Of neighbours with equal keys keeps the last: ends what k8_map_sort() began. */
void
k8_map_drop_doubles (K8List *self)
{
  guint n = 0;

  k8_assert (is_map (self->type));
  k8_assert (self->refs == 1);
  for (guint i = 0; i < self->n; i++)
    {
      if (i + 1 < self->n && compare_neighbours (self, i + 1) == 0)
        {
          unref_item (self, i);
          continue;
        }
      self->word[n * 2] = self->word[i * 2];
      self->word[n * 2 + 1] = self->word[i * 2 + 1];
      n++;
    }
  self->n = n;
}

/* Takes a key out, if it is there. */
K8List *
k8_map_remove (K8List *self, const char *key)
{
  gboolean is_there;
  guint index = find_key (self, key, strlen (key), &is_there);

  return is_there ? k8_list_remove (self, index) : self;
}

const char *
k8_map_get_key (const K8List *self, guint index)
{
  k8_assert (is_map (self->type));
  k8_assert (index < self->n);
  return k8_string_at (self, self->word[index * 2]);
}

const char *
k8_map_get_value (const K8List *self, guint index)
{
  k8_assert (is_map (self->type));
  k8_assert (index < self->n);
  return k8_string_at (self, self->word[index * 2 + 1]);
}

const K8List *
k8_map_get_list (const K8List *self, guint index)
{
  k8_assert (self->type == K8_FIELD_STRING_LIST_MAP);
  k8_assert (index < self->n);
  return k8_region_at (self, self->word[index * 2 + 1]);
}

/* The value of a key, or NULL. @self may be NULL. Cost: O(log pairs). */
const char *
k8_map_find (const K8List *self, const char *key)
{
  gboolean is_there;

  if (self == NULL)
    return NULL;
  guint index = find_key (self, key, strlen (key), &is_there);
  return is_there ? k8_map_get_value (self, index) : NULL;
}

static gboolean
is_word_equal (const K8List *a, const K8List *b, guint place)
{
  guint32 word_a = a->word[place];
  guint32 word_b = b->word[place];

  switch (get_holding (a->type))
    {
    case HOLDS_NUMBER:
      return word_a == word_b;
    case HOLDS_TEXT:
      return k8_string_equal (k8_string_at (a, word_a), k8_string_at (b, word_b));
    case HOLDS_RECORD:
      return k8_record_equal (k8_region_at (a, word_a), k8_region_at (b, word_b));
    case HOLDS_LIST:
      return k8_list_equal (k8_region_at (a, word_a), k8_region_at (b, word_b));
    }
  k8_assert_not_reached ();
  return FALSE;
}

/* Whether two lists or maps of one region say the same; NULL equals an empty one. */
gboolean
k8_list_equal (const K8List *a, const K8List *b)
{
  if (a == b)
    return TRUE;
  if (k8_list_n (a) != k8_list_n (b))
    return FALSE;
  if (k8_list_n (a) == 0)
    return TRUE;
  if (a->type != b->type)
    return FALSE;
  guint words = get_words (a->type);
  for (guint i = 0; i < a->n; i++)
    {
      if (is_map (a->type)
          && !k8_string_equal (k8_map_get_key (a, i), k8_map_get_key (b, i)))
        return FALSE;
      if (words == 2 && !is_map (a->type) && a->word[i * 2] != b->word[i * 2])
        return FALSE;
      if (!is_word_equal (a, b, i * words + words - 1))
        return FALSE;
    }
  return TRUE;
}
