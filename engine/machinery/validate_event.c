/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of both groups. They are one kind in two spellings: an event of events.k8s.io is read
 * as one of the core group, then checked more strictly.
 * Source: kubernetes pkg/apis/core/validation/events.go, pkg/apis/events/v1/conversion.go (v1.36).
 */
#include <string.h>

#include "machinery/validate_parts.h"

enum
{
  WORD_MAX_BYTES = 128,
  NOTE_MAX_BYTES = 1024,
};

static void
check_length (K8FieldErrors *errors, const K8Path *path, const char *text, guint max_bytes)
{
  if (text != NULL && strlen (text) > max_bytes)
    k8_field_errors_invalid (errors, path, "", "can have at most %u characters", max_bytes);
}

static void
blame_namespace (K8FieldErrors *errors, const K8Event *event)
{
  K8Path path = k8_path_child (NULL, "involvedObject");

  k8_field_errors_invalid (errors, K8_CHILD (&path, "namespace"),
                           k8_object_reference_namespace (k8_event_involved_object (event)),
                           "does not match event.namespace");
}

/* An event without eventTime is of the old sort: it lies beside its object. */
static void
check_old_namespace (K8FieldErrors *errors, const K8Event *event, const char *namespace)
{
  const char *about = k8_object_reference_namespace (k8_event_involved_object (event));

  if (about == NULL ? namespace[0] != '\0' && strcmp (namespace, "default") != 0
                    : strcmp (namespace, about) != 0)
    blame_namespace (errors, event);
}

static void
check_new_event (K8FieldErrors *errors,
                 const K8Event *event,
                 const char *namespace,
                 const char *controller_name)
{
  const char *controller = k8_event_reporting_component (event);
  const char *instance = k8_event_reporting_instance (event);

  if (!k8_object_reference_has_namespace (k8_event_involved_object (event)) &&
      strcmp (namespace, "default") != 0 && strcmp (namespace, "kube-system") != 0)
    blame_namespace (errors, event);
  k8_check_required (errors, K8_CHILD (NULL, controller_name), controller);
  k8_check_name (errors, K8_CHILD (NULL, controller_name), controller, k8_name_check_qualified);
  k8_check_required (errors, K8_CHILD (NULL, "reportingInstance"), instance);
  check_length (errors, K8_CHILD (NULL, "reportingInstance"), instance, WORD_MAX_BYTES);
  k8_check_required (errors, K8_CHILD (NULL, "action"), k8_event_action (event));
  check_length (errors, K8_CHILD (NULL, "action"), k8_event_action (event), WORD_MAX_BYTES);
  k8_check_required (errors, K8_CHILD (NULL, "reason"), k8_event_reason (event));
  check_length (errors, K8_CHILD (NULL, "reason"), k8_event_reason (event), WORD_MAX_BYTES);
  check_length (errors, K8_CHILD (NULL, "message"), k8_event_message (event), NOTE_MAX_BYTES);
}

static void
check_event (K8FieldErrors *errors, const K8Event *event, const char *controller_name)
{
  const char *namespace = k8_string_or_empty (k8_object_meta_namespace (k8_event_metadata (event)));

  if (k8_event_has_event_time (event))
    check_new_event (errors, event, namespace, controller_name);
  else
    check_old_namespace (errors, event, namespace);
  k8_check_name (errors, K8_CHILD (NULL, "namespace"), namespace, k8_name_check_dns_1123_subdomain);
}

void
k8_validate_event_create (const void *object, K8FieldErrors *errors)
{
  check_event (errors, object, "reportingComponent");
}

void
k8_validate_event_update (const void *object, const void *old, K8FieldErrors *errors)
{
  check_event (errors, object, "reportingComponent");
}

static const K8EventSeries *
convert_series (K8Region *region, const K8EventsEventSeries *series)
{
  K8EventSeriesEdit edit;

  if (series == NULL)
    return NULL;
  k8_event_series_edit (&edit, region, NULL);
  k8_event_series_set_count (&edit, k8_events_event_series_count (series));
  if (k8_events_event_series_has_last_observed_time (series))
    k8_event_series_set_last_observed_time (&edit,
                                            k8_events_event_series_last_observed_time (series));
  return k8_event_series_seal (&edit);
}

static void
convert_times (K8EventEdit *edit, const K8EventsEvent *event)
{
  if (k8_events_event_has_event_time (event))
    k8_event_set_event_time (edit, k8_events_event_event_time (event));
  if (k8_events_event_has_deprecated_first_timestamp (event))
    k8_event_set_first_timestamp (edit, k8_events_event_deprecated_first_timestamp (event));
  if (k8_events_event_has_deprecated_last_timestamp (event))
    k8_event_set_last_timestamp (edit, k8_events_event_deprecated_last_timestamp (event));
}

