/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults of nodes, and names of components.
 */
#include "sim/fault.h"

#include <string.h>

void
sim_fault_set_node_power (SimWorld *world, const char *node, gboolean is_on)
{
  g_autofree char *kubelet = g_strconcat ("kubelet/", node, NULL);
  g_autofree char *proxy = g_strconcat ("proxy/", node, NULL);
  K8ActorId id = k8_engine_find_actor (world->engine, kubelet);

  if (id == 0)
    return;
  if (is_on)
    {
      sim_runtime_power_on (world, id);
      sim_world_start_actor (world, kubelet);
      sim_world_start_actor (world, proxy);
      return;
    }
  sim_world_power_off_actor (world, kubelet);
  sim_world_power_off_actor (world, proxy);
  sim_runtime_power_off (world, id);
}

void
sim_fault_set_node_cut (SimWorld *world, const char *node, gboolean is_cut)
{
  g_autofree char *kubelet = g_strconcat ("kubelet/", node, NULL);
  g_autofree char *proxy = g_strconcat ("proxy/", node, NULL);

  sim_world_set_cut (world, kubelet, is_cut);
  sim_world_set_cut (world, proxy, is_cut);
}

char *
sim_fault_dup_actor_name (const char *component)
{
  gboolean is_whole = strchr (component, '/') != NULL || g_str_has_suffix (component, "-0");

  return is_whole ? g_strdup (component) : g_strconcat (component, "-0", NULL);
}
