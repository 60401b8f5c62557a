/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the heap against a plain array that is searched for its smallest element.
 */
#include "base/heap.h"

#include <string.h>

#include "named.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  N_WORLDS = 3,
  MAX_ELEMENTS = 2000,
  N_STEPS = 60000,
};

/* A heap, the numbers in it by sequence (0: gone) and where each sequence stands. */
typedef struct
{
  K8Heap heap;
  guint32 positions[MAX_ELEMENTS];
  guint32 numbers[MAX_ELEMENTS];
} World;

typedef struct
{
  Named named;
  guint32 sequence;
} Item;

static int
compare_items (const void *a, const void *b, const void *user)
{
  const Item *x = a;
  const Item *y = b;

  if (x->named.number != y->named.number)
    return x->named.number < y->named.number ? -1 : 1;
  return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static void
note_position (void *element, guint32 position, void *user)
{
  ((World *) user)->positions[((Item *) element)->sequence] = position;
}

static const K8HeapClass item_class = {
  .element = { named_ref, named_unref },
  .compare = compare_items,
  .moved = note_position,
};

static guint32
find_smallest (const World *world)
{
  guint32 smallest = MAX_ELEMENTS;

  for (guint32 i = 0; i < MAX_ELEMENTS; i++)
    if (world->numbers[i] != 0 &&
        (smallest == MAX_ELEMENTS || world->numbers[i] < world->numbers[smallest]))
      smallest = i;
  return smallest;
}

static void
push (World *world, guint32 sequence, guint32 number)
{
  Item item = { .named = named_new (world->heap.chunks.region, number), .sequence = sequence };

  k8_heap_push (&world->heap, &item);
  world->numbers[sequence] = number;
}

static void
pop (World *world)
{
  guint32 smallest = find_smallest (world);
  Item item;

  if (smallest == MAX_ELEMENTS)
    {
      CU_ASSERT_FALSE_FATAL (k8_heap_pop (&world->heap, &item));
      return;
    }
  CU_ASSERT_EQUAL_FATAL (((const Item *) k8_heap_peek (&world->heap))->sequence, smallest);
  CU_ASSERT_TRUE_FATAL (k8_heap_pop (&world->heap, &item));
  CU_ASSERT_EQUAL_FATAL (item.sequence, smallest);
  CU_ASSERT_TRUE_FATAL (named_is (&item.named, world->numbers[smallest]));
  k8_string_unref (item.named.name);
  world->numbers[smallest] = 0;
}

static gboolean
has_sequence (const void *element, const void *user)
{
  return ((const Item *) element)->sequence == *(const guint32 *) user;
}

static void
update (World *world, guint32 sequence, guint32 number)
{
  guint32 position = world->positions[sequence];
  Item item = *(const Item *) k8_heap_at (&world->heap, position);
  const char *old_name = item.named.name;

  item.named = named_new (world->heap.chunks.region, number);
  k8_heap_update (&world->heap, position, &item);
  k8_string_unref (old_name);
  world->numbers[sequence] = number;
}

static void
act (World *world, K8Random *random)
{
  guint32 sequence = (guint32) k8_random_below (random, MAX_ELEMENTS);
  guint32 number = (guint32) k8_random_below (random, 500) + 1;
  guint64 dice = k8_random_below (random, 10);

  if (world->numbers[sequence] == 0)
    push (world, sequence, number);
  else if (dice < 5)
    pop (world);
  else if (dice < 8)
    update (world, sequence, number);
  else
    {
      guint32 position = world->positions[sequence];
      CU_ASSERT_EQUAL_FATAL (k8_heap_find (&world->heap, has_sequence, &sequence), position);
      k8_heap_remove (&world->heap, position, NULL);
      world->numbers[sequence] = 0;
    }
}

/* No element is smaller than the one above it: four are below each. */
static void
check_order (const World *world)
{
  for (guint32 i = 1; i < k8_heap_n (&world->heap); i++)
    CU_ASSERT_FATAL (compare_items (k8_heap_at (&world->heap, (i - 1) / 4),
                                    k8_heap_at (&world->heap, i), NULL)
                     < 0);
}

void
test_heap__clones_diverge_as_plain_arrays_do (void)
{
  K8Region *region = test_region_new (1 << 28);
  World *worlds = g_new0 (World, N_WORLDS);
  K8Random random;

  k8_random_init (&random, test_seed (), "heap");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_heap_init (&worlds[i].heap, region, sizeof (Item), &item_class, &worlds[i]);
  for (guint step = 0; step < N_STEPS; step++)
    {
      World *world = &worlds[k8_random_below (&random, N_WORLDS)];
      World *other = &worlds[k8_random_below (&random, N_WORLDS)];
      act (world, &random);
      if (step % 97 != 0 || world == other)
        continue;
      k8_heap_clear (&other->heap);
      check_order (world);
      *other = *world;
      k8_heap_clone (&other->heap, &world->heap, other);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      while (k8_heap_n (&worlds[i].heap) > 0)
        pop (&worlds[i]);
      CU_ASSERT_EQUAL (find_smallest (&worlds[i]), MAX_ELEMENTS);
      k8_heap_clear (&worlds[i].heap);
    }
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  g_free (worlds);
  test_region_free (region);
}

void
test_heap__clear_lets_go_of_what_elements_hold (void)
{
  K8Region *region = test_region_new (1 << 26);
  gsize used_bytes = k8_region_used_bytes (region);
  World *world = g_new0 (World, 1);
  Item item = { .sequence = MAX_ELEMENTS };

  k8_heap_init (&world->heap, region, sizeof (Item), &item_class, world);
  CU_ASSERT_PTR_NULL (k8_heap_peek (&world->heap));
  CU_ASSERT_FALSE (k8_heap_pop (&world->heap, &item));
  CU_ASSERT_EQUAL (item.sequence, MAX_ELEMENTS);
  for (guint32 i = 0; i < MAX_ELEMENTS; i++)
    push (world, i, i % 10 + 1);
  CU_ASSERT_TRUE (k8_heap_pop (&world->heap, NULL));
  k8_heap_clear (&world->heap);
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  gsize table_bytes = k8_string_table_bytes (region);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes + table_bytes);
  g_free (world);
  test_region_free (region);
}

static int
compare_numbers (const void *a, const void *b, const void *user)
{
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

void
test_heap__gives_memory_back_as_it_empties (void)
{
  static const K8HeapClass number_class = { .compare = compare_numbers };
  K8Region *region = test_region_new (1 << 26);
  K8Heap heap;
  guint32 number;

  k8_heap_init (&heap, region, sizeof number, &number_class, NULL);
  for (number = 100000; number > 0; number--)
    k8_heap_push (&heap, &number);
  gsize full_bytes = k8_region_used_bytes (region);
  for (guint32 i = 1; i <= 99000; i++)
    {
      k8_heap_pop (&heap, &number);
      CU_ASSERT_EQUAL_FATAL (number, i);
    }
  CU_ASSERT (k8_region_used_bytes (region) < full_bytes / 20);
  k8_heap_clear (&heap);
  test_region_free (region);
}
