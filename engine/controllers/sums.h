/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of pods by the owner that controls them, kept while changes arrive, so that a reconcile
 * counts no pods: recounting is quadratic in the replicas of a roll-out.
 * Also how many pods and ReplicaSets of a namespace have no controller: nobody looks for
 * orphans to adopt where there are none.
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"
#include "client/informer.h"

typedef struct
{
  const char *owner_uid;
  guint32 n_active;      /* neither finished nor being deleted */
  guint32 n_ready;       /* of the active ones */
  guint32 n_terminating; /* being deleted, not finished */
  guint32 n_all;
  guint32 must_check;    /* labels changed: one may no longer match */
} K8OwnerSum;

typedef struct
{
  K8Slots sums;
  K8Index by_owner;      /* handle of the uid */
  K8Slots orphans;
  K8Index by_namespace;  /* kind and handle of the namespace */
} K8OwnerSums;

void k8_owner_sums_init (K8OwnerSums *self, K8Region *region);
void k8_owner_sums_clear (K8OwnerSums *self);
void k8_owner_sums_clone (K8OwnerSums *ret_clone, const K8OwnerSums *self);

/* Takes a change of a Pod or a ReplicaSet into account. */
void k8_owner_sums_change (K8OwnerSums *self, const K8Change *change,
                           const K8Cache *replica_sets);
K8OwnerSum k8_owner_sums_get (const K8OwnerSums *self, const char *owner_uid);
void k8_owner_sums_set_check (K8OwnerSums *self, const char *owner_uid, gboolean must_check);
guint k8_owner_sums_n_orphans (const K8OwnerSums *self, K8KindId kind,
                               const char *namespace_name);
