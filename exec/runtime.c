/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the kubelet's operations go, how they are answered, and what the engine says by itself.
 * Each operation is a call that ends in exactly one answer. What happened while the engine was
 * away is found by the kubelet's own LIST after READY.
 * Source: cri-api runtime/v1; kubernetes pkg/kubelet/images (reasons of errors).
 */

#include "exec/runtime.h"

#include "base/string.h"
#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/labels.h"
#include "exec/runtime_private.h"
#include "machinery/image.h"

#include <string.h>

#define MAX_MESSAGE_BYTES 1000
#define RELIST_MS 1000

static void
release (ExecRuntime *self)
{
  if (!self->is_dead || self->n_calls > 0)
    return;
  g_free (self);
}

void
exec_runtime_hold (ExecRuntime *self)
{
  self->n_calls++;
}

void
exec_runtime_let_go (ExecRuntime *self)
{
  self->n_calls--;
  release (self);
}

/* ---- Answers ---- */

K8RuntimeEvent *
exec_runtime_event_new (ExecRuntime *self, K8RuntimeEventType type)
{
  K8RuntimeEvent *event = k8_mail_new (self->options.region, &k8_runtime_event_class);
  event->type = type;
  k8_array_init (&event->items, self->options.region, sizeof (K8RuntimeItem));
  return event;
}

void
exec_runtime_post (ExecRuntime *self, guint64 tag, K8RuntimeEvent *event)
{
  self->options.post (K8_EVENT_RUNTIME, tag, event, self->options.user_data);
}

const char *
exec_runtime_text (ExecRuntime *self, const char *text)
{
  if (text == NULL)
    return NULL;
  g_autofree char *clean = exec_text_clean (text, MAX_MESSAGE_BYTES);
  return k8_string_intern (self->options.region, clean);
}

void
exec_runtime_forget (ExecRuntimeCall *call)
{
  ExecRuntime *self = call->runtime;
  k8_mail_unref (call->event);
  k8_mail_unref (call->op);
  g_clear_error (&call->failure);
  g_free (call);
  exec_runtime_let_go (self);
}

gboolean
exec_runtime_is_wanted (ExecRuntimeCall *call)
{
  if (!call->runtime->is_dead)
    return TRUE;
  exec_runtime_forget (call);
  return FALSE;
}

void
exec_runtime_answer (ExecRuntimeCall *call, K8RuntimeEvent *event)
{
  ExecRuntime *self = call->runtime;
  if (event == NULL)
    event = exec_runtime_event_new (self, K8_RUNTIME_RESULT);
  event->op = call->op->type;
  exec_runtime_post (self, call->tag, event);
  exec_runtime_forget (call);
}

void
exec_runtime_refuse (ExecRuntimeCall *call, const char *reason, const char *message)
{
  K8RuntimeEvent *event = exec_runtime_event_new (call->runtime, K8_RUNTIME_RESULT);
  event->is_failed = TRUE;
  event->error = k8_string_intern (call->runtime->options.region, reason);
  event->message = exec_runtime_text (call->runtime, message);
  exec_runtime_answer (call, event);
}

char *
exec_runtime_reference (const char *image)
{
  K8ImageName name;
  if (!k8_image_parse (image, &name) || name.tag_bytes > 0 || name.digest_bytes > 0)
    return g_strdup (image);
  return g_strconcat (image, ":latest", NULL);
}

/* ---- Reading ---- */

static K8ContainerPhase
find_phase (ExecContainerState state)
{
  switch (state)
    {
    case EXEC_CONTAINER_CREATED:
      return K8_CONTAINER_CREATED;
    case EXEC_CONTAINER_RUNNING:
      return K8_CONTAINER_RUNNING;
    case EXEC_CONTAINER_EXITED:
      return K8_CONTAINER_EXITED;
    case EXEC_CONTAINER_UNKNOWN:
      break;
    }
  return K8_CONTAINER_UNKNOWN;
}

static void
read_labels (ExecRuntime *self, JsonObject *labels, K8RuntimeItem *item)
{
  const char *attempt = exec_json_string (labels, EXEC_LABEL_ATTEMPT);
  item->pod_uid = exec_runtime_text (self, exec_json_string (labels, EXEC_LABEL_POD_UID));
  item->pod_name = exec_runtime_text (self, exec_json_string (labels, EXEC_LABEL_POD_NAME));
  item->pod_namespace
      = exec_runtime_text (self, exec_json_string (labels, EXEC_LABEL_POD_NAMESPACE));
  item->attempt = attempt != NULL ? (guint32) g_ascii_strtoull (attempt, NULL, 10) : 0;
  if (g_strcmp0 (exec_json_string (labels, EXEC_LABEL_TYPE), "podsandbox") == 0)
    {
      item->sandbox_id = k8_string_ref (item->id);
      return;
    }
  item->container_name
      = exec_runtime_text (self, exec_json_string (labels, EXEC_LABEL_CONTAINER_NAME));
  item->sandbox_id = exec_runtime_text (self, exec_json_string (labels, EXEC_LABEL_SANDBOX_ID));
}

