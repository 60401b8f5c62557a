/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions of a status, whichever of upstream's condition types it holds: found by type, put
 * with the rules of the writer that upstream has for that kind.
 * `status` is any record with a list `conditions`; an edit is `&status_edit.edit`.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

typedef struct
{
  const char *type;
  const char *status; /* "True", "False", "Unknown" */
  const char *reason; /* (nullable) */
  const char *message; /* (nullable) */
  gint64 now_seconds; /* wall time */
  gint64 observed_generation; /* 0: not set; left out where the type has no such field */
} K8ConditionValue;

/* The condition of a type, or NULL. (transfer none) */
const void *k8_conditions_find (const void *status, const char *type);
const void *k8_conditions_find_edit (const K8Edit *status, const char *type);

/* "True", "False", "Unknown", or NULL if the condition is not there. */
const char *k8_conditions_status (const void *status, const char *type);
gboolean k8_conditions_is_true (const void *status, const char *type);
const char *k8_conditions_text (const void *condition, const char *field);
gint64 k8_conditions_transition_time (const void *condition);

/* Puts in place: the transition time moves only when the status changes (upstream: pods, nodes,
 * namespaces, meta.v1.Condition). Gives whether anything changed. */
gboolean k8_conditions_put (K8Edit *status, const K8ConditionValue *value);

/* As upstream's deployment controller: nothing if status and reason are the same; else it goes
 * to the end, with lastUpdateTime now. */
gboolean k8_conditions_put_deployment (K8Edit *status, const K8ConditionValue *value);

/* As upstream's ReplicaSet controller: the same without lastUpdateTime, transition time now. */
gboolean k8_conditions_put_replica_set (K8Edit *status, const K8ConditionValue *value);

gboolean k8_conditions_remove (K8Edit *status, const char *type);
