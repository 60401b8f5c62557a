/* SPDX-License-Identifier: Apache-2.0
 *
 * The classes of the controllers, one file each; the table is in controllers.c.
 */
#pragma once

#include "controllers/controller.h"

extern const K8ControllerClass k8_deployment_controller_class;
extern const K8ControllerClass k8_replica_set_controller_class;
extern const K8ControllerClass k8_endpoint_slice_controller_class;
extern const K8ControllerClass k8_garbage_collector_class;
extern const K8ControllerClass k8_node_lifecycle_controller_class;
extern const K8ControllerClass k8_taint_eviction_controller_class;
extern const K8ControllerClass k8_service_account_controller_class;
extern const K8ControllerClass k8_root_ca_controller_class;
