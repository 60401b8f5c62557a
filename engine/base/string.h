/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of a world. A short text (up to 512 bytes) exists once in its region: equal texts are
 * the same address, counted, and reclaimed with their last user. Longer texts, and bytes that
 * must be wiped when freed (Secret data), are blobs of their own.
 * A text is a `const char *` that ends in NUL; its length and hash lie in front of it.
 * Order is always by bytes (k8_string_compare()), never by address.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/assert.h"
#include "base/region.h"

enum
{
  K8_STRING_SHARED_BYTES = 512, /* more than any key of the store: 10 + 64 + 64 + 254 */
};

/* What lies in front of every text of a region. */
typedef struct
{
  guint32 refs;
  guint32 hash;
  guint32 length : 27;
  guint32 is_shared : 1;
  guint32 is_plain : 1; /* JSON needs no escapes for it */
  guint32 is_secret : 1; /* wiped when freed */
  char text[];
} K8StringHead;

const char *k8_string_intern (K8Region *region, const char *text);
const char *k8_string_intern_length (K8Region *region, const char *text, gsize length);
const char *k8_string_new_blob (K8Region *region, const void *bytes, gsize length);
const char *k8_string_new_secret (K8Region *region, const void *bytes, gsize length);
const char *k8_string_find (K8Region *region, const char *text);
void k8_string_free (K8StringHead *head); /* for k8_string_unref() alone */
gboolean k8_string_equal (const char *a, const char *b);
int k8_string_compare (const char *a, const char *b);
guint32 k8_string_hash_bytes (const void *bytes, gsize length);
gsize k8_string_table_bytes (K8Region *region); /* what finding texts takes beside them */

static inline const K8StringHead *
k8_string_head (const char *self)
{
  return (const K8StringHead *) ((guintptr) self - G_STRUCT_OFFSET (K8StringHead, text));
}

/* One user more; NULL is allowed. (transfer full) */
static inline const char *
k8_string_ref (const char *self)
{
  if (self != NULL)
    ((K8StringHead *) k8_string_head (self))->refs++;
  return self;
}

/* One user less; NULL is allowed. */
static inline void
k8_string_unref (const char *self)
{
  if (self == NULL)
    return;

  K8StringHead *head = (K8StringHead *) k8_string_head (self);
  k8_assert (head->refs > 0);
  if (--head->refs == 0)
    k8_string_free (head);
}

/* Length in bytes; the text must come from a region. */
static inline gsize
k8_string_length (const char *self)
{
  return k8_string_head (self)->length;
}

static inline K8Handle
k8_string_handle (const char *self)
{
  return self == NULL ? 0 : k8_region_handle (k8_string_head (self));
}

static inline const char *
k8_string_at (const void *neighbour, K8Handle handle)
{
  const K8StringHead *head = k8_region_at (neighbour, handle);

  return head == NULL ? NULL : head->text;
}

/* Whether a text, possibly NULL, is the literal @b. */
static inline gboolean
k8_string_is (const char *a, const char *b)
{
  return a != NULL && strcmp (a, b) == 0;
}

/* The text, or "" for NULL: for messages and comparisons. */
static inline const char *
k8_string_or_empty (const char *text)
{
  return text == NULL ? "" : text;
}
