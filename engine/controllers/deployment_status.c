/* SPDX-License-Identifier: Apache-2.0
 *
 * Status of a Deployment: sums over the status of its ReplicaSets as they were when the sync
 * began, and the conditions Available, Progressing and ReplicaFailure.
 * Progress is that more pods are updated, ready or available, or fewer are old, than the stored
 * status says; without progress for progressDeadlineSeconds the rollout has timed out, and stays
 * so until there is progress.
 * Source: pkg/controller/deployment/sync.go calculateStatus, progress.go (v1.36).
 */
#include "base/text.h"
#include "base/time.h"
#include "controllers/deployment.h"
#include "machinery/conditions.h"

/* Sums over ReplicaSets. */
typedef struct
{
  gint32 n_wanted;
  gint32 n_replicas;
  gint32 n_updated;
  gint32 n_ready;
  gint32 n_available;
  gint32 n_terminating; /* a ReplicaSet that does not say how many has none */
} Sums;

static Sums
sum_up (const K8DeploymentSync *self)
{
  Sums sums = { 0 };

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    {
      const K8ReplicaSet *set = k8_deployment_sync_at (self, i)->first;
      const K8ReplicaSetStatus *status = k8_replica_set_status (set);
      sums.n_wanted += k8_replica_set_replicas (set);
      sums.n_replicas += k8_replica_set_status_replicas (status);
      sums.n_ready += k8_replica_set_status_ready_replicas (status);
      sums.n_available += k8_replica_set_status_available_replicas (status);
      sums.n_terminating += k8_replica_set_status_terminating_replicas (status);
      if ((gint32) i == self->new_index)
        sums.n_updated = k8_replica_set_status_replicas (status);
    }
  return sums;
}

static void
set_or_clear (K8DeploymentStatusEdit *edit, const K8Field *field, gint32 number)
{
  if (number != 0)
    k8_edit_set_int (&edit->edit, field, number);
  else
    k8_edit_clear (&edit->edit, field);
}

static void
put_available (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit, gint32 n_available)
{
  gboolean is_enough = n_available >= k8_deployment_replicas (self->deployment) -
                                          k8_deployment_max_unavailable (self->deployment);
  K8ConditionValue value = {
    .type = "Available",
    .status = is_enough ? "True" : "False",
    .reason = is_enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    .message = is_enough ? "Deployment has minimum availability."
                         : "Deployment does not have minimum availability.",
    .now_seconds = self->view->now_seconds,
  };

  k8_conditions_put_deployment (&edit->edit, &value);
}

/* The status as the ReplicaSets make it, without a word about progress. */
static void
begin_status (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit)
{
  Sums sums = sum_up (self);

  k8_deployment_status_edit (edit, self->view->region, k8_deployment_status (self->deployment));
  k8_deployment_status_set_observed_generation (
      edit, k8_object_meta_generation (k8_deployment_metadata (self->deployment)));
  set_or_clear (edit, K8_FIELD (deployment_status, replicas), sums.n_replicas);
  set_or_clear (edit, K8_FIELD (deployment_status, updated_replicas), sums.n_updated);
  set_or_clear (edit, K8_FIELD (deployment_status, ready_replicas), sums.n_ready);
  set_or_clear (edit, K8_FIELD (deployment_status, available_replicas), sums.n_available);
  set_or_clear (edit, K8_FIELD (deployment_status, unavailable_replicas),
                MAX (sums.n_wanted - sums.n_available, 0));
  k8_deployment_status_set_terminating_replicas (edit, sums.n_terminating);
  put_available (self, edit, sums.n_available);
}

const K8DeploymentCondition *
k8_deployment_progressing (const K8Deployment *self)
{
  return k8_conditions_find (k8_deployment_status (self), "Progressing");
}

/* Puts a status (taken over) on the Deployment of this sync. */
static void
set_status (K8DeploymentSync *self, const K8DeploymentStatus *status)
{
  const K8Deployment *before = self->deployment;

  self->deployment = k8_object_with_status (before, status);
  k8_record_unref (before);
}

void
k8_deployment_sync_put_condition (K8DeploymentSync *self, const char *status, const char *reason,
                                  const char *message)
{
  K8ConditionValue value = { .type = "Progressing",
                             .status = status,
                             .reason = reason,
                             .message = message,
                             .now_seconds = self->view->now_seconds };
  K8DeploymentStatusEdit edit;

  k8_deployment_status_edit (&edit, self->view->region, k8_deployment_status (self->deployment));
  k8_conditions_put_deployment (&edit.edit, &value);
  set_status (self, k8_deployment_status_seal (&edit));
}

/* Plans to write the Deployment as this sync has it, status and annotations. */
void
k8_deployment_sync_write_status (K8DeploymentSync *self, const char *why)
{
  k8_plan_next_group (self->plan);
  k8_plan_write_set_why (k8_plan_status (self->plan, self->deployment, self->entry->revision),
                         why);
}

static void
append_count (GString *text, const char *name, gint32 number)
{
  g_string_append (text, name);
  k8_text_append_i64 (text, number);
}

