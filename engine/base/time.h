/* SPDX-License-Identifier: Apache-2.0
 *
 * Times and durations as texts. Virtual time is gint64 nanoseconds since 1970 UTC (years 1678 to
 * 2261); API objects keep seconds (Time) or microseconds (MicroTime) of the years 1 to 9999.
 * Source: apimachinery meta/v1 time.go, micro_time.go, util/duration; Go time.ParseDuration and
 * Duration.String. Departures: RFC 3339 is strict (two-digit hours, a point before the fraction),
 * where Go's parser also takes one-digit hours and a comma.
 */
#pragma once

#include <glib.h>

#define K8_MICROSECOND_NS G_GINT64_CONSTANT (1000)
#define K8_MILLISECOND_NS G_GINT64_CONSTANT (1000000)
#define K8_SECOND_NS G_GINT64_CONSTANT (1000000000)
#define K8_MINUTE_NS (60 * K8_SECOND_NS)
#define K8_HOUR_NS (60 * K8_MINUTE_NS)
#define K8_DAY_NS (24 * K8_HOUR_NS)

/* 0001-01-01T00:00:00Z, Go's zero time, and 9999-12-31T23:59:59Z. */
#define K8_TIME_MIN_SECONDS G_GINT64_CONSTANT (-62135596800)
#define K8_TIME_MAX_SECONDS G_GINT64_CONSTANT (253402300799)

enum
{
  K8_TIME_LETTERS = 20, /* "2006-01-02T15:04:05Z" */
  K8_MICRO_TIME_LETTERS = 27, /* "2006-01-02T15:04:05.000000Z" */
  K8_DURATION_LETTERS = 26, /* "-2562047h47m16.854775808s" and room */
  K8_AGE_LETTERS = 24,
};

/* RFC 3339 with any offset; a fraction of up to nine digits is read (further ones are dropped).
 * FALSE and nothing written if malformed or out of range. */
gboolean k8_time_parse (const char *text, gint64 *ret_seconds, gint32 *ret_fraction_ns);
gboolean k8_time_parse_seconds (const char *text, gint64 *ret_seconds); /* metav1.Time */
gboolean k8_time_parse_micro (const char *text, gint64 *ret_micro); /* MicroTime: six digits */

/* Out of range is cut to the nearest time in range. All end in NUL. */
void k8_time_format (gint64 seconds, char ret_text[K8_TIME_LETTERS + 1]);
void k8_time_format_micro (gint64 micro, char ret_text[K8_MICRO_TIME_LETTERS + 1]);

/* Whether a time of an API object is in the range that can be written. */
gboolean k8_time_is_in_range (gint64 seconds);

/* Whole seconds, rounded down, of a virtual time; and back, FALSE if it does not fit. */
gint64 k8_time_seconds_of_ns (gint64 time_ns);
gboolean k8_time_ns_of_seconds (gint64 seconds, gint64 *ret_time_ns);

/* The calendar of a UTC time, for cron expressions. */
typedef struct
{
  gint32 year;
  gint32 month; /* 1-12 */
  gint32 day; /* 1-31 */
  gint32 hour;
  gint32 minute;
  gint32 second;
  gint32 weekday; /* 0 is Sunday */
} K8Calendar;
K8Calendar k8_time_calendar (gint64 seconds);
gint64 k8_time_seconds_of_date (gint32 year, gint32 month, gint32 day);
gint32 k8_time_days_in_month (gint32 year, gint32 month);

/* Go's durations: "1m30s", "1.5h", "-2us", "0". */
gboolean k8_duration_parse (const char *text, gint64 *ret_duration_ns);
void k8_duration_format (gint64 duration_ns, char ret_text[K8_DURATION_LETTERS + 1]);

/* kubectl's AGE: "90s", "2m30s", "3d5h", "2y30d", "<invalid>" below -1 s. */
void k8_duration_format_human (gint64 duration_ns, char ret_text[K8_AGE_LETTERS + 1]);

/* Sums that stop at the ends of the range instead of wrapping round. */
gint64 k8_time_add (gint64 time_ns, gint64 duration_ns);
gint64 k8_duration_multiply (gint64 duration_ns, gint64 factor);
