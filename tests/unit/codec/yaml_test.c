/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the YAML codec: the core schema, limits, errors with places, places of paths, and the
 * texts that kubectl shows.
 * Source: YAML 1.2.2; gopkg.in/yaml.v2 (styles); the attacks listed for manifests.
 */
#include <string.h>

#include "codec/yaml.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

/* The JSON of all documents, a line each, or "line:column message". */
static char *
convert (const char *yaml, gsize length)
{
  K8YamlError error = { 0 };
  GPtrArray *documents = k8_yaml_parse (yaml, length, &error);
  GString *result = g_string_new (NULL);

  if (documents == NULL)
    g_string_printf (result, "%u:%u %s", error.place.line, error.place.column, error.message);
  for (guint i = 0; documents != NULL && i < documents->len; i++)
    {
      gsize json_length;
      const char *json
          = k8_yaml_document_json (g_ptr_array_index (documents, i), &json_length);
      g_string_append_printf (result, "%s%s", i > 0 ? "\n" : "", json);
    }
  g_clear_pointer (&documents, g_ptr_array_unref);
  k8_yaml_error_clear (&error);
  return g_string_free (result, FALSE);
}

static void
check (const char *yaml, const char *expected)
{
  g_autofree char *result = convert (yaml, strlen (yaml));

  TEST_ASSERT_TEXT (result, expected);
}

void
test_yaml__follows_the_core_schema (void)
{
  check ("[null, ~, \"\", true, False, 12, -0, +7, 0o17, 0x1F, 1.50, .5, 2., 1e3, -1.5E-2]",
         "[null,null,\"\",true,false,12,-0,7,15,31,1.50,0.5,2,1e3,-1.5E-2]");
}

void
test_yaml__keeps_norway_and_its_like_as_texts (void)
{
  check ("[no, NO, on, y, 1:30, 2024-01-01, 0x, 0o8, 1_000, .]",
         "[\"no\",\"NO\",\"on\",\"y\",\"1:30\",\"2024-01-01\",\"0x\",\"0o8\",\"1_000\","
         "\".\"]");
}

void
test_yaml__refuses_numbers_that_two_versions_read_differently (void)
{
  check ("mode: 0644", "1:7 number with a leading zero: quote it, or write octal as 0o17");
  check ("mode: .inf", "1:7 not a number that JSON can hold");
  check ("mode: \"0644\"", "{\"mode\":\"0644\"}");
}

void
test_yaml__reads_quoted_and_block_texts (void)
{
  check ("a: \"1\\t\\u00e9\"\nb: 'it''s'\nc: |\n  x\n   y\nd: >-\n  x\n  y\ne: !!str 5\n",
         "{\"a\":\"1\\t\xc3\xa9\",\"b\":\"it's\",\"c\":\"x\\n y\\n\",\"d\":\"x y\",\"e\":\"5\"}");
}

void
test_yaml__reads_doubled_quotes_and_folded_lines_in_single_quotes (void)
{
  check ("a: 'x''''y'\nb: ''''\nc: 'one  \n   two\n\n  three '\nd: ''\n",
         "{\"a\":\"x''y\",\"b\":\"'\",\"c\":\"one two\\nthree \",\"d\":\"\"}");
}

void
test_yaml__takes_keys_as_texts (void)
{
  check ("1: a\ntrue: b\n\"x\": c\n", "{\"1\":\"a\",\"true\":\"b\",\"x\":\"c\"}");
}

void
test_yaml__leaves_out_empty_documents (void)
{
  check ("", "");
  check ("# nothing\n", "");
  check ("---\n---\na: 1\n---\n# x\n...\n---\nb\n", "{\"a\":1}\n\"b\"");
}

void
test_yaml__reads_json_and_a_byte_order_mark (void)
{
  check ("\xef\xbb\xbf{\"a\": [1, {\"b\": null}], \"c\": \"\\n\"}",
         "{\"a\":[1,{\"b\":null}],\"c\":\"\\n\"}");
}

void
test_yaml__writes_aliases_out (void)
{
  check ("a: &x {k: [1]}\nb: *x\nc: [*x, *x]\n",
         "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":[{\"k\":[1]},{\"k\":[1]}]}");
}

void
test_yaml__refuses_bad_aliases (void)
{
  check ("a: *x", "1:4 alias of an anchor that is not there");
  check ("a: &x [*x]", "1:8 alias of what it is part of");
  check ("a: &x 1\n---\nb: *x\n", "3:4 alias of an anchor that is not there");
}

void
test_yaml__refuses_documents_that_grow_by_aliases (void)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");

  for (guint i = 1; i < 20; i++)
    g_string_append_printf (text, "a%u: &a%u [*a%u,*a%u,*a%u,*a%u,*a%u,*a%u,*a%u]\n", i, i, i - 1,
                            i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  g_autofree char *result = convert (text->str, text->len);
  CU_ASSERT_PTR_NOT_NULL (strstr (result, "document grows too much by its aliases"));
}

void
test_yaml__refuses_too_many_aliases (void)
{
  g_autoptr (GString) text = g_string_new ("a: &x 1\nb:\n");

  for (guint i = 0; i < 10001; i++)
    g_string_append (text, "- *x\n");
  g_autofree char *result = convert (text->str, text->len);
  CU_ASSERT_STRING_EQUAL (result, "10003:3 too many aliases");
}

static char *
convert_nested (guint depth)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, ']');
  return convert (text->str, text->len);
}

