/* SPDX-License-Identifier: Apache-2.0
 *
 * Who depends on whom: for every uid the objects that name it as an owner, controller or not.
 * The memory of the garbage collector. Source: pkg/controller/garbagecollector/graph.go (v1.36).
 */
#pragma once

#include "controllers/controller.h"

typedef struct
{
  const char *owner_uid;
  K8Ref dependent;
  guint32 next; /* of this owner */
  guint32 previous;
} K8OwnerEdge;

typedef struct
{
  K8Region *region;
  K8Slots edges;
  K8Index by_owner; /* first edge */
  K8Index by_pair;  /* uids of dependent and owner */
} K8OwnerGraph;

void k8_owner_graph_init (void *self, K8Region *region);
void k8_owner_graph_clear (void *self);
void k8_owner_graph_clone (void *ret_clone, const void *self);

/* Takes a change of an object into account. */
void k8_owner_graph_change (K8OwnerGraph *self, const K8Change *change);

/* Walks the dependents of an owner; 0 starts and ends. */
guint32 k8_owner_graph_next (const K8OwnerGraph *self, const char *owner_uid, guint32 edge);
const K8OwnerEdge *k8_owner_graph_at (const K8OwnerGraph *self, guint32 edge);
