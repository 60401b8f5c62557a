/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical texts of quantities: digits without a fraction, and the largest suffix of the
 * format's family that leaves an integer. A binary format is written as decimals when it is below
 * 1024 or not whole.
 * Source: apimachinery pkg/api/resource quantity.go (CanonicalizeBytes, MarshalJSON).
 * Departures: upstream has no suffix beyond E and Ei and then drops it; here the digits keep
 * their zeros, or an exponent is written when they would be too many.
 */
#include <string.h>

#include "base/quantity_internal.h"
#include "base/text.h"

enum
{
  MAX_DIGITS = 40, /* that a wide number has */
  MAX_SUFFIX_EXPONENT = 18,
};

/* Decimal digits, with NUL; returns how many. */
static gsize
write_wide (char *text, K8Wide number)
{
  char reversed[MAX_DIGITS];
  gsize n = 0;

  do
    reversed[n++] = (char) ('0' + k8_wide_divide (&number, 10));
  while (number > 0);
  for (gsize i = 0; i < n; i++)
    text[i] = reversed[n - 1 - i];
  text[n] = '\0';
  return n;
}

/* Writes the digits such that the exponent is as large as can be, but a multiple of three. Zeros
 * are written, not multiplied: there may be no room for them in a number. */
static char *
write_digits (char *text, K8Wide magnitude, gint64 *exponent)
{
  for (K8Wide tenth = magnitude; k8_wide_divide (&tenth, 10) == 0; magnitude = tenth)
    (*exponent)++;
  text += write_wide (text, magnitude);
  for (; *exponent % 3 != 0; (*exponent)--)
    *text++ = '0';
  return text;
}

static void
write_exponent (char *text, gint64 exponent)
{
  if (exponent == 0)
    {
      *text = '\0';
      return;
    }
  *text = 'e';
  k8_text_write_i64 (text + 1, exponent);
}

static void
write_decimal (const K8Quantity *self, gboolean has_exponent, char *text)
{
  static const char suffixes[][2] = { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" };
  gint64 exponent = self->scale;

  text = write_digits (text, get_magnitude (self), &exponent);
  if (!has_exponent && exponent <= 2 * MAX_SUFFIX_EXPONENT)
    for (; exponent > MAX_SUFFIX_EXPONENT; exponent--)
      *text++ = '0';
  if (has_exponent || exponent > MAX_SUFFIX_EXPONENT)
    write_exponent (text, exponent);
  else
    memcpy (text, suffixes[exponent / 3 + 3], 2);
}

/* The magnitude as an integer; FALSE if it has a fraction or more digits than fit. */
static gboolean
get_integer (const K8Quantity *self, K8Wide *ret_integer)
{
  K8Wide magnitude = get_magnitude (self);
  gint32 scale = self->scale;

  for (; scale > 0 && magnitude < QUANTITY_LIMIT / 10; scale--)
    magnitude *= 10;
  for (; scale < 0; scale++)
    if (k8_wide_divide (&magnitude, 10) != 0)
      return FALSE;
  *ret_integer = magnitude;
  return scale == 0;
}

static void
write_binary (K8Wide integer, char *text)
{
  static const char suffixes[][3] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
  guint power = 0;

  for (; power < G_N_ELEMENTS (suffixes) - 1 && integer % 1024 == 0; power++)
    integer >>= 10;
  text += write_wide (text, integer);
  memcpy (text, suffixes[power], 3);
}

void
k8_quantity_format (const K8Quantity *self, char ret_text[K8_QUANTITY_LETTERS + 1])
{
  char *text = ret_text;
  K8Wide integer;

  if (k8_quantity_is_zero (self))
    {
      memcpy (ret_text, "0", 2);
      return;
    }
  if (self->is_negative)
    *text++ = '-';
  if (self->format == K8_QUANTITY_BINARY_SI && get_integer (self, &integer) && integer >= 1024)
    write_binary (integer, text);
  else
    write_decimal (self, self->format == K8_QUANTITY_DECIMAL_EXPONENT, text);
}

/**
 * k8_quantity_canonicalize:
 * @text: a quantity, perhaps with space around it
 * @ret_text: (out): untouched on errors
 *
 * What an API server gives back for a quantity it was given.
 *
 * Returns: FALSE if the text is no quantity; k8_quantity_parse() says why.
 */
gboolean
k8_quantity_canonicalize (const char *text, char ret_text[K8_QUANTITY_LETTERS + 1])
{
  char trimmed[K8_QUANTITY_LETTERS + 1];
  K8Quantity quantity;

  while (g_ascii_isspace (*text))
    text++;
  gsize length = strlen (text);
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length <= K8_QUANTITY_LETTERS)
    {
      memcpy (trimmed, text, length);
      trimmed[length] = '\0';
      text = trimmed;
    }
  if (k8_quantity_parse (text, &quantity) != K8_QUANTITY_OK)
    return FALSE;
  if (length <= K8_QUANTITY_LETTERS && k8_quantity_is_kept (text))
    memcpy (ret_text, text, length + 1);
  else
    k8_quantity_format (&quantity, ret_text);
  return TRUE;
}
