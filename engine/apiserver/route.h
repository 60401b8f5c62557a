/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a request goes: its raw target, read once. The path is split while it is still raw, each
 * segment is decoded once and never joined again, so that what is authorised is what is looked
 * up. Scratch of one step: k8_route_parse(), look, k8_route_clear().
 */
#pragma once

#include "apiserver/apiserver.h"

enum
{
  K8_ROUTE_MAX_SEGMENTS = 12,
  K8_ROUTE_MAX_PARAMETERS = 64,
};

typedef enum
{
  K8_ROUTE_NONE,       /* no such path */
  K8_ROUTE_MALFORMED,  /* it cannot be decoded */
  K8_ROUTE_RESOURCE,   /* objects: kind, namespace, name, subresource */
  K8_ROUTE_UNKNOWN,    /* the form of a resource, but none of ours */
  K8_ROUTE_DOCUMENT,   /* /api, /apis/apps/v1, /version, /healthz ... */
} K8RouteType;

typedef struct
{
  K8RouteType type;
  guint n_segments;
  char *segments[K8_ROUTE_MAX_SEGMENTS]; /* decoded */
  char *path;                            /* raw, without the query */
  guint n_parameters;
  char *keys[K8_ROUTE_MAX_PARAMETERS];
  char *values[K8_ROUTE_MAX_PARAMETERS];
  const char *group;   /* of a resource, known or not; "" for core */
  const char *version;
  const char *plural;  /* as written */
  const K8KindInfo *kind;
  const char *namespace_name; /* NULL: none */
  const char *name;           /* NULL: a collection */
  const char *subresource_name; /* NULL: the object itself */
  K8ApiSubresource subresource;
  gboolean is_watch; /* below /watch/ */
} K8Route;

void k8_route_parse (K8Route *self, const char *target);
void k8_route_clear (K8Route *self);

/* The first value of a parameter, or NULL. */
const char *k8_route_get (const K8Route *self, const char *key);

/* As Go reads a boolean of a query: there, and neither "0" nor "false". */
gboolean k8_route_is_true (const K8Route *self, const char *key);

/* The verb that a method means here; NONE if the method is not allowed. */
K8Verb k8_route_verb (const K8Route *self, const char *method);
gboolean k8_route_allows (const K8Route *self, K8Verb verb);