void
exec_runtime_describe (ExecRuntime *self, JsonNode *inspected, K8RuntimeItem *ret_item)
{
  JsonObject *root = exec_json_root_object (inspected);
  JsonObject *config = exec_json_object (root, "Config");
  ExecContainerStatus status;
  exec_container_status_read (inspected, &status);
  *ret_item = (K8RuntimeItem){
    .id = exec_runtime_text (self, status.id),
    .image = exec_runtime_text (self, exec_json_string (config, "Image")),
    .image_id = exec_runtime_text (self, status.image_id),
    .ip = exec_runtime_text (self, status.ip),
    .reason = exec_runtime_text (self, status.reason),
    .started_ns = exec_clock_of_wall (self->options.clock, status.started_at_ns),
    .finished_ns = exec_clock_of_wall (self->options.clock, status.finished_at_ns),
    .exit_code = status.exit_code,
    .phase = find_phase (status.state),
  };
  ret_item->created_ns = ret_item->started_ns;
  read_labels (self, exec_json_object (config, "Labels"), ret_item);
}

void
exec_runtime_describe_event (ExecRuntime *self, const ExecEvent *event, K8RuntimeItem *ret_item)
{
  gint64 now_ns = self->options.clock->now_ns;
  *ret_item = (K8RuntimeItem){ .id = exec_runtime_text (self, event->container_id),
                               .exit_code = event->exit_code,
                               .started_ns = now_ns,
                               .finished_ns = now_ns,
                               .phase = K8_CONTAINER_EXITED };
  ret_item->reason = exec_runtime_text (self, event->exit_code == 0 ? "Completed" : "Error");
  GHashTable *labels = event->attributes;
  if (labels == NULL)
    return;
  ret_item->pod_uid = exec_runtime_text (self, g_hash_table_lookup (labels, EXEC_LABEL_POD_UID));
  ret_item->container_name
      = exec_runtime_text (self, g_hash_table_lookup (labels, EXEC_LABEL_CONTAINER_NAME));
}

/* ---- Operations ---- */

static void
take_op (ExecRuntimeCall *call)
{
  switch (call->op->type)
    {
    case K8_RUNTIME_PULL_IMAGE:
      exec_image_op_pull (call);
      break;
    case K8_RUNTIME_IMAGE_STATUS:
      exec_image_op_status (call);
      break;
    case K8_RUNTIME_RUN_SANDBOX:
      exec_sandbox_op_run (call);
      break;
    case K8_RUNTIME_STOP_SANDBOX:
      exec_sandbox_op_stop (call);
      break;
    case K8_RUNTIME_REMOVE_SANDBOX:
      exec_sandbox_op_remove (call);
      break;
    case K8_RUNTIME_WRITE_VOLUME:
      exec_sandbox_op_write (call);
      break;
    case K8_RUNTIME_CREATE_CONTAINER:
      exec_container_op_create (call);
      break;
    case K8_RUNTIME_START_CONTAINER:
      exec_container_op_start (call);
      break;
    case K8_RUNTIME_STOP_CONTAINER:
      exec_container_op_stop (call);
      break;
    case K8_RUNTIME_REMOVE_CONTAINER:
      exec_container_op_remove (call);
      break;
    case K8_RUNTIME_EXEC:
      exec_container_op_exec (call);
      break;
    case K8_RUNTIME_LIST:
    case K8_RUNTIME_LIST_IMAGES:
      exec_list_op (call);
      break;
    }
}

void
exec_runtime_take (ExecRuntime *self, const K8Effect *effect)
{
  if (effect->type == K8_EFFECT_PROBE_WATCH)
    {
      exec_probe_watch (self, effect->tag, (const K8ProbeWatch *) effect->mail);
      return;
    }
  if (effect->type == K8_EFFECT_PROBE_END)
    {
      exec_probe_end (self, effect->tag);
      return;
    }
  ExecRuntimeCall *call = g_new0 (ExecRuntimeCall, 1);
  call->runtime = self;
  call->op = k8_mail_ref (effect->mail);
  call->tag = effect->tag;
  call->began_ns = self->options.clock->now_ns;
  self->n_calls++;
  take_op (call);
}

/* ---- What happens by itself ---- */

