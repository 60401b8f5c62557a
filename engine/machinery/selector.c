/* SPDX-License-Identifier: Apache-2.0
 *
 * Label selectors, sealed: a head, the requirements by key, then the handles of their values.
 * Invariants: 1 keys ascend; 2 the values of a requirement lie together, ascending when they
 * came from text; 3 every handle owns one reference to its text.
 * Source: apimachinery pkg/labels/selector.go, meta/v1 helpers.go (v1.36). Departures: `==` is
 * shown as `=`; a number of terms and values is enough (K8_SELECTOR_MAX_TERMS).
 */
#include "machinery/selector.h"

#include "base/assert.h"
#include "base/sort.h"
#include "base/text.h"
#include "machinery/field_errors.h"
#include "machinery/names.h"
#include "machinery/selector_draft.h"

typedef struct
{
  K8Handle key;
  guint32 first_value;
  guint32 n_values;
  guint32 operator;
} Requirement;

struct K8Selector
{
  guint32 refs;
  guint32 n;
  guint32 n_values;
  guint32 unused;
  Requirement requirement[];
};

static gsize
get_bytes (guint n, guint n_values)
{
  return sizeof (K8Selector) + n * sizeof (Requirement) + n_values * sizeof (K8Handle);
}

static K8Handle *
get_values (const K8Selector *self)
{
  return (K8Handle *) &self->requirement[self->n];
}

void
k8_selector_draft_init (K8SelectorDraft *self)
{
  self->terms = g_array_new (FALSE, FALSE, sizeof (K8SelectorTerm));
  self->n_values = 0;
}

void
k8_selector_draft_clear (K8SelectorDraft *self)
{
  for (guint i = 0; i < self->terms->len; i++)
    {
      K8SelectorTerm *term = &g_array_index (self->terms, K8SelectorTerm, i);
      g_free (term->key);
      g_ptr_array_unref (term->values);
    }
  g_array_unref (self->terms);
  self->terms = NULL;
}

static int
compare_texts (const void *a, const void *b, const void *user)
{
  (void) user;
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

void
k8_selector_values_make_set (GPtrArray *values)
{
  guint n = 0;

  if (values->len == 0)
    return;
  k8_sort (values->pdata, values->len, sizeof (gpointer), compare_texts, NULL);
  for (guint i = 1; i < values->len; i++)
    {
      if (strcmp (values->pdata[n], values->pdata[i]) == 0)
        continue;
      gpointer kept = values->pdata[i];
      n++;
      values->pdata[i] = values->pdata[n];
      values->pdata[n] = kept;
    }
  g_ptr_array_set_size (values, (int) n + 1);
}

/* Values as Go's JSON shows a list of texts in an error: null, ["a","b"]. */
static void
append_values_json (GString *out, const GPtrArray *values)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < values->len; i++)
    {
      g_string_append (out, i == 0 ? "\"" : ",\"");
      g_string_append (out, values->pdata[i]);
      g_string_append_c (out, '"');
    }
  g_string_append_c (out, ']');
}

/* What an operator demands of the number of its values; NULL when it is right. */
static const char *
check_count (K8SelectorOperator operator, guint n)
{
  switch (operator)
    {
    case K8_SELECTOR_NONE:
      break;
    case K8_SELECTOR_IN:
    case K8_SELECTOR_NOT_IN:
      return n == 0 ? "for 'in', 'notin' operators, values set can't be empty" : NULL;
    case K8_SELECTOR_EQUALS:
    case K8_SELECTOR_NOT_EQUALS:
      return n != 1 ? "exact-match compatibility requires one single value" : NULL;
    case K8_SELECTOR_EXISTS:
    case K8_SELECTOR_NOT_EXISTS:
      return n != 0 ? "values set must be empty for exists and does not exist" : NULL;
    case K8_SELECTOR_GREATER:
    case K8_SELECTOR_LESS:
      return n != 1 ? "for 'Gt', 'Lt' operators, exactly one value is required" : NULL;
    }
  k8_assert_not_reached ();
  return NULL;
}

static void
join_faults (GString *out, K8NameFaults faults)
{
  for (guint i = 0; i < faults.n; i++)
    {
      g_string_append (out, i == 0 ? "" : "; ");
      g_string_append (out, faults.text[i]);
    }
}

static void
check_value (K8FieldErrors *errors, const K8SelectorTerm *term, guint index)
{
  const char *value = term->values->pdata[index];
  K8NameFaults faults = k8_name_check_label_value (value);
  K8Path values = k8_path_child (NULL, "values");
  K8Path item = k8_path_index (&values, index);

  if (k8_name_is_good (faults))
    return;
  g_autoptr (GString) text = g_string_new (NULL);
  join_faults (text, faults);
  k8_field_errors_invalid (errors, K8_KEY (&item, term->key), value, "%s", text->str);
}

