/* SPDX-License-Identifier: Apache-2.0
 *
 * TaintNodesByCondition: a node that registers takes no pods until it is said to be ready.
 * Source: kubernetes plugin/pkg/admission/nodetaint (v1.36).
 */
#include "apiserver/admission.h"

#define TAINT "node.kubernetes.io/not-ready"

static gboolean
has_taint (const K8NodeSpec *spec)
{
  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      if (k8_string_is (k8_taint_key (taint), TAINT)
          && k8_string_is (k8_taint_effect (taint), "NoSchedule"))
        return TRUE;
    }
  return FALSE;
}

static void
admit (K8Admission *self)
{
  K8Region *region = self->context->region;
  K8TaintEdit taint;
  K8NodeSpecEdit spec;
  K8NodeEdit node;

  if (self->kind->id != K8_KIND_Node || self->operation != K8_ADMISSION_CREATE
      || has_taint (k8_node_spec (self->object)))
    return;
  k8_taint_edit (&taint, region, NULL);
  k8_taint_set_key (&taint, TAINT);
  k8_taint_set_effect (&taint, "NoSchedule");
  k8_node_spec_edit (&spec, region, k8_node_spec (self->object));
  k8_node_spec_add_taints (&spec, k8_taint_seal (&taint));
  k8_node_edit (&node, region, self->object);
  k8_node_set_spec (&node, k8_node_spec_seal (&spec));
  k8_admission_set_object (self, k8_node_seal (&node));
}

const K8AdmissionPlugin k8_admission_taint_nodes_by_condition
    = { .name = "TaintNodesByCondition", .admit = admit };
