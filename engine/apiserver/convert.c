/* SPDX-License-Identifier: Apache-2.0
 *
 * Versions of one kind: Events are stored as those of the core group and shown as those of
 * events.k8s.io to who asks there. A table says which field is which.
 * Source: kubernetes pkg/apis/events/v1/conversion.go (v1.36).
 */
#include "apiserver/server.h"

#include "base/assert.h"

typedef struct
{
  const K8Field *core;
  const K8Field *events;
} Pair;

#define PAIR(a, b) { K8_FIELD (event, a), K8_FIELD (events_event, b) }
#define SERIES_PAIR(a) { K8_FIELD (event_series, a), K8_FIELD (events_event_series, a) }

static const Pair event_pairs[] = {
  PAIR (metadata, metadata),
  PAIR (involved_object, regarding),
  PAIR (reason, reason),
  PAIR (message, note),
  PAIR (source, deprecated_source),
  PAIR (first_timestamp, deprecated_first_timestamp),
  PAIR (last_timestamp, deprecated_last_timestamp),
  PAIR (count, deprecated_count),
  PAIR (type, type),
  PAIR (event_time, event_time),
  PAIR (action, action),
  PAIR (related, related),
  PAIR (reporting_component, reporting_controller),
  PAIR (reporting_instance, reporting_instance),
};

static const Pair series_pairs[] = {
  SERIES_PAIR (count),
  SERIES_PAIR (last_observed_time),
};

typedef enum
{
  TO_EVENTS,
  TO_CORE,
} Direction;

static void
copy_field (K8Edit *edit, const K8Field *to, const void *object, const K8Field *from)
{
  if (!k8_record_has (object, from))
    return;
  if (from->type == K8_FIELD_STRING)
    k8_edit_set_text (edit, to, k8_record_get_text (object, from), -1);
  else if (from->type == K8_FIELD_OBJECT)
    k8_edit_set_object (edit, to, k8_record_ref (k8_record_get_object (object, from)));
  else
    k8_edit_set_int (edit, to, k8_record_get_int (object, from));
}

static void
copy_fields (K8Edit *edit, const void *object, const Pair *pairs, guint n, Direction direction)
{
  for (guint i = 0; i < n; i++)
    if (direction == TO_EVENTS)
      copy_field (edit, pairs[i].events, object, pairs[i].core);
    else
      copy_field (edit, pairs[i].core, object, pairs[i].events);
}

static const void *
convert_series (const void *series, Direction direction)
{
  K8Edit edit;

  k8_edit_init (&edit, k8_region_of (series),
                direction == TO_EVENTS ? K8_INFO (events_event_series) : K8_INFO (event_series),
                NULL);
  copy_fields (&edit, series, series_pairs, G_N_ELEMENTS (series_pairs), direction);
  return k8_edit_seal (&edit);
}

static const void *
convert_event (const void *object, Direction direction)
{
  const K8Field *from
      = direction == TO_EVENTS ? K8_FIELD (event, series) : K8_FIELD (events_event, series);
  const K8Field *to
      = direction == TO_EVENTS ? K8_FIELD (events_event, series) : K8_FIELD (event, series);
  K8Edit edit;

  k8_edit_init (&edit, k8_region_of (object),
                direction == TO_EVENTS ? K8_INFO (events_event) : K8_INFO (event), NULL);
  copy_fields (&edit, object, event_pairs, G_N_ELEMENTS (event_pairs), direction);
  if (k8_record_has (object, from))
    k8_edit_set_object (&edit, to,
                        convert_series (k8_record_get_object (object, from), direction));
  return k8_edit_seal (&edit);
}

/* An object in the version that @kind says; itself if it is of that version. (transfer full) */
const void *
k8_convert (const void *object, const K8KindInfo *kind)
{
  guint message = k8_record_info (object)->id;

  if (message == k8_message_event && kind->id == K8_KIND_EventsEvent)
    return convert_event (object, TO_EVENTS);
  if (message == k8_message_events_event && kind->id == K8_KIND_Event)
    return convert_event (object, TO_CORE);
  return k8_record_ref (object);
}
