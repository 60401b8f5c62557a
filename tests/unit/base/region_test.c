/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocator of a world: whole blocks that do not touch, what is given back is taken again,
 * and sums that do not depend on how the program was built.
 */
#include "base/region.h"

#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

static gsize
size_of (guint i)
{
  return i < 1100 ? i : (gsize) i * (i - 1000);
}

void
test_region__blocks_are_whole_and_apart (void)
{
  enum { N = 1300 };
  K8Region *region = test_region_new ((gsize) 1 << 30);
  gsize used_bytes = k8_region_used_bytes (region);
  guint8 *blocks[N];
  guint n_wrong = 0;

  for (guint i = 0; i < N; i++)
    {
      blocks[i] = k8_region_alloc (region, size_of (i));
      memset (blocks[i], (int) (i % 251), size_of (i));
    }
  for (guint i = 0; i < N; i++)
    {
      for (gsize j = 0; j < size_of (i); j++)
        n_wrong += blocks[i][j] != i % 251;
      k8_region_free (region, blocks[i], size_of (i));
    }
  CU_ASSERT_EQUAL (n_wrong, 0);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes);
  test_region_free (region);
}

void
test_region__takes_again_what_was_given_back (void)
{
  K8Region *region = test_region_new (1 << 26);
  void *block = k8_region_alloc (region, 40);

  k8_region_free (region, block, 40);
  CU_ASSERT_PTR_EQUAL (k8_region_alloc (region, 40), block);
  k8_region_free (region, block, 40);
  test_region_free (region);
}

/* Steps of 8 bytes up to 1 KiB, then four steps a power of two; a red zone does not count. */
void
test_region__counts_steps_whatever_the_build (void)
{
  K8Region *region = test_region_new (1 << 26);
  gsize before = k8_region_used_bytes (region);

  void *least = k8_region_alloc (region, 0);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region) - before, 8);
  void *some = k8_region_alloc (region, 41);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region) - before, 8 + 48);
  void *more = k8_region_alloc (region, 1025);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region) - before, 8 + 48 + 1280);
  k8_region_free (region, least, 0);
  k8_region_free (region, some, 41);
  k8_region_free (region, more, 1025);
  test_region_free (region);
}
