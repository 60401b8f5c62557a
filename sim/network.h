/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated network between actors. Latency is constant on a connection; what falls into a
 * cut is lost. A connection that lost something is broken: both ends learn it when the cut
 * heals, or after SIM_DEAD_PEER_NS without a sign of life (as HTTP/2 pings find out), and open a
 * new one, which may be lost in its turn. What is lost by chance tears its connection within
 * SIM_TORN_NS. Messages of one connection never overtake each other.
 */
#pragma once

#include "base/index.h"
#include "base/random.h"
#include "base/slots.h"
#include "env.h"

/* client-go's HTTP/2 health check: 30 s idle and 15 s for the answer. */
#define SIM_DEAD_PEER_NS (45 * G_GINT64_CONSTANT (1000000000))

/* How soon both ends know that a message was lost by chance. */
#define SIM_TORN_NS G_GINT64_CONSTANT (1000000000)

typedef enum
{
  SIM_LINK_FINE,
  SIM_LINK_LOSSY,  /* something was lost; nobody knows */
  SIM_LINK_BROKEN, /* both ends have been told */
} SimLinkState;

/* A connection on which something went wrong. */
typedef struct
{
  K8ActorId a;
  K8ActorId b;
  SimLinkState state;
  guint64 number; /* of the loss: what was planned for an earlier one is void */
} SimLink;

typedef struct
{
  gint64 latency_ns;      /* between components of the control plane, and to nodes */
  guint32 loss_per_million; /* a fault: any message */
  K8Index cut_in;         /* actor: what it is sent is lost */
  K8Index cut_out;        /* actor: what it sends is lost */
  K8Slots links;          /* SimLink */
  K8Index by_ends;
  guint64 n_lost;
} SimNetwork;

void sim_network_init (SimNetwork *self, K8Region *region, gint64 latency_ns);
void sim_network_clear (SimNetwork *self);
void sim_network_clone (SimNetwork *ret_clone, const SimNetwork *self);

void sim_network_set_cut (SimNetwork *self, K8ActorId actor, gboolean is_in_cut,
                          gboolean is_out_cut);
gboolean sim_network_is_cut (const SimNetwork *self, K8ActorId from, K8ActorId to);

/* Whether a message gets through; notes a loss. @ret_link is then the link that became lossy
 * just now, or 0: after how long shall its ends know? */
gboolean sim_network_passes (SimNetwork *self, K8Random *random, K8ActorId from, K8ActorId to,
                             guint32 *ret_link);

/* Links that may work again: their slots in turn, from 0; each is to be told and forgotten. */
guint32 sim_network_next_healed (const SimNetwork *self, guint32 link);
const SimLink *sim_network_link (const SimNetwork *self, guint32 link);
gint64 sim_network_silence_ns (const SimNetwork *self, guint32 link);
void sim_network_mark_broken (SimNetwork *self, guint32 link);
void sim_network_forget (SimNetwork *self, guint32 link);
