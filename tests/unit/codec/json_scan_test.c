/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the strict scanner: what RFC 8259 allows, what it does not, and where it says so.
 * Source: RFC 8259, RFC 3629, the probes listed for JSON libraries, encoding/json's messages.
 */
#include <string.h>

#include "codec/json_scan.h"
#include "tests/lib/test.h"

/* "" if @text is JSON, else "line:column message; expected what". */
static char *
scan_bytes (const char *text, gsize length, const K8JsonLimits *limits)
{
  K8JsonError error = { 0 };

  if (k8_json_scan (text, length, limits, &error))
    return g_strdup ("");
  return g_strdup_printf ("%u:%u %s; expected %s", error.line, error.column, error.message,
                          error.expected);
}

static void
check_all (const char *const *texts, gboolean is_json)
{
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autofree char *result = scan_bytes (texts[i], strlen (texts[i]), NULL);
      if ((result[0] == '\0') != is_json)
        test_note ("%s: %s", texts[i], result);
      CU_ASSERT_EQUAL (result[0] == '\0', is_json);
    }
}

static void
check_error (const char *text, const char *expected)
{
  g_autofree char *result = scan_bytes (text, strlen (text), NULL);

  TEST_ASSERT_TEXT (result, expected);
}

void
test_json_scan__accepts_what_the_rfc_allows (void)
{
  static const char *const texts[] = {
    "0", "-0", "1e400", "-1.5E+7", "123456789012345678901234567890", "true", " null\r\n\t",
    "\"\"", "\"\\u0000\\uD834\\udd1e\\/\"", "\"\x7f\"", "[]", "{}", "[[],{},[1,2]]",
    "{\"a\":{\"b\":[1]},\"a\":2}", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"", "\"eight plain letters and more\"", NULL
  };

  check_all (texts, TRUE);
}

void
test_json_scan__refuses_what_lenient_parsers_take (void)
{
  static const char *const texts[] = {
    "", " ", "012", "0x10", "+1", ".5", "1.", "1e", "-", "NaN", "Infinity", "nul", "True",
    "'a'", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "\"\x01\"", "/* */ 1", "// x\n1",
    "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\" 1}", "{\"a\":}", "[1}", "{]",
    "]", "1 2", "[] []", "\xef\xbb\xbf{}", NULL
  };

  check_all (texts, FALSE);
}

void
test_json_scan__refuses_bad_utf8 (void)
{
  static const char *const texts[] = {
    "\"\xff\"",             /* no start byte */
    "\"\x80\"",             /* continuation alone */
    "\"\xc0\xaf\"",         /* overlong, 2 bytes */
    "\"\xe0\x80\xaf\"",     /* overlong, 3 bytes */
    "\"\xf0\x80\x80\xaf\"", /* overlong, 4 bytes */
    "\"\xed\xa0\x80\"",     /* surrogate */
    "\"\xf4\x90\x80\x80\"", /* above U+10FFFF */
    "\"\xe2\x82\"",         /* cut short */
    "\"\xe2\x82",           /* cut short by the end */
    NULL
  };

  check_all (texts, FALSE);
}

void
test_json_scan__counts_a_nul_as_any_other_byte (void)
{
  g_autofree char *result = scan_bytes ("1\0", 2, NULL);

  TEST_ASSERT_TEXT (result,
                    "1:2 invalid character '\\x00' after top-level value; expected the end");
}

void
test_json_scan__says_where_and_what_was_expected (void)
{
  check_error ("{\n  \"a\": tru\n}",
               "2:11 invalid character '\\n' in literal true (expecting 'e'); expected true");
  check_error ("{\"apiVersion\":", "1:15 unexpected end of JSON input; expected a value");
  check_error ("{bad",
               "1:2 invalid character 'b' looking for beginning of object key string; "
               "expected '\"'");
  check_error ("{\"a\":1 \"b\"}",
               "1:8 invalid character '\"' after object key:value pair; expected ',' or '}'");
  check_error ("[1\n\n;", "3:1 invalid character ';' after array element; expected ',' or ']'");
  check_error ("\x81", "1:1 invalid character '\\u0081' looking for beginning of value; "
                       "expected a value");
}

