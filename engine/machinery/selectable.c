/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields that selectors may name, kind by kind, and their values. A table, not attributes of
 * rows: upstream's set is no property of the fields (`spec.host` is an old name, `status.podIPs`
 * is accepted and always empty, booleans are texts, `source` falls back to another field).
 * Source: pkg/apis/core/v1/conversion.go, pkg/registry/core (strategy.go of each kind) (v1.36).
 */
#include "machinery/field_selector.h"

#include "base/assert.h"
#include "machinery/gvk.h"

typedef struct
{
  guint16 kind;
  const char *name;
  const char *(*get) (const void *object); /* may give NULL */
} Selectable;

static const char *
get_name (const void *object)
{
  return k8_object_meta_name (k8_object_get_meta (object));
}

static const char *
get_namespace (const void *object)
{
  return k8_object_meta_namespace (k8_object_get_meta (object));
}

static const char *
get_boolean (gboolean value)
{
  return value ? "true" : "false";
}

static const char *
get_nothing (const void *object)
{
  (void) object;
  return NULL;
}

/* Pod. */
static const char *
get_node_name (const void *object)
{
  return k8_pod_spec_node_name (k8_pod_spec (object));
}

static const char *
get_restart_policy (const void *object)
{
  return k8_pod_spec_restart_policy (k8_pod_spec (object));
}

static const char *
get_scheduler_name (const void *object)
{
  return k8_pod_spec_scheduler_name (k8_pod_spec (object));
}

static const char *
get_service_account_name (const void *object)
{
  return k8_pod_spec_service_account_name (k8_pod_spec (object));
}

static const char *
get_host_network (const void *object)
{
  return get_boolean (k8_pod_spec_host_network (k8_pod_spec (object)));
}

static const char *
get_pod_phase (const void *object)
{
  return k8_pod_status_phase (k8_pod_status (object));
}

/* The first of podIPs, as upstream's internal form keeps it; podIP for objects without. */
static const char *
get_pod_ip (const void *object)
{
  const K8PodStatus *status = k8_pod_status (object);

  if (k8_pod_status_pod_ips_n (status) > 0)
    return k8_pod_ip_ip (k8_pod_status_pod_ips_at (status, 0));
  return k8_pod_status_pod_ip (status);
}

static const char *
get_nominated_node_name (const void *object)
{
  return k8_pod_status_nominated_node_name (k8_pod_status (object));
}

/* Node, Namespace, Secret, Service. */
static const char *
get_unschedulable (const void *object)
{
  return get_boolean (k8_node_spec_unschedulable (k8_node_spec (object)));
}

static const char *
get_namespace_phase (const void *object)
{
  return k8_namespace_status_phase (k8_namespace_status (object));
}

static const char *
get_secret_type (const void *object)
{
  return k8_secret_type (object);
}

static const char *
get_cluster_ip (const void *object)
{
  return k8_service_spec_cluster_ip (k8_service_spec (object));
}

static const char *
get_service_type (const void *object)
{
  return k8_service_spec_type (k8_service_spec (object));
}

/* Event, in both groups. */
#define OBJECT_GETTER(field)                                                                       \
  static const char *get_involved_##field (const void *object)                                     \
  {                                                                                                \
    return k8_object_reference_##field (k8_event_involved_object (object));                        \
  }                                                                                                \
  static const char *get_regarding_##field (const void *object)                                    \
  {                                                                                                \
    return k8_object_reference_##field (k8_events_event_regarding (object));                       \
  }
OBJECT_GETTER (kind)
OBJECT_GETTER (namespace)
OBJECT_GETTER (name)
OBJECT_GETTER (uid)
OBJECT_GETTER (api_version)
OBJECT_GETTER (resource_version)
OBJECT_GETTER (field_path)

static const char *
get_reason (const void *object)
{
  return k8_event_reason (object);
}

static const char *
get_reporting_component (const void *object)
{
  return k8_event_reporting_component (object);
}

static const char *
get_source (const void *object)
{
  const char *component = k8_event_source_component (k8_event_source (object));

  return component != NULL ? component : k8_event_reporting_component (object);
}

static const char *
get_event_type (const void *object)
{
  return k8_event_type (object);
}

static const char *
get_new_reason (const void *object)
{
  return k8_events_event_reason (object);
}

static const char *
get_reporting_controller (const void *object)
{
  return k8_events_event_reporting_controller (object);
}

static const char *
get_new_event_type (const void *object)
{
  return k8_events_event_type (object);
}

