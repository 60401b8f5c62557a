/* SPDX-License-Identifier: Apache-2.0
 *
 * Admission: whether the node can take a pod that was bound to it. The scheduler asked the same,
 * perhaps of an older picture. Resources first, then node selector and affinity, host ports,
 * taints that evict.
 * Source: kubernetes pkg/kubelet/lifecycle predicate.go, scheduler AdmissionCheck (v1.36).
 */
#include "base/quantity.h"
#include "base/text.h"
#include "machinery/pod.h"
#include "machinery/selector.h"
#include "node/pod_worker.h"

/* Refuses; FALSE, as a verdict. */
static gboolean
refuse (GString *ret_reason, GString *ret_message, const char *reason, const char *why)
{
  g_string_assign (ret_reason, reason);
  g_string_assign (ret_message, "Predicate ");
  g_string_append (ret_message, reason);
  g_string_append (ret_message, " failed: ");
  g_string_append (ret_message, why);
  return FALSE;
}

static gboolean
refuse_resource (GString *ret_reason, GString *ret_message, const char *name,
                 const gint64 amounts[3])
{
  static const char *const words[] = { ", requested: ", ", used: ", ", capacity: " };

  g_string_assign (ret_reason, "OutOf");
  g_string_append (ret_reason, name);
  g_string_assign (ret_message, "Node didn't have enough resource: ");
  g_string_append (ret_message, name);
  for (guint i = 0; i < 3; i++)
    {
      g_string_append (ret_message, words[i]);
      k8_text_append_i64 (ret_message, amounts[i]);
    }
  return FALSE;
}

/* Whether a worker's pod takes up room: it runs, or is about to. */
static gboolean
takes_room (const K8PodWorker *worker, const K8Pod *but)
{
  return worker->state < K8_WORKER_TERMINATED && !worker->is_rejected
         && !k8_pod_is_terminal (worker->pod)
         && !k8_string_equal (worker->uid, k8_object_meta_uid (k8_pod_metadata (but)));
}

static const char *const admitted[K8_N_ADMITTED] = {
  [K8_ADMITTED_CPU] = "cpu",
  [K8_ADMITTED_MEMORY] = "memory",
  [K8_ADMITTED_EPHEMERAL_STORAGE] = "ephemeral-storage",
};

/* Counts what a pod asks for, once for all admissions to come; again when its spec changes. */
void
k8_admit_count (K8PodWorker *worker)
{
  for (guint i = 0; i < K8_N_ADMITTED; i++)
    worker->requests[i] = k8_pod_request (k8_pod_spec (worker->pod), admitted[i]);
}

static gint64
get_request (const K8PodWorker *worker, const char *resource)
{
  for (guint i = 0; i < K8_N_ADMITTED; i++)
    if (k8_string_is (resource, admitted[i]))
      return worker->requests[i];
  return k8_pod_request (k8_pod_spec (worker->pod), resource);
}

/* What the other pods ask for; their number for "pods". Cost: O(pods of the node). */
static gint64
sum_used (const K8Kubelet *self, const K8Pod *pod, const char *resource)
{
  gboolean is_count = k8_string_is (resource, "pods");
  gint64 sum = 0;

  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0;
       slot = k8_slots_next (&self->workers, slot))
    {
      const K8PodWorker *worker = k8_slots_get (&self->workers, slot);
      if (takes_room (worker, pod))
        sum += is_count ? 1 : get_request (worker, resource);
    }
  return sum;
}

/* What the node can give: thousandths of "cpu", whole units of others; -1: it says nothing. */
static gint64
get_allocatable (const K8Kubelet *self, const char *resource)
{
  const K8NodeStatus *status = k8_node_status (self->config);
  const K8List *map = k8_node_status_has_allocatable (status)
                          ? k8_node_status_allocatable (status)
                          : k8_node_status_capacity (status);
  const char *text = k8_map_find (map, resource);
  K8Quantity amount;

  if (text == NULL || k8_quantity_parse (text, &amount) != K8_QUANTITY_OK)
    return k8_string_is (resource, "pods") ? K8_MAX_PODS : -1;
  return k8_string_is (resource, "cpu") ? k8_quantity_milli_value (&amount)
                                        : k8_quantity_value (&amount);
}

