/* SPDX-License-Identifier: Apache-2.0
 *
 * Kubernetes names hold no underscore, so the five parts of a name are unambiguous; still only the
 * labels are trusted. The engine's answers are read as untrusted input: a container whose labels
 * are not complete is no pod's.
 */

#include "exec/pod_table.h"

#include "exec/docker_json.h"
#include "exec/labels.h"

#include <stdlib.h>
#include <string.h>

#define SANDBOX_NAME "POD"

char *
exec_pod_container_docker_name (const ExecPodRef *pod, const char *container, guint attempt)
{
  return g_strdup_printf ("k8s_%s_%s_%s_%s_%u", container != NULL ? container : SANDBOX_NAME,
                          pod->name, pod->namespace_name, pod->uid, attempt);
}

char *
exec_pod_volume_docker_name (const ExecPodRef *pod, const char *volume)
{
  return g_strdup_printf ("orrery_%s_%s", pod->uid, volume);
}

static void
add (GHashTable *labels, const char *key, const char *value)
{
  g_hash_table_insert (labels, g_strdup (key), g_strdup (value));
}

GHashTable *
exec_pod_labels (const ExecPodRef *pod)
{
  GHashTable *labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  add (labels, EXEC_LABEL_INSTANCE, pod->instance);
  add (labels, EXEC_LABEL_POD_NAME, pod->name);
  add (labels, EXEC_LABEL_POD_NAMESPACE, pod->namespace_name);
  add (labels, EXEC_LABEL_POD_UID, pod->uid);
  return labels;
}

void
exec_pod_labels_add_container (GHashTable *labels, const char *container, guint attempt)
{
  g_autofree char *number = g_strdup_printf ("%u", attempt);
  add (labels, EXEC_LABEL_TYPE, container != NULL ? "container" : "podsandbox");
  add (labels, EXEC_LABEL_CONTAINER_NAME, container != NULL ? container : SANDBOX_NAME);
  add (labels, EXEC_LABEL_ATTEMPT, number);
}

/* ---- Reading ---- */

static void
pod_container_free (gpointer user_data)
{
  ExecPodContainer *container = user_data;
  g_free (container->id);
  g_free (container->container_name);
  g_free (container->image_id);
  g_free (container->state);
  g_free (container->spec_hash);
  g_free (container->sandbox_id);
  g_free (container);
}

static void
pod_free (gpointer user_data)
{
  ExecPod *pod = user_data;
  g_free (pod->name);
  g_free (pod->namespace_name);
  g_free (pod->uid);
  g_ptr_array_unref (pod->sandboxes);
  g_ptr_array_unref (pod->containers);
  g_free (pod);
}

static ExecPod *
ensure_pod (GPtrArray *pods, JsonObject *labels)
{
  const char *uid = exec_json_string (labels, EXEC_LABEL_POD_UID);
  for (guint i = 0; i < pods->len; i++)
    if (strcmp (((ExecPod *) g_ptr_array_index (pods, i))->uid, uid) == 0)
      return g_ptr_array_index (pods, i);
  ExecPod *pod = g_new0 (ExecPod, 1);
  pod->uid = g_strdup (uid);
  pod->name = g_strdup (exec_json_string (labels, EXEC_LABEL_POD_NAME));
  pod->namespace_name = g_strdup (exec_json_string (labels, EXEC_LABEL_POD_NAMESPACE));
  pod->sandboxes = g_ptr_array_new_with_free_func (pod_container_free);
  pod->containers = g_ptr_array_new_with_free_func (pod_container_free);
  g_ptr_array_add (pods, pod);
  return pod;
}

static void
read_container (GPtrArray *pods, JsonObject *entry, const char *instance)
{
  JsonObject *labels = exec_json_object (entry, "Labels");
  const char *type = exec_json_string (labels, EXEC_LABEL_TYPE);
  const char *attempt = exec_json_string (labels, EXEC_LABEL_ATTEMPT);
  const char *name = exec_json_string (labels, EXEC_LABEL_CONTAINER_NAME);
  gboolean ours = g_strcmp0 (exec_json_string (labels, EXEC_LABEL_INSTANCE), instance) == 0;
  gboolean complete = type != NULL && attempt != NULL && name != NULL
                      && exec_json_string (entry, "Id") != NULL
                      && exec_json_string (labels, EXEC_LABEL_POD_UID) != NULL
                      && exec_json_string (labels, EXEC_LABEL_POD_NAME) != NULL
                      && exec_json_string (labels, EXEC_LABEL_POD_NAMESPACE) != NULL;
  if (!ours || !complete)
    return;
  ExecPod *pod = ensure_pod (pods, labels);
  gboolean is_sandbox = strcmp (type, "podsandbox") == 0;
  ExecPodContainer *container = g_new0 (ExecPodContainer, 1);
  container->id = g_strdup (exec_json_string (entry, "Id"));
  container->container_name = is_sandbox ? NULL : g_strdup (name);
  container->image_id = g_strdup (exec_json_string (entry, "ImageID"));
  container->state = g_strdup (exec_json_string (entry, "State"));
  container->spec_hash = g_strdup (exec_json_string (labels, EXEC_LABEL_SPEC_HASH));
  container->sandbox_id = g_strdup (exec_json_string (labels, EXEC_LABEL_SANDBOX_ID));
  container->attempt = (guint) strtoul (attempt, NULL, 10);
  g_ptr_array_add (is_sandbox ? pod->sandboxes : pod->containers, container);
}

