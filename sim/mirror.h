/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario played on a cluster that is real: a world without actors, whose disk is what the real
 * etcd has made durable and whose clock is the real one since the scenario began. Its steps go
 * out as requests, its goals are judged by the same lines as ever.
 */
#pragma once

#include "sim/scenario.h"

typedef struct SimMirror
{
  /* A request of a step; its answer comes back by sim_mirror_answer(). Borrowed. */
  void (*request) (void *user, guint64 tag, const K8HttpRequest *request);
  /* A container shall end by itself: its id as the pod's status has it. */
  void (*crash) (void *user, const char *container_id);
  void *user;
} SimMirror;

/* What a real cluster of one node cannot do or be asked; NULL: it can play the scenario.
 * "FILE:LINE: ..." (transfer full) */
char *sim_mirror_dup_problem (const SimScenario *scenario);

/* Every image that a step names, each once. (transfer full) */
GPtrArray *sim_mirror_list_images (const SimScenario *scenario);

/* @mirror must live as long as the world. (transfer full) */
SimWorld *sim_mirror_new (const SimScenario *scenario, K8Region *region, const SimMirror *mirror,
                          const char *token);

/* What is due until an instant of the scenario happens; then the clock stands there. */
void sim_mirror_advance (SimWorld *self, gint64 now_ns);

/* What the real cluster tells, in order. */
void sim_mirror_persisted (SimWorld *self, const K8PersistMail *mail);
void sim_mirror_traced (SimWorld *self, const K8TraceRecord *record);
void sim_mirror_answer (SimWorld *self, guint64 tag, guint code, const char *body);
