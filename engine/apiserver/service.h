/* SPDX-License-Identifier: Apache-2.0
 *
 * Services on the way in (service.c), and the addresses and ports that they take (allocate.c).
 */
#pragma once

#include "apiserver/server.h"
#include "machinery/ip.h"

/* What is claimed or drawn is reserved for the call until it is stored. */
char *k8_allocator_claim_ip (K8ApiServer *self, K8Call *call, const char *text);
gboolean k8_allocator_draw_ip (K8ApiServer *self, K8Call *call, char ret_text[K8_IP_TEXT_BYTES]);
const char *k8_allocator_claim_port (K8ApiServer *self, K8Call *call, gint32 port);
gint32 k8_allocator_draw_port (K8ApiServer *self, K8Call *call);
void k8_allocator_release (K8ApiServer *self, K8Call *call);

/* service.c: fills in what a Service needs, and clears what its type has no use for. NULL with
 * @ret_status: refused. */
const void *k8_service_complete (K8ApiServer *self, K8Context *context, K8Call *call,
                                 const void *service, const void *old,
                                 const K8Status **ret_status);
