/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery serve`: a simulated cluster behind the Kubernetes API, its clock slaved to the wall
 * clock at a chosen speed. Prints `ready` alone on a line when the API answers; leaves nothing
 * behind but the kubeconfig, which it removes at the end.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>

#include "cli/verb.h"
#include "serve/server.h"
#include "serve/span.h"
#include "sim/live.h"
#include "sim/scenario.h"

enum
{
  SLICE_STEPS = 20000,  /* at most between two looks at the sockets */
  LONGEST_WAIT_MS = 50,
};

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

/* Virtual time at which the control plane has started and the API answers. */
#define WARM_UP_NS (5 * SECOND_NS)

typedef struct
{
  GMainLoop *loop;
  SimTimeline *timeline;
  SimLive *live;
  double speed; /* 0: as fast as it goes */
  gint64 base_mono_us;
  gint64 base_virtual_ns;
  guint tick_id;
} Serve;

static char *kubeconfig;
static char *speed_text;
static int port;
static gint64 seed;

static const GOptionEntry entries[] = {
  { "kubeconfig", 0, 0, G_OPTION_ARG_FILENAME, &kubeconfig, "Write the kubeconfig here (required)",
    "OUT" },
  { "speed", 0, 0, G_OPTION_ARG_STRING, &speed_text,
    "Virtual seconds a second, or max (default 1)", "X" },
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "Listen on this port of 127.0.0.1 (default: any free)",
    "P" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the world (default: the file's)", "N" },
  G_OPTION_ENTRY_NULL,
};

static gboolean on_tick (void *user);

static void
set_tick (Serve *self, guint wait_ms)
{
  g_clear_handle_id (&self->tick_id, g_source_remove);
  self->tick_id = g_timeout_add (wait_ms, on_tick, self);
}

/* The virtual instant that should be now. */
static gint64
get_target (const Serve *self)
{
  if (self->speed == 0)
    return G_MAXINT64 / 2;
  double passed_us = (double) (g_get_monotonic_time () - self->base_mono_us);
  return self->base_virtual_ns + (gint64) (passed_us * 1000 * self->speed);
}

/* How long nothing will happen: until the next entry is due, in wall time. */
static guint
get_wait_ms (const Serve *self, gint64 now_ns)
{
  gint64 due_ns = sim_world_next_due (sim_timeline_world (self->timeline));

  if (self->speed == 0 || due_ns == G_MAXINT64)
    return self->speed == 0 ? 0 : LONGEST_WAIT_MS;
  double wait_ms = (double) (due_ns - now_ns) / 1e6 / self->speed;
  return (guint) CLAMP (wait_ms, 0, LONGEST_WAIT_MS);
}

static gboolean
on_tick (void *user)
{
  Serve *self = user;
  gint64 target_ns = get_target (self);
  SimWorld *world = sim_timeline_world (self->timeline);

  self->tick_id = 0;
  if (self->speed == 0)
    target_ns = world->now_ns + SECOND_NS;
  guint64 n = sim_live_run (self->live, target_ns, SLICE_STEPS);
  set_tick (self, n == SLICE_STEPS ? 0 : get_wait_ms (self, target_ns));
  return G_SOURCE_REMOVE;
}

static void
on_wake (void *user)
{
  set_tick (user, 0);
}

static gboolean
on_signal (void *user)
{
  g_main_loop_quit (((Serve *) user)->loop);
  return G_SOURCE_CONTINUE;
}

static void
run_loop (Serve *self)
{
  guint interrupt_id = g_unix_signal_add (SIGINT, on_signal, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, on_signal, self);

  self->base_mono_us = g_get_monotonic_time ();
  self->base_virtual_ns = sim_timeline_world (self->timeline)->now_ns;
  sim_live_set_wake (self->live, on_wake, self);
  set_tick (self, 0);
  g_main_loop_run (self->loop);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_source_remove (interrupt_id);
  g_source_remove (terminate_id);
}

/* Opens the door, says so, and stays until a signal comes. */
static int
open_door (Serve *self, const ServeIdentity *identity)
{
  g_autoptr (GError) error = NULL;
  ServeOptions options = { .driver = sim_live_driver (self->live),
                           .identity = identity,
                           .port = (guint16) port };
  ServeServer *server = serve_server_new (&options, &error);

  if (server == NULL)
    return cli_refuse ("%s", error->message);
  g_autofree char *url = serve_server_dup_url (server);
  if (!serve_kubeconfig_write (identity, url, kubeconfig, &error))
    {
      serve_server_free (server);
      return cli_refuse ("%s", error->message);
    }
  printf ("serving a simulated cluster on %s\nkubeconfig %s\nready\n", url, kubeconfig);
  fflush (stdout);
  run_loop (self);
  serve_server_free (server);
  remove (kubeconfig);
  return CLI_OK;
}

static int
serve_world (SimWorld *world, const ServeIdentity *identity, double speed)
{
  Serve self = { .speed = speed };

  self.loop = g_main_loop_new (NULL, FALSE);
  self.timeline = sim_timeline_new (world);
  self.live = sim_live_new (self.timeline);
  sim_live_run (self.live, WARM_UP_NS, G_MAXUINT64);
  int status = open_door (&self, identity);
  sim_live_free (self.live);
  sim_timeline_free (self.timeline);
  g_main_loop_unref (self.loop);
  return status;
}

static SimScenario *
load (int argc, char **argv, GError **error)
{
  return argc > 1 ? cli_load_scenario (argv[1], error) : sim_scenario_new_default ();
}

int
cli_serve (int argc, char **argv)
{
  static const char *const names[] = { "127.0.0.1", "localhost", "kubernetes",
                                       "kubernetes.default.svc", NULL };
  g_autoptr (GError) error = NULL;
  double speed = 1;
  int status;

  if (!cli_parse ("serve", entries, &argc, &argv, &status))
    return status;
  if (speed_text != NULL && !cli_parse_speed (speed_text, &speed))
    return CLI_REFUSED;
  if (kubeconfig == NULL)
    return cli_refuse ("serve: --kubeconfig OUT is required");
  if (port < 0 || port > 65535)
    return cli_refuse ("serve: --port %d: expected 0 to 65535", port);
  if (argc > 2)
    return cli_refuse ("serve: %s: expected at most one FILE", argv[2]);
  g_autoptr (SimScenario) scenario = load (argc, argv, &error);
  if (scenario == NULL)
    return cli_refuse ("%s", error->message);
  g_autoptr (ServeIdentity) identity = serve_identity_new (names, &error);
  K8Region *region = identity == NULL ? NULL : serve_span_new ();
  if (region == NULL)
    return cli_refuse ("%s", error != NULL ? error->message : "no address space for a world");
  sim_scenario_set_start (scenario, g_get_real_time () * 1000 - WARM_UP_NS);
  SimWorld *world = sim_scenario_build (scenario, region, (guint64) seed, identity->token);
  status = serve_world (world, identity, speed);
  serve_span_free (region);
  return status;
}
