/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the queue and the ring against counters: elements are numbered as they are pushed, so
 * what a queue holds is a first and a last number.
 */
#include "base/fifo.h"

#include "base/ring.h"
#include "named.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  N_WORLDS = 4,
  N_STEPS = 40000,
  RING_LIMIT = 700,
};

typedef struct
{
  K8Fifo fifo;
  guint32 first;
  guint32 end;
} Queue;

static void
check_queue (const Queue *queue)
{
  CU_ASSERT_EQUAL_FATAL (k8_fifo_n (&queue->fifo), queue->end - queue->first);
  for (guint32 i = queue->first; i < queue->end; i++)
    CU_ASSERT_TRUE_FATAL (named_is (k8_fifo_at (&queue->fifo, i - queue->first), i));
  CU_ASSERT_EQUAL_FATAL (k8_fifo_peek (&queue->fifo) == NULL, queue->first == queue->end);
}

static void
push_one (Queue *queue)
{
  Named named = named_new (queue->fifo.chunks.region, queue->end++);

  k8_fifo_push (&queue->fifo, &named);
}

static void
pop_one (Queue *queue)
{
  Named named;
  gboolean has_one = queue->first < queue->end;

  CU_ASSERT_EQUAL_FATAL (k8_fifo_pop (&queue->fifo, &named), has_one);
  if (!has_one)
    return;
  CU_ASSERT_TRUE_FATAL (named_is (&named, queue->first));
  k8_string_unref (named.name);
  queue->first++;
}

void
test_fifo__clones_diverge_as_counters_do (void)
{
  K8Region *region = test_region_new (1 << 28);
  Queue queues[N_WORLDS] = { 0 };
  K8Random random;

  k8_random_init (&random, test_seed (), "fifo");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_fifo_init (&queues[i].fifo, region, sizeof (Named), &named_class);
  for (guint step = 0; step < N_STEPS; step++)
    {
      Queue *queue = &queues[k8_random_below (&random, N_WORLDS)];
      Queue *other = &queues[k8_random_below (&random, N_WORLDS)];
      gboolean is_growing = step / 8000 % 2 == 0;
      if (k8_random_below (&random, 10) < (is_growing ? 7 : 3))
        push_one (queue);
      else
        pop_one (queue);
      if (step % 101 != 0 || queue == other)
        continue;
      check_queue (other);
      k8_fifo_clear (&other->fifo);
      *other = *queue;
      k8_fifo_clone (&other->fifo, &queue->fifo);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      check_queue (&queues[i]);
      k8_fifo_clear (&queues[i].fifo);
    }
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  test_region_free (region);
}

void
test_fifo__short_queue_stays_in_little_memory (void)
{
  K8Region *region = test_region_new (1 << 26);
  gsize used_bytes = k8_region_used_bytes (region);
  guint64 number;
  K8Fifo fifo;

  k8_fifo_init (&fifo, region, sizeof number, NULL);
  for (number = 1; number <= 100000; number++)
    {
      k8_fifo_push (&fifo, &number);
      if (number > 3)
        k8_fifo_pop (&fifo, NULL);
    }
  CU_ASSERT_EQUAL (*(const guint64 *) k8_fifo_peek (&fifo), 99998);
  CU_ASSERT (k8_region_used_bytes (region) - used_bytes <= 128);
  k8_fifo_clear (&fifo);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_bytes);
  test_region_free (region);
}

void
test_fifo__long_queue_gives_its_front_back (void)
{
  K8Region *region = test_region_new (1 << 26);
  guint64 number = 0;
  K8Fifo fifo;

  k8_fifo_init (&fifo, region, sizeof number, NULL);
  for (guint i = 0; i < 1000; i++)
    k8_fifo_push (&fifo, &number);
  gsize full_bytes = k8_region_used_bytes (region);
  for (number = 1; number <= 100000; number++)
    {
      k8_fifo_push (&fifo, &number);
      k8_fifo_pop (&fifo, NULL);
    }
  CU_ASSERT (k8_region_used_bytes (region) <= full_bytes + 8192);
  CU_ASSERT_EQUAL (*(const guint64 *) k8_fifo_at (&fifo, 999), 100000);
  k8_fifo_clear (&fifo);
  test_region_free (region);
}

