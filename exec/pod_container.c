/* SPDX-License-Identifier: Apache-2.0
 *
 * Removal: list -> stop the containers together -> remove them and the sandbox -> list volumes ->
 * remove them. Each stage counts its answers; the first error is told at the end, but every other
 * object is still tried.
 */

#include "exec/pod_container.h"

#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/labels.h"

#include <string.h>

#define MAX_MOUNTS 64

/* ---- Create ---- */

typedef struct
{
  ExecDocker *docker;
  char *docker_name, *instance, *uid, *spec_hash;
  GError *conflict;
  ExecDockerDone done;
  gpointer user_data;
} Creation;

static void
creation_end (Creation *creation, const ExecDockerReply *reply, const GError *error)
{
  creation->done (reply, error, creation->user_data);
  g_free (creation->docker_name);
  g_free (creation->instance);
  g_free (creation->uid);
  g_free (creation->spec_hash);
  g_clear_error (&creation->conflict);
  g_free (creation);
}

static void
on_holder_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Creation *creation = user_data;
  JsonObject *root = reply != NULL ? exec_json_root_object (reply->json) : NULL;
  JsonObject *labels = exec_json_object (exec_json_object (root, "Config"), "Labels");
  gboolean same
      = g_strcmp0 (exec_json_string (labels, EXEC_LABEL_INSTANCE), creation->instance) == 0
        && g_strcmp0 (exec_json_string (labels, EXEC_LABEL_POD_UID), creation->uid) == 0
        && g_strcmp0 (exec_json_string (labels, EXEC_LABEL_SPEC_HASH), creation->spec_hash) == 0;
  if (same)
    creation_end (creation, reply, NULL);
  else
    creation_end (creation, NULL, creation->conflict);
}

static void
on_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Creation *creation = user_data;
  if (!g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CONFLICT))
    {
      creation_end (creation, reply, error);
      return;
    }
  creation->conflict = g_error_copy (error);
  exec_docker_container_inspect (creation->docker, creation->docker_name, on_holder_inspected,
                                 creation);
}

static GHashTable *
container_labels (const ExecPodContainerSpec *spec)
{
  GHashTable *labels = exec_pod_labels (&spec->pod);
  exec_pod_labels_add_container (labels, spec->name, spec->attempt);
  g_hash_table_insert (labels, g_strdup (EXEC_LABEL_SANDBOX_ID), g_strdup (spec->sandbox_id));
  if (spec->spec_hash != NULL)
    g_hash_table_insert (labels, g_strdup (EXEC_LABEL_SPEC_HASH), g_strdup (spec->spec_hash));
  return labels;
}

void
exec_pod_container_create (ExecDocker *docker, const ExecPodContainerSpec *spec,
                           ExecDockerDone done, gpointer user_data)
{
  ExecContainerSpec container = spec->container;
  ExecMount mounts[MAX_MOUNTS];
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) labels = container_labels (spec);
  g_autofree char *joined = g_strconcat ("container:", spec->sandbox_id, NULL);
  g_assert (spec->n_mounts <= MAX_MOUNTS);
  for (guint i = 0; i < spec->n_mounts; i++)
    {
      char *source = exec_pod_volume_docker_name (&spec->pod, spec->mounts[i].volume);
      g_ptr_array_add (sources, source);
      mounts[i] = (ExecMount){ .type = EXEC_MOUNT_VOLUME, .access = spec->mounts[i].access,
                               .source = source, .target = spec->mounts[i].target };
    }
  container.labels = labels;
  container.mounts = mounts;
  container.n_mounts = spec->n_mounts;
  container.network_mode = joined;
  container.ipc_mode = joined;
  container.pid_mode = spec->processes == EXEC_PROCESSES_SHARED ? joined : NULL;

  Creation *creation = g_new0 (Creation, 1);
  creation->docker = docker;
  creation->docker_name = exec_pod_container_docker_name (&spec->pod, spec->name, spec->attempt);
  creation->instance = g_strdup (spec->pod.instance);
  creation->uid = g_strdup (spec->pod.uid);
  creation->spec_hash = g_strdup (spec->spec_hash);
  creation->done = done;
  creation->user_data = user_data;
  exec_docker_container_create (docker, creation->docker_name, &container, on_created, creation);
}

/* ---- Remove ---- */

typedef struct
{
  ExecDocker *docker;
  char *instance, *uid;
  guint grace_seconds;
  GPtrArray *ids;         /* of containers, the sandbox last */
  guint n_containers;     /* of them, without sandboxes */
  guint n_pending;
  void (*next) (gpointer removal);
  GError *error;
  ExecDockerDone done;
  gpointer user_data;
} Removal;

static void
removal_end (Removal *removal)
{
  ExecDockerReply reply = { .status = 200 };
  removal->done (removal->error == NULL ? &reply : NULL, removal->error, removal->user_data);
  g_clear_error (&removal->error);
  g_ptr_array_unref (removal->ids);
  g_free (removal->instance);
  g_free (removal->uid);
  g_free (removal);
}

