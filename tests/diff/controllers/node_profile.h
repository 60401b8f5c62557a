/* SPDX-License-Identifier: Apache-2.0
 *
 * The nodes of the recordings: three that play kubelet by a few rules (half a second to start
 * and to stop, images that never start, annotations that say otherwise), and a binder that gives
 * pods to nodes in the order that the recording shows.
 */
#pragma once

#include "tests/lib/world.h"

typedef struct NodeProfile NodeProfile;

/* @binds: gives pods to nodes itself, for want of a scheduler. */
NodeProfile *node_profile_new (TestWorld *world, gboolean binds);
void node_profile_free (NodeProfile *self);

/* Nodes (1 to 3) for pods in the order of their creation; afterwards round robin. */
void node_profile_add_node (NodeProfile *self, int node);

/* Tells it what a watch of pods was told. */
void node_profile_see (NodeProfile *self, const K8WatchEvent *event);

/* Does what is due by now. */
void node_profile_work (NodeProfile *self);
