/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine: a table of actors, the counters of the world, and the digest of its trace.
 * Clones share actors (refs > 1) and copy one only when they step it, so a clone costs the same
 * for ten nodes and for ten thousand.
 * Invariants: 1 time never goes back; 2 an actor that does not run receives nothing; 3 a shared
 * actor is never written; 4 every record and effect of a step names a cause.
 */
#include "engine.h"

#include <string.h>

#include "actor.h"
#include "base/assert.h"
#include "base/digest.h"
#include "base/index.h"
#include "base/slots.h"
#include "schema/young.h"

enum
{
  N_PINS = 256,
};

struct K8Engine
{
  K8Region *region;
  guint64 seed;
  gint64 now_ns;
  guint64 n_records;
  guint64 n_steps;
  K8Digest digest;
  K8Slots actors; /* K8Handle of a K8Actor; the slot is its id */
  K8Index by_name;
  const K8ClockMail *clock; /* newest; NULL: none has come */
  /* Texts of the trace that were met last, by hash, each with one reference: what comes again and
   * again ("etcd.txn") is not made anew each time. */
  K8Handle pins[N_PINS];
};

static void
ref_actor (K8Region *region, void *element)
{
  K8Actor *actor = k8_region_at (region, *(const K8Handle *) element);

  if (actor != NULL)
    actor->refs++;
}

static void
unref_actor (K8Region *region, void *element)
{
  K8Actor *actor = k8_region_at (region, *(const K8Handle *) element);

  if (actor == NULL || --actor->refs > 0)
    return;
  if (actor->is_running)
    actor->class->clear (actor);
  k8_mail_unref (actor->start);
  k8_string_unref (actor->name);
  k8_region_free (region, actor, actor->class->bytes);
}

static const K8ElementClass actor_element_class = { .ref = ref_actor, .unref = unref_actor };

K8Engine *
k8_engine_new (K8Region *region, guint64 seed)
{
  K8Engine *self = k8_region_alloc0 (region, sizeof *self);

  self->region = region;
  self->seed = seed;
  k8_young_keep (region);
  k8_digest_init (&self->digest);
  k8_slots_init (&self->actors, region, sizeof (K8Handle), &actor_element_class);
  k8_index_init (&self->by_name, region);
  return self;
}

/* A second world that stands where this one stands. Cost: O(actors / 254). (transfer full) */
K8Engine *
k8_engine_clone (const K8Engine *self)
{
  K8Engine *clone = k8_region_alloc (self->region, sizeof *clone);

  *clone = *self;
  k8_young_keep (self->region);
  for (guint i = 0; i < N_PINS; i++)
    k8_string_ref (k8_string_at (self->region, self->pins[i]));
  k8_slots_clone (&clone->actors, &self->actors);
  k8_index_clone (&clone->by_name, &self->by_name);
  k8_mail_ref (self->clock);
  return clone;
}

void
k8_engine_free (K8Engine *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_PINS; i++)
    k8_string_unref (k8_string_at (self->region, self->pins[i]));
  k8_slots_clear (&self->actors);
  k8_index_clear (&self->by_name);
  k8_mail_unref (self->clock);
  k8_young_release (self->region);
  k8_region_free (self->region, self, sizeof *self);
}

static const K8Actor *
get_actor (const K8Engine *self, K8ActorId id)
{
  const K8Handle *handle = id == 0 ? NULL : k8_slots_get (&self->actors, id);

  return handle == NULL ? NULL : k8_region_at (self->region, *handle);
}

/* The actor, for writing: its own copy if it is shared with a clone. */
static K8Actor *
edit_actor (K8Engine *self, K8ActorId id)
{
  K8Actor *actor = (K8Actor *) get_actor (self, id);

  /* Copying a shared chunk counts its actors once more: after it, refs tells who shares. */
  K8Handle *handle = k8_slots_edit (&self->actors, id);
  if (actor->refs == 1)
    return actor;
  K8Actor *copy = k8_region_alloc (self->region, actor->class->bytes);
  memcpy (copy, actor, actor->class->bytes);
  copy->refs = 1;
  k8_string_ref (copy->name);
  k8_mail_ref (copy->start);
  if (copy->is_running)
    copy->class->clone (actor, copy);
  actor->refs--;
  *handle = k8_region_handle (copy);
  return copy;
}

/* What an actor was, or is to be, started with: under the clock of now. Borrows @start. */
static void
set_start (const K8Engine *self, K8Actor *actor, const K8StartMail *start)
{
  const K8StartMail *before = actor->start;

  actor->start
      = self->clock == NULL ? k8_mail_ref (start) : k8_start_mail_with_clock (start, self->clock);
  k8_mail_unref (before);
}

