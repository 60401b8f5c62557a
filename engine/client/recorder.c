/* SPDX-License-Identifier: Apache-2.0
 *
 * Event recorder: from what is said to a request, and what its answer means. An entry's way:
 *   say → (its turn) → take → attempt → answer: written, or refused: over
 *                               ↑         no answer: sleep, 12 times; the Event to be counted up
 *                               └─────────  is gone: create it
 * Old style entries have their turn one after the other; new style ones have it at once.
 * Invariant: a queue is there only while it has entries.
 * Source: client-go, tools/record and tools/events: recordToSink, recordEvent. Departures: new
 * style Events do not become series.
 */
#include "client/recorder.h"

#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "client/event_memory.h"
#include "codec/json_scan.h"
#include "machinery/gvk.h"

enum
{
  MAX_WAITING = 1000, /* entries behind the one under way */
  MAX_TRIES = 12,
  MAX_MESSAGE_BYTES = 1024,
};

#define SLEEP_NS (10 * K8_SECOND_NS)

static void
ref_entry (K8Region *region, void *element)
{
  const K8EventEntry *self = element;

  k8_record_ref (self->object);
  k8_string_ref (self->type);
  k8_string_ref (self->reason);
  k8_string_ref (self->message);
  k8_string_ref (self->action);
  k8_string_ref (self->field_path);
  k8_string_ref (self->name);
}

static void
unref_entry (K8Region *region, void *element)
{
  const K8EventEntry *self = element;

  k8_record_unref (self->object);
  k8_string_unref (self->type);
  k8_string_unref (self->reason);
  k8_string_unref (self->message);
  k8_string_unref (self->action);
  k8_string_unref (self->field_path);
  k8_string_unref (self->name);
}

static const K8ElementClass entry_class = { .ref = ref_entry, .unref = unref_entry };

void
k8_recorder_init (K8Recorder *self,
                  K8Context *context,
                  K8RecorderStyle style,
                  const char *component,
                  const char *host)
{
  *self = (K8Recorder){ .component = k8_string_intern (context->region, component),
                        .style = (guint8) style };
  if (host != NULL)
    self->host = k8_string_intern (context->region, host);
  k8_event_correlator_init (&self->memory, context->region);
}

static void
free_queue (K8Recorder *self)
{
  if (self->queue == NULL)
    return;
  k8_slots_clear (&self->queue->entries);
  k8_region_free (k8_region_of (self->queue), self->queue, sizeof *self->queue);
  self->queue = NULL;
}

void
k8_recorder_clear (K8Recorder *self)
{
  k8_string_unref (self->component);
  k8_string_unref (self->host);
  free_queue (self);
  k8_slots_clear (&self->memory.seen);
  k8_index_clear (&self->memory.by_hash);
}

void
k8_recorder_clone (K8Recorder *ret_clone, const K8Recorder *self)
{
  *ret_clone = *self;
  k8_string_ref (self->component);
  k8_string_ref (self->host);
  k8_slots_clone (&ret_clone->memory.seen, &self->memory.seen);
  k8_index_clone (&ret_clone->memory.by_hash, &self->memory.by_hash);
  if (self->queue == NULL)
    return;
  ret_clone->queue = k8_region_alloc0 (k8_region_of (self->queue), sizeof *self->queue);
  *ret_clone->queue = *self->queue;
  k8_slots_clone (&ret_clone->queue->entries, &self->queue->entries);
}

static const K8ObjectReference *
make_reference (K8Context *context, const K8EventEntry *entry)
{
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  const K8KindInfo *kind = k8_kind_of_record (entry->object);
  GString *api_version = g_string_new (kind->group);
  char revision[K8_TEXT_NUMBER_LETTERS + 1];
  K8ObjectReferenceEdit edit;

  if (api_version->len > 0)
    g_string_append_c (api_version, '/');
  g_string_append (api_version, kind->version);
  k8_object_reference_edit (&edit, context->region, NULL);
  k8_object_reference_set_kind (&edit, kind->kind);
  k8_object_reference_set_namespace (&edit, k8_object_meta_namespace (meta));
  k8_object_reference_set_name (&edit, k8_object_meta_name (meta));
  k8_object_reference_set_uid (&edit, k8_object_meta_uid (meta));
  k8_object_reference_set_api_version (&edit, api_version->str);
  k8_text_write_i64 (revision, entry->revision);
  if (entry->revision != 0)
    k8_object_reference_set_resource_version (&edit, revision);
  k8_object_reference_set_field_path (&edit, entry->field_path);
  g_string_free (api_version, TRUE);
  return k8_object_reference_seal (&edit);
}

