/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated disk. Synced state is kept as the live keys rather than as a log: what a member
 * reads back is the same.
 */
#include "sim/disk.h"

#include "base/assert.h"
#include "base/string.h"
#include "schema/record.h"

static void
ref_pair (K8Region *region, void *element)
{
  k8_string_ref (((K8EtcdKeyValue *) element)->key);
  k8_record_ref (((K8EtcdKeyValue *) element)->value);
}

static void
unref_pair (K8Region *region, void *element)
{
  k8_string_unref (((K8EtcdKeyValue *) element)->key);
  k8_record_unref (((K8EtcdKeyValue *) element)->value);
}

static void
ref_mail (K8Region *region, void *element)
{
  k8_mail_ref (*(const K8PersistMail **) element);
}

static void
unref_mail (K8Region *region, void *element)
{
  k8_mail_unref (*(const K8PersistMail **) element);
}

static const K8ElementClass pair_class = { .ref = ref_pair, .unref = unref_pair };
static const K8ElementClass mail_class = { .ref = ref_mail, .unref = unref_mail };

void
sim_disk_init (SimDisk *self, K8Region *region, gint64 sync_ns)
{
  *self = (SimDisk){ .region = region, .sync_ns = sync_ns };
  k8_order_init (&self->order, region);
  k8_index_init (&self->slot_by_key, region);
  k8_slots_init (&self->pairs, region, sizeof (K8EtcdKeyValue), &pair_class);
  k8_slots_init (&self->leases, region, sizeof (K8EtcdKeyValue), &pair_class);
  k8_fifo_init (&self->writing, region, sizeof (const K8PersistMail *), &mail_class);
}

void
sim_disk_clear (SimDisk *self)
{
  k8_order_clear (&self->order);
  k8_index_clear (&self->slot_by_key);
  k8_slots_clear (&self->pairs);
  k8_slots_clear (&self->leases);
  k8_fifo_clear (&self->writing);
}

void
sim_disk_clone (SimDisk *ret_clone, const SimDisk *self)
{
  *ret_clone = *self;
  k8_order_clone (&ret_clone->order, &self->order);
  k8_index_clone (&ret_clone->slot_by_key, &self->slot_by_key);
  k8_slots_clone (&ret_clone->pairs, &self->pairs);
  k8_slots_clone (&ret_clone->leases, &self->leases);
  k8_fifo_clone (&ret_clone->writing, &self->writing);
}

void
sim_disk_write (SimDisk *self, const K8PersistMail *mail)
{
  k8_mail_ref (mail);
  k8_fifo_push (&self->writing, &mail);
}

static void
put_pair (SimDisk *self, const K8EtcdKeyValue *pair)
{
  guint32 slot = k8_index_find (&self->slot_by_key, k8_string_handle (pair->key));

  if (slot == 0)
    {
      slot = k8_slots_add (&self->pairs);
      k8_order_insert (&self->order, pair->key, slot);
      k8_index_put (&self->slot_by_key, k8_string_handle (pair->key), slot);
    }
  K8EtcdKeyValue *kept = k8_slots_edit (&self->pairs, slot);
  K8EtcdKeyValue before = *kept;
  *kept = k8_etcd_pair_dup (pair);
  unref_pair (self->region, &before);
}

static void
delete_pair (SimDisk *self, const K8EtcdKeyValue *pair)
{
  guint32 slot = k8_order_remove (&self->order, pair->key);

  if (slot == 0)
    return;
  k8_index_remove (&self->slot_by_key, k8_string_handle (pair->key));
  k8_slots_remove (&self->pairs, slot);
}

static void
revoke_lease (SimDisk *self, gint64 lease)
{
  for (guint32 slot = k8_slots_next (&self->leases, 0); slot != 0;
       slot = k8_slots_next (&self->leases, slot))
    if (((const K8EtcdKeyValue *) k8_slots_get (&self->leases, slot))->lease == lease)
      k8_slots_remove (&self->leases, slot);
}

static void
apply (SimDisk *self, const K8PersistEntry *entry)
{
  switch (entry->type)
    {
    case K8_PERSIST_PUT:
      put_pair (self, &entry->pair);
      break;
    case K8_PERSIST_DELETE:
      delete_pair (self, &entry->pair);
      break;
    case K8_PERSIST_LEASE:
      *(K8EtcdKeyValue *) k8_slots_edit (&self->leases, k8_slots_add (&self->leases))
          = k8_etcd_pair_dup (&entry->pair);
      break;
    case K8_PERSIST_REVOKE:
      revoke_lease (self, entry->pair.lease);
      break;
    case K8_PERSIST_COMPACT:
      break;
    }
}

void
sim_disk_sync (SimDisk *self)
{
  const K8PersistMail *mail;

  if (!k8_fifo_pop (&self->writing, &mail))
    return;
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    apply (self, k8_array_at (&mail->entries, i));
  self->revision = mail->revision;
  k8_mail_unref (mail);
}

void
sim_disk_crash (SimDisk *self)
{
  while (k8_fifo_pop (&self->writing, NULL))
    continue;
}

static void
add_entries (K8LoadedMail *mail, K8PersistType type, const K8Slots *pairs)
{
  for (guint32 slot = k8_slots_next (pairs, 0); slot != 0; slot = k8_slots_next (pairs, slot))
    {
      K8PersistEntry *entry = k8_array_add (&mail->entries);
      *entry = (K8PersistEntry){ .type = type,
                                 .pair = k8_etcd_pair_dup (k8_slots_get (pairs, slot)) };
    }
}

K8LoadedMail *
sim_disk_load (const SimDisk *self)
{
  K8LoadedMail *mail = k8_mail_new (self->region, &k8_loaded_mail_class);

  mail->revision = self->revision;
  mail->compact_revision = self->revision;
  k8_array_init (&mail->entries, self->region, sizeof (K8PersistEntry));
  add_entries (mail, K8_PERSIST_LEASE, &self->leases);
  add_entries (mail, K8_PERSIST_PUT, &self->pairs);
  return mail;
}
