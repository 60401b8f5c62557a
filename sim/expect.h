/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations: what a goal says of a world. They look at what is durable (the disk of etcd), at
 * the traffic and at counts of trace records, never at a component's memory, so they hold or
 * fail the same whether a component runs or not.
 */
#pragma once

#include "sim/scenario_reader.h"
#include "sim/world.h"

typedef struct SimExpect SimExpect;

/* What an expectation may be asked about beside the disk. */
typedef struct
{
  const SimWorld *world;
  guint64 (*count_trace) (const SimWorld *world, guint watch); /* matching records so far */
  guint64 traffic_sent;   /* over the goal's time */
  guint64 traffic_failed;
  gint64 traffic_latency_ns; /* mean */
} SimExpectInput;

/* A record of the trace that an expectation counts: type and up to six wanted texts. */
typedef struct
{
  K8TraceType type;
  const char *wanted[K8_TRACE_MAX_VALUES]; /* NULL: anything */
} SimTraceWatch;

/* Parses; failures are the reader's. The expectation lives as long as the scenario's arena.
 * @watches collects SimTraceWatch; @traffic_names the names that are used. */
SimExpect *sim_expect_parse (SimReader *reader, SimValue value, GArray *watches);
void sim_expect_free (SimExpect *self);

/* The traffic that it speaks of, or NULL. Such a goal is judged at the end of its time. */
const char *sim_expect_traffic (const SimExpect *self);

/* What it asks of that a real cluster of one node has not; NULL: it can be judged there. */
const char *sim_expect_find_unreal (const SimExpect *self);

/* Whether it holds; what was seen is appended to @seen. */
gboolean sim_expect_holds (const SimExpect *self, const SimExpectInput *input, GString *seen);
