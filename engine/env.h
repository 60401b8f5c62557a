/* SPDX-License-Identifier: Apache-2.0
 *
 * The one door between the engine and its driver. The driver calls k8_engine_step() with one
 * event; the engine appends effects to the outbox and returns. It never calls the driver.
 * Everything that depends on the outside comes in as an event: time, timers, messages between
 * actors, answers of disks, of container runtimes, of clients. Everything that shall happen
 * goes out as an effect. Equal events give equal effects, byte for byte.
 *
 * need                      event               effect
 * time                      now_ns of each
 * wall time                 START, CLOCK
 * start and end of actors   START, STOP
 * timers                    TIMER               TIMER_SET, TIMER_CANCEL
 * messages between actors   MESSAGE, DISCONNECT SEND
 * disk                      PERSISTED, LOADED   PERSIST
 * containers                RUNTIME             RUNTIME         (node/runtime.h)
 * probes                    PROBE               PROBE_WATCH, PROBE_END
 * network rules, traffic    TRAFFIC             RULES
 * byte streams              STREAM              STREAM
 * calls to the outside      CALL_RESULT         CALL
 * signatures                SIGNED              SIGN
 * clients                   REQUEST, REQUEST_END RESPONSE, WATCH_EVENT
 */
#pragma once

#include <glib.h>

#include "base/array.h"
#include "mail.h"

/* An actor: its place in the engine's table. 0 is nobody, and stands for the driver. */
typedef guint32 K8ActorId;

typedef enum
{
  K8_ACTOR_NONE,
  K8_ACTOR_ETCD,
  K8_ACTOR_APISERVER,
  K8_ACTOR_CONTROLLER_MANAGER,
  K8_ACTOR_SCHEDULER,
  K8_ACTOR_KUBELET,
  K8_ACTOR_PROXY,
  K8_ACTOR_DNS,
  K8_N_ACTOR_KINDS,
} K8ActorKind;

typedef enum
{
  K8_EVENT_NONE,
  K8_EVENT_START,       /* mail: K8StartMail; `to` 0 makes the actor if its name is new */
  K8_EVENT_STOP,        /* the actor dies; what it kept in memory is gone */
  K8_EVENT_CLOCK,       /* mail: K8ClockMail; to all: the wall clock goes otherwise from now on */
  K8_EVENT_TIMER,       /* tag: as given to TIMER_SET; timer: its id */
  K8_EVENT_MESSAGE,     /* mail from an actor; tag as sent */
  K8_EVENT_DISCONNECT,  /* the connection to `from` broke: its answers will not come */
  K8_EVENT_PERSISTED,   /* what PERSIST with this tag asked for is on the disk */
  K8_EVENT_LOADED,      /* mail: K8LoadedMail, after START with is_persisted */
  K8_EVENT_RUNTIME,     /* mail: K8RuntimeEvent of node/runtime.h */
  K8_EVENT_PROBE,       /* mail: K8ProbeResult of node/runtime.h */
  K8_EVENT_TRAFFIC,
  K8_EVENT_STREAM,
  K8_EVENT_CALL_RESULT,
  K8_EVENT_SIGNED,      /* mail: K8TextMail with the signature; tag as asked */
  K8_EVENT_REQUEST,     /* mail: K8HttpRequest; tag: the driver's number of the request */
  K8_EVENT_REQUEST_END, /* the client of request `tag` has gone */
} K8EventType;

typedef struct
{
  gint64 now_ns;  /* virtual time, never decreasing */
  guint64 cause;  /* trace sequence of what led to it */
  guint64 tag;
  guint64 timer;
  const K8Mail *mail; /* borrowed for the step */
  K8ActorId to;
  K8ActorId from;
  K8EventType type;
} K8EngineEvent;

