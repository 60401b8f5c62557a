/* SPDX-License-Identifier: Apache-2.0
 *
 * The controller manager against a real API server and etcd of the engine.
 */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

/* etcd, API server and controller manager, run until the caches are there. */
static TestWorld *
make_world (void)
{
  TestWorld *world = test_world_new ();
  K8StartMail *start =
      test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER, "controller-manager-0");

  start->ca_certificate = k8_string_intern (test_world_region (world), "CERTIFICATE");
  start->durations.reconcile_ns = SECOND_NS / 1000;
  test_world_start (world, start);
  test_world_advance (world, SECOND_NS);
  return world;
}

static guint
count (TestWorld *world, K8KindId kind, const char *namespace_name)
{
  const K8ApiResponse *response = test_world_call (
      world, test_world_request (world, K8_VERB_LIST, kind, namespace_name, NULL));

  CU_ASSERT_EQUAL (response->code, 200);
  return k8_array_n (&response->items);
}

static const void *
get (TestWorld *world, K8KindId kind, const char *namespace_name, const char *name)
{
  return test_world_call (world, test_world_request (world, K8_VERB_GET, kind, namespace_name,
                                                     name))
      ->object;
}

void
test_manager__gives_every_namespace_an_account_and_the_root_certificate (void)
{
  TestWorld *world = make_world ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Namespace, NULL,
                                      "{\"metadata\":{\"name\":\"shop\"}}"),
                   201);
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_PTR_NOT_NULL (get (world, K8_KIND_ServiceAccount, "shop", "default"));
  const K8ConfigMap *root = get (world, K8_KIND_ConfigMap, "shop", "kube-root-ca.crt");
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  CU_ASSERT_STRING_EQUAL (k8_config_map_data_get (root, "ca.crt"), "CERTIFICATE");
  test_world_free (world);
}

#define DEPLOYMENT                                                                                 \
  "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":"      \
  "{\"app\":\"web\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":"        \
  "{\"containers\":[{\"name\":\"c\",\"image\":\"nginx:1.25\"}]}}}}"

/* Events name the version of what they are about, as client-go's GetReference does. */
void
test_manager__events_name_the_version_of_their_object (void)
{
  TestWorld *world = make_world ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Deployment, "default", DEPLOYMENT), 201);
  const K8ApiResponse *created = test_world_call (
      world, test_world_request (world, K8_VERB_GET, K8_KIND_Deployment, "default", "web"));
  char *revision = g_strdup_printf ("%" G_GINT64_FORMAT, created->revision);
  test_world_advance (world, SECOND_NS);
  const K8ApiResponse *events = test_world_call (
      world, test_world_request (world, K8_VERB_LIST, K8_KIND_Event, "default", NULL));
  guint n = 0;
  for (guint32 i = 0; i < k8_array_n (&events->items); i++)
    {
      const K8Event *event = ((const K8ApiItem *) k8_array_at (&events->items, i))->object;
      const K8ObjectReference *about = k8_event_involved_object (event);
      if (k8_string_is (k8_object_reference_kind (about), "Deployment"))
        {
          TEST_ASSERT_TEXT (k8_object_reference_resource_version (about), revision);
          n++;
        }
    }
  CU_ASSERT_EQUAL (n, 1);
  g_free (revision);
  test_world_free (world);
}

void
test_manager__a_deployment_becomes_a_set_and_pods (void)
{
  TestWorld *world = make_world ();

  CU_ASSERT_EQUAL (test_world_create (world, K8_KIND_Deployment, "default", DEPLOYMENT), 201);
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_EQUAL (count (world, K8_KIND_ReplicaSet, "default"), 1);
  CU_ASSERT_EQUAL (count (world, K8_KIND_Pod, "default"), 3);
  CU_ASSERT_EQUAL (count (world, K8_KIND_Event, "default"), 4);
  const K8DeploymentStatus *status =
      k8_deployment_status (get (world, K8_KIND_Deployment, "default", "web"));
  CU_ASSERT_EQUAL (k8_deployment_status_replicas (status), 3);
  CU_ASSERT_EQUAL (k8_deployment_status_updated_replicas (status), 3);
  CU_ASSERT_EQUAL (k8_deployment_status_unavailable_replicas (status), 3);
  test_world_free (world);
}

void
test_manager__goes_on_in_a_clone (void)
{
  TestWorld *world = make_world ();

  test_world_create (world, K8_KIND_Deployment, "default", DEPLOYMENT);
  for (guint i = 0; i < 20; i++)
    {
      test_world_advance (world, SECOND_NS / 1000);
      test_world_switch_to_clone (world);
    }
  test_world_advance (world, SECOND_NS);
  CU_ASSERT_EQUAL (count (world, K8_KIND_Pod, "default"), 3);
  test_world_free (world);
}

void
test_manager__started_again_makes_nothing_twice (void)
{
  TestWorld *world = make_world ();

  test_world_create (world, K8_KIND_Deployment, "default", DEPLOYMENT);
  test_world_advance (world, SECOND_NS / 100);
  test_world_stop (world, "controller-manager-0");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager-0"));
  test_world_advance (world, 5 * SECOND_NS);
  CU_ASSERT_EQUAL (count (world, K8_KIND_ReplicaSet, "default"), 1);
  CU_ASSERT_EQUAL (count (world, K8_KIND_Pod, "default"), 3);
  test_world_free (world);
}
