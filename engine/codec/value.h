/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that JSON and YAML write as text: times, bytes as base64, integers. Private to the
 * codecs. What is refused is told in the words of Go's packages time and encoding/base64.
 */
#pragma once

#include <glib.h>

#include "schema/record.h"

typedef enum
{
  K8_LAYOUT_SECONDS, /* metav1.Time: 2006-01-02T15:04:05Z07:00 */
  K8_LAYOUT_MICRO,   /* metav1.MicroTime: 2006-01-02T15:04:05.000000Z07:00 */
} K8TimeLayout;

/* Seconds or microseconds since 1970. FALSE: @error (nullable) gets Go's text. */
gboolean k8_value_parse_time (const char *text, gsize length, K8TimeLayout layout,
                              gint64 *ret_value, GString *error);
void k8_value_append_time (GString *out, gint64 value, K8TimeLayout layout);

/* Sets a quantity in canonical form; "0" is the zero value, so absent but for a pointer. */
void k8_value_set_quantity (K8Edit *edit, const K8Field *field, const GString *text);

/* Appends the bytes. FALSE: the text is no standard base64; @ret_offset is the offending byte. */
gboolean k8_value_parse_base64 (const char *text, gsize length, GString *out, gsize *ret_offset);
void k8_value_append_base64 (GString *out, const char *bytes, gsize length);

/* A decimal integer within the bounds and nothing else: no point, no exponent. */
gboolean k8_value_parse_int (const char *text, gsize length, gint64 min, gint64 max,
                             gint64 *ret_value);

/* A JSON number as the bits of a binary64, and back as the shortest text that reads the same. */
gint64 k8_value_parse_double (const char *text);
void k8_value_append_double (GString *out, gint64 bits);

/* A text in quotes as Go's %q shows it. */
void k8_value_append_quoted (GString *out, const char *text, gsize length);
