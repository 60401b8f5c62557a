/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the digest: what must differ differs, and clones go on alike.
 */
#include "base/digest.h"

#include <string.h>

#include "tests/lib/test.h"


static void
check_all_differ (const K8Digest *digests, guint n)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < n; i++)
    {
      char text[K8_DIGEST_LETTERS + 1];
      k8_digest_text (&digests[i], text);
      CU_ASSERT_EQUAL_FATAL (strlen (text), 32);
      CU_ASSERT_TRUE_FATAL (g_hash_table_add (seen, g_strdup (text)));
    }
}

void
test_digest__one_bit_order_and_count_all_matter (void)
{
  K8Digest digests[64 + 64 + 10];
  guint n = 0;

  for (guint bit = 0; bit < 64; bit++, n++)
    {
      k8_digest_init (&digests[n]);
      k8_digest_add_u64 (&digests[n], G_GUINT64_CONSTANT (1) << bit);
    }
  for (guint bit = 0; bit < 64; bit++, n++)
    {
      k8_digest_init (&digests[n]);
      k8_digest_add_u64 (&digests[n], 5);
      k8_digest_add_u64 (&digests[n], G_GUINT64_CONSTANT (1) << bit);
    }
  for (guint count = 0; count < 10; count++, n++)
    {
      k8_digest_init (&digests[n]);
      for (guint i = 0; i < count; i++)
        k8_digest_add_u64 (&digests[n], 0);
    }
  check_all_differ (digests, n);
}

void
test_digest__texts_are_told_from_their_parts (void)
{
  K8Digest digests[6];

  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    k8_digest_init (&digests[i]);
  k8_digest_add_text (&digests[0], "ab");
  k8_digest_add_text (&digests[1], "a");
  k8_digest_add_text (&digests[1], "b");
  k8_digest_add_text (&digests[2], "");
  k8_digest_add_text (&digests[3], NULL);
  k8_digest_add_bytes (&digests[4], "ab\0", 3);
  k8_digest_add_text (&digests[5], "a text of more than eight bytes");
  check_all_differ (digests, G_N_ELEMENTS (digests));
}

void
test_digest__copy_goes_on_as_the_original (void)
{
  K8Digest a;
  char text_a[K8_DIGEST_LETTERS + 1];
  char text_b[K8_DIGEST_LETTERS + 1];

  k8_digest_init (&a);
  k8_digest_add_text (&a, "pod default/web-1");
  K8Digest b = a;
  k8_digest_text (&a, text_a);
  k8_digest_add_u64 (&a, 7);
  k8_digest_add_u64 (&b, 7);
  k8_digest_text (&b, text_b);
  CU_ASSERT_STRING_NOT_EQUAL (text_a, text_b);
  k8_digest_text (&a, text_a);
  CU_ASSERT_STRING_EQUAL (text_a, text_b);
}

void
test_digest__bytes_are_little_endian_words (void)
{
  K8Digest a;
  K8Digest b;
  char text_a[K8_DIGEST_LETTERS + 1];
  char text_b[K8_DIGEST_LETTERS + 1];

  k8_digest_init (&a);
  k8_digest_init (&b);
  k8_digest_add_bytes (&a, "\001\002\003\004\005\006\007\010\011", 9);
  k8_digest_add_u64 (&b, 9);
  k8_digest_add_u64 (&b, G_GUINT64_CONSTANT (0x0807060504030201));
  k8_digest_add_u64 (&b, 9);
  k8_digest_text (&a, text_a);
  k8_digest_text (&b, text_b);
  CU_ASSERT_STRING_EQUAL (text_a, text_b);
}
