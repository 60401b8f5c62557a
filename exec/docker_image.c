/* SPDX-License-Identifier: Apache-2.0
 *
 * Import and pull answer with lines of progress; an error may be one of these lines although
 * the status is 200, so both go through the same check before the caller hears of success.
 */

#include "exec/docker_image.h"

#include "exec/docker_container.h"
#include "exec/error.h"

#include <string.h>

static char *
image_path (const char *reference, const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (reference, "/:", FALSE);
  return g_strconcat ("/images/", escaped, rest, NULL);
}

/* Splits "host:5000/name:tag" or "name@sha256:..."; a tag that is missing is "latest". */
static void
split_reference (const char *reference, char **ret_repository, char **ret_tag)
{
  const char *digest = strchr (reference, '@');
  const char *slash = strrchr (reference, '/');
  const char *colon = strrchr (slash != NULL ? slash : reference, ':');
  const char *split = digest != NULL ? digest : colon;
  if (split == NULL)
    {
      *ret_repository = g_uri_escape_string (reference, NULL, FALSE);
      *ret_tag = g_strdup ("latest");
      return;
    }
  g_autofree char *repository = g_strndup (reference, (gsize) (split - reference));
  *ret_repository = g_uri_escape_string (repository, NULL, FALSE);
  *ret_tag = g_uri_escape_string (split + 1, NULL, FALSE);
}

void
exec_docker_image_inspect (ExecDocker *docker, const char *reference, ExecDockerDone done,
                           gpointer user_data)
{
  g_autofree char *path = image_path (reference, "/json");
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_image_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                        gpointer user_data)
{
  g_autofree char *filter = exec_docker_compute_filter ("label", label);
  g_autofree char *path = g_strconcat ("/images/json?filters=", filter, NULL);
  exec_docker_get (docker, path, done, user_data);
}

typedef struct
{
  ExecDockerDone done;
  gpointer user_data;
} Wrapped;

static Wrapped *
wrap (ExecDockerDone done, gpointer user_data)
{
  Wrapped *wrapped = g_new0 (Wrapped, 1);
  wrapped->done = done;
  wrapped->user_data = user_data;
  return wrapped;
}

static void
on_progress (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  g_autofree Wrapped *wrapped = user_data;
  g_autoptr (GError) hidden = NULL;
  if (error == NULL && !exec_docker_progress_check (reply->body, &hidden))
    wrapped->done (NULL, hidden, wrapped->user_data);
  else
    wrapped->done (reply, error, wrapped->user_data);
}

void
exec_docker_image_import (ExecDocker *docker, const char *reference, const char *const *changes,
                          GBytes *archive, ExecDockerDone done, gpointer user_data)
{
  g_autofree char *repository = NULL, *tag = NULL;
  split_reference (reference, &repository, &tag);
  g_autoptr (GString) path = g_string_new ("/images/create?fromSrc=-");
  g_string_append_printf (path, "&repo=%s&tag=%s", repository, tag);
  for (guint i = 0; changes != NULL && changes[i] != NULL; i++)
    {
      g_autofree char *change = g_uri_escape_string (changes[i], NULL, FALSE);
      g_string_append_printf (path, "&changes=%s", change);
    }
  ExecDockerRequest request = { .method = "POST", .path = path->str, .body = archive,
                                .content_type = "application/x-tar",
                                .expect = EXEC_DOCKER_BODY_RAW };
  exec_docker_send (docker, &request, on_progress, wrap (done, user_data));
}

void
exec_docker_image_tag (ExecDocker *docker, const char *name, const char *reference,
                       ExecDockerDone done, gpointer user_data)
{
  g_autofree char *repository = NULL, *tag = NULL;
  split_reference (reference, &repository, &tag);
  g_autofree char *rest = g_strdup_printf ("/tag?repo=%s&tag=%s", repository, tag);
  g_autofree char *path = image_path (name, rest);
  exec_docker_post (docker, path, NULL, done, user_data);
}

static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  g_autofree Wrapped *wrapped = user_data;
  ExecDockerReply gone = { .status = 404 };
  if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    wrapped->done (&gone, NULL, wrapped->user_data);
  else
    wrapped->done (reply, error, wrapped->user_data);
}

void
exec_docker_image_remove (ExecDocker *docker, const char *reference, ExecDockerDone done,
                          gpointer user_data)
{
  g_autofree char *path = image_path (reference, "");
  exec_docker_delete (docker, path, on_removed, wrap (done, user_data));
}

void
exec_docker_image_pull (ExecDocker *docker, const char *reference, const char *registry_auth,
                        ExecDockerDone done, gpointer user_data)
{
  g_autofree char *repository = NULL, *tag = NULL;
  split_reference (reference, &repository, &tag);
  g_autofree char *path
      = g_strdup_printf ("/images/create?fromImage=%s&tag=%s", repository, tag);
  ExecDockerRequest request = { .method = "POST", .path = path, .expect = EXEC_DOCKER_BODY_RAW,
                                .registry_auth = registry_auth,
                                .timeout_ms = EXEC_DOCKER_NO_TIMEOUT,
                                .idle_timeout_ms = EXEC_PULL_SILENCE_MS };
  exec_docker_send (docker, &request, on_progress, wrap (done, user_data));
}
