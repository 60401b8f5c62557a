/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of times, bytes and integers, read and written as Go does.
 * Source: Go packages time (Parse, RFC 3339 layouts), encoding/base64 (StdEncoding), strconv.
 * Floating point only where upstream's fields are float64: a number is kept as the bits of an
 * IEEE binary64, read and written by GLib without the locale.
 * Departures: a fraction of a metav1.Time is dropped, as its JSON drops it. base/base64.h is
 * stricter than Go's decoder; bodies of requests are read as Go reads them, line ends and all.
 */
#include "codec/value.h"

#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/time.h"

#define MICRO G_GINT64_CONSTANT (1000000)

static const char *const layouts[] = {
  [K8_LAYOUT_SECONDS] = "2006-01-02T15:04:05Z07:00",
  [K8_LAYOUT_MICRO] = "2006-01-02T15:04:05.000000Z07:00",
};

/* What is left to read, and what went wrong. */
typedef struct
{
  const char *text;
  gsize length;
  const char *next;
  const char *end;
  K8TimeLayout layout;
  const char *bad_element; /* of the layout; NULL if none */
  const char *bad_range;   /* "month"; NULL if none */
} TimeReader;

typedef struct
{
  gint year;
  gint month;
  gint day;
  gint hour;
  gint minute;
  gint second;
  gint micro;
  gint offset_seconds;
} Parts;

static gboolean
is_fine (const TimeReader *self)
{
  return self->bad_element == NULL;
}

static gint
read_digits (TimeReader *self, guint n, const char *element)
{
  gint value = 0;

  if (!is_fine (self))
    return 0;
  for (guint i = 0; i < n; i++)
    {
      if (self->next + i >= self->end || !g_ascii_isdigit (self->next[i]))
        {
          self->bad_element = element;
          return 0;
        }
      value = value * 10 + (self->next[i] - '0');
    }
  self->next += n;
  return value;
}

static void
read_char (TimeReader *self, char c, const char *element)
{
  if (!is_fine (self))
    return;
  if (self->next < self->end && *self->next == c)
    self->next++;
  else
    self->bad_element = element;
}

static void
note_range (TimeReader *self, gboolean is_inside, const char *name)
{
  if (is_fine (self) && !is_inside && self->bad_range == NULL)
    self->bad_range = name;
}

/* Digits behind the seconds: six exactly, or any number where the layout has none. */
static gint
read_fraction (TimeReader *self)
{
  gint micro = 0;

  if (!is_fine (self))
    return 0;
  if (self->layout == K8_LAYOUT_MICRO)
    {
      const char *start = self->next;
      read_char (self, '.', ".000000");
      micro = read_digits (self, 6, ".000000");
      if (!is_fine (self))
        self->next = start;
      return micro;
    }
  if (self->end - self->next >= 2 && (*self->next == '.' || *self->next == ',')
      && g_ascii_isdigit (self->next[1]))
    for (self->next++; self->next < self->end && g_ascii_isdigit (*self->next);)
      self->next++;
  return 0;
}

/* Z, or +hh:mm, or -hh:mm. */
static gint
read_offset (TimeReader *self)
{
  const char *start = self->next;

  if (!is_fine (self))
    return 0;
  if (self->next < self->end && *self->next == 'Z')
    {
      self->next++;
      return 0;
    }
  gint sign = self->next < self->end && *self->next == '-' ? -1 : 1;
  if (self->next < self->end && (*self->next == '+' || *self->next == '-'))
    self->next++;
  else
    self->bad_element = "Z07:00";
  gint hours = read_digits (self, 2, "Z07:00");
  read_char (self, ':', "Z07:00");
  gint minutes = read_digits (self, 2, "Z07:00");
  if (!is_fine (self))
    self->next = start;
  note_range (self, hours <= 24, "time zone offset hour");
  note_range (self, minutes < 60, "time zone offset minute");
  return sign * (hours * 3600 + minutes * 60);
}

static void
read_parts (TimeReader *self, Parts *parts)
{
  parts->year = read_digits (self, 4, "2006");
  read_char (self, '-', "-");
  parts->month = read_digits (self, 2, "01");
  note_range (self, parts->month >= 1 && parts->month <= 12, "month");
  read_char (self, '-', "-");
  parts->day = read_digits (self, 2, "02");
  read_char (self, 'T', "T");
  parts->hour = read_digits (self, 2, "15");
  note_range (self, parts->hour < 24, "hour");
  read_char (self, ':', ":");
  parts->minute = read_digits (self, 2, "04");
  note_range (self, parts->minute < 60, "minute");
  read_char (self, ':', ":");
  parts->second = read_digits (self, 2, "05");
  note_range (self, parts->second < 60, "second");
  parts->micro = read_fraction (self);
  parts->offset_seconds = read_offset (self);
  if (is_fine (self) && self->bad_range == NULL)
    note_range (self,
                parts->day >= 1
                    && parts->day <= k8_time_days_in_month (parts->year, parts->month),
                "day");
}

void
k8_value_append_quoted (GString *out, const char *text, gsize length)
{
  g_string_append_c (out, '"');
  for (gsize i = 0; i < length; i++)
    {
      guint8 c = (guint8) text[i];
      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c >= 0x20 && c != 0x7f)
        g_string_append_c (out, (char) c);
      else if (c >= 7 && c <= 13)
        g_string_append_c (g_string_append_c (out, '\\'), "abtnvfr"[c - 7]);
      else
        k8_text_append_hex (g_string_append (out, "\\x"), c, 2);
    }
  g_string_append_c (out, '"');
}

