/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of times, durations and ages. Durations and ages were computed with Go's time package
 * and apimachinery's util/duration; RFC 3339 seconds with `date -u +%s`.
 */
#include "base/time.h"

#include "tests/lib/test.h"

typedef struct
{
  const char *text;
  gint64 seconds;
} TimeRow;

static const TimeRow time_rows[] = {
  { "1970-01-01T00:00:00Z", 0 },
  { "2001-09-09T01:46:40Z", 1000000000 },
  { "2024-02-29T23:59:59Z", 1709251199 },
  { "2000-02-29T00:00:00Z", 951782400 },
  { "2024-12-31T23:59:59Z", 1735689599 },
  { "1969-12-31T23:59:59Z", -1 },
  { "0001-01-01T00:00:00Z", K8_TIME_MIN_SECONDS },
  { "9999-12-31T23:59:59Z", K8_TIME_MAX_SECONDS },
};

void
test_time__reads_and_writes_rfc3339 (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (time_rows); i++)
    {
      char text[K8_TIME_LETTERS + 1];
      gint64 seconds = 77;
      CU_ASSERT_TRUE (k8_time_parse_seconds (time_rows[i].text, &seconds));
      CU_ASSERT_EQUAL (seconds, time_rows[i].seconds);
      k8_time_format (seconds, text);
      TEST_ASSERT_TEXT (text, time_rows[i].text);
    }
}

void
test_time__subtracts_the_offset_and_keeps_nine_digits (void)
{
  gint64 seconds;
  gint32 fraction_ns;

  CU_ASSERT_TRUE (k8_time_parse ("1970-01-01T01:00:00.1234567899+01:00", &seconds, &fraction_ns));
  CU_ASSERT_EQUAL (seconds, 0);
  CU_ASSERT_EQUAL (fraction_ns, 123456789);
  CU_ASSERT_TRUE (k8_time_parse ("1969-12-31T18:30:00.5-05:30", &seconds, &fraction_ns));
  CU_ASSERT_EQUAL (seconds, 0);
  CU_ASSERT_EQUAL (fraction_ns, 500000000);
}

void
test_time__refuses_what_is_no_time (void)
{
  static const char *const bad[] = {
    "", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z",
    "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
    "2024-01-01T1:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01t00:00:00z",
    "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00,5Z",
    "2024-01-01T00:00:00Z ", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+25:00",
    "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    "24-01-01T00:00:00Z", "+2024-01-01T00:00:00Z",
  };
  gint64 seconds = 77;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    CU_ASSERT_FALSE (k8_time_parse_seconds (bad[i], &seconds));
  CU_ASSERT_EQUAL (seconds, 77);
}

void
test_time__micro_time_has_six_digits (void)
{
  char text[K8_MICRO_TIME_LETTERS + 1];
  gint64 micro = 77;

  CU_ASSERT_FALSE (k8_time_parse_micro ("2024-02-29T12:00:00Z", &micro));
  CU_ASSERT_FALSE (k8_time_parse_micro ("2024-02-29T12:00:00.1234567Z", &micro));
  CU_ASSERT_EQUAL (micro, 77);
  CU_ASSERT_TRUE (k8_time_parse_micro ("2024-02-29T12:00:00.000456+24:60", &micro));
  k8_time_format_micro (micro, text);
  TEST_ASSERT_TEXT (text, "2024-02-28T11:00:00.000456Z");
  k8_time_format_micro (-1, text);
  TEST_ASSERT_TEXT (text, "1969-12-31T23:59:59.999999Z");
  k8_time_format_micro (G_MAXINT64, text);
  TEST_ASSERT_TEXT (text, "9999-12-31T23:59:59.999999Z");
}

void
test_time__calendar_counts_every_day_of_800_years (void)
{
  gint64 seconds = k8_time_seconds_of_date (1600, 1, 1);
  gint32 weekday = 6; /* 1 January 1600 was a Saturday */

  for (gint32 year = 1600; year < 2400; year++)
    for (gint32 month = 1; month <= 12; month++)
      for (gint32 day = 1; day <= k8_time_days_in_month (year, month); day++)
        {
          K8Calendar calendar = k8_time_calendar (seconds + 86399);
          CU_ASSERT_FATAL (calendar.year == year && calendar.month == month);
          CU_ASSERT_FATAL (calendar.day == day && calendar.weekday == weekday);
          CU_ASSERT_FATAL (calendar.hour == 23 && calendar.second == 59);
          CU_ASSERT_EQUAL_FATAL (k8_time_seconds_of_date (year, month, day), seconds);
          seconds += 86400;
          weekday = (weekday + 1) % 7;
        }
}

