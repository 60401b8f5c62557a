/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator of old style Events. Three memories by hash: what was said word for word of which
 * part (to count it up), how many different messages one reason had (to combine them), how much an
 * object has said (to stop a flood; what is held back still counts).
 * Source: client-go, tools/record EventCorrelator. Departures: memories are kept for the life of
 * the component instead of the last 4096.
 */
#include "base/text.h"
#include "base/time.h"
#include "client/event_memory.h"
#include "machinery/gvk.h"

enum
{
  MAX_SIMILAR = 10, /* the tenth different message of a reason is combined */
  FLOOD_STOCK = 25, /* Events that one source may say of one object in a burst */
};

#define SIMILAR_WINDOW_NS (600 * K8_SECOND_NS)
#define FLOOD_REFILL_NS (300 * K8_SECOND_NS)

/* What is remembered under a hash. */
typedef struct
{
  const char *name; /* of the Event, where it was said word for word or combined */
  gint64 since_ns;  /* an Event: its first time; similar: when last said; flood: when the stock is
                     * full again */
  gint32 count;
  guint32 window; /* similar: which one is on; a message: the one it is known in */
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
k8_event_correlator_init (K8EventMemory *self, K8Region *region)
{
  k8_slots_init (&self->seen, region, sizeof (Seen), &seen_class);
  k8_index_init (&self->by_hash, region);
}

static Seen *
ensure_seen (K8EventMemory *self, guint64 hash)
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
is_flood (K8EventMemory *self, K8Context *context, guint64 object_hash)
{
  Seen *seen = ensure_seen (self, k8_event_memory_hash (object_hash, "flood"));
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
is_combined (K8EventMemory *self, K8Context *context, guint64 reason_hash, guint64 message_hash)
{
  guint64 similar_hash = k8_event_memory_hash (reason_hash, "similar");
  Seen similar = *ensure_seen (self, similar_hash);
  Seen *word =
      k8_index_find (&self->by_hash, message_hash) == 0 ? NULL : ensure_seen (self, message_hash);

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

/* Counts it up, whether or not it will be written. One that combines others is of now, any other
 * of when it was said. */
static void
observe (K8EventMemory *self, K8Context *context, K8EventEntry *entry, guint64 hash)
{
  gint64 at_ns = entry->is_combined ? context->now_ns : entry->said_ns;
  Seen *seen = ensure_seen (self, hash);

  if (seen->count == 0)
    {
      seen->name = k8_event_memory_new_name (self, context, entry, at_ns);
      seen->since_ns = at_ns;
    }
  entry->name = k8_string_ref (seen->name);
  entry->count = ++seen->count;
  entry->first_ns = seen->since_ns;
  entry->last_ns = at_ns;
}

/**
 * k8_event_correlator_take:
 *
 * Decides what becomes of something that was said: an Event, one more of an Event, one of several
 * that are combined.
 *
 * Returns: FALSE if the object has said too much; then it is only counted.
 * Source: client-go, EventCorrelate: aggregate, observe, filter.
 */
gboolean
k8_event_correlator_take (K8EventMemory *self, K8Context *context, K8EventEntry *entry)
{
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  guint64 object_hash = k8_event_memory_hash (k8_event_memory_hash (1, k8_object_meta_uid (meta)),
                                              k8_object_meta_name (meta));
  guint64 reason_hash =
      k8_event_memory_hash (k8_event_memory_hash (object_hash, entry->type), entry->reason);
  guint64 message_hash = k8_event_memory_hash (reason_hash, entry->message);

  entry->is_combined = is_combined (self, context, reason_hash, message_hash);
  observe (self, context, entry,
           entry->is_combined ? reason_hash
                              : k8_event_memory_hash (message_hash, entry->field_path));
  return !is_flood (self, context, object_hash);
}
