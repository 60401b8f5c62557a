/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenAPI: the structure of every schema and operation that we have is that of the documents
 * recorded from upstream (texts are our own), and what kubectl looks for is there.
 */
#include "machinery/gvk.h"
#include "machinery/json_value.h"
#include "machinery/openapi.h"
#include "tests/lib/test.h"

#include <gio/gio.h>
#include <string.h>

/* The text of a gzipped file, or NULL if it is not there. */
static char *
read_gzip (const char *path, gsize *ret_length)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) raw = g_file_read (file, NULL, NULL);
  char *text = NULL;

  if (raw == NULL)
    return NULL;
  g_autoptr (GZlibDecompressor) unzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream
      = g_converter_input_stream_new (G_INPUT_STREAM (raw), G_CONVERTER (unzip));
  gsize size = 8 * 1024 * 1024;
  text = g_malloc0 (size);
  if (!g_input_stream_read_all (stream, text, size - 1, ret_length, NULL, NULL))
    g_clear_pointer (&text, g_free);
  return text;
}

typedef struct
{
  GString *path;
  GString *differences;
  guint n;
} Comparison;

static void compare_values (Comparison *self, const K8Json *ours, const K8Json *theirs);

static void
note (Comparison *self, const char *what)
{
  if (self->n++ < 20)
    g_string_append_printf (self->differences, "%s: %s\n", self->path->str, what);
}

/* Upstream's unions are left out by us; descriptions are texts. */
static gboolean
is_ignored (const char *key, const K8Json *value)
{
  if (strcmp (key, "x-kubernetes-unions") == 0)
    return TRUE;
  return strcmp (key, "description") == 0 && value->type == K8_JSON_IS_STRING;
}

static void
compare_members (Comparison *self, const K8Json *ours, const K8Json *theirs)
{
  gsize length = self->path->len;

  for (guint i = 0; i < ours->n; i++)
    {
      const K8Json *other = k8_json_get_text (theirs, ours->keys[i]);
      if (is_ignored (ours->keys[i].text, ours->items[i]))
        continue;
      g_string_append_printf (self->path, "/%s", ours->keys[i].text);
      if (other == NULL)
        note (self, "only ours");
      else
        compare_values (self, ours->items[i], other);
      g_string_truncate (self->path, length);
    }
  for (guint i = 0; i < theirs->n; i++)
    if (!is_ignored (theirs->keys[i].text, theirs->items[i])
        && k8_json_get_text (ours, theirs->keys[i]) == NULL)
      note (self, theirs->keys[i].text);
}

static void
compare_values (Comparison *self, const K8Json *ours, const K8Json *theirs)
{
  gsize length = self->path->len;

  if (ours->type != theirs->type)
    note (self, "another type");
  else if (ours->type == K8_JSON_IS_OBJECT)
    compare_members (self, ours, theirs);
  else if (ours->type == K8_JSON_IS_ARRAY && ours->n == theirs->n)
    for (guint i = 0; i < ours->n; i++)
      {
        g_string_append_printf (self->path, "[%u]", i);
        compare_values (self, ours->items[i], theirs->items[i]);
        g_string_truncate (self->path, length);
      }
  else if (!k8_json_equal (ours, theirs))
    note (self, "another value");
}

/* Every schema that both have; ours that they do not have is a difference, but for the type of
 * times with microseconds, which we always list. */
static guint
compare_schemas (Comparison *self, const K8Json *ours, const K8Json *theirs)
{
  const K8Json *our_schemas = k8_json_get (k8_json_get (ours, "components"), "schemas");
  const K8Json *their_schemas = k8_json_get (k8_json_get (theirs, "components"), "schemas");

  for (guint i = 0; i < our_schemas->n; i++)
    {
      const K8Json *other = k8_json_get_text (their_schemas, our_schemas->keys[i]);
      g_string_assign (self->path, our_schemas->keys[i].text);
      if (other != NULL)
        compare_values (self, our_schemas->items[i], other);
      else if (strstr (self->path->str, "MicroTime") == NULL)
        note (self, "no such schema");
    }
  return our_schemas->n;
}

static void
compare_operation (Comparison *self, const K8Json *ours, const K8Json *theirs)
{
  static const char *const members[]
      = { "operationId", "x-kubernetes-action", "x-kubernetes-group-version-kind" };
  const K8Json *content = k8_json_get (k8_json_get (ours, "requestBody"), "content");
  const K8Json *their_content = k8_json_get (k8_json_get (theirs, "requestBody"), "content");

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (!k8_json_equal (k8_json_get (ours, members[i]), k8_json_get (theirs, members[i])))
      note (self, members[i]);
  for (guint i = 0; content != NULL && i < content->n; i++)
    if (k8_json_get_text (their_content, content->keys[i]) == NULL)
      note (self, content->keys[i].text);
}

