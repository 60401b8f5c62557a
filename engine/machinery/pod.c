/* SPDX-License-Identifier: Apache-2.0
 *
 * Pods, asked by everyone: readiness and availability from conditions, activity from phase and
 * deletion, quality of service from requests and limits.
 * Source: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go,
 * component-helpers pod/util and apis/core/v1/helper/qos (v1.36).
 */
#include "machinery/pod.h"

#include "base/quantity.h"
#include "machinery/conditions.h"

const K8PodCondition *
k8_pod_find_condition (const K8Pod *pod, const char *type)
{
  return k8_conditions_find (k8_pod_status (pod), type);
}

gboolean
k8_pod_is_ready (const K8Pod *pod)
{
  return k8_conditions_is_true (k8_pod_status (pod), "Ready");
}

gint64
k8_pod_available_at (const K8Pod *pod, gint32 min_ready_seconds)
{
  const K8PodCondition *ready = k8_pod_find_condition (pod, "Ready");

  if (!k8_string_is (k8_pod_condition_status (ready), "True"))
    return 0;
  return k8_pod_condition_last_transition_time (ready) + min_ready_seconds;
}

/* Upstream wants a transition time only where there is something to wait for. */
gboolean
k8_pod_is_available (const K8Pod *pod, gint32 min_ready_seconds, gint64 now_seconds)
{
  const K8PodCondition *ready = k8_pod_find_condition (pod, "Ready");

  if (!k8_pod_is_ready (pod))
    return FALSE;
  if (min_ready_seconds == 0)
    return TRUE;
  return k8_pod_condition_has_last_transition_time (ready)
         && k8_pod_available_at (pod, min_ready_seconds) <= now_seconds;
}

gboolean
k8_pod_is_terminal (const K8Pod *pod)
{
  const char *phase = k8_pod_status_phase (k8_pod_status (pod));

  return k8_string_is (phase, "Succeeded") || k8_string_is (phase, "Failed");
}

gboolean
k8_pod_is_terminating (const K8Pod *pod)
{
  return k8_object_meta_has_deletion_timestamp (k8_pod_metadata (pod));
}

gboolean
k8_pod_is_active (const K8Pod *pod)
{
  return !k8_pod_is_terminal (pod) && !k8_pod_is_terminating (pod);
}

/* A sidecar: an init container that keeps running. */
gboolean
k8_container_is_restartable_init (const K8Container *container)
{
  return k8_string_is (k8_container_restart_policy (container), "Always");
}

/* The status of a container by name, in one of the three lists of a status; or NULL. */
const K8ContainerStatus *
k8_container_status_find (const K8List *list, const char *name)
{
  for (guint i = 0; i < k8_list_n (list); i++)
    {
      const K8ContainerStatus *status = k8_list_get_object (list, i);
      if (k8_string_is (k8_container_status_name (status), name))
        return status;
    }
  return NULL;
}

/* Sums of the two resources that decide, over all containers. */
typedef struct
{
  K8Quantity requests[2];
  K8Quantity limits[2];
  gboolean has_request[2];
  gboolean has_limit[2];
  gboolean is_guaranteed;
} QosSums;

static const char *const qos_names[2] = { "cpu", "memory" };

static gboolean
add_positive (K8Quantity *sum, const K8List *map, const char *name)
{
  const char *text = k8_map_find (map, name);
  K8Quantity quantity;

  if (text == NULL || k8_quantity_parse (text, &quantity) != K8_QUANTITY_OK
      || k8_quantity_sign (&quantity) <= 0)
    return FALSE;
  k8_quantity_add (sum, &quantity);
  return TRUE;
}

static void
add_container_qos (QosSums *sums, const K8ResourceRequirements *resources)
{
  gboolean has_all_limits = TRUE;

  for (guint i = 0; i < 2; i++)
    {
      const char *name = qos_names[i];
      if (add_positive (&sums->requests[i], k8_resource_requirements_requests (resources), name))
        sums->has_request[i] = TRUE;
      if (add_positive (&sums->limits[i], k8_resource_requirements_limits (resources), name))
        sums->has_limit[i] = TRUE;
      else
        has_all_limits = FALSE;
    }
  sums->is_guaranteed = sums->is_guaranteed && has_all_limits;
}

static gboolean
has_equal_sums (const QosSums *sums)
{
  for (guint i = 0; i < 2; i++)
    if (!sums->has_request[i] || !sums->has_limit[i]
        || k8_quantity_compare (&sums->requests[i], &sums->limits[i]) != 0)
      return FALSE;
  return TRUE;
}

const char *
k8_pod_compute_qos (const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  QosSums sums = { .is_guaranteed = TRUE };

  if (k8_pod_spec_has_resources (spec))
    add_container_qos (&sums, k8_pod_spec_resources (spec));
  else
    {
      for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
        add_container_qos (&sums, k8_container_resources (k8_pod_spec_containers_at (spec, i)));
      for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
        add_container_qos (&sums,
                           k8_container_resources (k8_pod_spec_init_containers_at (spec, i)));
    }
  if (!sums.has_request[0] && !sums.has_request[1] && !sums.has_limit[0] && !sums.has_limit[1])
    return "BestEffort";
  return sums.is_guaranteed && has_equal_sums (&sums) ? "Guaranteed" : "Burstable";
}
