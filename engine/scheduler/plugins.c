/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of plugins: upstream's default profile in its order of registration, which is the
 * order at every extension point. Each plugin says its own weight.
 * Source: pkg/scheduler/apis/config/v1/default_plugins.go (v1.36).
 * LATER: VolumeRestrictions, NodeVolumeLimits, VolumeBinding, VolumeZone, PodTopologySpread,
 * InterPodAffinity, ImageLocality and NodeDeclaredFeatures take their places below when the
 * kinds they read are there.
 */
#include "scheduler/plugins.h"

#include "base/assert.h"

/* clang-format off */
const K8Plugin *const k8_plugins[] = {
  &k8_scheduling_gates_plugin,                   /* PreEnqueue */
  &k8_priority_sort_plugin,                      /* QueueSort */
  &k8_node_unschedulable_plugin,                 /* Filter */
  &k8_node_name_plugin,                          /* Filter */
  &k8_taint_toleration_plugin,                   /* Filter, Score 3 */
  &k8_node_affinity_plugin,                      /* PreFilter, Filter, Score 2 */
  &k8_node_ports_plugin,                         /* PreFilter, Filter */
  &k8_node_resources_fit_plugin,                 /* PreFilter, Filter, Score 1 */
  &k8_dynamic_resources_plugin,                  /* PreEnqueue, PostFilter */
  &k8_default_preemption_plugin,                 /* PostFilter */
  &k8_node_resources_balanced_allocation_plugin, /* Score 1 */
  &k8_default_binder_plugin,                     /* Bind */
  NULL,
};
/* clang-format on */

guint
k8_plugins_n (void)
{
  return G_N_ELEMENTS (k8_plugins) - 1;
}

guint32
k8_plugin_bit (const K8Plugin *plugin)
{
  guint i = 0;

  while (k8_plugins[i] != plugin)
    k8_assert (k8_plugins[++i] != NULL);
  return (guint32) 1 << i;
}

const K8Plugin *
k8_plugin_find (const char *name)
{
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_string_is (name, k8_plugins[i]->name))
      return k8_plugins[i];
  return NULL;
}
