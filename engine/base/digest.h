/* SPDX-License-Identifier: Apache-2.0
 *
 * Digest: 128 bits over everything that was added, in order, the same in every build and on every
 * machine. For comparing runs, clones and states; not against someone who wants a collision.
 * A text and its bytes added apart give different digests: lengths are part of what is added.
 */
#pragma once

#include <glib.h>

typedef struct
{
  guint64 a;
  guint64 b;
  guint64 n_words;
} K8Digest;

enum
{
  K8_DIGEST_LETTERS = 32,
};

void k8_digest_init (K8Digest *self);

static inline void
k8_digest_add_u64 (K8Digest *self, guint64 word)
{
  guint64 a = (self->a ^ word) * G_GUINT64_CONSTANT (0x9fb21c651e98df25);
  guint64 b = (self->b + word) * G_GUINT64_CONSTANT (0xd6e8feb86659fd93);

  self->a = a ^ (a >> 29);
  self->b = (b >> 32) ^ b;
  self->n_words++;
}

void k8_digest_add_bytes (K8Digest *self, const void *bytes, gsize length);
void k8_digest_add_text (K8Digest *self, const char *text); /* NULL differs from "" */

/* The digest of what was added so far; adding may go on. */
void k8_digest_words (const K8Digest *self, guint64 ret_words[2]);
/* As 32 lower-case hexadecimal digits and NUL. */
void k8_digest_text (const K8Digest *self, char ret_text[K8_DIGEST_LETTERS + 1]);
