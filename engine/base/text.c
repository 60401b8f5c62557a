/* SPDX-License-Identifier: Apache-2.0
 *
 * Text: numbers written and read without printf, whose rules depend on a locale and a libc.
 */
#include "base/text.h"

gsize
k8_text_write_u64 (char ret_text[K8_TEXT_NUMBER_LETTERS + 1], guint64 number)
{
  char reversed[K8_TEXT_NUMBER_LETTERS];
  gsize n = 0;

  do
    {
      reversed[n++] = (char) ('0' + number % 10);
      number /= 10;
    }
  while (number > 0);
  for (gsize i = 0; i < n; i++)
    ret_text[i] = reversed[n - 1 - i];
  ret_text[n] = '\0';
  return n;
}

gsize
k8_text_write_i64 (char ret_text[K8_TEXT_NUMBER_LETTERS + 1], gint64 number)
{
  if (number >= 0)
    return k8_text_write_u64 (ret_text, (guint64) number);

  char digits[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_u64 (digits, 0 - (guint64) number);
  ret_text[0] = '-';
  for (gsize i = 0; i <= n; i++)
    ret_text[i + 1] = digits[i];
  return n + 1;
}

void
k8_text_write_padded (char *ret_text, guint64 number, gsize width)
{
  for (gsize i = width; i > 0; i--, number /= 10)
    ret_text[i - 1] = (char) ('0' + number % 10);
}

void
k8_text_write_hex (char *ret_text, guint64 number, gsize width)
{
  for (gsize i = width; i > 0; i--, number >>= 4)
    {
      guint digit = number & 15;
      ret_text[i - 1] = (char) (digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
}

void
k8_text_append_u64 (GString *text, guint64 number)
{
  char digits[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_u64 (digits, number);

  g_string_append_len (text, digits, (gssize) n);
}

void
k8_text_append_i64 (GString *text, gint64 number)
{
  char digits[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_i64 (digits, number);

  g_string_append_len (text, digits, (gssize) n);
}

/* At least @width digits. */
void
k8_text_append_padded (GString *text, guint64 number, gsize width)
{
  char digits[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_u64 (digits, number);

  for (gsize i = n; i < width; i++)
    g_string_append_c (text, '0');
  g_string_append_len (text, digits, (gssize) n);
}

/* Exactly @width digits, at most 16. */
void
k8_text_append_hex (GString *text, guint64 number, gsize width)
{
  char digits[16];

  width = MIN (width, sizeof digits);
  k8_text_write_hex (digits, number, width);
  g_string_append_len (text, digits, (gssize) width);
}

void
k8_text_pad_right (GString *text, gsize start, gsize width)
{
  while (text->len - start < width)
    g_string_append_c (text, ' ');
}

void
k8_text_append_u64_right (GString *text, guint64 number, gsize width)
{
  char digits[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_u64 (digits, number);

  for (gsize i = n; i < width; i++)
    g_string_append_c (text, ' ');
  g_string_append_len (text, digits, (gssize) n);
}

gboolean
k8_text_parse_u64 (const char *text, guint64 *ret_number)
{
  guint64 number = 0;

  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isdigit (*text))
        return FALSE;
      guint64 digit = (guint64) (*text - '0');
      if (number > (G_MAXUINT64 - digit) / 10)
        return FALSE;
      number = number * 10 + digit;
    }
  *ret_number = number;
  return TRUE;
}

gboolean
k8_text_parse_i64 (const char *text, gint64 *ret_number)
{
  gboolean is_negative = *text == '-';
  guint64 magnitude;

  if (!k8_text_parse_u64 (text + is_negative, &magnitude))
    return FALSE;
  if (magnitude > (guint64) G_MAXINT64 + is_negative)
    return FALSE;
  *ret_number = (gint64) (is_negative ? 0 - magnitude : magnitude);
  return TRUE;
}
