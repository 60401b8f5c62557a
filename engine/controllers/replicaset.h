/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pods a ReplicaSet lets go first when it has too many: private to this folder.
 */
#pragma once

#include "controllers/controller.h"

/* Sorts @pods (const K8Pod *, all active) so that the first are to be deleted first. */
void k8_replica_set_rank_victims (const K8View *view, const K8ReplicaSet *replica_set,
                                  GPtrArray *pods);
