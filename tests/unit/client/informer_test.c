/* SPDX-License-Identifier: Apache-2.0
 *
 * The informer and its reflector against an API server that the test plays.
 * Source of the expectations: client-go v1.36, tools/cache Reflector: list, watch from the list's
 * revision, watch again from the last revision seen, list anew when that is gone; back-off from
 * 0.8 s doubling to 30 s, with up to as much again by chance.
 */
#include "client_world.h"

#include <string.h>

#include "base/time.h"
#include "tests/lib/test.h"

#define MS K8_MILLISECOND_NS

static ClientWorld *
start (void)
{
  ClientWorld *world = client_world_new ();

  k8_informer_start (&world->informer, &world->client, &world->context);
  client_world_flush (world);
  return world;
}

/* An informer that has a at 4 and b at 5 and watches by request 2. */
static ClientWorld *
start_watching (void)
{
  ClientWorld *world = start ();

  client_world_answer_list (world, 1, 7, "a=1@4 b=1@5");
  client_world_take_text (world);
  return world;
}

static const char *
cached (ClientWorld *world, const char *name)
{
  const K8CacheEntry *entry = k8_cache_find (&world->informer.cache, "default", name);

  return entry == NULL ? "nothing" : k8_config_map_data_get (entry->object, "v");
}

void
test_informer__lists_then_watches_from_the_revision_of_the_list (void)
{
  ClientWorld *world = start ();

  CU_ASSERT_FALSE (world->informer.has_synced);
  client_world_answer_list (world, 1, 7, "a=1@4 b=1@5");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#1 list configmaps\n"
                    "added a=1 at 4\n"
                    "added b=1 at 5\n"
                    "#2 watch configmaps from 7 with bookmarks\n");
  CU_ASSERT_TRUE (world->informer.has_synced);
  CU_ASSERT_EQUAL (k8_cache_n (&world->informer.cache), 2);
  client_world_free (world);
}

/* The server is asked for a watch of 5 to 10 minutes. */
void
test_informer__asks_for_five_to_ten_minutes (void)
{
  ClientWorld *world = start_watching ();
  gint64 timeout_ns = client_world_request (world, 2)->timeout_ns;

  CU_ASSERT (timeout_ns >= 300 * K8_SECOND_NS);
  CU_ASSERT (timeout_ns <= 600 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (client_world_request (world, 1)->timeout_ns, 0);
  client_world_free (world);
}

void
test_informer__tells_each_change_in_order_and_keeps_the_cache_current (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "MODIFIED a=2@8, DELETED b=1@9, ADDED c=1@10");
  TEST_ASSERT_TEXT (client_world_take_text (world), "updated a=2 at 8 was 1\n"
                                                    "deleted b at 9 was 1\n"
                                                    "added c=1 at 10\n");
  CU_ASSERT_STRING_EQUAL (cached (world, "a"), "2");
  CU_ASSERT_STRING_EQUAL (cached (world, "b"), "nothing");
  CU_ASSERT_STRING_EQUAL (cached (world, "c"), "1");
  client_world_free (world);
}

/* What is added again is an update; what nobody knew cannot go. */
void
test_informer__added_again_is_an_update_and_unknown_cannot_be_deleted (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "ADDED a=2@8, DELETED x=1@9");
  TEST_ASSERT_TEXT (client_world_take_text (world), "updated a=2 at 8 was 1\n");
  client_world_free (world);
}

void
test_informer__same_revision_again_is_not_told (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "MODIFIED a=1@4");
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_free (world);
}

void
test_informer__watches_again_at_once_from_the_last_revision_when_time_is_up (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "MODIFIED a=2@8, END");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "updated a=2 at 8 was 1\n"
                    "#3 watch configmaps from 8 with bookmarks\n");
  client_world_watch_events (world, 3, "MODIFIED a=3@9");
  TEST_ASSERT_TEXT (client_world_take_text (world), "updated a=3 at 9 was 2\n");
  client_world_free (world);
}

