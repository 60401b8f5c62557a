/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers to texts and back without printf: decimal, padded, hexadecimal. The append functions
 * write to a GString, which is scratch within a step; the write functions to a plain buffer.
 */
#pragma once

#include <glib.h>

enum
{
  K8_TEXT_NUMBER_LETTERS = 20, /* of the longest 64-bit number, with its sign */
};

/* Decimal, with NUL; returns the number of letters. */
gsize k8_text_write_u64 (char ret_text[K8_TEXT_NUMBER_LETTERS + 1], guint64 number);
gsize k8_text_write_i64 (char ret_text[K8_TEXT_NUMBER_LETTERS + 1], gint64 number);

/* Exactly @width digits with leading zeros, no NUL; higher digits are lost. */
void k8_text_write_padded (char *ret_text, guint64 number, gsize width);
void k8_text_write_hex (char *ret_text, guint64 number, gsize width); /* lower case */

void k8_text_append_u64 (GString *text, guint64 number);
void k8_text_append_i64 (GString *text, gint64 number);
void k8_text_append_padded (GString *text, guint64 number, gsize width); /* zeros in front */
void k8_text_append_hex (GString *text, guint64 number, gsize width);

/* Fills a column: spaces behind (or in front) until @width bytes are there since @start. */
void k8_text_pad_right (GString *text, gsize start, gsize width);
void k8_text_append_u64_right (GString *text, guint64 number, gsize width);

/* The whole text is a decimal number in range (no spaces, no plus; a minus for i64). */
gboolean k8_text_parse_u64 (const char *text, guint64 *ret_number);
gboolean k8_text_parse_i64 (const char *text, gint64 *ret_number);
