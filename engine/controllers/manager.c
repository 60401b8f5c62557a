/* SPDX-License-Identifier: Apache-2.0
 *
 * The controller manager: one informer a kind, shared by all controllers; every change goes to
 * the sums first and then to the controllers that watch the kind, in the order of the table.
 * Workers start when all caches are there.
 * Source: cmd/kube-controller-manager/app (v1.36). Departures: one instance, so no election of a
 * leader; caches of whole objects also for the garbage collector.
 */
#include "controllers/manager.h"

#include "base/assert.h"
#include "controllers/controllers.h"
#include "controllers/loop.h"
#include "machinery/gvk.h"

enum
{
  MAX_CONTROLLERS = 16,
};

typedef struct
{
  K8Actor actor;
  K8Client client;
  K8View view;
  K8OwnerSums sums;
  guint32 n_controllers;
  gboolean has_begun;
  K8Informer informers[K8_N_KINDS]; /* by kind */
  K8Controller controllers[MAX_CONTROLLERS];
} ControllerManager;

/* Everything that can be owned, or that a controller watches; not Events. */
static gboolean
is_watched (const K8KindInfo *kind)
{
  return kind->plural != NULL && kind->id != K8_KIND_Event && kind->id != K8_KIND_EventsEvent &&
         k8_kind_has_verb (kind, "list") && k8_kind_has_verb (kind, "watch");
}

static ControllerManager *
get_self (K8Actor *actor)
{
  return (ControllerManager *) actor;
}

/* Pointers of the view lead into this very actor. */
static void
point_view (ControllerManager *self)
{
  self->view.region = k8_region_of (self);
  self->view.sums = &self->sums;
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_watched (&k8_kinds[kind]))
      self->view.caches[kind] = &self->informers[kind].cache;
}

static void
set_now (ControllerManager *self, K8Context *context)
{
  self->view.now_ns = context->now_ns;
  self->view.now_seconds = k8_context_wall_seconds (context);
}

static K8Loop
make_loop (ControllerManager *self, K8Context *context)
{
  return (K8Loop){ .context = context,
                   .client = &self->client,
                   .informers = self->informers,
                   .sums = &self->sums,
                   .view = &self->view };
}

static void
tell_controller (ControllerManager *self, K8Context *context, K8Controller *controller,
                 const K8Change *change)
{
  const K8ControllerWatch *watches = controller->class->watches;

  self->view.memory = controller->memory;
  for (guint i = 0; i < K8_CONTROLLER_MAX_WATCHES && watches[i].kind != K8_KIND_NONE; i++)
    if (watches[i].kind == change->kind->id || watches[i].kind == K8_N_KINDS)
      watches[i].changed (controller, context, &self->view, change);
}

static void
take_change (void *user, K8Context *context, const K8Change *change)
{
  ControllerManager *self = user;

  if (change->kind->id == K8_KIND_Pod || change->kind->id == K8_KIND_ReplicaSet)
    k8_owner_sums_change (&self->sums, change, &self->informers[K8_KIND_ReplicaSet].cache);
  for (guint i = 0; i < self->n_controllers; i++)
    tell_controller (self, context, &self->controllers[i], change);
}

static void
start (K8Actor *actor, K8Context *context, const K8StartMail *mail)
{
  ControllerManager *self = get_self (actor);

  k8_client_init (&self->client, context, "system:kube-controller-manager");
  k8_owner_sums_init (&self->sums, context->region);
  self->view.ca_certificate = mail->ca_certificate;
  set_now (self, context);
  for (guint i = 0; k8_controller_classes[i] != NULL; i++)
    {
      k8_assert (i < MAX_CONTROLLERS);
      k8_controller_init (&self->controllers[i], context, k8_controller_classes[i], i + 1);
      self->n_controllers++;
    }
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_watched (&k8_kinds[kind]))
      {
        k8_informer_init (&self->informers[kind], context, kind, kind, take_change);
        k8_informer_start (&self->informers[kind], &self->client, context);
      }
  point_view (self);
}

static void
clear (K8Actor *actor)
{
  ControllerManager *self = get_self (actor);

  for (guint i = 0; i < self->n_controllers; i++)
    k8_controller_clear (&self->controllers[i]);
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_watched (&k8_kinds[kind]))
      k8_informer_clear (&self->informers[kind]);
  k8_owner_sums_clear (&self->sums);
  k8_client_clear (&self->client);
}

