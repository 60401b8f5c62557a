/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod is where it is, or nowhere: every node's verdict and scores, computed anew from what
 * the scheduler knows now. A look from outside: neither the scheduler nor the digest notices.
 * For a pod that has a node the question is where it would go if it came now; the state of an
 * earlier instant is explained by a world of that instant.
 */
#pragma once

#include "actor.h"
#include "scheduler/framework.h"

typedef struct
{
  const char *node_name;
  K8Verdict verdict;   /* of the first plugin that said no; code SUCCESS: feasible */
  guint32 failing;     /* all plugins that say no, by their place in the table */
  gboolean is_chosen;
  gboolean is_scored;
  gint64 total;
  gint64 raw[K8_MAX_PLUGINS];
  gint64 norm[K8_MAX_PLUGINS]; /* after Normalize, before the weight */
} K8NodeExplanation;

typedef struct
{
  K8DecisionResult result;
  const char *queue;    /* "active", "unschedulable", ...; NULL: not in the queue */
  const char *node_name; /* where it is, NULL while pending */
  guint32 n_attempts;
  guint32 scored;       /* plugins that gave scores */
  K8PodRequests requests; /* names the bits of verdicts */
  GArray *nodes;        /* K8NodeExplanation, in the scheduler's order */
  GString *message;     /* what the pod would be told */
} K8SchedulerExplanation;

/* FALSE if @actor is no scheduler or does not know the pod. Valid until the world's next step;
 * to be cleared. */
gboolean k8_scheduler_explain (const K8Actor *actor, const char *namespace_name, const char *name,
                               K8SchedulerExplanation *ret);
void k8_scheduler_explanation_clear (K8SchedulerExplanation *self);

/* As lines of text: a node a line, with its reasons or its scores by plugin. */
void k8_scheduler_explanation_append (const K8SchedulerExplanation *self, GString *out);
