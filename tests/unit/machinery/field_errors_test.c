/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences of field errors.
 * Source: k8s.io/apimachinery pkg/util/validation/field/errors_test.go (v1.36).
 */
#include "machinery/field_errors.h"
#include "tests/lib/test.h"

#define PATH K8_CHILD (K8_CHILD (NULL, "spec"), "x")

static const char *
body (const K8FieldErrors *errors)
{
  return k8_field_errors_at (errors, k8_field_errors_n (errors) - 1)->body;
}

void
test_field_errors__word_each_type_as_upstream (void)
{
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_field_errors_required (&errors, PATH, "%s", "");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Required value");
  k8_field_errors_required (&errors, PATH, "name or %s", "generateName");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Required value: name or generateName");
  k8_field_errors_invalid (&errors, PATH, "a\"b", "must be better");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Invalid value: \"a\\\"b\": must be better");
  k8_field_errors_invalid_int (&errors, PATH, -1, "must be positive");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Invalid value: -1: must be positive");
  k8_field_errors_invalid_bool (&errors, PATH, TRUE, "no");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Invalid value: true: no");
  k8_field_errors_not_supported (&errors, PATH, "C", "A|B");
  CU_ASSERT_STRING_EQUAL (body (&errors),
                          "Unsupported value: \"C\": supported values: \"A\", \"B\"");
  k8_field_errors_duplicate (&errors, PATH, "web");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Duplicate value: \"web\"");
  k8_field_errors_forbidden (&errors, PATH, "may not be set");
  CU_ASSERT_STRING_EQUAL (body (&errors), "Forbidden: may not be set");
  k8_field_errors_too_long (&errors, PATH, 63);
  CU_ASSERT_STRING_EQUAL (body (&errors), "Too long: may not be more than 63 bytes");
  k8_field_errors_too_many (&errors, PATH, 3, 1);
  CU_ASSERT_STRING_EQUAL (body (&errors), "Too many: 3: must have at most 1 item");
  CU_ASSERT_STRING_EQUAL (k8_field_errors_at (&errors, 0)->field, "spec.x");
  k8_field_errors_clear (&errors);
}

void
test_field_errors__join_several_and_leave_out_repetitions (void)
{
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_field_errors_required (&errors, PATH, "%s", "");
  k8_field_errors_required (&errors, PATH, "%s", "");
  g_autofree char *one = k8_field_errors_to_text (&errors);
  CU_ASSERT_STRING_EQUAL (one, "spec.x: Required value");
  k8_field_errors_forbidden (&errors, PATH, "no");
  g_autofree char *two = k8_field_errors_to_text (&errors);
  CU_ASSERT_STRING_EQUAL (two, "[spec.x: Required value, spec.x: Forbidden: no]");
  k8_field_errors_clear (&errors);
}

void
test_field_errors__quote_as_go_does (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  k8_quote_append (text, "tab\t \x01 \xc3\xa4 \xff \xc2\x85");
  CU_ASSERT_STRING_EQUAL (text->str, "\"tab\\t \\x01 \xc3\xa4 \\xff \\u0085\"");
}
