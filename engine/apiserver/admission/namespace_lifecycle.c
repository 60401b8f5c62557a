/* SPDX-License-Identifier: Apache-2.0
 *
 * NamespaceLifecycle: nothing is created in a namespace that is not there or that is ending, and
 * the namespaces of the system are not deleted.
 * Source: kubernetes apiserver pkg/admission/plugin/namespace/lifecycle (v1.36).
 */
#include "apiserver/admission.h"

#include "machinery/gvk.h"

static gboolean
is_immortal (const char *name)
{
  return k8_string_is (name, "default") || k8_string_is (name, "kube-system")
         || k8_string_is (name, "kube-public");
}

/* The refusal with the cause that controllers look for. */
static void
forbid_terminating (K8Admission *self, const char *namespace_name)
{
  K8Region *region = self->context->region;
  K8StatusCauseEdit cause;
  K8StatusDetailsEdit details;
  K8StatusEdit status;

  k8_admission_forbid (self,
                       "unable to create new content in namespace %s because it is being "
                       "terminated",
                       namespace_name);
  char *message = g_strdup_printf ("namespace %s is being terminated", namespace_name);
  k8_status_cause_edit (&cause, region, NULL);
  k8_status_cause_set_reason (&cause, "NamespaceTerminating");
  k8_status_cause_set_message (&cause, message);
  k8_status_cause_set_field (&cause, "metadata.namespace");
  g_free (message);
  k8_status_details_edit (&details, region, k8_status_details (self->refused));
  k8_status_details_add_causes (&details, k8_status_cause_seal (&cause));
  k8_status_edit (&status, region, self->refused);
  k8_status_set_details (&status, k8_status_details_seal (&details));
  k8_record_unref (self->refused);
  self->refused = k8_status_seal (&status);
}

static void
admit (K8Admission *self)
{
  if (self->operation == K8_ADMISSION_DELETE)
    {
      if (self->kind->id == K8_KIND_Namespace && is_immortal (k8_admission_name (self)))
        k8_admission_forbid (self, "this namespace may not be deleted");
      return;
    }
  if (self->operation != K8_ADMISSION_CREATE || !self->kind->is_namespaced)
    return;
  const char *namespace_name = self->request->namespace_name;
  const K8CachedObject *namespace = k8_watch_cache_find (
      &self->server->caches[K8_KIND_Namespace], NULL, k8_string_or_empty (namespace_name));
  if (namespace == NULL)
    self->refused = k8_status_new_not_found (
        self->context->region, k8_kind_resource (&k8_kinds[K8_KIND_Namespace]), namespace_name);
  else if (k8_object_meta_has_deletion_timestamp (k8_object_get_meta (namespace->object)))
    forbid_terminating (self, namespace_name);
}

const K8AdmissionPlugin k8_admission_namespace_lifecycle
    = { .name = "NamespaceLifecycle", .admit = admit };
