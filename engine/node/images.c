/* SPDX-License-Identifier: Apache-2.0
 *
 * Images: whether a container's image is on the node, by its pull policy, and pulling it, one
 * pull at a time a node. A pull that fails waits 10 s, doubled up to 300 s.
 * Source: kubernetes pkg/kubelet/images image_manager.go (v1.36). Departures: whoever waited for
 * another pull looks once more whether the image is there by now.
 */
#include "base/text.h"
#include "machinery/image.h"
#include "node/pod_worker.h"

static void
ask_image (K8Context *context, K8PodWorker *worker, guint index, K8RuntimeOpType type,
           K8KubeletFor what)
{
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, type);

  op->image = k8_string_ref (k8_container_image (k8_pod_worker_spec (worker, index)));
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, what, index), op);
}

/* `before "IMAGE" after`, said about the container. */
static void
say (K8Kubelet *self, K8Context *context, const K8PodWorker *worker, guint index,
     const K8Said *said, const char *after)
{
  GString *text = g_string_new (said->message);
  K8Said own = *said;

  g_string_append (text, " \"");
  g_string_append (text, k8_container_image (k8_pod_worker_spec (worker, index)));
  g_string_append_c (text, '"');
  g_string_append (text, after);
  own.message = text->str;
  k8_pod_worker_say (self, context, worker, &own, index);
  g_string_free (text, TRUE);
}

static void
say_error (K8Kubelet *self, K8Context *context, const K8PodWorker *worker, guint index,
           const char *reason)
{
  GString *text = g_string_new ("Error: ");

  g_string_append (text, reason);
  k8_pod_worker_say (
      self, context, worker,
      &(K8Said){ .type = "Warning", .reason = "Failed", .message = text->str }, index);
  g_string_free (text, TRUE);
}

static const char *
get_policy (const K8PodWorker *worker, guint index)
{
  const K8Container *spec = k8_pod_worker_spec (worker, index);
  const char *policy = k8_container_image_pull_policy (spec);

  return policy != NULL ? policy : k8_image_default_pull_policy (k8_container_image (spec));
}

/* Gives up this container for the pass. */
static void
refuse (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  k8_pod_container_fail (self, context, worker, index);
  k8_pod_worker_proceed (self, context, worker);
}

static void
start_pull (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  self->pulling = k8_pod_worker_key (worker, K8_FOR_PULL, index);
  say (self, context, worker, index,
       &(K8Said){ .type = "Normal", .reason = "Pulling", .message = "Pulling image" }, "");
  ask_image (context, worker, index, K8_RUNTIME_PULL_IMAGE, K8_FOR_PULL);
}

/* The next one in the queue; if it may use what is there, it looks again first. */
static void
pull_next (K8Kubelet *self, K8Context *context)
{
  guint64 tag;

  self->pulling = 0;
  while (self->pulling == 0 && k8_fifo_pop (&self->pulls, &tag))
    {
      K8KubeletKey key = k8_kubelet_key_unpack (tag);
      K8PodWorker *worker = k8_kubelet_worker_of_key (self, key);
      if (worker == NULL || worker->busy != K8_FOR_PULL || worker->busy_index != key.index)
        continue;
      if (k8_string_is (get_policy (worker, key.index), "Always"))
        start_pull (self, context, worker, key.index);
      else
        {
          self->pulling = tag;
          ask_image (context, worker, key.index, K8_RUNTIME_IMAGE_STATUS, K8_FOR_PULL);
        }
    }
}

/* A pull ended whose pod has gone meanwhile. */
void
k8_images_forget_pull (K8Kubelet *self, K8Context *context, guint64 key)
{
  if (self->pulling == key)
    pull_next (self, context);
}

static void
back_off (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  GString *text = g_string_new ("Back-off pulling image \"");

  say (self, context, worker, index,
       &(K8Said){ .type = "Normal", .reason = "BackOff", .message = "Back-off pulling image" },
       "");
  say_error (self, context, worker, index, "ImagePullBackOff");
  g_string_append (text, k8_container_image (k8_pod_worker_spec (worker, index)));
  g_string_append_c (text, '"');
  k8_pod_worker_set_waiting (context, worker, index, "ImagePullBackOff", text->str);
  g_string_free (text, TRUE);
  refuse (self, context, worker, index);
}

static void
pull (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  guint64 key = k8_pod_worker_key (worker, K8_FOR_PULL, index);

  if (k8_backoff_is_waiting (&container->pulls, container->pulls.update_ns, context->now_ns))
    {
      back_off (self, context, worker, index);
      return;
    }
  worker->busy = K8_FOR_PULL;
  worker->busy_index = (guint8) index;
  container->pull_since_ns = context->now_ns;
  if (self->pulling != 0)
    k8_fifo_push (&self->pulls, &key);
  else
    start_pull (self, context, worker, index);
}

/**
 * k8_images_ensure:
 *
 * Sees to it that a container's image is there; then k8_pod_container_image_ready() or, when it
 * cannot be had, k8_pod_container_fail() goes on.
 */
