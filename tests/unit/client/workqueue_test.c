/* SPDX-License-Identifier: Apache-2.0
 *
 * The work queue. Source of the expectations: client-go v1.36, util/workqueue:
 * DefaultTypedControllerRateLimiter is the larger of 5 ms x 2^failures up to 1000 s for each key
 * and a bucket of 100 tokens, 10 more a second, for all keys.
 */
#include "client_world.h"

#include "base/time.h"
#include "tests/lib/test.h"

#define MS K8_MILLISECOND_NS

void
test_workqueue__keys_come_in_the_order_they_were_added (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 0);
  k8_workqueue_add (queue, 3);
  k8_workqueue_add (queue, 1);
  k8_workqueue_add (queue, 2);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 3);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 3);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 2);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 0);
  client_world_free (world);
}

void
test_workqueue__key_waits_once_however_often_it_is_added (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  k8_workqueue_add (queue, 1);
  k8_workqueue_add (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 1);
  client_world_free (world);
}

/* Added while it is worked on, however often: one more run, and only after it is done. */
void
test_workqueue__added_during_its_work_runs_once_more_afterwards (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  k8_workqueue_add (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 1);
  k8_workqueue_add (queue, 1);
  k8_workqueue_add (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 0);
  k8_workqueue_done (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 1);
  k8_workqueue_done (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 0);
  CU_ASSERT_EQUAL (k8_slots_n (&queue->items), 0);
  CU_ASSERT_EQUAL (queue->n_in_work, 0);
  client_world_free (world);
}

/* The key must be back after @delay_ns and not a nanosecond earlier. */
static void
check_delay (ClientWorld *world, guint64 key, gint64 delay_ns)
{
  client_world_flush (world);
  client_world_advance (world, delay_ns - 1);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (&world->queue), 0);
  client_world_advance (world, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (&world->queue), key);
  k8_workqueue_done (&world->queue, key);
}

void
test_workqueue__back_off_doubles_from_5_ms_to_1000_s (void)
{
  ClientWorld *world = client_world_new ();
  gint64 delay_ns = 5 * MS;

  for (guint failures = 0; failures < 20; failures++)
    {
      CU_ASSERT_EQUAL (k8_workqueue_failures (&world->queue, 1), failures);
      k8_workqueue_add_rate_limited (&world->queue, &world->context, 1);
      check_delay (world, 1, MIN (delay_ns, 1000 * K8_SECOND_NS));
      delay_ns *= 2;
    }
  client_world_free (world);
}

void
test_workqueue__forgotten_failures_begin_at_5_ms_again (void)
{
  ClientWorld *world = client_world_new ();

  k8_workqueue_add_rate_limited (&world->queue, &world->context, 1);
  check_delay (world, 1, 5 * MS);
  k8_workqueue_add_rate_limited (&world->queue, &world->context, 1);
  check_delay (world, 1, 10 * MS);
  k8_workqueue_forget (&world->queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_failures (&world->queue, 1), 0);
  CU_ASSERT_EQUAL (k8_slots_n (&world->queue.items), 0);
  k8_workqueue_add_rate_limited (&world->queue, &world->context, 1);
  check_delay (world, 1, 5 * MS);
  client_world_free (world);
}

void
test_workqueue__forgetting_during_the_work_loses_no_key (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  k8_workqueue_add (queue, 1);
  k8_workqueue_get (queue);
  k8_workqueue_add (queue, 1);
  k8_workqueue_forget (queue, 1);
  k8_workqueue_done (queue, 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 1);
  k8_workqueue_done (queue, 1);
  client_world_free (world);
}

/* A hundred keys fail at once: the bucket is empty, and each further one waits 100 ms longer. */
void
test_workqueue__bucket_lets_100_go_and_then_10_a_second (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  for (guint64 key = 1; key <= 103; key++)
    k8_workqueue_add_rate_limited (queue, &world->context, key);
  client_world_flush (world);
  client_world_advance (world, 5 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 100);
  client_world_advance (world, 95 * MS - 1);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 100);
  client_world_advance (world, 1);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 101);
  client_world_advance (world, 100 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 102);
  client_world_advance (world, 100 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 103);
  client_world_free (world);
}

/* Two seconds fill the bucket by twenty, and it never holds more than a hundred. */
void
test_workqueue__bucket_fills_again_up_to_100 (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  for (guint64 key = 1; key <= 100; key++)
    k8_workqueue_add_rate_limited (queue, &world->context, key);
  client_world_flush (world);
  client_world_advance (world, 2 * K8_SECOND_NS);
  for (guint64 key = 201; key <= 221; key++)
    k8_workqueue_add_rate_limited (queue, &world->context, key);
  client_world_flush (world);
  client_world_advance (world, 5 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 120);
  client_world_advance (world, 1000 * K8_SECOND_NS);
  for (guint64 key = 301; key <= 401; key++)
    k8_workqueue_add_rate_limited (queue, &world->context, key);
  client_world_flush (world);
  client_world_advance (world, 5 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (queue), 221);
  client_world_free (world);
}

void
test_workqueue__later_keys_come_by_time_and_then_by_order (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue *queue = &world->queue;

  k8_workqueue_add_after (queue, &world->context, 1, 30 * MS);
  k8_workqueue_add_after (queue, &world->context, 2, 10 * MS);
  k8_workqueue_add_after (queue, &world->context, 3, 30 * MS);
  k8_workqueue_add_after (queue, &world->context, 4, 0);
  k8_workqueue_add_after (queue, &world->context, 5, -1);
  client_world_flush (world);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 4);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 5);
  client_world_advance (world, 10 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 2);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 0);
  client_world_advance (world, 20 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (queue), 3);
  client_world_free (world);
}

void
test_workqueue__clone_goes_its_own_way (void)
{
  ClientWorld *world = client_world_new ();
  K8WorkQueue clone;

  k8_workqueue_add (&world->queue, 1);
  k8_workqueue_add_after (&world->queue, &world->context, 2, 10 * MS);
  k8_workqueue_clone (&clone, &world->queue);
  k8_workqueue_get (&world->queue);
  k8_workqueue_add (&world->queue, 9);
  client_world_flush (world);
  client_world_advance (world, 10 * MS);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (&world->queue), 2);
  CU_ASSERT_EQUAL (k8_workqueue_n_ready (&clone), 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (&clone), 1);
  CU_ASSERT_EQUAL (k8_workqueue_get (&clone), 0);
  k8_workqueue_clear (&clone);
  client_world_free (world);
}
