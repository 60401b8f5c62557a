/* SPDX-License-Identifier: Apache-2.0
 *
 * Event recorder. Three memories by hash: what was said word for word of which part (to count it
 * up), how many different messages one reason had (to combine them), how much an object has said
 * (to stop a flood; what is held back still counts). Old style Events have counts and a source,
 * new style ones a time and a controller; these are never combined.
 * Source: client-go, tools/record EventCorrelator; tools/events. Departures: memories are kept
 * for the life of the component instead of the last 4096.
 */
#include "client/recorder.h"

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "codec/json_scan.h"
#include "machinery/gvk.h"

enum
{
  MAX_SIMILAR = 10,       /* the tenth different message of a reason is combined */
  FLOOD_STOCK = 25,       /* Events that one source may say of one object in a burst */
  MAX_MESSAGE_BYTES = 1024,
};

#define SIMILAR_WINDOW_NS (600 * K8_SECOND_NS)
#define FLOOD_REFILL_NS (300 * K8_SECOND_NS)

/* What is remembered under a hash. */
typedef struct
{
  const char *name;      /* of the Event, where it was said word for word */
  gint64 since_ns;       /* similar: when last said; flood: when the stock is full again */
  gint32 count;
  guint32 window;        /* similar: which one is on; a message: the one it is known in */
} Seen;

static void
ref_seen (K8Region *region, void *element)
{
  k8_string_ref (((Seen *) element)->name);
}

static void
unref_seen (K8Region *region, void *element)
{
  k8_string_unref (((Seen *) element)->name);
}

static const K8ElementClass seen_class = { .ref = ref_seen, .unref = unref_seen };

void
k8_recorder_init (K8Recorder *self, K8Context *context, const char *component, const char *host)
{
  *self = (K8Recorder){ .component = k8_string_intern (context->region, component) };
  if (host != NULL)
    self->host = k8_string_intern (context->region, host);
  k8_slots_init (&self->seen, context->region, sizeof (Seen), &seen_class);
  k8_index_init (&self->by_hash, context->region);
}

void
k8_recorder_clear (K8Recorder *self)
{
  k8_string_unref (self->component);
  k8_string_unref (self->host);
  k8_slots_clear (&self->seen);
  k8_index_clear (&self->by_hash);
}

void
k8_recorder_clone (K8Recorder *ret_clone, const K8Recorder *self)
{
  *ret_clone = *self;
  k8_string_ref (self->component);
  k8_string_ref (self->host);
  k8_slots_clone (&ret_clone->seen, &self->seen);
  k8_index_clone (&ret_clone->by_hash, &self->by_hash);
}

static guint64
hash_text (guint64 hash, const char *text)
{
  const char *given = k8_string_or_empty (text);
  guint32 part = k8_string_hash_bytes (given, strlen (given));

  return (hash ^ part) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + (hash >> 31);
}

static Seen *
ensure_seen (K8Recorder *self, guint64 hash)
{
  guint32 slot = k8_index_find (&self->by_hash, hash);

  if (slot == 0)
    {
      slot = k8_slots_add (&self->seen);
      k8_index_put (&self->by_hash, hash, slot);
    }
  return k8_slots_edit (&self->seen, slot);
}

/* Whether the object has said too much lately; takes one from its stock if not. */
static gboolean
is_flood (K8Recorder *self, K8Context *context, guint64 object_hash)
{
  Seen *seen = ensure_seen (self, hash_text (object_hash, "flood"));
  gint64 full_ns = MAX (seen->since_ns, context->now_ns) + FLOOD_REFILL_NS;

  if (full_ns - context->now_ns > FLOOD_STOCK * FLOOD_REFILL_NS)
    return TRUE;
  seen->since_ns = full_ns;
  return FALSE;
}

/* Whether a message is one too many of its reason: nine are said word for word, other ones are
 * combined from then on, until nothing was said for the whole window. Departure: upstream keeps
 * nine of the ten by chance; here it is the first nine. */
