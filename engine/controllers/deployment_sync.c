/* SPDX-License-Identifier: Apache-2.0
 *
 * The new ReplicaSet of a Deployment: found by its template, given the next revision, or made;
 * scaling a ReplicaSet; clearing away old ones. A second write of the Deployment in one sync
 * bears the resource version of the first: it meets a conflict, and the key comes back 5 ms
 * later. That is upstream's way, too, and harmless.
 * Source: pkg/controller/deployment/sync.go, util/deployment_util.go (v1.36).
 */
#include <string.h>

#include "base/sort.h"
#include "base/text.h"
#include "controllers/deployment.h"
#include "machinery/owner.h"

enum
{
  MAX_HISTORY_BYTES = 2000, /* of the annotation revision-history */
  MAX_NAME_BYTES = 253,
};

static void
put_number (K8ObjectMetaEdit *meta, const char *key, gint64 number)
{
  char text[K8_TEXT_NUMBER_LETTERS + 1];

  k8_text_write_i64 (text, number);
  k8_object_meta_put_annotations (meta, key, text);
}

/* Annotations that a ReplicaSet has for itself. */
static gboolean
is_own_annotation (const char *key)
{
  static const char *const keys[] = {
    "kubectl.kubernetes.io/last-applied-configuration", K8_DEPLOYMENT_REVISION,
    K8_DEPLOYMENT_REVISION_HISTORY, K8_DEPLOYMENT_DESIRED_REPLICAS, K8_DEPLOYMENT_MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (key, keys[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Copies the Deployment's annotations; gives whether something changed. */
static gboolean
copy_annotations (const K8Deployment *deployment, const K8ObjectMeta *before,
                  K8ObjectMetaEdit *meta)
{
  const K8ObjectMeta *from = k8_deployment_metadata (deployment);
  gboolean has_changed = FALSE;

  for (guint i = 0; i < k8_object_meta_annotations_n (from); i++)
    {
      const char *key = k8_object_meta_annotations_key (from, i);
      const char *value = k8_object_meta_annotations_value (from, i);
      const char *known = k8_object_meta_annotations_get (before, key);
      if (is_own_annotation (key) || (known != NULL && strcmp (known, value) == 0))
        continue;
      k8_object_meta_put_annotations (meta, key, value);
      has_changed = TRUE;
    }
  return has_changed;
}

/* Adds the revision that is given up to the history; the oldest go when it gets too long. */
static void
put_history (K8ObjectMetaEdit *meta, const char *history, const char *revision)
{
  const char *kept = k8_string_or_empty (history);
  gsize room = MAX_HISTORY_BYTES - strlen (revision) - 1;

  while (strlen (kept) > room)
    {
      const char *comma = strchr (kept, ',');
      kept = comma == NULL ? "" : comma + 1;
    }
  GString *text = g_string_new (kept);
  if (text->len > 0)
    g_string_append_c (text, ',');
  g_string_append (text, revision);
  k8_object_meta_put_annotations (meta, K8_DEPLOYMENT_REVISION_HISTORY, text->str);
  g_string_free (text, TRUE);
}

/* Gives the ReplicaSet the next revision if it has a lower one; gives whether it had. */
static gboolean
put_revision (const K8ObjectMeta *before, gint64 revision, K8ObjectMetaEdit *meta)
{
  const char *old = k8_object_meta_annotations_get (before, K8_DEPLOYMENT_REVISION);
  gint64 number = 0;

  if (old != NULL && *old != '\0' && !k8_text_parse_i64 (old, &number))
    return FALSE;
  if (number >= revision)
    return FALSE;
  put_number (meta, K8_DEPLOYMENT_REVISION, revision);
  if (old != NULL)
    put_history (meta,
                 k8_object_meta_annotations_get (before, K8_DEPLOYMENT_REVISION_HISTORY), old);
  return TRUE;
}

/* The highest revision of the old ReplicaSets. */
static gint64
find_max_old_revision (const K8DeploymentSync *self)
{
  gint64 max = 0;
  gint64 number;

  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    if ((gint32) i != self->new_index &&
        k8_replica_set_annotation_number (k8_deployment_sync_at (self, i)->now,
                                          K8_DEPLOYMENT_REVISION, &number))
      max = MAX (max, number);
  return max;
}

static void
find_new (K8DeploymentSync *self)
{
  const K8PodTemplateSpec *template =
      k8_deployment_spec_template (k8_deployment_spec (self->deployment));

  self->new_index = -1;
  for (guint i = 0; i < k8_deployment_sync_n (self) && self->new_index < 0; i++)
    if (k8_pod_template_equal_but_hash (
            self->view->region, k8_replica_set_template (k8_deployment_sync_at (self, i)->now),
            template))
      self->new_index = (gint32) i;
}

static void
set_now (K8DeploymentSet *set, const K8ReplicaSet *now)
{
  const K8ReplicaSet *before = set->now;

  set->now = now;
  k8_record_unref (before);
}

/* Writes the ReplicaSet with other metadata (taken over) and the Deployment's minReadySeconds. */
static void
update_new (K8DeploymentSync *self, K8DeploymentSet *set, const K8ObjectMeta *meta)
{
  K8ReplicaSetSpecEdit spec;
  K8ReplicaSetEdit edit;

  k8_replica_set_spec_edit (&spec, self->view->region, k8_replica_set_spec (set->now));
  k8_replica_set_spec_set_min_ready_seconds (
      &spec, k8_deployment_spec_min_ready_seconds (k8_deployment_spec (self->deployment)));
  k8_replica_set_edit (&edit, self->view->region, set->now);
  k8_replica_set_set_metadata (&edit, meta);
  k8_replica_set_set_spec (&edit, k8_replica_set_spec_seal (&spec));
  set_now (set, k8_replica_set_seal (&edit));
  k8_plan_next_group (self->plan);
  k8_plan_write_set_why (k8_plan_update (self->plan, set->now, set->revision),
                         "annotations of the revision");
  set->revision = K8_PLAN_REVISION_OF_ANSWER;
}

/* Puts the revision on the Deployment; gives whether it had another one. */
static gboolean
set_revision (K8DeploymentSync *self, const char *revision)
{
  const K8ObjectMeta *before = k8_deployment_metadata (self->deployment);
  const char *known = k8_object_meta_annotations_get (before, K8_DEPLOYMENT_REVISION);
  const K8Deployment *old = self->deployment;
  K8ObjectMetaEdit meta;
  K8DeploymentEdit edit;

  if (revision == NULL || (known != NULL && strcmp (known, revision) == 0))
    return FALSE;
  k8_object_meta_edit (&meta, self->view->region, before);
  k8_object_meta_put_annotations (&meta, K8_DEPLOYMENT_REVISION, revision);
  k8_deployment_edit (&edit, self->view->region, old);
  k8_deployment_set_metadata (&edit, k8_object_meta_seal (&meta));
  self->deployment = k8_deployment_seal (&edit);
  k8_record_unref (old);
  return TRUE;
}

/* `<before> "<name>"`. */
static GString *
quote (const char *before, const char *name)
{
  GString *text = g_string_new (before);

  g_string_append (text, " \"");
  g_string_append (text, name);
  g_string_append_c (text, '"');
  return text;
}

/* The new ReplicaSet exists: its annotations, then the Deployment's. */
static void
take_existing (K8DeploymentSync *self)
{
  K8DeploymentSet *set = k8_deployment_sync_new_set (self);
  const K8ObjectMeta *before = k8_replica_set_metadata (set->now);
  gboolean has_changed;
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, self->view->region, before);
  has_changed = copy_annotations (self->deployment, before, &meta);
  has_changed |= put_revision (before, find_max_old_revision (self) + 1, &meta);
  const K8ObjectMeta *sealed = k8_object_meta_seal (&meta);
  if (has_changed ||
      k8_replica_set_spec_min_ready_seconds (k8_replica_set_spec (set->now)) !=
          k8_deployment_spec_min_ready_seconds (k8_deployment_spec (self->deployment)))
    {
      update_new (self, set, sealed);
      self->is_stopped = TRUE;
      return;
    }
  k8_record_unref (sealed);
  gboolean needs_status =
      set_revision (self, k8_object_meta_annotations_get (before, K8_DEPLOYMENT_REVISION));
  if (k8_deployment_has_deadline (self->deployment) &&
      k8_deployment_progressing (self->deployment) == NULL)
    {
      GString *message = quote ("Found new replica set", k8_object_meta_name (before));
      k8_deployment_sync_put_condition (self, "True", "FoundNewReplicaSet", message->str);
      g_string_free (message, TRUE);
      needs_status = TRUE;
    }
  if (needs_status)
    k8_deployment_sync_write_status (self, "revision of the ReplicaSet that was found");
}

/* Formula (a) of a rolling update: how many pods the new ReplicaSet may have now. */
gint32
k8_deployment_new_replicas (const K8DeploymentSync *self, gint32 new_replicas)
{
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint32 max_total = wanted + k8_deployment_max_surge (self->deployment);
  gint32 total = self->new_index < 0 ? new_replicas : 0;

  if (!k8_deployment_is_rolling (self->deployment))
    return wanted;
  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    total += k8_replica_set_replicas (k8_deployment_sync_at (self, i)->now);
  if (total >= max_total)
    return new_replicas;
  return new_replicas + MIN (max_total - total, wanted - new_replicas);
}

/* "<deployment>-<hash>", cut so that it stays a name. */
static GString *
make_set_name (const char *name, const char *hash)
{
  GString *text = g_string_new (name);

  if (text->len + 1 + strlen (hash) > MAX_NAME_BYTES)
    g_string_truncate (text, MAX_NAME_BYTES - 1 - strlen (hash));
  g_string_append_c (text, '-');
  g_string_append (text, hash);
  return text;
}

static const K8PodTemplateSpec *
make_template (K8DeploymentSync *self, const char *hash)
{
  const K8PodTemplateSpec *base =
      k8_deployment_spec_template (k8_deployment_spec (self->deployment));
  K8ObjectMetaEdit meta;
  K8PodTemplateSpecEdit edit;

  k8_object_meta_edit (&meta, self->view->region, k8_pod_template_spec_metadata (base));
  k8_object_meta_put_labels (&meta, K8_POD_TEMPLATE_HASH, hash);
  k8_pod_template_spec_edit (&edit, self->view->region, base);
  k8_pod_template_spec_set_metadata (&edit, k8_object_meta_seal (&meta));
  return k8_pod_template_spec_seal (&edit);
}

static const K8ReplicaSetSpec *
make_spec (K8DeploymentSync *self, const char *hash, gint32 replicas)
{
  const K8DeploymentSpec *from = k8_deployment_spec (self->deployment);
  K8LabelSelectorEdit selector;
  K8ReplicaSetSpecEdit spec;

  k8_label_selector_edit (&selector, self->view->region, k8_deployment_spec_selector (from));
  k8_label_selector_put_match_labels (&selector, K8_POD_TEMPLATE_HASH, hash);
  k8_replica_set_spec_edit (&spec, self->view->region, NULL);
  k8_replica_set_spec_set_replicas (&spec, replicas);
  if (k8_deployment_spec_min_ready_seconds (from) != 0)
    k8_replica_set_spec_set_min_ready_seconds (&spec,
                                               k8_deployment_spec_min_ready_seconds (from));
  k8_replica_set_spec_set_selector (&spec, k8_label_selector_seal (&selector));
  k8_replica_set_spec_set_template (&spec, make_template (self, hash));
  return k8_replica_set_spec_seal (&spec);
}

static const K8ObjectMeta *
make_meta (K8DeploymentSync *self, const char *hash, const K8PodTemplateSpec *template,
           gint64 revision)
{
  const K8ObjectMeta *owner = k8_deployment_metadata (self->deployment);
  gint32 wanted = k8_deployment_replicas (self->deployment);
  GString *name = make_set_name (k8_object_meta_name (owner), hash);
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, self->view->region, NULL);
  k8_object_meta_set_name (&meta, name->str);
  k8_object_meta_set_namespace (&meta, k8_object_meta_namespace (owner));
  k8_object_meta_set_labels (
      &meta, k8_list_ref (k8_object_meta_labels (k8_pod_template_spec_metadata (template))));
  copy_annotations (self->deployment, NULL, &meta);
  put_number (&meta, K8_DEPLOYMENT_REVISION, revision);
  put_number (&meta, K8_DEPLOYMENT_DESIRED_REPLICAS, wanted);
  put_number (&meta, K8_DEPLOYMENT_MAX_REPLICAS,
              wanted + k8_deployment_max_surge (self->deployment));
  k8_object_meta_add_owner_references (
      &meta, k8_owner_new_controller_ref (self->view->region, &k8_kinds[K8_KIND_Deployment],
                                          owner));
  g_string_free (name, TRUE);
  return k8_object_meta_seal (&meta);
}

static const K8ReplicaSet *
make_set (K8DeploymentSync *self, gint64 revision)
{
  const K8DeploymentSpec *from = k8_deployment_spec (self->deployment);
  char hash[11];
  K8ReplicaSetEdit edit;

  k8_pod_template_hash (k8_deployment_spec_template (from),
                        k8_deployment_status (self->deployment), hash);
  const K8ReplicaSetSpec *spec =
      make_spec (self, hash, k8_deployment_new_replicas (self, 0));
  k8_replica_set_edit (&edit, self->view->region, NULL);
  k8_replica_set_set_metadata (
      &edit, make_meta (self, hash, k8_replica_set_spec_template (spec), revision));
  k8_replica_set_set_spec (&edit, spec);
  return k8_replica_set_seal (&edit);
}

/* Makes the new ReplicaSet and says so; resume() looks after a name that is taken. */
static void
create_new (K8DeploymentSync *self)
{
  gint64 revision = find_max_old_revision (self) + 1;
  const K8ReplicaSet *made = make_set (self, revision);
  const char *name = k8_object_meta_name (k8_replica_set_metadata (made));
  char number[K8_TEXT_NUMBER_LETTERS + 1];

  k8_plan_next_group (self->plan);
  K8PlanWrite *write = k8_plan_create (self->plan, made);
  k8_plan_write_set_why (write, "the new template");
  if (k8_replica_set_replicas (made) > 0)
    {
      GString *message = g_string_new ("Scaled up replica set ");
      g_string_append (message, name);
      g_string_append (message, " from 0 to ");
      k8_text_append_i64 (message, k8_replica_set_replicas (made));
      k8_plan_write_say (write, self->deployment,
                         (K8PlanSaid){ "ScalingReplicaSet", message->str },
                         (K8PlanSaid){ NULL, "" });
      g_string_free (message, TRUE);
    }
  self->plan->wants_resume = TRUE;
  K8DeploymentSet *set = k8_array_add (&self->sets);
  *set = (K8DeploymentSet){ .first = made, .now = k8_replica_set_ref (made),
                            .revision = K8_PLAN_REVISION_OF_ANSWER };
  self->new_index = (gint32) k8_deployment_sync_n (self) - 1;
  k8_text_write_i64 (number, revision);
  gboolean needs_status = set_revision (self, number);
  if (k8_deployment_has_deadline (self->deployment))
    {
      GString *text = quote ("Created new replica set", name);
      k8_deployment_sync_put_condition (self, "True", "NewReplicaSetCreated", text->str);
      g_string_free (text, TRUE);
      needs_status = TRUE;
    }
  if (needs_status)
    k8_deployment_sync_write_status (self, "revision of the new ReplicaSet");
}

/* Finds the new ReplicaSet; @creates: makes it if there is none. */
void
k8_deployment_sync_ensure_new (K8DeploymentSync *self, gboolean creates)
{
  if (self->new_index < 0)
    find_new (self);
  else
    return;
  if (self->new_index >= 0)
    take_existing (self);
  else if (creates)
    create_new (self);
}

static gboolean
needs_annotations (const K8ReplicaSet *replica_set, gint64 desired, gint64 max)
{
  gint64 number;

  return !k8_replica_set_annotation_number (replica_set, K8_DEPLOYMENT_DESIRED_REPLICAS,
                                            &number) ||
         number != desired ||
         !k8_replica_set_annotation_number (replica_set, K8_DEPLOYMENT_MAX_REPLICAS, &number) ||
         number != max;
}

static const K8ReplicaSet *
make_scaled (K8DeploymentSync *self, const K8ReplicaSet *base, gint32 replicas)
{
  gint32 wanted = k8_deployment_replicas (self->deployment);
  K8ObjectMetaEdit meta;
  K8ReplicaSetSpecEdit spec;
  K8ReplicaSetEdit edit;

  k8_object_meta_edit (&meta, self->view->region, k8_replica_set_metadata (base));
  put_number (&meta, K8_DEPLOYMENT_DESIRED_REPLICAS, wanted);
  put_number (&meta, K8_DEPLOYMENT_MAX_REPLICAS,
              wanted + k8_deployment_max_surge (self->deployment));
  k8_replica_set_spec_edit (&spec, self->view->region, k8_replica_set_spec (base));
  k8_replica_set_spec_set_replicas (&spec, replicas);
  k8_replica_set_edit (&edit, self->view->region, base);
  k8_replica_set_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_replica_set_set_spec (&edit, k8_replica_set_spec_seal (&spec));
  return k8_replica_set_seal (&edit);
}

/* "Scaled up replica set web-abc from 1 to 2". */
static GString *
describe_scaling (const K8ReplicaSet *replica_set, gint32 from, gint32 to)
{
  GString *text = g_string_new (from < to ? "Scaled up" : "Scaled down");

  g_string_append (text, " replica set ");
  g_string_append (text, k8_object_meta_name (k8_replica_set_metadata (replica_set)));
  g_string_append (text, " from ");
  k8_text_append_i64 (text, from);
  g_string_append (text, " to ");
  k8_text_append_i64 (text, to);
  return text;
}

/* Plans another size; also when only the annotations differ. Gives whether the size changes. */
gboolean
k8_deployment_sync_scale (K8DeploymentSync *self, K8DeploymentSet *set, gint32 replicas)
{
  gint32 wanted = k8_deployment_replicas (self->deployment);
  gint32 before = k8_replica_set_replicas (set->now);

  if (before == replicas &&
      !needs_annotations (set->now, wanted, wanted + k8_deployment_max_surge (self->deployment)))
    return FALSE;
  set_now (set, make_scaled (self, set->now, replicas));
  k8_plan_next_group (self->plan);
  K8PlanWrite *write = k8_plan_update (self->plan, set->now, set->revision);
  set->revision = K8_PLAN_REVISION_OF_ANSWER;
  if (before == replicas)
    {
      k8_plan_write_set_why (write, "annotations");
      return FALSE;
    }
  GString *text = describe_scaling (set->now, before, replicas);
  k8_plan_write_set_why (write, text->str);
  k8_plan_write_say (write, self->deployment, (K8PlanSaid){ "ScalingReplicaSet", text->str },
                     (K8PlanSaid){ NULL, "" });
  g_string_free (text, TRUE);
  return TRUE;
}

static gint64
get_revision (const K8ReplicaSet *replica_set)
{
  gint64 number = 0;

  k8_replica_set_annotation_number (replica_set, K8_DEPLOYMENT_REVISION, &number);
  return number;
}

static int
compare_revisions (const void *a, const void *b, const void *user)
{
  gint64 revision_a = get_revision (*(const K8ReplicaSet *const *) a);
  gint64 revision_b = get_revision (*(const K8ReplicaSet *const *) b);

  return (revision_a > revision_b) - (revision_a < revision_b);
}

static gboolean
is_idle (const K8ReplicaSet *replica_set)
{
  const K8ReplicaSetStatus *status = k8_replica_set_status (replica_set);

  return k8_replica_set_status_replicas (status) == 0 &&
         k8_replica_set_replicas (replica_set) == 0 &&
         k8_object_meta_generation (k8_replica_set_metadata (replica_set)) <=
             k8_replica_set_status_observed_generation (status);
}

/* Deletes the oldest revisions behind revisionHistoryLimit that have no pods any more. */
void
k8_deployment_sync_clean_up (K8DeploymentSync *self)
{
  const K8DeploymentSpec *spec = k8_deployment_spec (self->deployment);
  g_autoptr (GPtrArray) old = g_ptr_array_new ();
  gint32 limit = k8_deployment_spec_revision_history_limit (spec);

  if (!k8_deployment_spec_has_revision_history_limit (spec) || limit == G_MAXINT32)
    return;
  for (guint i = 0; i < k8_deployment_sync_n (self); i++)
    {
      const K8ReplicaSet *set = k8_deployment_sync_at (self, i)->now;
      if ((gint32) i != self->new_index &&
          !k8_object_meta_has_deletion_timestamp (k8_replica_set_metadata (set)))
        g_ptr_array_add (old, (gpointer) set);
    }
  if ((gint32) old->len <= limit)
    return;
  k8_sort (old->pdata, old->len, sizeof (gpointer), compare_revisions, NULL);
  for (guint i = 0; i < old->len - (guint) limit; i++)
    {
      const K8ReplicaSet *set = g_ptr_array_index (old, i);
      if (!is_idle (set))
        continue;
      k8_plan_next_group (self->plan);
      K8PlanWrite *write = k8_plan_delete (self->plan, set);
      write->tolerate = K8_TOLERATE_NOT_FOUND;
      k8_plan_write_set_why (write, "older than the history that is kept");
    }
}
