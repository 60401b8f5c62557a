/* SPDX-License-Identifier: Apache-2.0
 *
 * The three nodes that recordings of a real control plane were made with. No kubelet was there: a
 * small program registered the nodes and wrote the statuses of pods through the API, one write
 * for a start and one for an end. This plays that program in virtual time, as the part above a
 * world without nodes; it speaks to the API server like any client outside.
 * Pods may carry annotations `stub/...` that change what becomes of them (see the .c file).
 */
#pragma once

#include "sim/world.h"

typedef struct RecordedNodes RecordedNodes;

/* Puts the nodes into a world whose API server answers; the world owns the part. */
RecordedNodes *recorded_nodes_add (SimWorld *world, const char *admin_token);

/* Watches anew, after the API server has crashed and come back. */
void recorded_nodes_reconnect (RecordedNodes *self);

/* When an object other than a Node or a Lease was last written; 0 never. */
gint64 recorded_nodes_last_change_ns (const RecordedNodes *self);