static void
check_numbers (K8FieldErrors *errors, const K8SelectorTerm *term)
{
  K8Path values = k8_path_child (NULL, "values");
  gint64 number;

  if (term->operator != K8_SELECTOR_GREATER && term->operator != K8_SELECTOR_LESS)
    return;
  for (guint i = 0; i < term->values->len; i++)
    if (!k8_text_parse_i64 (term->values->pdata[i], &number))
      k8_field_errors_invalid (errors, K8_INDEX (&values, i), term->values->pdata[i],
                               "for 'Gt', 'Lt' operators, the value must be an integer");
}

/* Everything that is wrong with a requirement, in upstream's order. */
static char *
check_term (const K8SelectorTerm *term)
{
  const char *count = check_count (term->operator, term->values->len);
  K8NameFaults faults = k8_name_check_qualified (term->key);
  K8FieldErrors errors;
  char *text = NULL;

  k8_field_errors_init (&errors);
  if (!k8_name_is_good (faults))
    {
      g_autoptr (GString) joined = g_string_new (NULL);
      join_faults (joined, faults);
      k8_field_errors_invalid (&errors, K8_CHILD (NULL, "key"), term->key, "%s", joined->str);
    }
  if (count != NULL)
    {
      g_autoptr (GString) json = g_string_new (NULL);
      append_values_json (json, term->values);
      k8_field_errors_invalid_json (&errors, K8_CHILD (NULL, "values"), json->str, "%s", count);
    }
  check_numbers (&errors, term);
  for (guint i = 0; i < term->values->len; i++)
    check_value (&errors, term, i);
  if (k8_field_errors_n (&errors) > 0)
    text = k8_field_errors_to_text (&errors);
  k8_field_errors_clear (&errors);
  return text;
}

char *
k8_selector_draft_add (K8SelectorDraft *self, const char *key, K8SelectorOperator operator,
                       GPtrArray *values)
{
  K8SelectorTerm term = {
    .key = g_strdup (key),
    .values = values != NULL ? values : g_ptr_array_new_with_free_func (g_free),
    .operator = operator,
  };

  g_array_append_val (self->terms, term);
  self->n_values += term.values->len;
  if (self->terms->len > K8_SELECTOR_MAX_TERMS || self->n_values > K8_SELECTOR_MAX_VALUES)
    return g_strdup ("too many requirements in one selector");
  return check_term (&term);
}

static int
compare_terms (const void *a, const void *b, const void *user)
{
  (void) user;
  return strcmp (((const K8SelectorTerm *) a)->key, ((const K8SelectorTerm *) b)->key);
}

/* Sorts the terms by key and makes the sealed block. (transfer full) */
const K8Selector *
k8_selector_draft_seal (K8SelectorDraft *self, K8Region *region)
{
  guint n = self->terms->len;
  K8Selector *selector = k8_region_alloc (region, get_bytes (n, self->n_values));
  guint next = 0;

  *selector = (K8Selector){ .refs = 1, .n = n, .n_values = self->n_values };
  k8_sort (self->terms->data, n, sizeof (K8SelectorTerm), compare_terms, NULL);
  K8Handle *values = get_values (selector);
  for (guint i = 0; i < n; i++)
    {
      const K8SelectorTerm *term = &g_array_index (self->terms, K8SelectorTerm, i);
      selector->requirement[i] = (Requirement){
        .key = k8_string_handle (k8_string_intern (region, term->key)),
        .first_value = next,
        .n_values = term->values->len,
        .operator = term->operator,
      };
      for (guint j = 0; j < term->values->len; j++)
        values[next++] = k8_string_handle (k8_string_intern (region, term->values->pdata[j]));
    }
  return selector;
}

static K8SelectorOperator
find_operator (const char *name)
{
  if (k8_string_is (name, "In"))
    return K8_SELECTOR_IN;
  if (k8_string_is (name, "NotIn"))
    return K8_SELECTOR_NOT_IN;
  if (k8_string_is (name, "Exists"))
    return K8_SELECTOR_EXISTS;
  return k8_string_is (name, "DoesNotExist") ? K8_SELECTOR_NOT_EXISTS : K8_SELECTOR_NONE;
}

static char *
add_expression (K8SelectorDraft *draft, const K8LabelSelectorRequirement *expression)
{
  const char *name = k8_label_selector_requirement_operator (expression);
  K8SelectorOperator operator = find_operator (name);
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);

  if (operator == K8_SELECTOR_NONE)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      k8_quote_append (text, name);
      g_string_append (text, " is not a valid label selector operator");
      g_ptr_array_unref (values);
      return g_strdup (text->str);
    }
  for (guint i = 0; i < k8_label_selector_requirement_values_n (expression); i++)
    g_ptr_array_add (values, g_strdup (k8_label_selector_requirement_values_at (expression, i)));
  return k8_selector_draft_add (
      draft, k8_string_or_empty (k8_label_selector_requirement_key (expression)), operator,
      values);
}

