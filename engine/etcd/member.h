/* SPDX-License-Identifier: Apache-2.0
 *
 * The etcd actor: one member. Transactions are applied in the order they come; what they say is
 * told to nobody before the disk has it. For windows and tests the state may be looked at.
 */
#pragma once

#include "actor.h"
#include "etcd/lease.h"
#include "etcd/mvcc.h"

typedef struct
{
  K8Actor actor;
  K8Mvcc store;
  K8Lessor lessor;
  K8Slots watches;      /* Watch, in order of slots */
  K8Fifo answers;       /* Answer: waiting for the disk, in order */
  K8PersistMail *batch; /* entries applied and not yet given to the disk, or NULL */
  gint64 told_revision; /* watchers know everything up to it */
  gint64 synced_revision; /* the disk has everything up to it */
  gint64 writing_revision; /* being written; 0: the disk is idle */
  guint64 n_writing_answers; /* answers at the head that the running write lets go */
  guint64 lease_timer;
  gint64 lease_timer_ns; /* when it fires; 0: it is not set */
  gboolean is_loaded;    /* after a start with a disk: LOADED has come */
} K8EtcdMember;

extern const K8ActorClass k8_etcd_actor_class;