void
test_json_scan__ends_at_the_limit_of_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 101; i++)
    g_string_append (text, i % 2 == 0 ? "[" : "{\"a\":");
  g_autofree char *deep = scan_bytes (text->str, text->len, NULL);
  TEST_ASSERT_TEXT (deep, "1:301 exceeded max depth; expected fewer levels");

  g_autofree char *open = scan_bytes (text->str, text->len - 1, NULL);
  TEST_ASSERT_TEXT (open, "1:301 unexpected end of JSON input; expected a value");
}

void
test_json_scan__ends_at_the_limit_of_size (void)
{
  const K8JsonLimits limits = { .max_bytes = 3, .max_depth = 1 };
  g_autofree char *fits = scan_bytes ("123", 3, &limits);
  g_autofree char *longer = scan_bytes ("1234", 4, &limits);

  TEST_ASSERT_TEXT (fits, "");
  TEST_ASSERT_TEXT (longer, "1:1 text is longer than the limit; expected a shorter text");
}

/* Tokens as one text: K(key) S(string) N(number) and the punctuation. */
static char *
read_tokens (const char *text)
{
  static const char *const marks[] = {
    [K8_JSON_ERROR] = "!", [K8_JSON_END] = ".", [K8_JSON_OBJECT_BEGIN] = "{",
    [K8_JSON_OBJECT_END] = "}", [K8_JSON_ARRAY_BEGIN] = "[", [K8_JSON_ARRAY_END] = "]",
    [K8_JSON_TRUE] = "t", [K8_JSON_FALSE] = "f", [K8_JSON_NULL] = "n"
  };
  GString *result = g_string_new (NULL);
  K8JsonReader reader;
  K8JsonToken token;

  k8_json_reader_init (&reader, text, strlen (text), NULL);
  do
    {
      token = k8_json_reader_next (&reader);
      if (token == K8_JSON_KEY || token == K8_JSON_STRING || token == K8_JSON_NUMBER)
        g_string_append_printf (result, "%c(%.*s)", "KSN"[token - K8_JSON_KEY],
                                (int) reader.length, reader.text);
      else
        g_string_append (result, marks[token]);
    }
  while (token != K8_JSON_ERROR && token != K8_JSON_END);
  k8_json_reader_clear (&reader);
  return g_string_free (result, FALSE);
}

void
test_json_reader__gives_tokens_in_order (void)
{
  g_autofree char *tokens = read_tokens ("{\"a\" : [1, -2.5e3 ,\"x\"] , \"b\":{},\"c\":[true,"
                                         "false,null]}");

  TEST_ASSERT_TEXT (tokens, "{K(a)[N(1)N(-2.5e3)S(x)]K(b){}K(c)[tfn]}.");
}

void
test_json_reader__undoes_escapes (void)
{
  g_autofree char *tokens = read_tokens ("[\"a\\n\\\"\\\\\\/\\u00e9\\ud83d\\ude00b\",\"\\ud800\"]");

  TEST_ASSERT_TEXT (tokens, "[S(a\n\"\\/\xc3\xa9\xf0\x9f\x98\x80" "b)S(\xef\xbf\xbd)].");
}

void
test_json_reader__copies_a_value_without_space (void)
{
  static const char text[] = " { \"a\" : [ 1 , { } , \"x , \\u0041\" ] , \"b\" : [ ] } ";
  g_autoptr (GString) copy = g_string_new ("=");
  K8JsonReader reader;

  k8_json_reader_init (&reader, text, strlen (text), NULL);
  k8_json_reader_next (&reader);
  CU_ASSERT_TRUE (k8_json_reader_copy (&reader, copy));
  CU_ASSERT_EQUAL (k8_json_reader_next (&reader), K8_JSON_END);
  k8_json_reader_clear (&reader);
  TEST_ASSERT_TEXT (copy->str, "={\"a\":[1,{},\"x , \\u0041\"],\"b\":[]}");
}

void
test_json_reader__skips_a_value_and_tells_its_extent (void)
{
  static const char text[] = "[ {\"a\":[1]} , 7 ]";
  const char *value = NULL;
  gsize length = 0;
  K8JsonReader reader;

  k8_json_reader_init (&reader, text, strlen (text), NULL);
  k8_json_reader_next (&reader);
  k8_json_reader_next (&reader);
  CU_ASSERT_TRUE (k8_json_reader_skip (&reader, &value, &length));
  g_autofree char *skipped = g_strndup (value, length);
  TEST_ASSERT_TEXT (skipped, "{\"a\":[1]}");
  CU_ASSERT_EQUAL (k8_json_reader_next (&reader), K8_JSON_NUMBER);
  k8_json_reader_clear (&reader);
}
