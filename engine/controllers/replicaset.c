/* SPDX-License-Identifier: Apache-2.0
 *
 * ReplicaSet controller: as many active pods as spec.replicas says.
 * A sync: adopt orphans that match and release pods that no longer do; create what lacks (at
 * most 500, in batches of 1, 2, 4 …) or delete what is too many (ranked); write the status as it
 * was counted at the beginning. Pods that are ending do not count, so their replacement comes at
 * once. Replicas are counted by sums, pods are only listed to choose among them.
 * Source: pkg/controller/replicaset/replica_set.go, replica_set_utils.go (v1.36).
 * Departures: what is adopted counts from the next sync on.
 */
#include "controllers/replicaset.h"

#include "base/text.h"
#include "base/time.h"
#include "controllers/adoption.h"
#include "controllers/controllers.h"
#include "machinery/conditions.h"
#include "machinery/owner.h"
#include "machinery/pod.h"
#include "machinery/selector.h"

enum
{
  BURST_REPLICAS = 500, /* creations and deletions of one sync */
};

/* What a sync counts. */
typedef struct
{
  gint32 n_active;
  gint32 n_fully_labeled;
  gint32 n_ready;
  gint32 n_available;
  gint32 n_terminating;
  gint64 next_available_seconds; /* when the next ready pod becomes available; 0 none */
} Count;

static const K8LabelSelector *
get_selector (const K8ReplicaSet *replica_set)
{
  return k8_replica_set_spec_selector (k8_replica_set_spec (replica_set));
}

static gboolean
selects (const K8ReplicaSet *replica_set, const K8Pod *pod)
{
  return k8_label_selector_matches (get_selector (replica_set),
                                    k8_object_meta_labels (k8_pod_metadata (pod)));
}

/* Changes. */

static void
replica_set_changed (K8Controller *self, K8Context *context, const K8View *view,
                     const K8Change *change)
{
  k8_controller_enqueue_object (self, change->now != NULL ? change->now : change->before);
}

/* Every ReplicaSet that would take an orphan. */
static void
enqueue_matching (K8Controller *self, const K8View *view, const K8Pod *pod)
{
  const K8Cache *cache = view->caches[K8_KIND_ReplicaSet];
  const char *namespace_name = k8_object_meta_namespace (k8_pod_metadata (pod));

  for (guint32 slot = k8_cache_next_in_namespace (cache, namespace_name, 0); slot != 0;
       slot = k8_cache_next_in_namespace (cache, namespace_name, slot))
    if (selects (k8_cache_at (cache, slot)->object, pod))
      k8_controller_enqueue_object (self, k8_cache_at (cache, slot)->object);
}

/* Whether a change of a pod can change what its ReplicaSet counts or wants. */
static gboolean
matters (const K8Pod *before, const K8Pod *now)
{
  const K8ObjectMeta *meta_before = k8_pod_metadata (before);
  const K8ObjectMeta *meta = k8_pod_metadata (now);

  return k8_pod_is_ready (before) != k8_pod_is_ready (now) ||
         k8_pod_is_active (before) != k8_pod_is_active (now) ||
         k8_pod_is_terminal (before) != k8_pod_is_terminal (now) ||
         !k8_list_equal (k8_object_meta_owner_references (meta_before),
                         k8_object_meta_owner_references (meta)) ||
         !k8_list_equal (k8_object_meta_labels (meta_before), k8_object_meta_labels (meta));
}

/* A pod that has just turned ready counts as available after minReadySeconds. */
static void
enqueue_when_available (K8Controller *self, K8Context *context, const K8View *view,
                        const K8Change *change)
{
  const K8CacheEntry *owner = k8_view_find_owner (view, change->now, K8_KIND_ReplicaSet);
  gint32 min_ready = 0;

  if (owner != NULL)
    min_ready = k8_replica_set_spec_min_ready_seconds (k8_replica_set_spec (owner->object));
  if (min_ready == 0 || !k8_pod_is_ready (change->now) || k8_pod_is_ready (change->before))
    return;
  K8Ref ref = { K8_KIND_ReplicaSet, owner->namespace_name, owner->name };
  k8_controller_enqueue_after (self, context, &ref, (min_ready + 1) * K8_SECOND_NS);
}

static void
pod_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  if (change->type == K8_CHANGE_UPDATED && !matters (change->before, change->now))
    return;
  if (change->before != NULL)
    k8_controller_enqueue_owner (self, change->before, K8_KIND_ReplicaSet);
  if (change->now == NULL)
    return;
  if (k8_controller_enqueue_owner (self, change->now, K8_KIND_ReplicaSet))
    enqueue_when_available (self, context, view, change);
  else if (k8_owner_find_controller (k8_pod_metadata (change->now)) == NULL &&
           k8_pod_is_active (change->now))
    enqueue_matching (self, view, change->now);
}

