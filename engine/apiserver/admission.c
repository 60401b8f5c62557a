/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of admission plugins, in upstream's order, and the validation behind it.
 * Source: kubernetes pkg/kubeapiserver/options/plugins.go (v1.36).
 * Departures: LimitRanger, PodSecurity, ResourceQuota and the policies and webhooks come with
 * their kinds.
 */
#include "apiserver/admission.h"

#include "machinery/gvk.h"
#include "machinery/validate.h"
#include "machinery/warnings.h"

static const K8AdmissionPlugin *const plugins[] = {
  &k8_admission_namespace_lifecycle,
  &k8_admission_service_account,
  &k8_admission_taint_nodes_by_condition,
  &k8_admission_priority,
  &k8_admission_default_toleration_seconds,
  &k8_admission_pod_topology_labels,
};

void
k8_admission_set_object (K8Admission *self, const void *object)
{
  k8_record_unref (self->object);
  self->object = object;
}

/* The name of the object; when it has none yet, nothing. */
const char *
k8_admission_name (const K8Admission *self)
{
  const void *object = self->object != NULL ? self->object : self->old;

  return k8_string_or_empty (k8_object_meta_name (k8_object_get_meta (object)));
}

gboolean
k8_admission_is_new_pod (const K8Admission *self)
{
  return self->kind->id == K8_KIND_Pod && self->operation == K8_ADMISSION_CREATE;
}

void
k8_admission_forbid (K8Admission *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  char *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  k8_record_unref (self->refused);
  self->refused = k8_status_new_forbidden (self->context->region, k8_kind_resource (self->kind),
                                           k8_admission_name (self), why);
  g_free (why);
}

static void
trace_outcome (const K8Admission *self, const K8AdmissionPlugin *plugin, const void *before)
{
  const K8ObjectMeta *meta
      = k8_object_get_meta (self->object != NULL ? self->object : self->old);

  if (self->refused != NULL)
    k8_trace (self->context, ADMISSION_REFUSED,
              { K8_TEXT (plugin->name), K8_TEXT (self->kind->plural),
                K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
                K8_TEXT (k8_status_message (self->refused)) });
  else if (self->object != before)
    k8_trace (self->context, ADMISSION_CHANGED,
              { K8_TEXT (plugin->name), K8_TEXT (self->kind->plural),
                K8_TEXT (k8_object_meta_namespace (meta)),
                K8_TEXT (k8_object_meta_name (meta)) });
}

static void
run_plugins (K8Admission *admission)
{
  for (guint i = 0; i < G_N_ELEMENTS (plugins) && admission->refused == NULL; i++)
    {
      const void *before = admission->object;
      plugins[i]->admit (admission);
      trace_outcome (admission, plugins[i], before);
    }
}

/* The object of a call goes through the chain and may come out changed. */
const K8Status *
k8_admission_run (K8ApiServer *self, K8Context *context, K8Call *call, const void *old)
{
  K8Admission admission
      = { .server = self,
          .context = context,
          .request = call->request,
          .kind = k8_storage_kind (call->request->kind),
          .operation = old == NULL ? K8_ADMISSION_CREATE : K8_ADMISSION_UPDATE,
          .object = k8_record_ref (call->object),
          .old = old };

  run_plugins (&admission);
  k8_call_set_object (call, admission.object);
  return admission.refused;
}

const K8Status *
k8_admission_run_delete (K8ApiServer *self, K8Context *context, K8Call *call)
{
  K8Admission admission = { .server = self,
                            .context = context,
                            .request = call->request,
                            .kind = k8_storage_kind (call->request->kind),
                            .operation = K8_ADMISSION_DELETE,
                            .old = call->before };

  run_plugins (&admission);
  return admission.refused;
}

/* Upstream's Status for the errors; none if there are none. Clears them. */
static const K8Status *
take_errors (K8Context *context, const K8Call *call, K8FieldErrors *errors)
{
  const K8KindInfo *kind = k8_storage_kind (call->request->kind);
  const K8Status *status = NULL;

  if (k8_field_errors_n (errors) > 0)
    status = k8_status_new_invalid (context->region, k8_kind_group_kind (kind),
                                    k8_object_meta_name (k8_object_get_meta (call->object)),
                                    errors);
  k8_field_errors_clear (errors);
  return status;
}

/* What the kind has to say of an object that is good, to a client outside. */
static void
add_warnings (K8Context *context, K8Call *call, const void *old)
{
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);

  if (old == NULL)
    k8_warnings_create (call->object, warnings);
  else
    k8_warnings_update (call->object, old, warnings);
  k8_call_add_warnings (context, call, warnings);
  g_ptr_array_unref (warnings);
}

const K8Status *
k8_admission_validate_create (K8Context *context, K8Call *call)
{
  k8_autounref const void *asked = k8_convert (call->object, call->request->kind);
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_validate_create (asked, &errors);
  if (k8_field_errors_n (&errors) == 0 && call->http != NULL)
    add_warnings (context, call, NULL);
  return take_errors (context, call, &errors);
}

/* The rules are those of the version in which the client speaks: an Event has two. */
static void
validate_update (const K8Call *call, K8FieldErrors *errors)
{
  const K8KindInfo *kind = call->request->kind;

  if (kind == k8_storage_kind (kind))
    {
      k8_validate_update (call->object, call->before, errors);
      return;
    }
  k8_autounref const void *asked = k8_convert (call->object, kind);
  k8_autounref const void *before = k8_convert (call->before, kind);
  k8_validate_update (asked, before, errors);
}

const K8Status *
k8_admission_validate_update (K8Context *context, K8Call *call)
{
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  switch (call->request->subresource)
    {
    case K8_SUBRESOURCE_BINDING:
    case K8_SUBRESOURCE_FINALIZE:
      break;
    case K8_SUBRESOURCE_STATUS:
      k8_validate_status_update (call->object, call->before, &errors);
      break;
    case K8_SUBRESOURCE_EPHEMERAL_CONTAINERS:
      k8_validate_ephemeral_containers_update (call->object, call->before, &errors);
      break;
    case K8_SUBRESOURCE_NONE:
    case K8_SUBRESOURCE_SCALE:
    case K8_SUBRESOURCE_TOKEN:
    case K8_SUBRESOURCE_EVICTION:
    case K8_SUBRESOURCE_RESIZE:
    case K8_SUBRESOURCE_LOG:
    case K8_SUBRESOURCE_EXEC:
    case K8_SUBRESOURCE_ATTACH:
    case K8_SUBRESOURCE_PORT_FORWARD:
      validate_update (call, &errors);
      if (k8_field_errors_n (&errors) == 0 && call->http != NULL)
        add_warnings (context, call, call->before);
      break;
    }
  return take_errors (context, call, &errors);
}