static gboolean
is_same_status (const K8DeploymentStatus *a, const K8DeploymentStatus *b)
{
  return k8_deployment_status_observed_generation (a) ==
             k8_deployment_status_observed_generation (b) &&
         k8_deployment_status_replicas (a) == k8_deployment_status_replicas (b) &&
         k8_deployment_status_updated_replicas (a) == k8_deployment_status_updated_replicas (b) &&
         k8_deployment_status_ready_replicas (a) == k8_deployment_status_ready_replicas (b) &&
         k8_deployment_status_available_replicas (a) ==
             k8_deployment_status_available_replicas (b) &&
         k8_deployment_status_unavailable_replicas (a) ==
             k8_deployment_status_unavailable_replicas (b) &&
         k8_deployment_status_has_terminating_replicas (a) ==
             k8_deployment_status_has_terminating_replicas (b) &&
         k8_deployment_status_terminating_replicas (a) ==
             k8_deployment_status_terminating_replicas (b) &&
         k8_list_equal (k8_deployment_status_conditions (a), k8_deployment_status_conditions (b));
}

/* Plans a status (taken over) if it differs from the Deployment's; gives whether. */
static gboolean
write_if_changed (K8DeploymentSync *self, const K8DeploymentStatus *status)
{
  GString *why;

  if (is_same_status (status, k8_deployment_status (self->deployment)))
    {
      k8_record_unref (status);
      return FALSE;
    }
  why = g_string_new ("");
  append_count (why, "replicas ", k8_deployment_status_replicas (status));
  append_count (why, ", updated ", k8_deployment_status_updated_replicas (status));
  append_count (why, ", ready ", k8_deployment_status_ready_replicas (status));
  append_count (why, ", available ", k8_deployment_status_available_replicas (status));
  append_count (why, ", unavailable ", k8_deployment_status_unavailable_replicas (status));
  set_status (self, status);
  k8_deployment_sync_write_status (self, why->str);
  g_string_free (why, TRUE);
  return TRUE;
}

void
k8_deployment_sync_status (K8DeploymentSync *self)
{
  K8DeploymentStatusEdit edit;

  begin_status (self, &edit);
  write_if_changed (self, k8_deployment_status_seal (&edit));
}

/* Every wanted pod is of the new template and available, and nothing else is left. */
gboolean
k8_deployment_is_complete (const K8Deployment *self, const K8DeploymentStatus *status)
{
  gint32 wanted = k8_deployment_replicas (self);

  return k8_deployment_status_updated_replicas (status) == wanted &&
         k8_deployment_status_replicas (status) == wanted &&
         k8_deployment_status_available_replicas (status) == wanted &&
         k8_deployment_status_observed_generation (status) >=
             k8_object_meta_generation (k8_deployment_metadata (self));
}

static gboolean
has_progressed (const K8DeploymentStatus *before, const K8DeploymentStatus *now)
{
  gint32 old_before = k8_deployment_status_replicas (before) -
                      k8_deployment_status_updated_replicas (before);
  gint32 old_now =
      k8_deployment_status_replicas (now) - k8_deployment_status_updated_replicas (now);

  return k8_deployment_status_updated_replicas (now) >
             k8_deployment_status_updated_replicas (before) ||
         old_now < old_before ||
         k8_deployment_status_ready_replicas (now) >
             k8_deployment_status_ready_replicas (before) ||
         k8_deployment_status_available_replicas (now) >
             k8_deployment_status_available_replicas (before);
}

/* When the rollout must have moved, in seconds since 1970. */
static gint64
get_deadline (const K8Deployment *deployment, const K8DeploymentCondition *condition)
{
  return k8_deployment_condition_last_update_time (condition) +
         k8_deployment_spec_progress_deadline_seconds (k8_deployment_spec (deployment));
}

static gboolean
has_timed_out (const K8DeploymentSync *self, const K8DeploymentStatusEdit *status)
{
  const K8DeploymentCondition *condition =
      k8_conditions_find_edit (&status->edit, "Progressing");
  const char *reason = k8_deployment_condition_reason (condition);

  if (condition == NULL || k8_string_is (reason, "NewReplicaSetAvailable"))
    return FALSE;
  return k8_string_is (reason, "ProgressDeadlineExceeded") ||
         get_deadline (self->deployment, condition) < self->view->now_seconds;
}

/* The condition with the transition time of the one it replaces, if that was True, too. */
static void
keep_transition (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit,
                 const K8DeploymentCondition *current)
{
  const K8List *list =
      k8_edit_get_list (&edit->edit, K8_FIELD (deployment_status, conditions));
  guint last = k8_list_n (list) - 1;
  K8DeploymentConditionEdit condition;

  if (!k8_string_is (k8_deployment_condition_status (current), "True"))
    return;
  k8_deployment_condition_edit (&condition, self->view->region, k8_list_get_object (list, last));
  k8_deployment_condition_set_last_transition_time (
      &condition, k8_deployment_condition_last_transition_time (current));
  k8_deployment_status_replace_conditions (edit, last, k8_deployment_condition_seal (&condition));
}

