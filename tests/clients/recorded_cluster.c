/* SPDX-License-Identifier: Apache-2.0
 *
 * The cluster that recordings were made with, behind the HTTP door, its clock held by whoever
 * plays a recording. Commands come as lines on standard input; each is answered by one line
 * `ok OPEN-WATCHES`:
 *   run          a client starts: time passes while it waits
 *   hold         it has ended: time stands; requests are still answered
 *   sleep S      S seconds pass
 *   settle       time passes until nothing has changed for 1.6 s (Nodes and Leases apart)
 * A client that waits is one that has asked something, has all its answers, and is silent: then
 * virtual time passes twice as fast as real time. So a slow machine gives the same answers.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "serve/server.h"
#include "serve/span.h"
#include "sim/live.h"
#include "tests/lib/recorded_nodes.h"

enum
{
  TICK_MS = 10,
  SILENCE_MS = 60,
};

#define WARM_UP_NS (3 * K8_SECOND_NS)
#define NODES_NS (7 * K8_SECOND_NS) /* the controllers look at nodes every 5 s */
#define CLIENT_START_NS (80 * K8_MILLISECOND_NS)
#define ANSWER_LIMIT_NS (5 * K8_SECOND_NS)
#define QUIET_NS (1600 * K8_MILLISECOND_NS)
#define SETTLE_LIMIT_NS (60 * K8_SECOND_NS)
#define SLICE_NS (100 * K8_MILLISECOND_NS)
/* Settling makes virtual time overtake real time; ages must not become negative. */
#define HEAD_START_NS (1800 * K8_SECOND_NS)

typedef struct
{
  GMainLoop *loop;
  SimTimeline *timeline;
  SimLive *live;
  RecordedNodes *nodes;
  GString *input;
  gboolean is_running;
  gboolean has_asked;
  gint64 last_request_us;
  guint answer_id;
} Cluster;

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

/* Lets time pass until every request has its answer. */
static gboolean
answer (void *user)
{
  Cluster *self = user;
  gint64 limit_ns = now_of (self) + ANSWER_LIMIT_NS;

  self->answer_id = 0;
  while (sim_live_n_waiting (self->live) > 0 && now_of (self) < limit_ns)
    if (sim_live_run (self->live, limit_ns, 1) == 0)
      break;
  self->last_request_us = g_get_monotonic_time ();
  return G_SOURCE_REMOVE;
}

static void
on_wake (void *user)
{
  Cluster *self = user;

  self->has_asked = TRUE;
  self->last_request_us = g_get_monotonic_time ();
  if (self->answer_id == 0)
    self->answer_id = g_idle_add (answer, self);
}

static gboolean
on_tick (void *user)
{
  Cluster *self = user;
  gint64 silent_us = g_get_monotonic_time () - self->last_request_us;

  if (self->is_running && self->has_asked && self->answer_id == 0
      && silent_us > SILENCE_MS * 1000)
    pass (self, 2 * TICK_MS * K8_MILLISECOND_NS);
  return G_SOURCE_CONTINUE;
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
obey (Cluster *self, const char *line)
{
  if (strcmp (line, "run") == 0)
    {
      pass (self, CLIENT_START_NS);
      self->is_running = TRUE;
      self->has_asked = FALSE;
    }
  else if (strcmp (line, "hold") == 0)
    self->is_running = FALSE;
  else if (strcmp (line, "settle") == 0)
    settle (self);
  else if (g_str_has_prefix (line, "sleep "))
    pass (self, (gint64) (g_ascii_strtod (line + 6, NULL) * 1e9));
  printf ("ok %u\n", sim_live_n_watches (self->live));
  fflush (stdout);
}

static gboolean
on_input (gint fd, GIOCondition condition, void *user)
{
  Cluster *self = user;
  char bytes[4096];
  gssize n = read (fd, bytes, sizeof bytes);
  char *end;

  if (n <= 0)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (self->input, bytes, n);
  while ((end = strchr (self->input->str, '\n')) != NULL)
    {
      *end = '\0';
      obey (self, self->input->str);
      g_string_erase (self->input, 0, end - self->input->str + 1);
    }
  return G_SOURCE_CONTINUE;
}

/* A recording begins without events; nodes that join have made some. */
static void
forget_events (Cluster *self, const char *token)
{
  K8Region *region = sim_timeline_world (self->timeline)->region;
  K8HttpRequest *request
      = k8_http_request_new (region, "DELETE", "/api/v1/namespaces/default/events");
  g_autofree char *bearer = g_strdup_printf ("Bearer %s", token);

  k8_http_request_add_header (request, "authorization", bearer);
  sim_timeline_request (self->timeline, request);
  pass (self, K8_SECOND_NS);
}

static int
run (Cluster *self, const ServeIdentity *identity, const char *kubeconfig)
{
  g_autoptr (GError) error = NULL;
  ServeOptions options = { .driver = sim_live_driver (self->live), .identity = identity };
  ServeServer *server = serve_server_new (&options, &error);

  if (server == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  g_autofree char *url = serve_server_dup_url (server);
  if (!serve_kubeconfig_write (identity, url, kubeconfig, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  printf ("ready %s\n", url);
  fflush (stdout);
  sim_live_set_wake (self->live, on_wake, self);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, self);
  g_timeout_add (TICK_MS, on_tick, self);
  g_main_loop_run (self->loop);
  serve_server_free (server);
  return 0;
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "127.0.0.1", "localhost", NULL };
  g_autoptr (GError) error = NULL;
  Cluster self = { .input = g_string_new (NULL) };

  if (argc != 2)
    {
      g_printerr ("usage: recorded-cluster KUBECONFIG\n");
      return 2;
    }
  ServeIdentity *identity = serve_identity_new (names, &error);
  K8Region *region = serve_span_new ();
  if (identity == NULL || region == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "no address space for a world");
      return 2;
    }
  SimConfig config = { .seed = 1,
                       .wall_start_ns = g_get_real_time () * 1000 - HEAD_START_NS,
                       .admin_token = identity->token };
  self.loop = g_main_loop_new (NULL, FALSE);
  self.timeline = sim_timeline_new (sim_world_new (region, &config));
  sim_timeline_set_interval (self.timeline, G_MAXUINT64);
  self.live = sim_live_new (self.timeline);
  pass (&self, WARM_UP_NS);
  self.nodes = recorded_nodes_add (sim_timeline_world (self.timeline), identity->token);
  pass (&self, NODES_NS);
  forget_events (&self, identity->token);
  int status = run (&self, identity, argv[1]);
  sim_live_free (self.live);
  sim_timeline_free (self.timeline);
  serve_identity_free (identity);
  serve_span_free (region);
  g_main_loop_unref (self.loop);
  g_string_free (self.input, TRUE);
  return status;
}
