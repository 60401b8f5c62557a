/* SPDX-License-Identifier: Apache-2.0
 *
 * The strict JSON scanner and its reader. A state says what may come next; a bit for each open
 * level says whether it is an object, so nothing recurses.
 * Source: RFC 8259, RFC 3629 (UTF-8); the messages are those of Go's encoding/json scanner.
 * Departures: Go replaces bad UTF-8 by U+FFFD, here it is refused; depth ends at the limit
 * given, not at 10,000.
 */
#include "codec/json_scan.h"

#include <string.h>

#include "base/assert.h"

const K8JsonLimits k8_json_api_limits = { .max_bytes = 3 * 1024 * 1024, .max_depth = 100 };

typedef enum
{
  EXPECT_VALUE,
  EXPECT_FIRST_ITEM, /* or ] */
  EXPECT_FIRST_KEY,  /* or } */
  EXPECT_MORE,       /* comma or end; behind the last value, the end of the text */
} State;

#define ONES G_GUINT64_CONSTANT (0x0101010101010101)
#define HIGHS G_GUINT64_CONSTANT (0x8080808080808080)
#define HAS_ZERO(word) (((word) -ONES) & ~(word) &HIGHS)
#define HAS_BELOW_SPACE(word) (((word) -ONES * 0x20) & ~(word) &HIGHS)

/* Fills in where @at is in the text. */
static void
set_place (K8JsonReader *self, const char *at)
{
  const char *line_start = self->start;
  guint line = 1;

  for (const char *p = self->start; p < at; p++)
    if (*p == '\n')
      {
        line++;
        line_start = p + 1;
      }
  self->error.offset = (gsize) (at - self->start);
  self->error.line = line;
  self->error.column = (guint) (at - line_start) + 1;
}

/**
 * k8_json_reader_fail:
 * @at: where in the text
 * @expected: static
 * @message: copied
 *
 * Stops the reader with an error, unless it has one: for users who find a token wrong.
 */
K8JsonToken
k8_json_reader_fail (K8JsonReader *self, const char *at, const char *expected,
                     const char *message)
{
  if (self->token == K8_JSON_ERROR)
    return K8_JSON_ERROR;
  set_place (self, at);
  self->error.expected = expected;
  gsize length = MIN (strlen (message), sizeof self->error.message - 1);
  memcpy (self->error.message, message, length);
  self->error.message[length] = '\0';
  self->token = K8_JSON_ERROR;
  return K8_JSON_ERROR;
}

/* A byte as Go quotes it in messages: it takes the byte for a code point. */
static void
append_quoted_byte (GString *out, guint8 c)
{
  static const char digits[] = "0123456789abcdef";
  const char hex[] = { digits[c >> 4], digits[c & 15], '\0' };

  if (c == '\'')
    g_string_append (out, "'\\''");
  else if (c == '\\')
    g_string_append (out, "'\\\\'");
  else if (c >= 7 && c <= 13)
    {
      const char name[] = { "abtnvfr"[c - 7], '\0' };
      g_string_append (g_string_append (g_string_append (out, "'\\"), name), "'");
    }
  else if (c < 0x20 || c == 0x7f)
    g_string_append (g_string_append (g_string_append (out, "'\\x"), hex), "'");
  else if (c >= 0x80 && (c <= 0xa0 || c == 0xad))
    g_string_append (g_string_append (g_string_append (out, "'\\u00"), hex), "'");
  else
    {
      g_string_append_c (out, '\'');
      g_string_append_unichar (out, c);
      g_string_append_c (out, '\'');
    }
}

/* "invalid character 'x' @context", or the word for a text that ends too early. */
static K8JsonToken
fail_at (K8JsonReader *self, const char *at, const char *expected, const char *context)
{
  if (at >= self->end)
    return k8_json_reader_fail (self, self->end, expected, "unexpected end of JSON input");
  g_autoptr (GString) message = g_string_new ("invalid character ");
  append_quoted_byte (message, (guint8) *at);
  g_string_append_c (message, ' ');
  g_string_append (message, context);
  return k8_json_reader_fail (self, at, expected, message->str);
}