/* `ReplicaSet "web-abc" <says>`. */
static GString *
say_of_set (const K8DeploymentSync *self, const char *says)
{
  const K8DeploymentSet *set = k8_deployment_sync_new_set (self);
  const K8ObjectMeta *meta = set != NULL ? k8_replica_set_metadata (set->now)
                                         : k8_deployment_metadata (self->deployment);
  GString *text = g_string_new (set != NULL ? "ReplicaSet \"" : "Deployment \"");

  g_string_append (text, k8_object_meta_name (meta));
  g_string_append (text, "\" ");
  g_string_append (text, says);
  return text;
}

static void
put_progress (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit, const char *reason,
              const char *says)
{
  GString *message = say_of_set (self, says);
  gboolean is_late = k8_string_is (reason, "ProgressDeadlineExceeded");
  K8ConditionValue value = { .type = "Progressing",
                             .status = is_late ? "False" : "True",
                             .reason = reason,
                             .message = message->str,
                             .now_seconds = self->view->now_seconds };

  k8_conditions_put_deployment (&edit->edit, &value);
  g_string_free (message, TRUE);
}

static void
judge_progress (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit,
                const K8DeploymentStatus *status)
{
  const K8DeploymentStatus *before = k8_deployment_status (self->deployment);
  const K8DeploymentCondition *current = k8_deployment_progressing (self->deployment);

  if (!k8_deployment_has_deadline (self->deployment) ||
      (k8_deployment_status_replicas (status) == k8_deployment_status_updated_replicas (status) &&
       k8_string_is (k8_deployment_condition_reason (current), "NewReplicaSetAvailable")))
    return;
  if (k8_deployment_is_complete (self->deployment, status))
    put_progress (self, edit, "NewReplicaSetAvailable", "has successfully progressed.");
  else if (has_progressed (before, status))
    {
      k8_conditions_remove (&edit->edit, "Progressing");
      put_progress (self, edit, "ReplicaSetUpdated", "is progressing.");
      keep_transition (self, edit, current);
    }
  else if (has_timed_out (self, edit))
    put_progress (self, edit, "ProgressDeadlineExceeded", "has timed out progressing.");
}

/* ReplicaFailure of the new ReplicaSet, or of any. */
static void
copy_failure (const K8DeploymentSync *self, K8DeploymentStatusEdit *edit)
{
  const K8DeploymentSet *set = k8_deployment_sync_new_set (self);
  const K8ReplicaSetCondition *found = NULL;

  if (set != NULL)
    found = k8_conditions_find (k8_replica_set_status (set->first), "ReplicaFailure");
  for (guint i = 0; i < k8_deployment_sync_n (self) && found == NULL; i++)
    found = k8_conditions_find (k8_replica_set_status (k8_deployment_sync_at (self, i)->first),
                                "ReplicaFailure");
  if (found == NULL)
    {
      k8_conditions_remove (&edit->edit, "ReplicaFailure");
      return;
    }
  K8ConditionValue value = {
    .type = "ReplicaFailure",
    .status = k8_replica_set_condition_status (found),
    .reason = k8_replica_set_condition_reason (found),
    .message = k8_replica_set_condition_message (found),
    .now_seconds = k8_replica_set_condition_last_transition_time (found),
  };
  k8_conditions_put_deployment (&edit->edit, &value);
}

/* Looks again when the deadline will have passed. A rollout that has succeeded can never time out
 * until there is a new one, so a Deployment that lost pods later is not looked at in a loop, as
 * upstream's rate-limited requeue would. */
static void
requeue_at_deadline (K8DeploymentSync *self)
{
  const K8DeploymentCondition *current = k8_deployment_progressing (self->deployment);
  gint64 left_seconds;

  if (!k8_deployment_has_deadline (self->deployment) || current == NULL ||
      k8_string_is (k8_deployment_condition_reason (current), "ProgressDeadlineExceeded") ||
      k8_string_is (k8_deployment_condition_reason (current), "NewReplicaSetAvailable") ||
      k8_deployment_is_complete (self->deployment, k8_deployment_status (self->deployment)))
    return;
  left_seconds = get_deadline (self->deployment, current) - self->view->now_seconds;
  k8_plan_requeue_after (self->plan, (MAX (left_seconds, 0) + 1) * K8_SECOND_NS);
}

void
k8_deployment_sync_rollout_status (K8DeploymentSync *self)
{
  K8DeploymentStatusEdit edit;

  begin_status (self, &edit);
  k8_autounref const K8DeploymentStatus *counted = k8_deployment_status_seal (&edit);
  k8_deployment_status_edit (&edit, self->view->region, counted);
  if (!k8_deployment_has_deadline (self->deployment))
    k8_conditions_remove (&edit.edit, "Progressing");
  judge_progress (self, &edit, counted);
  copy_failure (self, &edit);
  if (!write_if_changed (self, k8_deployment_status_seal (&edit)))
    requeue_at_deadline (self);
}
