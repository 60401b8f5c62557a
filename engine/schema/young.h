/* SPDX-License-Identifier: Apache-2.0
 *
 * Young values: small records and lists that were sealed not long ago. What is sealed next and
 * says the same becomes the same block, so that pods which turn Ready in one second have one list
 * of conditions, and all pods have one list of tolerations. Only while a value is young: the table
 * has a fixed size and forgets what it meets no more, so it never costs more than it saves.
 * Nothing can be told from it but memory: a sealed value is never modified.
 */
#pragma once

#include "schema/record.h"

/* From the first _keep() to the last _release() of a region, equal values are shared. */
void k8_young_keep (K8Region *region);
void k8_young_release (K8Region *region);
void k8_young_forget (K8Region *region); /* lets go of all that is young, if anything is */

/* For k8_edit_seal() alone. An equal young record (transfer full), or NULL; @record lies anywhere
 * and holds what its slots name. */
typedef struct
{
  guint32 place; /* of the table; G_MAXUINT32: it is not to be shared */
  guint32 hash;
} K8YoungSpot;
const K8Record *k8_young_find (K8Region *region, const K8Record *record, K8YoungSpot *ret_spot);
void k8_young_put (K8Region *region, const K8Record *record, const K8YoungSpot *spot);
const K8List *k8_young_list (K8Region *region, K8List *list); /* taken over (transfer full) */
