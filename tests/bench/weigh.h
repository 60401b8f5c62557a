/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the memory of a world went: it is taken apart, owner by owner, and what each part gives
 * back to the region is that part's. What two owners share counts for the one that is taken last,
 * in the order of the table below, so that the sum is exactly what was used. The table of texts is
 * shared out by texts.
 */
#pragma once

#include "sim/world.h"

/* In the order in which they are taken apart. */
typedef enum
{
  WEIGH_HISTORY,         /* bounded: watch rings, old versions in etcd */
  WEIGH_EVENTS,          /* Event objects with their entries in API server and etcd */
  WEIGH_RECORDERS,       /* what kubelets and the scheduler remember of Events they said */
  WEIGH_RUNTIME,         /* the simulator's containers and sandboxes */
  WEIGH_DISK,            /* the simulated disk of etcd: keys in order, versions */
  WEIGH_DRIVER,          /* the simulator's queue, timers, rules of proxies, scenario */
  WEIGH_PROXY_CACHES,
  WEIGH_PROXIES,         /* the rest of them */
  WEIGH_KUBELET_WORKERS,
  WEIGH_KUBELET_CACHES,
  WEIGH_KUBELET_CLIENTS,
  WEIGH_KUBELETS,        /* the rest of them */
  WEIGH_SCHEDULER_CACHES,
  WEIGH_SCHEDULER,
  WEIGH_CONTROLLERS,
  WEIGH_WATCHES,         /* of the API server */
  WEIGH_APISERVER,       /* entries of objects, names in order */
  WEIGH_ETCD,            /* keys, versions; without the objects */
  WEIGH_NODES,           /* the objects themselves, with their texts */
  WEIGH_LEASES,
  WEIGH_PODS,
  WEIGH_OBJECTS,         /* of other kinds */
  WEIGH_REST,            /* the structs of actors, their names, how they were started */
  WEIGH_N,
} WeighOwner;

typedef struct
{
  gsize bytes[WEIGH_N];
  guint n_events;
  guint n_history;
} Weights;

const char *weigh_name (WeighOwner owner);

/* Takes the world apart; it can only be freed afterwards. */
void weigh_world (SimWorld *world, Weights *ret_weights);
