/* SPDX-License-Identifier: Apache-2.0
 *
 * Label selectors at work: matching a map of labels, and the text of a selector.
 * Source: apimachinery pkg/labels/selector.go, Requirement.Matches and String (v1.36).
 */
#include "machinery/selector.h"

#include "base/assert.h"
#include "base/sort.h"
#include "base/text.h"

static gboolean
has_value (const K8Selector *self, guint index, const char *value)
{
  for (guint i = 0; i < k8_selector_values_n (self, index); i++)
    if (k8_string_equal (k8_selector_value (self, index, i), value))
      return TRUE;
  return FALSE;
}

/* Compares as 64-bit integers; what is no integer does not match. */
static gboolean
is_beyond (const char *value, const char *bound, K8SelectorOperator operator)
{
  gint64 value_number;
  gint64 bound_number;

  if (!k8_text_parse_i64 (value, &value_number) || !k8_text_parse_i64 (bound, &bound_number))
    return FALSE;
  return operator == K8_SELECTOR_GREATER ? value_number > bound_number
                                         : value_number < bound_number;
}

static gboolean
matches_requirement (const K8Selector *self, guint index, const K8List *labels)
{
  const char *value = k8_map_find (labels, k8_selector_key (self, index));
  K8SelectorOperator operator = k8_selector_operator (self, index);

  switch (operator)
    {
    case K8_SELECTOR_NONE:
      return FALSE;
    case K8_SELECTOR_IN:
    case K8_SELECTOR_EQUALS:
      return value != NULL && has_value (self, index, value);
    case K8_SELECTOR_NOT_IN:
    case K8_SELECTOR_NOT_EQUALS:
      return value == NULL || !has_value (self, index, value);
    case K8_SELECTOR_EXISTS:
      return value != NULL;
    case K8_SELECTOR_NOT_EXISTS:
      return value == NULL;
    case K8_SELECTOR_GREATER:
    case K8_SELECTOR_LESS:
      return value != NULL && is_beyond (value, k8_selector_value (self, index, 0), operator);
    }
  k8_assert_not_reached ();
  return FALSE;
}

/**
 * k8_selector_matches:
 * @self: (nullable): NULL matches nothing
 * @labels: (nullable): a map of the same region
 *
 * Whether every requirement holds. Cost: O(requirements x log labels).
 */
gboolean
k8_selector_matches (const K8Selector *self, const K8List *labels)
{
  if (self == NULL)
    return FALSE;
  for (guint i = 0; i < k8_selector_n (self); i++)
    if (!matches_requirement (self, i, labels))
      return FALSE;
  return TRUE;
}

gboolean
k8_labels_contain (const K8List *labels, const K8List *selector)
{
  for (guint i = 0; i < k8_list_n (selector); i++)
    {
      const char *value = k8_map_find (labels, k8_map_get_key (selector, i));
      if (value == NULL || !k8_string_equal (value, k8_map_get_value (selector, i)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
matches_expression (const K8LabelSelectorRequirement *expression, const K8List *labels)
{
  const char *operator = k8_label_selector_requirement_operator (expression);
  const char *key = k8_string_or_empty (k8_label_selector_requirement_key (expression));
  const char *value = k8_map_find (labels, key);
  guint n = k8_label_selector_requirement_values_n (expression);
  gboolean is_in = FALSE;

  if (k8_string_is (operator, "Exists"))
    return value != NULL && n == 0;
  if (k8_string_is (operator, "DoesNotExist"))
    return value == NULL && n == 0;
  for (guint i = 0; i < n && value != NULL; i++)
    is_in = is_in
            || k8_string_equal (k8_label_selector_requirement_values_at (expression, i), value);
  if (k8_string_is (operator, "In"))
    return is_in;
  return k8_string_is (operator, "NotIn") && n > 0 && !is_in;
}

gboolean
k8_label_selector_matches (const K8LabelSelector *record, const K8List *labels)
{
  if (record == NULL || !k8_labels_contain (labels, k8_label_selector_match_labels (record)))
    return FALSE;
  for (guint i = 0; i < k8_label_selector_match_expressions_n (record); i++)
    if (!matches_expression (k8_label_selector_match_expressions_at (record, i), labels))
      return FALSE;
  return TRUE;
}

static const char *
get_sign (K8SelectorOperator operator)
{
  switch (operator)
    {
    case K8_SELECTOR_NONE:
    case K8_SELECTOR_EXISTS:
    case K8_SELECTOR_NOT_EXISTS:
      return "";
    case K8_SELECTOR_IN:
      return " in (";
    case K8_SELECTOR_EQUALS:
      return "=";
    case K8_SELECTOR_NOT_EQUALS:
      return "!=";
    case K8_SELECTOR_NOT_IN:
      return " notin (";
    case K8_SELECTOR_GREATER:
      return ">";
    case K8_SELECTOR_LESS:
      return "<";
    }
  k8_assert_not_reached ();
  return NULL;
}

static int
compare_texts (const void *a, const void *b, const void *user)
{
  (void) user;
  return k8_string_compare (*(const char *const *) a, *(const char *const *) b);
}

static void
append_values (const K8Selector *self, guint index, GString *out)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  for (guint i = 0; i < k8_selector_values_n (self, index); i++)
    g_ptr_array_add (values, (gpointer) k8_selector_value (self, index, i));
  if (values->len > 1)
    k8_sort (values->pdata, values->len, sizeof (gpointer), compare_texts, NULL);
  for (guint i = 0; i < values->len; i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      g_string_append (out, values->pdata[i]);
    }
}

/* The text that parses to this selector again; nothing for one that matches nothing. */
void
k8_selector_append (const K8Selector *self, GString *out)
{
  for (guint i = 0; i < k8_selector_n (self); i++)
    {
      K8SelectorOperator operator = k8_selector_operator (self, i);
      g_string_append (out, i == 0 ? "" : ",");
      g_string_append (out, operator == K8_SELECTOR_NOT_EXISTS ? "!" : "");
      g_string_append (out, k8_selector_key (self, i));
      g_string_append (out, get_sign (operator));
      append_values (self, i, out);
      if (operator == K8_SELECTOR_IN || operator == K8_SELECTOR_NOT_IN)
        g_string_append_c (out, ')');
    }
}