static const char *
get_namespace (const void *object)
{
  const char *text = k8_object_meta_namespace (k8_object_get_meta (object));

  return text == NULL ? "default" : text;
}

const char *
k8_event_memory_new_name (K8EventMemory *self,
                          K8Context *context,
                          const K8EventEntry *entry,
                          gint64 at_ns)
{
  GString *text = g_string_new (k8_object_meta_name (k8_object_get_meta (entry->object)));
  guint64 moment = (guint64) k8_actor_wall_ns (context->actor, at_ns);
  const char *name;

  g_string_append_c (text, '.');
  k8_text_append_hex (text, moment + self->n_named++, 16);
  name = k8_string_intern (context->region, text->str);
  g_string_free (text, TRUE);
  return name;
}

static const K8EventEntry *
get_entry (const K8Recorder *self, guint32 slot)
{
  return k8_slots_get (&self->queue->entries, slot);
}

static K8EventEntry *
edit_entry (K8Recorder *self, guint32 slot)
{
  return k8_slots_edit (&self->queue->entries, slot);
}

static gint64
get_wall_seconds (K8Context *context, gint64 at_ns)
{
  return k8_actor_wall_ns (context->actor, at_ns) / K8_SECOND_NS;
}

/* Those that combine others do not say who reports them, upstream's neither. */
static void
set_old_style (K8Recorder *self, K8Context *context, const K8EventEntry *entry, K8EventEdit *edit)
{
  K8EventSourceEdit source;

  k8_event_source_edit (&source, context->region, NULL);
  k8_event_source_set_component (&source, self->component);
  k8_event_source_set_host (&source, self->host);
  k8_event_set_source (edit, k8_event_source_seal (&source));
  k8_event_set_first_timestamp (edit, get_wall_seconds (context, entry->first_ns));
  k8_event_set_last_timestamp (edit, get_wall_seconds (context, entry->last_ns));
  k8_event_set_count (edit, entry->count);
  if (entry->is_combined)
    return;
  k8_event_set_reporting_component (edit, self->component);
  k8_event_set_reporting_instance (edit, self->host);
}

/* "default-scheduler-scheduler-0": who said it is its component on its host. */
static void
set_new_style (K8Recorder *self, K8Context *context, const K8EventEntry *entry, K8EventEdit *edit)
{
  GString *instance = g_string_new (self->component);

  if (self->host != NULL)
    {
      g_string_append_c (instance, '-');
      g_string_append (instance, self->host);
    }
  k8_event_set_event_time (edit, k8_actor_wall_ns (context->actor, entry->first_ns) / 1000);
  k8_event_set_action (edit, entry->action);
  k8_event_set_reporting_component (edit, self->component);
  k8_event_set_reporting_instance (edit, instance->str);
  g_string_free (instance, TRUE);
}

/* The message as it is stored: cut to upstream's length. (transfer full) */
static GString *
make_message (const K8EventEntry *entry)
{
  GString *message = g_string_new (entry->is_combined ? "(combined from similar events): " : "");

  g_string_append (message, entry->message);
  if (message->len > MAX_MESSAGE_BYTES)
    g_string_truncate (message, MAX_MESSAGE_BYTES);
  return message;
}

/* The Event of an entry. (transfer full) */
static const K8Event *
make_event (K8Recorder *self, K8Context *context, const K8EventEntry *entry)
{
  GString *message = make_message (entry);
  K8ObjectMetaEdit meta;
  K8EventEdit edit;

  k8_object_meta_edit (&meta, context->region, NULL);
  k8_object_meta_set_name (&meta, entry->name);
  k8_object_meta_set_namespace (&meta, get_namespace (entry->object));
  k8_event_edit (&edit, context->region, NULL);
  k8_event_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_event_set_involved_object (&edit, make_reference (context, entry));
  k8_event_set_type (&edit, entry->type);
  k8_event_set_reason (&edit, entry->reason);
  k8_event_set_message (&edit, message->str);
  g_string_free (message, TRUE);
  if (self->style == K8_RECORDER_NEW_STYLE)
    set_new_style (self, context, entry, &edit);
  else
    set_old_style (self, context, entry, &edit);
  return k8_event_seal (&edit);
}

static void
send (K8Recorder *self, K8Client *client, K8Context *context, K8ApiRequest *request, guint32 slot)
{
  if (self->user != NULL)
    {
      k8_string_unref (request->user);
      request->user = k8_string_ref (self->user);
    }
  k8_client_send (client, context, request, K8_RECORDER_COOKIE | ((guint64) slot << 8) | self->id);
}

