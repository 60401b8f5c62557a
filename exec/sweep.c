/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages in a table, each: list by label, check each entry's own labels, remove one by one at the
 * same time, next stage when all have answered. Containers are stopped with grace before.
 */

#include "exec/sweep.h"

#include "exec/docker_container.h"
#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/labels.h"

#include <string.h>

typedef struct
{
  ExecDocker *docker;
  char *instance;
  guint grace_seconds;
  ExecSweepImages images;
  guint stage;
  guint n_pending;
  ExecSweepCounts counts;
  GError *error;
  ExecSweepDone done;
  gpointer user_data;
} Sweep;

typedef struct
{
  const char *path;    /* of the list; the filter follows */
  const char *array;   /* member that holds the list; NULL: the list is the answer */
  const char *id;      /* member of an entry */
  gsize count_offset;
  void (*remove) (Sweep *sweep, const char *id, ExecDockerDone done);
} Stage;

static void run_stage (Sweep *sweep);

static void
stop_container (Sweep *sweep, const char *id, ExecDockerDone done)
{
  exec_docker_container_stop (sweep->docker, id, sweep->grace_seconds, done, sweep);
}

static void
remove_container (Sweep *sweep, const char *id, ExecDockerDone done)
{
  exec_docker_container_remove (sweep->docker, id, done, sweep);
}

static void
remove_network (Sweep *sweep, const char *id, ExecDockerDone done)
{
  exec_docker_network_remove (sweep->docker, id, done, sweep);
}

static void
remove_volume (Sweep *sweep, const char *id, ExecDockerDone done)
{
  exec_docker_volume_remove (sweep->docker, id, done, sweep);
}

static void
remove_image (Sweep *sweep, const char *id, ExecDockerDone done)
{
  exec_docker_image_remove (sweep->docker, id, done, sweep);
}

/* Stopping does not count; images are told by a label of their own, see list_filter. */
#define NOT_COUNTED G_MAXSIZE
#define COUNT(member) G_STRUCT_OFFSET (ExecSweepCounts, member)

static const Stage stages[] = {
  { "/containers/json?filters=", NULL, "Id", NOT_COUNTED, stop_container },
  { "/containers/json?all=1&filters=", NULL, "Id", COUNT (n_containers), remove_container },
  { "/networks?filters=", NULL, "Id", COUNT (n_networks), remove_network },
  { "/volumes?filters=", "Volumes", "Name", COUNT (n_volumes), remove_volume },
  { "/images/json?filters=", NULL, "Id", COUNT (n_images), remove_image },
};

#define IMAGE_STAGE (G_N_ELEMENTS (stages) - 1)

static void
sweep_end (Sweep *sweep)
{
  sweep->done (&sweep->counts, sweep->error, sweep->user_data);
  g_clear_error (&sweep->error);
  g_free (sweep->instance);
  g_free (sweep);
}

static void
note_error (Sweep *sweep, const GError *error)
{
  if (error != NULL && sweep->error == NULL)
    sweep->error = g_error_copy (error);
}

static void
next_stage (Sweep *sweep)
{
  guint n_stages
      = sweep->images == EXEC_SWEEP_IMAGES ? G_N_ELEMENTS (stages) : IMAGE_STAGE;
  if (++sweep->stage < n_stages)
    run_stage (sweep);
  else
    sweep_end (sweep);
}

static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Sweep *sweep = user_data;
  const Stage *stage = &stages[sweep->stage];
  gboolean in_use = sweep->stage == IMAGE_STAGE
                    && g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CONFLICT);
  gboolean gone = g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND);
  if (!in_use && !gone)
    note_error (sweep, error);
  if (error == NULL && stage->count_offset != NOT_COUNTED)
    G_STRUCT_MEMBER (guint, &sweep->counts, stage->count_offset)++;
  if (--sweep->n_pending == 0)
    next_stage (sweep);
}

static gboolean
is_ours (Sweep *sweep, JsonObject *entry)
{
  JsonObject *labels = exec_json_object (entry, "Labels");
  if (sweep->stage == IMAGE_STAGE)
    return exec_json_string (labels, EXEC_LABEL_IMAGE) != NULL;
  return g_strcmp0 (exec_json_string (labels, EXEC_LABEL_INSTANCE), sweep->instance) == 0;
}

static void
on_listed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Sweep *sweep = user_data;
  const Stage *stage = &stages[sweep->stage];
  JsonArray *entries = NULL;
  if (reply != NULL && stage->array != NULL)
    entries = exec_json_array (exec_json_root_object (reply->json), stage->array);
  else if (reply != NULL)
    entries = exec_json_root_array (reply->json);
  note_error (sweep, error);
  guint n = entries != NULL ? json_array_get_length (entries) : 0;
  sweep->n_pending = 1;
  for (guint i = 0; i < n; i++)
    {
      JsonObject *entry = exec_json_element_object (entries, i);
      const char *id = exec_json_string (entry, stage->id);
      if (id == NULL || !is_ours (sweep, entry))
        continue;
      sweep->n_pending++;
      stage->remove (sweep, id, on_removed);
    }
  if (--sweep->n_pending == 0)
    next_stage (sweep);
}

static void
run_stage (Sweep *sweep)
{
  g_autofree char *label = sweep->stage == IMAGE_STAGE
                               ? g_strdup (EXEC_LABEL_IMAGE)
                               : g_strconcat (EXEC_LABEL_INSTANCE "=", sweep->instance, NULL);
  g_autofree char *filter = exec_docker_compute_filter ("label", label);
  g_autofree char *path = g_strconcat (stages[sweep->stage].path, filter, NULL);
  exec_docker_get (sweep->docker, path, on_listed, sweep);
}

void
exec_sweep_instance (ExecDocker *docker, const char *instance, guint grace_seconds,
                     ExecSweepImages images, ExecSweepDone done, gpointer user_data)
{
  Sweep *sweep = g_new0 (Sweep, 1);
  sweep->docker = docker;
  sweep->instance = g_strdup (instance);
  sweep->grace_seconds = grace_seconds;
  sweep->images = images;
  sweep->done = done;
  sweep->user_data = user_data;
  run_stage (sweep);
}
