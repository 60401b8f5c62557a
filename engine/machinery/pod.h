/* SPDX-License-Identifier: Apache-2.0
 *
 * What every component asks of a pod: is it ready, available, active, terminal; what does it
 * request. One answer for controllers, scheduler, kubelet and tables.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

const K8PodCondition *k8_pod_find_condition (const K8Pod *pod, const char *type);
gboolean k8_pod_is_ready (const K8Pod *pod);

/* Ready for at least @min_ready_seconds by now. */
gboolean k8_pod_is_available (const K8Pod *pod, gint32 min_ready_seconds, gint64 now_seconds);

/* When it will be available if nothing changes, in seconds since 1970; 0 if it is not ready. */
gint64 k8_pod_available_at (const K8Pod *pod, gint32 min_ready_seconds);

/* Neither finished nor being deleted. */
gboolean k8_pod_is_active (const K8Pod *pod);

/* Phase Succeeded or Failed. */
gboolean k8_pod_is_terminal (const K8Pod *pod);
gboolean k8_pod_is_terminating (const K8Pod *pod);
gboolean k8_container_is_restartable_init (const K8Container *container);
const K8ContainerStatus *k8_container_status_find (const K8List *list, const char *name);

/* "Guaranteed", "Burstable" or "BestEffort", computed from the specification. */
const char *k8_pod_compute_qos (const K8Pod *pod);

/* What a pod asks for: of "cpu" in thousandths, of others in whole units, rounded up. Containers
 * are summed, init containers count by their peak, restartable ones add up, overhead comes on
 * top, pod-level requests win where they are given. */
gint64 k8_pod_request (const K8PodSpec *spec, const char *resource);
gint64 k8_pod_limit (const K8PodSpec *spec, const char *resource);

/* The names of all resources that the pod requests, sorted, each once; borrowed. */
void k8_pod_request_names (const K8PodSpec *spec, GPtrArray *ret_names);
