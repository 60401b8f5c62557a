/* SPDX-License-Identifier: Apache-2.0
 *
 * The event recorder. Source of the expectations: client-go v1.36, tools/record: getEventKey,
 * EventAggregatorByReasonFunc, getSpamKey, defaults of EventCorrelator (10 similar within 600 s,
 * 25 in stock and one more each 300 s); tools/events for the new style.
 */
#include "client_world.h"

#include <string.h>

#include "base/time.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"

static void
say_unanswered (ClientWorld *world, const void *object, const K8Said *said)
{
  k8_recorder_say (&world->recorder, &world->client, &world->context, object, said);
  client_world_flush (world);
}

/* The API server does at once what it is asked for. */
static void
say_about (ClientWorld *world, const void *object, const K8Said *said)
{
  guint n_before = world->requests->len;

  say_unanswered (world, object, said);
  if (world->requests->len > n_before)
    client_world_answer (world, world->requests->len, 200);
}

/* Something about the ConfigMap of this name. */
static void
say (ClientWorld *world, const char *name, const char *reason, const char *message)
{
  const void *object = client_world_object (world, name);
  K8Said said = { .type = "Normal", .reason = reason, .message = message };

  say_about (world, object, &said);
  k8_record_unref (object);
}

static void
say_numbered (ClientWorld *world, const char *reason, guint number)
{
  g_autofree char *message = g_strdup_printf ("message %u", number);

  say (world, "a", reason, message);
}

void
test_recorder__first_time_is_an_event_with_count_one (void)
{
  ClientWorld *world = client_world_new ();
  const void *object = client_world_object (world, "a");
  K8Said said = { .type = "Warning",
                  .reason = "Failed",
                  .message = "it is broken",
                  .field_path = "data{v}",
                  .revision = 12 };

  say_about (world, object, &said);
  g_autofree char *shown = test_object_show (client_world_request (world, 1)->object);
  TEST_ASSERT_TEXT (shown,
                    "{'metadata':{'name':'a.18867251edfa0000','namespace':'default'},"
                    "'involvedObject':{'kind':'ConfigMap','namespace':'default','name':'a',"
                    "'uid':'uid-a','apiVersion':'v1','resourceVersion':'12',"
                    "'fieldPath':'data{v}'},"
                    "'reason':'Failed','message':'it is broken',"
                    "'source':{'component':'component','host':'node-1'},"
                    "'firstTimestamp':'2026-01-01T00:00:00Z',"
                    "'lastTimestamp':'2026-01-01T00:00:00Z','count':1,'type':'Warning',"
                    "'eventTime':null,'reportingComponent':'component',"
                    "'reportingInstance':'node-1'}");
  k8_record_unref (object);
  client_world_free (world);
}

void
test_recorder__same_again_raises_the_count (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "Started", "hello");
  client_world_advance (world, 5 * K8_SECOND_NS);
  say (world, "a", "Started", "hello");
  say (world, "a", "Started", "hello");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#1 create events Normal Started x1: hello\n"
                    "#2 patch events default/a.18867251edfa0000 "
                    "{\"count\":2,\"lastTimestamp\":\"2026-01-01T00:00:05Z\"}\n"
                    "#3 patch events default/a.18867251edfa0000 "
                    "{\"count\":3,\"lastTimestamp\":\"2026-01-01T00:00:05Z\"}\n");
  CU_ASSERT_EQUAL (client_world_request (world, 2)->patch_type, K8_PATCH_TYPE_STRATEGIC);
  client_world_free (world);
}

/* Names of one instant differ: the API server would refuse the second. */
void
test_recorder__other_message_reason_or_object_is_an_event_of_its_own (void)
{
  ClientWorld *world = client_world_new ();

  say (world, "a", "Started", "hello");
  say (world, "a", "Started", "goodbye");
  say (world, "a", "Stopped", "hello");
  say (world, "b", "Started", "hello");
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 create events Normal Started x1: hello\n"
                                                    "#2 create events Normal Started x1: goodbye\n"
                                                    "#3 create events Normal Stopped x1: hello\n"
                                                    "#4 create events Normal Started x1: hello\n");
  for (guint i = 1; i <= 3; i++)
    CU_ASSERT_STRING_NOT_EQUAL (
        k8_object_meta_name (k8_object_get_meta (client_world_request (world, i)->object)),
        k8_object_meta_name (k8_object_get_meta (client_world_request (world, i + 1)->object)));
  client_world_free (world);
}

