/* SPDX-License-Identifier: Apache-2.0
 *
 * The error domain of the real driver, and the cleaning of foreign text before it is shown:
 * an engine's message or a container's output may carry terminal escapes.
 */

#include "exec/error.h"

#include <string.h>

GQuark
exec_error_quark (void)
{
  return g_quark_from_static_string ("exec-error");
}

/**
 * exec_text_clean:
 * @text: text from outside, possibly not UTF-8
 * @max_bytes: bound on the result
 *
 * Replaces invalid bytes and control characters by `?`, joins lines with a blank.
 *
 * Returns: (transfer full): the text fit to be printed
 */
char *
exec_text_clean (const char *text, gsize max_bytes)
{
  gsize length = strnlen (text, max_bytes);
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  GString *clean = g_string_new (NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      if (c == '\n' || c == '\t')
        g_string_append_c (clean, ' ');
      else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_c (clean, '?');
      else
        g_string_append_unichar (clean, c);
    }
  g_strchomp (clean->str);
  return g_string_free (clean, FALSE);
}
