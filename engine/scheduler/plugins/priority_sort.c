/* SPDX-License-Identifier: Apache-2.0
 *
 * PrioritySort: higher priority first, then whoever waits longer.
 * Source: pkg/scheduler/framework/plugins/queuesort (v1.36). Departures: pods with equal keys go
 * in the order in which they came; upstream's heap leaves that open.
 */
#include "scheduler/plugins.h"

static int
queue_sort (const K8QueueKey *a, const K8QueueKey *b)
{
  if (a->priority != b->priority)
    return a->priority > b->priority ? -1 : 1;
  if (a->timestamp_ns != b->timestamp_ns)
    return a->timestamp_ns < b->timestamp_ns ? -1 : 1;
  return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

const K8Plugin k8_priority_sort_plugin = {
  .name = "PrioritySort",
  .queue_sort = queue_sort,
};
