/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at what is durable in a world: the objects on etcd's disk, whether components run or
 * not. Used by expectations, actions and reports; changes nothing.
 */
#pragma once

#include "sim/world.h"

/* An object by name; NULL if it is not there. Borrowed until the world steps. */
const void *sim_look_find (const SimWorld *world, const K8KindInfo *kind,
                           const char *namespace_name, const char *name);

/* Every object of a kind in order of keys; @namespace_name NULL: all namespaces. */
typedef void (*SimLookFunc) (void *user, const void *object);
void sim_look_each (const SimWorld *world, const K8KindInfo *kind, const char *namespace_name,
                    SimLookFunc func, void *user);

/* The zone of a node by its label; NULL if it has none. */
const char *sim_look_zone (const SimWorld *world, const char *node_name);

/* The value at a path of an object as text: "status.readyReplicas",
 * "status.conditions[type=Available].status", "metadata.labels[app]", "spec.containers[0].image".
 * NULL if there is none; objects and lists are given as JSON. (transfer full) */
char *sim_look_dup_value (const void *object, const char *path);

/* Why no object of a kind can have a value at a path; NULL if one can. (transfer full) */
char *sim_look_dup_problem (const K8KindInfo *kind, const char *path);
