/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests from outside.
 */
#include "apiserver/server.h"

void
k8_http_receive (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
}

void
k8_http_answer (K8ApiServer *self, K8Context *context, const K8Call *call,
                const K8ApiResponse *response)
{
}

void
k8_http_answer_watch (K8ApiServer *self, K8Context *context, const K8Call *call)
{
}
