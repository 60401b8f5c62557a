/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of a kube-proxy: which ways lead to a Service, who stands behind it, where a connection
 * goes. Chosen from the ready endpoints; if there is none, from those that end but still serve.
 * Source: kubernetes pkg/proxy topology.go, endpointslicecache.go, iptables/proxier.go (v1.36).
 * Departures: with ClientIP affinity the endpoint follows from the client's address, so there is
 * no table of clients and a client moves when the endpoints change.
 */
#include "node/proxy_rules.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/sort.h"
#include "base/string.h"

static void
rules_clear (K8Mail *mail)
{
  K8ProxyRules *self = (K8ProxyRules *) mail;

  k8_string_unref (self->node_name);
  k8_string_unref (self->zone);
  for (guint32 i = 0; i < k8_array_n (&self->rules); i++)
    k8_record_unref (((K8ProxyRule *) k8_array_at (&self->rules, i))->service);
  for (guint32 i = 0; i < k8_array_n (&self->slices); i++)
    k8_record_unref (*(const K8EndpointSlice **) k8_array_at (&self->slices, i));
  k8_array_clear (&self->rules);
  k8_array_clear (&self->slices);
}

const K8MailClass k8_proxy_rules_class = {
  .name = "proxy.rules",
  .bytes = sizeof (K8ProxyRules),
  .clear = rules_clear,
};

/* An empty table; @node_name and @zone are copied. (transfer full) */
K8ProxyRules *
k8_proxy_rules_new (K8Region *region, const char *node_name, const char *zone)
{
  K8ProxyRules *self = k8_mail_new (region, &k8_proxy_rules_class);

  self->node_name = k8_string_intern (region, node_name);
  self->zone = zone == NULL ? NULL : k8_string_intern (region, zone);
  k8_array_init (&self->rules, region, sizeof (K8ProxyRule));
  k8_array_init (&self->slices, region, sizeof (const K8EndpointSlice *));
  return self;
}

/* A Service's own part of the table: what all its rules share. */
typedef struct
{
  const K8Service *service;
  const K8ServicePort *port;
  guint32 first_slice;
  guint32 n_slices;
} Part;

static void
add_rule (K8ProxyRules *self, const Part *part, const char *ip, guint16 port, const char *policy)
{
  const K8ServiceSpec *spec = k8_service_spec (part->service);
  const char *protocol = k8_service_port_protocol (part->port);
  K8ProxyRule *rule = k8_array_add (&self->rules);

  *rule = (K8ProxyRule){ .ip = ip,
                         .service = k8_record_ref (part->service),
                         .port_name = k8_string_or_empty (k8_service_port_name (part->port)),
                         .protocol = protocol == NULL ? "TCP" : protocol,
                         .first_slice = part->first_slice,
                         .n_slices = part->n_slices,
                         .port = port,
                         .is_local = k8_string_is (policy, "Local"),
                         .has_affinity = k8_string_is (k8_service_spec_session_affinity (spec),
                                                       "ClientIP") };
}

static void
add_port (K8ProxyRules *self, const Part *part)
{
  const K8ServiceSpec *spec = k8_service_spec (part->service);
  const char *external = k8_service_spec_external_traffic_policy (spec);
  const char *internal = k8_service_spec_internal_traffic_policy (spec);
  guint16 port = (guint16) k8_service_port_port (part->port);
  const K8LoadBalancerStatus *balancer
      = k8_service_status_load_balancer (k8_service_status (part->service));

  add_rule (self, part, k8_service_spec_cluster_ip (spec), port, internal);
  if (k8_service_port_node_port (part->port) != 0)
    add_rule (self, part, NULL, (guint16) k8_service_port_node_port (part->port), external);
  for (guint i = 0; i < k8_service_spec_external_ips_n (spec); i++)
    add_rule (self, part, k8_service_spec_external_ips_at (spec, i), port, external);
  for (guint i = 0; i < k8_load_balancer_status_ingress_n (balancer); i++)
    {
      const char *ip
          = k8_load_balancer_ingress_ip (k8_load_balancer_status_ingress_at (balancer, i));
      if (ip != NULL)
        add_rule (self, part, ip, port, external);
    }
}

