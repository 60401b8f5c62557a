/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases: a table by id. There are few (objects share one for a minute), so the next to expire
 * is found by looking at all of them.
 */
#include "etcd/lease.h"

enum
{
  MIN_TTL_SECONDS = 2, /* etcd: election timeout times 1.5, rounded up */
};

void
k8_lessor_init (K8Lessor *self, K8Region *region)
{
  k8_slots_init (&self->leases, region, sizeof (K8Lessee), NULL);
  k8_index_init (&self->by_id, region);
}

void
k8_lessor_clear (K8Lessor *self)
{
  k8_slots_clear (&self->leases);
  k8_index_clear (&self->by_id);
}

void
k8_lessor_clone (K8Lessor *ret_clone, const K8Lessor *self)
{
  k8_slots_clone (&ret_clone->leases, &self->leases);
  k8_index_clone (&ret_clone->by_id, &self->by_id);
}

const K8Lessee *
k8_lessor_find (const K8Lessor *self, gint64 id)
{
  return k8_slots_get (&self->leases, k8_index_find (&self->by_id, (guint64) id));
}

/* Grants or renews a lease of this id. A time below etcd's minimum is raised to it. */
void
k8_lessor_grant (K8Lessor *self, gint64 id, gint64 ttl_seconds, gint64 now_ns)
{
  gint64 ttl = MAX (ttl_seconds, MIN_TTL_SECONDS);
  guint32 slot = k8_index_find (&self->by_id, (guint64) id);

  if (slot == 0)
    {
      slot = k8_slots_add (&self->leases);
      k8_index_put (&self->by_id, (guint64) id, slot);
    }
  *(K8Lessee *) k8_slots_edit (&self->leases, slot)
      = (K8Lessee){ .id = id,
                    .ttl_seconds = ttl,
                    .expires_ns = now_ns + ttl * G_GINT64_CONSTANT (1000000000) };
}

/* Begins the time to live anew; FALSE if there is no such lease. */
gboolean
k8_lessor_keep_alive (K8Lessor *self, gint64 id, gint64 now_ns)
{
  const K8Lessee *lessee = k8_lessor_find (self, id);

  if (lessee == NULL)
    return FALSE;
  k8_lessor_grant (self, id, lessee->ttl_seconds, now_ns);
  return TRUE;
}

gboolean
k8_lessor_revoke (K8Lessor *self, gint64 id)
{
  guint32 slot = k8_index_remove (&self->by_id, (guint64) id);

  if (slot == 0)
    return FALSE;
  k8_slots_remove (&self->leases, slot);
  return TRUE;
}

const K8Lessee *
k8_lessor_next_to_expire (const K8Lessor *self)
{
  const K8Lessee *first = NULL;

  for (guint32 slot = k8_slots_next (&self->leases, 0); slot != 0;
       slot = k8_slots_next (&self->leases, slot))
    {
      const K8Lessee *lessee = k8_slots_get (&self->leases, slot);
      if (first == NULL || lessee->expires_ns < first->expires_ns)
        first = lessee;
    }
  return first;
}
