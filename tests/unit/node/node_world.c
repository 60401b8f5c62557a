/* SPDX-License-Identifier: Apache-2.0
 *
 * The node of node_world.h: its runtime answers each operation in the event that follows.
 */
#include "tests/unit/node/node_world.h"

#include "base/string.h"
#include "machinery/conditions.h"

typedef struct
{
  char *id;
  char *name; /* NULL: a sandbox */
  char *pod_uid;
  guint64 probe_tags[4];
  gint64 started_ns;
  gint64 finished_ns;
  gint32 exit_code;
  guint32 attempt;
  K8ContainerPhase phase;
} FakeContainer;

#define NODE                                                                                       \
  "{\"metadata\":{\"name\":\"node-1\",\"labels\":{\"disk\":\"ssd\"}},\"status\":{" \
  "\"capacity\":{\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"110\"},"                              \
  "\"allocatable\":{\"cpu\":\"3900m\",\"memory\":\"7936Mi\",\"pods\":\"110\"},"                    \
  "\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"192.168.1.21\"}],"                        \
  "\"nodeInfo\":{\"containerRuntimeVersion\":\"fake://1.0\"}}}"

static const char *
intern (NodeWorld *self, const char *text)
{
  return text == NULL ? NULL : k8_string_intern (test_world_region (self->world), text);
}

static K8RuntimeEvent *
make_event (NodeWorld *self, K8RuntimeEventType type, K8RuntimeOpType op)
{
  K8RuntimeEvent *event = k8_mail_new (test_world_region (self->world),
                                       &k8_runtime_event_class);

  event->type = type;
  event->op = op;
  k8_array_init (&event->items, test_world_region (self->world), sizeof (K8RuntimeItem));
  return event;
}

static void
post (NodeWorld *self, K8EventType type, guint64 tag, const void *mail)
{
  K8EngineEvent event = { .type = type, .to = self->kubelet, .tag = tag, .mail = mail };

  test_world_post (self->world, &event);
}

static FakeContainer *
find (NodeWorld *self, const char *id)
{
  for (guint i = 0; i < self->containers->len; i++)
    if (g_strcmp0 (g_array_index (self->containers, FakeContainer, i).id, id) == 0)
      return &g_array_index (self->containers, FakeContainer, i);
  return NULL;
}

static K8RuntimeItem
describe (NodeWorld *self, const FakeContainer *container)
{
  return (K8RuntimeItem){ .id = intern (self, container->id),
                          .pod_uid = intern (self, container->pod_uid),
                          .container_name = intern (self, container->name),
                          .image_id = container->name == NULL ? NULL : intern (self, "sha256:1"),
                          .ip = container->name == NULL ? intern (self, "10.244.1.2") : NULL,
                          .started_ns = container->started_ns,
                          .finished_ns = container->finished_ns,
                          .exit_code = container->exit_code,
                          .attempt = container->attempt,
                          .phase = container->phase };
}

static FakeContainer *
add (NodeWorld *self, const K8RuntimeOp *op)
{
  FakeContainer container = { .id = g_strdup_printf ("id-%u", ++self->n_ids),
                              .name = g_strdup (op->container_name),
                              .pod_uid = g_strdup (op->pod_uid),
                              .attempt = op->attempt,
                              .phase = op->container_name == NULL ? K8_CONTAINER_RUNNING
                                                                  : K8_CONTAINER_CREATED };

  g_array_append_val (self->containers, container);
  return &g_array_index (self->containers, FakeContainer, self->containers->len - 1);
}

static void
end (NodeWorld *self, FakeContainer *container, gint32 exit_code)
{
  K8RuntimeEvent *event = make_event (self, K8_RUNTIME_CONTAINER_EXITED, 0);

  container->phase = K8_CONTAINER_EXITED;
  container->finished_ns = test_world_now (self->world);
  container->exit_code = exit_code;
  event->item = describe (self, container);
  post (self, K8_EVENT_RUNTIME, 0, event);
}

static void
keep_env (NodeWorld *self, const K8Container *container)
{
  for (guint i = 0; i < k8_container_env_n (container); i++)
    g_string_append_printf (self->env, "%s=%s\n",
                            k8_env_var_name (k8_container_env_at (container, i)),
                            k8_string_or_empty (
                                k8_env_var_value (k8_container_env_at (container, i))));
}

static void
keep_files (NodeWorld *self, const K8RuntimeOp *op)
{
  for (guint32 i = 0; i < k8_array_n (&op->files); i++)
    {
      const K8VolumeFile *file = k8_array_at (&op->files, i);
      g_string_append_printf (self->files, "%s/%s=%s %o\n", op->volume_name, file->path,
                              file->content, (guint) file->mode);
    }
}