/* Counting. */

/* Whether every pod that the selector takes has all labels of the template. */
static gboolean
selector_is_template (const K8ReplicaSetSpec *spec)
{
  const K8LabelSelector *selector = k8_replica_set_spec_selector (spec);
  const K8PodTemplateSpec *template = k8_replica_set_spec_template (spec);

  return k8_list_equal (k8_label_selector_match_labels (selector),
                        k8_object_meta_labels (k8_pod_template_spec_metadata (template)));
}

static void
count_pod (const K8ReplicaSetSpec *spec, const K8Pod *pod, gint64 now_seconds, Count *count)
{
  const K8PodTemplateSpec *template = k8_replica_set_spec_template (spec);
  gint32 min_ready = k8_replica_set_spec_min_ready_seconds (spec);
  gint64 available_at = k8_pod_available_at (pod, min_ready);

  count->n_active++;
  count->n_ready += k8_pod_is_ready (pod);
  count->n_available += k8_pod_is_available (pod, min_ready, now_seconds);
  count->n_fully_labeled +=
      k8_labels_contain (k8_object_meta_labels (k8_pod_metadata (pod)),
                         k8_object_meta_labels (k8_pod_template_spec_metadata (template)));
  if (available_at > now_seconds &&
      (count->next_available_seconds == 0 || available_at < count->next_available_seconds))
    count->next_available_seconds = available_at;
}

