/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches: what they are told, what a write costs, how they go on after crashes.
 */
#include "apiserver/server.h"
#include "machinery/gvk.h"
#include "etcd/etcd.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const K8ApiServer *
get_server (TestWorld *world)
{
  K8Engine *engine = test_world_engine (world);

  return (const K8ApiServer *) k8_engine_actor (engine,
                                                k8_engine_find_actor (engine, "apiserver-0"));
}

static guint64
watch (TestWorld *world, K8KindId kind, gint64 revision, const char *labels, const char *fields)
{
  K8ApiRequest *request = test_world_request (world, K8_VERB_WATCH, kind, NULL, NULL);

  request->revision = revision;
  if (labels != NULL)
    request->label_selector = k8_string_intern (test_world_region (world), labels);
  if (fields != NULL)
    request->field_selector = k8_string_intern (test_world_region (world), fields);
  guint64 tag = test_world_send (world, request);
  test_world_run (world);
  return tag;
}

static void
create_map (TestWorld *world, const char *name, const char *app)
{
  char *json = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"%s\"}}}",
                                name, app);

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", json), 201);
  g_free (json);
}

static void
set_app (TestWorld *world, const char *name, const char *app)
{
  char *body = g_strdup_printf ("{\"metadata\":{\"labels\":{\"app\":\"%s\"}}}", app);
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_PATCH, K8_KIND_ConfigMap, "default", name);

  request->patch_type = K8_PATCH_TYPE_MERGE;
  request->patch = k8_string_new_blob (test_world_region (world), body, strlen (body));
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
  g_free (body);
}

/* The kinds of events only: "ADDED a, DELETED a". */
static void
expect_events (TestWorld *world, guint64 tag, const char *expected)
{
  char *text = test_world_watch_text (world, tag);
  GString *short_text = g_string_new (NULL);
  char **lines = g_strsplit (text, "\n", 0);

  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      char *last = strrchr (lines[i], ' ');
      if (last != NULL)
        *last = '\0';
      g_string_append_printf (short_text, "%s%s", i == 0 ? "" : ", ", lines[i]);
    }
  TEST_ASSERT_TEXT (short_text->str, expected);
  g_strfreev (lines);
  g_string_free (short_text, TRUE);
  g_free (text);
}

void
test_watch__selector_turns_changes_into_added_and_deleted (void)
{
  TestWorld *world = test_world_new ();
  guint64 tag = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, "app=x", NULL);

  create_map (world, "a", "y");
  set_app (world, "a", "x");
  set_app (world, "a", "z");
  expect_events (world, tag, "ADDED a, DELETED a");
  test_world_free (world);
}

void
test_watch__resumes_behind_its_revision (void)
{
  TestWorld *world = test_world_new ();
  gint64 revision = 0;

  create_map (world, "a", "x");
  revision = get_server (world)->revision;
  create_map (world, "b", "x");
  set_app (world, "a", "y");
  expect_events (world, watch (world, K8_KIND_ConfigMap, revision, NULL, NULL),
                 "ADDED b, MODIFIED a");
  test_world_free (world);
}

void
test_watch__without_a_revision_begins_with_the_state (void)
{
  TestWorld *world = test_world_new ();

  create_map (world, "b", "x");
  create_map (world, "a", "x");
  expect_events (world, watch (world, K8_KIND_ConfigMap, 0, NULL, NULL), "ADDED a, ADDED b");
  test_world_free (world);
}

void
test_watch__older_than_the_ring_is_gone (void)
{
  TestWorld *world = test_world_new ();

  test_world_stop (world, "apiserver-0");
  test_world_start (world,
                    test_world_start_mail (world, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_run (world);
  char *text
      = test_world_watch_text (world, watch (world, K8_KIND_ConfigMap, 1, NULL, NULL));
  CU_ASSERT_TRUE (g_str_has_prefix (text, "ERROR too old resource version: 1 ("));
  CU_ASSERT_PTR_NOT_NULL (strstr (text, "end\n"));
  g_free (text);
  test_world_free (world);
}

void
test_watch__cancelled_is_told_nothing (void)
{
  TestWorld *world = test_world_new ();
  guint64 tag = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);

  test_world_cancel (world, tag);
  create_map (world, "a", "x");
  expect_events (world, tag, "");
  CU_ASSERT_EQUAL (k8_slots_n (&get_server (world)->watchers), 0);
  CU_ASSERT_EQUAL (k8_slots_n (&get_server (world)->caches[K8_KIND_ConfigMap].feeds), 0);
  test_world_free (world);
}

void
test_watch__ends_when_its_time_is_up (void)
{
  TestWorld *world = test_world_new ();
  guint64 tag = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);

  test_world_advance (world, 61 * K8_MINUTE_NS); /* chosen between 30 and 60 minutes */
  expect_events (world, tag, "end");
  test_world_free (world);
}

