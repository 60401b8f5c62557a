/* SPDX-License-Identifier: Apache-2.0
 *
 * A member of etcd: transactions, reads, watches, leases, and what it gives to the disk when.
 * Source of the expectations: etcd API (KV, Watch, Lease), documentation of v3.5.
 */
#include "member_world.h"

#include <string.h>

#include "limits.h"
#include "schema/record.h"
#include "tests/lib/test.h"

void
test_member__empty_store_stands_at_revision_one_and_each_write_is_one_more (void)
{
  MemberWorld *world = member_world_new ();

  member_world_range (world, "/a", "", 0);
  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_put (world, "/b", "one", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 0 at 1:\n"
                                                    "write 2: put /a=one m2 v1\n"
                                                    "#2 yes 2: /a=one c2 m2 v1\n"
                                                    "write 3: put /a=two m3 v2\n"
                                                    "#3 yes 3: /a=two c2 m3 v2\n"
                                                    "write 4: put /b=one m4 v1\n"
                                                    "#4 yes 4: /b=one c4 m4 v1\n");
  member_world_free (world);
}

void
test_member__delete_gives_what_was_there_and_creation_starts_anew (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_delete (world, "/a");
  member_world_put (world, "/a", "two", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n"
                                                    "#1 yes 2: /a=one c2 m2 v1\n"
                                                    "write 3: delete /a m3\n"
                                                    "#2 yes 3: /a=one c2 m2 v1\n"
                                                    "write 4: put /a=two m4 v1\n"
                                                    "#3 yes 4: /a=two c4 m4 v1\n");
  member_world_free (world);
}

/* etcd: a transaction that changes nothing makes no revision. */
void
test_member__delete_of_a_missing_key_is_no_revision_and_no_write (void)
{
  MemberWorld *world = member_world_new ();

  member_world_delete (world, "/a");
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 yes 1: /a is not there\n");
  member_world_free (world);
}

/* Asks whether `target of key sign value` holds: "yes" or "no". */
static const char *
compare (MemberWorld *world, const char *key, K8EtcdTarget target, int sign, gint64 value)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (member_world_region (world));

  member_world_take_text (world);
  k8_etcd_txn_if (txn, key, target, sign, value);
  member_world_ask (world, txn);
  return strstr (member_world_take_text (world), " yes ") != NULL ? "yes" : "no";
}

void
test_member__compares_each_target_with_each_sign (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 60);
  member_world_put (world, "/other", "one", 0);
  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 7); /* created 3, changed 4, version 2, lease 7 */
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_CREATE, 0, 3), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_CREATE, 0, 4), "no");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 0, 4), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_VERSION, 0, 2), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_LEASE, 0, 7), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, -1, 5), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, -1, 4), "no");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 1, 3), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 1, 4), "no");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 2, 3), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 2, 4), "no");
  member_world_free (world);
}

void
test_member__missing_key_compares_as_zero (void)
{
  MemberWorld *world = member_world_new ();

  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_CREATE, 0, 0), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_MOD, 0, 0), "yes");
  CU_ASSERT_STRING_EQUAL (compare (world, "/a", K8_ETCD_COMPARE_VERSION, 1, 0), "no");
  member_world_free (world);
}

/* kube-apiserver's update: if the revision is still the one that was read, put, else get. */
static void
update (MemberWorld *world, const char *key, gint64 revision, const char *value)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (member_world_region (world));
  const void *record = member_world_value (world, value);

  k8_etcd_txn_if (txn, key, K8_ETCD_COMPARE_MOD, 0, revision);
  k8_etcd_txn_then (txn, K8_ETCD_PUT, key, record, 0);
  k8_etcd_txn_else_get (txn, key);
  k8_record_unref (record);
  member_world_ask (world, txn);
}

