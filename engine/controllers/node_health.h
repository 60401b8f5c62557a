/* SPDX-License-Identifier: Apache-2.0
 *
 * What the node lifecycle controller remembers of nodes and zones between its looks: when a sign
 * of life last changed, by its own clock, and how fast a zone's nodes may be tainted.
 * Source: pkg/controller/nodelifecycle node_lifecycle_controller.go, nodeHealthMap (v1.36).
 */
#pragma once

#include "controllers/controller.h"

typedef enum
{
  K8_ZONE_NORMAL,
  K8_ZONE_PARTIAL, /* more than two nodes, and 55 % or more, are not ready */
  K8_ZONE_FULL,    /* no node is ready */
} K8ZoneState;

typedef struct
{
  const char *name;
  gint64 seen_ns;            /* when a sign of life last changed, or the node was first met */
  gint64 lease_micros;       /* renewTime as last seen */
  gint64 heartbeat_seconds;  /* Ready.lastHeartbeatTime as last seen */
  guint32 look;              /* number of the last look that met it */
  gboolean was_ready;
} K8NodeHealth;

typedef struct
{
  const char *name;          /* "region:zone" */
  K8ZoneState state;
  guint32 n_ready;
  guint32 n_not_ready;
  gint64 next_ns;            /* when the next node may get a NoExecute taint */
} K8NodeZone;

typedef struct
{
  K8Region *region;
  K8Slots nodes;             /* K8NodeHealth */
  K8Index node_by_name;
  K8Slots zones;             /* K8NodeZone */
  K8Index zone_by_name;
  guint32 n_looks;
  gboolean is_all_down;      /* every zone is full: nothing is evicted */
} K8NodeMemory;

void k8_node_memory_init (void *self, K8Region *region);
void k8_node_memory_clear (void *self);
void k8_node_memory_clone (void *ret_clone, const void *self);
K8NodeHealth *k8_node_memory_ensure (K8NodeMemory *self, const char *name, gboolean *ret_is_new);
void k8_node_memory_forget (K8NodeMemory *self, guint32 slot);
K8NodeZone *k8_node_memory_zone (K8NodeMemory *self, const K8Node *node);

/* Taints of a node (node_taints.c). NULL means: as they are. (transfer full) (nullable) */
const K8Node *k8_node_with_conditions_tainted (const K8View *view, const K8Node *node);
const K8Node *k8_node_with_no_execute (const K8View *view, const K8Node *node, const char *key);
gboolean k8_node_has_taint (const K8Node *node, const char *key, const char *effect);
const char *k8_node_ready_status (const K8Node *node);

#define K8_TAINT_NOT_READY "node.kubernetes.io/not-ready"
#define K8_TAINT_UNREACHABLE "node.kubernetes.io/unreachable"