void
test_watch__bookmark_tells_how_far_the_server_is (void)
{
  TestWorld *world = test_world_new ();
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_WATCH, K8_KIND_ConfigMap, NULL, NULL);

  request->revision = get_server (world)->revision;
  request->wants_bookmarks = TRUE;
  guint64 tag = test_world_send (world, request);
  test_world_run (world);
  test_world_create (world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"robot\"}}");
  test_world_advance (world, 70 * K8_SECOND_NS);
  expect_events (world, tag, "BOOKMARK ");
  test_world_free (world);
}

/* How many feeds one create of a pod on node-7 looks at, among so many watched nodes. */
static guint64
count_visits (guint n_nodes)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"default\"}}");
  for (guint i = 0; i < n_nodes; i++)
    {
      char *fields = g_strdup_printf ("spec.nodeName=node-%u", i);
      watch (world, K8_KIND_Pod, get_server (world)->revision, NULL, fields);
      g_free (fields);
    }
  guint64 before = get_server (world)->n_feeds_visited;
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Pod, "default",
                                      "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":"
                                      "\"node-7\",\"containers\":[{\"name\":\"c\",\"image\":"
                                      "\"busybox:1.36\"}]}}"),
                   201);
  guint64 n = get_server (world)->n_feeds_visited - before;
  test_world_free (world);
  return n;
}

void
test_watch__write_touches_as_many_watchers_at_10_as_at_10000 (void)
{
  CU_ASSERT_EQUAL (count_visits (10), 1);
  CU_ASSERT_EQUAL (count_visits (10000), 1);
}

void
test_watch__same_question_shares_one_batch (void)
{
  TestWorld *world = test_world_new ();
  guint64 first = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);
  guint64 second = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);

  CU_ASSERT_EQUAL (k8_slots_n (&get_server (world)->caches[K8_KIND_ConfigMap].feeds), 1);
  create_map (world, "a", "x");
  expect_events (world, first, "ADDED a");
  expect_events (world, second, "ADDED a");
  test_world_free (world);
}

void
test_watch__goes_on_in_a_clone (void)
{
  TestWorld *world = test_world_new ();
  guint64 tag = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, "app=x", NULL);

  create_map (world, "a", "x");
  test_world_switch_to_clone (world);
  create_map (world, "b", "x");
  expect_events (world, tag, "ADDED a, ADDED b");
  test_world_free (world);
}

void
test_restart__of_the_server_loses_nothing (void)
{
  TestWorld *world = test_world_new ();

  create_map (world, "a", "x");
  test_world_stop (world, "apiserver-0");
  test_world_start (world,
                    test_world_start_mail (world, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_run (world);
  CU_ASSERT_EQUAL (
      test_world_call (world, test_world_request (world, K8_VERB_GET, K8_KIND_ConfigMap,
                                                  "default", "a"))
          ->code,
      200);
  create_map (world, "b", "x");
  test_world_free (world);
}

void
test_restart__of_etcd_lets_watches_go_on (void)
{
  TestWorld *world = test_world_new ();
  guint64 tag = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);
  K8ActorId etcd = k8_engine_find_actor (test_world_engine (world), "etcd-0");

  create_map (world, "a", "x");
  test_world_stop (world, "etcd-0");
  test_world_disconnect (world, "apiserver-0", etcd);
  test_world_run (world);
  guint64 waiting = test_world_send (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_ConfigMap, "default", "a"));
  test_world_run (world);
  CU_ASSERT_PTR_NULL (test_world_response (world, waiting));
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_ETCD, "etcd-0"));
  test_world_advance (world, 5 * K8_SECOND_NS);
  CU_ASSERT_PTR_NOT_NULL_FATAL (test_world_response (world, waiting));
  CU_ASSERT_EQUAL (test_world_response (world, waiting)->code, 200);
  create_map (world, "b", "x");
  expect_events (world, tag, "ADDED a, ADDED b");
  test_world_free (world);
}

