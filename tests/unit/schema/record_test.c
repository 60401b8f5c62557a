/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and edits through the typed accessors: what docs/internals/schema.md promises.
 */
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  LIMIT_BYTES = 64 * 1024 * 1024,
};

static const K8PodCondition *
make_condition (K8Region *region, const char *type)
{
  K8PodConditionEdit edit;

  k8_pod_condition_edit (&edit, region, NULL);
  k8_pod_condition_set_type (&edit, type);
  k8_pod_condition_set_status (&edit, "True");
  return k8_pod_condition_seal (&edit);
}

static const K8PodSpec *
make_spec (K8Region *region, const char *node_name)
{
  K8PodSpecEdit edit;

  k8_pod_spec_edit (&edit, region, NULL);
  k8_pod_spec_set_node_name (&edit, node_name);
  return k8_pod_spec_seal (&edit);
}

static const K8Pod *
make_pod (K8Region *region, const char *node_name)
{
  K8PodEdit edit;

  k8_pod_edit (&edit, region, NULL);
  k8_pod_set_spec (&edit, make_spec (region, node_name));
  return k8_pod_seal (&edit);
}

/* The example of the page: four levels deep in five statements. */
static const K8Pod *
add_condition (K8Region *region, const K8Pod *pod, const K8PodCondition *condition)
{
  K8PodStatusEdit status;
  K8PodEdit edit;

  k8_pod_status_edit (&status, region, k8_pod_status (pod));
  k8_pod_status_add_conditions (&status, k8_pod_condition_ref (condition));
  k8_pod_edit (&edit, region, pod);
  k8_pod_set_status (&edit, k8_pod_status_seal (&status));
  return k8_pod_seal (&edit);
}

void
test_record__reads_nothing_from_null (void)
{
  CU_ASSERT_PTR_NULL (k8_pod_spec (NULL));
  CU_ASSERT_PTR_NULL (k8_pod_spec_node_name (k8_pod_spec (NULL)));
  CU_ASSERT_EQUAL (k8_pod_spec_containers_n (k8_pod_spec (NULL)), 0);
  CU_ASSERT_FALSE (k8_pod_spec_host_network (NULL));
  CU_ASSERT_EQUAL (k8_object_meta_generation (NULL), 0);
  CU_ASSERT_PTR_NULL (k8_object_meta_labels_get (NULL, "app"));
}

void
test_record__edit_leaves_its_base_and_shares_children (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  k8_autounref const K8Pod *pod = make_pod (region, "node-1");
  k8_autounref const K8PodCondition *ready = make_condition (region, "Ready");
  k8_autounref const K8Pod *changed = add_condition (region, pod, ready);

  CU_ASSERT_PTR_NULL (k8_pod_status (pod));
  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (k8_pod_status (changed)), 1);
  CU_ASSERT_PTR_EQUAL (k8_pod_status_conditions_at (k8_pod_status (changed), 0), ready);
  CU_ASSERT_PTR_EQUAL (k8_pod_spec (changed), k8_pod_spec (pod));
}

void
test_record__list_of_a_sealed_record_is_copied_before_it_changes (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  k8_autounref const K8Pod *pod = make_pod (region, "node-1");
  k8_autounref const K8PodCondition *first = make_condition (region, "Initialized");
  k8_autounref const K8PodCondition *second = make_condition (region, "Ready");
  k8_autounref const K8Pod *one = add_condition (region, pod, first);
  k8_autounref const K8Pod *two = add_condition (region, one, second);

  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (k8_pod_status (one)), 1);
  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (k8_pod_status (two)), 2);
  CU_ASSERT_PTR_EQUAL (k8_pod_status_conditions_at (k8_pod_status (two), 0), first);
  CU_ASSERT_PTR_EQUAL (k8_pod_status_conditions_at (k8_pod_status (two), 1), second);
}

void
test_record__all_memory_comes_back (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  const K8Pod *warm = make_pod (region, "node-0");
  k8_record_unref (warm);
  gsize before = k8_region_used_bytes (region);
  const K8Pod *pod = make_pod (region, "node-1");
  const K8PodCondition *ready = make_condition (region, "Ready");
  const K8Pod *changed = add_condition (region, pod, ready);
  K8PodEdit edit;

  CU_ASSERT_TRUE (k8_region_used_bytes (region) > before);
  k8_record_unref (pod);
  k8_record_unref (ready);
  CU_ASSERT_STRING_EQUAL (k8_pod_spec_node_name (k8_pod_spec (changed)), "node-1");
  k8_pod_edit (&edit, region, changed);
  k8_edit_drop (&edit.edit);
  k8_record_unref (changed);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), before);
}

