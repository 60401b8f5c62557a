/* SPDX-License-Identifier: Apache-2.0
 *
 * Images: whether one is there, and pulling it. What the kubelet gets as the image's id is the
 * engine's own. Source: cri-api ImageService; kubernetes pkg/kubelet/images (ErrImagePull).
 * LATER: imagePullSecrets: the engine's own login is used, and none is sent.
 */

#include "base/string.h"
#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/runtime_private.h"

static K8RuntimeEvent *
make_event (ExecRuntimeCall *call, JsonNode *inspected)
{
  JsonObject *root = exec_json_root_object (inspected);
  K8RuntimeEvent *event = exec_runtime_event_new (call->runtime, K8_RUNTIME_RESULT);
  event->item.image = k8_string_ref (call->op->image);
  event->item.image_id = exec_runtime_text (call->runtime, exec_json_string (root, "Id"));
  event->size_bytes = exec_json_int (root, "Size", 0);
  event->duration_ns = call->runtime->options.clock->now_ns - call->began_ns;
  return event;
}

static void
on_status (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (reply != NULL)
    exec_runtime_answer (call, make_event (call, reply->json));
  else if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    exec_runtime_answer (call, NULL);
  else
    exec_runtime_refuse (call, "ImageInspectError", error->message);
}

void
exec_image_op_status (ExecRuntimeCall *call)
{
  g_autofree char *reference = exec_runtime_reference (k8_string_or_empty (call->op->image));
  exec_docker_image_inspect (call->runtime->options.docker, reference, on_status, call);
}

static void
on_pulled (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ExecRuntimeCall *call = user_data;
  if (!exec_runtime_is_wanted (call))
    return;
  if (error != NULL)
    exec_runtime_refuse (call, "ErrImagePull", error->message);
  else
    exec_image_op_status (call);
}

void
exec_image_op_pull (ExecRuntimeCall *call)
{
  g_autofree char *reference = exec_runtime_reference (k8_string_or_empty (call->op->image));
  exec_docker_image_pull (call->runtime->options.docker, reference, NULL, on_pulled, call);
}
