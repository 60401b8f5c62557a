/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON trees in a pool: chunks of memory that are given back together. Objects keep their keys
 * sorted by bytes, so a member is found by halving and two objects are merged in one pass.
 * Invariant: `raw` of a node is the text that it would be written as, up to white space.
 */
#include "machinery/json_value.h"

#include <string.h>

#include "base/assert.h"
#include "base/sort.h"

enum
{
  CHUNK_BYTES = 16 * 1024,
  MAX_DUPLICATES = 100,
};

struct K8JsonPool
{
  GPtrArray *chunks;
  GPtrArray *duplicates; /* (element-type utf8) */
  char *next;
  gsize left;
  gsize bytes;
};

K8JsonPool *
k8_json_pool_new (void)
{
  K8JsonPool *self = g_new0 (K8JsonPool, 1);

  self->chunks = g_ptr_array_new_with_free_func (g_free);
  self->duplicates = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
k8_json_pool_free (K8JsonPool *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->chunks);
  g_ptr_array_unref (self->duplicates);
  g_free (self);
}

/* How much was taken from the pool so far. */
gsize
k8_json_pool_bytes (const K8JsonPool *self)
{
  return self->bytes;
}

const GPtrArray *
k8_json_pool_duplicates (const K8JsonPool *self)
{
  return self->duplicates;
}

static void *
take (K8JsonPool *self, gsize bytes)
{
  bytes = (bytes + 7) & ~(gsize) 7;
  if (bytes > self->left)
    {
      gsize size = MAX (bytes, CHUNK_BYTES);
      self->next = g_malloc (size);
      self->left = size;
      g_ptr_array_add (self->chunks, self->next);
    }
  void *block = self->next;
  self->next += bytes;
  self->left -= bytes;
  self->bytes += bytes;
  return block;
}

static K8JsonText
take_text (K8JsonPool *self, const char *text, gsize length)
{
  char *copy = take (self, length + 1);

  if (length > 0)
    memcpy (copy, text, length);
  copy[length] = '\0';
  return (K8JsonText){ copy, length };
}

K8Json *
k8_json_new (K8JsonPool *pool, K8JsonType type)
{
  K8Json *self = take (pool, sizeof *self);

  *self = (K8Json){ .type = type };
  return self;
}

K8Json *
k8_json_new_string (K8JsonPool *pool, const char *text, gsize length)
{
  K8Json *self = k8_json_new (pool, K8_JSON_IS_STRING);

  self->text = take_text (pool, text, length);
  return self;
}

const char *
k8_json_type_name (K8JsonType type)
{
  switch (type)
    {
    case K8_JSON_IS_NULL:
      return "null";
    case K8_JSON_IS_FALSE:
    case K8_JSON_IS_TRUE:
      return "bool";
    case K8_JSON_IS_NUMBER:
      return "number";
    case K8_JSON_IS_STRING:
      return "string";
    case K8_JSON_IS_ARRAY:
      return "array";
    case K8_JSON_IS_OBJECT:
      return "object";
    }
  k8_assert_not_reached ();
  return NULL;
}

