/* SPDX-License-Identifier: Apache-2.0
 *
 * The kube-proxy of one node: it watches Services and EndpointSlices and gives its driver a new
 * table of rules (proxy_rules.h) when something changed, at most once a second.
 */
#pragma once

#include "actor.h"
#include "client/informer.h"
#include "node/proxy_rules.h"

typedef struct
{
  K8Actor actor;
  K8Client client;
  K8Informer services;
  K8Informer slices;
  const char *node_name;
  const char *zone;
  const K8ProxyRules *rules; /* as last given to the driver; counted */
  gint64 synced_ns;          /* when that was */
  guint64 timer;             /* of the next sync; 0: nothing changed */
} K8Proxy;

extern const K8ActorClass k8_proxy_actor_class;
