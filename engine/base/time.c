/* SPDX-License-Identifier: Apache-2.0
 *
 * Time: the calendar (proleptic Gregorian, UTC, no leap seconds, as Go's) and RFC 3339.
 * Days are counted in a year that begins in March, so that the leap day is its last.
 * Source: RFC 3339; apimachinery meta/v1 time.go and micro_time.go; Go time (range checks).
 */
#include "base/time.h"

#include <string.h>

#include "base/text.h"

#define DAY_SECONDS G_GINT64_CONSTANT (86400)
#define MICRO_PER_SECOND G_GINT64_CONSTANT (1000000)

enum
{
  DAYS_OF_400_YEARS = 146097,
  DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

/* Division that rounds down, also below zero. */
static gint64
divide_down (gint64 a, gint64 b)
{
  return a / b - (a % b < 0);
}

static gboolean
is_leap_year (gint32 year)
{
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

gint32
k8_time_days_in_month (gint32 year, gint32 month)
{
  static const gint8 n_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

  if (month < 1 || month > 12)
    return 0;
  return n_days[month - 1] + (month == 2 && is_leap_year (year));
}

/* The first second of a day. @month is 1-12; @day may lie outside its month. */
gint64
k8_time_seconds_of_date (gint32 year, gint32 month, gint32 day)
{
  gint64 march_year = (gint64) year - (month < 3);
  gint64 era = divide_down (march_year, 400);
  gint64 year_of_era = march_year - era * 400;
  gint64 month_from_march = (month + 9) % 12;
  gint64 day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

  return (era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_1970) * DAY_SECONDS;
}

static void
set_date (K8Calendar *calendar, gint64 days)
{
  gint64 shifted = days + DAYS_TO_1970;
  gint64 era = divide_down (shifted, DAYS_OF_400_YEARS);
  gint64 day_of_era = shifted - era * DAYS_OF_400_YEARS;
  gint64 n_leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
  gint64 year_of_era = (day_of_era - n_leap_days) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month_from_march = (5 * day_of_year + 2) / 153;

  calendar->day = (gint32) (day_of_year - (153 * month_from_march + 2) / 5 + 1);
  calendar->month = (gint32) (month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  calendar->year = (gint32) (year_of_era + era * 400 + (calendar->month < 3));
  calendar->weekday = (gint32) (days + 4 - divide_down (days + 4, 7) * 7);
}

K8Calendar
k8_time_calendar (gint64 seconds)
{
  gint64 days = divide_down (seconds, DAY_SECONDS);
  gint32 second_of_day = (gint32) (seconds - days * DAY_SECONDS);
  K8Calendar calendar = {
    .hour = second_of_day / 3600,
    .minute = second_of_day / 60 % 60,
    .second = second_of_day % 60,
  };

  set_date (&calendar, days);
  return calendar;
}

/* Reads exactly @n digits and moves on. */
static gboolean
read_digits (const char **text, guint n, gint32 *ret_number)
{
  gint32 number = 0;

  for (guint i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit ((*text)[i]))
        return FALSE;
      number = number * 10 + ((*text)[i] - '0');
    }
  *text += n;
  *ret_number = number;
  return TRUE;
}

static gboolean
read_letter (const char **text, char letter)
{
  if (**text != letter)
    return FALSE;
  (*text)++;
  return TRUE;
}

static gboolean
read_date (const char **text, K8Calendar *calendar)
{
  if (!read_digits (text, 4, &calendar->year) || !read_letter (text, '-') ||
      !read_digits (text, 2, &calendar->month) || !read_letter (text, '-') ||
      !read_digits (text, 2, &calendar->day))
    return FALSE;
  return calendar->day >= 1 &&
         calendar->day <= k8_time_days_in_month (calendar->year, calendar->month);
}

static gboolean
read_clock (const char **text, K8Calendar *calendar)
{
  if (!read_digits (text, 2, &calendar->hour) || !read_letter (text, ':') ||
      !read_digits (text, 2, &calendar->minute) || !read_letter (text, ':') ||
      !read_digits (text, 2, &calendar->second))
    return FALSE;
  return calendar->hour <= 23 && calendar->minute <= 59 && calendar->second <= 59;
}

/* Reads `.` and digits, if there is a point. Counts the digits; those behind the ninth are lost. */
static gboolean
read_fraction (const char **text, gint32 *ret_fraction_ns, guint *ret_n_digits)
{
  gint32 fraction_ns = 0;
  gint32 unit_ns = (gint32) K8_SECOND_NS / 10;
  guint n_digits = 0;

  if (read_letter (text, '.'))
    {
      for (; g_ascii_isdigit (**text); (*text)++, n_digits++, unit_ns /= 10)
        fraction_ns += (**text - '0') * unit_ns;
      if (n_digits == 0)
        return FALSE;
    }
  *ret_fraction_ns = fraction_ns;
  *ret_n_digits = n_digits;
  return TRUE;
}

/* Reads `Z` or an offset. Hours up to 24 and minutes up to 60 are taken, as Go does. */
static gboolean
read_zone (const char **text, gint64 *ret_offset_seconds)
{
  gint32 hours;
  gint32 minutes;

  *ret_offset_seconds = 0;
  if (read_letter (text, 'Z'))
    return TRUE;
  gboolean is_west = **text == '-';
  if (!read_letter (text, is_west ? '-' : '+') || !read_digits (text, 2, &hours) ||
      !read_letter (text, ':') || !read_digits (text, 2, &minutes))
    return FALSE;
  *ret_offset_seconds = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
  return hours <= 24 && minutes <= 60;
}

typedef struct
{
  gint64 seconds;
  gint32 fraction_ns;
  guint n_fraction_digits;
} Parsed;

static gboolean
parse (const char *text, Parsed *ret_parsed)
{
  K8Calendar calendar = { 0 };
  gint64 offset_seconds;

  if (!read_date (&text, &calendar) || !read_letter (&text, 'T') || !read_clock (&text, &calendar))
    return FALSE;
  if (!read_fraction (&text, &ret_parsed->fraction_ns, &ret_parsed->n_fraction_digits))
    return FALSE;
  if (!read_zone (&text, &offset_seconds) || *text != '\0')
    return FALSE;
  ret_parsed->seconds = k8_time_seconds_of_date (calendar.year, calendar.month, calendar.day) +
                        calendar.hour * 3600 + calendar.minute * 60 + calendar.second -
                        offset_seconds;
  return k8_time_is_in_range (ret_parsed->seconds);
}

gboolean
k8_time_parse (const char *text, gint64 *ret_seconds, gint32 *ret_fraction_ns)
{
  Parsed parsed;

  if (!parse (text, &parsed))
    return FALSE;
  *ret_seconds = parsed.seconds;
  *ret_fraction_ns = parsed.fraction_ns;
  return TRUE;
}

/* A fraction is allowed and dropped, as it is when upstream writes the time again. */
gboolean
k8_time_parse_seconds (const char *text, gint64 *ret_seconds)
{
  gint32 fraction_ns;

  return k8_time_parse (text, ret_seconds, &fraction_ns);
}

/* Exactly six digits behind the point: upstream's layout of MicroTime asks for them. */
gboolean
k8_time_parse_micro (const char *text, gint64 *ret_micro)
{
  Parsed parsed;

  if (!parse (text, &parsed) || parsed.n_fraction_digits != 6)
    return FALSE;
  *ret_micro = parsed.seconds * MICRO_PER_SECOND + parsed.fraction_ns / K8_MICROSECOND_NS;
  return TRUE;
}

gboolean
k8_time_is_in_range (gint64 seconds)
{
  return seconds >= K8_TIME_MIN_SECONDS && seconds <= K8_TIME_MAX_SECONDS;
}

/* Writes "2006-01-02T15:04:05", 19 letters without NUL. */
static void
write_time (gint64 seconds, char *ret_text)
{
  K8Calendar calendar = k8_time_calendar (seconds);

  memcpy (ret_text, "0000-00-00T00:00:00", 19);
  k8_text_write_padded (ret_text, (guint64) calendar.year, 4);
  k8_text_write_padded (ret_text + 5, (guint64) calendar.month, 2);
  k8_text_write_padded (ret_text + 8, (guint64) calendar.day, 2);
  k8_text_write_padded (ret_text + 11, (guint64) calendar.hour, 2);
  k8_text_write_padded (ret_text + 14, (guint64) calendar.minute, 2);
  k8_text_write_padded (ret_text + 17, (guint64) calendar.second, 2);
}

void
k8_time_format (gint64 seconds, char ret_text[K8_TIME_LETTERS + 1])
{
  write_time (CLAMP (seconds, K8_TIME_MIN_SECONDS, K8_TIME_MAX_SECONDS), ret_text);
  ret_text[19] = 'Z';
  ret_text[K8_TIME_LETTERS] = '\0';
}

void
k8_time_format_micro (gint64 micro, char ret_text[K8_MICRO_TIME_LETTERS + 1])
{
  micro = CLAMP (micro, K8_TIME_MIN_SECONDS * MICRO_PER_SECOND,
                 K8_TIME_MAX_SECONDS * MICRO_PER_SECOND + MICRO_PER_SECOND - 1);
  gint64 seconds = divide_down (micro, MICRO_PER_SECOND);
  write_time (seconds, ret_text);
  ret_text[19] = '.';
  k8_text_write_padded (ret_text + 20, (guint64) (micro - seconds * MICRO_PER_SECOND), 6);
  ret_text[26] = 'Z';
  ret_text[K8_MICRO_TIME_LETTERS] = '\0';
}

gint64
k8_time_seconds_of_ns (gint64 time_ns)
{
  return divide_down (time_ns, K8_SECOND_NS);
}

gboolean
k8_time_ns_of_seconds (gint64 seconds, gint64 *ret_time_ns)
{
  gint64 time_ns;

  if (__builtin_mul_overflow (seconds, K8_SECOND_NS, &time_ns))
    return FALSE;
  *ret_time_ns = time_ns;
  return TRUE;
}

gint64
k8_time_add (gint64 time_ns, gint64 duration_ns)
{
  gint64 sum;

  if (__builtin_add_overflow (time_ns, duration_ns, &sum))
    return duration_ns < 0 ? G_MININT64 : G_MAXINT64;
  return sum;
}