/* Order by bytes. */
int
k8_json_text_compare (K8JsonText a, K8JsonText b)
{
  int order = memcmp (a.text, b.text, MIN (a.length, b.length));

  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

gboolean
k8_json_text_has_prefix (K8JsonText text, const char *prefix)
{
  gsize length = strlen (prefix);

  return text.length >= length && memcmp (text.text, prefix, length) == 0;
}

/* Room for one more. */
static void
ensure_room (K8JsonPool *pool, K8Json *self)
{
  if (self->n < self->capacity)
    return;
  guint capacity = self->capacity == 0 ? 4 : self->capacity * 2;
  K8Json **items = take (pool, capacity * sizeof (K8Json *));
  if (self->n > 0)
    memcpy (items, self->items, self->n * sizeof (K8Json *));
  self->items = items;
  if (self->type == K8_JSON_IS_OBJECT)
    {
      K8JsonText *keys = take (pool, capacity * sizeof (K8JsonText));
      if (self->n > 0)
        memcpy (keys, self->keys, self->n * sizeof (K8JsonText));
      self->keys = keys;
    }
  self->capacity = capacity;
}

static void
forget_raw (K8Json *self)
{
  self->raw = (K8JsonText){ 0 };
}

/* The first member whose key is not below @key. */
static guint
find_member (const K8Json *self, K8JsonText key, gboolean *ret_is_there)
{
  guint low = 0;
  guint high = self->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (k8_json_text_compare (self->keys[middle], key) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *ret_is_there = low < self->n && k8_json_text_compare (self->keys[low], key) == 0;
  return low;
}

/* The value of a member, or NULL; also NULL if @self is no object. */
K8Json *
k8_json_get_text (const K8Json *self, K8JsonText key)
{
  gboolean is_there;

  if (self == NULL || self->type != K8_JSON_IS_OBJECT)
    return NULL;
  guint index = find_member (self, key, &is_there);
  return is_there ? self->items[index] : NULL;
}

K8Json *
k8_json_get (const K8Json *self, const char *key)
{
  return k8_json_get_text (self, (K8JsonText){ key, strlen (key) });
}

void
k8_json_push (K8JsonPool *pool, K8Json *self, K8JsonText key, K8Json *value)
{
  ensure_room (pool, self);
  forget_raw (self);
  self->keys[self->n] = key;
  self->items[self->n++] = value;
}

void
k8_json_put (K8JsonPool *pool, K8Json *self, K8JsonText key, K8Json *value)
{
  gboolean is_there;
  guint index = find_member (self, key, &is_there);

  k8_assert (self->type == K8_JSON_IS_OBJECT);
  forget_raw (self);
  if (!is_there)
    {
      ensure_room (pool, self);
      guint behind = self->n - index;
      memmove (&self->items[index + 1], &self->items[index], behind * sizeof (K8Json *));
      memmove (&self->keys[index + 1], &self->keys[index], behind * sizeof (K8JsonText));
      self->keys[index] = key;
      self->n++;
    }
  self->items[index] = value;
}

void
k8_json_remove_at (K8Json *self, guint index)
{
  k8_assert (index < self->n);
  forget_raw (self);
  self->n--;
  memmove (&self->items[index], &self->items[index + 1],
           (self->n - index) * sizeof (K8Json *));
  if (self->type == K8_JSON_IS_OBJECT)
    memmove (&self->keys[index], &self->keys[index + 1],
             (self->n - index) * sizeof (K8JsonText));
}

/* FALSE if there was no such member. */
gboolean
k8_json_remove (K8Json *self, K8JsonText key)
{
  gboolean is_there;
  guint index = find_member (self, key, &is_there);

  if (is_there)
    k8_json_remove_at (self, index);
  return is_there;
}

void
k8_json_insert (K8JsonPool *pool, K8Json *self, guint index, K8Json *value)
{
  k8_assert (self->type == K8_JSON_IS_ARRAY);
  k8_assert (index <= self->n);
  ensure_room (pool, self);
  forget_raw (self);
  memmove (&self->items[index + 1], &self->items[index], (self->n - index) * sizeof (K8Json *));
  self->items[index] = value;
  self->n++;
}

/* A copy whose own items may be exchanged; the items are shared. */
K8Json *
k8_json_copy_shallow (K8JsonPool *pool, const K8Json *value)
{
  K8Json *copy = k8_json_new (pool, value->type);

  *copy = *value;
  copy->capacity = value->n;
  if (value->n == 0)
    return copy;
  copy->items = take (pool, value->n * sizeof (K8Json *));
  memcpy (copy->items, value->items, value->n * sizeof (K8Json *));
  if (value->type == K8_JSON_IS_OBJECT)
    {
      copy->keys = take (pool, value->n * sizeof (K8JsonText));
      memcpy (copy->keys, value->keys, value->n * sizeof (K8JsonText));
    }
  return copy;
}

/* A copy that can be changed without changing the original; texts are shared. */
K8Json *
k8_json_copy (K8JsonPool *pool, const K8Json *value)
{
  K8Json *copy = k8_json_copy_shallow (pool, value);

  for (guint i = 0; i < value->n; i++)
    copy->items[i] = k8_json_copy (pool, value->items[i]);
  return copy;
}

/* Whether two values say the same. Numbers are compared as they are written. */
gboolean
k8_json_equal (const K8Json *a, const K8Json *b)
{
  if (a == NULL || b == NULL || a->type != b->type || a->n != b->n)
    return a == b;
  if (a->type == K8_JSON_IS_NUMBER || a->type == K8_JSON_IS_STRING)
    return k8_json_text_compare (a->text, b->text) == 0;
  for (guint i = 0; i < a->n; i++)
    {
      if (a->type == K8_JSON_IS_OBJECT && k8_json_text_compare (a->keys[i], b->keys[i]) != 0)
        return FALSE;
      if (!k8_json_equal (a->items[i], b->items[i]))
        return FALSE;
    }
  return TRUE;
}

/* Whether this is the string @text. */
gboolean
k8_json_is_text (const K8Json *self, const char *text)
{
  return self != NULL && self->type == K8_JSON_IS_STRING && self->text.length == strlen (text)
         && memcmp (self->text.text, text, self->text.length) == 0;
}

/* Reading. */
typedef struct
{
  K8JsonPool *pool;
  K8JsonReader reader;
  GString *path; /* of the value being read, for duplicates */
} Parse;

/* A member as it was read; order counts, so that the last of equals wins. */
typedef struct
{
  K8JsonText key;
  K8Json *value;
} Member;

static int
compare_members (const void *a, const void *b, const void *user)
{
  (void) user;
  return k8_json_text_compare (((const Member *) a)->key, ((const Member *) b)->key);
}

static void
note_duplicate (Parse *self, K8JsonText key)
{
  if (self->pool->duplicates->len >= MAX_DUPLICATES)
    return;
  g_autoptr (GString) text = g_string_new ("duplicate field \"");
  g_string_append_len (text, self->path->str, (gssize) self->path->len);
  g_string_append (text, self->path->len > 0 ? "." : "");
  g_string_append_len (text, key.text, (gssize) key.length);
  g_string_append_c (text, '"');
  g_ptr_array_add (self->pool->duplicates, g_strdup (text->str));
}

/* Makes an object of the members read, sorted, each key once. */
static void
close_object (Parse *self, K8Json *object, GArray *members)
{
  k8_sort (members->data, members->len, sizeof (Member), compare_members, NULL);
  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = &g_array_index (members, Member, i);
      if (object->n > 0
          && k8_json_text_compare (object->keys[object->n - 1], member->key) == 0)
        {
          note_duplicate (self, member->key);
          object->items[object->n - 1] = member->value;
          continue;
        }
      k8_json_push (self->pool, object, member->key, member->value);
    }
}

static K8Json *read_value (Parse *self);

static gboolean
read_object (Parse *self, K8Json *object)
{
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (Member));
  gsize path_length = self->path->len;

  while (k8_json_reader_next (&self->reader) == K8_JSON_KEY)
    {
      Member member = { .key = take_text (self->pool, self->reader.text, self->reader.length) };
      g_string_append (self->path, path_length > 0 ? "." : "");
      g_string_append_len (self->path, member.key.text, (gssize) member.key.length);
      k8_json_reader_next (&self->reader);
      member.value = read_value (self);
      g_string_truncate (self->path, path_length);
      if (member.value == NULL)
        return FALSE;
      g_array_append_val (members, member);
    }
  if (self->reader.token != K8_JSON_OBJECT_END)
    return FALSE;
  close_object (self, object, members);
  return TRUE;
}

