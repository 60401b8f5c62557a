/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's only face for drivers. An engine is a value in a region: (state, event) gives
 * (state, effects, trace). A clone shares what it can and then diverges freely, so a checkpoint
 * is a clone and the driver's own queue.
 */
#pragma once

#include <glib.h>

#include "env.h"
#include "trace.h"

typedef struct K8Engine K8Engine;
typedef struct K8Actor K8Actor;

/* A world without actors; START events bring them. (transfer full) */
K8Engine *k8_engine_new (K8Region *region, guint64 seed);

/* One event. Effects and trace records are appended to @outbox. */
void k8_engine_step (K8Engine *self, const K8EngineEvent *event, K8Outbox *outbox);

K8Engine *k8_engine_clone (const K8Engine *self);
void k8_engine_free (K8Engine *self);

/* Actors by name ("apiserver-0", "kubelet/node-1"); 0 if there is none. Ids are 1 … n. */
K8ActorId k8_engine_find_actor (const K8Engine *self, const char *name);
guint k8_engine_n_actors (const K8Engine *self);
const char *k8_engine_actor_name (const K8Engine *self, K8ActorId id);
K8ActorKind k8_engine_actor_kind (const K8Engine *self, K8ActorId id);
const K8StartMail *k8_engine_actor_start (const K8Engine *self, K8ActorId id); /* as last started */
gboolean k8_engine_is_running (const K8Engine *self, K8ActorId id);

/* The actor's state, for inspect.h: borrowed, never modified, NULL if it does not run. */
const K8Actor *k8_engine_actor (const K8Engine *self, K8ActorId id);

K8Region *k8_engine_region (const K8Engine *self);
gint64 k8_engine_now (const K8Engine *self);

/* Counts of the world so far: trace records, steps. */
guint64 k8_engine_n_records (const K8Engine *self);
guint64 k8_engine_n_steps (const K8Engine *self);

/* The digest of all trace records so far: 32 hexadecimal digits. */
void k8_engine_digest (const K8Engine *self, char ret_text[33]);
