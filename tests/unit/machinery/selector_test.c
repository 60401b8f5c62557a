/* SPDX-License-Identifier: Apache-2.0
 *
 * Label and field selectors: what they match, how they are written, and upstream's complaints.
 */
#include "machinery/field_selector.h"
#include "machinery/selector.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include <string.h>

/* Canonical text, or the error. */
static char *
reparse (K8Region *region, const char *text)
{
  char *error = NULL;
  const K8Selector *selector = k8_selector_parse (region, text, strlen (text), &error);
  GString *out = g_string_new (NULL);

  if (selector == NULL)
    {
      g_string_append (out, error);
      g_free (error);
    }
  k8_selector_append (selector, out);
  k8_selector_unref (selector);
  return g_string_free (out, FALSE);
}

static const struct
{
  const char *text;
  const char *expected;
} texts[] = {
  { "", "" },
  { "a", "a" },
  { " x = y ", "x=y" },
  { "b==c,a!=d", "a!=d,b=c" },
  { "x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()" },
  { "x in (b,a,b)", "x in (a,b)" },
  { "!f,n>3,m<4", "!f,m<4,n>3" },
  { "a=", "a=" },
  { "a in (in,notin)", "a in (in,notin)" },
  { "in in (in)", "in in (in)" },
  { "example.com/a=b", "example.com/a=b" },
  { "n>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' "
           "operators, the value must be an integer" },
  { "n===1", "unable to parse requirement: found '=', expected: identifier" },
  { "a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt" },
  { "-a=b",
    "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of "
    "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
  { "a,", "found '', expected: identifier after ','" },
  { ",a", "found ',', expected: !, identifier, or 'end of string'" },
  { "a in x", "unable to parse requirement: found 'x' expected: '('" },
  { "a in (x", "unable to parse requirement: found '', expected: ',' or ')'" },
  { "!a=b", "found '=', expected: ',' or 'end of string'" },
};

void
test_selector__parses_and_complains_as_upstream (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = reparse (region, texts[i].text);
      TEST_ASSERT_TEXT (text, texts[i].expected);
    }
  test_region_free (region);
}

static const struct
{
  const char *selector;
  gboolean matches;
} matches[] = {
  { "", TRUE },          { "app=web", TRUE },        { "app=db", FALSE },
  { "app", TRUE },       { "nope", FALSE },          { "!nope", TRUE },
  { "!app", FALSE },     { "app!=db", TRUE },        { "nope!=x", TRUE },
  { "app!=web", FALSE }, { "app in (a,web)", TRUE }, { "app notin (a)", TRUE },
  { "n>4", TRUE },       { "n>5", FALSE },           { "n<6", TRUE },
  { "app>1", FALSE },    { "nope notin (a)", TRUE }, { "app=web,n=5", TRUE },
  { "app=web,n=6", FALSE },
};

void
test_selector__matches_labels (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  K8List *labels = k8_list_new (region, K8_FIELD_STRING_MAP, 2);

  labels = k8_map_put (labels, "app", "web", 3);
  labels = k8_map_put (labels, "n", "5", 1);
  for (guint i = 0; i < G_N_ELEMENTS (matches); i++)
    {
      const char *text = matches[i].selector;
      const K8Selector *selector = k8_selector_parse (region, text, strlen (text), NULL);
      if (k8_selector_matches (selector, labels) != matches[i].matches)
        CU_FAIL ("wrong match");
      k8_selector_unref (selector);
    }
  CU_ASSERT_FALSE (k8_selector_matches (NULL, labels));
  k8_list_unref (labels);
  test_region_free (region);
}

void
test_selector__frees_all_that_it_took (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const char *text = "a in (b,c),d=e";

  k8_selector_unref (k8_selector_parse (region, text, strlen (text), NULL));
  gsize before = k8_region_used_bytes (region);
  k8_selector_unref (k8_selector_parse (region, text, strlen (text), NULL));
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), before);
  test_region_free (region);
}

static const K8LabelSelector *
new_record (K8Region *region, const char *operator)
{
  K8LabelSelectorRequirementEdit requirement;
  K8LabelSelectorEdit edit;

  k8_label_selector_requirement_edit (&requirement, region, NULL);
  k8_label_selector_requirement_set_key (&requirement, "tier");
  k8_label_selector_requirement_set_operator (&requirement, operator);
  k8_label_selector_requirement_add_values (&requirement, "front");
  k8_label_selector_edit (&edit, region, NULL);
  k8_label_selector_put_match_labels (&edit, "app", "web");
  k8_label_selector_add_match_expressions (&edit,
                                           k8_label_selector_requirement_seal (&requirement));
  return k8_label_selector_seal (&edit);
}

