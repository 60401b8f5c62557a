/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of a pod's container: which container is meant, and whether it has a log; the bytes
 * then come from the driver (STREAM) and never pass through the engine.
 * Source: kubernetes pkg/registry/core/pod strategy.go LogLocation, pkg/kubelet
 * kubelet_pods.go validateContainerLogStatus (v1.36). Departures: sinceTime and stream are not
 * read.
 */
#include "apiserver/http.h"
#include "machinery/pod.h"
#include "machinery/status.h"

static gboolean
read_flag (K8Inquiry *self, const char *key)
{
  const char *text = k8_route_get (&self->route, key);

  return text != NULL && strcmp (text, "false") != 0 && strcmp (text, "0") != 0;
}

const K8Status *
k8_log_read_options (K8Inquiry *self, K8ApiRequest *request)
{
  K8Region *region = self->context->region;
  K8LogRequest *log = k8_mail_new (region, &k8_log_request_class);
  const char *container = k8_route_get (&self->route, "container");
  const char *tail = k8_route_get (&self->route, "tailLines");
  const K8Status *status = k8_http_read_number (self, "tailLines", &log->tail_lines);

  request->log = log;
  if (status == NULL)
    status = k8_http_read_number (self, "sinceSeconds", &log->since_seconds);
  if (status == NULL)
    status = k8_http_read_number (self, "limitBytes", &log->limit_bytes);
  if (tail == NULL || *tail == '\0')
    log->tail_lines = -1;
  if (container != NULL && *container != '\0')
    log->container_name = k8_string_intern (region, container);
  log->is_following = read_flag (self, "follow");
  log->is_previous = read_flag (self, "previous");
  log->has_timestamps = read_flag (self, "timestamps");
  return status;
}

static void
refuse (K8ApiServer *self, K8Context *context, K8Call *call, GString *message)
{
  const K8Status *status = k8_status_new_bad_request (context->region, message->str);

  g_string_free (message, TRUE);
  k8_call_refuse (self, context, call, status);
}

static void
append_names (GString *text, const K8PodSpec *spec)
{
  g_string_append_c (text, '[');
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append (text, k8_container_name (k8_pod_spec_containers_at (spec, i)));
    }
  g_string_append_c (text, ']');
}

/* The only container, if none is named. NULL with the reason why none is meant. */
static const char *
choose_container (const K8Pod *pod, const char *wanted, GString *ret_message)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  guint n_init = k8_pod_spec_init_containers_n (spec);
  guint n = n_init + k8_pod_spec_containers_n (spec);

  if (wanted == NULL && k8_pod_spec_containers_n (spec) == 1)
    return k8_container_name (k8_pod_spec_containers_at (spec, 0));
  for (guint i = 0; wanted != NULL && i < n; i++)
    {
      const K8Container *container = i < n_init ? k8_pod_spec_init_containers_at (spec, i)
                                                : k8_pod_spec_containers_at (spec, i - n_init);
      if (k8_string_equal (k8_container_name (container), wanted))
        return wanted;
    }
  if (wanted == NULL)
    g_string_append (ret_message, "a container name must be specified for pod ");
  else
    g_string_append_printf (ret_message, "container %s is not valid for pod ", wanted);
  g_string_append (ret_message, k8_object_meta_name (k8_pod_metadata (pod)));
  if (wanted == NULL)
    {
      g_string_append (ret_message, ", choose one of: ");
      append_names (ret_message, spec);
    }
  return NULL;
}

/* The id of the life that is wanted, with its scheme; NULL if there is none. */
static const char *
find_id (const K8ContainerStatus *status, gboolean is_previous)
{
  const K8ContainerState *now = k8_container_status_state (status);
  const K8ContainerState *last = k8_container_status_last_state (status);
  const K8ContainerStateTerminated *ended = k8_container_state_terminated (last);

  if (is_previous)
    return k8_container_state_terminated_container_id (ended);
  if (k8_container_state_has_running (now))
    return k8_container_status_container_id (status);
  if (k8_container_state_has_terminated (now))
    return k8_container_state_terminated_container_id (k8_container_state_terminated (now));
  return k8_container_state_terminated_container_id (ended);
}

static void
explain_no_id (GString *message, const K8Pod *pod, const K8LogRequest *log,
               const K8ContainerStatus *status)
{
  const K8ContainerStateWaiting *waiting
      = k8_container_state_waiting (k8_container_status_state (status));
  const char *reason = k8_container_state_waiting_reason (waiting);
  const char *pod_name = k8_object_meta_name (k8_pod_metadata (pod));

  if (log->is_previous)
    g_string_append_printf (message, "previous terminated container \"%s\" in pod \"%s\" not found",
                            log->container_name, pod_name);
  else
    g_string_append_printf (message, "container \"%s\" in pod \"%s\" is waiting to start: %s",
                            log->container_name, pod_name,
                            reason == NULL ? "no logs yet" : reason);
}

/* Finds the container and lets the driver answer; or says why there is no log. */
void
k8_log_run (K8ApiServer *self, K8Context *context, K8Call *call, const K8Pod *pod)
{
  K8LogRequest *log = call->request->log;
  const K8PodStatus *status = k8_pod_status (pod);
  GString *message = g_string_new (NULL);
  const char *name = choose_container (pod, log->container_name, message);

  if (name == NULL)
    {
      refuse (self, context, call, message);
      return;
    }
  if (log->container_name == NULL)
    log->container_name = k8_string_ref (name);
  const K8ContainerStatus *found
      = k8_container_status_find (k8_pod_status_container_statuses (status), name);
  if (found == NULL)
    found = k8_container_status_find (k8_pod_status_init_container_statuses (status), name);
  const char *id = find_id (found, log->is_previous);
  const char *scheme_end = id == NULL ? NULL : strstr (id, "://");
  if (scheme_end == NULL)
    {
      explain_no_id (message, pod, log, found);
      refuse (self, context, call, message);
      return;
    }
  g_string_free (message, TRUE);
  log->container_id = k8_string_intern (context->region, scheme_end + 3);
  log->pod_uid = k8_string_ref (k8_object_meta_uid (k8_pod_metadata (pod)));
  k8_context_emit (context, K8_EFFECT_STREAM, call->tag, k8_mail_ref (log));
  k8_call_clear (call);
}
