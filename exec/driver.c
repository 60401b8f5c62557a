/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop between the engine and the world: one GSource whose turn hands the engine what has
 * happened, in order, then the timers that are due, and turns effects into what shall happen.
 * Invariants: 1. the engine is never entered from within a step: everything goes through the
 * queue; 2. messages arrive in the order of their sending; 3. PERSISTED comes only for what is on
 * disk, in the order of asking; 4. time is the clock's (clock.h), which never leaps.
 * Departures: RULES of the proxy are ignored, so a Service's address leads nowhere yet (pods reach
 * each other by their own); work takes the time it takes, all durations of the engine are zero.
 */

#include "exec/exec.h"

#include "base/string.h"
#include "engine.h"
#include "exec/clients.h"
#include "exec/clock.h"
#include "exec/error.h"
#include "exec/log_stream.h"
#include "exec/runtime.h"
#include "exec/timers.h"

#include <string.h>

/* Steps in one turn of the main loop, between which sockets are looked at. */
#define TURN_STEPS 2000

typedef struct
{
  guint64 sequence;
  const K8PersistMail *mail; /* counted */
  K8EngineEvent event;
} Write;

struct _ExecDriver
{
  ExecDriverOptions options;
  K8Engine *engine;
  K8Outbox outbox;
  ExecClock clock;
  ExecTimers timers;
  GQueue events; /* K8EngineEvent, mail counted */
  GQueue writes; /* Write: on the way to the disk */
  ExecPersist *persist;
  ExecClients *clients;
  ExecLogStreams *logs;
  ExecRuntime *runtime;
  GSource *source;
  guint n_strange; /* effects that nobody here understands */
  gboolean has_failed;
};

typedef struct
{
  GSource source;
  ExecDriver *driver;
} DriverSource;

/* ---- What will happen ---- */

static void
wake (ExecDriver *self)
{
  g_source_set_ready_time (self->source, 0);
}

/* @mail is counted once more. */
static void
push (ExecDriver *self, const K8EngineEvent *event)
{
  K8EngineEvent *own = g_memdup2 (event, sizeof *event);
  k8_mail_ref (own->mail);
  g_queue_push_tail (&self->events, own);
  wake (self);
}

static K8ActorId
find_apiserver (const ExecDriver *self)
{
  return k8_engine_find_actor (self->engine, "apiserver-0");
}

static void
on_asked (guint64 ticket, K8HttpRequest *request, gpointer user_data)
{
  ExecDriver *self = user_data;
  K8EngineEvent event = { .type = K8_EVENT_REQUEST, .to = find_apiserver (self), .tag = ticket,
                          .mail = &request->mail };
  push (self, &event);
  k8_mail_unref (request);
}

static void
on_left (guint64 ticket, gpointer user_data)
{
  ExecDriver *self = user_data;
  K8EngineEvent event = { .type = K8_EVENT_REQUEST_END, .to = find_apiserver (self),
                          .tag = ticket };
  exec_log_streams_close (self->logs, ticket);
  push (self, &event);
}

static void
on_runtime (K8EventType type, guint64 tag, void *mail, gpointer user_data)
{
  ExecDriver *self = user_data;
  g_autofree char *name = g_strconcat ("kubelet/", self->options.boot->node_name, NULL);
  K8EngineEvent event = { .type = type, .to = k8_engine_find_actor (self->engine, name),
                          .tag = tag, .mail = mail };
  push (self, &event);
  k8_mail_unref (mail);
}

static void
note (const char *message, gpointer user_data)
{
  ExecDriver *self = user_data;
  if (self->options.events.noted != NULL)
    self->options.events.noted (message, self->options.events.user_data);
}

/* ---- The disk ---- */

static void
fail (ExecDriver *self, const GError *error)
{
  if (self->has_failed)
    return;
  self->has_failed = TRUE;
  self->options.events.failed (error, self->options.events.user_data);
}

