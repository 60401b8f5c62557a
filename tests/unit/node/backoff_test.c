/* SPDX-License-Identifier: Apache-2.0
 *
 * Back-off, as arithmetic.
 */
#include "node/backoff.h"

#include "tests/lib/test.h"

void
test_backoff__doubles_from_ten_seconds_to_five_minutes (void)
{
  static const gint64 expected[] = { 10, 20, 40, 80, 160, 300, 300 };
  K8Backoff backoff = { 0 };
  gint64 now_ns = 1000 * K8_SECOND_NS;

  CU_ASSERT_FALSE (k8_backoff_is_waiting (&backoff, now_ns, now_ns));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      k8_backoff_next (&backoff, now_ns, now_ns);
      CU_ASSERT_EQUAL (backoff.wait_ns, expected[i] * K8_SECOND_NS);
      CU_ASSERT_TRUE (k8_backoff_is_waiting (&backoff, now_ns, now_ns + backoff.wait_ns - 1));
      CU_ASSERT_FALSE (k8_backoff_is_waiting (&backoff, now_ns, now_ns + backoff.wait_ns));
      now_ns += backoff.wait_ns;
    }
}

void
test_backoff__forgets_after_ten_good_minutes (void)
{
  K8Backoff backoff = { 0 };

  k8_backoff_next (&backoff, 0, 0);
  k8_backoff_next (&backoff, 0, 0);
  CU_ASSERT_TRUE (k8_backoff_is_waiting (&backoff, 600 * K8_SECOND_NS, 600 * K8_SECOND_NS));
  CU_ASSERT_FALSE (
      k8_backoff_is_waiting (&backoff, 600 * K8_SECOND_NS + 1, 600 * K8_SECOND_NS + 1));
  k8_backoff_next (&backoff, 600 * K8_SECOND_NS + 1, 600 * K8_SECOND_NS + 1);
  CU_ASSERT_EQUAL (backoff.wait_ns, 10 * K8_SECOND_NS);
}
