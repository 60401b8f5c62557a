/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form of label selectors. A lexer that knows signs, the words `in` and `notin`, and
 * identifiers; a parser that reads one requirement after the other. Where a value is expected
 * the two words are values too. Every error is upstream's sentence.
 * Source: apimachinery pkg/labels/selector.go, Lexer and Parser (v1.36).
 */
#include <string.h>

#include "base/assert.h"
#include "machinery/field_errors.h"
#include "machinery/names.h"
#include "machinery/selector.h"
#include "machinery/selector_draft.h"

typedef enum
{
  TOKEN_ERROR,
  TOKEN_END,
  TOKEN_CLOSE,
  TOKEN_COMMA,
  TOKEN_NOT,
  TOKEN_DOUBLE_EQUALS,
  TOKEN_EQUALS,
  TOKEN_GREATER,
  TOKEN_IDENTIFIER,
  TOKEN_IN,
  TOKEN_LESS,
  TOKEN_NOT_EQUALS,
  TOKEN_NOT_IN,
  TOKEN_OPEN,
} Token;

/* Where the parser stands: one token ahead. */
typedef struct
{
  const char *next;
  const char *end;
  Token token;
  const char *text; /* of the token */
  gsize length;
  K8SelectorDraft draft;
} Parser;

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static gboolean
is_sign (char c)
{
  return c == '=' || c == '!' || c == '(' || c == ')' || c == ',' || c == '>' || c == '<';
}

static Token
find_word (const char *text, gsize length)
{
  if (length == 2 && memcmp (text, "in", 2) == 0)
    return TOKEN_IN;
  return length == 5 && memcmp (text, "notin", 5) == 0 ? TOKEN_NOT_IN : TOKEN_IDENTIFIER;
}

static Token
find_sign (char c)
{
  switch (c)
    {
    case ')':
      return TOKEN_CLOSE;
    case '(':
      return TOKEN_OPEN;
    case ',':
      return TOKEN_COMMA;
    case '!':
      return TOKEN_NOT;
    case '=':
      return TOKEN_EQUALS;
    case '>':
      return TOKEN_GREATER;
    default:
      return TOKEN_LESS;
    }
}

/* Reads the next token. The longest sign wins: `==` and `!=` before `=` and `!`. */
static void
advance (Parser *self)
{
  while (self->next < self->end && is_space (*self->next))
    self->next++;
  self->text = self->next;
  self->length = 0;
  self->token = TOKEN_END;
  if (self->next == self->end)
    return;
  if (!is_sign (*self->next))
    {
      while (self->next < self->end && !is_sign (*self->next) && !is_space (*self->next))
        self->next++;
      self->length = (gsize) (self->next - self->text);
      self->token = find_word (self->text, self->length);
      return;
    }
  self->token = find_sign (*self->next++);
  if (self->next < self->end && *self->next == '=' && self->token == TOKEN_EQUALS)
    self->token = TOKEN_DOUBLE_EQUALS;
  else if (self->next < self->end && *self->next == '=' && self->token == TOKEN_NOT)
    self->token = TOKEN_NOT_EQUALS;
  self->next += self->token == TOKEN_DOUBLE_EQUALS || self->token == TOKEN_NOT_EQUALS;
  self->length = (gsize) (self->next - self->text);
}

/* The token where a value may stand: `in` and `notin` are texts there. */
static Token
get_value_token (const Parser *self)
{
  gboolean is_word = self->token == TOKEN_IN || self->token == TOKEN_NOT_IN;

  return is_word ? TOKEN_IDENTIFIER : self->token;
}

static char *
new_found_error (const Parser *self, const char *expected)
{
  g_autofree char *found = g_strndup (self->text, self->length);

  return g_strconcat ("found '", found, "', expected: ", expected, NULL);
}

/* The key is checked before anything behind it is read, and without a path. */
static char *
check_key (const char *key)
{
  K8NameFaults faults = k8_name_check_qualified (key);

  if (k8_name_is_good (faults))
    return NULL;
  g_autoptr (GString) text = g_string_new ("<nil>: Invalid value: ");
  k8_quote_append (text, key);
  for (guint i = 0; i < faults.n; i++)
    {
      g_string_append (text, i == 0 ? ": " : "; ");
      g_string_append (text, faults.text[i]);
    }
  return g_strdup (text->str);
}

static K8SelectorOperator
get_operator (Token token)
{
  switch (token)
    {
    case TOKEN_IN:
      return K8_SELECTOR_IN;
    case TOKEN_NOT_IN:
      return K8_SELECTOR_NOT_IN;
    case TOKEN_EQUALS:
    case TOKEN_DOUBLE_EQUALS:
      return K8_SELECTOR_EQUALS;
    case TOKEN_NOT_EQUALS:
      return K8_SELECTOR_NOT_EQUALS;
    case TOKEN_GREATER:
      return K8_SELECTOR_GREATER;
    case TOKEN_LESS:
      return K8_SELECTOR_LESS;
    case TOKEN_ERROR:
    case TOKEN_END:
    case TOKEN_CLOSE:
    case TOKEN_COMMA:
    case TOKEN_NOT:
    case TOKEN_IDENTIFIER:
    case TOKEN_OPEN:
      return K8_SELECTOR_NONE;
    }
  k8_assert_not_reached ();
  return K8_SELECTOR_NONE;
}

