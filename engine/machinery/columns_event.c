/* SPDX-License-Identifier: Apache-2.0
 *
 * The cells of events, of both groups: events.k8s.io has the same facts under other names, so
 * one view serves both.
 * Source: pkg/printers/internalversion/printers.go, printEvent (v1.36).
 */
#include "machinery/columns.h"

#include <string.h>

#include "base/text.h"

/* An event under either name. Times in microseconds since 1970, 0 for none. */
typedef struct
{
  const char *type;
  const char *reason;
  const char *message;
  const K8ObjectReference *object;
  const K8EventSource *source;
  const char *controller;
  const char *instance;
  gint64 first_us;
  gint64 last_us;
  gint64 event_us;
  gint64 series_us;
  gint32 count;
  gint32 series_count;
  gboolean has_series;
} View;

static View
view_core (const K8Event *event)
{
  const K8EventSeries *series = k8_event_series (event);

  return (View){
    .type = k8_event_type (event),
    .reason = k8_event_reason (event),
    .message = k8_event_message (event),
    .object = k8_event_involved_object (event),
    .source = k8_event_source (event),
    .controller = k8_event_reporting_component (event),
    .instance = k8_event_reporting_instance (event),
    .first_us = k8_event_first_timestamp (event) * G_USEC_PER_SEC,
    .last_us = k8_event_last_timestamp (event) * G_USEC_PER_SEC,
    .event_us = k8_event_event_time (event),
    .series_us = k8_event_series_last_observed_time (series),
    .count = k8_event_count (event),
    .series_count = k8_event_series_count (series),
    .has_series = series != NULL,
  };
}

static View
view_new (const K8EventsEvent *event)
{
  const K8EventsEventSeries *series = k8_events_event_series (event);

  return (View){
    .type = k8_events_event_type (event),
    .reason = k8_events_event_reason (event),
    .message = k8_events_event_note (event),
    .object = k8_events_event_regarding (event),
    .source = k8_events_event_deprecated_source (event),
    .controller = k8_events_event_reporting_controller (event),
    .instance = k8_events_event_reporting_instance (event),
    .first_us = k8_events_event_deprecated_first_timestamp (event) * G_USEC_PER_SEC,
    .last_us = k8_events_event_deprecated_last_timestamp (event) * G_USEC_PER_SEC,
    .event_us = k8_events_event_event_time (event),
    .series_us = k8_events_event_series_last_observed_time (series),
    .count = k8_events_event_deprecated_count (event),
    .series_count = k8_events_event_series_count (series),
    .has_series = series != NULL,
  };
}

static View
get_view (const K8CellInput *input)
{
  gboolean is_core = k8_record_info (input->object)->id == k8_message_event;

  return is_core ? view_core (input->object) : view_new (input->object);
}

static gint64
get_first (const View *view)
{
  return view->first_us != 0 ? view->first_us : view->event_us;
}

void
k8_cell_event_last_seen (GString *out, const K8CellInput *input)
{
  View view = get_view (input);
  gint64 last = view.last_us != 0 ? view.last_us : get_first (&view);

  k8_age_append (out, view.has_series ? view.series_us : last, input->now_us);
}

void
k8_cell_event_first_seen (GString *out, const K8CellInput *input)
{
  View view = get_view (input);

  k8_age_append (out, get_first (&view), input->now_us);
}

void
k8_cell_event_type (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, get_view (input).type, "");
}

void
k8_cell_event_reason (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, get_view (input).reason, "");
}

/* "pod/web-1": the kind in small letters. */
void
k8_cell_event_object (GString *out, const K8CellInput *input)
{
  View view = get_view (input);
  const char *name = k8_object_reference_name (view.object);

  for (const char *c = k8_string_or_empty (k8_object_reference_kind (view.object)); *c != '\0';
       c++)
    g_string_append_c (out, *c >= 'A' && *c <= 'Z' ? (char) (*c - 'A' + 'a') : *c);
  if (name == NULL)
    return;
  g_string_append_c (out, '/');
  g_string_append (out, name);
}

void
k8_cell_event_subobject (GString *out, const K8CellInput *input)
{
  k8_cell_append_or (out, k8_object_reference_field_path (get_view (input).object), "");
}

void
k8_cell_event_source (GString *out, const K8CellInput *input)
{
  View view = get_view (input);
  const char *component = k8_event_source_component (view.source);
  const char *host = k8_event_source_host (view.source);

  k8_cell_append_or (out, component != NULL ? component : view.controller, "");
  host = host != NULL ? host : view.instance;
  if (host == NULL)
    return;
  g_string_append (out, ", ");
  g_string_append (out, host);
}

static gboolean
is_space (char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without blanks at both ends. */
void
k8_cell_event_message (GString *out, const K8CellInput *input)
{
  const char *start = k8_string_or_empty (get_view (input).message);
  const char *end = start + strlen (start);

  while (start < end && is_space (*start))
    start++;
  while (end > start && is_space (end[-1]))
    end--;
  g_string_append_len (out, start, end - start);
}

void
k8_cell_event_count (GString *out, const K8CellInput *input)
{
  View view = get_view (input);

  k8_text_append_i64 (out, view.has_series ? view.series_count : MAX (view.count, 1));
}