typedef enum
{
  K8_EFFECT_NONE,
  K8_EFFECT_TIMER_SET,    /* delay_ns from now; timer: its id */
  K8_EFFECT_TIMER_CANCEL, /* timer */
  K8_EFFECT_SEND,         /* to, tag, mail; delay_ns: virtual work before it leaves */
  K8_EFFECT_PERSIST,      /* tag, mail: K8PersistMail */
  K8_EFFECT_RUNTIME,      /* tag, mail: K8RuntimeOp */
  K8_EFFECT_PROBE_WATCH,  /* tag, mail: K8ProbeWatch */
  K8_EFFECT_PROBE_END,    /* tag */
  K8_EFFECT_RULES,        /* mail: the proxy's rules */
  K8_EFFECT_STREAM,
  K8_EFFECT_CALL,
  K8_EFFECT_SIGN,         /* tag, mail: K8TextMail with what is to be signed */
  K8_EFFECT_RESPONSE,     /* tag of the request, mail: K8HttpResponse */
  K8_EFFECT_WATCH_EVENT,  /* tag of the request, mail: K8WatchBatch; the response has begun */
  K8_EFFECT_RESPONSE_END, /* tag: the streamed response is over */
} K8EffectType;

typedef struct
{
  gint64 delay_ns;
  guint64 cause;
  guint64 tag;
  guint64 timer;
  K8Mail *mail; /* owned by the outbox; the driver refs what it keeps */
  K8ActorId from;
  K8ActorId to;
  K8EffectType type;
} K8Effect;

/* A text, or bytes, as mail. */
typedef struct
{
  K8Mail mail;
  const char *text; /* a text of the region */
} K8TextMail;
extern const K8MailClass k8_text_mail_class;
K8TextMail *k8_text_mail_new (K8Region *region, const char *text, gsize length);

/* How long work takes in virtual time. The executor gives zeros: there it really takes time. */
typedef struct
{
  gint64 reconcile_ns;
  gint64 scheduling_cycle_ns;
  gint64 api_request_ns;
  gint64 proxy_sync_ns;
} K8Durations;

/* Wall time of virtual instants: an instant at or after `from_ns` (until the next step begins) is
 * `wall_start_ns` + instant, in ns since 1970. What happened before keeps the time it had. */
typedef struct
{
  gint64 from_ns;
  gint64 wall_start_ns;
} K8ClockStep;

typedef struct
{
  K8Mail mail;
  K8Array steps; /* K8ClockStep, ascending; instants before the first are as START says */
} K8ClockMail;
extern const K8MailClass k8_clock_mail_class;
K8ClockMail *k8_clock_mail_new (K8Region *region);

/* What an actor is started with. Fields that its kind does not use are NULL. */
typedef struct
{
  K8Mail mail;
  K8ActorKind kind;
  gboolean is_persisted;      /* etcd: LOADED follows */
  const char *name;           /* "kubelet/node-1"; a text of the region */
  gint64 wall_start_ns;       /* wall time of virtual instant zero, ns since 1970 */
  K8Durations durations;
  const void *config;         /* K8Node for a kubelet: what it registers; else NULL; counted */
  const char *admin_token;    /* apiserver: bearer token of user kubernetes-admin */
  const char *signer_key_id;  /* apiserver: id of the key that SIGN uses */
  const char *ca_certificate; /* PEM, for the ConfigMap kube-root-ca.crt */
  const char *service_cidr;   /* "10.96.0.0/16" */
  const char *pod_cidr;       /* kubelet: range of its pods, "10.244.1.0/24" */
  const char *advertise_address; /* apiserver: endpoint of the Service kubernetes */
  const K8ClockMail *clock;   /* the engine's: NULL until the first CLOCK */
} K8StartMail;
extern const K8MailClass k8_start_mail_class;

/* The same start under another clock. (transfer full) */
const K8StartMail *k8_start_mail_with_clock (const K8StartMail *self, const K8ClockMail *clock);

/* The effects of a step, and its trace (trace.h). The driver clears it between steps. */
typedef struct
{
  K8Array effects; /* K8Effect */
  K8Array trace;   /* K8TraceRecord */
} K8Outbox;
void k8_outbox_init (K8Outbox *self, K8Region *region);
void k8_outbox_reset (K8Outbox *self);
void k8_outbox_clear (K8Outbox *self);
