/* SPDX-License-Identifier: Apache-2.0
 *
 * Styles of YAML texts as kubectl's writer chooses them: plain where it reads back as the same
 * text, literal for several lines, else single or double quotes; long texts are folded at spaces
 * behind column 80.
 * Source: gopkg.in/yaml.v2 (encode.go, resolve.go, emitterc.go), as sigs.k8s.io/yaml uses it.
 * Departures: carriage returns are always escaped; go-yaml writes them as they are, and readers
 * then lose them. A text that begins with a colon is quoted: libfyaml 0.7.12 does not read a line
 * of it behind a folded one.
 */
#include "codec/yaml_scalar.h"

#include <string.h>

#include "base/text.h"
#include "codec/json_scan.h"
#include "codec/yaml_tape.h"

enum
{
  BEST_WIDTH = 80,
};

typedef enum
{
  STYLE_PLAIN,
  STYLE_SINGLE,
  STYLE_DOUBLE,
  STYLE_LITERAL,
} Style;

/* What a text allows. */
typedef struct
{
  gboolean is_multiline;
  gboolean allows_plain;
  gboolean allows_single;
  gboolean allows_literal;
} Analysis;

void
k8_yaml_pen_text (K8YamlPen *self, const char *text, gsize length)
{
  g_string_append_len (self->out, text, (gssize) length);
  for (gsize i = 0; i < length; i++)
    self->column += ((guint8) text[i] & 0xc0) != 0x80;
}

void
k8_yaml_pen_line (K8YamlPen *self, guint indent)
{
  g_string_append_c (self->out, '\n');
  for (guint i = 0; i < indent; i++)
    g_string_append_c (self->out, ' ');
  self->column = indent;
}

static void
put_char (K8YamlPen *self, char c)
{
  k8_yaml_pen_text (self, &c, 1);
}

static gboolean
is_word (const char *text, gsize length)
{
  static const char *const words[]
      = { "",   "~",   "null", "Null", "NULL", "<<",   ".nan",  ".NaN",  ".NAN",  ".inf",
          "y",  "Y",   "yes",  "Yes",  "YES",  "true", "True",  "TRUE",  "on",    "On",
          "ON", "n",   "N",    "no",   "No",   "NO",   "false", "False", "FALSE", "off",
          "Off", "OFF", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == length && memcmp (words[i], text, length) == 0)
      return TRUE;
  return FALSE;
}

static gsize
skip_digits (const char *text, gsize length, gsize at, guint base)
{
  while (at < length
         && (text[at] == '_'
             || (g_ascii_isxdigit (text[at]) && g_ascii_xdigit_value (text[at]) < (gint) base)))
    at++;
  return at;
}

/* Numbers as Go's ParseInt with base 0 and the float expression of go-yaml take them. */
static gboolean
is_number (const char *text, gsize length)
{
  gsize at = text[0] == '-' || text[0] == '+';
  static const char prefixes[] = "xob";
  static const guint bases[] = { 16, 8, 2 };

  if (at + 2 < length && text[at] == '0' && g_ascii_isalpha (text[at + 1]))
    {
      const char *prefix = strchr (prefixes, g_ascii_tolower (text[at + 1]));
      if (prefix != NULL && *prefix != '\0')
        return skip_digits (text, length, at + 2, bases[prefix - prefixes]) == length;
    }
  gsize whole = skip_digits (text, length, at, 10);
  gsize end = whole;
  if (end < length && text[end] == '.')
    end = skip_digits (text, length, end + 1, 10);
  if (end == at || (end == at + 1 && whole == at))
    return FALSE;
  if (end < length && (text[end] == 'e' || text[end] == 'E'))
    {
      gsize sign = end + 1 + (end + 1 < length && (text[end + 1] == '-' || text[end + 1] == '+'));
      end = skip_digits (text, length, sign, 10);
      return end > sign && end == length;
    }
  return end == length;
}

/* 1:30 and 190:20:30.15, numbers to the base of 60. */
static gboolean
is_sexagesimal (const char *text, gsize length)
{
  gsize at = text[0] == '-' || text[0] == '+';
  gsize end = skip_digits (text, length, at, 10);
  gboolean has_colon = FALSE;

  if (end == at || !g_ascii_isdigit (text[at]))
    return FALSE;
  while (end + 1 < length && text[end] == ':' && g_ascii_isdigit (text[end + 1]))
    {
      gboolean has_two = end + 2 < length && g_ascii_isdigit (text[end + 2]);
      if (has_two && text[end + 1] > '5')
        return FALSE;
      has_colon = TRUE;
      end += has_two ? 3 : 2;
    }
  if (has_colon && end < length && text[end] == '.')
    end = skip_digits (text, length, end + 1, 10);
  return has_colon && end == length;
}

