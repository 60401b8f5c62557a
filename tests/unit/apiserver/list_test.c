/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists: pages that go on where they stopped, lists at a revision that was, and what becomes of
 * both when the past is forgotten.
 * Source: kubernetes docs, API concepts, "Semantics for get and list"; recorded answers.
 */
#include "base/random.h"
#include "base/text.h"
#include "limits.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MAPS "/api/v1/namespaces/default/configmaps"

static void
patch_map (TestWorld *world, const char *name, guint value)
{
  char *body = g_strdup_printf ("{\"data\":{\"k\":\"%u\"}}", value);
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_PATCH, K8_KIND_ConfigMap, "default", name);

  request->patch_type = K8_PATCH_TYPE_MERGE;
  request->patch = k8_string_new_blob (test_world_region (world), body, strlen (body));
  test_world_call (world, request);
  g_free (body);
}

static void
create_map (TestWorld *world, const char *name, guint value)
{
  char *json = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\"},\"data\":{\"k\":\"%u\"}}", name,
                                value);

  test_world_create (world, K8_KIND_ConfigMap, "default", json);
  g_free (json);
}

static void
delete_map (TestWorld *world, const char *name)
{
  test_world_call (
      world, test_world_request (world, K8_VERB_DELETE, K8_KIND_ConfigMap, "default", name));
}

/* The ConfigMaps at a revision (0: now) as "a=1@5 b=2@7 ", or the code of the refusal. */
static char *
list_at (TestWorld *world, gint64 revision, gint64 *ret_revision)
{
  K8ApiRequest *request
      = test_world_request (world, K8_VERB_LIST, K8_KIND_ConfigMap, "default", NULL);
  GString *text = g_string_new (NULL);

  request->revision = revision;
  request->is_exact_revision = revision != 0;
  const K8ApiResponse *response = test_world_call (world, request);
  if (response->status != NULL)
    g_string_append_printf (text, "%u", response->code);
  for (guint32 i = 0; response->status == NULL && i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      g_string_append_printf (text, "%s=%s@%" G_GINT64_FORMAT " ",
                              k8_object_meta_name (k8_object_get_meta (item->object)),
                              k8_config_map_data_get (item->object, "k"), item->revision);
    }
  if (ret_revision != NULL)
    *ret_revision = response->revision;
  return g_string_free (text, FALSE);
}

/* A naive model beside the server: what every list showed when it was the newest one. */
void
test_list__exact_revision_shows_what_was_there (void)
{
  enum { N_STEPS = 150, N_NAMES = 7 };
  TestWorld *world = test_world_new ();
  K8Random random;
  char *texts[N_STEPS];
  gint64 revisions[N_STEPS];

  k8_random_init (&random, 5, "lists");
  for (guint i = 0; i < N_STEPS; i++)
    {
      char name[] = { (char) ('a' + k8_random_between (&random, 0, N_NAMES - 1)), '\0' };
      gint64 what = k8_random_between (&random, 0, 3);
      if (what == 0)
        delete_map (world, name);
      else if (what == 1)
        create_map (world, name, i);
      else
        patch_map (world, name, i);
      texts[i] = list_at (world, 0, &revisions[i]);
    }
  for (guint i = 0; i < N_STEPS; i++)
    {
      guint at = (guint) k8_random_between (&random, 0, N_STEPS - 1);
      char *text = list_at (world, revisions[at], NULL);
      TEST_ASSERT_TEXT (text, texts[at]);
      g_free (text);
    }
  for (guint i = 0; i < N_STEPS; i++)
    g_free (texts[i]);
  test_world_free (world);
}

/* Upstream's watch cache knows nothing from before it began, though etcd does. */
void
test_list__exact_revision_from_before_a_restart_is_gone (void)
{
  TestWorld *world = test_world_new ();
  gint64 before = 0;
  gint64 after = 0;

  create_map (world, "a", 1);
  g_free (list_at (world, 0, &before));
  create_map (world, "b", 1);
  delete_map (world, "b");
  test_world_stop (world, "apiserver-0");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_run (world);
  char *gone = list_at (world, before, NULL);
  TEST_ASSERT_TEXT (gone, "410");
  g_free (gone);
  char *now = list_at (world, 0, &after);
  char *same = list_at (world, after, NULL);
  TEST_ASSERT_TEXT (same, now);
  g_free (now);
  g_free (same);
  test_world_free (world);
}

static char *
ask (TestWorld *world, const char *target)
{
  return test_world_http (world, &(TestHttp){ .method = "GET", .target = target,
                                              .token = TEST_ADMIN_TOKEN });
}

