/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the small array and of the sort.
 */
#include "base/array.h"

#include "base/random.h"
#include "base/sort.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

void
test_array__keeps_its_order (void)
{
  K8Region *region = test_region_new (1 << 26);
  gsize used_bytes = k8_region_used_bytes (region);
  static const guint32 expected[] = { 0, 1, 99, 3, 4 };
  K8Array array;
  K8Array clone;

  k8_array_init (&array, region, sizeof (guint32));
  for (guint32 i = 0; i < 5; i++)
    *(guint32 *) k8_array_add (&array) = i;
  k8_array_clone (&clone, &array);
  k8_array_remove (&array, 2);
  CU_ASSERT_EQUAL (*(guint32 *) k8_array_at (&array, 2), 3);
  *(guint32 *) k8_array_insert (&array, 2) = 99;
  CU_ASSERT_EQUAL (k8_array_n (&array), 5);
  for (guint i = 0; i < 5; i++)
    {
      CU_ASSERT_EQUAL (*(guint32 *) k8_array_at (&array, i), expected[i]);
      CU_ASSERT_EQUAL (*(guint32 *) k8_array_at (&clone, i), i);
    }
  k8_array_clear (&array);
  k8_array_clear (&clone);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes);
  test_region_free (region);
}

void
test_array__grows_with_zeros (void)
{
  K8Region *region = test_region_new (1 << 26);
  K8Array array;

  k8_array_init (&array, region, 12);
  for (guint i = 0; i < 1000; i++)
    {
      guint32 *element = k8_array_add (&array);
      CU_ASSERT_FATAL (element[0] == 0 && element[1] == 0 && element[2] == 0);
      element[2] = i;
    }
  for (guint i = 0; i < 1000; i++)
    CU_ASSERT_EQUAL_FATAL (((guint32 *) k8_array_at (&array, i))[2], i);
  k8_array_set_size (&array, 10);
  k8_array_set_size (&array, 20);
  CU_ASSERT_EQUAL (((guint32 *) k8_array_at (&array, 9))[2], 9);
  CU_ASSERT_EQUAL (((guint32 *) k8_array_at (&array, 10))[2], 0);
  k8_array_clear (&array);
  test_region_free (region);
}

typedef struct
{
  guint32 key;
  guint32 place;
  guint32 more;
} Card;

static int
compare_cards (const void *a, const void *b, const void *user)
{
  guint32 x = ((const Card *) a)->key;
  guint32 y = ((const Card *) b)->key;

  (*(guint *) user)++;
  return (x > y) - (x < y);
}

void
test_sort__is_stable_at_every_size (void)
{
  K8Random random;
  Card cards[300];

  k8_random_init (&random, test_seed (), "sort");
  for (guint n = 0; n <= G_N_ELEMENTS (cards); n++)
    {
      guint n_comparisons = 0;
      for (guint i = 0; i < n; i++)
        cards[i] = (Card){ (guint32) k8_random_below (&random, 20), i, ~i };
      k8_sort (cards, n, sizeof *cards, compare_cards, &n_comparisons);
      for (guint i = 1; i < n; i++)
        {
          CU_ASSERT_FATAL (cards[i - 1].key <= cards[i].key);
          CU_ASSERT_FATAL (cards[i - 1].key < cards[i].key || cards[i - 1].place < cards[i].place);
        }
      for (guint i = 0; i < n; i++)
        CU_ASSERT_EQUAL_FATAL (cards[i].more, ~cards[i].place);
      CU_ASSERT_FATAL (n_comparisons <= n * 12);
    }
}