/* A date, or a date and a time: 2006-1-2, 2006-01-02T15:04:05Z. */
static gboolean
is_timestamp (const char *text, gsize length)
{
  gsize at = 4;

  if (length < 8 || skip_digits (text, 4, 0, 10) != 4 || memchr (text, '_', 4) != NULL)
    return FALSE;
  for (guint part = 0; part < 2; part++)
    {
      if (at + 1 >= length || text[at] != '-' || !g_ascii_isdigit (text[at + 1]))
        return FALSE;
      at += 2;
      at += at < length && g_ascii_isdigit (text[at]);
    }
  if (at == length)
    return TRUE;
  if (text[at] != 'T' && text[at] != 't' && text[at] != ' ')
    return FALSE;
  guint n_colons = 0;
  for (at++; at < length; at++)
    {
      n_colons += text[at] == ':';
      if (!g_ascii_isdigit (text[at]) && strchr (":.Z+-", text[at]) == NULL)
        return FALSE;
    }
  return n_colons >= 2;
}

gboolean
k8_yaml_is_reserved (const char *text, gsize length)
{
  return is_word (text, length) || is_number (text, length) || is_sexagesimal (text, length)
         || is_timestamp (text, length);
}

static gboolean
is_space_or_end (const char *text, gsize length, gsize at)
{
  return at >= length || text[at] == ' ' || text[at] == '\t' || text[at] == '\n'
         || text[at] == '\r';
}

/* Whether the character at @at keeps a text in a block from being plain. */
static gboolean
is_indicator (const char *text, gsize length, gsize at)
{
  char c = text[at];
  gboolean ends = is_space_or_end (text, length, at + 1);

  if (at == 0 && strchr ("#,[]{}&*!|>'\"%@`", c) != NULL)
    return TRUE;
  if (at == 0 && (c == '?' || c == '-'))
    return ends;
  if (c == ':')
    return ends || at == 0;
  return c == '#' && at > 0 && is_space_or_end (text, length, at - 1);
}

/* What go-yaml prints as it is: it knows no planes above the first. */
static gboolean
is_printable (const char *text, gsize n)
{
  guint8 c = (guint8) text[0];

  if (n == 1)
    return c == '\n' || (c >= 0x20 && c <= 0x7e);
  if (n == 2)
    return c != 0xc2 || (guint8) text[1] >= 0xa0;
  if (n == 4)
    return FALSE;
  return memcmp (text, "\xef\xbb\xbf", 3) != 0 && memcmp (text, "\xef\xbf\xbe", 3) != 0
         && memcmp (text, "\xef\xbf\xbf", 3) != 0;
}

static gboolean
is_line_separator (const char *text, gsize n)
{
  return n == 3 && (memcmp (text, "\xe2\x80\xa8", 3) == 0 || memcmp (text, "\xe2\x80\xa9", 3) == 0);
}

static gsize
get_character_bytes (const char *text, gsize length, gsize at)
{
  gsize n = (guint8) text[at] < 0x80 ? 1 : k8_json_utf8_length (text + at, text + length);

  return MAX (n, 1);
}

static Analysis
analyze (const char *text, gsize length)
{
  Analysis result = { FALSE, TRUE, TRUE, TRUE };
  gboolean was_space = FALSE;
  gboolean was_break = FALSE;

  if (length == 0)
    return (Analysis){ FALSE, TRUE, TRUE, FALSE };
  if (length >= 3 && (memcmp (text, "---", 3) == 0 || memcmp (text, "...", 3) == 0))
    result.allows_plain = FALSE;
  for (gsize at = 0, n; at < length; at += n)
    {
      n = get_character_bytes (text, length, at);
      gboolean is_break = text[at] == '\n' || is_line_separator (text + at, n);
      gboolean is_space = text[at] == ' ';
      gboolean is_edge = at == 0 || at + n == length;
      result.is_multiline |= is_break;
      if (is_break || is_indicator (text, length, at) || (is_space && is_edge))
        result.allows_plain = FALSE;
      if (is_space && at + n == length)
        result.allows_literal = FALSE;
      if (is_space && was_break)
        result.allows_plain = result.allows_single = FALSE;
      if ((is_break && was_space) || (!is_break && !is_printable (text + at, n)))
        result.allows_plain = result.allows_single = result.allows_literal = FALSE;
      was_space = is_space;
      was_break = is_break;
    }
  return result;
}

static Style
choose_style (const char *text, gsize length, gboolean is_key)
{
  Analysis analysis = analyze (text, length);
  Style style = STYLE_DOUBLE;

  if (memchr (text, '\n', length) != NULL)
    style = STYLE_LITERAL;
  else if (!k8_yaml_is_reserved (text, length))
    style = STYLE_PLAIN;
  if (style == STYLE_PLAIN && (!analysis.allows_plain || (is_key && analysis.is_multiline)))
    style = STYLE_SINGLE;
  if (style == STYLE_SINGLE && (!analysis.allows_single || (is_key && analysis.is_multiline)))
    style = STYLE_DOUBLE;
  if (style == STYLE_LITERAL && (!analysis.allows_literal || is_key))
    style = STYLE_DOUBLE;
  return style;
}