/* One value, which may be missing at the end or before a comma. */
static char *
parse_exact_value (Parser *self, GPtrArray *values)
{
  if (self->token == TOKEN_END || self->token == TOKEN_COMMA)
    {
      g_ptr_array_add (values, g_strdup (""));
      return NULL;
    }
  if (get_value_token (self) != TOKEN_IDENTIFIER)
    return new_found_error (self, "identifier");
  g_ptr_array_add (values, g_strndup (self->text, self->length));
  advance (self);
  return NULL;
}

/* Behind a comma inside parentheses: what is missing counts as the empty value. */
static void
parse_comma (Parser *self, GPtrArray *values)
{
  if (values->len == 0)
    g_ptr_array_add (values, g_strdup (""));
  advance (self);
  if (self->token == TOKEN_CLOSE || self->token == TOKEN_COMMA)
    g_ptr_array_add (values, g_strdup (""));
}

/* `(x,y,z)`; values may be missing. */
static char *
parse_values (Parser *self, GPtrArray *values)
{
  if (self->token != TOKEN_OPEN)
    {
      g_autofree char *found = g_strndup (self->text, self->length);
      return g_strconcat ("found '", found, "' expected: '('", NULL);
    }
  advance (self);
  Token first = get_value_token (self);
  if (first != TOKEN_IDENTIFIER && first != TOKEN_COMMA && first != TOKEN_CLOSE)
    return new_found_error (self, "',', ')' or identifier");
  if (first == TOKEN_CLOSE)
    g_ptr_array_add (values, g_strdup (""));
  while (self->token != TOKEN_CLOSE)
    {
      Token token = get_value_token (self);
      if (values->len > K8_SELECTOR_MAX_VALUES)
        return g_strdup ("too many values in one requirement");
      if (token == TOKEN_COMMA)
        {
          parse_comma (self, values);
          continue;
        }
      if (token != TOKEN_IDENTIFIER)
        return new_found_error (self, "',', or identifier");
      g_ptr_array_add (values, g_strndup (self->text, self->length));
      advance (self);
      if (self->token != TOKEN_COMMA && self->token != TOKEN_CLOSE)
        return new_found_error (self, "',' or ')'");
    }
  advance (self);
  return NULL;
}

static char *
parse_relation (Parser *self, const char *key)
{
  K8SelectorOperator operator = get_operator (self->token);
  gboolean is_set = operator == K8_SELECTOR_IN || operator == K8_SELECTOR_NOT_IN;

  if (operator == K8_SELECTOR_NONE)
    return new_found_error (self, "in, notin, =, ==, !=, gt, lt");
  advance (self);
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);
  char *error = is_set ? parse_values (self, values) : parse_exact_value (self, values);
  if (error != NULL)
    {
      g_ptr_array_unref (values);
      return error;
    }
  k8_selector_values_make_set (values);
  return k8_selector_draft_add (&self->draft, key, operator, values);
}

static char *
parse_requirement (Parser *self)
{
  gboolean is_not = self->token == TOKEN_NOT;

  if (is_not)
    advance (self);
  if (get_value_token (self) != TOKEN_IDENTIFIER)
    return new_found_error (self, "identifier");
  g_autofree char *key = g_strndup (self->text, self->length);
  char *error = check_key (key);
  if (error != NULL)
    return error;
  advance (self);
  if (is_not)
    return k8_selector_draft_add (&self->draft, key, K8_SELECTOR_NOT_EXISTS, NULL);
  if (self->token == TOKEN_END || self->token == TOKEN_COMMA)
    return k8_selector_draft_add (&self->draft, key, K8_SELECTOR_EXISTS, NULL);
  return parse_relation (self, key);
}

static char *
parse_all (Parser *self)
{
  while (self->token != TOKEN_END)
    {
      Token first = get_value_token (self);
      if (first != TOKEN_IDENTIFIER && first != TOKEN_NOT)
        return new_found_error (self, "!, identifier, or 'end of string'");
      g_autofree char *error = parse_requirement (self);
      if (error != NULL)
        return g_strconcat ("unable to parse requirement: ", error, NULL);
      if (self->token == TOKEN_END)
        break;
      if (self->token != TOKEN_COMMA)
        return new_found_error (self, "',' or 'end of string'");
      advance (self);
      first = get_value_token (self);
      if (first != TOKEN_IDENTIFIER && first != TOKEN_NOT)
        return new_found_error (self, "identifier after ','");
    }
  return NULL;
}

/**
 * k8_selector_parse:
 * @length: in bytes; a NUL ends the text as its end does
 * @ret_error: (out) (optional): upstream's text when it is refused
 *
 * Compiles the text of a label selector. "" selects everything.
 *
 * Returns: (transfer full) (nullable): NULL when the text is wrong.
 */
const K8Selector *
k8_selector_parse (K8Region *region, const char *text, gsize length, char **ret_error)
{
  const char *nul = memchr (text, '\0', length);
  Parser parser = { .next = text, .end = nul != NULL ? nul : text + length };
  const K8Selector *selector = NULL;

  k8_selector_draft_init (&parser.draft);
  advance (&parser);
  char *error = parse_all (&parser);
  if (error == NULL)
    selector = k8_selector_draft_seal (&parser.draft, region);
  k8_selector_draft_clear (&parser.draft);
  if (error != NULL && ret_error != NULL)
    *ret_error = error;
  else
    g_free (error);
  return selector;
}
