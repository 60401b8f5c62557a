/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of controllers. A new one is a file of its own and a line here.
 */
#include "controllers/controllers.h"

const K8ControllerClass *const k8_controller_classes[] = {
  &k8_service_account_controller_class,
  &k8_root_ca_controller_class,
  &k8_deployment_controller_class,
  &k8_replica_set_controller_class,
  &k8_endpoint_slice_controller_class,
  &k8_garbage_collector_class,
  &k8_node_lifecycle_controller_class,
  &k8_taint_eviction_controller_class,
  NULL,
};
