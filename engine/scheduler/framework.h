/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduling framework: what a plugin is, and one decision over all of them. A plugin is a
 * struct of functions, any of which may be NULL; the table in plugins.c says which there are, in
 * which order, with which weight. A cycle is one attempt for one pod; a decision is its outcome
 * with every verdict and score on the way.
 * Source: kube-scheduler/framework/interface.go, pkg/scheduler/schedule_one.go (v1.36).
 */
#pragma once

#include "apiserver/apiserver.h"
#include "client/client.h"
#include "scheduler/cache.h"

/* Upstream's status codes. */
typedef enum
{
  K8_CODE_SUCCESS,
  K8_CODE_ERROR,
  K8_CODE_UNSCHEDULABLE,
  K8_CODE_UNRESOLVABLE, /* UnschedulableAndUnresolvable: not even preemption helps */
  K8_CODE_WAIT,
  K8_CODE_SKIP,
  K8_CODE_PENDING,
} K8Code;
const char *k8_code_name (K8Code code);

enum
{
  K8_MAX_PLUGINS = 32,   /* masks of plugins have as many bits */
  K8_MAX_REASONS = 64,   /* of one plugin; a verdict has a bit for each */
  K8_MAX_NODE_SCORE = 100,
};

/* What may let a rejected pod fit. */
typedef enum
{
  K8_CLUSTER_NODE_ADDED = 1 << 0,
  K8_CLUSTER_NODE_ALLOCATABLE = 1 << 1,
  K8_CLUSTER_NODE_LABELS = 1 << 2,
  K8_CLUSTER_NODE_TAINTS = 1 << 3, /* also spec.unschedulable */
  K8_CLUSTER_POD_ADDED = 1 << 4,   /* one that has a node */
  K8_CLUSTER_POD_LABELS = 1 << 5,
  K8_CLUSTER_POD_SCALED_DOWN = 1 << 6,
  K8_CLUSTER_POD_DELETED = 1 << 7,
  K8_CLUSTER_TARGET_TOLERATIONS = 1 << 8, /* of the waiting pod itself */
  K8_CLUSTER_TARGET_GATES = 1 << 9,
  K8_CLUSTER_TARGET_LABELS = 1 << 10,
  K8_CLUSTER_TARGET_SCALED_DOWN = 1 << 11,
  K8_CLUSTER_TIMEOUT = 1 << 12, /* five minutes are over */
} K8ClusterEventType;

/* What happened; nodes and pods as they were and are, NULL where there is none. */
typedef struct
{
  K8ClusterEventType type;
  const K8Node *node_before;
  const K8Node *node;
  const K8Pod *pod_before;
  const K8Pod *pod;
} K8ClusterEvent;

/* What a filter or a score depends on, for those who keep results. */
typedef enum
{
  K8_DEPENDS_NOTHING = 0,
  K8_DEPENDS_NODE = 1 << 0,   /* the node's own state and the pod's shape */
  K8_DEPENDS_DOMAIN = 1 << 1, /* pods of other nodes */
} K8Depends;

/* The order of the active queue. */
typedef struct
{
  gint64 timestamp_ns;
  guint64 sequence;
  gint32 priority;
} K8QueueKey;

typedef struct K8Plugin K8Plugin;
typedef struct K8Decision K8Decision;

/* One attempt for one pod. */
typedef struct
{
  const K8SchedulerCache *cache;
  const K8Pod *pod;
  const K8PodSpec *spec;
  const K8PodRequests *requests;
  K8Decision *decision;
  void *states[K8_MAX_PLUGINS]; /* of state_bytes each, zero at the start of a cycle */
  guint32 skips_filter;         /* plugins, by their place in the table */
  guint32 skips_score;
  guint32 plugin;               /* whose turn it is */
} K8Cycle;

struct K8Plugin
{
  const char *name;
  gint64 weight;
  gsize state_bytes;
  K8Depends depends;
  guint32 events;             /* K8ClusterEventType that may let a pod it rejected fit */
  const char *const *reasons; /* texts of the bits of a verdict */
  guint n_reasons;

  /* Appends the texts of bits from n_reasons on. */
  void (*append_reason) (const K8PodRequests *requests, guint bit, GString *out);

  /* Whether such an event is worth an attempt; NULL: always. */
  gboolean (*hint) (const K8Pod *pod, const K8ClusterEvent *event);

  K8Code (*pre_enqueue) (const K8Pod *pod, GString *ret_reason);
  int (*queue_sort) (const K8QueueKey *a, const K8QueueKey *b);

  /* SKIP: no filter of this plugin. Rejections give their text in @ret_reason. */
  K8Code (*pre_filter) (K8Cycle *cycle, void *state, const char **ret_reason);
  /* On rejection a bit for each reason. Never allocates. */
  K8Code (*filter) (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons);
  /* Appends what the pod is told beyond the filters' reasons. */
  K8Code (*post_filter) (const K8Cycle *cycle, GString *ret_message);
  K8Code (*pre_score) (K8Cycle *cycle, void *state);
  gint64 (*score) (const K8Cycle *cycle, const void *state, guint32 node);
  void (*normalize) (const K8Cycle *cycle, gint64 *scores, guint n);