/* The wall clock was set, or the machine slept: all actors are told at once, as they all look at
 * the same clock. */
static void
take_clock (K8Engine *self, K8Context *context, const K8EngineEvent *event)
{
  const K8ClockMail *clock = (const K8ClockMail *) event->mail;

  k8_assert (k8_mail_is (clock, &k8_clock_mail_class));
  k8_mail_ref (clock);
  k8_mail_unref (self->clock);
  self->clock = clock;
  for (guint32 id = k8_slots_next (&self->actors, 0); id != 0;
       id = k8_slots_next (&self->actors, id))
    {
      context->actor = edit_actor (self, id);
      set_start (self, context->actor, context->actor->start);
    }
  if (context->actor != NULL)
    k8_trace (context, CLOCK_SET, { K8_NUMBER (k8_context_wall_ns (context)) });
}

static K8ActorId
add_actor (K8Engine *self, const K8StartMail *start)
{
  const K8ActorClass *class = k8_actor_class_of (start->kind);
  K8Actor *actor = k8_region_alloc0 (self->region, class->bytes);

  actor->class = class;
  actor->name = k8_string_ref (start->name);
  actor->refs = 1;
  actor->id = k8_slots_add (&self->actors);
  k8_random_init (&actor->random, self->seed, actor->name);
  *(K8Handle *) k8_slots_edit (&self->actors, actor->id) = k8_region_handle (actor);
  k8_index_put (&self->by_name, k8_string_handle (actor->name), actor->id);
  return actor->id;
}

/* Takes what an actor kept in memory; its name, number, random stream and start mail stay. */
static void
forget_state (K8Actor *actor)
{
  if (actor->is_running)
    actor->class->clear (actor);
  memset ((char *) actor + sizeof *actor, 0, actor->class->bytes - sizeof *actor);
  actor->is_running = FALSE;
}

static void
start_actor (K8Engine *self, K8Context *context, const K8EngineEvent *event)
{
  const K8StartMail *start = (const K8StartMail *) event->mail;

  k8_assert (k8_mail_is (start, &k8_start_mail_class));
  K8ActorId id = k8_engine_find_actor (self, start->name);
  if (id == 0)
    id = add_actor (self, start);
  K8Actor *actor = edit_actor (self, id);
  k8_assert (!actor->is_running);
  forget_state (actor);
  set_start (self, actor, start);
  actor->is_running = TRUE;
  context->actor = actor;
  context->cause = k8_trace (context, ACTOR_STARTED, { K8_TEXT (actor->name) });
  actor->class->start (actor, context, start);
}

static void
stop_actor (K8Context *context)
{
  k8_trace (context, ACTOR_STOPPED, { K8_TEXT (context->actor->name) });
  forget_state (context->actor);
}

static void
trace_received (K8Context *context, const K8EngineEvent *event)
{
  const char *class_name = event->mail == NULL ? NULL : event->mail->class->name;

  context->cause = k8_trace (context, MESSAGE_RECEIVED,
                             { K8_NUMBER (event->from), K8_TEXT (class_name),
                               K8_NUMBER ((gint64) event->tag) });
}

/**
 * k8_engine_step:
 * @event: what happens; its mail is borrowed
 * @outbox: effects and records are appended
 *
 * Turns the world by one event.
 */
void
k8_engine_step (K8Engine *self, const K8EngineEvent *event, K8Outbox *outbox)
{
  K8Context context = { .engine = self,
                        .region = self->region,
                        .outbox = outbox,
                        .now_ns = event->now_ns,
                        .cause = event->cause };

  k8_assert (event->now_ns >= self->now_ns);
  self->now_ns = event->now_ns;
  self->n_steps++;
  if (event->type == K8_EVENT_START)
    {
      start_actor (self, &context, event);
      return;
    }
  if (event->type == K8_EVENT_CLOCK)
    {
      take_clock (self, &context, event);
      return;
    }
  const K8Actor *actor = get_actor (self, event->to);
  if (actor == NULL || !actor->is_running)
    return;
  context.actor = edit_actor (self, event->to);
  if (event->type == K8_EVENT_STOP)
    {
      stop_actor (&context);
      return;
    }
  if (event->type == K8_EVENT_MESSAGE)
    trace_received (&context, event);
  context.actor->class->receive (context.actor, &context, event);
}