void
test_member__update_of_an_old_revision_gets_the_newer_one_instead (void)
{
  MemberWorld *world = member_world_new ();

  update (world, "/a", 0, "one");
  update (world, "/a", 2, "two");
  update (world, "/a", 2, "three");
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n"
                                                    "#1 yes 2: /a=one c2 m2 v1\n"
                                                    "write 3: put /a=two m3 v2\n"
                                                    "#2 yes 3: /a=two c2 m3 v2\n"
                                                    "#3 no 3: /a=two c2 m3 v2\n");
  member_world_free (world);
}

void
test_member__all_compares_must_hold (void)
{
  MemberWorld *world = member_world_new ();
  K8EtcdTxn *txn = k8_etcd_txn_new (member_world_region (world));

  k8_etcd_txn_if (txn, "/a", K8_ETCD_COMPARE_MOD, 0, 0);
  k8_etcd_txn_if (txn, "/b", K8_ETCD_COMPARE_MOD, 0, 5);
  k8_etcd_txn_then (txn, K8_ETCD_DELETE, "/a", NULL, 0);
  k8_etcd_txn_else_get (txn, "/b");
  member_world_ask (world, txn);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 no 1: /b is not there\n");
  member_world_free (world);
}

void
test_member__operations_of_one_transaction_share_a_revision_and_a_write (void)
{
  MemberWorld *world = member_world_new ();
  K8EtcdTxn *txn = k8_etcd_txn_new (member_world_region (world));
  const void *value = member_world_value (world, "one");

  member_world_put (world, "/b", "old", 0);
  guint64 watch = member_world_watch (world, "/", "0", 0);
  CU_ASSERT_EQUAL (watch, 2);
  member_world_take_text (world);
  k8_etcd_txn_then (txn, K8_ETCD_PUT, "/a", value, 0);
  k8_etcd_txn_then (txn, K8_ETCD_DELETE, "/b", NULL, 0);
  k8_etcd_txn_then (txn, K8_ETCD_GET, "/a", NULL, 0);
  k8_record_unref (value);
  member_world_ask (world, txn);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "write 3: put /a=one m3 v1, delete /b m3\n"
                    "#3 yes 3: /a=one c3 m3 v1, /b=old c2 m2 v1, /a=one c3 m3 v1\n"
                    "#2 told 3: put /a=one m3, delete /b m3 was old\n");
  member_world_free (world);
}

static void
ask_with_ops (MemberWorld *world, guint n)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (member_world_region (world));

  for (guint i = 0; i < n; i++)
    k8_etcd_txn_then (txn, K8_ETCD_DELETE, "/a", NULL, 0);
  member_world_ask (world, txn);
}

/* etcd --max-txn-ops: 128. */
void
test_member__at_most_128_operations_a_transaction (void)
{
  MemberWorld *world = member_world_new ();

  ask_with_ops (world, 128);
  CU_ASSERT_PTR_NOT_NULL (strstr (member_world_take_text (world), "#1 yes 1:"));
  ask_with_ops (world, 129);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#2 too large\n");
  member_world_free (world);
}

void
test_member__put_with_an_unknown_lease_changes_nothing (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 9);
  member_world_range (world, "/a", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 lease not found\n#2 0 at 1:\n");
  member_world_free (world);
}

/* Reads. */

void
test_member__range_is_half_open_and_in_order_of_keys (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/pods/b", "b", 0);
  member_world_put (world, "/pods/a", "a", 0);
  member_world_put (world, "/pods/c", "c", 0);
  member_world_put (world, "/podsx", "x", 0);
  member_world_take_text (world);
  member_world_range (world, "/pods/", "/pods0", 0);
  member_world_range (world, "/pods/a", "/pods/c", 0);
  member_world_range (world, "/pods/c", "", 0);
  member_world_range (world, "/pods/", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "#5 3 at 5: /pods/a=a c3 m3 v1, /pods/b=b c2 m2 v1, /pods/c=c c4 m4 v1\n"
                    "#6 2 at 5: /pods/a=a c3 m3 v1, /pods/b=b c2 m2 v1\n"
                    "#7 1 at 5: /pods/c=c c4 m4 v1\n"
                    "#8 0 at 5:\n");
  member_world_free (world);
}

