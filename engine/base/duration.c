/* SPDX-License-Identifier: Apache-2.0
 *
 * Duration: Go's texts of durations and kubectl's short ages (declared in time.h).
 * Source: Go time.ParseDuration and Duration.String; apimachinery util/duration HumanDuration.
 * Departures: the fraction of a unit is exact and rounded down, where Go computes it in floating
 * point; they differ by at most 1 ns, beyond the fifteenth digit.
 */
#include "base/time.h"

#include <string.h>

#include "base/text.h"
#include "base/wide.h"

enum
{
  MAX_FRACTION_DIGITS = 18,
};

typedef struct
{
  const char *name;
  gint64 unit_ns;
} Unit;

/* "us" is also written with the micro sign or the Greek letter. */
static const Unit units[] = {
  { "ns", 1 },
  { "us", K8_MICROSECOND_NS },
  { "\302\265s", K8_MICROSECOND_NS },
  { "\316\274s", K8_MICROSECOND_NS },
  { "ms", K8_MILLISECOND_NS },
  { "s", K8_SECOND_NS },
  { "m", K8_MINUTE_NS },
  { "h", K8_HOUR_NS },
};

/* The unit is all that comes before the next number. 0 if unknown. */
static gint64
read_unit (const char **text)
{
  gsize length = 0;

  while ((*text)[length] != '\0' && (*text)[length] != '.' && !g_ascii_isdigit ((*text)[length]))
    length++;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strlen (units[i].name) == length && strncmp (units[i].name, *text, length) == 0)
      {
        *text += length;
        return units[i].unit_ns;
      }
  return 0;
}

typedef struct
{
  guint64 whole;
  guint64 fraction;
  guint n_fraction_digits; /* that `fraction` has */
  gboolean has_digits;
} Number;

static gboolean
read_number (const char **text, Number *number)
{
  for (; g_ascii_isdigit (**text); (*text)++)
    {
      guint64 digit = (guint64) (**text - '0');
      if (number->whole > ((guint64) G_MAXINT64 + 1 - digit) / 10)
        return FALSE;
      number->whole = number->whole * 10 + digit;
      number->has_digits = TRUE;
    }
  if (**text != '.')
    return number->has_digits;
  for ((*text)++; g_ascii_isdigit (**text); (*text)++)
    {
      number->has_digits = TRUE;
      if (number->n_fraction_digits == MAX_FRACTION_DIGITS)
        continue;
      number->fraction = number->fraction * 10 + (guint64) (**text - '0');
      number->n_fraction_digits++;
    }
  return number->has_digits;
}

/* Adds number x unit to the sum, which may reach 2^63 (for the most negative duration). */
static gboolean
add_to_sum (guint64 *sum, const Number *number, gint64 unit_ns)
{
  K8Wide fraction_ns = (K8Wide) number->fraction * (guint64) unit_ns;
  K8Wide total;

  for (guint i = 0; i < number->n_fraction_digits; i++)
    k8_wide_divide (&fraction_ns, 10);
  total = (K8Wide) number->whole * (guint64) unit_ns + fraction_ns + *sum;
  if (total > (K8Wide) G_MAXINT64 + 1)
    return FALSE;
  *sum = (guint64) total;
  return TRUE;
}

gboolean
k8_duration_parse (const char *text, gint64 *ret_duration_ns)
{
  guint64 sum = 0;
  gboolean is_negative = *text == '-';

  if (*text == '-' || *text == '+')
    text++;
  if (*text == '\0')
    return FALSE;
  if (strcmp (text, "0") == 0)
    {
      *ret_duration_ns = 0;
      return TRUE;
    }
  while (*text != '\0')
    {
      Number number = { 0 };
      if (!read_number (&text, &number))
        return FALSE;
      gint64 unit_ns = read_unit (&text);
      if (unit_ns == 0 || !add_to_sum (&sum, &number, unit_ns))
        return FALSE;
    }
  if (!is_negative && sum > (guint64) G_MAXINT64)
    return FALSE;
  *ret_duration_ns = (gint64) (is_negative ? 0 - sum : sum);
  return TRUE;
}

static char *
append (char *text, const char *more)
{
  gsize length = strlen (more);

  memcpy (text, more, length + 1);
  return text + length;
}

