/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML from outside: what is accepted is JSON; shown as YAML and read again it is the same JSON
 * but for the order of keys, and then the same text.
 */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "codec/yaml.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes);

static GString *
show (const K8YamlDocument *document)
{
  GString *text = g_string_new (NULL);
  gsize length;
  const char *json = k8_yaml_document_json (document, &length);

  k8_yaml_append_json (text, json, length);
  return text;
}

static void
check_document (const K8YamlDocument *document)
{
  const K8JsonLimits limits = { .max_bytes = G_MAXUINT32, .max_depth = K8_JSON_MAX_DEPTH };
  g_autoptr (GString) text = show (document);
  K8YamlError error = { 0 };
  gsize length;
  const char *json = k8_yaml_document_json (document, &length);

  k8_assert (k8_json_scan (json, length, &limits, NULL));
  k8_assert (text->len > 0);
  k8_yaml_document_find_place (document, "spec.containers[0].image");
  k8_assert (k8_yaml_document_place_at (document, length).line > 0);
  GPtrArray *again = k8_yaml_parse (text->str, text->len, &error);
  /* Expansion may make a text too long, and null is an empty document. */
  if (again != NULL && again->len == 1)
    {
      g_autoptr (GString) text_again = show (g_ptr_array_index (again, 0));
      k8_assert (g_string_equal (text, text_again));
    }
  else
    k8_assert (again != NULL || text->len > 3 * 1024 * 1024);
  g_clear_pointer (&again, g_ptr_array_unref);
  k8_yaml_error_clear (&error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  K8YamlError error = { 0 };
  GPtrArray *documents = k8_yaml_parse ((const char *) data, n_bytes, &error);

  k8_assert ((documents == NULL) == (error.message != NULL));
  for (guint i = 0; documents != NULL && i < documents->len; i++)
    check_document (g_ptr_array_index (documents, i));
  g_clear_pointer (&documents, g_ptr_array_unref);
  k8_yaml_error_clear (&error);
  return 0;
}
