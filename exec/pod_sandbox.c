/* SPDX-License-Identifier: Apache-2.0
 *
 * volumes -> create -> start -> inspect -> attach -> fill -> started; a failure anywhere ends in
 * `started` with the error, and leaves what was made for the next try or for removal.
 *   create: a name in use is looked at: the same pod's and attempt's container is ours from an
 *   earlier try (its sandbox is taken as it is), anything else is an error, never removed here.
 */

#include "exec/pod_sandbox.h"

#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/labels.h"

#include <string.h>

struct _ExecPodSandbox
{
  ExecDocker *docker;
  const ExecPodSandboxSpec *spec; /* NULL once started, or adopted */
  ExecPodSandboxEvents events;
  gpointer user_data;
  char *docker_name;
  char *id;
  char *ip;
  ExecAgentLink *link;
  guint volume_index;  /* the next to create */
  guint n_to_fill;     /* answers still to come */
  GError *fill_error;
  guint n_pending;     /* calls that hold the memory */
  GError *outcome;     /* to be told */
  guint tell_id;
  gboolean starting, ready, dead;
};

static void create_next_volume (ExecPodSandbox *self);

static void
release (ExecPodSandbox *self)
{
  if (!self->dead || self->n_pending > 0)
    return;
  g_clear_error (&self->fill_error);
  g_clear_error (&self->outcome);
  g_free (self->docker_name);
  g_free (self->id);
  g_free (self->ip);
  g_free (self);
}

/* Of every callback: FALSE if nobody waits for the result any more. */
static gboolean
arrive (ExecPodSandbox *self)
{
  self->n_pending--;
  if (!self->dead)
    return TRUE;
  release (self);
  return FALSE;
}

static gboolean
on_tell (gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  g_autoptr (GError) error = g_steal_pointer (&self->outcome);
  self->tell_id = 0;
  self->spec = NULL;
  self->events.started (self, error, self->user_data);
  return G_SOURCE_REMOVE;
}

/* From the main loop, so that the handler may free us although a part of ours found the end. */
static void
tell_started (ExecPodSandbox *self, const GError *error)
{
  if (!self->starting)
    return;
  self->starting = FALSE;
  self->outcome = error != NULL ? g_error_copy (error) : NULL;
  self->tell_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_tell, self, NULL);
}

/* ---- Agent ---- */

static void
on_filled (const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (self->dead)
    return;
  if (error != NULL && self->fill_error == NULL)
    self->fill_error = g_error_copy (error);
  if (--self->n_to_fill > 0)
    return;
  g_autoptr (GError) problem = g_steal_pointer (&self->fill_error);
  self->ready = problem == NULL;
  tell_started (self, problem);
}

static void
fill (ExecPodSandbox *self)
{
  const ExecPodSandboxSpec *spec = self->spec;
  self->n_to_fill = 1;
  for (guint i = 0; spec != NULL && i < spec->n_volumes; i++)
    {
      const ExecPodVolume *volume = &spec->volumes[i];
      if (volume->mode != 0)
        {
          self->n_to_fill++;
          exec_agent_link_set_mode (self->link, volume->name, volume->mode, on_filled, self);
        }
      if (volume->files != NULL)
        {
          self->n_to_fill++;
          exec_agent_link_write_files (self->link, volume->name, volume->files, on_filled, self);
        }
    }
  on_filled (NULL, self);
}

static void
on_agent_ready (guint n_probes, gpointer user_data)
{
  fill (user_data);
}

static void
on_probe_changed (const ExecAgentProbeResult *result, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (self->events.probe_changed != NULL)
    self->events.probe_changed (result, self->user_data);
}

static void
on_agent_closed (const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  gboolean was_ready = self->ready;
  self->ready = FALSE;
  g_clear_pointer (&self->link, exec_agent_link_free);
  if (was_ready && self->events.agent_lost != NULL)
    self->events.agent_lost (error, self->user_data);
  else if (!was_ready)
    tell_started (self, error);
}

