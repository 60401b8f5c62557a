/* SPDX-License-Identifier: Apache-2.0
 *
 * DefaultTolerationSeconds: a pod that says nothing of nodes that are not ready or cannot be
 * reached stays on them for five minutes.
 * Source: kubernetes plugin/pkg/admission/defaulttolerationseconds (v1.36).
 */
#include "apiserver/admission.h"

#define NOT_READY "node.kubernetes.io/not-ready"
#define UNREACHABLE "node.kubernetes.io/unreachable"
#define TOLERATION_SECONDS 300

static gboolean
tolerates (const K8PodSpec *spec, const char *taint)
{
  for (guint i = 0; i < k8_pod_spec_tolerations_n (spec); i++)
    {
      const K8Toleration *toleration = k8_pod_spec_tolerations_at (spec, i);
      const char *key = k8_string_or_empty (k8_toleration_key (toleration));
      const char *effect = k8_string_or_empty (k8_toleration_effect (toleration));
      if ((*key == '\0' || strcmp (key, taint) == 0)
          && (*effect == '\0' || strcmp (effect, "NoExecute") == 0))
        return TRUE;
    }
  return FALSE;
}

static void
add_toleration (K8PodSpecEdit *spec, const char *taint)
{
  K8TolerationEdit edit;

  k8_toleration_edit (&edit, spec->edit.region, NULL);
  k8_toleration_set_key (&edit, taint);
  k8_toleration_set_operator (&edit, "Exists");
  k8_toleration_set_effect (&edit, "NoExecute");
  k8_toleration_set_toleration_seconds (&edit, TOLERATION_SECONDS);
  k8_pod_spec_add_tolerations (spec, k8_toleration_seal (&edit));
}

static void
admit (K8Admission *self)
{
  K8PodSpecEdit edit;
  K8PodEdit pod;

  if (!k8_admission_is_new_pod (self))
    return;
  const K8PodSpec *spec = k8_pod_spec (self->object);
  gboolean knows_not_ready = tolerates (spec, NOT_READY);
  gboolean knows_unreachable = tolerates (spec, UNREACHABLE);
  if (knows_not_ready && knows_unreachable)
    return;
  k8_pod_spec_edit (&edit, self->context->region, spec);
  if (!knows_not_ready)
    add_toleration (&edit, NOT_READY);
  if (!knows_unreachable)
    add_toleration (&edit, UNREACHABLE);
  k8_pod_edit (&pod, self->context->region, self->object);
  k8_pod_set_spec (&pod, k8_pod_spec_seal (&edit));
  k8_admission_set_object (self, k8_pod_seal (&pod));
}

const K8AdmissionPlugin k8_admission_default_toleration_seconds
    = { .name = "DefaultTolerationSeconds", .admit = admit };
