/* SPDX-License-Identifier: Apache-2.0
 *
 * NodeResourcesBalancedAllocation: a node scores higher if the pod makes the used shares of its
 * cpu and memory more alike, lower if it drives them apart; 75 if nothing changes.
 * Floating point (IEEE doubles, + - x / and truncation): upstream's answer is defined by it.
 * Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go (v1.36).
 */
#include "scheduler/plugins.h"

/* The used share of a resource, at most 1. Doubles as upstream. */
static double
share (gint64 used, gint64 allocatable)
{
  double fraction = (double) used / (double) allocatable;

  return fraction > 1 ? 1 : fraction;
}

typedef struct
{
  gint64 allocatable;
  gint64 used;
} Part;

/* 0..100: how alike two shares are. With less than two resources they cannot differ. */
static gint64
balance (const Part *cpu, const Part *memory)
{
  double deviation = 0;

  if (cpu->allocatable != 0 && memory->allocatable != 0)
    {
      double difference =
          share (cpu->used, cpu->allocatable) - share (memory->used, memory->allocatable);
      deviation = (difference < 0 ? -difference : difference) / 2;
    }
  return (gint64) ((1 - deviation) * K8_MAX_NODE_SCORE);
}

static K8Code
pre_score (K8Cycle *cycle, void *state)
{
  (void) state;
  return cycle->requests->cpu_milli == 0 && cycle->requests->memory_bytes == 0 ? K8_CODE_SKIP
                                                                             : K8_CODE_SUCCESS;
}

static gint64
score (const K8Cycle *cycle, const void *state, guint32 node)
{
  const K8SchedulerCache *cache = cycle->cache;
  Part cpu = { k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_CPU, node),
               k8_scheduler_cache_value (cache, K8_NODE_REQUESTED_CPU, node) };
  Part memory = { k8_scheduler_cache_value (cache, K8_NODE_ALLOCATABLE_MEMORY, node),
                  k8_scheduler_cache_value (cache, K8_NODE_REQUESTED_MEMORY, node) };

  (void) state;
  gint64 without = balance (&cpu, &memory);
  cpu.used += cycle->requests->cpu_milli;
  memory.used += cycle->requests->memory_bytes;
  gint64 with = balance (&cpu, &memory);
  return K8_MAX_NODE_SCORE / 2 + (K8_MAX_NODE_SCORE / 2 + with - without) / 2;
}

const K8Plugin k8_node_resources_balanced_allocation_plugin = {
  .name = "NodeResourcesBalancedAllocation",
  .weight = 1,
  .depends = K8_DEPENDS_NODE,
  .pre_score = pre_score,
  .score = score,
};
