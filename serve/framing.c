/* SPDX-License-Identifier: Apache-2.0
 *
 * Framing checks on the headers of a request, before its body is read.
 * Source: RFC 9112, 6.3 and 11.2 (request smuggling).
 */
#include "serve/framing.h"

#include <string.h>

enum
{
  MAX_TARGET_BYTES = 16 * 1024,
};

typedef struct
{
  guint n_lengths;
  guint n_encodings;
  guint n_hosts;
  const char *encoding;
  const char *host;
  gboolean has_origin;
  gboolean has_control;
} Seen;

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if ((guint8) *text < 0x20 || (guint8) *text == 0x7f)
      return TRUE;
  return FALSE;
}

static enum MHD_Result
look (void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Seen *seen = user;
  const char *text = value == NULL ? "" : value;

  if (has_control (text))
    seen->has_control = TRUE;
  if (g_ascii_strcasecmp (name, "content-length") == 0)
    seen->n_lengths++;
  else if (g_ascii_strcasecmp (name, "transfer-encoding") == 0)
    {
      seen->n_encodings++;
      seen->encoding = text;
    }
  else if (g_ascii_strcasecmp (name, "host") == 0)
    {
      seen->n_hosts++;
      seen->host = text;
    }
  else if (g_ascii_strcasecmp (name, "origin") == 0)
    seen->has_origin = TRUE;
  return MHD_YES;
}

static gboolean
is_our_host (const char *host, guint16 port)
{
  static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *with_port = g_strdup_printf ("%s:%u", names[i], port);
      if (g_ascii_strcasecmp (host, with_port) == 0 || g_ascii_strcasecmp (host, names[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_framing_clear (const Seen *seen)
{
  if (seen->n_lengths + seen->n_encodings > 1)
    return FALSE;
  return seen->n_encodings == 0 || g_ascii_strcasecmp (seen->encoding, "chunked") == 0;
}

gboolean
serve_framing_check (struct MHD_Connection *connection, const char *target, guint16 port,
                     ServeProblem *ret_problem)
{
  Seen seen = { 0 };

  MHD_get_connection_values (connection, MHD_HEADER_KIND, look, &seen);
  if (target[0] != '/' || has_control (target))
    *ret_problem = (ServeProblem){ 400, "BadRequest", "malformed request target" };
  else if (strlen (target) > MAX_TARGET_BYTES)
    *ret_problem = (ServeProblem){ 414, "BadRequest", "request target is too long" };
  else if (seen.has_control)
    *ret_problem = (ServeProblem){ 400, "BadRequest", "control character in a header" };
  else if (!is_framing_clear (&seen))
    *ret_problem = (ServeProblem){ 400, "BadRequest", "ambiguous length of the request body" };
  else if (seen.n_hosts != 1)
    *ret_problem = (ServeProblem){ 400, "BadRequest", "exactly one Host header is required" };
  else if (!is_our_host (seen.host, port))
    *ret_problem = (ServeProblem){ 403, "Forbidden", "this server answers to loopback names only" };
  else if (seen.has_origin)
    *ret_problem = (ServeProblem){ 403, "Forbidden", "requests from web pages are refused" };
  else
    return TRUE;
  return FALSE;
}

char *
serve_framing_dup_status (guint code, const char *reason, const char *message)
{
  return g_strdup_printf ("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                          "\"status\":\"Failure\",\"message\":\"%s\",\"reason\":\"%s\","
                          "\"code\":%u}\n",
                          message, reason, code);
}
