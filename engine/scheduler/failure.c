/* SPDX-License-Identifier: Apache-2.0
 *
 * What a failed attempt leaves behind: an Event, the condition PodScheduled, and the pod's place
 * in the queue.
 * Source: pkg/scheduler/schedule_one.go, handleSchedulingFailure; util/utils.go PatchPodStatus
 * (v1.36).
 */
#include "base/text.h"
#include "base/time.h"
#include "codec/json_write.h"
#include "machinery/pod.h"
#include "scheduler/state.h"

enum
{
  MAX_NOTE_BYTES = 1024, /* of an Event */
};

void
k8_scheduler_say_failure (K8Scheduler *self, K8Context *context, const K8Pod *pod,
                          const char *message)
{
  GString *note = g_string_new (message);
  K8Said said = { .type = "Warning", .reason = "FailedScheduling", .action = "Scheduling" };

  if (note->len > MAX_NOTE_BYTES)
    {
      g_string_truncate (note, MAX_NOTE_BYTES - 4);
      g_string_append (note, " ...");
    }
  said.message = note->str;
  k8_scheduler_say (self, context, pod, &said);
  g_string_free (note, TRUE);
}

static void
write_text (K8Context *context, GString *out, const char *text)
{
  const char *own = k8_string_intern (context->region, text);

  k8_json_write_text (out, own);
  k8_string_unref (own);
}

/* What changes in the status, as a strategic merge patch; NULL if nothing does. (g_free) */
static char *
make_patch (K8Context *context, const K8Pod *pod, const K8SchedulingFailure *failure)
{
  const K8PodCondition *known = k8_pod_find_condition (pod, "PodScheduled");
  gboolean was_false = k8_string_is (k8_pod_condition_status (known), "False");
  gint64 generation = k8_object_meta_generation (k8_pod_metadata (pod));
  char transition[K8_TIME_LETTERS + 1];

  if (was_false && k8_string_is (k8_pod_condition_reason (known), failure->reason) &&
      k8_string_is (k8_pod_condition_message (known), failure->message) &&
      k8_pod_condition_observed_generation (known) == generation)
    return NULL;
  GString *out = g_string_new ("{\"status\":{\"conditions\":[{");
  if (!was_false)
    {
      k8_time_format (k8_context_wall_seconds (context), transition);
      g_string_append (out, "\"lastProbeTime\":null,\"lastTransitionTime\":\"");
      g_string_append (out, transition);
      g_string_append (out, "\",");
    }
  g_string_append (out, "\"message\":");
  write_text (context, out, failure->message);
  if (generation != 0)
    {
      g_string_append (out, ",\"observedGeneration\":");
      k8_text_append_i64 (out, generation);
    }
  g_string_append (out, ",\"reason\":");
  write_text (context, out, failure->reason);
  g_string_append (out, ",\"status\":\"False\",\"type\":\"PodScheduled\"}]}}");
  return g_string_free (out, FALSE);
}

static void
write_condition (K8Scheduler *self, K8Context *context, const K8Pod *pod,
                 const K8SchedulingFailure *failure)
{
  g_autofree char *patch = make_patch (context, pod, failure);

  if (patch == NULL)
    return;
  K8ApiRequest *request =
      k8_client_request_for (&self->client, context, K8_VERB_PATCH, pod, 0);
  request->subresource = K8_SUBRESOURCE_STATUS;
  k8_api_request_set_patch (request, K8_PATCH_TYPE_STRATEGIC, patch);
  k8_client_send (&self->client, context, request, K8_SCHEDULER_COOKIE_IGNORED);
}

void
k8_scheduler_fail (K8Scheduler *self, K8Context *context, guint32 slot,
                   const K8SchedulingFailure *failure)
{
  K8QueueStep step = k8_scheduler_queue_step (context);
  const K8Pod *pod = k8_record_ref (k8_scheduling_queue_at (&self->queue, slot)->pod);
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  k8_trace (context, POD_UNSCHEDULABLE,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (failure->reason), K8_TEXT (failure->message) });
  k8_scheduling_queue_requeue (&self->queue, &step, slot, failure->rejecting);
  k8_scheduler_say_failure (self, context, pod, failure->message);
  write_condition (self, context, pod, failure);
  k8_record_unref (pod);
}
