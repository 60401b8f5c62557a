/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash: Fowler, Noll and Vo's functions and the alphabet of safe names (hash.h).
 */
#include "base/hash.h"

#include "base/text.h"

#define PRIME_32 ((guint32) 16777619u)
#define PRIME_64 G_GUINT64_CONSTANT (1099511628211)

guint32
k8_hash_fnv1_32 (guint32 hash, const void *bytes, gsize length)
{
  const guint8 *next = bytes;

  for (gsize i = 0; i < length; i++)
    hash = (hash * PRIME_32) ^ next[i];
  return hash;
}

guint32
k8_hash_fnv1a_32 (guint32 hash, const void *bytes, gsize length)
{
  const guint8 *next = bytes;

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ next[i]) * PRIME_32;
  return hash;
}

guint64
k8_hash_fnv1a_64 (guint64 hash, const void *bytes, gsize length)
{
  const guint8 *next = bytes;

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ next[i]) * PRIME_64;
  return hash;
}

void
k8_hash_safe_encode (guint32 hash, char ret_text[K8_HASH_SAFE_LETTERS + 1])
{
  char decimal[K8_TEXT_NUMBER_LETTERS + 1];
  gsize n = k8_text_write_u64 (decimal, hash);

  for (gsize i = 0; i < n; i++)
    ret_text[i] = K8_HASH_SAFE_ALPHABET[(guint8) decimal[i] % (sizeof K8_HASH_SAFE_ALPHABET - 1)];
  ret_text[n] = '\0';
}
