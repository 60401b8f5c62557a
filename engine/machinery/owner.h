/* SPDX-License-Identifier: Apache-2.0
 *
 * Owner references: who made an object, and which of them controls it. Finalizers: who must
 * still clean up before it goes.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

/* The reference with controller: true, or NULL. (transfer none) */
const K8OwnerReference *k8_owner_find_controller (const K8ObjectMeta *meta);
gboolean k8_owner_is_controlled_by (const K8ObjectMeta *meta, const char *uid);
const K8OwnerReference *k8_owner_find (const K8ObjectMeta *meta, const char *uid);

/* A reference to @owner (an object of @kind) that controls and blocks. (transfer full) */
const K8OwnerReference *k8_owner_new_controller_ref (K8Region *region, const K8KindInfo *kind,
                                                     const K8ObjectMeta *owner);

/* Takes the reference to an owner out of an edit; FALSE if there was none. */
gboolean k8_owner_remove (K8ObjectMetaEdit *meta, const char *uid);

/* Finalizers. */
gboolean k8_finalizer_has (const K8ObjectMeta *meta, const char *name);
gboolean k8_finalizer_remove (K8ObjectMetaEdit *meta, const char *name);
