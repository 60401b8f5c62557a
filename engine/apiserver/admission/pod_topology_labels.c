/* SPDX-License-Identifier: Apache-2.0
 *
 * PodTopologyLabels: when a pod gets its node, the node's zone and region become labels of the
 * pod, so that a program in it can read where it runs.
 * Source: kubernetes plugin/pkg/admission/podtopologylabels (v1.36).
 */
#include "apiserver/admission.h"

static const char *const keys[] = { "topology.kubernetes.io/zone",
                                    "topology.kubernetes.io/region" };

static const K8Node *
find_node (K8Admission *self)
{
  const char *name = k8_pod_spec_node_name (k8_pod_spec (self->object));
  const K8CachedObject *cached
      = name == NULL ? NULL
                     : k8_watch_cache_find (&self->server->caches[K8_KIND_Node], NULL, name);

  return cached == NULL ? NULL : cached->object;
}

static void
admit (K8Admission *self)
{
  K8ObjectMetaEdit meta;
  K8PodEdit pod;
  gboolean is_changed = FALSE;

  if (!k8_admission_is_new_pod (self)
      && (self->request->subresource != K8_SUBRESOURCE_BINDING || self->object == NULL))
    return;
  const K8Node *node = find_node (self);
  if (node == NULL)
    return;
  k8_object_meta_edit (&meta, self->context->region, k8_pod_metadata (self->object));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = k8_object_meta_labels_get (k8_node_metadata (node), keys[i]);
      if (value == NULL)
        continue;
      k8_object_meta_put_labels (&meta, keys[i], value);
      is_changed = TRUE;
    }
  const K8ObjectMeta *sealed = k8_object_meta_seal (&meta);
  if (!is_changed)
    {
      k8_record_unref (sealed);
      return;
    }
  k8_pod_edit (&pod, self->context->region, self->object);
  k8_pod_set_metadata (&pod, sealed);
  k8_admission_set_object (self, k8_pod_seal (&pod));
}

const K8AdmissionPlugin k8_admission_pod_topology_labels
    = { .name = "PodTopologyLabels", .admit = admit };
