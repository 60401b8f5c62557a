/* SPDX-License-Identifier: Apache-2.0
 *
 * Create, and when the name is taken look whose it is. A user-defined network keeps our pods apart
 * from other containers of the engine, and lets a pod keep its address over a restart of its
 * sandbox; the default bridge would start 50 ms faster.
 */

#include "exec/pod_network.h"

#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/labels.h"

#define NAME_DIGITS 8

char *
exec_pod_network_name (const char *instance)
{
  return g_strdup_printf ("orrery-%.*s", NAME_DIGITS, instance);
}

typedef struct
{
  ExecDocker *docker;
  char *instance;
  GError *conflict;
  ExecDockerDone done;
  gpointer user_data;
} Ensure;

static void
ensure_end (Ensure *ensure, const ExecDockerReply *reply, const GError *error)
{
  ensure->done (reply, error, ensure->user_data);
  g_clear_error (&ensure->conflict);
  g_free (ensure->instance);
  g_free (ensure);
}

static void
on_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Ensure *ensure = user_data;
  JsonObject *root = reply != NULL ? exec_json_root_object (reply->json) : NULL;
  const char *owner
      = exec_json_string (exec_json_object (root, "Labels"), EXEC_LABEL_INSTANCE);
  if (g_strcmp0 (owner, ensure->instance) == 0)
    ensure_end (ensure, reply, NULL);
  else
    ensure_end (ensure, NULL, ensure->conflict);
}

static void
on_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Ensure *ensure = user_data;
  if (!g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CONFLICT))
    {
      ensure_end (ensure, reply, error);
      return;
    }
  ensure->conflict = g_error_copy (error);
  g_autofree char *name = exec_pod_network_name (ensure->instance);
  g_autofree char *path = g_strconcat ("/networks/", name, NULL);
  exec_docker_get (ensure->docker, path, on_inspected, ensure);
}

void
exec_pod_network_ensure (ExecDocker *docker, const char *instance, const char *subnet,
                         ExecDockerDone done, gpointer user_data)
{
  Ensure *ensure = g_new0 (Ensure, 1);
  g_autofree char *name = exec_pod_network_name (instance);
  g_autoptr (GHashTable) labels
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (labels, g_strdup (EXEC_LABEL_INSTANCE), g_strdup (instance));
  ensure->docker = docker;
  ensure->instance = g_strdup (instance);
  ensure->done = done;
  ensure->user_data = user_data;
  exec_docker_network_create (docker, name, subnet, labels, on_created, ensure);
}
