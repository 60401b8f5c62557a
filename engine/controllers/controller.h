/* SPDX-License-Identifier: Apache-2.0
 *
 * A controller: a class whose reconcile() is a pure function from what is known (the view) to
 * what shall be written (the plan). The loop (controller.c) does everything else, once for all:
 * keys, workers, virtual time, sending a plan group by group, retries, events, trace.
 * A group is sent at once; the next follows when all its answers are there. The first failure
 * ends the plan: the key comes back after its back-off.
 * Source: client-go's work queues and informers as pkg/controller/... uses them (v1.36).
 */
#pragma once

#include "client/cache.h"
#include "client/informer.h"
#include "client/recorder.h"
#include "client/workqueue.h"
#include "controllers/sums.h"

typedef struct K8Controller K8Controller;

/* What a key stands for. */
typedef struct
{
  K8KindId kind;
  const char *namespace_name; /* NULL for a cluster-wide kind */
  const char *name;
} K8Ref;

/* What is known: snapshots of the informers' caches, read-only. */
typedef struct
{
  K8Region *region;
  const K8Cache *caches[K8_N_KINDS]; /* NULL: not watched */
  const K8OwnerSums *sums;           /* of pods, by controlling owner */
  gint64 now_ns;                     /* virtual time */
  gint64 now_seconds;                /* wall time */
  const char *ca_certificate;
  void *memory; /* the controller's own, of class->memory: what upstream keeps in maps */
} K8View;

typedef enum
{
  K8_WRITE_NONE,
  K8_WRITE_CREATE,
  K8_WRITE_UPDATE,
  K8_WRITE_STATUS,       /* an update of the status subresource */
  K8_WRITE_PATCH,        /* strategic merge patch */
  K8_WRITE_PATCH_STATUS,
  K8_WRITE_DELETE,
  K8_WRITE_GET,          /* a look past the cache; for resume() */
  K8_WRITE_EVENT,        /* needs no answer */
} K8WriteType;

/* Failures of a write that do not end the plan. */
typedef enum
{
  K8_TOLERATE_NOTHING = 0,
  K8_TOLERATE_NOT_FOUND = 1 << 0,
  K8_TOLERATE_EXISTS = 1 << 1,
  K8_TOLERATE_CONFLICT = 1 << 2,
  K8_TOLERATE_ALL = 1 << 3,
} K8Tolerate;

/* What is said about an object. In messages after an answer `%` stands for the name of what was
 * written, or for what the server answered. */
typedef struct
{
  const char *reason; /* a literal; NULL: nothing */
  const char *message; /* a text of the region */
} K8PlanSaid;

typedef struct
{
  K8WriteType type;
  guint32 group;
  const K8KindInfo *kind;
  const void *object;   /* CREATE, UPDATE, STATUS: what is written; EVENT: what it is about */
  const char *namespace_name;
  const char *name;
  const char *uid;      /* precondition of a deletion */
  const char *patch;    /* JSON */
  const char *why;      /* for the learner: "replicas 3 to 4" */
  gint64 revision;      /* precondition; 0 none; K8_PLAN_REVISION_OF_ANSWER */
  const void *about;    /* whom `ok` and `failed` are about */
  const char *event_type; /* EVENT: "Normal", "Warning" */
  K8PlanSaid ok;        /* EVENT: what is said; else said after success, as Normal */
  K8PlanSaid failed;    /* said after a failure, as Warning */
  K8Tolerate tolerate;
  K8Propagation propagation;
  gint64 grace_seconds; /* DELETE; -1: as the object says */
  guint32 n_retries;    /* STATUS: conflicts after which the status is put on a fresh copy */
  /* The answer, for resume(). */
  guint code;           /* 0: not sent */
  gint64 answer_revision;
  const void *answer;
  const K8Status *status;
} K8PlanWrite;

/* As `revision`: the object as this plan's last write of it left it. */
#define K8_PLAN_REVISION_OF_ANSWER ((gint64) -1)

/* What shall be written, in order. */
typedef struct
{
  K8Region *region;
  K8Array writes;           /* K8PlanWrite; groups ascend */
  guint32 group;            /* that writes join now */
  gint64 requeue_after_ns;  /* 0: not */
  gboolean is_slow_start;   /* CREATEs of a group go in batches of 1, 2, 4 … */
  gboolean wants_resume;    /* ask resume() when the plan is through, or has failed */
  gboolean has_checked_pods; /* the pods were compared with the owner's selector */
  const char *failure;      /* not even the plan could be made: back-off; a text of the region */
  const void *memo;         /* a record for resume(); counted */
} K8Plan;

