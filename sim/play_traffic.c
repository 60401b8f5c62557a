/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic of a scenario: a client on a node asks a Service; the rules of that node's proxy choose
 * an endpoint; the endpoint's program serves, or not. A request is one event: what it costs in
 * time is counted, not waited for.
 */
#include <string.h>

#include "base/string.h"
#include "node/proxy_rules.h"
#include "sim/look.h"
#include "sim/play.h"

void
sim_play_take_rules (SimPart *part, SimWorld *world, const K8Effect *effect)
{
  SimPlay *self = (SimPlay *) part;
  guint32 slot = k8_index_find (&self->rules_of, effect->from);

  if (slot == 0)
    {
      slot = k8_slots_add (&self->rules);
      k8_index_put (&self->rules_of, effect->from, slot);
    }
  const K8Mail **place = k8_slots_edit (&self->rules, slot);
  k8_mail_unref (*place);
  *place = k8_mail_ref (effect->mail);
}

/* The proxy of the client's node: the one that is named, else each that runs in turn. */
static K8ActorId
choose_proxy (SimPlay *self, SimWorld *world, const SimTrafficRow *row, SimPlayTraffic *traffic)
{
  guint n = self->scenario->nodes->len;

  for (guint i = 0; i < n; i++)
    {
      const char *node = row->node;
      if (node == NULL)
        node = g_array_index (self->scenario->nodes, SimNodeRow, traffic->next_node++ % n).name;
      g_autofree char *name = g_strconcat ("proxy/", node, NULL);
      K8ActorId proxy = k8_engine_find_actor (world->engine, name);
      if (k8_engine_is_running (world->engine, proxy) || row->node != NULL)
        return proxy;
    }
  return 0;
}

static const K8ProxyRules *
find_rules (const SimPlay *self, K8ActorId proxy)
{
  const K8Mail *const *place = k8_slots_get (&self->rules, k8_index_find (&self->rules_of, proxy));

  return place == NULL ? NULL : (const K8ProxyRules *) *place;
}

/* Whether a packet gets from a node to another: neither may be cut off. */
static gboolean
is_reachable (const SimWorld *world, const char *from, const char *to)
{
  g_autofree char *from_name = g_strconcat ("kubelet/", from, NULL);
  g_autofree char *to_name = g_strconcat ("kubelet/", to, NULL);
  K8ActorId from_id = k8_engine_find_actor (world->engine, from_name);
  K8ActorId to_id = k8_engine_find_actor (world->engine, to_name);

  return from_id == to_id || !sim_network_is_cut (&world->network, from_id, to_id);
}

/* One request by the rules of a proxy. */
static SimServed
ask (SimPlay *self, SimWorld *world, const SimTrafficRow *row, K8ActorId proxy)
{
  const K8ProxyRules *rules = find_rules (self, proxy);
  const void *service
      = sim_look_find (world, &k8_kinds[K8_KIND_Service], row->namespace_name, row->service);
  SimServed refused = { 0 };

  if (rules == NULL || service == NULL || !k8_engine_is_running (world->engine, proxy))
    return refused;
  K8ProxyPacket packet = { .ip = k8_service_spec_cluster_ip (k8_service_spec (service)),
                           .port = (guint16) row->port };
  K8ProxyPick pick = k8_proxy_rules_pick (rules, &packet, k8_random_next (&world->random));
  if (pick.verdict != K8_PROXY_FORWARD)
    return refused;
  if (pick.endpoint.node_name != NULL
      && !is_reachable (world, rules->node_name, pick.endpoint.node_name))
    return refused;
  return sim_runtime_serve (world, pick.endpoint.ip, pick.endpoint.port);
}

void
sim_play_send_traffic (SimPlay *self, SimWorld *world, guint index)
{
  const SimTrafficRow *row = &g_array_index (self->scenario->traffic, SimTrafficRow, index);
  SimPlayTraffic *traffic = k8_array_at (&self->traffic, index);

  if (world->now_ns > row->until_ns)
    return;
  SimServed served = ask (self, world, row, choose_proxy (self, world, row, traffic));
  traffic->n_sent++;
  if (served.code == 200)
    {
      traffic->n_ok++;
      traffic->latency_sum_ns += served.takes_ns + 2 * world->network.latency_ns;
    }
  else
    traffic->n_failed++;
  if (row->until_ns - world->now_ns >= row->every_ns)
    sim_world_schedule (world, row->every_ns, SIM_ENTRY_TRAFFIC, index, 0);
}
