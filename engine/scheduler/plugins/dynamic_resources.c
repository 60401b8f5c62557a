/* SPDX-License-Identifier: Apache-2.0
 *
 * DynamicResources: resource claims. Claims do not exist here, so a pod that names one waits, and
 * for all others there is nothing to do but to say so when they fit nowhere.
 * Source: pkg/scheduler/framework/plugins/dynamicresources (v1.36). Departures: no claims.
 */
#include "scheduler/plugins.h"

static K8Code
pre_enqueue (const K8Pod *pod, GString *ret_reason)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  for (guint i = 0; i < k8_pod_spec_resource_claims_n (spec); i++)
    {
      const char *name =
          k8_pod_resource_claim_resource_claim_name (k8_pod_spec_resource_claims_at (spec, i));
      if (name == NULL)
        continue;
      g_string_append (ret_reason, "could not find ResourceClaim \"");
      g_string_append (ret_reason, k8_object_meta_namespace (k8_pod_metadata (pod)));
      g_string_append_c (ret_reason, '/');
      g_string_append (ret_reason, name);
      g_string_append_c (ret_reason, '"');
      return K8_CODE_UNRESOLVABLE;
    }
  return K8_CODE_SUCCESS;
}

/* Upstream has no state for it when a PreFilter before this plugin's ended the cycle. */
static K8Code
post_filter (const K8Cycle *cycle, GString *ret_message)
{
  const K8Decision *decision = cycle->decision;

  if (decision->pre_filter_code == K8_CODE_UNRESOLVABLE &&
      decision->pre_filter_plugin < cycle->plugin)
    {
      g_string_append (ret_message, "not found");
      return K8_CODE_ERROR;
    }
  g_string_append (ret_message, "no new claims to deallocate");
  return K8_CODE_UNSCHEDULABLE;
}

const K8Plugin k8_dynamic_resources_plugin = {
  .name = "DynamicResources",
  .weight = 2,
  .pre_enqueue = pre_enqueue,
  .post_filter = post_filter,
};