static void
range_with (MemberWorld *world, guint32 limit, gboolean is_count_only)
{
  K8EtcdRange *range = k8_mail_new (member_world_region (world), &k8_etcd_range_class);

  range->key = k8_string_intern (member_world_region (world), "/");
  range->end = k8_string_intern (member_world_region (world), "0");
  range->limit = limit;
  range->is_count_only = is_count_only;
  member_world_ask (world, range);
}

/* etcd: count is of the whole range, more says that the limit cut it. */
void
test_member__limit_cuts_the_pairs_and_not_the_count (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "a", 0);
  member_world_put (world, "/b", "b", 0);
  member_world_take_text (world);
  range_with (world, 1, FALSE);
  range_with (world, 2, FALSE);
  range_with (world, 0, TRUE);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "#3 2 at 3: /a=a c2 m2 v1 and more\n"
                    "#4 2 at 3: /a=a c2 m2 v1, /b=b c3 m3 v1\n"
                    "#5 2 at 3:\n");
  member_world_free (world);
}

void
test_member__range_at_a_revision_sees_what_was_there_then (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_delete (world, "/a");
  member_world_put (world, "/a", "three", 0);
  member_world_take_text (world);
  for (gint64 revision = 1; revision <= 6; revision++)
    member_world_range (world, "/a", "", revision);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#5 0 at 5:\n"
                                                    "#6 1 at 5: /a=one c2 m2 v1\n"
                                                    "#7 1 at 5: /a=two c2 m3 v2\n"
                                                    "#8 0 at 5:\n"
                                                    "#9 1 at 5: /a=three c5 m5 v1\n"
                                                    "#10 future revision\n");
  member_world_free (world);
}

/* Compaction: what lies before its revision is gone, the revision itself can still be read. */
void
test_member__compaction_forgets_what_can_only_be_seen_before_it (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_put (world, "/a", "three", 0);
  member_world_compact (world, 3);
  TEST_ASSERT_TEXT (strstr (member_world_take_text (world), "write 4: compact"),
                    "write 4: compact 3\n");
  member_world_range (world, "/a", "", 2);
  member_world_range (world, "/a", "", 3);
  member_world_range (world, "/a", "", 0);
  member_world_watch (world, "/a", "", 3);
  member_world_watch (world, "/a", "", 4);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#5 compacted\n"
                                                    "#6 1 at 4: /a=two c2 m3 v2\n"
                                                    "#7 1 at 4: /a=three c2 m4 v3\n"
                                                    "#8 ended: compacted up to 3\n"
                                                    "#9 told 4: put /a=three m4 was two\n");
  member_world_free (world);
}

void
test_member__compaction_frees_old_versions_and_deleted_keys (void)
{
  MemberWorld *world = member_world_new ();
  const K8EtcdMember *member = member_world_member (world);

  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_put (world, "/b", "one", 0);
  member_world_delete (world, "/b");
  CU_ASSERT_EQUAL (k8_slots_n (&member->store.versions), 4);
  member_world_compact (world, 4);
  CU_ASSERT_EQUAL (k8_slots_n (&member->store.versions), 3);
  CU_ASSERT_EQUAL (k8_order_n (&member->store.order), 2);
  member_world_compact (world, 5);
  CU_ASSERT_EQUAL (k8_slots_n (&member->store.versions), 1);
  CU_ASSERT_EQUAL (k8_order_n (&member->store.order), 1);
  member_world_free (world);
}

/* A key that was deleted and put again since then is not taken along. */
void
test_member__compaction_keeps_a_key_that_came_back (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_delete (world, "/a");
  member_world_put (world, "/a", "two", 0);
  member_world_compact (world, 3);
  member_world_take_text (world);
  member_world_range (world, "/a", "", 3);
  member_world_range (world, "/a", "", 4);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#5 0 at 4:\n#6 1 at 4: /a=two c4 m4 v1\n");
  member_world_free (world);
}

