/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of resources over the containers of a pod, exact, each resource once, sorted by name.
 * Source: k8s.io/component-helpers resource, AggregateContainerRequests and -Limits (v1.36).
 */
#pragma once

#include <glib.h>

#include "base/quantity.h"
#include "schema/kinds.h"

typedef struct
{
  const char *name; /* borrowed from the pod */
  K8Quantity amount;
} K8ResourceSum;

typedef struct
{
  GArray *list; /* of K8ResourceSum */
} K8ResourceSums;

typedef enum
{
  K8_RESOURCE_REQUESTS,
  K8_RESOURCE_LIMITS,
} K8ResourceSide;

void k8_resource_sums_init (K8ResourceSums *self);
void k8_resource_sums_clear (K8ResourceSums *self);

/* Containers are summed; init containers count by their peak, restartable ones add up. */
void k8_resource_sums_add_pod (K8ResourceSums *self, const K8PodSpec *spec, K8ResourceSide side);

/* The sum of a resource, or NULL. (transfer none) */
const K8Quantity *k8_resource_sums_find (const K8ResourceSums *self, const char *name);

/* What a pod as a whole may ask for: cpu, memory and hugepages-*. */
gboolean k8_resource_is_pod_level (const char *name);
gboolean k8_resource_is_hugepages (const char *name);

/* Without a domain, or below kubernetes.io. */
gboolean k8_resource_is_native (const char *name);
