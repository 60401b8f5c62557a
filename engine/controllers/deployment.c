/* SPDX-License-Identifier: Apache-2.0
 *
 * Deployment controller: rolls pods from one template to the next by scaling ReplicaSets.
 * A sync: adopt ReplicaSets; being deleted: status only; note pause or resumption; paused, or
 * spec.replicas has changed: scale (deployment_scale.c); else one step of the rollout
 * (deployment_rolling.c). Rollback is a client's: it writes an old template, whose ReplicaSet is
 * then found and gets the next revision.
 * Source: pkg/controller/deployment/deployment_controller.go (v1.36).
 * Departures: the legacy annotation deprecated.deployment.rollback.to is not acted on.
 */
#include "controllers/deployment.h"

#include "base/sort.h"
#include "controllers/adoption.h"
#include "controllers/controllers.h"
#include "machinery/conditions.h"
#include "machinery/owner.h"
#include "machinery/selector.h"

enum
{
  MAX_RETRIES = 15,
};

static void
deployment_changed (K8Controller *self, K8Context *context, const K8View *view,
                    const K8Change *change)
{
  k8_controller_enqueue_object (self, change->now != NULL ? change->now : change->before);
}

static const K8LabelSelector *
get_selector (const K8Deployment *deployment)
{
  return k8_deployment_spec_selector (k8_deployment_spec (deployment));
}

/* Every Deployment that would take a ReplicaSet without a controller. */
static void
enqueue_matching (K8Controller *self, const K8View *view, const K8ReplicaSet *set)
{
  const K8Cache *cache = view->caches[K8_KIND_Deployment];
  const K8ObjectMeta *meta = k8_replica_set_metadata (set);
  const char *namespace_name = k8_object_meta_namespace (meta);

  for (guint32 slot = k8_cache_next_in_namespace (cache, namespace_name, 0); slot != 0;
       slot = k8_cache_next_in_namespace (cache, namespace_name, slot))
    {
      const K8Deployment *deployment = k8_cache_at (cache, slot)->object;
      if (k8_label_selector_matches (get_selector (deployment), k8_object_meta_labels (meta)))
        k8_controller_enqueue_object (self, deployment);
    }
}

static void
replica_set_changed (K8Controller *self, K8Context *context, const K8View *view,
                     const K8Change *change)
{
  if (change->before != NULL)
    k8_controller_enqueue_owner (self, change->before, K8_KIND_Deployment);
  if (change->now != NULL &&
      !k8_controller_enqueue_owner (self, change->now, K8_KIND_Deployment) &&
      k8_owner_find_controller (k8_replica_set_metadata (change->now)) == NULL)
    enqueue_matching (self, view, change->now);
}

/* Only Recreate waits for pods to be gone. */
static void
pod_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  const K8CacheEntry *entry;

  if (change->type != K8_CHANGE_DELETED)
    return;
  entry = k8_view_find_owner (view, change->before, K8_KIND_ReplicaSet);
  if (entry != NULL)
    entry = k8_view_find_owner (view, entry->object, K8_KIND_Deployment);
  if (entry != NULL && !k8_deployment_is_rolling (entry->object))
    k8_controller_enqueue_object (self, entry->object);
}

/* Oldest first; of equal age by name. */
static int
compare_ages (const void *a, const void *b, const void *user)
{
  const K8ObjectMeta *meta_a = k8_replica_set_metadata (((const K8DeploymentSet *) a)->now);
  const K8ObjectMeta *meta_b = k8_replica_set_metadata (((const K8DeploymentSet *) b)->now);
  gint64 created_a = k8_object_meta_creation_timestamp (meta_a);
  gint64 created_b = k8_object_meta_creation_timestamp (meta_b);

  if (created_a != created_b)
    return created_a < created_b ? -1 : 1;
  return k8_string_compare (k8_object_meta_name (meta_a), k8_object_meta_name (meta_b));
}

