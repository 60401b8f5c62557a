/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantity: values as a magnitude of up to 37 digits times a power of ten, and their sums.
 * Texts are read in quantity_parse.c and written in quantity_format.c.
 * Source: apimachinery pkg/api/resource amount.go, math.go. Departures: see quantity.h; a sum of
 * numbers more than 36 digits apart is rounded away from zero in its last digit.
 */
#include "base/quantity.h"

#include "base/quantity_internal.h"

K8Quantity
k8_quantity_from_value (gint64 value, K8QuantityFormat format)
{
  return (K8Quantity){
    .low = value < 0 ? 0 - (guint64) value : (guint64) value,
    .is_negative = value < 0,
    .format = (guint8) format,
  };
}

K8Quantity
k8_quantity_from_milli (gint64 milli, K8QuantityFormat format)
{
  K8Quantity self = k8_quantity_from_value (milli, format);

  self.scale = -3;
  return self;
}

/* Rounds away from zero to tens, @n_digits times. */
static K8Wide
drop_digits (K8Wide magnitude, gint64 n_digits)
{
  gboolean is_exact = TRUE;

  for (; n_digits > 0 && magnitude > 0; n_digits--)
    is_exact &= k8_wide_divide (&magnitude, 10) == 0;
  return magnitude + !is_exact;
}

/* The value in units of 10^@scale, rounded away from zero, stopped at the ends of the range. */
static gint64
compute_scaled (const K8Quantity *self, gint32 scale)
{
  K8Wide magnitude = get_magnitude (self);
  K8Wide limit = (K8Wide) G_MAXINT64 + self->is_negative;
  gint64 shift = (gint64) self->scale - scale;

  if (shift < 0)
    magnitude = drop_digits (magnitude, -shift);
  for (; shift > 0 && magnitude > 0 && magnitude <= limit; shift--)
    magnitude *= 10;
  guint64 result = (guint64) MIN (magnitude, limit);
  return (gint64) (self->is_negative ? 0 - result : result);
}

gint64
k8_quantity_value (const K8Quantity *self)
{
  return compute_scaled (self, 0);
}

gint64
k8_quantity_milli_value (const K8Quantity *self)
{
  return compute_scaled (self, -3);
}

gint64
k8_quantity_nano_value (const K8Quantity *self)
{
  return compute_scaled (self, -9);
}

gboolean
k8_quantity_is_zero (const K8Quantity *self)
{
  return self->low == 0 && self->high == 0;
}

int
k8_quantity_sign (const K8Quantity *self)
{
  if (k8_quantity_is_zero (self))
    return 0;
  return self->is_negative ? -1 : 1;
}

/* Lowers the scale towards @scale, as far as the magnitude has room for zeros. */
static void
lower_scale (K8Quantity *self, gint32 scale)
{
  K8Wide magnitude = get_magnitude (self);

  while (self->scale > scale && magnitude < QUANTITY_LIMIT / 10)
    {
      magnitude *= 10;
      self->scale--;
    }
  set_magnitude (self, magnitude);
}

/* Compares magnitudes. One that cannot be lowered to the other's scale has 37 digits there, and
 * is larger. */
static int
compare_magnitudes (K8Quantity a, K8Quantity b)
{
  if (k8_quantity_is_zero (&a) || k8_quantity_is_zero (&b))
    return !k8_quantity_is_zero (&a) - !k8_quantity_is_zero (&b);
  lower_scale (&a, b.scale);
  lower_scale (&b, a.scale);
  if (a.scale != b.scale)
    return a.scale > b.scale ? 1 : -1;
  K8Wide magnitude_a = get_magnitude (&a);
  K8Wide magnitude_b = get_magnitude (&b);
  return (magnitude_a > magnitude_b) - (magnitude_a < magnitude_b);
}

int
k8_quantity_compare (const K8Quantity *a, const K8Quantity *b)
{
  int sign_a = k8_quantity_sign (a);
  int sign_b = k8_quantity_sign (b);

  if (sign_a != sign_b)
    return sign_a > sign_b ? 1 : -1;
  return sign_a * compare_magnitudes (*a, *b);
}

/* Brings two numbers to one scale: first exactly, then by rounding the one of lower scale. */
static void
align (K8Quantity *a, K8Quantity *b)
{
  lower_scale (a, b->scale);
  lower_scale (b, a->scale);
  K8Quantity *low = a->scale < b->scale ? a : b;
  K8Quantity *high = low == a ? b : a;
  set_magnitude (low, drop_digits (get_magnitude (low), (gint64) high->scale - low->scale));
  low->scale = high->scale;
}

/* The sum of two numbers that are not zero; takes the format of @a. */
static K8Quantity
compute_sum (K8Quantity a, K8Quantity b)
{
  align (&a, &b);
  K8Wide magnitude_a = get_magnitude (&a);
  K8Wide magnitude_b = get_magnitude (&b);

  if (a.is_negative == b.is_negative)
    magnitude_a += magnitude_b;
  else if (magnitude_a >= magnitude_b)
    magnitude_a -= magnitude_b;
  else
    {
      magnitude_a = magnitude_b - magnitude_a;
      a.is_negative = b.is_negative;
    }
  if (magnitude_a >= QUANTITY_LIMIT)
    {
      magnitude_a = drop_digits (magnitude_a, 1);
      a.scale++;
    }
  set_magnitude (&a, magnitude_a);
  return a;
}

void
k8_quantity_add (K8Quantity *self, const K8Quantity *other)
{
  if (k8_quantity_is_zero (self))
    *self = *other;
  else if (!k8_quantity_is_zero (other))
    *self = compute_sum (*self, *other);
}

void
k8_quantity_subtract (K8Quantity *self, const K8Quantity *other)
{
  K8Quantity negated = *other;

  k8_quantity_negate (&negated);
  k8_quantity_add (self, &negated);
}

void
k8_quantity_negate (K8Quantity *self)
{
  self->is_negative = !self->is_negative && !k8_quantity_is_zero (self);
}