/* The active pods that stay: owned and selected. */
static void
list_active (const K8View *view, const K8CacheEntry *entry, GPtrArray *pods)
{
  const K8Cache *cache = view->caches[K8_KIND_Pod];

  for (guint32 slot = k8_cache_next_of_owner (cache, entry->uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (cache, entry->uid, slot))
    {
      const K8Pod *pod = k8_cache_at (cache, slot)->object;
      if (k8_pod_is_active (pod) && selects (entry->object, pod))
        g_ptr_array_add (pods, (gpointer) pod);
    }
}

static Count
count_pods (const K8View *view, const K8CacheEntry *entry, const K8OwnerSum *sum)
{
  const K8ReplicaSetSpec *spec = k8_replica_set_spec (entry->object);
  Count count = { .n_terminating = (gint32) sum->n_terminating };

  if (!sum->must_check && k8_replica_set_spec_min_ready_seconds (spec) == 0 &&
      selector_is_template (spec))
    {
      count.n_active = count.n_fully_labeled = (gint32) sum->n_active;
      count.n_ready = count.n_available = (gint32) sum->n_ready;
      return count;
    }
  g_autoptr (GPtrArray) pods = g_ptr_array_new ();
  list_active (view, entry, pods);
  for (guint i = 0; i < pods->len; i++)
    count_pod (spec, g_ptr_array_index (pods, i), view->now_seconds, &count);
  return count;
}

/* Status. */

static void
set_or_clear (K8ReplicaSetStatusEdit *edit, const K8Field *field, gint32 number)
{
  if (number != 0)
    k8_edit_set_int (&edit->edit, field, number);
  else
    k8_edit_clear (&edit->edit, field);
}

static const K8ReplicaSetStatus *
make_status (const K8View *view, const K8ReplicaSet *replica_set, const Count *count)
{
  K8ReplicaSetStatusEdit edit;

  k8_replica_set_status_edit (&edit, view->region, k8_replica_set_status (replica_set));
  k8_replica_set_status_set_replicas (&edit, count->n_active);
  set_or_clear (&edit, K8_FIELD (replica_set_status, fully_labeled_replicas),
                count->n_fully_labeled);
  set_or_clear (&edit, K8_FIELD (replica_set_status, ready_replicas), count->n_ready);
  set_or_clear (&edit, K8_FIELD (replica_set_status, available_replicas), count->n_available);
  k8_replica_set_status_set_terminating_replicas (&edit, count->n_terminating);
  k8_replica_set_status_set_observed_generation (
      &edit, k8_object_meta_generation (k8_replica_set_metadata (replica_set)));
  return k8_replica_set_status_seal (&edit);
}

/* The same with the condition ReplicaFailure that belongs to how the management went. */
static const K8ReplicaSetStatus *
set_failure (const K8View *view, const K8ReplicaSetStatus *status, const K8PlanWrite *failure)
{
  K8ReplicaSetStatusEdit edit;
  K8ConditionValue value = { .type = "ReplicaFailure", .status = "True",
                             .now_seconds = view->now_seconds };

  k8_replica_set_status_edit (&edit, view->region, status);
  if (failure == NULL)
    k8_conditions_remove (&edit.edit, "ReplicaFailure");
  else if (k8_conditions_find (status, "ReplicaFailure") == NULL)
    {
      value.reason = failure->type == K8_WRITE_DELETE ? "FailedDelete" : "FailedCreate";
      value.message = k8_status_message (failure->status);
      k8_conditions_put_replica_set (&edit.edit, &value);
    }
  return k8_replica_set_status_seal (&edit);
}

static gboolean
is_same_status (const K8ReplicaSetStatus *a, const K8ReplicaSetStatus *b)
{
  return k8_replica_set_status_replicas (a) == k8_replica_set_status_replicas (b) &&
         k8_replica_set_status_fully_labeled_replicas (a) ==
             k8_replica_set_status_fully_labeled_replicas (b) &&
         k8_replica_set_status_ready_replicas (a) == k8_replica_set_status_ready_replicas (b) &&
         k8_replica_set_status_available_replicas (a) ==
             k8_replica_set_status_available_replicas (b) &&
         k8_replica_set_status_has_terminating_replicas (a) ==
             k8_replica_set_status_has_terminating_replicas (b) &&
         k8_replica_set_status_terminating_replicas (a) ==
             k8_replica_set_status_terminating_replicas (b) &&
         k8_replica_set_status_observed_generation (a) ==
             k8_replica_set_status_observed_generation (b) &&
         k8_list_equal (k8_replica_set_status_conditions (a), k8_replica_set_status_conditions (b));
}

/* Plans a write of the status (taken over) if it says something new. */
static void
plan_status (K8Plan *plan, const K8CacheEntry *entry, const K8ReplicaSetStatus *status)
{
  if (is_same_status (status, k8_replica_set_status (entry->object)))
    {
      k8_record_unref (status);
      return;
    }
  GString *why = g_string_new ("replicas ");
  k8_text_append_i64 (why, k8_replica_set_status_replicas (status));
  g_string_append (why, ", ready ");
  k8_text_append_i64 (why, k8_replica_set_status_ready_replicas (status));
  g_string_append (why, ", available ");
  k8_text_append_i64 (why, k8_replica_set_status_available_replicas (status));
  g_string_append (why, ", terminating ");
  k8_text_append_i64 (why, k8_replica_set_status_terminating_replicas (status));
  k8_autounref const void *written = k8_object_with_status (entry->object, status);
  k8_plan_next_group (plan);
  K8PlanWrite *write = k8_plan_status (plan, written, entry->revision);
  write->n_retries = 1;
  k8_plan_write_set_why (write, why->str);
  g_string_free (why, TRUE);
}

/* Managing replicas. */

static const K8Pod *
make_pod (const K8View *view, const K8ReplicaSet *replica_set)
{
  const K8ObjectMeta *meta = k8_replica_set_metadata (replica_set);
  const K8PodTemplateSpec *template =
      k8_replica_set_spec_template (k8_replica_set_spec (replica_set));
  const K8ObjectMeta *template_meta = k8_pod_template_spec_metadata (template);
  GString *prefix = g_string_new (k8_object_meta_name (meta));
  K8ObjectMetaEdit pod_meta;
  K8PodEdit pod;

  g_string_append_c (prefix, '-');
  k8_object_meta_edit (&pod_meta, view->region, NULL);
  k8_object_meta_set_generate_name (&pod_meta, prefix->str);
  k8_object_meta_set_namespace (&pod_meta, k8_object_meta_namespace (meta));
  k8_object_meta_set_labels (&pod_meta, k8_list_ref (k8_object_meta_labels (template_meta)));
  k8_object_meta_set_annotations (&pod_meta,
                                  k8_list_ref (k8_object_meta_annotations (template_meta)));
  k8_object_meta_set_finalizers (&pod_meta,
                                 k8_list_ref (k8_object_meta_finalizers (template_meta)));
  k8_object_meta_add_owner_references (
      &pod_meta,
      k8_owner_new_controller_ref (view->region, &k8_kinds[K8_KIND_ReplicaSet], meta));
  k8_pod_edit (&pod, view->region, NULL);
  k8_pod_set_metadata (&pod, k8_object_meta_seal (&pod_meta));
  k8_pod_set_spec (&pod, k8_pod_spec_ref (k8_pod_template_spec_spec (template)));
  g_string_free (prefix, TRUE);
  return k8_pod_seal (&pod);
}

static void
plan_creations (const K8View *view, const K8ReplicaSet *replica_set, gint32 n, K8Plan *plan)
{
  k8_autounref const K8Pod *pod = make_pod (view, replica_set);

  n = MIN (n, BURST_REPLICAS);
  plan->is_slow_start = TRUE;
  k8_plan_next_group (plan);
  for (gint32 i = 0; i < n; i++)
    {
      GString *why = g_string_new ("");
      K8PlanWrite *write = k8_plan_create (plan, pod);
      k8_text_append_i64 (why, i + 1);
      g_string_append (why, " of ");
      k8_text_append_i64 (why, n);
      k8_plan_write_set_why (write, why->str);
      g_string_free (why, TRUE);
      k8_plan_write_say (write, replica_set, (K8PlanSaid){ "SuccessfulCreate", "Created pod: %" },
                         (K8PlanSaid){ "FailedCreate", "Error creating: %" });
    }
}

static void
plan_deletions (const K8View *view, const K8CacheEntry *entry, gint32 n, K8Plan *plan)
{
  g_autoptr (GPtrArray) pods = g_ptr_array_new ();

  list_active (view, entry, pods);
  n = MIN (n, MIN (BURST_REPLICAS, (gint32) pods->len));
  if (n < (gint32) pods->len)
    k8_replica_set_rank_victims (view, entry->object, pods);
  k8_plan_next_group (plan);
  for (gint32 i = 0; i < n; i++)
    {
      K8PlanWrite *write = k8_plan_delete (plan, g_ptr_array_index (pods, i));
      write->tolerate = K8_TOLERATE_NOT_FOUND;
      k8_plan_write_set_why (write, "one too many");
      k8_plan_write_say (write, entry->object,
                         (K8PlanSaid){ "SuccessfulDelete", "Deleted pod: %" },
                         (K8PlanSaid){ "FailedDelete", "Error deleting: %" });
    }
}

/* Looks for pods to adopt and to release. TRUE if the sync has to wait for an adoption. */
static gboolean
claim (const K8View *view, const K8CacheEntry *entry, const K8OwnerSum *sum, K8Plan *plan)
{
  K8Adoption adoption = { .view = view,
                          .kind = K8_KIND_Pod,
                          .owner = entry,
                          .owner_kind = K8_KIND_ReplicaSet,
                          .selector = get_selector (entry->object) };

  if (sum->must_check)
    {
      k8_adoption_release (&adoption, plan);
      plan->has_checked_pods = TRUE;
    }
  return k8_adoption_begin (&adoption, plan);
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);

  if (entry == NULL)
    return;
  const K8ReplicaSet *replica_set = entry->object;
  K8OwnerSum sum = k8_owner_sums_get (view->sums, entry->uid);
  gboolean is_deleting =
      k8_object_meta_has_deletion_timestamp (k8_replica_set_metadata (replica_set));
  if (!is_deleting && claim (view, entry, &sum, plan))
    return;
  Count count = count_pods (view, entry, &sum);
  gint32 difference = count.n_active - k8_replica_set_spec_replicas (
                                           k8_replica_set_spec (replica_set));
  k8_autounref const K8ReplicaSetStatus *status = make_status (view, replica_set, &count);
  if (count.next_available_seconds != 0)
    k8_plan_requeue_after (
        plan, (count.next_available_seconds - view->now_seconds) * K8_SECOND_NS);
  if (is_deleting || difference == 0)
    {
      plan_status (plan, entry, set_failure (view, status, NULL));
      return;
    }
  if (difference < 0)
    plan_creations (view, replica_set, -difference, plan);
  else
    plan_deletions (view, entry, difference, plan);
  k8_plan_set_memo (plan, status);
  plan->wants_resume = TRUE;
}

