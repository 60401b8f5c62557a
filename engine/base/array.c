/* SPDX-License-Identifier: Apache-2.0
 *
 * Array: one block of the region that grows by half and uses all the bytes its size class gives.
 */
#include "base/array.h"

#include <string.h>

#include "base/assert.h"

enum
{
  FIRST_BYTES = 32,
};

void
k8_array_init (K8Array *self, K8Region *region, gsize element_bytes)
{
  k8_assert (element_bytes > 0);
  *self = (K8Array){ .region = region, .element_bytes = (guint32) element_bytes };
}

void
k8_array_clear (K8Array *self)
{
  k8_region_free (self->region, self->elements, (gsize) self->n_allocated * self->element_bytes);
  self->elements = NULL;
  self->n = 0;
  self->n_allocated = 0;
}

static void
reserve (K8Array *self, guint32 n)
{
  if (n <= self->n_allocated)
    return;

  gsize wanted = MAX ((gsize) n, (gsize) self->n_allocated + self->n_allocated / 2);
  gsize bytes = k8_region_usable_bytes (MAX (wanted * self->element_bytes, FIRST_BYTES));
  guint32 n_allocated = (guint32) (bytes / self->element_bytes);
  void *elements = k8_region_alloc (self->region, (gsize) n_allocated * self->element_bytes);
  if (self->n > 0)
    memcpy (elements, self->elements, (gsize) self->n * self->element_bytes);
  k8_region_free (self->region, self->elements, (gsize) self->n_allocated * self->element_bytes);
  self->elements = elements;
  self->n_allocated = n_allocated;
}

void
k8_array_clone (K8Array *ret_clone, const K8Array *self)
{
  /* An element of zero bytes (element.h) holds arrays that were never initialised. */
  *ret_clone = (K8Array){ .region = self->region, .element_bytes = self->element_bytes };
  if (self->n == 0)
    return;
  reserve (ret_clone, self->n);
  memcpy (ret_clone->elements, self->elements, (gsize) self->n * self->element_bytes);
  ret_clone->n = self->n;
}

void *
k8_array_insert (K8Array *self, guint32 place)
{
  k8_assert (place <= self->n);
  k8_assert (self->n < G_MAXUINT32);
  reserve (self, self->n + 1);
  char *element = (char *) self->elements + (gsize) place * self->element_bytes;
  memmove (element + self->element_bytes, element,
           (gsize) (self->n - place) * self->element_bytes);
  self->n++;
  return memset (element, 0, self->element_bytes);
}

void
k8_array_remove (K8Array *self, guint32 place)
{
  char *element = k8_array_at (self, place);

  self->n--;
  memmove (element, element + self->element_bytes,
           (gsize) (self->n - place) * self->element_bytes);
}

void
k8_array_set_size (K8Array *self, guint32 n)
{
  reserve (self, n);
  if (n > self->n)
    memset ((char *) self->elements + (gsize) self->n * self->element_bytes, 0,
            (gsize) (n - self->n) * self->element_bytes);
  self->n = n;
}
