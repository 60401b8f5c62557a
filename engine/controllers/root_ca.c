/* SPDX-License-Identifier: Apache-2.0
 *
 * Root CA publisher: every active namespace has a ConfigMap kube-root-ca.crt with the
 * certificate that signs the API server's; what somebody changes in it is put back.
 * Source: pkg/controller/certificates/rootcacertpublisher/publisher.go (v1.36).
 */
#include "controllers/controllers.h"

#define ROOT_CA_NAME "kube-root-ca.crt"
#define DESCRIPTION                                                                                \
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "        \
  "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "        \
  "guaranteed across distributions of Kubernetes clusters."

static void
namespace_changed (K8Controller *self, K8Context *context, const K8View *view,
                   const K8Change *change)
{
  if (change->now != NULL)
    k8_controller_enqueue_object (self, change->now);
}

static void
config_map_changed (K8Controller *self, K8Context *context, const K8View *view,
                    const K8Change *change)
{
  const K8ConfigMap *config_map = change->now != NULL ? change->now : change->before;
  const K8ObjectMeta *meta = k8_config_map_metadata (config_map);
  K8Ref ref = { K8_KIND_Namespace, NULL, k8_object_meta_namespace (meta) };

  if (change->type != K8_CHANGE_ADDED && k8_string_is (k8_object_meta_name (meta), ROOT_CA_NAME))
    k8_controller_enqueue (self, &ref);
}

/* The ConfigMap as it shall be, over what there is (nullable). */
static const K8ConfigMap *
make_config_map (const K8View *view, const char *namespace_name, const K8ConfigMap *base)
{
  K8ObjectMetaEdit meta;
  K8ConfigMapEdit config_map;

  k8_object_meta_edit (&meta, view->region, k8_config_map_metadata (base));
  k8_object_meta_set_name (&meta, ROOT_CA_NAME);
  k8_object_meta_set_namespace (&meta, namespace_name);
  k8_object_meta_put_annotations (&meta, "kubernetes.io/description", DESCRIPTION);
  k8_config_map_edit (&config_map, view->region, base);
  k8_config_map_set_metadata (&config_map, k8_object_meta_seal (&meta));
  k8_config_map_clear_data (&config_map);
  k8_config_map_put_data (&config_map, "ca.crt", k8_string_or_empty (view->ca_certificate));
  return k8_config_map_seal (&config_map);
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  K8Ref config_map = { K8_KIND_ConfigMap, ref->name, ROOT_CA_NAME };
  const K8CacheEntry *known = k8_view_find (view, &config_map);

  if (entry == NULL ||
      !k8_string_is (k8_namespace_status_phase (k8_namespace_status (entry->object)), "Active"))
    return;
  k8_autounref const K8ConfigMap *wanted =
      make_config_map (view, ref->name, known == NULL ? NULL : known->object);
  if (known == NULL)
    k8_plan_create (plan, wanted)->tolerate = K8_TOLERATE_EXISTS;
  else if (!k8_record_equal (wanted, known->object))
    k8_plan_write_set_why (k8_plan_update (plan, wanted, known->revision), "put back");
}

const K8ControllerClass k8_root_ca_controller_class = {
  .name = "root-ca-cert-publisher",
  .kind = K8_KIND_Namespace,
  .n_workers = 1,
  .watches = { { K8_KIND_Namespace, namespace_changed },
               { K8_KIND_ConfigMap, config_map_changed } },
  .reconcile = reconcile,
};
