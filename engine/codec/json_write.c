/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings, numbers and indentation of JSON as Go writes them.
 * Source: encoding/json (appendString with escapeHTML, Indent).
 */
#include "codec/json_write.h"

#include "base/string.h"
#include "base/text.h"
#include "codec/json_scan.h"

/* What stands for a byte in a string: 0 itself, 'u' \u00XX, else a backslash and the letter. */
static const char escapes[256] = {
  ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"',
  ['\\'] = '\\', ['<'] = 'u', ['>'] = 'u', ['&'] = 'u',
  [0] = 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', [11] = 'u', [14] = 'u', 'u', 'u', 'u', 'u', 'u',
  'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
};

void
k8_json_write_number (GString *out, gint64 value)
{
  char *room = k8_json_write_room (out, K8_TEXT_NUMBER_LETTERS + 1);

  out->len += k8_text_write_i64 (room, value);
}

static void
write_unicode_escape (GString *out, guint16 code)
{
  static const char digits[] = "0123456789abcdef";
  const char text[6] = { '\\',
                         'u',
                         digits[code >> 12],
                         digits[(code >> 8) & 15],
                         digits[(code >> 4) & 15],
                         digits[code & 15] };

  k8_json_write_bytes (out, text, 6);
}

/* U+2028 or U+2029, which end lines in JavaScript; 0 if neither stands at @p. */
static guint16
get_line_separator (const char *p, const char *end)
{
  if ((guint8) *p != 0xe2 || end - p < 3 || (guint8) p[1] != 0x80 || ((guint8) p[2] | 1) != 0xa9)
    return 0;
  return (guint16) (0x2000 + ((guint8) p[2] & 0x3f));
}

/* Bytes of no UTF-8 (only blobs can hold them) become U+FFFD, as in Go. */
static const char *
write_special (GString *out, const char *p, const char *end)
{
  char escape = escapes[(guint8) *p];
  guint16 separator = get_line_separator (p, end);

  if (escape == 'u')
    write_unicode_escape (out, (guint8) *p);
  else if (escape != 0)
    {
      k8_json_write_char (out, '\\');
      k8_json_write_char (out, escape);
    }
  else if (separator != 0)
    {
      write_unicode_escape (out, separator);
      return p + 3;
    }
  else
    {
      guint n = k8_json_utf8_length (p, end);
      if (n == 0)
        write_unicode_escape (out, 0xfffd);
      else
        k8_json_write_bytes (out, p, n);
      return p + MAX (n, 1);
    }
  return p + 1;
}

/* The first byte at or behind @p that is not copied as it is. */
static const char *
skip_plain (const char *p, const char *end)
{
  while (p < end && (guint8) *p < 0x80 && escapes[(guint8) *p] == 0)
    p++;
  return p;
}

void
k8_json_append_string (GString *out, const char *text, gsize length)
{
  const char *end = text + length;

  k8_json_write_char (out, '"');
  for (const char *p = text; p < end;)
    {
      const char *special = skip_plain (p, end);
      k8_json_write_bytes (out, p, (gsize) (special - p));
      p = special < end ? write_special (out, special, end) : end;
    }
  k8_json_write_char (out, '"');
  k8_json_write_end (out);
}

void
k8_json_write_text (GString *out, const char *text)
{
  const K8StringHead *head = k8_string_head (text);

  if (!head->is_plain)
    {
      k8_json_append_string (out, text, head->length);
      return;
    }
  char *room = k8_json_write_room (out, head->length + 2);
  room[0] = '"';
  memcpy (room + 1, text, head->length);
  room[head->length + 1] = '"';
  out->len += head->length + 2;
}

void
k8_json_write_raw (GString *out, const char *json, gsize length)
{
  const char *end = json + length;
  const char *start = json;

  for (const char *p = json; p < end; p++)
    {
      guint16 separator = get_line_separator (p, end);
      if (*p != '<' && *p != '>' && *p != '&' && separator == 0)
        continue;
      k8_json_write_bytes (out, start, (gsize) (p - start));
      write_unicode_escape (out, separator != 0 ? separator : (guint8) *p);
      p += separator != 0 ? 2 : 0;
      start = p + 1;
    }
  k8_json_write_bytes (out, start, (gsize) (end - start));
}

static void
write_line (GString *out, guint depth)
{
  k8_json_write_char (out, '\n');
  for (guint i = 0; i < depth; i++)
    k8_json_write_literal (out, "  ");
}

/* The place behind the string that begins at @p. */
static const char *
skip_string (const char *p, const char *end)
{
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return MIN (p + 1, end);
}

void
k8_json_write_indented (GString *out, const char *json, gsize length, guint depth)
{
  const char *end = json + length;

  for (const char *p = json; p < end;)
    {
      const char *start = p;
      char c = *p;
      if (c == '}' || c == ']')
        write_line (out, --depth);
      p = c == '"' ? skip_string (p, end) : p + 1;
      k8_json_write_bytes (out, start, (gsize) (p - start));
      if (c == ':')
        k8_json_write_char (out, ' ');
      else if (c == ',')
        write_line (out, depth);
      else if (c == '{' || c == '[')
        {
          if (p < end && (*p == '}' || *p == ']'))
            k8_json_write_char (out, *p++);
          else
            write_line (out, ++depth);
        }
    }
  k8_json_write_end (out);
}
