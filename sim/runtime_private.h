/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the virtual runtime share: sandboxes, containers, probes and how they are
 * found. Private to sim/runtime.c, sim/runtime_container.c and sim/runtime_probe.c.
 */
#pragma once

#include "sim/world.h"

typedef struct
{
  const char *id;
  const char *pod_uid;
  const char *pod_namespace;
  const char *pod_name;
  const char *ip;
  K8ActorId kubelet;
  guint32 attempt;
  gint64 created_ns;
  gint64 finished_ns;
  gboolean is_running;
} SimSandbox;

typedef struct
{
  const char *id;
  const char *name;
  const char *image;
  const char *reason;
  guint32 sandbox;      /* slot */
  guint32 profile;      /* slot, 0: the default program */
  K8ActorId kubelet;
  guint32 attempt;
  K8ContainerPhase phase;
  gint64 created_ns;
  gint64 started_ns;
  gint64 finished_ns;
  gint32 exit_code;
  gboolean is_probe_failing; /* a fault */
  gboolean is_too_large;     /* its program needs more memory than its limit */
  guint32 generation;   /* entries of before are void */
  guint64 waiting_tag;  /* START or STOP that is under way */
  guint64 cause;        /* of the last operation on it, in the trace */
} SimContainer;

/* How a probe asks: it decides what a failure sounds like. */
typedef enum
{
  SIM_PROBE_EXEC,
  SIM_PROBE_HTTP,
  SIM_PROBE_TCP,
  SIM_PROBE_GRPC,
} SimProbeHandler;

typedef struct
{
  guint64 tag;          /* the kubelet's */
  guint64 cause;        /* of its watch, in the trace */
  K8ActorId kubelet;
  K8ProbeKind kind;
  guint32 container;    /* slot */
  gint64 first_ns;      /* instant of the first probe */
  gint64 period_ns;
  guint16 port;
  guint8 handler;       /* SimProbeHandler */
  gboolean has_reported;
  gboolean is_success;  /* as last reported */
  guint32 generation;
} SimProbe;

typedef struct
{
  const char *image;
  K8ActorId kubelet;
  guint64 tag;          /* of the pull under way; 0: it is there */
  guint64 cause;        /* of the pull, in the trace */
  gint64 began_ns;
} SimImage;

/* What an entry SIM_ENTRY_RUNTIME is for: the high half of `a`; the low half is a slot. */
typedef enum
{
  SIM_RUNTIME_PULLED,
  SIM_RUNTIME_STARTED,
  SIM_RUNTIME_EXITS,
  SIM_RUNTIME_OUT_OF_MEMORY,
} SimRuntimeEntry;

const SimProfile *sim_runtime_profile (const SimRuntime *self, guint32 slot);
guint32 sim_runtime_match (const SimRuntime *self, const char *image);
const char *sim_runtime_make_id (SimWorld *world);
guint32 sim_runtime_find (const SimRuntime *self, const char *id);
gboolean sim_runtime_is_off (const SimRuntime *self, K8ActorId kubelet);

/* An event to be filled in and sent. (transfer full) */
K8RuntimeEvent *sim_runtime_event_new (SimWorld *world, K8RuntimeEventType type,
                                       K8RuntimeOpType op);
void sim_runtime_answer (SimWorld *world, const K8Effect *effect, gint64 delay_ns,
                         K8RuntimeEvent *event);
K8RuntimeItem sim_runtime_describe (const SimRuntime *self, guint32 container);

/* Containers (runtime_container.c). */
void sim_container_create (SimWorld *world, const K8Effect *effect);
void sim_container_start (SimWorld *world, const K8Effect *effect);
void sim_container_stop (SimWorld *world, const K8Effect *effect);
void sim_container_remove (SimWorld *world, const K8Effect *effect);
void sim_container_take_entry (SimWorld *world, SimRuntimeEntry what, guint32 slot,
                               guint64 generation);
void sim_container_end (SimWorld *world, guint32 slot, gint32 exit_code, const char *reason);
void sim_container_end_silently (SimWorld *world, guint32 slot, gint32 exit_code,
                                 const char *reason);

/* Probes (runtime_probe.c). */
void sim_probe_watch (SimWorld *world, const K8Effect *effect);
void sim_probe_end (SimWorld *world, const K8Effect *effect);
void sim_probe_take_entry (SimWorld *world, guint32 slot, guint64 generation);
void sim_probe_reconsider (SimWorld *world, guint32 container);
