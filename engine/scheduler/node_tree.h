/* SPDX-License-Identifier: Apache-2.0
 *
 * Node tree: nodes by zone, so that a scan spreads over zones: the first node of each zone, then
 * the second of each, and so on. Private to the cache.
 * Source: pkg/scheduler/backend/cache/node_tree.go; component-helpers node/topology (v1.36).
 */
#pragma once

#include "scheduler/cache.h"

/* @zones is an array of K8NodeZone. */
void k8_node_tree_clear (K8Array *zones);
void k8_node_tree_clone (K8Array *ret_clone, const K8Array *zones);
void k8_node_tree_add (K8Array *zones, const K8Node *node, guint32 slot);
void k8_node_tree_remove (K8Array *zones, const K8Node *node, guint32 slot);
gboolean k8_node_tree_is_same_zone (const K8Node *a, const K8Node *b);

/* Writes the slots in order. */
void k8_node_tree_list (const K8Array *zones, K8Array *ret_order);
