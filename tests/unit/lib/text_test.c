/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of tests/lib: the diff that failing comparisons print.
 */

#include "tests/lib/test.h"

void
test_diff__marks_the_changed_line_with_context (void)
{
  g_autofree char *diff = test_diff_texts ("a\nb\nc\n", "a\nB\nc\n");

  CU_ASSERT_STRING_EQUAL (diff, " a\n-b\n+B\n c\n \n");
}

void
test_diff__leaves_out_lines_far_from_a_change (void)
{
  g_autofree char *diff = test_diff_texts ("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5\nsix");

  CU_ASSERT_STRING_EQUAL (diff, "@ line 3\n 3\n 4\n 5\n-6\n+six\n");
}

void
test_diff__shows_an_inserted_line_alone (void)
{
  g_autofree char *diff = test_diff_texts ("a\nb", "a\nnew\nb");

  CU_ASSERT_STRING_EQUAL (diff, " a\n+new\n b\n");
}
