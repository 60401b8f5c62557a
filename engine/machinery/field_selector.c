/* SPDX-License-Identifier: Apache-2.0
 *
 * Field selectors: terms by comma, each `field=value`, `field==value` or `field!=value`, with
 * backslashes before `\`, `,` and `=` in values.
 * Source: apimachinery pkg/fields/selector.go (v1.36).
 */
#include "machinery/field_selector.h"

#include "base/assert.h"
#include "base/sort.h"
#include "base/text.h"
#include "machinery/field_errors.h"

typedef struct
{
  K8Handle value;
  guint16 field;
  guint16 is_not;
} Term;

struct K8FieldSelector
{
  guint32 refs;
  guint16 n;
  guint16 kind;
  Term term[];
};

enum
{
  MAX_TERMS = 256, /* no client sends more; upstream has no limit */
};

/* A term as it stands in the text. */
typedef struct
{
  const char *start;
  gsize length;
} Part;

typedef struct
{
  const K8KindInfo *kind;
  K8Region *region;
  const char *text;
  gsize length;
  GArray *parts; /* of Part */
  GArray *terms; /* of Term; each owns its value */
} Parser;

static void
add_part (Parser *self, const char *start, const char *end)
{
  Part part = { start, (gsize) (end - start) };

  if (part.length > 0)
    g_array_append_val (self->parts, part);
}

/* Splits at commas that have no backslash in front. */
static void
split_terms (Parser *self)
{
  const char *end = self->text + self->length;
  const char *start = self->text;

  for (const char *next = self->text; next < end; next++)
    {
      if (*next == '\\')
        next += next + 1 < end;
      else if (*next == ',')
        {
          add_part (self, start, next);
          start = next + 1;
        }
    }
  add_part (self, start, end);
}

static int
compare_parts (const void *a, const void *b, const void *user)
{
  const Part *part_a = a;
  const Part *part_b = b;
  int order = memcmp (part_a->start, part_b->start, MIN (part_a->length, part_b->length));

  (void) user;
  return order != 0 ? order
                    : (part_a->length > part_b->length) - (part_a->length < part_b->length);
}

/* Where the first sign of a term stands, and its length; FALSE if it has none. */
static gboolean
find_sign (const Part *part, gsize *ret_at, gsize *ret_length)
{
  for (gsize i = 0; i < part->length; i++)
    {
      gboolean is_equals = part->start[i] == '=';
      gboolean is_not = part->start[i] == '!' && i + 1 < part->length && part->start[i + 1] == '=';
      if (!is_equals && !is_not)
        continue;
      gboolean is_double = is_not || (i + 1 < part->length && part->start[i + 1] == '=');
      *ret_at = i;
      *ret_length = is_double ? 2 : 1;
      return TRUE;
    }
  return FALSE;
}

/* Appends @value without its backslashes. The error (g_free), or NULL. */
static char *
unescape (GString *out, const char *value, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      char c = value[i];
      if (c == ',' || c == '=')
        {
          g_autoptr (GString) error = g_string_new ("invalid field selector: ");
          g_string_append (error, "unescaped character in value: ");
          k8_text_append_u64 (error, (guint8) c);
          return g_strdup (error->str);
        }
      if (c == '\\')
        {
          char next = i + 1 < length ? value[++i] : '\0';
          if (next != '\\' && next != ',' && next != '=')
            {
              char sequence[] = { '\\', next, '\0' };
              return g_strconcat ("invalid field selector: invalid escape sequence: ", sequence,
                                  NULL);
            }
          c = next;
        }
      g_string_append_c (out, c);
    }
  return NULL;
}

