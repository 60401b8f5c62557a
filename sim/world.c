/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated world: the loop between the queue, the engine and what lies around it.
 * Invariants: 1 virtual time never goes back; 2 whatever happens comes out of the queue, so the
 * order (time, sequence) is the whole truth; 3 hooks only look.
 */
#include "sim/world.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"
#include "base/time.h"
#include "schema/kinds.h"
#include "sim/mirror.h"

#define DEFAULT_WALL_START_NS (G_GINT64_CONSTANT (1767225600) * K8_SECOND_NS)
#define DEFAULT_LATENCY_NS (500 * K8_MICROSECOND_NS)
#define DEFAULT_SYNC_NS (1 * K8_MILLISECOND_NS)

static void
apply_defaults (SimConfig *config)
{
  if (config->wall_start_ns == 0)
    config->wall_start_ns = DEFAULT_WALL_START_NS;
  if (config->latency_ns == 0)
    config->latency_ns = DEFAULT_LATENCY_NS;
  if (config->sync_ns == 0)
    config->sync_ns = DEFAULT_SYNC_NS;
  if (config->durations.reconcile_ns == 0)
    config->durations.reconcile_ns = 2 * K8_MILLISECOND_NS;
  if (config->durations.scheduling_cycle_ns == 0)
    config->durations.scheduling_cycle_ns = 1 * K8_MILLISECOND_NS;
  if (config->durations.api_request_ns == 0)
    config->durations.api_request_ns = 1 * K8_MILLISECOND_NS;
  if (config->durations.proxy_sync_ns == 0)
    config->durations.proxy_sync_ns = 100 * K8_MILLISECOND_NS;
  if (config->admin_token == NULL)
    config->admin_token = "admin";
}

static void
push_event (SimWorld *self, gint64 delay_ns, const K8EngineEvent *event)
{
  SimEntry entry = { .type = SIM_ENTRY_ENGINE, .event = *event };

  sim_queue_push (&self->queue, self->now_ns, delay_ns, &entry);
}

void
sim_world_post (SimWorld *self, const SimPost *post)
{
  K8EngineEvent event = { .type = post->type,
                          .to = post->to,
                          .tag = post->tag,
                          .cause = post->cause,
                          .mail = post->mail };

  push_event (self, post->delay_ns, &event);
  k8_mail_unref (post->mail);
}

void
sim_world_schedule (SimWorld *self, gint64 delay_ns, SimEntryType type, guint64 a, guint64 b)
{
  SimEntry entry = { .type = type, .a = a, .b = b };

  sim_queue_push (&self->queue, self->now_ns, delay_ns, &entry);
}

static K8StartMail *
make_start (SimWorld *self, K8ActorKind kind, const char *name)
{
  K8StartMail *start = k8_mail_new (self->region, &k8_start_mail_class);

  start->kind = kind;
  start->name = k8_string_intern (self->region, name);
  start->wall_start_ns = self->config.wall_start_ns;
  start->durations = self->config.durations;
  start->service_cidr = k8_string_intern (self->region, "10.96.0.0/16");
  if (kind == K8_ACTOR_APISERVER)
    {
      start->admin_token = k8_string_intern (self->region, self->config.admin_token);
      start->signer_key_id = k8_string_intern (self->region, "simulated");
      start->advertise_address = k8_string_intern (self->region, "172.18.0.2");
    }
  start->ca_certificate = k8_string_intern (self->region, "simulated certificate authority\n");
  return start;
}

/* Starts an actor for the first time; the start mail (taken over) is kept for restarts. */
static void
start_new_actor (SimWorld *self, K8StartMail *start)
{
  K8EngineEvent event = { .type = K8_EVENT_START, .mail = &start->mail };

  *(K8StartMail **) k8_array_add (&self->starts) = start;
  push_event (self, 0, &event);
}