static void
write_free (gpointer user_data)
{
  Write *write = user_data;
  k8_mail_unref (write->mail);
  g_free (write);
}

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  ExecDriver *self = user_data;
  if (error != NULL)
    {
      fail (self, error);
      return;
    }
  for (Write *first = g_queue_peek_head (&self->writes);
       first != NULL && first->sequence <= sequence; first = g_queue_peek_head (&self->writes))
    {
      push (self, &first->event);
      if (self->options.events.persisted != NULL)
        self->options.events.persisted (first->mail, self->options.events.user_data);
      write_free (g_queue_pop_head (&self->writes));
    }
}

static void
take_persist (ExecDriver *self, const K8Effect *effect)
{
  guint64 sequence = exec_persist_append (self->persist, (const K8PersistMail *) effect->mail);
  if (sequence == 0)
    {
      g_autoptr (GError) error
          = g_error_new (EXEC_ERROR, EXEC_ERROR_LOG_FULL, "log: it takes nothing any more");
      fail (self, error);
      return;
    }
  Write *write = g_new (Write, 1);
  *write = (Write){ .sequence = sequence,
                    .mail = k8_mail_ref (effect->mail),
                    .event = { .type = K8_EVENT_PERSISTED,
                               .to = effect->from,
                               .tag = effect->tag,
                               .cause = effect->cause } };
  g_queue_push_tail (&self->writes, write);
}

/* ---- What shall happen ---- */

static void
take_send (ExecDriver *self, const K8Effect *effect)
{
  K8EngineEvent event = { .type = K8_EVENT_MESSAGE, .to = effect->to, .from = effect->from,
                          .tag = effect->tag, .mail = effect->mail, .cause = effect->cause };
  push (self, &event);
}

static void
take_timer (ExecDriver *self, const K8Effect *effect)
{
  K8EngineEvent event = { .type = K8_EVENT_TIMER, .to = effect->from, .tag = effect->tag,
                          .timer = effect->timer, .cause = effect->cause };
  exec_timers_set (&self->timers, self->clock.now_ns + MAX (effect->delay_ns, 0), &event);
}

static void
take_sign (ExecDriver *self, const K8Effect *effect)
{
  const K8TextMail *asked = (const K8TextMail *) effect->mail;
  g_autofree char *signature
      = self->options.events.sign (asked->text, self->options.events.user_data);
  const char *text = signature != NULL ? signature : "";
  K8TextMail *mail = k8_text_mail_new (self->options.region, text, strlen (text));
  K8EngineEvent event = { .type = K8_EVENT_SIGNED, .to = effect->from, .tag = effect->tag,
                          .mail = &mail->mail, .cause = effect->cause };
  push (self, &event);
  k8_mail_unref (mail);
}

/* Said once for each kind: an effect of a component that this driver is too old or too young
 * for. Nothing waits for its answer for ever: whoever asked has a time-out of his own. */
static void
take_strange (ExecDriver *self, const K8Effect *effect)
{
  if (self->n_strange++ > 0)
    return;
  g_autofree char *text
      = g_strdup_printf ("%s asked for something that this driver cannot do (effect %u)",
                         k8_engine_actor_name (self->engine, effect->from), effect->type);
  note (text, self);
}

static void
take_effect (ExecDriver *self, const K8Effect *effect)
{
  switch (effect->type)
    {
    case K8_EFFECT_NONE:
    case K8_EFFECT_RULES:
      break;
    case K8_EFFECT_TIMER_SET:
      take_timer (self, effect);
      break;
    case K8_EFFECT_TIMER_CANCEL:
      exec_timers_cancel (&self->timers, effect->timer);
      break;
    case K8_EFFECT_SEND:
      take_send (self, effect);
      break;
    case K8_EFFECT_PERSIST:
      take_persist (self, effect);
      break;
    case K8_EFFECT_RUNTIME:
    case K8_EFFECT_PROBE_WATCH:
    case K8_EFFECT_PROBE_END:
      exec_runtime_take (self->runtime, effect);
      break;
    case K8_EFFECT_SIGN:
      take_sign (self, effect);
      break;
    case K8_EFFECT_RESPONSE:
    case K8_EFFECT_WATCH_EVENT:
    case K8_EFFECT_RESPONSE_END:
      exec_clients_take (self->clients, effect->tag, effect->type, effect->mail);
      break;
    case K8_EFFECT_STREAM:
      if (k8_mail_is (effect->mail, &k8_log_request_class))
        exec_log_streams_open (self->logs, effect->tag, (const K8LogRequest *) effect->mail);
      else
        take_strange (self, effect);
      break;
    case K8_EFFECT_CALL:
      take_strange (self, effect);
      break;
    }
}