void
test_etcd_down__requests_time_out (void)
{
  TestWorld *world = test_world_new ();
  K8ActorId etcd = k8_engine_find_actor (test_world_engine (world), "etcd-0");

  test_world_stop (world, "etcd-0");
  test_world_disconnect (world, "apiserver-0", etcd);
  guint64 tag = test_world_send (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Namespace, NULL, "default"));
  test_world_advance (world, 40 * K8_SECOND_NS);
  CU_ASSERT_PTR_NOT_NULL_FATAL (test_world_response (world, tag));
  CU_ASSERT_EQUAL (test_world_response (world, tag)->code, 504);
  test_world_free (world);
}

/* Asked, but not yet answered by the disk: nobody knows whether it happened. */
void
test_etcd_down__a_write_under_way_is_told_to_have_timed_out (void)
{
  TestWorld *world = test_world_new ();
  K8ActorId etcd = k8_engine_find_actor (test_world_engine (world), "etcd-0");
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_CREATE, K8_KIND_ConfigMap, "default", NULL);

  request->object
      = test_world_object (world, K8_KIND_ConfigMap, "{\"metadata\":{\"name\":\"a\"}}");
  test_world_stop (world, "etcd-0");
  guint64 tag = test_world_send (world, request);
  test_world_run (world);
  CU_ASSERT_PTR_NULL (test_world_response (world, tag));
  test_world_disconnect (world, "apiserver-0", etcd);
  test_world_run (world);
  const K8ApiResponse *response = test_world_response (world, tag);
  CU_ASSERT_PTR_NOT_NULL_FATAL (response);
  CU_ASSERT_EQUAL (response->code, 500);
  CU_ASSERT_STRING_EQUAL (k8_status_message (response->status), "etcdserver: request timed out");
  test_world_free (world);
}

/* etcd has come back with a disk that was written behind the server's back: what lies between
 * cannot be told, so every watch ends with 410 and the server reads anew. */
void
test_restart__of_etcd_with_a_newer_disk_ends_all_watches (void)
{
  TestWorld *world = test_world_new ();
  K8ActorId etcd = k8_engine_find_actor (test_world_engine (world), "etcd-0");
  K8ActorId server = k8_engine_find_actor (test_world_engine (world), "apiserver-0");
  guint64 first = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);
  guint64 second = watch (world, K8_KIND_ConfigMap, get_server (world)->revision, NULL, NULL);

  /* A transaction that the server hears nothing of: it is cut off while etcd writes. */
  test_world_disconnect (world, "etcd-0", server);
  test_world_run (world);
  K8EtcdTxn *txn = k8_etcd_txn_new (test_world_region (world));
  const void *map = test_world_object (world, K8_KIND_ConfigMap,
                                       "{\"metadata\":{\"namespace\":\"default\",\"name\":\"a\"}}");
  k8_etcd_txn_then (txn, K8_ETCD_PUT, "/registry/configmaps/default/a", map, 0);
  k8_record_unref (map);
  test_world_post (world, &(K8EngineEvent){ .type = K8_EVENT_MESSAGE,
                                            .to = etcd,
                                            .from = TEST_CLIENT,
                                            .tag = 1 << 20,
                                            .mail = &txn->mail });
  test_world_run (world);
  test_world_stop (world, "etcd-0");
  test_world_disconnect (world, "apiserver-0", etcd);
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_ETCD, "etcd-0"));
  test_world_advance (world, 5 * K8_SECOND_NS);
  g_autofree char *first_text = test_world_watch_text (world, first);
  g_autofree char *second_text = test_world_watch_text (world, second);
  CU_ASSERT_TRUE (g_str_has_prefix (first_text, "ERROR too old resource version"));
  CU_ASSERT_TRUE (g_str_has_suffix (first_text, "end\n"));
  CU_ASSERT_TRUE (g_str_has_prefix (second_text, "ERROR too old resource version"));
  CU_ASSERT_EQUAL (
      test_world_call (world, test_world_request (world, K8_VERB_GET, K8_KIND_ConfigMap,
                                                  "default", "a"))
          ->code,
      200);
  test_world_free (world);
}