SimWorld *
sim_world_new_empty (K8Region *region, const SimConfig *config)
{
  SimWorld *self = k8_region_alloc0 (region, sizeof *self);

  self->region = region;
  self->config = *config;
  apply_defaults (&self->config);
  self->engine = k8_engine_new (region, config->seed);
  k8_outbox_init (&self->outbox, region);
  sim_queue_init (&self->queue, region);
  sim_queue_declare (&self->queue, 0);
  sim_queue_declare (&self->queue, self->config.latency_ns);
  sim_queue_declare (&self->queue, self->config.sync_ns);
  sim_queue_declare (&self->queue, self->config.latency_ns + self->config.durations.api_request_ns);
  sim_queue_declare (&self->queue, self->config.durations.reconcile_ns);
  sim_queue_declare (&self->queue, 10 * K8_SECOND_NS);
  k8_index_init (&self->timers, region);
  k8_index_init (&self->silent, region);
  sim_network_init (&self->network, region, self->config.latency_ns);
  sim_disk_init (&self->disk, region, self->config.sync_ns);
  sim_runtime_init (&self->runtime, region);
  k8_random_init (&self->random, config->seed, "sim");
  k8_array_init (&self->starts, region, sizeof (const K8StartMail *));
  return self;
}

SimWorld *
sim_world_new (K8Region *region, const SimConfig *config)
{
  SimWorld *self = sim_world_new_empty (region, config);

  start_new_actor (self, make_start (self, K8_ACTOR_ETCD, "etcd-0"));
  start_new_actor (self, make_start (self, K8_ACTOR_APISERVER, "apiserver-0"));
  start_new_actor (self, make_start (self, K8_ACTOR_CONTROLLER_MANAGER, "controller-manager-0"));
  start_new_actor (self, make_start (self, K8_ACTOR_SCHEDULER, "scheduler-0"));
  return self;
}

/* A world that runs on exactly as this one would; without hooks. (transfer full) */
SimWorld *
sim_world_clone (const SimWorld *self)
{
  SimWorld *clone = k8_region_alloc (self->region, sizeof *clone);

  *clone = *self;
  clone->hooks = (SimHooks){ 0 };
  clone->part = NULL;
  clone->engine = k8_engine_clone (self->engine);
  k8_outbox_init (&clone->outbox, self->region);
  sim_queue_clone (&clone->queue, &self->queue);
  k8_index_clone (&clone->timers, &self->timers);
  k8_index_clone (&clone->silent, &self->silent);
  sim_network_clone (&clone->network, &self->network);
  sim_disk_clone (&clone->disk, &self->disk);
  sim_runtime_clone (&clone->runtime, &self->runtime);
  k8_array_clone (&clone->starts, &self->starts);
  for (guint32 i = 0; i < k8_array_n (&clone->starts); i++)
    k8_mail_ref (*(K8StartMail **) k8_array_at (&clone->starts, i));
  if (self->part != NULL)
    clone->part = self->part->class->clone (self->part, clone);
  return clone;
}

void
sim_world_free (SimWorld *self)
{
  if (self == NULL)
    return;
  if (self->part != NULL)
    self->part->class->free (self->part);
  for (guint32 i = 0; i < k8_array_n (&self->starts); i++)
    k8_mail_unref (*(K8StartMail **) k8_array_at (&self->starts, i));
  k8_array_clear (&self->starts);
  sim_runtime_clear (&self->runtime);
  sim_disk_clear (&self->disk);
  sim_network_clear (&self->network);
  k8_index_clear (&self->timers);
  k8_index_clear (&self->silent);
  sim_queue_clear (&self->queue);
  k8_outbox_clear (&self->outbox);
  k8_engine_free (self->engine);
  k8_region_free (self->region, self, sizeof *self);
}

/* A message leaves: it arrives after the latency, or falls into a cut. */
static void
take_send (SimWorld *self, const K8Effect *effect)
{
  K8EngineEvent event = { .type = K8_EVENT_MESSAGE,
                          .to = effect->to,
                          .from = effect->from,
                          .tag = effect->tag,
                          .mail = effect->mail,
                          .cause = effect->cause };
  guint32 link;

  if (sim_network_passes (&self->network, &self->random, effect->from, effect->to, &link))
    push_event (self, effect->delay_ns + self->network.latency_ns, &event);
  else if (link != 0)
    sim_world_schedule (self, sim_network_silence_ns (&self->network, link), SIM_ENTRY_NETWORK,
                        link, sim_network_link (&self->network, link)->number);
}

static void
take_timer (SimWorld *self, const K8Effect *effect)
{
  K8EngineEvent event = { .type = K8_EVENT_TIMER,
                          .to = effect->from,
                          .tag = effect->tag,
                          .timer = effect->timer,
                          .cause = effect->cause };

  k8_index_put (&self->timers, effect->timer, 1);
  push_event (self, effect->delay_ns, &event);
}

