/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulator's queue: what will happen, in exact order of (time, sequence). Entries of a
 * declared delay fall due in the order they are pushed, so each such delay has a FIFO (a lane)
 * and only the rest goes through a heap; which of the two is used never shows in the order.
 * Clonable: it lies in the world's region. Cost: O(lanes) a pop, O(log n) for the heap's part.
 */
#pragma once

#include "base/fifo.h"
#include "base/heap.h"
#include "env.h"

enum
{
  SIM_QUEUE_MAX_LANES = 16,
};

/* What an entry is for. */
typedef enum
{
  SIM_ENTRY_NONE,
  SIM_ENTRY_ENGINE,     /* `event` goes to the engine */
  SIM_ENTRY_SYNC,       /* disk: a write is durable */
  SIM_ENTRY_RUNTIME,    /* virtual runtime: `a` container, `b` generation */
  SIM_ENTRY_ACTION,     /* scenario: `a` index of the action */
  SIM_ENTRY_FAULT_END,  /* `a` fault */
  SIM_ENTRY_TRAFFIC,    /* `a` source */
  SIM_ENTRY_NETWORK,    /* `a` link that is found broken, `b` its number; 0: actor `b` is */
  SIM_ENTRY_PROBE,      /* `a` probe watch, `b` generation */
  SIM_ENTRY_GOAL,       /* `a` goal whose time is up */
} SimEntryType;

typedef struct
{
  gint64 due_ns;
  guint64 sequence;
  guint64 a;
  guint64 b;
  K8EngineEvent event; /* its mail is counted by the queue */
  SimEntryType type;
} SimEntry;

typedef struct
{
  K8Region *region;
  guint64 next_sequence;
  guint n_lanes;
  gint64 lane_delay_ns[SIM_QUEUE_MAX_LANES];
  K8Fifo lanes[SIM_QUEUE_MAX_LANES];
  K8Heap heap;
} SimQueue;

void sim_queue_init (SimQueue *self, K8Region *region);
void sim_queue_clear (SimQueue *self);
void sim_queue_clone (SimQueue *ret_clone, const SimQueue *self);

/* Declares a delay that many entries will have. Asserts that there is room for it. */
void sim_queue_declare (SimQueue *self, gint64 delay_ns);

/* Pushes an entry that falls due @delay_ns after @now_ns; its mail is counted once more. */
void sim_queue_push (SimQueue *self, gint64 now_ns, gint64 delay_ns, const SimEntry *entry);

/* The next entry, or NULL. Borrowed until the queue changes. */
const SimEntry *sim_queue_peek (const SimQueue *self);

/* Takes the next entry; its mail's reference goes to the caller. FALSE if there is none. */
gboolean sim_queue_pop (SimQueue *self, SimEntry *ret_entry);
guint64 sim_queue_n (const SimQueue *self);