void
k8_json_reader_init (K8JsonReader *self, const char *text, gsize length,
                     const K8JsonLimits *limits)
{
  if (limits == NULL)
    limits = &k8_json_api_limits;
  k8_assert (limits->max_depth <= K8_JSON_MAX_DEPTH);
  memset (self, 0, sizeof *self);
  self->start = text;
  self->next = text;
  self->end = text + length;
  self->max_depth = limits->max_depth;
  self->state = EXPECT_VALUE;
  if (length > limits->max_bytes)
    k8_json_reader_fail (self, text, "a shorter text", "text is longer than the limit");
}

void
k8_json_reader_clear (K8JsonReader *self)
{
  if (self->scratch != NULL)
    g_string_free (self->scratch, TRUE);
  self->scratch = NULL;
}

static inline void
skip_space (K8JsonReader *self)
{
  while (self->next < self->end
         && (*self->next == ' ' || *self->next == '\n' || *self->next == '\t'
             || *self->next == '\r'))
    self->next++;
}

/* Source: table 3-7 of Unicode. */
guint
k8_json_utf8_length (const char *text, const char *end)
{
  const guint8 *p = (const guint8 *) text;
  gsize left = (gsize) (end - text);
  guint8 low = 0x80;
  guint8 high = 0xbf;
  guint n;

  if (p[0] < 0xc2 || p[0] > 0xf4)
    return 0;
  n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (left < n)
    return 0;
  if (p[0] == 0xe0)
    low = 0xa0;
  else if (p[0] == 0xed)
    high = 0x9f;
  else if (p[0] == 0xf0)
    low = 0x90;
  else if (p[0] == 0xf4)
    high = 0x8f;
  if (p[1] < low || p[1] > high)
    return 0;
  for (guint i = 2; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  return n;
}

/* The first byte at or behind @p that is no plain character of a string. */
static inline const char *
find_special (const char *p, const char *end)
{
  for (; end - p >= 8; p += 8)
    {
      guint64 word;
      memcpy (&word, p, 8);
      guint64 found = HAS_ZERO (word ^ (ONES * '"')) | HAS_ZERO (word ^ (ONES * '\\'))
                      | HAS_BELOW_SPACE (word) | (word & HIGHS);
      if (found != 0)
        break;
    }
  while (p < end && *p != '"' && *p != '\\' && (guint8) *p >= 0x20 && (guint8) *p < 0x80)
    p++;
  return p;
}

/* Four hexadecimal digits; -1 with the error set if they are not there. */
static gint
read_hex (K8JsonReader *self, const char *p)
{
  gint value = 0;

  for (guint i = 0; i < 4; i++)
    {
      gint digit = p + i < self->end ? g_ascii_xdigit_value (p[i]) : -1;
      if (digit < 0)
        {
          fail_at (self, p + i, "four hexadecimal digits",
                   "in \\u hexadecimal character escape");
          return -1;
        }
      value = value * 16 + digit;
    }
  return value;
}

static gboolean
is_high_surrogate (gint value)
{
  return value >= 0xd800 && value < 0xdc00;
}

/* \uXXXX at @p, behind the u. Half a surrogate pair alone becomes U+FFFD, as in Go. */
static const char *
read_unicode_escape (K8JsonReader *self, const char *p)
{
  gint value = read_hex (self, p);

  if (value < 0)
    return NULL;
  p += 4;
  if (is_high_surrogate (value) && self->end - p >= 6 && p[0] == '\\' && p[1] == 'u')
    {
      gint low = read_hex (self, p + 2);
      if (low < 0)
        return NULL;
      if (low >= 0xdc00 && low < 0xe000)
        {
          value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
          p += 6;
        }
    }
  if (value >= 0xd800 && value < 0xe000)
    value = 0xfffd;
  if (value == 0)
    g_string_append_c (self->scratch, '\0');
  else
    g_string_append_unichar (self->scratch, (gunichar) value);
  return p;
}

/* The escape at @p, behind its backslash. */
static const char *
read_escape (K8JsonReader *self, const char *p)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  const char *found = p < self->end && *p != '\0' ? strchr (from, *p) : NULL;

  if (found != NULL)
    {
      g_string_append_c (self->scratch, to[found - from]);
      return p + 1;
    }
  if (p < self->end && *p == 'u')
    return read_unicode_escape (self, p + 1);
  fail_at (self, p, "an escape", "in string escape code");
  return NULL;
}

