/* SPDX-License-Identifier: Apache-2.0
 *
 * create -> start (stream until its end) -> inspect -> done. The timer covers all of it; when it
 * fires the caller is told at once, and what is under way ends quietly.
 */

#include "exec/docker_exec.h"

#include "exec/docker_json.h"
#include "exec/error.h"

#include <string.h>

typedef struct
{
  ExecDocker *docker;
  char *exec_id;
  GString *output;
  ExecHijack *pipe;
  GError *stream_error;
  guint timer;
  guint n_pending; /* calls that hold the memory */
  gboolean told;
  ExecRunDone done;
  gpointer user_data;
} Run;

static void
release (Run *run)
{
  if (!run->told || run->n_pending > 0)
    return;
  g_clear_handle_id (&run->timer, g_source_remove);
  g_clear_pointer (&run->pipe, exec_hijack_free);
  g_clear_error (&run->stream_error);
  g_string_free (run->output, TRUE);
  g_free (run->exec_id);
  g_free (run);
}

static void
tell (Run *run, const ExecRunResult *result, const GError *error)
{
  if (run->told)
    return;
  run->told = TRUE;
  run->done (result, error, run->user_data);
}

static gboolean
on_timeout (gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error
      = g_error_new (EXEC_ERROR, EXEC_ERROR_TIMEOUT, "command timed out");
  run->timer = 0;
  tell (run, NULL, error);
  release (run);
  return G_SOURCE_REMOVE;
}

static void
on_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Run *run = user_data;
  JsonObject *root = reply != NULL ? exec_json_root_object (reply->json) : NULL;
  ExecRunResult result = { .exit_code = (gint) exec_json_int (root, "ExitCode", -1),
                           .output = run->output->str };
  run->n_pending--;
  tell (run, error == NULL ? &result : NULL, error);
  release (run);
}

static void
on_received (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  Run *run = user_data;
  gsize room = EXEC_RUN_MAX_OUTPUT_BYTES - run->output->len;
  g_string_append_len (run->output, (const char *) bytes, (gssize) MIN (length, room));
}

static void
on_closed (const GError *error, gpointer user_data)
{
  Run *run = user_data;
  if (run->told)
    return;
  if (error != NULL)
    {
      tell (run, NULL, error);
      release (run);
      return;
    }
  run->n_pending++;
  exec_docker_exec_inspect (run->docker, run->exec_id, on_inspected, run);
}

static void
on_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  static const ExecHijackEvents events = { .received = on_received, .closed = on_closed };
  Run *run = user_data;
  const char *id
      = reply != NULL ? exec_json_string (exec_json_root_object (reply->json), "Id") : NULL;
  g_autoptr (GError) strange = NULL;
  run->n_pending--;
  if (id == NULL && error == NULL)
    strange = g_error_new (EXEC_ERROR, EXEC_ERROR_BAD_ANSWER, "docker: exec without an id");
  if (id == NULL)
    tell (run, NULL, error != NULL ? error : strange);
  else if (!run->told)
    {
      run->exec_id = g_strdup (id);
      run->pipe = exec_docker_exec_start (run->docker, id, EXEC_HIJACK_MULTIPLEXED, &events, run);
    }
  release (run);
}

void
exec_docker_run (ExecDocker *docker, const char *container, const char *const *command,
                 guint timeout_ms, ExecRunDone done, gpointer user_data)
{
  Run *run = g_new0 (Run, 1);
  ExecExecSpec spec = { .command = command };
  run->docker = docker;
  run->output = g_string_new (NULL);
  run->done = done;
  run->user_data = user_data;
  run->n_pending = 1;
  run->timer = g_timeout_add (timeout_ms, on_timeout, run);
  exec_docker_exec_create (docker, container, &spec, on_created, run);
}