/* (transfer full): the event as the core group spells it. */
static const K8Event *
convert_event (const K8EventsEvent *event)
{
  K8Region *region = k8_region_of (event);
  K8EventEdit edit;

  k8_event_edit (&edit, region, NULL);
  k8_event_set_metadata (&edit, k8_record_ref (k8_events_event_metadata (event)));
  k8_event_set_involved_object (&edit, k8_record_ref (k8_events_event_regarding (event)));
  k8_event_set_related (&edit, k8_record_ref (k8_events_event_related (event)));
  k8_event_set_source (&edit, k8_record_ref (k8_events_event_deprecated_source (event)));
  k8_event_set_series (&edit, convert_series (region, k8_events_event_series (event)));
  k8_event_set_reason (&edit, k8_events_event_reason (event));
  k8_event_set_message (&edit, k8_events_event_note (event));
  k8_event_set_type (&edit, k8_events_event_type (event));
  k8_event_set_action (&edit, k8_events_event_action (event));
  k8_event_set_count (&edit, k8_events_event_deprecated_count (event));
  k8_event_set_reporting_component (&edit, k8_events_event_reporting_controller (event));
  k8_event_set_reporting_instance (&edit, k8_events_event_reporting_instance (event));
  convert_times (&edit, event);
  return k8_event_seal (&edit);
}

static void
check_series (K8FieldErrors *errors, const K8Event *event)
{
  const K8EventSeries *series = k8_event_series (event);

  if (series == NULL)
    return;
  if (k8_event_series_count (series) < 2)
    k8_field_errors_invalid (errors, K8_CHILD (NULL, "series.count"), "", "should be at least 2");
  if (!k8_event_series_has_last_observed_time (series))
    k8_field_errors_required (errors, K8_CHILD (NULL, "series.lastObservedTime"), "%s", "");
}

static void
check_unset (K8FieldErrors *errors, const K8Event *event, const K8Field *field)
{
  if (k8_record_has (event, field))
    k8_field_errors_invalid (errors, K8_CHILD (NULL, field->name), "", "needs to be unset");
}

void
k8_validate_events_event_create (const void *object, K8FieldErrors *errors)
{
  const K8Event *event = convert_event (object);
  const char *type = k8_event_type (event);

  check_event (errors, event, "reportingController");
  k8_check_core_metadata (errors, k8_event_metadata (event), K8_SCOPE_NAMESPACE,
                          k8_name_check_dns_1123_subdomain);
  check_series (errors, event);
  if (!k8_event_has_event_time (event))
    k8_field_errors_required (errors, K8_CHILD (NULL, "eventTime"), "%s", "");
  if (!k8_check_is_listed (type, "Normal|Warning"))
    k8_field_errors_invalid (errors, K8_CHILD (NULL, "type"), "", "has invalid value: %s",
                             k8_string_or_empty (type));
  check_unset (errors, event, K8_FIELD (event, first_timestamp));
  check_unset (errors, event, K8_FIELD (event, last_timestamp));
  check_unset (errors, event, K8_FIELD (event, count));
  check_unset (errors, event, K8_FIELD (event, source));
  k8_record_unref (event);
}

/* Only the series of an event may change. */
void
k8_validate_events_event_update (const void *object, const void *old, K8FieldErrors *errors)
{
  static const K8Field *const fields[] = {
    K8_FIELD (event, involved_object),
    K8_FIELD (event, reason),
    K8_FIELD (event, message),
    K8_FIELD (event, source),
    K8_FIELD (event, first_timestamp),
    K8_FIELD (event, last_timestamp),
    K8_FIELD (event, count),
    K8_FIELD (event, reason),
    K8_FIELD (event, type),
    K8_FIELD (event, event_time),
    K8_FIELD (event, action),
    K8_FIELD (event, related),
    K8_FIELD (event, reporting_component),
    K8_FIELD (event, reporting_instance),
  };
  const K8Event *event = convert_event (object);
  const K8Event *old_event = convert_event (old);

  check_event (errors, event, "reportingController");
  k8_check_core_metadata_update (errors, k8_event_metadata (event), k8_event_metadata (old_event));
  if (!k8_check_is_field_equal (event, old_event, K8_FIELD (event, series)))
    check_series (errors, event);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      gboolean is_controller = fields[i] == K8_FIELD (event, reporting_component);
      k8_check_immutable (errors,
                          K8_CHILD (NULL, is_controller ? "reportingController" : fields[i]->name),
                          event, old_event, fields[i]);
    }
  k8_record_unref (event);
  k8_record_unref (old_event);
}