static gboolean
fits (const K8Kubelet *self, const K8Pod *pod, const char *resource, GString *ret_reason,
      GString *ret_message)
{
  gboolean is_count = k8_string_is (resource, "pods");
  gint64 wanted = is_count ? 1 : k8_pod_request (k8_pod_spec (pod), resource);
  gint64 capacity = get_allocatable (self, resource);
  gboolean is_unlimited = capacity < 0 && (k8_string_is (resource, "cpu")
                                           || k8_string_is (resource, "memory")
                                           || k8_string_is (resource, "ephemeral-storage"));

  if (wanted == 0 || is_unlimited)
    return TRUE;
  gint64 used = sum_used (self, pod, resource);
  if (used + wanted <= MAX (capacity, 0))
    return TRUE;
  return refuse_resource (ret_reason, ret_message, resource,
                          (const gint64[]){ wanted, used, MAX (capacity, 0) });
}

static gboolean
has_resources (const K8Kubelet *self, const K8Pod *pod, GString *ret_reason, GString *ret_message)
{
  static const char *const first[] = { "pods", "cpu", "memory", "ephemeral-storage" };
  GPtrArray *names = g_ptr_array_new ();
  gboolean is_good = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (first) && is_good; i++)
    is_good = fits (self, pod, first[i], ret_reason, ret_message);
  k8_pod_request_names (k8_pod_spec (pod), names);
  for (guint i = 0; i < names->len && is_good; i++)
    {
      gboolean is_done = FALSE;
      for (guint j = 0; j < G_N_ELEMENTS (first); j++)
        is_done = is_done || k8_string_is (names->pdata[i], first[j]);
      if (!is_done)
        is_good = fits (self, pod, names->pdata[i], ret_reason, ret_message);
    }
  g_ptr_array_free (names, TRUE);
  return is_good;
}

/* Whether a text is greater (1) or less (-1) than a number, as Gt and Lt ask. */
static gboolean
compares (const char *text, const K8NodeSelectorRequirement *requirement, int sign)
{
  gint64 value, bound;

  if (text == NULL || k8_node_selector_requirement_values_n (requirement) != 1
      || !k8_text_parse_i64 (text, &value)
      || !k8_text_parse_i64 (k8_node_selector_requirement_values_at (requirement, 0), &bound))
    return FALSE;
  return sign > 0 ? value > bound : value < bound;
}

static gboolean
matches_requirement (const K8NodeSelectorRequirement *requirement, const char *value)
{
  const char *operator = k8_node_selector_requirement_operator (requirement);
  gboolean is_in = FALSE;

  for (guint i = 0; i < k8_node_selector_requirement_values_n (requirement); i++)
    is_in = is_in || k8_string_is (value, k8_node_selector_requirement_values_at (requirement, i));
  if (k8_string_is (operator, "In"))
    return is_in;
  if (k8_string_is (operator, "NotIn"))
    return !is_in;
  if (k8_string_is (operator, "Exists"))
    return value != NULL;
  if (k8_string_is (operator, "DoesNotExist"))
    return value == NULL;
  if (k8_string_is (operator, "Gt"))
    return compares (value, requirement, 1);
  return k8_string_is (operator, "Lt") && compares (value, requirement, -1);
}

static gboolean
matches_term (const K8Kubelet *self, const K8NodeSelectorTerm *term, const K8List *labels)
{
  guint n_labels = k8_node_selector_term_match_expressions_n (term);
  guint n_fields = k8_node_selector_term_match_fields_n (term);

  for (guint i = 0; i < n_labels; i++)
    {
      const K8NodeSelectorRequirement *one = k8_node_selector_term_match_expressions_at (term, i);
      if (!matches_requirement (one,
                                k8_map_find (labels, k8_node_selector_requirement_key (one))))
        return FALSE;
    }
  for (guint i = 0; i < n_fields; i++)
    if (!matches_requirement (k8_node_selector_term_match_fields_at (term, i), self->node_name))
      return FALSE;
  return n_labels + n_fields > 0;
}

