/* SPDX-License-Identifier: Apache-2.0
 *
 * How the defaults of one record are written: a draft over a sealed record that becomes an edit
 * at its first change, so that a record that needs nothing stays the one it is.
 * Private to defaults*.c.
 */
#pragma once

#include "schema/kinds.h"

typedef struct
{
  K8Region *region;
  const K8Record *record; /* as it came */
  gboolean is_begun;
  K8Edit edit; /* valid once is_begun */
} K8Draft;

/* The edit, begun if need be: K8_DRAFT_EDIT (Pod, draft) is a K8PodEdit *. */
K8Edit *k8_draft_begin (K8Draft *self);
#define K8_DRAFT_EDIT(Type, draft) ((K8##Type##Edit *) k8_draft_begin (draft))

typedef void (*K8DefaultsHook) (K8Draft *draft);

void k8_default_pod (K8Draft *draft);
void k8_default_pod_spec (K8Draft *draft);
void k8_default_pod_status (K8Draft *draft);
void k8_default_pod_template_spec (K8Draft *draft);
void k8_default_volume (K8Draft *draft);
void k8_default_container (K8Draft *draft);
void k8_default_ephemeral_container (K8Draft *draft);