void
test_record__zero_clears_a_value_but_not_a_pointer (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8DeploymentSpecEdit edit;

  k8_deployment_spec_edit (&edit, region, NULL);
  k8_deployment_spec_set_min_ready_seconds (&edit, 5);
  k8_deployment_spec_set_min_ready_seconds (&edit, 0);
  k8_deployment_spec_set_replicas (&edit, 0);
  k8_autounref const K8DeploymentSpec *spec = k8_deployment_spec_seal (&edit);

  CU_ASSERT_FALSE (k8_deployment_spec_has_min_ready_seconds (spec));
  CU_ASSERT_TRUE (k8_deployment_spec_has_replicas (spec));
  CU_ASSERT_EQUAL (k8_deployment_spec_replicas (spec), 0);
}

void
test_record__tells_false_from_unsaid (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8PodSpecEdit edit;

  k8_pod_spec_edit (&edit, region, NULL);
  k8_pod_spec_set_host_users (&edit, FALSE);
  k8_pod_spec_set_host_network (&edit, FALSE);
  k8_pod_spec_set_host_pid (&edit, TRUE);
  k8_autounref const K8PodSpec *spec = k8_pod_spec_seal (&edit);

  CU_ASSERT_TRUE (k8_pod_spec_has_host_users (spec));
  CU_ASSERT_FALSE (k8_pod_spec_host_users (spec));
  CU_ASSERT_FALSE (k8_pod_spec_has_host_network (spec));
  CU_ASSERT_TRUE (k8_pod_spec_host_pid (spec));
  CU_ASSERT_FALSE (k8_pod_spec_has_host_ipc (spec));
}

void
test_record__keeps_numbers_of_64_bits_and_their_neighbours (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  k8_object_meta_set_uid (&edit, "u");
  k8_object_meta_set_generation (&edit, G_MININT64);
  k8_object_meta_set_creation_timestamp (&edit, -1);
  k8_object_meta_set_deletion_grace_period_seconds (&edit, G_MAXINT64);
  k8_object_meta_put_labels (&edit, "app", "web");
  k8_object_meta_clear_creation_timestamp (&edit);
  k8_autounref const K8ObjectMeta *meta = k8_object_meta_seal (&edit);

  CU_ASSERT_STRING_EQUAL (k8_object_meta_uid (meta), "u");
  CU_ASSERT_EQUAL (k8_object_meta_generation (meta), G_MININT64);
  CU_ASSERT_FALSE (k8_object_meta_has_creation_timestamp (meta));
  CU_ASSERT_EQUAL (k8_object_meta_deletion_grace_period_seconds (meta), G_MAXINT64);
  CU_ASSERT_STRING_EQUAL (k8_object_meta_labels_get (meta, "app"), "web");
}

void
test_record__keeps_an_integer_or_a_text (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8RollingUpdateDeploymentEdit edit;

  k8_rolling_update_deployment_edit (&edit, region, NULL);
  k8_rolling_update_deployment_set_max_surge (
      &edit, (K8IntOrString){ .is_text = TRUE, .text = "25%" });
  k8_rolling_update_deployment_set_max_unavailable (&edit, (K8IntOrString){ .number = 0 });
  k8_autounref const K8RollingUpdateDeployment *update
      = k8_rolling_update_deployment_seal (&edit);

  CU_ASSERT_TRUE (k8_rolling_update_deployment_max_surge (update).is_text);
  CU_ASSERT_STRING_EQUAL (k8_rolling_update_deployment_max_surge (update).text, "25%");
  CU_ASSERT_TRUE (k8_rolling_update_deployment_has_max_unavailable (update));
  CU_ASSERT_FALSE (k8_rolling_update_deployment_max_unavailable (update).is_text);
}

void
test_record__is_equal_by_what_it_says (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  k8_autounref const K8Pod *pod = make_pod (region, "node-1");
  k8_autounref const K8Pod *same = make_pod (region, "node-1");
  k8_autounref const K8Pod *other = make_pod (region, "node-2");

  CU_ASSERT_PTR_NOT_EQUAL (pod, same);
  CU_ASSERT_TRUE (k8_record_equal (pod, same));
  CU_ASSERT_FALSE (k8_record_equal (pod, other));
  CU_ASSERT_FALSE (k8_record_equal (pod, NULL));
  CU_ASSERT_FALSE (k8_record_equal (pod, k8_pod_spec (pod)));
}

void
test_record__empty_record_clears_a_value_but_not_a_pointer (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8PodEdit edit;

  k8_pod_edit (&edit, region, NULL);
  k8_pod_set_spec (&edit, make_spec (region, NULL));
  k8_autounref const K8Pod *pod = k8_pod_seal (&edit);
  K8PodSpecEdit spec_edit;
  K8PodSecurityContextEdit context;
  k8_pod_security_context_edit (&context, region, NULL);
  k8_pod_spec_edit (&spec_edit, region, NULL);
  k8_pod_spec_set_security_context (&spec_edit, k8_pod_security_context_seal (&context));
  k8_autounref const K8PodSpec *spec = k8_pod_spec_seal (&spec_edit);

  CU_ASSERT_FALSE (k8_pod_has_spec (pod));
  CU_ASSERT_TRUE (k8_pod_spec_has_security_context (spec));
}
