/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery up`: a cluster of one node on the local Docker Engine, behind the Kubernetes API.
 * Everything that lasts is in the state folder; pods are containers of the engine and outlive this
 * program: the next `up` on the folder finds them, `orrery down` removes them.
 * Prints what it does, then `ready` alone on a line when the API answers and the node is ready.
 * With a scenario it plays that and ends.
 */
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/state.h"
#include "cli/up_play.h"
#include "cli/verb.h"
#include "exec/exec.h"
#include "exec/instance.h"
#include "serve/server.h"
#include "serve/span.h"

enum
{
  ASK_MS = 25,
  READY_SECONDS = 60,
};

#define KEY_ID "orrery-1"

typedef struct
{
  GMainLoop *loop;
  char *folder;
  K8Region *region;
  ServeIdentity *identity;
  ExecPersist *persist; /* until the driver has it */
  ExecDocker *docker;
  ExecBoot *boot;
  ExecDriver *driver;
  int listen_fd;        /* until the server has it; -1 */
  ServeServer *server;
  gboolean has_kubeconfig;
  CliUpPlay *play;      /* NULL: without a scenario */
  GError *error;        /* why it ends by itself */
  K8DriverTicket asked; /* 0: no question is under way */
  guint question;       /* index in questions */
  guint ask_id;
  gboolean is_ready;
} Up;

static char *kubeconfig;
static char *state;
static char *scenario;
static int port;

static const GOptionEntry entries[] = {
  { "kubeconfig", 0, 0, G_OPTION_ARG_FILENAME, &kubeconfig, "Write the kubeconfig here (required)",
    "OUT" },
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state,
    "Keep the cluster in this folder (default: $XDG_STATE_HOME/orrery)", "FOLDER" },
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "Listen on this port of 127.0.0.1 (default: any free)",
    "P" },
  { "scenario", 0, 0, G_OPTION_ARG_FILENAME, &scenario,
    "Play this scenario on the cluster, which must be a new one, and end", "FILE" },
  G_OPTION_ENTRY_NULL,
};

static void
say (const char *what, gpointer user_data)
{
  printf ("%s\n", what);
  fflush (stdout);
}

static void
note (const char *message, gpointer user_data)
{
  fprintf (stderr, "orrery: %s\n", message);
}

static char *
sign (const char *text, gpointer user_data)
{
  Up *self = user_data;

  return serve_identity_sign (self->identity, text, NULL);
}

static void
end_with (Up *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (self->loop);
}

static void
on_failed (const GError *error, gpointer user_data)
{
  end_with (user_data, g_error_copy (error));
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (((Up *) user_data)->loop);
  return G_SOURCE_CONTINUE;
}

/* ---- Ready ---- */

/* What is asked, and what must be in the answer. */
static const struct
{
  const char *target;
  const char *expected;
} questions[] = {
  { "/api/v1/namespaces/default/serviceaccounts/default", "\"kind\":\"ServiceAccount\"" },
  { "/api/v1/nodes", "\"reason\":\"KubeletReady\"" },
};

static gboolean ask (gpointer user_data);

static void
on_answer (K8DriverTicket ticket, void *user)
{
  Up *self = user;
  K8Driver door = exec_driver_door (self->driver);
  K8DriverHead head;
  GString *body = g_string_new (NULL);

  if (ticket != self->asked || !door.interface->get_head (door.self, ticket, &head))
    {
      g_string_free (body, TRUE);
      return;
    }
  while (door.interface->pull (door.self, ticket, body, 1 << 20) == K8_PULL_MORE)
    continue;
  self->asked = 0;
  if (head.code == 200 && strstr (body->str, questions[self->question].expected) != NULL)
    self->question++;
  g_string_free (body, TRUE);
  door.interface->cancel (door.self, ticket);
  self->is_ready = self->question == G_N_ELEMENTS (questions);
  if (self->is_ready)
    {
      say ("ready", NULL);
      if (self->play != NULL)
        cli_up_play_begin (self->play, exec_driver_door (self->driver), self->loop);
    }
  else
    self->ask_id = g_timeout_add (ASK_MS, ask, self);
}

static gboolean
ask (gpointer user_data)
{
  Up *self = user_data;
  K8Driver door = exec_driver_door (self->driver);
  g_autofree char *bearer = g_strconcat ("Bearer ", self->identity->token, NULL);
  const K8DriverHeader headers[] = { { "authorization", bearer },
                                     { "accept", "application/json" } };
  K8DriverRequest request = { .method = "GET",
                              .target = questions[self->question].target,
                              .peer = "127.0.0.1:0",
                              .headers = headers,
                              .n_headers = G_N_ELEMENTS (headers) };

  self->ask_id = 0;
  self->asked = door.interface->submit (door.self, &request, on_answer, self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_late (gpointer user_data)
{
  Up *self = user_data;

  if (!self->is_ready)
    end_with (self, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                 "the cluster was not ready after %d s: no answer to %s",
                                 READY_SECONDS, questions[self->question].target));
  return G_SOURCE_REMOVE;
}

static void
run_loop (Up *self)
{
  guint interrupt_id = g_unix_signal_add (SIGINT, on_signal, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, on_signal, self);
  guint late_id = g_timeout_add_seconds (READY_SECONDS, on_late, self);

  self->ask_id = g_idle_add (ask, self);
  if (self->error == NULL)
    g_main_loop_run (self->loop);
  g_clear_handle_id (&self->ask_id, g_source_remove);
  GSource *late = g_main_context_find_source_by_id (NULL, late_id);
  if (late != NULL)
    g_source_destroy (late);
  g_source_remove (interrupt_id);
  g_source_remove (terminate_id);
}

/* ---- Begin, end ---- */

/* Whole or not at all: the folder gets its name when everything is in it. */
static ServeIdentity *
ensure_identity (const char *folder, GError **error)
{
  static const char *const names[] = { "127.0.0.1", "localhost", "kubernetes",
                                       "kubernetes.default.svc", NULL };
  g_autofree char *own = g_build_filename (folder, "identity", NULL);
  g_autofree char *fresh = g_build_filename (folder, "identity.new", NULL);

  if (g_file_test (own, G_FILE_TEST_IS_DIR))
    return serve_identity_load (own, error);
  g_autoptr (ServeIdentity) identity = serve_identity_new (names, error);
  if (identity == NULL)
    return NULL;
  g_mkdir (fresh, 0700);
  if (!serve_identity_save (identity, fresh, error))
    return NULL;
  if (g_rename (fresh, own) == 0)
    return g_steal_pointer (&identity);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: cannot be made: %s", own,
               g_strerror (errno));
  return NULL;
}

/* The folder: locked, read, with an identity and a name. */
static gboolean
open_folder (Up *self, GError **error)
{
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "state folder %s: cannot be made: %s",
                   self->folder, g_strerror (errno));
      return FALSE;
    }
  self->persist
      = exec_persist_open (self->folder, self->region, &(ExecPersistOptions){ 0 }, error);
  if (self->persist == NULL)
    return FALSE;
  self->identity = ensure_identity (self->folder, error);
  return self->identity != NULL;
}

/* The port and the kubeconfig: what can be refused is asked for before Docker is touched. */
static gboolean
open_door (Up *self, GError **error)
{
  self->listen_fd = serve_listen (NULL, (guint16) port, error);
  if (self->listen_fd < 0)
    return FALSE;
  g_autofree char *url
      = g_strdup_printf ("https://127.0.0.1:%u", serve_listen_port (self->listen_fd));
  self->has_kubeconfig = serve_kubeconfig_write (self->identity, url, kubeconfig, error);
  return self->has_kubeconfig;
}

static void
on_persisted (const K8PersistMail *mail, gpointer user_data)
{
  cli_up_play_persisted (((Up *) user_data)->play, mail);
}

static void
on_traced (const K8TraceRecord *record, gpointer user_data)
{
  cli_up_play_traced (((Up *) user_data)->play, record);
}

/* Goals count what was and what is: a cluster that has a past would count that too. */
static gboolean
prepare_play (Up *self, GError **error)
{
  if (self->play == NULL)
    return TRUE;
  if (exec_persist_is_new (self->persist))
    return cli_up_play_prepare (self->play, self->docker, self->region, self->identity->token,
                                error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "--scenario: expected a new state folder, %s has a cluster already", self->folder);
  return FALSE;
}

static void
make_driver (Up *self)
{
  ExecDriverOptions options = { .region = self->region,
                                .docker = self->docker,
                                .boot = self->boot,
                                .admin_token = self->identity->token,
                                .ca_certificate = self->identity->authority_pem,
                                .key_id = KEY_ID,
                                .events = { .failed = on_failed,
                                            .noted = note,
                                            .sign = sign,
                                            .user_data = self } };
  if (self->play != NULL)
    {
      options.events.persisted = on_persisted;
      options.events.traced = on_traced;
    }
  self->driver = exec_driver_new (&options, g_steal_pointer (&self->persist));
}

static gboolean
start (Up *self, GError **error)
{
  if (!open_folder (self, error))
    return FALSE;
  g_autofree char *instance = exec_instance_ensure (self->folder, error);
  if (instance == NULL || !open_door (self, error))
    return FALSE;
  self->docker = cli_docker_new (error);
  if (self->docker == NULL)
    return FALSE;
  self->boot = exec_boot_run (self->docker, instance, say, NULL, error);
  if (self->boot == NULL || !prepare_play (self, error))
    return FALSE;
  make_driver (self);
  ServeOptions options = { .driver = exec_driver_door (self->driver),
                           .identity = self->identity,
                           .listen_fd = self->listen_fd };
  self->listen_fd = -1;
  self->server = serve_server_new (&options, error);
  if (self->server == NULL)
    return FALSE;
  g_autofree char *url = serve_server_dup_url (self->server);
  printf ("node %s, state in %s\nserving on %s\nkubeconfig %s\n", self->boot->node_name,
          self->folder, url, kubeconfig);
  fflush (stdout);
  return TRUE;
}

static void
clear (Up *self)
{
  serve_server_free (self->server);
  exec_driver_free (self->driver);
  cli_up_play_free (self->play);
  exec_persist_close (self->persist);
  exec_docker_free (self->docker);
  exec_boot_free (self->boot);
  if (self->listen_fd >= 0)
    close (self->listen_fd);
  serve_identity_free (self->identity);
  g_clear_error (&self->error);
  g_main_loop_unref (self->loop);
  serve_span_free (self->region);
  g_free (self->folder);
}

int
cli_up (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse ("up", entries, &argc, &argv, &status))
    return status;
  if (kubeconfig == NULL)
    return cli_refuse ("up: --kubeconfig OUT is required");
  if (port < 0 || port > 65535)
    return cli_refuse ("up: --port %d: expected 0 to 65535", port);
  if (argc > 1)
    return cli_refuse ("up: %s: expected no arguments but options", argv[1]);
  CliUpPlay *play = scenario != NULL ? cli_up_play_new (scenario, &error) : NULL;
  if (error != NULL)
    return cli_refuse ("%s", error->message);
  K8Region *region = serve_span_new ();
  if (region == NULL)
    return cli_refuse ("no address space for a world");
  Up self = { .loop = g_main_loop_new (NULL, FALSE),
              .folder = cli_state_folder (state),
              .region = region,
              .play = play,
              .listen_fd = -1 };
  if (!start (&self, &error))
    {
      status = cli_refuse ("%s", error->message);
      if (self.has_kubeconfig)
        remove (kubeconfig);
    }
  else
    {
      run_loop (&self);
      status = self.play != NULL ? cli_up_play_finish (self.play) : CLI_OK;
      status = self.error != NULL ? cli_refuse ("%s", self.error->message) : status;
      printf ("pods run on; `orrery up --state %s` finds them, `orrery down --state %s` removes "
              "them\n", self.folder, self.folder);
    }
  clear (&self);
  return status;
}
