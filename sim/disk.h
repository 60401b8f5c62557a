/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated disk of an etcd member: what has been synced, and what is being written. A crash
 * loses what was not synced. After a crash it tells what it holds.
 */
#pragma once

#include "base/fifo.h"
#include "base/index.h"
#include "base/order.h"
#include "base/slots.h"
#include "etcd/etcd.h"

typedef struct
{
  K8Region *region;
  gint64 sync_ns;     /* how long a sync takes */
  gint64 revision;
  K8Order order;      /* key to slot, for ranges */
  K8Index slot_by_key; /* the same by the key's handle */
  K8Slots pairs;      /* K8EtcdKeyValue */
  K8Slots leases;     /* K8EtcdKeyValue: lease, ttl in version */
  K8Fifo writing;     /* K8PersistMail under way, oldest first */
} SimDisk;

void sim_disk_init (SimDisk *self, K8Region *region, gint64 sync_ns);
void sim_disk_clear (SimDisk *self);
void sim_disk_clone (SimDisk *ret_clone, const SimDisk *self);

void sim_disk_write (SimDisk *self, const K8PersistMail *mail); /* counted until synced or lost */
void sim_disk_sync (SimDisk *self);                             /* the oldest write is durable */
void sim_disk_crash (SimDisk *self);                            /* what was not synced is lost */
K8LoadedMail *sim_disk_load (const SimDisk *self);              /* (transfer full) */
