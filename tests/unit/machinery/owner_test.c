/* SPDX-License-Identifier: Apache-2.0
 *
 * Owners and finalizers among several of their kind.
 */
#include "machinery/owner.h"

#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

enum
{
  LIMIT_BYTES = 16 * 1024 * 1024,
};

static void
add_owner (K8ObjectMetaEdit *meta, K8Region *region, const char *uid, gboolean is_controller)
{
  K8OwnerReferenceEdit owner;

  k8_owner_reference_edit (&owner, region, NULL);
  k8_owner_reference_set_uid (&owner, uid);
  if (is_controller)
    k8_owner_reference_set_controller (&owner, TRUE);
  k8_object_meta_add_owner_references (meta, k8_owner_reference_seal (&owner));
}

void
test_owner__the_controller_is_found_among_others (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  add_owner (&edit, region, "one", FALSE);
  add_owner (&edit, region, "two", TRUE);
  add_owner (&edit, region, "three", FALSE);
  const K8ObjectMeta *meta = k8_object_meta_seal (&edit);
  TEST_ASSERT_TEXT (k8_owner_reference_uid (k8_owner_find_controller (meta)), "two");
  CU_ASSERT_TRUE (k8_owner_is_controlled_by (meta, "two"));
  CU_ASSERT_FALSE (k8_owner_is_controlled_by (meta, "one"));
  TEST_ASSERT_TEXT (k8_owner_reference_uid (k8_owner_find (meta, "three")), "three");
  CU_ASSERT_PTR_NULL (k8_owner_find (meta, "four"));
  k8_object_meta_edit (&edit, region, meta);
  CU_ASSERT_FALSE (k8_owner_remove (&edit, "four"));
  CU_ASSERT_TRUE (k8_owner_remove (&edit, "three"));
  const K8ObjectMeta *less = k8_object_meta_seal (&edit);
  CU_ASSERT_EQUAL (k8_object_meta_owner_references_n (less), 2);
  CU_ASSERT_PTR_NULL (k8_owner_find (less, "three"));
  CU_ASSERT_PTR_NOT_NULL (k8_owner_find (less, "one"));
  k8_record_unref (meta);
  k8_record_unref (less);
  test_region_free (region);
}

void
test_owner__a_finalizer_is_taken_from_between_others (void)
{
  K8Region *region = test_region_new (LIMIT_BYTES);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, region, NULL);
  k8_object_meta_add_finalizers (&edit, "example.org/a");
  k8_object_meta_add_finalizers (&edit, "foregroundDeletion");
  k8_object_meta_add_finalizers (&edit, "example.org/c");
  CU_ASSERT_FALSE (k8_finalizer_remove (&edit, "orphan"));
  CU_ASSERT_TRUE (k8_finalizer_remove (&edit, "foregroundDeletion"));
  CU_ASSERT_FALSE (k8_finalizer_remove (&edit, "foregroundDeletion"));
  const K8ObjectMeta *meta = k8_object_meta_seal (&edit);
  CU_ASSERT_EQUAL_FATAL (k8_object_meta_finalizers_n (meta), 2);
  TEST_ASSERT_TEXT (k8_object_meta_finalizers_at (meta, 0), "example.org/a");
  TEST_ASSERT_TEXT (k8_object_meta_finalizers_at (meta, 1), "example.org/c");
  CU_ASSERT_TRUE (k8_finalizer_has (meta, "example.org/c"));
  CU_ASSERT_FALSE (k8_finalizer_has (meta, "foregroundDeletion"));
  k8_record_unref (meta);
  test_region_free (region);
}
