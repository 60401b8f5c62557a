/* SPDX-License-Identifier: Apache-2.0
 *
 * A member that comes back after a crash: it has what its disk had, and nothing older.
 */
#include "member_world.h"

#include "tests/lib/test.h"

/* /a as put thrice, on lease 7 of ten seconds; the store stood at 9. */
static K8LoadedMail *
make_disk (MemberWorld *world)
{
  K8LoadedMail *loaded = member_world_make_loaded (world, 9);
  K8PersistEntry lease = { .type = K8_PERSIST_LEASE,
                           .pair = { .key = "", .lease = 7, .version = 10 } };
  K8PersistEntry put = { .type = K8_PERSIST_PUT,
                         .pair = { .key = "/a",
                                   .value = member_world_value (world, "three"),
                                   .create_revision = 2,
                                   .mod_revision = 4,
                                   .version = 3,
                                   .lease = 7 } };

  member_world_add_loaded (world, loaded, &put);
  member_world_add_loaded (world, loaded, &lease);
  return loaded;
}

void
test_recovery__store_goes_on_where_the_disk_stood (void)
{
  MemberWorld *world = member_world_new ();

  member_world_restart (world, make_disk (world));
  member_world_range (world, "/", "0", 0);
  member_world_put (world, "/a", "four", 7);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 1 at 9: /a=three c2 m4 v3 l7\n"
                                                    "write 10: put /a=four m10 v4\n"
                                                    "#2 yes 10: /a=four c2 m10 v4 l7\n");
  member_world_free (world);
}

/* Older versions are not on the disk, so the store begins as compacted at its revision. */
void
test_recovery__past_is_gone_and_watchers_of_it_are_told_so (void)
{
  MemberWorld *world = member_world_new ();

  member_world_restart (world, make_disk (world));
  member_world_range (world, "/a", "", 8);
  member_world_range (world, "/a", "", 9);
  member_world_watch (world, "/a", "", 9);
  member_world_watch (world, "/a", "", 10);
  member_world_delete (world, "/a");
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 compacted\n"
                                                    "#2 1 at 9: /a=three c2 m4 v3 l7\n"
                                                    "#3 ended: compacted up to 9\n"
                                                    "write 10: delete /a m10\n"
                                                    "#5 yes 10: /a=three c2 m4 v3 l7\n"
                                                    "#4 told 10: delete /a m10 was three\n");
  member_world_free (world);
}

/* As after a change of leader: nobody could keep leases alive meanwhile. */
void
test_recovery__leases_begin_a_whole_time_to_live (void)
{
  MemberWorld *world = member_world_new ();

  member_world_advance (world, 100);
  member_world_restart (world, make_disk (world));
  member_world_advance (world, 9);
  TEST_ASSERT_TEXT (member_world_take_text (world), "");
  member_world_advance (world, 1);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 10: revoke 7, delete /a m10\n");
  member_world_free (world);
}

void
test_recovery__member_that_still_reads_its_disk_answers_nothing (void)
{
  MemberWorld *world = member_world_new ();

  member_world_restart (world, NULL);
  member_world_range (world, "/a", "", 0);
  member_world_put (world, "/b", "one", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "");
  member_world_load (world, make_disk (world));
  member_world_range (world, "/", "0", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#3 1 at 9: /a=three c2 m4 v3 l7\n");
  member_world_free (world);
}

void
test_recovery__what_was_under_way_is_not_answered (void)
{
  MemberWorld *world = member_world_new ();

  member_world_watch (world, "/a", "", 0);
  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "lost", 0);
  member_world_restart (world, make_disk (world));
  member_world_take_text (world);
  member_world_set_quick_disk (world, TRUE);
  member_world_put (world, "/a", "four", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 10: put /a=four m10 v4\n"
                                                    "#3 yes 10: /a=four c2 m10 v4\n");
  member_world_free (world);
}

/* An empty disk: the store stands where a new one does. */
void
test_recovery__empty_disk_is_a_new_store (void)
{
  MemberWorld *world = member_world_new ();

  member_world_restart (world, member_world_make_loaded (world, 0));
  member_world_put (world, "/a", "one", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n"
                                                    "#1 yes 2: /a=one c2 m2 v1\n");
  member_world_free (world);
}
