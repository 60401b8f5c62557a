/* SPDX-License-Identifier: Apache-2.0
 *
 * Recorded decisions of a real scheduler: a world that follows a recorded case step by step and
 * asks our framework for each decision, and the comparison of the two. No API server, no queue.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "scheduler/framework.h"
#include "scheduler/plugins.h"

typedef struct
{
  K8Region *region;
  K8SchedulerCache cache;
  K8Framework framework;
  GHashTable *pods;      /* "namespace/name" to a counted K8Pod */
  JsonArray *score_plugins; /* names, from the header of the group */
  gboolean is_off_track; /* an earlier decision of the case differed: take over its start */
} DecisionWorld;

void decision_world_init (DecisionWorld *self, JsonObject *header);
void decision_world_clear (DecisionWorld *self);
void decision_world_apply (DecisionWorld *self, JsonNode *object);
void decision_world_delete (DecisionWorld *self, const char *text);

/* The pod stays pending; what is returned is borrowed. */
const K8Pod *decision_world_take_pod (DecisionWorld *self, JsonNode *object);
const K8Pod *decision_world_find_pod (DecisionWorld *self, const char *name);

/* What the recording says became of the pod. */
void decision_world_follow (DecisionWorld *self, const K8Pod *pod, JsonObject *out);

/* Our decision beside the recorded one: NULL if they agree, else what differs first (g_free). */
char *decision_compare (DecisionWorld *self, const K8Pod *pod, JsonObject *out);

/* A comma list of a recorded array of strings. (g_free) */
char *decision_join (JsonArray *array);
char *decision_join_nodes (const DecisionWorld *self, const guint32 *nodes, guint n);

/* The plugin that we lack and that had a hand in it, or NULL. */
const char *decision_find_foreign (const DecisionWorld *self, JsonObject *out);
