/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults: what is done to a world that its components did not ask for. Shared by scenarios, the
 * window and time travel.
 */
#pragma once

#include "sim/world.h"

/* A node: kubelet, proxy and containers. Power comes back with an empty memory. */
void sim_fault_set_node_power (SimWorld *world, const char *node, gboolean is_on);
void sim_fault_set_node_cut (SimWorld *world, const char *node, gboolean is_cut);

/* "apiserver" and "apiserver-0" mean the same; "kubelet/node-1" is itself. (transfer full) */
char *sim_fault_dup_actor_name (const char *component);
