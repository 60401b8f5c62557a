/* SPDX-License-Identifier: Apache-2.0
 *
 * Const looks into actors, for windows and explanations. Outside of a step only; nothing is
 * changed, so a world that was looked at has the same digest as one that was not.
 */
#pragma once

#include "engine.h"

/* The newest revision that an actor knows: etcd's store, the API server's watch cache; 0 for
 * actors of other kinds and those that do not run. */
gint64 k8_inspect_revision (const K8Engine *engine, K8ActorId id);

/* Watches that the API server holds open; 0 for others. */
guint32 k8_inspect_n_watches (const K8Engine *engine, K8ActorId id);

/* What the scheduler would say to a pod now: a node a line, with its verdict or its scores, and
 * the message; appended to @out. FALSE if the actor is no scheduler or does not know the pod. */
gboolean k8_inspect_explain_pod (const K8Engine *engine, K8ActorId scheduler,
                                 const char *namespace_name, const char *name, GString *out);
