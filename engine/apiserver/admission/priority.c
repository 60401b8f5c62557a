/* SPDX-License-Identifier: Apache-2.0
 *
 * Priority: the name of a priority class becomes a number in the pod; pods without one take the
 * class that is the global default, or 0. There is one global default at most.
 * Source: kubernetes plugin/pkg/admission/priority (v1.36).
 */
#include "apiserver/admission.h"

#include "machinery/gvk.h"

static const K8PriorityClass *
find_class (K8Admission *self, const char *name)
{
  const K8CachedObject *cached
      = k8_watch_cache_find (&self->server->caches[K8_KIND_PriorityClass], NULL, name);

  return cached == NULL ? NULL : cached->object;
}

/* The global default: of several the one with the lowest value. NULL if there is none. */
static const K8PriorityClass *
find_default (K8Admission *self)
{
  const K8Slots *objects = &self->server->caches[K8_KIND_PriorityClass].objects;
  const K8PriorityClass *best = NULL;

  for (guint32 slot = k8_slots_next (objects, 0); slot != 0; slot = k8_slots_next (objects, slot))
    {
      const K8CachedObject *cached = k8_slots_get (objects, slot);
      const K8PriorityClass *class = cached->object;
      if (k8_priority_class_global_default (class)
          && (best == NULL || k8_priority_class_value (class) < k8_priority_class_value (best)))
        best = class;
    }
  return best;
}

static void
admit_class (K8Admission *self)
{
  const K8PriorityClass *other = find_default (self);

  if (!k8_priority_class_global_default (self->object) || other == NULL)
    return;
  const char *name = k8_object_meta_name (k8_priority_class_metadata (other));
  if (!k8_string_is (name, k8_admission_name (self)))
    k8_admission_forbid (self,
                         "PriorityClass %s is already marked as default. Only one default can "
                         "exist",
                         name);
}

static void
set_priority (K8Admission *self, const K8PriorityClass *class, const char *class_name)
{
  const K8PodSpec *spec = k8_pod_spec (self->object);
  gint32 value = class == NULL ? 0 : k8_priority_class_value (class);
  const char *policy = class == NULL ? NULL : k8_priority_class_preemption_policy (class);
  K8PodSpecEdit edit;
  K8PodEdit pod;

  if (k8_pod_spec_has_priority (spec) && k8_pod_spec_priority (spec) != value)
    {
      k8_admission_forbid (self,
                           "the integer value of priority (%d) must not be provided in pod spec; "
                           "priority admission controller computed %d from the given "
                           "PriorityClass name",
                           k8_pod_spec_priority (spec), value);
      return;
    }
  policy = policy == NULL ? "PreemptLowerPriority" : policy;
  if (k8_pod_spec_has_preemption_policy (spec)
      && !k8_string_is (k8_pod_spec_preemption_policy (spec), policy))
    {
      k8_admission_forbid (self,
                           "the string value of PreemptionPolicy (%s) must not be provided in "
                           "pod spec; priority admission controller computed %s from the given "
                           "PriorityClass name",
                           k8_pod_spec_preemption_policy (spec), policy);
      return;
    }
  k8_pod_spec_edit (&edit, self->context->region, spec);
  k8_pod_spec_set_priority (&edit, value);
  k8_pod_spec_set_preemption_policy (&edit, policy);
  if (class_name != NULL)
    k8_pod_spec_set_priority_class_name (&edit, class_name);
  k8_pod_edit (&pod, self->context->region, self->object);
  k8_pod_set_spec (&pod, k8_pod_spec_seal (&edit));
  k8_admission_set_object (self, k8_pod_seal (&pod));
}

static void
admit_pod (K8Admission *self)
{
  const char *name
      = k8_string_or_empty (k8_pod_spec_priority_class_name (k8_pod_spec (self->object)));
  const K8PriorityClass *class = *name == '\0' ? find_default (self) : find_class (self, name);

  if (class == NULL && *name != '\0')
    k8_admission_forbid (self, "no PriorityClass with name %s was found", name);
  else
    set_priority (self, class,
                  class == NULL ? NULL
                                : k8_object_meta_name (k8_priority_class_metadata (class)));
}

static void
admit (K8Admission *self)
{
  if (k8_admission_is_new_pod (self))
    admit_pod (self);
  else if (self->kind->id == K8_KIND_PriorityClass && self->operation != K8_ADMISSION_DELETE)
    admit_class (self);
}

const K8AdmissionPlugin k8_admission_priority = { .name = "Priority", .admit = admit };