void
test_selector__is_made_from_a_record (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const K8LabelSelector *record = new_record (region, "NotIn");
  const K8Selector *selector = k8_selector_new_from_record (region, record, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  k8_selector_append (selector, text);
  TEST_ASSERT_TEXT (text->str, "app=web,tier notin (front)");
  CU_ASSERT_STRING_EQUAL (k8_selector_find_exact (selector, "app"), "web");
  CU_ASSERT_PTR_NULL (k8_selector_find_exact (selector, "tier"));
  K8List *labels = k8_map_put (k8_list_new (region, K8_FIELD_STRING_MAP, 2), "app", "web", 3);
  CU_ASSERT_TRUE (k8_label_selector_matches (record, labels));
  labels = k8_map_put (labels, "tier", "front", 5);
  CU_ASSERT_FALSE (k8_label_selector_matches (record, labels));
  CU_ASSERT_FALSE (k8_selector_matches (selector, labels));
  k8_list_unref (labels);
  k8_selector_unref (selector);
  k8_record_unref (g_steal_pointer (&record));
  test_region_free (region);
}

void
test_selector__refuses_a_record_with_another_operator (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  k8_autounref const K8LabelSelector *record = new_record (region, "Near");
  char *error = NULL;

  CU_ASSERT_PTR_NULL (k8_selector_new_from_record (region, record, &error));
  TEST_ASSERT_TEXT (error, "\"Near\" is not a valid label selector operator");
  g_free (error);
  k8_record_unref (g_steal_pointer (&record));
  test_region_free (region);
}

/* The canonical text of a field selector, or the error. */
static char *
reparse_fields (K8Region *region, K8KindId kind, const char *text)
{
  char *error = NULL;
  const K8FieldSelector *selector
      = k8_field_selector_parse (region, &k8_kinds[kind], text, strlen (text), &error);
  GString *out = g_string_new (NULL);

  if (selector == NULL)
    {
      g_string_append (out, error);
      g_free (error);
    }
  k8_field_selector_append (selector, out);
  k8_field_selector_unref (selector);
  return g_string_free (out, FALSE);
}

static const struct
{
  K8KindId kind;
  const char *text;
  const char *expected;
} field_texts[] = {
  { K8_KIND_Pod, "status.phase!=Failed,spec.nodeName==n", "spec.nodeName=n,status.phase!=Failed" },
  { K8_KIND_Pod, "spec.host=n", "spec.nodeName=n" },
  { K8_KIND_Pod, "status.podIPs=1.2.3.4,", "status.podIPs=1.2.3.4" },
  { K8_KIND_Pod, "status.readyReplicas=1", "field label not supported: status.readyReplicas" },
  { K8_KIND_ConfigMap, "metadata.name=a\\,b", "metadata.name=a\\,b" },
  { K8_KIND_ConfigMap, "foo", "invalid selector: 'foo'; can't understand 'foo'" },
  { K8_KIND_ConfigMap, "type=Opaque",
    "\"type\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"" },
  { K8_KIND_ConfigMap, "metadata.name=a=b",
    "invalid field selector: unescaped character in value: 61" },
  { K8_KIND_Node, "metadata.namespace=x", "field label not supported: metadata.namespace" },
  { K8_KIND_Namespace, "metadata.namespace=x", "field label not supported: metadata.namespace" },
  { K8_KIND_Secret, "type=Opaque", "type=Opaque" },
  { K8_KIND_ReplicaSet, "status.replicas=1",
    "\"status.replicas\" is not a known field selector: only \"metadata.name\", "
    "\"metadata.namespace\"" },
};

void
test_field_selector__knows_the_fields_of_each_kind (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);

  for (guint i = 0; i < G_N_ELEMENTS (field_texts); i++)
    {
      g_autofree char *text
          = reparse_fields (region, field_texts[i].kind, field_texts[i].text);
      TEST_ASSERT_TEXT (text, field_texts[i].expected);
    }
  test_region_free (region);
}

void
test_field_selector__matches_values_of_the_object (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const char *text = "spec.nodeName=n1,spec.hostNetwork=false,status.phase!=Failed";
  const K8FieldSelector *selector = k8_field_selector_parse (
      region, &k8_kinds[K8_KIND_Pod], text, strlen (text), NULL);
  K8PodSpecEdit spec;
  K8PodEdit edit;

  k8_pod_spec_edit (&spec, region, NULL);
  k8_pod_spec_set_node_name (&spec, "n1");
  k8_pod_edit (&edit, region, NULL);
  k8_pod_set_spec (&edit, k8_pod_spec_seal (&spec));
  k8_autounref const K8Pod *pod = k8_pod_seal (&edit);
  CU_ASSERT_TRUE (k8_field_selector_matches (selector, pod));
  int field = k8_selectable_find (&k8_kinds[K8_KIND_Pod], "spec.nodeName", 13);
  CU_ASSERT_STRING_EQUAL (k8_field_selector_find_exact (selector, (guint) field), "n1");
  CU_ASSERT_STRING_EQUAL (k8_selectable_value (&k8_kinds[K8_KIND_Pod], (guint) field, pod), "n1");
  k8_field_selector_unref (selector);
  k8_record_unref (g_steal_pointer (&pod));
  test_region_free (region);
}
