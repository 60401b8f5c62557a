/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated world: an engine, and everything outside of it that the engine knows by events: a
 * queue of what will happen, the network, the disk, the container runtimes of the nodes.
 * One step takes the next entry of the queue, hands it on, and turns effects into new entries.
 * A world is a value like the engine: a clone runs on exactly as the original would have.
 */
#pragma once

#include "apiserver/apiserver.h"
#include "base/index.h"
#include "base/random.h"
#include "engine.h"
#include "sim/disk.h"
#include "sim/network.h"
#include "sim/queue.h"
#include "sim/runtime.h"

typedef struct SimWorld SimWorld;

typedef struct
{
  guint64 seed;
  gint64 wall_start_ns;  /* 0: 2026-01-01T00:00:00Z */
  gint64 latency_ns;     /* 0: 500 us */
  gint64 sync_ns;        /* 0: 1 ms */
  K8Durations durations; /* zeros: the defaults of world.c */
  const char *admin_token; /* NULL: "admin" */
} SimConfig;

/* What a client outside the engine is told: RESPONSE, WATCH_EVENT, RESPONSE_END. */
typedef void (*SimRespond) (void *user, guint64 tag, K8EffectType type, const K8Mail *mail);

/* Every trace record as it is made; borrowed for the call. */
typedef void (*SimTraceSink) (void *user, const SimWorld *world, const K8TraceRecord *record);

/* What hangs on a world from outside and only looks. Not part of its value: a clone has none. */
typedef struct
{
  SimRespond respond;
  void *respond_user;
  SimTraceSink trace;
  void *trace_user;
} SimHooks;

/* The part above the world that plays a scenario: actions, faults, traffic, goals. It is part of
 * the world's value: a clone of the world has a clone of it. It lies in the region. */
typedef struct SimPart SimPart;
typedef struct
{
  /* SIM_ENTRY_ACTION, FAULT_END, TRAFFIC, GOAL. */
  void (*take_entry) (SimPart *self, SimWorld *world, const SimEntry *entry);
  /* K8_EFFECT_RULES of a proxy. */
  void (*take_rules) (SimPart *self, SimWorld *world, const K8Effect *effect);
  /* Answers to requests that the part itself made by sim_world_request_own(). */
  void (*take_response) (SimPart *self, SimWorld *world, const K8Effect *effect);
  /* Every record, before hooks see it: goals and figures watch the trace. */
  void (*take_trace) (SimPart *self, SimWorld *world, const K8TraceRecord *record);
  /* The disk of etcd has something new. */
  void (*take_sync) (SimPart *self, SimWorld *world);
  SimPart *(*clone) (const SimPart *self, SimWorld *world);
  void (*free) (SimPart *self);
} SimPartClass;

struct SimPart
{
  const SimPartClass *class;
};

/* Tags of requests that the part made have this bit. */
#define SIM_OWN_REQUEST_BIT (G_GUINT64_CONSTANT (1) << 62)

struct SimWorld
{
  K8Region *region;
  K8Engine *engine;
  K8Outbox outbox;
  SimQueue queue;
  K8Index timers;      /* timers of the engine that are set */
  K8Index silent;      /* actors without power whose peers wait for them: number of the silence */
  guint32 n_silences;
  SimNetwork network;
  SimDisk disk;
  SimRuntime runtime;
  K8Random random;
  K8Array starts;      /* const K8StartMail *: how each actor is started, by id - 1; counted */
  SimConfig config;
  gint64 now_ns;
  guint64 disk_generation; /* writes of before the last crash never finish */
  guint64 n_steps;
  guint64 next_request;
  SimPart *part;       /* NULL: nothing above the world */
  SimHooks hooks;
  const struct SimMirror *mirror; /* mirror.h: the cluster is real; NULL: it is simulated */
};

/* A world with a control plane (etcd-0, apiserver-0, controller-manager-0, scheduler-0) that
 * starts at instant zero, and no nodes. (transfer full) */
SimWorld *sim_world_new (K8Region *region, const SimConfig *config);
SimWorld *sim_world_new_empty (K8Region *region, const SimConfig *config); /* without actors */
SimWorld *sim_world_clone (const SimWorld *self);
void sim_world_free (SimWorld *self);

/* Takes the next entry; FALSE if nothing will ever happen again. */
gboolean sim_world_step (SimWorld *self);

/* Steps until the next entry would lie behind @until_ns; the clock then stands there. */
void sim_world_run_until (SimWorld *self, gint64 until_ns);

/* When the next entry is due; G_MAXINT64 if there is none. */
gint64 sim_world_next_due (const SimWorld *self);

/* A node joins: its kubelet and proxy start now. @node says name, labels, capacity. */
void sim_world_add_node (SimWorld *self, const K8Node *node, const char *pod_cidr);

/* A request from outside, at this instant, to the first API server. Returns its tag. */
guint64 sim_world_request (SimWorld *self, K8HttpRequest *request);
guint64 sim_world_request_own (SimWorld *self, K8HttpRequest *request); /* for the part */
void sim_world_request_end (SimWorld *self, guint64 tag);

/* Ends and starts of actors. A crash is noticed by peers at once, a power loss only by silence. */
void sim_world_crash_actor (SimWorld *self, const char *name);
void sim_world_power_off_actor (SimWorld *self, const char *name);
void sim_world_start_actor (SimWorld *self, const char *name);

/* Cuts an actor off or joins it again; broken connections are told when they heal. */
void sim_world_set_cut (SimWorld *self, const char *name, gboolean is_cut);

/* Ends every connection of an actor; its streams are opened anew. */
void sim_world_break_connections (SimWorld *self, const char *name);

/* Schedules an entry of a part above the world. */
void sim_world_schedule (SimWorld *self, gint64 delay_ns, SimEntryType type, guint64 a, guint64 b);

/* An event for an actor, after a delay; mail is taken over. */
typedef struct
{
  gint64 delay_ns;
  K8EventType type;
  K8ActorId to;
  guint64 tag;
  guint64 cause; /* sequence of the trace record that led to it; 0: nothing did */
  void *mail;
} SimPost;
void sim_world_post (SimWorld *self, const SimPost *post);

void sim_world_digest (const SimWorld *self, char ret_text[33]);