void
test_member__history_has_a_bound_and_compacts_itself (void)
{
  MemberWorld *world = member_world_new ();

  for (guint i = 0; i < K8_ETCD_HISTORY_EVENTS + 3; i++)
    member_world_put (world, "/a", "one", 0);
  member_world_take_text (world);
  member_world_watch (world, "/a", "", 4);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#10004 ended: compacted up to 4\n");
  CU_ASSERT_EQUAL (k8_fifo_n (&member_world_member (world)->store.history),
                   K8_ETCD_HISTORY_EVENTS);
  member_world_delete (world, "/a");
  CU_ASSERT_EQUAL (k8_fifo_n (&member_world_member (world)->store.history),
                   K8_ETCD_HISTORY_EVENTS);
  member_world_free (world);
}

/* Watches. */

void
test_member__watch_from_now_is_told_of_its_keys_only (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/pods/a", "one", 0);
  member_world_take_text (world);
  member_world_watch (world, "/pods/", "/pods0", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "");
  member_world_put (world, "/nodes/a", "one", 0);
  member_world_put (world, "/pods/a", "two", 0);
  member_world_delete (world, "/pods/a");
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: put /nodes/a=one m3 v1\n"
                                                    "#3 yes 3: /nodes/a=one c3 m3 v1\n"
                                                    "write 4: put /pods/a=two m4 v2\n"
                                                    "#4 yes 4: /pods/a=two c2 m4 v2\n"
                                                    "#2 told 4: put /pods/a=two m4 was one\n"
                                                    "write 5: delete /pods/a m5\n"
                                                    "#5 yes 5: /pods/a=two c2 m4 v2\n"
                                                    "#2 told 5: delete /pods/a m5 was two\n");
  member_world_free (world);
}

void
test_member__watch_from_a_past_revision_begins_with_what_happened_since (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_delete (world, "/a");
  member_world_put (world, "/a", "three", 0);
  member_world_take_text (world);
  member_world_watch (world, "/a", "", 3);
  member_world_put (world, "/a", "four", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "#5 told 5: put /a=two m3 was one, delete /a m4 was two, put /a=three m5\n"
                    "write 6: put /a=four m6 v2\n"
                    "#6 yes 6: /a=four c5 m6 v2\n"
                    "#5 told 6: put /a=four m6 was three\n");
  member_world_free (world);
}

/* etcd: a watch may begin in the future; it is silent until its revision. */
void
test_member__watch_from_a_future_revision_waits_for_it (void)
{
  MemberWorld *world = member_world_new ();

  member_world_watch (world, "/a", "", 4);
  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  CU_ASSERT_PTR_NULL (strstr (member_world_take_text (world), "told"));
  member_world_put (world, "/a", "three", 0);
  TEST_ASSERT_TEXT (strstr (member_world_take_text (world), "#1 told"),
                    "#1 told 4: put /a=three m4 was two\n");
  member_world_free (world);
}

void
test_member__cancelled_watch_is_silent_and_others_go_on (void)
{
  MemberWorld *world = member_world_new ();
  guint64 first = member_world_watch (world, "/a", "", 0);

  member_world_watch (world, "/a", "", 0);
  member_world_cancel (world, first);
  member_world_put (world, "/a", "one", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n"
                                                    "#3 yes 2: /a=one c2 m2 v1\n"
                                                    "#2 told 2: put /a=one m2\n");
  member_world_disconnect (world);
  member_world_put (world, "/a", "two", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: put /a=two m3 v2\n"
                                                    "#4 yes 3: /a=two c2 m3 v2\n");
  member_world_free (world);
}

/* The disk. */