void
test_fifo__edit_changes_one_clone_alone (void)
{
  K8Region *region = test_region_new (1 << 26);
  guint64 number = 1;
  K8Fifo fifo;
  K8Fifo clone;

  k8_fifo_init (&fifo, region, sizeof number, NULL);
  k8_fifo_push (&fifo, &number);
  k8_fifo_clone (&clone, &fifo);
  *(guint64 *) k8_fifo_edit (&clone, 0) = 2;
  CU_ASSERT_EQUAL (*(const guint64 *) k8_fifo_at (&fifo, 0), 1);
  CU_ASSERT_EQUAL (*(const guint64 *) k8_fifo_at (&clone, 0), 2);
  k8_fifo_clear (&fifo);
  k8_fifo_clear (&clone);
  test_region_free (region);
}

static void
check_ring (const K8Ring *ring, guint64 last)
{
  guint64 first = last > RING_LIMIT ? last - RING_LIMIT + 1 : 1;

  CU_ASSERT_EQUAL_FATAL (k8_ring_first (ring), first);
  CU_ASSERT_EQUAL_FATAL (k8_ring_last (ring), last);
  CU_ASSERT_PTR_NULL_FATAL (k8_ring_get (ring, first - 1));
  CU_ASSERT_PTR_NULL_FATAL (k8_ring_get (ring, last + 1));
  for (guint64 position = first; position <= last; position++)
    CU_ASSERT_TRUE_FATAL (named_is (k8_ring_get (ring, position), (guint32) position));
}

void
test_ring__clones_diverge_and_old_positions_fall_off (void)
{
  K8Region *region = test_region_new (1 << 28);
  K8Ring rings[N_WORLDS];
  K8Random random;

  k8_random_init (&random, test_seed (), "ring");
  for (guint i = 0; i < N_WORLDS; i++)
    k8_ring_init (&rings[i], region, sizeof (Named), RING_LIMIT, &named_class);
  CU_ASSERT_EQUAL (k8_ring_last (&rings[0]), 0);
  for (guint step = 0; step < N_STEPS; step++)
    {
      K8Ring *ring = &rings[k8_random_below (&random, N_WORLDS)];
      K8Ring *other = &rings[k8_random_below (&random, N_WORLDS)];
      guint64 position = k8_ring_last (ring) + 1;
      Named named = named_new (region, (guint32) position);
      CU_ASSERT_EQUAL_FATAL (k8_ring_push (ring, &named), position);
      if (step % 101 != 0 || ring == other)
        continue;
      check_ring (other, k8_ring_last (other));
      k8_fifo_clear (&other->fifo);
      k8_ring_clone (other, ring);
    }
  for (guint i = 0; i < N_WORLDS; i++)
    {
      check_ring (&rings[i], k8_ring_last (&rings[i]));
      k8_ring_clear (&rings[i]);
    }
  CU_ASSERT_EQUAL (named_n_texts (region), 0);
  test_region_free (region);
}

void
test_ring__drop_before_moves_the_first_and_keeps_the_last (void)
{
  K8Region *region = test_region_new (1 << 26);
  guint32 number = 5;
  K8Ring ring;

  k8_ring_init (&ring, region, sizeof number, 10, NULL);
  for (guint i = 0; i < 8; i++)
    k8_ring_push (&ring, &number);
  k8_ring_drop_before (&ring, 4);
  CU_ASSERT_EQUAL (k8_ring_first (&ring), 4);
  CU_ASSERT_EQUAL (k8_ring_n (&ring), 5);
  k8_ring_set_limit (&ring, 2);
  CU_ASSERT_EQUAL (k8_ring_first (&ring), 7);
  k8_ring_drop_before (&ring, 100);
  CU_ASSERT_EQUAL (k8_ring_n (&ring), 0);
  CU_ASSERT_EQUAL (k8_ring_last (&ring), 8);
  CU_ASSERT_EQUAL (k8_ring_push (&ring, &number), 9);
  k8_ring_clear (&ring);
  CU_ASSERT_EQUAL (k8_ring_push (&ring, &number), 10);
  k8_ring_clear (&ring);
  test_region_free (region);
}