/* Some kinds have their own list of fields and say less; the others name the two they know. */
static char *
new_unknown_error (const K8KindInfo *kind, const char *name)
{
  if (k8_selectable_n (kind) > 2 || k8_selectable_find (kind, "metadata.namespace", 18) < 0)
    return g_strconcat ("field label not supported: ", name, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  k8_quote_append (text, name);
  g_string_append (text, " is not a known field selector: only \"metadata.name\", "
                         "\"metadata.namespace\"");
  return g_strdup (text->str);
}

static char *
parse_term (Parser *self, const Part *part)
{
  gsize at;
  gsize sign_length;
  Term term = { 0 };

  if (!find_sign (part, &at, &sign_length))
    {
      g_autofree char *whole = g_strndup (self->text, self->length);
      g_autofree char *own = g_strndup (part->start, part->length);
      return g_strconcat ("invalid selector: '", whole, "'; can't understand '", own, "'", NULL);
    }
  g_autoptr (GString) value = g_string_new (NULL);
  gsize start = at + sign_length;
  char *error = unescape (value, part->start + start, part->length - start);
  if (error != NULL)
    return error;
  int field = k8_selectable_find (self->kind, part->start, at);
  if (field < 0)
    {
      g_autofree char *name = g_strndup (part->start, at);
      return new_unknown_error (self->kind, name);
    }
  if (self->terms->len >= MAX_TERMS)
    return g_strdup ("invalid selector: too many terms");
  term.field = (guint16) field;
  term.is_not = part->start[at] == '!';
  term.value = k8_string_handle (
      k8_string_intern_length (self->region, value->str, value->len));
  g_array_append_val (self->terms, term);
  return NULL;
}

static gsize
get_bytes (guint n)
{
  return sizeof (K8FieldSelector) + n * sizeof (Term);
}

static const K8FieldSelector *
seal (Parser *self)
{
  guint n = self->terms->len;
  K8FieldSelector *selector = k8_region_alloc (self->region, get_bytes (n));

  *selector = (K8FieldSelector){ .refs = 1, .n = (guint16) n, .kind = self->kind->id };
  if (n > 0)
    memcpy (selector->term, self->terms->data, n * sizeof (Term));
  return selector;
}

static void
drop_terms (Parser *self)
{
  for (guint i = 0; i < self->terms->len; i++)
    k8_string_unref (k8_string_at (self->region, g_array_index (self->terms, Term, i).value));
}

/**
 * k8_field_selector_parse:
 * @kind: whose fields may be named
 * @ret_error: (out) (optional): upstream's text when it is refused
 *
 * Compiles a field selector. "" selects everything; terms are sorted as upstream's.
 *
 * Returns: (transfer full) (nullable): NULL when the text is wrong.
 */
const K8FieldSelector *
k8_field_selector_parse (K8Region *region, const K8KindInfo *kind, const char *text, gsize length,
                         char **ret_error)
{
  Parser parser = { .kind = kind, .region = region, .text = text, .length = length };
  const K8FieldSelector *selector = NULL;
  char *error = NULL;

  parser.parts = g_array_new (FALSE, FALSE, sizeof (Part));
  parser.terms = g_array_new (FALSE, FALSE, sizeof (Term));
  split_terms (&parser);
  if (parser.parts->len > 1)
    k8_sort (parser.parts->data, parser.parts->len, sizeof (Part), compare_parts, NULL);
  for (guint i = 0; i < parser.parts->len && error == NULL; i++)
    error = parse_term (&parser, &g_array_index (parser.parts, Part, i));
  if (error == NULL)
    selector = seal (&parser);
  else
    drop_terms (&parser);
  g_array_unref (parser.parts);
  g_array_unref (parser.terms);
  if (error != NULL && ret_error != NULL)
    *ret_error = error;
  else
    g_free (error);
  return selector;
}

const K8FieldSelector *
k8_field_selector_ref (const K8FieldSelector *self)
{
  if (self != NULL)
    ((K8FieldSelector *) self)->refs++;
  return self;
}

void
k8_field_selector_unref (const K8FieldSelector *self)
{
  K8FieldSelector *selector = (K8FieldSelector *) self;

  if (selector == NULL)
    return;
  k8_assert (selector->refs > 0);
  if (--selector->refs > 0)
    return;
  for (guint i = 0; i < selector->n; i++)
    k8_string_unref (k8_string_at (selector, selector->term[i].value));
  k8_region_free (k8_region_of (selector), selector, get_bytes (selector->n));
}

/* Whether an object of the selector's kind fits; NULL as selector fits everything. */
gboolean
k8_field_selector_matches (const K8FieldSelector *self, const void *object)
{
  for (guint i = 0; i < k8_field_selector_n (self); i++)
    {
      const Term *term = &self->term[i];
      const char *value = k8_selectable_value (&k8_kinds[self->kind], term->field, object);
      gboolean is_equal = strcmp (value, k8_string_at (self, term->value)) == 0;
      if (is_equal == term->is_not)
        return FALSE;
    }
  return TRUE;
}

gboolean
k8_field_selector_is_everything (const K8FieldSelector *self)
{
  return k8_field_selector_n (self) == 0;
}

guint
k8_field_selector_n (const K8FieldSelector *self)
{
  return self == NULL ? 0 : self->n;
}

guint
k8_field_selector_field (const K8FieldSelector *self, guint index)
{
  k8_assert (index < self->n);
  return self->term[index].field;
}

const char *
k8_field_selector_value (const K8FieldSelector *self, guint index)
{
  k8_assert (index < self->n);
  return k8_string_at (self, self->term[index].value);
}

gboolean
k8_field_selector_is_not (const K8FieldSelector *self, guint index)
{
  k8_assert (index < self->n);
  return self->term[index].is_not;
}

const char *
k8_field_selector_find_exact (const K8FieldSelector *self, guint field)
{
  for (guint i = 0; i < k8_field_selector_n (self); i++)
    if (self->term[i].field == field && !self->term[i].is_not)
      return k8_string_at (self, self->term[i].value);
  return NULL;
}

/* The text that parses to this selector again. */
void
k8_field_selector_append (const K8FieldSelector *self, GString *out)
{
  for (guint i = 0; i < k8_field_selector_n (self); i++)
    {
      const Term *term = &self->term[i];
      g_string_append (out, i == 0 ? "" : ",");
      g_string_append (out, k8_selectable_name (&k8_kinds[self->kind], term->field));
      g_string_append (out, term->is_not ? "!=" : "=");
      for (const char *c = k8_string_at (self, term->value); *c != '\0'; c++)
        {
          if (*c == '\\' || *c == ',' || *c == '=')
            g_string_append_c (out, '\\');
          g_string_append_c (out, *c);
        }
    }
}
