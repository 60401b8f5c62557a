/* SPDX-License-Identifier: Apache-2.0
 *
 * Merge sort from below: runs of one element are joined to runs of two, four and so on, between
 * the elements and a scratch of equal size. Runs that are already in order are copied whole, so
 * sorted input costs O(n) comparisons a pass.
 */
#include "base/sort.h"

#include <string.h>

typedef struct
{
  gsize element_bytes;
  K8Compare compare;
  const void *user;
} Sort;

/* Joins two neighbouring runs of @from into @to. On equal elements the left one goes first. */
static void
merge (const Sort *sort, const char *from, gsize n_left, gsize n_right, char *to)
{
  gsize bytes = sort->element_bytes;
  const char *left = from;
  const char *left_end = from + n_left * bytes;
  const char *right = left_end;
  const char *right_end = left_end + n_right * bytes;

  if (n_right > 0 && sort->compare (left_end - bytes, right, sort->user) > 0)
    while (left < left_end && right < right_end)
      {
        const char **next = sort->compare (left, right, sort->user) <= 0 ? &left : &right;
        memcpy (to, *next, bytes);
        *next += bytes;
        to += bytes;
      }
  memcpy (to, left, (gsize) (left_end - left));
  to += left_end - left;
  memcpy (to, right, (gsize) (right_end - right));
}

void
k8_sort (void *elements, gsize n, gsize element_bytes, K8Compare compare, const void *user)
{
  Sort sort = { .element_bytes = element_bytes, .compare = compare, .user = user };

  if (n < 2)
    return;
  g_autofree char *scratch = g_malloc (n * element_bytes);
  char *from = elements;
  char *to = scratch;
  for (gsize width = 1; width < n; width *= 2)
    {
      for (gsize i = 0; i < n; i += 2 * width)
        {
          gsize n_left = MIN (width, n - i);
          gsize n_right = MIN (width, n - i - n_left);
          merge (&sort, from + i * element_bytes, n_left, n_right, to + i * element_bytes);
        }
      char *swap = from;
      from = to;
      to = swap;
    }
  if (from != elements)
    memcpy (elements, from, n * element_bytes);
}
