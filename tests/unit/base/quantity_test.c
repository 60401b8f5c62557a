/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of quantities. The tables were computed with apimachinery v0.34 (pkg/api/resource), but
 * for the rows marked "ours", where quantity.h names a departure.
 */
#include "base/quantity.h"

#include "base/random.h"
#include "tests/lib/test.h"

typedef struct
{
  const char *text;
  const char *canonical; /* NULL: refused */
  gint64 value;
  gint64 milli;
} Row;

static const Row rows[] = {
  { "0", "0", 0, 0 },
  { "00", "0", 0, 0 },
  { "0Ki", "0", 0, 0 },
  { ".", "0", 0, 0 },
  { "+", "0", 0, 0 },
  { "m", "0", 0, 0 },
  { "-0", "0", 0, 0 },
  { "0.1", "100m", 1, 100 },
  { ".5", "500m", 1, 500 },
  { "1.5", "1500m", 2, 1500 },
  { "-1.5", "-1500m", -2, -1500 },
  { "+5", "+5", 5, 5000 },
  { "007", "007", 7, 7000 },
  { "5.", "5.", 5, 5000 },
  { "5.k", "5.k", 5000, 5000000 },
  { "1.500", "1.500", 2, 1500 },
  { "1.5000", "1500m", 2, 1500 },
  { "1.5k", "1500", 1500, 1500000 },
  { "1.0005", "1000500u", 2, 1001 },
  { "5000m", "5", 5, 5000 },
  { "1500m", "1500m", 2, 1500 },
  { "100000", "100k", 100000, 100000000 },
  { "1000000", "1M", 1000000, 1000000000 },
  { "1000000k", "1G", 1000000000, G_GINT64_CONSTANT (1000000000000) },
  { "1536", "1536", 1536, 1536000 },
  { "1024", "1024", 1024, 1024000 },
  { "1Gi", "1Gi", 1073741824, G_GINT64_CONSTANT (1073741824000) },
  { "1.0Gi", "1Gi", 1073741824, G_GINT64_CONSTANT (1073741824000) },
  { "1024Mi", "1Gi", 1073741824, G_GINT64_CONSTANT (1073741824000) },
  { "1025Mi", "1025Mi", 1074790400, G_GINT64_CONSTANT (1074790400000) },
  { "2048Ki", "2Mi", 2097152, 2097152000 },
  { "1000Ki", "1000Ki", 1024000, 1024000000 },
  { "1.5Gi", "1536Mi", 1610612736, G_GINT64_CONSTANT (1610612736000) },
  { "0.5Gi", "512Mi", 536870912, G_GINT64_CONSTANT (536870912000) },
  { "0.0001Ki", "102400u", 1, 103 },
  { "1.1Ki", "1126400m", 1127, 1126400 },
  { "3.2Gi", "3435973836800m", G_GINT64_CONSTANT (3435973837), G_GINT64_CONSTANT (3435973836800) },
  { "-1Ki", "-1Ki", -1024, -1024000 },
  { "1e3", "1e3", 1000, 1000000 },
  { "1e+3", "1e+3", 1000, 1000000 },
  { "1E3", "1E3", 1000, 1000000 },
  { "1e-3", "1e-3", 1, 1 },
  { "5e-10", "1e-9", 1, 1 },
  { "1n", "1n", 1, 1 },
  { "0.1n", "1n", 1, 1 },
  { "0.000000000000000001", "1n", 1, 1 },
  { "0.123456789012", "123456790n", 1, 124 },
  { "-0.1n", "-1n", -1, -1 }, /* ours: away from zero on both sides */
  { "8Ei", "9223372036854775807", G_MAXINT64, G_MAXINT64 },
  { "16Ei", "9223372036854775807", G_MAXINT64, G_MAXINT64 },
  { "-16Ei", "-9223372036854775807", -G_MAXINT64, G_MININT64 },
  /* from here on the numbers stop where upstream's wrap round */
  { "1E", "1E", G_GINT64_CONSTANT (1000000000000000000), G_MAXINT64 },
  { "9223372036854775808", "9223372036854775808", G_MAXINT64, G_MAXINT64 },
  { "12345678901234567890", "12345678901234567890", G_MAXINT64, G_MAXINT64 },
  { "1e20", "100e18", G_MAXINT64, G_MAXINT64 },
  { "-1e20", "-100e18", G_MININT64, G_MININT64 },
  { "1e999", "1e999", G_MAXINT64, G_MAXINT64 },
  { "1000E", "1000E", G_MAXINT64, G_MAXINT64 }, /* ours: upstream writes "1" */
  { " 5 ", "5", 5, 5000 },
  { "", NULL, 0, 0 },
  { "a", NULL, 0, 0 },
  { "--1", NULL, 0, 0 },
  { "1Kii", NULL, 0, 0 },
  { "1 k", NULL, 0, 0 },
  { "1.2.3", NULL, 0, 0 },
  { "1e", NULL, 0, 0 },
  { "1e+", NULL, 0, 0 },
  { "1ee5", NULL, 0, 0 },
  { "1e3k", NULL, 0, 0 },
  { "0x10", NULL, 0, 0 },
  { "NaN", NULL, 0, 0 },
  { "Ei", NULL, 0, 0 },
  { "e-12", NULL, 0, 0 },
  { "1e99999999999", NULL, 0, 0 }, /* ours */
};

