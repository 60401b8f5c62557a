/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the EndpointSlice controller share. Private to this folder.
 */
#pragma once

#include "controllers/controller.h"

/* Endpoints that offer the same ports. */
typedef struct
{
  const K8EndpointSlice *ports; /* a slice with these ports alone */
  GPtrArray *endpoints;         /* const K8Endpoint *, counted */
} K8EndpointGroup;

/* endpoint_slice_group.c: the endpoints of a service, by ports. At least one group, maybe empty.
 * @groups: K8EndpointGroup */
void k8_endpoint_groups_make (const K8View *view, const K8Service *service, K8Array *groups);
void k8_endpoint_groups_clear (K8Array *groups);

/* endpoint_slice.c: a slice over @base (nullable) with these endpoints. (transfer full) */
const K8EndpointSlice *k8_endpoint_slice_make (const K8View *view, const K8Service *service,
                                               const K8EndpointSlice *base,
                                               const K8EndpointGroup *group,
                                               GPtrArray *endpoints);

/* endpoint_slice_pack.c: plans the fewest writes that bring the groups into slices. */
void k8_endpoint_slices_pack (const K8View *view, const K8CacheEntry *service, K8Array *groups,
                              K8Plan *plan);

enum
{
  K8_MAX_ENDPOINTS_PER_SLICE = 100, /* upstream's --max-endpoints-per-slice */
};
