/* SPDX-License-Identifier: Apache-2.0
 *
 * What a kube-proxy programs on its node: one rule for each way to a port of a Service (cluster
 * address, node port), and which endpoints stand behind it. Rules point at the sealed Services
 * and EndpointSlices themselves, so that the tables of a thousand proxies cost little more than
 * one; who may get traffic is worked out when it is asked.
 * Source: kubernetes pkg/proxy (v1.36), CategorizeEndpoints; facts of kube-proxy in iptables mode.
 */
#pragma once

#include <glib.h>

#include "base/array.h"
#include "mail.h"
#include "schema/kinds.h"

typedef enum
{
  K8_PROXY_UNKNOWN, /* no rule: the address belongs to no Service */
  K8_PROXY_FORWARD, /* to `ip`, `port` */
  K8_PROXY_REJECT,  /* the Service has no endpoint: connection refused */
  K8_PROXY_DROP,    /* none on this node, though there are others: time-out */
} K8ProxyVerdict;

/* A way to a port of a Service. Sorted by address, port and protocol; node ports have no
 * address and come first. */
typedef struct
{
  const char *ip;           /* cluster address or external address; NULL: a node port */
  const K8Service *service; /* counted */
  const char *port_name;    /* borrowed from the Service; "" if it has none */
  const char *protocol;     /* "TCP", "UDP", "SCTP"; borrowed */
  guint32 first_slice;      /* of K8ProxyRules.slices */
  guint32 n_slices;
  guint16 port;
  guint8 is_local;          /* the traffic policy of this way is Local */
  guint8 has_affinity;      /* ClientIP: one client, one endpoint */
} K8ProxyRule;

/* The mail of K8_EFFECT_RULES: everything that a proxy programs. */
typedef struct
{
  K8Mail mail;
  const char *node_name; /* counted */
  const char *zone;      /* counted; NULL: the node says none */
  K8Array rules;         /* K8ProxyRule */
  K8Array slices;        /* const K8EndpointSlice *, counted */
} K8ProxyRules;
extern const K8MailClass k8_proxy_rules_class;

/* Adds what a Service asks for; @slices are all of its EndpointSlices, in order of names. */
K8ProxyRules *k8_proxy_rules_new (K8Region *region, const char *node_name, const char *zone);
void k8_proxy_rules_add (K8ProxyRules *self, const K8Service *service,
                         const K8EndpointSlice *const *slices, guint n_slices);
void k8_proxy_rules_finish (K8ProxyRules *self); /* sorts; after the last Service */
gboolean k8_proxy_rules_equal (const K8ProxyRules *a, const K8ProxyRules *b);

/* An endpoint that may get traffic. Texts are borrowed from the slices. */
typedef struct
{
  const char *ip;
  const char *node_name;
  guint16 port;
} K8ProxyEndpoint;

/* The endpoints to which a rule spreads traffic (K8ProxyEndpoint are added to @ret_endpoints),
 * and what happens to a packet that meets it. */
K8ProxyVerdict k8_proxy_rule_endpoints (const K8ProxyRules *self, const K8ProxyRule *rule,
                                        K8Array *ret_endpoints);

/* What a client sends. */
typedef struct
{
  const char *ip;        /* of the Service; NULL: the node's own address */
  const char *protocol;  /* NULL: TCP */
  const char *client_ip; /* for session affinity; may be NULL */
  guint16 port;
} K8ProxyPacket;

typedef struct
{
  K8ProxyVerdict verdict;
  K8ProxyEndpoint endpoint; /* FORWARD */
  const K8ProxyRule *rule;  /* NULL: UNKNOWN */
} K8ProxyPick;

/* The rule for an address, or NULL. Cost: O(log n). */
const K8ProxyRule *k8_proxy_rules_find (const K8ProxyRules *self, const K8ProxyPacket *packet);

/* Where a new connection goes; @random chooses among equals. Pure. */
K8ProxyPick k8_proxy_rules_pick (const K8ProxyRules *self, const K8ProxyPacket *packet,
                                 guint64 random);
