/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64: three bytes are four letters; `=` fills the last group (base64.h).
 */
#include "base/base64.h"

static char
letter_of (guint32 six_bits)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  return letters[six_bits & 63];
}

/* The six bits of a letter, or -1. */
static gint32
bits_of (char letter)
{
  if (letter >= 'A' && letter <= 'Z')
    return letter - 'A';
  if (letter >= 'a' && letter <= 'z')
    return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9')
    return letter - '0' + 52;
  return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

void
k8_base64_encode (const void *bytes, gsize length, char *ret_text)
{
  const guint8 *next = bytes;

  for (; length > 0; next += MIN (length, 3), length -= MIN (length, 3))
    {
      guint32 group = (guint32) next[0] << 16;
      group |= length > 1 ? (guint32) next[1] << 8 : 0;
      group |= length > 2 ? (guint32) next[2] : 0;
      *ret_text++ = letter_of (group >> 18);
      *ret_text++ = letter_of (group >> 12);
      *ret_text++ = length > 1 ? letter_of (group >> 6) : '=';
      *ret_text++ = length > 2 ? letter_of (group) : '=';
    }
  *ret_text = '\0';
}

/* Reads four letters of which @n_letters (2-4) are not padding. Unused bits must be zero. */
static gboolean
decode_group (const char *text, guint n_letters, guint8 *ret_bytes)
{
  guint32 group = 0;

  for (guint i = 0; i < 4; i++)
    {
      gint32 bits = i < n_letters ? bits_of (text[i]) : 0;
      if (bits < 0)
        return FALSE;
      group = (group << 6) | (guint32) bits;
    }
  if (n_letters < 4 && (group & (n_letters == 2 ? 0xffff : 0xff)) != 0)
    return FALSE;
  for (guint i = 0; i < n_letters - 1; i++)
    ret_bytes[i] = (guint8) (group >> (16 - 8 * i));
  return TRUE;
}

gboolean
k8_base64_decode (const char *text, gsize n_letters, void *ret_bytes, gsize *ret_length)
{
  guint8 *bytes = ret_bytes;
  gsize length = 0;

  if (n_letters % 4 != 0)
    return FALSE;
  for (gsize i = 0; i < n_letters; i += 4)
    {
      guint n = 4;
      if (i + 4 == n_letters && text[i + 3] == '=')
        n = text[i + 2] == '=' ? 2 : 3;
      if (!decode_group (text + i, n, bytes + length))
        return FALSE;
      length += n - 1;
    }
  *ret_length = length;
  return TRUE;
}
