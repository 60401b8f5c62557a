/* SPDX-License-Identifier: Apache-2.0
 *
 * The garbage collector against the engine's own API server.
 * Source: pkg/controller/garbagecollector; a collector with an empty cache must delete nothing.
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

static TestWorld *
make_world (void)
{
  TestWorld *world = test_world_new ();

  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, SECOND_NS);
  return world;
}

static const K8ConfigMap *
get (TestWorld *world, const char *name)
{
  return test_world_call (world, test_world_request (world, K8_VERB_GET, K8_KIND_ConfigMap,
                                                     "default", name))
      ->object;
}

static const char *
get_uid (TestWorld *world, const char *name)
{
  return k8_object_meta_uid (k8_config_map_metadata (get (world, name)));
}

static void
create (TestWorld *world, const char *name)
{
  g_autofree char *json = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\"}}", name);

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", json), 201);
}

/* A ConfigMap that depends on others: pairs of name and uid, ended by NULL. */
static void
create_dependent (TestWorld *world, const char *name, const char *const *owners)
{
  GString *json = g_string_new ("");

  g_string_append_printf (json, "{\"metadata\":{\"name\":\"%s\",\"ownerReferences\":[", name);
  for (guint i = 0; owners[i] != NULL; i += 2)
    g_string_append_printf (json,
                            "%s{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\","
                            "\"uid\":\"%s\",\"blockOwnerDeletion\":true}",
                            i == 0 ? "" : ",", owners[i], owners[i + 1]);
  g_string_append (json, "]}}");
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", json->str), 201);
  g_string_free (json, TRUE);
}

static void
delete (TestWorld *world, const char *name, K8Propagation propagation)
{
  K8ApiRequest *request =
      test_world_request (world, K8_VERB_DELETE, K8_KIND_ConfigMap, "default", name);

  request->propagation = propagation;
  CU_ASSERT_EQUAL (test_world_call (world, request)->code, 200);
  test_world_advance (world, SECOND_NS);
}

#define NO_UID "00000000-0000-4000-8000-000000000000"

void
test_garbage__an_owner_that_never_was_takes_its_dependent_along (void)
{
  TestWorld *world = make_world ();

  create_dependent (world, "child", (const char *[]){ "gone", NO_UID, NULL });
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_PTR_NULL (get (world, "child"));
  test_world_free (world);
}

void
test_garbage__a_namesake_with_another_uid_is_no_owner (void)
{
  TestWorld *world = make_world ();

  create (world, "a");
  create_dependent (world, "child", (const char *[]){ "a", NO_UID, NULL });
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_PTR_NULL (get (world, "child"));
  test_world_free (world);
}

void
test_garbage__one_owner_that_lives_is_enough (void)
{
  TestWorld *world = make_world ();

  create (world, "a");
  create_dependent (world, "child",
                    (const char *[]){ "a", get_uid (world, "a"), "gone", NO_UID, NULL });
  test_world_advance (world, SECOND_NS);
  const K8ConfigMap *child = get (world, "child");
  CU_ASSERT_PTR_NOT_NULL_FATAL (child);
  CU_ASSERT_EQUAL (k8_object_meta_owner_references_n (k8_config_map_metadata (child)), 1);
  test_world_free (world);
}

void
test_garbage__background_deletes_dependents_of_dependents (void)
{
  TestWorld *world = make_world ();

  create (world, "a");
  create_dependent (world, "b", (const char *[]){ "a", get_uid (world, "a"), NULL });
  create_dependent (world, "c", (const char *[]){ "b", get_uid (world, "b"), NULL });
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_PTR_NOT_NULL (get (world, "c"));
  delete (world, "a", K8_PROPAGATION_BACKGROUND);
  CU_ASSERT_PTR_NULL (get (world, "a"));
  CU_ASSERT_PTR_NULL (get (world, "b"));
  CU_ASSERT_PTR_NULL (get (world, "c"));
  test_world_free (world);
}

void
test_garbage__foreground_deletes_the_owner_last (void)
{
  TestWorld *world = make_world ();

  create (world, "a");
  create_dependent (world, "b", (const char *[]){ "a", get_uid (world, "a"), NULL });
  create_dependent (world, "c", (const char *[]){ "b", get_uid (world, "b"), NULL });
  guint64 tag = test_world_send (
      world, test_world_request (world, K8_VERB_WATCH, K8_KIND_ConfigMap, "default", NULL));
  test_world_advance (world, SECOND_NS);
  g_free (test_world_watch_text (world, tag));
  delete (world, "a", K8_PROPAGATION_FOREGROUND);
  g_autofree char *text = test_world_watch_text (world, tag);
  const char *c = strstr (text, "DELETED c");
  const char *b = strstr (text, "DELETED b");
  const char *a = strstr (text, "DELETED a");
  CU_ASSERT_TRUE (c != NULL && b != NULL && a != NULL && c < b && b < a);
  test_world_free (world);
}

void
test_garbage__orphan_leaves_the_dependents_behind (void)
{
  TestWorld *world = make_world ();

  create (world, "a");
  create_dependent (world, "b", (const char *[]){ "a", get_uid (world, "a"), NULL });
  test_world_advance (world, SECOND_NS);
  delete (world, "a", K8_PROPAGATION_ORPHAN);
  CU_ASSERT_PTR_NULL (get (world, "a"));
  const K8ConfigMap *b = get (world, "b");
  CU_ASSERT_PTR_NOT_NULL_FATAL (b);
  CU_ASSERT_EQUAL (k8_object_meta_owner_references_n (k8_config_map_metadata (b)), 0);
  test_world_free (world);
}

void
test_garbage__a_restart_deletes_nothing_that_has_an_owner (void)
{
  TestWorld *world = make_world ();

  create (world, "z");
  create_dependent (world, "b", (const char *[]){ "z", get_uid (world, "z"), NULL });
  test_world_stop (world, "controller-manager-0");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, 5 * SECOND_NS);
  CU_ASSERT_PTR_NOT_NULL (get (world, "b"));
  test_world_free (world);
}
