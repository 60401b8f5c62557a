/* SPDX-License-Identifier: Apache-2.0
 *
 * DefaultBinder: tells the API server to give the pod to its node, by a Binding.
 * Source: pkg/scheduler/framework/plugins/defaultbinder (v1.36).
 */
#include "scheduler/plugins.h"

static const K8Binding *
new_binding (K8Region *region, const K8Pod *pod, const char *node_name)
{
  const K8ObjectMeta *own = k8_pod_metadata (pod);
  K8ObjectMetaEdit meta;
  K8ObjectReferenceEdit target;
  K8BindingEdit binding;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_namespace (&meta, k8_object_meta_namespace (own));
  k8_object_meta_set_name (&meta, k8_object_meta_name (own));
  k8_object_meta_set_uid (&meta, k8_object_meta_uid (own));
  k8_object_reference_edit (&target, region, NULL);
  k8_object_reference_set_kind (&target, "Node");
  k8_object_reference_set_name (&target, node_name);
  k8_binding_edit (&binding, region, NULL);
  k8_binding_set_metadata (&binding, k8_object_meta_seal (&meta));
  k8_binding_set_target (&binding, k8_object_reference_seal (&target));
  return k8_binding_seal (&binding);
}

static K8ApiRequest *
bind (K8Client *client, K8Context *context, const K8Pod *pod, const char *node_name)
{
  K8ApiRequest *request = k8_client_request_for (client, context, K8_VERB_CREATE, pod, 0);

  k8_record_unref (request->object);
  request->object = new_binding (context->region, pod, node_name);
  request->subresource = K8_SUBRESOURCE_BINDING;
  return request;
}

const K8Plugin k8_default_binder_plugin = {
  .name = "DefaultBinder",
  .bind = bind,
};
