/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scenario's steps ask of the API server, as HTTP requests: the same as kubectl would
 * send. Making a request only; sending and answers are play.c's.
 */
#pragma once

#include "sim/world.h"

typedef struct
{
  const char *token;
  const char *method;
  const K8KindInfo *kind;
  const char *namespace_name;
  const char *name;        /* NULL: the collection */
  const char *subresource; /* NULL: the object */
  const char *content_type;
  const char *body;
} SimAction;

/* (transfer full) */
K8HttpRequest *sim_action_request (K8Region *region, const SimAction *action);

/* What is wrong with a manifest whatever the server says: no kind, or one that is not served.
 * (transfer full) (nullable) */
char *sim_action_dup_problem (const char *json);

/* The kind of a manifest that has no such problem. */
const K8KindInfo *sim_action_find_kind (const char *json);

/* Kind, namespace and name of a manifest; texts are to be freed. FALSE if it has no name. */
gboolean sim_action_target (K8Region *region, const char *json, const K8KindInfo **ret_kind,
                            char **ret_namespace, char **ret_name);
