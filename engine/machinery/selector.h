/* SPDX-License-Identifier: Apache-2.0
 *
 * Label selectors: parsed from text or made from a LabelSelector record, then matched against
 * label maps. A compiled selector is one sealed block in the region, shared by counting.
 * No requirements match everything; k8_selector_matches() of NULL matches nothing.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

typedef struct K8Selector K8Selector;

enum
{
  K8_SELECTOR_MAX_TERMS = 1024, /* more than any client sends; upstream has no limit */
  K8_SELECTOR_MAX_VALUES = 16384, /* of all terms together */
};

typedef enum
{
  K8_SELECTOR_NONE,
  K8_SELECTOR_IN,
  K8_SELECTOR_EQUALS,     /* also == */
  K8_SELECTOR_NOT_EQUALS, /* != */
  K8_SELECTOR_NOT_IN,
  K8_SELECTOR_EXISTS,
  K8_SELECTOR_NOT_EXISTS,
  K8_SELECTOR_GREATER,
  K8_SELECTOR_LESS,
} K8SelectorOperator;

/* Parses `a=b,c!=d,e in (x,y),!f,g notin (z)`. NULL with upstream's text in @ret_error (g_free)
 * when it is wrong. (transfer full) */
const K8Selector *k8_selector_parse (K8Region *region, const char *text, gsize length,
                                     char **ret_error);

/* From the API's record: NULL selects nothing and gives NULL without an error; an empty record
 * selects everything. (transfer full) (nullable) */
const K8Selector *k8_selector_new_from_record (K8Region *region, const K8LabelSelector *record,
                                               char **ret_error);

/* Equality with every pair of a map, as the selector of a Service; no check of syntax. */
const K8Selector *k8_selector_new_from_map (K8Region *region, const K8List *labels);
const K8Selector *k8_selector_ref (const K8Selector *self);
void k8_selector_unref (const K8Selector *self);

gboolean k8_selector_matches (const K8Selector *self, const K8List *labels);
gboolean k8_selector_is_everything (const K8Selector *self);
gboolean k8_selector_equal (const K8Selector *a, const K8Selector *b);
void k8_selector_append (const K8Selector *self, GString *out);

/* Requirements, sorted by key. */
guint k8_selector_n (const K8Selector *self);
const char *k8_selector_key (const K8Selector *self, guint index);
K8SelectorOperator k8_selector_operator (const K8Selector *self, guint index);
guint k8_selector_values_n (const K8Selector *self, guint index);
const char *k8_selector_value (const K8Selector *self, guint index, guint value_index);

/* The one value that a matching map must have for @key, or NULL: for indexes. */
const char *k8_selector_find_exact (const K8Selector *self, const char *key);

/* Matching straight from a record, for loops that see each selector once. NULL matches nothing.
 * A requirement with an operator that is no operator matches nothing. */
gboolean k8_label_selector_matches (const K8LabelSelector *record, const K8List *labels);

/* Whether every pair of @selector is in @labels (nodeSelector, old-style selectors). */
gboolean k8_labels_contain (const K8List *labels, const K8List *selector);
