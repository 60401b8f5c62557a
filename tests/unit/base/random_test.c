/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the actors' chance.
 */
#include "base/random.h"

#include <string.h>

#include "base/hash.h"
#include "tests/lib/test.h"

/* The first outputs of the authors' xoshiro256** for the state 1, 2, 3, 4. */
void
test_random__is_xoshiro256_star_star (void)
{
  static const guint64 expected[] = { 11520, 0, 1509978240, 1215971899390074240 };
  K8Random random = { { 1, 2, 3, 4 } };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    CU_ASSERT_EQUAL (k8_random_next (&random), expected[i]);
}

void
test_random__stream_depends_on_seed_and_name_alone (void)
{
  K8Random a;
  K8Random b;
  K8Random c;
  K8Random d;

  k8_random_init (&a, 1, "scheduler");
  k8_random_init (&b, 1, "scheduler");
  k8_random_init (&c, 2, "scheduler");
  k8_random_init (&d, 1, "kubelet/node-1");
  guint64 first = k8_random_next (&a);
  CU_ASSERT_EQUAL (k8_random_next (&b), first);
  CU_ASSERT_NOT_EQUAL (k8_random_next (&c), first);
  CU_ASSERT_NOT_EQUAL (k8_random_next (&d), first);
}

/* 3 of 8 would be too often drawn by a plain remainder of few bits; here by less than 3 %. */
void
test_random__below_draws_all_numbers_equally (void)
{
  guint counts[7] = { 0 };
  K8Random random;

  k8_random_init (&random, test_seed (), "below");
  for (guint i = 0; i < 70000; i++)
    counts[k8_random_below (&random, 7)]++;
  for (guint i = 0; i < 7; i++)
    CU_ASSERT (counts[i] > 9500 && counts[i] < 10500);
  CU_ASSERT_EQUAL (k8_random_below (&random, 1), 0);
  for (guint i = 0; i < 1000; i++)
    CU_ASSERT_FATAL (k8_random_below (&random, (G_MAXUINT64 / 3) * 2) < (G_MAXUINT64 / 3) * 2);
}

void
test_random__between_includes_both_ends (void)
{
  gboolean has_low = FALSE;
  gboolean has_high = FALSE;
  K8Random random;

  k8_random_init (&random, test_seed (), "between");
  for (guint i = 0; i < 1000; i++)
    {
      gint64 draw = k8_random_between (&random, -2, 2);
      CU_ASSERT_FATAL (draw >= -2 && draw <= 2);
      has_low |= draw == -2;
      has_high |= draw == 2;
    }
  CU_ASSERT_TRUE (has_low && has_high);
  CU_ASSERT_EQUAL (k8_random_between (&random, G_MININT64, G_MININT64), G_MININT64);
  k8_random_between (&random, G_MININT64, G_MAXINT64);
}

void
test_random__suffix_is_five_safe_letters (void)
{
  char text[K8_RANDOM_SUFFIX_LETTERS + 1];
  guint letters_met = 0;
  K8Random random;

  k8_random_init (&random, test_seed (), "suffix");
  for (guint i = 0; i < 1000; i++)
    {
      k8_random_suffix (&random, text);
      CU_ASSERT_EQUAL_FATAL (strlen (text), 5);
      for (guint j = 0; j < 5; j++)
        {
          const char *letter = strchr (K8_HASH_SAFE_ALPHABET, text[j]);
          CU_ASSERT_PTR_NOT_NULL_FATAL (letter);
          letters_met |= 1u << (letter - K8_HASH_SAFE_ALPHABET);
        }
    }
  CU_ASSERT_EQUAL (letters_met, (1u << 27) - 1);
}

void
test_random__uuid_is_of_version_four (void)
{
  char text[K8_RANDOM_UUID_LETTERS + 1];
  K8Random random;

  k8_random_init (&random, test_seed (), "uuid");
  for (guint i = 0; i < 1000; i++)
    {
      k8_random_uuid (&random, text);
      CU_ASSERT_TRUE_FATAL (g_uuid_string_is_valid (text));
      CU_ASSERT_EQUAL_FATAL (text[14], '4');
      CU_ASSERT_PTR_NOT_NULL_FATAL (strchr ("89ab", text[19]));
    }
}