/* What stops plain reading at @p: an escape or a character of several bytes. */
static const char *
read_special (K8JsonReader *self, const char *p, const char **inout_run)
{
  if (p < self->end && *p == '\\')
    {
      if (!self->is_escaped && self->scratch == NULL)
        self->scratch = g_string_sized_new (256);
      if (!self->is_escaped)
        g_string_truncate (self->scratch, 0);
      self->is_escaped = TRUE;
      g_string_append_len (self->scratch, *inout_run, p - *inout_run);
      p = read_escape (self, p + 1);
      *inout_run = p;
      return p;
    }
  if (p < self->end && (guint8) *p >= 0x80)
    {
      guint n = k8_json_utf8_length (p, self->end);
      if (n > 0)
        return p + n;
      k8_json_reader_fail (self, p, "UTF-8", "invalid UTF-8 in string literal");
      return NULL;
    }
  fail_at (self, p, "'\"'", "in string literal");
  return NULL;
}

/* A string; next stands on its first quote. */
static gboolean
read_string (K8JsonReader *self)
{
  const char *run = self->next + 1;
  const char *p = find_special (run, self->end);

  self->is_escaped = FALSE;
  while (p >= self->end || *p != '"')
    {
      p = read_special (self, p, &run);
      if (p == NULL)
        return FALSE;
      p = find_special (p, self->end);
    }
  self->next = p + 1;
  self->text = run;
  self->length = (gsize) (p - run);
  if (self->is_escaped)
    {
      g_string_append_len (self->scratch, run, p - run);
      self->text = self->scratch->str;
      self->length = self->scratch->len;
    }
  return TRUE;
}

static const char *
skip_digits (const char *p, const char *end)
{
  while (p < end && g_ascii_isdigit (*p))
    p++;
  return p;
}

static K8JsonToken
read_number (K8JsonReader *self)
{
  const char *p = self->next;
  const char *digits;

  self->text = p;
  if (*p == '-')
    p++;
  digits = p;
  p = p < self->end && *p == '0' ? p + 1 : skip_digits (p, self->end);
  if (p == digits)
    return fail_at (self, p, "a digit", "in numeric literal");
  if (p < self->end && *p == '.')
    {
      digits = p + 1;
      p = skip_digits (digits, self->end);
      if (p == digits)
        return fail_at (self, p, "a digit", "after decimal point in numeric literal");
    }
  if (p < self->end && (*p == 'e' || *p == 'E'))
    {
      digits = p + 1 < self->end && (p[1] == '+' || p[1] == '-') ? p + 2 : p + 1;
      p = skip_digits (digits, self->end);
      if (p == digits)
        return fail_at (self, p, "a digit", "in exponent of numeric literal");
    }
  self->length = (gsize) (p - self->text);
  self->next = p;
  self->state = EXPECT_MORE;
  return self->token = K8_JSON_NUMBER;
}

static K8JsonToken
read_literal (K8JsonReader *self, const char *word, K8JsonToken token)
{
  for (gsize i = 0; word[i] != '\0'; i++)
    if (self->next + i >= self->end || self->next[i] != word[i])
      {
        g_autoptr (GString) context = g_string_new ("in literal ");
        g_string_append (context, word);
        g_string_append (context, " (expecting '");
        g_string_append_c (context, word[i]);
        g_string_append (context, "')");
        return fail_at (self, self->next + i, word, context->str);
      }
  self->next += strlen (word);
  self->state = EXPECT_MORE;
  return self->token = token;
}