static void
begin (K8DeploymentSync *self, const K8View *view, const K8CacheEntry *entry, K8Plan *plan)
{
  const K8Cache *cache = view->caches[K8_KIND_ReplicaSet];

  *self = (K8DeploymentSync){ .view = view, .plan = plan, .entry = entry, .new_index = -1 };
  self->deployment = k8_deployment_ref (entry->object);
  k8_array_init (&self->sets, view->region, sizeof (K8DeploymentSet));
  for (guint32 slot = k8_cache_next_of_owner (cache, entry->uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (cache, entry->uid, slot))
    {
      const K8CacheEntry *owned = k8_cache_at (cache, slot);
      K8DeploymentSet *set = k8_array_add (&self->sets);
      *set = (K8DeploymentSet){ .first = k8_replica_set_ref (owned->object),
                                .now = k8_replica_set_ref (owned->object),
                                .revision = owned->revision };
    }
  if (k8_deployment_sync_n (self) > 1)
    k8_sort (k8_deployment_sync_at (self, 0), k8_deployment_sync_n (self),
             sizeof (K8DeploymentSet), compare_ages, NULL);
}

static void
finish (K8DeploymentSync *self)
{
  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    {
      k8_record_unref (k8_deployment_sync_at (self, i)->first);
      k8_record_unref (k8_deployment_sync_at (self, i)->now);
    }
  k8_array_clear (&self->sets);
  k8_record_unref (self->deployment);
}

/* Notes in Progressing that the Deployment was paused or resumed. */
static void
check_paused (K8DeploymentSync *self)
{
  gboolean is_paused = k8_deployment_spec_paused (k8_deployment_spec (self->deployment));
  const char *reason =
      k8_deployment_condition_reason (k8_deployment_progressing (self->deployment));
  gboolean is_noted = k8_string_is (reason, "DeploymentPaused");

  if (!k8_deployment_has_deadline (self->deployment) || is_paused == is_noted ||
      k8_string_is (reason, "ProgressDeadlineExceeded"))
    return;
  if (is_paused)
    k8_deployment_sync_put_condition (self, "Unknown", "DeploymentPaused", "Deployment is paused");
  else
    k8_deployment_sync_put_condition (self, "Unknown", "DeploymentResumed",
                                      "Deployment is resumed");
  k8_deployment_sync_write_status (self, is_paused ? "paused" : "resumed");
}

/* Whether spec.replicas has changed since an active ReplicaSet was last scaled. */
static gboolean
is_scaling (const K8DeploymentSync *self)
{
  gint64 desired;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    {
      const K8DeploymentSet *set = k8_deployment_sync_at (self, i);
      if (k8_deployment_set_is_active (set) &&
          k8_replica_set_annotation_number (set->now, K8_DEPLOYMENT_DESIRED_REPLICAS, &desired) &&
          desired != k8_deployment_replicas (self->deployment))
        return TRUE;
    }
  return FALSE;
}

/* Everything but a step of the rollout. */
static void
sync (K8DeploymentSync *self)
{
  k8_deployment_sync_ensure_new (self, FALSE);
  k8_deployment_sync_scale_all (self);
  if (k8_deployment_spec_paused (k8_deployment_spec (self->deployment)))
    k8_deployment_sync_clean_up (self);
  k8_deployment_sync_status (self);
}

static void
sync_live (K8DeploymentSync *self)
{
  check_paused (self);
  if (k8_deployment_spec_paused (k8_deployment_spec (self->deployment)))
    {
      sync (self);
      return;
    }
  k8_deployment_sync_ensure_new (self, FALSE);
  if (self->is_stopped)
    /* Upstream looks for the new ReplicaSet a second time and meets its own write there. */
    k8_plan_fail (self->plan, "the new ReplicaSet has just been written");
  else if (is_scaling (self))
    sync (self);
  else if (k8_deployment_is_rolling (self->deployment))
    k8_deployment_sync_roll (self);
  else
    k8_deployment_sync_recreate (self);
}

static gboolean
selects_everything (const K8Deployment *deployment)
{
  const K8LabelSelector *selector = get_selector (deployment);

  return k8_label_selector_match_labels_n (selector) == 0 &&
         k8_label_selector_match_expressions_n (selector) == 0;
}

static K8Adoption
make_adoption (const K8View *view, const K8CacheEntry *entry)
{
  return (K8Adoption){ .view = view,
                       .kind = K8_KIND_ReplicaSet,
                       .owner = entry,
                       .owner_kind = K8_KIND_Deployment,
                       .selector = get_selector (entry->object) };
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  K8DeploymentSync self;

  if (entry == NULL)
    return;
  if (selects_everything (entry->object))
    {
      k8_plan_event (plan, entry->object, "Warning", "SelectingAll",
                     "This deployment is selecting all pods. A non-empty selector is required.");
      return;
    }
  gboolean is_deleting =
      k8_object_meta_has_deletion_timestamp (k8_deployment_metadata (entry->object));
  K8Adoption adoption = make_adoption (view, entry);
  if (!is_deleting)
    k8_adoption_release (&adoption, plan);
  if (!is_deleting && k8_adoption_begin (&adoption, plan))
    return;
  begin (&self, view, entry, plan);
  if (is_deleting)
    {
      k8_deployment_sync_ensure_new (&self, FALSE);
      k8_deployment_sync_status (&self);
    }
  else
    sync_live (&self);
  finish (&self);
}

/* The name of the new ReplicaSet is taken: ours is found at the next look; else the hash has
 * collided, and the next one is made with a count. */
static void
resolve_collision (K8DeploymentSync *self, const K8PlanWrite *creation)
{
  K8Ref ref = { K8_KIND_ReplicaSet, creation->namespace_name, creation->name };
  const K8CacheEntry *known = k8_view_find (self->view, &ref);
  const K8DeploymentStatus *status = k8_deployment_status (self->deployment);
  K8DeploymentStatusEdit edit;

  if (known == NULL ||
      (k8_owner_is_controlled_by (k8_replica_set_metadata (known->object), self->entry->uid) &&
       k8_pod_template_equal_but_hash (self->view->region,
                                       k8_replica_set_template (known->object),
                                       k8_replica_set_template (creation->object))))
    return;
  k8_deployment_status_edit (&edit, self->view->region, status);
  k8_deployment_status_set_collision_count (&edit,
                                            k8_deployment_status_collision_count (status) + 1);
  const K8Deployment *before = self->deployment;
  self->deployment = k8_object_with_status (before, k8_deployment_status_seal (&edit));
  k8_record_unref (before);
  k8_deployment_sync_write_status (self, "the hash has collided");
}

/* "Failed to create new replica set "web-abc": <error>", in the condition and as an Event. */
static void
report_failed_creation (K8DeploymentSync *self, const K8PlanWrite *creation)
{
  GString *text = g_string_new ("Failed to create new replica set \"");

  g_string_append (text, creation->name);
  g_string_append (text, "\": ");
  g_string_append (text, k8_string_or_empty (k8_status_message (creation->status)));
  if (k8_deployment_has_deadline (self->deployment))
    {
      k8_deployment_sync_put_condition (self, "False", "ReplicaSetCreateError", text->str);
      k8_deployment_sync_write_status (self, "the new ReplicaSet cannot be created");
    }
  k8_plan_event (self->plan, self->deployment, "Warning", "ReplicaSetCreateError", text->str);
  g_string_free (text, TRUE);
}

static gboolean
is_namespace_terminating (const K8Status *status)
{
  const K8StatusDetails *details = k8_status_details (status);

  for (guint i = 0; i < k8_status_details_causes_n (details); i++)
    if (k8_string_is (k8_status_cause_reason (k8_status_details_causes_at (details, i)),
                      "NamespaceTerminating"))
      return TRUE;
  return FALSE;
}

/* After the look at the owner: adoption. After the creation of the new ReplicaSet: what went
 * wrong with it. */
static void
resume (const K8View *view, const K8Ref *ref, const K8Plan *plan, K8Plan *next)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  const K8PlanWrite *failure = k8_plan_find_failure (plan);
  K8DeploymentSync self;

  if (entry == NULL)
    return;
  if (k8_plan_at (plan, k8_plan_n (plan) - 1)->type == K8_WRITE_GET)
    {
      K8Adoption adoption = make_adoption (view, entry);
      k8_adoption_resume (&adoption, plan, next);
      return;
    }
  next->requeue_after_ns = plan->requeue_after_ns;
  if (failure == NULL || is_namespace_terminating (failure->status))
    return;
  k8_plan_fail (next, k8_string_or_empty (k8_status_message (failure->status)));
  if (failure->type != K8_WRITE_CREATE)
    return;
  begin (&self, view, entry, next);
  if (k8_string_is (k8_status_reason (failure->status), "AlreadyExists"))
    resolve_collision (&self, failure);
  else
    report_failed_creation (&self, failure);
  finish (&self);
}

const K8ControllerClass k8_deployment_controller_class = {
  .name = "deployment-controller",
  .kind = K8_KIND_Deployment,
  .n_workers = 5,
  .max_retries = MAX_RETRIES,
  .watches = { { K8_KIND_Deployment, deployment_changed },
               { K8_KIND_ReplicaSet, replica_set_changed },
               { K8_KIND_Pod, pod_changed } },
  .reconcile = reconcile,
  .resume = resume,
};