K8ActorId
k8_engine_find_actor (const K8Engine *self, const char *name)
{
  const char *text = k8_string_find (self->region, name);

  return text == NULL ? 0 : k8_index_find (&self->by_name, k8_string_handle (text));
}

guint
k8_engine_n_actors (const K8Engine *self)
{
  return k8_slots_n (&self->actors);
}

/* The name of an actor; "driver" for 0. */
const char *
k8_engine_actor_name (const K8Engine *self, K8ActorId id)
{
  const K8Actor *actor = get_actor (self, id);

  return actor == NULL ? "driver" : actor->name;
}

K8ActorKind
k8_engine_actor_kind (const K8Engine *self, K8ActorId id)
{
  const K8Actor *actor = get_actor (self, id);

  return actor == NULL ? K8_ACTOR_NONE : actor->class->kind;
}

const K8StartMail *
k8_engine_actor_start (const K8Engine *self, K8ActorId id)
{
  const K8Actor *actor = get_actor (self, id);

  return actor == NULL ? NULL : actor->start;
}

gboolean
k8_engine_is_running (const K8Engine *self, K8ActorId id)
{
  const K8Actor *actor = get_actor (self, id);

  return actor != NULL && actor->is_running;
}

const K8Actor *
k8_engine_actor (const K8Engine *self, K8ActorId id)
{
  return k8_engine_is_running (self, id) ? get_actor (self, id) : NULL;
}

K8Region *
k8_engine_region (const K8Engine *self)
{
  return self->region;
}

gint64
k8_engine_now (const K8Engine *self)
{
  return self->now_ns;
}

guint64
k8_engine_n_records (const K8Engine *self)
{
  return self->n_records;
}

guint64
k8_engine_n_steps (const K8Engine *self)
{
  return self->n_steps;
}

void
k8_engine_digest (const K8Engine *self, char ret_text[33])
{
  k8_digest_text (&self->digest, ret_text);
}

/* A text of the world, pinned until another takes its place. (transfer full) */
static const char *
keep_text (K8Engine *self, const char *given)
{
  if (k8_region_of (given) == self->region)
    return k8_string_ref (given);
  gsize length = strlen (given);
  K8Handle *pin = &self->pins[k8_string_hash_bytes (given, length) % N_PINS];
  const char *pinned = k8_string_at (self->region, *pin);
  if (pinned != NULL && k8_string_length (pinned) == length
      && memcmp (pinned, given, length) == 0)
    return k8_string_ref (pinned);
  const char *text = k8_string_intern_length (self->region, given, length);
  k8_string_unref (pinned);
  *pin = k8_string_handle (k8_string_ref (text));
  return text;
}

/* One value of a record: a number, or a text as a counted handle. Adds it to the digest. */
static gint64
keep_value (K8Engine *engine, K8TraceFieldType type, const K8TraceValue *value)
{
  if (type != K8_TRACE_FIELD_TEXT)
    {
      k8_digest_add_u64 (&engine->digest, (guint64) value->number);
      return value->number;
    }
  const char *text = keep_text (engine, k8_string_or_empty (value->text));
  const K8StringHead *head = k8_string_head (text);
  k8_digest_add_u64 (&engine->digest, ((guint64) head->hash << 32) | head->length);
  return k8_string_handle (text);
}

/**
 * k8_trace_record:
 * @n: number of values: as many as the type has fields
 *
 * Records what happened, by the actor of this step and for the cause that it now follows.
 *
 * Returns: the sequence of the record, to be named as a cause.
 */
guint64
k8_trace_record (K8Context *context, K8TraceType type, const K8TraceValue *values, guint n)
{
  K8Engine *engine = context->engine;
  const K8TraceInfo *info = &k8_trace_infos[type];
  K8TraceRecord *record = k8_array_add (&context->outbox->trace);

  *record = (K8TraceRecord){ .now_ns = context->now_ns,
                             .sequence = ++engine->n_records,
                             .cause = context->cause,
                             .actor = context->actor == NULL ? 0 : context->actor->id,
                             .type = (guint16) type,
                             .n_values = (guint16) n };
  k8_digest_add_u64 (&engine->digest, (guint64) record->now_ns);
  k8_digest_add_u64 (&engine->digest, ((guint64) record->actor << 32) | type);
  k8_digest_add_u64 (&engine->digest, record->cause);
  for (guint i = 0; i < n; i++)
    {
      k8_assert (info->fields[i].type != K8_TRACE_FIELD_NONE);
      record->value[i] = keep_value (engine, info->fields[i].type, &values[i]);
    }
  k8_assert (info->fields[n].type == K8_TRACE_FIELD_NONE);
  return record->sequence;
}
