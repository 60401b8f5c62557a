/* SPDX-License-Identifier: Apache-2.0
 *
 * Taints that say what a node's conditions say. NoSchedule follows the conditions at once;
 * NoExecute, which evicts, is put on by the node lifecycle controller at its own pace.
 * Source: pkg/controller/nodelifecycle doNoScheduleTaintingPass, processTaintBaseEviction (v1.36).
 */
#include "controllers/node_health.h"
#include "machinery/conditions.h"

/* A condition, the status that taints, and the taint. */
static const struct
{
  const char *condition;
  const char *status;
  const char *key;
} rows[] = {
  { "Ready", "False", K8_TAINT_NOT_READY },
  { "Ready", "Unknown", K8_TAINT_UNREACHABLE },
  { "MemoryPressure", "True", "node.kubernetes.io/memory-pressure" },
  { "DiskPressure", "True", "node.kubernetes.io/disk-pressure" },
  { "NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable" },
  { "PIDPressure", "True", "node.kubernetes.io/pid-pressure" },
};
#define UNSCHEDULABLE "node.kubernetes.io/unschedulable"

const char *
k8_node_ready_status (const K8Node *node)
{
  return k8_conditions_status (k8_node_status (node), "Ready");
}

gboolean
k8_node_has_taint (const K8Node *node, const char *key, const char *effect)
{
  const K8NodeSpec *spec = k8_node_spec (node);

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      if (k8_string_is (k8_taint_key (taint), key) &&
          k8_string_is (k8_taint_effect (taint), effect))
        return TRUE;
    }
  return FALSE;
}

/* Whether a taint of effect NoSchedule with this key belongs on the node. */
static gboolean
is_wanted (const K8Node *node, const char *key)
{
  const K8NodeStatus *status = k8_node_status (node);

  if (g_str_equal (key, UNSCHEDULABLE))
    return k8_node_spec_unschedulable (k8_node_spec (node));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].key, key))
      return k8_string_is (k8_conditions_status (status, rows[i].condition), rows[i].status);
  return FALSE;
}

static gboolean
is_ours (const char *key)
{
  if (k8_string_is (key, UNSCHEDULABLE))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (k8_string_is (key, rows[i].key))
      return TRUE;
  return FALSE;
}

static void
add_taint (const K8View *view, K8NodeSpecEdit *spec, const char *key, const char *effect)
{
  K8TaintEdit taint;

  k8_taint_edit (&taint, view->region, NULL);
  k8_taint_set_key (&taint, key);
  k8_taint_set_effect (&taint, effect);
  k8_taint_set_time_added (&taint, view->now_seconds);
  k8_node_spec_add_taints (spec, k8_taint_seal (&taint));
}

static const K8Node *
seal_node (const K8View *view, const K8Node *node, K8NodeSpecEdit *spec)
{
  K8NodeEdit edit;

  k8_node_edit (&edit, view->region, node);
  k8_node_set_spec (&edit, k8_node_spec_seal (spec));
  return k8_node_seal (&edit);
}

/* Begins a node's spec without taints; those that stay are added again. */
static void
begin_spec (const K8View *view, const K8Node *node, K8NodeSpecEdit *spec)
{
  k8_node_spec_edit (spec, view->region, k8_node_spec (node));
  k8_node_spec_clear_taints (spec);
}

/* The node with the NoSchedule taints that its conditions call for; NULL if it has them. */
const K8Node *
k8_node_with_conditions_tainted (const K8View *view, const K8Node *node)
{
  const K8NodeSpec *old = k8_node_spec (node);
  gboolean has_changed = FALSE;
  K8NodeSpecEdit spec;

  begin_spec (view, node, &spec);
  for (guint i = 0; i < k8_node_spec_taints_n (old); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (old, i);
      gboolean goes = k8_string_is (k8_taint_effect (taint), "NoSchedule") &&
                      is_ours (k8_taint_key (taint)) && !is_wanted (node, k8_taint_key (taint));
      has_changed |= goes;
      if (!goes)
        k8_node_spec_add_taints (&spec, k8_taint_ref (taint));
    }
  for (guint i = 0; i <= G_N_ELEMENTS (rows); i++)
    {
      const char *key = i < G_N_ELEMENTS (rows) ? rows[i].key : UNSCHEDULABLE;
      if (!is_wanted (node, key) || k8_node_has_taint (node, key, "NoSchedule"))
        continue;
      add_taint (view, &spec, key, "NoSchedule");
      has_changed = TRUE;
    }
  const K8Node *tainted = seal_node (view, node, &spec);
  if (has_changed)
    return tainted;
  k8_record_unref (tainted);
  return NULL;
}

/* The node with @key as its only NoExecute taint of this controller, or with none for NULL; NULL
 * if it is so. */
const K8Node *
k8_node_with_no_execute (const K8View *view, const K8Node *node, const char *key)
{
  const K8NodeSpec *old = k8_node_spec (node);
  gboolean has_changed = FALSE;
  K8NodeSpecEdit spec;

  begin_spec (view, node, &spec);
  for (guint i = 0; i < k8_node_spec_taints_n (old); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (old, i);
      const char *found = k8_taint_key (taint);
      gboolean goes = k8_string_is (k8_taint_effect (taint), "NoExecute") &&
                      (k8_string_is (found, K8_TAINT_NOT_READY) ||
                       k8_string_is (found, K8_TAINT_UNREACHABLE)) &&
                      (key == NULL || !k8_string_is (found, key));
      has_changed |= goes;
      if (!goes)
        k8_node_spec_add_taints (&spec, k8_taint_ref (taint));
    }
  if (key != NULL && !k8_node_has_taint (node, key, "NoExecute"))
    {
      add_taint (view, &spec, key, "NoExecute");
      has_changed = TRUE;
    }
  const K8Node *tainted = seal_node (view, node, &spec);
  if (has_changed)
    return tainted;
  k8_record_unref (tainted);
  return NULL;
}
