/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated network: cuts by actor and direction, losses, and the links that suffered.
 * Invariant: a link is in the table only while something is wrong with it.
 */
#include "sim/network.h"

void
sim_network_init (SimNetwork *self, K8Region *region, gint64 latency_ns)
{
  *self = (SimNetwork){ .latency_ns = latency_ns };
  k8_index_init (&self->cut_in, region);
  k8_index_init (&self->cut_out, region);
  k8_slots_init (&self->links, region, sizeof (SimLink), NULL);
  k8_index_init (&self->by_ends, region);
}

void
sim_network_clear (SimNetwork *self)
{
  k8_index_clear (&self->cut_in);
  k8_index_clear (&self->cut_out);
  k8_slots_clear (&self->links);
  k8_index_clear (&self->by_ends);
}

void
sim_network_clone (SimNetwork *ret_clone, const SimNetwork *self)
{
  *ret_clone = *self;
  k8_index_clone (&ret_clone->cut_in, &self->cut_in);
  k8_index_clone (&ret_clone->cut_out, &self->cut_out);
  k8_slots_clone (&ret_clone->links, &self->links);
  k8_index_clone (&ret_clone->by_ends, &self->by_ends);
}

static void
set_flag (K8Index *index, K8ActorId actor, gboolean is_set)
{
  if (is_set)
    k8_index_put (index, actor, 1);
  else
    k8_index_remove (index, actor);
}

/* Cuts an actor off, in either direction, or joins it again. */
void
sim_network_set_cut (SimNetwork *self, K8ActorId actor, gboolean is_in_cut, gboolean is_out_cut)
{
  set_flag (&self->cut_in, actor, is_in_cut);
  set_flag (&self->cut_out, actor, is_out_cut);
}

gboolean
sim_network_is_cut (const SimNetwork *self, K8ActorId from, K8ActorId to)
{
  return k8_index_find (&self->cut_out, from) != 0 || k8_index_find (&self->cut_in, to) != 0;
}

static guint64
get_key (K8ActorId a, K8ActorId b)
{
  return k8_index_key (MIN (a, b), MAX (a, b));
}

/* Notes that a link lost something; 0 if that was known. A link whose ends were told is another
 * connection by now: this loss is news. */
static guint32
note_loss (SimNetwork *self, K8ActorId from, K8ActorId to)
{
  guint32 slot = k8_index_find (&self->by_ends, get_key (from, to));
  const SimLink *known = k8_slots_get (&self->links, slot);

  self->n_lost++;
  if (known != NULL && known->state == SIM_LINK_LOSSY)
    return 0;
  if (known == NULL)
    slot = k8_slots_add (&self->links);
  *(SimLink *) k8_slots_edit (&self->links, slot) = (SimLink){ .a = MIN (from, to),
                                                               .b = MAX (from, to),
                                                               .state = SIM_LINK_LOSSY,
                                                               .number = self->n_lost };
  k8_index_put (&self->by_ends, get_key (from, to), slot);
  return slot;
}

gboolean
sim_network_passes (SimNetwork *self, K8Random *random, K8ActorId from, K8ActorId to,
                    guint32 *ret_link)
{
  *ret_link = 0;
  if (k8_index_n (&self->cut_in) == 0 && k8_index_n (&self->cut_out) == 0
      && self->loss_per_million == 0 && k8_slots_n (&self->links) == 0)
    return TRUE;
  /* A broken stream carries nothing until both ends have opened a new one. */
  guint32 slot = k8_index_find (&self->by_ends, get_key (from, to));
  const SimLink *link = k8_slots_get (&self->links, slot);
  gboolean is_lost = sim_network_is_cut (self, from, to)
                     || (link != NULL && link->state == SIM_LINK_LOSSY)
                     || (self->loss_per_million > 0
                         && k8_random_below (random, 1000000) < self->loss_per_million);
  if (!is_lost)
    return TRUE;
  *ret_link = note_loss (self, from, to);
  return FALSE;
}

guint32
sim_network_next_healed (const SimNetwork *self, guint32 link)
{
  for (guint32 slot = k8_slots_next (&self->links, link); slot != 0;
       slot = k8_slots_next (&self->links, slot))
    {
      const SimLink *found = k8_slots_get (&self->links, slot);
      if (!sim_network_is_cut (self, found->a, found->b)
          && !sim_network_is_cut (self, found->b, found->a))
        return slot;
    }
  return 0;
}

const SimLink *
sim_network_link (const SimNetwork *self, guint32 link)
{
  return k8_slots_get (&self->links, link);
}

gint64
sim_network_silence_ns (const SimNetwork *self, guint32 link)
{
  const SimLink *found = sim_network_link (self, link);

  return sim_network_is_cut (self, found->a, found->b)
                 || sim_network_is_cut (self, found->b, found->a)
             ? SIM_DEAD_PEER_NS
             : SIM_TORN_NS;
}

void
sim_network_mark_broken (SimNetwork *self, guint32 link)
{
  ((SimLink *) k8_slots_edit (&self->links, link))->state = SIM_LINK_BROKEN;
}

void
sim_network_forget (SimNetwork *self, guint32 link)
{
  const SimLink *found = k8_slots_get (&self->links, link);

  k8_index_remove (&self->by_ends, get_key (found->a, found->b));
  k8_slots_remove (&self->links, link);
}
