/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pod asks of a node, in the numbers that the scheduler computes with: whole thousandths
 * of a cpu, whole bytes, whole units of anything else. Three views: what must fit, what counts
 * in scores for pods that are already there, what counts in scores for the pod that comes.
 * Source: component-helpers resource/helpers.go; pkg/scheduler/framework/types.go and
 * plugins/noderesources/resource_allocation.go (v1.36).
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

enum
{
  K8_MAX_POD_SCALARS = 60, /* extended resources that a pod names; a verdict has a bit for each */
};

/* What counts for a container that does not mention the resource. */
#define K8_DEFAULT_CPU_MILLI G_GINT64_CONSTANT (100)
#define K8_DEFAULT_MEMORY_BYTES G_GINT64_CONSTANT (209715200)

typedef struct
{
  const char *name; /* borrowed from the pod */
  gint64 amount;
} K8ScalarAmount;

typedef struct
{
  gint64 cpu_milli;
  gint64 memory_bytes;
  gint64 ephemeral_bytes;
  gint64 nonzero_cpu_milli;    /* with the defaults: a pod that is there */
  gint64 nonzero_memory_bytes;
  gint64 scored_cpu_milli;     /* the same without the pod-level requests: a pod that comes */
  gint64 scored_memory_bytes;
  guint32 n_scalars;
  K8ScalarAmount scalars[K8_MAX_POD_SCALARS]; /* sorted by name */
} K8PodRequests;

typedef enum
{
  K8_REQUESTS_NONE,
  K8_REQUESTS_INCOMING, /* by its specification alone */
  K8_REQUESTS_PLACED,   /* also by what its node has said during a resize */
} K8RequestsView;

void k8_pod_requests_compute (const K8Pod *pod, K8RequestsView view, K8PodRequests *ret);

/* Whether what the nodes of two pods report counts the same, for equal specs. */
gboolean k8_pod_requests_is_same_report (const K8Pod *a, const K8Pod *b);

/* Whether nothing at all is asked for. */
gboolean k8_pod_requests_is_empty (const K8PodRequests *self);

/* Extended resources, and what upstream treats like them. */
gboolean k8_resource_is_scalar (const char *name);

/* The amount under a name in the units above; 0 if absent or malformed. */
gint64 k8_resource_amount (const K8List *map, const char *name);
