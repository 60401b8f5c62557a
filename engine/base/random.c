/* SPDX-License-Identifier: Apache-2.0
 *
 * Random: the streams of actors (random.h). The state is filled by splitmix64 from the seed mixed
 * with the hash of the name, as the generator's authors advise.
 */
#include "base/random.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/text.h"

static guint64
splitmix64 (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/**
 * k8_random_init:
 * @seed: of the world
 * @name: of the actor, as "scheduler" or "kubelet/node-7"
 *
 * Starts the stream of one actor. Equal arguments give equal streams.
 */
void
k8_random_init (K8Random *self, guint64 seed, const char *name)
{
  guint64 state = seed;

  state = splitmix64 (&state) ^ k8_hash_fnv1a_64 (K8_HASH_FNV_64, name, strlen (name));
  for (guint i = 0; i < G_N_ELEMENTS (self->state); i++)
    self->state[i] = splitmix64 (&state);
}

static inline guint64
rotate_left (guint64 x, guint n)
{
  return (x << n) | (x >> (64 - n));
}

guint64
k8_random_next (K8Random *self)
{
  guint64 *s = self->state;
  guint64 result = rotate_left (s[1] * 5, 7) * 9;
  guint64 t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left (s[3], 45);
  return result;
}

/* Takes the high half of next x n; draws again where the low half would favour small numbers. */
guint64
k8_random_below (K8Random *self, guint64 n)
{
  k8_assert (n > 0);
  unsigned __int128 product = (unsigned __int128) k8_random_next (self) * n;
  if ((guint64) product < n)
    {
      guint64 threshold = (0 - n) % n;
      while ((guint64) product < threshold)
        product = (unsigned __int128) k8_random_next (self) * n;
    }
  return (guint64) (product >> 64);
}

gint64
k8_random_between (K8Random *self, gint64 low, gint64 high)
{
  k8_assert (low <= high);
  guint64 n = (guint64) high - (guint64) low + 1;
  guint64 draw = n == 0 ? k8_random_next (self) : k8_random_below (self, n);
  return (gint64) ((guint64) low + draw);
}

void
k8_random_suffix (K8Random *self, char ret_text[K8_RANDOM_SUFFIX_LETTERS + 1])
{
  for (guint i = 0; i < K8_RANDOM_SUFFIX_LETTERS; i++)
    ret_text[i] = K8_HASH_SAFE_ALPHABET[k8_random_below (self, sizeof K8_HASH_SAFE_ALPHABET - 1)];
  ret_text[K8_RANDOM_SUFFIX_LETTERS] = '\0';
}

/* RFC 4122: version 4 in the high half of time, variant 10 at the start of the clock's bits. */
void
k8_random_uuid (K8Random *self, char ret_text[K8_RANDOM_UUID_LETTERS + 1])
{
  guint64 high = (k8_random_next (self) & ~G_GUINT64_CONSTANT (0xf000)) | 0x4000;
  guint64 low = (k8_random_next (self) & (G_MAXUINT64 >> 2)) | (G_GUINT64_CONSTANT (1) << 63);

  memset (ret_text, '-', K8_RANDOM_UUID_LETTERS);
  k8_text_write_hex (ret_text, high >> 32, 8);
  k8_text_write_hex (ret_text + 9, high >> 16, 4);
  k8_text_write_hex (ret_text + 14, high, 4);
  k8_text_write_hex (ret_text + 19, low >> 48, 4);
  k8_text_write_hex (ret_text + 24, low, 12);
  ret_text[K8_RANDOM_UUID_LETTERS] = '\0';
}