/* ---- The loop ---- */

static void
step (ExecDriver *self, K8EngineEvent *event)
{
  event->now_ns = self->clock.now_ns;
  k8_engine_step (self->engine, event, &self->outbox);
  for (guint32 i = 0; self->options.events.traced != NULL && i < k8_array_n (&self->outbox.trace);
       i++)
    self->options.events.traced (k8_array_at (&self->outbox.trace, i),
                                 self->options.events.user_data);
  for (guint32 i = 0; i < k8_array_n (&self->outbox.effects); i++)
    take_effect (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
}

/* What has happened comes before what is due: a message that a timer would give up is read. */
static gboolean
take_next (ExecDriver *self)
{
  K8EngineEvent *queued = g_queue_pop_head (&self->events);
  K8EngineEvent due;
  if (queued != NULL)
    {
      step (self, queued);
      k8_mail_unref (queued->mail);
      g_free (queued);
      return TRUE;
    }
  if (!exec_timers_pop (&self->timers, self->clock.now_ns, &due))
    return FALSE;
  step (self, &due);
  return TRUE;
}

/* When the next turn is due, by the monotonic clock in us; at the latest when the clock wants to
 * be looked at. */
static gint64
compute_ready_time (const ExecDriver *self)
{
  if (self->events.length > 0)
    return 0;
  gint64 wait_ns = exec_timers_next_due (&self->timers) - self->clock.now_ns;
  wait_ns = CLAMP (wait_ns, 0, EXEC_CLOCK_TURN_NS);
  return g_get_monotonic_time () + (wait_ns + 999) / 1000;
}

/* The wall clock went otherwise than the engine's: everyone is told before anything else. */
static void
tell_clock (ExecDriver *self)
{
  K8ClockMail *mail = k8_clock_mail_new (self->options.region);
  for (guint i = 0; i < self->clock.n_steps; i++)
    *(K8ClockStep *) k8_array_add (&mail->steps) = self->clock.steps[i];
  step (self, &(K8EngineEvent){ .type = K8_EVENT_CLOCK, .mail = &mail->mail });
  k8_mail_unref (mail);
}

static gboolean
on_turn (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ExecDriver *self = ((DriverSource *) source)->driver;
  if (exec_clock_update (&self->clock))
    tell_clock (self);
  for (guint i = 0; i < TURN_STEPS && !self->has_failed; i++)
    if (!take_next (self))
      break;
  g_source_set_ready_time (source, self->has_failed ? -1 : compute_ready_time (self));
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = on_turn };

/* ---- Life ---- */

static K8StartMail *
make_start (ExecDriver *self, K8ActorKind kind, const char *name)
{
  K8Region *region = self->options.region;
  K8StartMail *start = k8_mail_new (region, &k8_start_mail_class);
  start->kind = kind;
  start->name = k8_string_intern (region, name);
  start->wall_start_ns = self->clock.wall_start_ns;
  start->service_cidr = k8_string_intern (region, "10.96.0.0/16");
  start->ca_certificate = k8_string_intern (region, self->options.ca_certificate);
  return start;
}

static void
push_start (ExecDriver *self, K8StartMail *start)
{
  K8EngineEvent event = { .type = K8_EVENT_START, .mail = &start->mail };
  push (self, &event);
  k8_mail_unref (start);
}

/* etcd first, with what the disk has; its number is known once it has started. */
static void
start_etcd (ExecDriver *self)
{
  K8StartMail *start = make_start (self, K8_ACTOR_ETCD, "etcd-0");
  start->is_persisted = !exec_persist_is_new (self->persist);
  gboolean is_persisted = start->is_persisted;
  push_start (self, start);
  take_next (self);
  if (!is_persisted)
    return;
  K8LoadedMail *loaded = exec_persist_load (self->persist);
  K8EngineEvent event = { .type = K8_EVENT_LOADED, .mail = &loaded->mail,
                          .to = k8_engine_find_actor (self->engine, "etcd-0") };
  push (self, &event);
  k8_mail_unref (loaded);
}

static void
start_control_plane (ExecDriver *self)
{
  K8Region *region = self->options.region;
  K8StartMail *server = make_start (self, K8_ACTOR_APISERVER, "apiserver-0");
  server->admin_token = k8_string_intern (region, self->options.admin_token);
  server->signer_key_id = k8_string_intern (region, self->options.key_id);
  server->advertise_address = k8_string_intern (region, self->options.boot->gateway);
  start_etcd (self);
  push_start (self, server);
  push_start (self, make_start (self, K8_ACTOR_CONTROLLER_MANAGER, "controller-manager-0"));
  push_start (self, make_start (self, K8_ACTOR_SCHEDULER, "scheduler-0"));
}

static void
start_node (ExecDriver *self)
{
  static const K8ActorKind kinds[] = { K8_ACTOR_KUBELET, K8_ACTOR_PROXY };
  static const char *const prefixes[] = { "kubelet/", "proxy/" };
  K8Region *region = self->options.region;
  k8_autounref const K8Node *node = exec_boot_make_node (self->options.boot, region);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *name = g_strconcat (prefixes[i], self->options.boot->node_name, NULL);
      K8StartMail *start = make_start (self, kinds[i], name);
      start->config = k8_record_ref (node);
      start->pod_cidr = k8_string_intern (region, self->options.boot->subnet);
      push_start (self, start);
    }
}

