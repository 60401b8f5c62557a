/* SPDX-License-Identifier: Apache-2.0
 *
 * A label selector in the making: requirements as texts in scratch memory, checked one by one as
 * upstream's NewRequirement does, then sorted by key and sealed into a region.
 * For selector.c and selector_parse.c alone.
 */
#pragma once

#include "machinery/path.h"
#include "machinery/selector.h"

typedef struct
{
  char *key;
  GPtrArray *values; /* (element-type utf8), owned */
  K8SelectorOperator operator;
} K8SelectorTerm;

typedef struct
{
  GArray *terms; /* of K8SelectorTerm */
  guint n_values;
} K8SelectorDraft;

void k8_selector_draft_init (K8SelectorDraft *self);
void k8_selector_draft_clear (K8SelectorDraft *self);

/* Adds a requirement; takes over @values, which may be NULL. The error (g_free) or NULL. */
char *k8_selector_draft_add (K8SelectorDraft *self, const char *key, K8SelectorOperator operator,
                             GPtrArray *values);
const K8Selector *k8_selector_draft_seal (K8SelectorDraft *self, K8Region *region);

/* Sorts texts by bytes and takes out doubles. */
void k8_selector_values_make_set (GPtrArray *values);