static void
attach (ExecPodSandbox *self)
{
  static const ExecAgentLinkEvents link_events = { .ready = on_agent_ready,
                                                   .probe_changed = on_probe_changed,
                                                   .closed = on_agent_closed };
  self->link = exec_agent_link_new (self->docker, self->id, &link_events, self);
}

void
exec_pod_sandbox_reattach (ExecPodSandbox *self)
{
  if (self->link != NULL || self->id == NULL)
    return;
  self->starting = TRUE;
  attach (self);
}

/* ---- Container ---- */

static void
on_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (!arrive (self))
    return;
  if (error != NULL)
    {
      tell_started (self, error);
      return;
    }
  ExecContainerStatus status;
  exec_container_status_read (reply->json, &status);
  if (status.state != EXEC_CONTAINER_RUNNING)
    {
      g_autoptr (GError) problem
          = g_error_new (EXEC_ERROR, EXEC_ERROR_REFUSED, "sandbox %s does not run", self->id);
      tell_started (self, problem);
      return;
    }
  g_free (self->ip);
  self->ip = g_strdup (status.ip);
  attach (self);
}

static void
inspect (ExecPodSandbox *self)
{
  self->n_pending++;
  exec_docker_container_inspect (self->docker, self->id, on_inspected, self);
}

static void
on_started (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (!arrive (self))
    return;
  if (error != NULL)
    tell_started (self, error);
  else
    inspect (self);
}

static void
start (ExecPodSandbox *self)
{
  self->n_pending++;
  exec_docker_container_start (self->docker, self->id, on_started, self);
}

static void
on_holder_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (!arrive (self))
    return;
  JsonObject *root = reply != NULL ? exec_json_root_object (reply->json) : NULL;
  JsonObject *labels = exec_json_object (exec_json_object (root, "Config"), "Labels");
  gboolean ours = g_strcmp0 (exec_json_string (labels, EXEC_LABEL_INSTANCE),
                             self->spec->pod.instance) == 0
                  && g_strcmp0 (exec_json_string (labels, EXEC_LABEL_POD_UID),
                                self->spec->pod.uid) == 0;
  const char *id = exec_json_string (root, "Id");
  if (ours && id != NULL)
    {
      self->id = g_strdup (id);
      start (self);
      return;
    }
  g_autoptr (GError) problem
      = error != NULL ? g_error_copy (error)
                      : g_error_new (EXEC_ERROR, EXEC_ERROR_CONFLICT,
                                     "the name %s is taken by a container that is not ours",
                                     self->docker_name);
  tell_started (self, problem);
}

static void
on_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (!arrive (self))
    return;
  const char *id
      = reply != NULL ? exec_json_string (exec_json_root_object (reply->json), "Id") : NULL;
  if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_CONFLICT))
    {
      self->n_pending++;
      exec_docker_container_inspect (self->docker, self->docker_name, on_holder_inspected, self);
    }
  else if (id != NULL)
    {
      self->id = g_strdup (id);
      start (self);
    }
  else
    {
      g_autoptr (GError) strange
          = g_error_new (EXEC_ERROR, EXEC_ERROR_BAD_ANSWER, "docker: create without an id");
      tell_started (self, error != NULL ? error : strange);
    }
}

static void
create (ExecPodSandbox *self)
{
  const ExecPodSandboxSpec *spec = self->spec;
  static const char *const drop_all[] = { "ALL", NULL };
  ExecMount mounts[EXEC_MAX_VOLUMES];
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) labels = exec_pod_labels (&spec->pod);
  exec_pod_labels_add_container (labels, NULL, spec->attempt);
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      char *source = exec_pod_volume_docker_name (&spec->pod, spec->volumes[i].name);
      char *target = g_strconcat ("/volumes/", spec->volumes[i].name, NULL);
      g_ptr_array_add (texts, source);
      g_ptr_array_add (texts, target);
      mounts[i] = (ExecMount){ .type = EXEC_MOUNT_VOLUME, .source = source, .target = target };
    }
  ExecContainerSpec container = {
    .image = spec->image, .hostname = spec->hostname, .labels = labels,
    .network_mode = spec->network, .network_ip = spec->ip, .ipc_mode = "shareable",
    .dns_servers = spec->dns_servers, .dns_searches = spec->dns_searches,
    .dns_options = spec->dns_options, .extra_hosts = spec->extra_hosts,
    .mounts = mounts, .n_mounts = spec->n_volumes, .ports = spec->ports, .n_ports = spec->n_ports,
    .memory_bytes = EXEC_SANDBOX_MEMORY_BYTES, .pids_limit = EXEC_SANDBOX_PIDS,
    .capabilities_drop = drop_all, .read_only_root = TRUE, .open_stdin = TRUE,
    .logs = EXEC_LOGS_NONE,
  };
  self->n_pending++;
  exec_docker_container_create (self->docker, self->docker_name, &container, on_created, self);
}

