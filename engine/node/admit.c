/* SPDX-License-Identifier: Apache-2.0
 *
 * Admission of a pod to the node.
 */
#include "node/pod_worker.h"

gboolean
k8_admit_pod (const K8Kubelet *self, const K8Pod *pod, GString *ret_reason, GString *ret_message)
{
  return TRUE;
}