static void
tell_error (const TimeReader *self, GString *error)
{
  g_string_append (error, "parsing time ");
  k8_value_append_quoted (error, self->text, self->length);
  if (is_fine (self) && self->bad_range == NULL)
    {
      g_string_append (error, ": extra text: ");
      k8_value_append_quoted (error, self->next, (gsize) (self->end - self->next));
      return;
    }
  if (self->bad_range != NULL)
    {
      g_string_append (error, ": ");
      g_string_append (error, self->bad_range);
      g_string_append (error, " out of range");
      return;
    }
  g_string_append (error, " as ");
  k8_value_append_quoted (error, layouts[self->layout], strlen (layouts[self->layout]));
  g_string_append (error, ": cannot parse ");
  k8_value_append_quoted (error, self->next, (gsize) (self->end - self->next));
  g_string_append (error, " as ");
  k8_value_append_quoted (error, self->bad_element, strlen (self->bad_element));
}

gboolean
k8_value_parse_time (const char *text, gsize length, K8TimeLayout layout, gint64 *ret_value,
                     GString *error)
{
  TimeReader reader = {
    .text = text, .length = length, .next = text, .end = text + length, .layout = layout
  };
  Parts parts = { 0 };

  read_parts (&reader, &parts);
  if (!is_fine (&reader) || reader.bad_range != NULL || reader.next < reader.end)
    {
      if (error != NULL)
        tell_error (&reader, error);
      return FALSE;
    }
  gint64 seconds = k8_time_seconds_of_date (parts.year, parts.month, parts.day)
                   + parts.hour * 3600 + parts.minute * 60 + parts.second - parts.offset_seconds;
  *ret_value = layout == K8_LAYOUT_MICRO ? seconds * MICRO + parts.micro : seconds;
  return TRUE;
}

void
k8_value_append_time (GString *out, gint64 value, K8TimeLayout layout)
{
  char text[K8_MICRO_TIME_LETTERS + 1];

  if (layout == K8_LAYOUT_MICRO)
    k8_time_format_micro (value, text);
  else
    k8_time_format (value, text);
  g_string_append (out, text);
}

void
k8_value_set_quantity (K8Edit *edit, const K8Field *field, const GString *text)
{
  if (!field->is_pointer && strcmp (text->str, "0") == 0)
    k8_edit_clear (edit, field);
  else
    k8_edit_set_text (edit, field, text->str, (gssize) text->len);
}

static gint
get_base64_value (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The place behind line ends, which base64 may hold anywhere. */
static gsize
skip_line_ends (const char *text, gsize length, gsize at)
{
  while (at < length && (text[at] == '\n' || text[at] == '\r'))
    at++;
  return at;
}

/* The padding that begins at @at, behind @n digits of a group. */
static gboolean
check_padding (const char *text, gsize length, gsize at, guint n, gsize *ret_offset)
{
  gsize next = skip_line_ends (text, length, at + 1);

  *ret_offset = at;
  if (n < 2)
    return FALSE;
  if (n == 2)
    {
      *ret_offset = next >= length ? length : next;
      if (next >= length || text[next] != '=')
        return FALSE;
      next = skip_line_ends (text, length, next + 1);
    }
  *ret_offset = next;
  return next >= length;
}

gboolean
k8_value_parse_base64 (const char *text, gsize length, GString *out, gsize *ret_offset)
{
  guint32 group = 0;
  guint n = 0;
  gsize start = 0;

  for (gsize at = skip_line_ends (text, length, 0); at < length;
       at = skip_line_ends (text, length, at + 1))
    {
      gint value = get_base64_value (text[at]);
      if (n == 0)
        start = at;
      if (value < 0)
        {
          if (text[at] == '=' && !check_padding (text, length, at, n, ret_offset))
            return FALSE;
          *ret_offset = at;
          if (text[at] != '=')
            return FALSE;
          g_string_append_c (out, (char) (n == 2 ? group >> 4 : group >> 10));
          if (n == 3)
            g_string_append_c (out, (char) (group >> 2));
          return TRUE;
        }
      group = (group << 6) | (guint32) value;
      if (++n < 4)
        continue;
      const char bytes[] = { (char) (group >> 16), (char) (group >> 8), (char) group };
      g_string_append_len (out, bytes, 3);
      group = 0;
      n = 0;
    }
  *ret_offset = start;
  return n == 0;
}

void
k8_value_append_base64 (GString *out, const char *bytes, gsize length)
{
  gsize start = out->len;

  g_string_set_size (out, start + K8_BASE64_LETTERS (length));
  k8_base64_encode (bytes, length, out->str + start);
}

gboolean
k8_value_parse_int (const char *text, gsize length, gint64 min, gint64 max, gint64 *ret_value)
{
  gboolean is_negative = length > 0 && text[0] == '-';
  guint64 bound = is_negative ? (guint64) 1 << 63 : G_MAXINT64;
  guint64 value = 0;

  if (length == (gsize) is_negative)
    return FALSE;
  for (gsize i = is_negative; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      guint64 digit = (guint64) (text[i] - '0');
      if (value > (bound - digit) / 10)
        return FALSE;
      value = value * 10 + digit;
    }
  gint64 number = is_negative ? (gint64) (0 - value) : (gint64) value;
  if (number < min || number > max)
    return FALSE;
  *ret_value = number;
  return TRUE;
}

gint64
k8_value_parse_double (const char *text)
{
  double value = g_ascii_strtod (text, NULL);
  gint64 bits;

  G_STATIC_ASSERT (sizeof bits == sizeof value);
  memcpy (&bits, &value, sizeof bits);
  return bits;
}

void
k8_value_append_double (GString *out, gint64 bits)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double value;

  memcpy (&value, &bits, sizeof value);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (text, sizeof text, formats[i], value);
      if (k8_value_parse_double (text) == bits)
        break;
    }
  g_string_append (out, text);
}
