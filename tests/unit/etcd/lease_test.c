/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases: times to live, and the keys that go with them.
 * Source of the expectations: etcd API, Lease; server/lease (the least time to live is 2 s with
 * the default election time-out).
 */
#include "member_world.h"

#include "tests/lib/test.h"

void
test_lease__takes_its_keys_along_in_one_revision_when_it_expires (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 10);
  member_world_put (world, "/b", "b", 7);
  member_world_put (world, "/a", "a", 7);
  member_world_put (world, "/c", "c", 0);
  member_world_watch (world, "/", "0", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 1: lease 7 of 10 s\n"
                                                    "#1 lease 7 lives 10 s\n"
                                                    "write 2: put /b=b m2 v1\n"
                                                    "#2 yes 2: /b=b c2 m2 v1 l7\n"
                                                    "write 3: put /a=a m3 v1\n"
                                                    "#3 yes 3: /a=a c3 m3 v1 l7\n"
                                                    "write 4: put /c=c m4 v1\n"
                                                    "#4 yes 4: /c=c c4 m4 v1\n");
  member_world_advance (world, 9);
  TEST_ASSERT_TEXT (member_world_take_text (world), "");
  member_world_advance (world, 1);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "write 5: revoke 7, delete /a m5, delete /b m5\n"
                    "#5 told 5: delete /a m5 was a, delete /b m5 was b\n");
  member_world_free (world);
}

void
test_lease__without_keys_expires_without_a_revision (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 10);
  member_world_take_text (world);
  member_world_advance (world, 10);
  member_world_put (world, "/a", "a", 7);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 1: revoke 7\n#2 lease not found\n");
  member_world_free (world);
}

void
test_lease__kept_alive_lives_its_whole_time_again (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 10);
  member_world_advance (world, 6);
  member_world_lease (world, K8_ETCD_LEASE_KEEP_ALIVE, 7, 0);
  member_world_advance (world, 9);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 1: lease 7 of 10 s\n"
                                                    "#1 lease 7 lives 10 s\n"
                                                    "#2 lease 7 lives 10 s\n");
  member_world_advance (world, 1);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 1: revoke 7\n");
  member_world_free (world);
}

void
test_lease__each_expires_at_its_own_time (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 1, 30);
  member_world_lease (world, K8_ETCD_LEASE_GRANT, 2, 10);
  member_world_lease (world, K8_ETCD_LEASE_GRANT, 3, 20);
  member_world_put (world, "/a", "a", 1);
  member_world_take_text (world);
  member_world_advance (world, 10);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: revoke 2\n");
  member_world_advance (world, 10);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: revoke 3\n");
  member_world_advance (world, 10);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: revoke 1, delete /a m3\n");
  member_world_free (world);
}

void
test_lease__least_time_to_live_is_two_seconds (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 1, 1);
  member_world_lease (world, K8_ETCD_LEASE_GRANT, 2, 3);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 1: lease 1 of 1 s\n"
                                                    "#1 lease 1 lives 2 s\n"
                                                    "write 1: lease 2 of 3 s\n"
                                                    "#2 lease 2 lives 3 s\n");
  member_world_free (world);
}

void
test_lease__revoked_takes_its_keys_along_at_once (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 10);
  member_world_put (world, "/a", "a", 7);
  member_world_take_text (world);
  member_world_lease (world, K8_ETCD_LEASE_REVOKE, 7, 0);
  member_world_lease (world, K8_ETCD_LEASE_REVOKE, 7, 0);
  member_world_lease (world, K8_ETCD_LEASE_KEEP_ALIVE, 7, 0);
  member_world_range (world, "/a", "", 0);
  member_world_advance (world, 20);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: revoke 7, delete /a m3\n"
                                                    "#3 lease 7 lives 0 s\n"
                                                    "#4 lease not found\n"
                                                    "#5 lease not found\n"
                                                    "#6 0 at 3:\n");
  member_world_free (world);
}

/* A put replaces the lease of its key, also by none. */
void
test_lease__key_that_was_put_again_without_it_stays (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 10);
  member_world_put (world, "/a", "a", 7);
  member_world_put (world, "/a", "b", 0);
  member_world_take_text (world);
  member_world_advance (world, 10);
  member_world_range (world, "/a", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: revoke 7\n"
                                                    "#4 1 at 3: /a=b c2 m3 v2\n");
  member_world_free (world);
}

void
test_lease__member_chooses_a_positive_id_if_none_is_given (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 0, 10);
  member_world_lease (world, K8_ETCD_LEASE_GRANT, 0, 10);
  const K8Lessor *lessor = &member_world_member (world)->lessor;
  const K8Lessee *first = k8_slots_get (&lessor->leases, 1);
  const K8Lessee *second = k8_slots_get (&lessor->leases, 2);
  CU_ASSERT_PTR_NOT_NULL_FATAL (first);
  CU_ASSERT_PTR_NOT_NULL_FATAL (second);
  CU_ASSERT (first->id > 0);
  CU_ASSERT (second->id > 0);
  CU_ASSERT_NOT_EQUAL (first->id, second->id);
  member_world_free (world);
}