/* A number and its unit, as "5m". */
static char *
append_unit (char *text, guint64 number, const char *unit)
{
  return append (text + k8_text_write_u64 (text, number), unit);
}

/* @number / 10^@n_decimals without trailing zeros, then the unit, as "1.5s". */
static char *
append_decimal (char *text, guint64 number, guint n_decimals, const char *unit)
{
  guint64 scale = 1;

  for (guint i = 0; i < n_decimals; i++)
    scale *= 10;
  text += k8_text_write_u64 (text, number / scale);
  guint64 fraction = number % scale;
  for (; n_decimals > 0 && fraction % 10 == 0; n_decimals--)
    fraction /= 10;
  if (n_decimals > 0)
    {
      *text++ = '.';
      k8_text_write_padded (text, fraction, n_decimals);
      text += n_decimals;
    }
  return append (text, unit);
}

/* Below a second the largest unit that leaves a whole part; from there on h, m and s. */
void
k8_duration_format (gint64 duration_ns, char ret_text[K8_DURATION_LETTERS + 1])
{
  guint64 ns = duration_ns < 0 ? 0 - (guint64) duration_ns : (guint64) duration_ns;
  guint64 minutes = ns / (guint64) K8_MINUTE_NS;
  char *text = ret_text;

  if (duration_ns < 0)
    *text++ = '-';
  if (ns == 0)
    append (text, "0s");
  else if (ns < (guint64) K8_MICROSECOND_NS)
    append_unit (text, ns, "ns");
  else if (ns < (guint64) K8_MILLISECOND_NS)
    append_decimal (text, ns, 3, "\302\265s");
  else if (ns < (guint64) K8_SECOND_NS)
    append_decimal (text, ns, 6, "ms");
  else
    {
      if (minutes >= 60)
        text = append_unit (text, minutes / 60, "h");
      if (minutes > 0)
        text = append_unit (text, minutes % 60, "m");
      append_decimal (text, ns % (guint64) K8_MINUTE_NS, 9, "s");
    }
}

/* Two units, the second left out when it is 0. */
static void
write_pair (char *text, const guint64 numbers[2], const char *unit, const char *small_unit)
{
  text = append_unit (text, numbers[0], unit);
  if (numbers[1] > 0)
    append_unit (text, numbers[1], small_unit);
}

/* From eight hours on. */
static void
write_long_age (char *text, guint64 hours)
{
  guint64 days = hours / 24;
  guint64 years = days / 365;

  if (hours < 48)
    append_unit (text, hours, "h");
  else if (days < 8)
    write_pair (text, (const guint64[]){ days, hours % 24 }, "d", "h");
  else if (years < 2)
    append_unit (text, days, "d");
  else if (years < 8)
    write_pair (text, (const guint64[]){ years, days % 365 }, "y", "d");
  else
    append_unit (text, years, "y");
}

/**
 * k8_duration_format_human:
 *
 * Two or three digits of a duration, as kubectl's AGE. Up to two seconds into the future still
 * count as now, since clocks differ.
 */
void
k8_duration_format_human (gint64 duration_ns, char ret_text[K8_AGE_LETTERS + 1])
{
  gint64 seconds = duration_ns / K8_SECOND_NS;
  guint64 n_seconds = (guint64) MAX (seconds, 0);
  guint64 minutes = n_seconds / 60;
  guint64 hours = minutes / 60;

  if (seconds < -1)
    append (ret_text, "<invalid>");
  else if (n_seconds < 120)
    append_unit (ret_text, n_seconds, "s");
  else if (minutes < 10)
    write_pair (ret_text, (const guint64[]){ minutes, n_seconds % 60 }, "m", "s");
  else if (minutes < 180)
    append_unit (ret_text, minutes, "m");
  else if (hours < 8)
    write_pair (ret_text, (const guint64[]){ hours, minutes % 60 }, "h", "m");
  else
    write_long_age (ret_text, hours);
}

gint64
k8_duration_multiply (gint64 duration_ns, gint64 factor)
{
  gint64 product;

  if (__builtin_mul_overflow (duration_ns, factor, &product))
    return (duration_ns < 0) == (factor < 0) ? G_MAXINT64 : G_MININT64;
  return product;
}