void
test_yaml__ends_at_the_limit_of_depth (void)
{
  g_autofree char *hundred = convert_nested (100);
  g_autofree char *more = convert_nested (101);
  g_autofree char *far_more = convert_nested (100000);

  CU_ASSERT_EQUAL (strlen (hundred), 200);
  TEST_ASSERT_TEXT (more, "1:101 exceeded max depth");
  TEST_ASSERT_TEXT (far_more, "1:101 exceeded max depth");
}

void
test_yaml__refuses_duplicate_keys (void)
{
  check ("a: 1\nb:\n  c: 1\n  \"c\": 2\n", "4:3 key \"c\" is set already");
}

void
test_yaml__refuses_tags_merge_keys_and_odd_keys (void)
{
  check ("a: !!binary aGk=", "1:13 tag tag:yaml.org,2002:binary is not allowed");
  check ("a: !x {}", "1:7 tag !x is not allowed");
  check ("<<: {a: 1}", "1:1 merge keys (<<) are not part of YAML 1.2");
  check ("? [a]\n: b", "1:3 a key must be a scalar");
}

void
test_yaml__refuses_bytes_that_are_no_text (void)
{
  g_autofree char *nul = convert ("a: \0b", 5);

  check ("a: 1\nb: \xff", "2:4 not UTF-8");
  check ("a\x01", "1:2 control character");
  TEST_ASSERT_TEXT (nul, "1:4 control character");
}

void
test_yaml__says_where_the_text_is_wrong (void)
{
  check ("a: b: c", "1:5 mapping values are not allowed in this context");
  check ("a:\n\t- b", "2:1 tab character may not be used as indentation");
}

static void
check_place (const char *yaml, const char *path, const char *expected)
{
  K8YamlError error = { 0 };
  g_autoptr (GPtrArray) documents = k8_yaml_parse (yaml, strlen (yaml), &error);

  CU_ASSERT_PTR_NOT_NULL_FATAL (documents);
  K8YamlPlace place = k8_yaml_document_find_place (g_ptr_array_index (documents, 0), path);
  g_autofree char *result = g_strdup_printf ("%u:%u", place.line, place.column);
  TEST_ASSERT_TEXT (result, expected);
}

void
test_yaml_place__finds_values_by_path (void)
{
  static const char yaml[] = "metadata:\n"
                             "  labels:\n"
                             "    app.kubernetes.io/name: x\n"
                             "    app: y\n"
                             "spec:\n"
                             "  containers:\n"
                             "  - name: a\n"
                             "  - name: b\n"
                             "    image: i\n";

  check_place (yaml, "", "1:1");
  check_place (yaml, "spec.containers[1].image", "9:12");
  check_place (yaml, "metadata.labels[app.kubernetes.io/name]", "3:29");
  check_place (yaml, "metadata.labels.app.kubernetes.io/name", "3:29");
  check_place (yaml, "metadata.labels.app", "4:10");
}

void
test_yaml_place__falls_back_to_what_is_around (void)
{
  check_place ("spec:\n  containers:\n  - name: a\n", "spec.containers[0].image", "3:5");
  check_place ("spec:\n  containers:\n  - name: a\n", "spec.containers[7].image", "3:3");
}

void
test_yaml_place__follows_aliases (void)
{
  check_place ("a: &x\n  k: v\nb: *x\n", "b.k", "2:6");
}

void
test_yaml_place__finds_values_by_offset_in_the_json (void)
{
  static const char yaml[] = "spec:\n  nodeName: n\n  priority: many\n";
  K8YamlError error = { 0 };
  g_autoptr (GPtrArray) documents = k8_yaml_parse (yaml, strlen (yaml), &error);
  K8Region *region = test_region_new (16 * 1024 * 1024);
  K8JsonDecoded decoded = { 0 };
  gsize length;

  CU_ASSERT_PTR_NOT_NULL_FATAL (documents);
  const K8YamlDocument *document = g_ptr_array_index (documents, 0);
  const char *json = k8_yaml_document_json (document, &length);
  CU_ASSERT_PTR_NULL (k8_json_decode (region, K8_INFO (pod), json, length, &decoded));
  K8YamlPlace place = k8_yaml_document_place_at (document, decoded.where.offset);
  CU_ASSERT_EQUAL (place.line, 3);
  CU_ASSERT_EQUAL (place.column, 13);
  k8_json_decoded_clear (&decoded);
  test_region_free (region);
}

static void
check_shown (const char *json, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  k8_yaml_append_json (text, json, strlen (json));
  TEST_ASSERT_TEXT (text->str, expected);
}

