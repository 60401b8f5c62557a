/* SPDX-License-Identifier: Apache-2.0
 *
 * Scaling a Deployment outside of a rollout, or in the middle of one: the change is spread over
 * the ReplicaSets in proportion to their sizes, so that a rollout goes on where it stood.
 * Source: pkg/controller/deployment/sync.go scale(), util GetReplicaSetProportion (v1.36).
 */
#include "base/sort.h"
#include "controllers/deployment.h"

/* The only active ReplicaSet; with none, the new or else the youngest; NULL if several are. */
static K8DeploymentSet *
find_active_or_latest (const K8DeploymentSync *self)
{
  guint n = k8_deployment_sync_n (self);
  K8DeploymentSet *active = NULL;
  guint n_active = 0;

  for (guint i = 0; i < n; i++)
    if (k8_deployment_set_is_active (k8_deployment_sync_at (self, i)))
      {
        active = k8_deployment_sync_at (self, i);
        n_active++;
      }
  if (n_active > 0)
    return n_active == 1 ? active : NULL;
  if (self->new_index >= 0)
    return k8_deployment_sync_new_set (self);
  return n == 0 ? NULL : k8_deployment_sync_at (self, n - 1);
}

/* The new ReplicaSet has all pods that are wanted, and all are available. */
static gboolean
is_saturated (const K8DeploymentSync *self)
{
  const K8DeploymentSet *set = k8_deployment_sync_new_set (self);
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint64 desired = 0;

  return set != NULL && k8_replica_set_replicas (set->now) == wanted &&
         k8_replica_set_annotation_number (set->now, K8_DEPLOYMENT_DESIRED_REPLICAS, &desired) &&
         desired == wanted && k8_replica_set_available (set->now) == wanted;
}

/* What one ReplicaSet has to grow or shrink, if sizes keep their proportions. */
static gint32
get_fraction (const K8DeploymentSync *self, const K8DeploymentSet *set)
{
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint64 size = k8_replica_set_replicas (set->now);
  gint64 max = wanted + k8_deployment_max_surge (self->deployment);
  gint64 max_before = 0;

  if (wanted == 0)
    return (gint32) -size;
  if (!k8_replica_set_annotation_number (set->now, K8_DEPLOYMENT_MAX_REPLICAS, &max_before) ||
      max_before <= 0)
    max_before = k8_deployment_status_replicas (k8_deployment_status (self->deployment));
  if (max_before <= 0)
    return 0;
  /* Rounded half away from zero; nothing here is negative. */
  return (gint32) ((2 * size * max + max_before) / (2 * max_before) - size);
}

static gint32
get_proportion (const K8DeploymentSync *self, const K8DeploymentSet *set, gint32 to_add,
                gint32 added)
{
  gint32 fraction;

  if (to_add == added)
    return 0;
  fraction = get_fraction (self, set);
  return to_add > 0 ? MIN (fraction, to_add - added) : MAX (fraction, to_add - added);
}

/* Larger first; of equal ones the newer first when growing, the older when shrinking. */
static int
compare_sizes (const void *a, const void *b, const void *user)
{
  const K8DeploymentSet *set_a = *(const K8DeploymentSet *const *) a;
  const K8DeploymentSet *set_b = *(const K8DeploymentSet *const *) b;
  gboolean grows = *(const gboolean *) user;
  gint32 size_a = k8_replica_set_replicas (set_a->now);
  gint32 size_b = k8_replica_set_replicas (set_b->now);

  if (size_a != size_b)
    return size_a > size_b ? -1 : 1;
  /* Neighbours in the sync's array stand in the order of their creation. */
  return (set_a > set_b) == grows ? -1 : 1;
}

static void
scale_proportionally (K8DeploymentSync *self)
{
  g_autoptr (GPtrArray) sets = g_ptr_array_new ();
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint32 to_add = wanted > 0 ? wanted + k8_deployment_max_surge (self->deployment) : 0;
  gint32 added = 0;
  gint32 sizes[K8_DEPLOYMENT_MAX_SETS];
  gboolean grows;

  for (guint i = 0; i < k8_deployment_sync_n (self) && sets->len < G_N_ELEMENTS (sizes); i++)
    if (k8_deployment_set_is_active (k8_deployment_sync_at (self, i)))
      {
        g_ptr_array_add (sets, k8_deployment_sync_at (self, i));
        to_add -= k8_replica_set_replicas (k8_deployment_sync_at (self, i)->now);
      }
  grows = to_add > 0;
  if (to_add != 0)
    k8_sort (sets->pdata, sets->len, sizeof (gpointer), compare_sizes, &grows);
  for (guint i = 0; i < sets->len; i++)
    {
      const K8DeploymentSet *set = g_ptr_array_index (sets, i);
      gint32 part = get_proportion (self, set, to_add, added);
      sizes[i] = k8_replica_set_replicas (set->now) + part;
      added += part;
    }
  if (to_add != 0)
    sizes[0] = MAX (sizes[0] + to_add - added, 0);
  for (guint i = 0; i < sets->len; i++)
    k8_deployment_sync_scale (self, g_ptr_array_index (sets, i), sizes[i]);
}

/* Brings the ReplicaSets to the number of pods that spec.replicas now says. */
void
k8_deployment_sync_scale_all (K8DeploymentSync *self)
{
  gint32 wanted = k8_deployment_replicas (self->deployment);
  K8DeploymentSet *only = find_active_or_latest (self);

  if (only != NULL)
    {
      if (k8_replica_set_replicas (only->now) != wanted)
        k8_deployment_sync_scale (self, only, wanted);
      return;
    }
  if (k8_deployment_sync_n (self) == 0)
    return;
  if (is_saturated (self))
    {
      for (guint i = 0; i < k8_deployment_sync_n (self); i++)
        if ((gint32) i != self->new_index &&
            k8_deployment_set_is_active (k8_deployment_sync_at (self, i)))
          k8_deployment_sync_scale (self, k8_deployment_sync_at (self, i), 0);
      return;
    }
  if (k8_deployment_is_rolling (self->deployment))
    scale_proportionally (self);
}
