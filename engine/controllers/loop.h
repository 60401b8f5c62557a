/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop that runs every controller: private to this folder. The manager (manager.c) owns the
 * informers and hands events here.
 */
#pragma once

#include "controllers/controller.h"

/* What a step has at hand. */
typedef struct
{
  K8Context *context;
  K8Client *client;
  const K8Informer *informers; /* by kind */
  K8OwnerSums *sums;
  K8View *view;
} K8Loop;

struct K8Controller
{
  const K8ControllerClass *class;
  const char *user;
  guint32 id;         /* 1 … */
  guint32 n_starting; /* workers that have taken up work and not yet a key */
  K8WorkQueue queue;  /* of slots in keys */
  K8Recorder recorder;
  K8Slots keys;
  K8Index by_ref;
  K8Slots syncs;      /* workers that wait for answers */
  void *memory;
};

/* Cookies of requests: a controller, a sync, a write. */
#define K8_LOOP_COOKIE_CONTROLLER(cookie) ((guint32) ((cookie) >> 48))

/* Timers: of a worker that takes up work, and of a queue. */
#define K8_LOOP_TIMER_WORKER G_GUINT64_CONSTANT (0x100)
#define K8_LOOP_TIMER_QUEUE (K8_CLIENT_TIMER_BIT | 0x10000)

void k8_controller_init (K8Controller *self, K8Context *context, const K8ControllerClass *class,
                         guint32 id);
void k8_controller_clear (K8Controller *self);
void k8_controller_clone (K8Controller *ret_clone, const K8Controller *self);

/* Lets idle workers take up what is ready. */
void k8_controller_work (K8Controller *self, K8Loop *loop);

/* A worker's time has come. */
void k8_controller_start_sync (K8Controller *self, K8Loop *loop);

/* The answer to one of its requests. */
void k8_controller_answer (K8Controller *self, K8Loop *loop, const K8ApiResponse *response,
                           guint64 cookie);
