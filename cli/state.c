/* SPDX-License-Identifier: Apache-2.0
 *
 * What `up` and `down` work on: the state folder of a real cluster (its log, its identity, its
 * name in the Docker Engine), and that engine.
 */
#include "cli/state.h"

#include <gio/gio.h>
#include <string.h>

#define UNIX_SCHEME "unix://"

char *
cli_state_folder (const char *given)
{
  g_autofree char *fallback = g_build_filename (g_get_user_state_dir (), "orrery", NULL);

  return g_canonicalize_filename (given != NULL ? given : fallback, NULL);
}

ExecDocker *
cli_docker_new (GError **error)
{
  const char *host = g_getenv ("DOCKER_HOST");

  if (host == NULL || host[0] == '\0')
    return exec_docker_new (NULL);
  if (g_str_has_prefix (host, UNIX_SCHEME "/"))
    return exec_docker_new (host + strlen (UNIX_SCHEME));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "DOCKER_HOST is %s: expected unix:///PATH, an engine of this machine", host);
  return NULL;
}
