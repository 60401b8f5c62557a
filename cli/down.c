/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery down`: takes out of the Docker Engine whatever the cluster of a state folder made
 * there. Only what carries the folder's own name is touched. The folder stays: the objects of the
 * cluster are in it, and the next `up` makes their pods anew.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/state.h"
#include "cli/verb.h"
#include "exec/instance.h"
#include "exec/log_folder.h"
#include "exec/sweep.h"

enum
{
  DEFAULT_GRACE_SECONDS = 5,
};

typedef struct
{
  gboolean is_done;
  ExecSweepCounts counts;
  GError *error;
} Down;

static char *state;
static int grace_seconds = DEFAULT_GRACE_SECONDS;

static const GOptionEntry entries[] = {
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state,
    "The cluster's folder (default: $XDG_STATE_HOME/orrery)", "FOLDER" },
  { "grace", 0, 0, G_OPTION_ARG_INT, &grace_seconds,
    "Seconds that containers have to end (default 5)", "N" },
  G_OPTION_ENTRY_NULL,
};

static void
on_connected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Down *self = user_data;

  self->is_done = TRUE;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_swept (const ExecSweepCounts *counts, const GError *error, gpointer user_data)
{
  Down *self = user_data;

  self->is_done = TRUE;
  self->counts = *counts;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static gboolean
await (Down *self)
{
  while (!self->is_done)
    g_main_context_iteration (NULL, TRUE);
  self->is_done = FALSE;
  return self->error == NULL;
}

static int
sweep (ExecDocker *docker, const char *folder, const char *instance)
{
  Down self = { 0 };
  int status = CLI_OK;

  exec_docker_connect (docker, on_connected, &self);
  if (await (&self))
    {
      exec_sweep_instance (docker, instance, (guint) grace_seconds, EXEC_SWEEP_IMAGES, on_swept,
                           &self);
      gboolean is_good = await (&self);
      printf ("removed %u containers, %u networks, %u volumes, %u images\n",
              self.counts.n_containers, self.counts.n_networks, self.counts.n_volumes,
              self.counts.n_images);
      if (is_good)
        printf ("the cluster's objects stay in %s: `orrery up` makes their pods anew; remove the "
                "folder to forget them\n", folder);
    }
  if (self.error != NULL)
    status = cli_refuse ("%s", self.error->message);
  g_clear_error (&self.error);
  return status;
}

int
cli_down (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse ("down", entries, &argc, &argv, &status))
    return status;
  if (argc > 1 || grace_seconds < 0)
    return cli_refuse ("down: expected no arguments but options, and a grace of 0 or more");
  g_autofree char *folder = cli_state_folder (state);
  g_autofree char *name = g_build_filename (folder, "instance", NULL);
  if (!g_file_test (name, G_FILE_TEST_EXISTS))
    {
      printf ("no cluster was ever up in %s: nothing to remove\n", folder);
      return CLI_OK;
    }
  int lock = exec_log_folder_lock (folder, &error);
  if (lock < 0)
    return cli_refuse ("%s", error->message);
  g_autofree char *instance = exec_instance_ensure (folder, &error);
  g_autoptr (ExecDocker) docker = instance != NULL ? cli_docker_new (&error) : NULL;
  status = docker != NULL ? sweep (docker, folder, instance) : cli_refuse ("%s", error->message);
  close (lock);
  return status;
}
