/* SPDX-License-Identifier: Apache-2.0
 *
 * Service account controller: every active namespace has a ServiceAccount named default.
 * Source: pkg/controller/serviceaccount/serviceaccounts_controller.go (v1.36).
 */
#include "controllers/controllers.h"

static void
namespace_changed (K8Controller *self, K8Context *context, const K8View *view,
                   const K8Change *change)
{
  if (change->now != NULL)
    k8_controller_enqueue_object (self, change->now);
}

static void
account_changed (K8Controller *self, K8Context *context, const K8View *view,
                 const K8Change *change)
{
  K8Ref ref = { .kind = K8_KIND_Namespace };

  if (change->type != K8_CHANGE_DELETED)
    return;
  ref.name = k8_object_meta_namespace (k8_service_account_metadata (change->before));
  k8_controller_enqueue (self, &ref);
}

static const K8ServiceAccount *
make_default_account (K8Region *region, const char *namespace_name)
{
  K8ObjectMetaEdit meta;
  K8ServiceAccountEdit account;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, "default");
  k8_object_meta_set_namespace (&meta, namespace_name);
  k8_service_account_edit (&account, region, NULL);
  k8_service_account_set_metadata (&account, k8_object_meta_seal (&meta));
  return k8_service_account_seal (&account);
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  K8Ref account = { K8_KIND_ServiceAccount, ref->name, "default" };

  if (entry == NULL ||
      !k8_string_is (k8_namespace_status_phase (k8_namespace_status (entry->object)), "Active") ||
      k8_view_find (view, &account) != NULL)
    return;
  k8_autounref const K8ServiceAccount *made = make_default_account (view->region, ref->name);
  k8_plan_create (plan, made)->tolerate = K8_TOLERATE_EXISTS;
}

const K8ControllerClass k8_service_account_controller_class = {
  .name = "service-account-controller",
  .kind = K8_KIND_Namespace,
  .n_workers = 1,
  .watches = { { K8_KIND_Namespace, namespace_changed },
               { K8_KIND_ServiceAccount, account_changed } },
  .reconcile = reconcile,
};