void
test_recorder__other_type_or_part_is_an_event_of_its_own (void)
{
  ClientWorld *world = client_world_new ();
  const void *object = client_world_object (world, "a");
  K8Said said = {
    .type = "Normal", .reason = "Pulled", .message = "here", .field_path = "data{x}"
  };

  say_about (world, object, &said);
  said.field_path = "data{y}";
  say_about (world, object, &said);
  said.type = "Warning";
  say_about (world, object, &said);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 create events Normal Pulled x1: here\n"
                                                    "#2 create events Normal Pulled x1: here\n"
                                                    "#3 create events Warning Pulled x1: here\n");
  k8_record_unref (object);
  client_world_free (world);
}

/* Nine different messages of a reason are said as they are; further ones share one Event. */
void
test_recorder__tenth_different_message_of_a_reason_is_combined (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 1; i <= 11; i++)
    say_numbered (world, "Failed", i);
  TEST_ASSERT_TEXT (
      strstr (client_world_take_text (world), "#9 "),
      "#9 create events Normal Failed x1: message 9\n"
      "#10 create events Normal Failed x1: (combined from similar events): message 10\n"
      "#11 patch events default/a.18867251edfa0009 "
      "{\"count\":2,\"lastTimestamp\":\"2026-01-01T00:00:00Z\","
      "\"message\":\"(combined from similar events): message 11\"}\n");
  client_world_free (world);
}

void
test_recorder__known_message_counts_on_its_own_beside_combined_ones (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 1; i <= 10; i++)
    say_numbered (world, "Failed", i);
  client_world_take_text (world);
  say_numbered (world, "Failed", 3);
  say_numbered (world, "Stopped", 11);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#11 patch events default/a.18867251edfa0002 "
                    "{\"count\":2,\"lastTimestamp\":\"2026-01-01T00:00:00Z\"}\n"
                    "#12 create events Normal Stopped x1: message 11\n");
  client_world_free (world);
}

/* The window is 600 s without anything similar; at 600 s it is still open. */
void
test_recorder__combining_ends_after_600_s_of_silence (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 1; i <= 10; i++)
    say_numbered (world, "Failed", i);
  client_world_advance (world, 600 * K8_SECOND_NS);
  client_world_take_text (world);
  say_numbered (world, "Failed", 11);
  CU_ASSERT_PTR_NOT_NULL (strstr (client_world_take_text (world), "(combined from"));
  client_world_advance (world, 601 * K8_SECOND_NS);
  client_world_take_text (world);
  say_numbered (world, "Failed", 12);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#12 create events Normal Failed x1: message 12\n");
  client_world_free (world);
}

/* However long the component runs already. */
void
test_recorder__combining_does_not_depend_on_the_hour (void)
{
  ClientWorld *world = client_world_new ();

  client_world_advance (world, 5000 * K8_SECOND_NS);
  for (guint i = 1; i <= 10; i++)
    say_numbered (world, "Failed", i);
  CU_ASSERT_PTR_NOT_NULL (strstr (client_world_take_text (world), "(combined from"));
  client_world_free (world);
}

static guint
say_until_silent (ClientWorld *world, const char *name, guint first)
{
  guint n = 0;

  for (guint i = first; i < first + 100; i++)
    {
      g_autofree char *reason = g_strdup_printf ("Reason%u", i);
      client_world_take_text (world);
      say (world, name, reason, "hello");
      if (*client_world_take_text (world) == '\0')
        break;
      n++;
    }
  return n;
}