static void
remove_one (NodeWorld *self, const char *id)
{
  for (guint i = 0; i < self->containers->len; i++)
    if (g_strcmp0 (g_array_index (self->containers, FakeContainer, i).id, id) == 0)
      {
        g_array_remove_index (self->containers, i);
        return;
      }
}

static void
fill_list (NodeWorld *self, K8RuntimeEvent *event)
{
  event->type = K8_RUNTIME_LISTED;
  for (guint i = 0; i < self->containers->len; i++)
    *(K8RuntimeItem *) k8_array_add (&event->items)
        = describe (self, &g_array_index (self->containers, FakeContainer, i));
}

static void
do_op (NodeWorld *self, guint64 tag, const K8RuntimeOp *op)
{
  static const char *const names[]
      = { "pull", "sandbox", "stop-sandbox", "remove-sandbox", "create", "start", "stop",
          "remove", "exec", "write", "list", "list-images", "image" };
  K8RuntimeEvent *event = make_event (self, K8_RUNTIME_RESULT, op->type);
  FakeContainer *container = find (self, op->container_id);

  g_string_append_printf (self->ops, "%s%s%s", names[op->type],
                          op->container_name == NULL ? "" : " ",
                          k8_string_or_empty (op->container_name));
  if (op->type == K8_RUNTIME_CREATE_CONTAINER)
    g_string_append_printf (self->ops, " %u", op->attempt);
  if (op->type == K8_RUNTIME_STOP_CONTAINER)
    g_string_append_printf (self->ops, " grace %d", (int) op->grace_seconds);
  g_string_append_c (self->ops, '\n');
  if (op->type == K8_RUNTIME_RUN_SANDBOX || op->type == K8_RUNTIME_CREATE_CONTAINER)
    event->item = describe (self, add (self, op));
  if (op->type == K8_RUNTIME_CREATE_CONTAINER)
    keep_env (self, op->container);
  if (op->type == K8_RUNTIME_START_CONTAINER)
    {
      container->phase = K8_CONTAINER_RUNNING;
      container->started_ns = test_world_now (self->world);
      event->item = describe (self, container);
    }
  if (op->type == K8_RUNTIME_IMAGE_STATUS && self->has_image)
    event->item.image_id = intern (self, "sha256:1");
  if (op->type == K8_RUNTIME_PULL_IMAGE)
    {
      event->is_failed = self->pull_error != NULL;
      event->message = intern (self, self->pull_error);
      event->item.image_id = event->is_failed ? NULL : intern (self, "sha256:1");
      event->duration_ns = 1200000000;
      event->size_bytes = 1000;
      self->has_image = self->pull_error == NULL;
    }
  if (op->type == K8_RUNTIME_WRITE_VOLUME && self->fails_writes)
    {
      event->is_failed = TRUE;
      event->message = intern (self, "no answer in time");
    }
  else if (op->type == K8_RUNTIME_WRITE_VOLUME)
    keep_files (self, op);
  if (op->type == K8_RUNTIME_REMOVE_CONTAINER)
    remove_one (self, op->container_id);
  if (op->type == K8_RUNTIME_REMOVE_SANDBOX)
    remove_one (self, op->sandbox_id);
  if (op->type == K8_RUNTIME_LIST && self->list_delay > 0)
    {
      self->list_delay--;
      event->type = K8_RUNTIME_READY; /* it is asked once more */
    }
  else if (op->type == K8_RUNTIME_LIST)
    fill_list (self, event);
  if (op->type == K8_RUNTIME_STOP_CONTAINER)
    {
      if (self->fails_stops)
        {
          event->is_failed = TRUE;
          post (self, K8_EVENT_RUNTIME, tag, event);
          return;
        }
      if (!self->holds_stops && container != NULL && container->phase == K8_CONTAINER_RUNNING)
        end (self, container, 0);
      k8_mail_unref (event);
      return;
    }
  post (self, K8_EVENT_RUNTIME, tag, event);
}

static void
watch_probe (NodeWorld *self, guint64 tag, const K8ProbeWatch *watch)
{
  FakeContainer *container = find (self, watch->container_id);

  g_string_append_printf (self->probes, "watch %d port %u delay %d\n", watch->kind, watch->port,
                          k8_probe_initial_delay_seconds (watch->probe));
  if (container != NULL)
    container->probe_tags[watch->kind] = tag;
}

static void
take_effect (void *user, const K8Effect *effect)
{
  NodeWorld *self = user;

  if (effect->type == K8_EFFECT_RUNTIME)
    do_op (self, effect->tag, (const K8RuntimeOp *) effect->mail);
  else if (effect->type == K8_EFFECT_PROBE_WATCH)
    watch_probe (self, effect->tag, (const K8ProbeWatch *) effect->mail);
  else if (effect->type == K8_EFFECT_PROBE_END)
    g_string_append (self->probes, "end\n");
}