static gboolean
read_array (Parse *self, K8Json *array)
{
  gsize path_length = self->path->len;

  while (k8_json_reader_next (&self->reader) != K8_JSON_ARRAY_END)
    {
      g_string_append_printf (self->path, "[%u]", array->n);
      K8Json *item = read_value (self);
      g_string_truncate (self->path, path_length);
      if (item == NULL)
        return FALSE;
      ensure_room (self->pool, array);
      array->items[array->n++] = item;
    }
  return TRUE;
}

/* The value whose first token was read; NULL when the text is no JSON. Depth is the reader's. */
static K8Json *
read_value (Parse *self)
{
  K8JsonReader *reader = &self->reader;
  const char *start = reader->token_start;
  K8Json *value = k8_json_new (self->pool, K8_JSON_IS_NULL);
  gboolean is_good = TRUE;

  if (reader->token == K8_JSON_OBJECT_BEGIN)
    {
      value->type = K8_JSON_IS_OBJECT;
      is_good = read_object (self, value);
    }
  else if (reader->token == K8_JSON_ARRAY_BEGIN)
    {
      value->type = K8_JSON_IS_ARRAY;
      is_good = read_array (self, value);
    }
  else if (reader->token == K8_JSON_STRING || reader->token == K8_JSON_NUMBER)
    {
      value->type = reader->token == K8_JSON_STRING ? K8_JSON_IS_STRING : K8_JSON_IS_NUMBER;
      value->text = take_text (self->pool, reader->text, reader->length);
    }
  else if (reader->token == K8_JSON_TRUE || reader->token == K8_JSON_FALSE)
    value->type = reader->token == K8_JSON_TRUE ? K8_JSON_IS_TRUE : K8_JSON_IS_FALSE;
  else
    is_good = reader->token == K8_JSON_NULL;
  if (!is_good)
    return NULL;
  value->raw = (K8JsonText){ start, (gsize) (reader->next - start) };
  return value;
}

/**
 * k8_json_parse:
 * @text: must outlive the pool: what is not changed is written from it
 *
 * Reads one JSON text as a tree.
 *
 * Returns: (transfer none) (nullable): NULL with @ret_error set.
 * Cost: O(length), and sorting of the members of each object.
 */
K8Json *
k8_json_parse (K8JsonPool *pool, const char *text, gsize length, K8JsonError *ret_error)
{
  g_autoptr (GString) path = g_string_new (NULL);
  Parse parse = { .pool = pool, .path = path };

  k8_json_reader_init (&parse.reader, text, length, NULL);
  k8_json_reader_next (&parse.reader);
  K8Json *value = read_value (&parse);
  if (value != NULL && k8_json_reader_next (&parse.reader) != K8_JSON_END)
    value = NULL;
  if (value == NULL && ret_error != NULL)
    *ret_error = parse.reader.error;
  k8_json_reader_clear (&parse.reader);
  return value;
}
