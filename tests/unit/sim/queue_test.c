/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue against a plain heap: lanes must never show in the order.
 */
#include "sim/queue.h"

#include "base/random.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define N_OPERATIONS 20000

static const gint64 delays[] = { 0, 500, 1000, 10000, 77, 123456 };

/* Pushes and pops at random on two queues, of which only one has lanes. */
static void
run_both (SimQueue *with_lanes, SimQueue *plain, K8Random *random, guint n)
{
  gint64 now_ns = 0;

  for (guint i = 0; i < n; i++)
    {
      gint64 delay_ns = delays[k8_random_below (random, G_N_ELEMENTS (delays))];
      SimEntry entry = { .type = SIM_ENTRY_ACTION, .a = i };
      if (k8_random_below (random, 8) == 0)
        delay_ns = (gint64) k8_random_below (random, 2000);
      sim_queue_push (with_lanes, now_ns, delay_ns, &entry);
      sim_queue_push (plain, now_ns, delay_ns, &entry);
      if (k8_random_below (random, 2) == 0)
        continue;
      SimEntry a = { 0 };
      SimEntry b = { 0 };
      CU_ASSERT_EQUAL (sim_queue_pop (with_lanes, &a), sim_queue_pop (plain, &b));
      CU_ASSERT_EQUAL (a.sequence, b.sequence);
      CU_ASSERT_EQUAL (a.due_ns, b.due_ns);
      CU_ASSERT_TRUE (a.due_ns >= now_ns);
      now_ns = a.due_ns;
    }
}

void
test_queue__lanes_never_show_in_the_order (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimQueue with_lanes;
  SimQueue plain;
  K8Random random;

  k8_random_init (&random, test_seed (), "queue");
  sim_queue_init (&with_lanes, region);
  sim_queue_init (&plain, region);
  sim_queue_declare (&with_lanes, 0);
  sim_queue_declare (&with_lanes, 500);
  sim_queue_declare (&with_lanes, 1000);
  run_both (&with_lanes, &plain, &random, N_OPERATIONS);
  CU_ASSERT_EQUAL (sim_queue_n (&with_lanes), sim_queue_n (&plain));
  sim_queue_clear (&with_lanes);
  sim_queue_clear (&plain);
  test_region_free (region);
}

void
test_queue__a_clone_goes_its_own_way (void)
{
  K8Region *region = test_region_new (K8_REGION_SPAN_BYTES);
  SimQueue queue;
  SimQueue clone;
  SimEntry entry = { .type = SIM_ENTRY_ACTION, .a = 1 };
  SimEntry popped;

  sim_queue_init (&queue, region);
  sim_queue_declare (&queue, 10);
  sim_queue_push (&queue, 0, 10, &entry);
  sim_queue_clone (&clone, &queue);
  entry.a = 2;
  sim_queue_push (&queue, 0, 5, &entry);
  CU_ASSERT_EQUAL (sim_queue_n (&clone), 1);
  CU_ASSERT_TRUE (sim_queue_pop (&clone, &popped));
  CU_ASSERT_EQUAL (popped.a, 1);
  CU_ASSERT_FALSE (sim_queue_pop (&clone, &popped));
  CU_ASSERT_TRUE (sim_queue_pop (&queue, &popped));
  CU_ASSERT_EQUAL (popped.a, 2);
  sim_queue_clear (&queue);
  sim_queue_clear (&clone);
  test_region_free (region);
}