void
test_informer__bookmark_moves_the_revision_and_is_told_to_nobody (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "BOOKMARK @50");
  client_world_watch_events (world, 2, "END");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#3 watch configmaps from 50 with bookmarks\n");
  client_world_free (world);
}

void
test_informer__late_batch_of_an_old_watch_is_not_taken (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "END");
  client_world_take_text (world);
  client_world_watch_events (world, 2, "MODIFIED a=9@8");
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  CU_ASSERT_STRING_EQUAL (cached (world, "a"), "1");
  client_world_free (world);
}

void
test_informer__broken_connection_resumes_after_a_back_off (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "MODIFIED a=2@8");
  client_world_take_text (world);
  client_world_disconnect (world);
  client_world_advance (world, 799 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_advance (world, 801 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#3 watch configmaps from 8 with bookmarks\n");
  client_world_free (world);
}

void
test_informer__dropped_watch_is_cancelled_and_resumes (void)
{
  ClientWorld *world = start_watching ();

  k8_informer_drop_watch (&world->informer, &world->client, &world->context);
  client_world_flush (world);
  TEST_ASSERT_TEXT (client_world_take_text (world), "cancel #2\n");
  client_world_watch_events (world, 2, "MODIFIED a=9@8");
  client_world_advance (world, 1600 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#3 watch configmaps from 7 with bookmarks\n");
  client_world_watch_events (world, 3, "MODIFIED a=2@8");
  TEST_ASSERT_TEXT (client_world_take_text (world), "updated a=2 at 8 was 1\n");
  client_world_free (world);
}

/* 410 Gone: the revision is not there any more. Upstream backs off before it lists anew. */
static void
check_relist (ClientWorld *world)
{
  client_world_advance (world, 799 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_advance (world, 801 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#3 list configmaps\n");
  client_world_answer_list (world, 3, 30, "a=1@4 c=1@20");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "added c=1 at 20\n"
                    "deleted b at 30 was 1\n"
                    "#4 watch configmaps from 30 with bookmarks\n");
  CU_ASSERT_EQUAL (world->informer.n_relists, 1);
}

void
test_informer__lists_anew_after_an_error_event_of_410 (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "ERROR 410");
  check_relist (world);
  client_world_free (world);
}

void
test_informer__lists_anew_after_a_watch_refused_with_410 (void)
{
  ClientWorld *world = start_watching ();

  client_world_answer (world, 2, 410);
  check_relist (world);
  client_world_free (world);
}

void
test_informer__other_error_event_resumes_from_its_revision (void)
{
  ClientWorld *world = start_watching ();

  client_world_watch_events (world, 2, "MODIFIED a=2@8, ERROR 500, MODIFIED a=3@9");
  client_world_advance (world, 1600 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "updated a=2 at 8 was 1\n"
                    "#3 watch configmaps from 8 with bookmarks\n");
  CU_ASSERT_EQUAL (world->informer.n_relists, 0);
  client_world_free (world);
}

/* How long after the failure of list @number the next one goes out, to a millisecond. */
static gint64
measure_back_off (ClientWorld *world, guint number)
{
  gint64 waited_ms = 0;

  client_world_answer (world, number, 503);
  client_world_take_text (world);
  while (strcmp (client_world_take_text (world), "") == 0 && waited_ms < 100000)
    {
      client_world_advance (world, 1 * MS);
      waited_ms++;
    }
  return waited_ms;
}

void
test_informer__back_off_doubles_from_800_ms_to_30_s_with_jitter (void)
{
  static const gint64 least_ms[] = { 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
  ClientWorld *world = start ();

  for (guint i = 0; i < G_N_ELEMENTS (least_ms); i++)
    {
      gint64 waited_ms = measure_back_off (world, i + 1);
      CU_ASSERT (waited_ms >= least_ms[i]);
      CU_ASSERT (waited_ms <= 2 * least_ms[i]);
    }
  client_world_free (world);
}

/* After something worked, the next failure waits as little as the first one. */
void
test_informer__back_off_starts_anew_after_a_success (void)
{
  ClientWorld *world = start ();

  for (guint i = 1; i <= 4; i++)
    measure_back_off (world, i);
  client_world_answer_list (world, 5, 7, "");
  client_world_take_text (world);
  client_world_disconnect (world);
  client_world_advance (world, 1600 * MS);
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#7 watch configmaps from 7 with bookmarks\n");
  client_world_free (world);
}

void
test_informer__selector_goes_with_every_request (void)
{
  ClientWorld *world = client_world_new ();

  k8_informer_set_field_selector (&world->informer, &world->context, "metadata.name=a");
  k8_informer_start (&world->informer, &world->client, &world->context);
  client_world_flush (world);
  client_world_answer_list (world, 1, 7, "");
  TEST_ASSERT_TEXT (client_world_take_text (world),
                    "#1 list configmaps where metadata.name=a\n"
                    "#2 watch configmaps from 7 with bookmarks where metadata.name=a\n");
  client_world_free (world);
}

void
test_informer__clone_goes_its_own_way (void)
{
  ClientWorld *world = start_watching ();
  K8Informer clone;

  k8_informer_clone (&clone, &world->informer);
  client_world_watch_events (world, 2, "MODIFIED a=2@8, DELETED b=1@9");
  CU_ASSERT_STRING_EQUAL (cached (world, "a"), "2");
  const K8CacheEntry *entry = k8_cache_find (&clone.cache, "default", "a");
  CU_ASSERT_STRING_EQUAL (k8_config_map_data_get (entry->object, "v"), "1");
  CU_ASSERT_EQUAL (k8_cache_n (&clone.cache), 2);
  CU_ASSERT_EQUAL (clone.revision, 7);
  k8_informer_clear (&clone);
  client_world_free (world);
}

/* The client. */

static void
ask (ClientWorld *world, guint64 cookie)
{
  k8_client_send (&world->client, &world->context,
                  k8_client_request (&world->client, &world->context, K8_VERB_GET,
                                     K8_KIND_ConfigMap),
                  cookie);
  client_world_flush (world);
}

void
test_client__answers_come_with_the_cookie_of_their_request (void)
{
  ClientWorld *world = client_world_new ();

  ask (world, 11);
  ask (world, 12);
  client_world_answer (world, 2, 404);
  client_world_answer (world, 1, 409);
  client_world_answer (world, 1, 500);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 get configmaps\n"
                                                    "#2 get configmaps\n"
                                                    "answer 12: 404\n"
                                                    "answer 11: 409\n");
  client_world_free (world);
}

/* A broken connection answers everything that is under way, each once. */
void
test_client__broken_connection_answers_all_with_503 (void)
{
  ClientWorld *world = client_world_new ();

  ask (world, 11);
  ask (world, 12);
  client_world_take_text (world);
  client_world_disconnect (world);
  client_world_disconnect (world);
  TEST_ASSERT_TEXT (client_world_take_text (world), "answer 11: 503\nanswer 12: 503\n");
  client_world_free (world);
}

/* A silent server: 34 s, each request by its own clock. */
void
test_client__silent_server_is_given_up_after_34_s (void)
{
  ClientWorld *world = client_world_new ();

  ask (world, 11);
  client_world_advance (world, 10 * K8_SECOND_NS);
  ask (world, 12);
  client_world_take_text (world);
  client_world_advance (world, 24 * K8_SECOND_NS - 1);
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_advance (world, 1);
  TEST_ASSERT_TEXT (client_world_take_text (world), "answer 11: 504\n");
  client_world_advance (world, 10 * K8_SECOND_NS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "answer 12: 504\n");
  client_world_free (world);
}

void
test_client__watch_has_no_deadline (void)
{
  ClientWorld *world = start_watching ();

  client_world_advance (world, 299 * K8_SECOND_NS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_free (world);
}

void
test_client__without_a_server_the_connection_is_refused (void)
{
  ClientWorld *world = client_world_new ();

  client_world_stop_server (world);
  ask (world, 11);
  client_world_advance (world, MS);
  TEST_ASSERT_TEXT (client_world_take_text (world), "answer 11: 503\n");
  client_world_start_server (world);
  ask (world, 12);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 get configmaps\n");
  client_world_free (world);
}
