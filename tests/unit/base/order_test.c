/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the order against a plain array by number, whose padded texts sort as the numbers do.
 */
#include "base/order.h"

#include <string.h>

#include "named.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  N_WORLDS = 4,
  N_KEYS = 1500,
  N_STEPS = 60000,
};

typedef struct
{
  K8Order order;
  guint32 values[N_KEYS];
} World;

/* "pod-00042" for 42. */
static const char *
make_key (guint number, char ret_text[10])
{
  memcpy (ret_text, "pod-00000", 10);
  k8_text_write_padded (ret_text + 4, number, 5);
  return ret_text;
}

static gboolean
insert (K8Order *order, const char *text, guint32 value)
{
  const char *key = k8_string_intern (order->region, text);
  gboolean is_new = k8_order_insert (order, key, value);

  k8_string_unref (key);
  return is_new;
}

void
test_order__sorts_by_bytes (void)
{
  static const char *const sorted[] = { "", "A", "B", "a", "a-b", "a.b", "a/b", "ab", "\303\244" };
  K8Region *region = test_region_new (1 << 26);
  K8OrderCursor cursor;
  K8Order order;

  k8_order_init (&order, region);
  for (guint i = G_N_ELEMENTS (sorted); i > 0; i--)
    CU_ASSERT_TRUE (insert (&order, sorted[i - 1], i));
  CU_ASSERT_TRUE (k8_order_first_at_or_after (&order, "", &cursor));
  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    {
      CU_ASSERT_STRING_EQUAL_FATAL (cursor.key, sorted[i]);
      CU_ASSERT_EQUAL (cursor.value, i + 1);
      CU_ASSERT_EQUAL (k8_order_next (&order, &cursor), i + 1 < G_N_ELEMENTS (sorted));
    }
  CU_ASSERT_PTR_NULL (cursor.key);
  k8_order_clear (&order);
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  test_region_free (region);
}

void
test_order__insert_of_a_present_key_replaces_its_value (void)
{
  K8Region *region = test_region_new (1 << 26);
  K8Order order;

  k8_order_init (&order, region);
  CU_ASSERT_EQUAL (k8_order_find (&order, "a"), 0);
  CU_ASSERT_EQUAL (k8_order_remove (&order, "a"), 0);
  CU_ASSERT_TRUE (insert (&order, "a", 1));
  CU_ASSERT_FALSE (insert (&order, "a", 2));
  CU_ASSERT_EQUAL (k8_order_find (&order, "a"), 2);
  CU_ASSERT_EQUAL (k8_order_n (&order), 1);
  CU_ASSERT_EQUAL (k8_order_remove (&order, "a"), 2);
  CU_ASSERT_EQUAL (k8_order_n (&order), 0);
  k8_order_clear (&order);
  test_region_free (region);
}

/* Walks everything, and from a random key on. */
static void
check (const World *world, K8Random *random)
{
  char text[10];
  K8OrderCursor cursor;
  guint start = (guint) k8_random_below (random, N_KEYS + 1);
  guint n = 0;

  for (guint i = 0; i < N_KEYS; i++)
    {
      CU_ASSERT_EQUAL_FATAL (k8_order_find (&world->order, make_key (i, text)), world->values[i]);
      n += world->values[i] != 0;
    }
  CU_ASSERT_EQUAL_FATAL (k8_order_n (&world->order), n);
  gboolean is_there = k8_order_first_at_or_after (&world->order, make_key (start, text), &cursor);
  for (guint i = start; i < N_KEYS; i++)
    if (world->values[i] != 0)
      {
        CU_ASSERT_TRUE_FATAL (is_there);
        CU_ASSERT_STRING_EQUAL_FATAL (cursor.key, make_key (i, text));
        CU_ASSERT_EQUAL_FATAL (cursor.value, world->values[i]);
        is_there = k8_order_next (&world->order, &cursor);
      }
  CU_ASSERT_FALSE_FATAL (is_there);
}

