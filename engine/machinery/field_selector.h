/* SPDX-License-Identifier: Apache-2.0
 *
 * Field selectors: `spec.nodeName=n,status.phase!=Failed`, and the table of the fields that a
 * kind lets them name, with the value of each in an object. The API server indexes watchers by
 * these values.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

typedef struct K8FieldSelector K8FieldSelector;

enum
{
  K8_SELECTABLE_MAX = 16, /* fields a kind */
};

/* The fields of a kind. Index 0 is metadata.name, 1 is metadata.namespace ("" where a kind has
 * none). Values are never NULL and borrowed from the object. */
guint k8_selectable_n (const K8KindInfo *kind);
const char *k8_selectable_name (const K8KindInfo *kind, guint index);
int k8_selectable_find (const K8KindInfo *kind, const char *name, gsize length);
const char *k8_selectable_value (const K8KindInfo *kind, guint index, const void *object);

/* NULL with upstream's text in @ret_error (g_free) when it is wrong. (transfer full) */
const K8FieldSelector *k8_field_selector_parse (K8Region *region, const K8KindInfo *kind,
                                                const char *text, gsize length, char **ret_error);
const K8FieldSelector *k8_field_selector_ref (const K8FieldSelector *self);
void k8_field_selector_unref (const K8FieldSelector *self);
gboolean k8_field_selector_matches (const K8FieldSelector *self, const void *object);
gboolean k8_field_selector_is_everything (const K8FieldSelector *self);
void k8_field_selector_append (const K8FieldSelector *self, GString *out);

/* Terms, in the order of the text. */
guint k8_field_selector_n (const K8FieldSelector *self);
guint k8_field_selector_field (const K8FieldSelector *self, guint index); /* k8_selectable_*() */
const char *k8_field_selector_value (const K8FieldSelector *self, guint index);
gboolean k8_field_selector_is_not (const K8FieldSelector *self, guint index);

/* The one value that a matching object must have in a field, or NULL: for indexes. */
const char *k8_field_selector_find_exact (const K8FieldSelector *self, guint field);
