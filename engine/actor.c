/* SPDX-License-Identifier: Apache-2.0
 *
 * What an actor may do in a step, and the table of actor classes. The context writes effects to
 * the outbox of the step that is under way; it is gone when the step ends.
 */
#include "actor.h"

#include "apiserver/server.h"
#include "base/assert.h"
#include "controllers/manager.h"
#include "engine.h"
#include "etcd/member.h"
#include "node/kubelet.h"
#include "node/proxy.h"
#include "scheduler/scheduler.h"

/* Each component adds its line: [K8_ACTOR_ETCD] = &k8_etcd_actor_class. */
static const K8ActorClass *const classes[K8_N_ACTOR_KINDS] = {
  [K8_ACTOR_NONE] = NULL,
  [K8_ACTOR_CONTROLLER_MANAGER] = &k8_controller_manager_actor_class,
  [K8_ACTOR_ETCD] = &k8_etcd_actor_class,
  [K8_ACTOR_APISERVER] = &k8_apiserver_actor_class,
  [K8_ACTOR_KUBELET] = &k8_kubelet_actor_class,
  [K8_ACTOR_PROXY] = &k8_proxy_actor_class,
  [K8_ACTOR_SCHEDULER] = &k8_scheduler_actor_class,
};

/* The class of a kind of actor; the kind must have one. */
const K8ActorClass *
k8_actor_class_of (K8ActorKind kind)
{
  k8_assert (kind < K8_N_ACTOR_KINDS);
  k8_assert (classes[kind] != NULL);
  return classes[kind];
}

static K8Effect *
add_effect (K8Context *self, K8EffectType type, guint64 tag, void *mail)
{
  K8Effect *effect = k8_array_add (&self->outbox->effects);

  *effect = (K8Effect){ .type = type,
                        .tag = tag,
                        .mail = mail,
                        .from = self->actor->id,
                        .cause = self->cause };
  return effect;
}

/* Sends mail (taken over) to another actor. */
void
k8_context_send (K8Context *self, K8ActorId to, guint64 tag, void *mail)
{
  k8_context_send_after (self, to, tag, mail, 0);
}

/* As k8_context_send(), leaving only after @delay_ns of virtual work. */
void
k8_context_send_after (K8Context *self, K8ActorId to, guint64 tag, void *mail, gint64 delay_ns)
{
  const K8MailClass *class = ((const K8Mail *) mail)->class;
  const char *verb = NULL;
  const char *subject = NULL;

  k8_assert (to != 0);
  k8_assert (delay_ns >= 0);
  if (class->describe != NULL)
    class->describe (mail, &verb, &subject);
  guint64 sequence = k8_trace (self, MESSAGE_SENT,
                               { K8_NUMBER (to), K8_TEXT (class->name), K8_NUMBER ((gint64) tag),
                                 K8_TEXT (verb), K8_TEXT (subject) });
  K8Effect *effect = add_effect (self, K8_EFFECT_SEND, tag, mail);
  effect->to = to;
  effect->delay_ns = delay_ns;
  effect->cause = sequence;
}

/**
 * k8_context_set_timer:
 * @tag: comes back with the TIMER event
 *
 * Returns: the timer's id, for k8_context_cancel_timer(); never 0.
 */
guint64
k8_context_set_timer (K8Context *self, gint64 delay_ns, guint64 tag)
{
  k8_assert (delay_ns >= 0);
  K8Effect *effect = add_effect (self, K8_EFFECT_TIMER_SET, tag, NULL);
  effect->delay_ns = delay_ns;
  effect->timer = ((guint64) self->actor->id << 36) | ++self->actor->next_timer;
  effect->to = self->actor->id;
  return effect->timer;
}

/* Takes a timer back; 0 and timers that have fired are allowed. */
void
k8_context_cancel_timer (K8Context *self, guint64 timer)
{
  if (timer != 0)
    add_effect (self, K8_EFFECT_TIMER_CANCEL, 0, NULL)->timer = timer;
}

/* Any other effect; mail is taken over. */
void
k8_context_emit (K8Context *self, K8EffectType type, guint64 tag, void *mail)
{
  add_effect (self, type, tag, mail);
}

K8ActorId
k8_context_find_actor (K8Context *self, const char *name)
{
  return k8_engine_find_actor (self->engine, name);
}

/* The first actor of a kind that runs; 0 if none does. */
K8ActorId
k8_context_find_kind (K8Context *self, K8ActorKind kind)
{
  guint n = k8_engine_n_actors (self->engine);

  for (K8ActorId id = 1; id <= n; id++)
    if (k8_engine_actor_kind (self->engine, id) == kind && k8_engine_is_running (self->engine, id))
      return id;
  return 0;
}

const char *
k8_context_actor_name (const K8Context *self, K8ActorId id)
{
  return k8_engine_actor_name (self->engine, id);
}

gint64
k8_actor_wall_ns (const K8Actor *self, gint64 at_ns)
{
  const K8ClockMail *clock = self->start->clock;

  for (guint32 i = clock == NULL ? 0 : k8_array_n (&clock->steps); i > 0; i--)
    {
      const K8ClockStep *step = k8_array_at (&clock->steps, i - 1);
      if (step->from_ns <= at_ns)
        return step->wall_start_ns + at_ns;
    }
  return self->start->wall_start_ns + at_ns;
}

gint64
k8_context_wall_ns (const K8Context *self)
{
  return k8_actor_wall_ns (self->actor, self->now_ns);
}

gint64
k8_context_wall_seconds (const K8Context *self)
{
  return k8_context_wall_ns (self) / 1000000000;
}

gint64
k8_context_wall_micros (const K8Context *self)
{
  return k8_context_wall_ns (self) / 1000;
}