void
k8_images_ensure (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index)
{
  K8ImageName name;

  worker->busy = K8_FOR_IMAGE;
  worker->busy_index = (guint8) index;
  if (!k8_image_parse (k8_string_or_empty (k8_container_image (k8_pod_worker_spec (worker, index))),
                       &name))
    {
      say_error (self, context, worker, index, "InvalidImageName");
      k8_pod_worker_set_waiting (context, worker, index, "InvalidImageName",
                                 "couldn't parse image name: invalid reference format");
      refuse (self, context, worker, index);
      return;
    }
  if (k8_string_is (get_policy (worker, index), "Always"))
    pull (self, context, worker, index);
  else
    ask_image (context, worker, index, K8_RUNTIME_IMAGE_STATUS, K8_FOR_IMAGE);
}

static void
use_present (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
             const K8RuntimeEvent *event)
{
  say (self, context, worker, index,
       &(K8Said){ .type = "Normal", .reason = "Pulled", .message = "Container image" },
       " already present on machine and can be accessed by the pod");
  k8_pod_worker_set_text (context, &k8_pod_worker_container (worker, index)->image_id,
                          event->item.image_id);
  k8_pod_container_image_ready (self, context, worker, index);
}

static void
take_status (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
             const K8RuntimeEvent *event)
{
  if (worker->busy != K8_FOR_IMAGE || worker->busy_index != index)
    return;
  if (!event->is_failed && event->item.image_id != NULL)
    use_present (self, context, worker, index, event);
  else if (k8_string_is (get_policy (worker, index), "Never"))
    {
      say (self, context, worker, index,
           &(K8Said){ .type = "Warning",
                      .reason = "ErrImageNeverPull",
                      .message = "Container image" },
           " is not present with pull policy of Never");
      say_error (self, context, worker, index, "ErrImageNeverPull");
      k8_pod_worker_set_waiting (context, worker, index, "ErrImageNeverPull",
                                 "Container image is not present with pull policy of Never");
      refuse (self, context, worker, index);
    }
  else
    pull (self, context, worker, index);
}

/* Durations as upstream shows them: whole milliseconds. */
static void
append_duration (GString *text, gint64 duration_ns)
{
  char duration[K8_DURATION_LETTERS + 1];

  k8_duration_format (duration_ns / K8_MILLISECOND_NS * K8_MILLISECOND_NS, duration);
  g_string_append (text, duration);
}

static void
finish_pull (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
             const K8RuntimeEvent *event)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  GString *text = g_string_new (" in ");

  append_duration (text, event->duration_ns);
  g_string_append (text, " (");
  append_duration (text, context->now_ns - container->pull_since_ns);
  g_string_append (text, " including waiting). Image size: ");
  k8_text_append_i64 (text, event->size_bytes);
  g_string_append (text, " bytes.");
  say (self, context, worker, index,
       &(K8Said){ .type = "Normal", .reason = "Pulled", .message = "Successfully pulled image" },
       text->str);
  g_string_free (text, TRUE);
  container->pulls = (K8Backoff){ 0 };
  k8_node_status_add_image (self, k8_container_image (k8_pod_worker_spec (worker, index)),
                            event->size_bytes);
  k8_pod_worker_set_text (context, &container->image_id, event->item.image_id);
  k8_pod_container_image_ready (self, context, worker, index);
}

static void
fail_pull (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
           const K8RuntimeEvent *event)
{
  K8PodContainer *container = k8_pod_worker_container (worker, index);
  const char *reason = event->error == NULL ? "ErrImagePull" : event->error;
  GString *text = g_string_new (": ");

  g_string_append (text, k8_string_or_empty (event->message));
  k8_backoff_next (&container->pulls, context->now_ns, context->now_ns);
  say (self, context, worker, index,
       &(K8Said){ .type = "Warning", .reason = "Failed", .message = "Failed to pull image" },
       text->str);
  say_error (self, context, worker, index, reason);
  k8_pod_worker_set_waiting (context, worker, index, reason, event->message);
  g_string_free (text, TRUE);
  refuse (self, context, worker, index);
}

static void
take_pull (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
           const K8RuntimeEvent *event)
{
  gboolean is_wanted = worker->busy == K8_FOR_PULL && worker->busy_index == index
                       && worker->state == K8_WORKER_SYNCING;

  if (!is_wanted)
    {
      pull_next (self, context);
      return;
    }
  if (event->op == K8_RUNTIME_IMAGE_STATUS && event->item.image_id == NULL)
    {
      start_pull (self, context, worker, index);
      return;
    }
  pull_next (self, context);
  if (event->op == K8_RUNTIME_IMAGE_STATUS)
    use_present (self, context, worker, index, event);
  else if (event->is_failed)
    fail_pull (self, context, worker, index, event);
  else
    finish_pull (self, context, worker, index, event);
}

void
k8_images_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
                   const K8RuntimeEvent *event)
{
  if (key.index >= k8_array_n (&worker->containers))
    return;
  if (key.what == K8_FOR_IMAGE)
    take_status (self, context, worker, key.index, event);
  else
    take_pull (self, context, worker, key.index, event);
}