void k8_plan_init (K8Plan *self, K8Region *region);
void k8_plan_clear (K8Plan *self);
void k8_plan_clone (K8Plan *ret_clone, const K8Plan *self);
guint k8_plan_n (const K8Plan *self);
K8PlanWrite *k8_plan_at (const K8Plan *self, guint index);

/* Writes added from here on wait for the answers to those before. */
void k8_plan_next_group (K8Plan *self);

/* Adding writes. Objects are counted, texts copied; the write is valid until the next one. */
K8PlanWrite *k8_plan_create (K8Plan *self, const void *object);
K8PlanWrite *k8_plan_update (K8Plan *self, const void *object, gint64 revision);
K8PlanWrite *k8_plan_status (K8Plan *self, const void *object, gint64 revision);
K8PlanWrite *k8_plan_patch (K8Plan *self, const void *object, const char *patch);
K8PlanWrite *k8_plan_delete (K8Plan *self, const void *object);
K8PlanWrite *k8_plan_get (K8Plan *self, K8KindId kind, const char *namespace_name,
                          const char *name);
void k8_plan_event (K8Plan *self, const void *about, const char *type, const char *reason,
                    const char *message);
void k8_plan_write_set_why (K8PlanWrite *self, const char *why);
void k8_plan_write_say (K8PlanWrite *self, const void *about, K8PlanSaid ok, K8PlanSaid failed);
void k8_plan_requeue_after (K8Plan *self, gint64 delay_ns); /* the earliest wins */
void k8_plan_fail (K8Plan *self, const char *message);
void k8_plan_set_memo (K8Plan *self, const void *record);

/* The first failure that was not tolerated, or NULL. */
const K8PlanWrite *k8_plan_find_failure (const K8Plan *self);

/* One line a write: "1 create Pod default/web-: 1 of 3". For tests and for eyes. */
void k8_plan_to_text (const K8Plan *self, GString *out);
const char *k8_write_type_name (K8WriteType type);

/* Told of every change of a kind, to add keys: k8_controller_enqueue(). */
typedef struct
{
  K8KindId kind; /* K8_N_KINDS: every one */
  void (*changed) (K8Controller *self, K8Context *context, const K8View *view,
                   const K8Change *change);
} K8ControllerWatch;

enum
{
  K8_CONTROLLER_MAX_WATCHES = 24,
  K8_CONTROLLER_NO_RETRY_LIMIT = 0,
};

typedef struct
{
  const char *name;      /* "replicaset-controller": user, and component of its Events */
  const char *component; /* of its Events, where it is another; else NULL */
  K8KindId kind;         /* of its keys, where they are of one kind */
  guint n_workers;
  guint max_retries;     /* then the key is dropped until the next change; 0: never */
  gboolean waits_for_own_writes; /* does not work from caches older than what it wrote */
  K8ControllerWatch watches[K8_CONTROLLER_MAX_WATCHES]; /* ends with kind NONE */
  void (*reconcile) (const K8View *view, const K8Ref *ref, K8Plan *plan);
  /* Goes on after `plan` with what its answers say (may be NULL). `next` is sent like a plan. */
  void (*resume) (const K8View *view, const K8Ref *ref, const K8Plan *plan, K8Plan *next);
  /* When all caches are there: first keys, periodic ones. May be NULL. */
  void (*begin) (K8Controller *self, K8Context *context, const K8View *view);
  /* Private memory, zeroed; all NULL if there is none. */
  gsize memory_bytes;
  void (*memory_init) (void *memory, K8Region *region);
  void (*memory_clear) (void *memory);
  void (*memory_clone) (void *ret_clone, const void *memory);
} K8ControllerClass;

/* The table, in controllers.c; ends with NULL. */
extern const K8ControllerClass *const k8_controller_classes[];

/* Adding keys. */
void k8_controller_enqueue (K8Controller *self, const K8Ref *ref);
void k8_controller_enqueue_after (K8Controller *self, K8Context *context, const K8Ref *ref,
                                  gint64 delay_ns);
void k8_controller_enqueue_object (K8Controller *self, const void *object);

/* The key of what controls an object, if it is of @kind; FALSE if there is none. */
gboolean k8_controller_enqueue_owner (K8Controller *self, const void *object, K8KindId kind);

/* Views. */
const K8CacheEntry *k8_view_find (const K8View *self, const K8Ref *ref);
const K8CacheEntry *k8_view_find_owner (const K8View *self, const void *object, K8KindId kind);

/* The object with another status, taken over (transfer full); the result is the caller's. */
const void *k8_object_with_status (const void *object, const void *status);
const void *k8_object_get_status (const void *object);
