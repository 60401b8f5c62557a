/* SPDX-License-Identifier: Apache-2.0
 *
 * Volumes whose content comes from the API.
 */
#include "node/pod_worker.h"

void
k8_volumes_gather (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
}

void
k8_volumes_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
                   const K8ApiResponse *response)
{
}

guint
k8_volumes_write (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  return 0;
}
