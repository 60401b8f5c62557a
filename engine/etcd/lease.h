/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases: a time to live that keys may hang on. A lease that is not kept alive expires and takes
 * its keys along. Source: etcd, server/lease. Departures: expiry is exact instead of polled each
 * 500 ms; after a restart every lease begins a full time to live, as after a change of leader.
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"

typedef struct
{
  gint64 id;
  gint64 ttl_seconds;
  gint64 expires_ns;
} K8Lessee;

typedef struct
{
  K8Slots leases; /* K8Lessee */
  K8Index by_id;
} K8Lessor;

void k8_lessor_init (K8Lessor *self, K8Region *region);
void k8_lessor_clear (K8Lessor *self);
void k8_lessor_clone (K8Lessor *ret_clone, const K8Lessor *self);
const K8Lessee *k8_lessor_find (const K8Lessor *self, gint64 id);
void k8_lessor_grant (K8Lessor *self, gint64 id, gint64 ttl_seconds, gint64 now_ns);
gboolean k8_lessor_keep_alive (K8Lessor *self, gint64 id, gint64 now_ns);
gboolean k8_lessor_revoke (K8Lessor *self, gint64 id);

/* The lease that expires first, or NULL. Cost: O(leases). */
const K8Lessee *k8_lessor_next_to_expire (const K8Lessor *self);