static void
create (K8Recorder *self, K8Client *client, K8Context *context, guint32 slot)
{
  const K8EventEntry *entry = get_entry (self, slot);
  k8_autounref const K8Event *event = make_event (self, context, entry);

  send (self, client, context, k8_client_request_for (client, context, K8_VERB_CREATE, event, 0),
        slot);
}

/* Raises the count of an Event that exists; one that combines others says what came last. */
static void
count_up (K8Recorder *self, K8Client *client, K8Context *context, guint32 slot)
{
  K8ApiRequest *request = k8_client_request (client, context, K8_VERB_PATCH, K8_KIND_Event);
  const K8EventEntry *entry = get_entry (self, slot);
  GString *body = g_string_new ("{\"count\":");
  char time[K8_TIME_LETTERS + 1];

  k8_text_append_i64 (body, entry->count);
  k8_time_format (get_wall_seconds (context, entry->last_ns), time);
  g_string_append (body, ",\"lastTimestamp\":\"");
  g_string_append (body, time);
  g_string_append_c (body, '"');
  if (entry->is_combined)
    {
      GString *message = make_message (entry);
      g_string_append (body, ",\"message\":");
      k8_json_append_string (body, message->str, message->len);
      g_string_free (message, TRUE);
    }
  g_string_append_c (body, '}');
  k8_api_request_set_namespace (request, get_namespace (entry->object));
  k8_api_request_set_name (request, entry->name);
  k8_api_request_set_patch (request, K8_PATCH_TYPE_STRATEGIC, body->str);
  g_string_free (body, TRUE);
  send (self, client, context, request, slot);
}

/* Asks for it to be written; a later attempt begins anew. What follows has what was said as its
 * cause, not the answer that let its turn come. */
static void
attempt (K8Recorder *self, K8Client *client, K8Context *context, guint32 slot)
{
  K8EventEntry *entry = edit_entry (self, slot);
  guint64 cause = context->cause;

  entry->is_create = entry->count == 1;
  context->cause = entry->cause;
  if (entry->is_create)
    create (self, client, context, slot);
  else
    count_up (self, client, context, slot);
  context->cause = cause;
}

/* Whether it is to be written, and as what. */
static gboolean
take (K8Recorder *self, K8Context *context, guint32 slot)
{
  K8EventEntry *entry = edit_entry (self, slot);
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  guint64 cause = context->cause;

  if (self->style == K8_RECORDER_NEW_STYLE)
    {
      entry->name = k8_event_memory_new_name (&self->memory, context, entry, entry->said_ns);
      entry->first_ns = entry->said_ns;
      entry->count = 1;
    }
  else if (!k8_event_correlator_take (&self->memory, context, entry))
    return FALSE;
  context->cause = entry->cause;
  entry->cause =
      k8_trace (context, EVENT_RECORDED,
                { K8_TEXT (k8_kind_of_record (entry->object)->kind),
                  K8_TEXT (get_namespace (entry->object)), K8_TEXT (k8_object_meta_name (meta)),
                  K8_TEXT (entry->type), K8_TEXT (entry->reason), K8_TEXT (entry->message) });
  context->cause = cause;
  return TRUE;
}

/* An entry is over: its memory goes, the next has its turn. */
static void
end (K8Recorder *self, guint32 slot)
{
  K8EventQueue *queue = self->queue;

  if (queue->first == slot)
    queue->first = get_entry (self, slot)->next;
  k8_slots_remove (&queue->entries, slot);
  if (k8_slots_n (&queue->entries) == 0)
    free_queue (self);
}

/* The first of those that wait has its turn; what is held back makes room for the next. */
static void
advance (K8Recorder *self, K8Client *client, K8Context *context)
{
  while (self->queue != NULL && self->queue->first != 0)
    {
      guint32 slot = self->queue->first;
      if (take (self, context, slot))
        {
          attempt (self, client, context, slot);
          return;
        }
      end (self, slot);
    }
}

static void
drop (K8Context *context, const void *object, const char *reason, const char *why)
{
  k8_trace (context, EVENT_DROPPED,
            { K8_TEXT (k8_kind_of_record (object)->kind), K8_TEXT (get_namespace (object)),
              K8_TEXT (k8_object_meta_name (k8_object_get_meta (object))), K8_TEXT (reason),
              K8_TEXT (why) });
}

static const char *
intern (K8Context *context, const char *text)
{
  return text == NULL ? NULL : k8_string_intern (context->region, text);
}