void
test_member__nothing_is_told_before_the_disk_has_it (void)
{
  MemberWorld *world = member_world_new ();

  member_world_watch (world, "/a", "", 0);
  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "one", 0);
  member_world_range (world, "/a", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n");
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#2 yes 2: /a=one c2 m2 v1\n"
                                                    "#3 1 at 2: /a=one c2 m2 v1\n"
                                                    "#1 told 2: put /a=one m2\n");
  member_world_free (world);
}

/* Group commit: what comes while the disk writes is written together afterwards. */
void
test_member__writes_that_come_meanwhile_share_the_next_one (void)
{
  MemberWorld *world = member_world_new ();

  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_put (world, "/b", "one", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n");
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world),
                    "#1 yes 2: /a=one c2 m2 v1\n"
                    "write 4: put /a=two m3 v2, put /b=one m4 v1\n");
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#2 yes 3: /a=two c2 m3 v2\n"
                                                    "#3 yes 4: /b=one c4 m4 v1\n");
  member_world_free (world);
}

/* A read while the disk writes has seen what is not durable, so it waits; with no further write
 * behind it, it must not wait for ever. */
void
test_member__read_behind_a_write_is_answered_with_it (void)
{
  MemberWorld *world = member_world_new ();

  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "one", 0);
  member_world_put (world, "/a", "two", 0);
  member_world_range (world, "/a", "", 0);
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 2: put /a=one m2 v1\n"
                                                    "#1 yes 2: /a=one c2 m2 v1\n"
                                                    "write 3: put /a=two m3 v2\n");
  member_world_range (world, "/b", "", 0);
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#2 yes 3: /a=two c2 m3 v2\n"
                                                    "#3 1 at 3: /a=two c2 m3 v2\n"
                                                    "#4 0 at 3:\n");
  member_world_range (world, "/b", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#5 0 at 3:\n");
  member_world_free (world);
}

void
test_member__watch_does_not_see_what_is_not_durable (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_take_text (world);
  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "two", 0);
  member_world_watch (world, "/a", "", 2);
  TEST_ASSERT_TEXT (member_world_take_text (world), "write 3: put /a=two m3 v2\n"
                                                    "#3 told 2: put /a=one m2\n");
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#2 yes 3: /a=two c2 m3 v2\n"
                                                    "#3 told 3: put /a=two m3 was one\n");
  member_world_free (world);
}

/* A compaction does not go beyond what watchers know. */
void
test_member__compaction_waits_for_watchers (void)
{
  MemberWorld *world = member_world_new ();

  member_world_put (world, "/a", "one", 0);
  member_world_watch (world, "/a", "", 0);
  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "two", 0);
  member_world_take_text (world);
  member_world_compact (world, 3);
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#3 yes 3: /a=two c2 m3 v2\n"
                                                    "#2 told 3: put /a=two m3 was one\n"
                                                    "write 3: compact 2\n");
  member_world_free (world);
}

/* A copy goes its own way: what is under way is under way in both. */
void
test_member__clone_has_the_store_the_watches_and_the_write_under_way (void)
{
  MemberWorld *world = member_world_new ();

  member_world_lease (world, K8_ETCD_LEASE_GRANT, 7, 60);
  member_world_put (world, "/a", "one", 7);
  member_world_watch (world, "/a", "", 0);
  member_world_set_quick_disk (world, FALSE);
  member_world_put (world, "/a", "two", 0);
  member_world_put (world, "/a", "three", 7);
  member_world_take_text (world);
  member_world_switch_to_clone (world);
  member_world_finish_write (world);
  member_world_finish_write (world);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#4 yes 3: /a=two c2 m3 v2\n"
                                                    "#3 told 3: put /a=two m3 was one\n"
                                                    "write 4: put /a=three m4 v3\n"
                                                    "#5 yes 4: /a=three c2 m4 v3 l7\n"
                                                    "#3 told 4: put /a=three m4 was two\n");
  member_world_free (world);
}
