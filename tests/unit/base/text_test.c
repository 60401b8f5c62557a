/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of numbers as texts, base64 and the hashes that are seen in names.
 */
#include "base/text.h"

#include <string.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/random.h"
#include "tests/lib/test.h"

void
test_text__writes_numbers_as_printf_does (void)
{
  static const guint64 numbers[] = { 0, 9, 10, 12345, G_MAXUINT32, G_MAXINT64, G_MAXUINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (GString) text = g_string_new ("");
      k8_text_append_u64 (text, numbers[i]);
      g_string_append_c (text, ' ');
      k8_text_append_i64 (text, (gint64) numbers[i]);
      g_string_append_c (text, ' ');
      k8_text_append_padded (text, numbers[i], 7);
      g_string_append_c (text, ' ');
      k8_text_append_hex (text, numbers[i], 16);
      g_string_append_c (text, ' ');
      k8_text_append_u64_right (text, numbers[i], 7);
      g_autofree char *expected =
        g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %07" G_GUINT64_FORMAT
                         " %016" G_GINT64_MODIFIER "x %7" G_GUINT64_FORMAT,
                         numbers[i], (gint64) numbers[i], numbers[i], numbers[i], numbers[i]);
      CU_ASSERT_STRING_EQUAL (text->str, expected);
    }
}

void
test_text__writes_the_smallest_number (void)
{
  char text[K8_TEXT_NUMBER_LETTERS + 1];

  CU_ASSERT_EQUAL (k8_text_write_i64 (text, G_MININT64), 20);
  CU_ASSERT_STRING_EQUAL (text, "-9223372036854775808");
}

void
test_text__pads_a_column (void)
{
  g_autoptr (GString) text = g_string_new ("NAME  ");
  gsize start = text->len;

  g_string_append (text, "web");
  k8_text_pad_right (text, start, 6);
  g_string_append_c (text, '|');
  k8_text_pad_right (text, start, 2);
  CU_ASSERT_STRING_EQUAL (text->str, "NAME  web   |");
}

void
test_text__parses_whole_numbers_in_range_only (void)
{
  static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "1a", "0x1",
                                     "18446744073709551616" };
  guint64 number = 77;
  gint64 signed_number = 77;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    CU_ASSERT_FALSE (k8_text_parse_u64 (bad[i], &number));
  CU_ASSERT_EQUAL (number, 77);
  CU_ASSERT_TRUE (k8_text_parse_u64 ("18446744073709551615", &number));
  CU_ASSERT_EQUAL (number, G_MAXUINT64);
  CU_ASSERT_FALSE (k8_text_parse_i64 ("9223372036854775808", &signed_number));
  CU_ASSERT_FALSE (k8_text_parse_i64 ("-", &signed_number));
  CU_ASSERT_FALSE (k8_text_parse_i64 ("--1", &signed_number));
  CU_ASSERT_EQUAL (signed_number, 77);
  CU_ASSERT_TRUE (k8_text_parse_i64 ("-9223372036854775808", &signed_number));
  CU_ASSERT_EQUAL (signed_number, G_MININT64);
}

typedef struct
{
  const char *bytes;
  const char *text;
} Base64Row;

/* RFC 4648, section 10. */
static const Base64Row base64_rows[] = {
  { "", "" },         { "f", "Zg==" },         { "fo", "Zm8=" },         { "foo", "Zm9v" },
  { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

void
test_base64__has_the_texts_of_rfc4648 (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (base64_rows); i++)
    {
      char text[16];
      char bytes[16];
      gsize length = 99;
      k8_base64_encode (base64_rows[i].bytes, strlen (base64_rows[i].bytes), text);
      CU_ASSERT_STRING_EQUAL (text, base64_rows[i].text);
      CU_ASSERT_TRUE (k8_base64_decode (text, strlen (text), bytes, &length));
      CU_ASSERT_EQUAL_FATAL (length, strlen (base64_rows[i].bytes));
      CU_ASSERT_EQUAL (memcmp (bytes, base64_rows[i].bytes, length), 0);
    }
}

void
test_base64__every_byte_comes_back_in_place (void)
{
  guint8 bytes[256];
  char text[K8_BASE64_LETTERS (256) + 1];
  gsize length;

  for (guint i = 0; i < 256; i++)
    bytes[i] = (guint8) i;
  k8_base64_encode (bytes, sizeof bytes, text);
  g_autofree char *expected = g_base64_encode (bytes, sizeof bytes);
  CU_ASSERT_STRING_EQUAL (text, expected);
  CU_ASSERT_TRUE (k8_base64_decode (text, strlen (text), text, &length));
  CU_ASSERT_EQUAL (length, sizeof bytes);
  CU_ASSERT_EQUAL (memcmp (text, bytes, sizeof bytes), 0);
}

void
test_base64__refuses_what_is_not_strict (void)
{
  static const char *const bad[] = { "Z",    "Zg",    "Zg=",      "=Zg=", "Z===",     "====",
                                     "Zm9v\n", "Zm=v", "Zg==Zg==", "Zh==", "Zm9=",     "Zm-v",
                                     "Zm_v", "Zm v",  "Zm9vZm9" };
  char bytes[16];
  gsize length = 77;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    CU_ASSERT_FALSE (k8_base64_decode (bad[i], strlen (bad[i]), bytes, &length));
  CU_ASSERT_EQUAL (length, 77);
}

/* From Go's hash/fnv and apimachinery's SafeEncodeString. */
void
test_hash__fnv_and_safe_letters_are_upstreams (void)
{
  char text[K8_HASH_SAFE_LETTERS + 1];

  CU_ASSERT_EQUAL (k8_hash_fnv1a_32 (K8_HASH_FNV_32, "orrery", 6), 4244390564u);
  CU_ASSERT_EQUAL (k8_hash_fnv1_32 (K8_HASH_FNV_32, "orrery", 6), 3598235218u);
  CU_ASSERT_EQUAL (k8_hash_fnv1a_64 (K8_HASH_FNV_64, "orrery", 6),
                   G_GUINT64_CONSTANT (16956061715072394308));
  CU_ASSERT_EQUAL (k8_hash_fnv1a_32 (k8_hash_fnv1a_32 (K8_HASH_FNV_32, "orr", 3), "ery", 3),
                   4244390564u);
  k8_hash_safe_encode (4244390564u, text);
  CU_ASSERT_STRING_EQUAL (text, "86887f49b8");
}