/* Beside metadata.name and metadata.namespace, which come first for every kind. */
static const Selectable selectables[] = {
  { K8_KIND_Pod, "spec.nodeName", get_node_name },
  { K8_KIND_Pod, "spec.restartPolicy", get_restart_policy },
  { K8_KIND_Pod, "spec.schedulerName", get_scheduler_name },
  { K8_KIND_Pod, "spec.serviceAccountName", get_service_account_name },
  { K8_KIND_Pod, "spec.hostNetwork", get_host_network },
  { K8_KIND_Pod, "status.phase", get_pod_phase },
  { K8_KIND_Pod, "status.podIP", get_pod_ip },
  { K8_KIND_Pod, "status.podIPs", get_nothing },
  { K8_KIND_Pod, "status.nominatedNodeName", get_nominated_node_name },
  { K8_KIND_Node, "spec.unschedulable", get_unschedulable },
  { K8_KIND_Namespace, "status.phase", get_namespace_phase },
  { K8_KIND_Secret, "type", get_secret_type },
  { K8_KIND_Service, "spec.clusterIP", get_cluster_ip },
  { K8_KIND_Service, "spec.type", get_service_type },
  { K8_KIND_Event, "involvedObject.kind", get_involved_kind },
  { K8_KIND_Event, "involvedObject.namespace", get_involved_namespace },
  { K8_KIND_Event, "involvedObject.name", get_involved_name },
  { K8_KIND_Event, "involvedObject.uid", get_involved_uid },
  { K8_KIND_Event, "involvedObject.apiVersion", get_involved_api_version },
  { K8_KIND_Event, "involvedObject.resourceVersion", get_involved_resource_version },
  { K8_KIND_Event, "involvedObject.fieldPath", get_involved_field_path },
  { K8_KIND_Event, "reason", get_reason },
  { K8_KIND_Event, "reportingComponent", get_reporting_component },
  { K8_KIND_Event, "source", get_source },
  { K8_KIND_Event, "type", get_event_type },
  { K8_KIND_EventsEvent, "regarding.kind", get_regarding_kind },
  { K8_KIND_EventsEvent, "regarding.namespace", get_regarding_namespace },
  { K8_KIND_EventsEvent, "regarding.name", get_regarding_name },
  { K8_KIND_EventsEvent, "regarding.uid", get_regarding_uid },
  { K8_KIND_EventsEvent, "regarding.apiVersion", get_regarding_api_version },
  { K8_KIND_EventsEvent, "regarding.resourceVersion", get_regarding_resource_version },
  { K8_KIND_EventsEvent, "regarding.fieldPath", get_regarding_field_path },
  { K8_KIND_EventsEvent, "reason", get_new_reason },
  { K8_KIND_EventsEvent, "reportingController", get_reporting_controller },
  { K8_KIND_EventsEvent, "type", get_new_event_type },
};

static const Selectable metadata_fields[2] = {
  { 0, "metadata.name", get_name },
  { 0, "metadata.namespace", get_namespace },
};

/* The first row of a kind in the table, and how many there are. */
static guint
find_rows (const K8KindInfo *kind, guint *ret_n)
{
  guint first = 0;
  guint n = 0;

  while (first < G_N_ELEMENTS (selectables) && selectables[first].kind != kind->id)
    first++;
  while (first + n < G_N_ELEMENTS (selectables) && selectables[first + n].kind == kind->id)
    n++;
  *ret_n = n;
  return first;
}

static const Selectable *
get_row (const K8KindInfo *kind, guint index)
{
  guint n;
  guint first;

  if (index < G_N_ELEMENTS (metadata_fields))
    return &metadata_fields[index];
  first = find_rows (kind, &n);
  k8_assert (index - 2 < n);
  return &selectables[first + index - 2];
}

guint
k8_selectable_n (const K8KindInfo *kind)
{
  guint n;

  find_rows (kind, &n);
  return n + 2;
}

const char *
k8_selectable_name (const K8KindInfo *kind, guint index)
{
  return get_row (kind, index)->name;
}

static gboolean
is_name (const char *known, const char *name, gsize length)
{
  return strlen (known) == length && memcmp (known, name, length) == 0;
}

/* The index of a field by the name that a client gives; -1 if the kind does not let it be named.
 * metadata.namespace is unknown to two kinds that have no namespace. */
int
k8_selectable_find (const K8KindInfo *kind, const char *name, gsize length)
{
  gboolean is_node = kind->id == K8_KIND_Node || kind->id == K8_KIND_Namespace;

  if (kind->id == K8_KIND_Pod && is_name ("spec.host", name, length))
    return k8_selectable_find (kind, "spec.nodeName", strlen ("spec.nodeName"));
  for (guint i = 0; i < k8_selectable_n (kind); i++)
    if (is_name (k8_selectable_name (kind, i), name, length))
      return i == 1 && is_node ? -1 : (int) i;
  return -1;
}

const char *
k8_selectable_value (const K8KindInfo *kind, guint index, const void *object)
{
  return k8_string_or_empty (get_row (kind, index)->get (object));
}
