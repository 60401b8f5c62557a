/* SPDX-License-Identifier: Apache-2.0
 *
 * Adoption: an owner takes objects without a controller that its selector matches, after a look
 * past the cache that it is itself still alive; and lets go of what no longer matches.
 * Source: pkg/controller/controller_ref_manager.go (v1.36).
 */
#pragma once

#include "controllers/controller.h"

typedef struct
{
  const K8View *view;
  K8KindId kind; /* of what is adopted */
  K8KindId owner_kind;
  const K8CacheEntry *owner;
  const K8LabelSelector *selector;
} K8Adoption;

/* Plans to let go of owned objects that the selector does not match. */
void k8_adoption_release (const K8Adoption *self, K8Plan *plan);

/* If there is something to adopt, plans the look at the owner, then resume(); gives whether. */
gboolean k8_adoption_begin (const K8Adoption *self, K8Plan *plan);

/* After that look: plans the adoptions, or fails. */
void k8_adoption_resume (const K8Adoption *self, const K8Plan *plan, K8Plan *next);
