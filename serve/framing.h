/* SPDX-License-Identifier: Apache-2.0
 *
 * What is refused before the engine sees a request: framing that two parsers may read
 * differently, control characters, other hosts and other origins (a web page in the user's
 * browser must not reach the API, nor a name that was bent to the loopback address).
 */
#pragma once

#include <glib.h>
#include <microhttpd.h>

typedef struct
{
  guint code;
  const char *reason;
  const char *message;
} ServeProblem;

gboolean serve_framing_check (struct MHD_Connection *connection, const char *target, guint16 port,
                              ServeProblem *ret_problem);

/* A Status as JSON, as the API server writes it. (transfer full) */
char *serve_framing_dup_status (guint code, const char *reason, const char *message);
