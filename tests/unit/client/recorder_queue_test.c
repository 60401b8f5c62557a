/* SPDX-License-Identifier: Apache-2.0
 *
 * The event recorder's queue and what it does about answers. Source of the expectations:
 * client-go v1.36, tools/record event.go: maxQueuedEvents 1000, DropIfChannelFull, recordToSink
 * (12 tries, 10 s apart, the first at random), recordEvent (a patch of what is gone becomes a
 * creation; what the server refused is not tried again); tools/events: a goroutine an Event.
 */
#include "client_world.h"

#include <string.h>

#include "base/time.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"

static void
say (ClientWorld *world, const char *name, const char *message)
{
  const void *object = client_world_object (world, name);
  K8Said said = { .type = "Normal", .reason = "Started", .message = message, .action = "Starting" };

  k8_recorder_say (&world->recorder, &world->client, &world->context, object, &said);
  client_world_flush (world);
  k8_record_unref (object);
}

static void
say_until_full (ClientWorld *world)
{
  for (guint i = 0; i < 1001; i++)
    {
      g_autofree char *name = g_strdup_printf ("full-%u", i);
      say (world, name, "hello");
    }
}

/* Answers what was asked, one after the other, until nothing is asked any more. */
static guint
answer_all (ClientWorld *world)
{
  guint n = 0;

  for (guint number = world->requests->len; number <= world->requests->len; number++, n++)
    client_world_answer (world, number, 200);
  return n;
}

void
test_recorder_queue__one_request_is_under_way_and_order_is_kept (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "one");
  say (world, "b", "two");
  say (world, "a", "three");
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 create events Normal Started x1: one\n");
  client_world_answer (world, 1, 201);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#2 create events Normal Started x1: two\n");
  client_world_answer (world, 2, 201);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#3 create events Normal Started x1: three\n");
  client_world_answer (world, 3, 201);
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_free (world);
}

/* It is an Event of when it was said, however late its turn comes. */
void
test_recorder_queue__time_is_when_it_was_said (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "one");
  client_world_advance (world, 3 * K8_SECOND_NS);
  say (world, "a", "two");
  client_world_advance (world, 4 * K8_SECOND_NS);
  client_world_answer (world, 1, 201);
  const K8Event *event = client_world_request (world, 2)->object;
  CU_ASSERT_EQUAL (k8_event_first_timestamp (event), CLIENT_WORLD_WALL_SECONDS + 3);
  CU_ASSERT_EQUAL (k8_event_last_timestamp (event), CLIENT_WORLD_WALL_SECONDS + 3);
  client_world_free (world);
}

/* What combines others is made when its turn comes, and is of that instant. */
void
test_recorder_queue__combined_event_is_of_its_turn (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 1; i <= 10; i++)
    {
      g_autofree char *message = g_strdup_printf ("message %u", i);
      say (world, "a", message);
    }
  client_world_advance (world, 5 * K8_SECOND_NS);
  answer_all (world);
  const K8Event *event = client_world_request (world, 10)->object;
  CU_ASSERT_STRING_EQUAL (k8_event_message (event), "(combined from similar events): message 10");
  CU_ASSERT_EQUAL (k8_event_first_timestamp (event), CLIENT_WORLD_WALL_SECONDS + 5);
  CU_ASSERT_PTR_NULL (k8_event_reporting_component (event));
  client_world_free (world);
}

void
test_recorder_queue__thousand_wait_and_one_more_is_dropped (void)
{
  ClientWorld *world = client_world_new ();

  say_until_full (world);
  say (world, "late", "too late");
  CU_ASSERT_EQUAL (answer_all (world), 1001);
  CU_ASSERT_PTR_NULL (strstr (client_world_take_text (world), "too late"));
  say (world, "late", "in time");
  CU_ASSERT_PTR_NOT_NULL (strstr (client_world_take_text (world), "in time"));
  client_world_free (world);
}

/* One that is held back has no request; the next one's turn comes at once. */
void
test_recorder_queue__what_is_held_back_lets_the_next_go (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 0; i < 26; i++)
    say (world, "a", "hello");
  say (world, "b", "hello");
  CU_ASSERT_EQUAL (answer_all (world), 26);
  CU_ASSERT_PTR_NOT_NULL (
      strstr (client_world_take_text (world), "#26 create events Normal Started x1: hello\n"));
  client_world_free (world);
}