/* Creates for a while, then deletes for a while, so that leaves are split and joined. */
static void
act (World *world, K8Random *random, gboolean is_growing)
{
  char text[10];
  guint i = (guint) k8_random_below (random, N_KEYS);
  guint32 value = (guint32) k8_random_below (random, 1000) + 1;

  make_key (i, text);
  if (k8_random_below (random, 10) < (is_growing ? 8 : 2))
    {
      CU_ASSERT_EQUAL_FATAL (insert (&world->order, text, value), world->values[i] == 0);
      world->values[i] = value;
    }
  else
    {
      CU_ASSERT_EQUAL_FATAL (k8_order_remove (&world->order, text), world->values[i]);
      world->values[i] = 0;
    }
}

void
test_order__clones_diverge_as_plain_arrays_do (void)
{
  K8Region *region = test_region_new (1 << 28);
  World *worlds = g_new0 (World, N_WORLDS);
  K8Random random;

  k8_random_init (&random, test_seed (), "order");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_order_init (&worlds[i].order, region);
  for (guint step = 0; step < N_STEPS; step++)
    {
      World *world = &worlds[k8_random_below (&random, N_WORLDS)];
      World *other = &worlds[k8_random_below (&random, N_WORLDS)];
      act (world, &random, step / 15000 % 2 == 0);
      if (step % 199 != 0 || world == other)
        continue;
      check (other, &random);
      k8_order_clear (&other->order);
      *other = *world;
      k8_order_clone (&other->order, &world->order);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      check (&worlds[i], &random);
      k8_order_clear (&worlds[i].order);
    }
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  g_free (worlds);
  test_region_free (region);
}

void
test_order__cursor_walks_a_clone_while_the_original_changes (void)
{
  K8Region *region = test_region_new (1 << 26);
  char text[10];
  K8OrderCursor cursor;
  K8Order order;
  K8Order snapshot;
  guint n = 0;

  k8_order_init (&order, region);
  for (guint i = 0; i < 1000; i++)
    insert (&order, make_key (i, text), i + 1);
  k8_order_clone (&snapshot, &order);
  gboolean is_there = k8_order_first_at_or_after (&snapshot, "", &cursor);
  for (; is_there; is_there = k8_order_next (&snapshot, &cursor))
    {
      CU_ASSERT_EQUAL_FATAL (cursor.value, ++n);
      k8_order_remove (&order, cursor.key);
    }
  CU_ASSERT_EQUAL (n, 1000);
  CU_ASSERT_EQUAL (k8_order_n (&order), 0);
  k8_order_clear (&order);
  k8_order_clear (&snapshot);
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  test_region_free (region);
}

/* 99,999 keys in order, which must fill leaves, then removed from both ends. */
void
test_order__keys_in_order_fill_their_leaves (void)
{
  K8Region *region = test_region_new (1 << 28);
  char text[10];
  K8Order order;

  k8_order_init (&order, region);
  for (guint i = 0; i < 99999; i++)
    insert (&order, make_key (i, text), i + 1);
  gsize key_bytes = k8_region_usable_bytes (sizeof (K8StringHead) + sizeof text);
  gsize table_bytes = k8_string_table_bytes (region);
  gsize order_bytes = k8_region_used_bytes (region) - 99999 * key_bytes - table_bytes;
  CU_ASSERT (order_bytes < 99999 * 9);
  for (guint i = 0; i < 50000; i++)
    {
      CU_ASSERT_EQUAL_FATAL (k8_order_remove (&order, make_key (i, text)), i + 1);
      if (i < 49999)
        CU_ASSERT_EQUAL_FATAL (k8_order_remove (&order, make_key (99998 - i, text)), 99999 - i);
    }
  CU_ASSERT_EQUAL (k8_order_n (&order), 0);
  k8_order_clear (&order);
  test_region_free (region);
}