static void
tell_sandbox_ended (ExecRuntime *self, const ExecRuntimeSandbox *sandbox)
{
  K8RuntimeEvent *event = exec_runtime_event_new (self, K8_RUNTIME_SANDBOX_EXITED);
  event->item.id = exec_runtime_text (self, sandbox->id);
  event->item.sandbox_id = k8_string_ref (event->item.id);
  event->item.pod_uid = exec_runtime_text (self, sandbox->uid);
  event->item.phase = K8_CONTAINER_EXITED;
  event->item.finished_ns = self->options.clock->now_ns;
  exec_runtime_post (self, 0, event);
}

static void
on_happened (const ExecEvent *event, gpointer user_data)
{
  ExecRuntime *self = user_data;
  if (event->type != EXEC_EVENT_DIE)
    return;
  ExecRuntimeSandbox *sandbox = exec_runtime_find_sandbox (self, event->container_id);
  if (sandbox == NULL)
    exec_container_died (self, event);
  else if (sandbox->is_running && !sandbox->is_stopping)
    {
      sandbox->is_stopping = TRUE;
      tell_sandbox_ended (self, sandbox);
    }
}

static gboolean
is_listed_running (JsonArray *containers, const char *id)
{
  guint n = containers != NULL ? json_array_get_length (containers) : 0;
  for (guint i = 0; i < n; i++)
    {
      JsonObject *entry = exec_json_element_object (containers, i);
      if (g_strcmp0 (exec_json_string (entry, "Id"), id) == 0)
        return g_strcmp0 (exec_json_string (entry, "State"), "running") == 0;
    }
  return FALSE;
}

/* The engine answers (again). */
static void
on_listed (JsonArray *containers, gpointer user_data)
{
  ExecRuntime *self = user_data;
  if (self->is_lost)
    {
      self->is_lost = FALSE;
      g_clear_handle_id (&self->relist_id, g_source_remove);
      self->options.noted ("the Docker Engine is back", self->options.user_data);
      exec_runtime_post (self, 0, exec_runtime_event_new (self, K8_RUNTIME_READY));
    }
  for (guint i = 0; i < self->sandboxes->len; i++)
    {
      ExecRuntimeSandbox *sandbox = g_ptr_array_index (self->sandboxes, i);
      if (!sandbox->is_running || sandbox->is_stopping
          || is_listed_running (containers, sandbox->id))
        continue;
      sandbox->is_stopping = TRUE;
      tell_sandbox_ended (self, sandbox);
    }
  exec_sandbox_reattach_all (self);
}

static gboolean
on_relist (gpointer user_data)
{
  ExecRuntime *self = user_data;
  self->relist_id = 0;
  if (self->is_lost)
    exec_events_relist (self->events);
  return G_SOURCE_REMOVE;
}

/* Its events may go on all the same (one call that took too long): then nobody else would ask. */
void
exec_runtime_lost (ExecRuntime *self, const GError *error)
{
  if (self->is_lost)
    return;
  self->is_lost = TRUE;
  self->relist_id = g_timeout_add (RELIST_MS, on_relist, self);
  g_autofree char *text
      = g_strdup_printf ("the Docker Engine at %s is away: %s; nothing is done to pods until it is "
                         "back",
                         exec_docker_socket_path (self->options.docker), error->message);
  self->options.noted (text, self->options.user_data);
  exec_runtime_post (self, 0, exec_runtime_event_new (self, K8_RUNTIME_NOT_READY));
}

static void
on_lost (const GError *error, gpointer user_data)
{
  exec_runtime_lost (user_data, error);
}

/* ---- Life ---- */

ExecRuntime *
exec_runtime_new (const ExecRuntimeOptions *options)
{
  static const ExecEventsHandler handler
      = { .happened = on_happened, .listed = on_listed, .lost = on_lost };
  ExecRuntime *self = g_new0 (ExecRuntime, 1);
  self->options = *options;
  self->sandboxes = g_ptr_array_new_with_free_func (exec_sandbox_free);
  self->containers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, exec_container_free);
  self->probes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, exec_probe_free);
  g_autofree char *label = g_strconcat (EXEC_LABEL_INSTANCE "=", options->boot->instance, NULL);
  self->events = exec_events_new (options->docker, label, &handler, self);
  return self;
}

/* Calls that are under way end without anyone being told. */
void
exec_runtime_free (ExecRuntime *self)
{
  if (self == NULL)
    return;
  self->is_dead = TRUE;
  self->n_calls++;
  g_clear_handle_id (&self->relist_id, g_source_remove);
  exec_events_free (self->events);
  g_hash_table_unref (self->probes);
  g_hash_table_unref (self->containers);
  g_ptr_array_unref (self->sandboxes);
  exec_runtime_let_go (self);
}