static void
take_persist (SimWorld *self, const K8Effect *effect)
{
  SimEntry sync = { .type = SIM_ENTRY_SYNC,
                    .event = { .type = K8_EVENT_PERSISTED,
                               .to = effect->from,
                               .tag = effect->tag,
                               .cause = effect->cause } };

  sim_disk_write (&self->disk, (const K8PersistMail *) effect->mail);
  sync.a = self->disk_generation;
  sim_queue_push (&self->queue, self->now_ns, self->disk.sync_ns, &sync);
}

/* A signature that anyone can see is none: the simulator has no keys. */
static void
take_sign (SimWorld *self, const K8Effect *effect)
{
  static const char signature[] = "c2ltdWxhdGVk";
  K8EngineEvent event = { .type = K8_EVENT_SIGNED,
                          .to = effect->from,
                          .tag = effect->tag,
                          .cause = effect->cause };
  K8TextMail *mail = k8_text_mail_new (self->region, signature, sizeof signature - 1);

  event.mail = &mail->mail;
  push_event (self, 0, &event);
  k8_mail_unref (mail);
}

static void
take_response (SimWorld *self, const K8Effect *effect)
{
  if ((effect->tag & SIM_OWN_REQUEST_BIT) != 0)
    {
      if (self->part != NULL)
        self->part->class->take_response (self->part, self, effect);
    }
  else if (self->hooks.respond != NULL)
    self->hooks.respond (self->hooks.respond_user, effect->tag, effect->type, effect->mail);
}

static void
take_effect (SimWorld *self, const K8Effect *effect)
{
  switch (effect->type)
    {
    case K8_EFFECT_SEND:
      take_send (self, effect);
      break;
    case K8_EFFECT_TIMER_SET:
      take_timer (self, effect);
      break;
    case K8_EFFECT_TIMER_CANCEL:
      k8_index_remove (&self->timers, effect->timer);
      break;
    case K8_EFFECT_PERSIST:
      take_persist (self, effect);
      break;
    case K8_EFFECT_RUNTIME:
    case K8_EFFECT_PROBE_WATCH:
    case K8_EFFECT_PROBE_END:
      sim_runtime_take_effect (self, effect);
      break;
    case K8_EFFECT_SIGN:
      take_sign (self, effect);
      break;
    case K8_EFFECT_RESPONSE:
    case K8_EFFECT_WATCH_EVENT:
    case K8_EFFECT_RESPONSE_END:
      take_response (self, effect);
      break;
    case K8_EFFECT_RULES:
      if (self->part != NULL)
        self->part->class->take_rules (self->part, self, effect);
      break;
    case K8_EFFECT_STREAM:
      if ((effect->tag & SIM_OWN_REQUEST_BIT) == 0)
        take_response (self, effect);
      break;
    case K8_EFFECT_NONE:
    case K8_EFFECT_CALL:
      break;
    }
}

static void
show_trace (SimWorld *self)
{
  for (guint32 i = 0; i < k8_array_n (&self->outbox.trace); i++)
    {
      const K8TraceRecord *record = k8_array_at (&self->outbox.trace, i);
      if (self->part != NULL && self->part->class->take_trace != NULL)
        self->part->class->take_trace (self->part, self, record);
      if (self->hooks.trace != NULL)
        self->hooks.trace (self->hooks.trace_user, self, record);
    }
}