/* The continue token of an answer. (g_free) */
static char *
dup_token (const char *answer)
{
  const char *key = "\"continue\":\"";
  const char *start = strstr (answer, key);

  if (start == NULL)
    return g_strdup ("none");
  start += strlen (key);
  return g_strndup (start, strcspn (start, "\""));
}

static void
expect_has (const char *answer, const char *code, const char *part)
{
  if (!g_str_has_prefix (answer, code) || strstr (answer, part) == NULL)
    test_note ("%s", answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, code));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, part));
}

/* The conformance test "should support continue listing from the last key if the original version
 * has been compacted away, though the list is inconsistent". */
void
test_list__expired_token_is_410_with_a_token_that_goes_on (void)
{
  TestWorld *world = test_world_new ();

  create_map (world, "a", 1);
  create_map (world, "b", 1);
  create_map (world, "c", 1);
  char *page = ask (world, MAPS "?limit=1");
  char *token = dup_token (page);
  delete_map (world, "b");
  test_world_stop (world, "apiserver-0");
  test_world_start (world, test_world_start_mail (world, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_run (world);
  char *target = g_strdup_printf (MAPS "?limit=1&continue=%s", token);
  char *gone = ask (world, target);
  expect_has (gone, "410", "The provided continue parameter is too old to display a consistent");
  expect_has (gone, "410", "\"reason\":\"Expired\"");
  char *fresh = dup_token (gone);
  char *next = g_strdup_printf (MAPS "?limit=1&continue=%s", fresh);
  char *rest = ask (world, next);
  expect_has (rest, "200", "\"items\":[{\"metadata\":{\"name\":\"c\"");
  char *const texts[] = { page, token, target, gone, fresh, next, rest };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  test_world_free (world);
}

/* Without a match, pages of a revision are exact, a whole list is at least as new as it. */
void
test_list__revision_without_a_match_is_exact_only_in_pages (void)
{
  TestWorld *world = test_world_new ();
  gint64 revision = 0;

  create_map (world, "a", 1);
  g_free (list_at (world, 0, &revision));
  create_map (world, "b", 1);
  char *target = g_strdup_printf (MAPS "?limit=5&resourceVersion=%" G_GINT64_FORMAT, revision);
  char *paged = ask (world, target);
  CU_ASSERT_PTR_NULL (strstr (paged, "\"name\":\"b\""));
  char *whole_target
      = g_strdup_printf (MAPS "?resourceVersion=%" G_GINT64_FORMAT, revision);
  char *whole = ask (world, whole_target);
  expect_has (whole, "200", "\"name\":\"b\"");
  g_free (target);
  g_free (paged);
  g_free (whole_target);
  g_free (whole);
  test_world_free (world);
}

/* Tokens made by hand: base64url of what each row says. */
void
test_list__forged_tokens_are_refused (void)
{
  static const struct
  {
    const char *token;
    const char *why;
  } rows[] = {
    { "garbage", "invalid character '\\\\u0081' looking for beginning of value" },
    { "a.b", "illegal base64 data at input byte 1" },
    /* [] */
    { "W10", "json: cannot unmarshal array into Go value of type storage.continueToken" },
    /* {"v":"v2"} */
    { "eyJ2IjoidjIifQ", "server does not recognize this encoded version \\\"v2\\\"" },
    /* {"v":"meta.k8s.io/v1"} */
    { "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
      "incorrect encoded start resourceVersion (version meta.k8s.io/v1)" },
    /* {"v":"meta.k8s.io/v1","rv":1} */
    { "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0",
      "encoded start key empty (version meta.k8s.io/v1)" },
    /* {"v":"meta.k8s.io/v1","rv":1,"start":"../x"} */
    { "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi94In0",
      "continue key is not valid: ../x" },
  };
  TestWorld *world = test_world_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char *target = g_strdup_printf (MAPS "?limit=1&continue=%s", rows[i].token);
      char *answer = ask (world, target);
      expect_has (answer, "400", rows[i].why);
      g_free (target);
      g_free (answer);
    }
  test_world_free (world);
}

void
test_list__of_the_future_asks_to_try_again (void)
{
  TestWorld *world = test_world_new ();
  char *answer = ask (world, MAPS "?resourceVersion=1000000&resourceVersionMatch=NotOlderThan");

  expect_has (answer, "504", "\"reason\":\"ResourceVersionTooLarge\"");
  expect_has (answer, "504", "\"retryAfterSeconds\":1");
  g_free (answer);
  test_world_free (world);
}
