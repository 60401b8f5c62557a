/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to clients outside as bytes.
 */
#include "apiserver/apiserver.h"

gboolean
k8_http_encode_piece (const K8HttpResponse *response, K8HttpCursor *cursor, GString *out,
                      gsize max_bytes)
{
  if (response->text != NULL)
    g_string_append (out, response->text);
  return FALSE;
}

void
k8_http_encode_watch (const K8HttpResponse *response, K8HttpCursor *cursor,
                      const K8WatchBatch *batch, GString *out)
{
}