static gint
compare_containers (gconstpointer a, gconstpointer b)
{
  const ExecPodContainer *x = *(ExecPodContainer *const *) a;
  const ExecPodContainer *y = *(ExecPodContainer *const *) b;
  int by_name = g_strcmp0 (x->container_name, y->container_name);
  if (by_name != 0)
    return by_name;
  return (x->attempt < y->attempt) - (x->attempt > y->attempt);
}

static gint
compare_pods (gconstpointer a, gconstpointer b)
{
  const ExecPod *x = *(ExecPod *const *) a;
  const ExecPod *y = *(ExecPod *const *) b;
  return strcmp (x->uid, y->uid);
}

GPtrArray *
exec_pod_table_read (JsonArray *containers, const char *instance)
{
  GPtrArray *pods = g_ptr_array_new_with_free_func (pod_free);
  guint n = containers != NULL ? json_array_get_length (containers) : 0;
  for (guint i = 0; i < n; i++)
    read_container (pods, exec_json_element_object (containers, i), instance);
  for (guint i = 0; i < pods->len; i++)
    {
      ExecPod *pod = g_ptr_array_index (pods, i);
      g_ptr_array_sort (pod->sandboxes, compare_containers);
      g_ptr_array_sort (pod->containers, compare_containers);
    }
  g_ptr_array_sort (pods, compare_pods);
  return pods;
}

/* "2026-01-02T03:04:05.678901234Z"; the engine's zero is year 1. */
static gint64
read_time (JsonObject *state, const char *member)
{
  const char *text = exec_json_string (state, member);
  if (text == NULL || g_str_has_prefix (text, "0001-"))
    return 0;
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);
  if (time == NULL)
    return 0;
  gint64 nanoseconds = 0;
  const char *dot = strchr (text, '.');
  guint n_digits = 0;
  for (const char *at = dot != NULL ? dot + 1 : ""; g_ascii_isdigit (*at) && n_digits < 9; at++)
    {
      nanoseconds = nanoseconds * 10 + (*at - '0');
      n_digits++;
    }
  for (; n_digits > 0 && n_digits < 9; n_digits++)
    nanoseconds *= 10;
  return g_date_time_to_unix (time) * 1000000000 + nanoseconds;
}

static ExecContainerState
read_state (const char *text)
{
  if (g_strcmp0 (text, "created") == 0)
    return EXEC_CONTAINER_CREATED;
  if (g_strcmp0 (text, "running") == 0 || g_strcmp0 (text, "paused") == 0
      || g_strcmp0 (text, "restarting") == 0)
    return EXEC_CONTAINER_RUNNING;
  if (g_strcmp0 (text, "exited") == 0 || g_strcmp0 (text, "dead") == 0
      || g_strcmp0 (text, "removing") == 0)
    return EXEC_CONTAINER_EXITED;
  return EXEC_CONTAINER_UNKNOWN;
}

static const char *
find_ip (JsonObject *root)
{
  JsonObject *networks
      = exec_json_object (exec_json_object (root, "NetworkSettings"), "Networks");
  if (networks == NULL)
    return NULL;
  g_autoptr (GList) names = json_object_get_members (networks);
  for (GList *at = names; at != NULL; at = at->next)
    {
      const char *ip = exec_json_string (exec_json_object (networks, at->data), "IPAddress");
      if (ip != NULL && ip[0] != '\0')
        return ip;
    }
  return NULL;
}

static const char *
find_reason (const ExecContainerStatus *status, gboolean oom_killed)
{
  if (status->state == EXEC_CONTAINER_CREATED && status->exit_code != 0)
    return "StartError";
  if (status->state != EXEC_CONTAINER_EXITED)
    return NULL;
  if (oom_killed)
    return "OOMKilled";
  return status->exit_code == 0 ? "Completed" : "Error";
}

void
exec_container_status_read (JsonNode *inspected, ExecContainerStatus *ret_status)
{
  JsonObject *root = exec_json_root_object (inspected);
  JsonObject *state = exec_json_object (root, "State");
  const char *error = exec_json_string (state, "Error");
  ExecContainerStatus status
      = { .state = read_state (exec_json_string (state, "Status")),
          .id = exec_json_string (root, "Id"),
          .image_id = exec_json_string (root, "Image"),
          .ip = find_ip (root),
          .exit_code = (gint) exec_json_int (state, "ExitCode", -1),
          .message = error != NULL && error[0] != '\0' ? error : NULL,
          .started_at_ns = read_time (state, "StartedAt"),
          .finished_at_ns = read_time (state, "FinishedAt"),
          .pid = exec_json_int (state, "Pid", 0) };
  /* The engine notes the end of a very short process before its start. */
  if (status.finished_at_ns != 0)
    status.finished_at_ns = MAX (status.finished_at_ns, status.started_at_ns);
  status.reason = find_reason (&status, exec_json_boolean (state, "OOMKilled"));
  *ret_status = status;
}
