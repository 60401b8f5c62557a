/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs as components inside use them, against the real etcd member.
 */
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAP "{\"metadata\":{\"name\":\"settings\"},\"data\":{\"a\":\"1\"}}"

static const K8ApiResponse *
get (TestWorld *world, K8KindId kind, const char *namespace_name, const char *name)
{
  return test_world_call (world,
                          test_world_request (world, K8_VERB_GET, kind, namespace_name, name));
}

static const K8ApiResponse *
update (TestWorld *world, K8KindId kind, const void *object, gint64 revision)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8ApiRequest *request = test_world_request (world, K8_VERB_UPDATE, kind,
                                              k8_object_meta_namespace (meta),
                                              k8_object_meta_name (meta));

  request->object = object;
  request->revision = revision;
  return test_world_call (world, request);
}

static const void *
with_data (TestWorld *world, const void *map, const char *value)
{
  K8ConfigMapEdit edit;

  k8_config_map_edit (&edit, test_world_region (world), map);
  k8_config_map_put_data (&edit, "a", value);
  return k8_config_map_seal (&edit);
}

void
test_bootstrap__four_namespaces_exist (void)
{
  TestWorld *world = test_world_new ();
  const K8ApiResponse *list = test_world_call (
      world, test_world_request (world, K8_VERB_LIST, K8_KIND_Namespace, NULL, NULL));
  GString *names = g_string_new (NULL);

  CU_ASSERT_PTR_NOT_NULL_FATAL (list);
  for (guint32 i = 0; i < k8_array_n (&list->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&list->items, i);
      g_string_append_printf (names, "%s %s\n",
                              k8_object_meta_name (k8_object_get_meta (item->object)),
                              k8_namespace_status_phase (k8_namespace_status (item->object)));
    }
  TEST_ASSERT_TEXT (names->str, "default Active\nkube-node-lease Active\nkube-public Active\n"
                                "kube-system Active\n");
  g_string_free (names, TRUE);
  test_world_free (world);
}

void
test_bootstrap__service_kubernetes_has_the_first_address (void)
{
  TestWorld *world = test_world_new ();
  const K8ApiResponse *response = get (world, K8_KIND_Service, "default", "kubernetes");

  CU_ASSERT_PTR_NOT_NULL_FATAL (response);
  TEST_ASSERT_TEXT (k8_service_spec_cluster_ip (k8_service_spec (response->object)), "10.96.0.1");
  test_world_free (world);
}

void
test_create__gives_identity_and_revision (void)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", MAP), 201);
  const K8ApiResponse *response = get (world, K8_KIND_ConfigMap, "default", "settings");
  const K8ObjectMeta *meta = k8_object_get_meta (response->object);
  CU_ASSERT_EQUAL (response->code, 200);
  CU_ASSERT_TRUE (response->revision > 1);
  TEST_ASSERT_TEXT (k8_object_meta_namespace (meta), "default");
  CU_ASSERT_EQUAL (strlen (k8_object_meta_uid (meta)), 36);
  CU_ASSERT_EQUAL (k8_object_meta_creation_timestamp (meta), TEST_WALL_SECONDS);
  CU_ASSERT_PTR_NULL (k8_object_meta_resource_version (meta));
  test_world_free (world);
}

void
test_create__refuses_a_name_that_is_taken (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", MAP), 409);
  test_world_free (world);
}

void
test_create__refuses_a_namespace_that_is_not_there (void)
{
  TestWorld *world = test_world_new ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "nowhere", MAP), 404);
  test_world_free (world);
}

void
test_create__makes_generated_names_differ (void)
{
  TestWorld *world = test_world_new ();
  const char *json = "{\"metadata\":{\"generateName\":\"web-\"}}";

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", json), 201);
  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_ConfigMap, "default", json), 201);
  const K8ApiResponse *list = test_world_call (
      world, test_world_request (world, K8_VERB_LIST, K8_KIND_ConfigMap, "default", NULL));
  CU_ASSERT_EQUAL (k8_array_n (&list->items), 2);
  test_world_free (world);
}

void
test_update__stale_revision_is_a_conflict (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  const K8ApiResponse *first = get (world, K8_KIND_ConfigMap, "default", "settings");
  const K8ApiResponse *good = update (world, K8_KIND_ConfigMap,
                                      with_data (world, first->object, "2"), first->revision);
  const K8ApiResponse *stale = update (world, K8_KIND_ConfigMap,
                                       with_data (world, first->object, "3"), first->revision);
  CU_ASSERT_EQUAL (good->code, 200);
  CU_ASSERT_TRUE (good->revision > first->revision);
  CU_ASSERT_EQUAL (stale->code, 409);
  TEST_ASSERT_TEXT (k8_status_message (stale->status),
                    "Operation cannot be fulfilled on configmaps \"settings\": the object has "
                    "been modified; please apply your changes to the latest version and try "
                    "again");
  test_world_free (world);
}

