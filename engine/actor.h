/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: etcd, API server, controller manager, scheduler, a kubelet and a proxy on each node.
 * An actor is private state and a class; it sees nothing but its events, through a context that
 * lives for one step. All functions here may be called from within a step only.
 */
#pragma once

#include <glib.h>

#include "base/random.h"
#include "env.h"
#include "trace.h"

typedef struct K8Engine K8Engine;
typedef struct K8Actor K8Actor;

typedef struct
{
  const char *name; /* "kubelet" */
  K8ActorKind kind;
  gsize bytes;      /* of the state, which begins with a K8Actor */
  /* From zeroed state. @start says what it is started with; never NULL. */
  void (*start) (K8Actor *self, K8Context *context, const K8StartMail *start);
  /* Any event but START, STOP and CLOCK. */
  void (*receive) (K8Actor *self, K8Context *context, const K8EngineEvent *event);
  /* Completes a copy: @ret_clone is a bytewise copy of @self, to be made able to diverge freely
   * (containers cloned, references counted). */
  void (*clone) (const K8Actor *self, K8Actor *ret_clone);
  /* Lets go of everything. */
  void (*clear) (K8Actor *self);
} K8ActorClass;

struct K8Actor
{
  const K8ActorClass *class;
  const char *name; /* a text of the region */
  K8ActorId id;
  guint32 refs;      /* clones share an actor until one of them steps it */
  guint32 is_running;
  guint64 next_timer;
  K8Random random;  /* split from the seed by the actor's name */
  const K8StartMail *start; /* as it was last started */
};

/* One step of one actor. */
struct K8Context
{
  K8Engine *engine;
  K8Region *region;
  K8Actor *actor;
  K8Outbox *outbox;
  gint64 now_ns;
  guint64 cause; /* trace sequence that new effects and records name as their cause */
};

/* Effects. Mail is taken over (transfer full). */
void k8_context_send (K8Context *self, K8ActorId to, guint64 tag, void *mail);
void k8_context_send_after (K8Context *self, K8ActorId to, guint64 tag, void *mail,
                            gint64 delay_ns);
guint64 k8_context_set_timer (K8Context *self, gint64 delay_ns, guint64 tag);
void k8_context_cancel_timer (K8Context *self, guint64 timer);
void k8_context_emit (K8Context *self, K8EffectType type, guint64 tag, void *mail);

/* The actor of a name, or of a kind (the first that runs); 0 if there is none. */
K8ActorId k8_context_find_actor (K8Context *self, const char *name);
K8ActorId k8_context_find_kind (K8Context *self, K8ActorKind kind);
const char *k8_context_actor_name (const K8Context *self, K8ActorId id);

/* Wall time of an instant, now or before: ns since 1970. For what people read and what is written;
 * how long something took is a difference of instants, never of wall times. */
gint64 k8_actor_wall_ns (const K8Actor *self, gint64 at_ns);

/* Wall time of now: seconds, microseconds and nanoseconds since 1970. */
gint64 k8_context_wall_seconds (const K8Context *self);
gint64 k8_context_wall_micros (const K8Context *self);
gint64 k8_context_wall_ns (const K8Context *self);

/* The table of actor classes, in actor.c. */
const K8ActorClass *k8_actor_class_of (K8ActorKind kind);