static void
clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const ControllerManager *self = (const ControllerManager *) actor;
  ControllerManager *copy = get_self (ret_clone);

  k8_client_clone (&copy->client, &self->client);
  k8_owner_sums_clone (&copy->sums, &self->sums);
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_watched (&k8_kinds[kind]))
      k8_informer_clone (&copy->informers[kind], &self->informers[kind]);
  for (guint i = 0; i < self->n_controllers; i++)
    k8_controller_clone (&copy->controllers[i], &self->controllers[i]);
  point_view (copy);
}

/* The first time that every cache is there. */
static void
begin_if_synced (ControllerManager *self, K8Context *context)
{
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_watched (&k8_kinds[kind]) && !self->informers[kind].has_synced)
      return;
  self->has_begun = TRUE;
  for (guint i = 0; i < self->n_controllers; i++)
    {
      K8Controller *controller = &self->controllers[i];
      self->view.memory = controller->memory;
      if (controller->class->begin != NULL)
        controller->class->begin (controller, context, &self->view);
    }
}

static gboolean
receive_timer (ControllerManager *self, K8Context *context, const K8EngineEvent *event)
{
  guint32 id = event->tag & 0xff;
  K8Loop loop = make_loop (self, context);

  if (event->type != K8_EVENT_TIMER || id == 0 || id > self->n_controllers)
    return FALSE;
  K8Controller *controller = &self->controllers[id - 1];
  if (event->tag == (K8_LOOP_TIMER_WORKER | id))
    k8_controller_start_sync (controller, &loop);
  else if (event->tag == (K8_LOOP_TIMER_QUEUE | id))
    k8_workqueue_receive (&controller->queue, context, event);
  else
    return k8_recorder_receive (&controller->recorder, &self->client, context, event);
  return TRUE;
}

static gboolean
receive_informers (ControllerManager *self, K8Context *context, const K8EngineEvent *event)
{
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (self->view.caches[kind] != NULL &&
        k8_informer_receive (&self->informers[kind], &self->client, context, event, self))
      return TRUE;
  return FALSE;
}

static void
receive_answer (ControllerManager *self, K8Context *context, const K8ApiResponse *response,
                guint64 cookie)
{
  K8Loop loop = make_loop (self, context);
  guint64 owner = cookie & (G_GUINT64_CONSTANT (0xFF) << 56);
  guint32 id = owner == K8_RECORDER_COOKIE ? K8_RECORDER_ID (cookie)
                                           : K8_LOOP_COOKIE_CONTROLLER (cookie);

  if (owner == K8_INFORMER_COOKIE)
    k8_informer_answer (&self->informers[cookie & 0xff], &self->client, context, response, cookie,
                        self);
  else
    {
      k8_assert (id > 0 && id <= self->n_controllers);
      K8Controller *controller = &self->controllers[id - 1];
      if (!k8_recorder_answer (&controller->recorder, &self->client, context, response, cookie))
        k8_controller_answer (controller, &loop, response, cookie);
    }
}

static void
dispatch (ControllerManager *self, K8Context *context, const K8EngineEvent *event)
{
  const K8ApiResponse *response;
  guint64 cookie = 0;

  if (receive_timer (self, context, event) || receive_informers (self, context, event))
    return;
  while ((response = k8_client_receive (&self->client, context, event, &cookie)) != NULL)
    {
      receive_answer (self, context, response, cookie);
      if (event->type == K8_EVENT_MESSAGE)
        break;
    }
}

static void
receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  ControllerManager *self = get_self (actor);
  K8Loop loop = make_loop (self, context);

  set_now (self, context);
  dispatch (self, context, event);
  if (!self->has_begun)
    begin_if_synced (self, context);
  if (!self->has_begun)
    return;
  for (guint i = 0; i < self->n_controllers; i++)
    k8_controller_work (&self->controllers[i], &loop);
}

const K8ActorClass k8_controller_manager_actor_class = {
  .name = "controller-manager",
  .kind = K8_ACTOR_CONTROLLER_MANAGER,
  .bytes = sizeof (ControllerManager),
  .start = start,
  .receive = receive,
  .clone = clone,
  .clear = clear,
};
