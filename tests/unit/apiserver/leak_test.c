/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request that changes nothing leaves behind: nothing.
 */
#include "schema/young.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"

static const struct
{
  const char *method;
  const char *target;
  const char *content_type;
  const char *body;
} requests[] = {
  { "GET", MAPS, NULL, NULL },
  { "GET", MAPS "/one", NULL, NULL },
  { "GET", MAPS "/none", NULL, NULL },
  { "GET", MAPS "?limit=1", NULL, NULL },
  { "GET", MAPS "?labelSelector=a%3Db&fieldSelector=metadata.name%3Dx", NULL, NULL },
  { "GET", MAPS "?labelSelector=a%20b", NULL, NULL },
  { "GET", "/apis", NULL, NULL },
  { "GET", "/openapi/v3", NULL, NULL },
  { "POST", MAPS, NULL, "{\"metadata\":{\"name\":\"one\"}}" },
  { "POST", MAPS "?dryRun=All", NULL, "{\"metadata\":{\"generateName\":\"one\"}}" },
  { "POST", MAPS, NULL, "{\"metadata\":{\"name\":\"A\"}}" },
  { "POST", MAPS, NULL, "{\"metadata\":7}" },
  { "POST", MAPS "?fieldValidation=Strict", NULL, "{\"metadata\":{\"name\":\"x\",\"y\":1}}" },
  { "POST", MAPS, "application/yaml", "a: b: c" },
  { "POST", "/api/v1/namespaces/nowhere/pods", NULL, "{\"metadata\":{\"name\":\"x\"}}" },
  { "POST", "/api/v1/namespaces/default/pods", NULL,
    "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[{\"name\":\"c\"}]}}" },
  { "POST", "/api/v1/namespaces/default/services?dryRun=All", NULL,
    "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80}]}}" },
  { "PUT", MAPS "/one", NULL, "{\"metadata\":{\"name\":\"one\"}}" },
  { "PUT", MAPS "/one", NULL, "{\"metadata\":{\"name\":\"one\",\"resourceVersion\":\"1\"}}" },
  { "PATCH", MAPS "/one", "application/merge-patch+json", "{}" },
  { "PATCH", MAPS "/one", "application/json-patch+json", "[{\"op\":\"frob\"}]" },
  { "PATCH", MAPS "/one?fieldValidation=Warn", "application/merge-patch+json",
    "{\"metadata\":{\"bogus\":1}}" },
  { "DELETE", MAPS "/none", NULL, NULL },
  { "DELETE", MAPS "/one?dryRun=All", NULL, NULL },
  { "DELETE", MAPS "?labelSelector=none", NULL, NULL },
  { "DELETE", MAPS "/one", NULL, "{\"preconditions\":{\"uid\":\"x\"}}" },
};

static void
send_all (TestWorld *world)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_free (test_world_http (world, &(TestHttp){ .method = requests[i].method,
                                                   .target = requests[i].target,
                                                   .token = TEST_ADMIN_TOKEN,
                                                   .content_type = requests[i].content_type,
                                                   .body = requests[i].body }));
      test_world_forget (world);
    }
}

void
test_server__keeps_nothing_of_requests_that_change_nothing (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default", "{\"metadata\":{\"name\":\"one\"}}");
  test_world_create (world, K8_KIND_ConfigMap, "default", "{\"metadata\":{\"name\":\"two\"}}");
  for (guint i = 0; i < 3; i++)
    send_all (world);
  k8_young_forget (test_world_region (world));
  gsize before = k8_region_used_bytes (test_world_region (world));
  for (guint i = 0; i < 20; i++)
    send_all (world);
  k8_young_forget (test_world_region (world));
  gsize after = k8_region_used_bytes (test_world_region (world));
  if (after != before)
    test_note ("%zu bytes more after %zu requests", after - before,
               (gsize) 20 * G_N_ELEMENTS (requests));
  CU_ASSERT_EQUAL (after, before);
  test_world_free (world);
}
