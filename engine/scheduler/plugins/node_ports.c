/* SPDX-License-Identifier: Apache-2.0
 *
 * NodePorts: two pods cannot have the same port of one node; an address that is left open, or
 * 0.0.0.0, is every address.
 * Source: pkg/scheduler/framework/plugins/nodeports; kube-scheduler framework HostPortInfo (v1.36).
 */
#include "scheduler/plugins.h"

#include "machinery/pod.h"

static const char *const reasons[] = {
  "node(s) didn't have free ports for the requested pod ports"
};

static const char *
address_of (const K8ContainerPort *port)
{
  const char *address = k8_container_port_host_ip (port);

  return address == NULL || *address == '\0' ? "0.0.0.0" : address;
}

static const char *
protocol_of (const K8ContainerPort *port)
{
  const char *protocol = k8_container_port_protocol (port);

  return protocol == NULL || *protocol == '\0' ? "TCP" : protocol;
}

static gboolean
ports_clash (const K8ContainerPort *a, const K8ContainerPort *b)
{
  if (k8_container_port_host_port (a) != k8_container_port_host_port (b) ||
      strcmp (protocol_of (a), protocol_of (b)) != 0)
    return FALSE;
  return strcmp (address_of (a), "0.0.0.0") == 0 || strcmp (address_of (b), "0.0.0.0") == 0 ||
         strcmp (address_of (a), address_of (b)) == 0;
}

/* The next port of a pod that is one of its node's, walking over containers and sidecars. */
typedef struct
{
  const K8PodSpec *spec;
  guint container;
  guint port;
} PortWalk;

static const K8Container *
container_at (const K8PodSpec *spec, guint index)
{
  guint n = k8_pod_spec_containers_n (spec);

  return index < n ? k8_pod_spec_containers_at (spec, index)
                   : k8_pod_spec_init_containers_at (spec, index - n);
}

static gboolean
counts (const K8PodSpec *spec, guint index)
{
  return index < k8_pod_spec_containers_n (spec) ||
         k8_container_is_restartable_init (container_at (spec, index));
}

static const K8ContainerPort *
next_port (PortWalk *walk)
{
  guint n = k8_pod_spec_containers_n (walk->spec) + k8_pod_spec_init_containers_n (walk->spec);

  for (; walk->container < n; walk->container++, walk->port = 0)
    {
      const K8Container *container = container_at (walk->spec, walk->container);
      while (counts (walk->spec, walk->container) && walk->port < k8_container_ports_n (container))
        {
          const K8ContainerPort *port = k8_container_ports_at (container, walk->port++);
          if (k8_container_port_host_port (port) > 0)
            return port;
        }
    }
  return NULL;
}

static gboolean
pods_clash (const K8PodSpec *a, const K8PodSpec *b)
{
  PortWalk outer = { .spec = a };
  const K8ContainerPort *port;
  const K8ContainerPort *other;

  while ((port = next_port (&outer)) != NULL)
    {
      PortWalk inner = { .spec = b };
      while ((other = next_port (&inner)) != NULL)
        if (ports_clash (port, other))
          return TRUE;
    }
  return FALSE;
}

static K8Code
pre_filter (K8Cycle *cycle, void *state, const char **ret_reason)
{
  (void) state;
  (void) ret_reason;
  return k8_pod_has_host_ports (cycle->spec) ? K8_CODE_SUCCESS : K8_CODE_SKIP;
}

static K8Code
filter (const K8Cycle *cycle, const void *state, guint32 node, guint64 *ret_reasons)
{
  (void) state;
  if (k8_scheduler_cache_value (cycle->cache, K8_NODE_N_PORT_PODS, node) == 0)
    return K8_CODE_SUCCESS;
  guint32 slot = k8_scheduler_cache_node (cycle->cache, node)->first_pod;
  while (slot != 0)
    {
      const K8CachedPod *pod = k8_scheduler_cache_pod (cycle->cache, slot);
      if (pod->has_ports && pods_clash (cycle->spec, k8_pod_spec (pod->pod)))
        {
          *ret_reasons = 1;
          return K8_CODE_UNSCHEDULABLE;
        }
      slot = pod->next;
    }
  return K8_CODE_SUCCESS;
}

/* The pod that went had a port that this one wants. */
static gboolean
hint (const K8Pod *pod, const K8ClusterEvent *event)
{
  if (event->type == K8_CLUSTER_NODE_ADDED)
    return TRUE;
  return k8_pod_spec_node_name (k8_pod_spec (event->pod_before)) != NULL &&
         pods_clash (k8_pod_spec (pod), k8_pod_spec (event->pod_before));
}

const K8Plugin k8_node_ports_plugin = {
  .name = "NodePorts",
  .depends = K8_DEPENDS_NODE,
  .events = K8_CLUSTER_NODE_ADDED | K8_CLUSTER_POD_DELETED,
  .reasons = reasons,
  .n_reasons = G_N_ELEMENTS (reasons),
  .hint = hint,
  .pre_filter = pre_filter,
  .filter = filter,
};