  K8Code (*reserve) (const K8Pod *pod, const char *node_name);
  void (*unreserve) (const K8Pod *pod, const char *node_name);
  K8Code (*permit) (const K8Pod *pod, const char *node_name);
  K8Code (*pre_bind) (const K8Pod *pod, const char *node_name);
  /* The request that binds. (transfer full) */
  K8ApiRequest *(*bind) (K8Client *client, K8Context *context, const K8Pod *pod,
                         const char *node_name);
  void (*post_bind) (const K8Pod *pod, const char *node_name);
};

/* Why a node is none: from exactly one plugin. */
typedef struct
{
  guint64 reasons;
  guint32 node;
  guint16 plugin;
  guint16 code;
} K8Verdict;

typedef enum
{
  K8_DECISION_NONE,
  K8_DECISION_SCHEDULED,
  K8_DECISION_UNSCHEDULABLE,
  K8_DECISION_NO_NODES,
  K8_DECISION_ERROR,
} K8DecisionResult;

struct K8Decision
{
  K8DecisionResult result;
  guint32 node;            /* the chosen one */
  gint64 score;            /* its total; 0 if it was the only one */
  guint32 n_nodes;
  guint32 start;           /* where the search began in the candidates */
  guint32 n_scored_from;   /* feasible nodes that were scored; 0 or all */
  guint32 rejecting;       /* plugins held responsible */
  guint32 scored;          /* plugins that gave scores */
  guint32 restricting;     /* plugins whose PreFilter named nodes */
  K8Code pre_filter_code;  /* of a PreFilter that rejected the pod; SUCCESS: none did */
  guint32 pre_filter_plugin;
  const char *pre_filter_reason; /* valid as long as the pod */
  K8Array rejected;        /* K8Verdict in search order */
  K8Array feasible;        /* guint32 nodes in search order */
  K8Array candidates;      /* guint32 nodes, if restricted */
  K8Array allowed;         /* guint32 nodes that PreFilter plugins name */
  K8Array totals;          /* gint64 by feasible node */
  K8Array raw[K8_MAX_PLUGINS];
  K8Array norm[K8_MAX_PLUGINS];
};

/* What lasts from one cycle to the next. */
typedef struct
{
  K8Region *region;
  guint32 percentage_of_nodes; /* to score; 0: by the size of the cluster */
  guint32 next_start;          /* index at which the next search begins */
  void *state_block;           /* plugins' states of the cycle */
  K8Decision decision;         /* the last one; its arrays are used again */
} K8Framework;

void k8_framework_init (K8Framework *self, K8Region *region);
void k8_framework_clear (K8Framework *self);
void k8_framework_clone (K8Framework *ret_clone, const K8Framework *self);

/* One decision. Texts for a pod that fits nowhere are appended to @ret_message. */
const K8Decision *k8_framework_decide (K8Framework *self, K8SchedulerCache *cache,
                                       const K8Pod *pod, GString *ret_message);

/* Reserve, Permit and PreBind of all plugins; on failure what was reserved is given back, and the
 * plugin that failed is named. */
K8Code k8_framework_reserve (const K8Pod *pod, const char *node_name, const K8Plugin **ret_plugin);
void k8_framework_unreserve (const K8Pod *pod, const char *node_name);

/* Bind: the request of the first plugin that binds. (transfer full) PostBind: all are told. */
K8ApiRequest *k8_framework_bind (K8Client *client, K8Context *context, const K8Pod *pod,
                                 const char *node_name);
void k8_framework_post_bind (const K8Pod *pod, const char *node_name);

/* For explanations: of every node in order, all plugins whose filters say no. */
void k8_framework_judge (K8Framework *self, K8SchedulerCache *cache, const K8Pod *pod,
                         guint32 *ret_failing);

/* The plugin that keeps a pod out of the queue, or NULL. (PreEnqueue) */
const K8Plugin *k8_framework_find_gate (const K8Pod *pod, GString *ret_reason);

/* For PreFilter: only these nodes, a K8Array of guint32 slots, come into question. */
void k8_cycle_restrict (K8Cycle *cycle, const guint32 *nodes, guint n);

/* How many feasible nodes are enough among @n. */
guint32 k8_framework_nodes_to_find (guint32 percentage, guint32 n);

/* The feasible node that wins: the first in pre-order of a heap among those with the most. */
guint32 k8_framework_select (const gint64 *totals, guint32 n);

/* Appends the text of a verdict's bit. */
void k8_verdict_append_reason (const K8Verdict *verdict, const K8PodRequests *requests,
                               guint bit, GString *out);

/* Upstream's "0/3 nodes are available: ..." over verdicts, and those nodes that have none. */
typedef struct
{
  const K8Verdict *verdicts;
  guint n_verdicts;
  guint n_nodes;
  const char *absent_reason; /* of nodes without a verdict; NULL: they are not mentioned */
  const K8PodRequests *requests;
} K8FitError;
void k8_fit_error_append (const K8FitError *self, GString *out);

/* 0..100 by the largest; @is_reversed: the largest gets 0. */
typedef enum
{
  K8_NORMALIZE_UP,
  K8_NORMALIZE_REVERSED,
} K8Normalization;
void k8_scores_normalize (gint64 *scores, guint n, K8Normalization way);
