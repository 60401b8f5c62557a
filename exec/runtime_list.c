/* SPDX-License-Identifier: Apache-2.0
 *
 * LIST: what the engine has of our pods, each container looked at closely, sandboxes first and
 * lives from the oldest to the newest, as the kubelet adopts them. A sandbox that runs is
 * connected with its agent again. The answer waits for all looks. A container that was removed
 * meanwhile is left out; any other failure makes the whole list worth nothing, because what it
 * lacks would count as vanished: the engine is lost, and the kubelet asks again after READY.
 */

#include "base/string.h"
#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/labels.h"
#include "exec/pod_table.h"
#include "exec/runtime_private.h"

static void
give_up (ExecRuntimeCall *call, const GError *error)
{
  exec_runtime_lost (call->runtime, error);
  exec_runtime_forget (call);
}

/* One look; the items are put in order when all are there. */
typedef struct
{
  ExecRuntimeCall *call;
  guint place;
} Look;

static void
finish (ExecRuntimeCall *call)
{
  ExecRuntime *self = call->runtime;
  if (call->failure != NULL)
    {
      give_up (call, call->failure);
      return;
    }
  K8RuntimeEvent *listed = exec_runtime_event_new (self, K8_RUNTIME_LISTED);
  for (guint32 i = 0; i < k8_array_n (&call->event->items); i++)
    {
      const K8RuntimeItem *item = k8_array_at (&call->event->items, i);
      if (item->id == NULL)
        continue;
      *(K8RuntimeItem *) k8_array_add (&listed->items) = k8_runtime_item_dup (item);
      if (item->container_name == NULL)
        exec_sandbox_adopt (self, item);
      else
        exec_container_note (self, item->id);
    }
  exec_runtime_answer (call, listed);
}

static void
count_down (ExecRuntimeCall *call)
{
  if (--call->n_waiting == 0 && exec_runtime_is_wanted (call))
    finish (call);
}

static void
on_look (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Look *look = user_data;
  ExecRuntimeCall *call = look->call;
  if (reply != NULL && !call->runtime->is_dead)
    exec_runtime_describe (call->runtime, reply->json,
                           k8_array_at (&call->event->items, look->place));
  else if (error != NULL && !g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND)
           && call->failure == NULL)
    call->failure = g_error_copy (error);
  g_free (look);
  count_down (call);
}

static void
look_at (ExecRuntimeCall *call, const ExecPodContainer *container)
{
  Look *look = g_new (Look, 1);
  *look = (Look){ .call = call, .place = k8_array_n (&call->event->items) };
  k8_array_add (&call->event->items);
  call->n_waiting++;
  exec_docker_container_inspect (call->runtime->options.docker, container->id, on_look, look);
}

static void
on_listed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL)
    {
      give_up (call, error);
      return;
    }
  g_autoptr (GPtrArray) pods = exec_pod_table_read (exec_json_root_array (reply->json),
                                                    call->runtime->options.boot->instance);
  call->event = exec_runtime_event_new (call->runtime, K8_RUNTIME_LISTED);
  call->n_waiting = 1;
  for (guint i = 0; i < pods->len; i++)
    {
      const ExecPod *pod = g_ptr_array_index (pods, i);
      for (guint j = pod->sandboxes->len; j > 0; j--)
        look_at (call, g_ptr_array_index (pod->sandboxes, j - 1));
    }
  for (guint i = 0; i < pods->len; i++)
    {
      const ExecPod *pod = g_ptr_array_index (pods, i);
      for (guint j = pod->containers->len; j > 0; j--)
        look_at (call, g_ptr_array_index (pod->containers, j - 1));
    }
  count_down (call);
}

void
exec_list_op (ExecRuntimeCall *call)
{
  g_autofree char *label
      = g_strconcat (EXEC_LABEL_INSTANCE "=", call->runtime->options.boot->instance, NULL);
  exec_docker_container_list (call->runtime->options.docker, label, on_listed, call);
}
