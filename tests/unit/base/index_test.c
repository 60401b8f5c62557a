/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the index against a plain array by key. Keys are few, so that they meet often, and
 * far apart, so that both halves of a key matter.
 */
#include "base/index.h"

#include <string.h>

#include "base/random.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  N_WORLDS = 4,
  N_KEYS = 2000,
  N_STEPS = 100000,
};

typedef struct
{
  K8Index index;
  guint32 values[N_KEYS];
} World;

static guint64
make_key (guint i)
{
  return k8_index_key (i % 7, i / 7 * 0x10001);
}

void
test_index__absent_key_gives_zero (void)
{
  K8Region *region = test_region_new (1 << 26);
  K8Index index;

  k8_index_init (&index, region);
  CU_ASSERT_EQUAL (k8_index_find (&index, 0), 0);
  CU_ASSERT_EQUAL (k8_index_remove (&index, 0), 0);
  k8_index_put (&index, 0, 7);
  CU_ASSERT_EQUAL (k8_index_find (&index, 0), 7);
  CU_ASSERT_EQUAL (k8_index_find (&index, 1), 0);
  k8_index_put (&index, 0, 8);
  CU_ASSERT_EQUAL (k8_index_n (&index), 1);
  CU_ASSERT_EQUAL (k8_index_remove (&index, 0), 8);
  CU_ASSERT_EQUAL (k8_index_find (&index, 0), 0);
  k8_index_clear (&index);
  test_region_free (region);
}

static void
check (const World *world)
{
  guint n = 0;

  for (guint i = 0; i < N_KEYS; i++)
    {
      CU_ASSERT_EQUAL_FATAL (k8_index_find (&world->index, make_key (i)), world->values[i]);
      n += world->values[i] != 0;
    }
  CU_ASSERT_EQUAL_FATAL (k8_index_n (&world->index), n);
}

static void
act (World *world, K8Random *random)
{
  guint i = (guint) k8_random_below (random, N_KEYS);
  guint32 value = (guint32) k8_random_below (random, 1000) + 1;

  if (k8_random_below (random, 2) == 0)
    {
      k8_index_put (&world->index, make_key (i), value);
      world->values[i] = value;
    }
  else
    {
      CU_ASSERT_EQUAL_FATAL (k8_index_remove (&world->index, make_key (i)), world->values[i]);
      world->values[i] = 0;
    }
}

void
test_index__clones_diverge_as_plain_arrays_do (void)
{
  K8Region *region = test_region_new (1 << 28);
  gsize used_bytes = k8_region_used_bytes (region);
  World *worlds = g_new0 (World, N_WORLDS);
  K8Random random;

  k8_random_init (&random, test_seed (), "index");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_index_init (&worlds[i].index, region);
  for (guint step = 0; step < N_STEPS; step++)
    {
      World *world = &worlds[k8_random_below (&random, N_WORLDS)];
      World *other = &worlds[k8_random_below (&random, N_WORLDS)];
      act (world, &random);
      if (step % 199 != 0 || world == other)
        continue;
      check (other);
      k8_index_clear (&other->index);
      *other = *world;
      k8_index_clone (&other->index, &world->index);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      check (&worlds[i]);
      k8_index_clear (&worlds[i].index);
    }
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes);
  g_free (worlds);
  test_region_free (region);
}

void
test_index__holds_a_million_keys (void)
{
  K8Region *region = test_region_new (1 << 28);
  K8Index index;

  k8_index_init (&index, region);
  for (guint32 i = 1; i <= 1000000; i++)
    k8_index_put (&index, (guint64) i << 20, i);
  for (guint32 i = 1; i <= 1000000; i += 2)
    CU_ASSERT_EQUAL_FATAL (k8_index_remove (&index, (guint64) i << 20), i);
  for (guint32 i = 1; i <= 1000000; i++)
    CU_ASSERT_EQUAL_FATAL (k8_index_find (&index, (guint64) i << 20), i % 2 == 0 ? i : 0);
  k8_index_clear (&index);
  test_region_free (region);
}