ExecDriver *
exec_driver_new (const ExecDriverOptions *options, ExecPersist *persist)
{
  ExecDriver *self = g_new0 (ExecDriver, 1);
  self->options = *options;
  self->persist = persist;
  exec_clock_init (&self->clock);
  exec_timers_init (&self->timers);
  g_queue_init (&self->events);
  g_queue_init (&self->writes);
  self->engine = k8_engine_new (options->region, (guint64) self->clock.wall_start_ns);
  k8_outbox_init (&self->outbox, options->region);
  self->source = g_source_new (&source_funcs, sizeof (DriverSource));
  ((DriverSource *) self->source)->driver = self;
  exec_persist_set_durable (persist, on_durable, self);
  self->clients = exec_clients_new (&(ExecClientsOptions){ .region = options->region,
                                                           .asked = on_asked,
                                                           .left = on_left,
                                                           .user_data = self });
  self->logs = exec_log_streams_new (options->docker, self->clients);
  self->runtime = exec_runtime_new (&(ExecRuntimeOptions){ .region = options->region,
                                                           .docker = options->docker,
                                                           .boot = options->boot,
                                                           .clock = &self->clock,
                                                           .post = on_runtime,
                                                           .noted = note,
                                                           .user_data = self });
  start_control_plane (self);
  start_node (self);
  g_source_attach (self->source, NULL);
  return self;
}

static void
event_free (gpointer user_data)
{
  K8EngineEvent *event = user_data;
  k8_mail_unref (event->mail);
  g_free (event);
}

/* The log is closed last: what the engine asked for until now is on disk then. */
void
exec_driver_free (ExecDriver *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  exec_persist_set_durable (self->persist, NULL, NULL);
  exec_persist_close (self->persist);
  exec_runtime_free (self->runtime);
  exec_log_streams_free (self->logs);
  exec_clients_free (self->clients);
  g_queue_clear_full (&self->events, event_free);
  g_queue_clear_full (&self->writes, write_free);
  exec_timers_clear (&self->timers);
  k8_outbox_clear (&self->outbox);
  k8_engine_free (self->engine);
  g_free (self);
}

K8Driver
exec_driver_door (ExecDriver *self)
{
  return exec_clients_door (self->clients);
}
