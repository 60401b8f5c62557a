/* SPDX-License-Identifier: Apache-2.0
 *
 * A world with etcd, API server and controller manager that answers requests from a pipe, for
 * run-corpus. A request is a line `METHOD TARGET-BYTES N-HEADERS BODY-BYTES MILLISECONDS`, then
 * the target, headers as `name: value` lines, and the body. The answer is a line
 * `CODE N-HEADERS BODY-BYTES`, headers, body. Watches are read for the milliseconds given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/world.h"

/* Reads exactly so many bytes. (transfer full) */
static char *
read_bytes (gsize length)
{
  char *bytes = g_malloc (length + 1);

  if (fread (bytes, 1, length, stdin) != length)
    exit (1);
  bytes[length] = '\0';
  return bytes;
}

static char *
read_line (void)
{
  char *line = NULL;
  size_t size = 0;
  ssize_t length = getline (&line, &size, stdin);

  if (length <= 0)
    exit (0);
  if (line[length - 1] == '\n')
    line[length - 1] = '\0';
  return line;
}

static void
write_answer (const K8HttpResponse *response, const GString *body)
{
  if (response == NULL)
    {
      printf ("0 0 0\n");
      fflush (stdout);
      return;
    }
  gboolean has_type = response->content_type != NULL;
  guint32 n = k8_array_n (&response->headers);
  printf ("%u %u %zu\n", response->code, n + has_type, (size_t) body->len);
  if (has_type)
    printf ("content-type: %s\n", response->content_type);
  for (guint32 i = 0; i < n; i++)
    {
      const K8HttpHeader *header = k8_array_at (&response->headers, i);
      printf ("%s: %s\n", header->name, header->value);
    }
  fwrite (body->str, 1, body->len, stdout);
  fflush (stdout);
}

static K8HttpRequest *
read_request (TestWorld *world, const char *method, gsize target_bytes, guint n_headers,
              gsize body_bytes)
{
  char *target = read_bytes (target_bytes);
  K8HttpRequest *request = k8_http_request_new (test_world_region (world), method, target);

  for (guint i = 0; i < n_headers; i++)
    {
      char *line = read_line ();
      char *colon = strstr (line, ": ");
      if (colon != NULL)
        {
          *colon = '\0';
          k8_http_request_add_header (request, line, colon + 2);
        }
      free (line);
    }
  char *body = read_bytes (body_bytes);
  if (body_bytes > 0)
    k8_http_request_set_body (request, body, body_bytes);
  g_free (target);
  g_free (body);
  return request;
}

static void
serve_one (TestWorld *world)
{
  char *line = read_line ();
  char method[32];
  unsigned long target_bytes, body_bytes, milliseconds;
  unsigned n_headers;

  if (sscanf (line, "%31s %lu %u %lu %lu", method, &target_bytes, &n_headers, &body_bytes,
              &milliseconds)
      != 5)
    exit (1);
  free (line);
  GString *body = g_string_new (NULL);
  const K8HttpResponse *response = test_world_submit (
      world, read_request (world, method, target_bytes, n_headers, body_bytes), body);
  guint64 tag = test_world_http_tag (world);
  test_world_advance (world, (gint64) milliseconds * G_GINT64_CONSTANT (1000000));
  if (response != NULL && response->body == K8_BODY_WATCH)
    {
      char *stream = test_world_http_stream (world, tag);
      g_string_append (body, stream);
      g_free (stream);
    }
  write_answer (response, body);
  g_string_free (body, TRUE);
}

int
main (void)
{
  TestWorld *world = test_world_new ();

  test_world_start (world, test_world_start_mail (world, K8_ACTOR_CONTROLLER_MANAGER,
                                                  "controller-manager"));
  test_world_advance (world, G_GINT64_CONSTANT (5000000000));
  for (;;)
    serve_one (world);
}