static gboolean
is_combined (K8Recorder *self, K8Context *context, guint64 reason_hash, guint64 message_hash)
{
  guint64 similar_hash = hash_text (reason_hash, "similar");
  Seen similar = *ensure_seen (self, similar_hash);
  Seen *word = k8_index_find (&self->by_hash, message_hash) == 0
                   ? NULL
                   : ensure_seen (self, message_hash);

  if (similar.window == 0 || context->now_ns - similar.since_ns > SIMILAR_WINDOW_NS)
    {
      similar.count = 0;
      similar.window++;
    }
  similar.since_ns = context->now_ns;
  gboolean is_known = word != NULL && word->window == similar.window;
  gboolean has_room = similar.count < MAX_SIMILAR - 1;
  similar.count += !is_known && has_room;
  *ensure_seen (self, similar_hash) = similar;
  if (!is_known && has_room)
    ensure_seen (self, message_hash)->window = similar.window;
  return !is_known && !has_room;
}

static const K8ObjectReference *
make_reference (K8Context *context, const void *object, const K8Said *said)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8KindInfo *kind = k8_kind_of_record (object);
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
  k8_text_write_i64 (revision, said->revision);
  if (said->revision != 0)
    k8_object_reference_set_resource_version (&edit, revision);
  k8_object_reference_set_field_path (&edit, said->field_path);
  g_string_free (api_version, TRUE);
  return k8_object_reference_seal (&edit);
}

static const char *
get_namespace (const void *object)
{
  const char *text = k8_object_meta_namespace (k8_object_get_meta (object));

  return text == NULL ? "default" : text;
}

/* "<object>.<16 hexadecimal digits of the time>". */
static const K8ObjectMeta *
make_meta (K8Recorder *self, K8Context *context, const void *object)
{
  const char *name = k8_object_meta_name (k8_object_get_meta (object));
  GString *text = g_string_new (name);
  guint64 moment = (guint64) k8_context_wall_ns (context);
  K8ObjectMetaEdit edit;

  g_string_append_c (text, '.');
  k8_text_append_hex (text, moment + self->n_said++, 16);
  k8_object_meta_edit (&edit, context->region, NULL);
  k8_object_meta_set_name (&edit, text->str);
  k8_object_meta_set_namespace (&edit, get_namespace (object));
  g_string_free (text, TRUE);
  return k8_object_meta_seal (&edit);
}

static void
set_old_style (K8Recorder *self, K8Context *context, K8EventEdit *edit)
{
  gint64 now_seconds = k8_context_wall_seconds (context);
  K8EventSourceEdit source;

  k8_event_source_edit (&source, context->region, NULL);
  k8_event_source_set_component (&source, self->component);
  k8_event_source_set_host (&source, self->host);
  k8_event_set_source (edit, k8_event_source_seal (&source));
  k8_event_set_first_timestamp (edit, now_seconds);
  k8_event_set_last_timestamp (edit, now_seconds);
  k8_event_set_count (edit, 1);
  k8_event_set_reporting_component (edit, self->component);
  k8_event_set_reporting_instance (edit, self->host);
}

/* "default-scheduler-scheduler-0": who said it is its component on its host. */
static void
set_new_style (K8Recorder *self, K8Context *context, K8EventEdit *edit, const K8Said *said)
{
  GString *instance = g_string_new (self->component);

  if (self->host != NULL)
    {
      g_string_append_c (instance, '-');
      g_string_append (instance, self->host);
    }
  k8_event_set_event_time (edit, k8_context_wall_micros (context));
  k8_event_set_action (edit, said->action);
  k8_event_set_reporting_component (edit, self->component);
  k8_event_set_reporting_instance (edit, instance->str);
  g_string_free (instance, TRUE);
}

static const K8Event *
make_event (K8Recorder *self, K8Context *context, const void *object, const K8Said *said,
            const char *message)
{
  K8EventEdit edit;

  k8_event_edit (&edit, context->region, NULL);
  k8_event_set_metadata (&edit, make_meta (self, context, object));
  k8_event_set_involved_object (&edit, make_reference (context, object, said));
  k8_event_set_type (&edit, said->type);
  k8_event_set_reason (&edit, said->reason);
  k8_event_set_message (&edit, message);
  if (self->is_new_style)
    set_new_style (self, context, &edit, said);
  else
    set_old_style (self, context, &edit);
  return k8_event_seal (&edit);
}

