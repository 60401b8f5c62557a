/* SPDX-License-Identifier: Apache-2.0
 *
 * The cluster that recordings were made with, answering requests from a pipe, for run-corpus. A
 * request is a line `METHOD TARGET-BYTES N-HEADERS BODY-BYTES MILLISECONDS`, then the target,
 * headers as `name: value` lines, and the body. The answer is a line `CODE N-HEADERS BODY-BYTES`,
 * headers, body. Watches are read for the milliseconds given. The line `SETTLE` lets time pass
 * until nothing changes any more, `RESTART` lets the API server crash and come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "serve/span.h"
#include "sim/live.h"
#include "tests/lib/recorded_nodes.h"

#define ADMIN_TOKEN "admin-token"
#define WARM_UP_NS (3 * K8_SECOND_NS)
#define NODES_NS (7 * K8_SECOND_NS) /* the controllers look at nodes every 5 s */
#define ANSWER_LIMIT_NS (40 * K8_SECOND_NS)
#define QUIET_NS (1600 * K8_MILLISECOND_NS)
#define SETTLE_LIMIT_NS (60 * K8_SECOND_NS)
#define REQUEST_NS (2 * K8_MILLISECOND_NS) /* from one request to the next */
#define SLICE_NS (100 * K8_MILLISECOND_NS)
#define MAX_HEADERS 64

typedef struct
{
  SimTimeline *timeline;
  SimLive *live;
  RecordedNodes *nodes;
} Cluster;

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

static gint64
now_of (const Cluster *self)
{
  return sim_timeline_world (self->timeline)->now_ns;
}

static void
pass (Cluster *self, gint64 duration_ns)
{
  sim_live_run (self->live, now_of (self) + duration_ns, G_MAXUINT64);
}

static void
settle (Cluster *self)
{
  gint64 limit_ns = now_of (self) + SETTLE_LIMIT_NS;

  pass (self, QUIET_NS);
  while (now_of (self) - recorded_nodes_last_change_ns (self->nodes) < QUIET_NS
         && now_of (self) < limit_ns)
    pass (self, SLICE_NS);
}

static void
restart (Cluster *self)
{
  sim_timeline_act (self->timeline, SIM_INPUT_CRASH, "apiserver-0");
  pass (self, K8_SECOND_NS);
  sim_timeline_act (self->timeline, SIM_INPUT_START, "apiserver-0");
  pass (self, WARM_UP_NS);
  recorded_nodes_reconnect (self->nodes);
}

static void
notify (K8DriverTicket ticket, void *user)
{
}

static void
write_answer (const K8DriverHead *head, const GString *body)
{
  gboolean has_type = head->content_type != NULL;

  printf ("%u %u %zu\n", head->code, head->n_headers + has_type, (size_t) body->len);
  if (has_type)
    printf ("content-type: %s\n", head->content_type);
  for (guint i = 0; i < head->n_headers; i++)
    printf ("%s: %s\n", head->headers[i].name, head->headers[i].value);
  fwrite (body->str, 1, body->len, stdout);
  fflush (stdout);
}

/* Sends a request and answers with what comes; a stream is read for @duration_ns. */
static void
play (Cluster *self, const K8DriverRequest *request, gint64 duration_ns)
{
  K8Driver driver = sim_live_driver (self->live);
  gint64 limit_ns = now_of (self) + ANSWER_LIMIT_NS;
  GString *body = g_string_new (NULL);
  K8DriverHead head = { .code = 0 };

  pass (self, REQUEST_NS);
  K8DriverTicket ticket = driver.interface->submit (driver.self, request, notify, NULL);
  while (!driver.interface->get_head (driver.self, ticket, &head) && now_of (self) < limit_ns)
    sim_live_run (self->live, limit_ns, 1);
  if (head.is_stream)
    pass (self, duration_ns + SLICE_NS);
  while (driver.interface->pull (driver.self, ticket, body, 1 << 20) == K8_PULL_MORE)
    ;
  driver.interface->get_head (driver.self, ticket, &head);
  write_answer (&head, body);
  driver.interface->cancel (driver.self, ticket);
  g_string_free (body, TRUE);
}

static void
read_header (K8DriverHeader *ret_header)
{
  char *line = read_line ();
  char *colon = strstr (line, ": ");

  if (colon == NULL)
    exit (1);
  *colon = '\0';
  *ret_header = (K8DriverHeader){ .name = line, .value = colon + 2 };
}

static void
serve_one (Cluster *self)
{
  char *line = read_line ();
  char method[32];
  unsigned long target_bytes, body_bytes, milliseconds;
  unsigned n_headers;
  K8DriverHeader headers[MAX_HEADERS];

  if (strcmp (line, "RESTART") == 0 || strcmp (line, "SETTLE") == 0)
    {
      if (line[0] == 'R')
        restart (self);
      settle (self);
      free (line);
      return;
    }
  if (sscanf (line, "%31s %lu %u %lu %lu", method, &target_bytes, &n_headers, &body_bytes,
              &milliseconds) != 5
      || n_headers > MAX_HEADERS)
    exit (1);
  free (line);
  char *target = read_bytes (target_bytes);
  for (guint i = 0; i < n_headers; i++)
    read_header (&headers[i]);
  char *body = read_bytes (body_bytes);
  K8DriverRequest request = { .method = method, .target = target, .peer = "127.0.0.1",
                              .headers = headers, .n_headers = n_headers,
                              .body = body, .body_bytes = body_bytes };
  play (self, &request, (gint64) milliseconds * K8_MILLISECOND_NS);
  for (guint i = 0; i < n_headers; i++)
    free ((char *) headers[i].name);
  g_free (target);
  g_free (body);
}

int
main (void)
{
  K8Region *region = serve_span_new ();
  SimConfig config = { .seed = 1, .admin_token = ADMIN_TOKEN };
  Cluster self = { .timeline = NULL };

  if (region == NULL)
    return 2;
  self.timeline = sim_timeline_new (sim_world_new (region, &config));
  sim_timeline_set_interval (self.timeline, G_MAXUINT64);
  self.live = sim_live_new (self.timeline);
  pass (&self, WARM_UP_NS);
  self.nodes = recorded_nodes_add (sim_timeline_world (self.timeline), ADMIN_TOKEN);
  pass (&self, NODES_NS);
  for (;;)
    serve_one (&self);
}
