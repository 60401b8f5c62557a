/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of slots, and of the chunks under them, against a plain array.
 */
#include "base/slots.h"

#include "named.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  N_WORLDS = 4,
  MAX_SLOT = 3000,
  N_STEPS = 60000,
};

/* Slots and what they should hold: 0 is a free slot. */
typedef struct
{
  K8Slots slots;
  guint32 numbers[MAX_SLOT + 1];
} World;

void
test_slots__first_slot_is_one_and_zero_is_none (void)
{
  K8Region *region = test_region_new (1 << 26);
  K8Slots slots;

  k8_slots_init (&slots, region, sizeof (Named), NULL);
  CU_ASSERT_PTR_NULL (k8_slots_get (&slots, 0));
  CU_ASSERT_PTR_NULL (k8_slots_get (&slots, 1));
  CU_ASSERT_EQUAL (k8_slots_next (&slots, 0), 0);
  CU_ASSERT_EQUAL (k8_slots_add (&slots), 1);
  CU_ASSERT_PTR_NOT_NULL (k8_slots_get (&slots, 1));
  CU_ASSERT_EQUAL (k8_slots_n (&slots), 1);
  CU_ASSERT_EQUAL (k8_slots_end (&slots), 2);
  k8_slots_clear (&slots);
  test_region_free (region);
}

void
test_slots__removed_slot_is_used_again_and_zero (void)
{
  K8Region *region = test_region_new (1 << 26);
  K8Slots slots;

  k8_slots_init (&slots, region, sizeof (guint64), NULL);
  for (guint i = 1; i <= 5; i++)
    *(guint64 *) k8_slots_edit (&slots, k8_slots_add (&slots)) = i;
  k8_slots_remove (&slots, 2);
  k8_slots_remove (&slots, 4);
  CU_ASSERT_PTR_NULL (k8_slots_get (&slots, 4));
  CU_ASSERT_EQUAL (k8_slots_next (&slots, 1), 3);
  CU_ASSERT_EQUAL (k8_slots_add (&slots), 4);
  CU_ASSERT_EQUAL (*(const guint64 *) k8_slots_get (&slots, 4), 0);
  CU_ASSERT_EQUAL (k8_slots_add (&slots), 2);
  CU_ASSERT_EQUAL (k8_slots_add (&slots), 6);
  k8_slots_clear (&slots);
  test_region_free (region);
}

void
test_slots__clear_gives_all_memory_back (void)
{
  K8Region *region = test_region_new (1 << 26);
  gsize used_bytes = k8_region_used_bytes (region);
  K8Slots slots;
  K8Slots clone;

  k8_slots_init (&slots, region, 40, NULL);
  for (guint i = 0; i < 1000; i++)
    k8_slots_add (&slots);
  k8_slots_clone (&clone, &slots);
  for (guint i = 1; i <= 1000; i += 7)
    k8_slots_remove (&clone, i);
  k8_slots_clear (&slots);
  k8_slots_clear (&clone);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes);
  test_region_free (region);
}

static void
act (World *world, K8Random *random)
{
  guint32 slot = (guint32) k8_random_below (random, k8_slots_end (&world->slots));
  guint32 number = (guint32) k8_random_below (random, 1000) + 1;
  gboolean is_used = slot != 0 && world->numbers[slot] != 0;

  if (is_used && k8_random_below (random, 5) < 2)
    {
      k8_slots_remove (&world->slots, slot);
      world->numbers[slot] = 0;
    }
  else if (is_used && k8_random_below (random, 2) == 0)
    {
      Named *named = k8_slots_edit (&world->slots, slot);
      k8_string_unref (named->name);
      *named = named_new (world->slots.chunks.region, number);
      world->numbers[slot] = number;
    }
  else if (k8_slots_end (&world->slots) < MAX_SLOT)
    {
      guint32 added = k8_slots_add (&world->slots);
      CU_ASSERT_EQUAL_FATAL (world->numbers[added], 0);
      *(Named *) k8_slots_edit (&world->slots, added) =
        named_new (world->slots.chunks.region, number);
      world->numbers[added] = number;
    }
}

static void
check (const World *world)
{
  guint32 slot = 0;
  guint32 n = 0;

  for (guint32 i = 1; i <= MAX_SLOT; i++)
    {
      if (world->numbers[i] == 0)
        {
          CU_ASSERT_PTR_NULL_FATAL (k8_slots_get (&world->slots, i));
          continue;
        }
      CU_ASSERT_FATAL (named_is (k8_slots_get (&world->slots, i), world->numbers[i]));
      slot = k8_slots_next (&world->slots, slot);
      CU_ASSERT_EQUAL_FATAL (slot, i);
      n++;
    }
  CU_ASSERT_EQUAL_FATAL (k8_slots_next (&world->slots, slot), 0);
  CU_ASSERT_EQUAL_FATAL (k8_slots_n (&world->slots), n);
}

void
test_slots__clones_diverge_as_plain_arrays_do (void)
{
  K8Region *region = test_region_new (1 << 28);
  World *worlds = g_new0 (World, N_WORLDS);
  K8Random random;

  k8_random_init (&random, test_seed (), "slots");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_slots_init (&worlds[i].slots, region, sizeof (Named), &named_class);
  for (guint step = 0; step < N_STEPS; step++)
    {
      World *world = &worlds[k8_random_below (&random, N_WORLDS)];
      World *other = &worlds[k8_random_below (&random, N_WORLDS)];
      act (world, &random);
      if (step % 199 != 0 || world == other)
        continue;
      check (other);
      k8_slots_clear (&other->slots);
      *other = *world;
      k8_slots_clone (&other->slots, &world->slots);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      check (&worlds[i]);
      k8_slots_clear (&worlds[i].slots);
    }
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  g_free (worlds);
  test_region_free (region);
}

void
test_chunks__find_the_chunk_of_every_element (void)
{
  static const gsize sizes[] = { 1, 4, 8, 12, 16, 24, 40, 64, 100, 255, 1000, 2000, 5000 };
  K8Region *region = test_region_new (1 << 26);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      K8Chunks chunks;
      k8_chunks_init (&chunks, region, sizes[i], NULL, 32);
      guint32 n = chunks.n_per_chunk;
      CU_ASSERT (n >= 2 && n <= 254);
      for (guint32 j = 0; j < 5000; j++)
        CU_ASSERT_EQUAL_FATAL (k8_chunks_chunk_of (&chunks, j), j / n);
      for (guint32 j = G_MAXUINT32 - 1000; j != 0; j++)
        CU_ASSERT_EQUAL_FATAL (k8_chunks_chunk_of (&chunks, j), j / n);
    }
  test_region_free (region);
}