/* Raises the count of an Event that exists; one that combines others says what came last. */
static void
count_up (K8Client *client, K8Context *context, const void *object, const Seen *seen,
          const char *message)
{
  K8ApiRequest *request = k8_client_request (client, context, K8_VERB_PATCH, K8_KIND_Event);
  GString *body = g_string_new ("{\"count\":");
  char time[K8_TIME_LETTERS + 1];

  k8_text_append_i64 (body, seen->count);
  k8_time_format (k8_context_wall_seconds (context), time);
  g_string_append (body, ",\"lastTimestamp\":\"");
  g_string_append (body, time);
  g_string_append_c (body, '"');
  if (message != NULL)
    {
      g_string_append (body, ",\"message\":");
      k8_json_append_string (body, message, strlen (message));
    }
  g_string_append_c (body, '}');
  k8_api_request_set_namespace (request, get_namespace (object));
  k8_api_request_set_name (request, seen->name);
  k8_api_request_set_patch (request, K8_PATCH_TYPE_STRATEGIC, body->str);
  g_string_free (body, TRUE);
  k8_client_send (client, context, request, K8_RECORDER_COOKIE);
}

static void
create (K8Recorder *self, K8Client *client, K8Context *context, const K8Event *event, Seen *seen)
{
  const char *name = k8_object_meta_name (k8_event_metadata (event));
  const char *before = seen->name;

  seen->name = k8_string_ref (name);
  seen->count = 1;
  k8_string_unref (before);
  k8_client_send (client, context,
                  k8_client_request_for (client, context, K8_VERB_CREATE, event, 0),
                  K8_RECORDER_COOKIE);
}

/* The message as it is stored: cut to upstream's length. (transfer full) */
static GString *
make_message (const K8Said *said, gboolean is_combined)
{
  GString *message = g_string_new (is_combined ? "(combined from similar events): " : "");

  g_string_append (message, said->message);
  if (message->len > MAX_MESSAGE_BYTES)
    g_string_truncate (message, MAX_MESSAGE_BYTES);
  return message;
}

/**
 * k8_recorder_say:
 * @object: what it is about
 *
 * Says something about an object, unless the object has said too much; then it is only counted.
 * Effects: traces `event.recorded`; a request that creates an Event or counts one up.
 */
void
k8_recorder_say (K8Recorder *self, K8Client *client, K8Context *context, const void *object,
                 const K8Said *said)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  guint64 object_hash = hash_text (hash_text (hash_text (1, self->component),
                                              k8_object_meta_uid (meta)),
                                   k8_object_meta_name (meta));
  guint64 reason_hash = hash_text (hash_text (object_hash, said->type), said->reason);
  guint64 message_hash = hash_text (reason_hash, said->message);
  guint64 word_hash = hash_text (message_hash, said->field_path);
  gboolean is_joined
      = !self->is_new_style && is_combined (self, context, reason_hash, message_hash);
  gboolean is_held_back = !self->is_new_style && is_flood (self, context, object_hash);
  Seen *seen = ensure_seen (self, is_joined ? reason_hash : word_hash);

  if (is_held_back)
    {
      seen->count += seen->name != NULL;
      return;
    }
  k8_trace (context, EVENT_RECORDED,
            { K8_TEXT (k8_kind_of_record (object)->kind), K8_TEXT (get_namespace (object)),
              K8_TEXT (k8_object_meta_name (meta)), K8_TEXT (said->type), K8_TEXT (said->reason),
              K8_TEXT (said->message) });
  GString *message = make_message (said, is_joined);
  if (seen->name != NULL && !self->is_new_style)
    {
      seen->count++;
      count_up (client, context, object, seen, is_joined ? message->str : NULL);
      g_string_free (message, TRUE);
      return;
    }
  k8_autounref const K8Event *event = make_event (self, context, object, said, message->str);
  create (self, client, context, event, seen);
  g_string_free (message, TRUE);
}
