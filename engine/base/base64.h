/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 of byte fields in JSON: RFC 4648, section 4, with padding. Decoding is strict.
 * Departures: Go's decoder skips line ends and lets unused bits of the last letter be set; here
 * both are errors, so that one value has one text.
 */
#pragma once

#include <glib.h>

/* How many letters @length bytes take, without NUL; how many bytes a text may give at most. */
#define K8_BASE64_LETTERS(length) (((length) + 2) / 3 * 4)
#define K8_BASE64_BYTES(letters) ((letters) / 4 * 3)

/* Writes K8_BASE64_LETTERS (length) letters and NUL. */
void k8_base64_encode (const void *bytes, gsize length, char *ret_text);

/* FALSE if malformed (then @ret_bytes may be partly written). @ret_bytes has room for
 * K8_BASE64_BYTES (n_letters) and may be the text itself. */
gboolean k8_base64_decode (const char *text, gsize n_letters, void *ret_bytes, gsize *ret_length);