void
test_recorder_queue__event_that_is_gone_is_created_anew (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "hello");
  client_world_answer (world, 1, 201);
  client_world_advance (world, 3700 * K8_SECOND_NS);
  say (world, "a", "hello");
  client_world_answer (world, 2, 404);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#1 create events Normal Started x1: hello\n"
                    "#2 patch events default/a.18867251edfa0000 "
                    "{\"count\":2,\"lastTimestamp\":\"2026-01-01T01:01:40Z\"}\n"
                    "#3 create events Normal Started x2: hello\n");
  const K8Event *event = client_world_request (world, 3)->object;
  CU_ASSERT_STRING_EQUAL (k8_object_meta_name (k8_event_metadata (event)), "a.18867251edfa0000");
  CU_ASSERT_EQUAL (k8_event_first_timestamp (event), CLIENT_WORLD_WALL_SECONDS);
  CU_ASSERT_EQUAL (k8_event_last_timestamp (event), CLIENT_WORLD_WALL_SECONDS + 3700);
  client_world_free (world);
}

/* A creation that is refused, by 404 as well, is not tried again. */
void
test_recorder_queue__refusal_is_not_tried_again (void)
{
  static const guint codes[] = { 404, 403, 409, 500, 503 };
  ClientWorld *world = client_world_new ();

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *message = g_strdup_printf ("refused with %u", codes[i]);
      say (world, "a", message);
      client_world_answer (world, i + 1, codes[i]);
    }
  client_world_advance (world, 600 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (world->requests->len, G_N_ELEMENTS (codes));
  client_world_free (world);
}

/* Nothing else goes out while it sleeps. The connection is refused at every try. */
void
test_recorder_queue__lost_connection_is_tried_again_after_a_sleep (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "one");
  say (world, "b", "two");
  client_world_disconnect (world);
  client_world_take_text (world);
  client_world_advance (world, 10 * K8_SECOND_NS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#2 create events Normal Started x1: one\n");
  client_world_answer (world, 2, 201);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#3 create events Normal Started x1: two\n");
  client_world_free (world);
}

/* The first sleep is random, below 10 s, so that not all components come back at once; ten more
 * of 10 s each follow before it is given up. */
void
test_recorder_queue__twelve_tries_without_an_answer_are_enough (void)
{
  ClientWorld *world = client_world_new ();
  guint number = 1;

  say (world, "a", "one");
  say (world, "b", "two");
  for (; number <= 12; number++)
    {
      client_world_disconnect (world);
      client_world_advance (world, 10 * K8_SECOND_NS);
    }
  const char *text = client_world_take_text (world);
  CU_ASSERT_PTR_NOT_NULL (strstr (text, "#12 create events Normal Started x1: one\n"
                                        "#13 create events Normal Started x1: two\n"));
  client_world_free (world);
}

void
test_recorder_queue__new_style_goes_out_at_once (void)
{
  ClientWorld *world = client_world_new ();

  world->recorder.style = K8_RECORDER_NEW_STYLE;
  say (world, "a", "one");
  say (world, "b", "two");
  client_world_answer (world, 1, 201);
  client_world_answer (world, 2, 201);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 create events Normal Started x0: one\n"
                                                    "#2 create events Normal Started x0: two\n");
  client_world_free (world);
}

/* Two worlds that are equal go on equally: what waits is in both. */
void
test_recorder_queue__clone_goes_on_with_what_waits (void)
{
  ClientWorld *world = client_world_new ();
  K8Recorder clone;
  K8Client client;

  say (world, "a", "one");
  say (world, "b", "two");
  say (world, "b", "two");
  k8_recorder_clone (&clone, &world->recorder);
  k8_client_clone (&client, &world->client);
  client_world_take_text (world);
  answer_all (world);
  g_autofree char *expected = g_strdup (client_world_take_text (world));

  k8_recorder_clear (&world->recorder);
  k8_client_clear (&world->client);
  world->recorder = clone;
  world->client = client;
  g_array_set_size (world->tags, 1);
  g_ptr_array_set_size (world->requests, 1);
  answer_all (world);
  TEST_ASSERT_TEXT (client_world_take_text (world), expected);
  CU_ASSERT_PTR_NOT_NULL (strstr (expected, "\"count\":2"));
  client_world_free (world);
}

/* Thousands of kubelets have a recorder each: at rest it has no queue. */
void
test_recorder_queue__recorder_at_rest_has_no_queue (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "one");
  CU_ASSERT_PTR_NOT_NULL (world->recorder.queue);
  client_world_answer (world, 1, 201);
  CU_ASSERT_PTR_NULL (world->recorder.queue);
  client_world_free (world);
}