static void
on_volume_created (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecPodSandbox *self = user_data;
  if (!arrive (self))
    return;
  if (error != NULL)
    tell_started (self, error);
  else
    create_next_volume (self);
}

static void
create_next_volume (ExecPodSandbox *self)
{
  const ExecPodSandboxSpec *spec = self->spec;
  if (self->volume_index == spec->n_volumes)
    {
      create (self);
      return;
    }
  const ExecPodVolume *volume = &spec->volumes[self->volume_index++];
  g_autofree char *name = exec_pod_volume_docker_name (&spec->pod, volume->name);
  g_autoptr (GHashTable) labels = exec_pod_labels (&spec->pod);
  g_hash_table_insert (labels, g_strdup (EXEC_LABEL_VOLUME_NAME), g_strdup (volume->name));
  self->n_pending++;
  exec_docker_volume_create (self->docker, name, volume->memory_bytes, labels, on_volume_created,
                             self);
}

/* ---- Life ---- */

static ExecPodSandbox *
sandbox_new (ExecDocker *docker, const ExecPodSandboxEvents *events, gpointer user_data)
{
  ExecPodSandbox *self = g_new0 (ExecPodSandbox, 1);
  self->docker = docker;
  self->events = *events;
  self->user_data = user_data;
  self->starting = TRUE;
  return self;
}

ExecPodSandbox *
exec_pod_sandbox_new (ExecDocker *docker, const ExecPodSandboxSpec *spec,
                      const ExecPodSandboxEvents *events, gpointer user_data)
{
  g_assert (spec->n_volumes <= EXEC_MAX_VOLUMES);
  ExecPodSandbox *self = sandbox_new (docker, events, user_data);
  self->spec = spec;
  self->docker_name = exec_pod_container_docker_name (&spec->pod, NULL, spec->attempt);
  create_next_volume (self);
  return self;
}

ExecPodSandbox *
exec_pod_sandbox_new_adopted (ExecDocker *docker, const char *container_id,
                              const ExecPodSandboxEvents *events, gpointer user_data)
{
  ExecPodSandbox *self = sandbox_new (docker, events, user_data);
  self->id = g_strdup (container_id);
  inspect (self);
  return self;
}

void
exec_pod_sandbox_free (ExecPodSandbox *self)
{
  if (self == NULL)
    return;
  self->dead = TRUE;
  g_clear_handle_id (&self->tell_id, g_source_remove);
  g_clear_pointer (&self->link, exec_agent_link_free);
  release (self);
}

const char *
exec_pod_sandbox_id (const ExecPodSandbox *self)
{
  return self->id;
}

const char *
exec_pod_sandbox_ip (const ExecPodSandbox *self)
{
  return self->ip;
}

ExecAgentLink *
exec_pod_sandbox_link (const ExecPodSandbox *self)
{
  return self->ready ? self->link : NULL;
}

gboolean
exec_pod_sandbox_write_volume (ExecPodSandbox *self, const char *volume, GArray *files,
                               ExecAgentDone done, gpointer user_data)
{
  if (!self->ready || self->link == NULL)
    return FALSE;
  exec_agent_link_write_files (self->link, volume, files, done, user_data);
  return TRUE;
}