void
node_world_start_kubelet (NodeWorld *self)
{
  K8StartMail *start = test_world_start_mail (self->world, K8_ACTOR_KUBELET, "kubelet/node-1");

  start->config = test_world_object (self->world, K8_KIND_Node, NODE);
  self->kubelet = k8_engine_n_actors (test_world_engine (self->world)) + 1;
  if (k8_engine_find_actor (test_world_engine (self->world), "kubelet/node-1") != 0)
    self->kubelet = k8_engine_find_actor (test_world_engine (self->world), "kubelet/node-1");
  test_world_start (self->world, start);
  test_world_run (self->world);
}

static void
clear_container (gpointer element)
{
  FakeContainer *self = element;

  g_free (self->id);
  g_free (self->name);
  g_free (self->pod_uid);
}

NodeWorld *
node_world_new (void)
{
  NodeWorld *self = g_new0 (NodeWorld, 1);

  self->world = test_world_new ();
  self->containers = g_array_new (FALSE, TRUE, sizeof (FakeContainer));
  g_array_set_clear_func (self->containers, clear_container);
  self->ops = g_string_new (NULL);
  self->files = g_string_new (NULL);
  self->env = g_string_new (NULL);
  self->probes = g_string_new (NULL);
  self->has_image = TRUE;
  test_world_set_effect_hook (self->world, take_effect, self);
  test_world_create (self->world, K8_KIND_ServiceAccount, "default",
                     "{\"metadata\":{\"name\":\"default\"},"
                     "\"automountServiceAccountToken\":false}");
  node_world_start_kubelet (self);
  g_string_truncate (self->ops, 0);
  return self;
}

void
node_world_free (NodeWorld *self)
{
  test_world_free (self->world);
  g_array_free (self->containers, TRUE);
  g_string_free (self->ops, TRUE);
  g_string_free (self->files, TRUE);
  g_string_free (self->env, TRUE);
  g_string_free (self->probes, TRUE);
  g_free (self);
}

void
node_world_advance (NodeWorld *self, gint64 seconds)
{
  test_world_advance (self->world, seconds * G_GINT64_CONSTANT (1000000000));
}

guint
node_world_add_pod (NodeWorld *self, const char *name, const char *spec)
{
  char *json = g_strdup_printf ("{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"web\"}},"
                                "\"spec\":{\"nodeName\":\"node-1\",%s}}",
                                name, spec);
  guint code = test_world_create (self->world, K8_KIND_Pod, "default", json);

  g_free (json);
  test_world_run (self->world);
  return code;
}

const K8Pod *
node_world_pod (NodeWorld *self, const char *name)
{
  const K8ApiResponse *response = test_world_call (
      self->world, test_world_request (self->world, K8_VERB_GET, K8_KIND_Pod, "default", name));

  return response->code == 200 ? response->object : NULL;
}

void
node_world_delete_pod (NodeWorld *self, const char *name, gint64 grace_seconds)
{
  K8ApiRequest *request
      = test_world_request (self->world, K8_VERB_DELETE, K8_KIND_Pod, "default", name);

  request->grace_seconds = grace_seconds;
  test_world_call (self->world, request);
  test_world_run (self->world);
}

static void
append_container (GString *text, const K8ContainerStatus *status)
{
  const K8ContainerState *state = k8_container_status_state (status);
  const K8ContainerState *last = k8_container_status_last_state (status);

  g_string_append_printf (text, " %s:", k8_container_status_name (status));
  if (k8_container_state_has_running (state))
    g_string_append (text, "running");
  else if (k8_container_state_has_terminated (state))
    g_string_append_printf (
        text, "%s(%d)",
        k8_container_state_terminated_reason (k8_container_state_terminated (state)),
        k8_container_state_terminated_exit_code (k8_container_state_terminated (state)));
  else
    g_string_append (text,
                     k8_container_state_waiting_reason (k8_container_state_waiting (state)));
  if (k8_container_state_has_terminated (last))
    g_string_append_printf (
        text, "<%s(%d)",
        k8_container_state_terminated_reason (k8_container_state_terminated (last)),
        k8_container_state_terminated_exit_code (k8_container_state_terminated (last)));
  g_string_append_printf (text, "x%d", k8_container_status_restart_count (status));
}

