/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks, and what they may. Users are names with groups; what a user may do is decided from a
 * table before anything of the request's body is read.
 */
#pragma once

#include "apiserver/apiserver.h"

typedef struct
{
  const char *user;     /* a text of the region, counted */
  gboolean is_master;   /* group system:masters */
  gboolean is_anonymous;
} K8Identity;

/* What is asked for: a resource, or a path that is none. */
typedef struct
{
  const char *verb;
  const char *group;
  const char *plural;
  const char *subresource; /* NULL: none */
  const char *namespace_name;
  const char *name;
  const char *path;        /* of no resource; NULL for a resource */
} K8Attributes;

/* (transfer full) (nullable): the refusal. */
const K8Status *k8_authorize (K8Region *region, const K8Identity *identity,
                              const K8Attributes *attributes);

/* Whether a user inside may do anything: components and the server itself. */
gboolean k8_authorize_is_component (const char *user);