static void
step_engine (SimWorld *self, const K8EngineEvent *given)
{
  K8EngineEvent event = *given;

  event.now_ns = self->now_ns;
  k8_engine_step (self->engine, &event, &self->outbox);
  show_trace (self);
  for (guint32 i = 0; i < k8_array_n (&self->outbox.effects); i++)
    take_effect (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
}

static void
tell_disconnect (SimWorld *self, K8ActorId to, K8ActorId from, gint64 delay_ns)
{
  K8EngineEvent event = { .type = K8_EVENT_DISCONNECT, .to = to, .from = from };

  if (k8_engine_is_running (self->engine, to))
    push_event (self, delay_ns, &event);
}

/* A link has been silent for so long that both ends give it up. */
static void
break_link (SimWorld *self, guint32 slot)
{
  const SimLink *link = sim_network_link (&self->network, slot);

  if (link == NULL || link->state == SIM_LINK_BROKEN)
    return;
  tell_disconnect (self, link->a, link->b, 0);
  tell_disconnect (self, link->b, link->a, 0);
  sim_network_mark_broken (&self->network, slot);
}

/* Everybody who was connected to an actor learns that it has fallen silent. */
static void
tell_peers (SimWorld *self, K8ActorId id, gint64 delay_ns)
{
  for (K8ActorId peer = 1; peer <= k8_engine_n_actors (self->engine); peer++)
    tell_disconnect (self, peer, id, delay_ns);
}

/* A silence has lasted long enough: of a connection, or of an actor without power. */
static void
take_silence (SimWorld *self, const SimEntry *entry)
{
  guint32 slot = (guint32) entry->a;
  const SimLink *link = sim_network_link (&self->network, slot);

  if (slot == 0 && k8_index_find (&self->silent, entry->b) == entry->a >> 32)
    {
      k8_index_remove (&self->silent, entry->b);
      tell_peers (self, (K8ActorId) entry->b, 0);
    }
  else if (link != NULL && link->number == entry->b)
    break_link (self, slot);
}

static void
take_entry (SimWorld *self, const SimEntry *entry)
{
  switch (entry->type)
    {
    case SIM_ENTRY_ENGINE:
      if (entry->event.type == K8_EVENT_TIMER
          && k8_index_remove (&self->timers, entry->event.timer) == 0)
        break;
      step_engine (self, &entry->event);
      break;
    case SIM_ENTRY_SYNC:
      if (entry->a != self->disk_generation)
        break;
      sim_disk_sync (&self->disk);
      step_engine (self, &entry->event);
      if (self->part != NULL)
        self->part->class->take_sync (self->part, self);
      break;
    case SIM_ENTRY_RUNTIME:
    case SIM_ENTRY_PROBE:
      sim_runtime_take_entry (self, entry);
      break;
    case SIM_ENTRY_NETWORK:
      take_silence (self, entry);
      break;
    case SIM_ENTRY_ACTION:
    case SIM_ENTRY_FAULT_END:
    case SIM_ENTRY_TRAFFIC:
    case SIM_ENTRY_GOAL:
      if (self->part != NULL)
        self->part->class->take_entry (self->part, self, entry);
      break;
    case SIM_ENTRY_NONE:
      k8_assert_not_reached ();
      break;
    }
}

gboolean
sim_world_step (SimWorld *self)
{
  SimEntry entry;

  if (!sim_queue_pop (&self->queue, &entry))
    return FALSE;
  k8_assert (entry.due_ns >= self->now_ns);
  self->now_ns = entry.due_ns;
  self->n_steps++;
  take_entry (self, &entry);
  k8_mail_unref (entry.event.mail);
  return TRUE;
}

gint64
sim_world_next_due (const SimWorld *self)
{
  const SimEntry *entry = sim_queue_peek (&self->queue);

  return entry == NULL ? G_MAXINT64 : entry->due_ns;
}

void
sim_world_run_until (SimWorld *self, gint64 until_ns)
{
  while (sim_world_next_due (self) <= until_ns)
    sim_world_step (self);
  self->now_ns = MAX (self->now_ns, until_ns);
}

void
sim_world_add_node (SimWorld *self, const K8Node *node, const char *pod_cidr)
{
  const char *node_name = k8_object_meta_name (k8_node_metadata (node));
  K8ActorKind kinds[] = { K8_ACTOR_KUBELET, K8_ACTOR_PROXY };
  const char *prefixes[] = { "kubelet/", "proxy/" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      GString *name = g_string_new (prefixes[i]);
      g_string_append (name, node_name);
      K8StartMail *start = make_start (self, kinds[i], name->str);
      start->config = k8_record_ref (node);
      start->pod_cidr = k8_string_intern (self->region, pod_cidr);
      start_new_actor (self, start);
      g_string_free (name, TRUE);
    }
}

static guint64
push_request (SimWorld *self, K8HttpRequest *request, guint64 bit)
{
  K8EngineEvent event = { .type = K8_EVENT_REQUEST, .mail = &request->mail };

  event.tag = ++self->next_request | bit;
  event.to = k8_engine_find_actor (self->engine, "apiserver-0");
  push_event (self, 0, &event);
  k8_mail_unref (request);
  return event.tag;
}

guint64
sim_world_request (SimWorld *self, K8HttpRequest *request)
{
  return push_request (self, request, 0);
}

guint64
sim_world_request_own (SimWorld *self, K8HttpRequest *request)
{
  if (self->mirror != NULL)
    {
      guint64 tag = ++self->next_request | SIM_OWN_REQUEST_BIT;
      self->mirror->request (self->mirror->user, tag, request);
      k8_mail_unref (request);
      return tag;
    }
  return push_request (self, request, SIM_OWN_REQUEST_BIT);
}

void
sim_world_request_end (SimWorld *self, guint64 tag)
{
  K8EngineEvent event = { .type = K8_EVENT_REQUEST_END, .tag = tag };

  event.to = k8_engine_find_actor (self->engine, "apiserver-0");
  push_event (self, 0, &event);
}

static void
stop_actor (SimWorld *self, K8ActorId id)
{
  K8EngineEvent event = { .type = K8_EVENT_STOP, .to = id };

  if (k8_engine_actor_kind (self->engine, id) == K8_ACTOR_ETCD)
    {
      sim_disk_crash (&self->disk);
      self->disk_generation++;
    }
  if (k8_engine_actor_kind (self->engine, id) == K8_ACTOR_KUBELET)
    sim_runtime_forget_kubelet (self, id);
  step_engine (self, &event);
}

void
sim_world_crash_actor (SimWorld *self, const char *name)
{
  K8ActorId id = k8_engine_find_actor (self->engine, name);

  if (!k8_engine_is_running (self->engine, id))
    return;
  stop_actor (self, id);
  tell_peers (self, id, self->network.latency_ns);
}

/* As a crash, but nobody is told: peers find out when the silence has lasted. */
void
sim_world_power_off_actor (SimWorld *self, const char *name)
{
  K8ActorId id = k8_engine_find_actor (self->engine, name);

  if (!k8_engine_is_running (self->engine, id))
    return;
  stop_actor (self, id);
  k8_index_put (&self->silent, id, ++self->n_silences);
  sim_world_schedule (self, SIM_DEAD_PEER_NS, SIM_ENTRY_NETWORK,
                      (guint64) self->n_silences << 32, id);
}

void
sim_world_break_connections (SimWorld *self, const char *name)
{
  K8ActorId id = k8_engine_find_actor (self->engine, name);

  if (id == 0)
    return;
  for (K8ActorId peer = 1; peer <= k8_engine_n_actors (self->engine); peer++)
    {
      if (peer == id)
        continue;
      tell_disconnect (self, peer, id, 0);
      tell_disconnect (self, id, peer, 0);
    }
}

static const K8StartMail *
find_start (const SimWorld *self, const char *name)
{
  for (guint32 i = 0; i < k8_array_n (&self->starts); i++)
    {
      const K8StartMail *start = *(K8StartMail **) k8_array_at (&self->starts, i);
      if (strcmp (start->name, name) == 0)
        return start;
    }
  return NULL;
}

void
sim_world_start_actor (SimWorld *self, const char *name)
{
  const K8StartMail *known = find_start (self, name);
  K8ActorId id = k8_engine_find_actor (self->engine, name);

  if (known == NULL || k8_engine_is_running (self->engine, id))
    return;
  if (k8_index_remove (&self->silent, id) != 0)
    tell_peers (self, id, 0); /* what it sends now is no part of the old connections */
  K8StartMail *start = make_start (self, known->kind, name);
  start->config = k8_record_ref (known->config);
  start->pod_cidr = k8_string_ref (known->pod_cidr);
  start->is_persisted = known->kind == K8_ACTOR_ETCD;
  sim_world_post (self, &(SimPost){ .type = K8_EVENT_START, .mail = start });
  if (known->kind == K8_ACTOR_ETCD)
    sim_world_post (self, &(SimPost){ .type = K8_EVENT_LOADED,
                                      .to = id,
                                      .mail = sim_disk_load (&self->disk) });
}

void
sim_world_set_cut (SimWorld *self, const char *name, gboolean is_cut)
{
  K8ActorId id = k8_engine_find_actor (self->engine, name);

  if (id == 0)
    return;
  sim_network_set_cut (&self->network, id, is_cut, is_cut);
  for (guint32 link = sim_network_next_healed (&self->network, 0); link != 0;
       link = sim_network_next_healed (&self->network, link))
    {
      break_link (self, link);
      sim_network_forget (&self->network, link);
    }
}

void
sim_world_digest (const SimWorld *self, char ret_text[33])
{
  k8_engine_digest (self->engine, ret_text);
}
