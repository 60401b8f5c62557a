/* SPDX-License-Identifier: Apache-2.0
 *
 * See up_play.h. Requests go through the cluster's own door, as kubectl's do; an answer is handed
 * on from the main loop, never from within the request.
 */
#include "cli/up_play.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/string.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "exec/boot.h"
#include "exec/docker_container.h"

enum
{
  TICK_MS = 20,
};

#define CONTAINER_SCHEME "docker://"

struct CliUpPlay
{
  SimScenario *scenario;
  SimMirror mirror;
  SimWorld *world; /* NULL until the cluster starts; freed with its region */
  ExecDocker *docker;
  K8Driver door; /* empty until it is ready */
  GMainLoop *loop;
  CliStory story;
  gint64 begin_us;
  guint tick_id;
};

/* A request of a step that is under way. */
typedef struct
{
  CliUpPlay *play;
  guint64 tag;
  K8DriverTicket ticket;
  guint code;
  GString *body;
} Asked;

static gboolean
hand_on (gpointer user_data)
{
  Asked *asked = user_data;

  sim_mirror_answer (asked->play->world, asked->tag, asked->code, asked->body->str);
  g_string_free (asked->body, TRUE);
  g_free (asked);
  return G_SOURCE_REMOVE;
}

static gboolean
look_for_answer (gpointer user_data)
{
  Asked *asked = user_data;
  K8Driver door = asked->play->door;
  K8PullResult result = K8_PULL_WAIT;
  K8DriverHead head;

  if (asked->ticket == 0 || !door.interface->get_head (door.self, asked->ticket, &head))
    return G_SOURCE_CONTINUE;
  asked->code = head.code;
  do
    result = door.interface->pull (door.self, asked->ticket, asked->body, 1 << 20);
  while (result == K8_PULL_MORE);
  if (result == K8_PULL_WAIT)
    return G_SOURCE_CONTINUE;
  door.interface->cancel (door.self, asked->ticket);
  return hand_on (asked);
}

static void
on_notify (K8DriverTicket ticket, void *user)
{
}

static void
send_request (void *user, guint64 tag, const K8HttpRequest *request)
{
  CliUpPlay *self = user;
  guint n = k8_array_n (&request->headers);
  g_autofree K8DriverHeader *headers = g_new0 (K8DriverHeader, n + 1);
  Asked *asked = g_new0 (Asked, 1);

  for (guint i = 0; i < n; i++)
    {
      const K8HttpHeader *header = k8_array_at (&request->headers, i);
      headers[i] = (K8DriverHeader){ header->name, header->value };
    }
  *asked = (Asked){ .play = self, .tag = tag, .body = g_string_new (NULL) };
  K8DriverRequest own = { .method = request->method,
                          .target = request->target,
                          .peer = "127.0.0.1:0",
                          .headers = headers,
                          .n_headers = n,
                          .body = request->body,
                          .body_bytes = request->body == NULL ? 0 : strlen (request->body) };
  asked->ticket = self->door.interface->submit (self->door.self, &own, on_notify, asked);
  g_timeout_add (TICK_MS, look_for_answer, asked);
}

static void
on_killed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  if (error != NULL)
    fprintf (stderr, "orrery: %s\n", error->message);
}

static void
crash_container (void *user, const char *container_id)
{
  CliUpPlay *self = user;

  if (g_str_has_prefix (container_id, CONTAINER_SCHEME))
    exec_docker_container_kill (self->docker, container_id + strlen (CONTAINER_SCHEME), "KILL",
                                on_killed, NULL);
}

CliUpPlay *
cli_up_play_new (const char *path, GError **error)
{
  SimScenario *scenario = cli_load_scenario (path, error);

  if (scenario == NULL)
    return NULL;
  g_autofree char *problem = sim_mirror_dup_problem (scenario);
  if (problem != NULL)
    {
      sim_scenario_free (scenario);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s; `orrery run` can play it",
                   problem);
      return NULL;
    }
  CliUpPlay *self = g_new0 (CliUpPlay, 1);
  self->scenario = scenario;
  self->mirror = (SimMirror){ .request = send_request, .crash = crash_container, .user = self };
  cli_story_init (&self->story, isatty (STDERR_FILENO));
  return self;
}

/* The world lies in the region of the cluster, which goes as a whole. */
void
cli_up_play_free (CliUpPlay *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->tick_id, g_source_remove);
  sim_world_free (self->world);
  sim_scenario_free (self->scenario);
  g_free (self);
}

static void
take_trace (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  CliUpPlay *self = user;

  if (self->begin_us != 0)
    cli_story_take (&self->story, world, record);
}

gboolean
cli_up_play_prepare (
    CliUpPlay *self, ExecDocker *docker, K8Region *region, const char *token, GError **error)
{
  g_autoptr (GPtrArray) images = sim_mirror_list_images (self->scenario);

  self->docker = docker;
  for (guint i = 0; i < images->len; i++)
    {
      const char *image = g_ptr_array_index (images, i);
      gboolean is_new = FALSE;
      if (!exec_boot_stand_in (docker, image, &is_new, error))
        return FALSE;
      if (is_new)
        printf ("stand-in for image %s\n", image);
    }
  self->world = sim_mirror_new (self->scenario, region, &self->mirror, token);
  self->world->hooks = (SimHooks){ .trace = take_trace, .trace_user = self };
  return TRUE;
}

static gint64
get_now_ns (const CliUpPlay *self)
{
  return self->begin_us == 0 ? 0 : (g_get_monotonic_time () - self->begin_us) * 1000;
}

void
cli_up_play_persisted (CliUpPlay *self, const K8PersistMail *mail)
{
  if (self->begin_us != 0)
    sim_mirror_advance (self->world, get_now_ns (self));
  sim_mirror_persisted (self->world, mail);
}

void
cli_up_play_traced (CliUpPlay *self, const K8TraceRecord *record)
{
  sim_mirror_traced (self->world, record);
}

static gboolean
on_tick (gpointer user_data)
{
  CliUpPlay *self = user_data;

  sim_mirror_advance (self->world, get_now_ns (self));
  cli_story_progress (&self->story, self->world);
  if (!sim_world_is_over (self->world))
    return G_SOURCE_CONTINUE;
  self->tick_id = 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
cli_up_play_begin (CliUpPlay *self, K8Driver door, GMainLoop *loop)
{
  self->door = door;
  self->loop = loop;
  cli_story_title (&self->story, self->scenario);
  fflush (stdout);
  self->begin_us = g_get_monotonic_time ();
  self->tick_id = g_timeout_add (TICK_MS, on_tick, self);
}

int
cli_up_play_finish (CliUpPlay *self)
{
  CliReport report;

  cli_story_clear (&self->story);
  if (self->begin_us == 0)
    return CLI_FAILED;
  gboolean is_cut_short = !sim_world_is_over (self->world);
  cli_report_init (&report);
  gboolean is_good = cli_report_add (&report, self->scenario, self->world, "");
  cli_report_clear (&report);
  cli_report_print (self->scenario, self->world, is_cut_short);
  return is_good && !is_cut_short ? CLI_OK : CLI_FAILED;
}
