/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON fast: room is made once for a piece, then bytes are copied. Private to the
 * codecs. The text ends in NUL only after k8_json_write_end().
 */
#pragma once

#include <glib.h>
#include <string.h>

/* Room for @n bytes more; the place where they go. */
static inline char *
k8_json_write_room (GString *out, gsize n)
{
  if (G_UNLIKELY (out->allocated_len - out->len <= n))
    {
      gsize length = out->len;
      g_string_set_size (out, length + MAX (n, length / 2 + 512));
      out->len = length;
    }
  return out->str + out->len;
}

static inline void
k8_json_write_bytes (GString *out, const char *bytes, gsize n)
{
  memcpy (k8_json_write_room (out, n), bytes, n);
  out->len += n;
}

static inline void
k8_json_write_char (GString *out, char c)
{
  *k8_json_write_room (out, 1) = c;
  out->len++;
}

static inline void
k8_json_write_end (GString *out)
{
  *k8_json_write_room (out, 1) = '\0';
}

#define k8_json_write_literal(out, text) k8_json_write_bytes ((out), (text), sizeof (text) - 1)

void k8_json_write_number (GString *out, gint64 value);

/* A string of a region: escapes only if it needs them. */
void k8_json_write_text (GString *out, const char *text);

/* JSON text within JSON: as it is, but for what Go escapes also there (<, >, &, U+2028). */
void k8_json_write_raw (GString *out, const char *json, gsize length);

/* Appends compact JSON spread over lines, two spaces a level, as ?pretty=true and Go's Indent
 * do. @depth is the level that the text begins on. */
void k8_json_write_indented (GString *out, const char *json, gsize length, guint depth);
