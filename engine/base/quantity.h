/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantity: an amount of a resource, as "100m", "1.5Gi", "1e3". Exact decimal numbers down to
 * 10^-9 (finer fractions are rounded away from zero when parsed), no floats.
 * Source: apimachinery pkg/api/resource (quantity.go, amount.go, suffix.go).
 * Departures: at most 36 significant digits, where upstream has no limit. Where upstream's
 * 64-bit results would wrap round or become 0 beyond their range, ours stop at G_MAXINT64 or
 * G_MININT64. Decimals from 10^21 on keep their zeros or exponent, which upstream loses.
 */
#pragma once

#include <glib.h>

typedef enum
{
  K8_QUANTITY_DECIMAL_SI, /* n u m k M G T P E */
  K8_QUANTITY_BINARY_SI, /* Ki Mi Gi Ti Pi Ei */
  K8_QUANTITY_DECIMAL_EXPONENT, /* 1e3 */
} K8QuantityFormat;

/* A plain value, freely copied: magnitude x 10^scale. Zero bytes are 0 in DECIMAL_SI. */
typedef struct
{
  guint64 low; /* of the magnitude, < 10^37 */
  guint64 high;
  gint32 scale; /* >= -9 */
  guint8 is_negative;
  guint8 format; /* a K8QuantityFormat */
} K8Quantity;

typedef enum
{
  K8_QUANTITY_OK,
  K8_QUANTITY_BAD_FORMAT, /* not a number */
  K8_QUANTITY_BAD_SUFFIX,
  K8_QUANTITY_BAD_NUMBER, /* digits that cannot be kept */
} K8QuantityError;

enum
{
  K8_QUANTITY_LETTERS = 63, /* the longest canonical text */
};

/* Anything but OK leaves @ret_quantity untouched. */
K8QuantityError k8_quantity_parse (const char *text, K8Quantity *ret_quantity);
const char *k8_quantity_error_text (K8QuantityError error); /* upstream's message */

K8Quantity k8_quantity_from_value (gint64 value, K8QuantityFormat format);
K8Quantity k8_quantity_from_milli (gint64 milli, K8QuantityFormat format);

/* The canonical text: no fraction, the largest suffix that leaves an integer. Ends in NUL. */
void k8_quantity_format (const K8Quantity *self, char ret_text[K8_QUANTITY_LETTERS + 1]);

/* The text that an API server gives back for one it was given: "0.1" gives "100m", "1024Mi"
 * gives "1Gi". Space around it is dropped; a text whose value needs no other suffix is kept as
 * it stands ("+5", "1.500"), as upstream does. FALSE, and nothing written, if malformed. */
gboolean k8_quantity_canonicalize (const char *text, char ret_text[K8_QUANTITY_LETTERS + 1]);

/* In whole units, thousandths or billionths, rounded away from zero. */
gint64 k8_quantity_value (const K8Quantity *self);
gint64 k8_quantity_milli_value (const K8Quantity *self);
gint64 k8_quantity_nano_value (const K8Quantity *self);

int k8_quantity_compare (const K8Quantity *a, const K8Quantity *b); /* by value alone */
int k8_quantity_sign (const K8Quantity *self); /* -1, 0, 1 */
gboolean k8_quantity_is_zero (const K8Quantity *self);

/* The format of the sum is self's, or other's when self is zero (as upstream). */
void k8_quantity_add (K8Quantity *self, const K8Quantity *other);
void k8_quantity_subtract (K8Quantity *self, const K8Quantity *other);
void k8_quantity_negate (K8Quantity *self);
