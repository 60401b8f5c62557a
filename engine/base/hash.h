/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes that are seen in names: FNV as Go's hash/fnv gives it, and the safe alphabet that keeps
 * them free of words. pod-template-hash is FNV-1a 32, a StatefulSet's revision FNV-1 32.
 * Source: Go hash/fnv; apimachinery util/rand SafeEncodeString.
 */
#pragma once

#include <glib.h>

#define K8_HASH_FNV_32 ((guint32) 2166136261u)
#define K8_HASH_FNV_64 G_GUINT64_CONSTANT (14695981039346656037)

/* The 27 letters of generated names: no vowels, nor what looks like one. */
#define K8_HASH_SAFE_ALPHABET "bcdfghjklmnpqrstvwxz2456789"

enum
{
  K8_HASH_SAFE_LETTERS = 10, /* of a 32-bit hash */
};

/* The hash goes on from @hash; K8_HASH_FNV_32 and K8_HASH_FNV_64 start one. */
guint32 k8_hash_fnv1_32 (guint32 hash, const void *bytes, gsize length);
guint32 k8_hash_fnv1a_32 (guint32 hash, const void *bytes, gsize length);
guint64 k8_hash_fnv1a_64 (guint64 hash, const void *bytes, gsize length);

/* The decimal text of @hash, each digit's byte through `bcdfghjklmnpqrstvwxz2456789`. With NUL. */
void k8_hash_safe_encode (guint32 hash, char ret_text[K8_HASH_SAFE_LETTERS + 1]);