/* Every path and operation of ours must be one of theirs. */
static guint
compare_paths (Comparison *self, const K8Json *ours, const K8Json *theirs)
{
  static const char *const methods[] = { "get", "put", "post", "delete", "patch" };
  const K8Json *our_paths = k8_json_get (ours, "paths");
  const K8Json *their_paths = k8_json_get (theirs, "paths");
  guint n = 0;

  for (guint i = 0; i < our_paths->n; i++)
    for (guint j = 0; j < G_N_ELEMENTS (methods); j++)
      {
        const K8Json *operation = k8_json_get (our_paths->items[i], methods[j]);
        const K8Json *other = k8_json_get_text (their_paths, our_paths->keys[i]);
        if (operation == NULL)
          continue;
        g_string_printf (self->path, "%s %s", methods[j], our_paths->keys[i].text);
        n++;
        if (k8_json_get (other, methods[j]) == NULL)
          note (self, "no such operation");
        else
          compare_operation (self, operation, k8_json_get (other, methods[j]));
      }
  return n;
}

static void
compare_document (const char *path, const char *recording)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) where = g_string_new (NULL);
  g_autoptr (GString) differences = g_string_new (NULL);
  g_autofree char *file
      = g_build_filename (TEST_SOURCE_ROOT, "..", "shared", "data", "api-transcripts", "http",
                          recording, NULL);
  Comparison comparison = { .path = where, .differences = differences };
  gsize length;
  g_autofree char *recorded = read_gzip (file, &length);

  if (recorded == NULL)
    {
      test_skip ("no recorded document %s", recording);
      return;
    }
  CU_ASSERT_TRUE_FATAL (k8_openapi_append_document (text, path));
  const K8Json *ours = k8_json_parse (pool, text->str, text->len, NULL);
  const K8Json *theirs = k8_json_parse (pool, recorded, length, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (ours);
  CU_ASSERT_PTR_NOT_NULL_FATAL (theirs);
  guint n_schemas = compare_schemas (&comparison, ours, theirs);
  guint n_operations = compare_paths (&comparison, ours, theirs);
  test_note ("%s: %u schemas, %u operations compared", path, n_schemas, n_operations);
  CU_ASSERT_TRUE (n_schemas > 100);
  TEST_ASSERT_TEXT (differences->str, "");
}

void
test_openapi__core_has_the_structure_of_the_recorded_document (void)
{
  compare_document ("api/v1", "openapi-v3-api-v1.json.gz");
}

void
test_openapi__apps_has_the_structure_of_the_recorded_document (void)
{
  compare_document ("apis/apps/v1", "openapi-v3-apis-apps-v1.json.gz");
}

/* Every document is JSON, and every reference in it leads somewhere. */
static void
check_references (const K8Json *schemas, const K8Json *value)
{
  static const char prefix[] = "#/components/schemas/";
  const K8Json *reference = k8_json_get (value, "$ref");

  if (reference != NULL)
    {
      CU_ASSERT_TRUE_FATAL (k8_json_text_has_prefix (reference->text, prefix));
      if (k8_json_get (schemas, reference->text.text + strlen (prefix)) == NULL)
        CU_FAIL ("a reference to a schema that is not there");
    }
  for (guint i = 0; i < value->n; i++)
    check_references (schemas, value->items[i]);
}

void
test_openapi__index_leads_to_documents_that_are_whole (void)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  k8_openapi_append_index (text);
  const K8Json *paths = k8_json_get (k8_json_parse (pool, text->str, text->len, NULL), "paths");
  CU_ASSERT_PTR_NOT_NULL_FATAL (paths);
  CU_ASSERT_TRUE (paths->n >= 2);
  for (guint i = 0; i < paths->n; i++)
    {
      g_autoptr (K8JsonPool) own_pool = k8_json_pool_new ();
      g_autoptr (GString) document = g_string_new (NULL);
      char hash[K8_OPENAPI_HASH_TEXT];
      const char *path = paths->keys[i].text;
      const K8Json *url = k8_json_get (paths->items[i], "serverRelativeURL");
      CU_ASSERT_TRUE_FATAL (k8_openapi_append_document (document, path));
      const K8Json *tree = k8_json_parse (own_pool, document->str, document->len, NULL);
      CU_ASSERT_PTR_NOT_NULL_FATAL (tree);
      check_references (k8_json_get (k8_json_get (tree, "components"), "schemas"), tree);
      CU_ASSERT_TRUE_FATAL (k8_openapi_hash (path, hash));
      g_autofree char *expected = g_strdup_printf ("/openapi/v3/%s?hash=%s", path, hash);
      CU_ASSERT_TRUE (k8_json_is_text (url, expected));
    }
}

void
test_openapi__unknown_documents_are_refused (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  CU_ASSERT_FALSE (k8_openapi_append_document (text, "apis/nope/v1"));
  CU_ASSERT_FALSE (k8_openapi_append_document (text, "api"));
  CU_ASSERT_EQUAL (text->len, 0);
}
