/* SPDX-License-Identifier: Apache-2.0
 *
 * One step of a rollout. Rolling update: (a) the new ReplicaSet grows as far as maxSurge allows;
 * else (b) the old ones shrink as far as maxUnavailable allows, pods that are not available
 * first. At most one direction a sync; the status is written at the end in every path.
 * Recreate: all old pods go; when the last is gone the new ReplicaSet comes.
 * Source: pkg/controller/deployment/rolling.go, recreate.go (v1.36).
 */
#include "controllers/deployment.h"
#include "machinery/pod.h"

static gint32
sum_available (const K8DeploymentSync *self)
{
  gint32 n = 0;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    n += k8_replica_set_available (k8_deployment_sync_at (self, i)->now);
  return n;
}

static gint32
sum_replicas (const K8DeploymentSync *self)
{
  gint32 n = 0;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    n += k8_replica_set_replicas (k8_deployment_sync_at (self, i)->now);
  return n;
}

static gboolean
is_old (const K8DeploymentSync *self, guint index)
{
  return (gint32) index != self->new_index &&
         k8_deployment_set_is_active (k8_deployment_sync_at (self, index));
}

/* (a) */
static gboolean
grow_new (K8DeploymentSync *self)
{
  K8DeploymentSet *set = k8_deployment_sync_new_set (self);
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint32 size = k8_replica_set_replicas (set->now);
  gint32 next = size > wanted ? wanted : k8_deployment_new_replicas (self, size);

  return size != wanted && next != size && k8_deployment_sync_scale (self, set, next);
}

/* Takes up to @budget pods that are not available away; gives how many. */
static gint32
shrink_unhealthy (K8DeploymentSync *self, gint32 budget)
{
  gint32 done = 0;

  for (guint i = 0; i < k8_deployment_sync_n (self) && done < budget; i++)
    {
      K8DeploymentSet *set = k8_deployment_sync_at (self, i);
      gint32 size = k8_replica_set_replicas (set->now);
      gint32 unhealthy = size - k8_replica_set_available (set->now);
      if (!is_old (self, i) || unhealthy <= 0)
        continue;
      gint32 n = MIN (budget - done, unhealthy);
      k8_deployment_sync_scale (self, set, size - n);
      done += n;
    }
  return done;
}

/* Takes pods away that the minimum does not need; gives how many. */
static gint32
shrink_available (K8DeploymentSync *self)
{
  gint32 min_available = k8_deployment_replicas (self->deployment) -
                         k8_deployment_max_unavailable (self->deployment);
  gint32 budget = sum_available (self) - min_available;
  gint32 done = 0;

  for (guint i = 0; i < k8_deployment_sync_n (self) && done < budget; i++)
    {
      K8DeploymentSet *set = k8_deployment_sync_at (self, i);
      gint32 size = k8_replica_set_replicas (set->now);
      if (!is_old (self, i))
        continue;
      gint32 n = MIN (budget - done, size);
      k8_deployment_sync_scale (self, set, size - n);
      done += n;
    }
  return done;
}

/* (b) */
static gboolean
shrink_old (K8DeploymentSync *self)
{
  const K8DeploymentSet *new_set = k8_deployment_sync_new_set (self);
  gint32 min_available = k8_deployment_replicas (self->deployment) -
                         k8_deployment_max_unavailable (self->deployment);
  gint32 new_unavailable =
      k8_replica_set_replicas (new_set->now) - k8_replica_set_available (new_set->now);
  gint32 budget = sum_replicas (self) - min_available - new_unavailable;
  guint first = k8_plan_n (self->plan);
  gboolean has_old = FALSE;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    has_old |= is_old (self, i);
  if (!has_old || budget <= 0)
    return FALSE;
  gint32 n = shrink_unhealthy (self, budget);
  n += shrink_available (self);
  /* Upstream swallows what goes wrong here: it is tried again at the next change. */
  for (guint i = first; i < k8_plan_n (self->plan); i++)
    k8_plan_at (self->plan, i)->tolerate = K8_TOLERATE_ALL;
  return n > 0;
}

void
k8_deployment_sync_roll (K8DeploymentSync *self)
{
  k8_deployment_sync_ensure_new (self, TRUE);
  if (!grow_new (self) && !shrink_old (self) &&
      k8_deployment_is_complete (self->deployment, k8_deployment_status (self->deployment)))
    k8_deployment_sync_clean_up (self);
  k8_deployment_sync_rollout_status (self);
}

static gboolean
shrink_to_zero (K8DeploymentSync *self)
{
  gboolean has_scaled = FALSE;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    if (is_old (self, i))
      has_scaled |= k8_deployment_sync_scale (self, k8_deployment_sync_at (self, i), 0);
  return has_scaled;
}

static gboolean
has_running_pods (const K8View *view, const K8ReplicaSet *set)
{
  const K8Cache *cache = view->caches[K8_KIND_Pod];
  const char *uid = k8_object_meta_uid (k8_replica_set_metadata (set));

  for (guint32 slot = k8_cache_next_of_owner (cache, uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (cache, uid, slot))
    if (!k8_pod_is_terminal (k8_cache_at (cache, slot)->object))
      return TRUE;
  return FALSE;
}

/* Whether a pod of an old template is left. */
static gboolean
is_old_running (const K8DeploymentSync *self)
{
  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    {
      const K8ReplicaSet *set = k8_deployment_sync_at (self, i)->first;
      if ((gint32) i != self->new_index &&
          (k8_replica_set_status_replicas (k8_replica_set_status (set)) > 0 ||
           has_running_pods (self->view, set)))
        return TRUE;
    }
  return FALSE;
}

void
k8_deployment_sync_recreate (K8DeploymentSync *self)
{
  if (!shrink_to_zero (self) && !is_old_running (self))
    {
      k8_deployment_sync_ensure_new (self, TRUE);
      K8DeploymentSet *set = k8_deployment_sync_new_set (self);
      if (k8_replica_set_replicas (set->now) != k8_deployment_replicas (self->deployment))
        k8_deployment_sync_scale (self, set, k8_deployment_replicas (self->deployment));
      if (k8_deployment_is_complete (self->deployment, k8_deployment_status (self->deployment)))
        k8_deployment_sync_clean_up (self);
    }
  k8_deployment_sync_rollout_status (self);
}
