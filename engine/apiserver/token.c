/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of service accounts.
 */
#include "apiserver/server.h"

void
k8_token_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  k8_call_refuse (self, context, call, k8_status_new_generic (context->region, 405));
}

void
k8_token_signed (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
}
