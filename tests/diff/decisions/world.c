/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows a recorded case: objects in the order of the recording straight into the cache.
 */
#include "tests/diff/decisions/suite.h"

#include "base/time.h"
#include "codec/json.h"
#include "machinery/pod.h"
#include "tests/lib/test_region.h"

enum
{
  REGION_BYTES = 256 * 1024 * 1024,
};

void
decision_world_init (DecisionWorld *self, JsonObject *header)
{
  *self = (DecisionWorld){ .region = test_region_new (REGION_BYTES) };
  k8_scheduler_cache_init (&self->cache, self->region);
  k8_framework_init (&self->framework, self->region);
  self->framework.percentage_of_nodes =
      (guint32) json_object_get_int_member_with_default (header, "percentageOfNodesToScore", 0);
  self->score_plugins = json_object_get_array_member (header, "scorePlugins");
  self->pods = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) k8_record_unref);
}

void
decision_world_clear (DecisionWorld *self)
{
  g_hash_table_unref (self->pods);
  k8_scheduler_cache_clear (&self->cache);
  k8_framework_clear (&self->framework);
  test_region_free (self->region);
}

static const void *
decode (DecisionWorld *self, JsonNode *object, const K8MessageInfo *info)
{
  g_autofree char *text = json_to_string (object, FALSE);
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (self->region, info, text, strlen (text), &decoded);

  if (record == NULL)
    g_error ("%s: %s", text, decoded.error);
  k8_json_decoded_clear (&decoded);
  return record;
}

static char *
name_of (const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  return g_strdup_printf ("%s/%s", k8_object_meta_namespace (meta), k8_object_meta_name (meta));
}

/* Keeps a pod (taken over) under its name. */
static const K8Pod *
keep_pod (DecisionWorld *self, const K8Pod *pod)
{
  g_hash_table_replace (self->pods, name_of (pod), (gpointer) pod);
  return pod;
}

const K8Pod *
decision_world_find_pod (DecisionWorld *self, const char *name)
{
  return g_hash_table_lookup (self->pods, name);
}

const K8Pod *
decision_world_take_pod (DecisionWorld *self, JsonNode *object)
{
  return keep_pod (self, decode (self, object, K8_INFO (pod)));
}

static void
place_pod (DecisionWorld *self, const K8Pod *pod)
{
  if (k8_pod_is_terminal (pod))
    k8_scheduler_cache_remove_pod (&self->cache, pod);
  else if (k8_pod_spec_node_name (k8_pod_spec (pod)) != NULL)
    k8_scheduler_cache_put_pod (&self->cache, pod);
}

void
decision_world_apply (DecisionWorld *self, JsonNode *object)
{
  const char *kind = json_object_get_string_member (json_node_get_object (object), "kind");

  if (g_str_equal (kind, "Node"))
    {
      const K8Node *node = decode (self, object, K8_INFO (node));
      k8_scheduler_cache_put_node (&self->cache, node);
      k8_record_unref (node);
    }
  else if (g_str_equal (kind, "Pod"))
    place_pod (self, decision_world_take_pod (self, object));
}

void
decision_world_delete (DecisionWorld *self, const char *text)
{
  if (g_str_has_prefix (text, "Node "))
    k8_scheduler_cache_remove_node (&self->cache, text + strlen ("Node "));
  else if (g_str_has_prefix (text, "Pod "))
    {
      const K8Pod *pod = decision_world_find_pod (self, text + strlen ("Pod "));
      if (pod == NULL)
        return;
      k8_scheduler_cache_remove_pod (&self->cache, pod);
      g_hash_table_remove (self->pods, text + strlen ("Pod "));
    }
}

/* Bound pods run from their recorded start; others stay as they are. */
void
decision_world_follow (DecisionWorld *self, const K8Pod *pod, JsonObject *out)
{
  const char *node = json_object_get_string_member_with_default (out, "node", NULL);
  const char *start = json_object_get_string_member_with_default (out, "startTime", "");
  gint64 seconds = 0;
  K8PodSpecEdit spec;
  K8PodStatusEdit status;
  K8PodEdit edit;

  if (node == NULL)
    return;
  k8_pod_spec_edit (&spec, self->region, k8_pod_spec (pod));
  k8_pod_spec_set_node_name (&spec, node);
  k8_pod_status_edit (&status, self->region, k8_pod_status (pod));
  k8_pod_status_set_phase (&status, "Running");
  if (k8_time_parse_seconds (start, &seconds))
    k8_pod_status_set_start_time (&status, seconds);
  k8_pod_status_clear_nominated_node_name (&status);
  k8_pod_edit (&edit, self->region, pod);
  k8_pod_set_spec (&edit, k8_pod_spec_seal (&spec));
  k8_pod_set_status (&edit, k8_pod_status_seal (&status));
  place_pod (self, keep_pod (self, k8_pod_seal (&edit)));
}