/* After management: the status as counted before it; after a look at the owner: adoption. */
static void
resume (const K8View *view, const K8Ref *ref, const K8Plan *plan, K8Plan *next)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  const K8PlanWrite *failure = k8_plan_find_failure (plan);

  if (entry == NULL)
    return;
  if (plan->memo == NULL)
    {
      K8Adoption adoption = { .view = view,
                              .kind = K8_KIND_Pod,
                              .owner = entry,
                              .owner_kind = K8_KIND_ReplicaSet,
                              .selector = get_selector (entry->object) };
      k8_adoption_resume (&adoption, plan, next);
      return;
    }
  plan_status (next, entry, set_failure (view, plan->memo, failure));
  next->requeue_after_ns = plan->requeue_after_ns;
  if (failure != NULL)
    k8_plan_fail (next, k8_string_or_empty (k8_status_message (failure->status)));
}

const K8ControllerClass k8_replica_set_controller_class = {
  .name = "replicaset-controller",
  .kind = K8_KIND_ReplicaSet,
  .n_workers = 5,
  .waits_for_own_writes = TRUE,
  .watches = { { K8_KIND_ReplicaSet, replica_set_changed }, { K8_KIND_Pod, pod_changed } },
  .reconcile = reconcile,
  .resume = resume,
};