static inline gboolean
is_in_object (const K8JsonReader *self)
{
  guint level = self->depth - 1;

  return ((self->is_object[level / 8] >> (level % 8)) & 1) != 0;
}

static K8JsonToken
open_level (K8JsonReader *self, gboolean is_object)
{
  guint8 bit = (guint8) (1 << (self->depth % 8));

  if (self->depth >= self->max_depth)
    return k8_json_reader_fail (self, self->next, "fewer levels", "exceeded max depth");
  if (is_object)
    self->is_object[self->depth / 8] |= bit;
  else
    self->is_object[self->depth / 8] &= (guint8) ~bit;
  self->depth++;
  self->next++;
  self->state = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
  return self->token = is_object ? K8_JSON_OBJECT_BEGIN : K8_JSON_ARRAY_BEGIN;
}

static K8JsonToken
close_level (K8JsonReader *self, K8JsonToken token)
{
  self->depth--;
  self->token_start = self->next++;
  self->state = EXPECT_MORE;
  return self->token = token;
}

static K8JsonToken
read_value (K8JsonReader *self)
{
  skip_space (self);
  self->token_start = self->next;
  if (self->next >= self->end)
    return fail_at (self, self->end, "a value", "");
  switch (*self->next)
    {
    case '"':
      if (!read_string (self))
        return K8_JSON_ERROR;
      self->state = EXPECT_MORE;
      return self->token = K8_JSON_STRING;
    case '{':
      return open_level (self, TRUE);
    case '[':
      return open_level (self, FALSE);
    case 't':
      return read_literal (self, "true", K8_JSON_TRUE);
    case 'f':
      return read_literal (self, "false", K8_JSON_FALSE);
    case 'n':
      return read_literal (self, "null", K8_JSON_NULL);
    default:
      if (*self->next == '-' || g_ascii_isdigit (*self->next))
        return read_number (self);
      return fail_at (self, self->next, "a value", "looking for beginning of value");
    }
}

static K8JsonToken
read_key (K8JsonReader *self)
{
  skip_space (self);
  self->token_start = self->next;
  if (self->next >= self->end || *self->next != '"')
    return fail_at (self, self->next, "'\"'", "looking for beginning of object key string");
  if (!read_string (self))
    return K8_JSON_ERROR;
  skip_space (self);
  if (self->next >= self->end || *self->next != ':')
    return fail_at (self, self->next, "':'", "after object key");
  self->next++;
  self->state = EXPECT_VALUE;
  return self->token = K8_JSON_KEY;
}

/* Behind a value: the comma and what follows, the end of the level, or the end of the text. */
static K8JsonToken
read_more (K8JsonReader *self)
{
  skip_space (self);
  if (self->depth == 0)
    {
      if (self->next < self->end)
        return fail_at (self, self->next, "the end", "after top-level value");
      self->token_start = self->end;
      return self->token = K8_JSON_END;
    }
  char c = self->next < self->end ? *self->next : '\0';
  if (is_in_object (self))
    {
      if (c == ',')
        {
          self->next++;
          return read_key (self);
        }
      if (c == '}')
        return close_level (self, K8_JSON_OBJECT_END);
      return fail_at (self, self->next, "',' or '}'", "after object key:value pair");
    }
  if (c == ',')
    {
      self->next++;
      return read_value (self);
    }
  if (c == ']')
    return close_level (self, K8_JSON_ARRAY_END);
  return fail_at (self, self->next, "',' or ']'", "after array element");
}

/**
 * k8_json_reader_next:
 *
 * Reads the next token. After K8_JSON_ERROR and K8_JSON_END every call gives the same again.
 *
 * Cost: O(length of the token).
 */
K8JsonToken
k8_json_reader_next (K8JsonReader *self)
{
  if (self->token == K8_JSON_ERROR)
    return K8_JSON_ERROR;
  switch ((State) self->state)
    {
    case EXPECT_VALUE:
      return read_value (self);
    case EXPECT_FIRST_ITEM:
      skip_space (self);
      if (self->next < self->end && *self->next == ']')
        return close_level (self, K8_JSON_ARRAY_END);
      return read_value (self);
    case EXPECT_FIRST_KEY:
      skip_space (self);
      if (self->next < self->end && *self->next == '}')
        return close_level (self, K8_JSON_OBJECT_END);
      return read_key (self);
    case EXPECT_MORE:
      return read_more (self);
    }
  k8_assert_not_reached ();
  return K8_JSON_ERROR;
}

