/* SPDX-License-Identifier: Apache-2.0
 *
 * The forms of answers: what Accept asks for and what is given, for objects, lists, watches and
 * refusals.
 * Source: kubernetes apiserver pkg/endpoints/handlers (response.go, negotiation), recorded answers.
 */
#include <string.h>

#include "codec/protobuf.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"
#define AS_TABLE "application/json;as=Table;v=v1;g=meta.k8s.io"
#define PROTOBUF "application/vnd.kubernetes.protobuf"
#define METADATA ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
#define METADATA_LIST ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"

static TestWorld *
new_world (void)
{
  TestWorld *world = test_world_new ();

  test_world_create (world, K8_KIND_ConfigMap, "default",
                     "{\"metadata\":{\"name\":\"one\",\"labels\":{\"a\":\"b\"}},"
                     "\"data\":{\"k\":\"1\"}}");
  return world;
}

static const K8HttpResponse *
get (TestWorld *world, const char *target, const char *accept, GString *body)
{
  g_string_truncate (body, 0);
  return test_world_http_response (world,
                                   &(TestHttp){ .method = "GET", .target = target,
                                                .token = TEST_ADMIN_TOKEN, .accept = accept },
                                   body);
}

void
test_form__metadata_of_an_object_in_protobuf (void)
{
  TestWorld *world = new_world ();
  GString *body = g_string_new (NULL);
  const K8HttpResponse *response = get (world, MAPS "/one", PROTOBUF METADATA, body);
  K8ProtobufDecoded decoded = { .error = NULL };

  CU_ASSERT_EQUAL (response->code, 200);
  TEST_ASSERT_TEXT (response->content_type, PROTOBUF);
  CU_ASSERT_TRUE (k8_protobuf_decode_type (body->str, body->len, &decoded));
  TEST_ASSERT_TEXT (decoded.kind, "PartialObjectMetadata");
  TEST_ASSERT_TEXT (decoded.api_version, "meta.k8s.io/v1");
  k8_protobuf_decoded_clear (&decoded);
  decoded = (K8ProtobufDecoded){ .error = NULL };
  const K8PartialObjectMetadata *partial
      = k8_protobuf_decode (test_world_region (world), K8_INFO (partial_object_metadata),
                            body->str, body->len, &decoded);
  const K8ObjectMeta *meta = k8_partial_object_metadata_metadata (partial);
  TEST_ASSERT_TEXT (k8_object_meta_name (meta), "one");
  TEST_ASSERT_TEXT (k8_object_meta_labels_get (meta, "a"), "b");
  CU_ASSERT_TRUE (k8_object_meta_has_resource_version (meta));
  k8_record_unref (partial);
  k8_protobuf_decoded_clear (&decoded);
  g_string_free (body, TRUE);
  test_world_free (world);
}

void
test_form__metadata_of_a_list_in_protobuf (void)
{
  TestWorld *world = new_world ();
  GString *body = g_string_new (NULL);
  const K8HttpResponse *response
      = get (world, MAPS "?labelSelector=a", PROTOBUF METADATA_LIST, body);
  K8ProtobufDecoded decoded = { .error = NULL };

  CU_ASSERT_EQUAL (response->code, 200);
  CU_ASSERT_TRUE (k8_protobuf_decode_type (body->str, body->len, &decoded));
  TEST_ASSERT_TEXT (decoded.kind, "PartialObjectMetadataList");
  TEST_ASSERT_TEXT (decoded.api_version, "meta.k8s.io/v1");
  CU_ASSERT_PTR_NOT_NULL (memmem (body->str, body->len, "one", 3));
  k8_protobuf_decoded_clear (&decoded);
  g_string_free (body, TRUE);
  test_world_free (world);
}

void
test_form__older_metadata_says_so (void)
{
  TestWorld *world = new_world ();
  GString *body = g_string_new (NULL);

  get (world, MAPS "/one", "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io",
       body);
  CU_ASSERT_TRUE (g_str_has_prefix (body->str, "{\"kind\":\"PartialObjectMetadata\","
                                               "\"apiVersion\":\"meta.k8s.io/v1beta1\""));
  g_string_free (body, TRUE);
  test_world_free (world);
}

