/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantity texts: sign, digits with an optional point, suffix. As upstream, a sign, a point or a
 * suffix alone is 0 (but for the largest and smallest suffixes, which take upstream's other path),
 * leading zeros are free, and what fits no suffix is one error or the other.
 * Fractions below 10^-9 are rounded away from zero. A binary suffix is cut at 2^63 - 1, and turns
 * into a decimal format below 1.
 * Source: apimachinery pkg/api/resource quantity.go (ParseQuantity), suffix.go.
 * Departures: exponents beyond 2^30 and more than 36 significant digits are errors.
 */
#include <string.h>

#include "base/quantity_internal.h"
#include "base/text.h"

enum
{
  MAX_DIGITS = 36,
  NANO = -9,
  MAX_EXPONENT = 1 << 30,
  MAX_EMPTY_BINARY_EXPONENT = 40,
};

typedef struct
{
  const char *text;
  guint length;
} Piece;

/* The pieces of a text; digits without the integer's leading zeros. */
typedef struct
{
  gboolean is_negative;
  gboolean has_digits;
  Piece integer;
  Piece fraction;
  const char *suffix; /* to the end of the text */
} Scanned;

typedef struct
{
  K8QuantityFormat format;
  gint32 exponent; /* of 2 or of 10 */
} Suffix;

static Piece
scan_digits (const char **text)
{
  Piece piece = { .text = *text };

  while (g_ascii_isdigit (**text))
    (*text)++;
  piece.length = (guint) (*text - piece.text);
  return piece;
}

/* Whether a text has the form of a suffix: letters, then a sign and digits that may be absent. */
static gboolean
has_form_of_suffix (const char *text)
{
  while (*text != '\0' && strchr ("eEinumkKMGTP", *text) != NULL)
    text++;
  if (*text == '-' || *text == '+')
    text++;
  while (g_ascii_isdigit (*text))
    text++;
  return *text == '\0';
}

static K8QuantityError
scan (const char *text, Scanned *ret_scanned)
{
  Scanned scanned = { .is_negative = *text == '-' };

  if (*text == '\0')
    return K8_QUANTITY_BAD_FORMAT;
  if (*text == '-' || *text == '+')
    text++;
  scanned.has_digits = g_ascii_isdigit (*text) || *text == '\0';
  while (*text == '0')
    text++;
  scanned.integer = scan_digits (&text);
  if (*text == '.')
    {
      text++;
      scanned.fraction = scan_digits (&text);
      scanned.has_digits |= scanned.fraction.length > 0;
    }
  scanned.suffix = text;
  if (!has_form_of_suffix (text))
    return K8_QUANTITY_BAD_FORMAT;
  *ret_scanned = scanned;
  return K8_QUANTITY_OK;
}

typedef struct
{
  char text[3];
  guint8 format;
  gint8 exponent;
} SuffixRow;

static const SuffixRow suffixes[] = {
  { "", K8_QUANTITY_DECIMAL_SI, 0 },   { "n", K8_QUANTITY_DECIMAL_SI, -9 },
  { "u", K8_QUANTITY_DECIMAL_SI, -6 }, { "m", K8_QUANTITY_DECIMAL_SI, -3 },
  { "k", K8_QUANTITY_DECIMAL_SI, 3 },  { "M", K8_QUANTITY_DECIMAL_SI, 6 },
  { "G", K8_QUANTITY_DECIMAL_SI, 9 },  { "T", K8_QUANTITY_DECIMAL_SI, 12 },
  { "P", K8_QUANTITY_DECIMAL_SI, 15 }, { "E", K8_QUANTITY_DECIMAL_SI, 18 },
  { "Ki", K8_QUANTITY_BINARY_SI, 10 }, { "Mi", K8_QUANTITY_BINARY_SI, 20 },
  { "Gi", K8_QUANTITY_BINARY_SI, 30 }, { "Ti", K8_QUANTITY_BINARY_SI, 40 },
  { "Pi", K8_QUANTITY_BINARY_SI, 50 }, { "Ei", K8_QUANTITY_BINARY_SI, 60 },
};

static gboolean
find_suffix (const char *text, Suffix *ret_suffix)
{
  gint64 exponent;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (suffixes[i].text[0] == text[0] && strcmp (suffixes[i].text, text) == 0)
      {
        *ret_suffix = (Suffix){ suffixes[i].format, suffixes[i].exponent };
        return TRUE;
      }
  if (*text != 'e' && *text != 'E')
    return FALSE;
  text += text[1] == '+' ? 2 : 1;
  if (!k8_text_parse_i64 (text, &exponent))
    return FALSE;
  if (exponent < -MAX_EXPONENT || exponent > MAX_EXPONENT)
    return FALSE;
  *ret_suffix = (Suffix){ K8_QUANTITY_DECIMAL_EXPONENT, (gint32) exponent };
  return TRUE;
}

/* Whether a suffix without any digit is 0 rather than an error. */
static gboolean
may_be_empty (const Suffix *suffix)
{
  if (suffix->format == K8_QUANTITY_BINARY_SI)
    return suffix->exponent <= MAX_EMPTY_BINARY_EXPONENT;
  return suffix->exponent >= NANO;
}

/* A number while its digits arrive. */
typedef struct
{
  K8Wide magnitude;
  gint64 scale;
  guint n_digits; /* significant ones that were kept */
  gboolean is_exact; /* no digit but 0 was dropped */
} Digits;

static void
add_digit (Digits *digits, guint digit, gboolean is_fraction)
{
  if (digits->n_digits == MAX_DIGITS)
    {
      digits->is_exact &= digit == 0;
      digits->scale += !is_fraction;
      return;
    }
  digits->magnitude = digits->magnitude * 10 + digit;
  digits->n_digits += digits->magnitude > 0;
  digits->scale -= is_fraction;
}

/* Drops digits until the scale is that of nano; what is dropped rounds up. */
static void
round_to_nano (Digits *digits)
{
  while (digits->scale < NANO && digits->magnitude > 0)
    {
      digits->is_exact &= k8_wide_divide (&digits->magnitude, 10) == 0;
      digits->scale++;
    }
  digits->scale = MAX (digits->scale, NANO);
  digits->magnitude += !digits->is_exact;
}

static K8QuantityError
read_decimal (const Scanned *scanned, gint32 exponent, K8Quantity *quantity)
{
  Digits digits = { .is_exact = TRUE };

  for (guint i = 0; i < scanned->integer.length; i++)
    add_digit (&digits, (guint) (scanned->integer.text[i] - '0'), FALSE);
  for (guint i = 0; i < scanned->fraction.length; i++)
    add_digit (&digits, (guint) (scanned->fraction.text[i] - '0'), TRUE);
  digits.scale += exponent;
  if (!digits.is_exact && digits.scale > NANO)
    return K8_QUANTITY_BAD_NUMBER;
  round_to_nano (&digits);
  if (digits.scale > 2 * (gint64) MAX_EXPONENT - 1)
    return K8_QUANTITY_BAD_NUMBER;
  set_magnitude (quantity, digits.magnitude);
  quantity->scale = digits.magnitude == 0 ? 0 : (gint32) digits.scale;
  return K8_QUANTITY_OK;
}

/* An integer below 2^64 and a fraction / 10^n_digits, while they are doubled. */
typedef struct
{
  K8Wide integer;
  Digits fraction;
  K8Wide one; /* 10^n_digits */
} Mixed;

static Mixed
read_mixed (const Scanned *scanned)
{
  Mixed mixed = { .one = 1, .fraction.is_exact = TRUE };

  for (guint i = 0; i < scanned->integer.length && mixed.integer <= G_MAXINT64; i++)
    mixed.integer = mixed.integer * 10 + (guint) (scanned->integer.text[i] - '0');
  for (guint i = 0; i < scanned->fraction.length; i++)
    {
      guint digit = (guint) (scanned->fraction.text[i] - '0');
      if (i >= MAX_DIGITS)
        mixed.fraction.is_exact &= digit == 0;
      else
        {
          mixed.fraction.magnitude = mixed.fraction.magnitude * 10 + digit;
          mixed.fraction.scale--;
          mixed.one *= 10;
        }
    }
  return mixed;
}

/* Times 2^@exponent by doubling, which carries exactly from the fraction to the integer. */
static void
read_binary (const Scanned *scanned, gint32 exponent, K8Quantity *quantity)
{
  Mixed mixed = read_mixed (scanned);

  for (gint32 i = 0; i < exponent && mixed.integer <= G_MAXINT64; i++)
    {
      mixed.fraction.magnitude *= 2;
      gboolean carry = mixed.fraction.magnitude >= mixed.one;
      mixed.fraction.magnitude -= carry ? mixed.one : 0;
      mixed.integer = mixed.integer * 2 + carry;
    }
  mixed.fraction.scale = MIN (mixed.fraction.scale, 0);
  round_to_nano (&mixed.fraction);
  K8Wide magnitude = mixed.integer;
  gint32 scale = 0;
  if (mixed.fraction.magnitude > 0)
    {
      for (scale = 0; scale > mixed.fraction.scale; scale--)
        magnitude *= 10;
      magnitude += mixed.fraction.magnitude;
    }
  if (mixed.integer > G_MAXINT64 || (mixed.integer == G_MAXINT64 && scale < 0))
    {
      magnitude = G_MAXINT64;
      scale = 0;
    }
  set_magnitude (quantity, magnitude);
  quantity->scale = scale;
  if (mixed.integer == 0 && magnitude > 0 && scale < 0)
    quantity->format = K8_QUANTITY_DECIMAL_SI;
}

/**
 * k8_quantity_parse:
 * @text: no space around it
 * @ret_quantity: (out): untouched on errors
 *
 * Reads a quantity, rounding away from zero what is finer than 10^-9.
 *
 * Cost: O(digits).
 */
K8QuantityError
k8_quantity_parse (const char *text, K8Quantity *ret_quantity)
{
  Scanned scanned;
  Suffix suffix;
  K8QuantityError error = scan (text, &scanned);

  if (error != K8_QUANTITY_OK)
    return error;
  if (!find_suffix (scanned.suffix, &suffix))
    return K8_QUANTITY_BAD_SUFFIX;
  if (!scanned.has_digits && !may_be_empty (&suffix))
    return K8_QUANTITY_BAD_NUMBER;
  K8Quantity quantity = { .format = (guint8) suffix.format };
  if (suffix.format == K8_QUANTITY_BINARY_SI)
    read_binary (&scanned, suffix.exponent, &quantity);
  else
    error = read_decimal (&scanned, suffix.exponent, &quantity);
  if (error != K8_QUANTITY_OK)
    return error;
  quantity.is_negative = scanned.is_negative && !k8_quantity_is_zero (&quantity);
  *ret_quantity = quantity;
  return K8_QUANTITY_OK;
}

const char *
k8_quantity_error_text (K8QuantityError error)
{
  switch (error)
    {
    case K8_QUANTITY_OK:
      break;
    case K8_QUANTITY_BAD_FORMAT:
      return "quantities must match the regular expression "
             "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    case K8_QUANTITY_BAD_SUFFIX:
      return "unable to parse quantity's suffix";
    case K8_QUANTITY_BAD_NUMBER:
      return "unable to parse numeric part of quantity";
    }
  return "";
}

/* How many of the digits, without the fraction's point, are zeros at the end. */
static guint
count_zeros_at_end (const Scanned *scanned)
{
  guint n = scanned->integer.length + scanned->fraction.length;
  guint n_zeros = 0;

  while (n_zeros < n)
    {
      guint i = n - 1 - n_zeros;
      char digit = i < scanned->integer.length
                     ? scanned->integer.text[i]
                     : scanned->fraction.text[i - scanned->integer.length];
      if (digit != '0')
        break;
      n_zeros++;
    }
  return n_zeros;
}

/* The last three bits of a decimal integer. */
static guint
compute_last_bits (const Piece *integer)
{
  guint number = 0;

  for (guint i = integer->length > 3 ? integer->length - 3 : 0; i < integer->length; i++)
    number = number * 10 + (guint) (integer->text[i] - '0');
  return number & 7;
}

/* Whether upstream keeps a text as it stands. It asks: is the number small enough for its fast
 * path, and would its digits stay the same in canonical form? The latter it guesses by the end
 * of the digits: not three zeros, and the last of a thousand for its exponent. */
gboolean
k8_quantity_is_kept (const char *text)
{
  Scanned scanned;
  Suffix suffix;

  if (scan (text, &scanned) != K8_QUANTITY_OK || !find_suffix (scanned.suffix, &suffix))
    return FALSE;
  guint n_digits = MAX (scanned.integer.length, 1) + scanned.fraction.length;
  if (suffix.format == K8_QUANTITY_BINARY_SI)
    return scanned.fraction.length == 0 &&
           15 - (gint) n_digits - suffix.exponent * 3 / 10 - 1 >= 0 &&
           compute_last_bits (&scanned.integer) != 0;
  gint64 scale = (gint64) suffix.exponent - scanned.fraction.length;
  return n_digits <= 18 && scale >= NANO && scale % 3 == 0 && scanned.integer.length > 0 &&
         count_zeros_at_end (&scanned) < 3;
}
