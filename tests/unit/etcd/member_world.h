/* SPDX-License-Identifier: Apache-2.0
 *
 * One member of etcd alone, with a disk that is as slow as the test wants. What the member sends,
 * and what it gives to the disk, is told as text, a line each, in order:
 *   write 3: put /a m3 v2, delete /b m3      PERSIST of revision 3
 *   #2 yes 3: /a=two c2 m3 v2                answer 2, of a transaction whose compares held
 *   #4 told 3: put /a=two m3 was one         events of watch 4
 * m is the revision of the last change, c that of the creation, v the version, l the lease.
 */
#pragma once

#include "etcd/etcd.h"
#include "etcd/member.h"

typedef struct MemberWorld MemberWorld;

MemberWorld *member_world_new (void);
void member_world_free (MemberWorld *self);
K8Region *member_world_region (MemberWorld *self);
const K8EtcdMember *member_world_member (const MemberWorld *self);

/* A value: a ConfigMap of this name. (transfer full) */
const void *member_world_value (MemberWorld *self, const char *name);

/* Questions of one client; each gives its number. Mail is taken over. */
guint64 member_world_ask (MemberWorld *self, void *mail);
guint64 member_world_put (MemberWorld *self, const char *key, const char *value, gint64 lease);
guint64 member_world_delete (MemberWorld *self, const char *key);
guint64 member_world_range (MemberWorld *self, const char *key, const char *end, gint64 revision);
guint64 member_world_watch (MemberWorld *self, const char *key, const char *end, gint64 revision);
guint64 member_world_lease (MemberWorld *self, K8EtcdLeaseVerb verb, gint64 id, gint64 seconds);
void member_world_compact (MemberWorld *self, gint64 revision);
void member_world_cancel (MemberWorld *self, guint64 watch);
void member_world_disconnect (MemberWorld *self);

/* The disk: what was given to it last is durable now. While it is quick, that is so at once. */
void member_world_finish_write (MemberWorld *self);
void member_world_set_quick_disk (MemberWorld *self, gboolean is_quick);

/* Time passes; timers fire on the way. */
void member_world_advance (MemberWorld *self, gint64 seconds);

/* Crash and start again: with what the disk has, or with LOADED still to come (@loaded NULL). */
void member_world_restart (MemberWorld *self, K8LoadedMail *loaded);
void member_world_load (MemberWorld *self, K8LoadedMail *loaded);
K8LoadedMail *member_world_make_loaded (MemberWorld *self, gint64 revision);
void member_world_add_loaded (MemberWorld *self, K8LoadedMail *loaded, const K8PersistEntry *entry);

/* Goes on in a clone; the original is freed. */
void member_world_switch_to_clone (MemberWorld *self);

/* What came out since the last time it was asked: borrowed until the next call. */
const char *member_world_take_text (MemberWorld *self);