void
test_form__table_in_yaml (void)
{
  TestWorld *world = new_world ();
  GString *body = g_string_new (NULL);
  const K8HttpResponse *response
      = get (world, MAPS "/one", "application/yaml;as=Table;v=v1;g=meta.k8s.io", body);

  TEST_ASSERT_TEXT (response->content_type, "application/yaml");
  CU_ASSERT_TRUE (g_str_has_prefix (body->str, "apiVersion: meta.k8s.io/v1\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (body->str, "\nkind: Table\n"));
  g_string_free (body, TRUE);
  test_world_free (world);
}

/* Rows: target, Accept, code, beginning of the body. */
void
test_form__refusals_have_the_form_that_is_left (void)
{
  static const struct
  {
    const char *target;
    const char *accept;
    guint code;
    const char *start;
  } rows[] = {
    /* Nothing but a table was asked for, and a Status cannot be one. */
    { MAPS "/none", AS_TABLE, 404, "{\n  \"kind\": \"Status\"," },
    { MAPS "/none", AS_TABLE ",application/json", 404, "{\"kind\":\"Status\"," },
    { MAPS "/none", AS_TABLE ",application/yaml", 404, "apiVersion: v1\n" },
    { MAPS "/one", "application/json" METADATA_LIST, 406,
      "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {},\n"
      "  \"status\": \"Failure\",\n  \"message\": \"you requested PartialObjectMetadataList, but "
      "the requested object is not a list (*core.ConfigMap)\"," },
    { MAPS, "application/json" METADATA, 406,
      "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {},\n"
      "  \"status\": \"Failure\",\n  \"message\": \"you requested PartialObjectMetadata, but the "
      "requested object is a list (*core.ConfigMapList)\"," },
    { MAPS "?watch=true", "application/yaml", 406,
      "apiVersion: v1\ncode: 406\nkind: Status\nmessage: 'only the following media types are "
      "accepted: application/json;stream=watch,\n  application/vnd.kubernetes.protobuf;"
      "stream=watch'\n" },
    { MAPS "/one", "application/json;as=Nonsense;v=v1;g=meta.k8s.io", 406,
      "{\n  \"kind\": \"Status\"," },
    { MAPS "/one", PROTOBUF ";as=Table;v=v1;g=meta.k8s.io", 406, "{\n  \"kind\": \"Status\"," },
  };
  TestWorld *world = new_world ();
  GString *body = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const K8HttpResponse *response = get (world, rows[i].target, rows[i].accept, body);
      if (response->code != rows[i].code || !g_str_has_prefix (body->str, rows[i].start))
        test_note ("%s %s: %u %s", rows[i].target, rows[i].accept, response->code, body->str);
      CU_ASSERT_EQUAL (response->code, rows[i].code);
      CU_ASSERT_TRUE (g_str_has_prefix (body->str, rows[i].start));
    }
  g_string_free (body, TRUE);
  test_world_free (world);
}

static char *
watch_text (TestWorld *world, const char *query)
{
  GString *body = g_string_new (NULL);
  char *target = g_strconcat (MAPS "?watch=true&labelSelector=a&", query, NULL);

  get (world, target, NULL, body);
  g_free (target);
  g_string_free (body, TRUE);
  return test_world_http_stream (world, test_world_http_tag (world));
}

#define INITIAL "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"

void
test_watch_list__ends_its_state_with_a_bookmark_if_it_may (void)
{
  TestWorld *world = new_world ();
  char *with = watch_text (world, INITIAL "&allowWatchBookmarks=true");
  char *without = watch_text (world, INITIAL);
  char *news = watch_text (world, "sendInitialEvents=false&resourceVersionMatch=NotOlderThan");

  CU_ASSERT_TRUE (g_str_has_prefix (with, "{\"type\":\"ADDED\""));
  CU_ASSERT_PTR_NOT_NULL (strstr (with, "\"k8s.io/initial-events-end\":\"true\""));
  CU_ASSERT_TRUE (g_str_has_prefix (without, "{\"type\":\"ADDED\""));
  CU_ASSERT_PTR_NULL (strstr (without, "BOOKMARK"));
  TEST_ASSERT_TEXT (news, "");
  g_free (with);
  g_free (without);
  g_free (news);
  test_world_free (world);
}
