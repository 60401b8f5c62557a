/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment of a container: variables with plain values.
 * Source: kubernetes pkg/kubelet kubelet_pods.go makeEnvironmentVariables (v1.36).
 */
#include "node/pod_worker.h"

const K8Container *
k8_env_resolve (K8Kubelet *self, K8Context *context, const K8PodWorker *worker, guint index,
                GString *ret_error)
{
  return k8_record_ref (k8_pod_worker_spec (worker, index));
}
