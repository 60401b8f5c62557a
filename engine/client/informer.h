/* SPDX-License-Identifier: Apache-2.0
 *
 * Informer: keeps a cache of one kind current. Its reflector lists once, then watches from the
 * list's revision; resumes a broken watch where it stood; lists anew on 410 Gone, with back-off
 * 0.8 s to 30 s. Handlers are told every change, in order.
 * Source: client-go, tools/cache Reflector and SharedInformer.
 */
#pragma once

#include "client/cache.h"
#include "client/client.h"

typedef enum
{
  K8_CHANGE_ADDED,
  K8_CHANGE_UPDATED,
  K8_CHANGE_DELETED,
} K8ChangeType;

/* What changed. @before and @now are borrowed for the call; NULL where there is none. */
typedef struct
{
  K8ChangeType type;
  const K8KindInfo *kind;
  guint32 slot;     /* in the cache; for DELETED the slot it had */
  const void *before;
  const void *now;
  gint64 revision;
} K8Change;

typedef void (*K8ChangeHandler) (void *user, K8Context *context, const K8Change *change);

typedef enum
{
  K8_INFORMER_IDLE,
  K8_INFORMER_LISTING,
  K8_INFORMER_WATCHING,
  K8_INFORMER_BACKING_OFF,
} K8InformerState;

typedef struct
{
  K8Cache cache;
  K8InformerState state;
  guint8 has_synced;          /* the first list has arrived */
  guint8 is_in_cohort;        /* many see the same: they share the content of their caches */
  gint64 revision;            /* everything up to it is in the cache */
  guint32 n_relists;
  guint32 n_failures;
  guint64 watch_tag;
  guint64 timer;
  guint32 id;                 /* chosen by the actor, unique among its informers, 1 … 250 */
  const char *field_selector; /* "spec.nodeName=node-1", or NULL; a text of the region */
  K8ChangeHandler handler;    /* constant function; user is the actor */
} K8Informer;

void k8_informer_init (K8Informer *self, K8Context *context, K8KindId kind, guint32 id,
                       K8ChangeHandler handler);
void k8_informer_set_field_selector (K8Informer *self, K8Context *context, const char *selector);

/* For an informer of which every node has one, that sees what the others see: those who received
 * the same share the content of their caches. Only memory and time can tell; before it starts. */
void k8_informer_join_cohort (K8Informer *self);
void k8_informer_clear (K8Informer *self);
void k8_informer_clone (K8Informer *ret_clone, const K8Informer *self);

/* Begins to list. */
void k8_informer_start (K8Informer *self, K8Client *client, K8Context *context);

/* Takes an event if it is this informer's (its list, watch batch, timer, or a disconnect, which
 * is never consumed). @user is handed to the handler. */
gboolean k8_informer_receive (K8Informer *self, K8Client *client, K8Context *context,
                              const K8EngineEvent *event, void *user);

/* The answer of the client that belongs to this informer: cookies are k8_informer_cookie (id). */
gboolean k8_informer_answer (K8Informer *self, K8Client *client, K8Context *context,
                             const K8ApiResponse *response, guint64 cookie, void *user);

/* Drops the watch as if the connection broke (a fault): it resumes from its revision. */
void k8_informer_drop_watch (K8Informer *self, K8Client *client, K8Context *context);