/* One answer of a stage; the last one begins the next stage. */
static void
on_stage (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Removal *removal = user_data;
  gboolean gone = g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND);
  if (error != NULL && !gone && removal->error == NULL)
    removal->error = g_error_copy (error);
  if (--removal->n_pending == 0)
    removal->next (removal);
}

static void
begin_stage (Removal *removal, void (*next) (gpointer))
{
  removal->next = next;
  removal->n_pending = 1;
}

static void
end_stage (Removal *removal)
{
  on_stage (NULL, NULL, removal);
}

static char *
pod_filter (Removal *removal)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *filters = json_object_new ();
  JsonArray *labels = json_array_new ();
  g_autofree char *instance = g_strconcat (EXEC_LABEL_INSTANCE "=", removal->instance, NULL);
  g_autofree char *uid = g_strconcat (EXEC_LABEL_POD_UID "=", removal->uid, NULL);
  json_array_add_string_element (labels, instance);
  json_array_add_string_element (labels, uid);
  json_object_set_array_member (filters, "label", labels);
  json_node_take_object (node, filters);
  g_autofree char *text = exec_json_print (node);
  return g_uri_escape_string (text, NULL, FALSE);
}

static void
finish (gpointer user_data)
{
  removal_end (user_data);
}

/* A list again checks each object's own labels: the filter is the engine's word only. */
static gboolean
is_of_pod (Removal *removal, JsonObject *entry)
{
  JsonObject *labels = exec_json_object (entry, "Labels");
  return g_strcmp0 (exec_json_string (labels, EXEC_LABEL_INSTANCE), removal->instance) == 0
         && g_strcmp0 (exec_json_string (labels, EXEC_LABEL_POD_UID), removal->uid) == 0;
}

static void
on_volumes (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Removal *removal = user_data;
  JsonArray *volumes
      = reply != NULL ? exec_json_array (exec_json_root_object (reply->json), "Volumes") : NULL;
  guint n = volumes != NULL ? json_array_get_length (volumes) : 0;
  begin_stage (removal, finish);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *entry = exec_json_element_object (volumes, i);
      const char *name = exec_json_string (entry, "Name");
      if (name == NULL || !is_of_pod (removal, entry))
        continue;
      removal->n_pending++;
      exec_docker_volume_remove (removal->docker, name, on_stage, removal);
    }
  on_stage (NULL, error, removal);
}

static void
list_volumes (gpointer user_data)
{
  Removal *removal = user_data;
  g_autofree char *filter = pod_filter (removal);
  g_autofree char *path = g_strconcat ("/volumes?filters=", filter, NULL);
  exec_docker_get (removal->docker, path, on_volumes, removal);
}

static void
remove_containers (gpointer user_data)
{
  Removal *removal = user_data;
  begin_stage (removal, list_volumes);
  for (guint i = 0; i < removal->ids->len; i++)
    {
      removal->n_pending++;
      exec_docker_container_remove (removal->docker, g_ptr_array_index (removal->ids, i), on_stage,
                                    removal);
    }
  end_stage (removal);
}

static void
stop_containers (Removal *removal)
{
  begin_stage (removal, remove_containers);
  for (guint i = 0; i < removal->n_containers; i++)
    {
      removal->n_pending++;
      exec_docker_container_stop (removal->docker, g_ptr_array_index (removal->ids, i),
                                  removal->grace_seconds, on_stage, removal);
    }
  end_stage (removal);
}

static void
on_containers (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Removal *removal = user_data;
  JsonArray *containers = reply != NULL ? exec_json_root_array (reply->json) : NULL;
  if (containers == NULL)
    {
      removal->error = error != NULL ? g_error_copy (error)
                                     : g_error_new (EXEC_ERROR, EXEC_ERROR_BAD_ANSWER,
                                                    "docker: no list of containers");
      removal_end (removal);
      return;
    }
  for (guint i = 0; i < json_array_get_length (containers); i++)
    {
      JsonObject *entry = exec_json_element_object (containers, i);
      const char *id = exec_json_string (entry, "Id");
      const char *type
          = exec_json_string (exec_json_object (entry, "Labels"), EXEC_LABEL_TYPE);
      if (id == NULL || !is_of_pod (removal, entry))
        continue;
      gboolean is_sandbox = g_strcmp0 (type, "podsandbox") == 0;
      g_ptr_array_insert (removal->ids, is_sandbox ? -1 : 0, g_strdup (id));
      removal->n_containers += is_sandbox ? 0 : 1;
    }
  stop_containers (removal);
}

void
exec_pod_remove (ExecDocker *docker, const ExecPodRef *pod, guint grace_seconds,
                 ExecDockerDone done, gpointer user_data)
{
  Removal *removal = g_new0 (Removal, 1);
  removal->docker = docker;
  removal->instance = g_strdup (pod->instance);
  removal->uid = g_strdup (pod->uid);
  removal->grace_seconds = grace_seconds;
  removal->ids = g_ptr_array_new_with_free_func (g_free);
  removal->done = done;
  removal->user_data = user_data;
  g_autofree char *filter = pod_filter (removal);
  g_autofree char *path = g_strconcat ("/containers/json?all=1&filters=", filter, NULL);
  exec_docker_get (docker, path, on_containers, removal);
}