void
test_update__that_changes_nothing_is_no_revision (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  const K8ApiResponse *first = get (world, K8_KIND_ConfigMap, "default", "settings");
  const K8ApiResponse *again
      = update (world, K8_KIND_ConfigMap, with_data (world, first->object, "1"), 0);
  CU_ASSERT_EQUAL (again->revision, first->revision);
  test_world_free (world);
}

void
test_update__two_at_once_let_one_win (void)
{
  TestWorld *world = test_world_new ();
  guint64 tags[2];

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  const K8ApiResponse *first = get (world, K8_KIND_ConfigMap, "default", "settings");
  for (guint i = 0; i < 2; i++)
    {
      K8ApiRequest *request = test_world_request (world, K8_VERB_UPDATE, K8_KIND_ConfigMap,
                                                  "default", "settings");
      request->object = with_data (world, first->object, i == 0 ? "2" : "3");
      request->revision = first->revision;
      tags[i] = test_world_send (world, request);
    }
  test_world_run (world);
  CU_ASSERT_EQUAL (test_world_response (world, tags[0])->code, 200);
  CU_ASSERT_EQUAL (test_world_response (world, tags[1])->code, 409);
  test_world_free (world);
}

void
test_delete__of_a_plain_object_is_done_at_once (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  const K8ApiResponse *gone = test_world_call (
      world,
      test_world_request (world, K8_VERB_DELETE, K8_KIND_ConfigMap, "default", "settings"));
  CU_ASSERT_EQUAL (gone->code, 200);
  TEST_ASSERT_TEXT (k8_status_status (gone->status), "Success");
  CU_ASSERT_EQUAL (get (world, K8_KIND_ConfigMap, "default", "settings")->code, 404);
  test_world_free (world);
}

void
test_delete__with_a_finalizer_waits_for_it (void)
{
  TestWorld *world = test_world_new ();
  K8ConfigMapEdit edit;
  K8ObjectMetaEdit meta;

  test_world_create (world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"x.io/y\"]}}");
  const K8ApiResponse *marked = test_world_call (
      world, test_world_request (world, K8_VERB_DELETE, K8_KIND_ConfigMap, "default", "a"));
  CU_ASSERT_TRUE (
      k8_object_meta_has_deletion_timestamp (k8_object_get_meta (marked->object)));
  k8_object_meta_edit (&meta, test_world_region (world), k8_object_get_meta (marked->object));
  k8_object_meta_clear_finalizers (&meta);
  k8_config_map_edit (&edit, test_world_region (world), marked->object);
  k8_config_map_set_metadata (&edit, k8_object_meta_seal (&meta));
  CU_ASSERT_EQUAL (update (world, K8_KIND_ConfigMap, k8_config_map_seal (&edit), 0)->code, 200);
  CU_ASSERT_EQUAL (get (world, K8_KIND_ConfigMap, "default", "a")->code, 404);
  test_world_free (world);
}

void
test_delete__foreground_adds_its_finalizer (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", MAP);
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_DELETE, K8_KIND_ConfigMap, "default", "settings");
  request->propagation = K8_PROPAGATION_FOREGROUND;
  const K8ApiResponse *marked = test_world_call (world, request);
  const K8ObjectMeta *meta = k8_object_get_meta (marked->object);
  CU_ASSERT_EQUAL_FATAL (k8_object_meta_finalizers_n (meta), 1);
  TEST_ASSERT_TEXT (k8_object_meta_finalizers_at (meta, 0), "foregroundDeletion");
  test_world_free (world);
}

void
test_delete_collection__deletes_what_is_selected (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"a\",\"labels\":{\"app\":\"x\"}}}");
  test_world_create (world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"b\",\"labels\":{\"app\":\"x\"}}}");
  test_world_create (world, K8_KIND_ConfigMap, "default", "{\"metadata\":{\"name\":\"c\"}}");
  K8ApiRequest *request = test_world_request (world, K8_VERB_DELETE_COLLECTION,
                                              K8_KIND_ConfigMap, "default", NULL);
  request->label_selector = k8_string_intern (test_world_region (world), "app=x");
  const K8ApiResponse *deleted = test_world_call (world, request);
  CU_ASSERT_EQUAL (k8_array_n (&deleted->items), 2);
  CU_ASSERT_EQUAL (get (world, K8_KIND_ConfigMap, "default", "a")->code, 404);
  CU_ASSERT_EQUAL (get (world, K8_KIND_ConfigMap, "default", "c")->code, 200);
  test_world_free (world);
}
