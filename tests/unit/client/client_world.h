/* SPDX-License-Identifier: Apache-2.0
 *
 * A component with a client, an informer of ConfigMaps, a work queue and a recorder, whose API
 * server is the test itself. What the component asks, and what its informer tells, is text, a
 * line each, in order; requests are numbered:
 *   #1 list configmaps
 *   #2 watch configmaps from 5 with bookmarks
 *   added a=1 at 4         the handler of the informer; what is behind = is key v of the data
 *   answer 7: 503          the answer to a request of the test's own, by its cookie
 */
#pragma once

#include "client/informer.h"
#include "client/recorder.h"
#include "client/workqueue.h"

/* Wall time of virtual instant zero: 2026-01-01T00:00:00Z. */
#define CLIENT_WORLD_WALL_SECONDS G_GINT64_CONSTANT (1767225600)

typedef struct ClientWorld
{
  void *span;
  K8Region *region;
  K8Engine *engine;
  K8Outbox outbox;
  K8Actor actor;
  K8Context context;
  K8Client client;
  K8Informer informer;
  K8WorkQueue queue;
  K8Recorder recorder;
  GArray *timers;      /* Timer */
  GArray *tags;        /* of the requests, by number - 1 */
  GPtrArray *requests; /* counted */
  GString *text;
  GString *taken;
} ClientWorld;

ClientWorld *client_world_new (void);
void client_world_free (ClientWorld *self);

/* What came out since the last time it was asked: borrowed until the next call. */
const char *client_world_take_text (ClientWorld *self);

/* Shows the effects of what a test called itself; after every such call. */
void client_world_flush (ClientWorld *self);

/* Time passes; timers fire on the way. */
void client_world_advance (ClientWorld *self, gint64 duration_ns);

/* The API server. Answers to request @number; objects as "a=1@4 b=2@5" for a list. */
void client_world_answer_list (ClientWorld *self, guint number, gint64 revision,
                               const char *objects);
void client_world_answer (ClientWorld *self, guint number, guint code);

/* Events of watch @number: "ADDED a=1@4, DELETED b=2@6, BOOKMARK @9, END", or "ERROR 410". */
void client_world_watch_events (ClientWorld *self, guint number, const char *events);
void client_world_disconnect (ClientWorld *self);

/* The request of this number; borrowed. */
const K8ApiRequest *client_world_request (ClientWorld *self, guint number);

/* The API server's process ends, or starts anew. */
void client_world_stop_server (ClientWorld *self);
void client_world_start_server (ClientWorld *self);

/* A ConfigMap of namespace default: "a=1". (transfer full) */
const void *client_world_object (ClientWorld *self, const char *text);