void
test_quantity__canonical_text_is_upstreams (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char text[K8_QUANTITY_LETTERS + 1] = "";
      gboolean is_valid = k8_quantity_canonicalize (rows[i].text, text);
      CU_ASSERT_EQUAL (is_valid, rows[i].canonical != NULL);
      TEST_ASSERT_TEXT (text, is_valid ? rows[i].canonical : "");
    }
}

void
test_quantity__values_round_up (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      K8Quantity quantity;
      if (rows[i].canonical == NULL || rows[i].text[0] == ' ')
        continue;
      CU_ASSERT_EQUAL_FATAL (k8_quantity_parse (rows[i].text, &quantity), K8_QUANTITY_OK);
      CU_ASSERT_EQUAL (k8_quantity_value (&quantity), rows[i].value);
      CU_ASSERT_EQUAL (k8_quantity_milli_value (&quantity), rows[i].milli);
    }
}

void
test_quantity__errors_tell_form_from_suffix (void)
{
  K8Quantity quantity = { .low = 77 };

  CU_ASSERT_EQUAL (k8_quantity_parse ("", &quantity), K8_QUANTITY_BAD_FORMAT);
  CU_ASSERT_EQUAL (k8_quantity_parse ("1.2.3", &quantity), K8_QUANTITY_BAD_FORMAT);
  CU_ASSERT_EQUAL (k8_quantity_parse ("--1", &quantity), K8_QUANTITY_BAD_SUFFIX);
  CU_ASSERT_EQUAL (k8_quantity_parse ("1Kii", &quantity), K8_QUANTITY_BAD_SUFFIX);
  CU_ASSERT_EQUAL (k8_quantity_parse ("1234567890123456789012345678901234567", &quantity),
                   K8_QUANTITY_BAD_NUMBER);
  CU_ASSERT_EQUAL (quantity.low, 77);
}

void
test_quantity__long_zeros_are_no_significant_digits (void)
{
  K8Quantity quantity;

  CU_ASSERT_EQUAL (
    k8_quantity_parse ("00000000000000000000000000000000000000000000000001.5000000000000000000000"
                       "000000000000000000000000000000000000000000000",
                       &quantity),
    K8_QUANTITY_OK);
  CU_ASSERT_EQUAL (k8_quantity_milli_value (&quantity), 1500);
  CU_ASSERT_EQUAL (
    k8_quantity_parse ("0.000000000000000000000000000000000000000000000000000000001", &quantity),
    K8_QUANTITY_OK);
  CU_ASSERT_EQUAL (k8_quantity_nano_value (&quantity), 1);
  CU_ASSERT_EQUAL (
    k8_quantity_parse ("0.000000000000000000000000000000000000000000000000000000001Ei", &quantity),
    K8_QUANTITY_OK);
  CU_ASSERT_EQUAL (k8_quantity_nano_value (&quantity), 1);
}

static K8Quantity
parse (const char *text)
{
  K8Quantity quantity = { 0 };

  CU_ASSERT_EQUAL_FATAL (k8_quantity_parse (text, &quantity), K8_QUANTITY_OK);
  return quantity;
}

void
test_quantity__compares_by_value_alone (void)
{
  static const char *const ascending[] = { "-1e30", "-1",  "-1m",  "0",   "1n",    "1m",  "999m",
                                           "1",     "1.1", "1023", "1Ki", "1e9" };

  for (guint i = 0; i < G_N_ELEMENTS (ascending); i++)
    for (guint j = 0; j < G_N_ELEMENTS (ascending); j++)
      {
        K8Quantity a = parse (ascending[i]);
        K8Quantity b = parse (ascending[j]);
        CU_ASSERT_EQUAL (k8_quantity_compare (&a, &b), (i > j) - (i < j));
      }
  K8Quantity a = parse ("1Gi");
  K8Quantity b = parse ("1073741824");
  K8Quantity c = parse ("1e100000");
  CU_ASSERT_EQUAL (k8_quantity_compare (&a, &b), 0);
  CU_ASSERT_EQUAL (k8_quantity_compare (&a, &c), -1);
}

