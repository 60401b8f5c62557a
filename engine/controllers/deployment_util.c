/* SPDX-License-Identifier: Apache-2.0
 *
 * What a Deployment's fields mean: fenceposts, annotations, template and its hash.
 * Source: pkg/controller/deployment/util/deployment_util.go, pkg/controller/controller_utils.go
 * ComputeHash (v1.36). Departures: upstream hashes a dump of Go structures, which changes with
 * every new field; the hash here is over the template's JSON, with the same alphabet and length.
 */
#include "base/hash.h"
#include "base/text.h"
#include "codec/json.h"
#include "controllers/deployment.h"

gint32
k8_deployment_replicas (const K8Deployment *self)
{
  return k8_deployment_spec_replicas (k8_deployment_spec (self));
}

gboolean
k8_deployment_is_rolling (const K8Deployment *self)
{
  return k8_string_is (
      k8_deployment_strategy_type (k8_deployment_spec_strategy (k8_deployment_spec (self))),
      "RollingUpdate");
}

/* A deadline of the largest number means none. */
gboolean
k8_deployment_has_deadline (const K8Deployment *self)
{
  const K8DeploymentSpec *spec = k8_deployment_spec (self);

  return k8_deployment_spec_has_progress_deadline_seconds (spec) &&
         k8_deployment_spec_progress_deadline_seconds (spec) != G_MAXINT32;
}

/* A number, or a percentage of @total. */
gint32
k8_int_or_percent (K8IntOrString value, gint32 total, gboolean rounds_up)
{
  gint64 percent = 0;

  if (!value.is_text)
    return value.number;
  for (const char *c = k8_string_or_empty (value.text); *c >= '0' && *c <= '9'; c++)
    percent = MIN (percent * 10 + (*c - '0'), G_MAXINT32);
  return (gint32) MIN ((percent * total + (rounds_up ? 99 : 0)) / 100, G_MAXINT32);
}

static const K8RollingUpdateDeployment *
get_rolling (const K8Deployment *self)
{
  return k8_deployment_strategy_rolling_update (
      k8_deployment_spec_strategy (k8_deployment_spec (self)));
}

/* How many pods more than wanted a rolling update may have. */
gint32
k8_deployment_max_surge (const K8Deployment *self)
{
  if (!k8_deployment_is_rolling (self))
    return 0;
  return k8_int_or_percent (k8_rolling_update_deployment_max_surge (get_rolling (self)),
                            k8_deployment_replicas (self), TRUE);
}

/* How many pods less than wanted may be available. */
gint32
k8_deployment_max_unavailable (const K8Deployment *self)
{
  gint32 replicas = k8_deployment_replicas (self);
  gint32 unavailable;

  if (!k8_deployment_is_rolling (self) || replicas == 0)
    return 0;
  unavailable = k8_int_or_percent (
      k8_rolling_update_deployment_max_unavailable (get_rolling (self)), replicas, FALSE);
  /* Both zero would never move: one pod may be missing. */
  if (unavailable == 0 && k8_deployment_max_surge (self) == 0)
    unavailable = 1;
  return MIN (unavailable, replicas);
}

gint32
k8_replica_set_replicas (const K8ReplicaSet *self)
{
  return k8_replica_set_spec_replicas (k8_replica_set_spec (self));
}

gint32
k8_replica_set_available (const K8ReplicaSet *self)
{
  return k8_replica_set_status_available_replicas (k8_replica_set_status (self));
}

const K8PodTemplateSpec *
k8_replica_set_template (const K8ReplicaSet *self)
{
  return k8_replica_set_spec_template (k8_replica_set_spec (self));
}

/* The number in an annotation; FALSE if there is none. */
gboolean
k8_replica_set_annotation_number (const K8ReplicaSet *self, const char *key, gint64 *ret_number)
{
  const char *text = k8_object_meta_annotations_get (k8_replica_set_metadata (self), key);

  return text != NULL && k8_text_parse_i64 (text, ret_number);
}

/* The template without the label pod-template-hash. (transfer full) */
static const K8PodTemplateSpec *
strip_hash (K8Region *region, const K8PodTemplateSpec *template)
{
  K8ObjectMetaEdit meta;
  K8PodTemplateSpecEdit edit;

  k8_object_meta_edit (&meta, region, k8_pod_template_spec_metadata (template));
  k8_object_meta_delete_labels (&meta, K8_POD_TEMPLATE_HASH);
  k8_pod_template_spec_edit (&edit, region, template);
  k8_pod_template_spec_set_metadata (&edit, k8_object_meta_seal (&meta));
  return k8_pod_template_spec_seal (&edit);
}

gboolean
k8_pod_template_equal_but_hash (K8Region *region, const K8PodTemplateSpec *a,
                                const K8PodTemplateSpec *b)
{
  if (!k8_record_equal (k8_pod_template_spec_spec (a), k8_pod_template_spec_spec (b)))
    return FALSE;
  k8_autounref const K8PodTemplateSpec *bare_a = strip_hash (region, a);
  k8_autounref const K8PodTemplateSpec *bare_b = strip_hash (region, b);
  return k8_record_equal (bare_a, bare_b);
}

/* The value of pod-template-hash for a template; a collision gives another one. */
void
k8_pod_template_hash (const K8PodTemplateSpec *template, const K8DeploymentStatus *status,
                      char ret_text[11])
{
  K8JsonOptions options = { .kind = NULL };
  GString *text = g_string_new ("");
  guint32 hash;

  k8_json_encode (text, template, &options);
  hash = k8_hash_fnv1a_32 (K8_HASH_FNV_32, text->str, text->len);
  g_string_free (text, TRUE);
  if (k8_deployment_status_has_collision_count (status))
    {
      guint8 bytes[8] = { 0 };
      guint32 count = (guint32) k8_deployment_status_collision_count (status);
      for (guint i = 0; i < 4; i++)
        bytes[i] = (guint8) (count >> (8 * i));
      hash = k8_hash_fnv1a_32 (hash, bytes, sizeof bytes);
    }
  k8_hash_safe_encode (hash, ret_text);
}

guint
k8_deployment_sync_n (const K8DeploymentSync *self)
{
  return k8_array_n (&self->sets);
}

K8DeploymentSet *
k8_deployment_sync_at (const K8DeploymentSync *self, guint index)
{
  return k8_array_at (&self->sets, index);
}

K8DeploymentSet *
k8_deployment_sync_new_set (const K8DeploymentSync *self)
{
  return self->new_index < 0 ? NULL : k8_deployment_sync_at (self, (guint) self->new_index);
}

/* Whether it wants pods. */
gboolean
k8_deployment_set_is_active (const K8DeploymentSet *set)
{
  return k8_replica_set_replicas (set->now) > 0;
}
