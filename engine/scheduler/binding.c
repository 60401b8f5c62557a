/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows a decision: Reserve, Permit, PreBind, Bind, PostBind, over the table of plugins.
 * Source: pkg/scheduler/framework/runtime/framework.go (v1.36). Departures: a plugin cannot ask
 * to wait in Permit; no plugin of the default profile does.
 */
#include "base/assert.h"
#include "scheduler/plugins.h"

void
k8_framework_unreserve (const K8Pod *pod, const char *node_name)
{
  for (guint i = k8_plugins_n (); i-- > 0;)
    if (k8_plugins[i]->unreserve != NULL)
      k8_plugins[i]->unreserve (pod, node_name);
}

typedef K8Code (*Point) (const K8Pod *pod, const char *node_name);

K8Code
k8_framework_reserve (const K8Pod *pod, const char *node_name, const K8Plugin **ret_plugin)
{
  for (guint point = 0; point < 3; point++)
    for (guint i = 0; k8_plugins[i] != NULL; i++)
      {
        const K8Plugin *plugin = k8_plugins[i];
        Point points[] = { plugin->reserve, plugin->permit, plugin->pre_bind };
        K8Code code = points[point] == NULL ? K8_CODE_SUCCESS : points[point](pod, node_name);
        if (code == K8_CODE_SUCCESS)
          continue;
        k8_framework_unreserve (pod, node_name);
        *ret_plugin = plugin;
        return code;
      }
  return K8_CODE_SUCCESS;
}

K8ApiRequest *
k8_framework_bind (K8Client *client, K8Context *context, const K8Pod *pod, const char *node_name)
{
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->bind != NULL)
      return k8_plugins[i]->bind (client, context, pod, node_name);
  k8_assert_not_reached ();
  return NULL;
}

void
k8_framework_post_bind (const K8Pod *pod, const char *node_name)
{
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->post_bind != NULL)
      k8_plugins[i]->post_bind (pod, node_name);
}
