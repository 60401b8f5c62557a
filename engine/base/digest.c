/* SPDX-License-Identifier: Apache-2.0
 *
 * Digest: two lanes of 64 bits with different odd factors; each step is a bijection of the lane
 * for a given word, and of the word for a given lane, so one changed word always shows. Bytes
 * are taken as little-endian words. Reading mixes both lanes with the number of words.
 */
#include "base/digest.h"

#include <string.h>

#include "base/text.h"

void
k8_digest_init (K8Digest *self)
{
  self->a = G_GUINT64_CONSTANT (0x6a09e667f3bcc908);
  self->b = G_GUINT64_CONSTANT (0xbb67ae8584caa73b);
  self->n_words = 0;
}

void
k8_digest_add_bytes (K8Digest *self, const void *bytes, gsize length)
{
  const char *next = bytes;
  guint64 word;

  k8_digest_add_u64 (self, length);
  for (; length >= 8; length -= 8, next += 8)
    {
      memcpy (&word, next, 8);
      k8_digest_add_u64 (self, GUINT64_FROM_LE (word));
    }
  if (length > 0)
    {
      word = 0;
      memcpy (&word, next, length);
      k8_digest_add_u64 (self, GUINT64_FROM_LE (word));
    }
}

void
k8_digest_add_text (K8Digest *self, const char *text)
{
  if (text == NULL)
    k8_digest_add_u64 (self, G_MAXUINT64); /* no text has this length */
  else
    k8_digest_add_bytes (self, text, strlen (text));
}

/* The end of splitmix64: every bit of the input reaches every bit of the result. */
static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void
k8_digest_words (const K8Digest *self, guint64 ret_words[2])
{
  guint64 a = mix (self->a + self->n_words);
  guint64 b = mix (self->b ^ a);

  ret_words[0] = mix (a + b);
  ret_words[1] = b;
}

void
k8_digest_text (const K8Digest *self, char ret_text[K8_DIGEST_LETTERS + 1])
{
  guint64 words[2];

  k8_digest_words (self, words);
  k8_text_write_hex (ret_text, words[0], 16);
  k8_text_write_hex (ret_text + 16, words[1], 16);
  ret_text[K8_DIGEST_LETTERS] = '\0';
}