/* The node as the API server has it: labels and taints may have been changed there. */
static const K8Node *
get_node (const K8Kubelet *self)
{
  return self->node != NULL ? self->node : self->config;
}

static gboolean
matches_affinity (const K8Kubelet *self, const K8PodSpec *spec)
{
  const K8List *labels = k8_object_meta_labels (k8_node_metadata (get_node (self)));
  const K8NodeSelector *required
      = k8_node_affinity_required_during_scheduling_ignored_during_execution (
          k8_affinity_node_affinity (k8_pod_spec_affinity (spec)));

  if (!k8_labels_contain (labels, k8_pod_spec_node_selector (spec)))
    return FALSE;
  for (guint i = 0; i < k8_node_selector_node_selector_terms_n (required); i++)
    if (matches_term (self, k8_node_selector_node_selector_terms_at (required, i), labels))
      return TRUE;
  return required == NULL;
}

static gboolean
tolerates (const K8PodSpec *spec, const K8Taint *taint)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    {
      const K8Toleration *one = k8_pod_spec_tolerations_at (spec, i);
      const char *effect = k8_string_or_empty (k8_toleration_effect (one));
      const char *key = k8_string_or_empty (k8_toleration_key (one));
      if (effect[0] != '\0' && !k8_string_is (k8_taint_effect (taint), effect))
        continue;
      if (key[0] != '\0' && !k8_string_is (k8_taint_key (taint), key))
        continue;
      if (k8_string_is (k8_toleration_operator (one), "Exists")
          || strcmp (k8_string_or_empty (k8_toleration_value (one)),
                     k8_string_or_empty (k8_taint_value (taint)))
                 == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
tolerates_all (const K8Kubelet *self, const K8PodSpec *spec)
{
  const K8NodeSpec *node = k8_node_spec (get_node (self));

  for (guint i = 0; i < k8_node_spec_taints_n (node); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (node, i);
      if (k8_string_is (k8_taint_effect (taint), "NoExecute") && !tolerates (spec, taint))
        return FALSE;
    }
  return TRUE;
}

static gboolean
uses_port (const K8PodSpec *spec, const K8ContainerPort *wanted)
{
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        {
          const K8ContainerPort *port = k8_container_ports_at (container, j);
          if (k8_container_port_host_port (port) == k8_container_port_host_port (wanted)
              && k8_string_equal (k8_container_port_protocol (port),
                                  k8_container_port_protocol (wanted)))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_port_free (const K8Kubelet *self, const K8Pod *pod, const K8ContainerPort *wanted)
{
  for (guint32 slot = k8_slots_next (&self->workers, 0); slot != 0;
       slot = k8_slots_next (&self->workers, slot))
    {
      const K8PodWorker *worker = k8_slots_get (&self->workers, slot);
      if (takes_room (worker, pod) && uses_port (k8_pod_spec (worker->pod), wanted))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_free_ports (const K8Kubelet *self, const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      for (guint j = 0; j < k8_container_ports_n (container); j++)
        {
          const K8ContainerPort *port = k8_container_ports_at (container, j);
          if (k8_container_port_host_port (port) != 0 && !is_port_free (self, pod, port))
            return FALSE;
        }
    }
  return TRUE;
}

gboolean
k8_admit_pod (const K8Kubelet *self, const K8Pod *pod, GString *ret_reason, GString *ret_message)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  if (!has_resources (self, pod, ret_reason, ret_message))
    return FALSE;
  if (!matches_affinity (self, spec))
    return refuse (ret_reason, ret_message, "NodeAffinity",
                   "node(s) didn't match Pod's node affinity/selector");
  if (!has_free_ports (self, pod))
    return refuse (ret_reason, ret_message, "NodePorts",
                   "node(s) didn't have free ports for the requested pod ports");
  if (!tolerates_all (self, spec))
    return refuse (ret_reason, ret_message, "TaintToleration",
                   "node(s) had taints that the pod didn't tolerate");
  return TRUE;
}
