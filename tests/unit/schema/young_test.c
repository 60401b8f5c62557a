/* SPDX-License-Identifier: Apache-2.0
 *
 * Young values: equal small records and lists are one block while somebody keeps them so, and
 * nothing stays when the last one lets go (test_region_free() looks).
 */
#include "schema/young.h"

#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  LIMIT_BYTES = 64 * 1024 * 1024,
};

static const K8PodCondition *
make_condition (K8Region *region, const char *type, const char *status)
{
  K8PodConditionEdit edit;

  k8_pod_condition_edit (&edit, region, NULL);
  k8_pod_condition_set_type (&edit, type);
  k8_pod_condition_set_status (&edit, status);
  return k8_pod_condition_seal (&edit);
}

static const K8PodStatus *
make_status (K8Region *region, const char *phase)
{
  K8PodStatusEdit edit;

  k8_pod_status_edit (&edit, region, NULL);
  k8_pod_status_set_phase (&edit, phase);
  k8_pod_status_add_conditions (&edit, make_condition (region, "Ready", "True"));
  k8_pod_status_add_conditions (&edit, make_condition (region, "Initialized", "True"));
  return k8_pod_status_seal (&edit);
}

void
test_young__equal_values_are_one_block_while_kept (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  const K8PodCondition *before = make_condition (region, "Ready", "True");

  k8_young_keep (region);
  const K8PodCondition *one = make_condition (region, "Ready", "True");
  const K8PodCondition *two = make_condition (region, "Ready", "True");
  const K8PodCondition *other = make_condition (region, "Ready", "False");
  CU_ASSERT_PTR_NOT_EQUAL (one, before); /* it was sealed when nothing was young */
  CU_ASSERT_PTR_EQUAL (one, two);
  CU_ASSERT_PTR_NOT_EQUAL (one, other);
  CU_ASSERT_STRING_EQUAL (k8_pod_condition_status (other), "False");
  k8_young_release (region);
  const K8PodCondition *after = make_condition (region, "Ready", "True");
  CU_ASSERT_PTR_NOT_EQUAL (one, after);
  CU_ASSERT_TRUE (k8_record_equal (one, after));
  k8_record_unref (before);
  k8_record_unref (one);
  k8_record_unref (two);
  k8_record_unref (other);
  k8_record_unref (after);
  test_region_free (region);
}

void
test_young__parents_that_differ_share_their_lists (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);

  k8_young_keep (region);
  const K8PodStatus *one = make_status (region, "Running");
  const K8PodStatus *two = make_status (region, "Pending");
  CU_ASSERT_PTR_NOT_EQUAL (one, two);
  CU_ASSERT_PTR_EQUAL (k8_pod_status_conditions (one), k8_pod_status_conditions (two));

  /* Who changes his own leaves the other's as it is. */
  K8PodStatusEdit edit;
  k8_pod_status_edit (&edit, region, one);
  k8_pod_status_add_conditions (&edit, make_condition (region, "ContainersReady", "True"));
  const K8PodStatus *changed = k8_pod_status_seal (&edit);
  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (changed), 3);
  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (one), 2);
  CU_ASSERT_EQUAL (k8_pod_status_conditions_n (two), 2);
  k8_record_unref (one);
  k8_record_unref (two);
  k8_record_unref (changed);
  k8_young_release (region);
  test_region_free (region);
}

static const K8List *
make_bytes (K8Region *region)
{
  K8List *list = k8_list_new (region, K8_FIELD_BYTES_MAP, 1);

  list = k8_map_put (list, "password", "geheim", 6);
  return k8_young_list (region, list);
}

void
test_young__secrets_are_never_shared (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);

  k8_young_keep (region);
  const K8List *one = make_bytes (region);
  const K8List *two = make_bytes (region);
  CU_ASSERT_PTR_NOT_EQUAL (one, two);
  k8_list_unref (one);
  k8_list_unref (two);
  k8_young_release (region);
  test_region_free (region);
}

void
test_young__the_last_keeper_ends_it_and_forgetting_does_not (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);

  k8_young_keep (region);
  k8_young_keep (region);
  const K8PodCondition *old = make_condition (region, "Ready", "True");
  k8_young_forget (region);
  const K8PodCondition *one = make_condition (region, "Ready", "True");
  k8_young_release (region);
  const K8PodCondition *two = make_condition (region, "Ready", "True");
  CU_ASSERT_PTR_NOT_EQUAL (old, one);
  CU_ASSERT_PTR_EQUAL (one, two);
  k8_record_unref (old);
  k8_record_unref (one);
  k8_record_unref (two);
  k8_young_release (region);
  test_region_free (region);
}