char *
node_world_status (NodeWorld *self, const char *name)
{
  const K8Pod *pod = node_world_pod (self, name);
  const K8PodStatus *status = k8_pod_status (pod);
  GString *text = g_string_new (NULL);

  if (pod == NULL)
    {
      g_string_append (text, "gone");
      return g_string_free (text, FALSE);
    }
  g_string_append_printf (text, "%s ready=%s", k8_pod_status_phase (status),
                          k8_string_or_empty (k8_conditions_status (status, "Ready")));
  for (guint i = 0; i < k8_pod_status_init_container_statuses_n (status); i++)
    append_container (text, k8_pod_status_init_container_statuses_at (status, i));
  for (guint i = 0; i < k8_pod_status_container_statuses_n (status); i++)
    append_container (text, k8_pod_status_container_statuses_at (status, i));
  return g_string_free (text, FALSE);
}

char *
node_world_events (NodeWorld *self, const char *name)
{
  const K8ApiResponse *response
      = test_world_call (self->world, test_world_request (self->world, K8_VERB_LIST,
                                                          K8_KIND_Event, "default", NULL));
  GString *text = g_string_new (NULL);

  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      const K8Event *event = item->object;
      if (!k8_string_is (k8_object_reference_name (k8_event_involved_object (event)), name))
        continue;
      g_string_append_printf (text, "%s %s %s\n", k8_event_type (event), k8_event_reason (event),
                              k8_event_message (event));
    }
  return g_string_free (text, FALSE);
}

guint
node_world_n_said (NodeWorld *self, const char *name, const char *reason)
{
  const K8ApiResponse *response
      = test_world_call (self->world, test_world_request (self->world, K8_VERB_LIST,
                                                          K8_KIND_Event, "default", NULL));
  guint n = 0;

  for (guint32 i = 0; i < k8_array_n (&response->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&response->items, i);
      const K8Event *event = item->object;
      if (k8_string_is (k8_object_reference_name (k8_event_involved_object (event)), name)
          && k8_string_is (k8_event_reason (event), reason))
        n += (guint) MAX (k8_event_count (event), 1);
    }
  return n;
}

static FakeContainer *
find_running (NodeWorld *self, const char *name)
{
  for (guint i = 0; i < self->containers->len; i++)
    {
      FakeContainer *container = &g_array_index (self->containers, FakeContainer, i);
      if (container->phase == K8_CONTAINER_RUNNING && g_strcmp0 (container->name, name) == 0)
        return container;
    }
  return NULL;
}

void
node_world_exit (NodeWorld *self, const char *container, gint32 exit_code)
{
  FakeContainer *found = find_running (self, container);

  CU_ASSERT_PTR_NOT_NULL_FATAL (found);
  end (self, found, exit_code);
  test_world_run (self->world);
}

void
node_world_lose (NodeWorld *self, const char *container)
{
  FakeContainer *found = find_running (self, container);

  CU_ASSERT_PTR_NOT_NULL_FATAL (found);
  remove_one (self, found->id);
}

void
node_world_end_sandbox (NodeWorld *self)
{
  FakeContainer *found = find_running (self, NULL);
  K8RuntimeEvent *event = make_event (self, K8_RUNTIME_SANDBOX_EXITED, 0);

  CU_ASSERT_PTR_NOT_NULL_FATAL (found);
  found->phase = K8_CONTAINER_EXITED;
  event->item = describe (self, found);
  post (self, K8_EVENT_RUNTIME, 0, event);
  test_world_run (self->world);
}

void
node_world_report_probe (NodeWorld *self, const char *container, K8ProbeKind kind,
                         gboolean is_success)
{
  FakeContainer *found = find_running (self, container);
  K8ProbeResult *result;

  CU_ASSERT_PTR_NOT_NULL_FATAL (found);
  result = k8_mail_new (test_world_region (self->world), &k8_probe_result_class);
  result->is_success = is_success;
  result->n_in_a_row = 1;
  if (!is_success)
    result->output = intern (self, self->probe_error != NULL
                                       ? self->probe_error
                                       : "HTTP probe failed with statuscode: 500");
  post (self, K8_EVENT_PROBE, found->probe_tags[kind], result);
  test_world_run (self->world);
}

void
node_world_runtime_state (NodeWorld *self, gboolean is_ready)
{
  post (self, K8_EVENT_RUNTIME, 0,
        make_event (self, is_ready ? K8_RUNTIME_READY : K8_RUNTIME_NOT_READY, 0));
  test_world_run (self->world);
}

guint
node_world_n_running (const NodeWorld *self)
{
  guint n = 0;

  for (guint i = 0; i < self->containers->len; i++)
    n += g_array_index (self->containers, FakeContainer, i).phase == K8_CONTAINER_RUNNING;
  return n;
}

void
test_node_world__keeps_what_is_asked_of_the_runtime (void)
{
  NodeWorld *node = node_world_new ();

  test_world_stop (node->world, "kubelet/node-1");
  node_world_start_kubelet (node);
  TEST_ASSERT_TEXT (node->ops->str, "list\n");
  node_world_free (node);
}