static guint32
add_entry (K8Recorder *self, K8Context *context, const void *object, const K8Said *said)
{
  if (self->queue == NULL)
    {
      self->queue = k8_region_alloc0 (context->region, sizeof *self->queue);
      k8_slots_init (&self->queue->entries, context->region, sizeof (K8EventEntry), &entry_class);
    }
  guint32 slot = k8_slots_add (&self->queue->entries);
  *edit_entry (self, slot) = (K8EventEntry){ .object = k8_record_ref (object),
                                             .type = intern (context, said->type),
                                             .reason = intern (context, said->reason),
                                             .message = intern (context, said->message),
                                             .action = intern (context, said->action),
                                             .field_path = intern (context, said->field_path),
                                             .revision = said->revision,
                                             .said_ns = context->now_ns,
                                             .cause = context->cause };
  return slot;
}

/* Puts an entry behind those that wait; if there are none it is its turn. */
static void
await_turn (K8Recorder *self, K8Client *client, K8Context *context, guint32 slot)
{
  K8EventQueue *queue = self->queue;
  guint32 before = queue->last;

  queue->last = slot;
  if (queue->first != 0)
    {
      edit_entry (self, before)->next = slot;
      return;
    }
  queue->first = slot;
  advance (self, client, context);
}

static gboolean
is_full (const K8Recorder *self)
{
  return self->style == K8_RECORDER_OLD_STYLE && self->queue != NULL &&
         k8_slots_n (&self->queue->entries) > MAX_WAITING;
}

/**
 * k8_recorder_say:
 * @object: what it is about
 *
 * Says something about an object. It becomes an Event, or one more of an Event, in its turn,
 * unless the object has said too much by then; if too many wait it is lost.
 * Effects: traces `event.recorded` in its turn, `event.dropped`; a request.
 */
void
k8_recorder_say (
    K8Recorder *self, K8Client *client, K8Context *context, const void *object, const K8Said *said)
{
  if (is_full (self))
    {
      drop (context, object, said->reason, "too many queued events, dropped event");
      return;
    }
  guint32 slot = add_entry (self, context, object, said);
  if (self->style == K8_RECORDER_OLD_STYLE)
    await_turn (self, client, context, slot);
  else if (take (self, context, slot))
    attempt (self, client, context, slot);
  else
    end (self, slot);
}

/* No server has answered. Upstream's sleep is random so that not all come back at once. */
static gboolean
sleep_or_give_up (K8Recorder *self, K8Context *context, guint32 slot)
{
  K8EventEntry *entry = edit_entry (self, slot);
  K8Random *random = &context->actor->random;
  gint64 delay_ns = SLEEP_NS;

  entry->n_tries++;
  if (entry->n_tries >= MAX_TRIES)
    {
      drop (context, entry->object, entry->reason, "Unable to write event (retry limit exceeded!)");
      return FALSE;
    }
  if (self->style == K8_RECORDER_NEW_STYLE)
    delay_ns += (gint64) k8_random_below (random, SLEEP_NS / 4);
  else if (entry->n_tries == 1)
    delay_ns = (gint64) k8_random_below (random, SLEEP_NS);
  k8_context_set_timer (context, delay_ns, K8_RECORDER_TIMER | ((guint64) slot << 8) | self->id);
  return TRUE;
}

/* Whether an answer leaves something to be done for an entry. */
static gboolean
go_on (K8Recorder *self,
       K8Client *client,
       K8Context *context,
       const K8ApiResponse *response,
       guint32 slot)
{
  K8EventEntry *entry = edit_entry (self, slot);

  if (k8_api_response_is_ok (response))
    return FALSE;
  if (response->is_lost)
    return sleep_or_give_up (self, context, slot);
  if (response->code == 404 && !entry->is_create)
    {
      entry->is_create = TRUE;
      create (self, client, context, slot);
      return TRUE;
    }
  drop (context, entry->object, entry->reason, "Server rejected event (will not retry!)");
  return FALSE;
}

gboolean
k8_recorder_answer (K8Recorder *self,
                    K8Client *client,
                    K8Context *context,
                    const K8ApiResponse *response,
                    guint64 cookie)
{
  guint32 slot = (guint32) (cookie >> 8);

  if (cookie >> 56 != K8_RECORDER_COOKIE >> 56 || K8_RECORDER_ID (cookie) != self->id)
    return FALSE;
  if (go_on (self, client, context, response, slot))
    return TRUE;
  end (self, slot);
  advance (self, client, context);
  return TRUE;
}

gboolean
k8_recorder_receive (K8Recorder *self,
                     K8Client *client,
                     K8Context *context,
                     const K8EngineEvent *event)
{
  if (event->type != K8_EVENT_TIMER || !K8_RECORDER_IS_TIMER (event->tag) ||
      K8_RECORDER_ID (event->tag) != self->id)
    return FALSE;
  attempt (self, client, context, (guint32) (event->tag >> 8));
  return TRUE;
}