static gboolean
is_begin (K8JsonToken token)
{
  return token == K8_JSON_OBJECT_BEGIN || token == K8_JSON_ARRAY_BEGIN;
}

gboolean
k8_json_reader_skip (K8JsonReader *self, const char **ret_value, gsize *ret_length)
{
  const char *start = self->token_start;
  guint outside = self->depth - 1;

  if (self->token == K8_JSON_ERROR)
    return FALSE;
  if (is_begin (self->token))
    while (self->depth > outside)
      if (k8_json_reader_next (self) == K8_JSON_ERROR)
        return FALSE;
  if (ret_value != NULL)
    *ret_value = start;
  if (ret_length != NULL)
    *ret_length = (gsize) (self->next - start);
  return TRUE;
}

/* Appends the last token as it stood, with the comma or colon that belongs to it. */
static void
copy_token (K8JsonReader *self, GString *out, gsize start)
{
  char last = out->len > start ? out->str[out->len - 1] : '[';
  gboolean is_end = self->token == K8_JSON_OBJECT_END || self->token == K8_JSON_ARRAY_END;

  if (!is_end && last != '[' && last != '{' && last != ':')
    g_string_append_c (out, ',');
  if (self->token != K8_JSON_KEY)
    {
      g_string_append_len (out, self->token_start, self->next - self->token_start);
      return;
    }
  const char *end = self->next - 1;
  while (end[-1] != '"')
    end--;
  g_string_append_len (out, self->token_start, end - self->token_start);
  g_string_append_c (out, ':');
}

gboolean
k8_json_reader_copy (K8JsonReader *self, GString *out)
{
  gsize start = out->len;
  guint outside = self->depth - 1;

  if (self->token == K8_JSON_ERROR)
    return FALSE;
  gboolean is_level = is_begin (self->token);
  copy_token (self, out, start);
  while (is_level && self->depth > outside)
    {
      if (k8_json_reader_next (self) == K8_JSON_ERROR)
        return FALSE;
      copy_token (self, out, start);
    }
  return TRUE;
}

/**
 * k8_json_scan:
 * @limits: (nullable): those of the API if NULL
 * @ret_error: (out) (optional): where and why it is not JSON
 *
 * Whether a text is one JSON value and nothing else.
 *
 * Cost: O(length). Source: RFC 8259.
 */
gboolean
k8_json_scan (const char *text, gsize length, const K8JsonLimits *limits, K8JsonError *ret_error)
{
  K8JsonReader reader;
  K8JsonToken token;

  k8_json_reader_init (&reader, text, length, limits);
  do
    token = k8_json_reader_next (&reader);
  while (token != K8_JSON_ERROR && token != K8_JSON_END);
  if (token == K8_JSON_ERROR && ret_error != NULL)
    *ret_error = reader.error;
  k8_json_reader_clear (&reader);
  return token == K8_JSON_END;
}

const char *
k8_json_token_name (K8JsonToken token)
{
  switch (token)
    {
    case K8_JSON_KEY:
    case K8_JSON_STRING:
      return "string";
    case K8_JSON_NUMBER:
      return "number";
    case K8_JSON_TRUE:
    case K8_JSON_FALSE:
      return "bool";
    case K8_JSON_NULL:
      return "null";
    case K8_JSON_OBJECT_BEGIN:
    case K8_JSON_OBJECT_END:
      return "object";
    case K8_JSON_ARRAY_BEGIN:
    case K8_JSON_ARRAY_END:
      return "array";
    case K8_JSON_NONE:
    case K8_JSON_ERROR:
    case K8_JSON_END:
      break;
    }
  return "nothing";
}
