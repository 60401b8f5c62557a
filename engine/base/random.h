/* SPDX-License-Identifier: Apache-2.0
 *
 * Chance: a stream of numbers an actor (xoshiro256**), chosen by the world's seed and the actor's
 * name alone, so that a new actor does not shift another's draws. Plain memory: a copy is a clone.
 * Source: Blackman and Vigna, xoshiro256** 1.0 and splitmix64; apimachinery util/rand (alphabet).
 */
#pragma once

#include <glib.h>

typedef struct
{
  guint64 state[4];
} K8Random;

enum
{
  K8_RANDOM_SUFFIX_LETTERS = 5,
  K8_RANDOM_UUID_LETTERS = 36,
};

void k8_random_init (K8Random *self, guint64 seed, const char *name);
guint64 k8_random_next (K8Random *self);
guint64 k8_random_below (K8Random *self, guint64 n); /* [0, n), unbiased; n >= 1 */
gint64 k8_random_between (K8Random *self, gint64 low, gint64 high); /* [low, high], low <= high */

/* Five letters of `bcdfghjklmnpqrstvwxz2456789`, as behind generateName. Ends in NUL. */
void k8_random_suffix (K8Random *self, char ret_text[K8_RANDOM_SUFFIX_LETTERS + 1]);

/* A version 4 UUID as text, as metadata.uid. Ends in NUL. */
void k8_random_uuid (K8Random *self, char ret_text[K8_RANDOM_UUID_LETTERS + 1]);