static char *
add_pair (K8SelectorDraft *draft, const K8List *map, guint index)
{
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (values, g_strdup (k8_map_get_value (map, index)));
  return k8_selector_draft_add (draft, k8_map_get_key (map, index), K8_SELECTOR_EQUALS, values);
}

/* Seals the draft, or gives its error on. */
static const K8Selector *
finish (K8SelectorDraft *draft, K8Region *region, char *error, char **ret_error)
{
  const K8Selector *selector = error == NULL ? k8_selector_draft_seal (draft, region) : NULL;

  k8_selector_draft_clear (draft);
  if (error != NULL && ret_error != NULL)
    *ret_error = error;
  else
    g_free (error);
  return selector;
}

const K8Selector *
k8_selector_new_from_record (K8Region *region, const K8LabelSelector *record, char **ret_error)
{
  K8SelectorDraft draft;
  char *error = NULL;

  if (record == NULL)
    return NULL;
  const K8List *labels = k8_label_selector_match_labels (record);
  k8_selector_draft_init (&draft);
  for (guint i = 0; i < k8_list_n (labels) && error == NULL; i++)
    error = add_pair (&draft, labels, i);
  for (guint i = 0; i < k8_label_selector_match_expressions_n (record) && error == NULL; i++)
    error = add_expression (&draft, k8_label_selector_match_expressions_at (record, i));
  return finish (&draft, region, error, ret_error);
}

const K8Selector *
k8_selector_new_from_map (K8Region *region, const K8List *labels)
{
  K8SelectorDraft draft;

  k8_selector_draft_init (&draft);
  for (guint i = 0; i < k8_list_n (labels); i++)
    g_free (add_pair (&draft, labels, i));
  return finish (&draft, region, NULL, NULL);
}

const K8Selector *
k8_selector_ref (const K8Selector *self)
{
  if (self != NULL)
    ((K8Selector *) self)->refs++;
  return self;
}

void
k8_selector_unref (const K8Selector *self)
{
  K8Selector *selector = (K8Selector *) self;

  if (selector == NULL)
    return;
  k8_assert (selector->refs > 0);
  if (--selector->refs > 0)
    return;
  for (guint i = 0; i < selector->n; i++)
    k8_string_unref (k8_string_at (selector, selector->requirement[i].key));
  for (guint i = 0; i < selector->n_values; i++)
    k8_string_unref (k8_string_at (selector, get_values (selector)[i]));
  k8_region_free (k8_region_of (selector), selector, get_bytes (selector->n, selector->n_values));
}

guint
k8_selector_n (const K8Selector *self)
{
  return self == NULL ? 0 : self->n;
}

const char *
k8_selector_key (const K8Selector *self, guint index)
{
  k8_assert (index < self->n);
  return k8_string_at (self, self->requirement[index].key);
}

K8SelectorOperator
k8_selector_operator (const K8Selector *self, guint index)
{
  k8_assert (index < self->n);
  return self->requirement[index].operator;
}

guint
k8_selector_values_n (const K8Selector *self, guint index)
{
  k8_assert (index < self->n);
  return self->requirement[index].n_values;
}

const char *
k8_selector_value (const K8Selector *self, guint index, guint value_index)
{
  k8_assert (index < self->n);
  const Requirement *requirement = &self->requirement[index];
  k8_assert (value_index < requirement->n_values);
  return k8_string_at (self, get_values (self)[requirement->first_value + value_index]);
}

gboolean
k8_selector_is_everything (const K8Selector *self)
{
  return self != NULL && self->n == 0;
}

/* Whether two selectors of one region say the same. */
gboolean
k8_selector_equal (const K8Selector *a, const K8Selector *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL || a->n != b->n || a->n_values != b->n_values)
    return FALSE;
  return memcmp (a->requirement, b->requirement, a->n * sizeof (Requirement)) == 0
         && memcmp (get_values (a), get_values (b), a->n_values * sizeof (K8Handle)) == 0;
}

const char *
k8_selector_find_exact (const K8Selector *self, const char *key)
{
  for (guint i = 0; i < k8_selector_n (self); i++)
    {
      K8SelectorOperator operator = k8_selector_operator (self, i);
      if (strcmp (k8_selector_key (self, i), key) != 0)
        continue;
      if ((operator == K8_SELECTOR_EQUALS || operator == K8_SELECTOR_IN)
          && k8_selector_values_n (self, i) == 1)
        return k8_selector_value (self, i, 0);
      return NULL;
    }
  return NULL;
}
