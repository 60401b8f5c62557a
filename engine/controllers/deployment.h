/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the Deployment controller share: one sync, with the Deployment and its
 * ReplicaSets as this sync has changed them so far. Private to this folder.
 */
#pragma once

#include "controllers/controller.h"

#define K8_DEPLOYMENT_REVISION "deployment.kubernetes.io/revision"
#define K8_DEPLOYMENT_REVISION_HISTORY "deployment.kubernetes.io/revision-history"
#define K8_DEPLOYMENT_DESIRED_REPLICAS "deployment.kubernetes.io/desired-replicas"
#define K8_DEPLOYMENT_MAX_REPLICAS "deployment.kubernetes.io/max-replicas"
#define K8_POD_TEMPLATE_HASH "pod-template-hash"

enum
{
  K8_DEPLOYMENT_MAX_SETS = 1024, /* active ones among which a change of scale is spread */
};

/* A ReplicaSet of the Deployment. */
typedef struct
{
  const K8ReplicaSet *first; /* as at the beginning of the sync: what the status sums up */
  const K8ReplicaSet *now;   /* as this sync has written it */
  gint64 revision;           /* of the next write */
} K8DeploymentSet;

typedef struct
{
  const K8View *view;
  K8Plan *plan;
  const K8CacheEntry *entry;
  const K8Deployment *deployment; /* with the status and annotations of this sync */
  K8Array sets;                   /* K8DeploymentSet, oldest first */
  gint32 new_index;               /* of the new ReplicaSet, or -1 */
  gboolean is_stopped;            /* this sync has to end here */
} K8DeploymentSync;

/* deployment_util.c: what a Deployment and a ReplicaSet say. */
gint32 k8_deployment_replicas (const K8Deployment *self);
gint32 k8_deployment_max_surge (const K8Deployment *self);
gint32 k8_deployment_max_unavailable (const K8Deployment *self);
gboolean k8_deployment_is_rolling (const K8Deployment *self);
gboolean k8_deployment_has_deadline (const K8Deployment *self);
gint32 k8_replica_set_replicas (const K8ReplicaSet *self);
gint32 k8_replica_set_available (const K8ReplicaSet *self);
gboolean k8_replica_set_annotation_number (const K8ReplicaSet *self, const char *key,
                                           gint64 *ret_number);
const K8PodTemplateSpec *k8_replica_set_template (const K8ReplicaSet *self);
gboolean k8_pod_template_equal_but_hash (K8Region *region, const K8PodTemplateSpec *a,
                                         const K8PodTemplateSpec *b);
void k8_pod_template_hash (const K8PodTemplateSpec *template, const K8DeploymentStatus *status,
                           char ret_text[11]);
gint32 k8_int_or_percent (K8IntOrString value, gint32 total, gboolean rounds_up);

/* Sets of a sync. */
guint k8_deployment_sync_n (const K8DeploymentSync *self);
K8DeploymentSet *k8_deployment_sync_at (const K8DeploymentSync *self, guint index);
K8DeploymentSet *k8_deployment_sync_new_set (const K8DeploymentSync *self); /* or NULL */
gboolean k8_deployment_set_is_active (const K8DeploymentSet *set);

/* deployment_sync.c: the new ReplicaSet, and scaling one. */
void k8_deployment_sync_ensure_new (K8DeploymentSync *self, gboolean creates);
gboolean k8_deployment_sync_scale (K8DeploymentSync *self, K8DeploymentSet *set, gint32 replicas);
gint32 k8_deployment_new_replicas (const K8DeploymentSync *self, gint32 new_replicas);
void k8_deployment_sync_clean_up (K8DeploymentSync *self);

/* deployment_scale.c: scaling outside of a rollout. */
void k8_deployment_sync_scale_all (K8DeploymentSync *self);

/* deployment_rolling.c: one step of a rollout. */
void k8_deployment_sync_roll (K8DeploymentSync *self);
void k8_deployment_sync_recreate (K8DeploymentSync *self);

/* deployment_status.c */
void k8_deployment_sync_write_status (K8DeploymentSync *self, const char *why);
void k8_deployment_sync_put_condition (K8DeploymentSync *self, const char *status,
                                       const char *reason, const char *message);
const K8DeploymentCondition *k8_deployment_progressing (const K8Deployment *self);
void k8_deployment_sync_status (K8DeploymentSync *self);         /* without progress */
void k8_deployment_sync_rollout_status (K8DeploymentSync *self); /* with progress */
gboolean k8_deployment_is_complete (const K8Deployment *self, const K8DeploymentStatus *status);