static void
check_sum (const char *a, const char *b, const char *sum, const char *difference)
{
  char text[K8_QUANTITY_LETTERS + 1];
  K8Quantity x = parse (a);
  K8Quantity y = parse (a);
  K8Quantity z = parse (b);

  k8_quantity_add (&x, &z);
  k8_quantity_format (&x, text);
  TEST_ASSERT_TEXT (text, sum);
  k8_quantity_subtract (&y, &z);
  k8_quantity_format (&y, text);
  TEST_ASSERT_TEXT (text, difference);
}

void
test_quantity__sums_are_exact_and_keep_the_first_format (void)
{
  check_sum ("100m", "0.9", "1", "-800m");
  check_sum ("1Gi", "1Gi", "2Gi", "0");
  check_sum ("1Gi", "1G", "2073741824", "73741824");
  check_sum ("0", "1Gi", "1Gi", "-1Gi");
  check_sum ("1G", "1Gi", "2073741824", "-73741824");
  check_sum ("1Ki", "1n", "1024000000001n", "1023999999999n");
  check_sum ("8E", "8E", "16E", "0");
  check_sum ("1e3", "1", "1001", "999");
  check_sum ("923456789012345678E", "0.1", "923456789012345678000000000000000000100m",
             "923456789012345677999999999999999999900m");
  check_sum ("1", "0", "1", "1");
  /* ours: what is too small for 37 digits counts one in the last */
  check_sum ("1e999", "1", "1000000000000000000000000000000000001e963",
             "999999999999999999999999999999999999e963");
}

void
test_quantity__formats_numbers_made_from_integers (void)
{
  char text[K8_QUANTITY_LETTERS + 1];
  K8Quantity quantity = k8_quantity_from_value (G_MININT64, K8_QUANTITY_DECIMAL_SI);

  k8_quantity_format (&quantity, text);
  CU_ASSERT_STRING_EQUAL (text, "-9223372036854775808");
  CU_ASSERT_EQUAL (k8_quantity_value (&quantity), G_MININT64);
  quantity = k8_quantity_from_milli (1500, K8_QUANTITY_DECIMAL_SI);
  k8_quantity_format (&quantity, text);
  CU_ASSERT_STRING_EQUAL (text, "1500m");
  quantity = k8_quantity_from_value (64 << 20, K8_QUANTITY_BINARY_SI);
  k8_quantity_format (&quantity, text);
  CU_ASSERT_STRING_EQUAL (text, "64Mi");
  quantity = k8_quantity_from_value (1000, K8_QUANTITY_BINARY_SI);
  k8_quantity_format (&quantity, text);
  CU_ASSERT_STRING_EQUAL (text, "1k");
}

/* Small numbers of billionths fit 64 bits, where sums and comparisons are plain. */
void
test_quantity__agrees_with_plain_integers (void)
{
  K8Random random;

  k8_random_init (&random, test_seed (), "quantity");
  for (guint i = 0; i < 20000; i++)
    {
      gint64 numbers[2];
      K8Quantity quantities[2];
      for (guint j = 0; j < 2; j++)
        {
          gint64 limit = G_GINT64_CONSTANT (1) << k8_random_below (&random, 52);
          numbers[j] = k8_random_between (&random, -limit, limit) * 1000;
          quantities[j] = k8_quantity_from_milli (numbers[j] / 1000, K8_QUANTITY_DECIMAL_SI);
        }
      int order = (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]);
      CU_ASSERT_EQUAL_FATAL (k8_quantity_compare (&quantities[0], &quantities[1]), order);
      char text[K8_QUANTITY_LETTERS + 1];
      k8_quantity_add (&quantities[0], &quantities[1]);
      CU_ASSERT_EQUAL_FATAL (k8_quantity_milli_value (&quantities[0]),
                             (numbers[0] + numbers[1]) / 1000);
      k8_quantity_format (&quantities[0], text);
      K8Quantity again = parse (text);
      CU_ASSERT_EQUAL_FATAL (k8_quantity_compare (&again, &quantities[0]), 0);
    }
}