/**
 * k8_proxy_rules_add:
 * @slices: all EndpointSlices of the Service; each gets a reference
 *
 * Adds a rule for each way to each port of a Service. Headless Services and names of things
 * outside have none.
 */
void
k8_proxy_rules_add (K8ProxyRules *self, const K8Service *service,
                    const K8EndpointSlice *const *slices, guint n_slices)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  const char *ip = k8_service_spec_cluster_ip (spec);
  Part part = { .service = service,
                .first_slice = k8_array_n (&self->slices),
                .n_slices = n_slices };

  if (ip == NULL || ip[0] == '\0' || k8_string_is (ip, "None")
      || k8_string_is (k8_service_spec_type (spec), "ExternalName"))
    return;
  for (guint i = 0; i < n_slices; i++)
    *(const K8EndpointSlice **) k8_array_add (&self->slices) = k8_record_ref (slices[i]);
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    {
      part.port = k8_service_spec_ports_at (spec, i);
      add_port (self, &part);
    }
}

static int
compare_key (const K8ProxyRule *rule, const char *ip, guint16 port, const char *protocol)
{
  int order = (rule->ip != NULL) - (ip != NULL);

  if (order == 0 && ip != NULL)
    order = strcmp (rule->ip, ip);
  if (order == 0)
    order = (rule->port > port) - (rule->port < port);
  return order != 0 ? order : strcmp (rule->protocol, protocol);
}

static int
compare_rules (const void *a, const void *b, const void *user)
{
  const K8ProxyRule *other = b;

  return compare_key (a, other->ip, other->port, other->protocol);
}

void
k8_proxy_rules_finish (K8ProxyRules *self)
{
  if (k8_array_n (&self->rules) > 1)
    k8_sort (self->rules.elements, k8_array_n (&self->rules), sizeof (K8ProxyRule),
             compare_rules, NULL);
}

/* Equal tables point at the same Services and slices. */
gboolean
k8_proxy_rules_equal (const K8ProxyRules *a, const K8ProxyRules *b)
{
  if (k8_array_n (&a->rules) != k8_array_n (&b->rules)
      || k8_array_n (&a->slices) != k8_array_n (&b->slices)
      || !k8_string_equal (a->node_name, b->node_name) || !k8_string_equal (a->zone, b->zone))
    return FALSE;
  for (guint32 i = 0; i < k8_array_n (&a->slices); i++)
    if (!k8_record_equal (*(const void **) k8_array_at (&a->slices, i),
                          *(const void **) k8_array_at (&b->slices, i)))
      return FALSE;
  for (guint32 i = 0; i < k8_array_n (&a->rules); i++)
    {
      const K8ProxyRule *one = k8_array_at (&a->rules, i);
      const K8ProxyRule *other = k8_array_at (&b->rules, i);
      if (compare_rules (one, other, NULL) != 0 || one->first_slice != other->first_slice
          || !k8_record_equal (k8_service_spec (one->service), k8_service_spec (other->service)))
        return FALSE;
    }
  return TRUE;
}

/* How near an endpoint must be, as hints say. */
typedef enum
{
  TOPOLOGY_ANY,
  TOPOLOGY_NODE,
  TOPOLOGY_ZONE,
} Topology;

/* Which endpoints count. */
typedef struct
{
  gboolean wants_ready; /* else: ending, and still serving */
  gboolean wants_local;
  Topology topology;
} Filter;

/* Conditions that a slice leaves out: ready; serving as ready says; not ending. */
static gboolean
is_ready (const K8Endpoint *endpoint)
{
  const K8EndpointConditions *conditions = k8_endpoint_conditions (endpoint);

  return !k8_endpoint_conditions_has_ready (conditions)
         || k8_endpoint_conditions_ready (conditions);
}

static gboolean
is_serving (const K8Endpoint *endpoint)
{
  const K8EndpointConditions *conditions = k8_endpoint_conditions (endpoint);

  return k8_endpoint_conditions_has_serving (conditions)
             ? k8_endpoint_conditions_serving (conditions)
             : is_ready (endpoint);
}

