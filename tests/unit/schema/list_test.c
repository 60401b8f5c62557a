/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists and maps of records.
 */
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  LIMIT_BYTES = 64 * 1024 * 1024,
};

/* The keys of the labels, joined by spaces. */
static char *
join_labels (const K8ObjectMeta *meta)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < k8_object_meta_labels_n (meta); i++)
    g_string_append_printf (text, "%s=%s ", k8_object_meta_labels_key (meta, i),
                            k8_object_meta_labels_value (meta, i));
  return g_string_free (text, FALSE);
}

void
test_map__is_sorted_by_the_bytes_of_its_keys (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  k8_object_meta_put_labels (&edit, "b", "1");
  k8_object_meta_put_labels (&edit, "\303\244", "2");
  k8_object_meta_put_labels (&edit, "a-b", "3");
  k8_object_meta_put_labels (&edit, "a", "4");
  k8_object_meta_put_labels (&edit, "B", "5");
  k8_object_meta_put_labels (&edit, "b", "6");
  k8_autounref const K8ObjectMeta *meta = k8_object_meta_seal (&edit);
  g_autofree char *text = join_labels (meta);

  TEST_ASSERT_TEXT (text, "B=5 a=4 a-b=3 b=6 \303\244=2 ");
}

void
test_map__without_pairs_is_absent (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  k8_object_meta_put_labels (&edit, "app", "web");
  k8_object_meta_delete_labels (&edit, "other");
  CU_ASSERT_TRUE (k8_edit_has (&edit.edit, K8_FIELD (object_meta, labels)));
  k8_object_meta_delete_labels (&edit, "app");
  k8_object_meta_delete_labels (&edit, "app");
  k8_autounref const K8ObjectMeta *meta = k8_object_meta_seal (&edit);

  CU_ASSERT_FALSE (k8_object_meta_has_labels (meta));
}

void
test_list__keeps_its_order_over_growth_and_removal (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  for (guint i = 0; i < 100; i++)
    {
      char text[16];
      g_snprintf (text, sizeof text, "f-%u", i);
      k8_object_meta_add_finalizers (&edit, text);
    }
  k8_object_meta_remove_finalizers (&edit, 98);
  k8_object_meta_remove_finalizers (&edit, 0);
  k8_autounref const K8ObjectMeta *meta = k8_object_meta_seal (&edit);

  CU_ASSERT_EQUAL_FATAL (k8_object_meta_finalizers_n (meta), 98);
  CU_ASSERT_STRING_EQUAL (k8_object_meta_finalizers_at (meta, 0), "f-1");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_finalizers_at (meta, 96), "f-97");
  CU_ASSERT_STRING_EQUAL (k8_object_meta_finalizers_at (meta, 97), "f-99");
}

void
test_list__keeps_numbers_of_both_widths (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8PodSecurityContextEdit edit;
  K8ContainerRestartRuleOnExitCodesEdit codes;

  k8_pod_security_context_edit (&edit, region, NULL);
  k8_pod_security_context_add_supplemental_groups (&edit, G_MAXINT64);
  k8_pod_security_context_add_supplemental_groups (&edit, G_MININT64);
  k8_pod_security_context_remove_supplemental_groups (&edit, 0);
  k8_pod_security_context_add_supplemental_groups (&edit, 7);
  k8_container_restart_rule_on_exit_codes_edit (&codes, region, NULL);
  k8_container_restart_rule_on_exit_codes_add_values (&codes, -1);
  k8_autounref const K8PodSecurityContext *context = k8_pod_security_context_seal (&edit);
  k8_autounref const K8ContainerRestartRuleOnExitCodes *rule
      = k8_container_restart_rule_on_exit_codes_seal (&codes);

  CU_ASSERT_EQUAL_FATAL (k8_pod_security_context_supplemental_groups_n (context), 2);
  CU_ASSERT_EQUAL (k8_pod_security_context_supplemental_groups_at (context, 0), G_MININT64);
  CU_ASSERT_EQUAL (k8_pod_security_context_supplemental_groups_at (context, 1), 7);
  CU_ASSERT_EQUAL (k8_container_restart_rule_on_exit_codes_values_at (rule, 0), -1);
}

void
test_list__frees_what_it_held (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  k8_string_unref (k8_string_intern (region, "the first text makes the table of texts"));
  gsize before = k8_region_used_bytes (region);
  K8List *list = k8_list_new (region, K8_FIELD_STRING_LIST_MAP, 0);

  for (guint i = 0; i < 20; i++)
    {
      K8List *value = k8_list_new (region, K8_FIELD_STRING_LIST, 1);
      value = k8_list_add_text (value, i % 2 == 0 ? "even" : "odd", -1);
      list = k8_map_put_list (list, i % 3 == 0 ? "x" : "y", value);
    }
  K8List *copy = k8_list_dup (list, 4);
  CU_ASSERT_TRUE (k8_list_equal (list, copy));
  copy = k8_map_remove (copy, "x");
  CU_ASSERT_FALSE (k8_list_equal (list, copy));
  CU_ASSERT_EQUAL (k8_list_n (list), 2);
  k8_list_unref (list);
  k8_list_unref (copy);

  CU_ASSERT_EQUAL (k8_region_used_bytes (region), before);
}