void
test_recorder__object_has_25_events_and_one_more_each_300_s (void)
{
  ClientWorld *world = client_world_new ();

  CU_ASSERT_EQUAL (say_until_silent (world, "a", 0), 25);
  CU_ASSERT_EQUAL (say_until_silent (world, "b", 0), 25);
  client_world_advance (world, 299 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (say_until_silent (world, "a", 100), 0);
  client_world_advance (world, 1 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (say_until_silent (world, "a", 200), 1);
  client_world_advance (world, 600 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (say_until_silent (world, "a", 300), 2);
  client_world_free (world);
}

/* Counting up is saying too; and the stock is the object's, whichever part of it is meant. */
void
test_recorder__stock_is_shared_by_counts_and_parts (void)
{
  ClientWorld *world = client_world_new ();
  const void *object = client_world_object (world, "a");
  K8Said said = { .type = "Normal", .reason = "Pulled", .message = "here" };
  static const char *const parts[] = { "data{x}", "data{y}" };
  guint n = 0;

  for (guint i = 0; i < 40; i++)
    {
      client_world_take_text (world);
      said.field_path = parts[i % 2];
      say_about (world, object, &said);
      n += *client_world_take_text (world) != '\0';
    }
  CU_ASSERT_EQUAL (n, 25);
  k8_record_unref (object);
  client_world_free (world);
}

/* Different messages of one reason about several parts are similar: the part does not count. */
void
test_recorder__similar_ones_are_combined_over_the_parts_of_an_object (void)
{
  ClientWorld *world = client_world_new ();
  const void *object = client_world_object (world, "a");

  for (guint i = 1; i <= 10; i++)
    {
      g_autofree char *message = g_strdup_printf ("message %u", i);
      g_autofree char *part = g_strdup_printf ("data{%u}", i);
      K8Said said = {
        .type = "Normal", .reason = "Pulled", .message = message, .field_path = part
      };
      say_about (world, object, &said);
    }
  TEST_ASSERT_TEXT (
      strstr (client_world_take_text (world), "#10 "),
      "#10 create events Normal Pulled x1: (combined from similar events): message 10\n");
  k8_record_unref (object);
  client_world_free (world);
}

/* What the stock did not let out has been seen: the next one that goes out counts it. */
void
test_recorder__count_includes_what_was_held_back (void)
{
  ClientWorld *world = client_world_new ();

  for (guint i = 0; i < 30; i++)
    say (world, "a", "Started", "hello");
  client_world_advance (world, 300 * K8_SECOND_NS);
  client_world_take_text (world);
  say (world, "a", "Started", "hello");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#26 patch events default/a.18867251edfa0000 "
                    "{\"count\":31,\"lastTimestamp\":\"2026-01-01T00:05:00Z\"}\n");
  client_world_free (world);
}

/* Events about cluster-wide objects live in namespace default. */
void
test_recorder__events_of_cluster_wide_objects_lie_in_default (void)
{
  ClientWorld *world = client_world_new ();
  K8Said said = { .type = "Normal", .reason = "Ready", .message = "hello" };
  const void *node =
      test_object_new (world->region, &k8_messages[k8_kinds[K8_KIND_Node].message],
                       "{'metadata':{'name':'node-1','uid':'u'}}");

  say_about (world, node, &said);
  const K8Event *event = client_world_request (world, 1)->object;
  CU_ASSERT_STRING_EQUAL (k8_object_meta_namespace (k8_event_metadata (event)), "default");
  CU_ASSERT_STRING_EQUAL (client_world_request (world, 1)->namespace_name, "default");
  CU_ASSERT_PTR_NULL (k8_object_reference_namespace (k8_event_involved_object (event)));
  k8_record_unref (node);
  client_world_free (world);
}

void
test_recorder__message_is_cut_at_1024_bytes (void)
{
  ClientWorld *world = client_world_new ();
  g_autofree char *longest = g_strnfill (1024, 'x');
  g_autofree char *longer = g_strnfill (1025, 'y');

  say (world, "a", "Long", longest);
  say (world, "a", "Longer", longer);
  CU_ASSERT_STRING_EQUAL (k8_event_message (client_world_request (world, 1)->object), longest);
  CU_ASSERT_EQUAL (strlen (k8_event_message (client_world_request (world, 2)->object)), 1024);
  client_world_free (world);
}

/* The scheduler's Events: a time instead of counts, who said it and what was done. */
void
test_recorder__new_style_has_a_time_an_action_and_a_controller (void)
{
  ClientWorld *world = client_world_new ();
  const void *object = client_world_object (world, "a");
  K8Said said = {
    .type = "Normal", .reason = "Scheduled", .message = "hello", .action = "Binding"
  };

  world->recorder.style = K8_RECORDER_NEW_STYLE;
  client_world_advance (world, 1500 * K8_MILLISECOND_NS);
  say_about (world, object, &said);
  g_autofree char *shown = test_object_show (client_world_request (world, 1)->object);
  TEST_ASSERT_TEXT (strstr (shown, "'reason'"),
                    "'reason':'Scheduled','message':'hello','source':{},"
                    "'firstTimestamp':null,'lastTimestamp':null,'type':'Normal',"
                    "'eventTime':'2026-01-01T00:00:01.500000Z','action':'Binding',"
                    "'reportingComponent':'component','reportingInstance':'component-node-1'}");
  k8_record_unref (object);
  client_world_free (world);
}

void
test_recorder__clone_remembers_what_was_said (void)
{
  ClientWorld *world = client_world_new ();
  K8Recorder clone;

  say (world, "a", "Started", "hello");
  k8_recorder_clone (&clone, &world->recorder);
  say (world, "a", "Started", "hello");
  K8Recorder original = world->recorder;
  world->recorder = clone;
  client_world_take_text (world);
  say (world, "a", "Started", "hello");
  CU_ASSERT_PTR_NOT_NULL (strstr (client_world_take_text (world), "\"count\":2"));
  k8_recorder_clear (&original);
  client_world_free (world);
}