static gboolean
has_node_hint (const K8Endpoint *endpoint, const char *node_name)
{
  const K8EndpointHints *hints = k8_endpoint_hints (endpoint);

  for (guint i = 0; i < k8_endpoint_hints_for_nodes_n (hints); i++)
    if (k8_string_is (k8_for_node_name (k8_endpoint_hints_for_nodes_at (hints, i)), node_name))
      return TRUE;
  return FALSE;
}

static gboolean
has_zone_hint (const K8Endpoint *endpoint, const char *zone)
{
  const K8EndpointHints *hints = k8_endpoint_hints (endpoint);

  for (guint i = 0; i < k8_endpoint_hints_for_zones_n (hints); i++)
    if (zone != NULL
        && k8_string_is (k8_for_zone_name (k8_endpoint_hints_for_zones_at (hints, i)), zone))
      return TRUE;
  return FALSE;
}

static gboolean
passes (const K8ProxyRules *self, const K8Endpoint *endpoint, const Filter *filter)
{
  if (filter->wants_local && !k8_string_equal (k8_endpoint_node_name (endpoint), self->node_name))
    return FALSE;
  if (filter->topology == TOPOLOGY_NODE && !has_node_hint (endpoint, self->node_name))
    return FALSE;
  if (filter->topology == TOPOLOGY_ZONE && !has_zone_hint (endpoint, self->zone))
    return FALSE;
  if (filter->wants_ready)
    return is_ready (endpoint);
  return is_serving (endpoint)
         && k8_endpoint_conditions_terminating (k8_endpoint_conditions (endpoint));
}

/* The number of the rule's port in a slice; 0: the slice does not offer it. */
static guint16
find_port (const K8EndpointSlice *slice, const K8ProxyRule *rule)
{
  for (guint i = 0; i < k8_endpoint_slice_ports_n (slice); i++)
    {
      const K8DiscoveryEndpointPort *port = k8_endpoint_slice_ports_at (slice, i);
      const char *protocol = k8_discovery_endpoint_port_protocol (port);
      if (k8_string_is (rule->port_name,
                        k8_string_or_empty (k8_discovery_endpoint_port_name (port)))
          && k8_string_is (rule->protocol, protocol == NULL ? "TCP" : protocol))
        return (guint16) k8_discovery_endpoint_port_port (port);
    }
  return 0;
}

static const K8EndpointSlice *
get_slice (const K8ProxyRules *self, const K8ProxyRule *rule, guint32 i)
{
  return *(const K8EndpointSlice **) k8_array_at (&self->slices, rule->first_slice + i);
}

/* Adds the endpoints that pass to @ret (nullable); how many there are. */
static guint
collect (const K8ProxyRules *self, const K8ProxyRule *rule, const Filter *filter, K8Array *ret)
{
  guint n = 0;

  for (guint32 i = 0; i < rule->n_slices; i++)
    {
      const K8EndpointSlice *slice = get_slice (self, rule, i);
      guint16 port = find_port (slice, rule);
      for (guint j = 0; port != 0 && j < k8_endpoint_slice_endpoints_n (slice); j++)
        {
          const K8Endpoint *endpoint = k8_endpoint_slice_endpoints_at (slice, j);
          if (!passes (self, endpoint, filter) || k8_endpoint_addresses_n (endpoint) == 0)
            continue;
          n++;
          if (ret != NULL)
            *(K8ProxyEndpoint *) k8_array_add (ret)
                = (K8ProxyEndpoint){ .ip = k8_endpoint_addresses_at (endpoint, 0),
                                     .node_name = k8_endpoint_node_name (endpoint),
                                     .port = port };
        }
    }
  return n;
}