/* Whether the text may be folded at the space at @at: the line is long, and no spaces touch. */
static gboolean
may_fold (const K8YamlPen *pen, const char *text, gsize length, gsize at)
{
  return pen->column > BEST_WIDTH && at > 0 && at + 1 < length && text[at - 1] != ' '
         && text[at + 1] != ' ';
}

/* Plain or single-quoted text, of one line. A key is never folded. */
static void
write_simple (K8YamlPen *self, const char *text, gsize length, gint indent, gboolean is_quoted)
{
  if (is_quoted)
    put_char (self, '\'');
  for (gsize at = 0, n; at < length; at += n)
    {
      n = get_character_bytes (text, length, at);
      if (text[at] == ' ' && indent >= 0 && may_fold (self, text, length, at))
        {
          k8_yaml_pen_line (self, (guint) indent);
          continue;
        }
      k8_yaml_pen_text (self, text + at, n);
      if (is_quoted && text[at] == '\'')
        put_char (self, '\'');
    }
  if (is_quoted)
    put_char (self, '\'');
}

static void
write_escape (K8YamlPen *self, const char *text, gsize n)
{
  static const char from[] = "\a\b\t\n\v\f\r\x1b\"\\";
  static const char to[] = "abtnvfre\"\\";
  const char *found = n == 1 && text[0] != '\0' ? strchr (from, text[0]) : NULL;
  gunichar code = n == 1 ? (guint8) text[0] : g_utf8_get_char (text);

  put_char (self, '\\');
  if (found != NULL)
    put_char (self, to[found - from]);
  else if (code == 0)
    put_char (self, '0');
  else if (code == 0xa0 || code == 0x85)
    put_char (self, code == 0xa0 ? '_' : 'N');
  else if (code == 0x2028 || code == 0x2029)
    put_char (self, code == 0x2028 ? 'L' : 'P');
  else
    {
      guint digits = code <= 0xff ? 2 : code <= 0xffff ? 4 : 8;
      put_char (self, digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
      gsize start = self->out->len;
      k8_text_append_hex (self->out, code, digits);
      for (gsize i = start; i < self->out->len; i++)
        if (self->out->str[i] >= 'a')
          self->out->str[i] = (char) (self->out->str[i] - 'a' + 'A');
      self->column += digits;
    }
}

static void
write_double (K8YamlPen *self, const char *text, gsize length, gint indent)
{
  gboolean was_space = FALSE;

  put_char (self, '"');
  for (gsize at = 0, n; at < length; at += n)
    {
      n = get_character_bytes (text, length, at);
      gboolean is_space = text[at] == ' ';
      if (is_space && indent >= 0 && !was_space && self->column > BEST_WIDTH && at > 0
          && at + 1 < length)
        {
          k8_yaml_pen_line (self, (guint) indent);
          if (text[at + 1] == ' ')
            put_char (self, '\\');
        }
      else if (text[at] == '"' || text[at] == '\\' || text[at] == '\n' || text[at] == '\r'
               || !is_printable (text + at, n) || is_line_separator (text + at, n))
        write_escape (self, text + at, n);
      else
        k8_yaml_pen_text (self, text + at, n);
      was_space = is_space;
    }
  put_char (self, '"');
}

/* |, with the hints of indentation and of what ends the text, and the lines. */
static void
write_literal (K8YamlPen *self, const char *text, gsize length, guint indent)
{
  put_char (self, '|');
  if (text[0] == ' ' || text[0] == '\n')
    put_char (self, '2');
  if (text[length - 1] != '\n')
    put_char (self, '-');
  else if (length == 1 || text[length - 2] == '\n')
    put_char (self, '+');
  for (gsize at = 0; at < length;)
    {
      const char *end = memchr (text + at, '\n', length - at);
      gsize n = end == NULL ? length - at : (gsize) (end - text) - at;
      k8_yaml_pen_line (self, n > 0 ? indent : 0);
      k8_yaml_pen_text (self, text + at, n);
      at += n + 1;
    }
}

static void
write_text (K8YamlPen *self, const char *text, gsize length, gint indent)
{
  switch (choose_style (text, length, indent < 0))
    {
    case STYLE_PLAIN:
      write_simple (self, text, length, indent, FALSE);
      return;
    case STYLE_SINGLE:
      write_simple (self, text, length, indent, TRUE);
      return;
    case STYLE_DOUBLE:
      write_double (self, text, length, indent);
      return;
    case STYLE_LITERAL:
      write_literal (self, text, length, (guint) indent);
      return;
    }
}

void
k8_yaml_write_value (K8YamlPen *self, const char *text, gsize length, guint indent)
{
  write_text (self, text, length, (gint) indent);
}

void
k8_yaml_write_key (K8YamlPen *self, const char *text, gsize length)
{
  write_text (self, text, length, -1);
}