void
test_yaml_shown__sorts_keys_and_does_not_indent_lists (void)
{
  check_shown ("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"name\":\"c\","
               "\"args\":[\"a\",\"b\"],\"env\":[]}],\"x\":[[1,2],[]]},\"status\":{}}",
               "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - args:\n    - a\n    - b\n"
               "    env: []\n    name: c\n  x:\n  - - 1\n    - 2\n  - []\nstatus: {}\n");
}

void
test_yaml_shown__orders_numbers_in_keys_by_value (void)
{
  check_shown ("{\"a10\":1,\"a2\":2,\"a\":3,\"b\":4,\"1\":5,\"f:a\":6,\".\":7}",
               ".: 7\n\"1\": 5\na: 3\na2: 2\na10: 1\nb: 4\nf:a: 6\n");
  /* Zeros in front count for nothing; zeros inside a number do. */
  check_shown ("{\"a03\":1,\"a0002\":2,\"b1002\":3,\"b13\":4}",
               "a0002: 2\na03: 1\nb13: 4\nb1002: 3\n");
}

void
test_yaml_shown__quotes_what_would_be_read_as_something_else (void)
{
  check_shown ("[\"\",\"true\",\"no\",\"y\",\"123\",\"1.5\",\"0x1f\",\"1e3\",\"~\",\"1:30\","
               "\"2024-01-01T00:00:00Z\",\"<<\"]",
               "- \"\"\n- \"true\"\n- \"no\"\n- \"y\"\n- \"123\"\n- \"1.5\"\n- \"0x1f\"\n"
               "- \"1e3\"\n- \"~\"\n- \"1:30\"\n- \"2024-01-01T00:00:00Z\"\n- \"<<\"\n");
}

void
test_yaml_shown__leaves_plain_what_may_be_plain (void)
{
  check_shown ("[\"v1\",\"1Gi\",\"100m\",\"10.0.0.1\",\"a:b\",\"a#b\",\"-x\",\"1/2\",\"\xc3\xa9\"]",
               "- v1\n- 1Gi\n- 100m\n- 10.0.0.1\n- a:b\n- a#b\n- -x\n- 1/2\n- \xc3\xa9\n");
}

void
test_yaml_shown__uses_single_quotes_for_indicators (void)
{
  check_shown ("[\"a: b\",\"a #b\",\"*x\",\"- a\",\"it's: x\",\" a\",\"{}\",\"a:\"]",
               "- 'a: b'\n- 'a #b'\n- '*x'\n- '- a'\n- 'it''s: x'\n- ' a'\n- '{}'\n- 'a:'\n");
}

void
test_yaml_shown__uses_double_quotes_for_what_cannot_be_seen (void)
{
  check_shown ("[\"a\\tb\",\"\\u0001\",\"\xf0\x9f\x98\x80\",\"a \\nb\"]",
               "- \"a\\tb\"\n- \"\\x01\"\n- \"\\U0001F600\"\n- \"a \\nb\"\n");
}

void
test_yaml_shown__writes_lines_as_literals (void)
{
  check_shown ("{\"a\":\"x\\ny\\n\",\"b\":\"x\\n\\n  y\",\"c\":\"x\\n\\n\",\"d\":\"  x\\ny\\n\"}",
               "a: |\n  x\n  y\nb: |-\n  x\n\n    y\nc: |+\n  x\n\nd: |2\n    x\n  y\n");
}

void
test_yaml_shown__folds_long_lines_at_spaces (void)
{
  check_shown ("{\"message\":\"0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 "
               "Insufficient cpu. preemption: no\"}",
               "message: '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 "
               "Insufficient\n  cpu. preemption: no'\n");
}

void
test_yaml_shown__reads_back_as_the_same_json (void)
{
  static const char json[]
      = "{\"a\":\"x\\ny\",\"b\":[\" \",\"\\n\",\"\\n\\n x\",\"'\",\"\\\"\",\"\\\\\",\"a  b\"],"
        "\"c\":{\"-\":{\"?\":[[[{}]]]}},\"d\":[null,true,-1.5e3]}";
  g_autoptr (GString) yaml = g_string_new (NULL);

  k8_yaml_append_json (yaml, json, strlen (json));
  g_autofree char *again = convert (yaml->str, yaml->len);
  TEST_ASSERT_TEXT (again, json);
}

void
test_yaml_shown__shows_a_record_as_kubectl_does (void)
{
  static const char json[] = "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":"
                             "\"2024-01-01T00:00:00Z\"},\"data\":{\"k\":\"v\"}}";
  K8Region *region = test_region_new (16 * 1024 * 1024);
  K8JsonDecoded decoded = { 0 };
  k8_autounref const K8ConfigMap *map
      = k8_json_decode (region, K8_INFO (config_map), json, strlen (json), &decoded);
  g_autoptr (GString) text = g_string_new (NULL);

  k8_yaml_encode (text, map, &(K8JsonOptions){ .kind = &k8_kinds[K8_KIND_ConfigMap] });
  TEST_ASSERT_TEXT (text->str, "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n"
                               "  creationTimestamp: \"2024-01-01T00:00:00Z\"\n  name: a\n");
}