/* Hints count only if every ready endpoint has one, and one of them is for us. */
static Topology
find_topology (const K8ProxyRules *self, const K8ProxyRule *rule)
{
  gboolean all_have_nodes = TRUE, all_have_zones = TRUE;
  gboolean is_our_node = FALSE, is_our_zone = FALSE;

  for (guint32 i = 0; i < rule->n_slices; i++)
    {
      const K8EndpointSlice *slice = get_slice (self, rule, i);
      for (guint j = 0; j < k8_endpoint_slice_endpoints_n (slice); j++)
        {
          const K8Endpoint *endpoint = k8_endpoint_slice_endpoints_at (slice, j);
          const K8EndpointHints *hints = k8_endpoint_hints (endpoint);
          if (!is_ready (endpoint))
            continue;
          all_have_nodes = all_have_nodes && k8_endpoint_hints_for_nodes_n (hints) > 0;
          all_have_zones = all_have_zones && k8_endpoint_hints_for_zones_n (hints) > 0;
          is_our_node = is_our_node || has_node_hint (endpoint, self->node_name);
          is_our_zone = is_our_zone || has_zone_hint (endpoint, self->zone);
        }
    }
  if (all_have_nodes && is_our_node)
    return TOPOLOGY_NODE;
  return all_have_zones && is_our_zone ? TOPOLOGY_ZONE : TOPOLOGY_ANY;
}

/* Adds who gets traffic: the ready ones, else those that end but serve. */
static guint
collect_usable (const K8ProxyRules *self, const K8ProxyRule *rule, Filter *filter, K8Array *ret)
{
  guint n;

  filter->wants_ready = TRUE;
  n = collect (self, rule, filter, ret);
  if (n > 0)
    return n;
  filter->wants_ready = FALSE;
  filter->topology = TOPOLOGY_ANY;
  return collect (self, rule, filter, ret);
}

/**
 * k8_proxy_rule_endpoints:
 * @ret_endpoints: (inout): K8ProxyEndpoint are added; texts are borrowed from the slices
 *
 * Returns: FORWARD with endpoints, else what happens to a packet.
 */
K8ProxyVerdict
k8_proxy_rule_endpoints (const K8ProxyRules *self, const K8ProxyRule *rule,
                         K8Array *ret_endpoints)
{
  Filter everywhere = { .topology = TOPOLOGY_ANY };
  Filter filter = { .wants_local = rule->is_local };

  if (!rule->is_local)
    filter.topology = find_topology (self, rule);
  if (collect_usable (self, rule, &filter, ret_endpoints) > 0)
    return K8_PROXY_FORWARD;
  if (rule->is_local && collect_usable (self, rule, &everywhere, NULL) > 0)
    return K8_PROXY_DROP;
  return K8_PROXY_REJECT;
}

const K8ProxyRule *
k8_proxy_rules_find (const K8ProxyRules *self, const K8ProxyPacket *packet)
{
  const char *protocol = packet->protocol == NULL ? "TCP" : packet->protocol;
  guint32 low = 0;
  guint32 high = k8_array_n (&self->rules);

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      const K8ProxyRule *rule = k8_array_at (&self->rules, middle);
      int order = compare_key (rule, packet->ip, packet->port, protocol);
      if (order == 0)
        return rule;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

K8ProxyPick
k8_proxy_rules_pick (const K8ProxyRules *self, const K8ProxyPacket *packet, guint64 random)
{
  K8ProxyPick pick = { .rule = k8_proxy_rules_find (self, packet) };
  K8Array endpoints;
  guint64 choice = random;

  if (pick.rule == NULL)
    return pick;
  k8_array_init (&endpoints, k8_region_of (self), sizeof (K8ProxyEndpoint));
  pick.verdict = k8_proxy_rule_endpoints (self, pick.rule, &endpoints);
  if (pick.rule->has_affinity && packet->client_ip != NULL)
    choice = k8_hash_fnv1a_64 (K8_HASH_FNV_64, packet->client_ip, strlen (packet->client_ip));
  if (pick.verdict == K8_PROXY_FORWARD)
    pick.endpoint = *(const K8ProxyEndpoint *) k8_array_at (
        &endpoints, (guint32) (choice % k8_array_n (&endpoints)));
  k8_array_clear (&endpoints);
  return pick;
}