void
test_time__nanoseconds_round_down_and_stop_at_the_ends (void)
{
  gint64 time_ns = 77;

  CU_ASSERT_EQUAL (k8_time_seconds_of_ns (-1), -1);
  CU_ASSERT_EQUAL (k8_time_seconds_of_ns (1999999999), 1);
  CU_ASSERT_TRUE (k8_time_ns_of_seconds (-5, &time_ns));
  CU_ASSERT_EQUAL (time_ns, -5 * K8_SECOND_NS);
  CU_ASSERT_FALSE (k8_time_ns_of_seconds (K8_TIME_MAX_SECONDS, &time_ns));
  CU_ASSERT_EQUAL (time_ns, -5 * K8_SECOND_NS);
  CU_ASSERT_EQUAL (k8_time_add (G_MAXINT64 - 1, 2), G_MAXINT64);
  CU_ASSERT_EQUAL (k8_time_add (G_MININT64, -1), G_MININT64);
  CU_ASSERT_EQUAL (k8_duration_multiply (K8_DAY_NS, -1000000000), G_MININT64);
}

typedef struct
{
  const char *text;
  gint64 duration_ns;
  const char *canonical;
} DurationRow;

static const DurationRow duration_rows[] = {
  { "0", 0, "0s" },
  { "-0", 0, "0s" },
  { "1ns", 1, "1ns" },
  { "1.1us", 1100, "1.1\302\265s" },
  { "1\302\265s", 1000, "1\302\265s" },
  { "1\316\274s", 1000, "1\302\265s" },
  { "1ms", 1000000, "1ms" },
  { "1.5s", 1500000000, "1.5s" },
  { "90s", 90 * K8_SECOND_NS, "1m30s" },
  { "1m30s", 90 * K8_SECOND_NS, "1m30s" },
  { "30s1m", 90 * K8_SECOND_NS, "1m30s" },
  { "1.5h", 90 * K8_MINUTE_NS, "1h30m0s" },
  { "60m", K8_HOUR_NS, "1h0m0s" },
  { ".5s", K8_SECOND_NS / 2, "500ms" },
  { "1.s", K8_SECOND_NS, "1s" },
  { "-1.5h", -90 * K8_MINUTE_NS, "-1h30m0s" },
  { "+5s", 5 * K8_SECOND_NS, "5s" },
  { "25h1m1.000000005s", 90061 * K8_SECOND_NS + 5, "25h1m1.000000005s" },
  { "0.100000000000000000000h", 360 * K8_SECOND_NS, "6m0s" },
  { "-2562047h47m16.854775808s", G_MININT64, "-2562047h47m16.854775808s" },
  { "2562047h47m16.854775807s", G_MAXINT64, "2562047h47m16.854775807s" },
};

void
test_duration__reads_and_writes_as_go (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (duration_rows); i++)
    {
      char text[K8_DURATION_LETTERS + 1];
      gint64 duration_ns = 77;
      CU_ASSERT_TRUE (k8_duration_parse (duration_rows[i].text, &duration_ns));
      CU_ASSERT_EQUAL (duration_ns, duration_rows[i].duration_ns);
      k8_duration_format (duration_ns, text);
      TEST_ASSERT_TEXT (text, duration_rows[i].canonical);
    }
}

void
test_duration__refuses_what_go_refuses (void)
{
  static const char *const bad[] = { "",   "-",    "3",      ".",     "-.",    ".s",    "+.s", "1d",
                                     "1 s", "s",   "1s ",    "1e3s",  "--1s",  "1S",    "1hm",
                                     "2562047h47m16.854775808s", "9223372036854775809ns",
                                     "99999999999999999999s" };
  gint64 duration_ns = 77;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    CU_ASSERT_FALSE (k8_duration_parse (bad[i], &duration_ns));
  CU_ASSERT_EQUAL (duration_ns, 77);
}

typedef struct
{
  gint64 seconds;
  const char *age;
} AgeRow;

static const AgeRow age_rows[] = {
  { -2, "<invalid>" },
  { -1, "0s" },
  { 0, "0s" },
  { 119, "119s" },
  { 120, "2m" },
  { 150, "2m30s" },
  { 599, "9m59s" },
  { 600, "10m" },
  { 659, "10m" },
  { 179 * 60 + 59, "179m" },
  { 180 * 60, "3h" },
  { 190 * 60, "3h10m" },
  { 8 * 3600 - 1, "7h59m" },
  { 8 * 3600 + 600, "8h" },
  { 48 * 3600 - 1, "47h" },
  { 48 * 3600, "2d" },
  { 77 * 3600, "3d5h" },
  { 8 * 86400 - 1, "7d23h" },
  { 8 * 86400 + 3600, "8d" },
  { 730 * 86400 - 1, "729d" },
  { 730 * 86400, "2y" },
  { 760 * 86400, "2y30d" },
  { G_GINT64_CONSTANT (2920) * 86400 - 1, "7y364d" },
  { G_GINT64_CONSTANT (2920) * 86400, "8y" },
  { G_GINT64_CONSTANT (3300) * 86400, "9y" },
};

void
test_duration__ages_are_kubectls (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (age_rows); i++)
    {
      char text[K8_AGE_LETTERS + 1];
      k8_duration_format_human (age_rows[i].seconds * K8_SECOND_NS, text);
      TEST_ASSERT_TEXT (text, age_rows[i].age);
    }
}
